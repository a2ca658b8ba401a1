//! What texts say about credentials: scripts that set passwords, keys of a known form, connection strings.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};

/// A password that a start script gives to a user of the operating system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SetPassword {
    /// The user.
    pub(super) user: String,
    /// The password, or `${name}` where it is not known.
    pub(super) password: String,
}

/// The passwords that a start script sets, and whether it lets people sign in with them over the network.
pub(super) fn passwords_set(script: &str) -> (Vec<SetPassword>, bool) {
    let mut found = Vec::new();
    let mut add = |user: &str, password: &str| {
        let clean = |text: &str| text.trim().trim_matches(|c| matches!(c, '"' | '\'')).to_owned();
        let (user, password) = (clean(user), clean(password));
        if !user.is_empty() && !password.is_empty() && !password.starts_with('$') | password.starts_with("${") {
            found.push(SetPassword { user, password });
        }
    };
    let mut heredoc = false;
    let mut cloud_list = false;
    let mut default_user_password = None;
    for line in script.lines() {
        let trimmed = line.trim();
        if heredoc {
            match trimmed.split_once(':') {
                Some((user, password)) if !user.contains(' ') => add(user, password),
                _ => heredoc = false,
            }
            continue;
        }
        if cloud_list {
            let entry = trimmed.trim_start_matches("- ");
            if matches!(entry.split(':').next(), Some("list" | "users" | "expire")) {
                continue;
            }
            match entry.split_once(':') {
                Some((user, password)) if !user.contains(' ') && !password.trim().is_empty() => {
                    add(user, password);
                    continue;
                }
                _ => cloud_list = false,
            }
        }
        if trimmed == "chpasswd:" {
            cloud_list = true;
        } else if let Some(at) = command(trimmed, "chpasswd") {
            let (before, after) = trimmed.split_at(at);
            if after.contains("<<<") {
                if let Some((user, password)) =
                    after.rsplit("<<<").next().and_then(|word| unquoted(word).split_once(':'))
                {
                    add(user, password);
                }
            } else if after.contains("<<") {
                heredoc = true;
            } else if let Some(said) =
                before.trim_end().strip_suffix("sudo").unwrap_or(before).trim_end().strip_suffix('|')
                && let Some((user, password)) = echoed(said).and_then(|said| unquoted(said).split_once(':'))
            {
                add(user, password);
            }
        } else if let Some(at) = command(trimmed, "passwd")
            && let Some((said, _)) = trimmed.get(..at).and_then(|before| before.rsplit_once('|'))
            && let Some(said) = echoed(said)
        {
            let set = trimmed.get(at..).unwrap_or_default();
            let user = set.split_whitespace().skip(1).find(|word| !word.starts_with('-'));
            let password = unquoted(said);
            let password = password.split("\\n").next().unwrap_or(password);
            add(user.unwrap_or("root"), password);
        } else if let Some(words) = trimmed.strip_prefix("net user ").or_else(|| trimmed.strip_prefix("NET USER ")) {
            let mut words = words.split_whitespace();
            if let (Some(user), Some(password)) = (words.next(), words.next())
                && !password.starts_with('/')
            {
                add(user, password);
            }
        } else if let Some(password) = line.strip_prefix("password:") {
            default_user_password = Some(password.trim());
        }
    }
    if let Some(password) = default_user_password
        && script.trim_start().starts_with("#cloud-config")
    {
        add("the default user", password);
    }
    let lower = script.to_ascii_lowercase();
    // The last word on it decides: an edit in place names the old value first.
    let open = lower.rsplit("passwordauthentication").next().is_some_and(|rest| {
        lower.len() > rest.len() && rest.trim_start().starts_with("yes")
    })
        || lower.lines().any(|line| matches!(line.trim().split_once(':'), Some(("ssh_pwauth", on)) if matches!(on.trim(), "true" | "yes")));
    (found, open)
}

/// Where a command begins in a line, when it stands there as a word of its own.
fn command(line: &str, word: &str) -> Option<usize> {
    line.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = line.get(..*at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        before.is_none_or(|c| c.is_whitespace() || matches!(c, '|' | '/' | ';' | '&'))
            && after.is_none_or(|c| c.is_whitespace() || matches!(c, '<' | ';'))
    })
}

