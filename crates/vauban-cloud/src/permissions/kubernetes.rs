//! Kubernetes: roles, cluster roles and their bindings.

use std::sync::Arc;

use vauban_model::Span;
use vauban_model::library::Cloud;
use vauban_model::resource::{Resource, Value};

use super::PrincipalKind;
use super::bindings::{Action, Bindings, Found, Grant, Role, Scope, list};
use super::tables::Tables;
use crate::Estate;
use crate::cluster;

fn metadata(resource: &Resource, key: &str) -> Option<String> {
    resource.text(&format!("metadata.{key}")).map(ToOwned::to_owned)
}

fn namespace(resource: &Resource) -> String {
    cluster::space_of(resource)
}

/// Kinds that are in no namespace, so that a grant within one does not speak of them (the API reference lists them as
/// not namespaced). Kinds that nobody knows count as namespaced.
const OF_THE_CLUSTER: [&str; 29] = [
    "apiservices",
    "certificatesigningrequests",
    "clusterrolebindings",
    "clusterroles",
    "clustertrustbundles",
    "csidrivers",
    "csinodes",
    "customresourcedefinitions",
    "flowschemas",
    "groups",
    "ingressclasses",
    "mutatingwebhookconfigurations",
    "namespaces",
    "nodes",
    "persistentvolumes",
    "podsecuritypolicies",
    "priorityclasses",
    "prioritylevelconfigurations",
    "runtimeclasses",
    "selfsubjectaccessreviews",
    "signers",
    "storageclasses",
    "subjectaccessreviews",
    "tokenreviews",
    "users",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "validatingwebhookconfigurations",
    "volumeattachments",
];

/// Whether an action such as `create nodes/proxy` is about the cluster as a whole. (Within a namespace a cluster role
/// may be bound as well, which gives no more than the namespace.)
pub(super) fn of_the_cluster(action: &str) -> bool {
    let Some((_, on)) = action.split_once(' ') else { return false };
    let kind = on.split(['/', '.']).next().unwrap_or_default();
    on.starts_with('/') || OF_THE_CLUSTER.contains(&kind)
}

/// Makes every service account a principal.
pub(super) fn principals(estate: &Estate<'_>, found: &mut Found) {
    for at in estate.of_type("k8s:ServiceAccount") {
        found.add(*at, Cloud::Kubernetes, PrincipalKind::Role);
    }
    for at in estate.of_type("k8s:Group") {
        found.add(*at, Cloud::Kubernetes, PrincipalKind::Group);
    }
    for at in estate.of_type("k8s:User") {
        found.add(*at, Cloud::Kubernetes, PrincipalKind::User);
    }
}

/// Kinds by the group of the interface they belong to (the API reference); some are or were in two.
const GROUPS: [(&str, &str); 11] = [
    (
        "",
        "bindings configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods \
         podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services users groups",
    ),
    ("apps", "controllerrevisions daemonsets deployments replicasets statefulsets"),
    ("extensions", "daemonsets deployments replicasets ingresses networkpolicies podsecuritypolicies"),
    ("batch", "jobs cronjobs"),
    ("rbac.authorization.k8s.io", "roles rolebindings clusterroles clusterrolebindings"),
    ("certificates.k8s.io", "certificatesigningrequests signers"),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations validatingwebhookconfigurations"),
    ("networking.k8s.io", "ingresses networkpolicies ingressclasses"),
    ("events.k8s.io", "events"),
    ("authentication.k8s.io", "tokenreviews userextras"),
    ("apiregistration.k8s.io", "apiservices"),
];

