//! What the fuzz targets share. A target is a file in `fuzz_targets/` and an entry in `Cargo.toml`; see `README.md`.

use std::borrow::Cow;

/// Arbitrary bytes as the text that a reader is handed; decoding is tried by the readers that take bytes.
pub fn text(data: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// A model small enough to be read for every input, with something of each kind to lay things over.
pub const SMALL_MODEL: &str = include_str!("../corpus/yaml_model/small.yaml");

/// A folder in one text: a line `=== path` starts a file; what stands before the first is `first`.
pub fn folder(first: &str, text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = vec![(first.to_owned(), String::new())];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("=== ").map(str::trim) {
            Some(path) if !path.is_empty() => files.push((path.to_owned(), String::new())),
            _ => files.last_mut().into_iter().for_each(|(_, content)| content.push_str(line)),
        }
    }
    files.sort();
    files.dedup_by(|later, earlier| later.0 == earlier.0);
    files
}

/// Reads a folder in one text as infrastructure code.
pub fn infrastructure(first: &str, data: &[u8]) {
    let files = folder(first, &text(data));
    let paths: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
    let mut open = |path: &str| {
        let at = paths.binary_search_by(|known| known.as_str().cmp(path)).map_err(|_| "not there".to_owned())?;
        Ok((vauban_model::FileId(u32::try_from(at).unwrap_or(0)), files[at].1.as_str().into()))
    };
    let mut tree = vauban_infrastructure::Tree { paths: &paths, open: &mut open };
    let _ = vauban_infrastructure::read(&mut tree, &vauban_infrastructure::Options::default());
}
