//! The graph engine against plain brute force on small random graphs.

// The attribute tells the lints that all of this is test code, helpers included.
#[cfg(test)]
mod graph;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod simulate;
