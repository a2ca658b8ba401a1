//! Our text format: models, overlays, decisions, configuration and methodologies, read with a place on every value and
//! written so that a person would have written the same.
//!
//! - [`read_model`] reads the files of one model; [`includes`] names the files that a file asks for, and
//!   [`join_include`] says which of them may be followed. Files are opened by the caller.
//! - [`write_model`] writes any model, also an imported one, so that reading it again gives the same model.
//! - [`apply_overlay`] lays what people add over what was read; [`write_answer`] and [`write_assumption`] add one answer to an
//!   overlay and leave the rest of its text alone.
//! - [`read_decisions`], [`read_config`] and [`read_methodology`] read the other documents.
//! - [`read_record`] reads and checks the record of events, [`append_events`] adds to it, [`join_records`] joins two copies.
//! - [`json_schema`] describes all of them for editors; [`init_model`] writes a first model.
//!
//! Reading never fails: what is broken is reported with its place and a remedy, and the rest goes on. The words a model
//! may use come from the vocabulary (`vauban_model::vocabulary`); ids of controls and names of technologies are not
//! checked here, as the library is not visible from this crate.

mod answer;
mod arrow;
mod attack_trees;
mod body;
mod brand;
mod config;
mod decision_edit;
mod decisions;
mod document;
mod drawings;
mod emit;
mod include;
mod init;
mod keys;
mod lists;
mod methodology;
mod names;
mod overlay;
mod quantification;
mod read;
mod records;
mod report;
mod schema;
mod scoring;
mod small;
mod templates;
mod write;

pub use answer::{write_answer, write_assumption};
pub use brand::{BrandSettings, read_brand};
pub use config::{BrandSource, ColumnsSource, Config, FailOn, MethodologySource, Setting, Show, read_config};
pub use decision_edit::write_decision;
pub use decisions::{read_decisions, write_decisions};
pub use document::{InputFile, recognise};
pub use include::{includes, join_include};
pub use init::{InitAnswers, SystemKind, init_model};
pub use methodology::{read_methodology, write_methodology};
pub use overlay::apply_overlay;
pub use read::{ReadModel, read_model};
pub use records::{
    Joined, NO_HASH, RECORD_FILE, RecordRefused, append_events, event_hash, event_line, join_records, read_record,
    seal_line, sha256_hex, write_record,
};
pub use report::Reference;
pub use schema::{Document, json_schema};
pub use write::write_model;
