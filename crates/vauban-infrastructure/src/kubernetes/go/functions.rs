//! The functions of templates: Go's own and those of the library that Helm adds, as far as they are pure.

use std::cmp::Ordering;
use std::sync::Arc;

use vauban_model::FileId;
use vauban_model::resource::Text;
use vauban_syntax::{Limits, parse_json, parse_yaml};

use super::run::{LONGEST, Run};
use super::yaml::{quote, to_json, to_yaml};
use super::{Val, parse::Problem};
use crate::kubernetes::object::{decode_base64, encode_base64};

/// Deepest nesting that merging and comparing walk through.
const DEEPEST: usize = 100;

fn text(value: Option<&Val>) -> String {
    value.map(Val::print).unwrap_or_default()
}

fn int(value: Option<&Val>) -> i64 {
    match value {
        Some(Val::Int(value)) => *value,
        #[expect(clippy::cast_possible_truncation, reason = "Go truncates here too; the cast saturates")]
        Some(Val::Float(value)) => *value as i64,
        Some(Val::Bool(true)) => 1,
        Some(Val::Str(text)) => text.trim().parse::<i64>().unwrap_or(0),
        _ => 0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a template that calculates with fractions accepts their precision")]
fn real(value: Option<&Val>) -> f64 {
    match value {
        Some(Val::Float(value)) => *value,
        other => int(other) as f64,
    }
}

fn size(value: i64) -> usize {
    usize::try_from(value.max(0)).unwrap_or(0)
}

fn list(items: Vec<Val>) -> Val {
    Val::List(Arc::new(items))
}

fn items(value: Option<&Val>) -> &[Val] {
    match value {
        Some(Val::List(items)) => items,
        _ => &[],
    }
}

fn entries(value: Option<&Val>) -> &[(Text, Val)] {
    match value {
        Some(Val::Map(entries)) => entries,
        _ => &[],
    }
}

/// Merges maps; of two values that are no maps the one of `first` stays.
fn merge(first: &Val, second: &Val, depth: usize) -> Val {
    match (first, second) {
        (Val::Map(left), Val::Map(right)) if depth < DEEPEST => {
            let mut out: Vec<(Text, Val)> = left.to_vec();
            for (key, value) in right.iter() {
                // Keys of maps are sorted.
                match left.binary_search_by(|(known, _)| known.cmp(key)).ok().and_then(|at| out.get_mut(at)) {
                    Some((_, known)) => *known = merge(known, value, depth + 1),
                    None => out.push((key.clone(), value.clone())),
                }
            }
            Val::map(out)
        }
        (Val::Nil, second) => second.clone(),
        _ => first.clone(),
    }
}

/// Functions that look at no more than the top of what they are given.
const SHALLOW: [&str; 20] = [
    "include", "required", "not", "default", "empty", "coalesce", "ternary", "any", "all", "len", "index", "first",
    "last", "get", "hasKey", "dig", "kindIs", "kindOf", "typeIs", "typeOf",
];

/// Calls a function. What is piped in is the last argument.
pub(super) fn call(run: &mut Run<'_>, name: &str, arguments: Vec<Val>, dot: &Val) -> Result<Val, Problem> {
    let first = arguments.first();
    let second = arguments.get(1);
    let last = arguments.last();
    if !SHALLOW.contains(&name) {
        arguments.iter().try_for_each(|argument| run.spend(argument))?;
    }
    let value = match name {
        "include" => Val::text(run.include(&text(first), second.unwrap_or(&Val::Nil))?),
        "tpl" => Val::text(run.text(&text(first), second.unwrap_or(dot))?),
        "required" => match second {
            Some(value) if *value != Val::Nil && *value != Val::text("") => value.clone(),
            _ => return run.fail(format!("it needs a value: {}", text(first))),
        },
        "fail" => return run.fail(format!("the chart itself gives up: {}", text(first))),
        "lookup" => Val::map(Vec::new()),
        "not" => Val::Bool(!first.is_some_and(Val::truth)),
        "eq" => Val::Bool(arguments.iter().skip(1).any(|other| same(first, Some(other)))),
        "ne" => Val::Bool(!same(first, second)),
        "lt" | "le" | "gt" | "ge" => {
            let order = compare(first, second);
            Val::Bool(match name {
                "lt" => order == Ordering::Less,
                "le" => order != Ordering::Greater,
                "gt" => order == Ordering::Greater,
                _ => order != Ordering::Less,
            })
        }
        "default" => match (arguments.len(), second) {
            (2, Some(value)) if value.truth() => value.clone(),
            _ => first.cloned().unwrap_or(Val::Nil),
        },
        "empty" => Val::Bool(!first.is_some_and(Val::truth)),
        "coalesce" => arguments.iter().find(|value| value.truth()).cloned().unwrap_or(Val::Nil),
        "ternary" => {
            if arguments.get(2).is_some_and(Val::truth) {
                first.cloned().unwrap_or(Val::Nil)
            } else {
                second.cloned().unwrap_or(Val::Nil)
            }
        }
        "any" => Val::Bool(arguments.iter().any(Val::truth)),
        "all" => Val::Bool(arguments.iter().all(Val::truth)),
        "len" => Val::Int(
            i64::try_from(match first {
                Some(Val::Str(text)) => text.len(),
                Some(Val::List(items)) => items.len(),
                Some(Val::Map(entries)) => entries.len(),
                _ => 0,
            })
            .unwrap_or(0),
        ),
        "index" => {
            let mut value = first.cloned().unwrap_or(Val::Nil);
            for key in arguments.iter().skip(1) {
                value = match &value {
                    Val::List(items) => items.get(size(int(Some(key)))).cloned().unwrap_or(Val::Nil),
                    other => other.get(&key.print()).cloned().unwrap_or(Val::Nil),
                };
            }
            value
        }
        "print" | "toString" | "html" | "urlquery" => Val::text(arguments.iter().map(Val::print).collect::<String>()),
        "println" => Val::text(arguments.iter().map(Val::print).collect::<Vec<_>>().join(" ") + "\n"),
        "printf" => Val::text(printf(&text(first), arguments.get(1..).unwrap_or(&[]))),
        "quote" => Val::text(
            arguments.iter().filter(|v| **v != Val::Nil).map(|v| quote(&v.print())).collect::<Vec<_>>().join(" "),
        ),
        "squote" => Val::text(
            arguments
                .iter()
                .filter(|v| **v != Val::Nil)
                .map(|v| format!("'{}'", v.print()))
                .collect::<Vec<_>>()
                .join(" "),
        ),
        "toYaml" | "toYamlPretty" | "mustToYaml" => Val::text(to_yaml(first.unwrap_or(&Val::Nil))),
        "toJson" | "mustToJson" | "toRawJson" | "toPrettyJson" => Val::text(to_json(first.unwrap_or(&Val::Nil))),
        "fromYaml" | "fromYamlArray" => {
            let node = parse_yaml(FileId(0), &text(first), &Limits::default(), &mut Vec::new());
            node.map_or(Val::map(Vec::new()), |node| Val::of(&node))
        }
        "fromJson" | "fromJsonArray" | "mustFromJson" => {
            let node = parse_json(FileId(0), &text(first), &Limits::default(), &mut Vec::new());
            node.map_or(Val::map(Vec::new()), |node| Val::of(&node))
        }
        "indent" | "nindent" => {
            let pad = " ".repeat(size(int(first)).min(200));
            let body = text(second).split('\n').map(|line| format!("{pad}{line}")).collect::<Vec<_>>().join("\n");
            Val::text(if name == "nindent" { format!("\n{body}") } else { body })
        }
        "trim" => Val::text(text(first).trim()),
        "trimAll" => {
            let cut: Vec<char> = text(first).chars().collect();
            Val::text(text(second).trim_matches(cut.as_slice()))
        }
        "trimSuffix" => {
            let (whole, cut) = (text(second), text(first));
            Val::text(whole.strip_suffix(cut.as_str()).unwrap_or(&whole))
        }
        "trimPrefix" => {
            let (whole, cut) = (text(second), text(first));
            Val::text(whole.strip_prefix(cut.as_str()).unwrap_or(&whole))
        }
        "trunc" => {
            let (whole, count) = (text(second), int(first));
            let chars: Vec<char> = whole.chars().collect();
            let keep = size(count.saturating_abs()).min(chars.len());
            let kept = if count < 0 { chars.get(chars.len() - keep..) } else { chars.get(..keep) };
            Val::text(kept.unwrap_or(&[]).iter().collect::<String>())
        }
        "substr" => {
            let whole: Vec<char> = text(arguments.get(2)).chars().collect();
            let from = size(int(first)).min(whole.len());
            let end = int(second);
            let to = if end < 0 { whole.len() } else { size(end).clamp(from, whole.len()) };
            Val::text(whole.get(from..to).unwrap_or(&[]).iter().collect::<String>())
        }
        "upper" => Val::text(text(first).to_uppercase()),
        "lower" => Val::text(text(first).to_lowercase()),
        "title" => {
            let mut up = true;
            Val::text(
                text(first)
                    .chars()
                    .map(|c| {
                        let out = if up { c.to_ascii_uppercase() } else { c };
                        up = c == ' ';
                        out
                    })
                    .collect::<String>(),
            )
        }
        "replace" => {
            let (old, new, whole) = (text(first), text(second), text(arguments.get(2)));
            let most = whole.len().saturating_mul(new.len().max(1));
            if most > LONGEST {
                return run.fail("a text gets too long");
            }
            Val::text(if old.is_empty() { whole } else { whole.replace(&old, &new) })
        }
        "repeat" => {
            let (count, whole) = (size(int(first)), text(second));
            if whole.len().saturating_mul(count) > LONGEST {
                return run.fail("a text gets too long");
            }
            Val::text(whole.repeat(count))
        }
        "contains" => Val::Bool(text(second).contains(&text(first))),
        "hasPrefix" => Val::Bool(text(second).starts_with(&text(first))),
        "hasSuffix" => Val::Bool(text(second).ends_with(&text(first))),
        "nospace" => Val::text(text(first).split_whitespace().collect::<String>()),
        "kebabcase" | "snakecase" => {
            let joint = if name == "kebabcase" { '-' } else { '_' };
            let mut out = String::new();
            for c in text(first).chars() {
                if c.is_uppercase() && !out.is_empty() && !out.ends_with(joint) {
                    out.push(joint);
                }
                out.push(if matches!(c, ' ' | '_' | '-') { joint } else { c.to_ascii_lowercase() });
            }
            Val::text(out)
        }
        "b64enc" => Val::text(encode_base64(text(first).as_bytes())),
        "b64dec" => Val::text(
            decode_base64(&text(first)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default(),
        ),
        "join" => Val::text(items(second).iter().map(Val::print).collect::<Vec<_>>().join(&text(first))),
        "splitList" => list(text(second).split(text(first).as_str()).map(Val::text).collect()),
        "split" => Val::map(
            text(second)
                .split(text(first).as_str())
                .enumerate()
                .map(|(at, part)| (Text::from(format!("_{at}")), Val::text(part)))
                .collect(),
        ),
        "toStrings" => list(items(first).iter().map(|value| Val::text(value.print())).collect()),
        "list" | "tuple" => list(arguments.clone()),
        "first" => items(first).first().cloned().unwrap_or(Val::Nil),
        "last" => items(first).last().cloned().unwrap_or(Val::Nil),
        "rest" => list(items(first).get(1..).unwrap_or(&[]).to_vec()),
        "initial" => list(items(first).split_last().map_or(Vec::new(), |(_, rest)| rest.to_vec())),
        "append" | "push" => {
            let mut all = items(first).to_vec();
            all.extend(second.cloned());
            list(all)
        }
        "prepend" => {
            let mut all: Vec<Val> = second.cloned().into_iter().collect();
            all.extend(items(first).iter().cloned());
            list(all)
        }
        "concat" => list(arguments.iter().flat_map(|value| items(Some(value)).to_vec()).collect()),
        "compact" => list(items(first).iter().filter(|value| value.truth()).cloned().collect()),
        "uniq" => {
            let mut all: Vec<Val> = Vec::new();
            for item in items(first) {
                if all.len() < 1_000 && !all.contains(item) {
                    all.push(item.clone());
                }
            }
            list(all)
        }
        "without" => list(
            items(first).iter().filter(|item| !arguments.iter().skip(1).any(|cut| cut == *item)).cloned().collect(),
        ),
        "has" => Val::Bool(items(second).iter().any(|item| same(first, Some(item)))),
        "reverse" => list(items(first).iter().rev().cloned().collect()),
        "sortAlpha" => {
            let mut all: Vec<String> = items(first).iter().map(Val::print).collect();
            all.sort();
            list(all.into_iter().map(Val::text).collect())
        }
        "until" => list((0..int(first).min(10_000)).map(Val::Int).collect()),
        "dict" => Val::map(
            arguments
                .chunks(2)
                .map(|pair| (Text::from(text(pair.first())), pair.get(1).cloned().unwrap_or(Val::text(""))))
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect(),
        ),
        "get" => match first {
            Some(map) => map.get(&text(second)).cloned().unwrap_or(Val::text("")),
            None => Val::Nil,
        },
        "hasKey" => Val::Bool(first.is_some_and(|map| map.get(&text(second)).is_some())),
        "dig" => {
            let count = arguments.len().saturating_sub(2);
            let mut value = last.cloned().unwrap_or(Val::Nil);
            let mut found = true;
            for key in arguments.iter().take(count) {
                match value.get(&key.print()).cloned() {
                    Some(next) => value = next,
                    None => {
                        found = false;
                        break;
                    }
                }
            }
            if found { value } else { arguments.get(count).cloned().unwrap_or(Val::Nil) }
        }
        "keys" => list(entries(first).iter().map(|(key, _)| Val::text(key)).collect()),
        "values" => list(entries(first).iter().map(|(_, value)| value.clone()).collect()),
        "pick" | "omit" => {
            let wanted: Vec<String> = arguments.iter().skip(1).map(Val::print).collect();
            Val::map(
                entries(first)
                    .iter()
                    .filter(|(key, _)| wanted.iter().any(|wanted| **wanted == **key) == (name == "pick"))
                    .cloned()
                    .collect(),
            )
        }
        // A value here never changes, so the map that `set` and `merge` give is a new one; who uses only the effect on the
        // old one is not served, and told so below.
        "merge" | "mustMerge" => {
            arguments.iter().skip(1).fold(first.cloned().unwrap_or(Val::Nil), |sum, next| merge(&sum, next, 0))
        }
        "mergeOverwrite" | "mustMergeOverwrite" => {
            arguments.iter().skip(1).fold(first.cloned().unwrap_or(Val::Nil), |sum, next| merge(next, &sum, 0))
        }
        "set" => {
            let mut all = vec![(Text::from(text(second)), arguments.get(2).cloned().unwrap_or(Val::Nil))];
            all.extend(entries(first).iter().filter(|(key, _)| **key != *text(second)).cloned());
            let changed = Val::map(all);
            run.changed(first, &changed);
            changed
        }
        "unset" => {
            let changed = Val::map(entries(first).iter().filter(|(key, _)| **key != *text(second)).cloned().collect());
            run.changed(first, &changed);
            changed
        }
        "deepCopy" | "mustDeepCopy" => first.cloned().unwrap_or(Val::Nil),
        "int" | "int64" | "atoi" => Val::Int(int(first)),
        "float64" => Val::Float(real(first)),
        "add" | "add1" => {
            let sum = arguments.iter().fold(0i64, |sum, next| sum.saturating_add(int(Some(next))));
            Val::Int(if name == "add1" { sum.saturating_add(1) } else { sum })
        }
        "sub" => Val::Int(int(first).saturating_sub(int(second))),
        "mul" => Val::Int(arguments.iter().fold(1i64, |product, next| product.saturating_mul(int(Some(next))))),
        "div" => Val::Int(int(first).checked_div(int(second)).unwrap_or(0)),
        "mod" => Val::Int(int(first).checked_rem(int(second)).unwrap_or(0)),
        "max" => Val::Int(arguments.iter().map(|value| int(Some(value))).max().unwrap_or(0)),
        "min" => Val::Int(arguments.iter().map(|value| int(Some(value))).min().unwrap_or(0)),
        "kindIs" => Val::Bool(kind(second) == text(first)),
        "kindOf" | "typeOf" => Val::text(kind(first)),
        "typeIs" => Val::Bool(kind(second) == text(first)),
        "semverCompare" => Val::Bool(semver(&text(first), &text(second))),
        "base" => Val::text(text(first).rsplit('/').next().unwrap_or("")),
        "sha256sum" | "sha1sum" | "adler32sum" => Val::text("0000000000000000"),
        // Made anew at every installation: what they make is a secret that is in no file.
        "randAlphaNum" | "randAlpha" | "randNumeric" | "randAscii" | "randBytes" | "uuidv4" | "genPrivateKey"
        | "derivePassword" | "htpasswd" | "bcrypt" => Val::text(format!("generated-by-{name}")),
        "now" | "date" | "unixEpoch" | "dateInZone" => Val::text("1970-01-01"),
        _ => return run.fail(format!("the function `{name}` is not known here")),
    };
    match &value {
        Val::Str(text) if text.len() > LONGEST => run.fail("a text gets too long"),
        _ => Ok(value),
    }
}

fn kind(value: Option<&Val>) -> &'static str {
    match value {
        None | Some(Val::Nil) => "invalid",
        Some(Val::Bool(_)) => "bool",
        Some(Val::Int(_)) => "int",
        Some(Val::Float(_)) => "float64",
        Some(Val::Str(_)) => "string",
        Some(Val::List(_)) => "slice",
        Some(Val::Map(_)) => "map",
    }
}

fn same(left: Option<&Val>, right: Option<&Val>) -> bool {
    match (left, right) {
        (Some(Val::Int(_) | Val::Float(_)), Some(Val::Int(_) | Val::Float(_))) => {
            compare(left, right) == Ordering::Equal
        }
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

fn compare(left: Option<&Val>, right: Option<&Val>) -> Ordering {
    match (left, right) {
        (Some(Val::Str(left)), Some(Val::Str(right))) => left.cmp(right),
        _ => real(left).total_cmp(&real(right)),
    }
}

/// The verbs that charts use.
fn printf(format: &str, arguments: &[Val]) -> String {
    let mut out = String::new();
    let mut arguments = arguments.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut width = String::new();
        while let Some(next) = chars.next_if(|next| next.is_ascii_digit() || matches!(next, '-' | '+' | '.' | '#')) {
            width.push(next);
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some('q') => out.push_str(&quote(&text(arguments.next()))),
            Some('d') => {
                let number = int(arguments.next()).to_string();
                let wanted = width.trim_start_matches('0').parse::<usize>().unwrap_or(0).min(64);
                let pad = if width.starts_with('0') { '0' } else { ' ' };
                out.extend(std::iter::repeat_n(pad, wanted.saturating_sub(number.len())));
                out.push_str(&number);
            }
            Some('t' | 's' | 'v' | 'f' | 'g') => out.push_str(&text(arguments.next())),
            Some('x') => out.push_str(&format!("{:x}", int(arguments.next()))),
            Some(other) => {
                out.push('%');
                out.push(other);
            }
            None => out.push('%'),
        }
    }
    out
}

/// Whether a version fits a constraint: parts joined by `,` or space are all needed, `||` gives a choice.
fn semver(constraint: &str, version: &str) -> bool {
    let numbers = |text: &str| -> (u64, u64, u64) {
        let core = text.trim().trim_start_matches('v');
        let core = core.split(['-', '+']).next().unwrap_or("");
        let mut parts = core.split('.').map(|part| part.parse::<u64>().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    };
    let has = numbers(version);
    let joined = constraint.replace(">= ", ">=").replace("<= ", "<=").replace("> ", ">").replace("< ", "<");
    joined.split("||").any(|choice| {
        choice.split([',', ' ']).filter(|part| !part.is_empty()).all(|part| {
            let digits = part.trim_start_matches(|c: char| !c.is_ascii_digit() && c != 'v');
            let sign = part.get(..part.len() - digits.len()).unwrap_or("");
            let wants = numbers(digits);
            match sign {
                ">=" => has >= wants,
                ">" => has > wants,
                "<=" => has <= wants,
                "<" => has < wants,
                "!=" => has != wants,
                "^" => has >= wants && has.0 == wants.0,
                "~" => has >= wants && (has.0, has.1) == (wants.0, wants.1),
                _ => has == wants || part == "*",
            }
        })
    })
}
