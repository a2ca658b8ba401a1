//! Expressions of PlantUML's preprocessor, as far as they can be worked out here: texts, whole numbers, variables, `+ - * /`,
//! comparisons, `!`, `&&`, `||` and brackets. What a function of the tool gives is not known, which is not false.

/// Brackets and signs in each other at most.
const MOST_DEPTH: usize = 40;
/// Letters of a text at most.
const MOST_TEXT: usize = 1 << 16;

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    Text(String),
    Number(i64),
}

impl Worth {
    /// As it is written into a diagram.
    pub(super) fn shown(&self) -> String {
        match self {
            Worth::Text(text) => text.clone(),
            Worth::Number(number) => number.to_string(),
        }
    }

    /// Whether it counts as true: any text does, says PlantUML's page of the preprocessor, and any number but 0.
    fn truth(&self) -> bool {
        match self {
            Worth::Number(number) => *number != 0,
            Worth::Text(_) => true,
        }
    }
}

/// Where the values of variables come from.
pub(super) trait Variables {
    /// The value of one.
    fn value(&self, name: &str) -> Option<Worth>;
    /// Whether there is one, for `%variable_exists`.
    fn exists(&self, name: &str) -> bool;
}

/// What an expression comes to; nothing if that is not known here.
pub(super) fn worth(text: &str, variables: &dyn Variables) -> Option<Worth> {
    let mut reader = Reader { rest: text, variables, depth: 0 };
    let found = reader.either()?;
    if reader.rest.trim().is_empty() { found } else { None }
}

/// Whether a condition holds; nothing if that is not known here.
pub(super) fn holds(text: &str, variables: &dyn Variables) -> Option<bool> {
    Some(worth(text, variables)?.truth())
}

/// The number that a word is; one such as `007` is a text, or it would not come back as it is.
pub(super) fn number(word: &str) -> Option<Worth> {
    word.parse::<i64>().ok().filter(|number| number.to_string() == word).map(Worth::Number)
}

struct Reader<'t> {
    rest: &'t str,
    variables: &'t dyn Variables,
    depth: usize,
}

/// A value that may be unknown; the outer nothing is what cannot be read at all.
type Read = Option<Option<Worth>>;

fn of(truth: Option<bool>) -> Option<Worth> {
    truth.map(|truth| Worth::Number(i64::from(truth)))
}

