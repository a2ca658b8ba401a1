//! Amazon Web Services: VPCs, subnets, route tables, network ACLs, security groups, and what is placed in them.

mod borders;
mod groups;
mod hosts;
mod lists;
mod managed;
mod routes;
mod spread;

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Text, Value};

use super::fabric::{Exit, Fabric, Gate, Segment};
use super::forward::Forward;
use super::intervals::AddressSet;
use super::read::{Flag, Reader, Target, hop, push_once};
use super::{Hop, Zone};

pub(super) const VPC: [&str; 2] = ["aws_vpc", "aws_default_vpc"];
pub(super) const SUBNET: [&str; 4] = ["aws_subnet", "aws_default_subnet", "aws_subnets", "aws_subnet_ids"];
pub(super) const GROUP: [&str; 3] = ["aws_security_group", "aws_default_security_group", "aws_security_groups"];

/// A subnet as far as it is known.
#[derive(Clone, Debug)]
pub(super) struct Subnet {
    pub(super) zone: u32,
    pub(super) vpc: u32,
    pub(super) addresses: AddressSet,
    /// Whether what starts there gets a public address.
    pub(super) maps: Flag,
    pub(super) maps_hop: Hop,
    pub(super) ingress: Vec<Vec<u32>>,
    pub(super) egress: Vec<Vec<u32>>,
    /// What is not known about it.
    pub(super) ask: Option<Text>,
}

/// A security group: its zone and its filters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) zone: u32,
    pub(super) vpc: Option<u32>,
    pub(super) ingress: u32,
    pub(super) egress: u32,
}

/// What is known while reading.
#[derive(Debug, Default)]
pub(super) struct Aws {
    /// Subnets by zone.
    pub(super) subnets: FxHashMap<u32, Subnet>,
    /// Subnets of each VPC, in order.
    pub(super) of_vpc: FxHashMap<u32, Vec<u32>>,
    /// Addresses of each VPC.
    pub(super) addresses: FxHashMap<u32, AddressSet>,
    /// VPCs that the provider made, with a way to the internet.
    pub(super) default_vpcs: Vec<u32>,
    /// VPCs that are not in the code.
    pub(super) foreign: Vec<u32>,
    pub(super) groups: FxHashMap<u32, Group>,
    /// By name: the group of the code that has it, `None` where two have. Filled when first asked for.
    pub(super) named_groups: Option<FxHashMap<Text, Option<u32>>>,
    /// Default group of each VPC, by the VPC's zone.
    pub(super) default_groups: FxHashMap<u32, Group>,
}

/// Addresses somebody may have of whom nothing is known but that they are inside.
pub(super) fn inside() -> AddressSet {
    AddressSet { v6: super::intervals::Intervals::default(), ..AddressSet::private() }
}

/// Reads everything; returns what passes traffic on.
pub(super) fn read(reader: &mut Reader<'_, '_>, fabric: &mut Fabric) -> Vec<Forward> {
    let mut aws = Aws::default();
    let present = reader.estate.inventory.resources.iter().any(|resource| resource.ty.starts_with("aws_"));
    if !present {
        return Vec::new();
    }
    aws.networks(reader, fabric);
    lists::read(&mut aws, reader, fabric);
    routes::read(&mut aws, reader, fabric);
    borders::read(&mut aws, reader, fabric);
    groups::read(&mut aws, reader, fabric);
    hosts::read(&mut aws, reader, fabric);
    managed::read(reader, fabric);
    let forwards = spread::read(&mut aws, reader, fabric);
    // Last, since subnets outside the code are known once something stands in them.
    aws.settle(fabric);
    forwards
}

