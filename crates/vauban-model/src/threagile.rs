//! Threagile's words and ours, for the reader and the writer of its files.
//!
//! Every table runs from least to most where the words are ordered, and keeps the order: what Threagile ranks higher
//! never ranks lower here.

/// The word of ours for a word of Threagile's.
pub type Table = &'static [(&'static str, &'static str)];

/// Finds a word in a table; case, `_` for `-` and 0.9's `enduser` do not matter.
pub fn translate(table: Table, word: &str) -> Option<&'static str> {
    let normal = word.trim().to_lowercase().replace('_', "-").replace("enduser", "end-user");
    table.iter().find(|(theirs, _)| *theirs == normal).map(|(_, ours)| *ours)
}

/// Whether a word of ours tells the word it was translated from: it stands for that one only, and is not one of the
/// scales, whose words mean different things here and there (`critical` is Threagile's last but one, and our last).
pub fn tells(table: Table, ours: &str) -> bool {
    let scale = table == CONFIDENTIALITY || table == CRITICALITY;
    !scale && table.iter().filter(|(_, other)| *other == ours).count() == 1
}

/// Five steps to four. Threagile treats data as sensitive from `confidential` upwards, so that is where our own
/// `confidential` begins; `restricted` ("within a group") lies below that line.
pub const CONFIDENTIALITY: Table = &[
    ("public", "public"),
    ("internal", "internal"),
    ("restricted", "internal"),
    ("confidential", "confidential"),
    ("strictly-confidential", "restricted"),
];

/// Five steps to four. Threagile's rules ask for `critical` and above; that becomes `high` and above.
pub const CRITICALITY: Table = &[
    ("archive", "low"),
    ("operational", "low"),
    ("important", "medium"),
    ("critical", "high"),
    ("mission-critical", "critical"),
];

/// How many records.
pub const QUANTITY: Table = &[("very-few", "very-few"), ("few", "few"), ("many", "many"), ("very-many", "very-many")];

/// What something is used for.
pub const USAGE: Table = &[("business", "business"), ("devops", "administration")];

/// Kinds of component.
pub const KIND: Table = &[("external-entity", "external-entity"), ("process", "process"), ("datastore", "data-store")];

/// What a component runs on.
pub const MACHINE: Table =
    &[("physical", "physical"), ("virtual", "virtual"), ("container", "container"), ("serverless", "serverless")];

/// How stored data is encrypted. Data encrypted with a shared key, symmetric or not, is encrypted by whoever writes
/// it: the application.
pub const ENCRYPTION: Table = &[
    ("none", "none"),
    ("transparent", "disk"),
    ("data-with-symmetric-shared-key", "application"),
    ("data-with-asymmetric-shared-key", "application"),
    ("data-with-end-user-individual-key", "end-user-key"),
];

/// How a caller proves who it is.
pub const AUTHENTICATION: Table = &[
    ("none", "none"),
    ("credentials", "credentials"),
    ("session-id", "session"),
    ("token", "token"),
    ("client-certificate", "client-certificate"),
    ("two-factor", "multi-factor"),
    ("externalized", "federated"),
];

/// On whose rights a callee decides.
pub const AUTHORISATION: Table =
    &[("none", "none"), ("technical-user", "technical-user"), ("end-user-identity-propagation", "end-user")];

/// Formats a component accepts.
pub const DATA_FORMAT: Table = &[
    ("json", "json"),
    ("xml", "xml"),
    ("serialization", "serialized-object"),
    ("file", "file"),
    ("csv", "csv"),
    ("yaml", "yaml"),
];

/// Kinds of boundary. Threagile says nothing about trust, so nothing is said here.
pub const BOUNDARY: Table = &[
    ("network-on-prem", "network"),
    ("network-dedicated-hoster", "network"),
    ("network-virtual-lan", "network-segment"),
    ("network-cloud-provider", "virtual-network"),
    ("network-cloud-security-group", "security-group"),
    ("network-policy-namespace-isolation", "namespace"),
    ("execution-environment", "execution-environment"),
];

/// How a protocol of Threagile's is protected, beyond what our protocol's name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Not at all: Threagile has another word for the protected variant, or counts the protocol as plain.
    Plain,
    /// By itself: our protocol's name says so.
    Own,
    /// By TLS, which our protocol's name does not say.
    Tls,
    /// It never leaves the machine.
    Local,
}

