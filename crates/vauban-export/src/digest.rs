//! What several outputs count and look up, done once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use vauban_model::finding::{AttackPath, ControlNeed, Finding};
use vauban_model::library::{Control, Threat};
use vauban_model::model::{ElementRef, Flow, Model, RecordedThreat};
use vauban_model::recorded::Recorded;
use vauban_model::report::Report;
use vauban_model::scale::Level;
use vauban_model::state::Verb;
use vauban_model::vocabulary::{Domain, fact};

use crate::text::{count, count_verb};

/// A report with its look-ups.
pub(crate) struct Digest<'a> {
    pub(crate) report: &'a Report<'a>,
    controls: BTreeMap<&'a str, &'a Control>,
    findings: BTreeMap<&'a str, &'a Finding>,
    paths: BTreeMap<&'a str, (usize, &'a AttackPath)>,
    new: BTreeSet<&'a str>,
    /// Whether somebody decided about any finding.
    pub(crate) any_decided: bool,
}

/// The same threat at one or more places.
pub(crate) struct Group<'a> {
    pub(crate) threat: Option<&'a Threat>,
    pub(crate) findings: Vec<&'a Finding>,
}

/// A control that is not known to be there, and what it would stop.
pub(crate) struct Closer<'a> {
    pub(crate) control: &'a str,
    /// Open findings it stops on its own, by risk.
    pub(crate) stops: [usize; 4],
    /// How many of them state that it is missing; for the others nobody knows.
    pub(crate) missing: usize,
}

/// What is known of one ATT&CK technique.
#[derive(Default)]
pub(crate) struct Technique<'a> {
    /// Open findings that use it.
    pub(crate) open: Vec<&'a Finding>,
    /// Findings somebody decided about.
    pub(crate) decided: usize,
    /// Threats that a control stops.
    pub(crate) stopped: usize,
    /// Questions that could reveal it.
    pub(crate) asked: usize,
}

impl Technique<'_> {
    /// The worst open risk.
    pub(crate) fn worst(&self) -> Option<Level> {
        self.open.iter().map(|finding| finding.current.risk).max()
    }
}

impl<'a> Digest<'a> {
    pub(crate) fn new(report: &'a Report<'a>) -> Self {
        let analysis = report.analysis;
        Digest {
            report,
            controls: report.controls.iter().map(|control| (&*control.id, control)).collect(),
            findings: analysis.findings.iter().map(|finding| (&*finding.id, finding)).collect(),
            paths: analysis.paths.iter().enumerate().map(|(at, path)| (&*path.id, (at, path))).collect(),
            any_decided: analysis.findings.iter().any(|finding| !finding.status.is_open()),
            new: report.new_findings.unwrap_or_default().iter().map(|id| &**id).collect(),
        }
    }

