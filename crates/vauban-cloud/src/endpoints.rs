//! Host names of one's own: what a provider serves under a name that the code or the state knows.
//!
//! A state, plan or export holds the host as a value, on the resource that answers there; code may write the host that a
//! provider makes of a name. Either way it is no third party.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use vauban_model::resource::{Mode, Value, ValueKind};

use crate::Estate;

/// Attributes that hold the host or address under which a resource itself answers, at the top or in a block. Names are
/// those of the providers' Terraform resources, and of their interfaces where those stay as they are.
const KEYS: &[&str] = &[
    "access_config",
    "address",
    "addresses",
    "api_endpoint",
    "api_url",
    "bootstrap_brokers",
    "bootstrap_brokers_public_sasl_iam",
    "bootstrap_brokers_public_sasl_scram",
    "bootstrap_brokers_public_tls",
    "bootstrap_brokers_sasl_iam",
    "bootstrap_brokers_sasl_scram",
    "bootstrap_brokers_tls",
    "bootstrap_servers",
    "bucket_domain_name",
    "bucket_regional_domain_name",
    "cache_nodes",
    "cluster_address",
    "configuration_endpoint",
    "configuration_endpoint_address",
    "connection_name",
    "connection_url",
    "console_endpoint",
    "dashboard_endpoint",
    "default_host_name",
    "default_hostname",
    "default_site_hostname",
    "discovery_endpoint",
    "dns_name",
    "domain_endpoint",
    "domain_endpoint_v2",
    "domain_name",
    "endpoint",
    "endpoint_url",
    "endpoints",
    "fqdn",
    "function_url",
    "gateway_url",
    "graphql_endpoint",
    "host",
    "host_name",
    "hostname",
    "https_trigger_url",
    "https_url",
    "instances",
    "ingress",
    "invoke_url",
    "ip_address",
    "ip_addresses",
    "latest_revision_fqdn",
    "login_server",
    "nat_ip",
    "network_interface",
    "network_ip",
    "node_groups",
    "primary_access_endpoint",
    "primary_blob_endpoint",
    "primary_dfs_endpoint",
    "primary_endpoint",
    "primary_endpoint_address",
    "primary_file_endpoint",
    "primary_queue_endpoint",
    "primary_table_endpoint",
    "primary_web_endpoint",
    "private_dns",
    "private_dns_name",
    "private_fqdn",
    "private_ip",
    "private_ip_address",
    "properties",
    "proxy_endpoint",
    "public_dns",
    "public_ip",
    "public_ip_address",
    "reader_endpoint",
    "reader_endpoint_address",
    "server_url",
    "service_config",
    "service_endpoint",
    "service_uri",
    "service_url",
    "static_ip",
    "status",
    "uri",
    "uris",
    "url",
    "vault_uri",
    "vpc_endpoint",
    "webserver_url",
    "website_domain",
    "website_endpoint",
    "writer_endpoint",
];

/// How deep blocks and lists under those keys are looked into.
const DEEPEST: usize = 4;

/// Words in types of resources whose addresses are others': what they call, check, tell or stand before.
const OTHERS: &[&str] = &[
    // They give their address to what they are on, which holds it too.
    "network_interface",
    "aws_eip",
    "public_ip",
    "compute_address",
    "compute_global_address",
    "subscription",
    "integration",
    "_origin",
    "_backend",
    "webhook",
    "dms_endpoint",
    "health_check",
    "uptime_check",
    "_connection",
    "api_destination",
    "_record",
    "record_set",
    "scheduler",
    "event_target",
    "datasource",
    "linked_service",
    "notification",
    "action_group",
    "_provider",
    "module",
    "compose:",
    "k8s:",
    "customer_gateway",
    "target_group",
    "domain_association",
    "domain_name",
    "custom_domain",
    "certificate",
    "helm_release",
    "aws_route53",
    "aws_iam_",
    "external",
    "http",
    "azurerm_api_management_api",
];

