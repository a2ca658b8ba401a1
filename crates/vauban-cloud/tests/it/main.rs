//! What the meaning of cloud configuration promises, over fixtures and the corpus.

mod flows;
mod catalogue;
mod lower;
mod network;
mod permissions_aws;
mod secrets;
mod permissions_clouds;
mod permissions_corpus;
mod world;
