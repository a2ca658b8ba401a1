//! What SAM's resources become.

use std::collections::BTreeSet;

use proptest::prelude::*;
use vauban_infrastructure::{Options, Output};
use vauban_model::resource::{Resource, Value, ValueKind, Why};

use crate::support::{addresses, codes, corpus, read_disk, read_folder};

fn read(template: &str) -> Output {
    read_folder(&[("t.yaml", template)], &Options::default())
}

/// A template of these resources.
fn with(resources: &str) -> Output {
    read(&format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}"))
}

/// A template of a function with these events, and things to name.
fn events(events: &str) -> Output {
    with(&format!(
        "  Fn:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events:\n{events}  Bucket: {{Type: AWS::S3::Bucket}}\n  Queue: {{Type: AWS::SQS::Queue}}\n  Topic: {{Type: AWS::SNS::Topic}}\n  Pool: {{Type: AWS::Cognito::UserPool}}\n  Table: {{Type: AWS::DynamoDB::Table}}\n"
    ))
}

fn of<'o>(output: &'o Output, address: &str) -> &'o Resource {
    let found = output.inventory.resources.iter().find(|resource| &*resource.address == address);
    found.unwrap_or_else(|| panic!("no `{address}`: {:?}", addresses(output)))
}

fn to(resource: &Resource, path: &str) -> String {
    let value = resource.get(path).unwrap_or_else(|| panic!("no `{path}`: {:?}", resource.attributes));
    let mut found = Vec::new();
    value.references(&mut |reference, _| found.push(format!("{}.{}", reference.address, reference.attribute)));
    found.join(" ")
}

/// The ids beyond those of the template of [`events`].
fn made(output: &Output) -> BTreeSet<&str> {
    let own = ["Fn", "FnRole", "Bucket", "Queue", "Topic", "Pool", "Table"];
    addresses(output).into_iter().filter(|address| !own.contains(address)).collect()
}

fn actions(role: &Resource) -> BTreeSet<&str> {
    let mut all = BTreeSet::new();
    for action in role.at_each("Policies.PolicyDocument.Statement.Action") {
        all.extend(action.as_text());
    }
    all
}

fn managed(role: &Resource) -> Vec<&str> {
    role.at_each("ManagedPolicyArns").into_iter().filter_map(Value::as_text).collect()
}

