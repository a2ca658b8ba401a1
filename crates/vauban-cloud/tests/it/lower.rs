//! What becomes of resources: elements, facts, flows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use vauban_cloud::Estate;
use vauban_cloud::flows::infer;
use vauban_cloud::lower::{Input, LowerOptions, Lowered, lower};
use vauban_cloud::network::ways;
use vauban_infrastructure::Options;
use vauban_model::model::{Element, Origin};
use vauban_model::resource::{Inventory, Source};
use vauban_model::vocabulary::{Domain, FactId, fact};

use crate::catalogue::{catalogue, list, map, reference, resource, text, yes};
use crate::world::{inventory, root};

pub(crate) fn lowered(inventory: &mut Inventory, unfold: bool) -> Lowered {
    let catalogue = catalogue();
    catalogue.canonicalise(inventory);
    let estate = Estate::new(inventory);
    let network = ways(&estate);
    let flows = infer(&estate, &[]);
    let credentials = vauban_cloud::secrets::find(&estate);
    let rights = vauban_cloud::permissions::Rights::new(&estate, crate::world::tables());
    let input = Input {
        estate: &estate,
        catalogue: &catalogue,
        credentials: &credentials,
        network: &network,
        flows: &flows,
        runs_as: &[],
        open: &rights,
    };
    lower(&input, LowerOptions { unfold })
}

pub(crate) fn terraform(text: &str) -> Lowered {
    let files = BTreeMap::from([("main.tf".to_owned(), text.to_owned())]);
    lowered(&mut inventory(&files, &Options::default()), false)
}

pub(crate) fn component<'l>(lowered: &'l Lowered, id: &str) -> &'l Element {
    &lowered.model.components.iter().find(|c| &*c.element.id == id).unwrap_or_else(|| panic!("no {id}")).element
}

fn boundary_of(lowered: &Lowered, id: &str) -> String {
    let component = lowered.model.components.iter().find(|c| &*c.element.id == id).unwrap();
    lowered.model.boundaries[component.boundary.unwrap() as usize].element.id.to_string()
}

pub(crate) fn known(element: &Element, id: FactId) -> Option<(&'static str, Origin)> {
    let fact = element.fact(id)?;
    let word = match element.bool(id) {
        Some(true) => "yes",
        Some(false) => "no",
        None => element.word(id)?,
    };
    Some((word, fact.origin))
}

const VPC: &str = r#"
resource "aws_vpc" "main" { cidr_block = "10.0.0.0/16" }
resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}
"#;

#[test]
fn a_machine_lies_in_its_subnet_and_says_what_absent_attributes_mean() {
    let lowered = terraform(&format!(
        r#"{VPC}
variable "tokens" {{}}
resource "aws_instance" "old" {{
  subnet_id = aws_subnet.a.id
}}
resource "aws_instance" "new" {{
  subnet_id = aws_subnet.a.id
  metadata_options {{
    http_tokens = "required"
  }}
}}
resource "aws_instance" "asked" {{
  subnet_id = aws_subnet.a.id
  metadata_options {{
    http_tokens = var.tokens
  }}
}}
"#
    ));
    assert_eq!(boundary_of(&lowered, "aws_instance.old"), "aws_subnet.a");
    let subnet = lowered.model.boundaries.iter().find(|b| &*b.element.id == "aws_subnet.a").unwrap();
    let vpc = &lowered.model.boundaries[subnet.parent.unwrap() as usize];
    assert_eq!(&*vpc.element.id, "aws_vpc.main");
    assert_eq!(&*lowered.model.boundaries[vpc.parent.unwrap() as usize].element.id, "account:aws");
    let old = component(&lowered, "aws_instance.old");
    assert_eq!(known(old, fact::PLAIN_METADATA_SERVICE), Some(("yes", Origin::Default)));
    assert_eq!(old.control("metadata-service-protection").map(|c| c.present), Some(false));
    let new = component(&lowered, "aws_instance.new");
    assert_eq!(known(new, fact::PLAIN_METADATA_SERVICE), Some(("no", Origin::Imported)));
    assert_eq!(new.fact(fact::PLAIN_METADATA_SERVICE).unwrap().span.line, 15, "the attribute's place");
    // Unknown is not false, and no default either.
    let asked = component(&lowered, "aws_instance.asked");
    assert_eq!(known(asked, fact::PLAIN_METADATA_SERVICE), None);
    assert!(asked.control("metadata-service-protection").is_none());
    assert!(asked.extras.iter().any(|(key, what)| &**key == "not known" && what.contains("var.tokens")));
}

#[test]
fn what_stands_in_satellites_is_said_of_the_bucket() {
    let lowered = terraform(
        r#"
resource "aws_s3_bucket" "plain" { bucket = "plain" }
resource "aws_s3_bucket" "open" { bucket = "open" }
resource "aws_s3_bucket_policy" "open" {
  bucket = aws_s3_bucket.open.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_s3_bucket" "blocked" { bucket = "blocked" }
resource "aws_s3_bucket_policy" "blocked" {
  bucket = aws_s3_bucket.blocked.id
  policy = data.aws_iam_policy_document.any.json
}
data "aws_iam_policy_document" "any" {
  statement {
    actions = ["s3:*"]
    resources = ["*"]
    principals {
      type = "*"
      identifiers = ["*"]
    }
  }
}
resource "aws_s3_bucket_public_access_block" "blocked" {
  bucket = aws_s3_bucket.blocked.id
  block_public_acls = true
  block_public_policy = true
  ignore_public_acls = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_versioning" "named" {
  bucket = "plain"
  versioning_configuration {
    status = "Enabled"
  }
}
"#,
    );
    let plain = component(&lowered, "aws_s3_bucket.plain");
    assert_eq!(known(plain, fact::ENCRYPTION_AT_REST), Some(("service-key", Origin::Default)));
    assert_eq!(known(plain, fact::PUBLIC_READ), Some(("no", Origin::Default)));
    assert_eq!(plain.control("object-versioning").map(|c| c.present), Some(true), "joined by name");
    let open = component(&lowered, "aws_s3_bucket.open");
    assert_eq!(known(open, fact::PUBLIC_READ), Some(("yes", Origin::Imported)));
    assert_eq!(known(open, fact::PUBLIC_WRITE), Some(("no", Origin::Default)));
    assert_eq!(known(component(&lowered, "aws_s3_bucket.blocked"), fact::PUBLIC_READ), Some(("no", Origin::Imported)));
    // Each satellite is the bucket, in the picture and for whoever looks it up.
    assert_eq!(lowered.model.components.len(), 3);
}

#[test]
fn a_service_takes_on_its_task_definition() {
    let stack = |unfold| {
        let text = format!(
            r#"{VPC}
resource "aws_ecs_cluster" "c" {{ name = "c" }}
resource "aws_ecs_task_definition" "t" {{
  family = "shop"
  container_definitions = jsonencode([{{ name = "app", image = "nginx:1", privileged = true }}])
}}
resource "aws_ecs_service" "s" {{
  name = "shop"
  cluster = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t.arn
  network_configuration {{
    subnets = [aws_subnet.a.id]
  }}
}}
"#
        );
        let files = BTreeMap::from([("main.tf".to_owned(), text)]);
        lowered(&mut inventory(&files, &Options::default()), unfold)
    };
    let folded = stack(false);
    let service = component(&folded, "aws_ecs_service.s");
    assert_eq!(known(service, fact::PRIVILEGED), Some(("yes", Origin::Imported)));
    assert_eq!(service.symbols(fact::HOST_ACCESS).len(), 1);
    assert!(!folded.model.components.iter().any(|c| &*c.element.id == "aws_ecs_task_definition.t"));
    let unfolded = stack(true);
    component(&unfolded, "aws_ecs_task_definition.t");
}

#[test]
fn public_functions_have_an_entrance_and_private_ones_none() {
    let lowered = terraform(
        r#"
resource "aws_lambda_function" "open" { function_name = "open" }
resource "aws_lambda_function_url" "open" {
  function_name      = aws_lambda_function.open.function_name
  authorization_type = "NONE"
}
resource "aws_lambda_function" "quiet" { function_name = "quiet" }
"#,
    );
    let flow = lowered.model.flows.iter().find(|f| &*f.element.id == "internet->aws_lambda_function.open").unwrap();
    assert_eq!(known(&flow.element, fact::AUTHENTICATION), Some(("none", Origin::Imported)));
    assert_eq!(known(&flow.element, fact::OVER_INTERNET).map(|k| k.0), Some("yes"));
    assert_eq!(known(component(&lowered, "aws_lambda_function.open"), fact::INTERNET_FACING).map(|k| k.0), Some("yes"));
    assert!(!lowered.model.flows.iter().any(|f| f.element.id.contains("quiet")));
}

#[test]
fn a_credential_in_the_environment_is_data_that_unlocks_its_owner() {
    let lowered = terraform(
        r#"
resource "aws_iam_user" "u" { name = "u" }
resource "aws_iam_access_key" "k" { user = aws_iam_user.u.name }
resource "aws_lambda_function" "f" {
  function_name = "f"
  environment {
    variables = { KEY = aws_iam_access_key.k.id, SECRET = aws_iam_access_key.k.secret }
  }
}
"#,
    );
    let key = lowered.model.data.iter().position(|d| &*d.id == "aws_iam_access_key.k").unwrap();
    let user = lowered.model.identities.iter().position(|i| &*i.id == "aws_iam_user.u").unwrap();
    assert_eq!(lowered.model.data[key].references(fact::UNLOCKS), [u32::try_from(user).unwrap()]);
    let function = component(&lowered, "aws_lambda_function.f");
    assert_eq!(function.references(fact::CONFIGURED_WITH), [u32::try_from(key).unwrap()]);
    assert_eq!(lowered.credentials.len(), 1);
}

#[test]
fn types_that_nobody_described_are_components_all_the_same() {
    let mut inventory = Inventory {
        resources: vec![
            resource(
                Source::Terraform,
                "aws_frobnicator_store",
                "aws_frobnicator_store.x",
                vec![("encrypted", yes(false)), ("publicly_accessible", yes(true))],
            ),
            resource(Source::Terraform, "acme_service", "acme_service.y", vec![]),
            resource(Source::CloudFormation, "AWS::Frob::Thing", "Thing", vec![("KmsKeyId", text("k"))]),
        ],
        ..Inventory::default()
    };
    let lowered = lowered(&mut inventory, false);
    let store = component(&lowered, "aws_frobnicator_store.x");
    assert_eq!(known(store, fact::KIND).map(|k| k.0), Some("data-store"));
    assert_eq!(known(store, fact::ENCRYPTION_AT_REST), Some(("none", Origin::Imported)));
    assert_eq!(known(store, fact::PUBLIC_ADDRESS).map(|k| k.0), Some("yes"));
    assert_eq!(known(component(&lowered, "acme_service.y"), fact::ENCRYPTION_AT_REST), None);
    assert_eq!(known(component(&lowered, "Thing"), fact::ENCRYPTION_AT_REST).map(|k| k.0), Some("customer-key"));
    assert_eq!(boundary_of(&lowered, "Thing"), "account:aws");
}

#[test]
fn the_same_bucket_of_a_template_says_the_same() {
    let mut inventory = Inventory {
        resources: vec![resource(
            Source::CloudFormation,
            "AWS::S3::Bucket",
            "Store",
            vec![
                (
                    "BucketEncryption",
                    map(vec![(
                        "ServerSideEncryptionConfiguration",
                        list(vec![map(vec![(
                            "ServerSideEncryptionByDefault",
                            map(vec![("SSEAlgorithm", text("aws:kms")), ("KMSMasterKeyID", reference("Key", "Arn"))]),
                        )])]),
                    )]),
                ),
                ("VersioningConfiguration", map(vec![("Status", text("Enabled"))])),
                ("AccessControl", text("PublicRead")),
            ],
        )],
        ..Inventory::default()
    };
    let lowered = lowered(&mut inventory, false);
    let store = component(&lowered, "Store");
    assert_eq!(known(store, fact::ENCRYPTION_AT_REST), Some(("customer-key", Origin::Imported)));
    assert_eq!(store.control("object-versioning").map(|c| c.present), Some(true));
    assert_eq!(known(store, fact::PUBLIC_READ).map(|k| k.0), Some("yes"), "canned lists are spelt otherwise there");
}

/// Reads a folder of the corpus; nothing where there is none.
fn corpus(folder: &str) -> Option<Inventory> {
    let base = root().join("../shared/corpus").join(folder);
    if !base.is_dir() {
        eprintln!("skipped: {} is not here", base.display());
        return None;
    }
    let mut files = BTreeMap::new();
    gather(&base, "", &mut files);
    Some(inventory(&files, &Options::default()))
}

fn gather(folder: &Path, prefix: &str, out: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if entry.path().is_dir() {
            if !name.starts_with('.') {
                gather(&entry.path(), &path, out);
            }
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            out.insert(path, text);
        }
    }
}

