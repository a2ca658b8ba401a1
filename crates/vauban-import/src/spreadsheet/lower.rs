//! What the tables of a spreadsheet mean here.
//!
//! | table | here |
//! |---|---|
//! | components, flows, boundaries, data, identities | elements; ids from their column, else from names |
//! | a column named like a fact, or with a word for it | the fact; words of several languages are understood |
//! | a zone, a data asset, an end of a flow that no table lists | is added, and a message says so |
//! | threats | recorded threats; those that Vauban found are found again, their decisions are kept |
//! | decisions | decisions, on our findings by id, else told |
//! | questions | answers to our questions; others are notes |
//! | any other column | a remark under its heading |
//! | the hidden sheet `_vauban` | what no column shows |

use rustc_hash::FxHashMap;
use vauban_model::model::{
    Assumption, Boundary, Component, ControlStatement, Element, ElementRef, Fact, Flow, Origin, OutOfScope, Value,
    enumeration_of, symbol_of,
};
use vauban_model::vocabulary::{Domain, FactId, FactType, fact};
use vauban_model::{Diagnostic, FileId, Severity, Span};
use vauban_syntax::{Limits, Node, parse_json};

use super::cells::CELLS;
use super::columns::{Table, domain, table};
use super::legend;
use super::mapping::Mapping;
use super::matrix::{Matrix, matrix};
use super::number::day;
use super::raw::{Row, Sheet};
use super::threats;
use super::words::{Rows, folded, is_every, is_everything, is_nobody, normal};
use crate::draft::{Draft, Space, State as _, beginning, narrow, one_line, slug};
use crate::extras::keep;
use crate::kept::{Kept, fact_of_text, parts, yes_no};
use crate::log::{Log, short};
use crate::names::technologies_of_type;
use crate::prose::{symbol_said, technologies};
use crate::way::{is_doubted, of_field};
use crate::{Format, Imported};

pub(super) const FORMAT: Format = Format::Spreadsheet;
/// The sheet with what no column shows.
const BESIDE: &str = "_vauban";
/// Characters of a name that a cell of a register may give to a component; what is longer is prose.
const LONGEST_NAME: usize = 60;
/// Columns told in one message at most.
const MOST_TOLD: usize = 200;

/// A sheet and what it is.
pub(super) struct Understood<'s> {
    pub(super) sheet: &'s Sheet,
    pub(super) table: Table,
    /// Rows that are none of the list, by their index in the sheet, in order.
    beside: Vec<usize>,
}

impl<'s> Understood<'s> {
    /// The rows below the headings; a line between groups of rows is none.
    pub(super) fn rows(&self) -> impl Iterator<Item = &'s Row> + use<'s> {
        self.numbered().map(|(_, row)| row)
    }

    /// The same, each with its number for [`Understood::row`].
    fn numbered(&self) -> impl Iterator<Item = (usize, &'s Row)> + use<'s> {
        let width = self.table.headings.iter().filter(|cell| !cell.trim().is_empty()).count();
        let (first, beside) = (self.table.head + 1, self.beside.clone());
        let rows = self.sheet.rows.iter().skip(first).enumerate();
        rows.filter(move |(number, row)| !row.is_line(width) && beside.binary_search(&(first + number)).is_err())
    }

    /// The row of a number, without a look at those before it.
    fn row(&self, number: usize) -> Option<&'s Row> {
        self.sheet.rows.get(self.table.head.saturating_add(number).saturating_add(1))
    }

    /// Says which rows are lines between groups of others.
    fn lines(&self, log: &mut Log) {
        let width = self.table.headings.iter().filter(|cell| !cell.trim().is_empty()).count();
        for row in self.sheet.rows.iter().skip(self.table.head + 1).filter(|row| row.is_line(width)) {
            let message = "one cell over the whole table was taken for the title of a group of rows, and left out";
            log.group(Diagnostic::note("import-group-title", row.span, message));
        }
    }

    /// Keeps what stands below the list as a note, and says so.
    fn notes(&self, draft: &mut Draft) {
        let rows = || self.beside.iter().filter_map(|at| self.sheet.rows.get(*at));
        for row in rows() {
            let message =
                "a row of a legend, of sums or of remarks below a table was left out; its text is kept as a note";
            draft.log.group(
                Diagnostic::note("import-legend", row.span, message)
                    .help("if it is one of the list, fill in more of its cells, or remove the empty row above"),
            );
        }
        if let Some(first) = rows().next() {
            draft.note("spreadsheet", &self.sheet.name, &legend::told(rows()), first.span);
        }
    }

    /// What a field's column is headed.
    pub(super) fn heading_of(&self, field: &str) -> Option<&str> {
        let column = self.table.fields.iter().position(|known| known.as_deref() == Some(field))?;
        Some(self.heading(column))
    }

    /// Whether the column of a field numbers the rows rather than name them: `Nr`, `#`, `No.`
    pub(super) fn numbers_rows(&self, field: &str) -> bool {
        const OF_ROWS: [&str; 8] = ["nr", "no", "number", "nummer", "row", "s no", "lfd nr", "n°"];
        self.heading_of(field).is_some_and(|heading| OF_ROWS.contains(&normal(heading).as_str()))
    }

