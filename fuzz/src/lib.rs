//! What the fuzz targets share. A target is a file in `fuzz_targets/` and an entry in `Cargo.toml`; see `README.md`.

use std::borrow::Cow;

/// Arbitrary bytes as the text that a reader is handed; decoding is tried by the readers that take bytes.
pub fn text(data: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// A model small enough to be read for every input, with something of each kind to lay things over.
pub const SMALL_MODEL: &str = include_str!("../corpus/yaml_model/small.yaml");
