//! Services and routes of Kubernetes: who selects whom, who routes to whom.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Resource, Value};

use super::{End, FlowEvidence, Flows, Grade};
use crate::Estate;
use crate::cluster::{WORKLOADS, space_of};

/// The labels of the pods that a workload runs.
pub(crate) fn labels(resource: &Resource) -> Option<&[(vauban_model::resource::Text, Value)]> {
    let labels = match &*resource.ty {
        "k8s:Pod" => resource.get("metadata.labels"),
        "k8s:CronJob" => resource.get("spec.jobTemplate.spec.template.metadata.labels"),
        _ => resource.get("spec.template.metadata.labels"),
    };
    labels.and_then(Value::as_map)
}

fn namespace(resource: &Resource) -> String {
    space_of(resource)
}

/// By service: the workloads it selects.
pub(crate) fn selected(estate: &Estate<'_>) -> FxHashMap<u32, Vec<u32>> {
    // Workloads by namespace and each label, so that a service looks only at those with its first label.
    let mut by_label: FxHashMap<(String, String), Vec<u32>> = FxHashMap::default();
    for ty in WORKLOADS {
        for at in estate.of_type(ty) {
            let resource = estate.resource(*at);
            for (key, value) in labels(resource).unwrap_or_default() {
                let label = format!("{key}={}", estate.render(value));
                by_label.entry((namespace(resource), label)).or_default().push(*at);
            }
        }
    }
    let mut out = FxHashMap::default();
    for at in estate.of_type("k8s:Service") {
        let service = estate.resource(*at);
        let Some(selector) = service.get("spec.selector").and_then(Value::as_map) else { continue };
        let wanted: Vec<String> =
            selector.iter().map(|(key, value)| format!("{key}={}", estate.render(value))).collect();
        let Some(first) = wanted.first() else { continue };
        let candidates = by_label.get(&(namespace(service), first.clone())).cloned().unwrap_or_default();
        let found: Vec<u32> = candidates
            .into_iter()
            .filter(|workload| {
                let own: Vec<String> = labels(estate.resource(*workload))
                    .unwrap_or_default()
                    .iter()
                    .map(|(key, value)| format!("{key}={}", estate.render(value)))
                    .collect();
                wanted.iter().all(|label| own.contains(label))
            })
            .collect();
        out.insert(*at, found);
    }
    out
}

/// Services to their workloads, routes to their services.
pub(super) fn infer(estate: &Estate<'_>, out: &mut Flows) {
    let selected = selected(estate);
    let evidence = |text: &str, value: vauban_model::Span| FlowEvidence {
        grade: Grade::Wired,
        text: text.into(),
        span: value,
        indirect: false,
    };
    for at in estate.of_type("k8s:Service") {
        let span = estate.resource(*at).get("spec.selector").map_or(estate.resource(*at).span, |value| value.span);
        for target in selected.get(at).into_iter().flatten() {
            out.add(End::Resource(*at), End::Resource(*target), evidence("service selector", span));
        }
    }
    let service = |from: &Resource, name: &str| {
        let space = namespace(from);
        estate.find(&format!("k8s:{space}/Service/{name}"))
    };
    let mut route = |at: u32, path: &str| {
        let resource = estate.resource(at);
        let Some(spec) = resource.get("spec") else { return };
        let mut names = Vec::new();
        named(spec, path, &mut names, 0);
        for (name, span) in names {
            let short = name.split('.').next().unwrap_or(&name).to_owned();
            // `web.shop.svc`: a service of another namespace.
            let elsewhere =
                name.split('.').nth(1).and_then(|space| estate.find(&format!("k8s:{space}/Service/{short}")));
            if let Some(target) = elsewhere.or_else(|| service(resource, &short)) {
                let targets = selected.get(&target).filter(|list| !list.is_empty()).cloned().unwrap_or(vec![target]);
                let doors = gateways_of(estate, resource);
                for target in targets {
                    out.add(End::Resource(at), End::Resource(target), evidence("route", span));
                    for door in &doors {
                        out.add(End::Resource(*door), End::Resource(target), evidence("route", span));
                    }
                }
            }
        }
    };
    for at in estate.of_type("k8s:Ingress") {
        route(*at, "service");
        route(*at, "serviceName");
        route(*at, "backend");
    }
    for ty in ["k8s:HTTPRoute", "k8s:GRPCRoute", "k8s:TCPRoute", "k8s:TLSRoute"] {
        for at in estate.of_type(ty) {
            route(*at, "backendRefs");
        }
    }
    for at in estate.of_type("k8s:VirtualService") {
        route(*at, "destination");
    }
}

/// The gateways that a route hangs on, as far as they are in the code: `parentRefs` of the Gateway API, `gateways` of Istio
/// (`name` or `namespace/name`).
pub(crate) fn gateways_of(estate: &Estate<'_>, route: &Resource) -> Vec<u32> {
    let own = namespace(route);
    let mut out: Vec<u32> = Vec::new();
    let mut add = |space: &str, name: &str| {
        let found = estate.find(&format!("k8s:{space}/Gateway/{name}"));
        out.extend(found.filter(|at| !out.contains(at)));
    };
    for parent in route.get("spec.parentRefs").map_or(&[][..], Value::each) {
        let text = |key: &str| parent.get(key).and_then(Value::as_text);
        if let Some(name) = text("name").filter(|_| text("kind").is_none_or(|kind| kind == "Gateway")) {
            add(text("namespace").unwrap_or(&own), name);
        }
    }
    for gateway in route.get("spec.gateways").map_or(&[][..], Value::each).iter().filter_map(Value::as_text) {
        match gateway.split_once('/') {
            Some((space, name)) => add(space, name),
            None => add(&own, gateway),
        }
    }
    out
}

/// Names under a key: a text, or the `name` or `host` of a map.
fn named(value: &Value, key: &str, out: &mut Vec<(String, vauban_model::Span)>, depth: usize) {
    if depth > 16 {
        return;
    }
    if let Some(entries) = value.as_map() {
        for (name, inner) in entries {
            if &**name == key {
                for one in inner.each() {
                    let text =
                        one.as_text().or_else(|| one.get("name")?.as_text()).or_else(|| one.get("host")?.as_text());
                    if let Some(text) = text {
                        out.push((text.to_owned(), one.span));
                    }
                }
            }
            named(inner, key, out, depth + 1);
        }
    } else if let Some(items) = value.as_list() {
        for item in items {
            named(item, key, out, depth + 1);
        }
    }
}
