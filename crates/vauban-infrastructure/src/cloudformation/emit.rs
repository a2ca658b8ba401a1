//! Resources of a template, nested stacks inside.

use rustc_hash::FxHashMap;

use vauban_model::Diagnostic;
use vauban_model::resource::{Mode, OnlyIf, Resource, Text, Value, ValueKind};
use vauban_syntax::{Entry, Node};

use super::evaluate::{Evaluator, Truth};
use super::names::Index;
use super::sam;
use crate::plain;

/// Attributes of a resource beside its properties.
const BESIDE: [&str; 6] =
    ["DeletionPolicy", "UpdateReplacePolicy", "Metadata", "CreationPolicy", "UpdatePolicy", "Connectors"];

impl<'n> Evaluator<'n> {
    /// Which templates no other one uses, with the prefix of their resources; uses of the others are found on the way.
    pub(super) fn roots(&mut self, all: &[usize]) -> Vec<(usize, String)> {
        for template in all {
            let scope = self.root(*template, "");
            for entry in self.section(scope, "Resources") {
                self.nested(scope, entry);
            }
        }
        let mut reached = self.used.clone();
        // Templates that only use one another are in no other's hand: each counts then.
        if reached.iter().all(|used| *used) {
            reached.iter_mut().for_each(|used| *used = false);
        }
        let roots: Vec<usize> =
            all.iter().copied().filter(|index| !reached.get(*index).copied().unwrap_or(false)).collect();
        let single = roots.len() == 1;
        self.scopes.clear();
        let mut stems: FxHashMap<&str, usize> = FxHashMap::default();
        for template in self.templates {
            *stems.entry(&template.parsed.stem).or_default() += 1;
        }
        let mut out = Vec::new();
        for index in roots {
            let Some(parsed) = self.templates.get(index).map(|template| template.parsed) else { continue };
            // The same stack in two notations beside each other: only the whole path tells which.
            let many = stems.get(parsed.stem.as_str()).is_some_and(|count| *count > 1);
            let name = if many { &parsed.path } else { &parsed.stem };
            let prefix = if single { String::new() } else { format!("{name}/") };
            self.root(index, &prefix);
            out.push((index, prefix));
        }
        out
    }

    /// Collects the names of all scopes, nested ones that appear on the way included.
    pub(super) fn collect_names(&mut self) {
        self.index = self.renewed_names();
    }

    /// The names of all scopes, evaluated with the names known so far.
    pub(super) fn renewed_names(&mut self) -> Index {
        let mut index = Index::default();
        let mut scope = 0;
        while scope < self.scopes.len() {
            for entry in self.section(scope, "Resources") {
                self.name_of(scope, entry, &mut index);
                self.nested(scope, entry);
            }
            for entry in self.section(scope, "Outputs") {
                let (Some(export), Some(value)) =
                    (entry.value.get("Export").and_then(|node| node.get("Name")), entry.value.get("Value"))
                else {
                    continue;
                };
                if self.exists(scope, &entry.value) == Truth::No {
                    continue;
                }
                let name = self.eval(scope, export);
                let value = self.eval(scope, value);
                index.exports.add(&name, value);
            }
            scope += 1;
        }
        index
    }

    fn name_of(&mut self, scope: usize, entry: &'n Entry, index: &mut Index) {
        let ty = entry.value.get("Type").and_then(Node::as_str).unwrap_or("");
        let name = entry.value.get("Properties").and_then(|node| node.get("Name"));
        let Some(name) = name else { return };
        if ty != "AWS::SSM::Parameter" && ty != "AWS::SecretsManager::Secret" {
            return;
        }
        if self.exists(scope, &entry.value) == Truth::No {
            return;
        }
        let name = self.eval(scope, name);
        let address = self.address(scope, &entry.key);
        if ty == "AWS::SSM::Parameter" {
            index.parameters.add(&name, plain::reference(&address, "Value", entry.key_span));
        } else {
            index.secrets.add(&name, plain::reference(&address, "", entry.key_span));
        }
    }

    /// Adds the resources of a scope.
    pub(super) fn emit(&mut self, scope: usize, out: &mut Vec<(usize, Resource)>) {
        let Some(template) = self.template(scope) else { return };
        let number = self.scopes.get(scope).map_or(0, |scope| scope.template);
        let globals = template.parsed.root.get("Globals").map(|node| self.eval(scope, node));
        let mut own: Vec<Resource> = Vec::new();
        let mut inner: Vec<usize> = Vec::new();
        for entry in self.section(scope, "Resources") {
            if self.exists(scope, &entry.value) == Truth::No {
                let condition = entry.value.get("Condition").and_then(Node::as_str).unwrap_or("");
                self.diagnostics.push(
                    Diagnostic::note(
                        "condition-false",
                        entry.key_span,
                        format!(
                            "`{}` is not made: its condition `{condition}` is false with the values given",
                            entry.key
                        ),
                    )
                    .help("set the parameters it depends on if it is made"),
                );
                continue;
            }
            let nested = self.nested(scope, entry);
            inner.extend(nested);
            if let Some(resource) = self.resource(scope, entry, nested.is_some()) {
                let condition = entry.value.get("Condition").and_then(Node::as_str);
                if let Some(name) = condition.filter(|_| self.exists(scope, &entry.value) == Truth::Maybe) {
                    // The same name in another stack is another condition.
                    let prefix = self.scopes.get(scope).map_or("", |scope| &*scope.prefix);
                    let only_if = OnlyIf {
                        address: resource.address.clone(),
                        condition: format!("{prefix}{name}").into(),
                        text: format!("the condition `{name}` holds").into(),
                    };
                    self.only_if.push(only_if);
                }
                own.push(resource);
            }
        }
        let prefix = self.scopes.get(scope).map_or("", |scope| &*scope.prefix).to_owned();
        let bodies = self.bodies(scope, &own);
        let declared = |id: &str| template.resources.contains_key(id);
        let own = sam::expand(own, globals.as_ref(), &prefix, &bodies, &declared, &mut self.diagnostics);
        out.extend(own.into_iter().map(|resource| (number, resource)));
        for scope in inner {
            self.emit(scope, out);
        }
    }

