//! Inputs kept for fuzzing, run as ordinary tests through the same readers, as they are and with small damage done to
//! each: no panic, and no more time than a reader takes for a folder of this size. `VAUBAN_ROUNDS` sets how many times
//! each is damaged.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::support::read_folder;

/// What a run of the whole of one input may take, in a build without optimisation on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// A small generator of numbers; the same seed, the same numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// A folder in one text: a line `=== path` starts a file; what stands before the first is `first`.
fn folder(first: &str, text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = vec![(first.to_owned(), String::new())];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("=== ").map(str::trim) {
            Some(path) if !path.is_empty() => files.push((path.to_owned(), String::new())),
            _ => files.last_mut().unwrap().1.push_str(line),
        }
    }
    files.sort();
    files.dedup_by(|later, earlier| later.0 == earlier.0);
    files
}

fn survives(name: &str, first: &str, bytes: &[u8]) {
    let files = folder(first, &String::from_utf8_lossy(bytes));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let before = Instant::now();
    let output = read_folder(&files, &vauban_infrastructure::Options::default());
    assert!(before.elapsed() < PATIENCE, "{name}: {:?}", before.elapsed());
    assert!(output.inventory.resources.len() <= 200_000, "{name}");
}

fn kept(target: &str, first: &str) {
    let rounds = std::env::var("VAUBAN_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(10u64);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(target);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}", root.display());
    let words: [&[u8]; 12] =
        [b"${", b"}", b"{{", b"[", b"{", b"\"", b"\n", b": ", b"*", b"999999999999", b"\xff\x00", b"!Sub"];
    for path in paths {
        let name = path.display().to_string();
        let whole = std::fs::read(&path).unwrap();
        survives(&name, first, &whole);
        for seed in 0..rounds {
            let dice = &mut Dice(seed.wrapping_add(whole.len() as u64));
            let mut bytes = whole.clone();
            for _ in 0..1 + dice.below(4) {
                if bytes.is_empty() {
                    break;
                }
                let at = dice.below(bytes.len());
                let end = (at + dice.below(40)).min(bytes.len());
                match dice.below(5) {
                    0 => bytes.truncate(at),
                    1 => drop(bytes.drain(at..end)),
                    2 => {
                        let piece = bytes[at..end].to_vec();
                        let to = dice.below(bytes.len());
                        bytes.splice(to..to, piece);
                    }
                    3 => drop(bytes.splice(at..at, words[dice.below(words.len())].iter().copied())),
                    _ => bytes[at] = b"{}[]()\"' \n.,!&|=<>#-:*0a"[dice.below(24)],
                }
            }
            survives(&format!("{name}, damage {seed}"), first, &bytes);
        }
    }
}

#[test]
fn kept_inputs_of_terraform_are_survived() {
    kept("fuzz/corpus/terraform", "main.tf");
}

#[test]
fn kept_inputs_of_terraform_plan_are_survived() {
    kept("fuzz/corpus/terraform_plan", "plan.json");
}

#[test]
fn kept_inputs_of_terraform_state_are_survived() {
    kept("fuzz/corpus/terraform_state", "terraform.tfstate");
}

#[test]
fn kept_inputs_of_cloudformation_are_survived() {
    kept("fuzz/corpus/cloudformation", "template.yaml");
}

#[test]
fn kept_inputs_of_kubernetes_are_survived() {
    kept("fuzz/corpus/kubernetes", "manifests.yaml");
}

#[test]
fn kept_inputs_of_kustomize_are_survived() {
    kept("fuzz/corpus/kustomize", "kustomization.yaml");
}

#[test]
fn kept_inputs_of_helm_are_survived() {
    kept("fuzz/corpus/helm", "Chart.yaml");
}

#[test]
fn kept_inputs_of_compose_are_survived() {
    kept("fuzz/corpus/compose", "compose.yaml");
}

#[test]
fn kept_inputs_of_dockerfile_are_survived() {
    kept("fuzz/corpus/dockerfile", "Dockerfile");
}

#[test]
fn kept_inputs_of_pulumi_are_survived() {
    kept("fuzz/corpus/pulumi", "Pulumi.yaml");
}

#[test]
fn kept_inputs_of_cloud_assets_are_survived() {
    kept("fuzz/corpus/cloud_assets", "assets.json");
}

#[test]
fn kept_inputs_of_aws_config_are_survived() {
    kept("fuzz/corpus/aws_config", "snapshot.json");
}
