//! Google Cloud: networks, firewall rules by priority and target, external addresses, managed endpoints.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Text, Value};

use super::fabric::{ATTACKER, End, Exit, Fabric, Filter, Gate, Medium, Peer, Public, Road, Rule, Segment};
use super::forward::Forward;
use super::intervals::{AddressSet, Intervals, PortSet};
use super::read::{Flag, Reader, Target, add_word, hop, place, push_once};
use super::{Place, Zone};

const NETWORK: &str = "google_compute_network";
const SUBNET: &str = "google_compute_subnetwork";
const TEMPLATE: [&str; 2] = ["google_compute_instance_template", "google_compute_region_instance_template"];

#[derive(Default)]
struct Google<'i> {
    /// By resource: zone, network, addresses.
    subnets: FxHashMap<u32, (u32, u32, AddressSet)>,
    firewalls: FxHashMap<u32, Vec<(u32, &'i Resource)>>,
    /// Zones of tags and service accounts in a network.
    labels: FxHashMap<(u32, String), u32>,
    filters: FxHashMap<(u32, Vec<String>), (u32, Option<u32>)>,
    /// Networks with the rules that come with the one called default.
    default: Vec<u32>,
}

fn inside() -> AddressSet {
    AddressSet { v6: Intervals::default(), ..AddressSet::private() }
}

pub(super) fn read(reader: &mut Reader<'_, '_>, fabric: &mut Fabric) -> Vec<Forward> {
    if !reader.estate.inventory.resources.iter().any(|resource| resource.ty.starts_with("google_")) {
        return Vec::new();
    }
    let mut google = Google::default();
    for (at, network) in reader.each(&[NETWORK]) {
        let zone = fabric.zone(zone(network, at, "virtual-network", None));
        reader.zone_of.insert(at, zone);
        let bare = reader.flag(network, "delete_default_routes_on_create") == Flag::Yes;
        gate(fabric, zone, network.span, at, &network.name, bare);
        if network.mode == Mode::Data && network.text("name") == Some("default") {
            google.default.push(zone);
        }
    }
    for (at, subnet) in reader.each(&[SUBNET]) {
        let network = google.network(reader, fabric, subnet.get("network"), subnet, at);
        let inner = fabric.zone(zone(subnet, at, "network-segment", Some(network)));
        reader.zone_of.insert(at, inner);
        let known = reader.blocks(&[subnet.get("ip_cidr_range")]);
        let addresses = if known.is_empty() { inside() } else { known };
        let outer = fabric.gates.get(&network).cloned().unwrap_or_default();
        fabric.gates.insert(inner, outer);
        let segment = Segment { zone: inner, addresses: addresses.clone(), ingress: Vec::new(), egress: Vec::new() };
        fabric.segments.entry(network).or_default().push(segment);
        google.subnets.insert(at, (inner, network, addresses));
    }
    joints(reader, fabric, &google);
    for (at, firewall) in reader.each(&["google_compute_firewall"]) {
        if reader.flag(firewall, "disabled") != Flag::Yes {
            let network = google.network(reader, fabric, firewall.get("network"), firewall, at);
            google.firewalls.entry(network).or_default().push((at, firewall));
        }
    }
    machines(&mut google, reader, fabric);
    managed(reader, fabric);
    fronts(reader, fabric)
}

fn zone(resource: &Resource, at: u32, kind: &'static str, parent: Option<u32>) -> Zone {
    Zone {
        resource: Some(at),
        id: resource.address.clone(),
        name: resource.name.clone(),
        kind,
        class: None,
        parent,
        members: Vec::new(),
        span: resource.span,
    }
}

/// Every network has a route to the internet unless it was removed when it was made.
fn gate(fabric: &mut Fabric, zone: u32, span: Span, at: u32, name: &str, bare: bool) {
    let hops = vec![hop(format!("network {name} routes to the internet by default"), span, at)];
    let ask = bare.then(|| format!("a route of {name} leads to the internet").into());
    fabric
        .gates
        .insert(zone, Gate { exits: vec![Exit { addresses: AddressSet::all(), hops, ask }], roads: Vec::new() });
}

