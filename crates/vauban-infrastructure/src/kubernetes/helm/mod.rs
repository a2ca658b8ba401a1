//! Helm charts: rendered with their own default values, with those that a chart above them gives, or with those of a
//! release: in a helmfile, in a kustomization, by Terraform, Argo CD or Flux. Values files that
//! [`Options::overlays`](crate::Options) names are laid over all of these; other ones beside a chart are told. A template
//! that cannot be rendered here is one opaque resource and a diagnostic.
//!
//! The release is called as the chart is and goes into the namespace `default`, as nothing in a chart says otherwise.
//! Objects that are tests of the release are left out: they are not deployed.

mod places;
mod releases;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Mode, Resource, Source, Text, Value, ValueKind};
use vauban_model::{Diagnostic, FileId, Severity, Span};
use vauban_syntax::{Kind, Limits, Node, parse_yaml, parse_yaml_documents};

use super::Once;
use super::embedded::restore;
use super::go::{self, Run, Template, Val};
use super::object::{self, Kinds, flatten, is_object};
use crate::files::{Files, file_name, folder, join};
use crate::nodes::{AsWritten, Places, empty_map, get_mut, items, set, text_at, text_node, to_value};
use crate::{Options, Output};
use places::RenderedPlaces;
use releases::Settings;

/// How deep charts may hold charts.
const DEEPEST: usize = 16;

/// A chart: its folder and its head.
struct Chart {
    folder: String,
    node: Node,
    values: Option<Node>,
}

/// A release of a chart that is here.
struct Release {
    name: String,
    namespace: String,
    chart: usize,
    values: Node,
    /// What stands behind the marks in the values: references, unknowns, secrets.
    parts: Vec<Value>,
    calls: Vec<Span>,
}

/// A release in a helmfile or a kustomization, before it is known whether its chart is here.
struct Described {
    /// Where it is written, for the address of what stays opaque.
    path: String,
    name: String,
    namespace: String,
    /// The chart as it is written.
    chart: String,
    /// Its folder, if it is one of this tree.
    at: Option<String>,
    values: Node,
    span: Span,
}

/// A file with values that somebody chose.
struct Chosen {
    node: Node,
    /// The chart in whose folder it is; outside of all, it is for every chart that no other one uses.
    chart: Option<usize>,
}

/// All charts of the tree.
pub(super) struct Charts {
    charts: Vec<Chart>,
    by_folder: FxHashMap<String, usize>,
    releases: Vec<Described>,
    /// By chart, name and namespace: the first folder whose kustomization installs it.
    by_kustomization: FxHashMap<(String, String, String), String>,
    helmfiles: FxHashSet<String>,
    chosen: Vec<Chosen>,
    opened: Vec<Arc<str>>,
}

/// What came of rendering.
#[derive(Default)]
struct All {
    /// The release, for what is part of it and not here.
    name: String,
    namespace: String,
    resources: Vec<Resource>,
    files: Vec<Arc<str>>,
}

/// One chart as part of a release.
struct Part {
    chart: usize,
    values: Node,
    calls: Vec<Span>,
}

impl Charts {
    pub(super) fn find(files: &mut Files<'_, '_>, options: &Options, output: &mut Output) -> Self {
        let mut this = Charts {
            charts: Vec::new(),
            by_folder: FxHashMap::default(),
            releases: Vec::new(),
            by_kustomization: FxHashMap::default(),
            helmfiles: FxHashSet::default(),
            chosen: Vec::new(),
            opened: Vec::new(),
        };
        let limits = Limits::default();
        // The helmfile that is taken without being told goes before others of its folder.
        let is_variant = |path: &&String| file_name(path) != "helmfile.yaml";
        let paths: Vec<&String> = files.paths().iter().filter(|path| !is_variant(path)).collect();
        let others = files.paths().iter().filter(is_variant);
        for path in paths.into_iter().chain(others) {
            let name = file_name(path);
            let helmfile = name.starts_with("helmfile") && (name.ends_with(".yaml") || name.ends_with(".yml"));
            if name != "Chart.yaml" && !helmfile {
                continue;
            }
            let Some((id, text)) = files.open(path) else { continue };
            if helmfile {
                if text.contains("{{") {
                    output.diagnostics.push(
                        Diagnostic::note("needs-rendering", Span::new(id, 1, 1, 0), "this helmfile is a template")
                            .help("render it with `helmfile template` and check what comes out"),
                    );
                    continue;
                }
                let Some(node) = parse_yaml(id, &text, &limits, &mut output.diagnostics) else { continue };
                this.opened.push(path.as_str().into());
                this.helmfiles.insert(path.clone());
                this.read_helmfile(path, &node, files, output);
                continue;
            }
            let Some(node) = parse_yaml(id, &text, &limits, &mut output.diagnostics) else { continue };
            let at = folder(path).to_owned();
            this.opened.push(path.as_str().into());
            let values = join(&at, "values.yaml").and_then(|path| {
                let (id, text) = files.open(&path)?;
                this.opened.push(path.as_str().into());
                let node = parse_yaml(id, &text, &limits, &mut output.diagnostics)?;
                is_values(&path, &node, &mut output.diagnostics).then_some(node)
            });
            this.by_folder.insert(at.clone(), this.charts.len());
            this.charts.push(Chart { folder: at, node, values });
        }
        this.choose(files, options, output);
        this
    }

