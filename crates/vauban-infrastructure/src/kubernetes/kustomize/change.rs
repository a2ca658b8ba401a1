//! What a kustomization changes in its objects: patches with their targets, names, namespaces, labels, images, replicas.

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_syntax::{Kind, Node, Scalar};

use super::patch;
use crate::kubernetes::object::{Kinds, Object};
use crate::nodes::{get_mut, items, map_at, set, text_at, text_node};

/// Applies one patch document of an item of `patches`.
pub(super) fn patch(document: &Node, item: &Node, objects: &mut Vec<Object>, diagnostics: &mut Vec<Diagnostic>) {
    let target = item.get("target");
    let mut matched = 0usize;
    let mut failed = Vec::new();
    objects.retain_mut(|object| {
        let fits = match target {
            Some(target) => fits_target(object, target),
            None => fits_head(object, document),
        };
        if !fits {
            return true;
        }
        matched += 1;
        if let Some(operations) = document.as_sequence() {
            failed.append(&mut patch::json(&mut object.node, operations));
            return true;
        }
        let (kind, name) = (object.kind().to_owned(), object.name().to_owned());
        let stays = patch::strategic(&mut object.node, document);
        if stays && target.is_some() {
            // With a target, kind and name of the patch itself mean nothing.
            set_text(&mut object.node, &["kind"], &kind);
            set_text(&mut object.node, &["metadata", "name"], &name);
        }
        stays
    });
    if matched == 0 {
        diagnostics.push(
            Diagnostic::note("kustomize-patch-unmatched", item.span, "this patch fits no object")
                .help("check the kind and the name it is for"),
        );
    }
    if let Some(first) = failed.first() {
        diagnostics.push(
            Diagnostic::warning("kustomize-patch", item.span, format!("`{first}` cannot be applied"))
                .help("check the path against the object"),
        );
    }
}

fn set_text(node: &mut Node, path: &[&str], text: &str) {
    let Some((last, parents)) = path.split_last() else { return };
    let mut at = node;
    for key in parents {
        match map_at(at, key) {
            Some(next) => at = next,
            None => return,
        }
    }
    let span = at.get(last).map_or(at.span, |node| node.span);
    if at.get(last).and_then(Node::as_str) != Some(text) {
        set(at, last, text_node(text, span));
    }
}

fn group(version: &str) -> &str {
    version.rsplit_once('/').map_or("", |(group, _)| group)
}

fn fits_head(object: &Object, patch: &Node) -> bool {
    let namespace = text_at(patch, &["metadata", "namespace"]);
    text_at(patch, &["kind"]) == Some(object.kind())
        && text_at(patch, &["metadata", "name"]) == Some(object.name())
        && namespace.is_none_or(|namespace| object.namespace().is_empty() || namespace == object.namespace())
        && group(text_at(patch, &["apiVersion"]).unwrap_or(""))
            == group(text_at(&object.node, &["apiVersion"]).unwrap_or(""))
}

fn fits_target(object: &Object, target: &Node) -> bool {
    let wants = |key: &str, has: &str| text_at(target, &[key]).is_none_or(|pattern| matches(pattern, has));
    let version = text_at(&object.node, &["apiVersion"]).unwrap_or("");
    wants("kind", object.kind())
        && wants("name", object.name())
        && wants("namespace", object.namespace())
        && wants("group", group(version))
        && wants("version", version.rsplit('/').next().unwrap_or(""))
        && selects(object, target, "labelSelector", "labels")
        && selects(object, target, "annotationSelector", "annotations")
}

fn selects(object: &Object, target: &Node, key: &str, field: &str) -> bool {
    text_at(target, &[key]).is_none_or(|selector| {
        selector.split(',').map(str::trim).filter(|part| !part.is_empty()).all(|part| {
            let has = |name: &str| text_at(&object.node, &["metadata", field, name]);
            match (part.split_once("!="), part.split_once('=')) {
                (Some((name, value)), _) => has(name.trim()) != Some(value.trim()),
                (None, Some((name, value))) => has(name.trim()) == Some(value.trim_start_matches('=').trim()),
                (None, None) => has(part).is_some(),
            }
        })
    })
}

/// The patterns people write in targets: alternatives of names in which `.*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    if pattern.is_empty() {
        return true;
    }
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let pattern = pattern.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(pattern);
    pattern.split('|').any(|choice| {
        let mut parts = choice.split(".*");
        let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
        let parts: Vec<&str> = parts.collect();
        let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
        for part in middle {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last)
    })
}

