//! Checks on a library that go beyond reading it: ids of catalogues, conventions, examples present.

use rustc_hash::FxHashMap;
use vauban_export::oscal;
use vauban_model::framework::Frameworks;
use vauban_model::plan::{Effort, effort_of};
use vauban_model::{Diagnostic, FileId, Severity, SourceMap, Span};
use vauban_rules::library::Library;

use crate::embedded;

/// One row of a table of facts: id to the further columns by name.
type Table = FxHashMap<String, FxHashMap<String, String>>;

fn table(path: &str) -> Table {
    rows(path).into_iter().collect()
}

/// The rows of a table in its own order, each with its id.
fn rows(path: &str) -> Vec<(String, FxHashMap<String, String>)> {
    let text = embedded::file(path).unwrap_or("");
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<String> = lines.next().map(split).unwrap_or_default();
    lines
        .map(|line| {
            let cells = split(line);
            let id = cells.first().cloned().unwrap_or_default();
            (id, header.iter().cloned().zip(cells).collect())
        })
        .collect()
}

/// One line of comma-separated values; quotes protect commas, a doubled quote is a quote.
fn split(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cells.last_mut().map(|cell| cell.push('"')).unwrap_or_default();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().map(|cell| cell.push(c)).unwrap_or_default(),
        }
    }
    cells
}

/// Names of catalogue entries, for reports: ATT&CK, CWE, CAPEC, D3FEND.
#[derive(Debug)]
pub struct Catalogues {
    attack: Table,
    cwe: Table,
    capec: Table,
    d3fend: Table,
    mitigations: Table,
    oscal: Vec<oscal::Catalogue>,
}

impl Default for Catalogues {
    fn default() -> Self {
        Catalogues {
            attack: table("tables/attack.csv"),
            cwe: table("tables/cwe.csv"),
            capec: table("tables/capec.csv"),
            d3fend: table("tables/d3fend.csv"),
            mitigations: table("tables/attack_mitigations.csv"),
            oscal: oscal_catalogues(),
        }
    }
}

impl vauban_model::report::CatalogueNames for Catalogues {
    fn attack(&self, id: &str) -> Option<&str> {
        self.attack_name(id)
    }

    fn attack_tactics(&self, id: &str) -> Vec<&str> {
        let row = self.attack.get(id).and_then(|row| row.get("tactics"));
        row.map(|tactics| tactics.split('|').filter(|t| !t.is_empty()).collect()).unwrap_or_default()
    }

    fn cwe(&self, id: &str) -> Option<&str> {
        self.cwe_name(id)
    }

    fn capec(&self, id: &str) -> Option<&str> {
        self.capec_name(id)
    }

    fn attack_version(&self) -> &str {
        "18.1"
    }
}

/// The frameworks that are published as OSCAL catalogues, in the order of the table.
fn oscal_catalogues() -> Vec<oscal::Catalogue> {
    let cell = |row: &FxHashMap<String, String>, name: &str| row.get(name).cloned().unwrap_or_default();
    let rows = rows("tables/oscal_catalogs.csv").into_iter();
    rows.map(|(id, row)| {
        let aliases = cell(&row, "aliases");
        let aliases = aliases.split('|').filter(|alias| !alias.is_empty()).map(Box::from);
        oscal::Catalogue {
            frameworks: std::iter::once(id.into()).chain(aliases).collect(),
            title: cell(&row, "title").into(),
            href: cell(&row, "href").into(),
        }
    })
    .collect()
}

impl Catalogues {
    /// Frameworks whose controls have ids in OSCAL.
    pub fn oscal(&self) -> &[oscal::Catalogue] {
        &self.oscal
    }

    /// The name of an ATT&CK technique.
    pub fn attack_name(&self, id: &str) -> Option<&str> {
        self.attack.get(id).and_then(|row| row.get("name")).map(String::as_str)
    }

    /// The name of a weakness.
    pub fn cwe_name(&self, id: &str) -> Option<&str> {
        self.cwe.get(id).and_then(|row| row.get("name")).map(String::as_str)
    }

    /// The name of an attack pattern.
    pub fn capec_name(&self, id: &str) -> Option<&str> {
        self.capec.get(id).and_then(|row| row.get("name")).map(String::as_str)
    }

    /// The name of an ATT&CK mitigation.
    pub fn mitigation_name(&self, id: &str) -> Option<&str> {
        self.mitigations.get(id).and_then(|row| row.get("name")).map(String::as_str)
    }

    /// The name of a D3FEND technique.
    pub fn d3fend_name(&self, id: &str) -> Option<&str> {
        self.d3fend.get(id).and_then(|row| row.get("name")).map(String::as_str)
    }
}

