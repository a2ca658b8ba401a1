//! The head of the report: what it is about, the verdict, what to do first.

use std::fmt::Write as _;

use vauban_model::scale::Level;
use vauban_model::vocabulary::fact;

use super::{Page, Section, chip, esc, sign};
use crate::digest;
use crate::text::{capital, count};

/// Most controls in "what would close most".
const CLOSERS: usize = 6;

impl Page<'_> {
    pub(super) fn overview(&self) -> Section {
        let report = self.report;
        let (model, analysis) = (report.model, report.analysis);
        let mut out = String::new();
        let _ = write!(
            out,
            "<header id=\"summary\"><p class=\"kicker\">Threat model{}</p><h1><bdi>{}</bdi></h1>",
            report.today.map(|day| format!(", {}", esc(day))).unwrap_or_default(),
            esc(&model.system.name)
        );
        if !model.system.description.trim().is_empty() {
            let _ = write!(out, "<p class=\"lead\">{}</p>", esc(&model.system.description));
        }
        out.push_str("<dl class=\"facts\">");
        let mut fact_row = |name: &str, value: &str| {
            if !value.trim().is_empty() {
                let _ = write!(out, "<div><dt>{name}</dt><dd><bdi>{}</bdi></dd></div>", esc(value));
            }
        };
        fact_row("Owner", model.system.owner.as_deref().unwrap_or_default());
        fact_row("Criticality", model.system.word(fact::CRITICALITY).unwrap_or_default());
        fact_row("Business context", &model.business_context);
        let size = [
            count(model.components.len(), "component"),
            count(model.flows.len(), "flow"),
            count(model.boundaries.len(), "trust boundary"),
            count(model.data.len(), "data asset"),
        ];
        fact_row("Model", &size.join(", "));
        fact_row("Methodology", &report.methodology.name);
        out.push_str("</dl>");

        let counts = digest::by_risk(self.digest.open());
        let above = Level::ALL.into_iter().zip(counts).any(|(level, n)| n > 0 && level > report.methodology.tolerance);
        let severe = digest::recorded_open(model).any(|it| digest::recorded_severity(it) > Some(Level::Medium));
        let _ = write!(
            out,
            "<div class=\"verdict {}\"><p>{}</p>",
            match (above || severe, digest::is_good(report)) {
                (true, _) => "bad",
                (false, true) => "good",
                (false, false) => "open",
            },
            esc(&digest::verdict(report))
        );
        out.push_str("<ul class=\"tiles\">");
        for (level, number) in Level::ALL.into_iter().zip(counts).rev() {
            let word = level.as_str();
            let none = if number == 0 { " none" } else { "" };
            let _ = write!(
                out,
                "<li class=\"tile {word}{none}\"><a href=\"#register\" data-risk=\"{word}\"><b>{number}</b> <span>{}{word}</span></a></li>",
                sign(level)
            );
        }
        out.push_str("</ul>");
        let decided = analysis.findings.iter().filter(|finding| !finding.status.is_open()).count();
        let mut rest = vec![
            format!("{decided} decided"),
            format!("{} stopped by controls", analysis.mitigated.len()),
            format!("<a href=\"#questions\">{}</a>", count(analysis.questions_total, "question")),
            format!("<a href=\"#paths\">{}</a>", count(analysis.paths.len(), "attack path")),
            format!("{} considered", count(analysis.threats_considered, "threat")),
        ];
        if !model.recorded_threats.is_empty() {
            let open = digest::recorded_open(model).count();
            let all = model.recorded_threats.len();
            rest.push(format!("<a href=\"#recorded\">{all} recorded by people, {open} open</a>"));
        }
        if let Some(new) = report.new_findings {
            rest.insert(0, format!("<b>{} new or worse than the baseline</b>", new.len()));
        }
        let _ = write!(out, "<p class=\"counts\">{}</p></div>", rest.join(" · "));
        let hidden = analysis.findings.len().saturating_sub(self.listed.len());
        if hidden > 0 {
            let _ = write!(
                out,
                "<p class=\"note\">{} of {} findings are listed below, the worst first{}.</p>",
                self.listed.len(),
                analysis.findings.len(),
                if self.wanted > self.listed.len() {
                    "; <code>vauban check --format json --all</code> has every one"
                } else {
                    "; <code>vauban report --all</code> lists every one"
                }
            );
        }
        self.first_steps(&mut out);
        out.push_str("</header>");
        Section { id: "summary", title: "Summary", number: None, body: out }
    }

    /// The controls that would stop most.
    fn first_steps(&self, out: &mut String) {
        let closers = self.digest.closers(CLOSERS);
        if closers.is_empty() {
            return;
        }
        out.push_str(
            "<section aria-labelledby=\"h-first\"><h2 id=\"h-first\">What would close most</h2>\
             <p class=\"note\">In this order: each row counts the open threats that the control stops on its own, beyond those \
             above it.</p><div class=\"wide\"><table><thead><tr><th scope=\"col\">Control</th>\
             <th scope=\"col\">Stops</th><th scope=\"col\">Known to be missing</th><th scope=\"col\">Effort</th></tr></thead><tbody>",
        );
        for closer in &closers {
            let control = self.digest.control(closer.control);
            let stops: Vec<String> = Level::ALL
                .into_iter()
                .zip(closer.stops)
                .rev()
                .filter(|(_, number)| *number > 0)
                .map(|(level, number)| format!("<span class=\"run\">{number}&nbsp;{}</span>", chip(level)))
                .collect();
            let all: usize = closer.stops.iter().sum();
            let _ = write!(
                out,
                "<tr><th scope=\"row\">{}<small>{}</small></th><td>{}</td><td>{}</td><td>{}</td></tr>",
                esc(self.digest.control_name(closer.control)),
                control.map(|c| super::prose::inline(&c.summary, 0)).unwrap_or_default(),
                stops.join(" "),
                match closer.missing {
                    0 => "nobody said".to_owned(),
                    n if n == all => "yes".to_owned(),
                    n => format!("at {n} of {all}"),
                },
                control.map_or("–".to_owned(), |c| capital(c.effort.as_str()))
            );
        }
        out.push_str("</tbody></table></div>");
        out.push_str("</section>");
    }
}
