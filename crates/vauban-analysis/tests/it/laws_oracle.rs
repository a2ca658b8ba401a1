//! A second opinion on what attackers can reach: every rule of the table in `library/README.md` tried again and again until
//! nothing new comes of it.

use std::collections::BTreeSet;

use vauban_model::finding::Applies;
use vauban_model::index::Index;
use vauban_model::model::{Element, ElementRef, Model};
use vauban_model::state::{State, StateTemplate, Verb};
use vauban_model::vocabulary::{Domain, FactId, Relation, fact, relation};
use vauban_rules::evaluate::evaluate;
use vauban_rules::facts::Facts;

use crate::laws_support::LIBRARY;

/// Somebody who has one of each list of needs gets all the gains.
pub(crate) struct Rule {
    pub(crate) needs: Vec<Vec<State>>,
    pub(crate) gains: Vec<State>,
    /// The finding that this rule is, and whether it is known to apply.
    pub(crate) finding: Option<(String, Applies)>,
    /// Whether a path leaves it untold: who controls a component has what is in it.
    pub(crate) untold: bool,
}

/// A model as attackers see it.
pub(crate) struct World {
    pub(crate) rules: Vec<Rule>,
    pub(crate) starts: Vec<(u32, State)>,
}

fn state(verb: Verb, domain: Domain, index: u32) -> State {
    State { verb, element: ElementRef { domain, index } }
}

impl World {
    pub(crate) fn new(model: &Model) -> World {
        let library = &LIBRARY.library;
        let facts = Facts::new(model, library);
        let index = Index::new(model);
        let starts = library.attacker_starts(&facts);
        let mut rules = Vec::new();
        // Rights that a threat at an account tells of: the right alone gives nothing beyond what is needed.
        let mut told: BTreeSet<(u32, Relation)> = BTreeSet::new();
        for (threat, outcome) in library.threats.iter().zip(evaluate(&facts, false)) {
            let all =
                [(outcome.fires, Applies::Fires), (outcome.asks, Applies::Asks), (outcome.stopped, Applies::Stopped)];
            for (bits, applies) in all {
                // What nobody has seen is never sure, however well its circumstances are known.
                let unseen = threat.hypothesis && applies == Applies::Fires;
                let applies = if unseen { Applies::Asks } else { applies };
                for at in bits.iter() {
                    let element = ElementRef::new(threat.on, at);
                    let states = |template: &StateTemplate| -> Vec<State> {
                        let ends = index.walk(element, &template.walk);
                        ends.into_iter().map(|end| State { verb: template.verb, element: end }).collect()
                    };
                    let needs: Vec<Vec<State>> =
                        threat.step.needs.iter().map(|list| list.iter().flat_map(states).collect()).collect();
                    let gains = threat.step.gains.iter().flat_map(states).collect();
                    let place = if threat.on == Domain::System { "system" } else { model.id(element) };
                    // What a page supposes is not known of any element, though its finding stands.
                    let supposed = !threat.supposes.is_empty() && applies == Applies::Fires;
                    let known = if supposed { Applies::Asks } else { applies };
                    let finding = Some((format!("{}@{place}", threat.id), known));
                    rules.push(Rule { needs, gains, finding, untold: false });
                    let itself = |list: &Vec<StateTemplate>| {
                        list.len() == 1 && list[0].verb == Verb::ActAs && list[0].walk.is_empty()
                    };
                    if threat.on == Domain::Identity && applies != Applies::Asks && threat.step.needs.iter().any(itself)
                    {
                        for gain in &threat.step.gains {
                            let right = match gain.verb {
                                Verb::ActAs => relation::IDENTITY_MAY_USE,
                                Verb::Read => relation::IDENTITY_MAY_READ,
                                Verb::Alter => relation::IDENTITY_MAY_WRITE,
                                Verb::Administer => relation::IDENTITY_MAY_ADMINISTER,
                                _ => continue,
                            };
                            if gain.walk == [right] {
                                told.insert((element.index, right));
                            }
                        }
                    }
                }
            }
        }
        structure(model, &told, &mut rules);
        World { rules, starts }
    }

    /// Everything that can be had, with the steps that are allowed.
    pub(crate) fn reach(&self, allowed: impl Fn(&Rule) -> bool) -> BTreeSet<State> {
        let mut held: BTreeSet<State> = self.starts.iter().map(|(_, state)| *state).collect();
        self.close(&mut held, allowed);
        held
    }

    /// Adds what follows, until nothing new does.
    pub(crate) fn close(&self, held: &mut BTreeSet<State>, allowed: impl Fn(&Rule) -> bool) {
        loop {
            let before = held.len();
            for rule in self.rules.iter().filter(|rule| allowed(rule)) {
                if rule.possible(held) {
                    held.extend(&rule.gains);
                }
            }
            if held.len() == before {
                return;
            }
        }
    }

    /// What can be had for sure.
    pub(crate) fn confirmed(&self) -> BTreeSet<State> {
        self.reach(Rule::is_sure)
    }
}

