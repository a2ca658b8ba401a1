//! Plans, states, Pulumi, Cloud Asset Inventory and AWS Config: over files written here and over the corpus.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use vauban_infrastructure::{Options, Output, Tree, recognise};
use vauban_model::FileId;
use vauban_model::resource::{Mode, Resource, Source, Value, ValueKind, Why};
use vauban_syntax::{Limits, Node, parse_json};

fn read(files: &[(&str, &str)]) -> Output {
    read_with(files, &Options::default())
}

fn read_with(files: &[(&str, &str)], options: &Options) -> Output {
    let mut files = files.to_vec();
    files.sort_unstable();
    let paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    let mut open = |path: &str| {
        let at = files.iter().position(|(known, _)| *known == path).ok_or_else(|| "missing".to_owned())?;
        Ok((FileId(u32::try_from(at).unwrap()), Arc::from(files[at].1)))
    };
    vauban_infrastructure::read(&mut Tree { paths: &paths, open: &mut open }, options)
}

fn find<'a>(output: &'a Output, address: &str) -> &'a Resource {
    output.inventory.resources.iter().find(|resource| &*resource.address == address).unwrap_or_else(|| {
        let all: Vec<&str> = output.inventory.resources.iter().map(|resource| &*resource.address).collect();
        panic!("no `{address}` among {all:?}")
    })
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    match &value.kind {
        ValueKind::Reference(reference) => format!("&{}.{}", reference.address, reference.attribute),
        ValueKind::Unknown(unknown) => format!("?{}", unknown.name),
        ValueKind::Text(text) => text.to_string(),
        ValueKind::Number(number) => number.to_string(),
        ValueKind::Bool(answer) => answer.to_string(),
        ValueKind::Null => "null".to_owned(),
        ValueKind::Secret(inner) => format!("secret({})", shown(Some(inner))),
        ValueKind::Document(inner) => format!("document({})", shown(Some(inner))),
        ValueKind::Template(parts) => parts.iter().map(|part| shown(Some(part))).collect::<Vec<_>>().join("+"),
        ValueKind::OneOf(items) => items.iter().map(|item| shown(Some(item))).collect::<Vec<_>>().join("|"),
        ValueKind::List(items) => {
            format!("[{}]", items.iter().map(|item| shown(Some(item))).collect::<Vec<_>>().join(","))
        }
        ValueKind::Map(entries) => {
            let entry = |(key, value): &(Arc<str>, Value)| format!("{key}:{}", shown(Some(value)));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
        }
    }
}

fn at(resource: &Resource, path: &str) -> String {
    shown(resource.attributes.at(path))
}

const PLAN: &str = r#"{
  "format_version": "1.2", "terraform_version": "1.11.4",
  "planned_values": {"root_module": {
    "resources": [
      {"address": "aws_s3_bucket.logs", "mode": "managed", "type": "aws_s3_bucket", "name": "logs",
       "values": {"bucket": "team-logs", "policy": "{\"Version\":\"2012-10-17\"}"}, "sensitive_values": {}},
      {"address": "aws_instance.web[0]", "mode": "managed", "type": "aws_instance", "name": "web", "index": 0,
       "values": {"ami": "ami-1", "tags": {"bucket": "team-logs"}}, "sensitive_values": {}},
      {"address": "aws_iam_role_policy.p", "mode": "managed", "type": "aws_iam_role_policy", "name": "p",
       "values": {"name": "p"}, "sensitive_values": {}}
    ],
    "child_modules": [{"address": "module.db[\"a.b\"]", "resources": [
      {"address": "module.db[\"a.b\"].aws_db_instance.main", "mode": "managed", "type": "aws_db_instance", "name": "main",
       "values": {"engine": "postgres", "password": "hunter22"}, "sensitive_values": {"password": true}}]}]
  }},
  "resource_changes": [
    {"address": "aws_s3_bucket.logs", "previous_address": "aws_s3_bucket.old", "change": {"actions": ["create"],
      "after_unknown": {"arn": true, "id": true}, "after_sensitive": {}}},
    {"address": "aws_instance.web[0]", "change": {"actions": ["create"],
      "after_unknown": {"id": true, "subnet_id": true, "vpc_security_group_ids": true, "tags": {}, "user_data": true},
      "after_sensitive": {"user_data": true}}},
    {"address": "aws_iam_role_policy.p", "change": {"actions": ["create"], "after_unknown": {"policy": true}}},
    {"address": "module.db[\"a.b\"].aws_db_instance.main", "change": {"actions": ["create"],
      "after_unknown": {"db_subnet_group_name": true, "address": true}, "after_sensitive": {"password": true}}},
    {"address": "aws_instance.gone", "type": "aws_instance", "change": {"actions": ["delete"], "after": null}}
  ],
  "prior_state": {"values": {"root_module": {"resources": [
    {"address": "data.aws_caller_identity.me", "mode": "data", "type": "aws_caller_identity", "name": "me",
     "values": {"account_id": "123456789012"}},
    {"address": "aws_instance.gone", "mode": "managed", "type": "aws_instance", "name": "gone", "values": {}}]}}},
  "configuration": {"root_module": {
    "resources": [
      {"address": "aws_instance.web", "mode": "managed", "type": "aws_instance", "name": "web",
       "provider_config_key": "aws.west",
       "expressions": {
         "subnet_id": {"references": ["aws_subnet.a.id", "aws_subnet.a"]},
         "vpc_security_group_ids": {"references": ["aws_security_group.x.id", "aws_security_group.x",
            "aws_security_group.y.id", "aws_security_group.y"]},
         "user_data": {"references": ["module.db[\"a.b\"].endpoint", "module.db[\"a.b\"]", "module.db"]},
         "tags": {"references": ["aws_s3_bucket.logs.bucket", "aws_s3_bucket.logs"]}},
       "depends_on": ["aws_s3_bucket.logs"]},
      {"address": "aws_iam_role_policy.p", "mode": "managed", "type": "aws_iam_role_policy", "name": "p",
       "expressions": {"policy": {"references": ["aws_s3_bucket.logs.arn", "aws_s3_bucket.logs"]}}}],
    "module_calls": {"db": {"source": "./db",
      "expressions": {"subnets": {"references": ["aws_db_subnet_group.g.name", "aws_db_subnet_group.g"]}},
      "module": {
        "outputs": {"endpoint": {"expression": {"references": ["aws_db_instance.main.address", "aws_db_instance.main"]}}},
        "resources": [{"address": "aws_db_instance.main", "mode": "managed", "type": "aws_db_instance", "name": "main",
          "expressions": {"db_subnet_group_name": {"references": ["var.subnets"]}}}]}}}
  }}
}"#;

