//! What managed services call by themselves.

use vauban_cloud::catalogue::Kind;
use vauban_cloud::flows::{End, Grade};

use crate::flows::{Pairs, pairs, read_texts, set, understood};

pub(crate) fn flows(file: &str, text: &str, least: Grade) -> Pairs {
    let mut output = read_texts(&[(file, text)]);
    let mut flows = understood(&mut output);
    // What is no component has no flows in a model.
    let glue = |end: &End| match end {
        End::Resource(at) => crate::catalogue::catalogue()
            .get(&output.inventory.resources[*at as usize].ty)
            .is_some_and(|entry| entry.kind == Kind::Glue),
        End::Outside(_) => false,
    };
    flows.retain(|flow| !glue(&flow.from) && !glue(&flow.to));
    pairs(&output, &flows, least)
}

/// File, text, exactly the pairs of ends.
type Service = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// What services connect.
const SERVICES: &[Service] = &[
    (
        "main.tf",
        r#"
resource "aws_cloudwatch_event_connection" "c" { name = "c" }
resource "aws_dynamodb_table" "orders" { name = "orders-table" }
resource "aws_ecs_task_definition" "batch" { family = "batch" }
resource "aws_sfn_state_machine" "machine" {
  name = "machine"
  definition = jsonencode({ States = {
    Pay   = { Type = "Task", Resource = "arn:aws:states:::http:invoke", Parameters = { ApiEndpoint = "https://api.stripe.com/v1/charges", Authentication = { ConnectionArn = aws_cloudwatch_event_connection.c.arn } } }
    Store = { Type = "Task", Resource = "arn:aws:states:::dynamodb:putItem", Parameters = { TableName = "orders-table" } }
    Run   = { Type = "Task", Resource = "arn:aws:states:::ecs:runTask.sync", Parameters = { TaskDefinition = aws_ecs_task_definition.batch.arn } }
  } })
}"#,
        &[("machine", "batch"), ("machine", "orders"), ("machine", "outside:api.stripe.com")],
    ),
    (
        "t.yaml",
        r#"
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: work-queue}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub |
        {"States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": {"ApiEndpoint": "https://hooks.example.org/x"}},
         "B": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "${Queue}"}}}}
