//! Text for people at a terminal: readable at a glance, the same without colour.

use std::fmt::Write as _;

use vauban_model::finding::{AttackPath, Evidence, Finding, GoalCut, NearestMiss, Question};
use vauban_model::model::RecordedThreat;
use vauban_model::report::{PathAnswer, Report};
use vauban_model::scale::Level;
use vauban_model::state::Verb;
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, Severity, SourceMap, Span};

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Use ANSI colours. Colour is never the only sign.
    pub colour: bool,
    /// Show every finding, not just the default view.
    pub all: bool,
    /// Columns of the terminal: longer lines are broken between words. `None` leaves every sentence on one line, which
    /// is what files and other programs get.
    pub width: Option<usize>,
}

impl Style {
    /// A text as wide as it may be.
    pub fn fitted(self, text: String) -> String {
        match self.width {
            Some(width) => crate::wrap::wrapped(&text, width),
            None => text,
        }
    }

    /// A text in a colour. What is painted may be a user's words, so what would steer the terminal is marked first.
    fn paint(self, code: &str, text: &str) -> String {
        let text = harmless(text);
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text }
    }

    /// A text that stands out.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// A text that steps back.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn level(self, level: Level) -> String {
        let word = format!("{:<8}", level.as_str().to_uppercase());
        match level {
            Level::Critical => self.paint("1;31", &word),
            Level::High => self.paint("31", &word),
            Level::Medium => self.paint("33", &word),
            Level::Low => self.paint("36", &word),
        }
    }
}

/// Places of one group that are named before "and 4 more".
const PLACES: usize = 5;

/// A count with its noun: `1 threat`, `2 threats`.
pub use vauban_model::words::count;

/// The answer of `vauban check`.
pub fn check(report: &Report<'_>, style: Style) -> String {
    style.fitted(check_lines(report, style))
}

fn check_lines(report: &Report<'_>, style: Style) -> String {
    let analysis = report.analysis;
    let mut out = String::new();
    let open: Vec<&Finding> = analysis.findings.iter().filter(|f| f.status.is_open()).collect();
    let shown: Vec<&Finding> = open.iter().copied().filter(|f| style.all || f.shown).collect();
    let model = report.model;
    let _ = writeln!(
        out,
        "{}: {}, {}, {}, {}",
        style.bold(&model.system.name),
        count(model.components.len(), "component"),
        count(model.flows.len(), "flow"),
        count(model.boundaries.len(), "trust boundary"),
        count(model.data.len(), "data asset"),
    );
    if open.is_empty() {
        let _ = writeln!(out, "\n{}", crate::digest::silence(report).join("\n"));
    }
    if let Some(words) = crate::digest::recorded_in_words(model) {
        let _ = writeln!(out, "\n{words}");
        if style.all {
            recorded_lines(report, style, &mut out);
        }
    }
    // The same thing at many places is said once.
    let mut groups: Vec<(&str, Level, Vec<&Finding>)> = Vec::new();
    for finding in &shown {
        let rule = report.threats.get(finding.threat as usize).map_or("", |t| &*t.id);
        match groups.iter_mut().find(|(known, level, _)| *known == rule && *level == finding.current.risk) {
            Some((_, _, list)) => list.push(finding),
            None => groups.push((rule, finding.current.risk, vec![finding])),
        }
    }
    for (_, level, list) in &groups {
        let Some(first) = list.first() else { continue };
        out.push('\n');
        if list.len() == 1 {
            let _ = writeln!(out, "{} {}", style.level(*level), style.bold(&first.title));
        } else {
            let title = report.threats.get(first.threat as usize).map_or("", |t| &*t.title);
            let _ = writeln!(out, "{} {} ({} places)", style.level(*level), style.bold(title), list.len());
        }
        for finding in list.iter().take(PLACES) {
            let new = report.new_findings.is_some_and(|ids| ids.contains(&finding.id));
            let mark = if new { " [new]" } else { "" };
            if list.len() > 1 {
                let _ = writeln!(out, "         {}{mark}", harmless(&finding.title));
            } else {
                let _ = writeln!(out, "         {}{mark}", harmless(&finding.description));
            }
            let _ = writeln!(
                out,
                "         {}",
                style.dim(&format!("{}  {}", finding.id, first_place(&finding.evidence, report.sources)))
            );
        }
        if list.len() > PLACES {
            let _ = writeln!(out, "         and {} more", list.len() - PLACES);
        }
        let mut absent = first.controls.iter().filter(|need| need.present != Some(true));
        let stops = absent.clone().find(|need| need.weakens.is_none());
        if let Some(control) = stops.or_else(|| absent.next()) {
            let name = report.controls.iter().find(|c| c.id == control.control).map_or(&*control.control, |c| &*c.name);
            let label = if stops.is_some() { "closed by:" } else { "made less likely by:" };
            let _ = writeln!(out, "         {} {}", style.dim(label), harmless(name));
        }
    }
    let confirmed: Vec<&AttackPath> = analysis.paths.iter().filter(|p| p.assumptions.is_empty()).collect();
    if !analysis.paths.is_empty() {
        let _ = writeln!(out, "\n{}", style.bold("Attack paths"));
        // Where little is known for sure, the worst of what is possible says more than nothing.
        let assumed = analysis.paths.iter().filter(|p| !p.assumptions.is_empty()).take(3 - confirmed.len().min(2));
        let told: Vec<&AttackPath> = confirmed.iter().copied().take(3).chain(assumed).take(3).collect();
        for path in &told {
            let mark = if path.assumptions.is_empty() { "" } else { "(assumes what nobody said) " };
            let _ = writeln!(out, "{} {mark}{}", style.level(path.score.risk), harmless(&path.story));
        }
        if analysis.paths.len() > told.len() {
            let more = analysis.paths.len() - told.len();
            let _ = writeln!(out, "         {}", style.dim(&format!("{more} more; see `vauban paths`")));
        }
    }
    if !analysis.questions.is_empty() {
        let _ = writeln!(
            out,
            "\n{} ({} in all; `vauban ask` answers them)",
            style.bold("Questions that matter most"),
            analysis.questions_total
        );
        for question in analysis.questions.iter().take(3) {
            let _ = writeln!(
                out,
                "  - {} {}",
                harmless(&question.text),
                style.dim(&format!("could reveal a {} risk", question.risk.as_str()))
            );
        }
    }
    out.push('\n');
    out.push_str(&summary(report, style, open.len(), shown.len()));
    out
}

