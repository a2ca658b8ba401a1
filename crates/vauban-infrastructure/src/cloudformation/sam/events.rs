//! Events: what calls a function or starts a state machine.

use vauban_model::resource::{Resource, Text, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};

use super::policies::Role;
use super::{Attached, Sam, make};
use crate::plain;

/// Whom an event calls.
pub(super) struct Caller {
    pub(super) id: String,
    /// A state machine, not a function.
    pub(super) machine: bool,
    /// The name of the alias that the author wants calls to go to; in some ids of the transform.
    alias: String,
}

impl Caller {
    pub(super) fn function(id: &str, alias: Option<&str>) -> Self {
        let alias = alias.map(|alias| format!("Alias{alias}")).unwrap_or_default();
        Caller { id: id.to_owned(), machine: false, alias }
    }

    pub(super) fn machine(id: &str) -> Self {
        Caller { id: id.to_owned(), machine: true, alias: String::new() }
    }
}

/// One event.
pub(super) struct Event<'e> {
    pub(super) of: &'e Resource,
    pub(super) caller: &'e Caller,
    pub(super) name: &'e str,
    pub(super) ty: &'e str,
    pub(super) properties: &'e Value,
    pub(super) span: Span,
}

impl<'e> Event<'e> {
    /// The id of something the event adds.
    pub(super) fn id(&self, suffix: &str) -> String {
        format!("{}{}{suffix}", self.caller.id, self.name)
    }

    /// A property that is set.
    pub(super) fn get(&self, key: &str) -> Option<&'e Value> {
        make::given(self.properties, key)
    }
}

/// What an event that could not be made lacks.
pub(super) struct Incomplete(pub(super) String);

/// Types of event that Lambda itself polls: the property with the source, and the policy of AWS for it.
const POLLED: &[(&str, &str, &str)] = &[
    ("SQS", "Queue", "service-role/AWSLambdaSQSQueueExecutionRole"),
    ("Kinesis", "Stream", "service-role/AWSLambdaKinesisExecutionRole"),
    ("DynamoDB", "Stream", "service-role/AWSLambdaDynamoDBExecutionRole"),
    ("MSK", "Stream", "service-role/AWSLambdaMSKExecutionRole"),
    ("MQ", "Broker", ""),
    ("DocumentDB", "Cluster", ""),
    ("SelfManagedKafka", "", ""),
];

