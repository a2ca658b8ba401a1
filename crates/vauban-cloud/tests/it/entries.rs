//! Ways into a cluster by its own objects and those of extensions, and what operators make.

use std::collections::{BTreeMap, BTreeSet};

use vauban_cloud::lower::Lowered;
use vauban_infrastructure::Options;
use vauban_model::model::Element;
use vauban_model::vocabulary::fact;

use crate::lower::{component, known, lowered};
use crate::world::inventory;

fn read(files: &[(&str, &str)]) -> Lowered {
    let files: BTreeMap<String, String> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    lowered(&mut inventory(&files, &Options::default()), false)
}

fn one(text: &str) -> Lowered {
    read(&[("all.yaml", text)])
}

/// Flows as pairs of names.
fn flows(lowered: &Lowered) -> BTreeSet<(String, String)> {
    let name = |at: u32| lowered.model.components[at as usize].element.name.to_string();
    lowered.model.flows.iter().map(|flow| (name(flow.source), name(flow.target))).collect()
}

fn has(lowered: &Lowered, from: &str, to: &str) -> bool {
    flows(lowered).contains(&(from.to_owned(), to.to_owned()))
}

fn flow<'l>(lowered: &'l Lowered, from: &str, to: &str) -> &'l Element {
    let name = |at: u32| &*lowered.model.components[at as usize].element.name;
    let found = lowered.model.flows.iter().find(|flow| name(flow.source) == from && name(flow.target) == to);
    &found.unwrap_or_else(|| panic!("no {from} to {to} among {:?}", flows(lowered))).element
}

/// A workload with a service.
fn web(name: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: m, image: own/{name}, ports: [{{containerPort: 8080}}]}}]}}}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}\nspec: {{selector: {{app: {name}}}, ports: [{{port: 80, targetPort: 8080, name: http}}]}}\n"
    )
}

fn caller(env: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: app, namespace: shop}}\nspec: {{template: {{metadata: {{labels: {{app: app}}}}, spec: {{containers: [{{name: m, image: own/app, env: [{env}]}}]}}}}}}\n"
    )
}

#[test]
fn routes_of_extensions_lead_from_the_internet_to_their_workloads() {
    for (front, route) in [
        (
            "r",
            "apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: r, namespace: shop}\nspec: {entryPoints: [websecure], routes: [{match: Host(`x`), kind: Rule, services: [{name: web, port: 80}]}], tls: {}}",
        ),
        (
            "r",
            "apiVersion: traefik.io/v1alpha1\nkind: IngressRouteTCP\nmetadata: {name: r, namespace: shop}\nspec: {routes: [{match: HostSNI(`*`), services: [{name: web, port: 80}]}]}",
        ),
        (
            "r",
            "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {name: r, namespace: shop}\nspec: {virtualhost: {fqdn: x.example.org}, routes: [{services: [{name: web, port: 80}]}]}",
        ),
        (
            "r",
            "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: r, namespace: shop}\nspec: {to: {kind: Service, name: web}, tls: {termination: edge}}",
        ),
        (
            "r",
            "apiVersion: getambassador.io/v3alpha1\nkind: Mapping\nmetadata: {name: r, namespace: edge}\nspec: {prefix: /x, service: 'http://web.shop:80'}",
        ),
        (
            "r",
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: shop}\nspec: {parentRefs: [{name: elsewhere, namespace: infra}], rules: [{backendRefs: [{name: web, port: 80}]}]}",
        ),
        (
            "r",
            "apiVersion: configuration.konghq.com/v1beta1\nkind: TCPIngress\nmetadata: {name: r, namespace: shop}\nspec: {rules: [{port: 9000, backend: {serviceName: web, servicePort: 80}}]}",
        ),
    ] {
        let lowered = one(&format!("{route}\n{}", web("web")));
        assert!(has(&lowered, "internet", front), "{route}: {:?}", flows(&lowered));
        assert!(has(&lowered, front, "web"), "{route}: {:?}", flows(&lowered));
        assert!(!has(&lowered, "internet", "web"), "{route}: {:?}", flows(&lowered));
    }
}

