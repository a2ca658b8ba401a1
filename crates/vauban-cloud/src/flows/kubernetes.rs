//! Services and routes of Kubernetes: who selects whom, who routes to whom.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
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

/// Most pairs of a service and a workload that are followed, over all services that share a selection with others.
const MOST_PAIRS: usize = 50_000;

/// Most pairs of a service and a workload that are followed at all.
const MOST_PAIRS_TOGETHER: usize = 1_000_000;

/// How far each of some lists is followed so that all together stay within a bound; nothing where they do anyway.
fn most_of_each(lengths: &[usize], bound: usize) -> Option<usize> {
    let pairs: usize = lengths.iter().sum();
    (pairs > bound).then(|| (bound / lengths.len().max(1)).max(1))
}

/// What services select.
#[derive(Debug, Default)]
pub(crate) struct Selected {
    /// By service: the workloads it selects. Services with the same selector share the list.
    of: FxHashMap<u32, Rc<[u32]>>,
    /// How many workloads are followed of each service that shares its selection, where following all would be endless; and
    /// the service at which that shows.
    pub(crate) cut: Option<(usize, u32)>,
    /// The same for every service, where even what they select each for itself is too much together.
    pub(crate) cut_all: Option<(usize, u32)>,
}

impl Selected {
    /// The workloads that a service selects; nothing for one without a selector.
    pub(crate) fn get(&self, service: &u32) -> Option<&Rc<[u32]>> {
        self.of.get(service)
    }
}

/// By service: the workloads it selects. Where services × workloads are more pairs than anybody could look at, each
/// service is followed to the first of them only: they are alike as far as labels tell.
pub(crate) fn selected(estate: &Estate<'_>) -> Selected {
    // Workloads by namespace and each label, so that a selector looks only at those with its rarest label.
    let mut by_label: FxHashMap<(String, String), Vec<u32>> = FxHashMap::default();
    for ty in WORKLOADS {
        for at in estate.of_type(ty) {
            let resource = estate.resource(*at);
            let space = namespace(resource);
            for (key, value) in labels(resource).unwrap_or_default() {
                by_label.entry((space.clone(), format!("{key}={}", estate.render(value)))).or_default().push(*at);
            }
        }
    }
    let mut groups: FxHashMap<(String, Vec<String>), Rc<[u32]>> = FxHashMap::default();
    let mut out = Selected::default();
    for at in estate.of_type("k8s:Service") {
        let service = estate.resource(*at);
        let Some(selector) = service.get("spec.selector").and_then(Value::as_map) else { continue };
        let mut wanted: Vec<String> =
            selector.iter().map(|(key, value)| format!("{key}={}", estate.render(value))).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            continue;
        }
        let list = groups.entry((namespace(service), wanted)).or_insert_with_key(|(space, wanted)| {
            let mut with: Vec<&[u32]> = wanted
                .iter()
                .map(|label| by_label.get(&(space.clone(), label.clone())).map_or(&[][..], Vec::as_slice))
                .collect();
            with.sort_by_key(|list| list.len());
            let Some((first, rest)) = with.split_first() else { return Rc::from([]) };
            let rest: Vec<FxHashSet<u32>> = rest.iter().map(|list| list.iter().copied().collect()).collect();
            first.iter().copied().filter(|at| rest.iter().all(|list| list.contains(at))).collect()
        });
        out.of.insert(*at, list.clone());
    }
    drop(groups);
    // A list that one service alone has is followed as long as anybody could: it is those that several share that become
    // endless first.
    let services = estate.of_type("k8s:Service");
    let shared: Vec<u32> =
        services.iter().copied().filter(|at| out.of.get(at).is_some_and(|list| Rc::strong_count(list) > 1)).collect();
    out.cut = shorten(&mut out.of, &shared, MOST_PAIRS);
    out.cut_all = shorten(&mut out.of, services, MOST_PAIRS_TOGETHER);
    out
}

