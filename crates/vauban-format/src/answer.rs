//! One answer into an overlay, the rest of its text untouched.
//!
//! The overlay is a person's file: comments, order and blank lines stay as they are. The text is parsed for places only,
//! one small edit is made on the text itself, and the result is parsed again: if it does not say exactly what it should
//! (anchors, several documents, layouts this editor does not know), the document is written anew from its tree, which
//! keeps what it says but not its comments.

use vauban_model::vocabulary::{Domain, FactId, FactType};
use vauban_model::{Diagnostic, FileId, Severity, Span};
use vauban_syntax::{Entry, Kind, Limits, Node, parse_yaml};

use crate::arrow::Arrow;
use crate::body::{UNKNOWN, shorthand};
use crate::document::VERSION;
use crate::emit::{Out, quoted, scalar, write_block};
use crate::keys::{Keys, Slot, section};
use crate::lists::{AN_ASSUMPTION, automatic_id};
use crate::names::Ids;

/// What a key asks for when it asks for a control.
const CONTROL: &str = "control ";

/// Writes an answer into the text of an overlay and returns the new text.
///
/// `element` is the kind and id of what is answered about (the id does not matter for the system). `key` is a key of a
/// model file, the id of a fact, or `control ` and the id of a control. `value` is the answer as a person would type it:
/// `yes`, `tls`, `orders, customers`, `unknown`; for a control `yes`, `no`, `unknown`, or how it is done.
///
/// An existing value is replaced, a missing one added under its element; an answer about a control goes into `controls`
/// or `lacks` and out of the other. The text comes back as it was if it is no overlay that can be read: whoever shows
/// its diagnostics tells the person why.
pub fn write_answer(existing_overlay_text: &str, element: (Domain, &str), key: &str, value: &str) -> String {
    let (mark, text) = match existing_overlay_text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", existing_overlay_text),
    };
    let Some(text) = with_version(text) else { return existing_overlay_text.to_owned() };
    let changed = match key.strip_prefix(CONTROL) {
        Some(control) => answer_control(&text, element, control.trim(), value.trim()),
        None => {
            let (key, rendered) = fact_answer(element.0, key, value.trim());
            set(&text, element, &[key], &rendered)
        }
    };
    match changed {
        Some(changed) => format!("{mark}{changed}"),
        None => existing_overlay_text.to_owned(),
    }
}

/// Writes into the text of an overlay whether an assumption of the analysis is so, and returns the new text; the text as it
/// was where it has no place for it (assumptions as a list, comments that would be lost).
pub fn write_assumption(existing_overlay_text: &str, assumption: &str, holds: bool) -> String {
    let written = || {
        let text = with_version(existing_overlay_text)?;
        let root = parse(&text)??;
        // A list has no ids to write under, and an element's short form is not meant.
        if root.get("assumptions").is_some_and(|known| !known.is_null() && known.as_mapping().is_none()) {
            return None;
        }
        let id = automatic_id(assumption, AN_ASSUMPTION, &mut Ids::default());
        let mut path = vec!["assumptions".to_owned(), id.to_string()];
        let word = if holds { "yes" } else { "no" };
        let mut rendered = format!("{{text: {}, holds: {word}}}", quoted(assumption));
        if let Some(known) = find(&root, &path) {
            // Another sentence may come to the same id.
            if known.get("text").and_then(Node::as_str) != Some(assumption) {
                return None;
            }
            path.push("holds".to_owned());
            word.clone_into(&mut rendered);
        }
        let edited = Editor::new(&text).set(&root, &path, 0, Domain::System, &rendered)?;
        let new = parse(&edited)??;
        let wanted = parse(&format!("[{rendered}]"))??;
        let wanted = wanted.as_sequence().and_then(<[Node]>::first)?;
        let says = find(&new, &path).is_some_and(|found| same(found, wanted));
        (says && same_but(&root, &new, &path, Domain::System)).then_some(edited)
    };
    written().unwrap_or_else(|| existing_overlay_text.to_owned())
}

