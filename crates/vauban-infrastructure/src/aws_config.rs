//! AWS Config snapshots and histories: `configurationItems`, item by item.
//!
//! An item's `configuration` gives the attributes; `supplementaryConfiguration`, `tags` and `relationships` stand beside
//! them. JSON in strings is a document. Texts that identify an item a relationship names are references to it. What rights,
//! networks and protection hang on is said once more in the catalogue's words.

mod data;
mod identity;
mod network;
mod shapes;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Mode, Reference, Resource, Source, Text, Value, ValueKind};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::Node;

use crate::located::{Identities, any_of, body, entries, items, objects, text_of, top_keys, value};
use crate::{InputFile, Options, Output, Tree};

/// Attributes of configurations that identify the item, beside its id, name and ARN.
const IDENTIFYING: [&str; 2] = ["arn", "ARN"];

/// Whether a text looks like a snapshot.
pub(crate) fn recognise(_path: &str, text: &str) -> bool {
    let text = body(text);
    top_keys(text, |keys| keys.contains(&"configurationItems"))
        && objects(text, Some("configurationItems"))
            .next()
            .is_none_or(|item| top_keys(item.text, |keys| keys.contains(&"resourceType")))
}

/// Reads snapshots.
pub(crate) fn read(_tree: &mut Tree<'_>, _options: &Options, files: &[InputFile], output: &mut Output) {
    let first = output.inventory.resources.len();
    let mut seen: FxHashMap<Text, Text> = FxHashMap::default();
    // Ids, with the type of item they are of, as relationships name them.
    let mut addresses: FxHashMap<(Text, Text), Text> = FxHashMap::default();
    for file in files {
        for item in objects(&file.text, Some("configurationItems")) {
            let Some(node) = item.read(file.id, &mut output.diagnostics) else { continue };
            if let Some(resource) = resource(&node, &mut output.diagnostics) {
                // A history has an item once for each change, the latest first.
                if seen.insert(resource.address.clone(), resource.native_type.clone()).is_some() {
                    output.diagnostics.push(
                        Diagnostic::note(
                            "config-item-repeated",
                            node.span,
                            format!("`{}` occurs again; its first item counts", resource.address),
                        )
                        .help("give one snapshot, not a history"),
                    );
                    continue;
                }
                let ty: Text = resource.native_type.clone();
                for id in ["resourceId", "resourceName"] {
                    let id = text_of(&node, id);
                    if !id.is_empty() {
                        addresses.entry((ty.clone(), id.into())).or_insert_with(|| resource.address.clone());
                    }
                }
                output.inventory.resources.push(resource);
            }
        }
    }
    let items = output.inventory.resources.get_mut(first..).unwrap_or(&mut []);
    let parts = put_into_words(items, &addresses, &mut output.diagnostics);
    output.inventory.resources.extend(parts);
    link(output.inventory.resources.get_mut(first..).unwrap_or(&mut []), &addresses);
}

