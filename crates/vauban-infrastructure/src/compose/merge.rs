//! How compose files are laid over each other.
//!
//! Maps are merged, single values replaced, lists joined; lists whose items have a key (environment, ports, mounts,
//! labels …) are joined by it; commands are replaced. `!reset` takes away, `!override` replaces.

use vauban_syntax::{Entry, Kind, Node};

use crate::nodes::{get_mut, set, text_at, text_node};

/// YAML's merge keys (`<<`) worked out, bottom up.
pub(super) fn without_merge_keys(mut node: Node) -> Node {
    match &mut node.kind {
        Kind::Sequence(items) => {
            *items = std::mem::take(items).into_iter().map(without_merge_keys).collect();
        }
        Kind::Mapping(entries) => {
            let mut merged: Vec<Node> = Vec::new();
            let mut own: Vec<Entry> = Vec::new();
            for entry in std::mem::take(entries) {
                let value = without_merge_keys(entry.value);
                if &*entry.key == "<<" {
                    match value.kind {
                        Kind::Sequence(items) => merged.extend(items),
                        _ => merged.push(value),
                    }
                } else {
                    own.push(Entry { value, ..entry });
                }
            }
            for node in merged {
                for entry in node.as_mapping().unwrap_or(&[]) {
                    if !own.iter().any(|known| known.key == entry.key) {
                        own.push(entry.clone());
                    }
                }
            }
            *entries = own;
        }
        Kind::Scalar(_) => {}
    }
    node
}

/// Lays a file over another.
pub(super) fn over(target: &mut Node, more: &Node) {
    for entry in more.as_mapping().unwrap_or(&[]) {
        let Some(known) = get_mut(target, &entry.key).filter(|known| known.as_mapping().is_some()) else {
            set(target, &entry.key, entry.value.clone());
            continue;
        };
        for inner in entry.value.as_mapping().unwrap_or(&[]) {
            match get_mut(known, &inner.key).filter(|old| old.as_mapping().is_some()) {
                Some(old) if &*entry.key == "services" => over_service(old, &inner.value),
                Some(old) => generic(old, &inner.value, ""),
                None => set(known, &inner.key, inner.value.clone()),
            }
        }
    }
}

/// Lays a service over another.
pub(super) fn over_service(target: &mut Node, more: &Node) {
    generic(target, more, "");
}

fn generic(target: &mut Node, more: &Node, key: &str) {
    match more.tag.as_deref() {
        Some("!reset") => {
            *target = more.clone();
            return;
        }
        Some("!override") => {
            *target = more.clone();
            target.tag = None;
            return;
        }
        _ => {}
    }
    if matches!(key, "command" | "entrypoint" | "test") {
        *target = more.clone();
        return;
    }
    // Two ways to write the same: both become maps where a key tells the items apart.
    let joint = match key {
        "environment" | "labels" | "annotations" | "args" | "extra_hosts" | "sysctls" | "external_links" => Some('='),
        "depends_on" | "networks" => Some('\0'),
        _ => None,
    };
    if let Some(joint) = joint
        && (matches!(target.kind, Kind::Mapping(_)) || matches!(more.kind, Kind::Mapping(_)) || joint == '=')
    {
        as_map(target, joint);
        let mut more = more.clone();
        as_map(&mut more, joint);
        generic_maps(target, &more);
        return;
    }
    match (&mut target.kind, &more.kind) {
        (Kind::Mapping(_), Kind::Mapping(_)) => generic_maps(target, more),
        (Kind::Sequence(items), Kind::Sequence(added)) => {
            for item in added {
                let same = |known: &Node| match key {
                    "volumes" | "secrets" | "configs" | "devices" => {
                        mount_target(known).is_some() && mount_target(known) == mount_target(item)
                    }
                    _ => known.kind == item.kind || (known.as_str().is_some() && known.as_str() == item.as_str()),
                };
                match items.iter_mut().find(|known| same(known)) {
                    Some(known) => *known = item.clone(),
                    None => items.push(item.clone()),
                }
            }
        }
        _ => *target = more.clone(),
    }
}

fn generic_maps(target: &mut Node, more: &Node) {
    for entry in more.as_mapping().unwrap_or(&[]) {
        match get_mut(target, &entry.key) {
            Some(old) => generic(old, &entry.value, &entry.key),
            None => set(target, &entry.key, entry.value.clone()),
        }
    }
}

/// What tells mounts apart: where they go in the container.
fn mount_target(node: &Node) -> Option<String> {
    match node.as_str() {
        Some(text) => {
            let mut parts = text.split(':');
            let first = parts.next()?;
            Some(parts.next().unwrap_or(first).to_owned())
        }
        None => text_at(node, &["target"]).or_else(|| text_at(node, &["source"])).map(ToOwned::to_owned),
    }
}

/// A list of `key=value` (or of keys alone) as a map. The value's place is that of the item.
pub(super) fn as_map(node: &mut Node, joint: char) {
    let Kind::Sequence(items) = &node.kind else { return };
    let mut made = crate::nodes::empty_map(node.span);
    for item in items {
        let Some(text) = item.as_str() else { continue };
        match text.split_once(joint) {
            Some((key, value)) => set(&mut made, key, text_node(value, item.span)),
            None => {
                let nothing = Node {
                    span: item.span,
                    tag: None,
                    kind: Kind::Scalar(vauban_syntax::Scalar { text: "".into(), quoted: false }),
                };
                set(&mut made, text, nothing);
            }
        }
    }
    *node = made;
}

/// Takes away what is marked `!reset`, and the marks of `!override`, wherever they stand.
pub(super) fn finish(node: &mut Node) {
    if node.tag.as_deref() == Some("!override") {
        node.tag = None;
    }
    match &mut node.kind {
        Kind::Sequence(items) => items.iter_mut().for_each(finish),
        Kind::Mapping(entries) => {
            entries.retain(|entry| entry.value.tag.as_deref() != Some("!reset"));
            entries.iter_mut().for_each(|entry| finish(&mut entry.value));
        }
        Kind::Scalar(_) => {}
    }
}
