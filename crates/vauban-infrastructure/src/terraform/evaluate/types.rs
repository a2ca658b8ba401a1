//! Type constraints of variables: what they change about a value.

use std::rc::Rc;

use vauban_model::resource::{Text, Value, ValueKind};

use super::{Evaluator, Scope};
use crate::terraform::syntax::{Expr, ExprKind};

/// A type constraint.
#[derive(Clone, Debug)]
pub(super) enum Type {
    Any,
    String,
    Number,
    Bool,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Object(Rc<Vec<Field>>),
    Tuple(Vec<Type>),
}

/// An attribute of an object type.
#[derive(Debug)]
pub(super) struct Field {
    name: Text,
    ty: Type,
    default: Option<Expr>,
}

impl Type {
    /// The type an expression stands for; anything that is not understood allows everything.
    pub(super) fn read(expr: &Expr) -> Type {
        let inner = |arguments: &[Expr]| Box::new(arguments.first().map_or(Type::Any, Type::read));
        match &expr.kind {
            // Quoted types are how older configurations write them.
            ExprKind::Name(name) | ExprKind::Text(name) => match &**name {
                "string" => Type::String,
                "number" => Type::Number,
                "bool" => Type::Bool,
                "list" => Type::List(Box::new(Type::Any)),
                "map" => Type::Map(Box::new(Type::Any)),
                "set" => Type::Set(Box::new(Type::Any)),
                _ => Type::Any,
            },
            ExprKind::Call(name, arguments, _) => match &**name {
                "list" => Type::List(inner(arguments)),
                "set" => Type::Set(inner(arguments)),
                "map" => Type::Map(inner(arguments)),
                "optional" => *inner(arguments),
                "tuple" => match arguments.first().map(|argument| &argument.kind) {
                    Some(ExprKind::Tuple(items)) => Type::Tuple(items.iter().map(Type::read).collect()),
                    _ => Type::Any,
                },
                "object" => match arguments.first().map(|argument| &argument.kind) {
                    Some(ExprKind::Object(entries)) => {
                        Type::Object(Rc::new(entries.iter().filter_map(Field::read).collect()))
                    }
                    _ => Type::Any,
                },
                _ => Type::Any,
            },
            _ => Type::Any,
        }
    }

    /// Whether values of it are sets.
    pub(super) fn is_set(&self) -> bool {
        matches!(self, Type::Set(_))
    }

    /// Whether a value given as text on a command line is that text, rather than an expression.
    pub(super) fn takes_text(&self) -> bool {
        matches!(self, Type::Any | Type::String)
    }
}

impl Field {
    fn read((key, ty): &(Expr, Expr)) -> Option<Field> {
        let ExprKind::Text(name) = &key.kind else { return None };
        let default = match &ty.kind {
            ExprKind::Call(function, arguments, _) if &**function == "optional" => arguments.get(1).cloned(),
            _ => None,
        };
        Some(Field { name: name.clone(), ty: Type::read(ty), default })
    }
}

impl Evaluator<'_> {
    /// A value as its variable's type makes it: defaults of attributes filled in, simple values converted.
    pub(super) fn convert(&mut self, mut value: Value, ty: &Type, scope: &Scope<'_>) -> Value {
        if let ValueKind::Secret(inner) = value.kind {
            let inner = self.convert(*inner, ty, scope);
            value.kind = ValueKind::Secret(Box::new(inner));
            return value;
        }
        value.kind = match (value.kind, ty) {
            (ValueKind::OneOf(items), _) => {
                ValueKind::OneOf(items.into_iter().map(|item| self.convert(item, ty, scope)).collect())
            }
            (ValueKind::Number(number), Type::String) => ValueKind::Text(super::template::number_text(number).into()),
            (ValueKind::Bool(flag), Type::String) => ValueKind::Text(if flag { "true" } else { "false" }.into()),
            (ValueKind::Text(text), Type::Number) => match text.parse() {
                Ok(number) => ValueKind::Number(number),
                Err(_) => ValueKind::Text(text),
            },
            (ValueKind::Text(text), Type::Bool) => match text.parse() {
                Ok(flag) => ValueKind::Bool(flag),
                Err(_) => ValueKind::Text(text),
            },
            (ValueKind::List(items), Type::List(inner)) => {
                ValueKind::List(items.into_iter().map(|item| self.convert(item, inner, scope)).collect())
            }
            (ValueKind::List(items), Type::Set(inner)) => {
                let items = items.into_iter().map(|item| self.convert(item, inner, scope)).collect();
                ValueKind::List(super::operators::distinct(items))
            }
            (ValueKind::List(items), Type::Tuple(types)) => ValueKind::List(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| self.convert(item, types.get(index).unwrap_or(&Type::Any), scope))
                    .collect(),
            ),
            (ValueKind::Map(entries), Type::Map(inner)) => {
                ValueKind::Map(entries.into_iter().map(|(key, item)| (key, self.convert(item, inner, scope))).collect())
            }
            (ValueKind::Map(mut entries), Type::Object(fields)) => {
                for field in fields.iter() {
                    let position = entries.iter().position(|(key, _)| *key == field.name);
                    let given = position
                        .and_then(|at| entries.get_mut(at))
                        .map(|entry| std::mem::replace(&mut entry.1, Value::null(value.span)));
                    let new = match (given, &field.default) {
                        (Some(given), None) => given,
                        (Some(given), Some(_)) if !given.is_null() => given,
                        (_, Some(default)) => self.eval(default, scope),
                        (None, None) => Value::null(value.span),
                    };
                    let new = self.convert(new, &field.ty, scope);
                    match position.and_then(|at| entries.get_mut(at)) {
                        Some(entry) => entry.1 = new,
                        None => entries.push((field.name.clone(), new)),
                    }
                }
                ValueKind::Map(entries)
            }
            (kind, _) => kind,
        };
        value
    }
}
