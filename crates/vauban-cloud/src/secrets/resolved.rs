//! Secrets that are taken out of a vault while the code is rolled out: `{{resolve:secretsmanager:…}}`, a data source that
//! reads a secret. What they are written to keeps the text in the clear, for all who may look at its configuration.

use rustc_hash::FxHashSet;
use vauban_model::Span;
use vauban_model::resource::{Mode, Text, Value};

use super::book::{Form, covers};
use super::makers::is_glue;
use super::places::{Walk, addresses_in, keeper};
use super::{Holding, Place, text};

/// Types that keep a text under a name, the attributes that are the text, and whether all that they keep is secret.
/// Terraform's words, for resources and data sources alike.
const KEPT: [(&str, &[&str], bool); 9] = [
    ("aws_secretsmanager_secret_version", &["secret_string", "secret_binary"], true),
    ("aws_secretsmanager_secret", &["secret_string", "secret_binary"], true),
    ("aws_ssm_parameter", &["value", "insecure_value"], false),
    ("azurerm_key_vault_secret", &["value"], true),
    ("google_secret_manager_secret_version", &["secret_data"], true),
    ("google_secret_manager_secret_version_access", &["secret_data"], true),
    ("vault_generic_secret", &["data", "data_json"], true),
    ("vault_kv_secret", &["data", "data_json"], true),
    ("vault_kv_secret_v2", &["data", "data_json"], true),
];

/// Keys of what is kept beside a password and is none itself: those of the secrets that AWS makes for databases
/// (AWS Secrets Manager User Guide, "JSON structure of AWS Secrets Manager database credential secrets"), and the like.
const NO_SECRETS: [&str; 24] = [
    "username",
    "user",
    "login",
    "engine",
    "host",
    "hostname",
    "server",
    "endpoint",
    "address",
    "port",
    "dbname",
    "db",
    "database",
    "schema",
    "dbinstanceidentifier",
    "dbclusteridentifier",
    "masterarn",
    "region",
    "clientid",
    "tenantid",
    "subscriptionid",
    "accountid",
    "email",
    "proxy",
];

/// Parts of the paths under which resources keep what code, commands and start scripts are told.
const SETTINGS: [&str; 16] = [
    "env",
    "environment",
    "environment_variables",
    "environment_variable",
    "environmentVariables",
    "runtime_environment_variables",
    "env_variables",
    "app_settings",
    "connection_string",
    "variables",
    "command",
    "user_data",
    "user_data_base64",
    "custom_data",
    "metadata",
    "metadata_startup_script",
];

/// How the names of what CloudFormation takes out of a vault begin.
const DYNAMIC: [&str; 2] = ["resolve:secretsmanager:", "resolve:ssm-secure:"];

/// Whether an attribute of a type is a text that it keeps for others: whoever refers to that gets the text when the code is
/// rolled out, and does not ask for it at run time.
pub(crate) fn is_kept_text(ty: &str, attribute: &str) -> bool {
    KEPT.iter().any(|(known, attributes, _)| *known == ty && attributes.iter().any(|text| covers(text, attribute)))
}

/// Whether the name of something unknown may be that of a text which is kept in a vault.
pub(super) fn may_be_kept(name: &str) -> bool {
    DYNAMIC.iter().any(|start| name.starts_with(start))
        || KEPT.iter().any(|(ty, _, _)| name.contains(ty.strip_prefix("google_").unwrap_or(ty)))
}

impl Walk<'_, '_> {
    /// Texts out of vaults that settings hold and that are no known credential.
    pub(super) fn resolved(&mut self) {
        let known: FxHashSet<(u32, Text)> = self.hits.iter().map(|(_, at, path, _)| (*at, path.clone())).collect();
        let vaults = KEPT.iter().flat_map(|(ty, _, _)| self.estate.of_type(ty));
        let mut found: Vec<(u32, Text, Span, u32, Text)> = vaults
            .flat_map(|target| self.links.get(target).into_iter().flatten().map(move |link| (link, *target)))
            .map(|(link, target)| (link.resource, link.path.clone(), link.span, target, link.attribute.clone()))
            .collect();
        for gap in &self.gaps {
            for (address, attribute) in addresses_in(self.estate, &gap.name) {
                if let Some(target) = self.estate.find(&address) {
                    let attribute = match key_behind(&gap.name) {
                        Some(key) => format!("{attribute}.{key}").into(),
                        None => attribute,
                    };
                    found.push((gap.resource, gap.path.clone(), gap.span, target, attribute));
                }
            }
        }
        found.sort();
        for (at, path, span, target, attribute) in found {
            if !known.contains(&(at, path.clone())) && self.holds(at, &path) {
                self.taken(at, &path, span, target, &attribute);
            }
        }
        for gap in std::mem::take(&mut self.gaps) {
            let Some(rest) = DYNAMIC.iter().find_map(|start| gap.name.strip_prefix(start)) else { continue };
            if known.contains(&(gap.resource, gap.path.clone())) || !self.holds(gap.resource, &gap.path) {
                continue;
            }
            let (name, key) = dynamic_parts(rest, gap.name.starts_with("resolve:ssm"));
            if key.is_none_or(is_secret_key) {
                let id = format!("secret:{name}");
                let form = Form::Unknown(gap.name.clone());
                let credential = self.book.add(&[form], &id, &format!("secret {name}"), gap.span);
                self.book.assume_unowned(credential, format!("what the secret `{name}` opens is not said"));
                self.hit(credential, gap.resource, &gap.path, gap.span);
            }
        }
    }

