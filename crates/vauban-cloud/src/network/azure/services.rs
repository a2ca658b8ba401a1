//! Services that Azure itself puts on the internet, and what may keep them off it.

use vauban_model::resource::{Mode, Resource, Source, Text, Value};

use super::super::fabric::{ATTACKER, Fabric, Peer};
use super::super::intervals::{AddressSet, PortSet};
use super::super::read::{Flag, Reader, hop, place};
use super::super::{Hop, Place};

/// Type, port (0: any), and where ranges that alone are admitted are said.
type Service = (&'static str, u16, &'static [&'static str]);

/// Attributes by the provider's reference; all are public unless `public_network_access_enabled` says no.
const SERVICES: &[Service] = &[
    ("azurerm_storage_account", 443, &["network_rules"]),
    ("azurerm_key_vault", 443, &["network_acls"]),
    ("azurerm_cosmosdb_account", 443, &["ip_range_filter"]),
    ("azurerm_container_registry", 443, &["network_rule_set"]),
    ("azurerm_cognitive_account", 443, &["network_acls"]),
    ("azurerm_search_service", 443, &["allowed_ips"]),
    ("azurerm_servicebus_namespace", 443, &["network_rule_set"]),
    ("azurerm_eventhub_namespace", 443, &["network_rulesets"]),
    ("azurerm_redis_cache", 6380, &[]),
    ("azurerm_linux_web_app", 443, &["site_config.ip_restriction"]),
    ("azurerm_windows_web_app", 443, &["site_config.ip_restriction"]),
    ("azurerm_linux_function_app", 443, &["site_config.ip_restriction"]),
    ("azurerm_windows_function_app", 443, &["site_config.ip_restriction"]),
    ("azurerm_app_service", 443, &["site_config.ip_restriction"]),
    ("azurerm_function_app", 443, &["site_config.ip_restriction"]),
    ("azurerm_static_web_app", 443, &[]),
    ("azurerm_api_management", 443, &[]),
    (
        "azurerm_kubernetes_cluster",
        443,
        &["api_server_access_profile.authorized_ip_ranges", "api_server_authorized_ip_ranges"],
    ),
    ("azurerm_container_group", 0, &[]),
    ("azurerm_container_app", 443, &["ingress.ip_security_restriction"]),
    ("azurerm_cdn_frontdoor_endpoint", 443, &[]),
    ("azurerm_frontdoor", 443, &[]),
    ("azurerm_cdn_endpoint", 443, &[]),
    ("azurerm_bastion_host", 443, &[]),
    ("azurerm_machine_learning_workspace", 443, &[]),
    ("azurerm_databricks_workspace", 443, &[]),
    ("azurerm_eventgrid_topic", 443, &["inbound_ip_rule"]),
];

/// Database servers with their firewall rules: nobody gets in from the internet without one.
const SERVERS: &[(&str, &[&str], &str, u16)] = &[
    ("azurerm_mssql_server", &["azurerm_mssql_firewall_rule"], "server_id", 1433),
    ("azurerm_sql_server", &["azurerm_sql_firewall_rule"], "server_name", 1433),
    ("azurerm_postgresql_server", &["azurerm_postgresql_firewall_rule"], "server_name", 5432),
    ("azurerm_postgresql_flexible_server", &["azurerm_postgresql_flexible_server_firewall_rule"], "server_id", 5432),
    ("azurerm_mysql_server", &["azurerm_mysql_firewall_rule"], "server_name", 3306),
    ("azurerm_mysql_flexible_server", &["azurerm_mysql_flexible_server_firewall_rule"], "server_name", 3306),
    ("azurerm_mariadb_server", &["azurerm_mariadb_firewall_rule"], "server_name", 3306),
    ("azurerm_synapse_workspace", &["azurerm_synapse_firewall_rule"], "synapse_workspace_id", 1433),
];

pub(super) fn read(reader: &Reader<'_, '_>, fabric: &mut Fabric) {
    for (ty, port, ranges) in SERVICES {
        for (at, resource) in reader.each(&[ty]) {
            if resource.mode == Mode::Managed {
                service(reader, fabric, (at, resource), *port, ranges);
            }
        }
    }
    for (ty, rules, key, port) in SERVERS {
        for (rule_at, rule) in reader.each(rules) {
            for at in reader.all(rule.get(key), &[ty]) {
                let Some((mut assumptions, asks)) = enabled(reader, reader.resource(at)) else { continue };
                let end = |key: &str| {
                    rule.get(key).map(|value| reader.estate.render(reader.follow(value))).unwrap_or_default()
                };
                let (first, last) = (end("start_ip_address"), end("end_ip_address"));
                let words = format!("{first}-{last}");
                // The rule with this range stands for everything in Azure, of whichever customer: whoever likes rents a
                // machine there.
                let all_of_azure = first == "0.0.0.0" && last == "0.0.0.0";
                if !all_of_azure {
                    match AddressSet::parse(&words).map(|set| set.intersection(&AddressSet::internet())) {
                        Some(set) if set.is_empty() => continue,
                        Some(set) if set.is_large() => {}
                        Some(_) => assumptions.push(format!("`{words}` {ATTACKER}").into()),
                        None => {
                            let name = rule
                                .get("start_ip_address")
                                .map_or_else(|| words.clone().into(), |value| reader.name_of(value));
                            assumptions.push(format!("{name} {ATTACKER}").into());
                        }
                    }
                }
                let admitted = if all_of_azure { "whatever runs in Azure, of any customer" } else { &*words };
                let text = format!("firewall rule {} of {} admits {admitted}", rule.name, reader.resource(at).name);
                fabric.way(
                    Place::Internet,
                    at,
                    &PortSet::tcp(*port, *port),
                    vec![hop(text, rule.span, rule_at)],
                    assumptions,
                    asks,
                );
            }
        }
    }
}

/// Whether access from public networks is on: `None` if it is off.
fn enabled(reader: &Reader<'_, '_>, resource: &Resource) -> Option<(Vec<Text>, bool)> {
    match reader.flag(resource, "public_network_access_enabled") {
        Flag::No => None,
        Flag::Unknown(name) => Some((vec![format!("`{name}` lets public networks in").into()], true)),
        Flag::Yes | Flag::Unset => Some((Vec::new(), false)),
    }
}

/// Whether the restrictions of a web application close nothing, since what none of them speaks of is let in: the default
/// of Terraform's provider, and not of Azure itself.
fn lets_the_rest_in(reader: &Reader<'_, '_>, resource: &Resource) -> bool {
    let has_a_say = resource.ty.starts_with("azurerm_linux_") || resource.ty.starts_with("azurerm_windows_");
    if !has_a_say || resource.source == Source::AzureResourceManager {
        return false;
    }
    let default = match resource.get("site_config.ip_restriction_default_action") {
        None => true,
        Some(value) => reader.follow(value).as_text() == Some("Allow"),
    };
    let rules = resource.get("site_config.ip_restriction").map(Value::each).unwrap_or_default();
    let text = |rule: &Value, key: &str| rule.get(key).and_then(Value::as_text).map(str::to_owned);
    let denies_the_rest = |rule: &Value| {
        text(rule, "action").as_deref() == Some("Deny")
            && matches!(text(rule, "ip_address").as_deref(), Some("0.0.0.0/0" | "Any"))
    };
    default && !rules.iter().any(denies_the_rest)
}

fn service(reader: &Reader<'_, '_>, fabric: &mut Fabric, (at, resource): (u32, &Resource), port: u16, ranges: &[&str]) {
    let Some((mut assumptions, mut asks)) = enabled(reader, resource) else { return };
    let ranges = if lets_the_rest_in(reader, resource) { &[] } else { ranges };
    let key = "public_network_access_enabled";
    let mut text = match resource.get(key) {
        Some(_) => format!("{} takes requests from public networks", resource.name),
        None => format!("{} takes requests from public networks unless told otherwise", resource.name),
    };
    let mut span = place(resource, key);
    match &*resource.ty {
        "azurerm_kubernetes_cluster" if reader.flag(resource, "private_cluster_enabled") == Flag::Yes => return,
        "azurerm_container_group" if !matches!(resource.text("ip_address_type"), None | Some("Public")) => return,
        "azurerm_container_app" if reader.flag(resource, "ingress.external_enabled") != Flag::Yes => return,
        "azurerm_api_management" if resource.text("virtual_network_type") == Some("Internal") => return,
        "azurerm_redis_cache" if resource.get("subnet_id").is_some() => return,
        _ => {}
    }
    let mut block = ranges.iter().find_map(|path| Some((resource.get(path)?, at)));
    if &*resource.ty == "azurerm_storage_account" {
        for (rules, found) in reader.each(&["azurerm_storage_account_network_rules"]) {
            let ids = ["storage_account_id", "storage_account_name"];
            if ids.iter().any(|key| reader.one(found.get(key), &["azurerm_storage_account"]) == Some(at)) {
                block = Some((&found.attributes, rules));
                span = found.span;
            }
        }
    }
    let mut from: Hop = hop(text.clone(), span, at);
    if let Some((value, owner)) = block {
        let default = value.get("default_action").map(|value| reader.estate.render(value).to_ascii_lowercase());
        let mut peer = Peer::default();
        let listed = value.as_text().is_some()
            || value.as_list().is_some_and(|items| items.iter().all(|item| item.as_map().is_none()));
        if listed {
            reader.peer(value, &mut peer);
        } else {
            for one in value.each() {
                let refused =
                    one.get("action").is_some_and(|value| reader.estate.render(value).eq_ignore_ascii_case("deny"));
                for key in ["ip_rules", "ip_rule", "ip_address", "ip_mask", "ip_address_range"] {
                    for inner in one.get(key).filter(|value| !value.is_null() && !refused).map_or(&[][..], Value::each)
                    {
                        let inner = inner.get("ip_range").or_else(|| inner.get("ip_mask")).unwrap_or(inner);
                        reader.peer(inner, &mut peer);
                    }
                }
                if one.get("service_tag").and_then(Value::as_text) == Some("Internet") && !refused {
                    peer.addresses = AddressSet::all();
                }
            }
        }
        // Rule sets say what becomes of the rest; lists of ranges close by being there.
        let open = match default.as_deref() {
            Some("deny") => false,
            Some("allow") => true,
            Some(name) => {
                asks = true;
                assumptions.push(format!("`{name}` is to allow").into());
                true
            }
            None => resource.ty.ends_with("_registry") || value.each().is_empty(),
        };
        if !open {
            let public = peer.addresses.intersection(&AddressSet::internet());
            if public.is_empty() && peer.unknown.is_empty() {
                return;
            }
            if !public.is_large() {
                let named = !peer.unknown.is_empty();
                assumptions.extend(peer.unknown.iter().map(|name| Text::from(format!("{name} {ATTACKER}"))));
                if !named {
                    assumptions.push(format!("`{}` {ATTACKER}", peer.words).into());
                }
            }
            text = format!("{} admits {}", resource.name, peer.words);
        }
        from = hop(text, value.span, owner);
    }
    let ports = if port == 0 { PortSet::all() } else { PortSet::tcp(port, port) };
    fabric.way(Place::Internet, at, &ports, vec![from], assumptions, asks);
}
