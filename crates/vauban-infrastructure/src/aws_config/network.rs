//! Networks, machines and load balancers of AWS Config.

use vauban_model::resource::{Text, Value};

use super::shapes::{Shape, field, flag, list, many, map, word, yes_or_no};

pub(super) const GROUP: [&str; 1] = ["AWS::EC2::SecurityGroup"];
pub(super) const SUBNET: [&str; 1] = ["AWS::EC2::Subnet"];
const VPC: [&str; 1] = ["AWS::EC2::VPC"];
const MACHINE: [&str; 1] = ["AWS::EC2::Instance"];
const INTERFACE: [&str; 1] = ["AWS::EC2::NetworkInterface"];
/// What a route may lead to as a gateway.
const GATEWAY: [&str; 3] = ["AWS::EC2::InternetGateway", "AWS::EC2::VPNGateway", "AWS::EC2::VPCEndpoint"];

/// Key of what a route leads to, its name in the catalogue, and the types that it names.
type Target = (&'static str, &'static str, &'static [&'static str]);
/// What routes lead to.
const TARGETS: [Target; 6] = [
    ("gatewayId", "gateway_id", &GATEWAY),
    ("natGatewayId", "nat_gateway_id", &["AWS::EC2::NatGateway"]),
    ("transitGatewayId", "transit_gateway_id", &["AWS::EC2::TransitGateway"]),
    ("vpcPeeringConnectionId", "vpc_peering_connection_id", &["AWS::EC2::VPCPeeringConnection"]),
    ("egressOnlyInternetGatewayId", "egress_only_gateway_id", &["AWS::EC2::EgressOnlyInternetGateway"]),
    ("networkInterfaceId", "network_interface_id", &INTERFACE),
];
const TABLE: [&str; 1] = ["AWS::EC2::RouteTable"];

/// Things of EC2 name each other by id.
fn identified(shape: &mut Shape<'_>) {
    shape.copy(&["resourceId"], "id");
}

/// A machine.
pub(super) fn instance(shape: &mut Shape<'_>) {
    identified(shape);
    let profile = shape.field("iamInstanceProfile").and_then(|profile| {
        if profile.as_text().is_some() {
            Some(profile)
        } else {
            field(profile, "arn").or_else(|| field(profile, "name"))
        }
    });
    match (profile, shape.field("iamInstanceProfile")) {
        (Some(profile), _) => {
            let profile = shape.refer(&["AWS::IAM::InstanceProfile"], profile);
            shape.put("iam_instance_profile", profile);
        }
        (None, Some(other)) => shape.not_understood(other.span, "the instance profile"),
        (None, None) => {}
    }
    let interfaces = shape.list("networkInterfaces");
    let mut groups = shape.list("securityGroups");
    if groups.is_empty() {
        groups = interfaces.first().map(|first| list(first, "groups")).unwrap_or_default();
    }
    if !groups.is_empty() {
        let groups = shape.refer_each(&GROUP, groups, "groupId");
        shape.put("vpc_security_group_ids", groups);
    }
    shape.point("subnetId", &SUBNET, "subnet_id");
    shape.point("vpcId", &VPC, "vpc_id");
    shape.copy(&["privateIpAddress"], "private_ip");
    let association =
        |interface: &Value| field(interface, "association").and_then(|one| word(one, "publicIp")).map(str::to_owned);
    let public = shape.word("publicIpAddress").map(str::to_owned).or_else(|| interfaces.iter().find_map(association));
    let running = shape.field("state").and_then(|state| word(state, "name")) == Some("running");
    let span = shape.span();
    match public {
        Some(address) => {
            shape.put("public_ip", Value::text(address, span));
            shape.put("associate_public_ip_address", flag(true, span));
        }
        // A machine that stands still has given its address back, and may get another.
        None if running => shape.put("associate_public_ip_address", flag(false, span)),
        None => {}
    }
    disks(shape);
}

/// Whether the disks of a machine are encrypted stands with the disks.
fn disks(shape: &mut Shape<'_>) {
    let mappings = shape.list("blockDeviceMappings");
    let volumes: Vec<&str> =
        mappings.iter().filter_map(|mapping| field(mapping, "ebs")).filter_map(|disk| word(disk, "volumeId")).collect();
    let known: Vec<(Option<bool>, Option<Text>)> = volumes.iter().map(|id| shape.index.volume(id)).collect();
    let span = shape.span();
    let encrypted = if known.iter().any(|(encrypted, _)| *encrypted == Some(false)) {
        flag(false, span)
    } else if !known.is_empty() && known.iter().all(|(encrypted, _)| *encrypted == Some(true)) {
        flag(true, span)
    } else {
        shape.unknown("blockDeviceMappings.encrypted")
    };
    let mut block = vec![("encrypted", encrypted)];
    if let Some(key) = known.into_iter().find_map(|(_, key)| key) {
        block.push(("kms_key_id", Value::text(key, span)));
    }
    shape.put("root_block_device", map(block, span));
}

