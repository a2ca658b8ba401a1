//! GCP Cloud Asset Inventory exports: a list, lines, or `{"assets": […]}`; asset by asset, as exports are large.
//!
//! An asset's resource becomes a resource with the content of `resource.data` as attributes; what the asset says beside it
//! (`ancestors`, `location`, `orgPolicy`, `accessPolicy` …) keeps its name next to it. An IAM policy is a resource of its
//! own, `cai:iam-policy`, that refers to its asset. Keys of the envelope are camel case whatever the tool wrote.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Mode, Reference, Resource, Source, Text, Value, ValueKind};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::Node;

use crate::located::{any_of, body, entries, first_object, items, objects, text_of, top_keys, value};
use crate::{InputFile, Options, Output, Tree};

/// The type of the resource that an asset's IAM policy becomes.
const IAM_POLICY: &str = "cai:iam-policy";

/// Whether a text looks like an export of assets.
pub(crate) fn recognise(_path: &str, text: &str) -> bool {
    let asset = |keys: &[&str]| {
        let has = |key: &str| keys.contains(&key);
        (has("assetType") || has("asset_type")) && has("name")
    };
    let text = body(text);
    if text.starts_with('[') {
        return top_keys(first_object(text), asset);
    }
    let wrapped = || {
        let mut items = objects(text, Some("assets"));
        items.next().is_some_and(|item| top_keys(item.text, asset))
    };
    top_keys(text, asset) || (top_keys(text, |keys| keys.contains(&"assets")) && wrapped())
}

/// Reads exports.
pub(crate) fn read(_tree: &mut Tree<'_>, _options: &Options, files: &[InputFile], output: &mut Output) {
    let first = output.inventory.resources.len();
    let mut seen = Seen::default();
    for file in files {
        let text = body(&file.text);
        let wrapped = text.starts_with('{')
            && !top_keys(text, |keys| keys.contains(&"assetType") || keys.contains(&"asset_type"));
        for item in objects(&file.text, wrapped.then_some("assets")) {
            if let Some(asset) = item.read(file.id, &mut output.diagnostics) {
                seen.asset(&asset, output);
            }
        }
    }
    link(output.inventory.resources.get_mut(first..).unwrap_or(&mut []));
}

/// Where the resources of this reading are, by address.
#[derive(Default)]
struct Seen {
    places: FxHashMap<Text, usize>,
}

impl Seen {
    fn asset(&mut self, asset: &Node, output: &mut Output) {
        let name = text_of(asset, "name");
        let ty = any_of(asset, &["assetType", "asset_type"]).and_then(Node::as_str).unwrap_or("");
        if name.is_empty() || ty.is_empty() {
            output.diagnostics.push(
                Diagnostic::warning("asset-unnamed", asset.span, "an asset without a name or a type is left out")
                    .help("every asset of an export has `name` and `assetType`"),
            );
            return;
        }
        let policy = any_of(asset, &["iamPolicy", "iam_policy"]).filter(|policy| !policy.is_null());
        let scope = scope(asset);
        if let Some(attributes) = described(asset, ty) {
            self.put(
                Resource {
                    address: name.into(),
                    ty: ty.into(),
                    native_type: ty.into(),
                    name: name.rsplit('/').next().unwrap_or(name).into(),
                    source: Source::CloudAssetInventory,
                    mode: Mode::Managed,
                    attributes: Value::new(ValueKind::Map(attributes), asset.span),
                    span: asset.span,
                    calls: Vec::new(),
                    scope: scope.clone(),
                    depends_on: Vec::new(),
                    many: false,
                },
                output,
            );
        }
        if let Some(policy) = policy {
            let mut attributes = vec![
                ("resource".into(), reference(name, policy.span)),
                ("assetType".into(), Value::text(ty, policy.span)),
            ];
            let known = entries(Some(policy)).iter().filter(|entry| !matches!(&*entry.key, "resource" | "assetType"));
            attributes.extend(known.map(|entry| (camel(&entry.key), value(&entry.value))));
            self.put(
                Resource {
                    address: format!("{name}#iam-policy").into(),
                    ty: IAM_POLICY.into(),
                    native_type: IAM_POLICY.into(),
                    name: name.rsplit('/').next().unwrap_or(name).into(),
                    source: Source::CloudAssetInventory,
                    mode: Mode::Managed,
                    attributes: Value::new(ValueKind::Map(attributes), policy.span),
                    span: policy.span,
                    calls: Vec::new(),
                    scope,
                    depends_on: Vec::new(),
                    many: false,
                },
                output,
            );
        }
    }

    /// Adds a resource. Exports of different content name the same asset again: what is new is added to it.
    fn put(&mut self, resource: Resource, output: &mut Output) {
        let place = self.places.get(&resource.address).copied();
        let Some(known) = place.and_then(|place| output.inventory.resources.get_mut(place)) else {
            self.places.insert(resource.address.clone(), output.inventory.resources.len());
            output.inventory.resources.push(resource);
            return;
        };
        let (ValueKind::Map(known), ValueKind::Map(more)) = (&mut known.attributes.kind, resource.attributes.kind)
        else {
            return;
        };
        let mut differs = false;
        for (key, value) in more {
            match known.iter_mut().find(|(name, _)| *name == key) {
                None => known.push((key, value)),
                Some((_, earlier)) => match (&mut earlier.kind, value.kind) {
                    (ValueKind::List(earlier), ValueKind::List(more))
                        if &*key == "bindings" || &*key == "orgPolicy" =>
                    {
                        earlier.extend(more);
                    }
                    (earlier, value) => differs |= !alike(earlier, &value),
                },
            }
        }
        if differs {
            output.diagnostics.push(
                Diagnostic::note(
                    "asset-repeated",
                    resource.span,
                    format!("`{}` is described twice and differently; the first description counts", resource.address),
                )
                .help("export one moment only, or one file for each"),
            );
        }
    }
}

