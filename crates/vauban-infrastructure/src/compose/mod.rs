//! Docker Compose.
//!
//! A project is a folder. Its files are those that `docker compose` takes without being told: `compose.yaml` or
//! `docker-compose.yml`, then the override beside it, with everything they include. A file that another includes or extends
//! from is no project of its own. Further compose files of a folder (`docker-compose.prod.yml`) are variants: left out
//! with a note, unless [`Options::overlays`] names them; without a default file, the first of them is the project.
//!
//! Addresses: `compose:service` or `compose:folder/service`; what is no service has its kind in front of its name
//! (`compose:folder/network:backend`), because a network may be called as a service is. Environments are maps, ports, mounts
//! and networks lists of maps, whichever way they were written. A variable that nobody sets is unknown, by its name.
//! A service with a profile has `profile_on`: whether the profile is on; without profiles in the options nothing is said.

mod merge;
mod service;
mod text;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Source, Variable};
use vauban_model::{Diagnostic, FileId, Span};
use vauban_syntax::{Kind, Limits, Node, parse_yaml};

use crate::files::{Files, file_name, folder, join};
use crate::nodes::{empty_map, items, map_at, remove, set, text_at, tolerate_repeated_keys};
use crate::{InputFile, Options, Output};

/// How deep files may include and extend each other.
const DEEPEST: usize = 24;
/// Most files laid into projects, each as often as it is included.
const MOST_LOADS: usize = 5_000;

/// Names that are found without being told, first choice first.
const DEFAULTS: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
const OVERRIDES: [&str; 4] =
    ["compose.override.yaml", "compose.override.yml", "docker-compose.override.yaml", "docker-compose.override.yml"];

/// Whether a file describes services; a cheap look.
pub(crate) fn looks_like(path: &str, text: &str) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    if !(name.ends_with(".yaml") || name.ends_with(".yml")) {
        return false;
    }
    let has = |key: &str| text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')));
    if has("apiVersion") || has("AWSTemplateFormatVersion") {
        return false;
    }
    let named = name.contains("compose");
    let services = has("services");
    let runs = || {
        text.lines().any(|line| {
            line.starts_with(' ') && ["image:", "build:"].iter().any(|key| line.trim_start().starts_with(key))
        })
    };
    (named && (services || has("include") || has("networks") || has("volumes"))) || (services && runs())
}

/// Values that variables have in a project.
#[derive(Clone, Debug, Default)]
struct Scope {
    /// From the options and from `.env`, with the place if there is one.
    values: FxHashMap<String, (Arc<str>, Option<Span>)>,
}

struct Reader<'f, 't, 'a> {
    files: &'f mut Files<'t, 'a>,
    options: &'f Options,
    parsed: FxHashMap<String, Option<(FileId, Node)>>,
    opened: Vec<Arc<str>>,
    diagnostics: Vec<Diagnostic>,
    /// Included and extended: no projects of their own.
    consumed: FxHashSet<String>,
    /// Variables that nobody sets, first use.
    missing: Vec<Variable>,
    asked: FxHashSet<String>,
    /// Files that some project took in.
    reached: FxHashSet<String>,
    /// Files that are being read, outermost first.
    stack: Vec<String>,
    /// Services whose base is being looked for, with their files, outermost first.
    extending: Vec<(String, String)>,
    /// How many times files were laid in, all projects together.
    loads: usize,
}

