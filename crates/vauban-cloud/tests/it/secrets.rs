//! Where credentials lie, and whose they are.

use std::collections::BTreeMap;
use std::path::Path;

use vauban_cloud::secrets::{Credential, Owner, find};
use vauban_cloud::{Estate, secrets::Place};
use vauban_infrastructure::Options;
use vauban_model::resource::Inventory;

use crate::world;

/// Each credential as lines: `id -> owner`, `id @ holder place`.
pub(crate) fn lines(files: &BTreeMap<String, String>) -> Vec<String> {
    of(&world::inventory(files, &Options::default()))
}

/// The same of an inventory.
pub(crate) fn of(inventory: &Inventory) -> Vec<String> {
    let estate = Estate::new(inventory);
    let short = |at: u32| estate.resource(at).address.rsplit(':').next().unwrap_or_default().to_owned();
    let mut out = Vec::new();
    for Credential { id, owners, holdings, .. } in find(&estate) {
        // The folder that stands before an address is not what these tests are about.
        let id = id.replace("terraform:", "");
        for owner in owners {
            out.push(match owner {
                Owner::Principal(at) => format!("{id} -> {}", short(at)),
                Owner::Login(at) => format!("{id} -> login of {}", short(at)),
            });
        }
        for holding in holdings {
            let place = match holding.place {
                Place::Configuration => "configuration",
                Place::Content => "content",
            };
            let line = format!("{id} @ {} {place}", short(holding.resource));
            if !out.contains(&line) {
                out.push(line);
            }
        }
    }
    out
}

pub(crate) fn terraform(text: &str) -> Vec<String> {
    lines(&BTreeMap::from([("main.tf".to_owned(), text.to_owned())]))
}

#[track_caller]
pub(crate) fn has(found: &[String], line: &str) {
    assert!(found.iter().any(|one| one == line), "no `{line}` in {found:#?}");
}

#[track_caller]
pub(crate) fn hasnt(found: &[String], part: &str) {
    assert!(!found.iter().any(|one| one.contains(part)), "`{part}` in {found:#?}");
}

#[test]
fn the_key_of_a_user_is_found_in_the_environment_of_a_function() {
    let found = terraform(
        r#"
        resource "aws_iam_user" "u" { name = "u" }
        resource "aws_iam_access_key" "k" { user = aws_iam_user.u.name }
        resource "aws_lambda_function" "f" {
          function_name = "f"
          environment { variables = { ID = aws_iam_access_key.k.id, KEY = aws_iam_access_key.k.secret } }
        }
        resource "aws_lambda_function" "only_id" {
          function_name = "g"
          environment { variables = { ID = aws_iam_access_key.k.id } }
        }
        "#,
    );
    has(&found, "aws_iam_access_key.k -> aws_iam_user.u");
    has(&found, "aws_iam_access_key.k @ aws_lambda_function.f configuration");
    assert!(!found.iter().any(|line| line.contains("only_id")), "{found:#?}");
}