    /// The values files among what the caller named.
    fn choose(&mut self, files: &mut Files<'_, '_>, options: &Options, output: &mut Output) {
        if self.charts.is_empty() {
            return;
        }
        for named in &options.overlays {
            let path = named.trim_start_matches("./");
            if !is_yaml(path) {
                continue;
            }
            let Some((id, text)) = files.open(path) else { continue };
            if crate::compose::looks_like(path, &text) || super::looks_like(&text) {
                continue;
            }
            let Some(node) = parse_yaml(id, &text, &Limits::default(), &mut output.diagnostics) else { continue };
            if is_values(path, &node, &mut output.diagnostics) && node.as_mapping().is_some() {
                self.opened.push(path.into());
                self.chosen.push(Chosen { node, chart: self.around(path) });
            }
        }
    }

    /// The innermost chart whose folder a file is in.
    fn around(&self, path: &str) -> Option<usize> {
        let mut at = folder(path);
        loop {
            if let Some(chart) = self.by_folder.get(at) {
                return Some(*chart);
            }
            if at.is_empty() {
                return None;
            }
            at = folder(at);
        }
    }

    /// Files that look like further values of a chart: in its folder, maps with a key of its own values; beside the folder,
    /// called `values…`.
    fn left(&self, chart: &Chart, files: &mut Files<'_, '_>) -> Vec<String> {
        const MOST_TRIED: usize = 200;
        let own: FxHashSet<&str> =
            chart.values.as_ref().and_then(Node::as_mapping).unwrap_or(&[]).iter().map(|entry| &*entry.key).collect();
        let start = if chart.folder.is_empty() { String::new() } else { format!("{}/", chart.folder) };
        let mut out = Vec::new();
        let mut tried = 0;
        for path in files.below(&chart.folder) {
            let inside = path.strip_prefix(&start).unwrap_or(path);
            let apart = ["templates/", "charts/", "crds/", "ci/", "tests/", ".", "Chart."];
            if !is_yaml(path) || inside == "values.yaml" || apart.iter().any(|folder| inside.starts_with(folder)) {
                continue;
            }
            if self.around(path).and_then(|at| self.charts.get(at)).is_none_or(|other| other.folder != chart.folder) {
                continue;
            }
            tried += 1;
            if tried > MOST_TRIED {
                break;
            }
            let Some((id, text)) = files.open(path) else { continue };
            if super::looks_like(&text) || crate::compose::looks_like(path, &text) {
                continue;
            }
            let named = file_name(path).starts_with("values");
            let node = parse_yaml(id, &text, &Limits::default(), &mut Vec::new());
            let keys = node.as_ref().and_then(Node::as_mapping).unwrap_or(&[]);
            if named && !keys.is_empty() || keys.iter().any(|entry| own.contains(&*entry.key)) {
                out.push(path.clone());
            }
        }
        if !chart.folder.is_empty() {
            let beside = folder(&chart.folder);
            let start = if beside.is_empty() { "values".to_owned() } else { format!("{beside}/values") };
            let values = |path: &&String| folder(path) == beside && is_yaml(path);
            out.extend(files.starting(&start).iter().filter(values).cloned());
        }
        out
    }

