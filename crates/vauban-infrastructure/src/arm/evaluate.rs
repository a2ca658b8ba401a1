//! Values of a template: parameters, variables, loops, and the places where one deployment uses another.
//!
//! A template is evaluated once for each use: a [`Scope`] is one deployment. What it gets from outside is worked out when
//! it is first asked for, so order does not matter, and what depends on itself is found.

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use vauban_model::resource::{Text, Value, ValueKind, Variable, Why};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Kind, Node};

use super::expression::{Expr, Written, read};
use super::names::Index;
use super::template::{Parsed, field, text_field};
use crate::{Options, plain};

/// Deepest nesting of what is evaluated, over variables, parameters and deployments.
const DEPTH: usize = 110;
/// Most values made in all: so many, and so many more for each template.
const BUDGET: usize = 4_000_000;
const EACH: usize = 100_000;
/// Most turns of one loop; the tool itself allows 800.
pub(super) const TURNS: usize = 800;

/// What was worked out once.
#[derive(Clone)]
enum Slot {
    Running,
    Done(Value),
}

/// One turn of a loop; no index where the number of turns is not known.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    pub(super) name: Text,
    pub(super) index: Option<usize>,
    /// Whether it repeats a resource or output, which is what `copyIndex()` without a name means.
    pub(super) whole: bool,
}

/// One use of a template.
pub(super) struct Scope<'n> {
    /// The template itself.
    pub(super) template: &'n Node,
    /// The file it stands in.
    pub(super) file: usize,
    /// The deployment at the top of it.
    pub(super) root: usize,
    /// What stands before symbolic names: empty, or ending in `/`.
    pub(super) prefix: Arc<str>,
    /// Deployments around it.
    pub(super) calls: Vec<Span>,
    /// The subscription it goes to, where that is said.
    pub(super) account: Text,
    /// The deployment that uses it, what that passes, and the loops around it.
    pub(super) outer: Option<(usize, Option<&'n Node>, Vec<Loop>)>,
    /// Whether its expressions see its own parameters; else those of the outer deployment.
    pub(super) own: bool,
    parameters: FxHashMap<String, Slot>,
    variables: FxHashMap<String, Slot>,
    outputs: FxHashMap<String, Slot>,
}

/// Evaluates all templates of a tree.
pub(super) struct Evaluator<'n> {
    pub(super) parsed: &'n [Parsed],
    pub(super) options: &'n Options,
    /// Values from parameter files, by file of the template: name in lower case, entry.
    pub(super) given: &'n FxHashMap<usize, Vec<(String, &'n Node)>>,
    pub(super) index: Index,
    pub(super) scopes: Vec<Scope<'n>>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) variables: Vec<Variable>,
    /// Files that some deployment of the tree uses.
    pub(super) used: Vec<bool>,
    pub(super) loops: Vec<Loop>,
    /// Arguments of user-defined functions and of lambdas.
    pub(super) arguments: Option<Vec<(Text, Value)>>,
    pub(super) lambdas: Vec<(Text, Value)>,
    expressions: FxHashMap<usize, Option<Rc<Expr>>>,
    depth: usize,
    budget: usize,
}

