//! Host names in configured texts.

/// A host that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) port: Option<u16>,
    /// The scheme in lower case, of URLs.
    pub(super) scheme: Option<String>,
    /// Whether the text has the shape of an address by itself.
    pub(super) shaped: bool,
    /// Whether it may be an address of mail.
    pub(super) mail: bool,
}

/// Words in keys that say the value is an address.
const HINTS: [&str; 18] = [
    "addr",
    "host",
    "url",
    "uri",
    "endpoint",
    "dsn",
    "broker",
    "server",
    "connection",
    "bootstrap",
    "upstream",
    "origin",
    "target",
    "domain",
    "nodes",
    "peers",
    "jdbc",
    "contactpoints",
];

/// Last words of keys whose value is none.
const NO_HINTS: [&str; 14] = [
    "user", "password", "passwd", "secret", "token", "provider", "name", "db", "database", "schema", "topic", "bucket",
    "type", "driver",
];

/// Ends of keys whose value is an address, whatever the key says before.
const ENDS: [&str; 21] = [
    "host",
    "hosts",
    "hostname",
    "hostnames",
    "host_name",
    "server",
    "servers",
    "addr",
    "addrs",
    "address",
    "addresses",
    "url",
    "urls",
    "uri",
    "uris",
    "endpoint",
    "endpoints",
    "broker",
    "brokers",
    "dsn",
    "peers",
];

/// Words in keys whose value is the name under which something is known itself, and not whom it calls.
const OWN_NAMES: [&str; 22] = [
    "virtual",
    "vhost",
    "allowed",
    "trusted",
    "letsencrypt",
    "external",
    "public",
    "canonical",
    "site",
    "base",
    "app",
    "advertised",
    "listen",
    "bind",
    "cors",
    "ingress",
    "self",
    "redirect",
    "callback",
    "cookie",
    "issuer",
    "root",
];

/// What the last letters of names of files are, of those that have the shape of a domain.
const FILES: [&str; 24] = [
    "yml",
    "yaml",
    "json",
    "properties",
    "conf",
    "config",
    "cfg",
    "ini",
    "toml",
    "xml",
    "txt",
    "log",
    "env",
    "py",
    "js",
    "ts",
    "rb",
    "php",
    "jar",
    "pem",
    "crt",
    "key",
    "sock",
    "sql",
];

/// What a key says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    /// Nothing.
    None,
    /// It may well be an address.
    Address,
    /// It is the address of somebody who is called: the last word says so.
    Called,
}

/// What a key says of its value. Its last word decides: `DATABASE_HOST` is a host, `HOST_USER` a user.
pub(super) fn hint(key: &str) -> Hint {
    let mut lower = String::with_capacity(key.len() + 4);
    let mut before = ' ';
    for letter in key.chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            lower.push('_');
        }
        lower.push(if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' });
        before = letter;
    }
    let lower = lower.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
    // Said of nobody else, it is one's own.
    if matches!(lower, "host" | "hostname" | "host_name" | "server_name" | "kc_hostname" | "domain_host") {
        return Hint::Address;
    }
    if ENDS.iter().any(|end| lower.ends_with(end)) {
        let own = lower.split('_').any(|word| OWN_NAMES.contains(&word));
        return if own { Hint::Address } else { Hint::Called };
    }
    // What the last word says it is none of, it is not: `HOST_USER`. Connection strings are named after what they open.
    let last = lower.rsplit('_').find(|word| !word.is_empty()).unwrap_or_default();
    let plain: String = lower.chars().filter(|letter| *letter != '_').collect();
    if plain.contains("connectionstring")
        || HINTS.iter().any(|hint| plain.contains(hint)) && !NO_HINTS.iter().any(|word| last.ends_with(word))
    {
        return Hint::Address;
    }
    Hint::None
}