#[test]
fn a_route_whose_gateway_is_here_is_no_way_in_of_its_own() {
    let lowered = one(&format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g, namespace: shop}}\nspec: {{listeners: [{{name: s, protocol: HTTPS, port: 443}}]}}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r, namespace: shop}}\nspec: {{parentRefs: [{{name: g}}], rules: [{{backendRefs: [{{name: web, port: 80}}]}}]}}\n{}",
        web("web")
    ));
    assert_eq!(flows(&lowered), [("internet", "g"), ("g", "web")].map(|(a, b)| (a.to_owned(), b.to_owned())).into());
}

const TRAEFIK: &str = "apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: login, namespace: shop}
spec: {forwardAuth: {address: 'http://auth'}}
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: office, namespace: shop}
spec: {ipAllowList: {sourceRange: [10.0.0.0/8]}}
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: both, namespace: shop}
spec: {chain: {middlewares: [{name: login}]}}
---
";

fn traefik(routes: &str) -> Lowered {
    one(&traefik_text(routes))
}

fn traefik_text(routes: &str) -> String {
    format!(
        "{TRAEFIK}apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {{name: r, namespace: shop}}\nspec: {{entryPoints: [web], routes: [{routes}]}}\n{}",
        web("web")
    )
}

#[test]
fn middlewares_say_how_callers_prove_who_they_are() {
    let guarded = traefik("{match: a, middlewares: [{name: both}], services: [{name: web, port: 80}]}");
    assert_eq!(flow(&guarded, "internet", "r").word(fact::AUTHENTICATION), Some("session"));
    let office = traefik("{match: a, middlewares: [{name: office}], services: [{name: web, port: 80}]}");
    assert!(!has(&office, "internet", "web"), "{:?}", flows(&office));
    assert!(!has(&office, "internet", "r"), "{:?}", flows(&office));
}

#[test]
fn an_open_rule_among_guarded_ones_is_told_by_its_address() {
    let lowered = traefik(
        "{match: 'Host(`a.example`) && PathPrefix(`/admin`)', middlewares: [{name: login}], services: [{name: web, port: 80}]}, {match: 'Host(`a.example`) && PathPrefix(`/api`)', services: [{name: web, port: 80}]}",
    );
    let told: Vec<(&str, &str, Option<&str>)> = lowered
        .model
        .flows
        .iter()
        .map(|flow| (&*flow.element.id, &*flow.element.name, flow.element.word(fact::AUTHENTICATION)))
        .collect();
    let (route, web) = ("k8s:shop/IngressRoute/r", "k8s:shop/Deployment/web");
    assert!(told.contains(&(&format!("internet->{route}"), "internet to r", Some("session"))), "{told:?}");
    assert!(told.contains(&(&format!("internet->{route}#open"), "a.example/api", None)), "{told:?}");
    assert!(told.contains(&(&format!("{route}->{web}"), "r to web", None)), "{told:?}");
    assert!(told.contains(&(&format!("{route}->{web}#open"), "a.example/api", None)), "{told:?}");
    // Where nothing is guarded, one flow says it all.
    let open = traefik("{match: 'Host(`a.example`)', services: [{name: web, port: 80}]}");
    assert!(open.model.flows.iter().all(|flow| !flow.element.id.contains('#')), "{:?}", flows(&open));
    // What only sends to another address, and what a middleware guards that is not here, is not called open.
    for rule in [
        "{match: b, middlewares: [{name: https}], services: [{name: web}]}",
        "{match: b, middlewares: [{name: sso}], services: [{name: web}]}",
    ] {
        let text =
            traefik_text(&format!("{{match: a, middlewares: [{{name: login}}], services: [{{name: web}}]}}, {rule}"));
        let text = format!(
            "apiVersion: traefik.io/v1alpha1\nkind: Middleware\nmetadata: {{name: https, namespace: shop}}\nspec: {{redirectScheme: {{scheme: https}}}}\n---\n{text}"
        );
        let lowered = one(&text);
        assert!(lowered.model.flows.iter().all(|flow| !flow.element.id.contains('#')), "{rule}");
        let expected = rule.contains("https").then_some("session");
        assert_eq!(flow(&lowered, "internet", "r").word(fact::AUTHENTICATION), expected, "{rule}");
    }
}

