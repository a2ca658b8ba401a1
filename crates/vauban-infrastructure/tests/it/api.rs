//! Descriptions of interfaces: OpenAPI, Swagger, AsyncAPI.

use proptest::prelude::*;
use vauban_infrastructure::{Options, Output};
use vauban_model::resource::{Resource, Source, Value};

use crate::support::{addresses, codes, corpus, read_disk, read_folder};

fn read(files: &[(&str, &str)]) -> Output {
    read_folder(files, &Options::default())
}

fn resource<'o>(output: &'o Output, address: &str) -> &'o Resource {
    output
        .inventory
        .resources
        .iter()
        .find(|resource| &*resource.address == address)
        .unwrap_or_else(|| panic!("no {address} among {:?}; said: {:?}", addresses(output), output.diagnostics))
}

/// Names as they stand, references as the address.
fn parts(resource: &Resource, path: &str) -> Vec<String> {
    let list = resource.get(path).and_then(Value::as_list).unwrap_or_default();
    list.iter()
        .map(|part| match part.as_reference() {
            Some(reference) => format!("-> {}", reference.address),
            None => part.as_text().unwrap_or("?").to_owned(),
        })
        .collect()
}

const SHOP: &str = r#"openapi: 3.1.0
info: {title: Shop}
servers:
  - url: https://{region}.shop.io/{base}
    variables: {region: {default: eu}, base: {enum: [v1, v2]}}
security: [{key: []}]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    Node: {properties: {email: {type: string}, next: {$ref: '#/components/schemas/Node'}, pet: {$ref: 'pet.json#/defs/Pet'}}}
  parameters:
    Id: {name: userId, in: path, schema: {type: string}}
paths:
  /nodes/{id}:
    parameters: [{$ref: '#/components/parameters/Id'}]
    get:
      responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Node'}}}}}
    post:
      security: []
      requestBody: {content: {multipart/form-data: {schema: {properties: {photo: {format: binary}}}}}}
      callbacks: {done: {'{$request.body#/url}': {post: {requestBody: {content: {application/json: {schema: {properties: {total: {}}}}}}}}}}
webhooks:
  paid: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Node'}}}}}}
"#;

#[test]
fn operations_have_what_is_said_once_and_schemas_are_read_once_in_circles() {
    let pet = r##"{"defs": {"Pet": {"allOf": [{"$ref": "#/defs/Named"}, {"properties": {"tag": {}}}]}, "Named": {"properties": {"petName": {}}}}}"##;
    let output = read(&[("api/openapi.yaml", SHOP), ("api/pet.json", pet)]);
    assert!(output.diagnostics.is_empty(), "{:?}", output.diagnostics);
    let document = resource(&output, "api:api/openapi.yaml");
    assert_eq!(document.source, Source::OpenApi);
    assert_eq!(&*document.name, "Shop");
    assert_eq!(document.at_each("servers.url")[0].as_text(), Some("https://eu.shop.io/v1"));
    let get = resource(&output, "api:api/openapi.yaml#GET /nodes/{id}");
    assert_eq!(get.span.line, 17);
    assert_eq!(parts(get, "takes"), ["userId"]);
    assert_eq!(parts(get, "gives"), ["-> api:api/openapi.yaml#/components/schemas/Node"]);
    assert_eq!(get.text("security.0.key.type"), Some("apiKey"));
    let post = resource(&output, "api:api/openapi.yaml#POST /nodes/{id}");
    assert_eq!(post.get("security").and_then(Value::as_list).map(<[_]>::len), Some(0), "open, and said so");
    assert_eq!(post.text("security_from"), Some("operation"));
    assert!(post.get("upload").is_some());
    let node = resource(&output, "api:api/openapi.yaml#/components/schemas/Node");
    assert_eq!(
        parts(node, "parts"),
        ["email", "next", "-> api:api/openapi.yaml#/components/schemas/Node", "pet", "-> api:api/pet.json#/defs/Pet"]
    );
    assert_eq!(
        parts(resource(&output, "api:api/pet.json#/defs/Pet"), "parts"),
        ["-> api:api/pet.json#/defs/Named", "tag"]
    );
    let outbound = document.get("outbound").and_then(Value::as_list).unwrap();
    assert_eq!(outbound[0].get("url").and_then(Value::as_text), Some("{$request.body#/url}"));
    assert_eq!(outbound[1].get("name").and_then(Value::as_text), Some("paid"));
    assert!(output.files.iter().any(|(path, _)| &**path == "api/pet.json"), "what was opened took part");
}

