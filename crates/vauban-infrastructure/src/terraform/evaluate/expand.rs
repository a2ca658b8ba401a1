//! How many there are of a block: `count` and `for_each`.

use std::rc::Rc;

use vauban_model::resource::{Text, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};

use super::operators::one_of;
use super::{Evaluator, Expansion, Form, INSTANCES, Key, Scope};
use crate::terraform::syntax::{Body, Expr, ExprKind, conditions};

impl Evaluator<'_> {
    /// The instances of a resource; nothing when it asks for itself.
    pub(super) fn expansion(&mut self, instance: usize, resource: usize) -> Option<Rc<Expansion>> {
        let of = self.instance_mut(instance)?;
        if let Some(known) = of.expansions.get(&resource) {
            return known.clone();
        }
        of.expansions.insert(resource, None);
        let module = Rc::clone(&of.module);
        let prefix = of.prefix.clone();
        let declaration = module.resources.get(resource)?;
        let address = format!("{prefix}{}", declaration.address);
        let expansion =
            Rc::new(self.expand(&declaration.block.body, &address, declaration.block.span, &Scope::of(instance)));
        for (at, key) in expansion.keys.iter().enumerate() {
            self.addresses.entry(key.address.clone()).or_insert((instance, resource, at));
        }
        self.instance_mut(instance)?.expansions.insert(resource, Some(Rc::clone(&expansion)));
        Some(expansion)
    }

    /// The instances of a block with these arguments.
    pub(super) fn expand(&mut self, body: &Body, address: &str, span: Span, scope: &Scope<'_>) -> Expansion {
        if let Some(count) = body.attribute("count") {
            let value = self.eval(&count.value, scope);
            let value = self.resolve(&value);
            let mut expansion = self.counted(&value, address, span);
            if expansion.form == Form::Unknown && one_or_none(&value) {
                let name = self.condition_of(&count.value, scope);
                let name = name.map_or_else(|| "the condition of its count".to_owned(), |name| format!("`{name}`"));
                let text: Text = format!("{name} is such that {address} is made").into();
                // The same words in another module may speak of something else.
                let prefix = self.instance(scope.instance).map_or("", |of| &*of.prefix);
                let all = conditions(&count.value).unwrap_or_else(|| vec![format!("the count of {address}")]);
                expansion.only_if =
                    all.into_iter().map(|one| (format!("{prefix}{one}").into(), text.clone())).collect();
            }
            return expansion;
        }
        if let Some(each) = body.attribute("for_each") {
            let value = self.eval(&each.value, scope);
            return self.keyed(&value, address, span);
        }
        let key = Key { address: address.into(), name: "".into(), each: None, count: None };
        Expansion { form: Form::Single, keys: vec![key], only_if: Vec::new() }
    }

    /// What is not known of the condition that a count hangs on, by its name: of `var.open ? 1 : 0` it is `var.open`.
    fn condition_of(&mut self, count: &Expr, scope: &Scope<'_>) -> Option<Text> {
        let ExprKind::Conditional(three) = &count.kind else { return None };
        let [condition, ..] = &**three;
        let value = self.eval(condition, scope);
        let value = self.resolve(&value);
        first_unknown(&value, 0)
    }

    fn counted(&mut self, value: &Value, address: &str, span: Span) -> Expansion {
        let number = match &value.open().kind {
            ValueKind::Bool(flag) => Some(f64::from(u8::from(*flag))),
            _ => value.as_number(),
        };
        let Some(number) = number else {
            // At most one there is: then its index is known.
            let at_most_one = match &value.open().kind {
                ValueKind::OneOf(alternatives) => {
                    alternatives.iter().all(|one| one.as_number().is_some_and(|number| number <= 1.0))
                }
                _ => false,
            };
            let count = if at_most_one {
                Value::new(ValueKind::Number(0.0), value.span)
            } else {
                Value::unknown(Why::Computed, "count.index", value.span)
            };
            return unknown(address, None, Some(count));
        };
        let wanted = if number.is_finite() && number > 0.0 { number.floor() } else { 0.0 };
        let bounded = if wanted > 10_000.0 {
            self.too_many(address, span);
            INSTANCES
        } else {
            (0..INSTANCES)
                .take_while(|index| u32::try_from(*index).is_ok_and(|index| f64::from(index) < wanted))
                .count()
        };
        let keys = (0..bounded).map(|index| Key {
            address: format!("{address}[{index}]").into(),
            name: index.to_string().into(),
            each: None,
            count: Some(Value::new(ValueKind::Number(u32::try_from(index).map_or(0.0, f64::from)), value.span)),
        });
        Expansion { form: Form::Counted, keys: keys.collect(), only_if: Vec::new() }
    }

    fn keyed(&mut self, value: &Value, address: &str, span: Span) -> Expansion {
        let Some(mut items) = self.each_items(value) else {
            let mut pairs = self.possible(value);
            if pairs.is_empty() {
                pairs = self.loop_items(value, true).unwrap_or_default();
            }
            let either = |pick: fn(&(Value, Value)) -> &Value, name: &str| {
                if pairs.is_empty() {
                    Value::unknown(Why::Computed, name, value.span)
                } else {
                    one_of(pairs.iter().map(pick).cloned().collect())
                }
            };
            let each = (either(|pair| &pair.0, "each.key"), either(|pair| &pair.1, "each.value"));
            return unknown(address, Some(each), None);
        };
        if items.len() > INSTANCES {
            self.too_many(address, span);
            items.truncate(INSTANCES);
        }
        let keys = items.into_iter().map(|(key, value)| Key {
            address: format!("{address}[\"{key}\"]").into(),
            name: key.clone(),
            each: Some((Value::text(key, value.span), value)),
            count: None,
        });
        Expansion { form: Form::Keyed, keys: keys.collect(), only_if: Vec::new() }
    }

    /// Keys and values of `for_each`, in the tool's order; nothing when the keys are not known.
    pub(super) fn each_items(&mut self, value: &Value) -> Option<Vec<(Text, Value)>> {
        let value = self.resolve_top(value);
        let mut items: Vec<(Text, Value)> = match &value.open().kind {
            ValueKind::Map(entries) => entries.clone(),
            ValueKind::List(items) => {
                let mut all = Vec::with_capacity(items.len());
                for item in items {
                    let text = self.resolve(item);
                    let key = match &text.open().kind {
                        ValueKind::Text(text) => text.clone(),
                        ValueKind::Number(_) | ValueKind::Bool(_) => super::template::plain(text.open()).into(),
                        _ => return None,
                    };
                    all.push((key, item.clone()));
                }
                all
            }
            ValueKind::Null => Vec::new(),
            _ => return None,
        };
        if items.iter().any(|(key, _)| key.contains("${")) {
            return None;
        }
        items.sort_by(|a, b| a.0.cmp(&b.0));
        items.dedup_by(|a, b| a.0 == b.0);
        Some(items)
    }

    /// Keys and values that may be, of something that is not known.
    pub(super) fn possible(&mut self, value: &Value) -> Vec<(Value, Value)> {
        let value = self.resolve_top(value);
        match &value.open().kind {
            ValueKind::OneOf(alternatives) => alternatives.iter().flat_map(|one| self.possible(one)).collect(),
            ValueKind::Map(entries) => {
                entries.iter().map(|(key, value)| (Value::text(key.clone(), value.span), value.clone())).collect()
            }
            ValueKind::List(items) => items.iter().map(|item| (item.clone(), item.clone())).collect(),
            _ => Vec::new(),
        }
    }

    /// A loop over more than is gone through.
    pub(super) fn too_many_items(&mut self, most: usize, span: Span) {
        self.say(
            Diagnostic::warning(
                "too-many-instances",
                span,
                format!("a loop goes over more than {most} items; the first of them are read"),
            )
            .help("check what it goes over"),
        );
    }

    fn too_many(&mut self, address: &str, span: Span) {
        self.say(
            Diagnostic::warning(
                "too-many-instances",
                span,
                format!("`{address}` has more than {INSTANCES} instances; the first of them are read"),
            )
            .help("check its `count` or `for_each`"),
        );
    }
}

