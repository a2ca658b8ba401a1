//! What the platform itself connects: triggers, targets, integrations, origins, subscriptions.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::{Value, ValueKind};

use super::named::Titles;
use super::outside::{call, outside};
use super::services::{Policies, integrated, services};
use super::steps;
use super::{End, FlowEvidence, Flows, Grade};
use crate::Estate;

/// A type of resource that connects others, or itself with others.
struct Wire {
    ty: &'static str,
    /// Attributes that name who starts; empty: the resource itself.
    from: &'static [&'static str],
    /// Attributes that name who is called; empty: the resource itself.
    to: &'static [&'static str],
    /// In words.
    what: &'static str,
}

const fn wire(
    ty: &'static str,
    from: &'static [&'static str],
    to: &'static [&'static str],
    what: &'static str,
) -> Wire {
    Wire { ty, from, to, what }
}

/// Where subscriptions of Event Grid send events.
const EVENT_ENDS: &[&str] = &[
    "azure_function_endpoint",
    "webhook_endpoint",
    "storage_queue_endpoint",
    "eventhub_endpoint_id",
    "service_bus_queue_endpoint_id",
    "service_bus_topic_endpoint_id",
];

/// What connects balancers with machines, in words.
const POOL: &str = "backend pool";

/// Where sets of machines of Azure say in which pools of balancers they are.
const POOLS: &[&str] = &[
    "network_interface.ip_configuration.application_gateway_backend_address_pool_ids",
    "network_interface.ip_configuration.load_balancer_backend_address_pool_ids",
];

/// What only passes on, and the attributes that name what is behind.
const PASSED: &[(&str, &[&str])] = &[
    ("google_compute_target_http_proxy", &["url_map"]),
    ("google_compute_target_https_proxy", &["url_map"]),
    ("google_compute_target_grpc_proxy", &["url_map"]),
    ("google_compute_target_tcp_proxy", &["backend_service"]),
    ("google_compute_target_ssl_proxy", &["backend_service"]),
    ("google_compute_url_map", &["default_service", "path_matcher"]),
    (
        "google_compute_region_network_endpoint_group",
        &["cloud_run.service", "cloud_function.function", "app_engine.service"],
    ),
    ("google_compute_instance_group", &["instances"]),
    ("azurerm_lb_backend_address_pool", &["loadbalancer_id"]),
    ("aws_globalaccelerator_listener", &["accelerator_arn"]),
    ("aws_lb_listener", &["load_balancer_arn"]),
    ("aws_alb_listener", &["load_balancer_arn"]),
    ("aws_eip", &["instance", "instance_id"]),
    ("aws_lambda_version", &["function_name"]),
    ("aws_api_gateway_vpc_link", &["target_arns"]),
    ("aws_cloudwatch_event_api_destination", &["invocation_endpoint"]),
    ("aws_cloudwatch_log_destination", &["target_arn"]),
    ("aws_kinesis_stream_consumer", &["stream_arn"]),
    ("aws_dms_endpoint", ENDPOINT_OF),
    ("aws_dms_s3_endpoint", ENDPOINT_OF),
    ("aws_datasync_location_s3", &["s3_bucket_arn"]),
    ("aws_datasync_location_efs", &["efs_file_system_arn", "efs_filesystem_arn"]),
    (
        "google_datastream_connection_profile",
        &[
            "postgresql_profile.hostname",
            "mysql_profile.hostname",
            "oracle_profile.hostname",
            "sql_server_profile.hostname",
            "gcs_profile.bucket",
        ],
    ),
];

/// Where ends of the migration service name what they stand for.
const ENDPOINT_OF: &[&str] = &[
    "server_name",
    "s3_settings.bucket_name",
    "bucket_name",
    "kinesis_settings.stream_arn",
    "kafka_settings.broker",
    "elasticsearch_settings.endpoint_uri",
    "mongodb_settings.server_name",
    "redis_settings.server_name",
    "redshift_settings.server_name",
    "neptune_settings.s3_bucket_name",
];

/// Where behaviours of a distribution name functions that run before and after it.
const AT_THE_EDGE: &[&str] = &[
    "default_cache_behavior.lambda_function_association",
    "default_cache_behavior.lambda_function_associations",
    "default_cache_behavior.function_association",
    "default_cache_behavior.function_associations",
    "ordered_cache_behavior.lambda_function_association",
    "ordered_cache_behavior.lambda_function_associations",
    "ordered_cache_behavior.function_association",
    "ordered_cache_behavior.function_associations",
];

