//! Decisions and the findings they apply to: patterns, lapse, disuse.

use vauban_model::finding::{Decision, Treatment};
use vauban_model::Diagnostic;

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
        Book { decisions, used: vec![false; decisions.len()], lapsed }
    }

    /// The decision that applies to a finding: the most specific pattern, then the first. Lapsed ones do not apply.
    pub fn find(&mut self, id: &str) -> Option<(u32, Treatment)> {
        let mut best: Option<(usize, usize)> = None;
        for (at, decision) in self.decisions.iter().enumerate() {
            if !matches(&decision.threat, id) {
                continue;
            }
            self.used[at] = true;
            if self.lapsed[at] {
                continue;
            }
            let specific = decision.threat.chars().filter(|c| *c != '*').count();
            if best.is_none_or(|(_, known)| specific > known) {
                best = Some((at, specific));
            }
        }
        let (at, _) = best?;
        Some((u32::try_from(at).unwrap_or(u32::MAX), self.decisions[at].treatment))
    }

    /// What to say about decisions that lapsed or that nothing used.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        for (at, decision) in self.decisions.iter().enumerate() {
            let what = format!("`{}` on `{}`", decision.treatment.as_str(), decision.threat);
            if self.lapsed[at] {
                let until = decision.until.as_deref().unwrap_or("");
                out.push(
                    Diagnostic::warning("decision-lapsed", decision.span, format!("the decision {what} lapsed on {until}"))
                        .help("the threat counts again; decide anew, or remove the entry"),
                );
            } else if !self.used[at] {
                out.push(
                    Diagnostic::warning("decision-unused", decision.span, format!("the decision {what} applies to nothing"))
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
