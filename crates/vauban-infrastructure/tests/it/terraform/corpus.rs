//! Real configurations: nothing is lost, and nothing is called broken that is not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vauban_infrastructure::{Options, Output, Tree, read};
use vauban_model::FileId;
use vauban_model::resource::{Mode, Source, Value, ValueKind};

use super::show;

#[expect(clippy::print_stdout, reason = "a test that does not run says so")]
fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let there = path.is_dir();
    if !there {
        println!("skipped: no corpus at {}", path.display());
    }
    there.then_some(path)
}

fn list(folder: &Path, base: &Path, paths: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            list(&path, base, paths);
        } else if let Ok(relative) = path.strip_prefix(base) {
            paths.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
}

/// What is read from a folder, and the names of its files by number.
fn read_folder(base: &Path, options: &Options) -> (Output, Vec<String>) {
    let mut paths = Vec::new();
    list(base, base, &mut paths);
    // Only what Terraform looks at: the other readers have tests of their own.
    paths.sort();
    let mut names: Vec<String> = Vec::new();
    let mut open = |path: &str| {
        let bytes = std::fs::read(base.join(path)).map_err(|error| error.to_string())?;
        names.push(path.to_owned());
        Ok((FileId(u32::try_from(names.len() - 1).unwrap_or(0)), Arc::from(String::from_utf8_lossy(&bytes).as_ref())))
    };
    let output = read(&mut Tree { paths: &paths, open: &mut open }, options);
    (output, names)
}

const FOLDERS: [&str; 8] = [
    "cloudgoat",
    "pathfinding-labs",
    "terragoat",
    "iac/tf-ecs-fargate",
    "iac/tf-github-runner",
    "iac/tf-govuk-infrastructure",
    "iac/mix-retail-store",
    "iac/gcp-tfplan-cai-triplets",
];

#[test]
fn real_configuration_is_read_whole() {
    let Some(corpus) = corpus() else { return };
    for folder in FOLDERS {
        let base = corpus.join(folder);
        let (output, names) = read_folder(&base, &Options::default());
        let name = |file: FileId| names.get(file.0 as usize).map_or("", String::as_str);
        for diagnostic in &output.diagnostics {
            if diagnostic.code == "hcl-syntax" {
                panic!("{folder}: {} {:?}", diagnostic.message, diagnostic.span.map(|span| name(span.file)));
            }
            if diagnostic.code == "template-not-rendered" {
                let file = diagnostic.span.map(|span| base.join(name(span.file)));
                let text = file.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
                assert!(text.contains("{{"), "{folder}: {diagnostic:?}");
            }
        }
        // Every block whose `count` is not zero occurs somewhere: it is looked for by the place where it starts.
        let mut seen: Vec<(&str, u32)> =
            output.inventory.resources.iter().map(|one| (name(one.span.file), one.span.line)).collect();
        seen.sort_unstable();
        seen.dedup();
        let zero = |text: &str, line: usize| {
            text.lines().skip(line).take_while(|line| !line.starts_with('}')).any(|line| {
                let line = line.trim_start();
                line.starts_with("count") || line.starts_with("for_each")
            })
        };
        let mut inside: Vec<&str> = Vec::new();
        let mut missing = 0;
        for path in names.iter().filter(|path| path.ends_with(".tf")) {
            let text = std::fs::read_to_string(base.join(path)).unwrap_or_default();
            let mut heredoc: Option<&str> = None;
            for (index, line) in text.lines().enumerate() {
                if let Some(marker) = heredoc {
                    heredoc = (line.trim() != marker).then_some(marker);
                    continue;
                }
                if let Some((_, marker)) = line.split_once("<<") {
                    heredoc = Some(marker.trim_start_matches('-').trim()).filter(|marker| !marker.is_empty());
                }
                if !line.starts_with("resource \"") {
                    continue;
                }
                let line = u32::try_from(index + 1).unwrap_or(0);
                let there = seen.binary_search(&(path.as_str(), line)).is_ok();
                // A module that is called with a count of zero has none; those are told apart by their folder.
                if !there && !zero(&text, index + 1) {
                    missing += 1;
                    inside.push(path);
                }
            }
        }
        let dir = |path: &&str| path.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned();
        let folders_seen: Vec<String> =
            seen.iter().map(|(path, _)| path.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned()).collect();
        inside.retain(|path| folders_seen.contains(&dir(path)));
        assert!(inside.is_empty(), "{folder}: {missing} missing, such as {:?}", inside.first());
    }
}

/// The policies of a folder as text, each with the address of its resource.
fn documents(output: &Output) -> Vec<(String, String)> {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match &value.kind {
            ValueKind::Document(_) => found.push(show(value)),
            ValueKind::List(items) => items.iter().for_each(|item| walk(item, found)),
            ValueKind::Map(entries) => entries.iter().for_each(|(_, item)| walk(item, found)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    for resource in &output.inventory.resources {
        let mut found = Vec::new();
        walk(&resource.attributes, &mut found);
        all.extend(found.into_iter().map(|text| (resource.address.to_string(), text)));
    }
    all
}

#[test]
fn policies_of_cloudgoat_are_documents_with_references() {
    let Some(corpus) = corpus() else { return };
    let (output, _) = read_folder(&corpus.join("cloudgoat"), &Options::default());
    let documents = documents(&output);
    let mut policies = 0;
    for resource in &output.inventory.resources {
        let kinds = ["aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_role"];
        if resource.source != Source::Terraform || resource.mode != Mode::Managed || !kinds.contains(&&*resource.ty) {
            continue;
        }
        let name = if &*resource.ty == "aws_iam_role" { "assume_role_policy" } else { "policy" };
        let value = resource.get(name).map(|value| &value.kind);
        assert!(matches!(value, Some(ValueKind::Document(_))), "{}: {value:?}", resource.address);
        policies += 1;
    }
    assert!(policies > 60, "{policies}");
    assert!(documents.iter().filter(|(_, text)| text.contains(".arn>")).count() > 20);
}

#[test]
fn a_lab_that_is_switched_on_is_there_with_its_account() {
    let Some(corpus) = corpus() else { return };
    let base = corpus.join("pathfinding-labs");
    let main = std::fs::read_to_string(base.join("main.tf")).unwrap_or_default();
    // Every switch there is, turned on.
    let switches = std::fs::read_to_string(base.join("variables.tf")).unwrap_or_default();
    let variables: Vec<(String, String)> = switches
        .lines()
        .filter_map(|line| line.strip_prefix("variable \"enable_")?.split('"').next())
        .map(|name| (format!("enable_{name}"), "true".to_owned()))
        .collect();
    assert!(!variables.is_empty() && main.contains("var.enable_"));
    let (output, _) = read_folder(&base, &Options { variables, ..Options::default() });
    let labs = output.inventory.resources.iter().filter(|one| one.address.starts_with("module.single_account")).count();
    assert!(labs > 100, "{labs}");
    let scoped = output.inventory.resources.iter().filter(|one| &*one.scope == "prod").count();
    assert!(scoped > labs / 2, "{scoped} of {labs}");
    let unknown = output.inventory.resources.iter().filter(|one| one.many).count();
    assert_eq!(unknown, 0);
}
