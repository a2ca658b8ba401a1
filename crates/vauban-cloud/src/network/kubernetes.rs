//! Kubernetes: pods reach each other unless policies select them; services, ingresses and host ports bring in the rest.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Resource, Text, Value, ValueKind};

use super::fabric::{End, Fabric, Filter, Peer, Public, Rule, Segment, add_text};
use super::intervals::{AddressSet, Intervals, PortSet};
use super::read::{Reader, add_word, hop, place, push_once};
use super::{Hop, Place, Zone};
use crate::flows::traefik::ROUTES;

/// Kinds that run pods, and where their pods' template is.
const WORKLOADS: [(&str, &str); 10] = [
    ("k8s:Pod", ""),
    ("k8s:Deployment", "spec.template"),
    ("k8s:StatefulSet", "spec.template"),
    ("k8s:DaemonSet", "spec.template"),
    ("k8s:ReplicaSet", "spec.template"),
    ("k8s:ReplicationController", "spec.template"),
    ("k8s:Job", "spec.template"),
    ("k8s:CronJob", "spec.jobTemplate.spec.template"),
    ("k8s:Rollout", "spec.template"),
    ("k8s:KnativeService", "spec.template"),
];

/// Pods with what is looked up of them again and again.
struct Pods<'p, 'i> {
    pods: &'p [Pod<'i>],
    by_resource: FxHashMap<u32, usize>,
    /// The end of each in the fabric.
    ends: FxHashMap<u32, usize>,
    selected: crate::flows::Selected,
}

struct Pod<'i> {
    at: u32,
    resource: &'i Resource,
    cluster: u32,
    space: Text,
    zone: u32,
    labels: Vec<(String, String)>,
    spec: Option<&'i Value>,
}

struct Cluster {
    zone: u32,
    spaces: FxHashMap<Text, u32>,
    /// Labels of namespaces.
    labels: FxHashMap<Text, Vec<(String, String)>>,
}

pub(super) fn read(reader: &mut Reader<'_, '_>, fabric: &mut Fabric) {
    let mut clusters: Vec<(Text, Cluster)> = Vec::new();
    for (at, space) in reader.each(&["k8s:Namespace"]) {
        let cluster = cluster(fabric, &mut clusters, space);
        let name: Text = space.text("metadata.name").unwrap_or(&space.name).into();
        let zone = namespace(fabric, &mut clusters, cluster, &name, Some((at, space)), space);
        reader.zone_of.insert(at, zone);
        let found = labels(reader, space.get("metadata.labels"));
        if let Some((_, cluster)) = clusters.get_mut(cluster) {
            cluster.labels.insert(name, found);
        }
    }
    let mut pods: Vec<Pod<'_>> = Vec::new();
    for (ty, path) in WORKLOADS {
        for (at, resource) in reader.each(&[ty]) {
            let cluster = cluster(fabric, &mut clusters, resource);
            let space = space_of(resource);
            let zone = namespace(fabric, &mut clusters, cluster, &space, None, resource);
            let template = if path.is_empty() { Some(&resource.attributes) } else { resource.get(path) };
            let found = labels(reader, template.and_then(|template| template.at("metadata.labels")));
            let spec = template.and_then(|template| template.get("spec"));
            fabric.join(zone, at, true);
            let cluster = u32::try_from(cluster).unwrap_or(u32::MAX);
            pods.push(Pod { at, resource, cluster, space, zone, labels: found, spec });
        }
    }
    let policies = policies(reader, fabric, &clusters, &pods);
    for (pod, (ingress, egress)) in pods.iter().zip(policies) {
        let Some((_, cluster)) = clusters.get(pod.cluster as usize) else { continue };
        let term = |list: Option<Vec<u32>>| list.into_iter().collect::<Vec<_>>();
        fabric.ends.push(End {
            resource: Some(pod.at),
            network: Some(cluster.zone),
            segment: Some(pod.zone),
            zones: vec![cluster.zone, pod.zone],
            addresses: AddressSet { v6: Intervals::default(), ..AddressSet::private() },
            ingress: term(ingress),
            egress: term(egress),
            listens: container_ports(reader, pod),
            public: Public::No,
            ask: None,
        });
        on_host(reader, fabric, pod);
    }
    for (_, cluster) in &clusters {
        let mut zones: Vec<u32> = cluster.spaces.values().copied().collect();
        zones.sort_unstable();
        let addresses = AddressSet { v6: Intervals::default(), ..AddressSet::private() };
        let segment = |zone| Segment { zone, addresses: addresses.clone(), ingress: Vec::new(), egress: Vec::new() };
        fabric.segments.insert(cluster.zone, zones.into_iter().map(segment).collect());
    }
    entries(reader, fabric, &clusters, &pods);
}

fn space_of(resource: &Resource) -> Text {
    match resource.text("metadata.namespace") {
        Some(name) => name.into(),
        None => "default".into(),
    }
}