fn joints(reader: &Reader<'_, '_>, fabric: &mut Fabric, google: &Google<'_>) {
    let own = |value: Option<&Value>| reader.one(value, &[NETWORK]).and_then(|at| reader.zone_of.get(&at).copied());
    let mut sides: Vec<(u32, u32)> = Vec::new();
    for (at, peering) in reader.each(&["google_compute_network_peering"]) {
        let (Some(from), Some(to)) = (own(peering.get("network")), own(peering.get("peer_network"))) else { continue };
        sides.push((from, to));
        // Both sides have to agree.
        if sides.contains(&(to, from)) {
            let joint = hop(format!("peering {} joins the networks", peering.name), peering.span, at);
            join(fabric, google, &[from, to], joint);
        }
    }
    for (at, link) in reader.each(&["google_compute_vpn_tunnel", "google_compute_interconnect_attachment"]) {
        let router = reader.one(link.get("router"), &["google_compute_router"]);
        let gateways = ["google_compute_ha_vpn_gateway", "google_compute_vpn_gateway"];
        let gateway = ["vpn_gateway", "target_vpn_gateway"].iter().find_map(|key| reader.one(link.get(key), &gateways));
        let Some(network) = router.or(gateway).and_then(|at| own(reader.resource(at).get("network"))) else { continue };
        let mut outside = zone(link, at, "virtual-network", None);
        outside.name = format!("network behind {}", link.name).into();
        let outside = fabric.zone(outside);
        let known = reader.blocks(&[link.get("remote_traffic_selector")]);
        let addresses = if known.is_empty() { inside() } else { known };
        fabric
            .segments
            .insert(outside, vec![Segment { zone: outside, addresses, ingress: Vec::new(), egress: Vec::new() }]);
        let what = if link.ty.ends_with("tunnel") { "VPN tunnel" } else { "interconnect" };
        let joint = hop(format!("{what} {} joins the network at its other end", link.name), link.span, at);
        join(fabric, google, &[network, outside], joint);
    }
}

fn join(fabric: &mut Fabric, google: &Google<'_>, networks: &[u32], joint: super::Hop) {
    let medium = fabric.mediums.len();
    fabric.mediums.push(Medium { networks: networks.to_vec(), hop: joint.clone(), ask: None });
    let inner: Vec<u32> =
        google.subnets.values().filter(|found| networks.contains(&found.1)).map(|found| found.0).collect();
    for zone in networks.iter().chain(&inner) {
        let road = Road { addresses: AddressSet::all(), medium, hop: joint.clone(), ask: None };
        fabric.gates.entry(*zone).or_default().roads.push(road);
    }
}

impl<'i> Google<'i> {
    fn network(
        &mut self,
        reader: &mut Reader<'_, 'i>,
        fabric: &mut Fabric,
        value: Option<&Value>,
        from: &Resource,
        at: u32,
    ) -> u32 {
        if let Some(zone) = reader.one(value, &[NETWORK]).and_then(|at| reader.zone_of.get(&at)) {
            return *zone;
        }
        let name: Text = match value.map(|value| reader.targets(value).0) {
            Some(targets) => match targets.into_iter().next() {
                Some(Target::Named(name)) => name.rsplit('/').next().unwrap_or_default().into(),
                Some(Target::Resource(at, _)) => reader.resource(at).address.clone(),
                None => "default".into(),
            },
            None => "default".into(),
        };
        let zone = reader.outside(fabric, "virtual-network", &name, value.map_or(from.span, |value| value.span), None);
        if !fabric.gates.contains_key(&zone) {
            gate(fabric, zone, from.span, at, &name, false);
            if &*name == "default" {
                self.default.push(zone);
            }
        }
        zone
    }

    fn label(&mut self, fabric: &mut Fabric, network: u32, label: &str, span: Span) -> u32 {
        if let Some(zone) = self.labels.get(&(network, label.to_owned())) {
            return *zone;
        }
        let outer = fabric.network.zones.get(network as usize).map_or_else(|| "".into(), |zone| zone.id.clone());
        let zone = fabric.zone(Zone {
            resource: None,
            id: format!("{outer}:{label}").into(),
            name: label.into(),
            kind: "security-group",
            class: None,
            parent: Some(network),
            members: Vec::new(),
            span,
        });
        self.labels.insert((network, label.to_owned()), zone);
        zone
    }

