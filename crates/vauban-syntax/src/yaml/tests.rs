//! The two readers agree, and the whole of YAML comes out as it should.

use proptest::prelude::*;
use vauban_model::{Diagnostic, FileId};

use super::events::{self, Documents};
use super::plain::{self, Outcome};
use crate::build::Sink;
use crate::testing::{outline, place, told, tree, yaml};
use crate::tests::check_all;
use crate::{Limits, Node, parse_yaml, parse_yaml_documents};

const FILE: FileId = FileId(0);

fn by_plain(text: &str) -> Option<(Node, Vec<Diagnostic>)> {
    let mut diagnostics = Vec::new();
    match plain::read(FILE, text, &Limits::default(), &mut diagnostics) {
        Outcome::Tree(node) => Some((node, diagnostics)),
        Outcome::Unusual => None,
    }
}

fn by_events(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut nodes = events::read(FILE, text, &Limits::default(), Documents::First, &mut Sink::new(&mut diagnostics));
    (nodes.pop(), diagnostics)
}

/// Whatever the quick reader accepts, the whole parser reads the same way.
fn assert_agree(text: &str) {
    if let Some((node, diagnostics)) = by_plain(text) {
        let (expected, expected_diagnostics) = by_events(text);
        assert_eq!(Some(node), expected, "{text:?}");
        assert_eq!(diagnostics, expected_diagnostics, "{text:?}");
    }
}

/// Pieces of YAML thrown together: nearly all of it is wrong or odd, which is the point.
fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "b",
        "key",
        "a: ",
        "b:",
        "k: v",
        "\"q\": ",
        "'q'",
        "\"x\\n\\u00e9\"",
        "- ",
        "-",
        "- a",
        "? ",
        ": ",
        ":",
        "{",
        "}",
        "[",
        "]",
        ", ",
        ",",
        "{a: b}",
        "[x, y]",
        "{}",
        "[]",
        "\n",
        "\n",
        "\n",
        "\n  ",
        "\n  ",
        "\n    ",
        "\n- ",
        "\n  - ",
        " ",
        "  ",
        "#",
        " # c",
        "\n# c",
        "|",
        ">",
        ">-\n",
        "|\n  ",
        "|-\n    t\n",
        "&x ",
        "*x",
        "!t ",
        "~",
        "null",
        "1",
        "é",
        "\u{85}",
        "\u{feff}",
        "\u{2028}",
        "\t",
        "\r\n",
        "\r",
        "---\n",
        "...\n",
        "%",
        "@",
        "`",
        "\\",
        "\"",
        "'",
        "<<: ",
        "\0",
        "=",
        "::",
        "//",
        "-x",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

/// Lines that are right by themselves, indented at random: more of it is valid, and all of it is nearly so.
fn lines() -> impl Strategy<Value = String> {
    let content = prop::sample::select(vec![
        "a:",
        "b: 1",
        "c:  two words ",
        "d: {x: 1, y, z: }",
        "e: [p, q, ]",
        "f: |",
        "g: >-",
        "h: > # c",
        "i: |-",
        "j: 'it''s'",
        "k: \"a\\tb\"  # c",
        "l : v",
        "m: http://x:80/#y",
        "n: a#b",
        "o:   # c",
        "\"p\": 'v'",
        "'q': {\"a\":1,\"b\":[true,{\"c\":\"d\"}]}",
        "r: {",
        "s: [a,",
        "t: {a: b,",
        "u: - v",
        "v: a: b",
        "w: {a: [b, {c: d}], e: f} # g",
        "x: \"é\" # ü",
        "ß: ñ: ",
        "y: ~",
        "- x",
        "-",
        "- k: v",
        "- - z",
        "- - m: n",
        "-   w:",
        "- |",
        "- >",
        "- {a: b}",
        "- [c]",
        "- \"s\"",
        "-  # c",
        "- # c",
        "- -",
        "text",
        "more text here",
        "# comment",
        "#",
        "",
        "   ",
        "}",
        "]",
        "},",
        "],",
        "a, b]",
        "c: d}",
        "? c",
        ": d",
        "*x",
        "&y z",
        "---",
        "a:",
        "b:",
        "<<: {a: b}",
    ]);
    let line = (0usize..7, content, prop::sample::select(vec!["\n", "\n", "\n", "\n", " \n", "\r\n", ""]));
    prop::collection::vec(line, 1..9).prop_map(|lines| {
        lines.into_iter().fold(String::new(), |text, (indent, content, end)| {
            format!("{text}{:indent$}{content}{end}", "", indent = [0, 0, 0, 2, 2, 4, 3][indent])
        })
    })
}

