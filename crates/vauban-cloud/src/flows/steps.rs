//! What workflows call in their steps: state machines, Logic Apps, Workflows, schedules that call an interface of the
//! provider.

use vauban_model::Span;
use vauban_model::resource::{Value, ValueKind};

use super::named::Titles;
use super::outside::call_text;
use super::wired::evidence;
use super::{End, Flows};
use crate::Estate;

/// How deep definitions are looked into.
const DEEPEST: usize = 48;

/// Workflows: type, attribute with the steps, what a step is in words.
const WORKFLOWS: &[(&str, &str, &str)] = &[
    ("aws_sfn_state_machine", "definition", "state machine's task"),
    ("azurerm_logic_app_workflow", "definition", "workflow's action"),
    ("google_workflows_workflow", "source_contents", "workflow's step"),
];

/// Keys under which steps hold the address that they call: `http:invoke` of Step Functions, HTTP actions of Logic Apps, HTTP
/// calls of Workflows.
const ADDRESSES: [&str; 4] = ["ApiEndpoint", "uri", "url", "invoke_url"];

/// Interfaces of the providers themselves are no third parties.
const OWN: [&str; 4] = ["googleapis.com", "amazonaws.com", "management.azure.com", "schema.management.azure.com"];

/// Everything that steps call.
pub(super) fn infer(estate: &Estate<'_>, titles: &Titles, out: &mut Flows) {
    for (ty, path, what) in WORKFLOWS {
        for at in estate.of_type(ty) {
            if let Some(value) = estate.resource(*at).get(path) {
                let mut steps = Steps { estate, titles, from: *at, what, out };
                steps.value("", value, 0);
            }
        }
    }
    for at in estate.of_type("azurerm_logic_app_action_custom") {
        let action = estate.resource(*at);
        let (Some(body), Some(app)) = (action.get("body"), action.get("logic_app_id")) else { continue };
        for from in estate.named(app) {
            let mut steps = Steps { estate, titles, from, what: "workflow's action", out };
            steps.value("", body, 0);
        }
    }
    // A schedule may call any action of the provider: then its input says on what.
    for at in estate.of_type("aws_scheduler_schedule") {
        let schedule = estate.resource(*at);
        let calls = schedule.get("target.arn").is_some_and(|arn| estate.render(arn).contains(":aws-sdk:"));
        let Some(input) = schedule.get("target.input").filter(|_| calls) else { continue };
        for target in estate.named(input) {
            out.add(End::Resource(*at), End::Resource(target), evidence("schedule's target", input.span));
        }
        let mut steps = Steps { estate, titles, from: *at, what: "schedule's target", out };
        steps.value("", input, 0);
    }
}

struct Steps<'a, 'e> {
    estate: &'e Estate<'a>,
    titles: &'e Titles,
    from: u32,
    what: &'e str,
    out: &'e mut Flows,
}

impl Steps<'_, '_> {
    fn value(&mut self, key: &str, value: &Value, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        match &value.open().kind {
            ValueKind::Map(entries) => {
                for (key, inner) in entries {
                    self.value(key, inner, depth + 1);
                }
            }
            ValueKind::List(items) | ValueKind::OneOf(items) => {
                items.iter().for_each(|item| self.value(key, item, depth + 1));
            }
            ValueKind::Document(inner) => self.value(key, inner, depth + 1),
            ValueKind::Text(text) if key.is_empty() => self.script(text, value.span),
            ValueKind::Text(text) => self.told(key, text, value.span),
            // An address with something unknown behind its host; what it refers to has been told.
            ValueKind::Template(_) if !key.is_empty() && self.estate.named(value).is_empty() => {
                self.told(key, &self.estate.render(value), value.span);
            }
            ValueKind::Template(_) if !key.is_empty() => {}
            ValueKind::Template(_) => self.script(&self.estate.render(value), value.span),
            _ => {}
        }
    }

    /// A key with its text.
    fn told(&mut self, key: &str, text: &str, span: Span) {
        if ADDRESSES.contains(&key) {
            let host = text.split_once("://").map_or("", |(_, rest)| rest);
            let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
            let providers =
                OWN.iter().any(|own| host.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
            // The provider's own interface may still be one's own gateway.
            if text.starts_with("http") && (!providers || self.estate.at_host(host).is_some()) {
                call_text(self.estate, &[self.from], text, span, self.what, self.out);
            }
        } else if let Some(target) = self.titles.find(key, text, self.from) {
            self.out.add(End::Resource(self.from), End::Resource(target), evidence(self.what, span));
        }
    }

    /// A definition that is a text: lines of `key: value` in JSON or YAML.
    fn script(&mut self, text: &str, span: Span) {
        for line in text.split(['\n', ',', '{', '}']) {
            let Some((key, said)) = line.split_once(':') else { continue };
            let quotes = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '-');
            let key = key.trim_matches(quotes);
            let said = said.trim().trim_matches(|c: char| matches!(c, '"' | '\'' | ']' | '[' | ' '));
            if !key.is_empty() && !said.is_empty() && key.len() < 64 {
                self.told(key, said, span);
            }
        }
    }
}
