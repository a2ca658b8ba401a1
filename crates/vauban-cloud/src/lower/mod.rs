//! From resources to the elements, facts and flows of a model.
//!
//! What becomes of a resource is said by the [`Catalogue`]: an element of its own, a part of
//! another one, or nothing but glue that the network and the permissions are read from. A type that the catalogue does not
//! know is a component of its provider's service; nothing is dropped.

mod alike;
mod bodies;
mod boundaries;
mod builder;
mod callers;
mod credentials;
mod data_words;
mod elements;
mod facts;
mod flows;
mod folding;
mod fronts;
mod generic;
mod hosts;
mod images;
mod names;
mod nodes;
mod operations;
mod signed;
mod spoken;
mod stores;
mod ties;

/// The key of what an element says of itself under which another name of it stands.
pub const ALSO_CALLED: &str = "also called";

pub(crate) use boundaries::{cloud as cloud_of, is_region};
pub(crate) use callers::protocol;
pub(crate) use flows::administered_by;

pub use hosts::Hosted;
pub(crate) use nodes::component;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use vauban_model::model::{ElementRef, Model};
use vauban_model::resource::Text;
use vauban_model::{Diagnostic, Span};

use crate::Estate;
use crate::catalogue::Catalogue;
use crate::catalogue::rule::Truth;
use crate::cluster::Clusters;
use crate::flows::{FlowEvidence, InferredFlow};
use crate::network::Network;
use crate::permissions::{Answer, Rights};
use crate::secrets::Credential;

/// A model and how it hangs together with the inventory.
#[derive(Debug)]
pub struct Lowered {
    /// The model.
    pub model: Model,
    /// By resource: the element it became, or the element it was folded into.
    pub element_of: Vec<Option<ElementRef>>,
    /// The boundary that stands for each account, project, subscription or cluster: by cloud and scope, `aws`, `aws:prod`.
    pub account_of: FxHashMap<Text, ElementRef>,
    /// By place, as `Rights` numbers them: the boundary that stands for each project of Google Cloud and subscription of
    /// Azure.
    pub place_of: FxHashMap<u32, ElementRef>,
    /// By resource of a data store, machine or application: the identity that stands for its logins.
    pub login_of: FxHashMap<u32, ElementRef>,
    /// By name: the identity of each principal outside the code whom roles admit.
    pub outsider_of: FxHashMap<Text, ElementRef>,
    /// The data asset of each credential, in the order of the credentials.
    pub credentials: Vec<ElementRef>,
    /// Credentials in what is a data asset itself, such as an object of a bucket: the asset, the credential, where.
    pub contents: Vec<(ElementRef, ElementRef, Span)>,
    /// Pools of nodes and what may run on them.
    pub clusters: Clusters,
    /// Services of containers and the machines of their cluster that may run them.
    pub hosted: Vec<Hosted>,
    /// By flow: all its evidence, best first.
    pub evidence: BTreeMap<u32, Vec<FlowEvidence>>,
    /// Everything there is to say.
    pub diagnostics: Vec<Diagnostic>,
}

/// What the model is made from. Everything is about the same inventory, in canonical form.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The resources.
    pub estate: &'a Estate<'a>,
    /// What the types mean.
    pub catalogue: &'a Catalogue,
    /// Credentials in code.
    pub credentials: &'a [Credential],
    /// Zones and ways.
    pub network: &'a Network,
    /// Flows that nobody drew.
    pub flows: &'a [InferredFlow],
    /// Which workload acts as which principal: resources.
    pub runs_as: &'a [(u32, u32)],
    /// What policies open to anybody.
    pub open: &'a dyn OpenPolicies,
}

/// Who knows what policies open to anybody.
pub trait OpenPolicies: std::fmt::Debug {
    /// Whether the policy or binding that a resource carries lets anybody take one of some actions; `None` when that
    /// kind of policy is not known.
    fn open(&self, resource: u32, actions: &[Box<str>]) -> Option<Truth>;
}

impl OpenPolicies for Rights<'_> {
    fn open(&self, resource: u32, actions: &[Box<str>]) -> Option<Truth> {
        Some(match self.opened_by(resource, actions)? {
            Answer::Denied => Truth::No,
            Answer::Unknown => Truth::Unknown,
            Answer::Allowed | Answer::Settable => Truth::Yes,
        })
    }
}

/// How much detail is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LowerOptions {
    /// Parts are components of their own inside what they are a part of, and mere hints are flows.
    pub unfold: bool,
}

/// Makes the model.
pub fn lower(input: &Input<'_>, options: LowerOptions) -> Lowered {
    builder::Builder::new(*input, options).build()
}

impl Lowered {
    /// The element that a resource became or was folded into.
    pub fn element(&self, resource: u32) -> Option<ElementRef> {
        self.element_of.get(resource as usize).copied().flatten()
    }
}
