//! How fast files are read: `cargo run --release -p vauban-syntax --example speed [components]`.

#![expect(clippy::print_stdout, reason = "a measurement is for people to read")]

use std::fmt::Write;
use std::time::Instant;

use vauban_model::FileId;
use vauban_syntax::{Limits, Node, parse_json, parse_toml, parse_yaml};

fn main() {
    let components = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let yaml = model(components);
    let limits = Limits::default();
    measure("granit events alone", &yaml, |text| {
        let options = granit_parser::options! { emit_comments: false };
        granit_parser::Parser::new_from_str_with_options(text, options).filter(Result::is_ok).count()
    });
    measure("yaml", &yaml, |text| parse_yaml(FileId(0), text, &limits, &mut Vec::new()));
    // A directive is outside what the quick reader knows, so this is the other one.
    measure("yaml, whole language", &format!("%YAML 1.2\n---\n{yaml}"), |text| {
        parse_yaml(FileId(0), text, &limits, &mut Vec::new())
    });
    let mut json = String::new();
    if let Some(tree) = parse_yaml(FileId(0), &yaml, &limits, &mut Vec::new()) {
        print_json(&tree, &mut json);
    }
    measure("json", &json, |text| parse_json(FileId(0), text, &limits, &mut Vec::new()));
    measure("json as yaml", &json, |text| parse_yaml(FileId(0), text, &limits, &mut Vec::new()));
    let mut toml = String::new();
    // TOML is refused above 4 MiB.
    for number in 0..components.min(50_000) {
        let _ = writeln!(toml, "[component-{number}]\nkind = \"process\"\nhandles = [\"data-1\", \"data-2\"]");
    }
    measure("toml", &toml, |text| parse_toml(FileId(0), text, 0, &limits, &mut Vec::new()));
}

/// Best of five, the result's own end of life not counted.
fn measure<T>(name: &str, text: &str, read: impl Fn(&str) -> T) {
    let megabytes = text.len() as f64 / 1e6;
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        let result = read(text);
        best = best.min(start.elapsed().as_secs_f64());
        drop(result);
    }
    println!("{name:24} {megabytes:7.1} MB {:8.1} ms {:6.1} ms/MB", best * 1e3, best * 1e3 / megabytes);
}

fn model(components: usize) -> String {
    let mut text = String::from("vauban: 1\nsystem:\n  name: Shop\n  owner: team-a\ncomponents:\n");
    for number in 0..components {
        let _ = writeln!(
            text,
            "  component-{number}: {{kind: process, technology: web-application, in: zone-{}, handles: [data-{}, data-{}]}}",
            number % 50,
            number % 90,
            number % 70
        );
    }
    text.push_str("flows:\n");
    for number in 0..components {
        let _ = writeln!(
            text,
            "  - from: component-{number}\n    to: component-{}\n    # what it is for\n    carries: [data-{}]\n    title: \"Order {number}\"",
            number * 7 % components,
            number % 90
        );
    }
    text
}

fn print_json(node: &Node, out: &mut String) {
    if let Some(items) = node.as_sequence() {
        out.push('[');
        for (index, item) in items.iter().enumerate() {
            out.push_str(if index > 0 { "," } else { "" });
            print_json(item, out);
        }
        out.push(']');
    } else if let Some(entries) = node.as_mapping() {
        out.push('{');
        for (index, entry) in entries.iter().enumerate() {
            let _ = write!(out, "{}\"{}\":", if index > 0 { "," } else { "" }, entry.key);
            print_json(&entry.value, out);
        }
        out.push('}');
    } else {
        let _ = write!(out, "\"{}\"", node.as_str().unwrap_or(""));
    }
}
