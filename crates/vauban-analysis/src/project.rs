//! From names of files to one model: recognising formats, following includes, laying overlays over it.
//!
//! The caller reads the files; this module says which, and keeps them inside the folder of the model.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_format::{InputFile, join_include};
use vauban_import::{EmbeddedThreat, Format, ImportedDecision};
use vauban_model::finding::{CloudStep, Decision, Treatment};
use vauban_model::model::Model;
use vauban_model::record::Record;
use vauban_model::scale::Methodology;
use vauban_model::{Diagnostic, FileId, Severity, SourceMap, Span};
use vauban_rules::library::Library;
use vauban_syntax::{decode_table, decode_text};

use crate::embedded::LoadedLibrary;
use crate::infrastructure::{self, Infrastructure, Knowledge};

/// Files included from files included from … at most this deep.
const MAX_INCLUDE_DEPTH: usize = 16;
/// Files of one model at most.
const MAX_FILES: usize = 1_000;

/// Reads a file by the name the user would call it. The error is a short reason.
pub type ReadFile<'a> = dyn FnMut(&str) -> Result<Vec<u8>, String> + 'a;

/// Which files make a project. All but the model may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// The model's main file.
    pub model: String,
    /// Overlays in order.
    pub overlay: Vec<String>,
    /// Files with decisions.
    pub decisions: Vec<String>,
    /// A file with the methodology.
    pub methodology: Option<String>,
    /// A format to force, by name.
    pub format: Option<String>,
    /// A file that says what the columns of a spreadsheet are.
    pub columns: Option<String>,
}

/// A project as read.
#[derive(Debug)]
pub struct Project {
    /// All files that were read.
    pub sources: SourceMap,
    /// The model, overlays applied.
    pub model: Model,
    /// The format it was read from: `vauban`, `threagile`, …
    pub format: &'static str,
    /// Decisions from decision files.
    pub decisions: Vec<Decision>,
    /// Decisions that came with a foreign format.
    pub imported_decisions: Vec<ImportedDecision>,
    /// Threats that the file's own rules give.
    pub embedded: Vec<EmbeddedThreat>,
    /// How many rules of its own the file brings along, whether they fire or not.
    pub embedded_rules: usize,
    /// The methodology.
    pub methodology: Methodology,
    /// The file it was read from; `None` where nobody gave one.
    pub methodology_file: Option<FileId>,
    /// Steps that the infrastructure permits; empty for a model that was written by hand.
    pub steps: Vec<CloudStep>,
    /// What was read, where it was infrastructure.
    pub infrastructure: Option<Infrastructure>,
    /// The record of decisions, approvals and reviews, where there is one.
    pub record: Option<Record>,
    /// The file the record was read from.
    pub record_file: Option<FileId>,
    /// Everything there is to say about the input.
    pub diagnostics: Vec<Diagnostic>,
}

impl Project {
    /// Takes the text of the record in: its events, and what is wrong with it.
    pub fn take_record(&mut self, name: &str, text: &str) {
        let id = self.sources.add(name, text);
        let (record, diagnostics) = vauban_format::read_record(&InputFile { id, name, text });
        self.diagnostics.extend(diagnostics);
        self.record = Some(record);
        self.record_file = Some(id);
    }
}

/// Why nothing could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Says which further files a file wants: by its path inside the model's folder, its text and its number.
type Includes<'a> = dyn Fn(&str, &str, FileId) -> (Vec<(String, Span)>, Vec<Diagnostic>) + 'a;

struct Loader<'a, 'b> {
    read: &'a mut ReadFile<'b>,
    sources: SourceMap,
    diagnostics: Vec<Diagnostic>,
}

impl Loader<'_, '_> {
    fn open(&mut self, name: &str) -> Result<FileId, String> {
        let bytes = (self.read)(name)?;
        if vauban_import::is_binary(&bytes) {
            return Ok(self.sources.add_bytes(name, bytes));
        }
        let lower = name.to_ascii_lowercase();
        let is_table = lower.ends_with(".csv") || lower.ends_with(".tsv");
        let (text, note) = if is_table { decode_table(name, &bytes) } else { decode_text(name, &bytes) };
        let id = self.sources.add(name, text);
        self.diagnostics.extend(note.map(|note| note.diagnostic(id)));
        Ok(id)
    }