    fn read_helmfile(&mut self, path: &str, node: &Node, files: &mut Files<'_, '_>, output: &mut Output) {
        for release in items(node, "releases") {
            let (Some(name), Some(chart)) = (text_at(release, &["name"]), text_at(release, &["chart"])) else {
                continue;
            };
            if release.get("installed").and_then(Node::as_bool) == Some(false) {
                continue;
            }
            let mut values = empty_map(release.span);
            for item in items(release, "values") {
                if let Some(file) = item.as_str() {
                    let opened = join(folder(path), file).and_then(|path| files.open(&path).map(|found| (path, found)));
                    match opened {
                        Some((path, (id, text))) if !text.contains("{{") => {
                            self.opened.push(path.into());
                            if let Some(more) = parse_yaml(id, &text, &Limits::default(), &mut output.diagnostics) {
                                over(&mut values, &more, 0);
                            }
                        }
                        _ => output.diagnostics.push(
                            Diagnostic::note(
                                "needs-rendering",
                                item.span,
                                format!("the values in `{file}` are a template or not here, so they are left out"),
                            )
                            .help("render the release with `helmfile template` and check what comes out"),
                        ),
                    }
                } else {
                    over(&mut values, item, 0);
                }
            }
            for item in items(release, "set") {
                if let (Some(name), Some(value)) = (text_at(item, &["name"]), item.get("value")) {
                    releases::set_path(&mut values, name, value.clone());
                }
            }
            self.releases.push(Described {
                path: path.to_owned(),
                name: name.to_owned(),
                namespace: text_at(release, &["namespace"]).unwrap_or("default").to_owned(),
                chart: chart.to_owned(),
                at: join(folder(path), chart),
                values,
                span: release.span,
            });
        }
    }

    /// The charts that a kustomization installs: `helmCharts`, in folders below `helmGlobals.chartHome`.
    pub(super) fn of_kustomization(
        &mut self,
        at: &str,
        node: &Node,
        files: &mut Files<'_, '_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let home = text_at(node, &["helmGlobals", "chartHome"]).unwrap_or("charts");
        for item in items(node, "helmCharts") {
            let Some(chart) = text_at(item, &["name"]) else { continue };
            let name = text_at(item, &["releaseName"]).unwrap_or(chart);
            let own = text_at(item, &["namespace"]).or_else(|| text_at(node, &["namespace"]));
            let namespace = own.unwrap_or("default");
            // Only one release of a name can be in a namespace: what another folder installs there too is a variant. In
            // other namespaces, and in one and the same folder, each is a release of its own.
            let key = (chart.to_owned(), name.to_owned(), namespace.to_owned());
            let first = self.by_kustomization.entry(key).or_insert_with(|| at.to_owned());
            if first.as_str() != at {
                let folder = if first.is_empty() { "." } else { first.as_str() };
                diagnostics.push(
                    Diagnostic::note(
                        "kustomize-variant",
                        item.span,
                        format!(
                            "the kustomization in `{folder}` installs the chart `{chart}` as `{name}` too; this form is left out"
                        ),
                    )
                    .help("name the variant to check with `--variant`"),
                );
                continue;
            }
            let mut values = empty_map(item.span);
            let further = items(item, "additionalValuesFiles").iter();
            for file in item.get("valuesFile").into_iter().chain(further) {
                let path = file.as_str().and_then(|written| join(at, written));
                let opened = path.and_then(|path| files.open(&path).map(|opened| (path, opened)));
                let read = opened.and_then(|(path, (id, text))| {
                    self.opened.push(path.into());
                    parse_yaml(id, &text, &Limits::default(), diagnostics)
                });
                match read {
                    Some(more) => over(&mut values, &more, 0),
                    None => diagnostics.push(
                        Diagnostic::note(
                            "helm-values-not-here",
                            file.span,
                            "these values are not here, so they are left out",
                        )
                        .help("add the file, or check the output of `kustomize build --enable-helm`"),
                    ),
                }
            }
            if let Some(inline) = item.get("valuesInline") {
                over(&mut values, inline, 0);
            }
            self.releases.push(Described {
                path: if at.is_empty() { "kustomization".to_owned() } else { format!("{at}/kustomization") },
                name: name.to_owned(),
                namespace: namespace.to_owned(),
                chart: chart.to_owned(),
                at: join(at, &format!("{home}/{chart}")),
                values,
                span: item.span,
            });
        }
    }

