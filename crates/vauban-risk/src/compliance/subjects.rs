//! Whether there is anything of what a requirement is about: an artefact can be fresh and not have a word about it.

use vauban_model::framework::Subject;
use vauban_model::model::Model;
use vauban_model::record::{Event, EventKind, independent};
use vauban_model::vocabulary::fact;

use super::Basis;

/// Whether model or record hold something of a subject.
pub(super) fn is_there(subject: Subject, basis: &Basis<'_>) -> bool {
    match subject {
        Subject::ThirdParty => names_third_party(basis.report.model),
        Subject::Change => basis.events().into_iter().any(tells_a_change),
        Subject::IndependentReview => {
            let events = basis.events();
            events.iter().any(|event| independent(event, &events))
        }
        Subject::RepeatedReview => {
            let mut subjects: Vec<&str> = basis
                .events()
                .into_iter()
                .filter(|event| event.kind == EventKind::ReviewClosed && !event.content.is_empty())
                .map(|event| &*event.subject)
                .collect();
            subjects.sort_unstable();
            subjects.dedup();
            subjects.len() > 1
        }
        Subject::Intelligence => basis.events().into_iter().any(|event| event.kind == EventKind::Intelligence),
    }
}

fn names_third_party(model: &Model) -> bool {
    let theirs = |word: Option<&str>| word == Some("third-party");
    !model.third_parties.is_empty() || model.components.iter().any(|it| theirs(it.element.word(fact::OPERATED_BY)))
}

/// Whether an event says that the model changed and in what: a change of its own, or a review or scoping that counted some.
fn tells_a_change(event: &Event) -> bool {
    let counted = || {
        let names = ["changes", "new-threats", "threats-gone", "new-paths", "paths-closed"];
        let number = |name: &&str| event.detail(name).and_then(|text| text.parse::<u64>().ok());
        names.iter().filter_map(number).any(|number| number > 0)
    };
    match event.kind {
        EventKind::ModelChanged => !event.content.is_empty() || !event.details.is_empty(),
        EventKind::ReviewClosed | EventKind::Scoped => counted(),
        _ => false,
    }
}
