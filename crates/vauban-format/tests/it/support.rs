//! What the tests share.

use vauban_format::{InputFile, ReadModel, read_model};
use vauban_model::model::{Element, Model};
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, FileId, Severity};

/// A file of fixtures/format.
pub(crate) fn fixture(name: &str) -> String {
    let path = format!("{}/../../fixtures/format/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One file of a test.
pub(crate) fn file(text: &str) -> InputFile<'_> {
    InputFile { id: FileId(0), name: "model.yaml", text }
}

/// Reads a model of one file.
pub(crate) fn read(text: &str) -> ReadModel {
    read_model(&[file(text)])
}

/// Reads a model that must be without diagnostics.
pub(crate) fn clean(text: &str) -> Model {
    let read = read(text);
    assert!(read.diagnostics.is_empty(), "{}\n{text}", show(&read.diagnostics));
    read.model
}

/// Reads a model from what stands below the version and the name of the system.
pub(crate) fn body(text: &str) -> (Model, String) {
    let read = read(&format!("vauban: 1\nsystem: Shop\n{text}"));
    (read.model, show(&read.diagnostics))
}

/// Diagnostics as lines: place, severity, code, message, help.
pub(crate) fn show(diagnostics: &[Diagnostic]) -> String {
    let mut lines = String::new();
    for diagnostic in diagnostics {
        let place =
            diagnostic.span.map_or("?".to_owned(), |span| format!("{}:{}+{}", span.line, span.column, span.length));
        let severity = match diagnostic.severity {
            Severity::Error => "",
            Severity::Warning => "warning ",
            Severity::Note => "note ",
        };
        lines.push_str(&format!("{place} {severity}{}: {}", diagnostic.code, diagnostic.message));
        if let Some(help) = &diagnostic.help {
            lines.push_str(&format!(" | {help}"));
        }
        for (span, remark) in &diagnostic.related {
            lines.push_str(&format!(" | {}:{}:{} {remark}", span.file.0, span.line, span.column));
        }
        lines.push('\n');
    }
    lines
}

/// The element of a kind with an id.
pub(crate) fn element<'m>(model: &'m Model, domain: Domain, id: &str) -> &'m Element {
    model
        .elements(domain)
        .find(|(_, element)| &*element.id == id)
        .unwrap_or_else(|| panic!("no {} {id}", domain.as_str()))
        .1
}

/// The keys and values of an element's facts, as text.
pub(crate) fn facts(model: &Model, domain: Domain, id: &str) -> Vec<String> {
    use vauban_model::model::Value;
    use vauban_model::vocabulary::FactType;
    let element = element(model, domain, id);
    let show = |fact: &vauban_model::model::Fact| {
        let definition = fact.id.definition();
        let value = match (&fact.value, definition.ty) {
            (Value::Bool(yes), _) => if *yes { "yes" } else { "no" }.to_owned(),
            (Value::Symbol(symbol), FactType::Enum(e)) => e.word(*symbol).to_owned(),
            (Value::Symbols(all), FactType::Set(e)) => all.iter().map(|s| e.word(*s)).collect::<Vec<_>>().join(" "),
            (Value::Words(words), _) => words.join(" "),
            (Value::References(all), FactType::References(domain)) => {
                let ids = all.iter().map(|index| model.id(vauban_model::model::ElementRef { domain, index: *index }));
                ids.collect::<Vec<_>>().join(" ")
            }
            (value, _) => format!("{value:?}"),
        };
        format!("{}={value}", definition.key)
    };
    element.facts.iter().map(show).collect()
}
