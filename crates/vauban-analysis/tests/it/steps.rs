//! What steps of paths stand on, in small configurations of our own.

use vauban_analysis::Session;
use vauban_analysis::paths::{From, Query};
use vauban_model::finding::AttackPath;

use crate::no_escalation::session;

fn from_internet(session: &Session, to: &str) -> Vec<AttackPath> {
    let from = session.library.library.attacker("internet").map(From::Attacker);
    let to = session.element(to).unwrap_or_else(|| panic!("no {to}"));
    session.paths(&Query { from, to: vec![to], top: 10, ..Query::default() }).paths
}

fn evidence(paths: &[AttackPath]) -> Vec<String> {
    let steps = paths.iter().flat_map(|path| &path.steps);
    steps.flat_map(|step| &step.evidence).map(|piece| format!("{} {}", piece.fact, piece.value)).collect()
}

const NETWORK: &str = r#"
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_internet_gateway" "g" { vpc_id = aws_vpc.v.id }
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.0.0/24"
}
resource "aws_route_table" "r" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
}
resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.s.id
  route_table_id = aws_route_table.r.id
}
"#;

fn machine(sources: &str, more: &str) -> String {
    format!(
        r#"{NETWORK}
{more}
resource "aws_security_group" "web" {{
  vpc_id = aws_vpc.v.id
  ingress {{
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = {sources}
  }}
}}
resource "aws_instance" "web" {{
  ami                         = "ami-1"
  instance_type               = "t3.micro"
  subnet_id                   = aws_subnet.s.id
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.web.id]
}}
"#
    )
}

#[test]
fn an_input_whose_default_only_holds_a_place_is_asked_about() {
    let variable = |default: &str| format!("variable \"office\" {{ default = {default} }}");
    for (text, open) in [
        (machine("var.office", &variable("[\"127.0.0.1/32\"]")), true),
        (machine("[var.office]", &variable("\"127.0.0.1/32\"")), true),
        // Somebody means it when it is written where it is used, or is another address.
        (machine("[\"127.0.0.1/32\"]", ""), false),
        (machine("var.office", &variable("[\"10.1.0.0/16\"]")), false),
    ] {
        let session = session("main.tf", &text);
        let found = from_internet(&session, "aws_instance.web");
        assert_eq!(!found.is_empty(), open, "{text}");
    }
}

#[test]
fn the_way_to_a_function_with_an_open_address_names_the_permission() {
    let text = r#"
resource "aws_lambda_function" "shop" {
  function_name = "shop"
  role          = aws_iam_role.shop.arn
}
resource "aws_lambda_function_url" "shop" {
  function_name      = aws_lambda_function.shop.function_name
  authorization_type = "NONE"
}
resource "aws_iam_role" "shop" {
  name = "shop"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}
"#;
    let open = session("main.tf", text);
    let found = evidence(&from_internet(&open, "aws_iam_role.shop"));
    assert!(found.iter().any(|piece| piece.contains("lambda:InvokeFunctionUrl")), "{found:#?}");
}

#[test]
fn containers_on_machines_of_a_cluster_get_at_the_machines_role() {
    let cluster = |launch: &str| {
        format!(
            r##"{NETWORK}
resource "aws_ecs_cluster" "c" {{ name = "c" }}
resource "aws_launch_template" "t" {{
  name = "t"
  iam_instance_profile {{ name = aws_iam_instance_profile.node.name }}
  user_data = base64encode("#!/bin/sh\necho ECS_CLUSTER=${{aws_ecs_cluster.c.name}} >> /etc/ecs/ecs.config")
}}
resource "aws_autoscaling_group" "nodes" {{
  min_size            = 1
  max_size            = 2
  vpc_zone_identifier = [aws_subnet.s.id]
  launch_template {{ id = aws_launch_template.t.id }}
}}
resource "aws_iam_instance_profile" "node" {{
  name = "node"
  role = aws_iam_role.node.name
}}
resource "aws_iam_role" "node" {{
  name = "node"
  assume_role_policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "ec2.amazonaws.com" }} }}] }})
}}
resource "aws_ecs_service" "shop" {{
  name            = "shop"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.shop.arn
  launch_type     = "{launch}"
}}
resource "aws_ecs_task_definition" "shop" {{
  family = "shop"
  container_definitions = jsonencode([{{ name = "shop", image = "shop:1" }}])
}}
"##
        )
    };
    for (launch, reached) in [("EC2", true), ("FARGATE", false)] {
        let session = session("main.tf", &cluster(launch));
        let from = session.element("aws_ecs_service.shop").map(From::Element);
        let to = session.element("aws_iam_role.node").unwrap();
        let found = session.paths(&Query { from, to: vec![to], top: 5, ..Query::default() }).paths;
        assert_eq!(!found.is_empty(), reached, "{launch}: {:?}", found.first().map(|path| &path.story));
    }
}
