//! Technologies: what each is a kind of, what is so by default, which controls it brings.

use rustc_hash::FxHashMap;
use vauban_model::model::{Fact, Origin, Value, enumeration_of};
use vauban_model::vocabulary::{Domain, FactId, FactType, fact};
use vauban_model::{Diagnostic, Span, did_you_mean};
use vauban_syntax::{Fields, Kind, Limits, Node, parse_toml};

use super::{Library, LibraryFile};

/// One technology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Technology {
    /// The id.
    pub id: Box<str>,
    /// The name for people.
    pub name: Box<str>,
    /// Other names, lower case with hyphens.
    pub aliases: Vec<Box<str>>,
    /// Parents by id, as written.
    pub is: Vec<Box<str>>,
    /// Itself and all it is a kind of, by index, sorted.
    pub closure: Vec<u32>,
    /// The kind of component it makes, its own or a parent's, as a position in `kind`.
    pub kind: Option<u16>,
    /// Its own defaults; the place is a placeholder that is replaced by where the model names the technology.
    pub defaults: Vec<Fact>,
    /// Controls it brings, by index, its own and its parents'.
    pub controls: Vec<u32>,
    /// Controls it brings to what stands behind it, by index, its own and its parents'.
    pub guards: Vec<u32>,
    /// As written, until the controls are known.
    pub control_names: Vec<Box<str>>,
    /// As written, until the controls are known.
    pub guard_names: Vec<Box<str>>,
    /// Where it stands.
    pub span: Span,
    /// Which shelf (file) it is on.
    pub shelf: Box<str>,
}