/// The threats that the model brought along, open ones first, with the ids by which `vauban treat` and `vauban explain` know
/// them.
fn recorded_lines(report: &Report<'_>, style: Style, out: &mut String) {
    for threat in crate::digest::recorded_by_urgency(report.model) {
        let _ = writeln!(out, "{} {}", recorded_level(threat, style), style.bold(&threat.title));
        let id = format!("{}  {}", threat.id, place(threat.span, report.sources));
        let _ = writeln!(out, "         {}; {}", style.dim(&id), harmless(&recorded_standing(report, threat)));
    }
}

/// The rating of a recorded threat in the place of a level.
fn recorded_level(threat: &RecordedThreat, style: Style) -> String {
    match crate::digest::recorded_severity(threat) {
        Some(level) => style.level(level),
        None => style.dim(&format!("{:<8}", "UNRATED")),
    }
}

/// What became of a recorded threat: its state as written, and what was decided.
fn recorded_standing(report: &Report<'_>, threat: &RecordedThreat) -> String {
    let state = match (threat.status.trim(), crate::digest::is_recorded_open(threat)) {
        ("", _) => "no state is written, so it is open".to_owned(),
        (word, true) if word.eq_ignore_ascii_case("open") => "open".to_owned(),
        (word, true) => format!("{word}, so it is open"),
        (word, false) => format!("{word}, so it is settled"),
    };
    match report.treatment(&threat.id) {
        Some(it) => format!("{state}; {} {}", it.treatment.as_str(), it.stage.as_str()),
        None => state,
    }
}