#[test]
fn each_type_of_event_makes_what_the_transform_makes() {
    // Property text, ids that are made, and types of the first.
    let cases: &[(&str, &[&str], &str)] = &[
        ("{Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}", &["FnE"], "AWS::Lambda::EventSourceMapping"),
        (
            "{Type: Kinesis, Properties: {Stream: arn, StartingPosition: LATEST}}",
            &["FnE"],
            "AWS::Lambda::EventSourceMapping",
        ),
        (
            "{Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST}}",
            &["FnE"],
            "AWS::Lambda::EventSourceMapping",
        ),
        ("{Type: MSK, Properties: {Stream: arn, Topics: [t]}}", &["FnE"], "AWS::Lambda::EventSourceMapping"),
        ("{Type: MQ, Properties: {Broker: arn, Queues: [q]}}", &["FnE"], "AWS::Lambda::EventSourceMapping"),
        (
            "{Type: SelfManagedKafka, Properties: {KafkaBootstrapServers: [a:9092], Topics: [t]}}",
            &["FnE"],
            "AWS::Lambda::EventSourceMapping",
        ),
        ("{Type: SNS, Properties: {Topic: !Ref Topic}}", &["FnE", "FnEPermission"], "AWS::SNS::Subscription"),
        (
            "{Type: SNS, Properties: {Topic: !Ref Topic, SqsSubscription: true}}",
            &["FnE", "FnEEventSourceMapping", "FnEQueue", "FnEQueuePolicy"],
            "AWS::SNS::Subscription",
        ),
        (
            "{Type: S3, Properties: {Bucket: !Ref Bucket, Events: 's3:ObjectCreated:*'}}",
            &["FnEPermission"],
            "AWS::Lambda::Permission",
        ),
        ("{Type: Schedule, Properties: {Schedule: rate(1 day)}}", &["FnE", "FnEPermission"], "AWS::Events::Rule"),
        (
            "{Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}}",
            &["FnE", "FnERole"],
            "AWS::Scheduler::Schedule",
        ),
        (
            "{Type: EventBridgeRule, Properties: {Pattern: {source: [a]}}}",
            &["FnE", "FnEPermission"],
            "AWS::Events::Rule",
        ),
        (
            "{Type: CloudWatchEvent, Properties: {Pattern: {source: [a]}, DeadLetterConfig: {Type: SQS}}}",
            &["FnE", "FnEPermission", "FnEQueue", "FnEQueuePolicy"],
            "AWS::Events::Rule",
        ),
        (
            "{Type: CloudWatchLogs, Properties: {LogGroupName: g, FilterPattern: f}}",
            &["FnE", "FnEPermission"],
            "AWS::Logs::SubscriptionFilter",
        ),
        ("{Type: IoTRule, Properties: {Sql: s}}", &["FnE", "FnEPermission"], "AWS::IoT::TopicRule"),
        (
            "{Type: Cognito, Properties: {UserPool: !Ref Pool, Trigger: PreSignUp}}",
            &["FnCognitoPermission"],
            "AWS::Lambda::Permission",
        ),
        ("{Type: AlexaSkill}", &["FnEPermission"], "AWS::Lambda::Permission"),
        (
            "{Type: Api, Properties: {Path: /a, Method: get}}",
            &["FnE", "FnEPermissionProd", "ServerlessRestApi", "ServerlessRestApiProdStage"],
            "AWS::ApiGateway::Method",
        ),
        (
            "{Type: HttpApi, Properties: {Path: /a, Method: get}}",
            &["FnE", "FnEIntegration", "FnEPermission", "ServerlessHttpApi", "ServerlessHttpApiApiGatewayDefaultStage"],
            "AWS::ApiGatewayV2::Route",
        ),
    ];
    for (event, ids, ty) in cases {
        let output = events(&format!("        E: {event}\n"));
        assert_eq!(made(&output), ids.iter().copied().collect(), "{event}");
        let first = of(&output, ids[0]);
        assert_eq!(&*first.ty, *ty, "{event}");
        assert_eq!(first.span.line, 7, "{event}: the author's line");
        assert!(output.diagnostics.is_empty(), "{event}: {:?}", output.diagnostics);
        assert!(of(&output, "Fn").get("Events").is_none());
    }
}

#[test]
fn events_lead_from_their_source_to_the_function() {
    let output = events(
        "        Q: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 5}}\n        T: {Type: SNS, Properties: {Topic: !Ref Topic}}\n        U: {Type: S3, Properties: {Bucket: !Ref Bucket, Events: ['s3:A', 's3:B']}}\n        P: {Type: Cognito, Properties: {UserPool: !Ref Pool, Trigger: [PreSignUp, PostAuthentication]}}\n        R: {Type: EventBridgeRule, Properties: {Pattern: {source: [a]}, EventBusName: shop, InputPath: $.a}}\n",
    );
    let mapping = of(&output, "FnQ");
    assert_eq!((to(mapping, "EventSourceArn"), to(mapping, "FunctionName")), ("Queue.Arn".into(), "Fn.Arn".into()));
    assert_eq!(mapping.get("BatchSize").and_then(Value::as_number), Some(5.0));
    assert_eq!(to(of(&output, "FnT"), "Endpoint"), "Fn.Arn");
    let permission = of(&output, "FnTPermission");
    assert_eq!(permission.text("Principal"), Some("sns.amazonaws.com"));
    assert_eq!(to(permission, "SourceArn"), "Topic.");
    let bucket = of(&output, "Bucket");
    assert_eq!(bucket.at_each("NotificationConfiguration.LambdaConfigurations.Event").len(), 2);
    // Whose bucket it is, is part of the permission: its name may be taken by another account.
    assert!(of(&output, "FnUPermission").get("SourceAccount").is_some());
    let pool = of(&output, "Pool");
    assert_eq!(to(pool, "LambdaConfig.PreSignUp"), "Fn.Arn");
    assert_eq!(to(pool, "LambdaConfig.PostAuthentication"), "Fn.Arn");
    let rule = of(&output, "FnR");
    assert_eq!(rule.text("EventBusName"), Some("shop"));
    assert_eq!(to(rule, "Targets.Arn"), "Fn.Arn");
    let role = of(&output, "FnRole");
    assert_eq!(managed(role).len(), 2, "{:?}", managed(role));
}

