//! Secrets that somebody wrote down as plain text: in settings, in the places that are made for secrets, on command lines.

use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Value, ValueKind};

use super::book::Form;
use super::makers::{PASSWORDS, is_client, is_glue};
use super::places::{Walk, content_of, keeper};
use super::text;

/// Places that are made to keep a secret, and the attribute that is it: what stands there as plain text is one, whatever
/// it is called.
const KEEPERS: [(&str, &[&str]); 8] = [
    ("aws_secretsmanager_secret_version", &["secret_string"]),
    ("aws_secretsmanager_secret", &["secret_string"]),
    ("aws_ssm_parameter", &["value"]),
    ("google_secret_manager_secret_version", &["secret_data"]),
    ("azurerm_key_vault_secret", &["value"]),
    ("github_actions_secret", &["plaintext_value"]),
    ("azurerm_automation_credential", &["password"]),
    ("doppler_secret", &["value"]),
];

/// Blocks that are there for a secret: type, block, the attribute in it that is the secret.
const SECRET_BLOCKS: [(&str, &str, &str); 6] = [
    ("azurerm_container_app", "secret", "value"),
    ("azurerm_container_app_job", "secret", "value"),
    ("helm_release", "set_sensitive", "value"),
    ("helm:release", "set_sensitive", "value"),
    ("cloudflare_workers_script", "secret_text_binding", "text"),
    ("cloudflare_worker_script", "secret_text_binding", "text"),
];

/// Attributes that hold the variables a program is started with, by their last names in the tools.
const VARIABLES: [&str; 8] = [
    "env",
    "environment",
    "environment_variables",
    "environment_variable",
    "environmentVariables",
    "app_settings",
    "appSettings",
    "container_definitions",
];

/// Objects of a cluster that keep settings, by the names of those.
const CLUSTER_OBJECTS: [&str; 6] = [
    "k8s:Secret",
    "k8s:ConfigMap",
    "kubernetes_secret",
    "kubernetes_secret_v1",
    "kubernetes_config_map",
    "kubernetes_config_map_v1",
];

impl Walk<'_, '_> {
    /// Settings that are credentials by their names and stand there as plain text: `{name: API_KEY, value: …}`, and the
    /// entries of a map of variables.
    pub(super) fn setting(&mut self, at: u32, resource: &Resource, value: &Value, path: &str) {
        let object = CLUSTER_OBJECTS.contains(&&*resource.ty) && matches!(path, "data" | "stringData" | "string_data");
        if resource.mode != Mode::Managed || is_glue(&resource.ty) || content_of(&resource.ty, path) && !object {
            return;
        }
        let field = |names: [&str; 2]| names.iter().find_map(|name| value.get(name));
        let pair = field(["name", "Name"]).and_then(Value::as_text).zip(field(["value", "Value"]));
        let mut found: Vec<(String, String, Span)> = Vec::new();
        let is_settings =
            |path: &str| path.split('.').any(|key| VARIABLES.iter().any(|known| key.eq_ignore_ascii_case(known)));
        if object {
            let entries = value.as_map().unwrap_or_default();
            for (key, said) in entries {
                let Some(text) = said.as_text() else { continue };
                // What a secret keeps as data is written in Base64.
                let plain =
                    (&*resource.ty == "k8s:Secret" && path == "data").then(|| text::from_base64(text)).flatten();
                found.push((key.to_string(), plain.unwrap_or_else(|| text.to_owned()), said.span));
            }
        } else if is_settings(path) {
            match (pair, &value.kind) {
                (Some((name, said)), _) => {
                    found.extend(said.as_text().map(|text| (name.to_owned(), text.to_owned(), said.span)));
                }
                (None, ValueKind::Map(entries)) => {
                    found.extend(entries.iter().filter_map(|(key, said)| {
                        said.as_text().map(|text| (key.to_string(), text.to_owned(), said.span))
                    }));
                }
                _ => {}
            }
        }
        for (name, said, span) in found {
            if text::is_secret_setting(&name, &said) {
                self.unowned(at, path, &name, &said, span);
            }
        }
    }

