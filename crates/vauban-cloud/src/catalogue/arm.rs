//! Azure's own form of resources, as templates have it, brought near to how the catalogue speaks of them.
//!
//! What differs in every type alike is done here: `properties` inside of items, `{ "id": … }` around references, children
//! with their parents' names, settings as lists of names and values. What differs in one type is in its entry.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Inventory, Resource, Source, Text, Value, ValueKind};

use super::Entry;

/// How deep attributes are walked.
const DEEPEST: usize = 128;
/// What stands beside `properties` in an item that is a resource of its own.
const BESIDE: [&str; 10] = ["name", "id", "type", "etag", "sku", "zones", "location", "tags", "properties", "parent"];
/// Attributes that are people's own words.
const VERBATIM: [&str; 3] = ["tags", "parameters", "policyRule"];

/// The type of a web app by its kind, in lower case.
pub(super) fn web_app(kind: &str, linux: bool) -> &'static str {
    match (kind.contains("functionapp"), kind.contains("workflowapp"), linux) {
        (_, true, _) => "azurerm_logic_app_standard",
        (true, _, true) => "azurerm_linux_function_app",
        (true, _, false) => "azurerm_windows_function_app",
        (false, _, true) => "azurerm_linux_web_app",
        (false, _, false) => "azurerm_windows_web_app",
    }
}

/// The type that a resource is in the catalogue where its own type stands for several.
pub(super) fn variant(resource: &Resource) -> Option<&'static str> {
    let native = resource.native_type.to_ascii_lowercase();
    let text = |path: &str| resource.text(path).unwrap_or("").to_ascii_lowercase();
    match native.as_str() {
        "microsoft.web/sites" | "microsoft.web/sites/slots" => {
            let kind = text("kind");
            let linux = kind.contains("linux") || resource.get("properties.siteConfig.linuxFxVersion").is_some();
            Some(web_app(&kind, linux))
        }
        "microsoft.compute/virtualmachines" | "microsoft.compute/virtualmachinescalesets" => {
            let set = native.ends_with("sets");
            let above = if set { "properties.virtualMachineProfile." } else { "properties." };
            let is = |path: &str| resource.get(&format!("{above}{path}")).is_some();
            let windows = is("osProfile.windowsConfiguration")
                || text(&format!("{above}storageProfile.imageReference.publisher")).contains("windows")
                || text(&format!("{above}storageProfile.osDisk.osType")) == "windows";
            Some(match (set, windows) {
                (true, true) => "azurerm_windows_virtual_machine_scale_set",
                (true, false) => "azurerm_linux_virtual_machine_scale_set",
                (false, true) => "azurerm_windows_virtual_machine",
                (false, false) => "azurerm_linux_virtual_machine",
            })
        }
        _ => None,
    }
}

