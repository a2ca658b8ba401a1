//! Modules as they are written: the files of a folder, read once, whoever calls it.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Mode, Text};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Limits, parse_json};

use super::Evaluator;
use super::types::Type;
use crate::InputFile;
use crate::terraform::syntax::{Attribute, Block, Body, Expr, ExprKind, Item, body_of_json, read_body};

/// The configuration of one folder.
#[derive(Default)]
pub(super) struct Module {
    pub(super) dir: String,
    pub(super) variables: FxHashMap<Text, Declared>,
    pub(super) variable_order: Vec<Text>,
    pub(super) locals: FxHashMap<Text, Attribute>,
    pub(super) outputs: FxHashMap<Text, Declared>,
    pub(super) output_order: Vec<Text>,
    pub(super) resources: Vec<Declaration>,
    /// Blocks by `type.name`, `data.type.name`, `ephemeral.type.name`.
    pub(super) by_address: FxHashMap<Text, usize>,
    pub(super) calls: Vec<Block>,
    pub(super) by_call: FxHashMap<Text, usize>,
    /// Resources and calls as they follow each other.
    pub(super) order: Vec<Entry>,
    pub(super) moved: Vec<(Expr, Expr)>,
    /// Blocks that set a provider up.
    pub(super) providers: Vec<Block>,
}

/// A resource or a call of a module.
#[derive(Clone, Copy)]
pub(super) enum Entry {
    Resource(usize),
    Call(usize),
}

/// A block `resource`, `data` or `ephemeral`.
pub(super) struct Declaration {
    pub(super) mode: Mode,
    pub(super) ty: Text,
    pub(super) name: Text,
    /// Its address in the module.
    pub(super) address: Text,
    pub(super) block: Block,
}

/// A variable or an output.
pub(super) struct Declared {
    pub(super) span: Span,
    pub(super) description: Text,
    pub(super) ty: Type,
    /// The default of a variable, the value of an output.
    pub(super) value: Option<Expr>,
    pub(super) sensitive: bool,
    pub(super) nullable: bool,
}

/// Folders with configuration in the order of their names.
pub(super) fn directories(files: &[InputFile]) -> Vec<(String, Vec<InputFile>)> {
    let mut directories: Vec<(String, Vec<InputFile>)> = Vec::new();
    let mut at: FxHashMap<&str, usize> = FxHashMap::default();
    for file in files {
        let dir = file.path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let index = *at.entry(dir).or_insert_with(|| {
            directories.push((dir.to_owned(), Vec::new()));
            directories.len() - 1
        });
        if let Some((_, of)) = directories.get_mut(index) {
            of.push(file.clone());
        }
    }
    directories.sort_by(|a, b| a.0.cmp(&b.0));
    directories
}

/// Whether a file declares something, rather than giving values.
pub(super) fn is_configuration(path: &str) -> bool {
    path.ends_with(".tf") || path.ends_with(".tf.json")
}

