//! The HTML report: well-formed, nothing of the model's runs, nothing is loaded, everything can be reached.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use vauban_export::html::html;
use vauban_model::finding::Finding;
use vauban_model::model::{Component, Element, Flow};
use vauban_model::scale::Level;
use vauban_model::vocabulary::Domain;
use vauban_model::{FileId, Span};

use crate::hostile::{at, world};

/// A start tag: its name and attributes.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }
}

/// Elements without an end tag.
const VOID: [&str; 3] = ["meta", "input", "br"];

/// Reads the page as strictly as one may: every attribute in double quotes, every element closed in order.
fn tags(page: &str) -> (Vec<Tag>, Vec<(String, String)>) {
    let mut out = Vec::new();
    let mut raw = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = page.strip_prefix("<!doctype html>\n").expect("a doctype");
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>') || open.last().is_some(), "stray >");
        rest = &rest[start + 1..];
        if let Some(after) = rest.strip_prefix('/') {
            let (name, after) = after.split_once('>').expect("an end");
            assert_eq!(open.pop().as_deref(), Some(name), "closed in order");
            rest = after;
            continue;
        }
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(!name.is_empty(), "a tag after <: {}", &rest.chars().take(40).collect::<String>());
        rest = &rest[name.len()..];
        let mut tag = Tag { name: name.clone(), attributes: Vec::new() };
        let mut closed = false;
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix("/>") {
                (rest, closed) = (after, true);
                break;
            }
            if let Some(after) = rest.strip_prefix('>') {
                rest = after;
                break;
            }
            let key: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-:".contains(*c)).collect();
            assert!(!key.is_empty(), "an attribute in <{name}: {}", rest.chars().take(60).collect::<String>());
            rest = &rest[key.len()..];
            let mut value = String::new();
            if let Some(after) = rest.strip_prefix("=\"") {
                let (inside, after) = after.split_once('"').expect("a closing quote");
                value = inside.to_owned();
                rest = after;
            }
            assert!(tag.get(&key).is_none(), "{key} twice in <{name}>");
            tag.attributes.push((key, value));
        }
        out.push(tag);
        if name == "script" || name == "style" {
            let (inside, after) = rest.split_once(&format!("</{name}>")).expect("an end");
            raw.push((name, inside.to_owned()));
            rest = after;
        } else if !closed && !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<String>::new(), "all closed");
    (out, raw)
}

#[test]
fn nothing_of_the_models_runs() {
    let page = html(&world().report(), true);
    let (tags, raw) = tags(&page);
    for tag in &tags {
        for (key, value) in &tag.attributes {
            assert!(!key.starts_with("on") && key != "style" && key != "srcset", "{key} in <{}>", tag.name);
            if key == "href" {
                assert!(
                    value.starts_with('#')
                        || value.starts_with("data:application/json,")
                        || value.starts_with("https://"),
                    "{value}"
                );
            }
            assert!(key != "src", "{value}");
        }
        assert!(!["img", "iframe", "object", "embed", "link", "base"].contains(&tag.name.as_str()), "<{}>", tag.name);
    }
    let scripts: Vec<&String> = raw.iter().filter(|(name, _)| name == "script").map(|(_, body)| body).collect();
    assert_eq!(scripts.len(), 1);
    for bad in ["\u{202E}", "\u{2066}", "\0", "<script>alert"] {
        assert!(!page.contains(bad), "{bad:?}");
    }
    assert!(page.contains("שלום"));
}

#[test]
fn the_policy_allows_what_stands_in_the_page_and_nothing_else() {
    let page = html(&world().report(), true);
    let (tags, raw) = tags(&page);
    let policy =
        tags.iter().find(|tag| tag.get("http-equiv").is_some()).and_then(|tag| tag.get("content")).expect("a policy");
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe") && !policy.contains("http"));
    assert_eq!(policy.matches("sha256-").count(), raw.len());
    for (name, body) in raw {
        let hash = base64(&Sha256::digest(body.as_bytes()));
        let list = policy.split(';').find(|part| part.trim().starts_with(&format!("{name}-src"))).expect("a list");
        assert!(list.contains(&format!("'sha256-{hash}'")), "{name}");
    }
}

