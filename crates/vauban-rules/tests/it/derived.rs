//! Derived facts, each on a model small enough to check by eye.

use vauban_model::vocabulary::{Domain, FACTS, FactId};
use vauban_rules::facts::Facts;

use crate::support::{Drawing, at, said, small};

/// Compares the values of facts: element, fact, expected value (`?` for unknown).
fn check(drawing: &Drawing, expected: &[(Domain, u32, &str, &str)]) {
    let library = small();
    let facts = Facts::new(&drawing.model, &library);
    for (domain, index, fact, value) in expected {
        let element = at(*domain, *index);
        assert_eq!(said(&facts, element, fact), *value, "{fact} of {}", drawing.model.id(element));
    }
}

use Domain::{Boundary, Component, Data, Flow, Identity};

/// Facts by key and word.
type Stated = &'static [(&'static str, &'static str)];

#[test]
fn every_derived_fact_of_the_vocabulary_is_checked_here() {
    let here = include_str!("derived.rs");
    for fact in FACTS.iter().filter(|fact| fact.derived) {
        assert!(here.contains(&format!("\"{}\"", fact.id)), "no test names {}", fact.id);
    }
}

#[test]
fn a_fact_of_any_type_of_element_starts_unknown() {
    let mut model = Drawing::new();
    model.component("c", None, &[]);
    let library = small();
    let facts = Facts::new(&model.model, &library);
    for fact in FactId::stated_on(Component) {
        assert_eq!(facts.text(at(Component, 0), fact), None, "{}", fact.definition().id);
    }
}

/// A cloud account with a public and a private subnet, a host in the private one, and the internet.
///
/// Components: 0 visitor (internet), 1 web (public), 2 application (private), 3 database (host in private),
/// 4 partner (outside everything, a process), 5 worker (private).
fn cloud() -> Drawing {
    let mut cloud = Drawing::new();
    let internet = cloud.boundary("internet", None, &[("kind", "internet")]);
    let account = cloud.boundary("account", None, &[("kind", "cloud-account"), ("trust", "semi-trusted")]);
    let public = cloud.boundary("public", Some(account), &[("kind", "network-segment")]);
    let private = cloud.boundary("private", Some(account), &[("kind", "network-segment"), ("trust", "trusted")]);
    let host = cloud.boundary("host", Some(private), &[("kind", "host")]);
    cloud.component("visitor", Some(internet), &[("kind", "external-entity")]);
    cloud.component("web", Some(public), &[("kind", "process")]);
    cloud.component("application", Some(private), &[("kind", "process")]);
    cloud.component("database", Some(host), &[("kind", "data-store")]);
    cloud.component("partner", None, &[("kind", "process")]);
    cloud.component("worker", Some(private), &[("kind", "process")]);
    cloud
}

#[test]
fn a_flow_crosses_every_line_between_its_ends_and_no_other() {
    let mut cloud = cloud();
    cloud.flow(0, 1, &[]); // internet to public: out of one, into two
    cloud.flow(1, 2, &[]); // public to private, inside the account
    cloud.flow(2, 3, &[]); // into the host only
    cloud.flow(2, 5, &[]); // within private
    cloud.flow(3, 5, &[]); // out of the host only
    cloud.flow(2, 2, &[]); // to itself
    cloud.flow(2, 5, &[("crosses", "0")]); // within, but the drawing shows a line
    let library = small();
    let facts = Facts::new(&cloud.model, &library);
    let crossed = |flow: usize| facts.row(vauban_model::vocabulary::relation::FLOW_CROSSED, flow).to_vec();
    assert_eq!(crossed(0), [0, 1, 2], "left first, then entered from the outside in");
    assert_eq!(crossed(1), [2, 3]);
    assert_eq!(crossed(2), [4]);
    assert_eq!(crossed(4), [4]);
    assert_eq!(crossed(6), [0]);
    check(
        &cloud,
        &[
            (Flow, 0, "crosses_boundary", "yes"),
            (Flow, 0, "crosses_network", "yes"),
            (Flow, 1, "crosses_boundary", "yes"),
            (Flow, 1, "crosses_network", "yes"),
            (Flow, 2, "crosses_boundary", "yes"),
            (Flow, 2, "crosses_network", "no"),
            (Flow, 3, "crosses_boundary", "no"),
            (Flow, 3, "crosses_network", "no"),
            (Flow, 4, "crosses_network", "no"),
            (Flow, 5, "crosses_boundary", "no"),
            (Flow, 6, "crosses_boundary", "yes"),
            (Flow, 6, "crosses_network", "yes"),
        ],
    );
}

