//! Which pods may run on which pools of nodes.

use rustc_hash::FxHashSet;
use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Value, ValueKind};

use super::admission::{guarded_namespaces, is_refused};
use super::{HostAccess, POOLS, WORKLOADS, host_access, pod_spec, space_of};
use crate::Estate;

/// A pool of nodes.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its resource.
    pub at: u32,
    /// The cluster it is part of, as its code names it; empty where nothing does.
    pub cluster: String,
    /// What its nodes are labelled with; `None` where that is not known.
    labels: Option<Vec<(String, String)>>,
    /// Taints that keep pods away: key, value.
    taints: Vec<(String, String)>,
    /// Whether these machines run the control plane.
    pub control: bool,
}

/// A workload and where its pods run.
#[derive(Clone, Debug)]
pub struct Pod {
    /// The workload's resource.
    pub at: u32,
    /// What it gets of its machine.
    pub access: HostAccess,
    /// Where its namespace says that it takes no such pods, so that it never starts; it gets nothing of any machine.
    pub refused: Option<Span>,
    /// Whether a pod of it is on each machine.
    pub everywhere: bool,
    /// The pools it may run on, by their place in [`Clusters::pools`].
    pub pools: Vec<usize>,
}

/// The pools and the pods of an estate.
#[derive(Clone, Debug, Default)]
pub struct Clusters {
    /// Pools of nodes, in the order of the inventory.
    pub pools: Vec<Pool>,
    /// Workloads, in the order of the inventory.
    pub pods: Vec<Pod>,
    /// Whether pools of several clusters are there and nothing says on which of them the workloads run.
    pub several: bool,
}

