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
use vauban_model::model::{Element, ElementRef, Fact, Origin, Value, symbol_of};
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_model::{Diagnostic, Span};

use super::items::{Item, Walk, is_text, walk};
use super::place::{Paper, Path, behind, path};
use super::raw::{Document, Kind, Page};
use super::words::{Class, boundary_kind, technology};
use crate::draft::{Draft, one_line, slug};
use crate::extras::keep;
use crate::log::{Log, short};
use crate::sketch::{self, BoundaryLine, Connector, Curve, Drawn, End, Role, Shape, Sketch, annotation, settle};
use crate::{Format, Imported};

const FORMAT: Format = Format::Visio;
/// How far a loose end may be from what it was meant to touch: a quarter of an inch.
const REACH: f64 = 24.0;
/// An end this close touches: a tenth of an inch.
const TOUCH: f64 = 9.6;
/// A box without a master that is smaller than this on both sides is a label or a number.
const TINY: f64 = 30.0;
/// Bows of a page that may hold something, at most.
const MOST_BOWS: usize = 200;
/// Comparisons of a page's shapes with each other at most.
const MOST_PAIRS: usize = 50_000_000;

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

/// What becomes of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Component,
    Zone,
    Border,
    Flow,
    Note,
    Label(usize),
    Picture,
}