#[test]
fn a_place_is_trusted_as_the_nearest_line_around_it_says() {
    let mut cloud = cloud();
    let unsaid = cloud.boundary("unsaid", None, &[("kind", "network")]);
    cloud.component("somewhere", Some(unsaid), &[]);
    check(
        &cloud,
        &[
            (Component, 0, "zone_trust", "untrusted"), // the internet needs no word
            (Component, 1, "zone_trust", "semi-trusted"),
            (Component, 2, "zone_trust", "trusted"),
            (Component, 3, "zone_trust", "trusted"),
            (Component, 4, "zone_trust", "?"),
            (Component, 6, "zone_trust", "?"),
        ],
    );
}

#[test]
fn a_flow_rises_in_trust_only_into_a_zone_of_more() {
    let mut cloud = cloud();
    let outsider = cloud.component("outsider", None, &[("kind", "external-entity")]);
    cloud.flow(0, 1, &[]);
    cloud.flow(1, 2, &[]);
    cloud.flow(2, 1, &[]);
    cloud.flow(2, 3, &[]); // crosses the host, same trust
    cloud.flow(2, 5, &[]); // crosses nothing
    cloud.flow(4, 1, &[]); // a process outside of everything: nobody said how far it is trusted
    cloud.flow(outsider, 1, &[]); // an outsider outside of everything is a stranger
    check(
        &cloud,
        &[
            (Flow, 0, "rises_in_trust", "yes"),
            (Flow, 1, "rises_in_trust", "yes"),
            (Flow, 2, "rises_in_trust", "no"),
            (Flow, 3, "rises_in_trust", "no"),
            (Flow, 4, "rises_in_trust", "no"),
            (Flow, 5, "rises_in_trust", "?"),
            (Flow, 6, "rises_in_trust", "yes"),
        ],
    );
}

#[test]
fn exposure_follows_flows_from_the_internet_and_what_is_stated() {
    let mut cloud = cloud();
    let hidden = cloud.component("hidden", None, &[("internet_facing", "no")]);
    let open = cloud.component("open", None, &[("internet_facing", "yes")]);
    cloud.flow(0, 1, &[]);
    cloud.flow(1, 2, &[]);
    cloud.flow(2, 3, &[]);
    cloud.flow(5, 2, &[]); // against the direction: does not reach the worker
    cloud.flow(0, hidden, &[]);
    cloud.flow(open, 4, &[]);
    cloud.flow(0, 0, &[]); // from the internet to itself is nobody's way in
    check(
        &cloud,
        &[
            (Flow, 0, "from_internet", "yes"),
            (Flow, 1, "from_internet", "no"),
            (Flow, 6, "from_internet", "no"),
            (Component, 0, "exposed_to_internet", "no"),
            (Component, 1, "exposed_to_internet", "yes"),
            (Component, 2, "exposed_to_internet", "no"),
            (Component, 6, "exposed_to_internet", "no"),
            (Component, 7, "exposed_to_internet", "yes"),
            (Component, 1, "reachable_from_internet", "yes"),
            (Component, 2, "reachable_from_internet", "yes"),
            (Component, 3, "reachable_from_internet", "yes"),
            (Component, 5, "reachable_from_internet", "no"),
            (Component, 6, "reachable_from_internet", "no"),
            (Component, 4, "reachable_from_internet", "yes"),
        ],
    );
}

#[test]
fn a_flow_that_may_be_refused_leaves_exposure_to_be_asked() {
    let mut cloud = cloud();
    cloud.flow(0, 1, &[("refused_by", "the office's addresses")]);
    cloud.flow(1, 2, &[]);
    cloud.flow(0, 3, &[("refused_by", "no rule"), ("permitted", "no")]);
    cloud.flow(0, 4, &[("refused_by", "the office's addresses"), ("permitted", "yes")]);
    check(
        &cloud,
        &[
            (Component, 1, "exposed_to_internet", "?"),
            (Component, 2, "exposed_to_internet", "no"),
            (Component, 2, "reachable_from_internet", "?"),
            (Component, 3, "exposed_to_internet", "no"),
            (Component, 4, "exposed_to_internet", "yes"),
        ],
    );
}