    /// Whether a file is part of a chart and so no plain manifest.
    pub(super) fn owns(&self, path: &str) -> bool {
        if self.helmfiles.contains(path) {
            return true;
        }
        let mut at = folder(path);
        loop {
            if self.by_folder.contains_key(at) {
                let inside = if at.is_empty() { path } else { path.get(at.len() + 1..).unwrap_or("") };
                let name = file_name(path);
                if inside.starts_with("templates/") || inside.starts_with("charts/") {
                    return true;
                }
                if !inside.contains('/')
                    && (name == "Chart.yaml" || name.starts_with("values") || name == "requirements.yaml")
                {
                    return true;
                }
            }
            if at.is_empty() {
                return false;
            }
            at = folder(at);
        }
    }

    /// Renders every chart that no other one uses, releases first. Gives the files that took part.
    pub(super) fn render_all(
        &self,
        files: &mut Files<'_, '_>,
        kinds: &Kinds,
        once: &mut Once<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Arc<str>> {
        /// How many times what releases make may be releases in turn.
        const ROUNDS: usize = 8;
        /// Most releases that are rendered, all together.
        const MOST: usize = 2_000;
        let mut rendered = 0usize;
        let mut opened = self.opened.clone();
        let mut used: FxHashSet<usize> = FxHashSet::default();
        for chart in &self.charts {
            for dependency in self.dependencies(chart) {
                used.extend(dependency.chart);
            }
        }
        let tops: FxHashSet<usize> = (0..self.charts.len()).filter(|at| !used.contains(at)).collect();
        let mut waiting: Vec<Release> = Vec::new();
        let mut addressed: FxHashSet<String> = FxHashSet::default();
        for described in &self.releases {
            match described.at.as_ref().and_then(|at| self.by_folder.get(at)) {
                Some(chart) => waiting.push(Release {
                    name: described.name.clone(),
                    namespace: described.namespace.clone(),
                    chart: *chart,
                    values: described.values.clone(),
                    parts: Vec::new(),
                    calls: vec![described.span],
                }),
                None => {
                    let mut address = format!("helm:{}#{}", described.path, described.name);
                    // The same name in another namespace.
                    if !addressed.insert(address.clone()) {
                        address = format!("helm:{}#{}/{}", described.path, described.namespace, described.name);
                    }
                    let named = (&*address, &*described.name, &*described.namespace, &*described.chart);
                    once.add(releases::opaque(named, &described.values, described.span, diagnostics));
                }
            }
        }
        let mut from = 0;
        for _ in 0..ROUNDS {
            waiting.extend(self.releases_of(&mut once.output.inventory.resources, from, &[], files, diagnostics));
            from = once.output.inventory.resources.len();
            if waiting.is_empty() {
                break;
            }
            for release in std::mem::take(&mut waiting) {
                rendered += 1;
                if rendered > MOST {
                    break;
                }
                used.insert(release.chart);
                let mut all = All::default();
                self.render(release, &tops, files, kinds, diagnostics, &mut all);
                opened.append(&mut all.files);
                all.resources.into_iter().for_each(|resource| once.add(resource));
            }
        }
        // Charts that nothing installs, with their own values. One of them may install others: those go by its word.
        let mut held: Vec<(usize, All, Vec<Diagnostic>)> = Vec::new();
        for at in 0..self.charts.len() {
            let Some(chart) = self.charts.get(at).filter(|_| !used.contains(&at)) else { continue };
            if text_at(&chart.node, &["type"]) == Some("library") {
                continue;
            }
            let (mut all, mut said) = (All::default(), Vec::new());
            self.say_left(at, tops.contains(&at), files, &mut said);
            let release = Release {
                name: text_at(&chart.node, &["name"]).unwrap_or("release").to_owned(),
                namespace: "default".to_owned(),
                chart: at,
                values: empty_map(chart.node.span),
                parts: Vec::new(),
                calls: vec![chart.node.span],
            };
            self.render(release, &tops, files, kinds, &mut said, &mut all);
            held.push((at, all, said));
        }
        let mut next = 0;
        while next < held.len() && next < self.charts.len().saturating_mul(ROUNDS) {
            let Some((at, all, said)) = held.get_mut(next) else { break };
            let (installs, known) = (*at, &once.output.inventory.resources);
            let found = self.releases_of(&mut all.resources, 0, known, files, said);
            next += 1;
            for release in found.into_iter().filter(|release| release.chart != installs) {
                rendered += 1;
                if rendered > MOST {
                    break;
                }
                if let Some((_, all, said)) = held.iter_mut().find(|(at, ..)| *at == release.chart && used.insert(*at))
                {
                    (*all, *said) = (All::default(), Vec::new());
                }
                let (chart, mut all, mut said) = (release.chart, All::default(), Vec::new());
                self.render(release, &tops, files, kinds, &mut said, &mut all);
                held.push((chart, all, said));
            }
        }
        if rendered > MOST {
            let message = format!("charts install each other again and again; the first {MOST} releases are read");
            diagnostics.push(
                Diagnostic::warning_without_place("too-many-releases", message)
                    .help("check whether a chart installs itself"),
            );
        }
        for (_, mut all, mut said) in held {
            opened.append(&mut all.files);
            diagnostics.append(&mut said);
            all.resources.into_iter().for_each(|resource| once.add(resource));
        }
        opened
    }

    /// The releases among resources, from one of them on. Settings may lie in these resources or in others.
    fn releases_of(
        &self,
        resources: &mut Vec<Resource>,
        from: usize,
        others: &[Resource],
        files: &mut Files<'_, '_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Release> {
        let mut out = Vec::new();
        if !resources.iter().skip(from).any(releases::may_be) {
            return out;
        }
        let by_address = Settings::index(resources, others);
        let mut more = Vec::new();
        for at in from..resources.len() {
            let Some(mut resource) = resources.get(at).filter(|one| releases::may_be(one)).cloned() else { continue };
            let settings = Settings::new(resources, others, &by_address);
            let released = self.release(&mut resource, &settings, &mut more, files, diagnostics);
            if let Some(slot) = resources.get_mut(at) {
                *slot = resource;
            }
            out.extend(released);
        }
        resources.append(&mut more);
        out
    }

    /// Says which values a chart is rendered with, where there are others beside it.
    fn say_left(&self, at: usize, top: bool, files: &mut Files<'_, '_>, diagnostics: &mut Vec<Diagnostic>) {
        let Some(chart) = self.charts.get(at) else { return };
        if self.chosen.iter().any(|chosen| chosen.chart == Some(at) || (top && chosen.chart.is_none())) {
            return;
        }
        let left = self.left(chart, files);
        let Some(first) = left.first() else { return };
        let used = if chart.values.is_some() { "its `values.yaml`" } else { "no values" };
        let others = match left.as_slice() {
            [one] => format!("`{one}` is left out"),
            [one, two] => format!("`{one}` and `{two}` are left out"),
            [one, two, more @ ..] => format!("`{one}`, `{two}` and {} more are left out", more.len()),
            [] => return,
        };
        diagnostics.push(
            Diagnostic::note(
                "helm-values-left",
                chart.node.span,
                format!("the chart `{}` is rendered with {used} only; {others}", self.folder_of(at)),
            )
            .help(format!(
                "name the values of the form you want to check: `--variant {first}`, several in their order"
            )),
        );
    }

    /// What a chart builds on, by its head and by the folder `charts`.
    fn dependencies<'c>(&self, chart: &'c Chart) -> Vec<Dependency<'c>> {
        let mut out: Vec<Dependency<'c>> = Vec::new();
        let prefix = if chart.folder.is_empty() { "charts/".to_owned() } else { format!("{}/charts/", chart.folder) };
        for node in items(&chart.node, "dependencies") {
            let name = text_at(node, &["name"]).unwrap_or("");
            let path = text_at(node, &["repository"]).and_then(|repository| repository.strip_prefix("file://"));
            let found = path
                .and_then(|path| join(&chart.folder, path))
                .and_then(|path| self.by_folder.get(&path))
                .or_else(|| self.by_folder.get(&format!("{prefix}{name}")))
                .copied();
            let key = text_at(node, &["alias"]).unwrap_or(name).to_owned();
            out.push(Dependency { key, chart: found, node: Some(node) });
        }
        for (at, other) in self.charts.iter().enumerate() {
            if let Some(name) = other.folder.strip_prefix(prefix.as_str()).filter(|name| !name.contains('/'))
                && !out.iter().any(|known| known.chart == Some(at))
            {
                let key = text_at(&other.node, &["name"]).unwrap_or(name).to_owned();
                out.push(Dependency { key, chart: Some(at), node: None });
            }
        }
        out
    }

