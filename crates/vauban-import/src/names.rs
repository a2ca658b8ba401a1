//! What the names of drawn things say about them, where the drawing says nothing else: `Orders DB (PostgreSQL)` is a
//! PostgreSQL, `Patient browser` a browser, `HTTPS: login` goes over HTTPS.
//!
//! A name is prose, so only three readings of it are taken, in this order:
//!
//! 1. A part of it is a technology: the whole name, or what stands in parentheses or behind a dash, a colon or a
//!    slash.
//! 2. The drawing says that it is a data store, and some words of the name are one.
//! 3. Its last words are a technology: in English the last word is what the thing is, those before it say which one.
//!    `Kafka consumer` is therefore no Kafka.
//!
//! Names that give an order (`Update database`) are those of processes and say what they do, not what they are.
//! Words that mean too many things are in [`EVERYDAY`] and [`NOTHING`].

mod roles;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::model::{Element, ElementRef, Fact, Model, Origin, Value, enumeration_of, symbol_of};
use vauban_model::vocabulary::{Domain, fact};
use vauban_model::{Diagnostic, Span};

use crate::Format;
use crate::draft::slug;
use crate::log::{Log, short};
use crate::technologies::{Known, Technologies};
use crate::way::{Way, is_doubted, is_encrypted, of_label, stated};

/// Words of one technology at most.
const WORDS: usize = 4;
/// Bytes of a name that are looked at; longer ones are sentences.
const LONGEST: usize = 120;
/// Examples in the message.
const EXAMPLES: usize = 3;

/// Words of technologies that also are words of everyday language, or parts of many names: they count as a whole name
/// and in parentheses, not as the last word of a longer name.
#[rustfmt::skip]
const EVERYDAY: &[&str] = &[
    "acquirer", "addon", "ai", "amplify", "angular", "apache", "athena", "atlas", "aurora", "autogen", "backstage",
    "bamboo", "bedrock", "ca", "caddy", "cd", "chef", "chroma", "chronicle", "ci", "cli", "cohere", "comprehend",
    "concourse", "confluence", "consul", "cordova", "cron", "cursor", "dex", "directory", "discord", "doppler",
    "droplet", "dynamics", "elastic", "electron", "envoy", "eureka", "expo", "falco", "fortify", "gateway", "gemini",
    "glacier", "glue", "harbor", "haystack", "helm", "historian", "hive", "horizon", "iam", "ignition", "inspector",
    "ionic", "iot", "jetty", "lex", "linux", "llama", "lb", "loki", "looker", "macie", "mesh", "mistral", "ml", "monitoring",
    "nat", "neptune", "nexus", "nomad", "notion", "observability", "odoo", "oracle", "outlook", "phonegap",
    "pinecone", "plugin", "polly", "pos", "pod", "postman", "printing", "puppet", "putty", "quartz", "quay", "rag", "rails",
    "ray", "react", "robot", "ror", "salt", "satellite", "sdk", "sentinel", "sentry", "slack", "snort", "solace",
    "sonar", "spa", "spark", "spring", "squid", "storm", "struts", "swing", "tableau", "talend", "tempo", "temporal",
    "transcribe", "travis", "unbound", "unix", "varnish", "vault", "windows", "zoom",
];

/// Words that say nothing even alone: what they mean in the library is not what most who draw mean by them.
#[rustfmt::skip]
const NOTHING: &[&str] = &[
    "app", "appliance", "application", "automobile", "backup", "bank", "batch", "bind", "camera", "car", "container",
    "contractor", "cookies", "daemon", "dataflow", "db2", "desktop", "device", "dl", "driver", "edge", "exchange", "express", "extension", "feast",
    "federation", "flash", "flow", "flux", "function", "go", "host", "job", "library", "listener", "logs", "maps",
    "messaging", "metrics", "modality", "network", "notebook", "notebooks", "operator", "orchestrator", "os", "outposts", "pc",
    "pool", "program", "reporting", "rest", "server", "switch", "system", "task", "till", "tool", "utility", "vehicle", "volume",
    "workflow", "workspaces",
];