"#,
        &[("Machine", "Queue"), ("Machine", "outside:hooks.example.org")],
    ),
    (
        "main.tf",
        r#"
resource "aws_kinesis_firehose_delivery_stream" "f" {
  http_endpoint_configuration {
    url = "https://intake.datadoghq.com/v1"
    s3_configuration { bucket_arn = aws_s3_bucket.failed.arn }
  }
}
resource "aws_s3_bucket" "failed" { bucket = "failed" }"#,
        &[("f", "failed"), ("f", "outside:intake.datadoghq.com")],
    ),
    (
        "main.tf",
        r#"
resource "aws_dms_replication_instance" "i" { replication_instance_id = "i" }
resource "aws_db_instance" "old" { identifier = "old" }
resource "aws_s3_bucket" "lake" { bucket = "lake" }
resource "aws_dms_endpoint" "s" { server_name = aws_db_instance.old.address }
resource "aws_dms_endpoint" "t" {
  s3_settings { bucket_name = aws_s3_bucket.lake.id }
}
resource "aws_dms_endpoint" "u" { server_name = "db.partner.example" }
resource "aws_dms_replication_task" "one" {
  replication_instance_arn = aws_dms_replication_instance.i.replication_instance_arn
  source_endpoint_arn      = aws_dms_endpoint.s.endpoint_arn
  target_endpoint_arn      = aws_dms_endpoint.t.endpoint_arn
}
resource "aws_dms_replication_task" "two" {
  replication_instance_arn = aws_dms_replication_instance.i.replication_instance_arn
  source_endpoint_arn      = aws_dms_endpoint.u.endpoint_arn
  target_endpoint_arn      = aws_dms_endpoint.t.endpoint_arn
}"#,
        &[("i", "lake"), ("i", "old"), ("i", "outside:db.partner.example")],
    ),
    (
        "main.tf",
        r#"
resource "aws_transfer_server" "sftp" {}
resource "aws_s3_bucket" "in" { bucket = "in" }
resource "aws_transfer_user" "u" {
  server_id      = aws_transfer_server.sftp.id
  home_directory = "/${aws_s3_bucket.in.id}/u"
}"#,
        &[("sftp", "in")],
    ),
    (
        "main.tf",
        r#"
resource "aws_db_proxy" "proxy" { name = "proxy" }
resource "aws_rds_cluster" "db" { cluster_identifier = "db" }
resource "aws_db_proxy_target" "t" {
  db_proxy_name         = aws_db_proxy.proxy.name
  target_group_name     = "default"
  db_cluster_identifier = aws_rds_cluster.db.id
}"#,
        &[("proxy", "db")],
    ),
    (
        "main.tf",
        r#"
resource "aws_lambda_function" "edge" { function_name = "edge" }
resource "aws_cloudfront_distribution" "cdn" {
  default_cache_behavior {
    lambda_function_association {
      event_type = "viewer-request"
      lambda_arn = aws_lambda_function.edge.qualified_arn
    }
  }
}"#,
        &[("cdn", "edge")],
    ),
    (
        "main.tf",
        r#"
resource "aws_globalaccelerator_accelerator" "fast" { name = "fast" }
resource "aws_globalaccelerator_listener" "l" { accelerator_arn = aws_globalaccelerator_accelerator.fast.id }
resource "aws_lb" "web" { name = "web" }
resource "aws_globalaccelerator_endpoint_group" "g" {
  listener_arn = aws_globalaccelerator_listener.l.id
  endpoint_configuration { endpoint_id = aws_lb.web.arn }
}"#,
        &[("fast", "web")],
    ),
    (
        "main.tf",
        r#"
resource "aws_apigatewayv2_api" "api" { name = "api" }
resource "aws_lb" "inside" { internal = true }
resource "aws_lb_listener" "l" { load_balancer_arn = aws_lb.inside.arn }
resource "aws_apigatewayv2_integration" "i" {
  api_id          = aws_apigatewayv2_api.api.id
  connection_type = "VPC_LINK"
  integration_uri = aws_lb_listener.l.arn
}"#,
        &[("api", "inside")],
    ),
    (
        "main.tf",
        r#"
resource "aws_ses_receipt_rule" "mail" {
  name = "mail"
  lambda_action { function_arn = aws_lambda_function.parse.arn }
}
resource "aws_lambda_function" "parse" { function_name = "parse" }"#,
        &[("mail", "parse")],
    ),
    (
        "main.tf",
        r#"
resource "aws_s3_bucket" "here" { bucket = "here" }
resource "aws_s3_bucket" "there" { bucket = "there" }
resource "aws_s3_bucket_replication_configuration" "r" {
  bucket = aws_s3_bucket.here.id
  rule {
    destination { bucket = aws_s3_bucket.there.arn }
  }
}"#,
        &[("here", "there")],
    ),
    (
        "main.tf",
        r#"
resource "aws_kinesis_stream" "s" { name = "s" }
resource "aws_kinesis_stream_consumer" "c" { stream_arn = aws_kinesis_stream.s.arn }
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = aws_kinesis_stream_consumer.c.arn
  function_name    = aws_lambda_function.f.arn
}"#,
        &[("s", "f")],
    ),
    (
        "main.tf",
        r#"
resource "aws_cloudwatch_event_rule" "r" { name = "r" }
resource "aws_ecs_cluster" "c" { name = "c" }
resource "aws_ecs_task_definition" "t" { family = "t" }
resource "aws_cloudwatch_event_target" "x" {
  rule = aws_cloudwatch_event_rule.r.name
  arn  = aws_ecs_cluster.c.arn
  ecs_target { task_definition_arn = aws_ecs_task_definition.t.arn }
}
resource "aws_scheduler_schedule" "s" {
  target {
    arn   = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
    input = jsonencode({ QueueUrl = aws_sqs_queue.q.url, MessageBody = "x" })
  }
}
resource "aws_sqs_queue" "q" { name = "q" }"#,
        &[("r", "c"), ("r", "t"), ("s", "q")],
    ),
    (
        "main.tf",
        r#"
resource "google_storage_bucket" "uploads" { name = "uploads-of-shop" }
resource "google_cloud_run_v2_service" "thumbs" { name = "thumbs" }
resource "google_eventarc_trigger" "t" {
  matching_criteria {
    attribute = "bucket"
    value     = google_storage_bucket.uploads.name
  }
  destination {
    cloud_run_service { service = google_cloud_run_v2_service.thumbs.name }
  }
}"#,
        &[("uploads", "thumbs")],
    ),
    (
        "main.tf",
        r#"
resource "google_cloud_run_v2_service" "api" { name = "api" }
resource "google_workflows_workflow" "w" {
  source_contents = <<-EOT
  - charge:
      call: http.post
      args:
        url: https://api.stripe.com/v1/charges
  - own:
      call: http.get
      args:
        url: ${google_cloud_run_v2_service.api.uri}/run
  - log:
      call: http.get
      args:
        url: https://bigquery.googleapis.com/x
  EOT
}"#,
        &[("w", "api"), ("w", "outside:api.stripe.com")],
    ),
    (
        "main.tf",
        r#"
resource "google_sql_database_instance" "db" { name = "db" }
resource "google_datastream_connection_profile" "from" {
  postgresql_profile { hostname = google_sql_database_instance.db.private_ip_address }
}
resource "google_datastream_stream" "s" {
  source_config { source_connection_profile = google_datastream_connection_profile.from.id }
}"#,
        &[("s", "db")],
    ),
    (
        "main.tf",
        r#"
resource "azurerm_logic_app_workflow" "flow" { name = "flow" }
resource "azurerm_logic_app_action_http" "a" {
  logic_app_id = azurerm_logic_app_workflow.flow.id
  method       = "POST"
  uri          = "https://crm.partner.example/api"
}
resource "azurerm_linux_web_app" "app" { name = "app" }
resource "azurerm_logic_app_action_http" "b" {
  logic_app_id = azurerm_logic_app_workflow.flow.id
  uri          = "https://${azurerm_linux_web_app.app.default_hostname}/x"
}"#,
        &[("flow", "app"), ("flow", "outside:crm.partner.example")],
    ),
    (
        "main.tf",
        r#"
resource "azurerm_traffic_manager_profile" "tm" { name = "tm" }
resource "azurerm_linux_web_app" "app" { name = "app" }
resource "azurerm_traffic_manager_azure_endpoint" "e" {
  profile_id         = azurerm_traffic_manager_profile.tm.id
  target_resource_id = azurerm_linux_web_app.app.id
}
resource "azurerm_traffic_manager_external_endpoint" "x" {
  profile_id = azurerm_traffic_manager_profile.tm.id
  target     = "www.partner.example"
}"#,
        &[("tm", "app"), ("tm", "outside:www.partner.example")],
    ),
    (
        "main.tf",
        r#"
resource "azurerm_container_app_environment" "env" { name = "env" }
resource "azurerm_container_app" "api" {
  name                         = "api"
  container_app_environment_id = azurerm_container_app_environment.env.id
  ingress { external_enabled = false }
}
resource "azurerm_container_app" "web" {
  name                         = "web"
  container_app_environment_id = azurerm_container_app_environment.env.id
  dapr { app_id = "web" }
  template {
    container {
      env {
        name  = "API_URL"
        value = "http://api"
      }
    }
  }
}
resource "azurerm_container_app" "worker" {
  name = "worker"
  template {
    container {
      env {
        name  = "API_URL"
        value = "https://api.internal.${azurerm_container_app_environment.env.default_domain}"
      }
    }
  }
}
resource "azurerm_servicebus_namespace" "bus" { name = "shop-bus" }
resource "azurerm_container_app_environment_dapr_component" "pubsub" {
  container_app_environment_id = azurerm_container_app_environment.env.id
  scopes                       = ["web"]
  metadata {
    name  = "connectionString"
    value = azurerm_servicebus_namespace.bus.default_primary_connection_string
  }
}"#,
        &[("web", "api"), ("web", "bus"), ("worker", "api")],
    ),
    (
        "azuredeploy.json",
        r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "resources": [
    {"type": "Microsoft.Logic/workflows", "apiVersion": "2019-05-01", "name": "flow", "location": "x", "properties": {"definition": {
      "$schema": "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#",
      "actions": {"Post": {"type": "Http", "inputs": {"method": "POST", "uri": "https://crm.partner.example/api"}}}}}}
  ]
}"#,
        &[("flow", "outside:crm.partner.example")],
    ),
    (
        "t.yaml",
        r#"
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Fn: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13}}
  Cdn:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        DefaultCacheBehavior: {TargetOriginId: x, LambdaFunctionAssociations: [{EventType: viewer-request, LambdaFunctionARN: !Ref FnVersion}]}
  FnVersion: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Fn}}
  Proxy: {Type: AWS::RDS::DBProxy, Properties: {DBProxyName: p}}
  Db: {Type: AWS::RDS::DBInstance, Properties: {Engine: postgres}}
  Targets: {Type: AWS::RDS::DBProxyTargetGroup, Properties: {DBProxyName: !Ref Proxy, TargetGroupName: default, DBInstanceIdentifiers: [!Ref Db]}}
  Mail:
    Type: AWS::SES::ReceiptRule
    Properties: {RuleSetName: r, Rule: {Enabled: true, Actions: [{LambdaAction: {FunctionArn: !GetAtt Fn.Arn}}]}}
  Lb: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer}
  Fast: {Type: AWS::GlobalAccelerator::Accelerator, Properties: {Name: fast}}
  FastListener: {Type: AWS::GlobalAccelerator::Listener, Properties: {AcceleratorArn: !Ref Fast}}
  FastGroup: {Type: AWS::GlobalAccelerator::EndpointGroup, Properties: {ListenerArn: !Ref FastListener, EndpointConfigurations: [{EndpointId: !Ref Lb}]}}
"#,
        &[("Cdn", "Fn"), ("Fast", "Lb"), ("Mail", "Fn"), ("Proxy", "Db")],
    ),
];

#[test]
fn managed_services_that_call_others_give_exactly_their_flows() {
    let mut wrong = Vec::new();
    for (file, text, wanted) in SERVICES {
        let found = flows(file, text, Grade::Addressed);
        if found != set(wanted) {
            wrong.push((wanted, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
