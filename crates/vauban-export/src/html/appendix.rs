//! Questions, decisions, data, scope, recorded threats, the model, the methodology, messages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vauban_model::attack_tree::Gate;
use vauban_model::model::{Element, ElementRef};
use vauban_model::report::RiskOf;
use vauban_model::vocabulary::{Domain, FactId, fact};

use super::prose::{inline, to_html};
use super::{ENTRIES, Page, QUESTIONS, ROWS, Section, chip, esc, left_out, or_dash};
use crate::text::capital;
use crate::{digest, methodology};

/// Findings named for a data asset.
const NAMED: usize = 3;

/// A table with these headings.
fn table(out: &mut String, heads: &[&str]) {
    out.push_str("<div class=\"wide\"><table><thead><tr>");
    for head in heads {
        let _ = write!(out, "<th scope=\"col\">{head}</th>");
    }
    out.push_str("</tr></thead><tbody>");
}

fn end_table(out: &mut String) {
    out.push_str("</tbody></table></div>");
}

fn list(out: &mut String, head: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = write!(out, "<h3>{head}</h3><ul>");
    for item in items.iter().take(ENTRIES) {
        let _ = write!(out, "<li>{item}</li>");
    }
    out.push_str("</ul>");
    left_out(out, items.len().saturating_sub(ENTRIES), "are", "the model has them");
}

/// The word of a fact, or a dash.
fn word(entry: &Element, id: FactId) -> String {
    entry.word(id).map_or_else(|| "<span class=\"unsaid\">not said</span>".to_owned(), |word| word.replace('-', " "))
}

