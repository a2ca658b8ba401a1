//! Functions: the function itself, its role, its address on the internet and where the results of its calls go.

use vauban_model::Diagnostic;
use vauban_model::resource::{Resource, Value, ValueKind};

use super::events::Caller;
use super::policies::Role;
use super::{Sam, make};
use crate::plain;

impl Sam<'_> {
    pub(super) fn function(&mut self, mut resource: Resource) {
        let span = resource.span;
        let id = self.id(&resource.address).to_owned();
        self.not_expanded(&resource, &["DeploymentPreference"]);
        let mut attributes = std::mem::replace(&mut resource.attributes, Value::null(span));
        resource.ty = "AWS::Lambda::Function".into();
        let mut role = Role::new(format!("{id}Role"), "lambda.amazonaws.com");
        role.attach("service-role/AWSLambdaBasicExecutionRole", span);

        code(&mut attributes);
        if let Some(mode) = make::take(&mut attributes, "Tracing") {
            if mode.as_text() != Some("Disabled") {
                role.attach("AWSXrayWriteOnlyAccess", mode.span);
            }
            plain::set(&mut attributes, "TracingConfig", plain::map(mode.span, [("Mode", mode)]));
        }
        if let Some(network) = make::given(&attributes, "VpcConfig") {
            role.attach("service-role/AWSLambdaVPCAccessExecutionRole", network.span);
        }
        if let Some(queue) = make::take(&mut attributes, "DeadLetterQueue") {
            self.dead_letters(&queue, &mut attributes, &mut role);
        }
        let policies = make::take(&mut attributes, "Policies");
        if let Some(policies) = &policies {
            self.policies(policies, &mut role);
        }
        let events = make::take(&mut attributes, "Events");
        let url = make::take(&mut attributes, "FunctionUrlConfig");
        let invoked = make::take(&mut attributes, "EventInvokeConfig");
        let alias = make::given(&attributes, "AutoPublishAlias").cloned();

        // What is made because of the function stands after it.
        let place = self.out.len();
        self.keep(resource.clone());
        let name = alias.as_ref().and_then(plain::text_of);
        let caller = Caller::function(&id, name.as_deref());
        if let Some(name) = name {
            let made = make::map(span, vec![("Name", alias.clone()), ("FunctionName", Some(self.to(&id, "", span)))]);
            self.add(&resource, &format!("{id}Alias{name}"), "AWS::Lambda::Alias", made, span);
        }
        if let Some(config) = invoked {
            self.invoke_config(&resource, &id, &config, alias.as_ref(), &mut role);
        }
        if let Some(events) = events {
            let left = self.events(&resource, &caller, &events, &mut role);
            if !left.is_empty() {
                plain::set(&mut attributes, "Events", Value::new(ValueKind::Map(left), events.span));
            }
        }
        if let Some(config) = url {
            self.function_url(&resource, &id, &config);
        }
        self.place_role(&resource, policies.as_ref(), role, &mut attributes, "Role");
        if let Some(function) = self.out.get_mut(place) {
            function.attributes = attributes;
        }
    }

    /// Gives a resource its role: the one it names, or one made for it. A role that is only named under a condition leaves
    /// both possible.
    pub(super) fn place_role(
        &mut self,
        resource: &Resource,
        policies: Option<&Value>,
        role: Role,
        attributes: &mut Value,
        key: &str,
    ) {
        let span = resource.span;
        let named = make::take(attributes, "Role");
        let made = match named {
            Some(named) if !named_sometimes(&named) => {
                if let Some(policies) = policies {
                    self.problems.push(
                        Diagnostic::note(
                            "policies-without-role",
                            policies.span,
                            format!("`Policies` of `{}` have no effect: it names its role", resource.name),
                        )
                        .help("remove one of the two"),
                    );
                }
                named
            }
            Some(named) => {
                let made = self.role(resource, role, attributes, span);
                let ways = make::ways(&named).into_iter().cloned().chain([made]).collect();
                Value::new(ValueKind::OneOf(ways), named.span)
            }
            None => self.role(resource, role, attributes, span),
        };
        plain::set(attributes, key, made);
    }

    fn dead_letters(&mut self, queue: &Value, attributes: &mut Value, role: &mut Role) {
        let span = queue.span;
        let action = match queue.get("Type").and_then(Value::as_text) {
            Some("SNS") => "sns:Publish",
            Some("SQS") => "sqs:SendMessage",
            _ => "",
        };
        let target = make::given(queue, "TargetArn").filter(|_| !action.is_empty());
        let Some(target) = target else {
            self.problems.push(
                Diagnostic::warning(
                    "serverless-property-incomplete",
                    span,
                    "`DeadLetterQueue` needs a `Type` of `SQS` or `SNS` and a `TargetArn`",
                )
                .help("give both; until then nothing is made of it"),
            );
            plain::set(attributes, "DeadLetterQueue", queue.clone());
            return;
        };
        let policy = make::allow(action, target.clone(), span);
        role.inline.push(make::inline("DeadLetterQueuePolicy", policy, span));
        plain::set(attributes, "DeadLetterConfig", plain::map(span, [("TargetArn", target.clone())]));
    }

    fn invoke_config(&mut self, of: &Resource, id: &str, config: &Value, alias: Option<&Value>, role: &mut Role) {
        let span = config.span;
        let mut made = config.clone();
        plain::set(&mut made, "FunctionName", self.to(id, "", span));
        plain::set(&mut made, "Qualifier", alias.cloned().unwrap_or_else(|| make::text("$LATEST", span)));
        let mut places = plain::map(span, []);
        for side in ["OnSuccess", "OnFailure"] {
            let Some(place) = config.get("DestinationConfig").and_then(|all| make::given(all, side)) else { continue };
            let ty = place.get("Type").and_then(Value::as_text).unwrap_or("");
            let kind = match ty {
                "SQS" => Some(("AWS::SQS::Queue", "Queue", "sqs:SendMessage", "Arn")),
                "SNS" => Some(("AWS::SNS::Topic", "Topic", "sns:Publish", "")),
                _ => None,
            };
            let destination = match (make::given(place, "Destination"), kind) {
                (Some(destination), _) => destination.clone(),
                (None, Some((native, word, _, attribute))) => {
                    let id = format!("{id}EventInvokeConfig{side}{word}");
                    let made = self.add(of, &id, native, plain::map(place.span, []), place.span);
                    plain::reference(&made, attribute, place.span)
                }
                (None, None) => continue,
            };
            let action = match (kind, ty) {
                (Some((_, _, action, _)), _) => action,
                (None, "Lambda") => "lambda:InvokeFunction",
                (None, "EventBridge") => "events:PutEvents",
                (None, "S3") => "s3:PutObject",
                _ => "",
            };
            if !action.is_empty() {
                let policy = make::allow(action, destination.clone(), place.span);
                let name = format!("{id}EventInvokeConfig{side}{ty}Policy");
                role.inline.push(make::inline(&name, policy, place.span));
            }
            plain::set(&mut places, side, plain::map(place.span, [("Destination", destination)]));
        }
        if places.as_map().is_some_and(|places| !places.is_empty()) {
            plain::set(&mut made, "DestinationConfig", places);
        }
        self.add(of, &format!("{id}EventInvokeConfig"), "AWS::Lambda::EventInvokeConfig", made, span);
    }

    fn function_url(&mut self, of: &Resource, id: &str, config: &Value) {
        let span = config.span;
        let mut made = config.clone();
        plain::set(&mut made, "TargetFunctionArn", self.to(id, "Arn", span));
        self.add(of, &format!("{id}Url"), "AWS::Lambda::Url", made, span);
        let Some(auth) = make::given(config, "AuthType") else {
            self.problems.push(
                Diagnostic::warning(
                    "serverless-property-incomplete",
                    span,
                    format!("the `FunctionUrlConfig` of `{id}` has no `AuthType`"),
                )
                .help("give it `AWS_IAM`, or `NONE` if everybody may call it"),
            );
            return;
        };
        // With an address for everybody comes the permission for everybody.
        if !make::ways(auth).iter().any(|way| way.as_text() == Some("NONE")) {
            return;
        }
        let base = |action: &str| {
            plain::map(
                auth.span,
                [
                    ("Action", make::text(action, auth.span)),
                    ("FunctionName", self.to(id, "Arn", auth.span)),
                    ("Principal", make::text("*", auth.span)),
                ],
            )
        };
        let mut by_url = base("lambda:InvokeFunctionUrl");
        plain::set(&mut by_url, "FunctionUrlAuthType", make::text("NONE", auth.span));
        let mut through = base("lambda:InvokeFunction");
        plain::set(&mut through, "InvokedViaFunctionUrl", Value::new(ValueKind::Bool(true), auth.span));
        self.add(of, &format!("{id}UrlPublicPermissions"), "AWS::Lambda::Permission", by_url, auth.span);
        self.add(of, &format!("{id}URLInvokeAllowPublicAccess"), "AWS::Lambda::Permission", through, auth.span);
    }
}

