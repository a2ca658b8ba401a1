//! Azure: virtual networks, network security groups in the order of their priorities, public addresses.

mod services;

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use vauban_model::resource::{Resource, Text, Value};

use super::fabric::{End, Exit, Fabric, Filter, Gate, Medium, Peer, Public, Road, Rule, Segment};
use super::forward::Forward;
use super::intervals::{AddressSet, Intervals, PortSet};
use super::read::{Reader, Target, add_word, hop, place, push_once};
use super::{Hop, Place, Zone};

const NETWORK: &str = "azurerm_virtual_network";
const SUBNET: &str = "azurerm_subnet";
const GROUP: &str = "azurerm_network_security_group";
const ASG: &str = "azurerm_application_security_group";
const INTERFACE: &str = "azurerm_network_interface";
const ADDRESS: [&str; 2] = ["azurerm_public_ip", "azurerm_public_ip_prefix"];
const MACHINES: [&str; 3] =
    ["azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine", "azurerm_virtual_machine"];
const SETS: [&str; 4] = [
    "azurerm_linux_virtual_machine_scale_set",
    "azurerm_windows_virtual_machine_scale_set",
    "azurerm_orchestrated_virtual_machine_scale_set",
    "azurerm_virtual_machine_scale_set",
];

#[derive(Clone, Default)]
struct Subnet {
    zone: u32,
    network: u32,
    addresses: AddressSet,
    group: Option<u32>,
}

#[derive(Default)]
struct Azure {
    subnets: FxHashMap<u32, Subnet>,
    addresses: FxHashMap<u32, AddressSet>,
    /// Filters of each group by the network it stands in: `VirtualNetwork` differs.
    filters: FxHashMap<(u32, u32), (u32, u32)>,
    /// Rules of each group: own block or resource, with where it stands.
    rules: FxHashMap<u32, Vec<(u32, Value)>>,
}

