//! Which resources there are: loops, conditions, resources inside of resources, deployments inside of deployments.

use vauban_model::Diagnostic;
use vauban_model::resource::{Text, Value};
use vauban_syntax::Node;

use super::evaluate::{Evaluator, Loop, turns};
use super::functions;
use super::names;
use super::template::{field, text_field};
use crate::plain;

/// Deepest nesting of deployments.
const DEPLOYMENTS: usize = 6;
/// Most uses of templates by one at the top.
const SCOPES: usize = 600;
/// Most resources of a tree.
const RESOURCES: usize = 20_000;
/// The type of a deployment inside of a deployment.
pub(super) const DEPLOYMENT: &str = "Microsoft.Resources/deployments";

/// A resource that was found, before its attributes are worked out.
pub(super) struct Found<'n> {
    pub(super) scope: usize,
    pub(super) node: &'n Node,
    pub(super) ty: String,
    /// The name as it is written, without those of its parents when it stands inside of them.
    pub(super) name: Value,
    /// The whole name as text.
    pub(super) whole: String,
    pub(super) address: Text,
    /// Loops around it.
    pub(super) loops: Vec<Loop>,
    pub(super) symbol: Option<&'n str>,
    /// The resource it stands inside of, as type and whole name.
    pub(super) parent: Option<(String, String)>,
    /// What it extends, where its type or place says so and it has no `scope`.
    pub(super) extends: Option<(String, String)>,
    pub(super) existing: bool,
    pub(super) many: bool,
    /// Whether its template could not be found.
    pub(super) opaque: bool,
}

/// A resource above the one looked at.
#[derive(Clone)]
struct Above {
    ty: String,
    whole: String,
}

impl<'n> Evaluator<'n> {
    /// Finds the resources of a deployment and of those inside of it.
    pub(super) fn walk(&mut self, scope: usize, found: &mut Vec<Found<'n>>) {
        let Some(here) = self.scopes.get(scope) else { return };
        let Some(resources) = field(here.template, "resources") else { return };
        let loops = here.outer.as_ref().map(|(_, _, loops)| loops.clone()).unwrap_or_default();
        let before = std::mem::replace(&mut self.loops, loops);
        match resources.as_mapping() {
            Some(entries) => {
                for entry in entries {
                    self.turn(scope, &entry.value, Some(&entry.key), None, found);
                }
            }
            None => {
                for node in resources.as_sequence().unwrap_or(&[]) {
                    self.turn(scope, node, None, None, found);
                }
            }
        }
        self.loops = before;
    }

    /// A resource as often as its loop says.
    fn turn(
        &mut self,
        scope: usize,
        node: &'n Node,
        symbol: Option<&'n str>,
        above: Option<&Above>,
        found: &mut Vec<Found<'n>>,
    ) {
        let Some(copy) = field(node, "copy").filter(|copy| copy.as_mapping().is_some()) else {
            return self.resource(scope, node, symbol, above, false, found);
        };
        let name = text_field(copy, "name").unwrap_or("copy").to_owned();
        let count = field(copy, "count").map(|count| self.eval(scope, count));
        let known = count.as_ref().and_then(turns);
        let indices: Vec<Option<usize>> = match known {
            Some(turns) => (0..turns).map(Some).collect(),
            None => vec![None],
        };
        for index in indices {
            self.loops.push(Loop { name: name.as_str().into(), index, whole: true });
            self.resource(scope, node, symbol, above, index.is_none(), found);
            self.loops.pop();
        }
    }

