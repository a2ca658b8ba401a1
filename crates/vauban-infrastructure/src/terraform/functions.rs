//! Functions that need nothing but their arguments.

use vauban_model::Span;
use vauban_model::resource::{Value, ValueKind};

/// The value of a function; `None` when there is none of that name here.
pub(super) fn call(name: &str, args: &[Value], span: Span) -> Option<Value> {
    let unknown = || {
        args.iter()
            .find(|arg| matches!(arg.open().kind, ValueKind::Unknown(_)))
            .cloned()
            .unwrap_or_else(|| Value::unknown(vauban_model::resource::Why::Computed, format!("{name}()"), span))
    };
    let kind = match name {
        "toset" | "tolist" => match args.first()?.as_list() {
            Some(items) => ValueKind::List(items.to_vec()),
            None => return args.first().cloned(),
        },
        "tomap" | "tostring" | "tonumber" | "tobool" => return args.first().cloned(),
        "concat" => {
            let mut all = Vec::new();
            for arg in args {
                match arg.as_list() {
                    Some(items) => all.extend(items.iter().cloned()),
                    None => return Some(unknown()),
                }
            }
            ValueKind::List(all)
        }
        "merge" => {
            let mut all: Vec<(vauban_model::resource::Text, Value)> = Vec::new();
            for arg in args {
                match arg.as_map() {
                    Some(entries) => {
                        for (key, value) in entries {
                            match all.iter_mut().find(|(known, _)| known == key) {
                                Some(known) => known.1 = value.clone(),
                                None => all.push((key.clone(), value.clone())),
                            }
                        }
                    }
                    None if arg.is_null() => {}
                    None => return Some(unknown()),
                }
            }
            ValueKind::Map(all)
        }
        "lookup" => match (args.first()?.as_map(), args.get(1).and_then(Value::as_text)) {
            (Some(_), Some(key)) => return args.first()?.get(key).or_else(|| args.get(2)).cloned(),
            _ => return Some(unknown()),
        },
        "length" => match (&args.first()?.open().kind, args.first()?.as_list(), args.first()?.as_map()) {
            (ValueKind::Text(text), _, _) => number(text.chars().count()),
            (_, Some(items), _) => number(items.len()),
            (_, _, Some(entries)) => number(entries.len()),
            _ => return Some(unknown()),
        },
        "coalesce" => {
            return args.iter().find(|arg| !arg.is_null() && arg.as_text() != Some("")).cloned();
        }
        "join" => {
            let mut parts = Vec::new();
            for (index, item) in args.get(1)?.as_list()?.iter().enumerate() {
                if index > 0 {
                    parts.push(args.first()?.clone());
                }
                parts.push(item.clone());
            }
            match parts.iter().map(Value::as_text).collect::<Option<Vec<_>>>() {
                Some(texts) => ValueKind::Text(texts.concat().into()),
                None => ValueKind::Template(parts),
            }
        }
        _ => return None,
    };
    Some(Value::new(kind, span))
}

fn number(count: usize) -> ValueKind {
    ValueKind::Number(u32::try_from(count).map_or(f64::MAX, f64::from))
}
