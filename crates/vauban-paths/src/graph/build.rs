//! The frozen graph in compressed rows, and the builder that makes it.

use std::sync::Arc;

use super::cost::IMPOSSIBLE;
use super::set::{Id, StateId, StepId};

/// The action label of a step that is no action at all: it only ties states together ("holding a role's keys is
/// acting as the role"). Structural steps never tell two alternatives apart.
pub const STRUCTURAL: u32 = u32::MAX;

/// Why a step or state was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphError {
    /// A premise or conclusion is not a state of this graph.
    UnknownState(StateId),
    /// The graph holds as many states, steps or connections as its 32-bit numbers allow.
    Full,
}

impl std::fmt::Display for GraphError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            GraphError::UnknownState(state) => write!(formatter, "state {} was never added to the graph", state.0),
            GraphError::Full => formatter.write_str("the graph cannot hold more states, steps or connections"),
        }
    }
}

impl std::error::Error for GraphError {}

/// Rows of items in two arrays: row `i` is `items[offsets[i]..offsets[i + 1]]`.
#[derive(Clone, Debug)]
pub(super) struct Rows<T> {
    offsets: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy> Rows<T> {
    pub(super) fn new() -> Self {
        Rows { offsets: vec![0], items: Vec::new() }
    }

    pub(super) fn push(&mut self, item: T) {
        self.items.push(item);
    }

    /// Ends the row that the items pushed since the last end belong to.
    pub(super) fn end_row(&mut self) {
        self.offsets.push(self.items.len() as u32);
    }

    pub(super) fn row(&self, row: usize) -> &[T] {
        match (self.offsets.get(row), self.offsets.get(row + 1)) {
            (Some(from), Some(to)) => &self.items[*from as usize..*to as usize],
            _ => &[],
        }
    }

    /// The same rows of other items.
    pub(super) fn mapped<U>(&self, other: impl Fn(T) -> U) -> Rows<U> {
        Rows { offsets: self.offsets.clone(), items: self.items.iter().map(|item| other(*item)).collect() }
    }

    fn len(&self) -> usize {
        self.offsets.len() - 1
    }
}

impl<T: Id> Rows<T> {
    /// The same pairs the other way round, by counting sort: rows by item, each row in ascending order.
    pub(super) fn transposed<R: Id>(&self, row_count: usize) -> Rows<R> {
        let mut offsets = vec![0u32; row_count + 1];
        for item in &self.items {
            offsets[item.index() + 1] += 1;
        }
        for row in 0..row_count {
            offsets[row + 1] += offsets[row];
        }
        let mut next = offsets.clone();
        let mut items = vec![R::from_index(0); self.items.len()];
        for row in 0..self.len() {
            for item in self.row(row) {
                let slot = &mut next[item.index()];
                items[*slot as usize] = R::from_index(row);
                *slot += 1;
            }
        }
        Rows { offsets, items }
    }
}

/// A directed hypergraph that no longer changes.
///
/// Memory: 4 bytes for each connection in each direction, 20 bytes for each step, 8 for each state.
/// Four million steps with ten million premises take about 220 MB.
#[derive(Clone, Debug)]
pub struct Graph {
    shape: Arc<Shape>,
    costs: Vec<u64>,
}

/// All but the costs: what graphs of different worlds share.
#[derive(Debug)]
struct Shape {
    premises: Rows<StateId>,
    conclusions: Rows<StateId>,
    consumers: Rows<StepId>,
    producers: Rows<StepId>,
    actions: Vec<u32>,
    axioms: Vec<StepId>,
}

impl Graph {
    /// Joins the rows; `premises`, `conclusions`, `costs` and `actions` have one row or entry for each step and
    /// name only states below `state_count`.
    pub(super) fn from_rows(
        state_count: usize,
        premises: Rows<StateId>,
        conclusions: Rows<StateId>,
        costs: Vec<u64>,
        actions: Vec<u32>,
    ) -> Graph {
        let consumers = premises.transposed(state_count);
        let producers = conclusions.transposed(state_count);
        let axioms = (0..costs.len()).filter(|step| premises.row(*step).is_empty()).map(StepId::from_index).collect();
        Graph { shape: Arc::new(Shape { premises, conclusions, consumers, producers, actions, axioms }), costs }
    }

