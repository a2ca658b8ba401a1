//! The laws of pictures that keep the places of a drawing.

use vauban_model::drawing::geometry::pixel::{Point, Rect, segments};

use super::flaws::flaws;
use super::samples::{Numbers, grid, knots, shop, small, system, wild};
use super::*;

/// The diagram as if somebody had drawn it: its own layout, shrunk and shaken.
fn as_drawn(mut diagram: Diagram, seed: u64, shake: usize) -> Diagram {
    let mut random = Numbers::new(seed);
    let placed = layout(&diagram);
    let mut shaken = |value: i32| {
        value * 2 / 3 + i32::try_from(random.below(2 * shake + 1)).unwrap() - i32::try_from(shake).unwrap()
    };
    let mut nodes = Vec::new();
    for at in &placed.node_at {
        let rect = at.map(|it| placed.nodes[it].rect);
        nodes.push(rect.map(|it| Rect::new(shaken(it.x), shaken(it.y), 100, 50)));
    }
    diagram.places = Some(Places { nodes, ..Places::default() });
    diagram
}

/// A diagram with its components anywhere, on top of each other or missing.
fn scattered(seed: u64) -> Diagram {
    let mut diagram = wild(seed);
    let mut random = Numbers::new(seed + 1000);
    let mut whole = |below: usize| i32::try_from(random.below(below)).unwrap();
    let mut places = Places::default();
    for _ in 0..diagram.nodes.len() {
        let rect = Rect::new(whole(700) - 200, whole(500), 40 + whole(100), 30 + whole(60));
        places.nodes.push((whole(10) > 0).then_some(rect));
    }
    for _ in 0..diagram.edges.len() {
        let bends = (0..whole(3)).map(|_| Point::new(whole(700), whole(500))).collect();
        places.bends.push(bends);
    }
    for group in 0..diagram.groups.len().min(2) {
        places.lines.push((group, (0..5).map(|_| Point::new(whole(700), whole(500))).collect()));
    }
    diagram.places = Some(places);
    diagram
}

