//! Outputs: one module each. All of them get a [`vauban_model::report::Report`] and return text.

pub mod json;
pub mod methodology;
pub mod picture;
pub mod terminal;
