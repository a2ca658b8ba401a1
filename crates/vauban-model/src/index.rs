//! Relations between the elements of one model as compressed rows: from an element to all it leads to, in order.

use crate::model::{ElementRef, Model};
use crate::vocabulary::{Domain, RELATIONS, Relation, fact, relation};

/// Enclosing boundaries are followed at most this far out, so that a chain of boundaries costs linear space.
pub const MAX_NESTING: usize = 32;

/// One relation in compressed rows: row `i` holds the targets of element `i`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    offsets: Vec<u32>,
    targets: Vec<u32>,
}

impl Rows {
    /// Rows from a list per source element.
    pub fn from_lists<I: IntoIterator<Item = u32>>(lists: impl IntoIterator<Item = I>) -> Self {
        let mut rows = Rows { offsets: vec![0], targets: Vec::new() };
        for list in lists {
            rows.targets.extend(list);
            rows.offsets.push(length(&rows.targets));
        }
        rows
    }

    /// Rows from (source, target) pairs; targets keep the order of the pairs, doubles are dropped.
    pub fn from_pairs(sources: usize, pairs: &[(u32, u32)]) -> Self {
        let mut offsets = vec![0u32; sources + 1];
        for (source, _) in pairs {
            if let Some(count) = offsets.get_mut(*source as usize + 1) {
                *count += 1;
            }
        }
        for at in 1..offsets.len() {
            offsets[at] += offsets[at - 1];
        }
        let mut next = offsets.clone();
        let mut targets = vec![0u32; offsets.last().copied().unwrap_or(0) as usize];
        for (source, target) in pairs {
            if let Some(at) = next.get_mut(*source as usize).filter(|_| (*source as usize) < sources) {
                targets[*at as usize] = *target;
                *at += 1;
            }
        }
        let lists = (0..sources).map(|source| {
            let row = &targets[offsets[source] as usize..offsets[source + 1] as usize];
            // Rows are short; a sort would lose the order in which things were stated.
            if row.len() <= 16 {
                let mut seen: Vec<u32> = Vec::with_capacity(row.len());
                for target in row {
                    if !seen.contains(target) {
                        seen.push(*target);
                    }
                }
                seen
            } else {
                let mut known = rustc_hash::FxHashSet::default();
                row.iter().copied().filter(|target| known.insert(*target)).collect()
            }
        });
        Rows::from_lists(lists)
    }

    /// The targets of a source; empty for one out of range.
    pub fn row(&self, source: usize) -> &[u32] {
        match (self.offsets.get(source), self.offsets.get(source + 1)) {
            (Some(start), Some(end)) => &self.targets[*start as usize..*end as usize],
            _ => &[],
        }
    }

    /// How many sources there are.
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether there is no source.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|source| self.row(source))
    }

    /// The same pairs the other way round, for `targets` elements.
    #[must_use]
    pub fn reversed(&self, targets: usize) -> Rows {
        let mut pairs = Vec::with_capacity(self.targets.len());
        for (source, row) in (0u32..).zip(self.iter()) {
            pairs.extend(row.iter().map(|target| (*target, source)));
        }
        Rows::from_pairs(targets, &pairs)
    }
}

