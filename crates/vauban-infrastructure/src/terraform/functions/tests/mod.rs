//! Known arguments against Terraform's own results, unknown ones against what is true of them, and laws.

mod laws;
mod open;

use vauban_model::resource::{Value, ValueKind, Why};
use vauban_model::{FileId, Span};

use super::call;
use super::value::json;

fn here() -> Span {
    Span::new(FileId(0), 1, 1, 0)
}

/// A value from its JSON.
fn from_json(text: &str) -> Value {
    call("jsondecode", &[Value::text(text, here())], here()).unwrap()
}

fn to_json(value: &Value) -> Option<String> {
    let mut text = String::new();
    let value = match &value.kind {
        ValueKind::Document(inner) => {
            let mut within = String::new();
            json(inner, &mut within).then_some(())?;
            Value::text(within, here())
        }
        _ => value.clone(),
    };
    json(&value, &mut text).then_some(text)
}

fn of(name: &str, args: &[Value]) -> Value {
    call(name, args, here()).unwrap()
}

/// `known.txt` has a line for each call: name, arguments and result as JSON; `!` where the call is refused. The results were taken from `terraform console` 1.11.4.
#[test]
fn known_arguments_give_what_terraform_gives() {
    let mut wrong = Vec::new();
    for line in include_str!("known.txt").lines() {
        let [name, args, expected] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let args = from_json(args);
        let result = of(name, args.as_list().unwrap());
        let given = if matches!(&result.kind, ValueKind::Unknown(unknown) if unknown.why == Why::Unsupported) {
            "!".to_owned()
        } else {
            to_json(&result).unwrap_or_else(|| format!("{result:?}"))
        };
        if given != expected {
            wrong.push(format!("{line}\n      given {given}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
