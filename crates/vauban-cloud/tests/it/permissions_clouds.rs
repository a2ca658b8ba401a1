//! Bindings of Google Cloud and Azure.

use vauban_cloud::permissions::Answer::{Allowed, Denied, Unknown};

use crate::world::terraform;

#[test]
fn members_have_what_their_roles_give_where_they_are_bound() {
    let text = r#"
resource "google_service_account" "a" { account_id = "a" }
resource "google_service_account" "b" { account_id = "b" }
resource "google_storage_bucket" "x" { name = "x" }
resource "google_storage_bucket" "y" { name = "y" }
resource "google_storage_bucket_iam_member" "m" {
  bucket = google_storage_bucket.x.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.a.email}"
}
resource "google_storage_bucket_iam_binding" "p" {
  bucket  = google_storage_bucket.y.name
  role    = "roles/storage.objectViewer"
  members = ["allUsers"]
}
resource "google_project_iam_member" "owner" {
  project = "p"
  role    = "roles/owner"
  member  = google_service_account.b.member
}
resource "google_compute_instance" "i" {
  name = "i"
  service_account { email = google_service_account.a.email }
}
"#;
    terraform(text, |world| {
        let read = "storage.objects.get";
        assert_eq!(world.can("google_service_account.a", read, "google_storage_bucket.x"), Allowed);
        assert_eq!(world.can("google_service_account.a", read, "google_storage_bucket.y"), Denied);
        assert_eq!(world.can("google_service_account.a", "storage.objects.delete", "google_storage_bucket.x"), Denied);
        assert_eq!(world.anyone(read, "google_storage_bucket.y"), Allowed);
        assert_eq!(world.anyone(read, "google_storage_bucket.x"), Denied);
        assert_eq!(world.admin("google_service_account.b"), Allowed);
        assert_eq!(world.admin("google_service_account.a"), Denied);
        let principal = world.principal("google_service_account.a");
        assert_eq!(world.rights.runs_as(world.at("google_compute_instance.i")), [principal]);
    });
}

#[test]
fn assignments_hold_at_their_scope_and_below() {
    let text = r#"
data "azurerm_subscription" "s" {}
variable "role" {}
resource "azurerm_resource_group" "g" {
  name     = "g"
  location = "x"
}
resource "azurerm_storage_account" "in" {
  name                = "in"
  resource_group_name = azurerm_resource_group.g.name
}
resource "azurerm_storage_account" "out" { name = "out" }
resource "azurerm_user_assigned_identity" "a" { name = "a" }
resource "azurerm_user_assigned_identity" "b" { name = "b" }
resource "azurerm_user_assigned_identity" "c" { name = "c" }
resource "azurerm_role_assignment" "a" {
  scope                = azurerm_resource_group.g.id
  role_definition_name = "Contributor"
  principal_id         = azurerm_user_assigned_identity.a.principal_id
}
resource "azurerm_role_assignment" "b" {
  scope                = data.azurerm_subscription.s.id
  role_definition_name = "User Access Administrator"
  principal_id         = azurerm_user_assigned_identity.b.principal_id
}
resource "azurerm_role_assignment" "c" {
  scope                = azurerm_storage_account.in.id
  role_definition_name = var.role
  principal_id         = azurerm_user_assigned_identity.c.principal_id
}
"#;
    let keys = "Microsoft.Storage/storageAccounts/listKeys/action";
    terraform(text, |world| {
        assert_eq!(world.can("azurerm_user_assigned_identity.a", keys, "azurerm_storage_account.in"), Allowed);
        assert_eq!(world.can("azurerm_user_assigned_identity.a", keys, "azurerm_storage_account.out"), Denied);
        let assign = "Microsoft.Authorization/roleAssignments/write";
        assert_eq!(world.can("azurerm_user_assigned_identity.a", assign, "azurerm_storage_account.in"), Denied);
        assert_eq!(world.admin("azurerm_user_assigned_identity.b"), Allowed);
        assert_eq!(world.admin("azurerm_user_assigned_identity.a"), Denied);
        assert_eq!(world.can("azurerm_user_assigned_identity.c", keys, "azurerm_storage_account.in"), Unknown);
    });
}
