//! What every command that reads a model shares: its arguments, the configuration, reading and analysing.

use std::path::{Path, PathBuf};

use clap::Args;
use vauban_analysis::embedded::{self, ExtraFile, LoadedLibrary};
use vauban_analysis::foreign::Rules;
use vauban_analysis::format::{ColumnsSource, Config, InputFile, MethodologySource, read_config};
use vauban_analysis::project::{Inputs, Project, load, load_infrastructure};
use vauban_analysis::{Options, Session};
use vauban_model::{Diagnostic, Severity, SourceMap};

use crate::commands::Failure;
use crate::files;

/// Arguments of every command that reads a model.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ProjectArguments {
    /// The model: our own format, a file of another tool (`vauban import --list`), or a folder with infrastructure code
    /// (Terraform, CloudFormation, Kubernetes, Compose, …). Without it: what `vauban.yaml` names, or this folder
    #[arg(value_name = "MODEL")]
    pub(crate) model: Option<String>,

    #[command(flatten)]
    pub(crate) shared: SharedArguments,
}

/// The same without the model, for commands that take more than one.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SharedArguments {
    /// What people add to the model: answers, corrections (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) overlay: Vec<String>,

    /// Decisions about threats (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) decisions: Vec<String>,

    /// The record of decisions, approvals and reviews; by default `vauban.record.jsonl` beside the configuration or the model
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<String>,

    /// The organisation's methodology: scales, matrix, tolerance
    #[arg(long, value_name = "FILE")]
    pub(crate) methodology: Option<String>,

    /// A folder with threats, controls and technologies of your own (may be repeated); `embedded` for the rules that
    /// the model's own file brings along, `default` for ours beside them
    #[arg(long, value_name = "FOLDER")]
    pub(crate) library: Vec<String>,

    /// Configuration; by default the nearest `vauban.yaml` upwards
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<String>,

    /// Read the model as this format: vauban, infrastructure, or a word of
    /// `vauban import --list`
    #[arg(long, value_name = "FORMAT")]
    pub(crate) input_format: Option<String>,

    /// Spreadsheets: what the columns are, in a file as the import prints it; by default what `vauban.yaml` says
    #[arg(long, value_name = "FILE")]
    pub(crate) columns: Option<String>,

    /// Infrastructure code: sets an input variable (may be repeated)
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) var: Vec<String>,

    /// Infrastructure code: a file with values of input variables, relative to the folder (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) var_file: Vec<String>,

    /// Infrastructure code: take this variant where there are several: a kustomize folder, a Compose file or values of a Helm
    /// chart, relative to the folder (may be repeated)
    #[arg(long, visible_alias = "values", value_name = "PATH")]
    pub(crate) variant: Vec<String>,

    /// Infrastructure code: switch on a profile of Docker Compose (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Vec<String>,

    /// Infrastructure code: show every resource as an element of its own instead of folding rules, attachments, alarms
    /// and the like into what they belong to
    #[arg(long)]
    pub(crate) unfold: bool,

    /// Also use threats marked experimental
    #[arg(long)]
    pub(crate) experimental: bool,

    /// The day on which decisions are judged, YYYY-MM-DD; by default today
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<String>,

    /// Files beside the model may be missing: set for an earlier revision, which need not have them yet.
    #[arg(skip)]
    pub(crate) lenient: bool,
}

/// The configuration that was found, and where.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    pub(crate) config: Config,
    folder: PathBuf,
    /// The file itself.
    file: String,
}

impl Configuration {
    /// A path of the configuration as seen from where we are.
    pub(crate) fn path(&self, path: &str) -> String {
        let joined = self.folder.join(path).to_string_lossy().replace('\\', "/");
        joined.strip_prefix("./").unwrap_or(&joined).to_owned()
    }
}

