//! Models in the formats of other tools, one module each.
//!
//! A format says what it can carry as a list of [`Aspect`]s. What a model has beyond that is counted and named by
//! [`losses()`], the same for all formats, so that a person can decide before anything is written. An exporter adds
//! what only it can know.

mod cyclonedx;
mod drawio;
mod filled;
mod graphviz;
mod kept;
mod listed;
mod losses;
mod mermaid;
mod mtmt;
mod otm;
mod places;
mod plantuml;
mod spreadsheet;
mod tables;
mod threagile;
mod threat_composer;
mod threat_dragon;
mod threat_dragon_onto;
mod threatcl;
mod tm_library;
mod tree;
mod words;
mod yaml;

use vauban_model::report::Report;
use vauban_model::vocabulary::{Domain, FactId};

pub use losses::{Aspect, Loss, losses};

/// A format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// A Mermaid flowchart, for Markdown.
    Mermaid,
    /// A model of the Microsoft Threat Modeling Tool, written back into its own file.
    MicrosoftThreatModelingTool,
    /// A drawing of draw.io, new or written back into.
    DrawIo,
    /// Statements for Threat Composer.
    ThreatComposer,
    /// A model for the OWASP Threat Model Library.
    ThreatModelLibrary,
    /// CycloneDX, the preview of version 2.0.
    CycloneDx,
    /// threatcl's HCL.
    Threatcl,
    /// Open Threat Model, as IriusRisk reads it.
    OpenThreatModel,
    /// OWASP Threat Dragon.
    ThreatDragon,
    /// A PlantUML component diagram.
    PlantUml,
    /// A Graphviz graph.
    Graphviz,
    /// A Threagile model file.
    Threagile,
    /// A workbook for Excel and its like.
    Spreadsheet,
    /// One table as comma-separated values.
    Csv,
}

impl Format {
    /// All formats, in a fixed order.
    pub const ALL: [Format; 14] = [
        Format::Mermaid,
        Format::MicrosoftThreatModelingTool,
        Format::DrawIo,
        Format::ThreatComposer,
        Format::ThreatModelLibrary,
        Format::CycloneDx,
        Format::Threatcl,
        Format::OpenThreatModel,
        Format::ThreatDragon,
        Format::PlantUml,
        Format::Graphviz,
        Format::Threagile,
        Format::Spreadsheet,
        Format::Csv,
    ];

    /// Whether our part can go into a file of this format, with everything else in it left as it is.
    pub fn keeps_original(self) -> bool {
        matches!(
            self,
            Format::MicrosoftThreatModelingTool | Format::DrawIo | Format::ThreatComposer | Format::ThreatDragon
        )
    }