    /// The cell of a field.
    pub(super) fn cell<'r>(&self, row: &'r Row, field: &str) -> &'r str {
        let column = self.table.fields.iter().position(|known| known.as_deref() == Some(field));
        column.map_or("", |column| row.cell(column))
    }

    /// The heading of a column.
    pub(super) fn heading(&self, column: usize) -> &str {
        let own = self.table.headings.get(column).map_or("", |cell| cell.trim());
        // A heading that is merged over several columns is that of each.
        if own.is_empty() { self.sheet.rows.get(self.table.head).map_or("", |row| row.cell(column)) } else { own }
    }
}

/// Elements by what people call them.
///
/// A name is compared as it is written, then without regard to capitals and signs. What stands in brackets belongs to
/// it: `Zone (test)` is not `Zone (prod)`. A cell that leaves the brackets out means the one row that has them, if there
/// is one only.
#[derive(Default)]
pub(super) struct Lookup {
    exact_id: FxHashMap<(Domain, String), u32>,
    exact_name: FxHashMap<(Domain, String), u32>,
    by_id: FxHashMap<(Domain, String), u32>,
    by_name: FxHashMap<(Domain, String), u32>,
    /// Names of rows without what stands in brackets; none if several rows share it.
    by_short_name: FxHashMap<(Domain, String), Option<u32>>,
}

impl Lookup {
    /// Takes up an element. `listed` is one that a row is about, and no cell only names.
    fn add(&mut self, domain: Domain, id: &str, name: &str, index: u32, listed: bool) {
        self.exact_id.entry((domain, id.to_owned())).or_insert(index);
        self.exact_name.entry((domain, one_line(name))).or_insert(index);
        self.by_id.entry((domain, id.to_lowercase())).or_insert(index);
        self.by_name.entry((domain, folded(name))).or_insert(index);
        let short_name = normal(name);
        if listed && !short_name.is_empty() && short_name != folded(name) {
            self.by_short_name.entry((domain, short_name)).and_modify(|known| *known = None).or_insert(Some(index));
        }
    }

    pub(super) fn find(&self, domain: Domain, text: &str) -> Option<u32> {
        let text = text.trim();
        let loose = folded(text);
        let exact = self.exact_id.get(&(domain, text.to_owned()));
        exact
            .or_else(|| self.exact_name.get(&(domain, one_line(text))))
            .or_else(|| self.by_id.get(&(domain, text.to_lowercase())))
            .or_else(|| self.by_name.get(&(domain, loose.clone())))
            .copied()
            .or_else(|| self.by_short_name.get(&(domain, loose)).copied().flatten())
    }

    /// An element of any kind, those first that threats are about.
    pub(super) fn any(&self, text: &str) -> Option<ElementRef> {
        [Domain::Component, Domain::Flow, Domain::Boundary, Domain::Data, Domain::Identity]
            .into_iter()
            .find_map(|domain| self.find(domain, text).map(|index| ElementRef { domain, index }))
    }
}

/// Builds the model.
pub(super) fn lower(sheets: &[Sheet], mapping: &Mapping, name: &str, place: Option<Span>, mut log: Log) -> Imported {
    let span = place.unwrap_or(beginning(FileId(0)));
    let own = sheets.iter().any(|sheet| sheet.name == BESIDE);
    let mut tables: Vec<Understood<'_>> = Vec::new();
    let mut matrices = Vec::new();
    let mut scales: Vec<&Sheet> = Vec::new();
    for sheet in sheets.iter().filter(|sheet| !sheet.name.starts_with('_') && !sheet.rows.is_empty()) {
        let understood = table(sheet, mapping);
        // A line of data may look like headings of something; one that is a list of threats is no matrix.
        let list = understood.as_ref().map(|it| (it.said, it.rows, it.head));
        let set_out = matrix(sheet).filter(|it| match list {
            Some((said, rows, head)) => !(said || own || rows == Rows::Threats && head == it.head),
            None => true,
        });
        if sheet.hidden && (understood.is_some() || set_out.is_some()) {
            let message = format!("the sheet `{}` is hidden; it is read all the same", short(&sheet.name));
            let at = sheet.rows.first().map_or(span, |row| row.span);
            log.push(
                Diagnostic::note("import-hidden-sheet", at, message)
                    .help("remove it from the workbook if it is out of date, or leave it out in a mapping"),
            );
        }
        if let Some(set_out) = set_out {
            matrices.push(set_out);
            continue;
        }
        match understood {
            Some(table) if !own && legend::explains_scale(sheet, &table) => scales.push(sheet),
            Some(table) => {
                let beside = if own { Vec::new() } else { legend::beside_the_list(sheet, &table) };
                tables.push(Understood { sheet, table, beside });
            }
            None if mapping.of(&sheet.name).is_some_and(|said| said.alone) => {}
            None => {
                let at = sheet.rows.first().map_or(span, |row| row.span);
                let name = if sheet.name.is_empty() {
                    "the table".to_owned()
                } else {
                    format!("the sheet `{}`", short(&sheet.name))
                };
                log.push(
                    Diagnostic::warning("import-unknown-table", at, format!("{name} was not understood and left out"))
                        .help("name its rows and columns in a mapping, see `--columns` in the guide"),
                );
            }
        }
    }
    mapping.tell_unmatched(sheets, &mut log);
    if tables.is_empty() && matrices.is_empty() && !log.has_errors() {
        log.push(Diagnostic::new(Severity::Error, "import-empty", place, "there is no table of a model in this file"));
    }
    for it in &tables {
        it.lines(&mut log);
    }
    // Our own workbook needs no telling.
    if !own {
        told(&tables, span, &mut log);
    }
    let stem = name.rsplit('/').next().unwrap_or(name);
    let stem = stem.split_once('.').map_or(stem, |(stem, _)| stem);
    let stem = if stem.is_empty() { "Imported model" } else { stem };
    let system = Element::new(slug(stem, "imported-model"), stem.replace(['_', '-'], " "), span);
    let mut this =
        Lowering { draft: Draft::new(FORMAT, system, log), lookup: Lookup::default(), made: Vec::new(), own };
    this.above(&tables);
    for it in &tables {
        it.notes(&mut this.draft);
    }
    for sheet in scales {
        let Some(first) = sheet.rows.first() else { continue };
        let message =
            format!("the sheet `{}` explains a scale and lists nothing; it is kept as a note", short(&sheet.name));
        this.draft.log.push(
            Diagnostic::note("import-legend", first.span, message)
                .help("if its rows are threats, say so in a mapping, see `--columns` in the guide"),
        );
        this.draft.note("spreadsheet", &sheet.name, &legend::told(sheet.rows.iter()), first.span);
    }
    this.overview(&tables);
    for rows in [Rows::Boundaries, Rows::Data, Rows::Identities, Rows::Components] {
        this.make(&tables, rows);
    }
    this.zones(&tables);
    this.flows(&tables);
    for at in 0..this.made.len() {
        this.fill(&tables, at);
    }
    this.nest(&tables);
    this.assumptions(&tables);
    let drawn = |it: &Understood<'_>| matches!(it.table.rows, Rows::Components | Rows::Flows);
    if !own && !tables.iter().any(drawn) {
        this.about(&tables, &matrices);
    }
    threats::threats(&mut this.draft, &this.lookup, &tables, own);
    for set_out in &matrices {
        set_out.threats(&mut this.draft, &this.lookup);
    }
    this.questions(&tables);
    let beside = beside(sheets, &mut this.draft);
    let mut draft = this.draft;
    draft.is_whole = own;
    let mut kept = Kept::default();
    for (kind, id, key, node) in &beside {
        match (kind.as_str(), Domain::parse(kind)) {
            ("model", _) => kept.list(key, node),
            ("threat", _) => threats::beside(&mut draft, id, key, node),
            (_, Some(Domain::System)) => kept.element(ElementRef::SYSTEM, key, node),
            (_, Some(domain)) => {
                let index = draft.model.elements(domain).find(|(_, it)| *it.id == **id).map(|(target, _)| target);
                if let Some(target) = index {
                    kept.element(target, key, node);
                }
            }
            _ => {}
        }
    }
    kept.restore(&mut draft);
    draft.finish()
}

