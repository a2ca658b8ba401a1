//! What a Visio drawing means in our vocabulary.
//!
//! | tool | here |
//! |---|---|
//! | page | drawing; backgrounds are left out |
//! | master "Process", "Data store", "External interactor" and the like | component of that kind |
//! | any other master, such as the icon of a cloud service | component; the master's name is its technology |
//! | rectangle, circle, shape without master | component, if something is written on it or glued to it |
//! | shape around others | boundary, unless it is a process, store or external entity: then the others are its parts |
//! | master "... boundary", container, lane | boundary |
//! | line with a boundary's master, curved panel, loose dashed line | boundary without an inside |
//! | line glued to shapes, or made for that | data flow from its beginning to its end; arrows may turn it round |
//! | small box on a component | remark `visio:label` of that component |
//! | text, note, legend, title block | note |
//! | shape data | remark, by its label |
//!
//! Which shapes belong together, `items` finds out; what lies in what and where loose ends belong, `sketch` does.

use rustc_hash::FxHashMap;
use vauban_model::drawing::geometry::{Nesting, Point, Rect, nearest_box};
use vauban_model::model::{Element, ElementRef, Fact, Origin, Value};
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_model::{Diagnostic, Span};

use super::fates::{Fate, decide};
use super::items::{Item, Walk, walk};
use super::place::{Paper, Path, behind, path};
use super::raw::{Document, Page};
use super::words::{Class, boundary_kind, technology};
use crate::draft::{Draft, one_line, slug};
use crate::extras::keep;
use crate::log::{Log, short};
use crate::prose::symbol_said;
use crate::sketch::{self, BoundaryLine, Connector, Curve, Drawn, End, Role, Shape, Sketch, annotation, settle};
use crate::{Format, Imported};

const FORMAT: Format = Format::Visio;
/// How far a loose end may be from what it was meant to touch: a quarter of an inch.
pub(super) const REACH: f64 = 24.0;
/// An end this close touches: a tenth of an inch.
const TOUCH: f64 = 9.6;
/// Bows of a page that may hold something, at most.
const MOST_BOWS: usize = 200;
/// Comparisons of a page's shapes with each other at most.
pub(super) const MOST_PAIRS: usize = 50_000_000;

/// Reads a document.
pub(super) fn lower(document: &Document, file: &str, log: Log) -> Imported {
    let place = document.place;
    let stem = file.rsplit('/').next().unwrap_or(file);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let title = [document.title.trim(), stem, "System"].into_iter().find(|title| !title.is_empty());
    let title = one_line(title.unwrap_or("System"));
    let system = Element::new(slug(&title, "system"), title, place);
    let mut draft = Draft::new(FORMAT, system, log);
    let mut pages = Vec::new();
    let mut bows = Vec::new();
    for page in &document.pages {
        let (sketched, curves) = lower_page(&mut draft, document, page);
        pages.push(sketched);
        bows.push(curves);
    }
    let drawn = pages.iter().any(|page| !page.shapes.is_empty() || !page.connectors.is_empty());
    if !drawn {
        draft.log.push(
            Diagnostic::warning("import-empty", place, "nothing is drawn that could be a component")
                .help("draw shapes on a page that is no background, and save the file"),
        );
    }
    let known = settle(&mut draft, Sketch { pages });
    for (curves, known) in bows.iter().zip(&known) {
        for behind in curves {
            hold(&mut draft, behind, known);
        }
    }
    draft.finish()
}

/// A component behind a curved boundary, by native ids.
struct Behind {
    inside: String,
    bow: String,
}

/// What lies on the hollow side of a bow lies in that boundary, unless a box around it says more.
fn hold(draft: &mut Draft, behind: &Behind, known: &FxHashMap<String, ElementRef>) {
    let Some(boundary) = known.get(&behind.bow).filter(|it| it.domain == Domain::Boundary) else { return };
    let Some(inside) = known.get(&behind.inside).filter(|it| it.domain == Domain::Component) else { return };
    if let Some(component) = draft.model.components.get_mut(inside.at()).filter(|it| it.boundary.is_none()) {
        component.boundary = Some(boundary.index);
        keep(&mut component.element.extras, FORMAT, "inside", "behind the bow");
    }
}

