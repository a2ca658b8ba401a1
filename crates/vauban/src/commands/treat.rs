//! `vauban treat`: what is done about threats, from a proposal to what shows that it was done.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use vauban_analysis::Session;
use vauban_analysis::export::evidence::sha256;
use vauban_analysis::export::registers;
use vauban_analysis::format::write_decision;
use vauban_analysis::treatments::{self, SHOWN, bound_details, content_hash};
use vauban_model::coverage::Artefact;
use vauban_model::day::is_day;
use vauban_model::did_you_mean;
use vauban_model::document::shown;
use vauban_model::finding::{Decision, Treatment};
use vauban_model::proof::{self, SHA256 as EVIDENCE_SHA256, is_named};
use vauban_model::record::{Entry, EventKind, SYSTEM, same_person};
use vauban_model::treatment::{Part, Stage, TreatmentOf};
use vauban_model::{FileId, Span};

use super::{Failure, pretty, write_output};
use crate::lock::Lock;
use crate::project::{self, Places, ProjectArguments, SharedArguments, When};
use crate::record::{self, Actor, ActorArguments, Shape};

/// Bytes of a file of which a SHA-256 is noted as evidence, at most.
const MOST_BYTES: u64 = 256 << 20;

/// Arguments of `vauban treat`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban treat propose ID --treatment accept --reason 'Low value' --owner Ada --until 2027-06-30
  vauban treat approve ID --who Bob --role CISO
  vauban treat propose ID --treatment mitigate --reason 'Add a limit' --owner Ada --due 2027-01-31 --control rate-limiting
  vauban treat start ID
  vauban treat implement ID
  vauban treat verify ID --evidence 'test report 2027-02-01'
  vauban treat list --only exceptions --format csv
ID is what `vauban check` shows, `threat@element`. Proposals have no effect until somebody else approves them. What is decided
goes to MODEL.decisions.yaml beside the model; what happened, to vauban.record.jsonl.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List treatments: the treatment plan, the plan of action with milestones, the register of exceptions
    List(ListArguments),
    /// Show one treatment with its history
    Show(OneArguments),
    /// Propose what is done about a threat
    Propose(ProposeArguments),
    /// Approve a proposal; not by who proposed it
    Approve(StepArguments),
    /// Turn a proposal down
    Reject(StepArguments),
    /// Say that work on a treatment has begun
    Start(StepArguments),
    /// Say that a treatment was carried out
    Implement(StepArguments),
    /// Say what shows that a treatment was carried out: the model itself, or a document
    Verify(VerifyArguments),
    /// Take a treatment back
    Withdraw(StepArguments),
}

/// Which threat, of which model.
#[derive(Debug, Args)]
struct Which {
    /// The finding, `threat@element`, by the id that `vauban check` shows
    #[arg(value_name = "ID")]
    id: String,

    /// The model, or a folder with infrastructure code; without it: what `vauban.yaml` names, or the model in this folder
    #[arg(long, short, value_name = "MODEL")]
    model: Option<String>,

    #[command(flatten)]
    shared: SharedArguments,
}

#[derive(Debug, Args)]
struct OneArguments {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
struct ListArguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// Only one of the registers
    #[arg(long, value_enum, value_name = "REGISTER")]
    only: Option<Only>,

    /// Exit 1 when something is overdue, expired or lapsed
    #[arg(long)]
    gate: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

/// The registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Only {
    /// The treatment plan: what is to be done, is being done and was done
    Plan,
    /// The plan of action with milestones: what is not shown to be done yet
    Actions,
    /// The register of exceptions: accepted, transferred, called a false positive
    Exceptions,
}

#[derive(Debug, Args)]
struct ProposeArguments {
    #[command(flatten)]
    which: Which,

    /// What is done about it
    #[arg(long, value_enum, value_name = "TREATMENT")]
    treatment: What5,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Who carries it out or answers for it
    #[arg(long, value_name = "NAME")]
    owner: String,

    /// Its last day; needed to accept, to transfer and for a false positive
    #[arg(long, value_name = "DATE")]
    until: Option<String>,