    /// Whether something of a resource is told to what runs there, or only serves to put such a thing together.
    fn holds(&self, at: u32, path: &str) -> bool {
        let resource = self.estate.resource(at);
        let glue = is_glue(&resource.ty);
        let setting = path.split('.').any(|part| SETTINGS.contains(&part));
        glue || resource.mode == Mode::Managed && setting && !path.ends_with("#run-time")
    }

    /// A text that a setting takes out of a vault.
    fn taken(&mut self, at: u32, path: &str, span: Span, target: u32, attribute: &str) {
        let resource = self.estate.resource(target);
        let kept = KEPT.iter().find_map(|(ty, attributes, secret)| {
            let text = attributes.iter().find(|text| *ty == &*resource.ty && covers(text, attribute))?;
            Some((*text, *secret))
        });
        let Some((kept, secret)) = kept else { return };
        let key = attribute.get(kept.len()..).unwrap_or_default().trim_start_matches('.');
        let told = path.rsplit('.').find(|part| part.parse::<usize>().is_err() && *part != "value");
        // A parameter is a secret where it says so; where that is not known, the names have to.
        let secret = secret
            || resource.text("type") == Some("SecureString")
            || resource.get("type").is_none()
                && (told.is_some_and(text::names_secret)
                    || resource.get("name").is_some_and(|name| text::names_secret(&self.estate.render(name))));
        if !secret || !key.is_empty() && !is_secret_key(key) {
            return;
        }
        let whole = keeper(self.estate, target);
        let name = self.name_of(whole);
        let (id, name) = match key {
            "" => (format!("secret:{}", resource.address), format!("secret {name}")),
            key => (format!("secret:{}:{key}", resource.address), format!("{key} of secret {name}")),
        };
        let form = Form::Attribute(resource.address.clone(), attribute.into());
        let credential = self.book.add(&[form], &id, &name, resource.span);
        self.book.assume_unowned(credential, format!("what `{name}` opens is not said"));
        if resource.mode == Mode::Managed {
            self.hit(credential, target, attribute, resource.span);
        } else {
            // It lies in the vault that the lookup names, where that is one of the code's own.
            let vault = resource.get("key_vault_id").and_then(|vault| self.estate.referred(vault).first().copied());
            for kept in vault.into_iter().chain([whole]) {
                if self.estate.resource(kept).mode == Mode::Managed {
                    let attribute = attribute.into();
                    let holding = Holding { resource: kept, place: Place::Content, attribute, span: resource.span };
                    self.book.hold(credential, holding);
                }
            }
        }
        self.hit(credential, at, path, span);
    }

    /// What the thing is called that keeps a secret: a lookup by the name that it looks for.
    fn name_of(&self, at: u32) -> String {
        let resource = self.estate.resource(at);
        let said = ["name", "secret_id", "secret"].iter().find_map(|key| resource.get(key).and_then(Value::as_text));
        said.map_or_else(|| resource.name.to_string(), str::to_owned)
    }
}

/// Whether a key of a secret is one of something secret.
fn is_secret_key(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or(key);
    let plain: String = last.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    !NO_SECRETS.contains(&&*plain)
}

/// The key that an expression takes out of a decoded text: `jsondecode(…)["password"]`, `jsondecode(…).password`.
fn key_behind(name: &str) -> Option<&str> {
    let (_, after) = name.rsplit_once(')')?;
    let key = after.trim_matches(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-')));
    (!key.is_empty()).then_some(key)
}

/// The name and the key of `prod/db:SecretString:password:…`; the parameter store has no keys.
fn dynamic_parts(rest: &str, parameter: bool) -> (&str, Option<&str>) {
    // The name of a secret may be its ARN, which has colons of its own.
    let colons = if rest.starts_with("arn:") { 6 } else { 0 };
    let end = rest.match_indices(':').nth(colons).map_or(rest.len(), |(at, _)| at);
    let (name, after) = rest.split_at(end);
    let key = after.split(':').nth(2).filter(|key| !key.is_empty() && !parameter);
    (name, key)
}