/// The text as an overlay with a version; `None` if it holds something that cannot be read.
fn with_version(text: &str) -> Option<String> {
    match parse(text)? {
        Some(root) if root.as_mapping().is_some() => Some(text.to_owned()),
        Some(_) => None,
        None => {
            let mut started = text.to_owned();
            if !started.is_empty() && !started.ends_with('\n') {
                started.push('\n');
            }
            if started.trim().is_empty() {
                started.clear();
                started.push_str("# What people know about the model and its files do not say.\n");
            }
            started.push_str(&format!("overlay: {VERSION}\n"));
            Some(started)
        }
    }
}

/// The tree of a text without errors; `None` if there are any.
#[expect(clippy::option_option, reason = "an empty text is neither a tree nor an error")]
fn parse(text: &str) -> Option<Option<Node>> {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let root = parse_yaml(FileId(0), text, &Limits::default(), &mut diagnostics);
    let broken = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    (!broken).then_some(root.filter(|root| !root.is_null()))
}

/// The key of the file and the value as it will stand there.
fn fact_answer(domain: Domain, key: &str, value: &str) -> (String, String) {
    let slot = Keys::of(domain).slot(key).or_else(|| {
        FactId::parse(key)
            .filter(|fact| fact.definition().on.contains(&domain) && !fact.definition().derived)
            .map(Slot::Fact)
    });
    let words = |value: &str| {
        let words: Vec<String> =
            value.split(',').map(str::trim).filter(|word| !word.is_empty()).map(|word| scalar(word, true)).collect();
        format!("[{}]", words.join(", "))
    };
    let Some(Slot::Fact(fact)) = slot else {
        let rendered = match slot {
            Some(Slot::Tags | Slot::Lacks | Slot::Controls) => words(value),
            Some(Slot::OutOfScope | Slot::Excluded | Slot::Add | Slot::Drop) if yes_no(value).is_some() => {
                yes_no(value).unwrap_or_default().to_owned()
            }
            _ => scalar(value, true),
        };
        return (key.to_owned(), rendered);
    };
    let definition = fact.definition();
    let rendered = match definition.ty {
        _ if value.is_empty() || value.eq_ignore_ascii_case(UNKNOWN) => UNKNOWN.to_owned(),
        FactType::Bool => yes_no(value).map_or_else(|| scalar(value, true), str::to_owned),
        FactType::Enum(enumeration) => match enumeration.parse(value) {
            Some(symbol) => enumeration.word(symbol).to_owned(),
            None => scalar(value, true),
        },
        FactType::Set(_) | FactType::Words | FactType::References(_) => words(value.trim_matches(['[', ']'])),
        FactType::Technologies if value.contains(',') => words(value.trim_matches(['[', ']'])),
        FactType::Number => value.parse::<i64>().map_or_else(|_| scalar(value, true), |number| number.to_string()),
        FactType::Technologies | FactType::Text => scalar(value, true),
    };
    (definition.key.to_owned(), rendered)
}

fn yes_no(value: &str) -> Option<&'static str> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "y" => Some("yes"),
        "no" | "false" | "off" | "n" => Some("no"),
        _ => None,
    }
}

