//! The three matrices: risk, STRIDE per element, ATT&CK.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vauban_model::finding::{Finding, Score};
use vauban_model::model::ElementRef;
use vauban_model::report::CellCount;
use vauban_model::scale::{Impact, Level, Likelihood, Stride};
use vauban_model::vocabulary::Domain;

use super::{Page, ROWS, Section, chip, esc, left_out, sign};
use crate::digest::Technique;
use crate::navigator::navigator;
use crate::text::{capital, count, percent};

/// Findings that one cell links to.
const LINKS: usize = 12;

/// Tactics of ATT&CK in the order of its matrices: enterprise, then those that only the industrial and mobile ones have.
pub(crate) const TACTICS: [&str; 18] = [
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "defense-evasion",
    "evasion",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "inhibit-response-function",
    "impair-process-control",
    "network-effects",
    "impact",
];

impl Page<'_> {
    pub(super) fn risk_matrix(&self) -> Section {
        let mut out = String::from(
            "<p class=\"note\">How many findings have each likelihood and impact: if no control were there, today, and once \
             what was decided is done. A letter in an empty field says what risk it would be.</p><div class=\"three\">",
        );
        let all: Vec<&Finding> = self.report.analysis.findings.iter().collect();
        let open: Vec<&Finding> = self.digest.open().collect();
        self.matrix(&mut out, "Without any control", &all, |f| &f.inherent, false);
        self.matrix(&mut out, "Today, still open", &open, |f| &f.current, true);
        self.matrix(&mut out, "After what was decided", &all, |f| &f.residual, false);
        out.push_str("</div>");
        let _ = write!(
            out,
            "<p class=\"note\">A risk up to {} may stay without a decision.</p>",
            self.report.methodology.tolerance.as_str()
        );
        Section { id: "risk", title: "Risk matrix", number: None, body: out }
    }

    fn matrix(
        &self,
        out: &mut String,
        title: &str,
        findings: &[&Finding],
        score: impl Fn(&Finding) -> &Score,
        links: bool,
    ) {
        let methodology = self.report.methodology;
        let mut counts = [[0usize; 5]; 5];
        for finding in findings {
            let score = score(finding);
            counts[score.likelihood.index()][score.impact.index()] += 1;
        }
        let _ =
            write!(out, "<table class=\"risk\"><caption>{title}</caption><thead><tr><td><span>likelihood</span></td>");
        for impact in 1..=5 {
            let _ = write!(out, "<th scope=\"col\"><span class=\"vh\">impact </span>{impact}</th>");
        }
        out.push_str("</tr></thead><tbody>");
        for likelihood in Likelihood::ALL.into_iter().rev() {
            let name = &methodology.likelihood[likelihood.index()].name;
            let _ = write!(out, "<tr><th scope=\"row\">{}</th>", esc(name));
            for level in 1..=5u8 {
                let impact = Impact::new(level);
                let risk = methodology.risk(likelihood, impact);
                let number = counts[likelihood.index()][impact.index()];
                let word = risk.as_str();
                let letter = word.get(..1).unwrap_or_default().to_uppercase();
                let _ = write!(out, "<td class=\"{word}{}\">", if number == 0 { " none" } else { "" });
                let _ = match (number, links) {
                    (0, _) => write!(out, "<span>{letter}</span>"),
                    (_, true) => write!(
                        out,
                        "<a href=\"#register\" data-l=\"{}\" data-i=\"{level}\"><b>{number}</b> <small>{letter}</small><span class=\"vh\"> {word} risk, likelihood {}, impact {level}</span></a>",
                        likelihood.as_str(),
                        likelihood.as_str()
                    ),
                    _ => write!(out, "<b>{number}</b> <small>{letter}</small>"),
                };
                out.push_str("</td>");
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody><tfoot><tr><td></td><td colspan=\"5\">impact</td></tr></tfoot></table>");
    }

    pub(super) fn stride_matrix(&self) -> Option<Section> {
        let cells = &self.report.analysis.matrix;
        if cells.is_empty() {
            let size = self.report.model.components.len() + self.report.model.flows.len();
            let body = format!(
                "<p class=\"note\">{size} components and flows are too many for a matrix that could be read. The register can be searched by element.</p>"
            );
            return (size > 0).then_some(Section { id: "stride", title: "STRIDE per element", number: None, body });
        }
        let mut by: BTreeMap<(ElementRef, Stride), Vec<&Finding>> = BTreeMap::new();
        for finding in self.digest.open() {
            // What is about an identity or data shows at the components it concerns, as the analysis counts it.
            let own = finding.elements.first().copied();
            let places: Vec<ElementRef> = match own.map(|element| element.domain) {
                Some(Domain::Identity | Domain::Data) => finding.elements.clone(),
                _ => own.into_iter().collect(),
            };
            for (place, letter) in places.into_iter().flat_map(|place| finding.stride.iter().map(move |s| (place, *s)))
            {
                by.entry((place, letter)).or_default().push(finding);
            }
        }
        // A page has room for some: those with open threats before those without, otherwise in the model's order.
        let mut rows: Vec<&vauban_model::report::Cell> = cells.iter().collect();
        if rows.len() > ROWS {
            rows.sort_by_key(|cell| (cell.counts.iter().all(|c| c.open == 0), cell.element));
            rows.truncate(ROWS);
            rows.sort_by_key(|cell| cell.element);
        }
        let mut out = String::from(
            "<p class=\"note\">A number is that of open or decided threats; open it for their names. Where there is none, the field says why: \
             <span class=\"why-none\">✓&#8239;2</span> two stopped by controls, <span class=\"why-none\">?&#8239;3</span> three wait for an answer, \
             <span class=\"why-none\">–</span> none of those considered applies. The small number is how many were considered.</p>\
             <div class=\"wide\"><table class=\"stride\"><thead><tr><th scope=\"col\">Element</th>",
        );
        for letter in Stride::ALL {
            let _ = write!(out, "<th scope=\"col\">{}</th>", letter.name());
        }
        out.push_str("</tr></thead>");
        let mut domain = None;
        for cell in &rows {
            if domain != Some(cell.element.domain) {
                if domain.is_some() {
                    out.push_str("</tbody>");
                }
                let title = if cell.element.domain == Domain::Flow { "Data flows" } else { "Components" };
                let _ = write!(out, "<tbody><tr class=\"band\"><th colspan=\"7\" scope=\"colgroup\">{title}</th></tr>");
                domain = Some(cell.element.domain);
            }
            let _ = write!(out, "<tr><th scope=\"row\">{}</th>", self.name(cell.element));
            for (letter, counts) in Stride::ALL.into_iter().zip(cell.counts) {
                let findings = by.get(&(cell.element, letter)).map(Vec::as_slice).unwrap_or_default();
                self.stride_cell(&mut out, counts, findings);
            }
            out.push_str("</tr>");
        }
        if domain.is_some() {
            out.push_str("</tbody>");
        }
        out.push_str("</table></div>");
        left_out(&mut out, cells.len().saturating_sub(rows.len()), "elements are", "search the register for them");
        Some(Section { id: "stride", title: "STRIDE per element", number: None, body: out })
    }

    fn stride_cell(&self, out: &mut String, counts: CellCount, findings: &[&Finding]) {
        let CellCount { open, asked, stopped, considered } = counts;
        let mut why = Vec::new();
        if stopped > 0 {
            why.push(format!("✓&#8239;{stopped}"));
        }
        if asked > 0 {
            why.push(format!("?&#8239;{asked}"));
        }
        let words = format!(
            "{considered} considered: {open} apply, {stopped} stopped by controls, {asked} {}",
            if asked == 1 { "open question" } else { "open questions" }
        );
        let rest =
            if why.is_empty() { String::new() } else { format!(" <span class=\"why-none\">{}</span>", why.join(" ")) };
        if open == 0 {
            let none = if considered == 0 {
                "<span class=\"why-none\" title=\"the library has none of this kind\">·</span>".to_owned()
            } else {
                format!(
                    "<span class=\"why-none\">{}</span>",
                    if why.is_empty() { "–".to_owned() } else { why.join(" ") }
                )
            };
            let _ = write!(
                out,
                "<td title=\"{words}\">{none}<small>{considered}</small><span class=\"vh\">none; {words}</span></td>"
            );
            return;
        }
        let worst = findings.iter().map(|finding| finding.current.risk).max();
        let mark = worst.map_or("decided", Level::as_str);
        let sign = worst.map(sign).unwrap_or_default();
        let _ = write!(
            out,
            "<td title=\"{words}\"><details class=\"pop\"><summary class=\"{mark}\">{sign}<b>{open}</b><span class=\"vh\"> threats, the worst {mark}; {words}</span></summary><ul>"
        );
        for finding in findings.iter().take(LINKS) {
            let _ = write!(out, "<li>{}{}</li>", super::sign(finding.current.risk), self.finding_link(&finding.id));
        }
        if findings.len() > LINKS {
            let _ = write!(out, "<li>and {} more</li>", findings.len() - LINKS);
        }
        if findings.len() < open as usize {
            let _ = write!(out, "<li>{} decided</li>", open as usize - findings.len());
        }
        let _ = write!(out, "</ul></details>{rest}<small>{considered}</small></td>");
    }

    pub(super) fn attack_matrix(&self) -> Option<Section> {
        let techniques = self.digest.techniques();
        if techniques.is_empty() {
            return None;
        }
        let mut columns: BTreeMap<(usize, &str), Vec<(&str, &Technique<'_>)>> = BTreeMap::new();
        for (id, technique) in &techniques {
            let tactics = self.report.names.attack_tactics(id);
            let tactics = if tactics.is_empty() { vec!["other"] } else { tactics };
            for tactic in tactics {
                let order = TACTICS.iter().position(|known| *known == tactic).unwrap_or(TACTICS.len());
                columns.entry((order, tactic)).or_default().push((id, technique));
            }
        }
        let found = techniques.values().filter(|t| !t.open.is_empty()).count();
        let mut out = String::new();
        let _ = write!(
            out,
            "<p class=\"note\">{} open threats use, out of {} that were looked at here. The others are decided, stopped by controls or only asked about. \
             Names from ATT&amp;CK {}.</p><p><a class=\"button\" download=\"attack-layer.json\" href=\"data:application/json,{}\">Download the Navigator layer</a></p>\
             <div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"ATT&amp;CK matrix\"><div class=\"attack\">",
            capital(&if found == 1 { "1 technique that".to_owned() } else { format!("{found} techniques that") }),
            techniques.len(),
            esc(self.report.names.attack_version()),
            percent(&navigator(self.report).to_string(), "{}[]:,@/ ").replace(' ', "%20")
        );
        for ((_, tactic), mut list) in columns {
            list.sort_by_key(|(id, t)| (std::cmp::Reverse(t.worst()), std::cmp::Reverse(t.open.len()), *id));
            let _ = write!(out, "<section class=\"tactic\"><h3>{}</h3><ul>", esc(&capital(&tactic.replace('-', " "))));
            let mut faint = String::new();
            let mut others = 0;
            for (id, technique) in list {
                let name = self.report.names.attack(id).unwrap_or(id);
                let Some(worst) = technique.worst() else {
                    others += 1;
                    let why: Vec<String> =
                        [(technique.decided, "decided"), (technique.stopped, "stopped"), (technique.asked, "asked")]
                            .into_iter()
                            .filter(|(number, _)| *number > 0)
                            .map(|(number, words)| format!("{number} {words}"))
                            .collect();
                    let _ = write!(
                        faint,
                        "<li><span class=\"id\">{}</span> {} <span class=\"k\">{}</span></li>",
                        esc(id),
                        esc(name),
                        why.join(", ")
                    );
                    continue;
                };
                let _ = write!(
                    out,
                    "<li class=\"{0}\"><a href=\"#register\" data-technique=\"{1}\">{2}<span class=\"id\">{1}</span> {3} \
                     <span class=\"k\">{4}<span class=\"vh\">, the worst {0}</span></span></a></li>",
                    worst.as_str(),
                    esc(id),
                    sign(worst),
                    esc(name),
                    count(technique.open.len(), "threat")
                );
            }
            out.push_str("</ul>");
            if others > 0 {
                let _ = write!(
                    out,
                    "<details class=\"faint\"><summary>{others} not open</summary><ul>{faint}</ul></details>"
                );
            }
            out.push_str("</section>");
        }
        out.push_str("</div></div>");
        Some(Section { id: "attack", title: "ATT&amp;CK matrix", number: Some(found), body: out })
    }
}

impl Page<'_> {
    /// A level, or a dash.
    pub(super) fn level(level: Option<Level>) -> String {
        level.map_or_else(|| "–".to_owned(), chip)
    }
}
