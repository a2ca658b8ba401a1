//! Whether the files of a pack agree with one another.
//!
//! Hashes and signature show that nobody without the key changed a file. Who holds the key can change one and sign anew:
//! what shows then is that another file still says what it said. Every list stands in a pack three times over, as CSV, as
//! JSON and counted in the manifest; samples follow from a seed; events are lines of the record. Making a pack never gives
//! two that differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::verify::Problem;
use super::{MANIFEST, SIGNATURE, SUMS, list, sample, sha256};

/// Where samples lie.
pub(super) const SAMPLES: &str = "10-population-and-samples/";
/// What the record's last line begins with.
pub(super) const SEAL: &str = "{\"seal\":";
/// What an event has in the lists as it has in the record.
const SAME: [&str; 6] = ["effective", "recorded", "kind", "who", "role", "subject"];

type Files<'a> = BTreeMap<&'a str, &'a [u8]>;

/// Everything in which the files contradict one another.
pub(super) fn contradictions(files: &Files<'_>) -> Vec<Problem> {
    let mut out = Vec::new();
    let manifest = files.get(MANIFEST).and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    let Some(manifest) = manifest else {
        out.push(problem(MANIFEST, "is missing or cannot be read, so nothing says what the files are".to_owned()));
        return out;
    };
    let lists = lists(files);
    let broken = broken(&manifest);
    described(&manifest, files, &lists, &broken, &mut out);
    for (path, list) in &lists {
        twins(path, list, files, &mut out);
    }
    samples(&manifest, &lists, &mut out);
    records(&manifest, files, &mut out);
    // Of a record that is told to be broken no more can be expected than that it is.
    if broken.is_empty() {
        events(&manifest, files, &lists, &mut out);
    }
    out
}

/// The records that the pack itself says are not what was written.
fn broken(manifest: &Value) -> BTreeSet<&str> {
    let all = manifest.get("records").and_then(Value::as_array).into_iter().flatten();
    all.filter(|seal| seal.get("intact").and_then(Value::as_bool) != Some(true))
        .map(|seal| text(seal, "file"))
        .collect()
}

fn problem(file: &str, what: String) -> Problem {
    Problem { file: file.to_owned(), what }
}

/// The lists that stand there as JSON, by path.
fn lists<'a>(files: &Files<'a>) -> BTreeMap<&'a str, Value> {
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    let is_list = |value: &Value| value.get("schema").and_then(Value::as_str) == Some(list::SCHEMA);
    files
        .iter()
        .filter(|(path, _)| path.ends_with(".json"))
        .filter_map(|(path, bytes)| Some((*path, read(bytes).filter(is_list)?)))
        .collect()
}

