//! What people drew, before anything is concluded from it: pages with shapes, zones and lines.
//!
//! A reader of a drawing tool makes a [`Sketch`]; [`settle`] turns it into a model, in the same way for every tool:
//! what lies in which zone, what a loose end was meant to touch, which line a flow crosses. Where the file says it
//! itself, that is taken; where only the geometry speaks, how sure it is stands in a remark and, if it is not, in a
//! message.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::drawing::geometry::{Line, Nesting, Point, Rect, nearest_box, quadratic_through};
use vauban_model::drawing::{Drawing, DrawnFlow, DrawnLine, DrawnShape};
use vauban_model::model::{Boundary, Component, Element, ElementRef, Fact, Flow, Note, Origin, OutOfScope, Value};
use vauban_model::vocabulary::{Domain, fact};
use vauban_model::{Diagnostic, Span};

use crate::draft::{Draft, Space, break_cycles, element, narrow, one_line, slug};
use crate::extras::{Extras, keep};
use crate::log::short;

/// Comparisons of places that one drawing may cost. A hand-drawn page of a thousand shapes stays far below.
const MOST_EFFORT: usize = 200_000_000;
/// Legends that one page has at most; further boxes of such names are what they are.
const MOST_LEGENDS: usize = 20;
/// A shape of which less than this lies in its zone sits on the border: somebody has to say where it belongs.
const SURE_SHARE: f64 = 0.75;

/// A file of drawings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sketch {
    /// Its pages, in the order of the file.
    pub(crate) pages: Vec<Page>,
}

/// One diagram.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The tool's id; empty if it has none.
    pub(crate) id: String,
    /// The title; may be empty.
    pub(crate) name: String,
    /// Components and zones, in drawing order: later ones lie on top.
    pub(crate) shapes: Vec<Shape>,
    /// Boundaries drawn as a line.
    pub(crate) lines: Vec<BoundaryLine>,
    /// Flows.
    pub(crate) connectors: Vec<Connector>,
    /// How far a loose end may be from what it was meant to touch, in the page's units.
    pub(crate) reach: f64,
    /// Where it stands.
    pub(crate) span: Span,
}

/// What all drawn things have in common.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    /// The tool's id, unique on the page; flows refer to it. Empty if there is none.
    pub(crate) native: String,
    /// Our id, where the file keeps it; otherwise one is made from the name.
    pub(crate) id: Option<String>,
    /// Whether what the file says it lies in is all there is to know, so that its place is not asked.
    pub(crate) placed: bool,
    /// What is written on it; may be empty.
    pub(crate) name: String,
    /// Whether the text on it is only the id that we wrote there, and nobody's name.
    pub(crate) only_id: bool,
    /// What is written about it.
    pub(crate) description: String,
    /// Free tags.
    pub(crate) tags: Vec<Box<str>>,
    /// Set when it is marked as not to be analysed.
    pub(crate) out_of_scope: Option<OutOfScope>,
    /// Facts that the file states; no references.
    pub(crate) facts: Vec<Fact>,
    /// What has no place in the model.
    pub(crate) extras: Extras,
    /// Where it stands.
    pub(crate) span: Span,
}

impl Drawn {
    /// Something of which only the place is known.
    pub(crate) fn at(span: Span) -> Self {
        Drawn {
            native: String::new(),
            id: None,
            placed: false,
            name: String::new(),
            only_id: false,
            description: String::new(),
            tags: Vec::new(),
            out_of_scope: None,
            facts: Vec::new(),
            extras: Extras::new(),
            span,
        }
    }
}

/// A box.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// Name, facts, remarks.
    pub(crate) drawn: Drawn,
    /// What it is.
    pub(crate) role: Role,
    /// Its place, absolute; none if the file gives none.
    pub(crate) rect: Option<Rect>,
    /// Index of the shape that the file itself says it is in.
    pub(crate) parent: Option<usize>,
}

