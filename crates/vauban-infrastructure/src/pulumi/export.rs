//! Stack exports (`pulumi stack export`), checkpoints, and `pulumi preview --json`.
//!
//! Component resources are to Pulumi what modules are to Terraform: what they consist of is in the export, and their
//! places become the calls that lead to it. One without parts is kept as opaque.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Mode, Reference, Resource, Source, Text, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Kind, Limits, Node, parse_json};

use super::functions::conceal;
use crate::Output;
use crate::located::{Identities, any_of, entries, items, scoped, text_of, value};

/// The key that says that an object is not plain data but a secret, an asset or a reference, with its kinds.
/// From `sdk/go/common/resource/sig.go` and `pkg/resource/plugin` of Pulumi (Apache-2.0).
const MARK: &str = "4dabf18193072939515e22adb298388d";
const SECRET: &str = "1b47061264138c4ac30d75fd1eb44270";
const ASSET: &str = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE: &str = "0def7320c3a5731c473e5ecbe6d01bc7";
const RESOURCE: &str = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT: &str = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/// Texts that stand for a value that is not known before the update.
const UNKNOWN: [&str; 7] = [
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];

/// Reads one file.
pub(super) fn read(root: &Node, prefix: &str, output: &mut Output) {
    let deployment = root.get("deployment").or_else(|| root.get("checkpoint").and_then(|node| node.get("latest")));
    let nodes: Vec<&Node> = match deployment {
        Some(deployment) => items(deployment.get("resources")).iter().collect(),
        None => items(root.get("steps")).iter().filter_map(|step| stays(step, &mut output.diagnostics)).collect(),
    };
    let first = output.inventory.resources.len();
    let mut stack = Stack { prefix, addresses: FxHashMap::default(), spans: FxHashMap::default() };
    let mut taken: FxHashSet<Text> = FxHashSet::default();
    let mut parents: FxHashSet<&str> = FxHashSet::default();
    for node in &nodes {
        let urn = text_of(node, "urn");
        parents.insert(text_of(node, "parent"));
        stack.spans.insert(urn, (node.span, text_of(node, "parent"), is_component(node)));
        let (types, name) = parts(urn);
        // The short form is enough unless two components have a part of the same type and name.
        let short = scoped(prefix, &format!("{}::{name}", types.rsplit('$').next().unwrap_or(types)));
        let address = if taken.insert(short.clone()) { short } else { scoped(prefix, &format!("{types}::{name}")) };
        taken.insert(address.clone());
        stack.addresses.insert(urn, address);
    }
    for node in &nodes {
        let urn = text_of(node, "urn");
        let ty = text_of(node, "type");
        if urn.is_empty() || ty.is_empty() {
            output.diagnostics.push(
                Diagnostic::warning(
                    "pulumi-resource-unnamed",
                    node.span,
                    "a resource without `urn` or `type` is left out",
                )
                .help("write the file again with `pulumi stack export`"),
            );
            continue;
        }
        // The stack and the providers are Pulumi's own records, as a backend and a provider are Terraform's.
        let own = ty == "pulumi:pulumi:Stack" || ty.starts_with("pulumi:providers:");
        let component = is_component(node);
        let waits = node.get("delete").and_then(Node::as_bool) == Some(true);
        if waits {
            output.diagnostics.push(
                Diagnostic::note(
                    "pulumi-pending-delete",
                    node.span,
                    format!("`{urn}` waits to be deleted; it is left out"),
                )
                .help("`pulumi up` deletes it"),
            );
        }
        if own || waits || (component && parents.contains(urn)) {
            continue;
        }
        let resource = stack.resource(node, urn, ty, component);
        output.inventory.resources.push(resource);
    }
    link(output.inventory.resources.get_mut(first..).unwrap_or(&mut []));
}

/// Attributes that identify a resource, the most telling first.
const IDENTIFYING: [&str; 6] = ["id", "arn", "selfLink", "name", "uniqueId", "invokeArn"];

/// Finds references again: an export holds the values that came of them.
fn link(resources: &mut [Resource]) {
    let mut identities = Identities::default();
    for resource in resources.iter().filter(|one| one.mode != Mode::Opaque) {
        identities.typed(&resource.address, &resource.native_type);
        for key in IDENTIFYING {
            if let Some(text) = resource.text(key) {
                identities.add(text, &resource.address, key);
            }
        }
    }
    for resource in resources {
        let depends_on = resource.depends_on.clone();
        let depends_on: FxHashSet<&str> = depends_on.iter().map(|address| &**address).collect();
        identities.link(resource, &depends_on);
    }
}