    /// The filters in front of and behind what carries some labels in a network.
    fn filters(
        &mut self,
        reader: &Reader<'_, 'i>,
        fabric: &mut Fabric,
        network: u32,
        labels: &[String],
        span: Span,
        at: u32,
    ) -> (u32, Option<u32>) {
        let key = (network, labels.to_vec());
        if let Some(found) = self.filters.get(&key) {
            return *found;
        }
        let (mut ingress, mut egress) = (Vec::<(f64, Rule)>::new(), Vec::<(f64, Rule)>::new());
        for (at, firewall) in self.firewalls.get(&network).cloned().unwrap_or_default() {
            let (applies, ask) = targeted(reader, firewall, labels);
            if !applies {
                continue;
            }
            let out = firewall.text("direction") == Some("EGRESS");
            let number = firewall.get("priority").and_then(|value| reader.follow(value).as_number()).unwrap_or(1000.0);
            for mut rule in self.rules(reader, fabric, network, firewall, at, out) {
                rule.ports_unknown = rule.ports_unknown.or_else(|| ask.clone());
                // At the same priority what denies comes first.
                let number = if rule.allow { number + 0.5 } else { number };
                if out { egress.push((number, rule)) } else { ingress.push((number, rule)) }
            }
        }
        if self.default.contains(&network) {
            ingress.extend(defaults(span, at).into_iter().map(|rule| (65534.5, rule)));
        }
        let sort = |mut rules: Vec<(f64, Rule)>| {
            rules.sort_by(|a, b| a.0.total_cmp(&b.0));
            rules.into_iter().map(|(_, rule)| rule).collect::<Vec<_>>()
        };
        let ingress = fabric.filter(Filter { rules: sort(ingress), ordered: true, border: false });
        let egress = (!egress.is_empty()).then(|| {
            let mut rules = sort(egress);
            rules.push(Rule {
                allow: true,
                peer: Peer { addresses: AddressSet::all(), words: "everything".into(), ..Peer::default() },
                ports: PortSet::all(),
                ports_unknown: None,
                assumes: None,
                hop: hop("the network lets out what no rule denies", span, at),
            });
            fabric.filter(Filter { rules, ordered: true, border: false })
        });
        self.filters.insert(key, (ingress, egress));
        (ingress, egress)
    }

    fn rules(
        &mut self,
        reader: &Reader<'_, 'i>,
        fabric: &mut Fabric,
        network: u32,
        firewall: &Resource,
        at: u32,
        out: bool,
    ) -> Vec<Rule> {
        let mut peer = Peer::default();
        let ranges = if out { "destination_ranges" } else { "source_ranges" };
        if let Some(value) = firewall.get(ranges).filter(|value| !value.is_null()) {
            reader.peer(value, &mut peer);
        }
        if !out {
            for (key, kind) in [("source_tags", "tag"), ("source_service_accounts", "service account")] {
                for value in firewall.get(key).map_or(&[][..], Value::each) {
                    let label = format!("{kind} {}", reader.estate.render(value));
                    let zone = self.label(fabric, network, &label, value.span);
                    push_once(&mut peer.zones, zone);
                    add_word(&mut peer, &label);
                }
            }
        }
        if peer.addresses.is_empty() && peer.zones.is_empty() && peer.unknown.is_empty() && peer.hosts.is_empty() {
            // Without any source it is everywhere.
            peer.addresses = AddressSet::all();
            peer.words = "0.0.0.0/0".into();
        }
        let mut rules = Vec::new();
        for (key, allow) in [("allow", true), ("deny", false)] {
            for block in firewall.get(key).map_or(&[][..], Value::each) {
                let protocol =
                    block.get("protocol").map(|value| reader.estate.render(value)).unwrap_or_else(|| "all".into());
                let (mut ports, mut ports_unknown) = (Intervals::default(), None);
                for value in block.get("ports").map_or(&[][..], Value::each) {
                    match Reader::port_range(&reader.estate.render(value)) {
                        Some(range) => ports = ports.union(&range),
                        None => {
                            ports = Intervals::all();
                            ports_unknown = Some(Text::from(format!("`{}` holds the port", reader.name_of(value))));
                        }
                    }
                }
                if ports.is_empty() {
                    ports = Intervals::all();
                }
                let ports = PortSet::of(&protocol, ports);
                let verb = match (allow, out) {
                    (true, false) => "admits",
                    (true, true) => "lets out to",
                    (false, _) => "refuses",
                };
                let text = format!("firewall rule {} {verb} {} on {}", firewall.name, peer.words, ports.words());
                rules.push(Rule {
                    allow,
                    peer: peer.clone(),
                    ports,
                    ports_unknown,
                    assumes: None,
                    hop: hop(text, block.span, at),
                });
            }
        }
        rules
    }
}

