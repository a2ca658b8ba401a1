//! `cargo xtask new`: starts a file of the library with every required part in place.

use std::path::Path;

use crate::tidy::{Kind, is_kebab_case, library_entries};
use crate::workspace;

const THREAT: &str = include_str!("../templates/threat.md");

/// Starts `library/threats/<family>/<id>.md`.
pub(crate) fn threat(root: &Path, place: &str) -> Result<(), String> {
    let (family, id) = split(place)?;
    if let Some(taken) = library_entries(root, Kind::Threat)?.iter().find(|entry| entry.id == id) {
        return Err(format!("the id `{id}` is taken by {}; ids are unique across families", taken.path));
    }
    let path = format!("library/threats/{family}/{id}.md");
    workspace::write(&root.join(&path), &fill(THREAT, id))?;
    println!("wrote {path}\n");
    println!("Next:");
    println!("  1. answer every `<!-- write ... -->` in it, and take the prompt out");
    println!("  2. run `cargo run -- library test {path}` until its three examples do what they say");
    println!("  3. run `cargo xtask codegen`, which adds the id to library/ids.txt");
    println!("  4. run `cargo xtask tidy`");
    Ok(())
}

/// The family and the id of `<family>/<id>`.
fn split(place: &str) -> Result<(&str, &str), String> {
    match place.split_once('/') {
        Some((family, id)) if is_kebab_case(family) && is_kebab_case(id) => Ok((family, id)),
        _ => Err(format!(
            "`{place}` is not <family>/<id> in kebab-case, such as `web/unrestricted-upload`; the id names the bad \
             state, not the remedy"
        )),
    }
}

/// The skeleton with the id and a first title made from it.
fn fill(skeleton: &str, id: &str) -> String {
    let words = id.replace('-', " ");
    let mut letters = words.chars();
    let title: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    skeleton.replace("{id}", id).replace("{title}", &title)
}

#[cfg(test)]
mod tests {
    use super::{THREAT, fill, split};

    #[test]
    fn a_place_is_a_family_and_an_id() {
        assert_eq!(split("web/unrestricted-upload"), Ok(("web", "unrestricted-upload")));
        for wrong in ["unrestricted-upload", "web/", "web/a/b", "Web/a", "web/../a", ""] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_skeleton_has_no_hole_left() {
        let text = fill(THREAT, "open-door");
        assert!(text.contains("# Open door"));
        assert!(!text.contains("{id}") && !text.contains("{title}"));
    }
}
