//! Descriptions and the files that they refer to: parsed once, and looked up by `$ref`.
//!
//! Everything that is referred to is opened first, so that what follows only looks at trees that stay where they are.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::Source;
use vauban_model::{Diagnostic, FileId, Span};
use vauban_syntax::{Entry, Kind, Node};

use crate::files::{Files, folder, join};
use crate::{InputFile, cloudformation};

/// Most files opened because something refers to them.
const MOST_FILES: usize = 2_000;
/// Most hops from one reference to the next.
const MOST_HOPS: usize = 16;
/// Most references that lead nowhere which are told one by one.
const MOST_TOLD: usize = 20;
/// How deep pointers are found without going through every entry: `#/components/schemas/Pet`.
const INDEXED: usize = 3;

/// One file.
pub(super) struct Document {
    /// Its path in the tree.
    pub(super) path: String,
    pub(super) root: Node,
    /// Which reader it is for; `None` when it is only referred to.
    pub(super) source: Option<Source>,
    /// By pointer: which entry of each mapping on the way.
    index: FxHashMap<String, Vec<u32>>,
}

/// A node of a document.
#[derive(Clone, Copy)]
pub(super) struct At<'d> {
    pub(super) document: usize,
    pub(super) node: &'d Node,
}

impl<'d> At<'d> {
    /// The node of a key.
    pub(super) fn get(self, key: &str) -> Option<At<'d>> {
        self.node.get(key).map(|node| At { node, ..self })
    }

    /// The entries of a mapping.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'d Entry, At<'d>)> {
        self.node
            .as_mapping()
            .unwrap_or(&[])
            .iter()
            .map(move |entry| (entry, At { node: &entry.value, document: self.document }))
    }

    /// The items of a list.
    pub(super) fn items(self) -> impl Iterator<Item = At<'d>> {
        self.node.as_sequence().unwrap_or(&[]).iter().map(move |node| At { node, document: self.document })
    }

    /// The text of a key.
    pub(super) fn text(self, key: &str) -> Option<&'d str> {
        self.node.get(key)?.as_str()
    }
}

/// What a reference leads to.
pub(super) struct Resolved<'d> {
    pub(super) at: At<'d>,
    /// The last pointer on the way, when there was a reference at all.
    pub(super) pointer: Option<String>,
}

/// All of them.
#[derive(Default)]
pub(super) struct Documents {
    all: Vec<Document>,
    by_path: FxHashMap<String, usize>,
}

impl Documents {
    /// Parses the descriptions and everything they refer to, and tells what is not there.
    pub(super) fn load(files: &mut Files<'_, '_>, inputs: &[InputFile], problems: &mut Vec<Diagnostic>) -> Documents {
        let mut documents = Documents::default();
        for input in inputs {
            documents.add(input.id, &input.path, &input.text, Some(input.source), problems);
        }
        let mut next = 0;
        let mut opened = 0;
        let mut missing: FxHashSet<String> = FxHashSet::default();
        while let Some(document) = documents.all.get(next) {
            next += 1;
            let mut wanted: Vec<(String, Span)> = Vec::new();
            let home = folder(&document.path).to_owned();
            references(&document.root, false, 0, &mut |text, span| {
                let file = text.split('#').next().unwrap_or("");
                if !file.is_empty()
                    && let Some(path) = join(&home, &decoded(file))
                {
                    wanted.push((path, span));
                }
            });
            for (path, _) in wanted {
                if documents.by_path.contains_key(&path) || missing.contains(&path) || opened >= MOST_FILES {
                    continue;
                }
                match files.open(&path) {
                    Some((id, text)) => {
                        opened += 1;
                        documents.add(id, &path, &text, None, problems);
                    }
                    None => _ = missing.insert(path),
                }
            }
        }
        documents.tell(problems);
        documents
    }

    fn add(&mut self, id: FileId, path: &str, text: &str, source: Option<Source>, problems: &mut Vec<Diagnostic>) {
        let before = problems.len();
        let root = cloudformation::parse(id, path, text, problems);
        if let Some(new) = problems.get_mut(before..) {
            crate::nodes::tolerate_repeated_keys(new);
        }
        let Some(root) = root else { return };
        let mut index = FxHashMap::default();
        indexed(&root, &mut String::new(), &mut Vec::new(), &mut index);
        self.by_path.insert(path.to_owned(), self.all.len());
        self.all.push(Document { path: path.to_owned(), root, source, index });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Document)> {
        self.all.iter().enumerate()
    }

    pub(super) fn path(&self, document: usize) -> &str {
        self.all.get(document).map_or("", |document| &document.path)
    }

