//! Values, JSON, TOML, fields, limits, and what must hold for every input.

use proptest::prelude::*;
use vauban_model::{Diagnostic, FileId};

use crate::testing::{json, place, told, toml, tree};
use crate::{Entry, Fields, Kind, Limits, Node, parse_json, parse_toml, parse_yaml, parse_yaml_documents};

const FILE: FileId = FileId(0);

fn value(text: &str) -> Node {
    tree(&format!("v: {text}\n")).get("v").unwrap().clone()
}

#[test]
fn a_plain_scalar_is_what_the_caller_expects() {
    for (text, kind) in [
        ("", "nothing"),
        ("~", "nothing"),
        ("null", "nothing"),
        ("'~'", "text"),
        ("''", "text"),
        ("|\n  null", "text"),
        ("Yes", "yes/no"),
        ("oFF", "text"),
        ("yEs", "text"),
        ("'true'", "text"),
        ("12", "a number"),
        ("-1.5e3", "a number"),
        ("0755", "a number"),
        ("1.2.3", "text"),
        ("1_000", "text"),
        ("inf", "text"),
        ("-.inf", "a number"),
        ("e5", "text"),
        ("[]", "a list"),
        ("{}", "a mapping"),
    ] {
        assert_eq!(value(text).kind_name(), kind, "{text}");
    }
    assert_eq!(value("").as_str(), None);
    assert_eq!(value("''").as_str(), Some(""));
    assert_eq!(value("0755").as_str(), Some("0755"));
    assert_eq!(value("no").as_str(), Some("no"));
    assert_eq!(value("[x]").as_str(), None);
    for (text, answer) in [
        ("true", Some(true)),
        ("ON", Some(true)),
        ("No", Some(false)),
        ("off", Some(false)),
        ("1", None),
        ("'yes'", None),
    ] {
        assert_eq!(value(text).as_bool(), answer, "{text}");
    }
    for (text, number) in [
        ("42", Some(42)),
        ("+7", Some(7)),
        ("-0", Some(0)),
        ("0x1F", Some(31)),
        ("0o17", Some(15)),
        ("0b101", Some(5)),
        ("0x-1", None),
        ("9223372036854775808", None),
        ("1.0", None),
        ("'1'", None),
        ("é", None),
    ] {
        assert_eq!(value(text).as_i64(), number, "{text}");
    }
    for (text, number) in [
        ("1.5", Some(1.5)),
        ("-.5", Some(-0.5)),
        ("1e-2", Some(0.01)),
        ("0x10", Some(16.0)),
        ("1.5.", None),
        (".", None),
    ] {
        assert_eq!(value(text).as_f64(), number, "{text}");
    }
    assert_eq!(value("-.INF").as_f64(), Some(f64::NEG_INFINITY));
    assert!(value(".nan").as_f64().is_some_and(f64::is_nan));
}

#[test]
fn json_values_keep_their_spelling_and_place() {
    let text = "\u{feff}{\n  \"a\\n\\u00e9\": [1.50, true, null, \"x\\ud83e\\udd80\\/\"],\n  \"ü\": {\"b\": {}}, \"c\": []\n}\n";
    assert_eq!(json(text), ("{a\né: [1.50, true, null, \"x🦀/\"], ü: {b: {}}, c: []}".to_owned(), Vec::new()));
    let node = parse_json(FILE, text, &Limits::default(), &mut Vec::new()).unwrap();
    assert_eq!(place(&node), "1:1+1");
    let entries = node.as_mapping().unwrap();
    assert_eq!((entries[0].key_span.line, entries[0].key_span.column, entries[0].key_span.length), (2, 3, 11));
    assert_eq!(place(&entries[0].value), "2:16+37");
    assert_eq!(place(&entries[0].value.as_sequence().unwrap()[3]), "2:35+17");
    assert_eq!(place(entries[1].value.get("b").unwrap()), "3:14+2");
    assert!(entries[0].value.as_sequence().unwrap()[2].is_null());
}

#[test]
fn json_comments_are_passed_over() {
    let text = "// one\n{ /* two\n lines */ \"a\": 1 // three\r\n, \"b\": \"// no\" /**/ }";
    assert_eq!(json(text), ("{a: 1, b: \"// no\"}".to_owned(), Vec::new()));
}

