//! SAM: GraphQL APIs, capacity providers, usage plans, domains.

use vauban_infrastructure::{Options, Output};
use vauban_model::resource::{Resource, Value};

use crate::support::{addresses, read_folder};

fn read(resources: &str) -> Output {
    let text = format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}");
    read_folder(&[("template.yaml", text.as_str())], &Options::default())
}

fn resource<'o>(output: &'o Output, address: &str) -> &'o Resource {
    let found = output.inventory.resources.iter().find(|resource| &*resource.address == address);
    found.unwrap_or_else(|| panic!("no {address} among {:?}; said: {:?}", addresses(output), output.diagnostics))
}

fn to(value: Option<&Value>) -> String {
    let reference = value.and_then(Value::as_reference).unwrap_or_else(|| panic!("{value:?} is no reference"));
    format!("{}.{}", reference.address, reference.attribute)
}

#[test]
fn a_graphql_api_has_its_sources_with_roles_and_who_may_call_it() {
    let output = read(
        r"
  Posts: {Type: AWS::DynamoDB::Table}
  Fn: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: nodejs20.x, CodeUri: .}}
  Api:
    Type: AWS::Serverless::GraphQLApi
    Properties:
      SchemaUri: schema.graphql
      Auth: {Type: AWS_LAMBDA, LambdaAuthorizer: {AuthorizerUri: !GetAtt Fn.Arn}, Additional: [{Type: API_KEY}]}
      ApiKeys: {Guest: {Description: for guests}}
      DataSources:
        DynamoDb: {Store: {TableName: !Ref Posts, Permissions: [Read]}}
        Lambda: {Code: {FunctionArn: !GetAtt Fn.Arn}}
      Functions:
        one: {DataSource: Store, InlineCode: x, Runtime: {Name: APPSYNC_JS, Version: 1.0.0}}
        two: {DataSource: NONE, InlineCode: x, Runtime: {Name: APPSYNC_JS, Version: 1.0.0}}
      Resolvers: {Query: {getPost: {Pipeline: [one, two]}}}
",
    );
    assert!(output.diagnostics.is_empty(), "{:?}", output.diagnostics);
    let api = resource(&output, "Api");
    assert_eq!(&*api.ty, "AWS::AppSync::GraphQLApi");
    assert_eq!(api.text("AuthenticationType"), Some("AWS_LAMBDA"));
    assert_eq!(api.text("AdditionalAuthenticationProviders.0.AuthenticationType"), Some("API_KEY"));
    assert_eq!(to(api.get("LogConfig.CloudWatchLogsRoleArn")), "ApiCloudWatchRole.Arn");
    assert_eq!(to(resource(&output, "ApiToLambdaAuthConnector1WriteLambdaPermission").get("FunctionName")), "Fn.Arn");
    resource(&output, "ApiGuest");
    let store = resource(&output, "ApiStoreDynamoDBDataSource");
    assert_eq!(to(store.get("DynamoDBConfig.TableName")), "Posts.");
    assert_eq!(to(store.get("ServiceRoleArn")), "ApiStoreDynamoDBDataSourceRole.Arn");
    let policy = resource(&output, "ApiStoreDynamoDBDataSourceToTableConnectorPolicy");
    assert_eq!(to(policy.get("Roles.0")), "ApiStoreDynamoDBDataSourceRole.");
    let actions: Vec<_> =
        policy.at_each("PolicyDocument.Statement.Action").into_iter().filter_map(Value::as_text).collect();
    assert!(actions.contains(&"dynamodb:Query") && !actions.contains(&"dynamodb:PutItem"), "{actions:?}");
    assert_eq!(to(resource(&output, "ApiCodeLambdaDataSource").get("LambdaConfig.LambdaFunctionArn")), "Fn.Arn");
    resource(&output, "ApiCodeLambdaDataSourceToLambdaConnectorPolicy");
    assert_eq!(to(resource(&output, "Apione").get("DataSourceName")), "ApiStoreDynamoDBDataSource.Name");
    assert_eq!(to(resource(&output, "Apitwo").get("DataSourceName")), "ApiNoneDataSource.Name");
    let resolver = resource(&output, "ApiQuerygetPost");
    assert_eq!(to(resolver.get("PipelineConfig.Functions.0")), "Apione.FunctionId");
    assert_eq!(resolver.text("FieldName"), Some("getPost"));
    assert!(!addresses(&output).iter().any(|address| address.ends_with("Connector")), "{:?}", addresses(&output));
}

