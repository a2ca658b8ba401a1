//! What descriptions of interfaces mean: who serves them, who may call them, what they carry.

use std::collections::BTreeMap;

use vauban_cloud::lower::Lowered;
use vauban_infrastructure::Options;
use vauban_model::model::{Element, Flow, Origin};
use vauban_model::vocabulary::fact;

use crate::lower::lowered;
use crate::world::inventory;

fn read(files: &[(&str, &str)]) -> Lowered {
    let files: BTreeMap<String, String> = files.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect();
    lowered(&mut inventory(&files, &Options::default()), false)
}

fn component<'l>(lowered: &'l Lowered, id: &str) -> &'l Element {
    let found = lowered.model.components.iter().find(|one| &*one.element.id == id);
    let all: Vec<_> = lowered.model.components.iter().map(|one| &*one.element.id).collect();
    &found.unwrap_or_else(|| panic!("no {id} among {all:?}")).element
}

fn ids(lowered: &Lowered) -> Vec<&str> {
    lowered.model.components.iter().map(|one| &*one.element.id).collect()
}

fn flows<'l>(lowered: &'l Lowered, from: &str, to: &str) -> Vec<&'l Flow> {
    let at = |id: &str| lowered.model.components.iter().position(|one| &*one.element.id == id).unwrap() as u32;
    let (from, to) = (at(from), at(to));
    lowered.model.flows.iter().filter(|flow| flow.source == from && flow.target == to).collect()
}

fn carried(lowered: &Lowered, flow: &Flow, id: vauban_model::vocabulary::FactId) -> Vec<String> {
    flow.element.references(id).iter().map(|at| lowered.model.data[*at as usize].id.to_string()).collect()
}

/// A description with a server, security for all, and operations as lines.
fn described(title: &str, server: &str, operations: &str) -> String {
    format!(
        "openapi: 3.0.0\ninfo: {{title: {title}}}\nservers: [{{url: '{server}'}}]\nsecurity: [{{bearer: []}}]\ncomponents:\n  securitySchemes: {{bearer: {{type: http, scheme: bearer}}, key: {{type: apiKey, in: header, name: k}}}}\n  schemas: {{User: {{properties: {{email: {{}}, next: {{$ref: '#/components/schemas/User'}}}}}}}}\npaths:\n{operations}"
    )
}

const USER: &str = "{content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}}";

#[test]
fn an_interface_that_asks_everybody_is_one_flow_with_the_weakest_proof() {
    let operations = format!(
        "  /users: {{get: {{responses: {{'200': {USER}}}}}, post: {{security: [{{key: []}}], requestBody: {USER}}}}}\n  /health: {{get: {{security: []}}}}\n"
    );
    let lowered = read(&[("shop.yaml", &described("Shop", "https://api.shop.io", &operations))]);
    let [flow] = flows(&lowered, "internet", "api:shop.yaml")[..] else { panic!("{:?}", lowered.model.flows) };
    assert_eq!(flow.element.word(fact::AUTHENTICATION), Some("api-key"));
    assert_eq!(flow.element.word(fact::PROTOCOL), Some("https"));
    assert_eq!(flow.element.bool(fact::READ_ONLY), Some(false));
    assert_eq!(carried(&lowered, flow, fact::CARRIES), ["data:shop.yaml:personal"]);
    assert_eq!(carried(&lowered, flow, fact::RETURNS), ["data:shop.yaml:personal"]);
    let shop = component(&lowered, "api:shop.yaml");
    assert_eq!(shop.fact(fact::INTERNET_FACING).map(|fact| fact.origin), Some(Origin::Default), "a name is no proof");
    assert_eq!(shop.bool(fact::ANONYMOUS_ACCESS), None, "only its health is open");
    let data = &lowered.model.data[0];
    assert_eq!(data.fact(fact::CLASSIFICATION).map(|fact| fact.origin), Some(Origin::Default), "a guess from a name");
    assert_eq!(data.span.line, 7);
}

#[test]
fn operations_that_ask_nobody_are_one_more_flow_that_names_them() {
    let lines: String = (0..200)
        .map(|at| {
            format!("  /things/{at}: {{post: {{security: [], requestBody: {USER}}}, get: {{responses: {{}}}}}}\n")
        })
        .collect();
    let lowered = read(&[("shop.yaml", &described("Shop", "http://api.shop.io", &lines))]);
    let all = flows(&lowered, "internet", "api:shop.yaml");
    assert_eq!(all.len(), 2, "two hundred operations, two flows");
    assert_eq!(all[0].element.word(fact::AUTHENTICATION), Some("token"));
    let open = &all[1].element;
    assert_eq!(open.word(fact::AUTHENTICATION), Some("none"));
    assert_eq!(open.word(fact::PROTOCOL), Some("http"));
    assert!(open.name.starts_with("POST /things/0, ") && open.name.ends_with(" and 196 more"), "{}", open.name);
    assert_eq!(open.fact(fact::AUTHENTICATION).unwrap().span.line, 9, "where it says that nobody is asked");
    assert_eq!(ids(&lowered), ["api:shop.yaml", "internet"]);
}

