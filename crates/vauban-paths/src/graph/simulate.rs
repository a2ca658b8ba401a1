//! Time to compromise by Monte Carlo: when, if ever, each step is done and each state is had.
//!
//! A **sample** is one world. In it every step takes a time or never works; then everything is settled: a step is done
//! when the *latest* of its premises is there and its own time has passed, a state is had when the *earliest* step (or
//! beginning) gives it. So the time of a state is the least over its derivations of the longest chain inside one,
//! which is what Knuth's generalisation of Dijkstra's algorithm finds with `max` in the place of `+` (`max` is superior
//! as well). It is computed here for sixteen samples at once by lowering labels until nothing changes. A label
//! always belongs to a derivation, so cycles never support themselves and the labels that are left are the least ones;
//! the order in which steps are visited (the order of their expected times) changes the work and not the result.
//!
//! **Where times come from.** See [`Pace`]. The random number of a step depends on the seed, the sample and the step's
//! own key and on nothing else: not on threads, on other steps or on the order of steps. Two graphs whose steps have the
//! same keys are therefore sampled with **common random numbers**, and a difference between them is the difference's
//! own, not the dice's.
//!
//! **Floats.** Times are `f32` days. Only `max`, `min`, `<` and `+` touch them, which IEEE 754 rounds the same everywhere;
//! logarithms are `libm`'s. Same seed, same bytes.

use rayon::prelude::*;

use super::best::{Start, derive};
use super::build::{Graph, Rows};
use super::cost::IMPOSSIBLE;
use super::set::{Id, StateId, StepId};

/// Samples that are settled together: the values of one state fill one line of a processor's cache.
const LANES: usize = 16;

/// Sixteen times in days; infinity is never.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
struct Lanes([f32; LANES]);

const NEVER: Lanes = Lanes([f32::INFINITY; LANES]);
const AT_ONCE: Lanes = Lanes([0.0; LANES]);

impl Lanes {
    fn later(&mut self, other: &Lanes) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = if theirs > *mine { theirs } else { *mine };
        }
    }

    fn after(&mut self, delay: &Lanes) {
        for (mine, delay) in self.0.iter_mut().zip(delay.0) {
            *mine += delay;
        }
    }

    /// Takes the earlier of both in each sample; whether any became earlier.
    fn earlier(&mut self, other: &Lanes) -> bool {
        let mut changed = false;
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            changed |= theirs < *mine;
            *mine = if theirs < *mine { theirs } else { *mine };
        }
        changed
    }

    fn is_never(&self) -> bool {
        self.0.iter().all(|time| *time == f32::INFINITY)
    }
}

/// How long something takes and whether it works at all.
///
/// With probability [`Pace::success`] it works, after a time that is exponentially distributed with [`Pace::mean`];
/// otherwise it fails for good in that sample: the weakness is not there, or not for this attacker. This is the
/// "Bernoulli times exponential" by which the Meta Attack Language describes time to compromise (Johnson, Lagerström
/// and Ekstedt, *A Meta Language for Threat Modeling and Attack Simulations*, ARES 2018). Its distribution function is
///
/// ```text
/// P(time ≤ t) = success · (1 − exp(−t / mean))
/// ```
///
/// and a time is drawn by inverting it at a uniform number `u`: never where `u ≥ success`, else
/// `−mean · ln(1 − u / success)`. For the same `u` a smaller `success` or a larger `mean` never gives an earlier time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Probability that it works at all, 0 to 1.
    pub success: f64,
    /// Mean time in days where it works; 0 or less: at once.
    pub mean: f64,
}

impl Pace {
    /// What works always and at once.
    pub const AT_ONCE: Pace = Pace { success: 1.0, mean: 0.0 };
    /// What never works.
    pub const NEVER: Pace = Pace { success: 0.0, mean: 0.0 };