    fn bytes(&self, id: FileId) -> &[u8] {
        self.sources.get(id).map_or(&[], |file| &file.bytes)
    }

    fn text(&self, id: FileId) -> &str {
        self.sources.get(id).map_or("", |file| &file.text)
    }

    /// The main file and everything it includes, each file's own includes right behind it.
    fn with_includes(&mut self, main: FileId, includes: &Includes<'_>) -> Vec<FileId> {
        let mut order = Vec::new();
        let root = self.sources.name(main).to_owned();
        let folder = root.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        // Paths inside the model's folder, so that `..` cannot climb out of it.
        let inside = |name: &str| match &folder {
            Some(folder) => name.strip_prefix(&format!("{folder}/")).unwrap_or(name).to_owned(),
            None => name.to_owned(),
        };
        let outside = |path: &str| match &folder {
            Some(folder) => format!("{folder}/{path}"),
            None => path.to_owned(),
        };
        let mut seen: FxHashSet<String> = FxHashSet::default();
        seen.insert(inside(&root));
        let mut stack = vec![(main, inside(&root), 0usize)];
        while let Some((file, path, depth)) = stack.pop() {
            order.push(file);
            let (wanted, messages) = includes(&path, self.text(file), file);
            self.diagnostics.extend(messages);
            let mut next = Vec::new();
            for (include, span) in wanted {
                let target = match join_include(&path, &include) {
                    Ok(target) => target,
                    Err(reason) => {
                        self.diagnostics.push(
                            Diagnostic::error("include-refused", span, reason)
                                .help("include files of the model's own folder by a relative path"),
                        );
                        continue;
                    }
                };
                if !seen.insert(target.clone()) {
                    self.diagnostics.push(
                        Diagnostic::warning("include-again", span, format!("`{include}` is already part of the model"))
                            .help("include each file once; circles are cut"),
                    );
                    continue;
                }
                if depth + 1 >= MAX_INCLUDE_DEPTH || seen.len() > MAX_FILES {
                    self.diagnostics.push(
                        Diagnostic::error(
                            "include-too-deep",
                            span,
                            format!("`{include}` is included too deep or too much"),
                        )
                        .help(format!("{MAX_INCLUDE_DEPTH} levels and {MAX_FILES} files are the most")),
                    );
                    continue;
                }
                match self.open(&outside(&target)) {
                    Ok(id) => next.push((id, target, depth + 1)),
                    Err(reason) => self.diagnostics.push(
                        Diagnostic::error("include-missing", span, format!("`{include}` cannot be read: {reason}"))
                            .help("the path is relative to the file that includes it"),
                    ),
                }
            }
            next.reverse();
            stack.extend(next);
        }
        order
    }
}

/// Which format a file is in: `vauban`, or a foreign one; `None` when it is nobody's. `bytes` are those of a file that
/// is no text, else empty.
pub fn recognise(name: &str, text: &str, bytes: &[u8]) -> Option<&'static str> {
    if !bytes.is_empty() {
        return vauban_import::recognise_bytes(name, bytes).map(Format::as_str);
    }
    if vauban_format::recognise(name, text) {
        return Some("vauban");
    }
    vauban_import::recognise(name, text).map(Format::as_str)
}

