//! Pulumi: YAML programs, `pulumi preview --json`, and stack exports. Programs in other languages are seen through the
//! latter two only.

mod export;
mod functions;
mod program;

use vauban_syntax::{Limits, parse_json, parse_yaml};

use crate::located::{body, file_prefix, top_keys};
use crate::{InputFile, Options, Output, Tree};

/// Whether a text looks like a Pulumi program, preview or export.
pub(crate) fn recognise(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    if is_project(name) {
        // A project in another language has nothing to read here.
        let line = |key: &str| text.lines().any(|line| line.starts_with(key));
        return line("resources:") && (line("name:") || line("runtime:")) || is_yaml_runtime(text);
    }
    let start = body(text);
    start.starts_with('{')
        && top_keys(start, |keys| keys.iter().any(|key| matches!(*key, "deployment" | "checkpoint" | "steps")))
        && text.contains("\"urn\"")
        && text.contains("urn:pulumi:")
}

fn is_project(name: &str) -> bool {
    matches!(name, "Pulumi.yaml" | "Pulumi.yml" | "Main.yaml") || name == "pulumi.yaml"
}

/// Whether a project says that it is written in YAML: `runtime: yaml`, or a block with that name.
fn is_yaml_runtime(text: &str) -> bool {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(runtime) = line.strip_prefix("runtime:") {
            let runtime = runtime.split('#').next().unwrap_or("").trim().trim_matches(['"', '\'']);
            return match runtime {
                "" => lines
                    .take_while(|line| line.starts_with([' ', '#']) || line.trim().is_empty())
                    .any(|line| line.trim().strip_prefix("name:").is_some_and(|name| name.trim() == "yaml")),
                runtime => runtime == "yaml",
            };
        }
    }
    false
}

/// Reads programs, previews and exports.
pub(crate) fn read(tree: &mut Tree<'_>, options: &Options, files: &[InputFile], output: &mut Output) {
    let (programs, exports): (Vec<&InputFile>, Vec<&InputFile>) =
        files.iter().partition(|file| !body(&file.text).starts_with('{'));
    for file in programs {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Some(root) = parse_yaml(file.id, &file.text, &Limits::default(), &mut output.diagnostics) {
            program::read(&root, folder, tree, options, output);
        }
    }
    for file in &exports {
        let prefix = file_prefix(&file.path, exports.len());
        if let Some(root) = parse_json(file.id, &file.text, &Limits::default(), &mut output.diagnostics) {
            export::read(&root, &prefix, output);
        }
    }
}
