//! What a plan of controls says: what to put in place, what it costs, what it closes, and how sure that is.

use crate::library::ControlKind;
use crate::model::ElementRef;
use crate::scale::Level;
use crate::treatment::Stage;

/// Money or time that a control takes, in hundredths of a person-day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Effort(pub u64);

impl Effort {
    /// Whole person-days.
    pub const fn days(days: u32) -> Self {
        Effort(days as u64 * 100)
    }

    /// Person-days as written: digits, and at most two decimals behind a point.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(rest) || rest.len() > 2 {
            return None;
        }
        let hundredths = rest.parse::<u64>().ok()? * if rest.len() == 1 { 10 } else { 1 };
        Some(Effort(whole.parse::<u64>().ok()? * 100 + hundredths))
    }

    /// The sum; it stops at the largest number.
    #[must_use]
    pub fn plus(self, other: Effort) -> Self {
        Effort(self.0.saturating_add(other.0))
    }
}

/// The scale of effort: the person-days up to which something is of low, medium and high effort; above is critical. The
/// library's pages keep to it, and so do quick wins.
pub const EFFORT_SCALE: [Effort; 3] = [Effort::days(4), Effort::days(14), Effort::days(60)];

/// The effort that so many person-days are, by [`EFFORT_SCALE`].
pub fn effort_of(cost: Effort) -> Level {
    let at = EFFORT_SCALE.iter().position(|most| cost <= *most);
    at.and_then(|at| Level::ALL.get(at)).copied().unwrap_or(Level::Critical)
}

impl std::fmt::Display for Effort {
    /// Person-days without a unit, with as many decimals as needed: `2`, `2.5`, `0.25`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (days, rest) = (self.0 / 100, self.0 % 100);
        match (rest, rest % 10) {
            (0, _) => write!(f, "{days}"),
            (_, 0) => write!(f, "{days}.{}", rest / 10),
            _ => write!(f, "{days}.{rest:02}"),
        }
    }
}

/// How many risks there are of each level, worst first: that is also the order in which two are compared, so that fewer
/// critical ones are better whatever else there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Residual {
    /// Critical ones.
    pub critical: u32,
    /// High ones.
    pub high: u32,
    /// Medium ones.
    pub medium: u32,
    /// Low ones.
    pub low: u32,
}

impl Residual {
    /// Counts levels.
    pub fn of(levels: impl Iterator<Item = Level>) -> Self {
        let mut out = Residual::default();
        for level in levels {
            *out.count_mut(level) += 1;
        }
        out
    }

    /// How many of one level.
    pub fn count(&self, level: Level) -> u32 {
        match level {
            Level::Critical => self.critical,
            Level::High => self.high,
            Level::Medium => self.medium,
            Level::Low => self.low,
        }
    }

    fn count_mut(&mut self, level: Level) -> &mut u32 {
        match level {
            Level::Critical => &mut self.critical,
            Level::High => &mut self.high,
            Level::Medium => &mut self.medium,
            Level::Low => &mut self.low,
        }
    }

    /// Only what is above a level.
    #[must_use]
    pub fn above(self, tolerance: Level) -> Self {
        let mut out = self;
        for level in Level::ALL.into_iter().filter(|level| *level <= tolerance) {
            *out.count_mut(level) = 0;
        }
        out
    }

    /// With one risk at another level than before; it was none where nothing was left of it.
    #[must_use]
    pub fn moved(self, from: Option<Level>, to: Level) -> Self {
        let mut out = self;
        if let Some(from) = from {
            let count = out.count_mut(from);
            *count = count.saturating_sub(1);
        }
        *out.count_mut(to) += 1;
        out
    }

    /// These and others.
    #[must_use]
    pub fn plus(self, other: Residual) -> Self {
        Residual {
            critical: self.critical + other.critical,
            high: self.high + other.high,
            medium: self.medium + other.medium,
            low: self.low + other.low,
        }
    }

    /// How many there are in all.
    pub fn total(&self) -> u32 {
        self.critical + self.high + self.medium + self.low
    }
}

/// What can carry a risk: a finding, or a goal that attackers can get to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskKind {
    /// A finding; its id names it.
    Finding,
    /// A way to something that hurts; `verb:element` names the goal.
    Way,
}

impl RiskKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            RiskKind::Finding => "finding",
            RiskKind::Way => "way",
        }
    }
}

/// A risk that a plan is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRisk {
    /// A finding or a way to a goal.
    pub kind: RiskKind,
    /// The finding's id, or `verb:element`.
    pub id: Box<str>,
    /// In words.
    pub title: Box<str>,
    /// Today.
    pub before: Level,
    /// With the plan; `None` when nothing is left of it.
    pub after: Option<Level>,
}