#[test]
fn a_two_way_flow_is_a_way_in_at_both_ends() {
    let mut cloud = cloud();
    cloud.flow(1, 2, &[("two_way", "yes")]);
    cloud.flow(1, 0, &[("two_way", "yes")]); // the web server pushes to the visitor, who may answer
    cloud.flow(0, 4, &[("two_way", "yes")]);
    check(
        &cloud,
        &[
            (Component, 1, "exposed_to_internet", "yes"),
            (Component, 2, "reachable_from_internet", "yes"),
            (Component, 4, "exposed_to_internet", "yes"),
            (Component, 0, "exposed_to_internet", "no"), // the internet does not come to itself
        ],
    );
}

#[test]
fn an_outsider_is_on_the_internet_unless_it_is_drawn_elsewhere() {
    let mut model = Drawing::new();
    let office = model.boundary("office", None, &[("kind", "network"), ("trust", "trusted")]);
    model.component("server", Some(office), &[]);
    model.component("stranger", None, &[("kind", "external-entity")]);
    model.component("colleague", Some(office), &[("kind", "external-entity")]);
    model.component("neighbour", None, &[("kind", "external-entity"), ("internet_facing", "no")]);
    model.component("phone", None, &[("technology", "browser"), ("kind", "process"), ("internet_facing", "yes")]);
    for source in 1..5 {
        model.flow(source, 0, &[]);
    }
    check(
        &model,
        &[
            (Flow, 0, "from_internet", "yes"),
            (Flow, 1, "from_internet", "no"),
            (Flow, 2, "from_internet", "no"),
            (Flow, 3, "from_internet", "yes"),
        ],
    );
}

#[test]
fn a_box_that_does_not_say_where_it_is_leaves_the_exposure_of_what_its_people_call_to_be_asked() {
    for (name, kind, expected) in [
        ("clients", None, "?"),
        ("users", None, "?"),
        ("external users", None, "yes"),
        ("public zone", None, "yes"),
        ("head office", None, "no"),
        ("internal users", None, "no"),
        ("corporate customers", None, "?"),
        ("big bank", Some("organisation"), "no"),
        ("partner bank", Some("organisation"), "?"),
        ("clients", Some("virtual-network"), "no"),
        ("clients", Some("host"), "?"),
    ] {
        let mut model = Drawing::new();
        let facts: Vec<(&str, &str)> = kind.map(|kind| ("kind", kind)).into_iter().collect();
        let around = model.boundary(name, None, &facts);
        model.component("somebody", Some(around), &[("technology", "person")]);
        model.component("portal", None, &[("technology", "server")]);
        model.component("store", None, &[("technology", "store")]);
        model.flow(0, 1, &[]);
        model.flow(1, 2, &[]);
        check(
            &model,
            &[
                (Flow, 0, "from_internet", expected),
                (Flow, 0, "passes_internet", expected),
                (Component, 1, "exposed_to_internet", expected),
                (Component, 1, "reachable_from_internet", expected),
                (Component, 2, "exposed_to_internet", "no"),
                (Flow, 1, "from_internet", "no"),
            ],
        );
    }
}

#[test]
fn trust_that_is_stated_outranks_the_name_of_a_box() {
    let mut model = Drawing::new();
    let clients = model.boundary("external clients", None, &[("trust", "trusted")]);
    let staff = model.boundary("staff", None, &[("trust", "untrusted")]);
    model.component("one", Some(clients), &[("technology", "person")]);
    model.component("other", Some(staff), &[("technology", "person")]);
    model.component("portal", None, &[("technology", "server")]);
    model.component("forum", None, &[("technology", "server")]);
    model.flow(0, 2, &[]);
    model.flow(1, 3, &[]);
    check(&model, &[(Component, 2, "exposed_to_internet", "no"), (Component, 3, "exposed_to_internet", "yes")]);
}

#[test]
fn an_answer_about_what_is_called_settles_where_its_callers_are() {
    for (answer, expected) in [("yes", "yes"), ("no", "no")] {
        let mut model = Drawing::new();
        let clients = model.boundary("clients", None, &[]);
        model.component("somebody", Some(clients), &[("technology", "person")]);
        model.component("portal", None, &[("technology", "server"), ("internet_facing", answer)]);
        model.flow(0, 1, &[]);
        check(
            &model,
            &[
                (Flow, 0, "from_internet", expected),
                (Flow, 0, "passes_internet", expected),
                (Component, 1, "exposed_to_internet", expected),
            ],
        );
    }
}

