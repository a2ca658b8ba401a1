//! Decisions and the findings they apply to: patterns, lapse, disuse.

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_model::finding::{ControlNeed, Decision, Treatment};
use vauban_model::scale::Likelihood;

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

/// The likelihood that a threat keeps once the controls are there that carry out its decision, named as `control` or
/// `control@element`, where by the library they only weaken it: less by the levels of those that are not there yet.
///
/// `None` where one of them stops it, and where the library knows none of them to help: then the decision is taken at its
/// word.
pub fn weakened_to(likelihood: Likelihood, named: &[Box<str>], needs: &[ControlNeed]) -> Option<Likelihood> {
    let is_named = |need: &&ControlNeed| {
        named.iter().any(|name| name.split_once('@').map_or(&**name, |(control, _)| control) == &*need.control)
    };
    let levels = |need: &ControlNeed| {
        let levels = i32::from(need.weakens?);
        Some(if need.present == Some(true) { 0 } else { levels })
    };
    let helping: Vec<&ControlNeed> = needs.iter().filter(is_named).collect();
    let sum = helping.iter().map(|need| levels(need)).sum::<Option<i32>>()?;
    (!helping.is_empty()).then(|| likelihood.shifted(-sum))
}

#[cfg(test)]
mod tests {
    use super::{matches, weakened_to};
    use vauban_model::finding::{ControlNeed, Evidence};
    use vauban_model::model::{ElementRef, Origin};
    use vauban_model::scale::Likelihood;
    use vauban_model::{FileId, Span};

    #[test]
    fn a_threat_is_weakened_by_what_its_controls_do() {
        let need = |control: &str, weakens, present| ControlNeed {
            control: control.into(),
            weakens,
            present,
            evidence: Evidence {
                element: ElementRef::SYSTEM,
                fact: Box::default(),
                value: Box::default(),
                origin: Origin::Stated,
                span: Span::new(FileId(0), 1, 1, 0),
            },
        };
        let needs = [
            need("stop", None, Some(false)),
            need("less", Some(1), None),
            need("lesser", Some(2), Some(false)),
            need("there", Some(2), Some(true)),
        ];
        let of = |named: &[&str]| {
            let named: Vec<Box<str>> = named.iter().map(|name| (*name).into()).collect();
            weakened_to(Likelihood::Certain, &named, &needs)
        };
        assert_eq!(of(&["less"]), Some(Likelihood::Likely));
        assert_eq!(of(&["lesser@portal", "less"]), Some(Likelihood::Unlikely));
        assert_eq!(of(&["there"]), Some(Likelihood::Certain));
        // What stops it, what the library does not know to help, nothing at all: the decision's word.
        assert_eq!([of(&["less", "stop"]), of(&["other"]), of(&[])], [None; 3]);
    }

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
