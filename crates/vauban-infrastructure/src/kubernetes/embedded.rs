//! Objects of a cluster that another tool carries whole: `kubernetes_manifest` and `kubectl_manifest` of Terraform, the
//! custom resource that AWS CDK makes for manifests. Each becomes the object it carries, at the address it has in its tool.

use std::sync::Arc;

use vauban_model::resource::{Resource, Source, Text, Value, ValueKind, Via};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Limits, parse_json, parse_yaml_documents};

use super::object::{mark_secret, type_of};
use crate::Output;
use crate::nodes::{Places, to_value};

/// How deep lists of objects are opened.
const DEEPEST: usize = 64;

/// Everything stands where the attribute that carries it stands.
struct At(Span);

impl Places for At {
    fn place(&self, _: Span) -> (Span, Option<Arc<Via>>) {
        (self.0, None)
    }
}

/// Puts objects in the place of what carries them.
pub(crate) fn expand(output: &mut Output) {
    let carries = |resource: &Resource| carried(resource).is_some() || pulumi_secret(resource);
    if !output.inventory.resources.iter().any(carries) {
        return;
    }
    let mut out: Vec<Resource> = Vec::with_capacity(output.inventory.resources.len());
    for mut resource in std::mem::take(&mut output.inventory.resources) {
        if pulumi_secret(&resource) {
            let address = resource.address.to_string();
            mark_secret(&mut resource.attributes, &address, &mut output.diagnostics);
        }
        let Some(value) = carried(&resource) else {
            out.push(resource);
            continue;
        };
        let mut objects = Vec::new();
        collect(value, &mut objects, &mut output.diagnostics, 0);
        if objects.is_empty() {
            output.diagnostics.push(
                Diagnostic::warning(
                    "manifest-not-known",
                    value.span,
                    format!("the manifest that `{}` carries is not known, so it is shown as it is", resource.address),
                )
                .help("check what the tool makes of it: render the manifest, or read the plan"),
            );
            out.push(resource);
            continue;
        }
        let single = objects.len() == 1;
        for (kind, version, attributes) in objects {
            out.push(object(&resource, single, &kind, &version, attributes, &mut output.diagnostics));
        }
    }
    output.inventory.resources = out;
}

/// Pulumi's secrets have the form of the interface: base64.
fn pulumi_secret(resource: &Resource) -> bool {
    resource.source == Source::Pulumi && &*resource.native_type == "kubernetes:core/v1:Secret"
}

/// What carries an object, in resources that do.
fn carried(resource: &Resource) -> Option<&Value> {
    match &*resource.native_type {
        "kubectl_manifest" => resource.get("yaml_body"),
        "kubernetes_manifest" => resource.get("manifest"),
        "Custom::AWSCDK-EKS-KubernetesResource" => resource.get("Manifest"),
        _ => None,
    }
}

/// The objects of a value: kind, version, attributes.
fn collect(value: &Value, out: &mut Vec<(String, String, Value)>, diagnostics: &mut Vec<Diagnostic>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match &value.kind {
        ValueKind::Map(_) => {
            let text = |key: &str| value.get(key).and_then(Value::as_text).map(ToOwned::to_owned);
            match (text("kind"), value.get("items")) {
                (Some(kind), Some(items)) if kind.ends_with("List") => {
                    for item in items.each() {
                        collect(item, out, diagnostics, depth + 1);
                    }
                }
                (Some(kind), _) => out.push((kind, text("apiVersion").unwrap_or_default(), value.clone())),
                (None, _) => {}
            }
        }
        ValueKind::List(items) => {
            for item in items {
                collect(item, out, diagnostics, depth + 1);
            }
        }
        ValueKind::Document(inner) | ValueKind::Secret(inner) => collect(inner, out, diagnostics, depth + 1),
        ValueKind::Text(_) | ValueKind::Template(_) => {
            let mut parts = Vec::new();
            let mut text = String::new();
            flat(value, &mut text, &mut parts, 0);
            let limits = Limits::default();
            let documents = if text.trim_start().starts_with(['{', '[']) {
                parse_json(value.span.file, &text, &limits, &mut Vec::new()).into_iter().collect()
            } else {
                let mut problems = Vec::new();
                let found = parse_yaml_documents(value.span.file, &text, &limits, &mut problems);
                if let Some(problem) = problems.iter().find(|one| one.severity == vauban_model::Severity::Error) {
                    diagnostics.push(Diagnostic::warning(
                        "manifest-not-read",
                        value.span,
                        format!("a part of this manifest cannot be read: {}", problem.message),
                    ));
                }
                found
            };
            for document in documents.iter().filter(|document| !document.is_null()) {
                let mut tree = to_value(document, true, &At(value.span));
                restore(&mut tree, &parts, 0);
                if !matches!(tree.kind, ValueKind::Text(_)) {
                    collect(&tree, out, diagnostics, depth + 1);
                }
            }
        }
        _ => {}
    }
}