#[test]
fn the_role_has_what_the_function_needs_and_what_its_policies_say() {
    let output = with(
        r#"
  Table: {Type: AWS::DynamoDB::Table}
  Own: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {Statement: []}}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Tracing: Active
      VpcConfig: {SubnetIds: [a], SecurityGroupIds: [b]}
      PermissionsBoundary: arn:aws:iam::1:policy/b
      DeadLetterQueue: {Type: SQS, TargetArn: arn:aws:sqs:x:1:q}
      EventInvokeConfig:
        DestinationConfig:
          OnFailure: {Type: SNS}
          OnSuccess: {Type: EventBridge, Destination: arn:aws:events:x:1:event-bus/b}
      Policies:
        - AmazonS3ReadOnlyAccess
        - arn:aws:iam::aws:policy/AmazonSQSFullAccess
        - !Ref Own
        - DynamoDBReadPolicy: {TableName: !Ref Table}
        - Statement: [{Effect: Allow, Action: "ses:SendEmail", Resource: "*"}]
"#,
    );
    assert_eq!(codes(&output), Vec::<&str>::new());
    let role = of(&output, "FnRole");
    assert_eq!(
        managed(role),
        [
            "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
            "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
            "AmazonS3ReadOnlyAccess",
            "arn:aws:iam::aws:policy/AmazonSQSFullAccess",
        ]
    );
    assert_eq!(to(role, "ManagedPolicyArns"), "Own.");
    let wanted: BTreeSet<&str> = [
        "sqs:SendMessage",
        "sns:Publish",
        "events:PutEvents",
        "ses:SendEmail",
        "dynamodb:GetItem",
        "dynamodb:Scan",
        "dynamodb:Query",
        "dynamodb:BatchGetItem",
        "dynamodb:DescribeTable",
    ]
    .into();
    assert_eq!(actions(role), wanted);
    assert!(to(role, "Policies").contains("Table."));
    assert_eq!(role.text("PermissionsBoundary"), Some("arn:aws:iam::1:policy/b"));
    assert_eq!(to(of(&output, "Fn"), "Role"), "FnRole.Arn");
    assert_eq!(of(&output, "Fn").text("DeadLetterConfig.TargetArn"), Some("arn:aws:sqs:x:1:q"));
    assert_eq!(&*of(&output, "FnEventInvokeConfigOnFailureTopic").ty, "AWS::SNS::Topic");
    let policies = role.get("Policies").and_then(Value::as_list).unwrap();
    let template = policies.iter().find(|policy| policy.span.line > 20 && policy.span.line < 22).unwrap();
    assert!(template.at("PolicyDocument.Statement").is_some(), "the policy stands on its author's line");
}

