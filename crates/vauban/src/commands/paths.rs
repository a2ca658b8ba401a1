//! `vauban paths`: how attackers get from where they start to what hurts.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Args;
use vauban_analysis::Session;
use vauban_analysis::export::{json, terminal};
use vauban_analysis::paths::{From, Query};
use vauban_model::did_you_mean;
use vauban_model::vocabulary::Domain;

use super::{Failure, TextOrJson, pretty, write_output};
use crate::project::{self, ProjectArguments};

/// Arguments of `vauban paths`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban paths model.yaml                                 the worst ones, whoever starts
  vauban paths model.yaml --from internet --to orders-db  from an attacker to an element
  vauban paths model.yaml --to orders-db --cut            with the fewest threats to stop
  vauban paths model.yaml --from web                      as if the attacker already controlled `web`
  vauban paths terraform/ --from aws_iam_user.ci --to admin       from a user to control of the account
  vauban paths terraform/ --to arn:aws:s3:::billing               an ARN names an element as well")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// Start with this attacker of the library, or as if the attacker controlled this element (its id, a unique name, or
    /// an ARN; account and region may be left out)
    #[arg(long, value_name = "ID")]
    from: Option<String>,

    /// End at this element (its id, a unique name, or an ARN), or `admin`: control of an account, project or cluster
    #[arg(long, value_name = "ID")]
    to: Option<String>,

    /// Also say what to stop so that nobody gets there: the fewest threats, with a proof
    #[arg(long, requires = "to")]
    cut: bool,

    /// How many paths at most; by default 10
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    top: Option<u32>,

    /// Leave out what leans on something nobody said
    #[arg(long)]
    confirmed: bool,

    /// How to print
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (session, configuration) = project::session(&arguments.project)?;
    let top = arguments.top.or_else(|| configuration.config.top.as_ref().map(|s| s.value)).unwrap_or(10);
    let from = match &arguments.from {
        None => None,
        Some(word) => Some(match session.library.library.attacker(word) {
            Some(attacker) => From::Attacker(attacker),
            None => From::Element(session.element(word).ok_or_else(|| unknown(&session, word, true))?),
        }),
    };
    let mut control_only = false;
    let to = match arguments.to.as_deref() {
        None => Vec::new(),
        // In infrastructure code it means the account, whatever else is called so; in a model by hand, what has this id.
        Some("admin") if session.project.infrastructure.is_some() || session.element("admin").is_none() => {
            let accounts = session.accounts();
            if let Some(named) = session.element("admin").filter(|_| !accounts.is_empty()) {
                let id = session.project.model.id(named);
                tell!(
                    "`--to admin` is control of the account; `{id}`, which is called so too, is meant by its address"
                );
            }
            if accounts.is_empty() {
                return Err(Failure::new(
                    "there is no account, project or cluster in the model that somebody could control as a whole",
                    "name an element with `--to`",
                ));
            }
            control_only = true;
            accounts
        }
        Some(word) => vec![session.element(word).ok_or_else(|| unknown(&session, word, false))?],
    };
    let query =
        Query { from, to, control_only, top: top as usize, confirmed_only: arguments.confirmed, cut: arguments.cut };
    let answer = session.paths(&query);
    project::narrate(&session.diagnostics, &session.project.sources);
    let text = match arguments.format {
        TextOrJson::Json => pretty(&json::paths(&session.report(), &answer)),
        TextOrJson::Text => {
            let style = project::style(
                false,
                super::to_file(arguments.output.as_deref()).is_none() && std::io::stdout().is_terminal(),
            );
            terminal::paths(&session.report(), &answer, style)
        }
    };
    write_output(&text, arguments.output.as_deref())?;
    Ok(project::read_whole(&session))
}

/// An id that names nothing, with what was probably meant.
pub(crate) fn unknown(session: &Session, word: &str, attackers: bool) -> Failure {
    if let [first, others @ ..] = session.sharing(word).as_slice()
        && !others.is_empty()
    {
        let some: Vec<String> = std::iter::once(first).chain(others).take(4).map(|id| format!("`{id}`")).collect();
        return Failure::new(
            format!("`{word}` is the name of {} elements", others.len() + 1),
            format!("write which one: {}", some.join(", ")),
        );
    }
    if session.project.infrastructure.as_ref().is_some_and(|code| code.makes(word)) {
        return Failure::new(
            format!("`{word}` is in the code, and stands for nothing by itself in the model"),
            "name what lies in it or belongs to it; a resource group, folder or organisation can be named where somebody is granted control of it",
        );
    }
    let model = &session.project.model;
    let domains = [Domain::Component, Domain::Identity, Domain::Data, Domain::Boundary, Domain::Flow];
    let mut ids: Vec<&str> = domains.into_iter().flat_map(|d| model.elements(d)).map(|(_, e)| &*e.id).collect();
    if attackers {
        ids.extend(session.library.library.attackers.iter().map(|a| &*a.id));
    }
    let help = did_you_mean(word, ids.iter().copied()).map_or_else(
        || {
            let some: Vec<&str> = model.components.iter().take(6).map(|c| &*c.element.id).collect();
            format!("name an element such as {}", some.join(", "))
        },
        |id| format!("did you mean `{id}`?"),
    );
    Failure::new(format!("nothing in the model is called `{word}`"), help)
}