fn lower_page(draft: &mut Draft, document: &Document, page: &Page) -> (sketch::Page, Vec<Behind>) {
    let paper = Paper::new(page);
    let mut walk = walk(document, page, &paper);
    let fates = decide(draft, document, page, &mut walk, &paper);
    let span = document.place;
    let title = one_line(&page.name);
    let on =
        |layer: &&super::raw::Layer| walk.items.iter().any(|item| item.view.layers().any(|it| *it == *layer.number));
    for layer in page.layers.iter().filter(|layer| !layer.visible).filter(on) {
        let message = format!("the layer `{}` is hidden; what is on it is read all the same", short(&layer.name));
        draft.log.push(
            Diagnostic::note("import-hidden-layer", span, message)
                .help("remove from the drawing what is not part of the system"),
        );
    }
    let mut out = sketch::Page {
        id: String::new(),
        name: page.name.clone(),
        shapes: Vec::new(),
        lines: Vec::new(),
        connectors: Vec::new(),
        reach: REACH,
        span,
    };
    let mut shape_of: FxHashMap<usize, usize> = FxHashMap::default();
    let mut labels: FxHashMap<usize, Vec<String>> = FxHashMap::default();
    for (item, fate) in walk.items.iter().zip(&fates) {
        if let Fate::Label(of) = fate {
            labels.entry(*of).or_default().push(one_line(&item.text));
        }
    }
    let mut bows = Vec::new();
    for (index, (item, fate)) in walk.items.iter().zip(&fates).enumerate().filter(|(_, (item, _))| !item.gone) {
        match fate {
            Fate::Component | Fate::Zone => {
                shape_of.insert(index, out.shapes.len());
                let mut drawn = drawn(item, span);
                on_hidden(page, item, &mut drawn);
                for label in labels.get(&index).into_iter().flatten() {
                    keep(&mut drawn.extras, FORMAT, "label", label.as_str());
                }
                let role = if *fate == Fate::Zone { Role::Zone } else { Role::Component };
                facts(&mut drawn, item, role);
                out.shapes.push(Shape { drawn, role, rect: item.rect, parent: None });
            }
            Fate::Border => {
                let mut drawn = drawn(item, span);
                facts(&mut drawn, item, Role::Zone);
                let rows = item.view.outline();
                let mut line = path(&rows, &item.view, &item.frame, &paper, !item.line);
                if line.points.len() < 2 {
                    line.points = ends(item, &paper).into_iter().flatten().collect();
                }
                if item.class == Class::Bow && !item.line {
                    bows.push((drawn.native.clone(), line.clone()));
                }
                let curve = if line.curved { Curve::Smooth } else { Curve::Straight };
                out.lines.push(BoundaryLine { drawn, points: line.points, curve });
            }
            Fate::Note if item.text.chars().any(char::is_alphanumeric) => annotation(draft, &title, &item.text, span),
            Fate::Picture | Fate::Note => {
                let what = if item.line { "lines" } else { "shapes" };
                draft.log.left_out(what, span, "no words are written on them, and nothing is attached to them");
            }
            Fate::Flow | Fate::Label(_) => {}
        }
    }
    nest(&walk, &shape_of, &mut out);
    let touching = out.shapes.iter().filter(|shape| shape.role == Role::Component);
    let (touched, natives): (Vec<Rect>, Vec<String>) =
        touching.filter_map(|shape| Some((shape.rect?, shape.drawn.native.clone()))).unzip();
    let (mut undirected, mut by_place, mut effort) = (0usize, 0usize, MOST_PAIRS);
    let mut glue: FxHashMap<(&str, bool), &str> = FxHashMap::default();
    for connect in &page.connects {
        let begins = connect.cell.starts_with("Begin");
        if begins || connect.cell.starts_with("End") {
            glue.entry((connect.from.as_str(), begins)).or_insert(&connect.to);
        }
    }
    for (item, _) in walk.items.iter().zip(&fates).filter(|(item, fate)| **fate == Fate::Flow && !item.gone) {
        let ends = ends(item, &paper);
        let on = |begins: bool| {
            let shape = glue.get(&(item.view.own.id.as_str(), begins))?;
            let mut at = *walk.of.get(shape)?;
            if let Some(Fate::Label(of)) = fates.get(at) {
                at = *of;
            }
            let target = out.shapes.get(*shape_of.get(&at)?)?;
            Some(target.drawn.native.clone())
        };
        let [from, to] = ends;
        let (mut source, mut target) = (End { on: on(true), point: from }, End { on: on(false), point: to });
        let mut drawn = drawn(item, span);
        on_hidden(page, item, &mut drawn);
        // A tool that never says what its lines are glued to.
        if page.connects.is_empty() {
            for (end, key) in [(&mut source, "start-attached"), (&mut target, "end-attached")] {
                effort = effort.saturating_sub(touched.len());
                let snap = end.point.filter(|_| effort > 0).and_then(|point| nearest_box(point, &touched, TOUCH));
                if let Some(native) = snap.filter(|snap| snap.is_clear).and_then(|snap| natives.get(snap.index)) {
                    end.on = Some(native.clone());
                    keep(&mut drawn.extras, FORMAT, key, "by place, sure");
                    by_place += 1;
                }
            }
        }
        let line = path(&item.view.outline(), &item.view, &item.frame, &paper, false);
        let mut bends = bends(&line, from, to);
        let arrow = |name: &str| item.view.styled(name).is_some_and(|arrow| arrow != 0.0);
        let both = item.name.words.to_lowercase().contains("double arrow");
        match (arrow("BeginArrow") || both, arrow("EndArrow") || both) {
            (true, true) => state(&mut drawn, fact::TWO_WAY, Value::Bool(true)),
            (true, false) => {
                std::mem::swap(&mut source, &mut target);
                bends.reverse();
            }
            (false, true) => {}
            (false, false) => {
                undirected += 1;
                keep(&mut drawn.extras, FORMAT, "arrows", "none");
            }
        }
        let curve = if line.curved && !bends.is_empty() { Curve::Smooth } else { Curve::Straight };
        out.connectors.push(Connector { drawn, source, target, bends, curve });
    }
    if by_place > 0 {
        let message = format!("the page `{}` does not say what its lines are attached to", short(&title));
        draft.log.push(
            Diagnostic::note("import-attached-by-place", span, message)
                .help(format!("{by_place} ends touch exactly one component and are taken as attached to it")),
        );
    }
    if undirected > 0 {
        let lines = if undirected == 1 { "a line".to_owned() } else { format!("{undirected} lines") };
        let have = if undirected == 1 { "has" } else { "have" };
        let message = format!("{lines} on the page `{}` {have} no arrow", short(&title));
        draft.log.push(
            Diagnostic::note("import-undirected-flow", span, message)
                .help("they are read as flows from where they begin to where they end; draw arrows to say more"),
        );
    }
    let behind = hollow(&bows, &walk, &fates);
    (out, behind)
}

