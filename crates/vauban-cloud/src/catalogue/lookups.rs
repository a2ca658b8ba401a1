//! Lookups of what the same code makes: a data source that names a managed resource of its own type by a reference is
//! that resource, and whoever refers to the lookup refers to the resource.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Inventory, Mode, Resource, Text, Value, ValueKind};

/// How deep attributes are walked.
const DEEPEST: usize = 128;

/// Attributes that name the resource itself.
const NAMES: [&str; 16] = [
    "",
    "account_id",
    "arn",
    "bucket",
    "email",
    "family",
    "function_name",
    "id",
    "identifier",
    "key_id",
    "name",
    "principal_id",
    "project_id",
    "secret_id",
    "self_link",
    "unique_id",
];

/// Puts the resource in the place of the lookup in every reference.
pub(super) fn settle(inventory: &mut Inventory) {
    let made: FxHashMap<&str, &Resource> =
        inventory.resources.iter().filter(|one| one.mode == Mode::Managed).map(|one| (&*one.address, one)).collect();
    let mut same: FxHashMap<Text, Text> = FxHashMap::default();
    for lookup in inventory.resources.iter().filter(|one| one.mode == Mode::Data) {
        let entries = lookup.attributes.as_map().unwrap_or_default();
        let mut named = entries.iter().filter_map(|(_, value)| {
            let reference = value.open().as_reference().filter(|it| NAMES.contains(&&*it.attribute))?;
            let resource = made.get(&*reference.address)?;
            // Another name means another thing, whatever else is looked up by this one.
            let named_otherwise =
                lookup.text("name").zip(resource.text("name")).is_some_and(|(wanted, own)| wanted != own);
            let same = resource.ty == lookup.ty && resource.scope == lookup.scope && !named_otherwise;
            same.then(|| resource.address.clone())
        });
        if let Some(first) = named.next()
            && named.all(|other| other == first)
        {
            same.insert(lookup.address.clone(), first);
        }
    }
    if same.is_empty() {
        return;
    }
    for resource in &mut inventory.resources {
        replace(&mut resource.attributes, &same, 0);
    }
}

fn replace(value: &mut Value, same: &FxHashMap<Text, Text>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match &mut value.kind {
        ValueKind::Reference(reference) => {
            if let Some(resource) = same.get(&reference.address) {
                reference.address = resource.clone();
            }
        }
        ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => {
            parts.iter_mut().for_each(|part| replace(part, same, depth + 1));
        }
        ValueKind::Map(entries) => entries.iter_mut().for_each(|(_, inner)| replace(inner, same, depth + 1)),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => replace(inner, same, depth + 1),
        _ => {}
    }
}