#[test]
fn what_is_said_of_a_flow_settles_where_its_source_is() {
    for (said, expected) in [("yes", "yes"), ("no", "no")] {
        let mut model = Drawing::new();
        let clients = model.boundary("clients", None, &[]);
        model.component("somebody", Some(clients), &[("technology", "person")]);
        model.component("portal", None, &[("technology", "server")]);
        model.flow(0, 1, &[("over_internet", said)]);
        check(&model, &[(Flow, 0, "from_internet", expected), (Component, 1, "exposed_to_internet", expected)]);
    }
}

#[test]
fn a_program_is_where_its_users_are_and_no_server() {
    // A customer outside of everything uses a page that is drawn in the maker's own box; a chain of programs is no other.
    let mut model = Drawing::new();
    let shop = model.boundary("shop", None, &[]);
    model.component("customer", None, &[("technology", "person")]);
    model.component("page", Some(shop), &[("technology", "single-page-application")]);
    model.component("widget", Some(shop), &[("technology", "single-page-application")]);
    model.component("api", Some(shop), &[("technology", "server")]);
    model.component("store", Some(shop), &[("technology", "store")]);
    model.flow(0, 1, &[]);
    model.flow(1, 2, &[]);
    model.flow(2, 3, &[]);
    model.flow(3, 4, &[]);
    check(
        &model,
        &[
            (Component, 1, "exposed_to_internet", "no"),
            (Component, 2, "exposed_to_internet", "no"),
            (Component, 3, "exposed_to_internet", "yes"),
            (Component, 4, "exposed_to_internet", "no"),
            (Flow, 0, "from_internet", "no"),
            (Flow, 2, "from_internet", "yes"),
            (Flow, 2, "passes_internet", "yes"),
            (Flow, 3, "from_internet", "no"),
        ],
    );
}

#[test]
fn a_program_whose_users_nobody_drew_leaves_the_exposure_of_what_it_calls_to_be_asked() {
    for (page, around, api, exposed) in [
        ("page", None, "api", "?"),
        ("page", Some("client"), "api", "?"),
        ("staff page", None, "api", "no"),
        ("page", Some("intranet"), "api", "no"),
        ("page", Some("external users"), "api", "yes"),
    ] {
        let mut model = Drawing::new();
        let around = around.map(|name| model.boundary(name, None, &[]));
        model.component(page, around, &[("technology", "single-page-application")]);
        model.component(api, None, &[("technology", "server")]);
        model.flow(0, 1, &[("protocol", "https")]);
        model.component("reader", None, &[("technology", "server")]);
        model.flow(0, 2, &[("protocol", "bluetooth")]);
        check(
            &model,
            &[
                (Component, 0, "exposed_to_internet", "no"),
                (Component, 1, "exposed_to_internet", exposed),
                // What stands beside the machine is reached by nobody on the internet.
                (Component, 2, "exposed_to_internet", "no"),
            ],
        );
    }
}

#[test]
fn a_program_that_is_used_inside_exposes_nothing() {
    let mut model = Drawing::new();
    let office = model.boundary("office", None, &[]);
    model.component("clerk", Some(office), &[("technology", "person")]);
    model.component("page", None, &[("technology", "single-page-application")]);
    model.component("api", None, &[("technology", "server")]);
    model.flow(0, 1, &[]);
    model.flow(1, 2, &[]);
    check(&model, &[(Flow, 1, "from_internet", "no"), (Component, 2, "exposed_to_internet", "no")]);
}

#[test]
fn a_page_served_from_a_place_of_known_trust_is_reached_like_any_server() {
    let mut model = Drawing::new();
    let cloud = model.boundary("cloud", None, &[("kind", "cloud-account")]);
    model.component("customer", None, &[("technology", "person")]);
    model.component("page", Some(cloud), &[("technology", "single-page-application")]);
    model.component("api", Some(cloud), &[("technology", "server")]);
    model.flow(0, 1, &[]);
    model.flow(1, 2, &[]);
    check(&model, &[(Component, 1, "exposed_to_internet", "yes"), (Component, 2, "exposed_to_internet", "no")]);
}

#[test]
fn whoever_stands_at_a_machine_reaches_it_over_no_network() {
    let mut model = Drawing::new();
    model.component("customer", None, &[("technology", "person")]);
    model.component("machine", None, &[("technology", "kiosk")]);
    model.component("core", None, &[("technology", "server")]);
    model.component("remote", None, &[("technology", "kiosk")]);
    model.flow(0, 1, &[]);
    model.flow(1, 2, &[]);
    model.flow(0, 3, &[("protocol", "https")]);
    check(
        &model,
        &[
            (Component, 1, "exposed_to_internet", "no"),
            (Component, 2, "exposed_to_internet", "no"),
            (Component, 3, "exposed_to_internet", "yes"), // a protocol says that it is reached over a network
        ],
    );
}

