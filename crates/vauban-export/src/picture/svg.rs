//! Draws a placed diagram as SVG.

use std::fmt::Write as _;

use super::place::{Layout, PlacedEdge, PlacedGroup, PlacedLine, PlacedNode};
use super::scene::{self, FLOW_PAD, LOCK_WIDTH};
use super::text::{self, BADGE, BOUNDARY, FLOW, Font, LABEL, SUBLABEL, TITLE};
use super::{Badge, BadgeTone, Diagram, EdgeStyle, GroupTone, NodeShape, PathOverlay, StepAt, style};
use vauban_model::drawing::geometry::pixel::{Point, Rect, Size, segments};

/// Room left and right of title, legend and steps.
const MARGIN: i32 = 14;
/// Height of a step's marker, and its least width.
const MARKER: i32 = 18;
/// Narrowest picture: room for a legend that can be read.
const NARROWEST: i32 = 420;
/// Height of a picture with nothing on it.
const EMPTY: i32 = 40;

/// How a picture is drawn.
#[derive(Debug, Clone, Copy)]
pub struct SvgOptions<'a> {
    /// Attack paths to draw over the diagram.
    pub overlays: &'a [PathOverlay],
    /// Which colours.
    pub theme: Theme,
    /// Part of a page: no XML declaration, no background, no heading (the page has one), as wide as there is
    /// room, and colours the page may set through CSS variables (`--vb-ink`, `--vb-paper`, ...).
    pub embed: bool,
    /// Explain below the picture the signs that occur in it.
    pub legend: bool,
    /// Put before every `id`, so that several pictures can share a page.
    pub id_prefix: &'a str,
}

impl Default for SvgOptions<'_> {
    fn default() -> Self {
        Self { overlays: &[], theme: Theme::Light, embed: false, legend: true, id_prefix: "dfd-" }
    }
}

/// The colours of a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on dark.
    Dark,
    /// Black, white and two greys.
    Print,
    /// Light or dark, as the reader's system prefers.
    Auto,
}

impl Theme {
    /// The class on the picture's root element.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Light => "vb-light",
            Self::Dark => "vb-dark",
            Self::Print => "vb-print",
            Self::Auto => "vb-auto",
        }
    }

    /// The column of the colour table.
    pub(crate) const fn column(self) -> usize {
        match self {
            Self::Light | Self::Auto => 0,
            Self::Dark => 1,
            Self::Print => 2,
        }
    }
}

/// The picture of `diagram`, placed by `layout`, as one self-contained SVG element.
pub fn svg(diagram: &Diagram, layout: &Layout, options: &SvgOptions<'_>) -> String {
    let mut canvas = Canvas { out: String::with_capacity(16 * 1024), prefix: prefix(options.id_prefix), layout };
    let path = OnPath::of(layout, options.overlays);
    let title = text::clean(&diagram.title);

    let width = layout.width.max(NARROWEST);
    let top = if options.embed || title.is_empty() { 0 } else { TITLE.leading + 16 };
    let keys = if options.legend { keys(diagram, layout, options.overlays) } else { Vec::new() };
    let key_places = flow_keys(&keys, width);
    let steps = place_steps(diagram, options.overlays, width);
    // A drawing may be empty while others of the model are not: say so, or the file looks broken.
    let is_empty = layout.nodes.is_empty() && layout.groups.is_empty() && layout.lines.is_empty();
    let body = if is_empty { layout.height.max(EMPTY) } else { layout.height };
    let steps_top = top + body;
    let keys_top = steps_top + steps.height;
    let height = keys_top + key_places.height;

    canvas.open(&title, &describe(diagram, layout, options.overlays), Size { width, height }, options);
    if top > 0 {
        let shown = text::fit(&title, TITLE, width - 2 * MARGIN);
        canvas.whole_text("vb-title", Point::new(MARGIN, 12 + baseline(TITLE)), &shown, &title);
    }
    if is_empty {
        let words = if diagram.places.is_some() { "Nothing is on this drawing." } else { "There is nothing to draw." };
        canvas.text("vb-key", Point::new(MARGIN, top + baseline(TITLE)), words);
    }
    // The picture stands in the middle when the legend is wider.
    let left = (width - layout.width) / 2;
    canvas.out.push_str(&format!("<g transform=\"translate({left} {top})\">"));
    for (index, group) in layout.groups.iter().enumerate() {
        canvas.area(index, group, diagram);
    }
    for line in &layout.lines {
        canvas.wall(line, diagram);
    }
    for (index, edge) in layout.edges.iter().enumerate() {
        if path.has_edge(index) {
            canvas.glow(edge, path.is_assumed(index));
        }
    }
    // Flows on a path last, so that no other passes over them.
    for on_path in [false, true] {
        for (index, edge) in layout.edges.iter().enumerate() {
            if path.has_edge(index) == on_path {
                canvas.edge(index, edge, path.edge_class(index));
            }
        }
    }
    for (index, node) in layout.nodes.iter().enumerate() {
        canvas.node(index, node, path.node_class(index));
    }
    for group in &layout.groups {
        canvas.heading(group, diagram);
    }
    for line in &layout.lines {
        canvas.wall_name(line, diagram);
    }
    for (index, edge) in layout.edges.iter().enumerate() {
        canvas.edge_label(edge, path.edge_class(index));
    }
    let (markers, entrances) = markers(layout, options.overlays);
    for (tail, tip) in entrances {
        canvas.entrance(tail, tip);
    }
    for marker in markers {
        canvas.marker(&marker);
    }
    canvas.out.push_str("</g>");
    canvas.steps(&steps, steps_top);
    canvas.legend(&keys, &key_places, keys_top);
    canvas.out.push_str("</svg>");
    if !options.embed {
        canvas.out.push('\n');
    }
    canvas.out
}

/// One attack path as a layer to put over a picture drawn without it, for pages that switch between paths: the
/// picture is drawn once, and each path costs a few marks only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathLayer {
    /// Indexes into [`Layout::nodes`] of the boxes the path uses, in order.
    pub nodes: Vec<usize>,
    /// Indexes into [`Layout::edges`] of the flows the path uses, in order.
    pub edges: Vec<usize>,
    /// Elements to put before the end of the picture's `svg` element.
    pub markup: String,
}

