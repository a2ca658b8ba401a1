//! What is placed in subnets: machines, databases, caches, file systems, functions, clusters.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Resource, Text, Value};

use super::super::Hop;
use super::super::fabric::{End, Fabric, Public};
use super::super::intervals::{AddressSet, PortSet};
use super::super::read::{Flag, Reader, Target, from_terraform, hop, place, public_if, push_once};
use super::groups::{default_group, foreign_group};
use super::{Aws, Group, SUBNET, VPC, inside};

/// Something to be placed.
pub(super) struct Spec<'v> {
    pub(super) at: u32,
    pub(super) subnets: Vec<&'v Value>,
    pub(super) groups: Vec<&'v Value>,
    /// Groups known already.
    pub(super) more: Vec<u32>,
    pub(super) listens: PortSet,
    pub(super) public: Address,
    /// It has the VPC's default group when none is said.
    pub(super) grouped: bool,
}

/// How it gets a public address.
pub(super) enum Address {
    /// As is said here.
    Said(Public),
    /// As its subnet says.
    Subnet,
}

/// A kind of resource in a subnet: type, where its subnets and groups are said, ports (none: any), flag for publicity.
type Kind = (&'static str, &'static [&'static str], &'static [&'static str], &'static [u16], &'static str);

/// Types and attributes of the Terraform provider's reference; ports are the services' defaults where none is said.
const KINDS: &[Kind] = &[
    ("aws_db_instance", &["db_subnet_group_name"], &["vpc_security_group_ids"], &[], "publicly_accessible"),
    ("aws_rds_cluster", &["db_subnet_group_name"], &["vpc_security_group_ids"], &[], "aws_rds_cluster_instance"),
    ("aws_docdb_cluster", &["db_subnet_group_name"], &["vpc_security_group_ids"], &[27017], ""),
    ("aws_neptune_cluster", &["neptune_subnet_group_name"], &["vpc_security_group_ids"], &[8182], ""),
    (
        "aws_redshift_cluster",
        &["cluster_subnet_group_name"],
        &["vpc_security_group_ids"],
        &[5439],
        "publicly_accessible",
    ),
    ("aws_redshiftserverless_workgroup", &["subnet_ids"], &["security_group_ids"], &[5439], "publicly_accessible"),
    ("aws_elasticache_cluster", &["subnet_group_name"], &["security_group_ids"], &[6379, 11211], ""),
    ("aws_elasticache_replication_group", &["subnet_group_name"], &["security_group_ids"], &[6379], ""),
    ("aws_elasticache_serverless_cache", &["subnet_ids"], &["security_group_ids"], &[6379, 11211], ""),
    ("aws_memorydb_cluster", &["subnet_group_name"], &["security_group_ids"], &[6379], ""),
    ("aws_dax_cluster", &["subnet_group_name"], &["security_group_ids"], &[8111, 9111], ""),
    ("aws_opensearch_domain", &["vpc_options.subnet_ids"], &["vpc_options.security_group_ids"], &[80, 443], ""),
    ("aws_elasticsearch_domain", &["vpc_options.subnet_ids"], &["vpc_options.security_group_ids"], &[80, 443], ""),
    (
        "aws_msk_cluster",
        &["broker_node_group_info.client_subnets"],
        &["broker_node_group_info.security_groups"],
        &[2181, 9092, 9094, 9096, 9098],
        "",
    ),
    ("aws_mq_broker", &["subnet_ids"], &["security_groups"], &[], "publicly_accessible"),
    (
        "aws_dms_replication_instance",
        &["replication_subnet_group_id"],
        &["vpc_security_group_ids"],
        &[],
        "publicly_accessible",
    ),
    ("aws_efs_mount_target", &["subnet_id"], &["security_groups"], &[2049], ""),
    ("aws_fsx_lustre_file_system", &["subnet_ids"], &["security_group_ids"], &[988], ""),
    ("aws_fsx_windows_file_system", &["subnet_ids"], &["security_group_ids"], &[445], ""),
    ("aws_fsx_ontap_file_system", &["subnet_ids"], &["security_group_ids"], &[], ""),
    ("aws_fsx_openzfs_file_system", &["subnet_ids"], &["security_group_ids"], &[2049], ""),
    ("aws_vpc_endpoint", &["subnet_ids"], &["security_group_ids"], &[443], ""),
    (
        "aws_emr_cluster",
        &["ec2_attributes.subnet_id", "ec2_attributes.subnet_ids"],
        &[
            "ec2_attributes.emr_managed_master_security_group",
            "ec2_attributes.additional_master_security_groups",
            "ec2_attributes.emr_managed_slave_security_group",
            "ec2_attributes.additional_slave_security_groups",
        ],
        &[],
        "subnet",
    ),
    ("aws_sagemaker_notebook_instance", &["subnet_id"], &["security_groups"], &[], ""),
    ("aws_eks_cluster", &["vpc_config.subnet_ids"], &["vpc_config.security_group_ids"], &[443], ""),
    (
        "aws_ecs_service",
        &["network_configuration.subnets"],
        &["network_configuration.security_groups"],
        &[],
        "network_configuration.assign_public_ip",
    ),
    ("aws_lambda_function", &["vpc_config.subnet_ids"], &["vpc_config.security_group_ids"], &[0], ""),
    ("aws_codebuild_project", &["vpc_config.subnets"], &["vpc_config.security_group_ids"], &[0], ""),
    ("aws_apprunner_vpc_connector", &["subnets"], &["security_groups"], &[0], ""),
    (
        "aws_batch_compute_environment",
        &["compute_resources.subnets"],
        &["compute_resources.security_group_ids"],
        &[],
        "subnet",
    ),
    (
        "aws_glue_connection",
        &["physical_connection_requirements.subnet_id"],
        &["physical_connection_requirements.security_group_id_list"],
        &[0],
        "",
    ),
    (
        "aws_mwaa_environment",
        &["network_configuration.subnet_ids"],
        &["network_configuration.security_group_ids"],
        &[443],
        "",
    ),
    ("aws_transfer_server", &["endpoint_details.subnet_ids"], &["endpoint_details.security_group_ids"], &[22], ""),
    ("aws_cloudhsm_v2_cluster", &["subnet_ids"], &[], &[2223, 2225], ""),
    ("aws_directory_service_directory", &["vpc_settings.subnet_ids"], &[], &[], ""),
    ("aws_eks_node_group", &["subnet_ids"], &["remote_access.source_security_group_ids"], &[], "subnet"),
];

pub(super) fn read(aws: &mut Aws, reader: &mut Reader<'_, '_>, fabric: &mut Fabric) {
    let elastic = elastic(reader);
    machines(aws, reader, fabric, &elastic);
    for (ty, subnets, groups, ports, public) in KINDS {
        for (at, resource) in reader.each(&[ty]) {
            if *public != "publicly_accessible"
                && resource.get(subnets.first().unwrap_or(&"")).is_none()
                && subnets.len() < 2
            {
                // Not in a network of the account, or none that is said.
                let defaulted = matches!(
                    *ty,
                    "aws_rds_cluster"
                        | "aws_docdb_cluster"
                        | "aws_elasticache_cluster"
                        | "aws_elasticache_replication_group"
                );
                if !defaulted {
                    continue;
                }
            }
            let values = |paths: &[&str]| paths.iter().filter_map(|path| resource.get(path)).collect::<Vec<_>>();
            let address = publicity(reader, (at, resource), public);
            let mut groups = values(groups);
            if *ty == "aws_eks_node_group" {
                groups = Vec::new();
            }
            let target = match *ty {
                "aws_efs_mount_target" => {
                    reader.one(resource.get("file_system_id"), &["aws_efs_file_system"]).unwrap_or(at)
                }
                _ => at,
            };
            let spec = Spec {
                at: target,
                subnets: values(subnets),
                groups,
                more: Vec::new(),
                listens: listens(reader, resource, ports),
                public: address,
                grouped: true,
            };
            put(aws, reader, fabric, spec);
        }
    }
}

fn listens(reader: &Reader<'_, '_>, resource: &Resource, ports: &[u16]) -> PortSet {
    let stated = resource.get("port").map(|value| reader.port(Some(value)));
    match stated {
        Some(Ok(Some(port))) => return PortSet::tcp(port, port),
        Some(Err(_)) => return PortSet::all(),
        Some(Ok(None)) | None => {}
    }
    if ports == [0] {
        return PortSet::default();
    }
    // Default ports of the engines, as the provider's documentation gives them.
    let engine =
        resource.get("engine").map(|value| reader.estate.render(value).to_ascii_lowercase()).unwrap_or_default();
    let by_engine: &[u16] = match engine.as_str() {
        name if name.contains("postgres") => &[5432],
        name if name.contains("mysql") || name.contains("mariadb") || name == "aurora" => &[3306],
        name if name.contains("oracle") => &[1521],
        name if name.contains("sqlserver") => &[1433],
        name if name.starts_with("db2") => &[50000],
        "redis" | "valkey" => &[6379],
        "memcached" => &[11211],
        _ => ports,
    };
    if by_engine.is_empty() {
        return PortSet::all();
    }
    by_engine.iter().fold(PortSet::default(), |all, port| all.union(&PortSet::tcp(*port, *port)))
}

fn publicity(reader: &Reader<'_, '_>, (at, resource): (u32, &Resource), key: &str) -> Address {
    match key {
        "" => Address::Said(Public::No),
        "subnet" => Address::Subnet,
        "aws_rds_cluster_instance" => {
            for (instance, found) in reader.each(&[key]) {
                if reader.one(found.get("cluster_identifier"), &[&*resource.ty]) == Some(at) {
                    let public = said(reader, (instance, found), "publicly_accessible");
                    if public != Public::No {
                        return Address::Said(public);
                    }
                }
            }
            Address::Said(Public::No)
        }
        key => Address::Said(said(reader, (at, resource), key)),
    }
}

fn said(reader: &Reader<'_, '_>, (at, resource): (u32, &Resource), key: &str) -> Public {
    let short = key.rsplit('.').next().unwrap_or(key);
    let yes = hop(format!("{} has a public address ({short})", resource.name), place(resource, key), at);
    let default =
        format!("{} has a public address (`{short}` is not set; the default is not to have one)", resource.address);
    // Terraform states these defaults itself; elsewhere they hang on the network.
    let sure = from_terraform(resource)
        && matches!(
            &*resource.ty,
            "aws_db_instance" | "aws_rds_cluster_instance" | "aws_mq_broker" | "aws_dms_replication_instance"
        );
    let unset = if sure {
        Public::No
    } else {
        Public::Ask(
            hop(format!("nothing says whether {} has a public address", resource.name), resource.span, at),
            default.into(),
        )
    };
    public_if(&reader.flag(resource, key), yes, unset)
}

/// Elastic addresses by what they belong to.
fn elastic(reader: &Reader<'_, '_>) -> FxHashMap<u32, Hop> {
    let mut out = FxHashMap::default();
    for (at, address) in reader.each(&["aws_eip", "aws_eip_association"]) {
        for key in ["instance", "instance_id", "network_interface", "network_interface_id"] {
            for owner in
                reader.all(address.get(key), &["aws_instance", "aws_spot_instance_request", "aws_network_interface"])
            {
                let text = format!("elastic address {} belongs to {}", address.name, reader.resource(owner).name);
                out.entry(owner).or_insert_with(|| hop(text, address.span, at));
            }
        }
    }
    out
}

const MACHINE: [&str; 2] = ["aws_instance", "aws_spot_instance_request"];
const INTERFACE: &str = "aws_network_interface";

fn machines(aws: &mut Aws, reader: &mut Reader<'_, '_>, fabric: &mut Fabric, elastic: &FxHashMap<u32, Hop>) {
    // Interfaces belong to the machines they are attached to.
    let mut owner: FxHashMap<u32, u32> = FxHashMap::default();
    for (at, interface) in reader.each(&[INTERFACE]) {
        if let Some(machine) = reader.one(interface.get("attachment.instance"), &MACHINE) {
            owner.insert(at, machine);
        }
    }
    for (_, attachment) in reader.each(&["aws_network_interface_attachment"]) {
        if let (Some(machine), Some(at)) = (
            reader.one(attachment.get("instance_id"), &MACHINE),
            reader.one(attachment.get("network_interface_id"), &[INTERFACE]),
        ) {
            owner.insert(at, machine);
        }
    }
    let mut added: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (_, attachment) in reader.each(&["aws_network_interface_sg_attachment"]) {
        let groups = reader.all(attachment.get("security_group_id"), &super::GROUP);
        for target in attachment.get("network_interface_id").map(|value| reader.targets(value).0).unwrap_or_default() {
            if let Target::Resource(at, _) = target {
                added.entry(at).or_default().extend(groups.iter().copied());
            }
        }
    }
    for (at, machine) in reader.each(&MACHINE) {
        let mut own = false;
        let interfaces = machine.get("network_interface").map_or(&[][..], Value::each).iter();
        let primary = machine.get("primary_network_interface").map_or(&[][..], Value::each).iter();
        for block in interfaces.chain(primary) {
            for interface in reader.all(block.get("network_interface_id"), &[INTERFACE]) {
                owner.insert(interface, at);
                own = true;
            }
        }
        if own {
            continue;
        }
        let template = template(reader, machine);
        let (mut groups, mut flag, mut from) = (Vec::new(), Flag::Unset, (at, machine));
        for key in ["vpc_security_group_ids", "security_groups"] {
            groups.extend(machine.get(key).filter(|value| !value.each().is_empty()));
        }
        if machine.get("associate_public_ip_address").is_some() {
            flag = reader.flag(machine, "associate_public_ip_address");
        } else if let Some(found) = template {
            (flag, from) = (template_flag(reader, found.1), found);
        }
        if groups.is_empty()
            && let Some((_, found)) = template
        {
            groups = template_groups(found);
        }
        let mut subnets: Vec<&Value> = machine.get("subnet_id").into_iter().collect();
        if subnets.is_empty()
            && let Some((_, found)) = template
        {
            subnets.extend(found.get("network_interfaces").and_then(|value| value.get("subnet_id")));
        }
        let public = address(&flag, from, elastic.get(&at));
        let more = added.remove(&at).unwrap_or_default();
        put(aws, reader, fabric, Spec { at, subnets, groups, more, listens: PortSet::all(), public, grouped: true });
    }
    for (at, interface) in reader.each(&[INTERFACE]) {
        let machine = owner.get(&at).copied();
        let found = elastic.get(&at).or_else(|| machine.and_then(|machine| elastic.get(&machine)));
        let spec = Spec {
            at: machine.unwrap_or(at),
            subnets: interface.get("subnet_id").into_iter().collect(),
            groups: interface.get("security_groups").into_iter().collect(),
            more: added.remove(&at).unwrap_or_default(),
            listens: PortSet::all(),
            // An interface made on its own gets no address from its subnet.
            public: Address::Said(found.cloned().map_or(Public::No, Public::Yes)),
            grouped: true,
        };
        put(aws, reader, fabric, spec);
    }
    for (at, group) in reader.each(&["aws_autoscaling_group", "aws_ec2_fleet", "aws_spot_fleet_request"]) {
        let template = template(reader, group);
        let flag = template.map_or(Flag::Unset, |(_, found)| template_flag(reader, found));
        let public = address(&flag, template.unwrap_or((at, group)), None);
        let groups = template.map(|(_, found)| template_groups(found)).unwrap_or_default();
        let subnets = group.get("vpc_zone_identifier").into_iter().collect();
        put(
            aws,
            reader,
            fabric,
            Spec { at, subnets, groups, more: Vec::new(), listens: PortSet::all(), public, grouped: true },
        );
    }
}

fn address(flag: &Flag, (from, resource): (u32, &Resource), elastic: Option<&Hop>) -> Address {
    if let Some(hop) = elastic {
        return Address::Said(Public::Yes(hop.clone()));
    }
    let key = "associate_public_ip_address";
    let path = if resource.get("network_interfaces").is_some() { "network_interfaces" } else { key };
    let yes = hop(format!("{} asks for a public address ({key})", resource.name), place(resource, path), from);
    match flag {
        Flag::Unset => Address::Subnet,
        flag => Address::Said(public_if(flag, yes, Public::No)),
    }
}

/// The launch template or configuration that something starts machines from.
fn template<'i>(reader: &Reader<'_, 'i>, resource: &Resource) -> Option<(u32, &'i Resource)> {
    const KINDS: [&str; 2] = ["aws_launch_template", "aws_launch_configuration"];
    let paths = [
        "launch_template.id",
        "launch_template.name",
        "launch_configuration",
        "mixed_instances_policy.launch_template.launch_template_specification.launch_template_id",
        "mixed_instances_policy.launch_template.launch_template_specification.launch_template_name",
        "launch_template_config.launch_template_specification.launch_template_id",
    ];
    let at = paths.iter().find_map(|path| reader.one(resource.get(path), &KINDS))?;
    Some((at, reader.resource(at)))
}

fn template_flag(reader: &Reader<'_, '_>, template: &Resource) -> Flag {
    match reader.flag(template, "network_interfaces.associate_public_ip_address") {
        Flag::Unset => reader.flag(template, "associate_public_ip_address"),
        flag => flag,
    }
}

fn template_groups(template: &Resource) -> Vec<&Value> {
    let mut out: Vec<&Value> = Vec::new();
    for block in template.get("network_interfaces").map_or(&[][..], Value::each) {
        out.extend(block.get("security_groups").filter(|value| !value.is_null()));
    }
    for key in ["vpc_security_group_ids", "security_group_names", "security_groups"] {
        out.extend(template.get(key));
    }
    out
}

/// Puts something into its subnets, behind its groups.
pub(super) fn put(aws: &mut Aws, reader: &mut Reader<'_, '_>, fabric: &mut Fabric, spec: Spec<'_>) {
    let resource = reader.resource(spec.at);
    let (mut groups, mut ask): (Vec<Group>, Option<Text>) = (Vec::new(), None);
    groups.extend(spec.more.iter().filter_map(|at| aws.groups.get(at).copied()));
    let mut vpc = None;
    for value in &spec.groups {
        let (targets, choice) = reader.targets(value);
        if choice {
            ask = Some(format!("`{}` has this security group", resource.address).into());
        }
        for target in targets {
            let group = match &target {
                Target::Resource(at, _) if aws.groups.contains_key(at) => aws.groups.get(at).copied(),
                Target::Resource(at, attribute)
                    if attribute.contains("security_group") && VPC.contains(&&*reader.resource(*at).ty) =>
                {
                    let zone = reader.zone_of.get(at).copied();
                    zone.map(|zone| default_group(aws, fabric, zone, value.span, *at))
                }
                Target::Resource(at, attribute) => {
                    let name = format!("{}.{attribute}", reader.resource(*at).address).into();
                    Some(foreign_group(aws, reader, fabric, &name, value.span, spec.at))
                }
                Target::Named(name) => Some(foreign_group(aws, reader, fabric, name, value.span, spec.at)),
            };
            groups.extend(group.filter(|group| !groups.iter().any(|known| known.zone == group.zone)));
        }
    }
    vpc = groups.iter().find_map(|group| group.vpc).or(vpc);
    let mut places: Vec<(u32, Option<u32>)> = Vec::new();
    for value in &spec.subnets {
        subnets(aws, reader, fabric, value, spec.at, &mut vpc, &mut places, 0);
    }
    if places.is_empty() {
        let network = match vpc {
            Some(vpc) => vpc,
            None => aws.default_vpc(reader, fabric, resource.span),
        };
        places.push((network, None));
    }
    for (network, segment) in places {
        let mut groups = groups.clone();
        if groups.is_empty() && spec.grouped {
            groups.push(default_group(aws, fabric, network, resource.span, spec.at));
        }
        let found = segment.and_then(|zone| aws.subnets.get(&zone));
        let mut addresses = match found {
            Some(subnet) => subnet.addresses.clone(),
            None => aws.addresses.get(&network).cloned().unwrap_or_else(inside),
        };
        for key in ["private_ip", "private_ips"] {
            if let Some(value) = resource.get(key).filter(|_| spec.subnets.len() < 2) {
                let exact = reader.blocks(&[Some(value)]);
                if !exact.is_empty() {
                    addresses = AddressSet { v6: addresses.v6, ..exact };
                }
            }
        }
        let mut zones = vec![network];
        zones.extend(segment);
        groups.iter().for_each(|group| push_once(&mut zones, group.zone));
        let (mut ingress, mut egress): (Vec<Vec<u32>>, Vec<Vec<u32>>) = (Vec::new(), Vec::new());
        ingress.extend(found.map(|subnet| subnet.ingress.clone()).unwrap_or_default());
        if !groups.is_empty() {
            ingress.push(groups.iter().map(|group| group.ingress).collect());
            egress.push(groups.iter().map(|group| group.egress).collect());
        }
        egress.extend(found.map(|subnet| subnet.egress.clone()).unwrap_or_default());
        let public = match &spec.public {
            Address::Said(public) => public.clone(),
            Address::Subnet => by_subnet(aws, reader, (spec.at, resource), segment, network),
        };
        let ask = ask.clone().or_else(|| found.and_then(|subnet| subnet.ask.clone()));
        let placed = fabric.network.zone_of.get(spec.at as usize).is_some_and(Option::is_some);
        fabric.join(segment.unwrap_or(network), spec.at, !placed);
        for group in &groups {
            fabric.join(group.zone, spec.at, false);
        }
        fabric.ends.push(End {
            resource: Some(spec.at),
            network: Some(network),
            segment,
            zones,
            addresses,
            ingress,
            egress,
            listens: spec.listens.clone(),
            public,
            ask,
        });
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "subnets are found through groups of subnets, and may be outside the code"
)]
fn subnets(
    aws: &mut Aws,
    reader: &mut Reader<'_, '_>,
    fabric: &mut Fabric,
    value: &Value,
    at: u32,
    vpc: &mut Option<u32>,
    out: &mut Vec<(u32, Option<u32>)>,
    depth: usize,
) {
    for target in reader.targets(value).0 {
        let zone = match &target {
            Target::Resource(found, _) if SUBNET.contains(&&*reader.resource(*found).ty) => {
                reader.zone_of.get(found).copied()
            }
            Target::Resource(found, attribute) => {
                let group = reader.resource(*found);
                if let Some(inner) = group.get("subnet_ids").filter(|_| depth < 4) {
                    subnets(aws, reader, fabric, inner, at, vpc, out, depth + 1);
                    continue;
                }
                let network = network(aws, reader, fabric, vpc, &group.address, value);
                let name = format!("{}.{attribute}", group.address).trim_end_matches('.').into();
                Some(aws.foreign_subnet(reader, fabric, &name, value.span, network, at))
            }
            Target::Named(name) => {
                let network = network(aws, reader, fabric, vpc, name, value);
                Some(aws.foreign_subnet(reader, fabric, name, value.span, network, at))
            }
        };
        if let Some(subnet) = zone.and_then(|zone| aws.subnets.get(&zone)) {
            vpc.get_or_insert(subnet.vpc);
            let found = (subnet.vpc, Some(subnet.zone));
            if !out.contains(&found) {
                out.push(found);
            }
        }
    }
}

/// The network of a subnet that is outside the code: that of the groups, or one of its own.
fn network(
    aws: &mut Aws,
    reader: &mut Reader<'_, '_>,
    fabric: &mut Fabric,
    vpc: &Option<u32>,
    name: &str,
    value: &Value,
) -> u32 {
    match vpc {
        Some(vpc) => *vpc,
        None => aws.foreign_vpc(reader, fabric, &format!("the VPC of {name}").into(), value.span),
    }
}

fn by_subnet(
    aws: &Aws,
    reader: &Reader<'_, '_>,
    (at, resource): (u32, &Resource),
    segment: Option<u32>,
    network: u32,
) -> Public {
    let _ = reader;
    let Some(subnet) = segment.and_then(|zone| aws.subnets.get(&zone)) else {
        let text = format!("{} starts in a default subnet, which gives public addresses", resource.name);
        if aws.default_vpcs.contains(&network) {
            return Public::Yes(hop(text, resource.span, at));
        }
        let ask = format!("{} has a public address", resource.address);
        return Public::Ask(
            hop(format!("the subnet of {} is not in the code", resource.name), resource.span, at),
            ask.into(),
        );
    };
    let unset = Public::Ask(
        hop(
            format!("neither {} nor its subnet says whether it has a public address", resource.name),
            resource.span,
            at,
        ),
        format!(
            "{} has a public address (`map_public_ip_on_launch` is not set; the provider's default is false)",
            resource.address
        )
        .into(),
    );
    match &subnet.maps {
        Flag::Unknown(name) => {
            let ask = format!("subnet `{name}` gives public addresses");
            Public::Ask(subnet.maps_hop.clone(), ask.into())
        }
        flag => public_if(flag, subnet.maps_hop.clone(), unset),
    }
}
