//! Models in the formats of other tools, one module each.
//!
//! A format says what it can carry as a list of [`Aspect`]s. What a model has beyond that is counted and named by
//! [`losses`], the same for all formats, so that a person can decide before anything is written. An exporter adds
//! what only it can know.

mod losses;
mod mermaid;
mod mtmt;

use vauban_model::report::Report;
use vauban_model::vocabulary::FactId;

pub use losses::{Aspect, Loss, losses};

/// A format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// A Mermaid flowchart, for Markdown.
    Mermaid,
    /// A model of the Microsoft Threat Modeling Tool, written back into its own file.
    MicrosoftThreatModelingTool,
}

impl Format {
    /// All formats, in a fixed order.
    pub const ALL: [Format; 2] = [Format::Mermaid, Format::MicrosoftThreatModelingTool];

    /// The word for flags.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Mermaid => "mermaid",
            Format::MicrosoftThreatModelingTool => "mtmt",
        }
    }

    /// The format with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Format::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// The name for people, with the version that is written.
    pub fn description(self) -> &'static str {
        match self {
            Format::Mermaid => "Mermaid flowchart, for Markdown pages",
            Format::MicrosoftThreatModelingTool => {
                "Microsoft Threat Modeling Tool model, into the file it was read from"
            }
        }
    }

    /// The usual ending of its files, without the dot; endings of two parts keep their inner dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Mermaid => "mmd",
            Format::MicrosoftThreatModelingTool => "tm7",
        }
    }

    /// The format that files of this name are in, where the ending says so.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        // The longest ending decides: `.tc.json` before `.json`.
        Format::ALL
            .into_iter()
            .filter(|format| name.ends_with(&format!(".{}", format.extension())))
            .max_by_key(|format| format.extension().len())
    }

    /// What it can hold.
    pub fn carries(self) -> &'static [Aspect] {
        match self {
            Format::Mermaid => mermaid::CARRIES,
            Format::MicrosoftThreatModelingTool => mtmt::CARRIES,
        }
    }

    /// Whether a fact has a place in it, for formats that hold facts at all.
    pub fn holds_fact(self, _fact: FactId) -> bool {
        match self {
            Format::Mermaid | Format::MicrosoftThreatModelingTool => false,
        }
    }
}

/// The file that a model was read from, for formats that are written back into it: all that we do not understand stays
/// as it is.
#[derive(Clone, Copy, Debug)]
pub struct Original<'a> {
    /// Its text; empty for a file that is none.
    pub text: &'a str,
    /// Its bytes, if it is no text.
    pub bytes: &'a [u8],
}

/// A model in another format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// The file.
    pub bytes: Vec<u8>,
    /// What the file does not say, beyond what [`losses`] tells.
    pub losses: Vec<Loss>,
    /// What a person has to know: choices made, what to do next.
    pub remarks: Vec<String>,
}

/// Writes a model in a format. `original` is the file it was read from, if that was in the same format.
pub fn export(format: Format, report: &Report<'_>, original: Option<Original<'_>>) -> Exported {
    match format {
        Format::Mermaid => mermaid::export(report),
        Format::MicrosoftThreatModelingTool => mtmt::export(report, original),
    }
}
