//! What readers of infrastructure code promise, over fixtures and the corpus.

mod cloudformation;
mod compose;
mod kubernetes;
mod support;
mod state;
mod terraform;
