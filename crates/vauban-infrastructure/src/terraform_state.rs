//! Terraform state: the raw file (format 4, and 3 as older versions wrote it) and `terraform show -json` of a state.
//!
//! A state holds values only. References are found again: where a text identifies a resource that this one is said to
//! depend on (or names it unmistakably, as an ARN does), it is a reference.

mod flat;

use rustc_hash::FxHashSet;
use vauban_model::Diagnostic;
use vauban_model::resource::{Mode, Resource, Source, Text, Value, ValueKind};
use vauban_syntax::{Limits, Node, parse_json};

use crate::join::Telling;
use crate::located::{Identities, any_of, body, entries, file_prefix, items, scoped, text_of, top_keys, value};
use crate::terraform_plan::{instance_key, resources_of};
use crate::{InputFile, Output};

/// Attributes that identify a resource, the most telling first.
const IDENTIFYING: [&str; 6] = ["id", "arn", "self_link", "name", "unique_id", "invoke_arn"];

/// Whether a text looks like a state.
pub(crate) fn recognise(path: &str, text: &str) -> bool {
    let ending = path.ends_with(".tfstate") || path.ends_with(".tfstate.json");
    top_keys(body(text), |keys| {
        let has = |key: &str| keys.contains(&key);
        let raw = has("version") && (has("resources") || has("modules")) && (has("serial") || has("lineage") || ending);
        let shown = has("format_version") && has("values") && has("terraform_version");
        raw || shown
    })
}

/// Reads states, and says what each told.
pub(crate) fn read(files: &[InputFile], output: &mut Output) -> Vec<Telling> {
    let mut tellings = Vec::new();
    for file in files {
        let prefix = file_prefix(&file.path, files.len());
        let Some(root) = parse_json(file.id, &file.text, &Limits::default(), &mut output.diagnostics) else { continue };
        let first = output.inventory.resources.len();
        if let Some(values) = root.get("values") {
            read_shown(values, &prefix, output);
        } else if root.get("modules").is_some() {
            flat::read(&root, &prefix, output);
        } else {
            read_raw(&root, &prefix, output);
        }
        link(output.inventory.resources.get_mut(first..).unwrap_or(&mut []));
        let range = (first, output.inventory.resources.len());
        tellings.push(Telling { path: file.path.clone(), prefix, range, whole: true });
    }
    tellings
}

/// Finds references again.
fn link(resources: &mut [Resource]) {
    let mut identities = Identities::default();
    for resource in resources.iter() {
        identities.typed(&resource.address, &resource.ty);
        for attribute in IDENTIFYING {
            if let Some(text) = resource.text(attribute) {
                identities.add(text, &resource.address, attribute);
            }
        }
    }
    for resource in resources {
        let depends_on = resource.depends_on.clone();
        let depends_on: FxHashSet<&str> = depends_on.iter().map(|address| &**address).collect();
        identities.link(resource, &depends_on);
    }
}

fn mode(word: &str) -> Mode {
    if word == "managed" { Mode::Managed } else { Mode::Data }
}

fn read_shown(values: &Node, prefix: &str, output: &mut Output) {
    let mut nodes = Vec::new();
    resources_of(values.get("root_module"), &mut nodes);
    for shown in nodes {
        let node = shown.node;
        let ty: Text = text_of(node, "type").into();
        let mut attributes = node.get("values").map_or_else(|| empty(node), value);
        mark(&mut attributes, node.get("sensitive_values"));
        output.inventory.resources.push(Resource {
            address: scoped(prefix, &shown.address),
            ty: ty.clone(),
            native_type: ty,
            name: text_of(node, "name").into(),
            source: Source::TerraformState,
            mode: mode(text_of(node, "mode")),
            attributes: as_map(attributes),
            span: node.span,
            calls: Vec::new(),
            scope: "".into(),
            depends_on: texts(node.get("depends_on"), prefix),
            many: false,
        });
    }
}

fn empty(node: &Node) -> Value {
    Value::new(ValueKind::Map(Vec::new()), node.span)
}

fn as_map(value: Value) -> Value {
    match value.kind {
        ValueKind::Map(_) => value,
        ValueKind::Secret(inner) => as_map(*inner),
        _ => Value::new(ValueKind::Map(Vec::new()), value.span),
    }
}

