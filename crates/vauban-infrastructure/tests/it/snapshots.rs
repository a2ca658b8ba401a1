//! What snapshots, inventories, exports and states say, in the words that the rest understands.

use std::fmt::Write;

use vauban_infrastructure::{Options, Output};
use vauban_model::resource::{Resource, Value, ValueKind};

use crate::support::{addresses, codes, read_folder};

fn read(path: &str, text: &str) -> Output {
    read_folder(&[(path, text)], &Options::default())
}

fn find<'o>(output: &'o Output, address: &str) -> &'o Resource {
    output
        .inventory
        .resources
        .iter()
        .find(|resource| &*resource.address == address)
        .unwrap_or_else(|| panic!("no `{address}` among {:?}", addresses(output)))
}

/// The address that a value refers to, with its attribute.
fn referred(resource: &Resource, path: &str) -> String {
    match resource.attributes.at(path).map(|value| &value.kind) {
        Some(ValueKind::Reference(reference)) => format!("{}.{}", reference.address, reference.attribute),
        other => format!("no reference: {other:?}"),
    }
}

/// As the interface of IAM writes policies.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn item(ty: &str, id: &str, name: &str, arn: &str, rest: &str) -> String {
    format!(
        r#"{{"configurationItemStatus": "OK", "awsAccountId": "123456789012", "awsRegion": "eu-west-1", "resourceType": "{ty}", "resourceId": "{id}", "resourceName": "{name}", "ARN": "{arn}", {rest}}}"#
    )
}

fn snapshot(items: &[String]) -> Output {
    let text =
        format!(r#"{{"fileVersion": "1.0", "configSnapshotId": "s", "configurationItems": [{}]}}"#, items.join(",\n"));
    read("config.json", &text)
}

#[test]
fn machines_of_a_snapshot_have_their_profile_their_groups_and_their_address() {
    let trust = encoded(
        r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#,
    );
    let output = snapshot(&[
        item(
            "AWS::EC2::Instance",
            "i-web",
            "",
            "arn:aws:ec2:eu-west-1:123456789012:instance/i-web",
            r#""configuration": {"instanceId": "i-web", "subnetId": "subnet-a", "publicIpAddress": "54.1.2.3", "state": {"name": "running"},
               "iamInstanceProfile": {"arn": "arn:aws:iam::123456789012:instance-profile/web"}, "securityGroups": [{"groupId": "sg-web", "groupName": "web"}],
               "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeId": "vol-1"}}]}"#,
        ),
        item(
            "AWS::EC2::Volume",
            "vol-1",
            "",
            "arn:aws:ec2:eu-west-1:123456789012:volume/vol-1",
            r#""configuration": {"volumeId": "vol-1", "encrypted": "True"}"#,
        ),
        item(
            "AWS::EC2::Subnet",
            "subnet-a",
            "",
            "arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-a",
            r#""configuration": {"subnetId": "subnet-a"}"#,
        ),
        item(
            "AWS::EC2::SecurityGroup",
            "sg-web",
            "web",
            "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-web",
            r#""configuration": {"groupId": "sg-web", "groupName": "web", "ipPermissions": [{"fromPort": 443, "toPort": 443, "ipProtocol": "tcp",
               "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}], "ipRanges": ["0.0.0.0/0"], "userIdGroupPairs": [{"groupId": "sg-web"}]}], "ipPermissionsEgress": []}"#,
        ),
        item(
            "AWS::IAM::Role",
            "AROA1",
            "web",
            "arn:aws:iam::123456789012:role/web",
            &format!(
                r#""configuration": {{"roleName": "web", "arn": "arn:aws:iam::123456789012:role/web", "assumeRolePolicyDocument": "{trust}",
                   "instanceProfileList": [{{"instanceProfileName": "web", "arn": "arn:aws:iam::123456789012:instance-profile/web"}}]}}"#
            ),
        ),
    ]);
    let web = find(&output, "arn:aws:ec2:eu-west-1:123456789012:instance/i-web");
    assert_eq!(referred(web, "iam_instance_profile"), "arn:aws:iam::123456789012:instance-profile/web.arn");
    assert_eq!(referred(web, "subnet_id"), "arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-a.id");
    assert_eq!(
        referred(web, "vpc_security_group_ids.0"),
        "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-web.id"
    );
    assert_eq!(web.get("associate_public_ip_address").and_then(Value::as_bool), Some(true));
    // What the disks say is what the machine has.
    assert_eq!(web.get("root_block_device.encrypted").and_then(Value::as_bool), Some(true));
    let profile = find(&output, "arn:aws:iam::123456789012:instance-profile/web");
    assert_eq!(referred(profile, "role"), "arn:aws:iam::123456789012:role/web.name");
    let group = find(&output, "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-web");
    assert_eq!(
        group.attributes.at("ingress.0.cidr_blocks").map(Value::each).map(<[Value]>::len),
        Some(1),
        "said twice"
    );
    assert_eq!(group.attributes.at("ingress.0.self").and_then(Value::as_bool), Some(true));
    assert_eq!(group.get("egress").map(Value::each).map(<[Value]>::len), Some(0), "nothing is let out");
    let role = find(&output, "arn:aws:iam::123456789012:role/web");
    assert!(role.get("assume_role_policy").is_some_and(|policy| policy.get("Statement").is_some()));
    assert_eq!(codes(&output), [] as [&str; 0]);
}

