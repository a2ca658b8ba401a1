//! `library/ids.txt`: every id of a threat or control that was ever part of the library.
//!
//! The list only grows. Decisions, tickets and baselines of our users hold these ids, so `tidy` asks what became of
//! one that is gone.

use std::collections::BTreeSet;
use std::path::Path;

use super::Generated;
use crate::tidy::{Kind, library_entries};
use crate::workspace;

/// The list, from the root.
pub(crate) const SNAPSHOT: &str = "library/ids.txt";

const HEAD: &str = "\
# Every id the library ever had. `cargo xtask codegen` adds new ones; none is ever taken out.
";

/// The ids of a kind that the list holds.
pub(crate) fn shipped(root: &Path, kind: Kind) -> Result<BTreeSet<String>, String> {
    let path = root.join(SNAPSHOT);
    let text = if path.is_file() { workspace::read(&path)? } else { String::new() };
    let ids = text.lines().filter_map(|line| line.split_once(' ')).filter(|(word, _)| *word == kind.word());
    Ok(ids.map(|(_, id)| id.to_owned()).collect())
}

/// The list with what the library holds now.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let mut text = HEAD.to_owned();
    for kind in [Kind::Threat, Kind::Control] {
        let mut ids = shipped(root, kind)?;
        ids.extend(library_entries(root, kind)?.into_iter().map(|entry| entry.id));
        for id in ids {
            text.push_str(&format!("{} {id}\n", kind.word()));
        }
    }
    Ok(vec![(SNAPSHOT.into(), text)])
}