/// Marks as secret what stands as true in a tree of the same shape.
fn mark(value: &mut Value, sensitive: Option<&Node>) {
    let Some(sensitive) = sensitive else { return };
    if sensitive.as_bool() == Some(true) {
        conceal(value);
        return;
    }
    match &mut value.kind {
        ValueKind::Map(known) => {
            for (key, value) in known {
                mark(value, sensitive.get(key));
            }
        }
        ValueKind::List(known) => {
            for (value, sensitive) in known.iter_mut().zip(items(Some(sensitive))) {
                mark(value, Some(sensitive));
            }
        }
        _ => {}
    }
}

fn conceal(value: &mut Value) {
    if !matches!(value.kind, ValueKind::Secret(_) | ValueKind::Null) {
        let inner = Value { kind: value.kind.clone(), span: value.span, via: value.via.clone() };
        value.kind = ValueKind::Secret(Box::new(inner));
    }
}

/// A list of addresses.
fn texts(node: Option<&Node>, prefix: &str) -> Vec<Text> {
    items(node).iter().filter_map(Node::as_str).map(|address| scoped(prefix, address)).collect()
}

fn read_raw(root: &Node, prefix: &str, output: &mut Output) {
    for node in items(root.get("resources")) {
        let (ty, name) = (text_of(node, "type"), text_of(node, "name"));
        if ty.is_empty() || name.is_empty() {
            output.diagnostics.push(
                Diagnostic::warning(
                    "state-resource-unnamed",
                    node.span,
                    "a resource of this state has no type or no name",
                )
                .help("the file may be cut off; write it again with `terraform state pull`"),
            );
            continue;
        }
        let data = text_of(node, "mode") == "data";
        let module = text_of(node, "module");
        let mut base = String::new();
        if !module.is_empty() {
            base.push_str(module);
            base.push('.');
        }
        base.push_str(if data { "data." } else { "" });
        base.push_str(ty);
        base.push('.');
        base.push_str(name);
        for instance in items(node.get("instances")) {
            if let Some(deposed) = instance.get("deposed").and_then(Node::as_str) {
                output.diagnostics.push(
                    Diagnostic::note(
                        "state-deposed",
                        instance.span,
                        format!("`{base}` has an older object `{deposed}` that waits to be destroyed; it is left out"),
                    )
                    .help("`terraform apply` destroys it"),
                );
                continue;
            }
            let key = instance.get("index_key").map_or_else(String::new, instance_key);
            let address = format!("{base}{key}");
            let mut attributes = match (instance.get("attributes"), instance.get("attributes_flat")) {
                (Some(attributes), _) if !attributes.is_null() => value(attributes),
                (_, Some(flat)) => flat::attributes(flat),
                _ => empty(instance),
            };
            for path in items(instance.get("sensitive_attributes")) {
                conceal_path(&mut attributes, path);
            }
            output.inventory.resources.push(Resource {
                address: scoped(prefix, &address),
                ty: ty.into(),
                native_type: ty.into(),
                name: name.into(),
                source: Source::TerraformState,
                mode: mode(text_of(node, "mode")),
                attributes: as_map(attributes),
                span: instance.span,
                calls: Vec::new(),
                scope: alias(text_of(node, "provider")).into(),
                depends_on: texts(any_of(instance, &["dependencies", "depends_on"]), prefix),
                many: false,
            });
        }
    }
}

/// The alias in `provider["registry.terraform.io/hashicorp/aws"].west`, empty without one.
fn alias(provider: &str) -> &str {
    provider.rsplit_once("\"].").map_or("", |(_, alias)| alias)
}

/// Marks as secret what a path of steps leads to: `[{"type": "get_attr", "value": "password"}, …]`, or the older list of
/// lists of the same.
fn conceal_path(attributes: &mut Value, path: &Node) {
    let mut at = attributes;
    for step in items(Some(path)) {
        let value = step.get("value");
        // The key of an index is typed: `{"value": 0, "type": "number"}`.
        let value = value.and_then(|value| value.get("value")).or(value);
        let Some(key) = value.and_then(Node::as_str).or_else(|| step.as_str()) else { break };
        if !matches!(at.kind, ValueKind::Map(_) | ValueKind::List(_)) {
            break;
        }
        let next = match &mut at.kind {
            ValueKind::Map(entries) => entries.iter_mut().find(|(name, _)| &**name == key).map(|(_, value)| value),
            ValueKind::List(items) => key.parse::<usize>().ok().and_then(|index| items.get_mut(index)),
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => return,
        }
    }
    conceal(at);
}

/// The entries of a node as pairs of texts.
fn pairs(node: &Node) -> impl Iterator<Item = (&str, &Node)> {
    entries(Some(node)).iter().map(|entry| (&*entry.key, &entry.value))
}