/// What a rule for arriving mail does with it.
const WITH_MAIL: &[&str] = &[
    "lambda_action.function_arn",
    "s3_action.bucket_name",
    "s3_action.topic_arn",
    "sns_action.topic_arn",
    "rule.actions.lambda_action.function_arn",
    "rule.actions.s3_action.bucket_name",
    "rule.actions.s3_action.topic_arn",
    "rule.actions.sns_action.topic_arn",
];

/// What is meant by a resource: what is behind it, where it only passes on.
fn behind(estate: &Estate<'_>, at: u32, depth: usize) -> Vec<u32> {
    let resource = estate.resource(at);
    let Some((_, keys)) = PASSED.iter().find(|(ty, _)| *ty == &*resource.ty).filter(|_| depth < DEEPEST_PASS) else {
        return vec![at];
    };
    let named = keys.iter().flat_map(|key| resource.at_each(key));
    let found: Vec<u32> = named
        .flat_map(|value| estate.named(value))
        .filter(|other| *other != at)
        .flat_map(|other| behind(estate, other, depth + 1))
        .collect();
    if found.is_empty() { vec![at] } else { found }
}

/// How many that only pass on are followed.
const DEEPEST_PASS: usize = 6;

/// Attribute names are those of the providers' Terraform resources.
const WIRES: &[Wire] = &[
    wire(
        "aws_lambda_event_source_mapping",
        &["event_source_arn"],
        &["function_name", "function_arn"],
        "event source mapping",
    ),
    wire(
        "aws_lambda_event_source_mapping",
        &["function_name", "function_arn"],
        &["destination_config.on_failure"],
        "destination",
    ),
    wire("aws_lambda_permission", &["source_arn"], &["function_name"], "permission to invoke"),
    wire("aws_lambda_function", &[], &["dead_letter_config.target_arn"], "dead letters"),
    wire("aws_lambda_function_event_invoke_config", &["function_name"], &["destination_config"], "destination"),
    wire("aws_s3_bucket_notification", &["bucket"], &["lambda_function", "queue", "topic"], "bucket notification"),
    // CloudFormation has these inside of the resource that starts.
    wire(
        "aws_s3_bucket",
        &[],
        &[
            "notification.lambda_configurations.function",
            "notification.queue_configurations.queue",
            "notification.topic_configurations.topic",
        ],
        "bucket notification",
    ),
    wire("aws_sns_topic", &[], &["subscription.endpoint"], "subscription"),
    wire("aws_cloudwatch_event_rule", &[], &["targets.arn"], "event rule's target"),
    wire("aws_cloudwatch_event_rule", &["event_bus_name"], &[], "event rule"),
    wire("aws_cloudwatch_event_rule", &[], &["targets.dead_letter_config"], "dead letters"),
    wire("aws_cloudwatch_event_target", &["rule"], &["dead_letter_config"], "dead letters"),
    wire("aws_scheduler_schedule", &[], &["target.dead_letter_config"], "dead letters"),
    wire(
        "aws_api_gateway_method",
        &["rest_api_id"],
        &["integration.uri", "integration.request_templates"],
        "API integration",
    ),
    wire("aws_sns_topic_subscription", &["topic_arn"], &["endpoint"], "subscription"),
    wire("aws_cloudwatch_event_target", &["rule"], &["arn"], "event rule's target"),
    wire("aws_scheduler_schedule", &[], &["target.arn"], "schedule's target"),
    wire("aws_cloudwatch_log_subscription_filter", &["log_group_name"], &["destination_arn"], "log subscription"),
    wire("aws_api_gateway_integration", &["rest_api_id"], &["uri", "request_templates"], "API integration"),
    wire("aws_apigatewayv2_integration", &["api_id"], &["integration_uri", "request_parameters"], "API integration"),
    wire("aws_api_gateway_authorizer", &["rest_api_id"], &["authorizer_uri", "provider_arns"], "API authorizer"),
    wire("aws_apigatewayv2_authorizer", &["api_id"], &["authorizer_uri"], "API authorizer"),
    wire("aws_cloudfront_distribution", &[], &["origin"], "origin"),
    wire("aws_sqs_queue", &[], &["redrive_policy"], "dead letters"),
    wire("aws_sqs_queue_redrive_policy", &["queue_url"], &["redrive_policy"], "dead letters"),
    wire("aws_pipes_pipe", &["source"], &["target"], "pipe"),
    wire("aws_pipes_pipe", &[], &["enrichment"], "pipe's enrichment"),
    wire("aws_dynamodb_table", &[], &["kinesis_stream_specification.stream_arn"], "stream of changes"),
    wire(
        "aws_kinesis_firehose_delivery_stream",
        &[],
        &[
            "extended_s3_configuration.processing_configuration.processors.parameters.parameter_value",
            "extended_s3_configuration.processing_configuration.processors.parameters.ParameterValue",
        ],
        "transformation",
    ),
    wire("aws_sfn_state_machine", &[], &["definition", "definition_substitutions"], "state machine's task"),
    wire(
        "aws_kinesis_firehose_delivery_stream",
        &[],
        &[
            "extended_s3_configuration.bucket_arn",
            "s3_configuration.bucket_arn",
            "opensearch_configuration.domain_arn",
            "elasticsearch_configuration.domain_arn",
            "redshift_configuration.cluster_jdbcurl",
        ],
        "delivery",
    ),
    wire(
        "aws_kinesis_firehose_delivery_stream",
        &["kinesis_source_configuration.kinesis_stream_arn"],
        &[],
        "delivery source",
    ),
    wire("aws_appsync_datasource", &["api_id"], &["lambda_config", "dynamodb_config", "http_config"], "data source"),
    wire("aws_bedrockagent_agent_action_group", &["agent_id"], &["action_group_executor"], "agent's action group"),
    wire(
        "aws_bedrockagent_agent_knowledge_base_association",
        &["agent_id"],
        &["knowledge_base_id"],
        "agent's knowledge base",
    ),
    wire(
        "aws_bedrockagent_data_source",
        &["knowledge_base_id"],
        &["data_source_configuration"],
        "knowledge base's source",
    ),
    wire("aws_codepipeline", &[], &["stage"], "pipeline's stage"),
    wire("aws_cognito_user_pool", &[], &["lambda_config"], "user pool's trigger"),
    wire("aws_cognito_identity_pool", &["cognito_identity_providers"], &[], "identity provider"),
    wire("aws_secretsmanager_secret_rotation", &["secret_id"], &["rotation_lambda_arn"], "rotation"),
    wire(
        "aws_iot_topic_rule",
        &[],
        &["lambda", "sqs", "sns", "kinesis", "dynamodb", "firehose", "s3"],
        "rule's action",
    ),
    wire(
        "aws_iot_topic_rule",
        &[],
        &[
            "topic_rule_payload.actions.lambda.function_arn",
            "topic_rule_payload.actions.sqs.queue_url",
            "topic_rule_payload.actions.sns.target_arn",
            "topic_rule_payload.actions.kinesis.stream_name",
            "topic_rule_payload.actions.dynamo_db.table_name",
            "topic_rule_payload.actions.dynamo_dbv2.put_item.table_name",
            "topic_rule_payload.actions.firehose.delivery_stream_name",
            "topic_rule_payload.actions.s3.bucket_name",
        ],
        "rule's action",
    ),
    wire("aws_elb", &[], &["instances"], "load balancer's instance"),
    wire("aws_dynamodb_kinesis_streaming_destination", &["table_name"], &["stream_arn"], "stream of changes"),
    wire("aws_glue_job", &[], &["connections"], "job's connection"),
    wire("aws_glue_connection", &[], &["connection_properties"], "connection"),
    wire(
        "aws_glue_crawler",
        &[],
        &["jdbc_target.connection_name", "s3_target.path", "dynamodb_target.path"],
        "crawler's target",
    ),
    wire(
        "aws_dms_replication_task",
        &["replication_instance_arn"],
        &["source_endpoint_arn", "target_endpoint_arn"],
        "replication",
    ),
    wire("aws_dms_replication_config", &[], &["source_endpoint_arn", "target_endpoint_arn"], "replication"),
    wire("aws_datasync_task", &[], &["source_location_arn", "destination_location_arn"], "transfer of files"),
    wire("aws_cloudfront_distribution", &[], AT_THE_EDGE, "function at the edge"),
    wire(
        "aws_globalaccelerator_endpoint_group",
        &["listener_arn"],
        &["endpoint_configuration", "endpoint_configurations"],
        "accelerator's endpoint",
    ),
    wire(
        "aws_db_proxy_target",
        &["db_proxy_name"],
        &["db_instance_identifier", "db_cluster_identifier"],
        "proxy's target",
    ),
    wire(
        "aws_db_proxy_default_target_group",
        &["db_proxy_name"],
        &["db_instance_identifiers", "db_cluster_identifiers"],
        "proxy's target",
    ),
    wire("aws_db_proxy", &[], &["auth"], "proxy's logins"),
    wire("aws_transfer_user", &["server_id"], &["home_directory", "home_directory_mappings"], "home directory"),
    wire("aws_cloudwatch_event_target", &["rule"], &["ecs_target", "batch_target"], "event rule's target"),
    wire(
        "aws_cloudwatch_event_rule",
        &[],
        &["targets.ecs_parameters", "targets.batch_parameters"],
        "event rule's target",
    ),
    wire("aws_scheduler_schedule", &[], &["target.ecs_parameters"], "schedule's target"),
    wire(
        "aws_pipes_pipe",
        &["source"],
        &["target_parameters.ecs_task_parameters", "target_parameters.batch_job_parameters"],
        "pipe",
    ),
    wire("aws_appsync_graphql_api", &[], &["lambda_authorizer_config.authorizer_uri"], "API authorizer"),
    wire(
        "aws_appsync_graphql_api",
        &[],
        &[
            "additional_authentication_provider.lambda_authorizer_config.authorizer_uri",
            "additional_authentication_providers.lambda_authorizer_config.authorizer_uri",
        ],
        "API authorizer",
    ),
    wire(
        "aws_appsync_datasource",
        &["api_id"],
        &[
            "relational_database_config",
            "opensearchservice_config",
            "open_search_service_config",
            "elasticsearch_config",
            "event_bridge_config",
        ],
        "data source",
    ),
    wire("aws_api_gateway_integration", &["rest_api_id"], &["connection_id"], "API integration"),
    wire("aws_api_gateway_method", &["rest_api_id"], &["integration.connection_id"], "API integration"),
    wire(
        "aws_iot_topic_rule",
        &[],
        &["dynamodbv2", "step_functions", "kafka", "elasticsearch", "timestream", "cloudwatch_logs", "error_action"],
        "rule's action",
    ),
    wire(
        "aws_iot_topic_rule",
        &[],
        &[
            "topic_rule_payload.actions.step_functions.state_machine_name",
            "topic_rule_payload.actions.open_search.endpoint",
            "topic_rule_payload.actions.cloudwatch_logs.log_group_name",
            "topic_rule_payload.error_action",
        ],
        "rule's action",
    ),
    wire("aws_ses_receipt_rule", &[], WITH_MAIL, "mail rule's action"),
    wire("aws_s3_bucket_replication_configuration", &["bucket"], &["rule.destination.bucket"], "replication"),
    wire("aws_s3_bucket", &[], &["replication_configuration.rules.destination.bucket"], "replication"),
    wire("aws_mskconnect_connector", &[], &["kafka_cluster"], "connector's cluster"),
    wire("aws_kinesis_firehose_delivery_stream", &["msk_source_configuration.msk_cluster_arn"], &[], "delivery source"),
    wire(
        "aws_kinesis_firehose_delivery_stream",
        &[],
        &[
            "opensearchserverless_configuration.collection_endpoint",
            "iceberg_configuration.catalog_arn",
            "http_endpoint_configuration.s3_configuration.bucket_arn",
            "http_endpoint_configuration.url",
            "http_endpoint_destination_configuration.endpoint_configuration.url",
            "http_endpoint_destination_configuration.s3_configuration.bucket_arn",
        ],
        "delivery",
    ),
    wire(
        "aws_kinesisanalyticsv2_application",
        &["application_configuration.sql_application_configuration.input"],
        &[],
        "analysed stream",
    ),
    wire(
        "aws_kinesisanalyticsv2_application",
        &[],
        &["application_configuration.sql_application_configuration.output"],
        "analysis's output",
    ),
    wire("google_cloudfunctions_function", &["event_trigger.resource"], &[], "event trigger"),
    wire(
        "google_cloudfunctions2_function",
        &["event_trigger.pubsub_topic", "event_trigger.event_filters.value"],
        &[],
        "event trigger",
    ),
    wire("google_storage_notification", &["bucket"], &["topic"], "bucket notification"),
    wire("google_logging_project_sink", &[], &["destination"], "log sink"),
    wire(
        "google_pubsub_subscription",
        &["topic"],
        &["bigquery_config.table", "cloud_storage_config.bucket"],
        "subscription",
    ),
    wire("google_pubsub_subscription", &["topic"], &["dead_letter_policy.dead_letter_topic"], "dead letters"),
    wire(
        "google_cloud_run_v2_service",
        &[],
        &["template.volumes.cloud_sql_instance.instances"],
        "connection to Cloud SQL",
    ),
    wire(
        "google_cloud_run_v2_job",
        &[],
        &["template.template.volumes.cloud_sql_instance.instances"],
        "connection to Cloud SQL",
    ),
    wire("google_pubsub_subscription", &["topic"], &["push_config.push_endpoint"], "push subscription"),
    wire(
        "google_eventarc_trigger",
        &["transport.pubsub.topic", "matching_criteria.value"],
        &["destination"],
        "event trigger",
    ),
    wire("google_workflows_workflow", &[], &["source_contents"], "workflow's step"),
    wire("google_cloud_tasks_queue", &[], &["http_target.uri_override.host"], "tasks' target"),
    wire("google_dataflow_job", &[], &["parameters"], "job's parameter"),
    wire(
        "google_datastream_stream",
        &[],
        &[
            "source_config.source_connection_profile",
            "destination_config.destination_connection_profile",
            "destination_config.bigquery_destination_config.single_target_dataset",
        ],
        "stream's end",
    ),
    wire("google_cloud_scheduler_job", &[], &["http_target.uri", "pubsub_target.topic_name"], "schedule's target"),
    wire("google_compute_backend_service", &[], &["backend"], "backend"),
    wire("google_compute_backend_bucket", &[], &["bucket_name"], "backend"),
    wire("google_compute_global_forwarding_rule", &[], &["target"], "forwarding rule"),
    wire("google_compute_forwarding_rule", &[], &["target", "backend_service"], "forwarding rule"),
    wire("azurerm_eventgrid_event_subscription", &["scope"], EVENT_ENDS, "event subscription"),
    wire("azurerm_eventgrid_system_topic", &["source_arm_resource_id", "source_resource_id"], &[], "source of events"),
    wire("azurerm_eventgrid_system_topic_event_subscription", &["system_topic"], EVENT_ENDS, "event subscription"),
    wire("azurerm_api_management_api", &["api_management_name"], &["service_url"], "API's backend"),
    wire("azurerm_api_management_backend", &["api_management_name"], &["url"], "API's backend"),
    wire("azurerm_cdn_frontdoor_origin", &[], &["host_name"], "origin"),
    wire("azurerm_cdn_endpoint", &[], &["origin.host_name"], "origin"),
    wire("azurerm_frontdoor", &[], &["backend_pool.backend.address"], "origin"),
    wire("azurerm_traffic_manager_azure_endpoint", &["profile_id"], &["target_resource_id"], "endpoint"),
    wire("azurerm_traffic_manager_nested_endpoint", &["profile_id"], &["target_resource_id"], "endpoint"),
    wire("azurerm_traffic_manager_external_endpoint", &["profile_id"], &["target"], "endpoint"),
    wire("azurerm_traffic_manager_profile", &[], &["endpoints"], "endpoint"),
    wire("azurerm_logic_app_workflow", &[], &["definition"], "workflow's action"),
    wire("azurerm_logic_app_action_http", &["logic_app_id"], &["uri"], "workflow's action"),
    wire("azurerm_logic_app_action_custom", &["logic_app_id"], &["body"], "workflow's action"),
    wire("azurerm_application_gateway", &[], &["backend_address_pool"], POOL),
    wire("azurerm_linux_virtual_machine_scale_set", POOLS, &[], POOL),
    // Templates say it on the interface.
    wire(
        "azurerm_network_interface",
        &[
            "ip_configuration.application_gateway_backend_address_pool_ids",
            "ip_configuration.load_balancer_backend_address_pool_ids",
        ],
        &[],
        POOL,
    ),
    wire("azurerm_windows_virtual_machine_scale_set", POOLS, &[], POOL),
    wire("azurerm_orchestrated_virtual_machine_scale_set", POOLS, &[], POOL),
    wire(
        "azurerm_network_interface_application_gateway_backend_address_pool_association",
        &["backend_address_pool_id"],
        &["network_interface_id"],
        POOL,
    ),
    wire(
        "azurerm_network_interface_backend_address_pool_association",
        &["backend_address_pool_id"],
        &["network_interface_id"],
        POOL,
    ),
    wire(
        "azurerm_stream_analytics_stream_input_eventhub",
        &["eventhub_name"],
        &["stream_analytics_job_name"],
        "stream input",
    ),
];

