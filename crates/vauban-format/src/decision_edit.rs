//! One decision into a decisions file, the rest of its text untouched.
//!
//! As with answers, the file is a person's: its comments and its order stay. The text is parsed for places, one item is
//! edited or added, and the result is read again. Where it does not say exactly what it should (anchors, layouts this
//! editor does not know), it comes back as `None` and the caller tells the person.

use vauban_model::day::is_day;
use vauban_model::{Diagnostic, FileId, Severity};
use vauban_syntax::{Entry, Limits, Node, parse_yaml};

use crate::document::VERSION;
use crate::emit::scalar;

/// Sets keys of the decision about a threat, or adds a decision with them; the new text of the file.
///
/// `keys` are the keys of a decision but for `threat`, each with its value as plain text; an empty value takes the key out.
/// `None` where the text cannot be read, or cannot be edited without saying something else.
pub fn write_decision(text: &str, threat: &str, keys: &[(&str, &str)]) -> Option<String> {
    let root = parse(text)?;
    let started = match &root {
        Some(root) => {
            root.as_mapping()?;
            text.to_owned()
        }
        None => format!("{}version: {VERSION}\ndecisions:\n", header(text)),
    };
    let root = parse(&started)??;
    let list = root.as_mapping()?.iter().find(|entry| &*entry.key == "decisions");
    let changed = match list.map(|entry| (&entry.value, entry.value.as_sequence())) {
        None => added(&format!("{}decisions:\n", closed(&started)), None, threat, keys)?,
        Some((_, Some([]))) => {
            let entry = list?;
            let lines: Vec<&str> = started.lines().collect();
            let at = usize::try_from(entry.key_span.line).ok()?.checked_sub(1)?;
            let mut all: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            *all.get_mut(at)? = "decisions:".to_owned();
            added(&join(&all), Some(at), threat, keys)?
        }
        Some((_, Some(items))) => match items.iter().find(|item| is_about(item, threat)) {
            Some(item) => edited(&started, item, threat, keys)?,
            None => {
                let last = Place::of(&started, items.last()?)?;
                inserted(&started, last.end, &" ".repeat(last.dash), threat, keys)
            }
        },
        Some((node, None)) if node.is_null() => {
            let at = usize::try_from(list?.key_span.line).ok()?.checked_sub(1)?;
            added(&started, Some(at), threat, keys)?
        }
        Some(_) => return None,
    };
    says(&changed, &root, threat, keys).then_some(changed)
}

fn header(text: &str) -> String {
    if text.trim().is_empty() {
        "# What was decided about threats. A decision that lapses brings its threat back.\n".to_owned()
    } else {
        closed(text)
    }
}

fn closed(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

fn join(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

#[expect(clippy::option_option, reason = "an empty text is neither a tree nor an error")]
fn parse(text: &str) -> Option<Option<Node>> {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let root = parse_yaml(FileId(0), text, &Limits::default(), &mut diagnostics);
    let broken = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    (!broken).then_some(root.filter(|root| !root.is_null()))
}

fn field<'a>(item: &'a Node, key: &str) -> Option<&'a Entry> {
    item.as_mapping()?.iter().find(|entry| &*entry.key == key)
}

fn is_about(item: &Node, threat: &str) -> bool {
    field(item, "threat").and_then(|entry| entry.value.as_str()).is_some_and(|about| about == threat)
}

/// The lines of an item.
struct Place {
    /// Where its dash stands, from 0.
    dash: usize,
    /// Its first line, from 0.
    start: usize,
    /// The line behind its last.
    end: usize,
}

