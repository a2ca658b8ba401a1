//! AsyncAPI 2 and 3: an application, the brokers and servers it talks to, and what it sends and receives there.
//!
//! In version 2 a description says what others do: `publish` is what the application receives, `subscribe` what it sends.
//! In version 3 `send` and `receive` are the application's own.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Resource, Source, Text, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};

use super::documents::{At, Documents};
use super::schema::Schemas;
use super::{openapi, resource, stem};
use crate::plain;

/// Brokers by address: several descriptions may name the same one.
#[derive(Default)]
pub(super) struct Brokers {
    known: FxHashMap<Text, ()>,
}

struct Reader<'d, 's> {
    documents: &'d Documents,
    root: At<'d>,
    path: String,
    schemas: &'s mut Schemas,
    problems: &'s mut Vec<Diagnostic>,
    /// Names of servers, with the address of each.
    servers: Vec<(&'d str, Text)>,
    operations: Vec<Resource>,
}

/// Which way messages go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Send,
    Receive,
}

impl Action {
    fn word(self) -> &'static str {
        if self == Action::Send { "send" } else { "receive" }
    }
}

/// Adds the resources of one description: itself first, then its brokers and operations.
pub(super) fn read<'d>(
    documents: &'d Documents,
    root: At<'d>,
    brokers: &mut Brokers,
    schemas: &mut Schemas,
    out: &mut Vec<Resource>,
    problems: &mut Vec<Diagnostic>,
) {
    let path = documents.path(root.document).to_owned();
    let mut reader = Reader { documents, root, path, schemas, problems, servers: Vec::new(), operations: Vec::new() };
    let mut made = Vec::new();
    reader.servers(brokers, &mut made);
    match root.node.get("asyncapi").and_then(|version| version.as_str()) {
        Some(version) if version.starts_with('3') => reader.third(),
        _ => reader.second(),
    }
    out.push(reader.description());
    out.append(&mut made);
    out.append(&mut reader.operations);
}

