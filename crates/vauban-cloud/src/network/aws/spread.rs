//! Load balancers: listeners, target groups, and who is behind them.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::{Resource, Text, Value};

use super::super::Hop;
use super::super::fabric::{Fabric, Public};
use super::super::forward::Forward;
use super::super::intervals::{Intervals, PortSet};
use super::super::read::{Flag, Reader, hop, place, public_if};
use super::Aws;
use super::hosts::{Address, Spec, put};

const BALANCER: [&str; 2] = ["aws_lb", "aws_alb"];
const LISTENER: [&str; 2] = ["aws_lb_listener", "aws_alb_listener"];
const LISTENER_RULE: [&str; 2] = ["aws_lb_listener_rule", "aws_alb_listener_rule"];
const POOL: [&str; 2] = ["aws_lb_target_group", "aws_alb_target_group"];
const ATTACHMENT: [&str; 2] = ["aws_lb_target_group_attachment", "aws_alb_target_group_attachment"];
const TARGET: [&str; 5] = ["aws_instance", "aws_lambda_function", "aws_lb", "aws_alb", "aws_autoscaling_group"];

struct Member {
    to: u32,
    ports: Option<PortSet>,
    hop: Hop,
}

pub(super) fn read(aws: &mut Aws, reader: &mut Reader<'_, '_>, fabric: &mut Fabric) -> Vec<Forward> {
    let mut out = Vec::new();
    let members = members(reader);
    // Where listeners of each balancer listen and what they forward to.
    let mut listens: FxHashMap<u32, (PortSet, Option<Text>)> = FxHashMap::default();
    let mut routes: Vec<(u32, PortSet, u32, Hop)> = Vec::new();
    let rules = reader.each(&LISTENER_RULE);
    for (at, listener) in reader.each(&LISTENER) {
        let Some(balancer) = reader.one(listener.get("load_balancer_arn"), &BALANCER) else { continue };
        let protocol =
            listener.get("protocol").map(|value| reader.estate.render(value)).unwrap_or_else(|| "HTTP".into());
        let known = reader.port(listener.get("port"));
        let ports = match &known {
            Ok(Some(port)) => protocol_ports(&protocol, Intervals::range(*port, *port)),
            Ok(None) | Err(_) => protocol_ports(&protocol, Intervals::all()),
        };
        let entry = listens.entry(balancer).or_default();
        entry.0 = entry.0.union(&ports);
        if let Err(name) = &known {
            entry.1 = Some(format!("`{name}` holds the port").into());
        }
        let words = ports.words();
        let mut pools = Vec::new();
        for action in listener.get("default_action").map_or(&[][..], Value::each) {
            let text = format!("listener {} forwards {words} to its target group", listener.name);
            pools.extend(forwarded(reader, action).into_iter().map(|pool| (pool, hop(&*text, action.span, at))));
        }
        for (rule_at, rule) in &rules {
            if reader.one(rule.get("listener_arn"), &LISTENER) == Some(at) {
                for action in rule.get("action").map_or(&[][..], Value::each) {
                    let text = format!(
                        "rule {} of listener {} forwards {words} to its target group",
                        rule.name, listener.name
                    );
                    pools.extend(
                        forwarded(reader, action).into_iter().map(|pool| (pool, hop(&*text, rule.span, *rule_at))),
                    );
                }
            }
        }
        routes.extend(pools.into_iter().map(|(pool, hop)| (balancer, ports.clone(), pool, hop)));
    }
    for (at, balancer) in reader.each(&BALANCER) {
        let (ports, _) = listens.remove(&at).unwrap_or_else(|| (PortSet::default(), None));
        let network = matches!(balancer.text("load_balancer_type"), Some("network" | "gateway"));
        let mut subnets: Vec<&Value> = balancer.get("subnets").into_iter().collect();
        for mapping in balancer.get("subnet_mapping").map_or(&[][..], Value::each) {
            subnets.extend(mapping.get("subnet_id"));
        }
        let public = Address::Said(facing(reader, (at, balancer)));
        let groups: Vec<&Value> = balancer.get("security_groups").into_iter().collect();
        put(
            aws,
            reader,
            fabric,
            Spec { at, subnets, groups, more: Vec::new(), listens: ports, public, grouped: !network },
        );
    }
    for (balancer, ports, pool, listener) in routes {
        let group = reader.resource(pool);
        let kind = reader.resource(balancer).text("load_balancer_type").unwrap_or("application");
        let keeps = kind != "application" && group.text("target_type").unwrap_or("instance") == "instance";
        for member in members.get(&pool).into_iter().flatten() {
            let at_target = member.ports.clone().or_else(|| pool_ports(reader, group));
            let ask = at_target.is_none().then(|| Text::from(format!("the port of {} is open", group.address)));
            out.push(Forward {
                from: balancer,
                to: member.to,
                listens: ports.clone(),
                ports: at_target.unwrap_or_else(PortSet::all),
                hops: vec![listener.clone(), member.hop.clone()],
                ask,
                keeps_sender: keeps,
            });
        }
    }
    classic(aws, reader, fabric, &mut out);
    out
}

fn facing(reader: &Reader<'_, '_>, (at, balancer): (u32, &Resource)) -> Public {
    let span = place(balancer, "internal");
    let facing = |how: &str| hop(format!("load balancer {} faces the internet{how}", balancer.name), span, at);
    match reader.flag(balancer, "internal") {
        Flag::Yes => Public::No,
        Flag::No => Public::Yes(facing("")),
        Flag::Unset => match balancer.text("scheme") {
            Some("internal") => Public::No,
            Some(_) => Public::Yes(facing("")),
            None => Public::Yes(facing(" (`internal` is not set; the default is false)")),
        },
        flag @ Flag::Unknown(_) => match public_if(&flag, facing(" or not"), Public::No) {
            Public::Ask(hop, _) => {
                Public::Ask(hop, format!("load balancer {} is not internal", balancer.address).into())
            }
            public => public,
        },
    }
}

