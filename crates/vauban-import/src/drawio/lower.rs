//! What a drawing of draw.io means in our vocabulary.
//!
//! | draw.io | here |
//! |---|---|
//! | page | drawing; a page of gates and boxes is an attack tree |
//! | group of a cloud's library, swimlane, container, dashed box, box around others | trust boundary |
//! | dashed line without ends and arrows, the arc of the threat-modeling library | trust boundary without an inside |
//! | ellipse, rounded box | component, process |
//! | cylinder, box open at its sides, store of a diagram library | component, data store |
//! | actor; a plain box in a data-flow diagram | component, external entity |
//! | icon | component with that technology, if our library knows it |
//! | any other shape | component of unknown kind |
//! | line | flow; an arrow at both ends is two-way, one only at the start is turned round, none is told |
//! | protocol words in a line's label | protocol |
//! | text under an icon, at the head of a zone | its name |
//! | `A01`, `C01`, `TA01` and the tables that explain them | data held there, remarks on controls and on attackers |
//! | other text | note |
//! | data of a shape | remarks; ours (`vauban_…`) is read back, see [`super::stated`] |
//! | group, layer | nothing by itself; a layer that is hidden is told |
//! | colours, fonts, step numbers, arrow heads | left out, told once |

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::drawing::geometry::{Point, Rect};
use vauban_model::model::{Element, ElementRef, Fact, Note, Origin, Value};
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_model::{Diagnostic, Span};

use super::icons;
use super::marks;
use super::plan::{Plan, What, arrow, is_person, is_round, is_store};
use super::raw::{Cell, RawPage};
use super::stated::{self, Ids};
use super::tree;
use crate::draft::{Draft, Space, beginning, one_line, slug};
use crate::extras::keep;
use crate::log::{Log, short};
use crate::names::told_together;
use crate::prose::{ON_TOP, protocol_word, symbol_said};
use crate::sketch::{
    BoundaryLine, Connector, Curve, Drawn, End, Page, Role, Shape, Sketch, annotation, cut_circles, settle,
};
use crate::technologies::Technologies;
use crate::way::{is_doubted, is_encrypted};
use crate::{Format, Imported, InputFile};

const FORMAT: Format = Format::DrawIo;
/// How far a loose end may be from what it was meant to touch.
const REACH: f64 = 50.0;
/// Longest text that is a name as a whole.
const NAME: usize = 80;

