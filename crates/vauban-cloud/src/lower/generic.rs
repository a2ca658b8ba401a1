//! Types that the catalogue does not know: a component with what its name and its attributes' names give away.

use vauban_model::model::{Element, Origin};
use vauban_model::resource::{Resource, Value, ValueKind};
use vauban_model::vocabulary::fact;

use super::builder::{word, yes_no};
use crate::Estate;
use crate::catalogue::rule;

/// Providers of Terraform that make nothing in the world.
const HELPERS: &[&str] = &[
    "random",
    "null",
    "time",
    "local",
    "template",
    "external",
    "archive",
    "http",
    "terraform",
    "tls",
    "cloudinit",
    "assert",
];

/// Ends of type names that only tie, rule or configure something else.
const GLUE_ENDS: &[&str] = &[
    "_attachment",
    "_association",
    "_assignment",
    "_binding",
    "_iam_member",
    "_iam_policy",
    "_iam_audit_config",
    "_policy",
    "_rule",
    "_alarm",
    "_dashboard",
    "_permission",
    "_membership",
    "_subnet_group",
    "_parameter_group",
    "_option_group",
    "_lifecycle",
    "_notification_channel",
    "_alert_policy",
    "_setting",
    "_settings",
    "_configuration",
    "_validation",
    "_access",
    "_grant",
    "_role_definition",
    "_alias",
    "_route",
    "_tag",
    "_tags",
];

/// Whether a type that nobody described is nothing but glue.
pub(super) fn is_glue(ty: &str) -> bool {
    let provider = ty.split('_').next().unwrap_or(ty);
    HELPERS.contains(&provider) || GLUE_ENDS.iter().any(|end| ty.ends_with(end))
}

/// The service a type belongs to: `aws_frauddetector_model` is `aws frauddetector`.
pub(super) fn service(ty: &str) -> String {
    let parts: Vec<&str> = ty.split(['_', ':', '/', '.']).filter(|part| !part.is_empty()).collect();
    parts.into_iter().take(2).collect::<Vec<_>>().join(" ")
}

/// The type in words.
pub(super) fn title(ty: &str) -> String {
    let name = ty.rsplit("::").next().unwrap_or(ty);
    let name = name.rsplit('/').next().unwrap_or(name);
    name.replace('_', " ")
}

/// Whether it keeps data, by its name.
pub(super) fn kind(ty: &str) -> &'static str {
    // The group behind a kind of a cluster says who made it, not what it is.
    let name = ty.strip_prefix("k8s:").map_or(ty, |kind| kind.split('.').next().unwrap_or(kind));
    let lower = name.to_ascii_lowercase();
    const STORES: &[&str] = &[
        "bucket",
        "database",
        "table",
        "_db",
        "storage",
        "disk",
        "volume",
        "queue",
        "topic",
        "stream",
        "secret",
        "vault",
        "repository",
        "registry",
        "cache",
        "file_system",
        "filesystem",
        "collection",
        "dataset",
        "warehouse",
        "index",
        "snapshot",
        "backup",
        "ledger",
        "store",
        "bigtable",
        "datastore",
    ];
    if STORES.iter().any(|word| lower.contains(word)) { "data-store" } else { "process" }
}

/// What is sure of every service of a provider.
pub(super) fn technology(ty: &str) -> Option<&'static str> {
    match super::boundaries::cloud(ty) {
        Some("aws") => Some("aws"),
        Some("azure") => Some("azure"),
        Some("gcp") => Some("google-cloud"),
        _ => None,
    }
}

/// Facts by the names of attributes. Only what an attribute says is a fact; nothing is concluded from its absence.
pub(super) fn facts(resource: &Resource, estate: &Estate<'_>, element: &mut Element) {
    let first = |paths: &[&str]| -> Option<Value> {
        let mut found: Option<Value> = None;
        for path in paths {
            rule::any(&resource.attributes, path, estate, 0, &mut |value| {
                if found.is_none() && !matches!(value.kind, ValueKind::Unknown(_)) {
                    found = Some(value.clone());
                }
            });
        }
        found
    };
    let key = first(&[
        "kms_key_id",
        "kms_key_arn",
        "kms_master_key_id",
        "kms_key_name",
        "encryption_config.kms_key_name",
        "encryption_spec.kms_key_name",
        "key_vault_key_id",
        "customer_managed_key",
        "KmsKeyId",
    ]);
    let encrypted = first(&[
        "encrypted",
        "storage_encrypted",
        "encryption_enabled",
        "encryption_at_rest_enabled",
        "at_rest_encryption_enabled",
        "server_side_encryption.enabled",
        "Encrypted",
        "StorageEncrypted",
    ]);
    let at_rest = match (&key, &encrypted) {
        (Some(key), _) if !key.is_null() && key.as_text() != Some("") => Some(("customer-key", key.span)),
        (_, Some(value)) => value.as_bool().map(|on| (if on { "service-key" } else { "none" }, value.span)),
        _ => None,
    };
    if let Some((how, span)) = at_rest
        && let Some(fact) = word(fact::ENCRYPTION_AT_REST, how, Origin::Imported, span)
    {
        element.set(fact);
    }
    let public = first(&[
        "publicly_accessible",
        "public",
        "is_public",
        "public_access",
        "public_network_access_enabled",
        "public_network_access",
        "associate_public_ip_address",
        "assign_public_ip",
        "public_access_enabled",
        "PubliclyAccessible",
    ]);
    if let Some(value) = public {
        let said = value.as_bool().or_else(|| match value.as_text() {
            Some(text) if text.eq_ignore_ascii_case("enabled") => Some(true),
            Some(text) if text.eq_ignore_ascii_case("disabled") => Some(false),
            _ => None,
        });
        if let Some(said) = said {
            element.set(yes_no(fact::PUBLIC_ADDRESS, said, Origin::Imported, value.span));
        }
    }
}
