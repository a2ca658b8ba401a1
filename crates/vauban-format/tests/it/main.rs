//! The text format from outside: what is read, what is reported, what is written.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod answer;
mod documents;
mod hostile;
mod overlay;
mod read;
mod records;
mod round_trip;
mod schema;
mod support;
