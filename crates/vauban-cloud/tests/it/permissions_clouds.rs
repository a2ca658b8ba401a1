//! Bindings of Google Cloud and Azure.

use std::collections::BTreeMap;

use vauban_cloud::permissions::Answer::{Allowed, Denied, Unknown};
use vauban_cloud::permissions::{Request, Target, kubernetes_action};
use vauban_infrastructure::Options;

use crate::catalogue::catalogue;
use crate::world::{World, inventory, terraform, with};

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

/// An owner of one project, and accounts in places that are known better or worse.
fn projects(provider: &str, of_other: &str, binding: &str) -> String {
    format!(
        r#"
        {provider}
        resource "google_service_account" "a" {{ account_id = "a" }}
        resource "google_service_account" "b" {{
          account_id = "b"
          {of_other}
        }}
        resource "google_project_iam_member" "m" {{
          project = {binding}
          role    = "roles/iam.serviceAccountTokenCreator"
          member  = "serviceAccount:${{google_service_account.a.email}}"
        }}
        "#
    )
}

#[test]
fn a_right_over_a_project_holds_in_it_and_perhaps_in_one_that_nobody_can_tell_from_it() {
    let token = "iam.serviceAccounts.getAccessToken";
    let ask = |text: String, wanted| {
        terraform(&text, |world| {
            let verdict = world.verdict("google_service_account.a", token, "google_service_account.b");
            assert_eq!(verdict.answer, wanted, "{text}");
            assert_eq!(verdict.assumptions.is_empty(), wanted != Unknown, "{text}: {:?}", verdict.assumptions);
        });
    };
    let stated = r#"provider "google" { project = "shop" }"#;
    ask(projects(stated, "", "\"shop\""), Allowed);
    ask(projects(stated, "", "\"other\""), Denied);
    ask(projects(stated, "project = \"other\"", "\"shop\""), Denied);
    ask(projects(stated, "project = var.project", "\"shop\"") + "variable \"project\" {}", Unknown);
    ask(projects("", "project = var.project", "var.project") + "variable \"project\" {}", Allowed);
    ask(projects("", "project = \"shop-${var.stage}\"", "\"bank\"") + "variable \"stage\" {}", Denied);
    ask(projects("", "project = \"shop-${var.stage}\"", "\"shop-prod\"") + "variable \"stage\" {}", Unknown);
    // Nobody names the provider's project: the only one that is named is taken for it, and of two none.
    ask(projects("", "", "\"shop\""), Allowed);
    ask(projects("", "", "\"shop\"") + "resource \"google_storage_bucket\" \"x\" {\n project = \"bank\"\n }", Unknown);
}

#[test]
fn predefined_roles_that_nobody_lists_may_hold_anything_of_their_service_only() {
    terraform(
        r#"
        provider "google" { project = "shop" }
        resource "google_service_account" "a" { account_id = "a" }
        resource "google_project_iam_member" "m" {
          project = "shop"
          role    = "roles/alloydb.databaseUser"
          member  = "serviceAccount:${google_service_account.a.email}"
        }
        "#,
        |world| {
            assert_eq!(world.can("google_service_account.a", "alloydb.instances.connect", "*"), Unknown);
            assert_eq!(world.can("google_service_account.a", "storage.objects.get", "*"), Denied);
        },
    );
}

