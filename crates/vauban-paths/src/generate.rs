//! From a model and the threats that apply on it to an attack graph.
//!
//! Threat instances become steps; what follows by itself from the architecture becomes structural steps, the
//! [`Consequence`]s. Everything is linear in the model: whoever is on a network reaches the network's one state,
//! never a pair of components.

use vauban_model::finding::{Applies, Beginning, CloudStep, Instance};
use vauban_model::index::Index;
use vauban_model::library::Threat;
use vauban_model::model::{ElementRef, Model, Value};
use vauban_model::scale::{Likelihood, Methodology};
use vauban_model::state::{State, StateTemplate, Verb};
use vauban_model::vocabulary::{Domain, Relation, fact, relation};

use rustc_hash::FxHashSet;

use crate::graph::{Graph, GraphBuilder, STRUCTURAL, Start, StateId, StepId, StepSet, cost_of_probability};

/// Why something follows from the architecture without any further attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consequence {
    /// Code on the source of a flow uses the flow: it reaches the target, as the source does.
    FollowsFlow,
    /// Code on the target of a flow sees what comes in.
    ReceivesFlow,
    /// Code on a component has all that is in it.
    OwnsComponent,
    /// An administrator of a component has all that is in it.
    AdministersComponent,
    /// Code on a component acts with its identity.
    UsesIdentity,
    /// Code on a component acts with the identity it uses on a flow.
    UsesFlowIdentity,
    /// An identity uses a right it has on a component it can reach.
    UsesRight,
    /// An identity takes on another.
    AssumesIdentity,
    /// Whoever has a store has the data in it.
    HoldsData,
    /// Whoever has a flow has the data on it.
    SeesData,
    /// A credential lets its holder act as its owner.
    UnlocksIdentity,
    /// Code on a component is on its network.
    JoinsNetwork,
    /// Whoever is on a network is on the wires in it.
    TapsNetwork,
    /// One of several things that are enough for a threat.
    AnyOf,
}

impl Consequence {
    /// A stable name for JSON and ids.
    pub fn as_str(self) -> &'static str {
        match self {
            Consequence::FollowsFlow => "follows-flow",
            Consequence::ReceivesFlow => "receives-flow",
            Consequence::OwnsComponent => "owns-component",
            Consequence::AdministersComponent => "administers-component",
            Consequence::UsesIdentity => "uses-identity",
            Consequence::UsesFlowIdentity => "uses-flow-identity",
            Consequence::UsesRight => "uses-right",
            Consequence::AssumesIdentity => "assumes-identity",
            Consequence::HoldsData => "holds-data",
            Consequence::SeesData => "sees-data",
            Consequence::UnlocksIdentity => "unlocks-identity",
            Consequence::JoinsNetwork => "joins-network",
            Consequence::TapsNetwork => "taps-network",
            Consequence::AnyOf => "any-of",
        }
    }
}

/// What a step of the graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A threat: an index into the instances.
    Threat(u32),
    /// Something that follows, from an element, through another (the flow, the identity, the right's holder).
    Follows(Consequence, ElementRef, ElementRef),
    /// Something that follows from infrastructure: an index into the cloud steps.
    Cloud(u32),
}

/// The steps that infrastructure permits, as the graph takes them.
#[derive(Clone, Copy, Debug, Default)]
pub struct CloudSteps<'a> {
    /// The steps.
    pub steps: &'a [CloudStep],
    /// By step: its instance, for steps that are threats. Instances of steps follow all others.
    pub instances: &'a [Option<u32>],
    /// By step: its cost.
    pub costs: &'a [u64],
}

