//! Objects of clusters, whichever tool wrote them, as a cluster's interface has them: names in the place of references.
//! And what a cluster has although nothing declares it: the pool it starts with, accounts that only bindings name, the
//! nodes that its pods run on.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::resource::{Inventory, Mode, Reference, Resource, Source, Text, Value, ValueKind};

use super::words::camel;
use crate::cluster::{self, POOLS};

/// How deep attributes are walked.
const DEEPEST: usize = 128;

/// Names of an object.
struct Named {
    name: Text,
    namespace: Option<Text>,
}

/// Puts names in the place of references, and adds what nothing declares.
pub(super) fn complete(inventory: &mut Inventory) {
    if !inventory.resources.iter().any(|one| one.ty.starts_with("k8s:") || clusters(&one.ty)) {
        return;
    }
    names(inventory);
    for space in inventory.resources.iter_mut().filter(|one| &*one.ty == "k8s:Namespace") {
        security_level(space);
    }
    let mut more = first_pools(inventory);
    more.extend(accounts(inventory));
    inventory.resources.append(&mut more);
    let mut more = nodes(inventory);
    inventory.resources.append(&mut more);
}

fn clusters(ty: &str) -> bool {
    matches!(ty, "azurerm_kubernetes_cluster" | "google_container_cluster")
}

/// Whether an object was not written in a cluster's own words.
fn foreign(resource: &Resource) -> bool {
    resource.ty.starts_with("k8s:") && resource.source != Source::Kubernetes
}

fn names(inventory: &mut Inventory) {
    let mut known: FxHashMap<Text, Named> = FxHashMap::default();
    for resource in inventory.resources.iter_mut().filter(|one| foreign(one)) {
        // Pulumi names what has no name after itself; what is generated begins so, too.
        if resource.get("metadata.name").is_none() {
            let name = Value::text(resource.name.clone(), resource.span);
            put(&mut resource.attributes, "metadata", "name", name);
        }
    }
    // A namespace may be named by reference to another; a few rounds settle what refers to what.
    for _ in 0..4 {
        let before = known.len();
        for resource in inventory.resources.iter().filter(|one| foreign(one)) {
            if let Some(name) = resource.text("metadata.name") {
                let namespace = resource.text("metadata.namespace").map(Text::from);
                known.insert(resource.address.clone(), Named { name: name.into(), namespace });
            }
        }
        for resource in &mut inventory.resources {
            let inside = foreign(resource);
            resolve(&mut resource.attributes, &known, inside, 0);
        }
        if known.len() == before {
            break;
        }
    }
    // Others call an object by its name in the cluster, not by what the tool calls it.
    for resource in inventory.resources.iter_mut().filter(|one| foreign(one)) {
        if let Some(name) = resource.text("metadata.name").map(Text::from) {
            resource.name = name;
        }
    }
}

/// Writes a key of a map within a map.
fn put(root: &mut Value, outer: &str, key: &str, value: Value) {
    let ValueKind::Map(entries) = &mut root.kind else { return };
    let at = match entries.iter().position(|(name, _)| &**name == outer) {
        Some(at) => at,
        None => {
            entries.push((outer.into(), Value::new(ValueKind::Map(Vec::new()), value.span)));
            entries.len() - 1
        }
    };
    if let Some((_, inner)) = entries.get_mut(at)
        && let ValueKind::Map(entries) = &mut inner.kind
    {
        entries.retain(|(name, _)| &**name != key);
        entries.push((key.into(), value));
    }
}

/// The part of a reference in manifests' words: `metadata[0].name` is `metadata.name`.
fn plain(attribute: &str) -> String {
    let parts = attribute.split(['.', '[', ']']).filter(|part| !part.is_empty() && part.parse::<usize>().is_err());
    parts.map(camel).collect::<Vec<_>>().join(".")
}

/// Names for references to objects. Outside of objects only the path is put right: that one refers to the other stays.
fn resolve(value: &mut Value, known: &FxHashMap<Text, Named>, inside: bool, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match &mut value.kind {
        ValueKind::Reference(reference) => {
            let Some(named) = known.get(&reference.address) else { return };
            let path = plain(&reference.attribute);
            let text = match path.as_str() {
                "metadata.name" | "name" => Some(named.name.clone()),
                "metadata.namespace" => named.namespace.clone(),
                "id" => Some(match &named.namespace {
                    Some(space) => format!("{space}/{}", named.name).as_str().into(),
                    None => named.name.clone(),
                }),
                _ => None,
            };
            match text {
                Some(text) if inside => value.kind = ValueKind::Text(text),
                _ => reference.attribute = path.as_str().into(),
            }
        }
        ValueKind::Template(parts) => {
            for part in parts.iter_mut() {
                resolve(part, known, inside, depth + 1);
            }
            if inside && parts.iter().all(|part| matches!(part.kind, ValueKind::Text(_))) {
                let whole: String = parts.iter().filter_map(Value::as_text).collect();
                value.kind = ValueKind::Text(whole.as_str().into());
            }
        }
        ValueKind::List(parts) | ValueKind::OneOf(parts) => {
            for part in parts {
                resolve(part, known, inside, depth + 1);
            }
        }
        ValueKind::Map(entries) => {
            for (_, inner) in entries {
                resolve(inner, known, inside, depth + 1);
            }
        }
        ValueKind::Document(inner) | ValueKind::Secret(inner) => resolve(inner, known, inside, depth + 1),
        _ => {}
    }
}

