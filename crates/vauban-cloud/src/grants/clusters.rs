//! Between a cloud and its clusters: whoever controls the cluster as a resource has what is in it; principals of the cloud
//! whom a cluster lets in; accounts of a cluster that are principals of the cloud.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::finding::{Applies, CloudStep};
use vauban_model::model::ElementRef;
use vauban_model::resource::{Resource, Text, Value};
use vauban_model::state::{State, Verb};
use vauban_model::vocabulary::Domain;
use vauban_syntax::{Limits, parse_yaml_documents};

use super::Inputs;
use super::structure::{evidence, state, step};
use crate::lower::component;

/// Clusters that a provider runs.
const MANAGED: [&str; 3] = ["aws_eks_cluster", "google_container_cluster", "azurerm_kubernetes_cluster"];

/// All steps between clouds and clusters.
pub(super) fn steps(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    let estate = inputs.estate;
    let managed: Vec<(u32, ElementRef)> = MANAGED
        .iter()
        .flat_map(|ty| estate.of_type(ty))
        .filter_map(|at| Some((*at, component(inputs.lowered, *at)?)))
        .collect();
    let inside = inside(inputs);
    if managed.is_empty()
        && let Some(inside) = inside
    {
        // Nodes of a cluster that only its objects speak of.
        let nodes = nodes(inputs, None);
        if !nodes.is_empty() {
            let span = inputs.lowered.model.get(inside).map_or(inputs.lowered.model.system.span, |one| one.span);
            let proof = evidence(inside, "holds", "its nodes", span);
            let needs = vec![vec![state(Verb::Administer, inside)]];
            out.push(step("owns-account", inside, inside, needs, nodes, proof));
        }
    }
    entries(inputs, out);
    map_of_roles(inputs, &managed, out);
    accounts(inputs, out);
}

/// Code on the pools of a cluster, of all where none is asked for.
fn nodes(inputs: &Inputs<'_, '_>, cluster: Option<&str>) -> Vec<State> {
    let pools = inputs.lowered.clusters.pools.iter();
    pools
        .filter(|pool| cluster.is_none_or(|name| pool.cluster == name))
        .filter_map(|pool| component(inputs.lowered, pool.at))
        .map(|node| state(Verb::RunCode, node))
        .collect()
}

/// The boundary of the cluster that objects are of.
fn inside(inputs: &Inputs<'_, '_>) -> Option<ElementRef> {
    inputs.lowered.account_of.get("kubernetes").copied().filter(|one| one.domain == Domain::Boundary)
}

/// Adds to every step that gives control of a cluster what is in it, and its nodes. Only to steps of permissions: that
/// the interface of a cluster may have a flaw is told of the cluster, and does not make all that runs in it fall.
pub(super) fn with_content(inputs: &Inputs<'_, '_>, out: &mut [CloudStep]) {
    let managed: Vec<u32> = MANAGED.iter().flat_map(|ty| inputs.estate.of_type(ty).iter().copied()).collect();
    let mut content: FxHashMap<ElementRef, Vec<State>> = FxHashMap::default();
    for at in &managed {
        let Some(cluster) = component(inputs.lowered, *at) else { continue };
        // Of several clusters nobody said which one the objects are of.
        let inside = inside(inputs).filter(|_| managed.len() == 1);
        let mut gains: Vec<State> = inside.map(|inside| state(Verb::Administer, inside)).into_iter().collect();
        gains.extend(nodes(inputs, Some(&inputs.estate.resource(*at).address)));
        gains.extend(lent(inputs, *at, managed.len() == 1));
        if !gains.is_empty() {
            content.insert(cluster, gains);
        }
    }
    if content.is_empty() {
        return;
    }
    for step in out {
        if step.threat.is_none() && !matches!(&*step.consequence, "is-let-in" | "owns-account") {
            continue;
        }
        let controlled = |gain: &State| matches!(gain.verb, Verb::Administer | Verb::RunCode);
        let more: Vec<State> = step
            .gains
            .iter()
            .filter(|gain| controlled(gain))
            .filter_map(|gain| content.get(&gain.element))
            .flatten()
            .copied()
            .collect();
        for gain in more {
            if !step.gains.contains(&gain) {
                step.gains.push(gain);
            }
        }
    }
}

