//! Principals of Entra that role assignments name by their id, or leave to an input: the code does not make them, and they
//! hold rights all the same.
//!
//! Each is one thing, whatever number of assignments names it. Assignments may say what it is; what nobody says is taken for
//! an application.

use rustc_hash::FxHashSet;
use vauban_model::resource::{Inventory, Mode, Resource, Text, Value, ValueKind, Why};

/// The type of a person.
pub(crate) const USER: &str = "azuread:user";
/// The type of a group.
pub(crate) const GROUP: &str = "azuread:group";
/// The type of an application or a managed identity.
pub(crate) const APPLICATION: &str = "azuread:application";

/// What gives roles to a principal.
const ASSIGNMENTS: [&str; 3] =
    ["azurerm_role_assignment", "azurerm_pim_active_role_assignment", "azurerm_pim_eligible_role_assignment"];

/// The id that a value states, or the input that decides on it. What is computed, looked up or made elsewhere is nobody in
/// particular, and neither is the round of a loop.
fn id_of(value: &Value) -> Option<String> {
    match &value.open().kind {
        ValueKind::Text(text) if is_id(text) => Some(text.to_ascii_lowercase()),
        ValueKind::Unknown(unknown) if unknown.why == Why::Variable && !unknown.name.contains("copyIndex") => {
            Some(unknown.name.to_string())
        }
        _ => None,
    }
}

/// Whether a text is an id of an object of the directory: `99999999-2222-3333-4444-555555555555`.
fn is_id(text: &str) -> bool {
    text.len() == 36 && text.split('-').count() == 5 && text.chars().all(|one| one == '-' || one.is_ascii_hexdigit())
}

/// The address of the principal that a value names without a reference.
pub(crate) fn address(value: &Value) -> Option<String> {
    Some(format!("azuread:principal/{}", id_of(value)?))
}

/// Adds them.
pub(super) fn complete(inventory: &mut Inventory) {
    // State and exports hold the ids of what the code makes; who has one of those is no other.
    let mut known: FxHashSet<String> = inventory.resources.iter().flat_map(own_ids).collect();
    let mut out: Vec<Resource> = Vec::new();
    for one in inventory.resources.iter().filter(|one| ASSIGNMENTS.contains(&&*one.ty)) {
        let Some(value) = one.get("principal_id") else { continue };
        if let (Some(id), Some(address)) = (id_of(value), address(value))
            && known.insert(address.clone())
        {
            out.push(made(&id, &address, value, one));
        }
    }
    inventory.resources.append(&mut out);
}

/// The addresses that the ids of a resource's own identities would have.
fn own_ids(resource: &Resource) -> Vec<String> {
    let paths: &[&str] = if resource.ty.starts_with("azuread_") {
        &["object_id", "id"]
    } else if resource.ty.ends_with("_role_assignment") || !resource.ty.starts_with("azurerm_") {
        &[]
    } else {
        &["principal_id", "identity.principal_id"]
    };
    paths.iter().filter_map(|path| address(resource.get(path)?)).collect()
}

fn made(id: &str, address: &str, value: &Value, by: &Resource) -> Resource {
    let ty = match by.text("principal_type") {
        Some("User") => USER,
        Some("Group" | "ForeignGroup") => GROUP,
        _ => APPLICATION,
    };
    let name = if is_id(id) {
        format!("principal {id}")
    } else if id.contains("var.") {
        format!("principal of {id}")
    } else {
        format!("principal of parameter {id}")
    };
    let attributes = vec![(Text::from("object_id"), Value::text(id, value.span))];
    Resource {
        address: address.into(),
        ty: ty.into(),
        native_type: ty.into(),
        name: name.as_str().into(),
        source: by.source,
        mode: Mode::Managed,
        attributes: Value::new(ValueKind::Map(attributes), value.span),
        span: value.span,
        calls: by.calls.clone(),
        scope: by.scope.clone(),
        depends_on: Vec::new(),
        many: false,
    }
}
