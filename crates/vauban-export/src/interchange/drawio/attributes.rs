//! What we know beyond the drawing, as data of its shapes. Our importer reads the same attributes back;
//! `vauban-import/src/drawio/stated.rs` lists them.

use std::fmt::Write as _;

use vauban_model::model::{Element, ElementRef, Model, Origin, RecordedThreat, Value};
use vauban_model::vocabulary::{Domain, FactType};

use crate::interchange::words::xml;

/// A shape's data: key and value.
pub(super) type Attributes = Vec<(String, String)>;

/// A text for one item of a list or one line: separators are escaped.
fn item(text: &str, separators: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c == '\\' || separators.contains(&c) => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn list<'t>(items: impl IntoIterator<Item = &'t str>) -> String {
    items.into_iter().map(|text| item(text, &[','])).collect::<Vec<_>>().join(", ")
}

fn pairs(all: &[(Box<str>, Box<str>)]) -> String {
    // What the tool says of itself, it says again.
    let ours = all.iter().filter(|(key, _)| !matches!(&**key, "drawio:id" | "drawio:diagram"));
    ours.map(|(key, value)| format!("{}={}", item(key, &['=']), item(value, &['=']))).collect::<Vec<_>>().join("\n")
}

fn push(out: &mut Attributes, key: &str, value: impl Into<String>) {
    let value = value.into();
    if !value.is_empty() {
        out.push((key.to_owned(), value));
    }
}

/// All that an element says which no shape shows.
pub(super) fn of_element(model: &Model, target: ElementRef, element: &Element) -> Attributes {
    let mut out = vec![
        ("vauban_element".to_owned(), target.domain.as_str().to_owned()),
        ("vauban_id".to_owned(), element.id.to_string()),
    ];
    // The text on an arrow without a name is its id; where somebody gave it that very name, this says so.
    if target.domain == Domain::Flow && element.named_as_id {
        out.push(("vauban_name".to_owned(), element.name.to_string()));
    }
    if target.domain == Domain::System {
        out.push(("vauban_name".to_owned(), element.name.to_string()));
        push(&mut out, "vauban_business_context", &*model.business_context);
        for (key, statements) in [("vauban_in_scope", &model.in_scope), ("vauban_left_out", &model.out_of_scope)] {
            let lines = statements.iter().map(|it| format!("{}={}", item(&it.what, &['=']), item(&it.why, &['='])));
            push(&mut out, key, lines.collect::<Vec<_>>().join("\n"));
        }
    }
    push(&mut out, "vauban_description", &*element.description);
    if let Some(owner) = &element.owner {
        push(&mut out, "vauban_owner", &**owner);
    }
    push(&mut out, "vauban_tags", list(element.tags.iter().map(|tag| &**tag)));
    if let Some(excluded) = &element.out_of_scope {
        out.push(("vauban_out_of_scope".to_owned(), excluded.reason.to_string()));
    }
    for stated in &element.facts {
        // What is derived or a default is found out again.
        if matches!(stated.origin, Origin::Derived | Origin::Default) {
            continue;
        }
        let definition = stated.id.definition();
        let value = match (&stated.value, definition.ty) {
            (Value::Bool(yes), _) => if *yes { "yes" } else { "no" }.to_owned(),
            (Value::Symbol(symbol), FactType::Enum(words)) => words.word(*symbol).to_owned(),
            (Value::Symbols(symbols), FactType::Set(words)) => list(symbols.iter().map(|symbol| words.word(*symbol))),
            (Value::Number(number), _) => number.to_string(),
            (Value::Text(text), _) => text.to_string(),
            (Value::Words(words), _) => list(words.iter().map(|word| &**word)),
            (Value::References(indexes), FactType::References(domain)) => {
                list(indexes.iter().map(|index| model.id(ElementRef { domain, index: *index })))
            }
            _ => continue,
        };
        out.push((format!("vauban_fact_{}", definition.key), value));
    }
    let mut controls = String::new();
    for stated in element.controls.iter().filter(|it| !matches!(it.origin, Origin::Derived | Origin::Default)) {
        let note = stated.note.as_ref().map_or_else(String::new, |note| format!(": {}", item(note, &[])));
        let _ = writeln!(controls, "{} {}{note}", if stated.present { "yes" } else { "no" }, stated.control);
    }
    push(&mut out, "vauban_controls", controls.trim_end());
    push(&mut out, "vauban_remarks", pairs(&element.extras));
    if target.domain == Domain::Component
        && let Some(whole) = model.components.get(target.at()).and_then(|part| part.parent)
    {
        push(&mut out, "vauban_part_of", model.id(ElementRef { domain: Domain::Component, index: whole }));
    }
    out
}

/// All that a recorded threat says beside its title.
pub(super) fn of_threat(model: &Model, threat: &RecordedThreat) -> Attributes {
    let mut out =
        vec![("vauban_element".to_owned(), "threat".to_owned()), ("vauban_id".to_owned(), threat.id.to_string())];
    push(&mut out, "vauban_description", &*threat.description);
    push(&mut out, "vauban_categories", list(threat.categories.iter().map(|word| &**word)));
    let about: Vec<String> =
        threat.elements.iter().map(|element| format!("{}:{}", element.domain.as_str(), model.id(*element))).collect();
    push(&mut out, "vauban_about", list(about.iter().map(String::as_str)));
    push(&mut out, "vauban_severity", &*threat.severity);
    push(&mut out, "vauban_status", &*threat.status);
    push(&mut out, "vauban_mitigation", &*threat.mitigation);
    let cwe: Vec<String> = threat.cwe.iter().map(u32::to_string).collect();
    push(&mut out, "vauban_cwe", list(cwe.iter().map(String::as_str)));
    push(&mut out, "vauban_remarks", pairs(&threat.extras));
    out
}

/// A text as a label, which the tool reads as HTML.
pub(super) fn label(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Attributes as they stand in a tag, each with a space in front.
pub(super) fn written(attributes: &Attributes) -> String {
    attributes.iter().fold(String::new(), |mut out, (key, value)| {
        let _ = write!(out, " {key}=\"{}\"", xml(value));
        out
    })
}
