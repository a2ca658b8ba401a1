//! A program in YAML: resources, variables, configuration, `${…}` and `fn::…`.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Mode, Reference, Resource, Source, Text, Unknown, Value, ValueKind, Variable, Via, Why};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Entry, Kind, Node};

use super::functions;
use crate::located::{entries, scoped, text_of};
use crate::{Options, Output, Tree};

/// Deepest chain of variables that use one another.
const LONGEST_CHAIN: usize = 64;
/// Most values that variables may put in the place of their uses.
const MOST_VALUES: usize = 1 << 20;

/// What a name stands for.
#[derive(Clone, Copy)]
enum Named<'a> {
    Resource,
    Variable(&'a Entry),
    Config(&'a Entry),
}

pub(super) struct Program<'a, 't, 'f> {
    folder: &'a str,
    project: &'a str,
    names: FxHashMap<&'a str, Named<'a>>,
    values: FxHashMap<&'a str, Option<Value>>,
    tree: &'t mut Tree<'f>,
    depth: usize,
    budget: usize,
}

pub(super) fn read(root: &Node, folder: &str, tree: &mut Tree<'_>, options: &Options, output: &mut Output) {
    let mut names: FxHashMap<&str, Named<'_>> = FxHashMap::default();
    // A name is one thing only; where a program repeats one, resources come first.
    for (key, kind) in [("configuration", 0), ("config", 0), ("variables", 1), ("resources", 2)] {
        for entry in entries(root.get(key)) {
            let name = match kind {
                // `project:name` is known in the program by its last part.
                0 => entry.key.rsplit(':').next().unwrap_or(&entry.key),
                _ => &entry.key,
            };
            let named = match kind {
                0 => Named::Config(entry),
                1 => Named::Variable(entry),
                _ => Named::Resource,
            };
            names.insert(name, named);
        }
    }
    let mut program = Program {
        folder,
        project: text_of(root, "name"),
        names,
        values: FxHashMap::default(),
        tree,
        depth: 0,
        budget: MOST_VALUES,
    };
    program.configuration(root, options, output);
    for entry in entries(root.get("variables")) {
        program.looked_up(entry, output);
    }
    for entry in entries(root.get("resources")) {
        program.resource(entry, output);
    }
}

impl<'a> Program<'a, '_, '_> {
    fn address(&self, name: &str) -> Text {
        scoped(self.folder, name)
    }

    /// Values of the configuration: set by the caller, the default, or not known.
    fn configuration(&mut self, root: &'a Node, options: &Options, output: &mut Output) {
        for entry in ["configuration", "config"].into_iter().flat_map(|key| entries(root.get(key))) {
            let name = entry.key.rsplit(':').next().unwrap_or(&entry.key);
            let set = options
                .variables
                .iter()
                .rev()
                .find(|(key, _)| key == name || *key == *entry.key || *key == format!("{}:{name}", self.project));
            let node = &entry.value;
            let (plain, secret) = match &node.kind {
                Kind::Mapping(_) => (
                    node.get("value").or_else(|| node.get("default")),
                    node.get("secret").and_then(Node::as_bool) == Some(true),
                ),
                _ => (Some(node).filter(|node| !node.is_null()), false),
            };
            let known = match (set, plain) {
                (Some((_, text)), _) => Value::text(text.as_str(), entry.key_span),
                (None, Some(node)) => self.evaluate(node),
                (None, None) => {
                    output.inventory.variables.push(Variable {
                        name: name.into(),
                        description: text_of(node, "description").into(),
                        span: entry.key_span,
                    });
                    Value::unknown(Why::Variable, name, entry.key_span)
                }
            };
            let known = if secret { functions::conceal(known) } else { known };
            self.values.insert(name, Some(known));
        }
    }

    /// A variable that is looked up outside is a resource that exists already.
    fn looked_up(&mut self, entry: &'a Entry, output: &mut Output) {
        let Some((function, arguments)) = functions::invoked(&entry.value) else { return };
        if matches!(self.names.get(&*entry.key), Some(Named::Resource)) {
            return;
        }
        let attributes = arguments
            .map_or_else(|| Value::new(ValueKind::Map(Vec::new()), entry.value.span), |node| self.evaluate(node));
        self.push(entry, function, Mode::Data, attributes, Vec::new(), "".into(), output);
    }

