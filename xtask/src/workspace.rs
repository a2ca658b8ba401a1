//! Where the repository is, which files it holds, and what Cargo knows about it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The root of the repository: the folder that holds `xtask/`.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A command that runs at the root and never waits for an answer nobody can give.
pub(crate) fn command(root: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root).stdin(Stdio::null());
    command
}

/// The Cargo that started us, so that a toolchain chosen with `cargo +name` stays chosen.
pub(crate) fn cargo(root: &Path) -> Command {
    command(root, &env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
}

/// What a command printed, or why it could not be had.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = format!("{command:?}");
    let output = command.output().map_err(|error| format!("cannot run {name}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// What `cargo metadata` says. `with_dependencies` asks for the packages of every platform, which needs them
/// downloaded; without it the answer comes from the manifests alone.
pub(crate) fn metadata(root: &Path, with_dependencies: bool) -> Result<Value, String> {
    let mut command = cargo(root);
    command.args(["metadata", "--format-version", "1"]);
    if !with_dependencies {
        command.arg("--no-deps");
    }
    let text = output(&mut command)
        .map_err(|error| format!("{error}\n  if a package is missing, run `cargo fetch` once with a network"))?;
    serde_json::from_str(&text).map_err(|error| format!("cannot read the answer of `cargo metadata`: {error}"))
}

/// The list under `key`, empty when there is none.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The text under `key`, empty when there is none.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A file's text with the path in the error.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// A TOML file as a table.
pub(crate) fn read_toml(path: &Path) -> Result<toml::Table, String> {
    read(path)?.parse().map_err(|error| format!("{}: {error}", path.display()))
}

/// Every file under version control or about to be, relative to `root`, with `/` as separator, sorted.
///
/// Git knows what is ignored; where there is no Git (an unpacked archive) the folders that tools fill are left out.
pub(crate) fn files(root: &Path) -> Result<Vec<String>, String> {
    let mut git = command(root, "git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let mut files: Vec<String> = match output(&mut git) {
        Ok(text) => text.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        Err(_) => walk(root, "")?,
    };
    // A deleted file stays in Git's index until the deletion is staged.
    files.retain(|name| root.join(name).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

/// The files under `root/folder`, without what tools put there.
fn walk(root: &Path, folder: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for (name, is_folder) in entries(&root.join(folder))? {
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if !is_folder {
            found.push(path);
        } else if !["target", ".git", "node_modules", "out"].contains(&name.as_str()) {
            found.extend(walk(root, &path)?);
        }
    }
    Ok(found)
}

/// Names in a folder, sorted, each with whether it is a folder; none when the folder is not there.
pub(crate) fn entries(folder: &Path) -> Result<Vec<(String, bool)>, String> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let fail = |error: std::io::Error| format!("cannot list {}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        names.push((entry.file_name().to_string_lossy().into_owned(), entry.path().is_dir()));
    }
    names.sort();
    Ok(names)
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(fail)?;
    }
    fs::write(path, text).map_err(fail)
}