#[test]
fn people_expose_what_they_call() {
    let mut model = Drawing::new();
    model.component("browser", None, &[("technology", "browser")]);
    model.component("server", None, &[("technology", "server")]);
    model.component("store", None, &[("technology", "store")]);
    model.flow(0, 1, &[("two_way", "yes")]);
    model.flow(1, 2, &[]);
    model.flow(0, 0, &[]); // nobody is exposed to himself
    check(
        &model,
        &[
            (Flow, 0, "from_person", "yes"),
            (Flow, 1, "from_person", "no"),
            (Component, 1, "exposed_to_people", "yes"),
            (Component, 2, "exposed_to_people", "no"),
            (Component, 0, "exposed_to_people", "no"),
        ],
    );
}

#[test]
fn only_somebody_who_knows_can_tell_whether_two_sites_are_joined_by_a_private_line() {
    let mut model = Drawing::new();
    let internet = model.boundary("internet", None, &[("kind", "internet")]);
    let office = model.boundary("office", None, &[("kind", "site")]);
    let floor = model.boundary("floor", Some(office), &[("kind", "network-segment")]);
    let account = model.boundary("account", None, &[("kind", "cloud-account")]);
    let till = model.component("till", Some(floor), &[]);
    let desk = model.component("desk", Some(office), &[]);
    let cloud = model.component("cloud", Some(account), &[]);
    let visitor = model.component("visitor", Some(internet), &[]);
    model.flow(till, cloud, &[]);
    model.flow(till, desk, &[]);
    model.flow(till, cloud, &[("over_internet", "yes")]);
    model.flow(till, cloud, &[("over_internet", "no")]);
    model.flow(visitor, cloud, &[]);
    model.flow(cloud, visitor, &[]);
    model.flow(till, cloud, &[("protocol", "in-process")]);
    check(
        &model,
        &[
            (Flow, 0, "passes_internet", "?"),
            (Flow, 1, "passes_internet", "no"),
            (Flow, 2, "passes_internet", "yes"),
            (Flow, 3, "passes_internet", "no"),
            (Flow, 4, "passes_internet", "yes"),
            (Flow, 5, "passes_internet", "yes"),
            (Flow, 6, "passes_internet", "no"),
        ],
    );
}

#[test]
fn protocols_and_statements_say_how_a_flow_is_protected() {
    let mut model = Drawing::new();
    model.component("a", None, &[]);
    model.component("b", None, &[]);
    let flows: &[(Stated, &str, &str, &str, &str)] = &[
        (&[], "?", "?", "?", "no"),
        (
            &[("protocol", "https"), ("authentication", "token"), ("authorisation", "role-based")],
            "yes",
            "yes",
            "yes",
            "no",
        ),
        (&[("protocol", "http"), ("authentication", "none"), ("authorisation", "none")], "no", "no", "no", "no"),
        (
            &[("protocol", "http"), ("encryption", "vpn"), ("authentication", "network-location")],
            "yes",
            "no",
            "?",
            "no",
        ),
        (&[("protocol", "https"), ("encryption", "none")], "no", "?", "?", "no"),
        (&[("protocol", "tcp")], "?", "?", "?", "no"),
        (&[("protocol", "in-process")], "?", "?", "?", "yes"),
        (&[("protocol", "inter-process")], "?", "?", "?", "yes"),
        (&[("protocol", "file-system")], "?", "?", "?", "yes"),
    ];
    let mut expected = Vec::new();
    for (facts, encrypted, authenticated, authorised, local) in flows {
        let flow = model.flow(0, 1, facts);
        expected.push((Flow, flow, "encrypted", *encrypted));
        expected.push((Flow, flow, "authenticated", *authenticated));
        expected.push((Flow, flow, "authorised", *authorised));
        expected.push((Flow, flow, "stays_local", *local));
    }
    check(&model, &expected);
}

