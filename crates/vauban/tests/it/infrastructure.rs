//! A folder of infrastructure code as the model: what a person types and sees.

use crate::support::{Folder, list, open, root, run, text};

const EXAMPLE: &str = "examples/terraform";

/// The example, with one text replaced; it has to be there.
fn changed(from: &str, to: &str) -> Folder {
    let main = std::fs::read_to_string(root().join(EXAMPLE).join("main.tf")).expect("the example is there");
    assert!(main.contains(from), "the example has no `{from}`");
    let folder = Folder::new();
    folder.write("main.tf", &main.replace(from, to));
    folder
}

#[test]
fn a_build_robot_that_can_take_the_account_is_the_worst_path_without_asking_for_it() {
    let check = run(&["check", EXAMPLE, "--format", "json"]).exits(0).json();
    let worst = &list(&check, "paths")[0];
    assert_eq!(text(worst, "to"), "account:aws");
    assert_eq!(text(worst, "from"), "aws_iam_user.deployer");
    let steps: Vec<&str> = list(worst, "steps").iter().filter_map(|step| step["finding"].as_str()).collect();
    assert_eq!(steps, ["passes-role-to-new-function@aws_iam_user.deployer"]);
    assert!(open(&check).iter().all(|id| !id.ends_with("@internet")), "nobody on the internet has a part in this");
}

#[test]
fn a_role_that_only_services_take_on_is_nobody_s_to_begin_with() {
    let folder = changed(
        r#"["lambda:CreateFunction", "lambda:InvokeFunction", "lambda:UpdateFunctionCode"]"#,
        r#"["s3:List*"]"#,
    );
    let check = folder.run(&["check", ".", "--format", "json"]).exits(0).json();
    assert!(list(&check, "paths").is_empty(), "{:#?}", check["paths"]);
}

#[test]
fn admin_is_control_of_the_account_and_nothing_less() {
    let whole = ["paths", ".", "--from", "aws_iam_user.deployer", "--to", "admin"];
    let folder = changed(
        "Action   = \"iam:PassRole\"\n        Resource = \"*\"",
        "Action   = \"iam:PassRole\"\n        Resource = aws_iam_role.scaler.arn",
    );
    folder.run(&whole).exits(0).prints("No attack path.").prints("administer AWS account");
    let same = changed("deployer", "deployer");
    same.run(&whole)
        .exits(0)
        .prints("gives bootstrap to a new function")
        .prints("iam:PassRole = deploy: allows iam:PassRole on *");
    same.run(&["paths", ".", "--from", "arn:aws:iam:::user/deployer", "--to", "bootstrap"]).exits(0).prints("main.tf:");
}

#[test]
fn can_answers_with_the_statement_and_refuses_what_is_no_question() {
    let can = |arguments: &[&str]| run(&[&["can"], arguments, &["--in", EXAMPLE]].concat());
    can(&["aws_iam_user.deployer", "iam:PassRole", "aws_iam_role.bootstrap"])
        .exits(0)
        .prints("Yes: aws_iam_user.deployer may iam:PassRole on aws_iam_role.bootstrap.")
        .prints("main.tf:");
    can(&["aws_iam_role.scaler", "s3:DeleteObject", "aws_s3_bucket.pictures"])
        .exits(1)
        .prints("No statement speaks of it; what is not allowed is denied.");
    can(&["internet", "s3:GetObject", "aws_s3_bucket.pictures"]).exits(1).prints("No: internet may not s3:GetObject");
    can(&["scaler", "s3:GetObject"]).exits(2).says("the name of 2 elements").says("`aws_iam_role.scaler`");
    can(&["deployer", "PassRole"]).exits(2).says("`PassRole` is not how a cloud writes an action").says("iam:PassRole");
    can(&["aws_iam_role.scaler", "s3:GetObjekt"])
        .exits(2)
        .says("no action is known that is called `s3:GetObjekt`")
        .says("did you mean `s3:GetObject`?");
    can(&["aws_iam_role.scaler", "s4:GetObject"]).exits(2).says("did you mean `s3:GetObject`?");
    can(&["internet", "s3:GetObjekt"]).exits(2).says("did you mean `s3:GetObject`?");
    can(&["nobody", "s3:GetObject"]).exits(2).says("nothing in the model is called `nobody`");
    can(&["aws_s3_bucket.pictures", "s3:GetObject"]).exits(2).says("is no principal");
}

#[test]
fn a_folder_that_gives_nothing_says_why() {
    let folder = Folder::new();
    folder.write("main.tf", "");
    folder
        .run(&["check", "."])
        .exits(2)
        .says("there is no resource in the infrastructure code of `.`, `main.tf` first");
    folder.write("main.tf", "\u{fffd}\u{1}\u{2}{{{{");
    folder.run(&["check", "."]).exits(2).says("nothing could be read in `.`").says("`main.tf`");
}

