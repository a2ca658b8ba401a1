//! Calls of functions that see more than their arguments: parameters, loops, conditions, lambdas, a user's own.

use vauban_model::resource::{Text, Unknown, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::Node;

use super::evaluate::{Evaluator, entry};
use super::expression::Expr;
use super::functions::{self, Outcome};
use super::names::said;
use super::template::{field, text_field};
use crate::plain;

/// Most items that a lambda is called for, in one list.
const ITEMS: usize = 4096;

impl<'n> Evaluator<'n> {
    /// Calls a function.
    #[inline(never)]
    pub(super) fn call(&mut self, scope: usize, name: &str, arguments: &[Expr], span: Span) -> Value {
        let lower = name.to_ascii_lowercase();
        if let Some(value) = self.special(scope, &lower, arguments, span) {
            return value;
        }
        let values: Vec<Value> = arguments.iter().map(|one| self.expression(scope, one, span)).collect();
        if lower.contains('.') {
            return self.own_function(scope, name, values, span);
        }
        if let Some(value) = self.about_resources(scope, &lower, &values, span) {
            return value;
        }
        // What a secret is made into is secret too; texts put together keep their secret part apart.
        let keeps = matches!(lower.as_str(), "concat" | "format" | "createarray" | "createobject" | "array" | "union");
        let opened: Vec<Value> =
            if keeps { values.clone() } else { values.iter().map(|value| value.open().clone()).collect() };
        let secret = !keeps && values.iter().any(|value| matches!(value.kind, ValueKind::Secret(_)));
        let about = matches!(
            lower.as_str(),
            "empty" | "length" | "contains" | "equals" | "not" | "and" | "or" | "startswith" | "endswith" | "bool"
        );
        let value = match functions::call(&lower, &opened, span) {
            Outcome::Known(value) if matches!(lower.as_str(), "concat" | "format") => self.lengthened(value),
            Outcome::Known(value) => value,
            Outcome::Unsure => self.unsure(name, &opened, span),
            Outcome::NoSuch => {
                self.diagnostics.push(
                    Diagnostic::warning("unsupported-function", span, format!("the function `{name}` is not known"))
                        .help("mend its name; what uses its value is taken as not known"),
                );
                return Value::unknown(Why::Unsupported, written(name, &values), span);
            }
        };
        if !self.afford(values.len()) {
            return Value::unknown(Why::Unsupported, "repeated too much", span);
        }
        if secret && !about && !matches!(value.kind, ValueKind::Secret(_)) {
            return Value::new(ValueKind::Secret(Box::new(value)), span);
        }
        value
    }

    /// The value of a function whose arguments are not known well enough.
    fn unsure(&mut self, name: &str, values: &[Value], span: Span) -> Value {
        let why = values
            .iter()
            .find_map(|value| match &value.kind {
                ValueKind::Unknown(unknown) => Some(unknown.why),
                ValueKind::Reference(_) => Some(Why::Computed),
                _ => None,
            })
            .unwrap_or(Why::Unsupported);
        Value::unknown(why, written(name, values), span)
    }

    /// Functions that do not take the values of all their arguments first.
    fn special(&mut self, scope: usize, name: &str, arguments: &[Expr], span: Span) -> Option<Value> {
        match (name, arguments) {
            ("parameters", [name]) => Some(self.looked_up(scope, name, span, Self::parameter)),
            ("variables", [name]) => Some(self.looked_up(scope, name, span, Self::variable)),
            ("lambdavariables", [name]) => {
                let name = self.expression(scope, name, span);
                let name = plain::render(&name);
                let found = self.lambdas.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(&name));
                let found = found.map(|(_, value)| value.clone());
                Some(match found {
                    Some(value) => self.copy(&value),
                    None => Value::unknown(Why::Missing, name, span),
                })
            }
            ("copyindex", _) => Some(self.copy_index(scope, arguments, span)),
            ("if", [condition, yes, no]) => {
                let condition = self.expression(scope, condition, span);
                Some(match functions::truth(&condition) {
                    Some(true) => self.expression(scope, yes, span),
                    Some(false) => self.expression(scope, no, span),
                    None => {
                        let ways = [yes, no].map(|way| self.expression(scope, way, span));
                        one_of(ways.into(), span)
                    }
                })
            }
            ("tryget", [of, rest @ ..]) => {
                let mut value = self.expression(scope, of, span);
                for key in rest {
                    let key = self.expression(scope, key, span);
                    value = self.item(value, &key, span);
                }
                Some(value)
            }
            ("map" | "filter" | "sort" | "groupby" | "mapvalues", [list, lambda]) => {
                Some(self.over(scope, name, list, lambda, span))
            }
            ("reduce", [list, start, lambda]) => Some(self.reduced(scope, list, start, lambda, span)),
            ("toobject", [list, key, rest @ ..]) => Some(self.object_of(scope, list, key, rest.first(), span)),
            _ => None,
        }
    }

    fn looked_up(
        &mut self,
        scope: usize,
        name: &Expr,
        span: Span,
        look: impl Fn(&mut Self, usize, &str, Span) -> Value,
    ) -> Value {
        let name = self.expression(scope, name, span);
        if let ValueKind::OneOf(ways) = &name.kind {
            let ways = ways.iter().filter_map(plain::text_of).map(|name| look(self, scope, &name, span)).collect();
            return one_of(ways, span);
        }
        match plain::text_of(&name) {
            Some(name) => look(self, scope, &name, span),
            None => Value::unknown(Why::Variable, said(&name), span),
        }
    }

    fn copy_index(&mut self, scope: usize, arguments: &[Expr], span: Span) -> Value {
        let values: Vec<Value> = arguments.iter().map(|one| self.expression(scope, one, span)).collect();
        let name = values.first().and_then(Value::as_text);
        let offset = values.iter().find_map(|value| match value.kind {
            ValueKind::Number(number) => Some(number),
            _ => None,
        });
        let found = match name {
            Some(name) => self.loops.iter().rev().find(|turn| turn.name.eq_ignore_ascii_case(name)),
            None => self.loops.iter().rev().find(|turn| turn.whole).or_else(|| self.loops.last()),
        };
        #[expect(clippy::cast_precision_loss, reason = "at most 800")]
        match found.and_then(|turn| turn.index) {
            Some(index) => Value::new(ValueKind::Number(index as f64 + offset.unwrap_or(0.0)), span),
            None => Value::unknown(Why::Variable, "copyIndex()", span),
        }
    }

    /// A function that the template defines.
    fn own_function(&mut self, scope: usize, name: &str, values: Vec<Value>, span: Span) -> Value {
        let found = name.split_once('.').and_then(|(space, member)| {
            let template = self.scopes.get(self.seen_from(scope))?.template;
            let spaces = field(template, "functions")?.as_sequence()?;
            let space = spaces
                .iter()
                .find(|node| text_field(node, "namespace").is_some_and(|known| known.eq_ignore_ascii_case(space)))?;
            Some(entry(field(space, "members")?, member)?.1)
        });
        let Some((function, output)) = found.and_then(|node| Some((node, field(field(node, "output")?, "value")?)))
        else {
            self.diagnostics.push(
                Diagnostic::warning("unsupported-function", span, format!("there is no function `{name}` here"))
                    .help("declare it under `functions`, or mend its name"),
            );
            return Value::unknown(Why::Missing, written(name, &values), span);
        };
        let names = field(function, "parameters").and_then(Node::as_sequence).unwrap_or(&[]);
        let mut arguments: Vec<(Text, Value)> = Vec::new();
        let mut given = values.into_iter();
        for node in names {
            let name = text_field(node, "name").unwrap_or("");
            let value = given.next().unwrap_or_else(|| Value::null(span));
            arguments.push((name.into(), value));
        }
        let outer = self.arguments.replace(arguments);
        let lambdas = std::mem::take(&mut self.lambdas);
        let value = self.eval(scope, output);
        self.arguments = outer;
        self.lambdas = lambdas;
        plain::used(value, &format!("function {name}"), span)
    }

    /// Calls a lambda.
    fn applied(&mut self, scope: usize, lambda: &Expr, values: &[Value], span: Span) -> Option<Value> {
        let Expr::Call(name, parts) = lambda else { return None };
        let (body, names) = parts.split_last().filter(|_| name.eq_ignore_ascii_case("lambda"))?;
        let depth = self.lambdas.len();
        for (name, value) in names.iter().zip(values) {
            let Expr::Text(name) = name else { return None };
            let value = self.copy(value);
            self.lambdas.push((name.clone(), value));
        }
        let value = self.expression(scope, body, span);
        self.lambdas.truncate(depth);
        Some(value)
    }

    #[inline(never)]
    fn over(&mut self, scope: usize, name: &str, list: &Expr, lambda: &Expr, span: Span) -> Value {
        let of = self.expression(scope, list, span);
        if name == "mapvalues" {
            let Some(entries) = of.as_map() else { return self.unsure(name, &[of], span) };
            let mut out = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let value = self.applied(scope, lambda, std::slice::from_ref(value), span);
                out.push((key.clone(), value.unwrap_or_else(|| Value::null(span))));
            }
            return Value::new(ValueKind::Map(out), span);
        }
        let Some(items) = of.as_list().filter(|items| items.len() <= ITEMS) else {
            return self.unsure(name, &[of], span);
        };
        #[expect(clippy::cast_precision_loss, reason = "at most 4096")]
        let numbered = |at: usize, item: &Value| [item.clone(), Value::new(ValueKind::Number(at as f64), span)];
        match name {
            "map" => {
                let mut out = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    let value = self.applied(scope, lambda, &numbered(at, item), span);
                    out.push(value.unwrap_or_else(|| Value::null(span)));
                }
                plain::list(span, out)
            }
            "filter" => {
                let mut out = Vec::new();
                for (at, item) in items.iter().enumerate() {
                    let value = self.applied(scope, lambda, &numbered(at, item), span);
                    // What may be left out stays.
                    if value.as_ref().and_then(functions::truth) != Some(false) {
                        out.push(item.clone());
                    }
                }
                plain::list(span, out)
            }
            "groupby" => {
                let mut out = plain::map(span, []);
                for item in items {
                    let Some(key) = self.applied(scope, lambda, std::slice::from_ref(item), span) else { continue };
                    let key = plain::render(&key);
                    let mut group = out.get(&key).and_then(Value::as_list).unwrap_or(&[]).to_vec();
                    group.push(item.clone());
                    if !self.afford(group.len()) {
                        return Value::unknown(Why::Unsupported, "repeated too much", span);
                    }
                    plain::set(&mut out, &key, plain::list(span, group));
                }
                out
            }
            _ => {
                // Insertion keeps the order of what cannot be compared.
                let mut out: Vec<Value> = Vec::with_capacity(items.len());
                for item in items {
                    let mut at = out.len();
                    while at > 0 {
                        let Some(before) = out.get(at - 1) else { break };
                        let pair = [item.clone(), before.clone()];
                        let less = self.applied(scope, lambda, &pair, span).as_ref().and_then(functions::truth);
                        if less != Some(true) {
                            break;
                        }
                        at -= 1;
                    }
                    out.insert(at, item.clone());
                }
                plain::list(span, out)
            }
        }
    }

    fn reduced(&mut self, scope: usize, list: &Expr, start: &Expr, lambda: &Expr, span: Span) -> Value {
        let of = self.expression(scope, list, span);
        let mut value = self.expression(scope, start, span);
        let Some(items) = of.as_list().filter(|items| items.len() <= ITEMS) else {
            return self.unsure("reduce", &[of], span);
        };
        for item in items {
            match self.applied(scope, lambda, &[value, item.clone()], span) {
                Some(next) => value = next,
                None => return Value::unknown(Why::Unsupported, "reduce()", span),
            }
        }
        value
    }

    fn object_of(&mut self, scope: usize, list: &Expr, key: &Expr, value: Option<&Expr>, span: Span) -> Value {
        let of = self.expression(scope, list, span);
        let Some(items) = of.as_list().filter(|items| items.len() <= ITEMS) else {
            return self.unsure("toObject", &[of], span);
        };
        let mut out = plain::map(span, []);
        for item in items {
            let Some(key) = self.applied(scope, key, std::slice::from_ref(item), span) else { continue };
            let value = match value {
                Some(lambda) => self.applied(scope, lambda, std::slice::from_ref(item), span),
                None => Some(item.clone()),
            };
            plain::set(&mut out, &plain::render(&key), value.unwrap_or_else(|| Value::null(span)));
        }
        out
    }

    /// `.name` of a value.
    pub(super) fn property(&mut self, of: Value, name: &str, span: Span) -> Value {
        let Value { kind, span: place, via } = of;
        match kind {
            ValueKind::Map(entries) => {
                let at = entries
                    .iter()
                    .position(|(key, _)| &**key == name)
                    .or_else(|| entries.iter().position(|(key, _)| key.eq_ignore_ascii_case(name)));
                match at.and_then(|at| entries.into_iter().nth(at)) {
                    Some((_, value)) => value,
                    None => Value::null(span),
                }
            }
            ValueKind::Document(inner) => self.property(*inner, name, span),
            ValueKind::Secret(inner) => {
                let inner = self.property(*inner, name, span);
                Value::new(ValueKind::Secret(Box::new(inner)), span)
            }
            ValueKind::OneOf(ways) => {
                let ways = ways.into_iter().map(|way| self.property(way, name, span)).collect();
                one_of(ways, span)
            }
            ValueKind::Reference(to) => {
                // What is under `properties` is spoken of as if it stood at the top.
                if to.attribute.is_empty() && name.eq_ignore_ascii_case("properties") {
                    return Value { kind: ValueKind::Reference(to), span: place, via };
                }
                let attribute =
                    if to.attribute.is_empty() { name.to_owned() } else { format!("{}.{name}", to.attribute) };
                self.referred_output(&to.address, &attribute, span)
                    .unwrap_or_else(|| plain::reference(&to.address, &attribute, span))
            }
            ValueKind::Unknown(unknown) => Value {
                kind: ValueKind::Unknown(Unknown {
                    why: unknown.why,
                    name: super::names::short(&format!("{}.{name}", unknown.name)).into(),
                }),
                span,
                via,
            },
            ValueKind::Null => Value::null(span),
            other => {
                let text = plain::render(&Value::new(other, place));
                Value::unknown(Why::Unsupported, format!("{}.{name}", super::names::short(&text)), span)
            }
        }
    }

    /// `[index]` of a value.
    pub(super) fn item(&mut self, of: Value, index: &Value, span: Span) -> Value {
        let whole = index.as_number().filter(|at| at.fract() == 0.0 && (0.0..1e6).contains(at));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be a small whole number"
        )]
        let at = whole.map(|at| at as usize);
        if let Some(name) = index.as_text().filter(|_| at.is_none() || of.as_list().is_none()) {
            return self.property(of, name, span);
        }
        match (of.kind, at) {
            (ValueKind::List(items), Some(at)) => {
                let many = items.len();
                let missing = || Value::unknown(Why::Unsupported, format!("item {at} of a list of {many}"), span);
                items.into_iter().nth(at).unwrap_or_else(missing)
            }
            (ValueKind::Secret(inner), _) => {
                let inner = self.item(*inner, index, span);
                Value::new(ValueKind::Secret(Box::new(inner)), span)
            }
            (ValueKind::List(items), None) => one_of(items.into_iter().take(16).collect(), span),
            (ValueKind::Map(entries), None) => {
                one_of(entries.into_iter().take(16).map(|(_, value)| value).collect(), span)
            }
            (ValueKind::Document(inner), _) => self.item(*inner, index, span),
            (kind @ (ValueKind::Reference(_) | ValueKind::Unknown(_)), at) => {
                let name = at.map_or_else(|| "*".to_owned(), |at| at.to_string());
                self.property(Value::new(kind, span), &name, span)
            }
            (ValueKind::OneOf(ways), _) => {
                let ways = ways.into_iter().map(|way| self.item(way, index, span)).collect();
                one_of(ways, span)
            }
            (kind, _) => {
                let name = format!("{}[{}]", said(&Value::new(kind, span)), said(index));
                Value::unknown(Why::Unsupported, name, span)
            }
        }
    }
}

/// One of several values, each once; the value itself when there is only one.
pub(super) fn one_of(all: Vec<Value>, span: Span) -> Value {
    let mut ways: Vec<Value> = Vec::new();
    for value in all {
        let more = match value.kind {
            ValueKind::OneOf(more) => more,
            kind => vec![Value { kind, ..value }],
        };
        for way in more {
            if ways.len() < 16 && !ways.iter().any(|known| known.kind == way.kind) {
                ways.push(way);
            }
        }
    }
    match ways.len() {
        0 => Value::null(span),
        1 => ways.pop().unwrap_or_else(|| Value::null(span)),
        _ => Value::new(ValueKind::OneOf(ways), span),
    }
}

/// A call as it stands in the name of an unknown.
pub(super) fn written(name: &str, values: &[Value]) -> String {
    let arguments: Vec<String> = values.iter().map(said).collect();
    super::names::short(&format!("{name}({})", arguments.join(", ")))
}