    fn resource(
        &mut self,
        scope: usize,
        node: &'n Node,
        symbol: Option<&'n str>,
        above: Option<&Above>,
        many: bool,
        found: &mut Vec<Found<'n>>,
    ) {
        if found.len() >= RESOURCES || node.as_mapping().is_none() {
            if node.as_mapping().is_some() && found.len() == RESOURCES {
                self.diagnostics.push(
                    Diagnostic::warning("too-many-resources", node.span, "there are more resources than are read")
                        .help("check fewer templates at once"),
                );
            }
            return;
        }
        if let Some(condition) = field(node, "condition") {
            let value = self.eval(scope, condition);
            if functions::truth(&value) == Some(false) {
                let what = text_field(node, "type").unwrap_or("resource");
                self.diagnostics.push(
                    Diagnostic::note(
                        "condition-false",
                        node.span,
                        format!("a `{what}` is not made: its condition is false with the values given"),
                    )
                    .help("set the parameters it depends on if it is made"),
                );
                return;
            }
        }
        let ty = field(node, "type").map(|ty| self.eval(scope, ty)).map(|ty| plain::render(&ty)).unwrap_or_default();
        // Types of extensions of Bicep carry a version.
        let ty = ty.split('@').next().unwrap_or("").to_owned();
        if ty.is_empty() {
            self.diagnostics.push(
                Diagnostic::warning("resource-without-type", node.span, "this resource has no type")
                    .help("give it a `type`: nothing is read from it"),
            );
            return;
        }
        let name = match field(node, "name") {
            Some(name) => self.eval(scope, name),
            None => Value::text(symbol.unwrap_or(""), node.span),
        };
        let own = plain::render(&name);
        let (ty, whole, parent, extends) = place(&ty, &own, above);
        let existing = field(node, "existing").and_then(|node| plain::scalar(node).as_bool()) == Some(true);
        let Some(here) = self.scopes.get(scope) else { return };
        let (root, top) = (here.root, self.scopes.get(here.root).map_or("", |root| &*root.prefix));
        let index = self.loops.iter().rev().find(|turn| turn.whole && symbol.is_some()).map(|turn| turn.index);
        let in_loop = field(node, "copy").is_some_and(|copy| copy.as_mapping().is_some());
        let mut address = match symbol {
            Some(symbol) => match index.filter(|_| in_loop) {
                Some(Some(index)) => format!("{}{symbol}[{index}]", here.prefix),
                Some(None) => format!("{}{symbol}[*]", here.prefix),
                None => format!("{}{symbol}", here.prefix),
            },
            None => {
                let id = names::id(&ty, &names::brief(&whole));
                let many = if many { "[*]" } else { "" };
                format!("{top}{id}{many}")
            }
        };
        if self.index.taken(&address) && symbol.is_none() {
            // The same template used twice, with names that are not known.
            let prefixed = format!("{}{}", here.prefix, names::id(&ty, &names::brief(&whole)));
            address = if self.index.taken(&prefixed) { self.index.free(&address) } else { prefixed };
        } else if self.index.taken(&address) {
            address = self.index.free(&address);
        }
        let address: Text = address.into();
        let symbolic = here.prefix.to_string();
        self.index.add(root, &ty, &whole, &address, !existing);
        if let Some(symbol) = symbol {
            if let Some(Some(index)) = index.filter(|_| in_loop) {
                self.index.add_symbol(scope, &format!("{symbol}[{index}]"), &address);
            } else {
                self.index.add_symbol(scope, symbol, &address);
            }
        }
        let deployment = ty.eq_ignore_ascii_case(DEPLOYMENT) && !existing;
        let inner = if deployment { self.deployment(scope, node, &whole, &symbolic) } else { None };
        if let Some(inner) = inner {
            self.index.deployments.insert(address.clone(), inner);
        }
        let above = Above { ty: ty.clone(), whole: whole.clone() };
        found.push(Found {
            scope,
            node,
            ty,
            name,
            whole,
            address,
            loops: self.loops.clone(),
            symbol,
            parent,
            extends,
            existing,
            many,
            opaque: deployment && inner.is_none(),
        });
        if let Some(inner) = inner {
            self.walk(inner, found);
        }
        if let Some(children) = field(node, "resources") {
            for child in children.as_sequence().unwrap_or(&[]) {
                self.turn(scope, child, None, Some(&above), found);
            }
        }
    }

