//! Who may do what: the providers' own rules of evaluation.
//!
//! A module per provider. [`Rights`] joins them: it knows every principal of the inventory and answers whether one may
//! take an action on something, why, statement by statement, and on what that leans.

mod actions;
mod aws;
mod azure;
mod bindings;
mod denials;
mod expressions;
mod gcp;
mod identity_center;
mod kubernetes;
mod outsiders;
mod pools;
mod rights;
mod scopes;
mod tables;

pub use actions::NoSuchAction;
pub use aws::builds::Breadth;
pub use aws::index::Reach;
pub(crate) use gcp::accounts as google_accounts;
pub use identity_center::Assignment;
pub(crate) use kubernetes::bound_to_anybody;
pub use kubernetes::kubernetes_action;
pub use outsiders::{Build, Deputy, Foreigner, Outsider};
pub use rights::Rights;
pub use tables::Tables;

use vauban_model::Span;
use vauban_model::library::Cloud;
use vauban_model::resource::Text;

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// A person's or machine's account with credentials of its own.
    User,
    /// A group of users.
    Group,
    /// A role or service account that others take on.
    Role,
    /// Somebody outside the inventory.
    Outside,
}

/// A principal of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The resource that makes it.
    pub resource: u32,
    /// Whose permissions it has.
    pub cloud: Cloud,
    /// What it is.
    pub kind: PrincipalKind,
}

/// The resources of a group of types, to ask who reaches which of them.
#[derive(Clone, Debug)]
pub struct Kinds {
    /// Which group.
    pub(crate) id: u32,
    /// The resources, in the order of the inventory.
    pub members: std::sync::Arc<[u32]>,
}

/// The answer to whether a principal may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// No: nothing allows it, or something denies it.
    Denied,
    /// It depends on something that is not known.
    Unknown,
    /// Yes, once somebody has changed something that can be changed: see [`Verdict::settable`].
    Settable,
    /// Yes.
    Allowed,
}

/// A statement that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Whether it allows or denies.
    pub allows: bool,
    /// What it is in words: the policy's name and the part that matched.
    pub text: Text,
    /// Where it stands.
    pub span: Span,
    /// The resource that holds it.
    pub resource: u32,
}

/// Something that an attacker could change so that a condition holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Settable {
    /// On which resource: the target or the principal.
    pub resource: u32,
    /// What: `tag StartSession=true`, `no tag Locked`, `second factor`.
    pub what: Text,
    /// Permissions of which one lets its holder do that on the resource; of each inner list all are needed.
    pub by: Vec<Vec<Text>>,
}

/// Whether, why, and on what it leans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The answer.
    pub answer: Answer,
    /// The statements that decided, deciding ones first; empty only where nothing speaks of it.
    pub statements: Vec<Statement>,
    /// What it leans on that nobody said.
    pub assumptions: Vec<Text>,
    /// For [`Answer::Settable`]: all of these.
    pub settable: Vec<Settable>,
}

/// What an action is to be taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A resource of the inventory.
    Resource(u32),
    /// Something the principal makes or names itself: any resource will do.
    Anything,
    /// A project, subscription or resource group as a whole, by the number that [`Rights::places`] gives it.
    Place(u32),
    /// A name in the provider's own form: an ARN, a resource id, a full resource name. Parts that nobody knows may stand
    /// as `${name}` or `*`.
    Named(&'a str),
}

/// What else is known of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request<'a> {
    /// The service that a role is passed to (`iam:PassedToService`).
    pub passed_to: Option<&'a str>,
    /// Further keys of conditions: name, value.
    pub context: Vec<(&'a str, &'a str)>,
}
