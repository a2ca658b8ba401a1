//! GCP Cloud Asset Inventory exports: a list, lines, or `{"assets": […]}`; asset by asset, as exports are large.
//!
//! An asset's resource becomes a resource with the content of `resource.data` as attributes; what the asset says beside it
//! (`ancestors`, `location`, `orgPolicy`, `accessPolicy` …) keeps its name next to it. An IAM policy is a resource of its
//! own, `cai:iam-policy`, that refers to its asset. Keys of the envelope are camel case whatever the tool wrote.

use rustc_hash::{FxHashMap, FxHashSet};
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

const ACCOUNT: &str = "iam.googleapis.com/ServiceAccount";
const SECRET: &str = "secretmanager.googleapis.com/Secret";

/// What assets are found by.
#[derive(Default)]
struct Links {
    /// By path; nothing where assets of different services share it: then it names neither.
    by_path: FxHashMap<Text, Option<Text>>,
    /// Service accounts by their address of mail.
    by_email: FxHashMap<Text, Text>,
    /// Secrets by the last part of their name: project and address.
    secrets: FxHashMap<Text, Vec<(Text, Text)>>,
}

/// Whose values are looked at.
struct Owner {
    address: Text,
    scope: Text,
    /// The id of its project, as its name has it.
    project: Option<Text>,
}

impl Links {
    fn new(resources: &[Resource]) -> Links {
        let mut out = Links::default();
        for resource in resources.iter().filter(|one| &*one.native_type != IAM_POLICY) {
            if let Some(path) = path(&resource.address) {
                out.by_path
                    .entry(path.into())
                    .and_modify(|known| {
                        if known.as_ref() != Some(&resource.address) {
                            *known = None;
                        }
                    })
                    .or_insert_with(|| Some(resource.address.clone()));
            }
            if is_account(resource) {
                out.account(resource);
            }
            if &*resource.native_type == SECRET
                && let Some(name) = resource.address.rsplit('/').next()
            {
                out.secrets.entry(name.into()).or_default().push((resource.scope.clone(), resource.address.clone()));
            }
        }
        out
    }

    /// An account goes by its number, by its address of mail, and by the name that it has itself.
    fn account(&mut self, resource: &Resource) {
        let email = email_of(resource);
        if let Some(email) = &email {
            self.by_email.entry(email.clone()).or_insert_with(|| resource.address.clone());
        }
        let project = project_of(&resource.address);
        let number = resource.text("uniqueId").map(Text::from);
        let names = [email, number].into_iter().flatten();
        let mut paths: Vec<Text> = Vec::new();
        for name in names {
            for project in project.iter().map(|project| &**project).chain(["-"]) {
                paths.push(format!("projects/{project}/serviceAccounts/{name}").into());
            }
        }
        paths.extend(resource.text("name").filter(|name| name.contains("/serviceAccounts/")).map(Text::from));
        for path in paths {
            self.by_path.entry(path).or_insert_with(|| Some(resource.address.clone()));
        }
    }

    /// The asset that a text is a link to.
    fn linked(&self, text: &str, owner: &Owner) -> Option<&Text> {
        let find = |path: &str| self.by_path.get(path).and_then(Option::as_ref);
        let found = path(text).and_then(find);
        if found.is_some() {
            return found;
        }
        let project = owner.project.as_deref()?;
        // `global/networks/default`, as it is said within a project.
        if ["global/", "regions/", "zones/"].iter().any(|start| text.starts_with(start)) {
            return find(&format!("projects/{project}/{text}"));
        }
        // A project goes by its id and by its number.
        let (from, to) = (format!("{}/", owner.scope), format!("projects/{project}/"));
        let path = path(text)?;
        let by_id = path.strip_prefix(from.as_str()).map(|rest| format!("{to}{rest}"));
        let other = by_id.or_else(|| path.strip_prefix(to.as_str()).map(|rest| format!("{from}{rest}")));
        other.as_deref().and_then(find)
    }

    /// The secret that a setting names, whole or by the last part of its name.
    fn secret(&self, text: &str, owner: &Owner) -> Option<&Text> {
        // Objects of a cluster have secrets of the cluster.
        const SERVERLESS: [&str; 2] = ["//run.googleapis.com/", "//cloudfunctions.googleapis.com/"];
        if !SERVERLESS.iter().any(|start| owner.address.starts_with(start)) {
            return None;
        }
        // `projects/p/secrets/s/versions/latest`
        let whole = text.split_once("/secrets/").map_or(text, |(_, rest)| rest);
        let name = whole.split('/').next().unwrap_or(whole);
        let found = self.secrets.get(name)?;
        let own = found.iter().find(|(scope, _)| *scope == owner.scope);
        own.or_else(|| found.first().filter(|_| found.len() == 1)).map(|(_, address)| address)
    }
}

fn is_account(resource: &Resource) -> bool {
    resource.native_type.starts_with("google_") && resource.native_type.ends_with("_service_account")
        || &*resource.native_type == ACCOUNT
}

/// The address of mail of a service account.
fn email_of(resource: &Resource) -> Option<Text> {
    let named = || resource.address.rsplit('/').next().filter(|name| name.contains('@'));
    resource.text("email").filter(|email| email.contains('@')).or_else(named).map(Text::from)
}

/// The project in the name of an asset.
fn project_of(address: &str) -> Option<Text> {
    let (_, rest) = address.split_once("/projects/")?;
    rest.split('/').next().filter(|id| !id.is_empty()).map(Text::from)
}