    /// The day by which it is done
    #[arg(long, value_name = "DATE")]
    due: Option<String>,

    /// A control that carries it out, by id (may be repeated)
    #[arg(long, value_name = "ID")]
    control: Vec<String>,

    /// Ticket
    #[arg(long, value_name = "TICKET", default_value = "")]
    ticket: String,

    #[command(flatten)]
    actor: ActorArguments,
}

/// The treatments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What5 {
    /// Reduce it
    Mitigate,
    /// Live with it
    Accept,
    /// Let somebody else carry it
    Transfer,
    /// Remove what makes it possible
    Avoid,
    /// It is not real
    FalsePositive,
}

impl What5 {
    fn treatment(self) -> Treatment {
        match self {
            What5::Mitigate => Treatment::Mitigate,
            What5::Accept => Treatment::Accept,
            What5::Transfer => Treatment::Transfer,
            What5::Avoid => Treatment::Avoid,
            What5::FalsePositive => Treatment::FalsePositive,
        }
    }
}

#[derive(Debug, Args)]
struct StepArguments {
    #[command(flatten)]
    which: Which,

    /// Why, or a remark
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,

    #[command(flatten)]
    actor: ActorArguments,
}

#[derive(Debug, Args)]
struct VerifyArguments {
    #[command(flatten)]
    which: Which,

    /// What shows it, so that others can look it up: a document by its name, a link, a hash, the number of a run or ticket;
    /// the SHA-256 of a file that is there is noted. What names nothing is stated, not verified. Without it, the model must
    /// show it
    #[arg(long, value_name = "DOCUMENT")]
    evidence: Option<String>,

    #[command(flatten)]
    actor: ActorArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.what {
        What::List(arguments) => list(arguments),
        What::Show(arguments) => show(arguments),
        What::Propose(arguments) => propose(arguments),
        What::Approve(arguments) => approve(arguments),
        What::Reject(arguments) => step(arguments, EventKind::Rejected, &[Stage::Proposed, Stage::Lapsed]),
        What::Start(arguments) => step(arguments, EventKind::Started, &[Stage::Approved]),
        What::Implement(arguments) => {
            step(arguments, EventKind::Implemented, &[Stage::Approved, Stage::InProgress, Stage::Contradicted])
        }
        What::Verify(arguments) => verify(arguments),
        What::Withdraw(arguments) => step(
            arguments,
            EventKind::Withdrawn,
            &[
                Stage::Proposed,
                Stage::Approved,
                Stage::InProgress,
                Stage::Implemented,
                Stage::Stated,
                Stage::Verified,
                Stage::Contradicted,
                Stage::Lapsed,
                Stage::Expired,
            ],
        ),
    }
}

/// Reads and analyses on the day on which something is done. The lock comes first: what is read is what is written to.
fn session(which: &Which, actor: &Actor) -> Result<(Session, Places, Lock), Failure> {
    let places = project::places(which.model.as_deref(), &which.shared)?;
    let lock = Lock::of(&places.record)?;
    let today = which.shared.today.clone().or_else(|| Some(actor.effective.clone()));
    let shared = SharedArguments { today, ..which.shared.clone() };
    let (session, _) = project::session_with(which.model.as_deref(), &shared, When::Now, 20)?;
    if session.project.record.as_ref().is_some_and(|record| !record.intact) {
        return Err(Failure::new(format!("the record `{}` is not what was written", places.record), record::RESTORE));
    }
    project::narrate(&session.diagnostics, &session.project.sources);
    project::sound(&session)?;
    in_order(&session, &which.id, actor)?;
    Ok((session, places, lock))
}

/// Nothing is done about a proposal before it exists: a step holds from the day of the last proposal at the earliest. What
/// was forgotten is written down late, with the days in their order.
fn in_order(session: &Session, id: &str, actor: &Actor) -> Result<(), Failure> {
    let Some(record) = &session.project.record else { return Ok(()) };
    let events = record.in_effect(Some(&session.project.model.system.name), None);
    let proposed = events.iter().filter(|event| event.kind == EventKind::Proposed && *event.subject == *id);
    let Some(last) = proposed.map(|event| &event.effective).max() else { return Ok(()) };
    if **last <= *actor.effective {
        return Ok(());
    }
    Err(Failure::new(
        format!("nothing about `{id}` can hold from {}: what is on record was proposed for {last}", actor.effective),
        format!("name {last} or a later day with `--effective`"),
    ))
}