/// What no column shows, value by value.
fn beside(sheets: &[Sheet], draft: &mut Draft) -> Vec<(String, String, String, Node)> {
    let mut out = Vec::new();
    for row in sheets.iter().filter(|sheet| sheet.name == BESIDE).flat_map(|sheet| sheet.rows.iter().skip(1)) {
        let value: String = row.cells.get(3..).unwrap_or_default().concat();
        let mut diagnostics = Vec::new();
        let node = parse_json(row.span.file, &value, &Limits::default(), &mut diagnostics);
        match node.filter(|_| diagnostics.is_empty()) {
            Some(node) => out.push((row.cell(0).to_owned(), row.cell(1).to_owned(), row.cell(2).to_owned(), node)),
            None => draft.log.group(Diagnostic::warning(
                "import-unknown-value",
                row.span,
                "a row of the hidden sheet `_vauban` was changed and cannot be read".to_owned(),
            )),
        }
    }
    out
}

/// Says which column was taken for what, as a mapping ready to keep.
fn told(tables: &[Understood<'_>], span: Span, log: &mut Log) {
    if tables.iter().all(|it| it.table.said) {
        return;
    }
    let quoted = |text: &str| {
        let plain = text.chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '_') && !text.is_empty();
        let word = plain && text.chars().next().is_some_and(char::is_alphabetic) && yes_no(text).is_none();
        if word { text.to_owned() } else { format!("{:?}", one_line(text)) }
    };
    let mut yaml = String::from("columns:");
    let mut columns = 0;
    for it in tables {
        let name = if it.sheet.name.is_empty() { "table" } else { &it.sheet.name };
        let line = it.sheet.rows.get(it.table.head).map_or(1, |row| row.span.line);
        yaml.push_str(&format!(
            "\n  {}:\n    rows: {}\n    header: {line}\n    columns:",
            quoted(name),
            it.table.rows.as_str()
        ));
        for (column, field) in it.table.fields.iter().enumerate() {
            let heading = it.table.headings.get(column).map_or("", |cell| cell.trim());
            columns += 1;
            if heading.is_empty() || columns > MOST_TOLD {
                continue;
            }
            let field = field
                .as_deref()
                .map_or("\"-\"", |field| if field == "-" { "\"-\"" } else { field.trim_start_matches("fact.") });
            let note = match it.table.fields.get(column) {
                Some(None) => "   # kept as a remark",
                Some(Some(_)) if it.table.by_content.contains(&column) => "   # by what is in it",
                _ => "",
            };
            let line = if note.contains("remark") {
                format!("\n      # {}: ?{note}", quoted(heading))
            } else {
                format!("\n      {}: {field}{note}", quoted(heading))
            };
            yaml.push_str(&line);
        }
    }
    log.push(
        Diagnostic::note("import-columns", span, format!("columns were taken as follows:\n{yaml}"))
            .help("to correct it, keep this in a file for `--columns`, or in `vauban.yaml`, and change it there"),
    );
}