    /// A secret that is written, in code, into the very place that is there so that nobody writes it into code.
    pub(super) fn kept(&mut self, at: u32, resource: &Resource, path: &str, text: &str, span: Span) {
        let (attribute, key) = path.split_once('.').unwrap_or((path, ""));
        let last = path.rsplit('.').next().unwrap_or(path);
        if resource.mode != Mode::Managed {
            return;
        }
        // A block for a secret, and what a client of something else is given to sign in with.
        let block = SECRET_BLOCKS
            .iter()
            .any(|(ty, block, value)| *ty == &*resource.ty && *block == attribute && *value == last);
        let client = is_client(&resource.ty) && PASSWORDS.iter().any(|known| last.eq_ignore_ascii_case(known));
        if (block || client) && text::is_password(text) {
            return self.unowned(at, attribute, last, text, span);
        }
        let keeps = KEEPERS.iter().any(|(ty, all)| *ty == &*resource.ty && all.contains(&attribute));
        if !keeps {
            return;
        }
        let plain = &*resource.ty == "aws_ssm_parameter" && resource.text("type") != Some("SecureString");
        // A value that code leaves alone afterwards is a first one, to be replaced by hand.
        let left_alone = resource.get("lifecycle.ignore_changes").is_some_and(|all| {
            all.as_text() == Some("all") || all.each().iter().any(|one| one.as_text() == Some(attribute))
        });
        let is_secret = if key.is_empty() {
            text::looks_secret(text) && text::is_secret_setting("password", text)
        } else {
            text::is_secret_setting(key.rsplit('.').next().unwrap_or(key), text)
        };
        if is_secret && !plain && !left_alone && !is_name(text) {
            let name = if key.is_empty() { "value" } else { key };
            self.unowned(at, attribute, name, text, span);
        }
    }

    /// A credential that stands somewhere as plain text, with what gives it a name there.
    pub(super) fn literal(&mut self, at: u32, path: &str, name: &str, said: &str, span: Span) -> u32 {
        let resource = self.estate.resource(at);
        let form = if text::looks_secret(said) {
            Form::Text(said.into())
        } else {
            Form::Attribute(resource.address.clone(), format!("{path}.{name}#plain").into())
        };
        // A plain word is a known credential where it is the password of something else.
        let known = self.book.plain_ones(said).first().map(|(credential, _)| *credential);
        let credential = known.unwrap_or_else(|| {
            let id = format!("secret:{}:{name}", resource.address);
            let whole = &self.estate.resource(keeper(self.estate, at)).name;
            let credential = self.book.add(&[form], &id, &format!("{name} of {whole}"), span);
            self.book.write(credential);
            credential
        });
        self.hit(credential, at, &format!("{path}.{name}"), span);
        credential
    }

    /// A credential of which nothing says what it opens.
    pub(super) fn unowned(&mut self, at: u32, path: &str, name: &str, said: &str, span: Span) {
        let credential = self.literal(at, path, name, said, span);
        self.book.assume_unowned(credential, format!("what `{name}` opens is not said"));
    }

    /// Passwords of a command line: of a text, or of the words of a list.
    pub(super) fn options(&mut self, at: u32, path: &str, line: &str, span: Span) {
        let command = path.split('.').rev().find(|key| key.parse::<usize>().is_err());
        let resource = self.estate.resource(at);
        if !matches!(command, Some("command" | "args" | "entrypoint")) || resource.mode != Mode::Managed {
            return;
        }
        for (name, said) in text::passwords_of_options(line) {
            self.unowned(at, path, name, said, span);
        }
    }
}

/// Whether a text is an id, a host or a remark that somebody has to fill it in: vaults keep such things as well.
fn is_name(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let remark = ["change", "tbd", "set-", "set_", "initial", "default", "empty", "example", "fill"];
    let groups: Vec<&str> = lower.split('-').collect();
    let hex = |group: &&str| group.bytes().all(|b| b.is_ascii_hexdigit());
    let id = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(hex);
    let host = lower.split(':').next().unwrap_or(&lower);
    let labels: Vec<&str> = host.split('.').collect();
    let letters = |label: &&str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let end = labels.last().is_some_and(|end| end.len() > 1 && end.bytes().all(|b| b.is_ascii_alphabetic()));
    let host = labels.len() > 2 && labels.iter().all(letters) && end;
    id || host || remark.iter().any(|start| lower.starts_with(start))
}
