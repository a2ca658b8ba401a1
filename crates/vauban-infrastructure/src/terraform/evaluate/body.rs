//! Arguments and nested blocks of a resource.

use std::rc::Rc;

use vauban_model::resource::{Text, Value, ValueKind};

use super::expression::unknown_of;
use super::{Binding, Evaluator, INSTANCES, Scope, Slot};
use crate::terraform::syntax::{Block, Body, Expr, ExprKind, Item, words};

/// Arguments that are about the block, not about what it declares.
const META: [&str; 5] = ["count", "for_each", "provider", "depends_on", "providers"];

/// How deep blocks may be nested.
const DEEPEST: u8 = 40;

impl Evaluator<'_> {
    /// An attribute of an instance of a resource, if it is stated or can be worked out.
    pub(super) fn attribute(&mut self, instance: usize, resource: usize, key: usize, name: &str) -> Option<Rc<Value>> {
        let id = (instance, resource, key);
        let module = Rc::clone(&self.instance(instance)?.module);
        let declaration = module.resources.get(resource)?;
        if let Some(slot) = self.attributes.get(&id).and_then(|slots| slots.get(name)).cloned() {
            let span = declaration.block.span;
            let value = self.settled(&slot, &format!("{}.{name}", declaration.address), span);
            return (!value.is_null()).then_some(value);
        }
        self.attributes.entry(id).or_default().insert(name.into(), Slot::Busy);
        let failures = self.failures;
        let keep_text = std::mem::replace(&mut self.keep_text, false);
        let expansion = self.expansion(instance, resource);
        let key_of = expansion.as_ref().and_then(|expansion| expansion.keys.get(key));
        let scope = Scope { key: key_of, ..Scope::of(instance) };
        let value = match (&*declaration.ty, name) {
            ("aws_iam_policy_document", "json" | "minified_json") => Some(self.policy_document(id, &declaration.block)),
            ("template_file", "rendered") => self.rendered(&declaration.block.body, &scope),
            _ => self.named(&declaration.block.body, name, &scope, 0),
        };
        self.keep_text = keep_text;
        let failed = self.failures > failures;
        let value = Rc::new(value.unwrap_or_else(|| Value::null(declaration.block.span)));
        self.attributes.entry(id).or_default().insert(name.into(), Slot::Done(Rc::clone(&value), failed));
        (!value.is_null()).then_some(value)
    }

    /// What a body says under a name: an argument, or all blocks of that kind.
    pub(super) fn named(&mut self, body: &Body, name: &str, scope: &Scope<'_>, depth: u8) -> Option<Value> {
        if let Some(attribute) = body.attribute(name) {
            return Some(self.eval(&attribute.value, scope));
        }
        let mut all = Vec::new();
        let mut span = None;
        for item in &body.items {
            let Item::Block(block) = item else { continue };
            if block_name(block) == name {
                span = span.or(Some(block.span));
                self.block(block, scope, depth, &mut all);
            }
        }
        Some(Value::new(ValueKind::List(all), span?))
    }

    /// Names that a body gives a value to, in their order.
    pub(super) fn names(body: &Body) -> Vec<Text> {
        let mut names: Vec<Text> = Vec::new();
        for item in &body.items {
            let name: Text = match item {
                Item::Attribute(attribute) if META.contains(&&*attribute.name) => continue,
                Item::Attribute(attribute) => attribute.name.clone(),
                Item::Block(block) => block_name(block).into(),
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// A whole body as a map.
    fn body_map(&mut self, body: &Body, scope: &Scope<'_>, depth: u8) -> Vec<(Text, Value)> {
        if depth > DEEPEST {
            return Vec::new();
        }
        let mut map = Vec::new();
        for name in Self::names(body) {
            if let Some(value) = self.named(body, &name, scope, depth) {
                map.push((name, value));
            }
        }
        map
    }

    fn block(&mut self, block: &Block, scope: &Scope<'_>, depth: u8, out: &mut Vec<Value>) {
        match &*block.kind {
            "dynamic" if !block.labels.is_empty() => self.dynamic(block, scope, depth, out),
            "lifecycle" => {
                let entries = block.body.items.iter().filter_map(|item| match item {
                    Item::Attribute(attribute) => Some((attribute.name.clone(), spelled(&attribute.value))),
                    Item::Block(_) => None,
                });
                out.push(Value::new(ValueKind::Map(entries.collect()), block.span));
            }
            _ => {
                let mut map = Vec::new();
                for label in &block.labels {
                    map.push((Text::from("label"), Value::text(label.clone(), block.span)));
                }
                map.extend(self.body_map(&block.body, scope, depth + 1));
                out.push(Value::new(ValueKind::Map(map), block.span));
            }
        }
    }

    fn dynamic(&mut self, block: &Block, scope: &Scope<'_>, depth: u8, out: &mut Vec<Value>) {
        let (Some(label), Some(content)) = (block.labels.first(), block.body.blocks("content").next()) else { return };
        let over = match block.body.attribute("for_each") {
            Some(each) => self.eval(&each.value, scope),
            None => return,
        };
        let iterator = match block.body.attribute("iterator").map(|attribute| &attribute.value.kind) {
            Some(ExprKind::Name(name) | ExprKind::Text(name)) => name.clone(),
            _ => label.clone(),
        };
        let is_set = block.body.attribute("for_each").is_some_and(|each| self.is_set(&each.value, scope.instance, 0));
        // Not known is not none: one block stands for what may be there.
        let pairs = match self.loop_items(&over, is_set) {
            Some(items) => items,
            None => {
                let possible = self.possible(&over);
                if possible.is_empty() {
                    let unknown = unknown_of(&[&over], &Expr::new(ExprKind::Null, block.span));
                    vec![(unknown.clone(), unknown)]
                } else {
                    possible
                }
            }
        };
        if pairs.len() > INSTANCES {
            self.too_many_items(INSTANCES, block.span);
        }
        for (key, value) in pairs.into_iter().take(INSTANCES) {
            let each = ValueKind::Map(vec![("key".into(), key), ("value".into(), value)]);
            let binding = Binding { name: &iterator, value: Value::new(each, block.span), next: scope.bindings };
            let inner = Scope { bindings: Some(&binding), ..*scope };
            let map = self.body_map(&content.body, &inner, depth + 1);
            out.push(Value::new(ValueKind::Map(map), block.span));
        }
    }
}

/// The name a block's content goes by.
fn block_name(block: &Block) -> &str {
    match (&*block.kind, block.labels.first()) {
        ("dynamic", Some(label)) => label,
        (kind, _) => kind,
    }
}

/// Expressions of `lifecycle` are names of attributes, not values.
fn spelled(expr: &Expr) -> Value {
    let kind = match &expr.kind {
        ExprKind::Tuple(items) => ValueKind::List(items.iter().map(spelled).collect()),
        ExprKind::Bool(flag) => ValueKind::Bool(*flag),
        ExprKind::Text(text) => ValueKind::Text(text.clone()),
        _ => ValueKind::Text(words(expr).into()),
    };
    Value::new(kind, expr.span)
}
