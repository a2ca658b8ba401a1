//! Included files: their keys are added to what was read before.
//!
//! As in Threagile, maps are joined key by key and lists are joined without repeating a text, remarks meant for a
//! report are put one below the other, and a `true` wins over a `false`. Where Threagile stops on two different values
//! of one key, we keep the first and say so at the second.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Diagnostic;
use vauban_syntax::{Entry, Kind, Node};

use crate::log::{Log, short};

/// Remarks of several files that are put one below the other.
const JOINED: [&str; 3] = ["management_summary_comment", "justification_cia_rating", "justification_out_of_scope"];

/// Adds an included file. Its own includes, handed in as files of their own, join the list of all.
pub(crate) fn merge_file(whole: &mut Node, file: Node, log: &mut Log) {
    merge(whole, file, "", log);
}

fn merge(into: &mut Node, from: Node, key: &str, log: &mut Log) {
    if from.is_null() {
        return;
    }
    if into.is_null() {
        *into = from;
        return;
    }
    match (&mut into.kind, from.kind) {
        (Kind::Mapping(known), Kind::Mapping(added)) => merge_mappings(known, added, log),
        (Kind::Sequence(known), Kind::Sequence(added)) => {
            let texts: FxHashSet<String> = known.iter().filter_map(Node::as_str).map(str::to_owned).collect();
            known.extend(added.into_iter().filter(|item| item.as_str().is_none_or(|text| !texts.contains(text))));
        }
        (Kind::Scalar(known), Kind::Scalar(added)) => {
            if known.text.eq_ignore_ascii_case(&added.text) {
                return;
            }
            if JOINED.contains(&key) {
                known.text = format!("{}\n\n{}", known.text.trim_end(), added.text).into();
                known.quoted = true;
                return;
            }
            let conflict = Diagnostic::warning(
                "import-conflict",
                from.span,
                format!("`{}` is `{}` here and `{}` elsewhere", short(key), short(&added.text), short(&known.text)),
            )
            .related(into.span, "the other value");
            if &*added.text == "true" && !added.quoted {
                log.push(conflict.help("as in Threagile, `true` wins; remove one of the two"));
                known.text = added.text;
                into.span = from.span;
            } else {
                log.push(conflict.help("the value read first is used; remove one of the two"));
            }
        }
        (_, other) => {
            let other = Node { span: from.span, tag: None, kind: other };
            let message = format!("`{}` is {} here and {} elsewhere", short(key), other.kind_name(), into.kind_name());
            log.push(
                Diagnostic::warning("import-conflict", from.span, message)
                    .help("the value read first is used; remove one of the two")
                    .related(into.span, "the other value"),
            );
        }
    }
}

fn merge_mappings(known: &mut Vec<Entry>, added: Vec<Entry>, log: &mut Log) {
    let index: FxHashMap<Box<str>, usize> =
        known.iter().enumerate().map(|(position, entry)| (entry.key.clone(), position)).collect();
    for entry in added {
        match index.get(&entry.key).and_then(|position| known.get_mut(*position)) {
            Some(before) => merge(&mut before.value, entry.value, &entry.key, log),
            None => known.push(entry),
        }
    }
}
