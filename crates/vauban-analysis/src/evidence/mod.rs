//! Evidence packs: what goes into one, taken from analysed models and the record of events.
//!
//! A pack shows the **state as of** a day and the **events in a period**. Everything in it is either a list with its query,
//! its selection, its count and the reason why it is complete, or a document or model made of the same data. What is not
//! there is said: `gaps` is as much a part of a pack as any list. The container, hashes and signature are
//! [`vauban_export::evidence`]'s.
//!
//! The numbers of the folders follow what auditors ask for, from the methodology to the record itself.

mod controls;
mod documents;
mod events;
mod gaps;
mod index;
mod inventory;
mod machines;
mod methodology;
mod metrics;
mod models;
mod risks;
mod scene;
mod verify;

use vauban_export::evidence::sign::Key;
use vauban_export::evidence::{Details, List, PackFile, Refused, build};

use vauban_model::framework::{Framework, Frameworks};

use crate::session::Session;

pub use documents::Typeset;
use scene::Scene;
pub use scene::{Request, Subject, quoted};
pub use verify::{Container, RecordState, Verified, as_made, verify};

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

/// Which framework a pack answers, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Answering<'a> {
    /// What the library knows.
    pub frameworks: &'a Frameworks,
    /// The framework.
    pub framework: &'a Framework,
    /// Only requirements of this baseline; empty: all.
    pub baseline: &'a str,
}

/// Makes a pack of some models. Same input, same bytes.
pub fn pack(
    request: &Request,
    subjects: &[Subject<'_>],
    answering: Option<Answering<'_>>,
    typeset: Option<&Typeset<'_>>,
    key: Option<&Key>,
) -> Result<Pack, Refused> {
    let scene = Scene::new(request, subjects, answering.map(|it| it.framework));
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
    files.extend(machines::oscal_files(&scene));
    files.extend(events::files(&scene));
    let (documents, problems) = documents::files(&scene, typeset);
    files.extend(documents);
    let mut gaps = gaps::gaps(&scene, key.is_some());
    gaps.extend(problems);
    let mut details = details(&scene);
    if let Some(Answering { frameworks, framework, baseline }) = answering {
        let (answers, coverages) = machines::framework_files(&scene, Answering { frameworks, framework, baseline });
        files.extend(answers);
        let index = index::index(&scene, Answering { frameworks, framework, baseline }, &files, &coverages);
        details.framework = format!("{} {}", framework.name, framework.version);
        if !baseline.is_empty() {
            details.framework.push_str(&format!(", {baseline}"));
        }
        details.index = index.rows;
        gaps.extend(index.gaps);
        files.extend(index.list.files());
        let labels = index::labels(&scene, frameworks, framework);
        if !labels.rows.is_empty() {
            files.extend(labels.files());
        }
    }
    details.gaps.clone_from(&gaps);
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

fn details(scene: &Scene<'_>) -> Details {
    let request = scene.request;
    Details {
        system: scene.systems(),
        framework: String::new(),
        from: request.from.clone(),
        to: request.to.clone(),
        as_of: request.as_of.clone(),
        made: request.made.clone(),
        by: request.by.clone(),
        commit: request.commit.clone(),
        generator: format!("vauban {}", env!("CARGO_PKG_VERSION")),
        seed: request.seed.clone(),
        sample: request.sample,
        inputs: scene.inputs(),
        records: scene.seals(),
        marking: request.brand.marking.to_string(),
        gaps: Vec::new(),
        index: Vec::new(),
    }
}

/// The systems of some sessions as people call them.
fn name(session: &Session) -> &str {
    &session.project.model.system.name
}