/// The state after a step of a preview; `None` when the step takes the resource away.
fn stays<'a>(step: &'a Node, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a Node> {
    let op = text_of(step, "op");
    if matches!(op, "delete" | "delete-replaced" | "discard" | "remove-pending-replace" | "read-discard") {
        if op == "delete" {
            let urn = text_of(step, "urn");
            diagnostics.push(
                Diagnostic::note("plan-deletes", step.span, format!("`{urn}` is to be deleted and is left out"))
                    .help("export the stack instead to see it"),
            );
        }
        return None;
    }
    // A replacement is three steps with one new state.
    if op == "create-replacement" {
        return None;
    }
    any_of(step, &["newState", "oldState"]).filter(|state| !state.is_null())
}

fn is_component(node: &Node) -> bool {
    node.get("custom").and_then(Node::as_bool) == Some(false)
}

/// The qualified type and the name of `urn:pulumi:stack::project::type::name`.
fn parts(urn: &str) -> (&str, &str) {
    let mut parts = urn.splitn(4, "::").skip(2);
    (parts.next().unwrap_or(urn), parts.next().unwrap_or(""))
}

struct Stack<'a> {
    prefix: &'a str,
    addresses: FxHashMap<&'a str, Text>,
    /// Place, parent, and whether it is a component.
    spans: FxHashMap<&'a str, (Span, &'a str, bool)>,
}

impl Stack<'_> {
    fn address(&self, urn: &str) -> Text {
        self.addresses.get(urn).cloned().unwrap_or_else(|| {
            let (types, name) = parts(urn);
            scoped(self.prefix, &format!("{}::{name}", types.rsplit('$').next().unwrap_or(types)))
        })
    }

    fn reference(&self, urn: &str, span: Span) -> Value {
        let reference = Reference { address: self.address(urn), attribute: "".into() };
        Value::new(ValueKind::Reference(reference), span)
    }

    fn resource(&self, node: &Node, urn: &str, ty: &str, component: bool) -> Resource {
        let (_, name) = parts(urn);
        let address = self.address(urn);
        let dependencies = node.get("propertyDependencies");
        let mut attributes: Vec<(Text, Value)> = Vec::new();
        let (inputs, outputs) = (node.get("inputs"), node.get("outputs"));
        for entry in entries(inputs) {
            let urns = dependencies.and_then(|node| node.get(&entry.key));
            let said = outputs.and_then(|outputs| outputs.get(&entry.key));
            // What came of an input is more than the input, unless it is not there yet.
            let node = said.filter(|said| !said.is_null() && !holds_unknown(said)).unwrap_or(&entry.value);
            let mut converted = self.value(node, urns, &address, &entry.key);
            if marked(&entry.value).is_some_and(|(kind, _)| kind == SECRET) {
                converted = conceal(converted);
            }
            attributes.push(((&*entry.key).into(), converted));
        }
        let has: FxHashSet<&str> = entries(inputs).iter().map(|entry| &*entry.key).collect();
        for entry in entries(outputs).iter().filter(|entry| !has.contains(&*entry.key)) {
            attributes.push(((&*entry.key).into(), self.value(&entry.value, None, &address, &entry.key)));
        }
        let hidden: Vec<&str> = items(node.get("additionalSecretOutputs")).iter().filter_map(Node::as_str).collect();
        for (key, value) in &mut attributes {
            if hidden.contains(&&**key) {
                *value = conceal(value.clone());
            }
        }
        if let Some(id) = node.get("id").filter(|id| id.as_str().is_some_and(|id| !id.is_empty()))
            && !attributes.iter().any(|(key, _)| &**key == "id")
        {
            attributes.push(("id".into(), value(id)));
        }
        let mut depends_on: Vec<Text> = Vec::new();
        let urns = items(node.get("dependencies")).iter().filter_map(Node::as_str);
        let of_properties = entries(dependencies).iter().flat_map(|entry| items(Some(&entry.value)));
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        for urn in urns.chain(of_properties.filter_map(Node::as_str)) {
            if seen.insert(urn) {
                depends_on.push(self.address(urn));
            }
        }
        let mut calls = Vec::new();
        let mut above = text_of(node, "parent");
        // Parents end at the stack; a file that says otherwise is not followed for ever.
        for _ in 0..64 {
            let Some((span, parent, component)) = self.spans.get(above) else { break };
            if *component && !parent.is_empty() {
                calls.push(*span);
            }
            above = parent;
        }
        calls.reverse();
        Resource {
            address,
            ty: ty.into(),
            native_type: ty.into(),
            name: name.into(),
            source: Source::Pulumi,
            mode: match (component, node.get("external").and_then(Node::as_bool)) {
                (true, _) => Mode::Opaque,
                (false, Some(true)) => Mode::Data,
                _ => Mode::Managed,
            },
            attributes: Value::new(ValueKind::Map(attributes), node.span),
            span: node.span,
            calls,
            scope: scope(text_of(node, "provider")),
            depends_on,
            many: false,
        }
    }

    /// A value of an input or output; `urns` are the resources it was worked out of.
    fn value(&self, node: &Node, urns: Option<&Node>, address: &str, path: &str) -> Value {
        let span = node.span;
        if let Some((kind, entries)) = marked(node) {
            return self.special(kind, entries, node, urns, address, path);
        }
        let kind = match &node.kind {
            Kind::Sequence(items) => {
                ValueKind::List(items.iter().map(|item| self.value(item, urns, address, path)).collect())
            }
            Kind::Mapping(known) => {
                let convert = |key: &str, node| self.value(node, urns, address, &format!("{path}.{key}"));
                ValueKind::Map(
                    known.iter().map(|entry| ((&*entry.key).into(), convert(&entry.key, &entry.value))).collect(),
                )
            }
            Kind::Scalar(scalar) if scalar.quoted => match &*scalar.text {
                text if UNKNOWN.contains(&text) => return self.unknown(urns, address, path, span),
                // What previews print instead of a secret.
                "[secret]" => {
                    return conceal(Value::unknown(Why::Lookup, format!("{address}.{path}"), span));
                }
                _ => return value(node),
            },
            Kind::Scalar(_) => return value(node),
        };
        Value::new(kind, span)
    }

    fn unknown(&self, urns: Option<&Node>, address: &str, path: &str, span: Span) -> Value {
        let urns: Vec<&str> = items(urns).iter().filter_map(Node::as_str).take(16).collect();
        let unknown = Value::unknown(Why::Computed, format!("{address}.{path}"), span);
        match urns.as_slice() {
            [] => unknown,
            [only] => self.reference(only, span),
            several => {
                let mut possible: Vec<Value> = several.iter().map(|urn| self.reference(urn, span)).collect();
                possible.push(unknown);
                Value::new(ValueKind::OneOf(possible), span)
            }
        }
    }

    fn special(&self, kind: &str, known: &Node, node: &Node, urns: Option<&Node>, address: &str, path: &str) -> Value {
        let span = node.span;
        match kind {
            SECRET => {
                let inner = match (known.get("plaintext").and_then(Node::as_str), known.get("value")) {
                    // The plain text is the JSON of the value.
                    (Some(text), _) => match parse_json(span.file, text, &Limits::default(), &mut Vec::new()) {
                        Some(inner) => at(self.value(&inner, urns, address, path), span),
                        None => Value::text(text, span),
                    },
                    (None, Some(inner)) => self.value(inner, urns, address, path),
                    (None, None) => Value::unknown(Why::Lookup, format!("{address}.{path}"), span),
                };
                conceal(inner)
            }
            RESOURCE => self.reference(text_of(known, "urn"), span),
            OUTPUT => {
                let inner = match known.get("value") {
                    Some(inner) => self.value(inner, urns, address, path),
                    None => self.unknown(known.get("dependencies").or(urns), address, path, span),
                };
                if known.get("secret").and_then(Node::as_bool) == Some(true) { conceal(inner) } else { inner }
            }
            ASSET | ARCHIVE => {
                if let Some(text) = known.get("text").filter(|text| text.as_str().is_some_and(|text| !text.is_empty()))
                {
                    return value(text);
                }
                let kept = entries(Some(known)).iter().filter(|entry| &*entry.key != MARK);
                Value::new(
                    ValueKind::Map(kept.map(|entry| ((&*entry.key).into(), value(&entry.value))).collect()),
                    span,
                )
            }
            _ => value(node),
        }
    }
}