/// The resources of a rule that are of its groups: what is named like a pod elsewhere is no pod, and all of one group is
/// not all there is.
fn in_groups(resources: Vec<String>, groups: &[String]) -> Vec<String> {
    if groups.is_empty() || groups.iter().any(|group| group == "*" || group.contains("${")) {
        return resources;
    }
    let kinds = || {
        let ours = GROUPS.iter().filter(|(group, _)| groups.iter().any(|one| one == group));
        ours.flat_map(|(_, kinds)| kinds.split_whitespace())
    };
    let mut out = Vec::new();
    for resource in resources {
        let (kind, part) = match resource.split_once('/') {
            Some((kind, part)) => (kind, Some(part)),
            None => (resource.as_str(), None),
        };
        if kind == "*" {
            for kind in kinds() {
                match part {
                    Some(part) => out.push(format!("{kind}/{part}")),
                    None => out.extend([kind.to_owned(), format!("{kind}/*")]),
                }
            }
            // What no table lists is of a group that nobody builds a way on, but it is still told.
            out.push(format!("{resource}.{}", groups.first().map_or("", String::as_str)));
            continue;
        }
        let known = GROUPS.iter().any(|(_, kinds)| kinds.split_whitespace().any(|one| one == kind));
        if !known || kinds().any(|one| one == kind) {
            out.push(resource);
        }
    }
    out
}

/// Short names of kinds, as the command line has them (the API reference).
const SHORT: [(&str, &str); 14] = [
    ("cj", "cronjobs"),
    ("cm", "configmaps"),
    ("csr", "certificatesigningrequests"),
    ("deploy", "deployments"),
    ("ds", "daemonsets"),
    ("ing", "ingresses"),
    ("netpol", "networkpolicies"),
    ("no", "nodes"),
    ("ns", "namespaces"),
    ("po", "pods"),
    ("rs", "replicasets"),
    ("sa", "serviceaccounts"),
    ("sts", "statefulsets"),
    ("svc", "services"),
];

/// Kinds that the tables know.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().flat_map(|(_, kinds)| kinds.split_whitespace()).chain(OF_THE_CLUSTER)
}

/// Whether the tables know a kind, by its name or its short name.
pub(super) fn is_kind(kind: &str) -> bool {
    kinds().any(|one| one == kind) || SHORT.iter().any(|(short, _)| *short == kind)
}

/// An action as the command line of clusters writes it, in the words of roles: `get deployments.apps` is
/// `get deployments`, `delete po` is `delete pods`. What is of a group in which there is no such kind stays as it is.
pub fn kubernetes_action(action: &str) -> String {
    let Some((verb, on)) = action.split_once(' ') else { return action.to_owned() };
    let on = on.trim();
    if on.starts_with('/') {
        return format!("{verb} {on}");
    }
    let (whole, part) = on.split_once('/').map_or((on, None), |(whole, part)| (whole, Some(part)));
    let (kind, group) = whole.split_once('.').map_or((whole, None), |(kind, group)| (kind, Some(group)));
    let kind = SHORT.iter().find(|(short, _)| *short == kind).map_or(kind, |(_, long)| long);
    let lists = |kinds: &str, wanted: &str| kinds.split_whitespace().any(|one| one == wanted);
    // One of them is meant by its name: `get pod`.
    let many = [format!("{kind}s"), format!("{kind}es")];
    let known = |wanted: &str| GROUPS.iter().any(|(_, kinds)| lists(kinds, wanted));
    let kind = if known(kind) { kind } else { many.iter().find(|many| known(many)).map_or(kind, String::as_str) };
    let elsewhere = group
        .is_some_and(|group| known(kind) && !GROUPS.iter().any(|(own, kinds)| *own == group && lists(kinds, kind)));
    let kind = if elsewhere { whole } else { kind };
    part.map_or_else(|| format!("{verb} {kind}"), |part| format!("{verb} {kind}/{part}"))
}

/// Roles of every cluster with which one becomes administrator of it: in the namespace of its own controllers at least.
///
/// Source: Kubernetes documentation, "Using RBAC Authorization", user-facing roles.
const STRONG: [&str; 3] = ["admin", "cluster-admin", "edit"];

