//! The section `Globals`: what it adds to each resource of a kind.
//!
//! Maps are merged key by key, the items of lists come before those of the resource, anything else of the resource wins.

use vauban_model::resource::{Resource, Text, Value, ValueKind};
use vauban_model::{Diagnostic, resource::Why};

use super::{Sam, make};

impl Sam<'_> {
    /// The resource with what the section says about its kind.
    pub(super) fn with_globals(&mut self, mut resource: Resource) -> Resource {
        let Some(kind) = resource.native_type.strip_prefix("AWS::Serverless::").map(str::to_owned) else {
            return resource;
        };
        let Some(section) = self.globals.and_then(|globals| globals.get(&kind)) else { return resource };
        let ignored = make::take(&mut resource.attributes, "IgnoreGlobals");
        if ignored.as_ref().and_then(Value::as_text) == Some("*") {
            return resource;
        }
        let dropped: Vec<Text> = ignored
            .iter()
            .flat_map(|list| list.as_list().unwrap_or(&[]))
            .filter_map(|key| Some(Text::from(key.as_text()?)))
            .collect();
        let size = size(section);
        if size > self.budget {
            self.budget = 0;
            self.problems.push(
                Diagnostic::warning(
                    "globals-too-large",
                    resource.span,
                    format!("`Globals` were not added to `{}`: the template grows too large", resource.name),
                )
                .help("split the template"),
            );
            return resource;
        }
        self.budget -= size;
        let mut global = section.clone();
        if let ValueKind::Map(entries) = &mut global.kind {
            entries.retain(|(key, _)| !dropped.contains(key));
        }
        let span = resource.attributes.span;
        let local = std::mem::replace(&mut resource.attributes, Value::null(span));
        resource.attributes = merged(global, local);
        resource.attributes.span = span;
        resource
    }

    /// What the section says about a kind.
    pub(super) fn global(&self, kind: &str) -> Option<Value> {
        self.globals.and_then(|globals| globals.get(kind)).filter(|value| value.as_map().is_some()).cloned()
    }
}

/// Two values of the same key, the second one nearer to the resource.
fn merged(global: Value, local: Value) -> Value {
    let span = local.span;
    let kind = match (global.kind, local.kind) {
        (ValueKind::Map(mut all), ValueKind::Map(own)) => {
            for (key, value) in own {
                match all.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, old)) => {
                        let global = std::mem::replace(old, Value::unknown(Why::Unsupported, "", span));
                        *old = merged(global, value);
                    }
                    None => all.push((key, value)),
                }
            }
            ValueKind::Map(all)
        }
        (ValueKind::List(mut all), ValueKind::List(own)) => {
            all.extend(own);
            ValueKind::List(all)
        }
        (global, ValueKind::Null) => global,
        (_, own) => own,
    };
    Value { kind, span, via: local.via }
}

fn size(value: &Value) -> usize {
    1 + match &value.kind {
        ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => parts.iter().map(size).sum(),
        ValueKind::Map(entries) => entries.iter().map(|(_, value)| size(value)).sum(),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => size(inner),
        _ => 0,
    }
}
