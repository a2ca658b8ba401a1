//! The data-flow diagram with the attack paths on it.
//!
//! The diagram is drawn once. Each path is a layer of marks over it; radio buttons say which one shows, and the rules
//! that follow them are written here, so that no script is needed.

use std::fmt::Write as _;

use vauban_model::finding::AttackPath;

use super::{PATHS, Page, Section, chip, esc, left_out};
use crate::diagram::{diagram, overlay};
use crate::digest::goal_words;
use crate::picture::{Layout, PathLayer, SvgOptions, Theme, layout, path_layer, svg};
use crate::text::{capital, count};

/// Facts quoted for a step.
const FACTS: usize = 4;
/// Pixels from which a diagram is not shrunk to the page.
const WIDE: i32 = 1_900;
/// Choke points listed.
const POINTS: usize = 8;

/// The section and the style sheets that stand inside it.
pub(super) struct Stage {
    pub(super) section: Section,
    pub(super) styles: Vec<String>,
}

impl Page<'_> {
    pub(super) fn stage(&self) -> Stage {
        let report = self.report;
        let all = &report.analysis.paths;
        let paths: Vec<&AttackPath> = all.iter().take(PATHS).collect();
        let drawing = diagram(report);
        let placed = layout(&drawing);
        let options = SvgOptions { overlays: &[], theme: Theme::Auto, embed: true, legend: true, id_prefix: "d-" };
        // The policy of the page allows no style attributes; the page's own style sheet says the same.
        let picture = svg(&drawing, &placed, &options).replacen(" style=\"max-width:100%;height:auto\"", "", 1);
        let layers: Vec<PathLayer> = paths.iter().map(|path| path_layer(&placed, &overlay(report, path))).collect();
        let rules = rules(&placed, &layers);
        let mut styles = Vec::new();
        if let Some((_, rest)) = picture.split_once("<style>")
            && let Some((sheet, _)) = rest.split_once("</style>")
        {
            styles.push(sheet.to_owned());
        }

        let mut out = String::with_capacity(picture.len() * 2);
        out.push_str("<div class=\"stage\">");
        if paths.is_empty() {
            out.push_str(
                "<p>No attack path was found: nothing that attackers start from leads to anything that hurts.</p>",
            );
        } else {
            let _ = write!(out, "<style>{rules}</style>");
            styles.push(rules);
            let _ = write!(
                out,
                "<fieldset class=\"choice\"><legend>{}, {} first; choose the one to draw</legend>\
                 <label class=\"pick\"><input type=\"radio\" name=\"path\" id=\"p0\"><span class=\"no\">–</span>\
                 <span class=\"what\">Architecture only</span></label>",
                capital(&count(all.len(), "attack path")),
                if paths.iter().any(|path| !path.assumptions.is_empty()) {
                    "those that assume nothing"
                } else {
                    "the worst"
                }
            );
            for (number, path) in (1..).zip(&paths) {
                let checked = if number == 1 { " checked" } else { "" };
                let assumed = if path.assumptions.is_empty() {
                    String::new()
                } else {
                    format!(" <em class=\"assumed\">{}</em>", count(path.assumptions.len(), "assumption"))
                };
                let _ = write!(
                    out,
                    "<label class=\"pick\"><input type=\"radio\" name=\"path\" id=\"p{number}\"{checked}>\
                     <span class=\"no\">{number}</span><span class=\"what\">{}{assumed}</span>{}</label>",
                    self.path_title(path),
                    chip(path.score.risk)
                );
            }
            out.push_str("</fieldset>");
        }
        // A large diagram keeps its size and scrolls: shrunk to the page nobody could read it.
        let large = if placed.width > WIDE { " large" } else { "" };
        let _ = write!(
            out,
            "<figure class=\"diagram\"><div class=\"canvas{large}\" tabindex=\"0\" role=\"group\" aria-label=\"Data-flow diagram\">"
        );
        let open = picture.strip_suffix("</svg>").unwrap_or(&picture);
        out.push_str(open);
        for (number, layer) in (1..).zip(&layers) {
            let _ = write!(out, "<g class=\"layer layer-{number}\">{}</g>", layer.markup);
        }
        out.push_str("</svg></div>");
        let folded = placed.nodes.iter().filter(|node| node.folded().is_some()).count();
        let _ = write!(
            out,
            "<figcaption>Data-flow diagram. A number on a corner counts the open threats at that place.{}</figcaption></figure>",
            if folded > 0 {
                format!(
                    " {} drawn as {}: the model is too large to draw box by box.",
                    count(drawing.nodes.len(), "component"),
                    if placed.nodes.len() == 1 { "1 box".to_owned() } else { format!("{} boxes", placed.nodes.len()) }
                )
            } else {
                String::new()
            }
        );
        for (number, path) in (1..).zip(&paths) {
            self.story(&mut out, number, path);
        }
        out.push_str("</div>");
        left_out(&mut out, all.len().saturating_sub(PATHS), "paths are", "<code>vauban paths</code> shows them");
        self.choke_points(&mut out);
        Stage {
            section: Section {
                id: "paths",
                title: "Architecture and attack paths",
                number: Some(all.len()),
                body: out,
            },
            styles,
        }
    }

    /// Who gets where, in a few words.
    fn path_title(&self, path: &AttackPath) -> String {
        let attacker = self.report.attackers.get(path.attacker as usize).map_or("an attacker", |a| &*a.name);
        format!(
            "{} <span class=\"to\">→</span> {} {}",
            esc(&capital(attacker)),
            goal_words(path.goal.verb),
            self.name(path.goal.element)
        )
    }

    fn story(&self, out: &mut String, number: usize, path: &AttackPath) {
        let _ = write!(
            out,
            "<article class=\"story story-{number}\" aria-labelledby=\"h-path-{number}\"><h3 id=\"h-path-{number}\"><span class=\"no\">{number}</span> {}</h3>\
             <p class=\"score\">{} likelihood {}, impact {} of 5</p><p class=\"lead\">{}</p><ol class=\"steps\">",
            self.path_title(path),
            chip(path.score.risk),
            path.score.likelihood.as_str(),
            path.score.impact.level(),
            esc(&path.story)
        );
        for step in &path.steps {
            let threat = step.threat.and_then(|t| self.digest.threat(t));
            let title = match &step.finding {
                Some(id) => self.link(id, &step.title),
                None => format!("<bdi>{}</bdi>", esc(&step.title)),
            };
            let mut marks = String::new();
            if step.assumed {
                marks.push_str(" <em class=\"assumed\">assumed</em>");
            }
            for id in threat.into_iter().flat_map(|t| &t.attack) {
                let name = self.report.names.attack(id).unwrap_or_default();
                let _ = write!(marks, " <span class=\"tag\" title=\"{}\">{}</span>", esc(name), esc(id));
            }
            let _ = write!(out, "<li><p>{title}{marks}</p><ul class=\"because\">");
            for item in step.evidence.iter().take(if threat.is_some() { FACTS } else { 1 }) {
                let _ = write!(
                    out,
                    "<li><code>{}</code> of {} is <b>{}</b> {}</li>",
                    esc(&item.fact),
                    self.name(item.element),
                    esc(&item.value),
                    self.place(item)
                );
            }
            for seen in &step.seen_by {
                let _ = write!(
                    out,
                    "<li>seen by <bdi>{}</bdi>: <b>{}</b> {}</li>",
                    esc(&seen.by),
                    seen.how.as_str(),
                    self.at(seen.span)
                );
            }
            out.push_str("</ul></li>");
        }
        out.push_str("</ol>");
        if !path.assumptions.is_empty() {
            out.push_str("<p>It assumes:</p><ul>");
            for assumption in &path.assumptions {
                let _ = write!(out, "<li>{}</li>", super::prose::inline(assumption, 0));
            }
            out.push_str("</ul>");
        }
        let _ = write!(out, "<details class=\"why\"><summary>Why this score</summary><ul>");
        for reason in &path.score.because {
            let _ = write!(out, "<li>{}</li>", esc(reason));
        }
        let _ = write!(out, "</ul><p><code>{}</code></p></details></article>", esc(&path.id));
    }

    fn choke_points(&self, out: &mut String) {
        let points = &self.report.analysis.choke_points;
        if points.is_empty() {
            return;
        }
        out.push_str(
            "<h3>Choke points</h3><p class=\"note\">Every path to these goals needs the step: close it, and they are out of reach.</p>\
             <div class=\"wide\"><table><thead><tr><th scope=\"col\">Step</th><th scope=\"col\">Closed by</th><th scope=\"col\">Before</th></tr></thead><tbody>",
        );
        for point in points.iter().take(POINTS) {
            let controls: Vec<String> = point.controls.iter().map(|c| esc(self.digest.control_name(c))).collect();
            let goals: Vec<String> = point
                .goals
                .iter()
                .take(POINTS)
                .map(|goal| format!("{} {}", goal_words(goal.verb), self.name(goal.element)))
                .collect();
            let title = match self.digest.finding(&point.finding) {
                Some(finding) => self.link(&finding.id, &finding.title),
                // An assumed step has no finding; the threat's heading and the element say what it is.
                None => format!(
                    "{} <small>assumed, at {}</small>",
                    self.digest.threat(point.threat).map_or_else(|| esc(&point.finding), |t| esc(&t.title)),
                    self.name(point.element)
                ),
            };
            let _ = write!(
                out,
                "<tr><td>{title}</td><td>{}</td><td>{}</td></tr>",
                if controls.is_empty() { "–".to_owned() } else { controls.join(" or ") },
                goals.join(", ")
            );
        }
        out.push_str("</tbody></table></div>");
        left_out(out, points.len().saturating_sub(POINTS), "choke points are", "<code>vauban paths</code> shows them");
    }
}

