//! What the catalogue's rules say about a resource, put on an element.

use vauban_model::model::{ControlStatement, Element, ElementRef, Fact, Origin, Value as FactValue, symbol_of};
use vauban_model::resource::{Mode, Resource, Text};
use vauban_model::vocabulary::{Domain, FactId, FactType, fact};

use super::OpenPolicies;
use super::builder::Builder;
use crate::Estate;
use crate::catalogue::Entry;
use crate::catalogue::rule::{Decision, OpenTo, Rule, Truth};

impl Builder<'_> {
    /// Applies the entry of a resource to an element: its own, or the one it is a part of.
    pub(super) fn apply(&mut self, at: u32, target: ElementRef, part: bool) {
        let Some(entry) = self.entry(at) else { return };
        // A part that is there whenever its whole is leaves nothing open.
        let estate = self.input.estate;
        let mut besides: Option<&Text> = None;
        if part {
            let mut whole = None;
            self.with(target, |element| whole = estate.find(&element.id));
            besides = estate.only_if_besides(at, whole);
        }
        let mut faces = false;
        for (id, rule) in &entry.facts {
            if !id.definition().on.contains(&target.domain) {
                continue;
            }
            let decided = under_condition(besides, self.decide_fact(at, *id, rule));
            if *id == fact::INTERNET_FACING
                && let Decided::Known(Fact { value: FactValue::Bool(true), .. }) = &decided
            {
                faces = true;
            }
            self.with(target, |element| put(element, *id, decided, part));
        }
        for (control, rule) in &entry.controls {
            self.apply_control(at, control, rule, target, (part, besides));
        }
        if target.domain == Domain::Component && (faces || !entry.entry.is_empty()) {
            self.entrances.push((target.index, at));
        }
    }

    fn decide_fact(&self, at: u32, id: FactId, rule: &Rule) -> Decided {
        let resource = self.input.estate.resource(at);
        let ty = id.definition().ty;
        if matches!(ty, FactType::Set(_) | FactType::Words | FactType::Technologies) {
            let (words, open) = rule.collect(resource, self.input.estate, &open_of(self.input.open, at));
            let span = words.first().map_or(resource.span, |(_, span)| *span);
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).filter(|word| *word != "none").collect();
            if (words.is_empty() || known.is_empty()) && open {
                return Decided::Unknown(String::new());
            }
            if words.is_empty() {
                return Decided::Nothing;
            }
            let value = if let FactType::Set(_) = ty {
                let mut symbols: Vec<u16> = known.iter().filter_map(|word| symbol_of(id, word)).collect();
                symbols.sort_unstable();
                symbols.dedup();
                FactValue::Symbols(symbols.into())
            } else {
                FactValue::Words(known.into_iter().map(Box::from).collect())
            };
            return Decided::Known(Fact { id, value, origin: Origin::Imported, span });
        }
        match decide(rule, resource, self.input.estate, &open_of(self.input.open, at)) {
            Decision::Nothing => Decided::Nothing,
            Decision::Unknown { name, .. } => Decided::Unknown(name.to_string()),
            Decision::Known { outcome, span, by_default } => {
                let value = match ty {
                    FactType::Bool => FactValue::Bool(outcome == "yes"),
                    FactType::Enum(_) => match symbol_of(id, outcome) {
                        Some(symbol) => FactValue::Symbol(symbol),
                        None => return Decided::Nothing,
                    },
                    FactType::Number => match outcome.parse() {
                        Ok(number) => FactValue::Number(number),
                        Err(_) => return Decided::Nothing,
                    },
                    FactType::Text => FactValue::Text(outcome.into()),
                    _ => return Decided::Nothing,
                };
                let origin = if by_default { Origin::Default } else { Origin::Imported };
                Decided::Known(Fact { id, value, origin, span })
            }
        }
    }

    fn apply_control(
        &mut self,
        at: u32,
        control: &str,
        rule: &Rule,
        target: ElementRef,
        (part, besides): (bool, Option<&Text>),
    ) {
        let resource = self.input.estate.resource(at);
        let decision = decide(rule, resource, self.input.estate, &open_of(self.input.open, at));
        let decision = match (decision, besides) {
            (Decision::Known { span, .. }, Some(condition)) => {
                Decision::Unknown { span, name: condition.to_string().into() }
            }
            (decision, _) => decision,
        };
        match decision {
            Decision::Nothing => {}
            Decision::Known { outcome: crate::catalogue::ASK, .. } => {
                self.with(target, |element| {
                    element.controls.retain(|known| &*known.control != control || known.origin != Origin::Default);
                });
            }
            Decision::Unknown { name, .. } => {
                // What is not known is not there as a default either.
                self.with(target, |element| {
                    element.controls.retain(|known| &*known.control != control || known.origin != Origin::Default);
                    if element.control(control).is_none() {
                        unknown(element, control, &name);
                    }
                });
            }
            Decision::Known { outcome, span, by_default } => {
                let origin = if by_default { Origin::Default } else { Origin::Imported };
                let statement =
                    ControlStatement { control: control.into(), present: outcome == "yes", origin, span, note: None };
                self.with(target, |element| {
                    let keep = part
                        && by_default
                        && element.control(control).is_some_and(|known| known.origin != Origin::Default);
                    if !keep {
                        element.set_control(statement);
                    }
                });
            }
        }
    }

    /// Facts of a flow from the internet to what a resource is.
    pub(super) fn entry_facts(&self, at: u32, entry: &Entry) -> Vec<Fact> {
        entry
            .entry
            .iter()
            .filter_map(|(id, rule)| match self.decide_fact(at, *id, rule) {
                Decided::Known(fact) => Some(fact),
                _ => None,
            })
            .collect()
    }
}

