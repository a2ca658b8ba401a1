//! Values of a template: references, parameters, conditions, and the places where one template uses another.
//!
//! A template that is used by several nested stacks is evaluated once for each: a [`Scope`] is one such use. What it gets
//! from outside is worked out when it is first asked for, so the order of declarations does not matter, and what depends
//! on itself is found.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use vauban_model::resource::{OnlyIf, Text, Value, ValueKind, Variable, Why};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Entry, Kind, Node};

use super::names::Index;
use super::template::{Argument, Template, call, entries};
use crate::{Options, plain};

/// Deepest nesting of what is evaluated, over conditions, parameters and stacks.
const DEPTH: usize = 120;
/// Deepest nesting of stacks.
const STACKS: usize = 6;
/// Most uses of templates.
const SCOPES: usize = 400;
/// Most values made in all.
const BUDGET: usize = 8_000_000;

/// Yes, no, or it depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Maybe,
}

impl Truth {
    fn of(known: bool) -> Self {
        if known { Truth::Yes } else { Truth::No }
    }
}

/// What was worked out once.
#[derive(Clone)]
enum Slot<T> {
    Running,
    Done(T),
}

/// One use of a template.
pub(super) struct Scope<'n> {
    pub(super) template: usize,
    /// What stands before the ids of its resources: empty, or ending in `/`.
    pub(super) prefix: Arc<str>,
    /// Stacks around it.
    pub(super) calls: Vec<Span>,
    /// The scope that uses it, and what that passes.
    parent: Option<(usize, &'n [Entry])>,
    parameters: FxHashMap<&'n str, Slot<Value>>,
    conditions: FxHashMap<&'n str, Slot<Truth>>,
    nested: FxHashMap<&'n str, Option<usize>>,
}

/// Evaluates all templates of a tree.
pub(super) struct Evaluator<'n> {
    pub(super) templates: &'n [Template<'n>],
    /// Files that templates include, by path.
    pub(super) includes: &'n FxHashMap<String, Node>,
    pub(super) options: &'n Options,
    pub(super) index: Index,
    pub(super) scopes: Vec<Scope<'n>>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) variables: Vec<Variable>,
    /// Resources that are there on a condition that nobody settles, and what has to hold.
    pub(super) only_if: Vec<OnlyIf>,
    /// Templates that some stack of the tree uses.
    pub(super) used: Vec<bool>,
    /// Values for parameters from files of the options.
    pub(super) given: FxHashMap<String, Value>,
    /// Stacks whose template is one they stand in themselves.
    pub(super) circles: FxHashSet<Span>,
    depth: usize,
    budget: usize,
}

