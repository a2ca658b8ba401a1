//! How callers of a gateway sign in, where its interface is described inside of it.

use vauban_model::Span;
use vauban_model::model::Origin;
use vauban_model::resource::Value;
use vauban_model::vocabulary::fact;

use super::builder::{Builder, component_ref, word, yes_no};
use super::callers::{STRENGTH, means};
use crate::Estate;

/// Gateways with a description, and where it stands.
const DESCRIBED: [(&str, &str); 2] = [("aws_api_gateway_rest_api", "body"), ("aws_apigatewayv2_api", "body")];

/// Operations of a path. `options` only asks what is allowed.
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "x-amazon-apigateway-any-method"];

impl Builder<'_> {
    /// Says of flows from the internet to such gateways what their weakest operation asks for, where nothing else does.
    pub(super) fn bodies(&mut self) {
        let estate = self.input.estate;
        for (ty, path) in DESCRIBED {
            for at in estate.of_type(ty) {
                let Some(body) = estate.resource(*at).get(path) else { continue };
                let (Some((weakest, span)), Some(component)) = (weakest(estate, body), self.component_of(*at)) else {
                    continue;
                };
                let internet = self.internet;
                let flow = self
                    .out
                    .model
                    .flows
                    .iter_mut()
                    .find(|flow| Some(flow.source) == internet && flow.target == component);
                let Some(flow) = flow.filter(|flow| flow.element.fact(fact::AUTHENTICATION).is_none()) else {
                    continue;
                };
                if let Some(fact) = word(fact::AUTHENTICATION, weakest, Origin::Imported, span) {
                    flow.element.set(fact);
                }
                self.with(component_ref(component), |element| {
                    if weakest == "none"
                        && element.fact(fact::ANONYMOUS_ACCESS).is_none_or(|known| known.origin == Origin::Default)
                    {
                        element.set(yes_no(fact::ANONYMOUS_ACCESS, true, Origin::Imported, span));
                    }
                });
            }
        }
    }
}

/// What the weakest operation of a description asks its callers for; nothing where that is not known of one.
fn weakest(estate: &Estate<'_>, body: &Value) -> Option<(&'static str, Span)> {
    let schemes = body.at("components.securitySchemes").or_else(|| body.get("securityDefinitions"));
    let all = body.get("security");
    let mut out: Option<(usize, Span)> = None;
    for (_, path) in body.get("paths")?.as_map()? {
        for (name, operation) in path.as_map()? {
            if !METHODS.contains(&&*name.to_ascii_lowercase()) {
                continue;
            }
            operation.as_map()?;
            let own = operation.get("x-amazon-apigateway-auth").and_then(|auth| auth.get("type"));
            let signed = own.is_some_and(|ty| estate.render(ty).eq_ignore_ascii_case("AWS_IAM"));
            let asked = match operation.get("security").or(all) {
                _ if signed => "signature",
                None => "none",
                Some(list) => required(list, schemes)?,
            };
            let strength = STRENGTH.iter().position(|word| *word == asked)?;
            if out.is_none_or(|(known, _)| strength < known) {
                out = Some((strength, operation.span));
            }
        }
    }
    let (strength, span) = out?;
    Some((STRENGTH.get(strength)?, span))
}

/// What a list of alternatives asks for at least.
fn required(list: &Value, schemes: Option<&Value>) -> Option<&'static str> {
    let choices = list.as_list()?;
    let mut weakest: Option<usize> = None;
    for choice in choices {
        // All that one choice names must be given: the strongest of them counts.
        let mut strongest = 0;
        for (name, _) in choice.as_map()? {
            strongest = strongest.max(means(schemes?.get(name)?)?);
        }
        weakest = Some(weakest.map_or(strongest, |known| known.min(strongest)));
    }
    STRENGTH.get(weakest.unwrap_or(0)).copied()
}
