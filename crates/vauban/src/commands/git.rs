//! Questions to git about where a model lies.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::Failure;

/// Why nothing can be read at a revision, and what to do: no git, no repository, no commit, or not this revision.
pub(crate) fn unreadable(model: &str, revision: &str) -> Option<Failure> {
    if let Err(error) = Command::new("git").arg("--version").output() {
        let help = "install git, or compare with an earlier output: `vauban check MODEL --baseline FILE`";
        return Some(Failure::new(format!("git cannot be run: {error}"), help));
    }
    if git(model, &["rev-parse", "--git-dir"], &[]).is_none() {
        let help = "compare with an earlier output instead: `vauban check MODEL --baseline FILE`";
        return Some(Failure::new(format!("`{model}` lies in no git repository"), help));
    }
    if commit(model, revision).is_some() {
        return None;
    }
    if commit(model, "HEAD").is_none() {
        let help = "commit the model first; there is nothing earlier to compare it with";
        return Some(Failure::new("the git repository has no commit yet", help));
    }
    let shallow = git(model, &["rev-parse", "--is-shallow-repository"], &[])
        .is_some_and(|output| output.stdout.starts_with(b"true"));
    let why = if shallow { "; this checkout holds only the newest commits" } else { "" };
    let fetch = match revision.split_once('/') {
        Some((remote, branch)) if git(model, &["remote", "get-url", "--", remote], &[]).is_some() => {
            format!("fetch it with `git fetch {remote} {branch}`; in a pipeline, check out with `fetch-depth: 0`")
        }
        _ if shallow => "fetch the rest with `git fetch --unshallow`; in a pipeline, check out with `fetch-depth: 0`".into(),
        _ => "name a branch, tag or commit that `git log` shows; one of another copy has to be fetched with `git fetch` first".into(),
    };
    Some(Failure::new(format!("git knows no revision `{revision}`{why}"), fetch))
}

/// Git in the folder of a model.
fn git(model: &str, arguments: &[&str], paths: &[PathBuf]) -> Option<Output> {
    let path = Path::new(model);
    let folder = if path.is_dir() {
        path
    } else {
        path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
    };
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).args(paths).output().ok()?;
    output.status.success().then_some(output)
}

/// The commit that a revision names in the repository of a model; `None` where there is none.
pub(crate) fn commit(model: &str, revision: &str) -> Option<String> {
    let revision = format!("{revision}^{{commit}}");
    let output = git(model, &["rev-parse", "--verify", "--quiet", "--end-of-options", &revision], &[])?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Whether the newest commit holds files, or all of a folder, as they are.
pub(crate) fn is_clean(model: &str, files: &[&str]) -> bool {
    let Some(files) = files.iter().map(|file| std::path::absolute(file).ok()).collect::<Option<Vec<PathBuf>>>() else {
        return false;
    };
    // What git ignores in a folder is not read as infrastructure code; a file that was read and is ignored is in no commit.
    let folder = files.iter().all(|file| file.is_dir());
    let arguments: &[&str] = if folder {
        &["status", "--porcelain", "--untracked-files=all", "--"]
    } else {
        &["status", "--porcelain", "--untracked-files=all", "--ignored", "--"]
    };
    let status = git(model, arguments, &files);
    status.is_some_and(|output| output.stdout.is_empty())
}
