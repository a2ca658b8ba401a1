//! Files of the tree that configuration refers to: never any outside of it.

use std::rc::Rc;
use std::sync::Arc;

use vauban_model::resource::{Value, ValueKind, Via, Why};
use vauban_model::{Diagnostic, Span};

use super::documents::{document, pieces_of};
use super::expression::unknown_of;
use super::{Binding, Evaluator, Opened, Scope};
use crate::terraform::syntax::{Body, Expr, Places, read_template, template_text, words};

/// Paths joined and cleaned; nothing when they lead out of the tree.
pub(super) fn joined(dir: &str, path: &str) -> Option<String> {
    if path.starts_with(['/', '~']) || path.contains(':') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in dir.split('/').chain(path.split(['/', '\\'])) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A folder as seen from another one.
pub(super) fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = to.split('/').filter(|part| !part.is_empty()).collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts = vec![".."; from.len() - common];
    parts.extend(to.iter().skip(common));
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

impl Evaluator<'_> {
    /// Opens a file of the tree, once.
    pub(super) fn text_of(&mut self, path: &str) -> Opened {
        if let Some(known) = self.texts.get(path) {
            return known.clone();
        }
        let there = self.paths.binary_search_by(|known| known.as_str().cmp(path)).is_ok();
        let opened = if there { (self.open)(path).ok() } else { None };
        self.texts.insert(path.to_owned(), opened.clone());
        opened
    }

    /// The path in the tree that an argument means; tells when there is none.
    fn path_of(&mut self, argument: &Value, instance: usize, expr: &Expr) -> Result<String, Value> {
        let argument = self.resolve(argument);
        let Some(path) = argument.as_text() else { return Err(unknown_of(&[&argument], expr)) };
        let root = self.instance(instance).map_or_else(String::new, |of| of.root.dir.clone());
        match joined(&root, path) {
            Some(path) => Ok(path),
            None => {
                self.say(
                    Diagnostic::warning(
                        "file-outside",
                        expr.span,
                        format!("`{path}` is outside of the folder and is not opened"),
                    )
                    .help("what it holds is not known; put it into the folder to have it read"),
                );
                Err(Self::unread(path, argument.via.as_ref(), Why::Lookup, expr))
            }
        }
    }

    /// What a file holds that cannot be read, by the name of the file: two mentions of one file are one, however they say
    /// its name.
    fn unread(said: &str, before: Option<&Arc<Via>>, why: Why, expr: &Expr) -> Value {
        let mut value = Value::unknown(why, words(expr), expr.span);
        let name = format!("file({said})").into();
        value.via = Some(Arc::new(Via { span: expr.span, name, before: before.cloned() }));
        value
    }

    fn opened(
        &mut self,
        argument: &Value,
        instance: usize,
        expr: &Expr,
    ) -> Result<(String, vauban_model::FileId, Arc<str>), Value> {
        let path = self.path_of(argument, instance, expr)?;
        match self.text_of(&path) {
            Some((id, text)) => Ok((path, id, text)),
            None => {
                self.say(
                    Diagnostic::warning("file-missing", expr.span, format!("`{path}` is not there or cannot be read"))
                        .help("what it holds is not known; it may be made before the tool runs"),
                );
                self.failures = self.failures.saturating_add(1);
                let argument = self.resolve(argument);
                let said = argument.as_text().unwrap_or(&path);
                Err(Self::unread(said, argument.via.as_ref(), Why::Missing, expr))
            }
        }
    }

    /// `file(path)`.
    pub(super) fn file(&mut self, argument: &Value, instance: usize, expr: &Expr) -> Value {
        let (_, id, text) = match self.opened(argument, instance, expr) {
            Ok(opened) => opened,
            Err(value) => return value,
        };
        let start = Span::new(id, 1, 1, 0);
        let via = Some(Arc::new(Via { span: start, name: words(expr).into(), before: argument.via.clone() }));
        let mut value = match (self.keep_text, document(&pieces_of(&text, Some(start), start), expr.span)) {
            (false, Some(document)) => document,
            _ => Value::text(Arc::clone(&text), expr.span),
        };
        value.via = via;
        value
    }

    /// `fileexists(path)`.
    pub(super) fn file_exists(&mut self, argument: &Value, instance: usize, expr: &Expr) -> Value {
        match self.path_of(argument, instance, expr) {
            Ok(path) => {
                let there = self.paths.binary_search_by(|known| known.as_str().cmp(&path)).is_ok();
                Value::new(ValueKind::Bool(there), expr.span)
            }
            Err(value) => value,
        }
    }

    /// `fileset(folder, pattern)`.
    pub(super) fn file_set(&mut self, folder: &Value, pattern: &Value, instance: usize, expr: &Expr) -> Value {
        let folder = match self.path_of(folder, instance, expr) {
            Ok(folder) => folder,
            Err(value) => return value,
        };
        let pattern = self.resolve(pattern);
        let Some(pattern) = pattern.as_text() else { return unknown_of(&[&pattern], expr) };
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let patterns = alternatives(pattern);
        let from = self.paths.partition_point(|path| path.as_str() < prefix.as_str());
        let found = self
            .paths
            .iter()
            .skip(from)
            .map_while(|path| path.strip_prefix(prefix.as_str()))
            .filter(|path| patterns.iter().any(|pattern| matches(pattern, path)))
            .map(|path| Value::text(path, expr.span));
        Value::new(ValueKind::List(found.collect()), expr.span)
    }

    /// `templatefile(path, variables)`.
    pub(super) fn template_file(&mut self, path: &Value, variables: &Value, instance: usize, expr: &Expr) -> Value {
        let (path, id, text) = match self.opened(path, instance, expr) {
            Ok(opened) => opened,
            Err(value) => return value,
        };
        let template = match self.templates.get(&path) {
            Some(known) => known.clone(),
            None => {
                let read = match read_template(&text, Places::new(id, &text)) {
                    Ok(expr) => Some(Rc::new(expr)),
                    Err(problem) => {
                        self.say(problem);
                        None
                    }
                };
                self.templates.insert(path.clone(), read.clone());
                read
            }
        };
        let Some(template) = template else {
            return Value::unknown(Why::Unsupported, words(expr), expr.span);
        };
        let mut value = self.with_variables(&template, variables, expr);
        let via = Via { span: Span::new(id, 1, 1, 0), name: words(expr).into(), before: value.via.take() };
        value.via = Some(Arc::new(via));
        value.span = expr.span;
        value
    }

    /// A template with nothing but these variables in it.
    fn with_variables(&mut self, template: &Expr, variables: &Value, expr: &Expr) -> Value {
        let variables = self.resolve_top(variables);
        if variables.as_map().is_none() {
            return unknown_of(&[&variables], expr);
        }
        let binding = Binding { name: ALL, value: variables.open().clone(), next: None };
        let scope = Scope { instance: usize::MAX, key: None, bindings: Some(&binding), item: None };
        self.eval(template, &scope)
    }

    /// `templatestring(text, variables)`, and the text of a data source `template_file`.
    pub(super) fn template_string(&mut self, text: &Value, variables: &Value, expr: &Expr) -> Value {
        let text = self.resolve_top(text);
        let text = match &text.open().kind {
            ValueKind::Document(inner) => super::documents::encoded(inner, text.span),
            _ => text.open().clone(),
        };
        let Some(content) = text.as_text() else { return unknown_of(&[&text], expr) };
        // A text that came from a file stands there as it is.
        let start = text.via.as_ref().map(|via| via.span).filter(|span| span.length == 0 && span.line == 1);
        let template = match start {
            Some(start) => read_template(content, Places::from(content, start)).ok(),
            None => Some(template_text(content, text.span)),
        };
        match template {
            Some(template) => self.with_variables(&template, variables, expr),
            None => Value::unknown(Why::Unsupported, words(expr), expr.span),
        }
    }

    /// `rendered` of a data source `template_file`.
    pub(super) fn rendered(&mut self, body: &Body, scope: &Scope<'_>) -> Option<Value> {
        let template = body.attribute("template")?;
        let before = std::mem::replace(&mut self.keep_text, true);
        let text = self.eval(&template.value, scope);
        self.keep_text = before;
        let variables = match body.attribute("vars") {
            Some(variables) => self.eval(&variables.value, scope),
            None => Value::new(ValueKind::Map(Vec::new()), template.span),
        };
        let mut value = self.template_string(&text, &variables, &template.value);
        value.span = template.value.span;
        Some(value)
    }
}