/// A disk.
pub(super) fn volume(shape: &mut Shape<'_>) {
    identified(shape);
}

/// Rules of a group, which name groups, blocks and lists beside one another.
pub(super) fn security_group(shape: &mut Shape<'_>) {
    identified(shape);
    shape.copy(&["groupName"], "name");
    shape.point("vpcId", &VPC, "vpc_id");
    for (from, to) in [("ipPermissions", "ingress"), ("ipPermissionsEgress", "egress")] {
        let said = shape.item.attributes.get(from).or_else(|| shape.field(from));
        let rules = match said {
            Some(said) => {
                let rules = said.each().iter().map(|rule| permission(shape, rule)).collect();
                many(rules, said.span)
            }
            // Nothing said is not that there are none.
            None => {
                shape.not_understood(shape.span(), &format!("the lack of `{from}`"));
                let rule = shape.unknown(from);
                many(vec![rule], shape.span())
            }
        };
        shape.put(to, rules);
    }
}

fn permission(shape: &Shape<'_>, rule: &Value) -> Value {
    let span = rule.span;
    let mut entries: Vec<(&str, Value)> = Vec::new();
    for (from, to) in [("fromPort", "from_port"), ("toPort", "to_port"), ("ipProtocol", "protocol")] {
        entries.extend(field(rule, from).map(|value| (to, value.clone())));
    }
    let texts = |keys: &[(&str, &str)]| -> Value {
        let mut out: Vec<Value> = Vec::new();
        for (key, inner) in keys {
            for item in list(rule, key) {
                let value = if item.as_text().is_some() { Some(item) } else { field(item, inner) };
                let Some(value) = value else { continue };
                if !out.iter().any(|known| known.as_text() == value.as_text()) {
                    out.push(value.clone());
                }
            }
        }
        many(out, span)
    };
    entries.push(("cidr_blocks", texts(&[("ipv4Ranges", "cidrIp"), ("ipRanges", "cidrIp")])));
    entries.push(("ipv6_cidr_blocks", texts(&[("ipv6Ranges", "cidrIpv6")])));
    entries.push(("prefix_list_ids", texts(&[("prefixListIds", "prefixListId")])));
    let mut groups: Vec<Value> = Vec::new();
    let mut own = false;
    for pair in list(rule, "userIdGroupPairs") {
        let Some(group) = field(pair, "groupId").or_else(|| field(pair, "groupName")) else { continue };
        if group.as_text().is_some_and(|id| shape.word("groupId") == Some(id) || shape.word("resourceId") == Some(id)) {
            own = true;
        } else {
            groups.push(shape.refer(&GROUP, group));
        }
    }
    entries.push(("security_groups", many(groups, span)));
    entries.push(("self", flag(own, span)));
    map(entries, span)
}

/// A subnet.
pub(super) fn subnet(shape: &mut Shape<'_>) {
    identified(shape);
    shape.point("vpcId", &VPC, "vpc_id");
    blocks(shape, &["cidrBlock"], "cidr_block");
}

/// A network.
pub(super) fn vpc(shape: &mut Shape<'_>) {
    identified(shape);
    if let Some(default) = shape.field("isDefault").and_then(Value::as_bool) {
        shape.put("default", flag(default, shape.span()));
    }
    blocks(shape, &["cidrBlock"], "cidr_block");
}

/// Address ranges: the first, and those that were added.
fn blocks(shape: &mut Shape<'_>, first: &[&str], to: &str) {
    let mut found: Vec<Value> = first.iter().filter_map(|key| shape.field(key)).cloned().collect();
    let mut six: Vec<Value> = Vec::new();
    for (set, key, out) in [
        ("cidrBlockAssociationSet", "cidrBlock", &mut found),
        ("ipv6CidrBlockAssociationSet", "ipv6CidrBlock", &mut six),
    ] {
        for value in shape.list(set).iter().filter_map(|one| field(one, key)) {
            if !out.iter().any(|known: &Value| known.as_text() == value.as_text()) {
                out.push(value.clone());
            }
        }
    }
    for (values, to) in [(found, to), (six, "ipv6_cidr_block")] {
        if let Some(value) = one_or_many(values) {
            shape.put(to, value);
        }
    }
}

