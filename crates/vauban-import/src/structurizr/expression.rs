//! Expressions behind `!elements` and `!relationships`: `element.tag==Database`, `*->orders`, joined by `&&` or `||`.

use super::elements::{Element, Kind, Relationship};

/// Comparisons that one expression has at most.
const MOST_TERMS: usize = 20;

/// An expression: any of several lists of which all must hold.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    any: Vec<Vec<Term>>,
}

/// A comparison.
#[derive(Clone, Debug)]
enum Term {
    /// Everything.
    All,
    Tag(Vec<String>, bool),
    Type(Kind, bool),
    Technology(String, bool),
    Parent(usize, bool),
    Is(usize, bool),
    /// A relationship from one to another, each any where it is none.
    Ends(Option<usize>, Option<usize>),
    /// An element with those that relationships join it with: before it, behind it.
    Around(usize, bool, bool),
}

impl Expression {
    /// Reads one; what is not understood is given back. `find` knows identifiers.
    pub(super) fn read(text: &str, find: &dyn Fn(&str) -> Option<usize>) -> Result<Expression, String> {
        let mut any = Vec::new();
        let mut number = 0;
        for part in text.split("||") {
            let mut all = Vec::new();
            for term in part.split("&&") {
                number += 1;
                if number > MOST_TERMS {
                    return Err(text.to_owned());
                }
                all.push(Term::read(term.trim(), find).ok_or_else(|| term.trim().to_owned())?);
            }
            any.push(all);
        }
        Ok(Expression { any })
    }

    /// Whether it asks what relationships join.
    pub(super) fn is_about_ends(&self) -> bool {
        self.any.iter().flatten().any(|term| matches!(term, Term::Ends(..) | Term::Around(..)))
    }

    /// The elements that it holds for, in their order. `ends` are those of all relationships.
    pub(super) fn elements(&self, all: &[Element], ends: &[(usize, usize)]) -> Vec<usize> {
        let mut found = vec![false; all.len()];
        for terms in &self.any {
            let mut here: Vec<bool> = all.iter().map(is_drawn).collect();
            for term in terms {
                let holds = term.elements(all, ends);
                for (slot, holds) in here.iter_mut().zip(holds) {
                    *slot &= holds;
                }
            }
            for (slot, here) in found.iter_mut().zip(here) {
                *slot |= here;
            }
        }
        found.iter().enumerate().filter(|(_, found)| **found).map(|(index, _)| index).collect()
    }

    /// Whether it holds for a relationship.
    pub(super) fn holds(&self, relationship: &Relationship, elements: &[Element]) -> bool {
        self.any.iter().any(|terms| terms.iter().all(|term| term.holds(relationship, elements)))
    }
}

/// Whether an element is one that expressions are about: groups and environments have no type.
fn is_drawn(element: &Element) -> bool {
    !matches!(element.kind, Kind::Group | Kind::Environment)
}

/// The tag that every element of a kind has without being given it.
fn own_tag(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::System => "software system",
        Kind::Container => "container",
        Kind::Component => "component",
        Kind::DeploymentNode => "deployment node",
        Kind::Infrastructure => "infrastructure node",
        Kind::Custom | Kind::Group | Kind::Environment | Kind::Instance => "element",
    }
}

fn has_tag(element: &Element, tag: &str) -> bool {
    element.said.tags.iter().any(|known| known.eq_ignore_ascii_case(tag))
        || tag.eq_ignore_ascii_case("element")
        || tag.eq_ignore_ascii_case(own_tag(element.kind))
}

impl Term {
    fn read(text: &str, find: &dyn Fn(&str) -> Option<usize>) -> Option<Term> {
        if matches!(text, "*" | "element==*" | "relationship==*") {
            return Some(Term::All);
        }
        let compared = [("!=", false), ("==", true)].into_iter().find_map(|(sign, equal)| {
            let (left, right) = text.split_once(sign)?;
            Some((left.trim().to_lowercase(), right.trim(), equal))
        });
        let Some((left, right, equal)) = compared else { return Term::ends(text, find) };
        let whole = |text: &str| text.trim_matches('"').trim().to_owned();
        match left.as_str() {
            "element.tag" | "relationship.tag" => Some(Term::Tag(right.split(',').map(whole).collect(), equal)),
            "element.type" => {
                let word: String = right.chars().filter(|c| c.is_alphanumeric()).collect();
                let word = word.to_lowercase();
                let kind = if word == "customelement" { Some(Kind::Custom) } else { Kind::of(&word) };
                kind.map(|kind| Term::Type(kind, equal))
            }
            "element.technology" | "relationship.technology" => Some(Term::Technology(whole(right), equal)),
            "element.parent" => find(right).map(|parent| Term::Parent(parent, equal)),
            "relationship.source" if equal => find(right).map(|end| Term::Ends(Some(end), None)),
            "relationship.destination" if equal => find(right).map(|end| Term::Ends(None, Some(end))),
            // `element==->orders->` is `->orders->`.
            "element" | "relationship" if equal && right.contains("->") => Term::ends(right, find),
            "element" => find(right).map(|element| Term::Is(element, equal)),
            _ => None,
        }
    }

