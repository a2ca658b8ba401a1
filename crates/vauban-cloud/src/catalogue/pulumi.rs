//! Types and attributes of Pulumi, which names what its providers make by rules of its own.
//!
//! A type is `package:module/resource:Resource`, or shorter `package:module:Resource`. The packages `aws`, `azure` and
//! `gcp` are made from Terraform's providers: a type's module and name together are Terraform's name, and what is a block
//! there and may occur several times has its name in the plural here.

use vauban_model::resource::{Resource, Value, ValueKind};

use super::words::snake;
use super::{Catalogue, Entry};

/// How deep attributes are walked.
const DEEPEST: usize = 64;

/// A type, taken apart.
pub(super) struct Tokens<'t> {
    package: &'t str,
    module: &'t str,
    name: &'t str,
}

/// Takes a type apart; nothing where it is none of Pulumi's.
pub(super) fn tokens(native: &str) -> Option<Tokens<'_>> {
    let mut parts = native.split(':');
    let (package, module, name) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Tokens { package, module: module.split('/').next().unwrap_or(module), name })
}

/// Whether a type's provider is made from Terraform's.
pub(super) fn is_bridged(native: &str) -> bool {
    ["aws:", "azure:", "gcp:"].iter().any(|package| native.starts_with(package))
}

/// Types of Azure that are called otherwise than in its own interface.
const RENAMED: [(&str, &str, &str); 6] = [
    ("web", "webapp", "microsoft.web/sites"),
    ("web", "webappslot", "microsoft.web/sites/slots"),
    ("cache", "redis", "microsoft.cache/redis"),
    ("storage", "blobcontainer", "microsoft.storage/storageaccounts/blobservices/containers"),
    ("storage", "fileshare", "microsoft.storage/storageaccounts/fileservices/shares"),
    ("storage", "queue", "microsoft.storage/storageaccounts/queueservices/queues"),
];

impl Tokens<'_> {
    /// The entry that describes the type.
    pub(super) fn find<'c>(&self, catalogue: &'c Catalogue) -> Option<&'c Entry> {
        let Tokens { package, module, name } = self;
        match *package {
            "kubernetes" => catalogue.get(&format!("k8s:{name}")),
            "azure-native" => self.of_azure(catalogue),
            "aws" | "azure" | "gcp" => self.of_terraform(catalogue),
            "aws-native" => catalogue.by_alias(&format!("aws::{module}::{name}")),
            _ => None,
        }
    }

    fn of_azure<'c>(&self, catalogue: &'c Catalogue) -> Option<&'c Entry> {
        let (module, name) = (self.module.to_ascii_lowercase(), self.name.to_ascii_lowercase());
        let renamed = RENAMED.iter().find(|(known, called, _)| *known == module && *called == name);
        if let Some((_, _, native)) = renamed {
            return catalogue.by_alias(native);
        }
        let plurals = [Some(format!("{name}s")), name.strip_suffix('y').map(|stem| format!("{stem}ies"))];
        let direct =
            plurals.iter().flatten().find_map(|name| catalogue.by_alias(&format!("microsoft.{module}/{name}")));
        // Parts of something: `network:Subnet` is `Microsoft.Network/virtualNetworks/subnets`. Only where one is called so.
        direct.or_else(|| {
            let mut found = plurals
                .iter()
                .flatten()
                .flat_map(|name| catalogue.aliased(&format!("microsoft.{module}/"), &format!("/{name}")));
            let first = found.next()?;
            found.all(|other| other.ty == first.ty).then_some(first)
        })
    }

    fn of_terraform<'c>(&self, catalogue: &'c Catalogue) -> Option<&'c Entry> {
        let Tokens { package, module, name } = self;
        let prefix = match *package {
            "azure" => "azurerm",
            "gcp" => "google",
            other => other,
        };
        // The long form is what the entries name.
        let long = format!("{package}:{module}/{}:{name}", super::words::lower_first(name));
        if let Some(entry) = catalogue.by_alias(&long) {
            return Some(entry);
        }
        let word = snake(name);
        // Pulumi numbers a new form of a type.
        let word = word.trim_end_matches("v2").trim_end_matches('_');
        let (part, whole) = (compact(word), compact(module));
        let singular = whole.strip_suffix('s').unwrap_or(&whole);
        let numbered = whole.replace("v2", "2");
        let joined = [
            format!("{prefix}{whole}{part}"),
            format!("{prefix}{numbered}{part}"),
            format!("{prefix}{singular}{part}"),
            // `gcp:cloudrun/iamMember` is about a service, `aws:rds/proxy` is `aws_db_proxy`.
            format!("{prefix}{whole}service{part}"),
            format!("{prefix}{}{part}", if whole == "rds" { "db" } else { &whole }),
        ];
        if let Some(entry) = joined.iter().find_map(|joined| catalogue.by_compact(joined)) {
            return Some(entry);
        }
        // `gcp:serviceaccount/account` is `google_service_account`.
        if whole.ends_with(&part)
            && let Some(entry) = catalogue.by_compact(&format!("{prefix}{whole}"))
        {
            return Some(entry);
        }
        // A plain word means something else in every service: `aws_instance` is one of EC2 only.
        let plain = word == "instance" && *package == "aws" && *module != "ec2";
        if plain { None } else { catalogue.get(&format!("{prefix}_{word}")) }
    }
}

