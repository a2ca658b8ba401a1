//! Operations of an API that its OpenAPI description has: each as a method or a route.

use rustc_hash::FxHashSet;

use vauban_model::Span;
use vauban_model::resource::{Resource, Text, Value, Why};

use super::api::Admission;
use super::{Sam, make};
use crate::plain;

/// Words for methods in descriptions.
const METHODS: [&str; 9] =
    ["get", "put", "post", "delete", "patch", "head", "options", "trace", "x-amazon-apigateway-any-method"];

/// The method and path of each operation.
pub(super) fn described(body: &Value) -> FxHashSet<(String, Text)> {
    each(body).into_iter().map(|(method, path, _)| (method, path.clone())).collect()
}

/// Method, path and content of each operation.
fn each(body: &Value) -> Vec<(String, &Text, &Value)> {
    let mut out = Vec::new();
    for (path, item) in body.get("paths").map(make::entries).unwrap_or_default() {
        for (method, operation) in make::entries(item) {
            let lower = method.to_ascii_lowercase();
            if METHODS.contains(&lower.as_str()) {
                let method = if lower.starts_with("x-") { "ANY".to_owned() } else { lower.to_ascii_uppercase() };
                out.push((method, path, operation));
            }
        }
    }
    out
}

impl Sam<'_> {
    /// Makes a method or route of each operation.
    pub(super) fn operations(&mut self, of: &Resource, body: &Value, http: bool) {
        let api = self.id(&of.address).to_owned();
        for (method, path, operation) in each(body) {
            let span = operation.span;
            let admission = self.secured(&of.address, body, operation, span);
            let id = format!("{api}:{method}:{path}");
            let named = self.to(&api, "", span);
            let integration = operation.get("x-amazon-apigateway-integration");
            let part = |key: &str| integration.and_then(|one| make::given(one, key)).cloned();
            if http {
                let made = integration.is_some().then(|| {
                    make::map(
                        span,
                        vec![
                            ("ApiId", Some(named.clone())),
                            ("IntegrationType", part("type")),
                            ("IntegrationUri", part("uri")),
                            ("CredentialsArn", part("credentials")),
                        ],
                    )
                });
                let key = make::text(&format!("{method} {path}"), span);
                self.route(of, &id, &named, key, admission, made, span);
            } else {
                let made = integration.is_some().then(|| {
                    make::map(
                        span,
                        vec![
                            ("Type", part("type")),
                            ("IntegrationHttpMethod", part("httpMethod")),
                            ("Uri", part("uri")),
                            ("Credentials", part("credentials")),
                            ("RequestTemplates", part("requestTemplates")),
                        ],
                    )
                });
                let operation = (make::text(&method, span), make::text(path, span));
                self.method(of, &id, &named, operation, admission, made, span);
            }
        }
    }

    /// Who may call an operation: its own security, the description's, or the API's default.
    fn secured(&mut self, api: &Text, body: &Value, operation: &Value, span: Span) -> Admission {
        let none = Admission { kind: make::text("NONE", span), authorizer: None, key: None };
        if let Some(kind) = operation.at("x-amazon-apigateway-auth.type").and_then(Value::as_text) {
            return Admission { kind: make::text(kind, span), ..none };
        }
        let security = operation.get("security").or_else(|| body.get("security"));
        let Some(list) = security.filter(|security| !security.is_null()) else {
            return self.admission(api, None, span);
        };
        let mut out = none;
        for (name, _) in make::items(list).into_iter().flat_map(make::entries) {
            let scheme = body
                .get("securityDefinitions")
                .and_then(|all| all.get(name))
                .or_else(|| body.at("components.securitySchemes").and_then(|all| all.get(name)));
            let Some(scheme) = scheme else {
                // One of the API's own authorisers.
                let named = plain::map(list.span, [("Authorizer", make::text(name, list.span))]);
                return self.admission(api, Some(&named), span);
            };
            let word = |key: &str| scheme.get(key).and_then(Value::as_text).unwrap_or("");
            match word("x-amazon-apigateway-authtype").to_ascii_lowercase().as_str() {
                "awssigv4" => out.kind = make::text("AWS_IAM", list.span),
                "cognito_user_pools" => out.kind = make::text("COGNITO_USER_POOLS", list.span),
                _ if scheme.get("x-amazon-apigateway-authorizer").is_some() => {
                    let jwt = scheme.at("x-amazon-apigateway-authorizer.type").and_then(Value::as_text) == Some("jwt");
                    out.kind = make::text(if jwt { "JWT" } else { "CUSTOM" }, list.span);
                }
                _ if word("type") == "apiKey" && word("name").eq_ignore_ascii_case("x-api-key") => {
                    out.key = Some(Value::new(vauban_model::resource::ValueKind::Bool(true), list.span));
                }
                // A scheme that the gateway does not enforce by itself: perhaps what stands behind does.
                _ => {}
            }
        }
        if list.as_list().is_none() {
            out.kind = Value::unknown(Why::Unsupported, plain::render(list), list.span);
        }
        out
    }
}