/// One control of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedControl {
    /// The control's id.
    pub control: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Where to put it.
    pub element: ElementRef,
    /// `control@element`, as `--add` takes it.
    pub id: Box<str>,
    /// Preventive, detective or corrective.
    pub kind: ControlKind,
    /// What the library says of its effort.
    pub effort: Level,
    /// What it costs here.
    pub cost: Effort,
    /// Places that lack it and that it reaches: more than one on a boundary or the system.
    pub places: u32,
    /// Findings that it stops, whatever else is done.
    pub stops: Vec<Box<str>>,
    /// Findings that it makes less likely in themselves.
    pub weakens: Vec<Box<str>>,
    /// Reported attack paths that need a step it stops.
    pub closes: Vec<Box<str>>,
    /// What would be above tolerance again, or worse than it need be, with everything of the plan but this: why it is
    /// needed.
    pub needed_for: Vec<Box<str>>,
    /// Dearer controls that stop what this one only makes less likely: worth a look by whoever thinks that too little.
    pub instead: Vec<(Box<str>, Effort)>,
    /// Risks above tolerance that are left when this and those before it are in place.
    pub left_after: Residual,
    /// Treatments of findings it helps against that have decided on it already.
    pub decided: Vec<AlreadyDecided>,
}

/// A treatment that names a control of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlreadyDecided {
    /// The finding that is treated.
    pub finding: Box<str>,
    /// Who carries it out or answers for it; may be empty.
    pub owner: Box<str>,
    /// How far it is.
    pub stage: Stage,
}

/// Risks of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BeforeAfter {
    /// Today.
    pub before: Residual,
    /// With the plan.
    pub after: Residual,
}

/// A candidate for the priority matrix: what it would do on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priority {
    /// The control's id.
    pub control: Box<str>,
    /// Where.
    pub element: ElementRef,
    /// `control@element`.
    pub id: Box<str>,
    /// What it costs.
    pub cost: Effort,
    /// Risks above tolerance it brings within it, on its own.
    pub settles: u32,
    /// Risks above tolerance it brings down at all, on its own.
    pub lowers: u32,
    /// How much that is worth, against the other candidates.
    pub reduction: Level,
    /// How much it costs, against the other candidates.
    pub effort: Level,
    /// Much for little.
    pub quick_win: bool,
    /// Whether the plan has it.
    pub chosen: bool,
}

/// A risk that no candidate can bring within tolerance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unattainable {
    /// A finding or a way to a goal.
    pub kind: RiskKind,
    /// The finding's id, or `verb:element`.
    pub id: Box<str>,
    /// In words.
    pub title: Box<str>,
    /// The level with every candidate in place.
    pub least: Level,
    /// Why, in a sentence, and what to do instead.
    pub why: Box<str>,
}

/// A point of the frontier: nothing known is cheaper and leaves less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontierPoint {
    /// What it costs.
    pub cost: Effort,
    /// Risks above tolerance that are left.
    pub left: Residual,
    /// What to put in place, as `control@element`.
    pub controls: Vec<Box<str>>,
}

/// How a plan was found and how good it is known to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// Whether it is proven that nothing does as well for less.
    pub optimal: bool,
    /// No plan that does as well costs less than this.
    pub lower_bound: Effort,
    /// Nodes of search trees that were looked at.
    pub nodes: u64,
    /// Sets of controls that the scoring was asked about.
    pub evaluated: u64,
    /// Reasons that prove the bound: sets of controls of which at least one is needed.
    pub reasons: usize,
    /// Candidates that were considered.
    pub candidates: usize,
    /// The limit that ended the search, in words; empty when none did.
    pub limit: Box<str>,
}

/// What to put in place, and what that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlPlan {
    /// The highest risk that may stay.
    pub tolerance: Level,
    /// What may be spent, where there is a limit.
    pub budget: Option<Effort>,
    /// What to put in place, what takes away most for its cost first.
    pub controls: Vec<PlannedControl>,
    /// What that costs.
    pub cost: Effort,
    /// All risks, before.
    pub before: Residual,
    /// All risks, after.
    pub after: Residual,
    /// Those that are findings; what is missing in the model itself is none that a control would end.
    pub threats: BeforeAfter,
    /// Those that are ways to goals.
    pub goals: BeforeAfter,
    /// Risks above tolerance, and what becomes of them; worst first.
    pub risks: Vec<PlannedRisk>,
    /// What no control brings within tolerance.
    pub unattainable: Vec<Unattainable>,
    /// How good it is known to be.
    pub certificate: Certificate,
    /// Cost against what is left, cheapest first; empty when nobody asked.
    pub frontier: Vec<FrontierPoint>,
    /// Whether every point of the frontier is proven.
    pub frontier_exact: bool,
    /// The candidates that do most on their own.
    pub priorities: Vec<Priority>,
    /// Questions that nobody answered: a plan is only about what is known.
    pub questions: usize,
}