/// Labels that machines get by themselves, whose values nobody writes down with a pool.
const GIVEN: [&str; 8] = [
    "kubernetes.io/os",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "beta.kubernetes.io/os",
    "beta.kubernetes.io/arch",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// Labels by which each provider names the pool of a node.
const OF_THE_POOL: [&str; 6] = [
    "eks.amazonaws.com/nodegroup",
    "cloud.google.com/gke-nodepool",
    "agentpool",
    "kubernetes.azure.com/agentpool",
    "karpenter.sh/nodepool",
    "kubernetes.io/hostname",
];

/// Taints and labels of the machines that run the control plane.
const CONTROL_PLANE: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/// Where a pod says what its machine has to be.
const TERMS: &str = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

impl Clusters {
    /// Reads pools and workloads.
    pub fn read(estate: &Estate<'_>) -> Self {
        let mut pools = Vec::new();
        let mut wanted: Vec<u32> = POOLS.iter().flat_map(|ty| estate.of_type(ty).iter().copied()).collect();
        wanted.sort_unstable();
        for at in wanted {
            if estate.resource(at).mode == Mode::Managed {
                pools.push(pool(estate, at));
            }
        }
        let named: FxHashSet<&str> =
            pools.iter().map(|pool| pool.cluster.as_str()).filter(|name| !name.is_empty()).collect();
        let mut workloads: Vec<u32> = WORKLOADS.iter().flat_map(|ty| estate.of_type(ty).iter().copied()).collect();
        workloads.sort_unstable();
        let several = named.len() > 1;
        let guarded = guarded_namespaces(estate);
        let mut pods = Vec::new();
        for at in workloads {
            let resource = estate.resource(at);
            let Some(spec) = pod_spec(resource) else { continue };
            let places = if serverless(estate, resource) {
                Vec::new()
            } else {
                (0..pools.len()).filter(|at| pools.get(*at).is_some_and(|pool| pool.takes(spec))).collect()
            };
            let refused = guarded.get(&*space_of(resource)).copied().flatten().filter(|_| is_refused(spec));
            pods.push(Pod {
                at,
                access: if refused.is_some() { HostAccess::default() } else { host_access(spec) },
                refused,
                everywhere: &*resource.ty == "k8s:DaemonSet",
                pools: places,
            });
        }
        Clusters { pools, pods, several }
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    let value = value.get(key)?;
    value.as_text().map(ToOwned::to_owned).or_else(|| value.as_bool().map(|one| one.to_string()))
}

/// The entries of a map of labels; `None` where the map is not known.
fn labels(value: Option<&Value>) -> Option<Vec<(String, String)>> {
    let Some(value) = value else { return Some(Vec::new()) };
    if matches!(value.open().kind, ValueKind::Unknown(_) | ValueKind::OneOf(_) | ValueKind::Reference(_)) {
        return None;
    }
    let list = value.as_map().unwrap_or_default().iter();
    Some(list.map(|(key, value)| (key.to_string(), value.as_text().unwrap_or("${}").to_owned())).collect())
}

fn pool(estate: &Estate<'_>, at: u32) -> Pool {
    let resource = estate.resource(at);
    let (labelled, tainted, cluster, name) = match &*resource.ty {
        "aws_eks_node_group" => ("labels", "taint", "cluster_name", "node_group_name"),
        "google_container_node_pool" => ("node_config.labels", "node_config.taint", "cluster", "name"),
        "azurerm_kubernetes_cluster_node_pool" => ("node_labels", "node_taints", "kubernetes_cluster_id", "name"),
        "k8s:NodePool" => ("spec.template.metadata.labels", "spec.template.spec.taints", "", "metadata.name"),
        _ => ("metadata.labels", "spec.taints", "", "metadata.name"),
    };
    let control = &*resource.address == super::CONTROL_PLANE;
    let mut known = if control || &*resource.address == super::NODES { None } else { labels(resource.get(labelled)) };
    if let (Some(known), Some(name)) = (&mut known, resource.text(name)) {
        known.extend(OF_THE_POOL.iter().map(|key| ((*key).to_owned(), name.to_owned())));
    }
    let mut taints = Vec::new();
    for taint in resource.get(tainted).map(Value::each).unwrap_or_default() {
        // `key=value:NoSchedule` in one, or a block.
        let (key, value, effect) = match taint.as_text() {
            Some(whole) => {
                let (pair, effect) = whole.split_once(':').unwrap_or((whole, ""));
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (Some(key.to_owned()), value.to_owned(), effect.to_owned())
            }
            None => (
                text(taint, "key"),
                text(taint, "value").unwrap_or_default(),
                text(taint, "effect").unwrap_or_default(),
            ),
        };
        let effect = effect.to_ascii_lowercase().replace('_', "");
        if let Some(key) = key
            && matches!(effect.as_str(), "noschedule" | "noexecute")
        {
            taints.push((key, value));
        }
    }
    let cluster = resource.get(cluster).map(|value| cluster_named(estate, value)).unwrap_or_default();
    Pool { at, cluster, labels: known, taints, control }
}

/// The cluster that a pool's attribute means: its address, or the name it is called by.
fn cluster_named(estate: &Estate<'_>, value: &Value) -> String {
    let referred = estate.referred(value);
    match referred.first() {
        Some(at) => estate.resource(*at).address.to_string(),
        None => estate.render(value),
    }
}

impl Pool {
    /// Whether the scheduler may put a pod here; what is not known does not keep it away.
    fn takes(&self, pod: &Value) -> bool {
        if pod.get("nodeName").and_then(Value::as_text).is_some_and(|name| self.other_name(name)) {
            return false;
        }
        let selected = pod.get("nodeSelector").and_then(Value::as_map).unwrap_or_default();
        if !selected.iter().all(|(key, value)| value.as_text().is_none_or(|value| self.has(key, &[value]))) {
            return false;
        }
        let terms = pod.at(TERMS).map(Value::each).unwrap_or_default();
        if !terms.is_empty() && !terms.iter().any(|term| self.fits(term)) {
            return false;
        }
        let tolerations = pod.get("tolerations").map(Value::each).unwrap_or_default();
        let stays_away =
            self.control && !tolerations.iter().any(|one| CONTROL_PLANE.iter().any(|key| tolerates(one, key, "")));
        !stays_away && self.taints.iter().all(|(key, value)| tolerations.iter().any(|one| tolerates(one, key, value)))
    }

    fn other_name(&self, name: &str) -> bool {
        let own = self.labels.as_ref().and_then(|all| all.iter().find(|(key, _)| key == "kubernetes.io/hostname"));
        own.is_some_and(|(_, own)| own != name)
    }

    /// Whether a label has, or may have, one of the values (none: any).
    fn has(&self, key: &str, values: &[&str]) -> bool {
        if CONTROL_PLANE.contains(&key) {
            return self.control;
        }
        let Some(labels) = &self.labels else { return true };
        match labels.iter().find(|(known, _)| known == key) {
            Some((_, own)) => values.is_empty() || own == "${}" || values.contains(&own.as_str()),
            None => GIVEN.contains(&key),
        }
    }

    fn fits(&self, term: &Value) -> bool {
        let all = term.get("matchExpressions").map(Value::each).unwrap_or_default();
        all.iter().all(|one| {
            let Some(key) = text(one, "key") else { return true };
            let values: Vec<&str> =
                one.get("values").map(Value::each).unwrap_or_default().iter().filter_map(Value::as_text).collect();
            let given =
                !CONTROL_PLANE.contains(&key.as_str()) && (GIVEN.contains(&key.as_str()) || self.labels.is_none());
            match one.get("operator").and_then(Value::as_text) {
                Some("In") => self.has(&key, &values),
                Some("Exists") => self.has(&key, &[]),
                Some("NotIn") => given || !self.has(&key, &values),
                Some("DoesNotExist") => given || !self.has(&key, &[]),
                _ => true,
            }
        })
    }
}

fn tolerates(toleration: &Value, key: &str, value: &str) -> bool {
    let any = text(toleration, "operator").as_deref() == Some("Exists");
    match text(toleration, "key") {
        None => any,
        Some(own) => own == key && (any || text(toleration, "value").unwrap_or_default() == value),
    }
}

/// Whether pods of a workload run for sure (`Some(true)`), or may run (`Some(false)`), beside the control plane.
pub fn beside_control_plane(pod: &Value, ty: &str) -> Option<bool> {
    let is_key = |key: &str| CONTROL_PLANE.contains(&key);
    let selected = pod.get("nodeSelector").and_then(Value::as_map).unwrap_or_default();
    let terms = pod.at(TERMS).map(Value::each).unwrap_or_default();
    let pinned = selected.iter().any(|(key, _)| is_key(key))
        || terms.iter().any(|term| {
            term.get("matchExpressions").map(Value::each).unwrap_or_default().iter().any(|one| {
                text(one, "key").is_some_and(|key| is_key(&key))
                    && matches!(one.get("operator").and_then(Value::as_text), Some("Exists" | "In"))
            })
        });
    if pinned {
        return Some(true);
    }
    let tolerations = pod.get("tolerations").map(Value::each).unwrap_or_default();
    let tolerated = tolerations.iter().any(|one| CONTROL_PLANE.iter().any(|key| tolerates(one, key, "")));
    tolerated.then_some(ty == "k8s:DaemonSet")
}

/// Whether the provider runs pods of a workload on machines of their own, where they have no neighbours.
fn serverless(estate: &Estate<'_>, workload: &Resource) -> bool {
    estate.of_type("aws_eks_fargate_profile").iter().any(|at| {
        let selectors = estate.resource(*at).get("selector").map(Value::each).unwrap_or_default();
        selectors.iter().any(|one| {
            let space = one.get("namespace").map(|value| estate.render(value)).unwrap_or_default();
            one.get("labels").is_none() && space == space_of(workload)
        })
    })
}