    /// `*->orders`, `web->orders`, `->orders->`, or an identifier.
    fn ends(text: &str, find: &dyn Fn(&str) -> Option<usize>) -> Option<Term> {
        let bare = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace) && !text.contains("->");
        let (before, behind) = (text.strip_prefix("->"), text.strip_suffix("->"));
        let middle = text.trim_start_matches("->").trim_end_matches("->");
        if (before.is_some() || behind.is_some()) && bare(middle) {
            return find(middle).map(|element| Term::Around(element, before.is_some(), behind.is_some()));
        }
        match text.split_once("->") {
            Some((from, to)) => {
                let end = |text: &str| match text.trim() {
                    "*" => Some(None),
                    name => find(name).map(Some),
                };
                Some(Term::Ends(end(from)?, end(to)?))
            }
            None => find(text).filter(|_| bare(text)).map(|element| Term::Is(element, true)),
        }
    }

    /// Of each element, whether it holds.
    fn elements(&self, all: &[Element], ends: &[(usize, usize)]) -> Vec<bool> {
        let each = |holds: &dyn Fn(usize, &Element) -> bool| {
            all.iter().enumerate().map(|(index, element)| holds(index, element)).collect()
        };
        match self {
            Term::All => each(&|_, _| true),
            Term::Tag(tags, equal) => each(&|_, element| tags.iter().all(|tag| has_tag(element, tag)) == *equal),
            Term::Type(kind, equal) => each(&|_, element| (element.kind == *kind) == *equal),
            Term::Technology(text, equal) => {
                each(&|_, element| element.said.technology.eq_ignore_ascii_case(text) == *equal)
            }
            Term::Parent(parent, equal) => each(&|_, element| (element.parent == Some(*parent)) == *equal),
            Term::Is(one, equal) => each(&|index, _| (index == *one) == *equal),
            // Both ends of what it means.
            Term::Ends(from, to) => {
                let mut out = vec![false; all.len()];
                for (source, target) in ends {
                    if from.is_none_or(|from| from == *source) && to.is_none_or(|to| to == *target) {
                        for index in [source, target] {
                            if let Some(slot) = out.get_mut(*index) {
                                *slot = true;
                            }
                        }
                    }
                }
                out
            }
            Term::Around(one, before, behind) => {
                let mut out = vec![false; all.len()];
                let joined = ends.iter().filter_map(|(source, target)| match () {
                    () if *before && target == one => Some(*source),
                    () if *behind && source == one => Some(*target),
                    () => None,
                });
                for index in joined.chain([*one]) {
                    if let Some(slot) = out.get_mut(index) {
                        *slot = true;
                    }
                }
                out
            }
        }
    }

    fn holds(&self, relationship: &Relationship, elements: &[Element]) -> bool {
        let (source, target) = (relationship.source, relationship.target);
        let of = |index: usize, holds: &dyn Fn(&Element) -> bool| elements.get(index).is_some_and(holds);
        match self {
            Term::All => true,
            Term::Tag(tags, equal) => {
                let has = |tag: &String| {
                    tag.eq_ignore_ascii_case("relationship")
                        || relationship.said.tags.iter().any(|known| known.eq_ignore_ascii_case(tag))
                };
                tags.iter().all(has) == *equal
            }
            Term::Technology(text, equal) => relationship.said.technology.eq_ignore_ascii_case(text) == *equal,
            Term::Ends(from, to) => from.is_none_or(|from| from == source) && to.is_none_or(|to| to == target),
            Term::Around(one, before, behind) => *before && target == *one || *behind && source == *one,
            Term::Is(one, equal) => (source == *one || target == *one) == *equal,
            Term::Type(kind, equal) => {
                let is = |element: &Element| element.kind == *kind;
                (of(source, &is) || of(target, &is)) == *equal
            }
            Term::Parent(parent, equal) => {
                let is = |element: &Element| element.parent == Some(*parent);
                (of(source, &is) || of(target, &is)) == *equal
            }
        }
    }
}
