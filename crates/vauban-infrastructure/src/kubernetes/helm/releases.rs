//! Releases of charts that other tools describe: `helm_release` of Terraform, Pulumi and CDK, Argo CD's `Application`, Flux'
//! `HelmRelease`. A chart of the folder is rendered with the release's values, and its objects stand in the release's
//! place; a chart that is elsewhere stays one opaque component with its values as inputs.
//!
//! Fields are those of the tools' references: Terraform's provider `helm` (`helm_release`), Argo CD ("Application
//! Specification"), Flux ("Helm Releases", `helm.toolkit.fluxcd.io/v2`).

use rustc_hash::FxHashMap;
use vauban_model::resource::{Mode, Resource, Text, Value, ValueKind};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Kind, Limits, Node, Scalar, parse_yaml};

use super::{Charts, Release, over};
use crate::files::{Files, folder, join};
use crate::kubernetes::embedded::{flat, restore};
use crate::nodes::{empty_map, set, text_node};

/// The type of a release whose chart is elsewhere, whoever installs it.
pub(super) const ELSEWHERE: &str = "helm_release";

/// How deep values are walked.
const DEEPEST: usize = 64;

/// Types that put a chart into a cluster.
const TERRAFORM: [&str; 5] = [
    "helm_release",
    "kubernetes:helm.sh/v3:Release",
    "kubernetes:helm.sh/v3:Chart",
    "kubernetes:helm.sh/v4:Chart",
    "Custom::AWSCDK-EKS-HelmChart",
];

/// The type of a release whose chart was rendered: everything it makes is there by itself.
const RENDERED: &str = "helm:release";

/// Whether a resource may be a release; a cheap look.
pub(super) fn may_be(resource: &Resource) -> bool {
    TERRAFORM.contains(&&*resource.native_type) || matches!(&*resource.ty, "k8s:Application" | "k8s:HelmRelease")
}

/// Where settings of releases lie: the resources among which a release is, and others.
pub(super) struct Settings<'r> {
    here: &'r [Resource],
    others: &'r [Resource],
    by_address: &'r FxHashMap<Text, usize>,
}

impl<'r> Settings<'r> {
    pub(super) fn new(here: &'r [Resource], others: &'r [Resource], by_address: &'r FxHashMap<Text, usize>) -> Self {
        Settings { here, others, by_address }
    }

    /// The places of all maps of settings, by address: those of `others` count on from those that are here.
    pub(super) fn index(here: &[Resource], others: &[Resource]) -> FxHashMap<Text, usize> {
        let mut out = FxHashMap::default();
        for (at, one) in here.iter().chain(others).enumerate() {
            if matches!(&*one.ty, "k8s:ConfigMap" | "k8s:Secret") {
                out.entry(one.address.clone()).or_insert(at);
            }
        }
        out
    }

    fn find(&self, address: &str) -> Option<&'r Resource> {
        let at = *self.by_address.get(address)?;
        match at.checked_sub(self.here.len()) {
            None => self.here.get(at),
            Some(behind) => self.others.get(behind),
        }
    }
}

