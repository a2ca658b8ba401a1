//! What the analysis says: findings, questions, attack paths, decisions and the result that holds them.

use std::sync::Arc;

use crate::model::{ElementRef, Origin};
use crate::scale::{Impact, Level, Likelihood, Stride};
use crate::span::Span;
use crate::state::State;

/// One fact that a statement stands on, with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The element the fact is about.
    pub element: ElementRef,
    /// The fact in the words of the condition: `flow.encrypted`, `control rate-limiting`.
    pub fact: Box<str>,
    /// The value: `no`, `tls`, `unknown`.
    pub value: Box<str>,
    /// How it came to be known.
    pub origin: Origin,
    /// Where it stands.
    pub span: Span,
}

/// What becomes of a threat on an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It applies and nothing stops it.
    Open,
    /// Somebody decided to reduce it; not done yet.
    Mitigating,
    /// Somebody accepted it.
    Accepted,
    /// Somebody else carries it.
    Transferred,
    /// What made it possible goes away.
    Avoided,
    /// Somebody says it is not real.
    FalsePositive,
    /// A control that is there stops it.
    Mitigated,
}

impl Status {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Mitigating => "mitigating",
            Status::Accepted => "accepted",
            Status::Transferred => "transferred",
            Status::Avoided => "avoided",
            Status::FalsePositive => "false-positive",
            Status::Mitigated => "mitigated",
        }
    }

    /// Whether the gate and the default view count it.
    pub fn is_open(self) -> bool {
        matches!(self, Status::Open)
    }
}

/// A control that would stop or weaken a finding, as seen on this model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlNeed {
    /// The control's id.
    pub control: Box<str>,
    /// Likelihood levels it takes away; `None`: it stops the threat.
    pub weakens: Option<u8>,
    /// Known to be there (`Some(true)`), known to be missing, or unknown.
    pub present: Option<bool>,
    /// Where that is said; the element's own place when it is not said anywhere.
    pub evidence: Evidence,
}

impl ControlNeed {
    /// Whether the model says of this very system that it is not there. How a technology behaves unless told otherwise does
    /// not say that.
    pub fn is_denied(&self) -> bool {
        self.present == Some(false) && self.evidence.origin != Origin::Default
    }
}

/// Sentences that many scores share: on a large model most threats stand in one of a few ways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasons(Arc<[String]>);

impl std::ops::Deref for Reasons {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Reasons {
    type Item = &'a String;
    type IntoIter = std::slice::Iter<'a, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl From<Vec<String>> for Reasons {
    fn from(sentences: Vec<String>) -> Self {
        Reasons(sentences.into())
    }
}

/// The reasons for a score, as sentences, and the score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Likelihood.
    pub likelihood: Likelihood,
    /// Impact.
    pub impact: Impact,
    /// Risk by the methodology's matrix.
    pub risk: Level,
    /// Why, sentence by sentence.
    pub because: Reasons,
}

/// What was decided about a threat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Finding id, or a pattern with `*`.
    pub threat: Box<str>,
    /// mitigate, accept, transfer, avoid or false-positive.
    pub treatment: Treatment,
    /// Why.
    pub reason: Box<str>,
    /// Who carries it out or answers for it.
    pub owner: Box<str>,
    /// Who approved it; required for accept and transfer.
    pub approver: Box<str>,
    /// The day it lapses, as `YYYY-MM-DD`; required for accept, transfer and false-positive.
    pub until: Option<Box<str>>,
    /// Ticket.
    pub ticket: Option<Box<str>>,
    /// The day it was decided.
    pub decided: Option<Box<str>>,
    /// Where it stands.
    pub span: Span,
}

/// The five treatments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Treatment {
    /// Reduce it.
    Mitigate,
    /// Live with it.
    Accept,
    /// Let somebody else carry it.
    Transfer,
    /// Remove what makes it possible.
    Avoid,
    /// It is not real.
    FalsePositive,
}

impl Treatment {
    /// All, in order.
    pub const ALL: [Treatment; 5] =
        [Treatment::Mitigate, Treatment::Accept, Treatment::Transfer, Treatment::Avoid, Treatment::FalsePositive];

    /// The word in decision files.
    pub fn as_str(self) -> &'static str {
        match self {
            Treatment::Mitigate => "mitigate",
            Treatment::Accept => "accept",
            Treatment::Transfer => "transfer",
            Treatment::Avoid => "avoid",
            Treatment::FalsePositive => "false-positive",
        }
    }

    /// The treatment with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Treatment::ALL.into_iter().find(|t| t.as_str() == word)
    }

    /// The status a finding takes from it.
    pub fn status(self) -> Status {
        match self {
            Treatment::Mitigate => Status::Mitigating,
            Treatment::Accept => Status::Accepted,
            Treatment::Transfer => Status::Transferred,
            Treatment::Avoid => Status::Avoided,
            Treatment::FalsePositive => Status::FalsePositive,
        }
    }
}

