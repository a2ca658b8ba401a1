//! Resources of other tools in the catalogue's words.

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_model::resource::{Inventory, Resource, Source, Text, Value, ValueKind};

use super::words::{lower_first, snake};
use super::{Catalogue, Entry};
use super::{
    arm, default_accounts, directory, guards, kubernetes, listeners, lookups, objects, people, pulumi, scoped_accounts,
    system_identities,
};

/// Attributes whose keys are people's own words: what is below them stays as it is.
const VERBATIM: &[&str] = &[
    "tags",
    "tags_all",
    "labels",
    "annotations",
    "variables",
    "environment_variables",
    "app_settings",
    "metadata",
    "request_parameters",
    "response_parameters",
    "parameters",
    "default_arguments",
    "definition",
    "definition_string",
    "definition_substitutions",
    "body",
    "event_pattern",
    "schema",
    "user_labels",
    "runtime_environment_variables",
    "inputs",
    "template_body",
];

/// How deep attributes are walked.
const DEEPEST: usize = 128;

/// How keys are respelt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Snake,
    LowerFirst,
    Keep,
}

impl Catalogue {
    /// Gives the same thing of different tools the same type and attribute names, in place. A type that the catalogue
    /// does not know stays as it is.
    pub fn canonicalise(&self, inventory: &mut Inventory) -> Vec<Diagnostic> {
        arm::prepare(inventory);
        let mut foreign: FxHashMap<Text, u32> = FxHashMap::default();
        for resource in &mut inventory.resources {
            if let Some(at) = self.canonicalise_one(resource) {
                foreign.insert(resource.address.clone(), at);
            }
        }
        for resource in &mut inventory.resources {
            if &*resource.native_type == "cai:iam-policy" {
                let bearer = resource.address.strip_suffix("#iam-policy").and_then(|of| foreign.get(of));
                let bearer = bearer.and_then(|at| self.entries.get(*at as usize)).map(|entry| entry.ty.clone());
                self.policy_of_asset(resource, bearer);
            }
        }
        if !foreign.is_empty() {
            for resource in &mut inventory.resources {
                self.references(&mut resource.attributes, &foreign, 0);
            }
        }
        lookups::settle(inventory);
        objects::complete(inventory);
        guards::complete(inventory);
        listeners::complete(inventory);
        default_accounts::complete(inventory);
        scoped_accounts::complete(inventory);
        system_identities::complete(inventory);
        people::complete(inventory);
        directory::complete(inventory);
        Vec::new()
    }

    /// Respells one resource; the entry's index when its attributes were respelt.
    fn canonicalise_one(&self, resource: &mut Resource) -> Option<u32> {
        match resource.source {
            Source::Terraform | Source::TerraformPlan | Source::TerraformState => {
                if let Some(ty) = kubernetes::canonical_type(&resource.native_type) {
                    resource.ty = ty;
                    kubernetes::respell(&mut resource.attributes);
                } else if self.get(&resource.ty).is_none()
                    && let Some(entry) = self.by_alias(&resource.ty)
                {
                    // A type that Terraform has under two names.
                    resource.ty = entry.ty.clone();
                }
                None
            }
            Source::Kubernetes | Source::Compose | Source::OpenApi | Source::AsyncApi | Source::Dockerfile => None,
            Source::CloudFormation
            | Source::Cdk
            | Source::AzureResourceManager
            | Source::Pulumi
            | Source::CloudAssetInventory
            | Source::AwsConfig => {
                if &*resource.native_type == "cai:iam-policy" {
                    return None;
                }
                let entry = self.entry_of_asset(resource)?;
                let at = self.by_type.get(&entry.ty).copied()?;
                let arm = resource.source == Source::AzureResourceManager;
                let pulumi = resource.source == Source::Pulumi;
                let variant = if arm {
                    arm::variant(resource)
                } else if pulumi {
                    pulumi::variant(resource)
                } else {
                    None
                };
                let variant = variant.and_then(|ty| self.get(ty));
                resource.ty = variant.unwrap_or(entry).ty.clone();
                let attributes =
                    std::mem::replace(&mut resource.attributes, Value::new(ValueKind::Null, resource.span));
                if entry.ty.starts_with("k8s:") {
                    resource.attributes = attributes;
                    return None;
                }
                let attributes = unwrapped(attributes);
                let attributes = if arm { arm::shape(attributes, entry) } else { attributes };
                resource.attributes = respell(attributes, entry);
                if pulumi && pulumi::is_bridged(&resource.native_type) {
                    pulumi::singulars(&mut resource.attributes, 0);
                }
                Some(at)
            }
        }
    }