#[test]
fn what_is_broken_is_told_and_the_rest_is_read() {
    let folder = Folder::new();
    folder.write("a.tf", "resource \"aws_s3_bucket\" \"pictures\" {\n  bucket = \"x\n}\n");
    folder.write("b.tf", "resource \"aws_sqs_queue\" \"orders\" {}\n");
    let check = folder.run(&["check", "."]).says("a.tf:2:14").says("mend it as `terraform validate` asks");
    assert!(check.out.contains("2 components"), "{}", check.out);
}

#[test]
fn what_a_person_adds_lies_beside_the_code_and_an_orphan_is_told() {
    let folder = changed("deployer", "deployer");
    folder.write(
        "vauban.overlay.yaml",
        "components:\n  aws_s3_bucket.pictures: {name: The pictures}\n  aws_s3_bucket.gone: {name: Gone}\n",
    );
    let list = folder.run(&["check", ".", "--format", "json"]);
    assert!(list.err.contains("aws_s3_bucket.gone") || list.out.contains("aws_s3_bucket.gone"), "{}", list.err);
    folder.run(&["can", "aws_iam_role.scaler", "s3:GetObject", "The pictures"]).exits(0);
}

/// A function with a queue it may write to and is told of, one it is told of and may not use, and one it may use for nothing.
const USES: &str = r#"
resource "aws_sqs_queue" "jobs" { name = "jobs" }
resource "aws_sqs_queue" "mail" { name = "mail" }
resource "aws_sqs_queue" "old" { name = "old-orders" }
resource "aws_iam_role" "api" {
  name = "api"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy" "api" {
  role = aws_iam_role.api.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sqs:SendMessage", Resource = [aws_sqs_queue.jobs.arn, aws_sqs_queue.old.arn] },
      { Effect = "Allow", Action = "logs:*", Resource = "*" },
    ]
  })
}
resource "aws_lambda_function" "api" {
  function_name = "api"
  role          = aws_iam_role.api.arn
  environment {
    variables = { JOBS = aws_sqs_queue.jobs.url, MAIL_QUEUE = "https://sqs.eu-west-1.amazonaws.com/1/mail" }
  }
}
"#;

/// The findings of a rule: where, with their text.
fn of_rule<'a>(check: &'a serde_json::Value, rule: &str) -> Vec<(&'a str, &'a str)> {
    let all = list(check, "findings").iter().filter(|finding| finding["rule"] == rule);
    all.map(|finding| (text(finding, "id"), text(finding, "description"))).collect()
}

#[test]
fn what_is_permitted_and_what_is_used_are_held_against_each_other() {
    let folder = Folder::new();
    folder.write("main.tf", USES);
    let check = folder.run(&["check", ".", "--format", "json"]).json();
    let unused = of_rule(&check, "unused-permission");
    assert_eq!(unused.len(), 1, "{unused:?}");
    assert_eq!(unused[0].0, "unused-permission@aws_lambda_function.api");
    assert!(unused[0].1.contains("old-orders") && !unused[0].1.contains("jobs"), "{unused:?}");
    let refused = of_rule(&check, "flow-without-permission");
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].0, "flow-without-permission@aws_lambda_function.api->aws_sqs_queue.mail");
    assert!(refused[0].1.contains("api lacks sqs:ReceiveMessage or sqs:SendMessage on mail"), "{refused:?}");
    // The place of the statement that permits, and of the setting that uses.
    let line = |rule: &str| {
        let finding = list(&check, "findings").iter().find(|finding| finding["rule"] == rule).unwrap();
        let lines: Vec<u64> =
            list(finding, "evidence").iter().filter_map(|one| one["source"]["line"].as_u64()).collect();
        lines[0]
    };
    let at = |text: &str| USES.lines().position(|line| line.contains(text)).unwrap() as u64 + 1;
    assert!(line("unused-permission").abs_diff(at("sqs:SendMessage")) <= 3, "{}", line("unused-permission"));
    assert!(line("flow-without-permission").abs_diff(at("MAIL_QUEUE")) <= 1, "{}", line("flow-without-permission"));
}

/// The same on Google Cloud: a service with a bucket it may read and is told of, one it is told of and may not use, and one it
/// may use for nothing. What is granted on the project says nothing about use.
const USES_GOOGLE: &str = r#"
resource "google_storage_bucket" "jobs" {
  name     = "corner-jobs"
  location = "EU"
}
resource "google_storage_bucket" "mail" {
  name     = "corner-mail"
  location = "EU"
}
resource "google_storage_bucket" "old" {
  name     = "corner-old"
  location = "EU"
}
resource "google_pubsub_topic" "events" { name = "events" }
resource "google_service_account" "api" { account_id = "api" }
resource "google_storage_bucket_iam_member" "jobs" {
  bucket = google_storage_bucket.jobs.name
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${google_service_account.api.email}"
}
resource "google_storage_bucket_iam_member" "old" {
  bucket = google_storage_bucket.old.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.api.email}"
}
resource "google_project_iam_member" "publish" {
  project = "corner"
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${google_service_account.api.email}"
}
resource "google_cloud_run_v2_service" "api" {
  name     = "api"
  location = "europe-west1"
  template {
    service_account = google_service_account.api.email
    containers {
      image = "europe-docker.pkg.dev/corner/api/api:1"
      env {
        name  = "JOBS_BUCKET"
        value = google_storage_bucket.jobs.name
      }
      env {
        name  = "MAIL_BUCKET"
        value = google_storage_bucket.mail.name
      }
    }
  }
}
"#;

