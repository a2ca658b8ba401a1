//! Located trees: text in, a tree with a place on every node out, and every problem on the way.
//!
//! YAML, JSON and TOML are read into the same [`Node`], so that a reader of a format is written once and
//! never meets a parser. Three rules hold for all of them:
//!
//! - Reading never fails on content. What is broken is reported with its place and a remedy; what could be
//!   read is returned.
//! - Text stays text. `N`, `0755` and `1.10` keep their spelling; a caller that expects a number or a yes/no
//!   asks for one ([`Node::as_i64`], [`Node::as_bool`]) and nothing else ever becomes one.
//! - Input is hostile until shown otherwise. Depth, size, aliases and the number of messages are bounded
//!   ([`Limits`]); no input makes a reader panic, hang or overflow the stack.
//!
//! [`Fields`] decodes a mapping strictly: what nobody asked for is reported as an unknown key, with the
//! closest known one.

mod build;
mod decode;
mod fields;
mod json;
mod limits;
mod node;
mod place;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod toml;
mod yaml;

pub use decode::{DecodingNote, decode_table, decode_text};
pub use fields::Fields;
pub use json::parse_json;
pub use limits::Limits;
pub use node::{Entry, Kind, Node, Scalar};
pub use toml::parse_toml;
pub use yaml::{parse_yaml, parse_yaml_documents};
