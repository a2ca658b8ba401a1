//! The report in Markdown, as GitHub and its like show it.

use std::fmt::Write as _;

use vauban_model::attack_tree::Gate;
use vauban_model::brand::Brand;
use vauban_model::finding::{AttackPath, Decision, Evidence, Finding, Question};
use vauban_model::model::ElementRef;
use vauban_model::report::{CellCount, Report};
use vauban_model::scale::{Level, Likelihood, Stride};
use vauban_model::vocabulary::{Domain, fact};

use crate::digest::{self, Digest, Group};
use crate::documents::{foot, letterhead};
use crate::text::{
    capital, code, count, count_verb, markdown as md, markdown_said as said, one_line, place, prose_markdown,
};

/// Most attack paths told in full.
const PATHS: usize = 10;
/// Most places of one threat that are told in full; the register has all of them.
const PLACES: usize = 40;
/// Most findings in the document.
const FINDINGS: usize = 1_000;
/// Most rows of the STRIDE-per-element matrix.
const MATRIX_ROWS: usize = 200;
/// Most questions.
const QUESTIONS: usize = 25;
/// Most controls in "what would close most".
const CLOSERS: usize = 5;
/// Most facts a finding quotes.
const FACTS: usize = 8;

/// The whole report. Without `all`, open findings beyond the default view are counted but not listed.
pub fn markdown(report: &Report<'_>, all: bool) -> String {
    branded(report, all, &Brand::default(), None)
}

/// As [`markdown`], with an organisation's name, marking and footer, and its logo where a file of that name will stand beside.
pub fn branded(report: &Report<'_>, all: bool, brand: &Brand, logo: Option<&str>) -> String {
    let digest = Digest::new(report);
    let mut listed = digest.listed(all);
    let cut = listed.len().saturating_sub(FINDINGS);
    listed.truncate(FINDINGS);
    let mut out = String::with_capacity(64 * 1024);
    let doc = Document { digest: &digest, report };
    letterhead(&mut out, brand, "", logo);
    doc.summary(&mut out, listed.len());
    doc.paths(&mut out);
    doc.threats(&mut out, &listed);
    doc.register(&mut out, &listed, cut);
    doc.matrix(&mut out);
    doc.assets(&mut out);
    doc.questions(&mut out);
    doc.decisions(&mut out);
    doc.scope(&mut out);
    doc.recorded(&mut out);
    doc.attack_trees(&mut out);
    doc.methodology(&mut out);
    doc.messages(&mut out);
    foot(&mut out, brand);
    let _ = writeln!(out, "---\n\nMade by Vauban {} from {}.", md(report.version), sources(report));
    out
}

struct Document<'a> {
    digest: &'a Digest<'a>,
    report: &'a Report<'a>,
}

/// A risk with a sign of its own, so that it can be told at a glance and without colour.
fn risk(level: Level) -> String {
    let sign = match level {
        Level::Critical => "🟥",
        Level::High => "🟧",
        Level::Medium => "🟨",
        Level::Low => "🟦",
    };
    format!("{sign} {}", level.as_str())
}

fn sources(report: &Report<'_>) -> String {
    let names: Vec<String> = report.sources.iter().take(10).map(|(_, file)| code(&file.name)).collect();
    let more = report.sources.len().saturating_sub(10);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    if names.is_empty() { "no file".to_owned() } else { format!("{}{tail}", names.join(", ")) }
}

fn or_dash(text: &str) -> String {
    if text.trim().is_empty() { "–".to_owned() } else { md(text) }
}

