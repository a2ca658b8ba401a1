//! Conditions of statements: every operator, over keys that are known, unknown, or the caller's to choose.

use core::net::IpAddr;

use vauban_model::resource::{Text, Value, ValueKind};

use super::arn::{Names, segments};
use super::document::{field, texts};
use super::matching::{Choice, Tok, Tri, fits, name, pattern};
use super::policy::{has_variables, literally, substitute};
use crate::permissions::Settable;

/// Stands for the number of an account that is none of those in sight, nor of those that a policy names.
pub(crate) const ANOTHER: &str = "000000000000";

/// Moments before this one are past, in seconds since 1970 as well; see `expressions` for the same of Google Cloud.
const WRITTEN: &str = crate::permissions::expressions::WRITTEN;
const WRITTEN_SECONDS: f64 = 1_767_225_600.0;

/// What an operator compares, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    /// Equal text.
    Equals,
    /// Equal text without regard to case.
    EqualsIgnoringCase,
    /// Text with wildcards.
    Like,
    /// Names of resources, with wildcards.
    Arn,
    /// Numbers or dates, by the sign between value and limit.
    Order(Sign),
    /// Yes or no.
    Bool,
    /// Bytes.
    Binary,
    /// An address in a range.
    Address,
    /// Whether the key is absent.
    Null,
    /// An operator nobody knows.
    Unknown,
}

/// Signs of comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Equal.
    Equal,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// Greater.
    Greater,
    /// Greater or equal.
    AtLeast,
}

/// For keys with several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// The key has one value.
    One,
    /// Every value has to fit; none at all fits too.
    All,
    /// One of the values has to.
    Any,
}

/// A condition of a statement.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    test: Test,
    negated: bool,
    if_exists: bool,
    quantifier: Quantifier,
    /// In lower case, but for the name of a tag.
    pub(crate) key: String,
    values: Vec<String>,
}

/// The value of a key in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// The request does not have it.
    Absent,
    /// These, with `${…}` for unknown and `*` for chosen parts.
    Known(Vec<String>),
    /// Nobody knows.
    Unknown,
    /// The caller sets it as wanted.
    Chosen,
    /// It has a value that equals nothing stated.
    Other,
    /// It is the moment of the request, or one shortly before: nobody knows which, and it is none that is past.
    Now,
}

/// How a key's value may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Of what.
    pub(crate) resource: u32,
    /// What it is: the tag's name; nothing for a second factor.
    pub(crate) tag: Option<String>,
    /// The permissions that set it, all of them.
    pub(crate) set: Vec<String>,
    /// The permissions that take it away.
    pub(crate) remove: Vec<String>,
}

/// A key's value and how it may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) held: Held,
    pub(crate) change: Option<Change>,
    /// What its value leans on.
    pub(crate) assumes: Option<String>,
}

impl From<Held> for State {
    fn from(held: Held) -> Self {
        State { held, change: None, assumes: None }
    }
}

/// How a condition comes out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// As things are; nothing when it is not known.
    pub(crate) now: Option<bool>,
    /// The caller may have it either way.
    pub(crate) chosen: bool,
    /// What would make it hold.
    pub(crate) to_hold: Option<Settable>,
    /// What would make it fail.
    pub(crate) to_fail: Option<Settable>,
    /// What it leans on.
    pub(crate) assumes: Option<Text>,
}

