//! Clusters: what pods get of the machine they run on, and which machines those are.
//!
//! A pool of nodes is one element. Pods are placed on pools by what the scheduler looks at: node selectors, required
//! affinity, and taints that are not tolerated. What cannot be decided may run anywhere.

mod access;
pub(crate) mod admission;
pub(crate) mod mesh;
mod placement;

pub use access::{HostAccess, host_access};
pub use placement::{Clusters, Pod, Pool, beside_control_plane};

use vauban_model::resource::{Resource, Value, ValueKind};

/// The address of the nodes of a cluster that only its objects speak of.
pub const NODES: &str = "k8s:Node/*";

/// The address of the machines that run a cluster's control plane, where the cluster's code runs pods there.
pub const CONTROL_PLANE: &str = "k8s:Node/control-plane";

/// Types that are a node, or a pool of alike nodes.
pub const POOLS: [&str; 5] = [
    "k8s:Node",
    "k8s:NodePool",
    "aws_eks_node_group",
    "google_container_node_pool",
    "azurerm_kubernetes_cluster_node_pool",
];

/// What of a cluster's interface makes pods of whatever description its writer likes.
pub const MAKERS: [&str; 9] = [
    "*",
    "pods",
    "deployments",
    "daemonsets",
    "statefulsets",
    "replicasets",
    "replicationcontrollers",
    "jobs",
    "cronjobs",
];

/// Kinds that run pods.
pub const WORKLOADS: [&str; 10] = [
    "k8s:Deployment",
    "k8s:StatefulSet",
    "k8s:DaemonSet",
    "k8s:Pod",
    "k8s:Job",
    "k8s:CronJob",
    "k8s:ReplicaSet",
    "k8s:ReplicationController",
    "k8s:Rollout",
    "k8s:KnativeService",
];

/// The description of the pods that a resource runs.
pub fn pod_spec(resource: &Resource) -> Option<&Value> {
    if !WORKLOADS.contains(&&*resource.ty) {
        return None;
    }
    match &*resource.ty {
        "k8s:Pod" => resource.get("spec"),
        "k8s:CronJob" => resource.get("spec.jobTemplate.spec.template.spec"),
        _ => resource.get("spec.template.spec"),
    }
}

/// A name as far as it is written: the same unknown is the same text, as in [`crate::Estate::render`].
fn told(value: &Value, out: &mut String) {
    match &value.open().kind {
        ValueKind::Text(text) => out.push_str(text),
        ValueKind::Template(parts) => parts.iter().for_each(|part| told(part, out)),
        ValueKind::Unknown(unknown) => out.push_str(&unknown.to_string()),
        ValueKind::Reference(reference) => out.push_str(&reference.to_string()),
        _ => {}
    }
}

/// The namespace of an object; `default` where none is said, and `${…}` where one is said that is not known.
pub fn space_of(resource: &Resource) -> String {
    let mut space = String::new();
    if let Some(value) = resource.get("metadata.namespace") {
        told(value, &mut space);
    }
    if !space.is_empty() {
        return space;
    }
    // Manifests have it in their address as well, where an overlay put it.
    let stated = resource.address.strip_prefix("k8s:").and_then(|rest| {
        let mut parts = rest.split('/');
        let (space, _, _) = (parts.next()?, parts.next()?, parts.next()?);
        Some(space.to_owned())
    });
    stated.unwrap_or_else(|| "default".to_owned())
}