/// What an `echo` or `printf` before a pipe says.
fn echoed(said: &str) -> Option<&str> {
    let said = said.rsplit([';', '&']).next().unwrap_or(said).trim();
    let said = said.strip_prefix("sudo ").unwrap_or(said);
    let mut rest = said.strip_prefix("echo").or_else(|| said.strip_prefix("printf"))?.trim();
    while let Some(option) = ["-e ", "-n ", "-ne ", "-en "].into_iter().find_map(|option| rest.strip_prefix(option)) {
        rest = option.trim_start();
    }
    Some(rest)
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(|c| matches!(c, '"' | '\'')).trim_end_matches("\\n")
}

/// Identifiers of AWS access keys that stand in a text; documentation's own examples do not count.
pub(super) fn access_key_ids(text: &str) -> impl Iterator<Item = &str> {
    const LENGTH: usize = 20;
    text.match_indices("AKIA").filter_map(|(at, _)| {
        let id = text.get(at..at + LENGTH)?;
        let edge = |c: char| c.is_ascii_alphanumeric();
        let before = text.get(..at)?.chars().next_back();
        let after = text.get(at + LENGTH..)?.chars().next();
        (id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && !id.ends_with("EXAMPLE")
            && !before.is_some_and(edge)
            && !after.is_some_and(edge))
        .then_some(id)
    })
}

/// The password and host of each connection string `scheme://user:password@host` in a text.
pub(super) fn connection_strings(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices("://").filter_map(|(at, _)| {
        let rest = text.get(at + 3..)?;
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '/' | '<' | '>')).unwrap_or(rest.len());
        let (login, host) = rest.get(..end)?.rsplit_once('@')?;
        let (_, password) = login.split_once(':')?;
        let host = host.split([':', ',']).next().unwrap_or(host);
        (!password.is_empty()).then_some((password, host))
    })
}

/// The passwords of connection strings that are lists of settings: `Server=db;User Id=sa;Password=…`, `AccountKey=…`.
pub(super) fn passwords_of_settings(text: &str) -> Vec<(&str, &str)> {
    const NAMES: [&str; 5] = ["password", "pwd", "accountkey", "sharedaccesskey", "accesskey"];
    let split =
        |by: char| -> Vec<(&str, &str)> { text.split(by).filter_map(|pair| pair.trim().split_once('=')).collect() };
    // Clients of Redis put commas between theirs, after the hosts: `cache:6379,password=…,ssl=true`.
    let commas = text.split(',').next().is_some_and(|host| !host.contains('=') && host.contains(':'));
    let pairs = if commas && !text.contains(';') { split(',') } else { split(';') };
    if pairs.len() < 2 && !commas {
        return Vec::new();
    }
    let named = |name: &str| NAMES.contains(&name.trim().to_ascii_lowercase().as_str());
    pairs.into_iter().filter(|(name, value)| named(name) && is_password(value.trim())).collect()
}

/// Addresses that are a credential themselves: whoever has one may post as its owner. What stands before the secret part.
const SECRET_ADDRESSES: [(&str, &str); 6] = [
    ("webhook of Slack", "hooks.slack.com/services/"),
    ("webhook of Slack", "hooks.slack.com/workflows/"),
    ("webhook of Discord", "discord.com/api/webhooks/"),
    ("webhook of Discord", "discordapp.com/api/webhooks/"),
    ("webhook of Teams", "webhook.office.com/webhookb2/"),
    ("token of Telegram", "api.telegram.org/bot"),
];

/// The secret parts of addresses that are credentials, with what each is.
pub(super) fn secret_addresses(text: &str) -> Vec<(&'static str, &str)> {
    let found = SECRET_ADDRESSES.iter().filter_map(|(name, before)| {
        let rest = text.get(text.find(before)? + before.len()..)?;
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '?')).unwrap_or(rest.len());
        let secret = rest.get(..end)?;
        let blank = |part: &str| {
            let lower = part.to_ascii_lowercase();
            lower.contains("your")
                || lower.contains("webhook")
                || part.len() > 6 && lower.chars().skip(1).all(|c| matches!(c, 'x' | '0'))
        };
        let real = secret.len() >= 16 && !secret.contains("${") && !secret.split('/').any(blank);
        real.then_some((*name, secret))
    });
    found.collect()
}