#[test]
fn a_rule_that_only_sends_http_to_https_is_open_over_https() {
    let of = |points: &str, service: &str| {
        let rules = format!(
            "{{match: a, middlewares: [{{name: login}}], services: [{{name: web}}]}}, {{match: b, middlewares: [{{name: https}}], services: [{{name: {service}}}]}}"
        );
        let text = traefik_text(&rules).replace("entryPoints: [web]", points);
        one(&format!(
            "apiVersion: traefik.io/v1alpha1\nkind: Middleware\nmetadata: {{name: https, namespace: shop}}\nspec: {{redirectScheme: {{scheme: https}}}}\n---\n{text}"
        ))
    };
    let is_open = |lowered: &Lowered| lowered.model.flows.iter().any(|flow| flow.element.id.contains('#'));
    assert!(!is_open(&of("entryPoints: [web]", "web")));
    assert!(is_open(&of("entryPoints: [web, websecure]", "web")));
    assert!(is_open(&of("entryPoints: [web], tls: {}", "web")));
    assert!(!is_open(&of("entryPoints: [web, websecure]", "noop@internal")));
}

/// A Traefik with a service.
fn proxy(args: &str, service: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: edge, namespace: edge}}\nspec: {{template: {{metadata: {{labels: {{app: edge}}}}, spec: {{containers: [{{name: t, image: 'traefik:v3.1', args: [{args}]}}]}}}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: edge, namespace: edge}}\nspec: {{{service}, selector: {{app: edge}}, ports: [{{port: 80, targetPort: 80, name: a}}, {{port: 8080, targetPort: 8080, name: b}}]}}\n"
    )
}

#[test]
fn a_route_of_traefik_is_reached_as_the_traefik_of_its_code_is() {
    let routes = traefik_text("{match: a, services: [{name: web, port: 80}]}");
    let with = |args: &str, service: &str| one(&format!("{routes}{}", proxy(args, service)));
    let assumed = |lowered: &Lowered| flow(lowered, "internet", "r").words(fact::REFUSED_BY).len();
    // Without a Traefik, that it is reachable is assumed.
    assert_eq!(assumed(&one(&routes)), 1);
    let public = with("--entryPoints.web.address=:80", "type: LoadBalancer");
    assert!(has(&public, "edge", "r"), "{:?}", flows(&public));
    assert_eq!(assumed(&public), 0);
    let inside = with("", "type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8]");
    assert_eq!(assumed(&inside), 1, "what its balancer admits is not known of other ways in");
    for args in [
        "--providers.kubernetescrd.ingressclass=other",
        "--entryPoints.other.address=:80",
        "--providers.kubernetescrd.namespaces=prod",
    ] {
        let other = with(args, "type: LoadBalancer");
        assert!(!has(&other, "edge", "r"), "{args}: {:?}", flows(&other));
        assert_eq!(assumed(&other), 1, "{args}");
    }
}

#[test]
fn a_proxy_with_an_inner_balancer_may_have_another_way_in() {
    let routes = traefik_text("{match: a, services: [{name: web, port: 80}]}");
    let inner = proxy("--entryPoints.web.address=:80", "type: LoadBalancer").replace(
        "kind: Service\nmetadata: {name: edge, namespace: edge}",
        "kind: Service\nmetadata: {name: edge, namespace: edge, annotations: {service.beta.kubernetes.io/aws-load-balancer-scheme: internal}}",
    );
    let ingress = |class: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i, namespace: edge}}\nspec: {{ingressClassName: {class}, rules: [{{http: {{paths: [{{path: /, backend: {{service: {{name: edge, port: {{number: 80}}}}}}}}]}}}}]}}\n"
        )
    };
    assert!(!has(&one(&format!("{routes}{inner}")), "internet", "r"));
    let through = one(&format!("{routes}{inner}{}", ingress("nginx")));
    assert_eq!(flow(&through, "internet", "r").words(fact::REFUSED_BY).len(), 1);
    // One that the proxy answers itself is no way to it.
    assert!(!has(&one(&format!("{routes}{inner}{}", ingress("traefik"))), "internet", "r"));
}

