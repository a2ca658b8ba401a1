//! Patterns with `*` and `?` against names that may have parts nobody knows.
//!
//! Three answers: certainly, perhaps, no. An unknown part stands as `${name}`; the same unknown is the same text on
//! both sides. A `*` in a name (not a pattern) is the caller's own choice: it may be anything the caller likes.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tri {
    /// It does not.
    No,
    /// It depends on something that is not known.
    Maybe,
    /// It does.
    Yes,
}

impl Tri {
    /// The opposite; what is not known stays so.
    pub(crate) fn not(self) -> Tri {
        match self {
            Tri::No => Tri::Yes,
            Tri::Maybe => Tri::Maybe,
            Tri::Yes => Tri::No,
        }
    }

    /// Yes or no.
    pub(crate) fn of(value: bool) -> Tri {
        if value { Tri::Yes } else { Tri::No }
    }
}

/// A part of a pattern or a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tok {
    /// A character.
    Char(char),
    /// `*` of a pattern.
    Any,
    /// `?` of a pattern.
    One,
    /// A stretch that is not known, by the hash of its name.
    Unknown(u64),
    /// One character that is not known.
    UnknownOne(u64),
    /// The number of an account in sight; two of them are two accounts.
    Account(u64),
    /// `*` of a name: whatever the caller likes.
    Free,
}

/// Whether a wildcard of a name counts when only some choice fits, or when every choice has to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Some choice fits: for what allows.
    Some,
    /// Every choice fits: for what denies.
    Every,
}

fn name_hash(name: &str) -> u64 {
    let mut hasher = FxHasher::default();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Marks a stretch that the provider makes up for one resource: no two resources have the same.
const MADE_UP: u64 = 1 << 63;

/// The mark of a stretch by its name: `aws_instance.web.id` is made up for that instance. With an index or a module of
/// its own before it, it may be the same resource by another name.
fn stretch(inside: &str) -> Tok {
    let hash = name_hash(inside) & !MADE_UP;
    let mut parts = inside.split('.');
    let made_up = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(ty), Some(_), Some("id" | "unique_id" | "key_id"), None) => ty.starts_with("aws_"),
        _ => false,
    };
    Tok::Unknown(if made_up && !inside.contains('[') { hash | MADE_UP } else { hash })
}

/// Whether a stretch is made up by the provider for one resource.
pub(crate) fn is_made_up(tok: &Tok) -> bool {
    matches!(tok, Tok::Unknown(hash) if hash & MADE_UP != 0)
}

/// The longest text looked at, in parts; what is longer counts as unknown from there.
const LONGEST: usize = 2048;

/// Whether the inside of `${…}` is a variable of the policy language, such as `aws:username`.
pub(crate) fn is_policy_variable(inside: &str) -> bool {
    let Some((space, key)) = inside.split_once(':') else { return matches!(inside, "*" | "?" | "$") };
    !space.is_empty()
        && !key.is_empty()
        && !key.starts_with(':')
        && space.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && space != "account"
        && space != "k8s"
        && space != "compose"
}

/// The end of a `${…}` that starts at the beginning of `text`, counting nested braces.
pub(crate) fn unknown_end(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn tokens(text: &str, pattern: bool) -> Vec<Tok> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if out.len() >= LONGEST {
            out.push(Tok::Unknown(name_hash(text)));
            break;
        }
        if rest.starts_with("${")
            && let Some(end) = unknown_end(rest)
        {
            let inside = rest.get(2..end - 1).unwrap_or_default();
            match inside {
                "*" | "?" | "$" => out.extend(inside.chars().map(Tok::Char)),
                _ if inside == "account" || inside.starts_with("account:") => {
                    out.push(Tok::Account(name_hash(inside)));
                }
                _ if inside.starts_with('?') => out.push(Tok::UnknownOne(name_hash(inside))),
                _ => out.push(stretch(inside)),
            }
            rest = rest.get(end..).unwrap_or_default();
            continue;
        }
        out.push(match (c, pattern) {
            ('*', true) => Tok::Any,
            ('?', true) => Tok::One,
            ('*', false) => Tok::Free,
            _ => Tok::Char(c),
        });
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    out
}

/// The parts of a pattern.
pub(crate) fn pattern(text: &str) -> Vec<Tok> {
    tokens(text, true)
}

/// The parts of a name.
pub(crate) fn name(text: &str) -> Vec<Tok> {
    tokens(text, false)
}

