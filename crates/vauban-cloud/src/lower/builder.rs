//! The steps in their order, and what they share.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::model::{Component, Element, ElementRef, Fact, Model, Origin, Value as FactValue, symbol_of};
use vauban_model::resource::{Mode, Resource, Source, Text};
use vauban_model::vocabulary::{Domain, FactId, fact};

use super::{Input, LowerOptions, Lowered, generic};
use crate::catalogue::{Entry, Kind};
use crate::cluster::Clusters;

/// What becomes of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// What its entry says.
    Is(Kind),
    /// A component of a type that the catalogue does not know.
    Generic,
    /// A module whose content is not at hand.
    Opaque,
    /// A part of an interface's description: what becomes of these is decided together.
    Described,
    /// Only looked up, by nobody.
    Unused,
}

pub(super) struct Builder<'a> {
    pub(super) input: Input<'a>,
    pub(super) options: LowerOptions,
    pub(super) out: Lowered,
    /// By resource.
    pub(super) roles: Vec<Role>,
    /// By resource: who refers to it.
    pub(super) referrers: Vec<Vec<u32>>,
    /// Names that are stated as text, to the resources that have them.
    pub(super) by_name: FxHashMap<Text, Vec<u32>>,
    /// By resource: the boundary it became.
    pub(super) boundary_of: FxHashMap<u32, u32>,
    /// By zone of the network: its boundary.
    pub(super) boundary_of_zone: Vec<Option<u32>>,
    /// Namespaces by name.
    pub(super) namespaces: FxHashMap<Text, u32>,
    /// The component that stands for the internet.
    pub(super) internet: Option<u32>,
    /// By component: what faces the internet because of its type, and where that stands.
    pub(super) entrances: Vec<(u32, u32)>,
    /// Components that have a flow from the internet.
    pub(super) drawn: FxHashSet<u32>,
    /// Descriptions of interfaces, until their callers are drawn.
    pub(super) interfaces: Vec<super::operations::Interface>,
    /// Components that are stores which let everybody in, and whether somebody said so.
    pub(super) open_stores: Vec<(u32, Origin)>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(input: Input<'a>, options: LowerOptions) -> Self {
        let resources = &input.estate.inventory.resources;
        let start = resources.first().map_or(Span::new(vauban_model::FileId(0), 1, 1, 0), |first| first.span);
        Builder {
            input,
            options,
            out: Lowered {
                model: Model { from_code: true, ..Model::new(Element::new("system", "system", start)) },
                element_of: vec![None; resources.len()],
                account_of: FxHashMap::default(),
                place_of: FxHashMap::default(),
                contents: Vec::new(),
                login_of: FxHashMap::default(),
                outsider_of: FxHashMap::default(),
                credentials: Vec::new(),
                clusters: Clusters::default(),
                hosted: Vec::new(),
                evidence: std::collections::BTreeMap::new(),
                diagnostics: Vec::new(),
            },
            roles: Vec::with_capacity(resources.len()),
            referrers: vec![Vec::new(); resources.len()],
            by_name: FxHashMap::default(),
            boundary_of: FxHashMap::default(),
            boundary_of_zone: vec![None; input.network.zones.len()],
            namespaces: FxHashMap::default(),
            internet: None,
            entrances: Vec::new(),
            drawn: FxHashSet::default(),
            interfaces: Vec::new(),
            open_stores: Vec::new(),
        }
    }

    pub(super) fn build(mut self) -> Lowered {
        self.index();
        self.decide();
        // Every account in sight is there, also where only identities live in it.
        for at in 0..u32::try_from(self.resources().len()).unwrap_or(u32::MAX) {
            self.account(at);
        }
        self.boundaries();
        self.elements();
        self.fold();
        self.gather();
        self.images();
        self.stores();
        self.first_logins();
        self.operations();
        self.credentials();
        self.runs_as();
        self.hosts();
        self.nodes();
        self.flows();
        self.internet();
        self.fronts();
        self.callers();
        self.bodies();
        self.with_logins();
        self.open_stores();
        self.signed();
        self.spoken();
        self.finish_names();
        self.out
    }

    pub(super) fn resources(&self) -> &'a [Resource] {
        &self.input.estate.inventory.resources
    }

    /// The resources that refer to one.
    pub(super) fn referrers_of(&self, at: u32) -> Vec<u32> {
        self.referrers.get(at as usize).cloned().unwrap_or_default()
    }

    pub(super) fn entry(&self, at: u32) -> Option<&'a Entry> {
        self.input.catalogue.get(&self.input.estate.resource(at).ty)
    }

    /// Who refers to whom, and which names are stated.
    fn index(&mut self) {
        for (at, resource) in (0u32..).zip(self.resources()) {
            let mut targets = Vec::new();
            resource.attributes.references(&mut |reference, _| {
                if let Some(target) = self.input.estate.find(&reference.address)
                    && target != at
                {
                    targets.push(target);
                }
            });
            targets.sort_unstable();
            targets.dedup();
            for target in targets {
                if let Some(list) = self.referrers.get_mut(target as usize) {
                    list.push(at);
                }
            }
            let Some(entry) = self.input.catalogue.get(&resource.ty) else { continue };
            for path in &entry.named {
                if let Some(name) = resource.text(path) {
                    self.by_name.entry(name.into()).or_default().push(at);
                }
            }
        }
    }

    /// Stacks whose content was read: they are that content, and no box beside it. One whose parameters hold a credential
    /// stays, as whoever may look at it gets that.
    fn opened_stacks(&self) -> FxHashSet<u32> {
        let templates = |resource: &&Resource| matches!(resource.source, Source::CloudFormation | Source::Cdk);
        let inside = self.resources().iter().filter(templates).filter_map(|one| one.address.rsplit_once('/'));
        let mut stacks: FxHashSet<u32> = inside
            .filter_map(|(outer, _)| self.input.estate.find(outer))
            .filter(|at| {
                let native = &*self.input.estate.resource(*at).native_type;
                matches!(native, "AWS::CloudFormation::Stack" | "AWS::Serverless::Application")
            })
            .collect();
        for holding in self.input.credentials.iter().flat_map(|credential| &credential.holdings) {
            stacks.remove(&holding.resource);
        }
        stacks
    }

    fn decide(&mut self) {
        let opened = self.opened_stacks();
        for (at, resource) in (0u32..).zip(self.resources()) {
            let role = match self.input.catalogue.get(&resource.ty) {
                _ if resource.ty.starts_with("api:") => Role::Described,
                _ if opened.contains(&at) => Role::Is(Kind::Glue),
                _ if resource.mode == Mode::Opaque => Role::Opaque,
                // A way in from outside that is called otherwise than what stands behind it is a thing of its own.
                Some(_) if self.is_entrance(resource) => Role::Is(Kind::Process),
                Some(entry) => Role::Is(entry.kind),
                // What is only looked up and of no known type is a list of zones and the like.
                None if resource.mode == Mode::Data || generic::is_glue(&resource.ty) => Role::Is(Kind::Glue),
                None => Role::Generic,
            };
            let unused = resource.mode == Mode::Data
                && self.referrers.get(at as usize).is_none_or(Vec::is_empty)
                && !matches!(role, Role::Is(Kind::Glue));
            self.roles.push(if unused { Role::Unused } else { role });
        }
    }

    /// Whether a Kubernetes service lets the world in under a name of its own, or a route does whose gateway is not here.
    fn is_entrance(&self, resource: &Resource) -> bool {
        if matches!(&*resource.ty, "k8s:HTTPRoute" | "k8s:GRPCRoute" | "k8s:TCPRoute" | "k8s:TLSRoute") {
            // One that hangs on a service is for callers inside.
            let parents = resource.get("spec.parentRefs").map_or(&[][..], |value| value.each());
            let inside = |parent: &vauban_model::resource::Value| {
                parent.get("kind").and_then(|kind| kind.as_text()) == Some("Service")
            };
            return !parents.is_empty()
                && !parents.iter().any(inside)
                && crate::flows::gateways_of(self.input.estate, resource).is_empty();
        }
        if &*resource.ty != "k8s:Service" || !matches!(resource.text("spec.type"), Some("LoadBalancer" | "NodePort")) {
            return false;
        }
        let space = crate::cluster::space_of(resource);
        let name = resource.text("metadata.name").unwrap_or(&resource.name);
        !["Deployment", "StatefulSet", "DaemonSet", "Pod", "ReplicaSet"]
            .iter()
            .any(|kind| self.input.estate.find(&format!("k8s:{space}/{kind}/{name}")).is_some())
    }

    pub(super) fn role(&self, at: u32) -> Role {
        self.roles.get(at as usize).copied().unwrap_or(Role::Unused)
    }

    pub(super) fn element_of(&self, at: u32) -> Option<ElementRef> {
        self.out.element_of.get(at as usize).copied().flatten()
    }

    pub(super) fn set_element(&mut self, at: u32, element: ElementRef) {
        if let Some(slot) = self.out.element_of.get_mut(at as usize) {
            *slot = Some(element);
        }
    }

    /// The component a resource is, or the one that keeps it.
    pub(super) fn component_of(&self, at: u32) -> Option<u32> {
        let element = self.element_of(at)?;
        match element.domain {
            Domain::Component => Some(element.index),
            Domain::Data => self
                .entry(at)
                .and_then(|entry| self.owner(at, entry))
                .and_then(|owner| self.element_of(owner))
                .filter(|element| element.domain == Domain::Component)
                .map(|element| element.index),
            _ => None,
        }
    }

    pub(super) fn add_component(&mut self, element: Element, boundary: Option<u32>) -> u32 {
        let index = u32::try_from(self.out.model.components.len()).unwrap_or(u32::MAX);
        self.out.model.components.push(Component { element, boundary, parent: None });
        index
    }

    pub(super) fn component(&mut self, index: u32) -> Option<&mut Component> {
        self.out.model.components.get_mut(index as usize)
    }

    /// Runs what the caller says on an element, if it is there.
    pub(super) fn with(&mut self, element: ElementRef, change: impl FnOnce(&mut Element)) {
        if let Some(element) = self.out.model.get_mut(element) {
            change(element);
        }
    }
}