fn items(list: &Value) -> &[Value] {
    list.get("items").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Hash, size and rows of every file, as the manifest has them.
fn described(
    manifest: &Value,
    files: &Files<'_>,
    lists: &BTreeMap<&str, Value>,
    broken: &BTreeSet<&str>,
    out: &mut Vec<Problem>,
) {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for row in manifest.get("files").and_then(Value::as_array).into_iter().flatten() {
        let path = text(row, "path");
        told.insert(path);
        let Some(bytes) = files.get(path) else {
            out.push(problem(path, format!("is described in `{MANIFEST}` and is not there")));
            continue;
        };
        if text(row, "sha256") != sha256(bytes) {
            out.push(problem(path, format!("has another hash than `{MANIFEST}` gives it")));
        }
        if row.get("bytes").and_then(Value::as_u64) != u64::try_from(bytes.len()).ok() {
            out.push(problem(path, format!("has another size than `{MANIFEST}` gives it")));
        }
        let said = row.get("rows").and_then(Value::as_u64).and_then(|rows| usize::try_from(rows).ok());
        if let (Some(said), Some(are)) = (said, rows(path, bytes, lists.get(path)))
            && said != are
            && !broken.contains(path)
        {
            out.push(problem(path, format!("has {are} rows, and `{MANIFEST}` says {said}")));
        }
    }
    for path in files.keys().filter(|path| ![SUMS, SIGNATURE, MANIFEST].contains(path) && !told.contains(**path)) {
        out.push(problem(path, format!("is not described in `{MANIFEST}`")));
    }
}

/// How many rows a file has; `None` where that cannot be counted.
fn rows(path: &str, bytes: &[u8], list: Option<&Value>) -> Option<usize> {
    if let Some(list) = list {
        return Some(items(list).len());
    }
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "csv" => table(bytes).map(|rows| rows.len().saturating_sub(1)),
        "jsonl" => Some(lines(bytes).filter(|line| !line.starts_with(SEAL)).count()),
        _ => None,
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &str> {
    std::str::from_utf8(bytes).unwrap_or_default().lines().filter(|line| !line.is_empty())
}

/// The rows of a CSV file, its heading first.
fn table(bytes: &[u8]) -> Option<Vec<Vec<String>>> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    reader.records().map(|row| row.ok().map(|row| row.iter().map(str::to_owned).collect())).collect()
}

/// A list as CSV and as JSON.
fn twins(path: &str, list: &Value, files: &Files<'_>, out: &mut Vec<Problem>) {
    if list.get("rows").and_then(Value::as_u64) != u64::try_from(items(list).len()).ok() {
        out.push(problem(path, "counts other rows than it has".to_owned()));
    }
    let csv = path.strip_suffix(".json").map(|stem| format!("{stem}.csv")).unwrap_or_default();
    let Some(rows) = files.get(csv.as_str()).and_then(|bytes| table(bytes)) else { return };
    let columns: Vec<&str> =
        list.get("columns").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let heading = columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let should = items(list).iter().map(|row| columns.iter().map(|name| list::cell(text(row, name))).collect());
    let should: Vec<Vec<String>> = std::iter::once(heading).chain(should).collect();
    if should == rows {
        return;
    }
    let at = should.iter().zip(&rows).position(|(a, b)| a != b).unwrap_or_else(|| should.len().min(rows.len()));
    out.push(problem(&csv, format!("row {at} is another than in `{path}`")));
}

/// Samples, drawn again.
fn samples(manifest: &Value, lists: &BTreeMap<&str, Value>, out: &mut Vec<Problem>) {
    let seed = text(manifest, "sample_seed");
    let number = manifest.get("sample_rows").and_then(Value::as_u64).and_then(|rows| usize::try_from(rows).ok());
    let Some(number) = number else { return };
    for (path, list) in lists.iter().filter(|(path, _)| !path.starts_with(SAMPLES)) {
        let stem = path.strip_suffix(".json").unwrap_or(path).replace('/', "-");
        let name = format!("{SAMPLES}{stem}-sample.json");
        let Some(drawn) = lists.get(name.as_str()) else { continue };
        let first = list.get("columns").and_then(|columns| columns.get(0)).and_then(Value::as_str).unwrap_or_default();
        let again = sample(items(list).iter().map(|row| text(row, first)), number, seed);
        let again: Vec<&Value> = again.iter().filter_map(|at| items(list).get(*at)).collect();
        if again != items(drawn).iter().collect::<Vec<_>>() {
            out.push(problem(&name, format!("is not what the seed draws from `{path}`")));
        }
    }
}

/// The record against the manifest and the extract.
fn records(manifest: &Value, files: &Files<'_>, out: &mut Vec<Problem>) {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for seal in manifest.get("records").and_then(Value::as_array).into_iter().flatten() {
        let path = text(seal, "file");
        told.insert(path);
        let Some(bytes) = files.get(path) else {
            out.push(problem(path, format!("is a record by `{MANIFEST}` and is not there")));
            continue;
        };
        let whole: BTreeSet<&str> = lines(bytes).collect();
        let read = read_events(bytes);
        let intact = seal.get("intact").and_then(Value::as_bool) == Some(true);
        let number = u64::try_from(read.len()).ok();
        if intact && seal.get("events").and_then(Value::as_u64) != number {
            out.push(problem(path, format!("has {} events, and `{MANIFEST}` says otherwise", read.len())));
        }
        if intact && read.last().map_or("", |event| text(event, "hash")) != text(seal, "last") {
            out.push(problem(path, format!("ends in another event than `{MANIFEST}` says")));
        }
        let extract = path.replacen("13-record/record", "13-record/extract", 1);
        let extracted = files.get(extract.as_str());
        if let Some(at) = extracted.and_then(|bytes| lines(bytes).position(|line| !whole.contains(line))) {
            out.push(problem(&extract, format!("line {} is not in `{path}`", at + 1)));
        }
    }
    for path in files.keys().filter(|path| path.starts_with("13-record/record") && path.ends_with(".jsonl")) {
        if !told.contains(path) {
            out.push(problem(path, format!("is no record by `{MANIFEST}`")));
        }
    }
}

/// The events of a record: all lines but the seal.
fn read_events(bytes: &[u8]) -> Vec<Value> {
    let events = lines(bytes).filter(|line| !line.starts_with(SEAL));
    events.map(|line| serde_json::from_str(line).unwrap_or(Value::Null)).collect()
}

/// The lists of events against the records, by the hash of each.
fn events(manifest: &Value, files: &Files<'_>, lists: &BTreeMap<&str, Value>, out: &mut Vec<Problem>) {
    let seals = manifest.get("records").and_then(Value::as_array).into_iter().flatten();
    let records = seals.filter_map(|seal| files.get(text(seal, "file")));
    let events: BTreeMap<String, Value> =
        records.flat_map(|bytes| read_events(bytes)).map(|event| (text(&event, "hash").to_owned(), event)).collect();
    let of_events = |list: &Value| {
        let columns = list.get("columns").and_then(Value::as_array);
        columns.is_some_and(|columns| ["hash", "kind", "who"].iter().all(|name| columns.iter().any(|it| it == name)))
    };
    for (path, list) in lists.iter().filter(|(_, list)| of_events(list)) {
        let agrees = |row: &&Value| {
            let event = events.get(text(row, "hash"));
            event.is_some_and(|event| SAME.iter().all(|name| text(row, name) == text(event, name)))
        };
        if let Some(row) = items(list).iter().find(|row| !agrees(row)) {
            out.push(problem(path, format!("event `{}` is not what the record says", text(row, "id"))));
        }
    }
}