/// Whether a right that is limited to some names is worth the same as one over all of them.
pub(super) fn enough_by_name(estate: &Estate<'_>, grants: &[Grant], action: &str, only: &[String]) -> bool {
    let strong = |name: &String| {
        STRONG.contains(&name.as_str())
            || estate.of_type("k8s:ClusterRole").iter().map(|at| estate.resource(*at)).any(|role| {
                let has = |key: &str, rule: &Value, words: &[&str]| {
                    list(estate, rule.get(key)).iter().any(|one| words.contains(&one.as_str()))
                };
                let mut rules = role.get("rules").map(Value::each).unwrap_or_default().iter();
                metadata(role, "name").as_ref() == Some(name)
                    && rules.any(|rule| {
                        has("verbs", rule, &["*", "bind", "escalate"])
                            && has("resources", rule, &["*", "clusterroles", "clusterrolebindings"])
                    })
            })
    };
    let strong_group = |name: &String| {
        name == "system:masters"
            || estate.of_type("k8s:ClusterRoleBinding").iter().map(|at| estate.resource(*at)).any(|binding| {
                let text = |key: &str, one: &Value| one.get(key).map(|value| estate.render(value)).unwrap_or_default();
                let mut subjects = binding.get("subjects").map(Value::each).unwrap_or_default().iter();
                binding.text("roleRef.name").is_some_and(|role| strong(&role.to_owned()))
                    && subjects.any(|one| text("kind", one) == "Group" && text("name", one) == *name)
            })
    };
    let held = |name: &String| grants.iter().any(|grant| grant.label.starts_with(&format!("{name} through ")));
    match action {
        "bind clusterroles" => only.iter().any(strong),
        // Only what is bound to oneself is worth extending.
        "escalate clusterroles" => only.iter().any(held),
        "impersonate groups" => only.iter().any(strong_group),
        _ => true,
    }
}

/// Rules as roles: one for each, as names may limit each.
fn rules(estate: &Estate<'_>, value: Option<&Value>) -> Vec<Role> {
    let mut out = Vec::new();
    for rule in value.map(Value::each).unwrap_or_default() {
        let resources = in_groups(list(estate, rule.get("resources")), &list(estate, rule.get("apiGroups")));
        let mut role = Role { only: list(estate, rule.get("resourceNames")), ..Role::default() };
        for verb in list(estate, rule.get("verbs")) {
            for resource in &resources {
                // Names cannot limit what has none yet; a part of something, such as a token, has its name.
                if !role.only.is_empty() && verb == "create" && !resource.contains('/') {
                    continue;
                }
                role.actions.push(Action::new(&format!("{verb} {resource}")));
            }
            for path in list(estate, rule.get("nonResourceURLs")) {
                role.actions.push(Action::new(&format!("{verb} {path}")));
            }
        }
        out.push(role);
    }
    out
}

/// The label by which a role becomes part of one that every cluster has, without that one's name.
const AGGREGATE: &str = "rbac.authorization.k8s.io/aggregate-to-";

/// Roles of every cluster that are put together from others, and the labels that count: one role takes in the next.
///
/// Source: Kubernetes documentation, "Using RBAC Authorization", aggregated cluster roles and user-facing roles.
const AGGREGATED: [(&str, &[&str]); 3] =
    [("admin", &["admin", "edit", "view"]), ("edit", &["edit", "view"]), ("view", &["view"])];

/// A role that every cluster has.
fn built_in(tables: &Tables<'_>, name: &str) -> Option<Vec<Role>> {
    let roles = tables.kubernetes.get(name)?.lines().filter_map(|line| {
        let (verbs, resources) = line.split_once('\t')?;
        let actions =
            verbs.split(' ').flat_map(|verb| resources.split(' ').map(move |on| Action::new(&format!("{verb} {on}"))));
        Some(Role { actions: actions.collect(), ..Role::default() })
    });
    Some(roles.collect())
}