impl<'n> Evaluator<'n> {
    pub(super) fn new(
        templates: &'n [Template<'n>],
        includes: &'n FxHashMap<String, Node>,
        options: &'n Options,
        given: FxHashMap<String, Value>,
    ) -> Self {
        Evaluator {
            templates,
            includes,
            options,
            given,
            index: Index::default(),
            scopes: Vec::new(),
            diagnostics: Vec::new(),
            variables: Vec::new(),
            only_if: Vec::new(),
            used: vec![false; templates.len()],
            circles: FxHashSet::default(),
            depth: 0,
            budget: BUDGET,
        }
    }

    /// A use of a template that no stack makes.
    pub(super) fn root(&mut self, template: usize, prefix: &str) -> usize {
        self.scope(template, prefix.into(), Vec::new(), None)
    }

    fn scope(
        &mut self,
        template: usize,
        prefix: Arc<str>,
        calls: Vec<Span>,
        parent: Option<(usize, &'n [Entry])>,
    ) -> usize {
        self.scopes.push(Scope {
            template,
            prefix,
            calls,
            parent,
            parameters: FxHashMap::default(),
            conditions: FxHashMap::default(),
            nested: FxHashMap::default(),
        });
        self.scopes.len() - 1
    }

    /// The template of a scope.
    pub(super) fn template(&self, scope: usize) -> Option<&'n Template<'n>> {
        self.templates.get(self.scopes.get(scope)?.template)
    }

    /// The address of a resource of a scope.
    pub(super) fn address(&self, scope: usize, id: &str) -> String {
        let prefix = self.scopes.get(scope).map_or("", |scope| &scope.prefix);
        format!("{prefix}{id}")
    }

    /// The value of a node.
    pub(super) fn eval(&mut self, scope: usize, node: &'n Node) -> Value {
        if self.budget == 0 || self.depth >= DEPTH {
            return Value::unknown(Why::Unsupported, "nested or repeated too much", node.span);
        }
        self.budget -= 1;
        self.depth += 1;
        let value = match call(node) {
            Some((name, argument)) => self.function(scope, name, argument),
            None => self.plain(scope, node),
        };
        self.depth -= 1;
        value
    }

    /// The value of an argument as a whole.
    pub(super) fn argument(&mut self, scope: usize, argument: Argument<'n>) -> Value {
        if argument.tagged { self.plain(scope, argument.node) } else { self.eval(scope, argument.node) }
    }

    /// A node that is no call.
    #[inline(never)]
    fn plain(&mut self, scope: usize, node: &'n Node) -> Value {
        match &node.kind {
            Kind::Scalar(_) => self.dynamic(plain::scalar(node)),
            Kind::Sequence(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    let value = self.eval(scope, item);
                    if !(value.is_null() && call(item).is_some()) {
                        out.push(value);
                    }
                }
                Value::new(ValueKind::List(out), node.span)
            }
            Kind::Mapping(entries) => self.entries(scope, entries, node.span),
        }
    }

    /// The entries of a map; what is set to `AWS::NoValue` is not there.
    fn entries(&mut self, scope: usize, entries: &'n [Entry], span: Span) -> Value {
        let mut out: Vec<(Text, Value)> = Vec::with_capacity(entries.len());
        for entry in entries {
            if &*entry.key == "Fn::Transform" {
                // Beside other keys a transform adds to them; the keys written here win.
                let value = self.function(scope, "Transform", Argument { node: &entry.value, tagged: false });
                match value.kind {
                    ValueKind::Map(more) => {
                        out.extend(
                            more.into_iter().filter(|(key, _)| !entries.iter().any(|entry| *entry.key == **key)),
                        );
                    }
                    _ => out.push(("Fn::Transform".into(), value)),
                }
                continue;
            }
            let value = self.eval(scope, &entry.value);
            if !(value.is_null() && call(&entry.value).is_some()) {
                out.push((Text::from(&*entry.key), plain::document(value)));
            }
        }
        Value::new(ValueKind::Map(out), span)
    }

    /// Takes a value that already exists once more, at the cost of its size.
    pub(super) fn copy(&mut self, value: &Value) -> Value {
        let size = size(value);
        if size > self.budget {
            self.budget = 0;
            return Value::unknown(Why::Unsupported, "repeated too much", value.span);
        }
        self.budget -= size;
        value.clone()
    }

    /// What a name stands for: a parameter, a pseudo parameter or a resource.
    pub(super) fn named(&mut self, scope: usize, name: &str, span: Span) -> Value {
        let Some(template) = self.template(scope) else { return Value::null(span) };
        if let Some(entry) = template.parameters.get(name) {
            let value = self.parameter(scope, &entry.key);
            let value = self.copy(&value);
            return plain::used(value, &format!("parameter {name}"), span);
        }
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            return match pseudo {
                "NoValue" => Value::null(span),
                // Templates are written for one partition, and names of policies are looked up by it.
                "Partition" => plain::used(Value::text("aws", span), name, span),
                "URLSuffix" => plain::used(Value::text("amazonaws.com", span), name, span),
                _ => Value::unknown(Why::Lookup, name, span),
            };
        }
        if !template.resources.contains_key(name) && !template.serverless && !name.contains('.') {
            self.diagnostics.push(
                Diagnostic::warning(
                    "unknown-reference",
                    span,
                    format!("`{name}` is no parameter and no resource here"),
                )
                .help("declare it, or mend the name"),
            );
            return Value::unknown(Why::Missing, name, span);
        }
        plain::reference(&self.address(scope, name), "", span)
    }

    /// An attribute of a resource: `Name.Attribute`.
    pub(super) fn attribute(&mut self, scope: usize, name: &str, attribute: &str, span: Span) -> Value {
        let Some(template) = self.template(scope) else { return Value::null(span) };
        if let Some(output) = attribute.strip_prefix("Outputs.")
            && let Some(entry) = template.resources.get(name)
            && let Some(inner) = self.nested(scope, entry)
        {
            return match self.output(inner, output, span) {
                Some(value) => value,
                None => {
                    self.diagnostics.push(
                        Diagnostic::warning(
                            "unknown-output",
                            span,
                            format!("the stack `{name}` has no output `{output}`"),
                        )
                        .help("declare the output in its template, or mend the name"),
                    );
                    Value::unknown(Why::Missing, format!("{name}.Outputs.{output}"), span)
                }
            };
        }
        if !template.resources.contains_key(name) && !template.serverless {
            self.diagnostics.push(
                Diagnostic::warning("unknown-reference", span, format!("`{name}` is no resource here"))
                    .help("declare it, or mend the name"),
            );
            return Value::unknown(Why::Missing, format!("{name}.{attribute}"), span);
        }
        plain::reference(&self.address(scope, name), attribute, span)
    }

    /// An output of a scope.
    fn output(&mut self, scope: usize, name: &str, span: Span) -> Option<Value> {
        let entry = *self.template(scope)?.outputs.get(name)?;
        let value = self.eval(scope, entry.value.get("Value")?);
        Some(plain::used(value, &format!("output {name}"), span))
    }

    /// The use that a nested stack makes of a template of the tree.
    pub(super) fn nested(&mut self, scope: usize, entry: &'n Entry) -> Option<usize> {
        let here = self.scopes.get(scope)?;
        if let Some(known) = here.nested.get(&*entry.key) {
            return *known;
        }
        let found = self.find_nested(scope, entry);
        self.scopes.get_mut(scope)?.nested.insert(&entry.key, found);
        found
    }

    fn find_nested(&mut self, scope: usize, entry: &'n Entry) -> Option<usize> {
        let ty = entry.value.get("Type")?.as_str()?;
        let properties = entry.value.get("Properties")?;
        let written = match ty {
            "AWS::CloudFormation::Stack" => properties.get("TemplateURL")?,
            "AWS::Serverless::Application" => properties.get("Location")?,
            _ => return None,
        };
        // A place in a repository of applications is a map, not a path.
        if written.tag.is_none() && written.get("ApplicationId").is_some() {
            return None;
        }
        let here = self.template(scope)?;
        // What the CDK writes is the address of an asset; the file beside it is in the metadata.
        let asset = entry.value.get("Metadata").and_then(|metadata| metadata.get("aws:asset:path")?.as_str());
        let wanted = match asset {
            Some(path) => path.to_owned(),
            None => {
                let value = self.eval(scope, written);
                plain::render(&value)
            }
        };
        let wanted = wanted.split(['?', '#']).next().unwrap_or("");
        let paths: Vec<&str> = self.templates.iter().map(|template| template.parsed.path.as_str()).collect();
        let found = plain::nearest(&paths, plain::folder(&here.parsed.path), wanted)?;
        let template = self.templates.iter().position(|template| template.parsed.path == found)?;
        let outer = self.scopes.get(scope)?;
        let mut around = Some(scope);
        while let Some(at) = around.and_then(|at| self.scopes.get(at)) {
            if at.template == template {
                self.circles.insert(entry.key_span);
                return None;
            }
            around = at.parent.map(|(parent, _)| parent);
        }
        if outer.calls.len() >= STACKS || self.scopes.len() >= SCOPES {
            return None;
        }
        let mut calls = outer.calls.clone();
        calls.push(entry.key_span);
        let prefix = format!("{}{}/", outer.prefix, entry.key).into();
        let passed = properties.get("Parameters").filter(|node| call(node).is_none()).and_then(Node::as_mapping);
        if let Some(used) = self.used.get_mut(template) {
            *used = true;
        }
        Some(self.scope(template, prefix, calls, Some((scope, passed.unwrap_or(&[])))))
    }

    /// The value of a parameter.
    fn parameter(&mut self, scope: usize, name: &'n str) -> Value {
        let Some(here) = self.scopes.get_mut(scope) else { return Value::null(nowhere()) };
        match here.parameters.get(name) {
            Some(Slot::Done(value)) => return value.clone(),
            Some(Slot::Running) => return Value::unknown(Why::Cycle, name, nowhere()),
            None => {}
        }
        here.parameters.insert(name, Slot::Running);
        let value = self.find_parameter(scope, name);
        if let Some(here) = self.scopes.get_mut(scope) {
            here.parameters.insert(name, Slot::Done(value.clone()));
        }
        value
    }

    fn find_parameter(&mut self, scope: usize, name: &'n str) -> Value {
        let Some(entry) = self.template(scope).and_then(|template| template.parameters.get(name).copied()) else {
            return Value::null(nowhere());
        };
        let declared = &entry.value;
        let ty = declared.get("Type").and_then(Node::as_str).unwrap_or("String");
        let parent = self.scopes.get(scope).and_then(|scope| scope.parent);
        let passed =
            parent.and_then(|(outer, entries)| Some((outer, &entries.iter().find(|entry| &*entry.key == name)?.value)));
        let set = self.options.variables.iter().rev().find(|(key, _)| key == name);
        let value = if let Some((outer, node)) = passed {
            self.eval(outer, node)
        } else if let Some((_, text)) = set.filter(|_| parent.is_none()) {
            Value::text(text.as_str(), entry.key_span)
        } else if let Some(value) = self.given.get(name).filter(|_| parent.is_none()) {
            value.clone()
        } else if let Some(node) = declared.get("Default") {
            // An empty default is an empty text, not nothing.
            match &node.kind {
                Kind::Scalar(scalar) => self.dynamic(Value::text(&*scalar.text, node.span)),
                _ => plain::value(node),
            }
        } else {
            let description = declared.get("Description").and_then(Node::as_str).unwrap_or("");
            self.variables.push(Variable { name: name.into(), description: description.into(), span: entry.key_span });
            let why = if ty.starts_with("AWS::SSM::") { Why::Lookup } else { Why::Variable };
            return secret_if(declared, Value::unknown(why, name, entry.key_span));
        };
        let value = if ty.starts_with("AWS::SSM::Parameter::Value") && value.as_reference().is_none() {
            self.stored(&value)
        } else if ty == "CommaDelimitedList" || ty.starts_with("List<") {
            super::functions::split(&value, ",")
        } else {
            value
        };
        secret_if(declared, value)
    }

    /// What the parameter store holds under a name.
    fn stored(&mut self, name: &Value) -> Value {
        match self.index.parameters.find(name, name.span) {
            Some(value) => value,
            None => {
                let unknown = Value::unknown(Why::Lookup, format!("ssm:{}", plain::render(name)), name.span);
                plain::used(unknown, "parameter store", name.span)
            }
        }
    }

    /// Puts in what `{{resolve:…}}` in a text refers to.
    pub(super) fn dynamic(&mut self, value: Value) -> Value {
        super::dynamic::resolve(value, &self.index)
    }

    /// Whether a condition holds.
    pub(super) fn condition(&mut self, scope: usize, name: &str) -> Truth {
        let Some(template) = self.template(scope) else { return Truth::Maybe };
        let Some(entry) = template.conditions.get(name).copied() else { return Truth::Maybe };
        let Some(here) = self.scopes.get_mut(scope) else { return Truth::Maybe };
        match here.conditions.get(&*entry.key) {
            Some(Slot::Done(truth)) => return *truth,
            Some(Slot::Running) => return Truth::Maybe,
            None => {}
        }
        here.conditions.insert(&entry.key, Slot::Running);
        let truth = self.truth(scope, &entry.value);
        if let Some(here) = self.scopes.get_mut(scope) {
            here.conditions.insert(&entry.key, Slot::Done(truth));
        }
        truth
    }

    /// Whether the expression of a condition holds.
    pub(super) fn truth(&mut self, scope: usize, node: &'n Node) -> Truth {
        if self.budget == 0 || self.depth >= DEPTH {
            return Truth::Maybe;
        }
        self.budget -= 1;
        self.depth += 1;
        let truth = self.find_truth(scope, node);
        self.depth -= 1;
        truth
    }

    fn find_truth(&mut self, scope: usize, node: &'n Node) -> Truth {
        if node.tag.is_none()
            && let Some([entry]) = node.as_mapping()
            && &*entry.key == "Condition"
        {
            return entry.value.as_str().map_or(Truth::Maybe, |name| self.condition(scope, name));
        }
        let Some((name, argument)) = call(node) else {
            return plain::scalar(node).as_bool().map_or(Truth::Maybe, Truth::of);
        };
        let parts = argument.node.as_sequence().unwrap_or(&[]);
        match name {
            "Condition" => argument.node.as_str().map_or(Truth::Maybe, |name| self.condition(scope, name)),
            "Not" => match parts.first().map_or(Truth::Maybe, |part| self.truth(scope, part)) {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                Truth::Maybe => Truth::Maybe,
            },
            "And" | "Or" => {
                let (decides, otherwise) =
                    if name == "And" { (Truth::No, Truth::Yes) } else { (Truth::Yes, Truth::No) };
                let mut result = otherwise;
                for part in parts {
                    let truth = self.truth(scope, part);
                    if truth == decides {
                        return decides;
                    }
                    if truth == Truth::Maybe {
                        result = Truth::Maybe;
                    }
                }
                result
            }
            "Equals" => match parts {
                [a, b] => {
                    let (a, b) = (self.eval(scope, a), self.eval(scope, b));
                    same(&a, &b)
                }
                _ => Truth::Maybe,
            },
            _ => {
                let value = self.function(scope, name, argument);
                value.as_bool().map_or(Truth::Maybe, Truth::of)
            }
        }
    }

    /// Whether a resource or output exists: its `Condition`.
    pub(super) fn exists(&mut self, scope: usize, node: &'n Node) -> Truth {
        match node.get("Condition").and_then(Node::as_str) {
            Some(name) => self.condition(scope, name),
            None => Truth::Yes,
        }
    }

    /// The entries of a section of a scope's template.
    pub(super) fn section(&self, scope: usize, name: &str) -> &'n [Entry] {
        self.template(scope).map_or(&[], |template| entries(&template.parsed.root, name))
    }
}

