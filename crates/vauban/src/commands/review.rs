//! `vauban review`: which reviews are due, how deep, and what they found.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use vauban_analysis::Session;
use vauban_analysis::export::registers;
use vauban_analysis::reviews::{self, Due, Review};
use vauban_analysis::scope::{Scoping, Tier, scope};
use vauban_model::document::shown;
use vauban_model::record::{Entry, EventKind, SYSTEM, makers, same_person};

use super::{Failure, git, pretty, write_output};
use crate::lock::Lock;
use crate::project::{self, ProjectArguments, SharedArguments, When};
use crate::record::{self, Actor, ActorArguments, Shape};

/// Arguments of `vauban review`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban review due model.yaml                    whether a review is due, and why
  vauban review due a.yaml b.yaml --gate          exit 1 when one is, for a nightly job
  vauban review scope model.yaml --against main   how much modeling this branch needs, and why
  vauban review start model.yaml --people 'Ada, Bob'
  vauban review close model.yaml --people 'Ada, Bob' --outcome no-change --hours 2
  vauban review list model.yaml --format csv")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say whether reviews are due, and why: the date, a change, an incident, intelligence, a lapsed acceptance
    Due(DueArguments),
    /// Say how much modeling a change needs, and why
    Scope(ScopeArguments),
    /// Begin a review
    Start(StartArguments),
    /// End a review and write down what it found, also when nothing changed
    Close(CloseArguments),
    /// List the reviews on record
    List(ListArguments),
}

#[derive(Debug, Args)]
struct DueArguments {
    /// The models; without one: what `vauban.yaml` names, or the model in this folder
    #[arg(value_name = "MODEL")]
    models: Vec<String>,

    #[command(flatten)]
    shared: SharedArguments,

    /// Compare with the model at this git revision; by default the one at which it was last reviewed
    #[arg(long, value_name = "REVISION")]
    against: Option<String>,

    /// Exit 1 when a review is due
    #[arg(long)]
    gate: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    format: Plain,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

/// Output formats of what is no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Plain {
    /// For people at a terminal
    Text,
    /// For machines; has a published schema
    Json,
}

#[derive(Debug, Args)]
struct ScopeArguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// The git revision to compare with
    #[arg(long, value_name = "REVISION")]
    against: String,

    /// Write the result into the record, with the reason
    #[arg(long)]
    write: bool,

    /// Choose this depth instead of the computed one; needs `--reason`
    #[arg(long, value_enum, value_name = "TIER")]
    tier: Option<Depth>,

    /// Why this depth was chosen
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,

    #[command(flatten)]
    actor: ActorArguments,

    /// How to print
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    format: Plain,
}

/// How deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Depth {
    /// Nothing
    None,
    /// The automatic check
    Automatic,
    /// Half an hour on what changed
    Rapid,
    /// The whole model, signed
    Formal,
}

impl Depth {
    fn tier(self) -> Tier {
        match self {
            Depth::None => Tier::None,
            Depth::Automatic => Tier::Automatic,
            Depth::Rapid => Tier::Rapid,
            Depth::Formal => Tier::Formal,
        }
    }
}

#[derive(Debug, Args)]
struct StartArguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// Its id; by default the quarter, such as 2026-Q3
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// Who takes part, separated by commas
    #[arg(long, value_name = "NAMES", default_value = "")]
    people: String,

    /// What is looked at
    #[arg(long, value_name = "TEXT", default_value = "the whole model")]
    scope: String,

    #[command(flatten)]
    actor: ActorArguments,
}

#[derive(Debug, Args)]
struct CloseArguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// Its id; by default the review that runs, else the quarter
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// Who took part, separated by commas
    #[arg(long, value_name = "NAMES", default_value = "")]
    people: String,

    /// What was looked at
    #[arg(long, value_name = "TEXT", default_value = "")]
    scope: String,

    /// How it ended
    #[arg(long, value_enum)]
    outcome: Outcome,

    /// What was decided; by default the treatments decided since the last review
    #[arg(long, value_name = "TEXT", default_value = "")]
    decided: String,

    /// The day of the next one; by default what the methodology says
    #[arg(long, value_name = "DATE")]
    next: Option<String>,

    /// Hours it took, all people together
    #[arg(long, value_name = "N")]
    hours: Option<u32>,

    /// It was held by people who did not make the model
    #[arg(long)]
    independent: bool,

    /// Only what changed was looked at
    #[arg(long)]
    rapid: bool,

    /// Compare with the model at this git revision; by default the one at which it was last reviewed
    #[arg(long, value_name = "REVISION")]
    against: Option<String>,

    #[command(flatten)]
    actor: ActorArguments,
}