fn protocol_ports(protocol: &str, ports: Intervals<u16>) -> PortSet {
    if protocol.starts_with("${") { PortSet::of("tcp", ports) } else { PortSet::of(protocol, ports) }
}

fn pool_ports(reader: &Reader<'_, '_>, group: &Resource) -> Option<PortSet> {
    let protocol = group.get("protocol").map(|value| reader.estate.render(value)).unwrap_or_else(|| "HTTP".into());
    let port = reader.port(group.get("port")).ok().flatten()?;
    Some(protocol_ports(&protocol, Intervals::range(port, port)))
}

fn forwarded(reader: &Reader<'_, '_>, action: &Value) -> Vec<u32> {
    let mut out = reader.all(action.get("target_group_arn"), &POOL);
    for block in action.get("forward").map_or(&[][..], Value::each) {
        for group in block.get("target_group").map_or(&[][..], Value::each) {
            out.extend(reader.all(group.get("arn"), &POOL));
        }
    }
    out.dedup();
    out
}

/// Who is in each target group.
fn members(reader: &Reader<'_, '_>) -> FxHashMap<u32, Vec<Member>> {
    let mut out: FxHashMap<u32, Vec<Member>> = FxHashMap::default();
    let one = |value: Option<&Value>| {
        let port = reader.port(value).ok().flatten()?;
        Some(PortSet::tcp(port, port).union(&PortSet::udp(port, port)))
    };
    let mut add = |pools: Vec<u32>, to: u32, ports: Option<PortSet>, span: Span, at: u32| {
        for pool in pools {
            let text = format!("target group {} holds {}", reader.resource(pool).name, reader.resource(to).name);
            out.entry(pool).or_default().push(Member { to, ports: ports.clone(), hop: hop(text, span, at) });
        }
    };
    for (at, attachment) in reader.each(&ATTACHMENT) {
        let pools = reader.all(attachment.get("target_group_arn"), &POOL);
        for to in reader.all(attachment.get("target_id"), &TARGET) {
            add(pools.clone(), to, one(attachment.get("port")), attachment.span, at);
        }
    }
    for (at, service) in reader.each(&["aws_ecs_service"]) {
        for block in service.get("load_balancer").map_or(&[][..], Value::each) {
            let pools = reader.all(block.get("target_group_arn"), &POOL);
            let ports = one(block.get("container_port"))
                .or_else(|| block.get("container_port").map(|_| PortSet::tcp(0, u16::MAX)));
            add(pools, at, ports, block.span, at);
        }
    }
    for (at, group) in reader.each(&["aws_autoscaling_group"]) {
        let pools = reader.all(group.get("target_group_arns"), &POOL);
        add(pools, at, None, place(group, "target_group_arns"), at);
    }
    for (at, attachment) in reader.each(&["aws_autoscaling_attachment"]) {
        for to in reader.all(attachment.get("autoscaling_group_name"), &["aws_autoscaling_group"]) {
            for key in ["lb_target_group_arn", "alb_target_group_arn"] {
                add(reader.all(attachment.get(key), &POOL), to, None, attachment.span, at);
            }
        }
    }
    out
}

/// Load balancers of the first generation.
fn classic(aws: &mut Aws, reader: &mut Reader<'_, '_>, fabric: &mut Fabric, out: &mut Vec<Forward>) {
    for (at, balancer) in reader.each(&["aws_elb"]) {
        let (mut listens, mut pairs) = (PortSet::default(), Vec::new());
        for listener in balancer.get("listener").map_or(&[][..], Value::each) {
            let range = |key: &str| match reader.port(listener.get(key)) {
                Ok(Some(port)) => PortSet::tcp(port, port),
                Ok(None) | Err(_) => PortSet::tcp(0, u16::MAX),
            };
            let (front, back) = (range("lb_port"), range("instance_port"));
            listens = listens.union(&front);
            pairs.push((front, back, listener.span));
        }
        let public = Address::Said(facing(reader, (at, balancer)));
        let subnets = balancer.get("subnets").into_iter().collect();
        let groups = balancer.get("security_groups").into_iter().collect();
        put(aws, reader, fabric, Spec { at, subnets, groups, more: Vec::new(), listens, public, grouped: true });
        let mut targets = reader.all(balancer.get("instances"), &TARGET);
        for (group, found) in reader.each(&["aws_autoscaling_group"]) {
            if reader.all(found.get("load_balancers"), &["aws_elb"]).contains(&at) {
                targets.push(group);
            }
        }
        for (_, attachment) in reader.each(&["aws_elb_attachment", "aws_autoscaling_attachment"]) {
            if reader.one(attachment.get("elb"), &["aws_elb"]) == Some(at) {
                targets.extend(reader.all(attachment.get("instance"), &TARGET));
                targets.extend(reader.all(attachment.get("autoscaling_group_name"), &TARGET));
            }
        }
        for to in targets {
            for (front, back, span) in &pairs {
                let text =
                    format!("load balancer {} passes {} to {}", balancer.name, front.words(), reader.resource(to).name);
                out.push(Forward {
                    from: at,
                    to,
                    listens: front.clone(),
                    ports: back.clone(),
                    hops: vec![hop(text, *span, at)],
                    ask: None,
                    keeps_sender: false,
                });
            }
        }
    }
}
