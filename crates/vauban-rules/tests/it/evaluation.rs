//! Where a threat fires, asks, is stopped, or has nothing to say; and why.

use vauban_model::scale::{Level, Likelihood};
use vauban_model::vocabulary::Domain::{Boundary, Component, Flow};
use vauban_model::vocabulary::fact;
use vauban_rules::bits::Truth;
use vauban_rules::evaluate::{self, Asked, Outcome};
use vauban_rules::facts::Facts;
use vauban_rules::library::Library;
use vauban_rules::{evidence, sentence};

use crate::support::{Drawing, at, read, show, small_pages, threat_page, with_threats};

/// What becomes of a threat at an element.
fn outcome(outcome: &Outcome, index: usize) -> &'static str {
    let found = [
        (outcome.fires.get(index), "fires"),
        (outcome.asks.get(index), "asks"),
        (outcome.stopped.get(index), "stopped"),
    ];
    let mut found = found.into_iter().filter(|(there, _)| *there).map(|(_, word)| word);
    let first = found.next().unwrap_or("quiet");
    assert_eq!(found.next(), None, "one thing becomes of a threat at an element");
    first
}

/// What becomes of the one threat of a library at each element of its kind.
fn outcomes(drawing: &Drawing, library: &Library, threat: &str) -> Vec<&'static str> {
    let facts = Facts::new(&drawing.model, library);
    let all = evaluate::evaluate(&facts, false);
    let threat = library.threat(threat).unwrap();
    let on = library.threats[threat as usize].on;
    (0..facts.count(on)).map(|index| outcome(&all[threat as usize], index)).collect()
}

#[test]
fn a_condition_and_a_control_decide_together() {
    let page = threat_page("component", "component.custom_code", "stopped_by = [\"limits\"]");
    let library = with_threats(&[("flood", page)]);
    let mut model = Drawing::new();
    for code in [Some("yes"), Some("no"), None] {
        for control in [Some(true), Some(false), None] {
            let facts: &[(&str, &str)] = &code.map(|code| [("custom_code", code)]).unwrap_or([("session", "none")]);
            let id = format!("c{}", model.model.components.len());
            let component = model.component(&id, None, facts);
            if let Some(present) = control {
                model.control(at(Component, component), "limits", present);
            }
        }
    }
    let expected = [
        "stopped", "fires", "asks", // its condition holds
        "quiet", "quiet", "quiet", // it does not
        "quiet", "asks", "asks", // nobody knows; with the control there, nobody needs to
    ];
    assert_eq!(outcomes(&model, &library, "flood"), expected);
}

#[test]
fn one_of_several_stopping_controls_is_enough_and_one_known_to_be_missing_too() {
    let page = threat_page("component", "true", "stopped_by = [\"limits\", \"filter\"]");
    let library = with_threats(&[("flood", page)]);
    let mut model = Drawing::new();
    for (limits, filter) in [
        (Some(true), None),
        (None, Some(true)),
        (Some(false), Some(true)),
        (Some(false), None),
        (None, None),
        (Some(false), Some(false)),
    ] {
        let component = model.component(&format!("c{}", model.model.components.len()), None, &[]);
        for (control, said) in [("limits", limits), ("filter", filter)] {
            if let Some(present) = said {
                model.control(at(Component, component), control, present);
            }
        }
    }
    let expected = ["stopped", "stopped", "stopped", "fires", "asks", "fires"];
    assert_eq!(outcomes(&model, &library, "flood"), expected);
}