impl<'n> Evaluator<'n> {
    pub(super) fn new(
        parsed: &'n [Parsed],
        options: &'n Options,
        given: &'n FxHashMap<usize, Vec<(String, &'n Node)>>,
    ) -> Self {
        Evaluator {
            parsed,
            options,
            given,
            index: Index::default(),
            scopes: Vec::new(),
            diagnostics: Vec::new(),
            variables: Vec::new(),
            used: vec![false; parsed.len()],
            loops: Vec::new(),
            arguments: None,
            lambdas: Vec::new(),
            expressions: FxHashMap::default(),
            depth: 0,
            budget: BUDGET + EACH * parsed.len(),
        }
    }

    /// A use of a template that no deployment of the tree makes.
    pub(super) fn root(&mut self, file: usize, prefix: &str) -> Option<usize> {
        let template = &self.parsed.get(file)?.root;
        let root = self.scopes.len();
        Some(self.scope(template, file, root, prefix.into(), Vec::new(), "".into(), None, true))
    }

    #[expect(clippy::too_many_arguments, reason = "a use of a template is all of these")]
    pub(super) fn scope(
        &mut self,
        template: &'n Node,
        file: usize,
        root: usize,
        prefix: Arc<str>,
        calls: Vec<Span>,
        account: Text,
        outer: Option<(usize, Option<&'n Node>, Vec<Loop>)>,
        own: bool,
    ) -> usize {
        self.scopes.push(Scope {
            template,
            file,
            root,
            prefix,
            calls,
            account,
            outer,
            own,
            parameters: FxHashMap::default(),
            variables: FxHashMap::default(),
            outputs: FxHashMap::default(),
        });
        self.scopes.len() - 1
    }

    /// Forgets what was worked out before all names were known.
    pub(super) fn forget(&mut self) {
        for scope in &mut self.scopes {
            scope.parameters.clear();
            scope.variables.clear();
            scope.outputs.clear();
        }
    }

    /// Whether one more value may be made; takes its cost off.
    pub(super) fn afford(&mut self, cost: usize) -> bool {
        let enough = cost < self.budget;
        self.budget = if enough { self.budget - cost } else { 0 };
        enough
    }

    /// The deployment whose parameters and variables an expression in a scope sees.
    pub(super) fn seen_from(&self, scope: usize) -> usize {
        let mut at = scope;
        while let Some(here) = self.scopes.get(at).filter(|here| !here.own) {
            match &here.outer {
                Some((outer, ..)) if *outer < at => at = *outer,
                _ => break,
            }
        }
        at
    }

    /// The value of a node.
    pub(super) fn eval(&mut self, scope: usize, node: &'n Node) -> Value {
        if self.depth >= DEPTH || !self.afford(1) {
            return Value::unknown(Why::Unsupported, "nested or repeated too much", node.span);
        }
        self.depth += 1;
        let value = match &node.kind {
            Kind::Scalar(scalar) if scalar.quoted => self.written(scope, node, &scalar.text),
            Kind::Scalar(_) => plain::scalar(node),
            Kind::Sequence(items) => {
                let items = items.iter().map(|item| self.eval(scope, item)).collect();
                Value::new(ValueKind::List(items), node.span)
            }
            Kind::Mapping(_) => self.mapping(scope, node),
        };
        self.depth -= 1;
        value
    }

    fn written(&mut self, scope: usize, node: &'n Node, text: &'n str) -> Value {
        if !text.starts_with('[') {
            return plain::document(Value::text(text, node.span));
        }
        let key = std::ptr::from_ref(node).addr();
        if let Some(Some(known)) = self.expressions.get(&key).cloned() {
            return self.expression(scope, &known, node.span);
        }
        match read(text) {
            Written::Text(text) => plain::document(Value::text(text, node.span)),
            Written::Expression(expression) => {
                let expression = Rc::new(expression);
                self.expressions.insert(key, Some(Rc::clone(&expression)));
                self.expression(scope, &expression, node.span)
            }
            Written::Broken => {
                // An array as text, such as `[1, 2]`, has no other meaning.
                let decoded = plain::document(Value::text(text, node.span));
                if !matches!(decoded.kind, ValueKind::Document(_)) {
                    self.diagnostics.push(
                        Diagnostic::warning(
                            "broken-expression",
                            node.span,
                            format!("`{}` is no expression", super::names::short(text)),
                        )
                        .help("mend the expression, or write `[[` if a text begins with a bracket"),
                    );
                }
                decoded
            }
        }
    }

    #[inline(never)]
    fn mapping(&mut self, scope: usize, node: &'n Node) -> Value {
        let entries = node.as_mapping().unwrap_or(&[]);
        let mut out: Vec<(Text, Value)> = Vec::with_capacity(entries.len());
        for entry in entries {
            if &*entry.key == "copy" && is_copy(&entry.value) {
                for (name, value) in self.copies(scope, &entry.value) {
                    out.push((name, value));
                }
                continue;
            }
            let mut value = self.eval(scope, &entry.value);
            let key = if entry.key.starts_with('[') {
                let named = match read(&entry.key) {
                    Written::Expression(expression) => self.expression(scope, &expression, entry.key_span),
                    Written::Text(text) => Value::text(text, entry.key_span),
                    Written::Broken => Value::text(&*entry.key, entry.key_span),
                };
                // Whom the key means would be lost in a text: it stands beside as the id.
                if let Some(to) = named.as_reference()
                    && matches!(value.kind, ValueKind::Map(_))
                    && value.get("id").is_none()
                {
                    let mut id = named.clone();
                    if to.attribute.is_empty() {
                        id = plain::reference(&to.address, "id", entry.key_span);
                    }
                    plain::set(&mut value, "id", id);
                }
                Text::from(plain::render(&named))
            } else {
                Text::from(&*entry.key)
            };
            match out.iter_mut().find(|(known, _)| *known == key) {
                Some((_, old)) => *old = value,
                None => out.push((key, value)),
            }
        }
        Value::new(ValueKind::Map(out), node.span)
    }

    /// The properties that a `copy` element makes.
    fn copies(&mut self, scope: usize, node: &'n Node) -> Vec<(Text, Value)> {
        let mut out = Vec::new();
        for item in node.as_sequence().unwrap_or(&[]) {
            let (Some(name), Some(input)) = (text_field(item, "name"), field(item, "input")) else { continue };
            let value = self.repeated(scope, item, name, input, false);
            out.push((name.into(), value));
        }
        out
    }

    /// The list that a loop makes of its input.
    pub(super) fn repeated(&mut self, scope: usize, item: &'n Node, name: &str, input: &'n Node, whole: bool) -> Value {
        let count = field(item, "count").map(|count| self.eval(scope, count));
        let turns = count.as_ref().and_then(turns);
        let indices: Vec<Option<usize>> = match turns {
            Some(turns) => (0..turns).map(Some).collect(),
            None => vec![None],
        };
        let mut items = Vec::with_capacity(indices.len());
        for index in indices {
            self.loops.push(Loop { name: name.into(), index, whole });
            items.push(self.eval(scope, input));
            self.loops.pop();
        }
        Value::new(ValueKind::List(items), item.span)
    }

    /// The value of an expression.
    pub(super) fn expression(&mut self, scope: usize, expression: &Expr, span: Span) -> Value {
        if self.depth >= DEPTH || !self.afford(1) {
            return Value::unknown(Why::Unsupported, "nested or repeated too much", span);
        }
        self.depth += 1;
        let value = match expression {
            Expr::Text(text) => Value::text(text.clone(), span),
            Expr::Number(number) => Value::new(ValueKind::Number(*number), span),
            Expr::Call(name, arguments) => self.call(scope, name, arguments, span),
            Expr::Property(of, name) => {
                let of = self.expression(scope, of, span);
                self.property(of, name, span)
            }
            Expr::Index(of, index) => {
                let of = self.expression(scope, of, span);
                let index = self.expression(scope, index, span);
                self.item(of, &index, span)
            }
        };
        self.depth -= 1;
        value
    }

    /// Takes a value that already exists once more, at the cost of its size.
    pub(super) fn copy(&mut self, value: &Value) -> Value {
        if self.afford(size(value)) {
            value.clone()
        } else {
            Value::unknown(Why::Unsupported, "repeated too much", value.span)
        }
    }

    /// Evaluates without what is around: a variable does not see the loop it is used in.
    fn apart(&mut self, loops: Vec<Loop>, work: impl FnOnce(&mut Self) -> Value) -> Value {
        let loops = std::mem::replace(&mut self.loops, loops);
        let arguments = self.arguments.take();
        let lambdas = std::mem::take(&mut self.lambdas);
        let value = work(self);
        self.loops = loops;
        self.arguments = arguments;
        self.lambdas = lambdas;
        value
    }

    /// A parameter's value.
    pub(super) fn parameter(&mut self, scope: usize, name: &str, span: Span) -> Value {
        if let Some(arguments) = &self.arguments {
            let found = arguments.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            let found = found.map(|(_, value)| value.clone());
            return found.unwrap_or_else(|| Value::unknown(Why::Missing, name, span));
        }
        let scope = self.seen_from(scope);
        let key = name.to_ascii_lowercase();
        let Some(here) = self.scopes.get_mut(scope) else { return Value::null(span) };
        match here.parameters.get(&key) {
            Some(Slot::Done(value)) => {
                let value = value.clone();
                let value = self.copy(&value);
                return plain::used(value, &format!("parameter {name}"), span);
            }
            Some(Slot::Running) => return Value::unknown(Why::Cycle, name, span),
            None => _ = here.parameters.insert(key.clone(), Slot::Running),
        }
        let value = self.find_parameter(scope, name, &key, span);
        if let Some(here) = self.scopes.get_mut(scope) {
            here.parameters.insert(key, Slot::Done(value.clone()));
        }
        plain::used(value, &format!("parameter {name}"), span)
    }

    fn find_parameter(&mut self, scope: usize, name: &str, key: &str, span: Span) -> Value {
        let Some(here) = self.scopes.get(scope) else { return Value::null(span) };
        let template = here.template;
        let declared = field(template, "parameters").and_then(|section| entry(section, name));
        let Some((declared_at, declared)) = declared else {
            self.undeclared("parameter", name, span);
            return Value::unknown(Why::Missing, name, span);
        };
        let secret = is_secret(template, declared);
        let outer = here.outer.clone();
        let set = self.options.variables.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let given = self.given.get(&here.file).and_then(|all| all.iter().find(|(known, _)| known == key));
        let value = if let Some((outer, passed, loops)) = outer {
            // `parameters` as a whole may be an expression; then what it has is asked of its value.
            let node = passed.and_then(|passed| entry(passed, name)).map(|(_, node)| node);
            match (node, passed.filter(|passed| passed.as_str().is_some())) {
                (Some(node), _) => Some(self.apart(loops, |this| this.passed(outer, node))),
                (None, Some(whole)) => Some(self.apart(loops, |this| {
                    let whole = this.eval(outer, whole);
                    let one = this.property(whole, name, span);
                    this.property(one, "value", span)
                })),
                (None, None) => None,
            }
        } else if let Some((_, text)) = set {
            Some(super::parameters::typed(text, text_field(declared, "type"), declared_at))
        } else {
            given.map(|(_, node)| *node).map(|node| self.apart(Vec::new(), |this| this.passed(scope, node)))
        };
        let value = match value {
            Some(value) => value,
            None => match field(declared, "defaultValue") {
                Some(node) => self.apart(Vec::new(), |this| this.eval(scope, node)),
                None => {
                    let description = field(declared, "metadata").and_then(|node| text_field(node, "description"));
                    self.variables.push(Variable {
                        name: name.into(),
                        description: description.unwrap_or("").into(),
                        span: declared_at,
                    });
                    Value::unknown(Why::Variable, name, declared_at)
                }
            },
        };
        if secret && !matches!(value.kind, ValueKind::Secret(_) | ValueKind::Null) {
            let span = value.span;
            return Value::new(ValueKind::Secret(Box::new(value)), span);
        }
        value
    }

    /// What is passed for a parameter: a value, or a secret of a key vault.
    fn passed(&mut self, scope: usize, node: &'n Node) -> Value {
        if let Some(value) = field(node, "value") {
            return self.eval(scope, value);
        }
        let Some(reference) = field(node, "reference") else { return self.eval(scope, node) };
        let vault = field(reference, "keyVault").and_then(|vault| field(vault, "id"));
        let vault = vault.map(|vault| self.eval(scope, vault));
        let name = field(reference, "secretName").map(|name| self.eval(scope, name));
        let name = name.map(|name| plain::render(&name)).unwrap_or_default();
        let found = vault.as_ref().and_then(|vault| self.target(scope, vault));
        let inner = match found {
            Some(address) => plain::reference(&address, &format!("secrets.{name}"), reference.span),
            None => {
                let vault = vault.map(|vault| plain::render(&vault)).unwrap_or_default();
                let vault = vault.rsplit('/').next().unwrap_or("").to_owned();
                Value::unknown(Why::Lookup, format!("secret {name} of key vault {vault}"), reference.span)
            }
        };
        Value::new(ValueKind::Secret(Box::new(inner)), reference.span)
    }

    /// A variable's value.
    pub(super) fn variable(&mut self, scope: usize, name: &str, span: Span) -> Value {
        let scope = self.seen_from(scope);
        let key = name.to_ascii_lowercase();
        let Some(here) = self.scopes.get_mut(scope) else { return Value::null(span) };
        match here.variables.get(&key) {
            Some(Slot::Done(value)) => {
                let value = value.clone();
                let value = self.copy(&value);
                return plain::used(value, &format!("variable {name}"), span);
            }
            Some(Slot::Running) => return Value::unknown(Why::Cycle, name, span),
            None => _ = here.variables.insert(key.clone(), Slot::Running),
        }
        let section = field(here.template, "variables");
        let value = match section.and_then(|section| entry(section, name)) {
            Some((_, node)) => self.apart(Vec::new(), |this| this.eval(scope, node)),
            None => {
                let copies = section.and_then(|section| field(section, "copy")).and_then(Node::as_sequence);
                let copy = copies
                    .unwrap_or(&[])
                    .iter()
                    .find(|item| text_field(item, "name").is_some_and(|known| known.eq_ignore_ascii_case(name)));
                match copy.and_then(|item| Some((item, field(item, "input")?))) {
                    Some((item, input)) => {
                        self.apart(Vec::new(), |this| this.repeated(scope, item, name, input, false))
                    }
                    None => {
                        self.undeclared("variable", name, span);
                        Value::unknown(Why::Missing, name, span)
                    }
                }
            }
        };
        if let Some(here) = self.scopes.get_mut(scope) {
            here.variables.insert(key, Slot::Done(value.clone()));
        }
        plain::used(value, &format!("variable {name}"), span)
    }

    /// An output of a deployment.
    pub(super) fn output(&mut self, scope: usize, name: &str, span: Span) -> Option<Value> {
        let key = name.to_ascii_lowercase();
        let here = self.scopes.get_mut(scope)?;
        let (_, node) = entry(field(here.template, "outputs")?, name)?;
        match here.outputs.get(&key) {
            Some(Slot::Done(value)) => {
                let value = value.clone();
                let value = self.copy(&value);
                return Some(plain::used(value, &format!("output {name}"), span));
            }
            Some(Slot::Running) => return Some(Value::unknown(Why::Cycle, name, span)),
            None => _ = here.outputs.insert(key.clone(), Slot::Running),
        }
        let loops = here.outer.as_ref().map(|(_, _, loops)| loops.clone()).unwrap_or_default();
        let secret = is_secret(here.template, node);
        let value = self.apart(loops, |this| match (field(node, "value"), field(node, "copy")) {
            (Some(value), _) => this.eval(scope, value),
            (None, Some(copy)) => match field(copy, "input") {
                Some(input) => this.repeated(scope, copy, name, input, true),
                None => Value::null(node.span),
            },
            (None, None) => Value::null(node.span),
        });
        let value = if secret { Value::new(ValueKind::Secret(Box::new(value)), node.span) } else { value };
        if let Some(here) = self.scopes.get_mut(scope) {
            here.outputs.insert(key, Slot::Done(value.clone()));
        }
        Some(plain::used(value, &format!("output {name}"), span))
    }

    fn undeclared(&mut self, what: &str, name: &str, span: Span) {
        self.diagnostics.push(
            Diagnostic::warning("unknown-reference", span, format!("there is no {what} `{name}` in this template"))
                .help("declare it, or mend the name"),
        );
    }
}

