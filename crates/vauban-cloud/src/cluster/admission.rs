//! Policy engines that look at pods before a cluster takes them.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::{Value, ValueKind};

use super::host_access;
use crate::Estate;

/// How deep policies are looked through.
const DEEPEST: usize = 24;

/// Fields of a pod by which a policy against escapes is known.
const LOOKED_AT: [&str; 4] = ["privileged", "hostPID", "hostPath", "hostNetwork"];

/// Namespaces that turn away pods with rights over their machine, with the place that says so: those that enforce
/// `baseline` or `restricted` of the Pod Security Standards (Kubernetes documentation, "Pod Security Admission"). One that
/// occurs twice does so only if it always does.
pub(crate) fn guarded_namespaces<'a>(estate: &Estate<'a>) -> FxHashMap<&'a str, Option<Span>> {
    let mut out: FxHashMap<&str, Option<Span>> = FxHashMap::default();
    for at in estate.of_type("k8s:Namespace") {
        let space = estate.resource(*at);
        let name = space.text("metadata.name").unwrap_or(&space.name);
        let level = space.get("pod_security");
        let guards =
            level.filter(|level| matches!(level.as_text(), Some("baseline" | "restricted"))).map(|level| level.span);
        out.entry(name).and_modify(|known| *known = known.and(guards)).or_insert(guards);
    }
    out
}

/// Whether the standard that every guarded namespace enforces at least, `baseline`, refuses a pod: it shares something
/// of its machine, mounts a folder of it, or has a capability with which containers leave.
pub(crate) fn is_refused(pod: &Value) -> bool {
    let mounts = pod.get("volumes").map(Value::each).unwrap_or_default();
    host_access(pod).any() || mounts.iter().any(|volume| volume.get("hostPath").is_some())
}

/// Whether a policy engine turns away pods with rights over their machine, in a namespace or wherever.
pub(crate) fn looks_at_pods(estate: &Estate<'_>, space: Option<&str>) -> bool {
    estate.of_type("k8s:K8sPSPPrivilegedContainer").iter().any(|at| {
        let constraint = estate.resource(*at);
        let enforces = constraint.text("spec.enforcementAction").is_none_or(|action| action == "deny");
        enforces
            && covers(constraint.get("spec.match.namespaces"), constraint.get("spec.match.excludedNamespaces"), space)
    }) || ["k8s:ClusterPolicy", "k8s:ValidatingPolicy"].iter().flat_map(|ty| estate.of_type(ty)).any(|at| {
        let policy = estate.resource(*at);
        let whole = policy.text("spec.validationFailureAction");
        let rules = policy.get("spec.rules").map(Value::each).unwrap_or_default();
        rules.iter().any(|rule| {
            let action = rule.at("validate.failureAction").and_then(Value::as_text).or(whole);
            action.is_some_and(|action| action.eq_ignore_ascii_case("enforce"))
                && rule.get("validate").is_some_and(|validate| mentions(validate, 0))
                && ["match.resources", "match.any", "match.all"].iter().filter_map(|path| rule.at(path)).all(
                    |matched| {
                        matched.each().iter().all(|one| {
                            covers(one.at("resources.namespaces").or_else(|| one.get("namespaces")), None, space)
                        })
                    },
                )
        })
    })
}

/// Whether a rule for some namespaces holds in one; in all of them where none is asked for.
fn covers(only: Option<&Value>, but: Option<&Value>, space: Option<&str>) -> bool {
    let has = |list: &Value| space.is_some_and(|space| list.each().iter().any(|one| one.as_text() == Some(space)));
    only.is_none_or(has) && !but.is_some_and(|but| space.is_none() || has(but))
}

fn mentions(value: &Value, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    let word = |text: &str| LOOKED_AT.iter().any(|word| text.contains(word));
    match &value.open().kind {
        ValueKind::Text(text) => word(text),
        ValueKind::List(items) => items.iter().any(|item| mentions(item, depth + 1)),
        ValueKind::Map(entries) => entries.iter().any(|(key, inner)| word(key) || mentions(inner, depth + 1)),
        _ => false,
    }
}