#[test]
fn json_mistakes_are_told_and_the_rest_is_read() {
    for (text, outline, message) in [
        ("{\"a\": 1,}", "{a: 1}", "1:8+1 json-syntax: a comma after the last entry of an object"),
        ("[1, 2,\n]", "[1, 2]", "1:6+1 json-syntax: a comma after the last entry of a list"),
        (
            "{\"a\": 1\n\"b\": 2}",
            "{a: 1, b: 2}",
            "1:8+0 json-syntax: a comma is missing between two entries of an object",
        ),
        ("[1,,2]", "[1, 2]", "1:4+1 json-syntax: a comma without an item before it"),
        ("{a: 1}", "{a: 1}", "1:2+1 json-syntax: the key `a` has no quotes"),
        ("{\"a\": 'b'}", "{a: \"b\"}", "1:7+3 json-syntax: text in single quotes"),
        ("{\"a\" 1}", "{a: 1}", "1:2+3 json-syntax: a `:` is missing after this key"),
        ("{\"a\": }", "{a: ~}", "1:2+3 json-syntax: this key has no value"),
        ("[01, 1]", "[01, 1]", "1:2+2 json-syntax: `01` is no JSON value"),
        ("{\"a\": True}", "{a: True}", "1:7+4 json-syntax: `True` is no JSON value"),
        ("[\"\\x\", 1]", "[\"\\\\x\", 1]", "1:3+1 json-syntax: `\\` starts no escape that JSON knows"),
        ("[\"\\ud83e!\"]", "[\"\u{fffd}!\"]", "1:3+6 json-syntax: half of a surrogate pair stands alone"),
        ("[\"a\tb\"]", "[\"a\\tb\"]", "1:2+5 json-syntax: a control character stands in a quoted text"),
        ("[\"two\nlines\", 1]", "[\"two\\nlines\", 1]", "1:2+4 json-syntax: a line break stands in a quoted text"),
        (
            "{\"a\": \"x\n,\"b\": \"y\"}",
            "{a: \"x\", b: \"y\"}",
            "1:7+2 json-syntax: a quoted text is not closed on its line",
        ),
        ("{\"a\": 1, \"a\": 2}", "{a: 1}", "1:10+3 duplicate-key: the key `a` is given twice [1:2 first given here]"),
        ("{\"a\": 1} x\ny", "{a: 1}", "1:10+1 json-syntax: text goes on after the end of the JSON value"),
        ("", "", "1:1+0 json-syntax: the file is empty"),
    ] {
        assert_eq!(json(text), (outline.to_owned(), vec![message.to_owned()]), "{text}");
    }
}

#[test]
fn a_json_file_cut_off_anywhere_gives_what_it_has() {
    for (text, outline, message) in [
        (
            "{\"a\": [1, 2",
            "{a: [1, 2]}",
            "1:12+0 json-syntax: the file ends before `[` is closed by `]` [1:7 opened here]",
        ),
        ("{\"a\": {\"b\": \"x", "{a: {b: \"x\"}}", "1:13+2 json-syntax: the file ends inside a quoted text"),
        ("{\"a\": 1, \"b\"", "{a: 1, b: ~}", "1:13+0 json-syntax: the file ends after a key"),
        ("{\"a\": 1, \"b\":\n", "{a: 1, b: ~}", "2:1+0 json-syntax: the file ends where a value is expected"),
        ("[[], [", "[[], []]", "1:7+0 json-syntax: the file ends before `[` is closed by `]` [1:6 opened here]"),
    ] {
        assert_eq!(json(text), (outline.to_owned(), vec![message.to_owned()]), "{text}");
    }
}

#[test]
fn toml_keeps_the_order_of_the_file_and_shifts_its_lines() {
    let text = "z = 1\na = \"x\"\n\n[c.d]\ne = [1_000, 0xff, -inf, true]\nt = 1979-05-27T07:32:00Z\n[[f]]\ng.h = 1\n[[f]]\ng = '''\nx'''\n";
    assert_eq!(
        toml(text),
        (
            "{z: 1, a: \"x\", c: {d: {e: [1000, 0xff, -.inf, true], t: 1979-05-27T07:32:00Z}}, f: [{g: {h: 1}}, {g: \"x\"}]}"
                .to_owned(),
            Vec::new()
        )
    );
    let node = parse_toml(FILE, text, 10, &Limits::default(), &mut Vec::new()).unwrap();
    assert_eq!(place(node.get("a").unwrap()), "12:5+3");
    assert_eq!(place(node.get("c").unwrap().get("d").unwrap()), "14:1+5");
    let list = node.get("c").unwrap().get("d").unwrap().get("e").unwrap();
    assert_eq!(list.as_sequence().unwrap()[1].as_i64(), Some(255));
    assert_eq!(list.as_sequence().unwrap()[2].as_f64(), Some(f64::NEG_INFINITY));
    assert_eq!(toml(""), ("{}".to_owned(), Vec::new()));
    assert_eq!(toml("a = 1\r\nb = 2\r\n"), ("{a: 1, b: 2}".to_owned(), Vec::new()));
}