fn list(arguments: &ListArguments) -> Result<ExitCode, Failure> {
    let (session, _) = project::session(&arguments.project)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    project::sound(&session)?;
    let chosen: Vec<&TreatmentOf> = session
        .treatments
        .iter()
        .filter(|it| match arguments.only {
            None => true,
            Some(Only::Plan) => it.is_planned(),
            Some(Only::Actions) => it.is_action(),
            Some(Only::Exceptions) => it.is_exception(),
        })
        .collect();
    let today = session.options.today.clone().unwrap_or_default();
    let terminal = arguments.output.is_none() && std::io::IsTerminal::is_terminal(&std::io::stdout());
    let text = match arguments.format {
        Shape::Text => registers::treatments_text(&chosen, project::style(false, terminal)),
        Shape::Json => pretty(&registers::treatments_json(&chosen, &today)),
        Shape::Csv => registers::treatments_csv(&chosen),
        Shape::Markdown => registers::treatments_markdown(&chosen),
    };
    write_output(&text, arguments.output.as_deref())?;
    let late = chosen.iter().any(|it| it.overdue || matches!(it.stage, Stage::Expired | Stage::Lapsed));
    Ok(if arguments.gate && late { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn show(arguments: &OneArguments) -> Result<ExitCode, Failure> {
    let which = &arguments.which;
    let (session, _) = project::session_with(which.model.as_deref(), &which.shared, When::Now, 20)?;
    broken(&session);
    let it = treated(&session, &which.id)?;
    let style = project::style(true, std::io::IsTerminal::is_terminal(&std::io::stdout()));
    write_output(&registers::treatment_text(it, style), None)?;
    Ok(ExitCode::SUCCESS)
}

/// Says that a record is not what was written.
fn broken(session: &Session) {
    let Some(record) =
        session.project.record_file.filter(|_| session.project.record.as_ref().is_some_and(|it| !it.intact))
    else {
        return;
    };
    let of_record: Vec<_> =
        session.diagnostics.iter().filter(|it| it.span.is_some_and(|span| span.file == record)).cloned().collect();
    project::narrate(&of_record, &session.project.sources);
}

/// The treatment of a finding.
fn treated<'a>(session: &'a Session, id: &str) -> Result<&'a TreatmentOf, Failure> {
    session.treatments.iter().find(|it| *it.finding == *id).ok_or_else(|| {
        let known = session.treatments.iter().map(|it| &*it.finding);
        let help = did_you_mean(id, known).map_or_else(
            || "`vauban treat list` shows what is treated; `vauban treat propose` begins".to_owned(),
            |id| format!("did you mean `{id}`?"),
        );
        Failure::new(format!("nothing was proposed or decided about `{id}`"), help)
    })
}

fn propose(arguments: &ProposeArguments) -> Result<ExitCode, Failure> {
    let actor = arguments.actor.actor()?;
    let which = &arguments.which;
    let treatment = arguments.treatment.treatment();
    for (name, day) in [("until", &arguments.until), ("due", &arguments.due)] {
        if let Some(day) = day.as_deref().filter(|day| !is_day(day)) {
            return Err(Failure::new(format!("`--{name} {day}` is no day"), "write a day as 2027-01-31"));
        }
    }
    let ends = matches!(treatment, Treatment::Accept | Treatment::Transfer | Treatment::FalsePositive);
    if ends && arguments.until.is_none() {
        return Err(Failure::new(
            format!("`{}` needs a last day", treatment.as_str()),
            "say until when with `--until`; on that day it is decided anew",
        ));
    }
    if let Some(until) = arguments.until.as_deref().filter(|until| **until < *actor.effective) {
        return Err(Failure::new(
            format!("`--until {until}` is past: on {} it would have ended already", actor.effective),
            "name a day that is still to come",
        ));
    }
    if let Some(due) = arguments.due.as_deref().filter(|due| **due < *actor.effective) {
        return Err(Failure::new(
            format!("`--due {due}` is past: on {} it would be late already", actor.effective),
            "name a day that is still to come",
        ));
    }
    if arguments.reason.trim().is_empty() || arguments.owner.trim().is_empty() {
        return Err(Failure::new("a proposal needs a reason and an owner", "say them with `--reason` and `--owner`"));
    }
    let (session, places, lock) = session(which, &actor)?;
    let recorded = session.project.model.recorded_threats.iter().map(|threat| &*threat.id);
    let known = session.analysis.findings.iter().map(|finding| &*finding.id).chain(recorded);
    if !known.clone().any(|id| id == which.id) {
        let help = did_you_mean(&which.id, known)
            .map_or_else(|| "`vauban check --all` lists the ids".to_owned(), |id| format!("did you mean `{id}`?"));
        return Err(Failure::new(format!("the model has no threat `{}`", which.id), help));
    }
    named(&session, &which.id)?;
    for control in &arguments.control {
        if session.library.library.control(control).is_none() {
            return Err(Failure::new(
                format!("the library has no control `{control}`"),
                "`vauban library list controls` names all",
            ));
        }
    }
    let decision = decision(&which.id, treatment, &arguments.reason, &arguments.owner, arguments.until.as_deref());
    let parts = content(&session, &which.id, &decision)?;
    let entry = actor
        .entry(EventKind::Proposed, &which.id)
        .detail(SYSTEM, &session.project.model.system.name)
        .content(&content_hash(&parts))
        .detail("treatment", treatment.as_str())
        .detail("reason", &arguments.reason)
        .detail("owner", &arguments.owner)
        .detail("until", arguments.until.as_deref().unwrap_or_default())
        .detail("due", arguments.due.as_deref().unwrap_or_default())
        .detail("ticket", &arguments.ticket)
        .detail("controls", &arguments.control.join(", "));
    let keys = [
        ("decision", treatment.as_str()),
        ("reason", &*arguments.reason),
        ("owner", &*arguments.owner),
        ("approver", ""),
        ("until", arguments.until.as_deref().unwrap_or_default()),
        ("ticket", &*arguments.ticket),
        ("decided", ""),
        ("state", "proposed"),
    ];
    commit(&lock, &places, &which.id, &keys, entry)?;
    tell!("Proposed; it has no effect until somebody else approves it: `vauban treat approve {}`.", which.id);
    Ok(ExitCode::SUCCESS)
}

/// Refuses a threat that the model brought along under an id by which the record means something else.
fn named(session: &Session, id: &str) -> Result<(), Failure> {
    let found = session.analysis.findings.iter().any(|finding| *finding.id == *id);
    let is_artefact = Artefact::ALL.into_iter().any(|artefact| artefact.as_str() == id);
    let taken = is_artefact || id == "model" || id.starts_with("review:") || id.starts_with("control:");
    if found || !taken {
        return Ok(());
    }
    Err(Failure::new(
        format!("the record means something else by `{id}`, so nothing can be decided about the threat of that name"),
        "give the threat another id in the model",
    ))
}

fn decision(id: &str, treatment: Treatment, reason: &str, owner: &str, until: Option<&str>) -> Decision {
    Decision {
        threat: id.into(),
        treatment,
        reason: reason.into(),
        owner: owner.into(),
        approver: Box::default(),
        until: until.map(Box::from),
        ticket: None,
        decided: None,
        // Where it stands plays no part in what is approved.
        span: Span::new(FileId(0), 1, 1, 0),
    }
}

/// What a decision on a finding stands on.
fn content(session: &Session, id: &str, decision: &Decision) -> Result<Vec<Part>, Failure> {
    treatments::content(session, id, decision).ok_or_else(|| {
        Failure::new(
            format!("the model has no threat `{id}` any more"),
            "there is nothing to approve; `vauban treat withdraw` takes the proposal back",
        )
    })
}

/// Writes the decisions file and the record: the record last, so that what it says has been done.
fn commit(lock: &Lock, places: &Places, id: &str, keys: &[(&str, &str)], entry: Entry) -> Result<(), Failure> {
    let before = match std::fs::read_to_string(&places.decisions) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(Failure::new(
                format!("`{}` cannot be read: {}", places.decisions, crate::files::reason(&error)),
                "name another with `--decisions`",
            ));
        }
    };
    let after = write_decision(&before, id, keys).ok_or_else(|| {
        Failure::new(
            format!("`{}` cannot be edited without changing what else it says", places.decisions),
            "mend what `vauban check` says about it, write the decision in block form, or name another file with `--decisions`",
        )
    })?;
    record::write(&places.decisions, &after)?;
    let written = record::append_under(lock, &places.record, &[entry]);
    if written.is_err() {
        // Half of it would be worse than nothing.
        let _ = if before.is_empty() {
            std::fs::remove_file(&places.decisions)
        } else {
            std::fs::write(&places.decisions, &before)
        };
    }
    written?;
    tell!("Written to {} and {}.", places.decisions, places.record);
    Ok(())
}

