//! Functions that need the evaluation or the tree; all others are in `functions`.

use std::cell::Cell;

use vauban_model::resource::{Value, ValueKind, Why};
use vauban_model::{Diagnostic, FileId};
use vauban_syntax::{Kind, Limits, Node, parse_yaml};

use super::documents::{decode, document, encoded, pieces_of};
use super::expression::unknown_of;
use super::operators::one_of;
use super::variables::secret;
use super::{Evaluator, Scope};
use crate::terraform::functions;
use crate::terraform::syntax::{Expr, words};

/// Functions that put values together without a look into texts: references stay references in them.
const CARRY: [&str; 41] = [
    "alltrue",
    "anytrue",
    "base64encode",
    "base64gzip",
    "chunklist",
    "coalesce",
    "coalescelist",
    "compact",
    "concat",
    "distinct",
    "element",
    "flatten",
    "format",
    "formatlist",
    "index",
    "join",
    "keys",
    "length",
    "list",
    "lookup",
    "map",
    "matchkeys",
    "merge",
    "one",
    "range",
    "reverse",
    "setproduct",
    "setsubtract",
    "setunion",
    "slice",
    "sort",
    "tobool",
    "tolist",
    "tomap",
    "tonumber",
    "toset",
    "tostring",
    "trimspace",
    "urlencode",
    "values",
    "zipmap",
];

/// Functions of [`CARRY`] whose arguments are collections: a reference to a stated collection is looked up.
const COLLECT: [&str; 26] = [
    "alltrue",
    "anytrue",
    "chunklist",
    "coalescelist",
    "compact",
    "concat",
    "distinct",
    "element",
    "flatten",
    "index",
    "keys",
    "length",
    "lookup",
    "matchkeys",
    "merge",
    "one",
    "reverse",
    "setproduct",
    "setsubtract",
    "setunion",
    "slice",
    "sort",
    "tolist",
    "tomap",
    "toset",
    "values",
];

/// Functions that look at texts as texts, even where a text is a document.
const OF_TEXTS: [&str; 32] = [
    "base64encode",
    "base64gzip",
    "basename",
    "chomp",
    "dirname",
    "endswith",
    "format",
    "indent",
    "join",
    "length",
    "lower",
    "md5",
    "regex",
    "regexall",
    "replace",
    "sha1",
    "sha256",
    "sha512",
    "split",
    "startswith",
    "strcontains",
    "strrev",
    "substr",
    "templatestring",
    "title",
    "trim",
    "trimprefix",
    "trimspace",
    "trimsuffix",
    "upper",
    "urlencode",
    "base64sha256",
];

/// Functions that are worked out here and want to know their arguments.
const OF_FILES: [&str; 8] =
    ["file", "fileexists", "filebase64", "fileset", "jsondecode", "templatefile", "templatestring", "yamldecode"];

/// How many alternatives a function is asked for one after another.
const SPREAD: usize = 8;