/// Turns pages into a model.
pub(super) fn lower(file: InputFile<'_>, pages: &[RawPage], log: Log) -> Imported {
    let plans: Vec<Plan<'_>> = pages.iter().map(Plan::new).collect();
    let system_cell =
        plans.iter().flat_map(|plan| &plan.page.cells).find(|cell| cell.datum("vauban_element") == Some("system"));
    let stem = file.name.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
    let name = system_cell.and_then(|cell| cell.datum("vauban_name")).unwrap_or(stem);
    let name = if name.trim().is_empty() { "System" } else { name };
    let id = system_cell.and_then(|cell| cell.datum("vauban_id")).map_or_else(|| slug(name, "system"), str::to_owned);
    let mut draft = Draft::new(FORMAT, Element::new(id, name, beginning(file.id)), log);
    if let Some(cell) = system_cell {
        let mut system = draft.model.system.clone();
        stated::read(cell, &mut system, Domain::System, &mut draft);
        draft.model.system = system;
        stated::system(cell, &mut draft.model);
    }
    let technologies = Technologies::new();
    let mut sketch = Sketch::default();
    let mut drawn: Vec<&Plan<'_>> = Vec::new();
    // A page of data and threats that our export added is no diagram.
    let drawn_on = |plan: &&Plan<'_>| {
        let things = [What::Component, What::Zone, What::Line, What::Flow];
        !plan.what.contains(&What::Ours) || plan.what.iter().any(|what| things.contains(what))
    };
    let several = plans.iter().filter(drawn_on).count() > 1;
    for plan in &plans {
        told(plan, &mut draft);
        own(plan, &mut draft);
        if tree::is_tree(plan, &mut draft) {
            tree::read(plan, &mut draft);
            notes(plan, several, &mut draft);
            continue;
        }
        let only_ours = plan.what.contains(&What::Ours);
        let page = Reader { plan, draft: &mut draft, technologies: &technologies, beside: Vec::new() }.page();
        if only_ours && page.shapes.is_empty() && page.lines.is_empty() && page.connectors.is_empty() {
            notes(plan, several, &mut draft);
            continue;
        }
        sketch.pages.push(page);
        drawn.push(plan);
    }
    let elements = settle(&mut draft, sketch);
    weigh_plain_boxes(&mut draft, &drawn, &elements);
    for (number, (plan, elements)) in drawn.iter().zip(&elements).enumerate() {
        notes(plan, several, &mut draft);
        marks::attach(plan, number, elements, &mut draft);
    }
    let ids = Ids::new(&draft.model);
    for (plan, elements) in drawn.iter().zip(&elements) {
        for cell in plan.page.cells.iter().filter(|cell| stated::is_ours(cell)) {
            let Some(target) = elements.get(&cell.id).copied() else { continue };
            if let Some(mut element) = draft.model.get(target).cloned() {
                let two_way = element.fact(fact::TWO_WAY).cloned();
                stated::read(cell, &mut element, target.domain, &mut draft);
                if target.domain == Domain::Flow {
                    // Arrows may have been changed in the tool since.
                    let was = element.bool(fact::TWO_WAY);
                    match two_way {
                        Some(two_way) => element.set(two_way),
                        None if was == Some(true) => element.facts.retain(|known| known.id != fact::TWO_WAY),
                        None => {}
                    }
                }
                if let Some(place) = draft.model.get_mut(target) {
                    *place = element;
                }
                draft.whole.insert(target);
            }
            stated::references(cell, target, &ids, &mut draft);
        }
    }
    cut_circles(&mut draft);
    for plan in &plans {
        for (index, cell) in plan.page.cells.iter().enumerate() {
            let title = one_line(plan.text(index));
            match cell.datum("vauban_element") {
                Some("threat") => {
                    let mut threat = stated::threat(cell, &title, &ids);
                    let wanted = cell.datum("vauban_id").unwrap_or("threat");
                    threat.id = draft.unique_id(Space::Threat, wanted);
                    draft.model.recorded_threats.push(threat);
                }
                Some(kind @ ("data" | "identity" | "system")) => {
                    let domain = Domain::parse(kind).unwrap_or(Domain::Data);
                    let found = match domain {
                        Domain::System => Some(0),
                        _ => cell.datum("vauban_id").and_then(|id| ids.find(domain, id)),
                    };
                    if let Some(index) = found {
                        stated::references(cell, ElementRef { domain, index }, &ids, &mut draft);
                    }
                }
                _ => {}
            }
        }
    }
    draft.finish()
}

/// What the user has to know about a page as a whole.
fn told(plan: &Plan<'_>, draft: &mut Draft) {
    let page = plan.page;
    if plan.too_large {
        let message = "the page is too large to work out which box is drawn around which";
        draft.log.push(
            Diagnostic::warning("import-too-large", page.span, message)
                .help("split it into several pages, or use containers"),
        );
    }
    for (tag, span) in &page.foreign {
        let message = format!("`{}` is no part of a drawing; it was left out", short(tag));
        draft.log.group(
            Diagnostic::warning("import-unknown-value", *span, message)
                .help("other tools put their own data there; shapes are `mxCell`, `object` or `UserObject`"),
        );
    }
    for (index, cell) in page.cells.iter().enumerate() {
        match plan.what(index) {
            What::Layer if !cell.visible => {
                let message =
                    format!("the layer `{}` is hidden; what is on it is read all the same", short(plan.text(index)));
                draft.log.push(
                    Diagnostic::note("import-hidden-layer", cell.span, message)
                        .help("remove from the drawing what is not part of the system"),
                );
            }
            What::Ornament => {
                draft.log.left_out("shapes without a meaning of their own", cell.span, "they count steps, or decorate");
            }
            _ => {}
        }
    }
}

