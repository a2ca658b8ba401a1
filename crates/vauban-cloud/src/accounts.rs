//! Roots that cannot be in one account: both make the same role, user or bucket.
//!
//! A repository often has the same system several times, a folder for each environment. Some names can be taken only once
//! in an account of AWS, so roots that both take one are different accounts, whatever else is said. The folders in which
//! they part are told apart as a whole: with `prod/app` and `test/app` that clash, `prod/network` goes with `prod`.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::Diagnostic;
use vauban_model::resource::{Inventory, Mode, Resource, Source, Text};

use crate::lower::is_region;

/// Types whose names are taken once in an account (of buckets: once in the world), and the attribute that holds them.
/// Source: the provider's documentation of these types.
const ONCE: [(&str, &str); 6] = [
    ("aws_iam_role", "name"),
    ("aws_iam_user", "name"),
    ("aws_iam_group", "name"),
    ("aws_iam_policy", "name"),
    ("aws_iam_instance_profile", "name"),
    ("aws_s3_bucket", "bucket"),
];

/// Folders that clash below one folder, looked at at most; more are nobody's environments.
const MOST_CLASHES: usize = 100_000;

/// The folder of a root, as the address has it; nothing for the only root there is.
fn root(address: &str) -> &str {
    let plain = address.find(['[', '"', '$']).map_or(address, |end| address.get(..end).unwrap_or_default());
    plain.split_once(':').map_or("", |(root, _)| root)
}

fn is_terraform(resource: &Resource) -> bool {
    matches!(resource.source, Source::Terraform | Source::TerraformPlan | Source::TerraformState)
        && (resource.ty.starts_with("aws_") || resource.ty.starts_with("data.aws_"))
}

/// Below a folder: sets of folders that clash with one another.
type Clashes = BTreeMap<String, BTreeSet<BTreeSet<String>>>;

/// Gives resources of roots that cannot share an account scopes of their own, and says so.
pub fn tell_apart(inventory: &mut Inventory) -> Vec<Diagnostic> {
    let mut roots: BTreeMap<(&str, String, &str), BTreeSet<&str>> = BTreeMap::new();
    for resource in inventory.resources.iter().filter(|one| one.mode == Mode::Managed && is_terraform(one)) {
        let Some((ty, key)) = ONCE.iter().find(|(ty, _)| *ty == &*resource.ty) else { continue };
        let folder = root(&resource.address);
        let Some(name) = resource.text(key).filter(|name| !name.contains("${") && !folder.is_empty()) else { continue };
        // Two provider aliases are two accounts anyway.
        roots.entry((ty, name.to_owned(), &resource.scope)).or_default().insert(folder);
    }
    let mut clashes = Clashes::new();
    let mut example: Option<(String, String, String)> = None;
    let mut left = MOST_CLASHES;
    for ((ty, name, _), folders) in roots.iter().filter(|(_, folders)| folders.len() > 1) {
        if example.is_none() {
            let mut both = folders.iter();
            if let (Some(a), Some(b)) = (both.next(), both.next()) {
                example =
                    Some((format!("{} `{name}`", ty.trim_start_matches("aws_")), (*a).to_owned(), (*b).to_owned()));
            }
        }
        let Some(rest) = left.checked_sub(folders.len()) else { break };
        left = rest;
        part(folders, &mut clashes);
    }
    let Some((what, a, b)) = example else { return Vec::new() };
    let labels = labels(&clashes);
    let mut made = BTreeSet::new();
    for resource in inventory.resources.iter_mut().filter(|one| is_terraform(one)) {
        let label = label(root(&resource.address), &labels);
        if label.is_empty() {
            continue;
        }
        let alias = resource.scope.rsplit('.').next().unwrap_or_default();
        let scope = if alias.is_empty() || alias == "aws" || is_region(alias) {
            label.clone()
        } else {
            format!("{alias}@{label}")
        };
        resource.scope = Text::from(scope.as_str());
        made.insert(label);
    }
    if made.is_empty() {
        return Vec::new();
    }
    let more: Vec<String> = made.iter().take(5).map(|label| format!("`{label}`")).collect();
    let and = if made.len() > more.len() { format!(" and {} more", made.len() - more.len()) } else { String::new() };
    let message =
        format!("`{a}` and `{b}` both make the {what}, so they are not in one account: {}{and}", more.join(", "));
    vec![
        Diagnostic::new(vauban_model::Severity::Note, "accounts-apart", None, message)
            .help("each of them is an account of its own here; give providers an alias to say which is which"),
    ]
}