#[test]
fn toml_mistakes_are_told_and_the_rest_is_read() {
    for (text, outline, message) in [
        (
            "a = 1\na = 2\nb = 3",
            "{a: 1, b: 3}",
            "2:1+1 duplicate-key: the key `a` is given twice [1:1 first given here]",
        ),
        (
            "[a]\nb=1\n[a]\nc=2",
            "{a: {b: 1, c: 2}}",
            "3:2+1 duplicate-key: the key `a` is given twice [1:1 first given here]",
        ),
        (
            "a = {b = 1, b = 2}\nc=1\n",
            "{a: {b: 1}, c: 1}",
            "1:13+1 duplicate-key: the key `b` is given twice [1:6 first given here]",
        ),
        ("a = \nb = 2\n", "{a: \"\", b: 2}", "1:5+0 toml-syntax: the value is missing"),
        ("a: 1\nb = 2", "{b: 2}", "1:4+0 toml-syntax: expected `=` after the key"),
        ("a = x\nb = 2", "{a: \"x\", b: 2}", "1:5+1 toml-syntax: text must be in quotes"),
        ("a = \"é\nb = 2\n", "{a: \"é\", b: 2}", "1:7+0 toml-syntax: invalid basic string, expected `\"`"),
    ] {
        assert_eq!(toml(text), (outline.to_owned(), vec![message.to_owned()]), "{text}");
    }
    let mut diagnostics = Vec::new();
    parse_toml(FILE, "a = 1\nb = \n", 4, &Limits::default(), &mut diagnostics);
    assert_eq!(told(&diagnostics), ["6:5+0 toml-syntax: the value is missing"]);
}

#[test]
fn fields_report_what_nobody_took() {
    let root = tree(
        "name: Shop\nownr: me\ntags: [a, 2, , [x]]\nlive: 1\nempty:\nport: 80\nodd: {a: b}\nkind: x\n"
            .replace(", ,", ",")
            .as_str(),
    );
    let mut diagnostics = Vec::new();
    let mut fields = Fields::new(&root, "a component", &mut diagnostics).unwrap();
    assert_eq!(fields.string("name", &mut diagnostics).map(|(text, span)| (text, span.line)), Some(("Shop", 1)));
    assert_eq!(fields.string("owner", &mut diagnostics), None);
    assert_eq!(fields.string("empty", &mut diagnostics), None);
    assert_eq!(fields.integer("port", &mut diagnostics).map(|(port, _)| port), Some(80));
    assert_eq!(fields.bool("live", &mut diagnostics), None);
    assert_eq!(fields.string("odd", &mut diagnostics), None);
    let tags: Vec<&str> = fields.strings("tags", &mut diagnostics).into_iter().map(|(tag, _)| tag).collect();
    assert_eq!(tags, ["a", "2"]);
    assert_eq!(fields.take_any(&["type", "kind"]).and_then(Node::as_str), Some("x"));
    assert_eq!(fields.rest().map(|entry| &*entry.key).collect::<Vec<_>>(), ["ownr"]);
    fields.finish(&["name", "owner", "tags", "live", "port"], &mut diagnostics);
    assert_eq!(
        told(&diagnostics),
        [
            "4:7+1 expected-yes-no: `live` in a component must be true or false, not a number",
            "7:6+6 expected-text: `odd` in a component must be text, not a mapping",
            "3:14+3 expected-text: every item of `tags` in a component must be text, not a list",
            "2:1+4 unknown-key: unknown key `ownr` in a component",
        ]
    );
    assert_eq!(diagnostics.last().unwrap().help.as_deref(), Some("did you mean `owner`?"));
}