/// The two ends of a line.
pub(super) fn ends(item: &Item<'_>, paper: &Paper) -> [Option<Point>; 2] {
    let point = |x: &str, y: &str| {
        let (x, y) = (item.view.number(x)?, item.view.number(y)?);
        paper.point(item.outer.apply(x, y))
    };
    [point("BeginX", "BeginY"), point("EndX", "EndY")]
}

/// The points between the ends, if the outline really runs from one to the other.
fn bends(line: &Path, from: Option<Point>, to: Option<Point>) -> Vec<Point> {
    let close = |a: Option<&Point>, b: Option<Point>| {
        a.zip(b).is_some_and(|(a, b)| (a.x - b.x).abs() < 2.0 && (a.y - b.y).abs() < 2.0)
    };
    if !close(line.points.first(), from) || !close(line.points.last(), to) {
        return Vec::new();
    }
    line.points.get(1..line.points.len() - 1).map(<[Point]>::to_vec).unwrap_or_default()
}

/// Which components lie behind which bow: each behind the nearest.
fn hollow(bows: &[(String, Path)], walk: &Walk<'_>, fates: &[Fate]) -> Vec<Behind> {
    let components = walk.items.iter().zip(fates).filter(|(item, fate)| **fate == Fate::Component && !item.gone);
    let nearest = |rect: Rect| {
        let mut best: Option<(f64, &str)> = None;
        for (native, line) in bows.iter().take(MOST_BOWS) {
            let depth = behind(line, rect.centre());
            if let Some(depth) = depth.filter(|depth| best.is_none_or(|(known, _)| *depth < known)) {
                best = Some((depth, native));
            }
        }
        best
    };
    components
        .filter_map(|(item, _)| {
            let (_, bow) = nearest(item.rect?)?;
            Some(Behind { inside: item.view.own.id.clone(), bow: bow.to_owned() })
        })
        .collect()
}

