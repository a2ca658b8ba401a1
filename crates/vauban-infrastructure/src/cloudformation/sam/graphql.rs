//! GraphQL APIs and capacity providers.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Resource, Text, Value, ValueKind};
use vauban_model::{Diagnostic, Span};

use super::{Sam, make};
use crate::plain;

/// The managed policy of AppSync that writes logs, by its path.
const LOGS: &str = "arn:{AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs";
/// The managed policy of a capacity provider that starts and stops machines.
const OPERATOR: &str = "arn:{AWS::Partition}:iam::aws:policy/AWSLambdaManagedEC2ResourceOperator";

/// Kinds of authorisation, and which part of `Auth` has their settings: SAM's name and AppSync's.
const AUTHORISERS: [(&str, &str, &str); 3] = [
    ("AWS_LAMBDA", "LambdaAuthorizer", "LambdaAuthorizerConfig"),
    ("OPENID_CONNECT", "OpenIDConnect", "OpenIDConnectConfig"),
    ("AMAZON_COGNITO_USER_POOLS", "UserPool", "UserPoolConfig"),
];

impl Sam<'_> {
    pub(super) fn graphql(&mut self, mut resource: Resource) {
        let span = resource.span;
        let id = self.id(&resource.address).to_owned();
        resource.ty = "AWS::AppSync::GraphQLApi".into();
        let api = self.to(&id, "ApiId", span);
        let mut attributes = std::mem::replace(&mut resource.attributes, Value::null(span));
        let mut taken = |key: &str| make::take(&mut attributes, key);
        let (auth, logging) = (taken("Auth"), taken("Logging"));
        let (inline, uri) = (taken("SchemaInline"), taken("SchemaUri"));
        let (sources, functions, resolvers) = (taken("DataSources"), taken("Functions"), taken("Resolvers"));
        let (keys, domain, cache) = (taken("ApiKeys"), taken("DomainName"), taken("Cache"));
        if make::given(&attributes, "Name").is_none() {
            plain::set(&mut attributes, "Name", make::text(&id, span));
        }
        let mut admitted: Vec<Value> = Vec::new();
        if let Some(auth) = &auth {
            authorised(auth, &mut attributes, &mut admitted);
            let additional: Vec<Value> = make::given(auth, "Additional")
                .map(make::items)
                .unwrap_or_default()
                .into_iter()
                .map(|one| {
                    let mut made = plain::map(one.span, []);
                    authorised(one, &mut made, &mut admitted);
                    made
                })
                .collect();
            if !additional.is_empty() {
                plain::set(&mut attributes, "AdditionalAuthenticationProviders", plain::list(auth.span, additional));
            }
        }
        let role = self.logs(&id, logging.as_ref(), &mut attributes, span);
        resource.attributes = attributes;
        self.keep(resource.clone());
        let schema =
            make::map(span, vec![("ApiId", Some(api.clone())), ("Definition", inline), ("DefinitionS3Location", uri)]);
        self.add(&resource, &format!("{id}Schema"), "AWS::AppSync::GraphQLSchema", schema, span);
        for (number, arn) in (1..).zip(&admitted) {
            let made = plain::map(
                arn.span,
                [
                    ("Action", make::text("lambda:InvokeFunction", arn.span)),
                    ("FunctionName", arn.clone()),
                    ("Principal", make::text("appsync.amazonaws.com", arn.span)),
                    ("SourceArn", self.to(&id, "Arn", arn.span)),
                ],
            );
            let name = format!("{id}ToLambdaAuthConnector{number}WriteLambdaPermission");
            self.add(&resource, &name, "AWS::Lambda::Permission", made, arn.span);
        }
        if let Some(made) = role {
            self.add(&resource, &format!("{id}CloudWatchRole"), "AWS::IAM::Role", made, span);
        }
        for (name, key) in keys.as_ref().map(make::entries).unwrap_or_default() {
            let part = |from: &str| make::given(key, from).cloned();
            let made = make::map(
                key.span,
                vec![
                    ("ApiId", Some(api.clone())),
                    ("ApiKeyId", part("ApiKeyId")),
                    ("Description", part("Description")),
                    ("Expires", part("ExpiresOn")),
                ],
            );
            self.add(&resource, &format!("{id}{name}"), "AWS::AppSync::ApiKey", made, key.span);
        }
        if let Some(mut made) = cache.filter(|cache| cache.as_map().is_some()) {
            plain::set(&mut made, "ApiId", api.clone());
            self.add(&resource, &format!("{id}ApiCache"), "AWS::AppSync::ApiCache", made, span);
        }
        if let Some(domain) = domain.filter(|domain| domain.as_map().is_some()) {
            let name = format!("{id}DomainName");
            let at = domain.span;
            self.add(&resource, &name, "AWS::AppSync::DomainName", domain, at);
            let made = plain::map(at, [("ApiId", api.clone()), ("DomainName", self.to(&name, "DomainName", at))]);
            let native = "AWS::AppSync::DomainNameApiAssociation";
            self.add(&resource, &format!("{id}DomainNameApiAssociation"), native, made, at);
        }
        let known = self.data_sources(&resource, &id, &api, sources.as_ref());
        self.graphql_code(&resource, &id, &api, &known, (functions.as_ref(), resolvers.as_ref()));
    }

    /// Sets how an API logs; the role to do it with, where the transform makes one.
    fn logs(&self, id: &str, logging: Option<&Value>, attributes: &mut Value, span: Span) -> Option<Value> {
        if logging.and_then(Value::as_bool) == Some(false) {
            return None;
        }
        let mut config = logging.filter(|one| one.as_map().is_some()).cloned().unwrap_or_else(|| plain::map(span, []));
        if make::given(&config, "FieldLogLevel").is_none() {
            plain::set(&mut config, "FieldLogLevel", make::text("ALL", span));
        }
        let own = make::given(&config, "CloudWatchLogsRoleArn").is_none();
        if own {
            plain::set(&mut config, "CloudWatchLogsRoleArn", self.to(&format!("{id}CloudWatchRole"), "Arn", span));
        }
        plain::set(attributes, "LogConfig", config);
        own.then(|| role("appsync.amazonaws.com", Some(LOGS), span))
    }

    /// Makes data sources with their roles; the names of those that functions may use.
    fn data_sources(
        &mut self,
        of: &Resource,
        id: &str,
        api: &Value,
        sources: Option<&Value>,
    ) -> FxHashMap<Text, Value> {
        let mut known = FxHashMap::default();
        let kinds = [
            ("DynamoDb", "DynamoDB", "AMAZON_DYNAMODB", "AWS::DynamoDB::Table", "ToTableConnector"),
            ("Lambda", "Lambda", "AWS_LAMBDA", "AWS::Lambda::Function", "ToLambdaConnector"),
        ];
        for (section, word, kind, target, connector) in kinds {
            let all = sources.and_then(|sources| make::given(sources, section));
            for (name, source) in all.map(make::entries).unwrap_or_default() {
                let span = source.span;
                let part = |key: &str| make::given(source, key).cloned();
                let own = format!("{id}{name}{word}DataSource");
                let lambda = section == "Lambda";
                let function = part("FunctionArn");
                let config = if lambda {
                    make::map(span, vec![("LambdaFunctionArn", function.clone())])
                } else {
                    make::map(
                        span,
                        vec![
                            ("TableName", part("TableName")),
                            ("AwsRegion", part("Region")),
                            ("UseCallerCredentials", part("UseCallerCredentials")),
                            ("Versioned", part("Versioned")),
                            ("DeltaSyncConfig", part("DeltaSync")),
                        ],
                    )
                };
                let given_role = part("ServiceRoleArn");
                let role_id = format!("{own}Role");
                let service_role = given_role.clone().unwrap_or_else(|| self.to(&role_id, "Arn", span));
                let made = make::map(
                    span,
                    vec![
                        ("ApiId", Some(api.clone())),
                        ("Name", part("Name").or_else(|| Some(make::text(name, span)))),
                        ("Type", Some(make::text(kind, span))),
                        ("Description", part("Description")),
                        (if lambda { "LambdaConfig" } else { "DynamoDBConfig" }, Some(config)),
                        ("ServiceRoleArn", Some(service_role)),
                    ],
                );
                self.add(of, &own, "AWS::AppSync::DataSource", made, span);
                known.insert(name.clone(), self.to(&own, "Name", span));
                if given_role.is_some() {
                    continue;
                }
                self.add(of, &role_id, "AWS::IAM::Role", role("appsync.amazonaws.com", None, span), span);
                let table = || match part("TableName")?.as_reference() {
                    Some(to) => Some(plain::reference(&to.address, "Arn", span)),
                    None => {
                        let arn = "arn:{AWS::Partition}:dynamodb:{AWS::Region}:{AWS::AccountId}:table/{name}";
                        Some(make::fill(arn, span, &mut |_| part("TableName")))
                    }
                };
                let arn = if lambda { function } else { part("TableArn").or_else(table) };
                let text = |word: &str| make::text(word, span);
                let access = match part("Permissions").filter(|_| !lambda) {
                    Some(access) => access,
                    None if lambda => plain::list(span, vec![text("Write")]),
                    None => plain::list(span, vec![text("Read"), text("Write")]),
                };
                let ends = |ty: &str, arn: Option<Value>, role: Option<Value>| {
                    make::map(span, vec![("Type", Some(make::text(ty, span))), ("Arn", arn), ("RoleName", role)])
                };
                let from = ends(
                    "AWS::AppSync::DataSource",
                    Some(self.to(&own, "DataSourceArn", span)),
                    Some(self.to(&role_id, "", span)),
                );
                let to = ends(target, arn, None);
                let made = plain::map(span, [("Source", from), ("Destination", to), ("Permissions", access)]);
                self.add(of, &format!("{own}{connector}"), "AWS::Serverless::Connector", made, span);
            }
        }
        known
    }

    /// Makes functions and resolvers.
    fn graphql_code(
        &mut self,
        of: &Resource,
        id: &str,
        api: &Value,
        sources: &FxHashMap<Text, Value>,
        (functions, resolvers): (Option<&Value>, Option<&Value>),
    ) {
        let mut known: FxHashMap<Text, Value> = FxHashMap::default();
        let mut nothing = None;
        for (name, function) in functions.map(make::entries).unwrap_or_default() {
            let span = function.span;
            if let Some(other) = make::given(function, "Id") {
                known.insert(name.clone(), other.clone());
                continue;
            }
            let source = make::given(function, "DataSource").map(|source| match source.as_text() {
                Some(word) if word.eq_ignore_ascii_case("none") => {
                    nothing = nothing.or(Some(span));
                    self.to(&format!("{id}NoneDataSource"), "Name", span)
                }
                Some(word) => sources.get(word).cloned().unwrap_or_else(|| {
                    self.problems.push(
                        Diagnostic::warning(
                            "data-source-missing",
                            source.span,
                            format!("`{}` declares no data source `{word}`", of.name),
                        )
                        .help("declare it under `DataSources`, or refer to one of the template"),
                    );
                    source.clone()
                }),
                None => source.clone(),
            });
            let mut made = coded(function, span, api);
            plain::set(
                &mut made,
                "Name",
                make::given(function, "Name").cloned().unwrap_or_else(|| make::text(name, span)),
            );
            if let Some(source) = source {
                plain::set(&mut made, "DataSourceName", source);
            }
            let own = format!("{id}{name}");
            self.add(of, &own, "AWS::AppSync::FunctionConfiguration", made, span);
            known.insert(name.clone(), self.to(&own, "FunctionId", span));
        }
        for (ty, fields) in resolvers.map(make::entries).unwrap_or_default() {
            for (name, resolver) in make::entries(fields) {
                let span = resolver.span;
                let mut made = coded(resolver, span, api);
                let field = make::given(resolver, "FieldName").cloned().unwrap_or_else(|| make::text(name, span));
                plain::set(&mut made, "TypeName", make::text(ty, span));
                plain::set(&mut made, "FieldName", field);
                plain::set(&mut made, "Kind", make::text("PIPELINE", span));
                let steps: Vec<Value> = make::given(resolver, "Pipeline")
                    .map(make::items)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|step| step.as_text().and_then(|word| known.get(word)).unwrap_or(step).clone())
                    .collect();
                plain::set(&mut made, "PipelineConfig", plain::map(span, [("Functions", plain::list(span, steps))]));
                self.add(of, &format!("{id}{ty}{name}"), "AWS::AppSync::Resolver", made, span);
            }
        }
        if let Some(span) = nothing {
            let own = format!("{id}NoneDataSource");
            let made = plain::map(
                span,
                [("ApiId", api.clone()), ("Name", make::text(&own, span)), ("Type", make::text("NONE", span))],
            );
            self.add(of, &own, "AWS::AppSync::DataSource", made, span);
        }
    }

    /// Machines of one's own that functions run on.
    pub(super) fn capacity_provider(&mut self, mut resource: Resource) {
        let span = resource.span;
        let id = self.id(&resource.address).to_owned();
        resource.ty = "AWS::Lambda::CapacityProvider".into();
        let attributes = &mut resource.attributes;
        let operator = make::take(attributes, "OperatorRole");
        let own = operator.is_none();
        let role_id = format!("{id}OperatorRole");
        let operator = operator.unwrap_or_else(|| plain::reference(&format!("{}{role_id}", self.prefix), "Arn", span));
        let permissions = plain::map(operator.span, [("CapacityProviderOperatorRoleArn", operator)]);
        plain::set(attributes, "PermissionsConfig", permissions);
        if let Some(mut needs) = make::take(attributes, "InstanceRequirements") {
            for (from, to) in [("AllowedTypes", "AllowedInstanceTypes"), ("ExcludedTypes", "ExcludedInstanceTypes")] {
                if let Some(value) = make::take(&mut needs, from) {
                    plain::set(&mut needs, to, value);
                }
            }
            plain::set(attributes, "InstanceRequirements", needs);
        }
        if let Some(scaling) = make::take(attributes, "ScalingConfig") {
            plain::set(attributes, "CapacityProviderScalingConfig", scaling);
        }
        self.keep(resource.clone());
        if own {
            let made = role("lambda.amazonaws.com", Some(OPERATOR), span);
            self.add(&resource, &role_id, "AWS::IAM::Role", made, span);
        }
    }
}

