//! Numbers with nouns and verbs that agree with them: one place, so that no output says `1 things are`.

/// A count with its noun: `1 threat`, `2 threats`, `3 boundaries`, `12 days`, `2 boxes`. English rules for regular nouns.
pub fn count(number: usize, one: &str) -> String {
    if number == 1 {
        return format!("1 {one}");
    }
    let vowel_before = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    match one.strip_suffix('y') {
        Some(stem) if !vowel_before(stem) => format!("{number} {stem}ies"),
        _ if one.ends_with(['s', 'x', 'z']) || one.ends_with("ch") || one.ends_with("sh") => {
            format!("{number} {one}es")
        }
        _ => format!("{number} {one}s"),
    }
}

/// A count with its noun and the verb that agrees: `1 threat is`, `2 threats are`; `singular` and `plural` are the verb.
pub fn count_verb(number: usize, one: &str, singular: &str, plural: &str) -> String {
    format!("{} {}", count(number, one), if number == 1 { singular } else { plural })
}

#[cfg(test)]
mod tests {
    use super::{count, count_verb};

    #[test]
    fn nouns_follow_their_number() {
        let of = |one| [count(0, one), count(1, one), count(2, one)];
        assert_eq!(of("threat"), ["0 threats", "1 threat", "2 threats"]);
        assert_eq!(of("boundary"), ["0 boundaries", "1 boundary", "2 boundaries"]);
        assert_eq!(of("day"), ["0 days", "1 day", "2 days"]);
        assert_eq!(of("box"), ["0 boxes", "1 box", "2 boxes"]);
    }

    #[test]
    fn verbs_follow_too() {
        assert_eq!(count_verb(1, "thing", "is", "are"), "1 thing is");
        assert_eq!(count_verb(0, "thing", "is", "are"), "0 things are");
    }
}
