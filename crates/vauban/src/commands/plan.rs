//! `vauban plan`: which controls to put in place, and what happens if.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use vauban_analysis::Session;
use vauban_analysis::compare::{Change, Direction};
use vauban_analysis::export::plan as output;
use vauban_analysis::plan::what_if::{Edit, WhatIf, what_if};
use vauban_analysis::plan::{PlanQuery, left_out, plan};
use vauban_model::plan::{Effort, Residual};
use vauban_model::scale::Level;

use super::{Failure, Shape, pretty, write_output};
use crate::project::{self, ProjectArguments};

/// Arguments of `vauban plan`.
#[derive(Debug, Args)]
#[command(after_help = "\
Costs are person-days, as the pages of the controls say (`vauban library show CONTROL`), unless the methodology says other
days with `effort_cost` or `control_cost`.

Examples:
  vauban plan model.yaml                           the cheapest controls that bring every risk within tolerance
  vauban plan model.yaml --budget 20               the best that 20 person-days can do
  vauban plan model.yaml --frontier                what each further sum buys
  vauban plan model.yaml --tolerance low           as if nothing above low were tolerated
  vauban plan terraform/ --format markdown -o plan.md

What if (nothing is written; before is compared with after):
  vauban plan model.yaml --add upload-validation@admin-portal
  vauban plan model.yaml --remove mfa@admin-portal --add-flow \"admin-portal -> billing-db\"
  vauban plan model.yaml --remove-flow \"admin-portal -> database-server\"
  vauban plan terraform/ --deny passes-role-to-function@aws_iam_user.ci")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// Spend at most so many person-days
    #[arg(long, value_name = "DAYS", value_parser = days)]
    budget: Option<Effort>,

    /// Also show cost against what is left, from nothing to the whole plan
    #[arg(long)]
    frontier: bool,

    /// The highest risk that may stay, instead of the methodology's: low, medium, high
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    tolerance: Option<Level>,

    /// Score at most so many sets of controls; by default as many as take some seconds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    limit: Option<u64>,

    /// What if this control were in place
    #[arg(long, value_name = "CONTROL@ELEMENT")]
    add: Vec<String>,

    /// What if this control were not in place
    #[arg(long, value_name = "CONTROL@ELEMENT")]
    remove: Vec<String>,

    /// What if there were this flow
    #[arg(long, value_name = "A -> B")]
    add_flow: Vec<String>,

    /// What if this flow were gone: its id, or `a -> b`
    #[arg(long, value_name = "FLOW")]
    remove_flow: Vec<String>,

    /// What if these permissions were taken away: `threat@identity` for those a finding rests on, or `identity -> element`
    #[arg(long, visible_alias = "remove-permission", value_name = "PERMISSION")]
    deny: Vec<String>,

    /// What if an identity had a permission: `identity -> component: read`, `write` or `administer`
    #[arg(long, visible_alias = "add-permission", value_name = "PERMISSION")]
    allow: Vec<String>,

    /// How to print
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

fn days(text: &str) -> Result<Effort, String> {
    Effort::parse(text).ok_or_else(|| "write person-days with at most two decimals, such as 20 or 2.5".to_owned())
}

fn level(text: &str) -> Result<Level, String> {
    match Level::parse(text) {
        Some(level) if level < Level::Critical => Ok(level),
        _ => Err("one of: low, medium, high".to_owned()),
    }
}

impl Arguments {
    /// The changes of a what-if: first what goes, then what comes.
    fn edits(&self) -> Vec<Edit> {
        let all = |list: &[String], make: fn(String) -> Edit| list.iter().cloned().map(make).collect::<Vec<_>>();
        let mut edits = all(&self.remove, Edit::Remove);
        edits.extend(all(&self.deny, Edit::Deny));
        edits.extend(all(&self.remove_flow, Edit::RemoveFlow));
        edits.extend(all(&self.add_flow, Edit::AddFlow));
        edits.extend(all(&self.allow, Edit::Allow));
        edits.extend(all(&self.add, Edit::Add));
        edits
    }
}

/// Says before a long wait that it is one.
fn patience(session: &Session) {
    /// Components from which on a plan takes more than some seconds.
    const LONG: usize = 2_000;
    let components = session.project.model.components.len();
    if components > LONG {
        tell!("planning for {components} components; this can take minutes, with a smaller `--limit` less");
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (session, _) = project::session(&arguments.project)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    project::sound(&session)?;
    let edits = arguments.edits();
    let text = if edits.is_empty() {
        let query = PlanQuery {
            budget: arguments.budget,
            frontier: arguments.frontier,
            tolerance: arguments.tolerance,
            evaluations: arguments.limit,
        };
        patience(&session);
        let plan = plan(&session, &query);
        let rest = left_out(&session, &plan);
        if let Some(first) = rest.first() {
            let to = first.split_once(':').map_or(first.as_str(), |(_, to)| to);
            tell!(
                "not planned for, since somebody may do it by right: {}; `vauban paths --to {to}` shows how others get there",
                rest.join(", ")
            );
        }
        match arguments.format {
            Shape::Json => pretty(&output::json(&session.report(), &plan)),
            Shape::Markdown => output::markdown(&session.report(), &plan),
            Shape::Text => {
                let style = project::style(false, arguments.output.is_none() && std::io::stdout().is_terminal());
                output::text(&session.report(), &plan, style)
            }
        }
    } else {
        if arguments.budget.is_some() || arguments.frontier {
            return Err(Failure::new(
                "a plan and a what-if are two questions",
                "leave out `--budget` and `--frontier`, or the changes",
            ));
        }
        let answer = what_if(&session, &edits).map_err(|error| Failure::new(error.message, error.help))?;
        told(&session, &answer, arguments.format)
    };
    write_output(&text, arguments.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

fn counts(findings: &[vauban_model::finding::Finding]) -> Residual {
    Residual::of(findings.iter().filter(|f| f.status.is_open()).map(|f| f.current.risk))
}

/// Before and after in one of the formats.
fn told(session: &Session, answer: &WhatIf, shape: Shape) -> String {
    let (before, after) = (counts(&session.analysis.findings), counts(&answer.analysis.findings));
    if shape == Shape::Json {
        let levels = |counts: Residual| json!({ "critical": counts.critical, "high": counts.high, "medium": counts.medium, "low": counts.low });
        return pretty(&json!({
            "schema": "https://vauban.example/schema/diff/1",
            "version": 1,
            "before": levels(before),
            "after": levels(after),
            "changes": answer.changes.iter().map(|change| json!({
                "direction": change.direction.as_str(),
                "kind": change.kind,
                "subject": change.subject,
                "text": change.text,
            })).collect::<Vec<_>>(),
        }));
    }
    let markdown = shape == Shape::Markdown;
    let mut out = String::new();
    if markdown {
        out.push_str("| open findings | before | after |\n|---|--:|--:|\n");
    } else {
        out.push_str("Open findings   before  after\n");
    }
    for level in Level::ALL.into_iter().rev() {
        let (was, now) = (before.count(level), after.count(level));
        let word = level.as_str();
        out.push_str(&if markdown {
            format!("| {word} | {was} | {now} |\n")
        } else {
            format!("  {word:<12} {was:>7} {now:>6}\n")
        });
    }
    out.push('\n');
    let what_counts = |change: &&Change| change.direction != Direction::Different;
    let changes: Vec<Change> = answer.changes.iter().filter(what_counts).cloned().collect();
    out.push_str(&if changes.is_empty() {
        "No threat, path or exposure changes.\n".to_owned()
    } else {
        super::diff::lines(&changes, markdown)
    });
    out
}
