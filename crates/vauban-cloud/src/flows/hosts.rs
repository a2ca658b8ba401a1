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
}

/// Words in keys that say the value is an address.
const HINTS: [&str; 17] = [
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
];

/// Words in keys that say it is none, whatever else they say.
const NO_HINTS: [&str; 12] = [
    "user", "password", "passwd", "secret", "token", "provider", "name", "_db", "database", "schema", "topic", "bucket",
];

/// Whether a key says that its value is an address.
pub(super) fn key_hints_address(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    HINTS.iter().any(|hint| key.contains(hint))
        && (key.contains("hostname") || key.contains("host_name") || !NO_HINTS.iter().any(|word| key.contains(word)))
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
    let pieces = text.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '"' | '\'' | '|'));
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        // `--from=http://x` and `KEY=x:80` of command lines.
        let piece = match piece.split_once('=') {
            Some((before, after)) if !before.contains("://") && !before.contains('/') => after,
            _ => piece,
        };
        match piece.split_once("://") {
            Some((scheme, rest)) => {
                let scheme = scheme.rsplit(':').next().unwrap_or(scheme).to_ascii_lowercase();
                let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
                let authority = authority.rsplit('@').next().unwrap_or(authority);
                if let Some((name, port)) = host_port(authority) {
                    push(Host { name, port, scheme: Some(scheme), shaped: true });
                }
            }
            None => {
                let first = piece.split('/').next().unwrap_or(piece);
                let first = first.rsplit('@').next().unwrap_or(first);
                if let Some((name, port)) = host_port(first) {
                    let shaped = port.is_some();
                    if shaped || hinted {
                        push(Host { name, port, scheme: None, shaped });
                    }
                }
            }
        }
    }
    out
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
        && name.chars().any(|letter| letter.is_ascii_alphabetic());
    good.then(|| (name.to_owned(), port))
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