#[test]
fn fields_of_something_else_are_refused_and_large_mappings_work() {
    let mut diagnostics = Vec::new();
    let list = tree("[a]\n");
    assert!(Fields::new(&list, String::from("a zone"), &mut diagnostics).is_none());
    assert_eq!(told(&diagnostics), ["1:1+3 expected-mapping: a zone must be a mapping, not a list"]);

    let root = tree(&(0..200).map(|number| format!("k{number}: {number}\n")).collect::<String>());
    let mut diagnostics = Vec::new();
    let mut fields = Fields::new(&root, "a table", &mut diagnostics).unwrap();
    for number in (0..200).filter(|number| ![3, 63, 64, 199].contains(number)) {
        assert_eq!(fields.take(&format!("k{number}")).and_then(Node::as_i64), Some(number));
    }
    let rest: Vec<&str> = fields.rest().map(|entry| &*entry.key).collect();
    assert_eq!(rest, ["k3", "k63", "k64", "k199"]);
    fields.finish(&["other", "k3"], &mut diagnostics);
    let helps: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.help.as_deref().unwrap()).collect();
    assert_eq!(helps, ["remove it", "did you mean `k3`?", "known keys: `other`, `k3`", "known keys: `other`, `k3`"]);
    let mut diagnostics = Vec::new();
    Fields::new(&tree("zzz: 1\n"), "a flow", &mut Vec::new()).unwrap().finish(&["from", "to"], &mut diagnostics);
    assert_eq!(diagnostics[0].help.as_deref(), Some("known keys: `from`, `to`"));
}

type Parse = fn(&str, &Limits, &mut Vec<Diagnostic>) -> Option<Node>;

const PARSERS: [Parse; 3] = [
    |text, limits, out| parse_yaml(FILE, text, limits, out),
    |text, limits, out| parse_json(FILE, text, limits, out),
    |text, limits, out| parse_toml(FILE, text, 0, limits, out),
];

fn codes(parse: Parse, text: &str, limits: &Limits) -> (Option<Node>, Vec<&'static str>) {
    let mut diagnostics = Vec::new();
    let node = parse(text, limits, &mut diagnostics);
    (node, diagnostics.iter().map(|diagnostic| diagnostic.code).collect())
}

#[test]
fn too_large_is_said_and_nothing_or_a_part_is_read() {
    let limits = Limits { max_bytes: 8, ..Limits::default() };
    for parse in PARSERS {
        assert_eq!(codes(parse, "[1, 2, 3]", &limits), (None, vec!["too-large"]));
    }
    let limits = Limits { max_nodes: 5, ..Limits::default() };
    for (parse, text) in PARSERS.into_iter().zip([
        "a: 1\nb: [2, 3, 4, 5, 6]\nc: 7\n",
        "{\"a\":1,\"b\":[2,3,4,5,6]}",
        "a = 1\nb = [2, 3, 4, 5, 6]\n",
    ]) {
        let (node, codes) = codes(parse, text, &limits);
        assert_eq!(codes, ["too-large"], "{text}");
        assert_eq!(node.unwrap().get("a").and_then(Node::as_i64), Some(1));
    }
}

#[test]
fn too_deep_is_said_and_the_rest_is_read() {
    let deep = |levels: usize, open: &str, close: &str| format!("{}{}", open.repeat(levels), close.repeat(levels));
    let limits = Limits::default();
    let brackets = deep(200, "[", "]");
    for (parse, text) in PARSERS.into_iter().zip([
        format!("a: {brackets}\nb: 1\n"),
        format!("{{\"a\": {brackets}, \"b\": 1}}"),
        format!("b = 1\n{} = 2\n", vec!["a"; 200].join(".")),
    ]) {
        let (node, codes) = codes(parse, &text, &limits);
        assert_eq!(codes, ["too-deep"], "{text}");
        assert_eq!(node.unwrap().get("b").and_then(Node::as_i64), Some(1));
    }
    // What is just allowed is read, also with the largest limit there is.
    let limits = Limits { max_depth: usize::MAX, ..Limits::default() };
    let text = format!("{{\"a\":{}}}", deep(Limits::DEEPEST - 1, "[", "]"));
    for parse in [PARSERS[0], PARSERS[1]] {
        assert_eq!(codes(parse, &text, &limits).1, Vec::<&str>::new());
    }
    let block: String = (0..Limits::DEEPEST).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    assert_eq!(codes(PARSERS[0], &block, &limits).1, Vec::<&str>::new());
}

