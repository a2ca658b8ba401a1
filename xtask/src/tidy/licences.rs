//! The licences of what we build on, held against the policy in `deny.toml`.
//!
//! `cargo deny` reads the same file in CI where it is installed; this needs nothing but Cargo.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::workspace::{self, list, text};

/// A package that is not ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    /// Its name in the registry.
    pub(crate) name: String,
    /// The licence expression it declares.
    pub(crate) licence: String,
    /// Whether the `vauban` binary contains it or is made with it; the rest serves tests and chores.
    pub(crate) shipped: bool,
}

/// Which licences are fine, and which for one package only.
struct Policy {
    allowed: BTreeSet<String>,
    exceptions: BTreeMap<String, BTreeSet<String>>,
}

/// The policy of `deny.toml`.
fn policy(root: &Path) -> Result<Policy, String> {
    let table = workspace::read_toml(&root.join("deny.toml"))?;
    let licences = table.get("licenses").ok_or("deny.toml: no [licenses]")?;
    let allow = |value: &toml::Value| -> BTreeSet<String> {
        let values = value.get("allow").and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
        values.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect()
    };
    let exceptions = licences.get("exceptions").and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let name = |value: &toml::Value| {
        let key = if value.get("crate").is_some() { "crate" } else { "name" };
        value.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
    };
    Ok(Policy {
        allowed: allow(licences),
        exceptions: exceptions.iter().map(|value| (name(value), allow(value))).collect(),
    })
}

impl Policy {
    /// Whether the expression leaves a way to comply.
    fn permits(&self, package: &Package) -> bool {
        let extra = self.exceptions.get(&package.name);
        satisfied(&package.licence, &|licence| {
            self.allowed.contains(licence) || extra.is_some_and(|allowed| allowed.contains(licence))
        })
    }
}

/// Every package the lock file may bring in on any platform, each name and licence once, sorted.
pub(crate) fn third_party(root: &Path) -> Result<Vec<Package>, String> {
    Ok(packages(&workspace::metadata(root, true)?))
}

fn packages(metadata: &Value) -> Vec<Package> {
    let shipped = shipped(metadata);
    let mut found: BTreeMap<(String, String), bool> = BTreeMap::new();
    for package in list(metadata, "packages") {
        if package.get("source").is_some_and(|source| !source.is_null()) {
            let licence = match text(package, "license") {
                "" => "none declared".to_owned(),
                // The old spelling of OR.
                declared => declared.replace('/', " OR "),
            };
            *found.entry((text(package, "name").to_owned(), licence)).or_default() |=
                shipped.contains(text(package, "id"));
        }
    }
    found.into_iter().map(|((name, licence), shipped)| Package { name, licence, shipped }).collect()
}

/// Ids of the packages that `vauban` reaches without going through tests.
fn shipped(metadata: &Value) -> BTreeSet<&str> {
    let nodes: BTreeMap<&str, &Value> = metadata
        .get("resolve")
        .map(|resolve| list(resolve, "nodes"))
        .unwrap_or_default()
        .iter()
        .map(|node| (text(node, "id"), node))
        .collect();
    let start = list(metadata, "packages").iter().find(|package| text(package, "name") == "vauban");
    let mut open: Vec<&str> = start.map(|package| text(package, "id")).into_iter().collect();
    let mut seen: BTreeSet<&str> = open.iter().copied().collect();
    while let Some(id) = open.pop() {
        for dependency in nodes.get(id).map(|node| list(node, "deps")).unwrap_or_default() {
            let ships = list(dependency, "dep_kinds").iter().any(|kind| text(kind, "kind") != "dev");
            if ships && seen.insert(text(dependency, "pkg")) {
                open.push(text(dependency, "pkg"));
            }
        }
    }
    seen
}

/// Whether an SPDX expression holds when `allowed` says which licences are fine. `WITH` adds a permission to the
/// licence before it, so it can be left aside.
fn satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let holds = any(&words, &mut at, allowed);
    // Words left over mean that we did not understand the expression, which is no permission.
    holds && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut holds = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        holds |= all(words, at, allowed);
    }
    holds
}

fn all(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut holds = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        holds &= one(words, at, allowed);
    }
    holds
}

fn one(words: &[&str], at: &mut usize, allowed: &dyn Fn(&str) -> bool) -> bool {
    let word = words.get(*at).copied().unwrap_or_default();
    *at += 1;
    if word == "(" {
        let holds = any(words, at, allowed);
        *at += 1;
        return holds;
    }
    if words.get(*at) == Some(&"WITH") {
        *at += 2;
    }
    allowed(word)
}

/// Packages whose licence the policy does not permit.
pub(super) fn problems(root: &Path, _files: &[String]) -> Result<Vec<String>, String> {
    let policy = policy(root)?;
    Ok(third_party(root)?
        .iter()
        .filter(|package| !policy.permits(package))
        .map(|package| {
            format!(
                "deny.toml: the licence of `{}` ({}) is not allowed; choose another package, or add the licence with \
                 its reason",
                package.name, package.licence
            )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::{Package, Policy, packages, satisfied};
    use serde_json::json;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn expressions_are_understood() {
        let fine = |text: &str| satisfied(text, &|licence| ["MIT", "Apache-2.0", "Unicode-3.0"].contains(&licence));
        assert!(fine("MIT"));
        assert!(fine("GPL-3.0 OR MIT"));
        assert!(fine("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(fine("Apache-2.0 WITH LLVM-exception OR GPL-3.0"));
        assert!(!fine("MIT AND GPL-3.0"));
        assert!(!fine("(MIT OR Apache-2.0) AND GPL-3.0"));
        assert!(!fine("none declared"));
        assert!(!fine("MIT MIT"));
        assert!(!fine(""));
    }

    #[test]
    fn an_exception_is_for_one_package() {
        let policy = Policy {
            allowed: BTreeSet::from(["MIT".to_owned()]),
            exceptions: BTreeMap::from([("elkrs".to_owned(), BTreeSet::from(["EPL-2.0".to_owned()]))]),
        };
        let package = |name: &str| Package { name: name.into(), licence: "EPL-2.0".into(), shipped: true };
        assert!(policy.permits(&package("elkrs")));
        assert!(!policy.permits(&package("other")));
    }

    #[test]
    fn what_only_tests_use_is_told_apart() {
        let metadata = json!({
            "packages": [
                {"name": "vauban", "id": "v", "license": "Apache-2.0", "source": null},
                {"name": "a", "id": "a", "license": "MIT/Apache-2.0", "source": "registry"},
                {"name": "b", "id": "b", "license": "MIT", "source": "registry"},
                {"name": "c", "id": "c", "license": null, "source": "registry"},
            ],
            "resolve": {"nodes": [
                {"id": "v", "deps": [
                    {"pkg": "a", "dep_kinds": [{"kind": null}]},
                    {"pkg": "b", "dep_kinds": [{"kind": "dev"}]},
                ]},
                {"id": "a", "deps": [{"pkg": "c", "dep_kinds": [{"kind": "build"}]}]},
            ]},
        });
        let told: Vec<(String, String, bool)> =
            packages(&metadata).into_iter().map(|p| (p.name, p.licence, p.shipped)).collect();
        let row = |name: &str, licence: &str, shipped| (name.to_owned(), licence.to_owned(), shipped);
        assert_eq!(
            told,
            [row("a", "MIT OR Apache-2.0", true), row("b", "MIT", false), row("c", "none declared", true)]
        );
    }
}
