//! The text format from outside: what is read, what is reported, what is written.

mod answer;
mod documents;
mod hostile;
mod overlay;
mod read;
mod round_trip;
mod schema;
mod support;
