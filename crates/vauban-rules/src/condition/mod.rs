//! The condition language: a typed, total subset of CEL over the facts of a model.
//!
//! Text is parsed to [`ast::Condition`], already checked against the vocabulary, then evaluated over whole columns
//! ([`mod@column`]) to find where it holds and at single elements ([`witness`]) to say why.

pub mod ast;
pub mod column;
pub mod parse;
pub mod witness;