/// A threat on this model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `rule@element`: readable, stable, free of line numbers and order.
    pub id: Box<str>,
    /// Index of the threat in the library.
    pub threat: u32,
    /// Title that names the elements.
    pub title: Box<str>,
    /// Sentences that name the elements, the data at stake and the condition that holds.
    pub description: Box<str>,
    /// The elements it binds, the rule's own element first.
    pub elements: Vec<ElementRef>,
    /// The data at stake.
    pub data: Vec<u32>,
    /// Severity: the threat's own, raised by what holds here.
    pub severity: Level,
    /// STRIDE categories, in order.
    pub stride: Vec<Stride>,
    /// Status.
    pub status: Status,
    /// Score with what is there today.
    pub current: Score,
    /// Score if no control were there.
    pub inherent: Score,
    /// Score once what was decided is done.
    pub residual: Score,
    /// The same missing thing at many places shares one group.
    pub group: Box<str>,
    /// The facts it stands on; never empty.
    pub evidence: Vec<Evidence>,
    /// Controls that would stop or weaken it.
    pub controls: Vec<ControlNeed>,
    /// Ids of the attack paths it is a step of, best first.
    pub paths: Vec<Box<str>>,
    /// The decision that applies, as an index into the decisions handed in.
    pub decision: Option<u32>,
    /// Whether the default view shows it.
    pub shown: bool,
}

/// Something that nobody said, whose answer matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// `fact@element`: stable.
    pub id: Box<str>,
    /// The element it is about.
    pub element: ElementRef,
    /// The fact or control asked for: `encrypted`, `control rate-limiting`.
    pub fact: Box<str>,
    /// The question in a sentence.
    pub text: Box<str>,
    /// The answers it takes, best for security last.
    pub answers: Vec<Box<str>>,
    /// Indices of the threats that ask.
    pub threats: Vec<u32>,
    /// Ids the findings would have.
    pub findings: Vec<Box<str>>,
    /// Elements of those findings.
    pub elements: Vec<ElementRef>,
    /// The worst risk an answer could reveal.
    pub risk: Level,
    /// Rank weight: higher matters more. Comparable within one analysis only.
    pub weight: u32,
    /// Where the element stands.
    pub span: Span,
}

/// How much comes of a step's being seen, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// It leaves a record that nobody is made to look at.
    Recorded,
    /// Something looks for misuse of the kind, and may or may not take it for one.
    Watched,
    /// Somebody is told as soon as it happens.
    Alarmed,
}

impl Notice {
    /// The word in JSON and text.
    pub fn as_str(self) -> &'static str {
        match self {
            Notice::Recorded => "recorded",
            Notice::Watched => "watched",
            Notice::Alarmed => "alarmed",
        }
    }
}

/// What would see a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What sees it, in words: ``the trail `main` ``. Many steps share one.
    pub by: Arc<str>,
    /// What comes of it.
    pub how: Notice,
    /// Where that is set up.
    pub span: Span,
}

/// One step of an attack path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// Index of the threat, or `None` for what simply follows from the architecture.
    pub threat: Option<u32>,
    /// The finding or, for an assumed step, the finding it would be.
    pub finding: Option<Box<str>>,
    /// The name of a consequence, such as `follows-flow`; empty for threats.
    pub consequence: Box<str>,
    /// The sentence.
    pub title: Box<str>,
    /// Where the attacker was, the element.
    pub from: Option<ElementRef>,
    /// Where the attacker gets, the element.
    pub to: ElementRef,
    /// What the step needed.
    pub needs: Vec<State>,
    /// What the step gains that the path goes on with.
    pub gains: Vec<State>,
    /// Likelihood of the step on its own.
    pub likelihood: Likelihood,
    /// Whether it leans on something nobody said.
    pub assumed: bool,
    /// The facts it stands on; never empty.
    pub evidence: Vec<Evidence>,
    /// What would see it, strongest first.
    pub seen_by: Vec<Sighting>,
}