/// Data assets and identities that our export wrote down.
fn own(plan: &Plan<'_>, draft: &mut Draft) {
    for (index, cell) in plan.page.cells.iter().enumerate() {
        let domain = match cell.datum("vauban_element") {
            Some("data") => Domain::Data,
            Some("identity") => Domain::Identity,
            _ => continue,
        };
        let name = one_line(plan.text(index));
        let wanted = cell.datum("vauban_id").map_or_else(|| slug(&name, domain.as_str()), str::to_owned);
        if !draft.is_free(Space::Element(domain), &wanted) {
            continue;
        }
        let id = draft.unique_id(Space::Element(domain), &wanted);
        let name = if name.is_empty() { id.to_string() } else { name };
        let mut element = Element::new(id, name, cell.span);
        stated::read(cell, &mut element, domain, draft);
        if let Some((_, mark)) = element.extras.iter().find(|(key, _)| &**key == "drawio:mark") {
            let mark = mark.to_string();
            draft.know(domain, &mark, draft.model.count(domain));
        }
        match domain {
            Domain::Data => draft.model.data.push(element),
            _ => draft.model.identities.push(element),
        }
    }
}

/// Texts that are nothing else.
fn notes(plan: &Plan<'_>, several: bool, draft: &mut Draft) {
    let title = if several { one_line(&plan.page.name) } else { String::new() };
    for (index, cell) in plan.page.cells.iter().enumerate() {
        let text = plan.text(index);
        match (plan.what(index), cell.datum("vauban_element")) {
            (What::Ours, Some("note")) => draft.model.notes.push(Note {
                kind: cell.datum("vauban_kind").unwrap_or("note").into(),
                title: cell.datum("vauban_title").unwrap_or_default().into(),
                text: cell.datum("vauban_text").unwrap_or(text).into(),
                span: cell.span,
            }),
            (What::Note, _) => {
                // The cells of a row are drawn inside it: what explains a mark stands behind the mark.
                let mut whole = text.to_owned();
                for row in plan.rows.get(&index).map_or(&[][..], Vec::as_slice).iter().copied() {
                    if plan.parent(row) == Some(index) || plan.text(row).is_empty() {
                        whole.push('\n');
                    } else {
                        whole.push('\t');
                    }
                    whole.push_str(plan.text(row));
                }
                annotation(draft, &title, &whole.replace('\t', " | "), cell.span);
            }
            (What::Group, _) => {
                annotation(draft, &title, text, cell.span);
            }
            _ => {}
        }
    }
}

struct Reader<'r, 'p> {
    plan: &'r Plan<'p>,
    draft: &'r mut Draft,
    technologies: &'r Technologies,
    /// Flows whose label is a free text beside them.
    beside: Vec<(String, Span)>,
}