/// Applies everything but patches.
pub(super) fn apply(node: &Node, objects: &mut [Object]) {
    let kinds = Kinds::default();
    if let Some(namespace) = text_at(node, &["namespace"]) {
        for object in objects.iter_mut() {
            if object.kind() == "Namespace" {
                continue;
            }
            if !kinds.cluster_wide(object.kind()) {
                set_text(&mut object.node, &["metadata", "namespace"], namespace);
            }
            // Bindings name the accounts by their namespace too.
            if let Some(Kind::Sequence(subjects)) = get_mut(&mut object.node, "subjects").map(|node| &mut node.kind) {
                for subject in subjects {
                    if text_at(subject, &["kind"]) == Some("ServiceAccount") {
                        set_text(subject, &["namespace"], namespace);
                    }
                }
            }
        }
    }
    // By the names that the objects have before this kustomization changes them.
    for item in items(node, "replicas") {
        let (Some(name), Some(count)) = (text_at(item, &["name"]), item.get("count")) else { continue };
        for object in objects.iter_mut() {
            if object.name() == name
                && matches!(object.kind(), "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController")
                && let Some(spec) = map_at(&mut object.node, "spec")
            {
                set(spec, "replicas", count.clone());
            }
        }
    }
    let prefix = text_at(node, &["namePrefix"]).unwrap_or("");
    let suffix = text_at(node, &["nameSuffix"]).unwrap_or("");
    if !prefix.is_empty() || !suffix.is_empty() {
        rename(objects, prefix, suffix);
    }
    labels(node, objects);
    for item in items(node, "images") {
        let wanted = text_at(item, &["name"]).unwrap_or("");
        for object in objects.iter_mut() {
            image(&mut object.node, wanted, item);
        }
    }
}

fn labels(node: &Node, objects: &mut [Object]) {
    let mut all: Vec<(&Node, bool, bool)> =
        node.get("commonLabels").map(|pairs| (pairs, true, true)).into_iter().collect();
    for item in items(node, "labels") {
        let is_set = |key: &str| item.get(key).and_then(Node::as_bool).unwrap_or(false);
        if let Some(pairs) = item.get("pairs") {
            all.push((pairs, is_set("includeSelectors"), is_set("includeSelectors") || is_set("includeTemplates")));
        }
    }
    for (pairs, selectors, templates) in all {
        let Some(entries) = pairs.as_mapping() else { continue };
        for object in objects.iter_mut() {
            let kind = object.kind().to_owned();
            let workload = matches!(
                kind.as_str(),
                "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" | "CronJob"
            );
            let mut paths: Vec<&[&str]> = vec![&["metadata", "labels"]];
            if templates && kind == "CronJob" {
                paths.push(&["spec", "jobTemplate", "spec", "template", "metadata", "labels"]);
            } else if templates && workload {
                paths.push(&["spec", "template", "metadata", "labels"]);
            }
            if selectors && matches!(kind.as_str(), "Service" | "ReplicationController") {
                if object.node.get("spec").and_then(|spec| spec.get("selector")).is_some() {
                    paths.push(&["spec", "selector"]);
                }
            } else if selectors && workload && !matches!(kind.as_str(), "Job" | "CronJob") {
                paths.push(&["spec", "selector", "matchLabels"]);
            } else if selectors && kind == "NetworkPolicy" {
                paths.push(&["spec", "podSelector", "matchLabels"]);
            }
            for path in paths {
                let Some(map) = path.iter().try_fold(&mut object.node, |node, key| map_at(node, key)) else { continue };
                for entry in entries {
                    set(map, &entry.key, entry.value.clone());
                }
            }
        }
    }
    if let Some(entries) = node.get("commonAnnotations").and_then(Node::as_mapping) {
        for object in objects.iter_mut() {
            if let Some(map) =
                ["metadata", "annotations"].iter().try_fold(&mut object.node, |node, key| map_at(node, key))
            {
                for entry in entries {
                    set(map, &entry.key, entry.value.clone());
                }
            }
        }
    }
}

/// Kinds whose names kustomize leaves alone.
fn keeps_name(kind: &str) -> bool {
    matches!(kind, "Namespace" | "CustomResourceDefinition" | "APIService")
}

fn rename(objects: &mut [Object], prefix: &str, suffix: &str) {
    let mut renamed: FxHashMap<(String, String), String> = FxHashMap::default();
    for object in objects.iter_mut() {
        if keeps_name(object.kind()) || object.name().is_empty() {
            continue;
        }
        let old = object.name().to_owned();
        let new = format!("{prefix}{old}{suffix}");
        renamed.insert((object.kind().to_owned(), old), new.clone());
        set_text(&mut object.node, &["metadata", "name"], &new);
    }
    for object in objects.iter_mut() {
        let kind = object.kind().to_owned();
        if let Kind::Mapping(entries) = &mut object.node.kind {
            for entry in entries.iter_mut().filter(|entry| &*entry.key != "metadata") {
                refer(&mut entry.value, &entry.key, &kind, &renamed);
            }
        }
    }
}

