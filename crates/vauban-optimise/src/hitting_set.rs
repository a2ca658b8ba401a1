//! The cheapest hitting set, exactly, by branch and bound.
//!
//! Given sets of weighted elements, choose elements so that each set has one of them and their weights add up to as little
//! as possible. NP-hard (Karp 1972, as *set cover*); what makes instances of practice small is:
//!
//! - **reduction**: a set with one element decides; a set that holds another says nothing new; an element that hits no more
//!   than a cheaper one is not needed;
//! - **decomposition**: sets without common elements are solved apart;
//! - **a lower bound** by dual ascent: each set may charge its elements, no element beyond its weight; all charges together
//!   are never more than the cost of any hitting set (weak duality of linear programming);
//! - **fixing by reduced cost**: an element whose uncharged rest would lift the bound to a known solution is left out.
//!
//! Elements are numbers from 0, weights any unit. Ties go to lower numbers, so equal input gives equal output.

/// A weight or a sum of weights.
pub type Weight = u128;

/// A hitting set and how good it is known to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HittingSet {
    /// The elements, ascending.
    pub chosen: Vec<u32>,
    /// Their weight.
    pub cost: Weight,
    /// No hitting set costs less than this.
    pub lower_bound: Weight,
    /// Nodes of the search tree that were looked at.
    pub nodes: u64,
    /// What that took: each node counts for more the more sets and elements there are at it.
    pub work: u64,
}

impl HittingSet {
    /// Whether it is proven that nothing is cheaper.
    pub fn optimal(&self) -> bool {
        self.cost == self.lower_bound
    }
}

/// The cheapest set of elements that has one of each of `sets`; `None` where some set has no element with a weight.
///
/// Looks at `most_work` nodes of the search tree at most, and at fewer where they are large, so that the limit bounds time
/// as well; the answer then is a hitting set all the same, with a lower bound below its cost.
pub fn cheapest(weights: &[Weight], sets: &[Vec<u32>], most_work: u64) -> Option<HittingSet> {
    let mut clean: Vec<Vec<u32>> = Vec::with_capacity(sets.len());
    for set in sets {
        let mut set: Vec<u32> = set.iter().copied().filter(|e| (*e as usize) < weights.len()).collect();
        if set.is_empty() {
            return None;
        }
        set.sort_unstable();
        set.dedup();
        clean.push(set);
    }
    let mut search = Search { weights, nodes: 0, work: 0, most_work };
    let found = search.solve(clean, Weight::MAX);
    let (cost, mut chosen) = found.best?;
    chosen.sort_unstable();
    chosen.dedup();
    Some(HittingSet { chosen, cost, lower_bound: found.lower.min(cost), nodes: search.nodes, work: search.work })
}

/// What is known of a part of the problem: the best solution below the bound that was asked for, and a lower bound.
struct Found {
    best: Option<(Weight, Vec<u32>)>,
    lower: Weight,
}

struct Search<'a> {
    weights: &'a [Weight],
    nodes: u64,
    work: u64,
    most_work: u64,
}

/// Comparing all pairs of sets is worth it on problems of a size where it is quick.
const PAIRS: usize = 600;

/// What a node of these sets counts for: 1 where it is small, more by its elements and by the pairs that are compared.
fn work_of(sets: &[Vec<u32>]) -> u64 {
    let elements: usize = sets.iter().map(Vec::len).sum();
    let pairs = if sets.len() <= PAIRS { sets.len() * sets.len() } else { 0 };
    1 + u64::try_from(elements / 128 + pairs / 2_048).unwrap_or(u64::MAX)
}

