//! Calls of modules: where a module is, and an instance of it for each time it is called.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_model::resource::{Text, Value};

use super::files::{joined, relative};
use super::load::Module;
use super::{Children, Evaluator, Expansion, Form, Instance, Key, MODULES, RootModule, Scope};
use crate::terraform::syntax::{Block, Expr, ExprKind, words};

/// How deep modules call each other.
const DEEPEST: u16 = 24;

impl Evaluator<'_> {
    /// The instances of a call; nothing when it asks for itself.
    pub(super) fn children(&mut self, instance: usize, call: usize) -> Option<Rc<Children>> {
        let of = self.instance_mut(instance)?;
        if let Some(known) = of.children.get(&call) {
            return known.clone();
        }
        of.children.insert(call, None);
        let module = Rc::clone(&of.module);
        let address = format!("{}module.{}", of.prefix, module.calls.get(call)?.labels.first()?);
        let block = module.calls.get(call)?;
        let expansion = self.expand(&block.body, &address, block.span, &Scope::of(instance));
        let mut instances = Vec::new();
        if !expansion.keys.is_empty()
            && let Some(called) = self.called(instance, block)
        {
            for key in &expansion.keys {
                instances.push(self.instantiate(instance, call, key, block, &called, &expansion)?);
            }
        }
        let children = Rc::new(Children { expansion, instances });
        self.instance_mut(instance)?.children.insert(call, Some(Rc::clone(&children)));
        Some(children)
    }

    /// The module that a call is to, if it is at hand.
    fn called(&mut self, instance: usize, block: &Block) -> Option<Rc<Module>> {
        let name = block.labels.first()?;
        let of = self.instance(instance)?;
        let (depth, root, from) = (of.depth, Rc::clone(&of.root), of.module.dir.clone());
        let names = dotted(&of.names, name);
        let source = block.body.attribute("source");
        let text = source.and_then(|source| match &source.value.kind {
            ExprKind::Text(text) => Some(text.clone()),
            _ => self.eval(&source.value, &Scope::of(instance)).as_text().map(Text::from),
        });
        let Some(text) = text else {
            self.say(
                Diagnostic::warning("module-missing", block.span, format!("module `{name}` does not say where it is"))
                    .help("set `source`; until then it is shown as one thing with its inputs"),
            );
            return None;
        };
        let span = source.map_or(block.span, |source| source.value.span);
        let local = is_local(&text);
        let dir = if local { joined(&from, &text) } else { root.fetched.get(&names).cloned() };
        let module = dir.as_ref().and_then(|dir| self.module(dir));
        let Some(module) = module else {
            let (message, help) = if local {
                (
                    format!("module `{name}` is not there: `{text}` has no configuration in the folder"),
                    "check the path, or ask about the folder that holds it; until then the module is shown as one thing with its inputs",
                )
            } else {
                (
                    format!("module `{name}` is not at hand: `{text}` is elsewhere"),
                    "run `terraform init` and keep `.terraform/modules`; until then the module is shown as one thing with its inputs",
                )
            };
            self.say(Diagnostic::warning("module-missing", span, message).help(help));
            return None;
        };
        let mut ancestor = Some(instance);
        while let Some(at) = ancestor {
            let of = self.instance(at)?;
            if of.module.dir == module.dir {
                self.say(
                    Diagnostic::warning("module-cycle", span, format!("module `{name}` calls itself: `{text}`"))
                        .help("the tool refuses this; take the call out"),
                );
                return None;
            }
            ancestor = of.caller.as_ref().map(|(caller, ..)| *caller);
        }
        if depth >= DEEPEST || self.instances.len() >= MODULES {
            self.say(
                Diagnostic::warning("too-many-modules", span, format!("module `{name}` is one too many to be read"))
                    .help("ask about a part of the folder; the module is shown as one thing with its inputs"),
            );
            return None;
        }
        Some(module)
    }

    fn instantiate(
        &mut self,
        caller: usize,
        call: usize,
        key: &Key,
        block: &Block,
        module: &Rc<Module>,
        expansion: &Expansion,
    ) -> Option<usize> {
        let providers = self.passed_providers(caller, block);
        let of = self.instance(caller)?;
        let mut calls = of.calls.clone();
        calls.push(block.span);
        let root = Rc::clone(&of.root);
        let instance = Instance {
            prefix: format!("{}.", key.address).into(),
            path: relative(&root.dir, &module.dir).into(),
            caller: Some((caller, call, key.clone())),
            names: dotted(&of.names, block.labels.first()?).into(),
            providers,
            calls,
            many: of.many || expansion.form == Form::Unknown,
            only_if: of.only_if.iter().chain(&expansion.only_if).cloned().collect(),
            depth: of.depth + 1,
            ..Instance::new(Rc::clone(module), root)
        };
        self.instances.push(instance);
        Some(self.instances.len() - 1)
    }

    /// Provider configurations of a module that is called, by the names they have there.
    fn passed_providers(&self, caller: usize, block: &Block) -> Vec<(Text, Text)> {
        let passed = match block.body.attribute("providers").map(|attribute| &attribute.value.kind) {
            Some(ExprKind::Object(entries)) => entries.as_slice(),
            _ => &[],
        };
        let mut providers: Vec<(Text, Text)> = passed
            .iter()
            .map(|(key, value)| (provider_name(key), self.provider_scope(caller, &provider_name(value))))
            .collect();
        // Those without an alias are handed down unless said otherwise.
        if let Some(of) = self.instance(caller) {
            for (name, scope) in &of.providers {
                if !name.contains('.') && !providers.iter().any(|(known, _)| known == name) {
                    providers.push((name.clone(), scope.clone()));
                }
            }
        }
        providers
    }

    /// Where a provider configuration deploys, seen from the root: its alias there, empty for the default.
    pub(super) fn provider_scope(&self, instance: usize, name: &str) -> Text {
        let passed = self.instance(instance).and_then(|of| of.providers.iter().find(|(known, _)| **known == *name));
        match passed {
            Some((_, scope)) => scope.clone(),
            None => name.split_once('.').map_or("", |(_, alias)| alias).into(),
        }
    }
}

