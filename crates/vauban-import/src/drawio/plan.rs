//! What each cell of a page is, in the order of the questions below: the first that answers yes decides.

use rustc_hash::FxHashMap;
use vauban_model::drawing::geometry::{Point, Rect};

use super::icons;
use super::label;
use super::raw::{Cell, RawPage};

/// Comparisons of one page at most.
const MOST_EFFORT: usize = 20_000_000;
/// Cells inside cells that are looked through; nobody draws deeper.
const MOST_DEPTH: usize = 200;
/// Below this, in the page's units, a round figure with a number in it counts steps.
const STEP_MARK: f64 = 34.0;
/// How far under an icon its caption may begin.
const CAPTION_GAP: f64 = 24.0;

/// How far from a line a free text may lie that is its label.
const LABEL_GAP: f64 = 20.0;
/// Characters of a label at most; what is longer explains something.
const LONGEST_LABEL: usize = 60;

/// What a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The page itself.
    Page,
    /// A layer.
    Layer,
    /// Things that are moved together; nothing by itself.
    Group,
    /// A trust boundary with an inside.
    Zone,
    /// A boundary drawn as a line.
    Line,
    /// A component.
    Component,
    /// A flow.
    Flow,
    /// Text on a line.
    EdgeLabel(usize),
    /// Text that names another cell.
    Caption(usize),
    /// Text.
    Note,
    /// A row or a cell of a table.
    Row(usize),
    /// `A01`, `C01`, `TA01`: an asset, a control, a threat actor of the element it lies on.
    Mark,
    /// Something that our own export said more of: data, an identity, a threat.
    Ours,
    /// A number that counts steps, an arrow head, a background.
    Ornament,
}

/// A page with an answer for each of its cells.
pub(crate) struct Plan<'p> {
    pub(crate) page: &'p RawPage,
    pub(crate) what: Vec<What>,
    /// The cell around each, never in a circle.
    pub(crate) parent: Vec<Option<usize>>,
    /// Where each is, absolute.
    pub(crate) rect: Vec<Option<Rect>>,
    /// Where the geometry of its children starts.
    pub(crate) origin: Vec<Point>,
    /// The label as plain text.
    pub(crate) text: Vec<String>,
    /// Whether a line ends at it.
    pub(crate) connected: Vec<bool>,
    pub(crate) by_id: FxHashMap<&'p str, usize>,
    /// The rows of each table.
    pub(crate) rows: FxHashMap<usize, Vec<usize>>,
    /// The largest component of each group, which stands for it.
    pub(crate) largest: FxHashMap<usize, usize>,
    /// Free texts that lie beside a line without one of its own, by the line; whether no other line is as near.
    pub(crate) beside: FxHashMap<usize, bool>,
    /// How many layers there are.
    pub(crate) layers: usize,
    /// Whether the page is a data-flow diagram by its figures, so that a plain box is somebody outside.
    pub(crate) is_dfd: bool,
    /// Whether the page was too large for questions about what lies in what.
    pub(crate) too_large: bool,
}

impl<'p> Plan<'p> {
    pub(crate) fn new(page: &'p RawPage) -> Self {
        let count = page.cells.len();
        let mut by_id = FxHashMap::default();
        for (index, cell) in page.cells.iter().enumerate() {
            by_id.entry(cell.id.as_str()).or_insert(index);
        }
        let mut plan = Plan {
            page,
            what: vec![What::Ornament; count],
            parent: parents(page, &by_id),
            rect: vec![None; count],
            origin: vec![Point::default(); count],
            text: Vec::with_capacity(count),
            connected: vec![false; count],
            by_id,
            rows: FxHashMap::default(),
            largest: FxHashMap::default(),
            beside: FxHashMap::default(),
            layers: 0,
            is_dfd: false,
            too_large: false,
        };
        for cell in &page.cells {
            let written = match cell.datum("placeholders") {
                Some("1") => label::filled(&cell.label, &cell.data),
                _ => cell.label.clone(),
            };
            plan.text.push(label::plain(&written));
            for end in [&cell.source, &cell.target] {
                if let Some(connected) = plan.by_id.get(end.as_str()).and_then(|at| plan.connected.get_mut(*at)) {
                    *connected |= cell.edge;
                }
            }
        }
        plan.places();
        plan.kinds();
        plan.sums();
        plan
    }