fn one_or_many(mut values: Vec<Value>) -> Option<Value> {
    let span = values.first()?.span;
    if values.len() > 1 { Some(many(values, span)) } else { values.pop() }
}

/// A table of routes, with the subnets that use it.
pub(super) fn route_table(shape: &mut Shape<'_>) {
    identified(shape);
    shape.point("vpcId", &VPC, "vpc_id");
    let routes: Vec<Value> = shape.list("routes").iter().map(|one| route(shape, one)).collect();
    let span = shape.field("routes").map_or(shape.span(), |value| value.span);
    shape.put("route", many(routes, span));
    let mut main = false;
    for association in shape.list("associations") {
        main |= field(association, "main").and_then(Value::as_bool) == Some(true);
        let Some(subnet) = field(association, "subnetId") else { continue };
        let name = subnet.as_text().unwrap_or("subnet").to_owned();
        let address = format!("{}#{name}", shape.item.address);
        let entries = vec![("route_table_id", shape.own("id")), ("subnet_id", shape.refer(&SUBNET, subnet))];
        shape.part("AWS::EC2::SubnetRouteTableAssociation", address, &name, entries, association.span);
    }
    shape.put("main", flag(main, span));
}

fn route(shape: &Shape<'_>, route: &Value) -> Value {
    let mut entries: Vec<(&str, Value)> = Vec::new();
    for (from, to) in [
        ("destinationCidrBlock", "destination_cidr_block"),
        ("destinationIpv6CidrBlock", "destination_ipv6_cidr_block"),
        ("destinationPrefixListId", "destination_prefix_list_id"),
    ] {
        entries.extend(field(route, from).map(|value| (to, value.clone())));
    }
    // A route whose target is gone leads nowhere.
    if word(route, "state").is_none_or(|state| !state.eq_ignore_ascii_case("blackhole")) {
        for (from, to, types) in TARGETS {
            entries.extend(field(route, from).map(|value| (to, shape.refer(types, value))));
        }
    }
    map(entries, route.span)
}

/// A way to the internet.
pub(super) fn internet_gateway(shape: &mut Shape<'_>) {
    identified(shape);
    let attached = shape.list("attachments").iter().find_map(|one| field(one, "vpcId"));
    if let Some(vpc) = attached {
        let vpc = shape.refer(&VPC, vpc);
        shape.put("vpc_id", vpc);
    }
}

/// A gateway that only lets out.
pub(super) fn nat_gateway(shape: &mut Shape<'_>) {
    identified(shape);
    shape.point("subnetId", &SUBNET, "subnet_id");
    shape.point("vpcId", &VPC, "vpc_id");
}

/// An endpoint of a service inside a network.
pub(super) fn endpoint(shape: &mut Shape<'_>) {
    identified(shape);
    shape.point("vpcId", &VPC, "vpc_id");
    if let Some(policy) = shape.field("policyDocument").and_then(super::shapes::document) {
        shape.put("policy", policy);
    }
    for (from, key, types, to) in [
        ("subnetIds", "subnetId", &SUBNET[..], "subnet_ids"),
        ("groups", "groupId", &GROUP[..], "security_group_ids"),
        ("routeTableIds", "routeTableId", &TABLE[..], "route_table_ids"),
    ] {
        let items = shape.list(from);
        if !items.is_empty() {
            let found = shape.refer_each(types, items, key);
            shape.put(to, found);
        }
    }
    shape.copy(&["vpcEndpointType"], "vpc_endpoint_type");
}

