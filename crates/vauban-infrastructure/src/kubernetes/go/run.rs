//! Running a template.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::parse::{Expr, Part, Pipeline, Problem, Template, parse};
use super::{Val, functions};

/// Bounds of one chart.
const MOST_STEPS: usize = 1_000_000;
const MOST_BYTES: usize = 16 << 20;
const DEEPEST: usize = 64;
/// Most that all functions together may look at, in values and stretches of text.
const MOST_WORK: usize = 1 << 28;
/// Most values within one value, counted as often as they occur in it.
const LARGEST: usize = 1 << 20;
/// How deep values may hold values.
const NESTED: usize = 256;
/// Largest text that one function may make.
pub(super) const LONGEST: usize = 4 << 20;

/// Where a stretch of output comes from.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::kubernetes) enum Origin {
    /// Text of the template from this byte.
    Text(usize),
    /// An action: first byte, byte after it, the value it first asked for (`.Values.image.tag`).
    Action(usize, usize, Option<Arc<str>>),
}

/// Output with its origins: the byte where each stretch starts.
#[derive(Clone, Debug, Default)]
pub(in crate::kubernetes) struct Rendered {
    pub(in crate::kubernetes) text: String,
    pub(in crate::kubernetes) origins: Vec<(usize, Origin)>,
}

/// What a function wants of the state, and what goes on in it.
pub(in crate::kubernetes) struct Run<'d> {
    pub(super) defined: &'d FxHashMap<String, Template>,
    steps: usize,
    work: usize,
    bytes: usize,
    depth: usize,
    variables: Vec<(String, Val)>,
    /// The first path under `.Values` that the action at hand asked for.
    asked: Option<Arc<str>>,
    at: usize,
}

enum Flow {
    Next,
    Break,
    Continue,
}

type Done<T> = Result<T, Problem>;

impl<'d> Run<'d> {
    pub(in crate::kubernetes) fn new(defined: &'d FxHashMap<String, Template>) -> Self {
        Run { defined, steps: 0, work: 0, bytes: 0, depth: 0, variables: Vec::new(), asked: None, at: 0 }
    }

    /// Renders a template for its data.
    pub(in crate::kubernetes) fn render(&mut self, template: &Template, data: &Val) -> Done<Rendered> {
        let mut out = Rendered::default();
        self.depth = 0;
        self.template(template, data, &mut out)?;
        Ok(out)
    }

    fn template(&mut self, template: &Template, data: &Val, out: &mut Rendered) -> Done<()> {
        if self.depth >= DEEPEST {
            return self.fail("templates use each other too deeply");
        }
        self.depth += 1;
        let outer = std::mem::replace(&mut self.variables, vec![(String::new(), data.clone())]);
        let body = template.body.clone();
        let done = self.parts(&body, data, &template.source, out);
        self.variables = outer;
        self.depth -= 1;
        done.map(|_| ())
    }

    pub(super) fn fail<T>(&self, why: impl Into<String>) -> Done<T> {
        Err((self.at, why.into()))
    }

    /// Counts what a function is about to look at. A value that holds itself many times over is small in memory and
    /// endless to print, so it is refused before anybody walks through it.
    pub(super) fn spend(&mut self, value: &Val) -> Done<()> {
        let mut left = LARGEST;
        if !fits(value, &mut left, NESTED) {
            return self.fail("a value gets too large");
        }
        self.work = self.work.saturating_add(LARGEST - left);
        if self.work > MOST_WORK {
            return self.fail("it takes too much work");
        }
        Ok(())
    }

