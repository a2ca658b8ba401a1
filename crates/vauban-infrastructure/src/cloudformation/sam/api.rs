//! APIs: REST and HTTP APIs, those that nobody declared included, their authorisers, stages and what events add to them.

use rustc_hash::{FxHashMap, FxHashSet};

use vauban_model::resource::{Mode, Resource, Text, Value, Why};
use vauban_model::{Diagnostic, Span};

use super::events::{Event, Incomplete, is_plain, required};
use super::{Sam, make, resource_policy};
use crate::plain;

/// Ids of the APIs that the transform makes for events that name none.
pub(super) const REST: &str = "ServerlessRestApi";
pub(super) const HTTP: &str = "ServerlessHttpApi";

/// What events have to know about an API.
#[derive(Default)]
pub(super) struct Api {
    pub(super) http: bool,
    pub(super) stage: Option<Value>,
    /// The authoriser of operations that name none.
    default: Option<Value>,
    /// Kinds of the named authorisers.
    kinds: FxHashMap<Text, &'static str>,
    key_required: Option<Value>,
    /// Operations that its description has: method and path.
    pub(super) described: FxHashSet<(String, Text)>,
}

/// Who may call an operation.
pub(super) struct Admission {
    pub(super) kind: Value,
    pub(super) authorizer: Option<Value>,
    pub(super) key: Option<Value>,
}

/// How each notation of an API's authorisation is spelt.
const NONE: &str = "NONE";
const IAM: &str = "AWS_IAM";