/// What roles of the inventory add by their labels to one that every cluster has.
fn joined(estate: &Estate<'_>, name: &str) -> Vec<Role> {
    let labels = AGGREGATED.iter().find(|(own, _)| *own == name).map_or(&[][..], |(_, labels)| labels);
    let mut out = Vec::new();
    for at in estate.of_type("k8s:ClusterRole") {
        let resource = estate.resource(*at);
        let own = resource.get("metadata.labels");
        let says = |label: &str| {
            let said = own.and_then(|own| own.get(&format!("{AGGREGATE}{label}")));
            said.is_some_and(|value| estate.render(value) == "true")
        };
        if metadata(resource, "name").as_deref() != Some(name) && labels.iter().any(|label| says(label)) {
            out.extend(rules(estate, resource.get("rules")));
        }
    }
    out
}

/// Whether labels fit a selector of an aggregated role: all that it says holds. One that says nothing takes in nothing that
/// could be told.
///
/// Source: Kubernetes API reference, `LabelSelector`.
fn selects(estate: &Estate<'_>, selector: &Value, label: &dyn Fn(&str) -> Option<String>) -> bool {
    let text = |value: Option<&Value>| value.map(|value| estate.render(value)).unwrap_or_default();
    let wanted = selector.get("matchLabels").and_then(Value::as_map).unwrap_or_default();
    let expressions = selector.get("matchExpressions").map(Value::each).unwrap_or_default();
    let said = !wanted.is_empty() || !expressions.is_empty();
    let fits = |expression: &Value| {
        let own = label(&text(expression.get("key")));
        let listed = |own: &String| list(estate, expression.get("values")).contains(own);
        match text(expression.get("operator")).as_str() {
            "In" => own.as_ref().is_some_and(listed),
            "NotIn" => !own.as_ref().is_some_and(listed),
            "Exists" => own.is_some(),
            "DoesNotExist" => own.is_none(),
            _ => false,
        }
    };
    said && wanted.iter().all(|(key, value)| label(key).is_some_and(|own| own == estate.render(value)))
        && expressions.iter().all(fits)
}

/// What a role or cluster role allows, those it takes in by their labels included.
fn role(estate: &Estate<'_>, tables: &Tables<'_>, kind: &str, name: &str, namespace: &str) -> Vec<Role> {
    let cluster = kind == "ClusterRole";
    let ty = if cluster { "k8s:ClusterRole" } else { "k8s:Role" };
    let found = estate.of_type(ty).iter().copied().find(|at| {
        let resource = estate.resource(*at);
        metadata(resource, "name").as_deref() == Some(name) && (cluster || self::namespace(resource) == namespace)
    });
    let Some(at) = found else {
        return match built_in(tables, name).filter(|_| cluster) {
            Some(mut roles) => {
                roles.extend(joined(estate, name));
                roles
            }
            None => vec![Role { unknown: true, ..Role::default() }],
        };
    };
    let resource = estate.resource(at);
    let mut out = rules(estate, resource.get("rules"));
    // The roles that a cluster starts with stay what they are when somebody writes them again.
    if cluster && AGGREGATED.iter().any(|(own, _)| *own == name) {
        out.extend(joined(estate, name));
    }
    for selector in resource.get("aggregationRule.clusterRoleSelectors").map(Value::each).unwrap_or_default() {
        // By the labels of the roles that a cluster starts with, those are taken in.
        for (name, _) in AGGREGATED {
            let own = format!("{AGGREGATE}{name}");
            if selects(estate, selector, &|key| (key == own).then(|| "true".to_owned())) {
                out.extend(built_in(tables, name).into_iter().flatten());
            }
        }
        for other in estate.of_type("k8s:ClusterRole").iter().filter(|other| **other != at) {
            let labels = estate.resource(*other).get("metadata.labels");
            let label = |key: &str| Some(estate.render(labels?.get(key)?));
            if selects(estate, selector, &label) {
                out.extend(rules(estate, estate.resource(*other).get("rules")));
            }
        }
    }
    out
}

