//! 07: threats against controls, and what shows that a control is there.

use std::collections::BTreeMap;

use vauban_export::evidence::List;
use vauban_model::coverage::ControlState;
use vauban_model::framework::Frameworks;
use vauban_model::library::{Control, RequirementRef};
use vauban_model::record::Record;
use vauban_model::report::Report;
use vauban_risk::compliance::{self, Basis};

use super::scene::{Scene, System, known};

/// The control matrix.
pub(super) fn lists(scene: &Scene<'_>) -> Vec<List> {
    vec![matrix(scene)]
}

fn control<'a>(report: &Report<'a>, id: &str) -> Option<&'a Control> {
    report.controls.iter().find(|control| *control.id == *id)
}

/// The requirements of the pack's framework that a control helps to meet.
fn requirements(scene: &Scene<'_>, report: &Report<'_>, id: &str) -> String {
    let Some(framework) = scene.framework else { return String::new() };
    let Some(control) = control(report, id) else { return String::new() };
    let names = |it: &&RequirementRef| *it.framework == *framework.id || framework.aliases.contains(&it.framework);
    let ids: Vec<&str> = control.requirements.iter().filter(names).map(|it| &*it.requirement).collect();
    ids.join("; ")
}

/// How each control stands against each threat: the same answer as everywhere else, for who holds decisions and record
/// against the model.
pub(super) fn states(system: &System<'_>) -> BTreeMap<(Box<str>, Box<str>), ControlState> {
    let (nothing, frameworks) = (Record { events: Vec::new(), intact: true }, Frameworks::default());
    let basis = Basis {
        report: system.session.report(),
        record: system.session.project.record.as_ref().unwrap_or(&nothing),
        frameworks: &frameworks,
        review_days: 0,
        model_hashes: &[],
        methodology_hashes: &[],
    };
    compliance::matrix(&basis).into_iter().map(|row| ((row.threat, row.control), row.state)).collect()
}

fn matrix(scene: &Scene<'_>) -> List {
    let columns = [
        "id",
        "system",
        "threat",
        "title",
        "element",
        "control",
        "control_name",
        "kind",
        "effect",
        "implemented",
        "state",
        "known_from",
        "stands_at",
        "threat_status",
        "risk_current",
        "requirements",
    ];
    let mut list = scene.state(
        "07-control-matrix/matrix",
        "Which control answers which threat, and whether it is there",
        &columns,
    );
    for system in &scene.systems {
        let report = system.session.report();
        let states = states(system);
        let state = |finding: &str, control: &str| {
            let state = states.get(&(finding.into(), control.into()));
            state.map(|state| state.as_str().to_owned()).unwrap_or_default()
        };
        let row = |threat: u32, finding: &str, title: &str, element: &str, id: &str| {
            let control = control(&report, id);
            vec![
                system.id(&format!("{finding}#{id}")),
                system.name(),
                report.threats.get(threat as usize).map(|threat| threat.id.to_string()).unwrap_or_default(),
                title.to_owned(),
                element.to_owned(),
                id.to_owned(),
                control.map(|control| control.name.to_string()).unwrap_or_default(),
                control.map(|control| control.kind.as_str().to_owned()).unwrap_or_default(),
            ]
        };
        for finding in &report.analysis.findings {
            for need in &finding.controls {
                let element = system.names(finding.elements.get(..1).unwrap_or_default());
                let mut cells = row(finding.threat, &finding.id, &finding.title, &element, &need.control);
                cells.push(need.weakens.map_or_else(|| "stops it".to_owned(), |by| format!("likelihood {by} less")));
                cells.push(known(need.present));
                cells.push(state(&finding.id, &need.control));
                let said = need.present.is_some();
                cells.push(if said { need.evidence.origin.as_str().to_owned() } else { String::new() });
                cells.push(if said { system.place(need.evidence.span) } else { String::new() });
                cells.push(finding.status.as_str().to_owned());
                cells.push(finding.current.risk.as_str().to_owned());
                cells.push(requirements(scene, &report, &need.control));
                list.rows.push(cells);
            }
        }
        for it in &report.analysis.mitigated {
            let title =
                report.threats.get(it.threat as usize).map(|threat| threat.title.to_string()).unwrap_or_default();
            let mut cells = row(it.threat, &it.id, &title, report.model.name(it.element), &it.control);
            let state = state(&it.id, &it.control);
            cells.extend(
                [
                    "stops it",
                    "yes",
                    &state,
                    it.evidence.origin.as_str(),
                    &system.place(it.evidence.span),
                    "mitigated",
                    "",
                ]
                .map(str::to_owned),
            );
            cells.push(requirements(scene, &report, &it.control));
            list.rows.push(cells);
        }
    }
    list.selection =
        "Every pair of a threat that applies or would apply and a control of the library that stops or weakens \
        it."
        .to_owned();
    list.complete =
        "`implemented` is what the model says, and `stands_at` where. `state` adds what decisions and record say: `planned` \
        where a decision that holds names the control, or names none; `verified` where somebody saw it and a fact of the model or named \
        evidence shows it, as `08-verification` has it; `stated` on a person's word alone; `contradicted` where the model says \
        that it is not there. `unknown` means that nobody said."
            .to_owned();
    list
}
