//! What another tool's format has no place for, in a shape that our own readers know: keys with JSON values.
//!
//! Formats with free attributes get these beside what they can say themselves, so that a model comes back whole. The
//! reader is `vauban-import/src/kept.rs`; the keys here and there are one contract:
//!
//! | key | value |
//! |---|---|
//! | `id`, `name`, `description`, `owner` | text |
//! | `tags` | list of texts |
//! | `out_of_scope` | the reason |
//! | `fact.<key>` | yes or no, number, text, or list of texts; references by id |
//! | `control.<id>` | `{"present": bool, "note": text}` |
//! | `extra.<key>` | text |
//!
//! and for the model as a whole `business_context`, `in_scope`, `not_in_scope`, `data`, `identities`, `runtimes`,
//! `third_parties`, `checkpoints`, `assumptions`, `abuse_cases`, `notes`, `threats`, `drawings`, `decisions`.

use serde_json::{Map, Value, json};
use vauban_model::drawing::Drawing;
use vauban_model::drawing::geometry::Point;
use vauban_model::finding::Decision;
use vauban_model::model::{Element, ElementRef, Fact, Model, Origin, RecordedThreat, Value as FactValue};
use vauban_model::vocabulary::{Domain, FactId, FactType};

/// Keys with values, in order.
pub(super) type Kept = Map<String, Value>;

/// The prefix of our keys where a format's attributes are shared with others.
pub(super) const PREFIX: &str = "vauban:";

/// The value of a fact as JSON; references become ids.
pub(super) fn fact_value(model: &Model, fact: &Fact) -> Value {
    let ty = fact.id.definition().ty;
    match &fact.value {
        FactValue::Bool(value) => json!(value),
        FactValue::Number(number) => json!(number),
        FactValue::Text(text) => json!(text),
        FactValue::Words(words) => json!(words),
        FactValue::Symbol(symbol) => match ty {
            FactType::Enum(enumeration) | FactType::Set(enumeration) => json!(enumeration.word(*symbol)),
            _ => Value::Null,
        },
        FactValue::Symbols(symbols) => match ty {
            FactType::Enum(enumeration) | FactType::Set(enumeration) => {
                symbols.iter().map(|symbol| json!(enumeration.word(*symbol))).collect()
            }
            _ => Value::Null,
        },
        FactValue::References(indexes) => {
            let domain = referred(fact.id);
            indexes.iter().map(|index| json!(model.id(ElementRef { domain, index: *index }))).collect()
        }
    }
}

/// The kind of element that a fact's references name.
pub(super) fn referred(id: FactId) -> Domain {
    match id.definition().ty {
        FactType::References(domain) => domain,
        _ => Domain::System,
    }
}

/// Whether a fact is part of what people stated: defaults and what is derived are computed again.
pub(super) fn is_stated(fact: &Fact) -> bool {
    !matches!(fact.origin, Origin::Default | Origin::Derived)
}

/// What an element says beyond what the format says itself. `said` names the facts with a place of their own.
pub(super) fn facts(model: &Model, element: &Element, said: impl Fn(&Fact) -> bool, out: &mut Kept) {
    for fact in element.facts.iter().filter(|fact| is_stated(fact) && !said(fact)) {
        out.insert(format!("fact.{}", fact.id.definition().key), fact_value(model, fact));
    }
    for statement in &element.controls {
        let mut value = json!({ "present": statement.present });
        if let (Some(note), Some(fields)) = (&statement.note, value.as_object_mut()) {
            fields.insert("note".to_owned(), json!(note));
        }
        out.insert(format!("control.{}", statement.control), value);
    }
}

/// Remarks of an element; `said` names those with a place of their own.
pub(super) fn extras(extras: &[(Box<str>, Box<str>)], said: impl Fn(&str) -> bool, out: &mut Kept) {
    for (key, value) in extras.iter().filter(|(key, _)| !said(key)) {
        // A key that stands twice is told once more with a number, rather than lost.
        let mut name = format!("extra.{key}");
        while out.contains_key(&name) {
            name.push('+');
        }
        out.insert(name, json!(value));
    }
}

/// Owner, tags and scope.
pub(super) fn owner(element: &Element, out: &mut Kept) {
    if let Some(owner) = &element.owner {
        out.insert("owner".to_owned(), json!(owner));
    }
}

/// Tags.
pub(super) fn tags(element: &Element, out: &mut Kept) {
    if !element.tags.is_empty() {
        out.insert("tags".to_owned(), json!(element.tags));
    }
}

/// Why it is out of scope, if it is.
pub(super) fn scope(element: &Element, out: &mut Kept) {
    if let Some(scope) = &element.out_of_scope {
        out.insert("out_of_scope".to_owned(), json!(scope.reason));
    }
}

/// Everything about an element for which the format has no object at all.
pub(super) fn whole(model: &Model, element: &Element) -> Value {
    let mut out = Kept::new();
    out.insert("id".to_owned(), json!(element.id));
    out.insert("name".to_owned(), json!(element.name));
    if !element.description.is_empty() {
        out.insert("description".to_owned(), json!(element.description));
    }
    owner(element, &mut out);
    tags(element, &mut out);
    scope(element, &mut out);
    facts(model, element, |_| false, &mut out);
    extras(&element.extras, |_| false, &mut out);
    Value::Object(out)
}

/// An element as `kind:id`, for lists that name elements of several kinds.
pub(super) fn named(model: &Model, element: ElementRef) -> Value {
    json!(format!("{}:{}", element.domain.as_str(), model.id(element)))
}