/// Who has not signed in at all, as bindings call it.
const NOBODY_IN_PARTICULAR: [&str; 2] = ["system:unauthenticated", "system:anonymous"];

/// Roles that every cluster binds to everybody by itself.
const PUBLIC: [&str; 3] = ["system:public-info-viewer", "system:discovery", "system:basic-user"];

/// The bindings that give rights to whoever has not signed in, with the place of the subject.
pub(crate) fn bound_to_anybody<'e>(estate: &'e Estate<'_>) -> impl Iterator<Item = (u32, Span)> + 'e {
    estate.of_type("k8s:ClusterRoleBinding").iter().chain(estate.of_type("k8s:RoleBinding")).filter_map(move |at| {
        let subjects = estate.resource(*at).get("subjects").map(Value::each).unwrap_or_default();
        let named = |subject: &&Value| {
            subject.get("name").and_then(Value::as_text).is_some_and(|name| NOBODY_IN_PARTICULAR.contains(&name))
        };
        let public = estate.resource(*at).text("roleRef.name").is_some_and(|role| PUBLIC.contains(&role));
        subjects.iter().filter(|_| !public).find(named).map(|subject| (*at, subject.span))
    })
}

/// Reads bindings.
pub(super) fn grants(estate: &Estate<'_>, tables: &Tables<'_>, found: &Found, out: &mut Bindings) {
    for (ty, cluster) in [("k8s:RoleBinding", false), ("k8s:ClusterRoleBinding", true)] {
        for at in estate.of_type(ty).iter().copied() {
            let resource = estate.resource(at);
            let own = namespace(resource);
            let kind = resource.text("roleRef.kind").unwrap_or("ClusterRole");
            let name = resource.text("roleRef.name").unwrap_or_default();
            let mut roles = role(estate, tables, kind, name, &own);
            // They come with every cluster and give the health checks, the version and what one may do oneself.
            if PUBLIC.contains(&name) {
                continue;
            }
            privileged_pods(estate, (!cluster).then_some(own.as_str()), &mut roles);
            let roles: Vec<Arc<Role>> = roles.into_iter().map(Arc::new).collect();
            for subject in resource.get("subjects").map(Value::each).unwrap_or_default() {
                let text = |key: &str| subject.get(key).map(|value| estate.render(value)).unwrap_or_default();
                let (subject_name, subject_namespace) = (text("name"), text("namespace"));
                let subject_namespace = if subject_namespace.is_empty() { own.clone() } else { subject_namespace };
                let everybody = || -> Vec<u32> {
                    let all = ["k8s:ServiceAccount", "k8s:User"].into_iter();
                    all.flat_map(|ty| estate.of_type(ty)).copied().collect()
                };
                let accounts = |wanted: &dyn Fn(&Resource) -> bool| -> Vec<u32> {
                    let all = estate.of_type("k8s:ServiceAccount").iter().copied();
                    all.filter(|at| wanted(estate.resource(*at))).collect()
                };
                let mut anyone = false;
                let holders = match (text("kind").as_str(), subject_name.as_str()) {
                    ("ServiceAccount", wanted) => accounts(&|one| {
                        metadata(one, "name").as_deref() == Some(wanted) && namespace(one) == subject_namespace
                    }),
                    ("Group", "system:serviceaccounts") => accounts(&|_| true),
                    ("Group", "system:authenticated") => everybody(),
                    ("Group" | "User", name) if NOBODY_IN_PARTICULAR.contains(&name) => {
                        anyone = true;
                        everybody()
                    }
                    ("Group", group) => match group.strip_prefix("system:serviceaccounts:") {
                        Some(wanted) => accounts(&|one| namespace(one) == wanted),
                        None => estate.find(&format!("k8s:Group/{group}")).into_iter().collect(),
                    },
                    ("User", user) => {
                        match user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':')) {
                            Some((wanted, name)) => accounts(&|one| {
                                metadata(one, "name").as_deref() == Some(name) && namespace(one) == wanted
                            }),
                            None => estate.find(&format!("k8s:User/{user}")).into_iter().collect(),
                        }
                    }
                    _ => continue,
                };
                for role in &roles {
                    let scope = if cluster {
                        Scope::Everything
                    } else {
                        Scope::Namespace(Some(own.clone()), role.only.clone())
                    };
                    let grant = Grant {
                        role: role.clone(),
                        label: format!("{name} through {}", resource.name).into(),
                        scope,
                        condition: None,
                        within: None,
                        vault_policy: false,
                        leans: None,
                        defined: None,
                        span: subject.span,
                        resource: at,
                    };
                    for holder in &holders {
                        if let Some(principal) = found.by_resource.get(holder) {
                            out.give(*principal, grant.clone());
                        }
                    }
                    if anyone {
                        out.anyone.push(grant);
                    }
                }
            }
        }
    }
}

