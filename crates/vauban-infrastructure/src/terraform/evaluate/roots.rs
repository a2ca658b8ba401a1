//! Root modules: folders with configuration that no other folder calls.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::Text;
use vauban_model::{Diagnostic, Severity};
use vauban_syntax::{Limits, parse_json};

use super::files::joined;
use super::load::Module;
use super::modules::is_local;
use super::variables::Given;
use super::{Evaluator, Instance, RootModule};
use crate::InputFile;
use crate::terraform::syntax::ExprKind;

impl Evaluator<'_> {
    /// Reads all root modules, in the order of their folders.
    pub(super) fn roots(&mut self) {
        let dirs: Vec<String> = self
            .directories
            .iter()
            .map(|(dir, _)| dir.clone())
            .filter(|dir| !dir.split('/').any(|part| part == ".terraform"))
            .collect();
        let mut calls: FxHashMap<String, Vec<String>> = FxHashMap::default();
        let mut called: FxHashSet<String> = FxHashSet::default();
        for dir in &dirs {
            let Some(module) = self.module(dir) else { continue };
            let to: Vec<String> = local_calls(&module).filter(|to| to != dir && self.module(to).is_some()).collect();
            called.extend(to.iter().cloned());
            calls.insert(dir.clone(), to);
        }
        let mut reached: FxHashSet<String> = FxHashSet::default();
        let mut roots: Vec<String> =
            dirs.iter().filter(|dir| calls.contains_key(*dir) && !called.contains(*dir)).cloned().collect();
        let mut open = roots.clone();
        // Folders that call each other in a ring have no root among them: the first one is taken.
        let mut rest = dirs.iter();
        loop {
            while let Some(dir) = open.pop() {
                if reached.insert(dir.clone()) {
                    open.extend(calls.get(&dir).into_iter().flatten().cloned());
                }
            }
            match rest.find(|dir| calls.contains_key(*dir) && !reached.contains(*dir)) {
                Some(dir) => {
                    roots.push(dir.clone());
                    open.push(dir.clone());
                }
                None => break,
            }
        }
        roots.sort();
        let mut declared: FxHashSet<Text> = FxHashSet::default();
        for dir in roots {
            if let Some(module) = self.module(&dir) {
                declared.extend(module.variable_order.iter().cloned());
                self.root(&dir, &module);
            }
        }
        let unused: Vec<String> = self
            .options
            .variables
            .iter()
            .map(|(name, _)| name.clone())
            .filter(|name| !declared.contains(name.as_str()))
            .collect();
        for name in unused {
            self.say(
                Diagnostic::warning_without_place(
                    "value-for-no-variable",
                    format!("`{name}` is given a value, and no root module of Terraform declares it"),
                )
                .help("check its spelling, unless it is for another tool"),
            );
        }
    }

    fn root(&mut self, dir: &str, module: &Rc<Module>) {
        self.begin(dir);
        let values = self.values(dir, module);
        let fetched = self.fetched(dir);
        let root = Rc::new(RootModule { dir: dir.to_owned(), values, fetched });
        let prefix: Text = if dir.is_empty() { "".into() } else { format!("{dir}:").into() };
        let instance = Instance { prefix, ..Instance::new(Rc::clone(module), root) };
        self.instances.push(instance);
        self.emit(self.instances.len() - 1);
    }

    /// Values for variables, later ones over earlier ones: the tool's order.
    fn values(&mut self, dir: &str, module: &Module) -> FxHashMap<Text, Given> {
        let mut values = FxHashMap::default();
        let of_folder: Vec<InputFile> = self
            .directories
            .binary_search_by(|(name, _)| name.as_str().cmp(dir))
            .ok()
            .and_then(|index| self.directories.get(index))
            .map(|(_, files)| files.clone())
            .unwrap_or_default();
        let name = |file: &InputFile| file.path.rsplit('/').next().unwrap_or("").to_owned();
        for wanted in ["terraform.tfvars", "terraform.tfvars.json"] {
            for file in of_folder.iter().filter(|file| name(file) == wanted) {
                self.values_of_file(file, module, &mut values);
            }
        }
        for file in &of_folder {
            if name(file).ends_with(".auto.tfvars") || name(file).ends_with(".auto.tfvars.json") {
                self.values_of_file(file, module, &mut values);
            }
        }
        for path in self.options.variable_files.clone() {
            match self.text_of(&path) {
                Some((id, text)) => {
                    let source = vauban_model::resource::Source::Terraform;
                    let file = InputFile { id, path: path.as_str().into(), text, source };
                    self.values_of_file(&file, module, &mut values);
                }
                // That it is not there is said once for the whole folder; see `crate::read`.
                None if self.paths.binary_search(&path).is_err() => {}
                None => self.say(
                    Diagnostic::new(
                        Severity::Error,
                        "values-unreadable",
                        None,
                        format!("`{path}` with values for variables cannot be read"),
                    )
                    .help("mend the file, or leave it out"),
                ),
            }
        }
        for (name, text) in &self.options.variables {
            if module.variables.contains_key(name.as_str()) {
                values.insert(name.as_str().into(), Given::Text(text.as_str().into()));
            }
        }
        values
    }

    /// Folders of modules that were fetched, from the list the tool keeps.
    fn fetched(&mut self, dir: &str) -> FxHashMap<String, String> {
        let mut fetched = FxHashMap::default();
        let path = joined(dir, ".terraform/modules/modules.json").unwrap_or_default();
        let Some((id, text)) = self.text_of(&path) else { return fetched };
        let Some(node) = parse_json(id, &text, &Limits::default(), &mut self.output.diagnostics) else {
            return fetched;
        };
        for entry in node.get("Modules").and_then(|all| all.as_sequence()).unwrap_or_default() {
            let text = |key: &str| entry.get(key).and_then(|value| value.as_str());
            if let (Some(key), Some(at)) = (text("Key"), text("Dir"))
                && let Some(at) = joined(dir, at)
            {
                fetched.insert(key.to_owned(), at);
            }
        }
        fetched
    }
}

/// Folders that a module calls by their paths.
fn local_calls(module: &Module) -> impl Iterator<Item = String> {
    module.calls.iter().filter_map(|call| match &call.body.attribute("source")?.value.kind {
        ExprKind::Text(source) if is_local(source) => joined(&module.dir, source),
        _ => None,
    })
}