/// First words of names that are orders. Those that are also nouns (`order`, `search`, `query`) are not here.
#[rustfmt::skip]
const ORDERS: &[&str] = &[
    "access", "add", "allow", "apply", "approve", "ask", "assign", "authenticate", "authorise", "authorize", "browse",
    "calculate", "call", "check", "choose", "collect", "compute", "configure", "confirm", "connect", "convert",
    "create", "delete", "deploy", "detect", "display", "edit", "enter", "execute", "extract", "fetch", "find", "forward",
    "generate", "get", "give", "grant", "handle", "identify", "install", "integrate", "invoke", "is", "keep", "launch", "load",
    "maintain", "make", "manage", "map", "modify", "notify", "open", "parse", "pay", "perform", "prepare", "process",
    "produce", "provide", "provision", "publish", "push", "put", "read", "receive", "redirect", "register", "reject", "remove", "render",
    "request", "reset", "resolve", "retrieve", "return", "run", "save", "scan", "select", "send", "serve", "set",
    "show", "start", "stop", "submit", "synchronise", "synchronize", "transform", "update", "upload", "use", "validate", "verify",
    "view", "write",
];

/// What follows such a word is another thing than the one that is named.
const PREPOSITIONS: [&str; 14] =
    ["and", "by", "for", "from", "in", "into", "of", "on", "or", "to", "under", "via", "with", "within"];

/// Protocols whose words mean nothing else, wherever they stand in the text of a flow.
#[rustfmt::skip]
const PROTOCOLS: &[&str] = &[
    "amqp", "amqps", "coap", "coaps", "ftp", "ftps", "graphql", "grpc", "http", "http2", "http3", "https", "imap",
    "imaps", "jdbc", "ldap", "ldaps", "modbus", "mqtt", "mqtts", "nfs", "odbc", "oidc", "pop3", "pop3s", "rdp", "saml",
    "scim", "scp", "sftp", "smb", "smtp", "smtps", "snmp", "soap", "sql", "ssh", "syslog", "tds", "telnet", "vnc", "webrtc",
    "websocket", "websockets", "ws", "wss",
];

/// What people call `HTTP` whether it is encrypted or not: the word before one of these says what kind of message goes,
/// not that it goes in the clear.
#[rustfmt::skip]
const MESSAGES: &[&str] = &[
    "answer", "answers", "api", "apis", "call", "calls", "client", "connection", "connections", "cookie", "cookies",
    "delete", "endpoint", "endpoints", "get", "header", "headers", "message", "messages", "method", "methods", "packet",
    "packets", "patch", "post", "put", "query", "queries", "req", "request", "requests", "res", "response", "responses",
    "server", "session", "sessions", "traffic",
];

/// Those that run on another of them, which says more about the way.
const ABOVE: [&str; 5] = ["graphql", "oidc", "saml", "scim", "soap"];

/// Whether nobody said what an element is made of, in words that mean a technology here: in the fields of C4, people
/// write in prose (`Relational Database Schema`).
fn is_unsaid(element: &Element, format: Format, known: &Technologies) -> bool {
    let prose = matches!(format, Format::Structurizr | Format::PlantUml | Format::Mermaid);
    let names = element.words(fact::TECHNOLOGY);
    names.is_empty() && element.fact(fact::TECHNOLOGY).is_none()
        || prose && !names.is_empty() && names.iter().all(|name| known.known(name).is_none())
}