impl Evaluator<'_> {
    pub(super) fn call(
        &mut self,
        name: &str,
        arguments: &[Expr],
        spread: bool,
        expr: &Expr,
        scope: &Scope<'_>,
    ) -> Value {
        let name = name.strip_prefix("core::").unwrap_or(name);
        match name {
            "try" => return self.try_each(arguments, expr, scope),
            "can" => {
                let before = self.failures;
                if let Some(argument) = arguments.first() {
                    self.eval(argument, scope);
                }
                let sound = self.failures == before;
                self.failures = before;
                return Value::new(ValueKind::Bool(sound), expr.span);
            }
            _ => {}
        }
        let of_texts = OF_TEXTS.contains(&name);
        let keep_text = self.keep_text;
        self.keep_text = keep_text || of_texts;
        let mut values: Vec<Value> = arguments.iter().map(|argument| self.eval(argument, scope)).collect();
        self.keep_text = keep_text;
        if spread && let Some(last) = values.pop() {
            let last = self.resolve_top(&last);
            match last.as_list() {
                Some(items) => values.extend(items.iter().cloned()),
                None => values.push(last),
            }
        }
        if of_texts {
            for value in &mut values {
                if let ValueKind::Document(inner) = &value.open().kind {
                    *value = encoded(inner, value.span);
                }
            }
        }
        let mut value = self.apply(name, values, expr, scope, 0);
        if !self.copies(&value) {
            return self.too_much(expr);
        }
        if of_texts && !keep_text && matches!(value.open().kind, ValueKind::Text(_) | ValueKind::Template(_)) {
            value = documented(value);
        }
        value
    }

    /// A function of values: of secrets it is secret, of alternatives it is one of its results.
    fn apply(&mut self, name: &str, mut values: Vec<Value>, expr: &Expr, scope: &Scope<'_>, depth: u8) -> Value {
        // The other functions see to secrets and alternatives themselves.
        let here = OF_FILES.contains(&name);
        if here && values.iter().any(|value| matches!(value.kind, ValueKind::Secret(_))) {
            for value in &mut values {
                while let ValueKind::Secret(inner) = &mut value.kind {
                    *value = std::mem::replace(&mut **inner, Value::null(expr.span));
                }
            }
            return secret(self.apply(name, values, expr, scope, depth));
        }
        if here
            && depth < 3
            && let Some(at) = values.iter().position(|value| matches!(value.kind, ValueKind::OneOf(_)))
            && let Some(ValueKind::OneOf(alternatives)) = values.get(at).map(|value| value.kind.clone())
            && alternatives.len() <= SPREAD
        {
            let failures = self.failures;
            let mut results = Vec::new();
            for alternative in alternatives {
                let mut with = values.clone();
                if let Some(value) = with.get_mut(at) {
                    *value = alternative;
                }
                results.push(self.apply(name, with, expr, scope, depth + 1));
            }
            self.failures = failures;
            return one_of(results);
        }
        let span = expr.span;
        let first = values.first();
        let second = values.get(1);
        match (name, first, second) {
            ("file", Some(path), _) => self.file(path, scope.instance, expr),
            ("fileexists", Some(path), _) => self.file_exists(path, scope.instance, expr),
            ("fileset", Some(folder), Some(pattern)) => self.file_set(folder, pattern, scope.instance, expr),
            ("filebase64", Some(path), _) => {
                let before = std::mem::replace(&mut self.keep_text, true);
                let text = self.file(path, scope.instance, expr);
                self.keep_text = before;
                functions::call("base64encode", &[text], span)
                    .unwrap_or_else(|| Value::unknown(Why::Computed, words(expr), span))
            }
            ("filemd5" | "filesha1" | "filesha256" | "filesha512" | "filebase64sha256" | "filebase64sha512", ..) => {
                Value::unknown(Why::Computed, words(expr), span)
            }
            ("templatefile", Some(path), variables) => {
                let none = Value::new(ValueKind::Map(Vec::new()), span);
                self.template_file(path, variables.unwrap_or(&none), scope.instance, expr)
            }
            ("templatestring", Some(text), Some(variables)) => self.template_string(text, variables, expr),
            ("jsonencode" | "yamlencode", Some(value), _) => {
                let value = value.clone();
                let via = value.via.clone();
                Value { kind: ValueKind::Document(Box::new(value)), span, via }
            }
            ("jsondecode", Some(text), _) => self.decoded(text, expr, false),
            ("yamldecode", Some(text), _) => self.decoded(text, expr, true),
            ("sensitive", Some(value), _) => secret(value.clone()),
            ("nonsensitive", Some(value), _) => value.open().clone(),
            ("issensitive", Some(value), _) => Value::new(ValueKind::Bool(value.is_secret()), span),
            ("ephemeralasnull", Some(value), _) => value.clone(),
            ("timestamp" | "uuid" | "plantimestamp" | "bcrypt", ..) => Value::unknown(Why::Computed, words(expr), span),
            ("pathexpand", Some(path), _) => path.clone(),
            ("abspath", Some(path), _) => path.clone(),
            _ => self.pure(name, values, expr),
        }
    }

    fn pure(&mut self, name: &str, mut values: Vec<Value>, expr: &Expr) -> Value {
        if CARRY.contains(&name) {
            if COLLECT.contains(&name) {
                for value in &mut values {
                    if value.as_reference().is_some() {
                        let stated = self.resolve_top(value);
                        if stated.as_list().is_some() || stated.as_map().is_some() {
                            *value = stated;
                        }
                    }
                }
            }
            // Instances of a resource whose keys are not known are a list of one.
            if matches!(name, "values") && values.first().is_some_and(|value| matches!(value.kind, ValueKind::List(_)))
            {
                return values.swap_remove(0);
            }
        } else {
            for value in &mut values {
                let resolved = self.resolve(value);
                *value = resolved;
            }
        }
        let too_much = Cell::new(false);
        let result = functions::call_telling(name, &values, expr.span, &too_much);
        if too_much.get() {
            let message = format!("`{name}` gives more than is worked out; its result is not known because of it");
            self.say(
                Diagnostic::warning("evaluation-too-long", expr.span, message).help("ask about a part of the folder"),
            );
        }
        match result {
            Some(value) => {
                if matches!(&value.kind, ValueKind::Unknown(unknown) if unknown.why == Why::Unsupported)
                    && !values.iter().any(holds_unknown)
                {
                    self.failures = self.failures.saturating_add(1);
                }
                value
            }
            None => {
                self.say(
                    Diagnostic::note(
                        "unknown-function",
                        expr.span,
                        format!("`{name}` is no function that is known here"),
                    )
                    .help("check its spelling; what it gives is not known"),
                );
                self.failure(words(expr), expr.span)
            }
        }
    }

    fn try_each(&mut self, arguments: &[Expr], expr: &Expr, scope: &Scope<'_>) -> Value {
        let before = self.failures;
        let mut maybe: Vec<Value> = Vec::new();
        for argument in arguments {
            let value = self.eval(argument, scope);
            let failed = self.failures > before;
            self.failures = before;
            if failed {
                continue;
            }
            // Not known: it may fail or not, so what comes after it is possible too.
            let open = matches!(value.kind, ValueKind::Unknown(_));
            maybe.push(value);
            if !open {
                break;
            }
        }
        if maybe.is_empty() {
            return self.failure(words(expr), expr.span);
        }
        one_of(maybe)
    }

    fn decoded(&mut self, text: &Value, expr: &Expr, yaml: bool) -> Value {
        let text = self.resolve_top(text);
        let text = text.open();
        match &text.kind {
            ValueKind::Document(inner) => {
                let mut inner = (**inner).clone();
                inner.span = expr.span;
                inner
            }
            ValueKind::Text(content) => {
                let start = text.via.as_ref().map(|via| via.span).filter(|span| span.length == 0 && span.line == 1);
                if let Some(value) = decode(&pieces_of(content, start, text.span)) {
                    return Value { span: expr.span, ..value };
                }
                if yaml {
                    let file = start.map_or(FileId(expr.span.file.0), |start| start.file);
                    let mut diagnostics = Vec::new();
                    let node = parse_yaml(file, content, &Limits::default(), &mut diagnostics);
                    if let Some(node) = node {
                        return of_node(&node, start.is_none().then_some(text.span));
                    }
                }
                self.failure(words(expr), expr.span)
            }
            ValueKind::Null => self.failure(words(expr), expr.span),
            // What a vault keeps is not known here; which key of it is taken out says what it is.
            ValueKind::Reference(of) if KEPT_TEXTS.contains(&&*of.attribute) => {
                Value { span: expr.span, ..text.clone() }
            }
            _ => unknown_of(&[text], expr),
        }
    }
}