/// Why a threat that the model brought along stands there, as far as it is written, and what was decided about it.
pub fn explain_recorded(report: &Report<'_>, threat: &RecordedThreat, style: Style) -> String {
    let mut out = format!("{} {}\n", recorded_level(threat, style), style.bold(&threat.title));
    let id = format!("{}  {}", threat.id, place(threat.span, report.sources));
    let _ = writeln!(out, "{}", style.dim(&id));
    if !threat.description.trim().is_empty() {
        let _ = writeln!(out, "\n{}", harmless(threat.description.trim()));
    }
    let _ = writeln!(
        out,
        "\nIt is recorded in the model and not judged here: its rating and its state are as written there."
    );
    let about: Vec<&str> = threat.elements.iter().map(|element| report.model.name(*element)).collect();
    let cwe: Vec<String> = threat.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    let parts = [
        ("About", about.join(", ")),
        ("Category", threat.categories.join(", ")),
        ("Weakness", cwe.join(", ")),
        ("Rated", threat.severity.to_string()),
        ("State", recorded_standing(report, threat)),
        (if crate::digest::is_recorded_open(threat) { "Proposed" } else { "Done" }, threat.mitigation.to_string()),
    ];
    for (name, words) in parts.iter().filter(|(_, words)| !words.trim().is_empty()) {
        let _ = writeln!(out, "{} {}", style.bold(name), harmless(words.trim()));
    }
    if let Some(it) = report.treatment(&threat.id) {
        let until = it.until.as_deref().map(|until| format!(" until {until}")).unwrap_or_default();
        let words =
            format!("{}{until}, {}: {} (owner {})", it.treatment.as_str(), it.stage.as_str(), it.reason, it.owner);
        let _ = writeln!(out, "\n{} {}", style.bold("Decided"), harmless(&words));
    } else {
        let _ = writeln!(out, "\nNobody decided about it; `vauban treat propose {}` begins.", harmless(&threat.id));
    }
    style.fitted(out)
}

fn summary(report: &Report<'_>, style: Style, open: usize, shown: usize) -> String {
    let analysis = report.analysis;
    let mut parts = Vec::new();
    for level in Level::ALL.into_iter().rev() {
        let number = analysis.findings.iter().filter(|f| f.status.is_open() && f.current.risk == level).count();
        if number > 0 {
            parts.push(format!("{number} {}", level.as_str()));
        }
    }
    let by_level = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    let mut out = format!("{}{by_level}", style.bold(&format!("{} open", count(open, "threat"))));
    let decided = analysis.findings.len() - open;
    if decided > 0 {
        let _ = write!(out, ", {decided} decided");
    }
    if !analysis.mitigated.is_empty() {
        let _ = write!(out, ", {} stopped by controls", analysis.mitigated.len());
    }
    if analysis.questions_total > 0 {
        let _ = write!(out, ", {}", count(analysis.questions_total, "question"));
    }
    if !report.model.recorded_threats.is_empty() {
        let all = report.model.recorded_threats.len();
        let open = crate::digest::recorded_open(report.model).count();
        let _ = write!(out, ", {all} recorded in the model by people ({open} open)");
    }
    if let Some(new) = report.new_findings {
        let _ = write!(out, ", {} new or worse than the baseline", new.len());
    }
    out.push_str(".\n");
    if shown < open {
        let _ = writeln!(out, "{} shown; `--all` shows every one.", count(shown, "finding"));
    }
    if open > 0 {
        let _ = writeln!(
            out,
            "`vauban explain ID` says why and what would make one go away; `vauban report` writes it all down."
        );
    }
    out
}

fn first_place(evidence: &[Evidence], sources: &SourceMap) -> String {
    evidence.first().map_or_else(String::new, |e| place(e.span, sources))
}

fn place(span: Span, sources: &SourceMap) -> String {
    format!("{}:{}:{}", harmless(sources.name(span.file)), span.line, span.column)
}

/// A text that is not ours, such as the name of a file or of a component, on one line and without what would steer a
/// terminal: a line of its own could pass for one of ours, or for a command to whatever reads the log.
pub fn harmless(text: &str) -> String {
    crate::text::drawn(text).replace('\n', " ")
}

/// A text of several lines that we put together, without what would steer a terminal.
pub fn harmless_lines(text: &str) -> String {
    crate::text::drawn(text)
}

/// The answer of `vauban paths`.
pub fn paths(report: &Report<'_>, answer: &PathAnswer, style: Style) -> String {
    style.fitted(paths_lines(report, answer, style))
}