/// Types that run functions and keep their state in a storage account.
const FUNCTIONS: [&str; 8] = [
    "azurerm_linux_function_app",
    "azurerm_windows_function_app",
    "azurerm_linux_function_app_slot",
    "azurerm_windows_function_app_slot",
    "azurerm_function_app",
    "azurerm_function_app_slot",
    "azurerm_function_app_flex_consumption",
    "azurerm_logic_app_standard",
];

/// How the linked services of Azure Data Factory begin, and the attributes with which they name what they are linked with.
const LINKED: &str = "azurerm_data_factory_linked_service_";
const LINKED_WITH: [&str; 11] = [
    "connection_string",
    "url",
    "storage_account_id",
    "service_endpoint",
    "blob_endpoint",
    "key_vault_id",
    "account_endpoint",
    "host",
    "server",
    "existing_cluster_id",
    "adb_domain",
];

/// What families of types connect.
fn families(estate: &Estate<'_>, out: &mut Flows) {
    let mut connect = |from: Vec<u32>, value: &Value, what: &str| {
        for from in from {
            for to in estate.named(value) {
                out.add(End::Resource(from), End::Resource(to), evidence(what, value.span));
            }
        }
    };
    for at in FUNCTIONS.iter().flat_map(|ty| estate.of_type(ty)) {
        for key in ["storage_account_name", "storage_container_endpoint"] {
            if let Some(value) = estate.resource(*at).get(key) {
                connect(vec![*at], value, "storage of the functions");
            }
        }
    }
    for resource in estate.inventory.resources.iter().filter(|one| one.ty.starts_with(LINKED)) {
        let Some(factory) = resource.get("data_factory_id").or_else(|| resource.get("data_factory_name")) else {
            continue;
        };
        for value in LINKED_WITH.iter().filter_map(|key| resource.get(key)) {
            connect(estate.named(factory), value, "linked service");
        }
    }
    for at in estate.of_type("google_cloud_run_service") {
        let annotations = estate.resource(*at).get("template.metadata.annotations").and_then(Value::as_map);
        for (key, value) in annotations.unwrap_or_default() {
            if &**key == "run.googleapis.com/cloudsql-instances" {
                connect(vec![*at], value, "connection to Cloud SQL");
            }
        }
    }
}