#[test]
fn a_role_of_the_authors_own_is_used_and_one_under_a_condition_leaves_both() {
    let output = read(
        r#"
Transform: AWS::Serverless-2016-10-31
Parameters: {RoleArn: {Type: String}}
Conditions: {Given: !Not [!Equals [!Ref RoleArn, ""]]}
Resources:
  Own: {Type: AWS::IAM::Role}
  A: {Type: AWS::Serverless::Function, Properties: {Role: !GetAtt Own.Arn, Policies: [X]}}
  B: {Type: AWS::Serverless::Function, Properties: {Role: !If [Given, !Ref RoleArn, !Ref "AWS::NoValue"]}}
"#,
    );
    assert_eq!(to(of(&output, "A"), "Role"), "Own.Arn");
    assert!(!addresses(&output).contains(&"ARole"));
    assert!(codes(&output).contains(&"policies-without-role"));
    let ValueKind::OneOf(ways) = &of(&output, "B").get("Role").unwrap().kind else { panic!() };
    assert_eq!(ways.len(), 2);
    of(&output, "BRole");
}

#[test]
fn every_policy_template_is_known_with_its_parameters() {
    for line in include_str!("../../src/cloudformation/sam/policies.txt").lines() {
        let mut words = line.split(' ');
        let (Some("policy"), Some(name)) = (words.next(), words.next()) else { continue };
        let parameters: Vec<String> = words.map(|word| format!("{word}: given")).collect();
        let output = with(&format!(
            "  Fn: {{Type: AWS::Serverless::Function, Properties: {{Policies: [{{{name}: {{{}}}}}]}}}}\n",
            parameters.join(", ")
        ));
        assert_eq!(codes(&output), Vec::<&str>::new(), "{name}");
        let role = of(&output, "FnRole");
        let found = actions(role);
        assert!(!found.is_empty() && found.iter().all(|action| action.contains(':')), "{name}: {found:?}");
        for resource in role.at_each("Policies.PolicyDocument.Statement.Resource") {
            if let ValueKind::Template(parts) = &resource.kind {
                assert!(parts.iter().all(|part| part.as_text().is_none_or(|text| !text.contains(['{', '}']))));
            }
        }
    }
}

#[test]
fn what_is_no_policy_template_is_unknown_and_said() {
    let output = with(
        "  Fn: {Type: AWS::Serverless::Function, Properties: {Policies: [{DynamoDbCrud: {TableName: a}}, {S3ReadPolicy: {}}]}}\n",
    );
    assert_eq!(codes(&output), ["policy-template-incomplete", "unknown-policy-template"]);
    let role = of(&output, "FnRole");
    let unknown = role
        .at_each("ManagedPolicyArns")
        .into_iter()
        .any(|value| matches!(&value.kind, ValueKind::Unknown(unknown) if unknown.why == Why::Unsupported));
    assert!(unknown, "nobody knows what the role may do");
}

#[test]
fn globals_merge_maps_append_lists_and_give_way_to_the_resource() {
    let output = read(
        r#"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.12
    Timeout: 3
    Layers: [common]
    Environment: {Variables: {A: global, B: global}}
    VpcConfig: {SubnetIds: [s]}
  Api: {TracingEnabled: true}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 9
      Layers: [own]
      Environment: {Variables: {B: own, C: own}}
      Events: {A: {Type: Api, Properties: {Path: /, Method: any}}}
  Free: {Type: AWS::Serverless::Function, Properties: {IgnoreGlobals: [Runtime]}}
  Freer: {Type: AWS::Serverless::Function, Properties: {IgnoreGlobals: "*"}}
  Plain: {Type: AWS::Lambda::Function}
"#,
    );
    let function = of(&output, "Fn");
    assert_eq!(function.text("Runtime"), Some("python3.12"));
    assert_eq!(function.get("Runtime").unwrap().span.line, 5);
    assert_eq!(function.get("Timeout").and_then(Value::as_number), Some(9.0));
    let layers: Vec<&str> = function.at_each("Layers").into_iter().filter_map(Value::as_text).collect();
    assert_eq!(layers, ["common", "own"]);
    let variable = |key: &str| function.text(&format!("Environment.Variables.{key}"));
    assert_eq!((variable("A"), variable("B"), variable("C")), (Some("global"), Some("own"), Some("own")));
    assert!(managed(of(&output, "FnRole")).iter().any(|arn| arn.ends_with("AWSLambdaVPCAccessExecutionRole")));
    assert!(of(&output, "Free").get("Runtime").is_none() && of(&output, "Free").get("Timeout").is_some());
    for name in ["Freer", "Plain"] {
        assert!(of(&output, name).get("Timeout").is_none(), "{name}");
    }
    assert_eq!(of(&output, "ServerlessRestApiProdStage").get("TracingEnabled").and_then(Value::as_bool), Some(true));
}

