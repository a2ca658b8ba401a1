//! What readers of infrastructure code promise, over fixtures and the corpus.

#[cfg(test)]
mod cloudformation;
#[cfg(test)]
mod compose;
#[cfg(test)]
mod join;
#[cfg(test)]
mod kubernetes;
#[cfg(test)]
mod sam;
#[cfg(test)]
mod state;
#[cfg(test)]
mod support;
#[cfg(test)]
mod terraform;