/// What a part says that may not be there although its whole is, is not known of the whole, whichever way it would turn
/// out.
fn under_condition(besides: Option<&Text>, decided: Decided) -> Decided {
    match (decided, besides) {
        (Decided::Known(_), Some(condition)) => Decided::Unknown(condition.to_string()),
        (decided, _) => decided,
    }
}

/// What the policy of a resource opens to anybody.
pub(super) fn open_of(open: &dyn OpenPolicies, at: u32) -> impl Fn(&[Box<str>]) -> Option<Truth> {
    move |actions: &[Box<str>]| open.open(at, actions)
}

/// What a rule says of a resource. One that is set up elsewhere and only looked up here says nothing with what it leaves
/// out: where attributes decide, their defaults do not hold for it.
fn decide<'r>(rule: &'r Rule, resource: &Resource, estate: &Estate<'_>, open: &OpenTo<'_>) -> Decision<'r> {
    match rule.decide(resource, estate, open) {
        Decision::Known { span, by_default: true, .. } if resource.mode == Mode::Data && !rule.cases.is_empty() => {
            Decision::Unknown { span, name: "".into() }
        }
        decision => decision,
    }
}

/// What came out for a fact.
enum Decided {
    Known(Fact),
    Unknown(String),
    Nothing,
}

/// Puts a decision on an element. A part has the last word over defaults, and over what its owner says of itself; among
/// what parts say about exposure, `yes` stays.
fn put(element: &mut Element, id: FactId, decided: Decided, part: bool) {
    match decided {
        Decided::Nothing => {}
        Decided::Unknown(name) => {
            if element.fact(id).is_none_or(|known| known.origin == Origin::Default) {
                element.facts.retain(|known| known.id != id);
                unknown(element, id.definition().id, &name);
            }
        }
        Decided::Known(fact) => {
            let firm = element.fact(id).is_some_and(|known| known.origin != Origin::Default);
            if part && firm && fact.origin == Origin::Default {
                return;
            }
            if part
                && firm
                && let (FactValue::Symbols(known), FactValue::Symbols(more)) =
                    (element.fact(id).map_or(&FactValue::Bool(false), |known| &known.value), &fact.value)
            {
                let mut all = known.to_vec();
                all.extend_from_slice(more);
                all.sort_unstable();
                all.dedup();
                element.set(Fact { value: FactValue::Symbols(all.into()), ..fact });
                return;
            }
            element.set(fact);
        }
    }
}

/// Notes that something is not known, with what would settle it.
fn unknown(element: &mut Element, what: &str, name: &str) {
    let text = if name.is_empty() { what.to_owned() } else { format!("{what}: {name}") };
    if !element.extras.iter().any(|(key, known)| &**key == "not known" && **known == *text) {
        element.extras.push(("not known".into(), text.into()));
    }
}
