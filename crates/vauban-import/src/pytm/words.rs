//! pytm's attributes and controls, and ours.

/// What an attribute says when it is ticked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// A yes or no of ours.
    Yes(&'static str),
    /// A word of a fact of ours.
    Word(&'static str, &'static str),
    /// A technology of ours.
    Technology(&'static str),
    /// Data of a kind that it stores, though nobody listed any.
    Stores(&'static str, &'static str),
    /// Data of a kind that it handles.
    Handles(&'static str, &'static str),
}

/// What a class says of the technology.
pub(super) const CLASS: &[(&str, &str)] =
    &[("lambda", "function"), ("llm", "large-language-model"), ("agent", "ai-agent")];

/// Ticked attributes of elements that are not flows.
pub(super) const ATTRIBUTES: &[(&str, Says)] = &[
    ("onRDS", Says::Technology("rds")),
    ("implementsAPI", Says::Technology("api")),
    ("storesPII", Says::Stores("personal-data", "personal")),
    ("storesLogData", Says::Stores("log-data", "audit-log")),
    ("storesSensitiveData", Says::Word("classification", "confidential")),
    ("processesPersonalData", Says::Handles("personal-data", "personal")),
    ("hasPhysicalAccess", Says::Yes("physical_access")),
    ("usesSessionTokens", Says::Word("session", "token")),
    ("usesXMLParser", Says::Word("accepts", "xml")),
    ("isThirdParty", Says::Word("operated_by", "third-party")),
    ("isSelfHosted", Says::Word("operated_by", "us")),
    ("hasAgentCapabilities", Says::Yes("calls_tools")),
    ("usesExternalTools", Says::Yes("calls_tools")),
    ("executesCode", Says::Yes("executes_untrusted_code")),
    ("hasRAG", Says::Yes("retrieves_content")),
];

/// Kinds of store.
pub(super) const STORE: &[(&str, &str)] =
    &[("sql", "sql-database"), ("file-system", "file-storage"), ("ldap", "directory"), ("aws-s3", "s3")];

/// Ticked controls that say the same as one of our library. The others stay remarks: what they say is narrower or wider
/// than any of ours.
pub(super) const CONTROLS: &[(&str, &str)] = &[
    ("validatesInput", "input-validation"),
    ("encodesOutput", "output-encoding"),
    ("isHardened", "hardening"),
    ("hasAccessControl", "authorisation-checks"),
    ("implementsCSRFToken", "csrf-protection"),
    ("usesMFA", "multi-factor-authentication"),
    ("usesParameterizedInput", "parameterised-queries"),
    ("usesCodeSigning", "artifact-signing"),
    ("implementsPOLP", "least-privilege"),
    ("disablesDTD", "xml-external-entities-disabled"),
    ("handlesResourceConsumption", "resource-limits"),
    ("implementsStrictHTTPValidation", "http-strict-parsing"),
    ("implementsNonce", "replay-protection"),
    ("disablesiFrames", "clickjacking-protection"),
    ("authenticatesDestination", "certificate-validation"),
    ("definesConnectionTimeout", "timeouts"),
];

/// How secret data is. Five steps to four, in order.
pub(super) const CLASSIFICATION: &[(&str, &str)] = &[
    ("public", "public"),
    ("restricted", "internal"),
    ("sensitive", "confidential"),
    ("secret", "restricted"),
    ("top-secret", "restricted"),
];

/// How long credentials live. How they are renewed is another question.
pub(super) const LIFETIME: &[(&str, &str)] = &[("short", "short"), ("long", "long"), ("hardcoded", "hardcoded")];

/// What pytm works out by itself and writes down with the rest.
pub(super) const COMPUTED: [&str; 6] = ["inputs", "outputs", "findings", "severity", "carriedBy", "overrides"];