/// The entry of a mapping, whatever the case of its key, and where its key stands.
pub(super) fn entry<'n>(section: &'n Node, name: &str) -> Option<(Span, &'n Node)> {
    let entries = section.as_mapping()?;
    let found = entries
        .iter()
        .find(|entry| &*entry.key == name)
        .or_else(|| entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(name)))?;
    Some((found.key_span, &found.value))
}

/// Whether a parameter or output is of a secret type, its own or that of a definition it names.
fn is_secret(template: &Node, declared: &Node) -> bool {
    let secret = |node: &Node| {
        text_field(node, "type")
            .is_some_and(|ty| ty.eq_ignore_ascii_case("securestring") || ty.eq_ignore_ascii_case("secureObject"))
    };
    if secret(declared) {
        return true;
    }
    let named = text_field(declared, "$ref").and_then(|path| path.rsplit('/').next());
    let definition = named.and_then(|name| entry(field(template, "definitions")?, name));
    definition.is_some_and(|(_, node)| secret(node))
}

/// Whether a `copy` element makes properties, and is not a property of that name.
fn is_copy(node: &Node) -> bool {
    node.as_sequence().is_some_and(|items| {
        !items.is_empty()
            && items.iter().all(|item| text_field(item, "name").is_some() && field(item, "input").is_some())
    })
}

/// How often a loop turns, if that is known.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a small whole number")]
pub(super) fn turns(count: &Value) -> Option<usize> {
    let number = count.as_number().filter(|number| *number >= 0.0 && number.fract() == 0.0)?;
    (number <= TURNS as f64).then_some(number as usize)
}

/// Parts of a value.
fn size(value: &Value) -> usize {
    1 + match &value.kind {
        ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => parts.iter().map(size).sum(),
        ValueKind::Map(entries) => entries.iter().map(|(_, value)| size(value)).sum(),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => size(inner),
        ValueKind::Text(text) => text.len() / 64,
        _ => 0,
    }
}