impl Evaluator<'_> {
    /// The module in a folder of the tree.
    pub(super) fn module(&mut self, dir: &str) -> Option<Rc<Module>> {
        if let Some(module) = self.modules.get(dir) {
            return module.clone();
        }
        let index = self.directories.binary_search_by(|(name, _)| name.as_str().cmp(dir)).ok();
        let files: Vec<InputFile> = index
            .and_then(|index| self.directories.get(index))
            .map(|(_, files)| files.iter().filter(|file| is_configuration(&file.path)).cloned().collect())
            .unwrap_or_default();
        let module = (!files.is_empty()).then(|| Rc::new(self.load(dir, &files)));
        self.modules.insert(dir.to_owned(), module.clone());
        module
    }

    fn load(&mut self, dir: &str, files: &[InputFile]) -> Module {
        let mut module = Module { dir: dir.to_owned(), ..Module::default() };
        let mut overrides = Vec::new();
        for file in files {
            let body = self.body_of(file);
            let name = file.path.rsplit('/').next().unwrap_or(&file.path);
            let stem = name.trim_end_matches(".json").trim_end_matches(".tf");
            if stem == "override" || stem.ends_with("_override") {
                overrides.push(body);
            } else {
                self.declare(&mut module, body);
            }
        }
        for body in overrides {
            override_with(&mut module, body);
        }
        self.index(&mut module);
        module
    }

    /// Finds declarations by their names. No two things may share an id, and nothing that somebody wrote is lost: what is
    /// declared once more has a number behind its name, and references mean the first.
    fn index(&mut self, module: &mut Module) {
        let mut again: Vec<(Text, Text, Span)> = Vec::new();
        let mut times: FxHashMap<Text, usize> = FxHashMap::default();
        let calls = module.calls.iter().filter_map(|call| call.labels.first());
        let addresses = module.resources.iter().map(|resource| &resource.address);
        let taken: FxHashSet<Text> = addresses.chain(calls).cloned().collect();
        let mut anew = |name: &Text| {
            let count = times.entry(name.clone()).or_insert(1);
            loop {
                *count += 1;
                let other = Text::from(format!("{name}~{count}"));
                if !taken.contains(&other) {
                    return other;
                }
            }
        };
        for (index, resource) in module.resources.iter_mut().enumerate() {
            if module.by_address.contains_key(&resource.address) {
                let address = anew(&resource.address);
                again.push((resource.address.clone(), address.clone(), resource.block.span));
                resource.address = address;
            }
            module.by_address.insert(resource.address.clone(), index);
        }
        for (index, call) in module.calls.iter_mut().enumerate() {
            let Some(name) = call.labels.first_mut() else { continue };
            if module.by_call.contains_key(name) {
                let other = anew(name);
                again.push((format!("module.{name}").into(), format!("module.{other}").into(), call.span));
                *name = other;
            }
            module.by_call.insert(name.clone(), index);
        }
        for (address, other, span) in again {
            self.say(
                Diagnostic::warning(
                    "declared-twice",
                    span,
                    format!("`{address}` is declared once more in this folder, and is called `{other}` here"),
                )
                .help(
                    "Terraform refuses both together: rename one, or keep files of their own in folders of their own",
                ),
            );
        }
    }

    /// The body of a file, in either form.
    pub(super) fn body_of(&mut self, file: &InputFile) -> Body {
        let diagnostics = &mut self.output.diagnostics;
        if file.path.ends_with(".json") {
            let limits = Limits::default();
            return match parse_json(file.id, &file.text, &limits, diagnostics) {
                Some(node) => body_of_json(&node),
                None => Body::default(),
            };
        }
        read_body(file.id, &file.text, diagnostics)
    }

    fn declare(&mut self, module: &mut Module, body: Body) {
        for item in body.items {
            match item {
                Item::Block(block) => self.declare_block(module, block),
                Item::Attribute(attribute) => self.say(
                    Diagnostic::warning(
                        "unexpected-argument",
                        attribute.span,
                        format!("`{}` stands outside of a block", attribute.name),
                    )
                    .help("put it into a block such as `locals`, or into a `.tfvars` file"),
                ),
            }
        }
    }

    fn declare_block(&mut self, module: &mut Module, block: Block) {
        match (&*block.kind, block.labels.as_slice()) {
            ("resource", [ty, name]) => {
                let address = format!("{ty}.{name}");
                resource(module, Mode::Managed, address, block.clone());
            }
            ("data", [ty, name]) => {
                let address = format!("data.{ty}.{name}");
                resource(module, Mode::Data, address, block.clone());
            }
            ("ephemeral", [ty, name]) => {
                let address = format!("ephemeral.{ty}.{name}");
                resource(module, Mode::Data, address, block.clone());
            }
            ("variable", [name]) => {
                let declared = declared(&block, "default");
                if module.variables.insert(name.clone(), declared).is_none() {
                    module.variable_order.push(name.clone());
                }
            }
            ("output", [name]) => {
                let declared = declared(&block, "value");
                if module.outputs.insert(name.clone(), declared).is_none() {
                    module.output_order.push(name.clone());
                }
            }
            ("locals", _) => {
                for item in block.body.items {
                    if let Item::Attribute(attribute) = item {
                        module.locals.insert(attribute.name.clone(), attribute);
                    }
                }
            }
            ("module", [_]) => {
                module.order.push(Entry::Call(module.calls.len()));
                module.calls.push(block);
            }
            ("moved", _) => {
                if let (Some(from), Some(to)) = (block.body.attribute("from"), block.body.attribute("to")) {
                    module.moved.push((from.value.clone(), to.value.clone()));
                }
            }
            ("check", _) => {
                for item in block.body.items {
                    if let Item::Block(inner) = item
                        && &*inner.kind == "data"
                    {
                        self.declare_block(module, inner);
                    }
                }
            }
            ("provider", [_]) => module.providers.push(block),
            // What they say is about running the tool, not about what is deployed.
            ("provider" | "terraform" | "import" | "removed", _) => {}
            _ => self.say(
                Diagnostic::warning(
                    "unknown-block",
                    block.span,
                    format!("`{}` with {} labels is no block that is known here", block.kind, block.labels.len()),
                )
                .help("check its spelling and its labels; everything else is read"),
            ),
        }
    }
}