/// Base64 by way of bits as text: slow, and nothing like the exporter's own.
fn base64(bytes: &[u8]) -> String {
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let mut bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    while !bits.len().is_multiple_of(6) {
        bits.push('0');
    }
    let mut out: String = (0..bits.len() / 6)
        .map(|at| letters[usize::from_str_radix(&bits[at * 6..at * 6 + 6], 2).expect("six bits")])
        .collect();
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

#[test]
fn every_link_leads_somewhere_and_every_id_stands_once() {
    let page = html(&world().report(), true);
    let (tags, _) = tags(&page);
    let mut ids = BTreeSet::new();
    for id in tags.iter().filter_map(|tag| tag.get("id")) {
        assert!(!id.contains(char::is_whitespace), "{id:?}");
        assert!(ids.insert(id.to_owned()), "{id:?} twice");
    }
    for tag in &tags {
        if let Some(target) = tag.get("href").and_then(|href| href.strip_prefix('#')) {
            let target = decode(target);
            assert!(ids.iter().any(|id| unescape(id) == target), "nothing is called {target:?}");
        }
        for key in ["aria-labelledby", "aria-controls", "for"] {
            for id in tag.get(key).into_iter().flat_map(str::split_whitespace) {
                assert!(ids.contains(id), "{key}={id:?}");
            }
        }
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
            let digits = std::str::from_utf8(&digits).expect("ASCII");
            bytes.push(u8::from_str_radix(digits, 16).expect("hexadecimal"));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[test]
fn headings_go_down_one_step_at_a_time_and_tables_have_heads() {
    let page = html(&world().report(), true);
    let (tags, _) = tags(&page);
    let mut before = 0;
    for tag in &tags {
        if let Some(level) = tag.name.strip_prefix('h').and_then(|level| level.parse::<u8>().ok()) {
            assert!(level <= before + 1, "h{level} after h{before}");
            before = level;
        }
        if tag.name == "th" {
            assert!(tag.get("scope").is_some());
        }
    }
    assert_eq!(tags.iter().filter(|tag| tag.name == "h1").count(), 1);
    assert_eq!(tags.iter().filter(|tag| tag.name == "main").count(), 1);
}

#[test]
fn a_model_with_nothing_in_it_is_a_page_too() {
    let mut world = world();
    world.model = vauban_model::model::Model::new(Element::new("s", "S", Span::new(FileId(0), 1, 1, 0)));
    world.analysis = vauban_model::report::Analysis::default();
    world.new = None;
    tags(&html(&world.report(), false));
}

#[test]
fn a_large_model_stays_a_page() {
    let mut world = world();
    let pattern: Finding = world.analysis.findings[0].clone();
    let (component, flow): (Component, Flow) = (world.model.components[0].clone(), world.model.flows[0].clone());
    for number in 2..2_000u32 {
        let mut next = component.clone();
        next.element.id = format!("c{number}").into();
        world.model.components.push(next);
        let mut next = flow.clone();
        next.element.id = format!("f{number}").into();
        (next.source, next.target) = (number, number / 2);
        world.model.flows.push(next);
        let mut finding = pattern.clone();
        finding.id = format!("first@c{number}").into();
        finding.elements = vec![at(Domain::Component, number)];
        finding.current.risk = if number % 7 == 0 { Level::High } else { Level::Low };
        world.analysis.findings.push(finding);
    }
    let page = html(&world.report(), true);
    assert!(page.len() < 6_000_000, "{} bytes", page.len());
    assert!(page.contains("more findings are left out here"));
    assert!(page.contains("more components are left out here"));
    tags(&page);
}
