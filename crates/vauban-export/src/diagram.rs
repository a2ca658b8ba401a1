//! The data-flow diagram of a model, and attack paths on it.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::drawing::geometry::pixel::{Point, Rect};
use vauban_model::drawing::{Drawing, geometry};
use vauban_model::finding::{AttackPath, Finding, PathStep};
use vauban_model::model::{ElementRef, Flow, Model, enumeration_of};
use vauban_model::report::Report;
use vauban_model::scale::Level;
use vauban_model::vocabulary::{Domain, fact};

use crate::digest::goal_words;
use crate::picture::{
    Badge, BadgeTone, Diagram, DiagramEdge, DiagramGroup, DiagramNode, EdgeStyle, GroupTone, NodeShape, OverlayStep,
    PathOverlay, Places, StepAt, WayIn,
};
use crate::text::{capital, count, drawn, short};

/// Characters of a flow's label.
const LABEL: usize = 44;

/// What a diagram shows beside the system itself.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'d> {
    /// Badges that count the open findings at an element.
    pub threats: bool,
    /// The worst risk at an element, as a tint with a sign and a word.
    pub risk: bool,
    /// The drawing whose places are kept, and whose elements are shown.
    pub drawing: Option<&'d Drawing>,
}

/// The diagram of a report's model, with badges that count the open findings at an element. Places are those of the
/// model's drawing, if it has just one.
pub fn diagram(report: &Report<'_>) -> Diagram {
    let drawing = match report.model.drawings.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    diagram_of(report, Shown { threats: true, risk: false, drawing })
}

