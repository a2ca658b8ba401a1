//! The library: threats, controls, technologies and attackers read from their files.

pub mod attacker;
pub mod control;
mod grant;
pub mod page;
pub mod technology;
pub mod template;
pub mod threat;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::library::{Attacker, Control, Threat};
use vauban_model::state::State;
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, FileId, Span, did_you_mean};

use crate::condition::ast::Condition;
use crate::condition::parse::Names;
use attacker::Start;
use control::ControlRule;
use technology::Technology;
use threat::ThreatRule;

/// One file of a library, as handed in by the caller.
#[derive(Clone, Copy, Debug)]
pub struct LibraryFile<'a> {
    /// The file's number in the caller's source map.
    pub id: FileId,
    /// The path inside the library folder, such as `threats/web/x.md`.
    pub path: &'a str,
    /// The text.
    pub text: &'a str,
    /// Whether it comes with Vauban (true) or from an organisation's folder.
    pub built_in: bool,
}

/// What an organisation changes about a library entry, and why. From `overrides.toml` in its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The threat.
    pub threat: Box<str>,
    /// Left out altogether.
    pub disabled: bool,
    /// Another severity.
    pub severity: Option<vauban_model::scale::Level>,
    /// Another likelihood.
    pub likelihood: Option<vauban_model::scale::Likelihood>,
    /// Why; required.
    pub reason: Box<str>,
}

/// A whole library, checked and compiled.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// What threats say, in order of their ids.
    pub threats: Vec<Threat>,
    /// How threats are evaluated; same order.
    pub rules: Vec<ThreatRule>,
    /// What controls say, in order of their ids.
    pub controls: Vec<Control>,
    /// How controls are recognised; same order.
    pub control_rules: Vec<ControlRule>,
    /// Technologies.
    pub technologies: Vec<Technology>,
    /// Attackers, in order of their ids.
    pub attackers: Vec<Attacker>,
    /// Where attackers start; same order.
    pub starts: Vec<Vec<Start>>,
    /// Overrides that were applied, with their reasons.
    pub overrides: Vec<Override>,
    /// Facts that some condition or sentence asks for; what nobody asks for need not be computed.
    pub asked_facts: FxHashSet<vauban_model::vocabulary::FactId>,
    names: NameIndex,
}

#[derive(Clone, Debug, Default)]
struct NameIndex {
    threats: FxHashMap<Box<str>, u32>,
    controls: FxHashMap<Box<str>, u32>,
    technologies: FxHashMap<Box<str>, u32>,
    attackers: FxHashMap<Box<str>, u32>,
}

