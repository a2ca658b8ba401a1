//! What our own export wrote beside the shapes, read back as it was.
//!
//! | attribute | meaning |
//! |---|---|
//! | `vauban_element` | `component`, `boundary`, `flow`, `data`, `identity`, `system`, `threat`, `note` |
//! | `vauban_id` | our id |
//! | `vauban_fact_KEY` | a fact; lists with `, ` between, a comma inside as `\,` |
//! | `vauban_controls` | one a line: `yes` or `no`, the control, then perhaps `: ` and a note |
//! | `vauban_remarks` | one a line: key, `=`, text |
//! | `vauban_nest` | `place`: what it lies in is asked of its place, not of its parent |
//! | `vauban_in` | the zone around it, where the page does not show that |
//! | `vauban_description`, `vauban_owner`, `vauban_tags`, `vauban_out_of_scope`, `vauban_part_of` | as they say |

use rustc_hash::FxHashMap;
use vauban_model::model::{
    ControlStatement, Element, ElementRef, Fact, Model, Origin, OutOfScope, RecordedThreat, ScopeStatement, Value,
};
use vauban_model::vocabulary::{Domain, FactId, FactType};
use vauban_model::{Diagnostic, Span};

use super::raw::Cell;
use crate::draft::{Draft, blank_threat};
use crate::log::short;

const FACT: &str = "vauban_fact_";

/// Whether our export wrote it.
pub(crate) fn is_ours(cell: &Cell) -> bool {
    cell.datum("vauban_element").is_some()
}

/// A text whose escapes are undone, cut at every separator that is not escaped.
fn parts(text: &str, separator: char) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let piece = match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            c if c == separator => {
                out.push(String::new());
                continue;
            }
            c => c,
        };
        if let Some(last) = out.last_mut() {
            last.push(piece);
        }
    }
    out
}

/// The items of a list: `a, b`.
fn list(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let items = parts(text, ',').into_iter();
    items
        .enumerate()
        .map(|(at, item)| if at == 0 { item } else { item.strip_prefix(' ').map_or(item.clone(), str::to_owned) })
        .collect()
}

/// Takes over what the attributes say about an element, but for facts that name others.
pub(crate) fn read(cell: &Cell, element: &mut Element, domain: Domain, draft: &mut Draft) {
    element.facts.clear();
    element.extras.retain(|(key, _)| &**key == "drawio:id" || &**key == "drawio:diagram");
    let mut remarks: Vec<(Box<str>, Box<str>)> = Vec::new();
    let mut added: Vec<(Box<str>, Box<str>)> = Vec::new();
    for (key, value) in &cell.data {
        match key.as_str() {
            "vauban_description" => element.description = value.as_str().into(),
            "vauban_owner" => element.owner = Some(value.as_str().into()),
            "vauban_tags" => element.tags = list(value).into_iter().map(Into::into).collect(),
            "vauban_out_of_scope" => {
                element.out_of_scope = Some(OutOfScope { reason: value.as_str().into(), span: cell.span });
            }
            "vauban_remarks" => {
                for line in value.lines() {
                    let mut pair = parts(line, '=').into_iter();
                    if let (Some(key), Some(value)) = (pair.next(), pair.next()) {
                        remarks.push((key.into(), value.into()));
                    }
                }
            }
            "vauban_controls" => {
                for line in value.lines() {
                    let Some((word, rest)) = line.split_once(' ') else { continue };
                    let (control, note) =
                        rest.split_once(": ").map_or((rest, None), |(control, note)| (control, Some(note)));
                    element.set_control(ControlStatement {
                        control: control.into(),
                        present: word == "yes",
                        origin: Origin::Imported,
                        span: cell.span,
                        note: note.map(|note| parts(note, '\u{0}').concat().into()),
                    });
                }
            }
            "tooltip" | "placeholders" => {}
            _ => {
                if !key.starts_with("vauban_") {
                    // Somebody added it in the tool.
                    added.push((format!("drawio:{key}").into(), value.as_str().into()));
                }
                if let Some(word) = key.strip_prefix(FACT) {
                    match FactId::of_key(domain, word) {
                        Some(id) => match plain_value(id, value) {
                            Some(Some(value)) => {
                                element.set(Fact { id, value, origin: Origin::Imported, span: cell.span })
                            }
                            Some(None) => {}
                            None => wrong(key, value, cell.span, draft),
                        },
                        None => wrong(key, value, cell.span, draft),
                    }
                }
            }
        }
    }
    // Ours come first, as they stood; what else somebody added in the tool follows.
    let native = std::mem::take(&mut element.extras);
    added.retain(|(key, _)| remarks.iter().all(|(known, _)| known != key));
    element.extras = native.into_iter().chain(remarks).chain(added).collect();
}

fn wrong(key: &str, value: &str, span: Span, draft: &mut Draft) {
    let message = format!("`{}` says `{}`, which is none of our words; it counts as unknown", short(key), short(value));
    draft
        .log
        .push(Diagnostic::warning("import-unknown-value", span, message).help("correct the shape's data in the tool"));
}

