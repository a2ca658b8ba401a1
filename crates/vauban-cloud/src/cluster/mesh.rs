//! What a service mesh of a cluster asks of its workloads: certificates of both ends, and who may call whom.
//!
//! Semantics: Istio's reference of `PeerAuthentication` and `AuthorizationPolicy` (security.istio.io), from memory: the
//! closest statement wins for certificates; of policies, one that denies wins, and where any allows, only what one of
//! them allows is let through.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::resource::{Resource, Text, Value};

use super::{WORKLOADS, pod_spec, space_of};
use crate::Estate;

/// The namespace whose statements are about every workload, unless the mesh is told otherwise.
const ROOT: &str = "istio-system";

/// What the mesh says of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No policy is about the workload that is called.
    Silent,
    /// A policy lets the caller in: its name and place.
    Admitted(String, Span),
    /// No policy lets the caller in, or one keeps it out: why, and the place.
    Refused(String, Span),
    /// It depends on more than who calls.
    Unsure(String),
}

/// The statements of a mesh, by the namespace that they are in.
pub(crate) struct Mesh<'a> {
    /// Namespaces whose pods get no proxy.
    outside: FxHashSet<String>,
    certificates: FxHashMap<String, Statements<'a>>,
    policies: FxHashMap<String, Statements<'a>>,
}

/// The statements of a namespace, by a label that what they are about has to have.
#[derive(Default)]
struct Statements<'a> {
    /// About everything, with their place in the order of the code.
    any: Vec<(u32, &'a Resource)>,
    by_label: FxHashMap<(Text, String), Vec<(u32, &'a Resource)>>,
}

impl<'a> Mesh<'a> {
    pub(crate) fn read(estate: &Estate<'a>) -> Self {
        let by_space = |ty: &str| {
            let mut out: FxHashMap<String, Statements<'a>> = FxHashMap::default();
            for at in estate.of_type(ty) {
                let resource = estate.resource(*at);
                let of_space = out.entry(space_of(resource)).or_default();
                let wanted = resource.get("spec.selector.matchLabels").and_then(Value::as_map).unwrap_or_default();
                match wanted.first() {
                    Some((key, value)) => {
                        let label = (key.clone(), estate.render(value));
                        of_space.by_label.entry(label).or_default().push((*at, resource));
                    }
                    None => of_space.any.push((*at, resource)),
                }
            }
            out
        };
        let told_off = |at: &&u32| {
            let labels = estate.resource(**at).get("metadata.labels");
            let said = labels.and_then(|labels| labels.get("istio-injection")).and_then(Value::as_text);
            said == Some("disabled")
        };
        let spaces = estate.of_type("k8s:Namespace").iter().filter(told_off).map(|at| estate.resource(*at));
        let named = |space: &Resource| space.text("metadata.name").unwrap_or(&space.name).to_owned();
        Mesh {
            outside: spaces.map(named).collect(),
            certificates: by_space("k8s:PeerAuthentication"),
            policies: by_space("k8s:AuthorizationPolicy"),
        }
    }

    /// Nothing is said at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.policies.is_empty()
    }

    /// Whether a workload takes no call without a certificate of the mesh, and where that is said.
    pub(crate) fn asks_for_certificates(&self, estate: &Estate<'_>, workload: &Resource) -> Option<Span> {
        if !self.has_proxy(workload) {
            return None;
        }
        let own = self.about(&self.certificates, estate, workload);
        // The closest one decides: for the workload, for its namespace, for the mesh.
        let closeness = |one: &Resource| (one.get("spec.selector").is_some(), space_of(one) == space_of(workload));
        let closest = own.into_iter().max_by_key(|one| closeness(one))?;
        let ports = closest.get("spec.portLevelMtls").and_then(Value::as_map).unwrap_or_default();
        let strict = closest.text("spec.mtls.mode") == Some("STRICT");
        (strict && ports.is_empty()).then_some(closest.span)
    }

    /// Whether a workload has a proxy of the mesh, as far as code takes it away: by its namespace, its own labels and
    /// annotations, or by being on the network of its node.
    pub(crate) fn has_proxy(&self, workload: &Resource) -> bool {
        let template = match &*workload.ty {
            "k8s:Pod" => Some(&workload.attributes),
            "k8s:CronJob" => workload.get("spec.jobTemplate.spec.template"),
            _ => workload.get("spec.template"),
        };
        let says_no = |of: &str| {
            let said = template.and_then(|template| template.get("metadata")?.get(of)?.get("sidecar.istio.io/inject"));
            said.is_some_and(|said| said.as_bool() == Some(false) || said.as_text() == Some("false"))
        };
        let host = pod_spec(workload).and_then(|spec| spec.get("hostNetwork")).and_then(Value::as_bool);
        !(self.outside.contains(&space_of(workload))
            || says_no("labels")
            || says_no("annotations")
            || host == Some(true))
    }

    /// Whether one workload may call another.
    pub(crate) fn admits(&self, estate: &Estate<'_>, from: &Resource, to: &Resource) -> Verdict {
        if !WORKLOADS.contains(&&*to.ty) || !WORKLOADS.contains(&&*from.ty) {
            return Verdict::Silent;
        }
        // Without a proxy nothing is there that would look at policies.
        if !self.has_proxy(to) {
            return Verdict::Silent;
        }
        let mut allowing: Vec<&Resource> = Vec::new();
        for policy in self.about(&self.policies, estate, to) {
            match policy.text("spec.action").unwrap_or("ALLOW") {
                "ALLOW" => allowing.push(policy),
                // What is denied for some requests only leaves the flow.
                "DENY"
                    if rules(policy).iter().any(|rule| rule.get("to").is_none() && fits(rule, from) == Fit::Whole) =>
                {
                    let text = format!("authorization policy {} keeps out {}", policy.name, from.name);
                    return Verdict::Refused(text, policy.span);
                }
                _ => {}
            }
        }
        let Some(first) = allowing.first() else { return Verdict::Silent };
        let mut partly = None;
        for policy in &allowing {
            for rule in rules(policy) {
                match fits(rule, from) {
                    Fit::Whole => {
                        let text = format!("authorization policy {} admits {}", policy.name, from.name);
                        return Verdict::Admitted(text, policy.span);
                    }
                    Fit::Perhaps => partly = partly.or(Some(policy)),
                    Fit::Not => {}
                }
            }
        }
        match partly {
            Some(policy) => Verdict::Unsure(format!("authorization policy {} admits it", policy.name)),
            None => Verdict::Refused(format!("no authorization policy admits {}", from.name), first.span),
        }
    }

    /// The statements of a table that are about a workload.
    fn about(
        &self,
        table: &FxHashMap<String, Statements<'a>>,
        estate: &Estate<'_>,
        workload: &Resource,
    ) -> Vec<&'a Resource> {
        let space = space_of(workload);
        let labels = crate::flows::labels(workload).unwrap_or_default();
        let said: Vec<(Text, String)> = labels.iter().map(|(key, value)| (key.clone(), estate.render(value))).collect();
        let of = |space: &str| {
            let mut found: Vec<(u32, &'a Resource)> = Vec::new();
            if let Some(statements) = table.get(space) {
                found.extend(&statements.any);
                found.extend(said.iter().filter_map(|label| statements.by_label.get(label)).flatten());
            }
            found.sort_unstable_by_key(|(at, _)| *at);
            found
        };
        let own = of(&space).into_iter();
        let all = if space == ROOT { Vec::new() } else { of(ROOT) };
        let fits = |one: &&Resource| {
            let wanted = one.get("spec.selector.matchLabels").and_then(Value::as_map).unwrap_or_default();
            // Policies for gateways and waypoints name those, not workloads.
            one.get("spec.targetRefs").is_none()
                && wanted.iter().all(|(key, value)| {
                    let value = estate.render(value);
                    said.iter().any(|(own, said)| own == key && *said == value)
                })
        };
        own.chain(all).map(|(_, one)| one).filter(fits).collect()
    }
}