/// A list of rules in front of subnets.
pub(super) fn network_acl(shape: &mut Shape<'_>) {
    identified(shape);
    shape.point("vpcId", &VPC, "vpc_id");
    let (mut ingress, mut egress) = (Vec::new(), Vec::new());
    for entry in shape.list("entries") {
        let mut rule: Vec<(&str, Value)> = Vec::new();
        for (from, to) in [
            ("ruleNumber", "rule_no"),
            ("ruleAction", "action"),
            ("protocol", "protocol"),
            ("cidrBlock", "cidr_block"),
            ("ipv6CidrBlock", "ipv6_cidr_block"),
        ] {
            rule.extend(field(entry, from).map(|value| (to, value.clone())));
        }
        if let Some(ports) = field(entry, "portRange") {
            for (from, to) in [("from", "from_port"), ("to", "to_port")] {
                rule.extend(field(ports, from).map(|value| (to, value.clone())));
            }
        }
        let out =
            if field(entry, "egress").and_then(Value::as_bool) == Some(true) { &mut egress } else { &mut ingress };
        out.push(map(rule, entry.span));
    }
    let span = shape.field("entries").map_or(shape.span(), |value| value.span);
    shape.put("ingress", many(ingress, span));
    shape.put("egress", many(egress, span));
    let subnets = shape.refer_each(&SUBNET, shape.list("associations"), "subnetId");
    shape.put("subnet_ids", subnets);
}

/// An interface, and the machine that it is in.
pub(super) fn network_interface(shape: &mut Shape<'_>) {
    identified(shape);
    shape.point("subnetId", &SUBNET, "subnet_id");
    shape.point("vpcId", &VPC, "vpc_id");
    shape.copy(&["privateIpAddress"], "private_ip");
    let groups = shape.list("groups");
    if !groups.is_empty() {
        let groups = shape.refer_each(&GROUP, groups, "groupId");
        shape.put("security_groups", groups);
    }
    if let Some(machine) = shape.field("attachment").and_then(|attachment| field(attachment, "instanceId")) {
        let machine = shape.refer(&MACHINE, machine);
        let span = machine.span;
        shape.put("attachment", map(vec![("instance", machine)], span));
    }
}

/// An address that stays.
pub(super) fn elastic_address(shape: &mut Shape<'_>) {
    shape.copy(&["allocationId", "resourceId"], "id");
    shape.point("instanceId", &MACHINE, "instance");
    shape.point("networkInterfaceId", &INTERFACE, "network_interface");
    shape.copy(&["publicIp"], "public_ip");
}

/// Two networks that are joined.
pub(super) fn peering(shape: &mut Shape<'_>) {
    identified(shape);
    for (from, to) in [("requesterVpcInfo", "vpc_id"), ("accepterVpcInfo", "peer_vpc_id")] {
        if let Some(vpc) = shape.field(from).and_then(|side| field(side, "vpcId")) {
            let vpc = shape.refer(&VPC, vpc);
            shape.put(to, vpc);
        }
    }
}

/// A load balancer.
pub(super) fn load_balancer(shape: &mut Shape<'_>) {
    shape.copy(&["loadBalancerArn", "arn"], "id");
    shape.copy(&["loadBalancerName"], "name");
    shape.copy(&["type"], "load_balancer_type");
    shape.copy(&["dNSName"], "dns_name");
    shape.point("vpcId", &VPC, "vpc_id");
    if let Some(scheme) = shape.field("scheme") {
        let (internal, span) = (scheme.as_text() == Some("internal"), scheme.span);
        shape.put("internal", flag(internal, span));
    }
    for (from, key, types, to) in [
        ("availabilityZones", "subnetId", &SUBNET[..], "subnets"),
        ("securityGroups", "groupId", &GROUP[..], "security_groups"),
    ] {
        let items = shape.list(from);
        if !items.is_empty() {
            let found = shape.refer_each(types, items, key);
            shape.put(to, found);
        }
    }
    let settings = shape.supplementary("LoadBalancerAttributes");
    for (setting, to, inner) in [
        ("access_logs.s3.enabled", "access_logs", Some("enabled")),
        ("deletion_protection.enabled", "enable_deletion_protection", None),
        ("routing.http.drop_invalid_header_fields.enabled", "drop_invalid_header_fields", None),
    ] {
        let (value, span) = match settings {
            None => (shape.unknown(setting), shape.span()),
            Some(settings) => match setting_of(settings, setting) {
                Some(value) => (yes_or_no(value), value.span),
                None => continue,
            },
        };
        match inner {
            Some(inner) => shape.put(to, map(vec![(inner, value)], span)),
            None => shape.put(to, value),
        }
    }
}

/// The value of a setting in a list of keys and values.
fn setting_of<'v>(settings: &'v Value, key: &str) -> Option<&'v Value> {
    settings.each().iter().find(|one| word(one, "key") == Some(key)).and_then(|one| field(one, "value"))
}

/// References to what the items of a list name.
pub(super) fn members(shape: &Shape<'_>, types: &[&str], value: &Value, key: &str) -> Value {
    shape.refer_each(types, value.each(), key)
}