fn cluster(fabric: &mut Fabric, clusters: &mut Vec<(Text, Cluster)>, resource: &Resource) -> usize {
    // Readers may put the namespace into the scope: what is before a slash is the cluster.
    let name: Text = match resource.scope.split_once('/') {
        Some((cluster, _)) => cluster.into(),
        None => "".into(),
    };
    if let Some(at) = clusters.iter().position(|(known, _)| *known == name) {
        return at;
    }
    let shown: Text = if name.is_empty() { "cluster".into() } else { name.clone() };
    let zone = fabric.zone(Zone {
        resource: None,
        id: format!("cluster:{name}").into(),
        name: shown,
        kind: "cluster",
        class: None,
        parent: None,
        members: Vec::new(),
        span: resource.span,
    });
    clusters.push((name, Cluster { zone, spaces: FxHashMap::default(), labels: FxHashMap::default() }));
    clusters.len() - 1
}

fn namespace(
    fabric: &mut Fabric,
    clusters: &mut [(Text, Cluster)],
    cluster: usize,
    name: &Text,
    own: Option<(u32, &Resource)>,
    from: &Resource,
) -> u32 {
    let Some((label, cluster)) = clusters.get_mut(cluster) else { return 0 };
    if let Some(zone) = cluster.spaces.get(name) {
        return *zone;
    }
    let id = match own {
        Some((_, space)) => space.address.clone(),
        None if label.is_empty() => format!("k8s:{name}").into(),
        None => format!("k8s:{label}/{name}").into(),
    };
    let zone = fabric.zone(Zone {
        resource: own.map(|(at, _)| at),
        id,
        name: name.clone(),
        kind: "namespace",
        class: None,
        parent: Some(cluster.zone),
        members: Vec::new(),
        span: from.span,
    });
    cluster.spaces.insert(name.clone(), zone);
    zone
}

fn labels(reader: &Reader<'_, '_>, value: Option<&Value>) -> Vec<(String, String)> {
    let entries = value.and_then(Value::as_map).unwrap_or_default();
    entries.iter().map(|(key, value)| (key.to_string(), reader.estate.render(value))).collect()
}

/// Whether labels fit a selector with `matchLabels` and `matchExpressions`, or plain labels as services have them.
fn selects(reader: &Reader<'_, '_>, selector: &Value, own: &[(String, String)]) -> bool {
    let value_of = |key: &str| own.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let wanted = labels(reader, selector.get("matchLabels"));
    let plain = wanted.iter().all(|(key, value)| value_of(key) == Some(value));
    plain
        && selector.get("matchExpressions").map_or(&[][..], Value::each).iter().all(|expression| {
            let key = expression.get("key").map(|value| reader.estate.render(value)).unwrap_or_default();
            let values: Vec<String> = expression
                .get("values")
                .map_or(&[][..], Value::each)
                .iter()
                .map(|value| reader.estate.render(value))
                .collect();
            let found = value_of(&key);
            match expression.get("operator").and_then(Value::as_text) {
                Some("In") => found.is_some_and(|found| values.iter().any(|value| value == found)),
                Some("NotIn") => found.is_none_or(|found| values.iter().all(|value| value != found)),
                Some("Exists") => found.is_some(),
                Some("DoesNotExist") => found.is_none(),
                _ => false,
            }
        })
}

/// The filters of the policies that select a pod, inwards and outwards; nothing where none does.
type Selected = (Option<Vec<u32>>, Option<Vec<u32>>);

