//! Models that are drawn to hurt: no panic, and work that grows with the model and not with its square.

use std::fmt::Write as _;

use vauban_analysis::Session;
use vauban_analysis::export::json;
use vauban_model::model::ElementRef;
use vauban_model::vocabulary::Domain;

use crate::laws_support::session_of;

/// Analyses a text and writes everything that can be said about it.
fn survive(text: &str) -> Session {
    let session = session_of(text);
    let report = session.report();
    assert!(json::check(&report).is_object());
    assert!(session.analysis.findings.iter().all(|finding| !finding.evidence.is_empty()));
    session
}

const HEAD: &str = "vauban: 1\nsystem: {name: Odd, criticality: high}\n";

#[test]
fn nothing_is_found_in_nothing() {
    for text in [HEAD.to_owned(), "vauban: 1\n".to_owned(), format!("{HEAD}components: {{}}\nflows: {{}}\n")] {
        let session = survive(&text);
        let elsewhere =
            session.analysis.findings.iter().find(|f| f.elements.iter().any(|e| e.domain != Domain::System));
        assert!(elsewhere.is_none(), "{elsewhere:?}");
        assert!(session.analysis.paths.is_empty() && session.analysis.choke_points.is_empty());
    }
}

#[test]
fn what_is_out_of_scope_is_left_alone() {
    let text = format!(
        "{HEAD}boundaries:\n  theirs: {{kind: network, out-of-scope: not ours}}\n  deeper: {{in: theirs, trust: trusted}}\n\
         data:\n  orders: {{classification: restricted, out-of-scope: not ours}}\n\
         components:\n  visitor: {{technology: browser, out-of-scope: not ours}}\n  web: {{technology: web-application, in: deeper}}\n  \
         db: {{technology: postgresql, in: theirs, stores: [orders]}}\n\
         flows:\n  visitor -> web: {{protocol: http}}\n  web -> db: {{protocol: sql, authentication: none}}\n"
    );
    let session = survive(&text.replace("out-of-scope", "out_of_scope"));
    assert!(session.project.diagnostics.is_empty(), "{:?}", session.project.diagnostics);
    let about = |domain| session.analysis.findings.iter().filter(move |f| f.elements[0].domain == domain).count();
    let counts = [Domain::Component, Domain::Flow, Domain::Boundary, Domain::Data].map(about);
    assert_eq!(counts, [0; 4]);
    assert!(session.analysis.paths.is_empty());
}

#[test]
fn flows_to_oneself_lead_nowhere_new() {
    let text = format!(
        "{HEAD}components:\n  a: {{technology: web-application, internet_facing: yes}}\n  b: {{technology: postgresql}}\n\
         flows:\n  a -> a: {{protocol: http}}\n  a <-> a (again): {{protocol: http, authentication: none}}\n  b -> b: {{protocol: sql}}\n"
    );
    let session = survive(&text);
    let b = ElementRef::new(Domain::Component, 1);
    let paths = session.analysis.paths.iter().filter(|path| path.assumptions.is_empty());
    for path in paths {
        assert!(path.steps.iter().all(|step| step.to != b || path.from == b), "{path:#?}");
    }
}

#[test]
fn thousands_of_flows_between_two_components_are_thousands_of_flows() {
    let model = |count: usize| {
        let mut text = format!(
            "{HEAD}data: {{orders: {{classification: restricted}}}}\n\
             components:\n  a: {{technology: web-application, internet_facing: yes}}\n  b: {{technology: postgresql, stores: [orders]}}\nflows:\n"
        );
        for at in 0..count {
            let _ = writeln!(text, "  a -> b (f{at}): {{protocol: sql, authentication: none, carries: [orders]}}");
        }
        text
    };
    let counts = |count: usize| {
        let session = survive(&model(count));
        (session.analysis.findings.len(), session.analysis.questions_total, session.analysis.paths.len())
    };
    let (small, large) = (counts(200), counts(2_000));
    assert!(large.0 <= small.0 * 11 && large.1 <= small.1 * 11, "{small:?} {large:?}");
    assert!(large.2 <= 20);
}

#[test]
fn a_chain_of_boundaries_is_followed_and_forgotten() {
    let mut text = format!(
        "{HEAD}components:\n  a: {{technology: web-application, in: b0, internet_facing: yes}}\n  z: {{technology: postgresql, in: b9999}}\n"
    );
    text.push_str("flows:\n  a -> z: {protocol: sql, authentication: none}\nboundaries:\n  b0: {kind: network}\n");
    for at in 1..10_000 {
        let _ = writeln!(text, "  b{at}: {{kind: network-segment, in: b{}}}", at - 1);
    }
    let session = survive(&text);
    assert_eq!(session.project.model.boundaries.len(), 10_000);
    assert!(session.analysis.findings.len() < 50_000, "{}", session.analysis.findings.len());
    assert!(session.analysis.findings.iter().any(|finding| finding.elements[0].domain == Domain::Flow));
}

#[test]
fn a_host_of_thousands_is_no_square_of_thousands() {
    let mut text = format!("{HEAD}components:\n");
    let mut members = String::new();
    for at in 0..5_000 {
        let _ = writeln!(text, "  c{at}: {{technology: rest-api}}");
        let _ = write!(members, "c{at}, ");
    }
    let _ = writeln!(text, "runtimes:\n  host: {{components: [{members}]}}");
    let session = survive(&text);
    assert_eq!(session.project.model.runtimes[0].components.len(), 5_000);
    let elements: usize = session.analysis.findings.iter().map(|finding| finding.elements.len()).sum();
    assert!(elements <= 60 * session.analysis.findings.len(), "{elements}");
}

#[test]
fn long_and_many_tags_names_and_words_are_carried() {
    let long = "x".repeat(100_000);
    let many: String = (0..100_000).map(|at| format!("t{at}, ")).collect();
    let text = format!(
        "{HEAD}components:\n  a: {{technology: {long}, tags: [{long}, pci], internet_facing: yes, controls: [{long}]}}\n  \
         b: {{technology: postgresql, tags: [{many}], name: {long}}}\n  '{long}': {{technology: web-application}}\n\
         flows:\n  a -> b: {{protocol: http, description: {long}}}\n"
    );
    let session = survive(&text);
    let model = &session.project.model;
    assert_eq!(model.components[1].element.tags.len(), 100_000);
    assert!(session.diagnostics.iter().any(|d| d.code == "unknown-technology"));
    assert!(session.diagnostics.iter().any(|d| d.code == "unknown-control"));
}

#[test]
fn names_that_look_like_templates_and_ids_stay_names() {
    let text = format!(
        "{HEAD}components:\n  '{{component}}': {{technology: web-application, internet_facing: yes, name: '{{data}} {{flow.source}}'}}\n  \
         'a@b': {{technology: postgresql}}\n  '*': {{technology: rest-api}}\n"
    );
    let session = survive(&text);
    let ids: Vec<&str> = session.analysis.findings.iter().map(|finding| &*finding.id).collect();
    assert!(ids.iter().any(|id| id.ends_with("@{component}")), "{ids:?}");
    assert!(session.analysis.findings.iter().any(|finding| finding.title.contains("{data} {flow.source}")));
}