/// Renames what an object refers to by name.
fn refer(node: &mut Node, key: &str, kind: &str, renamed: &FxHashMap<(String, String), String>) {
    let named = |node: &Node, field: &str| text_at(node, &[field]).map(ToOwned::to_owned);
    let target: Option<(&str, &str)> = match key {
        "configMapRef" | "configMapKeyRef" | "configMap" => Some(("ConfigMap", "name")),
        "secretRef" | "secretKeyRef" => Some(("Secret", "name")),
        "secret" => Some(("Secret", if node.get("secretName").is_some() { "secretName" } else { "name" })),
        "persistentVolumeClaim" => Some(("PersistentVolumeClaim", "claimName")),
        "service" => Some(("Service", "name")),
        _ => None,
    };
    if let Some((kind, field)) = target
        && let Some(new) = named(node, field).and_then(|old| renamed.get(&(kind.to_owned(), old)))
    {
        set_text(node, &[field], new);
    }
    if matches!(key, "scaleTargetRef" | "roleRef")
        && let (Some(kind), Some(old)) = (named(node, "kind"), named(node, "name"))
        && let Some(new) = renamed.get(&(kind, old))
    {
        set_text(node, &["name"], new);
    }
    match &mut node.kind {
        Kind::Mapping(entries) => {
            for entry in entries {
                let kinds: &[&str] = match &*entry.key {
                    "serviceAccountName" | "serviceAccount" => &["ServiceAccount"],
                    "serviceName" if kind == "StatefulSet" || kind == "Ingress" => &["Service"],
                    "secretName" => &["Secret"],
                    _ => &[],
                };
                if let Some(new) = entry
                    .value
                    .as_str()
                    .and_then(|old| kinds.iter().find_map(|kind| renamed.get(&((*kind).to_owned(), old.to_owned()))))
                {
                    entry.value.kind = Kind::Scalar(Scalar { text: new.as_str().into(), quoted: true });
                }
                let key = entry.key.clone();
                refer(&mut entry.value, &key, kind, renamed);
            }
        }
        Kind::Sequence(list) => {
            for item in list {
                let by_kind = match key {
                    "imagePullSecrets" | "secrets" => Some("Secret".to_owned()),
                    "subjects" | "backendRefs" | "parentRefs" => {
                        Some(named(item, "kind").unwrap_or_else(|| "Service".to_owned()))
                    }
                    _ => None,
                };
                if let (Some(kind), Some(old)) = (by_kind, named(item, "name"))
                    && let Some(new) = renamed.get(&(kind, old))
                {
                    set_text(item, &["name"], new);
                }
                refer(item, "", kind, renamed);
            }
        }
        Kind::Scalar(_) => {}
    }
}

/// Changes the images of every container in a tree.
fn image(node: &mut Node, wanted: &str, item: &Node) {
    match &mut node.kind {
        Kind::Sequence(items) => items.iter_mut().for_each(|node| image(node, wanted, item)),
        Kind::Mapping(entries) => {
            for entry in entries {
                if matches!(&*entry.key, "containers" | "initContainers" | "ephemeralContainers")
                    && let Kind::Sequence(containers) = &mut entry.value.kind
                {
                    for container in containers {
                        let Some(old) = text_at(container, &["image"]) else { continue };
                        let (rest, digest) =
                            old.split_once('@').map_or((old, None), |(rest, digest)| (rest, Some(digest)));
                        let (name, tag) = match rest.rsplit_once(':') {
                            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
                            _ => (rest, None),
                        };
                        if name != wanted {
                            continue;
                        }
                        let name = text_at(item, &["newName"]).unwrap_or(name);
                        let new = match (text_at(item, &["newTag"]), text_at(item, &["digest"])) {
                            (_, Some(digest)) => format!("{name}@{digest}"),
                            (Some(tag), None) => format!("{name}:{tag}"),
                            (None, None) => match (tag, digest) {
                                (Some(tag), Some(digest)) => format!("{name}:{tag}@{digest}"),
                                (Some(tag), None) => format!("{name}:{tag}"),
                                (None, Some(digest)) => format!("{name}@{digest}"),
                                (None, None) => name.to_owned(),
                            },
                        };
                        let span = container.get("image").map_or(container.span, |node| node.span);
                        set(container, "image", text_node(&new, span));
                    }
                } else {
                    image(&mut entry.value, wanted, item);
                }
            }
        }
        Kind::Scalar(_) => {}
    }
}