    fn render(
        &self,
        release: Release,
        tops: &FxHashSet<usize>,
        files: &mut Files<'_, '_>,
        kinds: &Kinds,
        diagnostics: &mut Vec<Diagnostic>,
        all: &mut All,
    ) {
        let Release { name, namespace, chart: at, values: mut given, parts: marked, calls } = release;
        for chosen in &self.chosen {
            if chosen.chart == Some(at) || (chosen.chart.is_none() && tops.contains(&at)) {
                over(&mut given, &chosen.node, 0);
            }
        }
        (all.name, all.namespace) = (name.clone(), namespace.clone());
        let mut parts = Vec::new();
        self.parts(at, given, calls, 0, &mut parts, diagnostics, all);
        // First every template of the release is read, because each may use what any other defines.
        let mut defined: FxHashMap<String, Template> = FxHashMap::default();
        let mut ready: Vec<Ready> = Vec::new();
        let mut broken: Vec<Broken> = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let Some(chart) = self.charts.get(part.chart) else { continue };
            let below =
                if chart.folder.is_empty() { "templates".to_owned() } else { format!("{}/templates", chart.folder) };
            for path in files.below(&below) {
                let file = file_name(path);
                let helper = file.starts_with('_');
                let manifest = file.ends_with(".yaml") || file.ends_with(".yml") || file.ends_with(".json");
                if !helper && !manifest && !file.ends_with(".tpl") {
                    continue;
                }
                let Some((id, text)) = files.open(path) else { continue };
                all.files.push(path.as_str().into());
                let template = go::parse(&text, &mut defined);
                if !helper {
                    ready.push((index, path.clone(), id, text, template));
                } else if let Err((offset, why)) = template {
                    broken.push(Broken { path: path.clone(), id, text, offset, why });
                }
            }
        }
        let mut run = Run::new(&defined);
        let datas: Vec<Val> = parts.iter().map(|part| self.data(part, &name, &namespace)).collect();
        for (index, path, id, text, template) in ready {
            let (Some(part), Some(data)) = (parts.get(index), datas.get(index)) else { continue };
            let rendered = template.and_then(|template| run.render(&template, data));
            let rendered = match rendered {
                Ok(rendered) => rendered,
                Err((offset, why)) => {
                    broken.push(Broken { path, id, text, offset, why });
                    continue;
                }
            };
            let places = RenderedPlaces::new(id, &text, &rendered, &part.values);
            let mut problems = Vec::new();
            let documents = parse_yaml_documents(id, &rendered.text, &Limits::default(), &mut problems);
            if let Some(problem) = problems.iter().find(|problem| problem.severity == Severity::Error) {
                let place = problem.span.map_or(Span::new(id, 1, 1, 0), |span| places.place(span).0);
                diagnostics.push(
                    Diagnostic::warning(
                        "chart-output-broken",
                        place,
                        format!("what `{path}` renders to is not all YAML: {}", problem.message),
                    )
                    .help(format!("compare with `helm template {}`", self.folder_of(at))),
                );
            }
            for document in documents {
                if !is_object(&document) {
                    continue;
                }
                let mut objects = Vec::new();
                flatten(document, &mut objects);
                for mut found in objects {
                    let hook = text_at(&found.node, &["metadata", "annotations", "helm.sh/hook"]).unwrap_or("");
                    if hook.split(',').any(|hook| hook.trim().starts_with("test")) {
                        continue;
                    }
                    if found.namespace().is_empty()
                        && namespace != "default"
                        && !kinds.cluster_wide(found.kind())
                        && let Some(metadata) = get_mut(&mut found.node, "metadata")
                    {
                        let span = metadata.span;
                        set(metadata, "namespace", text_node(&namespace, span));
                    }
                    found.calls = part.calls.clone();
                    let mut resource = object::resource(found, kinds, &places, diagnostics);
                    if !marked.is_empty() {
                        restore(&mut resource.attributes, &marked, 0);
                        for text in [&mut resource.address, &mut resource.name, &mut resource.scope] {
                            *text = releases::without_marks(text, &marked).into();
                        }
                    }
                    all.resources.push(resource);
                }
            }
        }
        for problem in broken {
            problem.report(&self.folder_of(at), diagnostics, all);
        }
    }

    fn folder_of(&self, at: usize) -> String {
        match self.charts.get(at).map(|chart| chart.folder.as_str()) {
            None | Some("") => ".".to_owned(),
            Some(folder) => folder.to_owned(),
        }
    }

    /// A chart and those below it that are on, each with its values.
    #[expect(clippy::too_many_arguments, reason = "it calls itself with all of them")]
    fn parts(
        &self,
        at: usize,
        given: Node,
        calls: Vec<Span>,
        depth: usize,
        out: &mut Vec<Part>,
        diagnostics: &mut Vec<Diagnostic>,
        all: &mut All,
    ) {
        let Some(chart) = self.charts.get(at) else { return };
        if depth >= DEEPEST {
            diagnostics.push(
                Diagnostic::warning(
                    "chart-too-deep",
                    chart.node.span,
                    "charts hold each other too deeply to be followed",
                )
                .help("check whether charts depend on each other in a circle"),
            );
            return;
        }
        let mut values = chart.values.clone().filter(|node| node.as_mapping().is_some());
        let values = match &mut values {
            Some(values) => {
                over(values, &given, 0);
                values.clone()
            }
            None => given,
        };
        for dependency in self.dependencies(chart) {
            if !dependency.is_on(&values) {
                continue;
            }
            let mut below = values.get(&dependency.key).cloned().filter(|node| node.as_mapping().is_some());
            let below = below.get_or_insert_with(|| empty_map(values.span));
            if let Some(global) = values.get("global") {
                set(below, "global", global.clone());
            }
            let place = dependency.node.map_or(chart.node.span, |node| node.span);
            let mut calls = calls.clone();
            calls.push(place);
            match dependency.chart {
                Some(inner) => self.parts(inner, below.clone(), calls, depth + 1, out, diagnostics, all),
                None => opaque_chart(chart, &dependency, below, calls, diagnostics, all),
            }
        }
        out.push(Part { chart: at, values, calls });
    }

    fn data(&self, part: &Part, name: &str, namespace: &str) -> Val {
        let pairs = |pairs: &[(&str, Val)]| {
            Val::map(pairs.iter().map(|(key, value)| (Text::from(*key), value.clone())).collect())
        };
        let mut head: Vec<(Text, Val)> = Vec::new();
        for entry in self.charts.get(part.chart).and_then(|chart| chart.node.as_mapping()).unwrap_or(&[]) {
            let mut chars = entry.key.chars();
            let key: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
            // Versions are text even where they look like a number.
            let value = match entry.value.as_str() {
                Some(text) => Val::text(text),
                None => Val::of(&entry.value),
            };
            head.push((key.into(), value));
        }
        let release = pairs(&[
            ("Name", Val::text(name)),
            ("Namespace", Val::text(namespace)),
            ("Service", Val::text("Helm")),
            ("IsInstall", Val::Bool(true)),
            ("IsUpgrade", Val::Bool(false)),
            ("Revision", Val::Int(1)),
        ]);
        let version = pairs(&[
            ("Version", Val::text("v1.31.0")),
            ("GitVersion", Val::text("v1.31.0")),
            ("Major", Val::text("1")),
            ("Minor", Val::text("31")),
        ]);
        let capabilities = pairs(&[
            ("KubeVersion", version),
            ("HelmVersion", pairs(&[("Version", Val::text("v3.16.0"))])),
            ("APIVersions", Val::map(Vec::new())),
        ]);
        pairs(&[
            ("Values", Val::of(&part.values)),
            ("Release", release),
            ("Chart", Val::map(head)),
            ("Capabilities", capabilities),
            ("Template", pairs(&[("Name", Val::text("template")), ("BasePath", Val::text("templates"))])),
            ("Files", Val::map(Vec::new())),
            ("Subcharts", Val::map(Vec::new())),
        ])
    }
}