    pub(crate) fn cell(&self, index: usize) -> Option<&'p Cell> {
        self.page.cells.get(index)
    }

    pub(crate) fn what(&self, index: usize) -> What {
        self.what.get(index).copied().unwrap_or(What::Ornament)
    }

    pub(crate) fn rect(&self, index: usize) -> Option<Rect> {
        self.rect.get(index).copied().flatten()
    }

    pub(crate) fn text(&self, index: usize) -> &str {
        self.text.get(index).map_or("", String::as_str)
    }

    pub(crate) fn parent(&self, index: usize) -> Option<usize> {
        self.parent.get(index).copied().flatten()
    }

    fn set(&mut self, index: usize, what: What) {
        if let Some(place) = self.what.get_mut(index) {
            *place = what;
        }
    }

    /// The cells around one, from the inside out.
    pub(crate) fn around(&self, index: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parent(index), |at| self.parent(*at)).take(MOST_DEPTH)
    }

    /// What is asked often of the cells together.
    fn sums(&mut self) {
        for index in 0..self.page.cells.len() {
            match self.what(index) {
                What::Row(table) => self.rows.entry(table).or_default().push(index),
                What::Layer => self.layers += 1,
                What::Component => {
                    let Some(group) = self.parent(index).filter(|parent| self.what(*parent) == What::Group) else {
                        continue;
                    };
                    let area = |at: usize| self.rect(at).map_or(0.0, |rect| rect.area());
                    let larger = self.largest.get(&group).is_none_or(|known| area(index) > area(*known));
                    if larger {
                        self.largest.insert(group, index);
                    }
                }
                _ => {}
            }
        }
    }

    /// Works out where everything is, parents before children.
    fn places(&mut self) {
        let mut done = vec![false; self.page.cells.len()];
        for start in 0..self.page.cells.len() {
            let mut way = vec![start];
            while let Some(parent) = way.last().and_then(|at| self.parent(*at)) {
                if done.get(parent) != Some(&false) {
                    break;
                }
                way.push(parent);
            }
            while let Some(index) = way.pop() {
                if done.get(index) == Some(&false) {
                    self.place(index);
                    if let Some(done) = done.get_mut(index) {
                        *done = true;
                    }
                }
            }
        }
    }

    fn place(&mut self, index: usize) {
        let Some(cell) = self.cell(index) else { return };
        let parent = self.parent(index);
        let base = parent.and_then(|parent| self.origin.get(parent)).copied().unwrap_or_default();
        let mut origin = base;
        if let Some(geometry) = cell.geometry.as_ref().filter(|_| cell.vertex) {
            let on_edge = parent.and_then(|parent| self.cell(parent)).is_some_and(|parent| parent.edge);
            let mut corner = Point { x: base.x + geometry.x, y: base.y + geometry.y };
            if geometry.relative {
                // A part of the parent's size, for ports; along the line, for labels, which need no place.
                let around = parent.and_then(|parent| self.rect(parent)).unwrap_or_default();
                corner = Point { x: base.x + around.width * geometry.x, y: base.y + around.height * geometry.y };
                if let Some(offset) = geometry.offset {
                    corner = Point { x: corner.x + offset.x, y: corner.y + offset.y };
                }
            }
            origin = corner;
            let open = geometry.alternate.filter(|_| cell.collapsed);
            let (width, height) = open.map_or((geometry.width, geometry.height), |open| (open.width, open.height));
            let mut rect = Rect::new(corner.x, corner.y, width, height);
            // Turned by a quarter, the box lies on its side around the same middle.
            let turned = cell.style.number("rotation").map_or(0.0, f64::abs) % 180.0;
            if (45.0..135.0).contains(&turned) {
                rect = rect.and_then(|rect| {
                    let middle = rect.centre();
                    Rect::new(middle.x - height / 2.0, middle.y - width / 2.0, height, width)
                });
            }
            if let Some(place) = self.rect.get_mut(index).filter(|_| !on_edge) {
                *place = rect;
            }
        }
        if let Some(place) = self.origin.get_mut(index) {
            *place = origin;
        }
    }

    fn kinds(&mut self) {
        let cells = &self.page.cells;
        let root = cells.iter().position(|cell| cell.parent.is_empty() && !cell.vertex && !cell.edge);
        let mut tables: FxHashMap<usize, bool> = FxHashMap::default();
        // First what a cell says by itself.
        for index in 0..cells.len() {
            let what = self.alone(index, root, &mut tables);
            self.set(index, what);
        }
        // A table that lines end at is a component, as are its rows together; another one is a legend.
        for (index, cell) in cells.iter().enumerate() {
            if let What::Row(table) = self.what(index)
                && self.connected.get(index) == Some(&true)
                && let Some(connected) = self.connected.get_mut(table)
                && cell.vertex
            {
                *connected = true;
            }
        }
        for (table, _) in sorted(&tables) {
            let connected = self.connected.get(table) == Some(&true);
            let is_ours = self.cell(table).is_some_and(|cell| cell.datum("vauban_element") == Some("component"));
            self.set(table, if connected || is_ours { What::Component } else { What::Note });
        }
        self.is_dfd = self.looks_like_dfd();
        self.zones();
        self.captions();
        self.ornaments();
        self.beside_lines();
    }

    fn alone(&self, index: usize, root: Option<usize>, tables: &mut FxHashMap<usize, bool>) -> What {
        let Some(cell) = self.cell(index) else { return What::Ornament };
        let style = &cell.style;
        if Some(index) == root {
            return What::Page;
        }
        let stacked = style.is("childLayout", "stackLayout") || style.is("childLayout", "tableLayout");
        let shape = style.shape();
        let is_table =
            matches!(shape, "table" | "tableRow") || (stacked && (shape == "swimlane" || style.has("swimlane")));
        match cell.datum("vauban_element") {
            Some("component") if cell.vertex => {
                // Its rows are its rows, whoever says what it is itself.
                if is_table {
                    tables.insert(index, true);
                }
                return What::Component;
            }
            Some("boundary") if cell.vertex && style.shape() == "requiredInterface" => return What::Line,
            Some("boundary") if cell.vertex => return What::Zone,
            Some("boundary") if cell.edge => return What::Line,
            Some("flow") if cell.edge => return What::Flow,
            Some("data" | "identity" | "threat" | "note" | "finding") => return What::Ours,
            _ => {}
        }
        if cell.edge {
            let loose = cell.source.is_empty() && cell.target.is_empty();
            let bare = arrow(cell, "startArrow", "none") == "none" && arrow(cell, "endArrow", "classic") == "none";
            return if loose && bare && style.is_dashed() { What::Line } else { What::Flow };
        }
        if !cell.vertex {
            return if self.parent(index) == root { What::Layer } else { What::Group };
        }
        let parent = self.parent(index);
        if let Some(edge) = parent.filter(|parent| self.cell(*parent).is_some_and(|parent| parent.edge)) {
            return What::EdgeLabel(edge);
        }
        let text = self.text(index);
        if let Some(parent) = parent {
            let table = match self.what(parent) {
                What::Row(table) => Some(table),
                _ => tables.contains_key(&parent).then_some(parent),
            };
            if let Some(table) = table {
                return What::Row(table);
            }
        }
        if is_table {
            tables.insert(index, true);
            return What::Note;
        }
        let connected = self.connected.get(index) == Some(&true);
        let size = self.rect(index).unwrap_or_default();
        if !connected && is_mark(text) && size.width <= 80.0 && size.height <= 50.0 {
            return What::Mark;
        }
        if style.has("group") {
            return What::Group;
        }
        let wordy = style.has("text")
            || style.has("edgeLabel")
            || matches!(shape, "note" | "note2" | "callout" | "text")
            || shape.contains("annotation")
            || shape.ends_with("callout");
        if wordy && !connected {
            return What::Note;
        }
        if shape == "requiredInterface" && (style.is_dashed() || style.is_hollow()) && !connected {
            return What::Line;
        }
        if icons::group(style).is_some() {
            return What::Zone;
        }
        let tiny = size.width > 0.0 && size.width <= STEP_MARK && size.height <= STEP_MARK;
        if tiny && !connected && text.chars().count() <= 2 {
            return What::Ornament;
        }
        What::Component
    }

    fn looks_like_dfd(&self) -> bool {
        let of = |wanted: fn(&Cell) -> bool| {
            let all = self.page.cells.iter().enumerate();
            all.filter(|(index, cell)| self.what(*index) == What::Component && wanted(cell)).count()
        };
        let (rounds, stores) = (of(is_round), of(is_store));
        let icons = of(|cell| icons::icon(&cell.style).is_some());
        (rounds > 0 && (stores > 0 || rounds > icons)) || (stores > 0 && icons == 0)
    }

    /// Boxes around others.
    fn zones(&mut self) {
        let candidates: Vec<usize> = (0..self.page.cells.len())
            .filter(|index| matches!(self.what(*index), What::Component | What::Zone | What::Group))
            .collect();
        let boxes: Vec<(usize, Rect)> = candidates
            .iter()
            .filter(|index| self.what(**index) == What::Component)
            .filter(|index| self.cell(**index).is_some_and(may_hold))
            .filter_map(|index| Some((*index, self.rect(*index)?)))
            .filter(|(_, rect)| rect.width >= 40.0 && rect.height >= 40.0)
            .collect();
        let things: Vec<(usize, Rect)> = candidates
            .iter()
            .filter_map(|index| Some((*index, self.rect(*index)?)))
            .filter(|(_, rect)| rect.area() > 0.0)
            .collect();
        self.too_large = boxes.len().saturating_mul(things.len()) > MOST_EFFORT;
        let mut with_children = vec![false; self.page.cells.len()];
        for index in &candidates {
            for around in self.around(*index) {
                if matches!(self.what(around), What::Group | What::Layer | What::Page) {
                    continue;
                }
                if let Some(with_children) = with_children.get_mut(around) {
                    *with_children = true;
                }
                break;
            }
        }
        let everything = things.len();
        let mut zones = Vec::new();
        let mut backgrounds = Vec::new();
        for (index, rect) in &boxes {
            let Some(cell) = self.cell(*index) else { continue };
            if cell.datum("vauban_element").is_some() {
                continue;
            }
            let inside = if self.too_large {
                0
            } else {
                let within = |(other, small): &&(usize, Rect)| {
                    other != index && small.area() * 2.5 <= rect.area() && rect.share_of(small) > 0.9
                };
                things.iter().filter(within).count()
            };
            let nested = with_children.get(*index) == Some(&true);
            let style = &cell.style;
            let connected = self.connected.get(*index) == Some(&true);
            let has_text = !self.text(*index).is_empty();
            let head =
                style.is("verticalAlign", "top") || style.has("swimlane") || style.shape() == "swimlane" || !has_text;
            let container = style.is("container", "1") || style.has("swimlane") || style.shape() == "swimlane";
            let round = is_round(cell);
            let zone = nested
                || (container && (inside > 0 || !connected))
                || (style.is_dashed() && !round && (inside > 0 || (!connected && style.is_hollow())))
                || (inside > 0 && style.is_dashed())
                || (inside > 0 && head && !round)
                || (inside > 1 && !round);
            if !zone {
                continue;
            }
            let borderless = style.is("strokeColor", "none") && !has_text && !connected && !nested;
            if borderless && inside + 1 >= everything.saturating_sub(everything / 10) && everything > 3 {
                backgrounds.push(*index);
            } else {
                zones.push(*index);
            }
        }
        zones.into_iter().for_each(|index| self.set(index, What::Zone));
        backgrounds.into_iter().for_each(|index| self.set(index, What::Ornament));
    }

    /// Texts that name what has no text of its own: under an icon, at the top of a zone.
    fn captions(&mut self) {
        let of = |plan: &Self, wanted: fn(What) -> bool| -> Vec<(usize, Rect)> {
            (0..plan.page.cells.len())
                .filter(|index| wanted(plan.what(*index)) && plan.text(*index).is_empty())
                .filter_map(|index| Some((index, plan.rect(index)?)))
                .collect()
        };
        let icons = of(self, |what| what == What::Component);
        let zones = of(self, |what| what == What::Zone);
        // A text that lines end at is a thing, unless it stands under an icon, which is then what they mean.
        let is_met = |plan: &Self, index: usize| {
            plan.what(index) == What::Component
                && plan.cell(index).is_some_and(|cell| cell.style.has("text") && cell.datum("vauban_element").is_none())
        };
        let texts: Vec<(usize, Rect)> = (0..self.page.cells.len())
            .filter(|index| self.what(*index) == What::Note || is_met(self, *index))
            .filter(|index| (1..=80).contains(&self.text(*index).chars().count()))
            .filter_map(|index| Some((index, self.rect(index)?)))
            .collect();
        if texts.len().saturating_mul(icons.len() + zones.len()) > MOST_EFFORT {
            self.too_large = true;
            return;
        }
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (text, place) in &texts {
            let middle = place.centre();
            let is_note = self.what(*text) == What::Note;
            for (icon, rect) in &icons {
                // A plain box above a text that lines end at is another thing.
                if !is_note && self.cell(*icon).is_none_or(|cell| icons::icon(&cell.style).is_none()) {
                    continue;
                }
                let bottom = rect.corner.y + rect.height;
                let gap = place.corner.y - bottom;
                let aside = (middle.x - rect.centre().x).abs();
                if (-8.0..=CAPTION_GAP).contains(&gap) && aside <= rect.width.max(place.width) / 2.0 {
                    pairs.push((gap.max(0.0) + aside, *text, *icon));
                } else if is_note
                    && rect.holds(middle)
                    && self.cell(*icon).is_some_and(may_hold)
                    && place.area() < rect.area()
                {
                    // A box with its text laid upon it.
                    pairs.push(((place.corner.y - rect.corner.y).abs() + aside / 4.0, *text, *icon));
                }
            }
            for (zone, rect) in zones.iter().filter(|_| is_note) {
                let below = place.corner.y - rect.corner.y;
                if rect.holds(middle) && (-4.0..=(rect.height / 5.0).min(40.0)).contains(&below) {
                    // The nearest heading, and of nested zones with one corner the smallest.
                    pairs.push((below.max(0.0) + (place.corner.x - rect.corner.x).abs() / 4.0, *text, *zone));
                }
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut named = vec![false; self.page.cells.len()];
        for (_, text, owner) in pairs {
            if matches!(self.what(text), What::Note | What::Component) && named.get(owner) == Some(&false) {
                self.set(text, What::Caption(owner));
                if let Some(named) = named.get_mut(owner) {
                    *named = true;
                }
                let said = self.text(text).to_owned();
                if let Some(name) = self.text.get_mut(owner) {
                    *name = said;
                }
            }
        }
    }

    /// Free texts that lie beside the middle of a line which has no text of its own: its labels, each line's nearest.
    fn beside_lines(&mut self) {
        let mut labelled = vec![false; self.page.cells.len()];
        for index in 0..self.page.cells.len() {
            if let What::EdgeLabel(edge) = self.what(index)
                && let Some(slot) = labelled.get_mut(edge)
            {
                *slot |= !self.text(index).is_empty();
            }
        }
        let texts: Vec<(usize, Rect)> = (0..self.page.cells.len())
            .filter(|index| self.what(*index) == What::Note && self.cell(*index).is_some_and(is_bare_text))
            .filter(|index| (1..=LONGEST_LABEL).contains(&self.text(*index).chars().count()))
            .filter_map(|index| Some((index, self.rect(index)?)))
            .collect();
        let ways: Vec<(usize, Vec<Point>)> = (0..self.page.cells.len())
            .filter(|index| self.what(*index) == What::Flow && self.text(*index).is_empty())
            .filter(|index| {
                // One that was written back has its text where it was.
                let read_so =
                    |cell: &Cell| cell.datum("vauban_remarks").is_some_and(|it| it.contains("label-attached"));
                self.cell(*index).is_some_and(|cell| cell.datum("vauban_element").is_none() || read_so(cell))
            })
            .filter(|index| labelled.get(*index) == Some(&false))
            .map(|index| (index, self.way(index)))
            .filter(|(_, way)| way.len() > 1)
            .collect();
        let legs: usize = ways.iter().map(|(_, way)| way.len()).sum();
        if texts.len().saturating_mul(legs) > MOST_EFFORT {
            self.too_large = true;
            return;
        }
        let mut pairs: Vec<(f64, bool, usize, usize)> = Vec::new();
        for (text, place) in &texts {
            let mut near: Vec<(f64, usize)> =
                ways.iter().filter_map(|(line, way)| Some((beside(place, way)?, *line))).collect();
            near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let Some((gap, line)) = near.first().copied() else { continue };
            // Between two lines, nobody can tell which one is meant.
            let next = near.get(1).map_or(f64::INFINITY, |(next, _)| *next);
            if next - gap >= 6.0 {
                pairs.push((gap, next > gap * 2.0 + 12.0, *text, line));
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.2, a.3).cmp(&(b.2, b.3))));
        for (_, sure, text, line) in pairs {
            if let std::collections::hash_map::Entry::Vacant(slot) = self.beside.entry(line) {
                slot.insert(sure);
                self.set(text, What::EdgeLabel(line));
            }
        }
    }

    /// The points of a line as it is drawn, as far as the file says: from the middle of one end to that of the other.
    fn way(&self, index: usize) -> Vec<Point> {
        let Some(cell) = self.cell(index) else { return Vec::new() };
        let base = self.parent(index).and_then(|parent| self.origin.get(parent)).copied().unwrap_or_default();
        let moved = |point: &Point| Point { x: point.x + base.x, y: point.y + base.y };
        let end = |id: &str, loose: Option<Point>| {
            let on = self.by_id.get(id).and_then(|at| self.rect(*at)).map(|rect| rect.centre());
            on.or(loose.map(|point| moved(&point)))
        };
        let geometry = cell.geometry.as_ref();
        let source = end(&cell.source, geometry.and_then(|it| it.source));
        let target = end(&cell.target, geometry.and_then(|it| it.target));
        let (Some(source), Some(target)) = (source, target) else { return Vec::new() };
        let bends = geometry.map(|it| it.points.as_slice()).unwrap_or_default().iter().map(moved);
        std::iter::once(source).chain(bends).chain([target]).collect()
    }

    /// Figures that say nothing: no text, no line, no icon with a meaning.
    fn ornaments(&mut self) {
        for index in 0..self.page.cells.len() {
            let Some(cell) = self.cell(index) else { continue };
            if self.what(index) != What::Component || cell.datum("vauban_element").is_some() {
                continue;
            }
            let silent = self.text(index).is_empty() && self.connected.get(index) == Some(&false);
            let icon = icons::icon(&cell.style);
            let pictured = icon.as_ref().is_some_and(|icon| !icon.is_ornament())
                || cell.style.get("image").is_some()
                || is_store(cell)
                || is_person(cell);
            if silent && !pictured {
                self.set(index, What::Ornament);
            }
        }
    }
}

