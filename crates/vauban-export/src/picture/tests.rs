//! The laws of placing, on diagrams people draw and on random ones.

use super::engine::{ENGINES, LayoutEngine, Shelves};
use super::flaws::flaws as broken;
use super::place::{LayoutFault, fault};
use super::samples::{Numbers, knots, shop, small, system, wild};
use super::*;

/// How many random diagrams each law is tried on.
const RUNS: u64 = 90;

fn pictures() -> impl Iterator<Item = (String, Diagram)> {
    let drawn = [("small", small()), ("shop", shop().0), ("knots", knots()), ("system", system(40, 50, 3))];
    let drawn = drawn.into_iter().map(|(name, diagram)| (name.to_owned(), diagram));
    drawn.chain((0..RUNS).map(|seed| (format!("wild {seed}"), wild(seed))))
}

#[test]
fn every_law_holds_on_every_picture() {
    let mut faults = Vec::new();
    for (name, diagram) in pictures() {
        let layout = layout(&diagram);
        if layout.engine != ENGINES[0].name() {
            faults.push(format!("{name}: placed by {}", layout.engine));
        }
        faults.extend(broken(&diagram, &layout).into_iter().map(|it| format!("{name}: {it}")));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_engine_behind_the_first_is_sound_too() {
    for (name, diagram) in pictures() {
        let measured = scene::measure(&diagram, Folding::Page);
        let placement = Shelves.place(&measured.scene, Direction::Down).unwrap_or_default();
        let fault = fault(&measured.scene, &placement);
        // Out of ports or out of budget, it lets a flow pass behind a box rather than lose it.
        assert!(matches!(fault, None | Some(LayoutFault::Crosses(..))), "{name}: {fault:?}");
    }
    for (name, diagram) in [("small", small()), ("shop", shop().0), ("system", system(40, 50, 3))] {
        let measured = scene::measure(&diagram, Folding::Page);
        let placement = Shelves.place(&measured.scene, Direction::Down).unwrap_or_default();
        assert_eq!(fault(&measured.scene, &placement), None, "{name}");
    }
}

#[test]
fn equal_diagrams_give_equal_bytes() {
    let (diagram, overlays) = shop();
    let draw = |diagram: &Diagram| {
        let options = SvgOptions { overlays: &overlays, ..SvgOptions::default() };
        svg(diagram, &layout(diagram), &options)
    };
    let first = draw(&diagram);
    assert_eq!(first, draw(&diagram.clone()));
    let elsewhere = std::thread::spawn({
        let diagram = diagram.clone();
        move || layout(&diagram)
    });
    assert_eq!(elsewhere.join().expect("no panic"), layout(&diagram));
    for seed in 0..20 {
        assert_eq!(layout(&wild(seed)), layout(&wild(seed)));
    }
    let measured = scene::measure(&system(40, 80, 9), Folding::Page);
    for engine in ENGINES {
        let place = || engine.place(&measured.scene, Direction::Down);
        assert_eq!(place(), place(), "{}", engine.name());
    }
}

#[test]
fn an_unsound_engine_is_passed_over() {
    struct Liar(i32);
    impl LayoutEngine for Liar {
        fn name(&self) -> &'static str {
            "liar"
        }
        fn place(&self, scene: &Scene, _direction: Direction) -> Option<Placement> {
            let rect = Rect::new(self.0, self.0, self.0, self.0);
            let route = Route { points: vec![Point::new(self.0, 0), Point::new(0, self.0)], label: Some(rect) };
            Some(Placement {
                boxes: vec![rect; scene.boxes.len()],
                groups: vec![rect; scene.groups.len()],
                edges: vec![route; scene.edges.len()],
            })
        }
    }
    let (diagram, _) = shop();
    for number in [0, -1, 50, 99_999_999, i32::MAX, i32::MIN] {
        assert_eq!(layout_by(&diagram, &[&Liar(number)]), layout(&diagram), "{number}");
    }
}

#[test]
fn a_large_diagram_is_folded() {
    let diagram = system(300, 380, 5);
    let layout = layout(&diagram);
    assert!(layout.nodes.len() <= 90, "{} boxes", layout.nodes.len());
    assert_eq!(layout.engine, ENGINES[0].name());
    let shown: usize = layout.nodes.iter().map(|node| node.folded().unwrap_or(1)).sum();
    assert_eq!(shown, 300);
    let flows: usize = layout.edges.iter().map(PlacedEdge::flows).sum();
    assert_eq!(flows, layout.edge_at.iter().flatten().count());
    assert_eq!(broken(&diagram, &layout), Vec::<String>::new());
    let picture = svg(&diagram, &layout, &SvgOptions::default());
    assert!(picture.contains(" components</text>"));
    assert!(picture.contains("Several components"));
}

#[test]
fn emphasis_stays_open_longest() {
    let mut diagram = system(300, 380, 5);
    for node in &mut diagram.nodes {
        node.badge = None;
    }
    let kept = diagram.nodes.iter().position(|node| node.group.is_some_and(|group| group > 20)).expect("one");
    diagram.nodes[kept].emphasis = true;
    let layout = layout(&diagram);
    let at = layout.node_at[kept].expect("shown");
    assert_eq!(layout.nodes[at].folded(), None);
    assert_eq!(layout.nodes[at].id(), diagram.nodes[kept].id);
}

#[test]
fn a_diagram_without_groups_is_folded_by_shape() {
    let mut diagram = system(400, 500, 5);
    diagram.groups.clear();
    let layout = layout(&diagram);
    assert!(layout.nodes.len() <= 90);
    assert!(layout.node_at.iter().all(Option::is_some));
    assert!(layout.nodes.iter().any(|node| node.face.label.join(" ").contains("more processes")));
}

#[test]
fn no_input_is_too_odd() {
    let node = |label: &str, group| DiagramNode { label: label.to_owned(), group, ..DiagramNode::default() };
    let group = |parent| DiagramGroup { parent, ..DiagramGroup::default() };
    let edge = |from, to| DiagramEdge { from, to, ..DiagramEdge::default() };
    let odd = [
        Diagram::default(),
        Diagram { groups: vec![group(None)], ..Diagram::default() },
        Diagram { edges: vec![edge(0, 0)], ..Diagram::default() },
        Diagram {
            nodes: vec![node("", None)],
            edges: vec![edge(0, 0), edge(0, 9), edge(usize::MAX, 0)],
            ..Diagram::default()
        },
        // Circles of groups, a group inside itself, a parent and a group that do not exist.
        Diagram {
            nodes: (0..6).map(|index| node("n", Some(index))).collect(),
            groups: vec![group(Some(1)), group(Some(2)), group(Some(0)), group(Some(3)), group(Some(usize::MAX))],
            edges: (0..6).map(|index| edge(index, (index + 1) % 6)).collect(),
            ..Diagram::default()
        },
        // Five hundred groups inside one another.
        Diagram {
            nodes: (0..500).map(|index| node("deep", Some(index))).collect(),
            groups: (0..500).map(|index: usize| group(index.checked_sub(1))).collect(),
            edges: (0..499).map(|index| edge(index, index + 1)).collect(),
            ..Diagram::default()
        },
        // Everything at one box, and everything between two.
        Diagram {
            nodes: (0..200).map(|_| node("n", None)).collect(),
            edges: (0..200).map(|index| edge(0, index)).collect(),
            ..Diagram::default()
        },
        Diagram {
            nodes: vec![node("a", None), node("b", None)],
            edges: (0..500).map(|index| edge(index % 2, (index + 1) % 2)).collect(),
            ..Diagram::default()
        },
        Diagram { nodes: vec![node("a", None)], edges: (0..40).map(|_| edge(0, 0)).collect(), ..Diagram::default() },
        // Empty groups without end.
        Diagram { groups: (0..3000).map(|_| group(None)).collect(), ..Diagram::default() },
    ];
    for (index, diagram) in odd.iter().enumerate() {
        let layout = layout(diagram);
        assert_eq!(broken(diagram, &layout), Vec::<String>::new(), "odd diagram {index}");
        let picture = svg(diagram, &layout, &SvgOptions::default());
        assert!(roxmltree::Document::parse(&picture).is_ok(), "odd diagram {index}");
    }
}

#[test]
fn twenty_thousand_components_are_bounded() {
    let mut random = Numbers::new(7);
    let mut diagram = Diagram::default();
    for index in 0..4000 {
        let parent = if index > 0 { Some(random.below(index)) } else { None };
        diagram.groups.push(DiagramGroup { id: format!("g{index}"), parent, ..DiagramGroup::default() });
    }
    for index in 0..20_000 {
        let group = Some(random.below(4000));
        diagram.nodes.push(DiagramNode { id: format!("n{index}"), group, ..DiagramNode::default() });
    }
    for _ in 0..50_000 {
        let (from, to) = (random.below(20_000), random.below(20_000));
        diagram.edges.push(DiagramEdge { from, to, ..DiagramEdge::default() });
    }
    let layout = layout(&diagram);
    assert!(layout.nodes.len() <= 150 && layout.edges.len() <= 260);
    assert!(layout.node_at.iter().all(Option::is_some));
}

#[test]
fn hostile_text_stays_text() {
    let nasty = "</title><script>alert(1)</script>\"'&]]>\u{0}\u{1b}\u{202e}\n<!-- {} %s";
    let mut diagram = shop().0;
    diagram.title = nasty.to_owned();
    for node in &mut diagram.nodes {
        node.id = nasty.to_owned();
        node.label = nasty.to_owned();
        node.sublabel = nasty.to_owned();
        node.tooltip = nasty.to_owned();
        node.badge = Some(Badge { text: nasty.to_owned(), tone: BadgeTone::High });
    }
    for group in &mut diagram.groups {
        group.id = nasty.to_owned();
        group.label = nasty.to_owned();
        group.kind_label = nasty.to_owned();
        group.tooltip = nasty.to_owned();
    }
    for edge in &mut diagram.edges {
        edge.id = nasty.to_owned();
        edge.label = nasty.to_owned();
        edge.tooltip = nasty.to_owned();
        edge.badge = Some(Badge { text: nasty.to_owned(), tone: BadgeTone::Low });
    }
    let overlays = [PathOverlay {
        title: nasty.to_owned(),
        way_in: Some(WayIn { at: StepAt::Node(usize::MAX), label: nasty.to_owned() }),
        steps: vec![
            OverlayStep { number: 1, at: StepAt::Node(0), label: nasty.to_owned(), assumed: true },
            OverlayStep { number: usize::MAX, at: StepAt::Edge(usize::MAX), label: nasty.to_owned(), assumed: false },
        ],
    }];
    let layout = layout(&diagram);
    for embed in [false, true] {
        let options = SvgOptions { overlays: &overlays, embed, id_prefix: "1\"><b ", ..SvgOptions::default() };
        let picture = svg(&diagram, &layout, &options);
        let document = roxmltree::Document::parse(&picture).expect("well-formed");
        let allowed = ["svg", "title", "desc", "style", "g", "rect", "path", "text", "tspan", "circle"];
        for element in document.descendants().filter(roxmltree::Node::is_element) {
            assert!(allowed.contains(&element.tag_name().name()), "{element:?}");
            assert!(element.attributes().all(|it| !it.name().starts_with("on")), "{element:?}");
        }
        assert!(!picture.contains("<script"));
        assert!(document.descendants().any(|it| it.attribute("data-id").is_some_and(|id| id.contains("<script>"))));
    }
}

#[test]
fn a_picture_can_be_read_by_machine_and_by_ear() {
    let (diagram, overlays) = shop();
    let layout = layout(&diagram);
    let options = SvgOptions { overlays: &overlays, id_prefix: "p1-", ..SvgOptions::default() };
    let picture = svg(&diagram, &layout, &options);
    let document = roxmltree::Document::parse(&picture).expect("well-formed");
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let by_id = |id: &str| document.descendants().find(|it| it.attribute("id") == Some(id));
    for id in root.attribute("aria-labelledby").expect("labelled").split(' ') {
        assert!(by_id(id).and_then(|it| it.text()).is_some_and(|text| !text.is_empty()), "{id}");
    }
    let mut seen = std::collections::BTreeSet::new();
    for id in document.descendants().filter_map(|it| it.attribute("id")) {
        assert!(id.starts_with("p1-") && seen.insert(id), "{id}");
    }
    for node in &diagram.nodes {
        let group = document.descendants().find(|it| it.attribute("data-id") == Some(&node.id)).expect("drawn");
        let tooltip = group.children().find(|it| it.has_tag_name("title")).and_then(|it| it.text());
        assert_eq!(tooltip, Some(node.label.as_str()));
    }
    // Attributes hold whole numbers only: nothing that a platform could print another way.
    let fraction = document
        .descendants()
        .flat_map(|it| it.attributes())
        .filter(|it| matches!(it.name(), "x" | "y" | "width" | "height" | "cx" | "cy"))
        .find(|it| it.value().contains('.'));
    assert_eq!(fraction, None);
}

#[test]
fn markers_hide_nothing() {
    let (diagram, overlays) = shop();
    let layout = layout(&diagram);
    let picture = svg(&diagram, &layout, &SvgOptions { overlays: &overlays, ..SvgOptions::default() });
    let document = roxmltree::Document::parse(&picture).expect("well-formed");
    let number = |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name)?.parse::<i32>().ok();
    let drawing = document.root_element().children().find(|it| it.has_attribute("transform")).expect("drawing");
    let markers: Vec<Rect> = drawing
        .descendants()
        .filter(|it| it.attribute("class") == Some("vb-step"))
        .filter_map(|it| {
            Some(Rect::new(number(it, "x")?, number(it, "y")?, number(it, "width")?, number(it, "height")?))
        })
        .collect();
    // One more for the way in.
    assert_eq!(markers.len(), overlays[0].steps.len() + 1);
    for (index, marker) in markers.iter().enumerate() {
        assert!(layout.edges.iter().filter_map(|edge| edge.label).all(|label| !label.overlaps(marker)), "{index}");
        assert!(markers.iter().skip(index + 1).all(|other| !other.overlaps(marker)), "{index}");
        assert!(layout.groups.iter().all(|group| !group.heading.overlaps(marker)), "{index}");
    }
}

