//! What the documents about models of the repository say.

use vauban_analysis::{Session, reviews};
use vauban_export::documents::{content, markdown};
use vauban_model::brand::Brand;
use vauban_model::record::Record;
use vauban_model::scale::Stride;

use crate::models;

/// Every document about a model, as text, with its id.
fn documents(session: &Session) -> Vec<(Box<str>, String)> {
    let nothing = Record::default();
    let report = session.report();
    let record = session.project.record.as_ref().unwrap_or(&nothing);
    let hashes = reviews::model_hashes(session);
    let source = content::Source { report: &report, record, model_hashes: &hashes, marking: "" };
    let all = content::KINDS.iter().filter_map(|kind| content::document(kind.id, &source));
    all.map(|document| (document.id.clone(), markdown(&document, &Brand::default(), None).text)).collect()
}

/// The first `{name}` of a text, if it has one: a sentence of the library that nobody filled.
fn unfilled(text: &str) -> Option<&str> {
    text.split('{').skip(1).find_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        let word = |it: char| it.is_ascii_lowercase() || matches!(it, '.' | '_');
        (!name.is_empty() && name.chars().all(word)).then_some(name)
    })
}

#[test]
fn every_sentence_names_what_it_is_about() {
    for model in models::all() {
        for (id, text) in documents(&models::session(&model)) {
            assert_eq!(unfilled(&text), None, "{model}, {id}");
            for wrong in ["1 things", "1 threats", "1 risks", "1 questions", "1 findings", "daies", " 1 are ", "``"] {
                let at = text.find(&format!(" {}", wrong.trim_start()));
                let context = at.map(|at| text.chars().skip(text[..at].chars().count().saturating_sub(60)).take(120));
                assert!(at.is_none(), "{model}, {id}: {:?}", context.map(Iterator::collect::<String>));
            }
        }
    }
}

#[test]
fn an_imported_list_of_threats_is_told_and_is_no_good_news() {
    let folder = models::root().join("../shared/corpus/threat-composer");
    let name = "../shared/corpus/threat-composer/ThreatModelingForBuilders-Exercise4.tc.json";
    if !folder.is_dir() {
        println!("skipped: ../shared/corpus/threat-composer is not here");
        return;
    }
    let session = models::session(name);
    let recorded = &session.project.model.recorded_threats;
    assert!(recorded.len() > 3, "{}", recorded.len());
    let check = vauban_export::terminal::check(&session.report(), vauban_export::terminal::Style::default());
    let told = |text: &str| text.contains("that people recorded in the model");
    assert!(told(&check), "{check}");
    assert!(!check.contains("No open threats"), "{check}");
    let page = vauban_export::html::html(&session.report(), true);
    assert!(told(&page) && !page.contains("class=\"verdict good\"") && !page.contains("No open threats"));
    for (id, text) in documents(&session) {
        if matches!(&*id, "executive-summary" | "risk-register" | "threat-catalogue" | "stride") {
            let begins = |title: &str| title.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
            assert!(recorded.iter().any(|it| text.contains(&begins(&it.title))), "{id}: {text}");
            assert!(text.contains("not judged here"), "{id}: {text}");
        }
        // Nothing is described, so that nothing found is no news, and what is open is not called settled.
        let nothing = session.project.model.components.is_empty();
        let owned = text.contains("The model has no component: everything about the system is unknown here.");
        assert!(&*id != "executive-summary" || owned == nothing && text.contains(" that people recorded "), "{text}");
    }
}

#[test]
fn a_cell_of_the_stride_matrix_is_open_only_where_a_finding_is() {
    for model in models::all() {
        let session = models::session(&model);
        let findings = &session.analysis.findings;
        for cell in &session.analysis.matrix {
            for (letter, counts) in Stride::ALL.into_iter().zip(cell.counts) {
                let here = findings.iter().any(|it| it.stride.contains(&letter) && it.elements.contains(&cell.element));
                assert!(here || counts.open == 0, "{model}: {:?} {}", cell.element, letter.name());
            }
        }
    }
}