/// What a box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A component: a process, a store, an external entity.
    Component,
    /// A trust boundary, or another group of components.
    Zone,
}

/// A boundary without an inside.
#[derive(Clone, Debug)]
pub(crate) struct BoundaryLine {
    /// Name, facts, remarks.
    pub(crate) drawn: Drawn,
    /// Its points, both ends included.
    pub(crate) points: Vec<Point>,
    /// How the line runs past its points.
    pub(crate) curve: Curve,
}

/// A flow.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    /// Name, facts, remarks.
    pub(crate) drawn: Drawn,
    /// Where it starts.
    pub(crate) source: End,
    /// Where it ends.
    pub(crate) target: End,
    /// Bends between the ends.
    pub(crate) bends: Vec<Point>,
    /// How the line runs past its bends.
    pub(crate) curve: Curve,
}

/// One end of a flow.
#[derive(Clone, Debug, Default)]
pub(crate) struct End {
    /// The native id of what it is attached to.
    pub(crate) on: Option<String>,
    /// Where it is drawn.
    pub(crate) point: Option<Point>,
}

/// How a line runs past its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    /// Straight from point to point.
    Straight,
    /// A smooth curve through all of them.
    Smooth,
    /// A quadratic curve that is at its one bend half way.
    Handle,
}

/// The line from one end past the bends to the other.
pub(crate) fn line(points: &[Point], curve: Curve) -> Line {
    match (curve, points) {
        (Curve::Handle, [from, through, to]) => quadratic_through(*from, *through, *to),
        (Curve::Smooth, _) => Line::smooth(points),
        _ => Line::straight(points),
    }
}

/// Puts the pages of a sketch into the model. Returns, page by page, the element of each native id.
pub(crate) fn settle(draft: &mut Draft, sketch: Sketch) -> Vec<FxHashMap<String, ElementRef>> {
    let mut effort = MOST_EFFORT;
    let of = sketch.pages.len();
    let mut given = FxHashMap::default();
    let mut stated = FxHashMap::default();
    let mut out = Vec::with_capacity(of);
    for (number, mut page) in sketch.pages.into_iter().enumerate() {
        leave_out_legends(draft, &mut page);
        let mut settler = Settler {
            draft,
            number,
            of,
            given: &mut given,
            stated: &mut stated,
            effort: &mut effort,
            complained: false,
        };
        out.push(settler.page(page));
    }
    cut_circles(draft);
    out
}

/// Whether a box is called what people call the key to the signs of a drawing.
fn is_legend(name: &str) -> bool {
    let lower = one_line(name).to_lowercase();
    let name = lower.trim_end_matches(':').trim();
    matches!(
        name,
        "legend"
            | "diagram key"
            | "map key"
            | "colour key"
            | "color key"
            | "legende"
            | "zeichenerklärung"
            | "légende"
            | "leyenda"
            | "legenda"
            | "凡例"
            | "图例"
            | "легенда"
    )
}

