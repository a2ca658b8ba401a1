//! Everything into the inventory, in the order in which it is written.

use std::rc::Rc;

use vauban_model::Diagnostic;
use vauban_model::resource::{Mode, OnlyIf, Provider, Resource, Source, Text, Value, ValueKind, Variable};

use super::load::{Declaration, Entry};
use super::modules::{inputs, provider_name};
use super::{Children, Evaluator, Expansion, Form, Held, RESOURCES, Scope};
use crate::terraform::syntax::{Block, Expr, ExprKind, words};

impl Evaluator<'_> {
    /// Emits a module and everything it calls.
    pub(super) fn emit(&mut self, instance: usize) {
        let Some(of) = self.instance(instance) else { return };
        let module = Rc::clone(&of.module);
        let prefix = of.prefix.clone();
        self.emit_variables(instance);
        for (from, to) in &module.moved {
            let address = |expr: &Expr| -> Text { format!("{prefix}{}", words(expr)).into() };
            self.output.inventory.moved.push((address(from), address(to)));
        }
        for block in &module.providers {
            self.emit_provider(instance, block, &prefix);
        }
        for entry in &module.order {
            match *entry {
                Entry::Resource(index) => {
                    let (Some(declaration), Some(expansion)) =
                        (module.resources.get(index), self.expansion(instance, index))
                    else {
                        continue;
                    };
                    for key in 0..expansion.keys.len() {
                        if !self.room(&declaration.block) {
                            break;
                        }
                        self.emit_resource(instance, index, key, declaration, &expansion);
                    }
                }
                Entry::Call(index) => {
                    let (Some(block), Some(children)) = (module.calls.get(index), self.children(instance, index))
                    else {
                        continue;
                    };
                    if children.instances.is_empty() {
                        self.emit_opaque(instance, block, &children);
                    }
                    for child in children.instances.clone() {
                        self.emit(child);
                    }
                }
            }
        }
    }

    fn emit_provider(&mut self, instance: usize, block: &Block, prefix: &Text) {
        let Some(name) = block.labels.first() else { return };
        let scope = match block.body.attribute("alias").map(|attribute| &attribute.value.kind) {
            Some(ExprKind::Text(alias)) => alias.clone(),
            _ => "".into(),
        };
        let mut map: Vec<(Text, Value)> = Vec::new();
        for key in Self::names(&block.body) {
            if let Some(value) = self.named(&block.body, &key, &Scope::of(instance), 0) {
                map.push((key, value));
            }
        }
        self.output.inventory.providers.push(Provider {
            name: name.clone(),
            scope,
            prefix: prefix.clone(),
            attributes: Value::new(ValueKind::Map(map), block.span),
            span: block.span,
        });
    }

    /// Inputs that nobody set.
    fn emit_variables(&mut self, instance: usize) {
        let Some(of) = self.instance(instance) else { return };
        let module = Rc::clone(&of.module);
        let prefix = of.prefix.clone();
        let caller = of.caller.as_ref().map(|(caller, call, _)| (*caller, *call));
        let root = Rc::clone(&of.root);
        for name in &module.variable_order {
            let Some(declared) = module.variables.get(name) else { continue };
            let set = declared.value.is_some()
                || match caller {
                    Some((caller, call)) => self
                        .instance(caller)
                        .and_then(|of| of.module.calls.get(call))
                        .is_some_and(|block| block.body.attribute(name).is_some()),
                    None => root.values.contains_key(name),
                };
            if !set {
                self.output.inventory.variables.push(Variable {
                    name: format!("{prefix}var.{name}").into(),
                    description: declared.description.clone(),
                    span: declared.span,
                });
            }
        }
    }

    fn room(&mut self, block: &Block) -> bool {
        if self.resources < RESOURCES {
            self.resources += 1;
            return true;
        }
        self.say(
            Diagnostic::warning(
                "too-many-resources",
                block.span,
                format!("there are more than {RESOURCES} resources; those from here on are left out"),
            )
            .help("ask about a part of the folder"),
        );
        false
    }

    fn emit_resource(
        &mut self,
        instance: usize,
        index: usize,
        key: usize,
        declaration: &Declaration,
        expansion: &Expansion,
    ) {
        let Some(of_key) = expansion.keys.get(key) else { return };
        let body = &declaration.block.body;
        let mut map: Vec<(Text, Value)> = Vec::new();
        for name in Self::names(body) {
            // What is set to null is not set; still it was written.
            let value = match self.attribute(instance, index, key, &name) {
                Some(value) => (*value).clone(),
                None => Value::null(body.attribute(&name).map_or(declaration.block.span, |it| it.value.span)),
            };
            map.push((name, value));
        }
        let depends_on = self.depends_on(instance, &declaration.block);
        let provider = match body.attribute("provider") {
            Some(attribute) => provider_name(&attribute.value),
            None => declaration.ty.split('_').next().unwrap_or("").into(),
        };
        let scope = self.provider_scope(instance, &provider);
        let Some(of) = self.instance(instance) else { return };
        let resource = Resource {
            address: of_key.address.clone(),
            ty: declaration.ty.clone(),
            native_type: declaration.ty.clone(),
            name: declaration.name.clone(),
            source: Source::Terraform,
            mode: declaration.mode,
            attributes: Value::new(ValueKind::Map(map), declaration.block.span),
            span: declaration.block.span,
            calls: of.calls.clone(),
            scope,
            depends_on,
            many: of.many || expansion.form == Form::Unknown,
        };
        let only_if = hangs_on(&resource.address, &of.only_if, &expansion.only_if);
        self.output.inventory.only_if.extend(only_if);
        self.output.inventory.resources.push(resource);
    }

    fn emit_opaque(&mut self, instance: usize, block: &Block, children: &Children) {
        let Some(name) = block.labels.first() else { return };
        for key in &children.expansion.keys {
            if !self.room(block) {
                return;
            }
            let map = inputs(self, instance, block, key);
            let depends_on = self.depends_on(instance, block);
            let scope = match block.body.attribute("providers").map(|attribute| &attribute.value.kind) {
                Some(ExprKind::Object(entries)) => entries
                    .first()
                    .map(|(_, value)| self.provider_scope(instance, &provider_name(value)))
                    .unwrap_or_else(|| "".into()),
                _ => "".into(),
            };
            let Some(of) = self.instance(instance) else { return };
            let resource = Resource {
                address: key.address.clone(),
                ty: "module".into(),
                native_type: "module".into(),
                name: name.clone(),
                source: Source::Terraform,
                mode: Mode::Opaque,
                attributes: Value::new(ValueKind::Map(map), block.span),
                span: block.span,
                calls: of.calls.clone(),
                scope,
                depends_on,
                many: of.many || children.expansion.form == Form::Unknown,
            };
            let only_if = hangs_on(&resource.address, &of.only_if, &children.expansion.only_if);
            self.output.inventory.only_if.extend(only_if);
            self.output.inventory.resources.push(resource);
        }
    }

    /// Addresses of what is named; of a block with several instances, of all of them.
    fn depends_on(&mut self, instance: usize, block: &Block) -> Vec<Text> {
        let Some(ExprKind::Tuple(items)) = block.body.attribute("depends_on").map(|attribute| &attribute.value.kind)
        else {
            return Vec::new();
        };
        let prefix = self.instance(instance).map_or_else(|| "".into(), |of| of.prefix.clone());
        let mut addresses = Vec::new();
        for item in items {
            let failures = self.failures;
            let named = match &item.kind {
                // As older configurations write it.
                ExprKind::Text(text) => crate::terraform::syntax::read_expression(text, item.span),
                _ => Some(item.clone()),
            };
            let Some(named) = named else { continue };
            let text = words(&named);
            if text.starts_with("module.") {
                addresses.push(format!("{prefix}{text}").into());
                continue;
            }
            let value = self.eval(&named, &Scope::of(instance));
            self.failures = failures;
            value.references(&mut |reference, _| addresses.push(reference.address.clone()));
        }
        addresses
    }
}

/// What has to hold for a resource to be there: for the module that it is in, and for itself.
fn hangs_on(address: &Text, outer: &[Held], own: &[Held]) -> Vec<OnlyIf> {
    let all = outer.iter().chain(own);
    all.map(|(condition, text)| OnlyIf { address: address.clone(), condition: condition.clone(), text: text.clone() })
        .collect()
}
