//! The house rules that neither the compiler nor clippy knows, each a function that lists what breaks it.
//!
//! They run under plain `cargo test`, offline and without installed tools, so a rule of this codebase is never only
//! a sentence in a document.

mod crates;
mod docs;
mod files;
mod fuzz;
mod library;
mod licences;
mod sources;

use std::path::Path;

use crate::workspace;

pub(crate) use library::{Kind, entries as library_entries, is_kebab_case};
pub(crate) use licences::{Package, third_party};

/// Prints every broken rule; an error when there is one.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let problems = problems(root);
    for problem in &problems {
        println!("{problem}");
    }
    match problems.len() {
        0 => Ok(()),
        1 => Err("1 house rule broken".to_owned()),
        many => Err(format!("{many} house rules broken")),
    }
}

/// Lists what breaks one group of rules, given the root and the files of the repository.
type Check = fn(&Path, &[String]) -> Result<Vec<String>, String>;

/// Every broken rule as `place: what is wrong and what to do`, in a fixed order.
pub(crate) fn problems(root: &Path) -> Vec<String> {
    let files = match workspace::files(root) {
        Ok(files) => files,
        Err(error) => return vec![error],
    };
    let checks: [Check; 7] = [
        crates::problems,
        sources::problems,
        library::problems,
        docs::problems,
        files::problems,
        fuzz::problems,
        licences::problems,
    ];
    checks.iter().flat_map(|check| check(root, &files).unwrap_or_else(|error| vec![error])).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn tidy() {
        let problems = super::problems(&crate::workspace::root());
        assert!(problems.is_empty(), "{} house rules broken:\n{}", problems.len(), problems.join("\n"));
    }
}