/// The rules that come with the network called default; they stay until somebody deletes them.
fn defaults(span: Span, at: u32) -> Vec<Rule> {
    let everybody = AddressSet::all();
    let rule = |name: &str, addresses: &AddressSet, ports: PortSet| Rule {
        allow: true,
        peer: Peer { addresses: addresses.clone(), words: name.into(), ..Peer::default() },
        ports,
        ports_unknown: None,
        assumes: Some(format!("rule {name} of the default network is still there").into()),
        hop: hop(format!("rule {name} comes with the default network"), span, at),
    };
    let inner = AddressSet::blocks(&["10.128.0.0/9"]);
    let all = PortSet { other: false, ..PortSet::all() };
    vec![
        rule("default-allow-internal", &inner, all),
        rule("default-allow-ssh", &everybody, PortSet::tcp(22, 22)),
        rule("default-allow-rdp", &everybody, PortSet::tcp(3389, 3389)),
        rule("default-allow-icmp", &everybody, PortSet { icmp: true, ..PortSet::default() }),
    ]
}

/// Whether a rule is for what carries these labels, and what would have to be true.
fn targeted(reader: &Reader<'_, '_>, firewall: &Resource, labels: &[String]) -> (bool, Option<Text>) {
    let mut any = false;
    let mut ask = None;
    for (key, kind) in [("target_tags", "tag"), ("target_service_accounts", "service account")] {
        for value in firewall.get(key).map_or(&[][..], Value::each) {
            any = true;
            let text = reader.estate.render(value);
            if labels.contains(&format!("{kind} {text}")) {
                return (true, None);
            }
            if text.starts_with("${") && value.as_reference().is_none() {
                ask = Some(Text::from(format!("`{}` is one of its tags", reader.name_of(value))));
            }
        }
    }
    (!any || ask.is_some(), ask)
}

fn labels(reader: &Reader<'_, '_>, resource: &Resource) -> Vec<String> {
    let mut out = Vec::new();
    for value in resource.get("tags").or_else(|| resource.get("node_config.tags")).map_or(&[][..], Value::each) {
        out.push(format!("tag {}", reader.estate.render(value)));
    }
    for path in ["service_account.email", "node_config.service_account"] {
        if let Some(value) = resource.get(path) {
            out.push(format!("service account {}", reader.estate.render(value)));
        }
    }
    out
}

fn machines<'i>(google: &mut Google<'i>, reader: &mut Reader<'_, 'i>, fabric: &mut Fabric) {
    let mut all: Vec<(u32, &'i Resource, &'i Resource)> = Vec::new();
    for (at, machine) in reader.each(&["google_compute_instance", "google_compute_instance_from_template"]) {
        let template = reader.one(machine.get("source_instance_template"), &TEMPLATE).map(|at| reader.resource(at));
        all.push((at, machine, template.filter(|_| machine.get("network_interface").is_none()).unwrap_or(machine)));
    }
    for (at, group) in
        reader.each(&["google_compute_instance_group_manager", "google_compute_region_instance_group_manager"])
    {
        let template = group
            .get("version")
            .map_or(&[][..], Value::each)
            .iter()
            .find_map(|version| reader.one(version.get("instance_template"), &TEMPLATE));
        if let Some(template) = template {
            all.push((at, group, reader.resource(template)));
        }
    }
    for (at, owner, from) in all {
        let labels = labels(reader, from);
        for interface in from.get("network_interface").map_or(&[][..], Value::each) {
            let outside = interface.get("access_config").filter(|value| !value.each().is_empty());
            let public = match outside {
                Some(value) => {
                    Public::Yes(hop(format!("{} has an external address (access_config)", owner.name), value.span, at))
                }
                None => Public::No,
            };
            let value = (interface.get("subnetwork"), interface.get("network"));
            put(google, reader, fabric, (at, owner), value, &labels, (PortSet::all(), public), interface);
        }
    }
    for (at, cluster) in reader.each(&["google_container_cluster"]) {
        let labels = labels(reader, cluster);
        let private = reader.flag(cluster, "private_cluster_config.enable_private_nodes") == Flag::Yes;
        let text = format!("the nodes of {} have external addresses unless told otherwise", cluster.name);
        let public = if private { Public::No } else { Public::Yes(hop(text, cluster.span, at)) };
        let value = (cluster.get("subnetwork"), cluster.get("network"));
        put(google, reader, fabric, (at, cluster), value, &labels, (PortSet::all(), public), &cluster.attributes);
    }
}

