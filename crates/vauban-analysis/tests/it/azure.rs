//! The same small system in Terraform and as an Azure template: the same elements, flows, boundaries and findings.

use std::path::Path;

use vauban_analysis::Session;
use vauban_model::model::{Element, ElementRef};
use vauban_model::vocabulary::Domain;

use crate::infrastructure::session;

/// Facts that differ by the tool alone: what an element is called where it was written.
fn facts(element: &Element) -> String {
    let mut all: Vec<String> = element.facts.iter().map(|fact| format!("{:?}={:?}", fact.id, fact.value)).collect();
    all.extend(element.controls.iter().map(|control| format!("{}={}", control.control, control.present)));
    all.sort();
    all.join(" ")
}

/// What is said of a system, without ids and places.
fn said(session: &Session) -> Vec<String> {
    let model = &session.project.model;
    let name = |of: ElementRef| -> String {
        let at = of.at();
        match of.domain {
            Domain::Component => model.components[at].element.name.to_string(),
            Domain::Flow => {
                let flow = &model.flows[at];
                let end = |at: u32| &model.components[at as usize].element.name;
                format!("{} to {}", end(flow.source), end(flow.target))
            }
            Domain::Boundary => model.boundaries[at].element.name.to_string(),
            Domain::Data => model.data[at].name.to_string(),
            Domain::Identity => model.identities[at].name.to_string(),
            other => format!("{other:?}"),
        }
    };
    let mut out = Vec::new();
    for (at, component) in model.components.iter().enumerate() {
        let boundary = component.boundary.map(|at| &*model.boundaries[at as usize].element.name);
        let own = ElementRef::new(Domain::Component, at);
        out.push(format!("component {} in {boundary:?}: {}", name(own), facts(&component.element)));
    }
    for (at, flow) in model.flows.iter().enumerate() {
        out.push(format!("flow {}: {}", name(ElementRef::new(Domain::Flow, at)), facts(&flow.element)));
    }
    for boundary in &model.boundaries {
        let parent = boundary.parent.map(|at| &*model.boundaries[at as usize].element.name);
        out.push(format!("boundary {} in {parent:?}: {}", boundary.element.name, facts(&boundary.element)));
    }
    out.extend(model.data.iter().map(|data| format!("data {}: {}", data.name, facts(data))));
    out.extend(model.identities.iter().map(|identity| format!("identity {}: {}", identity.name, facts(identity))));
    for finding in &session.analysis.findings {
        let threat = &session.library.library.threats[finding.threat as usize].id;
        let on: Vec<String> = finding.elements.iter().map(|at| name(*at)).collect();
        out.push(format!("finding {threat} {:?} on {on:?}", finding.severity));
    }
    for path in &session.analysis.paths {
        out.push(format!("path {} to {} in {}", name(path.from), name(path.to), path.steps.len()));
    }
    out.sort();
    out
}

fn notes(form: &str) -> Session {
    fixture("azure-notes", form)
}

fn fixture(system: &str, form: &str) -> Session {
    session(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/infrastructure").join(system).join(form))
}

#[test]
fn the_same_system_gives_the_same_model_and_findings_from_terraform_and_from_a_template() {
    for (system, finding) in [("azure-notes", "public-store"), ("azure-platform", "")] {
        let (before, after) = (said(&fixture(system, "terraform")), said(&fixture(system, "arm")));
        let found = before.iter().any(|line| line.starts_with(&format!("finding {finding}")));
        assert!(found, "{before:#?}");
        same(&before, &after);
    }
}

fn same(before: &[String], after: &[String]) {
    let only = |of: &[String], other: &[String]| -> Vec<String> {
        of.iter().filter(|line| !other.contains(line)).cloned().collect()
    };
    assert_eq!((only(before, after), only(after, before)), (Vec::new(), Vec::new()));
    assert_eq!(before.len(), after.len());
}

#[test]
fn a_template_says_who_may_do_what_as_terraform_does() {
    for form in ["terraform", "arm"] {
        let session = notes(form);
        let may = |who: &str, action: &str, what: &str| {
            let what = session.element(what).map(|_| what);
            let answers = session.can(who, action, what).unwrap_or_else(|error| panic!("{form}: {error:?}"));
            answers.iter().map(|answer| answer.answer.to_owned()).collect::<Vec<_>>().join(" ")
        };
        let read_secret = "Microsoft.KeyVault/vaults/secrets/getSecret/action";
        let read_blob = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
        let yes = may("notes-identity", read_secret, "notes-vault");
        assert!(yes.contains("allowed"), "{form}: {yes}");
        let yes = may("notes-operate", read_blob, "notesfiles");
        assert!(yes.contains("allowed"), "{form}: {yes}");
        let no = may("notes-operate", read_secret, "notes-vault");
        assert!(!no.contains("allowed"), "{form}: {no}");
    }
}