pub(super) fn zone_for(resource: &Resource, at: u32, kind: &'static str, parent: Option<u32>) -> Zone {
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

impl Aws {
    fn networks(&mut self, reader: &mut Reader<'_, '_>, fabric: &mut Fabric) {
        for (at, resource) in reader.each(&VPC) {
            let zone = fabric.zone(zone_for(resource, at, "virtual-network", None));
            reader.zone_of.insert(at, zone);
            let mut values = vec![resource.get("cidr_block"), resource.get("ipv6_cidr_block")];
            let more = reader.each(&["aws_vpc_ipv4_cidr_block_association"]);
            values.extend(
                more.iter()
                    .filter(|(_, more)| reader.one(more.get("vpc_id"), &VPC) == Some(at))
                    .map(|(_, more)| more.get("cidr_block")),
            );
            let mut addresses = reader.blocks(&values);
            let default =
                &*resource.ty == "aws_default_vpc" || resource.get("default").and_then(Value::as_bool) == Some(true);
            if default {
                self.default_vpcs.push(zone);
                if addresses.is_empty() {
                    // Default VPCs have this block in every region.
                    addresses = AddressSet::blocks(&["172.31.0.0/16"]);
                }
            } else if resource.mode != Mode::Managed {
                self.foreign.push(zone);
            }
            if addresses.is_empty() {
                if let Some(value) = resource.get("cidr_block") {
                    reader.unknown_range(value, zone);
                }
                addresses = inside();
            }
            self.addresses.insert(zone, addresses);
        }
        for (at, resource) in reader.each(&SUBNET) {
            let vpc = match self.listed_vpc(reader, fabric, resource) {
                Some(vpc) => vpc,
                None => self.default_vpc(reader, fabric, resource.span),
            };
            let zone = fabric.zone(zone_for(resource, at, "network-segment", Some(vpc)));
            reader.zone_of.insert(at, zone);
            let known = reader.blocks(&[resource.get("cidr_block"), resource.get("ipv6_cidr_block")]);
            if known.is_empty()
                && let Some(value) = resource.get("cidr_block")
            {
                reader.unknown_range(value, zone);
            }
            let addresses = match (known.is_empty(), self.addresses.get(&vpc)) {
                (false, _) => known,
                (true, Some(vpc)) => vpc.clone(),
                (true, None) => inside(),
            };
            let default = &*resource.ty == "aws_default_subnet"
                || (resource.mode == Mode::Data && self.default_vpcs.contains(&vpc));
            let maps = match reader.flag(resource, "map_public_ip_on_launch") {
                Flag::Unset if default => Flag::Yes,
                flag => flag,
            };
            let text = format!("subnet {} gives public addresses", resource.name);
            let maps_hop = hop(text, super::read::place(resource, "map_public_ip_on_launch"), at);
            let subnet =
                Subnet { zone, vpc, addresses, maps, maps_hop, ingress: Vec::new(), egress: Vec::new(), ask: None };
            self.add_subnet(subnet);
        }
    }

    fn add_subnet(&mut self, subnet: Subnet) {
        push_once(self.of_vpc.entry(subnet.vpc).or_default(), subnet.zone);
        self.subnets.insert(subnet.zone, subnet);
    }

    /// The VPC of a subnet: its own attribute, or the filter of a look-up.
    fn listed_vpc(&mut self, reader: &mut Reader<'_, '_>, fabric: &mut Fabric, resource: &Resource) -> Option<u32> {
        if let Some(value) = resource.get("vpc_id") {
            return Some(self.vpc(reader, fabric, value));
        }
        let filters = resource.get("filter").map_or(&[][..], Value::each);
        let named = filters.iter().find(|filter| filter.get("name").and_then(Value::as_text) == Some("vpc-id"));
        if let Some(values) = named.and_then(|filter| filter.get("values")) {
            return Some(self.vpc(reader, fabric, values));
        }
        if resource.mode == Mode::Managed && &*resource.ty == "aws_subnet"
            || !filters.is_empty()
            || resource.get("id").is_some()
        {
            let name: Text = format!("the VPC of {}", resource.address).into();
            return Some(self.foreign_vpc(reader, fabric, &name, resource.span));
        }
        None
    }

    /// The zone of the VPC that a value points at; made if it is outside the code.
    pub(super) fn vpc(&mut self, reader: &mut Reader<'_, '_>, fabric: &mut Fabric, value: &Value) -> u32 {
        if let Some(zone) = reader.one(Some(value), &VPC).and_then(|at| reader.zone_of.get(&at)) {
            return *zone;
        }
        let name = match reader.targets(value).0.into_iter().next() {
            Some(Target::Named(name)) => name,
            Some(Target::Resource(..)) | None => reader.name_of(value),
        };
        self.foreign_vpc(reader, fabric, &name, value.span)
    }

    fn foreign_vpc(&mut self, reader: &mut Reader<'_, '_>, fabric: &mut Fabric, name: &Text, span: Span) -> u32 {
        let zone = reader.outside(fabric, "virtual-network", name, span, None);
        if let Entry::Vacant(slot) = self.addresses.entry(zone) {
            slot.insert(inside());
            self.foreign.push(zone);
        }
        zone
    }

    /// The default VPC, which is there even if no code speaks of it.
    pub(super) fn default_vpc(&mut self, reader: &mut Reader<'_, '_>, fabric: &mut Fabric, span: Span) -> u32 {
        if let Some(zone) = self.default_vpcs.first() {
            return *zone;
        }
        let zone = reader.outside(fabric, "virtual-network", &"default VPC".into(), span, None);
        self.addresses.insert(zone, AddressSet::blocks(&["172.31.0.0/16"]));
        self.default_vpcs.push(zone);
        self.internet_by_default(fabric, zone, span, None);
        zone
    }

    /// Default VPCs come with a gateway and a route to it.
    pub(super) fn internet_by_default(&mut self, fabric: &mut Fabric, zone: u32, span: Span, resource: Option<u32>) {
        let hops = vec![hop("the default VPC routes to an internet gateway", span, resource.unwrap_or(u32::MAX))];
        let exit = Exit { addresses: AddressSet::all(), hops, ask: None };
        fabric.gates.insert(zone, Gate { exits: vec![exit], roads: Vec::new() });
    }

    /// The subnet that stands for something outside the code.
    pub(super) fn foreign_subnet(
        &mut self,
        reader: &mut Reader<'_, '_>,
        fabric: &mut Fabric,
        name: &Text,
        span: Span,
        vpc: u32,
        at: u32,
    ) -> u32 {
        let zone = reader.outside(fabric, "network-segment", name, span, Some(vpc));
        if !self.subnets.contains_key(&zone) {
            let addresses = self.addresses.get(&vpc).cloned().unwrap_or_else(inside);
            let maps_hop = hop(format!("subnet {name} gives public addresses"), span, at);
            let maps = Flag::Unknown(name.clone());
            self.add_subnet(Subnet {
                zone,
                vpc,
                addresses,
                maps,
                maps_hop,
                ingress: Vec::new(),
                egress: Vec::new(),
                ask: None,
            });
            let hops = vec![hop(format!("subnet {name} is outside the code"), span, at)];
            let ask = Some(format!("subnet `{name}` routes to an internet gateway").into());
            let exit = Exit { addresses: AddressSet::all(), hops, ask };
            fabric.gates.insert(zone, Gate { exits: vec![exit], roads: Vec::new() });
        }
        zone
    }

    /// Hands the segments over once their filters are known.
    fn settle(&mut self, fabric: &mut Fabric) {
        let mut vpcs: Vec<(u32, AddressSet)> = self.addresses.iter().map(|(zone, set)| (*zone, set.clone())).collect();
        vpcs.sort_unstable_by_key(|(zone, _)| *zone);
        for (vpc, addresses) in vpcs {
            let mut list = Vec::new();
            for zone in self.of_vpc.get(&vpc).into_iter().flatten() {
                if let Some(subnet) = self.subnets.get(zone) {
                    list.push(Segment {
                        zone: *zone,
                        addresses: subnet.addresses.clone(),
                        ingress: subnet.ingress.clone(),
                        egress: subnet.egress.clone(),
                    });
                }
            }
            if list.is_empty() {
                list.push(Segment { zone: vpc, addresses, ingress: Vec::new(), egress: Vec::new() });
            }
            fabric.segments.insert(vpc, list);
        }
    }
}
