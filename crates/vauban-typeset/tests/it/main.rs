//! Documents as PDF, from outside.

// The attribute tells the lints that helpers outside of test functions are for tests as well.
#[cfg(test)]
mod pages;
