//! Foreign model files into our model, faithfully: what has a place here gets it, what has none is kept as a
//! remark, and what could not be kept is reported with its place.
//!
//! Each format is a module of two halves. `raw.rs` mirrors the format field by field, unknown fields included, and
//! decides nothing. `lower.rs` decides what each of them means in our vocabulary; its module documentation holds the
//! tables. Nothing is lost by accident: a field that `raw.rs` does not know ends up among the remarks with a warning,
//! and a field that `lower.rs` forgets is never read, which the compiler reports as dead code.
//!
//! What a format says only by default is not taken as said: an unticked box of a drawing tool is *unknown*, not
//! *false*, while a `false` that the format makes everybody write is *false*.
//!
//! No input or output here. The caller reads the files, [`includes`] tells which others are wanted.

mod archive;

mod canvas;
mod cyclonedx;
mod draft;
mod drawio;
mod extras;
mod gates;
mod kept;
mod listed;
mod log;
mod lucidchart;
mod mermaid;
mod mtmt;
mod names;
mod otm;
mod plantuml;
mod prose;
mod pytm;
mod raw;
mod recognise;
mod sketch;
mod spreadsheet;
mod structurizr;
mod technologies;
mod threagile;
mod threat_composer;
mod threat_dragon;
mod threatcl;
mod tm_library;
mod unknown;
mod visio;
mod way;
mod xml;
mod zones;

pub use archive::unpack;
use vauban_model::finding::Decision;
use vauban_model::model::{ElementRef, Model};
use vauban_model::{Diagnostic, FileId, Severity, Span};

/// A file handed in by the caller: decoded, and registered in the caller's source map.
#[derive(Clone, Copy, Debug)]
pub struct InputFile<'a> {
    /// The file's number, for places in diagnostics and facts.
    pub id: FileId,
    /// The name to show, with forward slashes.
    pub name: &'a str,
    /// The text; empty for a file that is none.
    pub text: &'a str,
    /// The bytes of a file that is no text, by [`is_binary`]; empty for texts.
    pub bytes: &'a [u8],
}

impl<'a> InputFile<'a> {
    /// A text.
    pub fn text(id: FileId, name: &'a str, text: &'a str) -> Self {
        InputFile { id, name, text, bytes: &[] }
    }
}

/// Whether a file is read as bytes and not as text: an archive, a picture, an old Office file.
pub fn is_binary(bytes: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 4] =
        [b"PK\x03\x04", b"PK\x05\x06", b"\x89PNG\r\n\x1a\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"];
    BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning))
}

/// A foreign format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Threagile model files, 0.9 and 1.0.
    Threagile,
    /// The Open Threat Model interchange format, 0.1 and 0.2.
    OpenThreatModel,
    /// OWASP Threat Dragon models, versions 1 and 2, and its templates.
    ThreatDragon,
    /// Models and templates of the Microsoft Threat Modeling Tool.
    MicrosoftThreatModelingTool,
    /// Drawings of draw.io, plain, compressed, or carried along by a picture.
    DrawIo,
    /// Visio drawings, also as Lucidchart exports them.
    Visio,
    /// Shape data that Lucidchart exports as CSV.
    Lucidchart,
    /// Workspaces of the Structurizr DSL.
    Structurizr,
    /// Component and deployment diagrams of PlantUML, with the macros of C4-PlantUML.
    PlantUml,
    /// Flowcharts of Mermaid, also in Markdown.
    Mermaid,
    /// Threat Composer's statements and packs.
    ThreatComposer,
    /// Models of the OWASP Threat Model Library.
    ThreatModelLibrary,
    /// CycloneDX: services, and the threat-model preview of version 2.0.
    CycloneDx,
    /// The JSON that OWASP pytm reads and writes.
    Pytm,
    /// threatcl's HCL.
    Threatcl,
    /// Spreadsheets: workbooks and CSV.
    Spreadsheet,
}

impl Format {
    /// All formats, in a fixed order.
    pub const ALL: [Format; 16] = [
        Format::Threagile,
        Format::OpenThreatModel,
        Format::ThreatDragon,
        Format::MicrosoftThreatModelingTool,
        Format::DrawIo,
        Format::Visio,
        Format::Lucidchart,
        Format::Structurizr,
        Format::PlantUml,
        Format::Mermaid,
        Format::ThreatComposer,
        Format::ThreatModelLibrary,
        Format::CycloneDx,
        Format::Pytm,
        Format::Threatcl,
        Format::Spreadsheet,
    ];

