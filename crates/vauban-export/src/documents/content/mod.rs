//! What stands in each document: one file per document, from a report and the record of events.
//!
//! No document pads. What is not known is named as a gap, with what would close it; a list says how its rows were
//! selected, how many there are and what is not among them.

mod asset_inventory;
mod attack;
mod common;
mod control_matrix;
mod data_flow_diagrams;
mod due;
mod executive_summary;
mod methodology;
mod metrics;
mod pasta;
mod review_record;
mod risk_register;
mod stride;
mod threat_catalogue;
mod treatment_plan;

use vauban_model::document::{AS_OF, Block, Document, Inline};
use vauban_model::record::{Event, Record};
use vauban_model::report::Report;

use crate::digest::Digest;

/// What documents are made from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The model, the library and what the analysis says.
    pub report: &'a Report<'a>,
    /// What happened: decisions, approvals, reviews. Empty where nobody keeps a record.
    pub record: &'a Record,
    /// What an approval of the model may be bound to, each 64 hexadecimal digits: the SHA-256 of its canonical text, and of its file.
    pub model_hashes: &'a [String],
    /// Classification marking; empty for none.
    pub marking: &'a str,
}

/// A document that can be made.
pub struct Kind {
    /// Its name on the command line and in files.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it answers, in a line.
    pub about: &'static str,
    build: fn(&Maker<'_>) -> Vec<Block>,
}

/// Every document, in the order in which `full` holds them.
pub const KINDS: &[Kind] = &[
    Kind {
        id: "executive-summary",
        title: "Executive summary",
        about: "one page: where the risk is, what is decided, what is not known",
        build: executive_summary::blocks,
    },
    Kind {
        id: "methodology",
        title: "Methodology",
        about: "how systems are modelled, threats found, risk judged, controls chosen",
        build: methodology::blocks,
    },
    Kind {
        id: "inventory",
        title: "Asset inventory",
        about: "data, components, flows, boundaries, identities, third parties, with owners and classification",
        build: asset_inventory::blocks,
    },
    Kind {
        id: "data-flow-diagrams",
        title: "Data-flow diagrams",
        about: "the architecture as pictures, with trust boundaries, and the worst attack paths on it",
        build: data_flow_diagrams::blocks,
    },
    Kind {
        id: CATALOGUE,
        title: "Threat catalogue",
        about: "every threat that was considered here, what it is and what became of it",
        build: threat_catalogue::blocks,
    },
    Kind {
        id: "risk-register",
        title: "Risk register",
        about: "every risk with its impact on the business, likelihood, treatment, owner",
        build: risk_register::blocks,
    },
    Kind {
        id: "treatment-plan",
        title: "Treatment plan",
        about: "what was decided about each threat, by whom, until when; what waits for a decision",
        build: treatment_plan::blocks,
    },
    Kind {
        id: "control-matrix",
        title: "Control matrix",
        about: "threats against controls: in place, missing, unknown",
        build: control_matrix::blocks,
    },
    Kind {
        id: "stride",
        title: "STRIDE report",
        about: "threats by STRIDE category and element",
        build: stride::blocks,
    },
    Kind {
        id: "attack",
        title: "ATT&CK report",
        about: "techniques and tactics of MITRE ATT&CK that the threats here use",
        build: attack::blocks,
    },
    Kind {
        id: "pasta",
        title: "PASTA report",
        about: "the seven stages over the same model: inputs, outputs, gaps",
        build: pasta::blocks,
    },
    Kind {
        id: "review-record",
        title: "Review and update record",
        about: "reviews, approvals and changes, in the order in which they were recorded",
        build: review_record::blocks,
    },
    Kind {
        id: "metrics",
        title: "Metrics",
        about: "coverage, decisions, controls and questions as numbers, with definitions",
        build: metrics::blocks,
    },
];

/// The name of the catalogue of threats.
const CATALOGUE: &str = "threat-catalogue";

/// The name of the document that holds all others.
pub const FULL: &str = "full";

/// Who approved the model as it stands, and when.
///
/// # Errors
///
/// Why it is not approved, as a part of a sentence.
pub fn model_approval(source: &Source<'_>) -> Result<String, String> {
    common::approval(source, "model")
}

/// What each finding means for the business, in the order of the findings: as the risk register says it.
pub fn business_impacts(source: &Source<'_>) -> Vec<String> {
    let digest = Digest::new(source.report);
    let (report, record) = (source.report, &as_of(source));
    let maker = Maker { report, record, digest: &digest, prefix: "", whole: false };
    report.analysis.findings.iter().map(|finding| maker.business_impact(finding)).collect()
}

/// The document with this name; `None` when there is none of that name.
pub fn document(id: &str, source: &Source<'_>) -> Option<Document> {
    if id == FULL {
        return Some(full(source));
    }
    let kind = KINDS.iter().find(|kind| kind.id == id)?;
    let digest = Digest::new(source.report);
    let record = &as_of(source);
    let maker = Maker { report: source.report, record, digest: &digest, prefix: kind.id, whole: false };
    Some(assemble(kind.id, kind.title, source, (kind.build)(&maker)))
}

/// The record as of the day of the report: a document about a day tells nothing that holds from a later one.
fn as_of(source: &Source<'_>) -> Record {
    let holds = |event: &&Event| source.report.today.is_none_or(|today| &*event.effective <= today);
    Record { events: source.record.events.iter().filter(holds).cloned().collect(), intact: source.record.intact }
}

fn full(source: &Source<'_>) -> Document {
    let digest = Digest::new(source.report);
    let record = &as_of(source);
    let mut blocks = Vec::new();
    for kind in KINDS {
        let maker = Maker { report: source.report, record, digest: &digest, prefix: kind.id, whole: true };
        if !blocks.is_empty() {
            blocks.push(Block::PageBreak);
        }
        blocks.push(Block::Heading { level: 1, text: kind.title.into(), anchor: kind.id.into() });
        blocks.extend((kind.build)(&maker).into_iter().map(|block| below(block, kind.id)));
    }
    assemble(FULL, "Threat model", source, blocks)
}

/// A block of a chapter: headings one level down, anchors that no other chapter has.
fn below(block: Block, chapter: &str) -> Block {
    let line = |line: Vec<Inline>| -> Vec<Inline> {
        line.into_iter()
            .map(|piece| match piece {
                Inline::Link { text, target } => match target.strip_prefix('#') {
                    Some(anchor) => Inline::Link { text, target: format!("#{chapter}.{anchor}").into() },
                    None => Inline::Link { text, target },
                },
                other => other,
            })
            .collect()
    };
    match block {
        Block::Heading { level, text, anchor } => {
            let anchor = if anchor.is_empty() { anchor } else { format!("{chapter}.{anchor}").into() };
            Block::Heading { level: (level + 1).min(4), text, anchor }
        }
        Block::Paragraph(words) => Block::Paragraph(line(words)),
        Block::Note(words) => Block::Note(line(words)),
        Block::List { numbered, items } => Block::List { numbered, items: items.into_iter().map(line).collect() },
        Block::Table(mut table) => {
            table.rows = table.rows.into_iter().map(|row| row.into_iter().map(line).collect()).collect();
            Block::Table(table)
        }
        other => other,
    }
}

fn assemble(id: &str, title: &str, source: &Source<'_>, blocks: Vec<Block>) -> Document {
    let report = source.report;
    let system = &report.model.system;
    let mut particulars: Vec<(Box<str>, Box<str>)> = Vec::new();
    let mut say = |name: &str, value: String| particulars.push((name.into(), value.into()));
    say("System", system.name.to_string());
    say(AS_OF, report.today.unwrap_or("not stated").to_owned());
    say("Owner", system.owner.as_deref().unwrap_or("not stated").to_owned());
    say("Methodology", report.methodology.name.to_string());
    say("Model", common::files(report, 4));
    say("Generator", format!("Vauban {}", report.version));
    match common::approval(source, id) {
        Ok(who) => {
            say("Approved by", who);
            say("Status", "approved".to_owned());
        }
        Err(why) => {
            say("Approved by", "nobody, as it stands".to_owned());
            say("Status", format!("draft, not approved: {why}"));
        }
    }
    Document {
        id: id.into(),
        title: title.into(),
        subtitle: format!("Threat model of {}", system.name).into(),
        marking: source.marking.into(),
        particulars,
        blocks,
    }
}

/// What the makers of documents share.
struct Maker<'a> {
    report: &'a Report<'a>,
    /// As of the day of the report.
    record: &'a Record,
    digest: &'a Digest<'a>,
    /// What begins the ids of pictures, so that no two in one file are equal.
    prefix: &'static str,
    /// Whether it is a chapter of the document that holds all others.
    whole: bool,
}