/// The hosts that a provider makes of the name of a resource: type, attributes with the name, what follows the name. A
/// star stands for one or more labels: a region, a zone. Azure: Microsoft Learn, "Azure Private Endpoint private DNS zone
/// values" (public zones); AWS: "Methods for accessing a general purpose bucket", "Invoke REST APIs".
const DERIVED: &[(&str, &[&str], &[&str])] = &[
    ("azurerm_key_vault", &["name"], &["vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net"]),
    ("azurerm_key_vault_managed_hardware_security_module", &["name"], &["managedhsm.azure.net"]),
    ("azurerm_storage_account", &["name"], &["*.core.windows.net", "*.storage.azure.net", "*.core.chinacloudapi.cn"]),
    (
        "azurerm_cosmosdb_account",
        &["name"],
        &["documents.azure.com", "*.cosmos.azure.com", "*.cosmosdb.azure.com", "*.documents.azure.com"],
    ),
    ("azurerm_cosmosdb_postgresql_cluster", &["name"], &["*.postgres.cosmos.azure.com"]),
    ("azurerm_mongo_cluster", &["name"], &["*.mongocluster.cosmos.azure.com", "mongocluster.cosmos.azure.com"]),
    ("azurerm_mssql_server", &["name"], &["database.windows.net"]),
    ("azurerm_sql_server", &["name"], &["database.windows.net"]),
    ("azurerm_mssql_managed_instance", &["name"], &["*.database.windows.net"]),
    ("azurerm_postgresql_flexible_server", &["name"], &["postgres.database.azure.com"]),
    ("azurerm_postgresql_server", &["name"], &["postgres.database.azure.com"]),
    ("azurerm_mysql_flexible_server", &["name"], &["mysql.database.azure.com"]),
    ("azurerm_mysql_server", &["name"], &["mysql.database.azure.com"]),
    ("azurerm_mariadb_server", &["name"], &["mariadb.database.azure.com"]),
    ("azurerm_redis_cache", &["name"], &["redis.cache.windows.net"]),
    ("azurerm_redis_enterprise_cluster", &["name"], &["*.redisenterprise.cache.azure.net"]),
    ("azurerm_managed_redis", &["name"], &["*.redis.azure.net"]),
    ("azurerm_servicebus_namespace", &["name"], &["servicebus.windows.net"]),
    ("azurerm_eventhub_namespace", &["name"], &["servicebus.windows.net"]),
    ("azurerm_relay_namespace", &["name"], &["servicebus.windows.net"]),
    ("azurerm_eventgrid_topic", &["name"], &["*.eventgrid.azure.net"]),
    ("azurerm_eventgrid_domain", &["name"], &["*.eventgrid.azure.net"]),
    ("azurerm_search_service", &["name"], &["search.windows.net"]),
    (
        "azurerm_cognitive_account",
        &["custom_subdomain_name", "name"],
        &["openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com"],
    ),
    (
        "azurerm_ai_services",
        &["custom_subdomain_name", "name"],
        &["openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com"],
    ),
    ("azurerm_container_registry", &["name"], &["azurecr.io"]),
    ("azurerm_signalr_service", &["name"], &["service.signalr.net"]),
    ("azurerm_web_pubsub", &["name"], &["webpubsub.azure.com"]),
    ("azurerm_api_management", &["name"], &["azure-api.net", "*.azure-api.net"]),
    ("azurerm_app_configuration", &["name"], &["azconfig.io"]),
    ("azurerm_iothub", &["name"], &["azure-devices.net"]),
    ("azurerm_batch_account", &["name"], &["*.batch.azure.com"]),
    ("azurerm_kusto_cluster", &["name"], &["*.kusto.windows.net"]),
    ("azurerm_synapse_workspace", &["name"], &["sql.azuresynapse.net", "dev.azuresynapse.net"]),
    ("azurerm_cdn_endpoint", &["name"], &["azureedge.net"]),
    ("azurerm_frontdoor", &["name"], &["azurefd.net"]),
    ("azurerm_container_group", &["dns_name_label"], &["*.azurecontainer.io"]),
    ("azurerm_linux_web_app", &["name"], SITES),
    ("azurerm_windows_web_app", &["name"], SITES),
    ("azurerm_app_service", &["name"], SITES),
    ("azurerm_linux_function_app", &["name"], SITES),
    ("azurerm_windows_function_app", &["name"], SITES),
    ("azurerm_function_app", &["name"], SITES),
    ("azurerm_function_app_flex_consumption", &["name"], SITES),
    ("azurerm_logic_app_standard", &["name"], SITES),
    ("aws_s3_bucket", &["bucket"], &["s3.amazonaws.com", "s3.*.amazonaws.com", "s3-website.*.amazonaws.com"]),
    ("aws_api_gateway_rest_api", &["id", "rest_api_id"], &["execute-api.*.amazonaws.com"]),
    ("aws_apigatewayv2_api", &["id", "api_id"], &["execute-api.*.amazonaws.com"]),
    ("google_storage_bucket", &["name"], &["storage.googleapis.com"]),
];

/// What follows the name of a site of App Service.
const SITES: &[&str] = &["azurewebsites.net", "scm.azurewebsites.net"];

/// Hosts of an inventory and whose they are.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    by_host: FxHashMap<String, Owner>,
    /// By the name in lower case: the place in [`DERIVED`] and the resource.
    by_name: FxHashMap<String, Vec<(usize, u32)>>,
}

/// Who has a host.
#[derive(Clone, Copy, Debug)]
enum Owner {
    One(u32),
    /// The same private address in two networks says nothing.
    Several,
}

