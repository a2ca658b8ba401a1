//! Service accounts that Google Cloud makes in every project by itself, where the code leans on them although nothing
//! declares them: that of machines (`NUMBER-compute@developer.gserviceaccount.com`), that of App Engine and of first
//! generation functions (`PROJECT@appspot.gserviceaccount.com`) and that of builds
//! (`NUMBER@cloudbuild.gserviceaccount.com`), the last only where the code names it: newer projects do without.
//!
//! Source: Google Cloud documentation, "Service accounts", section on default service accounts.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Inventory, Mode, Resource, Source, Text, Value, ValueKind, Why};

/// How the name of the account of machines ends.
pub(crate) const OF_MACHINES: &str = "-compute@developer.gserviceaccount.com";
/// How the name of the account of App Engine ends.
pub(crate) const OF_APPLICATIONS: &str = "@appspot.gserviceaccount.com";

/// How the name of the account of builds ends.
const OF_BUILDS: &str = "@cloudbuild.gserviceaccount.com";

/// The type of the first.
pub(crate) const MACHINES: &str = "google_compute_default_service_account";
/// The type of the second.
pub(crate) const APPLICATIONS: &str = "google_app_engine_default_service_account";
/// The type of the third.
pub(crate) const BUILDS: &str = "google_cloudbuild_default_service_account";

/// What runs as the account of machines when it names none, and the attribute that names one. `service_account` is a block
/// that has to be there: without it, Terraform gives a machine no account at all.
///
/// Source: documentation of the Terraform provider for workflows, read 2026-11-28; the worker pools, Dataflow, Composer,
/// notebooks and Workbench are from memory of Google Cloud's documentation.
const RUN: [(&str, &str, &str); 19] = [
    ("google_compute_instance", "service_account.email", MACHINES),
    ("google_compute_instance_template", "service_account.email", MACHINES),
    ("google_compute_region_instance_template", "service_account.email", MACHINES),
    ("google_container_node_pool", "node_config.service_account", MACHINES),
    ("google_cloud_run_service", "template.spec.service_account_name", MACHINES),
    ("google_cloud_run_v2_job", "template.template.service_account", MACHINES),
    ("google_app_engine_standard_app_version", "service_account", APPLICATIONS),
    ("google_app_engine_flexible_app_version", "service_account", APPLICATIONS),
    ("google_cloud_run_v2_service", "template.service_account", MACHINES),
    ("google_cloudfunctions2_function", "service_config.service_account_email", MACHINES),
    ("google_dataproc_cluster", "cluster_config.gce_cluster_config.service_account", MACHINES),
    ("google_cloudfunctions_function", "service_account_email", APPLICATIONS),
    ("google_cloud_run_v2_worker_pool", "template.service_account", MACHINES),
    ("google_dataflow_job", "service_account_email", MACHINES),
    ("google_dataflow_flex_template_job", "service_account_email", MACHINES),
    ("google_notebooks_instance", "service_account", MACHINES),
    ("google_workbench_instance", "gce_setup.service_accounts.email", MACHINES),
    ("google_composer_environment", "config.node_config.service_account", MACHINES),
    ("google_workflows_workflow", "service_account", MACHINES),
];

/// The default account that something runs as because it names none.
pub(crate) fn of(resource: &Resource) -> Option<&'static str> {
    let (_, key, account) = RUN.iter().find(|(ty, ..)| *ty == &*resource.ty)?;
    // Nodes that were read from the cloud name theirs.
    if resource.source == Source::CloudAssetInventory && &*resource.ty == "google_container_node_pool" {
        return None;
    }
    if let Some(block) = key.strip_suffix(".email").filter(|block| *block == "service_account")
        && resource.get(block).is_none_or(|block| block.each().is_empty())
    {
        return None;
    }
    let left_out = |value: &Value| match &value.open().kind {
        ValueKind::Unknown(unknown) => matches!(unknown.why, Why::Computed | Why::Unstated),
        ValueKind::Text(text) => matches!(&**text, "" | "default"),
        _ => false,
    };
    resource.get(key).is_none_or(left_out).then_some(*account)
}

/// The type of the default account that a text names.
pub(crate) fn named(text: &str) -> Option<&'static str> {
    if text.ends_with(OF_MACHINES) {
        Some(MACHINES)
    } else if text.ends_with(OF_APPLICATIONS) {
        Some(APPLICATIONS)
    } else if text.ends_with(OF_BUILDS) {
        Some(BUILDS)
    } else {
        None
    }
}