/// An attack graph of one model.
#[derive(Debug)]
pub struct AttackGraph {
    /// The graph.
    pub graph: Graph,
    /// What each step is.
    pub steps: Vec<StepKind>,
    /// Steps that are assumed only: threats that ask.
    pub assumed: StepSet,
    /// Steps that a control stops.
    pub stopped: StepSet,
    /// Assumed and stopped steps: what does not happen for sure.
    pub unsure: StepSet,
    /// Unsure steps, and those of findings that lean on something no input shows: what a confirmed path does not use.
    pub unproven: StepSet,
    /// The step of each instance, where it has one.
    pub step_of: Vec<Option<StepId>>,
    layout: Layout,
}

/// What a step of each likelihood costs.
#[derive(Clone, Copy, Debug)]
pub struct Costs([u64; 5]);

impl Costs {
    /// By the probabilities of a methodology.
    pub fn new(methodology: &Methodology) -> Self {
        Costs(Likelihood::ALL.map(|likelihood| cost_of_probability(methodology.probability(likelihood))))
    }

    /// In thousandths of a nat.
    pub fn of(&self, likelihood: Likelihood) -> u64 {
        self.0[likelihood.index()]
    }
}

/// Where the states of each verb and kind of element are numbered.
#[derive(Clone, Debug)]
struct Layout {
    base: [[Option<u32>; 6]; Verb::ALL.len()],
    counts: [u32; 6],
    states: u32,
}

impl Layout {
    fn new(model: &Model) -> Self {
        let counts = Domain::ALL.map(|domain| u32::try_from(model.count(domain)).unwrap_or(u32::MAX));
        let mut base = [[None; 6]; Verb::ALL.len()];
        let mut next = 0u32;
        for verb in Verb::ALL {
            for domain in Domain::ALL {
                if verb.fits(domain) {
                    base[verb as usize][domain as usize] = Some(next);
                    next = next.saturating_add(counts[domain as usize]);
                }
            }
        }
        Layout { base, counts, states: next }
    }

    fn id(&self, state: State) -> Option<StateId> {
        let domain = state.element.domain as usize;
        let base = self.base[state.verb as usize][domain]?;
        (state.element.index < self.counts[domain]).then(|| StateId(base + state.element.index))
    }

    fn state(&self, id: StateId) -> Option<State> {
        for verb in Verb::ALL {
            for domain in Domain::ALL {
                if let Some(base) = self.base[verb as usize][domain as usize]
                    && (base..base + self.counts[domain as usize]).contains(&id.0)
                {
                    return Some(State { verb, element: ElementRef { domain, index: id.0 - base } });
                }
            }
        }
        None
    }
}

impl AttackGraph {
    /// The graph's state for a state of the model.
    pub fn id(&self, state: State) -> Option<StateId> {
        self.layout.id(state)
    }

    /// The model's state for a state of the graph; `None` for the helpers that stand for "any of these".
    pub fn state(&self, id: StateId) -> Option<State> {
        self.layout.state(id)
    }

    /// Where attackers begin, as starts of the graph.
    pub fn starts(&self, beginnings: &[Beginning], eagerness: impl Fn(u32) -> f64) -> Vec<Start> {
        beginnings
            .iter()
            .filter_map(|beginning| {
                let state = self.id(beginning.state)?;
                let cost = cost_of_probability(eagerness(beginning.attacker));
                Some(Start { state, cost, attacker: beginning.attacker })
            })
            .collect()
    }
}

/// The element itself.
fn component(index: u32) -> ElementRef {
    ElementRef { domain: Domain::Component, index }
}

struct Generator<'a> {
    model: &'a Model,
    index: &'a Index,
    layout: Layout,
    builder: GraphBuilder,
    steps: Vec<StepKind>,
    premises: Vec<StateId>,
    conclusions: Vec<StateId>,
    /// Identities and rights of theirs that a threat tells of.
    told: FxHashSet<(u32, Relation)>,
}

