//! The AND/OR graphs of META4ICS (Barrère and others, 2019; Apache-2.0), which come with their optimal cuts.

use std::path::{Path, PathBuf};

use vauban_paths::graph::{Graph, GraphBuilder, STRUCTURAL, Start, StateId};

/// One graph of the corpus: a state for each node, prices on states.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) graph: Graph,
    pub(crate) starts: Vec<Start>,
    pub(crate) goal: StateId,
    pub(crate) prices: Vec<Option<u64>>,
    pub(crate) optimum: u64,
}

/// Where the corpus is, when it is there.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/meta4ics");
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/corpus/meta4ics");
    [folder, beside].into_iter().find(|folder| folder.join("optimum.csv").is_file())
}

/// All graphs that are there, in the order of their names.
pub(crate) fn cases(folder: &Path) -> Vec<Case> {
    let table = std::fs::read_to_string(folder.join("optimum.csv")).unwrap();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("graphs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| read(file, &table)).collect()
}

fn read(file: &Path, table: &str) -> Case {
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    // b1-test14--n-5000.txt.gz: benchmark 1, case 14.
    let (benchmark, case) = name[1..].split_once("-test").unwrap();
    let case = case.split_once("--").unwrap().0;
    let optimum = table
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .find(|cells| cells[0] == benchmark && cells[1] == case)
        .map(|cells| cells[3].parse().unwrap())
        .unwrap();
    let text = String::from_utf8(gunzip(&std::fs::read(file).unwrap())).unwrap();
    let mut builder = GraphBuilder::new();
    let mut numbers = std::collections::BTreeMap::new();
    let (mut kinds, mut prices, mut ends) = (Vec::new(), Vec::new(), None);
    let mut incoming: Vec<Vec<StateId>> = Vec::new();
    for line in text.lines() {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["p", from, to, ..] => ends = Some(((*from).to_owned(), (*to).to_owned())),
            ["n", node, kind, price] => {
                numbers.insert((*node).to_owned(), builder.add_state().unwrap());
                kinds.push((*kind).to_owned());
                prices.push(price.parse().ok());
                incoming.push(Vec::new());
            }
            ["e", from, to] => incoming[numbers[*to].0 as usize].push(numbers[*from]),
            other => panic!("{name}: {other:?}"),
        }
    }
    for (at, (kind, from)) in kinds.iter().zip(&incoming).enumerate() {
        let to = [StateId(at as u32)];
        if kind == "and" {
            builder.add_step(from, &to, 0, STRUCTURAL).unwrap();
        } else {
            for from in from {
                builder.add_step(&[*from], &to, 0, STRUCTURAL).unwrap();
            }
        }
    }
    let (from, to) = ends.unwrap();
    let starts = vec![Start { state: numbers[&from], cost: 0, attacker: 0 }];
    Case { name, graph: builder.build(), starts, goal: numbers[&to], prices, optimum }
}

/// A gzip member with no more in its head than a name.
fn gunzip(bytes: &[u8]) -> Vec<u8> {
    assert_eq!(&bytes[..3], [0x1f, 0x8b, 8]);
    let name = bytes[3] & 8 != 0;
    let body = if name { 10 + bytes[10..].iter().position(|byte| *byte == 0).unwrap() + 1 } else { 10 };
    miniz_oxide::inflate::decompress_to_vec(&bytes[body..]).unwrap()
}
