//! What the library says about threats, controls, technologies and attackers, as plain data for every client.
//! How conditions are evaluated is the business of `vauban-rules`.

use crate::scale::{Level, Likelihood, Stride};
use crate::state::StepTemplate;
use crate::vocabulary::Domain;

/// Whether a library entry may be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Maturity {
    /// May change or go; off by default.
    Experimental,
    /// Kept.
    Stable,
    /// Replaced; still accepted by name.
    Deprecated,
}

/// A control that stops or weakens a threat, and where it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreatControl {
    /// The control's id.
    pub control: Box<str>,
    /// Likelihood levels it takes away; `None` means it stops the threat altogether.
    pub weakens: Option<u8>,
}

/// One threat of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threat {
    /// The id: its file's name.
    pub id: Box<str>,
    /// The family: its folder's name.
    pub family: Box<str>,
    /// The heading: the bad state in a few words.
    pub title: Box<str>,
    /// The first paragraph: one line.
    pub summary: Box<str>,
    /// Which kind of element it binds.
    pub on: Domain,
    /// Maturity.
    pub maturity: Maturity,
    /// STRIDE categories.
    pub stride: Vec<Stride>,
    /// ATT&CK technique ids.
    pub attack: Vec<Box<str>>,
    /// CWE ids.
    pub cwe: Vec<Box<str>>,
    /// CAPEC ids.
    pub capec: Vec<Box<str>>,
    /// How bad it is in itself.
    pub severity: Level,
    /// How likely an attempt by somebody in place succeeds, with no control.
    pub likelihood: Likelihood,
    /// What the attacker needs and gains.
    pub step: StepTemplate,
    /// Controls that stop or weaken it, most natural first.
    pub controls: Vec<ThreatControl>,
    /// Names that others give it: `threagile:unencrypted-asset`, `pytm:DS06`.
    pub aliases: Vec<Box<str>>,
    /// What to look for to detect it.
    pub detect: Vec<Box<str>>,
    /// Prose: why it matters.
    pub why: Box<str>,
    /// Prose: what to do.
    pub remedy: Box<str>,
    /// Prose: when it is acceptable.
    pub acceptable: Box<str>,
    /// Where the file is, for help links: `library/threats/web/x.md`.
    pub file: Box<str>,
    /// The condition as written, for `explain`.
    pub condition: Box<str>,
    /// Whether it is about the model (something missing or contradictory in it) and not about the system.
    pub about_model: bool,
    /// Whether it is a bug that may be there and that no input can show: never a finding or a question, only a step of a
    /// path, always told as an assumption.
    pub hypothesis: bool,
    /// Whether it is the use of a right that many have for good reason: a step of paths, never a finding by itself.
    pub only_in_paths: bool,
    /// What an attacker needs besides, that no input shows, as the end of a sentence about the element: `a flaw in it is known`.
    /// The threat is a finding, and a step of paths that leans on this, never a confirmed one. Empty for most.
    pub supposes: Box<str>,
    /// What a principal must be permitted in a cloud, for threats that rest on permissions.
    pub grant: Option<Grant>,
}

/// A cloud or system whose permissions a threat rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cloud {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure, with Entra.
    Azure,
    /// Google Cloud.
    Gcp,
    /// Kubernetes role-based access control.
    Kubernetes,
}

impl Cloud {
    /// All, in a fixed order.
    pub const ALL: [Cloud; 4] = [Cloud::Aws, Cloud::Azure, Cloud::Gcp, Cloud::Kubernetes];

    /// The word in threat files.
    pub fn as_str(self) -> &'static str {
        match self {
            Cloud::Aws => "aws",
            Cloud::Azure => "azure",
            Cloud::Gcp => "gcp",
            Cloud::Kubernetes => "kubernetes",
        }
    }

    /// The cloud with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Cloud::ALL.into_iter().find(|cloud| cloud.as_str() == word)
    }
}

