//! The condition language: every construct, every message, and text that means harm.

use proptest::prelude::*;
use vauban_model::model::ElementRef;
use vauban_model::vocabulary::Domain;
use vauban_rules::condition::ast::Condition;
use vauban_rules::condition::{column, parse, witness};
use vauban_rules::facts::Facts;
use vauban_rules::library::Library;

use crate::support::{Drawing, at, small, word};

/// A shop: a browser on the internet calls a server, which calls a database in a nested zone.
fn shop() -> Drawing {
    let mut shop = Drawing::new();
    let outer = shop.boundary("outer", None, &[("kind", "network"), ("trust", "semi-trusted")]);
    let inner = shop.boundary("inner", Some(outer), &[("kind", "network-segment")]);
    let orders = shop.data("orders", &[("classification", "confidential"), ("kinds", "order, personal")]);
    shop.data("hints", &[]);
    let account = shop.identity("account", &[("may_write", "2"), ("needs_only", "2")]);
    let browser = shop.component("browser", None, &[("technology", "browser")]);
    let server =
        shop.component("server", Some(outer), &[("technology", "server"), ("custom_code", "yes"), ("handles", "0")]);
    let database =
        shop.component("database", Some(inner), &[("technology", "database"), ("stores", "0"), ("redundant", "no")]);
    shop.component("riddle", None, &[]);
    shop.fact(at(Domain::Component, server), "runs_as", &account.to_string());
    shop.flow(browser, server, &[("protocol", "https"), ("authentication", "session")]);
    let query = shop.flow(server, database, &[("protocol", "tcp"), ("carries", &orders.to_string())]);
    shop.element(at(Domain::Component, database)).tags = vec!["PCI:card-data".into(), "Core".into()];
    shop.element(at(Domain::Flow, query)).tags = vec!["core".into()];
    shop.control(at(Domain::Boundary, outer), "limits", true);
    shop.control(at(Domain::Component, server), "doorman", false);
    shop.fact(at(Domain::System, 0), "regulated_by", "GDPR, PCI-DSS");
    shop
}