impl Search<'_> {
    fn spent(&self) -> bool {
        self.work >= self.most_work
    }

    fn weight(&self, element: u32) -> Weight {
        self.weights.get(element as usize).copied().unwrap_or(Weight::MAX)
    }

    fn cost(&self, chosen: &[u32]) -> Weight {
        chosen.iter().fold(0, |sum: Weight, e| sum.saturating_add(self.weight(*e)))
    }

    /// Solves the sets for less than `upper`.
    fn solve(&mut self, sets: Vec<Vec<u32>>, upper: Weight) -> Found {
        // Past the limit only what is needed for an answer is done.
        let thorough = self.work == 0 || !self.spent();
        self.work = self.work.saturating_add(work_of(&sets));
        let (sets, forced) = self.reduce(sets, thorough);
        let fixed = self.cost(&forced);
        if sets.is_empty() {
            let best = (fixed < upper).then_some((fixed, forced));
            return Found { best, lower: fixed };
        }
        let parts = components(sets);
        let bounds: Vec<Weight> = parts.iter().map(|part| self.bound(part).0).collect();
        let all: Weight = bounds.iter().fold(fixed, |sum, bound| sum.saturating_add(*bound));
        if all >= upper {
            return Found { best: None, lower: all };
        }
        let mut chosen = forced;
        let mut cost = fixed;
        let mut lower = fixed;
        // What the parts not solved yet cost at least.
        let mut rest = all - fixed;
        for (part, bound) in parts.into_iter().zip(bounds) {
            rest -= bound;
            let room = upper.saturating_sub(cost).saturating_sub(rest);
            let found = self.branch(part, room);
            lower = lower.saturating_add(found.lower);
            let Some((part_cost, part_chosen)) = found.best else {
                return Found { best: None, lower: lower.saturating_add(rest) };
            };
            cost = cost.saturating_add(part_cost);
            chosen.extend(part_chosen);
        }
        Found { best: (cost < upper).then_some((cost, chosen)), lower }
    }

    /// Solves sets that hang together.
    fn branch(&mut self, sets: Vec<Vec<u32>>, upper: Weight) -> Found {
        self.nodes += 1;
        let (lower, slack) = self.bound(&sets);
        let tight = self.cover(&sets, &slack);
        let tight_cost = self.cost(&tight);
        let mut best = (tight_cost < upper).then_some((tight_cost, tight));
        let mut limit = best.as_ref().map_or(upper, |(cost, _)| *cost);
        if lower >= limit {
            return Found { best, lower: lower.min(limit) };
        }
        if self.nodes >= self.most_work || self.spent() {
            return Found { best, lower };
        }
        // An element that would lift the bound to what is known already is left out.
        let mut sets = sets;
        for set in &mut sets {
            set.retain(|e| lower.saturating_add(slack.get(*e)) < limit);
            if set.is_empty() {
                return Found { best, lower: limit };
            }
        }
        let Some(pivot) = self.pivot(&sets) else { return Found { best, lower } };
        let price = self.weight(pivot);
        let with: Vec<Vec<u32>> = sets.iter().filter(|set| !set.contains(&pivot)).cloned().collect();
        let mut inside = self.solve(with, limit.saturating_sub(price));
        inside.lower = inside.lower.saturating_add(price);
        if let Some((cost, mut chosen)) = inside.best.take() {
            chosen.push(pivot);
            limit = cost.saturating_add(price);
            best = Some((limit, chosen));
        }
        let mut without = sets;
        let mut possible = true;
        for set in &mut without {
            set.retain(|e| *e != pivot);
            possible &= !set.is_empty();
        }
        let mut proven = inside.lower;
        if possible {
            let outside = self.solve(without, limit);
            proven = proven.min(outside.lower);
            if let Some((cost, chosen)) = outside.best {
                limit = cost;
                best = Some((cost, chosen));
            }
        }
        // What reduced costs left out costs at least `limit`.
        Found { best, lower: proven.min(limit).max(lower) }
    }

    /// Charges by dual ascent, the smallest sets first: the bound, and what is left of each element's weight.
    fn bound(&self, sets: &[Vec<u32>]) -> (Weight, Slack) {
        let mut slack = Slack::new(self.weights, sets);
        let mut order: Vec<&Vec<u32>> = sets.iter().collect();
        order.sort_by_key(|set| set.len());
        let mut lower: Weight = 0;
        for set in order {
            let charge = set.iter().map(|e| slack.get(*e)).min().unwrap_or(0);
            if charge > 0 {
                lower = lower.saturating_add(charge);
                set.iter().for_each(|e| slack.take(*e, charge));
            }
        }
        (lower, slack)
    }

    /// A hitting set of elements without slack, made irredundant: those that hit least for their weight go first.
    fn cover(&self, sets: &[Vec<u32>], slack: &Slack) -> Vec<u32> {
        let mut chosen: Vec<u32> = sets.iter().flatten().copied().filter(|e| slack.get(*e) == 0).collect();
        chosen.sort_unstable();
        chosen.dedup();
        let mut hits: Vec<u32> = sets
            .iter()
            .map(|set| u32::try_from(set.iter().filter(|e| slack.get(**e) == 0).count()).unwrap_or(0))
            .collect();
        let mut rows: Vec<(u32, Vec<usize>)> = chosen.iter().map(|e| (*e, Vec::new())).collect();
        for (at, set) in sets.iter().enumerate() {
            for element in set {
                if let Ok(row) = chosen.binary_search(element)
                    && let Some((_, list)) = rows.get_mut(row)
                {
                    list.push(at);
                }
            }
        }
        rows.sort_by(|(a, in_a), (b, in_b)| {
            let (left, right) = (self.weight(*a), self.weight(*b));
            let (left, right) = (left.saturating_mul(in_b.len() as Weight), right.saturating_mul(in_a.len() as Weight));
            right.cmp(&left).then(b.cmp(a))
        });
        let mut kept = Vec::new();
        for (element, list) in rows {
            let needed = list.iter().any(|at| hits.get(*at) == Some(&1));
            if needed {
                kept.push(element);
            } else {
                for at in list {
                    if let Some(count) = hits.get_mut(at) {
                        *count -= 1;
                    }
                }
            }
        }
        kept
    }

    /// The element that hits most for its weight, small sets counting more.
    fn pivot(&self, sets: &[Vec<u32>]) -> Option<u32> {
        let mut gains: Vec<(u32, u64)> = Vec::new();
        for set in sets {
            let gain = 1_000_000 / (set.len() as u64).pow(2).max(1);
            gains.extend(set.iter().map(|e| (*e, gain)));
        }
        gains.sort_unstable();
        let mut best: Option<(u64, u32)> = None;
        let mut at = 0;
        while let Some((element, _)) = gains.get(at).copied() {
            let mut sum: u64 = 0;
            while let Some((other, gain)) = gains.get(at)
                && *other == element
            {
                sum = sum.saturating_add(*gain);
                at += 1;
            }
            let better = best.is_none_or(|(known, holder)| {
                let left = Weight::from(sum).saturating_mul(self.weight(holder));
                let right = Weight::from(known).saturating_mul(self.weight(element));
                left > right
            });
            if better {
                best = Some((sum, element));
            }
        }
        best.map(|(_, element)| element)
    }

    /// Takes what must be taken and drops what says nothing, until nothing changes; pairs are compared where it is thorough.
    fn reduce(&self, mut sets: Vec<Vec<u32>>, thorough: bool) -> (Vec<Vec<u32>>, Vec<u32>) {
        let mut forced: Vec<u32> = Vec::new();
        loop {
            let mut changed = false;
            let single: Vec<u32> =
                sets.iter().filter_map(|set| if let [e] = set.as_slice() { Some(*e) } else { None }).collect();
            if !single.is_empty() {
                let mut single = single;
                single.sort_unstable();
                single.dedup();
                sets.retain(|set| !set.iter().any(|e| single.binary_search(e).is_ok()));
                forced.extend(single);
                changed = true;
            }
            sets.sort_unstable();
            sets.dedup();
            if thorough && sets.len() <= PAIRS {
                changed |= drop_supersets(&mut sets);
                changed |= self.drop_dominated(&mut sets);
            }
            if !changed {
                return (sets, forced);
            }
        }
    }

    /// Leaves out elements that hit no more than another that costs no more.
    fn drop_dominated(&self, sets: &mut [Vec<u32>]) -> bool {
        const MOST: usize = 400;
        let mut rows: Vec<(u32, Vec<u32>)> = Vec::new();
        for (at, set) in (0u32..).zip(sets.iter()) {
            for element in set {
                match rows.binary_search_by_key(element, |(e, _)| *e) {
                    Ok(row) => {
                        if let Some((_, list)) = rows.get_mut(row) {
                            list.push(at);
                        }
                    }
                    Err(row) => rows.insert(row, (*element, vec![at])),
                }
            }
        }
        if rows.len() > MOST {
            return false;
        }
        let mut gone: Vec<u32> = Vec::new();
        for (element, hits) in &rows {
            let dominated = rows.iter().any(|(other, theirs)| {
                other != element
                    && gone.binary_search(other).is_err()
                    && theirs.len() >= hits.len()
                    && (self.weight(*other), *other) < (self.weight(*element), *element)
                    && hits.iter().all(|at| theirs.binary_search(at).is_ok())
            });
            // Of two that are alike the one with the lower number stays; a dearer one never pushes out a cheaper one.
            if dominated && let Err(at) = gone.binary_search(element) {
                gone.insert(at, *element);
            }
        }
        if gone.is_empty() {
            return false;
        }
        for set in sets.iter_mut() {
            set.retain(|e| gone.binary_search(e).is_err());
        }
        true
    }
}