/// The layer of one attack path for the picture that [`svg`] makes of the same layout with `embed` and no overlays.
/// A box or flow with index `i` has the id `{id_prefix}n{i}` or `{id_prefix}e{i}` there.
pub fn path_layer(layout: &Layout, overlay: &PathOverlay) -> PathLayer {
    let path = OnPath::of(layout, std::slice::from_ref(overlay));
    let of = |list: &[bool]| (0..list.len()).filter(|index| list.get(*index) == Some(&true)).collect::<Vec<usize>>();
    let mut out = PathLayer { nodes: of(&path.nodes), edges: of(&path.edges), markup: String::new() };
    let mut canvas = Canvas { out: String::new(), prefix: String::new(), layout };
    let left = (layout.width.max(NARROWEST) - layout.width) / 2;
    canvas.push(format_args!("<g transform=\"translate({left} 0)\">"));
    for (index, edge) in out.edges.iter().filter_map(|index| Some((*index, layout.edges.get(*index)?))) {
        canvas.glow(edge, path.is_assumed(index));
    }
    let (markers, entrances) = markers(layout, std::slice::from_ref(overlay));
    for (tail, tip) in entrances {
        canvas.entrance(tail, tip);
    }
    for marker in markers {
        canvas.marker(&marker);
    }
    canvas.out.push_str("</g>");
    out.markup = canvas.out;
    out
}

/// A prefix that is safe in an `id`, a class and a URL.
fn prefix(wanted: &str) -> String {
    let mut out: String =
        wanted.chars().filter(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_')).take(64).collect();
    if !out.starts_with(|it: char| it.is_ascii_alphabetic()) {
        out.insert(0, 'd');
    }
    out
}

/// `text` safe inside an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Attributes and titles may hold line breaks; anything else below a blank is no XML.
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(' '),
            it if it.is_control() || matches!(u32::from(it), 0xFFFE | 0xFFFF) => {}
            it => out.push(it),
        }
    }
    out
}

/// How far below the top of a line its letters stand.
const fn baseline(font: Font) -> i32 {
    (font.leading * 10 + font.size * 7) / 20
}

/// The picture in words, for those who cannot see it.
fn describe(diagram: &Diagram, layout: &Layout, overlays: &[PathOverlay]) -> String {
    let count = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let mut out = format!(
        "Data-flow diagram with {}, {} and {}.",
        count(diagram.nodes.iter().filter(|it| !it.hidden).count(), "component", "components"),
        count(diagram.groups.iter().filter(|it| !it.hidden).count(), "boundary", "boundaries"),
        count(diagram.edges.iter().filter(|it| !it.hidden).count(), "flow", "flows"),
    );
    if layout.nodes.iter().any(|node| node.face.folded.is_some()) {
        let _ = write!(out, " Drawn as {}.", count(layout.nodes.len(), "box", "boxes"));
    }
    for overlay in overlays {
        let steps = count(overlay.steps.len(), "step", "steps");
        let _ = write!(out, " Attack path in {steps}: {}.", text::clean(&overlay.title));
    }
    out
}

/// What the attack paths touch.
struct OnPath {
    any: bool,
    nodes: Vec<bool>,
    edges: Vec<bool>,
    /// Flows with a step that somebody said, or that follows from what was said.
    sure: Vec<bool>,
    /// Ends of flows on a path: not marked, not faded either.
    near: Vec<bool>,
}

impl OnPath {
    fn of(layout: &Layout, overlays: &[PathOverlay]) -> Self {
        let mut out = Self {
            any: overlays.iter().any(|overlay| !overlay.steps.is_empty()),
            nodes: vec![false; layout.nodes.len()],
            edges: vec![false; layout.edges.len()],
            sure: vec![false; layout.edges.len()],
            near: vec![false; layout.nodes.len()],
        };
        let mark = |list: &mut Vec<bool>, index: usize| {
            if let Some(place) = list.get_mut(index) {
                *place = true;
            }
        };
        for step in overlays.iter().flat_map(|overlay| &overlay.steps) {
            match place_of(layout, step.at) {
                Some(StepAt::Node(node)) => mark(&mut out.nodes, node),
                Some(StepAt::Edge(index)) => {
                    mark(&mut out.edges, index);
                    if !step.assumed {
                        mark(&mut out.sure, index);
                    }
                    if let Some(edge) = layout.edges.get(index) {
                        mark(&mut out.near, edge.from);
                        mark(&mut out.near, edge.to);
                    }
                }
                None => {}
            }
        }
        let entries = overlays.iter().filter(|overlay| !overlay.steps.is_empty()).filter_map(|it| it.way_in.as_ref());
        for way_in in entries {
            match place_of(layout, way_in.at) {
                Some(StepAt::Node(node)) => mark(&mut out.nodes, node),
                Some(StepAt::Edge(index)) => {
                    mark(&mut out.edges, index);
                    mark(&mut out.sure, index);
                }
                None => {}
            }
        }
        out
    }

    /// Whether all steps on a flow lean on what nobody said.
    fn is_assumed(&self, index: usize) -> bool {
        self.has_edge(index) && !self.sure.get(index).copied().unwrap_or(true)
    }

    fn has_edge(&self, index: usize) -> bool {
        self.edges.get(index).copied().unwrap_or(false)
    }

    fn node_class(&self, index: usize) -> &'static str {
        let at = |list: &[bool]| list.get(index).copied().unwrap_or(false);
        match (self.any, at(&self.nodes), at(&self.near)) {
            (true, true, _) => " vb-on",
            (true, false, false) => " vb-off",
            _ => "",
        }
    }

    fn edge_class(&self, index: usize) -> &'static str {
        match (self.any, self.has_edge(index)) {
            (true, true) => " vb-on",
            (true, false) => " vb-off",
            _ => "",
        }
    }
}

/// Where in the layout a step happens: the diagram's index turned into the layout's. A flow hidden inside a
/// folded box is marked at that box.
fn place_of(layout: &Layout, at: StepAt) -> Option<StepAt> {
    match at {
        StepAt::Node(node) => layout.node_at.get(node).copied().flatten().map(StepAt::Node),
        StepAt::Edge(edge) => layout.edge_at.get(edge).copied().flatten().map(StepAt::Edge),
    }
}

/// A step's marker in its place.
struct Marker {
    rect: Rect,
    text: String,
    tooltip: String,
    /// Whether the step leans on what nobody said.
    assumed: bool,
}

/// The text on a marker: the number, with a letter before it when there are several paths, and a question mark behind it
/// when the step is assumed.
fn marker_text(overlays: &[PathOverlay], overlay: usize, step: &super::OverlayStep) -> String {
    let ask = if step.assumed { "?" } else { "" };
    format!("{}{}{ask}", letter_of(overlays, overlay), step.number)
}

/// The letter of one of several paths.
fn letter_of(overlays: &[PathOverlay], overlay: usize) -> String {
    let letter = u8::try_from(overlay).ok().filter(|it| *it < 26).map_or('Z', |it| char::from(b'A' + it));
    if overlays.len() > 1 { letter.to_string() } else { String::new() }
}

/// The text on the marker of a way in.
fn way_in_text(overlays: &[PathOverlay], overlay: usize) -> String {
    let letter = letter_of(overlays, overlay);
    if letter.is_empty() { "IN".to_owned() } else { format!("{letter} IN") }
}

/// Width of a marker with this text.
fn marker_width(text: &str) -> i32 {
    (text::width(text, BADGE) + 9).max(MARKER)
}