impl Reader<'_, '_> {
    fn page(mut self) -> Page {
        let raw = self.plan.page;
        let mut page = Page {
            id: raw.id.clone(),
            name: raw.name.clone(),
            shapes: Vec::new(),
            lines: Vec::new(),
            connectors: Vec::new(),
            reach: REACH,
            span: raw.span,
        };
        let mut shape_of: FxHashMap<usize, usize> = FxHashMap::default();
        for (index, cell) in raw.cells.iter().enumerate() {
            let role = match self.plan.what(index) {
                What::Component => Role::Component,
                What::Zone => Role::Zone,
                _ => continue,
            };
            let drawn = self.shape(index, cell, role);
            shape_of.insert(index, page.shapes.len());
            page.shapes.push(Shape { drawn, role, rect: self.plan.rect(index), parent: None });
        }
        for index in 0..raw.cells.len() {
            let Some(shape) = shape_of.get(&index).and_then(|shape| page.shapes.get_mut(*shape)) else { continue };
            shape.parent = self.plan.around(index).find_map(|around| shape_of.get(&around).copied());
        }
        let labels = self.labels();
        for (index, cell) in raw.cells.iter().enumerate() {
            match self.plan.what(index) {
                What::Line => page.lines.push(self.line(index, cell, &labels)),
                What::Flow => page.connectors.push(self.flow(index, cell, &labels)),
                _ => {}
            }
        }
        let read: Vec<(String, Span)> =
            self.beside.iter().map(|(text, span)| (format!("`{}`", short(text)), *span)).collect();
        let (one, many) =
            ("a free text beside a line is read as its label", "free texts beside lines are read as their labels");
        if let Some((message, span)) = crate::names::told_together(&read, one, many) {
            self.draft.log.push(
                Diagnostic::note("import-label-by-place", span, message)
                    .help("each flow says how sure that is; type the text onto the line to make it sure"),
            );
        }
        page
    }

    /// The texts on each line, from its start to its end.
    fn labels(&self) -> FxHashMap<usize, Vec<(f64, String)>> {
        let mut labels: FxHashMap<usize, Vec<(f64, String)>> = FxHashMap::default();
        for (index, cell) in self.plan.page.cells.iter().enumerate() {
            if let What::EdgeLabel(edge) = self.plan.what(index)
                && !self.plan.text(index).is_empty()
            {
                let along = cell.geometry.as_ref().map_or(0.0, |geometry| geometry.x);
                labels.entry(edge).or_default().push((along, one_line(self.plan.text(index))));
            }
        }
        labels.values_mut().for_each(|labels| labels.sort_by(|a, b| a.0.total_cmp(&b.0)));
        labels
    }

    /// What all things have in common.
    fn drawn(&mut self, index: usize, cell: &Cell) -> Drawn {
        let mut drawn = Drawn::at(cell.span);
        drawn.native.clone_from(&cell.id);
        if stated::is_ours(cell) {
            drawn.id = cell.datum("vauban_id").map(str::to_owned);
            drawn.placed = cell.datum("vauban_nest") != Some("place");
            drawn.name = one_line(self.plan.text(index));
            if let (true, Some(name)) = (drawn.name.is_empty(), cell.datum("vauban_name")) {
                name.clone_into(&mut drawn.name);
            }
            drawn.only_id = drawn.id.as_deref() == Some(drawn.name.as_str()) && cell.datum("vauban_name").is_none();
            return drawn;
        }
        for (key, value) in &cell.data {
            let machinery = key == "placeholders" || key.starts_with("vauban_");
            if !machinery && !value.trim().is_empty() {
                keep(&mut drawn.extras, FORMAT, key, value.trim());
            }
        }
        let layers = self.plan.layers;
        if let Some(layer) =
            self.plan.around(index).find(|around| self.plan.what(*around) == What::Layer).filter(|_| layers > 1)
        {
            let name = self.plan.text(layer);
            let hidden = self.plan.cell(layer).is_some_and(|layer| !layer.visible);
            if hidden || !name.is_empty() {
                let name = if hidden { format!("{name} (hidden)").trim().to_owned() } else { name.to_owned() };
                keep(&mut drawn.extras, FORMAT, "layer", name);
            }
        }
        if !cell.visible {
            keep(&mut drawn.extras, FORMAT, "visible", "no");
        }
        drawn
    }