/// Puts what is declared apart but belongs to another resource where the catalogue has it: settings of web apps, access
/// policies of vaults.
pub(super) fn prepare(inventory: &mut Inventory) {
    let mut moves: Vec<(Text, &'static str, Value)> = Vec::new();
    for resource in inventory.resources.iter().filter(|one| one.source == Source::AzureResourceManager) {
        let Some(parent) = resource.attributes.get("parent").and_then(Value::as_reference) else { continue };
        let Some(properties) = resource.get("properties") else { continue };
        let native = resource.native_type.to_ascii_lowercase();
        let name = resource.attributes.get("name").and_then(last_name).unwrap_or_default().to_ascii_lowercase();
        match (native.as_str(), name.as_str()) {
            ("microsoft.web/sites/config" | "microsoft.web/sites/slots/config", "appsettings") => {
                moves.push((parent.address.clone(), "appSettings", properties.clone()));
            }
            ("microsoft.web/sites/config" | "microsoft.web/sites/slots/config", "connectionstrings") => {
                moves.push((parent.address.clone(), "connectionStrings", properties.clone()));
            }
            ("microsoft.web/sites/config" | "microsoft.web/sites/slots/config", "web") => {
                moves.push((parent.address.clone(), "siteConfig", properties.clone()));
            }
            ("microsoft.keyvault/vaults/accesspolicies", "add" | "replace") => {
                if let Some(policies) = properties.get("accessPolicies") {
                    moves.push((parent.address.clone(), "accessPolicies", policies.clone()));
                }
            }
            _ => {}
        }
    }
    if moves.is_empty() {
        return;
    }
    let at: FxHashMap<Text, usize> =
        inventory.resources.iter().enumerate().map(|(at, one)| (one.address.clone(), at)).collect();
    for (address, key, value) in moves {
        let Some(resource) = at.get(&address).and_then(|at| inventory.resources.get_mut(*at)) else { continue };
        let ValueKind::Map(entries) = &mut resource.attributes.kind else { continue };
        let span = value.span;
        if !entries.iter().any(|(name, _)| &**name == "properties") {
            entries.push(("properties".into(), Value::new(ValueKind::Map(Vec::new()), span)));
        }
        let properties = entries.iter_mut().find(|(name, _)| &**name == "properties");
        let Some((_, Value { kind: ValueKind::Map(properties), .. })) = properties else { continue };
        match properties.iter_mut().find(|(name, _)| &**name == key) {
            None => properties.push((key.into(), value)),
            Some((_, old)) => match (&mut old.kind, value.kind) {
                (ValueKind::List(items), ValueKind::List(more)) => items.extend(more),
                (ValueKind::Map(known), ValueKind::Map(more)) => {
                    for (key, value) in more {
                        match known.iter_mut().find(|(name, _)| *name == key) {
                            Some((_, old)) => *old = value,
                            None => known.push((key, value)),
                        }
                    }
                }
                _ => {}
            },
        }
    }
}

/// The attributes of a resource, before its keys are respelt.
pub(super) fn shape(attributes: Value, entry: &Entry) -> Value {
    let Value { kind, span, via } = walk(attributes, "", 0);
    let ValueKind::Map(entries) = kind else { return Value { kind, span, via } };
    let mut out: Vec<(Text, Value)> = Vec::with_capacity(entries.len() + 2);
    for (key, value) in entries {
        match &*key {
            "name" => {
                let value = last_part(value);
                out.push((key, value));
            }
            "parent" if !entry.rename.contains_key("parent") => {
                // Children name the resource above; which attribute that is, the entry knows.
                let paths = entry.part_of.iter().chain(&entry.inside).filter(|path| !path.contains('.'));
                for path in paths {
                    out.push((Text::from(&**path), value.clone()));
                }
            }
            _ => out.push((key, value)),
        }
    }
    Value { kind: ValueKind::Map(out), span, via }
}

/// The value of an attribute, given its key.
fn walk(value: Value, key: &str, depth: usize) -> Value {
    if depth > DEEPEST || VERBATIM.contains(&key) {
        return value;
    }
    let Value { kind, span, via } = value;
    let kind = match kind {
        ValueKind::Secret(inner) => ValueKind::Secret(Box::new(walk(*inner, key, depth))),
        ValueKind::OneOf(ways) => ValueKind::OneOf(ways.into_iter().map(|way| walk(way, key, depth + 1)).collect()),
        ValueKind::List(items) => list(items, key, depth),
        ValueKind::Map(entries) => map(entries, key, depth),
        ValueKind::Text(text) if key == "publicNetworkAccess" => switch(text),
        other => other,
    };
    Value { kind, span, via }
}

/// `Enabled` and `Disabled` as yes and no; access for a perimeter only is not for the public.
fn switch(text: Text) -> ValueKind {
    match text.to_ascii_lowercase().as_str() {
        "enabled" => ValueKind::Bool(true),
        "disabled" | "securedbyperimeter" => ValueKind::Bool(false),
        _ => ValueKind::Text(text),
    }
}

fn list(items: Vec<Value>, key: &str, depth: usize) -> ValueKind {
    let pairs = |name: &str| items.iter().all(|item| item.get("name").is_some() && item.get(name).is_some());
    if matches!(key, "appSettings" | "environmentVariables") && (pairs("value") || pairs("secureValue")) {
        // A list of names and values is a map.
        let pair = |item: Value| -> Option<(Text, Value)> {
            let name = item.get("name")?.as_text()?.to_owned();
            let secure = item.get("secureValue").cloned();
            let secure = secure.map(|it| Value::new(ValueKind::Secret(Box::new(it)), item.span));
            Some((name.as_str().into(), item.get("value").cloned().or(secure)?))
        };
        return ValueKind::Map(items.into_iter().filter_map(pair).collect());
    }
    if key == "ipRules" && items.iter().all(|item| item.get("value").is_some()) {
        return ValueKind::List(items.iter().filter_map(|item| item.get("value").cloned()).collect());
    }
    ValueKind::List(items.into_iter().map(|item| walk(item, key, depth + 1)).collect())
}

fn map(entries: Vec<(Text, Value)>, key: &str, depth: usize) -> ValueKind {
    if key == "userAssignedIdentities" {
        // The keys are the identities; the reader left them as ids where they are of this tree.
        let ids = entries.into_iter().map(|(key, value)| match value.get("id") {
            Some(id) => id.clone(),
            None => Value::text(key, value.span),
        });
        return ValueKind::List(ids.collect());
    }
    let own = |entries: &[(Text, Value)]| entries.iter().all(|(key, _)| BESIDE.contains(&&**key));
    let wrapped = entries.iter().any(|(key, value)| &**key == "properties" && matches!(value.kind, ValueKind::Map(_)));
    let mut flat: Vec<(Text, Value)> = Vec::with_capacity(entries.len());
    let open = depth > 0 && wrapped && own(&entries);
    for (key, value) in entries {
        if open && &*key == "properties" {
            if let ValueKind::Map(inner) = value.kind {
                flat.extend(inner);
            }
        } else {
            flat.push((key, value));
        }
    }
    if key == "accessPolicies" {
        permissions(&mut flat);
    }
    let mut out: Vec<(Text, Value)> = Vec::with_capacity(flat.len());
    for (key, value) in flat {
        let value = walk(value, &key, depth + 1);
        let (key, value) = named(key, value);
        match out.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => out.push((key, value)),
        }
    }
    ValueKind::Map(out)
}

