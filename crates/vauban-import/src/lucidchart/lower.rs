//! What a row of Lucidchart's shape data means in our vocabulary.
//!
//! | tool | here |
//! |---|---|
//! | document | the system's name |
//! | page | pages only name where things are drawn: there are no places |
//! | shape that others are contained by, boundary, lane | boundary |
//! | shape of a cloud's library | component; its name is the technology |
//! | "Process", "Database", "User" | component of that kind |
//! | text block that no line touches | note |
//! | any other shape with a text, or touched by a line | component |
//! | line | data flow from its source to its destination; arrows may turn it round |
//! | group | remark; a line to a group of one goes to that one |
//! | tags, status, comments, custom columns | tags, remarks by the column's title |

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::model::{Element, Fact, Origin, Value};
use vauban_model::vocabulary::{FactId, fact};
use vauban_model::{Diagnostic, Span};

use super::raw::{
    CONTAINED_BY, FIXED, GROUP, ID, LIBRARY, Layout, NAME, PAGE, Row, SOURCE, SOURCE_ARROW, TARGET, TARGET_ARROW,
    layout,
};
use crate::draft::{Draft, beginning, one_line, slug};
use crate::extras::keep;
use crate::log::{Log, short};
use crate::prose::symbol_said;
use crate::sketch::{Connector, Curve, Drawn, End, Page, Role, Shape, Sketch, annotation, settle};
use crate::visio::words::{Class, Name, boundary_kind, class, lucid, technology};
use crate::{Format, Imported, InputFile};

const FORMAT: Format = Format::Lucidchart;
/// "None" in the languages of the tool.
const NO_ARROW: [&str; 22] = [
    "none", "nenhum", "nenhuma", "ninguno", "ninguna", "aucun", "aucune", "keine", "keiner", "kein", "ohne", "nessuno",
    "nessuna", "geen", "ingen", "inga", "brak", "yok", "нет", "なし", "없음", "无",
];

/// Reads a table.
pub(super) fn lower(rows: &[Row], file: InputFile<'_>, log: Log) -> Imported {
    let place = beginning(file.id);
    let empty = Row { fields: Vec::new(), line: 1 };
    let (header, rows) = rows.split_first().unwrap_or((&empty, &[]));
    let layout = layout(header, rows);
    let table = Table { header, rows, layout, file };
    let pages: FxHashSet<&str> = table.layout.pages.iter().map(String::as_str).collect();
    let document = rows.iter().find(|row| row.get(PAGE).is_empty() && !pages.contains(row.get(ID)));
    let stem = file.name.rsplit('/').next().unwrap_or(file.name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let title = document.map(|row| table.text(row)).filter(|text| !text.is_empty()).unwrap_or_else(|| stem.to_owned());
    let title = if title.trim().is_empty() { "System".to_owned() } else { one_line(&title) };
    let mut system = Element::new(slug(&title, "system"), title, document.map_or(place, |row| table.span(row)));
    if let Some(row) = document {
        for (key, value) in table.others(row) {
            keep(&mut system.extras, FORMAT, &key, value);
        }
    }
    let mut draft = Draft::new(FORMAT, system, log);
    let sketch = sketch(&mut draft, &table);
    if sketch.pages.iter().all(|page| page.shapes.is_empty() && page.connectors.is_empty()) {
        draft.log.push(
            Diagnostic::warning("import-empty", place, "the table has no shapes and no lines")
                .help("export the document with `Export`, `CSV of shape data`"),
        );
    }
    settle(&mut draft, sketch);
    // Nothing has a place, so nothing can be drawn again as it was.
    draft.model.drawings.retain(|drawing| !drawing.shapes.is_empty());
    draft.finish()
}

struct Table<'t> {
    header: &'t Row,
    rows: &'t [Row],
    layout: Layout,
    file: InputFile<'t>,
}

impl Table<'_> {
    fn span(&self, row: &Row) -> Span {
        Span::new(self.file.id, row.line, 1, 0)
    }

    /// Everything written on a shape.
    fn texts<'r>(&'r self, row: &'r Row) -> impl Iterator<Item = &'r str> {
        self.layout.texts.iter().map(|column| row.get(*column)).filter(|text| !text.is_empty())
    }

    /// What is written first on it.
    fn text(&self, row: &Row) -> String {
        self.texts(row).next().map(one_line).unwrap_or_default()
    }

    /// Whatever else the row says, by the titles of the columns.
    fn others(&self, row: &Row) -> Vec<(String, String)> {
        (FIXED..row.fields.len())
            .filter(|column| !self.layout.texts.contains(column) && !row.get(*column).is_empty())
            .map(|column| {
                let title = one_line(self.header.get(column));
                let title = if title.is_empty() { format!("column-{}", column + 1) } else { title };
                (title, row.get(column).to_owned())
            })
            .collect()
    }
}

/// A container as others name it: the shape, and the lane of it.
fn container(reference: &str) -> (&str, Option<&str>) {
    match reference.split_once(':') {
        Some((shape, lane)) => (shape.trim(), Some(lane.trim())),
        None => (reference.trim(), None),
    }
}

