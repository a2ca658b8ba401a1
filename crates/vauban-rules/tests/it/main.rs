//! The rules from outside: conditions, derived facts, controls, the library's loader, kept fuzz inputs.

// The attribute tells the lints that helpers outside of test functions are for tests as well.
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod controls;
#[cfg(test)]
mod derived;
#[cfg(test)]
mod dice;
#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod library;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod support;