/// Attributes that are texts which vaults and parameter stores keep.
const KEPT_TEXTS: [&str; 3] = ["secret_string", "secret_data", "value"];

/// A text or template, as a document if it is one.
fn documented(value: Value) -> Value {
    let is_secret = matches!(value.kind, ValueKind::Secret(_));
    let mut pieces = Vec::new();
    let mut gather = |value: &Value| match &value.open().kind {
        ValueKind::Text(text) => pieces.push(super::template::Piece::Text {
            text: text.clone(),
            span: value.span,
            literal: false,
            secret: is_secret || matches!(value.kind, ValueKind::Secret(_)),
        }),
        _ => pieces.push(super::template::Piece::Value(value.clone())),
    };
    match &value.open().kind {
        ValueKind::Template(parts) => parts.iter().for_each(&mut gather),
        _ => gather(&value),
    }
    match document(&pieces, value.span) {
        Some(mut document) => {
            document.via = value.via;
            document
        }
        None => value,
    }
}

fn holds_unknown(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Unknown(_) | ValueKind::Reference(_) => true,
        ValueKind::Template(items) | ValueKind::List(items) | ValueKind::OneOf(items) => {
            items.iter().any(holds_unknown)
        }
        ValueKind::Map(entries) => entries.iter().any(|(_, value)| holds_unknown(value)),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => holds_unknown(inner),
        _ => false,
    }
}

fn of_node(node: &Node, place: Option<vauban_model::Span>) -> Value {
    let kind = match &node.kind {
        Kind::Sequence(items) => ValueKind::List(items.iter().map(|item| of_node(item, place)).collect()),
        Kind::Mapping(entries) => {
            ValueKind::Map(entries.iter().map(|entry| ((&*entry.key).into(), of_node(&entry.value, place))).collect())
        }
        Kind::Scalar(_) if node.is_null() => ValueKind::Null,
        Kind::Scalar(scalar) if scalar.quoted => ValueKind::Text((&*scalar.text).into()),
        Kind::Scalar(scalar) => match (node.as_bool(), node.as_f64()) {
            (Some(flag), _) => ValueKind::Bool(flag),
            (_, Some(number)) => ValueKind::Number(number),
            _ => ValueKind::Text((&*scalar.text).into()),
        },
    };
    Value::new(kind, place.unwrap_or(node.span))
}