#[test]
fn a_plan_tells_unknowns_by_its_configuration() {
    let output = read(&[("plan.json", PLAN)]);
    assert_eq!(output.files, [("plan.json".into(), Source::TerraformPlan)]);
    let addresses: Vec<&str> = output.inventory.resources.iter().map(|resource| &*resource.address).collect();
    assert_eq!(
        addresses,
        [
            "aws_s3_bucket.logs",
            "aws_instance.web[0]",
            "aws_iam_role_policy.p",
            "module.db[\"a.b\"].aws_db_instance.main",
            "data.aws_caller_identity.me"
        ]
    );
    let bucket = find(&output, "aws_s3_bucket.logs");
    assert_eq!(at(bucket, "arn"), "?aws_s3_bucket.logs.arn");
    assert_eq!(at(bucket, "policy"), "document({Version:2012-10-17})");
    let web = find(&output, "aws_instance.web[0]");
    assert_eq!(at(web, "subnet_id"), "&aws_subnet.a.id");
    assert_eq!(at(web, "vpc_security_group_ids"), "[&aws_security_group.x.id,&aws_security_group.y.id]");
    // Through the output of a module; a script is put together, so the reference is not all of it.
    let database = "module.db[\"a.b\"].aws_db_instance.main";
    assert_eq!(at(web, "user_data"), format!("secret(&{database}.address|?aws_instance.web[0].user_data)"));
    // A known text whose expression refers to the attribute that has it.
    assert_eq!(at(web, "tags.bucket"), "team-logs");
    assert!(web.depends_on.iter().any(|address| &**address == "aws_s3_bucket.logs"));
    assert_eq!(&*web.scope, "west");
    let policy = find(&output, "aws_iam_role_policy.p");
    assert_eq!(at(policy, "policy"), "&aws_s3_bucket.logs.arn|?aws_iam_role_policy.p.policy");
    let main = find(&output, database);
    assert_eq!(at(main, "password"), "secret(hunter22)");
    // Through a variable of the module.
    assert_eq!(at(main, "db_subnet_group_name"), "&aws_db_subnet_group.g.name");
    assert_eq!(main.calls.len(), 1);
    assert_eq!(find(&output, "data.aws_caller_identity.me").mode, Mode::Data);
    assert_eq!(output.inventory.moved, [("aws_s3_bucket.old".into(), "aws_s3_bucket.logs".into())]);
    assert!(output.diagnostics.iter().any(|diagnostic| diagnostic.code == "plan-deletes"));
    // Every place is where the text stands.
    let engine = main.attributes.get("engine").unwrap().span;
    let line = PLAN.lines().nth(engine.line as usize - 1).unwrap();
    assert!(line.get(engine.column as usize - 1..).unwrap().starts_with("\"postgres\""));
}

#[test]
fn a_plan_printed_by_a_wrapper_is_read_with_its_places() {
    let wrapped = format!("[command]/tmp/terraform-bin show -json plan\n{PLAN}%0A\n::set-output name=exitcode::0\n");
    let plain = read(&[("plan.json", PLAN)]);
    let output = read(&[("plan.json", wrapped.as_str())]);
    assert_eq!(output.inventory.resources.len(), plain.inventory.resources.len());
    assert_eq!(output.inventory.resources[0].span.line, plain.inventory.resources[0].span.line + 1);
}

