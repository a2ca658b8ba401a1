//! `vauban library`: list, show, lint, test and begin entries of the library.

mod framework;

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use vauban_analysis::embedded::{self, ExtraFile, LoadedLibrary};
use vauban_analysis::{LibraryFile, examples, lint};
use vauban_model::{Diagnostic, FileId, Severity, SourceMap};

use super::{Failure, write_output};
use crate::files;

/// Arguments of `vauban library`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List threats, controls, technologies, attackers, facts or frameworks
    List {
        /// What to list
        #[arg(value_enum, default_value_t = What::Threats)]
        what: What,

        /// Folders of your own, beside ours
        #[arg(long, value_name = "FOLDER")]
        library: Vec<String>,
    },
    /// Show one threat, control, framework or requirement in full
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// Its id; a requirement as FRAMEWORK:ID
        id: String,

        /// Folders of your own, beside ours
        #[arg(long, value_name = "FOLDER")]
        library: Vec<String>,
    },
    /// Begin a threat of your own: writes a page with every part to fill in
    New {
        /// Where: FOLDER/threats/FAMILY/ID.md
        path: String,
    },
    /// Check every page: conditions, ids of catalogues, headings
    Lint {
        /// Folders with threats, controls or technologies of your own, beside ours
        folders: Vec<String>,
    },
    /// Run the examples in threat pages: Fires, Stays quiet, Asks
    Test {
        /// Folders or pages; all of ours without any
        paths: Vec<String>,
    },
}

/// Shown below the help of `vauban library show`.
const SHOW_EXAMPLES: &str = "\
Examples:
  vauban library show sql-injection     a threat
  vauban library show rate-limiting     a control
  vauban library show soc2              a framework with its requirements
  vauban library show soc2:CC6.1        a requirement: its title, what people call it, what a threat
                                        model has to do with it
  vauban library show 800-53:ac-2.1     any usual spelling of an id will do";

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Threats
    Threats,
    /// Controls
    Controls,
    /// Technologies
    Technologies,
    /// Attackers
    Attackers,
    /// Facts that models state and conditions ask for
    Facts,
    /// Frameworks whose requirements a threat model bears on
    Frameworks,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.action {
        Action::List { what, library } => list(*what, library),
        Action::Show { id, library } => show(id, library),
        Action::New { path } => new(path),
        Action::Lint { folders } => lint_all(folders),
        Action::Test { paths } => test(paths),
    }
}

/// Pages given by path, as files of a library. Pages below a folder `threats`, `controls`, … keep their place.
fn extra(paths: &[String]) -> Result<Vec<ExtraFile>, Failure> {
    let mut out = Vec::new();
    for path in paths {
        let fail = |message: String| Failure::new(message, "give a folder of pages, or one page");
        let folder = Path::new(path);
        let mut found = if folder.is_dir() {
            files::library_folder(folder).map_err(fail)?
        } else {
            let bytes = files::read(path).map_err(|reason| fail(format!("`{path}` cannot be read: {reason}")))?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            vec![ExtraFile { path: path.clone(), name: path.clone(), text }]
        };
        for file in &mut found {
            let full = file.name.replace('\\', "/");
            let shelf = ["threats/", "controls/", "technologies/", "attackers/", "frameworks/"]
                .into_iter()
                .find_map(|shelf| full.rfind(shelf));
            match shelf {
                Some(at) => file.path = full[at..].to_owned(),
                None if full.ends_with(".md") => file.path = format!("threats/own/{}", file.path),
                None => {}
            }
        }
        out.append(&mut found);
    }
    Ok(out)
}

