//! Identities that Azure makes together with a resource and that nobody else can be given: system-assigned ones.
//!
//! They are things of their own here, as user-assigned ones are: whoever runs code in the resource has the rights of its
//! identity, and whoever merely uses the resource has not.
//!
//! Source: Microsoft's documentation, "What are managed identities for Azure resources?".

use vauban_model::resource::{Inventory, Mode, Reference, Resource, Text, Value, ValueKind};

/// Their type.
pub(crate) const TYPE: &str = "azurerm_system_assigned_identity";

/// Whether a resource has one.
fn has_one(resource: &Resource) -> bool {
    resource.ty.starts_with("azurerm_")
        && resource.get("identity.type").and_then(Value::as_text).is_some_and(|text| text.contains("SystemAssigned"))
}

/// The address of the identity of a resource.
pub(crate) fn address(of: &str) -> String {
    format!("{of}#identity")
}

/// Adds them.
pub(super) fn complete(inventory: &mut Inventory) {
    let mut out: Vec<Resource> = inventory.resources.iter().filter(|one| has_one(one)).map(made).collect();
    inventory.resources.append(&mut out);
}

fn made(of: &Resource) -> Resource {
    let span = of.get("identity").map_or(of.span, |block| block.span);
    let whole = Reference { address: of.address.clone(), attribute: Text::from("") };
    let mut attributes: Vec<(Text, Value)> =
        vec![(Text::from("parent_id"), Value::new(ValueKind::Reference(whole), span))];
    for key in ["resource_group_name", "resource_group_id"] {
        attributes.extend(of.get(key).map(|value| (Text::from(key), value.clone())));
    }
    let name = of.text("name").map_or_else(|| of.name.to_string(), str::to_owned);
    Resource {
        address: address(&of.address).as_str().into(),
        ty: TYPE.into(),
        native_type: TYPE.into(),
        name: format!("identity of {name}").as_str().into(),
        source: of.source,
        mode: if of.mode == Mode::Data { Mode::Data } else { Mode::Managed },
        attributes: Value::new(ValueKind::Map(attributes.into_iter().collect()), span),
        span,
        calls: of.calls.clone(),
        scope: of.scope.clone(),
        depends_on: Vec::new(),
        many: of.many,
    }
}