#[test]
fn several_plans_keep_their_addresses_apart() {
    let output = read(&[("a/plan.json", PLAN), ("b/plan.json", PLAN)]);
    let web = find(&output, "b/plan:aws_instance.web[0]");
    assert_eq!(at(web, "subnet_id"), "&b/plan:aws_subnet.a.id");
    let all: BTreeSet<&str> = output.inventory.resources.iter().map(|resource| &*resource.address).collect();
    assert_eq!(all.len(), output.inventory.resources.len());
}

#[test]
fn a_raw_state_has_instances_secrets_and_references() {
    let state = r#"{"version": 4, "terraform_version": "1.5.0", "serial": 3, "lineage": "x", "outputs": {}, "resources": [
      {"mode": "managed", "type": "aws_subnet", "name": "a", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"].west",
       "instances": [{"index_key": "x\"y", "attributes": {"id": "subnet-0123456789abcdef0", "arn": "arn:aws:ec2:eu-west-1:1:subnet/s"}}]},
      {"module": "module.m[0]", "mode": "managed", "type": "aws_instance", "name": "web", "provider": "provider[\"x/aws\"]",
       "instances": [
         {"index_key": 0, "attributes": {"id": "i-1", "subnet_id": "subnet-0123456789abcdef0", "role": "app", "password": "p",
            "block": [{"key": "k"}]},
          "sensitive_attributes": [[{"type": "get_attr", "value": "password"}],
             [{"type": "get_attr", "value": "block"}, {"type": "index", "value": {"value": 0, "type": "number"}}, {"type": "get_attr", "value": "key"}]],
          "dependencies": ["aws_subnet.a", "aws_iam_role.r"]},
         {"index_key": 1, "deposed": "abc", "attributes": {"id": "i-0"}}]},
      {"mode": "managed", "type": "aws_iam_role", "name": "r", "provider": "", "instances": [{"attributes": {"id": "app", "name": "app"}}]},
      {"mode": "data", "type": "aws_ami", "name": "d", "provider": "", "instances": [{"attributes": {"id": "ami-1", "name": "app"}}]}
    ]}"#;
    let output = read(&[("terraform.tfstate", state)]);
    assert_eq!(output.files[0].1, Source::TerraformState);
    assert_eq!(output.inventory.resources.len(), 4);
    let web = find(&output, "module.m[0].aws_instance.web[0]");
    assert_eq!(at(web, "subnet_id"), "&aws_subnet.a[\"x\\\"y\"].id");
    // `app` is also the name of something else; what it depends on decides.
    assert_eq!(at(web, "role"), "&aws_iam_role.r.id");
    assert_eq!(at(web, "password"), "secret(p)");
    assert_eq!(at(web, "block.0.key"), "secret(k)");
    assert_eq!(&*find(&output, "aws_subnet.a[\"x\\\"y\"]").scope, "west");
    assert_eq!(find(&output, "data.aws_ami.d").mode, Mode::Data);
    assert!(output.diagnostics.iter().any(|diagnostic| diagnostic.code == "state-deposed"));
}

