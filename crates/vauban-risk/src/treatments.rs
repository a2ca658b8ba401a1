//! Treatments over time: from a proposal to what shows that it was carried out, computed from the decisions and the record.

mod content;
mod force;
mod history;
mod lifecycle;
mod lint;

pub use content::{bound_details, changes, content, content_hash, recorded_content};
pub use force::{Held, held};
pub use history::authors;
pub use lifecycle::{Known, SHOWN, decisions_on, denies, treatments};
pub use lint::lint;
