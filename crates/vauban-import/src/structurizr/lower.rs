//! What a workspace means in our vocabulary.
//!
//! | language | here |
//! |---|---|
//! | person | component, external entity |
//! | software system without containers | component |
//! | software system with containers | boundary, its containers in it |
//! | container, custom element | component |
//! | component of a container | component that is part of the container |
//! | group, enterprise | boundary; a group of components is a remark on each |
//! | relationship | data flow; one to a whole system is left out where its parts have the same, and told |
//! | technology | technologies; of a relationship: protocol |
//! | tags, properties, perspectives, links | tags, remarks |
//! | style `shape Cylinder` for a tag | data store |
//! | deployment node with instances | shared runtime of what runs on it |
//! | other deployment node, instance: what is said of it | note |
//! | tag `External` of a software system | external entity |
//! | tag `External` of a container, or beside a data store's | operated by a third party |
//! | tag `Database` | data store |
//! | infrastructure node | component |
//! | view | note with what it shows |

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::model::{Element as ModelElement, ElementRef, SharedRuntime, Value};
use vauban_model::vocabulary::{Domain, fact};
use vauban_model::{Diagnostic, Span};

use super::elements::{Element, Kind, Relationship, Said};
use super::model::Model;
use crate::draft::{Draft, Space, one_line, slug};
use crate::extras::keep;
use crate::log::{Log, short};
use crate::prose::{state, state_protocol, state_technologies, word};
use crate::sketch::{Connector, Curve, Drawn, End, Page, Role, Shape, Sketch, settle};
use crate::{Format, Imported};

const FORMAT: Format = Format::Structurizr;

/// Tags by which people mark the systems of others; the language has no word for them.
const EXTERNAL: [&str; 7] = [
    "external",
    "external system",
    "external software system",
    "external service",
    "third party",
    "third-party",
    "3rd party",
];

/// Tags by which people mark what keeps data, whether the views draw it as a cylinder or not.
const STORES: [&str; 6] = ["database", "datastore", "data store", "data-store", "storage", "db"];

/// Lowers a workspace.
pub(super) fn lower(model: Model, file: &str, place: Span, log: Log) -> Imported {
    let stem = file.rsplit('/').next().unwrap_or(file);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let title = [model.name.trim(), stem, "System"].into_iter().find(|title| !title.is_empty()).unwrap_or("System");
    let title = one_line(title);
    let mut system = ModelElement::new(slug(&title, "system"), title.clone(), place);
    system.description = model.description.as_str().into();
    for (key, value) in &model.others {
        keep(&mut system.extras, FORMAT, key, value.as_str());
    }
    let mut draft = Draft::new(FORMAT, system, log);
    let tree = Tree::new(&model);
    let mut page = Page {
        id: String::new(),
        name: title,
        shapes: Vec::new(),
        lines: Vec::new(),
        connectors: Vec::new(),
        reach: 0.0,
        span: place,
    };
    let mut shape_of: Vec<Option<usize>> = vec![None; model.elements.len()];
    for (index, element) in model.elements.iter().enumerate() {
        let Some(role) = tree.roles.get(index).copied().flatten() else { continue };
        let parent = tree.around(&model, index).and_then(|around| shape_of.get(around)).copied().flatten();
        if let Some(slot) = shape_of.get_mut(index) {
            *slot = Some(page.shapes.len());
        }
        let drawn = drawn(&model, &tree, index, element, role);
        page.shapes.push(Shape { drawn, role, rect: None, parent });
    }
    flows(&mut draft, &model, &tree, &mut page);
    let known = settle(&mut draft, Sketch { pages: vec![page] });
    // Nothing has a place, so nothing can be drawn again as it was.
    draft.model.drawings.clear();
    let empty = FxHashMap::default();
    runtimes(&mut draft, &model, &tree, known.first().unwrap_or(&empty));
    for view in &model.views {
        draft.note("view", &view.title, &view.text, view.span);
    }
    draft.finish()
}