    /// The time in days at a uniform number from 0 (included) to 1 (not); infinity for never.
    #[must_use]
    pub fn time(self, uniform: f64) -> f32 {
        if uniform >= self.success || self.success.is_nan() {
            f32::INFINITY
        } else if self.mean > 0.0 {
            (-self.mean * libm::log1p(-uniform / self.success.min(1.0))) as f32
        } else {
            0.0
        }
    }
}

/// What the time of a step or beginning is drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// Names it among all random numbers: the same in two graphs for what is the same. Equal keys mean one and the same
    /// draw.
    pub key: u64,
    /// The distribution.
    pub pace: Pace,
}

/// A state that an attacker has from some time on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Begin {
    /// The state.
    pub state: StateId,
    /// When: an attacker's beginnings share a key, so that they begin together.
    pub draw: Draw,
}

/// How to sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Any number; another seed gives another, equally good answer.
    pub seed: u64,
    /// How many worlds.
    pub samples: u32,
    /// The time in days within which steps are counted in [`Sampled::within`].
    pub horizon: f32,
}

/// What was sampled.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// For each watched state, in their order: its time in days in each sample, in the order of samples; infinity where
    /// it is never had.
    pub times: Vec<Vec<f32>>,
    /// By step: in how many samples it was done within the horizon.
    pub within: Vec<u32>,
}