/// Writes what is known about a control.
fn answer_control(text: &str, element: (Domain, &str), control: &str, value: &str) -> Option<String> {
    let answer = yes_no(value);
    let root = parse(text)??;
    let body = path_to(&root, element).and_then(|path| find(&root, &path));
    let controls = body.and_then(|body| body.get("controls")).filter(|node| !node.is_null());
    let as_mapping = controls.is_some_and(|node| node.as_mapping().is_some());
    let listed = |key: &str| {
        let items = body.and_then(|body| body.get(key)).map(items).unwrap_or_default();
        items.iter().any(|item| item.as_str() == Some(control))
    };
    let (in_controls, in_lacks) = (listed("controls"), listed("lacks"));
    let mut text = text.to_owned();
    if in_lacks && answer != Some("no") {
        text = without(&text, element, "lacks", control)?;
    }
    match answer {
        Some("yes") if in_controls => Some(text),
        Some("no") if in_lacks => Some(text),
        Some(word) if as_mapping => set(&text, element, &["controls".to_owned(), control.to_owned()], word),
        Some("yes") => with(&text, element, "controls", control),
        Some(_) => {
            if in_controls {
                text = without(&text, element, "controls", control)?;
            }
            with(&text, element, "lacks", control)
        }
        None => {
            let note = if value.is_empty() || value == UNKNOWN { UNKNOWN.to_owned() } else { scalar(value, true) };
            if !as_mapping && let Some(list) = controls {
                // A list has no room for a remark: it becomes a mapping first.
                let known = items(list).iter().filter_map(Node::as_str).filter(|known| *known != control);
                let mut parts: Vec<String> = known.map(|known| format!("{}: yes", scalar(known, true))).collect();
                parts.push(format!("{}: {note}", scalar(control, true)));
                return set(&text, element, &["controls".to_owned()], &format!("{{{}}}", parts.join(", ")));
            }
            set(&text, element, &["controls".to_owned(), control.to_owned()], &note)
        }
    }
}

fn items(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::Sequence(items) => items,
        Kind::Scalar(_) if !node.is_null() => std::slice::from_ref(node),
        _ => &[],
    }
}

/// Adds a word to a list of an element.
fn with(text: &str, element: (Domain, &str), key: &str, word: &str) -> Option<String> {
    let root = parse(text)??;
    let list = path_to(&root, element).and_then(|path| find(&root, &path)).and_then(|body| body.get(key));
    let editor = Editor::new(text);
    let edited = list.filter(|list| list.as_sequence().is_some_and(|items| !items.is_empty())).and_then(|list| {
        if editor.is_flow(list) {
            let end = editor.closing(editor.offset(list.span))?;
            return Some(editor.splice(end - 1, end - 1, &format!(", {}", scalar(word, true))));
        }
        let last = list.as_sequence()?.last()?;
        let dash = editor.dash_before(editor.offset(last.span))?;
        let line = editor.last_line_of(editor.line_of(dash), editor.column(dash));
        let indent = " ".repeat(editor.column(dash));
        Some(editor.insert_after(line, &[format!("{indent}- {}", scalar(word, false))]))
    });
    let mut words: Vec<String> =
        list.map(items).unwrap_or_default().iter().filter_map(Node::as_str).map(|word| scalar(word, true)).collect();
    words.push(scalar(word, true));
    let rendered = format!("[{}]", words.join(", "));
    // Whatever the layout of the list was: the same words and the new one.
    if let Some(edited) = edited
        && says(text, &edited, element, &[key.to_owned()], &rendered)
    {
        return Some(edited);
    }
    set(text, element, &[key.to_owned()], &rendered)
}

/// Takes a word out of a list of an element.
fn without(text: &str, element: (Domain, &str), key: &str, word: &str) -> Option<String> {
    let root = parse(text)??;
    let list = path_to(&root, element).and_then(|path| find(&root, &path)).and_then(|body| body.get(key))?;
    let left: Vec<String> = items(list)
        .iter()
        .filter_map(Node::as_str)
        .filter(|item| *item != word)
        .map(|item| scalar(item, true))
        .collect();
    let rendered = format!("[{}]", left.join(", "));
    let editor = Editor::new(text);
    let item = items(list).iter().find(|item| item.as_str() == Some(word))?;
    if !editor.is_flow(list)
        && !left.is_empty()
        && list.as_sequence().is_some()
        && let Some(dash) = editor.dash_before(editor.offset(item.span))
    {
        let first = editor.line_of(dash);
        let edited = editor.remove_lines(first, editor.last_line_of(first, editor.column(dash)));
        if says(text, &edited, element, &[key.to_owned()], &rendered) {
            return Some(edited);
        }
    }
    set(text, element, &[key.to_owned()], &rendered)
}