#[test]
fn a_generated_password_lies_in_the_secret_and_in_what_reads_it_back() {
    let found = terraform(
        r#"
        resource "random_password" "p" { length = 20 }
        resource "aws_db_instance" "db" { password = random_password.p.result }
        resource "aws_secretsmanager_secret" "s" { name = "s" }
        resource "aws_secretsmanager_secret_version" "v" {
          secret_id     = aws_secretsmanager_secret.s.id
          secret_string = jsonencode({ password = random_password.p.result })
        }
        resource "aws_ssm_parameter" "p" {
          name  = "p"
          type  = "SecureString"
          value = random_password.p.result
        }
        resource "aws_lambda_function" "f" {
          function_name = "f"
          environment { variables = { PASSWORD = aws_ssm_parameter.p.value, WHERE = aws_secretsmanager_secret.s.arn } }
        }
        "#,
    );
    has(&found, "random_password.p -> login of aws_db_instance.db");
    has(&found, "random_password.p @ aws_secretsmanager_secret.s content");
    has(&found, "random_password.p @ aws_ssm_parameter.p content");
    has(&found, "random_password.p @ aws_lambda_function.f configuration");
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[test]
fn a_password_of_an_input_is_the_same_wherever_the_input_is_used() {
    let found = terraform(
        r#"
        variable "db_password" { type = string }
        variable "other" { type = string }
        resource "aws_db_instance" "db" { password = var.db_password }
        resource "aws_instance" "a" { user_data = "export PGPASSWORD=${var.db_password}" }
        resource "aws_instance" "b" { user_data = "export PGPASSWORD=${var.other}" }
        "#,
    );
    has(&found, "password:aws_db_instance.db -> login of aws_db_instance.db");
    has(&found, "password:aws_db_instance.db @ aws_instance.a configuration");
    assert!(!found.iter().any(|line| line.contains("aws_instance.b")), "{found:#?}");
}

#[test]
fn a_literal_password_is_found_in_a_connection_string_and_after_an_option() {
    let found = terraform(
        r#"
        variable "p" { default = "Purple-pony-29" }
        resource "aws_db_instance" "db" { password = var.p }
        resource "aws_instance" "a" { user_data = "psql postgresql://u:${var.p}@${aws_db_instance.db.endpoint}/x" }
        resource "aws_instance" "b" { user_data = "mysql -u u -p${var.p} < x.sql" }
        resource "aws_instance" "c" { user_data = "echo XPurple-pony-29X" }
        "#,
    );
    has(&found, "password:aws_db_instance.db @ aws_instance.a configuration");
    has(&found, "password:aws_db_instance.db @ aws_instance.b configuration");
    assert!(!found.iter().any(|line| line.contains("aws_instance.c")), "{found:#?}");
}

#[test]
fn a_plain_password_counts_only_beside_the_host_it_opens() {
    let found = terraform(
        r#"
        resource "aws_db_instance" "db" { password = "postgres" }
        resource "aws_instance" "a" { user_data = "psql postgres://u:postgres@${aws_db_instance.db.address}/x" }
        resource "aws_instance" "b" { user_data = "apt install postgres" }
        "#,
    );
    has(&found, "password:aws_db_instance.db @ aws_instance.a configuration");
    assert!(!found.iter().any(|line| line.contains("aws_instance.b")), "{found:#?}");
}

#[test]
fn a_key_pair_opens_the_instances_that_name_it() {
    let found = terraform(
        r#"
        resource "tls_private_key" "t" { algorithm = "RSA" }
        resource "aws_key_pair" "k" {
          key_name   = "k"
          public_key = tls_private_key.t.public_key_openssh
        }
        resource "aws_instance" "i" { key_name = aws_key_pair.k.key_name }
        resource "aws_instance" "j" { key_name = "k" }
        resource "local_file" "f" {
          content  = tls_private_key.t.private_key_pem
          filename = "k.pem"
        }
        resource "aws_s3_object" "o" {
          bucket = "b"
          key    = "k"
          source = local_file.f.filename
        }
        "#,
    );
    has(&found, "tls_private_key.t -> login of aws_instance.i");
    has(&found, "tls_private_key.t -> login of aws_instance.j");
    has(&found, "tls_private_key.t @ aws_s3_object.o content");
    assert_eq!(found.len(), 3, "{found:#?}");
}

#[test]
fn a_start_script_that_sets_a_password_is_a_login_in_plain_sight() {
    let found = terraform(
        r#"resource "aws_instance" "i" { user_data = "echo 'root:Open-Sesame1' | chpasswd\nPasswordAuthentication yes" }"#,
    );
    assert_eq!(
        found,
        [
            "password:aws_instance.i -> login of aws_instance.i",
            "password:aws_instance.i @ aws_instance.i configuration"
        ]
    );
}

#[test]
fn the_corpus_of_goats_holds_its_credentials_where_its_walkthroughs_find_them() {
    let corpus = world::root().join("../shared/corpus/cloudgoat/aws");
    if !corpus.is_dir() {
        println!("skipped: no corpus");
        return;
    }
    let cases: [(&str, &[&str]); 6] = [
        (
            "data_secrets",
            &[
                "password:aws_instance.ec2_instance @ aws_instance.ec2_instance configuration",
                "aws_iam_access_key.lambda_user -> aws_iam_user.lambda_user",
                "aws_iam_access_key.lambda_user @ aws_lambda_function.sensitive_lambda configuration",
            ],
        ),
        ("glue_privesc", &["aws_iam_access_key.glue_admin_access_key @ aws_db_instance.rds content"]),
        (
            "rce_web_app",
            &[
                "aws_key_pair.this @ aws_s3_object.ssh_private_key content",
                "aws_key_pair.this -> login of aws_instance.ubuntu",
                "password:aws_db_instance.postgres @ aws_instance.ubuntu configuration",
            ],
        ),
        ("rds_snapshot", &["aws_iam_access_key.cg-david @ aws_s3_object.object content"]),
        (
            "secrets_in_the_cloud",
            &["aws_iam_access_key.secrets_manager_user_key @ aws_dynamodb_table_item.secret_access_key content"],
        ),
        ("sqs_flag_shop", &["aws_iam_access_key.web_sqs_manager @ aws_instance.flag_shop_server configuration"]),
    ];
    for (name, expected) in cases {
        let found = lines(&folder(&corpus.join(name)));
        for line in expected {
            has(&found, line);
        }
        assert!(!found.iter().any(|line| line.contains("ssh_public_key")), "{name}: {found:#?}");
    }
    // Keys that only their operators have lie nowhere; only what is written into a place for secrets stands there.
    for name in ["iam_enum_basics", "iam_privesc_by_key_rotation", "detection_evasion", "agentcore_identity_confusion"]
    {
        let found = lines(&folder(&corpus.join(name)));
        assert!(!found.iter().any(|line| line.contains(" @ ") && !line.starts_with("secret:")), "{name}: {found:#?}");
    }
}

fn folder(dir: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut next = vec![dir.to_path_buf()];
    while let Some(at) = next.pop() {
        for entry in std::fs::read_dir(&at).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                next.push(path);
            } else if let (Ok(text), Ok(short)) = (std::fs::read_to_string(&path), path.strip_prefix(dir)) {
                files.insert(short.to_string_lossy().into_owned(), text);
            }
        }
    }
    files
}