#[test]
fn every_law_holds_on_pictures_with_the_places_of_a_drawing() {
    let drawn = [("small", small()), ("shop", shop().0), ("knots", knots()), ("system", system(40, 50, 3))];
    let mut faults = Vec::new();
    for (name, diagram) in drawn {
        let diagram = as_drawn(diagram, 1, 20);
        let layout = layout(&diagram);
        if layout.engine != "drawing" {
            faults.push(format!("{name}: placed by {}", layout.engine));
        }
        faults.extend(flaws(&diagram, &layout).into_iter().map(|it| format!("{name}: {it}")));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn laws_hold_wherever_somebody_put_things() {
    let mut faults = Vec::new();
    let (mut labels, mut without_room) = (0, 0);
    for seed in 0..60 {
        let diagram = scattered(seed);
        let layout = layout(&diagram);
        labels += layout.edges.iter().filter(|it| it.label.is_some()).count();
        without_room += covering(&layout);
        faults.extend(flaws(&diagram, &layout).into_iter().map(|it| format!("scattered {seed}: {it}")));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    // Flows between boxes on top of each other may be drawn closer than their labels are high; that stays rare.
    assert!(without_room * 200 <= labels, "{without_room} of {labels} labels cover a foreign flow");
}

/// How many labels lie on a flow that is not theirs.
fn covering(layout: &Layout) -> usize {
    let covers = |(index, edge): (usize, &PlacedEdge)| {
        let Some(label) = edge.label else { return false };
        let mut others = layout.edges.iter().enumerate().filter(|(other, _)| *other != index);
        others.any(|(_, it)| segments(&it.points).any(|(a, b)| label.crossed_by(a, b)))
    };
    layout.edges.iter().enumerate().filter(|it| covers(*it)).count()
}

/// Farthest that a component moved from one picture to another, relative to the first they share.
fn farthest(before: &Layout, after: &Layout) -> i32 {
    let seats = |layout: &Layout| -> Vec<(String, Point)> {
        layout.nodes.iter().map(|node| (node.id().to_owned(), node.rect.center())).collect()
    };
    let (before, after) = (seats(before), seats(after));
    let origin = |list: &[(String, Point)]| list[0].1;
    let (from, to) = (origin(&before), origin(&after));
    let mut worst = 0;
    for (id, seat) in &before {
        let Some((_, now)) = after.iter().find(|(other, _)| other == id) else { continue };
        worst = worst.max((now.x - to.x - (seat.x - from.x)).abs().max((now.y - to.y - (seat.y - from.y)).abs()));
    }
    worst
}

#[test]
fn a_small_change_of_a_drawn_model_moves_little() {
    for seed in 0..12 {
        let diagram = as_drawn(system(20, 24, seed), seed, 10);
        let before = layout(&diagram);
        let mut renamed = diagram.clone();
        renamed.nodes[7].label = "Something else".to_owned();
        let moved = farthest(&before, &layout(&renamed));
        assert!(moved <= 60, "renaming moved something {moved} px with seed {seed}");
        let mut grown = diagram.clone();
        let group = grown.nodes[5].group;
        grown.nodes.push(DiagramNode { id: "new".to_owned(), label: "New".to_owned(), group, ..Default::default() });
        grown.edges.push(DiagramEdge { id: "f".to_owned(), from: 5, to: 20, ..Default::default() });
        let moved = farthest(&before, &layout(&grown));
        assert!(moved <= 220, "adding moved something {moved} px with seed {seed}");
    }
}

#[test]
fn the_order_of_a_drawing_stays() {
    let diagram = as_drawn(shop().0, 3, 0);
    let places = diagram.places.clone().unwrap().nodes;
    let layout = layout(&diagram);
    for (a, first) in places.iter().enumerate() {
        for (b, second) in places.iter().enumerate() {
            let (Some(first), Some(second)) = (first, second) else { continue };
            let (now, other) = (layout.nodes[a].rect, layout.nodes[b].rect);
            // What stood clearly left of something still does.
            if first.center().x + 150 < second.center().x {
                assert!(now.center().x < other.center().x, "{a} and {b}");
            }
        }
    }
}

#[test]
fn absurd_places_do_no_harm() {
    let mut diagram = small();
    let count = diagram.nodes.len();
    for rect in [
        Rect::new(i32::MIN, i32::MAX, i32::MAX, i32::MAX),
        Rect::new(-1_000_000, 1_000_000, 0, 0),
        Rect::new(0, 0, -5, -5),
        Rect::default(),
    ] {
        diagram.places = Some(Places {
            nodes: vec![Some(rect); count + 3],
            groups: vec![Some(rect); 9],
            bends: vec![vec![Point::new(i32::MAX, i32::MIN); 40]; 9],
            lines: vec![(0, vec![Point::new(i32::MAX, 0)]), (99, Vec::new()), (1, Vec::new())],
            ..Places::default()
        });
        let layout = layout(&diagram);
        assert_eq!(flaws(&diagram, &layout), Vec::<String>::new(), "{rect:?}");
        assert!(svg(&diagram, &layout, &SvgOptions::default()).contains("</svg>"));
    }
}

/// The diagram with the places of its own automatic layout, at half the size.
fn at_half_size(mut diagram: Diagram) -> Diagram {
    let placed = layout_folded(&diagram, Folding::Sheet);
    let half = |at: usize| {
        let rect = placed.nodes.get(at)?.rect;
        Some(Rect::new(rect.x / 2, rect.y / 2, rect.width / 2, rect.height / 2))
    };
    let nodes = placed.node_at.iter().map(|at| at.and_then(half)).collect();
    diagram.places = Some(Places { nodes, ..Places::default() });
    diagram
}

#[test]
fn laws_hold_on_drawings_of_three_hundred_components() {
    let mut faults = Vec::new();
    for (name, diagram) in [("nested", at_half_size(system(300, 390, 5))), ("grid", grid(300, 390, 5))] {
        let layout = layout_folded(&diagram, Folding::Sheet);
        assert_eq!((layout.engine, layout.nodes.len()), ("drawing", 300), "{name}");
        faults.extend(flaws(&diagram, &layout).into_iter().map(|it| format!("{name}: {it}")));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Of a hundred pairs of components, how many stand the other way round in the second picture: left of each other and now
/// right, or above and now below.
fn turned(before: &Layout, after: &Layout) -> usize {
    let centers: Vec<(Point, Point)> = before
        .node_at
        .iter()
        .zip(&after.node_at)
        .filter_map(|(a, b)| Some((before.nodes[(*a)?].rect.center(), after.nodes[(*b)?].rect.center())))
        .collect();
    // What is nearly in line stands neither way.
    let is_turned = |a: i32, b: i32| a.abs().min(b.abs()) > 30 && a.signum() != b.signum();
    let (mut turned, mut pairs) = (0, 0);
    for (index, (a, b)) in centers.iter().enumerate() {
        for (c, d) in centers.iter().skip(index + 1) {
            pairs += 1;
            turned += usize::from(is_turned(a.x - c.x, b.x - d.x) || is_turned(a.y - c.y, b.y - d.y));
        }
    }
    turned * 100 / pairs.max(1)
}

#[test]
fn a_longer_name_moves_little_in_an_automatic_layout() {
    let mut far = Vec::new();
    for seed in 0..36 {
        let diagram = system([12, 20, 60][usize::try_from(seed % 3).unwrap()], 24, seed);
        let before = layout(&diagram);
        let mut renamed = diagram.clone();
        renamed.nodes[7].label = "Something else altogether".to_owned();
        let labelled = renamed.edges.iter().position(|it| !it.label.is_empty()).unwrap();
        renamed.edges[labelled].label = "another name than before".to_owned();
        let after = layout(&renamed);
        assert_eq!(before.direction, after.direction, "seed {seed}");
        let share = turned(&before, &after);
        assert!(share <= 10, "{share} of a hundred pairs are turned with seed {seed}");
        far.push(farthest(&before, &after));
    }
    far.sort_unstable();
    // Boxes give way to a longer name; most pictures change no more than that.
    assert!(far[far.len() / 2] <= 120, "{far:?}");
}

/// The picture drawn again over an earlier one, as the command line does it.
fn again(diagram: &Diagram, earlier: &str) -> (Layout, String) {
    let mut diagram = diagram.clone();
    let mut placed = layout(&diagram);
    let places = earlier::places(earlier, &diagram).unwrap();
    if !earlier::agrees(&placed, &diagram, &places) {
        diagram.places = Some(places);
        placed = layout(&diagram);
    }
    let drawn = svg(&diagram, &placed, &SvgOptions::default());
    (placed, drawn)
}

#[test]
fn a_picture_drawn_over_an_earlier_one_keeps_its_places() {
    let (mut most, mut faults) = (0, Vec::new());
    for seed in 0..8 {
        for before in [small(), shop().0, knots(), system(30, 40, seed)] {
            let placed = layout(&before);
            let drawn = svg(&before, &placed, &SvgOptions::default());
            let (same, text) = again(&before, &drawn);
            assert_eq!(same, placed, "nothing changed");
            assert_eq!(text, drawn, "not a byte");
            // A component more, with a flow from somewhere, and one flow less.
            let mut more = before.clone();
            let from = usize::try_from(seed).unwrap() % before.nodes.len();
            more.nodes.push(DiagramNode {
                id: "newcomer".to_owned(),
                label: "Newcomer".to_owned(),
                group: before.nodes[from].group,
                ..DiagramNode::default()
            });
            more.edges.push(DiagramEdge {
                id: "new-flow".to_owned(),
                from,
                to: before.nodes.len(),
                label: "tells".to_owned(),
                ..DiagramEdge::default()
            });
            more.edges.remove(0);
            let (after, text) = again(&more, &drawn);
            let moved = farthest(&placed, &after);
            most = most.max(moved);
            assert!(moved <= 160, "{moved} pixels of {} nodes with seed {seed}", before.nodes.len());
            faults.extend(flaws(&more, &after));
            // Drawn once more, nothing moves.
            let (third, _) = again(&more, &text);
            assert_eq!(farthest(&after, &third), 0);
        }
    }
    assert!(most > 0, "the samples make room for what is new");
    // It is not made wider for the sake of a label, as that would move everything.
    assert!(faults.len() <= 8, "{} faults in 32 pictures:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn what_is_removed_or_renamed_moves_nothing_else() {
    for seed in 0..8 {
        for before in [small(), shop().0, knots(), system(30, 40, seed)] {
            let placed = layout(&before);
            let drawn = svg(&before, &placed, &SvgOptions::default());
            let at = usize::try_from(seed).unwrap() % before.nodes.len();
            let mut renamed = before.clone();
            renamed.nodes[at].label = "Renamed since then".to_owned();
            // Without a box, its flows, and with everything behind it one place earlier.
            let mut fewer = before.clone();
            fewer.nodes.remove(at);
            fewer.edges.retain(|edge| edge.from != at && edge.to != at);
            for edge in &mut fewer.edges {
                edge.from -= usize::from(edge.from > at);
                edge.to -= usize::from(edge.to > at);
            }
            for after in [renamed, fewer] {
                let (layout, _) = again(&after, &drawn);
                let was: Vec<(String, Point)> =
                    placed.nodes.iter().map(|it| (it.id().to_owned(), it.rect.center())).collect();
                let moves: Vec<(i32, i32)> = layout
                    .nodes
                    .iter()
                    .filter(|it| it.id() != before.nodes[at].id)
                    .filter_map(|it| {
                        let (_, was) = was.iter().find(|(id, _)| id == it.id())?;
                        Some((it.rect.center().x - was.x, it.rect.center().y - was.y))
                    })
                    .collect();
                // The sheet may begin elsewhere; a box may be a pixel larger on one side.
                let first = moves.first().copied().unwrap_or_default();
                let most = moves.iter().map(|it| (it.0 - first.0).abs().max((it.1 - first.1).abs())).max().unwrap_or(0);
                assert!(most <= 12, "{most} pixels of {} nodes with seed {seed}", before.nodes.len());
            }
        }
    }
}

#[test]
fn what_is_no_picture_of_this_system_gives_no_places() {
    let diagram = shop().0;
    let other = svg(&small(), &layout(&small()), &SvgOptions::default());
    let entities = "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg class='vb-dfd'/>";
    for text in ["", "<svg/>", "<svg xmlns='http://www.w3.org/2000/svg' class='vb-dfd'/>", entities, &other] {
        assert_eq!(earlier::places(text, &diagram), None, "{text}");
    }
}