#[test]
fn a_name_is_found_again_among_what_its_own_provider_made() {
    let one = |ty: &str, name: &str, attributes: &str| {
        format!(
            r#"{{"mode": "managed", "type": "{ty}", "name": "{name}", "provider": "provider[\"registry.terraform.io/x/y\"]", "instances": [{{"attributes": {attributes}}}]}}"#
        )
    };
    let all = [
        one("aws_s3_bucket", "shop", r#"{"id": "shop", "bucket": "shop", "arn": "arn:aws:s3:::shop"}"#),
        one("aws_iam_role", "app", r#"{"id": "app", "name": "app", "arn": "arn:aws:iam::1:role/app"}"#),
        one("aws_s3_bucket_policy", "p", r#"{"bucket": "shop"}"#),
        one("google_storage_bucket_iam_member", "m", r#"{"bucket": "shop", "member": "allUsers"}"#),
        one("postgresql_grant", "g", r#"{"role": "app"}"#),
        one("vault_aws_secret_backend_role", "v", r#"{"role": "arn:aws:iam::1:role/app"}"#),
    ];
    let text = format!(
        r#"{{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "a", "outputs": {{}}, "resources": [{}]}}"#,
        all.join(",")
    );
    let output = read(&[("terraform.tfstate", &text)]);
    assert!(at(find(&output, "aws_s3_bucket_policy.p"), "bucket").starts_with("&aws_s3_bucket.shop."));
    assert_eq!(at(find(&output, "google_storage_bucket_iam_member.m"), "bucket"), "shop");
    assert_eq!(at(find(&output, "postgresql_grant.g"), "role"), "app");
    // An ARN is unmistakable.
    assert!(at(find(&output, "vault_aws_secret_backend_role.v"), "role").starts_with("&aws_iam_role.app."));
}

#[test]
fn an_old_state_gets_its_nesting_back() {
    let state = r#"{"version": 3, "serial": 1, "modules": [{"path": ["root", "net"], "resources": {
      "aws_instance.web.1": {"type": "aws_instance", "provider": "provider.aws.west", "depends_on": ["aws_vpc.v"],
        "primary": {"id": "i-1", "attributes": {"id": "i-1", "tags.%": "2", "tags.Name": "web", "tags.a.b": "dotted",
          "disk.#": "2", "disk.0.size": "8", "disk.1.size": "9", "groups.#": "1", "groups.3111": "sg-1"}}}}}]}"#;
    let output = read(&[("old.tfstate", state)]);
    let web = find(&output, "module.net.aws_instance.web[1]");
    assert_eq!(at(web, "tags"), "{Name:web,a.b:dotted}");
    assert_eq!(at(web, "disk"), "[{size:8},{size:9}]");
    assert_eq!(at(web, "groups"), "[sg-1]");
}

#[test]
fn a_pulumi_program_is_evaluated() {
    let program = r#"
name: shop
runtime: yaml
config:
  size: { type: string }
  user: { default: admin }
  shop:token: { value: t0p, secret: true }
variables:
  vpc:
    fn::invoke: { function: aws:ec2:getVpc, arguments: { default: true }, return: id }
  url: https://${api.domain}/${user}
  loop: ${loop2}
  loop2: ${loop}
resources:
  api:
    type: aws:apigateway:Api
    properties:
      vpc: ${vpc}
      size: ${size}
      token: ${token}
      price: $${5}
      policy:
        fn::toJSON: { Statement: [{ Resource: "${bucket.arn}" }] }
      joined:
        Fn::Join: ["-", [a, "${bucket.id}", c]]
      first:
        fn::select: [1, [x, "${bucket.tags.team}"]]
      stated: '{"a": 1}'
      loop: ${loop}
      nobody: ${nobody.id}
  bucket:
    type: aws:s3/bucketV2:BucketV2
    options: { dependsOn: ["${api}"] }
  old:
    type: aws:s3:Bucket
    get: { id: some-bucket }
  client:
    type: x:y:Z
    properties: { url: "${url}", secret: { fn::secret: hunter2 } }
"#;
    let output = read(&[("Pulumi.yaml", program)]);
    let managed = output.inventory.resources.iter().filter(|resource| resource.mode == Mode::Managed).count();
    assert_eq!(managed, 3);
    let api = find(&output, "api");
    assert_eq!(at(api, "vpc"), "&vpc.id");
    assert_eq!(find(&output, "vpc").mode, Mode::Data);
    assert_eq!(&*find(&output, "vpc").native_type, "aws:ec2:getVpc");
    assert_eq!(at(api, "size"), "?size");
    assert_eq!(at(api, "token"), "secret(t0p)");
    assert_eq!(at(api, "price"), "${5}");
    assert_eq!(at(api, "policy"), "document({Statement:[{Resource:&bucket.arn}]})");
    assert_eq!(at(api, "joined"), "a-+&bucket.id+-c");
    assert_eq!(at(api, "first"), "&bucket.tags.team");
    assert_eq!(at(api, "stated"), "document({a:1})");
    let looped = api.attributes.get("loop").unwrap();
    assert!(matches!(&looped.kind, ValueKind::Unknown(unknown) if unknown.why == Why::Cycle));
    assert_eq!(at(api, "nobody"), "?nobody.id");
    assert_eq!(at(find(&output, "client"), "url"), "https://+&api.domain+/admin");
    assert_eq!(find(&output, "client").attributes.get("url").unwrap().via.as_ref().unwrap().name, "url".into());
    assert_eq!(at(find(&output, "client"), "secret"), "secret(hunter2)");
    assert_eq!(&*find(&output, "bucket").depends_on[0], "api");
    assert_eq!(find(&output, "old").mode, Mode::Data);
    assert_eq!(&*output.inventory.variables[0].name, "size");
    let set = Options { variables: vec![("size".into(), "big".into())], ..Options::default() };
    let output = read_with(&[("app/Pulumi.yaml", program)], &set);
    assert_eq!(at(find(&output, "app:api"), "size"), "big");
}

#[test]
fn a_pulumi_export_opens_secrets_and_previews_refer_through_dependencies() {
    let export = r#"{"version": 3, "deployment": {"manifest": {}, "resources": [
      {"urn": "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", "custom": false, "type": "pulumi:pulumi:Stack"},
      {"urn": "urn:pulumi:dev::shop::pulumi:providers:aws::west", "custom": true, "type": "pulumi:providers:aws"},
      {"urn": "urn:pulumi:dev::shop::my:x:Db::main", "custom": false, "type": "my:x:Db", "parent": "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"},
      {"urn": "urn:pulumi:dev::shop::my:x:Db$aws:rds/instance:Instance::main-db", "custom": true, "id": "db-1", "type": "aws:rds/instance:Instance",
       "parent": "urn:pulumi:dev::shop::my:x:Db::main", "provider": "urn:pulumi:dev::shop::pulumi:providers:aws::west::id",
       "inputs": {"password": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "\"hunter2\""},
                  "other": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "AAA="},
                  "subnet": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "policy": "{\"a\":[1]}"},
       "propertyDependencies": {"subnet": ["urn:pulumi:dev::shop::aws:ec2/subnet:Subnet::s"]}},
      {"urn": "urn:pulumi:dev::shop::aws:ec2/subnet:Subnet::s", "custom": true, "type": "aws:ec2/subnet:Subnet", "inputs": {}, "outputs": {"arn": "arn:x"}, "external": true}
    ]}}"#;
    let output = read(&[("stack.json", export)]);
    assert_eq!(output.inventory.resources.len(), 2);
    let database = find(&output, "aws:rds/instance:Instance::main-db");
    assert_eq!(at(database, "password"), "secret(hunter2)");
    assert_eq!(at(database, "other"), "secret(?aws:rds/instance:Instance::main-db.other)");
    assert_eq!(at(database, "subnet"), "&aws:ec2/subnet:Subnet::s.");
    assert_eq!(at(database, "policy"), "document({a:[1]})");
    assert_eq!(at(database, "id"), "db-1");
    assert_eq!((&*database.scope, database.calls.len()), ("west", 1));
    assert_eq!(find(&output, "aws:ec2/subnet:Subnet::s").mode, Mode::Data);
    let preview = r#"{"config": {}, "steps": [
      {"op": "create", "urn": "urn:pulumi:dev::p::aws:s3/bucket:Bucket::b", "newState": {"urn": "urn:pulumi:dev::p::aws:s3/bucket:Bucket::b", "custom": true, "type": "aws:s3/bucket:Bucket", "inputs": {"acl": "private", "key": "[secret]"}}},
      {"op": "delete", "urn": "urn:pulumi:dev::p::aws:s3/bucket:Bucket::old", "oldState": {"urn": "urn:pulumi:dev::p::aws:s3/bucket:Bucket::old", "custom": true, "type": "aws:s3/bucket:Bucket"}}]}"#;
    let output = read(&[("preview.json", preview)]);
    assert_eq!(output.inventory.resources.len(), 1);
    assert!(output.inventory.resources[0].attributes.is_secret());
}

