//! Security groups and their rules, however they are written.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Text, Value};

use super::super::fabric::{Fabric, Filter, Peer, Rule};
use super::super::intervals::{AddressSet, Intervals, PortSet};
use super::super::read::{Reader, Target, add_word, from_terraform, hop, push_once};
use super::{Aws, GROUP, Group, zone_for};

/// Resources that are one rule of a group each.
const RULES: [&str; 3] =
    ["aws_security_group_rule", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"];

pub(super) fn read(aws: &mut Aws, reader: &mut Reader<'_, '_>, fabric: &mut Fabric) {
    let groups = reader.each(&GROUP);
    // Zones first: rules speak of groups that come later.
    for (at, resource) in &groups {
        let default = &*resource.ty == "aws_default_security_group";
        let vpc = match resource.get("vpc_id") {
            Some(value) => Some(aws.vpc(reader, fabric, value)),
            None if resource.mode == Mode::Managed => Some(aws.default_vpc(reader, fabric, resource.span)),
            None => None,
        };
        let zone = fabric.zone(zone_for(resource, *at, "security-group", vpc));
        reader.zone_of.insert(*at, zone);
        let (ingress, egress) = (fabric.filter(Filter::default()), fabric.filter(Filter::default()));
        let group = Group { zone, vpc, ingress, egress };
        aws.groups.insert(*at, group);
        if let Some(vpc) = vpc.filter(|_| default || resource.text("name") == Some("default")) {
            aws.default_groups.insert(vpc, group);
        }
    }
    let mut apart: FxHashMap<u32, Vec<(u32, &Resource)>> = FxHashMap::default();
    let mut of_default: Vec<(u32, &Resource, u32)> = Vec::new();
    for (at, rule) in reader.each(&RULES) {
        let Some(value) = rule.get("security_group_id") else { continue };
        for target in reader.targets(value).0 {
            match target {
                Target::Resource(group, _) if aws.groups.contains_key(&group) => {
                    apart.entry(group).or_default().push((at, rule));
                }
                Target::Resource(vpc, attribute) if attribute.contains("default_security_group") => {
                    if let Some(zone) = reader.zone_of.get(&vpc) {
                        of_default.push((at, rule, *zone));
                    }
                }
                Target::Resource(..) | Target::Named(_) => {}
            }
        }
    }
    for (at, resource) in groups {
        let Some(group) = aws.groups.get(&at).copied() else { continue };
        let (mut ingress, mut egress) = (Vec::new(), Vec::new());
        for (key, out) in [("ingress", &mut ingress), ("egress", &mut egress)] {
            for block in resource.get(key).map_or(&[][..], Value::each) {
                let way_out = key == "egress";
                out.extend(rule(aws, reader, fabric, (at, resource), &group, block, way_out, (at, block.span)));
            }
        }
        for (from, found) in apart.get(&at).into_iter().flatten() {
            let way_out = found.text("type") == Some("egress") || &*found.ty == RULES[2];
            let made =
                rule(aws, reader, fabric, (at, resource), &group, &found.attributes, way_out, (*from, found.span));
            if way_out { egress.extend(made) } else { ingress.extend(made) }
        }
        let foreign = resource.mode != Mode::Managed;
        if foreign && ingress.is_empty() {
            ingress.push(unsaid(resource.address.as_ref(), resource.span, at));
        }
        if (foreign || !from_terraform(resource)) && resource.get("egress").is_none() {
            egress.push(open_egress(&resource.name, resource.span, at));
        }
        set(fabric, group.ingress, ingress);
        set(fabric, group.egress, egress);
    }
    for (at, found, vpc) in of_default {
        let group = default_group(aws, fabric, vpc, found.span, at);
        let way_out = found.text("type") == Some("egress") || &*found.ty == RULES[2];
        if let Some(made) = rule(aws, reader, fabric, (at, found), &group, &found.attributes, way_out, (at, found.span))
        {
            let filter = if way_out { group.egress } else { group.ingress };
            if let Some(filter) = fabric.filters.get_mut(filter as usize) {
                filter.rules.push(made);
            }
        }
    }
}

fn set(fabric: &mut Fabric, filter: u32, rules: Vec<Rule>) {
    if let Some(filter) = fabric.filters.get_mut(filter as usize) {
        filter.rules = rules;
    }
}

fn open_egress(name: &str, span: Span, at: u32) -> Rule {
    Rule {
        allow: true,
        peer: Peer { addresses: AddressSet::all(), words: "anywhere".into(), ..Peer::default() },
        ports: PortSet::all(),
        ports_unknown: None,
        assumes: None,
        hop: hop(format!("security group {name} lets out everything unless it says otherwise"), span, at),
    }
}

/// The rule of a group whose rules are not in the code.
fn unsaid(name: &str, span: Span, at: u32) -> Rule {
    Rule {
        allow: true,
        peer: Peer { addresses: AddressSet::all(), words: "anybody".into(), ..Peer::default() },
        ports: PortSet::all(),
        ports_unknown: Some(format!("the rules of `{name}`, which are not in the code, admit it").into()),
        assumes: None,
        hop: hop(format!("security group {name} has rules outside the code"), span, at),
    }
}

/// The group of a VPC that is used where none is said: its members reach each other, and everything outside.
pub(super) fn default_group(aws: &mut Aws, fabric: &mut Fabric, vpc: u32, span: Span, at: u32) -> Group {
    if let Some(group) = aws.default_groups.get(&vpc) {
        return *group;
    }
    let name = fabric.zone_name(vpc).to_owned();
    let id = fabric.network.zones.get(vpc as usize).map_or_else(|| name.clone(), |zone| zone.id.to_string());
    let zone = fabric.zone(super::super::Zone {
        resource: None,
        id: format!("{id}:default-group").into(),
        name: format!("default of {name}").into(),
        kind: "security-group",
        class: None,
        parent: Some(vpc),
        members: Vec::new(),
        span,
    });
    let ingress = Rule {
        peer: Peer { zones: vec![zone], words: "its members".into(), ..Peer::default() },
        hop: hop(format!("the default security group of {name} admits its members"), span, at),
        ..open_egress(&name, span, at)
    };
    let egress = open_egress(&format!("default of {name}"), span, at);
    let ingress = fabric.filter(Filter { rules: vec![ingress], ..Filter::default() });
    let egress = fabric.filter(Filter { rules: vec![egress], ..Filter::default() });
    let group = Group { zone, vpc: Some(vpc), ingress, egress };
    aws.default_groups.insert(vpc, group);
    group
}

/// A group that is named but not in the code.
pub(super) fn foreign_group(
    aws: &mut Aws,
    reader: &mut Reader<'_, '_>,
    fabric: &mut Fabric,
    name: &Text,
    span: Span,
    at: u32,
) -> Group {
    // Outside a VPC of one's own, groups are spoken of by name; a name that two have says nothing.
    let named = aws.named_groups.get_or_insert_with(|| {
        let mut out: FxHashMap<Text, Option<u32>> = FxHashMap::default();
        for at in reader.estate.of_type("aws_security_group").iter().copied() {
            let resource = reader.resource(at);
            if let Some(name) = ["name", "group_name"].iter().find_map(|key| resource.text(key)) {
                out.entry(name.into()).and_modify(|known| *known = None).or_insert(Some(at));
            }
        }
        out
    });
    let one = named.get(name).copied().flatten().filter(|_| !name.contains("${"));
    if let Some(group) = one.and_then(|one| aws.groups.get(&one)) {
        return *group;
    }
    let zone = reader.outside(fabric, "security-group", name, span, None);
    if let Some(group) = aws.groups.get(&(u32::MAX - zone)) {
        return *group;
    }
    let ingress = fabric.filter(Filter { rules: vec![unsaid(name, span, at)], ..Filter::default() });
    let egress = fabric.filter(Filter { rules: vec![open_egress(name, span, at)], ..Filter::default() });
    let group = Group { zone, vpc: None, ingress, egress };
    aws.groups.insert(u32::MAX - zone, group);
    group
}

#[expect(clippy::too_many_arguments, reason = "a rule is read from a block or from a resource of its own, for a group")]
fn rule(
    aws: &mut Aws,
    reader: &mut Reader<'_, '_>,
    fabric: &mut Fabric,
    (group_at, owner): (u32, &Resource),
    group: &Group,
    block: &Value,
    out: bool,
    (at, span): (u32, Span),
) -> Option<Rule> {
    let mut peer = Peer::default();
    let name = fabric.zone_name(group.zone).to_owned();
    let verb = if out { "lets out to" } else { "admits" };
    if block.as_map().is_none() {
        // A block of which not even the number is known.
        let why: Text = format!("`{}` holds the rule", reader.name_of(block)).into();
        let text = format!("security group {name} has a rule that is not known");
        peer.addresses = AddressSet::all();
        let ports = PortSet::all();
        return Some(Rule {
            allow: true,
            peer,
            ports,
            ports_unknown: Some(why),
            assumes: None,
            hop: hop(text, span, at),
        });
    }
    for key in ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"] {
        if let Some(value) = block.get(key) {
            reader.peer(value, &mut peer);
        }
    }
    for key in ["prefix_list_ids", "prefix_list_id"] {
        if let Some(value) = block.get(key) {
            prefix_lists(reader, value, &mut peer);
        }
    }
    for key in ["security_groups", "source_security_group_id", "referenced_security_group_id"] {
        let Some(value) = block.get(key).filter(|value| !value.is_null()) else { continue };
        let (targets, choice) = reader.targets(value);
        peer.asks |= choice;
        for target in targets {
            let zone = match target {
                Target::Resource(at, _) if aws.groups.contains_key(&at) => reader.zone_of.get(&at).copied(),
                Target::Resource(at, attribute) if attribute.contains("security_group") => {
                    // A group that comes with something: a cluster's, a load balancer's, a VPC's default.
                    match reader.zone_of.get(&at).copied() {
                        Some(vpc) => Some(default_group(aws, fabric, vpc, span, at).zone),
                        None => {
                            let name = format!("{}.{attribute}", reader.resource(at).address).into();
                            Some(foreign_group(aws, reader, fabric, &name, span, at).zone)
                        }
                    }
                }
                Target::Resource(at, _) => Some({
                    let name = reader.resource(at).address.clone();
                    foreign_group(aws, reader, fabric, &name, span, at).zone
                }),
                Target::Named(text) if text.is_empty() => None,
                Target::Named(text) => Some(foreign_group(aws, reader, fabric, &text, span, group_at).zone),
            };
            if let Some(zone) = zone {
                push_once(&mut peer.zones, zone);
                add_word(&mut peer, &format!("members of {}", fabric.zone_name(zone)));
            }
        }
    }
    if block.get("self").is_some_and(|value| reader.follow(value).as_bool() == Some(true)) {
        push_once(&mut peer.zones, group.zone);
        add_word(&mut peer, "its members");
    }
    if peer.addresses.is_empty() && peer.zones.is_empty() && peer.hosts.is_empty() && peer.unknown.is_empty() {
        return None;
    }
    let protocol = block.get("protocol").or_else(|| block.get("ip_protocol"));
    let (ports, ports_unknown) = ports(reader, protocol, block.get("from_port"), block.get("to_port"));
    let text = format!("security group {name} {verb} {} on {}", peer.words, ports.words());
    let _ = owner;
    Some(Rule { allow: true, peer, ports, ports_unknown, assumes: None, hop: hop(text, span, at) })
}

