//! Overlays: what they change, what they add, what they say about ids that are gone.

use vauban_format::{apply_overlay, read_decisions, read_model};
use vauban_model::model::{ElementRef, Model, Origin};
use vauban_model::vocabulary::{Domain, fact};

use crate::support::{body, clean, element, facts, file, fixture, show};

fn over(model: &mut Model, text: &str) -> String {
    show(&apply_overlay(model, &[file(text)]))
}

#[test]
fn answers_lie_over_the_model() {
    let mut model = clean(&fixture("small-shop.yaml"));
    assert_eq!(over(&mut model, &fixture("overlay.yaml")), "");
    let web = element(&model, Domain::Component, "web");
    assert_eq!(web.fact(fact::REDUNDANT).map(|f| f.origin), Some(Origin::Answered));
    assert_eq!(web.fact(fact::TECHNOLOGY).map(|f| f.origin), Some(Origin::Stated));
    let limiting = web.control("rate-limiting").unwrap();
    assert!(limiting.present && limiting.note.as_deref() == Some("at the load balancer"));
    assert!(web.control("patch-management").is_some_and(|c| !c.present && c.origin == Origin::Answered));
    assert_eq!(model.system.word(fact::CRITICALITY), Some("critical"));
    assert_eq!(model.components[4].boundary, Some(2));
    let flows: Vec<&str> = model.flows.iter().map(|f| &*f.element.id).collect();
    assert_eq!(flows, ["browser->web", "web->orders-db", "web->audit-log", "nightly-report"]);
    assert_eq!(element(&model, Domain::Flow, "web->orders-db").word(fact::AUTHENTICATION), Some("client-certificate"));
    assert_eq!(facts(&model, Domain::Flow, "web->audit-log"), ["protocol=syslog-tls"]);
}

#[test]
fn a_file_in_which_nothing_stands_is_said_to_be_empty() {
    let mut model = clean(&fixture("small-shop.yaml"));
    for empty in ["", "\n", "# nothing yet\n", "---\n"] {
        assert!(over(&mut model, empty).contains("the overlay is empty"), "{empty:?}");
        let (_, said) = read_decisions(&[file(empty)]);
        assert!(show(&said).contains("the decisions file is empty"), "{empty:?}");
    }
    assert_eq!(over(&mut model, "overlay: 1\n"), "");
}

#[test]
fn orphans_are_told_with_what_was_meant() {
    let (mut model, _) = body("components: {web: , db: }\nflows: {web -> db: sql}\n");
    let said = over(
        &mut model,
        "overlay: 1\ncomponents: {wbe: {redundant: yes}, gone: {}}\nflows: {web -> db (old): {}, db -> web: {}, x: {}, new: {from: web, to: bd}, y: {add: yes}}\n",
    );
    assert_eq!(
        said,
        "2:14+3 warning overlay-orphan: the model has no component `wbe`; what the overlay says about it has no effect | did you mean `web`? If not, remove the entry, or add `add: yes` if the model lacks this element\n\
         2:37+4 warning overlay-orphan: the model has no component `gone`; what the overlay says about it has no effect | remove the entry, or add `add: yes` if the model lacks this element\n\
         3:9+15 warning overlay-orphan: the model has no flow `web->db(old)`; what the overlay says about it has no effect | did you mean `web->db`?\n\
         3:30+9 warning overlay-orphan: the model has no flow `db->web`; what the overlay says about it has no effect | remove the entry, or add `add: yes` if the flow is missing in the model\n\
         3:45+1 warning overlay-orphan: the model has no flow `x`; what the overlay says about it has no effect | remove the entry, or add `add: yes` if the flow is missing in the model\n\
         3:73+2 unknown-element: there is no component `bd` | did you mean `db`?\n\
         3:78+1 flow-ends: the flow `y` does not say where it starts and ends | write its key as `from -> to`, or add `from:` and `to:`\n"
    );
    assert_eq!((model.components.len(), model.flows.len()), (2, 1));
}

#[test]
fn dropped_flows_take_their_mentions_along() {
    let (mut model, said) = body(
        "components: {a: , b: }\nflows: {a -> b: sql, b -> a: https, a -> a: ssh}\n\
         assumptions: [{text: T, about: [a->b, b->a, a->a, a]}]\n",
    );
    assert_eq!(said, "");
    assert_eq!(over(&mut model, "overlay: 1\nflows: {b -> a: {drop: yes}}\n"), "");
    assert_eq!(model.flows.len(), 2);
    let about: Vec<&str> = model.assumptions[0].about.iter().map(|e| model.id(*e)).collect();
    assert_eq!(about, ["a->b", "a->a", "a"]);
}

