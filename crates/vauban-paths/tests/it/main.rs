//! The graph engine against plain brute force on small random graphs.

// The attribute tells the lints that all of this is test code, helpers included.
#[cfg(test)]
mod cut;
#[cfg(test)]
mod graph;
#[cfg(test)]
mod meta4ics;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod simulate;
