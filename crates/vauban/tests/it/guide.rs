//! The guides are followed word by word.

use crate::support::{Folder, root};

#[test]
fn every_command_for_bringing_a_model_works_as_written() {
    let folder = Folder::new();
    copy(&root().join("fixtures/import"), &folder.path().join("fixtures/import"));
    copy(&root().join("examples"), &folder.path().join("examples"));
    let guide = std::fs::read_to_string(root().join("docs/guide/bring-your-model.md")).expect("the guide");
    let (mut shell, mut section) = (false, "");
    // Each section with how many commands it has.
    let mut followed: Vec<(&str, usize)> = Vec::new();
    for line in guide.lines() {
        match line {
            "```sh" => shell = true,
            _ if line.starts_with("```") => shell = false,
            _ if shell => {
                let words: Vec<&str> = line.split_whitespace().collect();
                match words.as_slice() {
                    ["cp", from, to] => {
                        std::fs::copy(folder.path().join(from), folder.path().join(to)).expect(line);
                    }
                    ["vauban", arguments @ ..] => {
                        folder.run(arguments).exits(0);
                    }
                    _ => panic!("neither `vauban` nor `cp`: {line}"),
                }
                match followed.last_mut() {
                    Some((last, count)) if *last == section => *count += 1,
                    _ => followed.push((section, 1)),
                }
            }
            _ => section = line.strip_prefix("## ").unwrap_or(section),
        }
    }
    for tool in [
        "Microsoft Threat Modeling Tool",
        "Threat Dragon",
        "draw.io",
        "Visio",
        "Lucidchart",
        "Threat Composer",
        "spreadsheet",
        "IriusRisk",
        "Threagile",
        "Structurizr",
        "PlantUML",
        "Mermaid",
        "Graphviz",
        "Threat Model Library",
        "CycloneDX",
        "pytm",
        "threatcl",
    ] {
        assert!(
            followed.iter().any(|(section, _)| section.starts_with("From ") && section.contains(tool)),
            "no commands for {tool}: {followed:?}"
        );
    }
}

#[test]
fn every_command_about_evidence_works_as_written() {
    let folder = Folder::new();
    copy(&root().join("examples/web-shop"), &folder.path().join("examples/web-shop"));
    let mut followed = 0;
    for line in shell_lines("compliance") {
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('"')).collect();
        assert_eq!(words[0], "vauban", "{line}");
        folder.run(&words[1..]).exits(0);
        followed += 1;
    }
    assert!(followed >= 15, "{followed}");
    assert!(folder.read("coverage.md").contains("ID.RA-05"));
    assert!(folder.read("coverage.csv").starts_with("Requirement,Title,Standing"));
    assert!(folder.read("matrix.csv").contains("in-place"));
}

#[test]
fn simulation_and_scoring_are_followed_as_written() {
    for (guide, commands) in [("simulation", 9), ("scoring", 5)] {
        let folder = Folder::new();
        copy(&root().join("examples"), &folder.path().join("examples"));
        let page = std::fs::read_to_string(root().join(format!("docs/guide/{guide}.md"))).expect("the guide");
        let mut followed = 0;
        // Blocks lie between lines of three back-ticks; a YAML block names its file in its first line.
        for block in page.split("```").skip(1).step_by(2) {
            let (kind, body) = block.split_once('\n').expect("a block has lines");
            match kind {
                "sh" => {
                    for line in body.lines() {
                        let words: Vec<&str> = line.split_whitespace().collect();
                        let ["vauban", arguments @ ..] = words.as_slice() else { panic!("no `vauban`: {line}") };
                        folder.run(arguments).exits(0);
                        followed += 1;
                    }
                }
                "yaml" => {
                    let name = body.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a file's name");
                    folder.write(name, body);
                }
                _ => {}
            }
        }
        assert!(followed >= commands, "{guide}: {followed} commands");
    }
}

#[test]
fn every_command_about_oscal_works_as_written() {
    let folder = Folder::new();
    copy(&root().join("examples"), &folder.path().join("examples"));
    let guide = std::fs::read_to_string(root().join("docs/guide/oscal.md")).expect("the guide");
    let commands: Vec<&str> = guide.lines().filter_map(|line| line.strip_prefix("vauban ")).collect();
    assert_eq!(commands.len(), 5);
    for command in commands {
        folder.run(&command.split_whitespace().collect::<Vec<_>>()).exits(0);
    }
    for (file, root) in [
        ("results.json", "assessment-results"),
        ("poam.json", "plan-of-action-and-milestones"),
        ("components.json", "component-definition"),
    ] {
        let document: serde_json::Value = serde_json::from_str(&folder.read(file)).expect("JSON");
        assert_eq!(document[root]["metadata"]["oscal-version"], "1.2.1", "{file}");
    }
    assert_eq!(folder.read("monday.json"), folder.read("again.json"));
    // What the tables of the guide call by name is what is written.
    let results = folder.read("results.json");
    for word in ["not-satisfied", "satisfied", "open-question", "remediating", "deviation-approved", "recommendation"] {
        assert!(results.contains(&format!("\"{word}\"")), "{word}");
        assert!(guide.contains(&format!("`{word}`")), "{word}");
    }
}

/// The lines that a guide gives to a shell.
fn shell_lines(guide: &str) -> Vec<String> {
    let page = std::fs::read_to_string(root().join(format!("docs/guide/{guide}.md"))).expect("the guide");
    let mut shell = false;
    let mut out = Vec::new();
    for line in page.lines() {
        match line {
            "```sh" => shell = true,
            _ if line.starts_with("```") => shell = false,
            _ if shell => out.push(line.to_owned()),
            _ => {}
        }
    }
    out
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn every_command_for_documents_works_as_written() {
    let folder = Folder::new();
    copy(&root().join("examples"), &folder.path().join("examples"));
    let mut followed = 0;
    for line in shell_lines("documents") {
        let arguments: Vec<&str> = line.split_whitespace().skip(1).collect();
        if cfg!(feature = "pdf") || !line.contains("pdf") {
            folder.run(&arguments).exits(0);
            followed += 1;
        }
    }
    assert!(followed >= 5, "{followed} commands");
    for made in ["shop/threat-model.xlsx", "shop/methods/pasta.docx", "shop/pages/metrics.html", "shop/risks.csv"] {
        assert!(folder.path().join(made).is_file(), "{made}");
    }
}
