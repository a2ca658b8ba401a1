//! Who reaches what: rule by rule on small inventories, and against a simulator that tries packets one by one.

mod aws;
mod build;
mod corpus;
mod oracle;
mod others;