fn print(diagnostics: &[Diagnostic], sources: &SourceMap) -> usize {
    for diagnostic in diagnostics {
        let place = diagnostic
            .span
            .map_or(String::new(), |span| format!("{}:{}:{}: ", sources.name(span.file), span.line, span.column));
        tell!("{place}{}[{}]: {}", diagnostic.severity.as_str(), diagnostic.code, diagnostic.message);
        if let Some(help) = &diagnostic.help {
            tell!("  help: {help}");
        }
    }
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

fn list(what: What, folders: &[String]) -> Result<ExitCode, Failure> {
    let loaded = embedded::load(&extra(folders)?);
    let library = &loaded.library;
    let mut out = String::new();
    match what {
        What::Threats => {
            let mut threats: Vec<_> = library.threats.iter().collect();
            threats.sort_by(|a, b| (&a.family, &a.id).cmp(&(&b.family, &b.id)));
            let mut family = "";
            for threat in threats {
                if family != &*threat.family {
                    family = &threat.family;
                    out.push_str(&format!("{family}\n"));
                }
                let letters: String = threat.stride.iter().map(|s| s.letter()).collect();
                out.push_str(&format!(
                    "  {:<44} {letters:<6} {:<9} {}\n",
                    threat.id,
                    threat.severity.as_str(),
                    threat.title
                ));
            }
        }
        What::Controls => {
            for control in &library.controls {
                let on: Vec<&str> = control.on.iter().map(|d| d.as_str()).collect();
                out.push_str(&format!(
                    "{:<36} {:<11} on {:<28} {}\n",
                    control.id,
                    control.kind.as_str(),
                    on.join(", "),
                    control.name
                ));
            }
        }
        What::Technologies => {
            for technology in &library.technologies {
                out.push_str(&format!(
                    "{:<32} {:<36} is {}\n",
                    technology.id,
                    technology.name,
                    technology.is.join(", ")
                ));
            }
        }
        What::Attackers => {
            for attacker in &library.attackers {
                out.push_str(&format!(
                    "{:<22} {:<13} {:<9} {}\n",
                    attacker.id,
                    attacker.source,
                    attacker.likelihood.as_str(),
                    attacker.name
                ));
            }
        }
        What::Frameworks => out = framework::list(&loaded.frameworks().0),
        What::Facts => {
            for fact in vauban_model::vocabulary::FACTS {
                let on: Vec<&str> = fact.on.iter().map(|d| d.as_str()).collect();
                let kind = if fact.derived { "derived" } else { "stated" };
                out.push_str(&format!("{:<28} {kind:<8} on {:<20} {}\n", fact.id, on.join(", "), fact.doc));
            }
        }
    }
    write_output(&out, None)?;
    Ok(ExitCode::SUCCESS)
}

/// One threat for people.
pub(crate) fn threat_text(
    threat: &vauban_model::library::Threat,
    controls: &[vauban_model::library::Control],
    names: &dyn vauban_model::report::CatalogueNames,
) -> String {
    let mut out = format!("{} ({})\n{}\n\n{}\n", threat.title, threat.id, threat.file, threat.summary);
    let mut ids: Vec<String> = threat.stride.iter().map(|s| s.name().to_owned()).collect();
    ids.extend(threat.attack.iter().map(|id| format!("{id} {}", names.attack(id).unwrap_or_default())));
    ids.extend(threat.cwe.iter().map(|id| format!("{id} {}", names.cwe(id).unwrap_or_default())));
    ids.extend(threat.capec.iter().map(|id| format!("{id} {}", names.capec(id).unwrap_or_default())));
    out.push_str(&format!(
        "\nOn a {}; severity {}, likelihood {}\n{}\n",
        threat.on.as_str(),
        threat.severity.as_str(),
        threat.likelihood.as_str(),
        ids.join("\n")
    ));
    out.push_str(&format!("\nApplies when\n  {}\n", threat.condition.replace('\n', "\n  ")));
    if !threat.controls.is_empty() {
        out.push_str("\nStopped or weakened by\n");
        for used in &threat.controls {
            let name = controls.iter().find(|c| c.id == used.control).map_or(&*used.control, |c| &*c.name);
            let effect =
                used.weakens.map_or_else(|| "stops it".to_owned(), |levels| format!("{levels} level(s) less likely"));
            out.push_str(&format!("  {name} ({}): {effect}\n", used.control));
        }
    }
    for (title, text) in
        [("Why it matters", &threat.why), ("What to do", &threat.remedy), ("When it is acceptable", &threat.acceptable)]
    {
        if !text.is_empty() {
            out.push_str(&format!("\n{title}\n{text}\n"));
        }
    }
    out
}

/// One control for people.
fn control_text(
    control: &vauban_model::library::Control,
    threats: &[&str],
    names: &vauban_analysis::lint::Catalogues,
) -> String {
    let on: Vec<&str> = control.on.iter().map(|d| d.as_str()).collect();
    let cost = control.cost_days.map_or(String::new(), |days| format!(", about {days} person-days"));
    let mut out = format!(
        "{} ({})\n{}\n\n{}\n\n{}, effort {}{cost}; stated on: {}\nAsked as: {}\n\n{}\n",
        control.name,
        control.id,
        control.file,
        control.summary,
        control.kind.as_str(),
        control.effort.as_str(),
        on.join(", "),
        control.question,
        control.how
    );
    let mut list = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!("\n{title}\n  {}\n", lines.join("\n  ")));
        }
    };
    list(
        "How to see that it is in place",
        control.evidence.iter().map(|proof| format!("{}: {}", proof.kind.as_str(), proof.text)).collect(),
    );
    list(
        "The provider's own service",
        control.services.iter().map(|(cloud, service)| format!("{}: {service}", cloud.as_str())).collect(),
    );
    list(
        "ATT&CK mitigations",
        control
            .attack_mitigations
            .iter()
            .map(|id| format!("{id} {}", names.mitigation_name(id).unwrap_or_default()))
            .collect(),
    );
    list("Requirements it helps to meet", control.requirements.iter().map(ToString::to_string).collect());
    out.push_str(&format!("\nStops or weakens: {}\n", threats.join(", ")));
    out
}