#[test]
fn needs_of_data_spread_to_all_that_touches_it() {
    let mut model = Drawing::new();
    let zone = model.boundary("zone", None, &[]);
    let empty = model.boundary("empty", None, &[]);
    let cards =
        model.data("cards", &[("classification", "restricted"), ("integrity", "high"), ("availability", "medium")]);
    let prices = model.data("prices", &[("classification", "public"), ("availability", "critical")]);
    let puzzle = model.data("puzzle", &[]);
    let forgotten = model.data("forgotten", &[("classification", "restricted")]);
    model.component("shop", Some(zone), &[("handles", "1")]);
    model.component("vault", Some(zone), &[("stores", "0"), ("criticality", "high")]);
    model.component("box", Some(zone), &[("stores", "2"), ("classification", "internal")]);
    model.component("clock", None, &[("criticality", "critical")]);
    model.flow(0, 1, &[("carries", "1"), ("returns", "0")]);
    model.flow(0, 2, &[]);
    model.identity("clerk", &[("may_read", "1")]);
    model.identity("guest", &[]);
    check(
        &model,
        &[
            (Flow, 0, "highest_classification", "restricted"),
            (Flow, 0, "highest_integrity", "high"),
            (Flow, 0, "highest_availability", "critical"),
            (Flow, 1, "highest_classification", "public"),
            (Component, 0, "highest_classification", "restricted"), // what comes back counts
            (Component, 1, "highest_availability", "critical"),
            (Component, 2, "highest_classification", "internal"), // its own word, where its data has none
            (Component, 2, "highest_integrity", "low"),
            (Component, 3, "highest_availability", "critical"),
            (Component, 3, "highest_classification", "public"),
            (Boundary, zone, "highest_classification", "restricted"),
            (Boundary, empty, "highest_classification", "public"),
            (Identity, 0, "highest_classification", "restricted"),
            (Identity, 1, "highest_classification", "public"),
            (Data, cards, "used", "yes"),
            (Data, prices, "used", "yes"),
            (Data, puzzle, "used", "yes"),
            (Data, forgotten, "used", "no"),
        ],
    );
}

#[test]
fn a_single_point_of_failure_is_needed_called_and_alone() {
    let mut model = Drawing::new();
    model.data("stock", &[("availability", "high")]);
    model.data("hints", &[("availability", "medium")]);
    let caller = model.component("caller", None, &[]);
    let components: &[(Stated, bool, &str)] = &[
        (&[("stores", "0"), ("redundant", "no")], true, "yes"),
        (&[("stores", "0"), ("redundant", "yes")], true, "no"),
        (&[("stores", "0")], true, "?"),
        (&[("stores", "0"), ("redundant", "no")], false, "no"),
        (&[("stores", "1"), ("redundant", "no")], true, "no"),
        (&[("criticality", "high"), ("redundant", "no")], true, "yes"),
        (&[], true, "no"),
    ];
    let mut expected = Vec::new();
    for (facts, called, single) in components {
        let component = model.component(&format!("c{}", model.model.components.len()), None, facts);
        if *called {
            model.flow(caller, component, &[]);
        }
        expected.push((Component, component, "single_point_of_failure", *single));
    }
    // Only itself calls it: nobody else depends on it.
    let alone = model.component("alone", None, &[("criticality", "high"), ("redundant", "no")]);
    model.flow(alone, alone, &[]);
    expected.push((Component, alone, "single_point_of_failure", "no"));
    check(&model, &expected);
}

#[test]
fn the_blast_radius_goes_along_flows_hosts_and_accounts() {
    let mut model = Drawing::new();
    for component in 0..7 {
        model.component(&format!("c{component}"), None, &[]);
    }
    model.identity("root", &[("may_administer", "4")]);
    model.identity("reader", &[("may_read", "1"), ("may_use", "6")]);
    model.identity("nobody", &[]);
    model.flow(0, 1, &[]);
    model.flow(1, 2, &[]);
    model.flow(3, 0, &[]); // does not lead on from 0
    model.runtime(&[2, 3]);
    model.fact(at(Component, 3), "runs_as", "0");
    model.flow(5, 5, &[]);
    model.flow(6, 5, &[("two_way", "yes")]);
    check(
        &model,
        &[
            (Component, 0, "blast_radius", "4"), // 1, 2, the host's 3, and 4 through the account
            (Component, 4, "blast_radius", "0"),
            (Component, 5, "blast_radius", "1"),
            (Component, 6, "blast_radius", "1"),
            (Identity, 0, "blast_radius", "1"),
            (Identity, 1, "blast_radius", "5"), // 1 itself, then 2, 3, 0 and 4; mere use is no control
            (Identity, 2, "blast_radius", "0"),
        ],
    );
}