#[test]
fn an_interface_behind_middlewares_of_its_entry_point_may_be_guarded() {
    let rule = traefik_text("{match: a, services: [{name: api@internal, kind: TraefikService}]}");
    let asked = |args: &str| {
        let lowered = one(&format!("{rule}{}", proxy(args, "type: LoadBalancer")));
        let found = lowered.model.flows.iter().find(|flow| flow.element.id.ends_with("r#dashboard")).unwrap();
        assert_eq!(found.element.word(fact::USAGE), Some("administration"));
        found.element.word(fact::AUTHENTICATION).map(str::to_owned)
    };
    assert_eq!(asked("--entryPoints.web.address=:80"), Some("none".to_owned()));
    let guarded = "--entryPoints.web.address=:80, --entryPoints.web.http.middlewares=edge-login@kubernetescrd";
    assert_eq!(asked(guarded), None);
    let other = "--entryPoints.web.address=:80, --entryPoints.other.http.middlewares=edge-login@kubernetescrd";
    assert_eq!(asked(other), Some("none".to_owned()));
}

#[test]
fn the_interface_of_a_proxy_that_asks_nobody_is_administration() {
    let usage = |lowered: &Lowered, target: &str| {
        let name = |at: u32| &*lowered.model.components[at as usize].element.name;
        let mut of_it =
            lowered.model.flows.iter().filter(|flow| name(flow.source) == "internet" && name(flow.target) == target);
        of_it.any(|flow| {
            flow.element.word(fact::USAGE) == Some("administration")
                && flow.element.word(fact::AUTHENTICATION) == Some("none")
        })
    };
    let open = one(&format!("{}{}", web("web"), proxy("--api.insecure=true", "type: LoadBalancer")));
    assert!(usage(&open, "edge"), "{:?}", flows(&open));
    for (args, service) in [
        ("--api.insecure=false", "type: LoadBalancer"),
        ("--api.insecure=true", "type: ClusterIP"),
        ("--api.insecure=true, --entryPoints.traefik.address=:9000", "type: LoadBalancer"),
    ] {
        let closed = one(&format!("{}{}", web("web"), proxy(args, service)));
        assert!(!usage(&closed, "edge"), "{args}");
    }
    let rule = |middlewares: &str| {
        traefik(&format!("{{match: a, {middlewares}services: [{{name: api@internal, kind: TraefikService}}]}}"))
    };
    assert!(usage(&rule(""), "r"));
    assert!(!usage(&rule("middlewares: [{name: login}], "), "r"));
}

