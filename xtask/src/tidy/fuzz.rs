//! Every fuzz target is declared, has kept inputs, and those run as an ordinary test beside the reader.

use std::collections::BTreeSet;
use std::path::Path;

use crate::workspace;

/// What is missing around the fuzz targets.
pub(super) fn problems(root: &Path, files: &[String]) -> Result<Vec<String>, String> {
    let targets = names(files, "fuzz/fuzz_targets/", |rest| rest.strip_suffix(".rs"));
    let kept = names(files, "fuzz/corpus/", |rest| rest.split_once('/').map(|(target, _)| target));
    let manifest = workspace::read_toml(&root.join("fuzz/Cargo.toml"))?;
    let bins = manifest.get("bin").and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let declared: BTreeSet<&str> =
        bins.iter().filter_map(|bin| bin.get("name").and_then(toml::Value::as_str)).collect();
    let mut tests = String::new();
    if !kept.is_empty() {
        for name in files.iter().filter(|name| name.starts_with("crates/") && name.ends_with(".rs")) {
            tests.push_str(&workspace::read(&root.join(name))?);
        }
    }
    let mut problems = Vec::new();
    for target in targets.symmetric_difference(&declared) {
        problems.push(format!(
            "fuzz/Cargo.toml: `{target}` is a [[bin]] without a file in fuzz_targets/, or a file without one"
        ));
    }
    for target in targets.difference(&kept) {
        problems.push(format!("fuzz/corpus/{target}: no kept inputs for this target"));
    }
    for target in kept.difference(&targets) {
        problems.push(format!("fuzz/corpus/{target}: inputs of no target"));
    }
    for target in kept.iter().filter(|target| !tests.contains(&format!("fuzz/corpus/{target}"))) {
        problems.push(format!("fuzz/corpus/{target}: no test under crates/ names this folder and runs its inputs"));
    }
    Ok(problems)
}

/// What `name` makes of the paths below a folder.
fn names<'a>(files: &'a [String], folder: &str, name: impl Fn(&'a str) -> Option<&'a str>) -> BTreeSet<&'a str> {
    files.iter().filter_map(|file| name(file.strip_prefix(folder)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn targets_are_read_from_paths() {
        let files = ["fuzz/corpus/a/1", "fuzz/corpus/a/2", "fuzz/corpus/b/1", "fuzz/fuzz_targets/a.rs", "fuzz/x"]
            .map(str::to_owned);
        let kept = names(&files, "fuzz/corpus/", |rest| rest.split_once('/').map(|(target, _)| target));
        assert_eq!(kept.into_iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(names(&files, "fuzz/fuzz_targets/", |rest| rest.strip_suffix(".rs")).len(), 1);
    }
}