#[test]
fn the_legend_explains_what_occurs_and_nothing_else() {
    let diagram = small();
    let drawn = svg(&diagram, &layout(&diagram), &SvgOptions::default());
    for present in ["Data store", "Encrypted flow", "Flow in the clear", "Protection unknown", "Trusted boundary"] {
        assert!(drawn.contains(&format!(">{present}<")), "{present}");
    }
    for absent in ["Out of scope", "Several components", "Step of the attack", "Critical", ">Boundary<"] {
        assert!(!drawn.contains(absent), "{absent}");
    }
    let bare = svg(&diagram, &layout(&diagram), &SvgOptions { legend: false, ..SvgOptions::default() });
    assert!(!bare.contains("vb-legend"));
}

#[test]
fn an_embedded_picture_leaves_the_page_alone() {
    let diagram = small();
    let drawn =
        svg(&diagram, &layout(&diagram), &SvgOptions { embed: true, theme: Theme::Auto, ..SvgOptions::default() });
    assert!(drawn.starts_with("<svg "));
    assert!(drawn.contains("var(--vb-ink,"));
    let style = drawn.split("<style>").nth(1).and_then(|it| it.split("</style>").next()).expect("a style");
    for rule in style.replace("@media (prefers-color-scheme:dark){", "").split('}').filter(|it| !it.is_empty()) {
        for selector in rule.split('{').next().unwrap_or_default().split(',') {
            assert!(selector.starts_with(".vb-dfd.vb-auto "), "{selector}");
        }
    }
}

