//! References to parts of SAM's resources, such as `Function.Alias` and `Api.Stage`, to the resources that stand for them,
//! and references to what nobody makes.

use rustc_hash::{FxHashMap, FxHashSet};

use vauban_model::Diagnostic;
use vauban_model::resource::{Resource, Text, Value, ValueKind, Why};

/// Deepest place where references are looked for.
const DEPTH: usize = 200;

/// Starts of ids that the transform gives to things that are not made here.
const BEYOND: [&str; 4] =
    ["ServerlessDeploymentApplication", "CodeDeployServiceRole", "ServerlessUsagePlan", "ServerlessApiKey"];

/// Parts of ids before hashes, of things that are not made here.
const HASHED: [&str; 4] = ["Deployment", "Version", "ApiGatewayDomainName", "UsagePlan"];

/// What a reference may lead to.
struct Known<'k> {
    prefix: &'k str,
    /// Resources by the words for parts of others.
    parts: FxHashMap<Text, (Text, Text)>,
    made: FxHashSet<Text>,
    /// Whether the template declares an id, made or not.
    declared: &'k dyn Fn(&str) -> bool,
}

impl Known<'_> {
    /// The id of a reference to what nobody makes.
    fn nobody<'a>(&self, address: &'a str) -> Option<&'a str> {
        if self.made.contains(address) {
            return None;
        }
        let id = address.strip_prefix(self.prefix).filter(|id| !id.contains(['/', '.', '[']))?;
        let beyond = BEYOND.iter().any(|start| id.starts_with(start)) || HASHED.iter().any(|part| id.contains(part));
        (!beyond && !(self.declared)(id)).then_some(id)
    }
}

/// Turns references to parts into references to resources, and says which lead to nothing.
pub(super) fn settle(
    resources: &mut [Resource],
    prefix: &str,
    declared: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Diagnostic>,
) {
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
    let made = resources.iter().map(|resource| resource.address.clone()).collect();
    let known = Known { prefix, parts, made, declared };
    for resource in resources {
        walk(&mut resource.attributes, &known, problems, DEPTH);
    }
}

fn walk(value: &mut Value, known: &Known<'_>, problems: &mut Vec<Diagnostic>, left: usize) {
    if left == 0 {
        return;
    }
    match &mut value.kind {
        ValueKind::Reference(to) => {
            if let Some((address, attribute)) = known.parts.get(&to.address) {
                to.address = address.clone();
                if to.attribute.is_empty() {
                    to.attribute = attribute.clone();
                }
            } else if let Some(id) = known.nobody(&to.address) {
                problems.push(
                    Diagnostic::warning(
                        "unknown-reference",
                        value.span,
                        format!("`{id}` is no parameter and no resource here"),
                    )
                    .help("declare it, or mend the name"),
                );
                let name = if to.attribute.is_empty() { id.to_owned() } else { format!("{id}.{}", to.attribute) };
                value.kind = Value::unknown(Why::Missing, name, value.span).kind;
            }
        }
        ValueKind::Template(items) | ValueKind::List(items) | ValueKind::OneOf(items) => {
            items.iter_mut().for_each(|item| walk(item, known, problems, left - 1));
        }
        ValueKind::Map(entries) => entries.iter_mut().for_each(|(_, item)| walk(item, known, problems, left - 1)),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => walk(inner, known, problems, left - 1),
        _ => {}
    }
}
