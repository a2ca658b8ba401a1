//! Metrics of threat modeling: a name, a definition, and what came out or why nothing could.

/// What a metric is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// How much is modelled.
    Coverage,
    /// How good the models are.
    Quality,
    /// Whether the models are right.
    Validation,
    /// How the work goes.
    Process,
    /// What came of it.
    Outcome,
    /// Whether models change anything.
    Effect,
}

impl Class {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Coverage => "coverage",
            Class::Quality => "quality",
            Class::Validation => "validation",
            Class::Process => "process",
            Class::Outcome => "outcome",
            Class::Effect => "effect",
        }
    }
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A share: so many of so many.
    Share(u64, u64),
    /// A number of things.
    Count(u64),
    /// A sum over a number of things, shown as their mean.
    Mean(u64, u64, &'static str),
    /// Twice the middle of sorted numbers, so that it is whole; of how many; their unit.
    Median(u64, u64, &'static str),
    /// A number for each of several names, in order.
    Series(Vec<(String, u64)>),
    /// It cannot be computed: because.
    Unknown(String),
}

impl Value {
    /// The value as text.
    pub fn text(&self) -> String {
        match self {
            Value::Share(of, all) if *all > 0 => {
                // Rounded half up, in whole numbers.
                let tenths = (u128::from(*of) * 1_000 + u128::from(*all) / 2) / u128::from(*all);
                format!("{}.{} %", tenths / 10, tenths % 10)
            }
            Value::Share(..) => "none to count".to_owned(),
            Value::Count(count) => count.to_string(),
            Value::Mean(sum, count, unit) if *count > 0 => {
                let tenths = (u128::from(*sum) * 10 + u128::from(*count) / 2) / u128::from(*count);
                format!("{}.{} {unit}", tenths / 10, tenths % 10).trim_end().to_owned()
            }
            Value::Mean(..) => "none to count".to_owned(),
            Value::Median(2, _, unit) => format!("1 {}", unit.trim_end_matches('s')),
            Value::Median(twice, _, unit) if twice % 2 == 0 => format!("{} {unit}", twice / 2),
            Value::Median(twice, _, unit) => format!("{}.5 {unit}", twice / 2),
            Value::Series(all) if all.is_empty() => "none".to_owned(),
            Value::Series(all) => {
                all.iter().map(|(name, count)| format!("{name}: {count}")).collect::<Vec<_>>().join(", ")
            }
            Value::Unknown(_) => "not computable".to_owned(),
        }
    }

    /// A share, or why there is none when there is nothing to count.
    pub fn share(of: usize, all: usize, none: &str) -> Value {
        if all == 0 { Value::Unknown(none.to_owned()) } else { Value::Share(number(of), number(all)) }
    }

    /// The median of numbers in a unit, or why there is none: of an even number of them the mean of the two in the middle.
    pub fn median(mut numbers: Vec<u64>, unit: &'static str, none: &str) -> Value {
        numbers.sort_unstable();
        let (upper, lower) = (numbers.len() / 2, numbers.len().saturating_sub(1) / 2);
        match (numbers.get(lower), numbers.get(upper)) {
            (Some(lower), Some(upper)) => Value::Median(lower.saturating_add(*upper), number(numbers.len()), unit),
            _ => Value::Unknown(none.to_owned()),
        }
    }
}

/// A count as it is shown.
pub fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// One metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// A stable id: `systems-current`.
    pub id: &'static str,
    /// What it is about.
    pub class: Class,
    /// Its name.
    pub name: &'static str,
    /// How it is computed, what is counted and what is not.
    pub definition: &'static str,
    /// What came out.
    pub value: Value,
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        let of = |numbers: &[u64]| Value::median(numbers.to_vec(), "days", "none").text();
        assert_eq!(of(&[9, 1, 4]), "4 days");
        assert_eq!(of(&[10, 2]), "6 days");
        assert_eq!(of(&[3, 0, 1, 2]), "1.5 days");
        assert_eq!(of(&[1]), "1 day");
        assert_eq!(of(&[]), "not computable");
    }
}