/// Adds what names say to elements about which nobody said it, and tells; `told` are protocols that the reader of the
/// format took from texts already; of elements that are `whole`, the file said all there is.
pub(crate) fn read(
    model: &mut Model,
    format: Format,
    whole: &FxHashSet<ElementRef>,
    told: Vec<(String, Span)>,
    log: &mut Log,
) {
    let read = crate::zones::boundaries(model, whole);
    let (one, many) = ("a name says what a boundary is", "names say what boundaries are");
    if let Some((message, span)) = told_together(&read, one, many) {
        let help = "`vauban import` writes it all down; state another `kind` or `trust` there, or in an overlay, where this is wrong";
        log.push(Diagnostic::note("import-name-as-boundary", span, message).help(help));
    }
    let mut read = roles::read(model, format, whole);
    read.extend(crate::zones::internet(model, format, whole));
    let (one, many) = ("a text says what kind of thing it is", "texts say what kinds of things they are");
    if let Some((message, span)) = told_together(&read, one, many) {
        let help =
            "`vauban import` writes it all down; state another `kind` there, or in an overlay, where this is wrong";
        log.push(Diagnostic::note("import-name-as-kind", span, message).help(help));
    }
    {
        let known = Technologies::all();
        let mut read = Vec::new();
        for component in &mut model.components {
            let element = &mut component.element;
            if !is_unsaid(element, format, known) {
                continue;
            }
            let kind = element.word(fact::KIND);
            if let Some(found) = technology(known, &element.name, kind) {
                // Their own words stay, behind the one that means something here.
                let own = element.words(fact::TECHNOLOGY).iter().cloned();
                let value = Value::Words(std::iter::once(Box::from(found.id)).chain(own).collect());
                let span = element.span;
                element.set(Fact { id: fact::TECHNOLOGY, value, origin: Origin::Imported, span });
                read.push((format!("`{}` is `{}`", short(&element.name), found.id), span));
            } else if element.fact(fact::TECHNOLOGY).is_none() && is_declared_person(element) {
                let value = Value::Words(vec!["person".into()].into());
                let span = element.span;
                element.set(Fact { id: fact::TECHNOLOGY, value, origin: Origin::Imported, span });
            }
        }
        let help = "`vauban import` writes it all down; state another `technology` there, or in an overlay, where this is wrong";
        let (one, many) = ("a name says what the component is made of", "names say what the components are made of");
        if let Some((message, span)) = told_together(&read, one, many) {
            log.push(Diagnostic::note("import-name-as-technology", span, message).help(help));
        }
    }
    private(model, whole, log);
    let mut read = told;
    let mut seen: FxHashMap<Box<str>, Option<u16>> = FxHashMap::default();
    let components = &model.components;
    let named = |index: u32| components.get(index as usize).map_or("", |it| &*it.element.name);
    for flow in &mut model.flows {
        let (from, to) = (named(flow.source), named(flow.target));
        let element = &mut flow.element;
        if element.name.len() > LONGEST {
            continue;
        }
        // A flow that nobody named is called by its ends: what an `FTP server` sends to a database is no FTP. An address
        // says how it is reached.
        let by_ends = element.name.strip_prefix(from).and_then(|rest| rest.strip_suffix(to));
        if by_ends.is_some_and(|between| between == " to ") && !element.name.contains("://") {
            continue;
        }
        let unsaid = element.fact(fact::PROTOCOL).is_none();
        let found = *seen.entry(element.name.clone()).or_insert_with(|| protocol(&element.name));
        let span = element.span;
        let said = element.fact(fact::PROTOCOL).and_then(|fact| match fact.value {
            Value::Symbol(symbol) => Some(symbol),
            _ => None,
        });
        let encrypted = said.or(found).is_some_and(is_encrypted);
        let way = way(&element.name);
        // A protocol that is encrypted says so itself, but not who proves to be whom.
        let encryption = way.encryption.filter(|word| !encrypted || *word == "mutual-tls");
        for (id, word, what) in
            [(fact::ENCRYPTION, encryption, "encryption"), (fact::AUTHENTICATION, way.authentication, "authentication")]
        {
            if element.fact(id).is_none()
                && let Some(word) = word
                && let Some(symbol) = symbol_of(id, word)
            {
                element.set(Fact { id, value: Value::Symbol(symbol), origin: Origin::Imported, span });
                read.push((format!("`{}` has the {what} `{word}`", short(&element.name)), span));
            }
        }
        if let Some(symbol) = found.filter(|_| unsaid) {
            element.set(Fact { id: fact::PROTOCOL, value: Value::Symbol(symbol), origin: Origin::Imported, span });
            let word = element.word(fact::PROTOCOL).unwrap_or_default();
            read.push((format!("`{}` is `{word}`", short(&element.name)), span));
        }
    }
    settle_encryption(model, format, whole, log);
    let help = "`vauban import` writes it all down; state another `protocol` or `encryption` there, or in an overlay, where this is wrong";
    let (one, many) = ("a text says how the flow goes", "texts say how the flows go");
    if let Some((message, span)) = told_together(&read, one, many) {
        log.push(Diagnostic::note("import-name-as-protocol", span, message).help(help));
    }
}

