//! What Argo CD and Flux install from folders of the repository: which folders, into which namespaces.
//!
//! Fields: Argo CD, "Application Specification" (`spec.source.path`, `spec.destination.namespace`); Flux, "Kustomization"
//! (`spec.path`, `spec.targetNamespace`).

use super::object::Object;
use crate::files::Files;
use crate::nodes::{items, map_at, set, text_at, text_node};

/// A folder that something installs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Installed {
    /// The folder, as a path of the tree.
    pub(super) folder: String,
    /// The namespace for what names none.
    pub(super) namespace: Option<String>,
}

/// The folders that objects install.
pub(super) fn installed<'o>(objects: impl Iterator<Item = &'o Object>, files: &Files<'_, '_>) -> Vec<Installed> {
    let objects: Vec<&Object> = objects.collect();
    let home = home_of(&objects, files);
    let mut out: Vec<Installed> = Vec::new();
    for object in objects {
        let group = text_at(&object.node, &["apiVersion"]).and_then(|version| version.split('/').next());
        let (paths, space): (Vec<&str>, _) = match (group, object.kind()) {
            (Some("argoproj.io"), "Application") => {
                let Some(spec) = object.node.get("spec") else { continue };
                let single = spec.get("source").into_iter();
                let sources = single.chain(items(spec, "sources"));
                let sources = sources.filter(|source| {
                    let from = text_at(source, &["repoURL"]).map(repository);
                    home.as_ref().is_none_or(|home| from.is_none_or(|from| from == *home))
                });
                let paths = sources.filter_map(|source| text_at(source, &["path"])).collect();
                (paths, text_at(spec, &["destination", "namespace"]))
            }
            (Some("kustomize.toolkit.fluxcd.io"), "Kustomization") => {
                let path = text_at(&object.node, &["spec", "path"]);
                (path.into_iter().collect(), text_at(&object.node, &["spec", "targetNamespace"]))
            }
            _ => continue,
        };
        for path in paths {
            let path = path.trim_start_matches("./").trim_matches('/');
            if path.is_empty() || path == "." || path.contains("{{") {
                continue;
            }
            // The folder at hand may be a part of the repository.
            let cut = path.match_indices('/').filter_map(|(at, _)| path.get(at + 1..));
            let found = [path].into_iter().chain(cut).find(|path| !files.below(path).is_empty());
            if let Some(folder) = found {
                let one = Installed { folder: folder.to_owned(), namespace: space.map(str::to_owned) };
                if !out.contains(&one) {
                    out.push(one);
                }
            }
        }
    }
    out
}

/// A repository, in whichever form its address is written.
fn repository(url: &str) -> String {
    let url = url.trim_end_matches('/').trim_end_matches(".git").to_ascii_lowercase();
    let url = url.rsplit_once("://").map_or(url.as_str(), |(_, rest)| rest);
    url.rsplit_once('@').map_or(url, |(_, rest)| rest).replace(':', "/")
}

/// The repository that the folder at hand is, as Argo CD's applications tell it: the one of which most have a path that is
/// here, if one has more than every other.
fn home_of(objects: &[&Object], files: &Files<'_, '_>) -> Option<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for object in objects {
        let version = text_at(&object.node, &["apiVersion"]).unwrap_or_default();
        let Some(spec) = object.node.get("spec").filter(|_| version.starts_with("argoproj.io/")) else { continue };
        for source in spec.get("source").into_iter().chain(items(spec, "sources")) {
            let (Some(url), Some(path)) = (text_at(source, &["repoURL"]), text_at(source, &["path"])) else { continue };
            let path = path.trim_start_matches("./").trim_matches('/');
            if path.is_empty() || path == "." || files.below(path).is_empty() {
                continue;
            }
            let name = repository(url);
            match counts.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += 1,
                None => counts.push((name, 1)),
            }
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max()?;
    let mut first = counts.into_iter().filter(|(_, count)| *count == most);
    match (first.next(), first.next()) {
        (Some((name, _)), None) => Some(name),
        _ => None,
    }
}

/// The namespace for objects of a file, where exactly one thing installs the innermost folder around it that any installs.
pub(super) fn space_for<'i>(path: &str, installed: &'i [Installed]) -> Option<&'i str> {
    let inside = |one: &&Installed| {
        path.strip_prefix(one.folder.as_str()).is_some_and(|rest| rest.starts_with('/') || rest.is_empty())
    };
    let innermost = installed.iter().filter(inside).map(|one| one.folder.len()).max()?;
    let mut around = installed.iter().filter(inside).filter(|one| one.folder.len() == innermost);
    match (around.next(), around.next()) {
        (Some(one), None) => one.namespace.as_deref(),
        _ => None,
    }
}

/// Puts an object that names no namespace into one.
pub(super) fn put_into(object: &mut Object, space: &str) {
    if object.namespace().is_empty()
        && let Some(metadata) = map_at(&mut object.node, "metadata")
    {
        let span = metadata.span;
        set(metadata, "namespace", text_node(space, span));
    }
}
