//! Random small networks, each packet tried one by one: the ways have to say the same.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use vauban_cloud::network::Place;

use super::build::{Build, Built};

const PORTS: [u16; 4] = [22, 80, 443, 8080];
const RANGES: [&str; 9] = [
    "0.0.0.0/0",
    "8.0.0.0/8",
    "10.0.0.0/8",
    "10.0.0.0/16",
    "10.1.0.0/16",
    "10.0.0.0/24",
    "10.0.1.0/24",
    "10.1.0.0/24",
    "10.0.0.5/32",
];
/// Addresses tried from the internet.
const OUTSIDE: [[u8; 4]; 2] = [[8, 8, 8, 8], [9, 9, 9, 9]];

#[derive(Clone, Debug)]
struct Rule {
    allow: bool,
    /// An index of `RANGES`, or beyond them of the groups.
    peer: usize,
    /// `None`: everything.
    port: Option<(usize, usize)>,
    udp: bool,
}

#[derive(Clone, Debug)]
struct Acl {
    ingress: Vec<Rule>,
    egress: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Subnet {
    vpc: usize,
    gateway: bool,
    peering: bool,
    acl: Option<Acl>,
}

#[derive(Clone, Debug)]
struct Host {
    subnet: usize,
    groups: Vec<usize>,
    public: bool,
}

#[derive(Clone, Debug)]
struct World {
    subnets: Vec<Subnet>,
    groups: Vec<Acl>,
    hosts: Vec<Host>,
    /// Whether the hosts' addresses are stated.
    exact: bool,
}

fn rule(groups: usize) -> impl Strategy<Value = Rule> {
    (
        prop::bool::weighted(0.75),
        0..RANGES.len() + groups,
        prop::option::of((0..4usize, 0..4usize)),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(allow, peer, port, udp)| Rule {
            allow,
            peer,
            port: port.map(|(a, b)| (a.min(b), a.max(b))),
            udp,
        })
}

fn acl(groups: usize, most: usize) -> impl Strategy<Value = Acl> {
    (prop::collection::vec(rule(groups), 0..most), prop::collection::vec(rule(groups), 0..most))
        .prop_map(|(ingress, egress)| Acl { ingress, egress })
}

fn world() -> impl Strategy<Value = World> {
    let subnet = (0..2usize, any::<bool>(), any::<bool>(), prop::option::weighted(0.5, acl(0, 4)))
        .prop_map(|(vpc, gateway, peering, acl)| Subnet { vpc, gateway, peering, acl });
    let host = (0..3usize, prop::collection::vec(0..3usize, 1..3), any::<bool>())
        .prop_map(|(subnet, groups, public)| Host { subnet, groups, public });
    (
        prop::collection::vec(subnet, 3),
        prop::collection::vec(acl(3, 4), 3),
        prop::collection::vec(host, 1..7),
        any::<bool>(),
    )
        .prop_map(|(subnets, mut groups, hosts, exact)| {
            let mut subnets: Vec<Subnet> = subnets;
            let acls = subnets.iter_mut().filter_map(|subnet| subnet.acl.as_mut());
            for rule in acls.chain(&mut groups).flat_map(|acl| acl.ingress.iter_mut().chain(&mut acl.egress)) {
                if !exact && rule.peer == RANGES.len() - 1 {
                    // Whether somebody has this one address cannot be known then.
                    rule.peer = 0;
                }
            }
            World { subnets, groups, hosts, exact }
        })
}

fn block(number: usize, subnets: &[Subnet]) -> [u8; 3] {
    // The third byte counts subnets of the same VPC.
    let vpc = subnets[number].vpc;
    let third = subnets[..number].iter().filter(|subnet| subnet.vpc == vpc).count();
    [10, u8::try_from(vpc).unwrap(), u8::try_from(third).unwrap()]
}

impl World {
    fn address(&self, host: usize) -> [u8; 4] {
        let [a, b, c] = block(self.hosts[host].subnet, &self.subnets);
        [a, b, c, u8::try_from(5 + host).unwrap()]
    }

