//! Who reaches what: rule by rule on small inventories, and against a simulator that tries packets one by one.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on says so")]

mod aws;
mod build;
mod corpus;
mod oracle;
mod others;