impl Generator<'_> {
    fn id(&self, verb: Verb, element: ElementRef) -> Option<StateId> {
        self.layout.id(State { verb, element })
    }

    /// Adds a structural step; one that concludes nothing or cannot be numbered is left out.
    fn follows(
        &mut self,
        kind: Consequence,
        from: ElementRef,
        via: ElementRef,
        needs: &[(Verb, ElementRef)],
        gains: &[(Verb, ElementRef)],
    ) {
        let mut premises = std::mem::take(&mut self.premises);
        let mut conclusions = std::mem::take(&mut self.conclusions);
        premises.clear();
        conclusions.clear();
        let mut complete = true;
        for (verb, element) in needs {
            match self.id(*verb, *element) {
                Some(state) => premises.push(state),
                None => complete = false,
            }
        }
        conclusions.extend(gains.iter().filter_map(|(verb, element)| self.id(*verb, *element)));
        if complete && !conclusions.is_empty() && self.builder.add_step(&premises, &conclusions, 0, STRUCTURAL).is_ok()
        {
            self.steps.push(StepKind::Follows(kind, from, via));
        }
        self.premises = premises;
        self.conclusions = conclusions;
    }

    fn structure(&mut self) {
        use Verb::{ActAs, Administer, Alter, Deny, Reach, Read, RunCode};
        let identity = |index: u32| ElementRef { domain: Domain::Identity, index };
        let data = |index: u32| ElementRef { domain: Domain::Data, index };
        let boundary = |index: u32| ElementRef { domain: Domain::Boundary, index };
        let model = self.model;
        let index = self.index;
        let mut gains: Vec<(Verb, ElementRef)> = Vec::new();

        for (at, entry) in (0u32..).zip(&model.flows) {
            let flow = ElementRef { domain: Domain::Flow, index: at };
            let (source, target) = (component(entry.source), component(entry.target));
            self.follows(
                Consequence::FollowsFlow,
                source,
                flow,
                &[(RunCode, source)],
                &[(Reach, target), (ActAs, target), (Read, flow), (Alter, flow)],
            );
            self.follows(Consequence::ReceivesFlow, target, flow, &[(RunCode, target)], &[(Read, flow), (Alter, flow)]);
            if entry.element.bool(fact::TWO_WAY) == Some(true) {
                let both = [(Reach, source), (ActAs, source)];
                self.follows(Consequence::FollowsFlow, target, flow, &[(RunCode, target)], &both);
            }
            for used in index.row(relation::FLOW_ACTS_AS, at) {
                self.follows(
                    Consequence::UsesFlowIdentity,
                    source,
                    flow,
                    &[(RunCode, source)],
                    &[(ActAs, identity(*used))],
                );
            }
            for verb in [Read, Alter, Deny] {
                gains.clear();
                let carried = if verb == Alter { relation::FLOW_CARRIES } else { relation::FLOW_DATA };
                gains.extend(index.row(carried, at).iter().map(|d| (verb, data(*d))));
                self.follows(Consequence::SeesData, flow, flow, &[(verb, flow)], &gains);
            }
            // On the networks of both ends; the innermost is where the wire is.
            for end in [entry.source, entry.target] {
                if let Some(inside) = model.components.get(end as usize).and_then(|c| c.boundary) {
                    let inside = boundary(inside);
                    self.follows(Consequence::TapsNetwork, inside, flow, &[(Reach, inside)], &[(Reach, flow)]);
                }
            }
        }

        for (at, entry) in (0u32..).zip(&model.components) {
            let this = component(at);
            let all = [(Read, this), (Alter, this), (Deny, this)];
            self.follows(Consequence::OwnsComponent, this, this, &[(RunCode, this)], &all);
            let administered = [(Read, this), (Alter, this), (Deny, this), (ActAs, this)];
            self.follows(Consequence::AdministersComponent, this, this, &[(Administer, this)], &administered);
            for used in index.row(relation::COMPONENT_RUNS_AS, at) {
                self.follows(
                    Consequence::UsesIdentity,
                    this,
                    identity(*used),
                    &[(RunCode, this)],
                    &[(ActAs, identity(*used))],
                );
            }
            if let Some(inside) = entry.boundary {
                self.follows(
                    Consequence::JoinsNetwork,
                    this,
                    boundary(inside),
                    &[(RunCode, this)],
                    &[(Reach, boundary(inside))],
                );
            }
            for verb in [Read, Alter, Deny] {
                gains.clear();
                gains.extend(index.row(relation::COMPONENT_STORES, at).iter().map(|d| (verb, data(*d))));
                self.follows(Consequence::HoldsData, this, this, &[(verb, this)], &gains);
            }
            // Whoever runs code on a component sees what it was configured with.
            gains.clear();
            gains.extend(index.row(relation::COMPONENT_CONFIGURED_WITH, at).iter().map(|d| (Read, data(*d))));
            self.follows(Consequence::HoldsData, this, this, &[(RunCode, this)], &gains);
            // Data that is only processed passes through the hands of whoever runs the code.
            gains.clear();
            gains.extend(
                index.row(relation::COMPONENT_HANDLES, at).iter().flat_map(|d| [(Read, data(*d)), (Alter, data(*d))]),
            );
            self.follows(Consequence::HoldsData, this, this, &[(RunCode, this)], &gains);
            // Its administrator gets what it shows and does.
            self.follows(Consequence::HoldsData, this, this, &[(Administer, this)], &gains);
        }

        for at in (0u32..).take(model.identities.len()) {
            let this = identity(at);
            let rights = [
                (relation::IDENTITY_MAY_USE, ActAs),
                (relation::IDENTITY_MAY_READ, Read),
                (relation::IDENTITY_MAY_WRITE, Alter),
                (relation::IDENTITY_MAY_ADMINISTER, Administer),
            ];
            for (right, verb) in rights {
                let told = self.told.contains(&(at, right));
                let needed = model.identities[at as usize].references(fact::NEEDS_ONLY);
                for target in index.row(right, at) {
                    // Where a threat says that the right is there without need, using it is that threat's step: a path
                    // names it, and what mends it closes the path.
                    if told && !needed.contains(target) {
                        continue;
                    }
                    let target = component(*target);
                    self.follows(
                        Consequence::UsesRight,
                        this,
                        target,
                        &[(ActAs, this), (Reach, target)],
                        &[(verb, target)],
                    );
                }
            }
            for other in index.row(relation::IDENTITY_MAY_ASSUME, at) {
                self.follows(
                    Consequence::AssumesIdentity,
                    this,
                    identity(*other),
                    &[(ActAs, this)],
                    &[(ActAs, identity(*other))],
                );
            }
        }
        // People who use a component act as its users, where they can reach it.
        for at in (0u32..).take(model.components.len()) {
            for user in index.row(relation::COMPONENT_USED_BY, at) {
                let (this, user) = (component(at), identity(*user));
                self.follows(Consequence::UsesRight, user, this, &[(ActAs, user), (Reach, this)], &[(ActAs, this)]);
            }
        }
        for at in (0u32..).take(model.data.len()) {
            for owner in index.row(relation::DATA_UNLOCKS, at) {
                self.follows(
                    Consequence::UnlocksIdentity,
                    data(at),
                    identity(*owner),
                    &[(Read, data(at))],
                    &[(ActAs, identity(*owner))],
                );
            }
        }
    }

    /// What somebody said that the data is about.
    fn kinds_stated(&self, data: ElementRef) -> &[u16] {
        match self.model.get(data).and_then(|element| element.fact(fact::DATA_KINDS)).map(|fact| &fact.value) {
            Some(Value::Symbols(kinds)) => kinds,
            _ => &[],
        }
    }

    /// The states that a template means at an element.
    fn resolve(&self, template: &StateTemplate, element: ElementRef, out: &mut Vec<StateId>) {
        if let Some(kinds) = &template.kinds {
            let ends = self.index.walk(element, &template.walk);
            let meant = ends.into_iter().filter(|end| kinds.admit(self.kinds_stated(*end)));
            out.extend(meant.filter_map(|end| self.id(template.verb, end)));
        } else if template.walk.is_empty() {
            out.extend(self.id(template.verb, element));
        } else if let [relation] = template.walk.as_slice() {
            // The common case without a detour through a list of elements.
            if relation.definition().on == element.domain {
                let domain = relation.definition().to;
                let row = self.index.row(*relation, element.index);
                out.extend(row.iter().filter_map(|index| self.id(template.verb, ElementRef { domain, index: *index })));
            }
        } else {
            let ends = self.index.walk(element, &template.walk);
            out.extend(ends.into_iter().filter_map(|end| self.id(template.verb, end)));
        }
    }

    /// Adds the step of a threat; `None` when something it needs does not exist on this model.
    fn threat(&mut self, at: u32, instance: &Instance, threat: &Threat, cost: u64) -> Option<StepId> {
        let mut premises = std::mem::take(&mut self.premises);
        let mut conclusions = std::mem::take(&mut self.conclusions);
        let step = self.threat_step(at, instance, threat, cost, &mut premises, &mut conclusions);
        (self.premises, self.conclusions) = (premises, conclusions);
        step
    }

    fn threat_step(
        &mut self,
        at: u32,
        instance: &Instance,
        threat: &Threat,
        cost: u64,
        premises: &mut Vec<StateId>,
        conclusions: &mut Vec<StateId>,
    ) -> Option<StepId> {
        premises.clear();
        conclusions.clear();
        let mut choices = Vec::new();
        for need in &threat.step.needs {
            choices.clear();
            for template in need {
                self.resolve(template, instance.element, &mut choices);
            }
            choices.sort_unstable();
            choices.dedup();
            match choices.as_slice() {
                [] => return None,
                [one] => premises.push(*one),
                many => premises.push(self.any_of(many, instance.element)?),
            }
        }
        for template in &threat.step.gains {
            self.resolve(template, instance.element, conclusions);
        }
        let step = self.builder.add_step(premises, conclusions, cost, at).ok()?;
        self.steps.push(StepKind::Threat(at));
        Some(step)
    }
}