#[test]
fn nothing_of_the_corpus_is_lost() {
    for folder in [
        "terragoat/terraform",
        "iac/tf-ecs-fargate",
        "iac/tf-govuk-infrastructure",
        "iac/k8s-online-boutique",
        "iac/sam-ecommerce",
        "kubernetes-goat",
    ] {
        let Some(mut inventory) = corpus(folder) else { continue };
        let catalogue = catalogue();
        let lowered = lowered(&mut inventory, false);
        let mut lost = Vec::new();
        let mut generic: BTreeMap<String, usize> = BTreeMap::new();
        let wholes: BTreeSet<&str> = inventory
            .resources
            .iter()
            .flat_map(|one| one.address.match_indices('/').map(move |(at, _)| &one.address[..at]))
            .collect();
        for (resource, element) in inventory.resources.iter().zip(&lowered.element_of) {
            let entry = catalogue.get(&resource.ty);
            let glue = entry.is_some_and(|e| e.kind == vauban_cloud::catalogue::Kind::Glue);
            let looked_up = resource.mode == vauban_model::resource::Mode::Data;
            // A nested stack is its content.
            let nested = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];
            let stack = nested.contains(&&*resource.native_type) || &*resource.ty == "aws_cloudformation_stack";
            let is_content = stack && wholes.contains(&*resource.address);
            if element.is_none() && !glue && !looked_up && entry.is_some() && !is_content {
                lost.push(resource.address.to_string());
            }
            if entry.is_none() && resource.mode == vauban_model::resource::Mode::Managed {
                *generic.entry(resource.ty.to_string()).or_default() += 1;
            }
        }
        eprintln!(
            "{folder}: {} resources, {} components, {} flows, {} boundaries, {} identities, {} data; unknown types {generic:?}",
            inventory.resources.len(),
            lowered.model.components.len(),
            lowered.model.flows.len(),
            lowered.model.boundaries.len(),
            lowered.model.identities.len(),
            lowered.model.data.len(),
        );
        assert_eq!(lost, Vec::<String>::new(), "{folder}");
        // Ids are unique within a kind; boundaries have no cycles; references point at something.
        for domain in Domain::ALL {
            let mut ids: Vec<&str> = lowered.model.elements(domain).map(|(_, e)| &*e.id).collect();
            ids.sort_unstable();
            let count = ids.len();
            ids.dedup();
            assert_eq!(ids.len(), count, "{folder}: {domain:?}");
        }
        for flow in &lowered.model.flows {
            assert!((flow.source as usize) < lowered.model.components.len());
            assert!((flow.target as usize) < lowered.model.components.len());
        }
        for at in 0..lowered.model.boundaries.len() {
            let mut parent = lowered.model.boundaries[at].parent;
            for _ in 0..64 {
                parent = parent.and_then(|p| lowered.model.boundaries[p as usize].parent);
            }
            assert_eq!(parent, None);
        }
    }
}

/// What people have found wrong in the goats, in the words of our facts.
#[test]
fn weaknesses_of_the_goats_are_facts() {
    let Some(mut inventory) = corpus("terragoat/terraform") else { return };
    let lowered = lowered(&mut inventory, false);
    let find = |end: &str| {
        let found = lowered.model.components.iter().find(|c| c.element.id.ends_with(end));
        &found.unwrap_or_else(|| panic!("no {end}")).element
    };
    let absent = |end: &str, control: &str| {
        assert_eq!(find(end).control(control).map(|c| c.present), Some(false), "{end}: {control}");
    };
    let says = |end: &str, id: FactId, word: &str| {
        assert_eq!(known(find(end), id).map(|k| k.0), Some(word), "{end}: {}", id.definition().id);
    };
    says("aws_db_instance.default", fact::PUBLIC_ADDRESS, "yes");
    says("aws_db_instance.default", fact::ENCRYPTION_AT_REST, "none");
    absent("aws_db_instance.default", "backups");
    says("aws_instance.web_host", fact::PLAIN_METADATA_SERVICE, "yes");
    says("aws_ebs_volume.web_host_storage", fact::ENCRYPTION_AT_REST, "none");
    absent("aws_s3_bucket.data", "object-versioning");
    absent("aws_ecr_repository.repository", "image-scanning");
    absent("aws_kms_key.logs_key", "key-rotation");
    says("aws_neptune_cluster.default", fact::ENCRYPTION_AT_REST, "none");
    says("aws_elasticsearch_domain.monitoring-framework", fact::ENCRYPTION_AT_REST, "none");
    says("azurerm_kubernetes_cluster.k8s_cluster", fact::INTERNET_FACING, "yes");
    absent("azurerm_app_service.app-service1", "transport-encryption");
    says("google_container_cluster.workload_cluster", fact::INTERNET_FACING, "yes");
    absent("google_container_cluster.workload_cluster", "network-policies");
    says("google_storage_bucket.terragoat_website", fact::PUBLIC_READ, "yes");
    says("google_sql_database_instance.master_instance", fact::INTERNET_FACING, "yes");
    absent("google_sql_database_instance.master_instance", "backups");
    says("alicloud_oss_bucket.bad_bucket", fact::PUBLIC_READ, "yes");
}