#[test]
fn listeners_that_strimzi_opens_are_ways_in() {
    let kafka = |listeners: &str| {
        one(&format!(
            "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {{name: bus, namespace: shop}}\nspec: {{kafka: {{listeners: [{listeners}]}}}}\n{}",
            web("web")
        ))
    };
    let open = kafka(
        "{name: plain, port: 9092, type: internal, tls: false}, {name: out, port: 9094, type: loadbalancer, tls: false}",
    );
    let way = flow(&open, "internet", "bus");
    assert_eq!((way.word(fact::PROTOCOL), way.word(fact::AUTHENTICATION)), (Some("kafka"), Some("none")));
    assert!(way.words(fact::REFUSED_BY).is_empty());
    let guarded = kafka("{name: out, port: 9094, type: route, tls: true, authentication: {type: tls}}");
    let way = flow(&guarded, "internet", "bus");
    assert_eq!(
        (way.word(fact::PROTOCOL), way.word(fact::AUTHENTICATION)),
        (Some("kafka-tls"), Some("client-certificate"))
    );
    let nodes = kafka("{name: out, port: 9094, type: nodeport, tls: true}");
    assert_eq!(flow(&nodes, "internet", "bus").words(fact::REFUSED_BY).len(), 1);
    let balancer = "{name: out, port: 9094, type: loadbalancer, tls: true, configuration: {bootstrap: {annotations: {service.beta.kubernetes.io/aws-load-balancer-scheme: internal}}}}";
    for inside in ["{name: plain, port: 9092, type: internal, tls: false}", balancer] {
        let lowered = kafka(inside);
        assert!(!has(&lowered, "internet", "bus"), "{inside}");
    }
    let bus = |lowered: &Lowered| component(lowered, "k8s:shop/Kafka/bus").bool(fact::INTERNET_FACING);
    assert_eq!(bus(&kafka("{name: plain, port: 9092, type: internal, tls: false}")), Some(false));
}

#[test]
fn a_listener_of_strimzi_is_opened_to_the_peers_of_its_policy() {
    let kafka = |kind: &str, peers: &str| {
        one(&format!(
            "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {{name: bus, namespace: shop}}\nspec: {{kafka: {{listeners: [{{name: out, port: 9094, type: {kind}, tls: true, networkPolicyPeers: [{peers}]}}]}}}}\n{}",
            web("web")
        ))
    };
    let pods = "{podSelector: {matchLabels: {app: web}}}";
    assert!(!has(&kafka("loadbalancer", pods), "internet", "bus"));
    // Pods of the ingress controller bring in everybody.
    assert!(has(&kafka("ingress", pods), "internet", "bus"));
    assert!(has(&kafka("loadbalancer", ""), "internet", "bus"));
    let block = |except: &str| format!("{{ipBlock: {{cidr: 0.0.0.0/0, except: [{except}]}}}}");
    let most = kafka("loadbalancer", &block("10.0.0.0/8"));
    assert!(flow(&most, "internet", "bus").words(fact::REFUSED_BY).is_empty());
    assert!(!has(&kafka("loadbalancer", &block("0.0.0.0/1, 128.0.0.0/1")), "internet", "bus"));
    // What one leaves out, another one may let in.
    let both = format!("{}, {{ipBlock: {{cidr: 128.0.0.0/1}}}}", block("0.0.0.0/1, 128.0.0.0/1"));
    assert!(has(&kafka("loadbalancer", &both), "internet", "bus"));
}

#[test]
fn plugins_and_policies_guard_the_routes_they_are_for() {
    let kong = one(&format!(
        "apiVersion: configuration.konghq.com/v1\nkind: KongPlugin\nmetadata: {{name: keys, namespace: shop}}\nplugin: key-auth\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i, namespace: shop, annotations: {{konghq.com/plugins: keys}}}}\nspec: {{rules: [{{http: {{paths: [{{path: /, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]}}\n{}",
        web("web")
    ));
    assert_eq!(flow(&kong, "internet", "i").word(fact::AUTHENTICATION), Some("api-key"));
    let envoy = one(&format!(
        "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: SecurityPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {{targetRefs: [{{kind: Gateway, name: g}}], oidc: {{clientID: x}}}}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g, namespace: shop}}\nspec: {{listeners: [{{protocol: HTTPS, port: 443}}]}}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r, namespace: shop}}\nspec: {{parentRefs: [{{name: g}}], rules: [{{backendRefs: [{{name: web, port: 80}}]}}]}}\n{}",
        web("web")
    ));
    assert_eq!(flow(&envoy, "internet", "g").word(fact::AUTHENTICATION), Some("federated"));
}

