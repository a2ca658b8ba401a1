//! Who calls an interface, over what, and how they prove who they are.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::model::{Element, Origin};
use vauban_model::resource::{Resource, Value, ValueKind};
use vauban_model::vocabulary::{FactId, fact};

use super::builder::{Builder, add_reference, component_ref, word, yes_no};
use super::data_words::Kinds;
use super::operations::{Interface, Operation};
use super::ties::Reason;
use crate::Estate;

/// Ways of signing in, weakest first.
pub(super) const STRENGTH: [&str; 8] =
    ["none", "api-key", "credentials", "session", "token", "federated", "signature", "client-certificate"];
/// Kinds of data that are nobody's business, as places in `KINDS`: all but orders.
const SENSITIVE: Kinds = 0b1_1111_1111;
/// Most operations that a flow names.
const NAMED: usize = 4;

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// Callers sign in; the weakest way that is enough, as its place in `STRENGTH`.
    Needs(usize),
    /// Anybody. Whether that is said of it, or only follows from nothing being said while others are protected.
    Open { said: bool },
    /// Nothing is said.
    Silent,
}

impl Admission {
    /// In words, behind an operation's name.
    pub(super) fn words(self) -> String {
        match self {
            Admission::Needs(at) => format!(" ({})", STRENGTH.get(at).copied().unwrap_or("sign-in")),
            Admission::Open { said: true } => " (open to anybody, explicitly)".to_owned(),
            Admission::Open { said: false } => " (open to anybody)".to_owned(),
            Admission::Silent => " (who may call it is not said)".to_owned(),
        }
    }
}

/// Who may call an operation, and where that stands.
pub(super) fn admission(operation: &Resource, estate: &Estate<'_>) -> (Admission, Span) {
    if let Some(auth) = operation.get("gateway_auth.type") {
        let found = match auth.as_text() {
            Some("NONE") => Admission::Open { said: true },
            Some("AWS_IAM") => Admission::Needs(place("signature")),
            _ => Admission::Needs(place("token")),
        };
        return (found, auth.span);
    }
    let Some(security) = operation.get("security") else {
        let document = operation.get("document").and_then(Value::as_reference);
        let declared = document.and_then(|document| estate.find(&document.address)).is_some_and(|at| {
            estate.resource(at).get("schemes").and_then(Value::as_map).is_some_and(|schemes| !schemes.is_empty())
        });
        // The description knows how callers sign in, and asks nobody here to.
        let found = if declared { Admission::Open { said: false } } else { Admission::Silent };
        return (found, operation.span);
    };
    let Some(list) = security.as_list() else { return (Admission::Silent, security.span) };
    let mut weakest: Option<usize> = None;
    for alternative in list {
        let Some(needs) = alternative.as_map() else { return (Admission::Silent, security.span) };
        if needs.is_empty() {
            return (Admission::Open { said: true }, alternative.span);
        }
        // All of them are needed: the strongest counts. One that is not known may be anything.
        let strongest = needs.iter().map(|(_, scheme)| means(scheme)).max().flatten();
        let Some(strongest) = strongest else { continue };
        weakest = Some(weakest.map_or(strongest, |known| known.min(strongest)));
    }
    match (list, weakest) {
        ([], _) => (Admission::Open { said: true }, security.span),
        (_, Some(weakest)) => (Admission::Needs(weakest), security.span),
        (_, None) => (Admission::Silent, security.span),
    }
}

fn place(word: &str) -> usize {
    STRENGTH.iter().position(|known| *known == word).unwrap_or(0)
}

/// What a security scheme asks for, as a place in `STRENGTH`.
pub(super) fn means(scheme: &Value) -> Option<usize> {
    if matches!(scheme.kind, ValueKind::Unknown(_)) {
        return None;
    }
    let of = |key: &str| scheme.get(key).and_then(Value::as_text).unwrap_or_default().to_ascii_lowercase();
    if of("x-amazon-apigateway-authtype") == "awssigv4" {
        return Some(place("signature"));
    }
    if scheme.get("x-amazon-apigateway-authorizer").is_some() {
        return Some(place("token"));
    }
    let found = match of("type").as_str() {
        "apikey" if of("in") == "cookie" => "session",
        "apikey" | "httpapikey" | "symmetricencryption" => "api-key",
        "http" => match of("scheme").as_str() {
            "basic" | "digest" | "scram-sha-1" | "scram-sha-256" | "hoba" => "credentials",
            "mutual" => "client-certificate",
            "bearer" | "dpop" | "oauth" | "gnap" => "token",
            _ => return None,
        },
        "basic" | "userpassword" | "plain" | "scramsha256" | "scramsha512" => "credentials",
        "oauth2" => "token",
        "openidconnect" | "gssapi" => "federated",
        "mutualtls" | "x509" => "client-certificate",
        "asymmetricencryption" => "signature",
        _ => return None,
    };
    Some(place(found))
}