/// A name without what parts its words, in lower case.
pub(super) fn compact(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The type that fits best by attributes, for types of Azure that are several of Terraform's.
pub(super) fn variant(resource: &Resource) -> Option<&'static str> {
    let tokens = tokens(&resource.native_type).filter(|tokens| tokens.package == "azure-native")?;
    if tokens.module != "web" || !matches!(tokens.name, "WebApp" | "WebAppSlot") {
        return None;
    }
    let kind = resource.text("kind").unwrap_or_default().to_ascii_lowercase();
    let linux = kind.contains("linux") || resource.get("siteConfig.linuxFxVersion").is_some();
    Some(super::arm::web_app(&kind, linux))
}

/// Gives blocks their names in the singular too: which of both Terraform says, only its provider knows.
pub(super) fn singulars(value: &mut Value, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match &mut value.kind {
        ValueKind::Map(entries) => {
            for (_, inner) in entries.iter_mut() {
                singulars(inner, depth + 1);
            }
            let mut more = Vec::new();
            for (key, inner) in entries.iter() {
                let blocks = inner.as_list().is_some_and(|items| items.iter().any(|item| item.as_map().is_some()));
                if let Some(one) =
                    singular(key).filter(|one| blocks && !entries.iter().any(|(known, _)| **known == **one))
                {
                    more.push((one.as_str().into(), inner.clone()));
                }
            }
            entries.extend(more);
        }
        ValueKind::List(items) | ValueKind::OneOf(items) => {
            items.iter_mut().for_each(|item| singulars(item, depth + 1));
        }
        ValueKind::Secret(inner) => singulars(inner, depth + 1),
        _ => {}
    }
}

/// A word in the singular, where it is in the plural.
fn singular(word: &str) -> Option<String> {
    if let Some(stem) = word.strip_suffix("ies") {
        return Some(format!("{stem}y"));
    }
    for end in ["sses", "ches", "xes"] {
        if word.ends_with(end) {
            return word.strip_suffix("es").map(str::to_owned);
        }
    }
    word.strip_suffix('s').filter(|stem| !stem.ends_with('s')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{compact, singular};

    #[test]
    fn plurals_and_parted_words_are_undone() {
        for (from, to) in [
            ("default_actions", Some("default_action")),
            ("policies", Some("policy")),
            ("addresses", Some("address")),
            ("access", None),
            ("rule", None),
        ] {
            assert_eq!(singular(from).as_deref(), to, "{from}");
        }
        assert_eq!(compact("api_gateway_restApi"), "apigatewayrestapi");
    }
}