fn compile(text: &str, domain: Domain, library: &Library) -> Condition {
    parse::parse(text, domain, library).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

#[test]
fn every_construct_means_what_the_readme_says() {
    let library = small();
    let shop = shop();
    let facts = Facts::new(&shop.model, &library);
    let component = |index| at(Domain::Component, index);
    let (browser, server, database, riddle) = (component(0), component(1), component(2), component(3));
    let flow = |index| at(Domain::Flow, index);
    let orders = at(Domain::Data, 0);
    let cases: &[(ElementRef, &str, &str)] = &[
        // A yes/no fact.
        (server, "component.custom_code", "yes"),
        (server, "!component.custom_code", "no"),
        (server, "!!component.custom_code", "yes"),
        (riddle, "component.custom_code", "?"),
        (riddle, "!component.custom_code", "?"),
        (server, "component.custom_code == true", "yes"),
        (server, "component.custom_code == false", "no"),
        (server, "component.custom_code != false", "yes"),
        (riddle, "component.custom_code != true", "?"),
        // A word of an enumeration.
        (database, "component.kind == \"data-store\"", "yes"),
        (database, "component.kind != \"data-store\"", "no"),
        (database, "component.kind in [\"process\", \"data-store\"]", "yes"),
        (database, "component.kind in [\"process\"]", "no"),
        (database, "component.kind in []", "no"),
        (riddle, "component.kind in [\"process\"]", "?"),
        (riddle, "component.kind != \"process\"", "?"),
        (database, "component.kind == 'data-store'", "yes"),
        // Order.
        (orders, "data.classification >= \"confidential\"", "yes"),
        (orders, "data.classification > \"confidential\"", "no"),
        (orders, "data.classification <= \"confidential\"", "yes"),
        (orders, "data.classification < \"restricted\"", "yes"),
        (at(Domain::Data, 1), "data.classification < \"restricted\"", "?"),
        // Sets and free words.
        (orders, "\"personal\" in data.data_kinds", "yes"),
        (orders, "\"health\" in data.data_kinds", "no"),
        (at(Domain::Data, 1), "\"health\" in data.data_kinds", "?"),
        (server, "\"json\" in component.accepts", "yes"),
        (server, "\"xml\" in component.accepts", "no"),
        (ElementRef::SYSTEM, "\"gdpr\" in system.regulated_by", "yes"),
        (ElementRef::SYSTEM, "\"Pci-Dss\" in system.regulated_by", "yes"),
        (ElementRef::SYSTEM, "\"hipaa\" in system.regulated_by", "no"),
        // Technology.
        (database, "component.is(\"store\")", "yes"),
        (database, "component.is(\"file-store\", \"database\")", "yes"),
        (database, "component.is(\"file-store\")", "no"),
        (riddle, "component.is(\"file-store\")", "?"),
        // Controls.
        (server, "component.has(\"limits\")", "yes"),
        (database, "component.has(\"limits\")", "yes"),
        (browser, "component.has(\"limits\")", "?"),
        (server, "component.has(\"doorman\")", "no"),
        (server, "component.has(\"doorman\", \"old-limits\")", "yes"),
        // Tags: a whole tag or its first part, whatever the case.
        (database, "component.tagged(\"core\")", "yes"),
        (database, "component.tagged(\"pci\")", "yes"),
        (database, "component.tagged(\"PCI:card-data\")", "yes"),
        (database, "component.tagged(\"card-data\")", "no"),
        (database, "component.tagged(\"x\", \"core\")", "yes"),
        (riddle, "component.tagged(\"core\")", "no"),
        // Walks to one.
        (flow(0), "flow.target.custom_code", "yes"),
        (flow(0), "flow.source.is(\"browser\")", "yes"),
        (flow(1), "flow.target.boundary.parent.trust == \"semi-trusted\"", "yes"),
        (flow(0), "flow.source.boundary.trust == \"trusted\"", "no"),
        (flow(1), "flow.target.has(\"limits\")", "yes"),
        (flow(1), "flow.target.tagged(\"core\")", "yes"),
        // Walks to many.
        (server, "component.inbound.exists(f, f.authenticated)", "yes"),
        (server, "component.outbound.exists(f, f.authenticated)", "?"),
        (database, "component.outbound.exists(f, f.authenticated)", "no"),
        (database, "component.outbound.all(f, f.authenticated)", "yes"),
        (server, "component.inbound.all(f, f.source.is(\"browser\"))", "yes"),
        (flow(1), "flow.target.inbound.exists(g, g.protocol == \"tcp\")", "yes"),
        (server, "component.runs_as.exists(i, i.may_write.exists(c, c.kind == \"data-store\"))", "yes"),
        (ElementRef::SYSTEM, "system.components.exists(c, c.tagged(\"core\"))", "yes"),
        (server, "component.inbound.size() == 1", "yes"),
        (server, "component.inbound.size() != 1", "no"),
        (server, "component.inbound.size() >= 2", "no"),
        (flow(1), "flow.target.inbound.size() < 2", "yes"),
        // Three values made two.
        (riddle, "known(component.custom_code)", "no"),
        (server, "known(component.custom_code)", "yes"),
        (server, "known(component.technology)", "yes"),
        (riddle, "known(component.technology)", "no"),
        (riddle, "known(component.custom_code || component.redundant)", "no"),
        (riddle, "known(component.has(\"limits\"))", "no"),
        (riddle, "surely(component.custom_code)", "no"),
        (riddle, "possibly(component.custom_code)", "yes"),
        (database, "possibly(component.redundant)", "no"),
        (riddle, "!surely(component.custom_code)", "yes"),
        // Joined.
        (riddle, "component.custom_code && false", "no"),
        (riddle, "component.custom_code && true", "?"),
        (riddle, "component.custom_code || true", "yes"),
        (riddle, "false || component.custom_code", "?"),
        (server, "component.custom_code || false && false", "yes"),
        (server, "(component.custom_code || false) && false", "no"),
        (server, "// what we wrote\n  component.custom_code // ourselves", "yes"),
    ];
    for (element, text, expected) in cases {
        let condition = compile(text, element.domain, &library);
        let (truth, _) = witness::why(&condition, *element, &facts);
        assert_eq!(word(truth), *expected, "{text} at {}", shop.model.id(*element));
        let column = column::evaluate(&condition, element.domain, &facts);
        assert_eq!(word(column.get(element.at())), *expected, "column: {text} at {}", shop.model.id(*element));
    }
}

/// What is wrong with a condition: place, message, remedy.
fn complaint(domain: Domain, text: &str, library: &Library) -> String {
    match parse::parse(text, domain, library) {
        Ok(condition) => format!("accepted: {condition:?}"),
        Err(error) => {
            let help = error.help.map(|help| format!(" | {help}")).unwrap_or_default();
            format!("{}+{} {}{help}", error.offset, error.length, error.message)
        }
    }
}

#[test]
fn every_mistake_is_told_with_its_place_and_what_was_probably_meant() {
    let library = small();
    let cases: &[(Domain, &str, &str)] = &[
        (
            Domain::Flow,
            "flow.encrypted_in_transt",
            "5+19 a flow has no fact `encrypted_in_transt` | `vauban library list facts` names all facts of a flow",
        ),
        (Domain::Flow, "flow.encryptd", "5+8 a flow has no fact `encryptd` | did you mean `encrypted`?"),
        (
            Domain::Flow,
            "flow.zebra",
            "5+5 a flow has no fact `zebra` | `vauban library list facts` names all facts of a flow",
        ),
        (Domain::Flow, "flow.sorce.kind == \"process\"", "5+5 a flow has no fact `sorce` | did you mean `source`?"),
        (
            Domain::Component,
            "component.encrypted",
            "10+9 a component has no fact `encrypted` | `vauban library list facts` names all facts of a component",
        ),
        (
            Domain::Component,
            "flow.encrypted",
            "0+4 there is no element `flow` here | the element is called `component`",
        ),
        (Domain::Component, "custom_code", "0+11 `custom_code` belongs to an element | write `component.custom_code`"),
        (Domain::Component, "inbound.size() > 1", "0+7 `inbound` belongs to an element | write `component.inbound`"),
        (
            Domain::Component,
            "component",
            "0+9 an element alone is neither true nor false | name a fact, such as `component.in_scope`",
        ),
        (Domain::Component, "component.", "10+0 a fact is missing after the dot"),
        (
            Domain::Component,
            "component.custom_code component.redundant",
            "22+9 nothing more was expected here | join conditions with `&&` or `||`",
        ),
        (
            Domain::Component,
            "component.custom_code && ",
            "25+0 the condition ends too early | a fact, such as `flow.encrypted`, is expected",
        ),
        (
            Domain::Component,
            "component.custom_code & component.redundant",
            "22+1 `&` is not an operator | write `&&` or `||`",
        ),
        (Domain::Component, "component.custom_code = true", "22+1 `=` has no meaning here | compare with `==`"),
        (
            Domain::Component,
            "component.custom_code == \"yes\"",
            "25+5 `custom_code` is yes or no | write `custom_code` or `!…custom_code`",
        ),
        (
            Domain::Component,
            "component.custom_code > true",
            "24+4 `custom_code` is yes or no | write `custom_code` or `!…custom_code`",
        ),
        (Domain::Component, "component.kind", "10+4 `kind` is not yes or no | compare it: `kind == \"process\"`"),
        (Domain::Component, "component.kind == process", "18+7 a word in quotes is expected here"),
        (
            Domain::Component,
            "component.kind == \"proces\"",
            "18+8 `kind` has no value `proces` | did you mean `process`?",
        ),
        (
            Domain::Component,
            "component.kind == \"zebra\"",
            "18+7 `kind` has no value `zebra` | one of: process, data-store, external-entity",
        ),
        (
            Domain::Component,
            "component.kind >= \"process\"",
            "15+2 the values of `kind` have no order | use == or in […]",
        ),
        (Domain::Component, "component.kind in [\"process\"", "28+0 `]` is missing here"),
        (Domain::Component, "component.kind in \"process\"", "18+9 `[` is missing here"),
        (Domain::Component, "component.accepts == \"json\"", "10+7 `accepts` is a set | write `\"word\" in …accepts`"),
        (Domain::Component, "\"json\" in component.kind", "20+4 `kind` is not a set | compare it with =="),
        (Domain::Component, "\"jsn\" in component.accepts", "0+5 `accepts` has no value `jsn` | did you mean `json`?"),
        (
            Domain::Component,
            "\"json\" component.accepts",
            "0+6 a text alone says nothing | write `\"word\" in component.accepts`, or the fact first: `component.kind == \"process\"`",
        ),
        (
            Domain::Component,
            "\"json\"",
            "0+6 a text alone says nothing | write `\"word\" in component.accepts`, or the fact first: `component.kind == \"process\"`",
        ),
        (Domain::Component, "\"x\" in component.technology", "17+10 a technology is asked for with `.is(…)`"),
        (
            Domain::Component,
            "component.technology == \"server\"",
            "10+10 a technology is asked for with `.is(…)` | write `component.is(\"database\")`",
        ),
        (
            Domain::Component,
            "component.handles == \"orders\"",
            "10+7 `handles` leads to other elements | use it as a relation: `.handles.exists(x, …)`",
        ),
        (
            Domain::Component,
            "component.is(\"databse\")",
            "13+9 there is no technology `databse` | did you mean `database`?",
        ),
        (
            Domain::Component,
            "component.is(\"db\")",
            "13+4 there is no technology `db` | `vauban library list` names every technology",
        ),
        (Domain::Component, "component.is()", "10+2 `is` needs a name in quotes"),
        (Domain::Component, "component.is(server)", "13+6 a text in quotes is expected here"),
        (Domain::Flow, "flow.is(\"server\")", "5+2 only components have a technology"),
        (Domain::Component, "component.has(\"limts\")", "14+7 there is no control `limts` | did you mean `limits`?"),
        (
            Domain::Component,
            "component.has(\"zebra\")",
            "14+7 there is no control `zebra` | `vauban library list` names every control",
        ),
        (
            Domain::Component,
            "component.hss(\"limits\")",
            "10+3 there is no function `hss` here | known: is, has, tagged, and exists, all, size on relations to many",
        ),
        (Domain::Component, "component.inbound.exists(f)", "26+1 `,` is missing here"),
        (
            Domain::Component,
            "component.inbound.exists(f, component.custom_code)",
            "28+9 `component` cannot be used inside `exists` or `all` | inside, only `f` is visible; move this part outside",
        ),
        (
            Domain::Component,
            "component.inbound.exists(component, true)",
            "25+9 `component` is already in use | take another letter",
        ),
        (
            Domain::Component,
            "component.inbound.exists(f, f.target.inbound.exists(f, true))",
            "52+1 `f` is already in use | take another letter",
        ),
        (
            Domain::Component,
            "component.inbound.exists(\"f\", true)",
            "25+3 a name for the element is expected here | write `.exists(x, …)`",
        ),
        (
            Domain::Component,
            "component.inbound.encrypted",
            "10+17 `.encrypted` does not apply here | `inbound` leads to many: use `.exists(x, …)`, `.all(x, …)` or `.size()`",
        ),
        (
            Domain::Component,
            "component.inbound.any(f, true)",
            "10+11 `.any` does not apply here | `inbound` leads to many: use `.exists(x, …)`, `.all(x, …)` or `.size()`",
        ),
        (
            Domain::Component,
            "component.inbound",
            "10+7 `inbound` leads to a flow, it is no fact | use `.inbound.exists(x, …)`, `.inbound.all(x, …)` or `.inbound.size()`",
        ),
        (Domain::Component, "component.inbound.size()", "24+0 a comparison is expected here | one of == != < <= > >="),
        (Domain::Component, "component.inbound.size() > \"many\"", "27+6 a number is expected here"),
        (
            Domain::Component,
            "component.boundary.exists(b, true) && component.boundary.trst",
            "19+6 `.exists` does not apply here | only a relation to many has `.exists(…)`; what leads to one element is simply walked on",
        ),
        (Domain::Component, "component.blast_radius > \"wide\"", "25+6 a number is expected here"),
        (Domain::Component, "component.blast_radius", "22+0 a comparison is expected here | one of == != < <= > >="),
        (Domain::Component, "component.blast_radius > 99999999999999999999", "25+20 this number is too large"),
        (Domain::Component, "(component.custom_code", "22+0 `)` is missing here"),
        (
            Domain::Component,
            "component.custom_code)",
            "21+1 nothing more was expected here | join conditions with `&&` or `||`",
        ),
        (Domain::Component, "surely component.custom_code", "7+9 `(` is missing here"),
        (
            Domain::Component,
            "component.kind == \"process",
            "18+8 this text has no closing quote | close it on the same line",
        ),
        (Domain::Component, "component.custom_code @ 1", "22+1 `@` has no meaning here"),
        (Domain::Component, "component.custom_code ü", "22+2 `ü` has no meaning here"),
        (Domain::Component, "!", "1+0 the condition ends too early | a fact, such as `flow.encrypted`, is expected"),
        (Domain::Component, "1", "0+1 a fact is expected here | for instance `flow.encrypted`"),
        (Domain::Component, "", "0+0 the condition ends too early | a fact, such as `flow.encrypted`, is expected"),
        (Domain::Component, "component.5", "10+1 a fact is expected after the dot"),
        (
            Domain::System,
            "known(system.name)",
            "13+4 a system has no fact `name` | `vauban library list facts` names all facts of a system",
        ),
        (
            Domain::Identity,
            "identity.kind == \"person\"",
            "9+4 an identity has no fact `kind` | did you mean `identity_kind`?",
        ),
        (
            Domain::Data,
            "data.classification >= \"secret\"",
            "23+8 `classification` has no value `secret` | one of: public, internal, confidential, restricted",
        ),
    ];
    for (domain, text, expected) in cases {
        assert_eq!(complaint(*domain, text, &library), *expected, "{text}");
    }
}

#[test]
fn nesting_is_refused_before_it_hurts() {
    let library = small();
    let nested = |depth: usize, open: &str, close: &str| {
        format!("{}component.custom_code{}", open.repeat(depth), close.repeat(depth))
    };
    assert!(parse::parse(&nested(30, "(", ")"), Domain::Component, &library).is_ok());
    for depth in [60, 1_000, 200_000] {
        for (open, close) in [("(", ")"), ("!(", ")"), ("surely(", ")"), ("known(", ")"), ("possibly(known(", "))")] {
            let error = parse::parse(&nested(depth, open, close), Domain::Component, &library).unwrap_err();
            assert_eq!(error.message, "this is nested too deep", "{open} {depth}");
        }
        let quantifiers: String = (0..depth).map(|i| format!("system.components.exists(x{i}, ")).collect();
        assert!(parse::parse(&quantifiers, Domain::System, &library).is_err());
    }
    // What is long but not deep is fine.
    let long = vec!["component.custom_code"; 20_000].join(" && ");
    assert!(parse::parse(&long, Domain::Component, &library).is_ok());
    let negated = format!("{}component.custom_code", "!".repeat(100_001));
    assert!(matches!(parse::parse(&negated, Domain::Component, &library), Ok(Condition::Not(_))));
    let walk = format!("boundary.{}trust == \"trusted\"", "parent.".repeat(2_000));
    let condition = compile(&walk, Domain::Boundary, &library);
    let mut drawing = Drawing::new();
    drawing.boundary("alone", None, &[("trust", "trusted")]);
    let facts = Facts::new(&drawing.model, &library);
    assert_eq!(word(column::evaluate(&condition, Domain::Boundary, &facts).get(0)), "no");
}

#[test]
fn half_a_condition_never_panics() {
    let library = small();
    let whole = "component.inbound.exists(f, f.source.is('server') && known(f.protocol)) || \"json\" in component.accepts && component.kind in [\"process\"] // ü";
    for end in 0..=whole.len() {
        if whole.is_char_boundary(end) {
            for domain in Domain::ALL {
                let _ = parse::parse(&whole[..end], domain, &library);
                let _ = parse::parse(&whole[end..], domain, &library);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,60}") {
        hostile(&text);
    }

    #[test]
    fn no_row_of_words_makes_the_parser_panic(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..24),
        glue in prop::sample::select(&["", " ", "."][..]),
    ) {
        hostile(&words.join(glue));
    }
}

/// What conditions are made of, and a few things they are not.
const WORDS: &[&str] = &[
    "component",
    "flow",
    "system",
    "boundary",
    "data",
    "identity",
    ".",
    "(",
    ")",
    "[",
    "]",
    ",",
    "!",
    "&&",
    "||",
    "==",
    "!=",
    ">=",
    "<",
    "=",
    "&",
    "inbound",
    "outbound",
    "exists",
    "all",
    "size",
    "is",
    "has",
    "tagged",
    "known",
    "surely",
    "possibly",
    "f",
    "x",
    "custom_code",
    "kind",
    "protocol",
    "source",
    "target",
    "\"process\"",
    "'server'",
    "\"",
    "'",
    "in",
    "true",
    "false",
    "0",
    "99999999999999999999",
    "-",
    "//",
    "\n",
    "ü",
    "💥",
    "\u{0}",
    "accepts",
    "parent",
    "trust",
    "technology",
];

/// Whatever a text is, it is a condition that can be evaluated or a message that points into the text.
fn hostile(text: &str) {
    let library = small();
    let shop = shop();
    let facts = Facts::new(&shop.model, &library);
    for domain in Domain::ALL {
        match parse::parse(text, domain, &library) {
            Ok(condition) => {
                let column = column::evaluate(&condition, domain, &facts);
                for index in 0..facts.count(domain) {
                    let element = ElementRef::new(domain, index);
                    assert_eq!(column.get(index), witness::why(&condition, element, &facts).0, "{text}");
                }
            }
            Err(error) => {
                assert!(error.offset + error.length <= text.len(), "{text:?}: {error:?}");
                assert!(text.is_char_boundary(error.offset), "{text:?}: {error:?}");
                assert!(!error.message.is_empty());
            }
        }
    }
}