/// Whether a name is that of a private endpoint, or of something behind one: `privatelink.blob.core.windows.net`,
/// `Orders (private endpoint)`.
fn is_private(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let pair = |two: &[&str]| matches!(two, ["private", "endpoint" | "endpoints" | "link"]);
    let denied = words.iter().any(|word| crate::prose::denies(word));
    !denied && (words.contains(&"privatelink") || words.windows(2).any(pair))
}

/// What is named for its private endpoint is not reached from the internet, where nobody says that it is.
fn private(model: &mut Model, whole: &FxHashSet<ElementRef>, log: &mut Log) {
    let mut read = Vec::new();
    for (index, component) in model.components.iter_mut().enumerate() {
        let element = &mut component.element;
        let told = element.fact(fact::INTERNET_FACING).is_some();
        if told || whole.contains(&ElementRef::new(Domain::Component, index)) || !is_private(&element.name) {
            continue;
        }
        let span = element.span;
        element.set(Fact { id: fact::INTERNET_FACING, value: Value::Bool(false), origin: Origin::Imported, span });
        read.push((format!("`{}`", short(&element.name)), span));
    }
    let (one, many) = (
        "a private endpoint is taken as not reached from the internet",
        "private endpoints are taken as not reached from the internet",
    );
    if let Some((message, span)) = told_together(&read, one, many) {
        let help = "state `internet_facing: yes` in an overlay where public access is left on beside it";
        log.push(Diagnostic::note("import-name-as-private", span, message).help(help));
    }
}

/// Settles what tools can only say with yes or no: what is encrypted on its way goes as its protocol has it, and what is
/// encrypted at rest is so with somebody's key.
fn settle_encryption(model: &mut Model, format: Format, whole: &FxHashSet<ElementRef>, log: &mut Log) {
    let ssh = symbol_of(fact::ENCRYPTION, "ssh");
    for (index, flow) in model.flows.iter_mut().enumerate() {
        let element = &mut flow.element;
        let is_ssh = matches!(element.word(fact::PROTOCOL), Some("ssh" | "sftp" | "scp"));
        if is_ssh
            && element.word(fact::ENCRYPTION) == Some("tls")
            && !whole.contains(&ElementRef::new(Domain::Flow, index))
            && let Some(symbol) = ssh
        {
            let span = element.fact(fact::ENCRYPTION).map_or(element.span, |fact| fact.span);
            element.set(Fact { id: fact::ENCRYPTION, value: Value::Symbol(symbol), origin: Origin::Imported, span });
        }
    }
    let yes_or_no = matches!(
        format,
        Format::ThreatDragon
            | Format::Pytm
            | Format::ThreatModelLibrary
            | Format::CycloneDx
            | Format::MicrosoftThreatModelingTool
    );
    if !yes_or_no {
        return;
    }
    let mut read = Vec::new();
    for (index, component) in model.components.iter().enumerate() {
        let element = &component.element;
        if element.word(fact::ENCRYPTION_AT_REST) == Some("service-key")
            && !whole.contains(&ElementRef::new(Domain::Component, index))
        {
            let span = element.fact(fact::ENCRYPTION_AT_REST).map_or(element.span, |fact| fact.span);
            read.push((format!("`{}`", short(&element.name)), span));
        }
    }
    let one = "the file says that a store is encrypted, and not who has the key; read as `service-key`";
    let many = "stores are encrypted as the file says, which does not say who has the key; read as `service-key`";
    if let Some((message, span)) = told_together(&read, one, many) {
        log.push(Diagnostic::note("import-key-unsaid", span, message).help(
            "where somebody else has it, state `encryption_at_rest: customer-key`, `application` or `end-user-key`; `disk` where only the disk is encrypted",
        ));
    }
}