impl Page<'_> {
    pub(super) fn questions(&self) -> Option<Section> {
        let analysis = self.report.analysis;
        if analysis.questions.is_empty() {
            return None;
        }
        let mut out = String::from(
            "<p class=\"note\">What nobody said and what would change the result, the most important first. <code>vauban ask</code> takes the answers.</p>",
        );
        table(&mut out, &["No", "Question", "Could reveal", "Settles", "Element stands at"]);
        for (number, question) in (1..).zip(analysis.questions.iter().take(QUESTIONS)) {
            let threats: Vec<String> = question
                .threats
                .iter()
                .filter_map(|t| self.digest.threat(*t))
                .take(NAMED)
                .map(|t| esc(&t.title))
                .collect();
            let more = question.threats.len().saturating_sub(NAMED);
            let _ = write!(
                out,
                "<tr><td>{number}</td><th scope=\"row\">{}<code class=\"id\">{}</code></th><td>{}</td><td>{}{}</td><td>{}</td></tr>",
                inline(&question.text, 0),
                esc(&question.id),
                chip(question.risk),
                threats.join("<br>"),
                if more > 0 { format!("<br>and {more} more") } else { String::new() },
                self.at(question.span)
            );
        }
        end_table(&mut out);
        left_out(
            &mut out,
            analysis.questions_total.saturating_sub(QUESTIONS.min(analysis.questions.len())),
            "questions are",
            "<code>vauban ask</code> shows them",
        );
        Some(Section { id: "questions", title: "Questions", number: Some(analysis.questions_total), body: out })
    }

    pub(super) fn decisions(&self) -> Option<Section> {
        let decisions = self.report.decisions;
        if decisions.is_empty() {
            return None;
        }
        let mut used: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for finding in &self.report.analysis.findings {
            if let Some(at) = finding.decision {
                used.entry(at).or_default().push(&finding.id);
            }
        }
        let mut out = String::new();
        table(&mut out, &["Threat", "Decision", "Reason", "Owner", "Approver", "Until", "Ticket", "Applies to"]);
        for (at, decision) in (0..).zip(decisions.iter().take(ENTRIES)) {
            let ids = used.get(&at).map(Vec::as_slice).unwrap_or_default();
            let links: Vec<String> = ids.iter().take(NAMED).map(|id| self.finding_link(id)).collect();
            let more = ids.len().saturating_sub(NAMED);
            let _ = write!(
                out,
                "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}{}</td></tr>",
                esc(&decision.threat),
                decision.treatment.as_str(),
                or_dash(&decision.reason),
                or_dash(&decision.owner),
                or_dash(&decision.approver),
                or_dash(decision.until.as_deref().unwrap_or_default()),
                or_dash(decision.ticket.as_deref().unwrap_or_default()),
                if links.is_empty() {
                    "nothing now: it has lapsed, or the threat is not found".to_owned()
                } else {
                    links.join("<br>")
                },
                if more > 0 { format!("<br>and {more} more") } else { String::new() },
            );
        }
        end_table(&mut out);
        left_out(&mut out, decisions.len().saturating_sub(ENTRIES), "decisions are", "the decisions files have them");
        Some(Section { id: "decisions", title: "Decisions", number: Some(decisions.len()), body: out })
    }

    pub(super) fn assets(&self) -> Option<Section> {
        let model = self.report.model;
        if model.data.is_empty() {
            return None;
        }
        let risks: BTreeMap<ElementRef, &RiskOf> =
            self.report.analysis.risks.iter().map(|risk| (risk.element, risk)).collect();
        let mut stored: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (at, component) in (0u32..).zip(&model.components) {
            for data in component.element.references(fact::STORES) {
                stored.entry(*data).or_default().push(at);
            }
        }
        let mut rows: Vec<(ElementRef, &Element)> = model.elements(Domain::Data).collect();
        rows.sort_by_key(|(element, _)| {
            let risk = risks.get(element).map(|risk| (risk.current, risk.inherent));
            (std::cmp::Reverse(risk), *element)
        });
        let mut out = String::new();
        table(
            &mut out,
            &["Data", "Classification", "Stored in", "Without controls", "Today", "After decisions", "Worst threats"],
        );
        for (element, entry) in rows.iter().take(ROWS) {
            let risk = risks.get(element);
            let worst: Vec<String> = risk
                .map(|risk| risk.findings.iter().take(NAMED).map(|id| self.finding_link(id)).collect())
                .unwrap_or_default();
            let _ = write!(
                out,
                "<tr><th scope=\"row\"><bdi>{}</bdi></th><td>{}<small>integrity {}<br>availability {}</small></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"small\">{}</td></tr>",
                esc(&entry.name),
                word(entry, fact::CLASSIFICATION),
                word(entry, fact::INTEGRITY),
                word(entry, fact::AVAILABILITY),
                self.of(Domain::Component, stored.get(&element.index).map(Vec::as_slice).unwrap_or_default()),
                Self::level(risk.map(|risk| risk.inherent)),
                Self::level(risk.map(|risk| risk.current)),
                Self::level(risk.map(|risk| risk.residual)),
                worst.join("<br>")
            );
        }
        end_table(&mut out);
        left_out(
            &mut out,
            rows.len().saturating_sub(ROWS),
            "data assets are",
            "<code>vauban check --format json</code> has them",
        );
        Some(Section { id: "data", title: "Data at stake", number: Some(model.data.len()), body: out })
    }

    pub(super) fn scope(&self) -> Section {
        let model = self.report.model;
        let mut out = String::new();
        let with_reason = |what: &str, why: &str| {
            if why.is_empty() {
                format!("<bdi>{}</bdi>", esc(what))
            } else {
                format!("<bdi>{}</bdi>: <bdi>{}</bdi>", esc(what), esc(why))
            }
        };
        let about = |elements: &[ElementRef]| {
            if elements.is_empty() {
                String::new()
            } else {
                format!(" <small>about {}</small>", self.names(elements.iter().copied()))
            }
        };
        list(&mut out, "In scope", &model.in_scope.iter().map(|s| with_reason(&s.what, &s.why)).collect::<Vec<_>>());
        let mut outside: Vec<String> = model.out_of_scope.iter().map(|s| with_reason(&s.what, &s.why)).collect();
        for domain in Domain::ALL {
            for (_, element) in model.elements(domain) {
                if let Some(reason) = &element.out_of_scope {
                    let why = if reason.reason.is_empty() { "no reason given" } else { &reason.reason };
                    outside.push(format!("{} <small>{}</small>", with_reason(&element.name, why), domain.as_str()));
                }
            }
        }
        list(&mut out, "Out of scope", &outside);
        let assumptions = model.assumptions.iter().map(|a| {
            let owner = a
                .owner
                .as_deref()
                .map(|owner| format!(" <small>vouched for by <bdi>{}</bdi></small>", esc(owner)))
                .unwrap_or_default();
            format!("<bdi>{}</bdi>{owner}{}", esc(&a.text), about(&a.about))
        });
        list(&mut out, "Assumptions", &assumptions.collect::<Vec<_>>());
        let abuse = model
            .abuse_cases
            .iter()
            .map(|a| format!("<b><bdi>{}</bdi></b>: <bdi>{}</bdi>{}", esc(&a.name), esc(&a.text), about(&a.about)));
        list(&mut out, "Abuse cases", &abuse.collect::<Vec<_>>());
        if !model.third_parties.is_empty() {
            out.push_str("<h3>Third parties</h3>");
            table(&mut out, &["Who", "Provides", "Used by", "Sees", "When it is down"]);
            for party in model.third_parties.iter().take(ENTRIES) {
                let _ = write!(
                    out,
                    "<tr><th scope=\"row\"><bdi>{}</bdi></th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                    esc(&party.name),
                    or_dash(&party.provides),
                    self.of(Domain::Component, &party.used_by),
                    self.of(Domain::Data, &party.data),
                    or_dash(&party.when_down)
                );
            }
            end_table(&mut out);
        }
        if !model.checkpoints.is_empty() {
            let points = model.checkpoints.iter().map(|point| {
                let by = point
                    .by
                    .map(|index| format!(" by {}", self.name(ElementRef { domain: Domain::Component, index })))
                    .unwrap_or_default();
                let what = if point.authenticates { "authenticates callers of" } else { "authorises callers of" };
                let how =
                    if point.how.is_empty() { String::new() } else { format!(": <bdi>{}</bdi>", esc(&point.how)) };
                format!(
                    "<code>{}</code> {what} {}{by}{how}",
                    esc(&point.id),
                    self.of(Domain::Component, &point.protects)
                )
            });
            list(&mut out, "Checkpoints", &points.collect::<Vec<_>>());
        }
        let notes = model.notes.iter().map(|note| {
            let text = if note.text.is_empty() { "no answer yet".to_owned() } else { esc(&note.text) };
            format!("<b><bdi>{}</bdi></b> <small>{}</small> <bdi>{text}</bdi>", esc(&note.title), esc(&note.kind))
        });
        list(&mut out, "Notes", &notes.collect::<Vec<_>>());
        if out.is_empty() {
            out.push_str("<p>The model states no scope, assumptions, abuse cases or third parties.</p>");
        }
        Section { id: "scope", title: "Scope and assumptions", number: None, body: out }
    }

    /// Attack trees as lists in lists.
    pub(super) fn attack_trees(&self) -> Option<Section> {
        let trees = &self.report.model.attack_trees;
        if trees.is_empty() {
            return None;
        }
        let mut out = String::from("<p>Drawn by people, kept as they stand.</p>");
        let mut left = ENTRIES;
        for tree in trees.iter().take(ENTRIES) {
            let _ = write!(out, "<h3><bdi>{}</bdi></h3>", esc(&tree.name));
            let lines = tree.lines();
            let mut open = 0usize;
            for line in lines.iter().take(left) {
                let Some(node) = tree.nodes.get(line.node as usize) else { continue };
                // Deeper than this nothing can be read any more.
                let depth = line.depth.min(24) + 1;
                while open > depth {
                    out.push_str("</li></ul>");
                    open -= 1;
                }
                out.push_str(if open == depth { "</li><li>" } else { "<ul><li>" });
                open = depth;
                let _ = write!(out, "<bdi>{}</bdi>", esc(&node.label));
                if node.gate != Gate::Leaf {
                    let _ = write!(out, " <small>{}</small>", node.gate.as_str());
                }
                if line.shown_above {
                    out.push_str(" <small>see above</small>");
                }
            }
            for _ in 0..open {
                out.push_str("</li></ul>");
            }
            left_out(&mut out, lines.len().saturating_sub(left), "are", "the model has them");
            left = left.saturating_sub(lines.len());
        }
        Some(Section { id: "attack-trees", title: "Attack trees", number: None, body: out })
    }

    pub(super) fn recorded(&self) -> Option<Section> {
        let recorded = &self.report.model.recorded_threats;
        if recorded.is_empty() {
            return None;
        }
        let mut out = String::from(
            "<p class=\"note\">Written down by people or another tool, kept as they stand: recorded by people, not judged here. Open ones first.</p>",
        );
        table(&mut out, &["Threat", "About", "Category", "Severity", "Status", "Mitigation"]);
        for threat in digest::recorded_by_urgency(self.report.model).into_iter().take(ENTRIES) {
            let _ = write!(
                out,
                "<tr><th scope=\"row\"><bdi>{}</bdi><small><bdi>{}</bdi></small></th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                esc(&threat.title),
                esc(&threat.description),
                self.names(threat.elements.iter().copied()),
                or_dash(&threat.categories.join(", ")),
                or_dash(&threat.severity),
                or_dash(&threat.status),
                or_dash(&threat.mitigation)
            );
        }
        end_table(&mut out);
        left_out(&mut out, recorded.len().saturating_sub(ENTRIES), "recorded threats are", "the model has them");
        Some(Section { id: "recorded", title: "Recorded threats", number: Some(recorded.len()), body: out })
    }

    pub(super) fn model(&self) -> Section {
        let model = self.report.model;
        let mut out = String::from(
            "<details class=\"big\"><summary>Components, flows, boundaries and identities as read</summary>",
        );
        let technology = |entry: &Element| or_dash(&entry.words(fact::TECHNOLOGY).join(", "));
        out.push_str("<h3>Components</h3>");
        table(&mut out, &["Name", "Technology", "In", "Stores", "Handles", "Stated at"]);
        for (element, entry) in model.elements(Domain::Component).take(ROWS) {
            let boundary = model.components.get(element.at()).and_then(|c| c.boundary);
            let _ = write!(
                out,
                "<tr><th scope=\"row\"><bdi>{}</bdi></th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                esc(&entry.name),
                technology(entry),
                boundary
                    .map_or_else(|| "–".to_owned(), |index| self.name(ElementRef { domain: Domain::Boundary, index })),
                self.of(Domain::Data, entry.references(fact::STORES)),
                self.of(Domain::Data, entry.references(fact::HANDLES)),
                self.at(entry.span)
            );
        }
        end_table(&mut out);
        left_out(&mut out, model.components.len().saturating_sub(ROWS), "components are", "the model has them");
        out.push_str("<h3>Data flows</h3>");
        table(
            &mut out,
            &["From", "To", "Protocol", "Encryption", "Authentication", "Authorisation", "Carries", "Stated at"],
        );
        for (element, entry) in model.elements(Domain::Flow).take(ROWS) {
            let Some(flow) = model.flows.get(element.at()) else { continue };
            let end = |index: u32| self.name(ElementRef { domain: Domain::Component, index });
            let _ = write!(
                out,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                end(flow.source),
                end(flow.target),
                // Names of protocols keep their hyphens.
                entry.word(fact::PROTOCOL).map_or_else(|| word(entry, fact::PROTOCOL), esc),
                word(entry, fact::ENCRYPTION),
                word(entry, fact::AUTHENTICATION),
                word(entry, fact::AUTHORISATION),
                self.of(Domain::Data, entry.references(fact::CARRIES)),
                self.at(entry.span)
            );
        }
        end_table(&mut out);
        left_out(&mut out, model.flows.len().saturating_sub(ROWS), "flows are", "the model has them");
        if !model.boundaries.is_empty() {
            out.push_str("<h3>Trust boundaries</h3>");
            table(&mut out, &["Name", "Kind", "Trust", "In"]);
            for (element, entry) in model.elements(Domain::Boundary).take(ROWS) {
                let parent = model.boundaries.get(element.at()).and_then(|b| b.parent);
                let _ = write!(
                    out,
                    "<tr><th scope=\"row\"><bdi>{}</bdi></th><td>{}</td><td>{}</td><td>{}</td></tr>",
                    esc(&entry.name),
                    word(entry, fact::BOUNDARY_KIND),
                    word(entry, fact::TRUST),
                    parent.map_or_else(
                        || "–".to_owned(),
                        |index| self.name(ElementRef { domain: Domain::Boundary, index })
                    )
                );
            }
            end_table(&mut out);
        }
        if !model.identities.is_empty() {
            out.push_str("<h3>Identities</h3>");
            table(&mut out, &["Name", "Kind", "May read", "May write", "May administer"]);
            for (_, entry) in model.elements(Domain::Identity).take(ROWS) {
                let _ = write!(
                    out,
                    "<tr><th scope=\"row\"><bdi>{}</bdi></th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                    esc(&entry.name),
                    word(entry, fact::IDENTITY_KIND),
                    self.of(Domain::Component, entry.references(fact::MAY_READ)),
                    self.of(Domain::Component, entry.references(fact::MAY_WRITE)),
                    self.of(Domain::Component, entry.references(fact::MAY_ADMINISTER))
                );
            }
            end_table(&mut out);
        }
        out.push_str("</details>");
        Section { id: "model", title: "The model", number: None, body: out }
    }

    pub(super) fn methodology(&self) -> Section {
        let body = to_html(&methodology::markdown(self.report.methodology), 3);
        Section {
            id: "methodology",
            title: "Methodology",
            number: None,
            body: format!("<details class=\"big\"><summary>How risk was judged</summary>{body}</details>"),
        }
    }

    pub(super) fn messages(&self) -> Option<Section> {
        let list = self.report.diagnostics;
        if list.is_empty() {
            return None;
        }
        let mut out = String::new();
        table(&mut out, &["Message", "Where", "What to do"]);
        for message in list.iter().take(QUESTIONS) {
            let at = message.span.map(|span| self.at(span));
            let _ = write!(
                out,
                "<tr><td><b>{}:</b> {}</td><td>{}</td><td>{}</td></tr>",
                capital(message.severity.as_str()),
                inline(&message.message, 0),
                at.unwrap_or_default(),
                message.help.as_deref().map(|help| inline(help, 0)).unwrap_or_default()
            );
        }
        end_table(&mut out);
        left_out(
            &mut out,
            list.len().saturating_sub(QUESTIONS),
            "messages are",
            "<code>vauban check</code> prints them",
        );
        Some(Section { id: "messages", title: "Messages about the input", number: Some(list.len()), body: out })
    }
}