/// What a principal must be permitted, on what, and what that gives: the part of a threat's page that says in which
/// cloud, for which resources, with which permissions. The threat binds the principal (`on = "identity"`).
///
/// The grant holds for each combination of resources that [`Grant::binds`] admits. The attacker acts as the principal,
/// has [`Grant::needs`] besides (from whatever actor), and gains [`Grant::gains`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Where.
    pub cloud: Cloud,
    /// Whether it is about what anybody may do who comes from the internet, and not about principals. The threat then
    /// stands at the first variable.
    pub anyone: bool,
    /// Whether it is about what somebody of another account is let do, and not about principals of the code.
    pub outside: bool,
    /// Whether it is about builds of another service that a trust admits by their subject, and how many of them; and not
    /// about principals of the code.
    pub builds: Option<Builds>,
    /// Resources that stand for the variables, in order. `principal` and `account` are always there.
    pub binds: Vec<Bind>,
    /// All of these are needed by the principal; of each inner list any one is enough. One whose action begins with `?`
    /// is not needed, but told where it is there.
    pub permissions: Vec<Vec<Permission>>,
    /// States needed besides acting as the principal: all of these; of each inner list any one is enough.
    pub needs: Vec<Vec<GrantState>>,
    /// States gained.
    pub gains: Vec<GrantState>,
    /// The title of a finding, with the variables in braces: `{principal} can act as {role} through a new function`.
    pub title: Box<str>,
    /// The sentence of a finding; `{permissions}` names the permissions used.
    pub says: Box<str>,
    /// What the attacker does, third person, for stories.
    pub step: Box<str>,
}

/// How many builds of another service a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builds {
    /// Those of one branch, environment or the like.
    One,
    /// Whatever anybody pushes to one repository.
    Repository,
    /// Those of every repository of an owner.
    Organisation,
}

impl Builds {
    /// All, narrowest first.
    pub const ALL: [Builds; 3] = [Builds::One, Builds::Repository, Builds::Organisation];

    /// The word in threat files.
    pub fn as_str(self) -> &'static str {
        match self {
            Builds::One => "one",
            Builds::Repository => "repository",
            Builds::Organisation => "organisation",
        }
    }

    /// The one with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Builds::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// A variable of a grant: which resources can stand for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// The variable's name, such as `role`.
    pub name: Box<str>,
    /// Types of resource in the catalogue's words, such as `aws_iam_role`; any of these.
    pub types: Vec<Box<str>>,
    /// What must be true of it: all of these.
    pub conditions: Vec<BindCondition>,
}

/// What must be true of a resource that stands for a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindCondition {
    /// It is an identity that the service may take on: its trust admits it. Any one of several services is enough.
    Trusts(Vec<Box<str>>),
    /// It runs as some identity.
    RunsAsSomeone,
    /// It is what a walk from an earlier variable leads to: variable, relation.
    Of(Box<str>, Box<str>),
    /// It is not what a walk from an earlier variable leads to: variable, relation.
    NotOf(Box<str>, Box<str>),
    /// An attribute has one of these values; `*` means that it is set at all; `!` before a value means that it has
    /// not that value; an empty value means that it is not set. An attribute that cannot be worked out makes the grant ask.
    Attribute(Box<str>, Vec<Box<str>>),
    /// A machine can take it on: an instance profile carries it. Where the code has none, one may have been made elsewhere
    /// (the provider's console makes one with each role for machines), and the grant asks.
    InInstanceProfile,
    /// Systems Manager manages it: it runs as a role that may report to it. Where it has none, the account may have given all
    /// machines one, and the grant asks.
    Managed,
    /// It is a whole, or the only part of one that is of these types. Of several parts nobody knows in which of them lies
    /// what is sought in the whole, and the grant asks; whoever has the right over the whole has no need of a part.
    WholeOrOnlyPart,
    /// It is made here, not only looked up: what is looked up may be anybody's, such as a public image.
    MadeHere,
    /// It is not the principal itself.
    NotPrincipal,
    /// It is the principal itself.
    IsPrincipal,
    /// It is a group, role or policy that the principal holds or is a member of.
    HeldByPrincipal,
    /// The principal may take it on already by its trust and the principal's own permissions.
    AssumableByPrincipal,
}

/// A permission on something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The provider's own name: `iam:PassRole`, `iam.serviceAccounts.getAccessToken`,
    /// `Microsoft.Compute/virtualMachines/runCommand/action`, `create pods/exec`. `?` before it: told when it is held, not
    /// needed. `!` before it: whoever has it is left out. `=` before it: taken as well, and allowed by what the attack itself writes, so that only a denial is in
    /// the way.
    pub action: Box<str>,
    /// The variable it must hold on, or the name of something that every account has (`arn:aws:ssm:::document/…`). `None`: on something that the principal makes, so any resource will do.
    pub on: Option<Box<str>>,
    /// The variable that must hold it. `None`: the principal.
    pub by: Option<Box<str>>,
}

