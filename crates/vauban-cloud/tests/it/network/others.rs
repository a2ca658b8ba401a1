//! Azure, Google Cloud, Kubernetes and Compose.

use serde_json::{Value as Json, json};
use vauban_model::resource::Source;

use super::build::Build;

fn azure(rules: Json) -> Build {
    Build::new()
        .add("azurerm_virtual_network.net", json!({"address_space": ["10.0.0.0/16"]}))
        .add("azurerm_subnet.web", json!({"virtual_network_name": "=azurerm_virtual_network.net|name", "address_prefixes": ["10.0.1.0/24"]}))
        .add("azurerm_public_ip.ip", json!({"sku": "Standard"}))
        .add("azurerm_network_interface.nic", json!({"ip_configuration": [{"subnet_id": "=azurerm_subnet.web", "public_ip_address_id": "=azurerm_public_ip.ip"}]}))
        .add("azurerm_linux_virtual_machine.vm", json!({"network_interface_ids": ["=azurerm_network_interface.nic"]}))
        .add("azurerm_network_security_group.nsg", json!({"security_rule": rules}))
}

fn nsg(priority: u16, access: &str, port: &str, source: &str) -> Json {
    json!({"name": format!("r{priority}"), "priority": priority, "direction": "Inbound", "access": access, "protocol": "Tcp", "source_port_range": "*", "destination_port_range": port, "source_address_prefix": source, "destination_address_prefix": "*"})
}

#[test]
fn azure_rules_decide_by_priority_once_the_group_is_attached() {
    let attached = |rules: Json| {
        azure(rules)
            .add("azurerm_subnet_network_security_group_association.a", json!({"subnet_id": "=azurerm_subnet.web", "network_security_group_id": "=azurerm_network_security_group.nsg"}))
            .ways()
    };
    let vm = "azurerm_linux_virtual_machine.vm";
    assert_eq!(attached(json!([nsg(200, "Allow", "22", "*")])).exposed(vm), ["internet -> vm: tcp 22"]);
    assert_eq!(
        attached(json!([nsg(200, "Allow", "22", "*"), nsg(100, "Deny", "22", "Internet")])).exposed(vm),
        Vec::<String>::new()
    );
    assert_eq!(
        attached(json!([nsg(100, "Allow", "22", "Internet"), nsg(200, "Deny", "*", "*")])).exposed(vm),
        ["internet -> vm: tcp 22"]
    );
    assert_eq!(attached(json!([nsg(100, "Allow", "22", "VirtualNetwork")])).exposed(vm), Vec::<String>::new());
    // By default the network is open inside.
    assert!(attached(json!([])).to(vm).contains(&"zone net -> vm: all".to_owned()));
    // Not attached: a standard address is closed.
    assert_eq!(azure(json!([nsg(200, "Allow", "22", "*")])).ways().exposed(vm), Vec::<String>::new());
}

