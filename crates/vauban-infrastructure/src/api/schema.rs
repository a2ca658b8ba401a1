//! What messages are made of: names of properties, and references to schemas that have more.
//!
//! A schema that is referred to is a resource of its own (`api:path#/components/schemas/Pet`), read once however often it is
//! used, so that schemas may refer to each other in circles.

use rustc_hash::FxHashSet;
use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Source, Text, Value};
use vauban_syntax::Kind;

use super::documents::{At, Documents};
use crate::plain;

/// How deep schemas are looked into where they stand inside each other.
const DEEPEST: usize = 48;
/// Most names and references of one schema or message.
const MOST_PARTS: usize = 5_000;

/// Keys below which there is one more schema.
const ONE: [&str; 8] =
    ["items", "additionalProperties", "contains", "if", "then", "else", "schema", "unevaluatedProperties"];
/// Keys below which there are several.
const SEVERAL: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];

/// Collects schemas that are referred to.
#[derive(Default)]
pub(super) struct Schemas {
    seen: FxHashSet<(usize, String)>,
    waiting: Vec<(usize, String, Span)>,
}

impl Schemas {
    /// The parts of a schema: names of properties as texts where they are declared, schemas as references.
    pub(super) fn parts<'d>(&mut self, documents: &'d Documents, at: At<'d>, out: &mut Vec<Value>) {
        self.walk(documents, at, 0, out);
    }

    fn walk<'d>(&mut self, documents: &'d Documents, at: At<'d>, depth: usize, out: &mut Vec<Value>) {
        if depth > DEEPEST || out.len() > MOST_PARTS {
            return;
        }
        if at.node.get("$ref").is_some() {
            self.refer(documents, at, out);
            // Since OpenAPI 3.1 there may be more beside it.
        }
        for (entry, inner) in at.entries() {
            match &*entry.key {
                "properties" | "patternProperties" => {
                    for (property, inner) in inner.entries() {
                        out.push(Value::text(&*property.key, property.key_span));
                        self.walk(documents, inner, depth + 1, out);
                    }
                }
                // Avro, as messages of brokers have it.
                "fields" => {
                    for field in inner.items() {
                        if let Some(name) = field.node.get("name").filter(|name| name.as_str().is_some()) {
                            out.push(plain::value(name));
                        }
                        if let Some(ty) = field.get("type") {
                            self.walk(documents, ty, depth + 1, out);
                        }
                    }
                }
                key if ONE.contains(&key) => match &inner.node.kind {
                    Kind::Sequence(_) => inner.items().for_each(|item| self.walk(documents, item, depth + 1, out)),
                    _ => self.walk(documents, inner, depth + 1, out),
                },
                key if SEVERAL.contains(&key) => {
                    inner.items().for_each(|item| self.walk(documents, item, depth + 1, out));
                }
                _ => {}
            }
        }
    }

    fn refer<'d>(&mut self, documents: &'d Documents, at: At<'d>, out: &mut Vec<Value>) {
        let Some(resolved) = documents.resolve(at) else { return };
        let Some(pointer) = resolved.pointer else { return };
        let span = at.node.get("$ref").map_or(at.node.span, |node| node.span);
        out.push(plain::reference(&address(documents, resolved.at.document, &pointer), "", span));
        let key = (resolved.at.document, pointer);
        if self.seen.insert(key.clone()) {
            self.waiting.push((key.0, key.1, resolved.at.node.span));
        }
    }

    /// Makes a resource of each schema that was met, those included that are met on the way.
    pub(super) fn finish(mut self, documents: &Documents, source: Source, out: &mut Vec<Resource>) {
        while let Some((document, pointer, span)) = self.waiting.pop() {
            let Some(at) = documents.pointed(document, &pointer) else { continue };
            let mut parts = Vec::new();
            self.walk(documents, at, 0, &mut parts);
            let name = pointer.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(&pointer);
            let name = if name.is_empty() { super::stem(documents.path(document)) } else { name };
            out.push(Resource {
                address: address(documents, document, &pointer).into(),
                ty: "api:schema".into(),
                native_type: "api:schema".into(),
                name: Text::from(name),
                source,
                mode: Mode::Managed,
                attributes: plain::map(span, [("parts", plain::list(span, parts))]),
                span,
                calls: Vec::new(),
                scope: "".into(),
                depends_on: Vec::new(),
                many: false,
            });
        }
    }
}

fn address(documents: &Documents, document: usize, pointer: &str) -> String {
    format!("api:{}#{pointer}", documents.path(document))
}
