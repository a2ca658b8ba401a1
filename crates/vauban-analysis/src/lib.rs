//! The façade: everything a client can ask of Vauban, in plain data.
//!
//! A client hands in bytes and a way to read more of them, and gets findings, questions, paths, documents. The command
//! line, the language server and the web application all go through here and contain no analysis of their own.

pub mod about;
pub mod analyse;
mod cloud;
pub mod compare;
mod cut;
pub mod embedded;
mod engine;
pub mod evidence;
pub mod examples;
pub mod foreign;
pub mod infrastructure;
pub mod lint;
pub mod metrics;
mod overview;
pub mod paths;
pub mod plan;
pub mod project;
pub mod questions;
pub mod reviews;
pub mod scope;
mod scoring;
pub mod session;
pub mod simulation;
pub mod synthetic;
pub mod treatments;
pub mod written_back;

pub use analyse::{Options, analyse};
pub use session::Session;
pub use vauban_export as export;
pub use vauban_format as format;
pub use vauban_import as import;
pub use vauban_infrastructure as reading;
pub use vauban_model::report::Analysis;
pub use vauban_risk::compliance;
pub use vauban_risk::scoring as methods;
pub use vauban_rules::library::threat::value_text;
pub use vauban_rules::library::{Library, LibraryFile};
#[cfg(feature = "pdf")]
pub use vauban_typeset as typeset;
