//! Routes: which subnet uses which table, and what its routes lead to.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Resource, Text, Value};

use super::super::fabric::{Exit, Fabric, Gate, Medium, Road};
use super::super::intervals::AddressSet;
use super::super::read::{Reader, Target, hop};
use super::super::{Hop, read::push_once};
use super::{Aws, SUBNET, VPC};

const TABLE: [&str; 2] = ["aws_route_table", "aws_default_route_table"];

/// What a route leads to.
enum Next {
    Internet(Option<Text>),
    /// Out only.
    Translated,
    Medium(usize),
    Nothing,
}

struct Route {
    addresses: AddressSet,
    /// How specific it is: the fewer addresses, the earlier it decides.
    size: u128,
    next: Next,
    hop: Hop,
}

#[derive(Default)]
struct Tables {
    routes: FxHashMap<u32, Vec<Route>>,
    main: FxHashMap<u32, u32>,
    of_subnet: FxHashMap<u32, u32>,
    /// VPCs with associations of which it is not known for which subnet.
    unsure: FxHashMap<u32, Text>,
    /// Media by the resource that they are.
    media: FxHashMap<u32, usize>,
    named: FxHashMap<Text, usize>,
}

pub(super) fn read(aws: &mut Aws, reader: &mut Reader<'_, '_>, fabric: &mut Fabric) {
    let mut tables = Tables::default();
    peerings(aws, reader, fabric, &mut tables);
    let mut vpc_of: FxHashMap<u32, u32> = FxHashMap::default();
    for (at, table) in reader.each(&TABLE) {
        let vpc = table_vpc(aws, reader, fabric, table);
        vpc_of.insert(at, vpc);
        if &*table.ty == "aws_default_route_table" || table.get("main").and_then(Value::as_bool) == Some(true) {
            tables.main.insert(vpc, at);
        }
        tables.routes.entry(at).or_default();
        for route in table.get("route").map_or(&[][..], Value::each) {
            add_route(reader, fabric, &mut tables, (at, table), at, route);
        }
    }
    for (at, route) in reader.each(&["aws_route"]) {
        for table in reader.all(route.get("route_table_id"), &TABLE) {
            add_route(reader, fabric, &mut tables, (at, route), table, &route.attributes);
        }
        // `aws_vpc.x.main_route_table_id` and `default_route_table_id` are the table that comes with the VPC.
        for vpc in reader.all(route.get("route_table_id"), &VPC) {
            let Some(zone) = reader.zone_of.get(&vpc).copied() else { continue };
            let table = *tables.main.entry(zone).or_insert(u32::MAX - zone);
            add_route(reader, fabric, &mut tables, (at, route), table, &route.attributes);
        }
    }
    for (_, main) in reader.each(&["aws_main_route_table_association"]) {
        if let (Some(value), Some(table)) = (main.get("vpc_id"), reader.one(main.get("route_table_id"), &TABLE)) {
            let vpc = aws.vpc(reader, fabric, value);
            tables.main.insert(vpc, table);
        }
    }
    for (_, association) in reader.each(&["aws_route_table_association"]) {
        let table = reader.one(association.get("route_table_id"), &TABLE);
        let subnets = reader.all(association.get("subnet_id"), &SUBNET);
        for subnet in &subnets {
            if let Some(zone) = reader.zone_of.get(subnet) {
                tables.of_subnet.insert(*zone, table.unwrap_or(u32::MAX));
            }
        }
        if subnets.is_empty()
            && let (Some(vpc), Some(value)) = (table.and_then(|table| vpc_of.get(&table)), association.get("subnet_id"))
        {
            tables.unsure.insert(*vpc, reader.name_of(value));
        }
    }
    gates(aws, fabric, &tables);
}