impl Document<'_> {
    fn names(&self, elements: impl IntoIterator<Item = ElementRef>) -> String {
        elements.into_iter().map(|element| md(&digest::name(self.report.model, element))).collect::<Vec<_>>().join(", ")
    }

    fn of(&self, domain: Domain, list: &[u32]) -> String {
        self.names(list.iter().map(|index| ElementRef { domain, index: *index }))
    }

    fn place(&self, evidence: &Evidence) -> String {
        code(&place(evidence.span, self.report.sources))
    }

    fn first_place(&self, finding: &Finding) -> String {
        finding.evidence.first().map(|evidence| self.place(evidence)).unwrap_or_default()
    }

    fn decision(&self, finding: &Finding) -> Option<&Decision> {
        finding.decision.and_then(|at| self.report.decisions.get(at as usize))
    }

    fn summary(&self, out: &mut String, listed: usize) {
        let report = self.report;
        let (model, analysis) = (report.model, report.analysis);
        let _ = writeln!(out, "# Threat model: {}\n", md(&model.system.name));
        if !model.system.description.trim().is_empty() {
            let _ = writeln!(out, "{}\n", md(&model.system.description));
        }
        let _ = writeln!(out, "**{}**\n", digest::verdict(report));
        let mut facts = Vec::new();
        if let Some(owner) = &model.system.owner {
            facts.push(format!("owner {}", md(owner)));
        }
        if let Some(word) = model.system.word(fact::CRITICALITY) {
            facts.push(format!("criticality {word}"));
        }
        facts.push(count(model.components.len(), "component"));
        facts.push(count(model.flows.len(), "flow"));
        facts.push(count(model.boundaries.len(), "trust boundary"));
        facts.push(count(model.data.len(), "data asset"));
        facts.extend(report.today.map(|day| format!("as of {}", md(day))));
        let _ = writeln!(out, "{}.\n", capital(&facts.join(" · ")));

        let open = digest::by_risk(self.digest.open());
        let decided: Vec<&Finding> = analysis.findings.iter().filter(|f| !f.status.is_open()).collect();
        let decided_by = digest::by_risk(decided.iter().copied());
        let inherent = |level: Level| analysis.findings.iter().filter(|f| f.inherent.risk == level).count();
        let residual = |level: Level| analysis.findings.iter().filter(|f| f.residual.risk == level).count();
        out.push_str(
            "| risk | open | decided | without any control | after what was decided |\n|---|--:|--:|--:|--:|\n",
        );
        for (level, (open, decided)) in Level::ALL.into_iter().zip(open.into_iter().zip(decided_by)).rev() {
            let _ =
                writeln!(out, "| {} | {open} | {decided} | {} | {} |", risk(level), inherent(level), residual(level));
        }
        let total: usize = open.iter().sum();
        let _ = writeln!(
            out,
            "| **all** | **{total}** | **{}** | **{}** | **{}** |\n",
            decided.len(),
            analysis.findings.len(),
            analysis.findings.len()
        );
        let _ = writeln!(
            out,
            "Considered: {} of the library; controls stop {}; {} open; {} found.",
            count(analysis.threats_considered, "threat"),
            count(analysis.mitigated.len(), "threat"),
            count_verb(analysis.questions_total, "question", "is", "are"),
            count_verb(analysis.paths.len(), "attack path", "was", "were"),
        );
        if let Some(new) = report.new_findings {
            let _ = writeln!(
                out,
                "\n**{} new or worse than the baseline.**",
                if new.is_empty() {
                    "Nothing is".to_owned()
                } else {
                    format!("{} {}", new.len(), if new.len() == 1 { "is" } else { "are" })
                }
            );
        }
        let hidden = analysis.findings.len().saturating_sub(listed);
        if hidden > 0 {
            let _ = writeln!(
                out,
                "\n{} listed here; `--all` lists the other {hidden} too.",
                count_verb(listed, "finding", "is", "are")
            );
        }
        let closers = self.digest.closers(CLOSERS);
        if !closers.is_empty() {
            out.push_str("\n### What would close most\n\nIn this order; each row counts what the control stops on its own beyond those above it.\n\n| control | stops on its own | of these surely missing | effort |\n|---|---|--:|---|\n");
            for closer in &closers {
                let effort = self.digest.control(closer.control).map_or("–", |control| control.effort.as_str());
                let _ = writeln!(
                    out,
                    "| **{}** {} | {} | {} | {effort} |",
                    md(self.digest.control_name(closer.control)),
                    code(closer.control),
                    digest::risks_in_words(closer.stops, Level::Low),
                    closer.missing
                );
            }
        }
        out.push('\n');
    }

    fn paths(&self, out: &mut String) {
        let paths = &self.report.analysis.paths;
        if paths.is_empty() {
            return;
        }
        out.push_str("## Attack paths\n\n");
        for (number, path) in (1..).zip(paths.iter().take(PATHS)) {
            self.path(out, number, path);
        }
        if paths.len() > PATHS {
            let _ = writeln!(out, "{} more: see `vauban paths --top {}`.\n", paths.len() - PATHS, paths.len());
        }
        let points = &self.report.analysis.choke_points;
        if !points.is_empty() {
            out.push_str(
                "### Choke points\n\nEvery path to these goals needs the step: closing it closes them all.\n\n",
            );
            out.push_str("| step | closed by | before |\n|---|---|---|\n");
            for point in points.iter().take(PATHS) {
                // An assumed step has no finding: the threat's heading and the element say what it is.
                let title = match (self.digest.finding(&point.finding), self.digest.threat(point.threat)) {
                    (Some(finding), _) => finding.title.to_string(),
                    (None, Some(threat)) => {
                        format!("{} (assumed, at {})", threat.title, digest::name(self.report.model, point.element))
                    }
                    (None, None) => point.finding.to_string(),
                };
                let controls: Vec<String> = point.controls.iter().map(|c| md(self.digest.control_name(c))).collect();
                let goals: Vec<String> = point
                    .goals
                    .iter()
                    .map(|g| {
                        format!("{} {}", digest::goal_words(g.verb), md(&digest::name(self.report.model, g.element)))
                    })
                    .collect();
                let _ = writeln!(
                    out,
                    "| {} | {} | {} |",
                    md(&title),
                    if controls.is_empty() { "–".to_owned() } else { controls.join(" or ") },
                    goals.join(", ")
                );
            }
            out.push('\n');
        }
    }

    fn path(&self, out: &mut String, number: usize, path: &AttackPath) {
        let model = self.report.model;
        let attacker = self.report.attackers.get(path.attacker as usize).map_or("an attacker", |a| &*a.name);
        let _ = writeln!(
            out,
            "### {number}. {} → {}\n",
            md(&capital(attacker)),
            md(&format!("{} {}", digest::goal_words(path.goal.verb), digest::name(model, path.goal.element)))
        );
        let _ = writeln!(
            out,
            "{} risk: likelihood {}, impact {} of 5.\n\n> {}\n",
            risk(path.score.risk),
            path.score.likelihood.as_str(),
            path.score.impact.level(),
            md(&path.story)
        );
        for (at, step) in (1..).zip(&path.steps) {
            let threat = step.threat.and_then(|t| self.digest.threat(t));
            let attack: Vec<String> = threat.into_iter().flat_map(|t| &t.attack).map(|id| md(id)).collect();
            let mut tail = String::new();
            if !attack.is_empty() {
                let _ = write!(tail, " ({})", attack.join(", "));
            }
            if step.assumed {
                tail.push_str(" — *assumed*");
            }
            let _ = writeln!(out, "{at}. {}{tail}", md(&step.title));
            for evidence in step.evidence.iter().take(if threat.is_some() { 3 } else { 1 }) {
                let _ = writeln!(out, "   - {}", self.fact(evidence));
            }
            for seen in &step.seen_by {
                let place = code(&place(seen.span, self.report.sources));
                let _ = writeln!(out, "   - seen by {} ({place}): {}", said(&seen.by), seen.how.as_str());
            }
        }
        if !path.assumptions.is_empty() {
            out.push_str("\nIt assumes:\n\n");
            for assumption in &path.assumptions {
                let _ = writeln!(out, "- {}", said(assumption));
            }
        }
        let _ = writeln!(out, "\n{}\n", code(&path.id));
    }

    fn fact(&self, evidence: &Evidence) -> String {
        format!(
            "{} of {} = {} ({}, {})",
            code(&evidence.fact),
            md(&digest::name(self.report.model, evidence.element)),
            code(&evidence.value),
            evidence.origin.as_str(),
            self.place(evidence)
        )
    }

    fn threats(&self, out: &mut String, listed: &[&Finding]) {
        let open: Vec<&Finding> = listed.iter().copied().filter(|f| f.status.is_open()).collect();
        out.push_str("## Threats\n\n");
        if open.is_empty() {
            out.push_str("No threat is open.\n\n");
        }
        for group in self.digest.groups(&open) {
            self.group(out, &group);
        }
    }

    fn group(&self, out: &mut String, group: &Group<'_>) {
        let Some(first) = group.findings.first() else { return };
        let worst = group.findings.iter().map(|f| f.current.risk).max().unwrap_or(Level::Low);
        let title = group.threat.map_or(&*first.title, |t| &*t.title);
        match group.findings.as_slice() {
            [one] => {
                let _ = writeln!(out, "### {} — {}\n", risk(worst), md(&one.title));
                let _ = writeln!(out, "{}{}\n", md(&one.description), self.mark(one));
                self.evidence(out, one);
            }
            many => {
                let _ = writeln!(out, "### {} — {} ({} places)\n", risk(worst), md(title), many.len());
                out.push_str("| risk | what | because | where |\n|---|---|---|---|\n");
                for finding in many.iter().take(PLACES) {
                    let because: Vec<String> = finding
                        .evidence
                        .iter()
                        .rev()
                        .take(3)
                        .map(|e| format!("{} = {}", code(&e.fact), code(&e.value)))
                        .collect();
                    let _ = writeln!(
                        out,
                        "| {} | **{}**{} {} | {} | {} |",
                        risk(finding.current.risk),
                        md(&finding.title),
                        self.mark(finding),
                        md(&finding.description),
                        because.into_iter().rev().collect::<Vec<_>>().join(", "),
                        self.first_place(finding)
                    );
                }
                if many.len() > PLACES {
                    let _ = writeln!(out, "\n{} more places: see the register.", many.len() - PLACES);
                }
                out.push('\n');
            }
        }
        if let Some(threat) = group.threat {
            for (head, body) in [("Why it matters.", &threat.why), ("What to do.", &threat.remedy)] {
                if !body.trim().is_empty() {
                    let _ = writeln!(out, "**{head}** {}\n", prose_markdown(body));
                }
            }
        }
        let mut needs: Vec<&vauban_model::finding::ControlNeed> = Vec::new();
        for need in group.findings.iter().flat_map(|f| &f.controls) {
            if !needs.iter().any(|known| known.control == need.control) {
                needs.push(need);
            }
        }
        if !needs.is_empty() {
            let words: Vec<String> = needs
                .iter()
                .map(|need| {
                    let effect = need.weakens.map_or_else(
                        || "stops it".to_owned(),
                        |n| format!("{} less likely", count(usize::from(n), "level")),
                    );
                    format!("{} ({effect})", md(self.digest.control_name(&need.control)))
                })
                .collect();
            let _ = writeln!(out, "**Controls:** {}.\n", words.join("; "));
        }
        if let Some(threat) = group.threat {
            let mut ids: Vec<String> = threat.stride.iter().map(|s| s.name().to_owned()).collect();
            let named =
                |id: &str, name: Option<&str>| name.map_or_else(|| md(id), |name| format!("{} {}", md(id), md(name)));
            ids.extend(threat.attack.iter().map(|id| named(id, self.report.names.attack(id))));
            ids.extend(threat.cwe.iter().map(|id| named(id, self.report.names.cwe(id))));
            let _ = writeln!(out, "{} · {}\n", code(&threat.id), ids.join(" · "));
        }
    }

    fn mark(&self, finding: &Finding) -> &'static str {
        if self.digest.is_new(finding) { " **[new]**" } else { "" }
    }

    fn evidence(&self, out: &mut String, finding: &Finding) {
        for item in finding.evidence.iter().take(FACTS) {
            let _ = writeln!(out, "- {}", self.fact(item));
        }
        if finding.evidence.len() > FACTS {
            let _ = writeln!(
                out,
                "- and {} more facts: `vauban explain '{}'`",
                finding.evidence.len() - FACTS,
                one_line(&finding.id).replace('`', "")
            );
        }
        if let Some(last) = finding.current.because.iter().rev().nth(1) {
            let _ = writeln!(
                out,
                "\nRisk: likelihood {}, impact {} of 5. {}",
                finding.current.likelihood.as_str(),
                finding.current.impact.level(),
                md(last)
            );
        }
        out.push('\n');
    }

    fn register(&self, out: &mut String, listed: &[&Finding], cut: usize) {
        out.push_str("## Register\n\n");
        if listed.is_empty() {
            out.push_str("Nothing to list.\n\n");
            return;
        }
        out.push_str("| id | element | without controls | today | after decisions | status | owner | until |\n|---|---|---|---|---|---|---|---|\n");
        for finding in listed {
            let decision = self.decision(finding);
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                code(&finding.id),
                self.names(finding.elements.first().copied()),
                finding.inherent.risk.as_str(),
                risk(finding.current.risk),
                finding.residual.risk.as_str(),
                finding.status.as_str(),
                decision.map_or_else(|| "–".to_owned(), |d| or_dash(&d.owner)),
                decision.and_then(|d| d.until.as_deref()).map_or_else(|| "–".to_owned(), md),
            );
        }
        if cut > 0 {
            let _ = writeln!(out, "\n{cut} more are in `vauban check --format json`.");
        }
        out.push('\n');
    }

    fn matrix(&self, out: &mut String) {
        let cells = &self.report.analysis.matrix;
        if cells.is_empty() {
            return;
        }
        out.push_str("## STRIDE per element\n\nA number is that of threats that apply. Otherwise: ✓ stopped by controls, ? open questions, – none of those considered applies.\n\n");
        out.push_str("| element | kind |");
        for letter in Stride::ALL {
            let _ = write!(out, " {} |", letter.name());
        }
        out.push_str("\n|---|---|---|---|---|---|---|---|\n");
        for cell in cells.iter().take(MATRIX_ROWS) {
            let _ = write!(out, "| {} | {} |", self.names([cell.element]), cell.element.domain.as_str());
            for counts in cell.counts {
                let _ = write!(out, " {} |", cell_words(counts));
            }
            out.push('\n');
        }
        if cells.len() > MATRIX_ROWS {
            let _ = writeln!(out, "\n{} more elements are left out.", cells.len() - MATRIX_ROWS);
        }
        if let Some(most) = cells.iter().map(|c| c.counts.iter().map(|n| n.considered).max().unwrap_or(0)).max() {
            let _ = writeln!(out, "\nUp to {most} threats of the library were considered for one cell.");
        }
        out.push('\n');
    }

    fn assets(&self, out: &mut String) {
        let model = self.report.model;
        if model.data.is_empty() {
            return;
        }
        out.push_str("## Data\n\n| data | classification | without controls | today | after decisions |\n|---|---|---|---|---|\n");
        for (element, entry) in model.elements(Domain::Data).take(MATRIX_ROWS) {
            let class = entry.word(fact::CLASSIFICATION).unwrap_or("not said");
            let found = self.report.analysis.risks.iter().find(|r| r.element == element);
            let (inherent, current, residual) = found.map_or_else(
                || ("–".to_owned(), "–".to_owned(), "–".to_owned()),
                |r| (r.inherent.as_str().to_owned(), risk(r.current), r.residual.as_str().to_owned()),
            );
            let _ = writeln!(out, "| {} | {class} | {inherent} | {current} | {residual} |", md(&entry.name));
        }
        if model.data.len() > MATRIX_ROWS {
            let _ = writeln!(out, "\n{} more are left out.", model.data.len() - MATRIX_ROWS);
        }
        out.push('\n');
    }

    fn questions(&self, out: &mut String) {
        let analysis = self.report.analysis;
        if analysis.questions.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "## Questions\n\n{} in all, the most important first; `vauban ask` takes the answers.\n",
            analysis.questions_total
        );
        for question in analysis.questions.iter().take(QUESTIONS) {
            let _ = writeln!(out, "1. {}", self.question(question));
        }
        out.push('\n');
    }

    fn question(&self, question: &Question) -> String {
        let names: Vec<String> =
            question.threats.iter().filter_map(|t| self.digest.threat(*t)).take(3).map(|t| md(&t.title)).collect();
        let settles = if names.is_empty() { String::new() } else { format!(" Settles: {}.", names.join("; ")) };
        let at = code(&place(question.span, self.report.sources));
        format!("{} Could reveal a {} risk.{settles} {at}", said(&question.text), question.risk.as_str())
    }

    fn decisions(&self, out: &mut String) {
        let decisions = self.report.decisions;
        if decisions.is_empty() {
            return;
        }
        let mut used = vec![0usize; decisions.len()];
        for at in self.report.analysis.findings.iter().filter_map(|f| f.decision) {
            if let Some(number) = used.get_mut(at as usize) {
                *number += 1;
            }
        }
        out.push_str("## Decisions\n\n| threat | decision | reason | owner | approver | until | ticket | findings |\n|---|---|---|---|---|---|---|--:|\n");
        for (decision, used) in decisions.iter().zip(used).take(FINDINGS) {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {used} |",
                code(&decision.threat),
                decision.treatment.as_str(),
                or_dash(&decision.reason),
                or_dash(&decision.owner),
                or_dash(&decision.approver),
                or_dash(decision.until.as_deref().unwrap_or_default()),
                or_dash(decision.ticket.as_deref().unwrap_or_default()),
            );
        }
        out.push('\n');
    }

    fn scope(&self, out: &mut String) {
        let model = self.report.model;
        out.push_str("## Scope\n\n");
        if !model.business_context.trim().is_empty() {
            let _ = writeln!(out, "{}\n", md(&model.business_context));
        }
        let list = |out: &mut String, head: &str, items: Vec<String>| {
            if !items.is_empty() {
                let _ = writeln!(out, "### {head}\n");
                for item in items {
                    let _ = writeln!(out, "- {item}");
                }
                out.push('\n');
            }
        };
        let with_reason =
            |what: &str, why: &str| if why.is_empty() { md(what) } else { format!("{}: {}", md(what), md(why)) };
        list(out, "In scope", model.in_scope.iter().map(|s| with_reason(&s.what, &s.why)).collect());
        let mut outside: Vec<String> = model.out_of_scope.iter().map(|s| with_reason(&s.what, &s.why)).collect();
        for domain in Domain::ALL {
            for (_, element) in model.elements(domain) {
                if let Some(reason) = &element.out_of_scope {
                    let why = if reason.reason.is_empty() { "no reason given" } else { &reason.reason };
                    outside.push(format!("{} ({}): {}", md(&element.name), domain.as_str(), md(why)));
                }
            }
        }
        list(out, "Out of scope", outside);
        list(
            out,
            "Assumptions",
            model
                .assumptions
                .iter()
                .map(|a| {
                    let owner = a.owner.as_deref().map(|owner| format!(" ({})", md(owner))).unwrap_or_default();
                    let about = if a.about.is_empty() {
                        String::new()
                    } else {
                        format!(" About {}.", self.names(a.about.iter().copied()))
                    };
                    format!("{}{owner}{about}", md(&a.text))
                })
                .collect(),
        );
        list(
            out,
            "Abuse cases",
            model
                .abuse_cases
                .iter()
                .map(|a| {
                    let about = if a.about.is_empty() {
                        String::new()
                    } else {
                        format!(" About {}.", self.names(a.about.iter().copied()))
                    };
                    format!("**{}**: {}{about}", md(&a.name), md(&a.text))
                })
                .collect(),
        );
        if !model.third_parties.is_empty() {
            out.push_str(
                "### Third parties\n\n| who | provides | used by | sees | when it is down |\n|---|---|---|---|---|\n",
            );
            for party in &model.third_parties {
                let _ = writeln!(
                    out,
                    "| {} | {} | {} | {} | {} |",
                    md(&party.name),
                    or_dash(&party.provides),
                    self.of(Domain::Component, &party.used_by),
                    self.of(Domain::Data, &party.data),
                    or_dash(&party.when_down)
                );
            }
            out.push('\n');
        }
    }

    fn attack_trees(&self, out: &mut String) {
        let trees = &self.report.model.attack_trees;
        if trees.is_empty() {
            return;
        }
        out.push_str("## Attack trees\n\nDrawn by people, kept as they stand.\n\n");
        let mut left = FINDINGS;
        for tree in trees.iter().take(FINDINGS) {
            let _ = writeln!(out, "### {}\n", md(&tree.name));
            let lines = tree.lines();
            for line in lines.iter().take(left) {
                let Some(node) = tree.nodes.get(line.node as usize) else { continue };
                let gate = if node.gate == Gate::Leaf { String::new() } else { format!(" *{}*", node.gate.as_str()) };
                let above = if line.shown_above { " (see above)" } else { "" };
                // Markdown readers give up on lists that nest too deep.
                let indent = "  ".repeat(line.depth.min(20));
                let _ = writeln!(out, "{indent}- {}{gate}{above}", md(&node.label));
            }
            if lines.len() > left {
                let _ = writeln!(out, "\n{} more are left out.", lines.len() - left);
            }
            left = left.saturating_sub(lines.len());
            out.push('\n');
        }
    }

    fn recorded(&self, out: &mut String) {
        let recorded = &self.report.model.recorded_threats;
        if recorded.is_empty() {
            return;
        }
        out.push_str("## Recorded threats\n\nWritten down by people or another tool, kept as they stand: recorded by people, not judged here. Open ones first.\n\n| threat | about | severity | status | mitigation |\n|---|---|---|---|---|\n");
        for threat in digest::recorded_by_urgency(self.report.model).into_iter().take(FINDINGS) {
            let _ = writeln!(
                out,
                "| {} {} | {} | {} | {} | {} |",
                md(&threat.title),
                code(&threat.id),
                self.names(threat.elements.iter().copied()),
                or_dash(&threat.severity),
                or_dash(&threat.status),
                or_dash(&threat.mitigation)
            );
        }
        if recorded.len() > FINDINGS {
            let _ = writeln!(out, "\n{} more are left out.", recorded.len() - FINDINGS);
        }
        out.push('\n');
    }

    fn methodology(&self, out: &mut String) {
        let methodology = self.report.methodology;
        let _ = writeln!(out, "## Methodology\n\n{}; `vauban methodology` prints all of it.\n", md(&methodology.name));
        out.push_str("| likelihood | impact 1 | 2 | 3 | 4 | 5 |\n|---|---|---|---|---|---|\n");
        for likelihood in Likelihood::ALL.into_iter().rev() {
            let row = methodology.matrix[likelihood.index()].map(risk);
            let _ = writeln!(out, "| {} | {} |", md(&methodology.likelihood[likelihood.index()].name), row.join(" | "));
        }
        let _ = writeln!(out, "\nA risk up to {} may stay without a decision.\n", methodology.tolerance.as_str());
    }

    fn messages(&self, out: &mut String) {
        let list = self.report.diagnostics;
        if list.is_empty() {
            return;
        }
        out.push_str("## Messages about the input\n\n");
        for message in list.iter().take(QUESTIONS) {
            let at =
                message.span.map(|span| format!(" ({})", code(&place(span, self.report.sources)))).unwrap_or_default();
            let _ = writeln!(out, "- {}: {}{at}", message.severity.as_str(), said(&message.message));
        }
        if list.len() > QUESTIONS {
            let _ = writeln!(out, "- and {} more", list.len() - QUESTIONS);
        }
        out.push('\n');
    }
}

/// What one cell of the matrix says.
fn cell_words(counts: CellCount) -> String {
    let mut parts = Vec::new();
    if counts.open > 0 {
        parts.push(format!("**{}**", counts.open));
    }
    if counts.stopped > 0 {
        parts.push(format!("✓{}", counts.stopped));
    }
    if counts.asked > 0 {
        parts.push(format!("?{}", counts.asked));
    }
    if parts.is_empty() { "–".to_owned() } else { parts.join(" ") }
}
