//! `vauban simulate`: when attackers get what they want, how surely, and what a year costs.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Args;
use vauban_analysis::Session;
use vauban_analysis::export::simulation::{json, text};
use vauban_analysis::plan::what_if::control_at;
use vauban_analysis::simulation::{Change, Query};
use vauban_model::did_you_mean;
use vauban_model::scale::Likelihood;

use super::{Failure, Shape, pretty, write_output};
use crate::project::{self, ProjectArguments};

/// Arguments of `vauban simulate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban simulate model.yaml                            the likeliest goals within a year
  vauban simulate model.yaml --to orders-db --horizon 90d
  vauban simulate model.yaml --at-once                  how long an attack takes, once begun
  vauban simulate model.yaml --add mfa@portal --cost 12000
                                                        the same with a control more, and what it saves
  vauban simulate model.yaml --compare changed.yaml     the same beside another version of the model

How long a step takes and how attackers come is the methodology's to say (`step_days`, `probability_per_mille`);
with `quantification` in it the answer is in money as well. See `vauban methodology`.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,

    /// Only goals at this element: its id, a unique name, or an ARN (may be repeated)
    #[arg(long, value_name = "ID")]
    to: Vec<String>,

    /// How far to look: a number and d, w, m (30 days) or y (365 days)
    #[arg(long, value_name = "TIME", default_value = "1y", value_parser = horizon)]
    horizon: u32,

    /// Start the clock with the attack: all attackers begin at day 0, instead of coming in their own time
    #[arg(long)]
    at_once: bool,

    /// Leave out what leans on something nobody said
    #[arg(long)]
    confirmed: bool,

    /// Compare with the same model with this control in place (may be repeated)
    #[arg(long, value_name = "CONTROL@ELEMENT")]
    add: Vec<String>,

    /// Compare with another version of the model; `--add` then adds to that
    #[arg(long, value_name = "MODEL")]
    compare: Option<String>,

    /// What the compared version costs a year more, in the methodology's currency
    #[arg(long, value_name = "AMOUNT")]
    cost: Option<f64>,

    /// How many worlds to sample
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    samples: u32,

    /// How many years to sample for losses
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    years: u32,

    /// Any number; the same number gives the same answer
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// How many goals at most
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    top: u32,

    /// How to print
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<String>,
}

/// Days in `90d`, `6w`, `3m`, `1y`.
fn horizon(text: &str) -> Result<u32, String> {
    let split = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let days = match unit {
        "" | "d" => 1,
        "w" => 7,
        "m" => 30,
        "y" => 365,
        _ => return Err("write a number and `d`, `w`, `m` or `y`, such as `90d` or `1y`".to_owned()),
    };
    let number: u32 = number.parse().map_err(|_| "write a number first, such as `90d` or `1y`".to_owned())?;
    number
        .checked_mul(days)
        .filter(|days| (1..=36_500).contains(days))
        .ok_or_else(|| "a horizon is between one day and a hundred years".to_owned())
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (session, _) = project::session(&arguments.project)?;
    let to = arguments
        .to
        .iter()
        .map(|word| session.element(word).ok_or_else(|| super::paths::unknown(&session, word, false)))
        .collect::<Result<Vec<_>, _>>()?;
    if arguments.cost.is_some() && arguments.add.is_empty() && arguments.compare.is_none() {
        return Err(Failure::new(
            "`--cost` is the cost of a change, and there is none",
            "name one with `--add` or `--compare`",
        ));
    }
    if arguments.cost.is_some_and(|cost| !cost.is_finite() || cost < 0.0) {
        return Err(Failure::new("`--cost` takes an amount of 0 or more", "write what the change costs a year"));
    }
    let other = match &arguments.compare {
        None => None,
        Some(path) => {
            let other = ProjectArguments { model: Some(path.clone()), shared: arguments.project.shared.clone() };
            let (other, _) = project::session(&other)?;
            project::narrate(&other.diagnostics, &other.project.sources);
            project::sound(&other)?;
            Some(other)
        }
    };
    let changed = other.as_ref().unwrap_or(&session);
    let control = |word: &String| {
        control_at(changed, &changed.project.model, word).map_err(|error| Failure::new(error.message, error.help))
    };
    let controls = arguments.add.iter().map(control).collect::<Result<Vec<_>, Failure>>()?;
    let said = arguments.compare.iter().chain(&arguments.add).map(|word| word.as_str().into()).collect();
    let change = (!arguments.add.is_empty() || other.is_some()).then(|| Change {
        model: other.as_ref().map(|other| (&other.project.model, &*other.project.steps)),
        controls,
        said,
        cost: arguments.cost,
    });
    let query = Query {
        seed: arguments.seed,
        samples: arguments.samples,
        years: arguments.years,
        horizon_days: arguments.horizon,
        at_once: arguments.at_once,
        confirmed_only: arguments.confirmed,
        to,
        top: arguments.top as usize,
        change,
    };
    known_attackers(&session)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    project::sound(&session)?;
    patience(&session, arguments.samples);
    let found = session.simulate(&query);
    if arguments.cost.is_some() && found.money.is_none() {
        return Err(Failure::new(
            "the methodology does not say what a loss costs",
            "add `quantification` to it; the guide's page on simulation shows how",
        ));
    }
    let report = session.report();
    let text = match arguments.format {
        Shape::Json => pretty(&json::simulation(&report, &found)),
        Shape::Markdown => text::markdown(&report, &found),
        Shape::Text => {
            let style = project::style(false, arguments.output.is_none() && std::io::stdout().is_terminal());
            text::terminal(&report, &found, style)
        }
    };
    write_output(&text, arguments.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

/// Says before a long wait that it is one.
fn patience(session: &Session, samples: u32) {
    /// Samples times components from which on it takes more than some seconds.
    const LONG: u64 = 20_000_000;
    let components = session.project.model.components.len();
    if u64::try_from(components).unwrap_or(u64::MAX).saturating_mul(u64::from(samples)) > LONG {
        tell!("sampling {samples} worlds of {components} components; this can take minutes, fewer `--samples` less");
    }
}

/// Attempts by nobody that the library knows would be left out in silence.
fn known_attackers(session: &Session) -> Result<(), Failure> {
    let attempts = session.project.methodology.quantification.iter().flat_map(|found| &found.attempts);
    let attackers = &session.library.library.attackers;
    for entry in attempts {
        if Likelihood::parse(&entry.of).is_some() || attackers.iter().any(|attacker| attacker.id == entry.of) {
            continue;
        }
        let words = attackers.iter().map(|attacker| &*attacker.id).chain(Likelihood::ALL.map(Likelihood::as_str));
        let help = did_you_mean(&entry.of, words).map_or_else(
            || {
                "write an attacker's id (`vauban library list attackers`) or a likelihood from rare to certain"
                    .to_owned()
            },
            |word| format!("did you mean `{word}`?"),
        );
        return Err(Failure::new(
            format!("`attempts_per_year` names `{}`, and there is no such attacker", entry.of),
            help,
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::horizon;

    #[test]
    fn horizons_are_read_in_days_weeks_months_and_years() {
        assert_eq!(["90d", "90", "6w", "3m", "1y"].map(|text| horizon(text).ok()), [90, 90, 42, 90, 365].map(Some));
        for wrong in ["", "y", "0d", "1h", "101y", "99999999999d", "-1d"] {
            assert!(horizon(wrong).is_err(), "{wrong}");
        }
    }
}
