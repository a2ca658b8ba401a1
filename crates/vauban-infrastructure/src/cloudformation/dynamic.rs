//! Dynamic references: `{{resolve:ssm:name:version}}`, `{{resolve:secretsmanager:id:SecretString:key}}`.

use vauban_model::Span;
use vauban_model::resource::{Value, ValueKind, Why};

use super::names::Index;
use crate::plain;

const START: &str = "{{resolve:";

/// Puts what the references in a text mean in their place.
pub(super) fn resolve(value: Value, index: &Index) -> Value {
    let has = |value: &Value| value.as_text().is_some_and(|text| text.contains(START));
    let parts = match &value.kind {
        ValueKind::Text(_) if has(&value) => vec![value.clone()],
        ValueKind::Template(parts) if parts.iter().any(has) => parts.clone(),
        _ => return value,
    };
    let mut out: Vec<Value> = Vec::new();
    // The parts of the reference that is open, if one is.
    let mut open: Option<Vec<Value>> = None;
    for part in parts {
        let Some(text) = part.as_text().map(str::to_owned) else {
            open.as_mut().unwrap_or(&mut out).push(part);
            continue;
        };
        let mut rest = text.as_str();
        loop {
            if let Some(inner) = &mut open {
                let Some((before, after)) = rest.split_once("}}") else {
                    inner.push(Value::text(rest, part.span));
                    break;
                };
                inner.push(Value::text(before, part.span));
                let inner = open.take().unwrap_or_default();
                out.push(one(inner, index, part.span));
                rest = after;
            } else {
                let Some((before, after)) = rest.split_once(START) else {
                    out.push(Value::text(rest, part.span));
                    break;
                };
                out.push(Value::text(before, part.span));
                open = Some(Vec::new());
                rest = after;
            }
        }
    }
    if let Some(inner) = open {
        out.push(Value::text(START, value.span));
        out.extend(inner);
    }
    let mut joined = plain::join(out, value.span);
    joined.via = value.via;
    joined
}

/// What one reference means; the parts are what stands between `{{resolve:` and `}}`.
fn one(parts: Vec<Value>, index: &Index, span: Span) -> Value {
    let whole = plain::join(parts, span);
    let written = plain::render(&whole);
    let unknown = || Value::unknown(Why::Lookup, format!("resolve:{written}"), span);
    // By a reference in the place of the name: the secret is in the template itself.
    if let ValueKind::Template(parts) = &whole.kind
        && let Some(at) = parts.iter().position(|part| part.as_reference().is_some())
        && let Some(to) = parts.get(at).and_then(Value::as_reference)
        && parts.get(at - at.min(1)).and_then(Value::as_text).is_some_and(|text| text.ends_with(':'))
    {
        let rest = parts.get(at + 1).and_then(Value::as_text).unwrap_or("");
        return plain::reference(&to.address, &attribute(rest), span);
    }
    let Some((service, rest)) = written.split_once(':') else { return unknown() };
    let found = if service == "secretsmanager" {
        let (id, key) = secret_id(rest);
        let found = index.secrets.find(&Value::text(id, span), span);
        found.map(|found| narrowed(found, &attribute(key), span))
    } else {
        // A version may follow the name.
        let name = rest.split(':').next().unwrap_or(rest);
        let found = index.parameters.find(&Value::text(name, span), span);
        found.map(|found| narrowed(found, "Value", span))
    };
    found.unwrap_or_else(unknown)
}

/// The name of a secret, out of a name or an ARN, and what follows it.
fn secret_id(text: &str) -> (&str, &str) {
    let text = text.trim();
    if text.starts_with("arn:")
        && let Some((_, name)) = text.split_once(":secret:")
    {
        let (name, rest) = name.split_once(':').unwrap_or((name, ""));
        // An ARN ends in a dash and six random characters.
        let base = name.rsplit_once('-').filter(|(_, random)| random.len() == 6).map_or(name, |(base, _)| base);
        return (base, rest);
    }
    text.split_once(':').unwrap_or((text, ""))
}

/// `:SecretString:password:…` as an attribute.
fn attribute(rest: &str) -> String {
    let mut words = rest.split(':').filter(|word| !word.is_empty());
    let kind = words.next().unwrap_or("SecretString");
    match words.next().filter(|word| !word.contains("${")) {
        Some(key) => format!("{kind}.{key}"),
        None => kind.to_owned(),
    }
}

/// A reference to the resource itself becomes one to the attribute.
fn narrowed(value: Value, attribute: &str, span: Span) -> Value {
    match value.as_reference() {
        Some(to) if to.attribute.is_empty() => {
            Value { via: value.via.clone(), ..plain::reference(&to.address, attribute, span) }
        }
        _ => value,
    }
}