/// The diagram of a report's model. Node, edge and group indexes are those of the model's components, flows and
/// boundaries.
pub fn diagram_of(report: &Report<'_>, shown: Shown<'_>) -> Diagram {
    let model = report.model;
    let open = if shown.threats || shown.risk { open_at(report) } else { BTreeMap::new() };
    let analysis = report.analysis;
    let nodes = model.elements(Domain::Component).map(|(element, entry)| {
        let component = model.components.get(element.at());
        let technology = entry.words(fact::TECHNOLOGY).join(", ");
        let is_person = entry.words(fact::TECHNOLOGY).iter().any(|word| &**word == "person");
        let used = analysis.used_by_people.get(element.at()).copied().unwrap_or(false);
        let kind = analysis.kinds.get(element.at()).copied().flatten();
        let shape = match kind.and_then(|kind| enumeration_of(fact::KIND).map(|words| words.word(kind))) {
            Some("data-store") => NodeShape::Store,
            _ if is_person => NodeShape::Person,
            // Programs that people use are no people.
            Some("external-entity") if used => NodeShape::Person,
            Some("external-entity") => NodeShape::External,
            // Nobody said what it is; what keeps data is drawn as a store.
            None if !entry.references(fact::STORES).is_empty() => NodeShape::Store,
            _ => NodeShape::Process,
        };
        let at = open.get(&element).copied();
        let out_of_scope = !model.in_scope(element);
        let mut lines = vec![entry.name.to_string()];
        if !technology.is_empty() {
            lines.push(technology.clone());
        }
        if out_of_scope {
            lines.push("out of scope".to_owned());
        }
        lines.extend(at.map(|(number, worst)| open_words(number, worst)));
        DiagramNode {
            id: entry.id.to_string(),
            label: entry.name.to_string(),
            sublabel: technology,
            shape,
            group: component.and_then(|c| c.boundary).map(|index| index as usize),
            badge: at.filter(|_| shown.threats).map(badge),
            risk: at.filter(|_| shown.risk).map(|(_, worst)| tone(worst)),
            hidden: false,
            emphasis: at.is_some_and(|(_, worst)| worst == Level::Critical),
            dimmed: out_of_scope,
            tooltip: lines.join("\n"),
        }
    });
    let groups = model.boundaries.iter().map(|boundary| {
        let entry = &boundary.element;
        let kind = entry.word(fact::BOUNDARY_KIND);
        let trust = entry.word(fact::TRUST);
        let tone = match (trust, kind) {
            (Some("untrusted" | "partner"), _) | (None, Some("internet")) => GroupTone::Untrusted,
            (Some("trusted" | "highly-trusted"), _) => GroupTone::Trusted,
            _ => GroupTone::Neutral,
        };
        let kind_label = kind.map(|kind| kind.replace('-', " ")).unwrap_or_default();
        let tooltip = format!(
            "{}\n{}{}",
            entry.name,
            if kind_label.is_empty() { "trust boundary" } else { &kind_label },
            trust.map(|trust| format!(", {}", trust.replace('-', " "))).unwrap_or_default()
        );
        DiagramGroup {
            id: entry.id.to_string(),
            label: entry.name.to_string(),
            // A boundary that is called what it is says it once.
            kind_label: if kind_label.eq_ignore_ascii_case(&entry.name) { String::new() } else { kind_label },
            parent: boundary.parent.map(|index| index as usize),
            tone,
            line: false,
            hidden: false,
            tooltip,
        }
    });
    let edges = model.elements(Domain::Flow).filter_map(|(element, entry)| {
        let flow = model.flows.get(element.at())?;
        let protocol = entry.word(fact::PROTOCOL);
        let style = match analysis.encrypted.get(element.at()).copied().flatten() {
            Some(true) => EdgeStyle::Encrypted,
            Some(false) => EdgeStyle::Plain,
            None => EdgeStyle::Unknown,
        };
        let data = carried(report, element);
        let at = open.get(&element).copied();
        let mut lines = vec![crate::digest::name(model, element).into_owned()];
        lines.extend(protocol.map(str::to_owned));
        if !data.is_empty() {
            lines.push(data.join(", "));
        }
        lines.extend(at.map(|(number, worst)| open_words(number, worst)));
        Some(DiagramEdge {
            id: entry.id.to_string(),
            from: flow.source as usize,
            to: flow.target as usize,
            label: label(&data, crate::digest::given_name(model, flow), protocol),
            both_ways: entry.bool(fact::TWO_WAY) == Some(true),
            style,
            hidden: false,
            crosses: entry.references(fact::CROSSES).iter().map(|index| *index as usize).collect(),
            badge: at.and_then(|at| flow_badge(at, shown)),
            emphasis: false,
            tooltip: lines.join("\n"),
        })
    });
    let mut out = Diagram {
        title: model.system.name.to_string(),
        nodes: nodes.collect(),
        groups: groups.collect(),
        edges: edges.collect(),
        places: None,
    };
    if let Some(drawing) = shown.drawing {
        keep_places(report, drawing, &mut out);
    }
    let drawn_as_lines = model.drawings.iter().flat_map(|it| &it.lines).map(|it| it.boundary as usize);
    let crossed = out.edges.iter().flat_map(|edge| edge.crosses.iter().copied());
    for index in drawn_as_lines.chain(crossed).collect::<BTreeSet<usize>>() {
        if let Some(group) = out.groups.get_mut(index) {
            group.line = true;
        }
    }
    let nodes = out.nodes.iter_mut().flat_map(|it| [&mut it.id, &mut it.label, &mut it.sublabel, &mut it.tooltip]);
    let groups = out.groups.iter_mut().flat_map(|it| [&mut it.id, &mut it.label, &mut it.tooltip]);
    let edges = out.edges.iter_mut().flat_map(|it| [&mut it.id, &mut it.label, &mut it.tooltip]);
    for text in nodes.chain(groups).chain(edges).chain([&mut out.title]) {
        *text = drawn(text);
    }
    out
}

