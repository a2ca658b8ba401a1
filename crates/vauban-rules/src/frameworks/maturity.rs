//! Activities of maturity models, with the artefacts that show them.

use vauban_model::Diagnostic;
use vauban_model::framework::{Activity, Frameworks};
use vauban_syntax::{Fields, Limits, Node, parse_toml};

use super::claims::{artefacts, required, subject_of};
use crate::library::LibraryFile;

/// Reads `maturity.toml`.
pub(super) fn read(file: &LibraryFile<'_>, out: &mut Frameworks, diagnostics: &mut Vec<Diagnostic>) {
    let Some(root) = parse_toml(file.id, file.text, 0, &Limits::default(), diagnostics) else { return };
    let Some(mut fields) = Fields::new(&root, "a file of maturity models", diagnostics) else { return };
    let models = fields.sequence("model", diagnostics).unwrap_or_default();
    fields.finish(&["model"], diagnostics);
    for node in models {
        model(node, out, diagnostics);
    }
}

fn model(node: &Node, out: &mut Frameworks, diagnostics: &mut Vec<Diagnostic>) {
    let Some(mut fields) = Fields::new(node, "a maturity model", diagnostics) else { return };
    let name = required(&mut fields, "name", diagnostics);
    let licence = required(&mut fields, "licence", diagnostics);
    let list = fields.sequence("activity", diagnostics).unwrap_or_default();
    fields.finish(&["name", "licence", "activity"], diagnostics);
    let (Some((name, _)), Some((licence, _))) = (name, licence) else { return };
    out.activities.retain(|known| *known.model != *name);
    for node in list {
        let Some(mut fields) = Fields::new(node, "an activity", diagnostics) else { continue };
        let id = required(&mut fields, "id", diagnostics);
        let title = required(&mut fields, "title", diagnostics);
        let stream = required(&mut fields, "stream", diagnostics);
        let level = fields.integer("level", diagnostics).and_then(|(level, _)| u8::try_from(level).ok());
        let shows = artefacts(fields.strings("shows", diagnostics), diagnostics);
        let needs = fields.string("needs", diagnostics).and_then(|word| subject_of(word, diagnostics));
        let beyond = fields.string("beyond", diagnostics).map_or("", |(text, _)| text);
        fields.finish(&["id", "title", "stream", "level", "shows", "needs", "beyond"], diagnostics);
        let (Some((id, _)), Some((title, _)), Some((stream, _)), Some(level)) = (id, title, stream, level) else {
            let message = "an activity needs `id`, `title`, `stream` and `level`";
            diagnostics.push(Diagnostic::error("missing-key", node.span, message).help("the level is a small number"));
            continue;
        };
        out.activities.push(Activity {
            model: name.into(),
            id: id.into(),
            title: title.into(),
            stream: stream.into(),
            level,
            shows,
            needs,
            beyond: beyond.into(),
            licence: licence.into(),
        });
    }
}