/// And on Azure, with the vault that an application is told of and may not read.
const USES_AZURE: &str = r#"
resource "azurerm_resource_group" "main" {
  name     = "corner"
  location = "westeurope"
}
resource "azurerm_storage_account" "old" {
  name                     = "cornerold"
  resource_group_name      = azurerm_resource_group.main.name
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"
}
resource "azurerm_key_vault" "keys" {
  name                       = "corner-keys"
  resource_group_name        = azurerm_resource_group.main.name
  location                   = "westeurope"
  tenant_id                  = "00000000-0000-0000-0000-000000000001"
  sku_name                   = "standard"
  enable_rbac_authorization  = true
}
resource "azurerm_user_assigned_identity" "api" {
  name                = "api"
  resource_group_name = azurerm_resource_group.main.name
  location            = "westeurope"
}
resource "azurerm_role_assignment" "old" {
  scope                = azurerm_storage_account.old.id
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_user_assigned_identity.api.principal_id
}
resource "azurerm_container_app" "api" {
  name                         = "api"
  resource_group_name          = azurerm_resource_group.main.name
  container_app_environment_id = "env"
  revision_mode                = "Single"
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.api.id]
  }
  template {
    container {
      name   = "api"
      image  = "corner/api:1"
      cpu    = 0.25
      memory = "0.5Gi"
      env {
        name  = "VAULT"
        value = azurerm_key_vault.keys.vault_uri
      }
    }
  }
}
"#;

#[test]
fn a_rule_for_another_port_lets_nobody_use_a_service() {
    let folder = Folder::new();
    let workload = |name: &str, env: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{template: {{metadata: {{labels: \
             {{app: {name}}}}}, spec: {{containers: [{{name: c, image: '{name}:1'{env}}}]}}}}}}\n---\n"
        )
    };
    let service = |name: &str, port: u16| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}, ports: \
             [{{port: 80, targetPort: {port}}}]}}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
             metadata: {{name: {name}}}\nspec: {{podSelector: {{matchLabels: {{app: {name}}}}}, policyTypes: [Ingress], \
             ingress: [{{from: [{{podSelector: {{matchLabels: {{app: web}}}}}}], ports: [{{port: 8080}}]}}]}}\n---\n"
        )
    };
    let env = ", env: [{name: A_URL, value: 'http://a:80'}, {name: B_HOST, value: b}]";
    let text = [workload("web", env), workload("a", ""), workload("b", ""), service("a", 8080), service("b", 9090)];
    folder.write("all.yaml", &text.concat());
    let check = folder.run(&["check", ".", "--format", "json"]).json();
    let refused = of_rule(&check, "flow-without-permission");
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].0, "flow-without-permission@k8s:default/Deployment/web->k8s:default/Deployment/b");
    assert!(refused[0].1.contains("no network policy in default admits it on port 9090"), "{refused:?}");
}

