//! The role that something of AWS acts as.

use vauban_model::resource::Value;

use super::arn::bare_type;
use super::evaluate::Aws;
use super::principals::Class;

/// Launch templates and task definitions lead on to what they name, this far.
const MOST_HOPS: usize = 4;

impl Aws<'_> {
    /// The principals that a resource acts as.
    pub(crate) fn runs_as(&self, at: u32) -> Vec<u32> {
        let mut out = Vec::new();
        self.runs_as_into(at, &mut out, 0);
        out
    }

    fn runs_as_into(&self, at: u32, out: &mut Vec<u32>, hops: usize) {
        if hops > MOST_HOPS {
            return;
        }
        let resource = self.names.estate.resource(at);
        let ty = bare_type(resource);
        if ty == "aws_iam_instance_profile" {
            for key in ["role", "roles"] {
                if let Some(value) = resource.get(key) {
                    self.roles(value, at, out);
                }
            }
            return;
        }
        if ty == "aws_elastic_beanstalk_environment" {
            for setting in resource.get("setting").map(Value::each).unwrap_or_default() {
                if setting.get("name").and_then(Value::as_text) == Some("IamInstanceProfile")
                    && let Some(value) = setting.get("value")
                {
                    self.follow(value, at, out, hops);
                }
            }
            return;
        }
        let Some(keys) = self.tables.runs_as.get(ty) else { return };
        let start = out.len();
        for key in keys {
            if let Some(value) = resource.get(key) {
                self.follow(value, at, out, hops);
            }
        }
        // A machine may leave it to its launch template.
        if out.len() == start
            && ty == "aws_instance"
            && let Some(value) = resource.get("launch_template")
        {
            self.follow(value, at, out, hops);
        }
    }

    fn follow(&self, value: &Value, from: u32, out: &mut Vec<u32>, hops: usize) {
        let before = out.len();
        self.roles(value, from, out);
        if out.len() > before {
            return;
        }
        let referred = self.names.estate.referred(value);
        for at in &referred {
            self.runs_as_into(*at, out, hops + 1);
        }
        if referred.is_empty() {
            let text = self.names.canonical(&self.names.render(value, from, 0), &self.names.scope_of(from));
            let account = self.names.account(&self.names.scope_of(from));
            for form in [text.clone(), format!("arn:aws:iam::{account}:instance-profile/{text}")] {
                if let Some(at) = self.names.find(&form) {
                    self.runs_as_into(at, out, hops + 1);
                }
            }
        }
    }

    fn roles(&self, value: &Value, from: u32, out: &mut Vec<u32>) {
        for role in self.people.find(&self.names, value, from, Class::Role) {
            if !out.contains(&role) {
                out.push(role);
            }
        }
    }
}