#[test]
fn azure_services_are_public_unless_closed() {
    let built = Build::new()
        .add("azurerm_storage_account.open", json!({}))
        .add("azurerm_storage_account.off", json!({"public_network_access_enabled": false}))
        .add("azurerm_storage_account.listed", json!({"network_rules": [{"default_action": "Deny", "ip_rules": ["203.0.113.0/24"]}]}))
        .add("azurerm_mssql_server.closed", json!({}))
        .add("azurerm_mssql_server.sql", json!({}))
        .add("azurerm_mssql_firewall_rule.azure", json!({"server_id": "=azurerm_mssql_server.sql", "start_ip_address": "0.0.0.0", "end_ip_address": "0.0.0.0"}))
        .add("azurerm_kubernetes_cluster.private", json!({"private_cluster_enabled": true}))
        .add("azurerm_linux_web_app.open", json!({"site_config": [{"ip_restriction": [{"ip_address": "203.0.113.0/24", "action": "Allow"}]}]}))
        .add("azurerm_linux_web_app.closed", json!({"site_config": [{"ip_restriction": [{"ip_address": "203.0.113.0/24", "action": "Allow"}, {"ip_address": "0.0.0.0/0", "action": "Deny"}]}]}))
        .add("azurerm_linux_web_app.listed", json!({"site_config": [{"ip_restriction_default_action": "Deny", "ip_restriction": [{"ip_address": "203.0.113.0/24", "action": "Allow"}]}]}))
        .ways();
    assert_eq!(built.exposed("azurerm_storage_account.open"), ["internet -> open: tcp 443"]);
    assert_eq!(built.exposed("azurerm_storage_account.off"), Vec::<String>::new());
    assert_eq!(
        built.exposed("azurerm_storage_account.listed"),
        ["internet -> listed: tcp 443 (`203.0.113.0/24` admits the attacker)"]
    );
    assert_eq!(built.exposed("azurerm_mssql_server.closed"), Vec::<String>::new());
    assert_eq!(built.exposed("azurerm_mssql_server.sql"), ["internet -> sql: tcp 1433"]);
    assert_eq!(built.exposed("azurerm_kubernetes_cluster.private"), Vec::<String>::new());
    // What restricts nothing by default lets everybody in beside those whom it lists.
    assert!(built.exposed("azurerm_linux_web_app.closed").iter().all(|way| way.contains("admits the attacker")));
    assert_eq!(built.exposed("azurerm_linux_web_app.open"), ["internet -> open: tcp 443"]);
    assert_eq!(
        built.exposed("azurerm_linux_web_app.listed"),
        ["internet -> listed: tcp 443 (`203.0.113.0/24` admits the attacker)"]
    );
}

#[test]
fn google_rules_are_for_tags_and_denials_come_first() {
    let google = |deny: bool, tags: Json, outside: Json| {
        let build = Build::new()
            .add("google_compute_network.vpc", json!({"name": "vpc", "auto_create_subnetworks": false}))
            .add("google_compute_subnetwork.s", json!({"network": "=google_compute_network.vpc", "ip_cidr_range": "10.2.0.0/16"}))
            .add("google_compute_firewall.web", json!({"network": "=google_compute_network.vpc|name", "source_ranges": ["0.0.0.0/0"], "target_tags": ["web"], "allow": [{"protocol": "tcp", "ports": ["80", "8000-8010"]}]}))
            .add("google_compute_instance.vm", json!({"tags": tags, "network_interface": [{"subnetwork": "=google_compute_subnetwork.s", "access_config": outside}]}));
        match deny {
            true => build.add("google_compute_firewall.no", json!({"network": "=google_compute_network.vpc", "source_ranges": ["0.0.0.0/0"], "deny": [{"protocol": "tcp", "ports": ["80"]}]})),
            false => build,
        }
        .ways()
        .exposed("google_compute_instance.vm")
    };
    assert_eq!(google(false, json!(["web"]), json!([{}])), ["internet -> vm: tcp 80, tcp 8000-8010"]);
    assert_eq!(google(true, json!(["web"]), json!([{}])), ["internet -> vm: tcp 8000-8010"]);
    assert_eq!(google(false, json!(["db"]), json!([{}])), Vec::<String>::new());
    assert_eq!(google(false, json!(["web"]), json!(null)), Vec::<String>::new());
}

#[test]
fn google_s_default_network_and_services() {
    let built = Build::new()
        .add("google_compute_instance.vm", json!({"network_interface": [{"network": "default", "access_config": [{}]}]}))
        .add("google_sql_database_instance.pg", json!({"database_version": "POSTGRES_15", "settings": [{"ip_configuration": [{"ipv4_enabled": true, "authorized_networks": [{"value": "0.0.0.0/0"}]}]}]}))
        .add("google_sql_database_instance.closed", json!({"settings": [{"ip_configuration": [{"ipv4_enabled": true}]}]}))
        .add("google_cloud_run_v2_service.inner", json!({"ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY"}))
        .ways();
    assert!(
        built.exposed("google_compute_instance.vm").iter().any(|line| line.starts_with("internet -> vm: tcp 22 (")),
        "{:#?}",
        built.lines()
    );
    assert_eq!(built.exposed("google_sql_database_instance.pg"), ["internet -> pg: tcp 5432"]);
    assert_eq!(built.exposed("google_sql_database_instance.closed"), Vec::<String>::new());
    assert_eq!(built.exposed("google_cloud_run_v2_service.inner"), Vec::<String>::new());
}

