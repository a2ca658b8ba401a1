//! `vauban evidence pack`: one archive for an auditor.

use std::process::ExitCode;

use clap::Args;
use vauban_analysis::Session;
use vauban_analysis::evidence::{Answering, Pack, Request, Subject, Typeset, pack, quoted};
use vauban_analysis::export::evidence::sha256;
use vauban_analysis::export::terminal::{count, harmless};
use vauban_model::brand::Brand;
use vauban_model::document::Document;
use vauban_model::framework::{Framework, Frameworks};
use vauban_model::{Severity, day, did_you_mean};

use super::common::has_baseline;
use super::keys;
use crate::commands::git;
use crate::commands::report::brand::brand;
use crate::commands::report::documents::pdf;
use crate::commands::{Failure, write_bytes};
use crate::project::{self, Configuration, SharedArguments, When};

/// Attack paths that a pack lists at most, for each model.
const PATHS: usize = 200;

/// Arguments of `vauban evidence pack`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence pack --framework soc2 --from 2026-01-01 --to 2026-12-31 --key signing-key.pem -o 2026.zip model.yaml
  vauban evidence pack --from 2026-04-01 --to 2026-06-30 --seed 8471 shop.yaml portal.yaml

The state is shown as of the last day of the period, or of today while the period runs. Let the auditor name the seed: then
nobody can say that you chose the samples. The same files and arguments on the same commit give the same bytes when `--made` is given.

Exit codes: 0 the pack is made, 2 it could not be, also when the record is not intact or a model has errors.")]
pub(crate) struct Arguments {
    /// The models, or folders of infrastructure code; without any: what `vauban.yaml` names
    #[arg(value_name = "MODEL")]
    models: Vec<String>,

    /// The framework that the pack answers, such as `soc2`: adds an index by requirement; `vauban library list frameworks`
    /// names all
    #[arg(long, value_name = "FRAMEWORK")]
    framework: Option<String>,

    /// Only requirements of this baseline, level or profile of the framework
    #[arg(long, value_name = "BASELINE", requires = "framework")]
    baseline: Option<String>,

    /// First day of the period
    #[arg(long, value_name = "DATE")]
    from: String,

    /// Last day of the period
    #[arg(long, value_name = "DATE")]
    to: String,

    /// The day whose state is shown; by default the last day of the period, or today while it runs
    #[arg(long, value_name = "DATE", conflicts_with = "today")]
    as_of: Option<String>,

    /// Read models, decisions and record as they were at this git revision instead of as the files are
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,

    /// Sign with this key; see `vauban evidence key`
    #[arg(long, value_name = "FILE")]
    key: Option<String>,

    /// What samples are drawn with; by default the period
    #[arg(long, value_name = "WORDS")]
    seed: Option<String>,

    /// How many rows a sample holds
    #[arg(long, value_name = "N", default_value_t = 25)]
    sample: usize,

    /// Who makes the pack
    #[arg(long, value_name = "NAME", default_value = "")]
    by: String,

    /// When the pack is made, YYYY-MM-DDTHH:MM:SSZ; by default what SOURCE_DATE_EPOCH says, else now
    #[arg(long, value_name = "TIME")]
    made: Option<String>,

    /// Classification marking, such as `Confidential`; by default the brand's
    #[arg(long, value_name = "WORDS", default_value = "")]
    marking: String,

    /// How documents look: a file with name, logo, colour, footer and marking; by default `brand` of vauban.yaml
    #[arg(long, value_name = "FILE")]
    brand: Option<String>,

    /// Make the pack although the record is not intact or a model has errors; the pack says so
    #[arg(long)]
    anyway: bool,

    /// The archive to write, which must not be there yet; by default evidence-FROM-TO.zip
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,

    #[command(flatten)]
    shared: SharedArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut request = request(arguments)?;
    let output = arguments.output.clone().unwrap_or_else(|| format!("evidence-{}-{}.zip", request.from, request.to));
    let key = arguments.key.as_deref().map(keys::secret).transpose()?;
    let (sessions, configuration) = sessions(arguments, &request)?;
    request.commit = commit(arguments, &sessions);
    request.brand = brand(arguments.brand.as_deref(), &configuration)?;
    if !arguments.marking.is_empty() {
        request.brand.marking = arguments.marking.as_str().into();
    }
    let library = sessions.first().map(|(_, session)| &session.library);
    let frameworks = library.map(|library| library.frameworks().0).unwrap_or_default();
    let framework = arguments.framework.as_deref().map(|word| framework(&frameworks, word)).transpose()?;
    let baseline = arguments.baseline.as_deref().unwrap_or_default();
    framework.map_or(Ok(()), |framework| has_baseline(framework, baseline))?;
    let answering = framework.map(|framework| Answering { frameworks: &frameworks, framework, baseline });
    let subjects: Vec<Subject<'_>> = sessions.iter().map(|(path, session)| Subject { session, path }).collect();
    let made = pack(&request, &subjects, answering, typesetter(&request.brand).as_deref(), key.as_ref()).map_err(
        |refused| {
            let file = if refused.file.is_empty() { "the pack" } else { &refused.file };
            Failure::new(format!("`{file}` cannot be packed: {}", refused.why), "")
        },
    )?;
    write(&output, &made.bytes)?;
    narrate(&output, &made, key.is_some());
    Ok(ExitCode::SUCCESS)
}