#[test]
fn what_a_snapshot_does_not_say_or_says_in_another_form_is_told() {
    let output = snapshot(&[
        item(
            "AWS::EC2::SecurityGroup",
            "sg-1",
            "x",
            "arn:aws:ec2:eu-west-1:1:security-group/sg-1",
            r#""configuration": {"groupId": "sg-1"}"#,
        ),
        item(
            "AWS::IAM::User",
            "AIDA",
            "u",
            "arn:aws:iam::1:user/u",
            r#""configuration": {"userName": "u", "sharedPolicyList": [{"x": 1}]}"#,
        ),
        item("AWS::Odd::Thing", "t", "t", "arn:aws:odd:eu-west-1:1:t", r#""configuration": {"someSetting": 1}"#),
        item("AWS::New::Thing", "n", "n", "arn:aws:new:eu-west-1:1:n", r#""configuration": {"SomeSetting": 1}"#),
    ]);
    assert_eq!(codes(&output), ["config-not-understood", "config-type-as-written"]);
    let told = output.diagnostics.iter().filter(|one| one.code == "config-not-understood").count();
    // The rules in and out of the group, and the policies in a list that nobody knows.
    assert_eq!(told, 3);
    let note = output.diagnostics.iter().find(|one| one.code == "config-type-as-written").unwrap();
    assert!(note.message.contains("AWS::Odd::Thing") && !note.message.contains("AWS::New::Thing"), "{}", note.message);
    let group = find(&output, "arn:aws:ec2:eu-west-1:1:security-group/sg-1");
    assert!(matches!(group.attributes.at("ingress.0").map(|rule| &rule.kind), Some(ValueKind::Unknown(_))));
}

#[test]
fn buckets_of_a_snapshot_have_their_policy_their_block_and_their_list() {
    let output = snapshot(&[item(
        "AWS::S3::Bucket",
        "b",
        "b",
        "arn:aws:s3:::b",
        r#""configuration": {"name": "b"}, "supplementaryConfiguration": {
            "BucketPolicy": {"policyText": "{\"Statement\": []}"},
            "AccessControlList": "{\"grantList\": [{\"grantee\": \"AllUsers\", \"permission\": \"Read\"}, {\"grantee\": {\"id\": \"x\"}, \"permission\": \"FullControl\"}]}",
            "BucketVersioningConfiguration": {"status": "Enabled"},
            "ServerSideEncryptionConfiguration": {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyID": "k"}}]}}"#,
    )]);
    let bucket = find(&output, "arn:aws:s3:::b");
    assert_eq!(bucket.text("bucket"), Some("b"));
    assert_eq!(bucket.get("public_access_block.restrict_public_buckets").and_then(Value::as_bool), Some(false));
    assert_eq!(bucket.text("versioning.status"), Some("Enabled"));
    assert_eq!(bucket.text("grant.0.uri"), Some("http://acs.amazonaws.com/groups/global/AllUsers"));
    assert_eq!(
        bucket.get("grant").map(Value::each).map(<[Value]>::len),
        Some(1),
        "an account of one's own is none of it"
    );
    let rule = "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default";
    assert_eq!(bucket.text(&format!("{rule}.kms_master_key_id")), Some("k"));
    let policy = find(&output, "arn:aws:s3:::b#policy");
    assert_eq!(referred(policy, "bucket"), "arn:aws:s3:::b.bucket");
}

#[test]
fn accounts_of_an_inventory_are_one_under_each_of_their_names() {
    let email = "web@acme.iam.gserviceaccount.com";
    for named in ["117", email] {
        for policy_of in ["117", email] {
            let text = format!(
                r#"[
{{"name": "//iam.googleapis.com/projects/acme/serviceAccounts/{named}", "assetType": "iam.googleapis.com/ServiceAccount", "ancestors": ["projects/1"],
  "resource": {{"data": {{"email": "{email}", "uniqueId": "117", "name": "projects/acme/serviceAccounts/{email}"}}}}}},
{{"name": "//iam.googleapis.com/projects/acme/serviceAccounts/{policy_of}", "assetType": "iam.googleapis.com/ServiceAccount", "ancestors": ["projects/1"],
  "iamPolicy": {{"bindings": [{{"role": "roles/iam.serviceAccountUser", "members": ["serviceAccount:{email}"]}}]}}}},
{{"name": "//secretmanager.googleapis.com/projects/1/secrets/pass", "assetType": "secretmanager.googleapis.com/Secret", "ancestors": ["projects/1"], "resource": {{"data": {{}}}}}},
{{"name": "//compute.googleapis.com/projects/acme/global/networks/n", "assetType": "compute.googleapis.com/Network", "ancestors": ["projects/1"], "resource": {{"data": {{"name": "n"}}}}}},
{{"name": "//compute.googleapis.com/projects/acme/zones/z/instances/i", "assetType": "compute.googleapis.com/Instance", "ancestors": ["projects/1"],
  "resource": {{"data": {{"name": "i", "networkInterfaces": [{{"network": "global/networks/n"}}], "serviceAccounts": [{{"email": "{email}"}}],
    "tags": {{"items": ["web"], "fingerprint": "x"}}, "metadata": {{"items": [{{"key": "startup-script", "value": "run"}}]}}}}}}}},
{{"name": "//run.googleapis.com/projects/acme/locations/l/services/api", "assetType": "run.googleapis.com/Service", "ancestors": ["projects/1"],
  "resource": {{"data": {{"template": {{"serviceAccount": "{email}", "containers": [{{"env": [{{"name": "P", "valueSource": {{"secretKeyRef": {{"secret": "projects/acme/secrets/pass"}}}}}}]}}]}}}}}}}}
]"#
            );
            let output = read("assets.json", &text);
            let address = format!("//iam.googleapis.com/projects/acme/serviceAccounts/{named}");
            let account = find(&output, &address);
            assert_eq!((account.text("account_id"), &*account.name), (Some("web"), "web"));
            let policy =
                find(&output, &format!("//iam.googleapis.com/projects/acme/serviceAccounts/{policy_of}#iam-policy"));
            assert_eq!(referred(policy, "resource"), format!("{address}."), "{named}, {policy_of}");
            let member = policy.attributes.at("bindings.0.members.0").unwrap();
            let mut members = Vec::new();
            member.references(&mut |reference, _| members.push(reference.address.to_string()));
            assert_eq!(members, [address.as_str()]);
            let machine = find(&output, "//compute.googleapis.com/projects/acme/zones/z/instances/i");
            assert_eq!(referred(machine, "serviceAccounts.0.email"), format!("{address}.email"));
            assert_eq!(
                referred(machine, "networkInterfaces.0.network"),
                "//compute.googleapis.com/projects/acme/global/networks/n.selfLink"
            );
            assert_eq!(machine.get("tags").map(Value::each).map(<[Value]>::len), Some(1));
            assert_eq!(machine.text("metadata.startup-script"), Some("run"));
            let api = find(&output, "//run.googleapis.com/projects/acme/locations/l/services/api");
            assert_eq!(referred(api, "template.serviceAccount"), format!("{address}.email"));
            assert_eq!(
                referred(api, "template.containers.0.env.0.valueSource.secretKeyRef.secret"),
                "//secretmanager.googleapis.com/projects/1/secrets/pass.secret_id"
            );
        }
    }
}

/// A state of an API, its integration and its route, without what depends on what.
const STATE: &str = r#"{"version": 4, "serial": 1, "lineage": "x", "resources": [
  {"mode": "managed", "type": "aws_apigatewayv2_api", "name": "http", "provider": "", "instances": [{"attributes": {"id": "abc", "name": "shop"}}]},
  {"mode": "managed", "type": "aws_iam_role", "name": "shop", "provider": "", "instances": [{"attributes": {"id": "shop", "name": "shop"}}]},
  {"mode": "managed", "type": "aws_lambda_function", "name": "f", "provider": "", "instances": [{"attributes": {"id": "f", "function_name": "f",
     "arn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "tags": {"App": "shop"},
     "invoke_arn": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations"}}]},
  {"mode": "managed", "type": "aws_apigatewayv2_integration", "name": "i", "provider": "", "instances": [{"attributes": {"id": "i1", "api_id": "abc",
     "integration_uri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations"}}]},
  {"mode": "managed", "type": "aws_apigatewayv2_authorizer", "name": "a", "provider": "", "instances": [{"attributes": {"id": "au1", "api_id": "abc"}}]},
  {"mode": "managed", "type": "aws_apigatewayv2_route", "name": "r", "provider": "", "instances": [{"attributes": {"id": "r1", "api_id": "abc",
     "authorizer_id": "au1", "target": "integrations/i1", "route_key": "abc"}}]},
  {"mode": "managed", "type": "aws_iam_role_policy", "name": "p", "provider": "", "instances": [{"attributes": {"id": "shop:p", "role": "shop", "account_id": "shop"}}]}
]}"#;

#[test]
fn ids_of_a_state_without_dependencies_are_joined_by_the_kind_that_the_key_names() {
    let output = read("terraform.tfstate", STATE);
    let route = find(&output, "aws_apigatewayv2_route.r");
    assert_eq!(referred(route, "api_id"), "aws_apigatewayv2_api.http.id");
    assert_eq!(referred(route, "authorizer_id"), "aws_apigatewayv2_authorizer.a.id");
    assert_eq!(route.text("route_key"), Some("abc"), "a key that names no kind is not an id");
    let ValueKind::Template(parts) = &route.get("target").unwrap().kind else { panic!("{:?}", route.get("target")) };
    assert_eq!(parts[0].as_text(), Some("integrations/"));
    assert_eq!(&*parts[1].as_reference().unwrap().address, "aws_apigatewayv2_integration.i");
    let integration = find(&output, "aws_apigatewayv2_integration.i");
    assert_eq!(referred(integration, "integration_uri"), "aws_lambda_function.f.invoke_arn");
    // `shop` is the name of an API, too; the key says that a role is meant.
    let policy = find(&output, "aws_iam_role_policy.p");
    assert_eq!(referred(policy, "role"), "aws_iam_role.shop.id");
    assert_eq!(policy.text("account_id"), Some("shop"));
}

#[test]
fn ids_of_a_stack_export_are_references_again() {
    let stack = "urn:pulumi:prod::shop::";
    let resource = |ty: &str, name: &str, id: &str, attributes: &str, needs: &str| {
        format!(
            r#"{{"urn": "{stack}{ty}::{name}", "custom": true, "id": "{id}", "type": "{ty}", "inputs": {{}}, "outputs": {{{attributes}}}, "dependencies": [{needs}]}}"#
        )
    };
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    for needs in [true, false] {
        let need = |ty: &str| if needs { format!("\"{stack}{ty}\"") } else { String::new() };
        let all = [
            resource("aws:lambda/function:Function", "f", "f", &format!(r#""arn": "{function}""#), ""),
            resource("aws:apigatewayv2/api:Api", "http", "abc", r#""name": "http""#, ""),
            resource(
                "aws:apigatewayv2/integration:Integration",
                "i",
                "i1",
                &format!(r#""apiId": "abc", "integrationUri": "{function}""#),
                &need("aws:apigatewayv2/api:Api::http"),
            ),
            resource(
                "aws:apigatewayv2/route:Route",
                "r",
                "r1",
                r#""apiId": "abc", "target": "integrations/i1", "routeKey": "GET /""#,
                &need("aws:apigatewayv2/api:Api::http"),
            ),
        ];
        let output =
            read("stack.json", &format!(r#"{{"version": 3, "deployment": {{"resources": [{}]}}}}"#, all.join(",")));
        let integration = find(&output, "aws:apigatewayv2/integration:Integration::i");
        assert_eq!(referred(integration, "apiId"), "aws:apigatewayv2/api:Api::http.id");
        assert_eq!(referred(integration, "integrationUri"), "aws:lambda/function:Function::f.arn");
        let route = find(&output, "aws:apigatewayv2/route:Route::r");
        assert_eq!(referred(route, "apiId"), "aws:apigatewayv2/api:Api::http.id");
        let mut targets = Vec::new();
        route.get("target").unwrap().references(&mut |reference, _| targets.push(reference.address.to_string()));
        assert_eq!(targets, ["aws:apigatewayv2/integration:Integration::i"]);
    }
}