/// For each pod, the filters of the policies that select it.
fn policies(
    reader: &Reader<'_, '_>,
    fabric: &mut Fabric,
    clusters: &[(Text, Cluster)],
    pods: &[Pod<'_>],
) -> Vec<Selected> {
    let mut out: Vec<Selected> = vec![(None, None); pods.len()];
    for (at, policy) in reader.each(&["k8s:NetworkPolicy"]) {
        let (space, scope) = (space_of(policy), policy.scope.split_once('/').map_or("", |(cluster, _)| cluster));
        let Some((number, (_, cluster))) = clusters.iter().enumerate().find(|(_, (name, _))| **name == *scope) else {
            continue;
        };
        let types: Vec<&str> =
            policy.get("spec.policyTypes").map_or(&[][..], Value::each).iter().filter_map(Value::as_text).collect();
        let ingress = types.is_empty() || types.contains(&"Ingress");
        let egress = types.contains(&"Egress") || (types.is_empty() && policy.get("spec.egress").is_some());
        let made = |fabric: &mut Fabric, wanted: bool, key: &str, side: &str| {
            wanted.then(|| {
                let rules = policy.get(key).map_or(&[][..], Value::each);
                let rules = rules
                    .iter()
                    .map(|rule| policy_rule(reader, (at, policy), rule, side, cluster, (number, &space), pods));
                let rules = rules.collect();
                fabric.filter(Filter { rules, ordered: false, border: false })
            })
        };
        let into = made(fabric, ingress, "spec.ingress", "from");
        let outward = made(fabric, egress, "spec.egress", "to");
        for (pod, slot) in pods.iter().zip(&mut out) {
            let mine = pod.cluster as usize == number && pod.space == space;
            if mine && policy.get("spec.podSelector").is_none_or(|selector| selects(reader, selector, &pod.labels)) {
                if let Some(filter) = into {
                    slot.0.get_or_insert_default().push(filter);
                }
                if let Some(filter) = outward {
                    slot.1.get_or_insert_default().push(filter);
                }
            }
        }
    }
    out
}

fn policy_rule(
    reader: &Reader<'_, '_>,
    (at, policy): (u32, &Resource),
    rule: &Value,
    side: &str,
    cluster: &Cluster,
    (number, space): (usize, &Text),
    pods: &[Pod<'_>],
) -> Rule {
    let mut peer = Peer::default();
    let peers = rule.get(side).map_or(&[][..], Value::each);
    if peers.is_empty() {
        peer.addresses = AddressSet::all();
        peer.zones.push(cluster.zone);
        peer.words = "everybody".into();
    }
    for one in peers {
        if let Some(block) = one.get("ipBlock") {
            admit_block(reader, block, &mut peer);
            continue;
        }
        let (spaces, chosen) = (one.get("namespaceSelector"), one.get("podSelector"));
        let no_labels = Vec::new();
        let mut names: Vec<(&Text, u32)> = cluster.spaces.iter().map(|(name, zone)| (name, *zone)).collect();
        names.sort_unstable_by_key(|(_, zone)| *zone);
        let wanted: Vec<u32> = names
            .into_iter()
            .filter(|(name, _)| match spaces {
                None => *name == space,
                Some(selector) => {
                    // Every namespace carries its name as a label.
                    let mut own = cluster.labels.get(*name).unwrap_or(&no_labels).clone();
                    own.push(("kubernetes.io/metadata.name".into(), name.to_string()));
                    selects(reader, selector, &own)
                }
            })
            .map(|(_, zone)| zone)
            .collect();
        match chosen.filter(|selector| selector.as_map().is_some_and(|entries| !entries.is_empty())) {
            None => {
                wanted.iter().for_each(|zone| push_once(&mut peer.zones, *zone));
                add_word(&mut peer, if spaces.is_some() { "namespaces it selects" } else { "its namespace" });
            }
            Some(selector) => {
                for pod in pods.iter().filter(|pod| pod.cluster as usize == number && wanted.contains(&pod.zone)) {
                    if selects(reader, selector, &pod.labels) {
                        push_once(&mut peer.hosts, pod.at);
                        add_word(&mut peer, &pod.resource.name);
                    }
                }
            }
        }
    }
    let list = rule.get("ports").map_or(&[][..], Value::each);
    let (mut ports, mut ports_unknown) = (PortSet::default(), None);
    for entry in list {
        let protocol = entry.get("protocol").map(|value| reader.estate.render(value)).unwrap_or_else(|| "tcp".into());
        let range = match (entry.get("port"), entry.get("endPort")) {
            (None, _) => Intervals::all(),
            (Some(first), last) => match (reader.port(Some(first)), reader.port(last)) {
                (Ok(Some(first)), Ok(last)) => Intervals::range(first, last.unwrap_or(first)),
                // A port by its name: that of the container, looked up in what it selects.
                _ => {
                    let name = reader.estate.render(first);
                    let found = pods.iter().find_map(|pod| named_port(reader, pod, &name));
                    if found.is_none() {
                        ports_unknown = Some(Text::from(format!("`{name}` is the port")));
                    }
                    found.map_or_else(Intervals::all, |port| Intervals::range(port, port))
                }
            },
        };
        ports = ports.union(&PortSet::of(&protocol, range));
    }
    if list.is_empty() {
        ports = PortSet::all();
    }
    let verb = if side == "from" { "admits" } else { "lets out to" };
    let text = format!("network policy {} {verb} {} on {}", policy.name, peer.words, ports.words());
    Rule { allow: true, peer, ports, ports_unknown, assumes: None, hop: hop(text, rule.span, at) }
}

fn containers<'i>(pod: &Pod<'i>) -> impl Iterator<Item = &'i Value> {
    pod.spec.and_then(|spec| spec.get("containers")).map_or(&[][..], Value::each).iter()
}

fn named_port(reader: &Reader<'_, '_>, pod: &Pod<'_>, name: &str) -> Option<u16> {
    let ports = containers(pod).flat_map(|container| container.get("ports").map_or(&[][..], Value::each));
    let mut ports = ports.filter(|port| port.get("name").and_then(Value::as_text) == Some(name));
    ports.find_map(|port| reader.port(port.get("containerPort")).ok().flatten())
}

/// Ports that containers declare. Declaring is only for readers of the manifest: without any it may be all.
fn container_ports(reader: &Reader<'_, '_>, pod: &Pod<'_>) -> PortSet {
    let mut out = PortSet::default();
    for port in containers(pod).flat_map(|container| container.get("ports").map_or(&[][..], Value::each)) {
        let protocol = port.get("protocol").and_then(Value::as_text).unwrap_or("tcp");
        match reader.port(port.get("containerPort")) {
            Ok(Some(number)) => out = out.union(&PortSet::of(protocol, Intervals::range(number, number))),
            Ok(None) | Err(_) => return PortSet::all(),
        }
    }
    if out.is_empty() { PortSet::all() } else { out }
}