/// What becomes of each element.
struct Tree {
    /// Component or zone; nothing for what is only about deployment.
    roles: Vec<Option<Role>>,
    /// Names that flows refer to, one for each element.
    natives: Vec<String>,
}

impl Tree {
    fn new(model: &Model) -> Tree {
        let mut has_parts = vec![false; model.elements.len()];
        for element in &model.elements {
            if matches!(element.kind, Kind::Container | Kind::Component)
                && let Some(slot) = owner(model, element).and_then(|owner| has_parts.get_mut(owner))
            {
                *slot = true;
            }
        }
        let role = |(index, element): (usize, &Element)| match element.kind {
            Kind::System if has_parts.get(index) == Some(&true) => Some(Role::Zone),
            Kind::Person | Kind::System | Kind::Container | Kind::Component | Kind::Custom | Kind::Infrastructure => {
                Some(Role::Component)
            }
            // Parts of one component are not apart from each other in any way that matters here.
            Kind::Group => {
                match owner(model, element).and_then(|owner| model.elements.get(owner)).map(|owner| owner.kind) {
                    None | Some(Kind::System) => Some(Role::Zone),
                    _ => None,
                }
            }
            Kind::Environment | Kind::DeploymentNode | Kind::Instance => None,
        };
        let roles = model.elements.iter().enumerate().map(role).collect();
        let mut taken: FxHashSet<String> = FxHashSet::default();
        let natives = model.elements.iter().enumerate().map(|(index, element)| {
            let wanted =
                if element.identifier.is_empty() { path(model, index, "/") } else { element.identifier.clone() };
            let native = if taken.contains(&wanted) { format!("{wanted}#{index}") } else { wanted };
            taken.insert(native.clone());
            native
        });
        Tree { roles, natives: natives.collect() }
    }

    /// The nearest element around another that is drawn.
    fn around(&self, model: &Model, index: usize) -> Option<usize> {
        let mut at = model.elements.get(index)?.parent;
        while let Some(around) = at {
            if self.roles.get(around).copied().flatten().is_some() {
                return Some(around);
            }
            at = model.elements.get(around)?.parent;
        }
        None
    }
}

/// The nearest element around another that is no group.
fn owner(model: &Model, element: &Element) -> Option<usize> {
    let mut at = element.parent;
    while let Some(index) = at {
        let around = model.elements.get(index)?;
        if around.kind != Kind::Group {
            return Some(index);
        }
        at = around.parent;
    }
    None
}

/// The names from the outermost element to this one.
fn path(model: &Model, index: usize, between: &str) -> String {
    let mut names = Vec::new();
    let mut at = Some(index);
    while let Some(element) = at.and_then(|index| model.elements.get(index)) {
        names.push(one_line(&element.name));
        at = element.parent;
    }
    names.reverse();
    names.join(between)
}