fn pod(name: &str, port: u16) -> Json {
    json!({"metadata": {"name": name, "namespace": "shop"}, "spec": {"template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "ports": [{"name": "main", "containerPort": port}]}]}}}})
}

fn shop() -> Build {
    Build::of(Source::Kubernetes)
        .add("k8s:Namespace|shop", json!({"metadata": {"name": "shop"}}))
        .add("k8s:Deployment|web", pod("web", 8080))
        .add("k8s:Deployment|db", pod("db", 5432))
        .add("k8s:Deployment|other", pod("other", 80))
}

#[test]
fn pods_reach_each_other_until_a_policy_selects_them() {
    assert!(shop().ways().to("k8s:Deployment|db").contains(&"zone cluster -> db: tcp 5432".to_owned()));
    let built = shop()
        .add("k8s:NetworkPolicy|db", json!({"metadata": {"name": "db", "namespace": "shop"}, "spec": {"podSelector": {"matchLabels": {"app": "db"}}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"protocol": "TCP", "port": 5432}]}]}}))
        .ways();
    assert_eq!(built.to("k8s:Deployment|db"), ["web -> db: tcp 5432"]);
    let denied = shop().add("k8s:NetworkPolicy|all", json!({"metadata": {"name": "all", "namespace": "shop"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}})).ways();
    assert_eq!(denied.lines(), Vec::<String>::new());
}

#[test]
fn services_and_ingresses_bring_in_the_internet() {
    let service = |kind: &str| json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"type": kind, "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "main"}]}});
    let web = "k8s:Deployment|web";
    assert_eq!(
        shop().add("k8s:Service|web", service("LoadBalancer")).ways().exposed(web),
        ["internet -> web: tcp 8080"]
    );
    assert_eq!(shop().add("k8s:Service|web", service("ClusterIP")).ways().exposed(web), Vec::<String>::new());
    assert!(shop().add("k8s:Service|web", service("NodePort")).ways().exposed(web)[0].ends_with('?'));
    let ingress = json!({"metadata": {"name": "in", "namespace": "shop"}, "spec": {"rules": [{"http": {"paths": [{"path": "/", "backend": {"service": {"name": "web", "port": {"number": 80}}}}]}}]}});
    let built = shop().add("k8s:Service|web", service("ClusterIP")).add("k8s:Ingress|in", ingress).ways();
    assert_eq!(built.exposed(web), ["internet -> web: tcp 8080"]);
    assert_eq!(built.hops("internet", web).len(), 3);
}

#[test]
fn compose_publishes_and_shares_networks() {
    let built = Build::of(Source::Compose)
        .add("compose:service|web", json!({"ports": ["8080:80"], "networks": ["front", "back"]}))
        .add("compose:service|db", json!({"ports": ["127.0.0.1:5432:5432"], "networks": ["back"]}))
        .add("compose:service|lone", json!({"network_mode": "none"}))
        .add("compose:service|plain", json!({"expose": ["9000"]}))
        .ways();
    assert_eq!(
        built.exposed("compose:service|web"),
        ["internet -> web: tcp 80 (the host is reachable from the internet)"]
    );
    assert_eq!(built.to("compose:service|db"), ["zone back -> db: tcp 5432"]);
    assert_eq!(built.to("compose:service|lone"), Vec::<String>::new());
    assert_eq!(built.to("compose:service|plain"), ["zone default -> plain: tcp 9000"]);
}