    pub(crate) fn threat(&self, index: u32) -> Option<&'a Threat> {
        self.report.threats.get(index as usize)
    }

    pub(crate) fn control(&self, id: &str) -> Option<&'a Control> {
        self.controls.get(id).copied()
    }

    /// The control's name, or its id when the library has none of that id.
    pub(crate) fn control_name<'b>(&self, id: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.control(id).map_or(id, |control| &control.name)
    }

    pub(crate) fn finding(&self, id: &str) -> Option<&'a Finding> {
        self.findings.get(id).copied()
    }

    /// A path and its position.
    pub(crate) fn path(&self, id: &str) -> Option<(usize, &'a AttackPath)> {
        self.paths.get(id).copied()
    }

    /// Whether the finding is new or worse than the baseline.
    pub(crate) fn is_new(&self, finding: &Finding) -> bool {
        self.new.contains(&*finding.id)
    }

    pub(crate) fn open(&self) -> impl Iterator<Item = &'a Finding> {
        self.report.analysis.findings.iter().filter(|finding| finding.status.is_open())
    }

    /// The findings a document lists: every one, or those of the default view, those decided about and the new ones.
    pub(crate) fn listed(&self, all: bool) -> Vec<&'a Finding> {
        let wanted = |f: &&Finding| all || f.shown || !f.status.is_open() || self.is_new(f);
        self.report.analysis.findings.iter().filter(wanted).collect()
    }

    /// Findings of one threat together, in the order in which each threat first occurs.
    pub(crate) fn groups(&self, findings: &[&'a Finding]) -> Vec<Group<'a>> {
        let mut at: BTreeMap<u32, usize> = BTreeMap::new();
        let mut out: Vec<Group<'a>> = Vec::new();
        for finding in findings {
            let place = *at.entry(finding.threat).or_insert(out.len());
            match out.get_mut(place) {
                Some(group) => group.findings.push(finding),
                None => out.push(Group { threat: self.threat(finding.threat), findings: vec![finding] }),
            }
        }
        out
    }

    /// The controls that would stop most, at most so many. Each counts what it stops beyond those before it, so that
    /// two controls for the same thing do not both lead the list. Greedy, and only a first look: the cheapest set of
    /// controls that closes the paths is a search of its own.
    pub(crate) fn closers(&self, most: usize) -> Vec<Closer<'a>> {
        let mut left: Vec<&'a Finding> = self.open().collect();
        let mut out: Vec<Closer<'a>> = Vec::new();
        while out.len() < most {
            let mut by: BTreeMap<&'a str, Closer<'a>> = BTreeMap::new();
            for finding in &left {
                for need in finding.controls.iter().filter(|need| stops(need)) {
                    let new = Closer { control: &need.control, stops: [0; 4], missing: 0 };
                    let entry = by.entry(&*need.control).or_insert(new);
                    if let Some(count) = entry.stops.get_mut(finding.current.risk as usize) {
                        *count += 1;
                    }
                    entry.missing += usize::from(need.present == Some(false));
                }
            }
            let rank = |closer: &Closer<'a>| {
                let effort = self.control(closer.control).map_or(Level::Critical, |control| control.effort);
                let worst: Vec<usize> = closer.stops.iter().rev().copied().collect();
                (worst, closer.missing, std::cmp::Reverse(effort), std::cmp::Reverse(closer.control))
            };
            let Some(best) = by.into_values().max_by(|a, b| rank(a).cmp(&rank(b))) else { break };
            left.retain(|finding| !finding.controls.iter().any(|need| *need.control == *best.control && stops(need)));
            out.push(best);
        }
        out
    }

    /// Every ATT&CK technique that a finding, a stopped threat or a question names, by id.
    pub(crate) fn techniques(&self) -> BTreeMap<&'a str, Technique<'a>> {
        let mut out: BTreeMap<&'a str, Technique<'a>> = BTreeMap::new();
        let analysis = self.report.analysis;
        for finding in &analysis.findings {
            for id in self.threat(finding.threat).into_iter().flat_map(|threat| &threat.attack) {
                let entry = out.entry(id).or_default();
                if finding.status.is_open() {
                    entry.open.push(finding);
                } else {
                    entry.decided += 1;
                }
            }
        }
        for stopped in &analysis.mitigated {
            for id in self.threat(stopped.threat).into_iter().flat_map(|threat| &threat.attack) {
                out.entry(id).or_default().stopped += 1;
            }
        }
        for question in &analysis.questions {
            let mut ids: Vec<&'a str> = question
                .threats
                .iter()
                .filter_map(|threat| self.threat(*threat))
                .flat_map(|threat| threat.attack.iter().map(|id| &**id))
                .collect();
            ids.sort_unstable();
            ids.dedup();
            for id in ids {
                out.entry(id).or_default().asked += 1;
            }
        }
        out
    }
}

/// Whether a control is one that stops the finding and that is not known to be there.
fn stops(need: &ControlNeed) -> bool {
    need.weakens.is_none() && need.present != Some(true)
}

/// The name of an element for people. A flow that nobody named is called by its ends.
pub(crate) fn name(model: &Model, element: ElementRef) -> Cow<'_, str> {
    let Some(entry) = model.get(element) else { return Cow::Borrowed("?") };
    if element.domain == Domain::Flow
        && !entry.has_name()
        && let Some(flow) = model.flows.get(element.at())
    {
        let end = |index: u32| model.name(ElementRef { domain: Domain::Component, index });
        return Cow::Owned(format!("{} → {}", end(flow.source), end(flow.target)));
    }
    Cow::Borrowed(&entry.name)
}

/// The name that a person gave to a flow, if anybody did: not its id, and not the names of its ends.
pub(crate) fn given_name<'m>(model: &'m Model, flow: &'m Flow) -> Option<&'m str> {
    let entry = &flow.element;
    let by_ends = [" to ", " → ", " -> "].iter().any(|between| {
        let mut places = entry.name.match_indices(between);
        places.any(|(at, _)| {
            let (from, to) = (entry.name.get(..at), entry.name.get(at + between.len()..));
            from.is_some_and(|from| is_end(model, flow.source, from))
                && to.is_some_and(|to| is_end(model, flow.target, to))
        })
    });
    (entry.has_name() && !by_ends && !entry.name.trim().is_empty()).then_some(&*entry.name)
}