fn paths_lines(report: &Report<'_>, answer: &PathAnswer, style: Style) -> String {
    let mut out = String::new();
    for (number, path) in (1..).zip(&answer.paths) {
        if number > 1 {
            out.push('\n');
        }
        out.push_str(&path_text(report, number, path, style));
    }
    if answer.paths.is_empty() {
        out.push_str("No attack path.\n");
    }
    for miss in &answer.nearest_misses {
        out.push_str(&miss_text(report, miss, style));
    }
    for cut in &answer.cuts {
        out.push_str(&cut_text(report, cut, style));
    }
    if !answer.choke_points.is_empty() {
        let _ = writeln!(out, "\n{}", style.bold("Choke points: without these, the goals are out of reach"));
        for point in &answer.choke_points {
            let close = if point.controls.is_empty() {
                String::new()
            } else {
                format!(" (closed by {})", point.controls.join(" or "))
            };
            let goals = count(point.goals.len(), "goal");
            let _ = writeln!(out, "  - {}{}, before {goals}", harmless(&point.finding), harmless(&close));
        }
    }
    out
}

fn cut_text(report: &Report<'_>, cut: &GoalCut, style: Style) -> String {
    let goal = harmless(&format!("{} {}", cut.goal.verb.as_str(), report.model.name(cut.goal.element)));
    if !cut.possible {
        return format!("\nNo set of threats, if stopped, keeps everybody from: {goal}\n");
    }
    let proof = if cut.at_least == cut.count {
        "proven to be the fewest".to_owned()
    } else {
        format!("not proven to be the fewest; {} at least", cut.at_least)
    };
    let title = format!("Smallest cut before: {goal}");
    let mut out = format!("\n{} ({}, {proof})\n", style.bold(&title), count(cut.steps.len(), "threat"));
    for step in &cut.steps {
        let close = if step.controls.is_empty() {
            String::new()
        } else {
            format!(" (closed by {})", step.controls.join(" or "))
        };
        let _ = writeln!(out, "  - {}{}", harmless(&step.finding), harmless(&close));
    }
    out
}

fn path_text(report: &Report<'_>, number: usize, path: &AttackPath, style: Style) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} {}. {}", style.level(path.score.risk), number, style.bold(&path.story));
    let _ = writeln!(
        out,
        "         {}",
        style.dim(&format!(
            "likelihood {}, impact {} of 5  {}",
            path.score.likelihood.as_str(),
            path.score.impact.level(),
            path.id
        ))
    );
    for (at, step) in (1..).zip(&path.steps) {
        let threat = step.threat.and_then(|t| report.threats.get(t as usize));
        let attack = threat.map(|t| t.attack.join(", ")).unwrap_or_default();
        let mark = if step.assumed { " (assumed)" } else { "" };
        let tag = if attack.is_empty() { String::new() } else { format!(" [{attack}]") };
        let bullet = if threat.is_some() { format!("{at:>2}.") } else { format!("{at:>2} ") };
        let _ = writeln!(out, "     {bullet} {}{mark}{}", harmless(&step.title), style.dim(&tag));
        for item in step.evidence.iter().take(if threat.is_some() { 4 } else { 1 }) {
            let fact = format!("{} = {} ({})", item.fact, item.value, place(item.span, report.sources));
            let _ = writeln!(out, "          {}", style.dim(&fact));
        }
        for seen in &step.seen_by {
            let how = seen.how.as_str();
            let _ =
                writeln!(out, "          seen by {} ({}): {how}", harmless(&seen.by), place(seen.span, report.sources));
        }
    }
    for assumption in &path.assumptions {
        let _ = writeln!(out, "     {} {}", style.dim("assumes:"), harmless(assumption));
    }
    out
}

fn miss_text(report: &Report<'_>, miss: &NearestMiss, style: Style) -> String {
    let mut out = String::new();
    let name = report.model.name(miss.goal.element);
    let goal = match miss.goal.verb {
        Verb::Reach if miss.goal.element.domain == Domain::Boundary => format!("to be on the network of {name}"),
        Verb::Reach => format!("to reach {name}"),
        Verb::ActAs if miss.goal.element.domain == Domain::Component => format!("to act as a user of {name}"),
        Verb::ActAs => format!("to act as {name}"),
        Verb::Administer => format!("to administer {name}"),
        Verb::RunCode => format!("to run code on {name}"),
        Verb::Read => format!("to read {name}"),
        Verb::Alter => format!("to change {name}"),
        Verb::Deny => format!("to make {name} unavailable"),
        Verb::Hide => format!("to leave no trace in {name}"),
        Verb::Tag => format!("to change the labels of {name}"),
        Verb::Touch => format!("to get hands on {name}"),
    };
    let _ = writeln!(out, "Out of reach: {}. What separates an attacker from it:", harmless(&goal));
    for reason in &miss.separated_by {
        let _ = writeln!(out, "  - {}", harmless(reason));
    }
    if let Some(path) = &miss.path {
        let _ = writeln!(out, "Without that, the path would be:");
        out.push_str(&path_text(report, 1, path, style));
    }
    out
}