/// How a review ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Outcome {
    /// The model holds as it is
    NoChange,
    /// The model or the decisions were changed
    Changed,
    /// The model must be worked over
    Rework,
}

#[derive(Debug, Args)]
struct ListArguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// How to print
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.what {
        What::Due(arguments) => due(arguments),
        What::Scope(arguments) => scoping(arguments),
        What::Start(arguments) => start(arguments),
        What::Close(arguments) => close(arguments),
        What::List(arguments) => list(arguments),
    }
}

/// Reads and analyses on a day.
fn session(model: Option<&str>, shared: &SharedArguments, day: Option<&str>) -> Result<Session, Failure> {
    let today = shared.today.clone().or_else(|| day.map(str::to_owned));
    let shared = SharedArguments { today, ..shared.clone() };
    let (session, _) = project::session_with(model, &shared, When::Now, 50)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    project::sound(&session)?;
    Ok(session)
}

/// What changed since a revision; `None` where the model could not be read there.
fn since(model: Option<&str>, shared: &SharedArguments, revision: &str, now: &Session) -> Result<Scoping, Failure> {
    if revision.starts_with('-') {
        return Err(Failure::new(format!("`{revision}` is no revision"), "name a branch, tag or commit"));
    }
    let shared = SharedArguments { lenient: true, ..shared.clone() };
    let (before, _) = project::session_with(model, &shared, When::Revision(revision), 50)
        .map_err(|failure| Failure::new(format!("at revision {revision}: {}", failure.message), failure.help))?;
    Ok(scope(&before, now))
}

/// What changed since the last review, where it says at which revision it was and that can be read.
fn since_review(
    model: Option<&str>,
    shared: &SharedArguments,
    against: Option<&str>,
    now: &Session,
    today: &str,
) -> Result<Option<Scoping>, Failure> {
    if let Some(revision) = against {
        return since(model, shared, revision, now).map(Some);
    }
    let last = reviews::due(now, today, None).last;
    let Some(revision) = last.map(|last| last.revision).filter(|revision| !revision.is_empty()) else {
        return Ok(None);
    };
    match since(model, shared, &revision, now) {
        Ok(scoping) => Ok(Some(scoping)),
        Err(failure) => {
            tell!("What changed since the last review is not known: {}.", failure.message);
            Ok(None)
        }
    }
}