fn drawn(model: &Model, tree: &Tree, index: usize, element: &Element, role: Role) -> Drawn {
    let mut drawn = common(&element.said, element.span);
    drawn.native = tree.natives.get(index).cloned().unwrap_or_default();
    drawn.name.clone_from(&element.name);
    let kind = match element.kind {
        Kind::Person => "person",
        Kind::System => "software system",
        Kind::Container => "container",
        Kind::Component => "component",
        Kind::Custom => "element",
        Kind::Group => "group",
        Kind::Infrastructure => "infrastructure node",
        Kind::Environment | Kind::DeploymentNode | Kind::Instance => "node",
    };
    keep(&mut drawn.extras, FORMAT, "kind", kind);
    if !element.said.technology.is_empty() {
        keep(&mut drawn.extras, FORMAT, "technology", element.said.technology.as_str());
    }
    if role == Role::Component {
        let shape = |wanted: &str| {
            model
                .shapes
                .iter()
                .any(|(tag, shape)| shape == wanted && element.said.tags.iter().any(|known| known == tag))
        };
        let tagged =
            |list: &[&str]| element.said.tags.iter().any(|tag| list.contains(&tag.trim().to_lowercase().as_str()));
        let is_external = tagged(&EXTERNAL);
        // A component of the code that speaks to a database is tagged so as well.
        let is_store = shape("cylinder") || element.kind != Kind::Component && tagged(&STORES);
        if element.kind == Kind::Person {
            word(&mut drawn, fact::KIND, "external-entity");
        } else if is_store {
            word(&mut drawn, fact::KIND, "data-store");
        } else if is_external && element.kind == Kind::System {
            word(&mut drawn, fact::KIND, "external-entity");
        }
        if is_external && element.kind != Kind::Person && (is_store || element.kind != Kind::System) {
            word(&mut drawn, fact::OPERATED_BY, "third-party");
        }
        state_technologies(&mut drawn, &element.said.technology);
    }
    let group = element
        .parent
        .filter(|parent| tree.roles.get(*parent) == Some(&None))
        .and_then(|parent| model.elements.get(parent));
    if let Some(group) = group.filter(|group| group.kind == Kind::Group) {
        keep(&mut drawn.extras, FORMAT, "group", group.name.as_str());
    }
    if element.kind == Kind::Infrastructure
        && let Some(parent) = element.parent
    {
        keep(&mut drawn.extras, FORMAT, "node", path(model, parent, " / "));
    }
    drawn
}

/// What elements and relationships have in common.
fn common(said: &Said, span: Span) -> Drawn {
    let mut drawn = Drawn::at(span);
    drawn.description.clone_from(&said.description);
    drawn.tags = said.tags.iter().map(|tag| tag.as_str().into()).collect();
    for (key, value) in &said.others {
        keep(&mut drawn.extras, FORMAT, key, value.as_str());
    }
    drawn
}

fn flows(draft: &mut Draft, model: &Model, tree: &Tree, page: &mut Page) {
    // An instance stands for what it is an instance of.
    let real = |index: usize| model.instance_of.get(&index).copied().unwrap_or(index);
    let mut detailed: FxHashSet<(usize, usize)> = FxHashSet::default();
    for relationship in &model.relationships {
        let (source, target) = (real(relationship.source), real(relationship.target));
        let (sources, targets) = (wholes(model, source), wholes(model, target));
        for from in &sources {
            for to in &targets {
                if (*from, *to) != (source, target) {
                    detailed.insert((*from, *to));
                }
            }
        }
    }
    for relationship in &model.relationships {
        let (source, target) = (real(relationship.source), real(relationship.target));
        let role = |index: usize| tree.roles.get(index).copied().flatten();
        let (Some(from), Some(to)) = (role(source), role(target)) else {
            let text = format!(
                "{} -> {}: {}",
                path(model, source, " / "),
                path(model, target, " / "),
                relationship.said.description
            );
            draft.note("deployment", "Relationship of nodes", &text, relationship.span);
            continue;
        };
        if (from == Role::Zone || to == Role::Zone) && detailed.contains(&(source, target)) {
            let name = |index: usize| model.elements.get(index).map_or("", |element| element.name.as_str());
            let message = format!(
                "`{}` to `{}` (`{}`) is also said of their parts, so it is no flow of its own",
                short(name(source)),
                short(name(target)),
                short(&relationship.said.description)
            );
            draft.log.push(Diagnostic::note("import-implied-flow", relationship.span, message));
            continue;
        }
        page.connectors.push(connector(tree, relationship, source, target));
    }
}

/// An element, and the container and the system that it is part of.
fn wholes(model: &Model, index: usize) -> Vec<usize> {
    let mut found = vec![index];
    let mut at = index;
    while let Some(owner) = model.elements.get(at).and_then(|element| owner(model, element)).filter(|_| found.len() < 4)
    {
        found.push(owner);
        at = owner;
    }
    found
}