/// Whom an attribute of a wire names. Pools of an application gateway are taken out of it by expressions that nobody can
/// follow to an id: then their text says which gateway it is, or there is only one.
fn named(estate: &Estate<'_>, wire: &Wire, value: &Value) -> Vec<u32> {
    let found = estate.named(value);
    let ValueKind::Unknown(unknown) = &value.open().kind else { return found };
    if !found.is_empty() || wire.what != POOL {
        return found;
    }
    let gateways = estate.of_type("azurerm_application_gateway");
    let said = gateways.iter().copied().filter(|at| {
        let address = &estate.resource(*at).address;
        unknown.name.match_indices(&**address).any(|(from, _)| {
            let after = unknown.name.get(from + address.len()..).and_then(|rest| rest.chars().next());
            !after.is_some_and(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
        })
    });
    let said: Vec<u32> = said.collect();
    match gateways {
        // Pools of load balancers are told by ids of their own.
        [only] if said.is_empty() && wire.ty != "azurerm_network_interface_backend_address_pool_association" => {
            vec![*only]
        }
        _ => said,
    }
}

/// Everything wired.
pub(super) fn infer(estate: &Estate<'_>, titles: &Titles, out: &mut Flows) {
    proxies(estate, out);
    for wire in WIRES {
        for at in estate.of_type(wire.ty) {
            let resource = estate.resource(*at);
            let ends = |paths: &[&str]| -> Vec<(u32, Span)> {
                if paths.is_empty() {
                    return vec![(*at, resource.span)];
                }
                let mut ends: Vec<(u32, Span)> = Vec::new();
                for value in paths.iter().flat_map(|path| resource.at_each(path)) {
                    for end in named(estate, wire, value).into_iter().flat_map(|end| behind(estate, end, 0)) {
                        if !ends.iter().any(|(known, _)| *known == end) {
                            ends.push((end, value.span));
                        }
                    }
                }
                ends
            };
            for (from, _) in ends(wire.from) {
                for (to, span) in ends(wire.to) {
                    let span = if wire.to.is_empty() { resource.span } else { span };
                    out.add(End::Resource(from), End::Resource(to), evidence(wire.what, span));
                }
            }
        }
    }
    families(estate, out);
    let roles = Policies::new(estate);
    homes(estate, &roles, out);
    steps::infer(estate, titles, out);
    described(estate, &roles, out);
    services(estate, &roles, out);
    outside(estate, out);
    target_groups(estate, out);
    classic_balancers(estate, out);
}

/// Servers for file transfer to the buckets that a user's role opens, where the home directory does not say which.
fn homes(estate: &Estate<'_>, roles: &Policies, out: &mut Flows) {
    for at in estate.of_type("aws_transfer_user") {
        let user = estate.resource(*at);
        let mut said = ["home_directory", "home_directory_mappings"].iter().filter_map(|key| user.get(key));
        let (Some(server), Some(role)) = (user.get("server_id"), user.get("role")) else { continue };
        if said.any(|value| !estate.named(value).is_empty()) {
            continue;
        }
        for bucket in estate.named(role).into_iter().flat_map(|role| roles.named(estate, role, "aws_s3_bucket")) {
            for server in estate.named(server) {
                out.add(End::Resource(server), End::Resource(bucket), evidence("role of a user", role.span));
            }
        }
    }
}

/// Deepest place in a description of an API where integrations are looked for.
const DEEPEST: usize = 40;

/// APIs to what their OpenAPI descriptions name as integrations and authorisers.
fn described(estate: &Estate<'_>, roles: &Policies, out: &mut Flows) {
    for ty in ["aws_api_gateway_rest_api", "aws_apigatewayv2_api"] {
        for at in estate.of_type(ty) {
            if let Some(body) = estate.resource(*at).get("body") {
                integrations(estate, roles, *at, body, out, 0);
            }
        }
    }
}

fn integrations(estate: &Estate<'_>, roles: &Policies, api: u32, value: &Value, out: &mut Flows, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    for (key, inner) in value.as_map().unwrap_or(&[]) {
        let (parts, what): (&[&str], &str) = match &**key {
            "x-amazon-apigateway-integration" => {
                (&["uri", "integrationSubtype", "requestTemplates", "requestParameters"], "API integration")
            }
            "x-amazon-apigateway-authorizer" => (&["authorizerUri", "providerARNs"], "API authorizer"),
            _ => {
                integrations(estate, roles, api, inner, out, depth + 1);
                continue;
            }
        };
        if &**key == "x-amazon-apigateway-integration" {
            let (uri, subtype) = (inner.get("uri"), inner.get("integrationSubtype"));
            integrated(estate, roles, api, uri, subtype, inner.get("credentials"), out);
            if let Some(uri) = uri {
                call(estate, &[api], uri, "API integration", out);
            }
        }
        for part in parts.iter().filter_map(|part| inner.get(part)) {
            for target in estate.named(part) {
                out.add(End::Resource(api), End::Resource(target), evidence(what, part.span));
            }
        }
    }
}

