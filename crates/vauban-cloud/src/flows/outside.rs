//! Flows to addresses of others that the platform itself is told to call: webhooks, origins, integrations.

use vauban_model::Span;
use vauban_model::resource::Value;

use super::wired::evidence;
use super::{End, Flows};
use crate::Estate;

/// What calls addresses that may be anybody's: type, who starts (empty: itself), the attribute with
/// the address, and what it is in words.
const CALLS_OUT: &[(&str, &[&str], &str, &str)] = &[
    ("aws_api_gateway_integration", &["rest_api_id"], "uri", "API integration"),
    ("aws_api_gateway_method", &["rest_api_id"], "integration.uri", "API integration"),
    ("aws_apigatewayv2_integration", &["api_id"], "integration_uri", "API integration"),
    ("aws_cloudfront_distribution", &[], "origin.domain_name", "origin"),
    ("aws_sns_topic_subscription", &["topic_arn"], "endpoint", "subscription"),
    ("aws_sns_topic", &[], "subscription.endpoint", "subscription"),
    ("azurerm_eventgrid_event_subscription", &["scope"], "webhook_endpoint.url", "event subscription"),
    (
        "azurerm_eventgrid_system_topic_event_subscription",
        &["system_topic"],
        "webhook_endpoint.url",
        "event subscription",
    ),
    ("azurerm_api_management_api", &["api_management_name"], "service_url", "API's backend"),
    ("azurerm_api_management_backend", &["api_management_name"], "url", "API's backend"),
    ("azurerm_cdn_frontdoor_origin", &[], "host_name", "origin"),
    ("azurerm_cdn_endpoint", &[], "origin.host_name", "origin"),
    ("azurerm_frontdoor", &[], "backend_pool.backend.address", "origin"),
    ("azurerm_traffic_manager_external_endpoint", &["profile_id"], "target", "endpoint"),
    ("azurerm_logic_app_action_http", &["logic_app_id"], "uri", "workflow's action"),
    ("aws_kinesis_firehose_delivery_stream", &[], "http_endpoint_configuration.url", "delivery"),
    (
        "aws_kinesis_firehose_delivery_stream",
        &[],
        "http_endpoint_destination_configuration.endpoint_configuration.url",
        "delivery",
    ),
    ("aws_kinesis_firehose_delivery_stream", &[], "splunk_configuration.hec_endpoint", "delivery"),
    ("aws_kinesis_firehose_delivery_stream", &[], "splunk_destination_configuration.hec_endpoint", "delivery"),
    ("aws_kinesis_firehose_delivery_stream", &[], "snowflake_configuration.account_url", "delivery"),
    ("aws_kinesis_firehose_delivery_stream", &[], "snowflake_destination_configuration.account_url", "delivery"),
    ("aws_appsync_datasource", &["api_id"], "http_config.endpoint", "data source"),
    ("aws_iot_topic_rule", &[], "http.url", "rule's action"),
    ("aws_iot_topic_rule", &[], "topic_rule_payload.actions.http.url", "rule's action"),
    ("google_cloud_tasks_queue", &[], "http_target.uri_override.host", "tasks' target"),
    ("google_pubsub_subscription", &["topic"], "push_config.push_endpoint", "push subscription"),
    ("google_cloud_scheduler_job", &[], "http_target.uri", "schedule's target"),
];

/// Flows to addresses of others that the platform is told to call.
pub(super) fn outside(estate: &Estate<'_>, out: &mut Flows) {
    for (ty, from, path, what) in CALLS_OUT {
        for at in estate.of_type(ty) {
            let resource = estate.resource(*at);
            let starts: Vec<u32> = match from {
                [] => vec![*at],
                keys => keys.iter().filter_map(|key| resource.get(key)).flat_map(|value| estate.named(value)).collect(),
            };
            for value in resource.at_each(path) {
                call(estate, &starts, value, what, out);
            }
        }
    }
    // A rule's target that is somebody's interface is named by another resource.
    let targets = estate.of_type("aws_cloudwatch_event_target").iter().map(|at| (*at, "rule", "arn"));
    let inside = estate.of_type("aws_cloudwatch_event_rule").iter().map(|at| (*at, "", "targets.arn"));
    let pipes = estate.of_type("aws_pipes_pipe").iter();
    let pipes = pipes.flat_map(|at| [(*at, "source", "target"), (*at, "", "enrichment")]);
    for (at, rule, path) in targets.chain(inside).chain(pipes) {
        let resource = estate.resource(at);
        let starts = match resource.get(rule) {
            _ if rule.is_empty() => vec![at],
            Some(value) => estate.named(value),
            None => Vec::new(),
        };
        for target in resource.at_each(path).into_iter().flat_map(|value| estate.named(value)) {
            let target = estate.resource(target);
            if let Some(address) = target.get("invocation_endpoint") {
                call(estate, &starts, address, "event rule's target", out);
            }
        }
    }

    // Ends of the migration service that are named by their host.
    let ends = [("aws_dms_replication_task", "replication_instance_arn"), ("aws_dms_replication_config", "")];
    for (ty, by) in ends {
        for at in estate.of_type(ty) {
            let task = estate.resource(*at);
            let starts = match task.get(by) {
                _ if by.is_empty() => vec![*at],
                Some(instance) => estate.named(instance),
                None => Vec::new(),
            };
            let ends = ["source_endpoint_arn", "target_endpoint_arn"].iter().filter_map(|key| task.get(key));
            for end in ends.flat_map(|value| estate.named(value)) {
                if let Some(server) = estate.resource(end).get("server_name") {
                    call(estate, &starts, server, "replication", out);
                }
            }
        }
    }
}

/// A flow to the host of an address, where it is nobody's in the code.
pub(super) fn call(estate: &Estate<'_>, from: &[u32], address: &Value, what: &str, out: &mut Flows) {
    if estate.named(address).is_empty() {
        call_text(estate, from, &estate.render(address), address.span, what, out);
    }
}

/// The same for an address that stands in a longer text.
pub(super) fn call_text(estate: &Estate<'_>, from: &[u32], text: &str, span: Span, what: &str, out: &mut Flows) {
    let (scheme, rest) = text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
    // Addresses of mail, numbers and names of resources are none.
    if scheme.is_some_and(|scheme| !scheme.starts_with("http")) || scheme.is_none() && rest.contains(['@', ':', '/']) {
        return;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match host.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()),
        None => (host, None),
    };
    if !super::hosts::is_domain(host) || host.contains("${") {
        return;
    }
    let own = estate.at_host(host);
    for at in from.iter().filter(|at| own != Some(**at)) {
        let end = own.map_or_else(|| End::Outside(host.into()), End::Resource);
        let flow = out.add(End::Resource(*at), end, evidence(what, span));
        out.detail(flow, port, scheme);
    }
}