    /// The word for flags and JSON; also the prefix of the remarks kept from this format (`threagile:size`).
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Threagile => "threagile",
            Format::OpenThreatModel => "otm",
            Format::ThreatDragon => "threat-dragon",
            Format::MicrosoftThreatModelingTool => "mtmt",
            Format::DrawIo => "drawio",
            Format::Visio => "visio",
            Format::Lucidchart => "lucidchart",
            Format::Structurizr => "structurizr",
            Format::PlantUml => "plantuml",
            Format::Mermaid => "mermaid",
            Format::ThreatComposer => "threat-composer",
            Format::ThreatModelLibrary => "tm-library",
            Format::CycloneDx => "cyclonedx",
            Format::Pytm => "pytm",
            Format::Threatcl => "threatcl",
            Format::Spreadsheet => "spreadsheet",
        }
    }

    /// The format with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Format::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// The name for people, with the versions that are read.
    pub fn description(self) -> &'static str {
        match self {
            Format::Threagile => "Threagile model (YAML, 0.9 and 1.0, with includes)",
            Format::OpenThreatModel => "Open Threat Model (JSON or YAML, 0.1 and 0.2)",
            Format::ThreatDragon => "OWASP Threat Dragon model or template (JSON, versions 1 and 2)",
            Format::MicrosoftThreatModelingTool => "Microsoft Threat Modeling Tool model (.tm7) or template (.tb7)",
            Format::DrawIo => "draw.io drawing (.drawio, .xml, .drawio.svg, .drawio.png)",
            Format::Visio => "Visio drawing (.vsdx, .vsdm), from Visio or Lucidchart",
            Format::Lucidchart => "Lucidchart shape data (CSV export, in any language)",
            Format::Structurizr => "Structurizr DSL workspace (.dsl, with includes)",
            Format::PlantUml => "PlantUML component or deployment diagram, also with C4-PlantUML (.puml)",
            Format::Mermaid => "Mermaid flowchart, C4 or architecture diagram (.mmd, or fences in Markdown)",
            Format::ThreatComposer => "Threat Composer workspace or pack (JSON, schema 1)",
            Format::ThreatModelLibrary => "OWASP Threat Model Library (JSON, 1.0 and its forerunners)",
            Format::CycloneDx => "CycloneDX (JSON, services of 1.2 to 1.7; the threat models of 2.0 are experimental)",
            Format::Pytm => "OWASP pytm (the JSON it reads and writes, up to 1.4)",
            Format::Threatcl => "threatcl (HCL, spec 0.1 to 0.7, with `including` and `imports`)",
            Format::Spreadsheet => "spreadsheet (.xlsx, .csv, .tsv), ours or a team's own",
        }
    }

    /// What files of this format can say about a system, for people who choose one.
    pub fn carries(self) -> &'static str {
        match self {
            Format::Threagile => {
                "components, data flows with protocol and authentication, nested boundaries, data assets with their \
                 needs, shared runtimes, abuse cases, requirements, questions, manual risks, decisions on risks"
            }
            Format::OpenThreatModel => {
                "components and their parts, data flows, nested trust zones with a rating, data assets with their \
                 needs, threats and mitigations with their state; no protocols, no authentication"
            }
            Format::ThreatDragon => {
                "processes, stores, actors, flows, boundary boxes and lines as drawn, threats with status, severity \
                 and mitigation; no data assets, no roles"
            }
            Format::MicrosoftThreatModelingTool => {
                "processes, stores, external interactors, flows, boundary boxes and lines of all diagrams as drawn, their \
                 attributes, scope, notes, threats with state, justification and priority; the file's own threat types \
                 can be run"
            }
            Format::DrawIo => {
                "whatever shapes and icons say: components, flows with the protocol in their label, zones as drawn, data \
                 and controls marked with the threat-modeling library, attack trees; all of a model that Vauban exported"
            }
            Format::Visio => {
                "shapes of all pages as components, by their masters; boxes and containers around others, boundary lines, \
                 connectors with direction, shape data; no threats, no data assets"
            }
            Format::Lucidchart => {
                "shapes of all pages as components, containers and lanes, lines with direction, custom data; no places, no \
                 threats, no data assets"
            }
            Format::Structurizr => {
                "people, systems, containers and components, groups, relationships with technology, deployment nodes and \
                 what runs on them, tags, properties, views by name; no places, no threats, no data assets"
            }
            Format::PlantUml => {
                "elements and C4 macros as components, boundaries and deployment nodes, relations with technology and \
                 direction, tags, properties, notes; no places, no threats, no data assets"
            }
            Format::Mermaid => {
                "nodes, subgraphs and links with text and direction; no places, no threats, no data assets"
            }
            Format::ThreatComposer => {
                "threat statements with their grammar, STRIDE, priority and status, assumptions, mitigations, links among \
                 them; the system itself is a picture, so no components"
            }
            Format::ThreatModelLibrary => {
                "actors, components and their parts, data stores, data sets with placements, flows, trust zones and what \
                 is asked between them, assumptions, personas, threats, controls and risks"
            }
            Format::CycloneDx => {
                "services with endpoints, trust zones and data; of 2.0: actors, assets, data stores and sets, zones, \
                 boundaries, flows, assumptions, threats, scenarios, risks, controls"
            }
            Format::Pytm => {
                "servers, processes, stores, actors, flows, boundaries, data, assumptions, controls that are there, \
                 findings of a report"
            }
            Format::Threatcl => {
                "processes, stores, external elements, flows and trust zones of all diagrams, information assets, threats \
                 with controls and risk, use cases, exclusions, third parties"
            }
            Format::Spreadsheet => {
                "components, flows, zones, data assets, roles, threats with their state, decisions, assumptions, answers, as \
                 far as columns are understood (`--columns` says which is what); our own workbook whole"
            }
        }
    }
}