/// The value of a fact; `Some(None)` for one that names elements, which are not all known yet.
#[expect(clippy::option_option, reason = "wrong, later and now are three answers")]
fn plain_value(id: FactId, text: &str) -> Option<Option<Value>> {
    let value = match id.definition().ty {
        FactType::Bool => match text {
            "yes" | "true" => Value::Bool(true),
            "no" | "false" => Value::Bool(false),
            _ => return None,
        },
        FactType::Enum(enumeration) => Value::Symbol(enumeration.parse(text)?),
        FactType::Set(enumeration) => {
            let mut symbols = list(text).iter().map(|word| enumeration.parse(word)).collect::<Option<Vec<u16>>>()?;
            symbols.sort_unstable();
            symbols.dedup();
            Value::Symbols(symbols.into())
        }
        FactType::Number => Value::Number(text.parse().ok()?),
        FactType::Text => Value::Text(text.into()),
        FactType::Words | FactType::Technologies => Value::Words(list(text).into_iter().map(Into::into).collect()),
        FactType::References(_) => return Some(None),
    };
    Some(Some(value))
}

/// What is said of the system beyond what all elements have.
pub(crate) fn system(cell: &Cell, model: &mut Model) {
    model.business_context = cell.datum("vauban_business_context").unwrap_or_default().into();
    let statements = |key: &str| -> Vec<ScopeStatement> {
        let lines = cell.datum(key).unwrap_or_default().lines();
        let one = |line: &str| {
            let mut pair = parts(line, '=').into_iter();
            let (what, why) = (pair.next().unwrap_or_default(), pair.next().unwrap_or_default());
            ScopeStatement { what: what.into(), why: why.into(), span: cell.span }
        };
        lines.map(one).collect()
    };
    model.in_scope = statements("vauban_in_scope");
    model.out_of_scope = statements("vauban_left_out");
}

/// Every element by its id, for facts that name others.
pub(crate) struct Ids(FxHashMap<(Domain, Box<str>), u32>);

impl Ids {
    pub(crate) fn new(model: &Model) -> Self {
        let mut ids = FxHashMap::default();
        for domain in Domain::ALL {
            for (element, known) in model.elements(domain) {
                ids.entry((domain, known.id.clone())).or_insert(element.index);
            }
        }
        Ids(ids)
    }

    pub(crate) fn find(&self, domain: Domain, id: &str) -> Option<u32> {
        self.0.get(&(domain, id.into())).copied()
    }

    /// The elements of a list of `kind:id`.
    fn any(&self, text: &str) -> Vec<ElementRef> {
        let one = |item: String| {
            let (kind, id) = item.split_once(':')?;
            let domain = Domain::parse(kind)?;
            if domain == Domain::System {
                return Some(ElementRef::SYSTEM);
            }
            Some(ElementRef { domain, index: self.find(domain, id)? })
        };
        list(text).into_iter().filter_map(one).collect()
    }
}

/// Facts that name other elements, once all of them are there.
pub(crate) fn references(cell: &Cell, target: ElementRef, ids: &Ids, draft: &mut Draft) {
    for (key, value) in &cell.data {
        let Some(id) = key.strip_prefix(FACT).and_then(|word| FactId::of_key(target.domain, word)) else { continue };
        let FactType::References(domain) = id.definition().ty else { continue };
        let mut found = Vec::new();
        for name in list(value) {
            match ids.find(domain, &name) {
                Some(index) => found.push(index),
                None => {
                    let message = format!("`{}` names `{}`, which is not in the drawing", short(key), short(&name));
                    draft.log.push(
                        Diagnostic::warning("import-dangling-reference", cell.span, message)
                            .help("correct the shape's data in the tool"),
                    );
                }
            }
        }
        if let Some(element) = draft.model.get_mut(target) {
            element.set(Fact { id, value: Value::References(found.into()), origin: Origin::Imported, span: cell.span });
        }
    }
    if let Some(zone) = cell.datum("vauban_in").and_then(|id| ids.find(Domain::Boundary, id)) {
        match target.domain {
            Domain::Component => {
                if let Some(component) = draft.model.components.get_mut(target.at()) {
                    component.boundary = component.boundary.or(Some(zone));
                }
            }
            Domain::Boundary if zone != target.index => {
                if let Some(boundary) = draft.model.boundaries.get_mut(target.at()) {
                    boundary.parent = boundary.parent.or(Some(zone));
                }
            }
            _ => {}
        }
    }
    if target.domain == Domain::Component
        && let Some(whole) = cell.datum("vauban_part_of").and_then(|id| ids.find(Domain::Component, id))
        && let Some(part) = draft.model.components.get_mut(target.at())
        && whole != target.index
    {
        part.parent = Some(whole);
    }
}

/// A threat that the export wrote down.
pub(crate) fn threat(cell: &Cell, title: &str, ids: &Ids) -> RecordedThreat {
    let said = |key: &str| cell.datum(key).unwrap_or_default();
    let mut threat = blank_threat(cell.span);
    threat.title = title.into();
    threat.description = said("vauban_description").into();
    threat.categories = list(said("vauban_categories")).into_iter().map(Into::into).collect();
    threat.elements = ids.any(said("vauban_about"));
    threat.severity = said("vauban_severity").into();
    threat.status = said("vauban_status").into();
    threat.mitigation = said("vauban_mitigation").into();
    threat.cwe = list(said("vauban_cwe")).iter().filter_map(|number| number.parse().ok()).collect();
    for line in said("vauban_remarks").lines() {
        let mut pair = parts(line, '=').into_iter();
        if let (Some(key), Some(value)) = (pair.next(), pair.next()) {
            threat.extras.push((key.into(), value.into()));
        }
    }
    threat
}

#[cfg(test)]
mod tests {
    use super::{list, parts};

    #[test]
    fn lists_keep_their_commas() {
        assert_eq!(list("a, b\\, c, \\\\"), ["a", "b, c", "\\"]);
        assert_eq!(list(""), Vec::<String>::new());
        assert_eq!(parts("k\\=1=v\\nw", '='), ["k=1", "v\nw"]);
    }
}