/// The framework that a word names.
fn framework<'a>(known: &'a Frameworks, word: &str) -> Result<&'a Framework, Failure> {
    known.find(word).ok_or_else(|| {
        let names = known.frameworks.iter().flat_map(|it| it.aliases.iter().map(|it| &**it).chain([&*it.id]));
        let help = did_you_mean(word, names).map_or_else(
            || "`vauban library list frameworks` names all".to_owned(),
            |name| format!("did you mean `{name}`?"),
        );
        Failure::new(format!("there is no framework `{word}`"), help)
    })
}

/// What typesets documents as PDF; none where this Vauban was built without.
fn typesetter(brand: &Brand) -> Option<Box<Typeset<'_>>> {
    if !cfg!(feature = "pdf") {
        return None;
    }
    Some(Box::new(|document: &Document| pdf(document, brand).map_err(|failure| failure.message)))
}

/// What the pack is to show.
fn request(arguments: &Arguments) -> Result<Request, Failure> {
    let made = made(arguments)?;
    let today = made.get(..10).unwrap_or_default();
    let (from, to) = (&arguments.from, &arguments.to);
    let today = arguments.shared.today.as_deref().unwrap_or(today);
    let as_of = arguments.as_of.clone().unwrap_or_else(|| to.as_str().min(today).to_owned());
    for (name, text) in [("--from", from), ("--to", to), ("--as-of", &as_of)] {
        if !day::is_day(text) {
            return Err(Failure::new(format!("`{name} {text}` is no day"), "write YYYY-MM-DD"));
        }
    }
    if from > to {
        return Err(Failure::new(
            format!("the period ends on {to}, before it begins on {from}"),
            "exchange the two days",
        ));
    }
    let seed = arguments.seed.clone().unwrap_or_else(|| format!("{from}/{to}"));
    let mut request = Request {
        from: from.clone(),
        to: to.clone(),
        as_of,
        made,
        by: arguments.by.clone(),
        seed,
        sample: arguments.sample,
        brand: Brand::default(),
        command: String::new(),
        revision: arguments.revision.clone().unwrap_or_default(),
        commit: None,
    };
    request.command = command(arguments, &request);
    Ok(request)
}

/// When the pack is made.
fn made(arguments: &Arguments) -> Result<String, Failure> {
    if let Some(made) = &arguments.made {
        return if day::is_moment(made) {
            Ok(made.clone())
        } else {
            Err(Failure::new(format!("`--made {made}` is no time"), "write YYYY-MM-DDTHH:MM:SSZ"))
        };
    }
    let said = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse::<i64>().ok());
    let now = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        i64::try_from(since.map_or(0, |since| since.as_secs())).unwrap_or(0)
    };
    Ok(day::moment(said.unwrap_or_else(now)))
}

/// The command that makes the same pack again.
fn command(arguments: &Arguments, request: &Request) -> String {
    let sample = request.sample.to_string();
    let options = [
        ("--framework", arguments.framework.as_deref().unwrap_or_default()),
        ("--baseline", arguments.baseline.as_deref().unwrap_or_default()),
        ("--from", &request.from),
        ("--to", &request.to),
        ("--as-of", &request.as_of),
        ("--revision", &request.revision),
        ("--seed", &request.seed),
        ("--sample", &sample),
        ("--by", &request.by),
        ("--made", &request.made),
        ("--marking", &arguments.marking),
        ("--brand", arguments.brand.as_deref().unwrap_or_default()),
    ];
    let mut words = vec!["vauban evidence pack".to_owned()];
    for (name, value) in options.into_iter().filter(|(_, value)| !value.is_empty()) {
        words.push(format!("{name} {}", quoted(value)));
    }
    words.extend(shared(&arguments.shared));
    words.extend(arguments.models.iter().map(|model| quoted(model)));
    words.join(" ")
}