fn approve(arguments: &StepArguments) -> Result<ExitCode, Failure> {
    let actor = arguments.actor.actor()?;
    let which = &arguments.which;
    let (session, places, lock) = session(which, &actor)?;
    let it = treated(&session, &which.id)?;
    let recorded = it.steps.iter().any(|step| step.what == EventKind::Approved.as_str());
    let open = matches!(it.stage, Stage::Proposed | Stage::Lapsed) || it.stage.holds() && !recorded;
    if !open {
        return Err(Failure::new(
            format!("`{}` on `{}` is {}", it.treatment.as_str(), which.id, it.stage.as_str()),
            "only a proposal, a decision without a record or one whose approval lapsed can be approved; propose anew otherwise",
        ));
    }
    let system = &session.project.model.system.name;
    let record = session.project.record.as_ref();
    let authors = record.map(|record| treatments::authors(record, system, &which.id, None)).unwrap_or_default();
    if let Some(author) = authors.into_iter().find(|author| same_person(author, &actor.who)) {
        let author = shown(author);
        tell!("The rules say no: {author} proposed it, and somebody else must approve it.");
        return Ok(ExitCode::from(1));
    }
    let decision = decision(&which.id, it.treatment, &it.reason, &it.owner, it.until.as_deref());
    let parts = content(&session, &which.id, &decision)?;
    let mut entry = actor
        .entry(EventKind::Approved, &which.id)
        .detail(SYSTEM, &session.project.model.system.name)
        .content(&content_hash(&parts))
        .detail("treatment", it.treatment.as_str())
        .detail("remark", &arguments.reason);
    for (name, value) in bound_details(&parts) {
        entry = entry.detail(&name, &value);
    }
    let until = it.until.clone().unwrap_or_default();
    let ticket = it.ticket.clone().unwrap_or_default();
    let keys = [
        ("decision", it.treatment.as_str()),
        ("reason", &*it.reason),
        ("owner", &*it.owner),
        ("approver", &*actor.who),
        ("until", &*until),
        ("ticket", &*ticket),
        ("decided", &*actor.effective),
        ("state", ""),
    ];
    commit(&lock, &places, &which.id, &keys, entry)?;
    tell!("Approved as it stands today; it lapses when what was approved changes.");
    Ok(ExitCode::SUCCESS)
}

