//! Snapshots, inventories and exports give the rights and networks that code gives.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use vauban_cloud::lower::Lowered;
use vauban_cloud::permissions::Answer::{Allowed, Denied, Unknown};
use vauban_infrastructure::Options;
use vauban_model::resource::Inventory;

use crate::catalogue::catalogue;
use crate::lower::lowered;
use crate::world::{World, inventory, with};

fn read(name: &str, text: &str) -> Inventory {
    inventory(&BTreeMap::from([(name.to_owned(), text.to_owned())]), &Options::default())
}

fn ask(name: &str, text: &str, check: impl FnOnce(&World<'_>)) {
    let mut inventory = read(name, text);
    catalogue().canonicalise(&mut inventory);
    with(&inventory, check);
}

/// Flows as pairs of names.
fn flows(lowered: &Lowered) -> BTreeSet<(String, String)> {
    let name = |at: u32| lowered.model.components[at as usize].element.name.to_string();
    lowered.model.flows.iter().map(|flow| (name(flow.source), name(flow.target))).collect()
}

fn encoded(statements: &str) -> String {
    format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statements}]}}").bytes().fold(
        String::new(),
        |mut out, byte| {
            let _ = write!(out, "%{byte:02X}");
            out
        },
    )
}

const OWN: &str = "arn:aws:iam::123456789012";

fn item(ty: &str, id: &str, arn: &str, rest: &str) -> String {
    format!(
        r#"{{"configurationItemStatus": "OK", "awsAccountId": "123456789012", "awsRegion": "eu-west-1", "resourceType": "{ty}", "resourceId": "{id}", "resourceName": "{id}", "ARN": "{arn}", {rest}}}"#
    )
}

