//! Kubernetes manifests, kustomize folders and Helm charts.
//!
//! A folder often says the same thing several times: a base and three overlays, the chart and its rendered output. One
//! cluster has one object of a kind and a name in a namespace, so the inventory has it once too. The rules, in order:
//!
//! 1. A kustomization that no other one uses is a *root*. A manifest that some kustomization uses is read through it, not
//!    on its own. A single root over its manifests is built in full: that is what is deployed.
//! 2. A kustomization that several roots use is a *base* of variants. It is built first, the one with most below it before
//!    others, and is the model. Each root then adds what the base does not have. What a root changes in an object that is in
//!    already is left out, with a note. A root named in [`Options::overlays`](crate::Options) goes before the bases, so
//!    that its form counts. What tells objects from each other here is where they first stood, not what they were renamed to.
//! 3. A component is applied where it is used and never read on its own; a note names those that nothing uses.
//! 4. Manifests outside of kustomizations follow in the order of their paths.
//! 5. Charts follow: with the values of what installs them (helmfile, kustomization, Terraform, Argo CD, Flux), else with
//!    their own default values, unless another chart of the folder uses them.
//! 6. An address that is in already is not added again; one note per file says which were left out.

pub(crate) mod embedded;
mod gitops;
mod go;
mod helm;
mod kustomize;
mod manifest;
pub(crate) mod object;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Resource, Source, Text};
use vauban_model::{Diagnostic, Span};

use crate::files::{Files, file_name};
use crate::nodes::{AsWritten, tolerate_repeated_keys};
use crate::{InputFile, Options, Output};
use object::{Kinds, Object, Origin};

pub(crate) use manifest::looks_like;

/// Descriptions that were left out: of one file, or of one chart.
struct Again {
    /// The chart's or file's own place: what they have in common.
    group: Span,
    /// The first of them.
    here: Span,
    /// The description that counts.
    there: Span,
    count: usize,
    names: Vec<Text>,
}

/// Collects resources with each address once.
struct Once<'o> {
    output: &'o mut Output,
    /// By address: the index of the resource.
    seen: FxHashMap<Text, usize>,
    /// What was left out.
    again: Vec<Again>,
}

impl Once<'_> {
    fn add(&mut self, resource: Resource) {
        if let Some(first) = self.seen.get(&resource.address) {
            let first = self.output.inventory.resources.get(*first).map_or(resource.span, |first| first.span);
            let group = resource.calls.first().copied();
            let group = group.unwrap_or(Span::new(resource.span.file, 0, 0, 0));
            match self.again.last_mut().filter(|again| again.group == group) {
                Some(again) => {
                    again.count += 1;
                    if again.names.len() < 3 {
                        again.names.push(resource.address);
                    }
                }
                None => self.again.push(Again {
                    group,
                    here: resource.span,
                    there: first,
                    count: 1,
                    names: vec![resource.address],
                }),
            }
            return;
        }
        self.seen.insert(resource.address.clone(), self.output.inventory.resources.len());
        self.output.inventory.resources.push(resource);
    }

    fn finish(self) {
        for Again { here, there, count, names, .. } in self.again {
            let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let more = if count > 3 { format!(" and {} more", count - 3) } else { String::new() };
            let is = if count == 1 { "is" } else { "are" };
            self.output.diagnostics.push(
                Diagnostic::note("resource-described-again", here, format!("{names}{more} {is} described already"))
                    .related(there, "this description counts")
                    .help("check one variant at a time, by giving its folder"),
            );
        }
    }
}

/// Reads everything that has to do with Kubernetes.
pub(crate) fn read(files: &mut Files<'_, '_>, inputs: &[InputFile], options: &Options, output: &mut Output) {
    let said = output.diagnostics.len();
    let mut charts = helm::Charts::find(files, options, output);
    let mut kustomizations = kustomize::Kustomizations::read(files, &mut charts, options, output);
    let mut kinds = Kinds::default();
    let mut plain: Vec<(&str, Vec<Object>)> = Vec::new();
    for input in inputs {
        if charts.owns(&input.path) || kustomize::is_kustomization(file_name(&input.path)) {
            continue;
        }
        if kustomizations.uses(&input.path) {
            continue;
        }
        let objects = manifest::objects(input.id, &input.path, &input.text, true, &mut output.diagnostics);
        plain.push((&input.path, objects));
    }
    let installed = gitops::installed(plain.iter().flat_map(|(_, objects)| objects), files);
    let mut built = kustomizations.build_all(files, options, &installed, output);
    for object in built.iter().map(|(object, _)| object).chain(plain.iter().flat_map(|(_, objects)| objects)) {
        kinds.learn(object);
    }
    for (object, space) in &mut built {
        if let Some(space) = space.as_deref().filter(|_| !kinds.cluster_wide(object.kind())) {
            gitops::put_into(object, space);
        }
    }
    for (path, objects) in &mut plain {
        let Some(space) = gitops::space_for(path, &installed) else { continue };
        for object in objects.iter_mut().filter(|object| !kinds.cluster_wide(object.kind())) {
            gitops::put_into(object, space);
        }
    }
    let mut diagnostics = Vec::new();
    let mut once = Once { output, seen: FxHashMap::default(), again: Vec::new() };
    let mut origins: FxHashSet<Origin> = FxHashSet::default();
    let built = built.into_iter().map(|(object, _)| object);
    for object in built.chain(plain.into_iter().flat_map(|(_, objects)| objects)) {
        if origins.insert(object.origin.clone()) {
            once.add(object::resource(object, &kinds, &AsWritten, &mut diagnostics));
        }
    }
    let mut more = charts.render_all(files, &kinds, &mut once, &mut diagnostics);
    once.finish();
    output.diagnostics.append(&mut diagnostics);
    tolerate_repeated_keys(output.diagnostics.get_mut(said..).unwrap_or_default());
    let known: FxHashSet<Arc<str>> = output.files.iter().map(|(path, _)| path.clone()).collect();
    more.append(&mut kustomizations.opened);
    more.sort();
    more.dedup();
    output.files.extend(more.into_iter().filter(|path| !known.contains(path)).map(|path| (path, Source::Kubernetes)));
}
