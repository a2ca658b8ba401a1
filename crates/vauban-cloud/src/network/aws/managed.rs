//! Services that the provider itself puts on the internet.

use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Text, Value};

use super::super::Place;
use super::super::fabric::{ATTACKER, Fabric, Peer};
use super::super::intervals::{AddressSet, PortSet};
use super::super::read::{Flag, Reader, hop, place};

/// What is known of a public endpoint.
struct Endpoint {
    text: String,
    span: Span,
    ports: PortSet,
    ask: Option<Text>,
}

pub(super) fn read(reader: &Reader<'_, '_>, fabric: &mut Fabric) {
    const KINDS: [&str; 23] = [
        "aws_api_gateway_rest_api",
        "aws_apigatewayv2_api",
        "aws_lambda_function_url",
        "aws_cloudfront_distribution",
        "aws_apprunner_service",
        "aws_elastic_beanstalk_environment",
        "aws_lightsail_instance",
        "aws_lightsail_container_service",
        "aws_lightsail_database",
        "aws_lightsail_lb",
        "aws_appsync_graphql_api",
        "aws_cognito_user_pool_domain",
        "aws_opensearch_domain",
        "aws_elasticsearch_domain",
        "aws_transfer_server",
        "aws_eks_cluster",
        "aws_globalaccelerator_accelerator",
        "aws_amplify_app",
        "aws_msk_cluster",
        "aws_grafana_workspace",
        "aws_mwaa_environment",
        "aws_opensearchserverless_security_policy",
        "aws_ec2_client_vpn_endpoint",
    ];
    for (at, resource) in reader.each(&KINDS) {
        if resource.mode != Mode::Managed {
            continue;
        }
        if &*resource.ty == "aws_eks_cluster" {
            cluster(reader, fabric, (at, resource));
        } else if let Some(endpoint) = endpoint(reader, resource) {
            let to = match &*resource.ty {
                "aws_lambda_function_url" => {
                    reader.one(resource.get("function_name"), &["aws_lambda_function"]).unwrap_or(at)
                }
                "aws_cognito_user_pool_domain" => {
                    reader.one(resource.get("user_pool_id"), &["aws_cognito_user_pool"]).unwrap_or(at)
                }
                _ => at,
            };
            let asks = endpoint.ask.is_some();
            let hops = vec![hop(endpoint.text, endpoint.span, at)];
            fabric.way(Place::Internet, to, &endpoint.ports, hops, endpoint.ask.into_iter().collect(), asks);
        }
    }
}