/// A tree to print, and a stream of choices about how to print it.
#[derive(Clone, Debug)]
enum Tree {
    Text(&'static str),
    List(Vec<Tree>),
    Map(Vec<(&'static str, Tree)>),
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let text = prop::sample::select(vec![
        "",
        "a",
        "b c",
        "~",
        "yes",
        "1.5",
        "- x",
        "a: b",
        "#c",
        "a #c",
        "it's",
        "say \"x\"",
        "ü",
        "two\nlines",
        "two\n\nparts\n",
        " space ",
        "http://x/#y",
        "{x}",
        "[y",
        "a, b",
        "*s",
        "&t",
        "!u",
        "a:",
        ":b",
        "?",
        "-",
        "back\\slash",
        "日本",
        "\u{7}",
        "x  y",
    ]);
    text.prop_map(Tree::Text).prop_recursive(4, 40, 5, |inner| {
        let key = prop::sample::select(vec!["a", "b", "c", "key", "k l", "ü", "1", "x-y", "<", "q'"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Tree::List),
            prop::collection::vec((key, inner), 0..5).prop_map(Tree::Map),
        ]
    })
}

/// Prints trees in the many ways YAML has; mostly, not always, correctly.
struct Printer<'c> {
    choices: std::iter::Cycle<std::slice::Iter<'c, u8>>,
    out: String,
}

impl Printer<'_> {
    fn choose(&mut self, one_in: u8) -> bool {
        self.choices.next().copied().unwrap_or(0).is_multiple_of(one_in)
    }

    fn scalar(&mut self, text: &str) {
        let plain = !text.is_empty()
            && !text.contains(['\n', '\u{7}', '\\', '"', '\''])
            && !text.starts_with(['-', '#', '{', '[', '*', '&', '!', ' ', '?']);
        if plain && !self.choose(4) {
            self.out.push_str(text);
        } else if self.choose(2) && !text.contains(['\n', '\u{7}']) {
            self.out.push_str(&format!("'{}'", text.replace('\'', "''")));
        } else {
            self.out.push_str(&format!(
                "\"{}\"",
                text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\u{7}', "\\u0007")
            ));
        }
    }

    fn newline(&mut self, indent: usize) {
        if self.choose(12) {
            self.out.push_str("  # remark");
        }
        if self.choose(12) {
            self.out.push('\n');
            if self.choose(2) {
                self.out.push_str(&" ".repeat(indent));
                self.out.push_str("# line");
            }
        }
        let end = if self.choose(40) { "\r\n" } else { "\n" };
        self.out.push_str(end);
        self.out.push_str(&" ".repeat(indent));
    }

    fn flow(&mut self, tree: &Tree, indent: usize) {
        let space = |printer: &mut Self| match (printer.choose(3), printer.choose(8)) {
            (true, true) => printer.newline(indent),
            (true, false) => printer.out.push(' '),
            _ => {}
        };
        match tree {
            Tree::Text(text) => self.scalar(text),
            Tree::List(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    space(self);
                    self.flow(item, indent);
                    space(self);
                }
                self.out.push(']');
            }
            Tree::Map(entries) => {
                self.out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        self.out.push(',');
                    }
                    space(self);
                    self.scalar(key);
                    if self.choose(9) {
                        continue;
                    }
                    self.out.push(':');
                    if !self.choose(9) {
                        self.out.push(' ');
                    }
                    self.flow(value, indent);
                    space(self);
                }
                self.out.push('}');
            }
        }
    }

    /// Prints a value behind `:` or `-`, or at the start of a line.
    fn block(&mut self, tree: &Tree, indent: usize, after_dash: bool) {
        let step = if self.choose(5) { 4 } else { 2 };
        match tree {
            Tree::Text(text) if text.contains('\n') && indent > 0 && !self.choose(3) => {
                let (folded, strip) = (self.choose(2), self.choose(2));
                self.out.push_str(if folded { " >" } else { " |" });
                self.out.push_str(if strip { "-" } else { "" });
                let text = text.trim_end();
                for line in text.split('\n') {
                    self.out.push('\n');
                    if !line.is_empty() {
                        self.out.push_str(&" ".repeat(indent + step));
                        self.out.push_str(line);
                    }
                }
            }
            Tree::Text(text) => {
                if text.is_empty() && self.choose(2) {
                    return;
                }
                self.out.push(' ');
                self.scalar(text);
            }
            Tree::List(items) if !items.is_empty() && !self.choose(3) => {
                let indent = if self.choose(2) && !after_dash { indent.saturating_sub(step) } else { indent };
                for (index, item) in items.iter().enumerate() {
                    if index > 0 || !after_dash {
                        self.newline(indent);
                    } else {
                        self.out.push(' ');
                    }
                    self.out.push('-');
                    self.block(item, indent + 2, true);
                }
            }
            Tree::Map(entries) if !entries.is_empty() && !self.choose(3) => {
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 || !after_dash {
                        self.newline(indent);
                    } else {
                        self.out.push(' ');
                    }
                    self.scalar(key);
                    self.out.push(':');
                    self.block(value, indent + step, false);
                }
            }
            _ => {
                self.out.push(' ');
                self.flow(tree, indent + step);
            }
        }
    }
}