    fn emit(&mut self, out: &mut Rendered, text: &str, origin: Origin) -> Done<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.bytes += text.len();
        if self.bytes > MOST_BYTES {
            return self.fail("the output is too large");
        }
        out.origins.push((out.text.len(), origin));
        out.text.push_str(text);
        Ok(())
    }

    fn parts(&mut self, parts: &[Part], dot: &Val, source: &Arc<str>, out: &mut Rendered) -> Done<Flow> {
        for part in parts {
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return self.fail("it takes too many steps");
            }
            match part {
                Part::Text(from, to) => {
                    self.emit(out, source.get(*from..*to).unwrap_or(""), Origin::Text(*from))?;
                }
                Part::Action(pipeline, start, end) => {
                    self.asked = None;
                    self.at = *start;
                    let value = self.pipeline(pipeline, dot)?;
                    self.at = *start;
                    if pipeline.names.is_empty() {
                        let asked = self.asked.take();
                        self.spend(&value)?;
                        self.emit(out, &value.print(), Origin::Action(*start, *end, asked))?;
                    }
                }
                Part::If(branches, otherwise) => {
                    let known = self.variables.len();
                    let mut taken: &[Part] = otherwise;
                    for (condition, body) in branches {
                        if self.pipeline(condition, dot)?.truth() {
                            taken = body;
                            break;
                        }
                    }
                    let flow = self.parts(taken, dot, source, out)?;
                    self.variables.truncate(known);
                    if !matches!(flow, Flow::Next) {
                        return Ok(flow);
                    }
                }
                Part::With(branches, otherwise) => {
                    let known = self.variables.len();
                    let mut taken: (&[Part], Val) = (otherwise, dot.clone());
                    for (condition, body) in branches {
                        let value = self.pipeline(condition, dot)?;
                        if value.truth() {
                            taken = (body, value);
                            break;
                        }
                    }
                    let flow = self.parts(taken.0, &taken.1, source, out)?;
                    self.variables.truncate(known);
                    if !matches!(flow, Flow::Next) {
                        return Ok(flow);
                    }
                }
                Part::Range(pipeline, body, otherwise) => {
                    let known = self.variables.len();
                    let value = self.commands(pipeline, dot)?;
                    let items: Vec<(Val, Val)> = match &value {
                        Val::Nil => Vec::new(),
                        Val::List(items) => (0i64..).map(Val::Int).zip(items.iter().cloned()).collect(),
                        Val::Map(entries) => {
                            entries.iter().map(|(key, value)| (Val::text(key), value.clone())).collect()
                        }
                        Val::Int(count) => (0..(*count).min(10_000)).map(|at| (Val::Int(at), Val::Int(at))).collect(),
                        _ => return self.fail("`range` needs a list or a map"),
                    };
                    if items.is_empty() {
                        self.parts(otherwise, dot, source, out)?;
                    }
                    for (key, value) in items {
                        self.steps += 1;
                        if self.steps > MOST_STEPS {
                            return self.fail("it takes too many steps");
                        }
                        match pipeline.names.as_slice() {
                            [one] => self.variables.push((one.clone(), value.clone())),
                            [first, second, ..] => {
                                self.variables.push((first.clone(), key));
                                self.variables.push((second.clone(), value.clone()));
                            }
                            [] => {}
                        }
                        let flow = self.parts(body, &value, source, out)?;
                        self.variables.truncate(known);
                        if matches!(flow, Flow::Break) {
                            break;
                        }
                    }
                }
                Part::Template(name, pipeline, start, end) => {
                    self.at = *start;
                    let data = match pipeline {
                        Some(pipeline) => self.pipeline(pipeline, dot)?,
                        None => Val::Nil,
                    };
                    let text = self.include(name, &data)?;
                    self.at = *start;
                    self.emit(out, &text, Origin::Action(*start, *end, None))?;
                }
                Part::Break => return Ok(Flow::Break),
                Part::Continue => return Ok(Flow::Continue),
            }
        }
        Ok(Flow::Next)
    }

    /// Makes the change of a map seen by the variables that hold it: `set` changes a map in place.
    pub(super) fn changed(&mut self, old: Option<&Val>, new: &Val) {
        let Some(Val::Map(old)) = old else { return };
        for (_, value) in &mut self.variables {
            if matches!(value, Val::Map(known) if Arc::ptr_eq(known, old)) {
                *value = new.clone();
            }
        }
    }

    /// The output of a named template.
    pub(super) fn include(&mut self, name: &str, data: &Val) -> Done<String> {
        let Some(template) = self.defined.get(name) else {
            return self.fail(format!("there is no template `{name}`"));
        };
        let (at, asked) = (self.at, self.asked.take());
        let mut out = Rendered::default();
        // The caller's place is said when something goes wrong: it is in the file at hand.
        self.template(template, data, &mut out).map_err(|(_, why)| (at, why))?;
        self.at = at;
        if asked.is_some() {
            self.asked = asked;
        }
        Ok(out.text)
    }

    /// The output of a text that is a template.
    pub(super) fn text(&mut self, text: &str, data: &Val) -> Done<String> {
        let mut more = FxHashMap::default();
        let at = self.at;
        let template = parse(&Arc::from(text), &mut more).map_err(|(_, why)| (at, why))?;
        let mut out = Rendered::default();
        let done = self.template(&template, data, &mut out);
        self.at = at;
        done.map_err(|(_, why)| (at, why))?;
        Ok(out.text)
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Val) -> Done<Val> {
        let value = self.commands(pipeline, dot)?;
        for name in &pipeline.names {
            if pipeline.makes {
                self.variables.push((name.clone(), value.clone()));
            } else if let Some((_, known)) = self.variables.iter_mut().rev().find(|(known, _)| known == name) {
                *known = value.clone();
            }
        }
        Ok(value)
    }

    fn commands(&mut self, pipeline: &Pipeline, dot: &Val) -> Done<Val> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return self.fail("it takes too many steps");
        }
        self.at = pipeline.at;
        let mut last: Option<Val> = None;
        for command in &pipeline.commands {
            last = Some(self.command(command, last, dot)?);
        }
        Ok(last.unwrap_or(Val::Nil))
    }

    fn command(&mut self, command: &[Expr], piped: Option<Val>, dot: &Val) -> Done<Val> {
        let Some((first, rest)) = command.split_first() else { return Ok(Val::Nil) };
        if let Expr::Name(name) = first {
            // These two stop as soon as the answer is known.
            if matches!(name.as_str(), "and" | "or") {
                let mut value = Val::Nil;
                for expr in rest {
                    value = self.expr(expr, dot)?;
                    if value.truth() == (name == "or") {
                        return Ok(value);
                    }
                }
                return Ok(piped.unwrap_or(value));
            }
            let mut arguments = Vec::with_capacity(rest.len() + 1);
            for expr in rest {
                arguments.push(self.expr(expr, dot)?);
            }
            arguments.extend(piped);
            return functions::call(self, name, arguments, dot);
        }
        if rest.is_empty() && piped.is_none() {
            return self.expr(first, dot);
        }
        // A method with arguments: of files, or of what the cluster can do.
        let mut arguments = Vec::with_capacity(rest.len() + 1);
        for expr in rest {
            arguments.push(self.expr(expr, dot)?);
        }
        arguments.extend(piped);
        let path = match first {
            Expr::Field(path) | Expr::Variable(_, path) | Expr::Sub(_, path) => path.as_slice(),
            _ => &[],
        };
        let method = path.last().map_or("", String::as_str);
        let object = path.iter().rev().nth(1).map_or("", String::as_str);
        match (object, method) {
            ("APIVersions", "Has") => Ok(Val::Bool(false)),
            ("Files", _) => self.fail(format!("`.Files.{method}` reads files, which is not done here")),
            _ => self.fail("this is no function"),
        }
    }

    fn expr(&mut self, expr: &Expr, dot: &Val) -> Done<Val> {
        match expr {
            Expr::Dot => Ok(dot.clone()),
            Expr::Literal(value) => Ok(value.clone()),
            Expr::Field(path) => self.walk(dot.clone(), path),
            Expr::Variable(name, path) => {
                let Some((_, value)) = self.variables.iter().rev().find(|(known, _)| known == name) else {
                    return self.fail(format!("there is no variable `${name}`"));
                };
                let value = value.clone();
                self.walk(value, path)
            }
            Expr::Sub(pipeline, path) => {
                let at = self.at;
                let value = self.commands(pipeline, dot)?;
                self.at = at;
                self.walk(value, path)
            }
            Expr::Name(name) => functions::call(self, name, Vec::new(), dot),
        }
    }

    /// Follows keys. A key that is not there is nothing, and so is every key of nothing.
    fn walk(&mut self, mut value: Val, path: &[String]) -> Done<Val> {
        if self.asked.is_none() && path.first().is_some_and(|first| first == "Values") && path.len() > 1 {
            self.asked = Some(format!(".{}", path.join(".")).into());
        }
        for key in path {
            value = value.get(key).cloned().unwrap_or(Val::Nil);
        }
        Ok(value)
    }
}

/// Whether a value is within bounds: how much it holds, and how deep.
fn fits(value: &Val, left: &mut usize, depth: usize) -> bool {
    let weight = match value {
        Val::Str(text) => 1 + text.len() / 8,
        _ => 1,
    };
    let Some(rest) = left.checked_sub(weight).filter(|_| depth > 0) else { return false };
    *left = rest;
    match value {
        Val::List(items) => items.iter().all(|item| fits(item, left, depth - 1)),
        Val::Map(entries) => entries.iter().all(|(_, value)| fits(value, left, depth - 1)),
        _ => true,
    }
}
