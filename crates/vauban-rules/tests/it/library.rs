//! The loader: broken pages say what is wrong, whole ones load, an organisation's folder lies over ours.

use vauban_model::Severity;
use vauban_model::scale::{Level, Likelihood};
use vauban_rules::evaluate::evaluate;
use vauban_rules::facts::Facts;

use crate::dice::Dice;
use crate::oracle::some_model;
use crate::support::{page, read, real_pages, show, small_pages, threat_page};

/// What a page of our own adds to the messages.
fn said(path: &str, text: &str) -> String {
    let (_, diagnostics) = read(&small_pages(), &[(path.to_owned(), text.to_owned())]);
    show(&diagnostics)
}

const WHOLE: &str = "on = \"component\"\nseverity = \"low\"\nlikelihood = \"rare\"\nstride = [\"S\"]\nwhen = 'true'\ntitle = \"T {component}\"\nsays = \"S {component}.\"\n";

/// A threat page with one line of a whole one replaced, or a line more.
fn with(key: &str, line: &str) -> String {
    let mut front: String =
        WHOLE.lines().filter(|known| !known.starts_with(&format!("{key} "))).map(|l| format!("{l}\n")).collect();
    front.push_str(line);
    page(front.trim_end(), "Title")
}

#[test]
fn a_whole_page_says_nothing() {
    assert_eq!(said("threats/x/whole.md", &with("", "")), "");
}