#[test]
fn a_mesh_says_who_may_call_and_that_both_ends_show_certificates() {
    let folder = Folder::new();
    let workload = |name: &str, account: &str, env: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: n}}\nspec: {{template: {{metadata: \
             {{labels: {{app: {name}}}}}, spec: {{serviceAccountName: {account}, containers: [{{name: c, image: \
             '{name}:1'{env}}}]}}}}}}\n---\n"
        )
    };
    let policy = |name: &str, spec: &str| {
        format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: n}}\n\
             spec: {{selector: {{matchLabels: {{app: ledger}}}}, {spec}}}\n---\n"
        )
    };
    let env = ", env: [{name: A_URL, value: 'http://ledger:80'}]";
    let text = [
        workload("web", "web", env),
        workload("other", "other", env),
        workload("signed", "signed", env),
        workload("banned", "web", env),
        workload("ledger", "ledger", ""),
        "apiVersion: v1\nkind: Service\nmetadata: {name: ledger, namespace: n}\nspec: {selector: {app: ledger}, ports: \
         [{port: 80}]}\n---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, \
         namespace: istio-system}\nspec: {mtls: {mode: STRICT}}\n---\n"
            .to_owned(),
        policy("let-in", "rules: [{from: [{source: {principals: ['cluster.local/ns/n/sa/web']}}]}]"),
        policy("by-token", "rules: [{from: [{source: {principals: ['*/sa/signed'], requestPrincipals: ['*']}}]}]"),
    ];
    folder.write("all.yaml", &text.concat());
    let check = folder.run(&["check", ".", "--format", "json"]).json();
    let refused = of_rule(&check, "flow-without-permission");
    let flow = |from: &str| format!("flow-without-permission@k8s:n/Deployment/{from}->k8s:n/Deployment/ledger");
    assert_eq!(refused.iter().map(|one| one.0).collect::<Vec<_>>(), [flow("other")], "{refused:?}");
    assert!(refused[0].1.contains("no authorization policy admits other"), "{refused:?}");
    let explained = |from: &str| {
        folder.run(&["explain", "-m", ".", &format!("k8s:n/Deployment/{from}->k8s:n/Deployment/ledger")]).out
    };
    let web = explained("web");
    for part in
        ["encryption = mutual-tls", "authentication = client-certificate", "authorization policy let-in admits web"]
    {
        assert!(web.contains(part), "{part} in {web}");
    }
    assert!(
        explained("signed").contains("refused_by = authorization policy by-token admits it"),
        "{}",
        explained("signed")
    );

    folder.write(
        "deny.yaml",
        &policy("keep-out", "action: DENY, rules: [{from: [{source: {principals: ['*/sa/web']}}]}]"),
    );
    let check = folder.run(&["check", ".", "--format", "json"]).json();
    let refused = of_rule(&check, "flow-without-permission");
    let expected = ["banned", "other", "web"].map(flow);
    assert_eq!(refused.iter().map(|one| one.0.to_owned()).collect::<std::collections::BTreeSet<_>>(), expected.into());
}

#[test]
fn uses_and_permissions_are_compared_in_every_cloud() {
    let answers = |text: &str, rule: &str| -> Vec<(String, String)> {
        let folder = Folder::new();
        folder.write("main.tf", text);
        let check = folder.run(&["check", ".", "--format", "json"]).json();
        of_rule(&check, rule).into_iter().map(|(id, text)| (id.to_owned(), text.to_owned())).collect()
    };
    let unused = answers(USES_GOOGLE, "unused-permission");
    assert_eq!(unused.len(), 1, "{unused:?}");
    assert_eq!(unused[0].0, "unused-permission@google_cloud_run_v2_service.api");
    assert!(unused[0].1.contains("corner-old"), "{unused:?}");
    assert!(!unused[0].1.contains("corner-jobs") && !unused[0].1.contains("events"), "{unused:?}");
    let refused = answers(USES_GOOGLE, "flow-without-permission");
    let ids: Vec<&str> = refused.iter().map(|(id, _)| &**id).collect();
    let mail = "flow-without-permission@google_cloud_run_v2_service.api->google_storage_bucket.mail";
    assert_eq!(ids, [mail], "{refused:?}");
    assert!(refused[0].1.contains("api lacks storage.objects.get, storage.objects.create or the like"), "{refused:?}");
    // Where nothing of the account's rights is in the code, they are bound elsewhere, and nothing is said.
    let from = USES_GOOGLE.find("resource \"google_storage_bucket_iam_member\"").unwrap();
    let to = USES_GOOGLE.find("resource \"google_cloud_run_v2_service\"").unwrap();
    let unbound = format!("{}{}", &USES_GOOGLE[..from], &USES_GOOGLE[to..]);
    assert_eq!(answers(&unbound, "flow-without-permission"), []);

    let unused = answers(USES_AZURE, "unused-permission");
    assert_eq!(unused.len(), 1, "{unused:?}");
    assert_eq!(unused[0].0, "unused-permission@azurerm_container_app.api");
    assert!(unused[0].1.contains("cornerold"), "{unused:?}");
    let refused = answers(USES_AZURE, "flow-without-permission");
    let ids: Vec<&str> = refused.iter().map(|(id, _)| &**id).collect();
    assert_eq!(ids, ["flow-without-permission@azurerm_container_app.api->azurerm_key_vault.keys"], "{refused:?}");
}