/// The word of an enumeration for a cell: ours, or one of those people write.
pub(super) fn symbol(id: FactId, cell: &str) -> Option<u16> {
    let text = normal(cell);
    let direct = symbol_said(id, &text).or_else(|| symbol_said(id, &text.replace([' ', '/'], "-")));
    direct.or_else(|| symbol_of(id, translated(id, &text)?))
}

fn translated(id: FactId, text: &str) -> Option<&'static str> {
    let (_, words) = CELLS.iter().find(|(key, _)| *key == id.definition().key)?;
    let find = |text: &str| words.iter().find(|(theirs, _)| *theirs == text).map(|(_, ours)| *ours);
    find(text).or_else(|| match text {
        "y" | "j" | "o" | "s" | "✓" | "✔" | "on" | "enabled" | "aktiviert" | "wahr" | "vrai" => find("yes"),
        "n" | "✗" | "✘" | "off" | "disabled" | "deaktiviert" | "falsch" | "faux" => find("no"),
        _ => None,
    })
}

/// Words for a kind that name a technology as well.
const MADE_OF: &[(&str, &str)] = &[
    ("database", "database"),
    ("datenbank", "database"),
    ("base de données", "database"),
    ("base de datos", "database"),
    ("web application", "web-application"),
    ("web app", "web-application"),
    ("web server", "web-server"),
    ("browser", "browser"),
    ("api", "api"),
    ("queue", "message-queue"),
    ("bucket", "object-storage"),
    ("file share", "file-server"),
    ("cache", "cache"),
];

/// An element that was made of a row.
#[derive(Clone, Copy)]
struct Made {
    table: usize,
    row: usize,
    target: ElementRef,
}

struct Lowering {
    draft: Draft,
    lookup: Lookup,
    made: Vec<Made>,
    /// Whether we wrote the workbook: every id is meant then.
    own: bool,
}

impl Lowering {
    /// A new element, known by id and name from now on. `listed` is one that a row is about, and no cell only names.
    fn element(&mut self, domain: Domain, id: &str, name: &str, span: Span, listed: bool) -> Element {
        let name = one_line(name);
        let wanted = if id.is_empty() { slug(&name, domain.as_str()) } else { id.to_owned() };
        let unique = self.draft.unique_id(Space::Element(domain), &wanted);
        if !id.is_empty() && *unique != *id {
            let message = format!("the id `{}` is used twice; this one is read as `{unique}`", short(id));
            self.draft.log.push(
                Diagnostic::warning("import-duplicate-id", span, message)
                    .help("references to it mean the first; give each its own id"),
            );
        }
        let shown = if name.is_empty() { unique.to_string() } else { name };
        self.lookup.add(domain, &unique, &shown, narrow(self.draft.model.count(domain)), listed && !self.own);
        Element::new(unique, shown, span)
    }

