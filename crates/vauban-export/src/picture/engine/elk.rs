//! ELK's layered algorithm, through the `elkrs` port.
//!
//! The port mirrors the Eclipse Layout Kernel, which is EPL-2.0; it is used as a library, unchanged, and is
//! reached from this file only. It is large, young, recursive, and panics where the original throws, so it
//! is called with bounded scenes, on a thread with a stack of its own, and a panic counts as "no answer".
//! It reads no clock and draws no random numbers with the options set here (a fixed seed; the `force`
//! algorithm, which can, is not used).

use serde_json::{Map, Value, json};

use super::{Direction, LayoutEngine, Placement, Route, weight};
use crate::picture::scene::{GROUP_HEAD, GROUP_PAD, Scene};
use vauban_model::drawing::geometry::pixel::{Point, Rect};

/// Stack for the algorithm, in bytes. Its depth grows with the scene, which is bounded; pages that are not
/// touched cost nothing.
const STACK: usize = 64 << 20;

/// Heaviest scene given to ELK, see [`weight`]: beyond it a layout takes a second and comes out as a bundle of
/// lines along one side, which the engine behind does better.
const HEAVIEST: usize = 20_000;

/// ELK's layered algorithm.
pub(crate) struct Elk;

impl LayoutEngine for Elk {
    fn name(&self) -> &'static str {
        "elk-layered"
    }

    fn place(&self, scene: &Scene, direction: Direction) -> Option<Placement> {
        let weight = weight(scene);
        if weight > HEAVIEST {
            return None;
        }
        let graph = graph(scene, direction, weight).to_string();
        let laid_out = std::thread::scope(|scope| {
            let worker = std::thread::Builder::new()
                .name("picture-layout".to_owned())
                .stack_size(STACK)
                .spawn_scoped(scope, || elkrs::create_elk().layout_json(&graph).ok());
            worker.ok().and_then(|handle| handle.join().ok().flatten())
        })?;
        read(&laid_out, scene)
    }
}

/// How the boxes of a layer are lined up with those of the next. The best way solves a linear programme over
/// every bend, and the second best slows down on long flows; both are used only where they take a fraction
/// of a second.
fn placement_strategy(weight: usize) -> &'static str {
    match weight {
        0..=1500 => "NETWORK_SIMPLEX",
        1501..=4000 => "LINEAR_SEGMENTS",
        _ => "BRANDES_KOEPF",
    }
}

/// The scene in ELK's JSON. Ids are indexes with a letter: "b3" a box, "g1" a group, "e0" an edge.
fn graph(scene: &Scene, direction: Direction, weight: usize) -> Value {
    let mut members: Vec<Vec<Value>> = vec![Vec::new(); scene.groups.len()];
    let mut top = Vec::new();
    for (index, item) in scene.boxes.iter().enumerate() {
        let value = json!({
            "id": format!("b{index}"),
            "width": item.size.width,
            "height": item.size.height,
            "individualSpacings": {
                "elk.spacing.portsSurrounding": format!("[top={0},left={0},bottom={0},right={0}]", item.corner),
            },
            "layoutOptions": {
                // Grow a box that has more flows than its sides have room for.
                "elk.nodeSize.constraints": "[PORTS, MINIMUM_SIZE]",
                "elk.nodeSize.minimum": format!("({}, {})", item.size.width, item.size.height),
                // Loops beside one another: stacked ones run behind each other's labels.
                "elk.layered.edgeRouting.selfLoopDistribution": "NORTH_SOUTH",
                "elk.layered.edgeRouting.selfLoopOrdering": "SEQUENCED",
            },
        });
        item.group.and_then(|group| members.get_mut(group)).unwrap_or(&mut top).push(value);
    }
    // A parent stands before its children, so going backwards every group is complete when it is reached.
    for (index, group) in scene.groups.iter().enumerate().rev() {
        let children = members.get_mut(index).map(std::mem::take).unwrap_or_default();
        let (width, height) = (group.head_width + 2 * GROUP_PAD, GROUP_HEAD + GROUP_PAD);
        // The port applies the least size of a group before it turns a graph that runs downwards.
        let turned = direction == Direction::Down && !children.is_empty();
        let (across, along) = if turned { (height, width) } else { (width, height) };
        let value = json!({
            "id": format!("g{index}"),
            "width": width,
            "height": height,
            "children": children,
            "layoutOptions": {
                "elk.padding": format!("[top={GROUP_HEAD},left={GROUP_PAD},bottom={GROUP_PAD},right={GROUP_PAD}]"),
                "elk.nodeSize.constraints": "[MINIMUM_SIZE]",
                "elk.nodeSize.minimum": format!("({across}, {along})"),
                // Options are not inherited by what is inside.
                "elk.spacing.portPort": "14",
                "elk.spacing.nodeNode": "26",
                "elk.spacing.edgeNode": "16",
                "elk.spacing.edgeEdge": "12",
                "elk.spacing.nodeSelfLoop": "20",
                "elk.layered.spacing.nodeNodeBetweenLayers": "24",
                "elk.layered.spacing.edgeNodeBetweenLayers": "14",
                "elk.layered.spacing.edgeEdgeBetweenLayers": "10",
            },
        });
        group.parent.and_then(|parent| members.get_mut(parent)).unwrap_or(&mut top).push(value);
    }
    let edges: Vec<Value> = scene
        .edges
        .iter()
        .enumerate()
        .map(|(index, edge)| {
            let mut value = Map::new();
            value.insert("id".to_owned(), json!(format!("e{index}")));
            value.insert("sources".to_owned(), json!([format!("b{}", edge.from)]));
            value.insert("targets".to_owned(), json!([format!("b{}", edge.to)]));
            if let Some(size) = edge.label {
                let label = json!({
                    "text": "-",
                    "width": size.width,
                    "height": size.height,
                    "layoutOptions": { "elk.edgeLabels.placement": "CENTER", "elk.edgeLabels.inline": "true" },
                });
                value.insert("labels".to_owned(), json!([label]));
            }
            Value::Object(value)
        })
        .collect();
    json!({
        "id": "root",
        "children": top,
        "edges": edges,
        "layoutOptions": {
            "elk.algorithm": "layered",
            "elk.direction": match direction { Direction::Right => "RIGHT", Direction::Down => "DOWN" },
            "elk.hierarchyHandling": "INCLUDE_CHILDREN",
            "elk.edgeRouting": "ORTHOGONAL",
            "elk.randomSeed": "1",
            "elk.padding": "[top=12,left=12,bottom=12,right=12]",
            "elk.aspectRatio": "1.4",
            "elk.spacing.portPort": "14",
            "elk.spacing.nodeNode": "30",
            "elk.spacing.edgeNode": "18",
            "elk.spacing.edgeEdge": "14",
            "elk.spacing.edgeLabel": "4",
            "elk.spacing.labelLabel": "6",
            "elk.spacing.labelNode": "10",
            "elk.spacing.componentComponent": "34",
            "elk.spacing.nodeSelfLoop": "22",
            "elk.layered.spacing.nodeNodeBetweenLayers": "30",
            "elk.layered.spacing.edgeNodeBetweenLayers": "16",
            "elk.layered.spacing.edgeEdgeBetweenLayers": "11",
            "elk.layered.edgeLabels.centerLabelPlacementStrategy": "SPACE_EFFICIENT_LAYER",
            "elk.layered.nodePlacement.strategy": placement_strategy(weight),
            "elk.layered.nodePlacement.favorStraightEdges": "true",
            "elk.layered.thoroughness": "7",
        },
    })
}