impl Library {
    /// Reads a library. Files of an organisation come after the built-in ones and replace what has the same id.
    ///
    /// A broken file is reported and left out; the rest is read.
    pub fn read(files: &[LibraryFile<'_>]) -> (Library, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut library = Library::default();
        let of = |folder: &'static str, ending: &'static str| {
            files
                .iter()
                .filter(move |f| f.path.starts_with(folder) && f.path.ends_with(ending))
                .filter(|f| !is_readme(f.path))
        };

        for folder in ["controls/", "attackers/", "threats/"] {
            report_doubles(of(folder, ".md"), &mut diagnostics);
        }

        // Names first: conditions refer to technologies and controls, and controls to neither threats nor order.
        let shelves: Vec<&LibraryFile<'_>> = of("technologies/", ".toml").collect();
        let pages: Vec<&LibraryFile<'_>> = of("controls/", ".md").collect();
        let (shelves, pages) = rayon::join(
            || in_parallel(&shelves, |file, out, messages| technology::read(file, out, messages)),
            || in_parallel(&pages, |file, out, messages| out.extend(control::read(file, messages))),
        );
        let mut read = Vec::with_capacity(shelves.len());
        for (file, technologies, messages) in shelves {
            read.push((file.built_in, technologies));
            diagnostics.extend(messages);
        }
        library.technologies = technology::join(read, &mut diagnostics);
        technology::resolve(&mut library.technologies, &mut diagnostics);
        for (at, technology) in (0u32..).zip(&library.technologies) {
            library.names.technologies.insert(technology.id.clone(), at);
        }
        for (at, technology) in (0u32..).zip(&library.technologies) {
            for alias in &technology.aliases {
                library.names.technologies.entry(alias.clone()).or_insert(at);
            }
        }

        let mut controls = Vec::new();
        for (_, read, messages) in pages {
            controls.extend(read);
            diagnostics.extend(messages);
        }
        last_of_each(&mut controls, |(control, _, _)| &control.id);
        for (at, (control, _, _)) in (0u32..).zip(&controls) {
            library.names.controls.insert(control.id.clone(), at);
        }
        for (at, (control, _, _)) in (0u32..).zip(&controls) {
            for alias in &control.aliases {
                library.names.controls.entry(alias.clone()).or_insert(at);
            }
        }
        let rules: Vec<(ControlRule, Vec<Diagnostic>)> = controls
            .par_iter()
            .map(|(_, raw, file)| {
                let mut messages = Vec::new();
                (control::compile(raw, file, &library, &mut messages), messages)
            })
            .collect();
        for ((control, ..), (rule, messages)) in controls.into_iter().zip(rules) {
            library.controls.push(control);
            library.control_rules.push(rule);
            diagnostics.extend(messages);
        }
        technology::link_controls(&mut library, &mut diagnostics);

        let mut attackers = Vec::new();
        for file in of("attackers/", ".md") {
            attackers.extend(attacker::read(file, &library, &mut diagnostics));
        }
        last_of_each(&mut attackers, |(attacker, _)| &attacker.id);
        for (at, (attacker, starts)) in (0u32..).zip(attackers) {
            library.names.attackers.insert(attacker.id.clone(), at);
            library.attackers.push(attacker);
            library.starts.push(starts);
        }

        // Threats are many and independent of one another.
        let files: Vec<&LibraryFile<'_>> = of("threats/", ".md").collect();
        let ours: FxHashSet<&str> =
            files.iter().filter(|file| file.built_in).map(|file| threat::stem(file.path)).collect();
        let read = in_parallel(&files, |file, out, messages| {
            let replaces = !file.built_in && ours.contains(threat::stem(file.path));
            out.extend(threat::read(file, &library, replaces, messages));
        });
        let mut threats = Vec::new();
        for (_, read, messages) in read {
            threats.extend(read);
            diagnostics.extend(messages);
        }
        last_of_each(&mut threats, |(threat, _)| &threat.id);

        for file in of("overrides.toml", "overrides.toml") {
            library.overrides.extend(threat::read_overrides(file, &mut diagnostics));
        }
        for change in &library.overrides {
            match threats.iter_mut().find(|(threat, _)| threat.id == change.threat) {
                Some((threat, _)) => {
                    threat.severity = change.severity.unwrap_or(threat.severity);
                    threat.likelihood = change.likelihood.unwrap_or(threat.likelihood);
                }
                None => {
                    let known = threats.iter().map(|(threat, _)| &*threat.id);
                    let help = did_you_mean(&change.threat, known)
                        .map_or_else(|| "see `vauban library list`".to_owned(), |id| format!("did you mean `{id}`?"));
                    let message = format!("the override names a threat `{}` that is not in the library", change.threat);
                    diagnostics.push(
                        Diagnostic::new(vauban_model::Severity::Warning, "unknown-threat", None, message).help(help),
                    );
                }
            }
        }
        let disabled: FxHashSet<&str> =
            library.overrides.iter().filter(|change| change.disabled).map(|change| &*change.threat).collect();
        threats.retain(|(threat, _)| !disabled.contains(&*threat.id));
        for (at, (threat, rule)) in (0u32..).zip(threats) {
            library.names.threats.insert(threat.id.clone(), at);
            library.threats.push(threat);
            library.rules.push(rule);
        }
        for rule in &library.rules {
            rule.when.facts(&mut library.asked_facts);
            rule.raise.iter().for_each(|(when, _)| when.facts(&mut library.asked_facts));
            for part in rule.title.iter().chain(&rule.says).chain(&rule.step) {
                if let template::Part::Walk { fact: Some(fact), .. } = part {
                    library.asked_facts.insert(*fact);
                }
            }
        }
        (library, diagnostics)
    }

    /// The index of a threat by id.
    pub fn threat(&self, id: &str) -> Option<u32> {
        self.names.threats.get(id).copied()
    }

    /// The index of a control by id or alias.
    pub fn control(&self, name: &str) -> Option<u32> {
        self.names.controls.get(name).copied()
    }

    /// The index of a technology by id or alias; case, spaces and underscores do not matter.
    pub fn technology(&self, name: &str) -> Option<u32> {
        if let Some(found) = self.names.technologies.get(name) {
            return Some(*found);
        }
        let normal = name.trim().to_lowercase().replace([' ', '_'], "-");
        self.names.technologies.get(&*normal).copied()
    }

    /// The index of an attacker by id.
    pub fn attacker(&self, id: &str) -> Option<u32> {
        self.names.attackers.get(id).copied()
    }

    /// Where every attacker starts on a model whose facts are known: attacker index and state.
    pub fn attacker_starts(&self, facts: &crate::facts::Facts<'_>) -> Vec<(u32, State)> {
        let mut out = Vec::new();
        for (attacker, starts) in (0u32..).zip(&self.starts) {
            for start in starts {
                let column = crate::condition::column::evaluate(&start.when, start.on, facts);
                for at in column.yes.iter() {
                    let element = vauban_model::model::ElementRef::new(start.on, at);
                    if facts.model.in_scope(element) || start.on != Domain::Component {
                        let targets = facts.index.walk(element, &start.state.walk);
                        out.extend(
                            targets.into_iter().map(|t| (attacker, State { verb: start.state.verb, element: t })),
                        );
                    }
                }
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

impl Names for Library {
    fn technology(&self, name: &str) -> Option<u32> {
        // A condition must use the id itself: an alias could be given away later.
        self.names.technologies.get(name).copied().filter(|at| &*self.technologies[*at as usize].id == name)
    }

    fn control(&self, name: &str) -> Option<u32> {
        Library::control(self, name)
    }

    fn technologies(&self) -> Vec<&str> {
        self.technologies.iter().map(|technology| &*technology.id).collect()
    }

    fn controls(&self) -> Vec<&str> {
        // While the library is being read, the names are known before the entries.
        let mut names: Vec<&str> = self.names.controls.keys().map(|name| &**name).collect();
        names.sort_unstable();
        names
    }
}

/// An unchanging false condition for what could not be compiled.
pub(crate) fn never() -> Condition {
    Condition::Constant(false)
}

/// The position of a word among those that a key takes; another word is reported.
fn one_of(found: (&str, Span), key: &str, words: &[&str], diagnostics: &mut Vec<Diagnostic>) -> Option<usize> {
    let (text, span) = found;
    let at = words.iter().position(|word| *word == text);
    if at.is_none() {
        let help = did_you_mean(text, words.iter().copied())
            .map_or_else(|| format!("one of: {}", words.join(", ")), |word| format!("did you mean `{word}`?"));
        diagnostics.push(Diagnostic::error("unknown-word", span, format!("`{key}` cannot be `{text}`")).help(help));
    }
    at
}

fn is_readme(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case("readme.md"))
}

/// Two pages of one library with the same name: the later one counts, and somebody should know.
fn report_doubles<'a>(files: impl Iterator<Item = &'a LibraryFile<'a>>, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: FxHashMap<(bool, &str), &LibraryFile<'_>> = FxHashMap::default();
    for file in files {
        let id = threat::stem(file.path);
        if let Some(other) = seen.insert((file.built_in, id), file) {
            let message = format!("there are two pages `{id}`: `{}` and `{}`", other.path, file.path);
            diagnostics.push(
                Diagnostic::error("duplicate-id", Span::new(file.id, 1, 1, 0), message)
                    .help("rename one of them; until then only this one counts")
                    .related(Span::new(other.id, 1, 1, 0), "the other one"),
            );
        }
    }
}

/// Reads files that know nothing of one another: what was read of each and what there is to say about it, in order.
fn in_parallel<'f, 'a, T: Send>(
    files: &[&'f LibraryFile<'a>],
    read: impl Fn(&'f LibraryFile<'a>, &mut Vec<T>, &mut Vec<Diagnostic>) + Sync,
) -> Vec<(&'f LibraryFile<'a>, Vec<T>, Vec<Diagnostic>)> {
    files
        .par_iter()
        .map(|file| {
            let (mut out, mut diagnostics) = (Vec::new(), Vec::new());
            read(file, &mut out, &mut diagnostics);
            (*file, out, diagnostics)
        })
        .collect()
}

/// Sorts by id and keeps the last of each: an organisation's entry replaces ours.
fn last_of_each<T>(entries: &mut Vec<T>, id: impl Fn(&T) -> &str) {
    entries.sort_by(|a, b| id(a).cmp(id(b)));
    let mut kept: Vec<T> = Vec::with_capacity(entries.len());
    for entry in entries.drain(..) {
        if kept.last().is_some_and(|last| id(last) == id(&entry)) {
            kept.pop();
        }
        kept.push(entry);
    }
    *entries = kept;
}