#[expect(clippy::too_many_arguments, reason = "an interface has a place, an owner, labels and an address")]
fn put<'i>(
    google: &mut Google<'i>,
    reader: &mut Reader<'_, 'i>,
    fabric: &mut Fabric,
    (at, owner): (u32, &Resource),
    (subnet, network): (Option<&Value>, Option<&Value>),
    names: &[String],
    (listens, public): (PortSet, Public),
    block: &Value,
) {
    let found = reader.one(subnet, &[SUBNET]).and_then(|at| google.subnets.get(&at)).cloned();
    let (segment, network, mut addresses) = match found {
        Some((zone, network, addresses)) => (Some(zone), network, addresses),
        None => (None, google.network(reader, fabric, network.or(subnet), owner, at), AddressSet::default()),
    };
    if addresses.is_empty() {
        // The ranges of networks that make their own subnets.
        addresses = AddressSet::blocks(&["10.128.0.0/9"]);
    }
    let exact = reader.blocks(&[block.get("network_ip")]);
    if !exact.is_empty() {
        addresses = exact;
    }
    let mut zones = vec![network];
    zones.extend(segment);
    let groups: Vec<u32> = names.iter().map(|label| google.label(fabric, network, label, owner.span)).collect();
    zones.extend(groups.iter().copied());
    let (ingress, egress) = google.filters(reader, fabric, network, names, owner.span, at);
    let placed = fabric.network.zone_of.get(at as usize).is_some_and(Option::is_some);
    fabric.join(segment.unwrap_or(network), at, !placed);
    groups.iter().for_each(|zone| fabric.join(*zone, at, false));
    if segment.is_none() && !fabric.segments.contains_key(&network) {
        let place = Segment { zone: network, addresses: addresses.clone(), ingress: Vec::new(), egress: Vec::new() };
        fabric.segments.insert(network, vec![place]);
    }
    fabric.ends.push(End {
        resource: Some(at),
        network: Some(network),
        segment,
        zones,
        addresses,
        ingress: vec![vec![ingress]],
        egress: egress.map(|filter| vec![filter]).into_iter().collect(),
        listens,
        public,
        ask: None,
    });
}

/// Databases, cluster APIs, serverless endpoints.
fn managed(reader: &Reader<'_, '_>, fabric: &mut Fabric) {
    let https = PortSet::tcp(443, 443);
    for (at, database) in reader.each(&["google_sql_database_instance"]) {
        let base = "settings.ip_configuration";
        if reader.flag(database, &format!("{base}.ipv4_enabled")) == Flag::No {
            continue;
        }
        let version = database.text("database_version").unwrap_or_default();
        let port = match version {
            text if text.starts_with("POSTGRES") => 5432,
            text if text.starts_with("SQLSERVER") => 1433,
            _ => 3306,
        };
        for network in database.get(&format!("{base}.authorized_networks")).map_or(&[][..], Value::each) {
            if let Some(value) = network.get("value") {
                let text = format!("{} admits", database.name);
                ranges(reader, fabric, at, value, &PortSet::tcp(port, port), &text, network.span);
            }
        }
    }
    for (at, cluster) in reader.each(&["google_container_cluster"]) {
        if reader.flag(cluster, "private_cluster_config.enable_private_endpoint") == Flag::Yes {
            continue;
        }
        match cluster.get("master_authorized_networks_config") {
            None => {
                let text =
                    format!("the API of cluster {} is public to everybody, since no networks are set", cluster.name);
                fabric.way(Place::Internet, at, &https, vec![hop(text, cluster.span, at)], Vec::new(), false);
            }
            Some(block) => {
                for one in block.get("cidr_blocks").map_or(&[][..], Value::each) {
                    if let Some(value) = one.get("cidr_block") {
                        let text = format!("the API of cluster {} admits", cluster.name);
                        ranges(reader, fabric, at, value, &https, &text, one.span);
                    }
                }
            }
        }
    }
    const SERVERLESS: [(&str, &str); 5] = [
        ("google_cloud_run_service", "metadata.annotations"),
        ("google_cloud_run_v2_service", "ingress"),
        ("google_cloudfunctions_function", "ingress_settings"),
        ("google_cloudfunctions2_function", "service_config.ingress_settings"),
        ("google_app_engine_standard_app_version", "ingress"),
    ];
    for (ty, path) in SERVERLESS {
        for (at, service) in reader.each(&[ty]) {
            let value = service.get(path);
            let said = value.map(|value| match value.as_map() {
                Some(entries) => entries
                    .iter()
                    .find(|(key, _)| key.ends_with("/ingress"))
                    .map(|(_, value)| reader.estate.render(value))
                    .unwrap_or_default(),
                None => reader.estate.render(value),
            });
            let word = said.unwrap_or_default().to_ascii_lowercase().replace('_', "-");
            if word.contains("internal") {
                continue;
            }
            let unknown = word.starts_with("${");
            let how = if word.is_empty() { " unless told otherwise" } else { "" };
            let text = format!("{} takes requests from the internet{how}", service.name);
            let assumes = if unknown { vec![Text::from(format!("`{word}` is to take all"))] } else { Vec::new() };
            fabric.way(Place::Internet, at, &https, vec![hop(text, place(service, path), at)], assumes, unknown);
        }
    }
    for (at, service) in reader.each(&[
        "google_app_engine_flexible_app_version",
        "google_app_engine_application",
        "google_api_gateway_gateway",
        "google_notebooks_instance",
        "google_composer_environment",
    ]) {
        let text = format!("{} has an endpoint on the internet", service.name);
        fabric.way(Place::Internet, at, &https, vec![hop(text, service.span, at)], Vec::new(), false);
    }
}

