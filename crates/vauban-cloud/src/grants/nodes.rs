//! What follows from the place of pods: whoever has a node has what runs on it; whoever has a pod may ask what answers on
//! the node; whoever has a node of the control plane has the cluster.

use vauban_model::finding::Applies;
use vauban_model::finding::CloudStep;
use vauban_model::library::Cloud;
use vauban_model::model::ElementRef;
use vauban_model::state::Verb;
use vauban_model::vocabulary::{Domain, fact};

use super::Inputs;
use super::structure::{evidence, state, step};
use super::walk::account_of;
use crate::cluster::{Pod, Pool, beside_control_plane, pod_spec};
use crate::lower::component;

/// All steps of nodes.
pub(super) fn steps(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    let clusters = &inputs.lowered.clusters;
    let mut on: Vec<Vec<&Pod>> = vec![Vec::new(); clusters.pools.len()];
    for pod in &clusters.pods {
        for pool in &pod.pools {
            if let Some(list) = on.get_mut(*pool) {
                list.push(pod);
            }
        }
    }
    for (pool, pods) in clusters.pools.iter().zip(&on) {
        let Some(node) = component(inputs.lowered, pool.at) else { continue };
        let before = out.len();
        for pod in pods {
            holds(inputs, pool, node, pod, out);
            let joined = !clusters.several && joins(inputs, pool, pod);
            if !joined && pod.access.leaves() {
                escapes(inputs, pool, node, pod, out);
            }
        }
        asks_metadata(inputs, pool, node, pods, out);
        control_plane(inputs, pool, node, out);
        if clusters.several {
            // Of several clusters nobody said which one these objects are for.
            let assumption = format!("the workloads in this code run in {}", pool.cluster);
            for one in out.iter_mut().skip(before) {
                one.applies = Applies::Asks;
                one.assumptions.push(assumption.as_str().into());
            }
        }
    }
}

/// Whoever has a node has the pods on it, with their accounts and what they were given.
fn holds(inputs: &Inputs<'_, '_>, pool: &Pool, node: ElementRef, pod: &Pod, out: &mut Vec<CloudStep>) {
    let Some(element) = component(inputs.lowered, pod.at).filter(|element| *element != node) else { return };
    let span = inputs.estate.resource(pod.at).span;
    let value = if pod.everywhere { "on every node" } else { "wherever there is room" };
    let proof = evidence(element, "runs on", value, span);
    let needs = vec![vec![state(Verb::RunCode, node)]];
    let mut one = step("holds-pod", node, element, needs, vec![state(Verb::RunCode, element)], proof);
    let alone = inputs.estate.resource(pool.at);
    let single = ["scaling_config.max_size", "node_count", "initial_node_count"]
        .iter()
        .any(|key| alone.get(key).and_then(vauban_model::resource::Value::as_number) == Some(1.0));
    if pod.pools.len() > 1 {
        one.hindered_by.push((2, "it may run on other nodes, of another pool".into()));
    } else if !pod.everywhere && !single {
        one.hindered_by.push((1, "it may run on another node of the pool".into()));
    }
    out.push(one);
}

/// Whether the model says of a pod and a pool that they share machines, so that threats of the library follow.
fn joins(inputs: &Inputs<'_, '_>, pool: &Pool, pod: &Pod) -> bool {
    !pool.control
        || pod_spec(inputs.estate.resource(pod.at))
            .is_some_and(|spec| beside_control_plane(spec, &inputs.estate.resource(pod.at).ty) == Some(true))
}

/// Code that leaves its pod, where nothing says for sure that it gets here.
fn escapes(inputs: &Inputs<'_, '_>, pool: &Pool, node: ElementRef, pod: &Pod, out: &mut Vec<CloudStep>) {
    let Some(element) = component(inputs.lowered, pod.at) else { return };
    let words = pod.access.words().join(", ");
    let proof = evidence(element, "host_access", words, inputs.estate.resource(pod.at).span);
    let needs = vec![vec![state(Verb::RunCode, element)]];
    let mut one = step("escapes-to-host", element, node, needs, vec![state(Verb::RunCode, node)], proof);
    if pool.control {
        one.hindered_by.push((2, "it is allowed on the machines of the control plane, but may run elsewhere".into()));
    }
    out.push(one);
}

/// Code in any pod may ask the metadata service of its node, where that answers pods. Whether it does is a fact of the
/// node, and what it gives away a threat of the library; here is who gets to ask.
fn asks_metadata(inputs: &Inputs<'_, '_>, pool: &Pool, node: ElementRef, pods: &[&Pod], out: &mut Vec<CloudStep>) {
    let told = inputs.lowered.model.get(node).and_then(|element| element.fact(fact::PODS_REACH_METADATA));
    let closed = told.is_some_and(|fact| fact.value == vauban_model::model::Value::Bool(false));
    let no_identity = inputs.rights.runs_as(pool.at).is_empty();
    let who: Vec<_> = pods
        .iter()
        // A pod on the node's own network is the node, as far as the service can tell.
        .filter(|pod| !closed || pod.access.network)
        .filter_map(|pod| component(inputs.lowered, pod.at))
        .filter(|element| *element != node)
        .map(|element| state(Verb::RunCode, element))
        .collect();
    if who.is_empty() || no_identity {
        return;
    }
    let span = told.map_or(inputs.estate.resource(pool.at).span, |fact| fact.span);
    let proof = evidence(node, "pods_reach_metadata", if closed { "only on the node's network" } else { "yes" }, span);
    let mut one = step("asks-metadata", node, node, vec![who], vec![state(Verb::ActAs, node)], proof);
    if closed {
        // The service answers the node itself: whoever is taken for it acts with its identity at once.
        for at in inputs.rights.runs_as(pool.at) {
            let principal = inputs.rights.principals().get(at as usize).map(|one| one.resource);
            if let Some(identity) = principal.and_then(|at| inputs.lowered.element(at))
                && Verb::ActAs.fits(identity.domain)
            {
                one.gains.push(state(Verb::ActAs, identity));
            }
        }
    }
    out.push(one);
}

/// Whoever has a machine of the control plane has its certificates, and with them the cluster.
fn control_plane(inputs: &Inputs<'_, '_>, pool: &Pool, node: ElementRef, out: &mut Vec<CloudStep>) {
    let cluster = account_of(inputs, Cloud::Kubernetes, pool.at);
    let Some(cluster) = cluster.filter(|cluster| pool.control && cluster.domain == Domain::Boundary) else { return };
    let proof = evidence(node, "runs", "the control plane", inputs.estate.resource(pool.at).span);
    let needs = vec![vec![state(Verb::RunCode, node)]];
    out.push(step("has-control-plane", node, cluster, needs, vec![state(Verb::Administer, cluster)], proof));
}