#[test]
fn a_threat_without_stopping_controls_is_decided_by_its_condition_alone() {
    let page = threat_page("component", "component.custom_code", "weakened_by = [\"limits:2\", \"filter\"]");
    let library = with_threats(&[("bug", page)]);
    let mut model = Drawing::new();
    model.component("yes", None, &[("custom_code", "yes")]);
    model.component("no", None, &[("custom_code", "no")]);
    model.component("unknown", None, &[]);
    assert_eq!(outcomes(&model, &library, "bug"), ["fires", "quiet", "asks"]);
    let threat = library.threat("bug").unwrap();
    let likelihood = |model: &Drawing| {
        let facts = Facts::new(&model.model, &library);
        evaluate::likelihood(threat, at(Component, 0), &facts)
    };
    assert_eq!(likelihood(&model), Likelihood::Possible);
    model.control(at(Component, 0), "filter", true);
    assert_eq!(likelihood(&model), Likelihood::Unlikely);
    model.control(at(Component, 0), "limits", true);
    assert_eq!(likelihood(&model), Likelihood::Rare, "never below the scale");
    model.control(at(Component, 0), "limits", false);
    model.control(at(Component, 0), "filter", false);
    assert_eq!(likelihood(&model), Likelihood::Possible);
}

#[test]
fn a_control_elsewhere_must_be_on_everything_that_is_reached() {
    let page = threat_page("boundary", "true", "stopped_by = [\"limits@boundary.members\"]");
    let library = with_threats(&[("crowd", page)]);
    let mut model = Drawing::new();
    for boundary in ["all", "some", "one-without", "none"] {
        model.boundary(boundary, None, &[]);
    }
    for (boundary, said) in
        [(0, Some(true)), (0, Some(true)), (1, Some(true)), (1, None), (2, Some(true)), (2, Some(false))]
    {
        let component = model.component(&format!("c{}", model.model.components.len()), Some(boundary), &[]);
        if let Some(present) = said {
            model.control(at(Component, component), "limits", present);
        }
    }
    assert_eq!(outcomes(&model, &library, "crowd"), ["stopped", "asks", "fires", "asks"]);
    let facts = Facts::new(&model.model, &library);
    let control = &library.rules[library.threat("crowd").unwrap() as usize].controls[0];
    assert_eq!(evaluate::control_at(control, at(Boundary, 1), &facts), (Truth::Unknown, at(Component, 3)));
    assert_eq!(evaluate::control_at(control, at(Boundary, 2), &facts), (Truth::False, at(Component, 5)));
}

#[test]
fn out_of_scope_is_out_of_mind() {
    let page = threat_page("flow", "true", "");
    let library = with_threats(&[("any", page)]);
    let mut model = Drawing::new();
    model.component("ours", None, &[]);
    model.component("theirs", None, &[]);
    model.component("theirs-too", None, &[]);
    model.flow(0, 1, &[]);
    model.flow(1, 2, &[]);
    model.leave_out(at(Component, 1));
    model.leave_out(at(Component, 2));
    assert_eq!(outcomes(&model, &library, "any"), ["fires", "quiet"]);
}

#[test]
fn experimental_threats_wait_to_be_asked_for_and_deprecated_ones_are_silent() {
    let young = threat_page("component", "true", "status = \"experimental\"");
    let old = threat_page("component", "true", "status = \"deprecated\"");
    let library = with_threats(&[("young", young), ("old", old)]);
    let mut model = Drawing::new();
    model.component("c", None, &[]);
    let facts = Facts::new(&model.model, &library);
    for (experimental, expected) in [(false, ["quiet", "quiet"]), (true, ["fires", "quiet"])] {
        let all = evaluate::evaluate(&facts, experimental);
        let found = ["young", "old"].map(|id| outcome(&all[library.threat(id).unwrap() as usize], 0));
        assert_eq!(found, expected);
    }
}

#[test]
fn the_last_raise_that_is_known_to_hold_gives_the_severity() {
    let raise = "[[raise]]\nwhen = 'component.custom_code'\nto = \"critical\"\n[[raise]]\nwhen = 'component.redundant'\nto = \"low\"";
    let library = with_threats(&[("bug", threat_page("component", "true", raise))]);
    let mut model = Drawing::new();
    model.component("both", None, &[("custom_code", "yes"), ("redundant", "yes")]);
    model.component("first", None, &[("custom_code", "yes")]);
    model.component("unknown", None, &[]);
    let facts = Facts::new(&model.model, &library);
    let threat = library.threat("bug").unwrap();
    let found: Vec<Level> = (0..3).map(|c| evaluate::severity(threat, at(Component, c), &facts)).collect();
    assert_eq!(found, [Level::Low, Level::Critical, Level::Medium]);
}