#[test]
fn endless_nesting_neither_hangs_nor_overflows() {
    let limits = Limits { max_depth: usize::MAX, ..Limits::default() };
    for piece in [
        "[",
        "{",
        "{\"a\":",
        "{a: ",
        "- ",
        "? ",
        "[{",
        "&a [",
        "a = {a = ",
        "a = [",
        "a.",
        "[a.",
        "!x ",
        "[[",
        "'",
        "\"\\",
        "/*",
        "|\n",
        "- - {[",
        "*a ",
        "%\n",
    ] {
        let text = piece.repeat(50_000);
        for parse in PARSERS {
            codes(parse, &text, &limits);
        }
    }
    let dots = format!("[{}]\nb.c = 1\n", vec!["a"; 50_000].join("."));
    assert_eq!(codes(PARSERS[2], &dots, &limits).1, ["too-deep"]);
    let many: String = (0..3000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    assert_eq!(codes(PARSERS[0], &many, &limits).1, ["too-deep"]);
}

/// A tree as both JSON and YAML can write it.
fn any_node() -> impl Strategy<Value = Node> {
    let text = prop_oneof![
        "[a-z ]{0,8}",
        any::<String>().prop_map(|text| text
            .chars()
            .filter(|c| !c.is_control() && *c != '\u{feff}')
            .take(20)
            .collect::<String>()),
        prop::sample::select(vec![
            "\n",
            "\t\"\\",
            "true",
            "null",
            "~",
            "🦀",
            "- a",
            "a: b",
            "#x",
            " x ",
            "\u{0}\u{7f}\u{85}\u{2028}"
        ])
        .prop_map(str::to_owned),
    ];
    let span = vauban_model::Span::new(FILE, 1, 1, 0);
    let leaf = prop_oneof![
        text.clone().prop_map(move |text| Node::scalar(span, text, true)),
        prop::sample::select(vec!["true", "false", "null", "0", "-1.5e+10", "123456789012345678901234567890"])
            .prop_map(move |text| Node::scalar(span, text, false)),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(move |items| Node {
                span,
                tag: None,
                kind: Kind::Sequence(items)
            }),
            prop::collection::btree_map(text.clone(), inner, 0..6).prop_map(move |entries| {
                let entries = entries
                    .into_iter()
                    .map(|(key, value)| Entry { key: key.into_boxed_str(), key_span: span, value })
                    .collect();
                Node { span, tag: None, kind: Kind::Mapping(entries) }
            }),
        ]
    })
}

/// Prints a tree as JSON: `gap` stands after every comma and colon.
fn print(node: &Node, gap: &str, out: &mut String) {
    let quote = |text: &str, out: &mut String| {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                // YAML wants these escaped as well.
                c if c.is_control() || matches!(c, '\u{2028}' | '\u{fffe}' | '\u{ffff}') => {
                    out.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => out.push(c),
            }
        }
        out.push('"');
    };
    match &node.kind {
        Kind::Scalar(scalar) if scalar.quoted => quote(&scalar.text, out),
        Kind::Scalar(scalar) => out.push_str(&scalar.text),
        Kind::Sequence(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                    out.push_str(gap);
                }
                print(item, gap, out);
            }
            out.push(']');
        }
        Kind::Mapping(entries) => {
            out.push('{');
            for (index, entry) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                    out.push_str(gap);
                }
                quote(&entry.key, out);
                out.push(':');
                out.push_str(gap.trim_end_matches('\n'));
                print(&entry.value, gap, out);
            }
            out.push('}');
        }
    }
}

/// The same tree as if everything stood at one place.
fn placeless(mut node: Node) -> Node {
    fn clear(node: &mut Node) {
        node.span = vauban_model::Span::new(FILE, 1, 1, 0);
        match &mut node.kind {
            Kind::Scalar(_) => {}
            Kind::Sequence(items) => items.iter_mut().for_each(clear),
            Kind::Mapping(entries) => entries.iter_mut().for_each(|entry| {
                entry.key_span = vauban_model::Span::new(FILE, 1, 1, 0);
                clear(&mut entry.value);
            }),
        }
    }
    clear(&mut node);
    node
}

/// Text that is half of something.
fn scraps() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", ": ", "\"", "'", "\\", "\\u", "d83e", "\n", "\r\n", "\n  ", "\n    ", "\t", " ", "a", "b", "1", "-1.5e3",
            "true", "null", "//", "/*", "*/", "=", " = ", "[[", "]]", ".", "a.b", "\"\"\"", "'''", "#", "- ", "-", "? ", "&a ", "*a", "!t ", "|",
            ">", "<<: ", "---\n", "...\n", "%TAG ! x\n", "key: value\n", "\"a\": 1", "a = 1\n", "é", "\u{feff}", "\0", "@", "inf", "1979-05-27",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Lines of TOML that fit together badly.