impl Generator<'_> {
    /// Adds a step that infrastructure permits; `None` when it needs nothing that exists, or gains nothing.
    fn cloud(&mut self, at: u32, step: &CloudStep, action: Option<u32>, cost: u64) -> Option<StepId> {
        let mut premises = Vec::with_capacity(step.needs.len());
        for need in &step.needs {
            let choices: Vec<StateId> = need.iter().filter_map(|state| self.layout.id(*state)).collect();
            match choices.as_slice() {
                [] => return None,
                [one] => premises.push(*one),
                many => premises.push(self.any_of(many, step.element)?),
            }
        }
        premises.sort_unstable();
        premises.dedup();
        let conclusions: Vec<StateId> = step
            .gains
            .iter()
            .filter_map(|state| self.layout.id(*state))
            // What it needs it does not gain.
            .filter(|state| !premises.contains(state))
            .collect();
        if conclusions.is_empty() {
            return None;
        }
        let added = self.builder.add_step(&premises, &conclusions, cost, action.unwrap_or(STRUCTURAL)).ok()?;
        self.steps.push(match action {
            Some(instance) => StepKind::Threat(instance),
            None => StepKind::Cloud(at),
        });
        Some(added)
    }

    /// One helper state that any of these gives.
    fn any_of(&mut self, choices: &[StateId], element: ElementRef) -> Option<StateId> {
        let any = self.builder.add_state().ok()?;
        for choice in choices {
            if self.builder.add_step(&[*choice], &[any], 0, STRUCTURAL).is_ok() {
                self.steps.push(StepKind::Follows(Consequence::AnyOf, element, element));
            }
        }
        Some(any)
    }
}

