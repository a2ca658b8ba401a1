//! Controls: where they are said, what they are inherited from, what technologies bring, what facts show.

use vauban_model::model::{ElementRef, Origin};
use vauban_model::vocabulary::Domain::{Boundary, Component, Data, Flow, System};
use vauban_rules::facts::Facts;

use crate::support::{Drawing, at, page, read, show, small, small_pages, word};

/// What is known of a control at an element, and who says so: `yes by outer`.
fn known(facts: &Facts<'_>, element: ElementRef, control: &str) -> String {
    let control = facts.library.control(control).unwrap();
    let truth = word(facts.has(element.domain, control, element.at()));
    match facts.control_source(element.domain, control, element.at()) {
        Some(source) => format!("{truth} by {}", facts.model.id(source.element)),
        None => truth.to_owned(),
    }
}

#[test]
fn the_nearest_word_on_a_control_counts() {
    let mut model = Drawing::new();
    let outer = model.boundary("outer", None, &[]);
    let inner = model.boundary("inner", Some(outer), &[]);
    let other = model.boundary("other", None, &[]);
    for (id, boundary) in
        [("free", None), ("wide", Some(outer)), ("deep", Some(inner)), ("own", Some(inner)), ("away", Some(other))]
    {
        model.component(id, boundary, &[]);
    }
    let library = small();
    let expect = |model: &Drawing, expected: [&str; 5]| {
        let facts = Facts::new(&model.model, &library);
        let found: Vec<String> = (0..5).map(|c| known(&facts, at(Component, c), "limits")).collect();
        assert_eq!(found, expected);
    };
    expect(&model, ["?"; 5]);
    model.control(at(System, 0), "limits", false);
    expect(&model, ["no by system"; 5]);
    model.control(at(Boundary, outer), "limits", true);
    expect(&model, ["no by system", "yes by outer", "yes by outer", "yes by outer", "no by system"]);
    model.control(at(Boundary, inner), "limits", false);
    expect(&model, ["no by system", "yes by outer", "no by inner", "no by inner", "no by system"]);
    model.control(at(Component, 3), "old-limits", true);
    expect(&model, ["no by system", "yes by outer", "no by inner", "yes by own", "no by system"]);
    let facts = Facts::new(&model.model, &library);
    assert_eq!(known(&facts, at(Boundary, inner), "limits"), "no by inner");
    assert_eq!(known(&facts, at(Boundary, other), "limits"), "no by system");
    assert_eq!(known(&facts, at(System, 0), "limits"), "no by system");
}

#[test]
fn a_flow_inherits_from_what_both_its_ends_are_inside_of() {
    let mut model = Drawing::new();
    let outer = model.boundary("outer", None, &[]);
    let left = model.boundary("left", Some(outer), &[]);
    let right = model.boundary("right", Some(outer), &[]);
    let other = model.boundary("other", None, &[]);
    for (id, boundary) in [("a", left), ("b", left), ("c", right), ("d", other)] {
        model.component(id, Some(boundary), &[]);
    }
    model.flow(0, 1, &[]);
    model.flow(0, 2, &[]);
    model.flow(0, 3, &[]);
    model.control(at(Boundary, outer), "line-lock", true);
    model.control(at(Boundary, left), "line-lock", false);
    model.control(at(Boundary, other), "line-lock", true);
    let library = small();
    let facts = Facts::new(&model.model, &library);
    assert_eq!(known(&facts, at(Flow, 0), "line-lock"), "no by left");
    assert_eq!(known(&facts, at(Flow, 1), "line-lock"), "yes by outer");
    assert_eq!(known(&facts, at(Flow, 2), "line-lock"), "?");
}

#[test]
fn a_chain_of_boundaries_hands_controls_down_to_its_end() {
    let mut model = Drawing::new();
    // The innermost is drawn first, so that each comes before the one around it.
    for boundary in 0..500u32 {
        model.boundary(&format!("b{boundary}"), (boundary < 499).then_some(boundary + 1), &[]);
    }
    model.component("deep", Some(0), &[]);
    model.data("data", &[]);
    model.control(at(Boundary, 499), "limits", true);
    let library = small();
    let facts = Facts::new(&model.model, &library);
    assert_eq!(known(&facts, at(Component, 0), "limits"), "yes by b499");
    assert_eq!(known(&facts, at(Data, 0), "limits"), "?", "data lies in no boundary");
}

#[test]
fn technologies_bring_controls_unless_somebody_says_otherwise() {
    let mut model = Drawing::new();
    let zone = model.boundary("zone", None, &[]);
    model.component("brought", Some(zone), &[("technology", "file-store")]);
    model.component("denied", Some(zone), &[("technology", "file-store")]);
    model.component("plain", Some(zone), &[("technology", "database")]);
    model.control(at(Component, 1), "safe-writes", false);
    model.control(at(Boundary, zone), "safe-writes", false);
    let library = small();
    let facts = Facts::new(&model.model, &library);
    assert_eq!(known(&facts, at(Component, 0), "safe-writes"), "yes by brought");
    assert_eq!(known(&facts, at(Component, 1), "safe-writes"), "no by denied");
    assert_eq!(known(&facts, at(Component, 2), "safe-writes"), "no by zone");
    let control = library.control("safe-writes").unwrap();
    let origin = |component| facts.control_source(Component, control, component).unwrap().origin;
    assert_eq!(origin(0), Origin::Default);
    assert_eq!(origin(1), Origin::Stated);
}