/// A pattern as a name whose wildcards the caller may choose.
pub(crate) fn as_name(pattern: &[Tok]) -> Vec<Tok> {
    pattern.iter().map(|tok| if matches!(tok, Tok::Any | Tok::One) { Tok::Free } else { *tok }).collect()
}

/// Whether a pattern fits a name.
pub(crate) fn fits(pattern: &[Tok], name: &[Tok], choice: Choice) -> Tri {
    if matches!(pattern, [Tok::Any]) {
        return Tri::Yes;
    }
    let mut start = 0;
    loop {
        match (pattern.get(start), name.get(start)) {
            (Some(Tok::Char(a)), Some(Tok::Char(b))) if a != b => return Tri::No,
            // The same stretch is as long on both sides.
            (Some(Tok::Char(_) | Tok::Unknown(_) | Tok::UnknownOne(_) | Tok::Account(_)), Some(other))
                if pattern.get(start) == Some(other) =>
            {
                start += 1;
            }
            _ => break,
        }
    }
    let (mut pattern, mut name) = (pattern.get(start..).unwrap_or_default(), name.get(start..).unwrap_or_default());
    // The end is anchored as the beginning is, and most names differ there: the table is for what is left.
    while let ([before @ .., Tok::Char(a)], [others @ .., Tok::Char(b)]) = (pattern, name) {
        if a != b {
            return Tri::No;
        }
        (pattern, name) = (before, others);
    }
    if pattern.is_empty() && name.is_empty() {
        return Tri::Yes;
    }
    if plain(pattern) && name.iter().all(|tok| matches!(tok, Tok::Char(_))) {
        return Tri::of(greedy(pattern, name));
    }
    if table(pattern, name, choice, false, start) {
        Tri::Yes
    } else if table(pattern, name, choice, true, start) {
        Tri::Maybe
    } else {
        Tri::No
    }
}

fn plain(pattern: &[Tok]) -> bool {
    pattern.iter().all(|tok| matches!(tok, Tok::Char(_) | Tok::Any | Tok::One))
}

/// The usual two-pointer match, linear in practice.
fn greedy(pattern: &[Tok], name: &[Tok]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(Tok::Any) => {
                back = Some((p, n));
                p += 1;
            }
            Some(Tok::One) => {
                p += 1;
                n += 1;
            }
            Some(tok) if Some(tok) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((star, from)) = back else { return false };
                back = Some((star, from + 1));
                p = star + 1;
                n = from + 1;
            }
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|tok| *tok == Tok::Any)
}

/// Both sides may have stretches that match any length: a table over the two positions, row by row.
fn table(pattern: &[Tok], name: &[Tok], choice: Choice, guess: bool, start: usize) -> bool {
    // Whether a part may stand for nothing, or for more of the other side. What is not known inside a name is one word
    // of it: it does not hold the colons that part the words.
    let whole = |side: &[Tok]| side.len() == 1;
    let (whole_pattern, whole_name) = (whole(pattern) && start == 0, whole(name) && start == 0);
    let wide_pattern = |tok: &Tok| *tok == Tok::Any || (guess && matches!(tok, Tok::Unknown(_) | Tok::Account(_)));
    let wide_name = |tok: &Tok| {
        (choice == Choice::Some && *tok == Tok::Free) || (guess && matches!(tok, Tok::Unknown(_) | Tok::Account(_)))
    };
    let number = |tok: &Tok| matches!(tok, Tok::Account(_)) || is_made_up(tok);
    let width = name.len() + 1;
    let mut row = vec![false; width];
    if let Some(first) = row.first_mut() {
        *first = true;
    }
    for j in 1..width {
        let before = row.get(j - 1).copied().unwrap_or(false);
        let wide = name.get(j - 1).is_some_and(|tok| wide_name(tok) && !number(tok));
        if let Some(cell) = row.get_mut(j) {
            *cell = before && wide;
        }
    }
    let mut next = vec![false; width];
    for tok in pattern {
        for j in 0..width {
            let above = row.get(j).copied().unwrap_or(false);
            let (left, corner, other) = match j.checked_sub(1) {
                Some(at) => {
                    (next.get(at).copied().unwrap_or(false), row.get(at).copied().unwrap_or(false), name.get(at))
                }
                None => (false, false, None),
            };
            // An account's number and what is made up never stand for nothing; everything else that is wide may.
            let mut cell = wide_pattern(tok) && above && !number(tok);
            if let Some(other) = other {
                let more = left || corner && number(tok);
                cell |= wide_pattern(tok) && more && holds(*tok, *other, whole_pattern);
                cell |= wide_name(other) && left && !number(other);
                let more = above || corner && number(other);
                cell |= wide_name(other) && more && holds(*other, *tok, whole_name);
                cell |= corner && same(*tok, *other, guess);
            }
            if let Some(slot) = next.get_mut(j) {
                *slot = cell;
            }
        }
        // Every cell of the next row is written, so what is left in it does not matter.
        std::mem::swap(&mut row, &mut next);
        if !row.contains(&true) {
            return false;
        }
    }
    row.last().copied().unwrap_or(false)
}

