//! Threats as data: the library's files, the condition language, derived facts, evaluation and explanation.
//!
//! The way through: [`library::Library::read`] compiles the files; [`facts::Facts::new`] turns a model into columns;
//! [`evaluate::evaluate`] says where each threat fires, asks or is stopped; [`evidence`] and [`sentence`] say why.

pub mod bits;
pub mod condition;
mod derived;
pub mod evaluate;
pub mod evidence;
pub mod facts;
pub mod frameworks;
pub mod library;
pub mod sentence;