/// What is asked for where pods of one's own making may have rights over their machine. No verb of the interface: it
/// is `create pods` and the like, where nothing looks at what the pods are.
const PRIVILEGED: &str = "create privileged-pods";

/// Adds to roles whether their holders may make pods that get onto their node, in a namespace or anywhere.
fn privileged_pods(estate: &Estate<'_>, space: Option<&str>, roles: &mut [Role]) {
    let level = space.and_then(|space| {
        let spaces = estate.of_type("k8s:Namespace").iter().map(|at| estate.resource(*at));
        let mut own = spaces.filter(|one| one.text("metadata.name").unwrap_or(&one.name) == space);
        own.next()?.text("pod_security")
    });
    let kept_out = matches!(level, Some("baseline" | "restricted")) || cluster::admission::looks_at_pods(estate, space);
    for role in roles {
        if kept_out {
            role.except.push(Action::new(PRIVILEGED));
            continue;
        }
        let made = cluster::MAKERS
            .iter()
            .skip(1)
            .flat_map(|kind| ["create", "update", "patch"].into_iter().map(move |verb| format!("{verb} {kind}")));
        let made = made
            .into_iter()
            .find(|action| !(role.only.is_empty() && action.starts_with("update jobs")) && role.allows(action));
        if let Some(made) = made {
            role.actions.push(Action::told(&made, PRIVILEGED));
        }
    }
}

/// Where pods of the kinds of workload are described.
const PODS: [&str; 3] = ["spec.template.spec", "spec.jobTemplate.spec.template.spec", "spec"];

/// The service account that a workload runs as, if the inventory has it.
pub(super) fn account(estate: &Estate<'_>, at: u32) -> Option<u32> {
    let resource = estate.resource(at);
    if !resource.ty.starts_with("k8s:") || &*resource.ty == "k8s:ServiceAccount" {
        return None;
    }
    let pod = PODS.iter().find_map(|path| resource.get(path).filter(|pod| pod.get("containers").is_some()))?;
    let name = ["serviceAccountName", "serviceAccount"]
        .iter()
        .find_map(|key| pod.get(key).and_then(Value::as_text))
        .unwrap_or("default");
    let own = namespace(resource);
    estate.of_type("k8s:ServiceAccount").iter().copied().find(|at| {
        let one = estate.resource(*at);
        metadata(one, "name").as_deref() == Some(name) && namespace(one) == own
    })
}

