//! What a pack does not show, as far as that can be known.

use vauban_export::documents::content::{self, Source};
use vauban_model::Severity;
use vauban_model::proof::SHOWN;
use vauban_model::record::{EventKind, Record, same_person};
use vauban_model::treatment::Stage;
use vauban_model::vocabulary::fact;
use vauban_model::words::count;

use super::scene::{Scene, System};
use crate::reviews::due;

/// A decision that is about nothing in the model.
const UNUSED: &str = "decision-unused";
/// A control is said to be in place by the record, and not to be there by the model; a name in the decisions file is not the
/// one of the record.
const CONTRADICTED: [&str; 2] = ["control-contradicted", "decision-name-differs"];

/// All gaps, those of the whole pack first.
pub(super) fn gaps(scene: &Scene<'_>, signed: bool) -> Vec<String> {
    let request = scene.request;
    let mut out = Vec::new();
    if !signed {
        out.push("The pack is not signed.".to_owned());
    }
    let made = request.made.get(..10).unwrap_or_default();
    if !made.is_empty() && *made <= *request.to {
        out.push(format!(
            "The period was not over when the pack was made on {made}: events until {} may be missing.",
            request.to
        ));
    }
    if request.revision.is_empty() && !made.is_empty() && made != request.as_of {
        out.push(format!(
            "Models were read as their files were when the pack was made, not as they were on {0}; decisions and record were \
             judged as of {0}. What changed in the models between the two is not separated; `--revision` does.",
            request.as_of
        ));
    }
    match (scene.records.is_empty(), scene.intact()) {
        (true, _) => out.push(
            "There is no record of events: approvals, reviews and changes cannot be shown. `vauban treat` and `vauban review` \
             begin one."
                .to_owned(),
        ),
        (false, false) => out.insert(
            0,
            "THE RECORD OF EVENTS IS NOT INTACT: events were changed, taken out, put in or moved. Nothing that rests on it can be \
             relied on."
                .to_owned(),
        ),
        (false, true) => {}
    }
    for system in &scene.systems {
        of(scene, system, &mut out);
    }
    out.push("Systems that have no model are not in this pack.".to_owned());
    out.push(
        "Vauban does not run tests or scans, and holds no training records and no job descriptions: bring them from where \
         they are kept."
            .to_owned(),
    );
    out
}

fn of(scene: &Scene<'_>, system: &System<'_>, out: &mut Vec<String>) {
    let session = system.session;
    let name = system.name();
    let model = &session.project.model;
    let mut say = |what: String| out.push(format!("{name}: {what}"));
    let errors = session.diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
    if errors > 0 {
        say(format!("the model has {}; what could not be read is not in the lists.", count(errors, "error")));
    }
    if model.components.is_empty() {
        say("the model has no component: nothing could be found.".to_owned());
    }
    let recorded = match model.recorded_threats.len() {
        0 => None,
        1 => Some("1 threat that people recorded in the model is".to_owned()),
        number => Some(format!("{number} threats that people recorded in the model are")),
    };
    if let Some(recorded) = recorded {
        say(format!("{recorded} not judged here, and not among the risks."));
    }
    if model.system.owner.is_none() {
        say("the model names no owner of the system.".to_owned());
    }
    if model.system.word(fact::CRITICALITY).is_none() {
        say("the model does not say how critical the system is.".to_owned());
    }
    let tolerance = session.project.methodology.tolerance;
    let undecided =
        session.analysis.findings.iter().filter(|it| it.status.is_open() && it.current.risk > tolerance).count();
    if undecided > 0 {
        let what = count(undecided, "threat");
        say(format!("{what} above the tolerance ({}) without a decision that holds.", tolerance.as_str()));
    }
    if session.analysis.questions_total > 0 {
        let what = count(session.analysis.questions_total, "question");
        say(format!("{what} open; each answer may add threats or take some away."));
    }
    reviewed(scene, system, &mut say);
    let overdue = session.treatments.iter().filter(|it| it.overdue).count();
    if overdue > 0 {
        say(format!("{} overdue on the day.", count(overdue, "treatment")));
    }
    // A word on one's own work is no second pair of eyes; what the model shows is nobody's word.
    let own: Vec<&str> = session
        .treatments
        .iter()
        .filter(|it| it.stage == Stage::Verified && !it.evidence.last().is_some_and(|shown| shown.starts_with(SHOWN)))
        .filter(|it| {
            let last = it.steps.iter().rfind(|step| step.what == EventKind::Verified.as_str());
            last.is_some_and(|step| same_person(&step.who, &it.owner))
        })
        .map(|it| &*it.finding)
        .collect();
    if !own.is_empty() {
        say(format!("{} verified by its owner alone: {}.", count(own.len(), "treatment"), own.join(", ")));
    }
    // The record and the model, or the decisions file, cannot both be right; whoever reads only the list of what was verified would not see it.
    for it in session.diagnostics.iter().filter(|it| CONTRADICTED.contains(&it.code)) {
        say(format!("{}.", it.message));
    }
    // It is no evidence of anything, and whoever reads the decisions file would take it for some.
    for it in session.diagnostics.iter().filter(|it| it.code == UNUSED) {
        say(format!("{}.", it.message));
    }
    super::risks::lapses(scene, system).into_iter().for_each(&mut say);
    let unrecorded = session.treatments.iter().filter(|it| it.steps.is_empty()).count();
    if unrecorded > 0 && !scene.records.is_empty() {
        say(format!(
            "{} known from a decisions file only: the record has no event about it.",
            count(unrecorded, "treatment")
        ));
    }
    let out_of_scope = model.components.iter().filter(|it| !it.element.in_scope()).count();
    if out_of_scope > 0 {
        say(format!("{} out of scope; the inventory says which and why.", count(out_of_scope, "component")));
    }
    let late: Vec<&str> = session
        .decisions
        .iter()
        .filter(|it| it.decided.as_deref().is_some_and(|day| day > scene.request.as_of.as_str()))
        .map(|it| &*it.threat)
        .collect();
    if !late.is_empty() {
        let what = count(late.len(), "decision");
        say(format!(
            "{what} of a later day than the state counts in it: only the decisions file knows of it, and a file has no past: {}.",
            late.join(", ")
        ));
    }
}

/// Whether a review was held, and of this very model.
fn reviewed(scene: &Scene<'_>, system: &System<'_>, say: &mut impl FnMut(String)) {
    if scene.records.is_empty() {
        return;
    }
    let due = due(system.session, &scene.request.as_of, None);
    if due.last.is_none() {
        say("no review was closed by the day.".to_owned());
    }
    if due.overdue_days > 0 {
        say(format!(
            "a review was due on {} and was {} overdue.",
            due.next.as_deref().unwrap_or(""),
            count(usize::try_from(due.overdue_days).unwrap_or_default(), "day")
        ));
    }
    // The day of the report is that of the state.
    let (report, nothing) = (system.session.report(), Record::default());
    let record = system.session.project.record.as_ref().unwrap_or(&nothing);
    let hashes = crate::reviews::model_hashes(system.session);
    let source = Source { report: &report, record, model_hashes: &hashes, marking: "" };
    if let Err(why) = content::model_approval(&source) {
        say(format!("the model in this pack is not approved: {why}."));
    }
    if due.model_changed == Some(true) {
        say("the model in this pack is another than the one that was last reviewed.".to_owned());
    }
}