#[test]
fn questions_ask_for_what_decides_and_can_be_stated() {
    let page = threat_page(
        "flow",
        "flow.crosses_boundary && !flow.encrypted && flow.target.custom_code",
        "stopped_by = [\"line-lock\"]",
    );
    let library = with_threats(&[("listen", page)]);
    let mut model = Drawing::new();
    let zone = model.boundary("zone", None, &[]);
    model.component("a", None, &[]);
    model.component("b", Some(zone), &[("custom_code", "yes")]);
    model.component("c", Some(zone), &[]);
    model.flow(0, 1, &[]);
    model.flow(0, 2, &[("protocol", "http")]);
    model.flow(0, 1, &[("protocol", "http")]);
    model.flow(0, 2, &[]);
    let facts = Facts::new(&model.model, &library);
    let threat = library.threat("listen").unwrap();
    let asked = |flow| evaluate::questions(threat, at(Flow, flow), &facts);
    // A derived fact is asked for by the stated one behind it.
    assert_eq!(asked(0), [Asked::Fact(at(Flow, 0), fact::ENCRYPTION)]);
    assert_eq!(asked(1), [Asked::Fact(at(Component, 2), fact::CUSTOM_CODE)]);
    assert_eq!(asked(2), [Asked::Control(at(Flow, 2), library.control("line-lock").unwrap())]);
    assert_eq!(
        asked(3),
        [Asked::Fact(at(Flow, 3), fact::ENCRYPTION), Asked::Fact(at(Component, 2), fact::CUSTOM_CODE)]
    );
    assert_eq!(evaluate::control_question(threat, at(Flow, 2), &facts), Some(asked(2)[0]));
}

#[test]
fn a_question_about_trust_is_asked_of_the_place_that_can_answer_it() {
    let library = with_threats(&[("climb", threat_page("flow", "flow.rises_in_trust", ""))]);
    let mut model = Drawing::new();
    let told = model.boundary("told", None, &[("trust", "trusted")]);
    let untold = model.boundary("untold", None, &[]);
    let inside = model.boundary("inside", Some(told), &[]);
    model.component("a", Some(inside), &[]);
    model.component("b", Some(untold), &[]);
    model.component("riddle", None, &[]);
    model.component("process", None, &[("kind", "process")]);
    for (source, target) in [(0, 1), (1, 0), (2, 0), (3, 0)] {
        model.flow(source, target, &[]);
    }
    let facts = Facts::new(&model.model, &library);
    let asked = |flow| evaluate::questions(library.threat("climb").unwrap(), at(Flow, flow), &facts);
    assert_eq!(asked(0), [Asked::Fact(at(Boundary, untold), fact::TRUST)], "the inner line needs no word of its own");
    assert_eq!(asked(1), [Asked::Fact(at(Boundary, untold), fact::TRUST)]);
    assert_eq!(asked(2), [Asked::Fact(at(Component, 2), fact::KIND)], "an outsider would be a stranger");
    assert_eq!(asked(3), [Asked::Fact(at(Flow, 3), fact::RISES_IN_TRUST)], "only a drawing could tell");
}