/// Joins the technologies of all shelves, in order; an organisation's replaces ours with the same id.
pub fn join(shelves: Vec<(bool, Vec<Technology>)>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Technology> {
    let mut out: Vec<Technology> = Vec::new();
    let mut index: FxHashMap<Box<str>, usize> = FxHashMap::default();
    for (built_in, shelf) in shelves {
        for technology in shelf {
            match index.get(&technology.id).and_then(|at| out.get_mut(*at)) {
                Some(known) if built_in || known.span.file == technology.span.file => diagnostics.push(
                    Diagnostic::error(
                        "duplicate-id",
                        technology.span,
                        format!("there are two technologies `{}`", technology.id),
                    )
                    .related(known.span, "the other one"),
                ),
                Some(known) => *known = technology,
                None => {
                    index.insert(technology.id.clone(), out.len());
                    out.push(technology);
                }
            }
        }
    }
    out
}

/// Reads a shelf and appends its technologies.
pub fn read(file: &LibraryFile<'_>, out: &mut Vec<Technology>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(root) = parse_toml(file.id, file.text, 0, &Limits::default(), diagnostics) else { return };
    let Some(mut fields) = Fields::new(&root, "a technology shelf", diagnostics) else { return };
    let list = fields.sequence("technology", diagnostics).unwrap_or_default();
    fields.finish(&["technology"], diagnostics);
    for node in list {
        let Some(mut fields) = Fields::new(node, "a technology", diagnostics) else { continue };
        let Some((id, span)) = fields.string("id", diagnostics) else {
            diagnostics
                .push(Diagnostic::error("missing-key", node.span, "a technology has no `id`").help("add `id = \"…\"`"));
            continue;
        };
        let name = fields.string("name", diagnostics).map_or(id, |(name, _)| name);
        let boxed =
            |list: Vec<(&str, Span)>| list.into_iter().map(|(text, _)| Box::from(text)).collect::<Vec<Box<str>>>();
        let is = boxed(fields.strings("is", diagnostics));
        let aliases = boxed(fields.strings("aliases", diagnostics));
        let control_names = boxed(fields.strings("controls", diagnostics));
        let guard_names = boxed(fields.strings("guards", diagnostics));
        let kind = fields.string("kind", diagnostics).and_then(|(word, span)| {
            let kind = enumeration_of(fact::KIND).and_then(|kinds| kinds.parse(word));
            if kind.is_none() {
                diagnostics.push(
                    Diagnostic::error("unknown-word", span, format!("there is no kind of component `{word}`"))
                        .help("one of: process, data-store, external-entity"),
                );
            }
            kind
        });
        let mut defaults = Vec::new();
        for entry in fields.mapping("facts", diagnostics).unwrap_or_default() {
            match FactId::of_key(Domain::Component, &entry.key) {
                Some(id) => match value(id, &entry.value) {
                    Some(value) => defaults.push(Fact { id, value, origin: Origin::Default, span: entry.key_span }),
                    None => diagnostics.push(Diagnostic::error(
                        "unknown-word",
                        entry.value.span,
                        format!("`{}` cannot have this value", entry.key),
                    )),
                },
                None => diagnostics.push(Diagnostic::error(
                    "unknown-key",
                    entry.key_span,
                    format!("a component has no fact `{}`", entry.key),
                )),
            }
        }
        let known = ["id", "name", "is", "aliases", "kind", "facts", "controls", "guards"];
        fields.finish(&known, diagnostics);
        let shelf = file.path.rsplit('/').next().unwrap_or(file.path).trim_end_matches(".toml");
        out.push(Technology {
            id: id.into(),
            name: name.into(),
            aliases,
            is,
            closure: Vec::new(),
            kind,
            defaults,
            controls: Vec::new(),
            guards: Vec::new(),
            control_names,
            guard_names,
            span,
            shelf: shelf.into(),
        });
    }
}

/// The value of a component fact from a TOML value.
fn value(id: FactId, node: &Node) -> Option<Value> {
    match id.definition().ty {
        FactType::Bool => node.as_bool().map(Value::Bool),
        FactType::Enum(words) => words.parse(node.as_str()?).map(Value::Symbol),
        FactType::Set(words) => {
            let Kind::Sequence(items) = &node.kind else { return None };
            let mut list = items.iter().map(|item| words.parse(item.as_str()?)).collect::<Option<Vec<u16>>>()?;
            list.sort_unstable();
            Some(Value::Symbols(list.into()))
        }
        FactType::Number => node.as_i64().map(Value::Number),
        _ => None,
    }
}

/// Follows parents: closures, kinds. Unknown parents and circles are reported and ignored.
pub fn resolve(technologies: &mut [Technology], diagnostics: &mut Vec<Diagnostic>) {
    let index: FxHashMap<Box<str>, u32> = (0u32..).zip(technologies.iter()).map(|(at, t)| (t.id.clone(), at)).collect();
    let mut parents: Vec<Vec<u32>> = Vec::with_capacity(technologies.len());
    for technology in technologies.iter() {
        let mut list = Vec::new();
        for parent in &technology.is {
            match index.get(parent) {
                Some(at) => list.push(*at),
                None => {
                    let help = did_you_mean(parent, technologies.iter().map(|t| &*t.id)).map_or_else(
                        || "name a technology of the library".to_owned(),
                        |id| format!("did you mean `{id}`?"),
                    );
                    let message = format!("`{}` is a kind of `{parent}`, which is not there", technology.id);
                    diagnostics.push(Diagnostic::error("unknown-technology", technology.span, message).help(help));
                }
            }
        }
        parents.push(list);
    }
    for at in 0..technologies.len() {
        let mut closure = vec![u32::try_from(at).unwrap_or(0)];
        let mut next = 0;
        while next < closure.len() {
            for parent in &parents[closure[next] as usize] {
                if !closure.contains(parent) {
                    closure.push(*parent);
                }
            }
            next += 1;
        }
        // The nearest ancestor that says a kind decides, and the nearest default of each fact.
        let kind = closure.iter().find_map(|t| technologies[*t as usize].kind);
        let mut defaults: Vec<Fact> = Vec::new();
        for ancestor in &closure {
            for default in &technologies[*ancestor as usize].defaults {
                if !defaults.iter().any(|known| known.id == default.id) {
                    defaults.push(default.clone());
                }
            }
        }
        closure.sort_unstable();
        let technology = &mut technologies[at];
        technology.kind = kind;
        technology.closure = closure;
        technology.defaults = defaults;
    }
}

/// Looks up the controls that technologies bring, once controls are known; parents' controls are inherited.
pub fn link_controls(library: &mut Library, diagnostics: &mut Vec<Diagnostic>) {
    let mut linked: Vec<(Vec<u32>, Vec<u32>)> = Vec::with_capacity(library.technologies.len());
    for technology in &library.technologies {
        let mut look_up = |names: &[Box<str>]| {
            let mut out = Vec::new();
            for name in names {
                match library.control(name) {
                    Some(control) => out.push(control),
                    None => diagnostics.push(Diagnostic::error(
                        "unknown-control",
                        technology.span,
                        format!("`{}` brings a control `{name}` that is not in the library", technology.id),
                    )),
                }
            }
            out
        };
        linked.push((look_up(&technology.control_names), look_up(&technology.guard_names)));
    }
    for technology in &mut library.technologies {
        for ancestor in &technology.closure {
            let (controls, guards) = &linked[*ancestor as usize];
            technology.controls.extend(controls);
            technology.guards.extend(guards);
        }
        technology.controls.sort_unstable();
        technology.controls.dedup();
        technology.guards.sort_unstable();
        technology.guards.dedup();
    }
}