fn ranges(
    reader: &Reader<'_, '_>,
    fabric: &mut Fabric,
    at: u32,
    value: &Value,
    ports: &PortSet,
    text: &str,
    span: Span,
) {
    let mut peer = Peer::default();
    reader.peer(value, &mut peer);
    let public = peer.addresses.intersection(&AddressSet::internet());
    let mut assumptions: Vec<Text> = Vec::new();
    if !public.is_large() {
        if public.is_empty() && peer.unknown.is_empty() {
            return;
        }
        assumptions.extend(peer.unknown.iter().map(|name| Text::from(format!("{name} {ATTACKER}"))));
        if peer.unknown.is_empty() {
            assumptions.push(format!("`{}` {ATTACKER}", peer.words).into());
        }
    }
    let text = format!("{text} {}", peer.words);
    fabric.way(Place::Internet, at, ports, vec![hop(text, span, at)], assumptions, peer.asks);
}

/// Forwarding rules, and through proxies and backend services the groups behind them.
fn fronts(reader: &Reader<'_, '_>, fabric: &mut Fabric) -> Vec<Forward> {
    let mut out = Vec::new();
    for (at, rule) in reader.each(&["google_compute_global_forwarding_rule", "google_compute_forwarding_rule"]) {
        let scheme = rule.text("load_balancing_scheme").unwrap_or("EXTERNAL");
        let service = rule.get("target").map(|value| reader.estate.render(value)).unwrap_or_default();
        if service.contains("serviceAttachments") || service == "all-apis" || service == "vpc-sc" {
            continue;
        }
        let protocol = rule.text("ip_protocol").unwrap_or("tcp");
        let mut ports = Intervals::default();
        for key in ["port_range", "ports"] {
            for value in rule.get(key).map_or(&[][..], Value::each) {
                ports = ports.union(&Reader::port_range(&reader.estate.render(value)).unwrap_or_else(Intervals::all));
            }
        }
        if ports.is_empty() {
            ports = Intervals::all();
        }
        let listens = PortSet::of(protocol, ports);
        if !scheme.starts_with("INTERNAL") {
            let text = format!("forwarding rule {} has an external address", rule.name);
            fabric.way(Place::Internet, at, &listens, vec![hop(text, rule.span, at)], Vec::new(), false);
        }
        // Whatever it refers to, step by step, until there are machines.
        let (mut open, mut seen) = (vec![at], vec![at]);
        while let Some(next) = open.pop() {
            let resource = reader.resource(next);
            let machine = resource.ty.contains("instance_group_manager") || &*resource.ty == "google_compute_instance";
            if machine {
                let text = format!("forwarding rule {} leads to {}", rule.name, resource.name);
                out.push(Forward {
                    from: at,
                    to: next,
                    listens: listens.clone(),
                    ports: PortSet::tcp(0, u16::MAX),
                    hops: vec![hop(text, rule.span, at)],
                    ask: None,
                    keeps_sender: true,
                });
                continue;
            }
            for key in [
                "target",
                "backend_service",
                "url_map",
                "default_service",
                "backend",
                "path_matcher",
                "network_endpoint_group",
                "instances",
                "instance_group",
                "group",
            ] {
                for found in resource.get(key).map(|value| reader.estate.referred(value)).unwrap_or_default() {
                    let kind = &*reader.resource(found).ty;
                    let fits = kind.starts_with("google_compute_")
                        && !kind.ends_with("_network")
                        && !kind.ends_with("health_check");
                    if fits && !seen.contains(&found) && seen.len() < 256 {
                        seen.push(found);
                        open.push(found);
                    }
                }
            }
        }
    }
    out
}