/// Pods that use their node's network or ports.
fn on_host(reader: &Reader<'_, '_>, fabric: &mut Fabric, pod: &Pod<'_>) {
    let assumes: Vec<Text> = vec!["the cluster's nodes are reachable from the internet".into()];
    if let Some(value) = pod.spec.and_then(|spec| spec.get("hostNetwork")).filter(|value| value.as_bool() == Some(true))
    {
        let text = format!("{} uses the network of its node", pod.resource.name);
        let ports = container_ports(reader, pod);
        fabric.way(Place::Internet, pod.at, &ports, vec![hop(text, value.span, pod.at)], assumes.clone(), true);
    }
    for port in containers(pod).flat_map(|container| container.get("ports").map_or(&[][..], Value::each)) {
        let Some(value) = port.get("hostPort").filter(|value| !value.is_null()) else { continue };
        let here = port.get("hostIP").and_then(Value::as_text).is_some_and(|address| address.starts_with("127."));
        if let (Ok(Some(number)), false) = (reader.port(port.get("containerPort")), here) {
            let text = format!("{} is on port {} of its node", pod.resource.name, reader.estate.render(value));
            let ports = PortSet::tcp(number, number);
            fabric.way(Place::Internet, pod.at, &ports, vec![hop(text, value.span, pod.at)], assumes.clone(), true);
        }
    }
}

/// Kinds that lead into a cluster.
const ENTRIES: [&str; 16] = [
    "k8s:Ingress",
    "k8s:HTTPRoute",
    "k8s:TLSRoute",
    "k8s:TCPRoute",
    "k8s:GRPCRoute",
    "k8s:Route",
    "k8s:VirtualService",
    "k8s:UDPRoute",
    "k8s:IngressRoute",
    "k8s:IngressRouteTCP",
    "k8s:IngressRouteUDP",
    "k8s:HTTPProxy",
    "k8s:Mapping",
    "k8s:TCPMapping",
    "k8s:TCPIngress",
    "k8s:UDPIngress",
];

/// A service that is reached from outside: how, and what of it.
struct Opening {
    hop: Hop,
    assumes: Vec<Text>,
    asks: bool,
}