fn toml_scraps() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "[a]",
        "[a.b]",
        "[[a]]",
        "[[a.b]]",
        "[\"é\".c]",
        "a = 1",
        "a.b = 2",
        "a.b.c = {d = 1}",
        "b = [1, {c = 2}, [3,",
        "]",
        "4]",
        "c = {a = 1, a = 2}",
        "d = '''",
        "'''",
        "e = \"\"\"x",
        "\"\"\"",
        "f = \"\\q\"",
        "g = 'x",
        "= 1",
        "h =",
        "i",
        "j: 1",
        "[",
        "[]",
        "[[]]",
        "[x",
        "k = 1 l = 2",
        "# c",
        "",
        "m = 1979-05-27",
        "n = 0b2",
        "o = +inf",
        "p = 1__0",
        "a = {}",
        "b.a = []",
        "\"\" = 0",
        "\t q = 1.5e",
        "[a] # x",
        "r = {",
        "}",
    ]);
    (prop::collection::vec(line, 0..14), prop::sample::select(vec!["\n", "\r\n", "\r", " ", ", "]))
        .prop_map(|(lines, end)| lines.join(end))
}

/// Places must be usable: on a line of the text, or behind its end.
fn check_places(node: &Node, lines: u32) {
    assert!(node.span.line >= 1 && node.span.line <= lines && node.span.column >= 1, "{:?}", node.span);
    match &node.kind {
        Kind::Scalar(_) => {}
        Kind::Sequence(items) => items.iter().for_each(|item| check_places(item, lines)),
        Kind::Mapping(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                assert!(entries[..index].iter().all(|earlier| earlier.key != entry.key), "{} twice", entry.key);
                assert!(entry.key_span.line >= 1 && entry.key_span.line <= lines, "{:?}", entry.key_span);
                check_places(&entry.value, lines);
            }
        }
    }
}

pub(crate) fn check_all(text: &str) {
    let lines = u32::try_from(text.split(['\n', '\r']).count()).unwrap();
    for parse in PARSERS {
        let mut diagnostics = Vec::new();
        let node = parse(text, &Limits::default(), &mut diagnostics);
        if let Some(node) = &node {
            check_places(node, lines);
        }
        for diagnostic in &diagnostics {
            let span = diagnostic.span.unwrap();
            assert!(span.line >= 1 && span.line <= lines && span.column >= 1, "{diagnostic:?}");
            assert!(!diagnostic.message.is_empty() && diagnostic.help.is_some(), "{diagnostic:?}");
        }
    }
    parse_yaml_documents(FILE, text, &Limits::default(), &mut Vec::new());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (text, note) = crate::decode_text("x", &bytes);
        prop_assert!(note.is_none() || text.contains(char::REPLACEMENT_CHARACTER));
        check_all(&text);
    }

    #[test]
    fn any_scraps_are_survived(text in scraps()) {
        check_all(&text);
    }

    #[test]
    fn any_toml_lines_are_survived(text in toml_scraps()) {
        check_all(&text);
    }

    #[test]
    fn json_is_read_alike_as_json_and_as_yaml(node in any_node(), gap in prop::sample::select(vec!["", " ", "\n", "\n  "])) {
        let mut text = String::new();
        print(&node, gap, &mut text);
        for parse in [PARSERS[0], PARSERS[1]] {
            let mut diagnostics = Vec::new();
            let read = parse(&text, &Limits::default(), &mut diagnostics);
            prop_assert_eq!(told(&diagnostics), Vec::<String>::new(), "{}", text);
            prop_assert_eq!(read.map(placeless), Some(node.clone()), "{}", text);
        }
    }

    #[test]
    fn files_cut_off_anywhere_are_survived(node in any_node(), gap in prop::sample::select(vec!["", " ", "\n  "]), at in any::<prop::sample::Index>()) {
        let mut text = String::new();
        print(&node, gap, &mut text);
        let mut at = at.index(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        check_all(&text[..at]);
        if at > 0 && matches!(node.kind, Kind::Mapping(_) | Kind::Sequence(_)) {
            let mut diagnostics = Vec::new();
            let read = parse_json(FILE, &text[..at], &Limits::default(), &mut diagnostics);
            prop_assert!(read.is_some() && !diagnostics.is_empty(), "{}", &text[..at]);
        }
    }
}