fn table_vpc(aws: &mut Aws, reader: &mut Reader<'_, '_>, fabric: &mut Fabric, table: &Resource) -> u32 {
    let value = table.get("vpc_id").or_else(|| table.get("default_route_table_id"));
    match value {
        Some(value) => aws.vpc(reader, fabric, value),
        None => aws.default_vpc(reader, fabric, table.span),
    }
}

fn peerings(aws: &mut Aws, reader: &mut Reader<'_, '_>, fabric: &mut Fabric, tables: &mut Tables) {
    for (at, peering) in reader.each(&["aws_vpc_peering_connection"]) {
        let mut networks = Vec::new();
        for key in ["vpc_id", "peer_vpc_id"] {
            if let Some(value) = peering.get(key) {
                push_once(&mut networks, aws.vpc(reader, fabric, value));
            }
        }
        let text = format!("peering {} joins the networks", peering.name);
        tables.media.insert(at, fabric.mediums.len());
        fabric.mediums.push(Medium { networks, hop: hop(text, peering.span, at), ask: None });
    }
    let mut hubs: Vec<(u32, Option<u32>, Text)> = Vec::new();
    for (at, attachment) in reader.each(&["aws_ec2_transit_gateway_vpc_attachment"]) {
        let (Some(hub), Some(vpc)) = (attachment.get("transit_gateway_id"), attachment.get("vpc_id")) else { continue };
        let vpc = aws.vpc(reader, fabric, vpc);
        let resource = reader.one(Some(hub), &["aws_ec2_transit_gateway"]);
        let name = resource.map_or_else(|| reader.name_of(hub), |at| reader.resource(at).name.clone());
        let known = hubs.iter().position(|(_, other, text)| *other == resource && *text == name);
        let medium = match known.and_then(|at| hubs.get(at)) {
            Some((medium, ..)) => *medium as usize,
            None => {
                let medium = fabric.mediums.len();
                hubs.push((u32::try_from(medium).unwrap_or(u32::MAX), resource, name.clone()));
                let text = format!("transit gateway {name} joins the networks attached to it");
                let span = resource.map_or(attachment.span, |at| reader.resource(at).span);
                let hub = resource.map(|at| reader.resource(at));
                let off = |key: &str| hub.and_then(|hub| hub.text(key)) == Some("disable");
                let ask =
                    (off("default_route_table_association") || off("default_route_table_propagation")).then(|| {
                        Text::from(format!("the route tables of transit gateway {name} lead between the two networks"))
                    });
                fabric.mediums.push(Medium { networks: Vec::new(), hop: hop(text, span, resource.unwrap_or(at)), ask });
                medium
            }
        };
        if let Some(medium) = fabric.mediums.get_mut(medium) {
            push_once(&mut medium.networks, vpc);
        }
        match resource {
            Some(resource) => tables.media.insert(resource, medium),
            None => tables.named.insert(name, medium),
        };
    }
}