/// Reads every project.
pub(crate) fn read(files: &mut Files<'_, '_>, inputs: &[InputFile], options: &Options, output: &mut Output) {
    if inputs.is_empty() {
        return;
    }
    let mut reader = Reader {
        files,
        options,
        parsed: FxHashMap::default(),
        opened: Vec::new(),
        diagnostics: Vec::new(),
        consumed: FxHashSet::default(),
        missing: Vec::new(),
        asked: FxHashSet::default(),
        reached: FxHashSet::default(),
        stack: Vec::new(),
        extending: Vec::new(),
        loads: 0,
    };
    let mut folders: Vec<&str> = inputs.iter().map(|input| folder(&input.path)).collect();
    folders.sort_unstable();
    folders.dedup();
    for input in inputs {
        reader.note_consumed(&input.path);
    }
    for at in folders {
        let here: Vec<&InputFile> = inputs.iter().filter(|input| folder(&input.path) == at).collect();
        let named =
            |names: &[&str]| names.iter().find_map(|name| here.iter().find(|input| file_name(&input.path) == *name));
        let base = named(&DEFAULTS).copied();
        let mut chosen: Vec<&InputFile> = base.into_iter().collect();
        chosen.extend(named(&OVERRIDES).copied());
        let further: Vec<&InputFile> =
            here.iter().filter(|input| !chosen.iter().any(|known| known.path == input.path)).copied().collect();
        let wanted =
            |input: &InputFile| options.overlays.iter().any(|path| path.trim_start_matches("./") == &*input.path);
        chosen.extend(further.iter().filter(|input| wanted(input)));
        let mut left: Vec<&InputFile> = further
            .into_iter()
            .filter(|input| !wanted(input) && !reader.consumed.contains(&*input.path))
            .filter(|input| {
                !(DEFAULTS.contains(&file_name(&input.path)) || OVERRIDES.contains(&file_name(&input.path)))
            })
            .collect();
        if chosen.is_empty() && !left.is_empty() {
            chosen.push(left.remove(0));
        }
        chosen.retain(|input| !reader.consumed.contains(&*input.path));
        for input in left {
            reader.diagnostics.push(
                Diagnostic::note(
                    "compose-variant",
                    Span::new(input.id, 1, 1, 0),
                    format!(
                        "`{}` is a variant that compose takes only when it is named, so it is left out",
                        input.path
                    ),
                )
                .help(format!("name it to check this variant: `--variant {}`", input.path)),
            );
        }
        if !chosen.is_empty() {
            reader.project(at, &chosen, output);
        }
    }
    // Files that only use each other in a circle belong to no project yet.
    for input in inputs {
        if reader.consumed.contains(&*input.path) && !reader.reached.contains(&*input.path) {
            reader.project(folder(&input.path), &[input], output);
        }
    }
    let Reader { opened, mut diagnostics, missing, .. } = reader;
    tolerate_repeated_keys(&mut diagnostics);
    output.diagnostics.append(&mut diagnostics);
    output.inventory.variables.extend(missing);
    let known: FxHashSet<Arc<str>> = output.files.iter().map(|(path, _)| path.clone()).collect();
    let mut more: Vec<Arc<str>> = opened.into_iter().filter(|path| !known.contains(path)).collect();
    more.sort();
    more.dedup();
    output.files.extend(more.into_iter().map(|path| (path, Source::Compose)));
}

