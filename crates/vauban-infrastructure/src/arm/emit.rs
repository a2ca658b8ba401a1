//! Resources with their attributes.

use vauban_model::Diagnostic;
use vauban_model::resource::{Mode, Reference, Resource, Source, Text, Value, ValueKind};
use vauban_syntax::Node;

use super::evaluate::Evaluator;
use super::names;
use super::template::{field, text_field};
use super::walk::{DEPLOYMENT, Found};
use crate::plain;

/// Keys of a resource that are not attributes of what it makes.
const BESIDE: [&str; 9] =
    ["type", "apiVersion", "copy", "condition", "dependsOn", "resources", "comments", "existing", "import"];
/// Lists inside of a resource whose items are resources too, with an id of their own that others refer to.
const INLINE: [(&str, &str); 4] = [
    ("Microsoft.Network/virtualNetworks", "subnets"),
    ("Microsoft.Network/loadBalancers", "backendAddressPools"),
    ("Microsoft.Network/loadBalancers", "loadBalancingRules"),
    ("Microsoft.Network/loadBalancers", "inboundNatRules"),
];
/// How deep values are walked.
const DEEPEST: usize = 128;

impl<'n> Evaluator<'n> {
    /// Makes the resource of what was found; nothing when another one makes it.
    pub(super) fn emit(&mut self, found: &Found<'n>) -> Option<Resource> {
        let here = self.scopes.get(found.scope)?;
        let (root, account, calls) = (here.root, here.account.clone(), here.calls.clone());
        if found.existing && self.index.find(root, &found.ty, &found.whole) != Some(&found.address) {
            return None;
        }
        let before = std::mem::replace(&mut self.loops, found.loops.clone());
        let mut attributes = plain::map(found.node.span, []);
        for entry in found.node.as_mapping().unwrap_or(&[]) {
            let beside = BESIDE.iter().any(|key| entry.key.eq_ignore_ascii_case(key));
            if beside || (entry.key.eq_ignore_ascii_case("properties") && found.ty.eq_ignore_ascii_case(DEPLOYMENT)) {
                continue;
            }
            let value = self.eval(found.scope, &entry.value);
            plain::set(&mut attributes, &entry.key, value);
        }
        if attributes.get("name").is_none() {
            plain::set(&mut attributes, "name", found.name.clone());
        }
        if found.ty.eq_ignore_ascii_case(DEPLOYMENT) {
            self.inputs(found, &mut attributes);
        }
        let span = field(found.node, "name").or_else(|| field(found.node, "type")).map_or(found.node.span, |n| n.span);
        if let Some((ty, name)) = &found.parent {
            let above = self.parent(root, ty, name, span);
            plain::set(&mut attributes, "parent", above);
        }
        let scope = match (attributes.get("scope").cloned(), &found.extends) {
            (Some(scope), _) => Some(self.scope_of(found.scope, &scope)),
            (None, Some((ty, name))) => Some(self.parent(root, ty, name, span)),
            (None, None) => None,
        };
        if let Some(scope) = scope.filter(|scope| !super::resources::is_blank(scope)) {
            plain::set(&mut attributes, "scope", scope);
        }
        let depends_on = self.depends_on(found);
        self.loops = before;
        let mode = match (found.opaque, found.existing) {
            (true, _) => Mode::Opaque,
            (_, true) => Mode::Data,
            _ => Mode::Managed,
        };
        if found.opaque {
            let what = field(found.node, "properties").and_then(|properties| field(properties, "templateLink"));
            self.diagnostics.push(
                Diagnostic::warning(
                    "opaque-module",
                    what.map_or(span, |node| node.span),
                    format!("the template of the deployment `{}` is not at hand", names::short(&found.whole)),
                )
                .help("put its template into the folder; until then only its inputs are known"),
            );
        }
        let label = names::label(&found.ty, &Value::text(found.whole.as_str(), span));
        let known = !found.whole.contains("${");
        let name = found.symbol.filter(|_| !known).map_or(label, str::to_owned);
        Some(Resource {
            address: found.address.clone(),
            ty: if found.opaque { "module" } else { found.ty.as_str() }.into(),
            native_type: found.ty.as_str().into(),
            name: name.into(),
            source: Source::AzureResourceManager,
            mode,
            attributes,
            span,
            calls,
            scope: account,
            depends_on,
            many: found.many,
        })
    }

    /// What a deployment is given, as its attributes.
    fn inputs(&mut self, found: &Found<'n>, attributes: &mut Value) {
        let Some(properties) = field(found.node, "properties") else { return };
        for key in ["mode", "templateLink"] {
            if let Some(node) = field(properties, key) {
                let value = self.eval(found.scope, node);
                plain::set(attributes, key, value);
            }
        }
        if !found.opaque {
            return;
        }
        let Some(node) = field(properties, "parameters") else { return };
        let all = self.eval(found.scope, node);
        for (key, passed) in all.as_map().unwrap_or(&[]) {
            if attributes.get(key).is_none() {
                let value = passed.get("value").unwrap_or(passed).clone();
                plain::set(attributes, key, value);
            }
        }
    }

