//! Which names a pattern may fit, without holding it against each of them.
//!
//! Names of this provider have six parts with colons between them; the last says which thing it is. A pattern's fifth
//! colon stands for a colon of the name, and not for one before its fifth, since what is not known in a name is one word
//! and holds no colon. So the characters after a pattern's fifth colon, up to its first wildcard, are those after the
//! fifth colon of the name (or a later one, where a wildcard before may have taken colons), as far as both are known. The
//! index looks those up. It never leaves out a name that fits; of those it gives some may not.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::matching::{Tok, is_made_up};

/// Resources that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Any.
    All,
    /// These at the most, in rising order.
    Only(Arc<[u32]>),
}

impl Reach {
    /// None at all.
    pub(crate) fn nothing() -> Self {
        Reach::Only(Arc::from([]))
    }

    /// From a list in any order.
    pub(crate) fn of(mut list: Vec<u32>) -> Self {
        list.sort_unstable();
        list.dedup();
        Reach::Only(list.into())
    }

    /// What is in either.
    #[must_use]
    pub fn or(self, other: Reach) -> Reach {
        match (self, other) {
            (Reach::Only(a), Reach::Only(b)) if b.is_empty() => Reach::Only(a),
            (Reach::Only(a), Reach::Only(b)) if a.is_empty() => Reach::Only(b),
            (Reach::Only(a), Reach::Only(b)) => Reach::of(a.iter().chain(b.iter()).copied().collect()),
            _ => Reach::All,
        }
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Reach) -> Reach {
        match (self, other) {
            (Reach::All, other) | (other, Reach::All) => other,
            (Reach::Only(a), Reach::Only(b)) => {
                let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
                Reach::Only(few.iter().filter(|one| many.binary_search(one).is_ok()).copied().collect())
            }
        }
    }
}

/// What ends the known characters of a name or pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// Its end.
    End,
    /// A stretch that the provider makes up for one resource.
    MadeUp(Tok),
    /// Anything else that is not one known character.
    Wide,
}

/// The known characters at the beginning, and what ends them.
fn run(toks: &[Tok]) -> (String, Stop) {
    let mut text = String::new();
    for tok in toks {
        match tok {
            Tok::Char(c) => text.push(*c),
            tok if is_made_up(tok) => return (text, Stop::MadeUp(*tok)),
            _ => return (text, Stop::Wide),
        }
    }
    (text, Stop::End)
}

/// Where the last part begins: after the fifth colon.
fn last_part(toks: &[Tok]) -> Option<usize> {
    // An unknown at the very beginning may be the whole name.
    if matches!(toks.first(), Some(Tok::Unknown(_))) {
        return None;
    }
    toks.iter().enumerate().filter(|(_, tok)| **tok == Tok::Char(':')).nth(4).map(|(at, _)| at + 1)
}

/// Known beginnings with what they begin.
#[derive(Clone, Debug, Default)]
struct Beginnings {
    /// In order of the text.
    sorted: Vec<(Box<str>, u32)>,
    /// Those that something not known follows, by the text.
    open: FxHashMap<Box<str>, Vec<(Stop, u32)>>,
}

impl Beginnings {
    fn add(&mut self, toks: &[Tok], id: u32) {
        let (text, stop) = run(toks);
        let text: Box<str> = text.into();
        if stop != Stop::End {
            self.open.entry(text.clone()).or_default().push((stop, id));
        }
        self.sorted.push((text, id));
    }

    fn find(&self, wanted: &str, stop: Stop, out: &mut Vec<u32>) {
        // What begins like that and goes on.
        let from = self.sorted.partition_point(|(text, _)| **text < *wanted);
        let rest = self.sorted.get(from..).unwrap_or_default();
        for (text, id) in rest.iter().take_while(|(text, _)| text.starts_with(wanted)) {
            // With nothing after it, a pattern fits nothing longer; what is made up is looked up below.
            if text.len() == wanted.len() && matches!(stop, Stop::MadeUp(_)) || stop == Stop::End && **text != *wanted {
                continue;
            }
            out.push(*id);
        }
        // What is known of it is shorter: an unknown may stand for the rest.
        for (end, _) in wanted.char_indices() {
            let shorter = wanted.get(..end).and_then(|text| self.open.get(text));
            out.extend(shorter.into_iter().flatten().map(|(_, id)| *id));
        }
        if let Stop::MadeUp(_) = stop {
            let same = self.open.get(wanted).into_iter().flatten();
            out.extend(same.filter(|(other, _)| *other == stop || *other == Stop::Wide).map(|(_, id)| *id));
        }
    }
}

/// Names of resources, to be asked for those that a pattern may fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameIndex {
    /// Names without the usual form.
    loose: Vec<u32>,
    /// By what stands after the fifth colon.
    first: Beginnings,
    /// By what stands after a later colon.
    later: Beginnings,
    /// Names in whose last part a wildcard may hold colons.
    later_loose: Vec<u32>,
    /// Names whose last part has single characters that are not known, and how many: each may be a colon.
    singles: Vec<(usize, u32)>,
}

