//! Credentials in code: whose they are, and where they lie.

use vauban_model::Span;
use vauban_model::resource::Text;

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
}