pub(super) fn read(reader: &mut Reader<'_, '_>, fabric: &mut Fabric) -> Vec<Forward> {
    if !reader.estate.inventory.resources.iter().any(|resource| resource.ty.starts_with("azurerm_")) {
        return Vec::new();
    }
    let mut azure = Azure::default();
    azure.networks(reader, fabric);
    azure.joints(reader, fabric);
    for (at, group) in reader.each(&[GROUP]) {
        let zone = fabric.zone(zone(group, at, "security-group", None));
        reader.zone_of.insert(at, zone);
        let rules = azure.rules.entry(at).or_default();
        rules.extend(group.get("security_rule").map_or(&[][..], Value::each).iter().map(|rule| (at, rule.clone())));
    }
    for (at, rule) in reader.each(&["azurerm_network_security_rule"]) {
        for group in reader.all(rule.get("network_security_group_name"), &[GROUP]) {
            let mut own = rule.attributes.clone();
            own.span = rule.span;
            azure.rules.entry(group).or_default().push((at, own));
        }
    }
    for (at, found) in reader.each(&[ASG]) {
        let zone = fabric.zone(zone(found, at, "security-group", None));
        reader.zone_of.insert(at, zone);
    }
    for (_, association) in reader.each(&["azurerm_subnet_network_security_group_association"]) {
        let group = reader.one(association.get("network_security_group_id"), &[GROUP]);
        if let Some(subnet) = reader.one(association.get("subnet_id"), &[SUBNET])
            && let Some(found) = azure.subnets.get_mut(&subnet)
        {
            found.group = group;
        }
    }
    azure.interfaces(reader, fabric);
    services::read(reader, fabric);
    balancers(reader, fabric)
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

fn inside() -> AddressSet {
    AddressSet { v6: Intervals::default(), ..AddressSet::private() }
}

impl Azure {
    fn networks(&mut self, reader: &mut Reader<'_, '_>, fabric: &mut Fabric) {
        for (at, network) in reader.each(&[NETWORK]) {
            let zone = fabric.zone(zone(network, at, "virtual-network", None));
            reader.zone_of.insert(at, zone);
            let known = reader.blocks(&[network.get("address_space")]);
            self.addresses.insert(zone, if known.is_empty() { inside() } else { known });
            self.gate(fabric, zone, network.span, at, &network.name);
        }
        for (at, subnet) in reader.each(&[SUBNET]) {
            let network =
                match reader.one(subnet.get("virtual_network_name"), &[NETWORK]).and_then(|at| reader.zone_of.get(&at))
                {
                    Some(zone) => *zone,
                    None => {
                        let name = subnet
                            .get("virtual_network_name")
                            .map_or_else(|| subnet.address.clone(), |value| reader.name_of(value));
                        self.foreign(reader, fabric, &name, subnet, at)
                    }
                };
            let inner = fabric.zone(zone(subnet, at, "network-segment", Some(network)));
            reader.zone_of.insert(at, inner);
            let known = reader.blocks(&[subnet.get("address_prefixes"), subnet.get("address_prefix")]);
            let whole = self.addresses.get(&network).cloned().unwrap_or_else(inside);
            let addresses = if known.is_empty() { whole } else { known };
            self.gate(fabric, inner, subnet.span, at, &subnet.name);
            // Templates say it on the subnet, Terraform apart.
            let group = reader.one(subnet.get("network_security_group_id"), &[GROUP]);
            self.subnets.insert(at, Subnet { zone: inner, network, addresses: addresses.clone(), group });
            let segment = Segment { zone: inner, addresses, ingress: Vec::new(), egress: Vec::new() };
            fabric.segments.entry(network).or_default().push(segment);
        }
    }

    fn foreign(
        &mut self,
        reader: &mut Reader<'_, '_>,
        fabric: &mut Fabric,
        name: &Text,
        from: &Resource,
        at: u32,
    ) -> u32 {
        let zone = reader.outside(fabric, "virtual-network", name, from.span, None);
        if let Entry::Vacant(slot) = self.addresses.entry(zone) {
            slot.insert(inside());
            self.gate(fabric, zone, from.span, at, name);
        }
        zone
    }

    /// Every subnet has a route to the internet unless it is told otherwise.
    fn gate(&self, fabric: &mut Fabric, zone: u32, span: vauban_model::Span, at: u32, name: &str) {
        let hops = vec![hop(format!("{name} routes to the internet by default"), span, at)];
        fabric.gates.insert(
            zone,
            Gate { exits: vec![Exit { addresses: AddressSet::all(), hops, ask: None }], roads: Vec::new() },
        );
    }

    fn joints(&mut self, reader: &mut Reader<'_, '_>, fabric: &mut Fabric) {
        let network = |value: Option<&Value>, reader: &Reader<'_, '_>| {
            reader.one(value, &[NETWORK]).and_then(|at| reader.zone_of.get(&at).copied())
        };
        let mut sides: FxHashMap<(u32, u32), (u32, vauban_model::Span)> = FxHashMap::default();
        for (at, peering) in reader.each(&["azurerm_virtual_network_peering"]) {
            let (from, to) = (peering.get("virtual_network_name"), peering.get("remote_virtual_network_id"));
            if let (Some(from), Some(to)) = (network(from, reader), network(to, reader)) {
                sides.insert((from, to), (at, peering.span));
                // Both sides have to agree.
                if sides.contains_key(&(to, from)) {
                    let joint = hop(format!("peering {} joins the networks", peering.name), peering.span, at);
                    self.join(fabric, &[from, to], &joint, None);
                }
            }
        }
        for (at, connection) in reader.each(&["azurerm_virtual_network_gateway_connection"]) {
            let gateway =
                reader.one(connection.get("virtual_network_gateway_id"), &["azurerm_virtual_network_gateway"]);
            let subnet =
                gateway.and_then(|at| reader.one(reader.resource(at).get("ip_configuration.subnet_id"), &[SUBNET]));
            let Some(own) = subnet.and_then(|at| self.subnets.get(&at)).map(|subnet| subnet.network) else { continue };
            let kinds = ["azurerm_local_network_gateway", "azurerm_express_route_circuit"];
            let other = reader
                .one(connection.get("local_network_gateway_id"), &kinds)
                .or_else(|| reader.one(connection.get("express_route_circuit_id"), &kinds))
                .unwrap_or(at);
            let resource = reader.resource(other);
            let mut outside = zone(resource, other, "virtual-network", None);
            outside.name = format!("network behind {}", resource.name).into();
            let outside = fabric.zone(outside);
            reader.zone_of.insert(other, outside);
            let known = reader.blocks(&[resource.get("address_space")]);
            let addresses = if known.is_empty() { inside() } else { known };
            fabric.segments.insert(
                outside,
                vec![Segment { zone: outside, addresses: addresses.clone(), ingress: Vec::new(), egress: Vec::new() }],
            );
            self.addresses.insert(outside, addresses);
            let what = if connection.text("type") == Some("ExpressRoute") { "ExpressRoute" } else { "VPN" };
            let text = format!("{what} connection {} joins the network behind {}", connection.name, resource.name);
            self.join(fabric, &[own, outside], &hop(text, connection.span, at), None);
        }
    }

    fn join(&self, fabric: &mut Fabric, networks: &[u32], joint: &Hop, ask: Option<Text>) {
        let medium = fabric.mediums.len();
        fabric.mediums.push(Medium { networks: networks.to_vec(), hop: joint.clone(), ask });
        let road = Road { addresses: AddressSet::all(), medium, hop: joint.clone(), ask: None };
        let segments: Vec<u32> = self
            .subnets
            .values()
            .filter(|subnet| networks.contains(&subnet.network))
            .map(|subnet| subnet.zone)
            .collect();
        for zone in networks.iter().chain(&segments) {
            fabric.gates.entry(*zone).or_default().roads.push(road.clone());
        }
    }

    /// The filters of a group as it stands in a network.
    fn filters(&mut self, reader: &Reader<'_, '_>, fabric: &mut Fabric, group: u32, network: u32) -> (u32, u32) {
        if let Some(found) = self.filters.get(&(group, network)) {
            return *found;
        }
        let name = reader.resource(group).name.clone();
        let span = reader.resource(group).span;
        let mut peers = vec![network];
        for medium in fabric.mediums.iter().filter(|medium| medium.networks.contains(&network)) {
            medium.networks.iter().for_each(|zone| push_once(&mut peers, *zone));
        }
        let mut space = Peer { zones: peers.clone(), words: "VirtualNetwork".into(), ..Peer::default() };
        for zone in &peers {
            space.addresses = space.addresses.union(&self.addresses.get(zone).cloned().unwrap_or_default());
        }
        let (mut ingress, mut egress) = (Vec::<(f64, Rule)>::new(), Vec::<(f64, Rule)>::new());
        for (at, block) in self.rules.get(&group).into_iter().flatten() {
            let out = block
                .get("direction")
                .is_some_and(|value| reader.estate.render(value).eq_ignore_ascii_case("outbound"));
            let priority = block.get("priority").and_then(|value| reader.follow(value).as_number()).unwrap_or(4096.0);
            let rule = rule(reader, &name, *at, block, out, &space);
            if out { egress.push((priority, rule)) } else { ingress.push((priority, rule)) }
        }
        // The rules that every group has, by the provider's documentation.
        let default = |peer: Peer, words: &str| Rule {
            allow: true,
            peer,
            ports: PortSet::all(),
            ports_unknown: None,
            assumes: None,
            hop: hop(format!("network security group {name} {words} by default"), span, group),
        };
        ingress.push((65000.0, default(space.clone(), "admits the virtual network")));
        egress.push((65000.0, default(space, "lets out to the virtual network")));
        let internet = Peer { addresses: AddressSet::internet(), words: "Internet".into(), ..Peer::default() };
        egress.push((65001.0, default(internet, "lets out to the internet")));
        let [ingress, egress] = [ingress, egress].map(|mut rules| {
            rules.sort_by(|a, b| a.0.total_cmp(&b.0));
            let rules = rules.into_iter().map(|(_, rule)| rule).collect();
            fabric.filter(Filter { rules, ordered: true, border: false })
        });
        self.filters.insert((group, network), (ingress, egress));
        (ingress, egress)
    }

    fn interfaces(&mut self, reader: &mut Reader<'_, '_>, fabric: &mut Fabric) {
        let mut owner: FxHashMap<u32, u32> = FxHashMap::default();
        for (at, machine) in reader.each(&MACHINES) {
            for interface in reader.all(machine.get("network_interface_ids"), &[INTERFACE]) {
                owner.insert(interface, at);
            }
        }
        let mut groups: FxHashMap<u32, u32> = FxHashMap::default();
        for (_, association) in reader.each(&["azurerm_network_interface_security_group_association"]) {
            if let (Some(interface), Some(group)) = (
                reader.one(association.get("network_interface_id"), &[INTERFACE]),
                reader.one(association.get("network_security_group_id"), &[GROUP]),
            ) {
                groups.insert(interface, group);
            }
        }
        let mut zones: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (_, association) in reader.each(&["azurerm_network_interface_application_security_group_association"]) {
            if let (Some(interface), Some(found)) = (
                reader.one(association.get("network_interface_id"), &[INTERFACE]),
                reader.one(association.get("application_security_group_id"), &[ASG]),
            ) {
                zones.entry(interface).or_default().extend(reader.zone_of.get(&found));
            }
        }
        for (at, interface) in reader.each(&[INTERFACE]) {
            let to = owner.get(&at).copied().unwrap_or(at);
            let group =
                groups.get(&at).copied().or_else(|| reader.one(interface.get("network_security_group_id"), &[GROUP]));
            for block in interface.get("ip_configuration").map_or(&[][..], Value::each) {
                let more = zones.get(&at).cloned().unwrap_or_default();
                self.put(reader, fabric, (to, at), block, group, &more, PortSet::all());
            }
        }
        for (at, set) in reader.each(&SETS) {
            for interface in
                set.get("network_interface").or_else(|| set.get("network_profile")).map_or(&[][..], Value::each)
            {
                let group = reader.one(interface.get("network_security_group_id"), &[GROUP]);
                for block in interface.get("ip_configuration").map_or(&[][..], Value::each) {
                    self.put(reader, fabric, (at, at), block, group, &[], PortSet::all());
                }
            }
        }
        for (ty, path, ports) in [
            ("azurerm_private_endpoint", "subnet_id", PortSet::all()),
            ("azurerm_kubernetes_cluster", "default_node_pool", PortSet::all()),
            ("azurerm_bastion_host", "ip_configuration", PortSet::tcp(443, 443)),
            ("azurerm_postgresql_flexible_server", "delegated_subnet_id", PortSet::tcp(5432, 5432)),
            ("azurerm_mysql_flexible_server", "delegated_subnet_id", PortSet::tcp(3306, 3306)),
            ("azurerm_redis_cache", "subnet_id", PortSet::tcp(6379, 6380)),
            ("azurerm_mssql_managed_instance", "subnet_id", PortSet::tcp(1433, 1433)),
        ] {
            for (at, resource) in reader.each(&[ty]) {
                let block = if path.ends_with("_id") { Some(&resource.attributes) } else { resource.get(path) };
                let Some(block) = block.filter(|_| resource.get(path).is_some()) else { continue };
                // A private endpoint is an address of what it leads to.
                let leads = resource.get("private_service_connection.private_connection_resource_id");
                let to = leads.and_then(|value| {
                    reader.targets(value).0.into_iter().find_map(|target| match target {
                        Target::Resource(at, _) => Some(at),
                        Target::Named(_) => None,
                    })
                });
                self.put(reader, fabric, (to.unwrap_or(at), at), block, None, &[], ports.clone());
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "an address has a place, an owner, a group and ports")]
    fn put(
        &mut self,
        reader: &mut Reader<'_, '_>,
        fabric: &mut Fabric,
        (to, from): (u32, u32),
        block: &Value,
        group: Option<u32>,
        more: &[u32],
        listens: PortSet,
    ) {
        let value = ["subnet_id", "delegated_subnet_id", "vnet_subnet_id"]
            .iter()
            .find_map(|key| block.get(key).filter(|value| !value.is_null()));
        let Some(value) = value else { return };
        let own = reader.resource(from);
        let (network, segment, mut addresses, outer, ask) =
            match reader.one(Some(value), &[SUBNET]).and_then(|at| self.subnets.get(&at)).cloned() {
                Some(subnet) => (subnet.network, Some(subnet.zone), subnet.addresses, subnet.group, None),
                None => {
                    let id = reader.estate.render(value);
                    // An id says which network it is: `…/virtualNetworks/hub/subnets/web`.
                    let named =
                        id.rsplit_once("/subnets/").and_then(|(net, name)| Some((net.rsplit('/').next()?, name)));
                    let (network, name): (Text, Text) = match named {
                        Some((net, name)) if !net.is_empty() && !net.contains(['$', '}']) => (net.into(), name.into()),
                        _ => {
                            let name = reader.name_of(value);
                            (format!("the network of {name}").into(), name)
                        }
                    };
                    let zone = self.foreign(reader, fabric, &network, own, from);
                    let ask = Text::from(format!("the security group of subnet `{name}` admits it"));
                    (zone, None, inside(), None, Some(ask))
                }
            };
        let exact = reader.blocks(&[block.get("private_ip_address")]);
        if !exact.is_empty() {
            addresses = exact;
        }
        let mut zones = vec![network];
        zones.extend(segment);
        more.iter().for_each(|zone| push_once(&mut zones, *zone));
        for key in ["application_security_group_ids"] {
            for found in reader.all(block.get(key), &[ASG]) {
                zones.extend(reader.zone_of.get(&found));
            }
        }
        let (mut ingress, mut egress) = (Vec::new(), Vec::new());
        let groups: Vec<u32> = outer.into_iter().chain(group).collect();
        for found in &groups {
            let (into, out) = self.filters(reader, fabric, *found, network);
            ingress.push(vec![into]);
            egress.insert(0, vec![out]);
            if let Some(zone) = reader.zone_of.get(found) {
                push_once(&mut zones, *zone);
            }
        }
        let public = public(reader, (from, own), block, !groups.is_empty());
        let placed = fabric.network.zone_of.get(to as usize).is_some_and(Option::is_some);
        fabric.join(segment.unwrap_or(network), to, !placed);
        zones.iter().skip(2).for_each(|zone| fabric.join(*zone, to, false));
        fabric.ends.push(End {
            resource: Some(to),
            network: Some(network),
            segment,
            zones,
            addresses,
            ingress,
            egress,
            listens,
            public,
            ask,
        });
    }
}

/// Whether an address block has a public address, and whether that address is closed for want of a group.
fn public(reader: &Reader<'_, '_>, (at, own): (u32, &Resource), block: &Value, grouped: bool) -> Public {
    let stated = |key: &str| block.get(key).filter(|value| !value.is_null());
    let Some(value) = stated("public_ip_address_id").or_else(|| stated("public_ip_address")) else { return Public::No };
    let found = reader.one(Some(value), &ADDRESS);
    let name = found.map_or_else(|| own.name.clone(), |at| reader.resource(at).name.clone());
    let span = found.map_or(value.span, |at| reader.resource(at).span);
    let yes = hop(format!("public address {name} belongs to {}", own.name), span, found.unwrap_or(at));
    if grouped {
        return Public::Yes(yes);
    }
    match found.and_then(|at| reader.resource(at).text("sku")) {
        Some("Basic") => Public::Yes(yes),
        Some(_) => Public::No,
        None => Public::Ask(
            yes,
            format!("public address {name} is of the basic kind, which is open without a security group").into(),
        ),
    }
}

fn rule(reader: &Reader<'_, '_>, group: &str, at: u32, block: &Value, out: bool, space: &Peer) -> Rule {
    let allow = block.get("access").is_none_or(|value| !reader.estate.render(value).eq_ignore_ascii_case("deny"));
    let (near, far) = if out { ("source", "destination") } else { ("destination", "source") };
    let mut peer = Peer::default();
    for key in [format!("{far}_address_prefix"), format!("{far}_address_prefixes")] {
        for value in block.get(&key).filter(|value| !value.is_null()).map_or(&[][..], Value::each) {
            prefix(reader, value, space, &mut peer);
        }
    }
    for found in reader.all(block.get(&format!("{far}_application_security_group_ids")), &[ASG]) {
        if let Some(zone) = reader.zone_of.get(&found) {
            push_once(&mut peer.zones, *zone);
            add_word(&mut peer, &reader.resource(found).name);
        }
    }
    let protocol = block.get("protocol").map(|value| reader.estate.render(value)).unwrap_or_else(|| "*".into());
    let (mut ranges, mut ports_unknown): (Intervals<u16>, Option<Text>) = (Intervals::default(), None);
    for key in ["destination_port_range", "destination_port_ranges"] {
        for value in block.get(key).filter(|value| !value.is_null()).map_or(&[][..], Value::each) {
            let text = reader.estate.render(value);
            match Reader::port_range(&text) {
                Some(range) => ranges = ranges.union(&range),
                None => {
                    ranges = Intervals::all();
                    ports_unknown = Some(format!("`{}` holds the port", reader.name_of(value)).into());
                }
            }
        }
    }
    if ranges.is_empty() {
        ranges = Intervals::all();
    }
    let ports = PortSet::of(&protocol, ranges);
    // Only for some of those behind the group: whether it is this one is not looked into.
    let narrow = block.get(&format!("{near}_address_prefix")).map(|value| reader.estate.render(value));
    if let Some(text) = narrow.filter(|text| !matches!(text.as_str(), "*" | "" | "0.0.0.0/0" | "VirtualNetwork")) {
        ports_unknown = Some(format!("`{text}` holds its address").into());
    }
    let name = block.get("name").map(|value| reader.estate.render(value)).unwrap_or_default();
    let verb = match (allow, out) {
        (true, false) => "admits",
        (true, true) => "lets out to",
        (false, _) => "refuses",
    };
    let text = format!("rule {name} of network security group {group} {verb} {} on {}", peer.words, ports.words());
    Rule { allow, peer, ports, ports_unknown, assumes: None, hop: hop(text, block.span, at) }
}

/// An address prefix or a service tag.
fn prefix(reader: &Reader<'_, '_>, value: &Value, space: &Peer, peer: &mut Peer) {
    let text = value.as_text().unwrap_or_default();
    match text {
        "*" | "Any" => peer.addresses = AddressSet::all(),
        "Internet" => peer.addresses = peer.addresses.union(&AddressSet::internet()),
        "VirtualNetwork" => {
            peer.addresses = peer.addresses.union(&space.addresses);
            space.zones.iter().for_each(|zone| push_once(&mut peer.zones, *zone));
        }
        // Probes of the platform, not senders.
        "AzureLoadBalancer" | "GatewayManager" => {}
        _ => return reader.peer(value, peer),
    }
    add_word(peer, text);
}

/// Load balancers and application gateways: fronts with public addresses, and the interfaces behind them.
fn balancers(reader: &Reader<'_, '_>, fabric: &mut Fabric) -> Vec<Forward> {
    const BALANCER: [&str; 2] = ["azurerm_lb", "azurerm_application_gateway"];
    const POOL: &str = "azurerm_lb_backend_address_pool";
    let mut owner: FxHashMap<u32, u32> = FxHashMap::default();
    for (at, machine) in reader.each(&MACHINES) {
        for interface in reader.all(machine.get("network_interface_ids"), &[INTERFACE]) {
            owner.insert(interface, at);
        }
    }
    let mut behind: FxHashMap<u32, Vec<(u32, Hop)>> = FxHashMap::default();
    for (at, association) in reader.each(&[
        "azurerm_network_interface_backend_address_pool_association",
        "azurerm_network_interface_application_gateway_backend_address_pool_association",
    ]) {
        for pool in reader.all(association.get("backend_address_pool_id"), &[POOL, BALANCER[1]]) {
            for interface in reader.all(association.get("network_interface_id"), &[INTERFACE]) {
                let to = owner.get(&interface).copied().unwrap_or(interface);
                let text = format!("backend pool {} holds {}", reader.resource(pool).name, reader.resource(to).name);
                behind.entry(pool).or_default().push((to, hop(text, association.span, at)));
            }
        }
    }
    // Templates say it on the interface.
    let mut for_rule: FxHashMap<u32, Vec<(u32, Hop)>> = FxHashMap::default();
    for (at, interface) in reader.each(&[INTERFACE]) {
        let to = owner.get(&at).copied().unwrap_or(at);
        for block in interface.get("ip_configuration").map_or(&[][..], Value::each) {
            for pool in reader.all(block.get("load_balancer_backend_address_pool_ids"), &[POOL]) {
                let text = format!("backend pool {} holds {}", reader.resource(pool).name, reader.resource(to).name);
                behind.entry(pool).or_default().push((to, hop(text, block.span, at)));
            }
            for rule in reader.all(block.get("load_balancer_inbound_nat_rule_ids"), &["azurerm_lb_nat_rule"]) {
                let text = format!("it is for {}", reader.resource(to).name);
                for_rule.entry(rule).or_default().push((to, hop(text, block.span, at)));
            }
        }
    }
    for (at, set) in reader.each(&SETS) {
        for interface in set.get("network_interface").map_or(&[][..], Value::each) {
            for block in interface.get("ip_configuration").map_or(&[][..], Value::each) {
                for pool in reader.all(block.get("load_balancer_backend_address_pool_ids"), &[POOL]) {
                    let text = format!("backend pool {} holds {}", reader.resource(pool).name, set.name);
                    behind.entry(pool).or_default().push((at, hop(text, block.span, at)));
                }
            }
        }
    }
    let mut out = Vec::new();
    let range = |value: Option<&Value>, protocol: &str| match reader.port(value) {
        Ok(Some(port)) => PortSet::of(protocol, Intervals::range(port, port)),
        Ok(None) | Err(_) => PortSet::of(protocol, Intervals::all()),
    };
    let mut fronts: FxHashMap<u32, PortSet> = FxHashMap::default();
    for (at, rule) in reader.each(&["azurerm_lb_rule", "azurerm_lb_nat_rule"]) {
        let Some(balancer) = reader.one(rule.get("loadbalancer_id"), &BALANCER) else { continue };
        let protocol = rule.get("protocol").map(|value| reader.estate.render(value)).unwrap_or_else(|| "tcp".into());
        let (front, back) = (range(rule.get("frontend_port"), &protocol), range(rule.get("backend_port"), &protocol));
        let entry = fronts.entry(balancer).or_default();
        *entry = entry.union(&front);
        let mut targets: Vec<(u32, Hop)> = Vec::new();
        for pool in reader.all(rule.get("backend_address_pool_ids"), &[POOL]) {
            targets.extend(behind.get(&pool).into_iter().flatten().cloned());
        }
        targets.extend(for_rule.get(&at).into_iter().flatten().cloned());
        for (nat, association) in reader.each(&["azurerm_network_interface_nat_rule_association"]) {
            if reader.one(association.get("nat_rule_id"), &["azurerm_lb_nat_rule"]) == Some(at) {
                for interface in reader.all(association.get("network_interface_id"), &[INTERFACE]) {
                    let to = owner.get(&interface).copied().unwrap_or(interface);
                    targets.push((to, hop(format!("it is for {}", reader.resource(to).name), association.span, nat)));
                }
            }
        }
        for (to, member) in targets {
            let first = hop(format!("rule {} passes {} on", rule.name, front.words()), rule.span, at);
            out.push(Forward {
                from: balancer,
                to,
                listens: front.clone(),
                ports: back.clone(),
                hops: vec![first, member],
                ask: None,
                keeps_sender: true,
            });
        }
    }
    for (at, balancer) in reader.each(&BALANCER) {
        let fronted = balancer.get("frontend_ip_configuration").map_or(&[][..], Value::each);
        let public =
            fronted.iter().find(|block| block.get("public_ip_address_id").is_some_and(|value| !value.is_null()));
        let mut ports = fronts.remove(&at).unwrap_or_default();
        for block in balancer.get("frontend_port").map_or(&[][..], Value::each) {
            ports = ports.union(&range(block.get("port"), "tcp"));
        }
        if let Some(block) = public {
            let text = format!("{} has a public address in front", balancer.name);
            fabric.way(Place::Internet, at, &ports, vec![hop(text, block.span, at)], Vec::new(), false);
        }
        for (to, member) in behind.get(&at).into_iter().flatten() {
            let mut back = PortSet::default();
            for block in balancer.get("backend_http_settings").map_or(&[][..], Value::each) {
                back = back.union(&range(block.get("port"), "tcp"));
            }
            let first =
                hop(format!("{} passes requests on", balancer.name), place(balancer, "backend_address_pool"), at);
            out.push(Forward {
                from: at,
                to: *to,
                listens: ports.clone(),
                ports: back,
                hops: vec![first, member.clone()],
                ask: None,
                keeps_sender: false,
            });
        }
    }
    out
}
