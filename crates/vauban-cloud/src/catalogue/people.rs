//! People, groups, domains and outside identities that bindings of Google Cloud name, and service accounts that are made
//! elsewhere: nothing declares them, and they hold rights all the same.
//!
//! Each is one thing, whatever number of bindings names it. Its address is what the bindings write:
//! `user:alice@example.com`.
//!
//! Source: Google Cloud documentation, "Principal identifiers" and "Service agents".

use rustc_hash::FxHashSet;
use vauban_model::resource::{Inventory, Mode, Resource, Text, Value, ValueKind};

use super::default_accounts;
use crate::Estate;

/// The type of a person.
pub(crate) const USER: &str = "gcp:user";
/// The type of a group that the code does not make.
pub(crate) const GROUP: &str = "gcp:group";
/// The type of everybody of a domain.
pub(crate) const DOMAIN: &str = "gcp:domain";
/// The type of identities of other services that a pool lets in.
pub(crate) const FEDERATED: &str = "gcp:federated";
/// The type of a service account that is made elsewhere.
pub(crate) const ACCOUNT: &str = "gcp:service-account";
/// The type of an account that belongs to a service of the provider: nobody else acts as it.
pub(crate) const AGENT: &str = "gcp:service-agent";
/// A group that the code makes.
pub(crate) const OWN_GROUP: &str = "google_cloud_identity_group";

/// All of them.
pub(crate) const TYPES: [&str; 6] = [USER, GROUP, DOMAIN, FEDERATED, ACCOUNT, AGENT];

/// Where a membership in a group says whose it is, and in which.
pub(crate) const MEMBERSHIPS: [(&str, &str, [&str; 2]); 2] = [
    ("google_cloud_identity_group_membership", "group", ["preferred_member_key.id", "member_key.id"]),
    ("googleworkspace_group_member", "group_id", ["email", "member_id"]),
];

/// Whether bindings of a type name members.
fn binds(ty: &str) -> bool {
    ty.starts_with("google_")
        && ty.rsplit_once("_iam_").is_some_and(|(_, form)| matches!(form, "member" | "binding" | "policy"))
}

/// The members that a resource names, as they are written.
fn members(resource: &Resource) -> Vec<&Value> {
    let paths: &[&str] = if binds(&resource.ty) {
        &["member", "members", "policy_data.bindings.members"]
    } else if &*resource.ty == "google_iam_policy" {
        &["binding.members"]
    } else {
        return Vec::new();
    };
    paths.iter().flat_map(|path| resource.at_each(path)).flat_map(Value::each).collect()
}

/// The name of a member as it is compared: case does not matter in addresses of mail.
pub(crate) fn key(text: &str) -> String {
    if text.starts_with("principal") { text.to_owned() } else { text.to_ascii_lowercase() }
}

/// Whether the provider's own services, and nobody else, act as an account.
fn is_agent(email: &str) -> bool {
    let Some((local, host)) = email.split_once('@') else { return false };
    host == "cloudservices.gserviceaccount.com"
        || host.ends_with(".iam.gserviceaccount.com")
            && (host.starts_with("gcp-sa-") || host.starts_with("gs-project-accounts") || local.starts_with("service-"))
}

/// The type of what a member names; nothing for what is declared, looked up, or no principal.
fn type_of(text: &str) -> Option<&'static str> {
    let (kind, rest) = text.split_once(':')?;
    // The round of a loop is not the same in two loops, and of what is not known at all nobody can tell what it is.
    if rest.is_empty() || ["${each", "${count", "${…}", "${}"].iter().any(|part| rest.contains(part)) {
        return None;
    }
    match kind {
        "user" => Some(USER),
        "group" => Some(GROUP),
        "domain" => Some(DOMAIN),
        // Accounts of clusters are told from the cluster.
        "principal" | "principalSet" if rest.starts_with("//iam.googleapis.com/") && !rest.contains(".svc.id.goog") => {
            Some(FEDERATED)
        }
        "serviceAccount" if rest.contains(".svc.id.goog") || default_accounts::named(rest).is_some() => None,
        "serviceAccount" if is_agent(rest) => Some(AGENT),
        "serviceAccount" if !rest.contains("${") && rest.ends_with(".gserviceaccount.com") => Some(ACCOUNT),
        _ => None,
    }
}