impl<'d> Reader<'d, '_> {
    fn description(&mut self) -> Resource {
        let root = self.root.node;
        let title = root.get("info").and_then(|info| info.get("title"));
        let span = root.get("asyncapi").map_or(root.span, |version| version.span);
        if self.operations.is_empty() {
            self.problems.push(super::without_operations(span));
        } else if self.servers.is_empty() {
            self.problems.push(
                Diagnostic::note("description-without-servers", span, "this description has no `servers`")
                    .help("with whom messages are exchanged is not known; name the broker or server"),
            );
        }
        let mut attributes: Vec<(Text, Value)> = vec![
            ("path".into(), Value::text(self.path.as_str(), span)),
            ("format".into(), Value::text("asyncapi", span)),
        ];
        if let Some(title) = title {
            attributes.push(("title".into(), plain::value(title)));
        }
        let name = title.and_then(|title| title.as_str()).map(str::trim).filter(|title| !title.is_empty());
        let attributes = Value::new(ValueKind::Map(attributes), span);
        let name = name.unwrap_or_else(|| stem(&self.path));
        resource(Source::AsyncApi, "api:document", format!("api:{}", self.path), name, attributes, span)
    }

    fn servers(&mut self, brokers: &mut Brokers, out: &mut Vec<Resource>) {
        let Some(servers) = self.root.get("servers") else { return };
        for (entry, server) in servers.entries() {
            let Some(server) = self.documents.resolve(server) else { continue };
            let at = server.at;
            let Some(node) = at.node.get("host").or_else(|| at.node.get("url")) else { continue };
            let Some(text) = node.as_str() else { continue };
            let filled = openapi::filled(text, at.node.get("variables"));
            let (scheme, rest) = filled.split_once("://").map_or((None, filled.as_str()), |(s, r)| (Some(s), r));
            let host = rest.split('/').next().unwrap_or(rest).to_ascii_lowercase();
            let protocol = at.text("protocol").or(scheme).unwrap_or("unknown").to_ascii_lowercase();
            let address: Text = format!("api:broker:{protocol}://{host}").into();
            self.servers.push((&*entry.key, address.clone()));
            if brokers.known.insert(address.clone(), ()).is_some() {
                continue;
            }
            let mut attributes: Vec<(Text, Value)> = vec![
                ("host".into(), Value::text(host.as_str(), node.span)),
                (
                    "protocol".into(),
                    Value::text(protocol.as_str(), at.node.get("protocol").map_or(node.span, |p| p.span)),
                ),
            ];
            if let Some(security) = at.get("security") {
                attributes.push(("security".into(), self.security(security)));
            }
            let attributes = Value::new(ValueKind::Map(attributes), node.span);
            out.push(resource(Source::AsyncApi, "api:broker", address.to_string(), &host, attributes, entry.key_span));
        }
    }

    /// Alternatives, each a map of the schemes that it needs, with what these are.
    fn security(&mut self, security: At<'d>) -> Value {
        let mut alternatives = Vec::new();
        for alternative in security.items() {
            let inline = alternative.node.get("$ref").is_some() || alternative.text("type").is_some();
            let mut needs: Vec<(Text, Value)> = Vec::new();
            if inline {
                let name = alternative.text("$ref").and_then(|text| text.rsplit('/').next()).unwrap_or("scheme");
                let scheme = match self.documents.resolve(alternative) {
                    Some(resolved) => plain::value(resolved.at.node),
                    None => Value::unknown(Why::Missing, name, alternative.node.span),
                };
                needs.push((name.into(), scheme));
            } else {
                for (entry, _) in alternative.entries() {
                    needs.push((Text::from(&*entry.key), self.scheme(&entry.key, entry.key_span)));
                }
            }
            alternatives.push(Value::new(ValueKind::Map(needs), alternative.node.span));
        }
        plain::list(security.node.span, alternatives)
    }

    fn scheme(&mut self, name: &str, span: Span) -> Value {
        let schemes = self.root.get("components").and_then(|components| components.get("securitySchemes"));
        let found = schemes.and_then(|all| all.get(name)).and_then(|at| self.documents.resolve(at));
        match found {
            Some(resolved) => plain::value(resolved.at.node),
            None => {
                self.problems.push(
                    Diagnostic::warning(
                        "security-scheme-missing",
                        span,
                        format!("the security scheme `{name}` is declared nowhere"),
                    )
                    .help("declare it under `components.securitySchemes`"),
                );
                Value::unknown(Why::Missing, name, span)
            }
        }
    }

    fn second(&mut self) {
        let Some(channels) = self.root.get("channels") else { return };
        for (name, channel) in channels.entries() {
            let Some(channel) = self.documents.resolve(channel) else { continue };
            let named: Vec<&str> = channel
                .at
                .get("servers")
                .into_iter()
                .flat_map(At::items)
                .filter_map(|item| item.node.as_str())
                .collect();
            let brokers = self.brokers(&named);
            for (key, action) in [("publish", Action::Receive), ("subscribe", Action::Send)] {
                let Some(operation) = channel.at.get(key).and_then(|at| self.documents.resolve(at)) else { continue };
                let mut parts = Vec::new();
                if let Some(message) = operation.at.get("message") {
                    self.message(message, 0, &mut parts);
                }
                let security = operation.at.get("security").map(|security| self.security(security));
                let span = channel.at.node.get(key).map_or(name.key_span, |_| {
                    channel
                        .at
                        .entries()
                        .find(|(entry, _)| &*entry.key == key)
                        .map_or(name.key_span, |(e, _)| e.key_span)
                });
                self.operation(&name.key, (action, &name.key), span, &brokers, (parts, None), security);
            }
        }
    }

    fn third(&mut self) {
        let Some(operations) = self.root.get("operations") else { return };
        for (name, operation) in operations.entries() {
            let Some(operation) = self.documents.resolve(operation) else { continue };
            let action = if operation.at.text("action") == Some("send") { Action::Send } else { Action::Receive };
            let channel = operation.at.get("channel").and_then(|at| self.documents.resolve(at));
            let mut parts = Vec::new();
            self.messages(operation.at, channel.as_ref().map(|channel| channel.at), &mut parts);
            let mut named: Vec<&str> = Vec::new();
            if let Some(servers) = channel.as_ref().and_then(|channel| channel.at.get("servers")) {
                named.extend(servers.items().filter_map(|item| item.text("$ref")?.rsplit('/').next()));
            }
            let brokers = self.brokers(&named);
            let reply = operation.at.get("reply").and_then(|reply| self.documents.resolve(reply)).map(|reply| {
                let channel = reply.at.get("channel").and_then(|at| self.documents.resolve(at));
                let mut parts = Vec::new();
                self.messages(reply.at, channel.map(|channel| channel.at), &mut parts);
                parts
            });
            let security = operation.at.get("security").map(|security| self.security(security));
            let address = channel.as_ref().and_then(|channel| channel.at.text("address"));
            let pointer = channel.as_ref().and_then(|channel| channel.pointer.as_deref()?.rsplit('/').next());
            let channel = address.or(pointer).unwrap_or(&name.key);
            self.operation(&name.key, (action, channel), name.key_span, &brokers, (parts, reply), security);
        }
    }

    /// The messages of an operation; all of its channel when it names none.
    fn messages(&mut self, operation: At<'d>, channel: Option<At<'d>>, parts: &mut Vec<Value>) {
        if let Some(messages) = operation.get("messages") {
            messages.items().for_each(|message| self.message(message, 0, parts));
        } else if let Some(messages) = channel.and_then(|channel| channel.get("messages")) {
            messages.entries().for_each(|(_, message)| self.message(message, 0, parts));
        }
    }

    fn message(&mut self, at: At<'d>, depth: usize, parts: &mut Vec<Value>) {
        let Some(resolved) = self.documents.resolve(at) else { return };
        if depth > 4 {
            return;
        }
        for one in resolved.at.get("oneOf").into_iter().flat_map(At::items) {
            self.message(one, depth + 1, parts);
        }
        for key in ["payload", "headers"] {
            if let Some(schema) = resolved.at.get(key) {
                self.schemas.parts(self.documents, schema, parts);
            }
        }
    }

    /// Addresses of servers by name; of all when none is named.
    fn brokers(&self, named: &[&str]) -> Vec<Text> {
        let wanted = self.servers.iter().filter(|(name, _)| named.is_empty() || named.contains(name));
        let mut out: Vec<Text> = Vec::new();
        for (_, address) in wanted {
            if !out.contains(address) {
                out.push(address.clone());
            }
        }
        out
    }

    fn operation(
        &mut self,
        id: &str,
        (action, channel): (Action, &str),
        span: Span,
        brokers: &[Text],
        (parts, reply): (Vec<Value>, Option<Vec<Value>>),
        security: Option<Value>,
    ) {
        let brokers = brokers.iter().map(|address| plain::reference(address, "", span)).collect();
        let both = reply.is_some();
        let (gives, takes) = match action {
            Action::Send => (parts, reply.unwrap_or_default()),
            Action::Receive => (reply.unwrap_or_default(), parts),
        };
        let mut attributes: Vec<(Text, Value)> = vec![
            ("document".into(), plain::reference(&format!("api:{}", self.path), "", span)),
            ("action".into(), Value::text(action.word(), span)),
            ("channel".into(), Value::text(channel, span)),
            ("brokers".into(), plain::list(span, brokers)),
            ("takes".into(), plain::list(span, takes)),
            ("gives".into(), plain::list(span, gives)),
        ];
        if both {
            attributes.push(("reply".into(), Value::new(ValueKind::Bool(true), span)));
        }
        attributes.extend(security.map(|security| ("security".into(), security)));
        let name = format!("{} {id}", action.word());
        let address = format!("api:{}#{name}", self.path);
        let attributes = Value::new(ValueKind::Map(attributes), span);
        self.operations.push(resource(Source::AsyncApi, "api:operation", address, &name, attributes, span));
    }
}