#[test]
fn an_unknown_role_of_azure_is_not_known_and_data_is_allowed_apart() {
    terraform(
        r#"
        resource "azurerm_resource_group" "g" { name = "g" }
        resource "azurerm_user_assigned_identity" "a" {
          name                = "a"
          resource_group_name = azurerm_resource_group.g.name
        }
        resource "azurerm_user_assigned_identity" "b" {
          name                = "b"
          resource_group_name = azurerm_resource_group.g.name
        }
        resource "azurerm_storage_account" "s" {
          name                = "s"
          resource_group_name = azurerm_resource_group.g.name
        }
        resource "azurerm_role_assignment" "a" {
          scope                = azurerm_resource_group.g.id
          role_definition_name = "Our Very Own Role"
          principal_id         = azurerm_user_assigned_identity.a.principal_id
        }
        resource "azurerm_role_assignment" "b" {
          scope                = azurerm_resource_group.g.id
          role_definition_name = "Owner"
          principal_id         = azurerm_user_assigned_identity.b.principal_id
        }
        "#,
        |world| {
            let keys = "Microsoft.Storage/storageAccounts/listKeys/action";
            let read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
            assert_eq!(world.can("azurerm_user_assigned_identity.a", keys, "azurerm_storage_account.s"), Unknown);
            assert_eq!(world.can("azurerm_user_assigned_identity.b", keys, "azurerm_storage_account.s"), Allowed);
            assert_eq!(world.can("azurerm_user_assigned_identity.b", read, "azurerm_storage_account.s"), Denied);
        },
    );
}

#[test]
fn a_namespace_stands_for_what_is_in_it_and_a_written_object_for_itself() {
    let text = r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: bank}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: ci, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ci, namespace: shop}
rules:
- {apiGroups: [""], resources: [pods, namespaces], verbs: [create, delete]}
- {apiGroups: [""], resources: [secrets], resourceNames: [login], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ci, namespace: shop}
roleRef: {kind: Role, name: ci, apiGroup: rbac.authorization.k8s.io}
subjects: [{kind: ServiceAccount, name: ci, namespace: shop}]
"#;
    let files = BTreeMap::from([("rbac.yaml".to_owned(), text.to_owned())]);
    with(&inventory(&files, &Options::default()), |world| {
        let can = |action, on| world.can("k8s:shop/ServiceAccount/ci", action, on);
        assert_eq!(can("create pods", "k8s:Namespace/shop"), Allowed);
        assert_eq!(can("create pods", "k8s:Namespace/bank"), Denied);
        assert_eq!(can("delete namespaces", "k8s:Namespace/shop"), Denied);
        assert_eq!(can("create pods", "k8s:shop/Pod/later"), Allowed);
        assert_eq!(can("create pods", "k8s:bank/Pod/later"), Denied);
        assert_eq!(can("get secrets", "k8s:shop/Secret/login"), Allowed);
        assert_eq!(can("get secrets", "k8s:shop/Secret/other"), Denied);
        assert_eq!(can("get secrets", "k8s:bank/Secret/login"), Denied);
    });
}

#[test]
fn a_bucket_that_prevents_public_access_is_open_to_nobody_whatever_is_bound() {
    let text = |setting: &str, rest: &str| {
        format!(
            r#"
provider "google" {{ project = "proj-a" }}
resource "google_storage_bucket" "b" {{
  name     = "b"
  location = "EU"
  {setting}
}}
resource "google_storage_bucket_object" "o" {{
  name    = "o"
  bucket  = google_storage_bucket.b.name
  content = "x"
}}
resource "google_storage_bucket_iam_member" "b" {{
  bucket = google_storage_bucket.b.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}}
{rest}
"#
        )
    };
    let policy = r#"
resource "google_project_organization_policy" "p" {
  project    = "proj-a"
  constraint = "constraints/storage.publicAccessPrevention"
  boolean_policy { enforced = true }
}
"#;
    for (setting, rest, expected) in [
        ("", "", Allowed),
        ("public_access_prevention = \"inherited\"", "", Allowed),
        ("public_access_prevention = \"enforced\"", "", Denied),
        ("", policy, Denied),
    ] {
        terraform(&text(setting, rest), |world| {
            for target in ["google_storage_bucket.b", "google_storage_bucket_object.o"] {
                assert_eq!(world.anyone("storage.objects.get", target), expected, "{setting}{rest}: {target}");
            }
        });
    }
}