/// What one is called in sentences.
fn name_of(ty: &str, text: &str) -> String {
    let rest = text.split_once(':').map_or(text, |(_, rest)| rest);
    match ty {
        DOMAIN => format!("domain {rest}"),
        FEDERATED => rest.rsplit_once("/workloadIdentityPools/").map_or(rest, |(_, rest)| rest).to_owned(),
        _ => rest.to_owned(),
    }
}

/// Adds them, each once.
pub(super) fn complete(inventory: &mut Inventory) {
    if !inventory.resources.iter().any(|one| binds(&one.ty) || &*one.ty == "google_iam_policy") {
        return;
    }
    let estate = Estate::new(inventory);
    let groups: FxHashSet<String> = ["group_key.id", "email"]
        .iter()
        .flat_map(|path| {
            let own = [OWN_GROUP, "googleworkspace_group"].into_iter().flat_map(|ty| estate.of_type(ty));
            own.filter_map(|at| estate.resource(*at).get(path))
        })
        .map(|value| key(&estate.render(value)))
        .collect();
    let mut known: FxHashSet<String> = FxHashSet::default();
    let mut out: Vec<Resource> = Vec::new();
    let mut add = |text: &str, value: &Value, like: &Resource, known: &mut FxHashSet<String>| {
        let Some(ty) = type_of(text) else { return };
        let own = text.split_once(':').is_some_and(|(_, rest)| ty == GROUP && groups.contains(&key(rest)));
        // What refers to a thing of the code is that thing.
        let declared = ty == ACCOUNT && !crate::permissions::google_accounts(&estate, value).is_empty()
            || ty == GROUP && estate.referred(value).iter().any(|at| is_group(&estate.resource(*at).ty));
        if !own && !declared && known.insert(key(text)) {
            out.push(made(ty, text, value, like));
        }
    };
    for one in &inventory.resources {
        for member in members(one) {
            add(&estate.render(member), member, one, &mut known);
        }
    }
    // Members of groups are somebody as well, where the group holds anything or not.
    for (ty, _, keys) in MEMBERSHIPS {
        for at in estate.of_type(ty) {
            let one = estate.resource(*at);
            let Some(value) = keys.iter().find_map(|key| one.get(key)) else { continue };
            let email = estate.render(value);
            let referred = estate.referred(value);
            let declared =
                referred.iter().any(|at| is_group(&estate.resource(*at).ty) || is_account(&estate.resource(*at).ty));
            if declared || groups.contains(&key(&email)) || email.ends_with(".gserviceaccount.com") {
                continue;
            }
            // What bindings call a group is one.
            if !known.contains(&key(&format!("group:{email}"))) {
                add(&format!("user:{email}"), value, one, &mut known);
            }
        }
    }
    inventory.resources.append(&mut out);
}

/// Whom bindings name of a pool of outside identities.
pub(crate) fn of_pool(estate: &Estate<'_>, pool: u32) -> Vec<u32> {
    let pool = estate.resource(pool);
    let id = pool.text("workload_identity_pool_id").map(|id| format!("workloadIdentityPools/{id}/"));
    let own = format!("${{{}.", pool.address);
    let of_it = |at: &u32| {
        let name = &estate.resource(*at).address;
        name.contains(&own) || id.as_ref().is_some_and(|id| name.contains(id))
    };
    estate.of_type(FEDERATED).iter().copied().filter(of_it).collect()
}

/// Whether a type is a group that the code makes.
pub(crate) fn is_group(ty: &str) -> bool {
    matches!(ty, OWN_GROUP | "googleworkspace_group")
}

fn is_account(ty: &str) -> bool {
    ty.starts_with("google_") && ty.ends_with("service_account")
}

fn made(ty: &'static str, text: &str, value: &Value, like: &Resource) -> Resource {
    Resource {
        address: text.into(),
        ty: ty.into(),
        native_type: ty.into(),
        name: name_of(ty, text).as_str().into(),
        source: like.source,
        mode: Mode::Managed,
        attributes: Value::new(ValueKind::Map(vec![(Text::from("member"), Value::text(text, value.span))]), value.span),
        span: value.span,
        calls: like.calls.clone(),
        scope: like.scope.clone(),
        depends_on: Vec::new(),
        many: false,
    }
}