#[test]
fn a_secret_that_stands_in_a_setting_is_one_although_nobody_says_what_it_opens() {
    let found = terraform(
        r#"
        resource "aws_lambda_function" "f" {
          function_name = "f"
          environment {
            variables = {
              STRIPE_SECRET_KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
              DB_PASSWORD_FILE  = "/run/secrets/db"
              TABLE             = "orders-4eC39HqLyjWDarjtT1zdp7dc"
            }
          }
        }
        resource "google_cloud_run_v2_service" "api" {
          name = "api"
          template {
            containers {
              env {
                name  = "ADMIN_PASSWORD"
                value = "hunter2"
              }
              env {
                name = "API_TOKEN"
                value_source {
                  secret_key_ref { secret = "token" }
                }
              }
            }
          }
        }
        "#,
    );
    has(&found, "secret:aws_lambda_function.f:STRIPE_SECRET_KEY @ aws_lambda_function.f configuration");
    has(
        &found,
        "secret:google_cloud_run_v2_service.api:ADMIN_PASSWORD @ google_cloud_run_v2_service.api configuration",
    );
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[test]
fn a_secret_written_into_the_vault_by_code_is_written_into_code() {
    let found = terraform(
        r#"
        resource "aws_secretsmanager_secret" "a" { name = "a" }
        resource "aws_secretsmanager_secret_version" "a" {
          secret_id     = aws_secretsmanager_secret.a.id
          secret_string = jsonencode({ username = "shop-owner", password = "correct-horse-7" })
        }
        resource "aws_ssm_parameter" "sealed" {
          name  = "/sealed"
          type  = "SecureString"
          value = "correct-horse-8"
        }
        resource "aws_ssm_parameter" "open" {
          name  = "/open"
          type  = "String"
          value = "release-2026-11-28"
        }
        resource "azurerm_key_vault_secret" "s" {
          name         = "api"
          value        = "correct-horse-9"
          key_vault_id = "kv"
        }
        resource "azurerm_key_vault_secret" "host" {
          name         = "host"
          value        = "shop-prod-01.database.windows.net"
          key_vault_id = "kv"
        }
        resource "azurerm_key_vault_secret" "client" {
          name         = "client"
          value        = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
          key_vault_id = "kv"
        }
        resource "azurerm_key_vault_secret" "first" {
          name         = "first"
          value        = "CHANGE_ME_after_apply_1"
          key_vault_id = "kv"
        }
        resource "azurerm_key_vault_secret" "later" {
          name         = "later"
          value        = "correct-horse-0"
          key_vault_id = "kv"
          lifecycle { ignore_changes = [value] }
        }
        resource "google_secret_manager_secret_version" "given" {
          secret      = "projects/p/secrets/given"
          secret_data = var.given
        }
        variable "given" { sensitive = true }
        resource "azurerm_container_app" "c" {
          name = "c"
          secret {
            name  = "key"
            value = "correct-horse-1"
          }
        }
        resource "aws_dms_endpoint" "old" {
          endpoint_id = "old"
          server_name = "ledger.example.com"
          password    = "correct-horse-2"
        }
        resource "helm_release" "h" {
          name  = "h"
          chart = "shop"
          set_sensitive {
            name  = "db.password"
            value = "correct-horse-3"
          }
        }
        resource "google_secret_manager_secret_version" "first" {
          secret      = "projects/p/secrets/first"
          secret_data = "placeholder-1"
        }
        "#,
    );
    assert_eq!(
        found,
        [
            "secret:aws_secretsmanager_secret_version.a:password @ aws_secretsmanager_secret.a content",
            "secret:aws_ssm_parameter.sealed:value @ aws_ssm_parameter.sealed content",
            "secret:azurerm_key_vault_secret.s:value @ azurerm_key_vault_secret.s content",
            "secret:azurerm_container_app.c:value @ azurerm_container_app.c configuration",
            "secret:aws_dms_endpoint.old:password @ aws_dms_endpoint.old configuration",
            "secret:helm_release.h:value @ helm_release.h configuration",
        ]
    );
}

#[test]
fn the_password_in_an_address_is_one_of_what_the_address_names() {
    let found = terraform(
        r#"
        resource "aws_db_instance" "main" {
          identifier                  = "shop"
          engine                      = "postgres"
          manage_master_user_password = true
        }
        resource "aws_lambda_function" "f" {
          function_name = "f"
          environment {
            variables = {
              DATABASE_URL = "postgres://app:Qq7PgSecret81@${aws_db_instance.main.endpoint}/shop"
              REDIS        = "cache.example.com:6379,password=Qq7PgSecret82,ssl=True"
              ALERTS       = "https://hooks.slack.com/services/T0001/B0001/Qq7PgSecret83"
            }
          }
        }
        "#,
    );
    assert_eq!(
        found,
        [
            "secret:aws_lambda_function.f:password for main -> login of aws_db_instance.main",
            "secret:aws_lambda_function.f:password for main @ aws_lambda_function.f configuration",
            "secret:aws_lambda_function.f:password @ aws_lambda_function.f configuration",
            "secret:aws_lambda_function.f:webhook of Slack @ aws_lambda_function.f configuration",
        ]
    );
}

#[test]
fn passwords_in_objects_of_a_cluster_are_found_by_their_names() {
    let found = lines(&BTreeMap::from([(
        "all.yaml".to_owned(),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {DB_PASSWORD: hunter2, DB_USER: shop, OTHER_PASSWORD: '<yours>'}\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {api-key: VHIwdWI0ZG9yM3h5eg==, PASSWORD: JHtQV30=}\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata: {name: t}\nstringData: {url: 'postgres://u:Tr0ub4dor3@db/x'}\n"
            .to_owned(),
    )]));
    assert_eq!(
        found,
        [
            "secret:k8s:default/ConfigMap/c:DB_PASSWORD @ default/ConfigMap/c content",
            "secret:k8s:default/Secret/s:api-key @ default/Secret/s content",
            "secret:k8s:default/Secret/t:password for db @ default/Secret/t content",
        ]
    );
}

#[test]
fn passwords_inside_of_urls_settings_and_command_lines_are_found_and_placeholders_are_not() {
    let found = lines(&BTreeMap::from([(
        "compose.yaml".to_owned(),
        r#"
services:
  a:
    image: x
    command: ["serve", "--requirepass", "Tr0ub4dor3"]
    environment:
      DATABASE_URL: postgres://u:Tr0ub4dor4@db.example.com/x
      ADO: "Server=db;User Id=sa;Password=Tr0ub4dor5;"
  b:
    image: x
    command: serve --requirepass ${PW} --password-file /run/pw
    environment:
      DATABASE_URL: postgres://u:${PW}@db.example.com/x
      ADO: "Server=db;User Id=sa;Password=<password>;"
  db: {image: "postgres:16", environment: {POSTGRES_PASSWORD: shop}}
  c: {image: x, environment: {DATABASE_URL: "postgres://u:shop@db/x"}}
"#
        .to_owned(),
    )]));
    assert_eq!(
        found,
        [
            "password:compose:db -> login of db",
            "password:compose:db @ c configuration",
            "secret:compose:a:requirepass @ a configuration",
            "secret:compose:a:password for db.example.com @ a configuration",
            "secret:compose:a:Password @ a configuration",
        ]
    );
}