#[test]
fn a_flow_that_somebody_knows_of_is_used_and_one_that_is_dropped_is_gone() {
    let folder = Folder::new();
    folder.write("main.tf", USES);
    folder.write(
        "vauban.overlay.yaml",
        "overlay: 1\nflows:\n  aws_lambda_function.api->aws_sqs_queue.old: {flow_evidence: observed}\n  \
         aws_lambda_function.api->aws_sqs_queue.mail: {drop: yes}\n  \
         aws_lambda_function.api->aws_sqs_queue.gone: {drop: yes}\n  \
         manual: {from: aws_sqs_queue.jobs, to: aws_lambda_function.api, flow_evidence: observed}\n",
    );
    for _ in 0..2 {
        let run = folder.run(&["check", ".", "--format", "json"]);
        assert!(run.err.contains("aws_sqs_queue.gone") || run.out.contains("aws_sqs_queue.gone"), "{}", run.err);
        let check = run.json();
        assert!(of_rule(&check, "unused-permission").is_empty());
        assert!(of_rule(&check, "flow-without-permission").is_empty());
        let flows: Vec<&str> = list(&check["model"], "flows").iter().map(|flow| text(flow, "id")).collect();
        assert_eq!(
            flows,
            ["aws_lambda_function.api->aws_sqs_queue.jobs", "aws_lambda_function.api->aws_sqs_queue.old", "manual"]
        );
        // Read again, with a line more in the code: what was added stays.
        folder.write("main.tf", &format!("# A line more.\n{USES}"));
    }
    folder.run(&["explain", "manual", "-m", "."]).exits(0).prints("flow_evidence = observed");
}

#[test]
fn explain_tells_everything_that_speaks_for_a_flow_with_its_place() {
    let folder = Folder::new();
    folder.write("main.tf", USES);
    let id = "aws_lambda_function.api -> aws_sqs_queue.jobs";
    folder
        .run(&["explain", id, "-m", "."])
        .exits(0)
        .prints("addressed: env JOBS = aws_sqs_queue jobs (main.tf:")
        .prints("granted: sqs:SendMessage (main.tf:");
    let about = folder.run(&["explain", id, "-m", ".", "--json"]).exits(0).json();
    let grades: Vec<&str> = list(&about, "evidence").iter().map(|one| text(one, "grade")).collect();
    assert_eq!(grades, ["addressed", "granted"]);
    assert!(list(&about, "evidence").iter().all(|one| one["source"]["line"].as_u64() > Some(1)));
}

#[test]
fn a_port_that_a_variable_opens_is_an_assumption_by_name_in_every_cloud() {
    let aws = r#"
variable "office" { type = string }
resource "aws_vpc" "main" { cidr_block = "10.0.0.0/16" }
resource "aws_internet_gateway" "gw" { vpc_id = aws_vpc.main.id }
resource "aws_subnet" "pub" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.0.1.0/24"
  map_public_ip_on_launch = true
}
resource "aws_route_table" "rt" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.gw.id
  }
}
resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.pub.id
  route_table_id = aws_route_table.rt.id
}
resource "aws_security_group" "host" {
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 8080
    to_port     = 8080
    protocol    = "tcp"
    cidr_blocks = [var.office]
  }
}
resource "aws_instance" "host" {
  subnet_id              = aws_subnet.pub.id
  vpc_security_group_ids = [aws_security_group.host.id]
}
"#;
    let azure = r#"
variable "office" { type = string }
resource "azurerm_virtual_network" "v" {
  name          = "v"
  address_space = ["10.0.0.0/16"]
}
resource "azurerm_subnet" "s" {
  name                 = "s"
  virtual_network_name = azurerm_virtual_network.v.name
  address_prefixes     = ["10.0.1.0/24"]
}
resource "azurerm_network_security_group" "n" {
  name = "n"
  security_rule {
    name                       = "in"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "8080"
    source_address_prefix      = var.office
    destination_address_prefix = "*"
  }
}
resource "azurerm_subnet_network_security_group_association" "a" {
  subnet_id                 = azurerm_subnet.s.id
  network_security_group_id = azurerm_network_security_group.n.id
}
resource "azurerm_public_ip" "p" {
  name              = "p"
  allocation_method = "Static"
}
resource "azurerm_network_interface" "i" {
  name = "i"
  ip_configuration {
    name                 = "x"
    subnet_id            = azurerm_subnet.s.id
    public_ip_address_id = azurerm_public_ip.p.id
  }
}
resource "azurerm_linux_virtual_machine" "host" {
  name                  = "host"
  network_interface_ids = [azurerm_network_interface.i.id]
}
"#;
    let google = r#"