/// Takes over the places of a drawing, and hides what is on other drawings only. What no drawing has is on the first.
fn keep_places(report: &Report<'_>, drawing: &Drawing, out: &mut Diagram) {
    let drawings = &report.model.drawings;
    let is_first = drawings.first().is_some_and(|it| it.id == drawing.id);
    let mut places = Places {
        nodes: vec![None; out.nodes.len()],
        groups: vec![None; out.groups.len()],
        bends: vec![Vec::new(); out.edges.len()],
        lines: Vec::new(),
        as_they_are: false,
    };
    for shape in &drawing.shapes {
        let list = match shape.element.domain {
            Domain::Component => &mut places.nodes,
            Domain::Boundary => &mut places.groups,
            _ => continue,
        };
        if let Some(place) = list.get_mut(shape.element.at()) {
            *place = Some(rect(&shape.rect));
        }
    }
    for flow in &drawing.flows {
        if let Some(place) = places.bends.get_mut(flow.flow as usize) {
            *place = flow.bends.iter().map(point).collect();
        }
    }
    for line in &drawing.lines {
        let points = if line.curved { geometry::smooth(&line.points) } else { line.points.clone() };
        places.lines.push((line.boundary as usize, points.iter().map(point).collect()));
    }
    let elsewhere = |element: ElementRef| {
        let holds = |it: &Drawing| match element.domain {
            Domain::Flow => it.flows.iter().any(|flow| flow.flow == element.index),
            _ => {
                it.shapes.iter().any(|shape| shape.element == element)
                    || it.lines.iter().any(|line| element.domain == Domain::Boundary && line.boundary == element.index)
            }
        };
        !holds(drawing) && (!is_first || drawings.iter().any(holds))
    };
    // What stands at an end that no drawing shows is wherever its flows are drawn.
    let drawn: BTreeSet<u32> = drawings
        .iter()
        .flat_map(|it| &it.shapes)
        .filter(|it| it.element.domain == Domain::Component)
        .map(|it| it.element.index)
        .collect();
    let joined = |flows: &mut dyn Iterator<Item = u32>| -> BTreeSet<u32> {
        let flows = flows.filter_map(|flow| report.model.flows.get(flow as usize));
        flows.flat_map(|flow| [flow.source, flow.target]).collect()
    };
    let here = joined(&mut drawing.flows.iter().map(|it| it.flow));
    let anywhere = joined(&mut drawings.iter().flat_map(|it| &it.flows).map(|it| it.flow));
    for (index, node) in (0u32..).zip(out.nodes.iter_mut()) {
        let by_flows = !drawn.contains(&index) && anywhere.contains(&index);
        let element = ElementRef { domain: Domain::Component, index };
        node.hidden = if by_flows { !here.contains(&index) } else { elsewhere(element) };
    }
    for (index, group) in out.groups.iter_mut().enumerate() {
        group.hidden = elsewhere(ElementRef::new(Domain::Boundary, index));
    }
    for (index, edge) in out.edges.iter_mut().enumerate() {
        // A flow that no drawing mentions is wherever both its ends are.
        let flow = ElementRef::new(Domain::Flow, index);
        edge.hidden = elsewhere(flow) && drawings.iter().any(|it| it.flows.iter().any(|f| f.flow == flow.index));
    }
    out.places = Some(places);
}

/// To whole pixels; what lies absurdly far away is brought near.
#[expect(clippy::cast_possible_truncation, reason = "the range is limited on the same line")]
fn pixel(value: f64) -> i32 {
    (value + 0.5).floor().clamp(-1e6, 1e6) as i32
}

fn point(point: &geometry::Point) -> Point {
    Point::new(pixel(point.x), pixel(point.y))
}

fn rect(rect: &geometry::Rect) -> Rect {
    let (low, size) = (point(&rect.corner), (pixel(rect.width), pixel(rect.height)));
    Rect::new(low.x, low.y, size.0, size.1)
}

/// An attack path as marks on [`diagram`]. Steps that are about data or an identity stand where the attacker was.
pub fn overlay(report: &Report<'_>, path: &AttackPath) -> PathOverlay {
    let mut last = spot(path.from);
    let mut steps = Vec::with_capacity(path.steps.len());
    for (number, step) in (1..).zip(&path.steps) {
        let at = step_spot(report, step).or(last);
        last = at.or(last);
        if let Some(at) = at {
            steps.push(OverlayStep { number, at, label: drawn(&step.title), assumed: step.assumed });
        }
    }
    let attacker = report.attackers.get(path.attacker as usize).map_or("an attacker", |it| &*it.name);
    let (goal, risk) = (goal_words(path.goal.verb), path.score.risk.as_str());
    let title =
        format!("{} {goal} {} ({risk} risk)", capital(attacker), crate::digest::name(report.model, path.goal.element));
    let entry = path.from;
    let way_in = spot(entry).or_else(|| steps.first().map(|step| step.at)).map(|at| {
        let label = format!("{} comes in at {}", capital(attacker), crate::digest::name(report.model, entry));
        WayIn { at, label: drawn(&label) }
    });
    PathOverlay { title: drawn(&title), way_in, steps }
}