/// Shortens the lists of services to what a bound leaves to each: how much that is, and the service with the longest list;
/// nothing where all of it is within the bound.
fn shorten(of: &mut FxHashMap<u32, Rc<[u32]>>, services: &[u32], bound: usize) -> Option<(usize, u32)> {
    let mut lengths: Vec<usize> = Vec::new();
    let mut widest: Option<(usize, u32)> = None;
    for at in services {
        let Some(list) = of.get(at) else { continue };
        lengths.push(list.len());
        if widest.is_none_or(|(known, _)| list.len() > known) {
            widest = Some((list.len(), *at));
        }
    }
    let most = most_of_each(&lengths, bound)?;
    for at in services {
        if let Some(list) = of.get_mut(at).filter(|list| list.len() > most) {
            *list = list.iter().copied().take(most).collect();
        }
    }
    widest.map(|(_, service)| (most, service))
}

/// Services that lead out of what their cluster selects: to a host by its name, or to addresses that somebody wrote down.
/// By service: the hosts.
pub(crate) fn elsewhere(estate: &Estate<'_>) -> FxHashMap<u32, Vec<(String, Span)>> {
    let mut out: FxHashMap<u32, Vec<(String, Span)>> = FxHashMap::default();
    let mut add = |at: u32, value: &Value| {
        let host = estate.render(value);
        if !host.is_empty() && !host.contains("${") {
            out.entry(at).or_default().push((host.trim_end_matches('.').to_owned(), value.span));
        }
    };
    let plain = |at: &u32| estate.resource(*at).get("spec.selector").is_none();
    for at in estate.of_type("k8s:Service").iter().filter(|at| plain(at)) {
        let service = estate.resource(*at);
        if let Some(host) = service.get("spec.externalName") {
            add(*at, host);
        }
    }
    for at in estate.of_type("k8s:Endpoints") {
        let points = estate.resource(*at);
        let service = estate.find(&format!("k8s:{}/Service/{}", namespace(points), points.name));
        let Some(service) = service.filter(plain) else { continue };
        for subset in points.get("subsets").map_or(&[][..], Value::each) {
            for address in subset.get("addresses").map_or(&[][..], Value::each) {
                address.get("ip").into_iter().for_each(|value| add(service, value));
            }
        }
    }
    for at in estate.of_type("k8s:EndpointSlice") {
        let slice = estate.resource(*at);
        let labels = slice.get("metadata.labels");
        let name = labels.and_then(|labels| labels.get("kubernetes.io/service-name")).and_then(Value::as_text);
        let service = name.and_then(|name| estate.find(&format!("k8s:{}/Service/{name}", namespace(slice))));
        let Some(service) = service.filter(plain) else { continue };
        for point in slice.get("endpoints").map_or(&[][..], Value::each) {
            point.get("addresses").map_or(&[][..], Value::each).iter().for_each(|value| add(service, value));
        }
    }
    out
}

/// Whom a host stands for: something of one's own, a service of the cluster, or somebody outside.
fn end_of(estate: &Estate<'_>, selected: &Selected, host: &str) -> Vec<End> {
    if let Some(at) = estate.at_host(host) {
        return vec![End::Resource(at)];
    }
    let mut parts = host.split('.');
    let inside = match (parts.next(), parts.next(), parts.next()) {
        (Some(name), Some(space), Some("svc")) => estate.find(&format!("k8s:{space}/Service/{name}")),
        _ => None,
    };
    match inside {
        Some(service) => match selected.get(&service).filter(|list| !list.is_empty()) {
            Some(list) => list.iter().map(|at| End::Resource(*at)).collect(),
            None => vec![End::Resource(service)],
        },
        None => vec![End::Outside(host.into())],
    }
}

