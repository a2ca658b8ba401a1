//! What readers of infrastructure code promise, over fixtures and the corpus.

mod cloudformation;
mod terraform;