/// A role that a service takes, with a managed policy.
fn role(service: &str, policy: Option<&str>, span: Span) -> Value {
    let mut made = plain::map(span, [("AssumeRolePolicyDocument", make::trust(service, span))]);
    if let Some(policy) = policy {
        let policy = make::fill(policy, span, &mut |_| None);
        plain::set(&mut made, "ManagedPolicyArns", plain::list(span, vec![policy]));
    }
    made
}

/// Puts one way of authorisation as AppSync has it; notes the functions that decide.
fn authorised(auth: &Value, target: &mut Value, functions: &mut Vec<Value>) {
    let Some(kind) = make::given(auth, "Type") else { return };
    plain::set(target, "AuthenticationType", kind.clone());
    for (word, from, to) in AUTHORISERS {
        if let Some(config) = make::given(auth, from).filter(|_| kind.as_text().is_none_or(|kind| kind == word)) {
            plain::set(target, to, config.clone());
            if from == "LambdaAuthorizer" {
                functions.extend(make::given(config, "AuthorizerUri").cloned());
            }
        }
    }
}

/// What functions and resolvers have in common: their code and what runs it.
fn coded(of: &Value, span: Span, api: &Value) -> Value {
    let part = |key: &str| make::given(of, key).cloned();
    let runtime = part("Runtime").map(|mut runtime| {
        if let Some(version) = make::take(&mut runtime, "Version")
            && let ValueKind::Map(_) = runtime.kind
        {
            plain::set(&mut runtime, "RuntimeVersion", version);
        }
        runtime
    });
    make::map(
        span,
        vec![
            ("ApiId", Some(api.clone())),
            ("Code", part("InlineCode")),
            ("CodeS3Location", part("CodeUri")),
            ("Runtime", runtime),
            ("Description", part("Description")),
            ("MaxBatchSize", part("MaxBatchSize")),
            ("SyncConfig", part("Sync")),
            ("CachingConfig", part("Caching")),
        ],
    )
}