#[test]
fn a_blast_radius_is_counted_up_to_a_hundred() {
    let mut model = Drawing::new();
    for component in 0..300 {
        model.component(&format!("c{component}"), None, &[]);
    }
    for component in 1..300 {
        model.flow(0, component, &[]);
    }
    model.identity("root", &[("may_administer", &(0..300).map(|c| c.to_string()).collect::<Vec<_>>().join(","))]);
    check(&model, &[(Component, 0, "blast_radius", "100"), (Component, 1, "blast_radius", "0")]);
    let library = small();
    let facts = Facts::new(&model.model, &library);
    let of_root: i64 = said(&facts, at(Identity, 0), "blast_radius").parse().unwrap();
    assert!((100..=101).contains(&of_root), "{of_root}");
}

#[test]
fn neighbours_on_a_host_are_seen() {
    let mut model = Drawing::new();
    let near = model.boundary("near", None, &[]);
    let inside = model.boundary("inside", Some(near), &[]);
    model.component("a", Some(near), &[]);
    model.component("b", Some(near), &[]);
    model.component("c", Some(inside), &[]);
    model.component("d", Some(near), &[]);
    model.component("e", None, &[]);
    model.runtime(&[0, 1]);
    model.runtime(&[1, 2]);
    model.runtime(&[3]);
    model.runtime(&[]);
    model.runtime(&[4, 4]);
    check(
        &model,
        &[
            (Component, 0, "shares_runtime", "yes"),
            (Component, 0, "runtime_mixes_zones", "no"),
            (Component, 1, "runtime_mixes_zones", "yes"),
            (Component, 2, "runtime_mixes_zones", "yes"),
            (Component, 3, "shares_runtime", "no"),
            (Component, 3, "runtime_mixes_zones", "no"),
            (Component, 4, "shares_runtime", "no"),
        ],
    );
}

#[test]
fn a_segment_is_shared_with_those_one_has_nothing_to_do_with() {
    let mut model = Drawing::new();
    let segment = model.boundary("segment", None, &[("kind", "network-segment")]);
    let host = model.boundary("host", Some(segment), &[("kind", "host")]);
    let quiet = model.boundary("quiet", None, &[("kind", "network-segment")]);
    model.data("secrets", &[("classification", "restricted")]);
    model.component("vault", Some(host), &[("stores", "0")]); // its host is no network: the segment counts
    model.component("application", Some(segment), &[]);
    model.component("toy", Some(segment), &[]);
    model.component("alone", Some(quiet), &[("stores", "0")]);
    model.component("outside", None, &[]);
    model.flow(1, 0, &[]);
    model.flow(1, 0, &[]); // twice the same neighbour
    model.flow(1, 2, &[]);
    check(
        &model,
        &[
            (Component, 0, "shares_segment", "yes"), // with the toy
            (Component, 0, "segment_mixes_sensitivity", "yes"),
            (Component, 1, "shares_segment", "no"), // it talks to both
            (Component, 2, "shares_segment", "yes"),
            (Component, 2, "segment_mixes_sensitivity", "no"), // it is the less sensitive one
            (Component, 3, "shares_segment", "no"),
            (Component, 4, "shares_segment", "no"),
            (Component, 4, "segment_mixes_sensitivity", "no"),
        ],
    );
    model.flow(0, 2, &[]);
    check(&model, &[(Component, 0, "shares_segment", "no"), (Component, 0, "segment_mixes_sensitivity", "no")]);
}

#[test]
fn a_zone_mixes_trust_when_its_own_members_are_two_classes_apart() {
    let mut model = Drawing::new();
    let mixed = model.boundary("mixed", None, &[]);
    let near = model.boundary("near", None, &[]);
    let inner = model.boundary("inner", Some(near), &[]);
    let empty = model.boundary("empty", None, &[]);
    model.component("low", Some(mixed), &[("classification", "public"), ("internet_facing", "yes")]);
    model.component("high", Some(mixed), &[("classification", "confidential")]);
    model.component("one", Some(near), &[("classification", "internal")]);
    model.component("two", Some(near), &[("classification", "confidential")]);
    model.component("deep", Some(inner), &[("classification", "public"), ("internet_facing", "yes")]);
    check(
        &model,
        &[
            (Boundary, mixed, "mixes_trust", "yes"),
            (Boundary, near, "mixes_trust", "no"), // what is deeper inside does not count
            (Boundary, inner, "mixes_trust", "no"),
            (Boundary, empty, "mixes_trust", "no"),
            (Boundary, mixed, "holds_exposed", "yes"),
            (Boundary, near, "holds_exposed", "no"),
            (Boundary, inner, "holds_exposed", "yes"),
            (Boundary, empty, "holds_exposed", "no"),
        ],
    );
}