#[test]
fn a_route_on_two_gateways_is_guarded_by_what_both_ask_for() {
    let of = |guarded: &str| {
        let gateway = |name: &str| {
            format!(
                "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{listeners: [{{protocol: HTTPS, port: 443}}]}}\n---\n"
            )
        };
        let text = format!(
            "{}{}apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: SecurityPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {{targetRefs: [{guarded}], oidc: {{clientID: x}}}}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r, namespace: shop}}\nspec: {{parentRefs: [{{name: g}}, {{name: h}}], rules: [{{backendRefs: [{{name: web, port: 80}}]}}]}}\n",
            gateway("g"),
            gateway("h")
        );
        let files = BTreeMap::from([("all.yaml".to_owned(), text)]);
        let mut inventory = inventory(&files, &Options::default());
        crate::catalogue::catalogue().canonicalise(&mut inventory);
        let route = inventory.resources.iter().find(|one| &*one.ty == "k8s:HTTPRoute").unwrap();
        route.text("guard.authentication").map(str::to_owned)
    };
    assert_eq!(of("{kind: Gateway, name: g}, {kind: Gateway, name: h}").as_deref(), Some("federated"));
    assert_eq!(of("{kind: Gateway, name: g}"), None, "the other one lets everybody in");
}

#[test]
fn services_lead_to_the_hosts_they_stand_for() {
    let lowered = read(&[(
        "all.yaml",
        &format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: pay, namespace: shop}}\nspec: {{type: ExternalName, externalName: api.payments.example.com}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: legacy, namespace: shop}}\nspec: {{ports: [{{port: 5432}}]}}\n---\napiVersion: v1\nkind: Endpoints\nmetadata: {{name: legacy, namespace: shop}}\nsubsets: [{{addresses: [{{ip: 10.9.8.7}}], ports: [{{port: 5432}}]}}]\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: alias, namespace: shop}}\nspec: {{type: ExternalName, externalName: web.shop.svc.cluster.local}}\n{}{}",
            web("web"),
            caller(
                "{name: PAY_URL, value: 'http://pay'}, {name: DB, value: 'postgres://legacy:5432/x'}, {name: WEB_URL, value: 'http://alias'}"
            )
        ),
    )]);
    assert!(has(&lowered, "app", "api.payments.example.com"), "{:?}", flows(&lowered));
    assert!(has(&lowered, "app", "10.9.8.7"), "{:?}", flows(&lowered));
    assert!(has(&lowered, "app", "web"), "{:?}", flows(&lowered));
    assert_eq!(flows(&lowered).len(), 3);
}

#[test]
fn a_name_in_a_namespace_that_is_not_here_is_told() {
    let lowered = one(&caller(
        "{name: BILLING_URL, value: 'http://billing.pay.svc.cluster.local:80'}, {name: GONE_URL, value: 'http://gone.shop.svc:80'}, {name: API, value: 'https://kubernetes.default.svc'}",
    ));
    assert_eq!(flows(&lowered), [("app".to_owned(), "billing.pay.svc".to_owned())].into());
}

#[test]
fn what_operators_make_has_its_hosts_and_its_kind() {
    for (object, host, id, kind) in [
        (
            "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db, namespace: shop}\nspec: {instances: 3}",
            "db-rw.shop.svc:5432",
            "k8s:shop/CloudNativePG/db",
            "data-store",
        ),
        (
            "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: db, namespace: shop}\nspec: {teamId: x}",
            "db-pooler:5432",
            "k8s:shop/postgresql/db",
            "data-store",
        ),
        (
            "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {name: bus, namespace: shop}\nspec: {kafka: {}}",
            "bus-kafka-bootstrap.shop:9092",
            "k8s:shop/Kafka/bus",
            "data-store",
        ),
        (
            "apiVersion: rabbitmq.com/v1beta1\nkind: RabbitmqCluster\nmetadata: {name: mq, namespace: shop}\nspec: {}",
            "amqp://mq.shop.svc:5672",
            "k8s:shop/RabbitmqCluster/mq",
            "data-store",
        ),
        (
            "apiVersion: elasticsearch.k8s.elastic.co/v1\nkind: Elasticsearch\nmetadata: {name: es, namespace: shop}\nspec: {}",
            "https://es-es-http:9200",
            "k8s:shop/Elasticsearch/es",
            "data-store",
        ),
        (
            "apiVersion: mongodbcommunity.mongodb.com/v1\nkind: MongoDBCommunity\nmetadata: {name: m, namespace: shop}\nspec: {}",
            "mongodb://m-0.m-svc.shop.svc.cluster.local:27017/x",
            "k8s:shop/MongoDBCommunity/m",
            "data-store",
        ),
    ] {
        let lowered = one(&format!("{object}\n{}", caller(&format!("{{name: X_URL, value: '{host}'}}"))));
        let element = component(&lowered, id);
        assert_eq!(known(element, fact::KIND).map(|(word, _)| word), Some(kind), "{id}");
        assert!(has(&lowered, "app", &element.name), "{id}: {:?}", flows(&lowered));
    }
}

