//! What a model says and the file it was written into does not: the file is read again, and what it then says is compared
//! with the model, so that no list of what a format can hold has to be believed.

use std::collections::{BTreeMap, BTreeSet};

use vauban_export::interchange::{Format, Loss};
use vauban_import::InputFile;
use vauban_model::model::Model;
use vauban_model::recorded::Recorded;
use vauban_model::vocabulary::Domain;
use vauban_model::{FileId, Severity};
use vauban_syntax::{Kind, Limits, Node, parse_yaml};

/// Examples named with a loss.
const EXAMPLES: usize = 3;
/// What a file without a title of its own is called here.
const UNTITLED: &str = "Written Back By Vauban";
/// What the tools note of every edit: no fact of the model.
const DATES: [&str; 2] = ["mtmt:changed", "mtmt:changed-by"];

/// What `model` says otherwise than the file that was written, each kind of difference with how often it occurs.
/// `before` is the file it was written into. Nothing is told of a file that is no text.
pub fn losses(format: Format, model: &Model, before: &str, written: &[u8]) -> Vec<Loss> {
    let read = |text: &str| -> Option<Said> {
        let format = vauban_import::Format::parse(format.as_str())?;
        let mut read = vauban_import::import(format, &[InputFile::text(FileId(0), UNTITLED, text)]).model;
        align(&mut read, model, format.as_str());
        said(&read)
    };
    let Ok(written) = std::str::from_utf8(written) else { return Vec::new() };
    let (Some(now), Some(was), Some(ours)) = (read(written), read(before), said(model)) else { return Vec::new() };
    compare(&ours, &was, &now)
}

/// Whether a file can be read as a format without an error, so that something can be written into it.
pub fn is_readable(format: Format, text: &str) -> bool {
    vauban_import::Format::parse(format.as_str()).is_none_or(|format| {
        let read = vauban_import::import(format, &[InputFile::text(FileId(0), UNTITLED, text)]);
        read.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
    })
}

/// Gives what was read again the ids it has in the model: a reader makes ids of names, and a name may be another now.
fn align(read: &mut Model, model: &Model, format: &str) {
    for domain in [Domain::Component, Domain::Flow, Domain::Boundary] {
        let there: Vec<(Box<str>, String)> = model
            .elements(domain)
            .map(|(_, it)| (it.id.clone(), native(&it.extras, format).unwrap_or_default()))
            .collect();
        let here: Vec<_> = read
            .elements(domain)
            .map(|(at, it)| (at, it.id.clone(), native(&it.extras, format).unwrap_or_default()))
            .collect();
        let ids = matched(&there, &here.iter().map(|(_, id, native)| (id.clone(), native.clone())).collect::<Vec<_>>());
        for ((at, ..), id) in here.iter().zip(ids) {
            if let Some(element) = read.get_mut(*at) {
                element.id = id;
            }
        }
    }
    let list = |model: &Model| -> Vec<(Box<str>, String)> {
        let threats = model.recorded_threats.iter();
        threats.map(|it| (it.id.clone(), native(&it.extras, format).unwrap_or_default())).collect()
    };
    let ids = matched(&list(model), &list(read));
    for (threat, id) in read.recorded_threats.iter_mut().zip(ids) {
        threat.id = id;
    }
    by_title(read, model);
    read.system.id.clone_from(&model.system.id);
    // A file without a title is called what it is stored as, which says nothing of what is in it.
    if &*read.system.name == UNTITLED {
        read.system.name.clone_from(&model.system.name);
    }
}

