//! Places of a picture that was made before, so that the next one looks like it.
//!
//! An automatic layout is free to put everything elsewhere when one thing is added. People remember where things were.
//! So a picture that is drawn again takes the places of the one it replaces, read from the SVG itself: whatever is in
//! both stays, and only what is new looks for a seat.

use rustc_hash::FxHashMap;

use super::{Diagram, Layout, Places, Point, Rect};

/// Pixels that a box may have moved in a new layout and still be where it was.
const STILL: i32 = 2;

/// The places that a picture of ours gives the parts of a diagram. `None` if it is no picture of ours, or shows another
/// system: fewer than half of the components are on it.
pub fn places(svg: &str, diagram: &Diagram) -> Option<Places> {
    // Ours are without a document type, and large ones have some thousand elements.
    let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: 2_000_000, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(svg, options).ok()?;
    document.root_element().attribute("class").filter(|class| has(class, "vb-dfd"))?;
    let (mut nodes, mut groups, mut bends) = (FxHashMap::default(), FxHashMap::default(), FxHashMap::default());
    for part in document.descendants().filter(|part| part.has_tag_name(("http://www.w3.org/2000/svg", "g"))) {
        let (Some(class), Some(id)) = (part.attribute("class"), part.attribute("data-id")) else { continue };
        let child = |class: &str| part.children().find(|it| it.attribute("class") == Some(class));
        // A box that stands for several is no place of any of them.
        if has(class, "vb-node") && part.attribute("data-components").is_none() {
            nodes.extend(child("vb-shape").and_then(rect).map(|rect| (id, rect)));
        } else if has(class, "vb-group") {
            groups.extend(child("vb-area").and_then(rect).map(|rect| (id, rect)));
        } else if has(class, "vb-edge") {
            bends.extend(child("vb-line").and_then(|path| course(path.attribute("d")?)).map(|course| (id, course)));
        }
    }
    let of = |places: &FxHashMap<&str, Rect>, id: &str| places.get(id).copied();
    let found = Places {
        nodes: diagram.nodes.iter().map(|node| of(&nodes, &node.id)).collect(),
        groups: diagram.groups.iter().map(|group| of(&groups, &group.id)).collect(),
        bends: diagram.edges.iter().map(|edge| bends.get(&*edge.id).cloned().unwrap_or_default()).collect(),
        lines: Vec::new(),
        as_they_are: true,
    };
    let known = found.nodes.iter().flatten().count();
    (known > 0 && known * 2 >= diagram.nodes.len()).then_some(found)
}

/// Whether a layout has everything about where it was, so that nothing is gained by holding it there.
pub fn agrees(layout: &Layout, diagram: &Diagram, places: &Places) -> bool {
    let known: FxHashMap<&str, Rect> =
        diagram.nodes.iter().zip(&places.nodes).filter_map(|(node, rect)| Some((&*node.id, (*rect)?))).collect();
    // Against the first box, as the whole may stand elsewhere on the sheet.
    let mut shift: Option<Point> = None;
    layout.nodes.iter().all(|node| {
        let Some(was) = known.get(node.id()).filter(|_| node.folded().is_none()) else { return true };
        let (now, was) = (node.rect.center(), was.center());
        let moved = Point::new(now.x - was.x, now.y - was.y);
        let first = *shift.get_or_insert(moved);
        (moved.x - first.x).abs() <= STILL && (moved.y - first.y).abs() <= STILL
    })
}

fn has(classes: &str, class: &str) -> bool {
    classes.split(' ').any(|it| it == class)
}

fn rect(node: roxmltree::Node<'_, '_>) -> Option<Rect> {
    let number = |name: &str| node.attribute(name)?.parse::<i32>().ok();
    Some(Rect::new(number("x")?, number("y")?, number("width")?, number("height")?))
}

/// The bends of a line, without its ends: where its rounded corners are. None where it is a curve.
fn course(data: &str) -> Option<Vec<Point>> {
    if data.contains('C') {
        return None;
    }
    let corner = |part: &str| {
        let mut numbers = part.split([' ', 'L']);
        Some(Point::new(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    };
    data.split('Q').skip(1).map(corner).collect()
}