/// What an import yields: always a model, however little of it, and every problem on the way.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The model.
    pub model: Model,
    /// What was decided about threats in the foreign tool.
    pub decisions: Vec<ImportedDecision>,
    /// What was decided about our own findings, in files that we wrote or that name them.
    pub own_decisions: Vec<Decision>,
    /// What the file's own rules say of it, for formats that bring rules along.
    pub embedded: Vec<EmbeddedThreat>,
    /// How many rules of its own the file brings along, whether they fire or not.
    pub embedded_rules: usize,
    /// What could not be understood or carried over, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
}

/// A threat that a file's own rules give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedThreat {
    /// The foreign id of the rule.
    pub kind: Box<str>,
    /// The title, with the names of the elements.
    pub title: Box<str>,
    /// The description, with the names of the elements.
    pub description: Box<str>,
    /// The category's name.
    pub category: Box<str>,
    /// The category's id; empty if the file does not say.
    pub category_id: Box<str>,
    /// The flow it is about.
    pub flow: Option<ElementRef>,
    /// Where the flow starts.
    pub source: Option<ElementRef>,
    /// Where the flow ends.
    pub target: Option<ElementRef>,
    /// The priority, as written.
    pub priority: Box<str>,
    /// The state recorded in the file, as written; empty if the file does not list the threat.
    pub state: Box<str>,
    /// Why it is in that state.
    pub justification: Box<str>,
    /// What the rule says can be done.
    pub mitigation: Box<str>,
    /// The clauses of the rule's condition that hold.
    pub because: Vec<Box<str>>,
    /// The whole condition.
    pub filter: Box<str>,
    /// Where the flow stands.
    pub span: Span,
    /// Where the rule stands.
    pub kind_span: Span,
    /// The key under which the file keeps it.
    pub native_key: Box<str>,
}

/// A decision about threats, in the words of the foreign tool. Texts that were not given are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedDecision {
    /// The foreign id of the threats meant, wildcards kept: `unencrypted-asset@db`, `missing-hardening@*`.
    pub pattern: Box<str>,
    /// The foreign rule: the pattern up to its first `@`.
    pub foreign_rule: Box<str>,
    /// The rest of the pattern, one entry per `@`: foreign ids of elements, or wildcards.
    pub elements: Vec<Box<str>>,
    /// The status, as written.
    pub status: Box<str>,
    /// Why.
    pub reason: Box<str>,
    /// The ticket that follows it up.
    pub ticket: Box<str>,
    /// When it was decided, as written.
    pub date: Box<str>,
    /// Who checked it.
    pub by: Box<str>,
    /// Where it stands.
    pub span: Span,
}

