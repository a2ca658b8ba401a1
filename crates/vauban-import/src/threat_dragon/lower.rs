//! What a Threat Dragon model means here.
//!
//! | Threat Dragon | here |
//! |---|---|
//! | actor, process, store | component of that kind; id made from the name, the cell's id and other labels remarks |
//! | flow | flow; a loose end inside exactly one component counts as attached, any other gets a stand-in |
//! | boundary box | boundary around what has its middle inside; boxes in boxes are nested |
//! | boundary curve | boundary without members, as a curve has no inside; `crosses` of each flow names it |
//! | text | note |
//! | threat | recorded threat with status, severity, category and mitigation as written |
//! | `isEncrypted` | store: `encryption_at_rest: service-key`; flow: `encryption`, by TLS unless the protocol says otherwise |
//! | `isPublicNetwork`, `isBidirectional` | `over_internet`, `two_way` |
//! | `isWebApplication` | technology `web-application` |
//! | `storesCredentials`, `isALog`, `handlesCardPayment` | a data asset of that kind in the store or process |
//! | `handlesCardPayment`, `handlesGoodsOrServices` | `moves_money` |
//! | `providesAuthentication`, `isSigned`, `storesInventory`, `privilegeLevel` | remarks |
//! | diagram | remark on the system; `diagram` of each element says which one it is on |
//!
//! | what we wrote under `vauban` | what it was before; decisions on our findings by the state of their threats |
//!
//! A box that nobody ticked is written as `false`, so `false` says nothing and is not carried over. Neither is how
//! things are drawn, except where they are: positions, sizes and points are the model's drawings.

use rustc_hash::FxHashMap;
use vauban_model::model::{
    Boundary, Component, Element, ElementRef, Fact, Flow, Origin, OutOfScope, RecordedThreat, Value, enumeration_of,
};
use vauban_model::vocabulary::{Domain, fact};
use vauban_model::{Diagnostic, FileId, Severity, Span};
use vauban_syntax::Node;

use vauban_model::drawing::geometry::{Line, Point, Rect, nearest_box};
use vauban_model::drawing::{Drawing, DrawnFlow, DrawnLine, DrawnShape};
use vauban_model::finding::{Decision, Treatment};

use super::raw;
use crate::draft::{Draft, Space, State, beginning, blank_threat, element, narrow, one_line, slug};
use crate::extras::{Extras, keep, keep_node, keep_text, text_of, write_json_string};
use crate::kept::Kept;
use crate::log::{Log, short};
use crate::raw::{Flag, Text, items, or_empty};
use crate::sketch::stand_in;
use crate::{Format, Imported};

const FORMAT: Format = Format::ThreatDragon;

/// Most comparisons of what is drawn, lest a drawing of a hundred thousand lines take an hour.
const COMPARISONS: usize = 20_000_000;

/// How far, in pixels, a loose end may be from what it was meant to touch; a shape is 80 or more across.
const REACH: f64 = 25.0;

/// What many cells have and no model needs.
const DRAWING: &str = "only the drawing of the diagram";
const COMPUTED: &str = "Threat Dragon computes this";
const LEFTOVER: &str = "left behind by Threat Dragon's first user interface";
const UNTICKED: &str = "Threat Dragon writes it for every box that nobody ticked";
const INVITATION: &str = "Threat Dragon's own invitation to write something here; nobody has";
const FOUND: &str = "Vauban finds these threats again";
const NOTED: &str = "a note has no id and no place on a diagram";

/// Builds the model.
pub(super) fn lower(raw: Option<&raw::Document<'_>>, place: Option<Span>, mut log: Log) -> Imported {
    let Some(raw) = raw else {
        if !log.has_errors() {
            log.push(Diagnostic::new(Severity::Error, "import-empty", place, "there is no model in this file"));
        }
        let span = place.unwrap_or(beginning(FileId(0)));
        return Draft::new(FORMAT, Element::new("imported-model", "Imported model", span), log).finish();
    };
    // A template wraps a model; what it says about itself is kept beside.
    let model = raw.model.as_deref().unwrap_or(raw);
    let title = model.summary.as_ref().and_then(|summary| summary.title).and_then(Text::given);
    if title.is_none() {
        log.push(Diagnostic::warning("import-missing-title", model.at.node.span, "the model has no title"));
    }
    let name = title.map_or_else(|| "Imported model".to_owned(), |title| one_line(title.text));
    let system = Element::new(slug(&name, "imported-model"), name, model.at.node.span);
    let mut draft = Draft::new(FORMAT, system, log);
    let mut extras = Extras::new();
    if raw.model.is_some() {
        keep_node(&mut extras, FORMAT, "templateMetadata", raw.template);
        file(&mut draft, raw, &mut extras, "template.");
    }
    file(&mut draft, model, &mut extras, "");
    if let Some(inner) = &model.model
        && raw.model.is_some()
    {
        keep(&mut extras, FORMAT, "model", text_of(inner.at.node));
    }
    let diagrams = model.detail.as_ref().and_then(|detail| detail.diagrams.as_ref());
    let count = items(diagrams).count();
    let mut shared = Shared {
        given: FxHashMap::default(),
        comparisons_left: COMPARISONS,
        kept: Kept::default(),
        ours: FxHashMap::default(),
        decided: Vec::new(),
    };
    for (number, diagram) in items(diagrams).enumerate() {
        about_diagram(&mut draft, diagram, number, &mut extras);
        Sheet::new(diagram, number, count).lower(&mut draft, &mut shared);
    }
    if model.summary.as_ref().is_some_and(|summary| summary.vauban.is_some_and(|node| node.get("system").is_some())) {
        // What we wrote says what the system was; these two people may have changed since.
        let people = ["contributors", "reviewer"].map(|key| format!("{}:{key}", FORMAT.as_str()));
        extras.retain(|(key, _)| people.iter().any(|known| **known == **key));
    }
    draft.model.system.extras = extras;
    if let Some(node) = model.summary.as_ref().and_then(|summary| summary.vauban) {
        shared.kept.list_all(node);
    }
    let Shared { kept, decided, .. } = shared;
    kept.restore(&mut draft);
    // A decision that we wrote ourselves says more than the state of its threat.
    for decision in decided {
        if draft.own_decisions.iter().all(|known| known.threat != decision.threat) {
            draft.own_decisions.push(decision);
        }
    }
    draft.finish()
}