fn entries(reader: &Reader<'_, '_>, fabric: &mut Fabric, clusters: &[(Text, Cluster)], pods: &[Pod<'_>]) {
    let ends = fabric.ends.iter().enumerate().filter_map(|(at, end)| Some((end.resource?, at)));
    let mut first: FxHashMap<u32, usize> = FxHashMap::default();
    for (resource, at) in ends {
        first.entry(resource).or_insert(at);
    }
    let pods = &Pods {
        pods,
        by_resource: pods.iter().enumerate().map(|(at, pod)| (pod.at, at)).collect(),
        ends: first,
        selected: crate::flows::selected(reader.estate),
    };
    let services = reader.each(&["k8s:Service"]);
    let mut by_name: FxHashMap<(Text, Text), (u32, &Resource)> = FxHashMap::default();
    for (at, service) in &services {
        if let Some((_, cluster)) =
            clusters.iter().find(|(name, _)| service.scope.split_once('/').map_or("", |(scope, _)| scope) == &**name)
            && let Some(zone) = cluster.spaces.get(&space_of(service))
        {
            fabric.join(*zone, *at, true);
        }
        let name = service.text("metadata.name").unwrap_or(&service.name);
        by_name.insert((space_of(service), name.into()), (*at, *service));
        for opening in opened(reader, (*at, service)) {
            serve(reader, fabric, pods, (*at, service), &[], opening, None);
        }
    }
    brokers(reader, fabric);
    let gateways: FxHashMap<(Text, Text), (u32, &Resource)> = reader
        .each(&["k8s:Gateway"])
        .into_iter()
        .map(|(at, gateway)| {
            let name = gateway.text("metadata.name").unwrap_or(&gateway.name);
            ((space_of(gateway), name.into()), (at, gateway))
        })
        .collect();
    let proxies = crate::flows::traefik::proxies(reader.estate);
    // Services that something in the cluster leads to from outside, beside Traefik's own routes.
    let mut led: FxHashSet<u32> = FxHashSet::default();
    for (_, ingress) in reader.each(&ENTRIES) {
        if ROUTES.contains(&&*ingress.ty) || internal(reader, ingress) || of_traefik(reader, ingress) {
            continue;
        }
        let mut backends = Vec::new();
        backends_of(&ingress.attributes, &mut backends, 0);
        led.extend(backends.iter().filter_map(|one| Some(backend(reader, &by_name, ingress, one)?.0)));
    }
    for (at, ingress) in reader.each(&ENTRIES) {
        if internal(reader, ingress) {
            continue;
        }
        let route = &*ingress.ty != "k8s:Ingress";
        let mut assumes = Vec::new();
        let doors = doors(reader, ingress);
        // A part of another proxy is reached through that one.
        if &*ingress.ty == "k8s:HTTPProxy" && ingress.get("spec.virtualhost").is_none() {
            continue;
        }
        // A service of a mesh that names no gateway is one for the inside.
        if &*ingress.ty == "k8s:VirtualService" && doors.iter().all(|(_, name)| &**name == "mesh") {
            continue;
        }
        let fronts = crate::flows::traefik::of_route(reader.estate, &proxies, ingress);
        let fronts: Vec<u32> = fronts.iter().filter(|_| ROUTES.contains(&&*ingress.ty)).map(|proxy| proxy.at).collect();
        match entrance(reader, pods, &services, &fronts, &led) {
            Entrance::Open(through) => assumes.extend(through),
            Entrance::Inside => continue,
            Entrance::Unknown if route => {
                assumes.push(Text::from("the gateway is reachable from the internet"));
            }
            Entrance::Unknown => {}
        }
        let word = if route { "route" } else { "ingress" };
        let web = PortSet::tcp(80, 80).union(&PortSet::tcp(443, 443));
        let mut text = format!("{word} {} takes requests from outside the cluster", ingress.name);
        if let Some(peer) = allowed(reader, ingress) {
            let public = peer.addresses.intersection(&AddressSet::internet());
            if public.is_empty() && peer.unknown.is_empty() {
                continue;
            }
            if !public.is_large() {
                assumes.push(format!("`{}` {}", peer.words, super::fabric::ATTACKER).into());
            }
            text = format!("{word} {} takes requests from {}", ingress.name, peer.words);
        }
        let first = hop(text, ingress.span, at);
        fabric.way(Place::Internet, at, &web, vec![first.clone()], assumes.clone(), false);
        let mut before = Vec::new();
        for (space, name) in &doors {
            let Some((door, gateway)) = gateways.get(&(space.clone(), name.clone())) else { continue };
            let text = format!("gateway {name} takes requests for {word} {}", ingress.name);
            let way = hop(text, gateway.span, *door);
            fabric.way(Place::Internet, *door, &web, vec![way.clone()], assumes.clone(), false);
            before.push(way);
        }
        let mut backends = Vec::new();
        backends_of(&ingress.attributes, &mut backends, 0);
        for one in backends {
            let Some(service) = backend(reader, &by_name, ingress, &one) else { continue };
            let (value, port, _) = one;
            let short = service.1.text("metadata.name").unwrap_or(&service.1.name);
            let text = format!("{word} {} sends them to service {short}", ingress.name);
            let opening = Opening { hop: first.clone(), assumes: assumes.clone(), asks: false };
            let mut more = before.clone();
            more.push(hop(text, value.span, at));
            serve(reader, fabric, pods, service, &more, opening, port);
        }
    }
}

/// The service that a backend of an ingress or a route names.
fn backend<'r>(
    reader: &Reader<'_, '_>,
    by_name: &FxHashMap<(Text, Text), (u32, &'r Resource)>,
    ingress: &Resource,
    (value, _, stated): &Backend<'_>,
) -> Option<(u32, &'r Resource)> {
    let name = reader.estate.render(value);
    let name = name.split_once("://").map_or(&*name, |(_, rest)| rest);
    let name = name.split([':', '/']).next().unwrap_or_default();
    let short = name.split('.').next().unwrap_or_default();
    let own = space_of(ingress);
    let found = match stated.map(|space| Text::from(reader.estate.render(space))) {
        Some(space) => by_name.get(&(space, short.into())),
        None => {
            let space = name.split('.').nth(1).map_or_else(|| own.clone(), Text::from);
            by_name.get(&(space, short.into())).or_else(|| by_name.get(&(own, short.into())))
        }
    };
    found.copied()
}

/// Whether an ingress says that Traefik answers it: then it is no way to Traefik.
fn of_traefik(reader: &Reader<'_, '_>, ingress: &Resource) -> bool {
    let told = ingress.get("metadata.annotations").and_then(|told| told.get("kubernetes.io/ingress.class"));
    let class = ingress.get("spec.ingressClassName").or(told);
    class.is_some_and(|class| reader.estate.render(class).contains("traefik"))
}

/// Listeners of brokers that an operator opens to the outside; see `catalogue::listeners`.
fn brokers(reader: &Reader<'_, '_>, fabric: &mut Fabric) {
    for (at, broker) in reader.each(&["k8s:Kafka"]) {
        for listener in broker.get("outside").map_or(&[][..], Value::each) {
            let said = |key: &str| listener.get(key).map(|value| reader.estate.render(value)).unwrap_or_default();
            let (name, kind) = (said("name"), said("type"));
            if listener.get("annotations").is_some_and(|told| told_inside(&labels(reader, Some(told)))) {
                continue;
            }
            let mut assumes: Vec<Text> = Vec::new();
            let (asks, how) = match kind.as_str() {
                "nodeport" => {
                    assumes.push("the cluster's nodes are reachable from the internet".into());
                    (true, "is on a port of every node")
                }
                "loadbalancer" => (false, "has a load balancer on the internet"),
                "ingress" => (false, "is reached by an ingress"),
                "route" => (false, "is reached by a route"),
                _ => continue,
            };
            let mut limits: Vec<Peer> = Vec::new();
            if let Some(ranges) = listener.get("ranges") {
                let mut peer = Peer::default();
                reader.peer(ranges, &mut peer);
                limits.push(peer);
            }
            if let Some(blocks) = listener.get("blocks") {
                let mut peer = Peer::default();
                blocks.each().iter().for_each(|block| admit_block(reader, block, &mut peer));
                limits.push(peer);
            }
            // The balancer and the policy of the network each have to let in.
            let mut public = AddressSet::internet();
            for peer in limits.iter().filter(|peer| peer.unknown.is_empty()) {
                public = public.intersection(&peer.addresses);
            }
            if public.is_empty() {
                continue;
            }
            for peer in &limits {
                if !peer.addresses.intersection(&AddressSet::internet()).is_large() {
                    assumes.push(format!("`{}` {}", peer.words, super::fabric::ATTACKER).into());
                }
            }
            let known = reader.port(listener.get("port")).ok().flatten();
            // Through an ingress or a route, clients come to the port of that.
            let port = if matches!(kind.as_str(), "ingress" | "route") { Some(443) } else { known };
            let ports = port.map_or_else(PortSet::all, |port| PortSet::tcp(port, port));
            let text = format!("listener {name} of {} {how}", broker.name);
            fabric.way(Place::Internet, at, &ports, vec![hop(text, listener.span, at)], assumes, asks);
        }
    }
}

/// Adds the addresses of an `ipBlock` to those that are let in, without what it leaves out.
fn admit_block(reader: &Reader<'_, '_>, block: &Value, peer: &mut Peer) {
    let mut range = Peer::default();
    block.get("cidr").into_iter().for_each(|value| reader.peer(value, &mut range));
    let except = reader.blocks(&block.get("except").map_or(&[][..], Value::each).iter().map(Some).collect::<Vec<_>>());
    peer.addresses = peer.addresses.union(&range.addresses.subtract(&except));
    range.unknown.iter().for_each(|name| add_text(&mut peer.unknown, name));
    add_word(peer, &range.words);
}

/// How the proxy before a route is reached.
enum Entrance {
    /// From the internet, on these assumptions.
    Open(Vec<Text>),
    /// Only from inside: its balancers say so.
    Inside,
    Unknown,
}

/// How the proxies that answer a route are reached, by the services before them.
fn entrance(
    reader: &Reader<'_, '_>,
    pods: &Pods<'_, '_>,
    services: &[(u32, &Resource)],
    fronts: &[u32],
    led: &FxHashSet<u32>,
) -> Entrance {
    if fronts.is_empty() {
        return Entrance::Unknown;
    }
    let selects = |at: &u32| pods.selected.get(at).is_some_and(|list| list.iter().any(|one| fronts.contains(one)));
    let (mut best, mut inside): (Option<Vec<Text>>, bool) = (None, false);
    // What runs elsewhere, or on the network of its node, may have other ways in.
    let mut others = fronts.iter().any(|at| {
        let pod = pods.by_resource.get(at).and_then(|pod| pods.pods.get(*pod));
        pod.is_none_or(|pod| {
            let on_node = pod.spec.and_then(|spec| spec.get("hostNetwork")).and_then(Value::as_bool) == Some(true);
            let mut ports = containers(pod).flat_map(|one| one.get("ports").map_or(&[][..], Value::each));
            on_node || ports.any(|port| port.get("hostPort").is_some())
        })
    });
    for (at, service) in services.iter().filter(|(at, _)| selects(at)) {
        inside |= service.text("spec.type") == Some("LoadBalancer") && internal(reader, service);
        // Another ingress or gateway may bring them requests from outside.
        others |= led.contains(at);
        for opening in opened(reader, (*at, service)) {
            others |= opening.asks;
            let shorter = best.as_ref().is_none_or(|known| opening.assumes.len() < known.len());
            if shorter && !opening.asks {
                best = Some(opening.assumes);
            }
        }
    }
    match best {
        Some(assumes) => Entrance::Open(assumes),
        None if inside && !others => Entrance::Inside,
        None => Entrance::Unknown,
    }
}

/// The gateways that a route is for, by namespace and name.
fn doors(reader: &Reader<'_, '_>, route: &Resource) -> Vec<(Text, Text)> {
    let own = space_of(route);
    let named = route.get("spec.gateways").map_or(&[][..], Value::each).iter().map(|value| {
        let name = reader.estate.render(value);
        match name.split_once('/') {
            Some((space, name)) => (Text::from(space), Text::from(name)),
            None => (own.clone(), Text::from(name)),
        }
    });
    let parents = route.get("spec.parentRefs").map_or(&[][..], Value::each).iter().filter_map(|parent| {
        let space = parent.get("namespace").map(|space| Text::from(reader.estate.render(space)));
        Some((space.unwrap_or_else(|| own.clone()), Text::from(reader.estate.render(parent.get("name")?))))
    });
    named.chain(parents).collect()
}

/// The addresses that an ingress answers, where annotations of its controller limit them.
fn allowed(reader: &Reader<'_, '_>, ingress: &Resource) -> Option<Peer> {
    const LISTS: [&str; 7] = [
        "haproxy.router.openshift.io/ip_allowlist",
        "haproxy.router.openshift.io/ip_whitelist",
        "haproxy-ingress.github.io/allowlist-source-range",
        "nginx.ingress.kubernetes.io/whitelist-source-range",
        "nginx.ingress.kubernetes.io/allowlist-source-range",
        "alb.ingress.kubernetes.io/inbound-cidrs",
        "haproxy.org/allow-list",
    ];
    // What objects of their own say of it; see `catalogue::guards`.
    if let Some(ranges) = ingress.attributes.get("guard").and_then(|guard| guard.get("ranges")) {
        let mut peer = Peer::default();
        reader.peer(ranges, &mut peer);
        return Some(peer);
    }
    let own = labels(reader, ingress.attributes.at("metadata").and_then(|metadata| metadata.get("annotations")));
    let (_, list) = own.iter().find(|(key, _)| LISTS.contains(&key.as_str()))?;
    let each = list.split([',', ' ']).map(str::trim).filter(|range| !range.is_empty());
    let ranges = each.map(|range| Value::text(range, ingress.span)).collect();
    let mut peer = Peer::default();
    reader.peer(&Value::new(ValueKind::List(ranges), ingress.span), &mut peer);
    Some(peer)
}

/// Whether annotations keep a balancer inside.
fn told_inside(own: &[(String, String)]) -> bool {
    // Annotations with which providers keep a balancer inside, by their documentation.
    const INSIDE: [(&str, &[&str]); 8] = [
        ("appgw.ingress.kubernetes.io/use-private-ip", &["true"]),
        ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true", "0.0.0.0/0"]),
        ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
        ("alb.ingress.kubernetes.io/scheme", &["internal"]),
        ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
        ("networking.gke.io/load-balancer-type", &["Internal"]),
        ("cloud.google.com/load-balancer-type", &["Internal"]),
        ("kubernetes.io/ingress.class", &["gce-internal", "internal", "nginx-internal"]),
    ];
    own.iter().any(|(key, value)| INSIDE.iter().any(|(name, words)| key == name && words.contains(&value.as_str())))
}

fn internal(reader: &Reader<'_, '_>, resource: &Resource) -> bool {
    let own = labels(reader, resource.attributes.at("metadata").and_then(|metadata| metadata.get("annotations")));
    // The controller of AWS keeps inside what says nothing, neither itself nor by the parameters of its class.
    let amazon = resource.text("spec.ingressClassName") == Some("alb")
        || own.iter().any(|(key, value)| key == "kubernetes.io/ingress.class" && value == "alb");
    let said = own.iter().any(|(key, _)| key == "alb.ingress.kubernetes.io/scheme")
        || reader.each(&["k8s:IngressClassParams"]).iter().any(|(_, class)| class.get("spec.scheme").is_some());
    (amazon && !said) || told_inside(&own)
}

fn opened(reader: &Reader<'_, '_>, (at, service): (u32, &Resource)) -> Vec<Opening> {
    let mut out = Vec::new();
    let span = place(service, "spec.type");
    match service.text("spec.type") {
        Some("LoadBalancer") if !internal(reader, service) => {
            let mut assumes = Vec::new();
            let mut text = format!("service {} has a load balancer on the internet", service.name);
            if let Some(ranges) = service.get("spec.loadBalancerSourceRanges") {
                let mut peer = Peer::default();
                reader.peer(ranges, &mut peer);
                let public = peer.addresses.intersection(&AddressSet::internet());
                if public.is_empty() && peer.unknown.is_empty() {
                    return out;
                }
                if !public.is_large() {
                    assumes.push(format!("`{}` {}", peer.words, super::fabric::ATTACKER).into());
                }
                text = format!("service {} has a load balancer that admits {}", service.name, peer.words);
            }
            out.push(Opening { hop: hop(text, span, at), assumes, asks: false });
        }
        Some("NodePort") => {
            let assumes = vec!["the cluster's nodes are reachable from the internet".into()];
            let text = format!("service {} is on a port of every node", service.name);
            out.push(Opening { hop: hop(text, span, at), assumes, asks: true });
        }
        _ => {}
    }
    if let Some(value) = service.get("spec.externalIPs").filter(|value| !value.each().is_empty()) {
        let assumes = vec!["its external addresses are reachable from the internet".into()];
        let text = format!("service {} has external addresses", service.name);
        out.push(Opening { hop: hop(text, value.span, at), assumes, asks: true });
    }
    out
}

/// Ways to a service and the pods behind it.
fn serve(
    reader: &Reader<'_, '_>,
    fabric: &mut Fabric,
    pods: &Pods<'_, '_>,
    (at, service): (u32, &Resource),
    more: &[Hop],
    opening: Opening,
    only: Option<&Value>,
) {
    let mut hops = vec![opening.hop];
    hops.extend(more.iter().cloned());
    let entries: Vec<&Value> = service.get("spec.ports").map_or(&[][..], Value::each).iter().collect();
    let wanted = only.map(|value| reader.estate.render(value));
    let fits = |entry: &&&Value| {
        wanted.as_ref().is_none_or(|wanted| {
            ["port", "name"]
                .iter()
                .any(|key| entry.get(key).is_some_and(|value| reader.estate.render(value) == *wanted))
        })
    };
    let chosen: Vec<&Value> = entries.iter().filter(fits).copied().collect();
    let (mut front, mut back) = (PortSet::default(), Vec::new());
    for entry in chosen {
        let protocol = entry.get("protocol").and_then(Value::as_text).unwrap_or("tcp");
        let one = |port: u16| PortSet::of(protocol, Intervals::range(port, port));
        if let Ok(Some(port)) = reader.port(entry.get("port")) {
            front = front.union(&one(port));
        }
        back.push((protocol, entry.get("targetPort").or_else(|| entry.get("port"))));
    }
    fabric.way(Place::Internet, at, &front, hops.clone(), opening.assumes.clone(), opening.asks);
    let chosen = pods.selected.get(&at).into_iter().flat_map(|list| list.iter());
    for pod in chosen.filter_map(|at| pods.pods.get(*pods.by_resource.get(at)?)) {
        let mut ports = PortSet::default();
        for (protocol, value) in &back {
            let known = reader.port(*value).ok().flatten();
            let known = known.or_else(|| named_port(reader, pod, &reader.estate.render((*value)?)));
            let range = known.map_or_else(Intervals::all, |port| Intervals::range(port, port));
            ports = ports.union(&PortSet::of(protocol, range));
        }
        let mut hops = hops.clone();
        let text = format!("service {} selects {}", service.name, pod.resource.name);
        hops.push(hop(text, place(service, "spec.selector"), at));
        admitted(fabric, (pod, pods.ends.get(&pod.at).copied()), ports, hops, &opening.assumes, opening.asks);
    }
}

/// What the policies of a pod let through of requests that come from outside its cluster.
fn admitted(
    fabric: &mut Fabric,
    (pod, end): (&Pod<'_>, Option<usize>),
    ports: PortSet,
    hops: Vec<Hop>,
    assumes: &[Text],
    asks: bool,
) {
    let Some(end) = end.and_then(|at| fabric.ends.get(at)).cloned() else { return };
    if end.ingress.is_empty() {
        fabric.way(Place::Internet, pod.at, &ports, hops, assumes.to_vec(), asks);
        return;
    }
    let internet = AddressSet { v6: Intervals::default(), ..AddressSet::internet() };
    let side = super::fabric::Side { addresses: &internet, zones: &[], resource: None, internet: true };
    let mut some = false;
    for piece in fabric.judge(&end.ingress, side, Fabric::start(side), true) {
        let open = ports.intersection(&piece.ports);
        some |= !open.is_empty();
        let mut all = hops.clone();
        all.extend(piece.hops.iter().cloned());
        let mut assumptions = assumes.to_vec();
        piece.assumptions.iter().for_each(|text| add_text(&mut assumptions, text));
        fabric.way(Place::Internet, pod.at, &open, all, assumptions, asks || piece.asks);
    }
    let rules =
        end.ingress.iter().flatten().filter_map(|at| fabric.filters.get(*at as usize)).flat_map(|filter| &filter.rules);
    // A controller or balancer inside the cluster stands between: policies that admit its namespace let requests in.
    let inner = rules.clone().find(|rule| !rule.peer.zones.is_empty() && !ports.intersection(&rule.ports).is_empty());
    if let Some(rule) = inner.filter(|_| !some).cloned() {
        let mut all = hops;
        all.push(rule.hop);
        let mut assumptions = assumes.to_vec();
        add_text(&mut assumptions, &"what passes requests into the cluster is one that the policy admits".into());
        fabric.way(Place::Internet, pod.at, &ports.intersection(&rule.ports), all, assumptions, true);
    }
}

/// A service that a route names: its name, the port, and the namespace where one is stated beside them.
type Backend<'v> = (&'v Value, Option<&'v Value>, Option<&'v Value>);

/// Services that an ingress or a route names.
fn backends_of<'v>(value: &'v Value, out: &mut Vec<Backend<'v>>, depth: usize) {
    if depth > 12 {
        return;
    }
    if let Some(entries) = value.as_map() {
        for (key, inner) in entries {
            match &**key {
                "service" if inner.get("name").is_some() => {
                    let port = inner.at("port.number").or_else(|| inner.at("port.name"));
                    out.extend(inner.get("name").map(|name| (name, port, None)));
                }
                "serviceName" => out.push((inner, value.get("servicePort"), None)),
                // Ambassador: an address as a text.
                "service" if inner.as_text().is_some() => out.push((inner, None, None)),
                // OpenShift: a reference to a service.
                "to" | "alternateBackends" if inner.each().iter().any(|one| one.get("kind").is_some()) => {
                    out.extend(inner.each().iter().filter_map(|one| Some((one.get("name")?, None, None))));
                }
                "backendRefs" | "services" => {
                    let all = inner.each().iter();
                    out.extend(all.filter_map(|one| Some((one.get("name")?, one.get("port"), one.get("namespace")))));
                }
                "destination" if inner.get("host").is_some() => {
                    out.extend(inner.get("host").map(|host| (host, inner.at("port.number"), None)));
                }
                _ => backends_of(inner, out, depth + 1),
            }
        }
    } else if let Some(items) = value.as_list() {
        items.iter().for_each(|item| backends_of(item, out, depth + 1));
    }
}