    fn shape(&mut self, index: usize, cell: &Cell, role: Role) -> Drawn {
        let mut drawn = self.drawn(index, cell);
        if stated::is_ours(cell) {
            return drawn;
        }
        let plan = self.plan;
        let rows = plan.rows.get(&index).map_or(&[][..], Vec::as_slice).iter();
        let rows: Vec<String> = rows.map(|row| one_line(plan.text(*row))).filter(|row| !row.is_empty()).collect();
        let text = plan.text(index).to_owned();
        drawn.name = one_line(&text);
        if drawn.name.chars().count() > NAME {
            let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
            drawn.name = one_line(first);
            rest.clone_into(&mut drawn.description);
        }
        if !rows.is_empty() {
            drawn.description = [std::mem::take(&mut drawn.description), rows.join("\n")].join("\n").trim().to_owned();
        }
        let icon = icons::icon(&cell.style);
        if role == Role::Zone {
            if let Some((kind, title)) = icons::group(&cell.style) {
                keep(&mut drawn.extras, FORMAT, "icon", cell.style.get("grIcon").unwrap_or(cell.style.shape()));
                if drawn.name.is_empty() {
                    title.clone_into(&mut drawn.name);
                }
                // The icon of subnets is that of security groups: what is written on it decides.
                let says_group = title == "Subnet" && drawn.name.to_lowercase().contains("security group");
                let kind = if says_group { Some("security-group") } else { kind };
                if let Some(kind) = kind {
                    word(&mut drawn, fact::BOUNDARY_KIND, kind, cell.span);
                }
            }
            return drawn;
        }
        if let Some(icon) = &icon {
            keep(&mut drawn.extras, FORMAT, "icon", icon.native.as_str());
            if drawn.name.is_empty() {
                drawn.name = icon.title();
            }
            if let Some(technology) = icon.technology(self.technologies) {
                // A workload or a machine says what something runs in; its name, what runs.
                let runs = crate::names::technology(self.technologies, &drawn.name, None)
                    .filter(|named| icons::HOSTS.contains(&technology) && named.kind != "external-entity")
                    .filter(|named| named.id != technology);
                let words: Box<[Box<str>]> = match runs {
                    Some(named) => [named.id.into(), technology.into()].into(),
                    None => [technology.into()].into(),
                };
                let value = Value::Words(words);
                drawn.facts.push(Fact { id: fact::TECHNOLOGY, value, origin: Origin::Imported, span: cell.span });
            }
        }
        // IriusRisk draws everything alike; what a shape is stands in its style.
        let irius = cell.style.get("ir.componentDefinition.ref");
        if let Some(native) = irius {
            keep(&mut drawn.extras, FORMAT, "ir.componentDefinition.ref", native);
            let name = native.to_lowercase();
            let name = name.trim_start_matches("cd-").trim_start_matches("v2-");
            if let Some(technology) = self.technologies.find(name) {
                let value = Value::Words([technology.into()].into());
                drawn.facts.push(Fact { id: fact::TECHNOLOGY, value, origin: Origin::Imported, span: cell.span });
            }
        }
        let figure = figure(plan, cell, icon.as_ref());
        if let Some(kind) = figure.kind() {
            word(&mut drawn, fact::KIND, kind, cell.span);
        } else if let Some(shape) = Some(cell.style.shape()).filter(|shape| icon.is_none() && telling(shape)) {
            keep(&mut drawn.extras, FORMAT, "shape", shape);
        }
        drawn
    }

    fn line(&mut self, index: usize, cell: &Cell, labels: &FxHashMap<usize, Vec<(f64, String)>>) -> BoundaryLine {
        let mut drawn = self.drawn(index, cell);
        if drawn.name.is_empty() {
            drawn.name = self.line_name(index, labels);
        }
        if cell.edge {
            let points = self.points(index, cell);
            let curve = if cell.style.is("curved", "1") { Curve::Smooth } else { Curve::Straight };
            return BoundaryLine { drawn, points, curve };
        }
        let rect = self.plan.rect(index).unwrap_or_default();
        let flipped = cell.style.number("rotation").is_some_and(|turn| (turn.abs() % 360.0) >= 135.0)
            || cell.style.is("flipH", "1");
        BoundaryLine { drawn, points: arc(&rect, flipped), curve: Curve::Handle }
    }