/// Adds them, each once for a project.
pub(super) fn complete(inventory: &mut Inventory) {
    let declared: FxHashSet<&str> = inventory.resources.iter().map(|one| &*one.ty).collect();
    let projects: FxHashMap<&str, &Resource> =
        inventory.resources.iter().filter(|one| &*one.ty == "google_project").map(|one| (&*one.address, one)).collect();
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    let mut known: FxHashSet<(&str, String)> = FxHashSet::default();
    let mut out: Vec<Resource> = Vec::new();
    // Whoever looks it up has it already.
    let mut add = |ty: &'static str, project: Option<&Value>, like: &Resource, counts: &mut FxHashMap<&str, usize>| {
        let name = project.map(|project| told(project, &projects)).unwrap_or_default();
        if !declared.contains(ty) && known.insert((ty, name)) {
            let number = counts.entry(ty).or_default();
            out.push(made(ty, *number, like, project));
            *number += 1;
        }
    };
    let own = || inventory.resources.iter().filter(|one| one.ty.starts_with("google_") && one.mode == Mode::Managed);
    for one in own() {
        if let Some(ty) = of(one) {
            add(ty, one.get("project"), one, &mut counts);
        }
    }
    for one in own() {
        texts(&one.attributes, 0, &mut |text, before| {
            let Some(ty) = named(text) else { return };
            match before.iter().find_map(|part| project_of_number(&projects, part)) {
                Some(project) => add(ty, project, one, &mut counts),
                // A bare number or name is that of a project which is there already, or of the only one.
                None if counts.get(ty).is_none_or(|count| *count == 0) => add(ty, one.get("project"), one, &mut counts),
                None => {}
            }
        });
    }
    inventory.resources.append(&mut out);
}

/// The project whose number or id is referred to; `Some(None)` for the one of the provider.
fn project_of_number<'i>(projects: &FxHashMap<&str, &'i Resource>, part: &Value) -> Option<Option<&'i Value>> {
    let ValueKind::Reference(reference) = &part.open().kind else { return None };
    projects.get(&*reference.address).map(|project| project.get("project_id"))
}

/// A project's name as far as it is known: the same text for the same project.
fn told(project: &Value, projects: &FxHashMap<&str, &Resource>) -> String {
    match &project.open().kind {
        ValueKind::Text(text) => text.to_string(),
        ValueKind::Unknown(unknown) => unknown.to_string(),
        ValueKind::Reference(reference) => {
            let stated = projects.get(&*reference.address).and_then(|project| project.text("project_id"));
            stated.map_or_else(|| reference.to_string(), str::to_owned)
        }
        _ => String::new(),
    }
}

fn made(ty: &str, number: usize, like: &Resource, project: Option<&Value>) -> Resource {
    let name = match ty {
        MACHINES => "default account of machines",
        BUILDS => "account of Cloud Build",
        _ => "default account of App Engine",
    };
    let project = project.map(|value| (Text::from("project"), value.clone()));
    let tail = if number == 0 { String::new() } else { format!("[{number}]") };
    Resource {
        address: format!("{ty}.default{tail}").as_str().into(),
        ty: ty.into(),
        native_type: ty.into(),
        name: name.into(),
        source: like.source,
        mode: Mode::Managed,
        attributes: Value::new(ValueKind::Map(project.into_iter().collect()), like.span),
        span: like.span,
        calls: like.calls.clone(),
        scope: like.scope.clone(),
        depends_on: Vec::new(),
        many: false,
    }
}

/// The ends of all texts in a value, each with the parts before it where it is put together.
fn texts(value: &Value, depth: usize, found: &mut dyn FnMut(&str, &[Value])) {
    if depth > 64 {
        return;
    }
    match &value.open().kind {
        ValueKind::Text(text) => found(text, &[]),
        ValueKind::Template(parts) => {
            if let Some((last, before)) = parts.split_last()
                && let ValueKind::Text(text) = &last.open().kind
            {
                found(text, before);
            }
        }
        ValueKind::List(items) => items.iter().for_each(|item| texts(item, depth + 1, found)),
        ValueKind::Map(entries) => entries.iter().for_each(|(_, item)| texts(item, depth + 1, found)),
        _ => {}
    }
}