/// Finds a place for each marker where it hides neither a name nor an arrowhead nor another marker, and for the arrows of
/// ways in.
fn markers(layout: &Layout, overlays: &[PathOverlay]) -> (Vec<Marker>, Vec<(Point, Point)>) {
    let mut out: Vec<Marker> = Vec::new();
    let mut entrances: Vec<(Point, Point)> = Vec::new();
    let mut taken: Vec<Rect> = layout.edges.iter().filter_map(|edge| edge.label).collect();
    taken.extend(layout.nodes.iter().filter_map(PlacedNode::badge_rect));
    taken.extend(layout.groups.iter().map(|group| group.heading));
    taken.extend(layout.lines.iter().map(|line| line.heading));
    let tips: Vec<Rect> = layout
        .edges
        .iter()
        .flat_map(|edge| [edge.points.first(), edge.points.last()])
        .flatten()
        .map(|tip| Rect::new(tip.x - 9, tip.y - 9, 18, 18))
        .collect();
    let boxes = &layout.nodes;
    let whole = Rect::new(0, 0, layout.width, layout.height);
    let cost = |area: &Rect, out: &[Marker], boxed: bool| {
        let hits = |rects: &[Rect]| rects.iter().filter(|it| it.overlaps(area)).count();
        let boxed = if boxed { boxes.iter().filter(|it| it.rect.overlaps(area)).count() } else { 0 };
        let markers = out.iter().filter(|it| it.rect.overlaps(area)).count();
        markers * 20 + hits(&taken) * 8 + boxed * 8 + hits(&tips) * 3
    };
    for (overlay, path) in overlays.iter().enumerate().filter(|(_, path)| !path.steps.is_empty()) {
        let Some(way_in) = &path.way_in else { continue };
        let text = way_in_text(overlays, overlay);
        let size = Size { width: marker_width(&text), height: MARKER };
        let tooltip = way_in.label.clone();
        match place_of(layout, way_in.at) {
            Some(StepAt::Node(node)) => {
                let Some(node) = layout.nodes.get(node) else { continue };
                let crossed = |area: &Rect| {
                    let lines = layout.edges.iter().flat_map(|edge| segments(&edge.points));
                    lines.filter(|(a, b)| area.crossed_by(*a, *b)).count()
                };
                // The arrow must not lie on anything either, and all of it on the picture.
                let best = outside(node.rect, size).into_iter().min_by_key(|(rect, _, tip)| {
                    let area = rect.union(&Rect::new(tip.x, tip.y, 0, 0));
                    let beyond = if whole.contains(&area) { 0 } else { 100 };
                    cost(&area.grown(-1), &out, true) * 4 + crossed(&area.grown(-1)) + beyond
                });
                if let Some((rect, tail, tip)) = best {
                    entrances.push((tail, tip));
                    out.push(Marker { rect, text, tooltip, assumed: false });
                }
            }
            Some(StepAt::Edge(edge)) => {
                let places = layout.edges.get(edge).map(|it| on_line(it, size)).unwrap_or_default();
                if let Some(rect) = places.into_iter().min_by_key(|area| cost(area, &out, true)) {
                    out.push(Marker { rect, text, tooltip, assumed: false });
                }
            }
            None => {}
        }
    }
    for (overlay, path) in overlays.iter().enumerate() {
        for step in &path.steps {
            let text = marker_text(overlays, overlay, step);
            let size = Size { width: marker_width(&text), height: MARKER };
            let candidates = match place_of(layout, step.at) {
                Some(StepAt::Node(node)) => layout.nodes.get(node).map(|it| around_border(it.rect, size)),
                Some(StepAt::Edge(edge)) => layout.edges.get(edge).map(|it| on_line(it, size)),
                None => None,
            };
            let on_edge = matches!(step.at, StepAt::Edge(_));
            // The first of the cheapest: candidates come in order of preference.
            let best = candidates.into_iter().flatten().min_by_key(|area| cost(area, &out, on_edge));
            let Some(rect) = best else { continue };
            out.push(Marker { rect, text, tooltip: step.label.clone(), assumed: step.assumed });
        }
    }
    (out, entrances)
}

/// How long the arrow of a way in is.
const ENTRANCE: i32 = 16;

/// Places for the marker of a way in outside a box, with the arrow from it to the box: left, above, below, right.
fn outside(rect: Rect, size: Size) -> Vec<(Rect, Point, Point)> {
    let mut out = Vec::new();
    for part in [2, 1, 3] {
        let (x, y) = (rect.x + rect.width * part / 4, rect.y + rect.height * part / 4);
        let (half_width, half_height) = (size.width / 2, size.height / 2);
        for (tip, out_x, out_y) in [
            (Point::new(rect.x, y), -1, 0),
            (Point::new(x, rect.y), 0, -1),
            (Point::new(x, rect.bottom()), 0, 1),
            (Point::new(rect.right(), y), 1, 0),
        ] {
            let tail = tip.moved(out_x * ENTRANCE, out_y * ENTRANCE);
            let middle = tail.moved(out_x * half_width, out_y * half_height);
            out.push((Rect::around(middle, size), tail, tip));
        }
    }
    out
}

/// Places for a marker on the border of a box: the corners, then along its top and bottom.
fn around_border(rect: Rect, size: Size) -> Vec<Rect> {
    let at = |x: i32, y: i32| Rect::around(Point::new(x, y), size);
    let (left, right) = (rect.x + 2, rect.right() - 2);
    let mut out = vec![at(left, rect.y), at(left, rect.bottom()), at(right, rect.bottom()), at(right, rect.y)];
    for y in [rect.y, rect.bottom()] {
        let mut x = left + size.width + 2;
        while x < right - size.width / 2 {
            out.push(at(x, y));
            x += 6;
        }
    }
    out
}

/// Places for a marker on a flow: beside its label, or else from its middle outwards.
fn on_line(edge: &PlacedEdge, size: Size) -> Vec<Rect> {
    let mut spots: Vec<(i32, Point)> = Vec::new();
    let total: i32 = segments(&edge.points).map(|(a, b)| a.walk_to(b)).sum();
    let mut walked = 0;
    for (a, b) in segments(&edge.points) {
        let length = a.walk_to(b);
        let steps = (length / 3).max(1);
        for step in 0..=steps {
            let at = Point::new(a.x + (b.x - a.x) * step / steps, a.y + (b.y - a.y) * step / steps);
            let far = match edge.label {
                Some(label) => label.border_distance(at),
                None => (walked + length * step / steps - total / 2).abs(),
            };
            spots.push((far, at));
        }
        walked += length;
    }
    spots.sort();
    let mut out: Vec<Rect> = spots.into_iter().map(|(_, at)| Rect::around(at, size)).collect();
    if let Some(label) = edge.label {
        // When the line has no room at all: on the corners of the label.
        out.push(Rect::around(Point::new(label.x, label.y), size));
        out.push(Rect::around(Point::new(label.right(), label.y), size));
    }
    out
}