/// The rights that a threat at an identity tells of: it needs to be that identity and gains what the right gives.
/// Stopped threats count as well, so that a control never brings the right back.
fn told(threats: &[Threat], instances: &[Instance]) -> FxHashSet<(u32, Relation)> {
    let mut out = FxHashSet::default();
    for instance in instances {
        if instance.element.domain != Domain::Identity || instance.applies == Applies::Asks {
            continue;
        }
        let Some(threat) = threats.get(instance.threat as usize) else { continue };
        let is_it = |need: &Vec<StateTemplate>| matches!(need.as_slice(), [one] if one.verb == Verb::ActAs && one.walk.is_empty());
        if !threat.step.needs.iter().any(is_it) {
            continue;
        }
        for gain in &threat.step.gains {
            let right = match gain.verb {
                Verb::ActAs => relation::IDENTITY_MAY_USE,
                Verb::Read => relation::IDENTITY_MAY_READ,
                Verb::Alter => relation::IDENTITY_MAY_WRITE,
                Verb::Administer => relation::IDENTITY_MAY_ADMINISTER,
                _ => continue,
            };
            if gain.walk == [right] {
                out.insert((instance.element.index, right));
            }
        }
    }
    out
}

/// Builds the attack graph of a model with the controls that are there. `threats` are the library's, indexed by the
/// instances. The graph of another world, such as one without controls, differs in costs only: see [`Costs`] and
/// [`Graph::with_costs`].
pub fn generate(
    model: &Model,
    index: &Index,
    threats: &[Threat],
    instances: &[Instance],
    cloud: CloudSteps<'_>,
    methodology: &Methodology,
) -> AttackGraph {
    let layout = Layout::new(model);
    let mut builder = GraphBuilder::new();
    let complete = builder.add_states(layout.states).is_ok();
    let mut generator = Generator {
        model,
        index,
        layout,
        builder,
        steps: Vec::new(),
        premises: Vec::new(),
        conclusions: Vec::new(),
        told: told(threats, instances),
    };
    if complete {
        generator.structure();
    }
    let costs = Costs::new(methodology);
    let mut step_of = Vec::with_capacity(instances.len());
    let own = instances.len() - cloud.instances.iter().flatten().count().min(instances.len());
    for (at, instance) in (0u32..).zip(&instances[..own]) {
        let step = threats
            .get(instance.threat as usize)
            .and_then(|threat| generator.threat(at, instance, threat, costs.of(instance.likelihood)));
        step_of.push(step);
    }
    step_of.resize(instances.len(), None);
    let mut structural = Vec::new();
    for (at, step) in (0u32..).zip(cloud.steps) {
        let instance = cloud.instances.get(at as usize).copied().flatten();
        let cost = cloud.costs.get(at as usize).copied().unwrap_or(0);
        let added = generator.cloud(at, step, instance, cost);
        match instance {
            Some(instance) => {
                if let Some(place) = step_of.get_mut(instance as usize) {
                    *place = added;
                }
            }
            None => structural.extend(added.map(|added| (step.applies, added))),
        }
    }
    let graph = generator.builder.build();
    let mut assumed = StepSet::with_capacity(graph.step_count());
    let mut stopped = StepSet::with_capacity(graph.step_count());
    let mut unsure = StepSet::with_capacity(graph.step_count());
    let of_threats = instances.iter().zip(&step_of).filter_map(|(instance, step)| Some((instance.applies, (*step)?)));
    for (applies, step) in of_threats.chain(structural) {
        match applies {
            Applies::Fires => {}
            Applies::Asks => {
                assumed.insert(step);
                unsure.insert(step);
            }
            Applies::Stopped => {
                stopped.insert(step);
                unsure.insert(step);
            }
        }
    }
    let mut unproven = unsure.clone();
    for (instance, step) in instances.iter().zip(&step_of) {
        let supposes = threats.get(instance.threat as usize).is_some_and(|threat| !threat.supposes.is_empty());
        if let (true, Some(step)) = (supposes, *step) {
            unproven.insert(step);
        }
    }
    AttackGraph { graph, steps: generator.steps, assumed, stopped, unsure, unproven, step_of, layout: generator.layout }
}