fn endpoint(reader: &Reader<'_, '_>, resource: &Resource) -> Option<Endpoint> {
    let name = &resource.name;
    let https = PortSet::tcp(443, 443);
    let web = PortSet::tcp(80, 80).union(&https);
    let simple = |text: String| Some(Endpoint { text, span: resource.span, ports: https.clone(), ask: None });
    match &*resource.ty {
        "aws_api_gateway_rest_api" => {
            let types = resource.get("endpoint_configuration.types").map_or(&[][..], Value::each);
            let private = types.iter().any(|value| reader.estate.render(value) == "PRIVATE");
            let off = reader.flag(resource, "disable_execute_api_endpoint") == Flag::Yes;
            let domain = ["aws_api_gateway_base_path_mapping", "aws_apigatewayv2_api_mapping"];
            let mapped = domain.iter().any(|ty| !reader.estate.of_type(ty).is_empty());
            if private || (off && !mapped) {
                return None;
            }
            simple(format!("API Gateway serves {name} on the internet"))
        }
        "aws_apigatewayv2_api" => {
            let mapped = !reader.estate.of_type("aws_apigatewayv2_api_mapping").is_empty();
            if reader.flag(resource, "disable_execute_api_endpoint") == Flag::Yes && !mapped {
                return None;
            }
            simple(format!("API Gateway serves {name} on the internet"))
        }
        "aws_lambda_function_url" => {
            let auth = resource.get("authorization_type").map(|value| reader.estate.render(value)).unwrap_or_default();
            let text = match auth.as_str() {
                "NONE" => "the function's URL is on the internet and gives anybody lambda:InvokeFunctionUrl".to_owned(),
                _ => "the function's URL is on the internet, for signed requests with lambda:InvokeFunctionUrl"
                    .to_owned(),
            };
            Some(Endpoint { text, span: place(resource, "authorization_type"), ports: https, ask: None })
        }
        "aws_cloudfront_distribution" => {
            if reader.flag(resource, "enabled") == Flag::No {
                return None;
            }
            let policy = resource.get("default_cache_behavior.viewer_protocol_policy").and_then(Value::as_text);
            let ports = if policy == Some("https-only") { https } else { web };
            Some(Endpoint {
                text: format!("CloudFront serves {name} on the internet"),
                span: resource.span,
                ports,
                ask: None,
            })
        }
        "aws_apprunner_service" => {
            let key = "network_configuration.ingress_configuration.is_publicly_accessible";
            match reader.flag(resource, key) {
                Flag::No => None,
                _ => simple(format!("App Runner serves {name} on the internet")),
            }
        }
        "aws_elastic_beanstalk_environment" => {
            let settings = resource.get("setting").map_or(&[][..], Value::each);
            let internal = settings.iter().any(|setting| {
                setting.get("name").and_then(Value::as_text) == Some("ELBScheme")
                    && setting
                        .get("value")
                        .is_some_and(|value| reader.estate.render(value).eq_ignore_ascii_case("internal"))
            });
            let text = format!("Elastic Beanstalk serves {name} on the internet");
            (!internal).then_some(Endpoint { text, span: resource.span, ports: web, ask: None })
        }
        "aws_lightsail_instance" => {
            let ports = PortSet::tcp(22, 22).union(&PortSet::tcp(80, 80));
            let text = format!("Lightsail gives {name} a public address and opens these ports unless told otherwise");
            Some(Endpoint { text, span: resource.span, ports, ask: None })
        }
        "aws_lightsail_database" => (reader.flag(resource, "publicly_accessible") == Flag::Yes).then(|| Endpoint {
            text: format!("{name} is publicly accessible"),
            span: place(resource, "publicly_accessible"),
            ports: PortSet::all(),
            ask: None,
        }),
        "aws_opensearch_domain" | "aws_elasticsearch_domain" => {
            if resource.get("vpc_options").is_some() {
                return None;
            }
            let enforced = reader.flag(resource, "domain_endpoint_options.enforce_https") == Flag::Yes;
            let text = format!("{name} has a public endpoint, since it is in no VPC");
            Some(Endpoint { text, span: resource.span, ports: if enforced { https } else { web }, ask: None })
        }
        "aws_transfer_server" => {
            let kind = resource.text("endpoint_type").unwrap_or("PUBLIC");
            (kind == "PUBLIC").then(|| Endpoint {
                text: format!("Transfer Family serves {name} on the internet"),
                span: place(resource, "endpoint_type"),
                ports: PortSet::tcp(21, 22).union(&https),
                ask: None,
            })
        }
        "aws_msk_cluster" => {
            let kind = resource.text("broker_node_group_info.connectivity_info.public_access.type");
            (kind == Some("SERVICE_PROVIDED_EIPS")).then(|| Endpoint {
                text: format!("the brokers of {name} have public addresses"),
                span: place(resource, "broker_node_group_info"),
                ports: PortSet::tcp(9194, 9198),
                ask: None,
            })
        }
        "aws_appsync_graphql_api" => match resource.text("visibility") {
            Some("PRIVATE") => None,
            _ => simple(format!("AppSync serves {name} on the internet")),
        },
        "aws_mwaa_environment" => (resource.text("webserver_access_mode") == Some("PUBLIC_ONLY"))
            .then(|| simple(format!("the web server of {name} is on the internet")))
            .flatten(),
        "aws_opensearchserverless_security_policy" => {
            if resource.text("type") != Some("network") {
                return None;
            }
            let public = resource.get("policy").map_or(&[][..], Value::each);
            let public = public.iter().any(|rule| rule.get("AllowFromPublic").and_then(Value::as_bool) == Some(true));
            public.then(|| simple(format!("network policy {name} admits the internet"))).flatten()
        }
        "aws_ec2_client_vpn_endpoint" => Some(Endpoint {
            text: format!("client VPN {name} takes connections from the internet"),
            span: resource.span,
            ports: PortSet::udp(443, 443).union(&https),
            ask: None,
        }),
        "aws_cognito_user_pool_domain" => simple("the user pool's sign-in pages are on the internet".to_owned()),
        "aws_amplify_app" => simple(format!("Amplify serves {name} on the internet")),
        _ => Some(Endpoint { text: format!("{name} is on the internet"), span: resource.span, ports: web, ask: None }),
    }
}

/// The API of a Kubernetes cluster: public unless said otherwise, from anywhere unless ranges are said.
fn cluster(reader: &Reader<'_, '_>, fabric: &mut Fabric, (at, resource): (u32, &Resource)) {
    let (key, ranges) = ("vpc_config.endpoint_public_access", "vpc_config.public_access_cidrs");
    let (mut asks, mut assumptions) = (false, Vec::new());
    match reader.flag(resource, key) {
        Flag::No => return,
        Flag::Yes | Flag::Unset => {}
        Flag::Unknown(name) => {
            asks = true;
            assumptions.push(format!("`{name}` makes the cluster's API public").into());
        }
    }
    let mut peer = Peer::default();
    match resource.get(ranges) {
        Some(value) => reader.peer(value, &mut peer),
        None => peer.addresses = AddressSet::all(),
    }
    let public = peer.addresses.intersection(&AddressSet::internet());
    if public.is_empty() && peer.unknown.is_empty() {
        return;
    }
    if !public.is_large() {
        if peer.unknown.is_empty() {
            assumptions.push(format!("`{}` {ATTACKER}", peer.words).into());
        }
        assumptions.extend(peer.unknown.iter().map(|name| Text::from(format!("{name} {ATTACKER}"))));
    }
    let text = match resource.get(ranges) {
        Some(_) => format!("the API of cluster {} is public to {}", resource.name, peer.words),
        None => format!("the API of cluster {} is public to everybody, since no ranges are set", resource.name),
    };
    let span = if resource.get(ranges).is_some() { place(resource, ranges) } else { place(resource, key) };
    fabric.way(Place::Internet, at, &PortSet::tcp(443, 443), vec![hop(text, span, at)], assumptions, asks);
}