/// The options that all commands share, as they were given; the day is another.
fn shared(arguments: &SharedArguments) -> Vec<String> {
    let lists = [
        ("--overlay", &arguments.overlay),
        ("--decisions", &arguments.decisions),
        ("--library", &arguments.library),
        ("--var", &arguments.var),
        ("--var-file", &arguments.var_file),
        ("--variant", &arguments.variant),
        ("--profile", &arguments.profile),
    ];
    let single = [
        ("--record", &arguments.record),
        ("--methodology", &arguments.methodology),
        ("--config", &arguments.config),
        ("--input-format", &arguments.input_format),
        ("--columns", &arguments.columns),
    ];
    let lists = lists.into_iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    let single = single.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let mut words: Vec<String> = lists.chain(single).map(|(name, value)| format!("{name} {}", quoted(value))).collect();
    let switches = [("--unfold", arguments.unfold), ("--experimental", arguments.experimental)];
    words.extend(switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| name.to_owned()));
    words
}

/// Reads and analyses every model as of the day; with them the configuration of the first.
fn sessions(arguments: &Arguments, request: &Request) -> Result<(Vec<(String, Session)>, Configuration), Failure> {
    let shared = SharedArguments { today: Some(request.as_of.clone()), ..arguments.shared.clone() };
    let when = arguments.revision.as_deref().map_or(When::Now, When::Revision);
    let named: Vec<Option<&str>> = match arguments.models.as_slice() {
        [] => vec![None],
        models => models.iter().map(|model| Some(model.as_str())).collect(),
    };
    let mut out = Vec::new();
    let mut first_configuration = None;
    for model in named {
        let (session, configuration) = project::session_with(model, &shared, when, PATHS)?;
        project::narrate(&session.diagnostics, &session.project.sources);
        let first = session.project.sources.iter().next().map(|(_, file)| file.name.clone());
        let path = model.map(str::to_owned).or(first).unwrap_or_default();
        let broken = session.project.record.as_ref().is_some_and(|record| !record.intact);
        if broken && !arguments.anyway {
            return Err(Failure::new(
                "the record of events is not intact: nothing that rests on it can be relied on",
                "`vauban evidence record verify` says what was altered; with `--anyway` the pack is made and says so",
            ));
        }
        let errors = session.diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
        if errors > 0 && !arguments.anyway {
            return Err(Failure::new(
                format!("`{path}` has {}: a pack would leave out what could not be read", count(errors, "error")),
                "mend them, or make the pack with `--anyway`; it then says so",
            ));
        }
        first_configuration.get_or_insert(configuration);
        out.push((path, session));
    }
    Ok((out, first_configuration.unwrap_or_default()))
}

/// The commit that the models were read at, or lie on; and whether all that was read is in it as it was read. `None` where
/// there is no repository, or the models lie in several.
fn commit(arguments: &Arguments, sessions: &[(String, Session)]) -> Option<(String, bool)> {
    let revision = arguments.revision.as_deref().unwrap_or("HEAD");
    let mut found: Option<(String, bool)> = None;
    for (path, session) in sessions {
        let commit = git::commit(path, revision)?;
        let as_read = arguments.revision.is_some() || {
            let is_folder = std::path::Path::new(path).is_dir();
            let sources = session.project.sources.iter().map(|(_, file)| file.name.as_str());
            // What lies beside a folder is looked at by itself: overlay, decisions, methodology.
            let inside = std::path::Path::new(path);
            let beside = sources.filter(|file| !is_folder || !std::path::Path::new(file).starts_with(inside));
            let beside: Vec<&str> = beside.chain(arguments.brand.as_deref()).collect();
            (!is_folder || git::is_clean(path, &[path.as_str()])) && (beside.is_empty() || git::is_clean(path, &beside))
        };
        match &mut found {
            Some((known, _)) if *known != commit => return None,
            Some((_, clean)) => *clean &= as_read,
            None => found = Some((commit, as_read)),
        }
    }
    found
}

/// Writes the archive. One that is there already is evidence: only the same bytes may take its place.
fn write(path: &str, bytes: &[u8]) -> Result<(), Failure> {
    match crate::files::read(path) {
        Ok(known) if known == bytes => Ok(()),
        Ok(_) => Err(Failure::new(
            format!("`{path}` is there already, with other content"),
            "evidence is never overwritten: name another file with `--output`",
        )),
        Err(_) => write_bytes(bytes, Some(path)),
    }
}

fn narrate(path: &str, made: &Pack, signed: bool) {
    let (lists, rows) = made.lists;
    tell!(
        "{}: {}, {} with {}, {}.",
        harmless(path),
        count(made.files, "file"),
        count(lists, "list"),
        count(rows, "row"),
        if signed { "signed" } else { "NOT signed (`--key` signs)" }
    );
    tell!("SHA-256 {}", sha256(&made.bytes));
    tell!("\nWhat is missing, as the pack says it:");
    for gap in &made.gaps {
        tell!("- {}", harmless(gap));
    }
    tell!("\nCheck it: vauban evidence verify {}", quoted(path));
}