/// The keys that lead to an element in an overlay, as they stand there; `None` if it has no entry.
fn path_to(root: &Node, (domain, id): (Domain, &str)) -> Option<Vec<String>> {
    let section = section(domain);
    if domain == Domain::System {
        return root.get(section).map(|_| vec![section.to_owned()]);
    }
    let entries = root.get(section)?.as_mapping()?;
    let same = |entry: &&Entry| {
        &*entry.key == id
            || (domain == Domain::Flow
                && entry.value.get("from").is_none()
                && Arrow::parse(&entry.key, |_| None).is_some_and(|arrow| arrow.id() == id))
    };
    let exact = entries.iter().find(|entry| &*entry.key == id);
    let entry = exact.or_else(|| entries.iter().find(same))?;
    Some(vec![section.to_owned(), entry.key.to_string()])
}

/// The keys under which a new entry of an element is written.
fn new_path((domain, id): (Domain, &str)) -> Vec<String> {
    let section = section(domain).to_owned();
    if domain == Domain::System {
        return vec![section];
    }
    let arrow = Arrow::parse(id, |_| None).filter(|arrow| {
        // Only ids that can be read in one way get blanks around their arrow.
        domain == Domain::Flow
            && arrow.id() == id
            && id.matches("->").count() == 1
            && !arrow.to.contains('(')
            && id.matches('(').count() <= 1
            && !arrow.two_way
    });
    let key = match arrow {
        Some(Arrow { from, to, label: None, .. }) => format!("{from} -> {to}"),
        Some(Arrow { from, to, label: Some(label), .. }) => format!("{from} -> {to} ({label})"),
        None => id.to_owned(),
    };
    vec![section, key]
}

fn find<'n>(root: &'n Node, path: &[String]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, key| node.get(key))
}

/// Sets a value below an element: by an edit of the text, or by writing the document anew.
fn set(text: &str, element: (Domain, &str), keys: &[String], rendered: &str) -> Option<String> {
    let root = parse(text)??;
    let path = path_to(&root, element).unwrap_or_else(|| new_path(element));
    let full: Vec<String> = path.iter().cloned().chain(keys.iter().cloned()).collect();
    let edited = Editor::new(text).set(&root, &full, 0, element.0, rendered);
    if let Some(edited) = edited
        && says(text, &edited, element, keys, rendered)
    {
        return Some(edited);
    }
    if would_lose(text) {
        return None;
    }
    let mut tree = out(&root);
    set_in(&mut tree, &full, element.0, Out::Bare(rendered.to_owned()));
    let Out::Map(mut entries) = tree else { return None };
    for (_, section) in &mut entries {
        if let Out::Map(elements) = section {
            *section = Out::Block(std::mem::take(elements));
        }
    }
    // What stands before the first key is the one comment whose place is certain.
    let opening = text.split_inclusive('\n').take_while(|line| line.trim().is_empty() || line.starts_with('#'));
    let mut written: String = opening.collect();
    write_block(&entries, 0, &mut written);
    says(text, &written, element, keys, rendered).then_some(written)
}

/// Whether writing a document anew would lose comments: those below its head.
fn would_lose(text: &str) -> bool {
    let is_head = |line: &&str| line.trim().is_empty() || line.starts_with('#');
    text.lines().skip_while(is_head).any(|line| line.trim_start().starts_with('#') || line.contains(" #"))
}