fn secret_if(declared: &Node, value: Value) -> Value {
    if declared.get("NoEcho").and_then(|node| plain::scalar(node).as_bool()) == Some(true) {
        let span = value.span;
        return Value::new(ValueKind::Secret(Box::new(value)), span);
    }
    value
}

/// Whether two values are the same, as far as they are known.
fn same(a: &Value, b: &Value) -> Truth {
    let of = |value: &Value| if value.is_null() { Some("".into()) } else { plain::text_of(value) };
    match (of(a), of(b)) {
        (Some(a), Some(b)) => return Truth::of(a == b),
        (None, None) => return Truth::Maybe,
        _ => {}
    }
    let (known, open) = if of(a).is_some() { (a, b) } else { (b, a) };
    if let ValueKind::OneOf(ways) = &open.open().kind {
        let all = |wanted: Truth| !ways.is_empty() && ways.iter().all(|way| same(way, known) == wanted);
        return if all(Truth::Yes) {
            Truth::Yes
        } else if all(Truth::No) {
            Truth::No
        } else {
            Truth::Maybe
        };
    }
    // A list against a text is never the same; anything else may be.
    if open.as_list().is_some() { Truth::No } else { Truth::Maybe }
}

/// Parts of a value.
fn size(value: &Value) -> usize {
    1 + match &value.kind {
        ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => parts.iter().map(size).sum(),
        ValueKind::Map(entries) => entries.iter().map(|(_, value)| size(value)).sum(),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => size(inner),
        // Long texts are shared, not copied, but joining them is not free.
        ValueKind::Text(text) => text.len() / 64,
        _ => 0,
    }
}

fn nowhere() -> Span {
    Span::new(vauban_model::FileId(0), 1, 1, 0)
}