    /// An asset's IAM policy as the resource that Terraform makes of one: `google_storage_bucket_iam_policy`.
    /// `bearer` is the type of the asset, where the export has it.
    fn policy_of_asset(&self, resource: &mut Resource, bearer: Option<Text>) {
        let kind = match resource.text("assetType") {
            _ if bearer.is_some() => bearer.unwrap_or_else(|| "".into()),
            Some("cloudresourcemanager.googleapis.com/Organization") => "google_organization".into(),
            Some(native) => match self.entry_of_native(native) {
                Some(entry) => entry.ty.clone(),
                None => return,
            },
            None => return,
        };
        resource.ty = format!("{kind}_iam_policy").into();
        let span = resource.attributes.span;
        let ValueKind::Map(entries) = &mut resource.attributes.kind else { return };
        let Some(at) = entries.iter().position(|(key, _)| &**key == "bindings") else { return };
        let bindings = entries.remove(at);
        entries.retain(|(key, _)| &**key != "assetType");
        if let Some(whole) = self.get(&resource.ty).and_then(|entry| entry.part_of.first())
            && let Some((key, _)) = entries.iter_mut().find(|(key, _)| &**key == "resource")
        {
            *key = (&**whole).into();
        }
        let document = Value::new(ValueKind::Map(vec![bindings]), span);
        entries.push(("policy_data".into(), Value::new(ValueKind::Document(Box::new(document)), span)));
    }

    /// The entry of a native type, also where only the tool's way of naming leads to it.
    fn entry_of_asset(&self, resource: &Resource) -> Option<&Entry> {
        // The first form of the interface, with Kubernetes' way to describe things.
        if &*resource.native_type == "run.googleapis.com/Service" && resource.attributes.get("spec").is_some() {
            return self.get("google_cloud_run_service");
        }
        self.entry_of_native(&resource.native_type)
    }

    fn entry_of_native(&self, native: &str) -> Option<&Entry> {
        // `Microsoft.Storage/storageAccounts@2023-01-01` names a version of the interface.
        let native = native.split('@').next().unwrap_or(native);
        if let Some(entry) = self.by_alias(native).or_else(|| self.get(native)) {
            return Some(entry);
        }
        pulumi::tokens(native)?.find(self)
    }

    /// Attribute parts of references to resources whose attributes were respelt.
    fn references(&self, value: &mut Value, foreign: &FxHashMap<Text, u32>, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match &mut value.kind {
            ValueKind::Reference(reference) => {
                if let Some(entry) = foreign.get(&reference.address).and_then(|at| self.entries.get(*at as usize))
                    && !reference.attribute.is_empty()
                {
                    reference.attribute = match entry.rename.get(&*reference.attribute) {
                        Some(renamed) => Text::from(&**renamed),
                        None => {
                            Text::from(reference.attribute.split('.').map(snake).collect::<Vec<_>>().join(".").as_str())
                        }
                    };
                }
            }
            ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => {
                for part in parts {
                    self.references(part, foreign, depth + 1);
                }
            }
            ValueKind::Map(entries) => {
                for (_, inner) in entries {
                    self.references(inner, foreign, depth + 1);
                }
            }
            ValueKind::Document(inner) | ValueKind::Secret(inner) => self.references(inner, foreign, depth + 1),
            _ => {}
        }
    }
}

/// Attributes without the envelope that interfaces put around them: `properties` of ARM, `resource.data` of asset
/// inventories, `configuration` of configuration snapshots.
fn unwrapped(attributes: Value) -> Value {
    let Value { kind, span, via } = attributes;
    let ValueKind::Map(entries) = kind else { return Value { kind, span, via } };
    let envelope = |entries: &[(Text, Value)]| {
        ["properties", "configuration", "data", "resource"].into_iter().find(|key| {
            entries.iter().any(|(name, value)| {
                &**name == *key && matches!(value.kind, ValueKind::Map(_) | ValueKind::Document(_))
            })
        })
    };
    let Some(key) = envelope(&entries) else { return Value { kind: ValueKind::Map(entries), span, via } };
    let mut out: Vec<(Text, Value)> = Vec::with_capacity(entries.len() + 8);
    let mut inner = Vec::new();
    for (name, value) in entries {
        if &*name == key {
            let kind = match value.kind {
                ValueKind::Document(document) => document.kind,
                kind => kind,
            };
            if let ValueKind::Map(properties) = kind {
                inner = properties;
            }
        } else {
            out.push((name, value));
        }
    }
    if key == "resource" {
        let Value { kind, .. } = unwrapped(Value { kind: ValueKind::Map(inner), span, via: None });
        inner = if let ValueKind::Map(entries) = kind { entries } else { Vec::new() };
    }
    for (name, value) in inner {
        match out.iter_mut().find(|(known, _)| *known == name) {
            Some(known) => known.1 = value,
            None => out.push((name, value)),
        }
    }
    Value { kind: ValueKind::Map(out), span, via }
}

/// What is to be put elsewhere: canonical path, value.
type Moves = Vec<(Box<str>, Value)>;

fn respell(attributes: Value, entry: &Entry) -> Value {
    let mut moves = Moves::new();
    let span = attributes.span;
    let mut out = walk(attributes, &mut String::new(), "", Style::Snake, entry, &mut moves, 0);
    for (path, value) in moves {
        put(&mut out, &path, value);
    }
    if !matches!(out.kind, ValueKind::Map(_)) {
        out = Value::new(ValueKind::Map(Vec::new()), span);
    }
    out
}