#[test]
fn privilege_is_excess_beyond_what_is_needed() {
    let mut model = Drawing::new();
    model.component("a", None, &[]);
    model.component("b", None, &[]);
    let identities: &[(&[(&str, &str)], &str)] = &[
        (&[("may_write", "0"), ("needs_only", "0")], "no"),
        (&[("may_write", "0, 1"), ("needs_only", "0")], "yes"),
        (&[("may_administer", "1"), ("needs_only", "0")], "yes"),
        (&[("may_use", "1"), ("needs_only", "0")], "yes"),
        (&[("may_read", "0"), ("needs_only", "")], "yes"),
        (&[("may_read", "0")], "?"),
        (&[("needs_only", "0")], "no"),
        (&[], "no"),
    ];
    let mut expected = Vec::new();
    for (facts, excess) in identities {
        let identity = model.identity(&format!("i{}", expected.len()), facts);
        expected.push((Identity, identity, "excess_privilege", *excess));
    }
    check(&model, &expected);
}

#[test]
fn a_flow_acts_as_administrator_where_its_account_administers_the_target() {
    let mut model = Drawing::new();
    model.component("application", None, &[]);
    model.component("database", None, &[]);
    model.component("cache", None, &[]);
    model.identity("of-the-database", &[("may_administer", "1")]);
    model.identity("reader", &[("may_read", "1")]);
    for (target, account) in [(1, "0"), (1, "1"), (1, "0, 1"), (2, "0"), (1, "")] {
        model.flow(0, target, &[("acts_as", account)]);
    }
    model.flow(0, 1, &[]);
    let expected = ["yes", "no", "yes", "no", "no", "no"];
    let rows: Vec<_> =
        (0u32..).zip(expected).map(|(flow, value)| (Flow, flow, "acts_as_administrator", value)).collect();
    check(&model, &rows);
}

#[test]
fn what_lies_in_something_out_of_scope_is_out_of_scope() {
    let mut model = Drawing::new();
    let outer = model.boundary("outer", None, &[]);
    let middle = model.boundary("middle", Some(outer), &[]);
    let inner = model.boundary("inner", Some(middle), &[]);
    let beside = model.boundary("beside", Some(outer), &[]);
    model.component("deep", Some(inner), &[]);
    model.component("near", Some(beside), &[]);
    model.component("marked", None, &[]);
    model.component("free", None, &[]);
    model.flow(0, 1, &[]);
    model.flow(0, 2, &[]);
    model.flow(1, 3, &[]);
    model.data("data", &[]);
    model.identity("identity", &[]);
    model.leave_out(at(Boundary, middle));
    model.leave_out(at(Component, 2));
    model.leave_out(at(Flow, 2));
    model.leave_out(at(Data, 0));
    model.leave_out(at(Identity, 0));
    check(
        &model,
        &[
            (Boundary, outer, "in_scope", "yes"),
            (Boundary, middle, "in_scope", "no"),
            (Boundary, inner, "in_scope", "no"),
            (Boundary, beside, "in_scope", "yes"),
            (Component, 0, "in_scope", "no"),
            (Component, 1, "in_scope", "yes"),
            (Component, 2, "in_scope", "no"),
            (Component, 3, "in_scope", "yes"),
            (Flow, 0, "in_scope", "yes"), // one end is
            (Flow, 1, "in_scope", "no"),
            (Flow, 2, "in_scope", "no"), // marked itself
            (Data, 0, "in_scope", "no"),
            (Identity, 0, "in_scope", "no"),
        ],
    );
}

#[test]
fn boundaries_in_a_ring_end_somewhere() {
    let mut model = Drawing::new();
    model.boundary("a", Some(1), &[]);
    model.boundary("b", Some(2), &[("trust", "trusted")]);
    model.boundary("c", Some(0), &[]);
    model.boundary("self", Some(3), &[]);
    model.component("x", Some(0), &[]);
    model.component("y", Some(3), &[]);
    model.flow(0, 1, &[]);
    model.control(at(Boundary, 2), "limits", true);
    check(
        &model,
        &[
            (Component, 0, "zone_trust", "trusted"),
            (Component, 0, "in_scope", "yes"),
            (Component, 1, "in_scope", "yes"),
            (Flow, 0, "crosses_boundary", "yes"),
        ],
    );
}