/// What names were taken for, all in one message, the first few by name; nothing if none was.
pub(crate) fn told_together(read: &[(String, Span)], one: &str, many: &str) -> Option<(String, Span)> {
    let (_, span) = read.first()?;
    let mut message = match read.len() {
        1 => format!("{one}: "),
        number => format!("{number} {many}: "),
    };
    let examples: Vec<&str> = read.iter().take(EXAMPLES).map(|(text, _)| text.as_str()).collect();
    message.push_str(&examples.join(", "));
    if let Some(more) = read.len().checked_sub(EXAMPLES).filter(|more| *more > 0) {
        message.push_str(&format!(" and {more} more"));
    }
    Some((message, *span))
}

/// Whether a drawing says by the word for its shape that this is somebody: `person Player`, `actor User`.
fn is_declared_person(element: &Element) -> bool {
    const SAID: [(&str, &str); 7] = [
        ("structurizr:kind", "person"),
        ("plantuml:element", "actor"),
        ("plantuml:element", "person"),
        ("plantuml:element", "Person"),
        ("plantuml:element", "Person_Ext"),
        ("mermaid:element", "Person"),
        ("mermaid:element", "Person_Ext"),
    ];
    element.extras.iter().any(|(key, word)| SAID.contains(&(key, word)))
}

/// What a text that says what a thing is, and no name, says it is made of: the technology that it begins with and the one
/// that it ends in (`Node.js web server`), without the word for any store beside its product (`PostgreSQL database`).
pub(crate) fn technologies_of_type(text: &str, kind: Option<&str>) -> Vec<Box<str>> {
    let known = Technologies::all();
    let mut found: Vec<&str> = Vec::new();
    let words: Vec<&str> = text.split([' ', '(', ')', '/', ',', '-']).filter(|word| !word.is_empty()).collect();
    if words.len() > 1 && text.len() <= LONGEST {
        let plain = |name: &str| !EVERYDAY.contains(&name) && !NOTHING.contains(&name);
        let begins = (1..words.len().min(WORDS)).rev().find_map(|length| {
            let name = crate::technologies::as_named(&words.get(..length)?.join(" "));
            known.known(&name).filter(|_| plain(&name))
        });
        found.extend(begins.filter(|_| kind != Some("external-entity")).map(|it| it.id));
    }
    found.extend(technology(known, text, kind).map(|it| it.id).filter(|id| !found.contains(id)));
    let any_store = |id: &str| matches!(id, "database" | "storage" | "cache" | "file-system");
    if found.iter().any(|id| !any_store(id)) {
        found.retain(|id| !any_store(id));
    }
    found.into_iter().map(Into::into).collect()
}

