//! The records of events in a pack, for whoever can read them.

use serde_json::Value;

use super::{MANIFEST, archive};

/// A record as it lies in a pack, with what the pack says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Its path in the pack.
    pub file: String,
    /// Its text; `None` where it is none, or not there.
    pub text: Option<String>,
    /// Whether the pack says that every event is what was written.
    pub intact: bool,
}

/// The records that the manifest of a pack names, in its order. Empty where there is none, or no manifest.
pub fn records(pack: &[u8]) -> Vec<Packed> {
    let entries = archive::by_directory(pack).unwrap_or_default();
    let find = |path: &str| entries.iter().find(|entry| entry.path == path).map(|entry| entry.bytes);
    let manifest = find(MANIFEST).and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok()).unwrap_or_default();
    let named = manifest.get("records").and_then(Value::as_array);
    named
        .into_iter()
        .flatten()
        .map(|seal| {
            let file = seal.get("file").and_then(Value::as_str).unwrap_or_default().to_owned();
            let text = find(&file).and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::to_owned);
            Packed { file, text, intact: seal.get("intact").and_then(Value::as_bool) == Some(true) }
        })
        .collect()
}