/// Permissions of an access policy: `permissions.secrets` as `secretPermissions`.
fn permissions(policy: &mut Vec<(Text, Value)>) {
    let Some(at) = policy.iter().position(|(key, _)| &**key == "permissions") else { return };
    let (_, value) = policy.remove(at);
    let ValueKind::Map(kinds) = value.kind else { return };
    for (kind, list) in kinds {
        let name = format!("{}Permissions", kind.strip_suffix('s').unwrap_or(&kind));
        let name = if &*kind == "storage" { "storagePermissions".to_owned() } else { name };
        policy.push((name.into(), list));
    }
}

/// A key and its value with the envelopes of references gone: `subnet: { id }` is `subnetId`, a list of such `subnetIds`.
fn named(key: Text, value: Value) -> (Text, Value) {
    if &*key == "userAssignedIdentities" {
        return ("identityIds".into(), value);
    }
    if &*key == "publicNetworkAccess" && matches!(value.kind, ValueKind::Bool(_)) {
        return ("publicNetworkAccessEnabled".into(), value);
    }
    if let ValueKind::Map(entries) = &value.kind
        && let [(name, inner)] = entries.as_slice()
        && &**name == "id"
    {
        return (format!("{key}Id").into(), inner.clone());
    }
    if let ValueKind::List(items) = &value.kind
        && !items.is_empty()
        && items.iter().all(|item| {
            item.as_map().is_some_and(|entries| {
                entries.iter().any(|(name, _)| &**name == "id")
                    && entries.iter().all(|(name, _)| matches!(&**name, "id" | "primary" | "deleteOption" | "action"))
            })
        })
    {
        let ids = items.iter().filter_map(|item| item.get("id").cloned()).collect();
        let stem = key.strip_suffix('s').unwrap_or(&key);
        return (format!("{stem}Ids").into(), Value { kind: ValueKind::List(ids), span: value.span, via: value.via });
    }
    (key, value)
}

/// What stands behind the last slash of a name.
fn last_name(value: &Value) -> Option<String> {
    let last = match &value.open().kind {
        ValueKind::Template(parts) => parts.last()?,
        _ => value.open(),
    };
    let text = last.as_text()?;
    Some(text.rsplit('/').next().unwrap_or(text).to_owned())
}

/// A name without those of its parents.
fn last_part(value: Value) -> Value {
    let Value { kind, span, via } = value;
    let kind = match kind {
        ValueKind::Text(text) => match text.rsplit_once('/') {
            Some((_, last)) => ValueKind::Text(last.into()),
            None => ValueKind::Text(text),
        },
        ValueKind::Template(mut parts) => {
            let cut = parts.iter().rposition(|part| part.as_text().is_some_and(|text| text.contains('/')));
            if let Some(at) = cut {
                let mut rest = parts.split_off(at);
                if let Some(first) = rest.first_mut() {
                    let last = first.as_text().and_then(|text| text.rsplit('/').next()).unwrap_or("").to_owned();
                    first.kind = ValueKind::Text(last.as_str().into());
                    if last.is_empty() && rest.len() > 1 {
                        rest.remove(0);
                    }
                }
                parts = rest;
            }
            match parts.pop() {
                Some(one) if parts.is_empty() => one.kind,
                Some(last) => {
                    parts.push(last);
                    ValueKind::Template(parts)
                }
                None => ValueKind::Template(parts),
            }
        }
        other => other,
    };
    Value { kind, span, via }
}