fn prefix_lists(reader: &Reader<'_, '_>, value: &Value, peer: &mut Peer) {
    const LIST: &str = "aws_ec2_managed_prefix_list";
    for target in reader.targets(value).0 {
        match target {
            Target::Resource(at, _) if &*reader.resource(at).ty == LIST => {
                let list = reader.resource(at);
                let before = peer.words.len();
                for entry in list.get("entry").or_else(|| list.get("entries")).map_or(&[][..], Value::each) {
                    if let Some(cidr) = entry.get("cidr") {
                        reader.peer(cidr, peer);
                    }
                }
                for (_, entry) in reader.each(&["aws_ec2_managed_prefix_list_entry"]) {
                    if reader.one(entry.get("prefix_list_id"), &[LIST]) == Some(at)
                        && let Some(cidr) = entry.get("cidr")
                    {
                        reader.peer(cidr, peer);
                    }
                }
                if peer.words.len() == before {
                    peer.unknown.push(list.address.clone());
                }
                add_word(peer, &format!("(prefix list {})", list.name));
            }
            // What stands behind an endpoint of the provider is a service of the provider, not a sender.
            Target::Resource(at, _) if &*reader.resource(at).ty == "aws_vpc_endpoint" => {}
            Target::Resource(at, _) => peer.unknown.push(reader.resource(at).address.clone()),
            Target::Named(name) => peer.unknown.push(name),
        }
    }
}