impl Instance {
    pub(super) fn new(module: Rc<Module>, root: Rc<RootModule>) -> Instance {
        Instance {
            module,
            prefix: "".into(),
            path: ".".into(),
            root,
            caller: None,
            names: "".into(),
            providers: Vec::new(),
            calls: Vec::new(),
            many: false,
            only_if: Vec::new(),
            depth: 0,
            variables: FxHashMap::default(),
            locals: FxHashMap::default(),
            outputs: FxHashMap::default(),
            expansions: FxHashMap::default(),
            children: FxHashMap::default(),
        }
    }
}

/// Whether a module is named by its path.
pub(super) fn is_local(source: &str) -> bool {
    source.starts_with("./") || source.starts_with("../") || matches!(source, "." | "..") || source.starts_with(".\\")
}

/// `aws` or `aws.prod`, written as a name or, in older configurations, as text.
pub(super) fn provider_name(expr: &Expr) -> Text {
    match &expr.kind {
        ExprKind::Text(text) => text.clone(),
        _ => words(expr).into(),
    }
}

fn dotted(before: &str, name: &str) -> String {
    if before.is_empty() { name.to_owned() } else { format!("{before}.{name}") }
}

/// Inputs of a call, as attributes of a module that is not at hand.
pub(super) fn inputs(evaluator: &mut Evaluator<'_>, instance: usize, block: &Block, key: &Key) -> Vec<(Text, Value)> {
    let scope = Scope::of(instance).with_key(key);
    let mut map = Vec::new();
    for name in Evaluator::names(&block.body) {
        if let Some(value) = evaluator.named(&block.body, &name, &scope, 0) {
            map.push((name, value));
        }
    }
    map
}