    fn build(&self) -> Built {
        let mut build = Build::new();
        for vpc in 0..2 {
            build = build
                .add(&format!("aws_vpc.v{vpc}"), json!({"cidr_block": format!("10.{vpc}.0.0/16")}))
                .add(&format!("aws_internet_gateway.g{vpc}"), json!({"vpc_id": format!("=aws_vpc.v{vpc}")}));
        }
        build =
            build.add("aws_vpc_peering_connection.p", json!({"vpc_id": "=aws_vpc.v0", "peer_vpc_id": "=aws_vpc.v1"}));
        for (at, subnet) in self.subnets.iter().enumerate() {
            let (vpc, [a, b, c]) = (subnet.vpc, block(at, &self.subnets));
            let mut routes = Vec::new();
            if subnet.gateway {
                routes.push(json!({"cidr_block": "0.0.0.0/0", "gateway_id": format!("=aws_internet_gateway.g{vpc}")}));
            }
            if subnet.peering {
                routes.push(json!({"cidr_block": format!("10.{}.0.0/16", 1 - vpc), "vpc_peering_connection_id": "=aws_vpc_peering_connection.p"}));
            }
            build = build
                .add(&format!("aws_subnet.s{at}"), json!({"vpc_id": format!("=aws_vpc.v{vpc}"), "cidr_block": format!("{a}.{b}.{c}.0/24")}))
                .add(&format!("aws_route_table.t{at}"), json!({"vpc_id": format!("=aws_vpc.v{vpc}"), "route": routes}))
                .add(&format!("aws_route_table_association.a{at}"), json!({"subnet_id": format!("=aws_subnet.s{at}"), "route_table_id": format!("=aws_route_table.t{at}")}));
            if let Some(acl) = &subnet.acl {
                let list = |rules: &[Rule]| -> Json {
                    rules.iter().enumerate().map(|(number, rule)| {
                        let (from, to, protocol) = ports(rule);
                        json!({"rule_no": 100 + number, "action": if rule.allow { "allow" } else { "deny" }, "cidr_block": RANGES[rule.peer], "from_port": from, "to_port": to, "protocol": protocol})
                    }).collect()
                };
                build = build.add(&format!("aws_network_acl.n{at}"), json!({"vpc_id": format!("=aws_vpc.v{vpc}"), "subnet_ids": [format!("=aws_subnet.s{at}")], "ingress": list(&acl.ingress), "egress": list(&acl.egress)}));
            }
        }
        for (at, group) in self.groups.iter().enumerate() {
            let list = |rules: &[Rule]| -> Json {
                rules
                    .iter()
                    .filter(|rule| rule.allow)
                    .map(|rule| {
                        let (from, to, protocol) = ports(rule);
                        let mut block = json!({"from_port": from, "to_port": to, "protocol": protocol});
                        match RANGES.get(rule.peer) {
                            Some(range) => block["cidr_blocks"] = json!([range]),
                            None => {
                                block["security_groups"] =
                                    json!([format!("=aws_security_group.x{}", rule.peer - RANGES.len())])
                            }
                        }
                        block
                    })
                    .collect()
            };
            build = build.add(
                &format!("aws_security_group.x{at}"),
                json!({"vpc_id": "=aws_vpc.v0", "ingress": list(&group.ingress), "egress": list(&group.egress)}),
            );
        }
        for (at, host) in self.hosts.iter().enumerate() {
            let [a, b, c, d] = self.address(at);
            let groups: Vec<String> = host.groups.iter().map(|group| format!("=aws_security_group.x{group}")).collect();
            build = build.add(&format!("aws_instance.h{at}"), json!({"subnet_id": format!("=aws_subnet.s{}", host.subnet), "private_ip": self.exact.then(|| format!("{a}.{b}.{c}.{d}")), "vpc_security_group_ids": groups, "associate_public_ip_address": host.public}));
        }
        build.ways()
    }