/// The passwords that a command line is given, with their options: `--requirepass …`, `--password=…`.
pub(super) fn passwords_of_options(line: &str) -> Vec<(&str, &str)> {
    let mut words = line.split_whitespace().peekable();
    let mut out = Vec::new();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix("--") else { continue };
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (option, words.peek().copied().filter(|next| !next.starts_with('-'))),
        };
        let Some(value) = value.map(unquoted) else { continue };
        if is_secret_setting(name, value) || (name == "requirepass" && is_password(value)) {
            out.push((name, value));
        }
    }
    out
}

/// A text for people: what signs in, without the passwords that stand in it. A password is hidden wherever it stands. One that
/// is likely a word of its own stays readable where it is what somebody or something is called, as in
/// `postgres://shop:shop@shop-db`: the user, the host or the database of the address that it opens.
pub(crate) fn without_passwords(text: &str) -> String {
    /// So many passwords are looked for at other places: the first ones, of which a text for people shows most.
    const SEARCHED: usize = 64;
    let options = passwords_of_options(text).into_iter().map(|(_, value)| value);
    let settings = passwords_of_settings(text).into_iter().map(|(_, value)| value.trim());
    // `host=db password=…`, as some drivers write it, and `?user=…&password=…` behind an address.
    let commas = host_before_settings(text).is_some();
    let parts = |letter: char| letter.is_whitespace() || matches!(letter, '?' | '&' | ';') || commas && letter == ',';
    let pairs = text.split(parts).filter_map(|word| word.split_once('='));
    let words = pairs.filter(|(name, _)| names_secret(name) || names_pass(name));
    let words = words.map(|(_, value)| value.trim_matches(|letter| matches!(letter, '"' | '\'')));
    let secrets = secret_addresses(text).into_iter().map(|(_, secret)| secret);
    let addresses = addresses(text);
    // `scheme://user:…@host` and `user:…@tcp(host)`.
    let logins = addresses.iter().filter_map(|address| {
        let (login, host) = address.rsplit_once('@')?;
        let login = login.rsplit_once("://").map_or(login, |(_, login)| login);
        let (_, password) = login.split_once(':')?;
        // An address of mail has no password before it, and an image's digest is none.
        (!host.is_empty() && !host.starts_with("sha256:")).then_some(password)
    });
    let mut found: Vec<&str> = options.chain(settings).chain(words).chain(secrets).chain(logins).collect();
    found.retain(|password| !password.is_empty() && !password.starts_with("${"));
    found.sort_unstable_by_key(|password| place(text, password));
    let names = names(text, &addresses);
    let mut places: Vec<(usize, usize)> = found.iter().map(|password| place(text, password)).collect();
    for password in found.iter().take(SEARCHED) {
        // A name may end as one of a password does and be a switch.
        if ["true", "false", "none", "null"].iter().any(|word| password.eq_ignore_ascii_case(word)) {
            continue;
        }
        let own = place(text, password);
        let alone = !names.iter().any(|name| name.of.is_some_and(|of| within(own, of)));
        let called = |at: (usize, usize)| {
            let until = names.partition_point(|name| name.at.0 <= at.0);
            // The last ones that begin before it: few stand within each other.
            let mut near = names.get(..until).unwrap_or_default().iter().rev().take(4);
            near.any(|name| within(at, name.at) && (alone || name.of.is_none_or(|of| within(own, of))))
        };
        let secret = looks_secret(password);
        for (at, part) in text.match_indices(*password) {
            let at = (at, at + part.len());
            // A short one stands in many a word by chance.
            if secret || (part.len() >= 4 || is_word(text, at)) && !called(at) {
                places.push(at);
            }
        }
    }
    places.sort_unstable();
    let (mut out, mut from) = (String::with_capacity(text.len()), 0usize);
    for (at, to) in places {
        if to <= from {
            continue;
        }
        // One that begins within another is hidden with it.
        if at >= from {
            out.push_str(text.get(from..at).unwrap_or_default());
            out.push_str("***");
        }
        from = to;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Where a part of a text stands in it: from and to, in bytes.
fn place(text: &str, part: &str) -> (usize, usize) {
    let at = part.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    (at, at + part.len())
}

fn within((from, to): (usize, usize), outer: (usize, usize)) -> bool {
    outer.0 <= from && to <= outer.1
}

/// Whether no letter and no digit stands beside a place of a text.
fn is_word(text: &str, (from, to): (usize, usize)) -> bool {
    let before = text.get(..from).and_then(|text| text.chars().next_back());
    let after = text.get(to..).and_then(|text| text.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// Whether a name is one of a password in the short form: `pass`, `db_pass`, `dbPass`.
fn names_pass(name: &str) -> bool {
    let before = name.strip_suffix("Pass").or_else(|| {
        let lower = name.strip_suffix("pass").or_else(|| name.strip_suffix("PASS"))?;
        (!lower.ends_with(|letter: char| letter.is_ascii_alphanumeric())).then_some(lower)
    });
    before.is_some()
}

/// The addresses that stand in a text, one by one, where they stand between commas too: `amqp://…,amqp://…`.
fn addresses(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let pieces = text.split(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '<' | '>'));
    for piece in pieces.filter(|piece| piece.contains("://") || piece.contains('@')) {
        let mut left = piece;
        loop {
            // The hosts of one may be several, with commas between them.
            let next = left.find("://").and_then(|at| {
                let rest = left.get(at + 3..)?;
                Some(at + 3 + rest.get(..rest.find("://")?)?.rfind(',')?)
            });
            let Some(next) = next else { break };
            out.push(left.get(..next).unwrap_or_default());
            left = left.get(next + 1..).unwrap_or_default();
        }
        out.push(left);
    }
    out
}

/// A part of a text that says what somebody or something is called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    /// Where it stands.
    at: (usize, usize),
    /// Where the address stands that it is a part of; none for a setting.
    of: Option<(usize, usize)>,
}

/// The host before its settings, with commas between all: `cache:6379,password=…`.
fn host_before_settings(text: &str) -> Option<&str> {
    let (host, _) = text.split_once(',')?;
    let other = |letter: char| letter.is_whitespace() || matches!(letter, '=' | '@' | '/');
    (host.contains(':') && !host.contains(other)).then_some(host)
}

/// The users, hosts and databases that a text names, in their order.
fn names(text: &str, addresses: &[&str]) -> Vec<Name> {
    const CALLED: [&str; 16] = [
        "user",
        "username",
        "userid",
        "uid",
        "id",
        "login",
        "host",
        "hostname",
        "server",
        "source",
        "datasource",
        "database",
        "databasename",
        "dbname",
        "db",
        "catalog",
    ];
    let mut out: Vec<Name> = Vec::new();
    for &address in addresses {
        let of = Some(place(text, address));
        let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
        let (login, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
        let user = login.split(':').next().unwrap_or_default();
        let ends = |letter: char| matches!(letter, '/' | '?' | ';' | '#' | '&');
        let host = rest.split(ends).next().unwrap_or_default();
        let path = rest.get(host.len()..).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
        let database = path.split(ends).next().unwrap_or_default();
        for part in [scheme, user, host, database] {
            out.push(Name { at: place(text, part), of });
        }
    }
    let words = text.split(|letter: char| letter.is_whitespace() || matches!(letter, '?' | '&' | ';' | ','));
    for (name, value) in words.filter_map(|word| word.split_once('=')) {
        if CALLED.contains(&letters(name).as_str()) {
            out.push(Name { at: place(text, value), of: None });
        }
    }
    let mut before = "";
    for word in text.split_whitespace() {
        if before
            .strip_prefix('-')
            .is_some_and(|option| CALLED.contains(&letters(option).as_str()) || matches!(option, "h" | "u" | "U" | "d"))
        {
            out.push(Name { at: place(text, word), of: None });
        }
        before = word;
    }
    if let Some(host) = host_before_settings(text) {
        out.push(Name { at: place(text, host), of: None });
    }
    // An empty part may be none of the text, and holds nothing.
    out.retain(|name| name.at.0 < name.at.1);
    out.sort_unstable();
    out
}

/// The text that stands in Base64, where it is one: over one line or several, with or without the signs at its end.
pub(crate) fn decoded(written: &str) -> Option<String> {
    const ANY_END: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY_END);
    let bare: String = written.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    String::from_utf8(ENGINE.decode(bare).ok()?).ok()
}

/// The words that stand in Base64, where they are some.
pub(super) fn from_base64(written: &str) -> Option<String> {
    let text = decoded(written)?;
    Some(text.trim_end().to_owned()).filter(|text| !text.is_empty() && !text.chars().any(char::is_control))
}

/// Whether a text may be a password itself, and is no reference to one and no remark.
pub(super) fn is_password(text: &str) -> bool {
    is_secret_setting("password", text)
}

/// Whether a literal is unlikely to stand somewhere by chance: long, or of several kinds of characters.
pub(super) fn looks_secret(text: &str) -> bool {
    if text.len() < super::book::WINDOW || text.contains("${") {
        return false;
    }
    let kinds = [
        text.bytes().any(|b| b.is_ascii_lowercase()),
        text.bytes().any(|b| b.is_ascii_uppercase()),
        text.bytes().any(|b| b.is_ascii_digit()),
        text.bytes().any(|b| !b.is_ascii_alphanumeric()),
    ];
    let kinds = kinds.into_iter().filter(|kind| *kind).count();
    kinds >= 3 || (kinds == 2 && text.len() >= 10) || text.len() >= 20
}

/// Ends of names of settings whose value is a password, and those whose value is a key or token.
const PASSWORD_ENDS: [&str; 4] = ["password", "passwd", "passphrase", "pwd"];
const KEY_ENDS: [&str; 9] = [
    "secret",
    "secretkey",
    "secretaccesskey",
    "secretkeybase",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "encryptionkey",
];

/// Whether a name is one of a password, key or token.
pub(super) fn names_secret(name: &str) -> bool {
    let plain = letters(name);
    PASSWORD_ENDS.iter().chain(&KEY_ENDS).any(|end| plain.ends_with(end))
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Whether a setting gives a credential as plain text: by its name, and by a value that is no reference, no place and no
/// remark that somebody has to fill it in. A password may be any word; a key or token has to look like one.
pub(super) fn is_secret_setting(name: &str, value: &str) -> bool {
    let plain = letters(name);
    let is_password = PASSWORD_ENDS.iter().any(|end| plain.ends_with(end));
    let is_key = KEY_ENDS.iter().any(|end| plain.ends_with(end));
    if !(is_password || is_key) || value.len() < 4 || value.chars().any(char::is_whitespace) {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let refers = ["${", "{{", "$(", "!ref", "@microsoft.keyvault("].iter().any(|mark| lower.contains(mark))
        || ["/", "./", "<", "[", "$", "arn:", "projects/", "http://", "https://", "vault:", "ssm:", "file:", "op://"]
            .iter()
            .any(|start| lower.starts_with(start));
    let blank = matches!(&*lower, "true" | "false" | "none" | "null" | "required" | "optional")
        || lower.chars().all(|c| matches!(c, '*' | 'x' | '.' | '-'))
        || ["your-", "your_", "placeholder", "replace", "dummy", "redacted", "todo"]
            .iter()
            .any(|w| lower.starts_with(w));
    // What the documentation of providers prints for everybody to copy opens nothing.
    let printed = lower.ends_with("example") || lower.ends_with("examplekey");
    if refers || blank || printed {
        return false;
    }
    let digits = lower.bytes().any(|b| b.is_ascii_digit());
    // A secret of a cluster has a name, and `default` and the like are names.
    let signs = ["jwt", "sign", "session", "cookie", "app", "key"].iter().any(|word| plain.contains(word))
        && !plain.contains("access");
    is_password
        || (looks_secret(value) && digits && !lower.contains("secretsmanager"))
        || signs && is_guessed_first(&lower)
}

/// Whether a text is what is tried first where a secret is expected: examples that nobody changed.
fn is_guessed_first(lower: &str) -> bool {
    const TRIED: [&str; 22] = [
        "admin",
        "admin123",
        "changeit",
        "changeme",
        "changeme123",
        "default",
        "dev",
        "guest",
        "insecure",
        "jwtsecret",
        "letmein",
        "mysecret",
        "mysecretkey",
        "mysecretpw",
        "mysecretpassword",
        "password",
        "postgres",
        "root",
        "s3cr3t",
        "secret",
        "secretkey",
        "supersecret",
    ];
    let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    TRIED.contains(&&*plain) || plain.bytes().all(|b| b.is_ascii_digit()) && "1234567890".starts_with(&*plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_credentials_by_name_and_value() {
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("STRIPE_SECRET_KEY", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"),
            ("Stripe__ApiKey", "4eC39HqLyjWDarjtT1zdp7dc"),
            ("SECRET_KEY", "abcdef0123456789abcdef"),
            ("JWT_SECRET", "changeme"),
            ("JWT_SECRET", "My-Secret-PW"),
            ("SESSION_SECRET", "123456"),
        ] {
            assert!(is_secret_setting(name, value), "{name}");
        }
        for (name, value) in [
            ("DB_PASSWORD_FILE", "/run/secrets/db"),
            ("DB_PASSWORD", "${DB_PASSWORD}"),
            ("DB_PASSWORD", "{{resolve:secretsmanager:x}}"),
            ("DB_PASSWORD", "<fill me in>"),
            ("API_TOKEN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x"),
            ("DB_SECRET", "orders-database-credentials"),
            ("RESET_PASSWORD", "true"),
            ("SECRET_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("PUBLIC_KEY", "4eC39HqLyjWDarjtT1zdp7dc"),
            ("TLS_SECRET", "shop-certificate"),
            ("K8S_TLS_SECRET", "default"),
            ("OAUTH_TOKEN", "default"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("TOKEN_URL", "https://example.com/4eC39HqLyjWDarjtT1zdp7dc"),
        ] {
            assert!(!is_secret_setting(name, value), "{name}={value}");
        }
    }

    fn set(script: &str) -> Vec<(String, String)> {
        passwords_set(script).0.into_iter().map(|set| (set.user, set.password)).collect()
    }

    #[test]
    fn passwords_of_the_operating_system_are_seen_in_their_usual_forms() {
        let pair = |user: &str, password: &str| vec![(user.to_owned(), password.to_owned())];
        assert_eq!(set("echo \"ec2-user:Hunter2!x\" | chpasswd"), pair("ec2-user", "Hunter2!x"));
        assert_eq!(set("echo 'ubuntu:${var.pw}' | sudo chpasswd"), pair("ubuntu", "${var.pw}"));
        assert_eq!(set("chpasswd <<< 'admin:abc'"), pair("admin", "abc"));
        assert_eq!(set("chpasswd <<EOF\nadmin:abc\nEOF\n"), pair("admin", "abc"));
        assert_eq!(set("echo s3cret | passwd --stdin root"), pair("root", "s3cret"));
        assert_eq!(set("echo -e \"s3cret\\ns3cret\" | passwd bob"), pair("bob", "s3cret"));
        assert_eq!(set("#cloud-config\nchpasswd:\n  list: |\n    admin:abc\n  expire: false\n"), pair("admin", "abc"));
        assert_eq!(set("net user Administrator P@ss /add"), pair("Administrator", "P@ss"));
    }

    #[test]
    fn scripts_that_only_talk_of_passwords_set_none() {
        assert_eq!(
            set("# run passwd later\nsed -i 's/PasswordAuthentication no/yes/' x\ncat /etc/passwd | grep root"),
            []
        );
        assert_eq!(set("echo \"$USER:$PASS\" | chpasswd"), []);
    }

    #[test]
    fn signing_in_with_a_password_is_seen_as_allowed() {
        assert!(passwords_set("sed -i 's/PasswordAuthentication no/PasswordAuthentication yes/g' f").1);
        assert!(passwords_set("#cloud-config\nssh_pwauth: true").1);
        assert!(!passwords_set("sed -i 's/PasswordAuthentication yes/PasswordAuthentication no/g' f").1);
    }

    #[test]
    fn connection_strings_give_password_and_host() {
        let found: Vec<_> = connection_strings("x postgresql://u:p%40ss@db:5432/shop y").collect();
        assert_eq!(found, [("p%40ss", "db")]);
        assert_eq!(connection_strings("https://example.com/a@b").count(), 0);
    }

    #[test]
    fn passwords_of_settings_and_command_lines_are_seen_and_references_are_not() {
        let ado = "Server=db;Database=x;User Id=sa;Password=Hunter2x!;";
        assert_eq!(passwords_of_settings(ado), [("Password", "Hunter2x!")]);
        let redis = "cache:6379,password=Hunter2x,ssl=True";
        assert_eq!(passwords_of_settings(redis), [("password", "Hunter2x")]);
        for none in ["Server=db;Password=${PW};", "Password=abc1", "Server=db;Password=<yours>;", "a=b;c=d"] {
            assert_eq!(passwords_of_settings(none), [], "{none}");
        }
        assert_eq!(passwords_of_options("redis-server --requirepass Hunter2x"), [("requirepass", "Hunter2x")]);
        assert_eq!(from_base64("SHVudGVyMng=").as_deref(), Some("Hunter2x"));
        assert_eq!((from_base64("${x}"), from_base64("/w==")), (None, None));
        assert_eq!(passwords_of_options("run --db-password='Hunter2x' -v"), [("db-password", "Hunter2x")]);
        for none in ["redis-server --requirepass $PW", "run --password-file /x", "run --password --verbose"] {
            assert_eq!(passwords_of_options(none), [], "{none}");
        }
    }

    #[test]
    fn texts_for_people_show_no_passwords() {
        for (text, shown) in [
            ("postgres://shop:Hunter2x@db:5432/x", "postgres://shop:***@db:5432/x"),
            ("u:Hunter2x@tcp(ledger:3306)/x", "u:***@tcp(ledger:3306)/x"),
            ("Server=ledger;User Id=sa;Password=Hunter2x!", "Server=ledger;User Id=sa;Password=***"),
            ("host=db:5432 password=Hunter2x", "host=db:5432 password=***"),
            ("http://ledger --password=Hunter2x", "http://ledger --password=***"),
            ("http://ledger:8080/x", "http://ledger:8080/x"),
            ("ledger:6379,password=Hunter2x,ssl=True", "ledger:6379,password=***,ssl=True"),
            ("https://hooks.slack.com/services/T0/B0/abcdefghijkl", "https://hooks.slack.com/services/***"),
            (
                "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
                "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
            ),
            ("https://example.com/services/T0/B0/abcdefghijkl", "https://example.com/services/T0/B0/abcdefghijkl"),
            ("postgres://shop:${PW}@db/x", "postgres://shop:${PW}@db/x"),
            ("shop/api@sha256:0123", "shop/api@sha256:0123"),
            // A password that is a word of the address is hidden where it is one, and nowhere else.
            ("postgres://postgres:postgres@postgres:5432/postgres", "postgres://postgres:***@postgres:5432/postgres"),
            (
                "postgres://db/shop?user=shop&password=shop&sslmode=off",
                "postgres://db/shop?user=shop&password=***&sslmode=off",
            ),
            ("redis://:a@cache:6379/0", "redis://:***@cache:6379/0"),
            // A weak one is hidden wherever it is no user, host or database of its own address, under whatever name.
            (
                "postgres://app:sommer24@db:5432/app?application_secret=sommer24",
                "postgres://app:***@db:5432/app?application_secret=***",
            ),
            (
                "postgres://app:sommer24@db/app?application_name=sommer24",
                "postgres://app:***@db/app?application_name=***",
            ),
            ("postgres://app:sommer24@db/sommer24", "postgres://app:***@db/sommer24"),
            ("run postgres://app:sommer24@db/x http://sommer24:80/", "run postgres://app:***@db/x http://***:80/"),
            ("host=db user=app db_password=sommer24", "host=db user=app db_password=***"),
            (
                "jdbc:mysql://db/x?trustStorePassword=sommer24&DB_PASS=regen&bypass=true",
                "jdbc:mysql://db/x?trustStorePassword=***&DB_PASS=***&bypass=true",
            ),
            ("host=shop-db user=shop password=shop dbname=shop", "host=shop-db user=shop password=*** dbname=shop"),
            ("Server=shop-db;User Id=shop;Password=shop", "Server=shop-db;User Id=shop;Password=***"),
            ("shop-cache:6379,password=shop,ssl=True", "shop-cache:6379,password=***,ssl=True"),
            // Of several addresses, with a comma in a password too.
            ("amqp://a:som,mer@one,amqp://b:regen@two", "amqp://a:***@one,amqp://b:***@two"),
            ("A=amqp://a:sommer@one\nB=amqp://b:regen@two", "A=amqp://a:***@one\nB=amqp://b:***@two"),
            ("mongodb://shop:shop@shop-0,shop-1/shop", "mongodb://shop:***@shop-0,shop-1/shop"),
            // One that is no word is hidden wherever it stands.
            ("amqp://u:Tr0ub4dor-3x@mq/Tr0ub4dor-3x", "amqp://u:***@mq/***"),
        ] {
            assert_eq!(without_passwords(text), shown, "{text}");
        }
    }

    #[test]
    fn access_keys_are_seen_unless_they_are_the_documentations() {
        assert_eq!(access_key_ids("k=AKIAABCDEFGHIJKLMNOP;").collect::<Vec<_>>(), ["AKIAABCDEFGHIJKLMNOP"]);
        assert_eq!(access_key_ids("AKIAIOSFODNN7EXAMPLE").count(), 0);
    }
}
