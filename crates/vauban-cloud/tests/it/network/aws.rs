//! Amazon's rules.

use serde_json::{Value as Json, json};

use super::build::Build;

/// A VPC with a public subnet, a private one behind a NAT gateway, and an isolated one.
fn vpc() -> Build {
    Build::new()
        .add("aws_vpc.main", json!({"cidr_block": "10.0.0.0/16"}))
        .add("aws_internet_gateway.gw", json!({"vpc_id": "=aws_vpc.main"}))
        .add("aws_subnet.public", json!({"vpc_id": "=aws_vpc.main", "cidr_block": "10.0.1.0/24", "map_public_ip_on_launch": true}))
        .add("aws_subnet.private", json!({"vpc_id": "=aws_vpc.main", "cidr_block": "10.0.2.0/24", "map_public_ip_on_launch": false}))
        .add("aws_subnet.isolated", json!({"vpc_id": "=aws_vpc.main", "cidr_block": "10.0.3.0/24"}))
        .add("aws_nat_gateway.nat", json!({"subnet_id": "=aws_subnet.public"}))
        .add("aws_route_table.public", json!({"vpc_id": "=aws_vpc.main", "route": [{"cidr_block": "0.0.0.0/0", "gateway_id": "=aws_internet_gateway.gw"}]}))
        .add("aws_route_table.private", json!({"vpc_id": "=aws_vpc.main"}))
        .add("aws_route.nat", json!({"route_table_id": "=aws_route_table.private", "destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": "=aws_nat_gateway.nat"}))
        .add("aws_route_table_association.public", json!({"subnet_id": "=aws_subnet.public", "route_table_id": "=aws_route_table.public"}))
        .add("aws_route_table_association.private", json!({"subnet_id": "=aws_subnet.private", "route_table_id": "=aws_route_table.private"}))
}

