//! `vauban can`: whether somebody may do something to something, and why.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use vauban_analysis::Session;
use vauban_analysis::export::terminal::harmless;
use vauban_analysis::infrastructure::{CanAnswer, CanError};

use super::{Failure, TextOrJson, pretty, write_output};
use crate::project::{self, ProjectArguments, SharedArguments};

/// Arguments of `vauban can`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban can aws_iam_user.ci s3:GetObject aws_s3_bucket.billing
  vauban can aws_instance.web secretsmanager:GetSecretValue arn:aws:secretsmanager:::secret:db --in terraform/
  vauban can k8s:shop/ServiceAccount/web \"create pods/exec\"
  vauban can k8s:shop/ServiceAccount/web \"list secrets\" --namespace shop
  vauban can k8s:shop/ServiceAccount/web \"get secrets\" shop/secrets/login

Exit codes: 0 yes; 1 no, or nobody can tell; 2 it could not run")]
pub(crate) struct Arguments {
    /// Who: a principal, or a workload, which acts as its own; `internet` for anybody without an account
    #[arg(value_name = "WHO")]
    who: String,

    /// The action, in the provider's own words
    #[arg(value_name = "ACTION")]
    action: String,

    /// On what: an element of the model, or a name in the provider's form (of a cluster: `namespace/kind/name`, or a namespace);
    /// without it, on anything
    #[arg(value_name = "WHAT")]
    what: Option<String>,

    /// In which namespace of the cluster
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// The folder with the infrastructure code; by default this one
    #[arg(long = "in", value_name = "FOLDER")]
    folder: Option<String>,

    #[command(flatten)]
    shared: SharedArguments,

    /// How to print
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let folder = arguments.folder.clone().or_else(|| Some(".".to_owned()));
    let project = ProjectArguments { model: folder, shared: arguments.shared.clone() };
    let (session, _) = project::session(&project)?;
    let (who, action, what) = (&arguments.who, &arguments.action, arguments.what.as_deref());
    let answers = match &arguments.namespace {
        Some(namespace) => session.can_in(who, action, what, namespace),
        None => session.can(who, action, what),
    }
    .map_err(|error| match error {
        CanError::NoSuchAction(action, meant) => Failure::new(
            format!("no action is known that is called `{}`", harmless(&action)),
            meant.map_or_else(
                || "look it up in the provider's reference: what does not exist is allowed to nobody".to_owned(),
                |meant| format!("did you mean `{meant}`?"),
            ),
        ),
        CanError::NoCluster(who) => Failure::new(
            format!("`--namespace` is of a cluster, and `{}` is not", harmless(&who)),
            "leave it out, or ask about an account of a cluster, such as `k8s:shop/ServiceAccount/web`",
        ),
        CanError::PlacedAlready(what) => Failure::new(
            format!("`--namespace` is given beside `{}`, which says itself where it is", harmless(&what)),
            "leave out the one or the other, or name the object by kind and name only, as `secrets/login`",
        ),
        CanError::NotInfrastructure => Failure::new(
            "who may do what is read from infrastructure code, and this model was written by hand",
            "name a folder with infrastructure code by `--in`",
        ),
        CanError::NoAction(action) => Failure::new(
            format!("`{action}` is not how a cloud writes an action"),
            "write `iam:PassRole` (AWS), `Microsoft.Storage/…/read` (Azure), `storage.objects.get` (Google Cloud) or \
                 `get secrets` (Kubernetes)",
        ),
        CanError::Unknown(word) => super::paths::unknown(&session, &word, false),
        CanError::NoPrincipal(word) => Failure::new(
            format!("`{word}` is no principal and runs as none"),
            "name a user, role, group, service account, or a workload that acts as one",
        ),
    })?;
    let text = match arguments.format {
        TextOrJson::Json => pretty(&json!({
            "schema": "https://vauban.example/schema/can/1",
            "version": 1,
            "answers": answers.iter().map(|answer| json!({
                "who": answer.who,
                "action": answer.action,
                "what": answer.what,
                "answer": answer.answer,
                "statements": answer.statements.iter().map(|statement| json!({
                    "effect": if statement.allows { "allow" } else { "deny" },
                    "text": statement.text,
                    "file": statement.file,
                    "line": statement.line,
                    "column": statement.column,
                })).collect::<Vec<_>>(),
                "assumptions": answer.assumptions,
                "changes": answer.changes,
            })).collect::<Vec<_>>(),
        })),
        TextOrJson::Text => answers.iter().map(told).collect(),
    };
    write_output(&text, arguments.output.as_deref())?;
    if let Some(meant) = answers.iter().find_map(|answer| answer.meant.as_deref()) {
        tell!(
            "note: `{}` is not in our lists of actions, which are not complete; did you mean `{}`?",
            harmless(&arguments.action),
            harmless(meant)
        );
    } else if let Some(meant) = meant(&session, &arguments.action, &answers) {
        tell!(
            "note: no page of the library speaks of `{}`; if it is misspelt, did you mean `{meant}`?",
            harmless(&arguments.action)
        );
    }
    let yes = answers.iter().any(|answer| answer.answer == "allowed");
    Ok(if yes { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The action of the library that was probably meant, where nothing speaks of the one that was asked for.
fn meant(session: &Session, action: &str, answers: &[CanAnswer]) -> Option<String> {
    let spoken_of = answers.iter().any(|answer| answer.answer != "denied" || !answer.statements.is_empty());
    let permissions = session.library.library.threats.iter().filter_map(|threat| threat.grant.as_ref());
    let known: Vec<&str> = permissions
        .flat_map(|grant| grant.permissions.iter().flatten())
        .map(|permission| permission.action.trim_start_matches(['?', '=', '!', ' ']))
        .collect();
    if spoken_of || known.iter().any(|known| known.eq_ignore_ascii_case(action)) {
        return None;
    }
    vauban_model::did_you_mean(action, known.iter().copied()).map(ToOwned::to_owned)
}

/// An answer for people.
fn told(answer: &CanAnswer) -> String {
    let on = answer.what.as_deref().map(|what| format!(" on {what}")).unwrap_or_default();
    let (word, rest) = match answer.answer {
        "allowed" => ("Yes", "may"),
        "denied" => ("No", "may not"),
        "settable" => ("Yes, once something is changed", "may"),
        _ => ("Not known", "may or may not"),
    };
    let mut out = format!("{}\n", harmless(&format!("{word}: {} {rest} {}{on}.", answer.who, answer.action)));
    for statement in &answer.statements {
        let sign = if statement.allows { "+" } else { "-" };
        out.push_str(&format!(
            "  {sign} {}\n    {}:{}:{}\n",
            harmless(&statement.text),
            harmless(&statement.file),
            statement.line,
            statement.column
        ));
    }
    let refused = answer.answer == "denied" && !answer.statements.is_empty();
    if refused && answer.statements.iter().all(|statement| statement.allows) {
        out.push_str(
            "  What it is to be taken on does not let it in: a policy of its own, a trust, or another account.\n",
        );
    }
    if answer.statements.is_empty() {
        out.push_str("  No statement speaks of it; what is not allowed is denied.\n");
    }
    for change in &answer.changes {
        out.push_str(&format!("  ~ first: {}\n", harmless(change)));
    }
    for assumption in &answer.assumptions {
        out.push_str(&format!("  ? assumed: {}\n", harmless(assumption)));
    }
    out
}
