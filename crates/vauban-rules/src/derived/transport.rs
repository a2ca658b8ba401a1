//! What a flow's statements and protocol say about encryption, authentication and authorisation.

use vauban_model::vocabulary::{Domain, fact};

use super::{put_bool, symbol};
use crate::bits::{Column, Truth};
use crate::facts::Facts;

/// Protocols that are encrypted by their nature.
const ENCRYPTED: &[&str] = &[
    "https",
    "wss",
    "http3",
    "grpc-tls",
    "sql-tls",
    "nosql-tls",
    "ldaps",
    "smtps",
    "imaps",
    "pop3s",
    "ftps",
    "sftp",
    "scp",
    "ssh",
    "smb-encrypted",
    "mqtts",
    "amqps",
    "kafka-tls",
    "redis-tls",
    "dns-over-tls",
    "syslog-tls",
    "coaps",
    "webrtc",
    "binary-tls",
    "text-tls",
    "kubernetes-api",
    "cloud-api",
    "oidc",
    "saml",
    "scim",
    "vpn",
    "ipsec",
    "tls",
];

/// Protocols that are never encrypted by themselves. All others may or may not be.
const PLAIN: &[&str] = &[
    "http", "ws", "ftp", "telnet", "ldap", "pop3", "imap", "nfs", "snmp", "syslog", "ntp", "dns", "coap", "modbus",
    "can", "vnc", "serial",
];

/// `encrypted`, `authenticated`, `authorised`.
pub(super) fn flows(facts: &mut Facts<'_>) {
    let count = facts.count(Domain::Flow);
    let none = symbol(fact::ENCRYPTION, "none");
    let encrypted_protocols: Vec<u16> = ENCRYPTED.iter().map(|word| symbol(fact::PROTOCOL, word)).collect();
    let plain_protocols: Vec<u16> = PLAIN.iter().map(|word| symbol(fact::PROTOCOL, word)).collect();
    let encrypted = Column::of(count, |flow| {
        if let Some(stated) = facts.symbol(Domain::Flow, fact::ENCRYPTION, flow) {
            return Truth::of(Some(stated != none));
        }
        match facts.symbol(Domain::Flow, fact::PROTOCOL, flow) {
            Some(protocol) if encrypted_protocols.contains(&protocol) => Truth::True,
            Some(protocol) if plain_protocols.contains(&protocol) => Truth::False,
            _ => Truth::Unknown,
        }
    });
    let weak = ["none", "network-location"].map(|word| symbol(fact::AUTHENTICATION, word));
    let authenticated = Column::of(count, |flow| {
        Truth::of(facts.symbol(Domain::Flow, fact::AUTHENTICATION, flow).map(|stated| !weak.contains(&stated)))
    });
    let no_rights = symbol(fact::AUTHORISATION, "none");
    let authorised = Column::of(count, |flow| {
        Truth::of(facts.symbol(Domain::Flow, fact::AUTHORISATION, flow).map(|stated| stated != no_rights))
    });
    put_bool(facts, Domain::Flow, fact::ENCRYPTED, encrypted);
    put_bool(facts, Domain::Flow, fact::AUTHENTICATED, authenticated);
    put_bool(facts, Domain::Flow, fact::AUTHORISED, authorised);
}