/// What a file says about itself; of a template the part around the model.
fn file(draft: &mut Draft, raw: &raw::Document<'_>, extras: &mut Extras, part: &str) {
    let key = |name: &str| format!("{part}{name}");
    keep_text(extras, FORMAT, &key("version"), raw.version);
    keep_text(extras, FORMAT, &key("release_version"), raw.release_version);
    keep_text(extras, FORMAT, &key("released_at"), raw.released_at);
    keep_node(extras, FORMAT, &key("location"), raw.location);
    if part.is_empty() {
        if raw.model.is_none() {
            keep_node(extras, FORMAT, "templateMetadata", raw.template);
        }
        if let Some(summary) = &raw.summary {
            let system = &mut draft.model.system;
            system.description = or_empty(summary.description);
            system.owner = summary.owner.and_then(Text::given).map(|owner| owner.text.into());
            keep_text(extras, FORMAT, "id", summary.id);
            draft.keep_rest_under(extras, "summary.", &summary.at);
        }
        if let Some(detail) = &raw.detail {
            let names: Vec<&str> =
                items(detail.contributors.as_ref()).filter_map(|one| one.0.name).map(|name| name.text).collect();
            if !names.is_empty() {
                keep(extras, FORMAT, "contributors", names.join(", "));
            }
            for contributor in items(detail.contributors.as_ref()).map(|one| &one.0) {
                left_out(draft, "$$hashKey", contributor.hash_key, LEFTOVER);
                draft.drop_rest(&contributor.at);
            }
            keep_text(extras, FORMAT, "reviewer", detail.reviewer);
            keep_text(extras, FORMAT, "diagramTop", detail.diagram_top);
            keep_text(extras, FORMAT, "threatTop", detail.threat_top);
            draft.keep_rest_under(extras, "detail.", &detail.at);
        }
    } else {
        // A template has no summary of its own; should one appear, it is kept whole.
        keep_node(extras, FORMAT, &key("summary"), raw.summary.as_ref().map(|summary| summary.at.node));
        keep_node(extras, FORMAT, &key("detail"), raw.detail.as_ref().map(|detail| detail.at.node));
    }
    draft.keep_rest_under(extras, part, &raw.at);
}

/// Keeps what a diagram says about itself on the system, one remark per diagram, as compact JSON.
fn about_diagram(draft: &mut Draft, diagram: &raw::Diagram<'_>, number: usize, extras: &mut Extras) {
    let mut json = String::from("{");
    for (key, value) in [
        ("id", diagram.id),
        ("title", diagram.title),
        ("diagramType", diagram.diagram_type),
        ("placeholder", diagram.placeholder),
        ("description", diagram.description),
        ("thumbnail", diagram.thumbnail),
        ("version", diagram.version),
    ] {
        let Some(value) = value else { continue };
        if json.len() > 1 {
            json.push(',');
        }
        write_json_string(key, &mut json);
        json.push(':');
        write_json_string(value.text, &mut json);
    }
    json.push('}');
    let key = format!("diagram.{number}");
    keep(extras, FORMAT, &key, json);
    keep_node(extras, FORMAT, &format!("{key}.size"), diagram.size);
    left_out(draft, "$$hashKey", diagram.hash_key, LEFTOVER);
    draft.keep_rest_under(extras, &format!("{key}."), &diagram.at);
    if let Some(inner) = &diagram.json {
        draft.keep_rest_under(extras, &format!("{key}."), &inner.at);
    }
}

fn left_out(draft: &mut Draft, key: &str, node: Option<&Node>, reason: &'static str) {
    if let Some(node) = node {
        draft.log.left_out(key, node.span, reason);
    }
}

/// What a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Component(&'static str),
    Flow,
    Box,
    Curve,
    Text,
}

/// What a cell is, by its type, else by its shape; old files misspell one of them.
fn what(cell: &raw::Cell<'_>) -> Option<What> {
    let by_type = |kind: &str| match kind {
        "tm.Actor" => Some(What::Component("external-entity")),
        "tm.Process" => Some(What::Component("process")),
        "tm.Store" => Some(What::Component("data-store")),
        "tm.Flow" => Some(What::Flow),
        "tm.BoundaryBox" => Some(What::Box),
        "tm.Boundary" => Some(What::Curve),
        "tm.Text" => Some(What::Text),
        _ => None,
    };
    let by_shape = |shape: &str| match shape {
        "actor" => Some(What::Component("external-entity")),
        "process" => Some(What::Component("process")),
        "store" => Some(What::Component("data-store")),
        "flow" => Some(What::Flow),
        "trust-boundary-box" => Some(What::Box),
        "trust-boundary-curve" | "trust-broundary-curve" => Some(What::Curve),
        "td-text-block" => Some(What::Text),
        _ => None,
    };
    let kind = cell.data.as_ref().and_then(|data| data.kind).or(cell.own.kind);
    kind.and_then(|kind| by_type(kind.text)).or_else(|| cell.shape.and_then(|shape| by_shape(shape.text)))
}

/// What all diagrams of a file share.
struct Shared<'a> {
    /// What we wrote beside what the tool knows.
    kept: Kept<'a>,
    /// Elements by the ids that we gave them.
    ours: FxHashMap<(Domain, &'a str), u32>,
    /// What was decided in the tool about our findings.
    decided: Vec<Decision>,
    /// Which diagram used a name first.
    given: FxHashMap<(Domain, String), usize>,
    comparisons_left: usize,
}

impl Shared<'_> {
    /// Whether so many more comparisons may be made.
    fn afford(&mut self, comparisons: usize) -> bool {
        let left = self.comparisons_left.checked_sub(comparisons);
        self.comparisons_left = left.unwrap_or(self.comparisons_left);
        left.is_some()
    }
}

/// One diagram on its way into the model.
struct Sheet<'r, 'a> {
    diagram: &'r raw::Diagram<'a>,
    number: usize,
    /// How many diagrams there are.
    of: usize,
    /// Elements by the id of their cell. Cells of different diagrams may share an id.
    by_cell: FxHashMap<&'a str, ElementRef>,
    /// Where components are drawn.
    components: Vec<(u32, Rect)>,
    /// The middle of each component that is drawn.
    middles: FxHashMap<u32, Point>,
    /// Where boxes are drawn, and which cells they are said to hold.
    boxes: Vec<(u32, Rect)>,
    /// Where curves are drawn.
    curves: Vec<(u32, Line)>,
    /// Where everything stands, for the model.
    drawing: Drawing,
    /// Cells that a boundary is said to hold.
    held: FxHashMap<&'a str, Vec<u32>>,
    /// Boundaries that a flow's cell is said to cross.
    crossed: FxHashMap<&'a str, Vec<u32>>,
}

impl<'r, 'a> Sheet<'r, 'a> {
    fn new(diagram: &'r raw::Diagram<'a>, number: usize, of: usize) -> Self {
        Sheet {
            diagram,
            number,
            of,
            by_cell: FxHashMap::default(),
            components: Vec::new(),
            middles: FxHashMap::default(),
            boxes: Vec::new(),
            curves: Vec::new(),
            drawing: Drawing {
                id: Box::default(),
                name: diagram.title.map_or("", |title| title.text).into(),
                shapes: Vec::new(),
                flows: Vec::new(),
                lines: Vec::new(),
                span: diagram.at.node.span,
            },
            held: FxHashMap::default(),
            crossed: FxHashMap::default(),
        }
    }

