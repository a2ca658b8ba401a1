//! Expressions to values.

use vauban_model::Diagnostic;
use vauban_model::resource::{Text, Value, ValueKind, Why};

use super::operators::one_of;
use super::{Binding, DEEPEST, Evaluator, ITEMS, Scope};
use crate::nodes::Keyed;
use crate::terraform::functions::{is_several, maybe, several};
use crate::terraform::syntax::{Expr, ExprKind, For, Operator, words};

impl Evaluator<'_> {
    /// The value of an expression.
    pub(super) fn eval(&mut self, expr: &Expr, scope: &Scope<'_>) -> Value {
        if self.depth >= DEEPEST {
            self.say(
                Diagnostic::warning(
                    "evaluation-too-deep",
                    expr.span,
                    "values depend on each other too deeply to be worked out",
                )
                .help("shorten the chain of locals and variables; until then the value is not known"),
            );
            return Value::unknown(Why::Unsupported, words(expr), expr.span);
        }
        if !self.spend(1) {
            return self.too_much(expr);
        }
        self.depth += 1;
        let value = self.eval_kind(expr, scope);
        self.depth -= 1;
        value
    }

    /// There was too much work already.
    pub(super) fn too_much(&mut self, expr: &Expr) -> Value {
        if self.said.insert(("evaluation-too-long", None, self.root.as_str().into())) {
            let message = if self.root.is_empty() {
                "there is too much to work out; some values are not known because of it".to_owned()
            } else {
                format!(
                    "there is too much to work out in `{}`; some of its values are not known because of it",
                    self.root
                )
            };
            self.output.diagnostics.push(
                Diagnostic::warning("evaluation-too-long", expr.span, message).help("ask about a part of the folder"),
            );
        }
        Value::unknown(Why::Unsupported, words(expr), expr.span)
    }

    fn eval_kind(&mut self, expr: &Expr, scope: &Scope<'_>) -> Value {
        let span = expr.span;
        let kind = match &expr.kind {
            ExprKind::Null => ValueKind::Null,
            ExprKind::Bool(value) => ValueKind::Bool(*value),
            ExprKind::Number(value) => ValueKind::Number(*value),
            ExprKind::Text(text) => ValueKind::Text(text.clone()),
            ExprKind::Broken(text) => return Value::unknown(Why::Unsupported, text.clone(), span),
            ExprKind::Tuple(items) => ValueKind::List(items.iter().map(|item| self.eval(item, scope)).collect()),
            ExprKind::Object(entries) => return self.object(entries, expr, scope),
            ExprKind::Template(parts) => return self.template(parts, span, scope),
            ExprKind::Item => return scope.item.cloned().unwrap_or_else(|| Value::null(span)),
            ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Index(..) => return self.traversal(expr, scope),
            ExprKind::Splat(source, each) => return self.splat(source, each, expr, scope),
            ExprKind::Call(name, arguments, spread) => return self.call(name, arguments, *spread, expr, scope),
            ExprKind::Not(inner) => return self.not(inner, expr, scope),
            ExprKind::Negative(inner) => return self.negative(inner, expr, scope),
            ExprKind::Binary(operator, left, right) => return self.binary(*operator, left, right, expr, scope),
            ExprKind::Conditional(three) => return self.conditional(three, scope),
            ExprKind::For(parts) => return self.for_expression(parts, expr, scope),
        };
        Value::new(kind, span)
    }

    fn object(&mut self, entries: &[(Expr, Expr)], expr: &Expr, scope: &Scope<'_>) -> Value {
        let mut map = Keyed::default();
        for (key, value) in entries {
            let name = match &key.kind {
                ExprKind::Text(text) => text.clone(),
                _ => {
                    let key = self.eval(key, scope);
                    self.key_text(&key)
                }
            };
            let value = self.eval(value, scope);
            map.put(name, value);
        }
        Value::new(ValueKind::Map(map.into_list()), expr.span)
    }

    fn not(&mut self, inner: &Expr, expr: &Expr, scope: &Scope<'_>) -> Value {
        let value = self.eval(inner, scope);
        match self.truth(&value) {
            Some(flag) => Value::new(ValueKind::Bool(!flag), expr.span),
            None => unknown_of(&[&value], expr),
        }
    }

    fn negative(&mut self, inner: &Expr, expr: &Expr, scope: &Scope<'_>) -> Value {
        let value = self.eval(inner, scope);
        match self.resolve(&value).as_number() {
            Some(number) => Value::new(ValueKind::Number(-number), expr.span),
            None => unknown_of(&[&value], expr),
        }
    }

    fn binary(&mut self, operator: Operator, left: &Expr, right: &Expr, expr: &Expr, scope: &Scope<'_>) -> Value {
        let left = self.eval(left, scope);
        // What settles it alone leaves the other side alone.
        let settles = match operator {
            Operator::And => Some(false),
            Operator::Or => Some(true),
            _ => None,
        };
        if let Some(settling) = settles
            && self.truth(&left) == Some(settling)
        {
            return Value::new(ValueKind::Bool(settling), expr.span);
        }
        let right = self.eval(right, scope);
        let result = self.operate(operator, &left, &right);
        match result {
            Some(kind) => Value::new(kind, expr.span),
            None => unknown_of(&[&left, &right], expr),
        }
    }

    fn conditional(&mut self, three: &[Expr; 3], scope: &Scope<'_>) -> Value {
        let [condition, yes, no] = three;
        let condition = self.eval(condition, scope);
        match self.truth(&condition) {
            Some(true) => self.eval(yes, scope),
            Some(false) => self.eval(no, scope),
            None => {
                // One of the two may well fail: only one of them will be asked.
                let failures = self.failures;
                let yes = self.eval(yes, scope);
                let no = self.eval(no, scope);
                self.failures = failures;
                one_of(vec![yes, no])
            }
        }
    }

    /// What a loop goes over: keys and values; nothing when it is not known.
    pub(super) fn items_of(&mut self, over: &Value) -> Option<Vec<(Value, Value)>> {
        let over = self.resolve_top(over);
        let count = match &over.open().kind {
            ValueKind::List(items) => items.len(),
            ValueKind::Map(entries) => entries.len(),
            _ => 0,
        };
        if count > ITEMS {
            self.too_many_items(ITEMS, over.span);
        }
        match &over.open().kind {
            ValueKind::List(items) => {
                let numbered = |(index, item): (usize, &Value)| {
                    let index = u32::try_from(index).map_or(f64::MAX, f64::from);
                    (Value::new(ValueKind::Number(index), item.span), item.clone())
                };
                Some(items.iter().take(ITEMS).enumerate().map(numbered).collect())
            }
            ValueKind::Map(entries) => {
                // The tool goes through the keys in their own order.
                let mut sorted: Vec<_> = entries.iter().take(ITEMS).collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0));
                Some(
                    sorted
                        .into_iter()
                        .map(|(key, value)| (Value::text(key.clone(), value.span), value.clone()))
                        .collect(),
                )
            }
            ValueKind::Null => Some(Vec::new()),
            _ => None,
        }
    }

    /// The same, with one item that stands for all of them where they are not known.
    pub(super) fn loop_items(&mut self, over: &Value, is_set: bool) -> Option<Vec<(Value, Value)>> {
        let over = self.resolve_top(over);
        if let Some(mut items) = self.items_of(&over) {
            if is_set && over.as_list().is_some() {
                for (key, value) in &mut items {
                    key.clone_from(value);
                }
            }
            return Some(items);
        }
        let item = match &over.open().kind {
            ValueKind::Unknown(_) => several(over.open()),
            ValueKind::Reference(of) if !of.attribute.is_empty() => several(over.open()),
            _ => return None,
        };
        Some(vec![(item.clone(), item)])
    }

    /// Whether an expression gives a set, whose items are their own keys.
    pub(super) fn is_set(&self, expr: &Expr, instance: usize, depth: u8) -> bool {
        if depth > 8 {
            return false;
        }
        match &expr.kind {
            ExprKind::Call(name, ..) => {
                matches!(&**name, "toset" | "setunion" | "setsubtract" | "setintersection" | "fileset")
            }
            ExprKind::Conditional(three) => {
                let [_, yes, no] = &**three;
                self.is_set(yes, instance, depth + 1) || self.is_set(no, instance, depth + 1)
            }
            ExprKind::Attribute(of, name) => {
                let (ExprKind::Name(root), Some(of)) = (&of.kind, self.instance(instance)) else { return false };
                match &**root {
                    "var" => of.module.variables.get(name).is_some_and(|declared| declared.ty.is_set()),
                    "local" => {
                        of.module.locals.get(name).is_some_and(|local| self.is_set(&local.value, instance, depth + 1))
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    fn for_expression(&mut self, parts: &For, expr: &Expr, scope: &Scope<'_>) -> Value {
        let over = self.eval(&parts.over, scope);
        if let ValueKind::OneOf(alternatives) = &over.open().kind {
            let results =
                alternatives.clone().iter().map(|alternative| self.for_over(parts, alternative, expr, scope)).collect();
            return one_of(results);
        }
        self.for_over(parts, &over, expr, scope)
    }

    fn for_over(&mut self, parts: &For, over: &Value, expr: &Expr, scope: &Scope<'_>) -> Value {
        let is_set = parts.second.is_some() && self.is_set(&parts.over, scope.instance, 0);
        let Some(items) = self.loop_items(over, is_set) else { return unknown_of(&[over], expr) };
        let mut list = Vec::new();
        let mut map = Keyed::default();
        for (key, value) in items {
            let stands_for_several = is_several(&value);
            let mut open = false;
            let (first, second) = match &parts.second {
                Some(second) => (key, Some((second, value))),
                None => (value, None),
            };
            let first = Binding { name: &parts.first, value: first, next: scope.bindings };
            let second = second.map(|(name, value)| Binding { name, value, next: Some(&first) });
            let inner = Scope { bindings: Some(second.as_ref().unwrap_or(&first)), ..*scope };
            if let Some(only) = &parts.only {
                let flag = self.eval(only, &inner);
                match self.truth(&flag) {
                    Some(true) => {}
                    Some(false) => continue,
                    None => open = true,
                }
            }
            let value = self.eval(&parts.value, &inner);
            let value = match (stands_for_several, open) {
                (true, _) => several(&value),
                (false, true) => maybe(&value),
                (false, false) => value,
            };
            let Some(key) = &parts.key else {
                list.push(value);
                continue;
            };
            let key = self.eval(key, &inner);
            let key = self.key_text(&key);
            if parts.grouped {
                match map.get_mut(&key) {
                    Some(Value { kind: ValueKind::List(group), .. }) => group.push(value),
                    _ => map.put(key, Value::new(ValueKind::List(vec![value]), expr.span)),
                }
            } else {
                map.put(key, value);
            }
        }
        let kind = if parts.key.is_some() { ValueKind::Map(map.into_list()) } else { ValueKind::List(list) };
        Value::new(kind, expr.span)
    }

    /// A value as the key of a map; what is not known is written `${name}`.
    pub(super) fn key_text(&mut self, value: &Value) -> Text {
        let value = self.resolve(value);
        super::template::plain(&value).into()
    }
}

/// Sets a key: one that is there already gets the new value.
pub(super) fn put(map: &mut Vec<(Text, Value)>, key: Text, value: Value) {
    // Small maps are by far the most; a search is quicker than an index.
    match map.iter_mut().find(|(known, _)| *known == key) {
        Some(known) => known.1 = value,
        None => map.push((key, value)),
    }
}

/// Not known because of the first operand that is not.
pub(super) fn unknown_of(operands: &[&Value], expr: &Expr) -> Value {
    fn reason(value: &Value) -> Option<(Why, Text)> {
        match &value.kind {
            ValueKind::Unknown(unknown) => Some((unknown.why, unknown.name.clone())),
            ValueKind::Reference(reference) if reference.attribute.is_empty() => {
                Some((Why::Computed, reference.address.clone()))
            }
            ValueKind::Reference(reference) => {
                Some((Why::Computed, format!("{}.{}", reference.address, reference.attribute).into()))
            }
            ValueKind::Template(items) | ValueKind::List(items) | ValueKind::OneOf(items) => {
                items.iter().find_map(reason)
            }
            ValueKind::Map(entries) => entries.iter().find_map(|(_, value)| reason(value)),
            ValueKind::Document(inner) | ValueKind::Secret(inner) => reason(inner),
            _ => None,
        }
    }
    let (why, name) =
        operands.iter().find_map(|operand| reason(operand)).unwrap_or_else(|| (Why::Unsupported, words(expr).into()));
    Value::unknown(why, name, expr.span)
}