#[test]
fn swagger_has_its_servers_in_pieces_and_its_bodies_among_parameters() {
    let text = r##"{"info": {"title": "Old"}, "host": "old.io", "basePath": "/v2", "schemes": ["http", "https"],
 "consumes": ["application/xml"],
 "securityDefinitions": {"basic": {"type": "basic"}},
 "paths": {"/pets": {"post": {"security": [{"basic": []}, {"none": []}],
   "parameters": [{"in": "body", "name": "body", "schema": {"$ref": "#/definitions/Pet"}}, {"in": "formData", "name": "photo", "type": "file"}],
   "responses": {"200": {"schema": {"$ref": "#/definitions/Lost"}}}}}},
 "definitions": {"Pet": {"properties": {"name": {}}}}, "swagger": "2.0"}"##;
    let output = read(&[("old.json", text)]);
    let document = resource(&output, "api:old.json");
    let urls: Vec<_> = document.at_each("servers.url").into_iter().filter_map(Value::as_text).collect();
    assert_eq!(urls, ["http://old.io/v2", "https://old.io/v2"]);
    let post = resource(&output, "api:old.json#POST /pets");
    assert_eq!(parts(post, "takes"), ["-> api:old.json#/definitions/Pet", "photo"]);
    assert_eq!(post.text("consumes.0"), Some("application/xml"));
    assert_eq!(codes(&output), ["reference-not-found", "security-scheme-missing"]);
}