#[test]
fn who_may_call_an_operation_is_its_own_word_or_the_apis_default() {
    let output = with(
        r#"
  Pool: {Type: AWS::Cognito::UserPool}
  Check: {Type: AWS::Serverless::Function}
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      EndpointConfiguration: PRIVATE
      Auth:
        DefaultAuthorizer: Users
        ApiKeyRequired: true
        Authorizers:
          Users: {UserPoolArn: !GetAtt Pool.Arn}
          Checked: {FunctionArn: !GetAtt Check.Arn}
        ResourcePolicy: {IpRangeWhitelist: ["10.0.0.0/8"]}
  Web:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: true
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers:
          Tokens: {JwtConfiguration: {issuer: "https://id", audience: [a]}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Def: {Type: Api, Properties: {Path: /d, Method: get, RestApiId: !Ref Api}}
        Open: {Type: Api, Properties: {Path: /o, Method: get, RestApiId: !Ref Api, Auth: {Authorizer: NONE, ApiKeyRequired: false}}}
        Iam: {Type: Api, Properties: {Path: /i, Method: "*", RestApiId: !Ref Api, Auth: {Authorizer: AWS_IAM}}}
        Cus: {Type: Api, Properties: {Path: "/c/{id}", Method: get, RestApiId: !Ref Api, Auth: {Authorizer: Checked}}}
        Bad: {Type: Api, Properties: {Path: /b, Method: get, RestApiId: !Ref Api, Auth: {Authorizer: Nobody}}}
        Jwt: {Type: HttpApi, Properties: {Path: /j, Method: post, ApiId: !Ref Web}}
        Free: {Type: HttpApi, Properties: {Path: /f, Method: post, ApiId: !Ref Web, Auth: {Authorizer: NONE}}}
        Implicit: {Type: Api, Properties: {Path: /x, Method: get}}
        Far: {Type: Api, Properties: {Path: /x, Method: get, RestApiId: abc123}}
"#,
    );
    let kind = |id: &str| of(&output, id).text("AuthorizationType").map(str::to_owned);
    assert_eq!(kind("FnDef").as_deref(), Some("COGNITO_USER_POOLS"));
    assert_eq!(to(of(&output, "FnDef"), "AuthorizerId"), "ApiUsersAuthorizer.");
    assert_eq!(of(&output, "FnDef").get("ApiKeyRequired").and_then(Value::as_bool), Some(true));
    assert_eq!(kind("FnOpen").as_deref(), Some("NONE"));
    assert_eq!(of(&output, "FnOpen").get("ApiKeyRequired").and_then(Value::as_bool), Some(false));
    assert_eq!(kind("FnIam").as_deref(), Some("AWS_IAM"));
    assert_eq!(of(&output, "FnIam").text("HttpMethod"), Some("ANY"));
    assert_eq!(kind("FnCus").as_deref(), Some("CUSTOM"));
    let ValueKind::Template(parts) = &of(&output, "FnCusPermissionv1").get("SourceArn").unwrap().kind else { panic!() };
    assert_eq!(parts.last().and_then(Value::as_text), Some("/*/GET/c/*"));
    // A name that nobody declares neither opens nor closes the operation.
    assert!(matches!(of(&output, "FnBad").get("AuthorizationType").unwrap().kind, ValueKind::Unknown(_)));
    assert_eq!(codes(&output), ["unknown-authorizer"]);
    assert_eq!(kind("FnJwt").as_deref(), Some("JWT"));
    assert_eq!(kind("FnFree").as_deref(), Some("NONE"));
    assert_eq!(kind("FnImplicit").as_deref(), Some("NONE"));
    // Another one's API: only the permission is ours.
    assert!(!addresses(&output).contains(&"FnFar"));
    of(&output, "FnFarPermission");
    let api = of(&output, "Api");
    assert_eq!(api.text("EndpointConfiguration.Types.0"), Some("PRIVATE"));
    let effects: Vec<&str> = api.at_each("Policy.Statement.Effect").into_iter().filter_map(Value::as_text).collect();
    assert_eq!(effects, ["Allow", "Deny"]);
    assert_eq!(to(of(&output, "ApiUsersAuthorizer"), "ProviderARNs"), "Pool.Arn");
    assert_eq!(to(of(&output, "ApiCheckedAuthorizerPermission"), "FunctionName"), "Check.Arn");
    assert_eq!(of(&output, "Web").text("CorsConfiguration.AllowOrigins.0"), Some("*"));
    assert_eq!(&*of(&output, "Apiv1Stage").ty, "AWS::ApiGateway::Stage");
}

#[test]
fn operations_of_a_description_are_methods_with_their_security() {
    let template = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Get: {Type: Api, Properties: {Path: /a, Method: get, RestApiId: !Ref Api}}
        New: {Type: Api, Properties: {Path: /new, Method: get, RestApiId: !Ref Api}}
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: p, DefinitionUri: api.yaml}
"#;
    let description = r#"
openapi: 3.0.1
paths:
  /a:
    get:
      security: [{sigv4: []}]
      x-amazon-apigateway-integration:
        uri: {Fn::Sub: "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations"}
        type: aws_proxy
    post: {security: []}
    put: {security: [{key: []}]}
  /b:
    x-amazon-apigateway-any-method: {security: [{users: []}]}
components:
  securitySchemes:
    sigv4: {type: apiKey, name: Authorization, x-amazon-apigateway-authtype: awsSigv4}
    key: {type: apiKey, name: x-api-key, in: header}
    users: {type: apiKey, name: Authorization, x-amazon-apigateway-authtype: cognito_user_pools}
"#;
    let output = read_folder(&[("api.yaml", description), ("template.yaml", template)], &Options::default());
    let kind = |id: &str| of(&output, id).text("AuthorizationType").map(str::to_owned);
    assert_eq!(kind("Api:GET:/a").as_deref(), Some("AWS_IAM"));
    assert_eq!(to(of(&output, "Api:GET:/a"), "Integration.Uri"), "Fn.Arn");
    assert_eq!(kind("Api:POST:/a").as_deref(), Some("NONE"));
    assert_eq!(of(&output, "Api:PUT:/a").get("ApiKeyRequired").and_then(Value::as_bool), Some(true));
    assert_eq!(kind("Api:ANY:/b").as_deref(), Some("COGNITO_USER_POOLS"));
    // What is described is not made twice; what is not, is added.
    assert!(!addresses(&output).contains(&"FnGet"));
    of(&output, "FnNew");
    of(&output, "FnGetPermissionp");
}