fn step(arguments: &StepArguments, kind: EventKind, from: &[Stage]) -> Result<ExitCode, Failure> {
    let actor = arguments.actor.actor()?;
    let which = &arguments.which;
    let (session, places, lock) = session(which, &actor)?;
    let it = treated(&session, &which.id)?;
    may(it, kind, from)?;
    planned(it, kind)?;
    let ends = matches!(kind, EventKind::Rejected | EventKind::Withdrawn);
    if ends && arguments.reason.trim().is_empty() {
        return Err(Failure::new("a reason is missing", "say why with `--reason`"));
    }
    let entry = actor
        .entry(kind, &which.id)
        .detail(SYSTEM, &session.project.model.system.name)
        .detail("treatment", it.treatment.as_str())
        .detail(if ends { "reason" } else { "remark" }, &arguments.reason);
    if !ends {
        record::append_under(&lock, &places.record, &[entry])?;
        tell!("Written to {}.", places.record);
        return Ok(ExitCode::SUCCESS);
    }
    let until = it.until.clone().unwrap_or_default();
    let keys = [
        ("decision", it.treatment.as_str()),
        ("reason", &*it.reason),
        ("owner", &*it.owner),
        ("until", &*until),
        ("state", kind.as_str()),
    ];
    commit(&lock, &places, &which.id, &keys, entry)?;
    Ok(ExitCode::SUCCESS)
}