/// Whether a gateway that has the description enforces what an operation asks for: by an extension of its own, or because
/// it is the key that gateways know.
pub(super) fn enforced(operation: &Resource) -> bool {
    const MARKS: [&str; 4] =
        ["x-amazon-apigateway-authtype", "x-amazon-apigateway-authorizer", "x-google-issuer", "x-google-jwks_uri"];
    if operation.get("gateway_auth.type").is_some() {
        return true;
    }
    let alternatives = operation.get("security").map(Value::each).unwrap_or_default();
    alternatives.iter().filter_map(Value::as_map).all(|needs| {
        needs.iter().any(|(_, scheme)| {
            let key = scheme.get("type").and_then(Value::as_text) == Some("apiKey")
                && scheme
                    .get("name")
                    .and_then(Value::as_text)
                    .is_some_and(|name| name.eq_ignore_ascii_case("x-api-key"));
            key || MARKS.iter().any(|mark| scheme.get(mark).is_some())
        })
    })
}

/// Parts of addresses by which callers sign in, or see that something is there.
const DOORS: [&str; 18] = [
    "login",
    "signin",
    "sign-in",
    "logout",
    "register",
    "signup",
    "sign-up",
    "token",
    "tokens",
    "oauth",
    "auth",
    "refresh",
    "health",
    "healthz",
    "ready",
    "forgot-password",
    "session",
    "sessions",
];

/// Whether an operation is how callers sign in at all, or see that something is there: `POST /login`.
fn is_door(name: &str) -> bool {
    name.split(['/', ' ']).any(|part| DOORS.contains(&&*part.to_ascii_lowercase()))
}

/// Whether a route changes something, by its method, and is no door: nobody opens it to everybody without a reason.
pub(super) fn changes(route: &str) -> bool {
    let method = route.split(' ').next().unwrap_or_default();
    matches!(method, "POST" | "PUT" | "PATCH" | "DELETE" | "ANY") && !is_door(route)
}

/// Whether an operation is open as such operations are meant to be: said so, and what it gives is nobody's secret, or it is
/// how callers sign in at all.
pub(super) fn on_purpose(operation: &Operation) -> bool {
    if operation.admission != (Admission::Open { said: true }) {
        return false;
    }
    is_door(&operation.name) || (operation.reads && operation.gives & SENSITIVE == 0)
}

/// The host and port of an address; nothing for a relative one.
pub(super) fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("//").filter(|(before, _)| before.is_empty() || before.ends_with(':'))?.1;
    rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())
}

/// Whether a host, with or without a port, is on the public network by its name or number.
pub(super) fn is_public(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |h| h.0);
    let numbers: Vec<u8> = name.split('.').map_while(|part| part.parse().ok()).collect();
    if let ([a, b, _, _], 3) = (numbers.as_slice(), name.matches('.').count()) {
        // The ranges of private, local and unspecified addresses.
        let private = matches!((a, b), (0 | 10 | 127, _) | (172, 16..=31) | (192, 168) | (169, 254) | (100, 64..=127));
        return !private;
    }
    // A part that somebody has to fill in does not make an address less public: `{region}.api.example.org`.
    let end = name.rsplit('}').next().unwrap_or(name).trim_start_matches('.');
    let plain = end.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_'));
    plain && crate::flows::is_public(end)
}

/// The technology of what speaks a protocol of messages, and what it is in a diagram.
pub(super) fn broker(protocol: &str) -> (Option<&'static str>, &'static str) {
    match protocol {
        "kafka" | "kafka-secure" => (Some("kafka"), "data-store"),
        "amqp" | "amqps" | "amqp1" | "stomp" | "stomps" => (Some("message-broker"), "data-store"),
        "mqtt" | "mqtts" | "mqtt5" | "secure-mqtt" => (Some("mqtt-broker"), "data-store"),
        "nats" => (Some("nats"), "data-store"),
        "pulsar" => (Some("pulsar"), "data-store"),
        "solace" => (Some("solace"), "data-store"),
        "ibmmq" => (Some("ibm-mq"), "data-store"),
        "jms" => (Some("jms-queue"), "data-store"),
        "redis" | "rediss" | "sqs" | "sns" | "googlepubsub" | "anypointmq" => (Some("message-broker"), "data-store"),
        "http" | "https" | "ws" | "wss" => (Some("api"), "process"),
        _ => (None, "process"),
    }
}

