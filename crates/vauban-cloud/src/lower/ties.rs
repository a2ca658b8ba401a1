//! Who serves a description: what in the code says so, best first. Only what is unambiguous counts.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Reference, Value, ValueKind};
use vauban_model::vocabulary::{Domain, fact};
use vauban_model::{FileId, Span};

use super::builder::Builder;
use super::data_words::slug;

/// Words in paths that say nothing about what a description is of.
const GENERIC: [&str; 22] = [
    "spec",
    "specs",
    "docs",
    "doc",
    "schema",
    "schemas",
    "index",
    "asyncapi",
    "public",
    "static",
    "resources",
    "main",
    "src",
    "definition",
    "definitions",
    "json",
    "yaml",
    "example",
    "examples",
    "contract",
    "contracts",
    "interface",
];

/// How much a reason is worth, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// It is the body of a gateway's interface, or configuration that a service gets.
    Body,
    /// A configured text names the file.
    Named,
    /// The service is built from the folder it lies in.
    Built,
    /// The description's server is the service's host name.
    Host,
    /// Both are called alike.
    Alike,
}

/// A component that serves a description.
#[derive(Clone, Debug)]
pub(super) struct Tie {
    pub(super) component: u32,
    pub(super) reason: Reason,
    /// In words.
    pub(super) evidence: String,
    pub(super) span: Span,
}

/// What was found for one description.
#[derive(Debug, Default)]
pub(super) struct Found {
    candidates: Vec<Tie>,
}

impl Found {
    fn add(&mut self, tie: Tie) {
        if !self.candidates.iter().any(|known| known.component == tie.component && known.reason == tie.reason) {
            self.candidates.push(tie);
        }
    }

    /// The one that serves it; or, if it may be one of several, which.
    pub(super) fn settle(mut self) -> Result<Option<Tie>, Vec<u32>> {
        self.candidates.sort_by_key(|tie| tie.reason);
        let mut open: Vec<u32> = Vec::new();
        for same in self.candidates.chunk_by(|a, b| a.reason == b.reason) {
            let mut fitting = same.iter().filter(|tie| open.is_empty() || open.contains(&tie.component));
            match (fitting.next(), fitting.next()) {
                (Some(one), None) => return Ok(Some(one.clone())),
                (Some(_), Some(_)) if open.is_empty() => open = same.iter().map(|tie| tie.component).collect(),
                _ => {}
            }
        }
        if open.is_empty() { Ok(None) } else { Err(open) }
    }
}

/// A description, as far as it is looked for.
struct Wanted<'a> {
    at: u32,
    path: &'a str,
    file: FileId,
}

