//! What infrastructure code and cloud state mean: elements, facts and flows of a model; who may do what; which ways
//! there are through the network; and the steps that an attacker can take because of all that.
//!
//! Everything here works on one [`Inventory`](vauban_model::resource::Inventory) in the catalogue's words:
//! [`catalogue::Catalogue::canonicalise`] first gives the same thing of different tools the same type and attribute
//! names. No input or output, no clock.

mod accounts;
pub mod catalogue;
pub mod cluster;
pub mod detection;
mod endpoints;
mod estate;
pub mod flows;
pub mod granted;
pub mod grants;
pub mod lower;
pub mod network;
pub mod permissions;
mod scopes;
pub mod secrets;
pub mod uses;

pub use accounts::tell_apart;
pub use estate::Estate;

use vauban_model::FileId;

/// A file of the library, as the caller has it.
#[derive(Clone, Copy, Debug)]
pub struct LibraryText<'a> {
    /// The file's number, for places in diagnostics.
    pub id: FileId,
    /// Its path inside the library, such as `resources/aws.toml`.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
}
