//! Names and what follows them: variables, locals, modules, and references to resources.

use std::rc::Rc;

use vauban_model::resource::{Mode, Reference, Text, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};

use super::expression::unknown_of;
use super::operators::one_of;
use super::template::{number_text, plain};
use super::{Children, Evaluator, Expansion, Form, Scope, used};
use crate::terraform::functions::is_several;
use crate::terraform::syntax::{Expr, ExprKind, words};

/// How many stated values are followed one after another.
const HOPS: u8 = 16;

/// One step of a traversal.
#[derive(Clone, Copy)]
pub(super) enum Step<'e> {
    Name(&'e Text),
    Index(&'e Expr),
}

/// The expression a traversal starts with, and its steps.
fn steps(expr: &Expr) -> (&Expr, Vec<Step<'_>>) {
    let mut steps = Vec::new();
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Attribute(inner, name) => {
                steps.push(Step::Name(name));
                at = inner;
            }
            ExprKind::Index(inner, index) => {
                steps.push(Step::Index(index));
                at = inner;
            }
            _ => break,
        }
    }
    steps.reverse();
    (at, steps)
}

impl Evaluator<'_> {
    pub(super) fn traversal(&mut self, expr: &Expr, scope: &Scope<'_>) -> Value {
        let (start, steps) = steps(expr);
        let ExprKind::Name(root) = &start.kind else {
            let value = self.eval(start, scope);
            return self.walk(&value, &steps, expr, scope);
        };
        if let Some(value) = scope.bound(root) {
            return self.walk(value, &steps, expr, scope);
        }
        let shared = |this: &mut Self, value: &Rc<Value>, rest: &[Step<'_>], name: &str| {
            let value = this.walk(value, rest, expr, scope);
            used(value, expr.span, name)
        };
        match (&**root, steps.as_slice()) {
            ("var", [Step::Name(name), rest @ ..]) => {
                let value = self.variable(scope.instance, name, expr.span);
                shared(self, &value, rest, &format!("var.{name}"))
            }
            ("local", [Step::Name(name), rest @ ..]) => {
                let value = self.local(scope.instance, name, expr.span);
                shared(self, &value, rest, &format!("local.{name}"))
            }
            ("each", [Step::Name(name), rest @ ..]) => {
                let value = scope.key.and_then(|key| key.each.as_ref()).map(|(key, value)| match &***name {
                    "key" => key,
                    _ => value,
                });
                match value {
                    Some(value) => self.walk(value, rest, expr, scope),
                    None => Value::unknown(Why::Missing, words(expr), expr.span),
                }
            }
            ("count", [Step::Name(_), ..]) => match scope.key.and_then(|key| key.count.clone()) {
                Some(value) => Value { span: expr.span, ..value },
                None => Value::unknown(Why::Missing, words(expr), expr.span),
            },
            ("path", [Step::Name(name)]) => {
                let instance = self.instance(scope.instance);
                let path = match &***name {
                    "module" => instance.map_or_else(|| ".".into(), |instance| instance.path.clone()),
                    _ => ".".into(),
                };
                Value::text(path, expr.span)
            }
            ("terraform" | "tofu", [Step::Name(_)]) => Value::text("default", expr.span),
            ("self", rest) => {
                let Some(key) = scope.key else { return Value::unknown(Why::Missing, words(expr), expr.span) };
                let whole = reference(key.address.clone(), "", expr.span);
                self.walk(&whole, rest, expr, scope)
            }
            ("module", [Step::Name(name), rest @ ..]) => self.module_traversal(name, rest, expr, scope),
            ("data" | "ephemeral", [Step::Name(ty), Step::Name(name), rest @ ..]) => {
                self.resource_traversal(&format!("{root}.{ty}.{name}"), rest, expr, scope)
            }
            ("resource", [Step::Name(ty), Step::Name(name), rest @ ..]) => {
                self.resource_traversal(&format!("{ty}.{name}"), rest, expr, scope)
            }
            (_, [Step::Name(name), rest @ ..]) => self.resource_traversal(&format!("{root}.{name}"), rest, expr, scope),
            _ => Value::unknown(Why::Unsupported, words(expr), expr.span),
        }
    }

    /// Follows steps from a value.
    pub(super) fn walk(&mut self, value: &Value, steps: &[Step<'_>], expr: &Expr, scope: &Scope<'_>) -> Value {
        let mut at = value;
        // By reference as far as it goes: big maps are not copied for one entry of theirs.
        for (index, step) in steps.iter().enumerate() {
            let next = match (step, &at.kind) {
                (Step::Name(name), ValueKind::Map(entries)) => {
                    entries.iter().find(|(key, _)| key == *name).map(|(_, v)| v)
                }
                _ => None,
            };
            match next {
                Some(next) => at = next,
                None => {
                    if !self.copies(at) {
                        return self.too_much(expr);
                    }
                    let mut owned = at.clone();
                    for step in steps.get(index..).unwrap_or_default() {
                        owned = self.step(owned, *step, expr, scope);
                    }
                    return owned;
                }
            }
        }
        if self.copies(at) { at.clone() } else { self.too_much(expr) }
    }

    fn step(&mut self, value: Value, step: Step<'_>, expr: &Expr, scope: &Scope<'_>) -> Value {
        match value.kind {
            ValueKind::Unknown(_) => return value,
            ValueKind::Secret(inner) => {
                let inner = self.step(*inner, step, expr, scope);
                return super::variables::secret(inner);
            }
            ValueKind::OneOf(alternatives) => {
                let failures = self.failures;
                let results: Vec<Value> =
                    alternatives.into_iter().map(|one| self.step(one, step, expr, scope)).collect();
                self.failures = failures;
                // An alternative without the step was not the one that is used here.
                let sound: Vec<Value> = results.iter().filter(|one| !is_failure(one)).cloned().collect();
                return one_of(if sound.is_empty() { results } else { sound });
            }
            _ => {}
        }
        let index;
        let key: Text = match step {
            Step::Name(name) => name.clone(),
            Step::Index(at) => {
                index = self.eval(at, scope);
                let resolved = self.resolve(&index);
                match &resolved.open().kind {
                    ValueKind::Text(text) => text.clone(),
                    ValueKind::Number(number) => number_text(*number).into(),
                    ValueKind::OneOf(alternatives) => {
                        let keys: Vec<Text> = alternatives.iter().map(|one| plain(one).into()).collect();
                        let results =
                            keys.iter().map(|key| self.step(value.clone(), Step::Name(key), expr, scope)).collect();
                        return one_of(results);
                    }
                    _ => return any_item(&value, &resolved, expr),
                }
            }
        };
        match &value.kind {
            ValueKind::Reference(of) => extend(of, &key, &value),
            ValueKind::Map(entries) => match entries.iter().find(|(known, _)| *known == key) {
                Some((_, value)) => value.clone(),
                None => {
                    // Entries whose keys are not known may well be it.
                    let maybe: Vec<Value> = entries
                        .iter()
                        .filter(|(known, value)| known.contains("${") || is_several(value))
                        .map(|(_, value)| value.clone())
                        .collect();
                    if maybe.is_empty() { self.failure(words(expr), expr.span) } else { one_of(maybe) }
                }
            },
            ValueKind::List(items) => match key.parse::<usize>().ok().and_then(|index| items.get(index)) {
                Some(item) => item.clone(),
                None => match (items.as_slice(), step) {
                    ([.., last], Step::Index(_)) if is_several(last) => last.clone(),
                    // A block that stands once is spoken of as if it were no list.
                    ([one], Step::Name(_)) if one.as_map().is_some() => {
                        one.get(&key).cloned().unwrap_or_else(|| Value::null(expr.span))
                    }
                    _ => self.failure(words(expr), expr.span),
                },
            },
            _ => self.failure(words(expr), expr.span),
        }
    }

    /// `source[*].rest`.
    pub(super) fn splat(&mut self, source: &Expr, each: &Expr, expr: &Expr, scope: &Scope<'_>) -> Value {
        let source = self.eval(source, scope);
        self.splat_over(&source, each, expr, scope)
    }

    fn splat_over(&mut self, source: &Value, each: &Expr, expr: &Expr, scope: &Scope<'_>) -> Value {
        let apply = |this: &mut Self, item: &Value| {
            let inner = Scope { item: Some(item), ..*scope };
            this.eval(each, &inner)
        };
        let kind = match &source.kind {
            ValueKind::List(items) => ValueKind::List(items.iter().map(|item| apply(self, item)).collect()),
            ValueKind::Null => ValueKind::List(Vec::new()),
            ValueKind::Unknown(_) => return unknown_of(&[source], expr),
            ValueKind::Secret(inner) => return super::variables::secret(self.splat_over(inner, each, expr, scope)),
            ValueKind::OneOf(alternatives) => {
                let results = alternatives.iter().map(|one| self.splat_over(one, each, expr, scope)).collect();
                return one_of(results);
            }
            // Of an attribute: all that is in it.
            ValueKind::Reference(of) if !of.attribute.is_empty() => {
                let stated = self.resolve_top(source);
                if let ValueKind::List(items) = &stated.kind {
                    ValueKind::List(items.iter().map(|item| apply(self, item)).collect())
                } else {
                    return apply(self, &extend(of, "*", source));
                }
            }
            _ => ValueKind::List(vec![apply(self, source)]),
        };
        Value::new(kind, expr.span)
    }

    fn module_traversal(&mut self, name: &Text, rest: &[Step<'_>], expr: &Expr, scope: &Scope<'_>) -> Value {
        let Some(of) = self.instance(scope.instance) else { return Value::null(expr.span) };
        let prefix = of.prefix.clone();
        let module = Rc::clone(&of.module);
        let Some(call) = module.by_call.get(name).copied() else {
            return self.undeclared("module", &format!("module.{name}"), expr.span);
        };
        let Some(children) = self.children(scope.instance, call) else {
            return Value::unknown(Why::Cycle, format!("module.{name}"), expr.span);
        };
        let (chosen, rest) = match self.choose(&children.expansion, rest, expr, scope) {
            Chosen::These(chosen, rest) => (chosen, rest),
            Chosen::All => {
                let all: Vec<Value> =
                    (0..children.expansion.keys.len()).map(|at| self.module_whole(&children, at, expr.span)).collect();
                return gather(&children.expansion, all, expr.span);
            }
            Chosen::Nothing => return self.failure(words(expr), expr.span),
        };
        let full_name = format!("{prefix}module.{name}");
        let values = chosen.into_iter().map(|at| match (children.instances.get(at), rest) {
            (Some(instance), [Step::Name(output), rest @ ..]) => {
                let value = self.output_value(*instance, output, expr.span);
                let value = self.walk(&value, rest, expr, scope);
                used(value, expr.span, &format!("{full_name}.{output}"))
            }
            _ => {
                let whole = self.module_whole(&children, at, expr.span);
                self.walk(&whole, rest, expr, scope)
            }
        });
        one_of(values.collect())
    }

    /// All outputs of one instance of a module.
    fn module_whole(&mut self, children: &Children, at: usize, span: Span) -> Value {
        let Some(instance) = children.instances.get(at).copied() else {
            let address = children.expansion.keys.get(at).map_or_else(|| "".into(), |key| key.address.clone());
            return reference(address, "", span);
        };
        let outputs = self.instance(instance).map(|of| Rc::clone(&of.module));
        let mut map = Vec::new();
        for name in outputs.iter().flat_map(|module| &module.output_order) {
            map.push((name.clone(), (*self.output_value(instance, name, span)).clone()));
        }
        Value::new(ValueKind::Map(map), span)
    }

    fn resource_traversal(&mut self, address: &str, rest: &[Step<'_>], expr: &Expr, scope: &Scope<'_>) -> Value {
        let Some(of) = self.instance(scope.instance) else { return Value::null(expr.span) };
        let module = Rc::clone(&of.module);
        let Some(index) = module.by_address.get(address).copied() else {
            self.say(
                Diagnostic::note("undeclared-resource", expr.span, format!("no resource `{address}` is declared"))
                    .help("declare it, or check its spelling; the reference is kept"),
            );
            return self.undeclared_resource(address, rest, expr, scope);
        };
        let Some(expansion) = self.expansion(scope.instance, index) else {
            return Value::unknown(Why::Cycle, address, expr.span);
        };
        let (chosen, rest) = match self.choose(&expansion, rest, expr, scope) {
            Chosen::These(chosen, rest) => (chosen, rest),
            Chosen::All => {
                let all = expansion.keys.iter().map(|key| reference(key.address.clone(), "", expr.span)).collect();
                return gather(&expansion, all, expr.span);
            }
            Chosen::Nothing => return self.failure(words(expr), expr.span),
        };
        let mut values = Vec::new();
        for at in chosen {
            let Some(key) = expansion.keys.get(at) else { continue };
            let computed = match (rest, module.resources.get(index)) {
                ([Step::Name(name), ..], Some(declaration)) if is_computed(declaration.mode, &declaration.ty, name) => {
                    self.attribute(scope.instance, index, at, name).map(|value| (value, (*name).clone()))
                }
                _ => None,
            };
            values.push(match computed {
                Some((value, name)) => used((*value).clone(), expr.span, &format!("{}.{name}", key.address)),
                None => {
                    let whole = reference(key.address.clone(), "", expr.span);
                    self.walk(&whole, rest, expr, scope)
                }
            });
        }
        one_of(values)
    }

    fn undeclared_resource(&mut self, address: &str, rest: &[Step<'_>], expr: &Expr, scope: &Scope<'_>) -> Value {
        let prefix = self.instance(scope.instance).map_or_else(|| "".into(), |of| of.prefix.clone());
        let mut address = format!("{prefix}{address}");
        let mut rest = rest;
        if let [Step::Index(at), after @ ..] = rest {
            let at = self.eval(at, scope);
            let at = self.resolve(&at);
            address.push_str(&match &at.open().kind {
                ValueKind::Text(text) => format!("[\"{text}\"]"),
                ValueKind::Number(number) => format!("[{}]", number_text(*number)),
                _ => "[*]".to_owned(),
            });
            rest = after;
        }
        let whole = reference(address.into(), "", expr.span);
        self.walk(&whole, rest, expr, scope)
    }

    /// Which instances of a block a traversal means.
    fn choose<'r, 'e>(
        &mut self,
        expansion: &Expansion,
        rest: &'r [Step<'e>],
        expr: &Expr,
        scope: &Scope<'_>,
    ) -> Chosen<'r, 'e> {
        let all = || (0..expansion.keys.len().min(super::ALTERNATIVES)).collect::<Vec<_>>();
        let _ = expr;
        match (expansion.form, rest) {
            (Form::Single, [Step::Index(at), after @ ..]) if matches!(at.kind, ExprKind::Number(_)) => {
                Chosen::These(vec![0], after)
            }
            (Form::Single, _) => Chosen::These(vec![0], rest),
            (_, []) => Chosen::All,
            (Form::Unknown, [Step::Index(_), after @ ..]) => Chosen::These(vec![0], after),
            (Form::Unknown, _) => Chosen::These(vec![0], rest),
            (_, [Step::Index(at), after @ ..]) => {
                let at = self.eval(at, scope);
                let at = self.resolve(&at);
                let find = |at: &Value| {
                    let name = plain(at);
                    expansion.keys.iter().position(|key| *key.name == *name)
                };
                match &at.open().kind {
                    ValueKind::Text(_) | ValueKind::Number(_) | ValueKind::Bool(_) => match find(at.open()) {
                        Some(found) => Chosen::These(vec![found], after),
                        None => Chosen::Nothing,
                    },
                    ValueKind::OneOf(alternatives) if alternatives.iter().all(|one| find(one).is_some()) => {
                        Chosen::These(alternatives.iter().filter_map(find).collect(), after)
                    }
                    _ if expansion.keys.is_empty() => Chosen::Nothing,
                    _ => Chosen::These(all(), after),
                }
            }
            (_, [Step::Name(_), ..]) if expansion.keys.is_empty() => Chosen::Nothing,
            // Without an index, as older configurations write it.
            (_, [Step::Name(name), after @ ..]) => match expansion.keys.iter().position(|key| key.name == **name) {
                Some(found) => Chosen::These(vec![found], after),
                None => Chosen::These(all(), rest),
            },
        }
    }

    /// A value with stated attributes filled in for references, as far as they are stated; lists and maps inside too.
    pub(super) fn resolve(&mut self, value: &Value) -> Value {
        self.resolve_within(value, HOPS)
    }

    /// The same for the value itself alone.
    pub(super) fn resolve_top(&mut self, value: &Value) -> Value {
        let mut at = value.clone();
        for _ in 0..HOPS {
            let ValueKind::Reference(of) = &at.open().kind else { break };
            match self.stated(&of.clone()) {
                Some(stated) => at = stated,
                None => break,
            }
        }
        at
    }

    fn resolve_within(&mut self, value: &Value, hops: u8) -> Value {
        if hops == 0 || !has_reference(value) {
            return value.clone();
        }
        let many = |this: &mut Self, items: &[Value]| -> Vec<Value> {
            items.iter().map(|item| this.resolve_within(item, hops)).collect()
        };
        let kind = match &value.kind {
            ValueKind::Reference(of) => match self.stated(of) {
                Some(stated) => return self.resolve_within(&stated, hops - 1),
                None => return value.clone(),
            },
            ValueKind::Template(parts) => {
                let parts = many(self, parts);
                if parts.iter().all(|part| part.as_text().is_some()) {
                    ValueKind::Text(parts.iter().filter_map(Value::as_text).collect::<String>().into())
                } else {
                    ValueKind::Template(parts)
                }
            }
            ValueKind::List(items) => ValueKind::List(many(self, items)),
            ValueKind::OneOf(items) => ValueKind::OneOf(many(self, items)),
            ValueKind::Map(entries) => ValueKind::Map(
                entries.iter().map(|(key, item)| (key.clone(), self.resolve_within(item, hops))).collect(),
            ),
            ValueKind::Secret(inner) => ValueKind::Secret(Box::new(self.resolve_within(inner, hops))),
            ValueKind::Document(inner) => ValueKind::Document(Box::new(self.resolve_within(inner, hops))),
            _ => return value.clone(),
        };
        Value { kind, span: value.span, via: value.via.clone() }
    }

    /// The stated value of what a reference is to.
    fn stated(&mut self, of: &Reference) -> Option<Value> {
        let (instance, resource, key) = self.addresses.get(&of.address).copied()?;
        let (name, path) = match of.attribute.split_once('.') {
            Some((name, path)) => (name, Some(path)),
            None => (&*of.attribute, None),
        };
        if name.is_empty() {
            return None;
        }
        let value = self.attribute(instance, resource, key, name)?;
        let value = match path {
            Some(path) => value.at(path)?.clone(),
            None => (*value).clone(),
        };
        Some(value)
    }
}

enum Chosen<'r, 'e> {
    These(Vec<usize>, &'r [Step<'e>]),
    All,
    Nothing,
}

/// Attributes of data sources that are worked out here.
fn is_computed(mode: Mode, ty: &str, name: &str) -> bool {
    mode == Mode::Data
        && matches!((ty, name), ("aws_iam_policy_document", "json" | "minified_json") | ("template_file", "rendered"))
}

/// All instances of a block as one value.
fn gather(expansion: &Expansion, all: Vec<Value>, span: Span) -> Value {
    let kind = match expansion.form {
        Form::Keyed => ValueKind::Map(expansion.keys.iter().map(|key| key.name.clone()).zip(all).collect()),
        _ => ValueKind::List(all),
    };
    Value::new(kind, span)
}

pub(super) fn reference(address: Text, attribute: &str, span: Span) -> Value {
    Value::new(ValueKind::Reference(Reference { address, attribute: attribute.into() }), span)
}

fn extend(of: &Reference, step: &str, value: &Value) -> Value {
    let attribute = if of.attribute.is_empty() { step.into() } else { format!("{}.{step}", of.attribute).into() };
    let kind = ValueKind::Reference(Reference { address: of.address.clone(), attribute });
    Value { kind, span: value.span, via: value.via.clone() }
}

/// An item whose key is not known.
fn any_item(value: &Value, key: &Value, expr: &Expr) -> Value {
    match &value.kind {
        ValueKind::Reference(of) => extend(of, "*", value),
        ValueKind::Map(entries) if !entries.is_empty() => one_of(entries.iter().map(|(_, v)| v.clone()).collect()),
        ValueKind::List(items) if !items.is_empty() => one_of(items.clone()),
        _ => unknown_of(&[key, value], expr),
    }
}

fn is_failure(value: &Value) -> bool {
    matches!(&value.kind, ValueKind::Unknown(unknown) if unknown.why == Why::Unsupported)
}

fn has_reference(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Reference(_) => true,
        ValueKind::Template(items) | ValueKind::List(items) | ValueKind::OneOf(items) => {
            items.iter().any(has_reference)
        }
        ValueKind::Map(entries) => entries.iter().any(|(_, value)| has_reference(value)),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => has_reference(inner),
        _ => false,
    }
}