#[test]
fn a_layout_of_another_diagram_draws_without_harm() {
    let (diagram, overlays) = shop();
    let options = SvgOptions { overlays: &overlays, ..SvgOptions::default() };
    assert!(svg(&small(), &layout(&diagram), &options).contains("</svg>"));
    assert!(svg(&Diagram::default(), &layout(&diagram), &options).contains("</svg>"));
}

#[test]
fn a_path_shows_its_way_in_and_what_is_assumed() {
    let (diagram, overlays) = shop();
    let layout = layout(&diagram);
    let picture = svg(&diagram, &layout, &SvgOptions { overlays: &overlays, ..SvgOptions::default() });
    let document = roxmltree::Document::parse(&picture).expect("well-formed");
    let of = |class: &str| {
        let has =
            |it: &roxmltree::Node<'_, '_>| it.attribute("class").is_some_and(|it| it.split(' ').any(|it| it == class));
        document.descendants().filter(move |it| has(it)).count()
    };
    let shows = |words: &str| document.descendants().any(|it| it.is_text() && it.text() == Some(words));
    // One arrow at the picture, one in the legend; the sign stands at the picture, in the list and in the legend.
    assert_eq!((of("vb-entrance"), of("vb-guess"), of("vb-glow-guess")), (2, 3, 1));
    assert!(shows("IN") && shows("4?") && shows("Way in") && shows("Assumed step"));
    assert!(picture.contains("(assumed)"), "the word stands in the list");
    assert!(picture.contains("Anyone comes in at the administrator"));
    // Without any of both nothing speaks of them.
    let mut plain = overlays.clone();
    for overlay in &mut plain {
        overlay.way_in = None;
        overlay.steps.iter_mut().for_each(|step| step.assumed = false);
    }
    let picture = svg(&diagram, &layout, &SvgOptions { overlays: &plain, ..SvgOptions::default() });
    assert!(
        !picture.contains("Way in") && !picture.contains("Assumed step") && !picture.contains("class=\"vb-entrance")
    );
}

#[test]
fn a_title_that_is_cut_says_so_and_is_whole_for_the_reader() {
    let (mut diagram, mut overlays) = shop();
    let long = format!("{}end", "A very long heading of words ".repeat(8));
    diagram.title.clone_from(&long);
    overlays[0].title.clone_from(&long);
    overlays[0].steps[0].label.clone_from(&long);
    let layout = layout(&diagram);
    let picture = svg(&diagram, &layout, &SvgOptions { overlays: &overlays, ..SvgOptions::default() });
    let document = roxmltree::Document::parse(&picture).expect("well-formed");
    for class in ["vb-title", "vb-heading"] {
        let shown = document.descendants().find(|it| it.attribute("class") == Some(class)).expect(class);
        let texts: Vec<&str> = shown.children().filter_map(|it| it.text()).collect();
        assert!(texts.iter().any(|it| it.ends_with('…')), "{class}: {texts:?}");
    }
    let whole = document.descendants().filter(|it| it.has_tag_name(("http://www.w3.org/2000/svg", "title")));
    assert!(whole.filter(|it| it.text() == Some(&long)).count() >= 3);
}
