//! "Your first audit" is followed word by word.

use crate::support::{Folder, root};

/// What a shell would make of a line: words, those in quotes whole.
fn words(line: &str) -> Vec<String> {
    let (mut out, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => out.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
            other => word.push(other),
        }
    }
    out.extend(Some(word).filter(|word| !word.is_empty()));
    assert!(!quoted, "a quote is open: {line}");
    out
}

#[test]
fn the_guide_leads_to_a_pack_that_verifies() {
    let guide = std::fs::read_to_string(root().join("docs/guide/first-audit.md")).expect("the guide");
    let folder = Folder::new();
    let (_, rest) = guide.split_once("```yaml\n").expect("a model");
    let (model, rest) = rest.split_once("```").expect("its end");
    folder.write("threat-model.yaml", model);
    let (mut shell, mut ran, mut altered) = (false, Vec::new(), false);
    for line in rest.lines() {
        match line {
            "```sh" => shell = true,
            _ if line.starts_with("```") => shell = false,
            _ if shell => {
                let words = words(line);
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                match words.as_slice() {
                    // Built without it, the last step is for another machine.
                    ["vauban", "evidence", "push", ..] if !cfg!(feature = "push") => {}
                    ["vauban", arguments @ ..] => {
                        let run = folder.run(arguments).exits(i32::from(altered && arguments.contains(&"altered.zip")));
                        ran.push((arguments.join(" "), run.out, run.err));
                    }
                    ["sed", "-i.bak", script, file] => {
                        let [_, from, to, _] = script.split('/').collect::<Vec<_>>()[..] else { panic!("{script}") };
                        let (before, from) = (folder.read(file), from.replace('\\', ""));
                        assert!(before.contains(&from), "{line}");
                        folder.write(file, &before.replace(&from, to));
                    }
                    ["rm", _] => {}
                    ["cp", from, to] => {
                        std::fs::copy(folder.path().join(from), folder.path().join(to)).expect(line);
                    }
                    ["printf", "X", "|", "dd", of, "bs=1", seek, "conv=notrunc"] => {
                        let path = folder.path().join(of.strip_prefix("of=").expect("a file"));
                        let at: usize = seek.strip_prefix("seek=").and_then(|at| at.parse().ok()).expect("a number");
                        let mut bytes = std::fs::read(&path).expect(line);
                        assert_ne!(bytes[at], b'X', "the byte would not change");
                        bytes[at] = b'X';
                        std::fs::write(&path, bytes).expect(line);
                        altered = true;
                    }
                    _ => panic!("a command that this test does not know: {line}"),
                }
            }
            _ => {}
        }
    }
    assert!(ran.iter().all(|(.., said)| !said.contains("warning[")), "{ran:#?}");
    let of = |wanted: &str| ran.iter().filter(|(what, ..)| what.starts_with(wanted)).collect::<Vec<_>>();
    assert!(of("check")[0].1.contains("3 threats open (2 high"), "{}", of("check")[0].1);
    assert!(of("evidence pack")[0].2.contains("signed"), "{}", of("evidence pack")[0].2);
    let verified = of("evidence verify");
    assert_eq!(verified.len(), 2);
    assert!(verified[0].1.contains("the key that you named"), "{}", verified[0].1);
    assert!(verified[1].1.contains("ALTERED"), "{}", verified[1].1);
    // What the table of folders says is what is there.
    let pack = std::fs::read(folder.path().join("evidence-2026-h1.zip")).expect("the pack");
    let text = String::from_utf8_lossy(&pack);
    let folders: Vec<&str> =
        guide.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name)).collect();
    assert_eq!(folders.len(), 15);
    for name in folders {
        assert!(text.contains(&format!("{name}/")), "`{name}` is not in the pack");
    }
    for event in ["unlimited-requests@shop", "Grace", "2026-05-05"] {
        assert!(text.contains(event), "{event}");
    }
}
