//! Broken and hostile input: reported, never fatal, never slow.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use vauban_format::{
    InputFile, apply_overlay, includes, json_schema, read_config, read_decisions, read_methodology, read_model,
    recognise, write_answer, write_model,
};
use vauban_model::vocabulary::Domain;
use vauban_model::{FileId, Severity};

use crate::support::{file, fixture, read, show};

/// Runs a text through everything that takes one.
fn everything(text: &str) {
    let file = InputFile { id: FileId(0), name: "x.yaml", text };
    let mut model = read_model(&[file, file]).model;
    let written = write_model(&model);
    assert!(!written.is_empty());
    apply_overlay(&mut model, &[file]);
    write_model(&model);
    read_config(&file);
    read_decisions(&[file]);
    read_methodology(&[file]);
    includes(&file, &mut Vec::new());
    recognise("x.yaml", text);
    write_answer(text, (Domain::Component, "web"), "redundant", "yes");
    write_answer(text, (Domain::Flow, "web->orders-db"), "control x", "no");
}

fn within(limit: Duration, what: &str, act: impl FnOnce()) {
    let start = Instant::now();
    act();
    let took = start.elapsed();
    assert!(took < limit, "{what} took {took:?}");
}

#[test]
fn broken_fixtures_say_what_is_wrong() {
    for (name, expected) in [
        (
            "unknown-keys",
            &[
                "unknown key `sytem` in a model",
                "did you mean `components`?",
                "`tecnology`",
                "cannot be stated",
                "`protcol`",
            ][..],
        ),
        (
            "wrong-types",
            &[
                "`vauban` takes the version",
                "the system must be a mapping",
                "`data` must be a mapping",
                "`redundant` takes yes or no",
                "`in` takes text",
            ],
        ),
        ("duplicates", &["is given twice", "the flow `web->db` is declared twice"]),
        ("truncated", &["unknown-element"]),
        ("cyclic-templates", &["the template `a` builds on itself", "the template `c` builds on itself"]),
        ("tabs", &["tab"]),
    ] {
        let text = fixture(&format!("broken/{name}.yaml"));
        let read = read(&text);
        let said = show(&read.diagnostics);
        assert!(read.diagnostics.iter().any(|d| d.severity == Severity::Error), "{name}");
        for part in expected {
            assert!(said.contains(part), "{name} does not say {part}:\n{said}");
        }
        assert!(!read.model.components.is_empty(), "{name}: the rest is read");
        assert!(read.diagnostics.iter().all(|d| d.help.is_some()), "every message has a remedy:\n{said}");
        everything(&text);
    }
}

#[test]
fn hostile_fixtures_are_survived() {
    for name in ["alias-bomb", "odd-ids"] {
        let text = fixture(&format!("hostile/{name}.yaml"));
        within(Duration::from_secs(10), name, || everything(&text));
    }
}

