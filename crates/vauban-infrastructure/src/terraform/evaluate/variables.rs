//! Values of variables, locals and outputs.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use vauban_model::resource::{Text, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};

use super::load::Module;
use super::{Evaluator, Instance, Scope, Slot, used};
use crate::InputFile;
use crate::terraform::syntax::{Expr, Item, read_expression};

/// A value given for a variable of a root module.
pub(super) enum Given {
    /// In a file.
    Expression(Expr, Text),
    /// On the command line.
    Text(Text),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Variable,
    Local,
    Output,
}

impl Kind {
    fn slots(self, instance: &mut Instance) -> &mut FxHashMap<Text, Slot> {
        match self {
            Kind::Variable => &mut instance.variables,
            Kind::Local => &mut instance.locals,
            Kind::Output => &mut instance.outputs,
        }
    }
}

impl Evaluator<'_> {
    pub(super) fn variable(&mut self, instance: usize, name: &Text, span: Span) -> Rc<Value> {
        self.once(Kind::Variable, instance, name, span)
    }

    pub(super) fn local(&mut self, instance: usize, name: &Text, span: Span) -> Rc<Value> {
        self.once(Kind::Local, instance, name, span)
    }

    pub(super) fn output_value(&mut self, instance: usize, name: &Text, span: Span) -> Rc<Value> {
        self.once(Kind::Output, instance, name, span)
    }

    fn once(&mut self, kind: Kind, instance: usize, name: &Text, span: Span) -> Rc<Value> {
        let Some(of) = self.instances.get_mut(instance) else { return Rc::new(Value::null(span)) };
        if let Some(slot) = kind.slots(of).get(name).cloned() {
            if matches!(slot, Slot::Busy) {
                self.circle(kind, instance, name, span);
            }
            return self.settled(&slot, name, span);
        }
        kind.slots(of).insert(name.clone(), Slot::Busy);
        self.running.push((kind, instance, name.clone()));
        let module = Rc::clone(&of.module);
        let failures = self.failures;
        let keep_text = std::mem::replace(&mut self.keep_text, false);
        let value = match kind {
            Kind::Variable => self.find_variable(&module, instance, name, span),
            Kind::Local => match module.locals.get(name) {
                Some(local) => self.eval(&local.value, &Scope::of(instance)),
                None => self.undeclared("local value", &format!("local.{name}"), span),
            },
            Kind::Output => match module.outputs.get(name) {
                Some(output) => {
                    let value = match &output.value {
                        Some(expr) => self.eval(expr, &Scope::of(instance)),
                        None => Value::null(output.span),
                    };
                    if output.sensitive { secret(value) } else { value }
                }
                None => self.undeclared("output", &format!("{name} of the module"), span),
            },
        };
        self.keep_text = keep_text;
        self.running.pop();
        let value = Rc::new(value);
        let slot = Slot::Done(Rc::clone(&value), self.failures > failures);
        if let Some(of) = self.instances.get_mut(instance) {
            kind.slots(of).insert(name.clone(), slot);
        }
        value
    }

    /// Tells that a value is made of itself, with all that lie on the way.
    fn circle(&mut self, kind: Kind, instance: usize, name: &Text, span: Span) {
        let is_it = |(of, at, known): &(Kind, usize, Text)| *of == kind && *at == instance && known == name;
        let Some(first) = self.running.iter().position(is_it) else { return };
        let shown = |(kind, at, name): &(Kind, usize, Text)| {
            let prefix = self.instance(*at).map_or("", |of| &*of.prefix);
            let word = match kind {
                Kind::Variable => "var.",
                Kind::Local => "local.",
                Kind::Output => "output.",
            };
            format!("`{prefix}{word}{name}`")
        };
        let all = self.running.get(first..).unwrap_or_default();
        let members: Vec<String> = all.iter().chain(all.first()).take(12).map(shown).collect();
        let message = format!("a value is made of itself: {}", members.join(" from "));
        self.say(
            Diagnostic::warning("value-circle", span, message)
                .help("Terraform refuses this; give one of them a value of its own"),
        );
    }

    pub(super) fn undeclared(&mut self, what: &str, name: &str, span: Span) -> Value {
        self.say(
            Diagnostic::warning("undeclared-name", span, format!("no {what} `{name}` is declared"))
                .help("declare it, or check its spelling; until then the value is not known"),
        );
        self.failures = self.failures.saturating_add(1);
        Value::unknown(Why::Missing, name, span)
    }

    fn find_variable(&mut self, module: &Module, instance: usize, name: &Text, span: Span) -> Value {
        let Some(declared) = module.variables.get(name) else {
            return self.undeclared("variable", &format!("var.{name}"), span);
        };
        let Some(of) = self.instance(instance) else { return Value::null(span) };
        let full_name = format!("{}var.{name}", of.prefix);
        let scope = Scope::of(instance);
        let given = match of.caller.clone() {
            Some((caller, call, key)) => self.argument(caller, call, &key, name),
            None => {
                let root = Rc::clone(&of.root);
                match root.values.get(name) {
                    None => None,
                    Some(Given::Expression(expr, file)) => {
                        let value = self.eval(expr, &scope);
                        Some(used(value, declared.span, file))
                    }
                    Some(Given::Text(text)) => {
                        let plain = || Value::text(text.clone(), declared.span);
                        let value = match read_expression(text, declared.span) {
                            Some(expr) if !declared.ty.takes_text() || text.starts_with(['[', '{', '"']) => {
                                self.eval(&expr, &scope)
                            }
                            _ => plain(),
                        };
                        Some(value)
                    }
                }
            }
        };
        let given = given.filter(|value| declared.nullable || !value.is_null());
        let value = match (given, &declared.value) {
            (Some(given), _) => given,
            (None, Some(default)) => self.eval(default, &scope),
            (None, None) => Value::unknown(Why::Variable, full_name, declared.span),
        };
        let value = self.convert(value, &declared.ty, &scope);
        if declared.sensitive { secret(value) } else { value }
    }

    /// What the caller of a module passes.
    fn argument(&mut self, caller: usize, call: usize, key: &super::Key, name: &str) -> Option<Value> {
        let module = Rc::clone(&self.instance(caller)?.module);
        let attribute = module.calls.get(call)?.body.attribute(name)?;
        let value = self.eval(&attribute.value, &Scope::of(caller).with_key(key));
        Some(value)
    }

    /// Values given in a file, added to those given before.
    pub(super) fn values_of_file(&mut self, file: &InputFile, module: &Module, values: &mut FxHashMap<Text, Given>) {
        let body = self.body_of(file);
        for item in body.items {
            match item {
                Item::Attribute(attribute) => {
                    if !module.variables.contains_key(&attribute.name) {
                        self.say(
                            Diagnostic::note(
                                "value-for-no-variable",
                                attribute.span,
                                format!(
                                    "`{}` is given a value, and no variable of that name is declared",
                                    attribute.name
                                ),
                            )
                            .help("remove it, or declare the variable"),
                        );
                    }
                    let name = attribute.name.clone();
                    values.insert(name, Given::Expression(attribute.value, file.path.as_ref().into()));
                }
                Item::Block(block) => self.say(
                    Diagnostic::warning(
                        "unexpected-block",
                        block.span,
                        format!("`{}` is a block, and a file of values holds values only", block.kind),
                    )
                    .help("write `name = value`"),
                ),
            }
        }
    }
}

/// Marked as secret.
pub(super) fn secret(value: Value) -> Value {
    if matches!(value.kind, ValueKind::Secret(_) | ValueKind::Null) {
        return value;
    }
    let (span, via) = (value.span, value.via.clone());
    Value { kind: ValueKind::Secret(Box::new(value)), span, via }
}