/// Reads a project.
pub fn load(inputs: &Inputs, read: &mut ReadFile<'_>) -> Result<Project, LoadError> {
    let mut loader = Loader { read, sources: SourceMap::default(), diagnostics: Vec::new() };
    let main = loader.open(&inputs.model).map_err(|reason| LoadError {
        file: inputs.model.clone(),
        message: format!("`{}` cannot be read: {reason}", inputs.model),
        help: "give the path of a model, or write one with `vauban init`".to_owned(),
    })?;
    let forced = inputs.format.as_deref();
    if let Some(word) = forced.filter(|word| *word != "vauban" && Format::parse(word).is_none()) {
        let known = Format::ALL.map(Format::as_str);
        let help = vauban_model::did_you_mean(word, known).map_or_else(
            || format!("one of: vauban, infrastructure, {}", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(LoadError {
            file: inputs.model.clone(),
            message: format!("`{word}` is no format that can be read"),
            help,
        });
    }
    let found = forced.map_or_else(
        || recognise(&inputs.model, loader.text(main), loader.bytes(main)),
        |word| {
            if word == "vauban" { Some("vauban") } else { Format::parse(word).map(Format::as_str) }
        },
    );
    let Some(format) = found else {
        let empty = loader.text(main).trim().is_empty() && loader.bytes(main).is_empty();
        let known = Format::ALL.map(Format::as_str).join(", ");
        let why = vauban_import::why_unknown(&inputs.model, loader.text(main), loader.bytes(main));
        if let Some((is, help)) = why {
            let message = format!("`{}` is {is}", inputs.model);
            return Err(LoadError { file: inputs.model.clone(), message, help });
        }
        return Err(LoadError {
            file: inputs.model.clone(),
            message: if empty {
                format!("`{}` is empty", inputs.model)
            } else {
                format!("`{}` is in no format that Vauban knows", inputs.model)
            },
            help: if empty {
                "write a first model with `vauban init`".to_owned()
            } else {
                format!("our own models begin with `vauban: 1`; also read: {known}; force one with `--input-format`")
            },
        });
    };
    let mut imported_decisions = Vec::new();
    let mut embedded = Vec::new();
    let mut embedded_rules = 0;
    let mut own_decisions = Vec::new();
    let model;
    match Format::parse(format) {
        None => {
            let files = loader.with_includes(main, &|path, text, id| {
                let mut messages = Vec::new();
                let wanted = vauban_format::includes(&InputFile { id, name: path, text }, &mut messages);
                (wanted.into_iter().map(|(path, span)| (path.into_string(), span)).collect(), messages)
            });
            let inputs: Vec<InputFile<'_>> = files
                .iter()
                .map(|id| InputFile { id: *id, name: loader.sources.name(*id), text: loader.text(*id) })
                .collect();
            let result = vauban_format::read_model(&inputs);
            model = result.model;
            loader.diagnostics.extend(result.diagnostics);
        }
        Some(format) => {
            let mut files =
                loader.with_includes(main, &|_, text, id| (vauban_import::includes(format, text, id), Vec::new()));
            // What a diagram includes may be about looks only: it is read without, and told.
            if format == Format::PlantUml {
                let left = |it: &&mut Diagnostic| matches!(it.code, "include-missing" | "include-refused");
                loader.diagnostics.iter_mut().filter(left).for_each(|it| it.severity = Severity::Warning);
            }
            if let Some(columns) = inputs.columns.as_deref().filter(|_| format == Format::Spreadsheet) {
                files.push(loader.open(columns).map_err(|reason| LoadError {
                    file: columns.to_owned(),
                    message: format!("`{columns}` cannot be read: {reason}"),
                    help: "name a file that says what the columns are; an import without one prints it".to_owned(),
                })?);
            }
            let inputs: Vec<vauban_import::InputFile<'_>> = files
                .iter()
                .map(|id| vauban_import::InputFile {
                    id: *id,
                    name: loader.sources.name(*id),
                    text: loader.text(*id),
                    bytes: loader.bytes(*id),
                })
                .collect();
            let result = vauban_import::import(format, &inputs);
            model = result.model;
            imported_decisions = result.decisions;
            embedded = result.embedded;
            embedded_rules = result.embedded_rules;
            own_decisions = result.own_decisions;
            loader.diagnostics.extend(result.diagnostics);
        }
    }

    let mut project = finish(inputs, loader, model, format, imported_decisions, None)?;
    project.embedded = embedded;
    project.embedded_rules = embedded_rules;
    // Those in files of decisions come later and win.
    own_decisions.append(&mut project.decisions);
    project.decisions = own_decisions;
    Ok(project)
}

/// Reads a folder of infrastructure code, or one file of it, as a project. `paths` are the files below the folder,
/// relative to it, sorted; the model named in the inputs is the folder.
pub fn load_infrastructure(
    inputs: &Inputs,
    paths: &[String],
    options: &vauban_infrastructure::Options,
    unfold: bool,
    library: &LoadedLibrary,
    read: &mut ReadFile<'_>,
) -> Result<Project, LoadError> {
    let mut loader = Loader { read, sources: SourceMap::default(), diagnostics: Vec::new() };
    let folder = inputs.model.trim_end_matches('/').to_owned();
    let output = {
        let mut opened: FxHashMap<String, (FileId, std::sync::Arc<str>)> = FxHashMap::default();
        let mut open = |path: &str| {
            if let Some(known) = opened.get(path) {
                return Ok(known.clone());
            }
            let name = if folder.is_empty() || folder == "." { path.to_owned() } else { format!("{folder}/{path}") };
            let id = loader.open(&name)?;
            let text: std::sync::Arc<str> = loader.text(id).into();
            opened.insert(path.to_owned(), (id, text.clone()));
            Ok((id, text))
        };
        let mut tree = vauban_infrastructure::Tree { paths, open: &mut open };
        vauban_infrastructure::read(&mut tree, options)
    };
    if output.inventory.resources.is_empty() {
        return Err(nothing_read(inputs, &output, &loader.sources));
    }
    let meaning = infrastructure::understand(output, &folder, unfold, &Knowledge::new(library));
    loader.diagnostics.extend(meaning.diagnostics);
    let parts = Some((meaning.steps, meaning.infrastructure));
    finish(inputs, loader, meaning.model, "infrastructure", Vec::new(), parts)
}

/// Why a folder gave nothing: that there is nothing, or the first thing that was wrong with what there is.
fn nothing_read(inputs: &Inputs, output: &vauban_infrastructure::Output, sources: &SourceMap) -> LoadError {
    let folder = &inputs.model;
    let Some(worst) = output.diagnostics.iter().min_by_key(|one| (one.severity, one.span)) else {
        return LoadError {
            file: folder.clone(),
            message: match output.files.first() {
                None => format!("there is no model and no infrastructure code in `{folder}`"),
                Some((path, _)) => {
                    format!("there is no resource in the infrastructure code of `{folder}`, `{path}` first")
                }
            },
            help:
                "name a model or a folder with Terraform, CloudFormation, Kubernetes, Compose or the like; or write a \
                   first model with `vauban init`"
                    .to_owned(),
        };
    };
    let place = worst.span.map(|span| format!(" (`{}`)", sources.name(span.file))).unwrap_or_default();
    let more = match output.diagnostics.len() {
        1 => String::new(),
        all => format!("; {} more like it", all - 1),
    };
    LoadError {
        file: folder.clone(),
        message: format!("nothing could be read in `{folder}`: {}{place}{more}", worst.message),
        help: worst.help.clone().unwrap_or_else(|| "mend it, or name another folder".to_owned()),
    }
}

/// What people add, what they decided and how they weigh, laid over a model.
fn finish(
    inputs: &Inputs,
    mut loader: Loader<'_, '_>,
    mut model: Model,
    format: &'static str,
    imported_decisions: Vec<ImportedDecision>,
    parts: Option<(Vec<CloudStep>, Infrastructure)>,
) -> Result<Project, LoadError> {
    let open_all = |names: &[String], loader: &mut Loader<'_, '_>| -> Result<Vec<FileId>, LoadError> {
        names
            .iter()
            .map(|name| {
                loader.open(name).map_err(|reason| LoadError {
                    file: name.clone(),
                    message: format!("`{name}` cannot be read: {reason}"),
                    help: "check the path, or leave the option out".to_owned(),
                })
            })
            .collect()
    };
    let overlay = open_all(&inputs.overlay, &mut loader)?;
    let decision_files = open_all(&inputs.decisions, &mut loader)?;
    let methodology_files = open_all(&inputs.methodology.iter().cloned().collect::<Vec<_>>(), &mut loader)?;
    let Loader { sources, mut diagnostics, .. } = loader;
    let input =
        |id: &FileId| InputFile { id: *id, name: sources.name(*id), text: sources.get(*id).map_or("", |f| &f.text) };
    let overlays: Vec<InputFile<'_>> = overlay.iter().map(input).collect();
    if !overlays.is_empty() {
        diagnostics.extend(vauban_format::apply_overlay(&mut model, &overlays));
    }
    let files: Vec<InputFile<'_>> = decision_files.iter().map(input).collect();
    let (decisions, messages) = vauban_format::read_decisions(&files);
    diagnostics.extend(messages);
    let files: Vec<InputFile<'_>> = methodology_files.iter().map(input).collect();
    let (methodology, messages) = vauban_format::read_methodology(&files);
    diagnostics.extend(messages);
    let (mut steps, infrastructure) = parts.map_or((Vec::new(), None), |(steps, read)| (steps, Some(read)));
    infrastructure::settle(&mut steps, &model);
    Ok(Project {
        sources,
        model,
        format,
        decisions,
        imported_decisions,
        embedded: Vec::new(),
        embedded_rules: 0,
        methodology,
        methodology_file: methodology_files.first().copied(),
        steps,
        infrastructure,
        record: None,
        record_file: None,
        diagnostics,
    })
}

/// Decisions of a foreign tool, as decisions on our threats that tell of the same thing.
///
/// A foreign rule is found by the aliases of our threats. `known` holds the ids of our findings: only decisions that
/// meet one are carried over; the others are told. Treatments without a date get none: what the other tool did not
/// limit is not limited here, but it is said.
pub fn carry_over(
    imported: &[ImportedDecision],
    format: &str,
    library: &Library,
    known: &[&str],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Decision> {
    let mut by_alias: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for threat in &library.threats {
        for alias in &threat.aliases {
            by_alias.entry(alias).or_default().push(&threat.id);
        }
    }
    let mut places: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for id in known {
        if let Some((threat, _)) = id.split_once('@') {
            places.entry(threat).or_default().push(id);
        }
    }
    let mut out = Vec::new();
    for decision in imported {
        let treatment = match &*decision.status {
            "accepted" => Treatment::Accept,
            "false-positive" => Treatment::FalsePositive,
            "mitigated" | "in-progress" => Treatment::Mitigate,
            // Not decided yet.
            _ => continue,
        };
        let alias = format!("{format}:{}", decision.foreign_rule);
        let mut met = false;
        for threat in by_alias.get(&*alias).into_iter().flatten() {
            for id in places.get(threat).into_iter().flatten() {
                let Some(place) = id.strip_prefix(threat).and_then(|rest| rest.strip_prefix('@')) else { continue };
                let concerns = decision.elements.is_empty()
                    || decision.elements.iter().any(|element| vauban_risk::decisions::matches(element, place));
                if concerns {
                    met = true;
                    out.push(Decision {
                        threat: (*id).into(),
                        treatment,
                        reason: decision.reason.clone(),
                        owner: decision.by.clone(),
                        approver: decision.by.clone(),
                        until: None,
                        ticket: (!decision.ticket.is_empty()).then(|| decision.ticket.clone()),
                        decided: (!decision.date.is_empty()).then(|| decision.date.clone()),
                        span: decision.span,
                    });
                }
            }
        }
        if !met {
            diagnostics.push(
                Diagnostic::new(
                    Severity::Note,
                    "decision-without-finding",
                    Some(decision.span),
                    format!("the decision on `{}` meets no finding of ours", decision.pattern),
                )
                .help("nothing to do: the threat is not found here, or it is an open question"),
            );
        }
    }
    out
}