/// What a component of this name and stated kind is made of.
pub(crate) fn technology(known: &Technologies, name: &str, kind: Option<&str>) -> Option<Known> {
    if name.len() > LONGEST {
        return None;
    }
    let store = kind == Some("data-store");
    let fits = |found: &Known| match kind {
        Some("data-store") => found.kind == "data-store",
        Some("process") => found.kind != "external-entity",
        _ => true,
    };
    let parts: Vec<Vec<String>> = parts(name);
    let whole = |part: &Vec<String>| {
        let text = part.join("-");
        known.known(&text).or_else(|| known.known(&singular(&text)?)).filter(|_| !NOTHING.contains(&text.as_str()))
    };
    // What is said last, or in parentheses, is said to be exact.
    if let Some(found) = parts.iter().rev().find_map(whole).filter(fits) {
        return Some(found);
    }
    let stands = |words: &[String]| {
        let text = words.join("-");
        let plain = |text: &str| !EVERYDAY.contains(&text) && !NOTHING.contains(&text);
        if !plain(&text) {
            return None;
        }
        known.known(&text).or_else(|| singular(&text).filter(|text| plain(text)).and_then(|text| known.known(&text)))
    };
    if store {
        let anywhere = parts.iter().flat_map(|part| {
            (1..=WORDS.min(part.len())).rev().flat_map(move |length| part.windows(length)).filter_map(&stands)
        });
        // `database` says less than the product that stands beside it.
        let mut found: Vec<Known> = anywhere.filter(fits).collect();
        found.sort_by_key(|found| matches!(found.id, "database" | "storage" | "cache" | "file-system"));
        return found.first().copied();
    }
    let first = parts.first()?;
    if first.len() > 1 && first.first().is_some_and(|word| ORDERS.contains(&word.as_str())) {
        return None;
    }
    let first =
        first.iter().position(|word| PREPOSITIONS.contains(&word.as_str())).map_or(&first[..], |at| &first[..at]);
    (1..=WORDS.min(first.len()))
        .rev()
        .filter_map(|length| first.get(first.len() - length..))
        .find_map(stands)
        .filter(fits)
        // A box with the name of a person's data is no person: people stand alone or behind what they are.
        .filter(|found| found.kind != "external-entity" || first.len() <= 3)
}

/// The words of a name, taken apart where it says the same thing twice.
fn parts(name: &str) -> Vec<Vec<String>> {
    let lower = name.to_lowercase().replace(" - ", " – ");
    let parts = lower.split(['(', ')', '[', ']', ':', '–', '—', '|', '/', ',', ';', '\n', '"']);
    // `Auth: Azure Active Directory` says who knows its users, not what it is.
    let mut by = false;
    parts
        .filter(|part| {
            let about_users = matches!(part.trim(), "auth" | "authn" | "authz" | "authentication" | "authorization");
            let behind = std::mem::replace(&mut by, about_users && lower.contains(':'));
            !behind
        })
        .map(|part| {
            let mut words: Vec<String> =
                slug(part, "").split('-').filter(|word| !word.is_empty()).map(str::to_owned).collect();
            // `Web server 2` is a web server.
            while words.len() > 1 && words.last().is_some_and(|word| word.chars().all(|c| c.is_ascii_digit())) {
                words.pop();
            }
            if words.len() > 1 && words.first().is_some_and(|word| matches!(word.as_str(), "the" | "a" | "an" | "our"))
            {
                words.remove(0);
            }
            words
        })
        .filter(|words| !words.is_empty())
        .collect()
}

/// The word without the `s` of the plural.
fn singular(text: &str) -> Option<String> {
    if let Some(stem) = text.strip_suffix("ies").filter(|stem| stem.len() > 2) {
        return Some(format!("{stem}y"));
    }
    text.strip_suffix('s').filter(|stem| stem.len() > 2 && !stem.ends_with('s')).map(str::to_owned)
}

/// Words of the vocabulary that say something else where they stand on a line: `text`, `binary`.
const NO_PROTOCOL: [&str; 5] = ["binary", "can", "manual", "serial", "text"];