/// Threats that have no counterpart yet, by their title, where that is of one on both sides.
fn by_title(read: &mut Model, model: &Model) {
    let ids = |model: &Model| -> BTreeSet<Box<str>> { model.recorded_threats.iter().map(|it| it.id.clone()).collect() };
    let (ours, theirs) = (ids(model), ids(read));
    let lone = |model: &Model, other: &BTreeSet<Box<str>>| {
        let mut out: BTreeMap<Box<str>, Option<Box<str>>> = BTreeMap::new();
        for it in model.recorded_threats.iter().filter(|it| !other.contains(&it.id)) {
            out.entry(it.title.clone()).and_modify(|id| *id = None).or_insert_with(|| Some(it.id.clone()));
        }
        out
    };
    let (there, here) = (lone(model, &theirs), lone(read, &ours));
    for threat in &mut read.recorded_threats {
        let single = here.get(&threat.title).is_some_and(|id| id.as_deref() == Some(&*threat.id));
        if let Some(Some(id)) = there.get(&threat.title).filter(|_| single) {
            threat.id = id.clone();
        }
    }
}

/// The tool's own id of something, with the diagram where ids are of one diagram only.
fn native(extras: &[(Box<str>, Box<str>)], format: &str) -> Option<String> {
    let get = |wanted: &str| {
        let key = |key: &str| key.strip_prefix(format).and_then(|rest| rest.strip_prefix(':')) == Some(wanted);
        extras.iter().find(|(it, _)| key(it)).map(|(_, value)| &**value)
    };
    let id = ["key", "id", "threatId"].into_iter().find_map(get)?;
    Some(format!("{} {id}", get("diagram").unwrap_or_default()))
}

/// The model's id for each thing that was read: by the tool's own id where that is of one thing on both sides, else the
/// same as it was read with.
fn matched(there: &[(Box<str>, String)], here: &[(Box<str>, String)]) -> Vec<Box<str>> {
    let unique = |list: &[(Box<str>, String)]| {
        let mut out: BTreeMap<String, Option<Box<str>>> = BTreeMap::new();
        for (id, native) in list.iter().filter(|(_, native)| !native.is_empty()) {
            out.entry(native.clone()).and_modify(|it| *it = None).or_insert_with(|| Some(id.clone()));
        }
        out
    };
    let (ours, theirs) = (unique(there), unique(here));
    let by_native = |native: &str| -> Option<Box<str>> {
        theirs.get(native)?.as_ref()?;
        ours.get(native)?.clone()
    };
    let first: Vec<Option<Box<str>>> = here.iter().map(|(_, native)| by_native(native)).collect();
    let mut taken: BTreeSet<Box<str>> = first.iter().flatten().cloned().collect();
    // How often an id was taken already, so that the next of many alike is found at once.
    let mut alike: BTreeMap<Box<str>, usize> = BTreeMap::new();
    let mut out = Vec::with_capacity(here.len());
    for ((id, _), found) in here.iter().zip(first) {
        let id = found.unwrap_or_else(|| {
            let number = alike.entry(id.clone()).or_default();
            let mut found = id.clone();
            while !taken.insert(found.clone()) {
                *number += 1;
                found = match *number {
                    1 => format!("{id}-of-the-file").into(),
                    more => format!("{id}-of-the-file-{more}").into(),
                };
            }
            found
        });
        out.push(id);
    }
    out
}

/// What a model says: by section and id, each field as text.
type Said = BTreeMap<(String, String), BTreeMap<String, String>>;

fn said(model: &Model) -> Option<Said> {
    let text = vauban_format::write_model(model);
    let root = parse_yaml(FileId(0), &text, &Limits::default(), &mut Vec::new())?;
    let mut out = Said::new();
    for section in root.as_mapping()? {
        let name = section.key.to_string();
        if name == "vauban" {
            continue;
        }
        match &section.value.kind {
            Kind::Mapping(entries) if name != "system" => {
                for entry in entries {
                    fields(&entry.value, out.entry((name.clone(), entry.key.to_string())).or_default());
                }
            }
            Kind::Sequence(items) => {
                for item in items {
                    out.entry((name.clone(), text_of(item))).or_default();
                }
            }
            _ => fields(&section.value, out.entry((name.clone(), model.system.id.to_string())).or_default()),
        }
    }
    Some(out)
}

