//! What the meaning of cloud configuration promises, over fixtures and the corpus.

// The attribute tells the lints that helpers outside of test functions are for tests as well.
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod lower;
#[cfg(test)]
mod network;
#[cfg(test)]
mod permissions_aws;
#[cfg(test)]
mod permissions_clouds;
#[cfg(test)]
mod permissions_corpus;
#[cfg(test)]
mod world;