/// Respells a value. `native` is its path as the source writes it, `canonical` as the catalogue does.
fn walk(
    value: Value,
    native: &mut String,
    canonical: &str,
    style: Style,
    entry: &Entry,
    moves: &mut Moves,
    depth: usize,
) -> Value {
    if depth > DEEPEST {
        return value;
    }
    let Value { kind, span, via } = value;
    let kind = match kind {
        ValueKind::List(items) => ValueKind::List(
            items.into_iter().map(|item| walk(item, native, canonical, style, entry, moves, depth + 1)).collect(),
        ),
        ValueKind::OneOf(items) => ValueKind::OneOf(
            items.into_iter().map(|item| walk(item, native, canonical, style, entry, moves, depth + 1)).collect(),
        ),
        ValueKind::Secret(inner) => {
            ValueKind::Secret(Box::new(walk(*inner, native, canonical, style, entry, moves, depth + 1)))
        }
        ValueKind::Document(inner) if style == Style::Keep => ValueKind::Document(inner),
        ValueKind::Map(entries) if entries.iter().any(|(key, _)| &**key == "Statement") => {
            // A policy: its keys are the policy language's own. As a document, as it is everywhere else.
            let inner = Value { kind: ValueKind::Map(entries), span, via: via.clone() };
            ValueKind::Document(Box::new(inner))
        }
        ValueKind::Map(entries) => {
            let mut out: Vec<(Text, Value)> = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let length = native.len();
                if !native.is_empty() {
                    native.push('.');
                }
                native.push_str(&key);
                let (name, below, elsewhere) = place(&key, native, canonical, style, entry);
                let style = below_style(&name, style);
                let value = walk(value, native, &below, style, entry, moves, depth + 1);
                native.truncate(length);
                let value = if &*name == "tags" { tags(value) } else { value };
                match elsewhere {
                    Some(path) => moves.push((path, value)),
                    None => match out.iter_mut().find(|(known, _)| *known == name) {
                        Some(known) => known.1 = value,
                        None => out.push((name, value)),
                    },
                }
            }
            ValueKind::Map(out)
        }
        other => other,
    };
    let document = depth > 0 && canonical == "container_definitions" && !matches!(kind, ValueKind::Document(_));
    let kind = if document { ValueKind::Document(Box::new(Value { kind, span, via: None })) } else { kind };
    Value { kind, span, via }
}

/// The key's new name, the canonical path of what is below, and a path elsewhere if it does not stay in its map.
fn place(key: &str, native: &str, canonical: &str, style: Style, entry: &Entry) -> (Text, String, Option<Box<str>>) {
    if let Some(renamed) = entry.rename.get(native) {
        let (above, last) = renamed.rsplit_once('.').unwrap_or(("", renamed));
        let elsewhere = (above != canonical).then(|| renamed.clone());
        return (last.into(), renamed.to_string(), elsewhere);
    }
    let name = match style {
        Style::Snake => snake(key),
        Style::LowerFirst => lower_first(key),
        Style::Keep => key.to_owned(),
    };
    let below = if canonical.is_empty() { name.clone() } else { format!("{canonical}.{name}") };
    (name.as_str().into(), below, None)
}

fn below_style(name: &str, style: Style) -> Style {
    match style {
        Style::Snake if VERBATIM.contains(&name) => Style::Keep,
        Style::Snake if name == "container_definitions" => Style::LowerFirst,
        // Environment maps of containers and labels.
        Style::LowerFirst if matches!(name, "dockerLabels" | "options") => Style::Keep,
        other => other,
    }
}

/// Tags written as a list of keys and values, as a map.
fn tags(value: Value) -> Value {
    let Value { kind, span, via } = value;
    let pair = |item: &Value| -> Option<(Text, Value)> {
        let key = item.get("Key").or_else(|| item.get("key"))?.as_text()?;
        let value = item.get("Value").or_else(|| item.get("value"))?;
        Some((key.into(), value.clone()))
    };
    let kind = match kind {
        ValueKind::List(items) if items.iter().all(|item| pair(item).is_some()) => {
            ValueKind::Map(items.iter().filter_map(pair).collect())
        }
        other => other,
    };
    Value { kind, span, via }
}

/// Puts a value at a path, maps made on the way. A list on the way gets it into each of its maps.
fn put(root: &mut Value, path: &str, value: Value) {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    match &mut root.kind {
        ValueKind::Map(entries) => {
            let at = entries.iter().position(|(name, _)| &**name == key);
            match (at.and_then(|at| entries.get_mut(at)), rest) {
                (Some((_, inner)), Some(rest)) => put(inner, rest, value),
                (Some((_, inner)), None) => *inner = value,
                (None, None) => entries.push((key.into(), value)),
                (None, Some(rest)) => {
                    let mut inner = Value::new(ValueKind::Map(Vec::new()), value.span);
                    put(&mut inner, rest, value);
                    entries.push((key.into(), inner));
                }
            }
        }
        ValueKind::List(items) => {
            if let [one] = items.as_mut_slice() {
                put(one, path, value);
            }
        }
        ValueKind::Null => {
            root.kind = ValueKind::Map(Vec::new());
            put(root, path, value);
        }
        _ => {}
    }
}