#[test]
fn folders_that_make_the_same_role_are_accounts_of_their_own() {
    let app = |bucket: &str| {
        format!(
            "resource \"aws_iam_role\" \"app\" {{\n  name               = \"app\"\n  assume_role_policy = \"{{}}\"\n}}\n\
             resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"{bucket}\"\n}}\n"
        )
    };
    let files = BTreeMap::from([
        ("prod/app/main.tf".to_owned(), app("of-prod")),
        ("test/app/main.tf".to_owned(), app("of-test")),
        ("shared/main.tf".to_owned(), "resource \"aws_s3_bucket\" \"s\" {\n  bucket = \"shared\"\n}\n".to_owned()),
    ]);
    let mut read = inventory(&files, &Options::default());
    catalogue().canonicalise(&mut read);
    let said = vauban_cloud::tell_apart(&mut read);
    assert_eq!(said.iter().map(|one| one.code).collect::<Vec<_>>(), ["accounts-apart"]);
    let scope =
        |address: &str| read.resources.iter().find(|one| &*one.address == address).map(|one| one.scope.to_string());
    assert_eq!(scope("prod/app:aws_s3_bucket.b").as_deref(), Some(""));
    assert_eq!(scope("test/app:aws_s3_bucket.b").as_deref(), Some("test"));
    assert_eq!(scope("shared:aws_s3_bucket.s").as_deref(), Some(""));
}

#[test]
fn folders_that_make_the_same_service_account_are_projects_of_their_own() {
    let app = "variable \"project\" {\n  type = string\n}\n\
               resource \"google_service_account\" \"app\" {\n  account_id = \"app\"\n  project    = var.project\n}\n\
               resource \"google_project_iam_member\" \"app\" {\n  project = var.project\n  role    = \"roles/owner\"\n  \
               member  = \"serviceAccount:${google_service_account.app.email}\"\n}\n";
    // The third makes nothing that another makes: its project may be that of either.
    let other = app.replace("account_id = \"app\"", "account_id = \"other\"");
    let files = BTreeMap::from([
        ("prod/main.tf".to_owned(), app.to_owned()),
        ("test/main.tf".to_owned(), app.to_owned()),
        ("tools/main.tf".to_owned(), other),
    ]);
    let mut read = inventory(&files, &Options::default());
    catalogue().canonicalise(&mut read);
    let said = vauban_cloud::tell_apart(&mut read);
    assert_eq!(said.iter().map(|one| one.code).collect::<Vec<_>>(), ["accounts-apart"]);
    let estate = vauban_cloud::Estate::new(&read);
    let rights = vauban_cloud::permissions::Rights::new(&estate, crate::world::tables());
    let at = |address: &str| estate.find(address).unwrap_or_else(|| panic!("{address}"));
    let may = |from: &str, to: &str| {
        let from = rights.principal_of(at(&format!("{from}:google_service_account.app"))).expect("a principal");
        let target = vauban_cloud::permissions::Target::Resource(at(&format!("{to}:google_service_account.app")));
        rights.can(from, "iam.serviceAccountKeys.create", target, &vauban_cloud::permissions::Request::default()).answer
    };
    use vauban_cloud::permissions::Answer;
    assert_eq!(may("prod", "prod"), Answer::Allowed);
    assert_eq!(may("prod", "test"), Answer::Denied);
    assert_eq!(may("test", "prod"), Answer::Denied);
    assert_eq!(may("prod", "tools"), Answer::Unknown);
    assert_eq!(may("tools", "test"), Answer::Unknown);
}

#[test]
fn access_that_is_given_in_a_project_by_its_name_may_be_in_the_other_environment() {
    let app = |more: &str| {
        format!(
            "variable \"project\" {{\n  type = string\n}}\n\
             resource \"google_service_account\" \"app\" {{\n  account_id = \"app\"\n  project    = var.project\n}}\n{more}"
        )
    };
    let grant = "resource \"google_project_iam_member\" \"app\" {\n  project = \"shop-dev\"\n  role    = \"roles/owner\"\n  \
                 member  = \"serviceAccount:${google_service_account.app.email}\"\n}\n";
    let files = BTreeMap::from([("prod/main.tf".to_owned(), app(grant)), ("dev/main.tf".to_owned(), app(""))]);
    let mut read = inventory(&files, &Options::default());
    catalogue().canonicalise(&mut read);
    vauban_cloud::tell_apart(&mut read);
    let estate = vauban_cloud::Estate::new(&read);
    let rights = vauban_cloud::permissions::Rights::new(&estate, crate::world::tables());
    let at = |address: &str| estate.find(address).unwrap_or_else(|| panic!("{address}"));
    let from = rights.principal_of(at("prod:google_service_account.app")).expect("a principal");
    let target = vauban_cloud::permissions::Target::Resource(at("dev:google_service_account.app"));
    let request = vauban_cloud::permissions::Request::default();
    let answer = rights.can(from, "iam.serviceAccountKeys.create", target, &request).answer;
    assert_eq!(answer, vauban_cloud::permissions::Answer::Unknown);
}

fn folded(text: &str, unfold: bool) -> Lowered {
    let files = BTreeMap::from([("main.tf".to_owned(), text.to_owned())]);
    lowered(&mut inventory(&files, &Options::default()), unfold)
}

const TABLES: &str = r#"
resource "aws_dynamodb_table" "t" {
  for_each = { carts = 1, orders = 1, users = 1, ledger = 2 }
  name     = "shop-${each.key}"
  hash_key = "id"
  point_in_time_recovery {
    enabled = each.value == 1
  }
}
"#;

#[test]
fn instances_of_one_block_that_say_the_same_are_one_element() {
    let all = folded(TABLES, false);
    let ids: Vec<&str> = all.model.components.iter().map(|c| &*c.element.id).collect();
    assert_eq!(ids, ["aws_dynamodb_table.t[*]", "aws_dynamodb_table.t[\"ledger\"]"]);
    let one = component(&all, "aws_dynamodb_table.t[*]");
    assert!(one.name.contains("3 of them"), "{}", one.name);
    // Each instance still leads to it.
    let of_one: Vec<_> =
        all.element_of.iter().flatten().filter(|element| all.model.id(**element) == &*one.id).collect();
    assert_eq!(of_one.len(), 3);
    assert_eq!(folded(TABLES, true).model.components.len(), 4);
}

#[test]
fn an_instance_that_something_else_speaks_of_stays_by_itself() {
    let single = r#"
resource "aws_dynamodb_resource_policy" "p" {
  resource_arn = aws_dynamodb_table.t["users"].arn
  policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "dynamodb:*", Resource = "*" }] })
}
"#;
    let more = folded(&format!("{}{single}", TABLES.replace("ledger = 2", "ledger = 1")), false);
    let ids: Vec<&str> = more.model.components.iter().map(|c| &*c.element.id).collect();
    assert!(ids.contains(&"aws_dynamodb_table.t[*]") && ids.contains(&"aws_dynamodb_table.t[\"users\"]"), "{ids:?}");
    // Two are still read one by one.
    let two = folded(&TABLES.replace("users = 1, ", ""), false);
    assert_eq!(two.model.components.len(), 3);
}

#[test]
fn modules_that_are_not_at_hand_fold_by_their_source() {
    let text: String = ["a", "b", "c"]
        .iter()
        .map(|name| {
            format!("module \"{name}\" {{\n source = \"example.com/org/workspace\"\n folder = \"x/{name}\"\n}}\n")
        })
        .chain(["module \"d\" {\n source = \"example.com/org/other\"\n}\n".to_owned()])
        .collect();
    let all = folded(&text, false);
    let ids: Vec<&str> = all.model.components.iter().map(|c| &*c.element.id).collect();
    assert_eq!(ids, ["module.*[example.com/org/workspace]", "module.d"]);
    assert_eq!(folded(&text, true).model.components.len(), 4);
}