#[test]
fn facts_can_be_forgotten_and_later_files_win() {
    let (mut model, _) = body("components: {a: {redundant: yes, machine: virtual, controls: [x]}}\n");
    let one = "overlay: 1\ncomponents: {a: {redundant: unknown, controls: {x: unknown}, owner: one}}\n";
    let two = "overlay: 1\ncomponents: {a: {owner: two, out_of_scope: gone soon}}\n";
    assert_eq!(show(&apply_overlay(&mut model, &[file(one), file(two)])), "");
    let a = element(&model, Domain::Component, "a");
    assert_eq!(facts(&model, Domain::Component, "a"), ["machine=virtual"]);
    assert!(a.controls.is_empty() && a.owner.as_deref() == Some("two") && !a.in_scope());
}

#[test]
fn native_ids_come_before_arrows() {
    let (mut model, _) = body("components: {a: , b: }\nflows: {odd -> id: {from: a, to: b}}\n");
    assert_eq!(over(&mut model, "overlay: 1\nflows: {odd -> id: {protocol: ssh}}\n"), "");
    assert_eq!(model.flows[0].element.word(fact::PROTOCOL), Some("ssh"));
}

#[test]
fn double_arrows_are_answers_too() {
    let (mut model, _) = body("components: {a: , b: }\nflows: {a -> b: ssh}\n");
    assert_eq!(over(&mut model, "overlay: 1\nflows: {a <-> b: {}, b <-> a: {add: yes}}\n"), "");
    let two_way: Vec<Option<bool>> = model.flows.iter().map(|f| f.element.bool(fact::TWO_WAY)).collect();
    assert_eq!(two_way, [Some(true), Some(true)]);
}

#[test]
fn lists_are_extended_by_id() {
    let (mut model, _) =
        body("components: {a: }\nthird_parties: {x: {provides: old}}\nnotes: [{kind: question, title: Why?}]\n");
    let said = over(
        &mut model,
        "overlay: 1\nthird_parties: {x: {provides: new}, y: {}}\nassumptions: [{text: T, about: [a, system]}]\n\
         notes: [{kind: question, title: Why?, text: Because.}]\n",
    );
    assert_eq!(said, "");
    assert_eq!((model.third_parties.len(), &*model.third_parties[0].provides), (2, "new"));
    assert_eq!(model.assumptions[0].about[1], ElementRef::SYSTEM);
    assert_eq!((model.notes.len(), &*model.notes[0].text), (1, "Because."));
}

#[test]
fn an_overlay_is_checked_like_a_model() {
    let (mut model, _) = body("components: {a: }\nboundaries: {x: , y: {in: x}}\n");
    let said = over(
        &mut model,
        "vauban: 1\ninclude: [x]\ncolour: red\ncomponents: {a: {redundnt: yes, drop: yes}}\nboundaries: {x: {in: y}}\n",
    );
    assert_eq!(
        said,
        "1:1+0 warning missing-version: the file does not say which format it is in | put `overlay: 1` on its first line\n\
         1:1+0 boundary-cycle: by this overlay the boundary `x` lies inside itself | correct `in:`; the boundary is read as an outermost one\n\
         1:1+6 unknown-key: this is a model, not an overlay | write `overlay: 1` instead of `vauban: 1`, or name the file under `model:`\n\
         2:1+7 unknown-key: `include` means something in a model only | move it to the model file\n\
         3:1+6 unknown-key: unknown key `colour` in an overlay | known keys: `overlay`, `system`, `templates`, `data`, `boundaries`, `identities`, `components`, `flows`, `runtimes`, `third_parties`, `checkpoints`, `assumptions`, `abuse_cases`, `notes`, `threats`, `attack_trees`, `drawings`\n\
         4:18+8 unknown-key: unknown key `redundnt` in a component | did you mean `redundant`?\n\
         4:33+4 unknown-key: unknown key `drop` in a component | `drop` belongs to a flow\n"
    );
}

#[test]
fn an_overlay_over_nothing_is_harmless() {
    let mut model = read_model(&[]).model;
    for empty in ["", "# only a comment\n"] {
        assert!(over(&mut model, empty).starts_with("1:1+0 note empty-file"), "{empty:?}");
    }
    assert!(over(&mut model, "- a\n").contains("expected-mapping"));
}
