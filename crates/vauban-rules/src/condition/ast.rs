//! A checked condition. Every name has been looked up and every comparison has the right types.

use vauban_model::vocabulary::{Domain, FactId, Relation};

/// How two things compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Equal,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
}

impl Comparison {
    /// Applies it.
    pub fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Comparison::Equal => left == right,
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
        }
    }

    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }
}

/// What is asked of one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// A yes/no fact is yes.
    Yes,
    /// An enumeration fact is one of these positions.
    OneOf(Vec<u16>),
    /// An ordered enumeration fact compares with a position.
    Symbol(Comparison, u16),
    /// A number compares.
    Number(Comparison, i64),
    /// A set holds this position.
    Contains(u16),
    /// A list of words holds this word.
    ContainsWord(Box<str>),
    /// The fact is known at all.
    Known,
}

/// A condition on the elements of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Always or never.
    Constant(bool),
    /// The other way round.
    Not(Box<Condition>),
    /// All of them.
    And(Vec<Condition>),
    /// Any of them.
    Or(Vec<Condition>),
    /// Unknown counts as no.
    Surely(Box<Condition>),
    /// Unknown counts as yes.
    Possibly(Box<Condition>),
    /// Yes when the inner condition is not unknown.
    Known(Box<Condition>),
    /// A test of a fact, after a walk along relations that lead to one element each.
    Fact(Vec<Relation>, FactId, Test),
    /// The technology is one of these or a kind of it: indices into the library's technologies.
    Is(Vec<Relation>, Vec<u32>),
    /// A control is there: an index into the library's controls.
    Has(Vec<Relation>, u32),
    /// The element carries a tag.
    Tagged(Vec<Relation>, Box<str>),
    /// Some element that a relation leads to satisfies the inner condition; the name is the variable.
    Exists(Vec<Relation>, Relation, Box<str>, Box<Condition>),
    /// Every element that a relation leads to satisfies the inner condition.
    All(Vec<Relation>, Relation, Box<str>, Box<Condition>),
    /// How many elements a relation leads to.
    Size(Vec<Relation>, Relation, Comparison, i64),
}

impl Condition {
    /// Adds every fact that the condition asks for.
    pub fn facts(&self, out: &mut rustc_hash::FxHashSet<FactId>) {
        match self {
            Condition::Not(inner)
            | Condition::Surely(inner)
            | Condition::Possibly(inner)
            | Condition::Known(inner)
            | Condition::Exists(_, _, _, inner)
            | Condition::All(_, _, _, inner) => inner.facts(out),
            Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| part.facts(out)),
            Condition::Fact(_, fact, _) => {
                out.insert(*fact);
            }
            _ => {}
        }
    }

    /// Whether the condition asks for a control.
    pub fn asks_for_control(&self, control: u32) -> bool {
        match self {
            Condition::Not(inner)
            | Condition::Surely(inner)
            | Condition::Possibly(inner)
            | Condition::Known(inner)
            | Condition::Exists(_, _, _, inner)
            | Condition::All(_, _, _, inner) => inner.asks_for_control(control),
            Condition::And(parts) | Condition::Or(parts) => parts.iter().any(|part| part.asks_for_control(control)),
            Condition::Has(_, own) => *own == control,
            _ => false,
        }
    }

    /// The variables that an `exists` binds, with the kinds they range over, outermost first.
    pub fn variables(&self, out: &mut Vec<(Box<str>, Domain)>) {
        match self {
            Condition::Not(inner) | Condition::Surely(inner) | Condition::Possibly(inner) | Condition::Known(inner) => {
                inner.variables(out)
            }
            Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| part.variables(out)),
            Condition::Exists(_, relation, variable, inner) | Condition::All(_, relation, variable, inner) => {
                out.push((variable.clone(), relation.definition().to));
                inner.variables(out);
            }
            _ => {}
        }
    }
}
