//! Why a condition holds, does not hold, or is unknown at one element: the facts and the bound elements that decide.

use vauban_model::model::ElementRef;
use vauban_model::vocabulary::{Domain, FactId, Relation};

use super::ast::{Condition, Test};
use super::column::{tagged, test_at};
use crate::bits::Truth;
use crate::facts::Facts;

/// How many elements of an `exists` are named.
const MAX_WITNESSES: usize = 5;

/// One thing that decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Atom {
    /// A fact of an element.
    Fact(ElementRef, FactId),
    /// What a component is made of.
    Technology(ElementRef),
    /// A control on an element.
    Control(ElementRef, u32),
    /// A tag of an element.
    Tag(ElementRef, Box<str>),
    /// The element's place in the structure: its tags, its flows, its boundary.
    Structure(ElementRef),
}

impl Atom {
    /// The element it is about.
    pub fn element(&self) -> ElementRef {
        match self {
            Atom::Fact(element, _)
            | Atom::Technology(element)
            | Atom::Control(element, _)
            | Atom::Tag(element, _)
            | Atom::Structure(element) => *element,
        }
    }
}

/// What decides, and what the variables stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// The deciding facts, in the order of the condition, each once.
    pub atoms: Vec<Atom>,
    /// For each variable of an `exists` that holds: the elements that make it hold.
    pub bindings: Vec<(Box<str>, Vec<ElementRef>)>,
}

/// The truth at one element and what decides it.
pub fn why(condition: &Condition, element: ElementRef, facts: &Facts<'_>) -> (Truth, Witness) {
    let truth = truth(condition, element, facts);
    let mut witness = Witness::default();
    collect(condition, element, truth, facts, &mut witness);
    let mut seen = Vec::with_capacity(witness.atoms.len());
    witness.atoms.retain(|atom| {
        let new = !seen.contains(atom);
        if new {
            seen.push(atom.clone());
        }
        new
    });
    (truth, witness)
}

/// The truth of a condition at one element.
pub fn truth(condition: &Condition, element: ElementRef, facts: &Facts<'_>) -> Truth {
    match condition {
        Condition::Constant(value) => Truth::of(Some(*value)),
        Condition::Not(inner) => truth(inner, element, facts).negated(),
        Condition::And(parts) => {
            parts.iter().fold(
                Truth::True,
                |all, part| if all == Truth::False { all } else { all.and(truth(part, element, facts)) },
            )
        }
        Condition::Or(parts) => parts
            .iter()
            .fold(Truth::False, |any, part| if any == Truth::True { any } else { any.or(truth(part, element, facts)) }),
        Condition::Surely(inner) => Truth::of(Some(truth(inner, element, facts) == Truth::True)),
        Condition::Possibly(inner) => Truth::of(Some(truth(inner, element, facts) != Truth::False)),
        Condition::Known(inner) => Truth::of(Some(truth(inner, element, facts) != Truth::Unknown)),
        Condition::Fact(walk, fact, test) => {
            at_end(walk, element, facts, |end| test_at(end.domain, *fact, test, end.at(), facts))
        }
        Condition::Is(walk, technologies) => at_end(walk, element, facts, |end| facts.is(end.at(), technologies)),
        Condition::Has(walk, control) => at_end(walk, element, facts, |end| facts.has(end.domain, *control, end.at())),
        Condition::Tagged(walk, tag) => {
            at_end(walk, element, facts, |end| Truth::of(Some(tagged(facts, end.domain, end.at(), tag))))
        }
        Condition::Exists(walk, relation, _, inner) => at_end(walk, element, facts, |end| {
            let mut any = Truth::False;
            for target in targets(facts, end, *relation) {
                any = any.or(truth(inner, target, facts));
                if any == Truth::True {
                    break;
                }
            }
            any
        }),
        Condition::All(walk, relation, _, inner) => at_end(walk, element, facts, |end| {
            let mut all = Truth::True;
            for target in targets(facts, end, *relation) {
                all = all.and(truth(inner, target, facts));
                if all == Truth::False {
                    break;
                }
            }
            all
        }),
        Condition::Size(walk, relation, comparison, number) => at_end(walk, element, facts, |end| {
            let size = i64::try_from(facts.row(*relation, end.at()).len()).unwrap_or(i64::MAX);
            Truth::of(Some(comparison.holds(&size, number)))
        }),
    }
}