fn resource(module: &mut Module, mode: Mode, address: String, block: Block) {
    let (Some(ty), Some(name)) = (block.labels.first().cloned(), block.labels.get(1).cloned()) else { return };
    module.order.push(Entry::Resource(module.resources.len()));
    module.resources.push(Declaration { mode, ty, name, address: address.into(), block });
}

fn declared(block: &Block, value: &str) -> Declared {
    let body = &block.body;
    let flag = |name: &str| body.attribute(name).and_then(|attribute| constant_bool(&attribute.value));
    let description = match body.attribute("description").map(|attribute| &attribute.value.kind) {
        Some(ExprKind::Text(text)) => text.trim().into(),
        _ => "".into(),
    };
    Declared {
        span: block.span,
        description,
        ty: body.attribute("type").map_or(Type::Any, |attribute| Type::read(&attribute.value)),
        value: body.attribute(value).map(|attribute| attribute.value.clone()),
        sensitive: flag("sensitive").unwrap_or(false),
        nullable: flag("nullable").unwrap_or(true),
    }
}

fn constant_bool(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// Files whose name ends in `override` replace arguments of what the others declare.
fn override_with(module: &mut Module, body: Body) {
    for item in body.items {
        let Item::Block(block) = item else { continue };
        match (&*block.kind, block.labels.as_slice()) {
            ("resource" | "data", [ty, name]) => {
                let existing = module
                    .resources
                    .iter_mut()
                    .find(|one| one.ty == *ty && one.name == *name && one.block.kind == block.kind);
                if let Some(existing) = existing {
                    replace(&mut existing.block.body, block.body);
                }
            }
            ("module", [name]) => {
                if let Some(existing) = module.calls.iter_mut().find(|call| call.labels.first() == Some(name)) {
                    replace(&mut existing.body, block.body);
                }
            }
            ("variable", [name]) => {
                if let (Some(existing), Some(default)) =
                    (module.variables.get_mut(name), block.body.attribute("default"))
                {
                    existing.value = Some(default.value.clone());
                }
            }
            ("locals", _) => {
                for item in block.body.items {
                    if let Item::Attribute(attribute) = item {
                        module.locals.insert(attribute.name.clone(), attribute);
                    }
                }
            }
            _ => {}
        }
    }
}

fn replace(body: &mut Body, with: Body) {
    for item in &with.items {
        match item {
            Item::Attribute(new) => {
                body.items.retain(|old| !matches!(old, Item::Attribute(old) if old.name == new.name));
            }
            Item::Block(new) => body.items.retain(|old| !matches!(old, Item::Block(old) if old.kind == new.kind)),
        }
    }
    body.items.extend(with.items);
}