impl Builder<'_> {
    /// For each description: the components that may serve it.
    pub(super) fn ties(&self, documents: &[u32]) -> FxHashMap<u32, Found> {
        let wanted: Vec<Wanted<'_>> = documents
            .iter()
            .map(|at| {
                let resource = self.input.estate.resource(*at);
                Wanted { at: *at, path: resource.text("path").unwrap_or_default(), file: resource.span.file }
            })
            .collect();
        let mut found: FxHashMap<u32, Found> = documents.iter().map(|at| (*at, Found::default())).collect();
        self.texts(&wanted, &mut found);
        self.contexts(&wanted, &mut found);
        self.named_hosts(&wanted, &mut found);
        self.alike(&wanted, &mut found);
        found
    }

    /// What is read from the description's file, or names it.
    fn texts(&self, wanted: &[Wanted<'_>], found: &mut FxHashMap<u32, Found>) {
        let by_file: FxHashMap<FileId, u32> = wanted.iter().map(|one| (one.file, one.at)).collect();
        let mut by_name: FxHashMap<&str, Vec<&Wanted<'_>>> = FxHashMap::default();
        for one in wanted {
            by_name.entry(one.path.rsplit('/').next().unwrap_or(one.path)).or_default().push(one);
        }
        let builders = self.builders();
        for (at, resource) in (0u32..).zip(self.resources()) {
            if resource.ty.starts_with("api:") {
                continue;
            }
            let owners: Vec<u32> = match self.component_of(at) {
                Some(component) => vec![component],
                None => builders.get(&*resource.address).cloned().unwrap_or_default(),
            };
            if owners.is_empty() {
                continue;
            }
            let mut add = |document: u32, reason: Reason, evidence: String, span: Span| {
                for component in &owners {
                    if let Some(found) = found.get_mut(&document) {
                        found.add(Tie { component: *component, reason, evidence: evidence.clone(), span });
                    }
                }
            };
            if let Some(document) = by_file.get(&resource.span.file) {
                add(*document, Reason::Body, format!("`{}` is made of it", resource.name), resource.span);
            }
            walk(&resource.attributes, 0, &mut |value| {
                let mut via = value.via.as_deref();
                let mut files = vec![value.span.file];
                while let Some(step) = via.filter(|_| files.len() < 16) {
                    files.push(step.span.file);
                    via = step.before.as_deref();
                }
                if let Some(document) = files.iter().find_map(|file| by_file.get(file)) {
                    let evidence = format!("it is the content of `{}`", resource.address);
                    add(*document, Reason::Body, evidence, value.via.as_ref().map_or(resource.span, |_| value.span));
                }
                let ValueKind::Text(text) = &value.kind else { return };
                if text.len() > 4096 || !text.contains('.') {
                    return;
                }
                for word in text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '=' | '[' | ']')) {
                    let name = word.rsplit('/').next().unwrap_or(word);
                    let Some(list) = by_name.get(name) else { continue };
                    let written = word.trim_start_matches("./").trim_start_matches('/');
                    let ends = |long: &str, short: &str| {
                        long.strip_suffix(short).is_some_and(|before| before.is_empty() || before.ends_with('/'))
                    };
                    let mut fitting = list.iter().filter(|one| ends(one.path, written) || ends(written, one.path));
                    if let (Some(one), None) = (fitting.next(), fitting.next()) {
                        add(one.at, Reason::Named, format!("`{}` names the file", resource.address), value.span);
                    }
                }
            });
        }
    }

    /// By address of a Dockerfile: the components built from it.
    fn builders(&self) -> FxHashMap<&str, Vec<u32>> {
        let mut out: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
        for at in self.input.estate.of_type("compose:service") {
            let built = self.input.estate.resource(*at).get("build.resource").and_then(Value::as_reference);
            if let (Some(Reference { address, .. }), Some(component)) = (built, self.component_of(*at)) {
                out.entry(address).or_default().push(component);
            }
        }
        out
    }

    /// Services that are built from a folder around the description; the innermost folder counts.
    fn contexts(&self, wanted: &[Wanted<'_>], found: &mut FxHashMap<u32, Found>) {
        let mut by_folder: FxHashMap<&str, Vec<(u32, Span)>> = FxHashMap::default();
        for at in self.input.estate.of_type("compose:service") {
            let service = self.input.estate.resource(*at);
            let (Some(context), Some(component)) = (service.get("build.context"), self.component_of(*at)) else {
                continue;
            };
            if let Some(text) = context.as_text() {
                let folder = text.trim_start_matches("./").trim_end_matches('/');
                let folder = if folder == "." { "" } else { folder };
                by_folder.entry(folder).or_default().push((component, context.span));
            }
        }
        if by_folder.is_empty() {
            return;
        }
        for one in wanted {
            let mut folder = one.path;
            while let Some((before, _)) =
                folder.rsplit_once('/').or(if folder.is_empty() { None } else { Some(("", "")) })
            {
                folder = before;
                let Some(list) = by_folder.get(folder) else { continue };
                for (component, span) in list {
                    let shown = if folder.is_empty() { "." } else { folder };
                    let tie = Tie {
                        component: *component,
                        reason: Reason::Built,
                        evidence: format!("it is built from `{shown}`, where the description lies"),
                        span: *span,
                    };
                    if let Some(found) = found.get_mut(&one.at) {
                        found.add(tie);
                    }
                }
                break;
            }
        }
    }

    /// Services by the host names they have inside of their project or cluster.
    pub(super) fn host_names(&self) -> FxHashMap<String, Vec<u32>> {
        let mut out: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        for ty in ["compose:service", "k8s:Service"] {
            for at in self.input.estate.of_type(ty) {
                let Some(component) = self.component_of(*at) else { continue };
                let list = out.entry(self.input.estate.resource(*at).name.to_ascii_lowercase()).or_default();
                if !list.contains(&component) {
                    list.push(component);
                }
            }
        }
        out
    }

    fn named_hosts(&self, wanted: &[Wanted<'_>], found: &mut FxHashMap<u32, Found>) {
        let names = self.host_names();
        for one in wanted {
            for server in self.input.estate.resource(one.at).get("servers").map(Value::each).unwrap_or_default() {
                let Some(url) = server.get("url").and_then(Value::as_text) else { continue };
                let Some(label) = super::callers::host(url).and_then(inside) else { continue };
                for component in names.get(&label).into_iter().flatten() {
                    let tie = Tie {
                        component: *component,
                        reason: Reason::Host,
                        evidence: format!("its server is `{url}`"),
                        span: server.span,
                    };
                    if let Some(found) = found.get_mut(&one.at) {
                        found.add(tie);
                    }
                }
            }
        }
    }

    /// Processes that are called as the description, its file or its folder.
    fn alike(&self, wanted: &[Wanted<'_>], found: &mut FxHashMap<u32, Found>) {
        let mut names: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        let mut done: FxHashSet<u32> = FxHashSet::default();
        for (at, resource) in (0u32..).zip(self.resources()) {
            if resource.ty.starts_with("api:") {
                continue;
            }
            let Some(element) = self.element_of(at).filter(|element| element.domain == Domain::Component) else {
                continue;
            };
            let process = self.out.model.components.get(element.at()).is_some_and(|component| {
                *component.element.id == *resource.address && component.element.word(fact::KIND) == Some("process")
            });
            if process && done.insert(element.index) {
                let slug = slug(&resource.name);
                if !slug.is_empty() {
                    names.entry(slug).or_default().push(element.index);
                }
            }
        }
        for one in wanted {
            let resource = self.input.estate.resource(one.at);
            let mut parts = one.path.rsplit('/');
            let stem = parts.next().and_then(|name| name.split('.').next()).unwrap_or_default();
            let own = [&*resource.name, stem];
            let near = own.into_iter().chain(parts.take(3));
            for name in near {
                let slug = slug(name);
                if slug.is_empty() || GENERIC.contains(&slug.as_str()) {
                    continue;
                }
                let Some(list) = names.get(&slug) else { continue };
                for component in list {
                    let tie = Tie {
                        component: *component,
                        reason: Reason::Alike,
                        evidence: format!("both are called `{name}`"),
                        span: resource.span,
                    };
                    if let Some(found) = found.get_mut(&one.at) {
                        found.add(tie);
                    }
                }
                break;
            }
        }
    }
}

/// The name of a service in a host of a project or cluster: `orders`, `orders.shop.svc.cluster.local`.
pub(super) fn inside(host: &str) -> Option<String> {
    let host = host.split(':').next().unwrap_or(host);
    let (label, rest) = host.split_once('.').unwrap_or((host, ""));
    let local = rest.is_empty() || rest.contains(".svc") || rest.split('.').nth(1) == Some("svc");
    (local && !label.is_empty() && label != "localhost").then(|| label.to_ascii_lowercase())
}

/// Calls a function with a value and all inside of it.
fn walk<'v>(value: &'v Value, depth: usize, found: &mut dyn FnMut(&'v Value)) {
    if depth > 64 {
        return;
    }
    found(value);
    match &value.kind {
        ValueKind::Map(entries) => entries.iter().for_each(|(_, inner)| walk(inner, depth + 1, found)),
        ValueKind::List(items) | ValueKind::OneOf(items) | ValueKind::Template(items) => {
            items.iter().for_each(|inner| walk(inner, depth + 1, found));
        }
        ValueKind::Document(inner) | ValueKind::Secret(inner) => walk(inner, depth + 1, found),
        _ => {}
    }
}