impl NameIndex {
    /// Reads names with what they are the names of.
    pub(crate) fn new(names: impl Iterator<Item = (u32, Vec<Tok>)>) -> Self {
        let mut out = NameIndex::default();
        for (id, toks) in names {
            let from = last_part(&toks).filter(|from| {
                let head = toks.get(..*from).unwrap_or_default();
                !head.iter().any(|tok| matches!(tok, Tok::Free | Tok::Any | Tok::One | Tok::UnknownOne(_)))
            });
            let Some(from) = from else {
                out.loose.push(id);
                continue;
            };
            let last = toks.get(from..).unwrap_or_default();
            out.first.add(last, id);
            for (at, _) in last.iter().enumerate().filter(|(_, tok)| **tok == Tok::Char(':')) {
                out.later.add(last.get(at + 1..).unwrap_or_default(), id);
            }
            let singles = last.iter().filter(|tok| matches!(tok, Tok::UnknownOne(_))).count();
            if last.iter().any(|tok| matches!(tok, Tok::Free | Tok::Any | Tok::One)) {
                out.later_loose.push(id);
            } else if singles > 0 {
                // Behind the first of them stands nothing but others, or it is a form we do not look into.
                let tail = last.iter().rev().take_while(|tok| matches!(tok, Tok::UnknownOne(_))).count();
                if tail == singles { out.singles.push((singles, id)) } else { out.later_loose.push(id) }
            }
        }
        out.first.sorted.sort_unstable();
        out.later.sorted.sort_unstable();
        out
    }

    /// Those that a pattern may fit. `shifts`: colons before its last part may be taken by wildcards that it does not show.
    pub(crate) fn find(&self, pattern: &[Tok], shifts: bool) -> Reach {
        let Some(from) = last_part(pattern) else { return Reach::All };
        let (head, last) = pattern.split_at_checked(from).unwrap_or((pattern, &[]));
        let shifts =
            shifts || head.iter().any(|tok| matches!(tok, Tok::Any | Tok::One | Tok::Free | Tok::UnknownOne(_)));
        let (wanted, stop) = run(last);
        if wanted.is_empty() && stop == Stop::Wide {
            return Reach::All;
        }
        let mut out = self.loose.clone();
        self.first.find(&wanted, stop, &mut out);
        if shifts {
            self.later.find(&wanted, stop, &mut out);
            out.extend_from_slice(&self.later_loose);
            out.extend(self.singles.iter().filter(|(count, _)| wanted.chars().count() < *count).map(|(_, id)| *id));
        }
        Reach::of(out)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::matching::{Choice, Tri, fits, name, pattern};
    use super::*;

    fn index(names: &[String]) -> NameIndex {
        NameIndex::new((0u32..).zip(names).map(|(at, text)| (at, name(text))))
    }

    #[test]
    fn a_pattern_finds_its_own_name_among_many() {
        let names: Vec<String> = (0..100).map(|at| format!("arn:aws:s3:::bucket{at}/*")).collect();
        let found = index(&names).find(&pattern("arn:aws:s3:::bucket42/*"), false);
        assert_eq!(found, Reach::of(vec![42]));
        let found = index(&names).find(&pattern("arn:aws:s3:::bucket4*"), false);
        assert_eq!(found, Reach::of([4].into_iter().chain(40..50).collect()));
        assert_eq!(index(&names).find(&pattern("*"), false), Reach::All);
    }

    #[test]
    fn what_is_made_up_for_one_is_not_found_for_another() {
        let names: Vec<String> = (0..50)
            .map(|at| format!("arn:aws:ec2:${{region}}:${{account}}:instance/${{aws_instance.i{at}.id}}"))
            .collect();
        let found = index(&names).find(&pattern("arn:aws:ec2:*:*:instance/${aws_instance.i7.id}"), false);
        assert_eq!(found, Reach::of(vec![7]));
    }

    #[test]
    fn characters_the_provider_adds_do_not_hide_the_rest() {
        let names: Vec<String> = (0..50)
            .map(|at| format!("arn:aws:secretsmanager:${{region}}:${{account}}:secret:s{at}-${{?a}}${{?b}}${{?c}}"))
            .collect();
        let found = index(&names).find(&pattern("arn:aws:secretsmanager:*:*:secret:s7-???"), false);
        assert_eq!(found, Reach::of(vec![7]));
    }

    /// Pieces from which names and patterns are put together: the hard ones above all.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            ":",
            ":",
            ":",
            ":",
            "a",
            "b",
            "ab",
            "1",
            "*",
            "?",
            "/",
            "${region}",
            "${account}",
            "${var.x}",
            "${?1}",
            "${?2}",
            "${aws_instance.a.id}",
            "${aws_instance.b.id}",
        ]);
        let head = prop::sample::select(vec![
            "",
            "arn:aws:s3:::",
            "arn:aws:x:${region}:${account}:",
            "arn:aws:x:*:*:",
            "arn:*:",
            "*",
            "${var.x}:",
        ]);
        (head, prop::collection::vec(piece, 0..8)).prop_map(|(head, pieces)| format!("{head}{}", pieces.concat()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn nothing_that_fits_is_left_out(names in prop::collection::vec(text(), 1..6), wanted in text()) {
            let index = index(&names);
            let toks = pattern(&wanted);
            if let Reach::Only(list) = index.find(&toks, false) {
                for (at, text) in (0u32..).zip(&names) {
                    if fits(&toks, &name(text), Choice::Some) != Tri::No {
                        prop_assert!(list.contains(&at), "`{}` fits `{}`", wanted, text);
                    }
                }
            }
        }
    }
}