#[test]
fn a_rule_for_everybody_says_so_of_the_flow_and_of_ports_for_administrators() {
    let ways = |from: &str, port: u16| {
        let lowered = terraform(&format!(
            r#"
            resource "aws_vpc" "v" {{ cidr_block = "10.0.0.0/16" }}
            resource "aws_internet_gateway" "g" {{ vpc_id = aws_vpc.v.id }}
            resource "aws_subnet" "s" {{
              vpc_id                  = aws_vpc.v.id
              cidr_block              = "10.0.1.0/24"
              map_public_ip_on_launch = true
            }}
            resource "aws_route_table" "r" {{
              vpc_id = aws_vpc.v.id
              route {{
                cidr_block = "0.0.0.0/0"
                gateway_id = aws_internet_gateway.g.id
              }}
            }}
            resource "aws_route_table_association" "a" {{
              subnet_id      = aws_subnet.s.id
              route_table_id = aws_route_table.r.id
            }}
            resource "aws_security_group" "sg" {{
              vpc_id = aws_vpc.v.id
              ingress {{
                from_port   = {port}
                to_port     = {port}
                protocol    = "tcp"
                cidr_blocks = ["{from}"]
              }}
            }}
            resource "aws_instance" "i" {{
              ami                    = "ami-1"
              subnet_id              = aws_subnet.s.id
              vpc_security_group_ids = [aws_security_group.sg.id]
            }}
            "#
        ));
        let flow = lowered.model.flows.iter().find(|flow| &*flow.element.id == "internet->aws_instance.i");
        flow.map(|flow| (flow.element.bool(fact::IP_FILTERED), flow.element.bool(fact::ADMITS_MANAGEMENT)))
    };
    assert_eq!(ways("0.0.0.0/0", 22), Some((Some(false), Some(true))));
    assert_eq!(ways("0.0.0.0/0", 443), Some((Some(false), None)));
    assert!(ways("198.51.100.7/32", 22).is_none_or(|(_, manages)| manages.is_none()));
}

#[test]
fn an_entrance_that_only_sends_on_to_https_does_not_speak_http() {
    let protocol = |redirects: bool| {
        let body = if redirects {
            "default_url_redirect {\n https_redirect = true\n strip_query = false\n }"
        } else {
            "default_service = google_compute_backend_service.b.id"
        };
        let lowered = terraform(&format!(
            r#"
            resource "google_compute_backend_service" "b" {{ name = "b" }}
            resource "google_compute_url_map" "m" {{
              name = "m"
              {body}
            }}
            resource "google_compute_target_http_proxy" "p" {{
              name    = "p"
              url_map = google_compute_url_map.m.self_link
            }}
            resource "google_compute_global_forwarding_rule" "f" {{
              name       = "f"
              port_range = "80"
              target     = google_compute_target_http_proxy.p.id
            }}
            "#
        ));
        let from_internet = |id: &str| id.starts_with("internet->google_compute_global_forwarding_rule.f");
        let flow = lowered.model.flows.iter().find(|flow| from_internet(&flow.element.id)).unwrap();
        flow.element.word(fact::PROTOCOL)
    };
    assert_eq!(protocol(false), Some("http"));
    assert_eq!(protocol(true), None);
}

#[test]
fn what_is_only_looked_up_has_no_defaults() {
    let controls = |block: &str, address: &str| {
        let lowered = terraform(&format!(
            r#"
            {block} "aws_ecr_repository" "images" {{ name = "images" }}
            resource "aws_apprunner_service" "a" {{
              service_name = "a"
              source_configuration {{
                image_repository {{
                  image_identifier      = "${{{address}.repository_url}}:1"
                  image_repository_type = "ECR"
                }}
              }}
            }}
            "#
        ));
        let found =
            lowered.model.components.iter().find(|c| c.element.id.ends_with("aws_ecr_repository.images")).unwrap();
        found.element.control("immutable-storage").map(|control| control.present)
    };
    assert_eq!(controls("resource", "aws_ecr_repository.images"), Some(false));
    assert_eq!(controls("data", "data.aws_ecr_repository.images"), None);
}

pub(crate) fn lowered_file(name: &str, text: &str) -> Lowered {
    let files = BTreeMap::from([(name.to_owned(), text.to_owned())]);
    lowered(&mut inventory(&files, &Options::default()), false)
}

#[test]
fn containers_of_databases_are_stores_and_open_ones_ask_nobody() {
    let all = lowered_file(
        "compose.yaml",
        r#"
services:
  app:
    image: x/app
    environment: {A: "postgres://trusting:5432/x", B: "mongodb://mongo:27017", C: "redis://locked:6379", D: "mongodb://u:p@given:27017"}
  trusting: {image: "postgres:16", environment: {POSTGRES_HOST_AUTH_METHOD: trust}}
  closed: {image: "postgres:16", environment: {POSTGRES_PASSWORD: "${PW}"}}
  mongo: {image: "mongo:7"}
  given: {image: "mongo:7"}
  locked: {image: "redis:7", command: "redis-server --requirepass ${PW}"}
  told: {image: "redis:7", volumes: ["./redis.conf:/redis.conf"]}
  old: {image: "elasticsearch:7.17.8"}
  new: {image: "elasticsearch:8.15.0"}
  edge: {image: "mcr.microsoft.com/azure-sql-edge:1.0.4", environment: {SA_PASSWORD: "${PW}"}}
  own: {image: "example.com/ledger-db:v1", environment: {POSTGRES_DB: ledger}}
  exporter: {image: "oliver006/redis-exporter"}
  dump: {image: "postgres:16", command: pg_dump -h trusting}
"#,
    );
    let kind = |name: &str| component(&all, &format!("compose:{name}")).word(fact::KIND);
    let open = |name: &str| component(&all, &format!("compose:{name}")).bool(fact::ANONYMOUS_ACCESS);
    for name in ["trusting", "closed", "mongo", "given", "locked", "told", "old", "new", "edge", "own"] {
        assert_eq!(kind(name), Some("data-store"), "{name}");
    }
    for name in ["app", "exporter", "dump"] {
        assert_eq!(kind(name), Some("process"), "{name}");
    }
    for name in ["trusting", "mongo", "old"] {
        assert_eq!(open(name), Some(true), "{name}");
    }
    for name in ["closed", "given", "locked", "told", "new", "own", "exporter"] {
        assert_eq!(open(name), None, "{name}");
    }
    let authentication = |to: &str| {
        let flow = all.model.flows.iter().find(|flow| *flow.element.id == *format!("compose:app->compose:{to}"));
        flow.unwrap().element.word(fact::AUTHENTICATION)
    };
    assert_eq!(["trusting", "mongo", "locked", "given"].map(authentication), [Some("none"), Some("none"), None, None]);
}

#[test]
fn whoever_is_set_up_with_the_password_of_a_store_shows_it_there() {
    let all = lowered_file(
        "compose.yaml",
        r#"
services:
  app: {image: x/app, environment: {A_HOST: db, A_PASSWORD: s3cretpw}}
  other: {image: x/other, environment: {A_HOST: db}}
  db: {image: "postgres:16", environment: {POSTGRES_PASSWORD: s3cretpw}}
"#,
    );
    let authentication = |from: &str| {
        let flow = all.model.flows.iter().find(|flow| *flow.element.id == *format!("compose:{from}->compose:db"));
        flow.unwrap().element.word(fact::AUTHENTICATION)
    };
    assert_eq!(["app", "other"].map(authentication), [Some("credentials"), None]);
}

#[test]
fn a_store_that_takes_no_plain_text_is_spoken_to_over_tls() {
    let all = terraform(
        r#"
resource "azurerm_mssql_server" "db" {
  name                         = "orders"
  version                      = "12.0"
  administrator_login          = "boss"
  administrator_login_password = var.password
}
variable "password" { sensitive = true }
resource "azurerm_linux_web_app" "w" {
  name = "w"
  site_config {}
  app_settings = {
    DB_HOST = azurerm_mssql_server.db.fully_qualified_domain_name
    DB_PASS = azurerm_mssql_server.db.administrator_login_password
  }
}
"#,
    );
    let id = "azurerm_linux_web_app.w->azurerm_mssql_server.db";
    let flow = all.model.flows.iter().find(|flow| &*flow.element.id == id).unwrap();
    let said = [fact::PROTOCOL, fact::AUTHENTICATION].map(|id| flow.element.word(id));
    assert_eq!(said, [Some("sql-tls"), Some("credentials")]);
}

#[test]
fn secrets_that_stand_in_settings_and_start_scripts_are_found_there_by_code() {
    let all = terraform(
        r#"
resource "random_password" "p" { length = 16 }
resource "aws_db_instance" "d" {
  identifier = "d"
  engine     = "mysql"
  password   = random_password.p.result
}
resource "aws_instance" "i" {
  ami       = "ami-1"
  user_data = "mysql -p'${random_password.p.result}' -h ${aws_db_instance.d.address}"
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  environment {
    variables = {
      DB_HOST = aws_db_instance.d.address
      DB_PASS = random_password.p.result
    }
  }
}
resource "aws_lambda_function" "none" { function_name = "none" }
"#,
    );
    let from = |id: &str| component(&all, id).word(fact::SECRETS_FROM);
    assert_eq!(from("aws_instance.i"), Some("configuration-file"));
    assert_eq!(from("aws_lambda_function.f"), Some("environment"));
    assert_eq!(from("aws_lambda_function.none"), None);
}