fn lower_page(draft: &mut Draft, document: &Document, page: &Page) -> (sketch::Page, Vec<Behind>) {
    let paper = Paper::new(page);
    let mut walk = walk(document, page, &paper);
    let fates = decide(draft, document, page, &mut walk, &paper);
    let span = document.place;
    let title = one_line(&page.name);
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
        protocol(&mut drawn);
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

/// Says of each thing what it is.
fn decide(draft: &mut Draft, document: &Document, page: &Page, walk: &mut Walk<'_>, paper: &Paper) -> Vec<Fate> {
    let members = contained(walk);
    for (member, container) in members {
        if let Some(item) = walk.items.get_mut(member) {
            item.within = Some(container);
        }
    }
    let items = &walk.items;
    let mut fates: Vec<Fate> = items.iter().map(first_fate).collect();
    for (item, fate) in items.iter().zip(fates.iter_mut()).filter(|(item, _)| item.gone) {
        *fate = if item.text.is_empty() { Fate::Picture } else { *fate };
    }
    let present = |index: usize, fates: &[Fate]| {
        let here = matches!(fates.get(index), Some(Fate::Component | Fate::Zone));
        items.get(index).filter(|item| here && !item.gone)
    };
    // What is around what.
    let boxes: Vec<usize> = (0..items.len()).filter(|index| present(*index, &fates).is_some_and(|it| it.rect.is_some())).collect();
    let pairs = boxes.len().saturating_mul(boxes.len());
    if pairs > MOST_PAIRS {
        let message = format!("the page `{}` has too many shapes to work out which are around others", short(&page.name));
        draft.log.push(
            Diagnostic::warning("import-too-large", document.place, message).help("split it into several pages"),
        );
    } else {
        let rects: Vec<_> = boxes.iter().filter_map(|index| items.get(*index)?.rect).collect();
        let parents = Nesting::new(rects.iter().copied()).parents();
        for (inner, outer) in boxes.iter().zip(&parents) {
            let Some(outer) = outer.and_then(|outer| boxes.get(outer)).copied() else { continue };
            let (Some(inside), Some(around)) = (items.get(*inner), items.get(outer)) else { continue };
            let share = inside.rect.zip(around.rect).map_or(1.0, |(small, large)| small.area() / large.area().max(1.0));
            if share > 0.98 {
                continue;
            }
            let only_label = inside.class == Class::Form && !inside.glued && !inside.text.is_empty();
            match around.class {
                Class::Process | Class::Store | Class::External if only_label => set(&mut fates, *inner, Fate::Label(outer)),
                Class::Process | Class::Store | Class::External => {}
                Class::Thing if only_label && share < 0.25 && fates.get(outer) == Some(&Fate::Component) => set(&mut fates, *inner, Fate::Label(outer)),
                _ if inside.text.is_empty() && !inside.mastered && !inside.glued => {}
                _ => set(&mut fates, outer, Fate::Zone),
            }
        }
        stick(items, &boxes, &mut fates);
    }
    // A frame with nothing in it is a heading; an unnamed box around nothing is a picture.
    let mut holds = vec![false; items.len()];
    for (index, item) in items.iter().enumerate().filter(|(index, _)| present(*index, &fates).is_some()) {
        if let Some(held) = item.within.filter(|around| *around != index).and_then(|around| holds.get_mut(around)) {
            *held = true;
        }
    }
    for (index, item) in items.iter().enumerate() {
        let empty = holds.get(index) == Some(&false);
        let Some(rect) = item.rect else { continue };
        let around_something = || {
            pairs <= MOST_PAIRS && boxes.iter().any(|other| {
                *other != index
                    && present(*other, &fates).is_some()
                    && items.get(*other).and_then(|other| other.rect).is_some_and(|other| rect.encloses(&other) && other.area() < rect.area())
            })
        };
        match fates.get(index) {
            Some(Fate::Zone) if empty && !item.glued && item.class == Class::Container && !around_something() => {
                let fate = if item.text.is_empty() { Fate::Picture } else { Fate::Note };
                set(&mut fates, index, fate);
            }
            Some(Fate::Component) if item.text.is_empty() && !item.mastered && !item.glued && !item.whole => {
                set(&mut fates, index, Fate::Picture);
            }
            _ => {}
        }
    }
    lines(items, page, paper, &boxes, &mut fates);
    fates
}

fn set(fates: &mut [Fate], index: usize, fate: Fate) {
    if let Some(slot) = fates.get_mut(index) {
        *slot = fate;
    }
}

/// What a thing is by itself. Lines are looked at once it is known what is near them.
fn first_fate(item: &Item<'_>) -> Fate {
    let foreign = item.view.own.kind == Kind::Foreign;
    match item.class {
        _ if item.line => if item.class == Class::Boundary { Fate::Border } else { Fate::Flow },
        _ if foreign && item.text.is_empty() && !item.glued => Fate::Picture,
        Class::Boundary => Fate::Zone,
        Class::Container => Fate::Zone,
        _ if item.whole => Fate::Zone,
        Class::Bow if !item.glued => Fate::Border,
        Class::Note if !item.glued => if item.text.is_empty() { Fate::Picture } else { Fate::Note },
        Class::Form if is_text(item) => if item.text.is_empty() { Fate::Picture } else { Fate::Note },
        _ => Fate::Component,
    }
}

/// Small boxes that sit on a component without being inside it, and numbers in the margin.
fn stick(items: &[Item<'_>], boxes: &[usize], fates: &mut [Fate]) {
    let is_component = |fates: &[Fate], index: usize| fates.get(index) == Some(&Fate::Component);
    for index in boxes.iter().copied().filter(|index| is_component(fates, *index)).collect::<Vec<_>>() {
        let Some((item, rect)) = items.get(index).and_then(|item| Some((item, item.rect?))) else { continue };
        if item.class != Class::Form || item.glued || item.text.is_empty() {
            continue;
        }
        let under = boxes.iter().copied().find(|other| {
            let other_item = items.get(*other).filter(|it| *other != index && it.class != Class::Form);
            let other_rect = other_item.filter(|_| is_component(fates, *other)).and_then(|it| it.rect);
            other_rect.is_some_and(|other| other.area() > 3.0 * rect.area() && other.share_of(&rect) > 0.2)
        });
        if let Some(under) = under {
            set(fates, index, Fate::Label(under));
        } else if !item.mastered && rect.width < TINY && rect.height < TINY {
            set(fates, index, Fate::Note);
        }
    }
}

/// Which lines are flows, which are boundaries, and which are only lines.
fn lines(items: &[Item<'_>], page: &Page, paper: &Paper, boxes: &[usize], fates: &mut [Fate]) {
    let glued: rustc_hash::FxHashSet<&str> = page.connects.iter().map(|connect| connect.from.as_str()).collect();
    let components: Vec<_> = boxes
        .iter()
        .filter(|index| matches!(fates.get(**index), Some(Fate::Component | Fate::Zone)))
        .filter_map(|index| items.get(*index)?.rect.map(|rect| (rect, fates.get(*index) == Some(&Fate::Component))))
        .collect();
    let mut effort = MOST_PAIRS;
    for (index, item) in items.iter().enumerate().filter(|(_, item)| item.line && !item.gone) {
        if fates.get(index) != Some(&Fate::Flow) {
            continue;
        }
        let words = item.name.words.to_lowercase();
        let routed = item.view.number("ObjType") == Some(2.0) || glued.contains(item.view.own.id.as_str());
        if routed || item.name.lucid || ["connector", "data flow", "dataflow", "double arrow"].iter().any(|word| words.contains(word)) {
            continue;
        }
        effort = effort.saturating_sub(components.len());
        if effort == 0 {
            continue;
        }
        let near = |point: &Option<Point>| {
            point.is_some_and(|point| components.iter().any(|(rect, is_component)| *is_component && rect.distance(point) <= REACH))
        };
        let [from, to] = ends(item, paper);
        let arrow = ["BeginArrow", "EndArrow"].iter().any(|name| item.view.styled(name).is_some_and(|it| it != 0.0));
        let dashed = item.view.styled("LinePattern").is_some_and(|pattern| pattern > 1.0);
        let fate = match (near(&from), near(&to)) {
            (true, true) => Fate::Flow,
            (true, false) | (false, true) if arrow => Fate::Flow,
            _ if dashed && !arrow => Fate::Border,
            _ if !item.text.is_empty() => if arrow { Fate::Flow } else { Fate::Note },
            _ => Fate::Picture,
        };
        set(fates, index, fate);
    }
}

/// The two ends of a line.
fn ends(item: &Item<'_>, paper: &Paper) -> [Option<Point>; 2] {
    let point = |x: &str, y: &str| {
        let (x, y) = (item.view.number(x)?, item.view.number(y)?);
        paper.point(item.outer.apply(x, y))
    };
    [point("BeginX", "BeginY"), point("EndX", "EndY")]
}

/// The points between the ends, if the outline really runs from one to the other.
fn bends(line: &Path, from: Option<Point>, to: Option<Point>) -> Vec<Point> {
    let close = |a: Option<&Point>, b: Option<Point>| a.zip(b).is_some_and(|(a, b)| (a.x - b.x).abs() < 2.0 && (a.y - b.y).abs() < 2.0);
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

/// Members of containers, as both sides of the relation say.
fn contained(walk: &Walk<'_>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (index, item) in walk.items.iter().enumerate() {
        let Some(cell) = item.view.own_cell("Relationships") else { continue };
        for (code, sheets) in relationships(&cell.formula) {
            for sheet in sheets {
                let Some(other) = walk.of.get(sheet).copied().filter(|other| *other != index) else { continue };
                match code {
                    "1" => found.push((other, index)),
                    "4" => found.push((index, other)),
                    _ => {}
                }
            }
        }
    }
    found
}

/// `SUM(DEPENDSON(4,Sheet.320!SheetRef()))` as its codes and shapes.
fn relationships(formula: &str) -> Vec<(&str, Vec<&str>)> {
    formula
        .split("DEPENDSON(")
        .skip(1)
        .map(|part| {
            let mut fields = part.split(',');
            let code = fields.next().unwrap_or_default().trim_matches([' ', ')']);
            let sheets = fields.filter_map(|field| field.trim().strip_prefix("Sheet.")?.split('!').next()).collect();
            (code, sheets)
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
    let framed: Vec<(usize, Rect)> = walk
        .items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((*shape_of.get(&index)?, item.rect?)))
        .collect();
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
        if let Some(slot) = out.shapes.get_mut(*shape).filter(|slot| slot.role == Role::Component && slot.parent.is_none())
            && whole
            && role == Some(Role::Component)
            && rect.area() < outer.area() * 0.98
        {
            slot.parent = Some(*around);
        }
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
    if let Some(symbol) = symbol_of(id, word) {
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

/// A flow that is called just like a protocol uses it.
fn protocol(drawn: &mut Drawn) {
    let name = one_line(&drawn.name).to_lowercase();
    word(drawn, fact::PROTOCOL, &name);
}

#[cfg(test)]
mod tests {
    use super::relationships;

    #[test]
    fn relationships_name_shapes() {
        let formula = "SUM(DEPENDSON(3),DEPENDSON(1,Sheet.499!SheetRef(),Sheet.316!SheetRef()))";
        assert_eq!(relationships(formula), [("3", vec![]), ("1", vec!["499", "316"])]);
        assert_eq!(relationships("SUM(DEPENDSON(4,Sheet.320!SheetRef()))"), [("4", vec!["320"])]);
        assert!(relationships("").is_empty());
    }
}