/// Documents that are mostly right, one in two with a piece put in or a byte taken out somewhere.
fn documents() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "", "", " ", "\n", "  ", "\"", "'", "{", "]", ",", ":", ": ", "#", " #", "-", "- ", "|", "x", "\t", "\r",
    ]);
    (any_tree(), prop::collection::vec(any::<u8>(), 1..200), any::<Option<prop::sample::Index>>(), piece, any::<bool>())
        .prop_map(|(tree, choices, place, piece, remove)| {
            let mut printer = Printer { choices: choices.iter().cycle(), out: String::new() };
            printer.block(&tree, 0, false);
            let text = printer.out;
            let Some(place) = place else { return text };
            let mut at = place.index(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let rest = text[at..].chars().next().filter(|_| remove).map_or(0, char::len_utf8);
            format!("{}{piece}{}", &text[..at], &text[at + rest..])
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn readers_agree_on_soup(text in soup()) {
        assert_agree(&text);
    }

    #[test]
    fn readers_agree_on_documents(text in documents()) {
        assert_agree(&text);
        check_all(&text);
    }

    #[test]
    fn readers_agree_on_lines(text in lines()) {
        assert_agree(&text);
        check_all(&text);
    }
}

#[test]
fn the_quick_reader_takes_ordinary_models() {
    let model = "---\n# a shop\nsystem:\n  name: Shop \"A\"  # the one\n  note: |\n    two\n\n    lines\n  why: >-\n    folded\n    text\n\
                 zones: {dmz: {}, core: {in: dmz}}\n\ncomponents:\n  web: {kind: process, handles: [a, b],\n    owner: 'it''s me'}\n\
                 flows:\n- from: web\n  to: db # x\n  carries:\n    - a\n    - \"b\\n\"\n-\n  from: db\n  to:\n- [x, {y: 1}]\n- - nested\n  - list\n";
    for text in [model.to_owned(), model.replace('\n', "\r\n").replacen("---\r\n", "", 1)] {
        assert!(by_plain(&text).is_some());
        assert_agree(&text);
    }
}

#[test]
fn readers_agree_on_long_keys_and_texts() {
    for length in [900, 1000, 1001, 1023, 1024, 1025, 3000] {
        let long = "x".repeat(length);
        for text in [
            format!("{long}: 1\n"),
            format!("a: {long}\nb: 1\n"),
            format!("- {long}\n"),
            format!("a: \"{long}\"\n"),
            format!("- \"{long}\"\n- {{a: \"{long}\", b: {long}}}\n"),
            format!("a: [{long}, '{long}']\n"),
            format!("{{{long}: a, b}}\n"),
            format!("{{\"{long}\":a, b}}\n"),
            format!("'{long}' : a\n"),
            format!("a: [{{{long}: 1}}]\n"),
        ] {
            assert_agree(&text);
        }
    }
}

#[test]
fn places_are_lines_and_characters() {
    let root =
        tree("# c\nsystem:\n  name:  Größe # x\n  ü: \"日本\"\n  owner:\n  tags: [a, {b: c}]\nlist:\n- one\n- x: 1\n");
    let system = root.get("system").unwrap();
    assert_eq!(place(&root), "2:1+6");
    assert_eq!(place(system), "3:3+4");
    assert_eq!(place(system.get("name").unwrap()), "3:10+5");
    assert_eq!(place(system.get("ü").unwrap()), "4:6+4");
    assert_eq!(place(system.get("owner").unwrap()), "5:3+5", "a missing value stands at its key");
    assert_eq!(place(system.get("tags").unwrap()), "6:9+11");
    assert_eq!(place(&system.get("tags").unwrap().as_sequence().unwrap()[1]), "6:13+6");
    assert_eq!(place(root.get("list").unwrap()), "8:3+3");
    let key = &system.as_mapping().unwrap()[1];
    assert_eq!((key.key_span.line, key.key_span.column, key.key_span.length), (4, 3, 1));
}

#[test]
fn places_of_values_over_several_lines_end_with_their_first() {
    for start in ["", "%YAML 1.2\n---\n"] {
        let root = tree(&format!("{start}a: |\n  first line \n  second\nb: {{x: 1,\n  y: 2}}\n"));
        let lines = start.matches('\n').count();
        assert_eq!(place(root.get("a").unwrap()), format!("{}:3+10", 2 + lines));
        assert_eq!(place(root.get("b").unwrap()), format!("{}:4+6", 4 + lines));
    }
    let root = tree("a: two\n  words\nb: \"three\n  quoted words\"\n");
    assert_eq!(place(root.get("a").unwrap()), "1:4+3");
    assert_eq!(place(root.get("b").unwrap()), "3:4+6");
}

#[test]
fn line_ends_and_byte_order_marks_do_not_matter() {
    let unix = "a: 1\nb:\n  - |\n    x\n    y\n  - \"p\n    q\"\n  - r\n    s\n";
    let expected = tree(unix);
    assert_eq!(tree(&unix.replace('\n', "\r\n")), expected);
    assert_eq!(tree(&unix.replace('\n', "\r")), expected);
    assert_eq!(tree(&format!("\u{feff}{unix}")), expected);
}

#[test]
fn keys_are_text_whatever_they_look_like() {
    assert_eq!(yaml("N: 1\nyes: 2\n~: 3\n1.5: 4\n'q': 5\n").0, "{N: 1, yes: 2, ~: 3, 1.5: 4, q: 5}");
    assert_eq!(yaml("? a\n: 1\n? \"b c\"\n: 2\n").0, "{a: 1, b c: 2}");
    assert_eq!(
        yaml("? [a, b]\n: {c: d}\ne: f\n"),
        ("{e: f}".to_owned(), vec!["1:3+6 yaml-complex-key: a key must be text, not a list".to_owned()])
    );
}

#[test]
fn own_tags_are_kept_and_core_tags_applied() {
    assert_eq!(
        yaml("a: !Ref x\nb: !Sub [q, {a: !GetAtt b.c}]\nc: !If\n  - d\ne: !<tag:x,1:y> z\nf: !!binary aGk=\n").0,
        "{a: !Ref x, b: !Sub [q, {a: !GetAtt b.c}], c: !If [d], e: !<tag:x,1:y> z, f: !!binary aGk=}"
    );
    let root = tree("a: !!str 12\nb: !!int \"3\"\nc: ! ~\nd: !!null ''\ne: !!map {f: g}\nh: !Empty\n");
    assert_eq!(root.get("a").unwrap().as_i64(), None);
    assert_eq!(root.get("b").unwrap().as_i64(), Some(3));
    assert_eq!(root.get("c").unwrap().as_str(), Some("~"));
    assert!(root.get("d").unwrap().is_null());
    assert_eq!(root.get("e").unwrap().tag, None);
    assert_eq!(outline(root.get("h").unwrap()), "!Empty ~");
}

#[test]
fn anchors_are_repeated_and_merged() {
    assert_eq!(
        yaml("a: &x {k: v}\nb: *x\nc: [*x, *x]\n&n d: *n\n").0,
        "{a: {k: v}, b: {k: v}, c: [{k: v}, {k: v}], d: d}"
    );
    let text = "base: &b {k: base, m: base}\nmore: &m {m: more, n: more}\n\
                one:\n  <<: *b\n  k: own\ntwo:\n  k: own\n  <<: [*m, *b]\nthree: {<<: {x: 1}, y: 2}\n\
                four:\n  <<: *b\n  <<: *m\nfive: {'<<': text}\n";
    let root = tree(text);
    assert_eq!(outline(root.get("one").unwrap()), "{k: own, m: base}");
    assert_eq!(outline(root.get("two").unwrap()), "{k: own, m: more, n: more}");
    assert_eq!(outline(root.get("three").unwrap()), "{y: 2, x: 1}");
    assert_eq!(outline(root.get("four").unwrap()), "{k: base, m: base, n: more}");
    assert_eq!(outline(root.get("five").unwrap()), "{<<: text}");
    assert_eq!(
        yaml("a:\n  <<: 3\n  b: c\n"),
        (
            "{a: {b: c}}".to_owned(),
            vec!["2:7+1 yaml-merge: `<<` takes a mapping or a list of mappings, not a number".to_owned()]
        )
    );
}

#[test]
fn aliases_that_lead_nowhere_are_told() {
    assert_eq!(
        yaml("a: &first 1\nb: *frist\nc: &z [*z, 2]\nd: 3\n"),
        (
            "{a: 1, b: ~, c: [~, 2], d: 3}".to_owned(),
            vec![
                "2:4+6 yaml-unknown-anchor: no anchor `&frist` stands before this alias".to_owned(),
                "3:8+2 yaml-alias-cycle: this alias repeats the value it stands in".to_owned(),
            ]
        )
    );
}

#[test]
fn a_billion_laughs_are_one_error() {
    let mut text = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        text.push_str(&format!("a{level}: &a{level} [{}]\n", [below.as_str(); 9].join(", ")));
    }
    text.push_str("last: *a0\nend: here\n");
    let mut diagnostics = Vec::new();
    let node = parse_yaml(FILE, &text, &Limits::default(), &mut diagnostics).unwrap();
    let told = told(&diagnostics);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("yaml-alias-bomb"), "{told:?}");
    assert_eq!(node.get("end").and_then(Node::as_str), Some("here"));

    // Levels that each repeat the one before once stay small in number and grow in depth only.
    let mut text = String::from("a0: &a0 [x]\n");
    for level in 1..1000 {
        text.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    let mut diagnostics = Vec::new();
    parse_yaml(FILE, &text, &Limits::default(), &mut diagnostics).unwrap();
    assert!(diagnostics.iter().all(|diagnostic| diagnostic.code == "too-deep"));
    assert!(!diagnostics.is_empty());
}

#[test]
fn repeated_keys_keep_the_first_value_and_name_its_place() {
    let expected = (
        "{a: 1, b: {c: 3}, d: 5}".to_owned(),
        vec![
            "2:1+1 duplicate-key: the key `a` is given twice [1:1 first given here]".to_owned(),
            "3:14+3 duplicate-key: the key `c` is given twice [3:5 first given here]".to_owned(),
        ],
    );
    let text = "a: 1\na: 2\nb: {c: 3,    'c': 4}\nd: 5\n";
    assert_eq!(yaml(text), expected);
    let (outline, mut told) = yaml(&format!("%YAML 1.2\n---\n{text}"));
    told.truncate(2);
    assert_eq!((outline, told.len()), (expected.0, 2));
    // Large mappings go another way.
    let many: String = (0..500).map(|number| format!("k{}: {number}\n", number % 400)).collect();
    let (_, told) = yaml(&many);
    assert_eq!(told.len(), 100);
    assert_eq!(told[0], "401:1+2 duplicate-key: the key `k0` is given twice [1:1 first given here]");
    let (_, told) = yaml(&"a: 1\n".repeat(1000));
    assert_eq!(told.len(), Limits::MESSAGES + 1);
    assert!(told.last().unwrap().contains("799 more problems"), "{:?}", told.last());
}

#[test]
fn only_the_first_document_is_read_unless_all_are_wanted() {
    let (first, told) = yaml("# c\n---\n# empty\n---\na: 1\n...\n---\n---\nb: 2\n");
    assert_eq!(first, "{a: 1}");
    assert_eq!(
        told,
        ["9:1+0 yaml-many-documents: a second document starts here; only the first one of this file was read"]
    );
    assert_eq!(yaml("a: 1\n---\n# nothing\n---\n"), ("{a: 1}".to_owned(), Vec::new()));
    assert_eq!(yaml("# nothing\n"), (String::new(), Vec::new()));
    assert_eq!(
        yaml("a: 1\n---\n@\n").1,
        ["3:1+0 yaml-many-documents: a second document starts here; only the first one of this file was read"]
    );
    assert_eq!(yaml(""), (String::new(), Vec::new()));

    let mut diagnostics = Vec::new();
    let text = "kind: A\n---\n# templated away\n---\nkind: [B\n---\nkind: C\nx: &a 1\n---\ny: *a\n";
    let nodes = parse_yaml_documents(FILE, text, &Limits::default(), &mut diagnostics);
    let outlines: Vec<String> = nodes.iter().map(outline).collect();
    assert_eq!(outlines, ["{kind: A}", "{kind: []}", "{kind: C, x: 1}", "{y: ~}"]);
    let codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["yaml-syntax", "yaml-unknown-anchor"]);
}