#[test]
fn broken_pages_say_what_is_wrong_and_where() {
    let cases: &[(&str, String, &str)] = &[
        (
            "no front matter",
            "# Title\n\nText.\n".to_owned(),
            "10:1:1+0 library-page: the page has no front matter | start it with a fenced block: a line of ```toml, the fields, a line of ```",
        ),
        (
            "front matter late",
            "# Title\n\n```toml\non = \"flow\"\n```\n".to_owned(),
            "10:1:1+0 library-page: the front matter must come first | move the ```toml block to the top of the page",
        ),
        (
            "front matter not closed",
            "```toml\non = \"flow\"\n".to_owned(),
            "10:1:1+0 library-page: the front matter is not closed | close it with a line of ```",
        ),
        (
            "no heading",
            "```toml\non = \"component\"\n```\n\nText.\n".to_owned(),
            "10:2:1+0 library-page: the page has no heading | write `# ` and the name below the front matter",
        ),
        (
            "nothing in it",
            "```toml\n```\n\n# T\n".to_owned(),
            "10:1:1+0 missing-key: the threat has no `on` | add `on = \"component\"` or another kind of element\n10:1:1+0 missing-key: the threat has no `severity` | one of: low, medium, high, critical\n10:1:1+0 missing-key: the threat has no `likelihood` | one of: rare, unlikely, possible, likely, certain\n10:1:1+0 missing-key: the threat has no `stride` | add the letters it stands for, such as `stride = [\"T\"]`",
        ),
        (
            "no toml",
            with("severity", "severity = = 3\n"),
            "10:8:12+1 toml-syntax: extra `=`, expected nothing | check the line: text is in quotes, lists are in `[...]`, tables start with `[name]`\n10:2:1+0 unknown-word: `severity` cannot be `0` | one of: low, medium, high, critical",
        ),
        (
            "a key twice",
            with("", "on = \"flow\"\n"),
            "10:9:1+2 duplicate-key: the key `on` is given twice | only the first value is used; remove or rename one of the two",
        ),
        (
            "unknown key",
            with("", "severty = \"high\"\n"),
            "10:9:1+7 unknown-key: unknown key `severty` in a threat | did you mean `severity`?",
        ),
        (
            "wrong type",
            with("severity", "severity = 3\n"),
            "10:8:12+1 unknown-word: `severity` cannot be `3` | one of: low, medium, high, critical",
        ),
        (
            "list for text",
            with("title", "title = [\"x\"]\n"),
            "10:8:9+5 expected-text: `title` in a threat must be text, not a list\n10:1:1+0 missing-key: the threat has no `title` | write a sentence that names the elements: `title = \"… {component} …\"`",
        ),
        ("text for list", with("stride", "stride = \"S\"\n"), ""),
        (
            "unknown severity",
            with("severity", "severity = \"hihg\"\n"),
            "10:8:12+6 unknown-word: `severity` cannot be `hihg` | did you mean `high`?",
        ),
        (
            "unknown likelihood",
            with("likelihood", "likelihood = \"sometimes\"\n"),
            "10:8:14+11 unknown-word: `likelihood` cannot be `sometimes` | one of: rare, unlikely, possible, likely, certain",
        ),
        (
            "unknown status",
            with("", "status = \"experimantal\"\n"),
            "10:9:10+14 unknown-word: `status` cannot be `experimantal` | did you mean `experimental`?",
        ),
        (
            "unknown kind of element",
            with("on", "on = \"process\"\n"),
            "10:8:6+9 unknown-word: there is no kind of element `process` | one of: system, component, flow, boundary, data, identity",
        ),
        (
            "no letter",
            with("stride", "stride = [\"X\"]\n"),
            "10:8:11+3 unknown-word: `X` is no letter of STRIDE | one of: S T R I D E\n10:1:1+0 missing-key: the threat has no `stride` | add the letters it stands for, such as `stride = [\"T\"]`",
        ),
        (
            "bad condition",
            with("when", "when = '''\ntrue &&\n  component.custom_cod\n'''\n"),
            "10:10:13+10 condition: a component has no fact `custom_cod` | did you mean `custom_code`?",
        ),
        (
            "bad condition on one line",
            with("when", "when = 'component.custom_cod'\n"),
            "10:8:19+10 condition: a component has no fact `custom_cod` | did you mean `custom_code`?",
        ),
        (
            "unknown control",
            with("", "stopped_by = [\"limts\"]\n"),
            "10:9:15+7 unknown-control: there is no control `limts` | did you mean `limits`?",
        ),
        (
            "levels",
            with("", "weakened_by = [\"limits:9\"]\n"),
            "10:9:16+10 unknown-control: `9` is no number of likelihood levels | write 1 to 4",
        ),
        ("control elsewhere", with("", "stopped_by = [\"line-lock\"]\n"), ""),
        (
            "control on a data asset",
            with("", "stopped_by = [\"filter@component.data\"]\n"),
            "10:9:15+23 unknown-control: the control `filter` is not stated on a data | it is stated on: component; say where to look, such as `filter@flow.target`",
        ),
        (
            "control at nowhere",
            with("", "stopped_by = [\"limits@flow.target\"]\n"),
            "10:9:15+20 unknown-control: the place of `limits` must start at `component` | write `limits@component.…`, or `limits` alone for the element itself",
        ),
        (
            "control over nothing",
            with("", "stopped_by = [\"limits@component.zebra\"]\n"),
            "10:9:15+24 unknown-control: a component has no relation `zebra` | one of: inbound, outbound, boundary, boundaries, data, stores, handles, configured_with, runs_as, used_by, administrators, readers, writers, idle_sources, runtime_neighbours",
        ),
        (
            "state without element",
            with("", "needs = [\"reach\"]\n"),
            "10:9:10+7 library-state: `reach` is not a state: write a verb and an element, such as `reach component`",
        ),
        (
            "unknown state",
            with("", "needs = [\"raech component\"]\n"),
            "10:9:10+17 library-state: there is no state `raech`; did you mean `reach`?",
        ),
        (
            "state of another",
            with("", "needs = [\"reach flow\"]\n"),
            "10:9:10+12 library-state: the walk in `reach flow` must start at `component`",
        ),
        (
            "state over nothing",
            with("", "gains = [\"reach component.bondary\"]\n"),
            "10:9:10+25 library-state: a component has no relation `bondary`; did you mean `boundary`?",
        ),
        (
            "state that does not fit",
            with("", "gains = [\"run-code component.boundary\"]\n"),
            "10:9:10+29 library-state: nobody can `run-code` a boundary",
        ),
        (
            "state far away",
            with("", "gains = [\"reach component.boundary.members.boundary\"]\n"),
            "10:9:10+43 library-state: the walk in `reach component.boundary.members.boundary` is too long: two relations at most",
        ),
        (
            "hole not closed",
            with("title", "title = \"T {component\"\n"),
            "10:8:9+14 library-sentence: a `{` is not closed; close it with `}`",
        ),
        (
            "unknown hole",
            with("title", "title = \"T {flow}\"\n"),
            "10:8:9+10 library-sentence: `{flow}` names nothing: use `{component}`, `{data}` or a variable of the condition",
        ),
        (
            "hole over nothing",
            with("title", "title = \"T {component.bondary}\"\n"),
            "10:8:9+23 library-sentence: a component has no fact or relation `bondary` in `{component.bondary}`; did you mean `boundary`?",
        ),
        (
            "hole behind a fact",
            with("says", "says = \"S {component.kind.x}\"\n"),
            "10:8:8+22 library-sentence: nothing can follow a fact in `{component.kind.x}`",
        ),
        (
            "data with more",
            with("says", "says = \"S {data.name}\"\n"),
            "10:8:8+15 library-sentence: `{data}` stands alone",
        ),
        (
            "raise without to",
            with("", "[[raise]]\nwhen = 'true'\n"),
            "10:9:1+9 missing-key: a `raise` needs `when` and `to` | for instance [[raise]] when = '…' to = \"high\"",
        ),
        (
            "raise to nothing",
            with("", "[[raise]]\nwhen = 'true'\nto = \"hihg\"\n"),
            "10:11:6+6 unknown-word: `to` cannot be `hihg` | did you mean `high`?",
        ),
        (
            "raise with a bad condition",
            with("", "[[raise]]\nwhen = 'component'\nto = \"high\"\n"),
            "10:10:9+9 condition: an element alone is neither true nor false | name a fact, such as `component.in_scope`",
        ),
    ];
    let mut wrong = String::new();
    for (what, text, expected) in cases {
        let found = said("threats/x/broken.md", text);
        if found.trim_end() != *expected {
            wrong.push_str(&format!("@@{what}\n{}\n", found.trim_end()));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_broken_threat_says_nothing_of_any_model_and_leaves_the_others_alone() {
    let broken = with("when", "when = 'component.nonsense'\n");
    let fine = with("", "");
    let ours = [("threats/x/broken.md".to_owned(), broken), ("threats/x/fine.md".to_owned(), fine)];
    let (library, diagnostics) = read(&small_pages(), &ours);
    assert!(diagnostics.iter().any(|d| d.severity == Severity::Error));
    let mut model = crate::support::Drawing::new();
    model.component("c", None, &[]);
    let facts = Facts::new(&model.model, &library);
    let outcomes = evaluate(&facts, true);
    let of = |id: &str| &outcomes[library.threat(id).unwrap() as usize];
    assert!(of("fine").fires.get(0));
    assert!(!of("broken").fires.get(0) && !of("broken").asks.get(0));
}

#[test]
fn broken_controls_attackers_and_technologies_say_what_is_wrong() {
    let cases: &[(&str, String, &str)] = &[
        (
            "controls/new.md",
            page("on = [\"zebra\"]", "T"),
            "10:2:7+7 unknown-word: there is no kind of element `zebra`",
        ),
        (
            "controls/new.md",
            page("on = [\"component\"]\nkind = \"preventativ\"\neffort = \"huge\"", "T"),
            "10:3:8+13 unknown-word: `kind` cannot be `preventativ` | did you mean `preventive`?\n10:4:10+6 unknown-word: `effort` cannot be `huge` | one of: low, medium, high, critical",
        ),
        (
            "controls/new.md",
            page("on = [\"component\"]\npresent_when = { zebra = \"true\" }", "T"),
            "10:3:18+5 library-page: `present_when` takes a condition by kind of element | write `present_when = { component = '…' }`",
        ),
        (
            "controls/new.md",
            page("on = [\"component\"]\npresent_when = { component = \"component.custom_cod\" }", "T"),
            "10:3:41+10 condition: a component has no fact `custom_cod` | did you mean `custom_code`?",
        ),
        (
            "controls/new.md",
            page("on = [\"component\"]\nstop = 3", "T"),
            "10:3:1+4 unknown-key: unknown key `stop` in a control | known keys: `on`, `kind`, `effort`, `question`, `cost_days`, `d3fend`, `attack_mitigations`, `requirements`, `services`, `evidence`, `aliases`, `present_when`, `missing_when`",
        ),
        (
            "controls/new.md",
            page("on = [\"component\"]\ncost_days = 0\nrequirements = [\"AC-2\"]\nservices = { ibm = \"x\" }", "T"),
            "10:3:13+1 library-page: `cost_days` cannot be `0` | write whole person-days, 1 or more\n10:4:17+6 library-page: `AC-2` names no framework | write `framework:requirement`, such as `nist-800-53-r5:AC-2`\n10:5:14+3 library-page: `services` takes the name of a service by cloud | write `services = { aws = \"…\" }`; the clouds are aws, azure, gcp and kubernetes",
        ),
        (
            "controls/new.md",
            page("on = [\"component\"]\nevidence = [{ kind = \"comand\", text = \"x\" }, { kind = \"fact\" }]", "T"),
            "10:3:22+8 unknown-word: `kind` cannot be `comand` | did you mean `command`?\n10:3:46+17 missing-key: evidence of a control needs `kind` and `text` | write `evidence = [{ kind = \"command\", text = \"…\" }]`",
        ),
        (
            "controls/new.md",
            page("on = [\"component\"]\nevidence = [{ kind = \"fact\", text = \"flow.encryptd\" }]", "T"),
            "10:3:43+8 condition: a flow has no fact `encryptd` | did you mean `encrypted`?",
        ),
        (
            "controls/new.md",
            "# No front matter\n".to_owned(),
            "10:1:1+0 library-page: the page has no front matter | start it with a fenced block: a line of ```toml, the fields, a line of ```",
        ),
        (
            "attackers/new.md",
            page("name = \"x\"\nsource = \"outer space\"\nlikelihood = \"certan\"", "T"),
            "10:3:10+13 unknown-word: `source` cannot be `outer space` | one of: external, internal, environmental\n10:4:14+8 unknown-word: `likelihood` cannot be `certan` | did you mean `certain`?",
        ),
        (
            "attackers/new.md",
            page("name = \"x\"\nstarts = [{ on = \"component\", when = \"true\" }]", "T"),
            "10:3:11+35 library-page: a start needs `on`, `when` and `state` | for instance { on = \"component\", when = \"component.exposed_to_internet\", state = \"reach component\" }",
        ),
        (
            "attackers/new.md",
            page(
                "name = \"x\"\nstarts = [{ on = \"component\", when = \"componnt.custom_code\", state = \"reach component\" }]",
                "T",
            ),
            "10:3:39+8 condition: there is no element `componnt` here | the element is called `component`",
        ),
        (
            "attackers/new.md",
            page("name = \"x\"\nstarts = [{ on = \"component\", when = \"true\", state = \"reach flow\" }]", "T"),
            "10:3:54+12 library-state: the walk in `reach flow` must start at `component`",
        ),
        (
            "technologies/new.toml",
            "[[technology]]\nname = \"x\"\n".to_owned(),
            "10:1:1+14 missing-key: a technology has no `id` | add `id = \"…\"`",
        ),
        (
            "technologies/new.toml",
            "[[technology]]\nid = \"x\"\nis = [\"databse\"]\n".to_owned(),
            "10:2:6+3 unknown-technology: `x` is a kind of `databse`, which is not there | did you mean `database`?",
        ),
        (
            "technologies/new.toml",
            "[[technology]]\nid = \"x\"\nkind = \"thing\"\n".to_owned(),
            "10:3:8+7 unknown-word: there is no kind of component `thing` | one of: process, data-store, external-entity",
        ),
        (
            "technologies/new.toml",
            "[[technology]]\nid = \"x\"\nfacts = { colour = \"red\" }\n".to_owned(),
            "10:3:11+6 unknown-key: a component has no fact `colour`",
        ),
        (
            "technologies/new.toml",
            "[[technology]]\nid = \"x\"\nfacts = { machine = \"steam\" }\n".to_owned(),
            "10:3:21+7 unknown-word: `machine` cannot have this value",
        ),
        (
            "technologies/new.toml",
            "[[technology]]\nid = \"x\"\ncontrols = [\"zebra\"]\n".to_owned(),
            "10:2:6+3 unknown-control: `x` brings a control `zebra` that is not in the library",
        ),
        (
            "technologies/new.toml",
            "[[technolgy]]\nid = \"x\"\n".to_owned(),
            "10:1:3+9 unknown-key: unknown key `technolgy` in a technology shelf | did you mean `technology`?",
        ),
        (
            "technologies/new.toml",
            "technology = 3\n".to_owned(),
            "10:1:14+1 expected-list: `technology` in a technology shelf must be a list, not a number | write `- item` lines, or `[item, item]`",
        ),
    ];
    let mut wrong = String::new();
    for (path, text, expected) in cases {
        let found = said(path, text);
        if found.trim_end() != *expected {
            wrong.push_str(&format!("@@{path}\n{}\n", found.trim_end()));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn threat(id: &str, more: &str) -> (String, String) {
    (format!("threats/test/{id}.md"), threat_page("component", "true", more))
}

fn overrides(text: &str) -> (String, String) {
    ("overrides.toml".to_owned(), text.to_owned())
}

#[test]
fn an_organisation_retunes_and_disables_with_a_reason() {
    let mut pages = small_pages();
    pages.extend([threat("one", ""), threat("two", ""), threat("three", "")]);
    let text = "[[override]]\nthreat = \"one\"\nseverity = \"critical\"\nlikelihood = \"certain\"\nreason = \"seen here twice\"\n\
                [[override]]\nthreat = \"two\"\ndisabled = true\nreason = \"not our trade\"\n\
                [[override]]\nthreat = \"three\"\ndisabled = true\n\
                [[override]]\nthreat = \"thre\"\ndisabled = true\nreason = \"x\"\n\
                [[override]]\ndisabled = true\nreason = \"x\"\n\
                [[override]]\nthreat = \"three\"\nseverity = \"hgh\"\nreason = \"x\"\n";
    let (library, diagnostics) = read(&pages, &[overrides(text)]);
    let one = &library.threats[library.threat("one").unwrap() as usize];
    assert_eq!((one.severity, one.likelihood), (Level::Critical, Likelihood::Certain));
    assert_eq!(library.threat("two"), None);
    let three = &library.threats[library.threat("three").unwrap() as usize];
    assert_eq!(three.severity, Level::Medium, "without a reason, or with an unknown word, nothing changes");
    let said = show(&diagnostics);
    for part in [
        "the override of `three` gives no `reason` | say why; the override is left out until then",
        "an override names no `threat`",
        "a threat `thre` that is not in the library | did you mean `three`?",
        "`severity` cannot be `hgh` | did you mean `high`?",
    ] {
        assert!(said.contains(part), "{part} is not in:\n{said}");
    }
    assert_eq!(
        library.overrides.iter().map(|o| &*o.reason).collect::<Vec<_>>(),
        ["seen here twice", "not our trade", "x", "x"]
    );
}

#[test]
fn an_organisations_page_replaces_ours_and_new_ones_join() {
    let mut pages = small_pages();
    pages.extend([threat("one", ""), threat("two", "")]);
    let ours = [
        (
            "threats/elsewhere/one.md".to_owned(),
            threat_page("component", "false", "aliases = [\"ours\"]\nreason = \"narrower here\""),
        ),
        ("threats/ours/own.md".to_owned(), threat_page("component", "component.has(\"filter\")", "")),
        ("controls/filter.md".to_owned(), page("on = [\"component\"]", "Our filter")),
        (
            "technologies/ours.toml".to_owned(),
            "[[technology]]\nid = \"gateway\"\nname = \"Our gateway\"\nis = [\"server\"]\n".to_owned(),
        ),
    ];
    let (library, diagnostics) = read(&pages, &ours);
    assert_eq!(show(&diagnostics), "");
    assert_eq!(&*library.threats[library.threat("one").unwrap() as usize].family, "elsewhere");
    assert!(library.threat("own").is_some() && library.threat("two").is_some());
    assert_eq!(&*library.controls[library.control("filter").unwrap() as usize].name, "Our filter");
    let gateway = &library.technologies[library.technology("gateway").unwrap() as usize];
    assert_eq!((&*gateway.name, gateway.guards.len()), ("Our gateway", 0));
    assert_eq!(library.threats.iter().filter(|threat| &*threat.id == "one").count(), 1);
}

#[test]
fn a_page_that_replaces_ours_without_a_reason_is_refused() {
    let mut pages = small_pages();
    pages.push(threat("one", ""));
    let ours = [("threats/elsewhere/one.md".to_owned(), threat_page("component", "false", ""))];
    let (library, diagnostics) = read(&pages, &ours);
    let said = show(&diagnostics);
    assert!(said.contains("replaces our threat `one` and gives no `reason`"), "{said}");
    let one = &library.threats[library.threat("one").unwrap() as usize];
    assert_eq!(&*one.family, "test", "ours stands");
}

#[test]
fn two_pages_of_one_name_are_told() {
    let double = [threat("same", ""), ("threats/other/same.md".to_owned(), threat_page("flow", "true", ""))];
    let expected = "there are two pages `same`: `threats/test/same.md` and `threats/other/same.md` | rename one of them; \
                    until then only this one counts";
    for (built_in, ours) in [(&double[..], &[][..]), (&[], &double)] {
        let mut pages = small_pages();
        pages.extend_from_slice(built_in);
        let (library, diagnostics) = read(&pages, ours);
        assert!(show(&diagnostics).contains(expected), "{}", show(&diagnostics));
        let same = &library.threats[library.threat("same").unwrap() as usize];
        assert_eq!(same.on.as_str(), "flow", "the later one counts");
    }
    let shelf = "[[technology]]\nid = \"twin\"\n[[technology]]\nid = \"twin\"\n";
    assert!(said("technologies/ours.toml", shelf).contains("there are two technologies `twin`"));
}

#[test]
fn controls_and_technologies_answer_to_other_names() {
    let (library, _) = read(&small_pages(), &[]);
    assert_eq!(library.control("old-limits"), library.control("limits"));
    assert_eq!(library.technology("db"), library.technology("database"));
    assert_eq!(library.technology(" File Store"), library.technology("file-store"));
    assert_eq!(library.technology("FILE_STORE"), library.technology("file-store"));
    assert_eq!(library.technology("unheard-of"), None);
    let database = &library.technologies[library.technology("database").unwrap() as usize];
    assert_eq!(database.closure.len(), 2);
    assert!(database.kind.is_some(), "the parent says what kind it is");
}

#[test]
fn a_control_says_what_it_costs_what_it_helps_to_meet_and_how_it_is_seen() {
    let front = "on = [\"component\"]\ncost_days = 3\nattack_mitigations = [\"M1032\"]\n\
                 requirements = [\"nist-800-53-r5:IA-2(1)\", \"hipaa: 164.312(d)\"]\n\
                 services = { gcp = \"Identity Platform\", aws = \"Cognito\" }\n\
                 [[evidence]]\nkind = \"document\"\ntext = \"the sign-in policy\"";
    let (library, diagnostics) = read(&small_pages(), &[("controls/second.md".to_owned(), page(front, "Second"))]);
    assert_eq!(show(&diagnostics), "");
    let control = &library.controls[library.control("second").unwrap() as usize];
    assert_eq!(control.cost_days, Some(3));
    assert_eq!(control.attack_mitigations, ["M1032".into()]);
    let requirements: Vec<String> = control.requirements.iter().map(ToString::to_string).collect();
    assert_eq!(requirements, ["nist-800-53-r5:IA-2(1)", "hipaa:164.312(d)"]);
    let services: Vec<(&str, &str)> = control.services.iter().map(|(cloud, name)| (cloud.as_str(), &**name)).collect();
    assert_eq!(services, [("aws", "Cognito"), ("gcp", "Identity Platform")]);
    let proofs: Vec<(&str, &str)> = control.evidence.iter().map(|proof| (proof.kind.as_str(), &*proof.text)).collect();
    assert_eq!(proofs, [("document", "the sign-in policy")]);
}

#[test]
fn technologies_in_a_circle_are_each_a_kind_of_the_others() {
    let shelf = "[[technology]]\nid = \"a\"\nis = [\"b\"]\n[[technology]]\nid = \"b\"\nis = [\"a\", \"b\"]\nkind = \"process\"\n";
    let (library, _) = read(&small_pages(), &[("technologies/ring.toml".to_owned(), shelf.to_owned())]);
    let a = &library.technologies[library.technology("a").unwrap() as usize];
    assert_eq!((a.closure.len(), a.kind.is_some()), (2, true));
}

#[test]
fn huge_and_odd_pages_are_survived() {
    let long = "x".repeat(200_000);
    let pages = [
        String::new(),
        "\u{feff}".to_owned(),
        "```toml".to_owned(),
        "```toml\n".repeat(2_000),
        "#".repeat(100_000),
        with("title", &format!("title = \"{long} {{component}}\"\n")),
        with("when", &format!("when = '{}'\n", "(".repeat(100_000))),
        with("when", &format!("when = '{}'\n", vec!["component.custom_code"; 20_000].join(" || "))),
        with("aliases", &format!("aliases = [{}]\n", "\"x\", ".repeat(50_000))),
        with("needs", &format!("needs = [\"{}\"]\n", vec!["reach component"; 5_000].join(" | "))),
        with("gains", &format!("gains = [\"reach component{}\"]\n", ".boundary".repeat(10_000))),
        with("title", &format!("title = \"{}\"\n", "{component}".repeat(20_000))),
        with("title", &format!("title = \"{{{}}}\"\n", "component.".repeat(20_000))),
        format!("{}\n{}", with("", ""), "## S\n".repeat(50_000)),
        with("", "").replace('\n', "\r\n"),
        format!("{}{}", "[".repeat(100_000), with("", "")),
        with("severity", &format!("severity = {}\n", "[".repeat(50_000))),
    ];
    for (at, text) in pages.iter().enumerate() {
        let (library, _) = read(&small_pages(), &[("threats/x/odd.md".to_owned(), text.clone())]);
        let model = some_model(&mut Dice::new(at as u64));
        evaluate(&Facts::new(&model, &library), true);
    }
    // A Windows checkout reads the same.
    assert_eq!(said("threats/x/lines.md", &with("", "").replace('\n', "\r\n")), "");
}

#[test]
fn the_real_library_loads_in_silence() {
    let (library, diagnostics) = read(&real_pages(), &[]);
    assert_eq!(show(&diagnostics), "");
    assert!(library.threats.len() >= 160, "{} threats", library.threats.len());
    for seed in 0..20 {
        let model = some_model(&mut Dice::new(seed));
        evaluate(&Facts::new(&model, &library), true);
    }
}

/// A change to a page: cut, doubled, moved or overwritten somewhere.
fn damage(dice: &mut Dice, text: &str) -> String {
    const PIECES: &[&str] = &[
        "\"",
        "'",
        "{",
        "}",
        "[",
        "]",
        "```",
        "\n",
        "#",
        " = ",
        ".",
        "component",
        "flow.",
        "🦀",
        "\u{0}",
        "(",
        "&&",
        "9",
    ];
    let mut letters: Vec<char> = text.chars().collect();
    // Most of what matters stands in the first lines.
    let reach = if dice.one_in(3) { letters.len() } else { letters.len().min(1_200) };
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(reach.min(letters.len()));
        let end = (at + dice.below(80)).min(letters.len());
        match dice.below(5) {
            0 => letters.truncate(at),
            1 => drop(letters.drain(at..end)),
            2 => {
                let piece = letters[at..end].to_vec();
                letters.splice(at..at, piece);
            }
            3 => {
                let other = dice.below(reach.min(letters.len()));
                letters.swap(at, other);
            }
            _ => {
                let piece = dice.of(PIECES);
                letters.splice(at..at, piece.chars());
            }
        }
        if letters.is_empty() {
            break;
        }
    }
    letters.into_iter().collect()
}

#[test]
fn no_damage_to_a_real_page_makes_the_loader_panic() {
    let pages = real_pages();
    let (threats, rest): (Vec<_>, Vec<_>) = pages.into_iter().partition(|(path, _)| path.starts_with("threats/"));
    for seed in 0..40 {
        let dice = &mut Dice::new(seed);
        // A broken control or technology is missed by whoever names it.
        let mut broken: Vec<(String, String)> = Vec::new();
        for (path, text) in &rest {
            broken.push((path.clone(), if dice.one_in(12) { damage(dice, text) } else { text.clone() }));
        }
        for _ in 0..12 {
            let (path, text) = &threats[dice.below(threats.len())];
            broken.push((path.clone(), damage(dice, text)));
        }
        let (library, diagnostics) = read(&broken, &[]);
        assert!(!diagnostics.is_empty());
        assert!(diagnostics.iter().all(|d| !d.message.is_empty()));
        let model = some_model(dice);
        let facts = Facts::new(&model, &library);
        evaluate(&facts, true);
        library.attacker_starts(&facts);
    }
}