/// A state of a grant, on a variable or on what a walk from it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantState {
    /// What the attacker can do.
    pub verb: crate::state::Verb,
    /// The variable: `principal`, `account` or one of [`Grant::binds`].
    pub on: Box<str>,
    /// Relation from there: `runs_as`, `secrets` (credentials in its configuration), `stores` (what it keeps),
    /// `consumers` (what runs or reads what it holds); empty for the resource itself.
    pub walk: Box<str>,
}

/// What a control does when it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlKind {
    /// Keeps the attack from succeeding.
    Preventive,
    /// Tells that it happens.
    Detective,
    /// Limits or repairs the damage.
    Corrective,
}

impl ControlKind {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            ControlKind::Preventive => "preventive",
            ControlKind::Detective => "detective",
            ControlKind::Corrective => "corrective",
        }
    }
}

/// By what one sees that a control is in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProofKind {
    /// A fact of the model, as a condition.
    Fact,
    /// A command and what it prints.
    Command,
    /// A document that somebody keeps.
    Document,
}

impl ProofKind {
    /// All, in a fixed order.
    pub const ALL: [ProofKind; 3] = [ProofKind::Fact, ProofKind::Command, ProofKind::Document];

    /// The word in control pages.
    pub fn as_str(self) -> &'static str {
        match self {
            ProofKind::Fact => "fact",
            ProofKind::Command => "command",
            ProofKind::Document => "document",
        }
    }
}

/// One way to see that a control is in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlProof {
    /// By what.
    pub kind: ProofKind,
    /// The condition, the command with what it must show, or the document with what it must say.
    pub text: Box<str>,
}

/// A requirement of a framework, by the framework's id: `nist-800-53-r5:AC-2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequirementRef {
    /// The framework's id with its version, or an alias of it.
    pub framework: Box<str>,
    /// The requirement's id, in the framework's own spelling.
    pub requirement: Box<str>,
}

impl RequirementRef {
    /// The reference that `framework:requirement` spells; `None` where a part is missing.
    pub fn parse(text: &str) -> Option<Self> {
        let (framework, requirement) = text.split_once(':')?;
        let (framework, requirement) = (framework.trim(), requirement.trim());
        let whole = !framework.is_empty() && !requirement.is_empty();
        whole.then(|| RequirementRef { framework: framework.into(), requirement: requirement.into() })
    }
}

impl std::fmt::Display for RequirementRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.framework, self.requirement)
    }
}

/// One control of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The id: its file's name.
    pub id: Box<str>,
    /// The heading.
    pub name: Box<str>,
    /// The first paragraph.
    pub summary: Box<str>,
    /// What it does.
    pub kind: ControlKind,
    /// Kinds of element it can be stated on. On a boundary or the system it holds for everything inside.
    pub on: Vec<Domain>,
    /// Effort to put it in place.
    pub effort: Level,
    /// The question that asks whether it is there, with `{element}` in it.
    pub question: Box<str>,
    /// What it typically costs to put in place once, in person-days, rounded up. `None` where nobody said.
    pub cost_days: Option<u32>,
    /// D3FEND techniques.
    pub d3fend: Vec<Box<str>>,
    /// ATT&CK mitigations that it carries out.
    pub attack_mitigations: Vec<Box<str>>,
    /// Requirements of frameworks that it helps to meet.
    pub requirements: Vec<RequirementRef>,
    /// How to see that it is in place.
    pub evidence: Vec<ControlProof>,
    /// The provider's own service for it, in the order of [`Cloud::ALL`].
    pub services: Vec<(Cloud, Box<str>)>,
    /// Former ids and other names.
    pub aliases: Vec<Box<str>>,
    /// Prose: how to put it in place.
    pub how: Box<str>,
    /// Where the file is.
    pub file: Box<str>,
}

/// Somebody who attacks, and where they start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attacker {
    /// The id, such as `internet`.
    pub id: Box<str>,
    /// The name in sentences: `an attacker on the internet`.
    pub name: Box<str>,
    /// Internal, external or environmental.
    pub source: Box<str>,
    /// How likely they try at all.
    pub likelihood: Likelihood,
    /// Who they are and what they want.
    pub summary: Box<str>,
}
