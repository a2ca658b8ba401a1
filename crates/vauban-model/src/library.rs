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
    /// D3FEND techniques.
    pub d3fend: Vec<Box<str>>,
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