/// Whether a changed text says what it should, and everything else that it said before.
fn says(before: &str, after: &str, element: (Domain, &str), keys: &[String], rendered: &str) -> bool {
    let (Some(Some(old)), Some(Some(new))) = (parse(before), parse(after)) else { return false };
    let Some(path) = path_to(&new, element) else { return false };
    let full: Vec<String> = path.into_iter().chain(keys.iter().cloned()).collect();
    let Some(Some(wanted)) = parse(&format!("[{rendered}]")) else { return false };
    let wanted = wanted.as_sequence().and_then(<[Node]>::first);
    // What the short form of an element says stands where the element stands.
    let found = find(&new, &full).or_else(|| {
        let (last, path) = full.split_last()?;
        find(&new, path).filter(|node| node.as_mapping().is_none() && short_key(element.0) == Some(last))
    });
    found.zip(wanted).is_some_and(|(found, wanted)| same(found, wanted)) && same_but(&old, &new, &full, element.0)
}

/// Whether two trees say the same, wherever they stand.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Scalar(_), Kind::Scalar(_)) if a.is_null() || b.is_null() => a.is_null() && b.is_null(),
        (Kind::Scalar(a), Kind::Scalar(b)) => a.text == b.text && (a.quoted == b.quoted || !ambiguous(&a.text)),
        (Kind::Sequence(a), Kind::Sequence(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Kind::Mapping(a), Kind::Mapping(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.key == b.key && same(&a.value, &b.value))
        }
        _ => false,
    }
}

/// Words that mean something else in quotes.
fn ambiguous(text: &str) -> bool {
    text == UNKNOWN || scalar(text, true) != text
}

/// Whether `new` says what `old` says but for one path.
fn same_but(old: &Node, new: &Node, path: &[String], domain: Domain) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    let Some(changed) = new.as_mapping() else {
        return rest.is_empty() && short_key(domain) == Some(first) && old.as_mapping().is_none();
    };
    let kept = |key: &str, value: &Node| {
        let found = changed.iter().find(|entry| &*entry.key == key);
        found.is_some_and(|entry| {
            if key == first { same_but(value, &entry.value, rest, domain) } else { same(value, &entry.value) }
        })
    };
    match &old.kind {
        Kind::Mapping(entries) => {
            let added = usize::from(entries.iter().all(|entry| &*entry.key != first));
            changed.len() == entries.len() + added && entries.iter().all(|entry| kept(&entry.key, &entry.value))
        }
        _ if old.is_null() => changed.len() == 1,
        // A short form that was written out: its word is now a key of its own, unless it was what changed.
        _ => match short_key(domain) {
            Some(key) if key == first => changed.len() == 1,
            Some(key) => changed.len() == 2 && kept(key, old),
            None => false,
        },
    }
}

/// The key that a bare word behind an element's id stands for.
fn short_key(domain: Domain) -> Option<&'static str> {
    if domain == Domain::System { Some("name") } else { shorthand(domain).map(|fact| fact.definition().key) }
}

/// A tree to be written again.
fn out(node: &Node) -> Out {
    match &node.kind {
        Kind::Scalar(_) if node.is_null() => Out::Bare("~".to_owned()),
        Kind::Scalar(scalar) if scalar.quoted => Out::Quoted(scalar.text.to_string()),
        Kind::Scalar(scalar) if node.as_bool().is_some() || node.as_f64().is_some() => {
            Out::Bare(scalar.text.to_string())
        }
        Kind::Scalar(scalar) => Out::text(&scalar.text),
        Kind::Sequence(items) => Out::List(items.iter().map(out).collect()),
        Kind::Mapping(entries) => {
            Out::Map(entries.iter().map(|entry| (entry.key.to_string(), out(&entry.value))).collect())
        }
    }
}