/// Whether a text stands for an end of a flow: its name, or what importers write for an end that nobody drew or that is a
/// whole zone.
fn is_end(model: &Model, index: u32, text: &str) -> bool {
    let name = model.name(ElementRef { domain: Domain::Component, index });
    let zone = name.strip_prefix("(anything in ").and_then(|rest| rest.strip_suffix(')'));
    // `shop (ECS service)`: what tells it from others of its name.
    let told_apart = name.strip_prefix(text).is_some_and(|rest| rest.starts_with(" (") && rest.ends_with(')'));
    text == name || told_apart || text == "something not drawn" || zone == Some(text)
}

/// What an attacker has in the end, as the verb of a sentence.
pub(crate) fn goal_words(verb: Verb) -> &'static str {
    match verb {
        Verb::Reach => "reaches",
        Verb::ActAs => "acts as",
        Verb::Administer => "administers",
        Verb::RunCode => "runs code on",
        Verb::Read => "reads",
        Verb::Alter => "alters",
        Verb::Deny => "stops",
        Verb::Hide => "hides traces on",
        Verb::Tag => "changes the labels of",
        Verb::Touch => "gets hands on",
    }
}

/// How many findings have each risk, from low to critical.
pub(crate) fn by_risk<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> [usize; 4] {
    let mut out = [0; 4];
    for finding in findings {
        if let Some(count) = out.get_mut(finding.current.risk as usize) {
            *count += 1;
        }
    }
    out
}

/// `1 critical and 2 high`, the worst first; empty for none.
pub(crate) fn risks_in_words(counts: [usize; 4], from: Level) -> String {
    let words: Vec<String> = Level::ALL
        .into_iter()
        .zip(counts)
        .rev()
        .filter(|(level, count)| *count > 0 && *level >= from)
        .map(|(level, count)| format!("{count} {}", level.as_str()))
        .collect();
    crate::text::sentence_list(&words)
}

/// Whether a noun behind [`risks_in_words`] stands in the plural: `1 critical and 1 high threat`, `2 high threats`.
pub(crate) fn is_plural(counts: [usize; 4], from: Level) -> bool {
    let last = Level::ALL.into_iter().zip(counts).find(|(level, count)| *count > 0 && *level >= from);
    last.is_none_or(|(_, count)| count != 1)
}

/// The outcome in a few sentences.
pub(crate) fn verdict(report: &Report<'_>) -> String {
    let counts = by_risk(report.analysis.findings.iter().filter(|finding| finding.status.is_open()));
    let tolerance = report.methodology.tolerance;
    let open: usize = counts.iter().sum();
    let above = Level::ALL.into_iter().find(|level| *level > tolerance);
    let over: usize = Level::ALL.into_iter().zip(counts).filter(|(level, _)| *level > tolerance).map(|(_, n)| n).sum();
    let mut out = match (open, above) {
        (0, _) => silence(report),
        (_, Some(above)) if over > 0 => vec![format!(
            "{} {} open, above the tolerance ({}){}.",
            crate::text::capital(&risks_in_words(counts, above)),
            if is_plural(counts, above) { "threats are" } else { "threat is" },
            tolerance.as_str(),
            if over < open { format!(", and {} within it", open - over) } else { String::new() }
        )],
        _ => vec![format!(
            "{} open, none above the tolerance ({}){}.",
            count_verb(open, "threat", "is", "are"),
            tolerance.as_str(),
            match report.analysis.questions_total {
                0 => String::new(),
                number => format!("; {} may still hide some", count(number, "open question")),
            }
        )],
    };
    out.extend(recorded_in_words(report.model));
    out.join(" ")
}

/// Whether nothing is left to say against the system: no open risk above the tolerance, no open threat that people
/// recorded, and, where nothing is open at all, no question that may hide some, and a system that is described.
pub(crate) fn is_good(report: &Report<'_>) -> bool {
    let open: Vec<Level> =
        report.analysis.findings.iter().filter(|it| it.status.is_open()).map(|it| it.current.risk).collect();
    let described = !report.model.components.is_empty() || !report.analysis.findings.is_empty();
    described
        && open.iter().all(|risk| *risk <= report.methodology.tolerance)
        && recorded_open(report.model).next().is_none()
        && (!open.is_empty() || report.analysis.questions_total == 0)
}