    fn line_name(&self, index: usize, labels: &FxHashMap<usize, Vec<(f64, String)>>) -> String {
        let own = one_line(self.plan.text(index));
        let on = labels.get(&index).map_or(&[][..], Vec::as_slice).iter().map(|(_, text)| text.clone());
        let all: Vec<String> = Some(own).filter(|own| !own.is_empty()).into_iter().chain(on).collect();
        all.join(" / ")
    }

    /// All points of a line as drawn, both ends included.
    fn points(&self, index: usize, cell: &Cell) -> Vec<Point> {
        let Some(geometry) = &cell.geometry else { return Vec::new() };
        let base = self.plan.parent(index).and_then(|parent| self.plan.origin.get(parent)).copied().unwrap_or_default();
        let moved = |point: &Point| Point { x: point.x + base.x, y: point.y + base.y };
        geometry.source.iter().chain(&geometry.points).chain(&geometry.target).map(moved).collect()
    }

    fn flow(&mut self, index: usize, cell: &Cell, labels: &FxHashMap<usize, Vec<(f64, String)>>) -> Connector {
        let mut drawn = self.drawn(index, cell);
        drawn.name = self.line_name(index, labels);
        if let Some(sure) = self.plan.beside.get(&index) {
            let confidence = if *sure { "sure" } else { "likely" };
            keep(&mut drawn.extras, FORMAT, "label-attached", format!("by place, {confidence}"));
            self.beside.push((drawn.name.clone(), cell.span));
        }
        let base = self.plan.parent(index).and_then(|parent| self.plan.origin.get(parent)).copied().unwrap_or_default();
        let geometry = cell.geometry.clone().unwrap_or_default();
        let moved = |point: Point| Point { x: point.x + base.x, y: point.y + base.y };
        let mut source = self.end(&cell.source, geometry.source.map(moved), &mut drawn, "start");
        let mut target = self.end(&cell.target, geometry.target.map(moved), &mut drawn, "end");
        let mut bends: Vec<Point> = geometry.points.iter().copied().map(moved).collect();
        let start = arrow(cell, "startArrow", "none") != "none";
        let end = arrow(cell, "endArrow", "classic") != "none";
        if start && !end {
            std::mem::swap(&mut source, &mut target);
            bends.reverse();
        }
        if start && end || cell.style.shape().contains("Bidirectional") {
            let value = Value::Bool(true);
            drawn.facts.push(Fact { id: fact::TWO_WAY, value, origin: Origin::Imported, span: cell.span });
        }
        if !start && !end && !stated::is_ours(cell) {
            keep(&mut drawn.extras, FORMAT, "direction", "not drawn");
            let message = "a line has no arrow: which way the data goes is not drawn";
            self.draft.log.group(
                Diagnostic::warning("import-no-direction", cell.span, message).help(
                    "it is taken from where the line was begun to where it was ended; draw arrows to make it sure",
                ),
            );
        }
        if !stated::is_ours(cell) {
            let read = protocol(&mut drawn, cell.span);
            self.draft.protocols_read.extend(read.map(|text| (text, cell.span)));
        }
        let ours = stated::is_ours(cell) && cell.datum("vauban_nest").is_none();
        let curve =
            if cell.style.is("curved", "1") && (ours || !bends.is_empty()) { Curve::Smooth } else { Curve::Straight };
        Connector { drawn, source, target, bends, curve }
    }