/// Whether a value may turn out to be nothing.
fn named_sometimes(value: &Value) -> bool {
    match &value.kind {
        ValueKind::OneOf(ways) => ways.iter().any(|way| way.is_null() || named_sometimes(way)),
        _ => false,
    }
}

/// The function's code as CloudFormation has it. A local folder stays what it is.
fn code(attributes: &mut Value) {
    if let Some(uri) = make::given(attributes, "CodeUri").cloned() {
        let span = uri.span;
        let code = if let Some((bucket, key)) =
            uri.as_text().and_then(|text| text.strip_prefix("s3://")).and_then(|rest| rest.split_once('/'))
        {
            Some(plain::map(span, [("S3Bucket", make::text(bucket, span)), ("S3Key", make::text(key, span))]))
        } else if make::given(&uri, "Bucket").is_some() {
            let part = |key: &str| make::given(&uri, key).cloned();
            Some(make::map(
                span,
                vec![("S3Bucket", part("Bucket")), ("S3Key", part("Key")), ("S3ObjectVersion", part("Version"))],
            ))
        } else {
            None
        };
        if let Some(code) = code {
            make::take(attributes, "CodeUri");
            plain::set(attributes, "Code", code);
        }
    }
    for (from, to) in [("InlineCode", "ZipFile"), ("ImageUri", "ImageUri")] {
        if let Some(value) = make::take(attributes, from) {
            plain::set(attributes, "Code", plain::map(value.span, [(to, value)]));
        }
    }
}