/// What it means that no threat of the library is open. Silence where little is known is no good news, and must not look
/// like it.
pub(crate) fn silence(report: &Report<'_>) -> Vec<String> {
    let analysis = report.analysis;
    let considered = count_verb(analysis.threats_considered, "threat", "was", "were") + " considered";
    if report.model.components.is_empty() && analysis.findings.is_empty() {
        return vec![format!(
            "Nothing was found because nothing is described: the model has no component. {}.",
            crate::text::capital(&considered)
        )];
    }
    if analysis.questions_total == 0 {
        return vec![match recorded_open(report.model).next() {
            None => format!("No open threats. {}.", crate::text::capital(&considered)),
            Some(_) => format!("No threat of the library is open: {considered}."),
        }];
    }
    let questions = count(analysis.questions_total, "open question");
    let what = match recorded_open(report.model).next() {
        None => "No open threats",
        Some(_) => "No threat of the library is open",
    };
    let mut out = vec![format!("{what} so far: {considered}, and {questions} may still hide some.")];
    out.extend(bare(report));
    if report.model.data.is_empty() {
        out.push("No data is described.".to_owned());
    }
    out
}

/// How many components nobody said anything about, where that is why there are no threats.
fn bare(report: &Report<'_>) -> Option<String> {
    // People and the internet are made of nothing that could be said.
    let components: Vec<_> =
        report.model.components.iter().filter(|it| it.element.word(fact::KIND) != Some("external-entity")).collect();
    match components.iter().filter(|it| it.element.fact(fact::TECHNOLOGY).is_none()).count() {
        0 => None,
        number if number == components.len() => Some("Nobody said what any component is made of.".to_owned()),
        number => Some(format!("Nobody said what {number} of {} are made of.", count(components.len(), "component"))),
    }
}

/// Whether a threat that people recorded is open, by its state as written: one without a state is.
pub(crate) fn is_recorded_open(threat: &RecordedThreat) -> bool {
    threat.is_open()
}

/// What became of a threat that people recorded.
pub(crate) fn recorded_state(threat: &RecordedThreat) -> Recorded {
    Recorded::of(&threat.status)
}

/// The threats that people recorded in the model and that are open.
pub(crate) fn recorded_open(model: &Model) -> impl Iterator<Item = &RecordedThreat> {
    model.recorded_threats.iter().filter(|threat| is_recorded_open(threat))
}

/// The severity of a recorded threat as a level, where its word is one.
pub(crate) fn recorded_severity(threat: &RecordedThreat) -> Option<Level> {
    threat.level()
}

/// `10 of 14 threats that people recorded in the model are open, 5 of them high; …`; `None` where there are none.
pub(crate) fn recorded_in_words(model: &Model) -> Option<String> {
    let all = model.recorded_threats.len();
    let mut counts = [0; 4];
    let mut open = 0usize;
    for threat in recorded_open(model) {
        open += 1;
        if let Some(at) = recorded_severity(threat).and_then(|level| counts.get_mut(level as usize)) {
            *at += 1;
        }
    }
    let what = match all {
        0 => return None,
        1 => "threat that people recorded in the model",
        _ => "threats that people recorded in the model",
    };
    match (open, all) {
        (0, 1) => return Some(format!("The one {what} is settled.")),
        (0, _) => return Some(format!("None of the {all} {what} is open.")),
        _ => {}
    }
    let severe = risks_in_words(counts, Level::High);
    let severe = if severe.is_empty() { String::new() } else { format!(", {severe} as they rate it") };
    let verb = if open == 1 { "is" } else { "are" };
    Some(format!("{open} of {all} {what} {verb} open{severe}; they are not judged here."))
}

/// The recorded threats, open ones first, then by how bad they are said to be.
pub(crate) fn recorded_by_urgency(model: &Model) -> Vec<&RecordedThreat> {
    let mut out: Vec<&RecordedThreat> = model.recorded_threats.iter().collect();
    out.sort_by_key(|it| (!is_recorded_open(it), std::cmp::Reverse(recorded_severity(it))));
    out
}

#[cfg(test)]
mod tests {
    use vauban_model::model::{Component, Element, Flow, Model};
    use vauban_model::{FileId, Span};

    use super::given_name;

    #[test]
    fn an_id_is_shown_as_a_name_only_where_somebody_gave_it() {
        let here = Span::new(FileId(0), 1, 1, 0);
        let mut model = Model::new(Element::new("s", "s", here));
        for id in ["shop", "bank"] {
            model.components.push(Component { element: Element::new(id, id, here), boundary: None, parent: None });
        }
        let made = Element::new("flow-3", "flow-3", here);
        let mut given = Element::new("invoice", "invoice", here);
        given.named_by_somebody();
        for element in [made, given] {
            model.flows.push(Flow { element, source: 0, target: 1 });
        }
        let names: Vec<Option<&str>> = model.flows.iter().map(|flow| given_name(&model, flow)).collect();
        assert_eq!(names, [None, Some("invoice")]);
    }
}
