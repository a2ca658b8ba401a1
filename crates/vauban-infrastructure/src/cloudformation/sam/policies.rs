//! Roles and their policies.

use vauban_model::resource::{Resource, Text, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};

use super::{Sam, make};
use crate::plain;

/// The role of a function or a state machine, on its way.
pub(super) struct Role {
    pub(super) id: String,
    pub(super) service: &'static str,
    pub(super) managed: Vec<Value>,
    pub(super) inline: Vec<Value>,
}

impl Role {
    pub(super) fn new(id: String, service: &'static str) -> Self {
        Role { id, service, managed: Vec::new(), inline: Vec::new() }
    }

    /// Attaches a policy of AWS, by the path of its name.
    pub(super) fn attach(&mut self, path: &str, span: Span) {
        let arn = format!("arn:aws:iam::aws:policy/{path}");
        if !self.managed.iter().any(|known| known.as_text() == Some(&arn)) {
            self.managed.push(make::text(&arn, span));
        }
    }
}

impl Sam<'_> {
    /// Takes what `Policies` says into a role.
    pub(super) fn policies(&mut self, written: &Value, role: &mut Role) {
        for (number, item) in make::items(written).into_iter().enumerate() {
            let name = format!("{}Policy{number}", role.id);
            let span = item.span;
            if make::given(item, "Statement").is_some() {
                role.inline.push(make::inline(&name, item.clone(), span));
                continue;
            }
            match &item.kind {
                ValueKind::Map(entries) => {
                    for (key, parameters) in entries {
                        match self.template(key, parameters, span) {
                            Some(document) => role.inline.push(make::inline(&name, document, span)),
                            // Nobody knows what it allows, and that is said of the role too.
                            None => role.managed.push(Value::unknown(Why::Unsupported, key.clone(), span)),
                        }
                    }
                }
                _ => role.managed.push(item.clone()),
            }
        }
    }

    /// The policy that a template stands for.
    fn template(&mut self, name: &str, parameters: &Value, span: Span) -> Option<Value> {
        let Some(template) = self.table.templates.get(name) else {
            self.problems.push(
                Diagnostic::warning(
                    "unknown-policy-template",
                    span,
                    format!("`{name}` is no policy template known here"),
                )
                .help("mend the name, or write its statements; what it allows is taken as unknown"),
            );
            return None;
        };
        let missing: Vec<&str> =
            template.parameters.iter().copied().filter(|key| make::given(parameters, key).is_none()).collect();
        if let Some(first) = missing.first() {
            self.problems.push(
                Diagnostic::warning(
                    "policy-template-incomplete",
                    span,
                    format!("`{name}` needs the parameter `{first}`"),
                )
                .help("give it; until then what the policy is about is unknown"),
            );
        }
        let statements = template
            .statements
            .iter()
            .map(|statement| statement.value(span, &mut |key| make::given(parameters, key).cloned()))
            .collect();
        Some(make::document(statements, span))
    }

    /// Makes the role; what the resource says about its role goes with it.
    pub(super) fn role(&mut self, of: &Resource, role: Role, attributes: &mut Value, span: Span) -> Value {
        let trust =
            make::take(attributes, "AssumeRolePolicyDocument").unwrap_or_else(|| make::trust(role.service, span));
        let mut made = plain::map(span, [("AssumeRolePolicyDocument", trust)]);
        for (from, to) in [("PermissionsBoundary", "PermissionsBoundary"), ("RolePath", "Path")] {
            if let Some(value) = make::take(attributes, from) {
                plain::set(&mut made, to, value);
            }
        }
        plain::set(&mut made, "ManagedPolicyArns", plain::list(span, role.managed));
        if !role.inline.is_empty() {
            plain::set(&mut made, "Policies", plain::list(span, role.inline));
        }
        let address: Text = self.add(of, &role.id, "AWS::IAM::Role", made, span);
        plain::reference(&address, "Arn", span)
    }

    /// A role that a service takes to do one thing for an event.
    pub(super) fn helper_role(&mut self, of: &Resource, id: &str, service: &str, policy: Value, span: Span) -> Value {
        let made = plain::map(
            span,
            [
                ("AssumeRolePolicyDocument", make::trust(service, span)),
                ("Policies", plain::list(span, vec![make::inline(&format!("{id}Policy"), policy, span)])),
            ],
        );
        let address = self.add(of, id, "AWS::IAM::Role", made, span);
        plain::reference(&address, "Arn", span)
    }
}