impl Endpoints {
    /// Every host that attributes hold or names stand for, in linear time.
    pub(crate) fn new(estate: &Estate<'_>) -> Self {
        let mut out = Endpoints::default();
        // What is looked up only is another telling of what may be there as well.
        for mode in [Mode::Managed, Mode::Data] {
            let mut told: BTreeMap<String, Owner> = BTreeMap::new();
            for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
                if resource.mode == mode && !OTHERS.iter().any(|word| resource.ty.contains(word)) {
                    walk(&resource.attributes, 0, &mut |text| own(text, at, &mut told));
                }
            }
            for (host, owner) in told {
                out.by_host.entry(host).or_insert(owner);
            }
        }
        for (kind, (ty, keys, _)) in DERIVED.iter().enumerate() {
            for at in estate.of_type(ty) {
                let named = keys.iter().find_map(|key| estate.resource(*at).get(key));
                let name = named.map(|value| estate.render(value).to_ascii_lowercase()).unwrap_or_default();
                if !name.is_empty() && !name.contains("${") {
                    out.by_name.entry(name).or_default().push((kind, *at));
                }
            }
        }
        out
    }

    /// The resource of one's own that answers under a host.
    pub(crate) fn find(&self, host: &str) -> Option<u32> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        match self.by_host.get(&host) {
            Some(Owner::One(at)) => return Some(*at),
            Some(Owner::Several) => return None,
            None => {}
        }
        // Names of buckets may hold dots: every prefix may be the name.
        host.match_indices('.').find_map(|(dot, _)| {
            let (name, rest) = (host.get(..dot)?, host.get(dot + 1..)?);
            let known = self.by_name.get(name)?;
            let fits = |kind: &usize| {
                DERIVED.get(*kind).is_some_and(|(_, _, ends)| ends.iter().any(|pattern| follows(rest, pattern)))
            };
            known.iter().find(|(kind, _)| fits(kind)).map(|(_, at)| *at)
        })
    }
}

/// Whether the rest of a host fits a pattern with at most one star.
fn follows(rest: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => rest == pattern,
        Some((before, after)) => rest
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|between| !between.is_empty() && !between.starts_with('.') && !between.ends_with('.')),
    }
}

/// Texts under keys that hold addresses.
fn walk<'a>(value: &'a Value, depth: usize, found: &mut dyn FnMut(&'a str)) {
    for (key, inner) in value.as_map().unwrap_or_default() {
        if KEYS.contains(&&**key) {
            told(inner, depth, found);
        }
    }
}

fn told<'a>(value: &'a Value, depth: usize, found: &mut dyn FnMut(&'a str)) {
    if depth > DEEPEST {
        return;
    }
    match &value.open().kind {
        ValueKind::Text(text) => found(text),
        ValueKind::List(items) => items.iter().for_each(|item| told(item, depth + 1, found)),
        ValueKind::Map(_) => walk(value, depth + 1, found),
        _ => {}
    }
}

/// Domains in which the providers give resources their names. A host of any other may be somebody else's, whom the
/// resource only calls.
const PROVIDERS: [&str; 26] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "on.aws",
    "awsapprunner.com",
    "cloudfront.net",
    "awsglobalaccelerator.com",
    "elasticbeanstalk.com",
    "windows.net",
    "azure.com",
    "azure.net",
    "azurewebsites.net",
    "azurecontainerapps.io",
    "azurecontainer.io",
    "azurefd.net",
    "azure-api.net",
    "azurecr.io",
    "azureedge.net",
    "azurestaticapps.net",
    "trafficmanager.net",
    "googleapis.com",
    "run.app",
    "cloudfunctions.net",
    "appspot.com",
    "gateway.dev",
    "mongodb.net",
    "ondigitalocean.com",
];

fn is_providers(host: &str) -> bool {
    PROVIDERS.iter().any(|domain| host.strip_suffix(domain).is_some_and(|before| before.ends_with('.')))
}

/// The hosts in the text of an address, each given to a resource.
fn own(text: &str, at: u32, hosts: &mut BTreeMap<String, Owner>) {
    for piece in text.split([',', ' ', ';']).filter(|piece| !piece.is_empty()) {
        let rest = piece.split_once("://").map_or(piece, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit('@').next().unwrap_or_default();
        // `project:region:instance` of Cloud SQL is a name as a whole.
        let host = match authority.split_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        };
        let address = host.parse::<core::net::IpAddr>();
        let said = match address {
            Ok(address) => !address.is_loopback() && !address.is_unspecified(),
            Err(_) => is_providers(&host.to_ascii_lowercase()) || host.matches(':').count() > 1,
        };
        if !said || host.contains("${") {
            continue;
        }
        let entry = hosts.entry(host.to_ascii_lowercase()).or_insert(Owner::One(at));
        if address.is_ok() && !matches!(entry, Owner::One(known) if *known == at) {
            *entry = Owner::Several;
        }
    }
}
