//! Looks up what a file refers to: variables, imported controls, and the model that another includes.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Diagnostic;
use vauban_syntax::{Entry, Kind, Node};

use super::hcl::{COMPUTED, LABEL, REFERENCE, TEMPLATE};
use crate::listed::text_at;
use crate::log::{Log, short};

/// How many bytes looked-up texts may add: a file of a few lines could otherwise ask for gigabytes.
const ADDED_BYTES: usize = 16 << 20;
/// How far models may include models.
const CHAIN: usize = 16;

/// A file's name and its tree.
pub(super) type File<'f> = (&'f str, Node);

/// The blocks of a type in a tree.
pub(super) fn blocks<'n>(node: &'n Node, kind: &str) -> &'n [Node] {
    node.get(kind).and_then(Node::as_sequence).unwrap_or_default()
}

/// What the first file models: its first model, with what it includes, references looked up. Also all models' names of
/// that file.
pub(super) fn chosen(files: &[File<'_>], log: &mut Log) -> (Option<Node>, Vec<Box<str>>) {
    let Some((_, main)) = files.first() else { return (None, Vec::new()) };
    let models = blocks(main, "threatmodel");
    let names = models.iter().map(|model| text_at(model, LABEL).into()).collect();
    let Some(first) = models.first() else { return (None, names) };
    let mut whole = first.clone();
    let mut seen: FxHashSet<&str> = FxHashSet::default();
    for _ in 0..CHAIN {
        let Some(wanted) = take(&mut whole, "including") else { break };
        let path = wanted.value.as_str().unwrap_or_default().to_owned();
        let found = files.iter().skip(1).find(|(name, _)| is_meant(&path, name));
        match found {
            Some((name, tree)) if seen.insert(name) => {
                if let Some(base) = blocks(tree, "threatmodel").first() {
                    merge(&mut whole, base);
                }
                put(&mut whole, "including_done", wanted);
            }
            Some(_) => break,
            None => {
                log.push(
                    Diagnostic::warning(
                        "import-missing-include",
                        wanted.value.span,
                        format!("`{}` was not read", short(&path)),
                    )
                    .help("get the file, put it beside this one and name it by a relative path"),
                );
                put(&mut whole, "including_done", wanted);
                break;
            }
        }
    }
    let known = Known::of(files);
    for (path, span) in texts(whole.get("imports")) {
        if !files.iter().any(|(name, _)| is_meant(path, name)) {
            log.push(
                Diagnostic::warning("import-missing-include", span, format!("`{}` was not read", short(path)))
                    .help("get the file, put it beside this one and name it by a relative path"),
            );
        }
    }
    let mut resolver = Resolver { known: &known, left: ADDED_BYTES, log };
    resolver.node(&mut whole);
    (Some(whole), names)
}

/// The texts of a list, or of a single one.
pub(super) fn texts(node: Option<&Node>) -> impl Iterator<Item = (&str, vauban_model::Span)> {
    let items = node.map(|node| node.as_sequence().unwrap_or(std::slice::from_ref(node))).unwrap_or_default();
    items.iter().filter_map(|item| Some((item.as_str()?, item.span)))
}

/// Whether a path is one that the caller may be asked for: relative, and no address of another machine.
pub(super) fn is_local(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    // `github.com/…` and `https://…` are fetched by threatcl itself.
    let host = !matches!(first, "." | "..") && first.contains('.') && path.contains('/');
    !(path.contains("::") || path.contains("://") || path.contains('|') || path.starts_with('/') || host)
}

/// Whether a file's name ends in the path that somebody names.
fn is_meant(path: &str, name: &str) -> bool {
    let path = path.replace('\\', "/");
    let mut wanted = path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).rev().peekable();
    let mut had = name.split('/').rev();
    wanted.peek().is_some() && wanted.all(|part| had.next() == Some(part))
}