#[test]
fn a_graphql_api_that_logs_nothing_has_no_role_for_it() {
    let output = read(
        "  Api: {Type: AWS::Serverless::GraphQLApi, Properties: {SchemaInline: x, Logging: false, Auth: {Type: API_KEY}}}\n",
    );
    assert_eq!(addresses(&output), ["Api", "ApiSchema"]);
    assert!(resource(&output, "Api").get("LogConfig").is_none());
}

#[test]
fn a_capacity_provider_has_a_role_of_its_own_unless_it_is_given_one() {
    let output = read(
        r"
  Own: {Type: AWS::Serverless::CapacityProvider, Properties: {VpcConfig: {SubnetIds: [a]}, InstanceRequirements: {AllowedTypes: [m5.large]}}}
  Given: {Type: AWS::Serverless::CapacityProvider, Properties: {OperatorRole: 'arn:aws:iam::1:role/x'}}
",
    );
    assert!(output.diagnostics.is_empty(), "{:?}", output.diagnostics);
    assert_eq!(addresses(&output), ["Own", "OwnOperatorRole", "Given"]);
    let own = resource(&output, "Own");
    assert_eq!(to(own.get("PermissionsConfig.CapacityProviderOperatorRoleArn")), "OwnOperatorRole.Arn");
    assert_eq!(own.text("InstanceRequirements.AllowedInstanceTypes.0"), Some("m5.large"));
    let role = resource(&output, "OwnOperatorRole");
    assert_eq!(role.text("ManagedPolicyArns.0"), Some("arn:aws:iam::aws:policy/AWSLambdaManagedEC2ResourceOperator"));
}

#[test]
fn plans_are_shared_or_of_one_api_and_domains_lead_to_their_api() {
    let output = read(
        r"
  One: {Type: AWS::Serverless::Api, Properties: {StageName: p, Auth: {ApiKeyRequired: true, UsagePlan: {CreateUsagePlan: SHARED}}}}
  Two: {Type: AWS::Serverless::Api, Properties: {StageName: p, Auth: {UsagePlan: {CreateUsagePlan: SHARED}}}}
  Three: {Type: AWS::Serverless::Api, Properties: {StageName: p, Auth: {UsagePlan: {CreateUsagePlan: PER_API, Throttle: {RateLimit: 5}}}, Domain: {DomainName: a.shop.io, CertificateArn: x, BasePath: [v1, v-2], Route53: {HostedZoneId: Z}}}}
  Four: {Type: AWS::Serverless::HttpApi, Properties: {Domain: {DomainName: b.shop.io, CertificateArn: x, SecurityPolicy: TLS_1_2}}}
",
    );
    assert!(output.diagnostics.is_empty(), "{:?}", output.diagnostics);
    let shared = resource(&output, "ServerlessUsagePlan").get("ApiStages").and_then(Value::as_list).unwrap();
    assert_eq!(shared.iter().map(|stage| to(stage.get("ApiId"))).collect::<Vec<_>>(), ["One.", "Two."]);
    assert_eq!(to(resource(&output, "ThreeUsagePlanKey").get("KeyId")), "ThreeApiKey.");
    assert_eq!(resource(&output, "ThreeUsagePlan").get("Throttle.RateLimit").and_then(Value::as_number), Some(5.0));
    assert_eq!(resource(&output, "Three:DomainName").text("RegionalCertificateArn"), Some("x"));
    assert_eq!(to(resource(&output, "Threev2BasePathMapping").get("RestApiId")), "Three.");
    assert_eq!(resource(&output, "Three:RecordSetGroup").text("RecordSets.0.Name"), Some("a.shop.io"));
    let domain = resource(&output, "Four:DomainName");
    assert_eq!(domain.text("DomainNameConfigurations.0.SecurityPolicy"), Some("TLS_1_2"));
    assert_eq!(to(resource(&output, "FourApiMapping").get("ApiId")), "Four.");
}
