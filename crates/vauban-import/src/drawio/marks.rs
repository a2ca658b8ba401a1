//! The threat-modeling library's marks: `A01` is an asset held where it lies, `C01` a control, `TA01` an attacker.

use rustc_hash::FxHashMap;
use vauban_model::drawing::geometry::{Line, Point, Rect, nearest_box};
use vauban_model::model::{Element, ElementRef};
use vauban_model::vocabulary::{Domain, fact};

use super::plan::{Plan, What, is_mark};
use crate::Format;
use crate::draft::{Draft, Space, State, element, narrow, one_line, slug};
use crate::extras::keep;
use crate::sketch::annotation;

const FORMAT: Format = Format::DrawIo;
/// How far a mark may be from what it is put on.
const REACH: f64 = 14.0;

/// What the tables of a page say about its marks.
fn legend(plan: &Plan<'_>) -> FxHashMap<String, String> {
    let mut legend = FxHashMap::default();
    let mut add = |mark: &str, text: String| {
        if is_mark(mark) && !text.is_empty() && !is_mark(&text) {
            legend.entry(mark.to_owned()).or_insert(text);
        }
    };
    for index in 0..plan.page.cells.len() {
        match plan.what(index) {
            // A row of its own shapes: the mark is drawn inside the row that explains it.
            What::Row(_) => {
                if let Some(row) = plan.parent(index).filter(|row| matches!(plan.what(*row), What::Row(_))) {
                    add(plan.text(index).trim(), one_line(plan.text(row)));
                }
            }
            What::Note => {
                let lines: Vec<&str> = plan.text(index).lines().collect();
                for (at, line) in lines.iter().enumerate() {
                    let (mark, rest) = line.split_once(['\t', ' ', ':']).unwrap_or((line, ""));
                    let next = lines.get(at + 1).copied().unwrap_or_default();
                    let text = one_line(rest.trim_start_matches([':', '-', '\t', ' ']));
                    add(mark.trim_end_matches([':', '.']), if text.is_empty() { one_line(next) } else { text });
                }
            }
            _ => {}
        }
    }
    legend
}

/// Puts each mark on the element it lies on.
pub(super) fn attach(plan: &Plan<'_>, page: usize, elements: &FxHashMap<String, ElementRef>, draft: &mut Draft) {
    let marks: Vec<usize> = (0..plan.page.cells.len()).filter(|index| plan.what(*index) == What::Mark).collect();
    if marks.is_empty() {
        return;
    }
    let legend = legend(plan);
    let mut boxes: Vec<(ElementRef, Rect)> = Vec::new();
    let mut zones: Vec<(ElementRef, Rect)> = Vec::new();
    for (index, cell) in plan.page.cells.iter().enumerate() {
        let (Some(target), Some(rect)) = (elements.get(&cell.id), plan.rect(index)) else { continue };
        match plan.what(index) {
            What::Component => boxes.push((*target, rect)),
            What::Zone => zones.push((*target, rect)),
            _ => {}
        }
    }
    let rects: Vec<Rect> = boxes.iter().map(|(_, rect)| *rect).collect();
    let lines = flows(page, draft);
    let mut effort = 2_000_000usize;
    for index in marks {
        let Some(cell) = plan.cell(index) else { continue };
        let (mark, place) = (plan.text(index).trim(), plan.rect(index).unwrap_or_default());
        let meaning = legend.get(mark).cloned();
        let said = meaning.as_ref().map_or_else(|| mark.to_owned(), |meaning| format!("{mark}: {meaning}"));
        let Some(left) = effort.checked_sub(rects.len() + lines.len() + zones.len()) else {
            annotation(draft, &plan.page.name, &said, cell.span);
            continue;
        };
        effort = left;
        let centre = place.centre();
        let on = nearest_box(centre, &rects, REACH).and_then(|snap| boxes.get(snap.index)).map(|(target, _)| *target);
        let around = Line::around(&place);
        let on = on.or_else(|| lines.iter().find(|(_, line)| line.crosses(&around)).map(|(target, _)| *target));
        let on = on.or_else(|| {
            let inside = zones.iter().filter(|(_, rect)| rect.holds(centre));
            inside.min_by(|a, b| a.1.area().total_cmp(&b.1.area())).map(|(target, _)| *target)
        });
        let Some(target) = on else {
            annotation(draft, &plan.page.name, &said, cell.span);
            continue;
        };
        if !mark.starts_with('A') {
            let key = if mark.starts_with('C') { "control" } else { "threat-actor" };
            if let Some(entry) = draft.model.get_mut(target) {
                keep(&mut entry.extras, FORMAT, key, said);
            }
            continue;
        }
        let name = meaning.unwrap_or_else(|| mark.to_owned());
        let data = match draft.find(Domain::Data, mark) {
            Some(index) => index,
            None => {
                let id = draft.unique_id(Space::Element(Domain::Data), &slug(&name, "data"));
                let mut entry = Element::new(id, name.as_str(), cell.span);
                keep(&mut entry.extras, FORMAT, "mark", mark);
                let index = draft.model.data.len();
                draft.model.data.push(entry);
                draft.know(Domain::Data, mark, index);
                narrow(index)
            }
        };
        let store = draft.model.get(target).is_some_and(|entry| entry.word(fact::KIND) == Some("data-store"));
        let held = match target.domain {
            Domain::Flow => fact::CARRIES,
            Domain::Component if store => fact::STORES,
            Domain::Component => fact::HANDLES,
            _ => {
                if let Some(entry) = draft.model.get_mut(target) {
                    keep(&mut entry.extras, FORMAT, "asset", said);
                }
                continue;
            }
        };
        if let Some(entry) = draft.model.get_mut(target) {
            let mut all = entry.references(held).to_vec();
            if !all.contains(&data) {
                all.push(data);
            }
            entry.state_references(held, all, cell.span);
        }
    }
}

/// The flows of a page as straight as can be.
fn flows(page: usize, draft: &Draft) -> Vec<(ElementRef, Line)> {
    let Some(drawing) = draft.model.drawings.get(page) else { return Vec::new() };
    let places: FxHashMap<ElementRef, Point> =
        drawing.shapes.iter().map(|shape| (shape.element, shape.rect.centre())).collect();
    let mut lines = Vec::new();
    for drawn in &drawing.flows {
        let Some(flow) = draft.model.flows.get(drawn.flow as usize) else { continue };
        let end = |index| places.get(&element(Domain::Component, index)).copied();
        let (Some(from), Some(to)) = (end(flow.source), end(flow.target)) else { continue };
        let points: Vec<Point> = std::iter::once(from).chain(drawn.bends.iter().copied()).chain([to]).collect();
        lines.push((ElementRef { domain: Domain::Flow, index: drawn.flow }, Line::straight(&points)));
    }
    lines
}