/// Kinds of routes, and the keys under which they name services.
const ROUTES: &[(&str, &[&str])] = &[
    ("k8s:Ingress", &["service", "serviceName", "backend"]),
    ("k8s:HTTPRoute", &["backendRefs"]),
    ("k8s:GRPCRoute", &["backendRefs"]),
    ("k8s:TCPRoute", &["backendRefs"]),
    ("k8s:TLSRoute", &["backendRefs"]),
    ("k8s:UDPRoute", &["backendRefs"]),
    ("k8s:VirtualService", &["destination"]),
    ("k8s:IngressRoute", &["services"]),
    ("k8s:IngressRouteTCP", &["services"]),
    ("k8s:IngressRouteUDP", &["services"]),
    ("k8s:HTTPProxy", &["services"]),
    ("k8s:Route", &["to", "alternateBackends"]),
    ("k8s:Mapping", &["service"]),
    ("k8s:TCPMapping", &["service"]),
    ("k8s:TCPIngress", &["serviceName"]),
    ("k8s:UDPIngress", &["serviceName"]),
];

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
        for target in selected.get(at).into_iter().flat_map(|list| list.iter()) {
            out.add(End::Resource(*at), End::Resource(*target), evidence("service selector", span));
        }
    }
    let elsewhere = elsewhere(estate);
    super::operated::infer(estate, &selected, out);
    super::traefik::infer(estate, out);
    let service = |from: &Resource, name: &str| {
        let space = namespace(from);
        estate.find(&format!("k8s:{space}/Service/{name}"))
    };
    let operated: FxHashMap<(String, String), u32> =
        super::operated::services(estate).into_iter().map(|(at, space, name)| ((space, name), at)).collect();
    for (ty, keys) in ROUTES {
        for at in estate.of_type(ty) {
            let resource = estate.resource(*at);
            let Some(spec) = resource.get("spec") else { continue };
            let mut names = Vec::new();
            keys.iter().for_each(|key| named(spec, key, &mut names, 0));
            let doors = gateways_of(estate, resource);
            for (name, space, span) in names {
                // `http://web.shop:80`: Ambassador writes whole addresses.
                let name = name.split_once("://").map_or(&*name, |(_, rest)| rest);
                let name = name.split([':', '/']).next().unwrap_or(name);
                let short = name.split('.').next().unwrap_or(name);
                // `web.shop.svc`: a service of another namespace.
                let elsewhere_named = space.as_deref().or_else(|| name.split('.').nth(1));
                let found = elsewhere_named.and_then(|space| estate.find(&format!("k8s:{space}/Service/{short}")));
                let own = namespace(resource);
                let made = || operated.get(&(elsewhere_named.unwrap_or(&own).to_owned(), short.to_owned())).copied();
                let Some(target) = found.or_else(|| service(resource, short)).or_else(made) else { continue };
                let targets: Vec<End> =
                    match (selected.get(&target).filter(|list| !list.is_empty()), elsewhere.get(&target)) {
                        (Some(list), _) => list.iter().map(|at| End::Resource(*at)).collect(),
                        (None, Some(hosts)) => {
                            hosts.iter().flat_map(|(host, _)| end_of(estate, &selected, host)).collect()
                        }
                        (None, None) => vec![End::Resource(target)],
                    };
                for target in targets {
                    out.add(End::Resource(*at), target.clone(), evidence("route", span));
                    for door in &doors {
                        out.add(End::Resource(*door), target.clone(), evidence("route", span));
                    }
                }
            }
        }
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

/// Names under a key, with the namespace where one is said: a text, or the `name` or `host` of a map.
fn named(value: &Value, key: &str, out: &mut Vec<(String, Option<String>, Span)>, depth: usize) {
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
                        let space = one.get("namespace").and_then(Value::as_text).map(str::to_owned);
                        out.push((text.to_owned(), space, one.span));
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

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use rustc_hash::FxHashMap;

    use super::shorten;

    #[test]
    fn lists_are_shortened_only_where_all_together_are_too_many() {
        let list = |items: &[u32]| -> Rc<[u32]> { Rc::from(items) };
        let lists = || -> FxHashMap<u32, Rc<[u32]>> {
            [(0, list(&[1, 2, 3, 4])), (1, list(&[1, 2])), (2, list(&[5, 6, 7]))].into_iter().collect()
        };
        let mut of = lists();
        assert_eq!(shorten(&mut of, &[0, 1, 2], 9), None, "nine are within a bound of nine");
        assert_eq!(of, lists());
        // Eight for three services: two for each, and the first has the longest list.
        assert_eq!(shorten(&mut of, &[0, 1, 2], 8), Some((2, 0)));
        assert_eq!([0, 1, 2].map(|at| of[&at].to_vec()), [vec![1, 2], vec![1, 2], vec![5, 6]]);
    }
}
