//! The tables of policy templates and connectors, read.

use rustc_hash::FxHashMap;

use vauban_model::Span;
use vauban_model::resource::Value;

use super::make;
use crate::plain;

/// One statement of a table.
#[derive(Default)]
pub(super) struct Statement {
    pub(super) actions: Vec<&'static str>,
    pub(super) resources: Vec<&'static str>,
    /// The service that may, where a resource's policy says it.
    pub(super) service: &'static str,
    /// Operator, key, value.
    conditions: Vec<[&'static str; 3]>,
    /// Who a permission on a function is for.
    pub(super) from: &'static str,
}

/// A policy template.
pub(super) struct Template {
    pub(super) parameters: Vec<&'static str>,
    pub(super) statements: Vec<Statement>,
}

/// What a connector writes.
pub(super) struct Connector {
    /// `role`, `queue`, `topic` or `function`.
    pub(super) place: &'static str,
    /// Whose role.
    pub(super) side: &'static str,
    /// `Read` or `Write`, and its statements.
    pub(super) access: Vec<(&'static str, Vec<Statement>)>,
}

/// Both tables.
#[derive(Default)]
pub(super) struct Table {
    pub(super) templates: FxHashMap<&'static str, Template>,
    /// By the types of both ends.
    pub(super) connectors: FxHashMap<(&'static str, &'static str), Connector>,
}

impl Table {
    pub(super) fn read() -> Self {
        let mut out = Table::default();
        let mut name = "";
        let mut pair = ("", "");
        for line in include_str!("policies.txt").lines().chain(include_str!("connectors.txt").lines()) {
            let mut words = line.split_ascii_whitespace();
            let first = words.next().unwrap_or("");
            let mut next = || words.next().unwrap_or("");
            match first {
                "" | "#" => {}
                "policy" => {
                    name = next();
                    out.templates.insert(name, Template { parameters: words.collect(), statements: Vec::new() });
                }
                "connector" => {
                    name = "";
                    pair = (next(), next());
                    let connector = Connector { place: next(), side: next(), access: Vec::new() };
                    out.connectors.insert(pair, connector);
                }
                "access" => {
                    if let Some(connector) = out.connectors.get_mut(&pair) {
                        connector.access.push((next(), Vec::new()));
                    }
                }
                _ => {
                    let statements = if name.is_empty() {
                        out.connectors.get_mut(&pair).and_then(|one| Some(&mut one.access.last_mut()?.1))
                    } else {
                        out.templates.get_mut(name).map(|one| &mut one.statements)
                    };
                    let Some(statements) = statements else { continue };
                    if first == "allow" {
                        statements.push(Statement { actions: words.collect(), ..Statement::default() });
                        continue;
                    }
                    let Some(statement) = statements.last_mut() else { continue };
                    match first {
                        "on" => statement.resources.push(next()),
                        "by" => statement.service = next(),
                        "if" => statement.conditions.push([next(), next(), next()]),
                        "from" => statement.from = next(),
                        _ => {}
                    }
                }
            }
        }
        out
    }
}

impl Statement {
    /// The statement in the policy language.
    pub(super) fn value(&self, span: Span, give: &mut dyn FnMut(&str) -> Option<Value>) -> Value {
        let actions = self.actions.iter().map(|action| make::text(action, span)).collect();
        let resources = self.resources.iter().map(|pattern| make::fill(pattern, span, give)).collect();
        let mut out = plain::map(
            span,
            [
                ("Effect", make::text("Allow", span)),
                ("Action", plain::list(span, actions)),
                ("Resource", plain::list(span, resources)),
            ],
        );
        if !self.service.is_empty() {
            let service = plain::map(span, [("Service", make::text(self.service, span))]);
            plain::set(&mut out, "Principal", service);
        }
        for [operator, key, pattern] in &self.conditions {
            let value = make::fill(pattern, span, give);
            if let Some(tests) = make::entry(&mut out, "Condition", || plain::map(span, []))
                .and_then(|all| make::entry(all, operator, || plain::map(span, [])))
            {
                plain::set(tests, key, value);
            }
        }
        out
    }
}