#[test]
fn an_address_for_everybody_comes_with_the_permission_for_everybody() {
    let output = with(
        "  Open: {Type: AWS::Serverless::Function, Properties: {FunctionUrlConfig: {AuthType: NONE}}}\n  Shut: {Type: AWS::Serverless::Function, Properties: {FunctionUrlConfig: {AuthType: AWS_IAM}}}\n",
    );
    let permission = of(&output, "OpenUrlPublicPermissions");
    assert_eq!(permission.text("Principal"), Some("*"));
    assert_eq!(permission.text("FunctionUrlAuthType"), Some("NONE"));
    assert_eq!(to(of(&output, "ShutUrl"), "TargetFunctionArn"), "Shut.Arn");
    assert!(!addresses(&output).iter().any(|id| id.starts_with("ShutUrlPublic")));
}

#[test]
fn state_machines_tables_layers_and_connectors_become_their_own() {
    let output = with(
        r#"
  Fn: {Type: AWS::Serverless::Function}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: A, States: {A: {Type: Task, Resource: "${Work}", End: true}}}
      DefinitionSubstitutions: {Work: !GetAtt Fn.Arn}
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref Fn}}]
      Logging: {Level: ALL}
      Events:
        Daily: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
        Call: {Type: Api, Properties: {Path: /go, Method: post}}
        No: {Type: SQS, Properties: {Queue: x}}
  Table: {Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: {Name: k, Type: Number}}}
  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer/}}
  Topic: {Type: AWS::SNS::Topic}
  Link: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: Fn}, Destination: [{Id: Table}, {Id: Flow}], Permissions: [Read, Write]}}
  Push: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: Topic}, Destination: {Id: Fn}, Permissions: [Write]}}
  Odd: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: Table}, Destination: {Id: Topic}, Permissions: [Write]}}
