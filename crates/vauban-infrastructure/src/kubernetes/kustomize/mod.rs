//! kustomize folders: which there are, how they use each other, and what comes of building one.
//!
//! Read here: resources, bases, components, patches in every form, names, namespaces, labels, annotations, images,
//! replicas, generators. A generated map keeps its name: the hash that kustomize appends says nothing to a reader. What is
//! not read (replacements, remote folders, plug-ins) is a diagnostic.

mod change;
mod patch;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::Text;
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Kind, Limits, Node, parse_yaml};

use super::gitops::Installed;
use super::helm::Charts;
use super::manifest;
use super::object::{Object, Origin};
use crate::files::{Files, file_name, folder, join};
use crate::nodes::{empty_map, items, map_at, set, text_at, text_node};
use crate::{Options, Output};

/// How deep kustomizations may use each other.
const DEEPEST: usize = 32;
/// Most objects that building may come to, over all folders.
const MOST_OBJECTS: usize = 200_000;

/// Whether a file is the head of a kustomize folder.
pub(super) fn is_kustomization(name: &str) -> bool {
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

struct Kustomization {
    node: Node,
    component: bool,
    /// Folders that it builds on.
    folders: Vec<String>,
    /// Files that it reads as resources.
    files: Vec<String>,
}

/// All kustomize folders of the tree.
pub(super) struct Kustomizations {
    by_folder: FxHashMap<String, Kustomization>,
    folders: Vec<String>,
    used: FxHashSet<String>,
    built: FxHashMap<String, Arc<Vec<Object>>>,
    /// Folders that are being built right now, each for the one before.
    building: Vec<String>,
    objects: usize,
    /// Files that were opened here.
    pub(super) opened: Vec<Arc<str>>,
}

impl Kustomizations {
    pub(super) fn read(files: &mut Files<'_, '_>, charts: &mut Charts, options: &Options, output: &mut Output) -> Self {
        let mut this = Kustomizations {
            by_folder: FxHashMap::default(),
            folders: Vec::new(),
            used: FxHashSet::default(),
            built: FxHashMap::default(),
            building: Vec::new(),
            objects: 0,
            opened: Vec::new(),
        };
        for path in files.paths() {
            if !is_kustomization(file_name(path)) || charts.owns(path) {
                continue;
            }
            let Some((id, text)) = files.open(path) else { continue };
            let Some(node) = parse_yaml(id, &text, &Limits::default(), &mut output.diagnostics) else { continue };
            if node.as_mapping().is_none() {
                continue;
            }
            this.opened.push(path.as_str().into());
            this.folders.push(folder(path).to_owned());
            let component = text_at(&node, &["kind"]) == Some("Component");
            let read = Kustomization { node, component, folders: Vec::new(), files: Vec::new() };
            this.by_folder.insert(folder(path).to_owned(), read);
        }
        for at in this.folders.clone() {
            this.resolve(&at, files, &mut output.diagnostics);
        }
        // Charts of a component that nobody uses are not installed. The variant that is asked for goes before others, of
        // which each would install the same once more.
        let used: FxHashSet<&str> =
            this.by_folder.values().flat_map(|read| read.folders.iter().map(String::as_str)).collect();
        let is_asked = |at: &&String| {
            options.overlays.iter().any(|named| named.trim_end_matches('/').trim_start_matches("./") == at.as_str())
        };
        let others = this.folders.iter().filter(|at| !is_asked(at));
        for at in this.folders.iter().filter(is_asked).chain(others) {
            let Some(read) = this.by_folder.get(at) else { continue };
            if !read.component || used.contains(at.as_str()) {
                charts.of_kustomization(at, &read.node, files, &mut output.diagnostics);
            }
        }
        this
    }

    /// Works out what a kustomization uses.
    fn resolve(&mut self, at: &str, files: &Files<'_, '_>, diagnostics: &mut Vec<Diagnostic>) {
        let (mut folders, mut paths) = (Vec::new(), Vec::new());
        let Some(read) = self.by_folder.get(at) else { return };
        for key in ["resources", "bases", "components", "crds"] {
            for item in items(&read.node, key) {
                let Some(text) = item.as_str() else { continue };
                match join(at, text) {
                    Some(path) if self.by_folder.contains_key(&path) => folders.push(path),
                    Some(path) if files.has(&path) => paths.push(path),
                    _ => diagnostics.push(
                        Diagnostic::warning(
                            "kustomize-not-here",
                            item.span,
                            format!("`{text}` is not in this folder, so what it adds is not known"),
                        )
                        .help("check the output of `kustomize build`, or add a copy of it"),
                    ),
                }
            }
        }
        for key in ["replacements", "vars", "helmChartInflationGenerator", "transformers", "generators"] {
            if let Some(node) = read.node.get(key).filter(|node| !node.is_null()) {
                diagnostics.push(
                    Diagnostic::warning("kustomize-not-read", node.span, format!("`{key}` is not worked out here"))
                        .help("check the output of `kustomize build` where it matters"),
                );
            }
        }
        for key in ["patches", "patchesStrategicMerge", "patchesJson6902"] {
            for item in items(&read.node, key) {
                if let Some(path) = item.as_str().or_else(|| text_at(item, &["path"])).and_then(|text| join(at, text)) {
                    self.used.insert(path);
                }
            }
        }
        self.used.extend(paths.iter().cloned());
        if let Some(read) = self.by_folder.get_mut(at) {
            read.folders = folders;
            read.files = paths;
        }
    }

    /// Whether a kustomization reads a file, so that it is not read on its own.
    pub(super) fn uses(&self, path: &str) -> bool {
        self.used.contains(path)
    }

    /// Builds what is to be built, in the order that decides which form of an object counts; with the namespace for objects
    /// that name none, where what installs them says so.
    pub(super) fn build_all(
        &mut self,
        files: &mut Files<'_, '_>,
        options: &Options,
        installed: &[Installed],
        output: &mut Output,
    ) -> Vec<(Object, Option<String>)> {
        let used: FxHashSet<&str> =
            self.by_folder.values().flat_map(|read| read.folders.iter().map(String::as_str)).collect();
        let is_component = |at: &str| self.by_folder.get(at).is_some_and(|read| read.component);
        let roots: Vec<String> =
            self.folders.iter().filter(|at| !used.contains(at.as_str()) && !is_component(at)).cloned().collect();
        // Folders that only use each other in a circle have no root: the first of each circle stands for one.
        let mut roots = roots;
        let mut reached: FxHashSet<String> = roots.iter().flat_map(|root| self.below(root)).collect();
        for at in &self.folders {
            if used.contains(at.as_str()) && !is_component(at) && !reached.contains(at) {
                reached.extend(self.below(at));
                roots.push(at.clone());
            }
        }
        let unused: Vec<String> =
            self.folders.iter().filter(|at| !used.contains(at.as_str()) && is_component(at)).cloned().collect();
        // How many roots reach each folder, and how much each reaches.
        let mut reached_by: FxHashMap<String, usize> = FxHashMap::default();
        let mut reach: FxHashMap<String, usize> = FxHashMap::default();
        for root in &roots {
            for at in self.below(root) {
                let size = self.below(&at).len();
                reach.insert(at.clone(), size);
                *reached_by.entry(at).or_default() += 1;
            }
        }
        let mut shared: Vec<String> = self
            .folders
            .iter()
            .filter(|at| reached_by.get(*at).is_some_and(|count| *count > 1) && !is_component(at))
            .cloned()
            .collect();
        shared.sort_by_key(|at| std::cmp::Reverse(reach.get(at).copied().unwrap_or(0)));
        let named: Vec<String> = options
            .overlays
            .iter()
            .map(|at| at.trim_end_matches('/').trim_start_matches("./").to_owned())
            .filter(|at| self.by_folder.contains_key(at))
            .collect();
        // What is installed alone on its bases is what runs.
        let mut claims: FxHashMap<String, usize> = FxHashMap::default();
        let roots_installed: Vec<String> = {
            let mut all: Vec<String> = installed.iter().map(|one| one.folder.clone()).collect();
            all.retain(|at| self.by_folder.contains_key(at));
            all.dedup();
            all
        };
        for at in &roots_installed {
            for below in self.below(at) {
                *claims.entry(below).or_default() += 1;
            }
        }
        let alone = |at: &&String| self.below(at).iter().all(|below| claims.get(below) == Some(&1));
        let alone: Vec<String> = roots_installed.iter().filter(alone).cloned().collect();
        let mut order: Vec<(String, bool)> = Vec::new();
        for (at, is_variant) in named
            .into_iter()
            .chain(alone)
            .map(|at| (at, false))
            .chain(shared.into_iter().map(|at| (at, false)))
            .chain(roots.into_iter().map(|at| (at, true)))
        {
            if !order.iter().any(|(known, _)| *known == at) {
                order.push((at, is_variant));
            }
        }
        for at in unused {
            if let Some(read) = self.by_folder.get(&at) {
                output.diagnostics.push(
                    Diagnostic::note(
                        "kustomize-component-unused",
                        read.node.span,
                        format!("no kustomization here uses the component `{at}`, so it is not applied"),
                    )
                    .help("check a folder whose kustomization uses it"),
                );
            }
        }
        let mut out: Vec<(Object, Option<String>)> = Vec::new();
        let mut seen: FxHashMap<Origin, usize> = FxHashMap::default();
        for (at, is_variant) in order {
            let built = self.build(&at, files, 0, &mut output.diagnostics);
            let space = super::gitops::space_for(&at, installed).map(str::to_owned);
            let mut differing: Vec<Text> = Vec::new();
            for object in built.iter() {
                match seen.get(&object.origin).and_then(|known| out.get(*known)) {
                    Some((known, _)) if is_variant => {
                        if known.node != object.node {
                            differing.push(format!("{} {}", object.kind(), object.name()).into());
                        }
                    }
                    Some(_) => {}
                    None => {
                        seen.insert(object.origin.clone(), out.len());
                        out.push((object.clone(), space.clone()));
                    }
                }
            }
            if let (Some(first), Some(read)) = (differing.first(), self.by_folder.get(&at)) {
                output.diagnostics.push(
                    Diagnostic::note(
                        "kustomize-variant",
                        read.node.span,
                        format!(
                            "`{at}` is one of several variants; its changes to {} of the base (`{first}` …) are left out",
                            if differing.len() == 1 { "1 object".to_owned() } else { format!("{} objects", differing.len()) }
                        ),
                    )
                    .help(format!("name it to check this variant: `--variant {at}`")),
                );
            }
        }
        out
    }

    /// A folder and everything that it builds on, each once.
    fn below(&self, root: &str) -> Vec<String> {
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        let mut out: Vec<String> = Vec::new();
        let mut open = vec![root];
        while let Some(at) = open.pop() {
            if seen.insert(at)
                && let Some((at, read)) = self.by_folder.get_key_value(at)
            {
                out.push(at.clone());
                open.extend(read.folders.iter().map(String::as_str));
            }
        }
        out
    }

    fn build(
        &mut self,
        at: &str,
        files: &mut Files<'_, '_>,
        depth: usize,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Arc<Vec<Object>> {
        if let Some(built) = self.built.get(at) {
            return built.clone();
        }
        self.building.push(at.to_owned());
        let objects = self.build_on(at, Vec::new(), files, depth, diagnostics);
        self.building.pop();
        self.objects += objects.len();
        let built = Arc::new(objects);
        self.built.insert(at.to_owned(), built.clone());
        built
    }

    /// The folders of a circle that closes with one being built on another, for people.
    fn circle(&self, at: &str, base: &str) -> String {
        let first = self.building.iter().position(|known| known == base).unwrap_or(self.building.len());
        let mut members: Vec<&str> = self.building.iter().skip(first).map(String::as_str).take(12).collect();
        if members.last() != Some(&at) {
            members.push(at);
        }
        members.push(base);
        members.iter().map(|member| format!("`{member}`")).collect::<Vec<_>>().join(" on ")
    }

    /// Builds a kustomization on top of objects: those of whoever uses a component, none otherwise.
    fn build_on(
        &mut self,
        at: &str,
        mut objects: Vec<Object>,
        files: &mut Files<'_, '_>,
        depth: usize,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Object> {
        let Some(read) = self.by_folder.get(at) else { return objects };
        let node = read.node.clone();
        if depth >= DEEPEST || self.objects > MOST_OBJECTS {
            diagnostics.push(
                Diagnostic::warning(
                    "kustomize-too-deep",
                    node.span,
                    format!("`{at}` is built on too much to be followed"),
                )
                .help("check whether kustomizations use each other in a circle"),
            );
            return objects;
        }
        let (paths, folders) = (read.files.clone(), read.folders.clone());
        for path in paths {
            if let Some((id, text)) = files.open(&path) {
                self.opened.push(path.as_str().into());
                objects.extend(manifest::objects(id, &path, &text, true, diagnostics));
            }
        }
        let (components, bases): (Vec<String>, Vec<String>) =
            folders.into_iter().partition(|at| self.by_folder.get(at).is_some_and(|read| read.component));
        for base in bases {
            if base == at || self.building.contains(&base) {
                diagnostics.push(
                    Diagnostic::warning(
                        "kustomize-circle",
                        node.span,
                        format!(
                            "`{at}` is built on `{base}`, which is built on it in turn: {}",
                            self.circle(at, &base)
                        ),
                    )
                    .help("one of them has to stand on its own, as `kustomize build` asks"),
                );
                continue;
            }
            let built = self.build(&base, files, depth + 1, diagnostics);
            objects.extend(built.iter().cloned().map(|mut object| {
                object.calls.insert(0, node.span);
                object
            }));
        }
        self.generate(at, &node, &mut objects, files, diagnostics);
        for component in components {
            objects = self.build_on(&component, objects, files, depth + 1, diagnostics);
        }
        self.patch(at, &node, &mut objects, files, diagnostics);
        change::apply(&node, &mut objects);
        objects
    }

    /// Config maps and secrets from files and literals.
    fn generate(
        &mut self,
        at: &str,
        node: &Node,
        objects: &mut Vec<Object>,
        files: &mut Files<'_, '_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for (key, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for item in items(node, key) {
                let name = text_at(item, &["name"]).unwrap_or("");
                let mut data = empty_map(item.span);
                for literal in items(item, "literals") {
                    if let Some((key, value)) = literal.as_str().and_then(|text| text.split_once('=')) {
                        let value = value.trim_matches(|quote| quote == '"' || quote == '\'');
                        set(&mut data, key, text_node(value, literal.span));
                    }
                }
                for file in items(item, "files") {
                    let Some(text) = file.as_str() else { continue };
                    let (key, path) = text.split_once('=').unwrap_or((file_name(text), text));
                    match join(at, path).and_then(|path| files.open(&path).map(|opened| (path, opened))) {
                        Some((path, (id, content))) => {
                            self.opened.push(path.into());
                            set(&mut data, key, text_node(&content, Span::new(id, 1, 1, 0)));
                        }
                        None => missing(path, file.span, diagnostics),
                    }
                }
                let envs = items(item, "envs").iter().chain(item.get("env"));
                for file in envs {
                    let Some(text) = file.as_str() else { continue };
                    match join(at, text).and_then(|path| files.open(&path).map(|opened| (path, opened))) {
                        Some((path, (id, content))) => {
                            self.opened.push(path.into());
                            for (key, value, span) in crate::env_file::entries(id, &content) {
                                set(&mut data, key, text_node(value.unwrap_or(""), span));
                            }
                        }
                        None => missing(text, file.span, diagnostics),
                    }
                }
                let behavior = text_at(item, &["behavior"]).unwrap_or("create");
                let known = objects.iter_mut().find(|object| object.kind() == kind && object.name() == name);
                let field = if kind == "Secret" { "stringData" } else { "data" };
                if let Some(known) = known.filter(|_| behavior != "create") {
                    if behavior == "replace" {
                        set(&mut known.node, "data", empty_map(item.span));
                    }
                    if let (Some(into), Kind::Mapping(entries)) = (map_at(&mut known.node, field), data.kind) {
                        for entry in entries {
                            set(into, &entry.key, entry.value);
                        }
                    }
                    continue;
                }
                let mut metadata = empty_map(item.span);
                set(&mut metadata, "name", text_node(name, item.span));
                if let Some(namespace) = item.get("namespace") {
                    set(&mut metadata, "namespace", namespace.clone());
                }
                let mut made = empty_map(item.span);
                set(&mut made, "apiVersion", text_node("v1", item.span));
                set(&mut made, "kind", text_node(kind, item.span));
                set(&mut made, "metadata", metadata);
                set(&mut made, field, data);
                if let Some(ty) = item.get("type") {
                    set(&mut made, "type", ty.clone());
                }
                let mut object = Object::new(made);
                object.origin = Origin::Generated(format!("{at}#{kind}/{name}").into());
                objects.push(object);
            }
        }
    }

    /// Patches in all their forms.
    fn patch(
        &mut self,
        at: &str,
        node: &Node,
        objects: &mut Vec<Object>,
        files: &mut Files<'_, '_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for key in ["patchesStrategicMerge", "patches", "patchesJson6902"] {
            for item in items(node, key) {
                let inline = item.as_str().filter(|text| text.contains('\n') || text.contains(": "));
                let inline = inline.or_else(|| text_at(item, &["patch"]));
                let place = item.get("patch").map_or(item.span, |node| node.span);
                let path = item.as_str().filter(|_| inline.is_none()).or_else(|| text_at(item, &["path"]));
                let (id, text): (_, Arc<str>) = match (inline, path) {
                    (Some(text), _) => (place.file, text.into()),
                    (None, Some(path)) => {
                        match join(at, path).and_then(|path| files.open(&path).map(|opened| (path, opened))) {
                            Some((path, (id, text))) => {
                                self.opened.push(path.into());
                                (id, text)
                            }
                            None => {
                                missing(path, item.span, diagnostics);
                                continue;
                            }
                        }
                    }
                    (None, None) => continue,
                };
                let mut problems = Vec::new();
                let mut parsed = vauban_syntax::parse_yaml_documents(id, &text, &Limits::default(), &mut problems);
                if inline.is_some() {
                    // Lines count from the block's first: the places inside are those of the text below its head.
                    for node in &mut parsed {
                        move_down(node, place);
                    }
                    if let Some(problem) = problems.first() {
                        diagnostics.push(Diagnostic::warning("kustomize-patch", place, problem.message.clone()));
                    }
                } else {
                    diagnostics.append(&mut problems);
                }
                for document in &parsed {
                    change::patch(document, item, objects, diagnostics);
                }
            }
        }
    }
}

fn missing(path: &str, span: Span, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.push(
        Diagnostic::warning("kustomize-not-here", span, format!("`{path}` is not in this folder"))
            .help("add the file, or check the output of `kustomize build`"),
    );
}

/// Places of a text that stands inside another file, below its head.
fn move_down(node: &mut Node, place: Span) {
    node.span.line = node.span.line.saturating_add(place.line);
    match &mut node.kind {
        Kind::Sequence(items) => items.iter_mut().for_each(|item| move_down(item, place)),
        Kind::Mapping(entries) => {
            for entry in entries {
                entry.key_span.line = entry.key_span.line.saturating_add(place.line);
                move_down(&mut entry.value, place);
            }
        }
        Kind::Scalar(_) => {}
    }
}