    fn resource(&mut self, entry: &'a Entry, output: &mut Output) {
        let node = &entry.value;
        let ty = text_of(node, "type");
        if ty.is_empty() {
            output.diagnostics.push(
                Diagnostic::warning(
                    "pulumi-resource-without-type",
                    entry.key_span,
                    format!("`{}` has no type", entry.key),
                )
                .help("write `type: package:module:Type`"),
            );
            return;
        }
        // `get` reads a resource that exists; its state says what is known of it.
        let existing = node.get("get");
        let said = node.get("properties").or_else(|| existing.and_then(|get| get.get("state")));
        let mut attributes = match said {
            Some(properties) => self.evaluate(properties),
            None => Value::new(ValueKind::Map(Vec::new()), node.span),
        };
        if let (ValueKind::Map(known), Some(id)) = (&mut attributes.kind, existing.and_then(|get| get.get("id"))) {
            known.push(("id".into(), self.evaluate(id)));
        }
        let options = node.get("options");
        let mut depends_on = Vec::new();
        for key in ["dependsOn", "dependson", "parent"] {
            let Some(said) = options.and_then(|options| options.get(key)) else { continue };
            self.evaluate(said).references(&mut |reference, _| depends_on.push(reference.address.clone()));
        }
        let provider = options.and_then(|options| options.get("provider")).map(|node| self.evaluate(node));
        let scope = provider.as_ref().and_then(Value::as_reference).map_or("".into(), |found| found.address.clone());
        if let (ValueKind::Map(known), Some(hidden)) =
            (&mut attributes.kind, options.and_then(|options| options.get("additionalSecretOutputs")))
        {
            let hidden: Vec<&str> = crate::located::items(Some(hidden)).iter().filter_map(Node::as_str).collect();
            for (_, value) in known.iter_mut().filter(|(key, _)| hidden.contains(&&**key)) {
                *value = functions::conceal(value.clone());
            }
        }
        let mode = if existing.is_some() { Mode::Data } else { Mode::Managed };
        self.push(entry, ty, mode, attributes, depends_on, scope, output);
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one resource")]
    fn push(
        &self,
        entry: &Entry,
        ty: &str,
        mode: Mode,
        attributes: Value,
        depends_on: Vec<Text>,
        scope: Text,
        output: &mut Output,
    ) {
        let attributes = match attributes.kind {
            ValueKind::Map(_) => attributes,
            _ => {
                let span = attributes.span;
                Value::new(ValueKind::Map(vec![("properties".into(), attributes)]), span)
            }
        };
        output.inventory.resources.push(Resource {
            address: self.address(&entry.key),
            ty: ty.into(),
            native_type: ty.into(),
            name: (&*entry.key).into(),
            source: Source::Pulumi,
            mode,
            attributes,
            span: entry.key_span,
            calls: Vec::new(),
            scope,
            depends_on,
            many: false,
        });
    }

    /// The text of a file of the tree, by its path from the program's folder.
    pub(super) fn file(&mut self, path: &str) -> Option<std::sync::Arc<str>> {
        let path = path.strip_prefix("./").unwrap_or(path);
        let path = if self.folder.is_empty() { path.to_owned() } else { format!("{}/{path}", self.folder) };
        let known = self.tree.paths.binary_search(&path).is_ok();
        if known { (self.tree.open)(&path).ok().map(|(_, text)| text) } else { None }
    }

    /// The value of an expression.
    pub(super) fn evaluate(&mut self, node: &'a Node) -> Value {
        self.budget = self.budget.saturating_sub(1);
        if self.budget == 0 {
            return Value::unknown(Why::Unsupported, "more than can be worked out", node.span);
        }
        match &node.kind {
            Kind::Sequence(items) => {
                Value::new(ValueKind::List(items.iter().map(|item| self.evaluate(item)).collect()), node.span)
            }
            Kind::Mapping(entries) => {
                if let [entry] = entries.as_slice()
                    && let Some(name) = functions::name(&entry.key)
                {
                    return functions::call(self, name, entry);
                }
                let entries = entries.iter().map(|entry| ((&*entry.key).into(), self.evaluate(&entry.value)));
                Value::new(ValueKind::Map(entries.collect()), node.span)
            }
            Kind::Scalar(scalar) if scalar.text.contains("${") => self.interpolate(&scalar.text, node.span),
            Kind::Scalar(scalar) if scalar.quoted => crate::located::text(&scalar.text, node.span, 0),
            Kind::Scalar(_) if node.is_null() => Value::null(node.span),
            Kind::Scalar(scalar) => match (&*scalar.text, node.as_f64()) {
                ("true" | "True" | "TRUE", _) => Value::new(ValueKind::Bool(true), node.span),
                ("false" | "False" | "FALSE", _) => Value::new(ValueKind::Bool(false), node.span),
                (_, Some(number)) if number.is_finite() => Value::new(ValueKind::Number(number), node.span),
                (text, _) => Value::text(text, node.span),
            },
        }
    }

    /// A text with `${…}`; `$${` is a dollar and a brace. One reference alone keeps its kind.
    fn interpolate(&mut self, text: &str, span: Span) -> Value {
        let mut parts: Vec<Value> = Vec::new();
        let mut known = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let before = rest.get(..at).unwrap_or("");
            let after = rest.get(at + 2..).unwrap_or("");
            if let Some(before) = before.strip_suffix('$') {
                known.push_str(before);
                known.push_str("${");
                rest = after;
                continue;
            }
            let Some(end) = closing(after) else { break };
            known.push_str(before);
            if !known.is_empty() {
                parts.push(Value::text(std::mem::take(&mut known), span));
            }
            parts.push(self.access(after.get(..end).unwrap_or("").trim(), span));
            rest = after.get(end + 1..).unwrap_or("");
        }
        known.push_str(rest);
        if parts.is_empty() {
            return crate::located::text(&known, span, 0);
        }
        if !known.is_empty() {
            parts.push(Value::text(known, span));
        }
        functions::joined(parts, span)
    }