/// Protocols: Threagile's, ours, and the protection.
pub const PROTOCOL: &[(&str, &str, Protection)] = &[
    ("http", "http", Protection::Plain),
    ("https", "https", Protection::Own),
    ("ws", "ws", Protection::Plain),
    ("wss", "wss", Protection::Own),
    ("reverse-proxy-web-protocol", "http", Protection::Plain),
    ("reverse-proxy-web-protocol-encrypted", "https", Protection::Own),
    ("mqtt", "mqtt", Protection::Plain),
    ("jdbc", "sql", Protection::Plain),
    ("jdbc-encrypted", "sql-tls", Protection::Own),
    ("odbc", "sql", Protection::Plain),
    ("odbc-encrypted", "sql-tls", Protection::Own),
    ("sql-access-protocol", "sql", Protection::Plain),
    ("sql-access-protocol-encrypted", "sql-tls", Protection::Own),
    ("nosql-access-protocol", "nosql", Protection::Plain),
    ("nosql-access-protocol-encrypted", "nosql-tls", Protection::Own),
    ("binary", "binary", Protection::Plain),
    ("binary-encrypted", "binary-tls", Protection::Own),
    ("text", "text", Protection::Plain),
    ("text-encrypted", "text-tls", Protection::Own),
    ("ssh", "ssh", Protection::Own),
    ("ssh-tunnel", "ssh", Protection::Own),
    ("smtp", "smtp", Protection::Plain),
    ("smtp-encrypted", "smtps", Protection::Own),
    ("pop3", "pop3", Protection::Plain),
    ("pop3-encrypted", "pop3s", Protection::Own),
    ("imap", "imap", Protection::Plain),
    ("imap-encrypted", "imaps", Protection::Own),
    ("ftp", "ftp", Protection::Plain),
    ("ftps", "ftps", Protection::Own),
    ("sftp", "sftp", Protection::Own),
    ("scp", "scp", Protection::Own),
    ("ldap", "ldap", Protection::Plain),
    ("ldaps", "ldaps", Protection::Own),
    ("jms", "jms", Protection::Plain),
    ("nfs", "nfs", Protection::Plain),
    ("smb", "smb", Protection::Plain),
    ("smb-encrypted", "smb-encrypted", Protection::Own),
    ("local-file-access", "file-system", Protection::Local),
    ("nrpe", "text", Protection::Plain),
    ("xmpp", "text", Protection::Plain),
    ("iiop", "iiop", Protection::Plain),
    ("iiop-encrypted", "iiop", Protection::Tls),
    ("jrmp", "rmi", Protection::Plain),
    ("jrmp-encrypted", "rmi", Protection::Tls),
    ("in-process-library-call", "in-process", Protection::Local),
    ("inter-process-communication", "inter-process", Protection::Local),
    ("container-spawning", "container-spawning", Protection::Local),
];