/// The identities of a cloud that a cluster vouches for its accounts to: whoever controls it makes pods, and tokens, of any
/// account. Also where the code has no objects of the cluster.
fn lent(inputs: &Inputs<'_, '_>, cluster: u32, only: bool) -> Vec<State> {
    let estate = inputs.estate;
    let refers = |resource: &Resource, key: &str, to: u32| {
        resource.get(key).is_some_and(|value| estate.referred(value).contains(&to))
    };
    let mut identities: Vec<u32> = Vec::new();
    let issuers: Vec<u32> = estate
        .of_type("aws_iam_openid_connect_provider")
        .iter()
        .copied()
        .filter(|at| refers(estate.resource(*at), "url", cluster))
        .collect();
    for at in estate.of_type("aws_iam_role") {
        let trust = estate.resource(*at).get("assume_role_policy").map(|value| estate.referred(value));
        if trust.unwrap_or_default().iter().any(|at| issuers.contains(at)) {
            identities.push(*at);
        }
    }
    for (ty, by, whose) in [
        ("aws_eks_pod_identity_association", "cluster_name", "role_arn"),
        ("azurerm_federated_identity_credential", "issuer", "parent_id"),
        ("azurerm_federated_identity_credential", "issuer", "user_assigned_identity_id"),
    ] {
        for at in estate.of_type(ty).iter().filter(|at| refers(estate.resource(**at), by, cluster)) {
            identities.extend(estate.resource(*at).get(whose).map(|value| estate.referred(value)).unwrap_or_default());
        }
    }
    // Accounts of Google trust the pool of a project; with one cluster it is that one's.
    if only && &*estate.resource(cluster).ty == "google_container_cluster" {
        for ty in ["google_service_account_iam_member", "google_service_account_iam_binding"] {
            for at in estate.of_type(ty) {
                let grant = estate.resource(*at);
                let pods = grant.get("member").or_else(|| grant.get("members"));
                let pods = pods.is_some_and(|members| {
                    members.each().iter().any(|one| estate.render(one).contains(".svc.id.goog["))
                });
                if pods && grant.text("role") == Some("roles/iam.workloadIdentityUser") {
                    let account = grant.get("service_account_id").map(|value| estate.referred(value));
                    identities.extend(account.unwrap_or_default());
                }
            }
        }
    }
    let mut out: Vec<State> = Vec::new();
    for element in identities.into_iter().filter_map(|at| inputs.lowered.element(at)) {
        let gain = state(Verb::ActAs, element);
        if Verb::ActAs.fits(element.domain) && !out.contains(&gain) {
            out.push(gain);
        }
    }
    out
}

/// What an access policy of EKS gives, by the end of its name.
fn level(policy: &str) -> Option<Level> {
    let name = policy.rsplit('/').next().unwrap_or(policy);
    match name {
        "AmazonEKSClusterAdminPolicy" => Some(Level::All),
        "AmazonEKSAdminPolicy" | "AmazonEKSEditPolicy" => Some(Level::Workloads),
        _ if policy.contains("${") => Some(Level::Unknown),
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    All,
    Workloads,
    Unknown,
}

/// Principals of AWS that a cluster lets in by entries and the policies joined to them.
fn entries(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    let estate = inputs.estate;
    for at in estate.of_type("aws_eks_access_entry") {
        let entry = estate.resource(*at);
        let groups = entry.get("kubernetes_groups").map(Value::each).unwrap_or_default();
        for holder in entry.get("principal_arn").map(|value| principals(inputs, value)).unwrap_or_default() {
            in_groups(inputs, holder, groups.iter().filter_map(Value::as_text), entry.span, out);
        }
    }
    for at in estate.of_type("aws_eks_access_policy_association") {
        let entry = estate.resource(*at);
        let (Some(principal), Some(policy)) = (entry.get("principal_arn"), entry.get("policy_arn")) else { continue };
        let policy = estate.render(policy);
        let Some(level) = level(&policy) else { continue };
        let cluster = cluster_of(inputs, entry);
        let spaces: Vec<&str> = match entry.text("access_scope.type") {
            Some("namespace") => entry
                .get("access_scope.namespaces")
                .map(Value::each)
                .unwrap_or_default()
                .iter()
                .filter_map(Value::as_text)
                .collect(),
            _ => Vec::new(),
        };
        let whole = entry.text("access_scope.type") != Some("namespace");
        let mut gains = Vec::new();
        if whole && level != Level::Workloads {
            gains.extend(cluster.map(|cluster| state(Verb::Administer, cluster)));
        } else {
            gains.extend(members(inputs, |space| whole || spaces.contains(&space)));
            if whole {
                gains.extend(nodes(inputs, None));
            }
        }
        for holder in principals(inputs, principal) {
            let_in(inputs, holder, cluster, gains.clone(), &policy, level == Level::Unknown, entry.span, out);
        }
    }
}

/// Who is in groups of a cluster that roles are bound to has those roles.
fn in_groups<'g>(
    inputs: &Inputs<'_, '_>,
    holder: ElementRef,
    groups: impl Iterator<Item = &'g str>,
    span: Span,
    out: &mut Vec<CloudStep>,
) {
    for name in groups {
        let group = inputs.estate.find(&format!("k8s:Group/{name}")).and_then(|at| inputs.lowered.element(at));
        if let Some(group) = group.filter(|one| one.domain == Domain::Identity) {
            let proof = evidence(holder, "member of", name, span);
            let needs = vec![vec![state(Verb::ActAs, holder)]];
            out.push(step("member-of", holder, group, needs, vec![state(Verb::ActAs, group)], proof));
        }
    }
}