    fn lower(&mut self, draft: &mut Draft, shared: &mut Shared<'a>) {
        let version_1 = self.diagram.json.as_ref().and_then(|json| json.cells.as_ref());
        let cells: Vec<(&'r raw::Cell<'a>, Option<What>)> =
            items(self.diagram.cells.as_ref()).chain(items(version_1)).map(|cell| (cell, what(cell))).collect();
        // Lines need what they join, so they come last; within each kind the order of the file stays.
        for (cell, what) in &cells {
            match what {
                Some(What::Component(kind)) => self.component(draft, shared, cell, kind),
                Some(What::Box) => self.boundary(draft, shared, cell, true),
                Some(What::Curve) => self.boundary(draft, shared, cell, false),
                Some(What::Text) => self.text(draft, shared, cell),
                Some(What::Flow) => {}
                None => self.unknown(draft, shared, cell),
            }
        }
        self.nest(draft, shared);
        for (cell, _) in cells.iter().filter(|(_, what)| *what == Some(What::Flow)) {
            self.flow(draft, shared, cell);
        }
        self.hand_over(draft);
    }

    /// Hands over where everything stands.
    fn hand_over(&mut self, draft: &mut Draft) {
        let said = self.diagram.vauban;
        let id = said.and_then(|said| said.get("id")).and_then(Node::as_str);
        let mut drawing = std::mem::replace(
            &mut self.drawing,
            Drawing {
                id: Box::default(),
                name: Box::default(),
                shapes: Vec::new(),
                flows: Vec::new(),
                lines: Vec::new(),
                span: self.diagram.at.node.span,
            },
        );
        if drawing.shapes.is_empty() && drawing.lines.is_empty() {
            return;
        }
        let wanted = id.map_or_else(|| slug(&drawing.name, "diagram"), str::to_owned);
        drawing.id = draft.unique_drawing(&wanted);
        if let Some(name) = said.and_then(|said| said.get("name")).and_then(Node::as_str) {
            drawing.name = name.into();
        } else if drawing.name.trim().is_empty() {
            drawing.name = drawing.id.clone();
        }
        draft.model.drawings.push(drawing);
    }

    /// An element for a cell, with an id made from its name.
    ///
    /// A name that another diagram used gets this diagram's title in front; a name that this one used gets the
    /// beginning of the cell's id behind it, which stays the same when other cells come and go.
    fn element(
        &self,
        draft: &mut Draft,
        shared: &mut Shared<'a>,
        domain: Domain,
        cell: &raw::Cell<'a>,
        name: String,
    ) -> Element {
        let short_name = slug(&name, domain.as_str());
        let cell_id = cell.id.map_or("", |id| id.text);
        let space = Space::Element(domain);
        let tail: String = cell_id.chars().filter(|c| c.is_alphanumeric()).take(8).collect();
        let title = slug(self.diagram.title.map_or("", |title| title.text), "diagram");
        let mut wanted = short_name.clone();
        let ours = properties(cell).find_map(|properties| properties.vauban?.get("id")?.as_str());
        if let Some(ours) = ours.filter(|ours| draft.is_free(space, ours)) {
            let id = draft.unique_id(space, ours);
            let mut element = Element::new(id, name, cell.at.node.span);
            keep_text(&mut element.extras, FORMAT, "id", cell.id);
            other_names(cell, &mut element.extras);
            return element;
        }
        if !draft.is_free(space, &wanted) && shared.given.get(&(domain, short_name.clone())) != Some(&self.number) {
            wanted = format!("{title}-{short_name}");
        }
        if !draft.is_free(space, &wanted) && !tail.is_empty() {
            wanted = format!("{wanted}-{}", tail.to_lowercase());
        }
        let id = draft.unique_id(space, &wanted);
        shared.given.entry((domain, short_name)).or_insert(self.number);
        let name = if name.is_empty() { id.to_string() } else { name };
        let mut element = Element::new(id, name, cell.at.node.span);
        keep_text(&mut element.extras, FORMAT, "id", cell.id);
        other_names(cell, &mut element.extras);
        if self.of > 1 {
            keep(&mut element.extras, FORMAT, "diagram", self.number.to_string());
        }
        element
    }

    /// Remembers the element of a cell; lines to a repeated id mean the first.
    fn remember(&mut self, draft: &mut Draft, cell: &raw::Cell<'a>, target: ElementRef) {
        let Some(id) = cell.id else { return };
        if self.by_cell.contains_key(id.text) {
            let message = format!("the cell id `{}` is used twice on this diagram", short(id.text));
            draft.log.push(
                Diagnostic::warning("import-duplicate-id", id.span, message)
                    .help("flows to it mean the first; Threat Dragon itself never repeats an id"),
            );
        } else {
            self.by_cell.insert(id.text, target);
        }
    }

    /// The element that an earlier diagram shows as well, for files that we wrote.
    fn again(
        &mut self,
        draft: &mut Draft,
        shared: &mut Shared<'a>,
        domain: Domain,
        cell: &raw::Cell<'a>,
    ) -> Option<ElementRef> {
        let ours = properties(cell).find_map(|properties| properties.vauban?.get("id")?.as_str())?;
        let known = shared.ours.get(&(domain, ours)).copied();
        match known {
            Some(index) => {
                let target = ElementRef { domain, index };
                self.remember(draft, cell, target);
                Some(target)
            }
            None => {
                shared.ours.insert((domain, ours), narrow(draft.model.count(domain)));
                None
            }
        }
    }

    fn component(&mut self, draft: &mut Draft, shared: &mut Shared<'a>, cell: &raw::Cell<'a>, kind: &str) {
        let place = cell.position.zip(cell.size).and_then(|(position, size)| rect(position, size));
        if let Some(target) = self.again(draft, shared, Domain::Component, cell) {
            if let Some(rect) = place {
                self.drawing.shapes.push(DrawnShape { element: target, rect });
                self.components.push((target.index, rect));
                self.middles.insert(target.index, rect.centre());
            }
            return;
        }
        let name = one_line(name(cell).map_or("", |name| name.text));
        let named = if name.is_empty() { format!("Unnamed {}", kind.replace('-', " ")) } else { name };
        let mut element = self.element(draft, shared, Domain::Component, cell, named);
        let span = cell.data.as_ref().and_then(|data| data.kind).or(cell.own.kind).or(cell.shape);
        element.state_word(fact::KIND, kind, span.map_or(cell.at.node.span, |span| span.span));
        let index = draft.model.components.len();
        let target = ElementRef::new(Domain::Component, index);
        if place.is_none() {
            keep_node(&mut element.extras, FORMAT, "position", cell.position);
            keep_node(&mut element.extras, FORMAT, "size", cell.size);
        }
        drawn(draft, cell);
        // Only lines have points; should something else have some, they are kept all the same.
        self.points(draft, cell, &mut element.extras);
        draft.keep_rest(&mut element.extras, &cell.at);
        self.remember(draft, cell, target);
        if let Some(rect) = place {
            self.drawing.shapes.push(DrawnShape { element: target, rect });
            self.components.push((target.index, rect));
            self.middles.insert(target.index, rect.centre());
        }
        draft.model.components.push(Component { element, boundary: None, parent: None });
        for properties in properties(cell) {
            self.describe(draft, shared, target, properties);
        }
    }