/// Reads the conditions of a statement.
pub(crate) fn conditions(names: &Names<'_>, value: &Value, from: u32, certain: &mut bool) -> Vec<Condition> {
    let mut out = Vec::new();
    let scope = names.scope_of(from);
    let canonical = |key: &str, list: Vec<(String, vauban_model::Span)>| -> Vec<String> {
        // A key that holds an account is compared with accounts, however they are written.
        let account = key.to_ascii_lowercase().ends_with("account");
        let fixed = |text: String| match account && text.contains("account") {
            true => names.account_named(&text, &scope),
            false => organization(names.canonical(&text, &scope)),
        };
        list.into_iter().map(|(text, _)| fixed(text)).collect()
    };
    // Blocks: `condition { test, variable, values }`.
    let blocks: Vec<&Value> = value.each().iter().filter(|item| field(item, &["variable"]).is_some()).collect();
    if !blocks.is_empty() {
        for block in blocks {
            let text = |key: &str| field(block, &[key]).map(|value| names.render(value, from, 0)).unwrap_or_default();
            let (values, sure) =
                field(block, &["values", "value"]).map(|value| texts(names, value, from)).unwrap_or_default();
            *certain &= sure;
            let key = text("variable");
            out.push(Condition::new(&text("test"), &key, canonical(&key, values)));
        }
        return out;
    }
    let maps = match value.as_map() {
        Some(_) => std::slice::from_ref(value),
        None => value.as_list().unwrap_or_default(),
    };
    if maps.is_empty() && !value.is_null() && value.as_list().is_none() {
        *certain = false;
    }
    for (operator, keys) in maps.iter().flat_map(|map| map.as_map().unwrap_or_default()) {
        match keys.as_map() {
            Some(entries) => {
                for (key, values) in entries {
                    let (values, sure) = texts(names, values, from);
                    *certain &= sure;
                    // A key may hold unknown parts: `${oidc provider}:sub`.
                    out.push(Condition::new(operator, key, canonical(key, values)));
                }
            }
            None => *certain = false,
        }
    }
    out
}

/// Whatever looks the own organisation up is the own organisation.
fn organization(text: String) -> String {
    if text.starts_with("${") && text.contains("aws_organizations_organization") && text.ends_with(".id}") {
        "${organization}".to_owned()
    } else {
        text
    }
}

/// Reads conditions whose values are all known.
pub(crate) fn known(value: &Value) -> Vec<Condition> {
    let mut out = Vec::new();
    for (operator, keys) in value.as_map().unwrap_or_default() {
        for (key, values) in keys.as_map().unwrap_or_default() {
            let values = values
                .each()
                .iter()
                .map(|value| match &value.kind {
                    ValueKind::Bool(value) => value.to_string(),
                    ValueKind::Number(value) => value.to_string(),
                    _ => value.as_text().unwrap_or_default().to_owned(),
                })
                .collect();
            out.push(Condition::new(operator, key, values));
        }
    }
    out
}

impl Condition {
    /// The same in the language's first version, which has no variables.
    pub(crate) fn literal(mut self) -> Self {
        self.values.iter_mut().for_each(|value| *value = literally(value));
        self
    }