fn take(node: &mut Node, key: &str) -> Option<Entry> {
    let Kind::Mapping(entries) = &mut node.kind else { return None };
    let at = entries.iter().position(|entry| &*entry.key == key)?;
    Some(entries.remove(at))
}

fn put(node: &mut Node, key: &str, entry: Entry) {
    if let Kind::Mapping(entries) = &mut node.kind
        && entries.iter().all(|known| &*known.key != key)
    {
        entries.push(Entry { key: key.into(), ..entry });
    }
}

/// Adds to a model what the one it includes has and it has not. Blocks of one label are the same block.
fn merge(into: &mut Node, base: &Node) {
    let (Kind::Mapping(own), Kind::Mapping(theirs)) = (&mut into.kind, &base.kind) else { return };
    for entry in theirs {
        let mine = own.iter_mut().find(|known| known.key == entry.key);
        match (mine.map(|known| &mut known.value.kind), &entry.value.kind) {
            (None, _) => own.push(entry.clone()),
            (Some(Kind::Sequence(mine)), Kind::Sequence(items))
                if items.iter().any(|item| item.as_mapping().is_some()) =>
            {
                let known: FxHashSet<String> = mine.iter().map(|block| text_at(block, LABEL).to_owned()).collect();
                let is_new = |block: &&Node| {
                    let label = text_at(block, LABEL);
                    label.is_empty() || !known.contains(label)
                };
                // Single blocks are overwritten like attributes.
                if &*entry.key != "attributes" {
                    mine.extend(items.iter().filter(is_new).cloned());
                }
            }
            (Some(_), _) => {}
        }
    }
}

/// What references may mean.
struct Known<'f> {
    variables: FxHashMap<&'f str, &'f Node>,
    /// Imported controls by name.
    controls: FxHashMap<&'f str, &'f Node>,
}

impl<'f> Known<'f> {
    fn of(files: &'f [File<'_>]) -> Self {
        let mut known = Known { variables: FxHashMap::default(), controls: FxHashMap::default() };
        for (_, tree) in files {
            for block in blocks(tree, "variable") {
                if let Some(value) = block.get("value") {
                    known.variables.entry(text_at(block, LABEL)).or_insert(value);
                }
            }
            for block in blocks(tree, "component").iter().filter(|block| text_at(block, LABEL) == "control") {
                known.controls.entry(text_at(block, "@label2")).or_insert(block);
            }
        }
        known
    }

    /// What `var.name` or `import.control.name.description` means.
    fn find(&self, reference: &str) -> Option<&'f Node> {
        if let Some(name) = reference.strip_prefix("var.") {
            return self.variables.get(name).copied();
        }
        let (name, key) = reference.strip_prefix("import.control.")?.rsplit_once('.')?;
        self.controls.get(name)?.get(key)
    }
}

struct Resolver<'k, 'f, 'l> {
    known: &'k Known<'f>,
    left: usize,
    log: &'l mut Log,
}