    fn boundary(&mut self, draft: &mut Draft, shared: &mut Shared<'a>, cell: &raw::Cell<'a>, is_box: bool) {
        if let Some(target) = self.again(draft, shared, Domain::Boundary, cell) {
            let points = self.points(draft, cell, &mut Extras::new());
            match cell.position.zip(cell.size).and_then(|(position, size)| rect(position, size)) {
                Some(rect) if is_box => {
                    self.drawing.shapes.push(DrawnShape { element: target, rect });
                    self.boxes.push((target.index, rect));
                }
                _ => self.drawing.lines.push(DrawnLine { boundary: target.index, points, curved: true }),
            }
            return;
        }
        let name = one_line(name(cell).map_or("", |name| name.text));
        let named = if name.is_empty() { "Trust boundary".to_owned() } else { name };
        let mut element = self.element(draft, shared, Domain::Boundary, cell, named);
        let index = draft.model.boundaries.len();
        let target = ElementRef::new(Domain::Boundary, index);
        keep(&mut element.extras, FORMAT, "shape", if is_box { "box" } else { "curve" });
        drawn(draft, cell);
        if is_box {
            match cell.position.zip(cell.size).and_then(|(position, size)| rect(position, size)) {
                Some(rect) => {
                    self.drawing.shapes.push(DrawnShape { element: target, rect });
                    self.boxes.push((target.index, rect));
                }
                None => {
                    keep_node(&mut element.extras, FORMAT, "position", cell.position);
                    keep_node(&mut element.extras, FORMAT, "size", cell.size);
                }
            }
            self.points(draft, cell, &mut element.extras);
        } else {
            // The size of a curve is a constant that means nothing.
            left_out(draft, "size", cell.size, DRAWING);
            keep_node(&mut element.extras, FORMAT, "position", cell.position);
            let mut remarks = Extras::new();
            let points = self.points(draft, cell, &mut remarks);
            self.curves.push((target.index, Line::smooth(&points)));
            // Points that the drawing holds need no remark.
            let held = ["source", "target", "vertices"].map(|key| format!("{}:{key}", FORMAT.as_str()));
            let drawn = points.len() >= 2;
            element.extras.extend(remarks.into_iter().filter(|(key, _)| !drawn || held.iter().all(|it| **it != **key)));
            if drawn {
                self.drawing.lines.push(DrawnLine { boundary: target.index, points, curved: true });
            }
        }
        draft.keep_rest(&mut element.extras, &cell.at);
        self.remember(draft, cell, target);
        draft.model.boundaries.push(Boundary { element, parent: None });
        for properties in properties(cell) {
            for id in items(properties.contained_elements.as_ref()) {
                self.held.entry(id.text).or_default().push(target.index);
            }
            for id in items(properties.crossing_flows.as_ref()).filter(|_| !is_box) {
                self.crossed.entry(id.text).or_default().push(target.index);
            }
            self.describe(draft, shared, target, properties);
        }
    }

