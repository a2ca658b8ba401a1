//! What steps of paths stand on, in small configurations of our own.

use vauban_analysis::paths::{From, Query};
use vauban_analysis::project::{Inputs, load_infrastructure};
use vauban_analysis::{Options, Session, embedded, reading};
use vauban_model::finding::AttackPath;

use crate::laws_support::{LIBRARY, session_of};
use crate::no_escalation::session;

fn from_internet(session: &Session, to: &str) -> Vec<AttackPath> {
    let from = session.library.library.attacker("internet").map(From::Attacker);
    let to = session.element(to).unwrap_or_else(|| panic!("no {to}"));
    session.paths(&Query { from, to: vec![to], top: 10, ..Query::default() }).paths
}

fn from_to(session: &Session, from: &str, to: &str) -> Vec<AttackPath> {
    let from = Some(From::Element(session.element(from).unwrap_or_else(|| panic!("no {from}"))));
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

/// An account of storage with a container, and an application with an identity of its own.
fn storage(access: &str) -> Session {
    let text = format!(
        r#"
resource "azurerm_storage_account" "docs" {{
  name                            = "docs"
  resource_group_name             = "shop"
  location                        = "westeurope"
  allow_nested_items_to_be_public = true
}}
resource "azurerm_storage_container" "docs" {{
  name                  = "docs"
  storage_account_name  = azurerm_storage_account.docs.name
  container_access_type = "{access}"
}}
resource "azurerm_linux_web_app" "app" {{
  name                = "app"
  resource_group_name = "shop"
  location            = "westeurope"
  service_plan_id     = "plan"
  site_config {{}}
  identity {{ type = "SystemAssigned" }}
}}
"#
    );
    session("main.tf", &text)
}

#[test]
fn an_open_container_is_read_directly_and_nobody_on_the_internet_has_bugs_of_ours() {
    let open = storage("container");
    let found = from_internet(&open, "azurerm_storage_account.docs");
    let story = &found.first().expect("a way").story;
    assert!(story.starts_with("An attacker on the internet reaches docs, reads docs"), "{story}");
    assert!(found.iter().all(|path| !path.story.contains("makes internet")), "{found:#?}");
    let closed = storage("private");
    let found = from_internet(&closed, "azurerm_storage_account.docs");
    assert!(found.iter().all(|path| !path.story.contains("asks nobody")), "{found:#?}");
    // The service that hands out tokens of an application asks for what only the application knows.
    let identity = from_internet(&open, "azurerm_linux_web_app.app#identity");
    assert!(identity.iter().all(|path| !path.story.contains("credentials")), "{identity:#?}");
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
    let cluster = |launch: &str, told: &str| {
        format!(
            r##"{NETWORK}
resource "aws_ecs_cluster" "c" {{ name = "c" }}
resource "aws_launch_template" "t" {{
  name = "t"
  iam_instance_profile {{ name = aws_iam_instance_profile.node.name }}
  user_data = base64encode("#!/bin/sh\necho ECS_CLUSTER={told} >> /etc/ecs/ecs.config")
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
    let by_reference = "${aws_ecs_cluster.c.name}";
    for (launch, told, reached) in
        [("EC2", by_reference, true), ("EC2", "c", true), ("EC2", "another", false), ("FARGATE", by_reference, false)]
    {
        let session = session("main.tf", &cluster(launch, told));
        let from = session.element("aws_ecs_service.shop").map(From::Element);
        let to = session.element("aws_iam_role.node").unwrap();
        let found = session.paths(&Query { from, to: vec![to], top: 5, ..Query::default() }).paths;
        assert_eq!(!found.is_empty(), reached, "{launch} {told}: {:?}", found.first().map(|path| &path.story));
    }
}

/// A machine with a service account block that names none, and a bucket in the same project.
fn default_account(more: &str) -> Session {
    let text = format!(
        r#"
resource "google_compute_instance" "web" {{
  name         = "web"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
  boot_disk {{
    initialize_params {{ image = "debian-cloud/debian-12" }}
  }}
  network_interface {{
    network = "default"
  }}
  service_account {{
    scopes = ["cloud-platform"]
  }}
}}
resource "google_storage_bucket" "orders" {{
  name     = "orders"
  location = "EU"
}}
{more}"#
    );
    session("main.tf", &text)
}

fn from_web_to_orders(session: &Session) -> Vec<AttackPath> {
    let find = |address: &str| session.element(address).unwrap_or_else(|| panic!("no {address}"));
    let from = Some(From::Element(find("google_compute_instance.web")));
    let query = Query { from, to: vec![find("google_storage_bucket.orders")], top: 5, ..Query::default() };
    session.paths(&query).paths
}

#[test]
fn the_default_account_of_machines_may_be_editor_until_the_code_says_otherwise() {
    let paths = from_web_to_orders(&default_account(""));
    let [path] = paths.as_slice() else { panic!("{} paths", paths.len()) };
    assert!(path.assumptions.iter().any(|text| text.contains("still has the role Editor")), "{:?}", path.assumptions);

    // Told, it is no assumption.
    let told = r#"
data "google_project" "own" {}
resource "google_project_iam_member" "machines" {
  project = data.google_project.own.project_id
  role    = "roles/storage.admin"
  member  = "serviceAccount:${data.google_project.own.number}-compute@developer.gserviceaccount.com"
}
"#;
    let paths = from_web_to_orders(&default_account(told));
    assert!(paths.iter().any(|path| path.assumptions.is_empty()), "{:?}", paths.first().map(|path| &path.assumptions));

    // Switched off, it has nothing.
    let off = r#"
resource "google_project_default_service_accounts" "own" {
  project = "shop"
  action  = "DEPRIVILEGE"
}
"#;
    assert_eq!(from_web_to_orders(&default_account(off)).len(), 0);
    let off = r#"
resource "google_org_policy_policy" "own" {
  name   = "projects/shop/policies/iam.automaticIamGrantsForDefaultServiceAccounts"
  parent = "projects/shop"
  spec {
    rules { enforce = "TRUE" }
  }
}
"#;
    assert_eq!(from_web_to_orders(&default_account(off)).len(), 0);
    // A policy that is not enforced keeps nobody from anything.
    let lifted = off.replace("TRUE", "FALSE");
    assert_eq!(from_web_to_orders(&default_account(&lifted)).len(), 1);
}

#[test]
fn access_scopes_limit_what_the_default_account_is_good_for() {
    let found = |scopes: &str| {
        let text = format!(
            r#"
resource "google_compute_instance" "web" {{
  project      = "shop"
  name         = "web"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
  network_interface {{ network = "default" }}
  service_account {{ scopes = {scopes} }}
}}
resource "google_storage_bucket" "orders" {{
  project  = "shop"
  name     = "orders"
  location = "EU"
}}
resource "google_bigquery_dataset" "sales" {{
  project    = "shop"
  dataset_id = "sales"
}}
resource "google_pubsub_topic" "news" {{
  project = "shop"
  name    = "news"
}}
"#
        );
        let session = session("main.tf", &text);
        let find = |address: &str| session.element(address).unwrap_or_else(|| panic!("no {address}"));
        let reached = |address: &str| {
            let from = Some(From::Element(find("google_compute_instance.web")));
            let query = Query { from, to: vec![find(address)], top: 5, ..Query::default() };
            let paths = session.paths(&query).paths;
            let leans =
                |path: &AttackPath| path.assumptions.iter().any(|one| one.contains("still has the role Editor"));
            assert!(paths.iter().all(leans), "{scopes} {address}");
            !paths.is_empty()
        };
        ["google_storage_bucket.orders", "google_bigquery_dataset.sales", "google_pubsub_topic.news"].map(reached)
    };
    assert_eq!(found(r#"["cloud-platform"]"#), [true, true, true]);
    assert_eq!(found(r#"["storage-ro", "logging-write"]"#), [true, false, false]);
    assert_eq!(found(r#"["https://www.googleapis.com/auth/bigquery"]"#), [false, true, false]);
    assert_eq!(found(r#"["logging-write", "monitoring-write"]"#), [false, false, false]);
    // A new machine has whatever scopes its maker chooses.
    assert_eq!(found(r#"["compute-rw"]"#), [true, true, true]);
    assert_eq!(found(r#"["compute-ro"]"#), [false, false, false]);
}

#[test]
fn what_names_no_account_runs_as_a_default_account() {
    for ty in [
        "google_cloudfunctions_function",
        "google_cloudfunctions2_function",
        "google_cloud_run_service",
        "google_cloud_run_v2_service",
        "google_dataproc_cluster",
        "google_dataflow_job",
        "google_composer_environment",
        "google_workbench_instance",
    ] {
        let text = format!(
            r#"
resource "{ty}" "web" {{
  project = "shop"
  name    = "web"
}}
resource "google_storage_bucket" "orders" {{
  project  = "shop"
  name     = "orders"
  location = "EU"
}}
"#
        );
        let session = session("main.tf", &text);
        let find = |address: &str| session.element(address).unwrap_or_else(|| panic!("no {address}"));
        let from = Some(From::Element(find(&format!("{ty}.web"))));
        let query = Query { from, to: vec![find("google_storage_bucket.orders")], top: 5, ..Query::default() };
        let paths = session.paths(&query).paths;
        assert!(!paths.is_empty(), "{ty}");
        let leans = |path: &AttackPath| path.assumptions.iter().any(|one| one.contains("still has the role Editor"));
        assert!(paths.iter().all(leans), "{ty}");
    }
}

/// A bucket with a policy that names everybody, and what stands beside `Allow`.
fn public_bucket(condition: &str, more: &str, beside: &str) -> Session {
    let text = format!(
        r#"
resource "aws_s3_bucket" "site" {{ bucket = "site" }}
resource "aws_s3_bucket_public_access_block" "site" {{
  bucket                  = aws_s3_bucket.site.id
  block_public_acls       = false
  block_public_policy     = false
  ignore_public_acls      = false
  restrict_public_buckets = false
}}
resource "aws_s3_bucket_policy" "site" {{
  bucket = aws_s3_bucket.site.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${{aws_s3_bucket.site.arn}}/*"{condition} }},
    {more}
  ] }})
}}
{beside}
"#
    );
    session("main.tf", &text)
}

fn readable_by_anybody(session: &Session) -> bool {
    let page = "public-store-of-unknown-content@aws_s3_bucket.site";
    session.analysis.findings.iter().any(|finding| &*finding.id == page)
}

#[test]
fn a_policy_that_names_everybody_is_weighed_with_its_conditions_and_denials() {
    let when = |condition: &str| readable_by_anybody(&public_bucket(condition, "", ""));
    assert!(when(""));
    // Everybody meets these.
    assert!(when(r#", Condition = { Bool = { "aws:SecureTransport" = "true" } }"#));
    assert!(when(r#", Condition = { IpAddress = { "aws:SourceIp" = "0.0.0.0/0" } }"#));
    assert!(when(r#", Condition = { StringLike = { "aws:Referer" = "https://shop.example/*" } }"#));
    // And these not everybody.
    assert!(!when(r#", Condition = { IpAddress = { "aws:SourceIp" = "203.0.113.0/24" } }"#));
    assert!(!when(r#", Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-1" } }"#));
    assert!(!when(r#", Condition = { StringEquals = { "aws:SourceVpce" = "vpce-1" } }"#));
    let unless = |condition: &str| {
        let deny = format!(
            r#"{{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${{aws_s3_bucket.site.arn}}/*", Condition = {condition} }}"#
        );
        readable_by_anybody(&public_bucket("", &deny, ""))
    };
    assert!(!unless(r#"{ NotIpAddress = { "aws:SourceIp" = "203.0.113.0/24" } }"#));
    assert!(!unless(r#"{ StringNotEquals = { "aws:SourceVpce" = "vpce-1" } }"#));
    // Whoever comes over TLS gets past this one.
    assert!(unless(r#"{ Bool = { "aws:SecureTransport" = "false" } }"#));
}

#[test]
fn what_a_key_of_ones_own_seals_is_open_to_those_whom_the_key_admits() {
    let sealed = |who: &str| {
        let key = format!(
            r#"
resource "aws_kms_key" "site" {{
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Principal = {{ AWS = "{who}" }}, Action = "kms:*", Resource = "*" }},
  ] }})
}}
resource "aws_s3_bucket_server_side_encryption_configuration" "site" {{
  bucket = aws_s3_bucket.site.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.site.arn
    }}
  }}
}}
"#
        );
        readable_by_anybody(&public_bucket("", "", &key))
    };
    assert!(sealed("*"));
    assert!(!sealed("arn:aws:iam::111122223333:root"));
}

#[test]
fn what_everybody_may_do_with_a_bucket_of_google_depends_on_the_role() {
    let found = |role: &str| {
        let text = format!(
            r#"
resource "google_storage_bucket" "b" {{
  name     = "b"
  location = "EU"
}}
resource "google_storage_bucket_iam_member" "all" {{
  bucket = google_storage_bucket.b.name
  role   = "{role}"
  member = "allUsers"
}}
"#
        );
        let session = session("main.tf", &text);
        let has = |page: &str| {
            session.analysis.findings.iter().any(|finding| *finding.id == *format!("{page}@google_storage_bucket.b"))
        };
        (has("public-store-of-unknown-content"), has("store-writable-by-everyone"))
    };
    assert_eq!(found("roles/storage.objectViewer"), (true, false));
    assert_eq!(found("roles/storage.objectCreator"), (false, true));
    assert_eq!(found("roles/storage.objectAdmin"), (true, true));
    assert_eq!(found("roles/storage.hmacKeyAdmin"), (false, false));
}

#[test]
fn a_machine_that_only_lets_administrators_in_takes_no_requests() {
    let role = r#"
resource "aws_iam_role" "web" {
  name               = "web"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_instance_profile" "web" { role = aws_iam_role.web.name }
"#;
    let with = |port: &str| {
        let text = machine(r#"["0.0.0.0/0"]"#, role).replace("443", port).replace(
            r#"instance_type               = "t3.micro""#,
            "instance_type               = \"t3.micro\"\n  iam_instance_profile        = aws_iam_instance_profile.web.name",
        );
        let session = session("main.tf", &text);
        let paths = from_internet(&session, "aws_iam_role.web");
        let protocol = session
            .project
            .model
            .flows
            .iter()
            .find_map(|flow| flow.element.word(vauban_model::vocabulary::fact::PROTOCOL).map(str::to_owned));
        let asked = paths
            .iter()
            .flat_map(|path| &path.steps)
            .any(|step| step.evidence.iter().any(|piece| &*piece.fact == "component.fetches_urls"));
        (protocol, asked)
    };
    assert_eq!(with("443"), (None, true));
    assert_eq!(with("22"), (Some("ssh".to_owned()), false));
    assert_eq!(with("3389"), (Some("rdp".to_owned()), false));
}

#[test]
fn what_an_owner_may_do_in_its_scope_is_told_once() {
    let found = |role: &str| -> Vec<String> {
        let text = format!(
            r#"
resource "azurerm_resource_group" "shop" {{
  name     = "shop"
  location = "westeurope"
}}
resource "azurerm_user_assigned_identity" "builder" {{
  name                = "builder"
  resource_group_name = azurerm_resource_group.shop.name
  location            = "westeurope"
}}
resource "azurerm_role_assignment" "builder" {{
  scope                = azurerm_resource_group.shop.id
  role_definition_name = "{role}"
  principal_id         = azurerm_user_assigned_identity.builder.principal_id
}}
resource "azurerm_linux_virtual_machine" "web" {{
  name                = "web"
  resource_group_name = azurerm_resource_group.shop.name
  location            = "westeurope"
  size                = "Standard_B1s"
}}
resource "azurerm_storage_account" "orders" {{
  name                     = "orders"
  resource_group_name      = azurerm_resource_group.shop.name
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}}
"#
        );
        let session = session("main.tf", &text);
        let all = session.analysis.findings.iter().map(|finding| finding.id.to_string());
        all.filter(|id| id.contains("@azurerm_user_assigned_identity.builder")).collect()
    };
    let owner = found("Owner");
    assert_eq!(owner.iter().filter(|id| id.starts_with("owner-of-scope")).count(), 1, "{owner:?}");
    assert!(!owner.iter().any(|id| id.starts_with("grants-itself")), "{owner:?}");
    assert!(!owner.iter().any(|id| id.starts_with("runs-commands") || id.starts_with("lists-keys")), "{owner:?}");
    let contributor = found("Contributor");
    assert!(contributor.iter().any(|id| id.starts_with("runs-commands-on-virtual-machine")), "{contributor:?}");
    assert!(contributor.iter().any(|id| id.starts_with("lists-keys-of-storage-account")), "{contributor:?}");
}

#[test]
fn firewall_rules_of_templates_open_the_server_they_are_a_part_of() {
    for service in ["MySQL", "PostgreSQL", "MariaDB"] {
        let opened = |end: &str| {
            let text = format!(
                r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
"resources": [
{{"type": "Microsoft.DBfor{service}/servers", "apiVersion": "2017-12-01", "name": "srv", "location": "eastus", "properties": {{"createMode": "Default"}}}},
{{"type": "Microsoft.DBfor{service}/servers/firewallRules", "apiVersion": "2017-12-01", "name": "srv/all", "properties": {{"startIpAddress": "{end}", "endIpAddress": "255.255.255.255"}}}}]}}"#
            );
            let session = session("main.json", &text);
            let flows = session.project.model.flows.iter();
            flows.into_iter().filter(|flow| flow.element.id.starts_with("internet")).count()
        };
        assert_eq!(opened("0.0.0.0"), 1, "{service}");
        assert_eq!(opened("255.255.255.255"), 0, "{service}");
    }
}

#[test]
fn projects_that_are_told_apart_have_default_accounts_of_their_own() {
    let text = |project: &str| {
        format!(
            r#"
variable "a" {{ type = string }}
variable "b" {{ type = string }}
resource "google_compute_instance" "web" {{
  project      = {project}
  name         = "web"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
  boot_disk {{
    initialize_params {{ image = "debian-cloud/debian-12" }}
  }}
  network_interface {{
    network = "default"
  }}
  service_account {{
    scopes = ["cloud-platform"]
  }}
}}
resource "google_storage_bucket" "orders" {{
  project  = var.a
  name     = "orders"
  location = "EU"
}}
resource "google_compute_instance" "other" {{
  project      = var.a
  name         = "other"
  machine_type = "e2-small"
  zone         = "europe-west1-b"
  boot_disk {{
    initialize_params {{ image = "debian-cloud/debian-12" }}
  }}
  network_interface {{
    network = "elsewhere"
  }}
  service_account {{
    scopes = ["cloud-platform"]
  }}
}}
"#
        )
    };
    assert_eq!(from_web_to_orders(&session("main.tf", &text("var.a"))).len(), 1);
    assert_eq!(from_web_to_orders(&session("main.tf", &text("var.b"))).len(), 0);
}

const LET_IN: &str = r#"
resource "aws_s3_bucket" "data" { bucket = "data-of-ours" }
resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Principal = { AWS = "arn:aws:iam::999999999999:root" }, Resource = "${aws_s3_bucket.data.arn}/*" }] })
}
resource "aws_secretsmanager_secret" "s" { name = "s" }
resource "aws_iam_role" "vendor" {
  name = "vendor"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::999999999999:root" } }] })
}
resource "aws_iam_role_policy" "vendor" {
  role   = aws_iam_role.vendor.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.s.arn }] })
}
"#;

#[test]
fn ways_of_another_account_are_found_by_its_number_and_by_its_names() {
    let session = session("main.tf", LET_IN);
    for name in ["999999999999", "arn:aws:iam::999999999999:root", "arn:aws:iam::999999999999:user/x"] {
        let from = session.element(name).unwrap_or_else(|| panic!("nobody is {name}"));
        for to in ["aws_s3_bucket.data", "aws_secretsmanager_secret.s"] {
            let to = session.element(to).unwrap();
            let query = Query { from: Some(From::Element(from)), to: vec![to], top: 5, ..Query::default() };
            let paths = session.paths(&query).paths;
            assert!(!paths.is_empty(), "{name}");
            assert!(
                paths
                    .iter()
                    .all(|path| path.assumptions.iter().any(|text| text.contains("permits it to its principals"))),
                "the other account decides as well"
            );
        }
    }
    assert!(session.element("888888888888").is_none());
}

#[test]
fn a_trust_in_one_other_account_is_one_question_and_no_finding() {
    let session = session("main.tf", LET_IN);
    let model = &session.project.model;
    let about =
        |elements: &[vauban_model::model::ElementRef]| elements.iter().any(|at| model.id(*at) == "999999999999");
    let analysis = &session.analysis;
    assert_eq!(analysis.findings.iter().filter(|finding| about(&finding.elements)).count(), 0);
    let asked: Vec<&str> = analysis
        .questions
        .iter()
        .map(|question| &*question.text)
        .filter(|text| text.contains("999999999999"))
        .collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
}

#[test]
fn whoever_has_a_person_of_the_directory_has_the_permission_set_of_their_group() {
    let assigned = r#"
resource "aws_ssoadmin_permission_set" "admin" {
  name         = "admin"
  instance_arn = "arn:aws:sso:::instance/ssoins-1"
}
resource "aws_ssoadmin_managed_policy_attachment" "admin" {
  instance_arn       = "arn:aws:sso:::instance/ssoins-1"
  managed_policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
  permission_set_arn = aws_ssoadmin_permission_set.admin.arn
}
resource "aws_identitystore_user" "ann" {
  user_name         = "ann"
  identity_store_id = "d-1"
}
resource "aws_identitystore_group" "ops" {
  display_name      = "ops"
  identity_store_id = "d-1"
}
resource "aws_ssoadmin_account_assignment" "ops" {
  instance_arn       = "arn:aws:sso:::instance/ssoins-1"
  permission_set_arn = aws_ssoadmin_permission_set.admin.arn
  principal_id       = aws_identitystore_group.ops.group_id
  principal_type     = "GROUP"
  target_id          = "111122223333"
  target_type        = "AWS_ACCOUNT"
}
"#;
    let member = r#"
resource "aws_identitystore_group_membership" "ann" {
  identity_store_id = "d-1"
  group_id          = aws_identitystore_group.ops.group_id
  member_id         = aws_identitystore_user.ann.user_id
}
"#;
    for (text, found) in [(format!("{assigned}{member}"), true), (assigned.to_owned(), false)] {
        let session = session("main.tf", &text);
        let ann = session.element("aws_identitystore_user.ann").unwrap();
        let query = Query {
            from: Some(From::Element(ann)),
            to: session.accounts(),
            control_only: true,
            top: 3,
            ..Query::default()
        };
        assert_eq!(!session.paths(&query).paths.is_empty(), found);
    }
}

fn from_element(session: &Session, from: &str) -> Vec<AttackPath> {
    let from = session.element(from).map(From::Element);
    session.paths(&Query { from, to: session.accounts(), control_only: true, top: 10, ..Query::default() }).paths
}

const REPLACED: &str = r#"
resource "aws_iam_user" "dev" { name = "dev" }
resource "aws_iam_user_policy" "p" {
  user   = aws_iam_user.dev.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "lambda:UpdateFunctionCode", Resource = "*" }] })
}
resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_role_policy_attachment" "a" {
  role       = aws_iam_role.r.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.r.arn
  handler       = "index.handler"
  runtime       = "python3.13"
  filename      = "x.zip"
}
"#;

#[test]
fn changed_code_runs_when_somebody_calls_it_and_that_is_assumed_where_nobody_is_known_to() {
    let alone = session("alone.tf", REPLACED);
    let paths = from_element(&alone, "aws_iam_user.dev");
    assert!(!paths.is_empty(), "somebody may call it");
    let names = |path: &AttackPath| path.assumptions.iter().any(|text| text.contains("calls f"));
    assert!(paths.iter().all(names), "{:?}", paths[0].assumptions);
    let queue = r#"
resource "aws_sqs_queue" "q" { name = "q" }
resource "aws_lambda_event_source_mapping" "m" {
  event_source_arn = aws_sqs_queue.q.arn
  function_name    = aws_lambda_function.f.arn
}
"#;
    let wired = session("wired.tf", &format!("{REPLACED}{queue}"));
    let paths = from_element(&wired, "aws_iam_user.dev");
    assert!(paths.iter().any(|path| path.assumptions.is_empty()), "a queue calls it");
}

#[test]
fn a_runtime_out_of_support_is_a_finding_and_on_paths_a_hypothesis() {
    let open = r#"
resource "aws_lambda_function_url" "u" {
  function_name      = aws_lambda_function.f.function_name
  authorization_type = "NONE"
}
"#;
    let session = session("old.tf", &format!("{REPLACED}{open}").replace("python3.13", "python3.6"));
    let analysis = &session.analysis;
    assert!(
        analysis
            .findings
            .iter()
            .any(|one| one.id.contains("aws_lambda_function.f") && one.id.starts_with("end-of-life"))
    );
    let paths = from_internet(&session, "aws_iam_role.r");
    assert!(paths.iter().all(|path| !path.assumptions.is_empty()), "{:?}", paths.first().map(|path| &path.story));
    assert!(paths.iter().any(|path| path.story.contains("nobody repairs")));
}

#[test]
fn an_open_port_for_administration_is_a_finding_and_no_way_in_by_itself() {
    let text = machine(r#"["0.0.0.0/0"]"#, "").replace("443", "22");
    let session = session("shell.tf", &text);
    assert!(session.analysis.findings.iter().any(|one| one.id.starts_with("management-port")));
    let paths = from_internet(&session, "aws_instance.web");
    assert!(paths.iter().any(|path| path.story.contains("port for its administration")));
    assert!(paths.iter().all(|path| !path.assumptions.is_empty()));
}

#[test]
fn a_notebook_is_reached_by_a_right_to_open_it_and_not_from_the_internet() {
    let text = r#"
resource "aws_iam_role" "r" {
  name = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "sagemaker.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_role_policy_attachment" "a" {
  role       = aws_iam_role.r.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
resource "aws_sagemaker_notebook_instance" "n" {
  name          = "n"
  role_arn      = aws_iam_role.r.arn
  instance_type = "ml.t3.medium"
}
resource "aws_iam_user" "opener" { name = "opener" }
resource "aws_iam_user_policy" "p" {
  user   = aws_iam_user.opener.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sagemaker:CreatePresignedNotebookInstanceUrl", Resource = "*" }] })
}
"#;
    let session = session("notebook.tf", text);
    assert!(from_internet(&session, "aws_iam_role.r").is_empty());
    assert!(!from_element(&session, "aws_iam_user.opener").is_empty());
}

#[test]
fn who_owns_a_project_is_not_told_that_it_can_make_itself_its_owner() {
    let text = |first: &str, second: &str| {
        format!(
            r#"
resource "google_project" "a" {{
  name       = "a"
  project_id = "proj-a"
}}
resource "google_project" "b" {{
  name       = "b"
  project_id = "proj-b"
}}
resource "google_service_account" "s" {{
  account_id = "s"
  project    = google_project.a.project_id
}}
resource "google_project_iam_member" "m" {{
  project = google_project.a.project_id
  role    = "{first}"
  member  = "serviceAccount:${{google_service_account.s.email}}"
}}
resource "google_project_iam_member" "n" {{
  project = google_project.a.project_id
  role    = "{second}"
  member  = "serviceAccount:${{google_service_account.s.email}}"
}}
"#
        )
    };
    let told = |first: &str, second: &str| {
        let session = session("owner.tf", &text(first, second));
        session.analysis.findings.iter().any(|one| one.id.starts_with("grants-itself-roles-on-project@"))
    };
    let (editor, administrator) = ("roles/editor", "roles/resourcemanager.projectIamAdmin");
    assert!(!told("roles/owner", administrator));
    assert!(told("roles/browser", administrator));
    // An editor owns nothing: that it makes itself the owner is news.
    assert!(told(editor, administrator));
}

#[test]
fn a_signed_interface_is_reached_by_whoever_has_the_right_to_call_it() {
    let text = r#"
resource "aws_api_gateway_rest_api" "api" { name = "api" }
resource "aws_api_gateway_resource" "all" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_rest_api.api.root_resource_id
  path_part   = "all"
}
resource "aws_api_gateway_method" "get" {
  rest_api_id   = aws_api_gateway_rest_api.api.id
  resource_id   = aws_api_gateway_resource.all.id
  http_method   = "GET"
  authorization = "AWS_IAM"
}
resource "aws_iam_user" "caller" { name = "caller" }
resource "aws_iam_user_policy" "caller" {
  user   = aws_iam_user.caller.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "execute-api:Invoke", Resource = "*" }] })
}
resource "aws_iam_user" "other" { name = "other" }
resource "aws_iam_user_policy" "other" {
  user   = aws_iam_user.other.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
"#;
    let session = session("api.tf", text);
    let to = session.element("aws_api_gateway_rest_api.api").unwrap();
    let ways = |from: &str| {
        let from = session.element(from).map(From::Element);
        session.paths(&Query { from, to: vec![to], top: 5, ..Query::default() }).paths
    };
    assert!(!ways("aws_iam_user.caller").is_empty());
    assert!(ways("aws_iam_user.other").is_empty());
}

#[test]
fn a_finding_that_supposes_a_flaw_stands_on_the_path_that_supposes_it() {
    let text = "vauban: 1
system: {name: Shop, criticality: high}
boundaries: {internet: internet, dmz: network}
data: {orders: {classification: restricted}}
components:
  visitor: {technology: browser, in: internet}
  portal: {technology: web-application, in: dmz, end_of_life: yes, stores: [orders]}
flows:
  visitor -> portal: https
";
    let session = session_of(text);
    let finding = session.analysis.findings.iter().find(|one| &*one.id == "end-of-life-component@portal").unwrap();
    let on = |id: &str| session.analysis.paths.iter().find(|path| &*path.id == id).unwrap();
    assert!(!finding.paths.is_empty());
    // That the flaw is known is what nobody said.
    assert!(finding.paths.iter().all(|id| !on(id).assumptions.is_empty()));
}

#[test]
fn whoever_rules_one_account_goes_on_to_what_admits_it_in_another() {
    let text = |trusted: &str| {
        format!(
            r#"
variable "dev_account_id" {{}}
variable "prod_account_id" {{}}
provider "aws" {{ alias = "dev" }}
provider "aws" {{ alias = "prod" }}
resource "aws_iam_user" "boss" {{
  provider = aws.dev
  name     = "boss"
}}
resource "aws_iam_user_policy" "boss" {{
  provider = aws.dev
  name     = "boss"
  user     = aws_iam_user.boss.name
  policy   = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "*", Resource = "*" }}] }})
}}
resource "aws_iam_role" "own" {{
  provider           = aws.dev
  name               = "own"
  assume_role_policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ AWS = aws_iam_user.boss.arn }} }}] }})
}}
resource "aws_iam_role" "audit" {{
  provider           = aws.prod
  name               = "audit"
  assume_role_policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ AWS = "arn:aws:iam::${{var.{trusted}}}:user/boss" }} }}] }})
}}
resource "aws_s3_bucket" "data" {{
  provider = aws.prod
  bucket   = "data-of-prod"
}}
resource "aws_s3_bucket_policy" "data" {{
  provider = aws.prod
  bucket   = aws_s3_bucket.data.id
  policy   = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "s3:GetObject", Principal = {{ AWS = "arn:aws:iam::${{var.{trusted}}}:root" }}, Resource = "${{aws_s3_bucket.data.arn}}/*" }}] }})
}}
"#
        )
    };
    for (trusted, found) in [("dev_account_id", true), ("prod_account_id", false)] {
        let session = session("main.tf", &text(trusted));
        for to in ["aws_iam_role.audit", "aws_s3_bucket.data"] {
            let paths = from_to(&session, "aws_iam_user.boss", to);
            assert_eq!(!paths.is_empty(), found, "{to} with a trust in {trusted}");
        }
        // What lies in the account is no finding of its own.
        let boss = session.element("aws_iam_user.boss").unwrap();
        let own = session.element("aws_iam_role.own").unwrap();
        let told = |finding: &&vauban_model::finding::Finding| {
            finding.elements.contains(&boss) && finding.elements.contains(&own)
        };
        assert_eq!(session.analysis.findings.iter().filter(told).count(), 0);
    }
}

const WRITER: &str = r#"
resource "aws_iam_user" "chief" { name = "chief" }
resource "aws_iam_user_policy_attachment" "chief" {
  user       = aws_iam_user.chief.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
resource "aws_iam_access_key" "chief" { user = aws_iam_user.chief.name }
resource "aws_iam_user" "reader" { name = "reader" }
resource "aws_iam_user_policy" "reader" {
  user   = aws_iam_user.reader.name
  policy = jsonencode({ Statement = [
    { Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.store.arn}/*" },
    { Effect = "Allow", Action = "sns:Subscribe", Resource = aws_sns_topic.news.arn },
  ] })
}
resource "aws_s3_bucket" "store" { bucket = "store-of-keys" }
resource "aws_sns_topic" "news" { name = "news" }
"#;

#[test]
fn a_credential_is_where_commands_put_it() {
    let ways = [
        // Written into a file that is uploaded.
        r#"
resource "null_resource" "file" {
  provisioner "local-exec" {
    command = "touch ../keys.txt && echo ${aws_iam_access_key.chief.id} >> ../keys.txt && echo ${aws_iam_access_key.chief.secret} >>../keys.txt"
  }
}
resource "aws_s3_object" "keys" {
  bucket = aws_s3_bucket.store.id
  key    = "keys.txt"
  source = "../keys.txt"
}
"#,
        // Uploaded by a command.
        r#"
resource "null_resource" "file" {
  provisioner "local-exec" {
    command = <<-EOT
      KEY="${aws_iam_access_key.chief.secret}"
      cat > keys.txt <<EOF
      secret: $KEY
      EOF
      aws s3 cp keys.txt s3://${aws_s3_bucket.store.id}/keys.txt
    EOT
  }
}
"#,
        // Sent by a machine as it starts.
        r#"
resource "aws_instance" "sender" {
  ami           = "ami-1"
  instance_type = "t3.micro"
  user_data     = <<-EOT
    #!/bin/bash
    aws sns publish --topic-arn ${aws_sns_topic.news.arn} --message 'the key; ${aws_iam_access_key.chief.secret}'
  EOT
}
"#,
    ];
    for way in ways {
        let session = session("main.tf", &format!("{WRITER}{way}"));
        assert!(!from_to(&session, "aws_iam_user.reader", "aws_iam_user.chief").is_empty(), "{way}");
    }
    // What is downloaded from the bucket, and what names it beside the key, puts nothing into it.
    let quiet = r#"
resource "null_resource" "file" {
  provisioner "local-exec" {
    command = "echo ${aws_iam_access_key.chief.secret} > keys.txt; aws s3 cp s3://${aws_s3_bucket.store.id}/config config; echo ${aws_sns_topic.news.arn}"
  }
}
"#;
    let session = session("main.tf", &format!("{WRITER}{quiet}"));
    assert!(from_to(&session, "aws_iam_user.reader", "aws_iam_user.chief").is_empty());
}

const GROUPS: &str = r#"
data "azurerm_subscription" "here" {}
resource "azurerm_resource_group" "shop" {
  name     = "shop"
  location = "westeurope"
}
resource "azurerm_management_group" "all" {
  display_name     = "all"
  subscription_ids = [data.azurerm_subscription.here.subscription_id]
}
resource "azuread_user" "start" {
  user_principal_name = "start@example.com"
  display_name        = "start"
}
resource "azurerm_storage_account" "orders" {
  name                     = "orders"
  resource_group_name      = azurerm_resource_group.shop.name
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}
resource "azuread_user" "owner" {
  user_principal_name = "owner@example.com"
  display_name        = "owner"
}
resource "azurerm_role_assignment" "owner" {
  scope                = azurerm_resource_group.shop.id
  role_definition_name = "Owner"
  principal_id         = azuread_user.owner.object_id
}
"#;

#[test]
fn the_owner_of_a_resource_group_controls_it_and_not_the_subscription() {
    let found = |scope: &str, role: &str| {
        let text = format!(
            r#"{GROUPS}
resource "azurerm_role_assignment" "start" {{
  scope                = {scope}
  role_definition_name = "{role}"
  principal_id         = azuread_user.start.object_id
}}
"#
        );
        let session = session("main.tf", &text);
        let from = session.element("azuread_user.start").map(From::Element);
        let ask = |to: Vec<_>, control_only| {
            let query = Query { from, to, control_only, top: 5, ..Query::default() };
            session.paths(&query).paths.iter().any(|path| path.assumptions.is_empty())
        };
        let group = session.element("azurerm_resource_group.shop").unwrap();
        let store = session.element("azurerm_storage_account.orders").unwrap();
        [ask(session.accounts(), true), ask(vec![group], true), ask(vec![store], true)]
    };
    assert_eq!(found("azurerm_resource_group.shop.id", "Owner"), [false, true, true]);
    assert_eq!(found("azurerm_resource_group.shop.id", "User Access Administrator"), [false, true, true]);
    assert_eq!(found("azurerm_resource_group.shop.id", "Reader"), [false, false, false]);
    assert_eq!(found("data.azurerm_subscription.here.id", "Owner"), [true, true, true]);
    assert_eq!(found("azurerm_management_group.all.id", "Owner"), [true, true, true]);
    assert_eq!(found("azurerm_storage_account.orders.id", "Owner")[..2], [false, false]);
}

#[test]
fn whom_a_federated_credential_names_is_the_application() {
    let found = |subject: &str, role: &str| {
        let text = format!(
            r#"
data "azurerm_subscription" "here" {{}}
resource "azuread_application" "ci" {{ display_name = "ci" }}
resource "azuread_service_principal" "ci" {{ client_id = azuread_application.ci.client_id }}
resource "azuread_application_federated_identity_credential" "ci" {{
  application_id = azuread_application.ci.id
  display_name   = "ci"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://token.actions.githubusercontent.com"
  subject        = "{subject}"
}}
resource "azurerm_role_assignment" "ci" {{
  scope                = data.azurerm_subscription.here.id
  role_definition_name = "{role}"
  principal_id         = azuread_service_principal.ci.object_id
}}
"#
        );
        let session = session("main.tf", &text);
        let from = session.element(&format!("{subject} at token.actions.githubusercontent.com")).map(From::Element);
        let query = Query { to: session.accounts(), control_only: true, top: 5, from, ..Query::default() };
        from.map(|_| session.paths(&query).paths.len())
    };
    assert_eq!(found("repo:shop/site:ref:refs/heads/main", "Owner"), Some(1));
    assert_eq!(found("repo:shop/site:ref:refs/heads/main", "Reader"), Some(0));
    // Accounts of clusters are told from the cluster.
    assert_eq!(found("system:serviceaccount:shop:site", "Owner"), None);
}

#[test]
fn a_machine_with_a_password_stays_a_goal() {
    let text = |password: &str| {
        format!(
            r#"
variable "pw" {{ sensitive = true }}
resource "azurerm_virtual_network" "v" {{
  name                = "v"
  location            = "westeurope"
  resource_group_name = "g"
  address_space       = ["10.0.0.0/16"]
}}
resource "azurerm_subnet" "s" {{
  name                 = "s"
  resource_group_name  = "g"
  virtual_network_name = azurerm_virtual_network.v.name
  address_prefixes     = ["10.0.1.0/24"]
}}
resource "azurerm_public_ip" "p" {{
  name                = "p"
  location            = "westeurope"
  resource_group_name = "g"
  allocation_method   = "Static"
}}
resource "azurerm_network_interface" "n" {{
  name                = "n"
  location            = "westeurope"
  resource_group_name = "g"
  ip_configuration {{
    name                          = "c"
    subnet_id                     = azurerm_subnet.s.id
    private_ip_address_allocation = "Dynamic"
    public_ip_address_id          = azurerm_public_ip.p.id
  }}
}}
resource "azurerm_network_security_group" "g" {{
  name                = "nsg"
  location            = "westeurope"
  resource_group_name = "g"
  security_rule {{
    name                       = "ssh"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "22"
    source_address_prefix      = "*"
    destination_address_prefix = "*"
  }}
}}
resource "azurerm_network_interface_security_group_association" "a" {{
  network_interface_id      = azurerm_network_interface.n.id
  network_security_group_id = azurerm_network_security_group.g.id
}}
resource "azurerm_linux_virtual_machine" "vm" {{
  name                            = "vm"
  location                        = "westeurope"
  resource_group_name             = "g"
  size                            = "Standard_B1s"
  admin_username                  = "a"
  {password}
  disable_password_authentication = false
  network_interface_ids           = [azurerm_network_interface.n.id]
  os_disk {{
    caching              = "None"
    storage_account_type = "Standard_LRS"
  }}
}}
"#
        )
    };
    for password in ["", "admin_password = var.pw"] {
        let session = session("main.tf", &text(password));
        let told = session.analysis.paths.iter().any(|path| path.story.contains("port for its administration"));
        assert!(told, "`{password}`: {:?}", session.analysis.paths.iter().map(|path| &path.story).collect::<Vec<_>>());
    }
}

#[test]
fn a_name_means_the_thing_and_not_what_belongs_to_it() {
    let compose = "services:
  web:
    image: shop:1
    environment:
      DATABASE_URL: postgres://shop:${DB_PASSWORD}@db:5432/shop
    depends_on: [db]
  db:
    image: postgres:16
    container_name: shop-db
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD}
";
    let session = session("compose.yaml", compose);
    let meant = session.element("db").map(|element| session.project.model.id(element).to_owned());
    assert_eq!(meant.as_deref(), Some("compose:db"), "{:?}", session.sharing("db"));

    // Two things themselves are told, and the flow to one of them is not.
    let session = session_of(
        "vauban: 1
system: {name: Shop}
identities: {account: {name: Web}}
components:
  visitor: {technology: browser}
  shop: {name: Web, technology: web-application}
flows:
  visitor -> shop: {name: Web, protocol: https}
",
    );
    assert_eq!(session.element("Web"), None);
    assert_eq!(session.sharing("Web"), ["shop", "account"]);
}

#[test]
fn what_code_on_a_caller_reads_on_the_wire_is_said_plainly() {
    let session = session_of(
        "vauban: 1
system: {name: Shop}
data: {orders: {classification: restricted}}
components:
  shop: {technology: web-application}
  base: {technology: database, stores: [orders]}
flows:
  shop -> base: {protocol: sql, carries: [orders]}
",
    );
    let flow = session.project.model.elements(vauban_model::vocabulary::Domain::Flow).next().map(|(at, _)| at).unwrap();
    let from = session.element("shop").map(From::Element);
    let paths = session.paths(&Query { from, to: vec![flow], top: 5, ..Query::default() }).paths;
    let read = paths.iter().find(|path| path.goal.verb == vauban_model::state::Verb::Read);
    let story = read.map(|path| &*path.story).unwrap_or_default();
    assert_eq!(story.matches("reads what").count(), 1, "{paths:#?}");
    assert!(!story.contains("goes on to"), "{story}");
}

#[test]
fn a_goal_out_of_reach_says_how_far_one_gets() {
    let session = session_of(
        "vauban: 1
system: {name: Shop}
data: {plans: {classification: restricted}}
boundaries: {front: network, back: network}
identities: {robot: {kind: service}}
components:
  shop: {technology: web-application, in: front, runs_as: [robot]}
  archive: {technology: file-server, in: back, stores: [plans]}
",
    );
    let (from, to) = (session.element("shop").map(From::Element), session.element("plans").unwrap());
    let answer = session.paths(&Query { from, to: vec![to], top: 5, ..Query::default() });
    assert!(answer.paths.is_empty());
    let said: Vec<&str> =
        answer.nearest_misses.iter().flat_map(|miss| &miss.separated_by).map(|text| &**text).collect();
    assert!(said.iter().any(|text| text.contains("acting as robot")), "{said:?}");
}

#[test]
fn a_pod_that_gets_onto_an_unknown_node_may_get_to_the_cluster() {
    let pod = |rights: &str| {
        let text = format!(
            "apiVersion: v1
kind: Pod
metadata: {{name: tool}}
spec:
  automountServiceAccountToken: false
  containers:
  - name: tool
    image: tool:1
    securityContext: {{privileged: {rights}}}
"
        );
        let session = session("pod.yaml", &text);
        let from = session.element("tool").map(From::Element);
        assert!(from.is_some(), "{:?}", session.sharing("tool"));
        let to = session.accounts();
        session.paths(&Query { from, to, control_only: true, top: 5, ..Query::default() }).paths
    };
    let strong = pod("true");
    assert!(!strong.is_empty());
    assert!(strong.iter().all(|path| !path.assumptions.is_empty()), "nobody said so: {strong:#?}");
    assert!(pod("false").is_empty());
}

#[test]
fn tasks_share_a_machine_where_constraints_let_them() {
    let cluster = |place: &str| {
        format!(
            r##"{NETWORK}
resource "aws_ecs_cluster" "c" {{ name = "c" }}
resource "aws_instance" "a" {{
  ami           = "ami-1"
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.s.id
  user_data     = "#!/bin/sh\necho ECS_CLUSTER=${{aws_ecs_cluster.c.name}} >> /etc/ecs/ecs.config"
}}
resource "aws_instance" "b" {{
  ami           = "ami-1"
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.s.id
  user_data     = "#!/bin/sh\necho ECS_CLUSTER=${{aws_ecs_cluster.c.name}} >> /etc/ecs/ecs.config"
}}
resource "aws_ecs_service" "shop" {{
  name            = "shop"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.shop.arn
  launch_type     = "EC2"
  placement_constraints {{
    type       = "memberOf"
    expression = "ec2InstanceId == ${{aws_instance.a.id}}"
  }}
}}
resource "aws_ecs_task_definition" "shop" {{
  family = "shop"
  container_definitions = jsonencode([{{ name = "shop", image = "shop:1", privileged = true }}])
}}
resource "aws_ecs_service" "safe" {{
  name            = "safe"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.safe.arn
  launch_type     = "EC2"
  {place}
}}
resource "aws_ecs_task_definition" "safe" {{
  family = "safe"
  container_definitions = jsonencode([{{ name = "safe", image = "safe:1" }}])
}}
"##
        )
    };
    let pinned = |machine: &str| {
        format!(
            r#"placement_constraints {{
    type       = "memberOf"
    expression = "ec2InstanceId == ${{aws_instance.{machine}.id}}"
  }}"#
        )
    };
    // By way of the machine: whether anything of it is assumed.
    let ways = |place: &str| -> Vec<bool> {
        let session = session("main.tf", &cluster(place));
        let safe = session.element("aws_ecs_service.safe").unwrap();
        let from = session.element("aws_ecs_service.shop").map(From::Element);
        let paths = session.paths(&Query { from, to: vec![safe], top: 20, ..Query::default() }).paths;
        let onto =
            |path: &&AttackPath| path.steps.iter().any(|step| &*step.consequence == "holds-pod" && step.to == safe);
        paths.iter().filter(onto).map(|path| path.assumptions.is_empty()).collect()
    };
    assert!(ways(&pinned("a")).contains(&true), "both are on one machine");
    assert!(!ways(&pinned("b")).contains(&true), "they are on two");
    let perhaps = ways("");
    assert!(!perhaps.is_empty() && !perhaps.contains(&true), "{perhaps:?}");
}

fn session_of_files(files: &[(&str, &str)]) -> Session {
    let paths: Vec<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
    let inputs = Inputs { model: "case".to_owned(), ..Inputs::default() };
    let mut read = |path: &str| {
        let found = files.iter().find(|(name, _)| path.ends_with(*name));
        found.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| format!("no {path}"))
    };
    let project = load_infrastructure(&inputs, &paths, &reading::Options::default(), false, &LIBRARY, &mut read)
        .unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    Session::new(project, embedded::load(&[]), Options::default())
}

/// A pod of a cluster, and a role whose trust has a condition on the tokens of the cluster.
fn from_pod(account: &str, pod: &str, clients: &str, condition: &str) -> Vec<AttackPath> {
    let code = format!(
        r#"
resource "aws_iam_role" "cluster" {{
  name = "cluster"
  assume_role_policy = jsonencode({{ Statement = [
    {{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "eks.amazonaws.com" }} }},
  ] }})
}}
resource "aws_eks_cluster" "c" {{
  name     = "c"
  role_arn = aws_iam_role.cluster.arn
  vpc_config {{
    subnet_ids             = ["subnet-1", "subnet-2"]
    endpoint_public_access = false
  }}
}}
resource "aws_iam_openid_connect_provider" "o" {{
  url            = aws_eks_cluster.c.identity[0].oidc[0].issuer
  client_id_list = ["{clients}"]
}}
resource "aws_iam_role" "wide" {{
  name = "wide"
  assume_role_policy = jsonencode({{ Statement = [{{
    Effect    = "Allow"
    Action    = "sts:AssumeRoleWithWebIdentity"
    Principal = {{ Federated = aws_iam_openid_connect_provider.o.arn }}
    {condition}
  }}] }})
}}
resource "aws_iam_role_policy_attachment" "wide" {{
  role       = aws_iam_role.wide.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}}
"#
    );
    let objects = format!(
        "apiVersion: v1
kind: ServiceAccount
metadata: {{name: web, namespace: shop{account}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: web, namespace: shop}}
spec: {{serviceAccountName: web, containers: [{{name: w, image: 'shop/web:1'}}]{pod}}}
"
    );
    let session = session_of_files(&[("k8s.yaml", &objects), ("main.tf", &code)]);
    from_to(&session, "k8s:shop/Pod/web", "aws_iam_role.wide")
}

#[test]
fn a_trust_takes_in_every_account_of_a_cluster_that_its_condition_fits() {
    let subject = |operator: &str, subject: &str| {
        let key = r#""${replace(aws_iam_openid_connect_provider.o.url, "https://", "")}:sub""#;
        format!(r#"Condition = {{ {operator} = {{ {key} = "system:serviceaccount:{subject}" }} }}"#)
    };
    let other = ", annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/other'}";
    let sts = "sts.amazonaws.com";
    for condition in [
        subject("StringLike", "shop:*"),
        subject("StringLike", "*:*"),
        subject("StringEquals", "shop:web"),
        String::new(),
    ] {
        let paths = from_pod(other, "", sts, &condition);
        assert!(paths.iter().any(|path| path.assumptions.is_empty()), "{condition}: {paths:#?}");
    }
    for condition in [subject("StringLike", "billing:*"), subject("StringEquals", "shop:*")] {
        assert!(from_pod(other, "", sts, &condition).is_empty(), "{condition}");
    }
}

#[test]
fn a_pod_needs_a_token_for_whom_the_provider_of_identities_asks() {
    let any = "";
    let token = |audience: &str| {
        let source = format!("{{serviceAccountToken: {{path: t, audience: {audience}}}}}");
        format!(", volumes: [{{name: t, projected: {{sources: [{source}]}}}}]")
    };
    let sts = "sts.amazonaws.com";
    assert!(from_pod("", "", sts, any).is_empty(), "the token of every pod is for the cluster alone");
    assert!(!from_pod("", &token(sts), sts, any).is_empty());
    assert!(from_pod("", &token("vault"), sts, any).is_empty());
    assert!(!from_pod("", "", "https://kubernetes.default.svc", any).is_empty(), "the provider takes that one");
}

#[test]
fn whoever_may_call_a_function_may_find_a_bug_in_it() {
    let code = |action: &str| {
        format!(
            r#"
resource "aws_iam_user" "clerk" {{ name = "clerk" }}
resource "aws_iam_user_policy" "clerk" {{
  user   = aws_iam_user.clerk.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "{action}", Resource = "*" }}] }})
}}
resource "aws_iam_role" "orders" {{
  name = "orders"
  assume_role_policy = jsonencode({{ Statement = [
    {{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "lambda.amazonaws.com" }} }},
  ] }})
}}
resource "aws_iam_role_policy" "orders" {{
  role   = aws_iam_role.orders.name
  policy = jsonencode({{ Statement = [
    {{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.s.arn }},
  ] }})
}}
resource "aws_secretsmanager_secret" "s" {{ name = "s" }}
resource "aws_lambda_function" "orders" {{
  function_name = "orders"
  role          = aws_iam_role.orders.arn
  runtime       = "python3.13"
  handler       = "m.h"
  filename      = "m.zip"
}}
"#
        )
    };
    let session = session("main.tf", &code("lambda:InvokeFunction"));
    let paths = from_to(&session, "aws_iam_user.clerk", "aws_secretsmanager_secret.s");
    assert!(!paths.is_empty());
    // Nobody has seen the bug: it is assumed, and no finding.
    assert!(paths.iter().all(|path| !path.assumptions.is_empty()), "{paths:#?}");
    let page = |path: &AttackPath| path.assumptions.iter().any(|text| text.contains("may have a bug"));
    assert!(paths.iter().any(page), "{paths:#?}");
    let without = crate::no_escalation::session("main.tf", &code("lambda:ListFunctions"));
    assert!(from_to(&without, "aws_iam_user.clerk", "aws_secretsmanager_secret.s").is_empty());
}

#[test]
fn a_pipeline_names_its_repository_and_its_project_by_a_text() {
    let code = |repository: &str| {
        format!(
            r#"
locals {{ repository = "shop" }}
resource "aws_iam_user" "dev" {{ name = "dev" }}
resource "aws_iam_user_policy" "dev" {{
  user   = aws_iam_user.dev.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "codecommit:GitPush", Resource = aws_codecommit_repository.shop.arn }}] }})
}}
resource "aws_codecommit_repository" "shop" {{ repository_name = local.repository }}
resource "aws_iam_role" "build" {{
  name = "build"
  assume_role_policy = jsonencode({{ Statement = [
    {{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "codebuild.amazonaws.com" }} }},
  ] }})
}}
resource "aws_codebuild_project" "build" {{
  name         = "build-shop"
  service_role = aws_iam_role.build.arn
  artifacts {{ type = "CODEPIPELINE" }}
  environment {{
    compute_type = "BUILD_GENERAL1_SMALL"
    image        = "aws/codebuild/standard:7.0"
    type         = "LINUX_CONTAINER"
  }}
  source {{ type = "CODEPIPELINE" }}
}}
resource "aws_codepipeline" "p" {{
  name     = "p"
  role_arn = "arn:aws:iam::111122223333:role/pipeline"
  stage {{
    name = "Source"
    action {{
      name          = "Source"
      category      = "Source"
      owner         = "AWS"
      provider      = "CodeCommit"
      version       = "1"
      configuration = {{ RepositoryName = {repository}, BranchName = "main" }}
    }}
  }}
  stage {{
    name = "Build"
    action {{
      name          = "Build"
      category      = "Build"
      owner         = "AWS"
      provider      = "CodeBuild"
      version       = "1"
      configuration = {{ ProjectName = "build-shop" }}
    }}
  }}
}}
"#
        )
    };
    for (repository, runs) in [(r#""shop""#, true), ("local.repository", true), (r#""another""#, false)] {
        let session = session("main.tf", &code(repository));
        let paths = from_to(&session, "aws_iam_user.dev", "aws_iam_role.build");
        assert_eq!(!paths.is_empty(), runs, "{repository}: {paths:#?}");
    }
}

#[test]
fn a_key_of_a_user_for_repositories_is_a_login_and_who_pulls_reads() {
    let code = |public: &str, action: &str| {
        format!(
            r#"
resource "aws_iam_user" "start" {{ name = "start" }}
resource "aws_iam_user_policy" "start" {{
  user   = aws_iam_user.start.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = ["ssm:GetParameter"], Resource = "*" }}] }})
}}
resource "tls_private_key" "k" {{ algorithm = "RSA" }}
resource "tls_private_key" "other" {{ algorithm = "RSA" }}
resource "aws_ssm_parameter" "k" {{
  name  = "k"
  type  = "SecureString"
  value = tls_private_key.k.private_key_pem
}}
resource "aws_iam_user" "git" {{ name = "git" }}
resource "aws_iam_user_ssh_key" "git" {{
  username   = aws_iam_user.git.name
  encoding   = "SSH"
  public_key = tls_private_key.{public}.public_key_openssh
}}
resource "aws_codecommit_repository" "shop" {{ repository_name = "shop" }}
resource "aws_iam_user_policy" "git" {{
  user   = aws_iam_user.git.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "{action}", Resource = aws_codecommit_repository.shop.arn }}] }})
}}
"#
        )
    };
    for (public, action, reads) in [
        ("k", "codecommit:GitPull", true),
        ("other", "codecommit:GitPull", false),
        ("k", "codecommit:GetRepository", false),
    ] {
        let session = session("main.tf", &code(public, action));
        let paths = from_to(&session, "aws_iam_user.start", "aws_codecommit_repository.shop");
        assert_eq!(!paths.is_empty(), reads, "{public} {action}: {paths:#?}");
    }
}

#[test]
fn an_account_of_a_cluster_answers_for_its_role_where_the_action_is_the_clouds() {
    let code = r#"
resource "aws_s3_bucket" "invoices" { bucket = "shop-invoices" }
resource "aws_iam_role" "orders" {
  name = "orders"
  assume_role_policy = jsonencode({ Statement = [{
    Effect    = "Allow"
    Action    = "sts:AssumeRoleWithWebIdentity"
    Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A" }
    Condition = { StringLike = { "oidc.eks.eu-west-1.amazonaws.com/id/A:sub" = "system:serviceaccount:shop:*" } }
  }] })
}
resource "aws_iam_role_policy" "orders" {
  role   = aws_iam_role.orders.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.invoices.arn}/*" }] })
}
"#;
    let objects = "apiVersion: v1
kind: ServiceAccount
metadata: {name: orders, namespace: shop, annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/orders'}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: plain, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: orders, namespace: shop}
spec: {serviceAccountName: orders, containers: [{name: o, image: 'shop/orders:1'}]}
";
    let session = session_of_files(&[("k8s.yaml", objects), ("main.tf", code)]);
    let bucket = Some("aws_s3_bucket.invoices");
    for who in ["k8s:shop/ServiceAccount/orders", "k8s:shop/Pod/orders"] {
        let answers = session.can(who, "s3:GetObject", bucket).unwrap_or_else(|error| panic!("{who}: {error:?}"));
        let told: Vec<(&str, &str)> = answers.iter().map(|one| (&*one.who, one.answer)).collect();
        assert_eq!(told, [("aws_iam_role.orders", "allowed")], "{who}");
        // What the cluster decides is still asked of the account.
        let answers = session.can(who, "list secrets", None).unwrap_or_else(|error| panic!("{who}: {error:?}"));
        let told: Vec<(&str, &str)> = answers.iter().map(|one| (&*one.who, one.answer)).collect();
        assert_eq!(told, [("k8s:shop/ServiceAccount/orders", "denied")], "{who}");
    }
    assert!(session.can("k8s:shop/ServiceAccount/plain", "s3:GetObject", bucket).is_err(), "it has no role");
}