impl Place {
    fn of(text: &str, item: &Node) -> Option<Place> {
        let lines: Vec<&str> = text.lines().collect();
        let first = item.as_mapping()?.first()?;
        let mut start = usize::try_from(first.key_span.line).ok()?.checked_sub(1)?;
        // A dash may stand on a line of its own.
        while !lines.get(start)?.trim_start().starts_with('-') {
            start = start.checked_sub(1)?;
        }
        let dash = indent(lines.get(start)?);
        let mut end = start + 1;
        for (at, line) in lines.iter().enumerate().skip(start + 1) {
            let inside = indent(line) > dash;
            if !line.trim().is_empty() && !inside {
                break;
            }
            if !line.trim().is_empty() && inside {
                end = at + 1;
            }
        }
        Some(Place { dash, start, end })
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn value_text(value: &str) -> String {
    if is_day(value) { value.to_owned() } else { scalar(value, false) }
}

/// The lines of a new item.
fn item_lines(pad: &str, threat: &str, keys: &[(&str, &str)]) -> Vec<String> {
    let mut lines = vec![format!("{pad}- threat: {}", scalar(threat, false))];
    let given = keys.iter().filter(|(_, value)| !value.is_empty());
    lines.extend(given.map(|(key, value)| format!("{pad}  {key}: {}", value_text(value))));
    lines
}

/// An item behind the line that says `decisions:`; `None` for the last line.
fn added(text: &str, line: Option<usize>, threat: &str, keys: &[(&str, &str)]) -> Option<String> {
    let at = line.unwrap_or(text.lines().count().checked_sub(1)?);
    Some(inserted(text, at + 1, "  ", threat, keys))
}

fn inserted(text: &str, at: usize, pad: &str, threat: &str, keys: &[(&str, &str)]) -> String {
    let mut all: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = at.min(all.len());
    all.splice(at..at, item_lines(pad, threat, keys));
    join(&all)
}

/// An item with other values.
fn edited(text: &str, item: &Node, threat: &str, keys: &[(&str, &str)]) -> Option<String> {
    let place = Place::of(text, item)?;
    let mut all: Vec<String> = text.lines().map(str::to_owned).collect();
    let entries = item.as_mapping()?;
    let of_line = |entry: &Entry| usize::try_from(entry.key_span.line).ok()?.checked_sub(1);
    let distinct: std::collections::BTreeSet<usize> = entries.iter().filter_map(of_line).collect();
    if distinct.len() != entries.len() {
        // Several keys on a line: the item is written anew, the rest of the file stays.
        let mut merged: Vec<(String, String)> = Vec::new();
        for entry in entries.iter().filter(|entry| &*entry.key != "threat") {
            merged.push((entry.key.to_string(), entry.value.as_str()?.to_owned()));
        }
        for (key, value) in keys {
            merged.retain(|(known, _)| known != key);
            merged.push(((*key).to_owned(), (*value).to_owned()));
        }
        let merged: Vec<(&str, &str)> = merged.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        all.splice(place.start..place.end, item_lines(&" ".repeat(place.dash), threat, &merged));
        return Some(join(&all));
    }
    let inner = entries.first().map(|entry| usize::try_from(entry.key_span.column).unwrap_or(1).saturating_sub(1))?;
    // From the end, so that the lines above keep their numbers.
    let mut edits: Vec<(usize, usize, Option<String>)> = Vec::new();
    for (key, value) in keys {
        let line = (!value.is_empty()).then(|| format!("{key}: {}", value_text(value)));
        match entries.iter().position(|entry| &*entry.key == *key) {
            Some(at) => {
                let from = of_line(entries.get(at)?)?;
                let to = entries.get(at + 1).and_then(of_line).unwrap_or(place.end);
                if entries.get(at)?.value.as_str() == Some(value) {
                    continue;
                }
                let before: String = all.get(from)?.chars().take(inner).collect();
                edits.push((from, to, line.map(|line| format!("{before}{line}"))));
            }
            None => {
                if let Some(line) = line {
                    edits.push((place.end, place.end, Some(format!("{}{line}", " ".repeat(inner)))));
                }
            }
        }
    }
    // Those at the end are put in one before the other, so the last comes first.
    let mut order: Vec<usize> = (0..edits.len()).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(edits.get(*at).map(|edit| edit.0)), std::cmp::Reverse(*at)));
    for at in order {
        let (from, to, line) = edits.get(at)?;
        let kept: Vec<String> =
            all.get(*from..*to)?.iter().skip(1).filter(|line| line.trim_start().starts_with('#')).cloned().collect();
        all.splice(*from..*to, line.iter().cloned().chain(kept));
    }
    Some(join(&all))
}