/// The ports of a rule. Without ports, or with a protocol that has none, it is all of the protocol.
pub(super) fn ports(
    reader: &Reader<'_, '_>,
    protocol: Option<&Value>,
    from: Option<&Value>,
    to: Option<&Value>,
) -> (PortSet, Option<Text>) {
    let name = protocol.map(|value| reader.estate.render(value)).unwrap_or_else(|| "-1".into());
    if name.starts_with("${") {
        let why = protocol.map(|value| Text::from(format!("`{}` is its protocol", reader.name_of(value))));
        return (PortSet::all(), why);
    }
    if matches!(name.as_str(), "-1" | "all") {
        return (PortSet::all(), None);
    }
    let unset = |value: Option<&Value>| value.is_none_or(Value::is_null);
    let minus = |value: Option<&Value>| {
        value.is_some_and(|value| reader.follow(value).as_number().is_some_and(|number| number < 0.0))
    };
    if unset(from) && unset(to) || minus(from) || minus(to) {
        return (PortSet::of(&name, Intervals::all()), None);
    }
    match (reader.port(from), reader.port(to)) {
        (Ok(first), Ok(last)) => {
            let (first, last) = (first.or(last).unwrap_or(0), last.or(first).unwrap_or(u16::MAX));
            (PortSet::of(&name, Intervals::range(first, last)), None)
        }
        (Err(name_of), _) | (_, Err(name_of)) => {
            (PortSet::of(&name, Intervals::all()), Some(format!("`{name_of}` holds the port").into()))
        }
    }
}