fn rules(policy: &Resource) -> &[Value] {
    policy.get("spec.rules").map_or(&[][..], Value::each)
}

#[derive(PartialEq, Eq)]
enum Fit {
    Whole,
    Perhaps,
    Not,
}

/// Whether a rule is about a caller.
fn fits(rule: &Value, from: &Resource) -> Fit {
    // Conditions are about requests and tokens, which code does not show.
    let whole = if rule.get("when").is_some() { Fit::Perhaps } else { Fit::Whole };
    let sources = rule.get("from").map_or(&[][..], Value::each);
    if sources.is_empty() {
        return whole;
    }
    let fits: Vec<Fit> =
        sources.iter().filter_map(|entry| entry.get("source")).map(|one| comes_from(one, from)).collect();
    if fits.contains(&Fit::Whole) {
        whole
    } else if fits.contains(&Fit::Perhaps) {
        Fit::Perhaps
    } else {
        Fit::Not
    }
}

/// Whether a caller is of a source: every statement of the source has to hold.
fn comes_from(source: &Value, from: &Resource) -> Fit {
    let space = space_of(from);
    let account = pod_spec(from).and_then(|spec| spec.get("serviceAccountName")).and_then(Value::as_text);
    let account = account.unwrap_or("default");
    let principal = format!("cluster.local/ns/{space}/sa/{account}");
    // The trust domain is the mesh's to choose: what counts is the account in it.
    let own_domain = |pattern: &str| match pattern.split_once("/ns/") {
        Some((domain, rest)) if !domain.is_empty() && !domain.contains('*') => format!("cluster.local/ns/{rest}"),
        _ => pattern.to_owned(),
    };
    let mut fit = Fit::Whole;
    for (key, value) in source.as_map().unwrap_or_default() {
        let any = |own: &str| value.each().iter().filter_map(Value::as_text).any(|one| matches(&own_domain(one), own));
        let holds = match &**key {
            "principals" => any(&principal),
            "notPrincipals" => !any(&principal),
            "namespaces" => any(&space),
            "notNamespaces" => !any(&space),
            "serviceAccounts" => any(account) || any(&format!("{space}/{account}")),
            _ => {
                // Addresses and tokens say nothing of the workload that calls.
                fit = Fit::Perhaps;
                true
            }
        };
        if !holds {
            return Fit::Not;
        }
    }
    fit
}

/// Exact, or a beginning or end with a star.
fn matches(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        _ if pattern == "*" => true,
        (Some(end), _) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => pattern == text,
    }
}
