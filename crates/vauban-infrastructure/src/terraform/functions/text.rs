//! Functions of texts.

use regex_lite::{Regex, RegexBuilder};
use vauban_model::resource::{Value, ValueKind};

use super::value::{Parts, is_several, one_of, plain_unknown, several};
use super::{Call, Fail, LONGEST_TEXT, MOST_ITEMS, Outcome, items_of, unfit};

pub(super) fn chomp(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_text(call.text(0)?.trim_end_matches(['\n', '\r']))
}

pub(super) fn lower(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_text(call.text(0)?.chars().map(|c| simple(c, c.to_lowercase())).collect::<String>())
}

pub(super) fn upper(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_text(call.text(0)?.chars().map(|c| simple(c, c.to_uppercase())).collect::<String>())
}

/// One character for one, as in Go: a letter whose other case is more than one character stays.
fn simple(c: char, mut other: impl Iterator<Item = char>) -> char {
    match (other.next(), other.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

/// Puts the first letter of each word in upper case. Words are cut where neither letter, digit nor underscore stands.
pub(super) fn title(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let text = call.text(0)?;
    let mut out = String::with_capacity(text.len());
    let mut starts = true;
    for c in text.chars() {
        if starts {
            out.push(simple(c, c.to_uppercase()));
        } else {
            out.push(c);
        }
        starts = if c.is_ascii() { !(c.is_ascii_alphanumeric() || c == '_') } else { c.is_whitespace() };
    }
    call.out_text(out)
}

pub(super) fn trimspace(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_text(call.text(0)?.trim())
}

/// `basename(path)`: the last part of a path, as Go's `filepath.Base` has it.
pub(super) fn basename(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let path = call.text(0)?;
    let bare = path.trim_end_matches('/');
    call.out_text(match (path.is_empty(), bare.is_empty()) {
        (true, _) => ".",
        (false, true) => "/",
        (false, false) => bare.rsplit('/').next().unwrap_or(bare),
    })
}

/// `dirname(path)`: what is before the last part of a path, as Go's `filepath.Dir` has it, which tidies what is left.
pub(super) fn dirname(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let path = call.text(0)?;
    let before = path.rsplit_once('/').map_or("", |(before, _)| before);
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in before.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let tidy = parts.join("/");
    match (rooted, tidy.is_empty()) {
        (true, _) => call.out_text(format!("/{tidy}")),
        (false, true) => call.out_text("."),
        (false, false) => call.out_text(tidy),
    }
}

/// `trim(text, characters)`.
pub(super) fn trim(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let set = call.text(1)?;
    call.out_text(call.text(0)?.trim_matches(|c| set.contains(c)))
}

pub(super) fn trimprefix(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let prefix = call.text(1)?;
    if let Some(parts) = template(call.arg(0)?) {
        // What stands in front of the first reference decides, if there is enough of it.
        let first = parts.first().and_then(Value::as_text).unwrap_or("");
        if let Some(rest) = first.strip_prefix(&*prefix) {
            return put_together(call, rest, parts.get(1..).unwrap_or(&[]), "");
        }
        return if prefix.starts_with(first) { Err(Fail::NotKnown) } else { Ok(call.arg(0)?.clone()) };
    }
    let text = call.text(0)?;
    call.out_text(text.strip_prefix(&*prefix).unwrap_or(&text))
}

pub(super) fn trimsuffix(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let suffix = call.text(1)?;
    if let Some(parts) = template(call.arg(0)?) {
        let last = parts.last().and_then(Value::as_text).unwrap_or("");
        if let Some(rest) = last.strip_suffix(&*suffix) {
            return put_together(call, "", parts.get(..parts.len().saturating_sub(1)).unwrap_or(&[]), rest);
        }
        return if suffix.ends_with(last) { Err(Fail::NotKnown) } else { Ok(call.arg(0)?.clone()) };
    }
    let text = call.text(0)?;
    call.out_text(text.strip_suffix(&*suffix).unwrap_or(&text))
}

fn template(value: &Value) -> Option<&[Value]> {
    match &value.kind {
        ValueKind::Template(parts) => Some(parts),
        _ => None,
    }
}

fn put_together(call: &Call<'_>, before: &str, parts: &[Value], after: &str) -> Outcome {
    let mut out = Parts::new(call.span);
    out.push_text(before);
    for part in parts {
        if !out.push(part) {
            return Err(Fail::Refused);
        }
    }
    out.push_text(after);
    out.finish().ok_or(Fail::Refused)
}

pub(super) fn startswith(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let prefix = call.text(1)?;
    if let Some(parts) = template(call.arg(0)?) {
        let first = parts.first().and_then(Value::as_text).unwrap_or("");
        if first.starts_with(&*prefix) {
            return call.out_bool(true);
        }
        return if prefix.starts_with(first) { Err(Fail::NotKnown) } else { call.out_bool(false) };
    }
    call.out_bool(call.text(0)?.starts_with(&*prefix))
}

pub(super) fn endswith(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let suffix = call.text(1)?;
    if let Some(parts) = template(call.arg(0)?) {
        let last = parts.last().and_then(Value::as_text).unwrap_or("");
        if last.ends_with(&*suffix) {
            return call.out_bool(true);
        }
        return if suffix.ends_with(last) { Err(Fail::NotKnown) } else { call.out_bool(false) };
    }
    call.out_bool(call.text(0)?.ends_with(&*suffix))
}

pub(super) fn strcontains(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let wanted = call.text(1)?;
    if let Some(parts) = template(call.arg(0)?) {
        let found = parts.iter().filter_map(Value::as_text).any(|part| part.contains(&*wanted));
        return if found { call.out_bool(true) } else { Err(Fail::NotKnown) };
    }
    call.out_bool(call.text(0)?.contains(&*wanted))
}

/// The characters of a text, where a character is one code point. Terraform counts user-perceived characters; texts in
/// which the two differ are refused.
pub(super) fn characters(text: &str) -> Result<Vec<char>, Fail> {
    let combined = |c: char| {
        matches!(u32::from(c),
            0x0300..=0x036F | 0x0483..=0x0489 | 0x0591..=0x08FF | 0x0900..=0x0DFF | 0x0E31..=0x0EFF | 0x0F18..=0x0FBC
            | 0x102B..=0x109D | 0x1100..=0x11FF | 0x135D..=0x135F | 0x17B4..=0x17D3 | 0x1AB0..=0x1AFF
            | 0x1DC0..=0x1DFF | 0x200C..=0x200D | 0x20D0..=0x20FF | 0x302A..=0x302F | 0x3099..=0x309A
            | 0xA66F..=0xA6F1 | 0xA802..=0xABED | 0xD7B0..=0xD7FF | 0xFB1E | 0xFE00..=0xFE2F
            | 0x1F1E6..=0x1F1FF | 0x1F3FB..=0x1F3FF | 0xE0000..=0xE01EF)
    };
    if text.contains("\r\n") || text.chars().any(combined) {
        return Err(Fail::Refused);
    }
    Ok(text.chars().collect())
}

pub(super) fn strrev(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let text = call.text(0)?;
    call.out_text(characters(&text)?.into_iter().rev().collect::<String>())
}

/// `substr(text, offset, length)`: a negative offset counts from the end, length -1 is all the rest.
pub(super) fn substr(call: &Call<'_>) -> Outcome {
    call.count(3, 3)?;
    let (offset, length) = (call.whole(1)?, call.whole(2)?);
    let text = call.text(0)?;
    let characters = characters(&text)?;
    let all = i64::try_from(characters.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { (all + offset).max(0) } else { offset.min(all) };
    let taken = if length < 0 { all - start } else { length.min(all - start) };
    let part =
        characters.into_iter().skip(usize::try_from(start).unwrap_or(0)).take(usize::try_from(taken).unwrap_or(0));
    call.out_text(part.collect::<String>())
}

/// `indent(spaces, text)`: every line but the first.
pub(super) fn indent(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let spaces = usize::try_from(call.whole(0)?).map_err(|_| Fail::Refused)?;
    if spaces > 1000 {
        return Err(Fail::Refused);
    }
    let wider = format!("\n{}", " ".repeat(spaces));
    let subject = call.arg(1)?;
    let parts = template(subject).unwrap_or(std::slice::from_ref(subject));
    let mut out = Parts::new(call.span);
    for part in parts {
        match super::value::text_of(part) {
            Some(text) => {
                for (index, line) in text.split('\n').enumerate() {
                    if index > 0 {
                        out.push_text(&wider);
                    }
                    out.push_text(line);
                }
            }
            // A reference is to a name or an address: one line.
            None if matches!(part.kind, ValueKind::Reference(_)) => {
                out.push(part);
            }
            None => return Err(unfit(part)),
        }
    }
    out.finish().ok_or(Fail::Refused)
}

/// `join(separator, list, …)`. What is not known stays as a part.
pub(super) fn join(call: &Call<'_>) -> Outcome {
    if call.args.len() < 2 {
        return Err(Fail::Refused);
    }
    let separator = call.arg(0)?;
    if matches!(separator.kind, ValueKind::Null | ValueKind::List(_) | ValueKind::Map(_)) {
        return Err(Fail::Refused);
    }
    let mut out = Parts::new(call.span);
    let mut first = true;
    for list in call.args.iter().skip(1) {
        let whole;
        let items = match &list.kind {
            ValueKind::List(items) => items.as_slice(),
            ValueKind::Reference(_) | ValueKind::Unknown(_) => {
                whole = [several(list)];
                &whole
            }
            _ => return Err(unfit(list)),
        };
        for item in items {
            if !std::mem::take(&mut first) {
                out.push(separator);
            }
            if !out.push(item) {
                return Err(Fail::Refused);
            }
        }
    }
    out.finish().ok_or(Fail::Refused)
}

/// `split(separator, text)`. A template is cut in its known stretches; what a reference holds is not cut, so the list is
/// exact only where it holds no separator, and that is not known.
pub(super) fn split(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let separator = call.text(0)?;
    let text = call.text(1)?;
    let pieces: Vec<Value> = if separator.is_empty() {
        text.chars().take(MOST_ITEMS + 1).map(|c| Value::text(String::from(c), call.span)).collect()
    } else {
        text.split(&*separator).take(MOST_ITEMS + 1).map(|piece| Value::text(piece, call.span)).collect()
    };
    call.out_list(pieces)
}

/// A pattern as Terraform writes it, bounded in size.
fn pattern(text: &str) -> Result<Regex, Fail> {
    RegexBuilder::new(text).size_limit(1 << 20).nest_limit(64).build().map_err(|_| Fail::Refused)
}

/// What a match gives: the text when the pattern has no groups, a list of unnamed groups, or a map of named ones.
fn captured(call: &Call<'_>, pattern: &Regex, found: &regex_lite::Captures<'_>) -> Outcome {
    let value = |group: Option<regex_lite::Match<'_>>| match group {
        Some(group) => Value::text(group.as_str(), call.span),
        None => Value::null(call.span),
    };
    let groups = pattern.captures_len().saturating_sub(1);
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    if groups == 0 {
        return Ok(value(found.get(0)));
    }
    if names.is_empty() {
        return call.out_list((1..=groups).map(|index| value(found.get(index))).collect());
    }
    if names.len() != groups {
        return Err(Fail::Refused);
    }
    call.out_map(names.into_iter().map(|name| (name.into(), value(found.name(name)))).collect())
}

/// `regex(pattern, text)`: the first match.
pub(super) fn regex(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let pattern = pattern(&call.text(0)?)?;
    let text = call.text(1)?;
    let found = pattern.captures(&text).ok_or(Fail::Refused)?;
    captured(call, &pattern, &found)
}

pub(super) fn regexall(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let pattern = pattern(&call.text(0)?)?;
    let text = call.text(1)?;
    let mut matches = Vec::new();
    for found in pattern.captures_iter(&text).take(MOST_ITEMS + 1) {
        matches.push(captured(call, &pattern, &found)?);
    }
    call.out_list(matches)
}

/// `replace(text, what, with)`; `/what/` is a pattern.
pub(super) fn replace(call: &Call<'_>) -> Outcome {
    call.count(3, 3)?;
    let what = call.text(1)?;
    if what.len() > 1 && what.starts_with('/') && what.ends_with('/') {
        let pattern = pattern(what.get(1..what.len().saturating_sub(1)).unwrap_or(""))?;
        let (text, with) = (call.text(0)?, call.text(2)?);
        return replace_pattern(call, &text, &pattern, &with);
    }
    let subject = call.arg(0)?;
    if let Some(parts) = template(subject) {
        // Known stretches change as they would; whether the rest does too is not known.
        if what.is_empty() {
            return Err(Fail::NotKnown);
        }
        let mut out = Parts::new(call.span);
        for part in parts {
            match super::value::text_of(part) {
                Some(text) => replace_in(&text, &what, call.arg(2)?, &mut out)?,
                None => {
                    out.push(part);
                }
            }
        }
        let changed = out.finish().ok_or(Fail::Refused)?;
        let unknown = plain_unknown(call.args, call.described(), call.span);
        return Ok(one_of(vec![changed, unknown], call.span));
    }
    let text = call.text(0)?;
    let mut out = Parts::new(call.span);
    replace_in(&text, &what, call.arg(2)?, &mut out)?;
    out.finish().ok_or(Fail::Refused)
}

fn replace_in(text: &str, what: &str, with: &Value, out: &mut Parts) -> Result<(), Fail> {
    // An empty text stands between all characters.
    let mut rest = 0;
    for (at, found) in text.match_indices(what) {
        out.push_text(text.get(rest..at).unwrap_or(""));
        if !out.push(with) {
            return Err(unfit(with));
        }
        rest = at + found.len();
    }
    out.push_text(text.get(rest..).unwrap_or(""));
    Ok(())
}

/// Replaces with `$1`, `${1}`, `$name` and `${name}` for groups and `$$` for a dollar.
fn replace_pattern(call: &Call<'_>, text: &str, pattern: &Regex, with: &str) -> Outcome {
    let mut out = String::new();
    let mut rest = 0;
    for found in pattern.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        out.push_str(text.get(rest..whole.start()).unwrap_or(""));
        found.expand(with, &mut out);
        rest = whole.end();
        if out.len() > LONGEST_TEXT {
            return Err(Fail::TooMuch);
        }
    }
    out.push_str(text.get(rest..).unwrap_or(""));
    call.out_text(out)
}

/// The items of a list argument, or one item that stands for all of a list that is not known.
pub(super) fn items_or_several(value: &Value) -> Result<Vec<Value>, Fail> {
    match &value.kind {
        ValueKind::Reference(_) | ValueKind::Unknown(_) | ValueKind::OneOf(_) => Ok(vec![several(value)]),
        ValueKind::Null => Ok(Vec::new()),
        _ => items_of(value).map(<[Value]>::to_vec),
    }
}

/// Whether a list has items that stand for several.
pub(super) fn is_open(items: &[Value]) -> bool {
    items.iter().any(is_several)
}