struct Dependency<'c> {
    /// The key of its values.
    key: String,
    /// The chart, if it is here.
    chart: Option<usize>,
    node: Option<&'c Node>,
}

impl Dependency<'_> {
    /// Whether conditions and tags leave it on.
    fn is_on(&self, values: &Node) -> bool {
        let Some(node) = self.node else { return true };
        let at = |path: &str| path.split('.').try_fold(values, |node, key| node.get(key)).and_then(Node::as_bool);
        if let Some(decided) =
            text_at(node, &["condition"]).and_then(|conditions| conditions.split(',').find_map(|path| at(path.trim())))
        {
            return decided;
        }
        let tags: Vec<bool> =
            items(node, "tags").iter().filter_map(|tag| at(&format!("tags.{}", tag.as_str()?))).collect();
        tags.is_empty() || tags.contains(&true)
    }
}

/// A chart that is not here: its inputs are what its values say.
fn opaque_chart(
    chart: &Chart,
    dependency: &Dependency<'_>,
    values: &Node,
    calls: Vec<Span>,
    diagnostics: &mut Vec<Diagnostic>,
    all: &mut All,
) {
    let Some(node) = dependency.node else { return };
    let folder = if chart.folder.is_empty() { "." } else { &chart.folder };
    let name = text_at(node, &["name"]).unwrap_or("");
    diagnostics.push(
        Diagnostic::warning(
            "chart-not-here",
            node.span,
            format!("the chart `{name}` is not in this folder, so what it installs is not known"),
        )
        .help(format!("check the output of `helm template {folder}` after `helm dependency build {folder}`")),
    );
    let mut attributes = to_value(node, true, &AsWritten);
    if let ValueKind::Map(entries) = &mut attributes.kind {
        // The head of the dependency has the name of the chart.
        entries.retain(|(key, _)| &**key != "name");
        let full = if all.name.contains(name) { all.name.clone() } else { format!("{}-{}", all.name, dependency.key) };
        entries.push(("name".into(), Value::text(full, node.span)));
        entries.push(("namespace".into(), Value::text(&*all.namespace, node.span)));
        entries.push(("chart".into(), Value::text(name, node.span)));
        entries.push(("values".into(), to_value(values, true, &AsWritten)));
    }
    all.resources.push(Resource {
        address: format!("helm:{}/{}", folder, dependency.key).into(),
        ty: releases::ELSEWHERE.into(),
        native_type: "helm/chart".into(),
        name: dependency.key.as_str().into(),
        source: Source::Kubernetes,
        mode: Mode::Managed,
        attributes,
        span: node.span,
        calls,
        scope: all.namespace.as_str().into(),
        depends_on: Vec::new(),
        many: false,
    });
}