/// Whether a step may be taken now.
fn may(it: &TreatmentOf, kind: EventKind, from: &[Stage]) -> Result<(), Failure> {
    if from.contains(&it.stage) {
        return Ok(());
    }
    let stages: Vec<&str> = from.iter().map(|stage| stage.as_str()).collect();
    let help = if it.changed.is_empty() {
        format!("that takes one which is {}", stages.join(" or "))
    } else {
        format!("its approval lapsed: {}", it.changed.join("; "))
    };
    Err(Failure::new(
        format!(
            "`{}` on `{}` is {} and cannot be {}",
            it.treatment.as_str(),
            it.finding,
            it.stage.as_str(),
            kind.as_str()
        ),
        help,
    ))
}

/// Whether a step is one of carrying out, and there is something to carry out.
fn planned(it: &TreatmentOf, kind: EventKind) -> Result<(), Failure> {
    let carries = matches!(kind, EventKind::Started | EventKind::Implemented | EventKind::Verified);
    if it.is_planned() || !carries {
        return Ok(());
    }
    Err(Failure::new(
        format!(
            "`{}` on `{}` is nothing that is carried out, so it cannot be {}",
            it.treatment.as_str(),
            it.finding,
            kind.as_str()
        ),
        "that takes a treatment which mitigates, avoids or transfers; propose one with `vauban treat propose`",
    ))
}

/// The SHA-256 of a file by its name; `None` where there is none, or it is too large to be a document.
fn file_hash(name: &str) -> Option<String> {
    let known = std::fs::metadata(name).ok()?;
    if !known.is_file() || known.len() > MOST_BYTES {
        return None;
    }
    std::fs::read(name).ok().map(|bytes| sha256(&bytes))
}

/// Refuses evidence that cannot show what it is said to: a file that is not there, is empty, has another hash than is said or
/// is what is judged here; a document of a day to come, or of one before the work was `done`.
fn shows(evidence: &str, places: &Places, actor: &Actor, done: Option<&str>) -> Result<(), Failure> {
    let is_there = |name: &str| std::path::Path::new(name).is_file();
    if let Some(name) = proof::lone_file(evidence).filter(|name| !is_there(name)) {
        return Err(Failure::new(
            format!("there is no file `{name}`, so nobody can tell later what it said"),
            format!(
                "name one that is there, and its SHA-256 is noted; of one that is kept elsewhere give the link, or say where: \
                 `--evidence 'document: {name} in …'`"
            ),
        ));
    }
    let hashes = proof::stated_hashes(evidence);
    let several = proof::files(evidence).filter(|name| is_there(name)).count();
    for name in proof::files(evidence).filter(|name| is_there(name)) {
        let real = std::fs::canonicalize(name).ok();
        let own = |known: &String| real.is_some() && std::fs::canonicalize(known).ok() == real;
        if [&places.subject, &places.overlay, &places.decisions, &places.record].into_iter().any(own) {
            return Err(Failure::new(
                format!("`{name}` is what is judged here, and shows nothing of itself"),
                "name what somebody saw; what the model shows counts without `--evidence`",
            ));
        }
        if std::fs::metadata(name).is_ok_and(|file| file.len() == 0) {
            return Err(Failure::new(
                format!("`{name}` is empty and shows nothing"),
                "name a file that says something",
            ));
        }
        // Which hash is said of which of several files is told only where each has one.
        if let Some(is) = file_hash(name).filter(|_| !hashes.is_empty() && hashes.len() >= several)
            && !hashes.contains(&is)
        {
            return Err(Failure::new(
                format!("`{name}` is not what is said of it: its SHA-256 is {is}"),
                "name the file that was looked at, or its right hash",
            ));
        }
    }
    let Some(day) = proof::last_day(evidence) else { return Ok(()) };
    if day > &*actor.effective {
        return Err(Failure::new(
            format!("the evidence is of {day}, and this holds from {}", actor.effective),
            "say from which day with `--effective`, or name evidence that is there by then",
        ));
    }
    match done.filter(|done| day < *done) {
        Some(done) => Err(Failure::new(
            format!(
                "the evidence is of {day}, before the treatment was carried out on {done}: it shows what was there before"
            ),
            "name what was seen since",
        )),
        None => Ok(()),
    }
}