#[test]
fn a_search_engine_of_a_cluster_without_its_security_asks_nobody() {
    let all = lowered_file(
        "all.yaml",
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: es}
spec: {template: {metadata: {labels: {app: es}}, spec: {containers: [{name: e, image: "elasticsearch:8.1", env: [{name: xpack.security.enabled, value: "false"}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: es}
spec: {type: LoadBalancer, selector: {app: es}, ports: [{port: 9200}]}
"#,
    );
    let es = component(&all, "k8s:default/Deployment/es");
    assert_eq!((es.word(fact::KIND), es.bool(fact::ANONYMOUS_ACCESS)), (Some("data-store"), Some(true)));
    let flow = all.model.flows.iter().find(|flow| &*flow.element.id == "internet->k8s:default/Deployment/es").unwrap();
    assert_eq!(flow.element.word(fact::AUTHENTICATION), Some("none"));
}

#[test]
fn what_only_gets_what_is_passed_on_has_no_flow_from_the_internet_of_its_own() {
    let cluster = lowered_file(
        "all.yaml",
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: inner, annotations: {kubernetes.io/ingress.class: alb}}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: other, port: {number: 80}}}}]}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other}
spec: {template: {metadata: {labels: {app: other}}, spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: other}
spec: {selector: {app: other}, ports: [{port: 80, targetPort: 8080}]}
"#,
    );
    let flows = |lowered: &Lowered| -> Vec<String> {
        lowered.model.flows.iter().map(|flow| flow.element.id.to_string()).collect()
    };
    let front = "k8s:default/Ingress/front";
    let expected = [
        format!("{front}->k8s:default/Deployment/web"),
        "k8s:default/Ingress/inner->k8s:default/Deployment/other".to_owned(),
        format!("internet->{front}"),
    ];
    assert_eq!(flows(&cluster), expected);
    assert_eq!(component(&cluster, "k8s:default/Deployment/web").bool(fact::INTERNET_FACING), Some(true));
    assert_ne!(component(&cluster, "k8s:default/Deployment/other").bool(fact::INTERNET_FACING), Some(true));

    let text = |own: &str, port: u16| {
        let inner = if port == 443 { 80 } else { port };
        format!(
            r#"
resource "aws_vpc" "v" {{ cidr_block = "10.0.0.0/16" }}
resource "aws_internet_gateway" "g" {{ vpc_id = aws_vpc.v.id }}
resource "aws_route_table" "r" {{
  vpc_id = aws_vpc.v.id
  route {{
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }}
}}
resource "aws_subnet" "s" {{
  vpc_id                  = aws_vpc.v.id
  cidr_block              = "10.0.0.0/24"
  map_public_ip_on_launch = true
}}
resource "aws_route_table_association" "a" {{
  route_table_id = aws_route_table.r.id
  subnet_id      = aws_subnet.s.id
}}
resource "aws_security_group" "lb" {{
  vpc_id = aws_vpc.v.id
  ingress {{
    from_port   = {port}
    to_port     = {port}
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }}
  egress {{
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }}
}}
resource "aws_security_group" "app" {{
  vpc_id = aws_vpc.v.id
  ingress {{
    from_port       = {inner}
    to_port         = {inner}
    protocol        = "tcp"
    security_groups = [aws_security_group.lb.id]
    {own}
  }}
}}
resource "aws_lb" "l" {{
  name            = "l"
  subnets         = [aws_subnet.s.id]
  security_groups = [aws_security_group.lb.id]
}}
resource "aws_lb_target_group" "t" {{
  port     = {inner}
  protocol = "HTTP"
  vpc_id   = aws_vpc.v.id
}}
resource "aws_lb_listener" "x" {{
  load_balancer_arn = aws_lb.l.arn
  port              = {port}
  protocol          = "HTTPS"
  default_action {{
    type             = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }}
}}
resource "aws_instance" "i" {{
  ami                    = "ami-1"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.s.id
  vpc_security_group_ids = [aws_security_group.app.id]
}}
resource "aws_lb_target_group_attachment" "at" {{
  target_group_arn = aws_lb_target_group.t.arn
  target_id        = aws_instance.i.id
}}
"#
        )
    };
    let balanced = |own: &str| terraform(&text(own, 443));
    let closed = balanced("");
    assert_eq!(flows(&closed), ["aws_lb.l->aws_instance.i", "internet->aws_lb.l"]);
    assert_eq!(component(&closed, "aws_instance.i").bool(fact::INTERNET_FACING), Some(true));
    // What passes connections on leaves the login to the machine.
    let network =
        terraform(&text("", 22).replace("name            = \"l\"", "name = \"l\"\n  load_balancer_type = \"network\""));
    assert!(flows(&network).contains(&"internet->aws_instance.i".to_owned()), "{:?}", flows(&network));
    // Whoever may go around the balancer is drawn doing so.
    let open = balanced("cidr_blocks = [\"0.0.0.0/0\"]");
    assert!(flows(&open).contains(&"internet->aws_instance.i".to_owned()));
}

#[test]
fn balancers_inside_and_lists_of_addresses_keep_the_internet_out() {
    let one = |name: &str, kind: &str, annotations: &str, spec: &str| {
        format!(
            "---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\nspec: {spec}\n\
             ---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{template: {{metadata: \
             {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: c, image: x}}]}}}}}}\n"
        )
    };
    let service = |name: &str, annotations: &str, more: &str| {
        let spec = format!("{{type: LoadBalancer, selector: {{app: {name}}}, ports: [{{port: 80}}]{more}}}");
        one(name, "Service", annotations, &spec)
    };
    let ingress = |name: &str, annotations: &str, class: &str| {
        let rule = "rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]}}]";
        one(name, "Ingress", annotations, &format!("{{{class}{rule}}}"))
    };
    let amazon = "service.beta.kubernetes.io/aws-load-balancer";
    let text = [
        service("open", "", ""),
        service("old", &format!("{amazon}-internal: 'true'"), ""),
        service("scheme", &format!("{amazon}-scheme: internal"), ""),
        service("google", "cloud.google.com/load-balancer-type: Internal", ""),
        service("azure", "service.beta.kubernetes.io/azure-load-balancer-internal: 'true'", ""),
        service("ranges", "", ", loadBalancerSourceRanges: [10.0.0.0/8]"),
        ingress("ways", "", ""),
        ingress("silent", "", "ingressClassName: alb, "),
        ingress("unsure", "alb.ingress.kubernetes.io/scheme: '${SCHEME}'", "ingressClassName: alb, "),
        ingress("facing", "alb.ingress.kubernetes.io/scheme: internet-facing", "ingressClassName: alb, "),
        ingress("listed", "nginx.ingress.kubernetes.io/whitelist-source-range: '10.0.0.0/8,192.168.0.0/16'", ""),
        ingress("private", "appgw.ingress.kubernetes.io/use-private-ip: 'true'", ""),
        ingress(
            "partner",
            "alb.ingress.kubernetes.io/scheme: internet-facing, alb.ingress.kubernetes.io/inbound-cidrs: 203.0.113.0/24",
            "ingressClassName: alb, ",
        ),
    ];
    let all = lowered_file("all.yaml", &text.concat());
    let entered: Vec<&str> =
        all.model.flows.iter().filter_map(|flow| flow.element.id.strip_prefix("internet->k8s:default/")).collect();
    assert_eq!(entered, ["Deployment/open", "Ingress/ways", "Ingress/unsure", "Ingress/facing"]);
}

#[test]
fn only_services_of_a_mesh_that_name_a_gateway_are_reached_through_it() {
    let workload = |name: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{template: {{metadata: {{labels: \
             {{app: {name}}}}}, spec: {{containers: [{{name: c, image: x}}]}}}}}}\n---\napiVersion: v1\nkind: Service\n\
             metadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}\n"
        )
    };
    let route = |name: &str, gateways: &str| {
        format!(
            "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: {name}}}\nspec: {{hosts: [{name}], \
             {gateways}http: [{{route: [{{destination: {{host: {name}, port: {{number: 80}}}}}}]}}]}}\n"
        )
    };
    let gateway = "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: gw}\nspec: {servers: [{port: \
                   {number: 443, protocol: HTTPS}, hosts: ['*']}]}\n";
    let text = [
        workload("shop"),
        workload("canary"),
        workload("inner"),
        route("shop", "gateways: [gw], "),
        route("canary", ""),
        route("inner", "gateways: [mesh], "),
        gateway.to_owned(),
    ];
    let all = lowered_file("all.yaml", &text.concat());
    let flows: Vec<&str> = all.model.flows.iter().map(|flow| &*flow.element.id).collect();
    assert_eq!(flows, ["k8s:default/Gateway/gw->k8s:default/Deployment/shop", "internet->k8s:default/Gateway/gw"]);
    assert_eq!(component(&all, "k8s:default/Deployment/shop").bool(fact::INTERNET_FACING), None);
    assert_eq!(component(&all, "k8s:default/Deployment/inner").bool(fact::INTERNET_FACING), Some(false));
}