    /// The points of a line, kept as remarks on the way.
    fn points(&self, draft: &mut Draft, cell: &raw::Cell<'a>, extras: &mut Extras) -> Vec<Point> {
        let mut points = Vec::new();
        let end = |draft: &mut Draft, extras: &mut Extras, key: &str, end: Option<&raw::End<'a>>| {
            let end = end?;
            // The element at an attached end is the flow's own; an end on anything else is kept.
            let attached = end.cell.and_then(|cell| self.by_cell.get(cell.text));
            if attached.is_none_or(|attached| attached.domain != Domain::Component) {
                keep_text(extras, FORMAT, &format!("{key}.cell"), end.cell);
            }
            if end.x.is_some() || end.y.is_some() {
                keep(extras, FORMAT, key, text_of(end.at.node));
            }
            left_out(draft, "port", end.port, DRAWING);
            draft.keep_rest_under(extras, &format!("{key}."), &end.at);
            point(end.at.node)
        };
        points.extend(end(draft, extras, "source", cell.source.as_ref().map(|end| &end.0)));
        points.extend(vertices(cell));
        points.extend(end(draft, extras, "target", cell.target.as_ref().map(|end| &end.0)));
        keep_node(extras, FORMAT, "vertices", cell.vertices);
        points
    }

    fn text(&self, draft: &mut Draft, shared: &mut Shared<'a>, cell: &raw::Cell<'a>) {
        // What we wrote stands among the notes already.
        if properties(cell).any(|properties| properties.vauban.is_some()) {
            return;
        }
        let title = self.diagram.title.map_or("", |title| title.text);
        let text = name(cell);
        draft.note(
            "diagram-text",
            title,
            text.map_or("", |text| text.text),
            text.map_or(cell.at.node.span, |text| text.span),
        );
        drawn(draft, cell);
        for (key, node) in [
            ("position", cell.position),
            ("size", cell.size),
            ("vertices", cell.vertices),
            ("source", cell.source.as_ref().map(|end| end.0.at.node)),
            ("target", cell.target.as_ref().map(|end| end.0.at.node)),
        ] {
            left_out(draft, key, node, NOTED);
        }
        draft.drop_rest(&cell.at);
        if let Some(id) = cell.id {
            draft.log.left_out("id", id.span, NOTED);
        }
        for properties in properties(cell) {
            self.unattached(draft, shared, properties);
        }
    }

    /// A cell of a kind that nobody knows: kept whole as a note, its threats beside.
    fn unknown(&self, draft: &mut Draft, shared: &mut Shared<'a>, cell: &raw::Cell<'a>) {
        let span = cell.at.node.span;
        let shape = cell.shape.or(cell.own.kind).map_or("without a type", |shape| shape.text);
        let message = format!("a cell `{}` is none that Threat Dragon draws", short(shape));
        draft.log.push(Diagnostic::warning("import-unknown-value", span, message).help("it was kept as a note"));
        draft.note("threat-dragon-cell", shape, &text_of(cell.at.node), span);
        for properties in properties(cell) {
            self.threats(draft, shared, None, properties);
        }
    }

    /// What a cell that is no element says beside its text.
    fn unattached(&self, draft: &mut Draft, shared: &mut Shared<'a>, properties: &raw::Properties<'a>) {
        computed(draft, properties);
        let mut extras = Extras::new();
        flags(draft, properties, &mut extras);
        for (key, text) in [
            ("description", properties.description),
            ("protocol", properties.protocol),
            ("privilegeLevel", properties.privilege_level),
            ("reasonOutOfScope", properties.reason_out_of_scope),
        ] {
            keep_text(&mut extras, FORMAT, key, text);
        }
        draft.keep_rest(&mut extras, &properties.at);
        for (key, value) in extras {
            draft.note("diagram-text", &key, &value, properties.at.node.span);
        }
        self.threats(draft, shared, None, properties);
    }

    /// Finds out which box each component and each box lies in.
    fn nest(&self, draft: &mut Draft, shared: &mut Shared<'a>) {
        let wanted = self.boxes.len().saturating_mul(self.components.len() + self.boxes.len());
        if !shared.afford(wanted) {
            too_much(draft, self.diagram.at.node.span, "what lies in which box");
            return;
        }
        // From small to large, so that the first box that holds something is the innermost.
        let mut boxes: Vec<&(u32, Rect)> = self.boxes.iter().collect();
        boxes.sort_by(|(i, a), (j, b)| a.area().total_cmp(&b.area()).then(j.cmp(i)));
        for (position, (inner, rect)) in boxes.iter().enumerate() {
            let around = boxes.iter().skip(position + 1).find(|(_, outer)| outer.encloses(rect));
            if let Some(boundary) = draft.model.boundaries.get_mut(*inner as usize) {
                boundary.parent = around.map(|(outer, _)| *outer);
            }
        }
        for (index, rect) in &self.components {
            let around = boxes.iter().find(|(_, outer)| outer.holds(rect.centre())).map(|(outer, _)| *outer);
            if let Some(component) = draft.model.components.get_mut(*index as usize) {
                component.boundary = around;
            }
        }
        // What the file itself says is used where the drawing says nothing: cells without a position.
        let rank: FxHashMap<u32, usize> = boxes.iter().enumerate().map(|(rank, (index, _))| (*index, rank)).collect();
        for cell in items(self.diagram.cells.as_ref()) {
            let Some(id) = cell.id else { continue };
            let Some(ElementRef { domain: Domain::Component, index }) = self.by_cell.get(id.text).copied() else {
                continue;
            };
            let innermost = self.held.get(id.text).and_then(|held| held.iter().min_by_key(|around| rank.get(around)));
            if let Some(component) = draft.model.components.get_mut(index as usize) {
                component.boundary = component.boundary.or(innermost.copied());
            }
        }
    }

    fn flow(&mut self, draft: &mut Draft, shared: &mut Shared<'a>, cell: &raw::Cell<'a>) {
        if let Some(target) = self.again(draft, shared, Domain::Flow, cell) {
            let bends = vertices(cell).collect();
            self.drawing.flows.push(DrawnFlow { flow: target.index, bends, curved: is_curved(cell) });
            return;
        }
        let is_ours = properties(cell).any(|properties| properties.vauban.is_some());
        let said = one_line(name(cell).map_or("", |name| name.text));
        let source = self.end(draft, shared, cell.source.as_ref().map(|end| &end.0));
        let target = self.end(draft, shared, cell.target.as_ref().map(|end| &end.0));
        // The id that we wrote on a flow without a name is nobody's name.
        let our_id = properties(cell).find_map(|properties| properties.vauban?.get("id")?.as_str());
        let given = (!said.is_empty()).then(|| said.clone());
        let named = if said.is_empty() {
            let of = |end: &Found<'_>| match end {
                Found::Component(index) | Found::Under(index, _) | Found::Beside(index, _) => {
                    Some(draft.model.name(element(Domain::Component, *index)).to_owned())
                }
                _ => None,
            };
            match (of(&source), of(&target)) {
                (Some(source), Some(target)) => format!("{source} to {target}"),
                (Some(source), None) => format!("Unnamed flow from {source}"),
                (None, Some(target)) => format!("Unnamed flow to {target}"),
                (None, None) => "Unnamed flow".to_owned(),
            }
        } else {
            said
        };
        let mut flow = self.element(draft, shared, Domain::Flow, cell, named);
        flow.named_by(given.as_deref(), our_id);
        drawn(draft, cell);
        left_out(draft, "size", cell.size, DRAWING);
        keep_node(&mut flow.extras, FORMAT, "position", cell.position);
        let mut remarks = Extras::new();
        self.points(draft, cell, &mut remarks);
        // Bends that the drawing holds need no remark.
        let bends: Vec<Point> = vertices(cell).collect();
        let written = cell.vertices.and_then(Node::as_sequence).map_or(0, <[Node]>::len);
        let held = format!("{}:vertices", FORMAT.as_str());
        flow.extras.extend(remarks.into_iter().filter(|(key, _)| written != bends.len() || **key != *held));
        let index = narrow(draft.model.flows.len());
        self.drawing.flows.push(DrawnFlow { flow: index, bends, curved: is_curved(cell) });
        let source = self.attach(draft, &source, &flow, "start");
        let target = self.attach(draft, &target, &flow, "end");
        // What we wrote says itself what it crosses.
        let crossed = if is_ours { Vec::new() } else { self.crossed_by(draft, shared, cell, (source, target)) };
        if !crossed.is_empty() {
            let ids: Vec<&str> = crossed.iter().map(|line| draft.model.id(element(Domain::Boundary, *line))).collect();
            keep(&mut flow.extras, FORMAT, "crosses", ids.join(", "));
            let span = flow.span;
            let crossed = crossed.iter().copied().collect();
            flow.set(Fact { id: fact::CROSSES, value: Value::References(crossed), origin: Origin::Imported, span });
        }
        draft.keep_rest(&mut flow.extras, &cell.at);
        let target_ref = ElementRef::new(Domain::Flow, draft.model.flows.len());
        self.remember(draft, cell, target_ref);
        draft.model.flows.push(Flow { element: flow, source, target });
        for properties in properties(cell) {
            self.describe(draft, shared, target_ref, properties);
        }
    }

    /// What an end of a flow is on.
    fn end(&self, draft: &mut Draft, shared: &mut Shared<'a>, end: Option<&raw::End<'a>>) -> Found<'a> {
        let Some(end) = end else { return Found::Nothing };
        if let Some(cell) = end.cell {
            return match self.by_cell.get(cell.text) {
                Some(ElementRef { domain: Domain::Component, index }) => Found::Component(*index),
                _ => Found::Missing(cell),
            };
        }
        let Some(point) = point(end.at.node) else { return Found::Nothing };
        if !shared.afford(self.components.len() + self.boxes.len()) {
            too_much(draft, self.diagram.at.node.span, "what loose ends lie on");
            return Found::Nothing;
        }
        let mut under = self.components.iter().filter(|(_, rect)| rect.holds(point));
        match (under.next(), under.next()) {
            (Some((index, _)), None) => Found::Under(*index, end.at.node.span),
            (None, _) => {
                let rects: Vec<Rect> = self.components.iter().map(|(_, rect)| *rect).collect();
                let near = nearest_box(point, &rects, REACH).filter(|snap| snap.is_clear);
                match near.and_then(|snap| self.components.get(snap.index)) {
                    Some((index, _)) => Found::Beside(*index, end.at.node.span),
                    None => Found::Loose(point, end.at.node.span),
                }
            }
            _ => Found::Loose(point, end.at.node.span),
        }
    }

    /// The component at an end of a flow; a stand-in where there is none, so that the flow is not lost.
    fn attach(&mut self, draft: &mut Draft, found: &Found<'_>, flow: &Element, which: &str) -> u32 {
        let flow_name = short(&flow.name);
        let (span, message, point) = match found {
            Found::Component(index) => return *index,
            Found::Under(index, span) => {
                let name = short(draft.model.name(element(Domain::Component, *index)));
                let message = format!("the {which} of the flow `{flow_name}` is loose, but lies on `{name}`");
                draft.log.push(
                    Diagnostic::warning("import-unattached-flow", *span, message)
                        .help("it is taken as attached; drag it onto a port in Threat Dragon to make it so"),
                );
                return *index;
            }
            Found::Beside(index, span) => {
                let name = short(draft.model.name(element(Domain::Component, *index)));
                let message =
                    format!("the {which} of the flow `{flow_name}` is loose; the nearest is `{name}` (likely)");
                draft.log.push(
                    Diagnostic::warning("import-unattached-flow", *span, message)
                        .help("it is taken as attached; drag it onto a port in Threat Dragon to make it so"),
                );
                return *index;
            }
            Found::Loose(point, span) => {
                (*span, format!("the {which} of the flow `{flow_name}` is attached to nothing"), Some(*point))
            }
            Found::Missing(cell) => {
                let message = format!(
                    "the {which} of the flow `{flow_name}` is on `{}`, which is no component of this diagram",
                    short(cell.text)
                );
                (cell.span, message, None)
            }
            Found::Nothing => (flow.span, format!("the flow `{flow_name}` does not say where its {which} is"), None),
        };
        draft.log.push(
            Diagnostic::warning("import-unattached-flow", span, message)
                .help("a stand-in out of scope was put there; attach the flow in Threat Dragon"),
        );
        let name = format!("(unattached end of {})", flow.name);
        let made = draft.placeholder(
            &format!("unattached-{which}-of-{}", flow.id),
            &name,
            span,
            "the diagram does not show what is at this end of the flow",
        );
        if let Some(point) = point {
            let innermost = self
                .boxes
                .iter()
                .filter(|(_, rect)| rect.holds(point))
                .min_by(|(_, a), (_, b)| a.area().total_cmp(&b.area()));
            if let Some(component) = draft.model.components.get_mut(made as usize) {
                component.boundary = innermost.map(|(index, _)| *index);
            }
            self.middles.insert(made, point);
            // The end is in this drawing and in no other: a small shape where it was left.
            let element = element(Domain::Component, made);
            self.drawing.shapes.push(DrawnShape { element, rect: stand_in(point) });
        }
        made
    }

    /// The curves a flow crosses, by the drawing or because the file says so.
    fn crossed_by(
        &self,
        draft: &mut Draft,
        shared: &mut Shared<'a>,
        cell: &raw::Cell<'a>,
        (source, target): (u32, u32),
    ) -> Vec<u32> {
        let mut crossed: Vec<u32> = cell.id.and_then(|id| self.crossed.get(id.text)).cloned().unwrap_or_default();
        for properties in properties(cell) {
            for said in items(properties.trust_boundary_ids.as_ref()) {
                match self.by_cell.get(said.text) {
                    Some(ElementRef { domain: Domain::Boundary, index }) => crossed.push(*index),
                    _ => draft.missing(Domain::Boundary, *said, "a flow"),
                }
            }
        }
        let mut points: Vec<Point> = self.middles.get(&source).copied().into_iter().collect();
        points.extend(vertices(cell));
        points.extend(self.middles.get(&target));
        let line = Line::smooth(&points);
        for (index, curve) in &self.curves {
            if !shared.afford(curve.effort(&line)) {
                too_much(draft, self.diagram.at.node.span, "which flow crosses which line");
                break;
            }
            if curve.crosses(&line) {
                crossed.push(*index);
            }
        }
        crossed.sort_unstable();
        crossed.dedup();
        crossed
    }

    /// States what a cell's properties say about its element.
    fn describe(&self, draft: &mut Draft, shared: &mut Shared<'a>, target: ElementRef, said: &raw::Properties<'a>) {
        computed(draft, said);
        if let Some(node) = said.vauban {
            shared.kept.element_all(target, node);
        }
        let mut extras = Extras::new();
        flags(draft, said, &mut extras);
        keep_text(&mut extras, FORMAT, "privilegeLevel", said.privilege_level);
        draft.keep_rest(&mut extras, &said.at);
        let protocol = protocol(draft, said.protocol, target, &mut extras);
        let Some(element) = draft.model.get_mut(target) else { return };
        if let Some(description) = said.description.and_then(Text::given) {
            if element.description.is_empty() {
                element.description = description.text.into();
            } else if *element.description != *description.text {
                keep(&mut extras, FORMAT, "description", description.text);
            }
        }
        let reason = said.reason_out_of_scope.and_then(Text::given);
        match said.out_of_scope.filter(|out| out.value) {
            Some(out) => {
                let reason = reason.map_or_else(Box::default, |reason| reason.text.into());
                element.out_of_scope = Some(OutOfScope { reason, span: out.span });
            }
            None => keep_text(&mut extras, FORMAT, "reasonOutOfScope", reason),
        }
        let ticked = |flag: Option<Flag>| flag.filter(|flag| flag.value);
        match target.domain {
            Domain::Component => {
                if let Some(flag) = ticked(said.is_encrypted) {
                    element.state_word(fact::ENCRYPTION_AT_REST, "service-key", flag.span);
                }
                if let Some(flag) = ticked(said.is_web_application) {
                    element.state_technologies(vec!["web-application".into()], flag.span);
                }
                element.state_flag(
                    fact::MOVES_MONEY,
                    ticked(said.handles_card_payment).or(ticked(said.handles_goods_or_services)),
                );
            }
            Domain::Flow => {
                if let Some((word, span)) = protocol {
                    element.state_word(fact::PROTOCOL, word, span);
                }
                if let Some(flag) = ticked(said.is_encrypted) {
                    let by = match element.word(fact::PROTOCOL) {
                        Some("ssh" | "sftp" | "scp" | "git") => "ssh",
                        Some("vpn") => "vpn",
                        Some("ipsec") => "ipsec",
                        _ => "tls",
                    };
                    element.state_word(fact::ENCRYPTION, by, flag.span);
                }
                element.state_flag(fact::OVER_INTERNET, ticked(said.is_public_network));
                element.state_flag(fact::TWO_WAY, ticked(said.is_bidirectional));
            }
            _ => {}
        }
        element.extras.extend(extras);
        // What we wrote names the data itself.
        if target.domain == Domain::Component && said.vauban.is_none() {
            let stored = fact::STORES;
            for (flag, kind, name, holds) in [
                (said.stores_credentials, "credentials", "Credentials in", stored),
                (said.is_a_log, "audit-log", "Log in", stored),
                (said.handles_card_payment, "payment-card", "Payment cards in", fact::HANDLES),
            ] {
                if let Some(flag) = ticked(flag) {
                    data_of(draft, target, kind, name, holds, flag.span);
                }
            }
        }
        self.threats(draft, shared, Some(target), said);
    }

    fn threats(
        &self,
        draft: &mut Draft,
        shared: &mut Shared<'a>,
        target: Option<ElementRef>,
        said: &raw::Properties<'a>,
    ) {
        for threat in items(said.threats.as_ref()) {
            if let Some(ours) = threat.vauban.and_then(|ours| ours.get("finding")).and_then(Node::as_str) {
                draft.log.left_out("threats", threat.at.node.span, FOUND);
                shared.decided.extend(decided(ours, threat));
                continue;
            }
            let mut recorded: RecordedThreat = blank_threat(threat.at.node.span);
            recorded.title = threat.title.map_or_else(Box::default, |title| one_line(title.text).into());
            let wanted = slug(&recorded.title, "threat");
            let about = target.map(|target| draft.model.id(target).to_owned());
            let wanted = about.map_or_else(|| wanted.clone(), |about| format!("{wanted}@{about}"));
            let ours = threat.vauban.and_then(|ours| ours.get("id")).and_then(Node::as_str).unwrap_or(&wanted);
            recorded.id = draft.unique_id(Space::Threat, ours);
            let mut invited = Extras::new();
            recorded.description = written(draft, &mut invited, "description", threat.description);
            recorded.categories = threat.kind.and_then(Text::given).map(|kind| kind.text.into()).into_iter().collect();
            recorded.elements = target.into_iter().collect();
            recorded.severity = or_empty(threat.severity);
            recorded.status = or_empty(threat.status);
            recorded.mitigation = written(draft, &mut invited, "mitigation", threat.mitigation);
            let extras = &mut recorded.extras;
            keep_text(extras, FORMAT, "id", threat.id);
            keep_text(extras, FORMAT, "threatId", threat.threat_id);
            // Version 1 mostly leaves the method out; the diagram's is meant.
            let method = threat.model_type.or(self.diagram.diagram_type);
            keep_text(extras, FORMAT, "modelType", method);
            keep_text(extras, FORMAT, "number", threat.number);
            keep_text(extras, FORMAT, "score", threat.score);
            keep_text(extras, FORMAT, "ruleId", threat.rule_id);
            if let Some(ours) = threat.vauban {
                about_threat(ours, &mut recorded);
            }
            let extras = &mut recorded.extras;
            // What we wrote kept them already.
            invited.retain(|one| !extras.contains(one));
            extras.extend(invited);
            keep_node(extras, FORMAT, "new", threat.new.filter(|new| new.as_bool() != Some(false)));
            left_out(draft, "new", threat.new.filter(|new| new.as_bool() == Some(false)), COMPUTED);
            left_out(draft, "$$hashKey", threat.hash_key, LEFTOVER);
            draft.keep_rest(&mut recorded.extras, &threat.at);
            draft.model.recorded_threats.push(recorded);
        }
    }
}

