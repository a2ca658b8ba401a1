//! The same evidence for machines: OSCAL documents of each model, and what a framework asks for as JSON.

use std::fmt::Display;

use vauban_export::coverage::{csv, json, tables};
use vauban_export::evidence::PackFile;
use vauban_export::oscal;
use vauban_model::coverage::Coverage;
use vauban_model::record::Record;
use vauban_risk::compliance::{self, Basis};

use super::Answering;
use super::scene::{Scene, System};
use crate::reviews;

/// Each model as assessment results, plan of action and component definition of OSCAL, beside its own text.
pub(super) fn oscal_files(scene: &Scene<'_>) -> Vec<PackFile> {
    let mut out = Vec::new();
    for system in &scene.systems {
        let report = system.session.report();
        let catalogues = system.session.catalogues.oscal();
        let documents = [
            ("assessment-results", "OSCAL assessment results", oscal::assessment_results(&report, catalogues)),
            ("poam", "OSCAL plan of action and milestones", oscal::plan_of_action(&report, catalogues)),
            ("component-definition", "OSCAL component definition", oscal::component_definition(&report, catalogues)),
        ];
        out.extend(documents.into_iter().map(|(name, title, document)| PackFile {
            query:
                scene.made(system, |path, today| format!("vauban report {path} --today {today} --format oscal-{name}")),
            ..file(scene, system, format!("03-models/{}/oscal/{name}.json", system.slug), title, text(&document))
        }));
    }
    out
}

/// What a framework asks for: how far each model is evidence for it, and the statement of applicability where it wants one.
/// The coverage of each model comes along, in the order of the models, for whoever says the same in other words.
pub(super) fn framework_files(scene: &Scene<'_>, answering: Answering<'_>) -> (Vec<PackFile>, Vec<Coverage>) {
    let Answering { frameworks, framework, baseline } = answering;
    let mut out = Vec::new();
    let mut coverages = Vec::new();
    for system in &scene.systems {
        let nothing = Record { events: Vec::new(), intact: true };
        let record = system.session.project.record.as_ref().unwrap_or(&nothing);
        let model_hashes = reviews::model_hashes(system.session);
        let methodology_hashes = reviews::methodology_hashes(system.session);
        let basis = Basis {
            report: system.session.report(),
            record,
            frameworks,
            review_days: reviews::days(system.session),
            model_hashes: &model_hashes,
            methodology_hashes: &methodology_hashes,
        };
        let query = |question: &str, format: &str| {
            scene.made(system, |path, today| {
                format!(
                    "vauban evidence {question} {path} --today {today} --framework {} --format {format}",
                    framework.id
                )
            })
        };
        let place = |name: &str| format!("14-framework/{}/{name}", system.slug);
        let title = format!("Coverage of {} {}", framework.name, framework.version);
        let coverage = compliance::coverage(&basis, framework, baseline);
        out.push(PackFile {
            query: match baseline {
                "" => query("coverage", "json"),
                _ => query("coverage", &format!("json --baseline {}", super::scene::quoted(baseline))),
            },
            ..file(scene, system, place("coverage.json"), &title, text(&json::coverage(&coverage)))
        });
        coverages.push(coverage);
        if framework.statement.is_empty() {
            continue;
        }
        let rows = compliance::applicability(&basis, framework);
        let title = format!("Statement of applicability for {} {}", framework.name, framework.version);
        let document = text(&json::applicability(&framework.id, &rows));
        out.push(PackFile {
            query: query("soa", "json"),
            ..file(scene, system, place("statement-of-applicability.json"), &title, document)
        });
        let table = tables::applicability(&rows);
        out.push(PackFile {
            query: query("soa", "csv"),
            selection: table.selection.to_string(),
            rows: Some(rows.len()),
            ..file(scene, system, place("statement-of-applicability.csv"), &title, csv(&table))
        });
    }
    (out, coverages)
}

fn file(scene: &Scene<'_>, system: &System<'_>, path: String, title: &str, text: String) -> PackFile {
    PackFile {
        path,
        bytes: text.into_bytes(),
        title: format!("{}: {title}", system.name()),
        as_of: scene.request.as_of.clone(),
        ..PackFile::default()
    }
}

/// A document as text on several lines, the same each time, with a line end.
fn text(document: &impl Display) -> String {
    format!("{document:#}\n")
}
