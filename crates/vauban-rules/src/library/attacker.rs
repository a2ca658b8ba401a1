//! Attackers: who they are and where they start.

use vauban_model::Diagnostic;
use vauban_model::library::Attacker;
use vauban_model::scale::Likelihood;
use vauban_model::state::StateTemplate;
use vauban_model::vocabulary::Domain;
use vauban_syntax::{Fields, Limits, parse_toml};

use super::page::Page;
use super::threat::{condition_error, state_template, stem};
use super::{Library, LibraryFile};
use crate::condition::ast::Condition;
use crate::condition::parse;

/// One place where an attacker starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The kind of element.
    pub on: Domain,
    /// Which of them.
    pub when: Condition,
    /// What the attacker has there.
    pub state: StateTemplate,
}

/// Reads one attacker page.
pub fn read(
    file: &LibraryFile<'_>,
    library: &Library,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Attacker, Vec<Start>)> {
    let page = Page::read(file, diagnostics)?;
    let root = parse_toml(file.id, page.front, page.front_offset, &Limits::default(), diagnostics)?;
    let mut fields = Fields::new(&root, "an attacker", diagnostics)?;
    let name =
        fields.string("name", diagnostics).map_or_else(|| page.title.to_lowercase(), |(text, _)| text.to_owned());
    let sources = ["external", "internal", "environmental"];
    let source = fields.string("source", diagnostics);
    let source = source.and_then(|found| super::one_of(found, "source", &sources, diagnostics));
    let source = source.map_or("external", |at| sources[at]);
    let words = Likelihood::ALL.map(Likelihood::as_str);
    let likelihood = fields.string("likelihood", diagnostics);
    let likelihood = likelihood.and_then(|found| super::one_of(found, "likelihood", &words, diagnostics));
    let likelihood = likelihood.map_or(Likelihood::Possible, |at| Likelihood::ALL[at]);
    let mut starts = Vec::new();
    for node in fields.sequence("starts", diagnostics).unwrap_or_default() {
        let Some(mut fields) = Fields::new(node, "a start", diagnostics) else { continue };
        let on = fields.string("on", diagnostics).and_then(|(word, _)| Domain::parse(word));
        let when = fields.string("when", diagnostics);
        let state = fields.string("state", diagnostics);
        fields.finish(&["on", "when", "state"], diagnostics);
        let (Some(on), Some((when, when_span)), Some((state, state_span))) = (on, when, state) else {
            diagnostics.push(
                Diagnostic::error("library-page", node.span, "a start needs `on`, `when` and `state`")
                    .help("for instance { on = \"component\", when = \"component.exposed_to_internet\", state = \"reach component\" }"),
            );
            continue;
        };
        let condition = match parse::parse(when, on, library) {
            Ok(condition) => condition,
            Err(error) => {
                diagnostics.push(condition_error(&error, when, when_span, file));
                continue;
            }
        };
        match state_template(state, on) {
            Ok(state) => starts.push(Start { on, when: condition, state }),
            Err(message) => diagnostics.push(Diagnostic::error("library-state", state_span, message)),
        }
    }
    fields.finish(&["name", "source", "likelihood", "starts"], diagnostics);
    let attacker = Attacker {
        id: stem(file.path).into(),
        name: name.into(),
        source: source.into(),
        likelihood,
        summary: page.summary.into(),
    };
    Some((attacker, starts))
}
