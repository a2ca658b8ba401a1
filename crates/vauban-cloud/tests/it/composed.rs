//! Compose: proxies and what is behind them, names from elsewhere, logins as delivered.

use std::collections::{BTreeMap, BTreeSet};

use vauban_cloud::lower::Lowered;
use vauban_infrastructure::Options;
use vauban_model::vocabulary::fact;

use crate::lower::{component, lowered};
use crate::world::inventory;

fn read(files: &[(&str, &str)]) -> Lowered {
    let files: BTreeMap<String, String> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    lowered(&mut inventory(&files, &Options::default()), false)
}

fn flows(lowered: &Lowered) -> BTreeSet<(String, String)> {
    let name = |at: u32| lowered.model.components[at as usize].element.name.to_string();
    lowered.model.flows.iter().map(|flow| (name(flow.source), name(flow.target))).collect()
}

fn set(all: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    all.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

#[test]
fn a_proxy_s_mounted_configuration_says_what_is_behind_it() {
    for (image, path, text) in [
        (
            "nginx",
            "./nginx.conf:/etc/nginx/nginx.conf:ro",
            "http {\n  upstream back {\n    server web:8080;\n  }\n  # server db:5432;\n  server { listen 80; location / { proxy_pass http://back; } }\n}\n",
        ),
        ("nginx", "./conf.d:/etc/nginx/conf.d", "server {\n  location / { proxy_pass http://web:8080; }\n}\n"),
        ("caddy", "./Caddyfile:/etc/caddy/Caddyfile", "example.org {\n  reverse_proxy web:8080\n}\n"),
        ("haproxy", "./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg", "backend b\n  server s1 web:8080 check\n"),
        (
            "envoyproxy/envoy",
            "./envoy.yaml:/etc/envoy/envoy.yaml",
            "static_resources:\n  clusters:\n    - load_assignment:\n        endpoints:\n          - address: web\n",
        ),
        (
            "prom/prometheus",
            "./prometheus.yml:/etc/prometheus/prometheus.yml",
            "scrape_configs:\n  - static_configs:\n      - targets: ['web:9090']\n",
        ),
    ] {
        let file = path.split(':').next().unwrap().trim_start_matches("./");
        let file = if file == "conf.d" { "conf.d/site.conf" } else { file };
        let compose = format!(
            "services:\n  front: {{image: {image}, ports: ['80:80'], volumes: ['{path}']}}\n  web: {{image: own/web}}\n  db: {{image: postgres}}\n"
        );
        let lowered = read(&[("compose.yaml", &compose), (file, text)]);
        assert!(flows(&lowered).contains(&("front".to_owned(), "web".to_owned())), "{image}: {:?}", flows(&lowered));
        assert!(
            !flows(&lowered).contains(&("internet".to_owned(), "web".to_owned())),
            "{image}: {:?}",
            flows(&lowered)
        );
        assert!(!flows(&lowered).contains(&("front".to_owned(), "db".to_owned())), "{image}: {:?}", flows(&lowered));
    }
}

#[test]
fn labels_and_variables_put_services_behind_their_proxy() {
    let lowered = read(&[(
        "compose.yaml",
        "services:\n  edge: {image: 'traefik:v3', ports: ['443:443']}\n  web: {image: own/web, labels: ['traefik.http.routers.web.rule=Host(`x`)']}\n  hidden: {image: own/h, labels: {traefik.enable: 'false', traefik.http.routers.h.rule: x}}\n  other: {image: own/o}\n",
    )]);
    assert_eq!(flows(&lowered), set(&[("internet", "edge"), ("edge", "web")]));
    let lowered = read(&[(
        "compose.yaml",
        "services:\n  edge: {image: nginxproxy/nginx-proxy, ports: ['80:80']}\n  web: {image: own/web, environment: {VIRTUAL_HOST: shop.example.org}}\n",
    )]);
    assert_eq!(flows(&lowered), set(&[("internet", "edge"), ("edge", "web")]));
}

#[test]
fn names_that_a_service_is_told_lead_to_their_hosts() {
    let lowered = read(&[(
        "compose.yaml",
        "services:\n  app:\n    image: own/app\n    extra_hosts: ['mail:10.0.0.9', 'host:host-gateway']\n    external_links: ['other_db:store']\n    environment: {MAIL_HOST: 'mail:25', STORE_URL: 'postgres://store:5432/x', WEB_URL: 'http://host:8080'}\n  db: {image: postgres, container_name: other_db}\n  web: {image: own/web, ports: ['127.0.0.1:8080:80']}\n",
    )]);
    assert_eq!(flows(&lowered), set(&[("app", "10.0.0.9"), ("app", "db"), ("app", "web")]));
}

#[test]
fn a_port_on_a_network_that_is_cut_off_is_no_way_in() {
    let compose = |internal: bool| {
        let text = format!(
            "services:\n  db: {{image: postgres, ports: ['5432:5432'], networks: [back]}}\nnetworks: {{back: {{internal: {internal}}}}}\n"
        );
        flows(&read(&[("compose.yaml", &text)]))
    };
    assert_eq!(compose(false), set(&[("internet", "db")]));
    assert_eq!(compose(true), set(&[]));
}

#[test]
fn logins_as_delivered_are_facts_of_what_they_open() {
    let lowered = read(&[(
        "compose.yaml",
        "services:\n  mq: {image: rabbitmq}\n  db: {image: postgres, environment: {POSTGRES_PASSWORD: postgres}}\n  safe: {image: postgres, environment: {POSTGRES_PASSWORD: '${DB_PASSWORD}'}}\n  own: {image: postgres, environment: {POSTGRES_PASSWORD: k3fj49fj}}\n  app: {image: own/app, environment: {MQ_URL: 'amqp://guest:guest@mq:5672/', POSTGRES_PASSWORD: postgres, OWN_URL: 'postgres://shop:k3fj49fj@own/x'}}\n",
    )]);
    for (id, expected) in [("mq", Some(true)), ("db", Some(true)), ("safe", None), ("own", None), ("app", None)] {
        let element = component(&lowered, &format!("compose:{id}"));
        assert_eq!(element.bool(fact::DEFAULT_CREDENTIALS), expected, "{id}");
    }
}

#[test]
fn services_that_share_what_they_select_stay_bounded_and_are_told() {
    let mut text = String::new();
    for at in 0..600 {
        text.push_str(&format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: w{at}}}\nspec: {{template: {{metadata: {{labels: {{app: same}}}}, spec: {{containers: [{{name: m, image: own/w}}]}}}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{at}}}\nspec: {{selector: {{app: same}}, ports: [{{port: 80}}]}}\n"
        ));
    }
    let lowered = read(&[("all.yaml", &text)]);
    assert_eq!(lowered.model.components.len(), 600);
    assert!(
        lowered.diagnostics.iter().any(|said| said.code == "services-select-too-much"),
        "{:?}",
        lowered.diagnostics
    );
}

