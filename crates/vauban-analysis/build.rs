//! Lists the files of `library/` so that they are compiled in. Reads the repository only; nothing is downloaded.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../library");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    for folder in [
        "threats",
        "controls",
        "technologies",
        "attackers",
        "vocabulary",
        "tables",
        "resources",
        "permissions",
        "frameworks",
    ] {
        collect(&root.join(folder), &mut files);
    }
    files.sort();
    let mut out =
        String::from("/// Every file of the library: path inside it, text.\npub static FILES: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let path = file.canonicalize().unwrap_or(file.clone());
        let _ = writeln!(out, "    ({name:?}, include_str!({:?})),", path.display().to_string());
    }
    out.push_str("];\n");
    let target = Path::new(&std::env::var("OUT_DIR").unwrap_or_default()).join("library_files.rs");
    if let Err(error) = std::fs::write(&target, out) {
        println!("cargo:warning=cannot write {}: {error}", target.display());
    }
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) {
    println!("cargo:rerun-if-changed={}", folder.display());
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, out);
        } else if path
            .extension()
            .is_some_and(|ending| ["md", "toml", "csv", "txt"].iter().any(|known| ending == *known))
            && path.file_name().is_some_and(|name| !name.eq_ignore_ascii_case("readme.md"))
        {
            out.push(path);
        }
    }
}
