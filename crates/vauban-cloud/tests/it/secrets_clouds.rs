//! Credentials in what Azure and Google Cloud are configured with.

use crate::secrets::{has, hasnt, terraform};

const ROBOT: &str = r#"
resource "azuread_application" "robot" { display_name = "robot" }
resource "azuread_service_principal" "robot" { client_id = azuread_application.robot.client_id }
resource "azuread_application_password" "robot" { application_id = azuread_application.robot.id }
resource "google_service_account" "robot" { account_id = "robot" }
resource "google_service_account_key" "robot" { service_account_id = google_service_account.robot.name }
"#;

fn found(text: &str) -> Vec<String> {
    terraform(&format!("{ROBOT}{text}"))
}

#[test]
fn settings_and_connection_strings_of_apps_are_configuration() {
    let found = found(
        r#"
        resource "azurerm_linux_function_app" "f" {
          name = "f"
          app_settings = { SECRET = azuread_application_password.robot.value }
        }
        resource "azurerm_windows_web_app" "w" {
          name = "w"
          connection_string {
            name  = "db"
            type  = "Custom"
            value = "secret=${azuread_application_password.robot.value}"
          }
        }
        resource "azurerm_linux_web_app" "reference" {
          name = "reference"
          app_settings = { SECRET = "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/robot)" }
        }
        "#,
    );
    has(&found, "azuread_application_password.robot -> azuread_service_principal.robot");
    has(&found, "azuread_application_password.robot @ azurerm_linux_function_app.f configuration");
    has(&found, "azuread_application_password.robot @ azurerm_windows_web_app.w configuration");
    hasnt(&found, "azurerm_linux_web_app.reference");
}

#[test]
fn a_reference_to_a_secret_of_a_vault_leaves_the_secret_in_the_vault() {
    let found = found(
        r#"
        resource "azurerm_key_vault" "v" { name = "v" }
        resource "azurerm_key_vault_secret" "s" {
          name         = "s"
          key_vault_id = azurerm_key_vault.v.id
          value        = azuread_application_password.robot.value
        }
        resource "azurerm_linux_web_app" "w" {
          name = "w"
          app_settings = { SECRET = "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault_secret.s.id})" }
        }
        "#,
    );
    has(&found, "azuread_application_password.robot @ azurerm_key_vault_secret.s content");
    // The platform fills the value in: code on the app has it, and the list of settings has only the reference.
    hasnt(&found, "@ azurerm_linux_web_app.w");
}

#[test]
fn start_scripts_and_custom_data_are_configuration_of_the_machine() {
    let found = found(
        r#"
        resource "azurerm_linux_virtual_machine" "vm" {
          name        = "vm"
          custom_data = base64encode("export SECRET=${azuread_application_password.robot.value}")
        }
        resource "azurerm_virtual_machine_extension" "x" {
          name               = "x"
          virtual_machine_id = azurerm_linux_virtual_machine.vm.id
          settings           = jsonencode({ commandToExecute = "login ${azuread_application_password.robot.value}" })
        }
        resource "google_compute_instance" "i" {
          name                    = "i"
          metadata_startup_script = "echo ${google_service_account_key.robot.private_key} > key"
        }
        resource "google_compute_instance" "m" {
          name     = "m"
          metadata = { key = google_service_account_key.robot.private_key }
        }
        "#,
    );
    has(&found, "azuread_application_password.robot @ azurerm_linux_virtual_machine.vm configuration");
    has(&found, "google_service_account_key.robot @ google_compute_instance.i configuration");
    has(&found, "google_service_account_key.robot @ google_compute_instance.m configuration");
    has(&found, "google_service_account_key.robot -> google_service_account.robot");
}

#[test]
fn plain_variables_of_cloud_run_and_functions_are_configuration_and_references_are_not() {
    let found = found(
        r#"
        resource "google_cloud_run_v2_service" "plain" {
          name = "plain"
          template {
            containers {
              image = "x"
              env {
                name  = "KEY"
                value = google_service_account_key.robot.private_key
              }
            }
          }
        }
        resource "google_secret_manager_secret" "s" { secret_id = "s" }
        resource "google_secret_manager_secret_version" "v" {
          secret      = google_secret_manager_secret.s.id
          secret_data = google_service_account_key.robot.private_key
        }
        resource "google_cloud_run_v2_service" "referring" {
          name = "referring"
          template {
            containers {
              image = "x"
              env {
                name = "KEY"
                value_source {
                  secret_key_ref {
                    secret  = google_secret_manager_secret.s.secret_id
                    version = "latest"
                  }
                }
              }
            }
          }
        }
        resource "google_cloudfunctions_function" "f" {
          name                  = "f"
          environment_variables = { KEY = google_service_account_key.robot.private_key }
        }
        "#,
    );
    has(&found, "google_service_account_key.robot @ google_cloud_run_v2_service.plain configuration");
    has(&found, "google_service_account_key.robot @ google_cloudfunctions_function.f configuration");
    has(&found, "google_service_account_key.robot @ google_secret_manager_secret.s content");
    hasnt(&found, "@ google_cloud_run_v2_service.referring");
}

#[test]
fn variables_of_automation_accounts_are_content() {
    let found = found(
        r#"
        resource "azurerm_automation_account" "a" { name = "a" }
        resource "azurerm_automation_variable_string" "v" {
          name                    = "v"
          automation_account_name = azurerm_automation_account.a.name
          value                   = azuread_application_password.robot.value
        }
        "#,
    );
    has(&found, "azuread_application_password.robot @ azurerm_automation_variable_string.v content");
}
