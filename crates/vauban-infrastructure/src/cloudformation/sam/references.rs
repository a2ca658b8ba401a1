//! References to parts of SAM's resources, such as `Function.Alias` and `Api.Stage`, to the resources that stand for them.

use rustc_hash::FxHashMap;

use vauban_model::resource::{Resource, Text, Value, ValueKind};

/// Deepest place where references are looked for.
const DEPTH: usize = 200;

/// Turns references to parts into references to resources.
pub(super) fn settle(resources: &mut [Resource], prefix: &str) {
    // By the words after the point, what they stand for.
    let mut parts: FxHashMap<Text, (Text, Text)> = FxHashMap::default();
    for resource in resources.iter() {
        let (base, part) = match &*resource.ty {
            "AWS::ApiGateway::Stage" => (resource.attributes.get("RestApiId"), "Stage"),
            "AWS::ApiGatewayV2::Stage" => (resource.attributes.get("ApiId"), "Stage"),
            // What an alias is asked for is what its function is asked for.
            "AWS::Lambda::Function" if resource.native_type.starts_with("AWS::Serverless::") => {
                for part in ["Alias", "Version"] {
                    let name = format!("{}.{part}", resource.address);
                    parts.insert(name.into(), (resource.address.clone(), "Arn".into()));
                }
                continue;
            }
            _ => continue,
        };
        if let Some(base) = base.and_then(Value::as_reference) {
            parts.insert(format!("{}.{part}", base.address).into(), (resource.address.clone(), "".into()));
        }
    }
    for resource in resources {
        if parts.is_empty() {
            return;
        }
        walk(&mut resource.attributes, &parts, prefix, DEPTH);
    }
}

fn walk(value: &mut Value, parts: &FxHashMap<Text, (Text, Text)>, prefix: &str, left: usize) {
    if left == 0 {
        return;
    }
    match &mut value.kind {
        ValueKind::Reference(to) => {
            if to.address.starts_with(prefix)
                && to.address.contains('.')
                && let Some((address, attribute)) = parts.get(&to.address)
            {
                to.address = address.clone();
                if to.attribute.is_empty() {
                    to.attribute = attribute.clone();
                }
            }
        }
        ValueKind::Template(items) | ValueKind::List(items) | ValueKind::OneOf(items) => {
            items.iter_mut().for_each(|item| walk(item, parts, prefix, left - 1));
        }
        ValueKind::Map(entries) => entries.iter_mut().for_each(|(_, item)| walk(item, parts, prefix, left - 1)),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => walk(inner, parts, prefix, left - 1),
        _ => {}
    }
}