#[test]
fn assets_are_read_from_lists_lines_and_wrappers() {
    let bucket = r#"{"name": "//storage.googleapis.com/b", "assetType": "storage.googleapis.com/Bucket", "ancestors": ["projects/1", "organizations/2"],
      "resource": {"version": "v1", "parent": "//cloudresourcemanager.googleapis.com/projects/1", "data": {"location": "EU", "labels": {"a": "b"}}}}"#;
    let instance = r#"{"name": "//compute.googleapis.com/projects/p/zones/z/instances/i", "asset_type": "compute.googleapis.com/Instance", "ancestry_path": "organization/2/project/p",
      "resource": {"data": {"networkInterfaces": [{"network": "https://www.googleapis.com/compute/v1/projects/p/global/networks/n"}]}}}"#;
    let network = r#"{"name": "//compute.googleapis.com/projects/p/global/networks/n", "assetType": "compute.googleapis.com/Network", "resource": {"data": {}}}"#;
    let policy = r#"{"name": "//storage.googleapis.com/b", "assetType": "storage.googleapis.com/Bucket", "iamPolicy": {"bindings": [{"role": "roles/viewer", "members": ["allUsers"]}]}}"#;
    let one_line = |text: &str| text.replace('\n', " ");
    let all = [bucket, instance, network, policy];
    let list = format!("[{}]", all.join(",\n"));
    let lines = all.map(one_line).join("\n");
    let wrapped = format!("{{\"readTime\": \"x\", \"assets\": [{}]}}", all.join(", "));
    for text in [list.as_str(), &lines, &wrapped] {
        let output = read(&[("assets.json", text)]);
        assert_eq!(output.diagnostics.len(), 0, "{:?}", output.diagnostics);
        assert_eq!(output.inventory.resources.len(), 4);
        let found = find(&output, "//storage.googleapis.com/b");
        assert_eq!(at(found, "location"), "EU");
        assert_eq!(at(found, "parent"), "&//cloudresourcemanager.googleapis.com/projects/1.");
        assert_eq!(&*found.scope, "projects/1");
        let policy = find(&output, "//storage.googleapis.com/b#iam-policy");
        assert_eq!(&*policy.native_type, "cai:iam-policy");
        assert_eq!(at(policy, "resource"), "&//storage.googleapis.com/b.");
        assert_eq!(at(policy, "bindings.0.members"), "[allUsers]");
        let machine = find(&output, "//compute.googleapis.com/projects/p/zones/z/instances/i");
        assert_eq!(
            at(machine, "networkInterfaces.0.network"),
            "&//compute.googleapis.com/projects/p/global/networks/n.selfLink"
        );
        assert_eq!(&*machine.scope, "projects/p");
        // Places are those of the whole file.
        let span = machine.attributes.get("networkInterfaces").unwrap().span;
        let line: String =
            text.lines().nth(span.line as usize - 1).unwrap().chars().skip(span.column as usize - 1).collect();
        assert!(line.starts_with("[{\"network\""), "{line}");
    }
}