#[test]
fn what_declares_no_way_to_sign_in_leaves_it_open_whether_there_is_one() {
    let text =
        "swagger: '2.0'\ninfo: {title: Old}\nhost: old.shop.io\nschemes: [http, https]\npaths: {/a: {get: {}}}\n";
    let lowered = read(&[("old.yaml", text)]);
    let [flow] = flows(&lowered, "internet", "api:old.yaml")[..] else { panic!() };
    assert_eq!(flow.element.word(fact::AUTHENTICATION), None);
    assert_eq!(flow.element.word(fact::PROTOCOL), Some("http"), "the weaker of the two");
    assert_eq!(component(&lowered, "api:old.yaml").bool(fact::ANONYMOUS_ACCESS), None);
    // An interface that is open on purpose says so for all of it.
    let open = described("Open", "https://x.shop.io", "  /a: {get: {security: [{}]}}\n");
    assert_eq!(component(&read(&[("o.yaml", &open)]), "api:o.yaml").bool(fact::ANONYMOUS_ACCESS), Some(true));
}

#[test]
fn a_server_that_is_not_public_makes_no_flow_from_the_internet() {
    for server in [
        "http://localhost:8080",
        "/v1",
        "http://orders.svc.internal",
        "http://10.0.0.7",
        "{scheme}://x",
        "http://172.20.1.1:80",
        "http://169.254.169.254",
    ] {
        let lowered = read(&[("a.yaml", &described("A", server, "  /a: {get: {security: []}}\n"))]);
        assert_eq!(ids(&lowered), ["api:a.yaml"], "{server}");
        assert_eq!(component(&lowered, "api:a.yaml").bool(fact::INTERNET_FACING), None, "{server}");
    }
}

#[test]
fn uploads_callbacks_and_administration_are_facts_of_the_interface() {
    let operations = "  /admin/photos:
    post:
      requestBody: {content: {multipart/form-data: {schema: {properties: {photo: {format: binary}}}}, application/xml: {}}}
      callbacks: {done: {'{$request.body#/url}': {post: {requestBody: {content: {a: {schema: {properties: {email: {}}}}}}}}}}
";
    let lowered = read(&[("a.yaml", &described("A", "/", operations))]);
    let api = component(&lowered, "api:a.yaml");
    assert_eq!(api.bool(fact::FETCHES_URLS), Some(true));
    assert_eq!(api.bool(fact::ADMINISTRATIVE_INTERFACE), Some(true));
    let vauban_model::model::Value::Symbols(formats) = &api.fact(fact::ACCEPTS).unwrap().value else { panic!() };
    let wanted = ["xml", "file", "form"].map(|word| vauban_model::model::symbol_of(fact::ACCEPTS, word).unwrap());
    assert!(wanted.iter().all(|symbol| formats.contains(symbol)) && formats.len() == 3, "{formats:?}");
    let [flow] = flows(&lowered, "api:a.yaml", "subscribers:a.yaml")[..] else { panic!() };
    assert_eq!(flow.element.word(fact::PROTOCOL), Some("webhook"));
    assert_eq!(carried(&lowered, flow, fact::CARRIES), ["data:a.yaml:personal"]);
}

const COMPOSE: &str = "services:\n  catalogue: {build: ./catalogue, ports: ['80:80']}\n  orders: {build: ./orders}\n  rabbitmq: {image: rabbitmq:3}\n";

#[test]
fn a_description_belongs_to_the_service_that_is_built_around_it() {
    let text = described("Goods", "/", "  /a: {post: {security: []}, get: {}}\n");
    let lowered = read(&[("compose.yaml", COMPOSE), ("catalogue/docs/openapi.yaml", &text)]);
    assert!(!ids(&lowered).contains(&"api:catalogue/docs/openapi.yaml"), "{:?}", ids(&lowered));
    let service = component(&lowered, "compose:catalogue");
    let evidence = service.extras.iter().find(|(key, _)| &**key == "described in").map(|(_, text)| &**text);
    assert!(evidence.unwrap().contains("it is built from `catalogue`"), "{evidence:?}");
    let all = flows(&lowered, "internet", "compose:catalogue");
    let proofs: Vec<_> = all.iter().map(|flow| flow.element.word(fact::AUTHENTICATION)).collect();
    assert_eq!(proofs, [Some("token"), Some("none")]);
}