/// Where the ways to these folders part, and into which folders.
fn part(folders: &BTreeSet<&str>, clashes: &mut Clashes) {
    let mut below: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for folder in folders {
        let mut at = String::new();
        for piece in folder.split('/') {
            below.entry(at.clone()).or_default().insert(piece.to_owned());
            if !at.is_empty() {
                at.push('/');
            }
            at.push_str(piece);
        }
    }
    for (at, pieces) in below.into_iter().filter(|(_, pieces)| pieces.len() > 1) {
        clashes.entry(at).or_default().insert(pieces);
    }
}

/// By folder: its label. Folders without one stay where they are: the first of those that clash, and all that clash with
/// nobody.
fn labels(clashes: &Clashes) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (at, sets) in clashes {
        let mut colour: BTreeMap<&str, usize> = BTreeMap::new();
        let mut first: BTreeMap<usize, &str> = BTreeMap::new();
        for piece in sets.iter().flatten() {
            if colour.contains_key(piece.as_str()) {
                continue;
            }
            let taken: BTreeSet<usize> = sets
                .iter()
                .filter(|set| set.contains(piece))
                .flatten()
                .filter_map(|other| colour.get(other.as_str()).copied())
                .collect();
            let own = (0..).find(|number| !taken.contains(number)).unwrap_or(0);
            colour.insert(piece, own);
            first.entry(own).or_insert(piece);
        }
        for (piece, number) in colour.into_iter().filter(|(_, number)| *number > 0) {
            let path = if at.is_empty() { piece.to_owned() } else { format!("{at}/{piece}") };
            out.insert(path, first.get(&number).copied().unwrap_or(piece).replace('.', "-"));
        }
    }
    out
}

/// The label of a root: those of the folders on the way to it.
fn label(root: &str, labels: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut end = 0;
    for piece in root.split('/') {
        end += piece.len() + usize::from(end > 0);
        let Some(found) = root.get(..end).and_then(|path| labels.get(path)) else { continue };
        if !out.is_empty() {
            out.push('-');
        }
        out.push_str(found);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Clashes, label, labels, part, root};
    use std::collections::BTreeSet;

    fn of(all: &[&[&str]], folder: &str) -> String {
        let mut clashes = Clashes::new();
        for folders in all {
            part(&folders.iter().copied().collect::<BTreeSet<&str>>(), &mut clashes);
        }
        label(folder, &labels(&clashes))
    }

    #[test]
    fn folders_that_clash_part_where_their_ways_do() {
        let clash: &[&[&str]] = &[&["live/prod/app", "live/test/app"]];
        assert_eq!(of(clash, "live/prod/app"), "");
        assert_eq!(of(clash, "live/test/app"), "test");
        assert_eq!(of(clash, "live/test/network"), "test", "what lies beside it goes with it");
        assert_eq!(of(clash, "shared"), "");
        let three: &[&[&str]] = &[&["a/x", "b/x", "c/x"]];
        assert_eq!([of(three, "a/x"), of(three, "b/y"), of(three, "c/z")], ["", "b", "c"]);
        let twice: &[&[&str]] = &[&["a/one", "b/one"], &["b/one", "b/two"]];
        assert_eq!(of(twice, "b/two"), "b-two");
        let chain: &[&[&str]] = &[&["a", "b"], &["b", "c"]];
        assert_eq!([of(chain, "a"), of(chain, "b"), of(chain, "c")], ["", "b", ""]);
    }

    #[test]
    fn the_root_of_an_address_is_what_stands_before_its_colon() {
        assert_eq!(root("live/eks:aws_iam_role.app"), "live/eks");
        assert_eq!(root("aws_iam_role.app"), "");
        assert_eq!(root("module.m[\"a:b\"].aws_iam_role.app"), "");
        assert_eq!(root("x:module.m[\"a:b\"].aws_iam_role.app"), "x");
    }
}