fn add_route(
    reader: &Reader<'_, '_>,
    fabric: &Fabric,
    tables: &mut Tables,
    (at, resource): (u32, &Resource),
    table: u32,
    route: &Value,
) {
    let mut peer = super::super::fabric::Peer::default();
    for key in [
        "cidr_block",
        "ipv6_cidr_block",
        "destination_cidr_block",
        "destination_ipv6_cidr_block",
        "destination_prefix_list_id",
    ] {
        if let Some(value) = route.get(key).filter(|value| !value.is_null() && value.as_text() != Some("")) {
            if key.ends_with("_id") {
                peer.unknown.push(reader.name_of(value));
            } else {
                reader.peer(value, &mut peer);
            }
        }
    }
    for zone in &peer.zones {
        let name = fabric.zone_name(*zone);
        peer.words = name.to_owned();
    }
    let unknown = !peer.unknown.is_empty() || !peer.zones.is_empty();
    let addresses = if unknown { AddressSet::all() } else { peer.addresses.clone() };
    let mut next = Next::Nothing;
    let mut word = "nothing that is known";
    let pick = |key: &str| route.get(key).filter(|value| !value.is_null() && value.as_text() != Some(""));
    let medium = |value: &Value| {
        reader.targets(value).0.into_iter().find_map(|target| match target {
            Target::Resource(at, _) => tables.media.get(&at).copied(),
            Target::Named(name) => tables.named.get(&name).copied(),
        })
    };
    if let Some(value) = pick("gateway_id") {
        let (targets, choice) = reader.targets(value);
        for target in &targets {
            match target {
                Target::Resource(at, _) if &*reader.resource(*at).ty == "aws_internet_gateway" => {
                    next = Next::Internet(choice.then(|| "the route leads to the internet gateway".into()));
                    word = "an internet gateway";
                }
                Target::Resource(at, _) if &*reader.resource(*at).ty == "aws_vpn_gateway" => word = "a VPN gateway",
                Target::Named(name) if name.starts_with("igw-") => {
                    next = Next::Internet(None);
                    word = "an internet gateway";
                }
                Target::Named(name) if &**name == "local" || name.starts_with("vgw-") => {}
                Target::Resource(..) | Target::Named(_) => {
                    if matches!(next, Next::Nothing) {
                        let name = reader.name_of(value);
                        next = Next::Internet(Some(format!("`{name}` is an internet gateway").into()));
                        word = "a gateway that is not in the code";
                    }
                }
            }
        }
    } else if pick("nat_gateway_id").is_some() || pick("egress_only_gateway_id").is_some() {
        (next, word) = (Next::Translated, "a gateway that only lets out");
    } else if let Some(value) = pick("vpc_peering_connection_id").or_else(|| pick("transit_gateway_id"))
        && let Some(medium) = medium(value)
    {
        (next, word) = (Next::Medium(medium), "another network");
    }
    let text = format!(
        "route {} leads {} to {word}",
        if resource.ty.as_ref() == "aws_route" { &resource.name } else { "table" },
        peer.words
    );
    let text = match resource.ty.as_ref() {
        "aws_route" => text,
        _ => format!("route table {} leads {} to {word}", resource.name, peer.words),
    };
    let size = addresses.v4.parts().iter().map(|(first, last)| u128::from(last - first) + 1).sum::<u128>();
    let size = size.max(addresses.v6.parts().iter().map(|(first, last)| (last - first) >> 64).sum());
    let span = if resource.ty.as_ref() == "aws_route" { resource.span } else { route.span };
    tables.routes.entry(table).or_default().push(Route { addresses, size, next, hop: hop(text, span, at) });
}