fn open(cidr: Json, port: u16) -> Json {
    json!({"vpc_id": "=aws_vpc.main",
        "ingress": [{"from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": cidr}],
        "egress": [{"from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}]})
}

fn machine(subnet: &str, group: &str) -> Json {
    json!({"subnet_id": format!("=aws_subnet.{subnet}"), "vpc_security_group_ids": [format!("=aws_security_group.{group}")]})
}

#[test]
fn a_machine_in_a_public_subnet_is_reached_through_gateway_address_and_group() {
    let built = vpc()
        .add("aws_security_group.web", open(json!(["0.0.0.0/0"]), 443))
        .add("aws_instance.web", machine("public", "web"))
        .ways();
    assert_eq!(built.exposed("aws_instance.web"), ["internet -> web: tcp 443"]);
    let hops = built.hops("internet", "aws_instance.web");
    assert_eq!(
        hops,
        [
            "subnet public gives public addresses",
            "route table public leads 0.0.0.0/0 to an internet gateway",
            "security group web admits 0.0.0.0/0 on tcp 443",
        ]
    );
    let group = built.index("aws_security_group.web");
    let way = built.network.ways.iter().find(|way| built.name(way.from) == "internet").unwrap();
    let rule = way.hops.iter().find(|hop| hop.resource == group).unwrap();
    assert!(rule.span.line > built.inventory.resources[group as usize].span.line, "the rule's own line");
}

#[test]
fn classes_of_subnets_follow_from_routes() {
    let built = vpc().ways();
    assert_eq!(built.class("public"), Some("public"));
    assert_eq!(built.class("private"), Some("private"));
    assert_eq!(built.class("isolated"), Some("isolated"));
}

#[test]
fn nothing_from_the_internet_without_route_group_or_address() {
    let built = vpc()
        .add("aws_security_group.web", open(json!(["0.0.0.0/0"]), 443))
        .add("aws_security_group.unused", open(json!(["0.0.0.0/0"]), 22))
        .add("aws_security_group.closed", json!({"vpc_id": "=aws_vpc.main", "egress": [{"from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}]}))
        .add("aws_instance.private", machine("private", "web"))
        .add("aws_instance.isolated", machine("isolated", "web"))
        .add("aws_instance.closed", machine("public", "closed"))
        .add("aws_instance.unaddressed", json!({"subnet_id": "=aws_subnet.public", "associate_public_ip_address": false, "vpc_security_group_ids": ["=aws_security_group.web"]}))
        .ways();
    assert_eq!(built.lines().iter().filter(|line| line.starts_with("internet")).count(), 0, "{:#?}", built.lines());
    // Everybody in the network still reaches what the group opens to all.
    assert_eq!(built.to("aws_instance.private"), ["zone main -> private: tcp 443"]);
    assert_eq!(built.to("aws_instance.closed"), Vec::<String>::new());
}

#[test]
fn a_range_from_a_variable_is_an_assumption_and_a_small_range_too() {
    let built = vpc()
        .add("aws_security_group.listed", open(json!("?var.cg_whitelist"), 22))
        .add("aws_security_group.single", open(json!(["?var.office"]), 22))
        .add("aws_security_group.office", open(json!(["203.0.113.0/24"]), 22))
        .add("aws_instance.listed", machine("public", "listed"))
        .add("aws_instance.single", machine("public", "single"))
        .add("aws_instance.office", machine("public", "office"))
        .ways();
    assert_eq!(
        built.exposed("aws_instance.listed"),
        ["internet -> listed: tcp 22 (var.cg_whitelist admits the attacker)"]
    );
    assert_eq!(built.exposed("aws_instance.single"), ["internet -> single: tcp 22 (var.office admits the attacker)"]);
    let office = built.exposed("aws_instance.office");
    assert!(
        office.len() == 1 && office[0].contains("203.0.113.0/24") && office[0].contains("admits the attacker"),
        "{office:?}"
    );
}

#[test]
fn what_is_not_set_is_asked_with_the_default_named() {
    let built = vpc()
        .add("aws_subnet.silent", json!({"vpc_id": "=aws_vpc.main", "cidr_block": "10.0.4.0/24"}))
        .add(
            "aws_route_table_association.silent",
            json!({"subnet_id": "=aws_subnet.silent", "route_table_id": "=aws_route_table.public"}),
        )
        .add("aws_security_group.web", open(json!(["0.0.0.0/0"]), 80))
        .add("aws_instance.web", machine("silent", "web"))
        .add("aws_instance.elastic", machine("silent", "web"))
        .add("aws_eip.one", json!({"instance": "=aws_instance.elastic"}))
        .ways();
    let web = built.exposed("aws_instance.web");
    assert!(
        web[0].ends_with("?")
            && web[0].contains("`map_public_ip_on_launch` is not set; the provider's default is false"),
        "{web:?}"
    );
    assert_eq!(built.exposed("aws_instance.elastic"), ["internet -> elastic: tcp 80"]);
}

#[test]
fn a_machine_without_network_is_in_the_default_one_and_public() {
    let built = Build::new()
        .add(
            "aws_security_group.ssh",
            json!({"ingress": [{"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]}),
        )
        .add("aws_instance.old", json!({"vpc_security_group_ids": ["=aws_security_group.ssh"]}))
        .add("aws_instance.bare", json!({}))
        .ways();
    assert_eq!(built.exposed("aws_instance.old"), ["internet -> old: tcp 22"]);
    // The default group admits only its members, not all of the network.
    assert_eq!(built.to("aws_instance.bare"), ["zone default of default VPC -> bare: all"]);
    assert_eq!(built.exposed("aws_instance.bare"), Vec::<String>::new());
}

#[test]
fn groups_speak_of_groups_in_each_notation() {
    let built = vpc()
        .add("aws_security_group.app", json!({"vpc_id": "=aws_vpc.main"}))
        .add("aws_security_group_rule.out", json!({"type": "egress", "security_group_id": "=aws_security_group.app", "from_port": 5432, "to_port": 5432, "protocol": "tcp", "source_security_group_id": "=aws_security_group.db"}))
        .add("aws_security_group.db", json!({"vpc_id": "=aws_vpc.main"}))
        .add("aws_vpc_security_group_ingress_rule.db", json!({"security_group_id": "=aws_security_group.db", "from_port": 5432, "to_port": 5432, "ip_protocol": "tcp", "referenced_security_group_id": "=aws_security_group.app"}))
        .add("aws_security_group.other", json!({"vpc_id": "=aws_vpc.main", "egress": [{"from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}]}))
        .add("aws_instance.app", machine("public", "app"))
        .add("aws_instance.other", machine("public", "other"))
        .add("aws_db_subnet_group.db", json!({"subnet_ids": ["=aws_subnet.private", "=aws_subnet.isolated"]}))
        .add("aws_db_instance.db", json!({"engine": "postgres", "db_subnet_group_name": "=aws_db_subnet_group.db|name", "vpc_security_group_ids": ["=aws_security_group.db"]}))
        .ways();
    assert_eq!(built.to("aws_db_instance.db"), ["zone app -> db: tcp 5432"]);
    assert_eq!(
        built.hops("zone app", "aws_db_instance.db"),
        [
            "security group app lets out to members of db on tcp 5432",
            "security group db admits members of app on tcp 5432",
        ]
    );
}

#[test]
fn a_sender_whose_group_lets_nothing_out_sends_nothing() {
    let built = vpc()
        .add("aws_security_group.mute", json!({"vpc_id": "=aws_vpc.main"}))
        .add("aws_security_group.db", json!({"vpc_id": "=aws_vpc.main", "ingress": [{"from_port": 5432, "to_port": 5432, "protocol": "tcp", "security_groups": ["=aws_security_group.mute"]}]}))
        .add("aws_instance.mute", machine("public", "mute"))
        .add("aws_instance.db", machine("private", "db"))
        .ways();
    assert_eq!(built.to("aws_instance.db"), Vec::<String>::new());
}

#[test]
fn members_reach_each_other_through_self() {
    let built = vpc()
        .add(
            "aws_security_group.mesh",
            json!({"vpc_id": "=aws_vpc.main",
            "ingress": [{"from_port": 0, "to_port": 0, "protocol": "-1", "self": true}],
            "egress": [{"from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}]}),
        )
        .add("aws_instance.a", machine("public", "mesh"))
        .add("aws_instance.b", machine("private", "mesh"))
        .ways();
    assert_eq!(built.lines(), ["zone mesh -> a: all", "zone mesh -> b: all"]);
}

#[test]
fn an_acl_decides_in_the_order_of_its_numbers_and_forgets_connections() {
    let acl = |ingress: Json, egress: Json| {
        vpc()
            .add("aws_security_group.web", open(json!(["0.0.0.0/0"]), 443))
            .add("aws_instance.web", machine("public", "web"))
            .add("aws_network_acl.edge", json!({"vpc_id": "=aws_vpc.main", "subnet_ids": ["=aws_subnet.public"], "ingress": ingress, "egress": egress}))
            .ways()
            .exposed("aws_instance.web")
    };
    let rule = |number: u16, action: &str, from: u16, to: u16| json!({"rule_no": number, "action": action, "protocol": "tcp", "from_port": from, "to_port": to, "cidr_block": "0.0.0.0/0"});
    let answers = json!([rule(100, "allow", 1024, 65535)]);
    assert_eq!(
        acl(json!([rule(200, "deny", 443, 443), rule(100, "allow", 443, 443)]), answers.clone()),
        ["internet -> web: tcp 443"]
    );
    assert_eq!(
        acl(json!([rule(200, "allow", 443, 443), rule(100, "deny", 0, 65535)]), answers.clone()),
        Vec::<String>::new()
    );
    assert_eq!(acl(json!([rule(100, "allow", 80, 80)]), answers), Vec::<String>::new());
    assert_eq!(acl(json!([rule(100, "allow", 443, 443)]), json!([])), Vec::<String>::new());
}

#[test]
fn peering_needs_routes_on_both_sides() {
    let peered = |back: bool| {
        let build = vpc()
            .add("aws_vpc.other", json!({"cidr_block": "10.9.0.0/16"}))
            .add("aws_subnet.other", json!({"vpc_id": "=aws_vpc.other", "cidr_block": "10.9.1.0/24"}))
            .add("aws_route_table.other", json!({"vpc_id": "=aws_vpc.other"}))
            .add("aws_route_table_association.other", json!({"subnet_id": "=aws_subnet.other", "route_table_id": "=aws_route_table.other"}))
            .add("aws_vpc_peering_connection.p", json!({"vpc_id": "=aws_vpc.main", "peer_vpc_id": "=aws_vpc.other"}))
            .add("aws_route.there", json!({"route_table_id": "=aws_route_table.other", "destination_cidr_block": "10.0.0.0/16", "vpc_peering_connection_id": "=aws_vpc_peering_connection.p"}))
            .add("aws_security_group.db", json!({"vpc_id": "=aws_vpc.main", "ingress": [{"from_port": 5432, "to_port": 5432, "protocol": "tcp", "cidr_blocks": ["=aws_vpc.other|cidr_block"]}]}))
            .add("aws_instance.db", machine("private", "db"));
        let build = match back {
            true => build.add("aws_route.back", json!({"route_table_id": "=aws_route_table.private", "destination_cidr_block": "10.9.0.0/16", "vpc_peering_connection_id": "=aws_vpc_peering_connection.p"})),
            false => build,
        };
        build.ways().to("aws_instance.db")
    };
    assert_eq!(peered(true), ["zone other -> db: tcp 5432"]);
    assert_eq!(peered(false), Vec::<String>::new());
}

#[test]
fn a_balancer_passes_on_what_its_target_admits() {
    let balanced = |internal: bool, admitted: &str| {
        vpc()
            .add("aws_security_group.lb", open(json!(["0.0.0.0/0"]), 80))
            .add("aws_security_group.app", json!({"vpc_id": "=aws_vpc.main", "ingress": [{"from_port": 9000, "to_port": 9000, "protocol": "tcp", "security_groups": [format!("=aws_security_group.{admitted}")]}]}))
            .add("aws_security_group.else", json!({"vpc_id": "=aws_vpc.main"}))
            .add("aws_instance.app", machine("private", "app"))
            .add("aws_lb.front", json!({"internal": internal, "subnets": ["=aws_subnet.public"], "security_groups": ["=aws_security_group.lb"]}))
            .add("aws_lb_target_group.app", json!({"port": 9000, "protocol": "HTTP", "vpc_id": "=aws_vpc.main"}))
            .add("aws_lb_listener.http", json!({"load_balancer_arn": "=aws_lb.front|arn", "port": 80, "protocol": "HTTP", "default_action": [{"type": "forward", "target_group_arn": "=aws_lb_target_group.app|arn"}]}))
            .add("aws_lb_target_group_attachment.app", json!({"target_group_arn": "=aws_lb_target_group.app|arn", "target_id": "=aws_instance.app|id", "port": 9000}))
            .ways()
    };
    let open = balanced(false, "lb");
    assert_eq!(open.exposed("aws_lb.front"), ["internet -> front: tcp 80"]);
    assert_eq!(open.exposed("aws_instance.app"), ["internet -> app: tcp 9000"]);
    assert!(open.to("aws_instance.app").contains(&"front -> app: tcp 9000".to_owned()));
    let internal = balanced(true, "lb");
    assert_eq!(internal.exposed("aws_lb.front"), Vec::<String>::new());
    assert_eq!(internal.exposed("aws_instance.app"), Vec::<String>::new());
    // Not from the whole network: what is in group app sends nothing at all.
    assert!(internal.to("aws_instance.app").contains(&"zone isolated -> app: tcp 9000".to_owned()));
    let blocked = balanced(false, "else");
    assert!(
        !blocked.lines().iter().any(|line| line.contains("-> app") && !line.starts_with("zone else")),
        "{:#?}",
        blocked.lines()
    );
}

#[test]
fn machines_of_a_scaling_group_stand_behind_the_template_s_group() {
    let built = vpc()
        .add("aws_security_group.web", open(json!(["0.0.0.0/0"]), 80))
        .add("aws_launch_template.t", json!({"network_interfaces": [{"associate_public_ip_address": true, "security_groups": ["=aws_security_group.web"]}]}))
        .add("aws_autoscaling_group.asg", json!({"vpc_zone_identifier": ["=aws_subnet.public"], "launch_template": [{"id": "=aws_launch_template.t"}]}))
        .ways();
    assert_eq!(built.exposed("aws_autoscaling_group.asg"), ["internet -> asg: tcp 80"]);
}

#[test]
fn public_databases_need_a_route_too() {
    let database = |subnet: &str, public: Json| {
        vpc()
            .add("aws_security_group.db", open(json!(["0.0.0.0/0"]), 3306))
            .add("aws_db_subnet_group.db", json!({"subnet_ids": [format!("=aws_subnet.{subnet}")]}))
            .add("aws_db_instance.db", json!({"engine": "mysql", "publicly_accessible": public, "db_subnet_group_name": "=aws_db_subnet_group.db|name", "vpc_security_group_ids": ["=aws_security_group.db"]}))
            .ways()
            .exposed("aws_db_instance.db")
    };
    assert_eq!(database("public", json!(true)), ["internet -> db: tcp 3306"]);
    assert_eq!(database("private", json!(true)), Vec::<String>::new());
    assert_eq!(database("public", json!(false)), Vec::<String>::new());
    assert_eq!(database("public", json!(null)), Vec::<String>::new());
    assert!(database("public", json!("?var.public"))[0].ends_with("(`var.public` makes it public) ?"));
}

#[test]
fn managed_endpoints_are_on_the_internet_unless_they_say_otherwise() {
    let built = Build::new()
        .add("aws_lambda_function.f", json!({}))
        .add(
            "aws_lambda_function_url.u",
            json!({"function_name": "=aws_lambda_function.f|function_name", "authorization_type": "NONE"}),
        )
        .add("aws_api_gateway_rest_api.open", json!({}))
        .add("aws_api_gateway_rest_api.private", json!({"endpoint_configuration": [{"types": ["PRIVATE"]}]}))
        .add("aws_eks_cluster.default", json!({"vpc_config": [{"subnet_ids": ["?var.subnets"]}]}))
        .add("aws_eks_cluster.office", json!({"vpc_config": [{"public_access_cidrs": ["203.0.113.7/32"]}]}))
        .add("aws_eks_cluster.closed", json!({"vpc_config": [{"endpoint_public_access": false}]}))
        .add("aws_opensearch_domain.open", json!({}))
        .ways();
    assert_eq!(built.exposed("aws_lambda_function.f"), ["internet -> f: tcp 443"]);
    assert_eq!(built.exposed("aws_api_gateway_rest_api.open"), ["internet -> open: tcp 443"]);
    assert_eq!(built.exposed("aws_api_gateway_rest_api.private"), Vec::<String>::new());
    assert_eq!(built.exposed("aws_eks_cluster.default"), ["internet -> default: tcp 443"]);
    assert_eq!(
        built.exposed("aws_eks_cluster.office"),
        ["internet -> office: tcp 443 (`203.0.113.7/32` admits the attacker)"]
    );
    assert_eq!(built.exposed("aws_eks_cluster.closed"), Vec::<String>::new());
    assert_eq!(built.exposed("aws_opensearch_domain.open"), ["internet -> open: tcp 80, tcp 443"]);
}

#[test]
fn an_unknown_port_is_every_port_and_asked() {
    let built = vpc()
        .add("aws_security_group.web", json!({"vpc_id": "=aws_vpc.main", "ingress": [{"from_port": "?var.port", "to_port": "?var.port", "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]}))
        .add("aws_instance.web", machine("public", "web"))
        .ways();
    assert_eq!(built.exposed("aws_instance.web"), ["internet -> web: tcp (`var.port` holds the port) ?"]);
}

#[test]
fn a_tunnel_brings_in_the_network_behind_it() {
    let tunnel = |propagated: bool| {
        let build = vpc()
            .add("aws_vpn_gateway.vgw", json!({"vpc_id": "=aws_vpc.main"}))
            .add("aws_customer_gateway.office", json!({"bgp_asn": 65000}))
            .add("aws_vpn_connection.vpn", json!({"vpn_gateway_id": "=aws_vpn_gateway.vgw", "customer_gateway_id": "=aws_customer_gateway.office", "static_routes_only": true}))
            .add("aws_vpn_connection_route.office", json!({"destination_cidr_block": "192.168.0.0/16", "vpn_connection_id": "=aws_vpn_connection.vpn"}))
            .add("aws_security_group.db", open(json!(["192.168.0.0/16"]), 5432))
            .add("aws_instance.db", machine("private", "db"));
        match propagated {
            true => build.add(
                "aws_vpn_gateway_route_propagation.p",
                json!({"vpn_gateway_id": "=aws_vpn_gateway.vgw", "route_table_id": "=aws_route_table.private"}),
            ),
            false => build,
        }
        .ways()
    };
    let built = tunnel(true);
    assert_eq!(built.to("aws_instance.db"), ["zone network behind office -> db: tcp 5432"]);
    assert_eq!(
        built.hops("zone network behind office", "aws_instance.db")[0],
        "VPN connection vpn joins the network behind office"
    );
    assert!(tunnel(false).to("aws_instance.db")[0].ends_with('?'));
}

#[test]
fn a_group_from_outside_the_code_is_asked() {
    let built = vpc()
        .add("aws_instance.web", json!({"subnet_id": "=aws_subnet.public", "vpc_security_group_ids": ["?var.group"]}))
        .ways();
    let web = built.exposed("aws_instance.web");
    assert_eq!(web, ["internet -> web: all (the rules of `var.group`, which are not in the code, admit it) ?"]);
}

#[test]
fn networks_from_outside_are_kept_together_by_their_name() {
    let built = Build::new()
        .add("aws_security_group.lb", json!({"vpc_id": "?var.vpc", "ingress": [{"from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]}))
        .add("aws_security_group_rule.out", json!({"type": "egress", "security_group_id": "=aws_security_group.lb", "from_port": 8080, "to_port": 8080, "protocol": "tcp", "source_security_group_id": "=aws_security_group.task"}))
        .add("aws_security_group.task", json!({"vpc_id": "?var.vpc", "ingress": [{"from_port": 8080, "to_port": 8080, "protocol": "tcp", "security_groups": ["=aws_security_group.lb"]}]}))
        .add("aws_alb.main", json!({"internal": false, "subnets": ["?var.public"], "security_groups": ["=aws_security_group.lb"]}))
        .add("aws_alb_target_group.main", json!({"port": 80, "protocol": "HTTP", "target_type": "ip"}))
        .add("aws_alb_listener.https", json!({"load_balancer_arn": "=aws_alb.main|id", "port": "443", "protocol": "HTTPS", "default_action": [{"target_group_arn": "=aws_alb_target_group.main|id"}]}))
        .add("aws_ecs_service.app", json!({"network_configuration": [{"security_groups": ["=aws_security_group.task"], "subnets": ["?var.private"]}], "load_balancer": [{"target_group_arn": "=aws_alb_target_group.main|id", "container_port": 8080}]}))
        .ways();
    let front = built.exposed("aws_alb.main");
    assert_eq!(front, ["internet -> main: tcp 443 (subnet `var.public` routes to an internet gateway) ?"]);
    assert!(built.to("aws_ecs_service.app").contains(&"zone lb -> app: tcp 8080".to_owned()), "{:#?}", built.lines());
    assert!(built.to("aws_ecs_service.app").contains(&"main -> app: tcp 8080".to_owned()), "{:#?}", built.lines());
}
