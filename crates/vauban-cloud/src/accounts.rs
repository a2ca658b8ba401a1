//! Roots that cannot be in one account, project or subscription: both make the same role, service account or bucket.
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

/// The same of projects of Google Cloud and subscriptions of Azure (of buckets, storage accounts and vaults: of the world).
const ONCE_IN_PROJECTS: [(&str, &str); 12] = [
    ("google_service_account", "account_id"),
    ("google_secret_manager_secret", "secret_id"),
    ("google_storage_bucket", "name"),
    ("google_compute_network", "name"),
    ("google_pubsub_topic", "name"),
    ("google_pubsub_subscription", "name"),
    ("google_sql_database_instance", "name"),
    ("google_bigquery_dataset", "dataset_id"),
    ("google_project_iam_custom_role", "role_id"),
    ("azurerm_resource_group", "name"),
    ("azurerm_storage_account", "name"),
    ("azurerm_key_vault", "name"),
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
}

fn is_aws(resource: &Resource) -> bool {
    is_terraform(resource) && (resource.ty.starts_with("aws_") || resource.ty.starts_with("data.aws_"))
}

/// Below a folder: sets of folders that clash with one another.
type Clashes = BTreeMap<String, BTreeSet<BTreeSet<String>>>;

/// What two roots make both: what it is, and the roots.
type Example = (String, String, String);

/// The folders that make what can be made once, and one such thing.
fn clashes(inventory: &Inventory, once: &[(&str, &str)]) -> (Clashes, Option<Example>) {
    let mut roots: BTreeMap<(&str, String, &str, &str), BTreeSet<&str>> = BTreeMap::new();
    for resource in inventory.resources.iter().filter(|one| one.mode == Mode::Managed && is_terraform(one)) {
        let Some((ty, key)) = once.iter().find(|(ty, _)| *ty == &*resource.ty) else { continue };
        let folder = root(&resource.address);
        let Some(name) = resource.text(key).filter(|name| !name.contains("${") && !folder.is_empty()) else { continue };
        // Two provider aliases are two accounts anyway, and two projects are two projects.
        let project = resource.text("project").filter(|project| !project.contains("${")).unwrap_or_default();
        roots.entry((ty, name.to_owned(), &resource.scope, project)).or_default().insert(folder);
    }
    let mut clashes = Clashes::new();
    let mut example: Option<Example> = None;
    let mut left = MOST_CLASHES;
    for ((ty, name, ..), folders) in roots.iter().filter(|(_, folders)| folders.len() > 1) {
        if example.is_none() {
            let mut both = folders.iter();
            if let (Some(a), Some(b)) = (both.next(), both.next()) {
                let what = ["aws_", "google_", "azurerm_"].iter().find_map(|prefix| ty.strip_prefix(prefix));
                let what = format!("{} `{name}`", what.unwrap_or(ty).replace('_', " "));
                example = Some((what, (*a).to_owned(), (*b).to_owned()));
            }
        }
        let Some(rest) = left.checked_sub(folders.len()) else { break };
        left = rest;
        part(folders, &mut clashes);
    }
    (clashes, example)
}

/// Gives resources of roots that cannot share an account scopes of their own, and says so; says so of roots that cannot
/// share a project or subscription.
pub fn tell_apart(inventory: &mut Inventory) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let (found, example) = clashes(inventory, &ONCE);
    if let Some(example) = example {
        let labels = labels(&found);
        let mut made = BTreeSet::new();
        for resource in inventory.resources.iter_mut().filter(|one| is_aws(one)) {
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
        out.extend(told(&example, &made, "account"));
    }
    if let (found, Some(example)) = clashes(inventory, &ONCE_IN_PROJECTS) {
        out.extend(told(&example, &labels(&found).into_values().collect(), "project or subscription"));
    }
    out
}

/// That roots are not in one account.
fn told((what, a, b): &Example, made: &BTreeSet<String>, place: &str) -> Option<Diagnostic> {
    if made.is_empty() {
        return None;
    }
    let more: Vec<String> = made.iter().take(5).map(|label| format!("`{label}`")).collect();
    let and = if made.len() > more.len() { format!(" and {} more", made.len() - more.len()) } else { String::new() };
    let message =
        format!("`{a}` and `{b}` both make the {what}, so they are not in one {place}: {}{and}", more.join(", "));
    let own = if place == "account" { "an account" } else { "one" };
    let note = Diagnostic::new(vauban_model::Severity::Note, "accounts-apart", None, message);
    Some(note.help(format!("each of them is {own} of its own here; give providers an alias to say which is which")))
}

