//! `vauban init`: a first model, with at most four questions, each with a default.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Args;
use vauban_analysis::format::{InitAnswers, SystemKind, init_model};

use super::{Failure, write_output};

/// Arguments of `vauban init`.
#[derive(Debug, Args)]
#[command(after_help = "Away from a terminal, or with --yes, nothing is asked and the defaults hold.")]
pub(crate) struct Arguments {
    /// Where to write the model
    #[arg(value_name = "FILE", default_value = "threat-model.yaml")]
    file: String,

    /// What the system is called
    #[arg(long)]
    name: Option<String>,

    /// What kind of system it is
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,

    /// Classification of its most sensitive data: public, internal, confidential, restricted
    #[arg(long, value_name = "CLASS")]
    data: Option<String>,

    /// Whether anybody on the internet can reach it: yes or no
    #[arg(long, value_name = "YES/NO")]
    internet: Option<String>,

    /// Ask nothing
    #[arg(long, short)]
    yes: bool,

    /// Write over an existing file
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if std::path::Path::new(&arguments.file).exists() && !arguments.force {
        return Err(Failure::new(
            format!("`{}` is already there", arguments.file),
            "choose another name, or write over it with `--force`",
        ));
    }
    let ask = !arguments.yes && std::io::stdin().is_terminal();
    let folder =
        std::env::current_dir().ok().and_then(|path| path.file_name().map(|n| n.to_string_lossy().into_owned()));
    let kinds = SystemKind::ALL.map(SystemKind::as_str).join(", ");
    let name = answer(
        ask,
        arguments.name.as_deref(),
        "What is the system called?",
        &folder.unwrap_or_else(|| "My system".to_owned()),
    )?;
    let kind = answer(
        ask,
        arguments.kind.as_deref(),
        &format!("What kind of system is it ({kinds})?"),
        SystemKind::WebApplication.as_str(),
    )?;
    let question = "How sensitive is its most sensitive data (public, internal, confidential, restricted)?";
    let data = answer(ask, arguments.data.as_deref(), question, "confidential")?;
    let internet =
        answer(ask, arguments.internet.as_deref(), "Can anybody on the internet reach it (yes, no)?", "yes")?;
    let Some(kind_found) = SystemKind::parse(&kind) else {
        return Err(Failure::new(format!("there is no kind `{kind}`"), format!("one of: {kinds}")));
    };
    if !["public", "internal", "confidential", "restricted"].contains(&data.as_str()) {
        return Err(Failure::new(
            format!("there is no classification `{data}`"),
            "one of: public, internal, confidential, restricted",
        ));
    }
    let internet = match internet.to_lowercase().as_str() {
        "yes" | "y" | "true" => true,
        "no" | "n" | "false" => false,
        _ => {
            return Err(Failure::new(
                format!("`{internet}` is neither yes nor no"),
                "say whether the internet reaches it: yes or no",
            ));
        }
    };
    let text = init_model(&InitAnswers { name: &name, kind: kind_found, classification: &data, internet });
    write_output(&text, Some(&arguments.file))?;
    tell!("Wrote {}. Change it to what you really have; next: `vauban check {}`.", arguments.file, arguments.file);
    Ok(ExitCode::SUCCESS)
}

fn answer(ask: bool, given: Option<&str>, question: &str, default: &str) -> Result<String, Failure> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    if !ask {
        return Ok(default.to_owned());
    }
    print!("{question} [{default}] ");
    let _ = std::io::stdout().flush();
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| {
        Failure::new(format!("standard input cannot be read: {error}"), "give the answers as options")
    })?;
    let line = line.trim();
    Ok(if line.is_empty() { default.to_owned() } else { line.to_owned() })
}