#[test]
fn a_config_snapshot_opens_documents_and_follows_relationships() {
    let snapshot = r#"{"fileVersion": "1.0", "configSnapshotId": "s", "configurationItems": [
      {"configurationItemStatus": "OK", "resourceType": "AWS::EC2::Instance", "resourceId": "i-1", "ARN": "arn:aws:ec2:eu-west-1:1:instance/i-1",
       "awsAccountId": "1", "awsRegion": "eu-west-1", "tags": {"Name": "web"},
       "configuration": {"instanceId": "i-1", "subnetId": "subnet-1", "iamInstanceProfile": {"arn": "arn:aws:iam::1:instance-profile/p"}},
       "relationships": [{"resourceId": "subnet-1", "resourceType": "AWS::EC2::Subnet", "name": "Is contained in Subnet"}]},
      {"configurationItemStatus": "OK", "resourceType": "AWS::EC2::Subnet", "resourceId": "subnet-1", "configuration": "{\"subnetId\": \"subnet-1\"}"},
      {"configurationItemStatus": "OK", "resourceType": "AWS::S3::Bucket", "resourceId": "b", "resourceName": "b", "ARN": "arn:aws:s3:::b", "configuration": {"name": "b"},
       "supplementaryConfiguration": {"BucketPolicy": {"policyText": "{\"Version\":\"2012-10-17\"}"}, "PublicAccessBlockConfiguration": "{\"blockPublicAcls\":true}"}},
      {"configurationItemStatus": "OK", "resourceType": "AWS::IAM::Role", "resourceId": "AROA", "resourceName": "r", "ARN": "arn:aws:iam::1:role/r",
       "configuration": {"assumeRolePolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%7D"}},
      {"configurationItemStatus": "ResourceDeleted", "resourceType": "AWS::S3::Bucket", "resourceId": "old", "configuration": null}
    ]}"#;
    let output = read(&[("config.json", snapshot)]);
    // Four items, and the policy of the bucket, which is a resource of its own everywhere else.
    assert_eq!(output.inventory.resources.len(), 5);
    let web = find(&output, "arn:aws:ec2:eu-west-1:1:instance/i-1");
    assert_eq!(at(web, "subnetId"), "&AWS::EC2::Subnet/subnet-1.resourceId");
    assert_eq!(at(web, "relationships.0.resource"), "&AWS::EC2::Subnet/subnet-1.");
    assert_eq!(at(web, "relationships.0.resourceId"), "subnet-1");
    assert_eq!(at(web, "tags.Name"), "web");
    assert_eq!(&*web.scope, "1/eu-west-1");
    assert_eq!(at(find(&output, "AWS::EC2::Subnet/subnet-1"), "subnetId"), "subnet-1");
    let bucket = find(&output, "arn:aws:s3:::b");
    assert_eq!(at(bucket, "supplementaryConfiguration.BucketPolicy.policyText"), "document({Version:2012-10-17})");
    assert_eq!(at(bucket, "supplementaryConfiguration.PublicAccessBlockConfiguration.blockPublicAcls"), "true");
    let role = find(&output, "arn:aws:iam::1:role/r");
    assert_eq!(at(role, "assumeRolePolicyDocument"), "document({Version:2012-10-17})");
    assert!(output.diagnostics.iter().any(|diagnostic| diagnostic.code == "config-item-deleted"));
}