/// The containers of a row, from outside to inside.
fn containers(row: &Row) -> impl Iterator<Item = (&str, Option<&str>)> {
    row.get(CONTAINED_BY).split('|').filter(|part| !part.trim().is_empty()).map(container)
}

/// Whether a row is a line.
fn is_line(row: &Row) -> bool {
    [SOURCE, TARGET, SOURCE_ARROW, TARGET_ARROW].iter().any(|column| !row.get(*column).is_empty())
}

fn sketch(draft: &mut Draft, table: &Table<'_>) -> Sketch {
    let mut holders: FxHashSet<&str> = FxHashSet::default();
    let mut touched: FxHashSet<&str> = FxHashSet::default();
    let mut members: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for row in table.rows {
        if !is_line(row) {
            holders.extend(containers(row).map(|(shape, _)| shape));
            if !row.get(GROUP).is_empty() {
                members.entry(row.get(GROUP)).or_default().push(row.get(ID));
            }
        }
        touched.extend([row.get(SOURCE), row.get(TARGET)]);
    }
    // A line that goes to a group of one goes to that one.
    let alone = |id: &str| members.get(id).filter(|list| list.len() == 1).and_then(|list| list.first()).copied();
    let through: FxHashSet<&str> = touched.iter().filter_map(|id| alone(id)).collect();
    touched.extend(through);
    let mut pages: Vec<Page> = Vec::new();
    let mut page_of: FxHashMap<&str, usize> = FxHashMap::default();
    for row in table.rows.iter().filter(|row| table.layout.pages.iter().any(|page| page == row.get(ID))) {
        page_of.entry(row.get(ID)).or_insert(pages.len());
        pages.push(Page {
            id: String::new(),
            name: table.text(row),
            shapes: Vec::new(),
            lines: Vec::new(),
            connectors: Vec::new(),
            reach: 0.0,
            span: table.span(row),
        });
    }
    let mut shape_of: FxHashMap<(usize, String), usize> = FxHashMap::default();
    let mut undirected = 0usize;
    for row in table.rows.iter().filter(|row| !row.get(PAGE).is_empty()) {
        let Some((number, page)) = page_of.get(row.get(PAGE)).and_then(|at| Some((*at, pages.get_mut(*at)?))) else {
            let message = format!(
                "the row `{}` is on page `{}`, which is not in the table",
                short(row.get(ID)),
                short(row.get(PAGE))
            );
            draft.log.push(
                Diagnostic::warning("import-missing-reference", table.span(row), message)
                    .help("export the document again"),
            );
            continue;
        };
        if is_line(row) {
            let end = |column: usize| {
                let id = row.get(column);
                End { on: Some(alone(id).unwrap_or(id).to_owned()).filter(|id| !id.is_empty()), point: None }
            };
            let (connector, has_arrow) = line(table, row, end(SOURCE), end(TARGET));
            undirected += usize::from(!has_arrow);
            page.connectors.push(connector);
            continue;
        }
        if table.layout.groups.contains(row.get(ID)) && row.get(LIBRARY).is_empty() && table.text(row).is_empty() {
            continue;
        }
        let name = lucid(row.get(NAME), row.get(LIBRARY));
        let class = class_of(&name, row);
        let text = table.text(row);
        let (holds, is_touched) = (holders.contains(row.get(ID)), touched.contains(row.get(ID)));
        let zone = holds || matches!(class, Class::Boundary | Class::Container);
        if class == Class::Note && !holds && !is_touched {
            annotation(draft, &page.name, &table.texts(row).collect::<Vec<_>>().join("\n"), table.span(row));
            continue;
        }
        if text.is_empty() && class == Class::Form && !zone && !is_touched {
            draft.log.left_out("shapes", table.span(row), "nothing is written on them, and no line touches them");
            continue;
        }
        shape_of.insert((number, row.get(ID).to_owned()), page.shapes.len());
        page.shapes.push(shape(table, row, &name, class, zone));
    }
    for row in table.rows.iter().filter(|row| !is_line(row)) {
        let Some((number, page)) = page_of.get(row.get(PAGE)).and_then(|at| Some((*at, pages.get_mut(*at)?))) else {
            continue;
        };
        let Some(shape) = shape_of.get(&(number, row.get(ID).to_owned())).copied() else { continue };
        let Some((holder, lane)) = containers(row).last() else { continue };
        let Some(mut around) = shape_of.get(&(number, holder.to_owned())).copied() else {
            let message = format!("`{}` lies in `{}`, which is not on its page", short(row.get(ID)), short(holder));
            draft.log.push(
                Diagnostic::warning("import-missing-reference", table.span(row), message)
                    .help("export the document again"),
            );
            continue;
        };
        if let Some(lane) = lane.filter(|lane| !lane.is_empty()) {
            around = lane_of(page, &mut shape_of, number, holder, around, lane);
        }
        if let Some(slot) = page.shapes.get_mut(shape).filter(|_| around != shape) {
            slot.parent = Some(around);
        }
    }
    if undirected > 0 {
        let message = if undirected == 1 {
            "a line has no arrow".to_owned()
        } else {
            format!("{undirected} lines have no arrow")
        };
        draft.log.push(
            Diagnostic::note("import-undirected-flow", beginning(table.file.id), message)
                .help("they are read as flows from their source to their destination; draw arrows to say more"),
        );
    }
    Sketch { pages }
}

