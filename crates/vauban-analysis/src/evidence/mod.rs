//! Evidence packs: what goes into one, taken from analysed models and the record of events.
//!
//! A pack shows the **state as of** a day and the **events in a period**. Everything in it is either a list with its query,
//! its selection, its count and the reason why it is complete, or a document or model made of the same data. What is not
//! there is said: [`gaps`] is as much a part of a pack as any list. The container, hashes and signature are
//! [`vauban_export::evidence`]'s.
//!
//! The numbers of the folders follow what auditors ask for, from the methodology to the record itself.

mod controls;
mod events;
mod gaps;
mod inventory;
mod methodology;
mod metrics;
mod models;
mod risks;
mod scene;

use vauban_export::evidence::sign::Key;
use vauban_export::evidence::{Details, List, PackFile, Refused, build};

use crate::session::Session;

pub use scene::{Request, Subject};
use scene::Scene;

/// A pack, and what a person should know before handing it over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pack {
    /// The archive.
    pub bytes: Vec<u8>,
    /// How many files it holds besides the description of itself.
    pub files: usize,
    /// How many lists, and rows in them, without samples.
    pub lists: (usize, usize),
    /// What is missing, as the pack says it.
    pub gaps: Vec<String>,
}

/// Makes a pack of some models. Same input, same bytes.
pub fn pack(request: &Request, subjects: &[Subject<'_>], key: Option<&Key>) -> Result<Pack, Refused> {
    let scene = Scene::new(request, subjects);
    let lists = lists(&scene);
    let mut files: Vec<PackFile> = lists.iter().flat_map(List::files).collect();
    for list in lists.iter().filter(|list| !list.rows.is_empty()) {
        let mut sample = list.sample(request.sample, &request.seed);
        // All samples stand together: the first thing an auditor opens.
        sample.path = format!("10-population-and-samples/{}", sample.path.replace('/', "-"));
        files.extend(sample.files());
    }
    files.extend(methodology::files(&scene));
    files.extend(models::files(&scene));
    files.extend(events::files(&scene));
    let gaps = gaps::gaps(&scene, key.is_some());
    let details = details(&scene, gaps.clone());
    let bytes = build(&details, &files, key)?;
    let rows = lists.iter().map(|list| list.rows.len()).sum();
    Ok(Pack { bytes, files: files.len(), lists: (lists.len(), rows), gaps })
}

/// All lists, in the order of their paths.
fn lists(scene: &Scene<'_>) -> Vec<List> {
    let mut lists = methodology::lists(scene);
    lists.extend(inventory::lists(scene));
    lists.extend(risks::lists(scene));
    lists.extend(controls::lists(scene));
    lists.extend(events::lists(scene));
    lists.extend(metrics::lists(scene));
    lists
}

fn details(scene: &Scene<'_>, gaps: Vec<String>) -> Details {
    let request = scene.request;
    Details {
        system: scene.systems(),
        framework: request.framework.clone(),
        from: request.from.clone(),
        to: request.to.clone(),
        as_of: request.as_of.clone(),
        made: request.made.clone(),
        by: request.by.clone(),
        generator: format!("vauban {}", env!("CARGO_PKG_VERSION")),
        seed: request.seed.clone(),
        sample: request.sample,
        inputs: scene.inputs(),
        records: scene.seals(),
        marking: request.marking.clone(),
        gaps,
        index: Vec::new(),
    }
}

/// The systems of some sessions as people call them.
fn name(session: &Session) -> &str {
    &session.project.model.system.name
}