fn snapshot(items: &[String]) -> String {
    format!(r#"{{"fileVersion": "1.0", "configSnapshotId": "s", "configurationItems": [{}]}}"#, items.join(",\n"))
}

fn user(name: &str, rest: &str) -> String {
    item(
        "AWS::IAM::User",
        name,
        &format!("{OWN}:user/{name}"),
        &format!(r#""configuration": {{"userName": "{name}"{rest}}}"#),
    )
}

#[test]
fn users_of_a_snapshot_have_what_they_their_policies_and_their_groups_allow() {
    let own = encoded(r#"{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"}"#);
    let (old, new) = (
        encoded(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#),
        encoded(r#"{"Effect": "Allow", "Action": "iam:SetDefaultPolicyVersion", "Resource": "*"}"#),
    );
    let limit = encoded(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#);
    let text = snapshot(&[
        user(
            "bob",
            &format!(r#", "userPolicyList": [{{"policyName": "p", "policyDocument": "{own}"}}], "groupList": ["ops"]"#),
        ),
        user("eve", r#", "groupList": ["elsewhere"]"#),
        user(
            "admin",
            r#", "attachedManagedPolicies": [{"policyName": "AdministratorAccess", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]"#,
        ),
        user(
            "held",
            &format!(
                r#", "attachedManagedPolicies": [{{"policyName": "AdministratorAccess", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}}],
                   "permissionsBoundary": {{"permissionsBoundaryType": "PermissionsBoundaryPolicy", "permissionsBoundaryArn": "{OWN}:policy/limit"}}"#
            ),
        ),
        item(
            "AWS::IAM::Group",
            "ops",
            &format!("{OWN}:group/ops"),
            &format!(
                r#""configuration": {{"groupName": "ops", "attachedManagedPolicies": [{{"policyName": "own", "policyArn": "{OWN}:policy/own"}}]}}"#
            ),
        ),
        item(
            "AWS::IAM::Policy",
            "own",
            &format!("{OWN}:policy/own"),
            &format!(
                r#""configuration": {{"policyName": "own", "arn": "{OWN}:policy/own", "defaultVersionId": "v2", "policyVersionList": [
                   {{"document": "{old}", "versionId": "v1", "isDefaultVersion": false}}, {{"document": "{new}", "versionId": "v2", "isDefaultVersion": true}}]}}"#
            ),
        ),
        item(
            "AWS::IAM::Policy",
            "limit",
            &format!("{OWN}:policy/limit"),
            &format!(
                r#""configuration": {{"policyName": "limit", "arn": "{OWN}:policy/limit", "policyVersionList": [{{"document": "{limit}", "versionId": "v1", "isDefaultVersion": true}}]}}"#
            ),
        ),
    ]);
    ask("config.json", &text, |world| {
        let of = |name: &str| format!("{OWN}:user/{name}");
        assert_eq!(world.can(&of("bob"), "iam:CreateAccessKey", "*"), Allowed, "its own policy");
        assert_eq!(world.can(&of("bob"), "iam:SetDefaultPolicyVersion", &format!("{OWN}:policy/own")), Allowed);
        assert_eq!(world.can(&of("bob"), "s3:GetObject", "*"), Denied, "the first version is not in force");
        assert_eq!(world.can(&of("eve"), "s3:GetObject", "*"), Unknown, "what its group allows is not there");
        assert_eq!(world.can(&of("admin"), "s3:GetObject", "*"), Allowed);
        assert_eq!(world.can(&of("held"), "s3:GetObject", "*"), Allowed);
        assert_eq!(world.can(&of("held"), "iam:CreateAccessKey", "*"), Denied, "the boundary");
    });
}

#[test]
fn buckets_and_functions_of_a_snapshot_answer_whom_their_policies_name() {
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    let bucket = |name: &str, block: bool| {
        item(
            "AWS::S3::Bucket",
            name,
            &format!("arn:aws:s3:::{name}"),
            &format!(
                r#""configuration": {{"name": "{name}"}}, "supplementaryConfiguration": {{"BucketPolicy": {{"policyText":
                   "{{\"Statement\": [{{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::{name}/*\"}}]}}"}},
                   "PublicAccessBlockConfiguration": {{"blockPublicPolicy": {block}, "restrictPublicBuckets": {block}}}}}"#
            ),
        )
    };
    let text = snapshot(&[
        bucket("open", false),
        bucket("shut", true),
        item(
            "AWS::Lambda::Function",
            "f",
            function,
            &format!(
                r#""configuration": {{"functionName": "f", "functionArn": "{function}"}}, "supplementaryConfiguration": {{"Policy":
                   "\"{{\\\"Statement\\\": [{{\\\"Sid\\\": \\\"all\\\", \\\"Effect\\\": \\\"Allow\\\", \\\"Principal\\\": \\\"*\\\", \\\"Action\\\": \\\"lambda:InvokeFunction\\\", \\\"Resource\\\": \\\"{function}\\\"}}]}}\""}}"#
            ),
        ),
    ]);
    ask("config.json", &text, |world| {
        assert_eq!(world.anyone("s3:GetObject", "arn:aws:s3:::open"), Allowed);
        assert_eq!(world.anyone("s3:GetObject", "arn:aws:s3:::shut"), Denied);
        assert_eq!(world.anyone("lambda:InvokeFunction", function), Allowed);
    });
}