/// Whether a text says what it should: the decision as asked, all others as before.
fn says(text: &str, before: &Node, threat: &str, keys: &[(&str, &str)]) -> bool {
    let Some(Some(root)) = parse(text) else { return false };
    let items = |root: &Node| -> Vec<Vec<(String, String)>> {
        let list = root.as_mapping().and_then(|top| top.iter().find(|entry| &*entry.key == "decisions"));
        let items = list.and_then(|entry| entry.value.as_sequence()).unwrap_or_default();
        let told = |item: &Node| {
            let entries = item.as_mapping().unwrap_or_default();
            entries
                .iter()
                .map(|entry| (entry.key.to_string(), entry.value.as_str().unwrap_or_default().to_owned()))
                .collect()
        };
        items.iter().map(told).collect()
    };
    let is_it = |item: &Vec<(String, String)>| item.iter().any(|(key, value)| key == "threat" && value == threat);
    let others = |root: &Node| items(root).into_iter().filter(|item| !is_it(item)).collect::<Vec<_>>();
    let Some(it) = items(&root).into_iter().find(|item| is_it(item)) else { return false };
    let set = keys.iter().all(|(key, value)| {
        let there = it.iter().find(|(known, _)| known == key).map_or("", |(_, value)| value);
        there == *value
    });
    set && others(&root) == others(before)
}

#[cfg(test)]
mod tests {
    use super::write_decision;

    const KEYS: [(&str, &str); 4] =
        [("decision", "accept"), ("reason", "Low value: \"later\""), ("owner", "Ada"), ("until", "2027-01-31")];

    #[test]
    fn a_first_decision_makes_the_file() {
        let text = write_decision("", "a@b", &KEYS).unwrap();
        assert_eq!(
            text,
            "# What was decided about threats. A decision that lapses brings its threat back.\nversion: 1\ndecisions:\n  \
             - threat: a@b\n    decision: accept\n    reason: \"Low value: \\\"later\\\"\"\n    owner: Ada\n    until: 2027-01-31\n"
        );
        let same = write_decision("version: 1\ndecisions: []\n", "a@b", &KEYS).unwrap();
        assert!(text.ends_with(&same), "{same}");
        assert!(
            write_decision("# ours\nversion: 1\n", "a@b", &KEYS)
                .unwrap()
                .starts_with("# ours\nversion: 1\ndecisions:\n")
        );
    }

    #[test]
    fn what_a_person_wrote_stays() {
        let text = "# top\nversion: 1\ndecisions:\n# first\n- threat: a@b   # why not\n  decision: mitigate\n  # a remark\n  reason: >\n    two\n    lines\n  owner: Ada\n\n# second\n- {threat: c@d, decision: avoid, reason: gone, owner: Bob}\n";
        let edited = write_decision(text, "a@b", &[("owner", "Eve"), ("reason", "one"), ("ticket", "T-1")]).unwrap();
        assert_eq!(
            edited,
            "# top\nversion: 1\ndecisions:\n# first\n- threat: a@b   # why not\n  decision: mitigate\n  # a remark\n  reason: one\n  owner: Eve\n  ticket: T-1\n\n# second\n- {threat: c@d, decision: avoid, reason: gone, owner: Bob}\n"
        );
        let flow = write_decision(text, "c@d", &[("owner", "Eve")]).unwrap();
        assert!(flow.ends_with("# second\n- threat: c@d\n  decision: avoid\n  reason: gone\n  owner: Eve\n"), "{flow}");
        let more = write_decision(text, "e@f", &KEYS).unwrap();
        assert!(more.starts_with(text), "{more}");
        let fewer = write_decision(text, "a@b", &[("owner", "")]).unwrap();
        assert!(!fewer.contains("Ada"), "{fewer}");
    }

    #[test]
    fn what_cannot_be_edited_is_left_alone() {
        assert_eq!(write_decision("decisions: [", "a@b", &KEYS), None);
        assert_eq!(write_decision("- a\n", "a@b", &KEYS), None);
        assert_eq!(write_decision("version: 1\ndecisions: 3\n", "a@b", &KEYS), None);
    }
}