const MARK: &str = "vauban-part-";

/// The text with a word in the place of each part that is no text.
pub(super) fn flat(value: &Value, text: &mut String, parts: &mut Vec<Value>, depth: usize) {
    match &value.kind {
        ValueKind::Text(known) => text.push_str(known),
        ValueKind::Number(number) => text.push_str(&number.to_string()),
        ValueKind::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        ValueKind::Template(list) if depth < DEEPEST => {
            for part in list {
                flat(part, text, parts, depth + 1);
            }
        }
        _ => {
            text.push_str(&format!("{MARK}{}.", parts.len()));
            parts.push(value.clone());
        }
    }
}

/// Puts the parts back where their words are.
pub(super) fn restore(value: &mut Value, parts: &[Value], depth: usize) {
    if parts.is_empty() || depth > DEEPEST {
        return;
    }
    match &mut value.kind {
        ValueKind::Map(entries) => {
            for (_, inner) in entries {
                restore(inner, parts, depth + 1);
            }
        }
        ValueKind::List(items) => {
            for item in items {
                restore(item, parts, depth + 1);
            }
        }
        // What is marked secret or read as a document has its marks inside.
        ValueKind::Secret(inner) | ValueKind::Document(inner) => restore(inner, parts, depth + 1),
        ValueKind::Text(text) if text.contains(MARK) => {
            let mut out: Vec<Value> = Vec::new();
            let mut pieces = text.split(MARK);
            if let Some(first) = pieces.next().filter(|first| !first.is_empty()) {
                out.push(Value::text(first, value.span));
            }
            for piece in pieces {
                let (number, rest) = piece.split_once('.').unwrap_or((piece, ""));
                if let Some(part) = number.parse::<usize>().ok().and_then(|at| parts.get(at)) {
                    out.push(part.clone());
                }
                if !rest.is_empty() {
                    out.push(Value::text(rest, value.span));
                }
            }
            match <[Value; 1]>::try_from(out) {
                Ok([one]) => *value = one,
                Err(several) => value.kind = ValueKind::Template(several),
            }
        }
        _ => {}
    }
}

fn object(
    carrier: &Resource,
    single: bool,
    kind: &str,
    version: &str,
    mut attributes: Value,
    diagnostics: &mut Vec<Diagnostic>,
) -> Resource {
    let name = attributes.at("metadata.name").and_then(Value::as_text).unwrap_or(&carrier.name).to_owned();
    let address: Text =
        if single { carrier.address.clone() } else { format!("{}#{kind}/{name}", carrier.address).as_str().into() };
    if kind == "Secret" && version == "v1" {
        mark_secret(&mut attributes, &address, diagnostics);
    }
    Resource {
        address,
        ty: type_of(version, kind).as_str().into(),
        native_type: format!("{version}/{kind}").as_str().into(),
        name: name.as_str().into(),
        attributes,
        ..carrier.clone()
    }
}