/// Says what items are in the catalogue's words; what the catalogue has as resources of their own is given back.
fn put_into_words(
    items: &mut [Resource],
    addresses: &FxHashMap<(Text, Text), Text>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Resource> {
    let index = shapes::Index::new(items, addresses);
    let mut known: FxHashSet<Text> = items.iter().map(|item| item.address.clone()).collect();
    let mut parts: Vec<Resource> = Vec::new();
    let mut others: BTreeMap<Text, (usize, Span)> = BTreeMap::new();
    for item in items {
        let (attributes, more) = match shapes::shape(item, &index) {
            Some(shape) => {
                diagnostics.extend(shape.diagnostics);
                (shape.attributes, shape.parts)
            }
            None => {
                if !shapes::is_schema(item) {
                    others.entry(item.native_type.clone()).or_insert((0, item.span)).0 += 1;
                }
                continue;
            }
        };
        if let ValueKind::Map(entries) = &mut item.attributes.kind {
            for (key, value) in attributes {
                // The key of the snapshot stays where it is; one of the same name says less.
                entries.retain(|(name, _)| *name != key);
                entries.push((key, value));
            }
        }
        parts.extend(more.into_iter().filter(|part| known.insert(part.address.clone())));
    }
    if let Some((_, (_, span))) = others.iter().next() {
        let count: usize = others.values().map(|(count, _)| count).sum();
        let shown: Vec<String> = others.keys().take(6).map(|ty| format!("`{ty}`")).collect();
        let rest = if others.len() > shown.len() { ", …" } else { "" };
        diagnostics.push(
            Diagnostic::note(
                "config-type-as-written",
                *span,
                format!("{count} items are taken as they are written: {}{rest}", shown.join(", ")),
            )
            .help("what they say of rights and networks in a form of their own may not be understood"),
        );
    }
    parts
}

fn resource(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Resource> {
    let ty = text_of(node, "resourceType");
    let id = text_of(node, "resourceId");
    let arn = any_of(node, &["ARN", "arn"]).and_then(Node::as_str).unwrap_or("");
    if ty.is_empty() || (id.is_empty() && arn.is_empty()) {
        diagnostics.push(
            Diagnostic::warning("config-item-unnamed", node.span, "an item without a type or an id is left out")
                .help("every item of a snapshot has `resourceType` and `resourceId`"),
        );
        return None;
    }
    let status = text_of(node, "configurationItemStatus");
    if matches!(status, "ResourceDeleted" | "ResourceDeletedNotRecorded") {
        diagnostics.push(
            Diagnostic::note(
                "config-item-deleted",
                node.span,
                format!("`{id}` of type `{ty}` is deleted and left out"),
            )
            .help("nothing to do: the snapshot remembers what was there"),
        );
        return None;
    }
    let mut attributes: Vec<(Text, Value)> = Vec::new();
    let mut put = |key: &str, value: Value| {
        if !attributes.iter().any(|(known, _)| &**known == key) {
            attributes.push((key.into(), value));
        }
    };
    if let Some(configuration) = node.get("configuration") {
        let configuration = value(configuration);
        // Some exports keep the configuration itself as a string.
        match configuration.as_map() {
            Some(known) => known.iter().for_each(|(key, value)| put(key, value.clone())),
            None if configuration.is_null() => {}
            None => put("configuration", configuration),
        }
    }
    if let Some(supplementary) = node.get("supplementaryConfiguration") {
        put("supplementaryConfiguration", value(supplementary));
    }
    if !items(node.get("tags")).is_empty() || !entries(node.get("tags")).is_empty() {
        put("tags", node.get("tags").map_or_else(|| Value::null(node.span), value));
    }
    for key in ["resourceId", "resourceName", "awsAccountId", "awsRegion", "availabilityZone"] {
        if let Some(said) = node.get(key).filter(|said| !said.is_null()) {
            put(key, value(said));
        }
    }
    if let Some(said) = any_of(node, &["ARN", "arn"]) {
        put("arn", value(said));
    }
    if let Some(relationships) = node.get("relationships") {
        put("relationships", value(relationships));
    }
    let name = [text_of(node, "resourceName"), id, arn].into_iter().find(|name| !name.is_empty()).unwrap_or(ty);
    let (account, region) = (text_of(node, "awsAccountId"), text_of(node, "awsRegion"));
    let address: Text = if arn.is_empty() { format!("{ty}/{id}").into() } else { arn.into() };
    Some(Resource {
        address,
        ty: ty.into(),
        native_type: ty.into(),
        name: name.into(),
        source: Source::AwsConfig,
        mode: Mode::Managed,
        attributes: Value::new(ValueKind::Map(attributes), node.span),
        span: node.span,
        calls: Vec::new(),
        scope: match (account, region) {
            ("", region) => region.into(),
            (account, "") => account.into(),
            (account, region) => format!("{account}/{region}").into(),
        },
        depends_on: Vec::new(),
        many: false,
    })
}

/// Finds references again: what relationships name, and ARNs.
fn link(resources: &mut [Resource], addresses: &FxHashMap<(Text, Text), Text>) {
    let mut identities = Identities::default();
    for resource in resources.iter() {
        identities.typed(&resource.address, &resource.native_type);
        for key in IDENTIFYING.into_iter().chain(["resourceId", "resourceName"]) {
            if let Some(text) = resource.text(key) {
                identities.add(text, &resource.address, key);
            }
        }
    }
    for resource in resources {
        let mut related: Vec<Text> = Vec::new();
        let ValueKind::Map(attributes) = &mut resource.attributes.kind else { continue };
        let relationships = attributes.iter_mut().find(|(key, _)| &**key == "relationships");
        if let Some((_, Value { kind: ValueKind::List(items), .. })) = relationships {
            for item in items {
                let ty: Text = item.get("resourceType").and_then(Value::as_text).unwrap_or("").into();
                let named = ["resourceId", "resourceName"].into_iter().find_map(|key| {
                    let text: Text = item.get(key)?.as_text()?.into();
                    let address = addresses.get(&(ty.clone(), text))?.clone();
                    Some(address)
                });
                if let (Some(address), ValueKind::Map(entries)) = (named, &mut item.kind) {
                    let reference = Reference { address: address.clone(), attribute: "".into() };
                    entries.push(("resource".into(), Value::new(ValueKind::Reference(reference), item.span)));
                    related.push(address);
                }
            }
        }
        let among: FxHashSet<&str> = related.iter().map(|address| &**address).collect();
        // Its own ids and the relationships as written stay texts.
        let mut kept: Vec<(usize, (Text, Value))> = Vec::new();
        if let ValueKind::Map(attributes) = &mut resource.attributes.kind {
            let own = |key: &str| {
                matches!(key, "relationships" | "resourceId" | "resourceName" | "awsAccountId" | "awsRegion")
            };
            let mut index = attributes.len();
            while let Some(at) = index.checked_sub(1) {
                index = at;
                if attributes.get(at).is_some_and(|(key, _)| own(key)) {
                    kept.push((at, attributes.remove(at)));
                }
            }
        }
        identities.link(resource, &among);
        if let ValueKind::Map(attributes) = &mut resource.attributes.kind {
            while let Some((at, entry)) = kept.pop() {
                attributes.insert(at.min(attributes.len()), entry);
            }
        }
        resource.depends_on = related;
    }
}