impl Sam<'_> {
    /// Remembers what events need to know about an API.
    pub(super) fn learn_api(&mut self, resource: &Resource) {
        let http = match &*resource.native_type {
            "AWS::Serverless::Api" => false,
            "AWS::Serverless::HttpApi" => true,
            _ => return,
        };
        let mut api = learnt(&resource.attributes, http);
        if let Some(body) = self.body(resource) {
            api.described = super::operations::described(body);
        }
        self.apis.insert(resource.address.clone(), api);
    }

    /// The description of an API, where it is at hand.
    pub(super) fn body<'a>(&'a self, resource: &'a Resource) -> Option<&'a Value> {
        make::given(&resource.attributes, "DefinitionBody").or_else(|| self.bodies.get(&resource.address))
    }

    /// The API of an event: its address, if it is one of SAM's here, and the value that names it.
    fn api_of(&mut self, event: &Event<'_>, key: &str, implicit: &str, http: bool) -> (Option<Text>, Value) {
        let address: Text = format!("{}{implicit}", self.prefix).into();
        let named = event.get(key);
        let to = named.and_then(Value::as_reference);
        if named.is_some() && to.is_none_or(|to| to.address != address) {
            let known = to.filter(|to| self.apis.get(&to.address).is_some_and(|api| api.http == http));
            return (known.map(|to| to.address.clone()), named.cloned().unwrap_or_else(|| Value::null(event.span)));
        }
        if !self.apis.contains_key(&address) {
            let attributes = self.implicit_attributes(http, event.span);
            self.apis.insert(address.clone(), learnt(&attributes, http));
            if let Some(slot) = self.implicit.get_mut(usize::from(http)) {
                *slot = Some((event.of.clone(), event.span));
            }
        }
        let value = plain::reference(&address, "", event.span);
        (Some(address), value)
    }

    fn implicit_attributes(&self, http: bool, span: Span) -> Value {
        let mut attributes = self.global(if http { "HttpApi" } else { "Api" }).unwrap_or_else(|| plain::map(span, []));
        if !http && make::given(&attributes, "StageName").is_none() {
            plain::set(&mut attributes, "StageName", make::text("Prod", span));
        }
        attributes
    }

    /// Makes the APIs that nobody declared.
    pub(super) fn implicit_apis(&mut self) {
        for (http, native, id) in [(false, "AWS::Serverless::Api", REST), (true, "AWS::Serverless::HttpApi", HTTP)] {
            let Some((of, span)) = self.implicit.get_mut(usize::from(http)).and_then(Option::take) else { continue };
            let resource = Resource {
                address: format!("{}{id}", self.prefix).into(),
                ty: native.into(),
                native_type: native.into(),
                name: id.into(),
                mode: Mode::Managed,
                attributes: self.implicit_attributes(http, span),
                span,
                depends_on: Vec::new(),
                many: false,
                ..of
            };
            if http { self.http_api(resource) } else { self.rest_api(resource) }
        }
    }

    pub(super) fn rest_event(&mut self, event: &Event<'_>) -> Result<(), Incomplete> {
        let (path, method) = (required(event, "Path")?.clone(), required(event, "Method")?.clone());
        let (api, named) = self.api_of(event, "RestApiId", REST, false);
        let span = event.span;
        let method = upper(&method);
        let role = if event.caller.machine {
            let policy = make::allow("states:StartExecution", self.target(event), span);
            Some(self.helper_role(event.of, &event.id("Role"), "apigateway.amazonaws.com", policy, span))
        } else {
            let stage = api.as_ref().and_then(|api| self.apis.get(api)?.stage.as_ref()?.as_text());
            let suffix: String = stage.unwrap_or("").chars().filter(char::is_ascii_alphanumeric).collect();
            let source = invoked(&named, &method, &path, span);
            self.permission(event, &suffix, "apigateway.amazonaws.com", Some(source));
            None
        };
        let Some(api) = api else { return Ok(()) };
        if self.is_described(&api, &method, &path) {
            return Ok(());
        }
        let admission = self.admission(&api, event.get("Auth"), span);
        let integration = match role {
            None => {
                let uri = "arn:aws:apigateway:{AWS::Region}:lambda:path/2015-03-31/functions/{function}/invocations";
                plain::map(
                    span,
                    [
                        ("Type", make::text("AWS_PROXY", span)),
                        ("IntegrationHttpMethod", make::text("POST", span)),
                        ("Uri", make::fill(uri, span, &mut |_| Some(self.target(event)))),
                    ],
                )
            }
            Some(role) => {
                let uri = "arn:aws:apigateway:{AWS::Region}:states:action/StartExecution";
                let request = plain::map(span, [("stateMachineArn", self.target(event))]);
                plain::map(
                    span,
                    [
                        ("Type", make::text("AWS", span)),
                        ("IntegrationHttpMethod", make::text("POST", span)),
                        ("Uri", make::fill(uri, span, &mut |_| None)),
                        ("Credentials", role),
                        ("RequestTemplates", plain::map(span, [("application/json", request)])),
                    ],
                )
            }
        };
        let id = event.id("");
        self.method(event.of, &id, &named, (method, path), admission, Some(integration), span);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a method")]
    pub(super) fn method(
        &mut self,
        of: &Resource,
        id: &str,
        api: &Value,
        (method, path): (Value, Value),
        admission: Admission,
        integration: Option<Value>,
        span: Span,
    ) {
        let made = make::map(
            span,
            vec![
                ("RestApiId", Some(api.clone())),
                ("Path", Some(path)),
                ("HttpMethod", Some(method)),
                ("AuthorizationType", Some(admission.kind)),
                ("AuthorizerId", admission.authorizer),
                ("ApiKeyRequired", admission.key),
                ("Integration", integration),
            ],
        );
        self.add(of, id, "AWS::ApiGateway::Method", made, span);
    }

    pub(super) fn http_event(&mut self, event: &Event<'_>) -> Result<(), Incomplete> {
        let span = event.span;
        let route = match (event.get("Path"), event.get("Method")) {
            (None, None) => None,
            (Some(path), Some(method)) => Some((path.clone(), upper(method))),
            (None, _) => return Err(Incomplete("lacks `Path`".to_owned())),
            (_, None) => return Err(Incomplete("lacks `Method`".to_owned())),
        };
        let (api, named) = self.api_of(event, "ApiId", HTTP, true);
        let every = make::text("*", span);
        let (path, method) = route.clone().unwrap_or_else(|| (make::text("/*", span), every.clone()));
        let source = match &route {
            Some(_) => invoked(&named, &method, &path, span),
            None => {
                make::fill(EXECUTE, span, &mut |key| Some(if key == "api" { named.clone() } else { every.clone() }))
            }
        };
        self.permission(event, "", "apigateway.amazonaws.com", Some(source));
        let Some(api) = api else { return Ok(()) };
        if self.is_described(&api, &method, &path) {
            return Ok(());
        }
        let admission = self.admission(&api, event.get("Auth"), span);
        let id = event.id("");
        let integration = make::map(
            span,
            vec![
                ("ApiId", Some(named.clone())),
                ("IntegrationType", Some(make::text("AWS_PROXY", span))),
                ("IntegrationUri", Some(self.target(event))),
                ("PayloadFormatVersion", event.get("PayloadFormatVersion").cloned()),
            ],
        );
        let key = match route {
            Some((path, method)) => plain::join(vec![method, make::text(" ", span), path], span),
            None => make::text("$default", span),
        };
        self.route(event.of, &id, &named, key, admission, Some(integration), span);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a route")]
    pub(super) fn route(
        &mut self,
        of: &Resource,
        id: &str,
        api: &Value,
        key: Value,
        admission: Admission,
        integration: Option<Value>,
        span: Span,
    ) {
        let target = integration.map(|integration| {
            let target = self.add(of, &format!("{id}Integration"), "AWS::ApiGatewayV2::Integration", integration, span);
            plain::join(vec![make::text("integrations/", span), plain::reference(&target, "", span)], span)
        });
        let made = make::map(
            span,
            vec![
                ("ApiId", Some(api.clone())),
                ("RouteKey", Some(key)),
                ("AuthorizationType", Some(admission.kind)),
                ("AuthorizerId", admission.authorizer),
                ("Target", target),
            ],
        );
        self.add(of, id, "AWS::ApiGatewayV2::Route", made, span);
    }

    fn is_described(&self, api: &Text, method: &Value, path: &Value) -> bool {
        let (Some(api), Some(method), Some(path)) = (self.apis.get(api), method.as_text(), path.as_text()) else {
            return false;
        };
        api.described.contains(&(method.to_owned(), path.into()))
            || api.described.contains(&("ANY".to_owned(), path.into()))
    }

    /// Who may call an operation: what it says itself, or the API's default.
    pub(super) fn admission(&mut self, address: &Text, own: Option<&Value>, span: Span) -> Admission {
        let api = self.apis.get(address);
        let key = own
            .and_then(|own| make::given(own, "ApiKeyRequired"))
            .or_else(|| api.and_then(|api| api.key_required.as_ref()))
            .cloned();
        let named = own.and_then(|own| make::given(own, "Authorizer")).or_else(|| api?.default.as_ref());
        let unsettled = own.filter(|own| own.as_map().is_none());
        let Some(named) = unsettled.or(named) else {
            return Admission { kind: make::text(NONE, span), authorizer: None, key };
        };
        let (kind, authorizer) = match named.as_text() {
            Some(NONE) => (make::text(NONE, named.span), None),
            Some(IAM) => (make::text(IAM, named.span), None),
            Some(name) => match api.and_then(|api| api.kinds.get(name)) {
                Some(kind) => {
                    let id = format!("{}{name}Authorizer", self.id(address));
                    (make::text(kind, named.span), Some(self.to(&id, "", named.span)))
                }
                None => {
                    self.problems.push(
                        Diagnostic::warning(
                            "unknown-authorizer",
                            named.span,
                            format!("`{}` has no authorizer `{name}`", self.id(address)),
                        )
                        .help("declare it under `Auth` of the API, or mend the name"),
                    );
                    (Value::unknown(Why::Missing, name, named.span), None)
                }
            },
            None => (Value::unknown(Why::Unsupported, plain::render(named), named.span), None),
        };
        Admission { kind, authorizer, key }
    }

    pub(super) fn rest_api(&mut self, mut resource: Resource) {
        let span = resource.span;
        let id = self.id(&resource.address).to_owned();
        let body = self.body(&resource).cloned();
        resource.ty = "AWS::ApiGateway::RestApi".into();
        let attributes = &mut resource.attributes;
        make::take(attributes, "DefinitionBody");
        if let Some(body) = &body {
            plain::set(attributes, "Body", body.clone());
        }
        endpoint(attributes);
        let auth = make::given(attributes, "Auth").cloned();
        if let Some(policy) = auth.as_ref().and_then(|auth| make::given(auth, "ResourcePolicy")) {
            plain::set(attributes, "Policy", resource_policy::of(policy));
        }
        let own = self.to(&id, "", span);
        let stage = make::take(attributes, "StageName");
        let mut staged = make::map(span, vec![("RestApiId", Some(own.clone())), ("StageName", stage.clone())]);
        for key in [
            "AccessLogSetting",
            "MethodSettings",
            "TracingEnabled",
            "Variables",
            "CanarySetting",
            "CacheClusterEnabled",
            "CacheClusterSize",
        ] {
            if let Some(value) = make::take(attributes, key) {
                plain::set(&mut staged, key, value);
            }
        }
        self.keep(resource.clone());
        let name = stage.as_ref().filter(|stage| is_plain(stage)).and_then(plain::text_of).unwrap_or_default();
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let stage = format!("{id}{name}Stage");
        self.add(&resource, &stage, "AWS::ApiGateway::Stage", staged, span);
        if let Some(plan) = auth.as_ref().and_then(|auth| make::given(auth, "UsagePlan")) {
            self.usage_plan(&resource, &id, &stage, plan);
        }
        if let Some(domain) = resource.get("Domain") {
            self.domain(&resource, &id, &stage, domain, false);
        }
        self.authorizers(&resource, &id, auth.as_ref(), false);
        if let Some(body) = &body {
            self.operations(&resource, body, false);
        }
    }

    pub(super) fn http_api(&mut self, mut resource: Resource) {
        let span = resource.span;
        let id = self.id(&resource.address).to_owned();
        let body = self.body(&resource).cloned();
        resource.ty = "AWS::ApiGatewayV2::Api".into();
        let attributes = &mut resource.attributes;
        make::take(attributes, "DefinitionBody");
        if let Some(body) = &body {
            plain::set(attributes, "Body", body.clone());
        }
        plain::set(attributes, "ProtocolType", make::text("HTTP", span));
        if let Some(cors) = make::given(attributes, "CorsConfiguration").filter(|cors| cors.as_bool().is_some()) {
            let (open, place) = (cors.as_bool() == Some(true), cors.span);
            make::take(attributes, "CorsConfiguration");
            if open {
                let origins = plain::list(place, vec![make::text("*", place)]);
                plain::set(attributes, "CorsConfiguration", plain::map(place, [("AllowOrigins", origins)]));
            }
        }
        let auth = make::given(attributes, "Auth").cloned();
        let own = self.to(&id, "", span);
        let stage = make::take(attributes, "StageName").unwrap_or_else(|| make::text("$default", span));
        let name = match plain::text_of(&stage).as_deref() {
            Some("$default") => "ApiGatewayDefault".to_owned(),
            Some(name) => name.chars().filter(char::is_ascii_alphanumeric).collect(),
            None => String::new(),
        };
        let mut staged = plain::map(span, [("ApiId", own), ("StageName", stage)]);
        for key in ["AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables"] {
            if let Some(value) = make::take(attributes, key) {
                plain::set(&mut staged, key, value);
            }
        }
        self.keep(resource.clone());
        let stage = format!("{id}{name}Stage");
        self.add(&resource, &stage, "AWS::ApiGatewayV2::Stage", staged, span);
        if let Some(domain) = resource.get("Domain") {
            self.domain(&resource, &id, &stage, domain, true);
        }
        self.authorizers(&resource, &id, auth.as_ref(), true);
        if let Some(body) = &body {
            self.operations(&resource, body, true);
        }
    }

    /// Makes the named authorisers of an API.
    fn authorizers(&mut self, of: &Resource, id: &str, auth: Option<&Value>, http: bool) {
        let Some(all) = auth.and_then(|auth| make::given(auth, "Authorizers")) else { return };
        for (name, authorizer) in make::entries(all) {
            let span = authorizer.span;
            let own = self.to(id, "", span);
            let kind = kind_of(authorizer, http);
            let function = make::given(authorizer, "FunctionArn").cloned();
            let uri = function.as_ref().map(|function| {
                let uri = "arn:aws:apigateway:{AWS::Region}:lambda:path/2015-03-31/functions/{function}/invocations";
                make::fill(uri, span, &mut |_| Some(function.clone()))
            });
            let pools = make::given(authorizer, "UserPoolArn").map(|pools| plain::list(span, pools.each().to_vec()));
            let mut made = make::map(
                span,
                vec![
                    ("Name", Some(make::text(name, span))),
                    (if http { "ApiId" } else { "RestApiId" }, Some(own.clone())),
                    ("AuthorizerUri", uri),
                    ("ProviderARNs", pools),
                    ("JwtConfiguration", make::given(authorizer, "JwtConfiguration").cloned()),
                    ("AuthorizerCredentialsArn", make::given(authorizer, "FunctionInvokeRole").cloned()),
                ],
            );
            let ty = match kind {
                "COGNITO_USER_POOLS" | "JWT" => kind,
                _ if http => "REQUEST",
                _ => make::given(authorizer, "FunctionPayloadType").and_then(Value::as_text).unwrap_or("TOKEN"),
            };
            plain::set(&mut made, if http { "AuthorizerType" } else { "Type" }, make::text(ty, span));
            let native = if http { "AWS::ApiGatewayV2::Authorizer" } else { "AWS::ApiGateway::Authorizer" };
            self.add(of, &format!("{id}{name}Authorizer"), native, made, span);

            // REST APIs may call their authorisers unless told otherwise, HTTP APIs only when told.
            let (key, allowed) = if http {
                ("EnableFunctionDefaultPermissions", true)
            } else {
                ("DisableFunctionDefaultPermissions", false)
            };
            let told = make::given(authorizer, key).or_else(|| make::given(auth?, key)).and_then(Value::as_bool);
            if let Some(function) = function.filter(|_| told.unwrap_or(false) == allowed) {
                let arn = "arn:aws:execute-api:{AWS::Region}:{AWS::AccountId}:{api}/authorizers/*";
                let made = plain::map(
                    span,
                    [
                        ("Action", make::text("lambda:InvokeFunction", span)),
                        ("FunctionName", function),
                        ("Principal", make::text("apigateway.amazonaws.com", span)),
                        ("SourceArn", make::fill(arn, span, &mut |_| Some(own.clone()))),
                    ],
                );
                self.add(of, &format!("{id}{name}AuthorizerPermission"), "AWS::Lambda::Permission", made, span);
            }
        }
    }

    /// Says what stays as it is written.
    pub(super) fn not_expanded(&mut self, resource: &Resource, keys: &[&str]) {
        for key in keys {
            if let Some(value) = resource.get(key) {
                self.problems.push(
                    Diagnostic::note(
                        "serverless-property-not-expanded",
                        value.span,
                        format!("what SAM makes of `{key}` of `{}` is not read", resource.name),
                    )
                    .help("give the processed template too, as `aws cloudformation get-template` prints it"),
                );
            }
        }
    }
}

fn learnt(attributes: &Value, http: bool) -> Api {
    let mut api = Api { http, stage: make::given(attributes, "StageName").cloned(), ..Api::default() };
    if let Some(auth) = make::given(attributes, "Auth") {
        if auth.as_map().is_none() {
            // Nobody knows who may call: neither everybody nor nobody.
            api.default = Some(auth.clone());
        }
        api.default = make::given(auth, "DefaultAuthorizer").cloned().or(api.default);
        api.key_required = make::given(auth, "ApiKeyRequired").cloned();
        for (name, authorizer) in make::given(auth, "Authorizers").map(make::entries).unwrap_or_default() {
            api.kinds.insert(name.clone(), kind_of(authorizer, http));
        }
    }
    api
}

/// The kind of a named authoriser.
fn kind_of(authorizer: &Value, http: bool) -> &'static str {
    if make::given(authorizer, "UserPoolArn").is_some() {
        "COGNITO_USER_POOLS"
    } else if http && make::given(authorizer, "JwtConfiguration").is_some() {
        "JWT"
    } else {
        "CUSTOM"
    }
}