    /// What stands above the headings, as a note.
    fn above(&mut self, tables: &[Understood<'_>]) {
        for it in tables {
            let rows = it.sheet.rows.iter().take(it.table.first);
            let lines: Vec<String> = rows
                .clone()
                .map(|row| {
                    let mut cells = row.once();
                    cells.retain(|cell| !cell.trim().is_empty());
                    cells.iter().map(|cell| cell.trim()).collect::<Vec<_>>().join(" | ")
                })
                .filter(|line| !line.is_empty())
                .collect();
            if let (Some(first), false) = (rows.clone().next(), lines.is_empty()) {
                self.draft.note("spreadsheet", &it.sheet.name, &lines.join("\n"), first.span);
            }
        }
    }

    fn overview(&mut self, tables: &[Understood<'_>]) {
        for it in tables.iter().filter(|it| it.table.rows == Rows::Overview) {
            for row in it.rows() {
                let (what, value) = (normal(it.cell(row, "what")), it.cell(row, "value"));
                if value.is_empty() {
                    continue;
                }
                let system = &mut self.draft.model.system;
                match what.as_str() {
                    "name" => system.name = value.into(),
                    "id" => system.id = value.into(),
                    "description" => system.description = value.into(),
                    "owner" => system.owner = Some(value.into()),
                    "business context" => self.draft.model.business_context = value.into(),
                    "tags" => system.tags = parts(value, &|_| false).into_iter().map(Into::into).collect(),
                    "controls" => controls(system, value, row.span),
                    "out of scope" => system.out_of_scope = scope("out of scope", value, row.span),
                    _ => {
                        let id = FactId::of_key(Domain::System, &what.replace(' ', "_"));
                        if let Some(id) = id {
                            self.state(ElementRef::SYSTEM, id, value, "", row.span);
                        }
                    }
                }
            }
        }
    }

    /// Makes the elements of all tables of a kind; what they say is filled in once all are there.
    fn make(&mut self, tables: &[Understood<'_>], rows: Rows) {
        let Some(domain) = domain(rows) else { return };
        for (at, it) in tables.iter().enumerate().filter(|(_, it)| it.table.rows == rows) {
            for (number, row) in it.numbered() {
                let (id, name) = (it.cell(row, "id"), it.cell(row, "name"));
                if name.is_empty() && id.is_empty() {
                    if row.cells.iter().any(|cell| !cell.trim().is_empty()) {
                        let message = "a row has neither a name nor an id; it was left out".to_owned();
                        self.draft.log.group(Diagnostic::warning("import-missing-id", row.span, message));
                    }
                    continue;
                }
                // A number in front of each row is no id that anybody refers to.
                let counted = !self.own && !name.is_empty() && id.bytes().all(|b| b.is_ascii_digit() || b == b'.');
                let element = self.element(
                    domain,
                    if counted { "" } else { id },
                    if name.is_empty() { id } else { name },
                    row.span,
                    true,
                );
                let target = ElementRef::new(domain, self.draft.model.count(domain));
                match domain {
                    Domain::Boundary => self.draft.model.boundaries.push(Boundary { element, parent: None }),
                    Domain::Data => self.draft.model.data.push(element),
                    Domain::Identity => self.draft.model.identities.push(element),
                    _ => self.draft.model.components.push(Component { element, boundary: None, parent: None }),
                }
                self.made.push(Made { table: at, row: number, target });
            }
        }
    }

    fn added(&mut self, domain: Domain, name: &str, span: Span) {
        let what = match domain {
            Domain::Boundary => "boundary",
            Domain::Data => "data asset",
            _ => "component",
        };
        let message = format!("a {what} `{}` was added, as a cell names it and no table has it", short(name));
        self.draft.log.push(Diagnostic::note("import-inferred", span, message));
    }

    /// Says that a cell which should name something names nothing. Empty cells and dashes need no word.
    fn passed_over(&mut self, cell: &str, span: Span) {
        if !cell.chars().any(char::is_alphanumeric) {
            return;
        }
        let message = format!("`{}` is read as nothing that has a name", short(cell));
        self.draft.log.group(
            Diagnostic::note("import-inferred", span, message)
                .help("if something is called so, list it in a table of its own"),
        );
    }

    /// What a register of threats is about, where nothing else in the file says what there is: components by those names.
    fn about(&mut self, tables: &[Understood<'_>], matrices: &[Matrix<'_>]) {
        let registers = tables.iter().filter(|it| it.table.rows == Rows::Threats);
        let theirs = registers.flat_map(|it| it.rows().map(|row| (it.cell(row, "elements"), row.span)));
        let mut cells: Vec<(&str, Span)> = theirs.collect();
        cells.extend(matrices.iter().flat_map(|it| it.names().map(|(name, row)| (name, row.span))));
        // Names alone first, so that `Shop / Archive` is known to be both.
        cells.sort_by_key(|(cell, _)| threats::joins(cell));
        for (cell, span) in cells {
            for name in threats::about(cell, &self.lookup) {
                let system = folded(&name) == folded(&self.draft.model.system.name);
                if system
                    || is_nobody(&name)
                    || is_everything(&name)
                    || name.chars().count() > LONGEST_NAME
                    || self.lookup.any(&name).is_some()
                {
                    continue;
                }
                let element = self.element(Domain::Component, "", &name, span, false);
                self.draft.model.components.push(Component { element, boundary: None, parent: None });
                self.added(Domain::Component, &name, span);
            }
        }
    }

    /// Zones that components name and no table lists.
    fn zones(&mut self, tables: &[Understood<'_>]) {
        for it in tables.iter().filter(|it| it.table.rows == Rows::Components) {
            for row in it.rows() {
                let zone = it.cell(row, "boundary");
                if self.lookup.find(Domain::Boundary, zone).is_some() {
                    continue;
                }
                if is_nobody(zone) || is_every(zone) {
                    self.passed_over(zone, row.span);
                    continue;
                }
                let mut element = self.element(Domain::Boundary, "", zone, row.span, false);
                if normal(zone) == "internet" {
                    element.state_word(fact::BOUNDARY_KIND, "internet", row.span);
                    element.state_word(fact::TRUST, "untrusted", row.span);
                }
                self.draft.model.boundaries.push(Boundary { element, parent: None });
                self.added(Domain::Boundary, zone, row.span);
            }
        }
    }

    /// The component that a cell names; made if there is none.
    fn end(&mut self, cell: &str, span: Span, flow: &str, which: &str) -> u32 {
        if let Some(found) = self.lookup.find(Domain::Component, cell) {
            return found;
        }
        if is_nobody(cell) || is_every(cell) {
            let message = if cell.is_empty() {
                format!("the flow `{}` does not say where it {which}s", short(flow))
            } else {
                format!("the flow `{}` {which}s at `{}`, which is no one component", short(flow), short(cell))
            };
            self.draft.log.push(Diagnostic::warning("import-unattached-flow", span, message).help(format!(
                "{}; a stand-in out of scope was put there",
                if cell.is_empty() { "fill in the cell" } else { "name one component in the cell" }
            )));
            let name = format!("(unattached {which} of {flow})");
            return self.draft.placeholder(
                &slug(&name, "unattached"),
                &name,
                span,
                "the table does not say what is here",
            );
        }
        let mut element = self.element(Domain::Component, "", cell, span, false);
        if let Some(kind) = symbol(fact::KIND, cell) {
            element.state(fact::KIND, Value::Symbol(kind), span);
        }
        let index = narrow(self.draft.model.components.len());
        self.draft.model.components.push(Component { element, boundary: None, parent: None });
        self.added(Domain::Component, cell, span);
        index
    }

    fn flows(&mut self, tables: &[Understood<'_>]) {
        for (at, it) in tables.iter().enumerate().filter(|(_, it)| it.table.rows == Rows::Flows) {
            for (number, row) in it.numbered() {
                let (from, to) = (it.cell(row, "from"), it.cell(row, "to"));
                let (id, name) = (it.cell(row, "id"), it.cell(row, "name"));
                if from.is_empty() && to.is_empty() {
                    if !name.is_empty() || !id.is_empty() {
                        let message = "a row of flows says neither where it starts nor where it ends; it was left out";
                        self.draft.log.group(Diagnostic::warning(
                            "import-unattached-flow",
                            row.span,
                            message.to_owned(),
                        ));
                    }
                    continue;
                }
                // Several in one cell are several flows, if one is known: a name that is in no table may hold a comma.
                let several = |this: &Self, cell: &str| {
                    let known = |part: &str| this.lookup.find(Domain::Component, part).is_some();
                    let parts = parts(cell, &known);
                    if parts.len() > 1 && parts.iter().any(|part| known(part)) { parts } else { vec![cell.to_owned()] }
                };
                let pairs: Vec<(String, String)> = several(self, from)
                    .into_iter()
                    .flat_map(|from| several(self, to).into_iter().map(move |to| (from.clone(), to)))
                    .collect();
                for (from, to) in pairs {
                    let shown = if name.is_empty() { format!("{from} to {to}") } else { name.to_owned() };
                    let counted = !self.own && id.bytes().all(|b| b.is_ascii_digit() || b == b'.');
                    let source = self.end(&from, row.span, &shown, "start");
                    let target = self.end(&to, row.span, &shown, "end");
                    let mut element = self.element(Domain::Flow, if counted { "" } else { id }, &shown, row.span, true);
                    element.named_by((!name.is_empty()).then_some(name), (!id.is_empty()).then_some(id));
                    let made = ElementRef::new(Domain::Flow, self.draft.model.flows.len());
                    self.draft.model.flows.push(Flow { element, source, target });
                    self.made.push(Made { table: at, row: number, target: made });
                }
            }
        }
    }

    /// States what a row says of its element.
    fn fill(&mut self, tables: &[Understood<'_>], at: usize) {
        let Some(Made { table, row, target }) = self.made.get(at).copied() else { return };
        let Some(it) = tables.get(table) else { return };
        let Some(row) = it.row(row) else { return };
        for (column, field) in it.table.fields.iter().enumerate() {
            let cell = row.cell(column);
            if cell.is_empty() {
                continue;
            }
            let heading = it.heading(column);
            let Some(field) = field.as_deref() else {
                self.remark(target, if heading.is_empty() { "column" } else { heading }, cell);
                continue;
            };
            let Some(element) = self.draft.model.get_mut(target) else { continue };
            match field {
                "id" | "name" | "from" | "to" | "part_of" | "inside" | "-" => {}
                "description" => element.description = cell.into(),
                "owner" => element.owner = Some(cell.into()),
                "tags" => element.tags = parts(cell, &|_| false).into_iter().map(Into::into).collect(),
                "out_of_scope" => element.out_of_scope = scope(heading, cell, row.span),
                "controls" => controls(element, cell, row.span),
                "boundary" => {
                    let boundary = self.lookup.find(Domain::Boundary, cell);
                    if boundary.is_none() && !matches!(normal(cell).as_str(), "-" | "none" | "n/a" | "keine") {
                        self.remark(target, heading, cell);
                    }
                    if let Some(component) = self.draft.model.components.get_mut(target.at()) {
                        component.boundary = boundary;
                    }
                }
                "stored_in" => self.stored(target, cell, heading, row.span),
                field => match field.strip_prefix("fact.").and_then(|key| FactId::of_key(target.domain, key)) {
                    Some(id) => self.state(target, id, cell, heading, row.span),
                    None => self.remark(target, heading, cell),
                },
            }
        }
    }

    fn remark(&mut self, target: ElementRef, heading: &str, cell: &str) {
        if let Some(element) = self.draft.model.get_mut(target) {
            let key = format!("{}:{}", FORMAT.as_str(), one_line(heading));
            let known = element.extras.iter().any(|(known, text)| **known == *key && **text == *cell);
            if !known {
                element.extras.push((key.into(), cell.into()));
            }
        }
    }

    /// Where a data asset is stored.
    fn stored(&mut self, data: ElementRef, cell: &str, heading: &str, span: Span) {
        let known = |part: &str| self.lookup.find(Domain::Component, part).is_some();
        let found: Vec<(String, Option<u32>)> = parts(cell, &known)
            .into_iter()
            .map(|part| (part.clone(), self.lookup.find(Domain::Component, &part)))
            .collect();
        for (part, index) in found {
            let component = index.and_then(|index| self.draft.model.components.get_mut(index as usize));
            let Some(component) = component else {
                self.remark(data, heading, &part);
                continue;
            };
            let mut held = component.element.references(fact::STORES).to_vec();
            if !held.contains(&data.index) {
                held.push(data.index);
                component.element.state_references(fact::STORES, held, span);
            }
        }
    }

    /// The protocol of a cell that says more than it (`JDBC/TLS`, `HTTPS (mTLS)`); states the rest, where no column does.
    fn way(&mut self, target: ElementRef, cell: &str, span: Span) -> Option<u16> {
        let way = of_field(cell);
        let element = self.draft.model.get_mut(target)?;
        for (id, symbol) in way.facts().filter(|(id, _)| *id != fact::PROTOCOL) {
            if element.fact(id).is_none() {
                element.state(id, Value::Symbol(symbol), span);
            }
        }
        way.protocol
    }

    /// States a fact that a cell gives.
    fn state(&mut self, target: ElementRef, id: FactId, cell: &str, heading: &str, span: Span) {
        let ty = id.definition().ty;
        // Data that no table lists is added: teams write it into the tables of flows and systems.
        if ty == FactType::References(Domain::Data) {
            let known = |part: &str| self.lookup.find(Domain::Data, part).is_some();
            for part in parts(cell, &known) {
                if self.lookup.find(Domain::Data, &part).is_some() {
                    continue;
                }
                if is_nobody(&part) || is_every(&part) {
                    self.passed_over(&part, span);
                } else {
                    let element = self.element(Domain::Data, "", &part, span, false);
                    self.draft.model.data.push(element);
                    self.added(Domain::Data, &part, span);
                }
            }
        }
        let find = |domain: Domain, text: &str| self.lookup.find(domain, text);
        let text = normal(cell);
        // The word for what a thing is stands last where no other says it: what stands before it is what it is made of.
        let mut made_of_all = false;
        let value = match ty {
            FactType::Enum(_) => {
                let first = || cell.split(['/', ',', ';', ' ', '\n', ':']).find(|part| !part.is_empty());
                let whole = symbol(id, cell);
                // `HTTPS/443`, `TLS 1.3 (internal)`: the first word says it, the rest is kept.
                let plain = symbol_said(id, cell.trim()).is_some();
                let of_way = if id == fact::PROTOCOL && !plain { self.way(target, cell, span) } else { None };
                let mut found = whole.or(of_way).or_else(|| symbol(id, first()?));
                // `HTTPS?` asks.
                if is_doubted(cell) {
                    found = None;
                }
                if found.is_none() && id == fact::KIND && target.domain == Domain::Component {
                    found = text.rsplit([' ', '-']).next().and_then(|last| symbol(id, last));
                    made_of_all = found.is_some_and(|found| Some(found) != symbol_of(id, "external-entity"));
                }
                let more = whole.is_none() || cell.contains(['(', '[']);
                if more && found.is_some() && !heading.is_empty() {
                    self.remark(target, heading, cell);
                }
                found.map(Value::Symbol).ok_or_else(|| vec![cell.to_owned()])
            }
            FactType::Bool => {
                yes_no(translated(id, &text).unwrap_or(&text)).map(Value::Bool).ok_or_else(|| vec![cell.to_owned()])
            }
            FactType::Technologies if !self.own => {
                let words = technologies(cell);
                // What people typed stays beside the names that it means.
                if slug(cell, "") != words.join("-") && !heading.is_empty() {
                    self.remark(target, heading, cell);
                }
                if words.is_empty() { Err(vec![cell.to_owned()]) } else { Ok(Value::Words(words.into())) }
            }
            _ => fact_of_text(id, cell, &find),
        };
        match value {
            Ok(value) => {
                let kind = match &value {
                    Value::Symbol(symbol) => enumeration_of(id).map(|words| words.word(*symbol)),
                    _ => None,
                };
                // A word for the kind that says more than the kind: what it is made of.
                if id == fact::KIND
                    && symbol_of(id, &text.replace(' ', "-")).is_none()
                    && target.domain == Domain::Component
                {
                    let made_of = MADE_OF.iter().find(|(word, _)| *word == text).map(|(_, technology)| *technology);
                    // `External system` says a kind and nothing more.
                    let says_more = made_of_all || cell.contains(['(', '[']);
                    let named = if self.own || !says_more { Vec::new() } else { named_type(cell, kind) };
                    let made_of: Option<Vec<Box<str>>> = match made_of {
                        _ if !named.is_empty() => Some(named),
                        Some(technology) => Some(vec![technology.into()]),
                        None => made_of_all.then(|| vec![slug(cell, "unknown").into()]),
                    };
                    match (made_of, self.draft.model.get_mut(target)) {
                        (Some(technologies), Some(element)) if element.fact(fact::TECHNOLOGY).is_none() => {
                            element.state_technologies(technologies, span);
                        }
                        _ => self.remark(target, heading, cell),
                    }
                }
                if let Some(element) = self.draft.model.get_mut(target) {
                    element.set(Fact { id, value, origin: Origin::Imported, span });
                }
            }
            Err(words) => {
                // What is no kind of ours is what it is made of.
                if id == fact::KIND && target.domain == Domain::Component {
                    let named = if self.own { Vec::new() } else { named_type(cell, None) };
                    let technologies = if named.is_empty() { vec![slug(cell, "unknown").into()] } else { named };
                    if let Some(element) =
                        self.draft.model.get_mut(target).filter(|it| it.fact(fact::TECHNOLOGY).is_none())
                    {
                        element.state_technologies(technologies, span);
                    }
                    self.remark(target, heading, cell);
                    return;
                }
                for word in &words {
                    let message = format!("`{}` is no known value of `{}`", short(word), id.definition().key);
                    self.draft.log.group(
                        Diagnostic::warning("import-unknown-value", span, message)
                            .help("the cell was kept as a remark; the words are in `vauban library` and the guide"),
                    );
                }
                self.remark(target, if heading.is_empty() { id.definition().key } else { heading }, cell);
            }
        }
    }

    /// Boundaries inside others, components that are parts of others.
    fn nest(&mut self, tables: &[Understood<'_>]) {
        let mut outer: Vec<Option<u32>> = vec![None; self.draft.model.boundaries.len()];
        let mut whole: Vec<Option<u32>> = vec![None; self.draft.model.components.len()];
        for Made { table, row, target } in self.made.clone() {
            let Some(it) = tables.get(table) else { continue };
            let Some(row) = it.row(row) else { continue };
            let (field, domain, list) = match target.domain {
                Domain::Boundary => ("inside", Domain::Boundary, &mut outer),
                Domain::Component => ("part_of", Domain::Component, &mut whole),
                _ => continue,
            };
            let cell = it.cell(row, field);
            if cell.is_empty() {
                continue;
            }
            match self.lookup.find(domain, cell).filter(|index| *index != target.index) {
                Some(found) => {
                    if let Some(slot) = list.get_mut(target.at()) {
                        *slot = Some(found);
                    }
                }
                None => self.remark(target, field, cell),
            }
        }
        for (parents, what) in [(&mut outer, "boundary"), (&mut whole, "component")] {
            for index in crate::draft::break_cycles(parents, |index| index) {
                let domain = if what == "boundary" { Domain::Boundary } else { Domain::Component };
                let target = ElementRef { domain, index };
                let span = self.draft.model.get(target).map_or(self.draft.model.system.span, |it| it.span);
                let message = format!("the {what} `{}` would lie in itself", short(self.draft.model.id(target)));
                self.draft
                    .log
                    .push(Diagnostic::warning("import-cycle", span, message).help("what it lies in was left out"));
            }
        }
        for (boundary, parent) in self.draft.model.boundaries.iter_mut().zip(outer) {
            boundary.parent = parent;
        }
        for (component, parent) in self.draft.model.components.iter_mut().zip(whole) {
            component.parent = parent;
        }
    }

    fn assumptions(&mut self, tables: &[Understood<'_>]) {
        for it in tables.iter().filter(|it| it.table.rows == Rows::Assumptions) {
            for (number, row) in it.numbered() {
                let text = it.cell(row, "text");
                if text.is_empty() {
                    continue;
                }
                let id = it.cell(row, "id");
                let id = if id.is_empty() { format!("assumption-{}", number + 1) } else { id.to_owned() };
                let named = |part: &str| {
                    let by_kind = part.split_once(':').and_then(|(kind, id)| {
                        let domain = Domain::parse(kind)?;
                        let system = domain == Domain::System;
                        let index = if system { Some(0) } else { self.lookup.find(domain, id) };
                        index.map(|index| ElementRef { domain, index })
                    });
                    by_kind.or_else(|| self.lookup.any(part))
                };
                let about = parts(it.cell(row, "about"), &|part| named(part).is_some());
                let about = about.iter().filter_map(|part| named(part)).collect();
                let owner = Some(it.cell(row, "owner")).filter(|owner| !owner.is_empty()).map(Into::into);
                let assumption = Assumption { id: id.into(), text: text.into(), about, owner, span: row.span };
                self.draft.model.assumptions.push(assumption);
            }
        }
    }

    /// Answers to our questions; other questions are notes.
    fn questions(&mut self, tables: &[Understood<'_>]) {
        for it in tables.iter().filter(|it| it.table.rows == Rows::Questions) {
            for row in it.rows() {
                let (id, answer) = (it.cell(row, "id"), day(it.cell(row, "answer")));
                let Some((key, element)) = id.split_once('@') else {
                    let question = it.cell(row, "question");
                    if !question.is_empty() {
                        self.draft.note("question", question, &answer, row.span);
                    }
                    continue;
                };
                if answer.is_empty() {
                    continue;
                }
                let target = Domain::ALL.into_iter().find_map(|domain| {
                    self.draft.model.elements(domain).find(|(_, it)| *it.id == *element).map(|(target, _)| target)
                });
                let Some(target) = target else { continue };
                if let Some(control) = key.strip_prefix("control ").or_else(|| key.strip_prefix("control-")) {
                    if let (Some(present), Some(element)) = (yes_no(&answer), self.draft.model.get_mut(target)) {
                        element.set_control(statement(control, present, row.span));
                    }
                } else if let Some(id) = FactId::of_key(target.domain, key) {
                    self.state(target, id, &answer, "answer", row.span);
                } else {
                    self.draft.note("question", it.cell(row, "question"), &answer, row.span);
                }
            }
        }
    }
}

/// What a cell of more words than one, which says what type of thing something is, says it is made of.
fn named_type(cell: &str, kind: Option<&str>) -> Vec<Box<str>> {
    let several = cell.trim().contains([' ', '(', '/', '-']);
    if several { technologies_of_type(cell, kind) } else { Vec::new() }
}

fn statement(control: &str, present: bool, span: Span) -> ControlStatement {
    ControlStatement { control: control.into(), present, origin: Origin::Imported, span, note: None }
}

/// Controls as `id` or `no id`, one a line; anything else is a remark.
fn controls(element: &mut Element, cell: &str, span: Span) {
    for part in parts(cell, &|_| false) {
        let (present, control) = part.strip_prefix("no ").map_or((true, part.as_str()), |rest| (false, rest));
        let is_id = control.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if is_id {
            element.set_control(statement(control, present, span));
        } else {
            keep(&mut element.extras, FORMAT, "controls", part);
        }
    }
}

/// What a cell says about scope, by its heading: `yes` under "Out of scope" is out, under "Scope" it is in.
fn scope(heading: &str, cell: &str, span: Span) -> Option<OutOfScope> {
    let heading = normal(heading);
    let asks_out =
        ["out", "außer", "ausser", "nicht", "hors", "fuera", "fuori"].iter().any(|word| heading.contains(word));
    let text = normal(cell);
    let out = match (yes_no(&text), text.as_str()) {
        (Some(yes), _) => return (yes == asks_out).then(|| OutOfScope { reason: Box::default(), span }),
        (_, "in" | "in scope") => return None,
        (_, "out" | "out of scope") => "",
        _ if asks_out => cell,
        _ => return None,
    };
    Some(OutOfScope { reason: out.into(), span })
}