/// Whether a stretch may hold a part of the other side.
fn holds(stretch: Tok, part: Tok, whole: bool) -> bool {
    match stretch {
        Tok::Unknown(_) if is_made_up(&stretch) && is_made_up(&part) => false,
        Tok::Unknown(_) => whole || part != Tok::Char(':'),
        Tok::Account(_) => match part {
            Tok::Char(c) => c.is_ascii_digit(),
            Tok::Account(_) => false,
            _ => true,
        },
        _ => true,
    }
}

fn same(pattern: Tok, name: Tok, guess: bool) -> bool {
    match (pattern, name) {
        (Tok::One, Tok::Char(_) | Tok::UnknownOne(_)) => true,
        // What the provider makes up are letters and digits, never what parts the words of a name.
        (Tok::Char(c), Tok::UnknownOne(_)) | (Tok::UnknownOne(_), Tok::Char(c)) => guess && !matches!(c, ':' | '/'),
        (Tok::UnknownOne(_), Tok::UnknownOne(_)) if guess => true,
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(p: &str, n: &str) -> Tri {
        fits(&pattern(p), &name(n), Choice::Some)
    }

    #[test]
    fn wildcards_match_any_stretch_and_one_character() {
        assert_eq!(check("a*c?e", "abbbcde"), Tri::Yes);
        assert_eq!(check("a*c?e", "abbbce"), Tri::No);
        assert_eq!(check("*", ""), Tri::Yes);
        assert_eq!(check("secret:x-??????", "secret:x-${?1}${?2}${?3}${?4}${?5}${?6}"), Tri::Yes);
        assert_eq!(check("secret:x", "secret:x-${?1}${?2}"), Tri::No);
    }

    #[test]
    fn the_same_unknown_is_the_same_text_and_another_may_be() {
        assert_eq!(check("role/x-${var.s}", "role/x-${var.s}"), Tri::Yes);
        assert_eq!(check("role/x-${var.s}", "role/x-${var.t}"), Tri::Maybe);
        assert_eq!(check("role/x-*", "role/x-${var.t}"), Tri::Yes);
        assert_eq!(check("role/y-*", "role/x-${var.t}"), Tri::No);
        assert_eq!(check("i/${aws_instance.a.id}", "i/${aws_instance.a.id}"), Tri::Yes);
        assert_eq!(check("i/${aws_instance.a.id}", "i/${aws_instance.b.id}"), Tri::No);
        assert_eq!(check("i/${aws_instance.a.id}", "i/${aws_instance.a[0].id}"), Tri::Maybe);
        assert_eq!(check("i/${aws_instance.a.id}", "i/${var.a}"), Tri::Maybe);
        assert_eq!(check("*:i/${aws_instance.a.id}", "${region}:i/${aws_instance.b.id}"), Tri::No);
        assert_eq!(check("*:i/${aws_instance.a.id}", "${region}:i/${aws_instance.a.id}"), Tri::Yes);
        assert_eq!(check("role/${var.n}", "role/admin"), Tri::Maybe);
        assert_eq!(check("user/${var.n}", "role/admin"), Tri::No);
    }

    #[test]
    fn a_choice_of_the_caller_fits_what_allows_some_and_not_what_denies_others() {
        let own = name("bucket/*");
        assert_eq!(fits(&pattern("bucket/logs/*"), &own, Choice::Some), Tri::Yes);
        assert_eq!(fits(&pattern("bucket/logs/*"), &own, Choice::Every), Tri::No);
        assert_eq!(fits(&pattern("bucket/*"), &own, Choice::Every), Tri::Yes);
    }
}
