//! The pure graph engine: states, steps, and what can be derived from where.
//!
//! This module knows nothing of threats. It answers questions about a directed hypergraph of the kind the
//! literature calls an AND/OR graph or a B-hypergraph (Gallo, Longo, Pallottino, Nguyen: *Directed hypergraphs
//! and applications*, 1993):
//!
//! - a **state** ([`StateId`]) is an OR node: one step that concludes it is enough;
//! - a **step** ([`StepId`]) is an AND node: it needs all its premises (a set of states, possibly empty), then
//!   yields all its conclusions at once. It has a cost and an action label.
//!
//! Cycles are normal. A **derivation** of a state is a finite tree: the state is a [`Start`], or a step that
//! concludes it together with one derivation for each of the step's premises. Where a function speaks of
//! derivations, a state never depends on itself unless the function says so.
//!
//! | module | question | method | time |
//! |---|---|---|---|
//! | [`build`] | the frozen graph in compressed rows | counting sort | linear |
//! | [`reachability`] | what can be reached at all | counters (Dowling and Gallier 1984) | linear |
//! | [`best`](mod@best) | the cheapest derivation of every state | Knuth 1977 | linear, and a radix heap |
//! | [`k_best`](mod@k_best) | the alternatives | Lawler's partition, A\* search | see there |
//! | [`through`](mod@through) | the cheapest derivation that uses a given step | inside-outside | linear, and a radix heap |
//! | [`choke`] | what every derivation needs | 64 candidates in one fixpoint | see there |
//! | [`cut`] | the cheapest way to put a goal out of reach | linear on trees, else implicit hitting sets | see there |
//! | [`nearest_miss`](mod@nearest_miss) | what blocks a goal | Knuth with a surcharge | as `best` |
//! | [`simulate`](mod@simulate) | when states are had, by chance | sixteen samples in one sweep | see there |
//!
//! Costs are thousandths of a nat, as integers ([`cost`]): the same input gives the same bytes on every platform.
//! No function panics, recurses, or iterates over a hash table; identifiers that are not in the graph are
//! treated as unreachable states and steps that never happen.

pub mod best;
pub mod build;
pub mod choke;
mod cone;
pub mod cost;
pub mod cut;
pub mod k_best;
pub mod nearest_miss;
mod queue;
pub mod reachability;
mod search;
pub mod set;
pub mod simulate;
pub mod through;

pub use best::{Best, Origin, Proof, Start, best};
pub use build::{Graph, GraphBuilder, GraphError, STRUCTURAL};
pub use choke::{ChokePoint, choke_points};
pub use cost::{COST_CEILING, IMPOSSIBLE, cost_of_probability, probability_of_cost};
pub use cut::{Cut, CutLimits, Removable, Severed, cheapest_cut};
pub use k_best::{Alternative, Alternatives, Limits, k_best};
pub use nearest_miss::{NearestMiss, nearest_miss};
pub use reachability::{reachable, step_can_fire};
pub use set::{Id, IdSet, StateId, StateSet, StepId, StepSet};
pub use simulate::{Begin, Draw, Pace, Sampled, Sampling, key_of, simulate, uniform};
pub use through::{Ways, through};