    /// What it compares with, as written.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(String::as_str)
    }

    /// Whether it asks that the key is none of its values.
    pub(crate) fn is_negated(&self) -> bool {
        self.negated
    }

    /// Whether a request without the key meets it: `ForAllValues` asks for no value, `IfExists` for none that is not there.
    pub(crate) fn holds_without(&self) -> bool {
        self.if_exists || self.quantifier == Quantifier::All
    }

    /// Reads an operator, a key and its values.
    pub(crate) fn new(operator: &str, key: &str, values: Vec<String>) -> Self {
        let lower = operator.trim().to_ascii_lowercase();
        let (quantifier, rest) = match lower.split_once(':') {
            Some(("forallvalues", rest)) => (Quantifier::All, rest),
            Some(("foranyvalue", rest)) => (Quantifier::Any, rest),
            _ => (Quantifier::One, lower.as_str()),
        };
        let (if_exists, rest) = match rest.strip_suffix("ifexists") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (test, negated) = match rest {
            "stringequals" => (Test::Equals, false),
            "stringnotequals" => (Test::Equals, true),
            "stringequalsignorecase" => (Test::EqualsIgnoringCase, false),
            "stringnotequalsignorecase" => (Test::EqualsIgnoringCase, true),
            "stringlike" => (Test::Like, false),
            "stringnotlike" => (Test::Like, true),
            "arnequals" | "arnlike" => (Test::Arn, false),
            "arnnotequals" | "arnnotlike" => (Test::Arn, true),
            "numericequals" | "dateequals" => (Test::Order(Sign::Equal), false),
            "numericnotequals" | "datenotequals" => (Test::Order(Sign::Equal), true),
            "numericlessthan" | "datelessthan" => (Test::Order(Sign::Less), false),
            "numericlessthanequals" | "datelessthanequals" => (Test::Order(Sign::AtMost), false),
            "numericgreaterthan" | "dategreaterthan" => (Test::Order(Sign::Greater), false),
            "numericgreaterthanequals" | "dategreaterthanequals" => (Test::Order(Sign::AtLeast), false),
            "bool" => (Test::Bool, false),
            "binaryequals" => (Test::Binary, false),
            "ipaddress" => (Test::Address, false),
            "notipaddress" => (Test::Address, true),
            "null" => (Test::Null, false),
            _ => (Test::Unknown, false),
        };
        // Names of keys compare without case, names of tags in them with it.
        let key = match key.split_once('/') {
            Some((head, tag)) if head.to_ascii_lowercase().ends_with("tag") => {
                format!("{}/{tag}", head.to_ascii_lowercase())
            }
            _ => key.to_ascii_lowercase(),
        };
        Condition { test, negated, if_exists, quantifier, key, values }
    }

    /// In words.
    pub(crate) fn describe(&self) -> String {
        let sign = match (&self.test, self.negated) {
            (Test::Order(Sign::Less), _) => "is below",
            (Test::Order(Sign::AtMost), _) => "is at most",
            (Test::Order(Sign::Greater), _) => "is above",
            (Test::Order(Sign::AtLeast), _) => "is at least",
            (_, true) => "is not",
            (_, false) => "is",
        };
        format!("`{}` {sign} `{}`", self.key, self.values.join("` or `"))
    }

    /// How it comes out when its key has a value.
    pub(crate) fn outcome(&self, state: &State, fill: &dyn Fn(&str) -> Option<String>) -> Outcome {
        let assumes = |held: &Held| match (&state.assumes, held) {
            (Some(text), _) => Some(Text::from(text.as_str())),
            // True of what allows and of what denies: yes lets the request through.
            (None, Held::Unknown) => {
                Some(Text::from(format!("the condition that {} does not stand in the way", self.describe())))
            }
            _ => None,
        };
        let mut out = Outcome::default();
        if state.held == Held::Chosen {
            out.chosen = true;
            out.now = Some(true);
            out.assumes = state.assumes.as_deref().map(Text::from);
            return out;
        }
        let now = self.holds(&state.held, fill);
        out.now = match now {
            Tri::Yes => Some(true),
            Tri::No => Some(false),
            Tri::Maybe => None,
        };
        out.assumes = match now {
            Tri::Maybe => assumes(&Held::Unknown),
            _ => assumes(&state.held),
        };
        if let Some(change) = &state.change {
            out.to_hold = if now == Tri::Yes { None } else { self.change(change, Tri::Yes, fill) };
            out.to_fail = if now == Tri::No { None } else { self.change(change, Tri::No, fill) };
        }
        out
    }

    /// What to change so that the condition comes out as wanted.
    fn change(&self, change: &Change, wanted: Tri, fill: &dyn Fn(&str) -> Option<String>) -> Option<Settable> {
        let mut what: Option<String> = None;
        let mut by: Vec<Vec<Text>> = Vec::new();
        let mut add = |text: String, permissions: &[String]| {
            what.get_or_insert(text);
            let list: Vec<Text> = permissions.iter().map(|one| Text::from(one.as_str())).collect();
            if !list.is_empty() && !by.contains(&list) {
                by.push(list);
            }
        };
        match &change.tag {
            Some(tag) => {
                // Whether a tag is there at all is no question of its value.
                for value in self.values.iter().filter(|_| self.test != Test::Null) {
                    let Some(value) = substitute(value, fill) else { continue };
                    let value = if self.test == Test::Like { value.replace(['*', '?'], "x") } else { value };
                    if self.holds(&Held::Known(vec![value.clone()]), fill) == wanted {
                        add(format!("tag {tag}={value}"), &change.set);
                        break;
                    }
                }
                if self.holds(&Held::Absent, fill) == wanted {
                    add(format!("no tag {tag}"), &change.remove);
                }
                if self.holds(&Held::Other, fill) == wanted {
                    add(format!("another tag {tag}"), &change.set);
                }
            }
            None => {
                let present = if self.key.ends_with("age") { "0" } else { "true" };
                if self.holds(&Held::Known(vec![present.to_owned()]), fill) == wanted {
                    add("second factor".to_owned(), &change.set);
                }
            }
        }
        let what = what?;
        (!by.is_empty()).then(|| Settable { resource: change.resource, what: what.into(), by })
    }

    /// Whether it holds.
    pub(crate) fn holds(&self, held: &Held, fill: &dyn Fn(&str) -> Option<String>) -> Tri {
        if self.test == Test::Null {
            let wanted = self.values.first().map_or("true", String::as_str);
            let absent = match held {
                Held::Absent => Tri::Yes,
                Held::Unknown => Tri::Maybe,
                _ => Tri::No,
            };
            return match wanted {
                "true" => absent,
                "false" => absent.not(),
                _ => Tri::Maybe,
            };
        }
        if self.test == Test::Unknown {
            return Tri::Maybe;
        }
        let values = match held {
            Held::Absent if self.if_exists || self.quantifier == Quantifier::All => return Tri::Yes,
            Held::Absent => return Tri::of(self.negated && self.quantifier != Quantifier::Any),
            Held::Other if self.test == Test::Address && self.everywhere() => return Tri::of(!self.negated),
            Held::Other if self.test == Test::Address && self.values.iter().any(|value| value.contains("${")) => {
                return Tri::Maybe;
            }
            Held::Other => return Tri::of(self.negated),
            Held::Chosen => return Tri::Yes,
            Held::Unknown if self.test == Test::Address && self.everywhere() => return Tri::of(!self.negated),
            Held::Now => return self.by_the_clock(),
            Held::Unknown => return Tri::Maybe,
            Held::Known(values) => values,
        };
        let each = values.iter().map(|value| {
            let any = self.values.iter().map(|wanted| self.compare(wanted, value, fill)).max().unwrap_or(Tri::No);
            if self.negated { any.not() } else { any }
        });
        match self.quantifier {
            Quantifier::All => each.min().unwrap_or(Tri::Yes),
            Quantifier::One | Quantifier::Any => each.max().unwrap_or(Tri::No),
        }
    }

    /// Whether a moment that is not past fits. What starts or ends later may or may not.
    fn by_the_clock(&self) -> Tri {
        let Test::Order(sign) = self.test else { return Tri::Maybe };
        let one = |value: &String| {
            let past = match value.parse::<f64>() {
                Ok(seconds) => seconds < WRITTEN_SECONDS,
                Err(_) => {
                    value.get(..WRITTEN.len()).is_some_and(|day| day < WRITTEN && day.starts_with(char::is_numeric))
                }
            };
            match (past, sign) {
                (false, _) => Tri::Maybe,
                (true, Sign::Greater | Sign::AtLeast) => Tri::Yes,
                (true, Sign::Equal | Sign::Less | Sign::AtMost) => Tri::No,
            }
        };
        let any = self.values.iter().map(one).max().unwrap_or(Tri::No);
        if self.negated { any.not() } else { any }
    }

    /// Whether every address is in one of the ranges.
    fn everywhere(&self) -> bool {
        let mut ranges: Vec<(u32, u128, u128)> = self.values.iter().filter_map(|value| range(value)).collect();
        ranges.sort_unstable();
        [32u32, 128].into_iter().any(|wide| {
            // The first address that no range so far holds; nothing when all are held.
            let mut next = Some(0u128);
            for (_, from, to) in ranges.iter().filter(|(width, ..)| *width == wide) {
                match next {
                    Some(free) if *from <= free && *to >= free => {
                        next = to.checked_add(1).filter(|after| wide == 128 || *after < 1u128 << 32);
                    }
                    _ => {}
                }
            }
            next.is_none()
        })
    }

    fn compare(&self, wanted: &str, value: &str, fill: &dyn Fn(&str) -> Option<String>) -> Tri {
        let filled;
        let wanted = if has_variables(wanted) {
            match substitute(wanted, fill) {
                Some(text) => {
                    filled = text;
                    filled.as_str()
                }
                None => return Tri::No,
            }
        } else {
            wanted
        };
        // Whatever names an account names another one than that.
        let names_account = |part: &&str| part.chars().any(|c| !matches!(c, '*' | '?'));
        if value.contains(ANOTHER) && segments(wanted, 6).get(4).is_some_and(names_account) {
            return Tri::No;
        }
        match self.test {
            Test::Equals | Test::Binary => equal(wanted, value),
            Test::EqualsIgnoringCase | Test::Bool => equal(&wanted.to_ascii_lowercase(), &value.to_ascii_lowercase()),
            Test::Like | Test::Arn => fits(&pattern(wanted), &name(value), Choice::Some),
            Test::Order(sign) => order(sign, wanted, value),
            Test::Address => address(wanted, value),
            Test::Null | Test::Unknown => Tri::Maybe,
        }
    }
}