/// What the tool itself writes into a new threat, as its translations have it (keys `threats.description` and
/// `threats.mitigation` of `td.vue/src/i18n/*.js` in OWASP/threat-dragon, several versions).
const INVITATIONS: [&str; 13] = [
    "Provide a description for this threat",
    "Provide remediation for this threat or a reason if status is N/A",
    "Provide mitigation or prevention for this threat",
    "Geben Sie eine Beschreibung dieser Bedrohung an",
    "Geben Sie eine Korrekturmaßnahme für diese Bedrohung oder eine Begründung N/A an",
    "Introduzca una descripción para esta amenaza",
    "Introduzca la mitigación o prevención para esta amenaza",
    "Forneça uma descrição para esta ameaça",
    "Forneça uma mitigação para esta ameaça ou a ração para o status N/A",
    "为这种威胁提供一个描述",
    "为这种威胁提供缓解或预防措施",
    "Berikan deskripsi untuk ancaman ini",
    "Berikan remediasi untuk ancaman ini atau alasan jika status adalah N/A",
];

/// What somebody wrote into a field of a threat: not what the tool put there, which is kept beside to be written back.
fn written(draft: &mut Draft, extras: &mut Extras, key: &str, said: Option<Text<'_>>) -> Box<str> {
    match said.and_then(Text::given).filter(|text| INVITATIONS.contains(&text.text.trim_end_matches('.'))) {
        Some(invitation) => {
            draft.log.left_out(key, invitation.span, INVITATION);
            keep(extras, FORMAT, key, invitation.text);
            Box::default()
        }
        None => or_empty(said),
    }
}