#[test]
fn what_is_open_to_all_who_are_signed_in_wants_an_account() {
    for (member, wants) in [("allUsers", false), ("allAuthenticatedUsers", true)] {
        let text = format!(
            r#"
resource "google_storage_bucket" "b" {{ name = "b" }}
resource "google_storage_bucket_iam_member" "b" {{
  bucket = google_storage_bucket.b.name
  role   = "roles/storage.objectViewer"
  member = "{member}"
}}
"#
        );
        terraform(&text, |world| {
            let bucket = vauban_cloud::permissions::Target::Resource(world.at("google_storage_bucket.b"));
            assert_eq!(world.anyone("storage.objects.get", "google_storage_bucket.b"), Allowed);
            assert_eq!(world.rights.wants_an_account("storage.objects.get", bucket), wants, "{member}");
        });
    }
}

/// Reads one file, settles what nothing declares, and asks.
fn settled(name: &str, text: &str, check: impl FnOnce(&World<'_>)) {
    let files = BTreeMap::from([(name.to_owned(), text.to_owned())]);
    let mut inventory = inventory(&files, &Options::default());
    catalogue().canonicalise(&mut inventory);
    with(&inventory, check);
}

#[test]
fn people_groups_and_outside_identities_are_principals_of_google() {
    let text = r#"
data "google_project" "p" { project_id = "shop" }
resource "google_service_account" "a" { account_id = "a" }
resource "google_service_account" "alice" { account_id = "alice" }
resource "google_cloud_identity_group" "devs" {
  parent = "customers/C01"
  group_key { id = "devs@example.com" }
}
resource "google_cloud_identity_group_membership" "bob" {
  group = google_cloud_identity_group.devs.id
  preferred_member_key { id = "bob@example.com" }
}
resource "google_cloud_identity_group_membership" "nested" {
  group = google_cloud_identity_group.devs.id
  preferred_member_key { id = "leads@example.com" }
}
resource "google_cloud_identity_group" "leads" {
  parent = "customers/C01"
  group_key { id = "leads@example.com" }
}
resource "google_cloud_identity_group_membership" "carol" {
  group = google_cloud_identity_group.leads.id
  preferred_member_key { id = "Carol@example.com" }
}
resource "google_service_account_iam_binding" "t" {
  service_account_id = google_service_account.a.name
  role               = "roles/iam.serviceAccountTokenCreator"
  members = [
    "user:Alice@Example.com",
    "group:devs@example.com",
    "serviceAccount:service-${data.google_project.p.number}@gcp-sa-pubsub.iam.gserviceaccount.com",
    "serviceAccount:${data.google_project.p.number}@cloudbuild.gserviceaccount.com",
    "serviceAccount:ci@elsewhere.iam.gserviceaccount.com",
    "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/attribute.repository/shop/web",
  ]
}
resource "google_cloudbuild_trigger" "b" { name = "b" }
"#;
    settled("main.tf", text, |world| {
        let (token, account) = ("iam.serviceAccounts.getAccessToken", "google_service_account.a");
        for who in [
            "user:Alice@Example.com",
            "google_cloud_identity_group.devs",
            "user:bob@example.com",
            "user:Carol@example.com",
            "google_cloud_identity_group.leads",
            "google_cloudbuild_default_service_account.default",
            "serviceAccount:ci@elsewhere.iam.gserviceaccount.com",
            "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/attribute.repository/shop/web",
        ] {
            assert_eq!(world.can(who, token, account), Allowed, "{who}");
        }
        // An account of the same name is not the person.
        assert_eq!(world.can("google_service_account.alice", token, account), Denied);
        let builds = world.principal("google_cloudbuild_default_service_account.default");
        assert_eq!(world.rights.runs_as(world.at("google_cloudbuild_trigger.b")), [builds]);
    });
}

#[test]
fn eligible_roles_and_locks_of_azure_count_for_what_they_are() {
    let text = r#"
data "azurerm_subscription" "s" {}
resource "azurerm_resource_group" "g" {
  name     = "g"
  location = "x"
}
resource "azurerm_storage_account" "in" {
  name                = "in"
  resource_group_name = azurerm_resource_group.g.name
}
resource "azuread_user" "a" { display_name = "a" }
resource "azuread_user" "b" { display_name = "b" }
resource "azuread_user" "c" { display_name = "c" }
data "azurerm_role_definition" "c" { name = "Contributor" }
data "azurerm_role_definition" "o" { name = "Owner" }
resource "azurerm_pim_eligible_role_assignment" "a" {
  scope              = data.azurerm_subscription.s.id
  role_definition_id = "${data.azurerm_subscription.s.id}${data.azurerm_role_definition.c.id}"
  principal_id       = azuread_user.a.object_id
}
resource "azurerm_pim_eligible_role_assignment" "b" {
  scope              = data.azurerm_subscription.s.id
  role_definition_id = data.azurerm_role_definition.o.id
  principal_id       = azuread_user.b.object_id
}
resource "azurerm_role_management_policy" "b" {
  scope              = data.azurerm_subscription.s.id
  role_definition_id = data.azurerm_role_definition.o.id
  activation_rules { require_approval = true }
}
resource "azuread_directory_role_eligibility_schedule_request" "b" {
  role_definition_id = "62e90394-69f5-4237-9190-012177145e10"
  principal_id       = azuread_user.c.object_id
  directory_scope_id = "/"
}
"#;
    let keys = "Microsoft.Storage/storageAccounts/listKeys/action";
    settled("main.tf", text, |world| {
        let verdict = world.verdict("azuread_user.a", keys, "azurerm_storage_account.in");
        assert_eq!(verdict.answer, Unknown);
        assert!(verdict.assumptions[0].contains("Contributor is activated"), "{:?}", verdict.assumptions);
        assert_eq!(world.can("azuread_user.b", keys, "azurerm_storage_account.in"), Denied);
        assert_eq!(world.admin("azuread_user.c"), Unknown);
    });
    let locked = |level: &str| {
        format!(
            r#"{text}
            resource "azurerm_role_assignment" "a" {{
              scope                = azurerm_storage_account.in.id
              role_definition_name = "Contributor"
              principal_id         = azuread_user.a.object_id
            }}
            resource "azurerm_role_assignment" "c" {{
              scope                = azurerm_resource_group.g.id
              role_definition_name = "Owner"
              principal_id         = azuread_user.c.object_id
            }}
            resource "azuread_user" "d" {{ display_name = "d" }}
            resource "azurerm_role_assignment" "d" {{
              scope                = azurerm_storage_account.in.id
              role_definition_name = "Owner"
              principal_id         = azuread_user.d.object_id
            }}
            resource "azuread_user" "e" {{ display_name = "e" }}
            resource "azurerm_role_assignment" "e" {{
              scope                = azurerm_resource_group.g.id
              role_definition_name = "Contributor"
              principal_id         = azuread_user.e.object_id
            }}
            resource "azurerm_role_assignment" "unlisted" {{
              scope                = azurerm_resource_group.g.id
              role_definition_name = "Our Very Own Role"
              principal_id         = azuread_user.e.object_id
            }}
            resource "azurerm_management_lock" "l" {{
              name       = "l"
              scope      = azurerm_resource_group.g.id
              lock_level = "{level}"
            }}"#
        )
    };
    settled("main.tf", &locked("ReadOnly"), |world| {
        assert_eq!(world.can("azuread_user.a", keys, "azurerm_storage_account.in"), Denied);
        let read = "Microsoft.Storage/storageAccounts/read";
        assert_eq!(world.can("azuread_user.a", read, "azurerm_storage_account.in"), Allowed);
        // An owner takes the lock away first.
        assert_eq!(world.can("azuread_user.c", keys, "azurerm_storage_account.in"), Allowed);
        // The lock is on the group: an owner of what is in it cannot.
        assert_eq!(world.can("azuread_user.d", keys, "azurerm_storage_account.in"), Denied);
        // A role that nobody lists may take locks away.
        assert_eq!(world.can("azuread_user.e", keys, "azurerm_storage_account.in"), Unknown);
    });
    settled("main.tf", &locked("CanNotDelete"), |world| {
        assert_eq!(world.can("azuread_user.a", keys, "azurerm_storage_account.in"), Allowed);
    });
}

#[test]
fn a_role_on_an_automation_account_holds_on_its_worker_groups() {
    let text = r#"
resource "azurerm_resource_group" "g" {
  name     = "g"
  location = "x"
}
resource "azuread_user" "a" { display_name = "a" }
resource "azurerm_automation_account" "jobs" {
  name                = "jobs"
  resource_group_name = azurerm_resource_group.g.name
}
resource "azurerm_automation_hybrid_runbook_worker_group" "w" {
  name                    = "w"
  resource_group_name     = azurerm_resource_group.g.name
  automation_account_name = azurerm_automation_account.jobs.name
}
resource "azurerm_role_assignment" "a" {
  scope                = azurerm_automation_account.jobs.id
  role_definition_name = "Contributor"
  principal_id         = azuread_user.a.object_id
}
"#;
    settled("main.tf", text, |world| {
        let write = "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/write";
        let group = "azurerm_automation_hybrid_runbook_worker_group.w";
        assert_eq!(world.can("azuread_user.a", write, group), Allowed);
    });
}

#[test]
fn who_may_be_in_a_group_that_a_deny_policy_excepts_is_not_surely_denied() {
    let text = r#"
resource "google_storage_bucket" "b" {
  name    = "b"
  project = "shop"
}
resource "google_service_account" "s" {
  account_id = "s"
  project    = "shop"
}
resource "google_storage_bucket_iam_binding" "b" {
  bucket  = google_storage_bucket.b.name
  role    = "roles/storage.objectViewer"
  members = ["user:ann@example.com", "serviceAccount:${google_service_account.s.email}"]
}
resource "google_iam_deny_policy" "d" {
  name   = "d"
  parent = "cloudresourcemanager.googleapis.com%2Fprojects%2Fshop"
  rules {
    deny_rule {
      denied_principals    = ["principalSet://goog/public:all"]
      exception_principals = ["principalSet://goog/group/readers@example.com"]
      denied_permissions   = ["storage.googleapis.com/objects.get"]
    }
  }
}
"#;
    settled("main.tf", text, |world| {
        let read = "storage.objects.get";
        // The code does not say who is in the group: Ann may be, and so may the service account.
        assert_eq!(world.can("user:ann@example.com", read, "google_storage_bucket.b"), Unknown);
        assert_eq!(world.can("google_service_account.s", read, "google_storage_bucket.b"), Unknown);
    });
    // Who is not denied anything needs no exception.
    let named = text.replace("principalSet://goog/public:all", "principal://goog/subject/ann@example.com");
    settled("main.tf", &named, |world| {
        let read = "storage.objects.get";
        assert_eq!(world.can("user:ann@example.com", read, "google_storage_bucket.b"), Unknown);
        assert_eq!(world.can("google_service_account.s", read, "google_storage_bucket.b"), Allowed);
    });
}

/// Owners of projects are told by a permission that no role lists: see `owns` in `grants`.
#[test]
fn of_the_wide_roles_only_owner_allows_what_no_role_lists() {
    let text = r#"
resource "google_storage_bucket" "b" {
  name    = "b"
  project = "shop"
}
resource "google_project_iam_member" "owner" {
  project = "shop"
  role    = "roles/owner"
  member  = "user:owner@example.com"
}
resource "google_project_iam_member" "editor" {
  project = "shop"
  role    = "roles/editor"
  member  = "user:editor@example.com"
}
resource "google_project_iam_member" "security" {
  project = "shop"
  role    = "roles/iam.securityAdmin"
  member  = "user:security@example.com"
}
"#;
    settled("main.tf", text, |world| {
        let word = "everything.accessViaIAP";
        assert_eq!(world.can("user:owner@example.com", word, "google_storage_bucket.b"), Allowed);
        assert_eq!(world.can("user:editor@example.com", word, "google_storage_bucket.b"), Denied);
        assert_eq!(world.can("user:security@example.com", word, "google_storage_bucket.b"), Denied);
    });
}

#[test]
fn actions_of_clusters_are_understood_as_the_command_line_writes_them() {
    for (written, meant) in [
        ("get deployments.apps", "get deployments"),
        ("delete po", "delete pods"),
        ("get pod", "get pods"),
        ("create pods/exec", "create pods/exec"),
        ("update deployments.apps/scale", "update deployments/scale"),
        ("get pods.metrics.k8s.io", "get pods.metrics.k8s.io"),
        ("list widgets.example.org", "list widgets"),
        ("get /healthz", "get /healthz"),
    ] {
        assert_eq!(kubernetes_action(written), meant);
    }
}

#[test]
fn users_and_groups_of_clusters_hold_what_is_bound_and_what_labels_add() {
    let text = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: tokens
  labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}
rules:
  - {apiGroups: [example.org], resources: [widgets], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: own}
aggregationRule:
  clusterRoleSelectors:
    - matchLabels: {rbac.authorization.k8s.io/aggregate-to-edit: 'true'}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
  - {kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: own}
subjects:
  - {kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: c}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:aggregate-to-view}