#[test]
fn a_machine_of_a_snapshot_is_reached_where_its_subnet_leads_and_its_groups_admit() {
    let of = |kind: &str, id: &str| format!("arn:aws:ec2:eu-west-1:123456789012:{kind}/{id}");
    let machine = |id: &str, subnet: &str, group: &str, address: &str| {
        item(
            "AWS::EC2::Instance",
            id,
            &of("instance", id),
            &format!(
                r#""configuration": {{"instanceId": "{id}", "subnetId": "{subnet}", "vpcId": "vpc-1", {address} "state": {{"name": "running"}}, "securityGroups": [{{"groupId": "{group}"}}]}}"#
            ),
        )
    };
    let group = |id: &str, from: &str| {
        item(
            "AWS::EC2::SecurityGroup",
            id,
            &of("security-group", id),
            &format!(
                r#""configuration": {{"groupId": "{id}", "groupName": "{id}", "vpcId": "vpc-1", "ipPermissions": [{{"fromPort": 22, "toPort": 22, "ipProtocol": "tcp", {from}}}],
                   "ipPermissionsEgress": [{{"ipProtocol": "-1", "ipv4Ranges": [{{"cidrIp": "0.0.0.0/0"}}]}}]}}"#
            ),
        )
    };
    let table = |id: &str, routes: &str, associations: &str| {
        item(
            "AWS::EC2::RouteTable",
            id,
            &of("route-table", id),
            &format!(
                r#""configuration": {{"routeTableId": "{id}", "vpcId": "vpc-1", "routes": [{{"destinationCidrBlock": "10.0.0.0/16", "gatewayId": "local"}}{routes}], "associations": [{associations}]}}"#
            ),
        )
    };
    let subnet = |id: &str, block: &str| {
        item(
            "AWS::EC2::Subnet",
            id,
            &of("subnet", id),
            &format!(r#""configuration": {{"subnetId": "{id}", "vpcId": "vpc-1", "cidrBlock": "{block}"}}"#),
        )
    };
    let address = r#""publicIpAddress": "54.1.2.3","#;
    let world = r#""ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}]"#;
    let text = snapshot(&[
        item(
            "AWS::EC2::VPC",
            "vpc-1",
            &of("vpc", "vpc-1"),
            r#""configuration": {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/16"}"#,
        ),
        item(
            "AWS::EC2::InternetGateway",
            "igw-1",
            &of("internet-gateway", "igw-1"),
            r#""configuration": {"attachments": [{"vpcId": "vpc-1"}]}"#,
        ),
        table(
            "rtb-1",
            r#", {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}"#,
            r#"{"main": false, "subnetId": "subnet-a"}"#,
        ),
        table("rtb-2", "", r#"{"main": true}"#),
        subnet("subnet-a", "10.0.1.0/24"),
        subnet("subnet-b", "10.0.2.0/24"),
        group("sg-open", world),
        group("sg-inner", r#""userIdGroupPairs": [{"groupId": "sg-open"}]"#),
        machine("i-front", "subnet-a", "sg-open", address),
        machine("i-hidden", "subnet-b", "sg-open", address),
        machine("i-inner", "subnet-a", "sg-inner", address),
    ]);
    let lowered = lowered(&mut read("config.json", &text), false);
    let found = flows(&lowered);
    let reached = |name: &str| found.contains(&("internet".to_owned(), name.to_owned()));
    assert!(reached("i-front"), "{found:?}");
    assert!(!reached("i-hidden"), "its subnet has no way to the internet: {found:?}");
    assert!(!reached("i-inner"), "only members of the other group are let in: {found:?}");
}

/// The same system as code and as an inventory.
const CODE: &str = r#"
provider "google" { project = "acme" }
resource "google_service_account" "web" { account_id = "web" }
resource "google_service_account" "deployer" { account_id = "deployer" }
resource "google_compute_network" "prod" {
  name                    = "prod"
  auto_create_subnetworks = false
}
resource "google_compute_subnetwork" "s1" {
  name          = "s1"
  ip_cidr_range = "10.0.0.0/24"
  network       = google_compute_network.prod.id
}
resource "google_compute_firewall" "ssh" {
  name          = "ssh"
  network       = google_compute_network.prod.name
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
  target_tags = ["web"]
}
resource "google_compute_instance" "web1" {
  name = "web1"
  network_interface {
    subnetwork = google_compute_subnetwork.s1.id
    access_config {}
  }
  service_account {
    email  = google_service_account.web.email
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
  }
  tags = ["web"]
}
resource "google_service_account_iam_member" "t" {
  service_account_id = google_service_account.deployer.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "serviceAccount:${google_service_account.web.email}"
}
"#;

fn assets(tag: &str) -> String {
    let mut out = String::new();
    let mut asset = |service: &str, ty: &str, path: &str, rest: &str| {
        let _ = writeln!(
            out,
            r#"{{"name": "//{service}/projects/acme/{path}", "assetType": "{service}/{ty}", "ancestors": ["projects/1", "organizations/2"], {rest}}}"#
        );
    };
    let compute = "compute.googleapis.com";
    let link = "https://www.googleapis.com/compute/v1/projects/acme";
    for (number, id) in [("11", "web"), ("12", "deployer")] {
        let data = format!(
            r#""resource": {{"data": {{"email": "{id}@acme.iam.gserviceaccount.com", "uniqueId": "{number}"}}}}"#
        );
        asset("iam.googleapis.com", "ServiceAccount", &format!("serviceAccounts/{number}"), &data);
    }
    asset(compute, "Network", "global/networks/prod", r#""resource": {"data": {"name": "prod"}}"#);
    asset(
        compute,
        "Subnetwork",
        "regions/r/subnetworks/s1",
        &format!(
            r#""resource": {{"data": {{"name": "s1", "ipCidrRange": "10.0.0.0/24", "network": "{link}/global/networks/prod"}}}}"#
        ),
    );
    asset(
        compute,
        "Firewall",
        "global/firewalls/ssh",
        &format!(
            r#""resource": {{"data": {{"name": "ssh", "direction": "INGRESS", "priority": 1000, "network": "{link}/global/networks/prod", "sourceRanges": ["0.0.0.0/0"], "allowed": [{{"IPProtocol": "tcp", "ports": ["22"]}}], "targetTags": ["web"]}}}}"#
        ),
    );
    asset(
        compute,
        "Instance",
        "zones/z/instances/web1",
        &format!(
            r#""resource": {{"data": {{"name": "web1", "networkInterfaces": [{{"subnetwork": "{link}/regions/r/subnetworks/s1", "accessConfigs": [{{"natIP": "34.1.2.3"}}]}}], "serviceAccounts": [{{"email": "web@acme.iam.gserviceaccount.com", "scopes": ["https://www.googleapis.com/auth/cloud-platform"]}}], "tags": {{"items": ["{tag}"], "fingerprint": "x"}}}}}}"#
        ),
    );
    asset(
        "iam.googleapis.com",
        "ServiceAccount",
        "serviceAccounts/12",
        r#""iamPolicy": {"bindings": [{"role": "roles/iam.serviceAccountTokenCreator", "members": ["serviceAccount:web@acme.iam.gserviceaccount.com"]}]}"#,
    );
    out
}

#[test]
fn an_inventory_of_google_cloud_gives_what_the_code_gives() {
    let code = flows(&lowered(&mut read("main.tf", CODE), false));
    assert!(code.contains(&("internet".to_owned(), "web1".to_owned())), "{code:?}");
    assert_eq!(flows(&lowered(&mut read("assets.json", &assets("web")), false)), code);
    assert!(
        flows(&lowered(&mut read("assets.json", &assets("other")), false)).is_empty(),
        "the rule is for other tags"
    );
    ask("assets.json", &assets("web"), |world| {
        let of = |number: &str| format!("//iam.googleapis.com/projects/acme/serviceAccounts/{number}");
        let machine = world.at("//compute.googleapis.com/projects/acme/zones/z/instances/web1");
        assert_eq!(world.rights.runs_as(machine), [world.principal(&of("11"))]);
        assert_eq!(world.can(&of("11"), "iam.serviceAccounts.getAccessToken", &of("12")), Allowed);
        assert_eq!(world.can(&of("12"), "iam.serviceAccounts.getAccessToken", &of("11")), Denied);
        let twice = world.estate.inventory.resources.iter().any(|one| one.address.starts_with("serviceAccount:"));
        assert!(!twice, "who is named by its address of mail is the account that is there");
    });
}
