//! Laws of the whole analysis on the models of `cases/`.

// The attribute tells the lints that helpers outside of test functions are for tests as well.
#[cfg(test)]
mod laws;
#[cfg(test)]
mod models;