impl Reader<'_, '_, '_> {
    fn parse(&mut self, path: &str) -> Option<(FileId, Node)> {
        if let Some(known) = self.parsed.get(path) {
            return known.clone();
        }
        let parsed = self.files.open(path).and_then(|(id, text)| {
            let node = parse_yaml(id, &text, &Limits::default(), &mut self.diagnostics)?;
            node.as_mapping().is_some().then_some((id, merge::without_merge_keys(node)))
        });
        if parsed.is_some() {
            self.opened.push(path.into());
        }
        self.parsed.insert(path.to_owned(), parsed.clone());
        parsed
    }

    /// Remembers what a file includes and extends from.
    fn note_consumed(&mut self, path: &str) {
        let Some((_, node)) = self.parse(path) else { return };
        let at = folder(path);
        for item in items(&node, "include") {
            for file in include_paths(item) {
                self.consumed.extend(join(at, &file));
            }
        }
        for entry in node.get("services").and_then(Node::as_mapping).unwrap_or(&[]) {
            if let Some(other) = text_at(&entry.value, &["extends", "file"]).and_then(|file| join(at, file))
                && other != path
            {
                self.consumed.insert(other);
            }
        }
    }

    fn project(&mut self, at: &str, inputs: &[&InputFile], output: &mut Output) {
        let scope = self.scope(at, None);
        let mut whole: Option<Node> = None;
        for input in inputs {
            let Some(node) = self.load(&input.path, at, &scope, 0) else { continue };
            match &mut whole {
                Some(whole) => merge::over(whole, &node),
                None => whole = Some(node),
            }
        }
        let Some(mut whole) = whole else { return };
        merge::finish(&mut whole);
        service::resources(self, at, &whole, &scope, output);
    }

    /// `.env` of a folder under what the options say.
    fn scope(&mut self, at: &str, file: Option<&str>) -> Scope {
        let mut given = Scope::default();
        for (name, value) in &self.options.variables {
            given.values.insert(name.clone(), (value.as_str().into(), None));
        }
        let mut scope = given.clone();
        if let Some(path) = file.map_or_else(|| join(at, ".env"), |file| join(at, file))
            && let Some((id, text)) = self.files.open(&path)
        {
            self.opened.push(path.into());
            for (key, value, span) in crate::env_file::entries(id, &text) {
                if let Some(value) = value.filter(|_| !given.values.contains_key(key)) {
                    // A value may use those above it.
                    let value = if value.contains('$') { text::plain(value, &scope).0 } else { value.to_owned() };
                    scope.values.insert(key.to_owned(), (value.into(), Some(span)));
                }
            }
        }
        scope
    }

    /// A file with what it includes and extends; paths inside become relative to the tree.
    fn load(&mut self, path: &str, project: &str, scope: &Scope, depth: usize) -> Option<Node> {
        let (_, node) = self.parse(path)?;
        let at = folder(path).to_owned();
        self.loads += 1;
        self.reached.insert(path.to_owned());
        if depth >= DEEPEST || self.loads > MOST_LOADS || self.stack.iter().any(|open| open == path) {
            self.diagnostics.push(
                Diagnostic::warning("compose-circle", node.span, format!("`{path}` is included again and again"))
                    .help("check whether files include each other in a circle"),
            );
            return None;
        }
        self.stack.push(path.to_owned());
        let loaded = self.load_inner(path, &at, node, project, scope, depth);
        self.stack.pop();
        Some(loaded)
    }

    fn load_inner(&mut self, path: &str, at: &str, mut node: Node, project: &str, scope: &Scope, depth: usize) -> Node {
        let names: Vec<String> = node
            .get("services")
            .and_then(Node::as_mapping)
            .unwrap_or(&[])
            .iter()
            .map(|entry| entry.key.to_string())
            .collect();
        for name in names {
            let extended = self.extended(path, &node, &name, depth);
            if let (Some(extended), Some(services)) = (extended, map_at(&mut node, "services")) {
                set(services, &name, extended);
            }
        }
        if let Some(Kind::Mapping(services)) = crate::nodes::get_mut(&mut node, "services").map(|node| &mut node.kind) {
            for entry in services {
                service::anchor_paths(&mut entry.value, at);
            }
        }
        let Some(include) = remove(&mut node, "include") else { return node };
        let mut whole = empty_map(node.span);
        for item in include.as_sequence().unwrap_or(&[]) {
            let mut part: Option<Node> = None;
            for file in include_paths(item) {
                let (file, _) = text::plain(&file, scope);
                let loaded = join(at, &file).and_then(|path| {
                    let inner = self.scope(folder(&path), text_at(item, &["env_file"]));
                    let mut both = inner;
                    both.values.extend(scope.values.clone());
                    let mut loaded = self.load(&path, project, &both, depth + 1)?;
                    text::fill_known(&mut loaded, &both);
                    Some(loaded)
                });
                match (loaded, &mut part) {
                    (Some(node), Some(part)) => merge::over(part, &node),
                    (Some(node), None) => part = Some(node),
                    (None, _) => self.diagnostics.push(
                        Diagnostic::warning(
                            "compose-not-here",
                            item.span,
                            format!("`{file}` is not in this folder, so what it adds is not known"),
                        )
                        .help("check a folder that holds all files of the project"),
                    ),
                }
            }
            if let Some(part) = part {
                merge::over(&mut whole, &part);
            }
        }
        merge::over(&mut whole, &node);
        whole
    }

    /// A service with what it extends laid under it.
    fn extended(&mut self, path: &str, node: &Node, name: &str, depth: usize) -> Option<Node> {
        let own = node.get("services")?.get(name)?;
        let extends = own.get("extends")?;
        let mut own = own.clone();
        let extends_span = extends.span;
        let (file, service) = match extends.as_str() {
            Some(service) => (None, service.to_owned()),
            None => (text_at(extends, &["file"]), text_at(extends, &["service"])?.to_owned()),
        };
        let other = match file {
            Some(file) => join(folder(path), file),
            None => Some(path.to_owned()),
        };
        remove(&mut own, "extends");
        self.extending.push((path.to_owned(), name.to_owned()));
        let circle =
            other.as_ref().is_some_and(|other| self.extending.iter().any(|(at, on)| at == other && *on == service));
        let base = other.filter(|_| depth < DEEPEST && !circle).and_then(|other| {
            let (_, tree) = self.parse(&other)?;
            self.reached.insert(other.clone());
            let mut base = match self.extended(&other, &tree, &service, depth + 1) {
                Some(base) => base,
                None => tree.get("services")?.get(&service)?.clone(),
            };
            if file.is_some() {
                service::anchor_paths(&mut base, folder(&other));
            }
            // These tie a service to its own project and are not inherited.
            for key in ["depends_on", "links", "volumes_from"] {
                if file.is_some() {
                    remove(&mut base, key);
                }
            }
            Some(base)
        });
        self.extending.pop();
        match base {
            Some(mut base) => {
                merge::over_service(&mut base, &own);
                base.span = own.span;
                Some(base)
            }
            None => {
                self.diagnostics.push(if circle {
                    Diagnostic::warning(
                        "compose-circle",
                        extends_span,
                        format!("`{name}` extends `{service}`, which extends it in turn"),
                    )
                    .help("one of them has to stand on its own, as `docker compose config` asks")
                } else {
                    Diagnostic::warning(
                        "compose-not-here",
                        extends_span,
                        format!("`{service}`, which `{name}` extends, is not in this folder"),
                    )
                    .help("check a folder that holds all files of the project")
                });
                Some(own)
            }
        }
    }
}

/// The files that an item of `include` names.
fn include_paths(item: &Node) -> Vec<String> {
    if let Some(path) = item.as_str() {
        return vec![path.to_owned()];
    }
    match item.get("path") {
        Some(node) => match node.as_sequence() {
            Some(paths) => paths.iter().filter_map(|path| path.as_str().map(ToOwned::to_owned)).collect(),
            None => node.as_str().map(ToOwned::to_owned).into_iter().collect(),
        },
        None => Vec::new(),
    }
}