    /// The same graph in a world where the steps cost something else. It shares all but the costs with this one.
    #[must_use]
    pub fn with_costs(&self, cost: impl Fn(StepId) -> u64) -> Graph {
        Graph { shape: Arc::clone(&self.shape), costs: self.steps().map(cost).collect() }
    }

    /// How many states there are.
    #[must_use]
    pub fn state_count(&self) -> usize {
        self.shape.consumers.len()
    }

    /// How many steps there are.
    #[must_use]
    pub fn step_count(&self) -> usize {
        self.costs.len()
    }

    /// How many pairs of a step and one of its premises there are.
    #[must_use]
    pub fn premise_count(&self) -> usize {
        self.shape.premises.items.len()
    }

    /// Whether the state belongs to this graph.
    #[must_use]
    pub fn has_state(&self, state: StateId) -> bool {
        state.index() < self.state_count()
    }

    /// The states a step needs, each once, in the order they were given.
    #[must_use]
    pub fn premises(&self, step: StepId) -> &[StateId] {
        self.shape.premises.row(step.index())
    }

    /// The states a step yields, each once, in the order they were given.
    #[must_use]
    pub fn conclusions(&self, step: StepId) -> &[StateId] {
        self.shape.conclusions.row(step.index())
    }

    /// The steps that need a state, in ascending order.
    #[must_use]
    pub fn consumers(&self, state: StateId) -> &[StepId] {
        self.shape.consumers.row(state.index())
    }

    /// The steps that yield a state, in ascending order.
    #[must_use]
    pub fn producers(&self, state: StateId) -> &[StepId] {
        self.shape.producers.row(state.index())
    }

    /// The steps without premises, in ascending order.
    #[must_use]
    pub fn axioms(&self) -> &[StepId] {
        &self.shape.axioms
    }

    /// A step's cost in thousandths of a nat; [`IMPOSSIBLE`] for a step that never happens or does not exist.
    #[must_use]
    pub fn cost(&self, step: StepId) -> u64 {
        self.costs.get(step.index()).copied().unwrap_or(IMPOSSIBLE)
    }

    /// A step's action label; [`STRUCTURAL`] for a step that is no action or does not exist.
    #[must_use]
    pub fn action(&self, step: StepId) -> u32 {
        self.shape.actions.get(step.index()).copied().unwrap_or(STRUCTURAL)
    }

    /// The step's action, `None` for a structural step.
    #[must_use]
    pub fn action_of(&self, step: StepId) -> Option<u32> {
        Some(self.action(step)).filter(|action| *action != STRUCTURAL)
    }

    /// All steps in ascending order.
    pub fn steps(&self) -> impl Iterator<Item = StepId> + use<> {
        (0..self.step_count()).map(StepId::from_index)
    }

    /// All states in ascending order.
    pub fn states(&self) -> impl Iterator<Item = StateId> + use<> {
        (0..self.state_count()).map(StateId::from_index)
    }
}

/// Collects states and steps, then freezes them into a [`Graph`].
#[derive(Clone, Debug)]
pub struct GraphBuilder {
    state_count: u32,
    premises: Rows<StateId>,
    conclusions: Rows<StateId>,
    costs: Vec<u64>,
    actions: Vec<u32>,
    /// For each state the last row (two rows a step: premises, conclusions) that named it, to drop repetitions in
    /// constant time without sorting: the order given is the order people will read.
    named_by: Vec<u64>,
}

/// Steps are numbered below this: the upper half of the numbers is left for `best` to tell starts from steps.
const MAX_STEPS: usize = 1 << 31;

impl GraphBuilder {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        GraphBuilder {
            state_count: 0,
            premises: Rows::new(),
            conclusions: Rows::new(),
            costs: Vec::new(),
            actions: Vec::new(),
            named_by: Vec::new(),
        }
    }

    /// How many states were added.
    #[must_use]
    pub fn state_count(&self) -> usize {
        self.state_count as usize
    }

    /// How many steps were added.
    #[must_use]
    pub fn step_count(&self) -> usize {
        self.costs.len()
    }