variable "office" { type = string }
resource "google_compute_network" "n" { name = "n" }
resource "google_compute_firewall" "f" {
  name          = "f"
  network       = google_compute_network.n.name
  source_ranges = [var.office]
  allow {
    protocol = "tcp"
    ports    = ["8080"]
  }
}
resource "google_compute_instance" "host" {
  name = "host"
  network_interface {
    network = google_compute_network.n.id
    access_config {}
  }
}
"#;
    for (code, host) in [
        (aws, "aws_instance.host"),
        (azure, "azurerm_linux_virtual_machine.host"),
        (google, "google_compute_instance.host"),
    ] {
        let folder = Folder::new();
        folder.write("main.tf", code);
        let paths = folder.run(&["paths", ".", "--from", "internet", "--to", host, "--format", "json"]).exits(0).json();
        let assumed = list(&paths["paths"][0], "assumptions").to_owned();
        assert!(assumed.iter().any(|one| one == "var.office admits the attacker"), "{host}: {assumed:?}");
        // A bug that nobody knows of is no reason to stop a build, and is said to be assumed, with how likely it is.
        let all = list(&paths, "paths").iter().flat_map(|path| list(path, "assumptions"));
        let bug = all.filter_map(|one| one.as_str()).find(|one| one.contains("a hypothesis; likelihood"));
        assert!(bug.is_some(), "{host}: {:#}", paths["paths"]);
        let check = folder.run(&["check", ".", "--format", "json"]).json();
        assert!(open(&check).iter().all(|id| !id.ends_with(&format!("@{host}"))), "{host}: {:?}", open(&check));
        // Said to be everybody, it is a way without that assumption; said to be one's own network, none at all.
        let all = folder
            .run(&["paths", ".", "--from", "internet", "--to", host, "--var", "office=0.0.0.0/0", "--format", "json"])
            .exits(0)
            .json();
        let assumed = list(&all["paths"][0], "assumptions").to_owned();
        assert!(!assumed.is_empty() && !assumed.iter().any(|one| one.as_str().unwrap_or_default().contains("admits")));
        folder
            .run(&["paths", ".", "--from", "internet", "--to", host, "--var", "office=10.9.0.0/16"])
            .exits(0)
            .prints("No attack path");
    }
}

#[test]
fn a_mixed_folder_is_one_model() {
    let folder = Folder::new();
    folder.write("app/Dockerfile", "FROM node:22\nCOPY . .\nUSER node\nCMD [\"node\", \"server.js\"]\n");
    folder.write(
        "compose.yaml",
        "services:\n  shop:\n    build: ./app\n    image: registry.example/shop:1.0\n    environment:\n      DB_HOST: db:5432\n  \
         db:\n    image: postgres:16\n",
    );
    folder.write(
        "k8s/shop.yaml",
        r"apiVersion: v1
kind: ServiceAccount
metadata:
  name: shop
  namespace: store
  annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::123456789012:role/shop'}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: store}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      serviceAccountName: shop
      containers:
        - {name: shop, image: 'registry.example/shop:1.0', env: [{name: ORDERS_TABLE, value: orders}]}
",
    );
    folder.write(
        "infra/main.tf",
        r#"
resource "aws_eks_cluster" "main" { name = "main" }
resource "aws_iam_openid_connect_provider" "eks" { url = aws_eks_cluster.main.identity[0].oidc[0].issuer }
resource "aws_iam_role" "shop" {
  name = "shop"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.eks.arn }
      Condition = { StringEquals = { "${aws_eks_cluster.main.identity[0].oidc[0].issuer}:sub" = "system:serviceaccount:store:shop" } }
    }]
  })
}
resource "aws_iam_role_policy" "shop" {
  role   = aws_iam_role.shop.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "dynamodb:PutItem", Resource = aws_dynamodb_table.orders.arn }] })
}
resource "aws_dynamodb_table" "orders" {
  name     = "orders"
  hash_key = "id"
}
"#,
    );
    let about = |id: &str| folder.run(&["explain", id, "-m", ".", "--json"]).exits(0).json();
    let fact = |about: &serde_json::Value, name: &str| {
        let found = list(about, "facts").iter().find(|one| one["fact"] == name);
        found.map(|one| text(one, "value").to_owned()).unwrap_or_default()
    };
    let pod = about("k8s:store/Deployment/shop");
    assert_eq!(fact(&pod, "custom_code"), "yes", "the image is built here: {pod:#}");
    assert!(list(&pod, "notes").iter().any(|note| note[1] == "app/Dockerfile"), "{pod:#}");
    let role = about("infra:aws_iam_role.shop");
    assert!(fact(&pod, "runs_as").contains(text(&role, "name")), "{pod:#}");
    // The setting of one tool, the permission of another and the table are one flow.
    let flow = about("k8s:store/Deployment/shop -> infra:aws_dynamodb_table.orders");
    let grades: Vec<&str> = list(&flow, "evidence").iter().map(|one| text(one, "grade")).collect();
    assert_eq!(grades, ["addressed", "granted"]);
    folder
        .run(&["paths", ".", "--from", "k8s:store/Deployment/shop", "--to", "infra:aws_dynamodb_table.orders"])
        .exits(0)
        .prints("orders");
    let check = folder.run(&["check", ".", "--format", "json"]).json();
    // Cluster, provider of its tokens, table, deployment, two services of Compose: the image and the account are none.
    let components: Vec<&str> = list(&check["model"], "components").iter().map(|one| text(one, "id")).collect();
    assert!(components.len() <= 7, "{components:?}");
    let ids: Vec<&str> = open(&check);
    assert!(!ids.iter().any(|id| id.starts_with("flow-without-permission@")), "{ids:?}");
}