    /// The word for flags.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Mermaid => "mermaid",
            Format::MicrosoftThreatModelingTool => "mtmt",
            Format::DrawIo => "drawio",
            Format::ThreatComposer => "threat-composer",
            Format::ThreatModelLibrary => "tm-library",
            Format::CycloneDx => "cyclonedx",
            Format::Threatcl => "threatcl",
            Format::OpenThreatModel => "otm",
            Format::ThreatDragon => "threat-dragon",
            Format::PlantUml => "plantuml",
            Format::Graphviz => "graphviz",
            Format::Threagile => "threagile",
            Format::Spreadsheet => "spreadsheet",
            Format::Csv => "csv",
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
            Format::DrawIo => "draw.io drawing with our data on its shapes",
            Format::ThreatComposer => "Threat Composer workspace (schema 1)",
            Format::ThreatModelLibrary => "OWASP Threat Model Library (1.0.2)",
            Format::CycloneDx => "CycloneDX 2.0 threat model (experimental: the format is a preview and will change)",
            Format::Threatcl => "threatcl HCL (spec 0.7)",
            Format::OpenThreatModel => "Open Threat Model 0.2.0 (JSON), as IriusRisk reads it",
            Format::ThreatDragon => "OWASP Threat Dragon 2 model, or back into a file of version 1 or 2",
            Format::PlantUml => "PlantUML component diagram",
            Format::Graphviz => "Graphviz graph (DOT)",
            Format::Threagile => "Threagile model (YAML, 1.0.0)",
            Format::Spreadsheet => "workbook (.xlsx) with a sheet for components, flows, threats, decisions and more",
            Format::Csv => "one table as CSV, chosen with `--sheet`",
        }
    }

    /// The usual ending of its files, without the dot; endings of two parts keep their inner dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Mermaid => "mmd",
            Format::MicrosoftThreatModelingTool => "tm7",
            Format::DrawIo => "drawio",
            Format::ThreatComposer => "tc.json",
            Format::ThreatModelLibrary => "tmbom.json",
            Format::CycloneDx => "cdx.json",
            Format::Threatcl => "hcl",
            Format::OpenThreatModel => "otm",
            Format::ThreatDragon => "td.json",
            Format::PlantUml => "puml",
            Format::Graphviz => "dot",
            Format::Threagile => "threagile.yaml",
            Format::Spreadsheet => "xlsx",
            Format::Csv => "csv",
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
            Format::DrawIo => drawio::CARRIES,
            Format::ThreatComposer => threat_composer::CARRIES,
            Format::ThreatModelLibrary => tm_library::CARRIES,
            Format::CycloneDx => cyclonedx::CARRIES,
            Format::Threatcl => threatcl::CARRIES,
            Format::OpenThreatModel => otm::CARRIES,
            Format::ThreatDragon => threat_dragon::CARRIES,
            Format::PlantUml => plantuml::CARRIES,
            Format::Graphviz => graphviz::CARRIES,
            Format::Threagile => threagile::CARRIES,
            Format::Spreadsheet => spreadsheet::CARRIES,
            Format::Csv => spreadsheet::CSV_CARRIES,
        }
    }

    /// Whether a fact has a place in it, for formats that hold facts at all.
    pub fn holds_fact(self, fact: FactId) -> bool {
        match self {
            Format::Mermaid
            | Format::MicrosoftThreatModelingTool
            | Format::ThreatComposer
            | Format::PlantUml
            | Format::Graphviz => false,
            Format::ThreatModelLibrary => tm_library::holds(fact),
            Format::CycloneDx => cyclonedx::holds(fact),
            Format::Threatcl => threatcl::holds(fact),
            Format::DrawIo | Format::OpenThreatModel | Format::ThreatDragon | Format::Spreadsheet => true,
            Format::Threagile => threagile::holds(fact),
            Format::Csv => fact.definition().on.contains(&Domain::Component),
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
    /// What the file does not say, beyond what [`losses()`] tells.
    pub losses: Vec<Loss>,
    /// What a person has to know: choices made, what to do next.
    pub remarks: Vec<String>,
}

/// Writes a model in a format. `original` is the file it was read from, if that was in the same format.
pub fn export(format: Format, report: &Report<'_>, original: Option<Original<'_>>) -> Exported {
    match format {
        Format::Mermaid => mermaid::export(report),
        Format::MicrosoftThreatModelingTool => mtmt::export(report, original),
        Format::DrawIo => drawio::export(report, original),
        Format::ThreatComposer => threat_composer::export(report, original),
        Format::ThreatModelLibrary => tm_library::export(report, original),
        Format::CycloneDx => cyclonedx::export(report, original),
        Format::Threatcl => threatcl::export(report, original),
        Format::OpenThreatModel => otm::export(report),
        Format::ThreatDragon => threat_dragon::export(report, original),
        Format::PlantUml => plantuml::export(report),
        Format::Graphviz => graphviz::export(report),
        Format::Threagile => threagile::export(report),
        Format::Spreadsheet => spreadsheet::export(report),
        Format::Csv => spreadsheet::csv(report, "components"),
    }
}

/// One table of a model as CSV; `name` is that of a workbook's sheet, in any case.
pub fn csv_table(report: &Report<'_>, name: &str) -> Exported {
    spreadsheet::csv(report, name)
}