impl Resolver<'_, '_, '_> {
    /// Looks up every reference below a node. The depth is what the reader let through.
    fn node(&mut self, node: &mut Node) {
        match node.tag.take().as_deref() {
            Some(REFERENCE) => self.reference(node),
            Some(TEMPLATE) => self.template(node),
            Some(COMPUTED) => {
                let message =
                    format!("`{}` would have to be computed; its words were kept", short(node.as_str().unwrap_or("")));
                self.log.group(Diagnostic::warning("import-not-computed", node.span, message));
            }
            _ => {}
        }
        match &mut node.kind {
            Kind::Scalar(_) => {}
            Kind::Sequence(items) => items.iter_mut().for_each(|item| self.node(item)),
            Kind::Mapping(entries) => {
                entries.iter_mut().for_each(|entry| self.node(&mut entry.value));
                self.imported_controls(entries);
            }
        }
    }

    fn reference(&mut self, node: &mut Node) {
        let Kind::Scalar(scalar) = &node.kind else { return };
        match self.known.find(&scalar.text).filter(|found| found.as_str().is_some()) {
            Some(found) if self.afford(found.as_str().map_or(0, str::len)) => {
                node.kind = found.kind.clone();
            }
            Some(_) => {}
            // Elements of diagrams, which the flows that name them look up.
            None if is_element(&scalar.text) => {}
            None => {
                let message = format!("nothing is known as `{}`; its name stands in its place", short(&scalar.text));
                self.log.push(Diagnostic::warning("import-missing-reference", node.span, message));
            }
        }
    }

    /// Looks up `${…}` in a text; what is no plain reference stays as it is.
    fn template(&mut self, node: &mut Node) {
        let Kind::Scalar(scalar) = &mut node.kind else { return };
        let mut out = String::with_capacity(scalar.text.len());
        let mut rest: &str = &scalar.text;
        while let Some(start) = rest.find("${") {
            let (before, after) = rest.split_at(start);
            out.push_str(before);
            let Some(end) = after.find('}') else { break };
            let (whole, behind) = after.split_at(end + 1);
            let inner = whole.get(2..end).unwrap_or_default().trim();
            match self.known.find(inner).and_then(Node::as_str) {
                Some(text) if self.left >= text.len() => {
                    self.left -= text.len();
                    out.push_str(text);
                }
                _ => {
                    let message = format!("`{}` cannot be looked up; its words were kept", short(whole));
                    self.log.group(Diagnostic::warning("import-missing-reference", node.span, message));
                    out.push_str(whole);
                }
            }
            rest = behind;
        }
        out.push_str(rest);
        scalar.text = out.into();
    }

    /// Puts controls that a threat imports by name among its own.
    fn imported_controls(&mut self, entries: &mut Vec<Entry>) {
        let Some(named) = entries.iter().find(|entry| &*entry.key == "control_imports") else { return };
        let mut added = Vec::new();
        for (name, span) in texts(Some(&named.value)) {
            let found = name.strip_prefix("import.control.").and_then(|name| self.known.controls.get(name));
            match found {
                Some(block) if self.afford(crate::extras::text_of(block).len()) => {
                    let mut block = (*block).clone();
                    if let Kind::Mapping(entries) = &mut block.kind {
                        entries.retain(|entry| &*entry.key != LABEL);
                        entries
                            .iter_mut()
                            .filter(|entry| &*entry.key == "@label2")
                            .for_each(|entry| entry.key = LABEL.into());
                    }
                    added.push(block);
                }
                Some(_) => {}
                None => {
                    let message = format!("no control is known as `{}`", short(name));
                    self.log.push(Diagnostic::warning("import-missing-reference", span, message));
                }
            }
        }
        if added.is_empty() {
            return;
        }
        match entries.iter_mut().find(|entry| &*entry.key == "control") {
            Some(Entry { value: Node { kind: Kind::Sequence(items), .. }, .. }) => items.extend(added),
            Some(Entry { value, .. }) => {
                added.insert(0, value.clone());
                value.kind = Kind::Sequence(added);
            }
            None => {
                let (key_span, span) =
                    (entries.first().map(|entry| entry.key_span), added.first().map(|node| node.span));
                if let (Some(key_span), Some(span)) = (key_span, span) {
                    let value = Node { span, tag: None, kind: Kind::Sequence(added) };
                    entries.push(Entry { key: "control".into(), key_span, value });
                }
            }
        }
    }

    fn afford(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

/// Whether a reference is to an element of a diagram.
fn is_element(reference: &str) -> bool {
    ["process.", "external_element.", "data_store."].iter().any(|block| reference.trim().starts_with(block))
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_files_beside_are_asked_for() {
        for path in ["shared/tower.hcl", "./a.hcl", "../a.hcl", "controls.hcl"] {
            assert!(is_local(path), "{path}");
        }
        for path in ["https://x/y.hcl", "github.com/a/b|c.hcl", "git::ssh://x", "/etc/passwd", "example.org/a.hcl"] {
            assert!(!is_local(path), "{path}");
        }
    }
}
