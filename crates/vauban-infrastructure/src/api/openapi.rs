//! OpenAPI 3 and Swagger 2.

use vauban_model::resource::{Resource, Source, Text, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::Kind;

use super::documents::{At, Documents};
use super::schema::Schemas;
use super::{resource, stem};
use crate::plain;

/// Words for methods. `query` is of OpenAPI 3.2, the last of API Gateway.
const METHODS: [&str; 10] =
    ["get", "put", "post", "delete", "patch", "head", "options", "trace", "query", "x-amazon-apigateway-any-method"];
/// Most servers of one description.
const MOST_SERVERS: usize = 64;

/// One description on its way.
struct Reader<'d, 's> {
    documents: &'d Documents,
    root: At<'d>,
    path: String,
    swagger: bool,
    schemas: &'s mut Schemas,
    problems: &'s mut Vec<Diagnostic>,
    servers: Vec<(String, Value)>,
    outbound: Vec<Value>,
    schemes: Vec<(Text, Value)>,
}

/// Adds the resources of one description: itself first, then its operations.
pub(super) fn read<'d>(
    documents: &'d Documents,
    root: At<'d>,
    schemas: &mut Schemas,
    out: &mut Vec<Resource>,
    problems: &mut Vec<Diagnostic>,
) {
    let path = documents.path(root.document).to_owned();
    let swagger = root.node.get("swagger").is_some();
    let mut reader = Reader {
        documents,
        root,
        path,
        swagger,
        schemas,
        problems,
        servers: Vec::new(),
        outbound: Vec::new(),
        schemes: Vec::new(),
    };
    reader.declared();
    reader.global_servers();
    let mut operations = Vec::new();
    reader.operations(&mut operations);
    reader.webhooks();
    out.push(reader.description(operations.len()));
    out.append(&mut operations);
}

