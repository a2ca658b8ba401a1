//! Credentials in code: whose they are, and where they lie.
//!
//! First `makers` finds what makes credentials and what sets passwords; each gives the forms in which its credential
//! can occur: a reference to an attribute, the name of an input nobody set, a literal text, a file. Then `places`
//! walks every attribute of every resource once and follows references on from where one of the forms was met; `literals`
//! knows what was written down as plain text,
//! and `resolved` what is taken out of a vault while the code is rolled out.

mod book;
mod literals;
mod makers;
mod places;
mod resolved;
mod scripts;
mod text;

use vauban_model::Span;
use vauban_model::resource::Text;

use crate::Estate;

pub(crate) use resolved::is_kept_text;
pub(crate) use text::{decoded, without_passwords};

/// All credentials of an inventory, in the order in which they are made, with everywhere they lie. Linear in the size of
/// the inventory.
pub fn find(estate: &Estate<'_>) -> Vec<Credential> {
    let mut book = book::Book::default();
    makers::collect(estate, &mut book);
    places::collect(estate, &mut book);
    book.finish()
}

/// Where a credential lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In the configuration: environment, start script, parameters.
    Configuration,
    /// In what the resource keeps: an object, a table's item, a parameter, a secret.
    Content,
}

/// A credential at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The resource that holds it.
    pub resource: u32,
    /// Where in it.
    pub place: Place,
    /// The attribute, such as `environment.variables.KEY`.
    pub attribute: Text,
    /// Where it stands.
    pub span: Span,
}

/// Whose a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A principal: a user, a role, a service account.
    Principal(u32),
    /// A login of a data store, machine or application.
    Login(u32),
}

/// A credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// A stable id: the address of the resource that makes it (`aws_iam_access_key.x`), or `password:<address>`.
    pub id: Text,
    /// A name for people.
    pub name: Text,
    /// Whose it is.
    pub owners: Vec<Owner>,
    /// Where it lies, each once.
    pub holdings: Vec<Holding>,
    /// Where it is made.
    pub span: Span,
    /// What this leans on that nobody said.
    pub assumptions: Vec<Text>,
    /// Whether its own text stands in what was read.
    pub written: bool,
}