/// Drops sets that hold another set.
fn drop_supersets(sets: &mut Vec<Vec<u32>>) -> bool {
    let before = sets.len();
    sets.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    let mut kept: Vec<Vec<u32>> = Vec::with_capacity(before);
    for set in sets.drain(..) {
        if !kept.iter().any(|small| small.iter().all(|e| set.binary_search(e).is_ok())) {
            kept.push(set);
        }
    }
    *sets = kept;
    sets.len() < before
}

/// Sets grouped so that groups have no element in common.
fn components(sets: Vec<Vec<u32>>) -> Vec<Vec<Vec<u32>>> {
    let most = sets.iter().flatten().copied().max().map_or(0, |e| e as usize + 1);
    let mut parent: Vec<u32> = (0..u32::try_from(most).unwrap_or(u32::MAX)).collect();
    fn root(parent: &mut [u32], mut at: u32) -> u32 {
        while let Some(up) = parent.get(at as usize).copied()
            && up != at
        {
            let above = parent.get(up as usize).copied().unwrap_or(up);
            if let Some(slot) = parent.get_mut(at as usize) {
                *slot = above;
            }
            at = above;
        }
        at
    }
    for set in &sets {
        let Some(first) = set.first() else { continue };
        let into = root(&mut parent, *first);
        for element in set {
            let from = root(&mut parent, *element);
            if let Some(slot) = parent.get_mut(from as usize) {
                *slot = into;
            }
        }
    }
    let mut keyed: Vec<(u32, Vec<u32>)> =
        sets.into_iter().map(|set| (set.first().map_or(0, |first| root(&mut parent, *first)), set)).collect();
    keyed.sort();
    let mut out: Vec<Vec<Vec<u32>>> = Vec::new();
    let mut last = None;
    for (key, set) in keyed {
        if last == Some(key)
            && let Some(group) = out.last_mut()
        {
            group.push(set);
        } else {
            out.push(vec![set]);
            last = Some(key);
        }
    }
    out
}

/// What is left of the weights of the elements of some sets.
struct Slack {
    elements: Vec<u32>,
    left: Vec<Weight>,
}

impl Slack {
    fn new(weights: &[Weight], sets: &[Vec<u32>]) -> Self {
        let mut elements: Vec<u32> = sets.iter().flatten().copied().collect();
        elements.sort_unstable();
        elements.dedup();
        let left = elements.iter().map(|e| weights.get(*e as usize).copied().unwrap_or(Weight::MAX)).collect();
        Slack { elements, left }
    }

    fn get(&self, element: u32) -> Weight {
        self.elements.binary_search(&element).ok().and_then(|at| self.left.get(at).copied()).unwrap_or(0)
    }

    fn take(&mut self, element: u32, charge: Weight) {
        if let Ok(at) = self.elements.binary_search(&element)
            && let Some(left) = self.left.get_mut(at)
        {
            *left = left.saturating_sub(charge);
        }
    }
}