fn connector(tree: &Tree, relationship: &Relationship, source: usize, target: usize) -> Connector {
    let said = &relationship.said;
    let mut drawn = common(said, relationship.span);
    drawn.name = one_line(&std::mem::take(&mut drawn.description));
    if !said.technology.is_empty() {
        keep(&mut drawn.extras, FORMAT, "technology", said.technology.as_str());
    }
    state_protocol(&mut drawn, &said.technology);
    if said.tags.iter().any(|tag| matches!(tag.to_lowercase().as_str(), "asynchronous" | "async")) {
        state(&mut drawn, fact::ASYNCHRONOUS, Value::Bool(true));
    }
    let end = |index: usize| End { on: tree.natives.get(index).cloned(), point: None };
    Connector { drawn, source: end(source), target: end(target), bends: Vec::new(), curve: Curve::Straight }
}

/// Nodes that something runs on.
fn runtimes(draft: &mut Draft, model: &Model, tree: &Tree, known: &FxHashMap<String, ElementRef>) {
    let mut runs: Vec<Vec<u32>> = vec![Vec::new(); model.elements.len()];
    let inside: Vec<(usize, u32)> = (0..model.elements.len())
        .filter_map(|index| {
            let target = known.get(tree.natives.get(index)?)?;
            Some((index, target.index)).filter(|_| target.domain == Domain::Component)
        })
        .collect();
    for (index, element) in model.elements.iter().enumerate().filter(|(_, element)| element.kind == Kind::Instance) {
        let Some(node) = owner(model, element) else { continue };
        let Some(what) = model.instance_of.get(&index) else { continue };
        let is_it = |part: usize| {
            part == *what || tree.roles.get(*what) == Some(&Some(Role::Zone)) && wholes(model, part).contains(what)
        };
        if let Some(list) = runs.get_mut(node) {
            list.extend(inside.iter().filter(|(part, _)| is_it(*part)).map(|(_, component)| *component));
        }
    }
    for (index, element) in model.elements.iter().enumerate() {
        let Some(components) = runs.get_mut(index).filter(|list| !list.is_empty()) else {
            deployment_note(draft, model, index, element);
            continue;
        };
        components.sort_unstable();
        components.dedup();
        let name = path(model, index, " / ");
        let id = draft.unique_id(Space::Runtime, &slug(&name, "node"));
        let mut description = vec![element.said.description.clone(), element.said.technology.clone()];
        description.extend(element.said.others.iter().map(|(key, value)| format!("{key}: {value}")));
        description.retain(|part| !part.is_empty());
        draft.model.runtimes.push(SharedRuntime {
            id,
            name: name.into(),
            description: description.join("; ").into(),
            tags: element.said.tags.iter().map(|tag| tag.as_str().into()).collect(),
            components: std::mem::take(components),
            span: element.span,
        });
    }
}

/// What is said of nodes on which nothing runs by itself, and of instances, which are no elements here.
fn deployment_note(draft: &mut Draft, model: &Model, index: usize, element: &Element) {
    if !matches!(element.kind, Kind::Environment | Kind::DeploymentNode | Kind::Instance) {
        return;
    }
    let said = &element.said;
    let mut lines = vec![said.description.clone()];
    if !said.technology.is_empty() {
        lines.push(format!("technology: {}", said.technology));
    }
    if !said.tags.is_empty() {
        lines.push(format!("tags: {}", said.tags.join(", ")));
    }
    lines.extend(said.others.iter().map(|(key, value)| format!("{key}: {value}")));
    lines.retain(|line| !line.trim().is_empty());
    if lines.is_empty() {
        return;
    }
    let mut title = path(model, index, " / ");
    // An instance has no name of its own.
    if let Some(what) = model.instance_of.get(&index).and_then(|what| model.elements.get(*what)) {
        let parent = element.parent.map(|parent| path(model, parent, " / ")).unwrap_or_default();
        title = format!("{parent} / {}", one_line(&what.name));
    }
    draft.note("deployment-node", &title, &lines.join("\n"), element.span);
}