/// One finding in full.
pub fn explain(report: &Report<'_>, finding: &Finding, style: Style) -> String {
    style.fitted(explain_lines(report, finding, style))
}

fn explain_lines(report: &Report<'_>, finding: &Finding, style: Style) -> String {
    let mut out = String::new();
    let threat = report.threats.get(finding.threat as usize);
    let _ = writeln!(out, "{} {}", style.level(finding.current.risk), style.bold(&finding.title));
    let _ = writeln!(out, "{}\n\n{}", style.dim(&finding.id), harmless(&finding.description));
    let _ = writeln!(out, "\n{}", style.bold("It stands on"));
    for item in &finding.evidence {
        let name = harmless(report.model.name(item.element));
        let _ = writeln!(
            out,
            "  {} of {name} = {}, {} ({})",
            item.fact,
            harmless(&item.value),
            item.origin.as_str(),
            place(item.span, report.sources)
        );
    }
    if let Some(threat) = threat {
        let _ = writeln!(out, "\n{} {} ({})", style.bold("Rule"), harmless(&threat.title), harmless(&threat.file));
        for line in threat.condition.lines() {
            let _ = writeln!(out, "  {}", harmless(line.trim()));
        }
        let mut ids: Vec<String> = threat.stride.iter().map(|s| s.name().to_owned()).collect();
        for id in &threat.attack {
            ids.push(format!("{id} {}", report.names.attack(id).unwrap_or_default()));
        }
        for id in &threat.cwe {
            ids.push(format!("{id} {}", report.names.cwe(id).unwrap_or_default()));
        }
        let _ = writeln!(out, "  {}", style.dim(&ids.join("; ")));
    }
    let _ = writeln!(out, "\n{}", style.bold("Risk"));
    for reason in &finding.current.because {
        let _ = writeln!(out, "  {}", harmless(reason));
    }
    let _ = writeln!(
        out,
        "  Without any control: {}. After what was decided: {}.",
        finding.inherent.risk.as_str(),
        finding.residual.risk.as_str()
    );
    if let Some(decision) = finding.decision.and_then(|at| report.decisions.get(at as usize)) {
        let until = decision.until.as_deref().map(|until| format!(" until {}", harmless(until))).unwrap_or_default();
        let _ = writeln!(
            out,
            "\n{} {}{until}: {} (owner {})",
            style.bold("Decided"),
            decision.treatment.as_str(),
            harmless(&decision.reason),
            harmless(&decision.owner)
        );
    }
    let _ = writeln!(out, "\n{}", style.bold("What would make it go away"));
    for need in &finding.controls {
        let control = report.controls.iter().find(|c| c.id == need.control);
        let name = control.map_or(&*need.control, |c| &*c.name);
        let effect = need
            .weakens
            .map_or_else(|| "stops it".to_owned(), |levels| format!("makes it {levels} level(s) less likely"));
        let known = match need.present {
            Some(true) => "there",
            Some(false) => "missing",
            None => "not known",
        };
        let _ = writeln!(out, "  {} ({}): {effect}; {known}", harmless(name), harmless(&need.control));
    }
    if let Some(threat) = threat
        && !threat.remedy.is_empty()
    {
        let _ = writeln!(out, "\n{}\n{}", style.bold("What to do"), harmless(&threat.remedy));
    }
    let on: Vec<&AttackPath> = report.analysis.paths.iter().filter(|p| finding.paths.contains(&p.id)).collect();
    if !on.is_empty() {
        let _ = writeln!(out, "\n{}", style.bold("Attack paths it is a step of"));
        for path in on.iter().take(5) {
            let _ = writeln!(out, "  {} {}", style.level(path.score.risk), harmless(&path.story));
        }
    }
    out
}

