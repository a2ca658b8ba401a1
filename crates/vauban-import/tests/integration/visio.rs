//! Visio: everything drawn is an element, and the nesting is what another reader of the same files found.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;

use serde_json::Value;
use vauban_import::{Format, Imported, InputFile, import, is_binary, recognise_bytes};
use vauban_model::FileId;
use vauban_model::model::Model;

use crate::dump::dump;

fn corpus(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(folder);
    if !path.is_dir() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

pub(crate) fn read(name: &str, bytes: &[u8]) -> Imported {
    import(Format::Visio, &[InputFile { id: FileId(0), name, text: "", bytes }])
}

#[test]
fn look() {
    let Ok(wanted) = std::env::var("LOOK") else { return };
    for folder in ["visio", "lucidchart"] {
        let Some(folder) = corpus(folder) else { return };
        let path = folder.join(&wanted);
        if let Ok(bytes) = std::fs::read(path) {
            println!("{}", dump(&read(&wanted, &bytes)));
        }
    }
}