/// What the file itself says of nesting: groups and containers, and parts of components by what is around what.
fn nest(walk: &Walk<'_>, shape_of: &FxHashMap<usize, usize>, out: &mut sketch::Page) {
    for (index, item) in walk.items.iter().enumerate() {
        let Some(shape) = shape_of.get(&index).copied() else { continue };
        let said = item.within.and_then(|around| shape_of.get(&around)).copied().filter(|around| *around != shape);
        if let Some(slot) = out.shapes.get_mut(shape) {
            slot.parent = said;
        }
    }
    // Parts: the innermost process, store or entity around it, unless a zone is nearer.
    let framed: Vec<(usize, Rect)> =
        walk.items.iter().enumerate().filter_map(|(index, item)| Some((*shape_of.get(&index)?, item.rect?))).collect();
    if framed.len().saturating_mul(framed.len()) > MOST_PAIRS {
        return;
    }
    let classes: FxHashMap<usize, Class> =
        walk.items.iter().enumerate().filter_map(|(index, item)| Some((*shape_of.get(&index)?, item.class))).collect();
    let parents = Nesting::new(framed.iter().map(|(_, rect)| *rect)).parents();
    for ((shape, rect), parent) in framed.iter().zip(&parents) {
        let Some((around, outer)) = parent.and_then(|parent| framed.get(parent)) else { continue };
        let whole = matches!(classes.get(around), Some(Class::Process | Class::Store | Class::External));
        let role = out.shapes.get(*around).map(|shape| shape.role);
        if let Some(slot) =
            out.shapes.get_mut(*shape).filter(|slot| slot.role == Role::Component && slot.parent.is_none())
            && whole
            && role == Some(Role::Component)
            && rect.area() < outer.area() * 0.98
        {
            slot.parent = Some(*around);
        }
    }
}

/// The hidden layer that a shape is on, as a remark. One that is on a layer that is shown, too, is seen.
fn on_hidden(page: &Page, item: &Item<'_>, drawn: &mut Drawn) {
    let on = || item.view.layers().filter_map(|number| page.layers.iter().find(|layer| *layer.number == *number));
    if let Some(layer) = on().next().filter(|_| on().all(|layer| !layer.visible)) {
        keep(&mut drawn.extras, FORMAT, "layer", format!("{} (hidden)", layer.name).trim());
    }
}

/// Name, remarks.
fn drawn(item: &Item<'_>, span: Span) -> Drawn {
    let mut drawn = Drawn::at(span);
    drawn.native.clone_from(&item.view.own.id);
    let form = matches!(item.class, Class::Form) || item.line && item.class != Class::Boundary;
    drawn.name = match item.text.trim() {
        "" if form => String::new(),
        "" => item.name.words.clone(),
        text => text.to_owned(),
    };
    if !item.name.words.is_empty() && !item.line {
        keep(&mut drawn.extras, FORMAT, "master", item.name.words.as_str());
    }
    for datum in &item.view.own.data {
        let base = item.view.base.and_then(|base| base.data.iter().find(|known| known.row == datum.row));
        let label = [&datum.label, base.map_or(&datum.label, |base| &base.label), &datum.row];
        let label = label.into_iter().map(|label| one_line(label)).find(|label| !label.is_empty()).unwrap_or_default();
        if !datum.value.trim().is_empty() && !datum.inherited {
            keep(&mut drawn.extras, FORMAT, &label, datum.value.trim());
        }
    }
    for link in &item.view.own.links {
        keep(&mut drawn.extras, FORMAT, "link", link.as_str());
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

/// What the master says.
fn facts(drawn: &mut Drawn, item: &Item<'_>, role: Role) {
    if role == Role::Zone {
        if let Some(kind) = boundary_kind(&item.name.words) {
            word(drawn, fact::BOUNDARY_KIND, kind);
        }
        return;
    }
    match item.class {
        Class::Process => word(drawn, fact::KIND, "process"),
        Class::Store => word(drawn, fact::KIND, "data-store"),
        Class::External => word(drawn, fact::KIND, "external-entity"),
        Class::Thing => {
            let technology = slug(&technology(&item.name), "");
            if !technology.is_empty() {
                state(drawn, fact::TECHNOLOGY, Value::Words([technology.into()].into()));
            }
        }
        _ => {}
    }
}