fn show(id: &str, folders: &[String]) -> Result<ExitCode, Failure> {
    let loaded = embedded::load(&extra(folders)?);
    let library = &loaded.library;
    let catalogues = lint::Catalogues::default();
    if let Some(at) = library.threat(id) {
        write_output(&threat_text(&library.threats[at as usize], &library.controls, &catalogues), None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(at) = library.control(id) {
        let control = &library.controls[at as usize];
        let threats = library.threats.iter().filter(|t| t.controls.iter().any(|c| c.control == control.id));
        let threats: Vec<&str> = threats.map(|threat| &*threat.id).collect();
        write_output(&control_text(control, &threats, &catalogues), None)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(found) = framework::show(id, &loaded) {
        write_output(&found?, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let known = library.threats.iter().map(|t| &*t.id).chain(library.controls.iter().map(|c| &*c.id));
    let help = vauban_model::did_you_mean(id, known)
        .map_or_else(|| "`vauban library list` names all".to_owned(), |id| format!("did you mean `{id}`?"));
    Err(Failure::new(format!("the library has no threat, control or framework `{id}`"), help))
}

/// The page that `new` writes.
const SKELETON: &str = include_str!("../../../../xtask/templates/threat.md");

fn new(path: &str) -> Result<ExitCode, Failure> {
    let help = "write FOLDER/threats/FAMILY/ID.md, such as our-library/threats/payments/refund-without-order.md";
    if !path.ends_with(".md") || !path.contains("threats/") {
        return Err(Failure::new(format!("`{path}` is no place for a threat"), help));
    }
    if Path::new(path).exists() {
        return Err(Failure::new(format!("`{path}` is already there"), "choose another id"));
    }
    let id = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let title = id.replace('-', " ");
    write_output(&SKELETON.replace("{title}", &title), Some(path))?;
    tell!("Wrote {path}. Fill it in, then: vauban library test {path}");
    Ok(ExitCode::SUCCESS)
}

fn lint_all(folders: &[String]) -> Result<ExitCode, Failure> {
    let loaded = embedded::load(&extra(folders)?);
    let mut diagnostics = loaded.diagnostics.clone();
    diagnostics.extend(lint::lint(&loaded.library, &loaded.sources));
    let (frameworks, problems) = loaded.frameworks();
    diagnostics.extend(problems);
    diagnostics.extend(lint::requirements(&loaded.library, &frameworks, &loaded.sources));
    let errors = print(&diagnostics, &loaded.sources);
    let library = &loaded.library;
    println!(
        "{} threats, {} controls, {} technologies, {} attackers, {} frameworks; {errors} problems",
        library.threats.len(),
        library.controls.len(),
        library.technologies.len(),
        library.attackers.len(),
        frameworks.frameworks.len()
    );
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn test(paths: &[String]) -> Result<ExitCode, Failure> {
    let extra = extra(paths)?;
    let loaded = embedded::load(&extra);
    let LoadedLibrary { sources, diagnostics, .. } = &loaded;
    let pages: Vec<(String, String)> = if extra.is_empty() {
        let embedded = embedded::FILES.iter().filter(|(path, _)| path.starts_with("threats/"));
        embedded.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    } else {
        extra.into_iter().filter(|file| file.path.starts_with("threats/")).map(|file| (file.path, file.text)).collect()
    };
    let files: Vec<LibraryFile<'_>> =
        pages.iter().map(|(path, text)| LibraryFile { id: FileId(0), path, text, built_in: true }).collect();
    let mentioned = |diagnostic: &&Diagnostic| {
        diagnostic.span.is_some_and(|span| {
            let name = sources.name(span.file);
            pages.iter().any(|(path, _)| name.ends_with(path.as_str()))
        })
    };
    let relevant: Vec<Diagnostic> = diagnostics.iter().filter(mentioned).cloned().collect();
    let broken = print(&relevant, sources);
    let report = examples::run(&loaded, &files);
    for failure in &report.failures {
        println!("{} line {}: {}: {}", failure.threat, failure.line, failure.heading, failure.message);
    }
    println!("{} pages, {} examples, {} failures", files.len(), report.run, report.failures.len());
    Ok(if report.failures.is_empty() && broken == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