/// Reads ELK's answer. `None` if anything is missing or no number.
fn read(laid_out: &Value, scene: &Scene) -> Option<Placement> {
    let mut placement = Placement {
        boxes: vec![Rect::default(); scene.boxes.len()],
        groups: vec![Rect::default(); scene.groups.len()],
        edges: vec![Route::default(); scene.edges.len()],
    };
    // Edges have moved under the smallest node that holds both ends, and count from its corner.
    let mut open = vec![(laid_out, 0.0, 0.0)];
    while let Some((node, left, top)) = open.pop() {
        let (x, y) = (left + number(node, "x")?, top + number(node, "y")?);
        let rect = spanned(x, y, number(node, "width")?, number(node, "height")?)?;
        let id = node.get("id")?.as_str()?;
        if let Some(index) = id.strip_prefix('b').and_then(|it| it.parse::<usize>().ok()) {
            *placement.boxes.get_mut(index)? = rect;
        } else if let Some(index) = id.strip_prefix('g').and_then(|it| it.parse::<usize>().ok()) {
            *placement.groups.get_mut(index)? = rect;
        }
        for child in list(node, "children") {
            open.push((child, x, y));
        }
        for edge in list(node, "edges") {
            let index: usize = edge.get("id")?.as_str()?.strip_prefix('e')?.parse().ok()?;
            let mut points = Vec::new();
            for section in list(edge, "sections") {
                let ends = [section.get("startPoint")?, section.get("endPoint")?];
                points.push(point(ends[0], x, y)?);
                for bend in list(section, "bendPoints") {
                    points.push(point(bend, x, y)?);
                }
                points.push(point(ends[1], x, y)?);
            }
            let label = match list(edge, "labels").first() {
                Some(label) => Some(sized(
                    x + number(label, "x")?,
                    y + number(label, "y")?,
                    number(label, "width")?,
                    number(label, "height")?,
                )?),
                None => None,
            };
            *placement.edges.get_mut(index)? = Route { points, label };
        }
    }
    Some(placement)
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> Option<f64> {
    value.get(key)?.as_f64().filter(|it| it.is_finite())
}

/// To whole pixels; pictures larger than this are no pictures.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked on the line before")]
fn pixel(value: f64) -> Option<i32> {
    let value = (value + 0.5).floor();
    (value.abs() < 1e8).then_some(value as i32)
}

fn point(value: &Value, left: f64, top: f64) -> Option<Point> {
    Some(Point::new(pixel(left + number(value, "x")?)?, pixel(top + number(value, "y")?)?))
}

/// A rectangle whose every edge is rounded by itself, so that whatever touched an edge still does.
fn spanned(x: f64, y: f64, width: f64, height: f64) -> Option<Rect> {
    let (left, top) = (pixel(x)?, pixel(y)?);
    Some(Rect::new(left, top, pixel(x + width)? - left, pixel(y + height)? - top))
}

/// A rectangle that keeps its exact size: text was measured for it.
fn sized(x: f64, y: f64, width: f64, height: f64) -> Option<Rect> {
    Some(Rect::new(pixel(x)?, pixel(y)?, pixel(width)?, pixel(height)?))
}