/// The protocol that the text of a flow names; none if it names several.
fn protocol(text: &str) -> Option<u16> {
    let lower = text.to_lowercase();
    let whole = lower.trim();
    if let Some(symbol) = crate::prose::protocol_word(whole).filter(|_| !NO_PROTOCOL.contains(&whole)) {
        return Some(symbol);
    }
    // Both ways are open, and nobody said which one is taken.
    if is_doubted(text) || lower.contains("http(s)") || lower.contains("http[s]") {
        return None;
    }
    let said = stated(text);
    let words: Vec<&str> = said.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut named: Vec<&str> = words.iter().copied().filter(|word| PROTOCOLS.contains(word)).collect();
    // `rest` is a word of every day; its capitals are not.
    if text.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "REST" | "RESTful")) && named.is_empty() {
        named.push("rest");
    }
    named.sort_unstable();
    named.dedup();
    if named.iter().any(|word| !ABOVE.contains(word)) {
        named.retain(|word| !ABOVE.contains(word));
    }
    let plain = |word: &str| if word == "websockets" { "websocket".to_owned() } else { word.to_owned() };
    let [one] = named.as_slice() else { return None };
    let one = plain(one);
    let encrypted = words.iter().any(|word| matches!(*word, "tls" | "mtls" | "ssl" | "starttls" | "encrypted"));
    // `HTTP request, unencrypted` and `HTTP without TLS` say that the bare one is meant.
    let denied = crate::way::words(&lower).into_iter().any(crate::prose::denies);
    if encrypted && !denied {
        let with = [format!("{one}s"), format!("{one}-tls")];
        let base = symbol_of(fact::PROTOCOL, &one)
            .and_then(|symbol| enumeration_of(fact::PROTOCOL).map(|words| words.word(symbol)));
        let base = base.map(|word| format!("{word}-tls"));
        if let Some(symbol) = with.iter().chain(&base).find_map(|word| symbol_of(fact::PROTOCOL, word)) {
            return Some(symbol);
        }
    }
    // `WebSocket Secure`
    let secure = words
        .windows(2)
        .any(|pair| matches!(pair, ["websocket" | "websockets", "secure"] | ["secure", "websocket" | "websockets"]));
    // Both go over HTTP, with encryption if it was said, else nobody knows how.
    match one.as_str() {
        "websocket" if !denied && secure => symbol_of(fact::PROTOCOL, "wss"),
        "rest" | "websocket" if !encrypted || denied => None,
        "http" if !denied && !clear(&words) => None,
        "rest" => symbol_of(fact::PROTOCOL, "https"),
        "websocket" => symbol_of(fact::PROTOCOL, "wss"),
        _ => symbol_of(fact::PROTOCOL, &one),
    }
}

/// Whether a text that names HTTP says that it is the bare one: anywhere but before the word for a message.
fn clear(words: &[&str]) -> bool {
    words.iter().enumerate().filter(|(_, word)| **word == "http").any(|(at, _)| {
        let over = at.checked_sub(1).and_then(|before| words.get(before));
        let next = words.get(at + 1);
        over.is_some_and(|word| matches!(*word, "over" | "via" | "using"))
            || next.is_none_or(|word| !MESSAGES.contains(word))
    })
}

/// What the label of a line says of its protection.
pub(crate) fn way(text: &str) -> Way {
    of_label(text, PROTOCOLS)
}

#[cfg(test)]
mod tests {
    use vauban_model::model::symbol_of;
    use vauban_model::vocabulary::fact;

    use super::{EVERYDAY, NOTHING, protocol, technology, way};
    use crate::technologies::Technologies;

    #[test]
    fn names_say_what_components_are() {
        let known = Technologies::new();
        let of = |name: &str, kind: Option<&str>| technology(&known, name, kind).map(|found| found.id);
        for (name, expected) in [
            ("Patient browser", Some("browser")),
            ("Web application firewall", Some("web-application-firewall")),
            ("Health record API", Some("api")),
            ("Orders DB (PostgreSQL)", Some("postgresql")),
            ("Database: MySQL", Some("mysql")),
            ("Sessions - Redis", Some("redis")),
            ("Web Servers", Some("web-server")),
            ("Web server 2", Some("web-server")),
            ("Internet Users", Some("person")),
            ("The customer", Some("person")),
            ("Jenkins", Some("jenkins")),
            ("Amazon S3", Some("s3")),
            // What comes before the last word is not what the thing is.
            ("Kafka consumer", Some("kafka-consumer")),
            ("Kafka reader", None),
            ("S3 uploader", None),
            ("PostgreSQL backup", None),
            ("Lab importer", None),
            // Orders say what is done.
            ("Authenticate user", None),
            ("Update database", None),
            ("Register patient", None),
            ("Integrate into LLM", None),
            ("anything in the API", None),
            ("Database of customers", Some("database")),
            ("Simple db2", None),
            // Words of everyday language.
            ("Bank", None),
            ("Checkout express", None),
            ("Seed vault", None),
            ("Go", None),
            ("Stock exchange", None),
            ("", None),
            ("(((", None),
        ] {
            assert_eq!(of(name, None), expected, "{name}");
        }
        assert_eq!(of("PostgreSQL patient records", Some("data-store")), Some("postgresql"));
        assert_eq!(of("Customer database in MySQL", Some("data-store")), Some("mysql"));
        assert_eq!(of("Orders", Some("data-store")), None);
        assert_eq!(of("User", Some("data-store")), None, "a store is no person");
        assert_eq!(of("User", Some("process")), None, "nor is a process");
        assert_eq!(of("User", Some("external-entity")), Some("person"));
    }

