//! A simulation told: as text, as Markdown, as JSON.

pub mod json;
mod numbers;
pub mod text;