impl Rule {
    pub(crate) fn possible(&self, held: &BTreeSet<State>) -> bool {
        self.needs.iter().all(|list| list.iter().any(|need| held.contains(need)))
    }

    /// Follows by itself, or is known to apply.
    pub(crate) fn is_sure(&self) -> bool {
        self.finding.as_ref().is_none_or(|(_, applies)| *applies == Applies::Fires)
    }

    /// Not kept away by a control.
    pub(crate) fn is_open(&self) -> bool {
        self.finding.as_ref().is_none_or(|(_, applies)| *applies != Applies::Stopped)
    }
}

/// What follows by itself from the architecture.
fn structure(model: &Model, told: &BTreeSet<(u32, Relation)>, rules: &mut Vec<Rule>) {
    use Domain::{Boundary, Component, Data, Flow, Identity};
    use Verb::{ActAs, Administer, Alter, Deny, Reach, Read, RunCode};
    let mut add = |needs: &[State], gains: Vec<State>, untold: bool| {
        let needs = needs.iter().map(|need| vec![*need]).collect();
        rules.push(Rule { needs, gains, finding: None, untold });
    };
    let refs = |element: &Element, id: FactId| element.references(id).to_vec();
    for (at, flow) in (0u32..).zip(&model.flows) {
        let (source, target) = (flow.source, flow.target);
        let run = |component: u32| state(RunCode, Component, component);
        let both = |component: u32| vec![state(Reach, Component, component), state(ActAs, Component, component)];
        add(&[run(source)], both(target), false);
        if flow.element.bool(fact::TWO_WAY) == Some(true) {
            add(&[run(target)], both(source), false);
        }
        for end in [source, target] {
            add(&[run(end)], vec![state(Read, Flow, at), state(Alter, Flow, at)], false);
            if let Some(boundary) = model.components[end as usize].boundary {
                add(&[state(Reach, Boundary, boundary)], vec![state(Reach, Flow, at)], false);
            }
        }
        for identity in refs(&flow.element, fact::ACTS_AS) {
            add(&[run(source)], vec![state(ActAs, Identity, identity)], false);
        }
        for data in refs(&flow.element, fact::CARRIES) {
            for verb in [Read, Alter, Deny] {
                add(&[state(verb, Flow, at)], vec![state(verb, Data, data)], false);
            }
        }
        for data in refs(&flow.element, fact::RETURNS) {
            for verb in [Read, Deny] {
                add(&[state(verb, Flow, at)], vec![state(verb, Data, data)], false);
            }
        }
    }
    for (at, component) in (0u32..).zip(&model.components) {
        let run = state(RunCode, Component, at);
        let all = vec![state(Read, Component, at), state(Alter, Component, at), state(Deny, Component, at)];
        add(&[run], all.clone(), true);
        let mut administered = all;
        administered.push(state(ActAs, Component, at));
        add(&[state(Administer, Component, at)], administered, true);
        for identity in refs(&component.element, fact::RUNS_AS) {
            add(&[run], vec![state(ActAs, Identity, identity)], false);
        }
        if let Some(boundary) = component.boundary {
            add(&[run], vec![state(Reach, Boundary, boundary)], false);
        }
        for data in refs(&component.element, fact::STORES) {
            for verb in [Read, Alter, Deny] {
                add(&[state(verb, Component, at)], vec![state(verb, Data, data)], false);
            }
        }
        for data in refs(&component.element, fact::CONFIGURED_WITH) {
            add(&[run], vec![state(Read, Data, data)], false);
        }
        for data in refs(&component.element, fact::HANDLES) {
            let both = vec![state(Read, Data, data), state(Alter, Data, data)];
            add(&[run], both.clone(), false);
            add(&[state(Administer, Component, at)], both, false);
        }
        for identity in refs(&component.element, fact::USED_BY) {
            let needs = [state(ActAs, Identity, identity), state(Reach, Component, at)];
            add(&needs, vec![state(ActAs, Component, at)], false);
        }
    }
    for (at, identity) in (0u32..).zip(&model.identities) {
        let me = state(ActAs, Identity, at);
        let needed = refs(identity, fact::NEEDS_ONLY);
        for (right, along, verb) in [
            (fact::MAY_USE, relation::IDENTITY_MAY_USE, ActAs),
            (fact::MAY_READ, relation::IDENTITY_MAY_READ, Read),
            (fact::MAY_WRITE, relation::IDENTITY_MAY_WRITE, Alter),
            (fact::MAY_ADMINISTER, relation::IDENTITY_MAY_ADMINISTER, Administer),
        ] {
            for component in refs(identity, right) {
                if !told.contains(&(at, along)) || needed.contains(&component) {
                    let needs = [me, state(Reach, Component, component)];
                    add(&needs, vec![state(verb, Component, component)], false);
                }
            }
        }
        for other in refs(identity, fact::MAY_ASSUME) {
            add(&[me], vec![state(ActAs, Identity, other)], false);
        }
    }
    for (at, data) in (0u32..).zip(&model.data) {
        for identity in refs(data, fact::UNLOCKS) {
            add(&[state(Read, Data, at)], vec![state(ActAs, Identity, identity)], false);
        }
    }
}