fn unknown(address: &str, each: Option<(Value, Value)>, count: Option<Value>) -> Expansion {
    let key = Key { address: format!("{address}[*]").into(), name: "*".into(), each, count };
    Expansion { form: Form::Unknown, keys: vec![key], only_if: Vec::new() }
}

/// Whether a count is one or none, and not known which.
fn one_or_none(value: &Value) -> bool {
    let ValueKind::OneOf(alternatives) = &value.open().kind else { return false };
    let is = |wanted: f64| alternatives.iter().any(|one| one.as_number() == Some(wanted));
    is(0.0) && is(1.0) && alternatives.iter().all(|one| one.as_number().is_some_and(|number| number <= 1.0))
}

/// The name of the first part of a value that is not known.
fn first_unknown(value: &Value, depth: usize) -> Option<Text> {
    if depth > 8 {
        return None;
    }
    match &value.open().kind {
        ValueKind::Unknown(unknown) => (!unknown.name.is_empty()).then(|| unknown.name.clone()),
        ValueKind::Reference(reference) => Some(reference.address.clone()),
        ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => {
            parts.iter().find_map(|part| first_unknown(part, depth + 1))
        }
        ValueKind::Map(entries) => entries.iter().find_map(|(_, part)| first_unknown(part, depth + 1)),
        ValueKind::Document(inner) => first_unknown(inner, depth + 1),
        _ => None,
    }
}
