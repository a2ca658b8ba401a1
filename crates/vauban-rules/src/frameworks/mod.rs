//! The frameworks of the library, read from `library/frameworks/`: catalogues of requirements, what a threat model has to
//! do with them, labels that are not theirs, and how they relate to one another.
//!
//! A catalogue is two files, `<id>.toml` with where it comes from and `<id>.csv` with a line for each requirement, so
//! that a person can read both and a difference shows one requirement per line.

mod catalogue;
mod claims;
mod crosswalk;
mod maturity;

use vauban_model::framework::{Framework, Frameworks};
use vauban_model::{Diagnostic, Span, did_you_mean};

use crate::library::LibraryFile;

/// The folder inside the library.
pub const FOLDER: &str = "frameworks/";

/// Files of the folder that are no catalogue.
const TABLES: [&str; 4] = ["claims.toml", "deviations.toml", "crosswalks.toml", "maturity.toml"];

/// Reads the frameworks among the files of a library. Those of an organisation come later: a catalogue replaces ours with
/// the same id, a claim replaces ours about the same requirement.
///
/// What cannot be read is reported and left out. Ids that claims, deviations and crosswalks name are checked.
pub fn read(files: &[LibraryFile<'_>]) -> (Frameworks, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut out = Frameworks::default();
    let inside = |file: &LibraryFile<'_>| file.path.strip_prefix(FOLDER).map(str::to_owned);
    let catalogues = files.iter().filter(|file| {
        inside(file)
            .is_some_and(|name| name.ends_with(".toml") && !name.contains('/') && !TABLES.contains(&name.as_str()))
    });
    for file in catalogues {
        if let Some(framework) = catalogue::read(file, files, &mut diagnostics) {
            out.frameworks.retain(|known| known.id != framework.id);
            out.frameworks.push(framework);
        }
    }
    out.frameworks.sort_by(|a, b| a.id.cmp(&b.id));
    report_shared_words(&out.frameworks, files, &mut diagnostics);
    for file in files {
        match inside(file).as_deref() {
            Some("claims.toml") => claims::read_claims(file, &mut out, &mut diagnostics),
            Some("deviations.toml") => claims::read_deviations(file, &mut out, &mut diagnostics),
            Some("crosswalks.toml") => crosswalk::read(file, files, &mut out, &mut diagnostics),
            Some("maturity.toml") => maturity::read(file, &mut out, &mut diagnostics),
            _ => {}
        }
    }
    (out, diagnostics)
}

/// A word that names two frameworks would lead to whichever comes first.
fn report_shared_words(frameworks: &[Framework], files: &[LibraryFile<'_>], diagnostics: &mut Vec<Diagnostic>) {
    for (at, framework) in frameworks.iter().enumerate() {
        let words = || std::iter::once(&framework.id).chain(&framework.aliases);
        for other in frameworks.iter().skip(at + 1) {
            for word in words().filter(|word| other.id == **word || other.aliases.contains(word)) {
                let path = format!("{FOLDER}{}.toml", other.id);
                let span = files.iter().find(|file| file.path == path).map(|file| Span::new(file.id, 1, 1, 0));
                let message = format!("`{word}` names both `{}` and `{}`", framework.id, other.id);
                diagnostics.push(
                    Diagnostic::new(vauban_model::Severity::Error, "duplicate-id", span, message)
                        .help("take the alias from one of them"),
                );
            }
        }
    }
}

/// A framework that a file names, by id. Another word is reported.
fn framework_of<'f>(
    out: &'f Frameworks,
    (word, span): (&str, Span),
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'f Framework> {
    let found = out.frameworks.iter().find(|framework| *framework.id == *word);
    if found.is_none() {
        let known = out.frameworks.iter().map(|framework| &*framework.id);
        let help = did_you_mean(word, known)
            .map_or_else(|| "see `vauban library list frameworks`".to_owned(), |id| format!("did you mean `{id}`?"));
        let message = format!("there is no framework `{word}`");
        diagnostics.push(Diagnostic::error("unknown-framework", span, message).help(help));
    }
    found
}

/// Whether a framework has a requirement. Where it has not, that is reported.
fn has(framework: &Framework, (id, span): (&str, Span), diagnostics: &mut Vec<Diagnostic>) -> bool {
    let found = framework.requirement(id).is_some();
    if !found {
        let alike = framework.spelt(id).map(|requirement| &*requirement.id);
        let meant = alike.or_else(|| did_you_mean(id, framework.requirements.iter().map(|known| &*known.id)));
        let help = meant.map_or_else(
            || format!("`vauban library show {}` lists its requirements", framework.id),
            |id| format!("did you mean `{id}`?"),
        );
        let message = format!("`{}` has no requirement `{id}`", framework.id);
        diagnostics.push(Diagnostic::error("unknown-requirement", span, message).help(help));
    }
    found
}