impl Reader<'_> {
    fn take(&mut self, sign: &str) -> bool {
        match self.rest.trim_start().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn either(&mut self) -> Read {
        let mut found = self.both()?;
        while self.take("||") {
            let (left, right) = (found.as_ref().map(Worth::truth), self.both()?.as_ref().map(Worth::truth));
            // One that holds is enough, whatever the other is.
            found = of(match (left, right) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            });
        }
        Some(found)
    }

    fn both(&mut self) -> Read {
        let mut found = self.comparison()?;
        while self.take("&&") {
            let (left, right) = (found.as_ref().map(Worth::truth), self.comparison()?.as_ref().map(Worth::truth));
            found = of(match (left, right) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            });
        }
        Some(found)
    }

    fn comparison(&mut self) -> Read {
        let left = self.sum()?;
        let signs = ["==", "!=", "<=", ">=", "<", ">"];
        let Some(sign) = signs.into_iter().find(|sign| self.take(sign)) else { return Some(left) };
        let right = self.sum()?;
        let (Some(left), Some(right)) = (left, right) else { return Some(None) };
        let order = match (&left, &right) {
            (Worth::Number(left), Worth::Number(right)) => Some(left.cmp(right)),
            _ if matches!(sign, "==" | "!=") => Some(left.shown().cmp(&right.shown())),
            _ => None,
        };
        Some(of(order.map(|order| match sign {
            "==" => order.is_eq(),
            "!=" => order.is_ne(),
            "<=" => order.is_le(),
            ">=" => order.is_ge(),
            "<" => order.is_lt(),
            _ => order.is_gt(),
        })))
    }

    fn sum(&mut self) -> Read {
        let mut found = self.product()?;
        loop {
            let plus = self.take("+");
            if !plus && !self.take("-") {
                return Some(found);
            }
            let right = self.product()?;
            found = match (found, right) {
                (Some(Worth::Number(left)), Some(Worth::Number(right))) => {
                    if plus { left.checked_add(right) } else { left.checked_sub(right) }.map(Worth::Number)
                }
                // Texts are joined, a number beside one as it is written.
                (Some(left), Some(right)) if plus => {
                    let joined = left.shown() + &right.shown();
                    (joined.len() <= MOST_TEXT).then_some(Worth::Text(joined))
                }
                _ => None,
            };
        }
    }

    fn product(&mut self) -> Read {
        let mut found = self.term()?;
        loop {
            let times = self.take("*");
            if !times && !self.take("/") {
                return Some(found);
            }
            found = match (found, self.term()?) {
                (Some(Worth::Number(left)), Some(Worth::Number(right))) => {
                    if times { left.checked_mul(right) } else { left.checked_div(right) }.map(Worth::Number)
                }
                _ => None,
            };
        }
    }

    fn term(&mut self) -> Read {
        self.depth += 1;
        let found = if self.depth > MOST_DEPTH { None } else { self.inner() };
        self.depth -= 1;
        found
    }

    fn inner(&mut self) -> Read {
        if self.take("(") {
            let found = self.either()?;
            return self.take(")").then_some(found);
        }
        if !self.rest.trim_start().starts_with("!=") && self.take("!") {
            let found = self.term()?;
            return Some(of(found.as_ref().map(|found| !found.truth())));
        }
        if self.take("-") {
            let found = self.term()?;
            return Some(match found {
                Some(Worth::Number(number)) => number.checked_neg().map(Worth::Number),
                _ => None,
            });
        }
        for quote in ['"', '\''] {
            if let Some(inside) = self.rest.trim_start().strip_prefix(quote) {
                let (text, rest) = inside.split_once(quote)?;
                self.rest = rest;
                return Some(Some(Worth::Text(text.to_owned())));
            }
        }
        let rest = self.rest.trim_start();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '%' | '.');
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end)?;
        if word.is_empty() {
            return None;
        }
        self.rest = after;
        if word == "%not" && self.take("(") {
            let found = self.either()?;
            return self.take(")").then(|| of(found.as_ref().map(|found| !found.truth())));
        }
        if word.starts_with(['%', '$']) && self.take("(") {
            return self.called(word);
        }
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(Some(number(word).unwrap_or_else(|| Worth::Text(word.to_owned()))));
        }
        Some(match word {
            "true" | "false" => of(Some(word == "true")),
            word => self.variables.value(word),
        })
    }

    /// What a function gives; most are of the tool, and not known.
    fn called(&mut self, name: &str) -> Read {
        let mut depth = 1usize;
        let mut quoted = false;
        let end = self.rest.char_indices().find(|(_, c)| {
            match c {
                '"' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let (inside, rest) = self.rest.split_at_checked(end?.0)?;
        self.rest = rest.strip_prefix(')')?;
        let plain = inside.trim().trim_matches(['"', '\'']);
        Some(match name {
            "%true" => of(Some(true)),
            "%false" => of(Some(false)),
            "%variable_exists" => of(Some(self.variables.exists(plain))),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Variables, Worth, holds, worth};

    struct Some3;

    impl Variables for Some3 {
        fn value(&self, name: &str) -> Option<Worth> {
            match name {
                "$name" => Some(Worth::Text("Shop".to_owned())),
                "$count" => Some(Worth::Number(3)),
                _ => None,
            }
        }

        fn exists(&self, name: &str) -> bool {
            matches!(name, "$name" | "$count")
        }
    }

    #[test]
    fn conditions_are_worked_out_as_far_as_they_are_known() {
        for (text, expected) in [
            ("$name == \"Shop\" && $count > 2", Some(true)),
            ("($name == \"Shop\") && ($count > 5)", Some(false)),
            ("$name == \"Shop\" || %version() > 1", Some(true)),
            ("$name == \"Shop\" && %version() > 1", None),
            ("$name != \"Shop\" && %version() > 1", Some(false)),
            ("!($count == 3)", Some(false)),
            ("!%variable_exists(\"$other\")", Some(true)),
            ("$count * 2 - 1 == 5", Some(true)),
            ("%not($count == 3)", Some(false)),
            ("$other == 1", None),
            ("\"a && b\" == \"a && b\"", Some(true)),
            ("$count ==", None),
            ("", None),
            ("1 / 0 == 1", None),
            ("$name", Some(true)),
            ("\"false\"", Some(true)),
            ("0", Some(false)),
            ("false", Some(false)),
            ("true == 1", Some(true)),
            ("$name == 'Shop'", Some(true)),
        ] {
            assert_eq!(holds(text, &Some3), expected, "{text}");
        }
        assert_eq!(holds(&"(".repeat(10_000), &Some3), None);
        assert_eq!(holds(&"!".repeat(10_000), &Some3), None);
        assert_eq!(holds(&"%not(".repeat(10_000), &Some3), None);
    }

    #[test]
    fn numbers_are_added_and_texts_joined() {
        assert_eq!(worth("$count + 1", &Some3), Some(Worth::Number(4)));
        assert_eq!(worth("$name + \" \" + $count", &Some3), Some(Worth::Text("Shop 3".to_owned())));
        assert_eq!(worth("\"1\" + \"2\"", &Some3), Some(Worth::Text("12".to_owned())));
        assert_eq!(worth("1.5", &Some3), Some(Worth::Text("1.5".to_owned())));
        assert_eq!(worth("-2 + 5", &Some3), Some(Worth::Number(3)));
    }
}