fn equal(wanted: &str, value: &str) -> Tri {
    if wanted == value {
        return Tri::Yes;
    }
    if !wanted.contains("${") && !value.contains("${") && !value.contains('*') {
        return Tri::No;
    }
    let literal: Vec<Tok> = pattern(wanted)
        .into_iter()
        .map(|tok| match tok {
            Tok::Any => Tok::Char('*'),
            Tok::One => Tok::Char('?'),
            other => other,
        })
        .collect();
    fits(&literal, &name(value), Choice::Some)
}

fn order(sign: Sign, wanted: &str, value: &str) -> Tri {
    if wanted.contains("${") || value.contains("${") {
        return Tri::Maybe;
    }
    let compared = match (value.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.partial_cmp(&b),
        // Dates in the form of ISO 8601 compare as text as long as both are of one form.
        _ if value.len() == wanted.len() => Some(value.cmp(wanted)),
        _ => None,
    };
    let Some(compared) = compared else { return Tri::Maybe };
    Tri::of(match sign {
        Sign::Equal => compared.is_eq(),
        Sign::Less => compared.is_lt(),
        Sign::AtMost => compared.is_le(),
        Sign::Greater => compared.is_gt(),
        Sign::AtLeast => compared.is_ge(),
    })
}

fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(four) => (u128::from(u32::from(four)), 32),
        IpAddr::V6(six) => (u128::from(six), 128),
    }
}

/// The width of the addresses of a range in bits, its first address and its last.
fn range(text: &str) -> Option<(u32, u128, u128)> {
    let (base, length) = text.split_once('/')?;
    let (base, wide) = bits(base.parse::<IpAddr>().ok()?);
    let free = wide.checked_sub(length.parse::<u32>().ok()?)?;
    let rest = if free >= 128 { u128::MAX } else { (1u128 << free) - 1 };
    Some((wide, base & !rest, base | rest))
}

fn address(range: &str, value: &str) -> Tri {
    let (base, length) = match range.split_once('/') {
        Some((base, length)) => (base, length.parse::<u32>().ok()),
        None => (range, Some(128)),
    };
    let (Ok(base), Ok(value), Some(length)) = (base.parse::<IpAddr>(), value.parse::<IpAddr>(), length) else {
        return Tri::Maybe;
    };
    let ((a, wide), (b, other)) = (bits(base), bits(value));
    if wide != other {
        return Tri::No;
    }
    let drop = wide.saturating_sub(length.min(wide));
    Tri::of(drop >= 128 || (a >> drop) == (b >> drop))
}
