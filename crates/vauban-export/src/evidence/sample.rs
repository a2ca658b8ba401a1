//! Samples that an auditor can draw again.

use super::sha256;

/// Picks `number` of the rows: those for which SHA-256 of `seed:id` is least, in the order of the rows.
///
/// Everybody who has the list and the seed gets the same rows with nothing but a hash function, in any language; nobody
/// can choose what is drawn without choosing the seed, which the pack names. Returns positions, from 0.
pub fn sample<'a>(ids: impl IntoIterator<Item = &'a str>, number: usize, seed: &str) -> Vec<usize> {
    let mut ranked: Vec<(String, usize)> =
        ids.into_iter().enumerate().map(|(at, id)| (sha256(format!("{seed}:{id}").as_bytes()), at)).collect();
    ranked.sort();
    let mut chosen: Vec<usize> = ranked.into_iter().take(number).map(|(_, at)| at).collect();
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::sample;

    #[test]
    fn a_sample_can_be_drawn_again_and_does_not_depend_on_the_order() {
        let ids: Vec<String> = (0..100).map(|n| format!("threat-{n}@shop")).collect();
        let drawn = sample(ids.iter().map(String::as_str), 10, "2026");
        assert_eq!(drawn.len(), 10);
        assert_eq!(drawn, sample(ids.iter().map(String::as_str), 10, "2026"));
        let mut names: Vec<&String> = drawn.iter().map(|at| &ids[*at]).collect();
        let mut reversed = ids.clone();
        reversed.reverse();
        let again = sample(reversed.iter().map(String::as_str), 10, "2026");
        let mut others: Vec<&String> = again.iter().map(|at| &reversed[*at]).collect();
        names.sort();
        others.sort();
        assert_eq!(names, others);
        assert_ne!(drawn, sample(ids.iter().map(String::as_str), 10, "2027"), "the seed decides");
        assert_eq!(sample(["a", "b"], 5, "x"), [0, 1], "no more than there are");
    }
}