/// The steps of all paths in their places below the picture.
#[derive(Default)]
struct Steps {
    height: i32,
    /// Where, what is shown, and the whole of it.
    headings: Vec<(Point, String, String)>,
    rows: Vec<(Point, Row)>,
}

/// One line of the list of steps.
struct Row {
    number: String,
    lines: Vec<String>,
    whole: String,
    assumed: bool,
}

/// Lays out the list of steps in as many columns as there is room for.
fn place_steps(diagram: &Diagram, overlays: &[PathOverlay], width: i32) -> Steps {
    let mut out = Steps::default();
    let room = width - 2 * MARGIN;
    let columns = (room / 280).clamp(1, 4);
    let column_width = room / columns;
    let mut top = 6;
    for (overlay, path) in overlays.iter().enumerate() {
        if path.steps.is_empty() {
            continue;
        }
        let heading = text::clean(&path.title);
        if !heading.is_empty() {
            let shown = text::fit(&heading, LABEL, room);
            out.headings.push((Point::new(MARGIN, top + baseline(LABEL)), shown, heading));
            top += LABEL.leading + 8;
        }
        let way_in = path.way_in.as_ref().map(|it| Row {
            number: way_in_text(overlays, overlay),
            lines: Vec::new(),
            whole: text::clean(&it.label),
            assumed: false,
        });
        let steps = path.steps.iter().map(|step| {
            let mut words = text::clean(&step.label);
            if words.is_empty() {
                words = match step.at {
                    StepAt::Node(node) => diagram.nodes.get(node).map(|it| text::clean(&it.label)),
                    StepAt::Edge(edge) => diagram.edges.get(edge).map(|it| text::clean(&it.label)),
                }
                .unwrap_or_default();
            }
            if step.assumed {
                // In front, where no cut takes it away.
                words = format!("(assumed) {words}");
            }
            let number = marker_text(overlays, overlay, step);
            Row { number, lines: Vec::new(), whole: words, assumed: step.assumed }
        });
        let rows: Vec<Row> = way_in.into_iter().chain(steps).collect();
        let per_column = rows.len().div_ceil(usize::try_from(columns).unwrap_or(1)).max(1);
        let (mut lowest, mut x, mut y) = (top, MARGIN, top);
        for (index, mut row) in rows.into_iter().enumerate() {
            if index > 0 && index % per_column == 0 {
                (x, y) = (x + column_width, top);
            }
            row.lines = text::wrap(&row.whole, SUBLABEL, column_width - 46, 3);
            let height = text::height(row.lines.len().max(1), SUBLABEL).max(MARKER) + 5;
            out.rows.push((Point::new(x, y), row));
            y += height;
            lowest = lowest.max(y);
        }
        top = lowest + 8;
    }
    out.height = if out.rows.is_empty() { 0 } else { top };
    out
}

/// One sign of the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Shape(NodeShape),
    Folded,
    Dimmed,
    Flow(EdgeStyle),
    Boundary(GroupTone),
    Wall(GroupTone),
    Risk(BadgeTone),
    Badge(BadgeTone),
    WayIn,
    Step,
    Assumed,
}

impl Key {
    fn words(self) -> &'static str {
        match self {
            Self::Shape(NodeShape::Process) => "Process",
            Self::Shape(NodeShape::Store) => "Data store",
            Self::Shape(NodeShape::External) => "External system",
            Self::Shape(NodeShape::Person) => "Person",
            Self::Folded => "Several components",
            Self::Dimmed => "Out of scope",
            Self::Flow(EdgeStyle::Encrypted) => "Encrypted flow",
            Self::Flow(EdgeStyle::Plain) => "Flow in the clear",
            Self::Flow(EdgeStyle::Unknown) => "Protection unknown",
            Self::Boundary(GroupTone::Untrusted) => "Untrusted boundary",
            Self::Boundary(GroupTone::Neutral) => "Boundary",
            Self::Boundary(GroupTone::Trusted) => "Trusted boundary",
            Self::Wall(GroupTone::Untrusted) => "Untrusted boundary line",
            Self::Wall(GroupTone::Neutral) => "Boundary line",
            Self::Wall(GroupTone::Trusted) => "Trusted boundary line",
            Self::Risk(BadgeTone::Critical) => "Critical risk",
            Self::Risk(BadgeTone::High) => "High risk",
            Self::Risk(BadgeTone::Medium) => "Medium risk",
            Self::Risk(BadgeTone::Low | BadgeTone::Quiet) => "Low risk",
            Self::Badge(BadgeTone::Critical) => "Critical",
            Self::Badge(BadgeTone::High) => "High",
            Self::Badge(BadgeTone::Medium) => "Medium",
            Self::Badge(BadgeTone::Low) => "Low",
            Self::Badge(BadgeTone::Quiet) => "Note",
            Self::WayIn => "Way in",
            Self::Step => "Step of the attack",
            Self::Assumed => "Assumed step",
        }
    }
}

/// The signs that occur in the picture, in a fixed order.
fn keys(diagram: &Diagram, layout: &Layout, overlays: &[PathOverlay]) -> Vec<Key> {
    let nodes = || layout.nodes.iter().map(|it| &it.face);
    let edges = || layout.edges.iter().map(|it| &it.face);
    let badges = || nodes().filter_map(|it| it.badge.as_ref()).chain(edges().filter_map(|it| it.badge.as_ref()));
    let tone = |group: &PlacedGroup| diagram.groups.get(group.face.source).map(|it| it.tone);
    let mut out = Vec::new();
    for shape in [NodeShape::Process, NodeShape::Store, NodeShape::External, NodeShape::Person] {
        if nodes().any(|it| it.shape == shape && it.folded.is_none()) {
            out.push(Key::Shape(shape));
        }
    }
    if nodes().any(|it| it.folded.is_some()) {
        out.push(Key::Folded);
    }
    if nodes().any(|it| it.dimmed) {
        out.push(Key::Dimmed);
    }
    for style in [EdgeStyle::Encrypted, EdgeStyle::Plain, EdgeStyle::Unknown] {
        if edges().any(|it| it.style == style) {
            out.push(Key::Flow(style));
        }
    }
    for wanted in [GroupTone::Untrusted, GroupTone::Neutral, GroupTone::Trusted] {
        if layout.groups.iter().any(|it| tone(it) == Some(wanted)) {
            out.push(Key::Boundary(wanted));
        }
    }
    for wanted in [GroupTone::Untrusted, GroupTone::Neutral, GroupTone::Trusted] {
        let is = |line: &PlacedLine| diagram.groups.get(line.source).is_some_and(|it| it.tone == wanted);
        if layout.lines.iter().any(is) {
            out.push(Key::Wall(wanted));
        }
    }
    for wanted in [BadgeTone::Critical, BadgeTone::High, BadgeTone::Medium, BadgeTone::Low] {
        if nodes().any(|it| it.risk == Some(wanted)) {
            out.push(Key::Risk(wanted));
        }
    }
    for wanted in [BadgeTone::Critical, BadgeTone::High, BadgeTone::Medium, BadgeTone::Low, BadgeTone::Quiet] {
        if badges().any(|it| it.tone == wanted) {
            out.push(Key::Badge(wanted));
        }
    }
    if overlays.iter().any(|overlay| overlay.way_in.is_some() && !overlay.steps.is_empty()) {
        out.push(Key::WayIn);
    }
    if overlays.iter().any(|overlay| !overlay.steps.is_empty()) {
        out.push(Key::Step);
    }
    if overlays.iter().flat_map(|overlay| &overlay.steps).any(|step| step.assumed) {
        out.push(Key::Assumed);
    }
    out
}