/// A uniform number from 0 (included) to 1 (not), by seed, key and position: the output number `position` of SplitMix64
/// (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014) started at the mixed seed and
/// key, which can be computed without those before it.
#[must_use]
pub fn uniform(seed: u64, key: u64, position: u64) -> f64 {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let stream = mix(mix(seed.wrapping_add(GOLDEN)) ^ key);
    let bits = mix(stream.wrapping_add(position.wrapping_add(1).wrapping_mul(GOLDEN)));
    (bits >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ bits >> 31
}

/// A key from text, such as a finding's id: FNV-1a of 64 bits. Texts that differ share one by accident only.
#[must_use]
pub fn key_of(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |key, byte| (key ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

/// Samples the time of every step and watches some states.
///
/// `draw` says how long a step takes; `None` for what takes no time and never fails, such as structure. A step of cost
/// [`IMPOSSIBLE`] or of no success is never done; other costs play no part. States that are not in the graph are
/// never had.
///
/// Each sweep over the steps is linear in the graph, for sixteen samples together; how many it takes depends on how
/// often a way runs against the order of expected times, in practice two to five. Samples are spread over threads, each
/// with about 70 bytes for each state and step that can be reached.
#[must_use]
pub fn simulate(
    graph: &Graph,
    begins: &[Begin],
    draw: impl Fn(StepId) -> Option<Draw>,
    watched: &[StateId],
    sampling: Sampling,
) -> Sampled {
    let course = Course::new(graph, begins, draw, watched);
    let batches: Vec<u32> = (0..sampling.samples.div_ceil(LANES as u32)).collect();
    // A thread goes through a run of batches with one set of labels.
    let run = batches.len().div_ceil(rayon::current_num_threads().max(1)).max(1);
    let parts: Vec<Part> = batches
        .par_chunks(run)
        .map(|batches| {
            let mut world = World::new(&course);
            let mut part = Part { lanes: Vec::new(), within: vec![0; course.steps.len()] };
            for batch in batches {
                world.settle(&course, sampling.seed, *batch);
                world.tally(&course, sampling, *batch, &mut part);
            }
            part
        })
        .collect();
    let mut times = vec![Vec::with_capacity(sampling.samples as usize); watched.len()];
    let mut within = vec![0; graph.step_count()];
    for part in &parts {
        for of_batch in part.lanes.chunks(course.watched.len().max(1)) {
            for (times, lanes) in times.iter_mut().zip(of_batch) {
                let room = (sampling.samples as usize).saturating_sub(times.len()).min(LANES);
                times.extend(lanes.0.iter().take(room));
            }
        }
        for (step, count) in course.steps.iter().zip(&part.within) {
            if let Some(slot) = within.get_mut(step.index()) {
                *slot += count;
            }
        }
    }
    Sampled { times, within }
}

/// What one thread brings.
struct Part {
    /// By batch and watched state.
    lanes: Vec<Lanes>,
    within: Vec<u32>,
}

/// The part of a graph that can be reached at all, renumbered in the order of expected times.
struct Course {
    /// Each step's number in the whole graph.
    steps: Vec<StepId>,
    premises: Rows<u32>,
    conclusions: Rows<u32>,
    /// By state: the steps that need it, ascending.
    consumers: Rows<StepId>,
    states: usize,
    /// Steps that take time or may fail, ascending, and what their times are drawn from.
    drawn: Vec<(u32, Draw)>,
    /// By step: its place in `drawn` or [`UNDRAWN`].
    place: Vec<u32>,
    begins: Vec<(u32, Draw)>,
    watched: Vec<Option<u32>>,
}

const UNDRAWN: u32 = u32::MAX;

impl Course {
    fn new(graph: &Graph, begins: &[Begin], draw: impl Fn(StepId) -> Option<Draw>, watched: &[StateId]) -> Course {
        let draws: Vec<Option<Draw>> = graph.steps().map(draw).collect();
        let never = |pace: Pace| pace.success <= 0.0 || pace.success.is_nan();
        // Expected times in thousandths of a day; what often fails comes late.
        let expected = |draw: &Draw| {
            if never(draw.pace) {
                IMPOSSIBLE
            } else {
                ((draw.pace.mean.max(0.0) + 0.001) * 1000.0 / draw.pace.success.min(1.0)).min(1e15) as u64
            }
        };
        let starts: Vec<Start> = begins
            .iter()
            .filter(|begin| graph.has_state(begin.state))
            .map(|begin| Start { state: begin.state, cost: expected(&begin.draw), attacker: 0 })
            .collect();
        let order = derive(graph, &starts, |step| match draws.get(step.index()) {
            _ if graph.cost(step) == IMPOSSIBLE => IMPOSSIBLE,
            Some(Some(draw)) => expected(draw),
            _ => 0,
        });
        let mut local = vec![UNDRAWN; graph.state_count()];
        let mut states = 0u32;
        let mut number = |state: StateId| {
            let slot = local.get_mut(state.index())?;
            if *slot == UNDRAWN {
                *slot = states;
                states += 1;
            }
            Some(*slot)
        };
        let begins = begins
            .iter()
            .filter(|begin| !never(begin.draw.pace))
            .filter_map(|begin| Some((number(begin.state)?, begin.draw)))
            .collect();
        let steps = order.fired().to_vec();
        let (mut premises, mut conclusions) = (Rows::new(), Rows::new());
        let (mut drawn, mut place) = (Vec::new(), Vec::with_capacity(steps.len()));
        for (at, step) in (0u32..).zip(&steps) {
            for (rows, of_step) in
                [(&mut premises, graph.premises(*step)), (&mut conclusions, graph.conclusions(*step))]
            {
                for state in of_step.iter().filter_map(|state| number(*state)) {
                    rows.push(state);
                }
                rows.end_row();
            }
            place.push(match draws.get(step.index()).copied().flatten() {
                Some(draw) => {
                    drawn.push((at, draw));
                    drawn.len() as u32 - 1
                }
                None => UNDRAWN,
            });
        }
        let watched =
            watched.iter().map(|state| local.get(state.index()).copied().filter(|local| *local != UNDRAWN)).collect();
        let states = states as usize;
        let needed: Rows<StateId> = premises.mapped(StateId);
        let consumers = needed.transposed(states);
        Course { steps, premises, conclusions, consumers, states, drawn, place, begins, watched }
    }

    fn delay<'a>(&self, step: usize, delays: &'a [Lanes]) -> Option<&'a Lanes> {
        delays.get(*self.place.get(step)? as usize)
    }
}

/// Sixteen samples: what is known of them so far.
struct World {
    /// By state: when it is had.
    had: Vec<Lanes>,
    /// By place in [`Course::drawn`].
    delays: Vec<Lanes>,
    /// Steps to look at again, one bit each.
    waiting: Vec<u64>,
}

impl World {
    fn new(course: &Course) -> World {
        World {
            had: vec![NEVER; course.states],
            delays: vec![AT_ONCE; course.drawn.len()],
            waiting: vec![0; course.steps.len().div_ceil(64)],
        }
    }

    fn draw(draw: &Draw, seed: u64, batch: u32) -> Lanes {
        let first = u64::from(batch) * LANES as u64;
        let mut lanes = NEVER;
        for (lane, position) in lanes.0.iter_mut().zip(first..) {
            *lane = draw.pace.time(uniform(seed, draw.key, position));
        }
        lanes
    }

    /// When a step is done, as far as is known.
    fn done(&self, course: &Course, step: usize) -> Lanes {
        let mut done = AT_ONCE;
        for premise in course.premises.row(step) {
            if let Some(had) = self.had.get(*premise as usize) {
                done.later(had);
            }
        }
        if let Some(delay) = course.delay(step, &self.delays) {
            done.after(delay);
        }
        done
    }

    fn settle(&mut self, course: &Course, seed: u64, batch: u32) {
        self.had.fill(NEVER);
        for (lanes, (_, draw)) in self.delays.iter_mut().zip(&course.drawn) {
            *lanes = Self::draw(draw, seed, batch);
        }
        for (state, draw) in &course.begins {
            if let Some(had) = self.had.get_mut(*state as usize) {
                had.earlier(&Self::draw(draw, seed, batch));
            }
        }
        // The first sweep visits every step, the others those of which a premise became earlier.
        for step in 0..course.steps.len() {
            self.visit(course, step, step);
        }
        let mut from = 0;
        while let Some(word) = (from..self.waiting.len()).find(|word| self.waiting.get(*word).is_some_and(|w| *w != 0))
        {
            from = word;
            for word in word..self.waiting.len() {
                let mut bits = self.waiting.get(word).copied().unwrap_or(0);
                while bits != 0 {
                    let step = word * 64 + bits.trailing_zeros() as usize;
                    if let Some(waiting) = self.waiting.get_mut(word) {
                        *waiting &= !(1 << (step % 64));
                    }
                    let earliest = self.visit(course, step, usize::MAX);
                    from = from.min(earliest / 64);
                    // Steps behind this one in the same word may wait now; those before it are for the next sweep.
                    let behind = if step % 64 == 63 { 0 } else { u64::MAX << (step % 64 + 1) };
                    bits = self.waiting.get(word).copied().unwrap_or(0) & behind;
                }
            }
        }
    }

    /// Works out a step again and hands on what became earlier to the steps up to `limit` that need it. The first of those.
    fn visit(&mut self, course: &Course, step: usize, limit: usize) -> usize {
        let mut earliest = usize::MAX;
        let done = self.done(course, step);
        if done.is_never() {
            return earliest;
        }
        for conclusion in course.conclusions.row(step) {
            let Some(had) = self.had.get_mut(*conclusion as usize) else { continue };
            if !had.earlier(&done) {
                continue;
            }
            for consumer in course.consumers.row(*conclusion as usize) {
                if consumer.index() > limit {
                    break;
                }
                earliest = earliest.min(consumer.index());
                if let Some(word) = self.waiting.get_mut(consumer.index() / 64) {
                    *word |= 1 << (consumer.index() % 64);
                }
            }
        }
        earliest
    }

    fn tally(&self, course: &Course, sampling: Sampling, batch: u32, part: &mut Part) {
        let watched = course
            .watched
            .iter()
            .map(|state| state.and_then(|state| self.had.get(state as usize)).copied().unwrap_or(NEVER));
        part.lanes.extend(watched);
        // The last batch may be larger than what is left.
        let used = (sampling.samples.saturating_sub(batch * LANES as u32) as usize).min(LANES);
        for (step, count) in part.within.iter_mut().enumerate() {
            let done = self.done(course, step);
            *count += done.0.iter().take(used).map(|time| u32::from(*time <= sampling.horizon)).sum::<u32>();
        }
    }
}