/// What we wrote about a threat beside what the tool knows.
fn about_threat(ours: &Node, recorded: &mut RecordedThreat) {
    let texts = |key: &str| {
        let items = ours.get(key).and_then(Node::as_sequence).unwrap_or_default().iter();
        items.filter_map(|item| item.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    for (key, field) in [("severity", &mut recorded.severity), ("status", &mut recorded.status)] {
        if let Some(text) = ours.get(key).and_then(Node::as_str) {
            *field = text.into();
        }
    }
    if ours.get("categories").is_some() {
        recorded.categories = texts("categories").into_iter().map(Into::into).collect();
    }
    if let Some(title) = ours.get("title").and_then(Node::as_str) {
        recorded.title = title.into();
    }
    recorded.cwe = texts("cwe").iter().filter_map(|number| number.parse().ok()).collect();
    let remarks = ours.as_mapping().unwrap_or_default().iter();
    recorded.extras = remarks
        .filter_map(|entry| Some((entry.key.strip_prefix("extra.")?.into(), text_of(&entry.value).into())))
        .collect();
}

/// What was decided in the tool about a finding of ours.
fn decided(finding: &str, threat: &raw::Threat<'_>) -> Option<Decision> {
    let status = threat.status.map_or("", |status| status.text).to_lowercase().replace(['/', ' '], "");
    let treatment = match status.as_str() {
        "mitigated" => Treatment::Mitigate,
        "notapplicable" | "na" => Treatment::FalsePositive,
        "accepted" => Treatment::Accept,
        "transferred" => Treatment::Transfer,
        "avoided" | "eliminated" => Treatment::Avoid,
        _ => return None,
    };
    Some(Decision {
        threat: finding.into(),
        treatment,
        reason: threat
            .mitigation
            .filter(|said| !INVITATIONS.contains(&said.text.trim().trim_end_matches('.')))
            .map_or_else(Box::default, |said| said.text.into()),
        owner: Box::default(),
        approver: Box::default(),
        until: None,
        ticket: None,
        decided: None,
        span: threat.status.map_or(threat.at.node.span, |status| status.span),
    })
}

/// Whether a line is drawn as a curve.
fn is_curved(cell: &raw::Cell<'_>) -> bool {
    let named = |node: &Node| node.as_str().or_else(|| node.get("name")?.as_str()) == Some("smooth");
    cell.connector.is_some_and(named) || cell.smooth.and_then(Node::as_bool) == Some(true)
}

/// What an end of a flow is on.
enum Found<'a> {
    /// A component of the diagram.
    Component(u32),
    /// Loose, but drawn onto one component.
    Under(u32, Span),
    /// Loose, and a few pixels beside one component that is clearly the nearest.
    Beside(u32, Span),
    /// Loose.
    Loose(Point, Span),
    /// A cell that is no component of the diagram.
    Missing(Text<'a>),
    /// The file does not say.
    Nothing,
}

/// A data asset that a ticked box stands for.
fn data_of(
    draft: &mut Draft,
    target: ElementRef,
    kind: &str,
    name: &str,
    holds: vauban_model::vocabulary::FactId,
    span: Span,
) {
    let holder = draft.model.name(target).to_owned();
    let wanted = format!("{}-{}", slug(name, "data"), draft.model.id(target));
    let id = draft.unique_id(Space::Element(Domain::Data), &wanted);
    let mut data = Element::new(id, format!("{name} {holder}"), span);
    data.state_set(fact::DATA_KINDS, &[kind], span);
    draft.log.push(Diagnostic::note(
        "import-inferred",
        span,
        format!("a data asset `{}` was added for what `{}` is said to hold", short(&data.name), short(&holder)),
    ));
    let index = narrow(draft.model.data.len());
    draft.model.data.push(data);
    if let Some(element) = draft.model.get_mut(target) {
        let mut references = element.references(holds).to_vec();
        references.push(index);
        element.state_references(holds, references, span);
    }
}

/// A protocol of ours for what people typed; kept as a remark where it is none.
fn protocol(
    draft: &mut Draft,
    said: Option<Text<'_>>,
    target: ElementRef,
    extras: &mut Extras,
) -> Option<(&'static str, Span)> {
    let said = said.and_then(Text::given)?;
    let normal = said.text.to_lowercase().replace(' ', "");
    let word = match &*normal {
        "http/s" | "http(s)" | "https/tls" | "https(tls)" => Some("https"),
        "tcp/ip" => Some("tcp"),
        "ssl" | "tls/ssl" | "ssl/tls" => Some("tls"),
        "websockets(tls)" | "securewebsocket" => Some("wss"),
        // Nobody said whether it is encrypted.
        "rest" | "restapi" | "websocket" | "websockets" => None,
        _ => enumeration_of(fact::PROTOCOL)
            .and_then(|protocols| protocols.parse(&normal).map(|symbol| protocols.word(symbol))),
    };
    if target.domain != Domain::Flow {
        let message = "only flows have a protocol; it was kept as a remark";
        draft.log.group(Diagnostic::warning("import-unknown-value", said.span, message));
        keep(extras, FORMAT, "protocol", said.text);
        return None;
    }
    if word.is_none() {
        draft.unmapped("protocol", said);
    }
    if word.is_none_or(|word| !word.eq_ignore_ascii_case(said.text)) {
        keep(extras, FORMAT, "protocol", said.text);
    }
    word.map(|word| (word, said.span))
}

/// Keeps ticked boxes that have no place of their own; those that nobody ticked say nothing.
fn flags(draft: &mut Draft, said: &raw::Properties<'_>, extras: &mut Extras) {
    for (key, flag, has_place) in [
        ("outOfScope", said.out_of_scope, true),
        ("isEncrypted", said.is_encrypted, true),
        ("isPublicNetwork", said.is_public_network, true),
        ("isBidirectional", said.is_bidirectional, true),
        ("isWebApplication", said.is_web_application, true),
        ("storesCredentials", said.stores_credentials, true),
        ("isALog", said.is_a_log, true),
        ("handlesCardPayment", said.handles_card_payment, true),
        ("handlesGoodsOrServices", said.handles_goods_or_services, false),
        ("providesAuthentication", said.provides_authentication, false),
        ("isSigned", said.is_signed, false),
        ("storesInventory", said.stores_inventory, false),
    ] {
        match flag {
            Some(flag) if !flag.value => {
                draft.log.left_out("false", flag.span, UNTICKED);
            }
            Some(_) if !has_place => keep(extras, FORMAT, key, "true"),
            _ => {}
        }
    }
}

/// Says that what Threat Dragon computes is not carried over.
fn computed(draft: &mut Draft, said: &raw::Properties<'_>) {
    left_out(draft, "isTrustBoundary", said.is_trust_boundary, COMPUTED);
    left_out(draft, "hasOpenThreats", said.has_open_threats, COMPUTED);
    left_out(draft, "threatFrequency", said.threat_frequency, COMPUTED);
}

/// Says that how a cell is drawn is not carried over.
fn drawn(draft: &mut Draft, cell: &raw::Cell<'_>) {
    for (key, node) in [
        ("zIndex", cell.z_index),
        ("z", cell.z),
        ("angle", cell.angle),
        ("visible", cell.visible),
        ("ports", cell.ports),
        ("connector", cell.connector),
        ("smooth", cell.smooth),
        ("width", cell.width),
        ("height", cell.height),
        ("tools", cell.tools),
        ("attrs", cell.attrs),
        ("labels", cell.labels),
    ] {
        left_out(draft, key, node, DRAWING);
    }
}

/// The properties of a cell: those in its data, and those on the cell itself.
fn properties<'r, 'a>(cell: &'r raw::Cell<'a>) -> impl Iterator<Item = &'r raw::Properties<'a>> {
    cell.data.iter().chain(std::iter::once(&cell.own))
}

/// The points a line passes between its ends.
fn vertices(cell: &raw::Cell<'_>) -> impl Iterator<Item = Point> {
    cell.vertices.and_then(Node::as_sequence).unwrap_or_default().iter().filter_map(point)
}

/// The name of a cell: the first that is written.
fn name<'a>(cell: &raw::Cell<'a>) -> Option<Text<'a>> {
    names(cell).next()
}