    /// What a line's end is attached to: the thing itself, or the one that stands for a caption, a row or a group.
    fn end(&self, id: &str, point: Option<Point>, drawn: &mut Drawn, which: &str) -> End {
        let Some(mut at) = self.plan.by_id.get(id).copied() else { return End { on: None, point } };
        let first = at;
        // Lines may end on lines, in long chains; each step goes one further.
        for _ in 0..64 {
            let Some(cell) = self.plan.cell(at) else { break };
            match self.plan.what(at) {
                What::Component | What::Zone => {
                    if at != first && self.plan.cell(first).is_some_and(|first| first.edge) {
                        keep(&mut drawn.extras, FORMAT, &format!("{which}-attached"), "to another flow");
                    }
                    return End { on: Some(cell.id.clone()), point: None };
                }
                What::Caption(owner) | What::Row(owner) => at = owner,
                What::EdgeLabel(edge) => at = edge,
                What::Group => match self.plan.largest.get(&at) {
                    Some(largest) => at = *largest,
                    None => break,
                },
                What::Flow | What::Line => {
                    // Whatever comes in there goes where that flow goes; whatever leaves there comes from its start.
                    let next = if which == "start" { &cell.source } else { &cell.target };
                    match self.plan.by_id.get(next.as_str()) {
                        Some(next) => at = *next,
                        None => break,
                    }
                }
                _ => break,
            }
        }
        End { on: None, point: self.plan.rect(at).map(|rect| rect.centre()).or(point) }
    }
}

fn word(drawn: &mut Drawn, id: FactId, word: &str, span: Span) {
    if let Some(symbol) = symbol_said(id, word) {
        drawn.facts.push(Fact { id, value: Value::Symbol(symbol), origin: Origin::Imported, span });
    }
}

/// The arc of the threat-modeling library in its box: from one end of the longer side past the middle to the other.
fn arc(rect: &Rect, flipped: bool) -> Vec<Point> {
    let (Point { x, y }, right, bottom) = (rect.corner, rect.corner.x + rect.width, rect.corner.y + rect.height);
    let middle = rect.centre();
    if rect.height >= rect.width {
        let (near, far) = if flipped { (right, x) } else { (x, right) };
        vec![Point { x: near, y }, Point { x: far, y: middle.y }, Point { x: near, y: bottom }]
    } else {
        let (near, far) = if flipped { (y, bottom) } else { (bottom, y) };
        vec![Point { x, y: near }, Point { x: middle.x, y: far }, Point { x: right, y: near }]
    }
}

/// Whether the name of a figure is worth a remark.
fn telling(shape: &str) -> bool {
    !matches!(shape, "" | "ellipse" | "rect" | "rectangle" | "rounded" | "text" | "image" | "label" | "ext")
        && !shape.starts_with("stencil(")
        && !shape.starts_with("html")
}

/// What a shape is by its figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Figure {
    Store,
    Person,
    Process,
    /// A plain box where others are ellipses: somebody outside, in the notation of data-flow diagrams.
    PlainBox,
    Unsaid,
}

impl Figure {
    fn kind(self) -> Option<&'static str> {
        match self {
            Figure::Store => Some("data-store"),
            Figure::Person | Figure::PlainBox => Some("external-entity"),
            Figure::Process => Some("process"),
            Figure::Unsaid => None,
        }
    }
}

fn figure(plan: &Plan<'_>, cell: &Cell, icon: Option<&icons::Icon>) -> Figure {
    let plain = !cell.style.text.contains("shape=") && cell.style.get("image").is_none();
    if is_store(cell) || icon.is_some_and(icons::Icon::holds_secrets) {
        Figure::Store
    } else if is_person(cell) {
        Figure::Person
    } else if icon.is_some() || cell.style.get("ir.componentDefinition.ref").is_some() {
        Figure::Unsaid
    } else if is_round(cell) || (plain && cell.style.is("rounded", "1")) {
        Figure::Process
    } else if plain && plan.is_dfd && !cell.style.has("rhombus") && !cell.style.has("text") {
        Figure::PlainBox
    } else {
        Figure::Unsaid
    }
}

