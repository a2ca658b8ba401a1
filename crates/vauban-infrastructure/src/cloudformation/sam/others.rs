//! Tables, state machines and layers.

use vauban_model::resource::{Resource, Text, Value, ValueKind};

use super::events::Caller;
use super::policies::Role;
use super::{Sam, make};
use crate::plain;

/// Deepest place in a definition where substitutions are looked for.
const DEPTH: usize = 100;

impl Sam<'_> {
    pub(super) fn simple_table(&mut self, mut resource: Resource) {
        resource.ty = "AWS::DynamoDB::Table".into();
        let span = resource.span;
        let key = make::take(&mut resource.attributes, "PrimaryKey");
        let part = |name: &str| key.as_ref().and_then(|key| make::given(key, name)).cloned();
        let name = part("Name").unwrap_or_else(|| make::text("id", span));
        let kind = match part("Type").as_ref().and_then(Value::as_text) {
            Some("Number") => "N",
            Some("Binary") => "B",
            _ => "S",
        };
        let attribute = plain::map(span, [("AttributeName", name.clone()), ("AttributeType", make::text(kind, span))]);
        let hash = plain::map(span, [("AttributeName", name), ("KeyType", make::text("HASH", span))]);
        plain::set(&mut resource.attributes, "AttributeDefinitions", plain::list(span, vec![attribute]));
        plain::set(&mut resource.attributes, "KeySchema", plain::list(span, vec![hash]));
        if make::given(&resource.attributes, "ProvisionedThroughput").is_none() {
            plain::set(&mut resource.attributes, "BillingMode", make::text("PAY_PER_REQUEST", span));
        }
        self.keep(resource);
    }

    pub(super) fn layer(&mut self, mut resource: Resource) {
        resource.ty = "AWS::Lambda::LayerVersion".into();
        if let Some(content) = make::take(&mut resource.attributes, "ContentUri") {
            plain::set(&mut resource.attributes, "Content", content);
        }
        self.keep(resource);
    }

    pub(super) fn state_machine(&mut self, mut resource: Resource) {
        let span = resource.span;
        let id = self.id(&resource.address).to_owned();
        resource.ty = "AWS::StepFunctions::StateMachine".into();
        let mut attributes = std::mem::replace(&mut resource.attributes, Value::null(span));
        let mut role = Role::new(format!("{id}Role"), "states.amazonaws.com");
        if let Some(tracing) = make::given(&attributes, "Tracing")
            && tracing.get("Enabled").and_then(Value::as_bool) == Some(true)
        {
            role.attach("AWSXrayWriteOnlyAccess", tracing.span);
        }
        for (from, to) in [
            ("Tracing", "TracingConfiguration"),
            ("Logging", "LoggingConfiguration"),
            ("Name", "StateMachineName"),
            ("Type", "StateMachineType"),
        ] {
            if let Some(value) = make::take(&mut attributes, from) {
                plain::set(&mut attributes, to, value);
            }
        }
        if let Some(mut definition) =
            make::take(&mut attributes, "Definition").or_else(|| self.bodies.get(&resource.address).cloned())
        {
            if let Some(values) = make::given(&attributes, "DefinitionSubstitutions") {
                substitute(&mut definition, values, DEPTH);
            }
            let place = definition.span;
            plain::set(
                &mut attributes,
                "DefinitionString",
                Value::new(ValueKind::Document(Box::new(definition)), place),
            );
        }
        let policies = make::take(&mut attributes, "Policies");
        if let Some(policies) = &policies {
            self.policies(policies, &mut role);
        }
        let events = make::take(&mut attributes, "Events");
        let place = self.out.len();
        self.keep(resource.clone());
        if let Some(events) = events {
            let left = self.events(&resource, &Caller::machine(&id), &events, &mut role);
            if !left.is_empty() {
                plain::set(&mut attributes, "Events", Value::new(ValueKind::Map(left), events.span));
            }
        }
        self.place_role(&resource, policies.as_ref(), role, &mut attributes, "RoleArn");
        if let Some(machine) = self.out.get_mut(place) {
            machine.attributes = attributes;
        }
    }
}

/// Puts values in the place of `${Name}` in the texts of a definition.
fn substitute(value: &mut Value, values: &Value, left: usize) {
    if left == 0 {
        return;
    }
    match &mut value.kind {
        ValueKind::Text(text) if text.contains("${") => {
            if let Some(filled) = filled(text, values, value.span) {
                *value = filled;
            }
        }
        ValueKind::List(items) | ValueKind::OneOf(items) | ValueKind::Template(items) => {
            items.iter_mut().for_each(|item| substitute(item, values, left - 1));
        }
        ValueKind::Map(entries) => entries.iter_mut().for_each(|(_, item)| substitute(item, values, left - 1)),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => substitute(inner, values, left - 1),
        _ => {}
    }
}

fn filled(text: &Text, values: &Value, span: vauban_model::Span) -> Option<Value> {
    let mut parts = Vec::new();
    let mut rest: &str = text;
    let mut any = false;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        parts.push(make::text(before, span));
        match values.get(name) {
            Some(value) => {
                any = true;
                parts.push(value.clone());
            }
            None => parts.push(make::text(&format!("${{{name}}}"), span)),
        }
        rest = tail;
    }
    parts.push(make::text(rest, span));
    any.then(|| plain::join(parts.into_iter().filter(|part| part.as_text() != Some("")).collect(), span))
}
