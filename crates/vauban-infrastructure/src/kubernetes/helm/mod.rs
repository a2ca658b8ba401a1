//! Helm charts: rendered with their own default values, with those that a chart above them gives, or with those of a
//! release in a helmfile. A template that cannot be rendered here is one opaque resource and a diagnostic.
//!
//! The release is called as the chart is and goes into the namespace `default`, as nothing in a chart says otherwise.
//! Objects that are tests of the release are left out: they are not deployed.

mod places;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Mode, Resource, Source, Text, Value, ValueKind};
use vauban_model::{Diagnostic, FileId, Severity, Span};
use vauban_syntax::{Kind, Limits, Node, parse_yaml, parse_yaml_documents};

use super::go::{self, Run, Template, Val};
use super::object::{self, Kinds, flatten, is_object};
use crate::Output;
use crate::files::{Files, file_name, folder, join};
use crate::nodes::{AsWritten, Places, empty_map, get_mut, items, set, text_at, text_node, to_value};
use places::RenderedPlaces;

/// How deep charts may hold charts.
const DEEPEST: usize = 16;

/// A chart: its folder and its head.
struct Chart {
    folder: String,
    node: Node,
    values: Option<Node>,
}

/// A release in a helmfile.
struct Release {
    name: String,
    namespace: String,
    chart: String,
    values: Node,
    span: Span,
}

/// All charts of the tree.
pub(super) struct Charts {
    charts: Vec<Chart>,
    by_folder: FxHashMap<String, usize>,
    releases: Vec<Release>,
    helmfiles: FxHashSet<String>,
    opened: Vec<Arc<str>>,
}

/// What came of rendering.
pub(super) struct All {
    pub(super) resources: Vec<Resource>,
    pub(super) files: Vec<Arc<str>>,
}

/// One chart as part of a release.
struct Part {
    chart: usize,
    values: Node,
    calls: Vec<Span>,
}

impl Charts {
    pub(super) fn find(files: &mut Files<'_, '_>, output: &mut Output) -> Self {
        let mut this = Charts {
            charts: Vec::new(),
            by_folder: FxHashMap::default(),
            releases: Vec::new(),
            helmfiles: FxHashSet::default(),
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
                this.opened.push(path.into());
                parse_yaml(id, &text, &limits, &mut output.diagnostics)
            });
            this.by_folder.insert(at.clone(), this.charts.len());
            this.charts.push(Chart { folder: at, node, values });
        }
        this
    }

    fn read_helmfile(&mut self, path: &str, node: &Node, files: &mut Files<'_, '_>, output: &mut Output) {
        for release in items(node, "releases") {
            let (Some(name), Some(chart)) = (text_at(release, &["name"]), text_at(release, &["chart"])) else {
                continue;
            };
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
            if let Some(chart) = join(folder(path), chart) {
                let namespace = text_at(release, &["namespace"]).unwrap_or("default").to_owned();
                self.releases.push(Release { name: name.to_owned(), namespace, chart, values, span: release.span });
            }
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

    /// Renders every chart that no other one uses, releases first.
    pub(super) fn render_all(
        &self,
        files: &mut Files<'_, '_>,
        kinds: &Kinds,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> All {
        let mut all = All { resources: Vec::new(), files: self.opened.clone() };
        let mut used: FxHashSet<usize> = FxHashSet::default();
        for release in &self.releases {
            if let Some(at) = self.by_folder.get(&release.chart).copied() {
                used.insert(at);
                let names = (release.name.as_str(), release.namespace.as_str());
                self.render(at, names, release.values.clone(), vec![release.span], files, kinds, diagnostics, &mut all);
            }
        }
        for chart in &self.charts {
            for dependency in self.dependencies(chart) {
                used.extend(dependency.chart);
            }
        }
        for at in 0..self.charts.len() {
            let Some(chart) = self.charts.get(at).filter(|_| !used.contains(&at)) else { continue };
            if text_at(&chart.node, &["type"]) == Some("library") {
                continue;
            }
            let name = text_at(&chart.node, &["name"]).unwrap_or("release").to_owned();
            let empty = empty_map(chart.node.span);
            let calls = vec![chart.node.span];
            self.render(at, (&name, "default"), empty, calls, files, kinds, diagnostics, &mut all);
        }
        all
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

    #[expect(clippy::too_many_arguments, reason = "one place calls it, and all are different things")]
    fn render(
        &self,
        at: usize,
        (name, namespace): (&str, &str),
        given: Node,
        calls: Vec<Span>,
        files: &mut Files<'_, '_>,
        kinds: &Kinds,
        diagnostics: &mut Vec<Diagnostic>,
        all: &mut All,
    ) {
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
        let datas: Vec<Val> = parts.iter().map(|part| self.data(part, name, namespace)).collect();
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
                        set(metadata, "namespace", text_node(namespace, span));
                    }
                    found.calls = part.calls.clone();
                    all.resources.push(object::resource(found, kinds, &places, diagnostics));
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
        entries.push(("values".into(), to_value(values, true, &AsWritten)));
    }
    all.resources.push(Resource {
        address: format!("helm:{}/{}", folder, dependency.key).into(),
        ty: "helm:chart".into(),
        native_type: "helm/chart".into(),
        name: dependency.key.as_str().into(),
        source: Source::Kubernetes,
        mode: Mode::Opaque,
        attributes,
        span: node.span,
        calls,
        scope: "default".into(),
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