pub(super) fn evidence(what: &str, span: Span) -> FlowEvidence {
    FlowEvidence { grade: Grade::Wired, text: what.into(), span, indirect: false }
}

/// Load balancers to what stands behind their target groups.
fn target_groups(estate: &Estate<'_>, out: &mut Flows) {
    let mut balancers: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let mut link = |group: &Value, balancer: &Value| {
        for group in estate.named(group) {
            let list = balancers.entry(group).or_default();
            for balancer in estate.named(balancer) {
                if !list.contains(&balancer) {
                    list.push(balancer);
                }
            }
        }
    };
    for ty in ["aws_lb_listener", "aws_alb_listener"] {
        for at in estate.of_type(ty) {
            let listener = estate.resource(*at);
            if let (Some(action), Some(balancer)) = (listener.get("default_action"), listener.get("load_balancer_arn"))
            {
                link(action, balancer);
            }
        }
    }
    for ty in ["aws_lb_listener_rule", "aws_alb_listener_rule"] {
        for at in estate.of_type(ty) {
            let rule = estate.resource(*at);
            let (Some(action), Some(listener)) = (rule.get("action"), rule.get("listener_arn")) else { continue };
            for listener in estate.named(listener) {
                if let Some(balancer) = estate.resource(listener).get("load_balancer_arn") {
                    link(action, balancer);
                }
            }
        }
    }
    // What is behind: type, attribute with the group, attribute with the target (empty: itself).
    let behind: &[(&str, &str, &str)] = &[
        ("aws_lb_target_group_attachment", "target_group_arn", "target_id"),
        ("aws_alb_target_group_attachment", "target_group_arn", "target_id"),
        ("aws_ecs_service", "load_balancer", ""),
        ("aws_autoscaling_group", "target_group_arns", ""),
        ("aws_autoscaling_attachment", "lb_target_group_arn", "autoscaling_group_name"),
        ("aws_autoscaling_attachment", "alb_target_group_arn", "autoscaling_group_name"),
    ];
    for at in estate.of_type("aws_lb_target_group") {
        for value in estate.resource(*at).at_each("target.id") {
            for (balancer, target) in balancers
                .get(at)
                .into_iter()
                .flatten()
                .flat_map(|balancer| estate.named(value).into_iter().map(move |target| (*balancer, target)))
            {
                out.add(End::Resource(balancer), End::Resource(target), evidence("target group", value.span));
            }
        }
    }
    for (ty, group, target) in behind {
        for at in estate.of_type(ty) {
            let resource = estate.resource(*at);
            let Some(value) = resource.get(group) else { continue };
            let targets = match resource.get(target) {
                _ if target.is_empty() => vec![*at],
                Some(target) => estate.named(target),
                None => Vec::new(),
            };
            for group in estate.named(value) {
                for balancer in balancers.get(&group).into_iter().flatten() {
                    for target in &targets {
                        out.add(End::Resource(*balancer), End::Resource(*target), evidence("target group", value.span));
                    }
                }
            }
        }
    }
}