#[test]
fn a_description_belongs_to_its_host_or_its_namesake_and_to_nobody_when_two_are_as_likely() {
    let by_host = described("Goods", "http://orders:8080", "  /a: {get: {}}\n");
    let lowered = read(&[("compose.yaml", COMPOSE), ("docs/x.yaml", &by_host)]);
    assert!(component(&lowered, "compose:orders").extras.iter().any(|(key, _)| &**key == "described in"));
    let by_name = described("Orders API", "/", "  /a: {get: {}}\n");
    let lowered = read(&[("compose.yaml", COMPOSE), ("docs/x.yaml", &by_name)]);
    assert!(component(&lowered, "compose:orders").extras.iter().any(|(key, _)| &**key == "described in"));
    // Two services that are built from the same folder.
    let two = "services:\n  a: {build: .}\n  b: {build: .}\n";
    let lowered = read(&[("compose.yaml", two), ("openapi.yaml", &described("Goods", "/", "  /a: {get: {}}\n"))]);
    assert!(ids(&lowered).contains(&"api:openapi.yaml"));
    assert!(lowered.diagnostics.iter().any(|said| said.code == "description-of-several"), "{:?}", lowered.diagnostics);
}

#[test]
fn a_description_that_is_a_gateways_body_is_the_gateways() {
    let terraform = "resource \"aws_api_gateway_rest_api\" \"pay\" {\n  name = \"pay\"\n  body = file(\"${path.module}/pay.yaml\")\n}\n";
    let text = described(
        "Payments",
        "/",
        "  /a: {post: {requestBody: {content: {a: {schema: {properties: {cardNumber: {}}}}}}}}\n",
    );
    let lowered = read(&[("infra/main.tf", terraform), ("infra/pay.yaml", &text)]);
    let gateway = component(&lowered, "infra:aws_api_gateway_rest_api.pay");
    assert!(!ids(&lowered).contains(&"api:infra/pay.yaml"), "{:?}", ids(&lowered));
    assert_eq!(gateway.references(fact::HANDLES).len(), 1);
    // A scheme that the gateway does not enforce is no proof.
    let proof = flows(&lowered, "internet", "infra:aws_api_gateway_rest_api.pay")[0].element.word(fact::AUTHENTICATION);
    assert_eq!(proof, None);
}

#[test]
fn messages_flow_between_the_application_and_its_broker() {
    let text = "asyncapi: 3.0.0
info: {title: Orders events}
servers: {bus: {host: 'rabbitmq:5672', protocol: amqp, security: [{type: scramSha256}]}}
channels: {orders: {address: shop.orders, messages: {o: {payload: {properties: {email: {}}}}}}}
operations: {place: {action: send, channel: {$ref: '#/channels/orders'}}, heard: {action: receive, channel: {$ref: '#/channels/orders'}}}
";
    let lowered = read(&[("compose.yaml", COMPOSE), ("orders/asyncapi.yaml", text)]);
    for (from, to) in [("compose:orders", "compose:rabbitmq"), ("compose:rabbitmq", "compose:orders")] {
        let [flow] = flows(&lowered, from, to)[..] else { panic!("{from} to {to}") };
        assert_eq!(flow.element.word(fact::PROTOCOL), Some("amqp"));
        assert_eq!(flow.element.word(fact::AUTHENTICATION), Some("credentials"));
        assert_eq!(flow.element.word(fact::FLOW_EVIDENCE), Some("addressed"));
        assert_eq!(flow.element.bool(fact::ASYNCHRONOUS), Some(true));
        assert_eq!(carried(&lowered, flow, fact::CARRIES), ["data:orders/asyncapi.yaml:personal"]);
    }
    // On its own: the application, and a broker that both descriptions share.
    let alone = text.replace("rabbitmq:5672", "bus.shop.io:5671").replace("amqp,", "amqps,");
    let lowered = read(&[("a.yaml", &alone), ("b.yaml", &alone.replace("Orders events", "Stock events"))]);
    assert_eq!(ids(&lowered), ["api:broker:amqps://bus.shop.io:5671", "api:a.yaml", "api:b.yaml"]);
    let broker = component(&lowered, "api:broker:amqps://bus.shop.io:5671");
    assert_eq!(broker.bool(fact::PUBLIC_ADDRESS), Some(true));
    assert_eq!(broker.word(fact::KIND), Some("data-store"));
}

#[test]
fn a_description_of_messages_alone_is_nothing_that_runs() {
    let text =
        "openapi: 3.0.0\ninfo: {title: Events}\npaths: {}\ncomponents: {schemas: {Event: {properties: {email: {}}}}}\n";
    let lowered = read(&[("events.yaml", text)]);
    assert!(lowered.model.components.is_empty() && lowered.model.data.is_empty(), "{:?}", ids(&lowered));
}

#[test]
fn a_workload_that_names_the_file_serves_it() {
    let manifest = "apiVersion: apps/v1
kind: Deployment
metadata: {name: front, annotations: {docs/spec: ./docs/openapi.yaml}}
spec: {template: {spec: {containers: [{name: a, image: x}]}}}
";
    let text = described("Goods", "/", "  /a: {get: {}}\n");
    let lowered = read(&[("k8s/front.yaml", manifest), ("docs/openapi.yaml", &text)]);
    let front = component(&lowered, "k8s:default/Deployment/front");
    assert!(front.extras.iter().any(|(key, text)| &**key == "described in" && text.contains("names the file")));
    assert_eq!(front.bool(fact::ANONYMOUS_ACCESS), Some(false));
}
