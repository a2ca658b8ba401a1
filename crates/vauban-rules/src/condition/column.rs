//! Evaluation over whole columns: one pass per condition, no matter how many elements.

use vauban_model::vocabulary::{Domain, FactId, Relation};

use super::ast::{Condition, Test};
use crate::bits::{Bits, Column, Truth};
use crate::facts::{Facts, NONE, Values};

/// The truth of a condition on every element of a kind.
pub fn evaluate(condition: &Condition, domain: Domain, facts: &Facts<'_>) -> Column {
    let count = facts.count(domain);
    match condition {
        Condition::Constant(value) => Column::constant(count, *value),
        Condition::Not(inner) => evaluate(inner, domain, facts).negated(),
        Condition::And(parts) => {
            let mut column = Column::constant(count, true);
            for part in parts {
                column.and(&evaluate(part, domain, facts));
                if column.no.count() == count {
                    break;
                }
            }
            column
        }
        Condition::Or(parts) => {
            let mut column = Column::constant(count, false);
            for part in parts {
                column.or(&evaluate(part, domain, facts));
            }
            column
        }
        Condition::Surely(inner) => Column::known(evaluate(inner, domain, facts).yes),
        Condition::Possibly(inner) => {
            let no = evaluate(inner, domain, facts).no;
            Column { yes: no.complement(), no }
        }
        Condition::Known(inner) => {
            let column = evaluate(inner, domain, facts);
            let mut known = column.yes;
            known.or(&column.no);
            Column::known(known)
        }
        Condition::Fact(walk, fact, test) => gather(walk, domain, facts, |at| test_column(at, *fact, test, facts)),
        Condition::Is(walk, technologies) => {
            gather(walk, domain, facts, |at| Column::of(facts.count(at), |element| facts.is(element, technologies)))
        }
        Condition::Has(walk, control) => gather(walk, domain, facts, |at| {
            facts.control_column(at, *control).cloned().unwrap_or_else(|| Column::unknown(facts.count(at)))
        }),
        Condition::Tagged(walk, tag) => gather(walk, domain, facts, |at| {
            Column::known(Bits::of(facts.count(at), |element| tagged(facts, at, element, tag)))
        }),
        Condition::Exists(walk, relation, _, inner) => gather(walk, domain, facts, |at| {
            let inner = evaluate(inner, relation.definition().to, facts);
            over(facts, at, *relation, |row| {
                let mut truth = Truth::False;
                for target in row {
                    truth = truth.or(inner.get(*target as usize));
                    if truth == Truth::True {
                        break;
                    }
                }
                truth
            })
        }),
        Condition::All(walk, relation, _, inner) => gather(walk, domain, facts, |at| {
            let inner = evaluate(inner, relation.definition().to, facts);
            over(facts, at, *relation, |row| {
                let mut truth = Truth::True;
                for target in row {
                    truth = truth.and(inner.get(*target as usize));
                    if truth == Truth::False {
                        break;
                    }
                }
                truth
            })
        }),
        Condition::Size(walk, relation, comparison, number) => gather(walk, domain, facts, |at| {
            over(facts, at, *relation, |row| {
                let size = i64::try_from(row.len()).unwrap_or(i64::MAX);
                Truth::of(Some(comparison.holds(&size, number)))
            })
        }),
    }
}

/// Whether an element carries a tag, also as the first part of `tag:more`.
pub(crate) fn tagged(facts: &Facts<'_>, domain: Domain, at: usize, tag: &str) -> bool {
    let element = facts.model.get(vauban_model::model::ElementRef::new(domain, at));
    element.is_some_and(|element| {
        element.tags.iter().any(|own| {
            let own = own.to_lowercase();
            own == tag || own.strip_prefix(tag).is_some_and(|rest| rest.starts_with(':'))
        })
    })
}

/// A column at the end of a walk, brought back to where the walk starts. Where the walk leads nowhere, nothing holds.
fn gather(walk: &[Relation], domain: Domain, facts: &Facts<'_>, column: impl FnOnce(Domain) -> Column) -> Column {
    let end = walk.last().map_or(domain, |relation| relation.definition().to);
    let mut column = column(end);
    for relation in walk.iter().rev() {
        let start = relation.definition().on;
        let rows = facts.index.rows(*relation);
        let inner = column;
        column = Column::of(facts.count(start), |at| match rows.row(at).first() {
            Some(target) => inner.get(*target as usize),
            None => Truth::False,
        });
    }
    column
}

fn over(facts: &Facts<'_>, domain: Domain, relation: Relation, truth: impl Fn(&[u32]) -> Truth) -> Column {
    let rows = facts.index.rows(relation);
    Column::of(facts.count(domain), |at| truth(rows.row(at)))
}

fn test_column(domain: Domain, fact: FactId, test: &Test, facts: &Facts<'_>) -> Column {
    let count = facts.count(domain);
    if *test == Test::Known {
        return Column::known(known_bits(domain, fact, facts));
    }
    match (facts.values(domain, fact), test) {
        (Some(Values::Bool(column)), Test::Yes) => column.clone(),
        _ => Column::of(count, |at| test_at(domain, fact, test, at, facts)),
    }
}

fn known_bits(domain: Domain, fact: FactId, facts: &Facts<'_>) -> Bits {
    let count = facts.count(domain);
    match facts.values(domain, fact) {
        Some(Values::Bool(column)) => {
            let mut known = column.yes.clone();
            known.or(&column.no);
            known
        }
        Some(Values::Symbol(list)) => Bits::of(count, |at| list[at] != NONE),
        Some(Values::Set(_, known)) => known.clone(),
        Some(Values::Number(list)) => Bits::of(count, |at| list[at].is_some()),
        Some(Values::Words(map)) => Bits::of(count, |at| u32::try_from(at).is_ok_and(|at| map.contains_key(&at))),
        None => Bits::of(count, |at| {
            let element = facts.model.get(vauban_model::model::ElementRef::new(domain, at));
            element.is_some_and(|element| element.fact(fact).is_some())
        }),
    }
}

/// The truth of one test of a fact at one element.
pub(crate) fn test_at(domain: Domain, fact: FactId, test: &Test, at: usize, facts: &Facts<'_>) -> Truth {
    match test {
        Test::Yes => facts.truth(domain, fact, at),
        Test::OneOf(values) => Truth::of(facts.symbol(domain, fact, at).map(|value| values.contains(&value))),
        Test::Symbol(comparison, wanted) => {
            Truth::of(facts.symbol(domain, fact, at).map(|value| comparison.holds(&value, wanted)))
        }
        Test::Number(comparison, wanted) => {
            Truth::of(facts.number(domain, fact, at).map(|value| comparison.holds(&value, wanted)))
        }
        Test::Contains(value) => Truth::of(facts.set(domain, fact, at).map(|mask| mask >> value & 1 == 1)),
        Test::ContainsWord(word) => match facts.values(domain, fact) {
            Some(Values::Words(map)) => {
                let found = u32::try_from(at).ok().and_then(|at| map.get(&at));
                Truth::of(found.map(|words| words.contains(word)))
            }
            _ => Truth::Unknown,
        },
        Test::Known => {
            let element = vauban_model::model::ElementRef::new(domain, at);
            Truth::of(Some(facts.text(element, fact).is_some()))
        }
    }
}