#[test]
fn things_of_one_name_are_told_apart_by_what_no_other_has() {
    let one = |space: &str, kind: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web, namespace: {space}}}\nspec: {{template: {{metadata: \
             {{labels: {{app: web}}}}, spec: {{containers: [{{name: c, image: x}}]}}}}}}\n"
        )
    };
    let names = |text: &[String]| -> Vec<String> {
        lowered_file("all.yaml", &text.concat())
            .model
            .components
            .iter()
            .map(|component| component.element.name.to_string())
            .collect()
    };
    // By what they are where that is enough, by the namespace where it is not, and by the address where no part is their own.
    let kinds = [one("blue", "Deployment"), one("blue", "StatefulSet")];
    assert_eq!(names(&kinds), ["web (Deployment)", "web (StatefulSet)"]);
    let spaces = [one("blue", "Deployment"), one("green", "Deployment")];
    assert_eq!(names(&spaces), ["web (blue)", "web (green)"]);
    let all = ["blue", "green"].map(|space| ["Deployment", "StatefulSet"].map(|kind| one(space, kind)).concat());
    assert_eq!(names(&all)[0], "web (k8s:blue/Deployment/web)");
}

#[test]
fn a_service_that_selects_two_workloads_makes_no_flow_between_them() {
    let workload = |name: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{template: {{metadata: \
             {{labels: {{app: a}}}}, spec: {{containers: [{{name: c, image: x}}]}}}}}}\n"
        )
    };
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: a}}\n";
    let all = lowered_file("all.yaml", &[workload("v1"), workload("v2"), service.to_owned()].concat());
    assert_eq!(all.model.flows.len(), 0);
}

#[test]
fn the_administrator_of_a_container_is_root_however_it_is_written() {
    let all = lowered_file(
        "compose.yaml",
        "services:\n  a: {image: x, user: '0:0'}\n  b: {image: x, user: root:root}\n  \
         c: {image: x, user: '${UID:-0}:${GID:-0}'}\n  d: {image: x, user: '1000:0'}\n",
    );
    let limited = |name: &str| {
        component(&all, &format!("compose:{name}")).control("non-root-execution").map(|control| control.present)
    };
    assert_eq!(["a", "b", "c", "d"].map(limited), [Some(false), Some(false), Some(false), Some(true)]);
}

#[test]
fn run_services_are_open_to_all_by_permissions_of_either_version() {
    let of = |service: &str, permission: &str| {
        let all = terraform(&format!(
            r#"
resource "{service}" "s" {{ name = "s" }}
data "google_iam_policy" "p" {{
  binding {{
    role    = "roles/run.invoker"
    members = ["allUsers"]
  }}
}}
{permission}
"#
        ));
        let flow = all.model.flows.iter().find(|flow| flow.element.id.starts_with("internet->")).unwrap();
        (
            component(&all, &format!("{service}.s")).bool(fact::ANONYMOUS_ACCESS),
            flow.element.word(fact::AUTHENTICATION).map(str::to_owned),
        )
    };
    let open = (Some(true), Some("none".to_owned()));
    let closed = (Some(false), Some("token".to_owned()));
    for service in ["google_cloud_run_service", "google_cloud_run_v2_service", "google_cloudfunctions2_function"] {
        for ty in ["google_cloud_run_service_iam_member", "google_cloud_run_service_iam_binding"] {
            let members = if ty.ends_with("member") { "member = \"allUsers\"" } else { "members = [\"allUsers\"]" };
            let grant = |role: &str| {
                format!(
                    "resource \"{ty}\" \"p\" {{\n  service = {service}.s.name\n  role = \"{role}\"\n  {members}\n}}"
                )
            };
            assert_eq!(of(service, &grant("roles/run.invoker")), open, "{service} {ty}");
            assert_eq!(of(service, &grant("roles/run.viewer")), closed, "{service} {ty}");
        }
        let policy = format!(
            "resource \"google_cloud_run_service_iam_policy\" \"p\" {{\n  service = {service}.s.name\n  \
             policy_data = data.google_iam_policy.p.policy_data\n}}"
        );
        assert_eq!(of(service, &policy), open, "{service}");
    }
    let second = "resource \"google_cloud_run_v2_service_iam_policy\" \"p\" {\n  \
                  name = google_cloud_run_v2_service.s.name\n  policy_data = data.google_iam_policy.p.policy_data\n}";
    assert_eq!(of("google_cloud_run_v2_service", second), open);
}

#[test]
fn a_policy_that_opens_a_bucket_takes_back_the_block_that_nobody_stated() {
    let of = |block: &str| {
        let all = terraform(&format!(
            r#"
resource "aws_s3_bucket" "b" {{ bucket = "b" }}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*" }}] }})
}}
{block}
"#
        ));
        component(&all, "aws_s3_bucket.b").control("public-access-block").map(|control| control.present)
    };
    let block = |on: bool| {
        format!(
            "resource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  \
             block_public_acls = {on}\n  block_public_policy = {on}\n  ignore_public_acls = {on}\n  \
             restrict_public_buckets = {on}\n}}"
        )
    };
    assert_eq!((of(""), of(&block(false)), of(&block(true))), (None, Some(false), Some(true)));
}

#[test]
fn services_of_clouds_know_who_calls_unless_they_are_open() {
    let all = terraform(
        r#"
resource "aws_sns_topic" "t" {}
resource "aws_sqs_queue" "closed" {}
resource "aws_sns_topic_subscription" "a" {
  topic_arn = aws_sns_topic.t.arn
  endpoint  = aws_sqs_queue.closed.arn
}
resource "aws_cloudfront_distribution" "cf" {
  origin { domain_name = aws_s3_bucket.open.bucket_regional_domain_name }
}
resource "aws_s3_bucket" "open" { acl = "public-read" }
"#,
    );
    let how = |id: &str| {
        let flow = all.model.flows.iter().find(|flow| &*flow.element.id == id).unwrap();
        flow.element.word(fact::AUTHENTICATION)
    };
    assert_eq!(how("aws_sns_topic.t->aws_sqs_queue.closed"), Some("signature"));
    assert_eq!(how("aws_cloudfront_distribution.cf->aws_s3_bucket.open"), None);
}

#[test]
fn a_sidecar_is_not_what_a_workload_is_made_of_and_a_host_is_spoken_to_as_its_store_is() {
    let all = lowered_file(
        "all.yaml",
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: e, image: "envoyproxy/envoy:v1"}, {name: m, image: x/web, env: [{name: DB_HOST, value: db}]}, {name: r, image: "redis:7"}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: m, image: "postgres:16"}, {name: x, image: "prom/postgres-exporter"}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {selector: {app: db}, ports: [{port: 5432}]}
"#,
    );
    let made_of = |id: &str| component(&all, id).words(fact::TECHNOLOGY).iter().map(|word| &**word).collect::<Vec<_>>();
    assert_eq!(made_of("k8s:default/Deployment/web"), ["container"]);
    assert_eq!(made_of("k8s:default/StatefulSet/db"), ["container", "postgresql"]);
    let flow = &all.model.flows[0].element;
    assert_eq!(
        (&*flow.id, flow.word(fact::PROTOCOL)),
        ("k8s:default/Deployment/web->k8s:default/StatefulSet/db", Some("sql"))
    );
}