#[test]
fn a_mounted_project_is_not_the_settings_of_a_service() {
    let of = |mount: &str| {
        let text = format!("services:\n  app: {{image: own/app, volumes: ['{mount}']}}\n  web: {{image: own/web}}\n");
        flows(&read(&[
            ("compose.yaml", &text),
            ("conf.d/x.conf", "server {\n  location / { proxy_pass http://web:8080; }\n}\n"),
        ]))
    };
    assert_eq!(of(".:/etc/app"), set(&[]));
    assert_eq!(of("./conf.d:/srv/app"), set(&[]), "nothing looks for settings there");
    assert_eq!(of("./conf.d:/etc/nginx/conf.d"), set(&[("app", "web")]));
    // Fluentd and Logstash look for their settings there (their images' pages).
    assert_eq!(of("./conf.d:/fluentd/etc"), set(&[("app", "web")]));
    assert_eq!(of("./conf.d:/usr/share/logstash/pipeline"), set(&[("app", "web")]));
}

#[test]
fn the_folder_that_a_service_is_built_from_may_be_its_settings() {
    let of = |build: &str, mount: &str| {
        let text = format!("services:\n  app: {{build: {build}, volumes: ['{mount}']}}\n  web: {{image: own/web}}\n");
        flows(&read(&[
            ("compose.yaml", &text),
            ("nginx/nginx.conf", "server {\n  location / { proxy_pass http://web:8080; }\n}\n"),
        ]))
    };
    assert_eq!(of("./nginx", "./nginx:/etc/nginx"), set(&[("app", "web")]));
    assert_eq!(of(".", ".:/etc/nginx"), set(&[]), "the whole project is no setting");
    assert_eq!(of("./nginx", "./nginx:/srv/app"), set(&[]), "its source, where nothing looks for settings");
}