/// Technologies, with the aliases that version 1.0 accepts, in the names of our technology library.
pub const TECHNOLOGY: Table = &[
    ("ai", "artificial-intelligence"),
    ("artificial-intelligence", "artificial-intelligence"),
    ("machine-learning", "artificial-intelligence"),
    ("deep-learning", "artificial-intelligence"),
    ("neural-network", "artificial-intelligence"),
    ("ml", "artificial-intelligence"),
    ("dl", "artificial-intelligence"),
    ("application-server", "application-server"),
    ("app-server", "application-server"),
    ("artifact-registry", "artifact-registry"),
    ("batch-processing", "batch-job"),
    ("big-data-platform", "data-lake"),
    ("big-data", "data-lake"),
    ("block-storage", "block-storage"),
    ("san", "block-storage"),
    ("browser", "browser"),
    ("web-browser", "browser"),
    ("build-pipeline", "build-pipeline"),
    ("ci", "build-pipeline"),
    ("continuous-integration", "build-pipeline"),
    ("client-system", "client"),
    ("client", "client"),
    ("cli", "command-line-tool"),
    ("command-line", "command-line-tool"),
    ("command-line-tool", "command-line-tool"),
    ("command-line-interface", "command-line-tool"),
    ("cms", "cms"),
    ("content-management-system", "cms"),
    ("code-inspection-platform", "code-analysis"),
    ("code-inspection", "code-analysis"),
    ("code-analysis", "code-analysis"),
    ("container-platform", "container-platform"),
    ("container", "container-platform"),
    ("docker", "docker"),
    ("kubernetes", "kubernetes"),
    ("data-lake", "data-lake"),
    ("database", "database"),
    ("db", "database"),
    ("desktop", "workstation"),
    ("desktop-system", "workstation"),
    // Threagile counts it among the development tools, next to the pipeline and the repository.
    ("devops-client", "developer-workstation"),
    ("ejb", "enterprise-bean"),
    ("enterprise-java-beans", "enterprise-bean"),
    ("erp", "erp"),
    ("enterprise-resource-planning", "erp"),
    ("event-listener", "event-listener"),
    ("file-server", "file-server"),
    ("file-storage", "file-server"),
    ("function", "function"),
    ("gateway", "gateway"),
    ("hsm", "hardware-security-module"),
    ("hardware-security-module", "hardware-security-module"),
    ("identity-provider", "identity-provider"),
    ("idp", "identity-provider"),
    ("identity-store-database", "identity-store-database"),
    ("identity-store", "identity-store-database"),
    ("identity-store-ldap", "directory"),
    ("ids", "intrusion-detection"),
    ("intrusion-detection-system", "intrusion-detection"),
    ("iot-device", "iot-device"),
    ("iot", "iot-device"),
    ("ips", "intrusion-prevention"),
    ("intrusion-prevention-system", "intrusion-prevention"),
    ("ldap-server", "directory"),
    ("ldap", "directory"),
    ("library", "library"),
    ("load-balancer", "load-balancer"),
    ("lb", "load-balancer"),
    ("local-file-system", "local-file-system"),
    ("local-storage", "local-file-system"),
    ("mail-server", "mail-server"),
    ("email-server", "mail-server"),
    ("mainframe", "mainframe"),
    ("message-queue", "message-queue"),
    ("mq", "message-queue"),
    ("mobile-app", "mobile-app"),
    ("monitoring", "monitoring"),
    ("siem", "siem"),
    ("report-engine", "report-engine"),
    ("reporting", "report-engine"),
    ("reverse-proxy", "reverse-proxy"),
    ("scheduler", "scheduler"),
    ("cron", "scheduler"),
    ("search-engine", "search-engine"),
    ("search-index", "search-engine"),
    ("service-mesh", "service-mesh"),
    ("service-registry", "service-registry"),
    ("service-discovery", "service-registry"),
    ("sourcecode-repository", "source-repository"),
    ("git", "source-repository"),
    ("stream-processing", "stream-processor"),
    ("task", "batch-job"),
    ("job", "batch-job"),
    ("tool", "managed-application"),
    ("utility", "managed-application"),
    // Any store of secrets; our own `vault` is the product.
    ("vault", "secrets-vault"),
    ("hashicorp-vault", "vault"),
    ("waf", "web-application-firewall"),
    ("web-application-firewall", "web-application-firewall"),
    ("web-application", "web-application"),
    ("web-app", "web-application"),
    ("web-server", "web-server"),
    ("web-service-rest", "rest-api"),
    ("rest-api", "rest-api"),
    ("web-service-soap", "soap-service"),
    ("soap-api", "soap-service"),
];

/// Words that say that the technology is unknown.
pub const NO_TECHNOLOGY: &[&str] = &["unknown-technology", "unknown"];

#[cfg(test)]
mod tests {
    use crate::model::symbol_of;
    use crate::vocabulary::fact;

    use super::*;

    #[test]
    fn every_word_of_ours_is_in_the_vocabulary() {
        let tables = [
            (fact::CLASSIFICATION, CONFIDENTIALITY),
            (fact::INTEGRITY, CRITICALITY),
            (fact::AVAILABILITY, CRITICALITY),
            (fact::CRITICALITY, CRITICALITY),
            (fact::VOLUME, QUANTITY),
            (fact::USAGE, USAGE),
            (fact::KIND, KIND),
            (fact::MACHINE, MACHINE),
            (fact::ENCRYPTION_AT_REST, ENCRYPTION),
            (fact::AUTHENTICATION, AUTHENTICATION),
            (fact::AUTHORISATION, AUTHORISATION),
            (fact::ACCEPTS, DATA_FORMAT),
            (fact::BOUNDARY_KIND, BOUNDARY),
        ];
        for (fact, table) in tables {
            for (theirs, ours) in table {
                assert!(symbol_of(fact, ours).is_some(), "{theirs} -> {ours}");
            }
        }
        for (theirs, ours, _) in PROTOCOL {
            assert!(symbol_of(fact::PROTOCOL, ours).is_some(), "{theirs} -> {ours}");
        }
    }

    #[test]
    fn ordered_tables_keep_the_order() {
        for (fact, table) in [(fact::CLASSIFICATION, CONFIDENTIALITY), (fact::INTEGRITY, CRITICALITY)] {
            let ranks: Vec<_> = table.iter().map(|(_, ours)| symbol_of(fact, ours)).collect();
            assert!(ranks.is_sorted(), "{table:?}");
        }
    }
}
