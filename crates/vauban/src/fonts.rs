//! Fonts of this machine, for letters that our own font lacks.

use std::path::PathBuf;

/// Where systems keep fonts.
const FOLDERS: [&str; 5] =
    ["/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts", "C:\\Windows\\Fonts"];
/// Larger fonts are left aside; the largest that hold all of Chinese have about 20 MB.
const LARGEST: u64 = 48 << 20;
/// Most bytes of fonts read in all.
const MOST: u64 = 256 << 20;

/// The font files of this machine, in a fixed order; none where nothing can be read.
pub(crate) fn of_this_machine() -> Vec<Vec<u8>> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let own = home.iter().flat_map(|it| [it.join(".fonts"), it.join(".local/share/fonts"), it.join("Library/Fonts")]);
    let mut out = Vec::new();
    let mut left = MOST;
    for folder in FOLDERS.map(PathBuf::from).into_iter().chain(own) {
        for name in crate::files::list(&folder).map(|found| found.paths).unwrap_or_default() {
            let small = name.to_ascii_lowercase();
            if ![".ttf", ".otf", ".ttc"].iter().any(|ending| small.ends_with(ending)) {
                continue;
            }
            let path = folder.join(&name);
            let size = std::fs::metadata(&path).map_or(u64::MAX, |data| data.len());
            if size > LARGEST.min(left) {
                continue;
            }
            if let Ok(bytes) = std::fs::read(&path) {
                left -= size;
                out.push(bytes);
            }
        }
    }
    out
}