#[test]
fn only_a_key_at_the_top_makes_a_description() {
    let output = read(&[
        ("a.json", r#"{"about": {"openapi": "3.0.0"}, "text": "\"openapi\": \"3\""}"#),
        ("b.yaml", "notes:\n  openapi: 3.0.0\n"),
        ("c.yaml", "openapi: yes\n"),
    ]);
    assert!(output.inventory.resources.is_empty(), "{:?}", addresses(&output));
}

#[test]
fn one_description_in_two_notations_is_read_once() {
    let yaml = "openapi: 3.0.0\ninfo:\n  title: Shop\npaths:\n  /a:\n    get: {}\n";
    let json = r#"{"openapi": "3.0.0", "info": {"title": "Shop"}, "paths": {"/a": {"get": {}}}}"#;
    let output = read(&[("x/shop.json", json), ("x/shop.yaml", yaml), ("y/shop.yaml", yaml)]);
    assert_eq!(codes(&output), ["same-description"]);
    assert_eq!(
        addresses(&output),
        ["api:x/shop.json", "api:x/shop.json#GET /a", "api:y/shop.yaml", "api:y/shop.yaml#GET /a"]
    );
}

#[test]
fn messages_of_version_two_are_told_from_the_others_side() {
    let text = r#"asyncapi: 2.6.0
info: {title: Lights}
servers:
  prod: {url: 'mqtts://lights.io:8883', protocol: secure-mqtt, security: [{up: []}]}
channels:
  measured:
    publish: {message: {payload: {properties: {lumens: {}}}}}
  turn:
    subscribe: {message: {oneOf: [{payload: {properties: {on: {}}}}, {payload: {properties: {off: {}}}}]}}
components: {securitySchemes: {up: {type: userPassword}}}
"#;
    let output = read(&[("lights.yaml", text)]);
    assert!(output.diagnostics.is_empty(), "{:?}", output.diagnostics);
    let broker = resource(&output, "api:broker:secure-mqtt://lights.io:8883");
    assert_eq!(broker.text("security.0.up.type"), Some("userPassword"));
    let received = resource(&output, "api:lights.yaml#receive measured");
    assert_eq!(parts(received, "takes"), ["lumens"]);
    assert_eq!(parts(received, "brokers"), ["-> api:broker:secure-mqtt://lights.io:8883"]);
    assert_eq!(parts(resource(&output, "api:lights.yaml#send turn"), "gives"), ["on", "off"]);
}

#[test]
fn messages_of_version_three_are_the_applications_own_and_brokers_are_shared() {
    let text = r#"asyncapi: 3.0.0
info: {title: TITLE}
servers: {bus: {host: 'bus:9092', protocol: kafka}, other: {host: 'other:1', protocol: amqp}}
channels:
  orders: {address: shop.orders, servers: [{$ref: '#/servers/bus'}], messages: {o: {payload: {properties: {email: {}}}}}}
operations:
  place: {action: send, channel: {$ref: '#/channels/orders'}, reply: {messages: [{payload: {properties: {id: {}}}}]}}
"#;
    let (one, two) = (text.replace("TITLE", "One"), text.replace("TITLE", "Two"));
    let output = read(&[("one.yaml", one.as_str()), ("two.yaml", two.as_str())]);
    let brokers = addresses(&output).into_iter().filter(|address| address.starts_with("api:broker:")).count();
    assert_eq!(brokers, 2);
    let place = resource(&output, "api:two.yaml#send place");
    assert_eq!(place.text("channel"), Some("shop.orders"));
    assert_eq!(parts(place, "brokers"), ["-> api:broker:kafka://bus:9092"]);
    assert_eq!((parts(place, "gives"), parts(place, "takes")), (vec!["email".to_owned()], vec!["id".to_owned()]));
}

#[test]
fn every_description_of_the_corpus_is_read() {
    for (folder, least) in [("iac/openapi-learn", 40), ("iac/asyncapi-examples", 50)] {
        let Some(path) = corpus(folder) else { return };
        let output = read_disk(&path, &Options::default());
        let operations = output.inventory.resources.iter().filter(|resource| &*resource.ty == "api:operation").count();
        assert!(operations >= least, "{folder}: {operations}");
        let known = [
            "description-without-operations",
            "description-without-servers",
            "reference-elsewhere",
            "same-description",
        ];
        for diagnostic in &output.diagnostics {
            assert!(known.contains(&diagnostic.code), "{folder}: {} {}", diagnostic.code, diagnostic.message);
        }
    }
}

#[test]
fn many_schemas_that_all_know_each_other_take_no_longer_than_their_text() {
    let all: String = (0..300).map(|at| format!("p{at}: {{$ref: '#/components/schemas/S{at}'}}, ")).collect();
    let schemas: String = (0..300).map(|at| format!("    S{at}: {{properties: {{{all}}}}}\n")).collect();
    let text = format!(
        "openapi: 3.0.0\npaths:\n  /a: {{get: {{responses: {{'200': {{content: {{a: {{schema: {{$ref: '#/components/schemas/S0'}}}}}}}}}}}}}}\ncomponents:\n  schemas:\n{schemas}"
    );
    let output = read(&[("big.yaml", text.as_str())]);
    assert_eq!(output.inventory.resources.iter().filter(|one| &*one.ty == "api:schema").count(), 300);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_description_makes_the_reader_fail(cut in 0usize..1500, skip in 0usize..40, junk in "[\\[\\]{}:,'\"#$/ \n~%&*!|a-z-]{0,12}") {
        let lights = "asyncapi: 2.0.0\nservers: {a: {url: x}}\nchannels: {c: {publish: {message: {$ref: '#/channels/c'}}}}\n";
        for text in [SHOP, lights] {
            let letters: Vec<char> = text.chars().collect();
            let at = cut % letters.len();
            let mangled: String = letters[..at].iter().copied().chain(junk.chars()).chain(letters.iter().copied().skip(at + skip)).collect();
            let _ = read(&[("api/openapi.yaml", &mangled), ("api/pet.json", &junk)]);
        }
    }
}