#[test]
fn made_up_attacks_are_survived() {
    let many = |line: &str, count: usize| (0..count).map(|i| line.replace('N', &i.to_string())).collect::<String>();
    let attacks = [
        ("deep lists", format!("components: {}", "[".repeat(100_000))),
        ("deep maps", format!("components: {}", "{a: ".repeat(20_000))),
        ("deep boundaries", format!("boundaries: {}", "{a: {boundaries: ".repeat(5_000))),
        ("deep blocks", (0..2_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect()),
        (
            "template chain",
            format!(
                "templates:\n{}components: {{a: {{like: t0}}}}\n",
                (0..4_000).map(|i| format!("  t{i}: {{like: t{}, owner: o}}\n", i + 1)).collect::<String>()
            ),
        ),
        (
            "boundary chain",
            format!("boundaries:\n{}", (0..4_000).map(|i| format!("  b{i}: {{in: b{}}}\n", i + 1)).collect::<String>()),
        ),
        (
            "boundary ring",
            format!(
                "boundaries:\n{}",
                (0..4_000).map(|i| format!("  b{i}: {{in: b{}}}\n", (i + 1) % 4_000)).collect::<String>()
            ),
        ),
        ("same texts", format!("assumptions:\n{}", many("  - same\n", 4_000))),
        ("many controls", format!("components:\n  a:\n    controls:\n{}", many("      - cN\n", 10_000))),
        ("many extras", format!("components:\n  a:\n    extra:\n{}", many("      kN: v\n", 10_000))),
        ("many unknown references", format!("components:\n{}", many("  aN: {handles: [xN, yN]}\n", 4_000))),
        ("many unknown keys", format!("components:\n{}", many("  aN: {keyN: 1}\n", 4_000))),
        ("many duplicates", format!("components:\n{}", many("  same: {redundant: yes}\n", 4_000))),
        ("arrows in a key", format!("flows:\n  \"{}\": x\n", "->(".repeat(10_000))),
        ("huge numbers", "vauban: 99999999999999999999999\nsystem: {name: 1e999}\ncwe: 0x\n".to_owned()),
        ("zero bytes", "vauban: 1\0\nsystem: \0\n".to_owned()),
        ("utf-16 read as latin-1", "vauban: 1".chars().flat_map(|c| [c, '\0']).collect()),
        ("replacement characters", "vauban: 1\nsystem: \u{fffd}\u{fffd}\n".to_owned()),
        ("only a mark", "\u{feff}".to_owned()),
        ("only quotes", "\"".repeat(1001)),
        ("only dashes", "-\n".repeat(5_000)),
        ("merge keys", "a: &a {x: 1}\n<<: *a\ncomponents: {<<: *a, web: {<<: {redundant: yes}}}\n".to_owned()),
        ("endless alias", "components: &a {web: *a}\n".to_owned()),
        ("tags", "vauban: !!int 1\nsystem: !secret x\ncomponents: !!map {a: !ruby/object:X {}}\n".to_owned()),
    ];
    for (name, text) in attacks {
        within(Duration::from_secs(20), name, || everything(&text));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Cut anywhere, with characters changed, doubled and removed.
    #[test]
    fn mutations_never_panic(
        which in 0usize..4,
        cut in 0.0f64..1.0,
        edits in proptest::collection::vec((0.0f64..1.0, proptest::sample::select(&["", ":", "-", "{", "}", "[", "]", "\"", "'", "\n", "\n  ", "&a ", "*a", "# ", "|\n", "\t", "\u{0}", "💥", "->", "unknown", "? ", "!!x "][..])), 0..6),
    ) {
        let name = ["everything.yaml", "overlay.yaml", "decisions.yaml", "small-shop.yaml"][which];
        let mut text: Vec<char> = fixture(name).chars().collect();
        for (place, piece) in edits {
            let at = place_in(&text, place);
            if piece.is_empty() {
                text.remove(at.min(text.len() - 1));
            } else {
                text.splice(at..at, piece.chars());
            }
        }
        if cut < 0.3 {
            let at = place_in(&text, cut * 3.0);
            text.truncate(at);
        }
        everything(&text.into_iter().collect::<String>());
    }

    /// Text that only looks like YAML.
    #[test]
    fn noise_never_panics(text in "([a-z:\\-{}\\[\\]\"'\\n #&*|>,?!%@\\\\]|\\PC|vauban|components|flows| -> |: ){0,120}") {
        everything(&text);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a length"
)]
fn place_in(text: &[char], share: f64) -> usize {
    ((text.len() as f64) * share) as usize
}

#[test]
fn a_large_model_is_read_at_once() {
    let count = 10_000;
    let mut text = String::from("vauban: 1\nsystem: S\ntemplates: {t: {kind: process, controls: [x]}}\ncomponents:\n");
    for at in 0..count {
        text.push_str(&format!("  c{at}: {{like: t, technology: [nginx, php], redundant: yes}}\n"));
    }
    text.push_str("flows:\n");
    for at in 0..2 * count {
        text.push_str(&format!("  c{} -> c{} (f{at}): {{protocol: https}}\n", at % count, at * 7 % count));
    }
    within(Duration::from_secs(20), "a large model", || {
        let read = read(&text);
        assert!(read.diagnostics.is_empty());
        assert_eq!((read.model.components.len(), read.model.flows.len()), (count, 2 * count));
    });
}

#[test]
fn a_schema_costs_nothing_to_make() {
    within(Duration::from_secs(5), "schemas", || {
        for document in vauban_format::Document::ALL {
            json_schema(document);
        }
    });
}

#[test]
fn the_same_file_twice_is_reported() {
    let text = "vauban: 1\nsystem: S\ncomponents: {a: nginx}\n";
    let read = read_model(&[file(text), InputFile { id: FileId(1), ..file(text) }]);
    assert!(show(&read.diagnostics).contains("duplicate-id"));
    assert_eq!(read.model.components.len(), 1);
}