    /// What a name with a path of attributes leads to.
    fn access(&mut self, expression: &str, span: Span) -> Value {
        let steps = steps(expression);
        let Some((name, path)) = steps.split_first() else {
            return Value::unknown(Why::Unsupported, "${}", span);
        };
        if name == "pulumi" {
            let part = path.first().map_or("", String::as_str);
            return match part {
                "project" if !self.project.is_empty() => Value::text(self.project, span),
                _ => Value::unknown(Why::Lookup, expression, span),
            };
        }
        let Some((name, named)) = self.names.get_key_value(name.as_str()).map(|(name, named)| (*name, *named)) else {
            return Value::unknown(Why::Missing, expression, span);
        };
        match named {
            Named::Resource => {
                let attribute: Text = path.join(".").into();
                Value::new(ValueKind::Reference(Reference { address: self.address(name), attribute }), span)
            }
            Named::Config(entry) => {
                let known = self.values.get(name).cloned().flatten();
                self.used(known, name, entry.key_span, path, span)
            }
            Named::Variable(entry) => {
                let known = self.variable(name, entry);
                self.used(known, name, entry.key_span, path, span)
            }
        }
    }

    /// The value of a variable, worked out once. `None` while it is being worked out.
    fn variable(&mut self, name: &'a str, entry: &'a Entry) -> Option<Value> {
        if let Some(known) = self.values.get(name) {
            return known.clone();
        }
        if self.depth >= LONGEST_CHAIN {
            return None;
        }
        self.values.insert(name, None);
        self.depth += 1;
        let value = match functions::invoked(&entry.value) {
            Some(_) => {
                let attribute = functions::returned(&entry.value);
                let reference = Reference { address: self.address(name), attribute: attribute.into() };
                Value::new(ValueKind::Reference(reference), entry.value.span)
            }
            None => self.evaluate(&entry.value),
        };
        self.depth -= 1;
        self.values.insert(name, Some(value.clone()));
        Some(value)
    }

    /// The use of a value by its name: what it is, with where it came from.
    fn used(&mut self, known: Option<Value>, name: &str, defined: Span, path: &[String], span: Span) -> Value {
        let Some(value) = known else { return Value::unknown(Why::Cycle, name, span) };
        let mut value = path.iter().fold(value, |value, step| functions::step(value, step));
        let size = functions::size(&value, self.budget);
        self.budget = self.budget.saturating_sub(size);
        if self.budget == 0 {
            return Value::unknown(Why::Unsupported, name, span);
        }
        let before = value.via.take();
        value.via = Some(std::sync::Arc::new(Via { span: defined, name: name.into(), before }));
        value.span = span;
        value
    }

    /// Something looked up outside whose arguments stay visible.
    pub(super) fn outside(&mut self, name: &str, arguments: Option<&'a Node>, span: Span) -> Value {
        let mut possible = Vec::new();
        if let Some(arguments) = arguments {
            let arguments = self.evaluate(arguments);
            arguments.references(&mut |_, value| {
                if possible.len() < 8 {
                    possible.push(value.clone());
                }
            });
        }
        let unknown = Value::new(ValueKind::Unknown(Unknown { why: Why::Lookup, name: name.into() }), span);
        if possible.is_empty() {
            return unknown;
        }
        possible.push(unknown);
        Value::new(ValueKind::OneOf(possible), span)
    }
}

/// The byte of the brace that ends an expression; braces in quotes do not count.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'}' if !quoted => return Some(at),
            b'\n' => return None,
            _ => {}
        }
    }
    None
}

/// The steps of `name.attribute[0]["key"]`.
fn steps(expression: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut rest = expression.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '.' => steps.push(String::new()),
            '[' => {
                let quoted = rest.next_if_eq(&'"').is_some();
                let mut key = String::new();
                for c in rest.by_ref() {
                    if c == if quoted { '"' } else { ']' } {
                        break;
                    }
                    key.push(c);
                }
                if quoted {
                    rest.next_if_eq(&']');
                }
                steps.push(key);
            }
            c => {
                if let Some(last) = steps.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    steps.retain(|step| !step.is_empty());
    steps
}
