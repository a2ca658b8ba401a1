//! Network ACLs: ordered rules at the edge of a subnet that do not remember connections.

use vauban_model::Span;
use vauban_model::resource::{Resource, Text, Value};

use super::super::fabric::{Fabric, Filter, Peer, Rule};
use super::super::intervals::{Intervals, PortSet};
use super::super::read::{Reader, hop};
use super::{Aws, SUBNET};

const LIST: [&str; 2] = ["aws_network_acl", "aws_default_network_acl"];

pub(super) fn read(aws: &mut Aws, reader: &mut Reader<'_, '_>, fabric: &mut Fabric) {
    let apart = reader.each(&["aws_network_acl_rule"]);
    let associations = reader.each(&["aws_network_acl_association"]);
    for (at, list) in reader.each(&LIST) {
        let mut rules: [Vec<(i64, Rule)>; 2] = [Vec::new(), Vec::new()];
        let [ingress, egress] = &mut rules;
        for (key, out) in [("ingress", &mut *ingress), ("egress", &mut *egress)] {
            for block in list.get(key).map_or(&[][..], Value::each) {
                out.push(rule(reader, list, at, block, key == "egress", block.span));
            }
        }
        for (at, apart) in apart.iter().filter(|(_, apart)| reader.one(apart.get("network_acl_id"), &LIST) == Some(at))
        {
            let out = apart.get("egress").and_then(Value::as_bool) == Some(true);
            let found = rule(reader, list, *at, &apart.attributes, out, apart.span);
            if out { egress.push(found) } else { ingress.push(found) }
        }
        let [ingress, egress] = rules.map(|mut rules| {
            rules.sort_by_key(|(number, _)| *number);
            let rules = rules.into_iter().map(|(_, rule)| rule).collect();
            fabric.filter(Filter { rules, ordered: true, border: true })
        });
        let mut subnets = reader.all(list.get("subnet_ids"), &SUBNET);
        for (_, association) in &associations {
            if reader.one(association.get("network_acl_id"), &LIST) == Some(at) {
                subnets.extend(reader.all(association.get("subnet_id"), &SUBNET));
            }
        }
        let zones: Vec<u32> = subnets.iter().filter_map(|at| reader.zone_of.get(at).copied()).collect();
        attach(aws, reader, fabric, list, &zones, ingress, egress);
    }
}

fn attach(
    aws: &mut Aws,
    reader: &mut Reader<'_, '_>,
    fabric: &mut Fabric,
    list: &Resource,
    zones: &[u32],
    ingress: u32,
    egress: u32,
) {
    for zone in zones {
        if let Some(subnet) = aws.subnets.get_mut(zone) {
            subnet.ingress = vec![vec![ingress]];
            subnet.egress = vec![vec![egress]];
        }
    }
    if &*list.ty != "aws_default_network_acl" {
        return;
    }
    // The default list stands before every subnet of its VPC that has no other.
    let Some(value) = list.get("default_network_acl_id").or_else(|| list.get("vpc_id")) else { return };
    let vpc = aws.vpc(reader, fabric, value);
    let others: Vec<u32> = reader
        .each(&["aws_network_acl"])
        .iter()
        .flat_map(|(_, other)| reader.all(other.get("subnet_ids"), &SUBNET))
        .filter_map(|at| reader.zone_of.get(&at).copied())
        .collect();
    for zone in aws.of_vpc.get(&vpc).cloned().unwrap_or_default() {
        let Some(subnet) = aws.subnets.get_mut(&zone) else { continue };
        if subnet.ingress.is_empty() && !others.contains(&subnet.zone) {
            subnet.ingress = vec![vec![ingress]];
            subnet.egress = vec![vec![egress]];
        }
    }
}

fn rule(reader: &Reader<'_, '_>, list: &Resource, at: u32, block: &Value, out: bool, span: Span) -> (i64, Rule) {
    let number =
        block.get("rule_no").or_else(|| block.get("rule_number")).and_then(|value| reader.follow(value).as_number());
    #[expect(clippy::cast_possible_truncation, reason = "rule numbers go to 32766")]
    let number = number.map_or(i64::MAX, |number| number as i64);
    let action = block.get("action").or_else(|| block.get("rule_action"));
    let allow = action.is_some_and(|value| reader.estate.render(value).eq_ignore_ascii_case("allow"));
    let mut peer = Peer::default();
    for key in ["cidr_block", "ipv6_cidr_block"] {
        if let Some(value) = block.get(key).filter(|value| !value.is_null() && value.as_text() != Some("")) {
            reader.peer(value, &mut peer);
        }
    }
    let protocol = block.get("protocol").map(|value| reader.estate.render(value)).unwrap_or_default();
    let (mut ports_unknown, mut ports) = (None, Intervals::all());
    match (reader.port(block.get("from_port")), reader.port(block.get("to_port"))) {
        (Ok(Some(0)), Ok(Some(0))) if matches!(protocol.as_str(), "-1" | "all") => {}
        (Ok(Some(first)), Ok(Some(last))) => ports = Intervals::range(first, last),
        (Err(name), _) | (_, Err(name)) => ports_unknown = Some(Text::from(format!("`{name}` holds the port"))),
        _ => {}
    }
    if matches!(protocol.as_str(), "-1" | "all") {
        ports = Intervals::all();
    }
    let ports = PortSet::of(&protocol, ports);
    let verb = match (allow, out) {
        (true, false) => "admits",
        (true, true) => "lets out to",
        (false, _) => "refuses",
    };
    let text = format!("network ACL {} {verb} {} on {}", list.name, peer.words, ports.words());
    (number, Rule { allow, peer, ports, ports_unknown, assumes: None, hop: hop(text, span, at) })
}