/// Finds and reads the configuration: the named file, or the nearest `vauban.yaml` upwards from the model.
pub(crate) fn configuration(arguments: &SharedArguments, model: Option<&str>) -> Result<Configuration, Failure> {
    let path = match &arguments.config {
        Some(path) => Some(PathBuf::from(path)),
        None => nearest(model),
    };
    let Some(path) = path else { return Ok(Configuration::default()) };
    let name = path.to_string_lossy().replace('\\', "/");
    let bytes = files::read(&name)
        .map_err(|reason| Failure::new(format!("`{name}` cannot be read: {reason}"), "name another with `--config`"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut sources = SourceMap::default();
    let id = sources.add(name.clone(), text.clone());
    let (config, diagnostics) = read_config(&InputFile { id, name: &name, text: &text });
    narrate(&diagnostics, &sources);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Err(Failure::new(format!("`{name}` has errors"), "mend them; a configuration is never half obeyed"));
    }
    Ok(Configuration { config, folder: path.parent().unwrap_or(Path::new("")).to_path_buf(), file: name })
}

fn nearest(model: Option<&str>) -> Option<PathBuf> {
    // A folder is looked into, a file is looked beside.
    let beside = |model| if Path::new(model).is_dir() { Some(Path::new(model)) } else { Path::new(model).parent() };
    let start = model.and_then(beside).unwrap_or(Path::new(""));
    // Names stay relative where they can: they appear in every message.
    let mut relative = start.to_path_buf();
    let absolute = std::fs::canonicalize(if start.as_os_str().is_empty() { Path::new(".") } else { start }).ok()?;
    for depth in 0..absolute.components().count() {
        let candidate = relative.join("vauban.yaml");
        if candidate.is_file() {
            return Some(candidate);
        }
        if depth > 32 {
            break;
        }
        relative.push("..");
    }
    None
}

/// The state of the files: as they are, or as they were at a git revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When<'a> {
    /// As they are.
    Now,
    /// As they were.
    Revision(&'a str),
}

impl When<'_> {
    /// Reads a file.
    pub(crate) fn read(self, name: &str) -> Result<Vec<u8>, String> {
        match self {
            When::Now => files::read(name),
            When::Revision(revision) => crate::commands::check::show(revision, name),
        }
    }

    /// The files below a folder, relative to it, sorted.
    fn list(self, folder: &str) -> Result<files::Listing, String> {
        match self {
            When::Now => files::list(Path::new(folder)),
            When::Revision(revision) => {
                Ok(files::Listing { paths: crate::commands::check::list(revision, folder)?, passed_over: Vec::new() })
            }
        }
    }
}

/// What there is to read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    /// A model in one file, with what it includes.
    Model(String),
    /// A folder of infrastructure code, and the files to read; all when there are none.
    Infrastructure(String, Vec<String>),
}

/// What to read: named, configured, or the only model in this folder; a folder without a model is read as
/// infrastructure.
fn subject(argument: Option<&str>, configuration: &Configuration, forced: Option<&str>) -> Result<Subject, Failure> {
    let infrastructure = forced == Some("infrastructure");
    let of_folder = |folder: &Path| {
        let name = folder.to_string_lossy().replace('\\', "/");
        match in_folder(folder) {
            Ok(model) if !infrastructure => Ok(Subject::Model(model)),
            Err(failure) if !folder.is_dir() => Err(failure),
            _ => Ok(Subject::Infrastructure(name, Vec::new())),
        }
    };
    if let Some(path) = argument {
        let path = Path::new(path);
        if path.is_dir() {
            return match configuration.config.model.first() {
                Some(setting) if configuration.folder == path && !infrastructure => {
                    Ok(Subject::Model(configuration.path(&setting.value)))
                }
                _ => of_folder(path),
            };
        }
        let name = path.to_string_lossy().replace('\\', "/");
        let Ok(bytes) = files::read(&name) else { return Ok(Subject::Model(name)) };
        let text = String::from_utf8_lossy(&bytes);
        let binary = vauban_analysis::import::is_binary(&bytes);
        let raw = if binary { bytes.as_slice() } else { &[] };
        let is_model = vauban_analysis::project::recognise(&name, &text, raw).is_some();
        let file = path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
        let readable =
            vauban_analysis::reading::may_be_read(&name) && vauban_analysis::reading::recognise(&file, &text).is_some();
        if infrastructure || forced.is_none() && !is_model && readable {
            let folder = path.parent().map(|folder| folder.to_string_lossy().replace('\\', "/")).unwrap_or_default();
            let folder = if folder.is_empty() { ".".to_owned() } else { folder };
            return Ok(Subject::Infrastructure(folder, vec![file]));
        }
        return Ok(Subject::Model(name));
    }
    if let Some(setting) = configuration.config.model.first() {
        let path = configuration.path(&setting.value);
        return if Path::new(&path).is_dir() { of_folder(Path::new(&path)) } else { Ok(Subject::Model(path)) };
    }
    of_folder(Path::new("."))
}