    /// The resource of a type and name, or its id where it is elsewhere.
    fn parent(&self, root: usize, ty: &str, name: &str, span: vauban_model::Span) -> Value {
        // Containers stand below a service that nobody declares: what is above that is the parent then.
        let (mut above_type, mut above_name) = (ty.to_owned(), name.to_owned());
        for _ in 0..4 {
            if let Some(address) = self.index.find(root, &above_type, &above_name) {
                return plain::reference(address, "id", span);
            }
            let Some((ty, _)) = above_type.rsplit_once('/').filter(|(ty, _)| ty.contains('/')) else { break };
            let all = names::parts(&above_name);
            let Some((_, rest)) = all.split_last() else { break };
            (above_type, above_name) = (ty.to_owned(), rest.join("/"));
        }
        Value::text(names::id(ty, name), span)
    }

    fn depends_on(&mut self, found: &Found<'n>) -> Vec<Text> {
        let mut out = Vec::new();
        for node in field(found.node, "dependsOn").and_then(Node::as_sequence).unwrap_or(&[]) {
            let value = self.eval(found.scope, node);
            if let Some(address) = self.target(found.scope, &value)
                && !out.contains(&address)
            {
                out.push(address);
            }
        }
        out
    }
}

/// Gives items inside of a resource that are resources too a place of their own, and turns references to them.
pub(super) fn inline(resources: &mut Vec<Resource>) {
    let mut more: Vec<(String, Resource)> = Vec::new();
    let taken: rustc_hash::FxHashMap<(Text, String), Text> = resources
        .iter()
        .filter_map(|resource| {
            let above = resource.attributes.get("parent")?.as_reference()?;
            let kind = resource.native_type.rsplit('/').next()?.to_ascii_lowercase();
            let name = plain::render(resource.attributes.get("name")?);
            let last = names::parts(&name).last().copied()?.to_ascii_lowercase();
            Some(((above.address.clone(), format!("{kind}.{last}")), resource.address.clone()))
        })
        .collect();
    for resource in resources.iter() {
        for (ty, list) in INLINE {
            if !resource.native_type.eq_ignore_ascii_case(ty) {
                continue;
            }
            let items = resource.attributes.at(&format!("properties.{list}")).map_or(&[][..], Value::each);
            for item in items {
                let Some(name) = item.get("name") else { continue };
                let rendered = plain::render(name);
                let key = format!("{list}.{rendered}").to_ascii_lowercase();
                if taken.contains_key(&(resource.address.clone(), key.clone())) {
                    continue;
                }
                let mut attributes = item.clone();
                let parent = plain::reference(&resource.address, "id", item.span);
                plain::set(&mut attributes, "parent", parent);
                let brief = names::brief(&rendered);
                let own = Resource {
                    address: format!("{}/{list}/{brief}", resource.address).into(),
                    ty: format!("{ty}/{list}").into(),
                    native_type: format!("{ty}/{list}").into(),
                    name: names::label(list, name).into(),
                    source: resource.source,
                    mode: resource.mode,
                    attributes,
                    span: item.span,
                    calls: resource.calls.clone(),
                    scope: resource.scope.clone(),
                    depends_on: Vec::new(),
                    many: resource.many,
                };
                more.push((key, own));
            }
        }
    }
    let mut seen: rustc_hash::FxHashSet<Text> = resources.iter().map(|one| one.address.clone()).collect();
    more.retain(|(_, one)| seen.insert(one.address.clone()));
    let made: rustc_hash::FxHashMap<(Text, String), Text> = more
        .iter()
        .filter_map(|(key, one)| {
            let above = one.attributes.get("parent")?.as_reference()?.address.clone();
            Some(((above, key.clone()), one.address.clone()))
        })
        .collect();
    resources.extend(more.into_iter().map(|(_, one)| one));
    if made.is_empty() {
        return;
    }
    for resource in resources.iter_mut() {
        turn(&mut resource.attributes, &made, 0);
    }
}

/// Turns `network` `subnets.web.id` into the subnet's own `id`.
fn turn(value: &mut Value, made: &rustc_hash::FxHashMap<(Text, String), Text>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match &mut value.kind {
        ValueKind::Reference(to) => {
            let whole = to.attribute.strip_suffix(".id").unwrap_or(&to.attribute).to_ascii_lowercase();
            if let Some(address) = made.get(&(to.address.clone(), whole)) {
                *to = Reference { address: address.clone(), attribute: "id".into() };
            }
        }
        ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => {
            parts.iter_mut().for_each(|part| turn(part, made, depth + 1));
        }
        ValueKind::Map(entries) => entries.iter_mut().for_each(|(_, value)| turn(value, made, depth + 1)),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => turn(inner, made, depth + 1),
        _ => {}
    }
}

/// Whether a file has anything to read resources from.
pub(super) fn has_resources(root: &Node) -> bool {
    field(root, "resources").is_some_and(|node| node.as_sequence().is_some() || node.as_mapping().is_some())
}

/// The schema that a file names.
pub(super) fn schema(root: &Node) -> &str {
    text_field(root, "$schema").unwrap_or("")
}
