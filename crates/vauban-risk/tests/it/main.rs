//! The laws of choosing controls, against brute force; what of a record counts as approved.

// The attribute tells the lints that all of this is test code, helpers included.
#[cfg(test)]
mod selection;
#[cfg(test)]
mod treatments;
