//! The pages and schemas that only the binary knows: its commands, the default methodology, the JSON Schemas.
//!
//! The chores don't depend on the crates they look after, so that they run when one of those is broken. These files
//! are what `vauban` itself prints; the generator builds it and asks.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Generated;
use super::reference::head;
use crate::workspace;

/// The pages and schemas.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let vauban = Vauban::build(root)?;
    let mut files = vec![("docs/reference/commands.md".into(), commands(&vauban)?)];
    let methodology = head("what `vauban methodology` prints") + &vauban.says(&["methodology"])?;
    files.push(("docs/reference/methodology.md".into(), methodology));
    for document in vauban.documents()? {
        let path = format!("docs/reference/schema/{document}.json");
        files.push((path.into(), vauban.says(&["schema", &document])?));
    }
    Ok(files)
}

/// The program, built.
pub(super) struct Vauban {
    root: PathBuf,
    binary: PathBuf,
}

impl Vauban {
    /// Builds the binary as tests have it.
    pub(super) fn build(root: &Path) -> Result<Self, String> {
        workspace::output(workspace::cargo(root).args(["build", "--quiet", "--locked", "--package", "vauban"]))?;
        let metadata = workspace::metadata(root, false)?;
        let target = Path::new(workspace::text(&metadata, "target_directory")).join("debug");
        let binary = target.join(format!("vauban{}", std::env::consts::EXE_SUFFIX));
        Ok(Vauban { root: root.to_path_buf(), binary })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = workspace::command(&self.root, &self.binary.to_string_lossy());
        // Help is wrapped to the width of the terminal, and nowhere is there one that matters here.
        command.args(arguments).env("COLUMNS", "100").env("NO_COLOR", "1");
        command
    }

    /// What it prints on standard output, the gate's no included.
    pub(super) fn prints(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self
            .command(arguments)
            .output()
            .map_err(|error| format!("cannot run {}: {error}", self.binary.display()))?;
        match output.status.code() {
            Some(0 | 1) => Ok(String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n")),
            _ => Err(format!("vauban {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim())),
        }
    }

    /// What it prints as the whole of a file.
    fn says(&self, arguments: &[&str]) -> Result<String, String> {
        let text = workspace::output(&mut self.command(arguments))?.replace("\r\n", "\n");
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        Ok(lines.join("\n").trim_end().to_owned() + "\n")
    }

    /// The documents that have a schema: what it offers when asked for one that there is none of.
    fn documents(&self) -> Result<Vec<String>, String> {
        let output = self
            .command(&["schema", "none-such"])
            .output()
            .map_err(|error| format!("cannot run {}: {error}", self.binary.display()))?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let list = text.lines().find_map(|line| line.split_once("one of: ")).map(|(_, list)| list);
        let list = list.ok_or_else(|| format!("`vauban schema none-such` named no documents: {}", text.trim()))?;
        Ok(list.split(',').map(|document| document.trim().to_owned()).collect())
    }
}

/// The help of every command and its subcommands.
fn commands(vauban: &Vauban) -> Result<String, String> {
    let mut out = head("what `vauban help` prints");
    out.push_str(
        "# Commands\n\nData goes to standard output, everything else to standard error. Exit code 0 is fine, 1 means that the gate \
         says no, 2 that\nthe command could not run. Colours appear on a terminal only, and never when `NO_COLOR` is set.\n",
    );
    add(vauban, &[], &mut out)?;
    Ok(out)
}

fn add(vauban: &Vauban, words: &[&str], out: &mut String) -> Result<(), String> {
    let mut arguments = words.to_vec();
    arguments.push("--help");
    let text = vauban.says(&arguments)?;
    let mut name = vec!["vauban"];
    name.extend(words);
    let _ = writeln!(out, "\n## `{}`\n\n```text\n{}```", name.join(" "), text);
    for inner in subcommands(&text) {
        let mut words = words.to_vec();
        words.push(inner);
        add(vauban, &words, out)?;
    }
    Ok(())
}

/// The names below `Commands:`, without `help`.
fn subcommands(help: &str) -> Vec<&str> {
    let below = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    below
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::subcommands;

    #[test]
    fn commands_are_read_from_help() {
        let help = "Text\n\nCommands:\n  init   Writes\n           and goes on\n  check  Analyses\n  help   Prints\n\nOptions:\n  -h\n";
        assert_eq!(subcommands(help), ["init", "check"]);
        assert!(subcommands("Usage: x\n").is_empty());
    }
}