    /// One packet and its answer. `from`: a host, or an address outside.
    fn passes(&self, from: Result<usize, [u8; 4]>, to: usize, udp: bool, port: u16) -> bool {
        let target = &self.hosts[to];
        let there = &self.subnets[target.subnet];
        let source = from.map_or_else(|address| address, |host| self.address(host));
        let own = self.address(to);
        let groups: &[usize] = from.map_or(&[], |host| &self.hosts[host].groups);
        match from {
            Err(_) => {
                if !there.gateway || !target.public {
                    return false;
                }
            }
            Ok(host) => {
                let here = &self.subnets[self.hosts[host].subnet];
                if here.vpc != there.vpc && !(here.peering && there.peering) {
                    return false;
                }
                let out = groups.iter().flat_map(|group| &self.groups[*group].egress);
                if !out.into_iter().any(|rule| rule.allow && fits(rule, own, &target.groups, udp, port)) {
                    return false;
                }
            }
        }
        let into = target.groups.iter().flat_map(|group| &self.groups[*group].ingress);
        if !into.into_iter().any(|rule| rule.allow && fits(rule, source, groups, udp, port)) {
            return false;
        }
        let other = from.ok().map(|host| self.hosts[host].subnet);
        if other == Some(target.subnet) {
            return true;
        }
        let mut answer: Vec<u16> = (0..=u16::MAX).step_by(7).chain(PORTS).collect();
        let first = |rules: &[Rule], address: [u8; 4], port: u16| {
            rules.iter().find(|rule| fits(rule, address, &[], udp, port)).is_some_and(|rule| rule.allow)
        };
        if let Some(acl) = &there.acl {
            if !first(&acl.ingress, source, port) {
                return false;
            }
            answer.retain(|port| first(&acl.egress, source, *port));
        }
        if let Some(acl) = other.and_then(|subnet| self.subnets[subnet].acl.as_ref()) {
            if !first(&acl.egress, own, port) {
                return false;
            }
            // The sender chooses the port that the answer comes to.
            answer.retain(|port| first(&acl.ingress, own, *port));
        }
        !answer.is_empty()
    }
}

fn ports(rule: &Rule) -> (u16, u16, &'static str) {
    match rule.port {
        None => (0, 0, "-1"),
        Some((from, to)) => (PORTS[from], PORTS[to], if rule.udp { "udp" } else { "tcp" }),
    }
}

fn fits(rule: &Rule, address: [u8; 4], groups: &[usize], udp: bool, port: u16) -> bool {
    let peer = match RANGES.get(rule.peer) {
        None => groups.contains(&(rule.peer - RANGES.len())),
        Some(range) => {
            let (base, length) = range.split_once('/').unwrap();
            let base: std::net::Ipv4Addr = base.parse().unwrap();
            let length: u32 = length.parse().unwrap();
            length == 0 || (u32::from(base) ^ u32::from_be_bytes(address)) >> (32 - length) == 0
        }
    };
    peer && rule.port.is_none_or(|(from, to)| rule.udp == udp && (PORTS[from]..=PORTS[to]).contains(&port))
}

type Packet = (Option<usize>, usize, bool, u16);

fn said(built: &Built, hosts: usize) -> BTreeSet<Packet> {
    let host = |resource: u32| (0..hosts).find(|at| built.index(&format!("aws_instance.h{at}")) == resource);
    let mut out = BTreeSet::new();
    for way in built.network.ways.iter().filter(|way| !way.asks && way.assumptions.is_empty()) {
        let Some(to) = host(way.to) else { continue };
        let from: Vec<Option<usize>> = match way.from {
            Place::Internet => vec![None],
            Place::Resource(at) => host(at).map(Some).into_iter().collect(),
            Place::Zone(zone) => (0..hosts)
                .filter(|at| inside(built, zone, built.index(&format!("aws_instance.h{at}"))))
                .map(Some)
                .collect(),
        };
        for ports in &way.ports {
            for port in PORTS.into_iter().filter(|port| (ports.first..=ports.last).contains(port)) {
                for udp in [false, true] {
                    if &*ports.protocol == "all" || &*ports.protocol == if udp { "udp" } else { "tcp" } {
                        out.extend(from.iter().map(|from| (*from, to, udp, port)));
                    }
                }
            }
        }
    }
    out.retain(|(from, to, _, _)| *from != Some(*to));
    out
}

fn inside(built: &Built, zone: u32, resource: u32) -> bool {
    built.network.zones.iter().enumerate().any(|(at, found)| {
        let mut up = Some(u32::try_from(at).unwrap());
        // Members of a security group are not in the group's network by that: groups are in a VPC that may be another.
        while let Some(here) = up.filter(|here| *here != zone) {
            let inner = &built.network.zones[here as usize];
            up = inner.parent.filter(|_| inner.kind != "security-group");
        }
        up.is_some() && found.members.contains(&resource)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn ways_agree_with_packets_tried_one_by_one(world in world()) {
        let built = world.build();
        let said = said(&built, world.hosts.len());
        let mut tried = BTreeSet::new();
        for to in 0..world.hosts.len() {
            for port in PORTS {
                for udp in [false, true] {
                    for from in (0..world.hosts.len()).filter(|from| *from != to) {
                        if world.passes(Ok(from), to, udp, port) {
                            tried.insert((Some(from), to, udp, port));
                        }
                    }
                    if OUTSIDE.into_iter().any(|address| world.passes(Err(address), to, udp, port)) {
                        tried.insert((None, to, udp, port));
                    }
                }
            }
        }
        prop_assert_eq!(&said, &tried, "said only: {:?}; missed: {:?}; {:#?}", said.difference(&tried).collect::<Vec<_>>(), tried.difference(&said).collect::<Vec<_>>(), built.lines());
    }
}