/// What a namespace enforces of its pods, under a name without dots.
fn security_level(space: &mut Resource) {
    let level =
        space.get("metadata.labels").and_then(|labels| labels.get("pod-security.kubernetes.io/enforce")).cloned();
    if let Some(level) = level
        && let ValueKind::Map(entries) = &mut space.attributes.kind
    {
        entries.push(("pod_security".into(), level));
    }
}

fn made(address: String, ty: &str, name: &str, like: &Resource, attributes: Value, span: Span) -> Resource {
    Resource {
        address: address.as_str().into(),
        ty: ty.into(),
        native_type: ty.into(),
        name: name.into(),
        source: like.source,
        mode: Mode::Managed,
        attributes,
        span,
        calls: like.calls.clone(),
        scope: like.scope.clone(),
        depends_on: Vec::new(),
        many: false,
    }
}

/// The pools that are written inside their cluster.
fn first_pools(inventory: &Inventory) -> Vec<Resource> {
    let mut out = Vec::new();
    for one in inventory.resources.iter().filter(|one| clusters(&one.ty) && one.mode == Mode::Managed) {
        let azure = &*one.ty == "azurerm_kubernetes_cluster";
        let (block, ty, key) = if azure {
            ("default_node_pool", "azurerm_kubernetes_cluster_node_pool", "kubernetes_cluster_id")
        } else {
            ("node_pool", "google_container_node_pool", "cluster")
        };
        let of = |span| {
            let attribute = if azure { "id" } else { "name" };
            let reference = Reference { address: one.address.clone(), attribute: attribute.into() };
            Value::new(ValueKind::Reference(reference), span)
        };
        // A plan lists the blocks that nobody wrote, as empty, null or not known yet.
        let is_block = |value: &Value| matches!(value.kind, ValueKind::Map(_));
        let written = one.get(block).filter(|value| value.each().iter().any(is_block));
        let pools: Vec<Value> = match written {
            Some(value) => value.each().to_vec(),
            // Without a word about nodes Google makes a pool of the cluster's own settings.
            None if !azure
                && ["remove_default_node_pool", "enable_autopilot"]
                    .iter()
                    .all(|key| one.get(key).is_none_or(|value| value.is_null() || value.as_bool() == Some(false))) =>
            {
                let settings = one.get("node_config").map(|value| ("node_config".into(), value.clone()));
                vec![Value::new(ValueKind::Map(settings.into_iter().collect()), one.span)]
            }
            None => Vec::new(),
        };
        for (number, pool) in pools.into_iter().enumerate() {
            let span = if written.is_some() { pool.span } else { one.span };
            let ValueKind::Map(mut entries) = pool.kind else { continue };
            let name = entries
                .iter()
                .find(|(key, _)| &**key == "name")
                .and_then(|(_, value)| value.as_text())
                .unwrap_or("default-pool")
                .to_owned();
            entries.push((key.into(), of(span)));
            // The identity of the nodes is said of the cluster.
            for key in ["kubelet_identity", "location", "project"] {
                if let Some(value) = one.get(key) {
                    entries.push((key.into(), value.clone()));
                }
            }
            let tail = if number == 0 { String::new() } else { format!("[{number}]") };
            let address = format!("{}.{block}{tail}", one.address);
            out.push(made(address, ty, &name, one, Value::new(ValueKind::Map(entries), span), span));
        }
    }
    out
}

/// Accounts, users and groups that are named and declared nowhere: those that bindings of rights name.
fn accounts(inventory: &Inventory) -> Vec<Resource> {
    let mut known: FxHashSet<(String, String)> = inventory
        .resources
        .iter()
        .filter(|one| &*one.ty == "k8s:ServiceAccount")
        .map(|one| (cluster::space_of(one), one.text("metadata.name").unwrap_or(&one.name).to_owned()))
        .collect();
    let mut out = Vec::new();
    for binding in &inventory.resources {
        if !matches!(&*binding.ty, "k8s:RoleBinding" | "k8s:ClusterRoleBinding") {
            continue;
        }
        for subject in binding.get("subjects").map(Value::each).unwrap_or_default() {
            let text = |key: &str| subject.get(key).and_then(Value::as_text);
            let (Some("ServiceAccount"), Some(name)) = (text("kind"), text("name")) else {
                // What the cluster itself is made of is nobody who could be won over.
                if let (Some(kind @ ("Group" | "User")), Some(name)) = (text("kind"), text("name"))
                    && !name.is_empty()
                    && !name.starts_with("system:")
                    && known.insert((format!("{kind}:"), name.to_owned()))
                {
                    out.push(person(kind, binding, name, subject.span));
                }
                continue;
            };
            let space = text("namespace").map_or_else(|| cluster::space_of(binding), ToOwned::to_owned);
            if !known.insert((space.clone(), name.to_owned())) {
                continue;
            }
            out.push(account(binding, &space, name, subject.span));
        }
    }
    out
}

