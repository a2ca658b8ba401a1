//! The command line from outside: the built program is run as people and pipelines run it.

// The attribute tells the lints that helpers outside of test functions are for tests as well.
#[cfg(test)]
mod ask;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod check;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod convert;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod deploy;
#[cfg(test)]
mod diff;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod first_audit;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod guide_decisions;
#[cfg(test)]
mod help;
#[cfg(test)]
mod import;
#[cfg(test)]
mod infrastructure;
#[cfg(test)]
mod init;
#[cfg(test)]
mod library;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod outputs;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod plan;
#[cfg(all(test, feature = "push"))]
mod push;
#[cfg(test)]
mod quiet;
#[cfg(test)]
mod record;
#[cfg(test)]
mod scope;
#[cfg(test)]
mod score;
#[cfg(test)]
mod simulate;
#[cfg(test)]
mod sizes;
#[cfg(test)]
mod support;
#[cfg(test)]
mod threagile;
#[cfg(test)]
mod treat;