"#,
    );
    let flow = of(&output, "Flow");
    assert_eq!(&*flow.ty, "AWS::StepFunctions::StateMachine");
    assert_eq!(to(flow, "DefinitionString.States.A.Resource"), "Fn.Arn");
    assert_eq!(to(flow, "RoleArn"), "FlowRole.Arn");
    assert_eq!(to(of(&output, "FlowDaily"), "Targets.RoleArn"), "FlowDailyRole.Arn");
    assert_eq!(actions(of(&output, "FlowDailyRole")), ["states:StartExecution"].into());
    assert_eq!(to(of(&output, "FlowCall"), "Integration.RequestTemplates"), "Flow.");
    assert!(flow.get("Events.No").is_some(), "what is not made stays visible");
    assert_eq!(of(&output, "Table").text("AttributeDefinitions.0.AttributeType"), Some("N"));
    assert_eq!(&*of(&output, "Layer").ty, "AWS::Lambda::LayerVersion");
    assert_eq!(to(of(&output, "LinkDestination0Policy"), "Roles"), "FnRole.");
    assert_eq!(to(of(&output, "LinkDestination1Policy"), "Roles"), "FnRole.");
    assert_eq!(to(of(&output, "PushWriteLambdaPermission"), "SourceArn"), "Topic.");
    assert!(!addresses(&output).contains(&"Link"), "it has become policies");
    of(&output, "Odd");
    assert_eq!(codes(&output), ["connector-not-expanded", "serverless-event-incomplete"]);
}

#[test]
fn broken_events_are_said_and_stay_visible() {
    let output = events(
        "        A: {Type: SQS}\n        B: {Properties: {Queue: x}}\n        C: {Type: Telepathy}\n        D: {Type: S3, Properties: {Bucket: elsewhere, Events: 's3:A'}}\n        E: {Type: HttpApi, Properties: {Path: /a}}\n        F: text\n        G: {Type: Api, Properties: {Path: /a}}\n        H: {Type: Schedule, Properties: {}}\n",
    );
    let said = output.diagnostics.iter().filter(|said| said.code == "serverless-event-incomplete").count();
    assert_eq!(said, 8, "{:?}", output.diagnostics);
    assert_eq!(of(&output, "Fn").get("Events").and_then(Value::as_map).map(<[_]>::len), Some(8));
    assert!(output.diagnostics.iter().all(|said| said.help.is_some()));
}

#[test]
fn names_of_parts_lead_to_resources() {
    let output = with(
        r#"
  Fn: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live, Events: {A: {Type: Api, Properties: {Path: /, Method: get}}}}}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {A: !Ref Fn.Alias, B: !Ref ServerlessRestApi.Stage, C: !Ref FnRole, D: !Ref ServerlessRestApi}