/// The element of the cluster that an attribute names.
fn cluster_of(inputs: &Inputs<'_, '_>, entry: &Resource) -> Option<ElementRef> {
    let value = entry.get("cluster_name")?;
    let estate = inputs.estate;
    let referred = estate.referred(value).into_iter().find(|at| &*estate.resource(*at).ty == "aws_eks_cluster");
    let found = referred.or_else(|| {
        let name = estate.render(value);
        let all = estate.of_type("aws_eks_cluster").iter().copied();
        all.into_iter().find(|at| estate.resource(*at).text("name") == Some(&name))
    });
    found.and_then(|at| component(inputs.lowered, at))
}

/// Workloads and accounts of namespaces.
fn members(inputs: &Inputs<'_, '_>, wanted: impl Fn(&str) -> bool) -> Vec<State> {
    let mut out = Vec::new();
    for pod in &inputs.lowered.clusters.pods {
        if let (Some((space, _)), Some(element)) = (inputs.estate.namespaced(pod.at), component(inputs.lowered, pod.at))
            && wanted(&space)
        {
            out.push(state(Verb::RunCode, element));
        }
    }
    for at in inputs.estate.of_type("k8s:ServiceAccount") {
        if let (Some((space, _)), Some(element)) = (inputs.estate.namespaced(*at), inputs.lowered.element(*at))
            && wanted(&space)
            && element.domain == Domain::Identity
        {
            out.push(state(Verb::ActAs, element));
        }
    }
    out
}

/// The identities that a value names.
fn principals(inputs: &Inputs<'_, '_>, value: &Value) -> Vec<ElementRef> {
    let estate = inputs.estate;
    let mut found: Vec<u32> =
        estate.referred(value).into_iter().filter(|at| inputs.rights.principal_of(*at).is_some()).collect();
    if found.is_empty() {
        found.extend(named(inputs, &estate.render(value)));
    }
    let elements = found.into_iter().filter_map(|at| inputs.lowered.element(at));
    elements.filter(|element| element.domain == Domain::Identity).collect()
}

/// The principal of AWS with a name, as in `arn:aws:iam::123456789012:role/name`.
fn named(inputs: &Inputs<'_, '_>, arn: &str) -> Option<u32> {
    let kind = arn.rsplit(':').next()?;
    let (kind, name) = kind.split_once('/')?;
    let ty = match kind {
        "role" => "aws_iam_role",
        "user" => "aws_iam_user",
        _ => return None,
    };
    let name = name.rsplit('/').next()?;
    let all = inputs.estate.of_type(ty).iter().copied();
    all.into_iter().find(|at| inputs.estate.resource(*at).text("name") == Some(name))
}

#[expect(clippy::too_many_arguments, reason = "one sentence with many parts")]
fn let_in(
    inputs: &Inputs<'_, '_>,
    holder: ElementRef,
    cluster: Option<ElementRef>,
    gains: Vec<State>,
    by: &str,
    unsure: bool,
    span: Span,
    out: &mut Vec<CloudStep>,
) {
    let Some(first) = gains.first() else { return };
    let target = cluster.unwrap_or(first.element);
    let proof = evidence(holder, "access to the cluster", by, span);
    let needs = vec![vec![state(Verb::ActAs, holder)]];
    let mut one = step("is-let-in", holder, target, needs, gains, proof);
    one.label = by.rsplit('/').next().unwrap_or(by).into();
    if unsure {
        one.applies = Applies::Asks;
        let name = inputs.lowered.model.name(holder);
        one.assumptions.push(format!("{by} lets {name} administer the cluster").into());
    }
    out.push(one);
}

