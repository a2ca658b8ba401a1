//! What becomes of each thing on a page: component, boundary, flow, note, label, or nothing but a picture.

use vauban_model::Diagnostic;
use vauban_model::drawing::geometry::{Nesting, Point};

use super::items::{Item, Walk, is_text};
use super::lower::{MOST_PAIRS, REACH, ends};
use super::place::Paper;
use super::raw::{Document, Kind, Page};
use super::words::Class;
use crate::draft::Draft;
use crate::log::short;

/// A box without a master that is smaller than this on both sides is a label or a number.
const TINY: f64 = 30.0;

/// What becomes of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Component,
    Zone,
    Border,
    Flow,
    Note,
    Label(usize),
    Picture,
}

/// Says of each thing what it is.
pub(super) fn decide(
    draft: &mut Draft,
    document: &Document,
    page: &Page,
    walk: &mut Walk<'_>,
    paper: &Paper,
) -> Vec<Fate> {
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
    let boxes: Vec<usize> =
        (0..items.len()).filter(|index| present(*index, &fates).is_some_and(|it| it.rect.is_some())).collect();
    let pairs = boxes.len().saturating_mul(boxes.len());
    if pairs > MOST_PAIRS {
        let message =
            format!("the page `{}` has too many shapes to work out which are around others", short(&page.name));
        draft
            .log
            .push(Diagnostic::warning("import-too-large", document.place, message).help("split it into several pages"));
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
                Class::Process | Class::Store | Class::External if only_label => {
                    set(&mut fates, *inner, Fate::Label(outer))
                }
                Class::Process | Class::Store | Class::External => {}
                Class::Thing if only_label && share < 0.25 && fates.get(outer) == Some(&Fate::Component) => {
                    set(&mut fates, *inner, Fate::Label(outer))
                }
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
            pairs <= MOST_PAIRS
                && boxes.iter().any(|other| {
                    *other != index
                        && present(*other, &fates).is_some()
                        && items
                            .get(*other)
                            .and_then(|other| other.rect)
                            .is_some_and(|other| rect.encloses(&other) && other.area() < rect.area())
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
        _ if item.line => {
            if item.class == Class::Boundary {
                Fate::Border
            } else {
                Fate::Flow
            }
        }
        _ if foreign && item.text.is_empty() && !item.glued => Fate::Picture,
        Class::Boundary => Fate::Zone,
        Class::Container => Fate::Zone,
        _ if item.whole => Fate::Zone,
        Class::Bow if !item.glued => Fate::Border,
        Class::Note if !item.glued => {
            if item.text.is_empty() {
                Fate::Picture
            } else {
                Fate::Note
            }
        }
        Class::Form if is_text(item) => {
            if item.text.is_empty() {
                Fate::Picture
            } else {
                Fate::Note
            }
        }
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
        if routed
            || item.name.lucid
            || ["connector", "data flow", "dataflow", "double arrow"].iter().any(|word| words.contains(word))
        {
            continue;
        }
        effort = effort.saturating_sub(components.len());
        if effort == 0 {
            continue;
        }
        let near = |point: &Option<Point>| {
            point.is_some_and(|point| {
                components.iter().any(|(rect, is_component)| *is_component && rect.distance(point) <= REACH)
            })
        };
        let [from, to] = ends(item, paper);
        let arrow = ["BeginArrow", "EndArrow"].iter().any(|name| item.view.styled(name).is_some_and(|it| it != 0.0));
        let dashed = item.view.styled("LinePattern").is_some_and(|pattern| pattern > 1.0);
        let fate = match (near(&from), near(&to)) {
            (true, true) => Fate::Flow,
            (true, false) | (false, true) if arrow => Fate::Flow,
            _ if dashed && !arrow => Fate::Border,
            _ if !item.text.is_empty() => {
                if arrow {
                    Fate::Flow
                } else {
                    Fate::Note
                }
            }
            _ => Fate::Picture,
        };
        set(fates, index, fate);
    }
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
