//! Functions over numbers, yes and no, and comparisons.

use vauban_model::Span;
use vauban_model::resource::{Value, ValueKind};

use super::{Outcome, number, same, yes_no};

pub(super) fn call(name: &str, arguments: &[Value], span: Span) -> Outcome {
    let numbers = || arguments.iter().map(Value::as_number).collect::<Option<Vec<f64>>>();
    let pair = || match numbers()?.as_slice() {
        [a, b] => Some((*a, *b)),
        _ => None,
    };
    let first = arguments.first();
    match name {
        "add" => pair().and_then(|(a, b)| number(a + b, span)).into(),
        "sub" => pair().and_then(|(a, b)| number(a - b, span)).into(),
        "mul" => pair().and_then(|(a, b)| number(a * b, span)).into(),
        // Whole numbers only: what is left over goes.
        "div" => pair().filter(|(_, b)| *b != 0.0).and_then(|(a, b)| number((a / b).trunc(), span)).into(),
        "mod" => pair().filter(|(_, b)| *b != 0.0).and_then(|(a, b)| number(a % b, span)).into(),
        "int" => first.and_then(Value::as_number).and_then(|it| number(it.trunc(), span)).into(),
        "float" => first.and_then(Value::as_number).and_then(|it| number(it, span)).into(),
        "max" | "min" => {
            let one = match first.and_then(Value::as_list) {
                Some(items) => items.iter().map(Value::as_number).collect::<Option<Vec<f64>>>(),
                None => numbers(),
            };
            let pick = if name == "max" { f64::max } else { f64::min };
            one.and_then(|all| all.into_iter().reduce(pick)).and_then(|it| number(it, span)).into()
        }
        "true" => Outcome::Known(yes_no(true, span)),
        "false" => Outcome::Known(yes_no(false, span)),
        "null" => Outcome::Known(Value::null(span)),
        "bool" => first.and_then(truth).map(|it| yes_no(it, span)).into(),
        "not" => first.and_then(truth).map(|it| yes_no(!it, span)).into(),
        "and" | "or" => {
            // One that decides is enough.
            let decides = name == "or";
            let answers: Vec<Option<bool>> = arguments.iter().map(truth).collect();
            if answers.contains(&Some(decides)) {
                return Outcome::Known(yes_no(decides, span));
            }
            let sure = answers.iter().all(Option::is_some);
            sure.then(|| yes_no(!decides, span)).into()
        }
        "equals" => match arguments {
            [a, b] => same(a, b).map(|it| yes_no(it, span)).into(),
            _ => Outcome::Unsure,
        },
        "less" | "lessorequals" | "greater" | "greaterorequals" => match arguments {
            [a, b] => order(a, b)
                .map(|order| match name {
                    "less" => order.is_lt(),
                    "lessorequals" => order.is_le(),
                    "greater" => order.is_gt(),
                    _ => order.is_ge(),
                })
                .map(|it| yes_no(it, span))
                .into(),
            _ => Outcome::Unsure,
        },
        _ => Outcome::NoSuch,
    }
}

/// Yes or no, if that is known; the numbers 1 and 0 count, and texts whatever their case.
pub(in crate::arm) fn truth(value: &Value) -> Option<bool> {
    match &value.open().kind {
        ValueKind::Bool(known) => Some(*known),
        ValueKind::Number(known) => Some(*known != 0.0),
        ValueKind::Text(text) if text.eq_ignore_ascii_case("true") || &**text == "1" => Some(true),
        ValueKind::Text(text) if text.eq_ignore_ascii_case("false") || &**text == "0" => Some(false),
        ValueKind::OneOf(ways) => {
            let mut answers = ways.iter().map(truth);
            let first = answers.next()??;
            answers.all(|answer| answer == Some(first)).then_some(first)
        }
        _ => None,
    }
}

fn order(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    match (&a.open().kind, &b.open().kind) {
        (ValueKind::Text(a), ValueKind::Text(b)) => Some(a.cmp(b)),
        _ => a.as_number()?.partial_cmp(&b.as_number()?),
    }
}