#[test]
fn what_anybody_may_do_is_asked_of_a_thing_of_its_parts_and_of_everything() {
    let folder = Folder::new();
    folder.write(
        "main.tf",
        r#"
resource "aws_s3_bucket" "site" { bucket = "site-of-the-shop" }
resource "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket.site.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.site.arn}/open/*" },
  ] })
}
"#,
    );
    folder.run(&["can", "internet", "s3:GetObject"]).exits(0).prints("Yes:");
    folder.run(&["can", "internet", "s3:GetObject", "arn:aws:s3:::site-of-the-shop/open/x"]).exits(0).prints("Yes:");
    folder.run(&["can", "internet", "s3:PutObject"]).exits(1);
}

#[test]
fn answers_about_a_folder_are_written_where_they_are_read() {
    let folder = Folder::new();
    folder.write("main.tf", "resource \"aws_sqs_queue\" \"orders\" { name = \"orders\" }\n");
    let list = folder.run(&["ask", ".", "--list"]).exits(0);
    // The command that it ends with can be given to a shell as it stands.
    let told = list.out.lines().last().and_then(|line| line.split("--answer ").nth(1)).unwrap_or_default().to_owned();
    assert!(told.starts_with('\'') || !told.contains(['>', '<', '|', '&', ';']), "{told}");
    let id = list.out.split_whitespace().find(|word| word.contains("asset-inventory@")).map(|word| {
        word.trim_matches(|letter: char| matches!(letter, '`' | '(' | ')' | ',' | '"'))
            .split('=')
            .next()
            .unwrap_or_default()
            .to_owned()
    });
    let id = id.unwrap_or_else(|| panic!("{}", list.out));
    folder.run(&["ask", ".", "--answer", &format!("{id}=yes")]).exits(0).says("vauban.overlay.yaml");
    let after = folder.run(&["ask", ".", "--list", "--top", "100"]);
    assert!(!after.out.contains(&id), "{}", after.out);
}

#[test]
fn a_lookup_of_what_the_code_makes_is_that_thing() {
    let folder = Folder::new();
    folder.write(
        "main.tf",
        r#"
resource "google_service_account" "builder" { account_id = "builder" }
data "google_service_account" "looked_up" { account_id = google_service_account.builder.account_id }
resource "google_project_iam_member" "owner" {
  project = "shop"
  role    = "roles/owner"
  member  = "serviceAccount:${data.google_service_account.looked_up.email}"
}
"#,
    );
    folder.run(&["can", "google_service_account.builder", "storage.buckets.delete"]).exits(0).prints("Yes:");
    // What is only in the same group is another thing.
    folder.write(
        "main.tf",
        r#"
resource "azurerm_user_assigned_identity" "app" {
  name                = "app"
  resource_group_name = "shop"
  location            = "westeurope"
}
data "azurerm_user_assigned_identity" "admin" {
  name                = "admin"
  resource_group_name = azurerm_user_assigned_identity.app.resource_group_name
}
resource "azurerm_storage_account" "orders" {
  name                = "orders"
  resource_group_name = "shop"
  location            = "westeurope"
}
resource "azurerm_role_assignment" "admin" {
  scope                = azurerm_storage_account.orders.id
  role_definition_name = "Owner"
  principal_id         = data.azurerm_user_assigned_identity.admin.principal_id
}
"#,
    );
    let delete = "Microsoft.Storage/storageAccounts/delete";
    folder.run(&["can", "azurerm_user_assigned_identity.app", delete, "azurerm_storage_account.orders"]).exits(1);
}

#[test]
fn a_namespace_that_is_not_known_is_still_one_and_the_same() {
    let folder = Folder::new();
    let binding = |namespace: &str| {
        format!(
            r#"
variable "space" {{ type = string }}
variable "other" {{ type = string }}
resource "kubernetes_service_account_v1" "web" {{
  metadata {{
    name      = "web"
    namespace = var.space
  }}
}}
resource "kubernetes_role_v1" "reader" {{
  metadata {{
    name      = "reader"
    namespace = var.space
  }}
  rule {{
    api_groups = [""]
    resources  = ["secrets"]
    verbs      = ["get"]
  }}
}}
resource "kubernetes_role_binding_v1" "reader" {{
  metadata {{
    name      = "reader"
    namespace = var.space
  }}
  role_ref {{
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role_v1.reader.metadata[0].name
  }}
  subject {{
    kind      = "ServiceAccount"
    name      = "web"
    namespace = {namespace}
  }}
}}
"#
        )
    };
    folder.write("main.tf", &binding("var.space"));
    folder.run(&["can", "kubernetes_service_account_v1.web", "get secrets"]).exits(0).prints("Yes:");
    folder.write("main.tf", &binding("var.other"));
    folder.run(&["can", "kubernetes_service_account_v1.web", "get secrets"]).exits(1);
}

