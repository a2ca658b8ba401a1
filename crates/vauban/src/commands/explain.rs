//! `vauban explain`: why a threat was found, question asked, or threat of the library looks the way it does.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use vauban_analysis::Session;
use vauban_analysis::about::About;
use vauban_analysis::export::json;
use vauban_analysis::export::terminal::{self, harmless};
use vauban_model::model::RecordedThreat;
use vauban_model::vocabulary::Domain;
use vauban_model::{SourceMap, Span, did_you_mean};

use super::{Failure, pretty, write_output};
use crate::project::{self, SharedArguments, When};

/// Arguments of `vauban explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban explain unrestricted-upload@admin-portal
  vauban explain unrestricted-upload@admin-portal --model shop.yaml
  vauban explain 'aws_lambda_function.api -> aws_sqs_queue.jobs' --model infra")]
pub(crate) struct Arguments {
    /// A finding (`threat@element`), a question or an attack path, by the id that `vauban check` shows; or an element by its
    /// own, such as `aws_s3_bucket.logs` or, for a flow, `a -> b`
    #[arg(value_name = "ID")]
    id: String,

    /// The model, or a folder with infrastructure code; without it: what `vauban.yaml` names, or the model in this folder
    #[arg(long, short, value_name = "MODEL")]
    model: Option<String>,

    #[command(flatten)]
    shared: SharedArguments,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let (session, _) = project::session_with(arguments.model.as_deref(), &arguments.shared, When::Now, 200)?;
    project::narrate(&session.diagnostics, &session.project.sources);
    project::sound(&session)?;
    let report = session.report();
    let style = project::style(true, std::io::stdout().is_terminal());
    let analysis = &session.analysis;
    if let Some(finding) = analysis.findings.iter().find(|finding| *finding.id == *arguments.id) {
        let text = if arguments.json {
            pretty(&json::finding(&report, finding))
        } else {
            terminal::explain(&report, finding, style)
        };
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(path) = analysis.paths.iter().find(|path| *path.id == *arguments.id) {
        let answer = vauban_model::report::PathAnswer { paths: vec![path.clone()], ..Default::default() };
        let text =
            if arguments.json { pretty(&json::path(&report, path)) } else { terminal::paths(&report, &answer, style) };
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some((number, question)) = (1..)
        .zip(&analysis.questions)
        .find(|(_, q)| *q.id == *arguments.id || q.findings.iter().any(|f| **f == *arguments.id))
    {
        let mut text = terminal::question(&report, number, question, style);
        text.push_str("   Nobody said. `vauban ask` writes the answer beside the model.\n");
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(stopped) = analysis.mitigated.iter().find(|m| *m.id == *arguments.id) {
        let place = &stopped.evidence;
        let text = format!(
            "{} applies but is stopped by the control `{}` ({}:{}).\n",
            stopped.id,
            stopped.control,
            session.project.sources.name(place.span.file),
            place.span.line
        );
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    // The document of `vauban check` has their ids behind a word of its own.
    let plain = arguments.id.strip_prefix("recorded:").unwrap_or(&arguments.id);
    let model = &session.project.model;
    let is_element =
        Domain::ALL.into_iter().any(|domain| model.elements(domain).any(|(_, element)| *element.id == *arguments.id));
    let mut recorded = model.recorded_threats.iter().filter(|_| !is_element);
    if let Some(threat) = recorded.find(|threat| *threat.id == *arguments.id || *threat.id == *plain) {
        let text = if arguments.json {
            pretty(&recorded_json(threat, &session))
        } else {
            terminal::explain_recorded(&report, threat, style)
        };
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(threat) = report.threats.iter().find(|threat| *threat.id == *arguments.id) {
        write_output(&super::library::threat_text(threat, report.controls, report.names), None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(about) = session.about(&arguments.id) {
        let sources = &session.project.sources;
        let text =
            if arguments.json { pretty(&element_json(&about, sources)) } else { element_text(&about, sources, style) };
        write_output(&text, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let recorded = session.project.model.recorded_threats.iter().map(|threat| &*threat.id);
    let known = analysis.findings.iter().map(|f| &*f.id).chain(analysis.mitigated.iter().map(|m| &*m.id));
    let known = known.chain(recorded);
    let help = did_you_mean(&arguments.id, known)
        .map_or_else(|| "`vauban check --all` shows the ids".to_owned(), |id| format!("did you mean `{id}`?"));
    Err(Failure::new(format!("there is no finding, question, path or element `{}` in this model", arguments.id), help))
}

/// A threat that the model brought along, as it stands there.
fn recorded_json(threat: &RecordedThreat, session: &Session) -> serde_json::Value {
    let (model, span) = (&session.project.model, threat.span);
    json!({
        "id": threat.id,
        "title": threat.title,
        "description": threat.description,
        "categories": threat.categories,
        "severity": threat.severity,
        "status": threat.status,
        "mitigation": threat.mitigation,
        "cwe": threat.cwe,
        "elements": threat.elements.iter().map(|element| model.id(*element)).collect::<Vec<_>>(),
        "source": {
            "file": session.project.sources.name(span.file),
            "line": span.line,
            "column": span.column,
        },
    })
}

fn element_text(about: &About, sources: &SourceMap, style: terminal::Style) -> String {
    let place = |span: Span| format!("{}:{}:{}", harmless(sources.name(span.file)), span.line, span.column);
    let mut out = format!(
        "{} ({})\n{}\n",
        style.bold(&about.name),
        about.kind,
        style.dim(&format!("{}  {}", about.id, place(about.span)))
    );
    if !about.evidence.is_empty() {
        let _ = writeln!(out, "\n{}", style.bold("What speaks for it"));
        for reason in &about.evidence {
            let _ = writeln!(out, "  {}: {} ({})", reason.grade, harmless(&reason.text), place(reason.span));
        }
    }
    if !about.facts.is_empty() {
        let _ = writeln!(out, "\n{}", style.bold("What is known"));
        for known in &about.facts {
            let _ = writeln!(
                out,
                "  {} = {}, {} ({})",
                known.fact,
                harmless(&known.value),
                known.origin,
                place(known.span)
            );
        }
    }
    if !about.notes.is_empty() {
        let _ = writeln!(out, "\n{}", style.bold("Noted"));
        for (key, value) in &about.notes {
            let _ = writeln!(out, "  {}: {}", harmless(key), harmless(value));
        }
    }
    if !about.findings.is_empty() {
        let _ = writeln!(out, "\n{}", style.bold("Findings and questions"));
        for id in &about.findings {
            let _ = writeln!(out, "  {}", harmless(id));
        }
    }
    style.fitted(out)
}

fn element_json(about: &About, sources: &SourceMap) -> serde_json::Value {
    let source = |span: Span| json!({ "file": sources.name(span.file), "line": span.line, "column": span.column });
    let facts = about.facts.iter().map(|known| {
        json!({ "fact": known.fact, "value": known.value, "origin": known.origin, "source": source(known.span) })
    });
    let evidence = about
        .evidence
        .iter()
        .map(|reason| json!({ "grade": reason.grade, "text": reason.text, "source": source(reason.span) }));
    json!({
        "id": about.id,
        "name": about.name,
        "kind": about.kind,
        "source": source(about.span),
        "evidence": evidence.collect::<Vec<_>>(),
        "facts": facts.collect::<Vec<_>>(),
        "notes": about.notes.iter().map(|(key, value)| json!([key, value])).collect::<Vec<_>>(),
        "findings": about.findings,
    })
}
