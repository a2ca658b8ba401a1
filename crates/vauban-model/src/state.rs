//! What an attacker has: the typed states that threats need and gain.

use crate::model::ElementRef;
use crate::vocabulary::{Domain, Relation};

/// What an attacker can do with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Verb {
    /// Can send it traffic (component), is on its network (boundary), is on its wire (flow).
    Reach,
    /// Acts as an ordinary user of a component, or as an identity.
    ActAs,
    /// Acts as an administrator of a component.
    Administer,
    /// Runs code of the attacker's choice on a component.
    RunCode,
    /// Reads a data asset, everything a store holds, or everything a flow carries.
    Read,
    /// Changes a data asset, what a store holds, or what a flow carries.
    Alter,
    /// Makes a data asset, component or flow unavailable.
    Deny,
    /// Does something to the component that cannot be traced to the attacker.
    Hide,
    /// Changes the labels of something: tags, names, second factors, on which access to it depends.
    Tag,
    /// Has the hardware of a component in hand: can plug in, open, swap or carry it away.
    Touch,
}

impl Verb {
    /// All, in a fixed order.
    pub const ALL: [Verb; 10] = [
        Verb::Reach,
        Verb::ActAs,
        Verb::Administer,
        Verb::RunCode,
        Verb::Read,
        Verb::Alter,
        Verb::Deny,
        Verb::Hide,
        Verb::Tag,
        Verb::Touch,
    ];

    /// The word used in threat files and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Reach => "reach",
            Verb::ActAs => "act-as",
            Verb::Administer => "administer",
            Verb::RunCode => "run-code",
            Verb::Read => "read",
            Verb::Alter => "alter",
            Verb::Deny => "deny",
            Verb::Hide => "hide",
            Verb::Tag => "tag",
            Verb::Touch => "touch",
        }
    }

    /// The verb with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Verb::ALL.into_iter().find(|verb| verb.as_str() == word)
    }

    /// Whether the state makes sense for a kind of element.
    pub fn fits(self, domain: Domain) -> bool {
        use Domain::{Boundary, Component, Data, Flow, Identity, System};
        match self {
            Verb::Reach => matches!(domain, Component | Flow | Boundary),
            Verb::ActAs => matches!(domain, Component | Identity),
            // A boundary is administered as a whole: a cloud account, a project, a subscription, a cluster.
            Verb::Administer => matches!(domain, Component | Boundary | Identity | System),
            Verb::RunCode | Verb::Touch => matches!(domain, Component),
            Verb::Read | Verb::Alter => matches!(domain, Component | Flow | Data),
            Verb::Deny => matches!(domain, Component | Flow | Data | System),
            Verb::Hide => matches!(domain, Component | System),
            Verb::Tag => matches!(domain, Component | Identity | Data),
        }
    }
}

/// One thing an attacker has: a verb and an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State {
    /// What the attacker can do.
    pub verb: Verb,
    /// With what.
    pub element: ElementRef,
}

/// A state of a threat file, relative to the element the threat binds: a verb and a walk along relations.
/// An empty walk is the bound element itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateTemplate {
    /// What the attacker can do.
    pub verb: Verb,
    /// Relations from the bound element, at most two.
    pub walk: Vec<Relation>,
    /// Which of the data that the walk reaches are meant, where not all are.
    pub kinds: Option<KindsOfData>,
}

/// Some of the data, by what they are about. Data of which nobody said what they are about are always meant: unknown is
/// not false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindsOfData {
    /// The kinds, by position in the vocabulary's `data-kind`.
    pub kinds: Vec<u16>,
    /// Whether data of these kinds are left out, instead of all others.
    pub left_out: bool,
}

impl KindsOfData {
    /// Whether data with these stated kinds are meant.
    pub fn admit(&self, stated: &[u16]) -> bool {
        // One kind that is meant is enough, whatever else they are.
        stated.is_empty() || stated.iter().any(|kind| self.kinds.contains(kind) != self.left_out)
    }
}

/// What a threat needs and gains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepTemplate {
    /// All of these are needed; of each inner list any one (on any element the walk reaches) is enough.
    pub needs: Vec<Vec<StateTemplate>>,
    /// All of these are gained, on every element each walk reaches.
    pub gains: Vec<StateTemplate>,
}