/// Takes out boxes that explain the signs of the drawing, with what lies in them, unless a flow joins that to the rest.
fn leave_out_legends(draft: &mut Draft, page: &mut Page) {
    let legends: Vec<usize> = page
        .shapes
        .iter()
        .enumerate()
        .filter(|(_, shape)| shape.role == Role::Zone && is_legend(&shape.drawn.name) && shape.drawn.id.is_none())
        .map(|(index, _)| index)
        .take(MOST_LEGENDS)
        .collect();
    for legend in legends.into_iter().rev() {
        let around = page.shapes.get(legend).and_then(|shape| shape.rect);
        let inside: Vec<bool> = (0..page.shapes.len()).map(|at| lies_in(&page.shapes, at, legend, around)).collect();
        let native = |which: bool| -> FxHashSet<&str> {
            let shapes = page.shapes.iter().zip(&inside).filter(|(_, inside)| **inside == which);
            shapes.map(|(shape, _)| shape.drawn.native.as_str()).filter(|native| !native.is_empty()).collect()
        };
        let (mine, others) = (native(true), native(false));
        let on = |end: &End, set: &FxHashSet<&str>| end.on.as_deref().is_some_and(|on| set.contains(on));
        // An end that hangs over the box is tied to what lies there later, by its place.
        let hangs = |end: &End| {
            let point = end.point.filter(|_| end.on.is_none());
            point.zip(around).is_some_and(|(point, around)| {
                (around.corner.x..=around.corner.x + around.width).contains(&point.x)
                    && (around.corner.y..=around.corner.y + around.height).contains(&point.y)
            })
        };
        let joins = |it: &Connector| {
            hangs(&it.source)
                || hangs(&it.target)
                || on(&it.source, &mine) && on(&it.target, &others)
                || on(&it.source, &others) && on(&it.target, &mine)
        };
        if page.connectors.iter().any(joins) {
            continue;
        }
        let gone: Vec<bool> = page.connectors.iter().map(|it| on(&it.source, &mine) || on(&it.target, &mine)).collect();
        let number = inside.iter().filter(|inside| **inside).count().saturating_sub(1);
        if let Some(shape) = page.shapes.get(legend) {
            let things = if number == 1 { "1 thing".to_owned() } else { format!("{number} things") };
            let message =
                format!("`{}` with {things} in it explains the drawing; it was left out", short(&shape.drawn.name));
            draft.log.push(
                Diagnostic::note("import-legend", shape.drawn.span, message)
                    .help("name the box otherwise, or draw a flow into it, if it is a part of the system"),
            );
        }
        let mut at = 0;
        page.connectors.retain(|_| {
            at += 1;
            !gone.get(at - 1).copied().unwrap_or(false)
        });
        // Who lies in what is told by numbers, which change.
        let mut moved = Vec::with_capacity(inside.len());
        let mut next = 0usize;
        for inside in &inside {
            moved.push((!inside).then_some(next));
            next += usize::from(!inside);
        }
        let mut at = 0;
        page.shapes.retain(|_| {
            at += 1;
            !inside.get(at - 1).copied().unwrap_or(false)
        });
        for shape in &mut page.shapes {
            shape.parent = shape.parent.and_then(|parent| moved.get(parent).copied().flatten());
        }
    }
}

/// Whether a shape is a box, or lies in it: by what the file says, else by its place.
fn lies_in(shapes: &[Shape], at: usize, outer: usize, around: Option<Rect>) -> bool {
    let mut walk = Some(at);
    for _ in 0..100 {
        let Some(now) = walk else { break };
        if now == outer {
            return true;
        }
        walk = shapes.get(now).and_then(|shape| shape.parent);
    }
    let rect = shapes.get(at).and_then(|shape| shape.rect);
    rect.zip(around).is_some_and(|(rect, around)| {
        rect.corner.x >= around.corner.x
            && rect.corner.y >= around.corner.y
            && rect.corner.x + rect.width <= around.corner.x + around.width
            && rect.corner.y + rect.height <= around.corner.y + around.height
    })
}

/// Files may claim that two zones, or two components, hold each other.
pub(crate) fn cut_circles(draft: &mut Draft) {
    let mut zones: Vec<Option<u32>> = draft.model.boundaries.iter().map(|zone| zone.parent).collect();
    let mut wholes: Vec<Option<u32>> = draft.model.components.iter().map(|part| part.parent).collect();
    let cut_zones = break_cycles(&mut zones, |index| index);
    let cut_wholes = break_cycles(&mut wholes, |index| index);
    for (domain, cut) in [(Domain::Boundary, cut_zones), (Domain::Component, cut_wholes)] {
        for index in cut {
            let Some(entry) = draft.model.get(element(domain, index)) else { continue };
            let message = format!("`{}` lies in itself; it was taken out of the circle", short(&entry.name));
            let place = entry.span;
            draft
                .log
                .push(Diagnostic::warning("import-cycle", place, message).help("say in the drawing what it lies in"));
            match domain {
                Domain::Boundary => {
                    if let Some(zone) = draft.model.boundaries.get_mut(index as usize) {
                        zone.parent = None;
                    }
                }
                _ => {
                    if let Some(part) = draft.model.components.get_mut(index as usize) {
                        part.parent = None;
                    }
                }
            }
        }
    }
}