/// Weighs what was concluded from plain boxes: on a data-flow diagram they are somebody outside, but one that is drawn into
/// a boundary beside processes or stores is more likely a part of the system that somebody drew as a box. Of those,
/// nothing is concluded. Both are told.
fn weigh_plain_boxes(draft: &mut Draft, drawn: &[&Plan<'_>], elements: &[FxHashMap<String, ElementRef>]) {
    // Boundaries with something of the system directly inside, unless their name says that they are outside.
    let mut own: FxHashSet<u32> = FxHashSet::default();
    for component in &draft.model.components {
        if matches!(component.element.word(fact::KIND), Some("process" | "data-store"))
            && let Some(boundary) = component.boundary
        {
            own.insert(boundary);
        }
    }
    let zones = &draft.model.boundaries;
    own.retain(|boundary| {
        zones.get(*boundary as usize).is_some_and(|zone| {
            let name = &zone.element.name;
            !crate::zones::is_internet(name) && crate::zones::trust(name) != Some("untrusted")
        })
    });
    let mut outside: Vec<(String, Span)> = Vec::new();
    let mut inside: Vec<(String, Span)> = Vec::new();
    let mut seen: FxHashSet<u32> = FxHashSet::default();
    for (plan, elements) in drawn.iter().zip(elements) {
        for (index, cell) in plan.page.cells.iter().enumerate() {
            if plan.what(index) != What::Component
                || stated::is_ours(cell)
                || figure(plan, cell, icons::icon(&cell.style).as_ref()) != Figure::PlainBox
            {
                continue;
            }
            let Some(target) = elements.get(&cell.id).filter(|target| target.domain == Domain::Component) else {
                continue;
            };
            let Some(component) = draft.model.components.get_mut(target.at()) else { continue };
            if component.element.word(fact::KIND) != Some("external-entity") || !seen.insert(target.index) {
                continue;
            }
            let named = (format!("`{}`", short(&component.element.name)), cell.span);
            if component.boundary.is_some_and(|boundary| own.contains(&boundary)) {
                component.element.facts.retain(|known| known.id != fact::KIND);
                inside.push(named);
            } else {
                outside.push(named);
            }
        }
    }
    let help = "state `kind` in the model that `vauban import` writes, or in an overlay, where this is wrong";
    let one = "a plain box beside ellipses is read as an external entity, as data-flow diagrams draw one";
    let many = "plain boxes beside ellipses are read as external entities, as data-flow diagrams draw them";
    if let Some((message, span)) = told_together(&outside, one, many) {
        draft.log.push(Diagnostic::note("import-kind-by-shape", span, message).help(help));
    }
    let one = "a plain box lies in a boundary beside processes or stores, so that its kind is left open";
    let many = "plain boxes lie in boundaries beside processes or stores, so that their kind is left open";
    if let Some((message, span)) = told_together(&inside, one, many) {
        draft.log.push(Diagnostic::note("import-kind-by-shape", span, message).help(help));
    }
}

/// Words that are a protocol only if nothing else is said.
const ALONE: &[&str] =
    &["text", "binary", "manual", "can", "serial", "git", "usb", "tls", "tcp", "udp", "vpn", "in-process"];

/// The protocol that a flow's label names; returns what was read in it, to be told.
fn protocol(drawn: &mut Drawn, span: Span) -> Option<String> {
    // `HTTPS?` asks.
    if is_doubted(&drawn.name) {
        return None;
    }
    let label = crate::way::stated(&drawn.name);
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '+' | '/');
    let words: Vec<&str> = label.split(|c: char| !is_part(c)).filter(|word| !word.is_empty()).collect();
    let alone = words.len() == 1;
    let known = |word: &&str| {
        let sure = alone || !ALONE.contains(word);
        if sure { protocol_word(word) } else { None }
    };
    // A long label that names one protocol that is encrypted and one that is not leaves open which way is meant.
    let decisive = || words.iter().filter(|word| !ON_TOP.contains(word)).filter_map(&known);
    if decisive().any(is_encrypted) && decisive().any(|symbol| !is_encrypted(symbol)) {
        return None;
    }
    let found = words.iter().find_map(|word| Some((*word, known(word)?)));
    let told = found.map(|(word, _)| format!("`{}` is `{word}`", short(&one_line(&drawn.name))));
    if let Some((_, symbol)) = found {
        let value = Value::Symbol(symbol);
        drawn.facts.push(Fact { id: fact::PROTOCOL, value, origin: Origin::Imported, span });
    }
    told
}
