//! Workload identity pools of Google Cloud: which identities of outside services they let in.

use vauban_model::resource::Value;

use super::aws::matching::Tri;
use super::tables::Tables;
use crate::Estate;

/// Attributes of a token that whoever has an account at the service can choose: they say what runs, not whose it is.
const CHOSEN: [&str; 9] =
    ["aud", "ref", "environment", "event_name", "workflow", "base_ref", "head_ref", "ref_type", "runner_environment"];

/// Whether a member of a binding is everybody with an account at a service that is open to the public.
pub(super) fn admits_anybody(estate: &Estate<'_>, tables: &Tables<'_>, member: &Value) -> Tri {
    let text = estate.render(member);
    if !text.starts_with("principalSet://iam.googleapis.com/") {
        return Tri::No;
    }
    let pool = estate
        .referred(member)
        .into_iter()
        .find(|at| &*estate.resource(*at).ty == "google_iam_workload_identity_pool")
        .or_else(|| {
            let id = text.split("workloadIdentityPools/").nth(1)?.split('/').next()?;
            let all = estate.of_type("google_iam_workload_identity_pool").iter().copied();
            all.into_iter().find(|at| estate.resource(*at).text("workload_identity_pool_id") == Some(id))
        });
    let wide = text.ends_with("/*")
        || text
            .split("/attribute.")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .is_some_and(|name| CHOSEN.contains(&name));
    let Some(pool) = pool.filter(|_| wide) else { return Tri::No };
    if estate.resource(pool).get("disabled").and_then(Value::as_bool) == Some(true) {
        return Tri::No;
    }
    let id = estate.resource(pool).get("workload_identity_pool_id").map(|value| estate.render(value));
    let providers = estate.of_type("google_iam_workload_identity_pool_provider").iter().copied().filter(|at| {
        let Some(of) = estate.resource(*at).get("workload_identity_pool_id") else { return false };
        estate.referred(of).contains(&pool) || Some(estate.render(of)) == id
    });
    providers.map(|at| open(estate, tables, at)).max().unwrap_or(Tri::No)
}

/// Whether a provider lets everybody of a public service in.
fn open(estate: &Estate<'_>, tables: &Tables<'_>, at: u32) -> Tri {
    let provider = estate.resource(at);
    if provider.get("disabled").and_then(Value::as_bool) == Some(true) {
        return Tri::No;
    }
    let Some(issuer) = provider.get("oidc.issuer_uri").map(|value| estate.render(value)) else { return Tri::No };
    let host = issuer.trim_start_matches("https://").trim_end_matches('/');
    let public = tables.public_providers.iter().any(|one| host == one || host.starts_with(&format!("{one}/")));
    let public = if public {
        Tri::Yes
    } else if issuer.contains("${") {
        Tri::Maybe
    } else {
        Tri::No
    };
    let condition = provider.get("attribute_condition").map(|value| estate.render(value)).unwrap_or_default();
    let bound = match condition.trim() {
        "" | "true" => Tri::No,
        text if text.contains("==") || text.contains(" in ") => names_owner(text),
        _ => Tri::Maybe,
    };
    public.min(bound.not())
}

/// Whether a condition compares something that says whose the identity is.
fn names_owner(condition: &str) -> Tri {
    let mut words = condition.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
    let owned = words.any(|word| {
        let Some(name) = word.strip_prefix("assertion.").or_else(|| word.strip_prefix("attribute.")) else {
            return word == "google.subject";
        };
        !CHOSEN.contains(&name)
    });
    // One side of an alternative may leave it out.
    if owned && condition.contains("||") { Tri::Maybe } else { Tri::of(owned) }
}