struct Settler<'d> {
    draft: &'d mut Draft,
    /// Which page this is, and of how many.
    number: usize,
    of: usize,
    /// The page that first used a short name.
    given: &'d mut FxHashMap<(Domain, String), usize>,
    /// Elements whose id the file keeps.
    stated: &'d mut FxHashMap<(Domain, String), u32>,
    effort: &'d mut usize,
    complained: bool,
}

/// What is asked about the place of a shape.
struct Frame {
    role: Role,
    rect: Option<Rect>,
    parent: Option<usize>,
    placed: bool,
    /// Whether an earlier page has the answer.
    settled: bool,
    span: Span,
}

/// What an end turned out to be.
enum Found {
    Component(u32),
    /// A zone: the flow goes to whatever is in it.
    Zone(u32),
    Nowhere,
}

impl Settler<'_> {
    fn page(&mut self, page: Page) -> FxHashMap<String, ElementRef> {
        let title = if page.name.trim().is_empty() { "diagram".to_owned() } else { one_line(&page.name) };
        let id = self.draft.unique_drawing(&if page.id.is_empty() { slug(&title, "diagram") } else { page.id.clone() });
        let mut drawing = Drawing {
            id,
            name: title.as_str().into(),
            shapes: Vec::new(),
            flows: Vec::new(),
            lines: Vec::new(),
            span: page.span,
        };
        let mut known: FxHashMap<String, ElementRef> = FxHashMap::default();
        let mut placed: Vec<ElementRef> = Vec::with_capacity(page.shapes.len());
        let mut frames: Vec<Frame> = Vec::with_capacity(page.shapes.len());
        for shape in page.shapes {
            frames.push(Frame {
                role: shape.role,
                rect: shape.rect,
                parent: shape.parent,
                placed: shape.drawn.placed,
                settled: false,
                span: shape.drawn.span,
            });
            let domain = if shape.role == Role::Zone { Domain::Boundary } else { Domain::Component };
            let native = shape.drawn.native.clone();
            if let Some(again) = self.again(domain, &shape.drawn) {
                // Drawn on an earlier page already: one element, two places.
                placed.push(again);
                if !native.is_empty() {
                    known.entry(native).or_insert(again);
                }
                if let Some(rect) = shape.rect {
                    drawing.shapes.push(DrawnShape { element: again, rect });
                }
                if let Some(frame) = frames.last_mut() {
                    frame.settled = true;
                }
                continue;
            }
            let entry = self.element(domain, &title, shape.drawn);
            let target = match shape.role {
                Role::Component => {
                    self.draft.model.components.push(Component { element: entry, boundary: None, parent: None });
                    ElementRef::new(domain, self.draft.model.components.len() - 1)
                }
                Role::Zone => {
                    self.draft.model.boundaries.push(Boundary { element: entry, parent: None });
                    ElementRef::new(domain, self.draft.model.boundaries.len() - 1)
                }
            };
            placed.push(target);
            if !native.is_empty() {
                known.entry(native).or_insert(target);
            }
            if let Some(rect) = shape.rect {
                drawing.shapes.push(DrawnShape { element: target, rect });
            }
        }
        self.nest(&placed, &frames);
        let mut lines = Vec::with_capacity(page.lines.len());
        for drawn in page.lines {
            let native = drawn.drawn.native.clone();
            let again = self.again(Domain::Boundary, &drawn.drawn);
            let target = again.unwrap_or_else(|| ElementRef::new(Domain::Boundary, self.draft.model.boundaries.len()));
            if again.is_none() {
                let entry = self.element(Domain::Boundary, &title, drawn.drawn);
                self.draft.model.boundaries.push(Boundary { element: entry, parent: None });
            }
            if !native.is_empty() {
                known.entry(native).or_insert(target);
            }
            lines.push((target.index, line(&drawn.points, drawn.curve)));
            let (boundary, curved) = (target.index, drawn.curve != Curve::Straight);
            drawing.lines.push(DrawnLine { boundary, points: drawn.points, curved });
        }
        let boxes: Vec<(ElementRef, Rect)> =
            placed.iter().zip(&frames).filter_map(|(target, frame)| Some((*target, frame.rect?))).collect();
        let ground = Ground { boxes, lines, reach: page.reach };
        for connector in page.connectors {
            self.flow(&title, connector, &mut known, &ground, &mut drawing);
        }
        self.draft.model.drawings.push(drawing);
        known
    }

    /// The element of an earlier page that this is again, by the id that the file keeps.
    fn again(&mut self, domain: Domain, drawn: &Drawn) -> Option<ElementRef> {
        let id = drawn.id.as_deref()?;
        if let Some(index) = self.stated.get(&(domain, id.to_owned())) {
            return Some(element(domain, *index));
        }
        self.stated.insert((domain, id.to_owned()), narrow(self.draft.model.count(domain)));
        None
    }

    /// An element with an id made from its name. A name that another page used gets this page's title in front; a name
    /// that this page used gets the beginning of the native id behind it, which stays when other shapes come and go.
    fn element(&mut self, domain: Domain, title: &str, drawn: Drawn) -> Element {
        let name = one_line(&drawn.name);
        let space = Space::Element(domain);
        let short_name = slug(&name, domain.as_str());
        let mut wanted = short_name.clone();
        let first = self.given.get(&(domain, short_name.clone())).copied();
        if !self.draft.is_free(space, &wanted) && first != Some(self.number) {
            wanted = format!("{}-{short_name}", slug(title, "diagram"));
        }
        if let Some(id) = &drawn.id {
            wanted.clone_from(id);
        }
        let tail: String = drawn.native.chars().filter(|c| c.is_alphanumeric()).collect();
        // The end of an id differs where its beginning is a prefix of the whole drawing.
        let tail: String = tail.chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect();
        if drawn.id.is_none() && !self.draft.is_free(space, &wanted) && !tail.is_empty() {
            wanted = format!("{wanted}-{}", tail.to_lowercase());
        }
        let id = self.draft.unique_id(space, &wanted);
        self.given.entry((domain, short_name)).or_insert(self.number);
        let name = if name.is_empty() { id.to_string() } else { name };
        let mut entry = Element::new(id, name, drawn.span);
        entry.description = drawn.description.into();
        entry.tags = drawn.tags;
        entry.out_of_scope = drawn.out_of_scope;
        for stated in drawn.facts {
            entry.set(stated);
        }
        if !drawn.native.is_empty() {
            keep(&mut entry.extras, self.draft.format, "id", drawn.native);
        }
        entry.extras.extend(drawn.extras);
        if self.of > 1 {
            keep(&mut entry.extras, self.draft.format, "diagram", title);
        }
        entry
    }

    /// Finds out which zone each shape lies in.
    fn nest(&mut self, placed: &[ElementRef], frames: &[Frame]) {
        let zones: Vec<(u32, Rect)> = placed
            .iter()
            .zip(frames)
            .filter(|(target, _)| target.domain == Domain::Boundary)
            .filter_map(|(target, frame)| Some((target.index, frame.rect?)))
            .collect();
        let nesting = Nesting::new(zones.iter().map(|(_, rect)| *rect));
        let span = frames.first().map(|frame| frame.span);
        let geometry = self.afford(zones.len().saturating_mul(frames.len()), span, "what lies in which zone");
        let outer = if geometry { nesting.parents() } else { vec![None; zones.len()] };
        let outer: FxHashMap<u32, u32> = zones
            .iter()
            .zip(&outer)
            .filter_map(|((inner, _), outer)| Some((*inner, zones.get((*outer)?)?.0)))
            .collect();
        for (at, (target, frame)) in placed.iter().zip(frames).enumerate() {
            let Frame { role, rect, parent, placed: is_placed, settled, span } = frame;
            if *settled {
                continue;
            }
            let said = parent.filter(|parent| *parent != at).and_then(|parent| placed.get(parent)).copied();
            let mut around = said.filter(|said| said.domain == Domain::Boundary).map(|said| said.index);
            if around.is_none() && geometry && !is_placed {
                around = match (role, rect) {
                    (Role::Zone, _) => outer.get(&target.index).copied(),
                    (Role::Component, Some(rect)) => self.inside(&nesting, &zones, *target, rect, *span),
                    (Role::Component, None) => None,
                };
            }
            match role {
                Role::Component => {
                    let part_of = said.filter(|said| said.domain == Domain::Component).map(|said| said.index);
                    if let Some(component) = self.draft.model.components.get_mut(target.at()) {
                        component.boundary = around;
                        component.parent = part_of;
                    }
                }
                Role::Zone => {
                    if let Some(boundary) = self.draft.model.boundaries.get_mut(target.at()) {
                        boundary.parent = around;
                    }
                }
            }
        }
        // A part lies where the whole lies, unless it was drawn elsewhere.
        for (target, frame) in placed.iter().zip(frames).filter(|(target, _)| target.domain == Domain::Component) {
            let components = &mut self.draft.model.components;
            let Some(whole) = components.get(target.at()).and_then(|part| part.parent) else { continue };
            let boundary = components.get(whole as usize).and_then(|whole| whole.boundary);
            if let Some(part) = components.get_mut(target.at()).filter(|_| frame.rect.is_none()) {
                part.boundary = part.boundary.or(boundary);
            }
        }
    }

    /// The zone a component is drawn in; says so where it sits on a border.
    fn inside(
        &mut self,
        nesting: &Nesting,
        zones: &[(u32, Rect)],
        target: ElementRef,
        rect: &Rect,
        span: Span,
    ) -> Option<u32> {
        let (index, share) = nesting.around(rect)?;
        let zone = zones.get(index)?.0;
        if share < SURE_SHARE {
            let name = short(self.draft.model.name(target));
            let zone_name = short(self.draft.model.name(element(Domain::Boundary, zone)));
            let percent = (share * 100.0).round();
            let message = format!("`{name}` sits on the border of `{zone_name}`, {percent} % of it inside");
            self.draft.log.push(
                Diagnostic::note("import-unsure-place", span, message)
                    .help("it is taken as inside; move it, or correct `boundary` in an overlay"),
            );
            let format = self.draft.format;
            if let Some(entry) = self.draft.model.get_mut(target) {
                keep(&mut entry.extras, format, "inside", format!("{percent} % of the shape"));
            }
        }
        Some(zone)
    }

    fn flow(
        &mut self,
        title: &str,
        connector: Connector,
        known: &mut FxHashMap<String, ElementRef>,
        ground: &Ground,
        drawing: &mut Drawing,
    ) {
        let mut drawn = connector.drawn;
        if let Some(again) = self.again(Domain::Flow, &drawn) {
            drawing.flows.push(DrawnFlow {
                flow: again.index,
                bends: connector.bends,
                curved: connector.curve != Curve::Straight,
            });
            if !drawn.native.is_empty() {
                known.entry(drawn.native).or_insert(again);
            }
            return;
        }
        let said = one_line(&drawn.name);
        let label = if said.is_empty() { "without a name".to_owned() } else { format!("`{}`", short(&said)) };
        let source = self.find(&connector.source, known, ground, &label, "start", &mut drawn);
        let target = self.find(&connector.target, known, ground, &label, "end", &mut drawn);
        let name_of = |this: &Self, found: &Found| match found {
            Found::Component(index) => this.draft.model.name(element(Domain::Component, *index)).to_owned(),
            Found::Zone(index) => this.draft.model.name(element(Domain::Boundary, *index)).to_owned(),
            Found::Nowhere => "something not drawn".to_owned(),
        };
        let (from, to) = (name_of(self, &source), name_of(self, &target));
        let named = !said.is_empty();
        drawn.name = if named { said } else { format!("{from} to {to}") };
        let native = drawn.native.clone();
        let by_somebody = named && !drawn.only_id;
        let mut entry = self.element(Domain::Flow, title, drawn);
        if by_somebody {
            entry.named_by_somebody();
        }
        let source = self.attach(source, &entry, "start", connector.source.point, drawing);
        let target = self.attach(target, &entry, "end", connector.target.point, drawing);
        let crossed = self.crossed(
            ground,
            (source, target),
            &connector.source,
            &connector.target,
            &connector.bends,
            connector.curve,
        );
        if !crossed.is_empty() {
            let span = entry.span;
            let value = Value::References(crossed.into());
            entry.set(Fact { id: fact::CROSSES, value, origin: Origin::Imported, span });
        }
        let index = self.draft.model.flows.len();
        self.draft.model.flows.push(Flow { element: entry, source, target });
        if !native.is_empty() {
            known.entry(native).or_insert(ElementRef::new(Domain::Flow, index));
        }
        drawing.flows.push(DrawnFlow {
            flow: narrow(index),
            bends: connector.bends,
            curved: connector.curve != Curve::Straight,
        });
    }

    /// What an end is on: what the file says, or what it is drawn upon or next to.
    fn find(
        &mut self,
        end: &End,
        known: &FxHashMap<String, ElementRef>,
        ground: &Ground,
        label: &str,
        which: &str,
        drawn: &mut Drawn,
    ) -> Found {
        if let Some(on) = &end.on {
            match known.get(on) {
                Some(ElementRef { domain: Domain::Component, index }) => return Found::Component(*index),
                Some(ElementRef { domain: Domain::Boundary, index }) => return Found::Zone(*index),
                _ => {}
            }
        }
        let Some(point) = end.point else { return Found::Nowhere };
        if !self.afford(ground.boxes.len(), Some(drawn.span), "what loose ends lie on") {
            return Found::Nowhere;
        }
        // Components before zones: a zone is around nearly everything.
        let components: Vec<(u32, Rect)> = ground
            .boxes
            .iter()
            .filter(|(target, _)| target.domain == Domain::Component)
            .map(|(target, rect)| (target.index, *rect))
            .collect();
        let rects: Vec<Rect> = components.iter().map(|(_, rect)| *rect).collect();
        let Some(snap) = nearest_box(point, &rects, ground.reach) else { return Found::Nowhere };
        let Some((index, _)) = components.get(snap.index) else { return Found::Nowhere };
        let name = short(self.draft.model.name(element(Domain::Component, *index)));
        let confidence = match (snap.distance == 0.0, snap.is_clear) {
            (true, _) => "sure",
            (false, true) => "likely",
            (false, false) => "a guess",
        };
        let message = match snap.distance == 0.0 {
            true => format!("the {which} of the flow {label} is loose, but lies on `{name}`"),
            false => format!("the {which} of the flow {label} is loose; the nearest is `{name}` ({confidence})"),
        };
        self.draft.log.push(
            Diagnostic::warning("import-unattached-flow", drawn.span, message)
                .help("it is taken as attached; attach it in the drawing to make it so"),
        );
        keep(&mut drawn.extras, self.draft.format, &format!("{which}-attached"), format!("by place, {confidence}"));
        Found::Component(*index)
    }

    /// The component at an end; a stand-in where there is none, so that the flow is not lost.
    fn attach(
        &mut self,
        found: Found,
        flow: &Element,
        which: &str,
        point: Option<Point>,
        drawing: &mut Drawing,
    ) -> u32 {
        let flow_name = short(&flow.name);
        match found {
            Found::Component(index) => index,
            Found::Zone(zone) => self.draft.anything_in(zone, flow, which),
            Found::Nowhere => {
                let message = format!("the {which} of the flow `{flow_name}` is attached to nothing");
                self.draft.log.push(
                    Diagnostic::warning("import-unattached-flow", flow.span, message)
                        .help("a stand-in out of scope was put there; attach the flow in the drawing"),
                );
                let made = self.draft.placeholder(
                    &format!("unattached-{which}-of-{}", flow.id),
                    &format!("(unattached {which} of {})", flow.name),
                    flow.span,
                    "the diagram does not show what is at this end of the flow",
                );
                if let Some(point) = point {
                    let element = element(Domain::Component, made);
                    drawing.shapes.push(DrawnShape { element, rect: stand_in(point) });
                }
                made
            }
        }
    }

    /// The line boundaries a flow crosses as drawn.
    fn crossed(
        &mut self,
        ground: &Ground,
        (source, target): (u32, u32),
        start: &End,
        end: &End,
        bends: &[Point],
        curve: Curve,
    ) -> Vec<u32> {
        if ground.lines.is_empty() {
            return Vec::new();
        }
        let middle = |index: u32| {
            let wanted = element(Domain::Component, index);
            ground.boxes.iter().find(|(target, _)| *target == wanted).map(|(_, rect)| rect.centre())
        };
        let mut points: Vec<Point> = start.point.or_else(|| middle(source)).into_iter().collect();
        points.extend_from_slice(bends);
        points.extend(end.point.or_else(|| middle(target)));
        let path = line(&points, curve);
        let mut crossed = Vec::new();
        for (index, boundary) in &ground.lines {
            let span = self.draft.model.boundaries.get(*index as usize).map(|boundary| boundary.element.span);
            if !self.afford(boundary.effort(&path), span, "which flow crosses which line") {
                break;
            }
            if boundary.crosses(&path) {
                crossed.push(*index);
            }
        }
        crossed.sort_unstable();
        crossed.dedup();
        crossed
    }

    /// Whether so many comparisons more may be made; says once that they may not.
    fn afford(&mut self, wanted: usize, span: Option<Span>, what: &str) -> bool {
        match self.effort.checked_sub(wanted) {
            Some(left) => {
                *self.effort = left;
                true
            }
            None => {
                if !self.complained {
                    self.complained = true;
                    let message = format!("the drawing is too large to work out {what}");
                    let diagnostic = match span {
                        Some(span) => Diagnostic::warning("import-too-large", span, message),
                        None => Diagnostic::new(vauban_model::Severity::Warning, "import-too-large", None, message),
                    };
                    self.draft.log.push(diagnostic.help("split it into several drawings"));
                }
                false
            }
        }
    }
}

/// The place of what stands at a loose end: a small shape around the point.
pub(crate) fn stand_in(point: Point) -> Rect {
    let (width, height) = (60.0, 40.0);
    Rect { corner: Point { x: point.x - width / 2.0, y: point.y - height / 2.0 }, width, height }
}

/// What flows run over.
struct Ground {
    boxes: Vec<(ElementRef, Rect)>,
    lines: Vec<(u32, Line)>,
    reach: f64,
}

/// Keeps a piece of text that is no element as a note of the model.
pub(crate) fn annotation(draft: &mut Draft, page: &str, text: &str, span: Span) {
    let text = text.trim();
    if !text.is_empty() {
        draft.model.notes.push(Note { kind: "diagram-text".into(), title: page.into(), text: text.into(), span });
    }
}
