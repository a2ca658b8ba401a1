//! Configuration, plan and state of one system in one folder are one system.

use std::collections::BTreeSet;

use vauban_infrastructure::{Options, Output};
use vauban_model::resource::{Mode, Resource, Source, ValueKind};

use crate::support::read_folder;

const CODE: &str = r#"
variable "env" {}
variable "people" {}
variable "open" {
  default = ["10.0.0.0/8"]
}

resource "aws_s3_bucket" "data" {
  bucket = "acme-${var.env}-data"
}

resource "aws_iam_role_policy" "read" {
  role   = "app"
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.data.arn}/*" }]
  })
}

resource "aws_security_group" "web" {
  name = "web"
  ingress {
    from_port   = 443
    to_port     = 443
    cidr_blocks = var.open
  }
}

resource "aws_iam_user" "people" {
  for_each = toset(var.people)
  name     = each.key
}

resource "aws_iam_access_key" "of" {
  user = aws_iam_user.people["bilbo"].name
}

resource "aws_iam_group_membership" "all" {
  users = [for one in aws_iam_user.people : one.name]
}

module "net" {
  source = "registry.example/net/aws"
}
"#;

/// A plan of it, with values that only whoever ran it knew.
const PLAN: &str = r#"{
  "format_version": "1.2", "terraform_version": "1.11.4",
  "planned_values": {"root_module": {"resources": [
    {"address": "aws_s3_bucket.data", "mode": "managed", "type": "aws_s3_bucket", "name": "data",
     "values": {"bucket": "acme-prod-data", "force_destroy": false, "tags": null}},
    {"address": "aws_iam_role_policy.read", "mode": "managed", "type": "aws_iam_role_policy", "name": "read",
     "values": {"role": "app"}},
    {"address": "aws_security_group.web", "mode": "managed", "type": "aws_security_group", "name": "web",
     "values": {"name": "web", "ingress": [{"from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}]}},
    {"address": "aws_iam_user.people[\"bilbo\"]", "mode": "managed", "type": "aws_iam_user", "name": "people", "index": "bilbo",
     "values": {"name": "bilbo"}},
    {"address": "aws_iam_user.people[\"frodo\"]", "mode": "managed", "type": "aws_iam_user", "name": "people", "index": "frodo",
     "values": {"name": "frodo"}},
    {"address": "aws_iam_access_key.of", "mode": "managed", "type": "aws_iam_access_key", "name": "of",
     "values": {"user": "bilbo"}},
    {"address": "aws_iam_group_membership.all", "mode": "managed", "type": "aws_iam_group_membership", "name": "all",
     "values": {"users": ["bilbo", "frodo"]}}
   ],
   "child_modules": [{"address": "module.net", "resources": [
    {"address": "module.net.aws_vpc.this", "mode": "managed", "type": "aws_vpc", "name": "this",
     "values": {"cidr_block": "10.1.0.0/16"}}]}]
  }},
  "resource_changes": [
    {"address": "aws_iam_role_policy.read", "change": {"actions": ["create"], "after": {"role": "app"}, "after_unknown": {"policy": true}}}
  ]
}"#;

/// Its state, in which somebody also made a queue by hand.
const STATE: &str = r#"{
  "version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "x",
  "resources": [
    {"mode": "managed", "type": "aws_s3_bucket", "name": "data", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
     "instances": [{"attributes": {"bucket": "acme-old-data", "arn": "arn:aws:s3:::acme-old-data"}}]},
    {"mode": "managed", "type": "aws_sqs_queue", "name": "byhand", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
     "instances": [{"attributes": {"name": "byhand"}}]}
  ]
}"#;

fn read(files: &[(&str, &str)]) -> Output {
    read_folder(files, &Options::default())
}

fn addresses(output: &Output) -> Vec<String> {
    let mut all: Vec<String> = output.inventory.resources.iter().map(|one| one.address.to_string()).collect();
    all.sort();
    all
}

fn find<'a>(output: &'a Output, address: &str) -> &'a Resource {
    let mut found = output.inventory.resources.iter().filter(|resource| &*resource.address == address);
    let first = found.next().unwrap_or_else(|| panic!("no `{address}` among {:?}", addresses(output)));
    assert!(found.next().is_none(), "`{address}` occurs twice");
    first
}

fn says(output: &Output, code: &str) -> bool {
    output.diagnostics.iter().any(|one| one.code == code)
}

#[test]
fn code_and_plan_in_one_folder_are_one_resource_each() {
    let both = read(&[("main.tf", CODE), ("plan.json", PLAN)]);
    let plan = read(&[("plan.json", PLAN)]);
    assert_eq!(addresses(&both), addresses(&plan), "the plan knows every instance");
    assert_eq!(addresses(&both).iter().collect::<BTreeSet<_>>().len(), both.inventory.resources.len());
    assert!(says(&both, "told-together"), "{:?}", both.diagnostics);
    assert!(!says(&plan, "told-together"));
}

#[test]
fn values_are_the_plans_and_places_the_codes() {
    let both = read(&[("main.tf", CODE), ("plan.json", PLAN)]);
    let code = read(&[("main.tf", CODE)]);
    let bucket = find(&both, "aws_s3_bucket.data");
    assert_eq!(bucket.source, Source::Terraform);
    assert_eq!(bucket.text("bucket"), Some("acme-prod-data"), "not known in code");
    let (name, written) =
        (bucket.get("bucket").unwrap(), find(&code, "aws_s3_bucket.data").get("bucket").unwrap().span);
    assert_eq!(name.span, written);
    let via = name.via.as_ref().expect("where it came from");
    assert_eq!((&*via.name, via.span.file.0), ("plan", 1));
    let open = find(&both, "aws_security_group.web").get("ingress.cidr_blocks.0").unwrap();
    assert_eq!(open.as_text(), Some("0.0.0.0/0"), "planned with another value than the default");
    // What only the provider's default says comes along.
    assert_eq!(bucket.get("force_destroy").and_then(|value| value.as_bool()), Some(false));
}

#[test]
fn references_of_the_code_stay() {
    let both = read(&[("main.tf", CODE), ("plan.json", PLAN)]);
    let mut found = Vec::new();
    let policy = find(&both, "aws_iam_role_policy.read").get("policy").unwrap();
    policy.references(&mut |reference, _| found.push(reference.address.to_string()));
    assert_eq!(found, ["aws_s3_bucket.data"]);
    assert!(matches!(policy.kind, ValueKind::Document(_)));
}

#[test]
fn instances_that_the_code_cannot_count_are_the_plans() {
    let code = read(&[("main.tf", CODE)]);
    assert!(find(&code, "aws_iam_user.people[*]").many);
    let both = read(&[("main.tf", CODE), ("plan.json", PLAN)]);
    for name in ["bilbo", "frodo"] {
        let user = find(&both, &format!("aws_iam_user.people[\"{name}\"]"));
        assert_eq!((user.text("name"), user.many), (Some(name), false));
        assert_eq!(user.span, find(&code, "aws_iam_user.people[*]").span);
    }
    // Nothing refers to the pattern any more.
    let known: BTreeSet<String> = addresses(&both).into_iter().collect();
    for resource in &both.inventory.resources {
        resource.attributes.references(&mut |reference, _| {
            assert!(known.contains(&*reference.address), "{} refers to {}", resource.address, reference.address);
        });
    }
}

#[test]
fn a_module_that_is_not_at_hand_is_what_the_plan_has_in_it() {
    let code = read(&[("main.tf", CODE)]);
    assert_eq!(find(&code, "module.net").mode, Mode::Opaque);
    let both = read(&[("main.tf", CODE), ("plan.json", PLAN)]);
    assert!(addresses(&both).contains(&"module.net.aws_vpc.this".to_owned()));
    assert!(!addresses(&both).contains(&"module.net".to_owned()));
}

#[test]
fn the_state_fills_after_the_plan_and_what_only_it_has_is_said() {
    let all = read(&[("main.tf", CODE), ("plan.json", PLAN), ("terraform.tfstate", STATE)]);
    let bucket = find(&all, "aws_s3_bucket.data");
    assert_eq!(bucket.text("bucket"), Some("acme-prod-data"), "the plan is newer");
    assert_eq!(bucket.text("arn"), Some("arn:aws:s3:::acme-old-data"), "only the state knows");
    find(&all, "aws_sqs_queue.byhand");
    assert!(says(&all, "state-only"), "{:?}", all.diagnostics);
    let two = read(&[("main.tf", CODE), ("terraform.tfstate", STATE)]);
    assert_eq!(find(&two, "aws_s3_bucket.data").text("bucket"), Some("acme-old-data"), "not known in code");
    assert!(says(&two, "state-only"));
    let without_code = read(&[("plan.json", PLAN), ("terraform.tfstate", STATE)]);
    assert_eq!(find(&without_code, "aws_s3_bucket.data").text("bucket"), Some("acme-prod-data"));
}

#[test]
fn a_plan_of_a_root_below_is_joined_there() {
    let other = "resource \"aws_sqs_queue\" \"q\" {\n  name = \"q\"\n}\n";
    let both = read(&[("live/a/main.tf", CODE), ("live/b/main.tf", other), ("live/a/tfplan.json", PLAN)]);
    assert_eq!(find(&both, "live/a:aws_s3_bucket.data").text("bucket"), Some("acme-prod-data"));
    assert!(!addresses(&both).contains(&"aws_s3_bucket.data".to_owned()));
    find(&both, "live/a:module.net.aws_vpc.this");
    find(&both, "live/b:aws_sqs_queue.q");
}

#[test]
fn systems_that_share_nothing_and_plans_of_two_environments_stay_apart() {
    let other = "resource \"aws_sqs_queue\" \"q\" {\n  name = \"q\"\n}\n";
    let apart = read(&[("main.tf", other), ("elsewhere/plan.json", PLAN)]);
    assert!(!says(&apart, "told-together"));
    let several = read(&[("main.tf", CODE), ("dev.json", PLAN), ("prod.json", PLAN)]);
    assert!(!says(&several, "told-together"));
    find(&several, "aws_iam_user.people[*]");
    find(&several, "dev:aws_s3_bucket.data");
    find(&several, "prod:aws_s3_bucket.data");
}
