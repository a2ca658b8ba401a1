//! The laws of choosing controls, against brute force.

// The attribute tells the lints that all of this is test code, helpers included.
#[cfg(test)]
mod selection;
