//! Amazon Web Services: names, policies and the order in which they are weighed.

mod acls;
mod anyone;
pub(crate) mod arn;
mod besides;
pub(crate) mod builds;
mod callers;
pub(crate) mod conditions;
pub(crate) mod document;
pub(crate) mod evaluate;
pub(crate) mod foreign;
pub(crate) mod index;
pub(crate) mod keys;
pub(crate) mod level;
pub(crate) mod matching;
pub(crate) mod memo;
mod narrow;
pub(crate) mod policy;
pub(crate) mod principals;
pub(crate) mod resources;
pub(crate) mod runs_as;
mod targets;
pub(crate) mod trust;
pub(crate) mod vouched;