/// The hosts that a text names. A bare word counts only when the key hints at an address.
pub(super) fn hosts(text: &str, hinted: bool) -> Vec<Host> {
    const MOST: usize = 16;
    let mut out: Vec<Host> = Vec::new();
    let mut push = |host: Host| {
        if !out.contains(&host) && out.len() < MOST {
            out.push(host);
        }
    };
    let parts = keyed(text);
    let pieces = text.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '"' | '\'' | '|'));
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        // In a connection string, what stands under the key for it is an address.
        let host = piece.split_once('=').is_some_and(|(key, _)| is_host_key(key));
        let stated = parts && host;
        // `--from=http://x` and `KEY=x:80` of command lines.
        let piece = match piece.split_once('=') {
            Some((before, after)) if !before.contains("://") && !before.contains('/') => after,
            _ => piece,
        };
        let piece = match host {
            // `tcp:sql`, `sql\INSTANCE`, `np:…`: the protocol before, the instance behind.
            true => ["tcp:", "lpc:", "admin:"].iter().find_map(|mark| piece.strip_prefix(mark)).unwrap_or(piece),
            // `jdbc:oracle:thin:@//host:1521/X` and `…@host:1521:SID`.
            false => piece.split_once("thin:@").map_or(piece, |(_, rest)| oracle(rest)),
        };
        let piece = piece.split('\\').next().unwrap_or(piece);
        match piece.split_once("://") {
            Some((scheme, rest)) => {
                let scheme = scheme.rsplit(':').next().unwrap_or(scheme).to_ascii_lowercase();
                // `dns:///db:50051`: names that a client looks up itself.
                let rest = if scheme == "dns" { rest.trim_start_matches('/') } else { rest };
                let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
                let authority = authority.rsplit('@').next().unwrap_or(authority);
                if let Some((name, port)) = host_port(authority) {
                    push(Host { name, port, scheme: Some(scheme), shaped: true, mail: false });
                }
            }
            None => {
                // `user:password@tcp(db:3306)/shop`: as Go's drivers are told.
                let inner = ["@tcp(", "@udp("].iter().find_map(|mark| piece.split_once(mark));
                let piece = inner.map_or(piece, |(_, rest)| rest.split(')').next().unwrap_or(rest));
                let first = piece.split('/').next().unwrap_or(piece);
                let first = first.rsplit('@').next().unwrap_or(first);
                if let Some((name, port)) = host_port(first) {
                    let shaped = port.is_some() || stated;
                    if shaped || hinted {
                        push(Host { name, port, scheme: None, shaped, mail: piece.contains('@') });
                    }
                }
            }
        }
    }
    out
}

/// Whether a text is a connection string of keys and values: it names a host, and a database or user beside it.
fn keyed(text: &str) -> bool {
    const BESIDE: [&str; 12] = [
        "database",
        "initialcatalog",
        "userid",
        "uid",
        "user",
        "username",
        "password",
        "pwd",
        "port",
        "dbname",
        "integratedsecurity",
        "encrypt",
    ];
    let keys = || text.split(';').filter_map(|part| part.split_once('=')).map(|(key, _)| plain(key));
    text.contains(';') && keys().any(|key| is_host_key(&key)) && keys().any(|key| BESIDE.contains(&key.as_str()))
}

/// A key of a connection string without case and blanks.
fn plain(key: &str) -> String {
    key.chars().filter(|letter| !letter.is_whitespace()).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Whether a key of a connection string, or its last word, holds the host: ADO.NET, Npgsql, MySQL Connector/NET.
fn is_host_key(key: &str) -> bool {
    matches!(&*plain(key), "server" | "host" | "datasource" | "source" | "address" | "addr" | "networkaddress")
}

/// Host and port of what follows `thin:@` in an address of Oracle: `//host:1521/X`, `host:1521:SID`.
fn oracle(rest: &str) -> &str {
    let rest = rest.trim_start_matches("tcps:").trim_start_matches("tcp:").trim_start_matches("//");
    let end = rest.find('/').or_else(|| rest.match_indices(':').nth(1).map(|(at, _)| at));
    end.and_then(|end| rest.get(..end)).unwrap_or(rest)
}

/// `host` or `host:port`.
fn host_port(text: &str) -> Option<(String, Option<u16>)> {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) => match port.parse() {
            Ok(number) => (name, Some(number)),
            // A placeholder for the port still is a port.
            Err(_) if port.starts_with("${") || port.is_empty() => (name, None),
            Err(_) => return None,
        },
        None => (text, None),
    };
    let good = !name.is_empty()
        && name.len() <= 253
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_'))
        && (name.chars().any(|letter| letter.is_ascii_alphabetic()) || name.parse::<core::net::Ipv4Addr>().is_ok());
    good.then(|| (name.to_owned(), port))
}

/// Whether a name has the shape of a domain of somebody's, and not of a file.
pub(super) fn is_domain(name: &str) -> bool {
    is_public(name) && !name.rsplit('.').next().is_some_and(|end| FILES.contains(&end.to_ascii_lowercase().as_str()))
}

/// Whether a host name is one of the public network: a domain with a known kind of ending, not a file or a local name.
pub(crate) fn is_public(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if lower == "localhost" || lower.ends_with(".local") || lower.ends_with(".internal") || lower.contains(".svc") {
        return false;
    }
    let Some((_, ending)) = lower.rsplit_once('.') else { return false };
    ending.len() >= 2 && ending.chars().all(|letter| letter.is_ascii_alphabetic())
}