/// Whether pods of a workload have the token of their account: unless they or the account say otherwise. One that is
/// mounted by name is there all the same.
pub(super) fn has_token(estate: &Estate<'_>, at: u32, account: u32) -> bool {
    let resource = estate.resource(at);
    let Some(pod) = PODS.iter().find_map(|path| resource.get(path).filter(|pod| pod.get("containers").is_some()))
    else {
        return true;
    };
    let said = |value: Option<&Value>| value.and_then(Value::as_bool);
    let mounts = said(pod.get("automountServiceAccountToken"))
        .or_else(|| said(estate.resource(account).get("automountServiceAccountToken")))
        .unwrap_or(true);
    mounts
        || pod.get("volumes").map(Value::each).unwrap_or_default().iter().any(|volume| {
            let sources = volume.at("projected.sources").map(Value::each).unwrap_or_default();
            sources
                .iter()
                .any(|one| one.get("serviceAccountToken").is_some_and(|token| token.get("audience").is_none()))
        })
}

/// The audiences of the tokens that pods of a workload have mounted and that are for somebody outside of the cluster.
pub(super) fn audiences(estate: &Estate<'_>, at: u32) -> Vec<String> {
    let resource = estate.resource(at);
    let pod = PODS.iter().find_map(|path| resource.get(path).filter(|pod| pod.get("containers").is_some()));
    let volumes = pod.and_then(|pod| pod.get("volumes")).map(Value::each).unwrap_or_default();
    let sources = volumes.iter().flat_map(|volume| volume.at("projected.sources").map(Value::each).unwrap_or_default());
    let tokens = sources.filter_map(|one| one.get("serviceAccountToken")?.get("audience")?.as_text());
    tokens.map(ToOwned::to_owned).collect()
}

/// Nodes that Karpenter makes: the role that their class names.
pub(super) fn role_of_nodes<'e>(estate: &Estate<'e>, at: u32) -> Vec<&'e Value> {
    let resource = estate.resource(at);
    if &*resource.ty != "k8s:NodePool" {
        return Vec::new();
    }
    let name = resource.text("spec.template.spec.nodeClassRef.name");
    let classes = ["k8s:EC2NodeClass", "k8s:NodeClass"].into_iter().flat_map(|ty| estate.of_type(ty));
    let classes = classes.map(|at| estate.resource(*at)).filter(|one| one.text("metadata.name") == name);
    classes.filter_map(|one| one.get("spec.role")).collect()
}

/// The namespace and name of the account that a workload runs as, declared or not; an account's own.
pub(super) fn named_account(estate: &Estate<'_>, at: u32) -> Option<(String, String)> {
    let resource = estate.resource(at);
    if &*resource.ty == "k8s:ServiceAccount" {
        return Some((namespace(resource), metadata(resource, "name")?));
    }
    let pod = cluster::pod_spec(resource)?;
    let name = ["serviceAccountName", "serviceAccount"].iter().find_map(|key| pod.get(key)).and_then(Value::as_text);
    Some((namespace(resource), name.unwrap_or("default").to_owned()))
}

/// The roles that a cluster of AWS hands to an account beside the account's own annotations.
pub(super) fn associated<'e>(estate: &Estate<'e>, namespace: &str, name: &str) -> Vec<&'e Value> {
    let all = estate.of_type("aws_eks_pod_identity_association").iter().map(|at| estate.resource(*at));
    let says =
        |one: &Resource, key: &str, wanted: &str| one.get(key).is_some_and(|value| estate.render(value) == wanted);
    all.filter(|one| says(one, "namespace", namespace) && says(one, "service_account", name))
        .filter_map(|one| one.get("role_arn"))
        .collect()
}

/// The identity of a cloud that a service account is annotated with, and the account's namespace and name.
pub(super) fn annotated<'e>(estate: &Estate<'e>, at: u32) -> Option<(&'e Value, String, String)> {
    let resource = estate.resource(at);
    if &*resource.ty != "k8s:ServiceAccount" {
        return None;
    }
    let annotations = resource.get("metadata.annotations")?;
    let keys = ["eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id"];
    let value = keys.iter().find_map(|key| annotations.get(key))?;
    Some((value, namespace(resource), metadata(resource, "name")?))
}