    /// The deployment that a deployment resource makes, if its template is at hand.
    fn deployment(&mut self, scope: usize, node: &'n Node, name: &str, prefix: &str) -> Option<usize> {
        let properties = field(node, "properties")?;
        let here = self.scopes.get(scope)?;
        // What one template at the top uses stands behind it.
        if here.calls.len() >= DEPLOYMENTS || self.scopes.len().saturating_sub(here.root) >= SCOPES {
            return None;
        }
        let (file, root) = (here.file, here.root);
        let mut calls = here.calls.clone();
        calls.push(field(node, "name").map_or(node.span, |name| name.span));
        let mut account = here.account.clone();
        if let Some(id) = field(node, "subscriptionId") {
            let id = self.eval(scope, id);
            account = names::short(&plain::render(&id)).into();
        }
        let short = names::label(DEPLOYMENT, &Value::text(name, node.span));
        let prefix = format!("{prefix}{short}/");
        let passed = field(properties, "parameters");
        let outer = Some((scope, passed, self.loops.clone()));
        if let Some(template) = field(properties, "template").filter(|node| node.as_mapping().is_some()) {
            let options = field(properties, "expressionEvaluationOptions");
            let own = options
                .and_then(|options| text_field(options, "scope"))
                .is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
            return Some(self.scope(template, file, root, prefix.into(), calls, account, outer, own));
        }
        let link = field(properties, "templateLink")?;
        let written = ["relativePath", "uri", "id"].iter().find_map(|key| field(link, key))?;
        let wanted = self.eval(scope, written);
        let wanted = plain::render(&wanted);
        let wanted = wanted.split(['?', '#']).next().unwrap_or("");
        let paths: Vec<&str> = self.parsed.iter().map(|parsed| parsed.path.as_str()).collect();
        let folder = plain::folder(&self.parsed.get(file)?.path);
        let path = plain::nearest(&paths, folder, wanted)?;
        let target = self.parsed.iter().position(|parsed| parsed.path == path)?;
        // A template that uses itself, by whatever way, ends here.
        let mut at = Some(scope);
        while let Some(scope) = at.and_then(|at| self.scopes.get(at)) {
            if scope.file == target {
                return None;
            }
            at = scope.outer.as_ref().map(|(outer, ..)| *outer);
        }
        if let Some(used) = self.used.get_mut(target) {
            *used = true;
        }
        let template = &self.parsed.get(target)?.root;
        Some(self.scope(template, target, root, prefix.into(), calls, account, outer, true))
    }
}

/// Type and name in full, the parent, and what an extension extends.
#[expect(clippy::type_complexity, reason = "four parts of one answer")]
fn place(
    ty: &str,
    own: &str,
    above: Option<&Above>,
) -> (String, String, Option<(String, String)>, Option<(String, String)>) {
    let (ty, whole, outer) = match above {
        // A type in full inside of another resource: an extension of it.
        Some(above) if ty.split('/').next().is_some_and(|first| first.contains('.')) => {
            (ty.to_owned(), own.to_owned(), Some((above.ty.clone(), above.whole.clone())))
        }
        Some(above) => (format!("{}/{ty}", above.ty), format!("{}/{own}", above.whole), None),
        None => (ty.to_owned(), own.to_owned(), None),
    };
    // `Microsoft.Storage/storageAccounts/providers/roleAssignments` of `account/Microsoft.Authorization/name`.
    if let Some((base, kind)) = ty.split_once("/providers/") {
        let all = names::parts(&whole);
        let many = base.split('/').count().saturating_sub(1);
        let (outer, rest) = all.split_at_checked(many).unwrap_or((&all, &[]));
        let (ty, name) = match rest.split_first() {
            Some((provider, name)) if provider.contains('.') => (format!("{provider}/{kind}"), name.join("/")),
            _ => (kind.to_owned(), rest.join("/")),
        };
        return (ty, name, None, Some((base.to_owned(), outer.join("/"))));
    }
    let parent = ty.rsplit_once('/').filter(|(parent, _)| parent.contains('/')).and_then(|(parent, _)| {
        let all = names::parts(&whole);
        let (_, rest) = all.split_last()?;
        (!rest.is_empty()).then(|| (parent.to_owned(), rest.join("/")))
    });
    (ty, whole, parent, outer)
}