#[test]
fn a_broken_place_costs_only_itself() {
    let text = "components:\n  a: {k: v}\n  b: {k: v\n  c: {k: w}\n  d:\n    x: y: z\n    q: r\n  e: 'it's'\nflows:\n  - from: a\n    to: @b\n    x: 1\n  - from: c\n    to: d\nz: 1\n";
    let (outline, told) = yaml(text);
    assert_eq!(
        outline,
        "{components: {a: {k: v}, b: {k: v c}, c: {k: w}, d: {x: y, q: r}, e: ~}, flows: [{from: a, to: ~, x: 1}, {from: c, to: d}], z: 1}"
    );
    assert_eq!(
        told,
        [
            "4:4+0 yaml-syntax: expected `,` or `}` here [3:6 inside the brackets opened here]",
            "6:9+0 yaml-syntax: a second `: ` on this line",
            "8:10+0 yaml-syntax: text goes on after the closing quote",
            "11:9+0 yaml-syntax: a text cannot start with `@`",
        ]
    );
}

#[test]
fn syntax_errors_are_told_in_plain_words() {
    let cases = [
        ("a: 1\n\tb: 2\nc: 3\n", "{a: ~, c: 3}", "2:1+1 yaml-syntax: a tab is used for indentation"),
        ("a:\n\tb: 2\nc: 3\n", "{a: ~, c: 3}", "2:1+1 yaml-syntax: a tab is used for indentation"),
        ("a:\n  b: 1\n \tc: 2\nd: 3\n", "{a: {b: ~}, d: 3}", "3:2+1 yaml-syntax: a tab is used for indentation"),
        ("a: 1\nb: \"x\nc: 2\n", "{a: 1, b: ~, c: 2}", "2:4+0 yaml-syntax: a quote is opened here and never closed"),
        ("a: 1\n  b: 2\nc: 3\n", "{a: 1 b, c: 3}", "2:4+0 yaml-syntax: a key is not expected here"),
        ("a: [1, 2\n", "{a: [1]}", "1:4+0 yaml-syntax: a `[` is never closed"),
        ("a: [1, 2}\nb: 3", "{a: [1], b: 3}", "1:4+0 yaml-syntax: a `[` is closed by `}`"),
        ("a: b: c\nd: 1", "{a: b, d: 1}", "1:5+0 yaml-syntax: a second `: ` on this line"),
        ("a:b\nc: 1", "{c: 1}", "1:1+3 yaml-syntax: a `:` needs a space after it"),
        ("a: 1\nb:2\nc: 3", "{a: 1, c: 3}", "2:1+0 yaml-syntax: a `:` needs a space after it"),
        ("- a\n-b\n- c\n", "[a, c]", "2:1+0 yaml-syntax: a `-` needs a space after it"),
        (
            "  a: 1\nb: 2\n",
            "{a: 1, b: 2}",
            "2:1+0 yaml-syntax: this line is indented less than the first one of the document [1:3 the first one]",
        ),
        ("@a: 1\nb: 2\n", "{b: 2}", "1:1+0 yaml-syntax: a text cannot start with `@`"),
        (
            "a: \"\\q\"\nb: 1\n",
            "{a: ~, b: 1}",
            "1:4+0 yaml-syntax: `\\` is followed by a letter that has no meaning there",
        ),
        ("a: \0\nb: 1\n", "{a: ~, b: 1}", "1:4+0 yaml-syntax: the control character \\u{0} is not allowed here"),
        ("a: b\n}\nc: d\n", "{a: b, c: d}", "2:1+0 yaml-syntax: a closing bracket without an opening one"),
    ];
    for (text, tree, message) in cases {
        assert_eq!(yaml(text), (tree.to_owned(), vec![message.to_owned()]), "{text:?}");
    }
}

#[test]
fn anchors_outlive_an_error() {
    let (outline, told) = yaml("a: &x {k: v}\nb: @\nc: *x\nd: &y 1\ne: [*y, *x]\n");
    assert_eq!(outline, "{a: {k: v}, b: ~, c: {k: v}, d: 1, e: [1, {k: v}]}");
    assert_eq!(told.len(), 1);
}