/// Whether two values say the same, places apart.
fn alike(a: &ValueKind, b: &ValueKind) -> bool {
    match (a, b) {
        (ValueKind::List(a), ValueKind::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(&a.kind, &b.kind))
        }
        (ValueKind::Map(a), ValueKind::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((x, a), (y, b))| x == y && alike(&a.kind, &b.kind))
        }
        (ValueKind::Document(a), ValueKind::Document(b)) => alike(&a.kind, &b.kind),
        (a, b) => a == b,
    }
}

fn reference(address: &str, span: Span) -> Value {
    Value::new(ValueKind::Reference(Reference { address: address.into(), attribute: "".into() }), span)
}

/// The attributes of an asset; `None` when it carries nothing but an IAM policy.
fn described(asset: &Node, ty: &str) -> Option<Vec<(Text, Value)>> {
    let resource = asset.get("resource").filter(|resource| !resource.is_null());
    let data = resource.and_then(|resource| resource.get("data"));
    let mut attributes: Vec<(Text, Value)> =
        entries(data).iter().map(|entry| ((&*entry.key).into(), value(&entry.value))).collect();
    let mut says_something = resource.is_some();
    let mut put = |key: Text, value: Value| {
        if !attributes.iter().any(|(known, _)| *known == key) {
            attributes.push((key, value));
        }
    };
    for entry in entries(resource) {
        match &*entry.key {
            "data" | "version" | "discovery_document_uri" | "discoveryDocumentUri" | "resource_url" | "resourceUrl" => {
            }
            "parent" => {
                let parent = entry.value.as_str().filter(|parent| !parent.is_empty());
                put(
                    "parent".into(),
                    parent.map_or_else(|| value(&entry.value), |name| reference(name, entry.value.span)),
                );
            }
            key => put(camel(key), value(&entry.value)),
        }
    }
    for entry in entries(Some(asset)) {
        match &*entry.key {
            "name" | "assetType" | "asset_type" | "resource" | "iamPolicy" | "iam_policy" => {}
            key => {
                says_something |=
                    !matches!(key, "ancestors" | "ancestry_path" | "ancestryPath" | "updateTime" | "update_time");
                put(camel(key), value(&entry.value));
            }
        }
    }
    // An asset without any content is still there.
    let bare = any_of(asset, &["iamPolicy", "iam_policy"]).is_none();
    let _ = ty;
    (says_something || bare).then_some(attributes)
}

/// The project, folder or organization nearest to an asset.
fn scope(asset: &Node) -> Text {
    if let Some(nearest) = items(asset.get("ancestors")).first().and_then(Node::as_str) {
        return nearest.into();
    }
    let path = any_of(asset, &["ancestryPath", "ancestry_path"]).and_then(Node::as_str).unwrap_or("");
    let mut parts = path.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(id), Some(kind)) if !kind.is_empty() => {
            format!("{kind}{}/{id}", if kind.ends_with('s') { "" } else { "s" }).into()
        }
        _ => "".into(),
    }
}

/// A key in camel case: `org_policy` is `orgPolicy`.
fn camel(key: &str) -> Text {
    if !key.contains('_') {
        return key.into();
    }
    let mut out = String::with_capacity(key.len());
    let mut upper = false;
    for c in key.chars() {
        if c == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            out.push(c.to_ascii_uppercase());
        } else {
            out.push(c);
        }
    }
    out.into()
}

/// The path of a resource name without the service: the same in full names, in links and in relative names.
fn path(text: &str) -> Option<&str> {
    let path = match text.strip_prefix("//") {
        Some(rest) => rest.split_once('/')?.1,
        None if text.starts_with("https://") => text.get(text.find("/projects/")? + 1..)?,
        None => text,
    };
    let deep = path.matches('/').count() >= 3 && path.starts_with("projects/");
    (deep || text.starts_with("//")).then_some(path)
}

/// Finds references again: names and links of other assets.
fn link(resources: &mut [Resource]) {
    // Two assets of different services may share a path; then it names neither.
    let mut by_path: FxHashMap<Text, Option<Text>> = FxHashMap::default();
    for resource in resources.iter() {
        if &*resource.native_type == IAM_POLICY {
            continue;
        }
        if let Some(path) = path(&resource.address) {
            by_path
                .entry(path.into())
                .and_modify(|known| {
                    if known.as_ref() != Some(&resource.address) {
                        *known = None;
                    }
                })
                .or_insert_with(|| Some(resource.address.clone()));
        }
    }
    for resource in resources {
        let own = resource.address.clone();
        if let ValueKind::Map(attributes) = &mut resource.attributes.kind {
            for (key, value) in attributes {
                if !matches!(&**key, "name" | "selfLink" | "id") {
                    link_value(value, &own, &by_path);
                }
            }
        }
    }
}

fn link_value(value: &mut Value, own: &Text, by_path: &FxHashMap<Text, Option<Text>>) {
    match &mut value.kind {
        ValueKind::Text(text) => {
            let found = path(text).and_then(|path| by_path.get(path)).and_then(Option::as_ref);
            if let Some(address) = found.filter(|address| *address != own) {
                value.kind = ValueKind::Reference(Reference { address: address.clone(), attribute: "selfLink".into() });
            }
        }
        ValueKind::List(items) => items.iter_mut().for_each(|item| link_value(item, own, by_path)),
        ValueKind::Map(entries) => entries.iter_mut().for_each(|(_, value)| link_value(value, own, by_path)),
        _ => {}
    }
}