/// What a shape stands for.
fn class_of(name: &Name, row: &Row) -> Class {
    let library = row.get(LIBRARY).to_lowercase();
    // Names of mere forms are in the user's language, names of icons are those of the products.
    let icons = name.vendor.is_some() || ["kubernetes", "cisco"].iter().any(|maker| library.contains(maker));
    match class(name) {
        Class::Thing if !icons => Class::Form,
        Class::Bow => Class::Form,
        class => class,
    }
}

/// The zone of one lane.
fn lane_of(
    page: &mut Page,
    shape_of: &mut FxHashMap<(usize, String), usize>,
    number: usize,
    holder: &str,
    around: usize,
    lane: &str,
) -> usize {
    let key = (number, format!("{holder}:{lane}"));
    if let Some(known) = shape_of.get(&key) {
        return *known;
    }
    let Some(pool) = page.shapes.get(around) else { return around };
    let mut drawn = Drawn::at(pool.drawn.span);
    drawn.native.clone_from(&key.1);
    drawn.name = format!("{} lane {lane}", pool.drawn.name).trim().to_owned();
    page.shapes.push(Shape { drawn, role: Role::Zone, rect: None, parent: Some(around) });
    shape_of.insert(key, page.shapes.len() - 1);
    page.shapes.len() - 1
}

fn drawn(table: &Table<'_>, row: &Row) -> Drawn {
    let mut drawn = Drawn::at(table.span(row));
    row.get(ID).clone_into(&mut drawn.native);
    for (key, value) in table.others(row) {
        if key.eq_ignore_ascii_case("tags") {
            drawn.tags = value.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(Into::into).collect();
        } else {
            keep(&mut drawn.extras, FORMAT, &key, value);
        }
    }
    if !row.get(GROUP).is_empty() {
        keep(&mut drawn.extras, FORMAT, "group", row.get(GROUP));
    }
    drawn
}

fn state(drawn: &mut Drawn, id: FactId, value: Value) {
    drawn.facts.push(Fact { id, value, origin: Origin::Imported, span: drawn.span });
}

fn word(drawn: &mut Drawn, id: FactId, word: &str) {
    if let Some(symbol) = symbol_said(id, word) {
        state(drawn, id, Value::Symbol(symbol));
    }
}

fn shape(table: &Table<'_>, row: &Row, name: &Name, class: Class, zone: bool) -> Shape {
    let mut drawn = drawn(table, row);
    let mut texts = table.texts(row);
    drawn.name = texts.next().map(one_line).unwrap_or_default();
    drawn.description = texts.collect::<Vec<_>>().join("\n");
    if drawn.name.is_empty() && class != Class::Form {
        drawn.name.clone_from(&name.words);
    }
    let library = row.get(LIBRARY);
    keep(&mut drawn.extras, FORMAT, "shape", row.get(NAME));
    if !library.is_empty() {
        keep(&mut drawn.extras, FORMAT, "library", library);
    }
    if zone {
        if let Some(kind) = boundary_kind(&name.words) {
            word(&mut drawn, fact::BOUNDARY_KIND, kind);
        }
        return Shape { drawn, role: Role::Zone, rect: None, parent: None };
    }
    match class {
        Class::Process => word(&mut drawn, fact::KIND, "process"),
        Class::Store => word(&mut drawn, fact::KIND, "data-store"),
        Class::External => word(&mut drawn, fact::KIND, "external-entity"),
        Class::Thing => {
            let technology = slug(&technology(name), "");
            if !technology.is_empty() {
                state(&mut drawn, fact::TECHNOLOGY, Value::Words([technology.into()].into()));
            }
        }
        _ => {}
    }
    Shape { drawn, role: Role::Component, rect: None, parent: None }
}

/// A line, and whether it has an arrow.
fn line(table: &Table<'_>, row: &Row, source: End, target: End) -> (Connector, bool) {
    let mut drawn = drawn(table, row);
    drawn.name = table.texts(row).map(one_line).collect::<Vec<_>>().join(" / ");
    let arrow = |column: usize| {
        let word = row.get(column).to_lowercase();
        !word.is_empty() && !NO_ARROW.contains(&word.as_str())
    };
    let (mut from, mut to) = (source, target);
    let arrows = (arrow(SOURCE_ARROW), arrow(TARGET_ARROW));
    match arrows {
        (true, true) => state(&mut drawn, fact::TWO_WAY, Value::Bool(true)),
        (true, false) => std::mem::swap(&mut from, &mut to),
        (false, true) => {}
        (false, false) => keep(&mut drawn.extras, FORMAT, "arrows", "none"),
    }
    let connector = Connector { drawn, source: from, target: to, bends: Vec::new(), curve: Curve::Straight };
    (connector, arrows != (false, false))
}