fn gates(aws: &Aws, fabric: &mut Fabric, tables: &Tables) {
    let mut zones: Vec<u32> = aws.subnets.keys().copied().collect();
    zones.sort_unstable();
    for zone in zones {
        let Some(subnet) = aws.subnets.get(&zone) else { continue };
        let resource = fabric.network.zones.get(zone as usize).and_then(|zone| zone.resource);
        let at = resource.unwrap_or(u32::MAX);
        let span = fabric.network.zones.get(zone as usize).map(|zone| zone.span);
        let explicit = tables.of_subnet.get(&zone).copied();
        let table = explicit.or_else(|| tables.main.get(&subnet.vpc).copied());
        let routes = table.and_then(|table| tables.routes.get(&table));
        let mut gate = Gate::default();
        let mut class = Some("isolated");
        match (routes, span) {
            (Some(routes), _) => {
                let doubt = explicit.is_none().then(|| tables.unsure.get(&subnet.vpc)).flatten();
                let mut order: Vec<&Route> = routes.iter().collect();
                order.sort_by_key(|route| route.size);
                let mut taken = AddressSet::default();
                for route in order {
                    let own = route.addresses.subtract(&taken);
                    taken = taken.union(&route.addresses);
                    match &route.next {
                        Next::Internet(ask) => {
                            let ask =
                                ask.clone().or_else(|| doubt.map(|name| format!("`{name}` is not this subnet").into()));
                            class = if ask.is_none() { Some("public") } else { None };
                            gate.exits.push(Exit { addresses: own, hops: vec![route.hop.clone()], ask });
                        }
                        Next::Translated if class == Some("isolated") => class = Some("private"),
                        Next::Medium(medium) => {
                            gate.roads.push(Road {
                                addresses: own,
                                medium: *medium,
                                hop: route.hop.clone(),
                                ask: None,
                            });
                        }
                        Next::Translated | Next::Nothing => {}
                    }
                }
            }
            (None, Some(span)) => {
                let known = !aws.foreign.contains(&subnet.vpc) && !aws.default_vpcs.contains(&subnet.vpc);
                let doubt = if table.is_some() { None } else { tables.unsure.get(&subnet.vpc) };
                if aws.default_vpcs.contains(&subnet.vpc) {
                    class = Some("public");
                    let hops = vec![hop("the default VPC routes to an internet gateway", span, at)];
                    gate.exits.push(Exit { addresses: AddressSet::all(), hops, ask: None });
                } else if let Some(ask) = match (known && explicit.is_none(), doubt) {
                    (true, None) => None,
                    (_, doubt) => Some(match doubt {
                        Some(name) => format!("`{name}` is this subnet, with its routes to the internet"),
                        None => format!("subnet {} routes to an internet gateway", fabric.zone_name(zone)),
                    }),
                } {
                    class = None;
                    let hops = vec![hop(
                        format!("the routes of subnet {} are not in the code", fabric.zone_name(zone)),
                        span,
                        at,
                    )];
                    gate.exits.push(Exit { addresses: AddressSet::all(), hops, ask: Some(ask.into()) });
                }
            }
            (None, None) => {}
        }
        if let Some(found) = fabric.network.zones.get_mut(zone as usize) {
            found.class = class;
        }
        fabric.gates.insert(zone, gate);
    }
    whole_networks(aws, fabric);
}

/// For ends of which only the VPC is known.
fn whole_networks(aws: &Aws, fabric: &mut Fabric) {
    let mut vpcs: Vec<u32> = aws.addresses.keys().copied().collect();
    vpcs.sort_unstable();
    for vpc in vpcs {
        if fabric.gates.contains_key(&vpc) {
            continue;
        }
        let Some((span, resource, name)) =
            fabric.network.zones.get(vpc as usize).map(|zone| (zone.span, zone.resource, zone.name.clone()))
        else {
            continue;
        };
        let at = resource.unwrap_or(u32::MAX);
        if aws.default_vpcs.contains(&vpc) {
            let hops = vec![hop("the default VPC routes to an internet gateway", span, at)];
            let exit = Exit { addresses: AddressSet::all(), hops, ask: None };
            fabric.gates.insert(vpc, Gate { exits: vec![exit], roads: Vec::new() });
            continue;
        }
        let mut gate = Gate::default();
        let subnets = aws.of_vpc.get(&vpc).map_or(&[][..], Vec::as_slice);
        for (subnet, found) in subnets.iter().filter_map(|zone| Some((*zone, fabric.gates.get(zone)?))) {
            let ask: Text = format!("it is in subnet {}", fabric.zone_name(subnet)).into();
            for exit in &found.exits {
                gate.exits.push(Exit { ask: Some(ask.clone()), ..exit.clone() });
            }
            for road in &found.roads {
                gate.roads.push(Road { ask: Some(ask.clone()), ..road.clone() });
            }
        }
        if subnets.is_empty() {
            let hops = vec![hop(format!("the routes of {name} are not in the code"), span, at)];
            let ask = Some(format!("its subnet in {name} routes to an internet gateway").into());
            gate.exits.push(Exit { addresses: AddressSet::all(), hops, ask });
        }
        gate.exits.truncate(4);
        fabric.gates.insert(vpc, gate);
    }
}