#[test]
fn other_json_is_left_alone() {
    for text in [
        "",
        "{}",
        "[]",
        "[1]",
        "{\"version\": 4}",
        "{\"resources\": {}}",
        "{\"steps\": []}",
        "null",
        "{\"name\": \"x\"",
        "{\"assets\": [{\"a\": 1}]}",
    ] {
        assert_eq!(recognise("x.json", text), None, "{text}");
    }
    assert_eq!(recognise("Pulumi.yaml", "name: x\nruntime: nodejs\n"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cut_and_mangled_files_are_survived(cut in 0usize..4000, at in 0usize..4000, with in "[\\[\\]{}\",:a\\\\0é]{0,3}") {
        for (path, text) in [("plan.json", PLAN), ("terraform.tfstate", "{\"version\":4,\"serial\":1,\"resources\":[{\"type\":\"a\",\"name\":\"b\",\"instances\":[{\"index_key\":{},\"attributes\":[1],\"sensitive_attributes\":[[{\"value\":{}}],3]}]}]}"), ("c.json", "{\"configurationItems\":[{\"resourceType\":\"A\",\"resourceId\":\"b\",\"configuration\":[1],\"relationships\":[{}]}]}"), ("a.json", "[{\"name\":\"//a/b\",\"assetType\":\"c\",\"resource\":{\"data\":[]}},{\"name\":\"//a/b\",\"assetType\":\"c\",\"resource\":{\"data\":{\"x\":1}}}]"), ("s.json", "{\"deployment\":{\"resources\":[{\"urn\":\"urn:pulumi:a\",\"type\":\"b\",\"parent\":\"urn:pulumi:a\",\"inputs\":{\"x\":{\"4dabf18193072939515e22adb298388d\":\"1b47061264138c4ac30d75fd1eb44270\"}}}]}}"), ("Pulumi.yaml", "name: x\nruntime: yaml\nvariables: {a: '${b[\"'}\nresources: {r: {type: t, properties: {x: '${a}', fn::join: 3, y: {fn::select: [9]}}}}\n")] {
            let mut text: String = text.chars().take(cut).collect();
            let place = text.char_indices().nth(at % (text.chars().count() + 1)).map_or(text.len(), |(index, _)| index);
            text.insert_str(place, &with);
            let once = read(&[(path, &text)]);
            let twice = read(&[(path, &text)]);
            prop_assert_eq!(once.inventory, twice.inventory);
        }
    }
}

#[test]
fn nesting_without_end_is_survived() {
    let deep = format!(
        "{{\"format_version\":\"1\",\"planned_values\":{{\"root_module\":{}",
        "{\"child_modules\":[".repeat(20_000)
    );
    read(&[("plan.json", &deep)]);
    let assets = format!("[{{\"name\":\"//a/b\",\"assetType\":\"c\",\"resource\":{}", "[".repeat(50_000));
    read(&[("assets.json", &assets)]);
    let variables: String = (0..60).map(|n| format!("  v{n}: ['${{v{}}}', '${{v{}}}']\n", n + 1, n + 1)).collect();
    let program = format!(
        "name: x\nruntime: yaml\nvariables:\n{variables}  v60: 1\nresources:\n  r: {{type: t, properties: {{x: '${{v0}}'}}}}\n"
    );
    assert_eq!(read(&[("Pulumi.yaml", &program)]).inventory.resources.len(), 1);
}

// The corpus.

fn corpus(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/iac").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

fn json_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            json_files(&entry, found);
        } else if entry.extension().is_some_and(|ending| ending == "json") {
            found.push(entry);
        }
    }
}

fn list<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).and_then(Node::as_sequence).unwrap_or(&[])
}

fn addresses(module: Option<&Node>, found: &mut BTreeSet<String>) {
    let Some(module) = module else { return };
    let within = module.get("address").and_then(Node::as_str).unwrap_or("");
    for node in list(module, "resources") {
        // Terraform 0.12 leaves the module and the key out in states.
        let Some(address) = node.get("address").and_then(Node::as_str) else { continue };
        let whole = within.is_empty() || address.starts_with(&format!("{within}."));
        let key = match node.get("index") {
            Some(key) if !address.ends_with(']') => match key.as_i64() {
                Some(index) => format!("[{index}]"),
                None => format!("[\"{}\"]", key.as_str().unwrap()),
            },
            _ => String::new(),
        };
        let before = if whole { String::new() } else { format!("{within}.") };
        found.insert(format!("{before}{address}{key}"));
    }
    list(module, "child_modules").iter().for_each(|child| addresses(Some(child), found));
}

/// The addresses that a plan or a shown state says there will be.
fn expected(root: &Node) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let prior = root.get("prior_state").and_then(|state| state.get("values"));
    for values in [root.get("planned_values"), root.get("values"), prior] {
        addresses(values.and_then(|values| values.get("root_module")), &mut all);
    }
    for change in list(root, "resource_changes") {
        let address = change.get("address").and_then(Node::as_str).unwrap();
        let actions = list(change.get("change").unwrap(), "actions");
        if actions.iter().all(|action| action.as_str() == Some("delete")) {
            all.remove(address);
        } else {
            all.insert(address.to_owned());
        }
    }
    all
}

fn compare_plan(path: &Path, text: &str) -> usize {
    let start = text.find("{\"format").or_else(|| text.find('{')).unwrap();
    let root = parse_json(FileId(0), &text[start..], &Limits::default(), &mut Vec::new()).unwrap();
    let expected = expected(&root);
    let output = read(&[("plan.json", text)]);
    assert_eq!(output.files.len(), 1, "{} is not recognised", path.display());
    let read: BTreeSet<String> =
        output.inventory.resources.iter().map(|resource| resource.address.to_string()).collect();
    assert_eq!(read, expected, "{}", path.display());
    assert_eq!(read.len(), output.inventory.resources.len());
    read.len()
}