#[test]
fn a_question_about_where_a_caller_stands_is_asked_of_what_it_calls() {
    let library = with_threats(&[
        ("open", threat_page("component", "component.exposed_to_internet", "")),
        ("from", threat_page("flow", "flow.from_internet", "")),
        ("over", threat_page("flow", "flow.passes_internet", "")),
    ]);
    let mut model = Drawing::new();
    let clients = model.boundary("clients", None, &[]);
    let office = model.boundary("office", None, &[("kind", "site")]);
    let account = model.boundary("account", None, &[("kind", "cloud-account")]);
    model.component("somebody", Some(clients), &[("technology", "person")]);
    model.component("portal", None, &[("technology", "server")]);
    model.component("till", Some(office), &[("technology", "server")]);
    model.component("ledger", Some(account), &[("technology", "server")]);
    model.flow(0, 1, &[]);
    model.flow(2, 3, &[]);
    let facts = Facts::new(&model.model, &library);
    let asked = |threat: &str, element| evaluate::questions(library.threat(threat).unwrap(), element, &facts);
    let facing = [Asked::Fact(at(Component, 1), fact::INTERNET_FACING)];
    assert_eq!(asked("open", at(Component, 1)), facing);
    assert_eq!(asked("from", at(Flow, 0)), facing);
    assert_eq!(asked("over", at(Flow, 0)), facing);
    // Two places of ours that may be joined by a private line are another matter.
    assert_eq!(asked("over", at(Flow, 1)), [Asked::Fact(at(Flow, 1), fact::OVER_INTERNET)]);
}

#[test]
fn sentences_name_the_elements_that_made_them_true() {
    let front = "on = \"component\"\nseverity = \"low\"\nlikelihood = \"rare\"\nstride = [\"S\"]\nwhen = 'component.inbound.exists(f, f.source.custom_code)'\ntitle = \"{component} is called by {f.source}\"\nsays = \"{f} brings {data} over {f.protocol} into {component.boundary}, {component.outbound} leave.\"";
    let library = with_threats(&[("named", crate::support::page(front, "Named"))]);
    let mut model = Drawing::new();
    model.data("orders", &[("classification", "internal")]);
    model.data("cards", &[("classification", "restricted")]);
    model.component("order service", None, &[("stores", "0, 1")]);
    for (id, code) in [("a", "yes"), ("b", "no"), ("c", "yes"), ("d", "yes"), ("e", "yes"), ("g", "yes")] {
        let caller = model.component(id, None, &[("custom_code", code)]);
        model.flow(caller, 0, &[("protocol", if id == "a" { "https" } else { "http" })]);
    }
    let facts = Facts::new(&model.model, &library);
    let threat = library.threat("named").unwrap();
    let element = at(Component, 0);
    let (truth, witness) = evaluate::explain(threat, element, &facts);
    assert_eq!(truth, Truth::True);
    let data = sentence::data_at_stake(element, &facts);
    let fill = |template| sentence::fill(template, element, &witness, &data, &facts);
    let rule = &library.rules[threat as usize];
    assert_eq!(fill(&rule.title), "The order service is called by a, c, d and 2 more");
    assert_eq!(
        fill(&rule.says),
        "The flow from a to the order service, the flow from c to the order service, the flow from d to the order \
         service and 2 more brings cards and orders over https and http into no boundary, its flows leave."
    );
    let told = evidence::evidence(&facts, element, &witness.atoms);
    assert!(told.iter().any(|item| &*item.fact == "component.custom_code" && &*item.value == "yes"));
    assert!(evidence::evidence(&facts, element, &[]).len() == 1, "the element itself stands in for nothing");
}

#[test]
fn an_organisations_threat_evaluates_like_any_other() {
    let ours = [("threats/ours/own.md".to_owned(), threat_page("component", "component.is(\"database\")", ""))];
    let (library, diagnostics) = read(&small_pages(), &ours);
    assert_eq!(show(&diagnostics), "");
    let mut model = Drawing::new();
    model.component("db", None, &[("technology", "db")]);
    assert_eq!(outcomes(&model, &library, "own"), ["fires"]);
    let threat = &library.threats[library.threat("own").unwrap() as usize];
    assert_eq!((&*threat.file, &*threat.family), ("threats/ours/own.md", "ours"));
}
