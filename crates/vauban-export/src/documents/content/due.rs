//! What waits for somebody on a day: decisions to take, work that is late, exceptions that end.

use vauban_model::day;
use vauban_model::finding::Finding;
use vauban_model::treatment::{Stage, TreatmentOf};

use super::Maker;
use crate::text::count;

/// Days ahead of which the end of an exception is announced: a quarter, in which boards and reviews meet once.
const AHEAD: i64 = 90;

impl<'a> Maker<'a> {
    /// Open findings above the tolerance, which nobody decided about, the worst first.
    pub(super) fn undecided(&self) -> Vec<&'a Finding> {
        let tolerance = self.report.methodology.tolerance;
        let wanted = |it: &&Finding| it.status.is_open() && it.current.risk > tolerance;
        self.worst_first(wanted)
    }

    /// Findings of which something is true, by risk and then by status: open ones before decided ones.
    pub(super) fn worst_first(&self, wanted: impl Fn(&&Finding) -> bool) -> Vec<&'a Finding> {
        let mut out: Vec<&'a Finding> = self.report.analysis.findings.iter().filter(|it| wanted(it)).collect();
        out.sort_by_key(|it| (std::cmp::Reverse(it.current.risk), it.status));
        out
    }

    /// Treatments that should be done by now, the longest overdue first.
    pub(super) fn overdue(&self) -> Vec<&'a TreatmentOf> {
        let mut out: Vec<&TreatmentOf> = self.report.treatments.iter().filter(|it| it.overdue).collect();
        out.sort_by_key(|it| it.due.as_deref());
        out
    }

    /// Decisions that hold and end within the next 90 days, the first to end first. None where no day is known.
    pub(super) fn lapsing(&self) -> Vec<&'a TreatmentOf> {
        let soon =
            |it: &&TreatmentOf| it.stage.holds() && self.days_to(it.until.as_deref()).is_some_and(|n| n <= AHEAD);
        let mut out: Vec<&TreatmentOf> = self.report.treatments.iter().filter(soon).collect();
        out.sort_by_key(|it| it.until.as_deref());
        out
    }

    /// Decisions that held once and hold no longer: past their last day, or what was approved changed since.
    pub(super) fn ended(&self) -> Vec<&'a TreatmentOf> {
        let over = |it: &&TreatmentOf| matches!(it.stage, Stage::Lapsed | Stage::Expired) && it.current.is_some();
        self.report.treatments.iter().filter(over).collect()
    }

    /// Days from the day of the analysis to another; below zero where it has passed.
    fn days_to(&self, day: Option<&str>) -> Option<i64> {
        day::between(self.report.today?, day?)
    }

    /// A day with how far off it is: `2026-07-30, 12 days overdue`, `2026-12-01, in 4 days`.
    pub(super) fn day(&self, day: &str, passed: &str) -> String {
        match self.days_to(Some(day)) {
            Some(0) => format!("{day}, today"),
            Some(days) if days < 0 => {
                format!("{day}, {} {passed}", count(usize::try_from(-days).unwrap_or(usize::MAX), "day"))
            }
            Some(days) => format!("{day}, in {}", count(usize::try_from(days).unwrap_or(usize::MAX), "day")),
            None => day.to_owned(),
        }
    }
}

/// What a treatment is about, for people: the finding's title, or its id where the finding is no longer there.
pub(super) fn title(it: &TreatmentOf) -> &str {
    if it.title.is_empty() { &it.finding } else { &it.title }
}

/// Who answers for a treatment.
pub(super) fn owner(it: &TreatmentOf) -> &str {
    if it.owner.trim().is_empty() { "no owner" } else { &it.owner }
}