fn set_in(tree: &mut Out, path: &[String], domain: Domain, value: Out) {
    let Some((first, rest)) = path.split_first() else {
        *tree = value;
        return;
    };
    if !matches!(tree, Out::Map(_)) {
        let old = std::mem::replace(tree, Out::Map(Vec::new()));
        let empty = matches!(&old, Out::Bare(text) if text == "~");
        if let (Out::Map(entries), Some(key), false) = (&mut *tree, short_key(domain), empty) {
            entries.push((key.to_owned(), old));
        }
    }
    let Out::Map(entries) = tree else { return };
    let at = entries.iter().position(|(key, _)| key == first).unwrap_or_else(|| {
        entries.push((first.clone(), Out::Map(Vec::new())));
        entries.len() - 1
    });
    if let Some((_, inner)) = entries.get_mut(at) {
        set_in(inner, rest, domain, value);
    }
}

/// Edits a text by the places of its tree.
struct Editor<'t> {
    text: &'t str,
    /// Where every line starts.
    starts: Vec<usize>,
    newline: &'static str,
}

impl<'t> Editor<'t> {
    fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Editor { text, starts, newline: if text.contains("\r\n") { "\r\n" } else { "\n" } }
    }

    /// Sets the value at a path below a node. `None` where the layout is not one this editor knows.
    fn set(&self, node: &Node, path: &[String], depth: usize, domain: Domain, rendered: &str) -> Option<String> {
        let rest = path.get(depth..)?;
        let (first, deeper) = rest.split_first()?;
        let entries = node.as_mapping()?;
        let Some(entry) = entries.iter().find(|entry| *entry.key == **first) else {
            return self.insert(node, entries, rest, rendered);
        };
        if deeper.is_empty() {
            return self.replace(node, entry, rendered);
        }
        let value = &entry.value;
        match &value.kind {
            Kind::Mapping(inner) if !inner.is_empty() || self.is_flow(value) => {
                self.set(value, path, depth + 1, domain, rendered)
            }
            Kind::Scalar(scalar) if value.is_null() && scalar.text.is_empty() && !self.is_flow(node) => {
                let line = self.line_of(self.offset(entry.key_span));
                let indent = self.column(self.offset(entry.key_span)) + 2;
                Some(self.insert_after(line, &nested(deeper, indent, rendered)))
            }
            _ if value.is_null() => self.replace(node, entry, &flow(deeper, rendered)),
            // A short form is written out: `web: nginx` becomes `web: {technology: nginx, …}`.
            Kind::Scalar(word) => {
                let short = short_key(domain)?;
                if *deeper == [short] {
                    return self.replace(node, entry, rendered);
                }
                let old = if word.quoted { quoted(&word.text) } else { scalar(&word.text, true) };
                let added = flow(deeper, rendered);
                self.replace(node, entry, &format!("{{{short}: {old}, {}", added.strip_prefix('{')?))
            }
            Kind::Sequence(_) => {
                let short = short_key(domain)?;
                if *deeper == [short] {
                    return self.replace(node, entry, rendered);
                }
                let words: Vec<String> =
                    items(value).iter().filter_map(Node::as_str).map(|word| scalar(word, true)).collect();
                let added = flow(deeper, rendered);
                let written = format!("{{{short}: [{}], {}", words.join(", "), added.strip_prefix('{')?);
                self.replace(node, entry, &written)
            }
            Kind::Mapping(_) => None,
        }
    }

    /// Adds an entry at the end of a mapping.
    fn insert(&self, node: &Node, entries: &[Entry], path: &[String], rendered: &str) -> Option<String> {
        if self.is_flow(node) {
            let end = self.closing(self.offset(node.span))?;
            let inside = self.text.get(self.offset(node.span) + 1..end - 1)?.trim_end();
            let separator = if entries.is_empty() || inside.ends_with(',') { "" } else { ", " };
            let written = flow(path, rendered);
            let written = written.strip_prefix('{')?.strip_suffix('}')?;
            // Behind the last value, not behind the blanks that may follow it.
            let at = self.offset(node.span) + 1 + inside.len();
            let at = if inside.lines().next_back().is_some_and(|line| line.contains('#')) { end - 1 } else { at };
            return Some(self.splice(at, at, &format!("{separator}{written}")));
        }
        let last = entries.last()?;
        let key = self.offset(last.key_span);
        let column = self.column(key);
        let line = self.last_line_of(self.line_of(key), column);
        let mut lines = nested(path, column, rendered);
        // A new section stands apart from the one before it.
        if column == 0 && path.len() > 1 {
            lines.insert(0, String::new());
        }
        Some(self.insert_after(line, &lines))
    }

    /// Replaces the value of an entry; a comment behind a value on one line stays.
    fn replace(&self, node: &Node, entry: &Entry, rendered: &str) -> Option<String> {
        let key = self.offset(entry.key_span);
        let colon = self.colon(key)?;
        if entry.value.is_null() && matches!(&entry.value.kind, Kind::Scalar(scalar) if scalar.text.is_empty()) {
            return Some(self.splice(colon + 1, colon + 1, &format!(" {rendered}")));
        }
        let start = self.offset(entry.value.span);
        let flow = self.is_flow(node);
        let one_line = match self.text.as_bytes().get(start)? {
            b'"' | b'\'' => self.quote_end(start),
            b'{' | b'[' => self.closing(start),
            b'|' | b'>' | b'-' | b'?' | b'&' | b'*' | b'!' => None,
            _ if matches!(entry.value.kind, Kind::Scalar(_)) => {
                let end = start + self.bytes(start, entry.value.span.length);
                // A plain text that goes on on the next line ends somewhere else.
                let line = self.line_of(start);
                (flow || self.last_line_of(line, self.column(key)) == line).then_some(end)
            }
            _ => None,
        };
        if let Some(end) = one_line {
            return Some(self.splice(start, end, rendered));
        }
        if flow {
            return None;
        }
        let last = self.last_line_of(self.line_of(key), self.column(key));
        let end = self.line_end(last);
        Some(self.splice(colon + 1, end, &format!(" {rendered}")))
    }

    /// Where a place stands in the text.
    fn offset(&self, span: Span) -> usize {
        let start = (span.line as usize)
            .checked_sub(1)
            .and_then(|line| self.starts.get(line))
            .copied()
            .unwrap_or(self.text.len());
        start + self.bytes(start, span.column.saturating_sub(1))
    }

    /// Bytes of a number of characters.
    fn bytes(&self, from: usize, characters: u32) -> usize {
        let rest = self.text.get(from..).unwrap_or("");
        rest.char_indices().nth(characters as usize).map_or(rest.len(), |(at, _)| at)
    }

    fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The column of a byte, from 0, in bytes: what stands before it on its line is blanks, or the edit is not made.
    fn column(&self, offset: usize) -> usize {
        offset - self.starts.get(self.line_of(offset)).copied().unwrap_or(0)
    }

    fn line(&self, line: usize) -> &'t str {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or("")
    }

    /// Where a line ends, its line break left out.
    fn line_end(&self, line: usize) -> usize {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        start + self.line(line).trim_end_matches(['\n', '\r']).len()
    }

    /// The last line of what starts on a line at a column: lines that are indented further, and the dashes of a list that
    /// is not. Comments and blank lines at the end belong to what follows.
    fn last_line_of(&self, first: usize, column: usize) -> usize {
        let dashes = self.text.as_bytes().get(self.starts.get(first).copied().unwrap_or(0) + column) != Some(&b'-');
        let mut last = first;
        for line in first + 1..self.starts.len() {
            let text = self.line(line);
            let content = text.trim_start_matches(' ');
            let blank = content.trim().is_empty();
            if blank || content.starts_with('#') {
                continue;
            }
            let indent = text.len() - content.len();
            let item = content.starts_with("- ") || content.trim_end() == "-";
            if indent > column || (indent == column && item && dashes) {
                last = line;
            } else {
                break;
            }
        }
        last
    }

    /// Whether a collection is written in brackets.
    fn is_flow(&self, node: &Node) -> bool {
        !matches!(node.kind, Kind::Scalar(_))
            && matches!(self.text.as_bytes().get(self.offset(node.span)), Some(b'{' | b'['))
    }

    /// The colon behind a key.
    fn colon(&self, key: usize) -> Option<usize> {
        let from = match self.text.as_bytes().get(key)? {
            b'"' | b'\'' => self.quote_end(key)?,
            _ => key,
        };
        let line = self.line_end(self.line_of(key));
        let rest = self.text.get(from..line)?;
        let quoted = from != key;
        let at = rest.match_indices(':').find(|(at, _)| {
            quoted
                || rest.get(at + 1..).is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t', '{', '[']))
        })?;
        Some(from + at.0)
    }

    /// The end of a text in quotes.
    fn quote_end(&self, start: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let quote = *bytes.get(start)?;
        let mut at = start + 1;
        loop {
            match *bytes.get(at)? {
                b'\\' if quote == b'"' => at += 2,
                byte if byte == quote => {
                    if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') {
                        at += 2;
                    } else {
                        return Some(at + 1);
                    }
                }
                _ => at += 1,
            }
        }
    }

    /// The end of a collection in brackets.
    fn closing(&self, start: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut depth = 0usize;
        let mut at = start;
        // A quote opens a text only where a value can start: the one in `don't` does not.
        let mut fresh = true;
        loop {
            match *bytes.get(at)? {
                b'{' | b'[' => {
                    depth += 1;
                    fresh = true;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                    fresh = false;
                }
                b'"' | b'\'' if fresh => {
                    at = self.quote_end(at)?;
                    fresh = false;
                    continue;
                }
                b',' | b':' => fresh = true,
                b'#' if at > 0 && matches!(bytes.get(at - 1), Some(b' ' | b'\t' | b'\n')) => {
                    at = self.line_end(self.line_of(at));
                    continue;
                }
                b' ' | b'\t' | b'\n' | b'\r' => {}
                _ => fresh = false,
            }
            at += 1;
        }
    }

    /// The dash of the list item that starts at a byte.
    fn dash_before(&self, item: usize) -> Option<usize> {
        let line = self.starts.get(self.line_of(item)).copied()?;
        let before = self.text.get(line..item)?;
        let dash = line + before.rfind('-')?;
        let around = before.trim();
        (around == "-").then_some(dash)
    }

    fn splice(&self, from: usize, to: usize, new: &str) -> String {
        let (before, after) = (self.text.get(..from).unwrap_or(self.text), self.text.get(to..).unwrap_or(""));
        format!("{before}{new}{after}")
    }

    fn insert_after(&self, line: usize, lines: &[String]) -> String {
        let at = self.line_end(line);
        let mut new = String::new();
        for line in lines {
            new.push_str(self.newline);
            new.push_str(line);
        }
        let closed = self.text.get(at..).is_some_and(|rest| !rest.is_empty());
        if !closed {
            new.push_str(self.newline);
        }
        self.splice(at, at, &new)
    }

    fn remove_lines(&self, first: usize, last: usize) -> String {
        let from = self.starts.get(first).copied().unwrap_or(self.text.len());
        let to = self.starts.get(last + 1).copied().unwrap_or(self.text.len());
        self.splice(from, to, "")
    }
}

/// A value under nested keys, a line each.
fn nested(path: &[String], indent: usize, rendered: &str) -> Vec<String> {
    let mut lines = Vec::with_capacity(path.len());
    for (depth, key) in path.iter().enumerate() {
        let pad = " ".repeat(indent + 2 * depth);
        let value = if depth + 1 == path.len() { format!(" {rendered}") } else { String::new() };
        lines.push(format!("{pad}{}:{value}", scalar(key, false)));
    }
    lines
}

/// A value under nested keys, in braces.
fn flow(path: &[String], rendered: &str) -> String {
    path.iter().rev().fold(rendered.to_owned(), |inner, key| format!("{{{}: {inner}}}", scalar(key, true)))
}
