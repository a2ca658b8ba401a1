//! From resources to the elements, facts and flows of a model.

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_model::model::{ElementRef, Model};
use vauban_model::resource::Text;

/// A model and how it hangs together with the inventory.
#[derive(Debug)]
pub struct Lowered {
    /// The model.
    pub model: Model,
    /// By resource: the element it became, or the element it was folded into.
    pub element_of: Vec<Option<ElementRef>>,
    /// The boundary that stands for each account, project, subscription or cluster: by cloud and scope, `aws`, `aws:prod`.
    pub account_of: FxHashMap<Text, ElementRef>,
    /// By resource of a data store, machine or application: the identity that stands for its logins.
    pub login_of: FxHashMap<u32, ElementRef>,
    /// By name: the identity of each principal outside the code whom roles admit.
    pub outsider_of: FxHashMap<Text, ElementRef>,
    /// The data asset of each credential, in the order of the credentials.
    pub credentials: Vec<ElementRef>,
    /// Everything there is to say.
    pub diagnostics: Vec<Diagnostic>,
}

impl Lowered {
    /// The element that a resource became or was folded into.
    pub fn element(&self, resource: u32) -> Option<ElementRef> {
        self.element_of.get(resource as usize).copied().flatten()
    }
}