/// The vocabulary's word for a protocol as descriptions write it.
pub(crate) fn protocol(written: &str) -> &str {
    match written {
        "kafka-secure" => "kafka-tls",
        "secure-mqtt" => "mqtts",
        "mqtt5" => "mqtt",
        "amqp1" => "amqp",
        "rediss" => "redis-tls",
        other => other,
    }
}

/// The format of a media type, in the vocabulary's word.
pub(super) fn format(media: &str) -> Option<&'static str> {
    let media = media.split(';').next().unwrap_or(media).trim().to_ascii_lowercase();
    Some(match media.as_str() {
        "application/x-www-form-urlencoded" | "multipart/form-data" => "form",
        "text/csv" => "csv",
        "text/html" => "html",
        "text/markdown" => "markdown",
        "application/pdf" => "document",
        "application/zip" | "application/gzip" | "application/x-tar" => "archive",
        "application/octet-stream" => "binary",
        "application/sql" => "sql",
        other if other.ends_with("json") => "json",
        other if other.ends_with("xml") => "xml",
        other if other.ends_with("yaml") => "yaml",
        other if other.starts_with("image/") => "image",
        other if other.starts_with("audio/") => "audio",
        other if other.starts_with("video/") => "video",
        _ => return None,
    })
}

impl Builder<'_> {
    /// Flows of callers into what is described, and what descriptions say of flows that are there.
    pub(super) fn callers(&mut self) {
        let interfaces = std::mem::take(&mut self.interfaces);
        let mut entrances: FxHashMap<u32, usize> = FxHashMap::default();
        let mut between: FxHashMap<(u32, u32), usize> = FxHashMap::default();
        for (at, flow) in self.out.model.flows.iter().enumerate() {
            if Some(flow.source) == self.internet {
                entrances.entry(flow.target).or_insert(at);
            }
            between.entry((flow.source, flow.target)).or_insert(at);
        }
        for interface in &interfaces {
            if interface.operations.iter().any(|operation| !operation.brokers.is_empty()) {
                self.messages(interface, &between);
            } else if !interface.operations.is_empty() {
                self.called(interface, &mut entrances);
            }
        }
    }

    fn called(&mut self, interface: &Interface, entrances: &mut FxHashMap<u32, usize>) {
        let document = self.input.estate.resource(interface.document);
        let servers = document.get("servers").map(Value::each).unwrap_or_default();
        let urls = servers.iter().filter_map(|server| Some((server.get("url")?.as_text()?, server.span)));
        let public: Vec<(&str, Span)> = urls.filter(|(url, _)| host(url).is_some_and(is_public)).collect();
        let component = component_ref(interface.component);
        if let Some((_, span)) = public.first() {
            let span = *span;
            self.with(component, |element| {
                if element.fact(fact::PUBLIC_ADDRESS).is_none() {
                    element.set(yes_no(fact::PUBLIC_ADDRESS, true, Origin::Imported, span));
                }
            });
        }
        let facing = self.out.model.get(component).and_then(|element| element.bool(fact::INTERNET_FACING));
        let main = match (entrances.get(&interface.component), public.first()) {
            (Some(known), _) => *known,
            // Nobody says where it runs, but its public name.
            (None, Some((url, span))) if facing != Some(false) => {
                self.with(component, |element| {
                    if element.fact(fact::INTERNET_FACING).is_none() {
                        element.set(yes_no(fact::INTERNET_FACING, true, Origin::Default, *span));
                    }
                });
                let internet = self.the_internet(*span);
                let flow = self.push_flow(internet, interface.component, *span);
                self.declared(flow, "addressed", &format!("server {url}"), *span);
                self.change_flow(flow, |element| {
                    element.set(yes_no(fact::OVER_INTERNET, true, Origin::Imported, *span));
                });
                entrances.insert(interface.component, flow);
                flow
            }
            _ => return,
        };
        let schemes: Vec<(&str, Span)> =
            public.iter().filter_map(|(url, span)| Some((url.split_once("://")?.0, *span))).collect();
        let weakest = ["http", "ws", "https", "wss"]
            .iter()
            .find_map(|wanted| schemes.iter().find(|(scheme, _)| scheme == wanted));
        let unguarded =
            |operation: &&Operation| matches!(operation.admission, Admission::Open { .. }) && !on_purpose(operation);
        let open: Vec<&Operation> = interface.operations.iter().filter(unguarded).collect();
        let others: Vec<&Operation> = interface.operations.iter().filter(|operation| !unguarded(operation)).collect();
        let gateway = interface.tied == Some(Reason::Body);
        let said = self.out.model.flows.get(main).and_then(|flow| flow.element.word(fact::AUTHENTICATION));
        if gateway && let Some(said) = said {
            // The gateway's own resources say how it is called, and which of its operations are open for no reason is
            // known from the description.
            self.exchanged(main, interface, &others);
            if said != "none" || open.is_empty() {
                self.exchanged(main, interface, &open);
                return;
            }
            self.with(component, |element| element.facts.retain(|known| known.id != fact::ANONYMOUS_ACCESS));
            if !others.is_empty() {
                self.change_flow(main, |element| element.facts.retain(|known| known.id != fact::AUTHENTICATION));
            }
        }
        let needs = others.iter().filter_map(|operation| match operation.admission {
            Admission::Needs(at) => Some((at, operation.admitted)),
            _ => None,
        });
        let weakest_need = needs.min_by_key(|(at, _)| *at);
        let silent = others.iter().any(|operation| operation.admission == Admission::Silent);
        if others.is_empty() {
            self.group(main, interface, &open, weakest, Some((0, open.first().map_or(document.span, |o| o.admitted))));
            self.name_flow(main, &open);
            return;
        }
        let purpose = others.iter().find(|operation| on_purpose(operation)).map(|operation| (0, operation.admitted));
        let proof = if silent { None } else { weakest_need.or(purpose) };
        // The way there is the same, whoever calls.
        let of_operations = [
            fact::AUTHENTICATION,
            fact::AUTHORISATION,
            fact::READ_ONLY,
            fact::CARRIES,
            fact::RETURNS,
            fact::FLOW_EVIDENCE,
        ];
        let shared: Vec<_> = self.out.model.flows.get(main).map_or_else(Vec::new, |flow| {
            flow.element.facts.iter().filter(|known| !of_operations.contains(&known.id)).cloned().collect()
        });
        self.group(main, interface, &others, weakest, proof);
        if let Some(first) = open.first() {
            let (source, target) = match self.out.model.flows.get(main) {
                Some(flow) => (flow.source, flow.target),
                None => return,
            };
            let flow = self.push_flow(source, target, first.span);
            let path = document.text("path").unwrap_or_default();
            self.change_flow(flow, |element| element.id = format!("{}#open:{path}", element.id).into());
            self.declared(flow, "addressed", "operations that ask nobody to sign in", first.span);
            self.change_flow(flow, |element| {
                element.set(yes_no(fact::OVER_INTERNET, true, Origin::Imported, first.span));
                shared.into_iter().for_each(|fact| element.set(fact));
            });
            self.group(flow, interface, &open, weakest, Some((0, first.admitted)));
            self.name_flow(flow, &open);
        }
    }

    /// What a group of operations says of the flow that calls them.
    fn group(
        &mut self,
        flow: usize,
        interface: &Interface,
        operations: &[&Operation],
        scheme: Option<&(&str, Span)>,
        proof: Option<(usize, Span)>,
    ) {
        let reads = operations.iter().all(|operation| operation.reads);
        // What is taken to look something up may be written into logs: that nothing changes is no longer sure.
        let reads = if reads && operations.iter().any(|operation| operation.takes != 0) { None } else { Some(reads) };
        let span = operations.first().map_or_else(|| Span::new(vauban_model::FileId(0), 1, 1, 0), |first| first.span);
        self.change_flow(flow, |element| {
            if let Some((scheme, span)) = scheme
                && element.fact(fact::PROTOCOL).is_none()
                && let Some(fact) = word(fact::PROTOCOL, protocol(scheme), Origin::Imported, *span)
            {
                element.set(fact);
            }
            if let Some((at, span)) = proof
                && element.fact(fact::AUTHENTICATION).is_none()
                && let Some(strength) = STRENGTH.get(at)
                && let Some(fact) = word(fact::AUTHENTICATION, strength, Origin::Imported, span)
            {
                element.set(fact);
            }
            if let Some(reads) = reads
                && element.fact(fact::READ_ONLY).is_none()
            {
                element.set(yes_no(fact::READ_ONLY, reads, Origin::Imported, span));
            }
        });
        self.exchanged(flow, interface, operations);
    }

    fn exchanged(&mut self, flow: usize, interface: &Interface, operations: &[&Operation]) {
        let takes = operations.iter().fold(0, |all, operation| all | operation.takes);
        let gives = operations.iter().fold(0, |all, operation| all | operation.gives);
        let span = operations.first().map_or_else(|| Span::new(vauban_model::FileId(0), 1, 1, 0), |first| first.span);
        self.carry(flow, fact::CARRIES, takes, &interface.assets, span);
        self.carry(flow, fact::RETURNS, gives, &interface.assets, span);
    }

    /// Says which operations a flow calls: what is found of it is found of these.
    fn name_flow(&mut self, flow: usize, operations: &[&Operation]) {
        let shown: Vec<&str> = operations.iter().take(NAMED).map(|operation| &*operation.name).collect();
        let more = operations.len().saturating_sub(NAMED);
        let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
        let all: Vec<String> = operations.iter().map(|operation| operation.name.to_string()).collect();
        self.change_flow(flow, |element| {
            element.name = format!("{}{rest}", shown.join(", ")).into();
            element.extras.push(("operations".into(), all.join(", ").into()));
        });
    }

    /// What descriptions of messages say of the flows with brokers.
    fn messages(&mut self, interface: &Interface, between: &FxHashMap<(u32, u32), usize>) {
        for operation in &interface.operations {
            for at in &operation.brokers {
                let Some(broker) = self.component_of(*at) else { continue };
                let resource = self.input.estate.resource(*at);
                let own = (operation.admission, operation.admitted);
                let (admission, span) = match own.0 {
                    Admission::Needs(_) => own,
                    _ if resource.get("security").is_some() => admission(resource, self.input.estate),
                    _ => (Admission::Silent, operation.span),
                };
                let ends = [
                    (operation.ways.0, (interface.component, broker), operation.gives),
                    (operation.ways.1, (broker, interface.component), operation.takes),
                ];
                for (_, ends, kinds) in ends.into_iter().filter(|(on, ..)| *on) {
                    let Some(flow) = between.get(&ends).copied() else { continue };
                    self.change_flow(flow, |element| {
                        let strength = match admission {
                            Admission::Needs(at) => STRENGTH.get(at).copied(),
                            Admission::Open { .. } => Some("none"),
                            Admission::Silent => None,
                        };
                        if let Some(strength) = strength
                            && element.fact(fact::AUTHENTICATION).is_none()
                            && let Some(fact) = word(fact::AUTHENTICATION, strength, Origin::Imported, span)
                        {
                            element.set(fact);
                        }
                        element.set(yes_no(fact::ASYNCHRONOUS, true, Origin::Imported, operation.span));
                    });
                    self.carry(flow, fact::CARRIES, kinds, &interface.assets, operation.span);
                }
            }
        }
    }

    /// Adds the assets of kinds to what a flow carries or returns.
    pub(super) fn carry(&mut self, flow: usize, id: FactId, kinds: Kinds, assets: &[Option<u32>], span: Span) {
        for (at, asset) in assets.iter().enumerate() {
            if kinds & (1 << at) != 0
                && let Some(asset) = asset
            {
                self.change_flow(flow, |element| add_reference(element, id, *asset, span));
            }
        }
    }

    /// Notes the evidence of a flow that a description declares.
    pub(super) fn declared(&mut self, flow: usize, grade: &str, text: &str, span: Span) {
        self.change_flow(flow, |element| {
            element.extras.push((format!("evidence ({grade})").into(), text.into()));
            if let Some(fact) = word(fact::FLOW_EVIDENCE, grade, Origin::Imported, span) {
                element.set(fact);
            }
        });
    }

    pub(super) fn change_flow(&mut self, flow: usize, change: impl FnOnce(&mut Element)) {
        if let Some(flow) = self.out.model.flows.get_mut(flow) {
            change(&mut flow.element);
        }
    }
}