/// Which roots cannot share a project of Google Cloud or a subscription of Azure: what nobody stated of one is then not what
/// is stated, or not, of the other.
#[derive(Debug, Default)]
pub(crate) struct Environments {
    /// By resource: its place in `sides`, if its folder clashes with others.
    of: Vec<Option<u32>>,
    /// By the folder below which folders clash: the side. Sorted.
    sides: Vec<Vec<(String, usize)>>,
    labels: BTreeMap<String, String>,
}

impl Environments {
    pub(crate) fn new(inventory: &Inventory) -> Self {
        let (found, _) = clashes(inventory, &ONCE_IN_PROJECTS);
        if found.is_empty() {
            return Environments::default();
        }
        let colours: Vec<(String, BTreeMap<String, usize>)> =
            found.iter().map(|(at, sets)| (at.clone(), colours(sets))).collect();
        let mut out = Environments { of: Vec::new(), sides: Vec::new(), labels: labels(&found) };
        let mut known: BTreeMap<&str, Option<u32>> = BTreeMap::new();
        let mut numbers: BTreeMap<Vec<(String, usize)>, u32> = BTreeMap::new();
        for resource in &inventory.resources {
            let folder = if is_terraform(resource) { root(&resource.address) } else { "" };
            let number = known.entry(folder).or_insert_with(|| {
                let sides: Vec<(String, usize)> = colours
                    .iter()
                    .filter_map(|(at, colours)| {
                        let rest =
                            if at.is_empty() { folder } else { folder.strip_prefix(&**at)?.strip_prefix('/')? };
                        colours.get(rest.split('/').next()?).map(|colour| (at.clone(), *colour))
                    })
                    .collect();
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                (!sides.is_empty()).then(|| *numbers.entry(sides).or_insert(next))
            });
            out.of.push(*number);
        }
        out.sides = vec![Vec::new(); numbers.len()];
        for (sides, number) in numbers {
            if let Some(slot) = out.sides.get_mut(number as usize) {
                *slot = sides;
            }
        }
        out
    }

    /// The environment of a resource, if its folder clashes with any.
    pub(crate) fn of(&self, resource: u32) -> Option<u32> {
        self.of.get(resource as usize).copied().flatten()
    }

    /// Whether two environments are certainly not one.
    pub(crate) fn apart(&self, a: Option<u32>, b: Option<u32>) -> bool {
        let sides = |at: Option<u32>| at.and_then(|at| self.sides.get(at as usize)).map_or(&[][..], Vec::as_slice);
        let (one, other) = (sides(a), sides(b));
        a != b && one.iter().any(|(at, side)| other.iter().any(|(beside, own)| at == beside && side != own))
    }

    /// What the folder of a resource is told apart by; nothing for the first of those that clash.
    pub(crate) fn label(&self, address: &str) -> String {
        if self.labels.is_empty() { String::new() } else { label(root(address), &self.labels) }
    }
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

/// By folder: its side, a number that no folder shares with one it clashes with.
fn colours(sets: &BTreeSet<BTreeSet<String>>) -> BTreeMap<String, usize> {
    let mut colour: BTreeMap<String, usize> = BTreeMap::new();
    for piece in sets.iter().flatten() {
        if colour.contains_key(piece) {
            continue;
        }
        let taken: BTreeSet<usize> = sets
            .iter()
            .filter(|set| set.contains(piece))
            .flatten()
            .filter_map(|other| colour.get(other).copied())
            .collect();
        let own = (0..).find(|number| !taken.contains(number)).unwrap_or(0);
        colour.insert(piece.clone(), own);
    }
    colour
}

/// By folder: its label. Folders without one stay where they are: the first of those that clash, and all that clash with
/// nobody.
fn labels(clashes: &Clashes) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (at, sets) in clashes {
        let colour = colours(sets);
        let mut first: BTreeMap<usize, &str> = BTreeMap::new();
        for piece in sets.iter().flatten() {
            if let Some(own) = colour.get(piece) {
                first.entry(*own).or_insert(piece);
            }
        }
        for (piece, number) in colour.iter().filter(|(_, number)| **number > 0) {
            let path = if at.is_empty() { piece.clone() } else { format!("{at}/{piece}") };
            out.insert(path, first.get(number).copied().unwrap_or(piece).replace('.', "-"));
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