fn in_folder(folder: &Path) -> Result<String, Failure> {
    for name in
        ["threat-model.yaml", "model.yaml", "threat-model.yml", "model.yml", "threagile.yaml", "threat-model.json"]
    {
        let path = folder.join(name);
        if path.is_file() {
            let path = path.to_string_lossy().replace('\\', "/");
            return Ok(path.strip_prefix("./").unwrap_or(&path).to_owned());
        }
    }
    Err(Failure::new(
        format!("there is no model in `{}`", folder.display()),
        "name one, or write a first one with `vauban init`",
    ))
}

/// Reads a project, with messages on standard error.
pub(crate) fn read(
    model: Option<&str>,
    arguments: &SharedArguments,
) -> Result<(Project, Configuration, LoadedLibrary), Failure> {
    read_with(model, arguments, When::Now)
}

/// Reads a project as it is or was.
pub(crate) fn read_with(
    model: Option<&str>,
    arguments: &SharedArguments,
    when: When<'_>,
) -> Result<(Project, Configuration, LoadedLibrary), Failure> {
    let configuration = configuration(arguments, model)?;
    let subject = subject(model, &configuration, arguments.input_format.as_deref())?;
    let extra = library(arguments, &configuration)?;
    let loaded = embedded::load(&extra);
    if !loaded.diagnostics.is_empty() {
        narrate(&loaded.diagnostics, &loaded.sources);
    }
    let config = &configuration.config;
    let or_config = |own: &[String], configured: &[vauban_analysis::format::Setting<Box<str>>]| -> Vec<String> {
        if own.is_empty() { configured.iter().map(|s| configuration.path(&s.value)).collect() } else { own.to_vec() }
    };
    let mut overlay = or_config(&arguments.overlay, &config.overlay);
    let mut decisions = or_config(&arguments.decisions, &config.decisions);
    let name = match &subject {
        Subject::Model(path) | Subject::Infrastructure(path, _) => path.clone(),
    };
    // What `vauban ask` writes and what a team keeps beside its model is found without being named.
    for (list, suffix) in [(&mut overlay, "overlay"), (&mut decisions, "decisions")] {
        let beside = match &subject {
            Subject::Model(model) => beside(model, suffix),
            Subject::Infrastructure(folder, _) => in_infrastructure(folder, suffix),
        };
        if let Subject::Model(model) = &subject
            && list.is_empty()
            && !arguments.lenient
        {
            tell_of_others(model, suffix);
        }
        let there = || if arguments.lenient { when.read(&beside).is_ok() } else { Path::new(&beside).is_file() };
        if list.is_empty() && there() {
            list.push(beside);
        } else if arguments.lenient {
            list.retain(|path| when.read(path).is_ok());
        }
    }
    let methodology = methodology_file(arguments, &configuration);
    let columns = arguments.columns.clone().or_else(|| match config.columns.as_ref().map(|it| &it.value) {
        Some(ColumnsSource::File(path)) => Some(configuration.path(path)),
        Some(ColumnsSource::Inline) => Some(configuration.file.clone()),
        None => None,
    });
    // What somebody names is meant to count: where it is not there, something else would be judged. Of infrastructure code
    // that is told by its reader.
    let mut named: Vec<(&String, &str)> = Vec::new();
    let help = "name a file that says what the columns are; an import without one prints it";
    named.extend(arguments.columns.iter().map(|path| (path, help)));
    if matches!(subject, Subject::Model(_)) {
        let help = "mend the path on the command line, or leave it out";
        named.extend(arguments.var_file.iter().chain(&arguments.variant).map(|path| (path, help)));
    }
    for (path, help) in named {
        if !arguments.lenient
            && !Path::new(path).is_dir()
            && let Err(reason) = when.read(path)
        {
            return Err(Failure::new(format!("`{path}` cannot be read: {reason}"), help));
        }
    }
    let format = arguments.input_format.clone();
    let record = record_file(arguments, &configuration, &subject);
    let inputs = Inputs { model: name, overlay, decisions, methodology, format, columns };
    let mut read = |name: &str| when.read(name);
    let mut project = match &subject {
        Subject::Model(_) => load(&inputs, &mut read),
        Subject::Infrastructure(folder, files) => {
            let listing = if files.is_empty() {
                when.list(folder).map_err(|reason| {
                    Failure::new(format!("`{folder}` cannot be listed: {reason}"), "name a folder or a model")
                })?
            } else {
                files::Listing { paths: files.clone(), passed_over: Vec::new() }
            };
            let mut variables = Vec::new();
            for setting in &arguments.var {
                let Some((name, value)) = setting.split_once('=') else {
                    return Err(Failure::new(
                        format!("`--var {setting}` sets nothing"),
                        "write `--var name=value`, as for Terraform",
                    ));
                };
                variables.push((name.trim().to_owned(), value.to_owned()));
            }
            // An earlier state of the folder may not have had a variant yet.
            let there = |path: &&String| {
                let path = path.trim_start_matches("./").trim_end_matches('/');
                listing
                    .paths
                    .iter()
                    .any(|known| known.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
            };
            let options = vauban_analysis::reading::Options {
                variables,
                variable_files: arguments.var_file.clone(),
                overlays: arguments.variant.iter().filter(|path| !arguments.lenient || there(path)).cloned().collect(),
                profiles: arguments.profile.clone(),
            };
            let mut project =
                load_infrastructure(&inputs, &listing.paths, &options, arguments.unfold, &loaded, &mut read);
            if let Ok(project) = &mut project {
                project.diagnostics.extend(listing.passed_over.iter().map(|what| {
                    Diagnostic::warning_without_place("not-followed", format!("{what}; it is not read"))
                        .help("check a folder that holds it, or put a copy where the link is")
                }));
            }
            project
        }
    }
    .map_err(|error| Failure::new(error.message, error.help))?;
    if let Some(path) = arguments.columns.as_ref().filter(|_| project.format != "spreadsheet") {
        let message = format!("`--columns {path}` says nothing here: this is no spreadsheet but {}", project.format);
        project.diagnostics.push(Diagnostic::warning_without_place("columns-unused", message).help("leave it out"));
    }
    if let Some(MethodologySource::Inline(methodology)) = config.methodology.as_ref().map(|m| &m.value) {
        project.methodology = (**methodology).clone();
    }
    // A record that is not there has yet to begin; one that is there and cannot be read must not count as none.
    let there = when == When::Now && std::fs::symlink_metadata(&record).is_ok();
    match when.read(&record) {
        Ok(bytes) => project.take_record(&record, &crate::record::utf8(&record, bytes)?),
        Err(reason) if !arguments.lenient && (arguments.record.is_some() || there) => {
            return Err(Failure::new(
                format!("the record `{record}` cannot be read: {reason}"),
                "name another with `--record`; `vauban treat` and `vauban review` begin one",
            ));
        }
        Err(_) => {
            if let Some(setting) = config.record.as_ref().filter(|_| when == When::Now) {
                let message = format!("the record `{}` that the configuration names is not there", setting.value);
                project.diagnostics.push(Diagnostic::warning_without_place("record-missing", message).help(
                    "`vauban treat` and `vauban review` begin one; where there was one, take it from the repository",
                ));
            }
        }
    }
    if !config.attackers.is_empty() {
        project.methodology.threat_sources = config.attackers.iter().map(|s| s.value.clone()).collect();
    }
    Ok((project, configuration, loaded))
}

/// The file in a folder of infrastructure code that holds what people add to it, or what they decided.
fn in_infrastructure(folder: &str, suffix: &str) -> String {
    let name = format!("vauban.{suffix}.yaml");
    if folder == "." { name } else { format!("{}/{name}", folder.trim_end_matches('/')) }
}

/// The record: named, configured, or beside the configuration, else beside the model.
fn record_file(arguments: &SharedArguments, configuration: &Configuration, subject: &Subject) -> String {
    if let Some(named) = &arguments.record {
        return named.clone();
    }
    if let Some(setting) = &configuration.config.record {
        return configuration.path(&setting.value);
    }
    if !configuration.file.is_empty() {
        return configuration.path(vauban_analysis::format::RECORD_FILE);
    }
    let folder = match subject {
        Subject::Model(model) => Path::new(model).parent().unwrap_or(Path::new("")).to_path_buf(),
        Subject::Infrastructure(folder, _) => PathBuf::from(folder),
    };
    let path = folder.join(vauban_analysis::format::RECORD_FILE).to_string_lossy().replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

/// Where answers, decisions and events about a model are written.
#[derive(Debug)]
pub(crate) struct Places {
    /// The model, or the folder with infrastructure code.
    pub(crate) subject: String,
    /// The file of answers.
    pub(crate) overlay: String,
    /// The file of decisions.
    pub(crate) decisions: String,
    /// The record.
    pub(crate) record: String,
}

/// Where answers, decisions and events about a model are written: the first file that is read, else the one that would be.
pub(crate) fn places(model: Option<&str>, arguments: &SharedArguments) -> Result<Places, Failure> {
    let configuration = configuration(arguments, model)?;
    let subject = subject(model, &configuration, arguments.input_format.as_deref())?;
    let record = record_file(arguments, &configuration, &subject);
    let configured = configuration.config.decisions.first().map(|setting| configuration.path(&setting.value));
    let decisions = arguments.decisions.first().cloned().or(configured).unwrap_or_else(|| match &subject {
        Subject::Model(model) => beside(model, "decisions"),
        Subject::Infrastructure(folder, _) => in_infrastructure(folder, "decisions"),
    });
    let configured = configuration.config.overlay.first().map(|setting| configuration.path(&setting.value));
    let overlay = arguments.overlay.first().cloned().or(configured).unwrap_or_else(|| match &subject {
        Subject::Model(model) => beside(model, "overlay"),
        Subject::Infrastructure(folder, _) => in_infrastructure(folder, "overlay"),
    });
    let subject = match subject {
        Subject::Model(path) | Subject::Infrastructure(path, _) => path,
    };
    Ok(Places { subject, overlay, decisions, record })
}

/// The record where no model is named: named, configured, or in this folder.
pub(crate) fn record_alone(arguments: &SharedArguments) -> Result<String, Failure> {
    let configuration = configuration(arguments, None)?;
    Ok(record_file(arguments, &configuration, &Subject::Infrastructure(".".to_owned(), Vec::new())))
}

/// The file beside a model that holds its overlay or decisions, whatever the model's ending: `shop.yaml`, `shop.mmd` or
/// `shop.drawio` and `shop.overlay.yaml`.
pub(crate) fn beside(model: &str, suffix: &str) -> String {
    format!("{}.{suffix}.yaml", without_ending(model))
}

/// A path without the ending of its file's name; a name that is all ending, or has none, stays whole.
fn without_ending(path: &str) -> &str {
    let name = path.rfind(['/', '\\']).map_or(0, |at| at + 1);
    match path.rfind('.') {
        Some(dot) if dot > name => path.get(..dot).unwrap_or(path),
        _ => path,
    }
}

/// Tells of a file whose name looks as if it held the overlay or the decisions of a model, and which is not read.
fn tell_of_others(model: &str, suffix: &str) {
    let read = beside(model, suffix);
    let stem = without_ending(model);
    let names = [format!("{model}.{suffix}.yaml"), format!("{model}.{suffix}.yml"), format!("{stem}.{suffix}.yml")];
    for other in names.iter().filter(|other| **other != read && Path::new(other).is_file()) {
        tell!(
            "warning: `{other}` is not read: what belongs to `{model}` stands in `{read}`\n  help: rename it, or name it with \
             `--{suffix}`"
        );
    }
}

/// The word for the rules that the model's file brings along, where a library is named.
const EMBEDDED: &str = "embedded";
/// The word for our own library.
const BUILT_IN: &str = "default";

/// Whose rules the named libraries ask for.
fn rules(named: &[String]) -> Rules {
    match named.iter().any(|name| name == EMBEDDED) {
        false => Rules::Ours,
        // A folder lies over ours, so ours is meant as well.
        true if named.iter().any(|name| name != EMBEDDED) => Rules::Both,
        true => Rules::Embedded,
    }
}

/// The library: ours and the folders named.
pub(crate) fn library(arguments: &SharedArguments, configuration: &Configuration) -> Result<Vec<ExtraFile>, Failure> {
    let mut folders: Vec<String> = arguments.library.clone();
    if folders.is_empty() {
        folders = configuration.config.library.iter().map(|s| configuration.path(&s.value)).collect();
    }
    let mut out = Vec::new();
    for folder in folders.into_iter().filter(|folder| folder != EMBEDDED && folder != BUILT_IN) {
        let found = files::library_folder(Path::new(&folder))
            .map_err(|message| Failure::new(message, "give a folder with `threats/`, `controls/`, `technologies/`"))?;
        out.extend(found);
    }
    Ok(out)
}

/// Reads and analyses.
pub(crate) fn session(arguments: &ProjectArguments) -> Result<(Session, Configuration), Failure> {
    session_with(arguments.model.as_deref(), &arguments.shared, When::Now, 20)
}

/// Refuses to go on where what was read has errors: half a model, half the decisions or another methodology than the
/// one that was written give an answer that looks like one and is none. The errors themselves were told.
pub(crate) fn sound(session: &Session) -> Result<(), Failure> {
    match session.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count() {
        0 => Ok(()),
        1 => Err(Failure::new("there is an error in what was read", "mend it and run this again")),
        errors => {
            Err(Failure::new(format!("there are {errors} errors in what was read"), "mend them and run this again"))
        }
    }
}

/// How a command ends that tells what could be read: not well where that was not all.
pub(crate) fn read_whole(session: &Session) -> std::process::ExitCode {
    if sound(session).is_ok() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::from(2) }
}

/// A choice from a flag, else from the configuration, else the default.
pub(crate) fn chosen<T: clap::ValueEnum>(
    flag: Option<T>,
    configured: Option<&vauban_analysis::format::Setting<Box<str>>>,
    default: T,
) -> Result<T, Failure> {
    match (flag, configured) {
        (Some(value), _) => Ok(value),
        (None, Some(setting)) => T::from_str(&setting.value, true).map_err(|_| {
            let known: Vec<String> = T::value_variants()
                .iter()
                .filter_map(|v| v.to_possible_value().map(|v| v.get_name().to_owned()))
                .collect();
            Failure::new(
                format!("`vauban.yaml` asks for the format `{}`", setting.value),
                format!("one of: {}", known.join(", ")),
            )
        }),
        (None, None) => Ok(default),
    }
}

/// Reads and analyses what is or was.
pub(crate) fn session_with(
    model: Option<&str>,
    arguments: &SharedArguments,
    when: When<'_>,
    max_paths: usize,
) -> Result<(Session, Configuration), Failure> {
    // Git's own words say neither what is missing nor what to do.
    if let When::Revision(revision) = when
        && let Some(failure) = crate::commands::git::unreadable(model.unwrap_or("."), revision)
    {
        return Err(failure);
    }
    let (project, configuration, loaded) = read_with(model, arguments, when)?;
    let today = match &arguments.today {
        Some(day) if !vauban_model::day::is_day(day) => {
            return Err(Failure::new(format!("`{day}` is no day"), "write `--today` as YYYY-MM-DD"));
        }
        Some(day) => Some(day.clone()),
        None => Some(today()),
    };
    for id in &project.methodology.threat_sources {
        if loaded.library.attacker(id).is_none() {
            let known = loaded.library.attackers.iter().map(|a| &*a.id);
            let help = vauban_model::did_you_mean(id, known).map_or_else(
                || "`vauban library list attackers` names all".to_owned(),
                |id| format!("did you mean `{id}`?"),
            );
            return Err(Failure::new(format!("there is no attacker `{id}`"), help));
        }
    }
    let rules = rules(&arguments.library);
    let options = Options { experimental: arguments.experimental, today, max_paths, rules, ..Options::default() };
    Ok((Session::new(project, loaded, options), configuration))
}

/// The file of the methodology that the arguments or the configuration name.
fn methodology_file(arguments: &SharedArguments, configuration: &Configuration) -> Option<String> {
    arguments.methodology.clone().or_else(|| match configuration.config.methodology.as_ref().map(|m| &m.value) {
        Some(MethodologySource::File(path)) => Some(configuration.path(path)),
        _ => None,
    })
}

/// The methodology that the arguments and the configuration name.
pub(crate) fn methodology(arguments: &SharedArguments) -> Result<vauban_model::scale::Methodology, Failure> {
    let configuration = configuration(arguments, None)?;
    let configured = configuration.config.methodology.as_ref().map(|m| &m.value);
    if arguments.methodology.is_none()
        && let Some(MethodologySource::Inline(methodology)) = configured
    {
        return Ok((**methodology).clone());
    }
    let Some(path) = methodology_file(arguments, &configuration) else {
        return Ok(vauban_model::scale::Methodology::default());
    };
    let bytes = files::read(&path).map_err(|reason| {
        Failure::new(format!("`{path}` cannot be read: {reason}"), "name another with `--methodology`")
    })?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut sources = SourceMap::default();
    let id = sources.add(path.clone(), text.clone());
    let file = InputFile { id, name: &path, text: &text };
    let (methodology, diagnostics) = vauban_analysis::format::read_methodology(&[file]);
    narrate(&diagnostics, &sources);
    Ok(methodology)
}

/// Today in UTC, as `YYYY-MM-DD`.
pub(crate) fn today() -> String {
    now().split('T').next().unwrap_or_default().to_owned()
}

/// This moment in UTC, as `YYYY-MM-DDTHH:MM:SSZ`.
pub(crate) fn now() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    vauban_model::day::moment(i64::try_from(seconds).unwrap_or(0))
}

/// Prints messages to standard error.
pub(crate) fn narrate(diagnostics: &[Diagnostic], sources: &SourceMap) {
    let style = style(false, std::io::IsTerminal::is_terminal(&std::io::stderr()));
    use std::io::Write as _;
    // Who closed this misses what is wrong with the input; the exit code says so too.
    let text = vauban_analysis::export::terminal::diagnostics(diagnostics, sources, style);
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// How to print: colours only where they are wanted.
pub(crate) fn style(all: bool, terminal: bool) -> vauban_analysis::export::terminal::Style {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    vauban_analysis::export::terminal::Style { colour: terminal && !no_colour, all, width: width(terminal) }
}

/// Columns that a line may have: as `COLUMNS` says, else as the terminal is wide. What goes elsewhere is not broken.
pub(crate) fn width(terminal: bool) -> Option<usize> {
    if !terminal {
        return None;
    }
    let said = std::env::var("COLUMNS").ok().and_then(|value| value.trim().parse().ok()).filter(|width| *width > 0);
    said.or_else(|| terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| usize::from(columns)))
}