/// Which format a text is in, judged by its top-level keys; the name only breaks a tie.
///
/// Looks for keys without building a tree and never past the first few megabytes. Our own models, and YAML of other
/// trades such as Kubernetes, Compose or OpenAPI, are nobody's.
pub fn recognise(name: &str, text: &str) -> Option<Format> {
    recognise::recognise(name, text)
}

/// What a file is that nobody recognised, and what to do about it, where that can be told: what it is as the end of `it
/// is …`, and a help. `bytes` are those of a file that is no text, else empty.
pub fn why_unknown(name: &str, text: &str, bytes: &[u8]) -> Option<(String, String)> {
    unknown::why_unknown(name, text, bytes)
}

/// Which format a file that is no text is in, judged by what is in the archive or the picture.
pub fn recognise_bytes(name: &str, bytes: &[u8]) -> Option<Format> {
    recognise::recognise_bytes(name, bytes)
}

/// The further files that a text wants merged into it, as written, relative to that file.
///
/// The caller reads them, refuses what lies outside the user's folder, asks again for each of them, and hands all of
/// them to [`import`] in the order found, each file's own includes right behind it.
pub fn includes(format: Format, text: &str, file: FileId) -> Vec<(String, Span)> {
    match format {
        Format::Threagile => threagile::includes(text, file),
        Format::Structurizr => structurizr::includes(text, file),
        Format::Threatcl => threatcl::includes(text, file),
        Format::PlantUml => plantuml::includes(text, file),
        _ => Vec::new(),
    }
}

/// Reads files of one format into one model. The first file is the main one; the others are its includes.
///
/// Never fails on content: what is broken is reported and the rest is read.
pub fn import(format: Format, files: &[InputFile<'_>]) -> Imported {
    let mut imported = match format {
        Format::Threagile => threagile::import(files),
        Format::OpenThreatModel => otm::import(files),
        Format::ThreatDragon => threat_dragon::import(files),
        Format::MicrosoftThreatModelingTool => mtmt::import(files),
        Format::DrawIo => drawio::import(files),
        Format::Visio => visio::import(files),
        Format::Lucidchart => lucidchart::import(files),
        Format::Structurizr => structurizr::import(files),
        Format::PlantUml => plantuml::import(files),
        Format::Mermaid => mermaid::import(files),
        Format::ThreatComposer => threat_composer::import(files),
        Format::ThreatModelLibrary => tm_library::import(files),
        Format::CycloneDx => cyclonedx::import(files),
        Format::Pytm => pytm::import(files),
        Format::Threatcl => threatcl::import(files),
        Format::Spreadsheet => spreadsheet::import(files),
    };
    let told =
        |it: &Diagnostic| it.severity == Severity::Error || it.code == "import-empty" || it.code == "import-template";
    if is_empty(&imported.model) && imported.decisions.is_empty() && !imported.diagnostics.iter().any(told) {
        let (message, help) = match format {
            Format::CycloneDx => (
                "this is a bill of materials without services: there is nothing in it that could be a part of a system",
                "what software is built of says nothing of how it runs; name a file with `services`, or a drawing of the system",
            ),
            _ => (
                "there is nothing in the file that could be a part of a system",
                "draw or write something in its tool, and save it again",
            ),
        };
        let place = files.first().map(|file| draft::beginning(file.id));
        imported.diagnostics.push(Diagnostic::new(Severity::Warning, "import-empty", place, message).help(help));
    }
    // Advice on how to write a mapping is for YAML; in JSON, other signs make one.
    let json: Vec<FileId> =
        files.iter().filter(|file| raw::body(file.text).starts_with(['{', '['])).map(|file| file.id).collect();
    for diagnostic in &mut imported.diagnostics {
        let in_json = diagnostic.span.is_some_and(|span| json.contains(&span.file));
        let help = match diagnostic.code {
            "expected-mapping" => "write an object: `{\"key\": \"value\"}`",
            "expected-list" => "write an array: `[item, item]`",
            _ => continue,
        };
        if in_json && diagnostic.help.is_some() {
            diagnostic.help = Some(help.to_owned());
        }
    }
    imported
}

/// Whether a model says nothing of any system. Without a word, that would look like a system without threats.
fn is_empty(model: &Model) -> bool {
    model.components.is_empty()
        && model.flows.is_empty()
        && model.boundaries.is_empty()
        && model.data.is_empty()
        && model.identities.is_empty()
        && model.recorded_threats.is_empty()
        && model.attack_trees.is_empty()
        && model.assumptions.is_empty()
        && model.notes.is_empty()
}