/// A template to render: its part of the release, path, file and text, and what reading it gave.
type Ready = (usize, String, FileId, Arc<str>, Result<Template, (usize, String)>);

/// A template that could not be rendered.
struct Broken {
    path: String,
    id: FileId,
    text: Arc<str>,
    offset: usize,
    why: String,
}

impl Broken {
    fn report(self, folder: &str, diagnostics: &mut Vec<Diagnostic>, all: &mut All) {
        let span = places::at(self.id, &self.text, self.offset, 2);
        diagnostics.push(
            Diagnostic::warning(
                "needs-rendering",
                span,
                format!("the template `{}` cannot be rendered here: {}", self.path, self.why),
            )
            .help(format!("render it with `helm template {folder} > rendered.yaml` and check what comes out")),
        );
        let text = |text: &str| Value::text(text, span);
        all.resources.push(Resource {
            address: format!("helm:{}", self.path).into(),
            ty: "helm:template".into(),
            native_type: "helm/template".into(),
            name: file_name(&self.path).into(),
            source: Source::Kubernetes,
            mode: Mode::Opaque,
            attributes: Value::new(
                ValueKind::Map(vec![("chart".into(), text(folder)), ("reason".into(), text(&self.why))]),
                span,
            ),
            span,
            calls: Vec::new(),
            scope: "default".into(),
            depends_on: Vec::new(),
            many: false,
        });
    }
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

/// Lays values over others: maps are merged, `null` takes a key away, anything else replaces.
fn over(target: &mut Node, more: &Node, depth: usize) {
    let (Kind::Mapping(_), Kind::Mapping(entries)) = (&target.kind, &more.kind) else { return };
    for entry in entries {
        if entry.value.is_null() && get_mut(target, &entry.key).is_some() {
            crate::nodes::remove(target, &entry.key);
            continue;
        }
        let both_maps = entry.value.as_mapping().is_some()
            && get_mut(target, &entry.key).is_some_and(|known| known.as_mapping().is_some());
        if both_maps && depth < 100 {
            if let Some(known) = get_mut(target, &entry.key) {
                over(known, &entry.value, depth + 1);
            }
        } else {
            set(target, &entry.key, entry.value.clone());
        }
    }
}

/// Whether a file can hold the values of a chart, which are a mapping; an empty one holds none. Anything else is told.
fn is_values(path: &str, node: &Node, problems: &mut Vec<Diagnostic>) -> bool {
    if node.as_mapping().is_some() || node.is_null() {
        return true;
    }
    let message = format!("`{path}` holds {} where the values of a chart are a mapping", node.kind_name());
    problems.push(
        Diagnostic::warning("helm-values-no-mapping", node.span, message)
            .help("write `key: value` lines; until then nothing of it is used"),
    );
    false
}