/// Says in the catalogue's words what the interfaces say otherwise than Terraform.
fn put_into_words(resource: &mut Resource) {
    match &*resource.native_type {
        ACCOUNT => account(resource),
        SECRET => {
            let name: Text = resource.address.rsplit('/').next().unwrap_or_default().into();
            let span = resource.span;
            if let ValueKind::Map(entries) = &mut resource.attributes.kind {
                entries.push(("secret_id".into(), Value::text(name, span)));
            }
        }
        "compute.googleapis.com/Instance" => {
            if let ValueKind::Map(entries) = &mut resource.attributes.kind {
                machine(entries);
            }
        }
        "compute.googleapis.com/InstanceTemplate" => {
            let ValueKind::Map(entries) = &mut resource.attributes.kind else { return };
            let inner = entries.iter_mut().find(|(key, _)| &**key == "properties");
            if let Some((_, Value { kind: ValueKind::Map(entries), .. })) = inner {
                machine(entries);
            }
        }
        _ => {}
    }
}

/// A service account is called what stands before the `@`, and not by its number. Those that come with a project are of
/// types of their own.
fn account(resource: &mut Resource) {
    let Some(email) = email_of(resource) else { return };
    let Some((id, host)) = email.split_once('@') else { return };
    let span = resource.span;
    resource.name = id.into();
    if host == "appspot.gserviceaccount.com" {
        resource.native_type = "google_app_engine_default_service_account".into();
    } else if host == "developer.gserviceaccount.com" && id.ends_with("-compute") {
        resource.native_type = "google_compute_default_service_account".into();
    }
    resource.ty = resource.native_type.clone();
    if let ValueKind::Map(entries) = &mut resource.attributes.kind {
        entries.push(("account_id".into(), Value::text(id, span)));
        if !entries.iter().any(|(key, _)| &**key == "email") {
            entries.push(("email".into(), Value::text(email.clone(), span)));
        }
    }
}

/// Tags and metadata of machines are lists inside of a block that holds a fingerprint, too.
fn machine(entries: &mut [(Text, Value)]) {
    for (key, value) in entries.iter_mut().filter(|(key, _)| matches!(&**key, "tags" | "metadata")) {
        let ValueKind::Map(block) = &value.kind else { continue };
        let items = match block.iter().find(|(key, _)| &**key == "items") {
            Some((_, listed)) => listed.each().to_vec(),
            None if block.iter().all(|(key, _)| matches!(&**key, "fingerprint" | "kind")) => Vec::new(),
            None => continue,
        };
        if &**key == "tags" {
            value.kind = if items.is_empty() { ValueKind::Null } else { ValueKind::List(items) };
            continue;
        }
        let mut out: Vec<(Text, Value)> = Vec::new();
        let mut known: FxHashSet<Text> = FxHashSet::default();
        for item in items {
            let Some(name) = item.get("key").and_then(Value::as_text).map(Text::from) else { continue };
            let said = item.get("value").cloned().unwrap_or_else(|| Value::null(item.span));
            if known.insert(name.clone()) {
                out.push((name, said));
            }
        }
        value.kind = ValueKind::Map(out);
    }
}

/// Finds references again: names and links of other assets, accounts by their address of mail, secrets by their name.
fn link(resources: &mut [Resource]) {
    for resource in resources.iter_mut() {
        put_into_words(resource);
    }
    let links = Links::new(resources);
    let known: FxHashSet<Text> = resources.iter().map(|one| one.address.clone()).collect();
    for resource in resources {
        let project = project_of(&resource.address);
        let owner = Owner { address: resource.address.clone(), scope: resource.scope.clone(), project };
        let policy = &*resource.native_type == IAM_POLICY;
        let ValueKind::Map(attributes) = &mut resource.attributes.kind else { continue };
        for (key, value) in attributes {
            if policy
                && &**key == "resource"
                && let ValueKind::Reference(reference) = &mut value.kind
                && !known.contains(&reference.address)
            {
                // The policy calls its asset by another of its names.
                if let Some(address) = links.linked(&reference.address, &owner) {
                    reference.address = address.clone();
                }
            } else if !matches!(&**key, "name" | "selfLink" | "id") {
                link_value(value, &owner, &links, ("", &**key));
            }
        }
    }
}

/// Whether the value under keys, the outer one first, names a secret.
fn names_secret((outer, key): (&str, &str)) -> bool {
    matches!(
        (outer, key),
        ("secretKeyRef", "name" | "secret")
            | ("secret", "secretName" | "secret")
            | ("secretEnvironmentVariables" | "secretVolumes", "secret")
    )
}

fn link_value(value: &mut Value, owner: &Owner, links: &Links, keys: (&str, &str)) {
    let reference = |address: &Text, attribute: &str| {
        ValueKind::Reference(Reference { address: address.clone(), attribute: attribute.into() })
    };
    match &mut value.kind {
        ValueKind::Text(text) => {
            let others = |address: &&Text| **address != owner.address;
            if names_secret(keys)
                && let Some(address) = links.secret(text, owner)
            {
                value.kind = reference(address, "secret_id");
            } else if let Some(address) = links.linked(text, owner).filter(others) {
                value.kind = reference(address, "selfLink");
            } else if let Some(address) = links.by_email.get(&**text).filter(others) {
                value.kind = reference(address, "email");
            } else if let Some(email) = text.strip_prefix("serviceAccount:")
                && let Some(address) = links.by_email.get(email)
            {
                let span = value.span;
                let parts = vec![Value::text("serviceAccount:", span), Value::new(reference(address, "email"), span)];
                value.kind = ValueKind::Template(parts);
            }
        }
        ValueKind::List(items) => items.iter_mut().for_each(|item| link_value(item, owner, links, keys)),
        ValueKind::Map(entries) => {
            for (key, value) in entries {
                link_value(value, owner, links, (keys.1, &**key));
            }
        }
        _ => {}
    }
}