#[test]
fn every_plan_of_the_corpus_is_read_whole() {
    let (Some(plans), Some(triplets)) = (corpus("tfplan-json-infracost"), corpus("gcp-tfplan-cai-triplets")) else {
        return;
    };
    let mut files = Vec::new();
    json_files(&plans, &mut files);
    json_files(&triplets.join("testdata/rendered"), &mut files);
    let (mut count, mut resources, mut unknown_left, mut references) = (0, 0, 0usize, 0usize);
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let plan =
            text.contains("\"format_version\"") && (text.contains("\"planned_values\"") || text.contains("\"values\""));
        let source = recognise(&path.to_string_lossy(), &text);
        assert_eq!(plan, matches!(source, Some(Source::TerraformPlan | Source::TerraformState)), "{}", path.display());
        if plan {
            count += 1;
            resources += compare_plan(&path, &text);
            for resource in &read(&[("plan.json", &text)]).inventory.resources {
                resource.attributes.references(&mut |_, _| references += 1);
                unknown_left += format!("{:?}", resource.attributes).matches("Unknown {").count();
            }
        }
    }
    println!("{count} plans, {resources} resources, {references} references, {unknown_left} unknown");
    assert!(count > 100 && references > 20);
}

#[test]
fn every_asset_export_of_the_corpus_is_read_whole() {
    let Some(triplets) = corpus("gcp-tfplan-cai-triplets") else { return };
    let mut files = Vec::new();
    json_files(&triplets.join("testdata/rendered"), &mut files);
    let mut count = 0;
    for path in files.iter().filter(|path| !path.to_string_lossy().ends_with(".tfplan.json")) {
        let text = std::fs::read_to_string(path).unwrap();
        let root = parse_json(FileId(0), &text, &Limits::default(), &mut Vec::new()).unwrap();
        let Some(assets) = root.as_sequence() else { continue };
        if assets.is_empty() {
            continue;
        }
        let has = |asset: &Node, keys: &[&str]| keys.iter().any(|key| asset.get(key).is_some());
        let mut expected = BTreeSet::new();
        for asset in assets {
            let name = asset.get("name").and_then(Node::as_str).unwrap().to_owned();
            if has(asset, &["iam_policy"]) {
                expected.insert(format!("{name}#iam-policy"));
            }
            if has(asset, &["resource", "org_policy", "v2_org_policies", "access_policy"])
                || !has(asset, &["iam_policy"])
            {
                expected.insert(name);
            }
        }
        let output = read(&[("assets.json", &text)]);
        assert_eq!(
            output.files.first().map(|(_, source)| *source),
            Some(Source::CloudAssetInventory),
            "{}",
            path.display()
        );
        let read: BTreeSet<String> =
            output.inventory.resources.iter().map(|resource| resource.address.to_string()).collect();
        assert_eq!(read, expected, "{}", path.display());
        count += 1;
    }
    println!("{count} exports");
    assert!(count > 80);
}

/// For each triplet, the addresses of its plan and the names of its assets: what a comparison of facts starts from.
fn triplets(folder: &Path) -> Vec<(String, Vec<String>, Vec<String>)> {
    let mut files = Vec::new();
    json_files(folder, &mut files);
    let mut found = Vec::new();
    for plan in files {
        let name = plan.file_name().unwrap().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(".tfplan.json") else { continue };
        let assets = folder.join(format!("{name}.json"));
        let addresses = |path: &Path| -> Vec<String> {
            let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
            read(&[("it.json", &text)])
                .inventory
                .resources
                .iter()
                .map(|resource| resource.address.to_string())
                .collect()
        };
        found.push((name.to_owned(), addresses(&plan), addresses(&assets)));
    }
    found
}

#[test]
fn every_triplet_has_resources_on_both_sides() {
    let Some(folder) = corpus("gcp-tfplan-cai-triplets") else { return };
    let triplets = triplets(&folder.join("testdata/rendered"));
    assert!(triplets.len() > 80);
    for (name, planned, assets) in &triplets {
        println!("{name}: {} | {}", planned.join(" "), assets.join(" "));
        assert!(!planned.is_empty(), "{name}");
    }
    let both = triplets.iter().filter(|(_, _, assets)| !assets.is_empty()).count();
    println!("{both} of {}", triplets.len());
    assert!(both * 10 > triplets.len() * 9);
}

#[test]
fn every_pulumi_program_of_the_corpus_is_read_whole() {
    let Some(folder) = corpus("pulumi-examples") else { return };
    for (name, resources, data) in [("aws-yaml-eks", 1, 2), ("azure-yaml-app-service", 10, 1)] {
        let text = std::fs::read_to_string(folder.join(name).join("Pulumi.yaml")).unwrap();
        let output = read(&[("Pulumi.yaml", &text)]);
        let of = |mode: Mode| output.inventory.resources.iter().filter(|resource| resource.mode == mode).count();
        assert_eq!((of(Mode::Managed), of(Mode::Data)), (resources, data), "{name}");
        assert!(output.diagnostics.is_empty(), "{:?}", output.diagnostics);
    }
    let text = std::fs::read_to_string(folder.join("aws-py-fargate/Pulumi.yaml")).unwrap();
    assert_eq!(recognise("Pulumi.yaml", &text), None);
}