    #[test]
    fn names_say_how_flows_go() {
        for (text, expected) in [
            ("HTTPS: login, appointments", Some("https")),
            ("FTP results", Some("ftp")),
            ("REST over TLS", Some("https")),
            ("HTTP with TLS", Some("https")),
            ("HTTP without TLS", Some("http")),
            ("HTTP", Some("http")),
            ("HTTP: login", Some("http")),
            ("orders over HTTP", Some("http")),
            ("HTTP login", Some("http")),
            // A kind of message, sent in the clear or not.
            ("HTTP Requests", None),
            ("HTTP GET /orders", None),
            ("HTTP response (JSON)", None),
            ("HTTP requests over TLS", Some("https")),
            ("HTTP request, unencrypted", Some("http")),
            ("HTTPS requests", Some("https")),
            ("SQL over TLS", Some("sql-tls")),
            ("JDBC (SSL)", Some("sql-tls")),
            ("GraphQL over HTTPS", Some("https")),
            ("TCP", Some("tcp")),
            ("text", None),
            ("Binary", None),
            ("WebSockets", None),
            ("WebSocket with TLS", Some("wss")),
            ("WebSocket Secure", Some("wss")),
            ("secure WebSockets: prices", Some("wss")),
            ("SMTP STARTTLS", Some("smtps")),
            ("TDS 1433/TLS", Some("sql-tls")),
            ("HTTPS?", None),
            ("ws", Some("ws")),
            ("REST", None),
            ("JSON / REST", None),
            ("HTTP(S)", None),
            ("HTTP or HTTPS", None),
            ("not HTTPS", None),
            ("HTTPS disabled", None),
            ("HTTPS planned", None),
            ("should be HTTPS", None),
            ("redirect to HTTPS", None),
            ("plain HTTP, TLS planned", Some("http")),
            ("AMQP - TLS TODO", Some("amqp")),
            ("SSH key upload", None),
            ("SFTP upload of files", Some("sftp")),
            ("HTTPS, no redirect", Some("https")),
            ("the rest of it", None),
            ("what users can do", None),
            ("", None),
        ] {
            assert_eq!(protocol(text), expected.and_then(|word| symbol_of(fact::PROTOCOL, word)), "{text}");
        }
    }

    #[test]
    fn names_say_how_flows_are_encrypted() {
        for (text, expected) in [
            ("mTLS", Some("mutual-tls")),
            ("SSL/TLS", Some("tls")),
            ("TLS 1.3", Some("tls")),
            ("gRPC over mTLS", Some("mutual-tls")),
            ("Orders (mTLS)", Some("mutual-tls")),
            ("orders via TLS", Some("tls")),
            ("Request TLS certificate", None),
            ("orders without TLS", None),
            ("no TLS", Some("none")),
            ("TCP/TLS: credentials", Some("tls")),
            ("orders", None),
            ("", None),
        ] {
            assert_eq!(way(text).encryption, expected, "{text}");
        }
    }

    #[test]
    fn lists_are_in_order_and_apart() {
        for list in [EVERYDAY, NOTHING] {
            assert!(list.iter().all(|word| !word.contains(' ')), "words only");
        }
        assert!(EVERYDAY.iter().all(|word| !NOTHING.contains(word)), "a word is in one list");
    }
}