subjects:
  - {kind: Group, name: system:masters, apiGroup: rbac.authorization.k8s.io}
";
    settled("a.yaml", text, |world| {
        let can = |who: &str, action: &str, on: &str| {
            world.rights.can(world.principal(who), action, Target::Named(on), &Request::default()).answer
        };
        // View is part of edit.
        assert_eq!(can("k8s:User/jane", "create widgets", "k8s:shop/Widget/x"), Allowed);
        assert_eq!(can("k8s:User/jane", "delete pods", "k8s:other/Pod/x"), Denied);
        assert_eq!(can("k8s:Group/devs", "delete pods", "k8s:other/Pod/x"), Allowed);
        assert_eq!(can("k8s:Group/devs", "create widgets", "k8s:other/Widget/x"), Denied);
        // What every cluster has by itself is nobody of the code.
        assert!(world.estate.find("k8s:Group/system:masters").is_none());
    });
}

#[test]
fn selectors_of_aggregated_roles_may_be_expressions() {
    let can = |selector: &str| {
        let text = format!(
            "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: secrets, labels: {{team: shop, tier: high}}}}
rules:
  - {{apiGroups: [''], resources: [secrets], verbs: [get]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: own}}
aggregationRule:
  clusterRoleSelectors:
    - {selector}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: b}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: own}}