/// Size of a sign in the legend.
const SIGN: Size = Size { width: 36, height: 14 };

/// Where the signs of the legend stand.
#[derive(Default)]
struct KeyPlaces {
    height: i32,
    places: Vec<Point>,
}

/// Fills rows with signs.
fn flow_keys(keys: &[Key], width: i32) -> KeyPlaces {
    if keys.is_empty() {
        return KeyPlaces::default();
    }
    let (mut x, mut y) = (MARGIN, 12);
    let mut places = Vec::with_capacity(keys.len());
    for key in keys {
        let needed = SIGN.width + 6 + text::width(key.words(), FLOW) + 16;
        if x > MARGIN && x + needed > width - MARGIN + 16 {
            (x, y) = (MARGIN, y + 22);
        }
        places.push(Point::new(x, y));
        x += needed;
    }
    KeyPlaces { height: y + SIGN.height + 14, places }
}

/// The class of a shape.
const fn shape_class(shape: NodeShape) -> &'static str {
    match shape {
        NodeShape::Process => "vb-process",
        NodeShape::Store => "vb-store",
        NodeShape::External => "vb-external",
        NodeShape::Person => "vb-person",
    }
}

/// The class of a risk's tint.
const fn risk_class(risk: BadgeTone) -> &'static str {
    match risk {
        BadgeTone::Critical => " vb-risk-critical",
        BadgeTone::High => " vb-risk-high",
        BadgeTone::Medium => " vb-risk-medium",
        BadgeTone::Low | BadgeTone::Quiet => " vb-risk-low",
    }
}

/// A risk in words.
const fn risk_words(risk: BadgeTone) -> &'static str {
    match risk {
        BadgeTone::Critical => "critical risk",
        BadgeTone::High => "high risk",
        BadgeTone::Medium => "medium risk",
        BadgeTone::Low | BadgeTone::Quiet => "low risk",
    }
}

/// The class of a tone.
const fn group_class(tone: GroupTone) -> &'static str {
    match tone {
        GroupTone::Untrusted => "vb-untrusted",
        GroupTone::Neutral => "vb-neutral",
        GroupTone::Trusted => "vb-trusted",
    }
}

/// The class of a badge.
const fn badge_class(tone: BadgeTone) -> &'static str {
    match tone {
        BadgeTone::Critical => "vb-critical",
        BadgeTone::High => "vb-high",
        BadgeTone::Medium => "vb-medium",
        BadgeTone::Low => "vb-low",
        BadgeTone::Quiet => "vb-quiet",
    }
}

/// The class of a flow.
const fn edge_class(style: EdgeStyle) -> &'static str {
    match style {
        EdgeStyle::Encrypted => "vb-encrypted",
        EdgeStyle::Plain => "vb-plain",
        EdgeStyle::Unknown => "vb-unknown",
    }
}

/// The SVG as it grows.
struct Canvas<'p> {
    out: String,
    prefix: String,
    layout: &'p Layout,
}