#[test]
fn can_answers_for_a_namespace_and_for_an_object_by_its_kind_and_name() {
    let folder = Folder::new();
    folder.write(
        "cluster.yaml",
        r#"
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [list]}
  - {apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [login]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
  - {kind: ServiceAccount, name: web, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: other, namespace: bank}
"#,
    );
    let can = |rest: &[&str]| folder.run(&[&["can", "k8s:shop/ServiceAccount/web"], rest].concat());
    can(&["list secrets", "-n", "shop"]).exits(0).prints("Yes:");
    can(&["list secrets", "--namespace", "bank"]).exits(1).prints("No:");
    can(&["list secrets", "shop"]).exits(0).prints("Yes:");
    can(&["list secrets", "bank"]).exits(1).prints("No:");
    can(&["get secrets", "shop/secrets/login"]).exits(0).prints("Yes:");
    can(&["get secrets", "secrets/login", "-n", "shop"]).exits(0).prints("Yes:");
    can(&["get secrets", "shop/Secret/other"]).exits(1).prints("No:");
    can(&["get secrets", "bank/secrets/login"]).exits(1).prints("No:");
    // All of a namespace is more than what is named.
    can(&["get secrets", "-n", "shop"]).exits(1).prints("No:");
    can(&["list secrtes"]).exits(1).prints("No:").says("did you mean `list secrets`?");
    can(&["lits secrets"]).exits(1).prints("No:").says("did you mean `list secrets`?");
    // What has its place already has no second one.
    for object in ["k8s:shop/secrets/login", "shop/secrets/login"] {
        can(&["get secrets", object, "-n", "bank"]).exits(2).says("says itself where it is");
    }
    // Kinds of one's own are known to nobody here.
    can(&["list widgets.example.com"]).exits(1).prints("No:");
    can(&["list secrets", "nowhere"]).exits(2).says("nothing in the model is called `nowhere`");
}

#[test]
fn can_answers_for_actions_of_google_and_azure_that_are_not_listed() {
    let folder = Folder::new();
    folder.write(
        "main.tf",
        r#"
resource "google_service_account" "a" { account_id = "a" }
resource "azurerm_user_assigned_identity" "b" {
  name                = "b"
  resource_group_name = "shop"
  location            = "westeurope"
}
resource "azurerm_storage_account" "orders" {
  name                = "orders"
  resource_group_name = "shop"
  location            = "westeurope"
}
resource "azurerm_role_assignment" "b" {
  scope                = azurerm_storage_account.orders.id
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_user_assigned_identity.b.principal_id
}
"#,
    );
    let google = |action: &str| folder.run(&["can", "google_service_account.a", action]);
    google("storage.objcts.get").exits(1).prints("No:").says("did you mean `storage.objects.get`?");
    google("cloudfunctions.functions.sourceCodeSet").exits(1).prints("No:");
    folder
        .run(&["can", "google_service_account.a", "storage.objects.get", "-n", "shop"])
        .exits(2)
        .says("`--namespace` is of a cluster");
    google("storage.objects.get").exits(1).prints("No:");
    google("zanzibar.frobnicators.frobnicate").exits(1).prints("No:");
    let azure = |action: &str| {
        folder.run(&["can", "azurerm_user_assigned_identity.b", action, "azurerm_storage_account.orders"])
    };
    let blobs = |end: &str| format!("Microsoft.Storage/storageAccounts/blobServices/containers/{end}");
    azure(&blobs("blobs/read")).exits(0).prints("Yes:");
    azure(&blobs("blobs/write")).exits(1).prints("No:");
    azure(&blobs("blbos/read")).exits(1).says(&format!("did you mean `{}`?", blobs("blobs/read")));
}

#[test]
fn admin_is_the_account_whatever_else_is_called_so() {
    let folder = Folder::new();
    folder.write(
        "main.tf",
        r#"
resource "aws_iam_user" "dev" { name = "dev" }
resource "aws_iam_user_policy" "dev" {
  user   = aws_iam_user.dev.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "*" }] })
}
resource "aws_iam_role" "admin" {
  name               = "admin"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = aws_iam_user.dev.arn } }] })
}
"#,
    );
    let to = |goal: &str| folder.run(&["paths", ".", "--from", "aws_iam_user.dev", "--to", goal]);
    to("aws_iam_role.admin").exits(0).prints("acts as admin");
    to("admin").exits(0).prints("No attack path.").says("`aws_iam_role.admin`, which is called so too");
}

#[test]
fn a_file_of_values_that_somebody_names_and_nobody_can_read_is_no_answer() {
    let folder = Folder::new();
    folder.write("main.tf", "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" { bucket = \"b\" }\n");
    folder.run(&["check", ".", "--var-file", "nowhere.tfvars"]).exits(2).says("nowhere.tfvars");
    folder.write("here.tfvars", "acl = \"private\"\n");
    folder.run(&["check", ".", "--var-file", "here.tfvars"]).exits(0);
}