/// The stages in which somebody may say that they saw it.
const VERIFIABLE: [Stage; 6] =
    [Stage::Approved, Stage::InProgress, Stage::Implemented, Stage::Stated, Stage::Verified, Stage::Contradicted];

fn verify(arguments: &VerifyArguments) -> Result<ExitCode, Failure> {
    let actor = arguments.actor.actor()?;
    let which = &arguments.which;
    let (session, places, lock) = session(which, &actor)?;
    let it = treated(&session, &which.id)?;
    may(it, EventKind::Verified, &VERIFIABLE)?;
    planned(it, EventKind::Verified)?;
    if let Some(document) = &arguments.evidence {
        let mut since = it.steps.iter().rev().take_while(|step| step.what != EventKind::Proposed.as_str());
        let done = since.find(|step| step.what == EventKind::Implemented.as_str());
        shows(document, &places, &actor, done.map(|step| &*step.day))?;
    }
    let evidence = match (&arguments.evidence, it.evidence.last()) {
        (Some(document), _) if document.trim().is_empty() => {
            return Err(Failure::new(
                "`--evidence` says nothing",
                "name a document, a commit or a test report, or leave it out where the model shows that it was carried out",
            ));
        }
        (Some(document), _) => document.trim().to_owned(),
        // The model shows it; what a person said before shows it no second time.
        (None, Some(shown)) if it.stage == Stage::Verified && shown.starts_with(SHOWN) => shown.to_string(),
        _ => {
            tell!(
                "The rules say no: nothing in the model shows that it was carried out. Say in the model what is there now, or name a \
                 document with `--evidence`."
            );
            return Ok(ExitCode::from(1));
        }
    };
    let entry = |kind: EventKind| {
        let entry = actor.entry(kind, &which.id).detail(SYSTEM, &session.project.model.system.name);
        entry.detail("treatment", it.treatment.as_str())
    };
    // What is shown to be there was carried out: from this day, where nobody said an earlier one.
    let since = it.steps.iter().rev().take_while(|step| step.what != EventKind::Proposed.as_str());
    let said = since.into_iter().any(|step| step.what == EventKind::Implemented.as_str());
    let carried_out = (!said).then(|| entry(EventKind::Implemented));
    let file = arguments.evidence.as_deref().and_then(|name| file_hash(name.trim()));
    let denied = treatments::is_denied(&session, it);
    let verified = entry(EventKind::Verified)
        .detail("evidence", &evidence)
        .detail(EVIDENCE_SHA256, file.as_deref().unwrap_or_default());
    let entries: Vec<Entry> = carried_out.into_iter().chain([verified]).collect();
    record::append_under(&lock, &places.record, &entries)?;
    if denied {
        tell!(
            "Written to {}, and it counts for nothing: the model says that it is not there. `vauban check` names the control; say in \
             the model what is there now.",
            places.record
        );
    } else if evidence.starts_with(SHOWN) {
        tell!("Written to {}: {evidence}.", places.record);
    } else if file.is_some() || is_named(&evidence) {
        tell!("Written to {}: shown by {evidence}.", places.record);
    } else {
        tell!(
            "Written to {} as stated, not as verified: `{evidence}` names nothing that somebody else can look up. Name a document, \
             a link, a hash or a run: `--evidence 'report: …'`, or the path of a file.",
            places.record
        );
    }
    Ok(ExitCode::SUCCESS)
}