impl Canvas<'_> {
    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.out.write_fmt(text);
    }

    fn open(&mut self, title: &str, description: &str, size: Size, options: &SvgOptions<'_>) {
        let Size { width, height } = size;
        let theme = options.theme.class();
        let prefix = self.prefix.clone();
        if !options.embed {
            self.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        }
        self.push(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"{prefix}picture\" class=\"vb-dfd {theme}\" role=\"img\" \
             viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             aria-labelledby=\"{prefix}title {prefix}desc\" font-family=\"&quot;Segoe UI&quot;, Roboto, \
             &quot;Helvetica Neue&quot;, Arial, &quot;Liberation Sans&quot;, &quot;Noto Sans&quot;, sans-serif\""
        ));
        if options.embed {
            self.out.push_str(" style=\"max-width:100%;height:auto\"");
        }
        let title = if title.is_empty() { "Data-flow diagram" } else { title };
        self.push(format_args!(
            "><title id=\"{prefix}title\">{}</title><desc id=\"{prefix}desc\">{}</desc><style>{}</style>",
            escape(title),
            escape(description),
            style::sheet(options.theme, options.embed)
        ));
        if !options.embed {
            self.push(format_args!("<rect class=\"vb-paper\" width=\"{width}\" height=\"{height}\"/>"));
        }
    }

    fn text(&mut self, class: &str, at: Point, words: &str) {
        self.push(format_args!("<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>", at.x, at.y, escape(words)));
    }

    /// A text that may have been cut, and all of it for those who point at it or hear it.
    fn whole_text(&mut self, class: &str, at: Point, shown: &str, whole: &str) {
        if shown == whole {
            return self.text(class, at, shown);
        }
        self.push(format_args!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\"><title>{}</title>{}</text>",
            at.x,
            at.y,
            escape(whole),
            escape(shown)
        ));
    }

    fn area(&mut self, index: usize, group: &PlacedGroup, diagram: &Diagram) {
        let Some(source) = diagram.groups.get(group.face.source) else { return };
        let Rect { x, y, width, height } = group.rect;
        let tooltip = if source.tooltip.trim().is_empty() { &source.label } else { &source.tooltip };
        let prefix = self.prefix.clone();
        self.push(format_args!(
            "<g id=\"{prefix}g{index}\" class=\"vb-group {}\" data-id=\"{}\"><title>{}</title><rect class=\"vb-area\" \
             x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/></g>",
            group_class(source.tone),
            escape(&source.id),
            escape(tooltip)
        ));
    }

    fn heading(&mut self, group: &PlacedGroup, diagram: &Diagram) {
        let Some(source) = diagram.groups.get(group.face.source) else { return };
        let Rect { x, y, width, height } = group.heading;
        // A plate only where a flow passes behind the name: elsewhere the tint should show.
        let crossed =
            self.layout.edges.iter().any(|edge| segments(&edge.points).any(|(a, b)| group.heading.crossed_by(a, b)));
        self.push(format_args!("<g class=\"{}\">", group_class(source.tone)));
        if crossed {
            self.push(format_args!(
                "<rect class=\"vb-plate\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{height}\" rx=\"4\"/>",
                x - 4,
                width + 8
            ));
        }
        let line = y + (height - BOUNDARY.leading) / 2 + baseline(BOUNDARY);
        self.push(format_args!("<text class=\"vb-name\" x=\"{x}\" y=\"{line}\">{}", escape(&group.face.label)));
        if !group.face.kind.is_empty() {
            // Within the same text, so that it follows the name at whatever width the reader's font gives it.
            self.push(format_args!("<tspan class=\"vb-kind\" dx=\"8\">{}</tspan>", escape(&group.face.kind)));
        }
        self.out.push_str("</text></g>");
    }

    /// A boundary without an inside.
    fn wall(&mut self, line: &PlacedLine, diagram: &Diagram) {
        let Some(source) = diagram.groups.get(line.source) else { return };
        let tooltip = if source.tooltip.trim().is_empty() { &source.label } else { &source.tooltip };
        self.push(format_args!(
            "<g class=\"vb-group {}\" data-id=\"{}\"><title>{}</title><path class=\"vb-wall\" d=\"",
            group_class(source.tone),
            escape(&source.id),
            escape(tooltip)
        ));
        for (index, point) in line.points.iter().enumerate() {
            self.push(format_args!("{}{} {}", if index == 0 { "M" } else { "L" }, point.x, point.y));
        }
        self.out.push_str("\"/></g>");
    }

    fn wall_name(&mut self, line: &PlacedLine, diagram: &Diagram) {
        let Some(source) = diagram.groups.get(line.source) else { return };
        let Rect { x, y, width, height } = line.heading;
        if line.face.label.is_empty() {
            return;
        }
        self.push(format_args!(
            "<g class=\"{}\"><rect class=\"vb-plate\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
             rx=\"4\"/>",
            group_class(source.tone)
        ));
        let baseline = y + (height - BOUNDARY.leading) / 2 + baseline(BOUNDARY);
        self.push(format_args!(
            "<text class=\"vb-name\" x=\"{}\" y=\"{baseline}\">{}",
            x + 4,
            escape(&line.face.label)
        ));
        if !line.face.kind.is_empty() {
            self.push(format_args!("<tspan class=\"vb-kind\" dx=\"8\">{}</tspan>", escape(&line.face.kind)));
        }
        self.out.push_str("</text></g>");
    }

    fn glow(&mut self, edge: &PlacedEdge, assumed: bool) {
        let path = path_data(&edge.points, 0, 0);
        let class = if assumed { "vb-glow vb-glow-guess" } else { "vb-glow" };
        self.push(format_args!("<path class=\"{class}\" d=\"{path}\"/>"));
    }

    /// The arrow of a way in.
    fn entrance(&mut self, tail: Point, tip: Point) {
        self.push(format_args!("<g class=\"vb-entrance\"><path d=\"M{} {}L{} {}\"/>", tail.x, tail.y, tip.x, tip.y));
        self.arrowhead(tail, tip, 9, 5);
        self.out.push_str("</g>");
    }

    fn edge(&mut self, index: usize, edge: &PlacedEdge, state: &str) {
        let face = &edge.face;
        let strong = if face.emphasis { " vb-strong" } else { "" };
        let prefix = self.prefix.clone();
        let ends = (self.layout.nodes.get(edge.from), self.layout.nodes.get(edge.to));
        let data = |node: Option<&PlacedNode>| node.map(|it| escape(it.id())).unwrap_or_default();
        self.push(format_args!(
            "<g id=\"{prefix}e{index}\" class=\"vb-edge {}{strong}{state}\" data-id=\"{}\" data-from=\"{}\" \
             data-to=\"{}\"",
            edge_class(face.style),
            escape(&face.id),
            data(ends.0),
            data(ends.1)
        ));
        if face.flows > 1 {
            self.push(format_args!(" data-flows=\"{}\"", face.flows));
        }
        let (long, wide) = if face.emphasis || state == " vb-on" { (12, 5) } else { (9, 4) };
        let back = if face.both_ways { long - 2 } else { 0 };
        let path = path_data(&edge.points, back, long - 2);
        self.push(format_args!(
            "><title>{}</title><path class=\"vb-line\" d=\"{path}\"/>",
            escape(&edge_tooltip(edge))
        ));
        if let [.., before, tip] = edge.points.as_slice() {
            self.arrowhead(*before, *tip, long, wide);
        }
        if let (true, [tip, before, ..]) = (face.both_ways, edge.points.as_slice()) {
            self.arrowhead(*before, *tip, long, wide);
        }
        self.out.push_str("</g>");
    }

    /// A triangle with its point at `tip`, seen from `before`.
    fn arrowhead(&mut self, before: Point, tip: Point, long: i32, wide: i32) {
        let (across, down) = (f64::from(tip.x - before.x), f64::from(tip.y - before.y));
        let length = (across * across + down * down).sqrt().max(1.0);
        #[expect(clippy::cast_possible_truncation, reason = "an arrowhead is a few pixels long")]
        let part = |of: f64, by: i32| (of * f64::from(by) / length).round() as i32;
        let base = tip.moved(-part(across, long), -part(down, long));
        let left = base.moved(-part(down, wide), part(across, wide));
        let right = base.moved(part(down, wide), -part(across, wide));
        self.push(format_args!(
            "<path class=\"vb-head\" d=\"M{} {}L{} {}L{} {}Z\"/>",
            tip.x, tip.y, left.x, left.y, right.x, right.y
        ));
    }

    fn edge_label(&mut self, edge: &PlacedEdge, state: &str) {
        let Some(rect) = edge.label else { return };
        let face = &edge.face;
        self.push(format_args!(
            "<g class=\"vb-edge {}{state}\" data-label-of=\"{}\"><title>{}</title><rect class=\"vb-plate\" x=\"{}\" \
             y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>",
            edge_class(face.style),
            escape(&face.id),
            escape(&edge_tooltip(edge)),
            rect.x,
            rect.y,
            rect.width,
            rect.height
        ));
        let mut x = rect.x + FLOW_PAD.width / 2;
        if face.style == EdgeStyle::Encrypted {
            self.lock(Point::new(x, rect.center().y - 5));
            x += LOCK_WIDTH;
        }
        let middle = x + text::widest(&face.label, FLOW) / 2;
        let mut y = rect.center().y - text::height(face.label.len(), FLOW) / 2;
        // Lines are centred on each other, but a single line begins right after the lock: its width is an
        // estimate, and a gap would show.
        let alone = face.label.len() == 1 && face.style == EdgeStyle::Encrypted;
        for line in &face.label {
            let class = if alone { "vb-flow" } else { "vb-flow vb-middle" };
            self.text(class, Point::new(if alone { x } else { middle }, y + baseline(FLOW)), line);
            y += FLOW.leading;
        }
        if let Some(badge) = &face.badge {
            let width = scene::badge_width(badge);
            let area = Rect::new(
                rect.right() - FLOW_PAD.width / 2 - width,
                rect.center().y - scene::BADGE_HEIGHT / 2,
                width,
                scene::BADGE_HEIGHT,
            );
            self.badge(badge, area);
        }
        self.out.push_str("</g>");
    }

    /// A closed padlock, 9 by 10 pixels.
    fn lock(&mut self, at: Point) {
        let Point { x, y } = at;
        self.push(format_args!(
            "<path class=\"vb-shackle\" d=\"M{} {}v-2a2.5 2.5 0 0 1 5 0v2\"/><rect class=\"vb-lock\" x=\"{x}\" \
             y=\"{}\" width=\"9\" height=\"6\" rx=\"1\"/>",
            x + 2,
            y + 5,
            y + 4
        ));
    }

    fn badge(&mut self, badge: &Badge, rect: Rect) {
        self.push(format_args!("<g class=\"{}\">", badge_class(badge.tone)));
        let Rect { x, y, width, height } = rect;
        if badge.tone == BadgeTone::Critical {
            // Pointed ends: the loudest badge is told apart without its colour.
            let (half, right) = (height / 2, rect.right());
            self.push(format_args!(
                "<path class=\"vb-badge\" d=\"M{x} {}L{} {y}H{}L{right} {}L{} {}H{}Z\"/>",
                y + half,
                x + 6,
                right - 6,
                y + half,
                right - 6,
                rect.bottom(),
                x + 6
            ));
        } else {
            self.push(format_args!(
                "<rect class=\"vb-badge\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{}\"/>",
                height / 2
            ));
        }
        let line = y + (height - BADGE.leading) / 2 + baseline(BADGE);
        self.text("vb-mark", Point::new(rect.center().x, line), &badge.text);
        self.out.push_str("</g>");
    }

    fn node(&mut self, index: usize, node: &PlacedNode, state: &str) {
        let face = &node.face;
        let rect = node.rect;
        let strong = if face.emphasis { " vb-strong" } else { "" };
        let risk = face.risk.map_or("", risk_class);
        let dim = if face.dimmed { " vb-dim" } else { "" };
        let prefix = self.prefix.clone();
        self.push(format_args!(
            "<g id=\"{prefix}n{index}\" class=\"vb-node {}{strong}{dim}{risk}{state}\" data-id=\"{}\"",
            shape_class(face.shape),
            escape(&face.id)
        ));
        if let Some(count) = face.folded {
            self.push(format_args!(" data-components=\"{count}\""));
        }
        self.push(format_args!("><title>{}</title>", escape(&face.tooltip)));
        self.shape(face.shape, rect);
        if face.folded.is_some() {
            let Rect { x, y, width, height } = rect.grown(-4);
            self.push(format_args!(
                "<rect class=\"vb-inner\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>"
            ));
        }
        let figure = if face.shape == NodeShape::Person { 18 } else { 0 };
        let lines = text::height(face.label.len(), LABEL) + text::height(face.sublabel.len(), SUBLABEL);
        let risk_height = if face.risk.is_some() { scene::RISK_HEIGHT } else { 0 };
        let middle = rect.center().x;
        let mut y = rect.center().y - (lines + figure + risk_height) / 2;
        if figure > 0 {
            self.figure(Point::new(middle, y));
            y += figure;
        }
        for (class, font, lines) in [("vb-label", LABEL, &face.label), ("vb-sub", SUBLABEL, &face.sublabel)] {
            for line in lines {
                self.text(class, Point::new(middle, y + baseline(font)), line);
                y += font.leading;
            }
        }
        if let Some(risk) = face.risk {
            let words = risk_words(risk);
            let width = 17 + text::width(words, SUBLABEL);
            let left = middle - width / 2;
            self.bars(risk, Point::new(left, y + 3));
            self.text("vb-risk", Point::new(left + 17, y + 1 + baseline(SUBLABEL)), words);
        }
        if let (Some(badge), Some(area)) = (&face.badge, node.badge_rect()) {
            self.badge(badge, area);
        }
        self.out.push_str("</g>");
    }

    /// One to four of four rising bars, 13 pixels wide and 11 high: how bad a risk is without its colour.
    fn bars(&mut self, risk: BadgeTone, at: Point) {
        let full = match risk {
            BadgeTone::Critical => 4,
            BadgeTone::High => 3,
            BadgeTone::Medium => 2,
            BadgeTone::Low | BadgeTone::Quiet => 1,
        };
        for bar in 0..4 {
            let high = 2 + bar * 3;
            let class = if bar < full { "vb-bar" } else { "vb-bar-off" };
            self.push(format_args!(
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"2\" height=\"{high}\"/>",
                at.x + bar * 3,
                at.y + 11 - high
            ));
        }
    }

    fn shape(&mut self, shape: NodeShape, rect: Rect) {
        let Rect { x, y, width, height } = rect;
        let round = match shape {
            NodeShape::Process => 12.min(height / 3),
            NodeShape::Store | NodeShape::External | NodeShape::Person => 0,
        };
        self.push(format_args!("<rect class=\"vb-shape\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\""));
        if round > 0 {
            self.push(format_args!(" rx=\"{round}\""));
        }
        self.out.push_str("/>");
        if shape == NodeShape::Store {
            let (right, bottom) = (rect.right(), rect.bottom());
            // Two lines above, two below, open at the sides.
            let inner = 4.min(height / 4);
            self.push(format_args!(
                "<path class=\"vb-rule\" d=\"M{x} {y}H{right}M{x} {}H{right}M{x} {}H{right}M{x} {bottom}H{right}\"/>",
                y + inner,
                bottom - inner
            ));
        }
    }

    /// Head and shoulders, 16 pixels high, hanging from `top`.
    fn figure(&mut self, top: Point) {
        let Point { x, y } = top;
        self.push(format_args!(
            "<circle class=\"vb-figure\" cx=\"{x}\" cy=\"{}\" r=\"4\"/><path class=\"vb-figure\" d=\"M{} {}a8 7 0 0 1 \
             16 0Z\"/>",
            y + 4,
            x - 8,
            y + 16
        ));
    }

    fn marker(&mut self, marker: &Marker) {
        let Rect { x, y, width, height } = marker.rect;
        let guess = if marker.assumed { " vb-guess" } else { "" };
        self.push(format_args!(
            "<g class=\"vb-marker{guess}\"><title>{}</title><rect class=\"vb-step\" x=\"{x}\" y=\"{y}\" width=\"{width}\" \
             height=\"{height}\" rx=\"{}\"/>",
            escape(&marker.tooltip),
            height / 2
        ));
        let line = y + (height - BADGE.leading) / 2 + baseline(BADGE);
        self.text("vb-number", Point::new(marker.rect.center().x, line), &marker.text);
        self.out.push_str("</g>");
    }

    fn steps(&mut self, steps: &Steps, top: i32) {
        for (at, shown, whole) in &steps.headings {
            self.whole_text("vb-heading", at.moved(0, top), shown, whole);
        }
        for (at, row) in &steps.rows {
            let at = at.moved(0, top);
            let width = marker_width(&row.number);
            let rect = Rect::new(at.x, at.y, width, MARKER);
            let (text, tooltip) = (row.number.clone(), row.whole.clone());
            self.marker(&Marker { rect, text, tooltip, assumed: row.assumed });
            let mut y = at.y + (MARKER - SUBLABEL.leading) / 2;
            for line in &row.lines {
                self.text("vb-small", Point::new(at.x + width + 8, y + baseline(SUBLABEL)), line);
                y += SUBLABEL.leading;
            }
        }
    }

    fn legend(&mut self, keys: &[Key], places: &KeyPlaces, top: i32) {
        if keys.is_empty() {
            return;
        }
        self.out.push_str("<g class=\"vb-legend\">");
        for (key, at) in keys.iter().zip(&places.places) {
            let area = Rect::new(at.x, at.y + top, SIGN.width, SIGN.height);
            self.sign(*key, area);
            let line = area.y + (SIGN.height - FLOW.leading) / 2 + baseline(FLOW);
            self.text("vb-key", Point::new(area.right() + 6, line), key.words());
        }
        self.out.push_str("</g>");
    }

    fn sign(&mut self, key: Key, area: Rect) {
        let class = match key {
            Key::Shape(shape) => shape_class(shape),
            Key::Folded => "vb-process",
            Key::Dimmed => "vb-process vb-dim",
            Key::Flow(style) => edge_class(style),
            Key::Boundary(tone) => group_class(tone),
            Key::Wall(tone) => group_class(tone),
            Key::Risk(risk) => match risk {
                BadgeTone::Critical => "vb-process vb-risk-critical",
                BadgeTone::High => "vb-process vb-risk-high",
                BadgeTone::Medium => "vb-process vb-risk-medium",
                BadgeTone::Low | BadgeTone::Quiet => "vb-process vb-risk-low",
            },
            Key::Badge(_) | Key::WayIn | Key::Step | Key::Assumed => "vb-sign",
        };
        self.push(format_args!("<g class=\"{class}\">"));
        let small = area.grown(-1);
        match key {
            Key::Shape(NodeShape::Person) => {
                let Rect { x, y, width, height } = small;
                self.push(format_args!(
                    "<rect class=\"vb-shape\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/><circle \
                     class=\"vb-figure\" cx=\"{}\" cy=\"{}\" r=\"2.4\"/><path class=\"vb-figure\" d=\"M{} {}a5 4 0 0 1 \
                     10 0Z\"/>",
                    small.center().x,
                    y + 4,
                    small.center().x - 5,
                    y + 11
                ));
            }
            Key::Shape(shape) => self.shape(shape, small),
            Key::Folded => {
                self.shape(NodeShape::Process, small);
                let Rect { x, y, width, height } = small.grown(-3);
                self.push(format_args!(
                    "<rect class=\"vb-inner\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"2\"/>"
                ));
            }
            Key::Wall(_) => {
                let y = area.center().y;
                self.push(format_args!("<path class=\"vb-wall\" d=\"M{} {y}H{}\"/>", area.x, area.right()));
            }
            Key::Risk(risk) => {
                self.shape(NodeShape::Process, small);
                self.bars(risk, Point::new(small.center().x - 5, small.y));
            }
            Key::Dimmed => self.shape(NodeShape::Process, small),
            Key::Flow(style) => {
                let y = area.center().y;
                self.push(format_args!("<path class=\"vb-line\" d=\"M{} {y}H{}\"/>", area.x, area.right() - 6));
                self.arrowhead(Point::new(area.x, y), Point::new(area.right(), y), 8, 4);
                if style == EdgeStyle::Encrypted {
                    let middle = Rect::new(area.x + 8, area.y + 1, 13, 12);
                    self.push(format_args!(
                        "<rect class=\"vb-plate\" x=\"{}\" y=\"{}\" width=\"13\" height=\"12\"/>",
                        middle.x, middle.y
                    ));
                    self.lock(Point::new(middle.x + 2, middle.y + 1));
                }
            }
            Key::Boundary(_) => {
                let Rect { x, y, width, height } = small;
                self.push(format_args!(
                    "<rect class=\"vb-area\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"3\"/>"
                ));
            }
            Key::Badge(tone) => {
                let badge = Badge { text: "n".to_owned(), tone };
                self.badge(&badge, Rect::new(area.x + 6, area.y - 1, 24, scene::BADGE_HEIGHT));
            }
            Key::WayIn => {
                let middle = area.center();
                self.entrance(middle.moved(-12, 0), middle.moved(12, 0));
            }
            Key::Step | Key::Assumed => {
                let assumed = key == Key::Assumed;
                let text = if assumed { "1?" } else { "1" }.to_owned();
                let rect = Rect::around(area.center(), Size { width: marker_width(&text), height: MARKER });
                self.marker(&Marker { rect, text, tooltip: String::new(), assumed });
            }
        }
        self.out.push_str("</g>");
    }
}