/// Where an element stands on the diagram, if it is drawn as a box or a flow.
fn spot(element: ElementRef) -> Option<StepAt> {
    match element.domain {
        Domain::Component => Some(StepAt::Node(element.at())),
        Domain::Flow => Some(StepAt::Edge(element.at())),
        _ => None,
    }
}

fn step_spot(report: &Report<'_>, step: &PathStep) -> Option<StepAt> {
    let on_flow = step.threat.and_then(|at| report.threats.get(at as usize)).is_none_or(|t| t.on == Domain::Flow);
    let flow = || step.evidence.iter().map(|e| e.element).find(|e| e.domain == Domain::Flow).and_then(spot);
    let component = || step.evidence.iter().map(|e| e.element).find(|e| e.domain == Domain::Component).and_then(spot);
    // Moving along a flow, or abusing one, happens on the flow.
    if on_flow && let Some(found) = flow() {
        return Some(found);
    }
    spot(step.to).or_else(|| step.from.and_then(spot)).or_else(component)
}

/// How many findings are open at each element, and the worst risk.
fn open_at(report: &Report<'_>) -> BTreeMap<ElementRef, (usize, Level)> {
    let mut out: BTreeMap<ElementRef, (usize, Level)> = BTreeMap::new();
    let open = |finding: &&Finding| finding.status.is_open();
    for finding in report.analysis.findings.iter().filter(open) {
        let Some(element) = finding.elements.first() else { continue };
        let entry = out.entry(*element).or_insert((0, Level::Low));
        entry.0 += 1;
        entry.1 = entry.1.max(finding.current.risk);
    }
    out
}

fn open_words(number: usize, worst: Level) -> String {
    format!("{}, the worst {}", count(number, "open threat"), worst.as_str())
}

fn badge((number, worst): (usize, Level)) -> Badge {
    Badge { text: number.to_string(), tone: tone(worst) }
}

/// The badge of a flow, which has no room for a tint: how many threats, and how bad.
fn flow_badge((number, worst): (usize, Level), shown: Shown<'_>) -> Option<Badge> {
    let text = match (shown.threats, shown.risk) {
        (false, false) => return None,
        (true, false) => number.to_string(),
        (false, true) => worst.as_str().to_owned(),
        (true, true) if number == 1 => format!("1 {}", worst.as_str()),
        // Two facts, not one: how many, and the worst of them.
        (true, true) => format!("{number} · {}", worst.as_str()),
    };
    Some(Badge { text, tone: tone(worst) })
}

fn tone(level: Level) -> BadgeTone {
    match level {
        Level::Critical => BadgeTone::Critical,
        Level::High => BadgeTone::High,
        Level::Medium => BadgeTone::Medium,
        Level::Low => BadgeTone::Low,
    }
}

/// Names of the data a flow carries and returns, each once.
fn carried(report: &Report<'_>, flow: ElementRef) -> Vec<String> {
    let Some(entry) = report.model.get(flow) else { return Vec::new() };
    let mut seen: Vec<u32> = Vec::new();
    for index in entry.references(fact::CARRIES).iter().chain(entry.references(fact::RETURNS)) {
        if !seen.contains(index) {
            seen.push(*index);
        }
    }
    seen.into_iter().map(|index| report.model.name(ElementRef { domain: Domain::Data, index }).to_owned()).collect()
}

/// Whether a flow's label on a diagram is the whole name that a person gave it, if anybody did.
pub(crate) fn shows_name(model: &Model, flow: &Flow) -> bool {
    let carries = |id| !flow.element.references(id).is_empty();
    crate::digest::given_name(model, flow)
        .is_none_or(|name| name.chars().count() <= LABEL && !carries(fact::CARRIES) && !carries(fact::RETURNS))
}

/// The label of a flow: what it carries, or else what somebody called it, or else how it goes.
fn label(data: &[String], name: Option<&str>, protocol: Option<&str>) -> String {
    match data {
        [] => name.map(|name| short(name, LABEL)).or(protocol.map(str::to_owned)).unwrap_or_default(),
        [one] => short(one, LABEL),
        [one, two] if one.chars().count() + two.chars().count() + 2 <= LABEL => format!("{one}, {two}"),
        [one, rest @ ..] => format!("{} +{}", short(one, LABEL - 4), rest.len()),
    }
}