impl Charts {
    /// The releases that a resource is whose charts are here. What it is otherwise is written on the resource: one that is
    /// rendered is only the reason for others, one that cannot be is opaque. A further chart from elsewhere goes to `more`.
    pub(super) fn release(
        &self,
        resource: &mut Resource,
        settings: &Settings<'_>,
        more: &mut Vec<Resource>,
        files: &mut Files<'_, '_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Release> {
        if TERRAFORM.contains(&&*resource.native_type) {
            return self.of_code(resource, files).into_iter().collect();
        }
        if resource.native_type.starts_with("argoproj.io/") && &*resource.ty == "k8s:Application" {
            return self.of_argo(resource, more, files, diagnostics);
        }
        if resource.native_type.starts_with("helm.toolkit.fluxcd.io/") && &*resource.ty == "k8s:HelmRelease" {
            return self.of_flux(resource, settings, files, diagnostics).into_iter().collect();
        }
        Vec::new()
    }

    fn of_code(&self, resource: &mut Resource, files: &Files<'_, '_>) -> Option<Release> {
        let text = |keys: &[&str]| keys.iter().find_map(|key| Some(shown(resource.get(key)?)));
        let chart = text(&["path", "chart", "Chart"])?;
        let repository = text(&["repository", "Repository"]).filter(|repository| !repository.is_empty());
        // The folder of the module may stand before the path and not be known. Anything else that is not known may be any
        // chart.
        let rest = chart.strip_prefix("${path.").and_then(|rest| Some(rest.split_once('}')?.1));
        let chart = rest.unwrap_or(&chart).trim_start_matches("file://").to_owned();
        if chart.is_empty() {
            return None;
        }
        let chart = match repository.as_deref().map(|one| one.trim_start_matches("file://")) {
            Some(repository) if repository.starts_with('.') => format!("{repository}/{chart}"),
            Some(_) => return None,
            None => chart,
        };
        // Tools look from where they are started: the root module, as a rule. Modules look from their own folder.
        let places = resource.calls.iter().chain([&resource.span]);
        let found = places
            .filter_map(|span| files.path_of(span.file))
            .map(folder)
            .chain([""])
            .find_map(|at| self.by_folder.get(&join(at, chart.trim_start_matches('/'))?).copied())?;
        let mut parts = Vec::new();
        let mut values = empty_map(resource.span);
        for value in ["values", "Values"].iter().filter_map(|key| resource.get(key)).flat_map(Value::each) {
            if let Some(more) = document(value, &mut parts) {
                over(&mut values, &more, 0);
            }
        }
        for key in ["set", "set_sensitive", "set_list", "set_string"] {
            for item in resource.get(key).map_or(&[][..], Value::each) {
                if let (Some(name), Some(value)) = (item.get("name").and_then(Value::as_text), item.get("value")) {
                    let typed = key == "set" && item.get("type").and_then(Value::as_text) != Some("string");
                    set_path(&mut values, name, set_value(value, typed, &mut parts));
                }
            }
        }
        let name = text(&["name", "Release"]).unwrap_or_else(|| resource.name.to_string());
        let namespace = text(&["namespace", "Namespace"]).filter(|space| !space.contains("${"));
        let release = Release {
            name,
            namespace: namespace.unwrap_or_else(|| "default".to_owned()),
            chart: found,
            values,
            parts,
            calls: resource.calls.iter().copied().chain([resource.span]).collect(),
        };
        rendered(resource);
        Some(release)
    }

    fn of_argo(
        &self,
        resource: &mut Resource,
        more: &mut Vec<Resource>,
        files: &mut Files<'_, '_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Release> {
        let single = resource.get("spec.source").into_iter();
        let sources: Vec<Value> =
            single.chain(resource.get("spec.sources").map_or(&[][..], Value::each)).cloned().collect();
        let namespace = resource.text("spec.destination.namespace").unwrap_or("default").to_owned();
        let original = resource.clone();
        let mut releases = Vec::new();
        let mut elsewhere: Vec<(String, String, Value)> = Vec::new();
        for source in &sources {
            let text = |path: &str| source.at(path).and_then(Value::as_text);
            let name = text("helm.releaseName").unwrap_or(&resource.name).to_owned();
            let mut values = empty_map(resource.span);
            let local = text("path").and_then(|path| self.here(path, text("repoURL").unwrap_or_default()));
            let base = local.and_then(|at| self.charts.get(at)).map(|chart| chart.folder.clone());
            for file in source.at("helm.valueFiles").map_or(&[][..], Value::each) {
                let Some(written) = file.as_text() else { continue };
                // `$values/x` is a path of another source, `/x` one from the top of the repository.
                let path = match written.strip_prefix('$').and_then(|rest| rest.split_once('/')) {
                    Some((_, path)) => files.ending(path),
                    None if written.starts_with('/') => files.ending(written.trim_start_matches('/')),
                    None => base.as_deref().and_then(|base| join(base, written)).filter(|path| files.has(path)),
                };
                match path.and_then(|path| self.values_in(&path, files, diagnostics)) {
                    Some(more) => over(&mut values, &more, 0),
                    None if base.is_some() => diagnostics.push(missing(written, file.span)),
                    None => {}
                }
            }
            let mut parts = Vec::new();
            for key in ["helm.values", "helm.valuesObject"] {
                if let Some(more) = source.at(key).and_then(|value| document(value, &mut parts)) {
                    over(&mut values, &more, 0);
                }
            }
            for item in source.at("helm.parameters").map_or(&[][..], Value::each) {
                if let (Some(name), Some(value)) = (item.get("name").and_then(Value::as_text), item.get("value")) {
                    let typed = item.get("forceString").and_then(Value::as_bool) != Some(true);
                    set_path(&mut values, name, set_value(value, typed, &mut parts));
                }
            }
            if let Some(chart) = local {
                let namespace = namespace.clone();
                let calls = vec![resource.span];
                releases.push(Release { name, namespace, chart, values, parts, calls });
            } else if let Some(chart) = text("chart") {
                let mut values = crate::nodes::to_value(&values, true, &crate::nodes::AsWritten);
                restore(&mut values, &parts, 0);
                elsewhere.push((name, chart.to_owned(), values));
            } else if let Some(path) = text("path")
                && !self.is_here(path, files)
            {
                diagnostics.push(
                    Diagnostic::warning(
                        "chart-not-here",
                        source.at("path").map_or(resource.span, |value| value.span),
                        format!("`{path}`, which the application `{}` installs, is not in this folder", resource.name),
                    )
                    .help("check a folder that holds it as well; until then what it installs is one component"),
                );
                resource.mode = Mode::Opaque;
            }
        }
        let stands_for_first = releases.is_empty();
        for (at, (name, chart, values)) in elsewhere.into_iter().enumerate() {
            let described = (name.as_str(), namespace.as_str(), chart.as_str());
            if at == 0 && stands_for_first {
                elsewhere_is(resource, described, values, diagnostics);
                continue;
            }
            let address = format!("{}#{}.{chart}", original.address, at + 1);
            let mut further =
                Resource { address: address.as_str().into(), name: chart.as_str().into(), ..original.clone() };
            elsewhere_is(&mut further, described, values, diagnostics);
            more.push(further);
        }
        releases
    }

    fn of_flux(
        &self,
        resource: &mut Resource,
        settings: &Settings<'_>,
        files: &mut Files<'_, '_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Release> {
        let text = |path: &str| resource.text(path).map(str::to_owned);
        let chart = text("spec.chart.spec.chart").or_else(|| text("spec.chartRef.name"))?;
        let own = text("metadata.namespace").unwrap_or_else(|| "default".to_owned());
        let namespace = text("spec.targetNamespace").unwrap_or_else(|| own.clone());
        let name = text("spec.releaseName").unwrap_or_else(|| match text("spec.targetNamespace") {
            Some(space) => format!("{space}-{}", resource.name),
            None => resource.name.to_string(),
        });
        let packaged = text("spec.chart.spec.sourceRef.kind").is_none_or(|kind| kind == "HelmRepository");
        let local = if packaged { None } else { self.here(&chart, "") };
        let mut values = empty_map(resource.span);
        for file in resource.get("spec.chart.spec.valuesFiles").map_or(&[][..], Value::each) {
            let path = file.as_text().and_then(|written| files.ending(written.trim_start_matches("./")));
            match path.and_then(|path| self.values_in(&path, files, diagnostics)) {
                Some(more) => over(&mut values, &more, 0),
                None if local.is_some() => diagnostics.push(missing(file.as_text().unwrap_or_default(), file.span)),
                None => {}
            }
        }
        let mut parts = Vec::new();
        for from in resource.get("spec.valuesFrom").map_or(&[][..], Value::each) {
            let field = |key: &str| from.get(key).and_then(Value::as_text);
            let (Some(kind), Some(map_name)) = (field("kind"), field("name")) else { continue };
            let address = format!("k8s:{own}/{kind}/{map_name}");
            let map = settings.find(&address);
            let key = field("valuesKey").unwrap_or("values.yaml");
            let held = map.and_then(|map| ["data", "stringData"].iter().find_map(|part| map.get(part)?.get(key)));
            match (held, field("targetPath")) {
                (Some(held), Some(path)) => set_path(&mut values, path, plain(held, true, &mut parts)),
                (Some(held), None) => {
                    if let Some(mut more) = document(held, &mut parts) {
                        // Nothing is worked out from what a chart elsewhere gets: what was secret stays so.
                        if local.is_none() && held.is_secret() {
                            hide(&mut more, &mut parts);
                        }
                        over(&mut values, &more, 0);
                    }
                }
                (None, _) if from.get("optional").and_then(Value::as_bool) == Some(true) => {}
                (None, _) => diagnostics.push(missing(map_name, from.span)),
            }
        }
        if let Some(more) = resource.get("spec.values").and_then(|value| document(value, &mut parts)) {
            over(&mut values, &more, 0);
        }
        match local {
            Some(chart) => {
                let release = Release { name, namespace, chart, values, parts, calls: vec![resource.span] };
                rendered(resource);
                Some(release)
            }
            None => {
                let mut values = crate::nodes::to_value(&values, true, &crate::nodes::AsWritten);
                restore(&mut values, &parts, 0);
                elsewhere_is(resource, (name.as_str(), namespace.as_str(), chart.as_str()), values, diagnostics);
                None
            }
        }
    }

    /// The chart in a folder that a path of a repository names. The folder at hand may be a part of the repository, or hold
    /// several.
    fn here(&self, path: &str, repository: &str) -> Option<usize> {
        let path = path.trim_start_matches("./").trim_matches('/');
        let name = repository.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
        let inside = format!("{}/{path}", name.trim_end_matches(".git"));
        let exactly = self.by_folder.get(path).or_else(|| self.by_folder.get(&inside));
        let cut = || path.match_indices('/').find_map(|(at, _)| self.by_folder.get(path.get(at + 1..)?));
        let longer = || {
            let end = format!("/{path}");
            let mut fitting = self.charts.iter().enumerate().filter(|(_, chart)| chart.folder.ends_with(&end));
            match (fitting.next(), fitting.next()) {
                (Some((at, _)), None) => Some(at),
                _ => None,
            }
        };
        exactly.or_else(cut).copied().or_else(longer)
    }

    /// Whether anything of the folder stands at a path of its repository.
    fn is_here(&self, path: &str, files: &Files<'_, '_>) -> bool {
        let path = path.trim_start_matches("./").trim_matches('/');
        if matches!(path, "" | ".") || path.contains("{{") {
            return true;
        }
        let cut = path.match_indices('/').filter_map(|(at, _)| path.get(at + 1..));
        let mut tried = [path].into_iter().chain(cut);
        tried.any(|path| !files.below(path).is_empty()) || {
            let (inside, start) = (format!("/{path}/"), format!("{path}/"));
            files.paths().iter().any(|known| known.contains(&inside) || known.starts_with(&start))
        }
    }

    fn values_in(&self, path: &str, files: &mut Files<'_, '_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
        let (id, text) = files.open(path).filter(|(_, text)| !text.contains("{{"))?;
        parse_yaml(id, &text, &Limits::default(), diagnostics).filter(|node| node.as_mapping().is_some())
    }
}

fn missing(what: &str, span: Span) -> Diagnostic {
    Diagnostic::note("helm-values-not-here", span, format!("the values in `{what}` are not here, so they are left out"))
        .help("add the file, or check the output of `helm template`")
}

/// Marks a release as one that was rendered.
fn rendered(resource: &mut Resource) {
    resource.ty = RENDERED.into();
    resource.native_type = RENDERED.into();
}

/// Makes a component of a release whose chart is elsewhere: under the keys that `helm_release` has. The release's name is
/// the one its services go by, whatever the object is called.
fn elsewhere_is(
    resource: &mut Resource,
    (name, namespace, chart): (&str, &str, &str),
    values: Value,
    diagnostics: &mut Vec<Diagnostic>,
) {
    diagnostics.push(
        Diagnostic::note(
            "chart-not-here",
            resource.span,
            format!("the chart `{chart}` is not in this folder, so what it installs is one component"),
        )
        .help("check the output of `helm template` beside it to see inside"),
    );
    let span = resource.span;
    if let ValueKind::Map(entries) = &mut resource.attributes.kind {
        // What it says is under other keys now; twice, every password in it would be two.
        entries.retain(|(key, _)| &**key != "spec");
        for (key, value) in [
            ("name", Value::text(name, span)),
            ("namespace", Value::text(namespace, span)),
            ("chart", Value::text(chart, span)),
            ("values", values),
        ] {
            entries.push((key.into(), value));
        }
    }
    resource.ty = ELSEWHERE.into();
}

/// A text as it is written, with `${…}` where a part is not known.
fn shown(value: &Value) -> String {
    match &value.open().kind {
        ValueKind::Text(text) => text.to_string(),
        ValueKind::Template(parts) => parts.iter().map(shown).collect(),
        ValueKind::Unknown(unknown) => unknown.to_string(),
        ValueKind::Reference(reference) => reference.to_string(),
        _ => String::new(),
    }
}

/// The text of an attribute of a release, without marks: `${…}` stands for what is not known.
pub(super) fn without_marks(text: &str, parts: &[Value]) -> String {
    let mut value = Value::text(text, Span::new(vauban_model::FileId(0), 0, 0, 0));
    restore(&mut value, parts, 0);
    shown(&value)
}

/// A set of values: a map, or a text that is YAML.
fn document(value: &Value, parts: &mut Vec<Value>) -> Option<Node> {
    match &value.kind {
        ValueKind::Map(_) => Some(plain(value, false, parts)),
        ValueKind::Document(inner) | ValueKind::Secret(inner) => document(inner, parts),
        ValueKind::Text(_) | ValueKind::Template(_) => {
            let mut text = String::new();
            flat(value, &mut text, parts, 0);
            let mut node = parse_yaml(value.span.file, &text, &Limits::default(), &mut Vec::new())?;
            settle(&mut node, value.span);
            node.as_mapping().is_some().then_some(node)
        }
        _ => None,
    }
}

/// Puts a mark of a secret in the place of every value.
fn hide(node: &mut Node, parts: &mut Vec<Value>) {
    match &mut node.kind {
        Kind::Sequence(items) => items.iter_mut().for_each(|item| hide(item, parts)),
        Kind::Mapping(entries) => entries.iter_mut().for_each(|entry| hide(&mut entry.value, parts)),
        Kind::Scalar(_) => {
            let inner = crate::nodes::to_value(node, true, &crate::nodes::AsWritten);
            let secret = Value::new(ValueKind::Secret(Box::new(inner)), node.span);
            let mut text = String::new();
            flat(&secret, &mut text, parts, 0);
            *node = text_node(&text, node.span);
        }
    }
}

/// Everything in a text stands where the text stands.
fn settle(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.kind {
        Kind::Sequence(items) => items.iter_mut().for_each(|item| settle(item, span)),
        Kind::Mapping(entries) => {
            for entry in entries {
                entry.key_span = span;
                settle(&mut entry.value, span);
            }
        }
        Kind::Scalar(_) => {}
    }
}

/// A value as a tree; what is no plain value is a mark in a text. `typed`: a text that is a number or a yes is one.
fn plain(value: &Value, typed: bool, parts: &mut Vec<Value>) -> Node {
    fn walk(value: &Value, typed: bool, parts: &mut Vec<Value>, depth: usize) -> Node {
        let bare = |text: &str| Node {
            span: value.span,
            tag: None,
            kind: Kind::Scalar(Scalar { text: text.into(), quoted: false }),
        };
        match &value.kind {
            _ if depth > DEEPEST => bare("null"),
            ValueKind::Null => bare("null"),
            ValueKind::Bool(flag) => bare(if *flag { "true" } else { "false" }),
            ValueKind::Number(number) => bare(&number.to_string()),
            ValueKind::Text(text) if typed => bare(text),
            ValueKind::Text(text) => text_node(text, value.span),
            ValueKind::List(items) => Node {
                span: value.span,
                tag: None,
                kind: Kind::Sequence(items.iter().map(|item| walk(item, typed, parts, depth + 1)).collect()),
            },
            ValueKind::Map(entries) => {
                let mut out = empty_map(value.span);
                for (key, inner) in entries {
                    set(&mut out, key, walk(inner, typed, parts, depth + 1));
                }
                out
            }
            ValueKind::Document(inner) => walk(inner, typed, parts, depth + 1),
            _ => {
                let mut text = String::new();
                flat(value, &mut text, parts, 0);
                text_node(&text, value.span)
            }
        }
    }
    walk(value, typed, parts, 0)
}

/// A value of `--set`: `{a,b}` is a list, and `\,` a comma that parts nothing.
fn set_value(value: &Value, typed: bool, parts: &mut Vec<Value>) -> Node {
    let node = plain(value, typed, parts);
    let Kind::Scalar(scalar) = &node.kind else { return node };
    if !matches!(value.open().kind, ValueKind::Text(_) | ValueKind::Template(_)) {
        return node;
    }
    let mut items = vec![String::new()];
    let listed = scalar.text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
    let mut letters = listed.unwrap_or(&scalar.text).chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == ',' && listed.is_some() {
            items.push(String::new());
            continue;
        }
        let comma = if letter == '\\' { letters.next_if_eq(&',') } else { None };
        if let Some(item) = items.last_mut() {
            item.push(comma.unwrap_or(letter));
        }
    }
    if listed == Some("") {
        items.clear();
    }
    let (span, quoted) = (node.span, scalar.quoted);
    let item = |text: String| Node { span, tag: None, kind: Kind::Scalar(Scalar { text: text.into(), quoted }) };
    match listed {
        Some(_) => Node { span, tag: None, kind: Kind::Sequence(items.into_iter().map(item).collect()) },
        None if scalar.text.contains("\\,") => item(items.concat()),
        None => node,
    }
}

/// Sets what a path of `--set` names: keys with dots between, `\.` for a dot in a key, `[0]` for an item of a list.
pub(super) fn set_path(target: &mut Node, path: &str, value: Node) {
    const MOST_ITEMS: usize = 1_000;
    if path.matches('.').count() > DEEPEST {
        return;
    }
    let (key, rest) = first_key(path);
    let (key, index) = match key.split_once('[') {
        Some((key, index)) => (key.to_owned(), index.trim_end_matches(']').parse::<usize>().ok()),
        None => (key, None),
    };
    let span = value.span;
    let Some(slot) = (match index {
        None => slot_of(target, &key, span),
        Some(index) if index < MOST_ITEMS => slot_of(target, &key, span).and_then(|list| {
            if list.as_sequence().is_none() {
                list.kind = Kind::Sequence(Vec::new());
            }
            let Kind::Sequence(items) = &mut list.kind else { return None };
            while items.len() <= index {
                items.push(empty_map(span));
            }
            items.get_mut(index)
        }),
        Some(_) => None,
    }) else {
        return;
    };
    if rest.is_empty() {
        *slot = value;
        return;
    }
    if slot.as_mapping().is_none() {
        *slot = empty_map(span);
    }
    set_path(slot, rest, value);
}

fn slot_of<'n>(target: &'n mut Node, key: &str, span: Span) -> Option<&'n mut Node> {
    if target.get(key).is_none() {
        set(target, key, empty_map(span));
    }
    crate::nodes::get_mut(target, key)
}

/// The first key of a path, and what follows.
fn first_key(path: &str) -> (String, &str) {
    let mut key = String::new();
    let mut letters = path.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => key.extend(letters.next().map(|(_, next)| next)),
            '.' => return (key, path.get(at + 1..).unwrap_or("")),
            other => key.push(other),
        }
    }
    (key, "")
}

/// A release whose chart is elsewhere, of a file that is no object itself: a helmfile, a kustomization.
pub(super) fn opaque(
    (address, name, namespace, chart): (&str, &str, &str, &str),
    values: &Node,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Resource {
    let attributes = Value::new(ValueKind::Map(Vec::new()), span);
    let mut resource = Resource {
        address: address.into(),
        ty: ELSEWHERE.into(),
        native_type: "helm/chart".into(),
        name: Text::from(name),
        source: vauban_model::resource::Source::Kubernetes,
        mode: Mode::Managed,
        attributes,
        span,
        calls: Vec::new(),
        scope: namespace.into(),
        depends_on: Vec::new(),
        many: false,
    };
    let values = crate::nodes::to_value(values, true, &crate::nodes::AsWritten);
    elsewhere_is(&mut resource, (name, namespace, chart), values, diagnostics);
    resource
}