#[test]
fn the_first_of_several_main_containers_says_what_a_workload_is_made_of() {
    let made_of = |images: [&str; 2]| {
        let [first, second] = images;
        let all = lowered_file(
            "all.yaml",
            &format!(
                "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db}}\nspec: {{template: {{metadata: {{labels: {{app: db}}}}, \
                 spec: {{containers: [{{name: a, image: '{first}'}}, {{name: b, image: '{second}'}}]}}}}}}\n"
            ),
        );
        let element = component(&all, "k8s:default/StatefulSet/db");
        element.words(fact::TECHNOLOGY).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(made_of(["postgres:16", "redis:7"]), ["container", "postgresql"]);
    assert_eq!(made_of(["redis:7", "postgres:16"]), ["container", "redis"]);
}

#[test]
fn the_description_inside_a_gateway_says_how_callers_sign_in() {
    let of = |security: &str, more: &str| {
        let all = terraform(&format!(
            "resource \"aws_apigatewayv2_api\" \"a\" {{\n  protocol_type = \"HTTP\"\n  body = jsonencode({{ paths = {{ \"/\" = \
             {{ post = {{ {security} }}, get = {{ security = [{{ jwt = [] }}] }}, options = {{}} }} }}, components = {{ securitySchemes = {{ \
             jwt = {{ type = \"oauth2\" }}, key = {{ type = \"apiKey\" }}, iam = {{ type = \"apiKey\", \
             \"x-amazon-apigateway-authtype\" = \"awsSigv4\" }} }} }}{more} }})\n}}"
        ));
        let flow = all.model.flows.iter().find(|flow| flow.element.id.starts_with("internet->")).unwrap();
        flow.element.word(fact::AUTHENTICATION).map(str::to_owned)
    };
    for (security, more, wanted) in [
        ("", "", Some("none")),
        ("security = []", ", security = [{ jwt = [] }]", Some("none")),
        ("", ", security = [{ jwt = [] }]", Some("token")),
        ("security = [{ key = [] }]", "", Some("api-key")),
        ("security = [{ key = [] }, { jwt = [] }]", "", Some("api-key")),
        ("security = [{ iam = [] }]", "", Some("token")),
        ("security = [{ gone = [] }]", "", None),
    ] {
        assert_eq!(of(security, more).as_deref(), wanted, "{security} {more}");
    }
}

#[test]
fn a_connection_string_says_whether_its_flow_is_encrypted() {
    let lowered = terraform(
        r#"
        resource "aws_lambda_function" "fn" {
          function_name = "fn"
          environment {
            variables = {
              A = "postgres://u@a.example.com:5432/x?sslmode=require"
              B = "postgres://u@b.example.com:5432/x?sslmode=disable"
              C = "postgres://u@c.example.com:5432/x"
            }
          }
        }
        "#,
    );
    let encryption = |host: &str| {
        let id = format!("aws_lambda_function.fn->outside:{host}");
        let flow = lowered.model.flows.iter().find(|flow| *flow.element.id == *id).unwrap();
        known(&flow.element, fact::ENCRYPTION)
    };
    assert_eq!(encryption("a.example.com"), Some(("tls", Origin::Imported)));
    assert_eq!(encryption("b.example.com"), Some(("none", Origin::Imported)));
    assert_eq!(encryption("c.example.com"), None);
}

#[test]
fn a_stack_whose_content_is_read_is_that_content_and_no_box_beside_it() {
    let outer = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Child: {Type: AWS::CloudFormation::Stack, Properties: \
                 {TemplateURL: ./child.yaml}}\n  Gone: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: \
                 'https://s3.amazonaws.com/x/gone.yaml'}}\n";
    let child = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Q: {Type: AWS::SQS::Queue}\n";
    let files =
        BTreeMap::from([("root.yaml".to_owned(), outer.to_owned()), ("child.yaml".to_owned(), child.to_owned())]);
    let mut inventory = crate::world::inventory(&files, &Options::default());
    let lowered = lowered(&mut inventory, false);
    let mut names: Vec<&str> = lowered.model.components.iter().map(|one| &*one.element.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["Gone", "Q"]);
}

/// A machine behind a group that may let everybody in, and a bucket that may be closed.
const CONDITIONAL: &str = r#"
variable "open" {
  type = bool
  DEFAULT
}
locals { make = var.open ? 1 : 0 }
resource "aws_s3_bucket" "b" { bucket = "x" }
resource "aws_s3_bucket_versioning" "b" {
  count  = var.open ? 0 : 1
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_security_group" "s" { name = "s" }
resource "aws_security_group_rule" "r" {
  count             = var.open ? 1 : 0
  type              = "ingress"
  from_port         = 22
  to_port           = 22
  protocol          = "tcp"
  cidr_blocks       = ["0.0.0.0/0"]
  security_group_id = aws_security_group.s.id
}
resource "aws_instance" "i" {
  ami                         = "x"
  instance_type               = "t3.micro"
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.s.id]
}
resource "aws_instance" "j" {
  count         = local.make
  ami           = "x"
  instance_type = "t3.micro"
}
"#;

#[test]
fn tasks_are_placed_on_the_machines_they_are_held_to() {
    let read = |machines: &str, constraint: &str| {
        lowered_file(
            "main.tf",
            &format!(
                "variable \"n\" {{ type = number }}\nresource \"aws_ecs_cluster\" \"c\" {{ name = \"main\" }}\n{machines}resource \"aws_ecs_task_definition\" \"t\" {{\n  family = \"t\"\n  requires_compatibilities = [\"EC2\"]\n  container_definitions = jsonencode([{{ name = \"a\", image = \"shop/a\" }}])\n}}\nresource \"aws_ecs_service\" \"s\" {{\n  name = \"s\"\n  cluster = aws_ecs_cluster.c.id\n  launch_type = \"EC2\"\n  task_definition = aws_ecs_task_definition.t.arn\n{constraint}}}\n"
            ),
        )
    };
    let machine = |name: &str, count: &str| {
        format!(
            "resource \"aws_instance\" \"{name}\" {{\n{count}  ami = \"a\"\n  instance_type = \"t3.large\"\n  user_data = \"echo ECS_CLUSTER=main >> /etc/ecs/ecs.config\"\n}}\n"
        )
    };
    let surely = |lowered: &Lowered| lowered.hosted.iter().map(|one| one.surely).collect::<Vec<_>>();
    assert_eq!(surely(&read(&machine("m", ""), "")), [true]);
    // How many there are is not known: a task may be on another one.
    assert_eq!(surely(&read(&machine("m", "  count = var.n\n"), "")), [false]);
    let many: String = (0..40).map(|at| machine(&format!("m{at:02}"), "")).collect();
    let held = "  placement_constraints {\n    type = \"memberOf\"\n    expression = \"ec2InstanceId == ${aws_instance.m39.id}\"\n  }\n";
    assert_eq!(surely(&read(&many, held)), [true]);
    assert_eq!(surely(&read(&many, "")).len(), 32);
}

#[test]
fn custom_resources_of_a_template_are_no_components() {
    let lowered = lowered_file(
        "t.yaml",
        "Resources:\n  B: {Type: AWS::S3::Bucket}\n  T: {Type: AWS::CloudFormation::CustomResource, Properties: {ServiceToken: x}}\n",
    );
    component(&lowered, "B");
    assert!(!lowered.model.components.iter().any(|one| &*one.element.id == "T"));
}

/// A bucket that is public and a machine that is open, each of resources with a `count` of their own.
const TOGETHER: &str = r#"
variable "on" { type = bool }
variable "more" { type = bool }
resource "aws_s3_bucket" "b" {
  count  = WHOLE
  bucket = "shop"
}
resource "aws_s3_bucket_versioning" "b" {
  count  = PART
  bucket = aws_s3_bucket.b[0].id
  versioning_configuration { status = "Enabled" }
}
resource "aws_security_group" "s" {
  count = WHOLE
  name  = "s"
}
resource "aws_security_group_rule" "r" {
  count             = PART
  type              = "ingress"
  from_port         = 22
  to_port           = 22
  protocol          = "tcp"
  cidr_blocks       = ["0.0.0.0/0"]
  security_group_id = aws_security_group.s[0].id
}
resource "aws_instance" "i" {
  count                       = WHOLE
  ami                         = "x"
  instance_type               = "t3.micro"
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.s[0].id]
}
"#;

#[test]
fn a_part_is_sure_where_it_is_there_whenever_its_whole_is() {
    let read = |whole: &str, part: &str| {
        let lowered = lowered_file("main.tf", &TOGETHER.replace("WHOLE", whole).replace("PART", part));
        let bucket = lowered.model.components.iter().find(|one| one.element.id.starts_with("aws_s3_bucket.b")).unwrap();
        let kept = bucket.element.control("object-versioning").is_some_and(|known| known.present);
        let way =
            lowered.model.flows.iter().find(|flow| flow.element.id.starts_with("internet->aws_instance.i")).unwrap();
        (kept, way.element.words(fact::REFUSED_BY).is_empty())
    };
    assert_eq!(read("var.on ? 1 : 0", "var.on ? 1 : 0"), (true, true));
    assert_eq!(read("var.on && var.more ? 1 : 0", "!var.on ? 0 : 1"), (true, true));
    // Another condition, and the opposite one.
    assert_eq!(read("var.on ? 1 : 0", "var.more ? 1 : 0"), (false, false));
    assert_eq!(read("var.on ? 1 : 0", "var.on && var.more ? 1 : 0"), (false, false));
    assert_eq!(read("var.on ? 1 : 0", "var.on ? 0 : 1"), (false, false));
}