    fn resource(&mut self, scope: usize, entry: &'n Entry, nested: bool) -> Option<Resource> {
        let node = &entry.value;
        let template = self.template(scope)?;
        let module = node.get("Type").and_then(|ty| ty.tag.as_deref()).is_some();
        let Some(native) = node.get("Type").and_then(Node::as_str) else {
            let (ty, message) = if entry.key.starts_with("Fn::") {
                ("module", format!("what `{}` makes is not known", entry.key))
            } else {
                ("unknown", format!("the resource `{}` has no type", entry.key))
            };
            self.diagnostics.push(
                Diagnostic::warning("resource-without-type", entry.key_span, message)
                    .help("give it a `Type`, or give the processed template instead"),
            );
            let attributes =
                if node.as_mapping().is_some() { self.eval(scope, node) } else { plain::map(node.span, []) };
            return Some(self.made(scope, entry, ty, &entry.key, Mode::Opaque, attributes, template.parsed.source));
        };
        let mut attributes = match node.get("Properties") {
            Some(properties) => self.eval(scope, properties),
            None => plain::map(entry.key_span, []),
        };
        if !matches!(attributes.kind, ValueKind::Map(_)) {
            attributes = plain::map(attributes.span, [("Properties", attributes.clone())]);
        }
        let stack = matches!(native, "AWS::CloudFormation::Stack" | "AWS::Serverless::Application");
        let opaque = (stack && !nested) || module || native.ends_with("::MODULE");
        if opaque {
            let span = node.get("Type").map_or(entry.key_span, |node| node.span);
            self.diagnostics.push(if self.circles.contains(&entry.key_span) {
                Diagnostic::warning(
                    "stack-circle",
                    span,
                    format!("the template of `{}` is one it stands in", entry.key),
                )
                .help("a stack cannot contain itself; name another template, or take the stack out")
            } else {
                Diagnostic::warning("opaque-module", span, format!("the content of `{}` is not at hand", entry.key))
                    .help("put its template into the folder; until then only its inputs are known")
            });
            if let Some(ValueKind::Map(inputs)) = attributes.get("Parameters").map(|inputs| inputs.kind.clone()) {
                for (key, value) in inputs {
                    if attributes.get(&key).is_none() {
                        plain::set(&mut attributes, &key, value);
                    }
                }
            }
        }
        for name in BESIDE {
            if let Some(value) = node.get(name)
                && attributes.get(name).is_none()
            {
                let value = self.eval(scope, value);
                plain::set(&mut attributes, name, value);
            }
        }
        let mode = if opaque { Mode::Opaque } else { Mode::Managed };
        let ty = if opaque { "module" } else { native };
        let mut resource = self.made(scope, entry, ty, native, mode, attributes, template.parsed.source);
        let depends = node.get("DependsOn");
        let many = depends.and_then(Node::as_sequence).unwrap_or(&[]);
        resource.depends_on = depends
            .into_iter()
            .chain(many)
            .filter_map(Node::as_str)
            .map(|name| Text::from(self.address(scope, name)))
            .collect();
        Some(resource)
    }

    #[expect(clippy::too_many_arguments, reason = "one call for each kind of resource")]
    fn made(
        &self,
        scope: usize,
        entry: &Entry,
        ty: &str,
        native: &str,
        mode: Mode,
        attributes: Value,
        source: vauban_model::resource::Source,
    ) -> Resource {
        let here = self.scopes.get(scope);
        let unknown_loop = entry.key.starts_with("Fn::ForEach");
        let address = self.address(scope, &entry.key);
        Resource {
            address: if unknown_loop { format!("{address}[*]") } else { address }.into(),
            ty: ty.into(),
            native_type: native.into(),
            name: Text::from(&*entry.key),
            source,
            mode,
            attributes,
            span: entry.key_span,
            calls: here.map(|scope| scope.calls.clone()).unwrap_or_default(),
            scope: here.map_or("", |scope| scope.prefix.trim_end_matches('/')).into(),
            depends_on: Vec::new(),
            many: unknown_loop,
        }
    }

    /// The descriptions of APIs that resources name as files, by address.
    fn bodies(&mut self, scope: usize, resources: &[Resource]) -> FxHashMap<Text, Value> {
        let mut bodies = FxHashMap::default();
        for resource in resources {
            let Some(written) = resource.text("DefinitionUri").map(str::to_owned) else { continue };
            if let Some(node) = self.included(scope, &written) {
                let body = self.eval(scope, node);
                bodies.insert(resource.address.clone(), body);
            }
        }
        bodies
    }
}