/// The kind of an object that is not plain data, and the object.
fn marked(node: &Node) -> Option<(&str, &Node)> {
    Some((node.get(MARK)?.as_str()?, node))
}

fn holds_unknown(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(scalar) => UNKNOWN.contains(&&*scalar.text),
        Kind::Sequence(items) => items.iter().any(holds_unknown),
        Kind::Mapping(entries) => entries.iter().any(|entry| holds_unknown(&entry.value)),
    }
}

/// A value whose parts all stand at one place, because they were read from a text there.
fn at(mut value: Value, span: Span) -> Value {
    value.span = span;
    match &mut value.kind {
        ValueKind::List(items) | ValueKind::OneOf(items) | ValueKind::Template(items) => {
            for item in items {
                let inner = std::mem::replace(item, Value::null(span));
                *item = at(inner, span);
            }
        }
        ValueKind::Map(entries) => {
            for (_, item) in entries {
                let inner = std::mem::replace(item, Value::null(span));
                *item = at(inner, span);
            }
        }
        ValueKind::Document(inner) | ValueKind::Secret(inner) => {
            let moved = std::mem::replace(&mut **inner, Value::null(span));
            **inner = at(moved, span);
        }
        _ => {}
    }
    value
}

/// The name of a provider that is not the default: `urn:…::pulumi:providers:aws::west::id`.
fn scope(provider: &str) -> Text {
    let mut parts = provider.split("::").skip(3);
    match parts.next() {
        Some(name) if !name.starts_with("default") => name.into(),
        _ => "".into(),
    }
}