#[test]
fn a_workload_that_scales_by_a_queue_takes_its_work_from_it() {
    let lowered = one(&format!(
        "apiVersion: rabbitmq.com/v1beta1\nkind: RabbitmqCluster\nmetadata: {{name: mq, namespace: shop}}\nspec: {{}}\n---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {{name: s, namespace: shop}}\nspec: {{scaleTargetRef: {{name: app}}, triggers: [{{type: rabbitmq, metadata: {{host: 'amqp://mq.shop.svc:5672', queueName: q}}}}, {{type: prometheus, metadata: {{serverAddress: 'http://prom.shop:9090'}}}}]}}\n{}",
        caller("")
    ));
    assert_eq!(flows(&lowered), [("app".to_owned(), "mq".to_owned())].into());
}

#[test]
fn a_service_monitor_says_who_is_watched() {
    let lowered = one(&format!(
        "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {{name: prom, namespace: watch}}\nspec: {{}}\n---\napiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {{name: m, namespace: watch}}\nspec: {{selector: {{matchLabels: {{app: web}}}}, namespaceSelector: {{matchNames: [shop]}}, endpoints: [{{port: http}}]}}\n{}{}",
        web("web"),
        web("other")
    ));
    assert_eq!(flows(&lowered), [("prom".to_owned(), "web".to_owned())].into());
}

#[test]
fn a_store_of_external_secrets_fetches_from_its_vault() {
    let lowered = read(&[
        ("main.tf", "resource \"aws_secretsmanager_secret\" \"db\" { name = \"shop/db\" }\n"),
        (
            "all.yaml",
            "apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {name: aws, namespace: shop}\nspec: {provider: {aws: {service: SecretsManager, region: eu-west-1}}}\n---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: db, namespace: shop}\nspec: {secretStoreRef: {name: aws, kind: SecretStore}, data: [{secretKey: p, remoteRef: {key: shop/db}}]}\n---\napiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {name: hv}\nspec: {provider: {vault: {server: 'https://vault.example.org:8200'}}}\n",
        ),
    ]);
    assert!(has(&lowered, "hv", "vault.example.org"), "{:?}", flows(&lowered));
    assert!(flows(&lowered).iter().any(|(from, _)| from == "aws"), "{:?}", flows(&lowered));
}

#[test]
fn a_chart_that_is_not_here_is_what_it_is_called_after() {
    let lowered = read(&[
        (
            "apps.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: cache, namespace: argocd}\nspec:\n  destination: {namespace: shop}\n  source: {repoURL: https://charts.example.org, chart: redis}\n",
        ),
        ("app.yaml", &caller("{name: REDIS_HOST, value: cache-redis-master}")),
    ]);
    let cache = component(&lowered, "k8s:argocd/Application/cache");
    assert_eq!(known(cache, fact::KIND).map(|(word, _)| word), Some("data-store"));
    assert!(cache.words(fact::TECHNOLOGY).iter().any(|word| &**word == "redis"));
    assert_eq!(cache.bool(fact::ANONYMOUS_ACCESS), None, "the chart has defaults of its own");
    assert!(has(&lowered, "app", "cache"), "{:?}", flows(&lowered));
}