/// Whether a figure is nothing but a text: no frame, no fill.
fn is_bare_text(cell: &Cell) -> bool {
    let style = &cell.style;
    let framed = |key: &str| style.get(key).is_some_and(|colour| !matches!(colour, "none" | ""));
    (style.has("text") || style.has("edgeLabel") || style.shape() == "text")
        && !framed("strokeColor")
        && cell.datum("vauban_element").is_none()
}

/// How far a text lies from a line, where it lies beside its middle half and near enough to belong to it.
fn beside(text: &Rect, way: &[Point]) -> Option<f64> {
    let lengths: Vec<f64> = way
        .windows(2)
        .map(|leg| leg.first().zip(leg.last()).map_or(0.0, |(a, b)| (b.x - a.x).hypot(b.y - a.y)))
        .collect();
    let whole: f64 = lengths.iter().sum();
    if !(whole > 1.0 && whole.is_finite()) {
        return None;
    }
    let middle = text.centre();
    let (mut before, mut best) = (0.0, None::<(f64, f64)>);
    for (leg, length) in way.windows(2).zip(&lengths) {
        let (Some(a), Some(b)) = (leg.first(), leg.last()) else { continue };
        let along = if *length > 0.0 {
            (((middle.x - a.x) * (b.x - a.x) + (middle.y - a.y) * (b.y - a.y)) / (length * length)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let foot = Point { x: a.x + (b.x - a.x) * along, y: a.y + (b.y - a.y) * along };
        // From the line to the box of the text, which is wide and low.
        let aside = ((foot.x - middle.x).abs() - text.width / 2.0).max(0.0);
        let above = ((foot.y - middle.y).abs() - text.height / 2.0).max(0.0);
        let gap = aside.hypot(above);
        if best.is_none_or(|(known, _)| gap < known) {
            best = Some((gap, (before + along * length) / whole));
        }
        before += length;
    }
    best.filter(|(gap, share)| *gap <= LABEL_GAP && (0.25..=0.75).contains(share)).map(|(gap, _)| gap)
}

fn sorted(tables: &FxHashMap<usize, bool>) -> Vec<(usize, bool)> {
    let mut all: Vec<(usize, bool)> = tables.iter().map(|(index, yes)| (*index, *yes)).collect();
    all.sort_unstable();
    all
}

/// The cell around each cell. A circle of parents is cut where it is first met.
fn parents(page: &RawPage, by_id: &FxHashMap<&str, usize>) -> Vec<Option<usize>> {
    let find =
        |(index, cell): (usize, &Cell)| by_id.get(cell.parent.as_str()).copied().filter(|parent| *parent != index);
    let found: Vec<Option<usize>> = page.cells.iter().enumerate().map(find).collect();
    let mut narrow: Vec<Option<u32>> = found.iter().map(|it| it.and_then(|it| u32::try_from(it).ok())).collect();
    crate::draft::break_cycles(&mut narrow, |index| index);
    narrow.into_iter().map(|it| it.map(|it| it as usize)).collect()
}

/// An arrow head of a line, which has a head at its end if nothing is said.
pub(crate) fn arrow<'c>(cell: &'c Cell, key: &str, unsaid: &'c str) -> &'c str {
    cell.style.get(key).filter(|it| !it.is_empty()).unwrap_or(unsaid)
}

/// Whether a label is one of the marks of the threat-modeling library.
pub(crate) fn is_mark(text: &str) -> bool {
    let digits = text.strip_prefix("TA").or_else(|| text.strip_prefix(['A', 'C'])).unwrap_or_default();
    (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a figure may be drawn around others.
fn may_hold(cell: &Cell) -> bool {
    let style = &cell.style;
    if style.get("image").is_some() || icons::icon(style).is_some() || is_store(cell) || is_person(cell) {
        // Some libraries have icons that are drawn large around others; their outline says so.
        return style.is("container", "1");
    }
    let shape = style.shape();
    let figure = [
        "stencil",
        "mxgraph",
        "line",
        "arrow",
        "singleArrow",
        "doubleArrow",
        "flexArrow",
        "note",
        "callout",
        "text",
        "rhombus",
        "triangle",
        "xor",
        "or",
        "label",
        "image",
    ];
    let container = shape.starts_with("mxgraph.mockup.containers") || shape.starts_with("mxgraph.basic.rect");
    container || !figure.iter().any(|word| shape.starts_with(word))
}

/// The figures of a process.
pub(crate) fn is_round(cell: &Cell) -> bool {
    let shape = cell.style.shape();
    cell.style.has("ellipse")
        || matches!(shape, "ellipse" | "doubleEllipse" | "process")
        || shape.starts_with("mxgraph.dfd.process")
}

/// The figures of a data store.
pub(crate) fn is_store(cell: &Cell) -> bool {
    let style = &cell.style;
    let shape = style.shape();
    let open = shape == "partialRectangle" && style.is("left", "0") && style.is("right", "0");
    let open = open && !(style.is("top", "0") || style.is("bottom", "0"));
    let names = [
        "cylinder",
        "datastore",
        "mxgraph.dfd.dataStore",
        "mxgraph.dfd.archive",
        "mxgraph.flowchart.database",
        "mxgraph.flowchart.stored_data",
        "mxgraph.flowchart.direct_data",
        "mxgraph.flowchart.sequential_data",
        "dataStorage",
        "tape",
        "internalStorage",
    ];
    open || names.iter().any(|name| shape.starts_with(name))
}

/// The figures of somebody.
pub(crate) fn is_person(cell: &Cell) -> bool {
    let shape = cell.style.shape();
    matches!(shape, "actor" | "umlActor" | "mxgraph.basic.user" | "mxgraph.c4.person" | "mxgraph.c4.person2")
        || shape.starts_with("mxgraph.dfd.external")
        || icons::icon(&cell.style).is_some_and(|icon| icon.is_person())
}