impl<'d> Reader<'d, '_> {
    /// The description itself.
    fn description(self, operations: usize) -> Resource {
        let root = self.root.node;
        let info = root.get("info");
        let title = info.and_then(|info| info.get("title")).and_then(|title| title.as_str());
        let version = root.get("openapi").or_else(|| root.get("swagger"));
        let span = version.map_or(root.span, |version| version.span);
        if operations == 0 && self.outbound.is_empty() {
            self.problems.push(super::without_operations(span));
        }
        let mut attributes: Vec<(Text, Value)> = vec![
            ("path".into(), Value::text(self.path.as_str(), span)),
            ("format".into(), Value::text(if self.swagger { "swagger" } else { "openapi" }, span)),
            ("operations".into(), Value::new(ValueKind::Number(as_number(operations)), span)),
            ("servers".into(), plain::list(span, self.servers.into_iter().map(|(_, server)| server).collect())),
            ("schemes".into(), Value::new(ValueKind::Map(self.schemes), span)),
        ];
        if let Some(title) = info.and_then(|info| info.get("title")) {
            attributes.push(("title".into(), plain::value(title)));
        }
        if !self.outbound.is_empty() {
            attributes.push(("outbound".into(), plain::list(span, self.outbound)));
        }
        let name = title.map(str::trim).filter(|title| !title.is_empty()).unwrap_or_else(|| stem(&self.path));
        let attributes = Value::new(ValueKind::Map(attributes), span);
        resource(Source::OpenApi, "api:document", format!("api:{}", self.path), name, attributes, span)
    }

    /// What the description declares as ways to sign in.
    fn declared(&mut self) {
        let all = if self.swagger {
            self.root.get("securityDefinitions")
        } else {
            self.root.get("components").and_then(|components| components.get("securitySchemes"))
        };
        let Some(all) = all else { return };
        for (entry, at) in all.entries() {
            let scheme = match self.documents.resolve(at) {
                Some(resolved) => plain::value(resolved.at.node),
                None => Value::unknown(Why::Missing, &*entry.key, at.node.span),
            };
            self.schemes.push((Text::from(&*entry.key), scheme));
        }
    }

    /// Where the description says the interface is.
    fn global_servers(&mut self) {
        if !self.swagger {
            if let Some(servers) = self.root.get("servers") {
                self.servers_of(servers);
            }
            return;
        }
        let Some(host) = self.root.node.get("host") else { return };
        let base = self.root.text("basePath").unwrap_or("");
        let schemes = self.root.node.get("schemes").and_then(|schemes| schemes.as_sequence()).unwrap_or(&[]);
        let Some(name) = host.as_str() else { return };
        if schemes.is_empty() {
            // By the specification it is then the one that the description itself was fetched with.
            self.server(format!("//{name}{base}"), host.span);
        }
        for scheme in schemes.iter().take(MOST_SERVERS) {
            if let Some(word) = scheme.as_str() {
                self.server(format!("{}://{name}{base}", word.to_ascii_lowercase()), scheme.span);
            }
        }
    }

    fn servers_of(&mut self, servers: At<'d>) {
        for server in servers.items() {
            let Some(url) = server.node.get("url") else { continue };
            let Some(text) = url.as_str() else { continue };
            let filled = filled(text, server.node.get("variables"));
            self.server(filled, url.span);
        }
    }

    fn server(&mut self, url: String, span: Span) {
        if self.servers.len() < MOST_SERVERS && !self.servers.iter().any(|(known, _)| *known == url) {
            let value = plain::map(span, [("url", Value::text(url.as_str(), span))]);
            self.servers.push((url, value));
        }
    }

    fn operations(&mut self, out: &mut Vec<Resource>) {
        let Some(paths) = self.root.get("paths") else { return };
        for (path, item) in paths.entries() {
            if path.key.starts_with("x-") {
                continue;
            }
            let Some(resolved) = self.documents.resolve(item) else { continue };
            let item = resolved.at;
            if let Some(servers) = item.get("servers") {
                self.servers_of(servers);
            }
            for (entry, operation) in item.entries() {
                let lower = entry.key.to_ascii_lowercase();
                if METHODS.contains(&lower.as_str()) {
                    let method = if lower.starts_with("x-") { "ANY".to_owned() } else { lower.to_ascii_uppercase() };
                    out.push(self.operation(&method, &path.key, entry.key_span, item, operation));
                }
            }
        }
    }

    fn operation(&mut self, method: &str, path: &str, span: Span, item: At<'d>, operation: At<'d>) -> Resource {
        let mut takes = Vec::new();
        let mut gives = Vec::new();
        let mut media: Vec<Value> = Vec::new();
        let mut upload = None;
        for parameters in [item.get("parameters"), operation.get("parameters")].into_iter().flatten() {
            for parameter in parameters.items() {
                self.parameter(parameter, &mut takes, &mut upload);
            }
        }
        let form = upload.is_some();
        if let Some(body) = operation.get("requestBody").and_then(|body| self.documents.resolve(body)) {
            self.content(body.at, &mut takes, Some((&mut media, &mut upload)));
        } else if self.swagger {
            let consumes = operation.node.get("consumes").or_else(|| self.root.node.get("consumes"));
            let body = form || takes.iter().any(|part| part.as_reference().is_some());
            for one in consumes.filter(|_| body).and_then(|all| all.as_sequence()).unwrap_or(&[]) {
                media.push(plain::value(one));
            }
        }
        if let Some(responses) = operation.get("responses") {
            for (_, response) in responses.entries() {
                let Some(response) = self.documents.resolve(response) else { continue };
                self.content(response.at, &mut gives, None);
                if let Some(schema) = response.at.get("schema") {
                    self.schemas.parts(self.documents, schema, &mut gives);
                }
            }
        }
        if let Some(servers) = operation.get("servers") {
            self.servers_of(servers);
        }
        let name = format!("{method} {path}");
        for (_, callback) in operation.get("callbacks").into_iter().flat_map(At::entries) {
            let Some(callback) = self.documents.resolve(callback) else { continue };
            for (url, item) in callback.at.entries().filter(|(url, _)| !url.key.starts_with("x-")) {
                self.outbound("callback", &name, &url.key, url.key_span, item);
            }
        }
        let mut attributes: Vec<(Text, Value)> = vec![
            ("document".into(), plain::reference(&format!("api:{}", self.path), "", span)),
            ("method".into(), Value::text(method, span)),
            ("path".into(), Value::text(path, span)),
            ("takes".into(), plain::list(span, takes)),
            ("gives".into(), plain::list(span, gives)),
        ];
        if !media.is_empty() {
            attributes.push(("consumes".into(), plain::list(span, media)));
        }
        if let Some(at) = upload {
            attributes.push(("upload".into(), Value::new(ValueKind::Bool(true), at)));
        }
        if let Some(id) = operation.node.get("operationId") {
            attributes.push(("operation_id".into(), plain::value(id)));
        }
        if let Some(auth) = operation.node.get("x-amazon-apigateway-auth") {
            attributes.push(("gateway_auth".into(), plain::value(auth)));
        }
        let own = operation.get("security");
        if let Some(security) = own.or_else(|| self.root.get("security")) {
            attributes.push(("security".into(), self.security(security)));
            let from = if own.is_some() { "operation" } else { "description" };
            attributes.push(("security_from".into(), Value::text(from, security.node.span)));
        }
        let attributes = Value::new(ValueKind::Map(attributes), span);
        resource(Source::OpenApi, "api:operation", format!("api:{}#{name}", self.path), &name, attributes, span)
    }

    /// Alternatives, each a map of the schemes that it needs, with what these are.
    fn security(&mut self, security: At<'d>) -> Value {
        let span = security.node.span;
        if security.node.as_sequence().is_none() {
            return if security.node.is_null() { plain::list(span, Vec::new()) } else { plain::value(security.node) };
        }
        let mut alternatives = Vec::new();
        for alternative in security.items() {
            let mut needs: Vec<(Text, Value)> = Vec::new();
            for (entry, scopes) in alternative.entries() {
                let known =
                    self.schemes.iter().find(|(name, _)| **name == *entry.key).map(|(_, scheme)| scheme.clone());
                let mut scheme = known.unwrap_or_else(|| {
                    self.problems.push(
                        Diagnostic::warning(
                            "security-scheme-missing",
                            entry.key_span,
                            format!("the security scheme `{}` is declared nowhere", entry.key),
                        )
                        .help("declare it under `components.securitySchemes` (Swagger 2: `securityDefinitions`)"),
                    );
                    Value::unknown(Why::Missing, &*entry.key, entry.key_span)
                });
                if scopes.node.as_sequence().is_some_and(|scopes| !scopes.is_empty()) {
                    plain::set(&mut scheme, "needed_scopes", plain::value(scopes.node));
                }
                needs.push((Text::from(&*entry.key), scheme));
            }
            alternatives.push(Value::new(ValueKind::Map(needs), alternative.node.span));
        }
        plain::list(span, alternatives)
    }

    fn parameter(&mut self, at: At<'d>, takes: &mut Vec<Value>, upload: &mut Option<Span>) {
        let Some(resolved) = self.documents.resolve(at) else { return };
        let at = resolved.at;
        let body = at.text("in") == Some("body");
        if let Some(name) = at.node.get("name").filter(|_| !body)
            && let Some(text) = name.as_str()
        {
            takes.push(Value::text(text, name.span));
        }
        if let Some(ty) = at.node.get("type").filter(|ty| ty.as_str() == Some("file")) {
            *upload = upload.or(Some(ty.span));
        }
        if let Some(schema) = at.get("schema") {
            self.schemas.parts(self.documents, schema, takes);
        }
        self.content(at, takes, None);
    }

    /// The schemas of each media type; which types, and whether files come in, where that is wanted.
    fn content(&mut self, at: At<'d>, parts: &mut Vec<Value>, mut taken: Option<(&mut Vec<Value>, &mut Option<Span>)>) {
        let Some(content) = at.get("content") else { return };
        for (ty, inner) in content.entries() {
            let Some(inner) = self.documents.resolve(inner) else { continue };
            if let Some((media, upload)) = &mut taken {
                media.push(Value::text(&*ty.key, ty.key_span));
                if upload.is_none() && self.is_upload(&ty.key, inner.at) {
                    **upload = Some(ty.key_span);
                }
            }
            if let Some(schema) = inner.at.get("schema") {
                self.schemas.parts(self.documents, schema, parts);
            }
        }
    }

    /// Whether a body of a media type is a file, or a form with one.
    fn is_upload(&self, ty: &str, at: At<'d>) -> bool {
        let ty = ty.to_ascii_lowercase();
        let file = ["image/", "video/", "audio/", "application/octet-stream", "application/pdf", "application/zip"];
        if file.iter().any(|start| ty.starts_with(start)) {
            return true;
        }
        let Some(schema) = at.get("schema").and_then(|schema| self.documents.resolve(schema)) else { return false };
        let Some(properties) = schema.at.get("properties").filter(|_| ty.starts_with("multipart/")) else {
            return false;
        };
        properties.entries().filter_map(|(_, property)| self.documents.resolve(property)).any(|property| {
            let one = |at: At<'d>| {
                matches!(at.text("format"), Some("binary" | "base64")) || at.node.get("contentMediaType").is_some()
            };
            one(property.at) || property.at.get("items").is_some_and(one)
        })
    }

    /// Requests that the interface itself sends to whoever asked for them.
    fn webhooks(&mut self) {
        let Some(all) = self.root.get("webhooks").or_else(|| self.root.get("x-webhooks")) else { return };
        for (entry, item) in all.entries() {
            self.outbound("webhook", &entry.key, "", entry.key_span, item);
        }
    }

    fn outbound(&mut self, kind: &str, name: &str, url: &str, span: Span, item: At<'d>) {
        let Some(item) = self.documents.resolve(item) else { return };
        let mut parts = Vec::new();
        for (entry, operation) in item.at.entries() {
            if !METHODS.contains(&&*entry.key.to_ascii_lowercase()) {
                continue;
            }
            if let Some(body) = operation.get("requestBody").and_then(|body| self.documents.resolve(body)) {
                self.content(body.at, &mut parts, None);
            }
        }
        let made = [
            ("kind", Value::text(kind, span)),
            ("name", Value::text(name, span)),
            ("url", Value::text(url, span)),
            ("takes", plain::list(span, parts)),
        ];
        self.outbound.push(plain::map(span, made));
    }
}

/// A server's address with the defaults of its variables.
pub(super) fn filled(text: &str, variables: Option<&vauban_syntax::Node>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        let default = variables.and_then(|all| all.get(name)).and_then(|variable| match &variable.kind {
            Kind::Mapping(_) => {
                let first = variable.get("enum").and_then(|all| all.as_sequence()).and_then(<[_]>::first);
                variable.get("default").or(first)?.as_str()
            }
            _ => None,
        });
        match default {
            Some(value) => out.push_str(value),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// A count as values have numbers.
fn as_number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}