/// Checks a library against the catalogues and the conventions.
pub fn lint(library: &Library, sources: &SourceMap) -> Vec<Diagnostic> {
    let catalogues = Catalogues::default();
    let mut out = Vec::new();
    let file_of: FxHashMap<&str, FileId> = sources.iter().map(|(id, file)| (file.name.as_str(), id)).collect();
    for threat in &library.threats {
        let span = file_of.get(&*threat.file).map(|id| Span::new(*id, 1, 1, 0));
        let mut say = |message: String, help: &str| {
            out.push(Diagnostic::new(Severity::Error, "library-lint", span, message).help(help));
        };
        for id in &threat.attack {
            match catalogues.attack.get(&**id).and_then(|row| row.get("status")) {
                None => say(format!("there is no ATT&CK technique `{id}`"), "look it up in library/tables/attack.csv"),
                Some(status) if status != "active" => {
                    say(format!("the ATT&CK technique `{id}` is {status}"), "take the technique that replaced it");
                }
                Some(_) => {}
            }
        }
        for id in &threat.cwe {
            match catalogues.cwe.get(&**id).and_then(|row| row.get("mapping_usage")) {
                None => say(format!("there is no weakness `{id}`"), "look it up in library/tables/cwe.csv"),
                Some(usage) if !usage.starts_with("Allowed") => {
                    say(format!("`{id}` must not be used for mapping ({usage})"), "take a more specific weakness");
                }
                Some(_) => {}
            }
        }
        for id in &threat.capec {
            match catalogues.capec.get(&**id).and_then(|row| row.get("status")) {
                None => say(format!("there is no attack pattern `{id}`"), "look it up in library/tables/capec.csv"),
                Some(status) if status == "Deprecated" || status == "Obsolete" => {
                    say(format!("the attack pattern `{id}` is {status}"), "take the one that replaced it");
                }
                Some(_) => {}
            }
        }
        for (text, heading) in [
            (&threat.why, "Why it matters"),
            (&threat.remedy, "What to do"),
            (&threat.acceptable, "When it is acceptable"),
        ] {
            if text.len() < 40 {
                say(format!("`## {heading}` says too little"), "write two or three sentences of your own");
            }
        }
        let text = span.and_then(|span| sources.get(span.file)).map_or("", |file| &file.text);
        if text.contains("<!-- write") {
            say(
                "the page still holds a prompt of the skeleton".to_owned(),
                "write what it asks for, and remove the `<!-- write … -->`",
            );
        }
        if threat.summary.is_empty() {
            say("the page has no one-line summary".to_owned(), "write one line below the heading");
        }
        let id_ok = threat.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && threat.id.contains('-');
        if !id_ok {
            say(format!("`{}` is not a lawful id", threat.id), "lower-case words joined with hyphens, two at least");
        }
    }
    for control in &library.controls {
        let span = file_of.get(&*control.file).map(|id| Span::new(*id, 1, 1, 0));
        for id in &control.d3fend {
            if !catalogues.d3fend.contains_key(&**id) {
                let message = format!("there is no D3FEND technique `{id}`");
                out.push(
                    Diagnostic::new(Severity::Error, "library-lint", span, message)
                        .help("see library/tables/d3fend.csv"),
                );
            }
        }
        for id in &control.attack_mitigations {
            if !catalogues.mitigations.contains_key(&**id) {
                let message = format!("there is no ATT&CK mitigation `{id}`");
                out.push(
                    Diagnostic::new(Severity::Error, "library-lint", span, message)
                        .help("see library/tables/attack_mitigations.csv"),
                );
            }
        }
        if !control.question.contains("{element}") {
            let message = format!("the question of `{}` does not name the element", control.id);
            out.push(Diagnostic::new(Severity::Error, "library-lint", span, message).help("put `{element}` in it"));
        }
        let costs = control.cost_days.map(|days| (days, effort_of(Effort::days(days))));
        if let Some((days, scale)) = costs.filter(|(_, scale)| *scale != control.effort) {
            let (said, is) = (control.effort.as_str(), scale.as_str());
            let message = format!("`{}` says `effort = \"{said}\"`, and {days} days are {is} effort", control.id);
            let help =
                "low is up to 4 days, medium up to 14, high up to 60, critical more; change the one that is wrong";
            out.push(Diagnostic::new(Severity::Error, "library-lint", span, message).help(help));
        }
        if control.on.is_empty() {
            let message = format!("nobody can state the control `{}`", control.id);
            out.push(
                Diagnostic::new(Severity::Error, "library-lint", span, message).help("add `on = [\"component\"]`"),
            );
        }
    }
    out
}

/// Checks the requirements that control pages name. A page names the framework by its id, with the version in it: where an
/// alias leads may change.
pub fn requirements(library: &Library, frameworks: &Frameworks, sources: &SourceMap) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let file_of: FxHashMap<&str, FileId> = sources.iter().map(|(id, file)| (file.name.as_str(), id)).collect();
    for control in &library.controls {
        let span = file_of.get(&*control.file).map(|id| Span::new(*id, 1, 1, 0));
        for reference in &control.requirements {
            let (message, help) = match frameworks.find(&reference.framework) {
                None => {
                    (format!("there is no framework `{}`", reference.framework), "see library/frameworks".to_owned())
                }
                Some(framework) if framework.id != reference.framework => (
                    format!("`{}` does not say which version", reference.framework),
                    format!("write `{}:{}`", framework.id, reference.requirement),
                ),
                Some(framework) => match framework.requirement(&reference.requirement) {
                    Some(requirement) if !requirement.withdrawn => continue,
                    Some(requirement) => (
                        format!("`{reference}` was withdrawn"),
                        format!("it became {}", requirement.withdrawn_to.join(", ")),
                    ),
                    None => (
                        format!("`{}` has no requirement `{}`", framework.id, reference.requirement),
                        framework.spelt(&reference.requirement).map_or_else(
                            || format!("see library/frameworks/{}.csv", framework.id),
                            |meant| format!("write `{}:{}`", framework.id, meant.id),
                        ),
                    ),
                },
            };
            out.push(Diagnostic::new(Severity::Error, "library-lint", span, message).help(help));
        }
    }
    out
}