fn fields(node: &Node, out: &mut BTreeMap<String, String>) {
    let Some(entries) = node.as_mapping() else {
        out.insert(String::new(), text_of(node));
        return;
    };
    for entry in entries {
        match &entry.value.kind {
            Kind::Mapping(inner) => {
                for part in inner {
                    out.insert(format!("{}: {}", entry.key, part.key), text_of(&part.value));
                }
            }
            _ => {
                out.insert(entry.key.to_string(), text_of(&entry.value));
            }
        }
    }
}

/// A value as text; the order of a list of names means nothing.
fn text_of(node: &Node) -> String {
    match &node.kind {
        Kind::Mapping(entries) => {
            let parts: Vec<String> = entries.iter().map(|it| format!("{}: {}", it.key, text_of(&it.value))).collect();
            format!("{{{}}}", parts.join(", "))
        }
        Kind::Sequence(items) => {
            let mut parts: Vec<String> = items.iter().map(text_of).collect();
            if items.iter().any(|it| it.as_f64().is_none()) {
                parts.sort();
            }
            format!("[{}]", parts.join(", "))
        }
        _ => node.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// A remark of a tool: it counts only where somebody changed it, as tools count and date what they write.
fn is_remark(field: &str) -> bool {
    let field = field.strip_prefix("extra: ").unwrap_or(field);
    field.contains(':') && !field.contains(": ")
}

fn compare(ours: &Said, was: &Said, now: &Said) -> Vec<Loss> {
    let mut found: BTreeMap<(usize, String), Vec<Box<str>>> = BTreeMap::new();
    let mut tell = |order: usize, what: String, id: &str| found.entry((order, what)).or_default().push(id.into());
    for (at, said) in ours {
        let (section, id) = at;
        let Some(there) = now.get(at) else {
            tell(0, format!("{section} that the file does not have"), id);
            continue;
        };
        let before = was.get(at);
        for (field, value) in said {
            let old = before.and_then(|it| it.get(field));
            let remark = is_remark(field) && old == Some(value) || DATES.contains(&field.as_str());
            let same = there.get(field).is_some_and(|now| now == value || says_the_same(field, now, value)) || remark;
            if !same {
                tell(1, place(section, field), id);
            }
        }
        for (field, value) in there.iter().filter(|(field, _)| !said.contains_key(*field)) {
            if before.and_then(|it| it.get(field)) == Some(value) {
                tell(2, format!("{}, taken away in the model and still in the file", place(section, field)), id);
            }
        }
    }
    for at in now.keys().filter(|at| !ours.contains_key(*at) && was.contains_key(*at)) {
        tell(3, format!("{} that were taken out of the model and are still in the file", at.0), &at.1);
    }
    let loss = |((_, what), ids): ((usize, String), Vec<Box<str>>)| Loss {
        what,
        count: ids.len(),
        examples: ids.into_iter().take(EXAMPLES).collect(),
    };
    found.into_iter().map(loss).collect()
}

/// Whether a tool's own word for a state or a severity stands for ours.
fn says_the_same(field: &str, now: &str, ours: &str) -> bool {
    let (now, ours) = (now.trim_matches('"'), ours.trim_matches('"'));
    match field {
        "status" => Recorded::known(now).is_some_and(|now| Recorded::known(ours) == Some(now)),
        "severity" => now.eq_ignore_ascii_case(ours),
        _ => false,
    }
}

/// A field in words: of a drawing, the kind of thing that stands elsewhere.
fn place(section: &str, field: &str) -> String {
    let field = field.strip_prefix("extra: ").unwrap_or(field);
    match (section, field.split_once(": ")) {
        ("drawings", Some((kind, _))) => format!("{section}: places of {kind}"),
        _ if field.is_empty() => section.to_owned(),
        _ => format!("{section}: {field}"),
    }
}