#[test]
fn a_proxy_of_the_provider_that_asks_who_calls_guards_an_ingress() {
    let ingress = |service: &str| {
        let lowered = one(&format!(
            "apiVersion: cloud.google.com/v1\nkind: BackendConfig\nmetadata: {{name: iap, namespace: shop}}\nspec: {{iap: {{enabled: true}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: in, namespace: shop, annotations: {{cloud.google.com/backend-config: '{{\"default\": \"iap\"}}'}}}}\nspec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i, namespace: shop}}\nspec: {{rules: [{{http: {{paths: [{{path: /, backend: {{service: {{name: {service}, port: {{number: 80}}}}}}}}]}}}}]}}\n{}",
            web("web")
        ));
        flow(&lowered, "internet", "i").word(fact::AUTHENTICATION).map(str::to_owned)
    };
    assert_eq!(ingress("in").as_deref(), Some("federated"));
    assert_eq!(ingress("web"), None);
}

#[test]
fn a_name_of_another_namespace_does_not_take_the_place_of_ones_own() {
    let lowered = one(&format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: other}}\nspec: {{type: ExternalName, externalName: api.example.com}}\n{}{}",
        web("web"),
        caller("{name: WEB_URL, value: 'http://web'}")
    ));
    assert!(has(&lowered, "app", "web"), "{:?}", flows(&lowered));
    assert!(!has(&lowered, "app", "api.example.com"), "{:?}", flows(&lowered));
}

#[test]
fn tokens_that_a_proxy_only_knows_are_not_demanded() {
    let proxy = |provider: &str| {
        let lowered = one(&format!(
            "apiVersion: projectcontour.io/v1\nkind: HTTPProxy\nmetadata: {{name: r, namespace: shop}}\nspec: {{virtualhost: {{fqdn: x.example.org, jwtProviders: [{{name: p{provider}}}]}}, routes: [{{services: [{{name: web, port: 80}}]}}]}}\n{}",
            web("web")
        ));
        flow(&lowered, "internet", "r").word(fact::AUTHENTICATION).map(str::to_owned)
    };
    assert_eq!(proxy(""), None);
    assert_eq!(proxy(", default: true").as_deref(), Some("token"));
}

#[test]
fn a_chain_in_a_chain_asks_for_what_its_parts_ask() {
    let outer = "apiVersion: traefik.io/v1alpha1\nkind: Middleware\nmetadata: {name: all, namespace: shop}\nspec: {chain: {middlewares: [{name: limit}, {name: both}]}}\n---\napiVersion: traefik.io/v1alpha1\nkind: Middleware\nmetadata: {name: limit, namespace: shop}\nspec: {rateLimit: {average: 9}}\n---\n";
    let rest = traefik_text("{match: a, middlewares: [{name: all}], services: [{name: web, port: 80}]}");
    let lowered = one(&format!("{outer}{rest}"));
    assert_eq!(flow(&lowered, "internet", "r").word(fact::AUTHENTICATION), Some("session"));
}

#[test]
fn an_ingress_with_a_certificate_by_annotation_is_not_in_the_clear() {
    let protocol = |annotations: &str| {
        let lowered = one(&format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i, namespace: shop, annotations: {{{annotations}}}}}\nspec: {{rules: [{{http: {{paths: [{{path: /, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]}}\n{}",
            web("web")
        ));
        flow(&lowered, "internet", "i").word(fact::PROTOCOL).map(str::to_owned)
    };
    assert_eq!(protocol("").as_deref(), Some("http"));
    for annotation in [
        "traefik.ingress.kubernetes.io/router.tls: 'true'",
        "networking.gke.io/managed-certificates: shop",
        "alb.ingress.kubernetes.io/certificate-arn: 'arn:aws:acm:eu-west-1:111122223333:certificate/x'",
    ] {
        assert_eq!(protocol(annotation).as_deref(), Some("https"), "{annotation}");
    }
    assert_eq!(protocol("traefik.ingress.kubernetes.io/router.tls: 'false'").as_deref(), Some("http"));
}