fn person(kind: &str, like: &Resource, name: &str, span: Span) -> Resource {
    let metadata = Value::new(ValueKind::Map(vec![(Text::from("name"), Value::text(name, span))]), span);
    let attributes = Value::new(ValueKind::Map(vec![("metadata".into(), metadata)]), span);
    let mut out = made(format!("k8s:{kind}/{name}"), &format!("k8s:{kind}"), name, like, attributes, span);
    out.source = Source::Kubernetes;
    out.scope = "".into();
    out
}

fn account(like: &Resource, space: &str, name: &str, span: Span) -> Resource {
    let metadata =
        vec![(Text::from("name"), Value::text(name, span)), (Text::from("namespace"), Value::text(space, span))];
    let metadata = Value::new(ValueKind::Map(metadata), span);
    let attributes = Value::new(ValueKind::Map(vec![("metadata".into(), metadata)]), span);
    let mut out =
        made(format!("k8s:{space}/ServiceAccount/{name}"), "k8s:ServiceAccount", name, like, attributes, span);
    out.source = Source::Kubernetes;
    out.scope = space.into();
    out
}

/// Verbs and kinds with which pods of one's own making come to be.
fn makes_pods(rules: Option<&Value>) -> bool {
    let rules = rules.map(Value::each).unwrap_or_default();
    rules.iter().any(|rule| {
        let has = |key: &str, wanted: &[&str]| {
            let list = rule.get(key).map(Value::each).unwrap_or_default();
            list.iter().any(|one| one.as_text().is_none_or(|one| one == "*" || wanted.contains(&one)))
        };
        has("verbs", &["create", "update", "patch"]) && has("resources", &cluster::MAKERS)
    })
}

/// Whether a binding gives a role that is declared nowhere, and that is none of those that only read.
fn names_other(binding: &Resource, declared: &FxHashSet<&str>) -> bool {
    binding
        .text("roleRef.name")
        .is_some_and(|name| name != "view" && !name.starts_with("system:") && !declared.contains(name))
}

/// The nodes of a cluster of which only objects are known: one element, and only where something may get onto them.
fn nodes(inventory: &Inventory) -> Vec<Resource> {
    if inventory.resources.iter().any(|one| POOLS.contains(&&*one.ty)) {
        return Vec::new();
    }
    // Where the provider has the machines to itself, nobody gets onto them.
    let keeps_machines = |one: &Resource| {
        &*one.ty == "aws_eks_fargate_profile"
            || &*one.ty == "google_container_cluster"
                && one.get("enable_autopilot").and_then(Value::as_bool) == Some(true)
    };
    if inventory.resources.iter().any(keeps_machines) {
        return Vec::new();
    }
    let declared: FxHashSet<&str> = inventory
        .resources
        .iter()
        .filter(|one| matches!(&*one.ty, "k8s:Role" | "k8s:ClusterRole"))
        .map(|one| one.text("metadata.name").unwrap_or(&one.name))
        .collect();
    let first = inventory.resources.iter().find(|one| {
        cluster::pod_spec(one).is_some_and(|pod| cluster::host_access(pod).leaves())
            || matches!(&*one.ty, "k8s:Role" | "k8s:ClusterRole") && makes_pods(one.get("rules"))
            || matches!(&*one.ty, "k8s:RoleBinding" | "k8s:ClusterRoleBinding") && names_other(one, &declared)
    });
    let Some(first) = first else { return Vec::new() };
    let mut out = vec![node(first, cluster::NODES, "nodes of the cluster")];
    let managed = ["aws_eks_cluster", "azurerm_kubernetes_cluster", "google_container_cluster"];
    if inventory.resources.iter().any(|one| managed.contains(&&*one.ty)) {
        return out;
    }
    let beside = inventory.resources.iter().find(|one| {
        cluster::pod_spec(one).is_some_and(|pod| {
            cluster::host_access(pod).leaves() && cluster::beside_control_plane(pod, &one.ty).is_some()
        })
    });
    out.extend(beside.map(|first| node(first, cluster::CONTROL_PLANE, "machines of the control plane")));
    out
}

fn node(first: &Resource, address: &str, name: &str) -> Resource {
    let span = first.span;
    let metadata = Value::new(ValueKind::Map(vec![("name".into(), Value::text(name, span))]), span);
    let attributes = Value::new(ValueKind::Map(vec![("metadata".into(), metadata)]), span);
    let mut out = made(address.to_owned(), "k8s:Node", name, first, attributes, span);
    out.source = Source::Kubernetes;
    out.scope = "".into();
    out
}