#[test]
fn parts_of_a_module_that_may_not_be_called_are_sure_unless_they_hang_on_more() {
    let read = |part: &str| {
        let inner = TOGETHER.replace("count  = WHOLE", "").replace("count = WHOLE", "");
        let inner =
            inner.replace("count                       = WHOLE", "").replace("PART", part).replace("[0].id", ".id");
        let files = BTreeMap::from([
            (
                "main.tf".to_owned(),
                "variable \"on\" { type = bool }\nmodule \"m\" {\n  source = \"./m\"\n  count = var.on ? 1 : 0\n}\n"
                    .to_owned(),
            ),
            ("m/main.tf".to_owned(), inner),
        ]);
        let lowered = lowered(&mut inventory(&files, &Options::default()), false);
        let bucket = lowered.model.components.iter().find(|one| one.element.id.contains("aws_s3_bucket.b")).unwrap();
        bucket.element.control("object-versioning").is_some_and(|known| known.present)
    };
    assert!(read("1"));
    // The variable inside is another one than that outside.
    assert!(!read("var.on ? 1 : 0"));
}

#[test]
fn parts_of_a_template_under_the_condition_of_their_whole_are_sure() {
    let read = |part: &str| {
        let text = format!(
            "Parameters:\n  Env: {{Type: String}}\nConditions:\n  IsProd: !Equals [!Ref Env, prod]\n  IsTest: !Equals [!Ref Env, test]\n\
             Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Condition: IsProd\n  P:\n    Type: AWS::S3::BucketPolicy\n    \
             Condition: {part}\n    Properties:\n      Bucket: !Ref B\n      PolicyDocument: {{Version: '2012-10-17', Statement: \
             [{{Effect: Allow, Principal: {{AWS: '111122223333'}}, Action: 's3:GetObject', Resource: '*'}}]}}\n"
        );
        let lowered = lowered_file("t.yaml", &text);
        component(&lowered, "B").control("resource-policies").is_some_and(|known| known.present)
    };
    assert!(read("IsProd"));
    assert!(!read("IsTest"));
}

#[test]
fn what_hangs_on_a_condition_that_nobody_settles_is_an_assumption() {
    let read = |default: &str| lowered_file("main.tf", &CONDITIONAL.replace("DEFAULT", default));
    let entrance = |lowered: &Lowered| -> Option<Vec<String>> {
        let found = lowered.model.flows.iter().find(|flow| &*flow.element.id == "internet->aws_instance.i")?;
        Some(found.element.words(fact::REFUSED_BY).iter().map(ToString::to_string).collect())
    };
    let unknown = read("");
    let leaning = entrance(&unknown).unwrap();
    assert!(leaning.iter().any(|text| text.contains("`var.open`")), "{leaning:?}");
    assert_eq!(component(&unknown, "aws_instance.i").bool(fact::INTERNET_FACING), None);
    assert!(component(&unknown, "aws_s3_bucket.b").control("object-versioning").is_none());
    let told = &component(&unknown, "aws_instance.j[*]").extras;
    assert!(told.iter().any(|(key, text)| &**key == "there only if" && text.contains("its count")), "{told:?}");
    let open = read("default = true");
    assert_eq!(entrance(&open), Some(Vec::new()));
    assert!(component(&open, "aws_s3_bucket.b").control("object-versioning").is_none_or(|known| !known.present));
    let closed = read("default = false");
    assert_eq!(entrance(&closed), None);
    assert!(component(&closed, "aws_s3_bucket.b").control("object-versioning").unwrap().present);
}

#[test]
fn a_condition_of_a_template_that_nobody_settles_is_an_assumption() {
    let read = |default: &str| {
        lowered_file(
            "t.yaml",
            &format!(
                "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Open: {{Type: String{default}}}\nConditions:\n  IsOpen: !Equals [!Ref Open, 'yes']\nResources:\n  G: {{Type: 'AWS::EC2::SecurityGroup', Properties: {{GroupDescription: x}}}}\n  R:\n    Type: AWS::EC2::SecurityGroupIngress\n    Condition: IsOpen\n    Properties: {{GroupId: !GetAtt G.GroupId, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}}\n  I:\n    Type: AWS::EC2::Instance\n    Properties: {{ImageId: ami-1, SecurityGroupIds: [!GetAtt G.GroupId]}}\n"
            ),
        )
    };
    let entrance = |lowered: &Lowered| -> Option<Vec<String>> {
        let found = lowered.model.flows.iter().find(|flow| flow.element.id.starts_with("internet->"))?;
        Some(found.element.words(fact::REFUSED_BY).iter().map(ToString::to_string).collect())
    };
    let leaning = entrance(&read("")).unwrap();
    assert!(leaning.iter().any(|text| text.contains("the condition `IsOpen` holds")), "{leaning:?}");
    assert_eq!(entrance(&read(", Default: 'yes'")), Some(Vec::new()));
    assert_eq!(entrance(&read(", Default: 'no'")), None);
}

#[test]
fn stores_in_container_services_of_clouds_are_stores() {
    let task = |image: &str| {
        let lowered = lowered_file(
            "main.tf",
            &format!(
                "resource \"aws_ecs_task_definition\" \"t\" {{\n  family = \"t\"\n  container_definitions = jsonencode([{{ name = \"a\", image = \"{image}\" }}])\n}}\nresource \"aws_ecs_service\" \"s\" {{\n  name = \"s\"\n  task_definition = aws_ecs_task_definition.t.arn\n}}\n"
            ),
        );
        let service = component(&lowered, "aws_ecs_service.s");
        (service.word(fact::KIND), known(service, fact::ANONYMOUS_ACCESS))
    };
    assert_eq!(task("redis:7"), (Some("data-store"), Some(("yes", Origin::Default))));
    assert_eq!(task("docker.io/library/postgres:16"), (Some("data-store"), None));
    assert_eq!(task("own/app:1"), (Some("process"), None));
    assert_eq!(task("oliver006/redis-exporter:1"), (Some("process"), None));
    let run = lowered_file(
        "main.tf",
        "resource \"google_cloud_run_v2_service\" \"r\" {\n  name = \"r\"\n  template {\n    containers {\n      image = \"mongo:7\"\n      env {\n        name = \"MONGO_INITDB_ROOT_USERNAME\"\n        value = \"x\"\n      }\n    }\n  }\n}\nresource \"azurerm_container_app\" \"c\" {\n  name = \"c\"\n  template {\n    container {\n      name = \"c\"\n      image = \"mysql:8\"\n    }\n  }\n}\n",
    );
    for id in ["google_cloud_run_v2_service.r", "azurerm_container_app.c"] {
        assert_eq!(component(&run, id).word(fact::KIND), Some("data-store"), "{id}");
        assert_ne!(component(&run, id).bool(fact::ANONYMOUS_ACCESS), Some(true), "{id}");
    }
}

#[test]
fn an_open_route_of_a_gateway_is_told_once_and_by_its_name() {
    let route = |key: &str, rest: &str| {
        format!(
            "resource \"aws_apigatewayv2_route\" \"{}\" {{\n  api_id = aws_apigatewayv2_api.a.id\n  route_key = \"{key}\"\n  {rest}\n}}\n",
            key.replace(['/', ' '], "_")
        )
    };
    let read = |routes: &str| {
        let text = format!(
            "resource \"aws_apigatewayv2_api\" \"a\" {{\n  name = \"a\"\n  protocol_type = \"HTTP\"\n}}\n{routes}"
        );
        let lowered = lowered_file("main.tf", &text);
        let all = lowered
            .model
            .flows
            .iter()
            .map(|flow| (flow.element.name.to_string(), flow.element.word(fact::AUTHENTICATION)));
        all.collect::<Vec<_>>()
    };
    let (guarded, open) = (route("GET /orders", "authorization_type = \"JWT\""), route("POST /admin", ""));
    let both = read(&format!("{guarded}{open}"));
    assert_eq!(both, [("internet to a".to_owned(), Some("token")), ("POST /admin".to_owned(), Some("none"))]);
    assert_eq!(read(&guarded), [("internet to a".to_owned(), Some("token"))]);
    assert_eq!(read(&open), [("internet to a".to_owned(), Some("none"))]);
    // What is open beside guarded routes and changes something is no public interface; how one signs in is.
    let public = |routes: &str| {
        let api = "resource \"aws_apigatewayv2_api\" \"a\" {\n  name = \"a\"\n  protocol_type = \"HTTP\"\n}\n";
        let lowered = lowered_file("main.tf", &format!("{api}{routes}"));
        component(&lowered, "aws_apigatewayv2_api.a").bool(fact::ANONYMOUS_ACCESS)
    };
    assert_eq!(public(&format!("{guarded}{open}")), None);
    assert_eq!(public(&format!("{guarded}{}", route("POST /login", ""))), Some(true));
    assert_eq!(public(&format!("{guarded}{}", route("GET /products", ""))), Some(true));
    assert_eq!(public(&open), Some(true));
}