fn length(list: &[u32]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

/// Every relation of the vocabulary on one model.
#[derive(Clone, Debug)]
pub struct Index {
    rows: Vec<Rows>,
}

impl Index {
    /// Builds all relations in time linear in the model.
    pub fn new(model: &Model) -> Self {
        let mut rows = vec![Rows::default(); RELATIONS.len()];
        let mut put = |relation: Relation, value: Rows| rows[relation.0 as usize] = value;
        let components = model.components.len();
        let (flows, boundaries) = (model.flows.len(), model.boundaries.len());
        let (data, identities) = (model.data.len(), model.identities.len());

        let of_component =
            |id| Rows::from_lists(model.components.iter().map(|c| c.element.references(id).iter().copied()));
        let of_flow = |id| Rows::from_lists(model.flows.iter().map(|f| f.element.references(id).iter().copied()));
        let of_data = |id| Rows::from_lists(model.data.iter().map(|d| d.references(id).iter().copied()));
        let of_identity = |id| Rows::from_lists(model.identities.iter().map(|i| i.references(id).iter().copied()));

        // Flows and their ends. A two-way flow counts on both sides.
        let mut inbound = Vec::new();
        let mut outbound = Vec::new();
        for (at, flow) in (0u32..).zip(&model.flows) {
            inbound.push((flow.target, at));
            outbound.push((flow.source, at));
            if flow.element.bool(fact::TWO_WAY) == Some(true) {
                inbound.push((flow.source, at));
                outbound.push((flow.target, at));
            }
        }
        let inbound = Rows::from_pairs(components, &inbound);
        let outbound = Rows::from_pairs(components, &outbound);
        put(relation::FLOW_SOURCE, Rows::from_lists(model.flows.iter().map(|f| [f.source])));
        put(relation::FLOW_TARGET, Rows::from_lists(model.flows.iter().map(|f| [f.target])));

        // Data.
        let (carries, returns) = (of_flow(fact::CARRIES), of_flow(fact::RETURNS));
        let flow_data = Rows::from_lists((0..flows).map(|flow| unique(&[carries.row(flow), returns.row(flow)])));
        let (stores, handles) = (of_component(fact::STORES), of_component(fact::HANDLES));
        let mut component_data = Vec::with_capacity(components);
        for component in 0..components {
            let mut lists: Vec<&[u32]> = vec![stores.row(component), handles.row(component)];
            lists.extend(inbound.row(component).iter().map(|flow| flow_data.row(*flow as usize)));
            lists.extend(outbound.row(component).iter().map(|flow| flow_data.row(*flow as usize)));
            component_data.push(unique(&lists));
        }
        put(relation::COMPONENT_DATA, Rows::from_lists(component_data));
        put(relation::DATA_STORED_IN, stores.reversed(data));
        put(relation::DATA_HANDLED_BY, handles.reversed(data));
        put(relation::DATA_CARRIED_BY, flow_data.reversed(data));
        put(relation::COMPONENT_STORES, stores);
        put(relation::COMPONENT_HANDLES, handles);
        put(relation::FLOW_DATA, flow_data);
        put(relation::FLOW_CARRIES, carries);
        put(relation::FLOW_RETURNS, returns);

        // Boundaries.
        let around: Vec<Vec<u32>> = model.components.iter().map(|c| enclosing(model, c.boundary)).collect();
        let mut crossing = Vec::new();
        let mut crossed = Vec::with_capacity(flows);
        for (at, flow) in (0u32..).zip(&model.flows) {
            let none = Vec::new();
            let from = around.get(flow.source as usize).unwrap_or(&none);
            let to = around.get(flow.target as usize).unwrap_or(&none);
            let mut list: Vec<u32> = from.iter().copied().filter(|b| !to.contains(b)).collect();
            list.extend(to.iter().rev().copied().filter(|b| !from.contains(b)));
            for stated in flow.element.references(fact::CROSSES) {
                if !list.contains(stated) {
                    list.push(*stated);
                }
            }
            crossing.extend(list.iter().map(|boundary| (*boundary, at)));
            crossed.push(list);
        }
        put(relation::FLOW_CROSSED, Rows::from_lists(crossed));
        put(relation::BOUNDARY_CROSSING, Rows::from_pairs(boundaries, &crossing));
        put(relation::COMPONENT_BOUNDARIES, Rows::from_lists(around));
        let innermost = Rows::from_lists(model.components.iter().map(|c| c.boundary));
        put(relation::BOUNDARY_MEMBERS, innermost.reversed(boundaries));
        put(relation::COMPONENT_BOUNDARY, innermost);
        put(relation::BOUNDARY_PARENT, Rows::from_lists(model.boundaries.iter().map(|b| b.parent)));

        // Runtimes: each member leads to the others. One very large runtime must not become a square of pairs.
        let mut neighbours = Vec::new();
        for runtime in &model.runtimes {
            for (position, component) in runtime.components.iter().enumerate() {
                let others = runtime.components.iter().cycle().skip(position + 1).take(runtime.components.len() - 1);
                neighbours
                    .extend(others.take(MAX_NESTING).filter(|o| *o != component).map(|other| (*component, *other)));
            }
        }
        put(relation::COMPONENT_RUNTIME_NEIGHBOURS, Rows::from_pairs(components, &neighbours));

        // Who calls is not idle, whoever said so.
        let calls: rustc_hash::FxHashSet<(u32, u32)> = model.flows.iter().map(|f| (f.source, f.target)).collect();
        let idle = (0u32..).zip(&model.components).map(|(at, component)| {
            let sources = component.element.references(fact::IDLE_SOURCES).iter().copied();
            sources.filter(|source| !calls.contains(&(*source, at))).collect::<Vec<u32>>()
        });
        put(relation::COMPONENT_IDLE_SOURCES, Rows::from_lists(idle));

        // Identities.
        put(relation::COMPONENT_CONFIGURED_WITH, of_component(fact::CONFIGURED_WITH));
        let runs_as = of_component(fact::RUNS_AS);
        let acts_as = of_flow(fact::ACTS_AS);
        let mut users: Vec<(u32, u32)> = Vec::new();
        for (component, row) in (0u32..).zip(runs_as.iter()) {
            users.extend(row.iter().map(|identity| (*identity, component)));
        }
        for (flow, row) in model.flows.iter().zip(acts_as.iter()) {
            users.extend(row.iter().map(|identity| (*identity, flow.source)));
        }
        put(relation::IDENTITY_USED_BY_COMPONENTS, Rows::from_pairs(identities, &users));
        put(relation::COMPONENT_RUNS_AS, runs_as);
        put(relation::FLOW_ACTS_AS, acts_as);
        put(relation::COMPONENT_USED_BY, of_component(fact::USED_BY));
        let may_administer = of_identity(fact::MAY_ADMINISTER);
        let (may_read, may_write) = (of_identity(fact::MAY_READ), of_identity(fact::MAY_WRITE));
        put(relation::COMPONENT_ADMINISTRATORS, may_administer.reversed(components));
        put(relation::COMPONENT_READERS, may_read.reversed(components));
        put(relation::COMPONENT_WRITERS, may_write.reversed(components));
        put(relation::IDENTITY_MAY_ADMINISTER, may_administer);
        put(relation::IDENTITY_MAY_READ, may_read);
        put(relation::IDENTITY_MAY_WRITE, may_write);
        put(relation::IDENTITY_MAY_USE, of_identity(fact::MAY_USE));
        put(relation::IDENTITY_MAY_ASSUME, of_identity(fact::MAY_ASSUME));
        let unlocks = of_data(fact::UNLOCKS);
        put(relation::IDENTITY_CREDENTIALS, unlocks.reversed(identities));
        put(relation::DATA_UNLOCKS, unlocks);

        // The system leads to everything.
        let all = |count: usize| Rows::from_lists(std::iter::once(0..u32::try_from(count).unwrap_or(u32::MAX)));
        put(relation::SYSTEM_COMPONENTS, all(components));
        put(relation::SYSTEM_FLOWS, all(flows));
        put(relation::SYSTEM_DATA, all(data));
        put(relation::SYSTEM_IDENTITIES, all(identities));
        put(relation::COMPONENT_INBOUND, inbound);
        put(relation::COMPONENT_OUTBOUND, outbound);
        Index { rows }
    }

    /// One relation.
    pub fn rows(&self, relation: Relation) -> &Rows {
        &self.rows[relation.0 as usize]
    }

    /// What an element leads to along a relation; empty when the relation starts elsewhere.
    pub fn row(&self, relation: Relation, element: u32) -> &[u32] {
        self.rows(relation).row(element as usize)
    }

    /// The elements a walk of relations reaches from an element, each once, in order.
    pub fn walk(&self, from: ElementRef, walk: &[Relation]) -> Vec<ElementRef> {
        let mut domain = from.domain;
        let mut at = vec![from.index];
        for relation in walk {
            if relation.definition().on != domain {
                return Vec::new();
            }
            let mut next = Vec::new();
            let mut known = rustc_hash::FxHashSet::default();
            for index in &at {
                next.extend(self.row(*relation, *index).iter().copied().filter(|target| known.insert(*target)));
            }
            at = next;
            domain = relation.definition().to;
        }
        at.into_iter().map(|index| ElementRef { domain, index }).collect()
    }
}

/// The boundaries around a place, innermost first, at most [`MAX_NESTING`].
pub fn enclosing(model: &Model, innermost: Option<u32>) -> Vec<u32> {
    let mut list = Vec::new();
    let mut boundary = innermost;
    while let Some(at) = boundary {
        if list.len() == MAX_NESTING || list.contains(&at) {
            break;
        }
        let Some(around) = model.boundaries.get(at as usize) else { break };
        list.push(at);
        boundary = around.parent;
    }
    list
}

fn unique(lists: &[&[u32]]) -> Vec<u32> {
    let total: usize = lists.iter().map(|list| list.len()).sum();
    let mut out = Vec::with_capacity(total);
    if total <= 24 {
        for value in lists.iter().flat_map(|list| list.iter()) {
            if !out.contains(value) {
                out.push(*value);
            }
        }
    } else {
        let mut known = rustc_hash::FxHashSet::default();
        out.extend(lists.iter().flat_map(|list| list.iter().copied()).filter(|value| known.insert(*value)));
    }
    out
}

/// The kinds of element a relation joins, for checks.
pub fn ends(relation: Relation) -> (Domain, Domain) {
    let definition = relation.definition();
    (definition.on, definition.to)
}