    pub(super) fn root(&self, document: usize) -> Option<At<'_>> {
        self.all.get(document).map(|known| At { document, node: &known.root })
    }

    /// The node at a pointer of a document.
    pub(super) fn pointed(&self, document: usize, pointer: &str) -> Option<At<'_>> {
        self.all.get(document)?.at(pointer).map(|node| At { document, node })
    }

    /// What stands at a node, behind its references. `None` when one of them leads nowhere.
    pub(super) fn resolve<'d>(&'d self, mut at: At<'d>) -> Option<Resolved<'d>> {
        let mut pointer = None;
        for _ in 0..MOST_HOPS {
            let Some(text) = at.text("$ref") else { return Some(Resolved { at, pointer }) };
            let (next, inside) = self.find(at.document, text)?;
            at = next;
            pointer = Some(inside);
        }
        None
    }

    /// The node that a reference names from a document, and the pointer inside of its file.
    fn find<'d>(&'d self, from: usize, text: &str) -> Option<(At<'d>, String)> {
        let (file, pointer) = text.split_once('#').unwrap_or((text, ""));
        let document = if file.is_empty() {
            from
        } else {
            let path = join(folder(self.path(from)), &decoded(file))?;
            *self.by_path.get(&path)?
        };
        let known = self.all.get(document)?;
        let pointer = decoded(pointer);
        let node = known.at(&pointer)?;
        Some((At { document, node }, pointer))
    }

    /// Says which references lead nowhere.
    fn tell(&self, problems: &mut Vec<Diagnostic>) {
        for (at, document) in self.iter() {
            let mut elsewhere: Option<(String, Span, usize)> = None;
            let mut lost: Vec<(String, Span)> = Vec::new();
            let mut more = 0usize;
            let mut seen: FxHashSet<String> = FxHashSet::default();
            references(&document.root, false, 0, &mut |text, span| {
                if !seen.insert(text.to_owned()) {
                    return;
                }
                if text.contains("://") {
                    match &mut elsewhere {
                        Some((_, _, count)) => *count += 1,
                        None => elsewhere = Some((text.to_owned(), span, 1)),
                    }
                } else if self.find(at, text).is_none() {
                    if lost.len() < MOST_TOLD {
                        lost.push((text.to_owned(), span));
                    } else {
                        more += 1;
                    }
                }
            });
            if let Some((text, span, count)) = elsewhere {
                let message = match count {
                    1 => format!("`{text}` is not in the folder, so what it describes is not known"),
                    count => format!("{count} references lead out of the folder, `{text}` first"),
                };
                problems.push(
                    Diagnostic::note("reference-elsewhere", span, message)
                        .help("put a copy into the folder and refer to that, if it matters"),
                );
            }
            if more > 0
                && let Some((_, span)) = lost.last()
            {
                problems.push(
                    Diagnostic::note(
                        "reference-not-found",
                        *span,
                        format!("{more} more references of this file lead nowhere"),
                    )
                    .help("mend the first ones; the others may have the same cause"),
                );
            }
            for (text, span) in lost {
                problems.push(
                    Diagnostic::warning("reference-not-found", span, format!("`{text}` leads to nothing"))
                        .help("check the path and the name; what it stands for is not known until then"),
                );
            }
        }
    }
}

impl Document {
    /// The node at a pointer such as `/components/schemas/Pet`.
    fn at(&self, pointer: &str) -> Option<&Node> {
        let tokens: Vec<&str> = pointer.split('/').skip(1).collect();
        let mut node = &self.root;
        let mut done = 0;
        let head = tokens.get(..tokens.len().min(INDEXED)).unwrap_or(&[]);
        if !head.is_empty()
            && let Some(way) = self.index.get(&head.join("/"))
        {
            for at in way {
                node = &node.as_mapping()?.get(*at as usize)?.value;
            }
            done = head.len();
        }
        for token in tokens.get(done..).unwrap_or(&[]) {
            let key = token.replace("~1", "/").replace("~0", "~");
            node = match &node.kind {
                Kind::Sequence(items) => items.get(key.parse::<usize>().ok()?)?,
                _ => node.get(&key)?,
            };
        }
        Some(node)
    }
}

/// Notes where the entries of the upper levels are.
fn indexed(node: &Node, prefix: &mut String, way: &mut Vec<u32>, index: &mut FxHashMap<String, Vec<u32>>) {
    if way.len() >= INDEXED {
        return;
    }
    for (at, entry) in (0u32..).zip(node.as_mapping().unwrap_or(&[])) {
        let length = prefix.len();
        if !way.is_empty() {
            prefix.push('/');
        }
        prefix.push_str(&entry.key.replace('~', "~0").replace('/', "~1"));
        way.push(at);
        index.insert(prefix.clone(), way.clone());
        indexed(&entry.value, prefix, way, index);
        way.pop();
        prefix.truncate(length);
    }
}

/// Calls a function with every `$ref`. What is an example or a vendor's own is not looked into: there it may be anything.
fn references(node: &Node, names: bool, depth: usize, found: &mut dyn FnMut(&str, Span)) {
    if depth > 256 {
        return;
    }
    match &node.kind {
        Kind::Mapping(entries) => {
            for entry in entries {
                let key = &*entry.key;
                if key == "$ref" && !names {
                    if let Some(text) = entry.value.as_str().filter(|_| matches!(entry.value.kind, Kind::Scalar(_))) {
                        found(text, entry.value.span);
                    }
                    continue;
                }
                let foreign = matches!(key, "example" | "examples" | "default" | "enum" | "const" | "mapping");
                if !names && (foreign || key.starts_with("x-")) {
                    continue;
                }
                let inner = !names && matches!(key, "properties" | "patternProperties" | "schemas" | "definitions");
                references(&entry.value, inner, depth + 1, found);
            }
        }
        Kind::Sequence(items) => items.iter().for_each(|item| references(item, false, depth + 1, found)),
        Kind::Scalar(_) => {}
    }
}

/// A part of a URI reference with its percent signs taken out.
fn decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if let (b'%', Some(high), Some(low)) = (byte, digit(at + 1), digit(at + 2)) {
            out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether two trees say the same, wherever they stand.
pub(super) fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Scalar(a), Kind::Scalar(b)) => a.text == b.text,
        (Kind::Sequence(a), Kind::Sequence(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Mapping(a), Kind::Mapping(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.key == b.key && same(&a.value, &b.value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn percent_signs_are_taken_out_and_stray_ones_stay() {
        assert_eq!(decoded("/paths/~1pets~1%7Bid%7D"), "/paths/~1pets~1{id}");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz%4"), "%zz%4");
    }
}
