//! Flows from gateways to services of the provider that they call by themselves, with a role of their own.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::Value;

use super::wired::evidence;
use super::{End, Flows};
use crate::Estate;

/// Services of the provider that a gateway calls by itself, as they are called in the addresses of integrations, with the
/// words that subtypes of integrations begin with and the types that stand for them.
const SERVICES: &[(&str, &str, &str)] = &[
    ("dynamodb", "DynamoDB", "aws_dynamodb_table"),
    ("sqs", "SQS", "aws_sqs_queue"),
    ("sns", "SNS", "aws_sns_topic"),
    ("events", "EventBridge", "aws_cloudwatch_event_bus"),
    ("states", "StepFunctions", "aws_sfn_state_machine"),
    ("kinesis", "Kinesis", "aws_kinesis_stream"),
    ("firehose", "Firehose", "aws_kinesis_firehose_delivery_stream"),
    ("s3", "S3", "aws_s3_bucket"),
];

/// The type behind the service that an integration calls: `arn:aws:apigateway:<region>:<service>:action/…`, or a subtype.
fn service_called(estate: &Estate<'_>, uri: Option<&Value>, subtype: Option<&Value>) -> Option<(&'static str, Span)> {
    let uri_text = uri.map(|value| estate.render(value));
    let service = uri_text.as_deref().filter(|text| text.contains(":apigateway:")).and_then(|text| {
        let after = text.split(":apigateway:").nth(1)?;
        // The region may be a name of something unknown, with colons in it.
        SERVICES
            .iter()
            .find(|(word, _, _)| after.contains(&format!(":{word}:action")) || after.contains(&format!(":{word}:path")))
    });
    if let (Some((_, _, ty)), Some(value)) = (service, uri) {
        return Some((ty, value.span));
    }
    let subtype = subtype?;
    let text = estate.render(subtype);
    let service = SERVICES.iter().find(|(_, word, _)| text.starts_with(&format!("{word}-")))?;
    Some((service.2, subtype.span))
}

/// The policies of roles, by role.
pub(super) struct Policies(FxHashMap<u32, Vec<u32>>);

impl Policies {
    pub(super) fn new(estate: &Estate<'_>) -> Self {
        let mut of: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        let mut add = |holder: u32, policies: &[u32]| {
            let resource = estate.resource(holder);
            let roles = ["role", "roles"].iter().filter_map(|key| resource.get(key));
            for role in roles.flat_map(|value| estate.named(value)) {
                of.entry(role).or_default().extend(policies);
            }
        };
        for at in ["aws_iam_role_policy", "aws_iam_policy"].iter().flat_map(|ty| estate.of_type(ty)) {
            add(*at, &[*at]);
        }
        for at in estate.of_type("aws_iam_role_policy_attachment") {
            let named = estate.resource(*at).get("policy_arn").map(|value| estate.named(value)).unwrap_or_default();
            let policies: Vec<u32> =
                named.into_iter().filter(|policy| &*estate.resource(*policy).ty == "aws_iam_policy").collect();
            add(*at, &policies);
        }
        Policies(of)
    }

    /// What of a type the policies of a role name.
    pub(super) fn named(&self, estate: &Estate<'_>, role: u32, ty: &str) -> Vec<u32> {
        let mut out: Vec<u32> = Vec::new();
        let mut add = |policy: &Value| {
            for at in estate.named(policy) {
                if &*estate.resource(at).ty == ty && !out.contains(&at) {
                    out.push(at);
                }
            }
        };
        for path in ["inline_policy", "policies", "inline_policies"] {
            estate.resource(role).get(path).into_iter().for_each(&mut add);
        }
        let mut document = |value: &Value| {
            add(value);
            for at in estate.named(value) {
                let source = estate.resource(at);
                if &*source.ty == "aws_iam_policy_document" {
                    source.get("statement").into_iter().for_each(&mut add);
                }
            }
        };
        for at in self.0.get(&role).into_iter().flatten() {
            for path in ["policy", "policy_document"] {
                estate.resource(*at).get(path).into_iter().for_each(&mut document);
            }
        }
        out
    }
}

/// Gateways to the services that they call with a role of their own: the address says which service, the role on what.
pub(super) fn services(estate: &Estate<'_>, roles: &Policies, out: &mut Flows) {
    let shapes = [
        ("aws_api_gateway_integration", "rest_api_id", "uri", "credentials", ""),
        ("aws_api_gateway_method", "rest_api_id", "integration.uri", "integration.credentials", ""),
        ("aws_apigatewayv2_integration", "api_id", "integration_uri", "credentials_arn", "integration_subtype"),
    ];
    for (ty, api, uri, credentials, subtype) in shapes {
        for at in estate.of_type(ty) {
            let resource = estate.resource(*at);
            let apis = resource.get(api).map(|value| estate.named(value)).unwrap_or_default();
            let subtype = resource.get(subtype).filter(|_| !subtype.is_empty());
            for api in apis {
                integrated(estate, roles, api, resource.get(uri), subtype, resource.get(credentials), out);
            }
        }
    }
}

/// A flow from a gateway to what the role of an integration may act on, unless the integration names it itself.
pub(super) fn integrated(
    estate: &Estate<'_>,
    roles: &Policies,
    api: u32,
    uri: Option<&Value>,
    subtype: Option<&Value>,
    credentials: Option<&Value>,
    out: &mut Flows,
) {
    let Some((ty, span)) = service_called(estate, uri, subtype) else { return };
    let Some(credentials) = credentials else { return };
    let named = uri.map(|value| estate.named(value)).unwrap_or_default();
    if named.iter().any(|at| &*estate.resource(*at).ty == ty) {
        return;
    }
    for role in estate.named(credentials) {
        for target in roles.named(estate, role, ty) {
            out.add(End::Resource(api), End::Resource(target), evidence("API integration", span));
        }
    }
}