/// Classic load balancers to the groups and machines that register with them; those they list themselves are in the table.
fn classic_balancers(estate: &Estate<'_>, out: &mut Flows) {
    // What registers: type, attribute with the balancer, attribute with the target (empty: itself).
    let registers = [
        ("aws_autoscaling_group", "load_balancers", ""),
        ("aws_autoscaling_attachment", "elb", "autoscaling_group_name"),
        ("aws_elb_attachment", "elb", "instance"),
    ];
    for (ty, balancer, target) in registers {
        for at in estate.of_type(ty) {
            let resource = estate.resource(*at);
            let Some(value) = resource.get(balancer) else { continue };
            let targets = match resource.get(target) {
                _ if target.is_empty() => vec![*at],
                Some(target) => estate.named(target),
                None => Vec::new(),
            };
            for from in estate.named(value).into_iter().filter(|from| &*estate.resource(*from).ty == "aws_elb") {
                for to in &targets {
                    out.add(End::Resource(from), End::Resource(*to), evidence("load balancer", value.span));
                }
            }
        }
    }
}

/// Proxies of Compose projects that find what is behind them by labels and variables: Traefik, nginx-proxy, Caddy with its
/// Docker plug-in. Sources: Traefik's "Docker routing", the pages of nginx-proxy and caddy-docker-proxy.
fn proxies(estate: &Estate<'_>, out: &mut Flows) {
    let folder = |at: u32| estate.resource(at).address.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let mut found: Vec<(&str, u32, String)> = Vec::new();
    for at in estate.of_type("compose:service") {
        let image = estate.resource(*at).get("image").map(|image| estate.render(image)).unwrap_or_default();
        let path = image.split('@').next().unwrap_or_default();
        let last =
            path.rsplit('/').next().unwrap_or_default().split(':').next().unwrap_or_default().to_ascii_lowercase();
        let kind = match last.as_str() {
            "traefik" => "traefik",
            "nginx-proxy" => "nginx-proxy",
            "caddy-docker-proxy" => "caddy",
            _ => continue,
        };
        found.push((kind, *at, folder(*at)));
    }
    if found.is_empty() {
        return;
    }
    for at in estate.of_type("compose:service") {
        let service = estate.resource(*at);
        let labels = service.get("labels").and_then(Value::as_map).unwrap_or_default();
        let off = labels.iter().any(|(key, value)| &**key == "traefik.enable" && estate.render(value) == "false");
        let routed = labels.iter().find(|(key, _)| key.starts_with("traefik.http.") || key.starts_with("traefik.tcp."));
        let enabled = labels.iter().find(|(key, value)| &**key == "traefik.enable" && estate.render(value) == "true");
        let caddy = labels.iter().find(|(key, _)| &**key == "caddy" || key.starts_with("caddy_"));
        let host = service.get("environment.VIRTUAL_HOST").map(|value| value.span);
        for (kind, span) in [
            ("traefik", routed.or(enabled).filter(|_| !off).map(|(_, value)| value.span)),
            ("caddy", caddy.map(|(_, value)| value.span)),
            ("nginx-proxy", host),
        ] {
            let Some(span) = span else { continue };
            // The proxy of one's own project, else the only one there is.
            let own = folder(*at);
            let fitting: Vec<&(&str, u32, String)> = found.iter().filter(|(one, ..)| *one == kind).collect();
            let inside = fitting.iter().find(|(_, _, folder)| *folder == own);
            let proxy = inside.or_else(|| fitting.first().filter(|_| fitting.len() == 1)).map(|(_, proxy, _)| *proxy);
            if let Some(proxy) = proxy.filter(|proxy| proxy != at) {
                let text = format!("labels of {} for its proxy", service.name);
                let evidence = FlowEvidence { grade: Grade::Wired, text: text.into(), span, indirect: false };
                out.add(End::Resource(proxy), End::Resource(*at), evidence);
            }
        }
    }
}
