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
use crate::cluster::{NODES, Pod, Pool, beside_control_plane, pod_spec};
use crate::lower::{Hosted, component};

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
    for hosted in &inputs.lowered.hosted {
        runs_task(inputs, hosted, out);
    }
}

/// Whoever has a machine of a cluster of containers has the tasks on it, with their roles. Which machine of several a task is
/// on is the scheduler's to choose.
fn runs_task(inputs: &Inputs<'_, '_>, hosted: &Hosted, out: &mut Vec<CloudStep>) {
    let (machine, service) = (component(inputs.lowered, hosted.machine), component(inputs.lowered, hosted.service));
    let (Some(machine), Some(service)) = (machine, service) else { return };
    if machine == service {
        return;
    }
    let value = if hosted.surely { "on this machine" } else { "on any machine of its cluster" };
    let proof = evidence(service, "runs on", value, hosted.span);
    let needs = vec![vec![state(Verb::RunCode, machine)]];
    let mut one = step("holds-pod", machine, service, needs, vec![state(Verb::RunCode, service)], proof);
    if !hosted.surely {
        let name = |element| inputs.lowered.model.name(element);
        one.applies = Applies::Asks;
        one.assumptions.push(
            format!("a task of {} runs on the very machine of {} that is taken", name(service), name(machine)).into(),
        );
    }
    out.push(one);
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

/// Whoever has a machine of the control plane has its certificates, and with them the cluster. Where only the objects of a
/// cluster are known, nobody said that its nodes are no such machines, nor what else runs on them.
fn control_plane(inputs: &Inputs<'_, '_>, pool: &Pool, node: ElementRef, out: &mut Vec<CloudStep>) {
    let resource = inputs.estate.resource(pool.at);
    let unknown = &*resource.address == NODES;
    let cluster = account_of(inputs, Cloud::Kubernetes, pool.at);
    let cluster = cluster.filter(|cluster| (pool.control || unknown) && cluster.domain == Domain::Boundary);
    let Some(cluster) = cluster else { return };
    let needs = vec![vec![state(Verb::RunCode, node)]];
    let gains = vec![state(Verb::Administer, cluster)];
    if pool.control {
        let proof = evidence(node, "runs", "the control plane", resource.span);
        out.push(step("has-control-plane", node, cluster, needs, gains, proof));
        return;
    }
    let proof = evidence(node, "runs", "what nobody said", resource.span);
    let mut one = step("may-hold-keys", node, cluster, needs, gains, proof);
    one.applies = Applies::Asks;
    one.hindered_by.push((2, "an ordinary node holds no key to the whole cluster".into()));
    one.assumptions.push(
        "the control plane, or a pod with a strong account, runs on the node that is taken; this code does not show the nodes"
            .into(),
    );
    out.push(one);
}
