//! Where a VPC meets networks that are not in the cloud: VPN connections and dedicated links.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Text, Value};

use super::super::fabric::{Fabric, Gate, Medium, Peer, Road, Segment};
use super::super::intervals::AddressSet;
use super::super::read::{Reader, hop, push_once};
use super::{Aws, inside, zone_for};

const GATEWAY: &str = "aws_vpn_gateway";

pub(super) fn read(aws: &mut Aws, reader: &mut Reader<'_, '_>, fabric: &mut Fabric) {
    // VPCs by the gateway attached to them.
    let mut attached: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (at, gateway) in reader.each(&[GATEWAY]) {
        if let Some(value) = gateway.get("vpc_id") {
            attached.entry(at).or_default().push(aws.vpc(reader, fabric, value));
        }
    }
    for (_, attachment) in reader.each(&["aws_vpn_gateway_attachment"]) {
        if let (Some(gateway), Some(value)) =
            (reader.one(attachment.get("vpn_gateway_id"), &[GATEWAY]), attachment.get("vpc_id"))
        {
            attached.entry(gateway).or_default().push(aws.vpc(reader, fabric, value));
        }
    }
    let mut hubs: FxHashMap<Text, Vec<u32>> = FxHashMap::default();
    for (_, attachment) in reader.each(&["aws_ec2_transit_gateway_vpc_attachment"]) {
        if let (Some(hub), Some(vpc)) = (attachment.get("transit_gateway_id"), attachment.get("vpc_id")) {
            let vpc = aws.vpc(reader, fabric, vpc);
            hubs.entry(reader.name_of(hub)).or_default().push(vpc);
        }
    }
    let routes = reader.each(&["aws_vpn_connection_route"]);
    for (at, connection) in reader.each(&["aws_vpn_connection"]) {
        let mut peer = Peer::default();
        for (_, route) in &routes {
            if reader.one(route.get("vpn_connection_id"), &["aws_vpn_connection"]) == Some(at)
                && let Some(value) = route.get("destination_cidr_block")
            {
                reader.peer(value, &mut peer);
            }
        }
        if let Some(value) =
            connection.get("remote_ipv4_network_cidr").or_else(|| connection.get("local_ipv4_network_cidr"))
        {
            reader.peer(value, &mut peer);
        }
        let mut vpcs = Vec::new();
        if let Some(gateway) = reader.one(connection.get("vpn_gateway_id"), &[GATEWAY]) {
            vpcs.extend(attached.get(&gateway).into_iter().flatten().copied());
        }
        if let Some(hub) = connection.get("transit_gateway_id") {
            vpcs.extend(hubs.get(&reader.name_of(hub)).into_iter().flatten().copied());
        }
        let customer = reader.one(connection.get("customer_gateway_id"), &["aws_customer_gateway"]);
        let name = customer.map_or(&connection.name, |at| &reader.resource(at).name);
        let text = format!("VPN connection {} joins the network behind {name}", connection.name);
        add(aws, reader, fabric, customer.unwrap_or(at), (at, text), &peer.addresses, &vpcs);
    }
    for (at, association) in reader.each(&["aws_dx_gateway_association"]) {
        let mut vpcs = Vec::new();
        let value = association.get("associated_gateway_id").or_else(|| association.get("vpn_gateway_id"));
        if let Some(gateway) = reader.one(value, &[GATEWAY]) {
            vpcs.extend(attached.get(&gateway).into_iter().flatten().copied());
        } else if let Some(value) = value {
            vpcs.extend(hubs.get(&reader.name_of(value)).into_iter().flatten().copied());
        }
        let link = reader.one(association.get("dx_gateway_id"), &["aws_dx_gateway"]).unwrap_or(at);
        let text = format!("Direct Connect gateway {} joins the network at its other end", reader.resource(link).name);
        add(aws, reader, fabric, link, (at, text), &AddressSet::default(), &vpcs);
    }
    for (at, interface) in reader.each(&["aws_dx_private_virtual_interface"]) {
        let Some(gateway) = reader.one(interface.get("vpn_gateway_id"), &[GATEWAY]) else { continue };
        let vpcs = attached.get(&gateway).cloned().unwrap_or_default();
        let text = format!("Direct Connect interface {} joins the network at its other end", interface.name);
        add(aws, reader, fabric, at, (at, text), &AddressSet::default(), &vpcs);
    }
}

/// Adds a network outside, joined to VPCs.
fn add(
    aws: &Aws,
    reader: &mut Reader<'_, '_>,
    fabric: &mut Fabric,
    outside: u32,
    (at, text): (u32, String),
    addresses: &AddressSet,
    vpcs: &[u32],
) {
    if vpcs.is_empty() {
        return;
    }
    let resource = reader.resource(outside);
    let zone = match reader.zone_of.get(&outside) {
        Some(zone) => *zone,
        None => {
            let mut zone = zone_for(resource, outside, "virtual-network", None);
            zone.name = format!("network behind {}", resource.name).into();
            let zone = fabric.zone(zone);
            reader.zone_of.insert(outside, zone);
            zone
        }
    };
    let addresses = if addresses.is_empty() { inside() } else { addresses.clone() };
    let span = reader.resource(at).span;
    let mut networks = vec![zone];
    vpcs.iter().for_each(|vpc| push_once(&mut networks, *vpc));
    let medium = fabric.mediums.len();
    let joint = hop(text, span, at);
    fabric.mediums.push(Medium { networks, hop: joint.clone(), ask: None });
    let road = |addresses: AddressSet, ask: Option<Text>| Road { addresses, medium, hop: joint.clone(), ask };
    fabric.gates.entry(zone).or_default().roads.push(road(AddressSet::all(), None));
    fabric
        .segments
        .insert(zone, vec![Segment { zone, addresses: addresses.clone(), ingress: Vec::new(), egress: Vec::new() }]);
    let propagated = propagates(reader);
    for vpc in vpcs {
        let ask =
            (!propagated).then(|| Text::from(format!("the routes of {} lead to the gateway", fabric.zone_name(*vpc))));
        for subnet in aws.of_vpc.get(vpc).into_iter().flatten().chain([vpc]) {
            let gate: &mut Gate = fabric.gates.entry(*subnet).or_default();
            gate.roads.push(road(addresses.clone(), ask.clone()));
        }
    }
}

/// Whether any route leads to a gateway, by propagation or stated.
fn propagates(reader: &Reader<'_, '_>) -> bool {
    let stated = |value: Option<&Value>| reader.one(value, &[GATEWAY, "aws_ec2_transit_gateway"]).is_some();
    !reader.each(&["aws_vpn_gateway_route_propagation"]).is_empty()
        || reader
            .each(&["aws_route"])
            .iter()
            .any(|(_, route)| stated(route.get("gateway_id")) || stated(route.get("transit_gateway_id")))
        || reader.each(&["aws_route_table", "aws_default_route_table"]).iter().any(|(_, table)| {
            table.get("propagating_vgws").is_some_and(|value| !value.each().is_empty())
                || table
                    .get("route")
                    .map_or(&[][..], Value::each)
                    .iter()
                    .any(|route| stated(route.get("gateway_id")) || stated(route.get("transit_gateway_id")))
        })
}