/// The map of roles and users that EKS reads from a ConfigMap: who is in the group of masters has the cluster.
fn map_of_roles(inputs: &Inputs<'_, '_>, managed: &[(u32, ElementRef)], out: &mut Vec<CloudStep>) {
    let estate = inputs.estate;
    let cluster = match managed {
        [(_, one)] => Some(*one),
        _ => inputs.lowered.account_of.get("kubernetes").copied(),
    };
    let Some(cluster) = cluster else { return };
    for at in estate.of_type("k8s:ConfigMap") {
        let map = estate.resource(*at);
        if map.text("metadata.name") != Some("aws-auth") {
            continue;
        }
        for (key, who) in [("mapRoles", "rolearn"), ("mapUsers", "userarn")] {
            let Some(value) = map.get("data").and_then(|data| data.get(key)) else { continue };
            for (arn, groups) in mapped(inputs, value, who) {
                let found = estate.find(&arn).or_else(|| named(inputs, &arn));
                let holder = found
                    .and_then(|at| inputs.lowered.element(at))
                    .filter(|element| element.domain == Domain::Identity);
                let Some(holder) = holder else { continue };
                if groups.iter().any(|group| group == "system:masters") {
                    let gains = vec![state(Verb::Administer, cluster)];
                    let_in(inputs, holder, Some(cluster), gains, "system:masters", false, value.span, out);
                }
                in_groups(inputs, holder, groups.iter().map(String::as_str), value.span, out);
            }
        }
    }
}

/// Who is mapped to which groups: names (or addresses) and groups. The map is YAML or JSON text, or was made by the code.
fn mapped(inputs: &Inputs<'_, '_>, value: &Value, who: &str) -> Vec<(String, Vec<String>)> {
    let estate = inputs.estate;
    let value = value.open();
    if value.as_map().is_some() || value.as_list().is_some() {
        let entries = value.each().iter();
        return entries
            .filter_map(|one| {
                let arn = one.get(who)?;
                let at = estate.referred(arn).first().map(|at| estate.resource(*at).address.to_string());
                let groups = one.get("groups").map(Value::each).unwrap_or_default();
                Some((
                    at.unwrap_or_else(|| estate.render(arn)),
                    groups.iter().filter_map(Value::as_text).map(ToOwned::to_owned).collect(),
                ))
            })
            .collect();
    }
    let text = estate.render(value);
    let mut out = Vec::new();
    for document in parse_yaml_documents(value.span.file, &text, &Limits::default(), &mut Vec::new()) {
        for one in document.as_sequence().unwrap_or_default() {
            let Some(arn) = one.get(who).and_then(|node| node.as_str()) else { continue };
            // `${aws_iam_role.ops.arn}`: what the text refers to.
            let arn = arn
                .strip_prefix("${")
                .and_then(|rest| rest.strip_suffix(".arn}"))
                .map_or_else(|| arn.to_owned(), ToOwned::to_owned);
            let groups = one.get("groups").and_then(|node| node.as_sequence()).unwrap_or_default();
            out.push((arn, groups.iter().filter_map(|node| node.as_str()).map(ToOwned::to_owned).collect()));
        }
    }
    out
}

/// Accounts of a cluster that are principals of a cloud: whoever acts as the one in a pod acts as the other. Beside the
/// one that an account names, every role whose trust admits it.
fn accounts(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    let identity = |at: u32| inputs.lowered.element(at).filter(|one| one.domain == Domain::Identity);
    let mut told: FxHashSet<(u32, u32)> = FxHashSet::default();
    for at in inputs.estate.of_type("k8s:ServiceAccount") {
        let Some(account) = identity(*at) else { continue };
        for principal in inputs.rights.runs_as(*at) {
            let Some(principal) = inputs.rights.principals().get(principal as usize) else { continue };
            if principal.resource == *at {
                continue;
            }
            let Some(role) = inputs.lowered.element(principal.resource).filter(|one| Verb::ActAs.fits(one.domain))
            else {
                continue;
            };
            told.insert((*at, principal.resource));
            let label: Text = inputs.estate.resource(*at).address.clone();
            let proof = evidence(account, "acts in the cloud as", &*label, inputs.estate.resource(*at).span);
            let needs = vec![vec![state(Verb::ActAs, account)]];
            out.push(step("trusts", account, role, needs, vec![state(Verb::ActAs, role)], proof));
        }
    }
    for vouched in inputs.rights.vouched() {
        if told.contains(&(vouched.account, vouched.role)) {
            continue;
        }
        let (Some(account), Some(role)) = (identity(vouched.account), identity(vouched.role)) else { continue };
        let statement = vouched.statement;
        let proof = evidence(role, "sts:AssumeRoleWithWebIdentity", &*statement.text, statement.span);
        let needs = vec![vec![state(Verb::ActAs, account)]];
        let mut one = step("trusts", account, role, needs, vec![state(Verb::ActAs, role)], proof);
        one.assumptions = vouched.assumptions.iter().map(|text| Box::from(&**text)).collect();
        if !one.assumptions.is_empty() {
            one.applies = Applies::Asks;
        }
        out.push(one);
    }
}
