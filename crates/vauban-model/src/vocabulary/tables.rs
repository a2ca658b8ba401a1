//! Generated from `library/vocabulary/facts.toml` by `cargo xtask codegen`; do not edit.

use super::{Domain, EnumId, Enumeration, FactDefinition, FactId, FactType, Relation, RelationDefinition};

/// Every enumeration of the vocabulary.
pub static ENUMERATIONS: &[Enumeration] = &[
    Enumeration {
        name: "kind",
        ordered: false,
        values: &["process", "data-store", "external-entity"],
        aliases: &[
            ("actor", "external-entity"),
            ("datastore", "data-store"),
            ("external", "external-entity"),
            ("store", "data-store"),
        ],
        doc: "What a component is in a data-flow diagram.",
    },
    Enumeration {
        name: "classification",
        ordered: true,
        values: &["public", "internal", "confidential", "restricted"],
        aliases: &[],
        doc: "How much it hurts when the wrong people read the data.",
    },
    Enumeration {
        name: "importance",
        ordered: true,
        values: &["low", "medium", "high", "critical"],
        aliases: &[],
        doc: "How much the business hurts when it is wrong or gone.",
    },
    Enumeration {
        name: "volume",
        ordered: true,
        values: &["very-few", "few", "many", "very-many"],
        aliases: &[],
        doc: "How many records there are.",
    },
    Enumeration {
        name: "trust",
        ordered: true,
        values: &["untrusted", "partner", "semi-trusted", "trusted", "highly-trusted"],
        aliases: &[],
        doc: "How far what runs inside a boundary can be trusted.",
    },
    Enumeration {
        name: "boundary-kind",
        ordered: false,
        values: &[
            "internet",
            "network",
            "network-segment",
            "cloud-account",
            "virtual-network",
            "security-group",
            "cluster",
            "namespace",
            "host",
            "execution-environment",
            "process",
            "organisation",
            "tenant",
            "site",
        ],
        aliases: &[
            ("organization", "organisation"),
            ("subnet", "network-segment"),
            ("vnet", "virtual-network"),
            ("vpc", "virtual-network"),
        ],
        doc: "What kind of line a trust boundary is.",
    },
    Enumeration {
        name: "encryption",
        ordered: false,
        values: &["none", "tls", "mutual-tls", "vpn", "ipsec", "ssh", "message"],
        aliases: &[("false", "none"), ("https", "tls"), ("mtls", "mutual-tls"), ("no", "none"), ("ssl", "tls")],
        doc: "How a flow is encrypted on its way.",
    },
    Enumeration {
        name: "encryption-at-rest",
        ordered: false,
        values: &["none", "disk", "service-key", "customer-key", "application", "end-user-key"],
        aliases: &[
            ("false", "none"),
            ("no", "none"),
            ("transparent", "disk"),
            ("true", "service-key"),
            ("yes", "service-key"),
        ],
        doc: "How stored data is encrypted.",
    },
    Enumeration {
        name: "authentication",
        ordered: false,
        values: &[
            "none",
            "network-location",
            "credentials",
            "api-key",
            "session",
            "token",
            "client-certificate",
            "multi-factor",
            "federated",
            "signature",
        ],
        aliases: &[
            ("false", "none"),
            ("iam", "signature"),
            ("jwt", "token"),
            ("mfa", "multi-factor"),
            ("mtls", "client-certificate"),
            ("mutual-tls", "client-certificate"),
            ("no", "none"),
            ("oauth", "token"),
            ("oidc", "federated"),
            ("password", "credentials"),
            ("saml", "federated"),
        ],
        doc: "How the caller proves who it is.",
    },
    Enumeration {
        name: "authorisation",
        ordered: false,
        values: &["none", "technical-user", "end-user", "role-based", "attribute-based", "resource-based"],
        aliases: &[
            ("abac", "attribute-based"),
            ("end-user-identity-propagation", "end-user"),
            ("false", "none"),
            ("no", "none"),
            ("rbac", "role-based"),
        ],
        doc: "On whose rights the callee decides.",
    },
    Enumeration {
        name: "usage",
        ordered: false,
        values: &["business", "administration"],
        aliases: &[("admin", "administration"), ("devops", "administration")],
        doc: "Whether a flow or element serves the business or its administration.",
    },
    Enumeration {
        name: "machine",
        ordered: false,
        values: &["physical", "virtual", "container", "serverless"],
        aliases: &[],
        doc: "What a component runs on.",
    },
    Enumeration {
        name: "operator",
        ordered: false,
        values: &["us", "cloud-provider", "third-party", "customer"],
        aliases: &[],
        doc: "Who runs it, and so who must patch and configure it.",
    },
    Enumeration {
        name: "environment",
        ordered: false,
        values: &["production", "staging", "test", "development"],
        aliases: &[],
        doc: "What it is used for.",
    },
    Enumeration {
        name: "session",
        ordered: false,
        values: &["none", "cookie", "token", "server-side"],
        aliases: &[],
        doc: "How a component remembers a signed-in user.",
    },
    Enumeration {
        name: "secret-place",
        ordered: false,
        values: &["none", "code", "configuration-file", "environment", "image", "vault", "platform-identity"],
        aliases: &[],
        doc: "Where a component gets its secrets from.",
    },
    Enumeration {
        name: "input-format",
        ordered: false,
        values: &[
            "json",
            "xml",
            "csv",
            "yaml",
            "html",
            "file",
            "image",
            "document",
            "archive",
            "serialized-object",
            "binary",
            "form",
            "sql",
            "query",
            "template",
            "markdown",
            "script",
            "natural-language",
            "audio",
            "video",
        ],
        aliases: &[("files", "file"), ("serialization", "serialized-object"), ("upload", "file")],
        doc: "Formats a component accepts from others.",
    },
    Enumeration {
        name: "data-kind",
        ordered: false,
        values: &[
            "personal",
            "health",
            "payment-card",
            "financial",
            "credentials",
            "secret",
            "session",
            "key-material",
            "audit-log",
            "source-code",
            "build-artifact",
            "configuration",
            "intellectual-property",
            "location",
            "biometric",
            "children",
            "communication",
            "order",
            "model-weights",
            "training-data",
            "prompt",
            "telemetry",
            "safety",
            "backup",
        ],
        aliases: &[
            ("keys", "key-material"),
            ("log", "audit-log"),
            ("password", "credentials"),
            ("passwords", "credentials"),
            ("pci", "payment-card"),
            ("phi", "health"),
            ("pii", "personal"),
            ("secrets", "secret"),
        ],
        doc: "What the data is about; drives regulation and what an attacker can do with it.",
    },
    Enumeration {
        name: "identity-kind",
        ordered: false,
        values: &["person", "group", "role", "service", "machine", "pipeline"],
        aliases: &[("human", "person"), ("service-account", "service"), ("user", "person")],
        doc: "Who or what an identity stands for.",
    },
    Enumeration {
        name: "lifetime",
        ordered: false,
        values: &["short", "long", "permanent", "hardcoded"],
        aliases: &[],
        doc: "How long a credential lives.",
    },
    Enumeration {
        name: "protocol",
        ordered: false,
        values: &[
            "http",
            "https",
            "ws",
            "wss",
            "http2",
            "http3",
            "grpc",
            "grpc-tls",
            "graphql",
            "soap",
            "sql",
            "sql-tls",
            "nosql",
            "nosql-tls",
            "ldap",
            "ldaps",
            "smtp",
            "smtps",
            "imap",
            "imaps",
            "pop3",
            "pop3s",
            "ftp",
            "ftps",
            "sftp",
            "scp",
            "ssh",
            "telnet",
            "rdp",
            "vnc",
            "smb",
            "smb-encrypted",
            "nfs",
            "mqtt",
            "mqtts",
            "amqp",
            "amqps",
            "kafka",
            "kafka-tls",
            "redis",
            "redis-tls",
            "jms",
            "dns",
            "dns-over-tls",
            "ntp",
            "snmp",
            "syslog",
            "syslog-tls",
            "coap",
            "coaps",
            "modbus",
            "opc-ua",
            "can",
            "bluetooth",
            "zigbee",
            "nfc",
            "usb",
            "serial",
            "webrtc",
            "rpc",
            "iiop",
            "rmi",
            "binary",
            "binary-tls",
            "text",
            "text-tls",
            "kubernetes-api",
            "cloud-api",
            "oidc",
            "saml",
            "scim",
            "webhook",
            "git",
            "file-system",
            "in-process",
            "inter-process",
            "container-spawning",
            "vpn",
            "ipsec",
            "tls",
            "tcp",
            "udp",
            "manual",
        ],
        aliases: &[
            ("http/2", "http2"),
            ("http/3", "http3"),
            ("in-process-library-call", "in-process"),
            ("inter-process-communication", "inter-process"),
            ("jdbc", "sql"),
            ("jrmp", "rmi"),
            ("local-file-access", "file-system"),
            ("mongodb", "nosql"),
            ("mysql", "sql"),
            ("nrpe", "text"),
            ("odbc", "sql"),
            ("openid-connect", "oidc"),
            ("postgres", "sql"),
            ("postgresql", "sql"),
            ("redis+tls", "redis-tls"),
            ("rediss", "redis-tls"),
            ("rest", "https"),
            ("saml2", "saml"),
            ("tds", "sql"),
            ("websocket", "ws"),
            ("wireguard", "vpn"),
            ("xmpp", "text"),
        ],
        doc: "How two components talk. Unlisted names are kept as they stand and count as unknown.",
    },
    Enumeration {
        name: "access",
        ordered: true,
        values: &["use", "read", "write", "administer"],
        aliases: &[("admin", "administer")],
        doc: "What an identity may do to a component.",
    },
    Enumeration {
        name: "host-access",
        ordered: false,
        values: &[
            "privileged",
            "host-network",
            "host-processes",
            "host-ipc",
            "host-paths",
            "runtime-socket",
            "capabilities",
        ],
        aliases: &[],
        doc: "What of its host a container or process gets to use that isolation would keep from it.",
    },
    Enumeration {
        name: "flow-evidence",
        ordered: true,
        values: &["hinted", "permitted", "granted", "addressed", "wired", "observed"],
        aliases: &[],
        doc: "How good the evidence is for a flow that nobody drew: a mere hint, a network rule, a permission, a configured address, wiring by the platform, or traffic that was seen.",
    },
];