/// The name of a binding that holds all variables of a template file; no name in the language looks like this.
pub(super) const ALL: &str = "*";

/// `a/{b,c}/d` as `a/b/d` and `a/c/d`.
fn alternatives(pattern: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        let inner = pattern.find('{').and_then(|start| Some((start, start + pattern.get(start..)?.find('}')?)));
        match inner {
            Some((start, end)) if done.len() + open.len() < 100 => {
                let (before, after) = (pattern.get(..start).unwrap_or(""), pattern.get(end + 1..).unwrap_or(""));
                for one in pattern.get(start + 1..end).unwrap_or("").split(',') {
                    open.push(format!("{before}{one}{after}"));
                }
            }
            _ => done.push(pattern),
        }
    }
    done
}

/// Whether a path fits a pattern with `*`, `?` and `**`.
fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    // Which prefixes of the pattern fit the part of the path so far.
    let mut fits = vec![false; pattern.len() + 1];
    let close = |fits: &mut Vec<bool>| {
        for index in 0..pattern.len() {
            if fits.get(index) == Some(&true)
                && pattern.get(index) == Some(&"**")
                && let Some(next) = fits.get_mut(index + 1)
            {
                *next = true;
            }
        }
    };
    if let Some(first) = fits.first_mut() {
        *first = true;
    }
    close(&mut fits);
    for part in path {
        let mut next = vec![false; pattern.len() + 1];
        for (index, piece) in pattern.iter().enumerate() {
            if fits.get(index) != Some(&true) {
                continue;
            }
            let target = if *piece == "**" {
                index
            } else if name_matches(piece, part) {
                index + 1
            } else {
                continue;
            };
            if let Some(next) = next.get_mut(target) {
                *next = true;
            }
        }
        close(&mut next);
        fits = next;
    }
    fits.last() == Some(&true)
}

fn name_matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = name.get(n) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(one) if *one == '?' || one == letter => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|one| *one == '*'))
}
