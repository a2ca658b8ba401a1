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
    let mut front: String = WHOLE.lines().filter(|known| !known.starts_with(&format!("{key} "))).map(|l| format!("{l}\n")).collect();
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
        ("no front matter", "# Title\n\nText.\n".to_owned(), ""),
        ("front matter late", "# Title\n\n```toml\non = \"flow\"\n```\n".to_owned(), ""),
        ("front matter not closed", "```toml\non = \"flow\"\n".to_owned(), ""),
        ("no heading", "```toml\non = \"component\"\n```\n\nText.\n".to_owned(), ""),
        ("nothing in it", "```toml\n```\n\n# T\n".to_owned(), ""),
        ("no toml", with("severity", "severity = = 3\n"), ""),
        ("a key twice", with("", "on = \"flow\"\n"), ""),
        ("unknown key", with("", "severty = \"high\"\n"), ""),
        ("wrong type", with("severity", "severity = 3\n"), ""),
        ("list for text", with("title", "title = [\"x\"]\n"), ""),
        ("text for list", with("stride", "stride = \"S\"\n"), ""),
        ("unknown severity", with("severity", "severity = \"hihg\"\n"), ""),
        ("unknown likelihood", with("likelihood", "likelihood = \"sometimes\"\n"), ""),
        ("unknown status", with("", "status = \"experimantal\"\n"), ""),
        ("unknown kind of element", with("on", "on = \"process\"\n"), ""),
        ("no letter", with("stride", "stride = [\"X\"]\n"), ""),
        ("bad condition", with("when", "when = '''\ntrue &&\n  component.custom_cod\n'''\n"), ""),
        ("bad condition on one line", with("when", "when = 'component.custom_cod'\n"), ""),
        ("unknown control", with("", "stopped_by = [\"limts\"]\n"), ""),
        ("levels", with("", "weakened_by = [\"limits:9\"]\n"), ""),
        ("control elsewhere", with("", "stopped_by = [\"line-lock\"]\n"), ""),
        ("control on a data asset", with("", "stopped_by = [\"filter@component.data\"]\n"), ""),
        ("control at nowhere", with("", "stopped_by = [\"limits@flow.target\"]\n"), ""),
        ("control over nothing", with("", "stopped_by = [\"limits@component.zebra\"]\n"), ""),
        ("state without element", with("", "needs = [\"reach\"]\n"), ""),
        ("unknown state", with("", "needs = [\"raech component\"]\n"), ""),
        ("state of another", with("", "needs = [\"reach flow\"]\n"), ""),
        ("state over nothing", with("", "gains = [\"reach component.bondary\"]\n"), ""),
        ("state that does not fit", with("", "gains = [\"run-code component.boundary\"]\n"), ""),
        ("state far away", with("", "gains = [\"reach component.boundary.members.boundary\"]\n"), ""),
        ("hole not closed", with("title", "title = \"T {component\"\n"), ""),
        ("unknown hole", with("title", "title = \"T {flow}\"\n"), ""),
        ("hole over nothing", with("title", "title = \"T {component.bondary}\"\n"), ""),
        ("hole behind a fact", with("says", "says = \"S {component.kind.x}\"\n"), ""),
        ("data with more", with("says", "says = \"S {data.name}\"\n"), ""),
        ("raise without to", with("", "[[raise]]\nwhen = 'true'\n"), ""),
        ("raise to nothing", with("", "[[raise]]\nwhen = 'true'\nto = \"hihg\"\n"), ""),
        ("raise with a bad condition", with("", "[[raise]]\nwhen = 'component'\nto = \"high\"\n"), ""),
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
        ("controls/new.md", page("on = [\"zebra\"]", "T"), ""),
        ("controls/new.md", page("on = [\"component\"]\nkind = \"preventativ\"\neffort = \"huge\"", "T"), ""),
        ("controls/new.md", page("on = [\"component\"]\npresent_when = { zebra = \"true\" }", "T"), ""),
        ("controls/new.md", page("on = [\"component\"]\npresent_when = { component = \"component.custom_cod\" }", "T"), ""),
        ("controls/new.md", page("on = [\"component\"]\nstop = 3", "T"), ""),
        ("controls/new.md", "# No front matter\n".to_owned(), ""),
        ("attackers/new.md", page("name = \"x\"\nsource = \"outer space\"\nlikelihood = \"certan\"", "T"), ""),
        ("attackers/new.md", page("name = \"x\"\nstarts = [{ on = \"component\", when = \"true\" }]", "T"), ""),
        ("attackers/new.md", page("name = \"x\"\nstarts = [{ on = \"component\", when = \"componnt.custom_code\", state = \"reach component\" }]", "T"), ""),
        ("attackers/new.md", page("name = \"x\"\nstarts = [{ on = \"component\", when = \"true\", state = \"reach flow\" }]", "T"), ""),
        ("technologies/new.toml", "[[technology]]\nname = \"x\"\n".to_owned(), ""),
        ("technologies/new.toml", "[[technology]]\nid = \"x\"\nis = [\"databse\"]\n".to_owned(), ""),
        ("technologies/new.toml", "[[technology]]\nid = \"x\"\nkind = \"thing\"\n".to_owned(), ""),
        ("technologies/new.toml", "[[technology]]\nid = \"x\"\nfacts = { colour = \"red\" }\n".to_owned(), ""),
        ("technologies/new.toml", "[[technology]]\nid = \"x\"\nfacts = { machine = \"steam\" }\n".to_owned(), ""),
        ("technologies/new.toml", "[[technology]]\nid = \"x\"\ncontrols = [\"zebra\"]\n".to_owned(), ""),
        ("technologies/new.toml", "[[technolgy]]\nid = \"x\"\n".to_owned(), ""),
        ("technologies/new.toml", "technology = 3\n".to_owned(), ""),
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
    assert_eq!(library.overrides.iter().map(|o| &*o.reason).collect::<Vec<_>>(), ["seen here twice", "not our trade", "x", "x"]);
}

#[test]
fn an_organisations_page_replaces_ours_and_new_ones_join() {
    let mut pages = small_pages();
    pages.extend([threat("one", ""), threat("two", "")]);
    let ours = [
        ("threats/elsewhere/one.md".to_owned(), threat_page("component", "false", "aliases = [\"ours\"]")),
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
    const PIECES: &[&str] = &["\"", "'", "{", "}", "[", "]", "```", "\n", "#", " = ", ".", "component", "flow.", "🦀", "\u{0}", "(", "&&", "9"];
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
    let few: Vec<_> = pages.iter().filter(|(path, _)| path.starts_with("technologies/")).cloned().collect();
    let texts: Vec<&(String, String)> = pages.iter().filter(|(path, _)| !path.starts_with("technologies/")).collect();
    for seed in 0..40 {
        let dice = &mut Dice::new(seed);
        // All pages at once, each damaged: a broken control is missed by whoever names it.
        let mut broken: Vec<(String, String)> =
            texts.iter().map(|(path, text)| (path.clone(), if dice.one_in(2) { damage(dice, text) } else { text.clone() })).collect();
        broken.extend(few.iter().map(|(path, text)| (path.clone(), if dice.one_in(3) { damage(dice, text) } else { text.clone() })));
        let (library, diagnostics) = read(&broken, &[]);
        assert!(!diagnostics.is_empty());
        assert!(diagnostics.iter().all(|d| !d.message.is_empty()));
        let model = some_model(dice);
        let facts = Facts::new(&model, &library);
        evaluate(&facts, true);
        library.attacker_starts(&facts);
    }
}
