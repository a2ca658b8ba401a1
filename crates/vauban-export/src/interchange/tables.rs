//! A model as tables: what a workbook's sheets and CSV files hold. The headings are what our reader knows them by.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use vauban_model::finding::{Decision, Treatment};
use vauban_model::model::{Element, ElementRef, Fact, Model, Value as FactValue};
use vauban_model::report::Report;
use vauban_model::vocabulary::{Domain, FactId, FactType, fact};

use super::kept::{self, Kept};
use super::listed::remark;

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The sheet's name.
    pub(super) name: &'static str,
    /// Its columns.
    pub(super) columns: Vec<Column>,
    /// Its rows, as wide as the columns.
    pub(super) rows: Vec<Vec<String>>,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// The heading.
    pub(super) heading: String,
    /// The words it takes; empty for any.
    pub(super) words: Vec<&'static str>,
    /// Characters across.
    pub(super) width: u16,
}

fn column(heading: &str, width: u16) -> Column {
    Column { heading: heading.to_owned(), words: Vec::new(), width }
}

fn choice(heading: &str, width: u16, words: &[&'static str]) -> Column {
    Column { heading: heading.to_owned(), words: words.to_vec(), width }
}

/// What stands for "stated: none".
const NONE: &str = "(none)";

/// All tables, in order.
pub(super) fn tables(report: &Report<'_>) -> Vec<Table> {
    let maker = Maker::new(report);
    vec![
        maker.overview(),
        maker.components(),
        maker.flows(),
        maker.boundaries(),
        maker.elements("Data", Domain::Data),
        maker.elements("Identities", Domain::Identity),
        maker.threats(),
        decisions(report.decisions),
        maker.questions(),
        maker.assumptions(),
    ]
}

/// What no table shows, row by row: kind of element, id, key, value as JSON.
pub(super) fn beside(report: &Report<'_>) -> Vec<[String; 4]> {
    let model = report.model;
    let mut rows = Vec::new();
    let mut push = |domain: &str, id: &str, kept: Kept| {
        for (key, value) in kept {
            rows.push([domain.to_owned(), id.to_owned(), key, value.to_string()]);
        }
    };
    let mut lists = Kept::new();
    kept::lists(model, &mut lists);
    for shown in ["identities", "assumptions", "business_context"] {
        lists.remove(shown);
    }
    let drawings = kept::drawings(model);
    if !drawings.is_empty() {
        lists.insert("drawings".to_owned(), Value::Array(drawings));
    }
    push("model", "", lists);
    for domain in Domain::ALL {
        for (_, element) in model.elements(domain) {
            let mut kept = Kept::new();
            kept::extras(&element.extras, |_| false, &mut kept);
            for statement in element.controls.iter().filter(|it| it.note.is_some()) {
                let value = json!({ "present": statement.present, "note": statement.note });
                kept.insert(format!("control.{}", statement.control), value);
            }
            if element.out_of_scope.as_ref().is_some_and(|it| it.reason.is_empty()) {
                kept.insert("out_of_scope".to_owned(), json!(""));
            }
            push(domain.as_str(), &element.id, kept);
        }
    }
    for threat in &model.recorded_threats {
        let mut kept = Kept::new();
        kept::extras(&threat.extras, |_| false, &mut kept);
        if !threat.elements.is_empty() {
            kept.insert("elements".to_owned(), threat.elements.iter().map(|it| kept::named(model, *it)).collect());
        }
        push("threat", &threat.id, kept);
    }
    rows
}

/// What a register says of a threat that has a column of its own in ours.
const OF_REGISTERS: [&str; 8] = ["risk", "likelihood", "impact", "owner", "reason", "treatment", "until", "ticket"];

/// Whether the table of threats has a column for a key of the hidden sheet.
pub(super) fn shows_threat(key: &str) -> bool {
    key == "elements" || key.strip_prefix("extra.spreadsheet:").is_some_and(|key| OF_REGISTERS.contains(&key))
}

struct Maker<'a, 'r> {
    report: &'a Report<'r>,
    model: &'a Model,
    /// How many elements of a kind have these letters as a name or an id.
    alike: BTreeMap<(Domain, String), usize>,
}

impl<'a, 'r> Maker<'a, 'r> {
    fn new(report: &'a Report<'r>) -> Self {
        let mut known: BTreeMap<(Domain, String), usize> = BTreeMap::new();
        for domain in Domain::ALL {
            for (_, element) in report.model.elements(domain) {
                let both: BTreeSet<String> = [alike(&element.name), alike(&element.id)].into();
                for letters in both {
                    *known.entry((domain, letters)).or_default() += 1;
                }
            }
        }
        Maker { report, model: report.model, alike: known }
    }

    /// How an element is named in a cell: by its name if that means no other, else by its id. Names that differ in
    /// capitals and signs only are alike for a reader.
    fn called(&self, element: ElementRef) -> String {
        let (id, name) = (self.model.id(element), self.model.name(element));
        let clash = self.alike.get(&(element.domain, alike(name))).is_some_and(|number| *number > 1);
        let splits = name.contains(['\n', ';', ',']) || name.trim() != name || name.is_empty();
        if clash || splits { id.to_owned() } else { name.to_owned() }
    }

    fn called_all(&self, domain: Domain, indexes: &[u32]) -> String {
        let names: Vec<String> =
            indexes.iter().map(|index| self.called(ElementRef { domain, index: *index })).collect();
        if names.is_empty() { NONE.to_owned() } else { names.join("\n") }
    }

    /// A fact as a cell.
    fn cell(&self, fact: &Fact) -> String {
        let word = |symbol: u16| match fact.id.definition().ty {
            FactType::Enum(enumeration) | FactType::Set(enumeration) => enumeration.word(symbol),
            _ => "",
        };
        let lines = |words: Vec<&str>| if words.is_empty() { NONE.to_owned() } else { words.join("\n") };
        match &fact.value {
            FactValue::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            FactValue::Number(number) => number.to_string(),
            FactValue::Text(text) => text.to_string(),
            FactValue::Words(words) => lines(words.iter().map(|word| &**word).collect()),
            FactValue::Symbol(symbol) => word(*symbol).to_owned(),
            FactValue::Symbols(symbols) => lines(symbols.iter().map(|symbol| word(*symbol)).collect()),
            FactValue::References(indexes) => self.called_all(kept::referred(fact.id), indexes),
        }
    }

    /// The facts that any element of a kind states, those first that a reader looks for.
    fn facts_of(&self, domain: Domain, first: &[FactId]) -> Vec<FactId> {
        let stated: BTreeSet<FactId> = self
            .model
            .elements(domain)
            .flat_map(|(_, element)| element.facts.iter().filter(|it| kept::is_stated(it)).map(|it| it.id))
            .collect();
        let mut out = first.to_vec();
        out.extend(stated.into_iter().filter(|id| !first.contains(id)));
        out
    }

    fn fact_columns(facts: &[FactId]) -> impl Iterator<Item = Column> {
        facts.iter().map(|id| {
            let definition = id.definition();
            let words = match definition.ty {
                FactType::Bool => vec!["yes", "no"],
                FactType::Enum(enumeration) => enumeration.definition().values.to_vec(),
                _ => Vec::new(),
            };
            let width = match definition.ty {
                FactType::References(_) | FactType::Text => 26,
                FactType::Technologies | FactType::Words | FactType::Set(_) => 20,
                _ => 15,
            };
            Column { heading: heading(definition.key), words, width }
        })
    }

    fn fact_cells(&self, element: &Element, facts: &[FactId]) -> Vec<String> {
        let stated = |id: &FactId| element.fact(*id).filter(|it| kept::is_stated(it));
        facts.iter().map(|id| stated(id).map(|fact| self.cell(fact)).unwrap_or_default()).collect()
    }

    /// How many threats are open at an element, and the worst risk.
    fn open(&self, element: ElementRef) -> (String, String) {
        let here = self.report.analysis.findings.iter();
        let here = here.filter(|it| it.status.is_open() && it.elements.first() == Some(&element));
        let worst = here.clone().map(|it| it.current.risk).max();
        (here.count().to_string(), worst.map(|it| it.as_str().to_owned()).unwrap_or_default())
    }

    fn common(&self, element: &Element) -> [String; 5] {
        let controls: Vec<String> = element
            .controls
            .iter()
            .map(|it| if it.present { it.control.to_string() } else { format!("no {}", it.control) })
            .collect();
        let scope = match &element.out_of_scope {
            Some(scope) if scope.reason.is_empty() => "out of scope".to_owned(),
            Some(scope) => scope.reason.to_string(),
            None => String::new(),
        };
        [
            element.description.to_string(),
            element.owner.as_deref().unwrap_or_default().to_owned(),
            element.tags.join("\n"),
            controls.join("\n"),
            scope,
        ]
    }

    fn common_columns() -> [Column; 5] {
        [
            column("Description", 44),
            column("Owner", 18),
            column("Tags", 16),
            column("Controls", 26),
            column("Out of scope", 22),
        ]
    }

    fn overview(&self) -> Table {
        let system = &self.model.system;
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut row = |key: &str, value: String| rows.push(vec![key.to_owned(), value]);
        let [description, owner, tags, controls, scope] = self.common(system);
        row("Name", system.name.to_string());
        row("Id", system.id.to_string());
        row("Description", description);
        row("Owner", owner);
        row("Business context", self.model.business_context.to_string());
        for (key, value) in [("Tags", tags), ("Controls", controls), ("Out of scope", scope)] {
            if !value.is_empty() {
                row(key, value);
            }
        }
        for fact in system.facts.iter().filter(|it| kept::is_stated(it)) {
            row(&heading(fact.id.definition().key), self.cell(fact));
        }
        for (key, number) in [
            ("Number of components", self.model.components.len()),
            ("Number of flows", self.model.flows.len()),
            ("Number of boundaries", self.model.boundaries.len()),
            ("Number of data assets", self.model.data.len()),
        ] {
            row(key, number.to_string());
        }
        let findings = &self.report.analysis.findings;
        for level in vauban_model::scale::Level::ALL.into_iter().rev() {
            let open = findings.iter().filter(|it| it.status.is_open() && it.current.risk == level).count();
            row(&format!("Open threats, risk {}", level.as_str()), open.to_string());
        }
        row("Threats with a decision", findings.iter().filter(|it| it.decision.is_some()).count().to_string());
        row("Open questions", self.report.analysis.questions_total.to_string());
        row("Methodology", self.report.methodology.name.to_string());
        if let Some(today) = self.report.today {
            row("Day of the analysis", today.to_owned());
        }
        row("Written by", format!("Vauban {}", self.report.version));
        Table { name: "Overview", columns: vec![column("What", 28), column("Value", 90)], rows }
    }

    fn components(&self) -> Table {
        let facts = self.facts_of(Domain::Component, &[fact::KIND, fact::TECHNOLOGY]);
        let mut columns = vec![column("Id", 22), column("Name", 28), column("Boundary", 22), column("Part of", 18)];
        columns.extend([column("Open threats", 9), column("Worst risk", 10)]);
        columns.extend(Self::fact_columns(&facts));
        columns.extend(Self::common_columns());
        let rows = self.model.elements(Domain::Component).map(|(element, entry)| {
            let component = self.model.components.get(element.at());
            let boundary = component.and_then(|it| it.boundary);
            let parent = component.and_then(|it| it.parent);
            let called = |domain, index: Option<u32>| index.map(|index| self.called(ElementRef { domain, index }));
            let (open, worst) = self.open(element);
            let mut row = vec![
                entry.id.to_string(),
                entry.name.to_string(),
                called(Domain::Boundary, boundary).unwrap_or_default(),
                called(Domain::Component, parent).unwrap_or_default(),
                open,
                worst,
            ];
            row.extend(self.fact_cells(entry, &facts));
            row.extend(self.common(entry));
            row
        });
        Table { name: "Components", rows: rows.collect(), columns }
    }

    fn flows(&self) -> Table {
        let first = [fact::PROTOCOL, fact::ENCRYPTION, fact::AUTHENTICATION, fact::CARRIES, fact::RETURNS];
        let facts = self.facts_of(Domain::Flow, &first);
        let mut columns = vec![column("Id", 26), column("Name", 28), column("From", 24), column("To", 24)];
        columns.extend([column("Open threats", 9), column("Worst risk", 10)]);
        columns.extend(Self::fact_columns(&facts));
        columns.extend(Self::common_columns());
        let rows = self.model.elements(Domain::Flow).map(|(element, entry)| {
            let end = |index: Option<u32>| {
                index.map(|index| self.called(ElementRef { domain: Domain::Component, index })).unwrap_or_default()
            };
            let flow = self.model.flows.get(element.at());
            let (open, worst) = self.open(element);
            let (source, target) = (end(flow.map(|it| it.source)), end(flow.map(|it| it.target)));
            let mut row = vec![entry.id.to_string(), entry.name.to_string(), source, target, open, worst];
            row.extend(self.fact_cells(entry, &facts));
            row.extend(self.common(entry));
            row
        });
        Table { name: "Flows", rows: rows.collect(), columns }
    }

    fn boundaries(&self) -> Table {
        let facts = self.facts_of(Domain::Boundary, &[fact::BOUNDARY_KIND, fact::TRUST]);
        let mut columns = vec![column("Id", 22), column("Name", 28), column("Inside", 24)];
        columns.extend(Self::fact_columns(&facts));
        columns.extend(Self::common_columns());
        let rows = self.model.elements(Domain::Boundary).map(|(element, entry)| {
            let parent = self.model.boundaries.get(element.at()).and_then(|it| it.parent);
            let parent = parent.map(|index| self.called(ElementRef { domain: Domain::Boundary, index }));
            let mut row = vec![entry.id.to_string(), entry.name.to_string(), parent.unwrap_or_default()];
            row.extend(self.fact_cells(entry, &facts));
            row.extend(self.common(entry));
            row
        });
        Table { name: "Boundaries", rows: rows.collect(), columns }
    }

    fn elements(&self, name: &'static str, domain: Domain) -> Table {
        let first: &[FactId] = match domain {
            Domain::Data => &[fact::CLASSIFICATION, fact::DATA_KINDS, fact::INTEGRITY, fact::AVAILABILITY],
            _ => &[],
        };
        let facts = self.facts_of(domain, first);
        let mut columns = vec![column("Id", 22), column("Name", 28)];
        columns.extend(Self::fact_columns(&facts));
        columns.extend(Self::common_columns());
        let rows = self.model.elements(domain).map(|(_, entry)| {
            let mut row = vec![entry.id.to_string(), entry.name.to_string()];
            row.extend(self.fact_cells(entry, &facts));
            row.extend(self.common(entry));
            row
        });
        Table { name, rows: rows.collect(), columns }
    }

    fn threats(&self) -> Table {
        let levels = ["low", "medium", "high", "critical"];
        let statuses = ["open", "mitigating", "accepted", "transferred", "avoided", "false-positive", "mitigated"];
        let columns = vec![
            column("Id", 30),
            column("Threat", 48),
            column("Elements", 24),
            column("Category", 20),
            choice("Risk", 10, &levels),
            column("Severity", 10),
            column("Likelihood", 11),
            column("Impact", 8),
            Column { heading: "Status".to_owned(), words: statuses.to_vec(), width: 14 },
            column("Owner", 18),
            column("Decision", 34),
            choice("Treatment", 14, &Treatment::ALL.map(Treatment::as_str)),
            column("Until", 12),
            column("Ticket", 14),
            column("Description", 60),
            column("Mitigation", 60),
            column("CWE", 10),
            column("Found by", 12),
        ];
        let about = |elements: &[ElementRef]| elements.iter().map(|it| self.called(*it)).collect::<Vec<_>>().join("\n");
        let mut rows: Vec<Vec<String>> = Vec::new();
        for finding in &self.report.analysis.findings {
            let rule = self.report.threats.get(finding.threat as usize);
            let decision = finding.decision.and_then(|index| self.report.decisions.get(index as usize));
            let said = |of: fn(&Decision) -> &str| decision.map(of).unwrap_or_default().to_owned();
            let letters: Vec<&str> = finding.stride.iter().map(|letter| letter.name()).collect();
            let cwe: Vec<&str> = rule.iter().flat_map(|rule| rule.cwe.iter().map(|it| &**it)).collect();
            rows.push(vec![
                finding.id.to_string(),
                finding.title.to_string(),
                about(&finding.elements),
                letters.join("\n"),
                finding.current.risk.as_str().to_owned(),
                finding.severity.as_str().to_owned(),
                finding.current.likelihood.as_str().to_owned(),
                finding.current.impact.level().to_string(),
                finding.status.as_str().to_owned(),
                said(|it| &it.owner),
                said(|it| &it.reason),
                said(|it| it.treatment.as_str()),
                said(|it| it.until.as_deref().unwrap_or_default()),
                said(|it| it.ticket.as_deref().unwrap_or_default()),
                finding.description.to_string(),
                rule.map(|rule| rule.remedy.to_string()).unwrap_or_default(),
                cwe.join("\n"),
                "Vauban".to_owned(),
            ]);
        }
        for threat in &self.model.recorded_threats {
            let cwe: Vec<String> = threat.cwe.iter().map(|number| format!("CWE-{number}")).collect();
            // What a register had in columns of its own stands in them again.
            let kept = |key: &str| remark(&threat.extras, "spreadsheet", key).unwrap_or_default().to_owned();
            rows.push(vec![
                threat.id.to_string(),
                threat.title.to_string(),
                about(&threat.elements),
                threat.categories.join("\n"),
                kept("risk"),
                threat.severity.to_string(),
                kept("likelihood"),
                kept("impact"),
                threat.status.to_string(),
                kept("owner"),
                kept("reason"),
                kept("treatment"),
                kept("until"),
                kept("ticket"),
                threat.description.to_string(),
                threat.mitigation.to_string(),
                cwe.join("\n"),
                "people".to_owned(),
            ]);
        }
        Table { name: "Threats", columns, rows }
    }

    fn questions(&self) -> Table {
        let columns = vec![
            column("Id", 34),
            column("Element", 24),
            column("Question", 70),
            column("Possible answers", 30),
            column("Risk", 10),
            column("Answer", 24),
        ];
        let rows = self.report.analysis.questions.iter().map(|it| {
            vec![
                it.id.to_string(),
                self.called(it.element),
                it.text.to_string(),
                it.answers.join("\n"),
                it.risk.as_str().to_owned(),
                String::new(),
            ]
        });
        Table { name: "Questions", rows: rows.collect(), columns }
    }

    fn assumptions(&self) -> Table {
        let columns = vec![column("Id", 22), column("Assumption", 70), column("About", 40), column("Owner", 20)];
        let rows = self.model.assumptions.iter().map(|it| {
            let about: Vec<String> =
                it.about.iter().filter_map(|at| kept::named(self.model, *at).as_str().map(str::to_owned)).collect();
            let owner = it.owner.as_deref().unwrap_or_default().to_owned();
            vec![it.id.to_string(), it.text.to_string(), about.join("\n"), owner]
        });
        Table { name: "Assumptions", rows: rows.collect(), columns }
    }
}

fn decisions(decisions: &[Decision]) -> Table {
    let columns = vec![
        column("Threat", 40),
        choice("Treatment", 15, &Treatment::ALL.map(Treatment::as_str)),
        column("Reason", 60),
        column("Owner", 20),
        column("Approver", 20),
        column("Until", 12),
        column("Ticket", 14),
        column("Decided", 12),
    ];
    let text = |it: &Option<Box<str>>| it.as_deref().unwrap_or_default().to_owned();
    let rows = decisions.iter().map(|it| {
        vec![
            it.threat.to_string(),
            it.treatment.as_str().to_owned(),
            it.reason.to_string(),
            it.owner.to_string(),
            it.approver.to_string(),
            text(&it.until),
            text(&it.ticket),
            text(&it.decided),
        ]
    });
    Table { name: "Decisions", rows: rows.collect(), columns }
}

/// The letters and digits of a name, in lower case: names of the same letters may be taken for one another.
fn alike(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A key as a heading: `encryption_at_rest` becomes `Encryption at rest`.
fn heading(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
