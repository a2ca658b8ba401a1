//! Patches: strategic merges and JSON patches (RFC 6902).

use vauban_syntax::{Entry, Kind, Node};

use crate::nodes::{remove, text_at};

/// How the items of a list are told apart when a patch is merged in: the key, by the list's name, from the `patchMergeKey`
/// marks of the Kubernetes API. A list without one is replaced as a whole.
fn merge_keys(list: &str) -> &'static [&'static str] {
    match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "volumes"
        | "env"
        | "imagePullSecrets"
        | "secrets" => &["name"],
        "ports" => &["containerPort", "port"],
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey"],
        "conditions" => &["type"],
        "ownerReferences" => &["uid"],
        _ => &[],
    }
}

/// Merges a strategic-merge patch into an object. Returns `false` when the patch deletes it.
pub(super) fn strategic(target: &mut Node, patch: &Node) -> bool {
    match text_at(patch, &["$patch"]) {
        Some("delete") => return false,
        Some("replace") => {
            *target = patch.clone();
            remove(target, "$patch");
            return true;
        }
        _ => {}
    }
    merge(target, patch, "");
    true
}

fn merge(target: &mut Node, patch: &Node, list: &str) {
    match (&mut target.kind, &patch.kind) {
        (Kind::Mapping(entries), Kind::Mapping(changes)) => {
            for change in changes {
                if change.key.starts_with('$') {
                    continue;
                }
                let at = entries.iter().position(|entry| entry.key == change.key);
                let deletes = change.value.is_null() || text_at(&change.value, &["$patch"]) == Some("delete");
                match at {
                    Some(at) if deletes => {
                        entries.remove(at);
                    }
                    Some(at) => {
                        if let Some(entry) = entries.get_mut(at) {
                            if text_at(&change.value, &["$patch"]) == Some("replace") {
                                entry.value = clean(&change.value);
                            } else {
                                merge(&mut entry.value, &change.value, &change.key);
                            }
                        }
                    }
                    None if deletes => {}
                    None => entries.push(Entry { value: clean(&change.value), ..change.clone() }),
                }
            }
        }
        (Kind::Sequence(items), Kind::Sequence(changes)) => merge_list(items, changes, list),
        _ => *target = clean(patch),
    }
}

fn merge_list(items: &mut Vec<Node>, changes: &[Node], list: &str) {
    let keys = merge_keys(list);
    let key = keys.iter().find(|key| changes.iter().any(|change| change.get(key).is_some()));
    let Some(key) = key else {
        *items = changes.iter().map(clean).collect();
        return;
    };
    if changes.iter().any(|change| text_at(change, &["$patch"]) == Some("replace") && change.get(key).is_none()) {
        items.clear();
    }
    for change in changes {
        let Some(wanted) = text_at(change, &[key]) else { continue };
        let at = items.iter().position(|item| text_at(item, &[key]) == Some(wanted));
        let deletes = text_at(change, &["$patch"]) == Some("delete");
        match at {
            Some(at) if deletes => {
                items.remove(at);
            }
            Some(at) => {
                if let Some(item) = items.get_mut(at) {
                    merge(item, change, "");
                }
            }
            None if deletes => {}
            None => items.push(clean(change)),
        }
    }
}

/// A copy without the directives of the patch.
fn clean(node: &Node) -> Node {
    let mut copy = node.clone();
    remove(&mut copy, "$patch");
    copy
}

/// Applies the operations of a JSON patch. Says what could not be applied.
pub(super) fn json(target: &mut Node, operations: &[Node]) -> Vec<String> {
    let mut failed = Vec::new();
    for operation in operations {
        let op = text_at(operation, &["op"]).unwrap_or("");
        let path = text_at(operation, &["path"]).unwrap_or("");
        let parts = pointer(path);
        let done = match op {
            "add" => operation.get("value").is_some_and(|value| place(target, &parts, value.clone(), false)),
            "replace" => operation.get("value").is_some_and(|value| place(target, &parts, value.clone(), true)),
            "remove" => take(target, &parts).is_some(),
            "copy" | "move" => {
                let from = pointer(text_at(operation, &["from"]).unwrap_or(""));
                let value = if op == "move" { take(target, &from) } else { find(target, &from).cloned() };
                value.is_some_and(|value| place(target, &parts, value, false))
            }
            "test" => true,
            _ => false,
        };
        if !done {
            failed.push(format!("{op} {path}"));
        }
    }
    failed
}

/// The parts of a JSON pointer (RFC 6901).
fn pointer(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
}

fn find<'n>(node: &'n Node, parts: &[String]) -> Option<&'n Node> {
    parts.iter().try_fold(node, |node, part| match &node.kind {
        Kind::Sequence(items) => items.get(part.parse::<usize>().ok()?),
        _ => node.get(part),
    })
}

fn find_mut<'n>(node: &'n mut Node, parts: &[String]) -> Option<&'n mut Node> {
    parts.iter().try_fold(node, |node, part| match &mut node.kind {
        Kind::Sequence(items) => items.get_mut(part.parse::<usize>().ok()?),
        Kind::Mapping(entries) => entries.iter_mut().find(|entry| *entry.key == **part).map(|entry| &mut entry.value),
        Kind::Scalar(_) => None,
    })
}

fn place(target: &mut Node, parts: &[String], value: Node, only_there: bool) -> bool {
    let Some((last, parents)) = parts.split_last() else {
        *target = value;
        return true;
    };
    let Some(parent) = find_mut(target, parents) else { return false };
    match &mut parent.kind {
        Kind::Sequence(items) => {
            if last == "-" && !only_there {
                items.push(value);
                return true;
            }
            let Ok(at) = last.parse::<usize>() else { return false };
            if !only_there && at <= items.len() {
                items.insert(at, value);
                return true;
            }
            match items.get_mut(at).filter(|_| only_there) {
                Some(item) => *item = value,
                None => return false,
            }
            true
        }
        Kind::Mapping(entries) => {
            match entries.iter_mut().find(|entry| *entry.key == **last) {
                Some(entry) => entry.value = value,
                None if only_there => return false,
                None => entries.push(Entry { key: last.as_str().into(), key_span: value.span, value }),
            }
            true
        }
        Kind::Scalar(_) => false,
    }
}

fn take(target: &mut Node, parts: &[String]) -> Option<Node> {
    let (last, parents) = parts.split_last()?;
    let parent = find_mut(target, parents)?;
    match &mut parent.kind {
        Kind::Sequence(items) => {
            let at = last.parse::<usize>().ok().filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        _ => remove(parent, last),
    }
}