fn end_of(walk: &[Relation], element: ElementRef, facts: &Facts<'_>) -> Option<ElementRef> {
    let mut at = element;
    for relation in walk {
        let index = *facts.row(*relation, at.at()).first()?;
        at = ElementRef { domain: relation.definition().to, index };
    }
    Some(at)
}

fn at_end(walk: &[Relation], element: ElementRef, facts: &Facts<'_>, test: impl FnOnce(ElementRef) -> Truth) -> Truth {
    end_of(walk, element, facts).map_or(Truth::False, test)
}

fn targets(facts: &Facts<'_>, from: ElementRef, relation: Relation) -> impl Iterator<Item = ElementRef> {
    let domain: Domain = relation.definition().to;
    facts.row(relation, from.at()).iter().map(move |index| ElementRef { domain, index: *index })
}

fn collect(condition: &Condition, element: ElementRef, result: Truth, facts: &Facts<'_>, out: &mut Witness) {
    match condition {
        Condition::Constant(_) => {}
        Condition::Not(inner) => collect(inner, element, result.negated(), facts, out),
        Condition::And(parts) | Condition::Or(parts) => {
            let decisive = if matches!(condition, Condition::And(_)) { Truth::False } else { Truth::True };
            for part in parts {
                let part_truth = truth(part, element, facts);
                if part_truth == result {
                    collect(part, element, part_truth, facts, out);
                    if result == decisive {
                        // One is enough to decide.
                        return;
                    }
                }
            }
        }
        Condition::Surely(inner) | Condition::Possibly(inner) | Condition::Known(inner) => {
            let inner_truth = truth(inner, element, facts);
            collect(inner, element, inner_truth, facts, out);
        }
        Condition::Fact(walk, fact, test) => {
            if let Some(end) = end_of(walk, element, facts) {
                out.atoms.push(if *test == Test::Known && result == Truth::False {
                    Atom::Structure(end)
                } else {
                    Atom::Fact(end, *fact)
                });
            }
        }
        Condition::Is(walk, _) => out.atoms.extend(end_of(walk, element, facts).map(Atom::Technology)),
        Condition::Has(walk, control) => {
            out.atoms.extend(end_of(walk, element, facts).map(|end| Atom::Control(end, *control)));
        }
        Condition::Tagged(walk, tag) => {
            out.atoms.extend(end_of(walk, element, facts).map(|end| Atom::Tag(end, tag.clone())));
        }
        Condition::Size(walk, ..) => out.atoms.extend(end_of(walk, element, facts).map(Atom::Structure)),
        Condition::Exists(walk, relation, variable, inner) | Condition::All(walk, relation, variable, inner) => {
            let Some(end) = end_of(walk, element, facts) else { return };
            let mut bound = Vec::new();
            for target in targets(facts, end, *relation) {
                let inner_truth = truth(inner, target, facts);
                if inner_truth == result {
                    if bound.len() < MAX_WITNESSES {
                        collect(inner, target, inner_truth, facts, out);
                    }
                    bound.push(target);
                }
            }
            let positive = matches!(condition, Condition::Exists(..)) && result == Truth::True
                || matches!(condition, Condition::All(..)) && result == Truth::False;
            if bound.is_empty() {
                out.atoms.push(Atom::Structure(end));
            } else if positive {
                if out.atoms.iter().all(|atom| !bound.contains(&atom.element())) {
                    out.atoms.push(Atom::Structure(bound[0]));
                }
                out.bindings.push((variable.clone(), bound));
            }
        }
    }
}
