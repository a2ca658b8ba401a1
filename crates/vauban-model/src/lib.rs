//! The vocabulary of Vauban: elements, facts, findings, paths, places in files, diagnostics.
//!
//! No input or output, no clock, no serialisation: every other crate speaks in these types.

pub mod attack_tree;
pub mod brand;
pub mod coverage;
pub mod day;
pub mod diagnostic;
pub mod document;
pub mod drawing;
pub mod finding;
pub mod framework;
pub mod index;
pub mod library;
pub mod metric;
pub mod model;
pub mod plan;
pub mod proof;
pub mod quantification;
pub mod record;
pub mod recorded;
pub mod report;
pub mod resource;
pub mod review;
pub mod scale;
pub mod scoring;
pub mod simulation;
pub mod span;
pub mod state;
pub mod threagile;
mod times;
pub mod treatment;
pub mod vocabulary;
pub mod words;

pub use diagnostic::{Diagnostic, Severity, did_you_mean};
pub use span::{FileId, SourceFile, SourceMap, Span};