"#,
    );
    let alarm = of(&output, "Alarm");
    assert_eq!(to(alarm, "A"), "Fn.Arn");
    assert_eq!(to(alarm, "B"), "ServerlessRestApiProdStage.");
    assert_eq!((to(alarm, "C"), to(alarm, "D")), ("FnRole.".into(), "ServerlessRestApi.".into()));
    assert_eq!(&*of(&output, "FnAliaslive").ty, "AWS::Lambda::Alias");
}

#[test]
fn references_to_what_nobody_makes_are_said() {
    let output = read(
        r#"
Transform: AWS::Serverless-2016-10-31
Conditions: {Never: !Equals [a, b]}
Resources:
  Gone: {Type: AWS::SQS::Queue, Condition: Never}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {A: !Ref Tabel, B: !Ref Gone, C: !Ref FnRole, D: !Ref FnVersion1234567890, E: !Sub "${Tabel.Arn}"}}
"#,
    );
    let said: Vec<&str> =
        output.diagnostics.iter().filter(|said| said.code == "unknown-reference").map(|said| &*said.message).collect();
    assert_eq!(said, ["`Tabel` is no parameter and no resource here"; 2]);
    let value = of(&output, "Fn").get("Environment.Variables.A").unwrap();
    assert!(matches!(&value.kind, ValueKind::Unknown(unknown) if unknown.why == Why::Missing));
}

#[test]
fn real_templates_become_cloudformation_without_rest() {
    for folder in ["iac/sam-ecommerce", "iac/sam-shopping-cart"] {
        let Some(root) = corpus(folder) else { return };
        let output = read_disk(&root, &Options::default());
        let mut seen = BTreeSet::new();
        for resource in &output.inventory.resources {
            assert!(!resource.ty.starts_with("AWS::Serverless::"), "{folder}: {}", resource.address);
            assert!(seen.insert(&resource.address), "{folder}: {} twice", resource.address);
        }
        for code in ["serverless-event-incomplete", "unknown-policy-template", "serverless-id-taken"] {
            assert!(!codes(&output).contains(&code), "{folder}: {:?}", output.diagnostics);
        }
    }
}

const ONE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Environment: {Variables: {A: b}}, Tags: {x: y}}, Api: {Auth: {DefaultAuthorizer: A, Authorizers: {A: {UserPoolArn: p}}}}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Connectors: {C: {Properties: {Destination: {Id: T}, Permissions: [Read]}}}
    Properties:
      Policies: [{S3ReadPolicy: {BucketName: b}}, {Statement: []}]
      FunctionUrlConfig: {AuthType: NONE}
      EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS}}}
      Events:
        A: {Type: Api, Properties: {Path: "/{x}", Method: get, Auth: {Authorizer: A}}}
        B: {Type: SNS, Properties: {Topic: t, SqsSubscription: true}}
  T: {Type: AWS::Serverless::SimpleTable}
  M: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {A: "${B}"}, DefinitionSubstitutions: {B: c}}}
  P: {Type: AWS::Serverless::Api, Properties: {StageName: p, DefinitionBody: {paths: {/a: {get: {security: [{A: []}]}}}}}}
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn cut_and_mangled_templates_never_panic(cut in 0usize..1600, at in 0usize..1600, byte in "[\\[\\]{}:!$&*\"',\n -]") {
        let end = cut.min(ONE.len());
        read(&ONE[..end]);
        let at = at.min(ONE.len() - 1);
        read(&format!("{}{byte}{}", &ONE[..at], &ONE[at..]));
    }
}

#[test]
fn connectors_inside_of_a_resource_start_there() {
    let output = with(
        "  Fn:\n    Type: AWS::Serverless::Function\n    Connectors: {Use: {Properties: {Destination: {Id: Q}, Permissions: [Write]}}}\n  Q: {Type: AWS::SQS::Queue}\n",
    );
    let policy = of(&output, "FnUsePolicy");
    assert_eq!((to(policy, "Roles"), policy.span.line), ("FnRole.".into(), 5));
    assert_eq!(to(policy, "PolicyDocument.Statement.Resource"), "Q.Arn");
}
