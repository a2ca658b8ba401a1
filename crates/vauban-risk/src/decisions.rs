//! Decisions and the findings they apply to: patterns, lapse, disuse.

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_model::finding::{Decision, Treatment};

/// Whether a decision's pattern names a finding. `*` stands for any characters.
pub fn matches(pattern: &str, id: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = id.strip_prefix(first) else { return false };
    let tail: Vec<&str> = parts.collect();
    let Some((last, middle)) = tail.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

/// What the decisions say on a day.
#[derive(Debug)]
pub struct Book<'a> {
    decisions: &'a [Decision],
    /// Decisions that name one threat, by its id.
    exact: FxHashMap<&'a str, Vec<usize>>,
    /// Decisions with a `*`, most specific first.
    patterns: Vec<usize>,
    used: Vec<bool>,
    lapsed: Vec<bool>,
}

impl<'a> Book<'a> {
    /// Opens the decisions on a day (`YYYY-MM-DD`; `None`: nothing lapses).
    pub fn new(decisions: &'a [Decision], today: Option<&str>) -> Self {
        let lapsed = decisions
            .iter()
            .map(|decision| match (&decision.until, today) {
                // Dates of this shape sort as text.
                (Some(until), Some(today)) => &**until < today,
                _ => false,
            })
            .collect();
        let mut exact: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        let mut patterns = Vec::new();
        for (at, decision) in decisions.iter().enumerate() {
            if decision.threat.contains('*') {
                patterns.push(at);
            } else {
                exact.entry(&decision.threat).or_default().push(at);
            }
        }
        let specific = |at: &usize| decisions[*at].threat.chars().filter(|c| *c != '*').count();
        patterns.sort_by_key(|at| (std::cmp::Reverse(specific(at)), *at));
        Book { decisions, exact, patterns, used: vec![false; decisions.len()], lapsed }
    }

    /// The decision that applies to a finding: one that names it, else the most specific pattern; of equals the first.
    /// Lapsed ones do not apply.
    pub fn find(&mut self, id: &str) -> Option<(u32, Treatment)> {
        let mut found = None;
        for at in self.exact.get(id).into_iter().flatten() {
            self.used[*at] = true;
            if !self.lapsed[*at] && found.is_none() {
                found = Some(*at);
            }
        }
        for at in &self.patterns {
            if matches(&self.decisions[*at].threat, id) {
                self.used[*at] = true;
                if !self.lapsed[*at] && found.is_none() {
                    found = Some(*at);
                }
            }
        }
        let at = found?;
        Some((u32::try_from(at).unwrap_or(u32::MAX), self.decisions[at].treatment))
    }

    /// Takes note that a control stops a threat: decisions to mitigate it have done their work and are no mistake.
    pub fn carried_out(&mut self, id: &str) {
        let exact = self.exact.get(id).into_iter().flatten();
        let patterns = self.patterns.iter().filter(|at| matches(&self.decisions[**at].threat, id));
        for at in exact.chain(patterns) {
            self.used[*at] |= self.decisions[*at].treatment == Treatment::Mitigate;
        }
    }

    /// What to say about decisions that lapsed or that nothing used.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        for (at, decision) in self.decisions.iter().enumerate() {
            let what = format!("`{}` on `{}`", decision.treatment.as_str(), decision.threat);
            if self.lapsed[at] {
                let until = decision.until.as_deref().unwrap_or("");
                out.push(
                    Diagnostic::warning(
                        "decision-lapsed",
                        decision.span,
                        format!("the decision {what} lapsed on {until}"),
                    )
                    .help("the threat counts again; decide anew, or remove the entry"),
                );
            } else if !self.used[at] {
                out.push(
                    Diagnostic::warning(
                        "decision-unused",
                        decision.span,
                        format!("the decision {what} applies to nothing"),
                    )
                    .help("the threat is gone or its id is misspelt; `vauban check --all` lists the ids"),
                );
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_whole_ids() {
        assert!(matches("a@b", "a@b"));
        assert!(!matches("a@b", "a@bc"));
        assert!(matches("a@*", "a@bc"));
        assert!(matches("*@b", "x@b"));
        assert!(matches("a*c*e", "abcde"));
        assert!(!matches("a*c*e", "ace2"));
        assert!(matches("*", "anything"));
        assert!(!matches("ab*ba", "aba"));
    }
}