/// A gateway on the edge and a server behind it, called from outside along the given flows.
fn guarded(flows: &[(u32, u32, bool)]) -> String {
    let mut model = Drawing::new();
    let zone = model.boundary("zone", None, &[]);
    model.component("visitor", None, &[]);
    let edge = model.boundary("edge", None, &[]);
    model.component("gateway", Some(edge), &[("technology", "gateway")]);
    model.component("second", Some(edge), &[("technology", "gateway")]);
    model.component("server", Some(zone), &[("technology", "server")]);
    model.component("inside", Some(zone), &[("technology", "server")]);
    for (source, target, two_way) in flows {
        model.flow(*source, *target, if *two_way { &[("two_way", "yes")] } else { &[] });
    }
    let library = small();
    let facts = Facts::new(&model.model, &library);
    known(&facts, at(Component, 3), "filter")
}

#[test]
fn a_guard_protects_what_stands_behind_it_on_every_way_in() {
    let (visitor, gateway, second, server, inside) = (0, 1, 2, 3, 4);
    assert_eq!(guarded(&[(gateway, server, false)]), "yes by server");
    assert_eq!(guarded(&[(gateway, server, false), (second, server, false)]), "yes by server");
    assert_eq!(guarded(&[(gateway, server, false), (visitor, server, false)]), "?", "a second way in goes round it");
    assert_eq!(guarded(&[(gateway, server, false), (inside, server, false)]), "yes by server", "inside is no way in");
    assert_eq!(guarded(&[(inside, server, false)]), "?");
    assert_eq!(guarded(&[(server, gateway, false)]), "?", "calling a gateway is not standing behind it");
    assert_eq!(guarded(&[(server, gateway, true)]), "yes by server", "a two-way flow comes in from its target as well");
    assert_eq!(guarded(&[(gateway, server, false), (server, visitor, true)]), "?", "what may answer may also attack");
    assert_eq!(guarded(&[(gateway, server, false), (server, visitor, false)]), "yes by server");
    assert_eq!(guarded(&[]), "?");
}

#[test]
fn a_guard_is_overruled_by_somebodys_word() {
    let mut model = Drawing::new();
    let zone = model.boundary("zone", None, &[]);
    model.component("gateway", None, &[("technology", "gateway")]);
    model.component("server", Some(zone), &[]);
    model.flow(0, 1, &[]);
    model.control(at(Component, 1), "filter", false);
    let library = small();
    let facts = Facts::new(&model.model, &library);
    assert_eq!(known(&facts, at(Component, 1), "filter"), "no by server");
}

#[test]
fn checkpoints_show_controls_on_what_they_protect() {
    let mut model = Drawing::new();
    model.component("a", None, &[]);
    model.component("b", None, &[]);
    model.checkpoint(true, &[0]);
    model.checkpoint(false, &[1, 7]); // what is not there is not protected, and nothing breaks
    let library = small();
    let facts = Facts::new(&model.model, &library);
    assert_eq!(known(&facts, at(Component, 0), "doorman"), "yes by a");
    assert_eq!(known(&facts, at(Component, 1), "doorman"), "?");
    assert_eq!(known(&facts, at(Component, 1), "judge"), "yes by b");
}

#[test]
fn facts_show_controls_where_nobody_says_anything() {
    let mut model = Drawing::new();
    model.component("a", None, &[("encryption_at_rest", "none")]);
    model.component("b", None, &[("encryption_at_rest", "disk")]);
    let encrypted = model.flow(0, 1, &[("protocol", "https")]);
    let plain = model.flow(0, 1, &[("protocol", "http")]);
    let unknown = model.flow(0, 1, &[]);
    let told = model.flow(0, 1, &[("protocol", "https")]);
    model.control(at(Flow, told), "secrecy", false);
    let library = small();
    let facts = Facts::new(&model.model, &library);
    assert_eq!(known(&facts, at(Flow, encrypted), "secrecy"), "yes by f0");
    assert_eq!(known(&facts, at(Flow, plain), "secrecy"), "no by f1");
    assert_eq!(known(&facts, at(Flow, unknown), "secrecy"), "?");
    assert_eq!(known(&facts, at(Flow, told), "secrecy"), "no by f3");
    assert_eq!(known(&facts, at(Component, 0), "secrecy"), "no by a");
    assert_eq!(known(&facts, at(Component, 1), "secrecy"), "?", "only the bad value shows anything");
    let control = library.control("secrecy").unwrap();
    assert_eq!(facts.control_source(Flow, control, 0).unwrap().origin, Origin::Derived);
    assert_eq!(facts.control_source(Flow, control, 3).unwrap().origin, Origin::Stated);
}

#[test]
fn a_library_without_checkpoint_controls_concludes_nothing_from_checkpoints() {
    let pages: Vec<_> = small_pages().into_iter().filter(|(path, _)| !path.contains("doorman")).collect();
    let (library, diagnostics) = read(&pages, &[]);
    assert_eq!(show(&diagnostics), "");
    let mut model = Drawing::new();
    model.component("a", None, &[]);
    model.checkpoint(true, &[0]);
    let facts = Facts::new(&model.model, &library);
    assert_eq!(known(&facts, at(Component, 0), "judge"), "?");
}

#[test]
fn controls_that_the_library_does_not_know_say_nothing() {
    let mut model = Drawing::new();
    model.component("a", None, &[]);
    model.control(at(Component, 0), "moat", true);
    let mut pages = small_pages();
    pages.push(("controls/moat-of-ours.md".to_owned(), page("on = [\"component\"]", "Moat")));
    let (library, _) = read(&pages, &[]);
    let facts = Facts::new(&model.model, &library);
    for control in &library.controls {
        assert_eq!(known(&facts, at(Component, 0), &control.id), "?", "{}", control.id);
    }
}