/// A component's reference.
pub(super) fn component_ref(index: u32) -> ElementRef {
    ElementRef { domain: Domain::Component, index }
}

/// A fact that is a word of an enumeration; nothing for a word that is none.
pub(super) fn word(id: FactId, word: &str, origin: Origin, span: Span) -> Option<Fact> {
    symbol_of(id, word).map(|symbol| Fact { id, value: FactValue::Symbol(symbol), origin, span })
}

/// A yes/no fact.
pub(super) fn yes_no(id: FactId, value: bool, origin: Origin, span: Span) -> Fact {
    Fact { id, value: FactValue::Bool(value), origin, span }
}

/// Adds a reference to a fact that lists elements.
pub(super) fn add_reference(element: &mut Element, id: FactId, index: u32, span: Span) {
    let known = element.references(id);
    if known.contains(&index) {
        return;
    }
    let mut all = known.to_vec();
    all.push(index);
    let (origin, span) = element.fact(id).map_or((Origin::Imported, span), |fact| (fact.origin, fact.span));
    element.set(Fact { id, value: FactValue::References(all.into()), origin, span });
}

impl Builder<'_> {
    fn runs_as(&mut self) {
        for &(workload, principal) in self.input.runs_as {
            let Some(component) = self.component_of(workload) else { continue };
            let Some(identity) = self.element_of(principal).filter(|e| e.domain == Domain::Identity) else { continue };
            let span = self.input.estate.resource(workload).span;
            self.with(component_ref(component), |element| {
                add_reference(element, fact::RUNS_AS, identity.index, span);
            });
        }
    }
}
