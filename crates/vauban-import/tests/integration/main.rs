//! Imports of whole files: our own small ones, the public corpus, and files broken on purpose.

mod corpus;
mod dump;
mod fixtures;
mod hostile;
mod loss;
mod tmp;
