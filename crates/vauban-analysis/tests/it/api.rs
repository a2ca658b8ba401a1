//! Descriptions of interfaces, from their text to what is found.

use std::path::Path;

use vauban_analysis::project::{Inputs, load_infrastructure};
use vauban_analysis::{Options, Session, embedded, reading};

use crate::laws_support::LIBRARY;

fn session(files: &[(&str, &str)]) -> Session {
    let mut paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    paths.sort();
    let inputs = Inputs { model: "shop".to_owned(), ..Inputs::default() };
    let mut read = |name: &str| {
        let path = Path::new(name).strip_prefix("shop").map_err(|error| error.to_string())?;
        let known = files.iter().find(|(known, _)| Path::new(known) == path);
        known.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| "not there".to_owned())
    };
    let project = load_infrastructure(&inputs, &paths, &reading::Options::default(), false, &LIBRARY, &mut read)
        .unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    Session::new(project, embedded::load(&[]), Options::default())
}

/// Ids of what is found, without those that speak of the model as a whole.
fn found(session: &Session) -> Vec<String> {
    let all = session.analysis.findings.iter();
    all.map(|finding| finding.id.to_string()).filter(|id| !id.ends_with("@system")).collect()
}

fn shop(server: &str, global: &str, delete: &str) -> String {
    format!(
        "openapi: 3.0.3
info: {{title: Shop API, version: '1'}}
servers: [{{url: '{server}'}}]
{global}
components:
  securitySchemes: {{sign: {{type: openIdConnect, openIdConnectUrl: 'https://login.shop.io/x'}}}}
  schemas: {{User: {{properties: {{email: {{type: string}}, address: {{type: string}}}}}}}}
paths:
  /health: {{get: {{security: [], responses: {{}}}}}}
  /users/{{id}}:
    get: {{responses: {{'200': {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/User'}}}}}}}}}}}}
    delete: {{{delete}responses: {{}}}}
"
    )
}

#[test]
fn an_operation_that_asks_nobody_is_found_once_with_its_name() {
    let text = shop("https://api.shop.io", "security: [{sign: []}]", "security: [], ");
    let session = session(&[("openapi.yaml", &text)]);
    let all = found(&session);
    let missing: Vec<_> = all.iter().filter(|id| id.starts_with("missing-authentication@")).collect();
    assert_eq!(missing.len(), 1, "{all:?}");
    assert!(missing[0].ends_with("#open:openapi.yaml"), "{missing:?}");
}

#[test]
fn an_interface_that_is_well_kept_is_silent() {
    let text = shop("https://api.shop.io", "security: [{sign: [read]}]", "");
    assert_eq!(found(&session(&[("openapi.yaml", &text)])), Vec::<String>::new());
}

#[test]
fn what_is_called_in_the_clear_is_found() {
    let text = shop("http://api.shop.io", "security: [{sign: [read]}]", "");
    let all = found(&session(&[("openapi.yaml", &text)]));
    assert_eq!(all, ["unencrypted-credential-flow@internet->api:openapi.yaml"]);
}

#[test]
fn what_says_nothing_of_its_callers_is_asked_about() {
    let text = "openapi: 3.0.0\ninfo: {title: Shop}\nservers: [{url: 'https://api.shop.io'}]\npaths: {/users: {post: {requestBody: {content: {a: {schema: {properties: {email: {}}}}}}}}}\n";
    let session = session(&[("openapi.yaml", text)]);
    assert!(!found(&session).iter().any(|id| id.starts_with("missing-authentication@")), "{:?}", found(&session));
    let asked = session.analysis.questions.iter().any(|question| question.text.contains("`authentication`"));
    assert!(asked, "who calls is not known, and nobody is asked");
}

#[test]
fn what_a_gateway_lets_through_unasked_is_found_by_the_description_that_is_its_body() {
    let template = "Transform: AWS::Serverless-2016-10-31
Resources:
  Api: {Type: AWS::Serverless::Api, Properties: {StageName: p, DefinitionUri: openapi.yaml}}
";
    let enforced = "{type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}";
    let text = |delete: &str| {
        shop("/", "security: [{sign: []}]", delete)
            .replace("{type: openIdConnect, openIdConnectUrl: 'https://login.shop.io/x'}", enforced)
    };
    let open = text("security: [], ");
    let all = found(&session(&[("openapi.yaml", &open), ("template.yaml", template)]));
    let missing: Vec<_> = all.iter().filter(|id| id.starts_with("missing-authentication@")).collect();
    assert_eq!(missing, ["missing-authentication@internet->Api#open:openapi.yaml"], "{all:?}");
    let closed = text("");
    let all = found(&session(&[("openapi.yaml", &closed), ("template.yaml", template)]));
    assert!(!all.iter().any(|id| id.starts_with("missing-authentication@")), "{all:?}");
}

#[test]
fn a_route_that_changes_something_and_asks_nobody_beside_guarded_ones_is_found() {
    let routes = |open: &str| {
        format!(
            r#"
resource "aws_apigatewayv2_api" "clinic" {{
  name          = "clinic"
  protocol_type = "HTTP"
}}
resource "aws_apigatewayv2_route" "list" {{
  api_id             = aws_apigatewayv2_api.clinic.id
  route_key          = "GET /appointments"
  authorization_type = "JWT"
}}
resource "aws_apigatewayv2_route" "open" {{
  api_id             = aws_apigatewayv2_api.clinic.id
  route_key          = "{open}"
  authorization_type = "NONE"
}}
"#
        )
    };
    for (open, expected) in [("POST /bookings", 1), ("POST /login", 0), ("GET /opening-hours", 0)] {
        let all = found(&session(&[("main.tf", &routes(open))]));
        let missing = all.iter().filter(|id| id.starts_with("missing-authentication@")).count();
        assert_eq!(missing, expected, "{open}: {all:?}");
    }
}
