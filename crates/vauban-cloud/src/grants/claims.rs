//! Roles that users of a Cognito user pool get by what stands in their own profile.

use vauban_model::resource::{Resource, Value};

use crate::Estate;

/// Whether users may write an attribute through a client. A client that lists none lets them write every one that can be
/// changed (the provider's default).
fn writes(client: &Resource, attribute: &str) -> bool {
    client.get("write_attributes").is_none_or(|list| list.each().iter().any(|one| one.as_text() == Some(attribute)))
}

/// The roles, as resources, that a user of a pool gets by writing an attribute: those that the rules of an identity pool
/// choose by it, and the role of everybody who has signed in where an application's own attribute can be written.
pub(super) fn roles(estate: &Estate<'_>, pool: u32) -> Vec<u32> {
    let refers = |resource: &Resource, key: &str, to: u32| {
        resource.get(key).is_some_and(|value| estate.referred(value).contains(&to))
    };
    let clients: Vec<u32> = estate
        .of_type("aws_cognito_user_pool_client")
        .iter()
        .copied()
        .filter(|at| refers(estate.resource(*at), "user_pool_id", pool))
        .collect();
    let mut out: Vec<u32> = Vec::new();
    let mut add = |value: Option<&Value>| {
        for at in value.map(|value| estate.referred(value)).unwrap_or_default() {
            if !out.contains(&at) {
                out.push(at);
            }
        }
    };
    for identities in estate.of_type("aws_cognito_identity_pool").iter().copied() {
        let of_pool: Vec<u32> = clients
            .iter()
            .copied()
            .filter(|client| refers(estate.resource(identities), "cognito_identity_providers", *client))
            .collect();
        if of_pool.is_empty() {
            continue;
        }
        let own = |attribute: &str| of_pool.iter().any(|client| writes(estate.resource(*client), attribute));
        let listed = of_pool.iter().any(|client| {
            let list = estate.resource(*client).get("write_attributes").map(Value::each).unwrap_or_default();
            list.iter().filter_map(Value::as_text).any(|name| name.starts_with("custom:"))
        });
        for attachment in estate.of_type("aws_cognito_identity_pool_roles_attachment").iter().copied() {
            let attachment = estate.resource(attachment);
            if !refers(attachment, "identity_pool_id", identities) {
                continue;
            }
            for mapping in attachment.get("role_mapping").map(Value::each).unwrap_or_default() {
                for rule in mapping.get("mapping_rule").map(Value::each).unwrap_or_default() {
                    let claim = rule.get("claim").and_then(Value::as_text).unwrap_or_default();
                    // Groups, subjects and the like are the pool's to write.
                    let ours = claim.starts_with("custom:") || PROFILE.contains(&claim);
                    if ours && own(claim) {
                        add(rule.get("role_arn"));
                    }
                }
            }
            if listed {
                add(attachment.get("roles.authenticated"));
            }
        }
    }
    out
}

/// Standard claims that users write themselves, other than those that are verified.
const PROFILE: [&str; 12] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "website",
    "gender",
    "locale",
    "zoneinfo",
    "address",
];