/// An attack path: a proof that an attacker gets from a start to a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttackPath {
    /// Stable id made of attacker, goal and the distinct steps.
    pub id: Box<str>,
    /// Index of the attacker in the library.
    pub attacker: u32,
    /// The first element the attacker touches.
    pub from: ElementRef,
    /// The element that ends the path.
    pub to: ElementRef,
    /// What the attacker has in the end.
    pub goal: State,
    /// The steps in an order in which they can be done.
    pub steps: Vec<PathStep>,
    /// Score of the whole path.
    pub score: Score,
    /// Probability per million that it succeeds, attempt included.
    pub probability_per_million: u32,
    /// What it leans on that nobody said.
    pub assumptions: Vec<Box<str>>,
    /// The story in full sentences.
    pub story: Box<str>,
}

/// A step that every path to a goal needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChokePoint {
    /// Goals it stands before.
    pub goals: Vec<State>,
    /// The threat.
    pub threat: u32,
    /// The finding.
    pub finding: Box<str>,
    /// The element.
    pub element: ElementRef,
    /// Controls that close it.
    pub controls: Vec<Box<str>>,
}

/// The fewest steps without which nobody gets to a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalCut {
    /// The goal.
    pub goal: State,
    /// Whether it can be cut off at all by stopping threats.
    pub possible: bool,
    /// The steps, each finding once.
    pub steps: Vec<CutStep>,
    /// How many findings are to be stopped.
    pub count: u64,
    /// No fewer are enough; below `count` where that was not proven, as where a finding that rests on permissions is several
    /// steps.
    pub at_least: u64,
}

/// A step of a cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutStep {
    /// The threat.
    pub threat: u32,
    /// The finding.
    pub finding: Box<str>,
    /// The element.
    pub element: ElementRef,
    /// Controls that stop it.
    pub controls: Vec<Box<str>>,
}

/// For a goal out of reach: what is nearest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearestMiss {
    /// The goal.
    pub goal: State,
    /// What separates the attacker from it, as sentences.
    pub separated_by: Vec<Box<str>>,
    /// The path there would be.
    pub path: Option<AttackPath>,
}

/// Whether and how a threat applies at an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applies {
    /// It applies, and no control stops it.
    Fires,
    /// It may apply: something that decides is unknown.
    Asks,
    /// It would apply, but a control that is there stops it.
    Stopped,
}

/// One threat at one element: a step that an attacker can take, could take, or could take without a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Index of the threat in the library.
    pub threat: u32,
    /// The element it binds.
    pub element: ElementRef,
    /// Whether it applies.
    pub applies: Applies,
    /// Likelihood that somebody in place succeeds, with the controls that are there.
    pub likelihood: Likelihood,
    /// The same without any control.
    pub uncontrolled: Likelihood,
}

/// What stands for a variable of a threat's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The variable.
    pub variable: Box<str>,
    /// The element, where it is one.
    pub element: Option<ElementRef>,
    /// A name for people, for what is no element, such as a policy.
    pub name: Box<str>,
}

/// A step that follows from what infrastructure code or cloud state permits: a permission, a trust, a network way.
///
/// With a threat it is an instance of it, at `element`, with its own needs and gains; without, it is structure, named by
/// its consequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudStep {
    /// Index of the threat in the library; `None` for what simply follows.
    pub threat: Option<u32>,
    /// The name of the consequence, such as `network-path` or `trusts`; empty with a threat.
    pub consequence: Box<str>,
    /// Who takes the step: the principal, or where the attacker is.
    pub element: ElementRef,
    /// What it leads to.
    pub target: ElementRef,
    /// What stands for the variables of the threat's page.
    pub bindings: Vec<Binding>,
    /// All of these are needed; of each inner list any one is enough.
    pub needs: Vec<Vec<State>>,
    /// All of these are gained.
    pub gains: Vec<State>,
    /// Whether it is so, may be so, or is kept from being so.
    pub applies: Applies,
    /// In words what is done: `iam:PassRole and lambda:CreateFunction`; for a way through the network: `tcp 443`.
    pub label: Box<str>,
    /// What it stands on: the statement that grants each permission, the rule of each hop; never empty.
    pub evidence: Vec<Evidence>,
    /// What it leans on that nobody said, such as `var.cg_whitelist admits the attacker`.
    pub assumptions: Vec<Box<str>>,
    /// Likelihood levels taken away, such as by a place that is not sure; with the reasons.
    pub hindered_by: Vec<(u8, Box<str>)>,
    /// What would see it, strongest first. How many levels that takes away is the methodology's to say.
    pub seen_by: Vec<Sighting>,
}

/// Where an attacker begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beginning {
    /// Index of the attacker in the library.
    pub attacker: u32,
    /// What the attacker has.
    pub state: State,
}

/// What an attacker would want to have in the end, and how much that hurts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Goal {
    /// The state.
    pub state: State,
    /// The impact.
    pub impact: Impact,
}
