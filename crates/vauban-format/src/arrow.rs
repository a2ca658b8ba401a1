//! Keys of flows: `browser -> web`, `browser <-> web`, `web -> orders-db (reports)`.

/// How many places of a key are tried as its arrow or as the start of its label. An id may contain arrows and brackets
/// itself; one that contains more of them than this is written with `from` and `to`.
const TRIES: usize = 16;

/// A flow's key taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrow<'k> {
    pub(crate) from: &'k str,
    pub(crate) to: &'k str,
    /// What tells it from other flows between the same two.
    pub(crate) label: Option<&'k str>,
    pub(crate) two_way: bool,
    /// The components at both ends, where they exist.
    pub(crate) ends: Option<(u32, u32)>,
}

impl<'k> Arrow<'k> {
    /// Takes a key apart so that both ends are components, if there is a way to; else at its first arrow.
    /// `None` if it has no arrow or nothing on one side of it.
    pub(crate) fn parse(key: &'k str, find: impl Fn(&str) -> Option<u32>) -> Option<Self> {
        let mut first = None;
        for (at, _) in key.match_indices("->").take(TRIES) {
            let (before, after) = (key.get(..at)?, key.get(at + 2..)?);
            let to = after.trim();
            for (left, two_way) in [(before.strip_suffix('<'), true), (Some(before), false)] {
                let Some(from) = left.map(str::trim) else { continue };
                if from.is_empty() || to.is_empty() {
                    continue;
                }
                let whole = Arrow { from, to, label: None, two_way, ends: None };
                let labelled =
                    labels(to).map(|(to, label)| Arrow { from, to, label: Some(label), two_way, ends: None });
                if let Some(source) = find(from) {
                    let fits = std::iter::once(whole)
                        .chain(labelled.clone())
                        .find_map(|arrow| find(arrow.to).map(|target| Arrow { ends: Some((source, target)), ..arrow }));
                    if fits.is_some() {
                        return fits;
                    }
                }
                if first.is_none() {
                    first = labelled.clone().next().or(Some(whole));
                }
            }
        }
        first
    }

    /// The id of a flow that does not state one.
    pub(crate) fn id(&self) -> String {
        match self.label {
            Some(label) => format!("{}->{}({label})", self.from, self.to),
            None => format!("{}->{}", self.from, self.to),
        }
    }
}

/// The ways to split `orders-db (reports)` into an end and a label.
fn labels(to: &str) -> impl Iterator<Item = (&str, &str)> + Clone {
    let inside = to.strip_suffix(')').unwrap_or("");
    inside.match_indices('(').take(TRIES).filter_map(move |(at, _)| {
        let end = to.get(..at)?.trim_end();
        let label = inside.get(at + 1..)?.trim();
        (!end.is_empty() && !label.is_empty()).then_some((end, label))
    })
}

#[cfg(test)]
mod tests {
    use super::Arrow;

    fn parse(key: &str) -> Option<(&str, &str, Option<&str>, bool)> {
        let known = ["web", "db", "a->b", "f(x)", "c<"];
        Arrow::parse(key, |id| known.iter().position(|known| *known == id).map(|_| 0))
            .map(|a| (a.from, a.to, a.label, a.two_way))
    }

    #[test]
    fn keys_are_taken_apart() {
        assert_eq!(parse("web -> db"), Some(("web", "db", None, false)));
        assert_eq!(parse("web->db"), Some(("web", "db", None, false)));
        assert_eq!(parse("web <-> db"), Some(("web", "db", None, true)));
        assert_eq!(parse("web -> db (reports)"), Some(("web", "db", Some("reports"), false)));
        assert_eq!(parse("web"), None);
        assert_eq!(parse("-> db"), None);
    }

    #[test]
    fn components_with_odd_ids_are_recognised() {
        assert_eq!(parse("a->b -> db"), Some(("a->b", "db", None, false)));
        assert_eq!(parse("web -> f(x)"), Some(("web", "f(x)", None, false)));
        assert_eq!(parse("web -> f(x) (again)"), Some(("web", "f(x)", Some("again"), false)));
        assert_eq!(parse("c<->db"), Some(("c<", "db", None, false)));
        assert_eq!(parse("web -> typo (x)"), Some(("web", "typo", Some("x"), false)));
    }

    #[test]
    fn thousands_of_arrows_are_no_trouble() {
        assert!(Arrow::parse(&"->(".repeat(100_000), |_| None).is_none_or(|arrow| !arrow.two_way));
    }
}