/// The tooltip of a flow.
fn edge_tooltip(edge: &PlacedEdge) -> String {
    if edge.face.tooltip.trim().is_empty() { edge.face.label.join(" ") } else { edge.face.tooltip.clone() }
}

/// `from` moved `by` pixels towards `to`, but not past its middle.
fn towards(from: Point, to: Point, by: i32) -> Point {
    let length = from.walk_to(to);
    if length == 0 {
        return from;
    }
    let by = by.min(length / 2);
    Point::new(from.x + (to.x - from.x) * by / length, from.y + (to.y - from.y) * by / length)
}

/// The path through `points` with round corners, `back` pixels short at its start and `front` at its end.
fn path_data(points: &[Point], back: i32, front: i32) -> String {
    let mut points = points.to_vec();
    if let [first, second, ..] = points.as_mut_slice() {
        *first = towards(*first, *second, back);
    }
    if let [.., before, last] = points.as_mut_slice() {
        *last = towards(*last, *before, front);
    }
    let mut out = String::new();
    let Some((first, rest)) = points.split_first() else { return out };
    let _ = write!(out, "M{} {}", first.x, first.y);
    for (index, &corner) in rest.iter().enumerate() {
        let before = points.get(index).copied().unwrap_or(corner);
        match rest.get(index + 1) {
            Some(&after) => {
                let (enter, leave) = (towards(corner, before, 6), towards(corner, after, 6));
                let _ = write!(out, "L{} {}Q{} {} {} {}", enter.x, enter.y, corner.x, corner.y, leave.x, leave.y);
            }
            None => {
                let _ = write!(out, "L{} {}", corner.x, corner.y);
            }
        }
    }
    out
}