    /// Adds a state.
    ///
    /// # Errors
    /// [`GraphError::Full`] when the numbers run out.
    pub fn add_state(&mut self) -> Result<StateId, GraphError> {
        self.add_states(1)
    }

    /// Adds `count` states and returns the first; the others follow it.
    ///
    /// # Errors
    /// [`GraphError::Full`] when the numbers run out; nothing is added then.
    pub fn add_states(&mut self, count: u32) -> Result<StateId, GraphError> {
        let first = StateId(self.state_count);
        // The last number stays free so that it can stand for "none", and a node of the k-best search can be
        // twice a state's number.
        self.state_count = first.0.checked_add(count).filter(|total| *total < (1 << 31)).ok_or(GraphError::Full)?;
        Ok(first)
    }

    /// Adds a step: all `premises` together allow all `conclusions`.
    ///
    /// Repeated premises or conclusions count once. A step may have no premises (it can always happen) and a
    /// conclusion may be among the premises (it adds nothing). `cost` is in thousandths of a nat; [`IMPOSSIBLE`]
    /// marks a step that never happens. `action` is the label under which the step counts as an action;
    /// [`STRUCTURAL`] for none.
    ///
    /// # Errors
    /// [`GraphError::UnknownState`] for a state never added, [`GraphError::Full`] when the numbers run out; the
    /// step is not added then.
    pub fn add_step(
        &mut self,
        premises: &[StateId],
        conclusions: &[StateId],
        cost: u64,
        action: u32,
    ) -> Result<StepId, GraphError> {
        if let Some(unknown) = premises.iter().chain(conclusions).find(|state| state.0 >= self.state_count) {
            return Err(GraphError::UnknownState(*unknown));
        }
        let room = u32::MAX as usize;
        if self.costs.len() + 1 >= MAX_STEPS
            || premises.len() > room - self.premises.items.len()
            || conclusions.len() > room - self.conclusions.items.len()
        {
            return Err(GraphError::Full);
        }
        self.named_by.resize(self.state_count as usize, 0);
        let step = self.costs.len();
        for (rows, states, row) in [
            (&mut self.premises, premises, 2 * step as u64 + 1),
            (&mut self.conclusions, conclusions, 2 * step as u64 + 2),
        ] {
            for state in states {
                let named_by = &mut self.named_by[state.index()];
                if *named_by != row {
                    *named_by = row;
                    rows.push(*state);
                }
            }
            rows.end_row();
        }
        self.costs.push(cost);
        self.actions.push(action);
        Ok(StepId::from_index(step))
    }

    /// Freezes the graph. Linear in its size.
    #[must_use]
    pub fn build(self) -> Graph {
        Graph::from_rows(self.state_count as usize, self.premises, self.conclusions, self.costs, self.actions)
    }
}

impl Default for GraphBuilder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_both_directions_and_repetitions_count_once() {
        let mut builder = GraphBuilder::new();
        let [a, b, c] = [(); 3].map(|()| builder.add_state().unwrap());
        let first = builder.add_step(&[b, a, b], &[c, c], 5, 7).unwrap();
        let second = builder.add_step(&[], &[a], 0, STRUCTURAL).unwrap();
        assert_eq!(builder.add_step(&[StateId(3)], &[a], 0, 0), Err(GraphError::UnknownState(StateId(3))));
        let graph = builder.build();
        assert_eq!(graph.premises(first), [b, a]);
        assert_eq!(graph.conclusions(first), [c]);
        assert_eq!(graph.consumers(a), [first]);
        assert_eq!(graph.producers(a), [second]);
        assert_eq!(graph.axioms(), [second]);
        assert_eq!((graph.cost(first), graph.action_of(first), graph.action_of(second)), (5, Some(7), None));
        assert_eq!((graph.state_count(), graph.step_count(), graph.premise_count()), (3, 2, 2));
    }

    #[test]
    fn numbers_outside_the_graph_are_empty_and_impossible() {
        let graph = GraphBuilder::new().build();
        assert!(graph.premises(StepId(0)).is_empty() && graph.consumers(StateId(u32::MAX)).is_empty());
        assert_eq!(graph.cost(StepId(9)), IMPOSSIBLE);
        assert_eq!(GraphBuilder::new().add_states(u32::MAX), Err(GraphError::Full));
    }
}
