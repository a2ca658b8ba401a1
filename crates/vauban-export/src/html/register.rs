//! The register: every finding listed, each with all that is known about it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use vauban_model::finding::{Decision, Finding, Score};
use vauban_model::library::Threat;
use vauban_model::vocabulary::Domain;

use super::prose::{inline, to_html};
use super::{Page, Section, anchor, chip, esc, left_out, quiet_chip};
use crate::text::count;

/// Facts quoted for a finding.
const FACTS: usize = 14;
/// Paths named for a finding.
const NAMED: usize = 4;

impl Page<'_> {
    pub(super) fn register(&self) -> Section {
        let mut out = String::new();
        if self.listed.is_empty() {
            out.push_str(
                "<p>No finding: nothing the library knows of applies to this model, as far as it is known.</p>",
            );
            return Section { id: "register", title: "Register", number: Some(0), body: out };
        }
        self.filters(&mut out);
        out.push_str(
            "<table class=\"register\"><thead><tr>\
             <th scope=\"col\" data-sort=\"risk\" aria-sort=\"descending\">Current</th><th scope=\"col\" data-sort=\"title\">Threat</th>\
             <th scope=\"col\" data-sort=\"element\">Element</th><th scope=\"col\" data-sort=\"stride\">STRIDE</th>\
             <th scope=\"col\" data-sort=\"likelihood\">Likelihood</th><th scope=\"col\" data-sort=\"impact\">Impact</th>\
             <th scope=\"col\" data-sort=\"inherent\">Without controls</th><th scope=\"col\" data-sort=\"residual\">After decisions</th>\
             <th scope=\"col\" data-sort=\"status\">Status</th></tr></thead>",
        );
        let mut told: BTreeSet<u32> = BTreeSet::new();
        for (order, finding) in (0..).zip(self.listed) {
            self.row(&mut out, order, finding, told.insert(finding.threat));
        }
        out.push_str("</table>");
        left_out(
            &mut out,
            self.wanted.saturating_sub(self.listed.len()),
            "findings are",
            "<code>vauban check --format json</code> has every one",
        );
        Section { id: "register", title: "Register", number: Some(self.listed.len()), body: out }
    }

    fn filters(&self, out: &mut String) {
        out.push_str(
            "<form class=\"filters\" hidden><label>Search <input type=\"search\" id=\"q\" placeholder=\"words, element, weakness or technique\" autocomplete=\"off\"></label>\
             <label>Risk <select id=\"risk-filter\"><option value=\"\">any</option><option value=\"critical\">critical</option><option value=\"high\">high</option>\
             <option value=\"medium\">medium</option><option value=\"low\">low</option></select></label>\
             <label>Status <select id=\"status-filter\"><option value=\"\">any</option>",
        );
        let statuses: BTreeSet<(vauban_model::finding::Status, &str)> =
            self.listed.iter().map(|f| (f.status, f.status.as_str())).collect();
        for (_, word) in statuses {
            let _ = write!(out, "<option>{word}</option>");
        }
        out.push_str("</select></label>");
        if self.report.new_findings.is_some() {
            out.push_str("<label class=\"tick\"><input type=\"checkbox\" id=\"new-filter\"> new or worse only</label>");
        }
        out.push_str(
            "<button type=\"button\" id=\"clear\" hidden>Clear <span></span></button><button type=\"button\" id=\"unfold\">Open all</button>\
             <output id=\"shown\" aria-live=\"polite\"></output></form>",
        );
    }

    fn row(&self, out: &mut String, order: usize, finding: &Finding, first_of_threat: bool) {
        let threat = self.digest.threat(finding.threat);
        let score = &finding.current;
        let status = finding.status.as_str();
        let decision = finding.decision.and_then(|at| self.report.decisions.get(at as usize));
        let letters: Vec<String> =
            finding.stride.iter().map(|s| format!("<abbr title=\"{}\">{}</abbr>", s.name(), s.letter())).collect();
        let attack = threat.map(|t| t.attack.join(" ")).unwrap_or_default();
        let new = self.digest.is_new(finding);
        let _ = write!(
            out,
            "<tbody id=\"{}\" class=\"{status}\" data-o=\"{order}\" data-risk=\"{}\" data-l=\"{}\" data-i=\"{}\" data-status=\"{status}\" data-t=\"{}\"{}>",
            esc(&anchor(&finding.id)),
            score.risk.as_str(),
            score.likelihood.as_str(),
            score.impact.level(),
            esc(&attack),
            if new { " data-new" } else { "" }
        );
        let element = finding.elements.first().copied();
        let owner = decision.map(|d| format!("<small><bdi>{}</bdi></small>", esc(&d.owner))).unwrap_or_default();
        let _ = write!(
            out,
            "<tr class=\"head\"><td data-v=\"{}\">{}</td><th scope=\"row\" data-v=\"\"><span class=\"title\">{}</span>{}</th>\
             <td>{}</td><td>{}</td><td data-v=\"{}\">{}</td><td>{}</td><td data-v=\"{}\">{}</td><td data-v=\"{}\">{}</td><td>{status}{owner}</td></tr>",
            score.risk as u8,
            chip(score.risk),
            esc(&finding.title),
            if new { " <em class=\"new\">new</em>" } else { "" },
            element.map(|e| self.name(e)).unwrap_or_default(),
            letters.join(" "),
            score.likelihood.index(),
            score.likelihood.as_str(),
            score.impact.level(),
            finding.inherent.risk as u8,
            quiet_chip(finding.inherent.risk),
            finding.residual.risk as u8,
            quiet_chip(finding.residual.risk),
        );
        out.push_str("<tr class=\"more\"><td colspan=\"9\"><div class=\"detail\">");
        let _ =
            write!(out, "<p class=\"lead\">{}</p><p><code>{}</code></p>", esc(&finding.description), esc(&finding.id));
        if let Some(decision) = decision {
            Self::decided(out, decision);
        }
        out.push_str("<div class=\"cols\"><div>");
        self.controls(out, finding);
        if let Some(threat) = threat {
            Self::prose(out, threat, first_of_threat);
        }
        out.push_str("</div><div>");
        self.facts(out, finding);
        Self::reasons(out, score);
        self.on_paths(out, finding);
        out.push_str("</div></div>");
        self.references(out, finding, threat);
        out.push_str("</div></td></tr></tbody>");
    }

    fn decided(out: &mut String, decision: &Decision) {
        let mut facts = vec![format!("owner <bdi>{}</bdi>", esc(&decision.owner))];
        for (name, value) in [
            ("approved by", &*decision.approver),
            ("until", decision.until.as_deref().unwrap_or_default()),
            ("ticket", decision.ticket.as_deref().unwrap_or_default()),
        ] {
            if !value.is_empty() {
                facts.push(format!("{name} <bdi>{}</bdi>", esc(value)));
            }
        }
        let _ = write!(
            out,
            "<p class=\"decision\"><b>Decided: {}.</b> <bdi>{}</bdi> <span class=\"note\">{}</span></p>",
            decision.treatment.as_str(),
            esc(&decision.reason),
            facts.join(", ")
        );
    }

    fn controls(&self, out: &mut String, finding: &Finding) {
        if finding.controls.is_empty() {
            return;
        }
        out.push_str("<h3>What would make it go away</h3><ul class=\"controls\">");
        for need in &finding.controls {
            let (class, known) = match need.present {
                Some(true) => ("there", "is there"),
                Some(false) => ("missing", "is missing"),
                None => ("unknown", "nobody said"),
            };
            let effect = need.weakens.map_or_else(
                || "stops it".to_owned(),
                |levels| format!("{} less likely", count(usize::from(levels), "level")),
            );
            let summary = self.digest.control(&need.control).map(|c| inline(&c.summary, 0)).unwrap_or_default();
            let _ = write!(
                out,
                "<li class=\"{class}\"><b>{}</b> {effect}; <span>{known}</span>{}<small>{summary}</small></li>",
                esc(self.digest.control_name(&need.control)),
                if need.present.is_some() { format!(" {}", self.place(&need.evidence)) } else { String::new() }
            );
        }
        out.push_str("</ul>");
    }

    /// Prose of the library. On paper it is told once: for every later finding of the same threat it is left out.
    fn prose(out: &mut String, threat: &Threat, first: bool) {
        let again = if first { "" } else { " again" };
        for (head, body) in [
            ("What to do", &threat.remedy),
            ("Why it matters", &threat.why),
            ("When it is acceptable", &threat.acceptable),
        ] {
            if !body.trim().is_empty() {
                let _ = write!(out, "<div class=\"prose{again}\"><h3>{head}</h3>{}</div>", to_html(body, 4));
            }
        }
    }

    fn facts(&self, out: &mut String, finding: &Finding) {
        out.push_str("<h3>It stands on</h3><table class=\"evidence\"><thead class=\"vh\"><tr><th scope=\"col\">Fact</th><th scope=\"col\">Value</th><th scope=\"col\">Source</th></tr></thead><tbody>");
        for item in finding.evidence.iter().take(FACTS) {
            let _ = write!(
                out,
                "<tr><td><code>{}</code> <small>of {}</small></td><td>{}</td><td>{} <small>{}</small></td></tr>",
                esc(&item.fact),
                self.name(item.element),
                esc(&item.value),
                self.place(item),
                item.origin.as_str()
            );
        }
        out.push_str("</tbody></table>");
        left_out(
            out,
            finding.evidence.len().saturating_sub(FACTS),
            "facts are",
            "<code>vauban explain</code> has them",
        );
    }

    fn reasons(out: &mut String, score: &Score) {
        let _ = write!(out, "<h3>Why {} risk</h3><ul>", score.risk.as_str());
        for reason in &score.because {
            let _ = write!(out, "<li>{}</li>", esc(reason));
        }
        out.push_str("</ul>");
    }

    fn on_paths(&self, out: &mut String, finding: &Finding) {
        if finding.paths.is_empty() {
            return;
        }
        out.push_str("<h3>Attack paths it is a step of</h3><ul>");
        for id in finding.paths.iter().take(NAMED) {
            let Some((at, path)) = self.digest.path(id) else { continue };
            let number = at + 1;
            if at < super::PATHS {
                let _ = write!(
                    out,
                    "<li>{} <a href=\"#p{number}\" data-path=\"{number}\">Path {number}</a>: {}</li>",
                    chip(path.score.risk),
                    esc(&path.story)
                );
            } else {
                let _ = write!(out, "<li>{} {}</li>", chip(path.score.risk), esc(&path.story));
            }
        }
        if finding.paths.len() > NAMED {
            let _ = write!(out, "<li>and {} more</li>", finding.paths.len() - NAMED);
        }
        out.push_str("</ul>");
    }

    fn references(&self, out: &mut String, finding: &Finding, threat: Option<&Threat>) {
        let mut tags: Vec<String> = Vec::new();
        if let Some(threat) = threat {
            tags.extend(finding.stride.iter().map(|s| s.name().to_owned()));
            let named = |id: &str, name: Option<&str>| match name {
                Some(name) => format!("{} {}", esc(id), esc(name)),
                None => esc(id),
            };
            tags.extend(threat.attack.iter().map(|id| named(id, self.report.names.attack(id))));
            tags.extend(threat.cwe.iter().map(|id| named(id, self.report.names.cwe(id))));
            tags.extend(threat.capec.iter().map(|id| named(id, self.report.names.capec(id))));
        }
        out.push_str("<p class=\"tags\">");
        for tag in tags {
            let _ = write!(out, "<span class=\"tag\">{tag}</span> ");
        }
        let data = self.of(Domain::Data, &finding.data);
        if !data.is_empty() {
            let _ = write!(out, "<span class=\"stake\">Data at stake: {data}</span>");
        }
        out.push_str("</p>");
    }
}