/// Names of a cell: in its data, as its label, as its text.
fn names<'a>(cell: &raw::Cell<'a>) -> impl Iterator<Item = Text<'a>> {
    let written = |node: &'a Node| node.as_str().and_then(|text| Text { text, span: node.span }.given());
    let in_attrs = move |attrs: &'a Node| {
        ["text", "label", "labelText"].into_iter().filter_map(move |part| written(attrs.get(part)?.get("text")?))
    };
    let in_data = properties(cell).filter_map(|properties| properties.name.and_then(Text::given));
    let labels = cell.labels.map(|labels| labels.as_sequence().unwrap_or(std::slice::from_ref(labels)));
    let labels = labels
        .into_iter()
        .flatten()
        .flat_map(move |label| written(label).into_iter().chain(label.get("attrs").into_iter().flat_map(in_attrs)));
    let on_cell = cell.attrs.into_iter().flat_map(in_attrs);
    in_data.chain(labels).chain(on_cell).collect::<Vec<_>>().into_iter()
}

/// Keeps names that differ from the one used.
fn other_names(cell: &raw::Cell<'_>, extras: &mut Extras) {
    let mut names = names(cell).map(|name| one_line(name.text));
    let first = names.next();
    for other in names {
        if first.as_ref() != Some(&other) && extras.iter().all(|(_, known)| **known != *other) {
            keep(extras, FORMAT, "label", other);
        }
    }
}

fn too_much(draft: &mut Draft, span: Span, what: &str) {
    let message = format!("there is too much on one diagram to find out {what}");
    draft.log.group(Diagnostic::warning("import-dropped", span, message).help("split the diagram"));
}

/// A finite number; version 1 sometimes writes numbers as text.
fn number(node: &Node) -> Option<f64> {
    node.as_f64().or_else(|| node.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
}

/// A point from `{x, y}`.
fn point(node: &Node) -> Option<Point> {
    Point::new(number(node.get("x")?)?, number(node.get("y")?)?)
}

/// A rectangle from `{x, y}` and `{width, height}`.
fn rect(position: &Node, size: &Node) -> Option<Rect> {
    let Point { x, y } = point(position)?;
    Rect::new(x, y, number(size.get("width")?)?, number(size.get("height")?)?)
}