fn ids(model: &Model, domain: Domain, indexes: &[u32]) -> Vec<Value> {
    indexes.iter().map(|index| json!(model.id(ElementRef { domain, index: *index }))).collect()
}

/// A recorded threat, whole.
pub(super) fn threat(model: &Model, threat: &RecordedThreat) -> Value {
    let mut out = Kept::new();
    out.insert("id".to_owned(), json!(threat.id));
    out.insert("title".to_owned(), json!(threat.title));
    for (key, text) in [
        ("description", &threat.description),
        ("severity", &threat.severity),
        ("status", &threat.status),
        ("mitigation", &threat.mitigation),
    ] {
        if !text.is_empty() {
            out.insert(key.to_owned(), json!(text));
        }
    }
    if !threat.categories.is_empty() {
        out.insert("categories".to_owned(), json!(threat.categories));
    }
    if !threat.cwe.is_empty() {
        out.insert("cwe".to_owned(), json!(threat.cwe));
    }
    if !threat.elements.is_empty() {
        out.insert("elements".to_owned(), threat.elements.iter().map(|it| named(model, *it)).collect());
    }
    extras(&threat.extras, |_| false, &mut out);
    Value::Object(out)
}

/// The lists of a model for which a format has no place. Empty ones are left out.
pub(super) fn lists(model: &Model, out: &mut Kept) {
    let component = Domain::Component;
    let about = |elements: &[ElementRef]| elements.iter().map(|it| named(model, *it)).collect::<Vec<_>>();
    if !model.business_context.is_empty() {
        out.insert("business_context".to_owned(), json!(model.business_context));
    }
    let scope = |list: &[vauban_model::model::ScopeStatement]| -> Vec<Value> {
        list.iter().map(|it| json!({ "what": it.what, "why": it.why })).collect()
    };
    let mut add = |key: &str, list: Vec<Value>| {
        if !list.is_empty() {
            out.insert(key.to_owned(), Value::Array(list));
        }
    };
    add("in_scope", scope(&model.in_scope));
    add("not_in_scope", scope(&model.out_of_scope));
    add("identities", model.identities.iter().map(|it| whole(model, it)).collect());
    let runtimes = model.runtimes.iter().map(|it| {
        json!({ "id": it.id, "name": it.name, "description": it.description, "tags": it.tags,
            "components": ids(model, component, &it.components) })
    });
    add("runtimes", runtimes.collect());
    let third = model.third_parties.iter().map(|it| {
        let notes: Vec<Value> = it.notes.iter().map(|(key, value)| json!([key, value])).collect();
        json!({ "id": it.id, "name": it.name, "provides": it.provides, "used_by": ids(model, component, &it.used_by),
            "data": ids(model, Domain::Data, &it.data), "when_down": it.when_down, "notes": notes })
    });
    add("third_parties", third.collect());
    let checkpoints = model.checkpoints.iter().map(|it| {
        json!({ "id": it.id, "authenticates": it.authenticates, "protects": ids(model, component, &it.protects),
            "by": it.by.map(|by| model.id(ElementRef { domain: component, index: by })), "how": it.how })
    });
    add("checkpoints", checkpoints.collect());
    let assumptions = model.assumptions.iter();
    let assumptions =
        assumptions.map(|it| json!({ "id": it.id, "text": it.text, "about": about(&it.about), "owner": it.owner }));
    add("assumptions", assumptions.collect());
    let abuse = model.abuse_cases.iter();
    let abuse = abuse.map(|it| json!({ "id": it.id, "name": it.name, "text": it.text, "about": about(&it.about) }));
    add("abuse_cases", abuse.collect());
    let notes = model.notes.iter().map(|it| json!({ "kind": it.kind, "title": it.title, "text": it.text }));
    add("notes", notes.collect());
}

/// Drawings, whole.
pub(super) fn drawings(model: &Model) -> Vec<Value> {
    model.drawings.iter().map(|it| drawing(model, it)).collect()
}

fn drawing(model: &Model, drawing: &Drawing) -> Value {
    let points = |points: &[Point]| points.iter().map(|at| json!([at.x, at.y])).collect::<Vec<_>>();
    let shapes = drawing.shapes.iter().map(|shape| {
        let at = shape.rect;
        json!([named(model, shape.element), at.corner.x, at.corner.y, at.width, at.height])
    });
    let flows = drawing.flows.iter().map(|it| {
        let id = model.id(ElementRef { domain: Domain::Flow, index: it.flow });
        json!({ "flow": id, "bends": points(&it.bends), "curved": it.curved })
    });
    let lines = drawing.lines.iter().map(|it| {
        let id = model.id(ElementRef { domain: Domain::Boundary, index: it.boundary });
        json!({ "boundary": id, "points": points(&it.points), "curved": it.curved })
    });
    json!({ "id": drawing.id, "name": drawing.name, "shapes": shapes.collect::<Vec<_>>(),
        "flows": flows.collect::<Vec<_>>(), "lines": lines.collect::<Vec<_>>() })
}

/// Decisions, whole.
pub(super) fn decisions(decisions: &[Decision]) -> Vec<Value> {
    let one = |it: &Decision| {
        json!({ "threat": it.threat, "treatment": it.treatment.as_str(), "reason": it.reason, "owner": it.owner,
            "approver": it.approver, "until": it.until, "ticket": it.ticket, "decided": it.decided })
    };
    decisions.iter().map(one).collect()
}