impl Sam<'_> {
    /// Makes what the events of a resource stand for; gives back those of which nothing could be made.
    pub(super) fn events(
        &mut self,
        of: &Resource,
        caller: &Caller,
        events: &Value,
        role: &mut Role,
    ) -> Vec<(Text, Value)> {
        let mut left = Vec::new();
        let none = Value::null(events.span);
        for (name, event) in make::entries(events) {
            for way in make::ways(event) {
                let event = Event {
                    of,
                    caller,
                    name,
                    ty: way.get("Type").and_then(Value::as_text).unwrap_or(""),
                    properties: way.get("Properties").unwrap_or(&none),
                    span: way.span,
                };
                if let Err(Incomplete(message)) = self.event(&event, role) {
                    self.problems.push(
                        Diagnostic::warning(
                            "serverless-event-incomplete",
                            event.span,
                            format!("the event `{name}` of `{}` {message}", caller.id),
                        )
                        .help("mend it; until then nothing is made of it"),
                    );
                    left.push((name.clone(), way.clone()));
                }
            }
        }
        left
    }

    fn event(&mut self, event: &Event<'_>, role: &mut Role) -> Result<(), Incomplete> {
        match event.ty {
            "Api" => return self.rest_event(event),
            "HttpApi" if !event.caller.machine => return self.http_event(event),
            "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => return self.rule(event),
            "ScheduleV2" => return self.schedule(event),
            "" => return Err(Incomplete("has no `Type`".to_owned())),
            _ => {}
        }
        if event.caller.machine {
            return Err(Incomplete(format!("has a type that state machines do not know: `{}`", event.ty)));
        }
        if let Some((_, key, policy)) = POLLED.iter().find(|(ty, _, _)| *ty == event.ty) {
            return self.polled(event, key, policy, role);
        }
        match event.ty {
            "SNS" => self.topic(event),
            "S3" => self.bucket(event),
            "CloudWatchLogs" => {
                let group = required(event, "LogGroupName")?.clone();
                let arn = "arn:aws:logs:{AWS::Region}:{AWS::AccountId}:log-group:{group}:*";
                let source = make::fill(arn, event.span, &mut |_| Some(group.clone()));
                self.permission(event, "", "logs.amazonaws.com", Some(source));
                let mut made = plain::map(event.span, [("DestinationArn", self.target(event))]);
                copy(event, &mut made, &["LogGroupName", "FilterPattern"]);
                self.add(event.of, &event.id(""), "AWS::Logs::SubscriptionFilter", made, event.span);
                Ok(())
            }
            "IoTRule" => {
                let function = plain::map(event.span, [("FunctionArn", self.target(event))]);
                let action = plain::map(event.span, [("Lambda", function)]);
                let mut payload = plain::map(event.span, [("Actions", plain::list(event.span, vec![action]))]);
                copy(event, &mut payload, &["Sql", "AwsIotSqlVersion"]);
                let made = plain::map(event.span, [("TopicRulePayload", payload)]);
                let rule = self.add(event.of, &event.id(""), "AWS::IoT::TopicRule", made, event.span);
                let arn = "arn:aws:iot:{AWS::Region}:{AWS::AccountId}:rule/{rule}";
                let source = make::fill(arn, event.span, &mut |_| Some(plain::reference(&rule, "", event.span)));
                self.permission(event, "", "iot.amazonaws.com", Some(source));
                Ok(())
            }
            "Cognito" => self.user_pool(event),
            "AlexaSkill" => {
                self.permission(event, "", "alexa-appkit.amazon.com", None);
                Ok(())
            }
            other => Err(Incomplete(format!("has a type that is not known here: `{other}`"))),
        }
    }

    /// The ARN of what the event calls.
    pub(super) fn target(&self, event: &Event<'_>) -> Value {
        // The reference to a state machine is its ARN.
        self.to(&event.caller.id, if event.caller.machine { "" } else { "Arn" }, event.span)
    }

    /// Lets a service call the function.
    pub(super) fn permission(&mut self, event: &Event<'_>, suffix: &str, service: &str, source: Option<Value>) {
        let span = event.span;
        let made = make::map(
            span,
            vec![
                ("Action", Some(make::text("lambda:InvokeFunction", span))),
                ("FunctionName", Some(self.target(event))),
                ("Principal", Some(make::text(service, span))),
                ("SourceArn", source),
                // Nobody else's bucket of the same name.
                ("SourceAccount", (event.ty == "S3").then(|| Value::unknown(Why::Lookup, "AWS::AccountId", span))),
                ("EventSourceToken", event.get("SkillId").filter(|_| event.ty == "AlexaSkill").cloned()),
            ],
        );
        let id = event.id(&format!("Permission{suffix}"));
        self.add(event.of, &id, "AWS::Lambda::Permission", made, span);
    }

    /// Lets a service call the function, or gives it a role to start the state machine with.
    fn admit(&mut self, event: &Event<'_>, service: &str, source: Value) -> Option<Value> {
        if !event.caller.machine {
            self.permission(event, "", service, Some(source));
            return None;
        }
        let policy = make::allow("states:StartExecution", self.target(event), event.span);
        Some(self.helper_role(event.of, &event.id("Role"), service, policy, event.span))
    }

    /// A mapping that Lambda polls.
    fn polled(&mut self, event: &Event<'_>, key: &str, policy: &str, role: &mut Role) -> Result<(), Incomplete> {
        let span = event.span;
        let mut made = event.properties.clone();
        let source = if key.is_empty() {
            let servers = make::take(&mut made, "KafkaBootstrapServers");
            let servers = servers.ok_or_else(|| Incomplete("lacks `KafkaBootstrapServers`".to_owned()))?;
            let endpoints = plain::map(span, [("KafkaBootstrapServers", servers)]);
            plain::set(&mut made, "SelfManagedEventSource", plain::map(span, [("Endpoints", endpoints)]));
            None
        } else {
            let source = required(event, key)?.clone();
            make::take(&mut made, key);
            plain::set(&mut made, "EventSourceArn", source.clone());
            Some(source)
        };
        plain::set(&mut made, "FunctionName", self.to(&event.caller.id, "Arn", span));
        if let Some(target) = event.properties.at("DestinationConfig.OnFailure.Destination") {
            let action = match event.properties.at("DestinationConfig.OnFailure.Type").and_then(Value::as_text) {
                Some("SQS") => "sqs:SendMessage",
                Some("SNS") => "sns:Publish",
                Some("S3") => "s3:PutObject",
                _ => "",
            };
            if !action.is_empty() {
                let name = format!("{}OnFailurePolicy", event.id(""));
                role.inline.push(make::inline(&name, make::allow(action, target.clone(), target.span), target.span));
            }
        }
        self.add(event.of, &event.id(""), "AWS::Lambda::EventSourceMapping", made, span);
        if !policy.is_empty() {
            role.attach(policy, span);
        }
        // Sources with a password of their own.
        let mut statements = Vec::new();
        for access in event.get("SourceAccessConfigurations").map(make::items).unwrap_or_default() {
            let secret = matches!(
                access.get("Type").and_then(Value::as_text),
                Some("BASIC_AUTH" | "SASL_SCRAM_256_AUTH" | "SASL_SCRAM_512_AUTH" | "CLIENT_CERTIFICATE_TLS_AUTH")
            );
            if let Some(uri) = make::given(access, "URI").filter(|_| secret) {
                statements.push(statement("secretsmanager:GetSecretValue", uri.clone()));
            }
        }
        if let Some(source) = source {
            match event.ty {
                "MQ" => statements.push(statement("mq:DescribeBroker", source)),
                "DocumentDB" => statements.push(statement("rds:DescribeDBClusters", source)),
                _ => {}
            }
        }
        if !statements.is_empty() {
            let name = format!("{}SourcePolicy", event.id(""));
            role.inline.push(make::inline(&name, make::document(statements, span), span));
        }
        Ok(())
    }

    /// A rule with a target.
    fn rule(&mut self, event: &Event<'_>) -> Result<(), Incomplete> {
        let span = event.span;
        let mut made = plain::map(span, []);
        if event.ty == "Schedule" {
            plain::set(&mut made, "ScheduleExpression", required(event, "Schedule")?.clone());
            rename(event, &mut made, "Name", "Name");
        } else {
            if event.get("Pattern").is_none() {
                return Err(Incomplete("lacks `Pattern`".to_owned()));
            }
            rename(event, &mut made, "Pattern", "EventPattern");
            rename(event, &mut made, "RuleName", "Name");
        }
        copy(event, &mut made, &["EventBusName", "Description", "State"]);
        if let Some(enabled) = event.get("Enabled").and_then(|value| Some((value.as_bool()?, value.span))) {
            let state = if enabled.0 { "ENABLED" } else { "DISABLED" };
            plain::set(&mut made, "State", make::text(state, enabled.1));
        }
        let id = event.id("");
        let rule = self.to(&id, "Arn", span);
        let role = self.admit(event, "events.amazonaws.com", rule.clone());
        let mut target = make::map(span, vec![("Arn", Some(self.target(event))), ("RoleArn", role)]);
        copy(event, &mut target, &["Input", "InputPath", "InputTransformer", "RetryPolicy"]);
        if let Some(letters) = event.get("DeadLetterConfig") {
            let queue = self.dead_letter_queue(event, letters, &rule);
            if let Some(queue) = queue {
                plain::set(&mut target, "DeadLetterConfig", plain::map(letters.span, [("Arn", queue)]));
            }
        }
        plain::set(&mut made, "Targets", plain::list(span, vec![target]));
        self.add(event.of, &id, "AWS::Events::Rule", made, span);
        Ok(())
    }

    /// The queue for what could not be delivered; made when only its type is given.
    fn dead_letter_queue(&mut self, event: &Event<'_>, letters: &Value, rule: &Value) -> Option<Value> {
        if let Some(arn) = make::given(letters, "Arn") {
            return Some(arn.clone());
        }
        make::given(letters, "Type")?;
        let queue = self.queue(event, letters.span);
        let service = plain::map(letters.span, [("Service", make::text("events.amazonaws.com", letters.span))]);
        self.queue_policy(event, service, rule.clone(), letters.span);
        Some(queue)
    }

    /// A queue of the event's own: its ARN.
    fn queue(&mut self, event: &Event<'_>, span: Span) -> Value {
        let queue = self.add(event.of, &event.id("Queue"), "AWS::SQS::Queue", plain::map(span, []), span);
        plain::reference(&queue, "Arn", span)
    }

    fn queue_policy(&mut self, event: &Event<'_>, who: Value, source: Value, span: Span) {
        let id = event.id("Queue");
        let equals = plain::map(span, [("aws:SourceArn", source)]);
        let mut statement = statement("sqs:SendMessage", self.to(&id, "Arn", span));
        plain::set(&mut statement, "Principal", who);
        plain::set(&mut statement, "Condition", plain::map(span, [("ArnEquals", equals)]));
        let made = plain::map(
            span,
            [
                ("PolicyDocument", make::document(vec![statement], span)),
                ("Queues", plain::list(span, vec![self.to(&id, "", span)])),
            ],
        );
        self.add(event.of, &event.id("QueuePolicy"), "AWS::SQS::QueuePolicy", made, span);
    }

    /// A schedule of the scheduler.
    fn schedule(&mut self, event: &Event<'_>) -> Result<(), Incomplete> {
        let span = event.span;
        required(event, "ScheduleExpression")?;
        let mut made = event.properties.clone();
        let role = match make::take(&mut made, "RoleArn") {
            Some(role) => role,
            None => {
                let action = if event.caller.machine { "states:StartExecution" } else { "lambda:InvokeFunction" };
                let policy = make::allow(action, self.target(event), span);
                self.helper_role(event.of, &event.id("Role"), "scheduler.amazonaws.com", policy, span)
            }
        };
        let mut target = plain::map(span, [("Arn", self.target(event)), ("RoleArn", role)]);
        for key in ["Input", "RetryPolicy"] {
            if let Some(value) = make::take(&mut made, key) {
                plain::set(&mut target, key, value);
            }
        }
        if let Some(letters) = make::take(&mut made, "DeadLetterConfig") {
            let queue = match make::given(&letters, "Arn") {
                Some(arn) => arn.clone(),
                None => self.queue(event, letters.span),
            };
            plain::set(&mut target, "DeadLetterConfig", plain::map(letters.span, [("Arn", queue)]));
        }
        plain::set(&mut made, "Target", target);
        self.add(event.of, &event.id(""), "AWS::Scheduler::Schedule", made, span);
        Ok(())
    }

    /// A subscription to a topic, with a queue between if the author wants one.
    fn topic(&mut self, event: &Event<'_>) -> Result<(), Incomplete> {
        let span = event.span;
        let topic = required(event, "Topic")?.clone();
        let between = event.get("SqsSubscription").filter(|value| value.as_bool() != Some(false));
        let mut made = plain::map(span, [("TopicArn", topic.clone())]);
        copy(event, &mut made, &["FilterPolicy", "FilterPolicyScope", "Region", "RedrivePolicy"]);
        match between {
            None => {
                plain::set(&mut made, "Endpoint", self.target(event));
                plain::set(&mut made, "Protocol", make::text("lambda", span));
                self.permission(event, "", "sns.amazonaws.com", Some(topic));
            }
            Some(between) => {
                let queue = match make::given(between, "QueueArn") {
                    Some(queue) => queue.clone(),
                    None => {
                        let queue = self.queue(event, between.span);
                        // The transform lets anybody send who the condition lets.
                        self.queue_policy(event, make::text("*", between.span), topic, between.span);
                        queue
                    }
                };
                plain::set(&mut made, "Endpoint", queue.clone());
                plain::set(&mut made, "Protocol", make::text("sqs", span));
                let mapping = plain::map(
                    span,
                    [("EventSourceArn", queue), ("FunctionName", self.to(&event.caller.id, "Arn", span))],
                );
                let id = event.id("EventSourceMapping");
                self.add(event.of, &id, "AWS::Lambda::EventSourceMapping", mapping, span);
            }
        }
        self.add(event.of, &event.id(""), "AWS::SNS::Subscription", made, span);
        Ok(())
    }

    /// A notification of a bucket, which must be of the same template.
    fn bucket(&mut self, event: &Event<'_>) -> Result<(), Incomplete> {
        let span = event.span;
        let bucket = required(event, "Bucket")?;
        let address = bucket
            .as_reference()
            .filter(|to| self.types.get(&to.address).is_some_and(|ty| &**ty == "AWS::S3::Bucket"))
            .map(|to| to.address.clone())
            .ok_or_else(|| Incomplete("must name a bucket of the same template".to_owned()))?;
        let events = required(event, "Events")?;
        self.permission(event, "", "s3.amazonaws.com", None);
        for one in make::items(events) {
            let value = make::map(
                span,
                vec![
                    ("Event", Some(one.clone())),
                    ("Function", Some(self.target(event))),
                    ("Filter", event.get("Filter").cloned()),
                ],
            );
            self.attached.push(Attached {
                address: address.clone(),
                path: ["NotificationConfiguration", "LambdaConfigurations"],
                key: "".into(),
                value,
            });
        }
        Ok(())
    }

    /// A trigger of a user pool, which must be of the same template.
    fn user_pool(&mut self, event: &Event<'_>) -> Result<(), Incomplete> {
        let pool = required(event, "UserPool")?;
        let address = pool
            .as_reference()
            .filter(|to| self.types.get(&to.address).is_some_and(|ty| &**ty == "AWS::Cognito::UserPool"))
            .map(|to| to.address.clone())
            .ok_or_else(|| Incomplete("must name a user pool of the same template".to_owned()))?;
        let trigger = required(event, "Trigger")?;
        // One permission for all triggers, named for the function.
        let name = format!("{}Cognito", event.caller.alias);
        let all = Event { name: &name, ..*event };
        let source = plain::reference(&address, "Arn", event.span);
        self.permission(&all, "", "cognito-idp.amazonaws.com", Some(source));
        for key in make::items(trigger).into_iter().filter_map(Value::as_text) {
            self.attached.push(Attached {
                address: address.clone(),
                path: ["LambdaConfig", ""],
                key: key.into(),
                value: self.target(event),
            });
        }
        Ok(())
    }
}

/// A property that must be there.
pub(super) fn required<'e>(event: &Event<'e>, key: &str) -> Result<&'e Value, Incomplete> {
    event.get(key).ok_or_else(|| Incomplete(format!("lacks `{key}`")))
}

/// Copies properties that are set.
fn copy(event: &Event<'_>, to: &mut Value, keys: &[&str]) {
    for key in keys {
        rename(event, to, key, key);
    }
}

fn rename(event: &Event<'_>, to: &mut Value, from: &str, key: &str) {
    if let Some(value) = event.get(from) {
        plain::set(to, key, value.clone());
    }
}

/// A statement that allows one action.
fn statement(action: &str, resource: Value) -> Value {
    let span = resource.span;
    plain::map(
        span,
        [("Effect", make::text("Allow", span)), ("Action", make::text(action, span)), ("Resource", resource)],
    )
}

/// Whether a value is text, number or a yes or no.
pub(super) fn is_plain(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Text(_) | ValueKind::Number(_) | ValueKind::Bool(_))
}
