//! CycloneDX's words and ours.

use vauban_syntax::Node;

use crate::listed::{text_at, word};

/// How secret.
pub(super) const CLASSIFICATION: &[(&str, &str)] = &[
    ("public", "public"),
    ("internal", "internal"),
    ("confidential", "confidential"),
    ("restricted", "restricted"),
    ("classified", "restricted"),
];

/// How critical.
pub(super) const CRITICALITY: &[(&str, &str)] =
    &[("minimal", "low"), ("low", "low"), ("moderate", "medium"), ("high", "high"), ("critical", "critical")];

/// What an asset is made of; the other types say only what it does.
pub(super) const ASSET: &[(&str, &str)] = &[
    ("agent", "ai-agent"),
    ("api", "api"),
    ("broker", "message-broker"),
    ("cache", "cache"),
    ("container", "container"),
    ("function", "function"),
    ("gateway", "gateway"),
    ("model", "machine-learning-model"),
    ("queue", "message-queue"),
];

/// Types of asset that keep data.
pub(super) const STORES: [&str; 3] = ["data-store", "data", "cache"];

/// Kinds of data store.
pub(super) const STORE: &[(&str, &str)] = &[
    ("block", "block-storage"),
    ("cache", "cache"),
    ("column-family", "nosql-database"),
    ("data-lake", "data-lake"),
    ("data-warehouse", "data-warehouse"),
    ("document", "nosql-database"),
    ("event-log", "event-stream"),
    ("file", "file-storage"),
    ("graph", "graph-database"),
    ("in-memory", "cache"),
    ("key-value", "nosql-database"),
    ("message-queue", "message-queue"),
    ("object", "object-storage"),
    ("relational", "sql-database"),
    ("search", "search-engine"),
    ("time-series", "time-series-database"),
    ("vector", "vector-database"),
];

/// How callers prove who they are. The empty ones say only that they do.
pub(super) const AUTHENTICATION: &[(&str, &str)] = &[
    ("none", "none"),
    ("api-key", "api-key"),
    ("basic", "credentials"),
    ("digest", "credentials"),
    ("form", "credentials"),
    ("pin", "credentials"),
    ("ldap", "credentials"),
    ("ntlm", "credentials"),
    ("radius", "credentials"),
    ("scram", "credentials"),
    ("bearer", "token"),
    ("jwt", "token"),
    ("kerberos", "token"),
    ("oauth1", "token"),
    ("oauth2", "token"),
    ("magic-link", "token"),
    ("oidc", "federated"),
    ("saml", "federated"),
    ("certificate", "client-certificate"),
    ("mtls", "client-certificate"),
    ("hmac", "signature"),
    ("ssh", "signature"),
    ("session-cookie", "session"),
    ("totp", "multi-factor"),
    ("fido2", "multi-factor"),
    ("push", "multi-factor"),
    ("biometric", ""),
    ("eap", ""),
    ("psk", ""),
];

/// How rights are decided. The empty ones have no like among ours.
pub(super) const AUTHORISATION: &[(&str, &str)] = &[
    ("none", "none"),
    ("abac", "attribute-based"),
    ("pbac", "attribute-based"),
    ("acl", "resource-based"),
    ("rbac", "role-based"),
    ("capability", ""),
    ("dac", ""),
    ("mac", ""),
    ("radac", ""),
    ("rebac", ""),
];

/// Kinds of zone that are kinds of boundary here.
pub(super) const ZONE: &[(&str, &str)] =
    &[("network", "network"), ("organizational", "organisation"), ("process", "process"), ("tenant", "tenant")];

/// Zones that say by a word how far they are trusted.
pub(super) const TRUST: &[(&str, &str)] = &[
    ("untrusted", "untrusted"),
    ("semi-trusted", "semi-trusted"),
    ("trusted", "trusted"),
    ("highly-trusted", "highly-trusted"),
];

/// A word that may be one of the format's, or an object with a name of its own.
pub(super) fn named(node: &Node) -> &str {
    node.as_str().unwrap_or_else(|| text_at(node, "name"))
}

/// A word of ours for such a word.
pub(super) fn ours(table: &[(&str, &'static str)], node: &Node) -> Option<&'static str> {
    word(table, named(node))
}

/// What the schema allows in places where other words are errors.
pub(super) const CLOSED: &[(&str, &[&str])] = &[
    (
        "control-status",
        &[
            "recommended",
            "proposed",
            "approved",
            "rejected",
            "planned",
            "in-progress",
            "implemented",
            "verified",
            "decommissioned",
        ],
    ),
    ("likelihood", &["very-low", "low", "medium", "high", "very-high", "certain"]),
    (
        "relationship",
        &[
            "ref",
            "aggregates",
            "associates",
            "composes",
            "contains",
            "dependsOn",
            "generalizes",
            "realizes",
            "serves",
            "custom",
        ],
    ),
    (
        "STRIDE",
        &[
            "spoofing",
            "tampering",
            "repudiation",
            "information-disclosure",
            "denial-of-service",
            "elevation-of-privilege",
        ],
    ),
];