/// The rules by which the radio buttons choose a layer.
fn rules(placed: &Layout, layers: &[PathLayer]) -> String {
    let mut out = String::new();
    for (number, layer) in (1..).zip(layers) {
        let on = format!(".stage:has(#p{number}:checked)");
        let _ = write!(out, "{on} .layer-{number}{{display:inline}}{on} .story-{number}{{display:block}}");
        let mut nodes: Vec<String> = layer.nodes.iter().map(|at| format!("#d-n{at}")).collect();
        let edges: Vec<String> = layer.edges.iter().map(|at| format!("#d-e{at}")).collect();
        let labels = layer.edges.iter().filter_map(|at| placed.edges.get(*at));
        let labels: Vec<String> = labels.map(|edge| format!("[data-label-of=\"{}\"]", css_string(edge.id()))).collect();
        let near = layer.edges.iter().filter_map(|at| placed.edges.get(*at));
        let near: Vec<String> = near.flat_map(|edge| [edge.from, edge.to]).map(|at| format!("#d-n{at}")).collect();
        if nodes.is_empty() && edges.is_empty() {
            continue;
        }
        // Plates stay as they are: they keep names readable where a flow passes behind.
        let _ = write!(out, "{on} .vb-node,{on} .vb-edge>:not(.vb-plate){{opacity:.5}}");
        let boxes: Vec<&str> = nodes.iter().chain(&near).map(String::as_str).collect();
        let _ = write!(out, "{on} :is({}){{opacity:1}}", boxes.join(","));
        if !edges.is_empty() {
            let lines: Vec<&str> = edges.iter().chain(&labels).map(String::as_str).collect();
            let _ = write!(out, "{on} :is({})>*{{opacity:1}}", lines.join(","));
        }
        nodes.sort();
        if !nodes.is_empty() {
            let _ = write!(
                out,
                "{on} :is({0}):not(.vb-store) .vb-shape,{on} :is({0}) .vb-rule{{stroke:var(--attack);stroke-width:2.6}}",
                nodes.join(",")
            );
        }
        if !edges.is_empty() {
            let edges = edges.join(",");
            let _ = write!(
                out,
                "{on} :is({edges}) .vb-line{{stroke:var(--attack);stroke-width:2.4}}{on} :is({edges}) .vb-head{{fill:var(--attack)}}"
            );
        }
    }
    out
}

/// A text as the inside of a CSS string: everything that is not a plain letter or digit as an escape.
fn css_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | ':' | '/' | ' ') {
            out.push(character);
        } else {
            let _ = write!(out, "\\{:x} ", u32::from(character));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::css_string;

    #[test]
    fn a_string_stays_a_string() {
        assert_eq!(css_string("a\"}</style>"), "a\\22 \\7d \\3c /style\\3e ");
    }
}