/// Every fact of the vocabulary, stated and derived.
pub static FACTS: &[FactDefinition] = &[
    FactDefinition {
        id: "criticality",
        key: "criticality",
        on: &[Domain::System, Domain::Component],
        ty: FactType::Enum(EnumId(2)),
        derived: false,
        aliases: &[],
        doc: "How much the business depends on it.",
    },
    FactDefinition {
        id: "regulated_by",
        key: "regulated_by",
        on: &[Domain::System],
        ty: FactType::Words,
        derived: false,
        aliases: &[],
        doc: "Laws and standards it must meet, such as `gdpr`, `pci-dss`, `hipaa`.",
    },
    FactDefinition {
        id: "safety_relevant",
        key: "safety_relevant",
        on: &[Domain::System, Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether people can be hurt when it misbehaves.",
    },
    FactDefinition {
        id: "kind",
        key: "kind",
        on: &[Domain::Component],
        ty: FactType::Enum(EnumId(0)),
        derived: false,
        aliases: &[],
        doc: "Process, data store or external entity. Taken from the technology when not stated.",
    },
    FactDefinition {
        id: "technology",
        key: "technology",
        on: &[Domain::Component],
        ty: FactType::Technologies,
        derived: false,
        aliases: &[],
        doc: "What it is made of: one or more names from the technology library (`vauban library list technologies`).",
    },
    FactDefinition {
        id: "handles",
        key: "handles",
        on: &[Domain::Component],
        ty: FactType::References(Domain::Data),
        derived: false,
        aliases: &[],
        doc: "Data assets it processes.",
    },
    FactDefinition {
        id: "stores",
        key: "stores",
        on: &[Domain::Component],
        ty: FactType::References(Domain::Data),
        derived: false,
        aliases: &[],
        doc: "Data assets it keeps.",
    },
    FactDefinition {
        id: "configured_with",
        key: "configured_with",
        on: &[Domain::Component],
        ty: FactType::References(Domain::Data),
        derived: false,
        aliases: &[],
        doc: "Data that stands in its configuration: environment, start script, parameters. Who reads the configuration reads it, and so does code on the component.",
    },
    FactDefinition {
        id: "runs_as",
        key: "runs_as",
        on: &[Domain::Component],
        ty: FactType::References(Domain::Identity),
        derived: false,
        aliases: &[],
        doc: "The identity, such as a service account or role, it acts with.",
    },
    FactDefinition {
        id: "used_by",
        key: "used_by",
        on: &[Domain::Component],
        ty: FactType::References(Domain::Identity),
        derived: false,
        aliases: &[],
        doc: "People or roles who use it.",
    },
    FactDefinition {
        id: "idle_sources",
        key: "idle_sources",
        on: &[Domain::Component],
        ty: FactType::References(Domain::Component),
        derived: false,
        aliases: &[],
        doc: "Components that a network rule made for them lets through to it, though nothing shows that they call it.",
    },
    FactDefinition {
        id: "settings_elsewhere",
        key: "settings_elsewhere",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it gets names and addresses of what it uses from somewhere that the code does not show: its image, a file, a directory of services.",
    },
    FactDefinition {
        id: "internet_facing",
        key: "internet_facing",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether anybody on the internet can send it traffic. Derived from flows and boundaries when not stated.",
    },
    FactDefinition {
        id: "encryption_at_rest",
        key: "encryption_at_rest",
        on: &[Domain::Component],
        ty: FactType::Enum(EnumId(7)),
        derived: false,
        aliases: &[],
        doc: "How what it stores is encrypted.",
    },
    FactDefinition {
        id: "custom_code",
        key: "custom_code",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether we wrote (part of) it.",
    },
    FactDefinition {
        id: "multi_tenant",
        key: "multi_tenant",
        on: &[Domain::Component, Domain::System],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether several customers share one instance.",
    },
    FactDefinition {
        id: "redundant",
        key: "redundant",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether a second instance takes over when one fails.",
    },
    FactDefinition {
        id: "machine",
        key: "machine",
        on: &[Domain::Component],
        ty: FactType::Enum(EnumId(11)),
        derived: false,
        aliases: &[],
        doc: "What it runs on.",
    },
    FactDefinition {
        id: "operated_by",
        key: "operated_by",
        on: &[Domain::Component],
        ty: FactType::Enum(EnumId(12)),
        derived: false,
        aliases: &[],
        doc: "Who runs it. Draws the line of shared responsibility.",
    },
    FactDefinition {
        id: "environment",
        key: "environment",
        on: &[Domain::Component, Domain::System],
        ty: FactType::Enum(EnumId(13)),
        derived: false,
        aliases: &[],
        doc: "Production, staging, test or development.",
    },
    FactDefinition {
        id: "accepts",
        key: "accepts",
        on: &[Domain::Component],
        ty: FactType::Set(EnumId(16)),
        derived: false,
        aliases: &[],
        doc: "Formats it accepts from others. `file` means uploads.",
    },
    FactDefinition {
        id: "session",
        key: "session",
        on: &[Domain::Component],
        ty: FactType::Enum(EnumId(14)),
        derived: false,
        aliases: &[],
        doc: "How it remembers a signed-in user.",
    },
    FactDefinition {
        id: "secrets_from",
        key: "secrets_from",
        on: &[Domain::Component],
        ty: FactType::Enum(EnumId(15)),
        derived: false,
        aliases: &[],
        doc: "Where it gets its secrets from.",
    },
    FactDefinition {
        id: "privileged",
        key: "privileged",
        on: &[Domain::Component, Domain::Identity],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Component: runs as root, administrator or with host access. Identity: has administrative rights.",
    },
    FactDefinition {
        id: "anonymous_access",
        key: "anonymous_access",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it serves callers that did not authenticate, on purpose or by configuration.",
    },
    FactDefinition {
        id: "physical_access",
        key: "physical_access",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether strangers can touch the hardware, as with kiosks, devices in the field and terminals.",
    },
    FactDefinition {
        id: "administrative_interface",
        key: "administrative_interface",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it offers functions for administrators.",
    },
    FactDefinition {
        id: "executes_untrusted_code",
        key: "executes_untrusted_code",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it runs code that users or third parties supply: plugins, build scripts, notebooks, templates.",
    },
    FactDefinition {
        id: "fetches_urls",
        key: "fetches_urls",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it fetches addresses that callers supply: webhooks, link previews, imports by URL.",
    },
    FactDefinition {
        id: "renders_user_content",
        key: "renders_user_content",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it shows text or files of one user to another.",
    },
    FactDefinition {
        id: "builds_queries",
        key: "builds_queries",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it builds database or directory queries from what callers send.",
    },
    FactDefinition {
        id: "runs_commands",
        key: "runs_commands",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it starts operating-system commands with parts that callers send.",
    },
    FactDefinition {
        id: "moves_money",
        key: "moves_money",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it changes balances, prices, orders or entitlements.",
    },
    FactDefinition {
        id: "self_registration",
        key: "self_registration",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether anybody may open an account.",
    },
    FactDefinition {
        id: "calls_tools",
        key: "calls_tools",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "AI: whether it acts through tools or functions on behalf of a prompt.",
    },
    FactDefinition {
        id: "retrieves_content",
        key: "retrieves_content",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "AI: whether content from documents, pages or messages enters the prompt.",
    },
    FactDefinition {
        id: "trained_on_user_data",
        key: "trained_on_user_data",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "AI: whether user data enters training or fine-tuning.",
    },
    FactDefinition {
        id: "public_read",
        key: "public_read",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether anybody may read what it stores without signing in.",
    },
    FactDefinition {
        id: "any_account_will_do",
        key: "any_account_will_do",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether what it lets everybody do takes some account of the provider: whose does not matter, and one is had for the asking.",
    },
    FactDefinition {
        id: "public_write",
        key: "public_write",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether anybody may write to it without signing in.",
    },
    FactDefinition {
        id: "default_credentials",
        key: "default_credentials",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether credentials as delivered still work.",
    },
    FactDefinition {
        id: "end_of_life",
        key: "end_of_life",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether its maker no longer fixes vulnerabilities in it.",
    },
    FactDefinition {
        id: "uses_third_party_code",
        key: "uses_third_party_code",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it includes libraries, packages or images of others.",
    },
    FactDefinition {
        id: "shared_account",
        key: "shared_account",
        on: &[Domain::Component, Domain::Identity],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether several people or services use the same account.",
    },
    FactDefinition {
        id: "used_by_people",
        key: "used_by_people",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether a person sits at it: browser, app, workstation, console.",
    },
    FactDefinition {
        id: "public_address",
        key: "public_address",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it has an address or name that the internet can route to. Network rules may still keep everybody out.",
    },
    FactDefinition {
        id: "plain_metadata_service",
        key: "plain_metadata_service",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether its machine's metadata service hands out credentials to plain requests, without a session token or header that a forged request cannot send.",
    },
    FactDefinition {
        id: "pods_reach_metadata",
        key: "pods_reach_metadata",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether the metadata service of its machine answers the containers that run on it, and not the machine alone.",
    },
    FactDefinition {
        id: "host_access",
        key: "host_access",
        on: &[Domain::Component],
        ty: FactType::Set(EnumId(22)),
        derived: false,
        aliases: &[],
        doc: "What of its host it gets to use although it runs isolated: privileged mode, host namespaces, host paths, the socket of the container runtime, added capabilities.",
    },
    FactDefinition {
        id: "service_account_token",
        key: "service_account_token",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether a token of its service account for the platform's own API lies in its file system.",
    },
    FactDefinition {
        id: "protocol",
        key: "protocol",
        on: &[Domain::Flow],
        ty: FactType::Enum(EnumId(20)),
        derived: false,
        aliases: &[],
        doc: "How the two ends talk.",
    },
    FactDefinition {
        id: "encryption",
        key: "encryption",
        on: &[Domain::Flow],
        ty: FactType::Enum(EnumId(6)),
        derived: false,
        aliases: &[],
        doc: "How it is encrypted on its way. Taken from the protocol where that settles it.",
    },
    FactDefinition {
        id: "authentication",
        key: "authentication",
        on: &[Domain::Flow],
        ty: FactType::Enum(EnumId(8)),
        derived: false,
        aliases: &[],
        doc: "How the source proves to the target who it is.",
    },
    FactDefinition {
        id: "authorisation",
        key: "authorisation",
        on: &[Domain::Flow],
        ty: FactType::Enum(EnumId(9)),
        derived: false,
        aliases: &["authorization"],
        doc: "On whose rights the target decides.",
    },
    FactDefinition {
        id: "carries",
        key: "carries",
        on: &[Domain::Flow],
        ty: FactType::References(Domain::Data),
        derived: false,
        aliases: &[],
        doc: "Data that goes from source to target.",
    },
    FactDefinition {
        id: "returns",
        key: "returns",
        on: &[Domain::Flow],
        ty: FactType::References(Domain::Data),
        derived: false,
        aliases: &[],
        doc: "Data that comes back from target to source.",
    },
    FactDefinition {
        id: "acts_as",
        key: "acts_as",
        on: &[Domain::Flow],
        ty: FactType::References(Domain::Identity),
        derived: false,
        aliases: &[],
        doc: "The identity the source uses towards the target.",
    },
    FactDefinition {
        id: "usage",
        key: "usage",
        on: &[Domain::Flow, Domain::Data],
        ty: FactType::Enum(EnumId(10)),
        derived: false,
        aliases: &[],
        doc: "Business or administration.",
    },
    FactDefinition {
        id: "read_only",
        key: "read_only",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether the target changes nothing because of it.",
    },
    FactDefinition {
        id: "two_way",
        key: "two_way",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether either end may start the exchange.",
    },
    FactDefinition {
        id: "ip_filtered",
        key: "ip_filtered",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether only known addresses may use it.",
    },
    FactDefinition {
        id: "admits_management",
        key: "admits_management",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether the network lets it through to a port on which machines are administered: SSH, RDP, VNC, Telnet, WinRM.",
    },
    FactDefinition {
        id: "over_internet",
        key: "over_internet",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it passes a public network. Derived from boundaries when not stated.",
    },
    FactDefinition {
        id: "crosses",
        key: "crosses",
        on: &[Domain::Flow],
        ty: FactType::References(Domain::Boundary),
        derived: false,
        aliases: &[],
        doc: "Trust boundaries it crosses, where the drawing shows a line without an inside. Other crossings follow from where its ends are.",
    },
    FactDefinition {
        id: "asynchronous",
        key: "asynchronous",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it is a message or event rather than a call.",
    },
    FactDefinition {
        id: "flow_evidence",
        key: "flow_evidence",
        on: &[Domain::Flow],
        ty: FactType::Enum(EnumId(23)),
        derived: false,
        aliases: &[],
        doc: "How good the evidence is, where a reader concluded the flow from code or state.",
    },
    FactDefinition {
        id: "permitted",
        key: "permitted",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether network rules and permissions let it through, where a reader of code or state could tell.",
    },
    FactDefinition {
        id: "refused_by",
        key: "refused_by",
        on: &[Domain::Flow],
        ty: FactType::Words,
        derived: false,
        aliases: &[],
        doc: "What stands against it, or may: the rule or permission that it lacks, in a reader's words. Whether that is sure is said by `permitted`.",
    },
    FactDefinition {
        id: "boundary_kind",
        key: "kind",
        on: &[Domain::Boundary],
        ty: FactType::Enum(EnumId(5)),
        derived: false,
        aliases: &[],
        doc: "What kind of line it is.",
    },
    FactDefinition {
        id: "trust",
        key: "trust",
        on: &[Domain::Boundary],
        ty: FactType::Enum(EnumId(4)),
        derived: false,
        aliases: &[],
        doc: "How far what runs inside can be trusted.",
    },
    FactDefinition {
        id: "classification",
        key: "classification",
        on: &[Domain::Data, Domain::Component],
        ty: FactType::Enum(EnumId(1)),
        derived: false,
        aliases: &[],
        doc: "Confidentiality: public, internal, confidential or restricted. On a component: of what it handles, where the data itself is not drawn.",
    },
    FactDefinition {
        id: "data_kinds",
        key: "kinds",
        on: &[Domain::Data],
        ty: FactType::Set(EnumId(17)),
        derived: false,
        aliases: &[],
        doc: "What the data is about: personal, health, payment-card, credentials, …",
    },
    FactDefinition {
        id: "integrity",
        key: "integrity",
        on: &[Domain::Data, Domain::Component],
        ty: FactType::Enum(EnumId(2)),
        derived: false,
        aliases: &[],
        doc: "How much it hurts when the data is wrong. On a component: when what it does is wrong.",
    },
    FactDefinition {
        id: "availability",
        key: "availability",
        on: &[Domain::Data],
        ty: FactType::Enum(EnumId(2)),
        derived: false,
        aliases: &[],
        doc: "How much it hurts when the data is gone.",
    },
    FactDefinition {
        id: "volume",
        key: "volume",
        on: &[Domain::Data],
        ty: FactType::Enum(EnumId(3)),
        derived: false,
        aliases: &[],
        doc: "How many records there are.",
    },
    FactDefinition {
        id: "unlocks",
        key: "unlocks",
        on: &[Domain::Data],
        ty: FactType::References(Domain::Identity),
        derived: false,
        aliases: &[],
        doc: "Identities that whoever holds this data can act as: it is their password, key or token.",
    },
    FactDefinition {
        id: "lifetime",
        key: "lifetime",
        on: &[Domain::Data],
        ty: FactType::Enum(EnumId(19)),
        derived: false,
        aliases: &[],
        doc: "How long a credential lives.",
    },
    FactDefinition {
        id: "identity_kind",
        key: "kind",
        on: &[Domain::Identity],
        ty: FactType::Enum(EnumId(18)),
        derived: false,
        aliases: &[],
        doc: "Person, group, role, service, machine or pipeline: a build of another service that signs in by its own name.",
    },
    FactDefinition {
        id: "may_use",
        key: "may_use",
        on: &[Domain::Identity],
        ty: FactType::References(Domain::Component),
        derived: false,
        aliases: &[],
        doc: "Components it may use as an ordinary user.",
    },
    FactDefinition {
        id: "may_read",
        key: "may_read",
        on: &[Domain::Identity],
        ty: FactType::References(Domain::Component),
        derived: false,
        aliases: &[],
        doc: "Components whose data it may read.",
    },
    FactDefinition {
        id: "may_write",
        key: "may_write",
        on: &[Domain::Identity],
        ty: FactType::References(Domain::Component),
        derived: false,
        aliases: &[],
        doc: "Components whose data it may change.",
    },
    FactDefinition {
        id: "may_administer",
        key: "may_administer",
        on: &[Domain::Identity],
        ty: FactType::References(Domain::Component),
        derived: false,
        aliases: &[],
        doc: "Components it may configure, or run anything on.",
    },
    FactDefinition {
        id: "may_assume",
        key: "may_assume",
        on: &[Domain::Identity],
        ty: FactType::References(Domain::Identity),
        derived: false,
        aliases: &[],
        doc: "Other identities it may act as.",
    },
    FactDefinition {
        id: "needs_only",
        key: "needs_only",
        on: &[Domain::Identity],
        ty: FactType::References(Domain::Component),
        derived: false,
        aliases: &[],
        doc: "Components it really needs. What it may do beyond these is excess.",
    },
    FactDefinition {
        id: "multi_factor",
        key: "multi_factor",
        on: &[Domain::Identity],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it must prove itself with a second factor.",
    },
    FactDefinition {
        id: "external",
        key: "external",
        on: &[Domain::Identity],
        ty: FactType::Bool,
        derived: false,
        aliases: &[],
        doc: "Whether it belongs to somebody outside the organisation.",
    },
    FactDefinition {
        id: "exposed_to_internet",
        key: "exposed_to_internet",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether somebody on the internet can send it traffic directly: it is stated, or a flow comes in from the internet or over it. Unknown where nobody said where a caller stands.",
    },
    FactDefinition {
        id: "reachable_from_internet",
        key: "reachable_from_internet",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether a chain of flows leads from the internet to it, each hop along a flow's direction.",
    },
    FactDefinition {
        id: "exposed_to_people",
        key: "exposed_to_people",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether a person or a client that a person holds calls it directly.",
    },
    FactDefinition {
        id: "highest_classification",
        key: "highest_classification",
        on: &[Domain::Component, Domain::Flow, Domain::Boundary, Domain::Identity],
        ty: FactType::Enum(EnumId(1)),
        derived: true,
        aliases: &[],
        doc: "The highest classification of the data it stores, handles or carries (boundary: of what is inside; identity: of what it may reach).",
    },
    FactDefinition {
        id: "highest_integrity",
        key: "highest_integrity",
        on: &[Domain::Component, Domain::Flow],
        ty: FactType::Enum(EnumId(2)),
        derived: true,
        aliases: &[],
        doc: "The highest integrity need of the data it stores, handles or carries.",
    },
    FactDefinition {
        id: "highest_availability",
        key: "highest_availability",
        on: &[Domain::Component, Domain::Flow],
        ty: FactType::Enum(EnumId(2)),
        derived: true,
        aliases: &[],
        doc: "The highest availability need of the data it stores, handles or carries, and its own criticality.",
    },
    FactDefinition {
        id: "zone_trust",
        key: "zone_trust",
        on: &[Domain::Component],
        ty: FactType::Enum(EnumId(4)),
        derived: true,
        aliases: &[],
        doc: "The trust of the innermost enclosing boundary that states one.",
    },
    FactDefinition {
        id: "single_point_of_failure",
        key: "single_point_of_failure",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether it is not redundant and others depend on it: at least one other component calls it, and the data or the component is of high availability need.",
    },
    FactDefinition {
        id: "blast_radius",
        key: "blast_radius",
        on: &[Domain::Component, Domain::Identity],
        ty: FactType::Number,
        derived: true,
        aliases: &[],
        doc: "How many other components whoever controls it can go on to, along flows, through the identities it acts as and to what shares its host; counted up to 100.",
    },
    FactDefinition {
        id: "shares_runtime",
        key: "shares_runtime",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether it shares a runtime (host, container platform, server process) with another component.",
    },
    FactDefinition {
        id: "runtime_mixes_zones",
        key: "runtime_mixes_zones",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether a runtime it shares also runs components of another trust boundary.",
    },
    FactDefinition {
        id: "shares_segment",
        key: "shares_segment",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether its innermost network boundary also holds components that it has no flow with.",
    },
    FactDefinition {
        id: "segment_mixes_sensitivity",
        key: "segment_mixes_sensitivity",
        on: &[Domain::Component],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether its innermost network boundary also holds components that handle data of a lower classification and have no flow with it.",
    },
    FactDefinition {
        id: "in_scope",
        key: "in_scope",
        on: &[Domain::Component, Domain::Flow, Domain::Boundary, Domain::Data, Domain::Identity],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether it is part of what is analysed. A flow is in scope when one of its ends is.",
    },
    FactDefinition {
        id: "crosses_boundary",
        key: "crosses_boundary",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether source and target do not have the same innermost trust boundary, nested boundaries taken into account.",
    },
    FactDefinition {
        id: "crosses_network",
        key: "crosses_network",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether it leaves or enters a boundary of a network kind: anything but host, execution environment and process.",
    },
    FactDefinition {
        id: "rises_in_trust",
        key: "rises_in_trust",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether it goes from a zone of lower trust into one of higher trust.",
    },
    FactDefinition {
        id: "from_internet",
        key: "from_internet",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether its source is on the internet: in an untrusted boundary, an external entity outside every boundary, or a program whose users are there. Unknown where a boundary around people says neither.",
    },
    FactDefinition {
        id: "passes_internet",
        key: "passes_internet",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether it passes a public network: stated, or one end is on the internet, or it joins two sites, accounts or organisations without a private link.",
    },
    FactDefinition {
        id: "from_person",
        key: "from_person",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether its source is a person or a client that a person uses.",
    },
    FactDefinition {
        id: "stays_local",
        key: "stays_local",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether it never leaves the machine: in-process, inter-process or file-system access.",
    },
    FactDefinition {
        id: "encrypted",
        key: "encrypted",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether it is encrypted on its way, by statement or by protocol.",
    },
    FactDefinition {
        id: "authenticated",
        key: "authenticated",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether the target knows who calls: any authentication but none and network location.",
    },
    FactDefinition {
        id: "authorised",
        key: "authorised",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether the target decides what the caller may do.",
    },
    FactDefinition {
        id: "acts_as_administrator",
        key: "acts_as_administrator",
        on: &[Domain::Flow],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether an identity that the source uses on it may administer its target.",
    },
    FactDefinition {
        id: "mixes_trust",
        key: "mixes_trust",
        on: &[Domain::Boundary],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether components of clearly different sensitivity (two classifications apart) live directly inside it.",
    },
    FactDefinition {
        id: "holds_exposed",
        key: "holds_exposed",
        on: &[Domain::Boundary],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether a component directly inside it is exposed to the internet.",
    },
    FactDefinition {
        id: "used",
        key: "used",
        on: &[Domain::Data],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether any component or flow mentions it.",
    },
    FactDefinition {
        id: "excess_privilege",
        key: "excess_privilege",
        on: &[Domain::Identity],
        ty: FactType::Bool,
        derived: true,
        aliases: &[],
        doc: "Whether it may do more than `needs_only` says it needs. Unknown when `needs_only` is not stated.",
    },
];

/// Every relation between elements.
pub static RELATIONS: &[RelationDefinition] = &[
    RelationDefinition {
        id: "inbound",
        on: Domain::Component,
        to: Domain::Flow,
        many: true,
        doc: "Flows whose target it is (and two-way flows that it starts).",
    },
    RelationDefinition {
        id: "outbound",
        on: Domain::Component,
        to: Domain::Flow,
        many: true,
        doc: "Flows whose source it is (and two-way flows that end at it).",
    },
    RelationDefinition {
        id: "boundary",
        on: Domain::Component,
        to: Domain::Boundary,
        many: false,
        doc: "Its innermost trust boundary.",
    },
    RelationDefinition {
        id: "boundaries",
        on: Domain::Component,
        to: Domain::Boundary,
        many: true,
        doc: "All trust boundaries around it, innermost first.",
    },
    RelationDefinition {
        id: "data",
        on: Domain::Component,
        to: Domain::Data,
        many: true,
        doc: "Everything it stores, handles, sends or receives.",
    },
    RelationDefinition { id: "stores", on: Domain::Component, to: Domain::Data, many: true, doc: "Data it keeps." },
    RelationDefinition {
        id: "handles",
        on: Domain::Component,
        to: Domain::Data,
        many: true,
        doc: "Data it processes.",
    },
    RelationDefinition {
        id: "configured_with",
        on: Domain::Component,
        to: Domain::Data,
        many: true,
        doc: "Data in its configuration.",
    },
    RelationDefinition {
        id: "runs_as",
        on: Domain::Component,
        to: Domain::Identity,
        many: true,
        doc: "Identities it acts with.",
    },
    RelationDefinition {
        id: "used_by",
        on: Domain::Component,
        to: Domain::Identity,
        many: true,
        doc: "People and roles who use it.",
    },
    RelationDefinition {
        id: "administrators",
        on: Domain::Component,
        to: Domain::Identity,
        many: true,
        doc: "Identities that may administer it.",
    },
    RelationDefinition {
        id: "readers",
        on: Domain::Component,
        to: Domain::Identity,
        many: true,
        doc: "Identities that may read its data.",
    },
    RelationDefinition {
        id: "writers",
        on: Domain::Component,
        to: Domain::Identity,
        many: true,
        doc: "Identities that may change its data.",
    },
    RelationDefinition {
        id: "idle_sources",
        on: Domain::Component,
        to: Domain::Component,
        many: true,
        doc: "Components that a network rule made for them lets through to it, though nothing shows that they call it.",
    },
    RelationDefinition {
        id: "runtime_neighbours",
        on: Domain::Component,
        to: Domain::Component,
        many: true,
        doc: "Components that share a runtime with it.",
    },
    RelationDefinition { id: "source", on: Domain::Flow, to: Domain::Component, many: false, doc: "Where it starts." },
    RelationDefinition { id: "target", on: Domain::Flow, to: Domain::Component, many: false, doc: "Where it ends." },
    RelationDefinition {
        id: "data",
        on: Domain::Flow,
        to: Domain::Data,
        many: true,
        doc: "All it carries, either way.",
    },
    RelationDefinition {
        id: "carries",
        on: Domain::Flow,
        to: Domain::Data,
        many: true,
        doc: "Data from source to target.",
    },
    RelationDefinition {
        id: "returns",
        on: Domain::Flow,
        to: Domain::Data,
        many: true,
        doc: "Data from target to source.",
    },
    RelationDefinition {
        id: "acts_as",
        on: Domain::Flow,
        to: Domain::Identity,
        many: true,
        doc: "Identities the source uses.",
    },
    RelationDefinition {
        id: "crossed",
        on: Domain::Flow,
        to: Domain::Boundary,
        many: true,
        doc: "Boundaries it leaves and enters, in order.",
    },
    RelationDefinition {
        id: "parent",
        on: Domain::Boundary,
        to: Domain::Boundary,
        many: false,
        doc: "The boundary around it.",
    },
    RelationDefinition {
        id: "members",
        on: Domain::Boundary,
        to: Domain::Component,
        many: true,
        doc: "Components directly inside it.",
    },
    RelationDefinition {
        id: "crossing",
        on: Domain::Boundary,
        to: Domain::Flow,
        many: true,
        doc: "Flows that leave or enter it.",
    },
    RelationDefinition {
        id: "stored_in",
        on: Domain::Data,
        to: Domain::Component,
        many: true,
        doc: "Components that keep it.",
    },
    RelationDefinition {
        id: "handled_by",
        on: Domain::Data,
        to: Domain::Component,
        many: true,
        doc: "Components that process it.",
    },
    RelationDefinition {
        id: "carried_by",
        on: Domain::Data,
        to: Domain::Flow,
        many: true,
        doc: "Flows that carry it, either way.",
    },
    RelationDefinition {
        id: "unlocks",
        on: Domain::Data,
        to: Domain::Identity,
        many: true,
        doc: "Identities it lets its holder act as.",
    },
    RelationDefinition {
        id: "used_by_components",
        on: Domain::Identity,
        to: Domain::Component,
        many: true,
        doc: "Components that act with it.",
    },
    RelationDefinition {
        id: "may_use",
        on: Domain::Identity,
        to: Domain::Component,
        many: true,
        doc: "Components it may use.",
    },
    RelationDefinition {
        id: "may_read",
        on: Domain::Identity,
        to: Domain::Component,
        many: true,
        doc: "Components whose data it may read.",
    },
    RelationDefinition {
        id: "may_write",
        on: Domain::Identity,
        to: Domain::Component,
        many: true,
        doc: "Components whose data it may change.",
    },
    RelationDefinition {
        id: "may_administer",
        on: Domain::Identity,
        to: Domain::Component,
        many: true,
        doc: "Components it may administer.",
    },
    RelationDefinition {
        id: "may_assume",
        on: Domain::Identity,
        to: Domain::Identity,
        many: true,
        doc: "Identities it may act as.",
    },
    RelationDefinition {
        id: "credentials",
        on: Domain::Identity,
        to: Domain::Data,
        many: true,
        doc: "Data that lets its holder act as it.",
    },
    RelationDefinition {
        id: "components",
        on: Domain::System,
        to: Domain::Component,
        many: true,
        doc: "All components.",
    },
    RelationDefinition { id: "flows", on: Domain::System, to: Domain::Flow, many: true, doc: "All flows." },
    RelationDefinition { id: "data", on: Domain::System, to: Domain::Data, many: true, doc: "All data assets." },
    RelationDefinition {
        id: "identities",
        on: Domain::System,
        to: Domain::Identity,
        many: true,
        doc: "All identities.",
    },
];

/// The facts by name, for code that asks for one of them.
pub mod fact {
    use super::FactId;
    /// How much the business depends on it.
    pub const CRITICALITY: FactId = FactId(0);
    /// Laws and standards it must meet, such as `gdpr`, `pci-dss`, `hipaa`.
    pub const REGULATED_BY: FactId = FactId(1);
    /// Whether people can be hurt when it misbehaves.
    pub const SAFETY_RELEVANT: FactId = FactId(2);
    /// Process, data store or external entity. Taken from the technology when not stated.
    pub const KIND: FactId = FactId(3);
    /// What it is made of: one or more names from the technology library (`vauban library list technologies`).
    pub const TECHNOLOGY: FactId = FactId(4);
    /// Data assets it processes.
    pub const HANDLES: FactId = FactId(5);
    /// Data assets it keeps.
    pub const STORES: FactId = FactId(6);
    /// Data that stands in its configuration: environment, start script, parameters. Who reads the configuration reads it, and so does code on the component.
    pub const CONFIGURED_WITH: FactId = FactId(7);
    /// The identity, such as a service account or role, it acts with.
    pub const RUNS_AS: FactId = FactId(8);
    /// People or roles who use it.
    pub const USED_BY: FactId = FactId(9);
    /// Components that a network rule made for them lets through to it, though nothing shows that they call it.
    pub const IDLE_SOURCES: FactId = FactId(10);
    /// Whether it gets names and addresses of what it uses from somewhere that the code does not show: its image, a file, a directory of services.
    pub const SETTINGS_ELSEWHERE: FactId = FactId(11);
    /// Whether anybody on the internet can send it traffic. Derived from flows and boundaries when not stated.
    pub const INTERNET_FACING: FactId = FactId(12);
    /// How what it stores is encrypted.
    pub const ENCRYPTION_AT_REST: FactId = FactId(13);
    /// Whether we wrote (part of) it.
    pub const CUSTOM_CODE: FactId = FactId(14);
    /// Whether several customers share one instance.
    pub const MULTI_TENANT: FactId = FactId(15);
    /// Whether a second instance takes over when one fails.
    pub const REDUNDANT: FactId = FactId(16);
    /// What it runs on.
    pub const MACHINE: FactId = FactId(17);
    /// Who runs it. Draws the line of shared responsibility.
    pub const OPERATED_BY: FactId = FactId(18);
    /// Production, staging, test or development.
    pub const ENVIRONMENT: FactId = FactId(19);
    /// Formats it accepts from others. `file` means uploads.
    pub const ACCEPTS: FactId = FactId(20);
    /// How it remembers a signed-in user.
    pub const SESSION: FactId = FactId(21);
    /// Where it gets its secrets from.
    pub const SECRETS_FROM: FactId = FactId(22);
    /// Component: runs as root, administrator or with host access. Identity: has administrative rights.
    pub const PRIVILEGED: FactId = FactId(23);
    /// Whether it serves callers that did not authenticate, on purpose or by configuration.
    pub const ANONYMOUS_ACCESS: FactId = FactId(24);
    /// Whether strangers can touch the hardware, as with kiosks, devices in the field and terminals.
    pub const PHYSICAL_ACCESS: FactId = FactId(25);
    /// Whether it offers functions for administrators.
    pub const ADMINISTRATIVE_INTERFACE: FactId = FactId(26);
    /// Whether it runs code that users or third parties supply: plugins, build scripts, notebooks, templates.
    pub const EXECUTES_UNTRUSTED_CODE: FactId = FactId(27);
    /// Whether it fetches addresses that callers supply: webhooks, link previews, imports by URL.
    pub const FETCHES_URLS: FactId = FactId(28);
    /// Whether it shows text or files of one user to another.
    pub const RENDERS_USER_CONTENT: FactId = FactId(29);
    /// Whether it builds database or directory queries from what callers send.
    pub const BUILDS_QUERIES: FactId = FactId(30);
    /// Whether it starts operating-system commands with parts that callers send.
    pub const RUNS_COMMANDS: FactId = FactId(31);
    /// Whether it changes balances, prices, orders or entitlements.
    pub const MOVES_MONEY: FactId = FactId(32);
    /// Whether anybody may open an account.
    pub const SELF_REGISTRATION: FactId = FactId(33);
    /// AI: whether it acts through tools or functions on behalf of a prompt.
    pub const CALLS_TOOLS: FactId = FactId(34);
    /// AI: whether content from documents, pages or messages enters the prompt.
    pub const RETRIEVES_CONTENT: FactId = FactId(35);
    /// AI: whether user data enters training or fine-tuning.
    pub const TRAINED_ON_USER_DATA: FactId = FactId(36);
    /// Whether anybody may read what it stores without signing in.
    pub const PUBLIC_READ: FactId = FactId(37);
    /// Whether what it lets everybody do takes some account of the provider: whose does not matter, and one is had for the asking.
    pub const ANY_ACCOUNT_WILL_DO: FactId = FactId(38);
    /// Whether anybody may write to it without signing in.
    pub const PUBLIC_WRITE: FactId = FactId(39);
    /// Whether credentials as delivered still work.
    pub const DEFAULT_CREDENTIALS: FactId = FactId(40);
    /// Whether its maker no longer fixes vulnerabilities in it.
    pub const END_OF_LIFE: FactId = FactId(41);
    /// Whether it includes libraries, packages or images of others.
    pub const USES_THIRD_PARTY_CODE: FactId = FactId(42);
    /// Whether several people or services use the same account.
    pub const SHARED_ACCOUNT: FactId = FactId(43);
    /// Whether a person sits at it: browser, app, workstation, console.
    pub const USED_BY_PEOPLE: FactId = FactId(44);
    /// Whether it has an address or name that the internet can route to. Network rules may still keep everybody out.
    pub const PUBLIC_ADDRESS: FactId = FactId(45);
    /// Whether its machine's metadata service hands out credentials to plain requests, without a session token or header that a forged request cannot send.
    pub const PLAIN_METADATA_SERVICE: FactId = FactId(46);
    /// Whether the metadata service of its machine answers the containers that run on it, and not the machine alone.
    pub const PODS_REACH_METADATA: FactId = FactId(47);
    /// What of its host it gets to use although it runs isolated: privileged mode, host namespaces, host paths, the socket of the container runtime, added capabilities.
    pub const HOST_ACCESS: FactId = FactId(48);
    /// Whether a token of its service account for the platform's own API lies in its file system.
    pub const SERVICE_ACCOUNT_TOKEN: FactId = FactId(49);
    /// How the two ends talk.
    pub const PROTOCOL: FactId = FactId(50);
    /// How it is encrypted on its way. Taken from the protocol where that settles it.
    pub const ENCRYPTION: FactId = FactId(51);
    /// How the source proves to the target who it is.
    pub const AUTHENTICATION: FactId = FactId(52);
    /// On whose rights the target decides.
    pub const AUTHORISATION: FactId = FactId(53);
    /// Data that goes from source to target.
    pub const CARRIES: FactId = FactId(54);
    /// Data that comes back from target to source.
    pub const RETURNS: FactId = FactId(55);
    /// The identity the source uses towards the target.
    pub const ACTS_AS: FactId = FactId(56);
    /// Business or administration.
    pub const USAGE: FactId = FactId(57);
    /// Whether the target changes nothing because of it.
    pub const READ_ONLY: FactId = FactId(58);
    /// Whether either end may start the exchange.
    pub const TWO_WAY: FactId = FactId(59);
    /// Whether only known addresses may use it.
    pub const IP_FILTERED: FactId = FactId(60);
    /// Whether the network lets it through to a port on which machines are administered: SSH, RDP, VNC, Telnet, WinRM.
    pub const ADMITS_MANAGEMENT: FactId = FactId(61);
    /// Whether it passes a public network. Derived from boundaries when not stated.
    pub const OVER_INTERNET: FactId = FactId(62);
    /// Trust boundaries it crosses, where the drawing shows a line without an inside. Other crossings follow from where its ends are.
    pub const CROSSES: FactId = FactId(63);
    /// Whether it is a message or event rather than a call.
    pub const ASYNCHRONOUS: FactId = FactId(64);
    /// How good the evidence is, where a reader concluded the flow from code or state.
    pub const FLOW_EVIDENCE: FactId = FactId(65);
    /// Whether network rules and permissions let it through, where a reader of code or state could tell.
    pub const PERMITTED: FactId = FactId(66);
    /// What stands against it, or may: the rule or permission that it lacks, in a reader's words. Whether that is sure is said by `permitted`.
    pub const REFUSED_BY: FactId = FactId(67);
    /// What kind of line it is.
    pub const BOUNDARY_KIND: FactId = FactId(68);
    /// How far what runs inside can be trusted.
    pub const TRUST: FactId = FactId(69);
    /// Confidentiality: public, internal, confidential or restricted. On a component: of what it handles, where the data itself is not drawn.
    pub const CLASSIFICATION: FactId = FactId(70);
    /// What the data is about: personal, health, payment-card, credentials, …
    pub const DATA_KINDS: FactId = FactId(71);
    /// How much it hurts when the data is wrong. On a component: when what it does is wrong.
    pub const INTEGRITY: FactId = FactId(72);
    /// How much it hurts when the data is gone.
    pub const AVAILABILITY: FactId = FactId(73);
    /// How many records there are.
    pub const VOLUME: FactId = FactId(74);
    /// Identities that whoever holds this data can act as: it is their password, key or token.
    pub const UNLOCKS: FactId = FactId(75);
    /// How long a credential lives.
    pub const LIFETIME: FactId = FactId(76);
    /// Person, group, role, service, machine or pipeline: a build of another service that signs in by its own name.
    pub const IDENTITY_KIND: FactId = FactId(77);
    /// Components it may use as an ordinary user.
    pub const MAY_USE: FactId = FactId(78);
    /// Components whose data it may read.
    pub const MAY_READ: FactId = FactId(79);
    /// Components whose data it may change.
    pub const MAY_WRITE: FactId = FactId(80);
    /// Components it may configure, or run anything on.
    pub const MAY_ADMINISTER: FactId = FactId(81);
    /// Other identities it may act as.
    pub const MAY_ASSUME: FactId = FactId(82);
    /// Components it really needs. What it may do beyond these is excess.
    pub const NEEDS_ONLY: FactId = FactId(83);
    /// Whether it must prove itself with a second factor.
    pub const MULTI_FACTOR: FactId = FactId(84);
    /// Whether it belongs to somebody outside the organisation.
    pub const EXTERNAL: FactId = FactId(85);
    /// Whether somebody on the internet can send it traffic directly: it is stated, or a flow comes in from the internet or over it. Unknown where nobody said where a caller stands.
    pub const EXPOSED_TO_INTERNET: FactId = FactId(86);
    /// Whether a chain of flows leads from the internet to it, each hop along a flow's direction.
    pub const REACHABLE_FROM_INTERNET: FactId = FactId(87);
    /// Whether a person or a client that a person holds calls it directly.
    pub const EXPOSED_TO_PEOPLE: FactId = FactId(88);
    /// The highest classification of the data it stores, handles or carries (boundary: of what is inside; identity: of what it may reach).
    pub const HIGHEST_CLASSIFICATION: FactId = FactId(89);
    /// The highest integrity need of the data it stores, handles or carries.
    pub const HIGHEST_INTEGRITY: FactId = FactId(90);
    /// The highest availability need of the data it stores, handles or carries, and its own criticality.
    pub const HIGHEST_AVAILABILITY: FactId = FactId(91);
    /// The trust of the innermost enclosing boundary that states one.
    pub const ZONE_TRUST: FactId = FactId(92);
    /// Whether it is not redundant and others depend on it: at least one other component calls it, and the data or the component is of high availability need.
    pub const SINGLE_POINT_OF_FAILURE: FactId = FactId(93);
    /// How many other components whoever controls it can go on to, along flows, through the identities it acts as and to what shares its host; counted up to 100.
    pub const BLAST_RADIUS: FactId = FactId(94);
    /// Whether it shares a runtime (host, container platform, server process) with another component.
    pub const SHARES_RUNTIME: FactId = FactId(95);
    /// Whether a runtime it shares also runs components of another trust boundary.
    pub const RUNTIME_MIXES_ZONES: FactId = FactId(96);
    /// Whether its innermost network boundary also holds components that it has no flow with.
    pub const SHARES_SEGMENT: FactId = FactId(97);
    /// Whether its innermost network boundary also holds components that handle data of a lower classification and have no flow with it.
    pub const SEGMENT_MIXES_SENSITIVITY: FactId = FactId(98);
    /// Whether it is part of what is analysed. A flow is in scope when one of its ends is.
    pub const IN_SCOPE: FactId = FactId(99);
    /// Whether source and target do not have the same innermost trust boundary, nested boundaries taken into account.
    pub const CROSSES_BOUNDARY: FactId = FactId(100);
    /// Whether it leaves or enters a boundary of a network kind: anything but host, execution environment and process.
    pub const CROSSES_NETWORK: FactId = FactId(101);
    /// Whether it goes from a zone of lower trust into one of higher trust.
    pub const RISES_IN_TRUST: FactId = FactId(102);
    /// Whether its source is on the internet: in an untrusted boundary, an external entity outside every boundary, or a program whose users are there. Unknown where a boundary around people says neither.
    pub const FROM_INTERNET: FactId = FactId(103);
    /// Whether it passes a public network: stated, or one end is on the internet, or it joins two sites, accounts or organisations without a private link.
    pub const PASSES_INTERNET: FactId = FactId(104);
    /// Whether its source is a person or a client that a person uses.
    pub const FROM_PERSON: FactId = FactId(105);
    /// Whether it never leaves the machine: in-process, inter-process or file-system access.
    pub const STAYS_LOCAL: FactId = FactId(106);
    /// Whether it is encrypted on its way, by statement or by protocol.
    pub const ENCRYPTED: FactId = FactId(107);
    /// Whether the target knows who calls: any authentication but none and network location.
    pub const AUTHENTICATED: FactId = FactId(108);
    /// Whether the target decides what the caller may do.
    pub const AUTHORISED: FactId = FactId(109);
    /// Whether an identity that the source uses on it may administer its target.
    pub const ACTS_AS_ADMINISTRATOR: FactId = FactId(110);
    /// Whether components of clearly different sensitivity (two classifications apart) live directly inside it.
    pub const MIXES_TRUST: FactId = FactId(111);
    /// Whether a component directly inside it is exposed to the internet.
    pub const HOLDS_EXPOSED: FactId = FactId(112);
    /// Whether any component or flow mentions it.
    pub const USED: FactId = FactId(113);
    /// Whether it may do more than `needs_only` says it needs. Unknown when `needs_only` is not stated.
    pub const EXCESS_PRIVILEGE: FactId = FactId(114);
}

/// The relations by name, for code that walks one of them.
pub mod relation {
    use super::Relation;
    /// Flows whose target it is (and two-way flows that it starts).
    pub const COMPONENT_INBOUND: Relation = Relation(0);
    /// Flows whose source it is (and two-way flows that end at it).
    pub const COMPONENT_OUTBOUND: Relation = Relation(1);
    /// Its innermost trust boundary.
    pub const COMPONENT_BOUNDARY: Relation = Relation(2);
    /// All trust boundaries around it, innermost first.
    pub const COMPONENT_BOUNDARIES: Relation = Relation(3);
    /// Everything it stores, handles, sends or receives.
    pub const COMPONENT_DATA: Relation = Relation(4);
    /// Data it keeps.
    pub const COMPONENT_STORES: Relation = Relation(5);
    /// Data it processes.
    pub const COMPONENT_HANDLES: Relation = Relation(6);
    /// Data in its configuration.
    pub const COMPONENT_CONFIGURED_WITH: Relation = Relation(7);
    /// Identities it acts with.
    pub const COMPONENT_RUNS_AS: Relation = Relation(8);
    /// People and roles who use it.
    pub const COMPONENT_USED_BY: Relation = Relation(9);
    /// Identities that may administer it.
    pub const COMPONENT_ADMINISTRATORS: Relation = Relation(10);
    /// Identities that may read its data.
    pub const COMPONENT_READERS: Relation = Relation(11);
    /// Identities that may change its data.
    pub const COMPONENT_WRITERS: Relation = Relation(12);
    /// Components that a network rule made for them lets through to it, though nothing shows that they call it.
    pub const COMPONENT_IDLE_SOURCES: Relation = Relation(13);
    /// Components that share a runtime with it.
    pub const COMPONENT_RUNTIME_NEIGHBOURS: Relation = Relation(14);
    /// Where it starts.
    pub const FLOW_SOURCE: Relation = Relation(15);
    /// Where it ends.
    pub const FLOW_TARGET: Relation = Relation(16);
    /// All it carries, either way.
    pub const FLOW_DATA: Relation = Relation(17);
    /// Data from source to target.
    pub const FLOW_CARRIES: Relation = Relation(18);
    /// Data from target to source.
    pub const FLOW_RETURNS: Relation = Relation(19);
    /// Identities the source uses.
    pub const FLOW_ACTS_AS: Relation = Relation(20);
    /// Boundaries it leaves and enters, in order.
    pub const FLOW_CROSSED: Relation = Relation(21);
    /// The boundary around it.
    pub const BOUNDARY_PARENT: Relation = Relation(22);
    /// Components directly inside it.
    pub const BOUNDARY_MEMBERS: Relation = Relation(23);
    /// Flows that leave or enter it.
    pub const BOUNDARY_CROSSING: Relation = Relation(24);
    /// Components that keep it.
    pub const DATA_STORED_IN: Relation = Relation(25);
    /// Components that process it.
    pub const DATA_HANDLED_BY: Relation = Relation(26);
    /// Flows that carry it, either way.
    pub const DATA_CARRIED_BY: Relation = Relation(27);
    /// Identities it lets its holder act as.
    pub const DATA_UNLOCKS: Relation = Relation(28);
    /// Components that act with it.
    pub const IDENTITY_USED_BY_COMPONENTS: Relation = Relation(29);
    /// Components it may use.
    pub const IDENTITY_MAY_USE: Relation = Relation(30);
    /// Components whose data it may read.
    pub const IDENTITY_MAY_READ: Relation = Relation(31);
    /// Components whose data it may change.
    pub const IDENTITY_MAY_WRITE: Relation = Relation(32);
    /// Components it may administer.
    pub const IDENTITY_MAY_ADMINISTER: Relation = Relation(33);
    /// Identities it may act as.
    pub const IDENTITY_MAY_ASSUME: Relation = Relation(34);
    /// Data that lets its holder act as it.
    pub const IDENTITY_CREDENTIALS: Relation = Relation(35);
    /// All components.
    pub const SYSTEM_COMPONENTS: Relation = Relation(36);
    /// All flows.
    pub const SYSTEM_FLOWS: Relation = Relation(37);
    /// All data assets.
    pub const SYSTEM_DATA: Relation = Relation(38);
    /// All identities.
    pub const SYSTEM_IDENTITIES: Relation = Relation(39);
}