/// One open question in full.
pub fn question(report: &Report<'_>, number: usize, question: &Question, style: Style) -> String {
    style.fitted(question_lines(report, number, question, style))
}

fn question_lines(report: &Report<'_>, number: usize, question: &Question, style: Style) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{number}. {} {}", style.level(question.risk), style.bold(&question.text));
    let _ = writeln!(out, "   {}", style.dim(&format!("{}  {}", question.id, place(question.span, report.sources))));
    let names: Vec<&str> =
        question.threats.iter().filter_map(|t| report.threats.get(*t as usize)).map(|t| &*t.title).collect();
    let _ = writeln!(out, "   settles: {}", harmless(&names.iter().take(4).copied().collect::<Vec<_>>().join("; ")));
    out
}

/// How many diagnostics of one code are shown in full. What is the same thing over and over is said once and counted, so
/// that the one thing that is different is seen.
fn most_shown(severity: Severity) -> usize {
    match severity {
        Severity::Error => 20,
        Severity::Warning => 3,
        Severity::Note => 1,
    }
}

/// Diagnostics with the line they are about; of one code only the first few, and how many more there are.
pub fn diagnostics(list: &[Diagnostic], sources: &SourceMap, style: Style) -> String {
    let mut out = String::new();
    let mut counts: Vec<(&str, Severity, usize)> = Vec::new();
    for diagnostic in list {
        let kind = (diagnostic.code, diagnostic.severity);
        let at = counts.iter().position(|(code, severity, _)| (*code, *severity) == kind).unwrap_or_else(|| {
            counts.push((kind.0, kind.1, 0));
            counts.len() - 1
        });
        counts[at].2 += 1;
        if counts[at].2 > most_shown(diagnostic.severity) {
            continue;
        }
        let word = match diagnostic.severity {
            Severity::Error => style.paint("1;31", "error"),
            Severity::Warning => style.paint("33", "warning"),
            Severity::Note => style.paint("36", "note"),
        };
        // A text to be kept in a file is one of several lines; what in it is others' is quoted.
        let text = match diagnostic.code {
            "import-columns" => harmless_lines(&diagnostic.message),
            _ => harmless(&diagnostic.message),
        };
        let message = format!("{word}[{}]: {text}\n", diagnostic.code);
        out.push_str(&style.fitted(message));
        if let Some(span) = diagnostic.span {
            out.push_str(&snippet(span, sources, style));
        }
        for (span, remark) in &diagnostic.related {
            let _ = writeln!(out, "  {} {}: {}", style.dim("see"), place(*span, sources), harmless(remark));
        }
        if let Some(help) = &diagnostic.help {
            out.push_str(&style.fitted(format!("  {} {}\n", style.dim("help:"), harmless(help))));
        }
    }
    for (code, severity, count) in counts {
        let more = count.saturating_sub(most_shown(severity));
        if more > 0 {
            let _ = writeln!(out, "{}", style.dim(&format!("{more} more of {code}; all are in the JSON report")));
        }
    }
    out
}

fn snippet(span: Span, sources: &SourceMap, style: Style) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "  {} {}", style.dim("-->"), place(span, sources));
    let Some(file) = sources.get(span.file) else { return out };
    let Some(line) = file.text.lines().nth(span.line.saturating_sub(1) as usize) else { return out };
    // A very long line is cut around the place, so that one message stays one message.
    let column = span.column.saturating_sub(1) as usize;
    let start = column.saturating_sub(60);
    let visible: String =
        line.chars().skip(start).take(140).map(|c| if c == '\t' || c.is_control() { ' ' } else { c }).collect();
    let number = span.line.to_string();
    let margin = " ".repeat(number.len());
    let _ = writeln!(out, "  {} {visible}", style.dim(&format!("{number} |")));
    let length = (span.length.max(1) as usize).min(visible.chars().count().saturating_sub(column - start).max(1));
    let mark = "^".repeat(length);
    let _ = writeln!(
        out,
        "  {} {}{}",
        style.dim(&format!("{margin} |")),
        " ".repeat(column - start),
        style.paint("31", &mark)
    );
    out
}
