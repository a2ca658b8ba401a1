//! The documents about each model, for people.

use vauban_export::documents::{self, content};
use vauban_export::evidence::PackFile;
use vauban_model::document::Document;
use vauban_model::record::Record;

use super::scene::{Scene, System};

/// Typesets a document as PDF. The error is a sentence.
pub type Typeset<'a> = dyn Fn(&Document) -> Result<Vec<u8>, String> + 'a;

/// Every document about every model, as PDF where there is a typesetter and as HTML where there is none, and one workbook
/// of their tables for each model. With them what could not be made, as sentences.
pub(super) fn files(scene: &Scene<'_>, typeset: Option<&Typeset<'_>>) -> (Vec<PackFile>, Vec<String>) {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for system in &scene.systems {
        let nothing = Record::default();
        let report = system.session.report();
        let record = system.session.project.record.as_ref().unwrap_or(&nothing);
        let hashes = crate::reviews::model_hashes(system.session);
        let marking = &scene.request.brand.marking;
        let source = content::Source { report: &report, record, model_hashes: &hashes, marking };
        let all: Vec<Document> = content::KINDS.iter().filter_map(|kind| content::document(kind.id, &source)).collect();
        for document in &all {
            let (ending, bytes) = match typeset.map(|typeset| typeset(document)) {
                Some(Ok(bytes)) => ("pdf", bytes),
                Some(Err(message)) => {
                    problems.push(format!(
                        "{}: `{}` is there as HTML, not as PDF: {message}.",
                        system.name(),
                        document.id
                    ));
                    ("html", documents::html(document, &scene.request.brand).into_bytes())
                }
                None => ("html", documents::html(document, &scene.request.brand).into_bytes()),
            };
            files.push(file(scene, system, &document.id, ending, &document.title, bytes));
        }
        match documents::workbook(&all, &scene.request.brand) {
            Ok(bytes) => files.push(file(scene, system, "tables", "xlsx", "All tables of the documents", bytes)),
            Err(message) => problems.push(format!("{}: there is no workbook: {message}.", system.name())),
        }
    }
    (files, problems)
}

fn file(scene: &Scene<'_>, system: &System<'_>, id: &str, ending: &str, title: &str, bytes: Vec<u8>) -> PackFile {
    let document = if id == "tables" { "all" } else { id };
    PackFile {
        path: path(&system.slug, id, ending),
        bytes,
        title: format!("{}: {title}", system.name()),
        query: scene.made(system, |path, today| {
            format!("vauban report {path} --today {today} --document {document} --format {ending}")
        }),
        as_of: scene.request.as_of.clone(),
        ..PackFile::default()
    }
}

/// Where a document of a model lies.
fn path(slug: &str, id: &str, ending: &str) -> String {
    format!("03-models/{slug}/documents/{id}.{ending}")
}
