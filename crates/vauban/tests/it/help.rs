//! Help that teaches: every command says what it is for and shows how it is called.

use crate::support::{root, run};

/// Every command, as the program's own help lists them; the program itself is the empty one.
fn commands() -> Vec<String> {
    let mut out = vec![String::new()];
    for parent in ["", "evidence", "library"] {
        let mut arguments: Vec<&str> = parent.split_ascii_whitespace().collect();
        arguments.push("--help");
        let help = run(&arguments).exits(0).out;
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        for line in listed {
            // A description that goes on on the next line is indented further than a name.
            let name =
                line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).and_then(|rest| rest.split(' ').next());
            out.extend(name.filter(|name| *name != "help").map(|name| format!("{parent} {name}").trim().to_owned()));
        }
    }
    assert!(out.len() >= 14, "{out:?}");
    out
}

#[test]
fn help_texts_are_the_kept_ones() {
    let mut text = String::from(
        "# The help of every command. Rewrite with UPDATE_EXPECTED=1 cargo test -p vauban --test it help, and read the difference.\n",
    );
    for command in commands() {
        let mut arguments: Vec<&str> = command.split_ascii_whitespace().collect();
        arguments.push("--help");
        let help = run(&arguments).exits(0);
        assert!(help.err.is_empty());
        // The kept file has no blanks at the ends of lines, as no file here has.
        let lines: Vec<&str> = help.out.lines().map(str::trim_end).collect();
        text.push_str(&format!("\n$ vauban {}\n{}\n", arguments.join(" "), lines.join("\n")));
    }
    crate::cases::matches(&root().join("crates/vauban/tests/it/help.expected.txt"), &text);
}

#[test]
fn no_line_of_help_is_wider_than_a_terminal() {
    for command in commands() {
        let mut arguments: Vec<&str> = command.split_ascii_whitespace().collect();
        arguments.push("--help");
        for line in run(&arguments).exits(0).out.lines() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
        }
    }
}

#[test]
fn every_command_that_help_names_exists() {
    let help = run(&["--help"]).exits(0).out;
    let listed = commands();
    let examples =
        help.lines().filter_map(|line| line.trim().strip_prefix("vauban ")).filter_map(|l| l.split(' ').next());
    for word in examples {
        assert!(listed.iter().any(|name| name == word), "help shows `vauban {word}`, which does not exist");
    }
}

#[test]
fn completions_print_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        run(&["completions", shell]).exits(0).prints("vauban").prints("check");
    }
}

#[test]
fn the_version_is_one_line() {
    let out = run(&["--version"]).exits(0).out;
    assert!(out.starts_with("vauban ") && out.lines().count() == 1, "{out}");
}

#[test]
fn schemas_print_as_json_and_know_their_documents() {
    for document in ["model", "overlay", "decisions", "config", "methodology"] {
        let schema = run(&["schema", document]).exits(0).json();
        assert!(schema.get("$schema").is_some(), "{document}");
    }
}

#[test]
fn the_methodology_prints_as_a_document_and_reads_back() {
    let text = run(&["methodology"]).exits(0).out;
    for part in ["rare", "certain", "restricted", "olerance"] {
        assert!(text.contains(part), "`{part}` is missing");
    }
    let folder = crate::support::Folder::new();
    folder.run(&["methodology", "--yaml", "--output", "own.yaml"]).exits(0);
    let again = folder.run(&["methodology", "--methodology", "own.yaml"]).exits(0);
    assert!(again.err.is_empty(), "{}", again.err);
    assert_eq!(again.out, text);
}

#[test]
fn the_analysis_obeys_the_methodology() {
    let folder = crate::support::Folder::new();
    folder.write("model.yaml", crate::support::SMALL);
    let yaml = folder.run(&["methodology", "--yaml"]).exits(0).out;
    let risk = |file: Option<&str>| {
        let mut arguments = vec!["check", "model.yaml", "--format", "json"];
        if let Some(file) = file {
            arguments.extend(["--methodology", file]);
        }
        let check = folder.run(&arguments).exits(0).json();
        crate::support::finding(&check, crate::support::SMALL_FINDING).map(|f| f["risk"].clone())
    };
    let lenient = yaml.replace("high", "low").replace("critical", "low").replace("medium", "low");
    folder.write("own.yaml", "matrix:\n  - [low, low, low, low, low]\n  - [low, low, low, low, low]\n  - [low, low, low, low, low]\n  - [low, low, low, low, low]\n  - [low, low, low, low, low]\n");
    assert_ne!(lenient, yaml);
    assert_eq!(risk(Some("own.yaml")), Some("low".into()));
    assert_ne!(risk(None), Some("low".into()));
}