/// Any operation of an API, as permissions name it.
const EXECUTE: &str = "arn:aws:execute-api:{AWS::Region}:{AWS::AccountId}:{api}/*/*";

/// An operation of an API, as permissions name it.
fn invoked(api: &Value, method: &Value, path: &Value, span: Span) -> Value {
    let pattern = "arn:aws:execute-api:{AWS::Region}:{AWS::AccountId}:{api}/*/{method}{path}";
    make::fill(pattern, span, &mut |key| {
        Some(match key {
            "api" => api.clone(),
            "method" if method.as_text() == Some("ANY") => make::text("*", span),
            "method" => method.clone(),
            _ => match path.as_text() {
                Some(path) => make::text(&starred(path), span),
                None => path.clone(),
            },
        })
    })
}

/// A path with a star for each of its parameters.
fn starred(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push('*');
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn upper(method: &Value) -> Value {
    match method.as_text() {
        Some("*") => make::text("ANY", method.span),
        Some(text) => make::text(&text.to_ascii_uppercase(), method.span),
        None => method.clone(),
    }
}

/// The kind of endpoint as CloudFormation has it.
fn endpoint(attributes: &mut Value) {
    let Some(written) = make::given(attributes, "EndpointConfiguration").cloned() else { return };
    let span = written.span;
    let made = if is_plain(&written) {
        plain::map(span, [("Types", plain::list(span, vec![written]))])
    } else if let Some(kind) = make::given(&written, "Type").cloned() {
        let mut made = written.clone();
        make::take(&mut made, "Type");
        if let Some(ids) = make::take(&mut made, "VPCEndpointIds") {
            plain::set(&mut made, "VpcEndpointIds", ids);
        }
        plain::set(&mut made, "Types", plain::list(span, vec![kind]));
        made
    } else {
        return;
    };
    plain::set(attributes, "EndpointConfiguration", made);
}