fn due(arguments: &DueArguments) -> Result<ExitCode, Failure> {
    let today = arguments.shared.today.clone().unwrap_or_else(project::today);
    let named: Vec<Option<&str>> = match arguments.models.as_slice() {
        [] => vec![None],
        models => models.iter().map(|model| Some(model.as_str())).collect(),
    };
    let mut all: Vec<Due> = Vec::new();
    for model in named {
        let session = session(model, &arguments.shared, None)?;
        let since = since_review(model, &arguments.shared, arguments.against.as_deref(), &session, &today)?;
        all.push(reviews::due(&session, &today, since.as_ref()));
    }
    let terminal = arguments.output.is_none() && std::io::IsTerminal::is_terminal(&std::io::stdout());
    let text = match arguments.format {
        Plain::Text => registers::due_text(&all, project::style(false, terminal)),
        Plain::Json => pretty(&registers::due_json(&all, &today)),
    };
    write_output(&text, arguments.output.as_deref())?;
    let any = all.iter().any(Due::is_due);
    Ok(if arguments.gate && any { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn scoping(arguments: &ScopeArguments) -> Result<ExitCode, Failure> {
    let actor = arguments.actor.actor();
    let (model, shared) = (arguments.project.model.as_deref(), &arguments.project.shared);
    let session = session(model, shared, None)?;
    let scoping = since(model, shared, &arguments.against, &session)?;
    let chosen = arguments.tier.map_or(scoping.tier, Depth::tier);
    if chosen != scoping.tier && arguments.reason.trim().is_empty() {
        return Err(Failure::new(
            format!(
                "the change asks for `{}`, and `{}` was chosen without a reason",
                scoping.tier.as_str(),
                chosen.as_str()
            ),
            "say why with `--reason`",
        ));
    }
    let text = match arguments.format {
        Plain::Text => scope_text(&scoping),
        Plain::Json => pretty(&json!({
            "schema": "https://vauban.example/schema/review-scope/1",
            "version": 1,
            "tier": scoping.tier.as_str(),
            "work": scoping.tier.work(),
            "reasons": scoping.reasons.iter().map(|reason| json!({
                "tier": reason.tier.as_str(),
                "text": reason.text,
            })).collect::<Vec<_>>(),
            "changes": scoping.changes.len(),
            "new_threats": scoping.new_threats,
            "threats_gone": scoping.threats_gone,
            "new_paths": scoping.new_paths,
            "paths_closed": scoping.paths_closed,
        })),
    };
    write_output(&text, None)?;
    if arguments.write {
        let reason = if arguments.reason.is_empty() { first_reason(&scoping) } else { arguments.reason.clone() };
        let computed = if chosen == scoping.tier { "" } else { scoping.tier.as_str() };
        let entry = actor?
            .entry(EventKind::Scoped, "model")
            .content(&reviews::model_hash(&session))
            .detail(SYSTEM, &session.project.model.system.name)
            .detail("tier", chosen.as_str())
            .detail("computed-tier", computed)
            .detail("reason", &reason)
            .detail("against", &revision_of(model, &arguments.against).unwrap_or_else(|| arguments.against.clone()));
        let path = project::places(model, shared)?.record;
        record::append(&path, &[told(entry, &scoping)])?;
        tell!("Written to {path}.");
    }
    Ok(ExitCode::SUCCESS)
}

fn first_reason(scoping: &Scoping) -> String {
    scoping.reasons.first().map_or_else(|| "nothing changed".to_owned(), |reason| reason.text.clone())
}

fn scope_text(scoping: &Scoping) -> String {
    let mut out = format!("Tier: {}. {}\n", scoping.tier.as_str(), scoping.tier.work());
    for reason in &scoping.reasons {
        let _ = writeln!(out, "  {}: {}", reason.tier.as_str(), reason.text);
    }
    out
}

/// The numbers of a difference, as details.
fn told(entry: Entry, scoping: &Scoping) -> Entry {
    let numbers = [
        ("changes", scoping.changes.len()),
        ("new-threats", scoping.new_threats),
        ("threats-gone", scoping.threats_gone),
        ("new-paths", scoping.new_paths),
        ("paths-closed", scoping.paths_closed),
    ];
    numbers.into_iter().fold(entry, |entry, (name, number)| entry.detail(name, &number.to_string()))
}

/// The commit that a revision names in the repository of a model.
fn revision_of(model: Option<&str>, revision: &str) -> Option<String> {
    git::commit(model.unwrap_or("."), revision)
}

/// An entry with the commit at which the model can be read again as it is now. Where it is not committed as it is, that is
/// written down and said instead: the newest commit holds another model.
fn placed(entry: Entry, model: Option<&str>, shared: &SharedArguments, now: &Session) -> Entry {
    let Some(revision) = revision_of(model, "HEAD") else { return entry };
    let lenient = SharedArguments { lenient: true, ..shared.clone() };
    let committed = project::session_with(model, &lenient, When::Revision(&revision), 1)
        .is_ok_and(|(there, _)| reviews::model_hash(&there) == reviews::model_hash(now));
    if committed {
        return entry.detail("revision", &revision);
    }
    tell!(
        "The model is not committed as it is: no revision is written down, so the next review cannot say what changed since. \
         Commit it first, next time."
    );
    entry.detail("uncommitted", "yes")
}

/// The id of a review by its quarter, with a number behind where there was one.
fn fresh_id(session: &Session, day: &str) -> String {
    let month: u32 = day.get(5..7).and_then(|month| month.parse().ok()).unwrap_or(1);
    let base = format!("{}-Q{}", day.get(..4).unwrap_or(""), month.saturating_sub(1) / 3 + 1);
    let known = known(session);
    let taken = |id: &str| known.iter().any(|review| *review.id == *id);
    if !taken(&base) {
        return base;
    }
    (2..).map(|number| format!("{base}-{number}")).find(|id| !taken(id)).unwrap_or(base)
}

fn known(session: &Session) -> Vec<Review> {
    let system = &session.project.model.system.name;
    let record = session.project.record.as_ref();
    record.map(|record| reviews::reviews(record, Some(system), None)).unwrap_or_default()
}

fn start(arguments: &StartArguments) -> Result<ExitCode, Failure> {
    let actor = arguments.actor.actor()?;
    let (model, shared) = (arguments.project.model.as_deref(), &arguments.project.shared);
    let path = project::places(model, shared)?.record;
    let lock = Lock::of(&path)?;
    let session = session(model, shared, Some(&actor.effective))?;
    if let Some(running) = known(&session).iter().rev().find(|review| review.closed.is_none()) {
        return Err(Failure::new(
            format!("the review `{}` runs since {}", running.id, running.started.as_deref().unwrap_or("")),
            "end it first with `vauban review close`",
        ));
    }
    let id = arguments.id.clone().unwrap_or_else(|| fresh_id(&session, &actor.effective));
    if known(&session).iter().any(|review| *review.id == *id) {
        return Err(Failure::new(format!("there was a review `{id}` already"), "choose another id with `--id`"));
    }
    let entry = actor
        .entry(EventKind::ReviewStarted, &format!("review:{id}"))
        .content(&reviews::model_hash(&session))
        .detail(SYSTEM, &session.project.model.system.name)
        .detail("people", &arguments.people)
        .detail("scope", &arguments.scope);
    let entry = placed(entry, model, shared, &session);
    record::append_under(&lock, &path, &[entry])?;
    tell!("The review {id} has begun; written to {path}. `vauban review close` ends it.");
    Ok(ExitCode::SUCCESS)
}

fn close(arguments: &CloseArguments) -> Result<ExitCode, Failure> {
    let actor = arguments.actor.actor()?;
    let (model, shared) = (arguments.project.model.as_deref(), &arguments.project.shared);
    let path = project::places(model, shared)?.record;
    let lock = Lock::of(&path)?;
    let session = session(model, shared, Some(&actor.effective))?;
    let known = known(&session);
    let running = known.iter().rev().find(|review| review.closed.is_none());
    let id = arguments
        .id
        .clone()
        .or_else(|| running.map(|review| review.id.to_string()))
        .unwrap_or_else(|| fresh_id(&session, &actor.effective));
    if known.iter().any(|review| *review.id == *id && review.closed.is_some()) {
        return Err(Failure::new(format!("the review `{id}` is closed already"), "choose another id with `--id`"));
    }
    if arguments.people.trim().is_empty() && running.is_none_or(|review| review.people.is_empty()) {
        return Err(Failure::new("nobody is named as having taken part", "say who with `--people 'Ada, Bob'`"));
    }
    if arguments.independent
        && let Some(maker) = maker_among(arguments, &actor, &session, running)
    {
        tell!(
            "The rules say no: {} took part and made what is reviewed, by the record (proposed, changed or scoped it). Name who \
             held the review with `--people`, or leave `--independent` out.",
            shown(&maker)
        );
        return Ok(ExitCode::from(1));
    }
    let next = match &arguments.next {
        Some(day) if vauban_model::day::is_day(day) && **day <= *actor.effective => {
            return Err(Failure::new(
                format!("`--next {day}` is no later than {}, the day of this review", actor.effective),
                "name a day that is still to come",
            ));
        }
        Some(day) if vauban_model::day::is_day(day) => Some(day.clone()),
        Some(day) => return Err(Failure::new(format!("`--next {day}` is no day"), "write a day as 2027-01-31")),
        None => reviews::next_after(&session, &actor.effective),
    };
    let since = since_review(model, shared, arguments.against.as_deref(), &session, &actor.effective)?;
    let entry = closing(arguments, &actor, &session, &id, next.as_deref(), since.as_ref());
    let entry = placed(entry, model, shared, &session);
    record::append_under(&lock, &path, &[entry])?;
    let until = next.map_or_else(String::new, |next| format!(" The next one is due on {next}."));
    tell!("The review {id} is closed; written to {path}.{until}");
    Ok(ExitCode::SUCCESS)
}

/// The first of those who take part in a review who made what is reviewed, as far as the record tells.
fn maker_among(
    arguments: &CloseArguments,
    actor: &Actor,
    session: &Session,
    running: Option<&Review>,
) -> Option<String> {
    let record = session.project.record.as_ref()?;
    let events = record.in_effect(Some(&session.project.model.system.name), None);
    let makers = makers(&events);
    let named = arguments.people.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut all: Vec<&str> = named.collect();
    // Who is named in the end took part, whoever was to when it began.
    if let Some(review) = running.filter(|_| all.is_empty()) {
        all.extend(review.people.iter().map(|name| &**name));
    }
    all.push(&actor.who);
    all.into_iter().find(|name| makers.iter().any(|maker| same_person(maker, name))).map(str::to_owned)
}

/// What a review leaves behind.
fn closing(
    arguments: &CloseArguments,
    actor: &Actor,
    session: &Session,
    id: &str,
    next: Option<&str>,
    since: Option<&Scoping>,
) -> Entry {
    let hash = reviews::model_hash(session);
    let last = reviews::due(session, &actor.effective, None);
    let changed = match (since, last.model_changed) {
        (Some(scoping), _) => changed(scoping),
        (None, Some(false)) => "nothing: the model is the one last reviewed".to_owned(),
        (None, Some(true)) => "the model changed; its earlier text could not be read to say how".to_owned(),
        (None, None) => "first review on record".to_owned(),
    };
    let decided = if arguments.decided.is_empty() {
        let from = last.last.as_ref().and_then(|last| last.closed.as_deref()).unwrap_or("");
        let since_then =
            session.treatments.iter().filter(|it| it.stage.holds() && it.decided.as_deref().unwrap_or("") > from);
        since_then.map(|it| format!("{} {}", it.treatment.as_str(), it.finding)).collect::<Vec<_>>().join("; ")
    } else {
        arguments.decided.clone()
    };
    let outcome = arguments.outcome.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let hours = arguments.hours.map(|hours| hours.to_string()).unwrap_or_default();
    let entry = actor
        .entry(EventKind::ReviewClosed, &format!("review:{id}"))
        .content(&hash)
        .detail(SYSTEM, &session.project.model.system.name)
        .detail("people", &arguments.people)
        .detail("scope", &arguments.scope)
        .detail("depth", if arguments.rapid { "rapid" } else { "formal" })
        .detail("outcome", &outcome)
        .detail("changed", &changed)
        .detail("decisions", &decided)
        .detail("next", next.unwrap_or_default())
        .detail("hours", &hours)
        .detail("independent", if arguments.independent { "yes" } else { "" });
    match since {
        Some(scoping) => told(entry, scoping),
        None => entry,
    }
}

/// A difference in a few sentences.
fn changed(scoping: &Scoping) -> String {
    const MOST: usize = 12;
    if scoping.changes.is_empty()
        && scoping.new_threats + scoping.threats_gone + scoping.new_paths + scoping.paths_closed == 0
    {
        return "nothing".to_owned();
    }
    let mut sentences: Vec<String> = scoping.changes.iter().take(MOST).map(|change| change.text.clone()).collect();
    if scoping.changes.len() > MOST {
        sentences.push(format!("and {} more", scoping.changes.len() - MOST));
    }
    sentences.push(format!(
        "new threats {}, threats gone {}, new paths {}, paths closed {}",
        scoping.new_threats, scoping.threats_gone, scoping.new_paths, scoping.paths_closed
    ));
    sentences.join("; ")
}

fn list(arguments: &ListArguments) -> Result<ExitCode, Failure> {
    let session = session(arguments.project.model.as_deref(), &arguments.project.shared, None)?;
    let all = known(&session);
    let terminal = arguments.output.is_none() && std::io::IsTerminal::is_terminal(&std::io::stdout());
    let text = match arguments.format {
        Shape::Text => registers::reviews_text(&all, project::style(false, terminal)),
        Shape::Json => pretty(&registers::reviews_json(&all)),
        Shape::Csv => registers::reviews_csv(&all),
        Shape::Markdown => registers::reviews_markdown(&all),
    };
    write_output(&text, arguments.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}
