//! Secrets that are read when code is rolled out, instead of at run time.

use std::collections::BTreeMap;

use vauban_cloud::flows::Grade;

use crate::flows::set;
use crate::managed::flows;
use crate::secrets::{has, hasnt, lines, terraform};

const RESOLVED: &str = r#"
data "aws_secretsmanager_secret_version" "db" { secret_id = "prod/db" }
data "aws_ssm_parameter" "vpc" { name = "/net/vpc" }
data "aws_ssm_parameter" "login" { name = "/db/password" }
resource "aws_secretsmanager_secret" "own" { name = "own" }
resource "aws_secretsmanager_secret_version" "own" {
  secret_id     = aws_secretsmanager_secret.own.id
  secret_string = var.own
}
variable "own" {}
resource "aws_lambda_function" "told" {
  function_name = "told"
  environment {
    variables = {
      USER = jsondecode(data.aws_secretsmanager_secret_version.db.secret_string)["username"]
      PASS = jsondecode(data.aws_secretsmanager_secret_version.db.secret_string)["password"]
      VPC  = data.aws_ssm_parameter.vpc.value
      LOGIN_PASSWORD = data.aws_ssm_parameter.login.value
      OWN  = aws_secretsmanager_secret_version.own.secret_string
    }
  }
}
resource "aws_lambda_function" "asks" {
  function_name = "asks"
  environment { variables = { SECRET_ARN = aws_secretsmanager_secret.own.arn } }
}
"#;

#[test]
fn a_secret_resolved_at_deployment_is_no_call_of_the_vault_at_run_time() {
    let found = flows("main.tf", RESOLVED, Grade::Addressed);
    assert_eq!(found, set(&[("asks", "own")]));
}

#[test]
fn a_secret_resolved_at_deployment_rests_in_the_setting_that_it_was_written_to() {
    let found = terraform(RESOLVED);
    has(&found, "secret:data.aws_secretsmanager_secret_version.db:password @ aws_lambda_function.told configuration");
    has(&found, "secret:data.aws_ssm_parameter.login @ aws_lambda_function.told configuration");
    hasnt(&found, "username");
    hasnt(&found, "aws_ssm_parameter.vpc");
    hasnt(&found, "aws_lambda_function.asks");
    // It is the same secret in the vault and in the setting.
    let own =
        found.iter().find(|line| line.ends_with("@ aws_lambda_function.told configuration") && line.contains("own"));
    let id = own.and_then(|line| line.split(" @ ").next()).expect("the setting holds the secret");
    has(&found, &format!("{id} @ aws_secretsmanager_secret.own content"));
}

#[test]
fn dynamic_references_of_templates_leave_the_secret_in_the_template_s_resource() {
    let text = r#"
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Own: {Type: AWS::SecretsManager::Secret, Properties: {Name: own, GenerateSecretString: {GenerateStringKey: password}}}
  Told:
    Type: AWS::Lambda::Function
    Properties:
      Environment:
        Variables:
          PASS: !Sub '{{resolve:secretsmanager:${Own}:SecretString:password}}'
          NAME: !Sub '{{resolve:secretsmanager:${Own}:SecretString:username}}'
          OTHER: '{{resolve:secretsmanager:prod/api:SecretString:key}}'
          OTHER_NAME: '{{resolve:secretsmanager:prod/api:SecretString:username}}'
          TOKEN: '{{resolve:ssm-secure:/api/token:1}}'
          PLAIN: '{{resolve:ssm:/api/url:1}}'
  Asks: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: {SECRET_ARN: !Ref Own}}}}
"#;
    assert_eq!(flows("t.yaml", text, Grade::Addressed), set(&[("Asks", "Own")]));
    let mut inventory =
        crate::world::inventory(&BTreeMap::from([("t.yaml".to_owned(), text.to_owned())]), &Default::default());
    crate::catalogue::catalogue().canonicalise(&mut inventory);
    let found = crate::secrets::of(&inventory);
    let told: Vec<&String> = found.iter().filter(|line| line.ends_with("Told configuration")).collect();
    assert_eq!(told.len(), 3, "{found:#?}");
    has(&found, "secret:prod/api @ Told configuration");
    has(&found, "secret:/api/token @ Told configuration");
}

#[test]
fn the_content_of_a_parameter_still_says_who_is_called() {
    let text = r#"
resource "aws_db_instance" "db" { identifier = "db" }
resource "aws_ssm_parameter" "host" {
  name  = "/db/host"
  type  = "String"
  value = aws_db_instance.db.address
}
resource "aws_lambda_function" "told" {
  function_name = "told"
  environment { variables = { DB_HOST = aws_ssm_parameter.host.value } }
}
"#;
    assert_eq!(flows("main.tf", text, Grade::Addressed), set(&[("told", "db")]));
}

#[test]
fn secrets_of_azure_and_google_that_code_copies_are_no_calls_and_references_are() {
    let text = r#"
resource "azurerm_key_vault" "vault" { name = "vault" }
data "azurerm_key_vault_secret" "s" {
  name         = "api"
  key_vault_id = azurerm_key_vault.vault.id
}
resource "azurerm_linux_web_app" "copies" { app_settings = { API = data.azurerm_key_vault_secret.s.value } }
resource "azurerm_linux_web_app" "refers" { app_settings = { API = "@Microsoft.KeyVault(VaultName=vault;SecretName=api)" } }
resource "google_secret_manager_secret" "own" { secret_id = "own" }
data "google_secret_manager_secret_version" "g" { secret = google_secret_manager_secret.own.id }
resource "google_cloud_run_v2_service" "written" {
  template {
    containers {
      env {
        name  = "TOKEN"
        value = data.google_secret_manager_secret_version.g.secret_data
      }
    }
  }
}
resource "google_cloud_run_v2_service" "mounted" {
  template {
    containers {
      env {
        name = "TOKEN"
        value_source {
          secret_key_ref { secret = google_secret_manager_secret.own.secret_id }
        }
      }
    }
  }
}
"#;
    assert_eq!(flows("main.tf", text, Grade::Addressed), set(&[("mounted", "own"), ("refers", "vault")]));
    let found = lines(&BTreeMap::from([("main.tf".to_owned(), text.to_owned())]));
    has(&found, "secret:data.azurerm_key_vault_secret.s @ azurerm_linux_web_app.copies configuration");
    has(&found, "secret:data.azurerm_key_vault_secret.s @ azurerm_key_vault.vault content");
    has(&found, "secret:data.google_secret_manager_secret_version.g @ google_secret_manager_secret.own content");
    has(
        &found,
        "secret:data.google_secret_manager_secret_version.g @ google_cloud_run_v2_service.written configuration",
    );
    hasnt(&found, "azurerm_linux_web_app.refers");
    hasnt(&found, "google_cloud_run_v2_service.mounted");
}
