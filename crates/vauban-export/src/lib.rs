//! Outputs: one module each. All of them get a [`vauban_model::report::Report`] and return text.

pub mod coverage;
pub mod diagram;
mod digest;
pub mod documents;
pub mod evidence;
pub mod html;
pub mod interchange;
pub mod json;
pub mod markdown;
pub mod methodology;
pub mod navigator;
pub mod oscal;
pub mod picture;
pub mod plan;
pub mod registers;
pub mod sarif;
pub mod schema;
pub mod scoring;
pub mod simulation;
pub mod terminal;
mod text;
mod wrap;
