//! The guide to decisions and reviews is followed word by word.

use std::path::Path;
use std::process::Command;

use crate::support::{Folder, root};

/// Blocks of a Markdown page: the word behind the fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), inside) {
            (Some(word), false) => {
                out.push((word.to_owned(), String::new()));
                inside = true;
            }
            (Some(_), true) => inside = false,
            (None, true) => {
                let (_, text) = out.last_mut().expect("a block");
                text.push_str(line);
                text.push('\n');
            }
            (None, false) => {}
        }
    }
    out
}

#[test]
fn decisions_and_reviews_work_as_told() {
    if cfg!(windows) {
        eprintln!("skipped: the guide is for a POSIX shell");
        return;
    }
    let page = std::fs::read_to_string(root().join("docs/guide/decisions-and-reviews.md")).expect("the guide");
    let folder = Folder::new();
    let program = Path::new(env!("CARGO_BIN_EXE_vauban")).parent().expect("a folder").display().to_string();
    let path = format!("{program}:{}", std::env::var("PATH").unwrap_or_default());
    let mut said = String::new();
    let mut commands = 0;
    for (word, text) in blocks(&page) {
        if word == "yaml" && text.starts_with("vauban: 1") {
            folder.write("threat-model.yaml", &text);
        }
        if word != "sh" {
            continue;
        }
        for line in text.lines() {
            let (command, code) = line
                .split_once(" # exits ")
                .map_or((line, 0), |(command, code)| (command, code.parse::<i32>().expect("an exit code")));
            let output = Command::new("sh")
                .args(["-c", command])
                .current_dir(folder.path())
                .env("PATH", &path)
                .output()
                .expect("a shell");
            let text =
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert_eq!(output.status.code(), Some(code), "{command}\n{text}");
            said.push_str(&format!("$ {command}\n{text}"));
            commands += usize::from(command.contains("vauban "));
        }
    }
    assert!(commands >= 25, "{commands}");
    // What the guide promises beside the exit codes.
    for promise in [
        "Ada proposed it, and somebody else must approve it",
        "approved by Bob",
        "accept · lapsed",
        "changed: `risk` was `high` and is `critical`",
        "nothing in the model shows that it was carried out",
        "the model says that `rate-limiting` is there",
        "unlimited-requests@web,",
        "An incident on 2027-02-20: A key in a public log.",
        "Tier: rapid.",
        "1 event came from other.record.jsonl",
        "intact; last hash",
    ] {
        assert!(said.contains(promise), "`{promise}` is not said in\n{said}");
    }
}