subjects:
  - {{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}}
"
        );
        let mut answer = Denied;
        settled("a.yaml", &text, |world| {
            let target = Target::Named("k8s:shop/Secret/x");
            let jane = world.principal("k8s:User/jane");
            answer = world.rights.can(jane, "get secrets", target, &Request::default()).answer;
        });
        answer
    };
    assert_eq!(can("matchExpressions: [{key: team, operator: In, values: [shop, bank]}]"), Allowed);
    assert_eq!(can("matchExpressions: [{key: team, operator: In, values: [bank]}]"), Denied);
    assert_eq!(can("matchExpressions: [{key: team, operator: Exists}]"), Allowed);
    assert_eq!(can("matchExpressions: [{key: region, operator: Exists}]"), Denied);
    assert_eq!(
        can("{matchLabels: {tier: high}, matchExpressions: [{key: team, operator: In, values: [shop]}]}"),
        Allowed
    );
    assert_eq!(
        can("{matchLabels: {tier: low}, matchExpressions: [{key: team, operator: In, values: [shop]}]}"),
        Denied
    );
    assert_eq!(can("{}"), Denied);
}

#[test]
fn roles_of_a_database_of_cosmos_are_about_its_items() {
    let can = |role: &str, scope: &str, action: &str| {
        let text = format!(
            r#"
resource "azurerm_cosmosdb_account" "orders" {{
  name                = "orders"
  resource_group_name = "shop"
}}
resource "azurerm_cosmosdb_account" "other" {{
  name                = "other"
  resource_group_name = "shop"
}}
resource "azurerm_cosmosdb_sql_role_definition" "own" {{
  name                = "own"
  resource_group_name = "shop"
  account_name        = azurerm_cosmosdb_account.orders.name
  assignable_scopes   = [azurerm_cosmosdb_account.orders.id]
  permissions {{
    data_actions = ["Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read"]
  }}
}}
resource "azurerm_user_assigned_identity" "a" {{ name = "a" }}
resource "azurerm_cosmosdb_sql_role_assignment" "a" {{
  resource_group_name = "shop"
  account_name        = azurerm_cosmosdb_account.orders.name
  role_definition_id  = {role}
  principal_id        = azurerm_user_assigned_identity.a.principal_id
  scope               = {scope}
}}
"#
        );
        let mut answers = [Denied, Denied];
        terraform(&text, |world| {
            answers = ["orders", "other"].map(|account| {
                world.can("azurerm_user_assigned_identity.a", action, &format!("azurerm_cosmosdb_account.{account}"))
            });
        });
        answers
    };
    let built_in = |end: u8| {
        format!(
            r#""${{azurerm_cosmosdb_account.orders.id}}/sqlRoleDefinitions/00000000-0000-0000-0000-00000000000{end}""#
        )
    };
    let account = "azurerm_cosmosdb_account.orders.id";
    let items = |verb: &str| format!("Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/{verb}");
    assert_eq!(can(&built_in(1), account, &items("read")), [Allowed, Denied]);
    assert_eq!(can(&built_in(1), account, &items("replace")), [Denied, Denied]);
    assert_eq!(can(&built_in(2), account, &items("replace")), [Allowed, Denied]);
    assert_eq!(can(&built_in(2), account, "Microsoft.DocumentDB/databaseAccounts/listKeys/action"), [Denied, Denied]);
    let own = "azurerm_cosmosdb_sql_role_definition.own.id";
    assert_eq!(can(own, account, &items("read")), [Allowed, Denied]);
    assert_eq!(can(own, account, &items("delete")), [Denied, Denied]);
    // One database of the account: what is sought may lie in another.
    assert_eq!(can(own, r#""${azurerm_cosmosdb_account.orders.id}/dbs/shop""#, &items("read")), [Unknown, Denied]);
}

#[test]
fn a_principal_that_an_input_or_an_id_names_has_what_is_assigned_to_it() {
    let id = "99999999-2222-3333-4444-555555555555";
    let text = format!(
        r#"
variable "operator" {{ type = string }}
data "azurerm_subscription" "s" {{}}
resource "azurerm_resource_group" "g" {{
  name     = "g"
  location = "westeurope"
}}
resource "azurerm_storage_account" "x" {{
  name                = "shopx"
  resource_group_name = azurerm_resource_group.g.name
}}
resource "azurerm_role_assignment" "a" {{
  scope                = data.azurerm_subscription.s.id
  role_definition_name = "Owner"
  principal_id         = var.operator
  principal_type       = "User"
}}
resource "azurerm_role_assignment" "b" {{
  scope                = azurerm_storage_account.x.id
  role_definition_name = "Reader"
  principal_id         = "{id}"
}}
resource "azurerm_role_assignment" "c" {{
  scope                = azurerm_resource_group.g.id
  role_definition_name = "Reader"
  principal_id         = "{id}"
}}
resource "azurerm_role_assignment" "d" {{
  scope                = azurerm_resource_group.g.id
  role_definition_name = "Owner"
  principal_id         = uuid()
}}
"#
    );
    settled("main.tf", &text, |world| {
        let operator = "azuread:principal/var.operator";
        let other = format!("azuread:principal/{id}");
        let keys = "Microsoft.Storage/storageAccounts/listKeys/action";
        let read = "Microsoft.Storage/storageAccounts/read";
        assert_eq!(world.admin(operator), Allowed);
        assert_eq!(world.can(operator, keys, "azurerm_storage_account.x"), Allowed);
        assert_eq!(world.can(&other, read, "azurerm_storage_account.x"), Allowed);
        assert_eq!(world.can(&other, keys, "azurerm_storage_account.x"), Denied);
        // One, however many assignments name it; what is only computed is nobody.
        assert_eq!(world.rights.principals().len(), 2);
    });
}
