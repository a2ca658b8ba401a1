//! Service accounts as machines of Google Cloud have them when access scopes limit what their tokens are good for: the
//! rights of the account, and of those only what the scopes take in.
//!
//! Whom a new machine acts as is asked of the account behind the interface of machines, not of the scope.
//!
//! Source: Google Cloud documentation, "Service accounts", access scopes of Compute Engine; the aliases are those that its
//! command line and the Terraform provider share.

use vauban_model::resource::{Inventory, Resource, Text, Value, ValueKind};

/// Their type.
pub(crate) const TYPE: &str = "google_scoped_service_account";

/// What has such an account, where it says so and where it names the scopes.
const HOLDERS: [(&str, &str, &str); 4] = [
    ("google_compute_instance", "service_account.email", "service_account.scopes"),
    ("google_compute_instance_template", "service_account.email", "service_account.scopes"),
    ("google_compute_region_instance_template", "service_account.email", "service_account.scopes"),
    ("google_container_node_pool", "node_config.service_account", "node_config.oauth_scopes"),
];

/// Scopes, their aliases, and the permissions that they take in, as patterns; none for those that only report.
const SCOPES: [(&str, &str, &[&str]); 26] = [
    (
        "devstorage.read_only",
        "storage-ro",
        &["storage.objects.get", "storage.objects.list", "storage.buckets.get", "storage.buckets.list"],
    ),
    ("devstorage.read_write", "storage-rw", &["storage.objects.*", "storage.buckets.get", "storage.buckets.list"]),
    ("devstorage.write_only", "", &["storage.objects.create"]),
    ("devstorage.full_control", "storage-full", &["storage.*"]),
    ("compute", "compute-rw", &["compute.*", "iam.serviceAccounts.actAs"]),
    ("compute.readonly", "compute-ro", &["compute.*.get", "compute.*.list"]),
    ("bigquery", "bigquery", &["bigquery.*"]),
    ("bigquery.readonly", "", &["bigquery.*.get", "bigquery.*.list", "bigquery.*.getData", "bigquery.jobs.create"]),
    ("pubsub", "pubsub", &["pubsub.*"]),
    ("datastore", "datastore", &["datastore.*"]),
    ("sqlservice.admin", "sql-admin", &["cloudsql.*"]),
    ("sqlservice", "sql", &["cloudsql.*"]),
    ("bigtable.data", "", &["bigtable.*"]),
    ("spanner.data", "", &["spanner.*"]),
    ("cloudkms", "", &["cloudkms.*"]),
    ("cloudplatformprojects", "", &["resourcemanager.projects.*"]),
    ("cloudplatformprojects.readonly", "", &["resourcemanager.projects.get", "resourcemanager.projects.list"]),
    ("ndev.clouddns.readwrite", "", &["dns.*"]),
    ("logging.write", "logging-write", &[]),
    ("monitoring.write", "monitoring-write", &[]),
    ("monitoring", "monitoring", &[]),
    ("trace.append", "trace", &[]),
    ("servicecontrol", "service-control", &[]),
    ("service.management", "service-management", &[]),
    ("service.management.readonly", "", &[]),
    ("userinfo.email", "userinfo-email", &[]),
];

/// The permissions that the scopes of something take in, as patterns; nothing where they limit nothing or are not known.
fn taken_in(scopes: &Value) -> Option<Vec<&'static str>> {
    let mut out = Vec::new();
    for scope in scopes.as_list()? {
        let text = scope.as_text()?;
        let name = text.rsplit_once("/auth/").map_or(text, |(_, name)| name);
        let (.., permissions) =
            SCOPES.iter().find(|(scope, alias, _)| *scope == name || !alias.is_empty() && *alias == name)?;
        out.extend(permissions.iter().copied());
    }
    Some(out)
}

/// The address of the account that something has within its scopes.
pub(crate) fn address(of: &str) -> String {
    format!("{of}#account")
}

/// What such an account may use of its rights, as patterns of permissions.
pub(crate) fn ceiling(account: &Resource) -> Option<Vec<&'static str>> {
    taken_in(account.get("scopes")?)
}

/// Adds them.
pub(super) fn complete(inventory: &mut Inventory) {
    let mut out: Vec<Resource> = inventory.resources.iter().filter_map(made).collect();
    inventory.resources.append(&mut out);
}

fn made(of: &Resource) -> Option<Resource> {
    let (_, email, scopes) = HOLDERS.iter().find(|(ty, ..)| *ty == &*of.ty)?;
    let scopes = of.get(scopes)?;
    taken_in(scopes)?;
    let mut attributes: Vec<(Text, Value)> = vec![(Text::from("scopes"), scopes.clone())];
    attributes.extend(of.get(email).map(|value| (Text::from("email"), value.clone())));
    attributes.extend(of.get("project").map(|value| (Text::from("project"), value.clone())));
    let name = of.text("name").map_or_else(|| of.name.to_string(), str::to_owned);
    Some(Resource {
        address: address(&of.address).as_str().into(),
        ty: TYPE.into(),
        native_type: TYPE.into(),
        name: format!("account of {name} within its scopes").as_str().into(),
        source: of.source,
        mode: of.mode,
        attributes: Value::new(ValueKind::Map(attributes.into_iter().collect()), scopes.span),
        span: scopes.span,
        calls: of.calls.clone(),
        scope: of.scope.clone(),
        depends_on: Vec::new(),
        many: of.many,
    })
}
