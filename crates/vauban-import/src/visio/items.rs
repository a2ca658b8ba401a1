//! A page as the things somebody put on it: pictures made of twenty shapes count once, and people's groups are seen
//! through unless they mean something.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::drawing::geometry::Rect;

use super::place::{Frame, Paper};
use super::raw::{Document, Kind, Page, View};
use super::words::{Class, LUCID, Name, class, name};

/// A thing on the page.
#[derive(Clone, Debug)]
pub(super) struct Item<'d> {
    /// The shape and its master.
    pub(super) view: View<'d>,
    /// Its own frame: its outline is in it.
    pub(super) frame: Frame,
    /// The frame it lies in: its two ends are in it.
    pub(super) outer: Frame,
    /// The box around it.
    pub(super) rect: Option<Rect>,
    /// The name of its master.
    pub(super) name: Name,
    /// What that stands for.
    pub(super) class: Class,
    /// What is written on it.
    pub(super) text: String,
    /// The thing it is a part of, by the way it is grouped.
    pub(super) within: Option<usize>,
    /// Whether a line is glued to it.
    pub(super) glued: bool,
    /// Whether it is a line with two ends.
    pub(super) line: bool,
    /// Whether it was made from a master.
    pub(super) mastered: bool,
    /// The innermost group around it.
    group: Option<usize>,
    /// Taken over by another thing.
    pub(super) gone: bool,
    /// A group that stands for what is in it.
    pub(super) whole: bool,
}

/// Everything on a page.
#[derive(Debug, Default)]
pub(super) struct Walk<'d> {
    /// In drawing order.
    pub(super) items: Vec<Item<'d>>,
    /// The thing that each shape is, or is a part of.
    pub(super) of: FxHashMap<&'d str, usize>,
}

/// A group that somebody made.
struct Group {
    shape: usize,
    text: String,
    rect: Option<Rect>,
    glued: bool,
    outer: Option<usize>,
}

/// Who a shape belongs to.
#[derive(Clone, Copy, Debug)]
enum Owner {
    Item(usize),
    Group(usize),
}

/// Walks over a page.
pub(super) fn walk<'d>(document: &'d Document, page: &'d Page, paper: &Paper) -> Walk<'d> {
    let glued: FxHashSet<&str> = page.connects.iter().map(|connect| connect.to.as_str()).collect();
    let shapes = &page.sheet.shapes;
    let mut walk = Walk::default();
    let mut groups: Vec<Group> = Vec::new();
    let mut frames: Vec<Frame> = Vec::with_capacity(shapes.len());
    let mut owners: Vec<Option<Owner>> = Vec::with_capacity(shapes.len());
    for (index, shape) in shapes.iter().enumerate() {
        let outer = shape.parent.and_then(|parent| frames.get(parent)).copied().unwrap_or(Frame::PAGE);
        let owner = shape.parent.and_then(|parent| owners.get(parent)).copied().flatten();
        let Some(view) = View::new(document, &page.sheet, index) else {
            frames.push(outer);
            owners.push(owner);
            continue;
        };
        let frame = outer.of(&view);
        frames.push(frame);
        let is_glued = glued.contains(shape.id.as_str());
        let own = shape.master.is_some() || shape.name_u.starts_with(LUCID);
        let in_item = match owner {
            Some(Owner::Item(item)) => Some(item),
            _ => None,
        };
        if shape.kind == Kind::Guide {
            owners.push(owner);
            continue;
        }
        if let (Some(item), false) = (in_item, own) {
            // A piece of somebody's picture. What is written on it counts if nothing is written on the whole.
            walk.of.entry(&shape.id).or_insert(item);
            if let Some(whole) = walk.items.get_mut(item) {
                whole.glued |= is_glued;
                let text = view.text();
                if whole.view.text().is_empty() && !text.is_empty() && whole.text.len() < 500 {
                    let gap = if whole.text.is_empty() { "" } else { " " };
                    whole.text = format!("{}{gap}{text}", whole.text);
                }
            }
            owners.push(owner);
            continue;
        }
        let group = match owner {
            Some(Owner::Group(group)) => Some(group),
            _ => None,
        };
        if shape.kind == Kind::Group && !own && shape.master_shape.is_none() {
            let (text, rect) = (view.text().to_owned(), paper.rect(&frame, &view));
            groups.push(Group { shape: index, text, rect, glued: is_glued, outer: group });
            owners.push(Some(Owner::Group(groups.len() - 1)));
            continue;
        }
        let item = walk.items.len();
        walk.of.entry(&shape.id).or_insert(item);
        let mut new = item_of(view, frame, outer, paper);
        (new.glued, new.group, new.within) = (is_glued, group, in_item);
        walk.items.push(new);
        owners.push(Some(Owner::Item(item)));
    }
    see_through(document, page, paper, &frames, &groups, &mut walk);
    walk
}

fn item_of<'d>(view: View<'d>, frame: Frame, outer: Frame, paper: &Paper) -> Item<'d> {
    let master = view.master.filter(|_| view.own.master.is_some());
    let lucid = view.own.name_u.starts_with(LUCID);
    let raw = match master {
        Some(master) if !lucid => {
            if master.name_u.is_empty() {
                &master.name
            } else {
                &master.name_u
            }
        }
        _ if lucid => &view.own.name_u,
        _ => "",
    };
    let name = name(raw);
    let line = view.is_line();
    let container = view.user("msvStructureType").is_some_and(|it| it.trim_matches('"') == "Container");
    let class = match class(&name) {
        Class::Thing | Class::Form if container && !line => Class::Container,
        class => class,
    };
    Item {
        view,
        frame,
        outer,
        rect: if line { None } else { paper.rect(&frame, &view) },
        class,
        name,
        text: view.text().to_owned(),
        within: None,
        glued: false,
        line,
        mastered: master.is_some() || lucid,
        group: None,
        gone: false,
        whole: false,
    }
}

/// Whether it is only a piece of text.
pub(super) fn is_text(item: &Item<'_>) -> bool {
    !item.line && !item.glued && !item.mastered && item.view.styled("LinePattern") == Some(0.0)
}

/// What groups mean, inner ones first: one thing with its label, a picture in pieces, things under a common heading,
/// or nothing at all.
fn see_through<'d>(
    document: &'d Document,
    page: &'d Page,
    paper: &Paper,
    frames: &[Frame],
    groups: &[Group],
    walk: &mut Walk<'d>,
) {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    for (index, item) in walk.items.iter().enumerate() {
        if let Some(list) = item.group.and_then(|group| members.get_mut(group)) {
            list.push(index);
        }
    }
    for (number, group) in groups.iter().enumerate().rev() {
        let inside = members.get_mut(number).map(std::mem::take).unwrap_or_default();
        let Some(shape) = page.sheet.shapes.get(group.shape) else { continue };
        let get = |index: &usize| walk.items.get(*index);
        let texts: Vec<usize> = inside.iter().copied().filter(|index| get(index).is_some_and(is_text)).collect();
        let bodies: Vec<usize> = inside
            .iter()
            .copied()
            .filter(|index| get(index).is_some_and(|item| !is_text(item) && !item.line))
            .collect();
        let written = texts.iter().filter_map(get).map(|item| item.text.as_str()).filter(|text| !text.is_empty());
        let written = written.collect::<Vec<_>>().join(" ");
        let heading = if group.text.is_empty() { written.clone() } else { group.text.clone() };
        let loose =
            |index: &usize| get(index).is_some_and(|item| !item.mastered && !item.glued && item.class == Class::Form);
        let covers = |index: &usize| {
            let rect = get(index).filter(|item| item.text.is_empty()).and_then(|item| item.rect);
            rect.zip(group.rect).is_some_and(|(rect, whole)| rect.area() >= 0.7 * whole.area())
        };
        // The thing that the group is.
        let mut is = None;
        let mut consumed: Vec<usize> = Vec::new();
        let mut new = None;
        if let [body] = bodies.as_slice() {
            is = Some(*body);
            if get(body).is_some_and(|item| item.text.is_empty()) {
                consumed.clone_from(&texts);
            }
        } else if bodies.is_empty() && (group.glued || !group.text.is_empty()) {
            new = Some(false);
            consumed.clone_from(&texts);
        } else if group.glued && bodies.iter().all(loose) {
            new = Some(false);
            consumed.clone_from(&inside);
        } else if let Some(body) = bodies.iter().find(|index| !group.text.is_empty() && covers(index)) {
            is = Some(*body);
        } else if group.glued || !group.text.is_empty() {
            new = Some(true);
            if group.text.is_empty() {
                consumed.clone_from(&texts);
            }
        }
        if let Some(body) = is.and_then(|index| walk.items.get_mut(index)) {
            body.glued |= group.glued;
            if body.text.is_empty() {
                body.text.clone_from(&heading);
            }
        }
        let mut kept: Vec<usize> = inside.iter().copied().filter(|index| !consumed.contains(index)).collect();
        if let Some(whole) = new
            && let Some(view) = View::new(document, &page.sheet, group.shape)
        {
            let frame = frames.get(group.shape).copied().unwrap_or(Frame::PAGE);
            let outer = shape.parent.and_then(|parent| frames.get(parent)).copied().unwrap_or(Frame::PAGE);
            let mut item = item_of(view, frame, outer, paper);
            let all = inside.iter().filter_map(|index| walk.items.get(*index)).map(|item| item.text.as_str());
            let all = all.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
            item.text = if heading.is_empty() && !whole { all } else { heading };
            (item.glued, item.whole, item.line) = (group.glued, whole, false);
            let index = walk.items.len();
            if whole {
                for member in &kept {
                    if let Some(member) = walk.items.get_mut(*member).filter(|member| member.within.is_none()) {
                        member.within = Some(index);
                    }
                }
                kept.clear();
            }
            walk.items.push(item);
            kept.push(index);
            is = Some(index);
        }
        for index in consumed {
            if let Some(item) = walk.items.get_mut(index) {
                item.gone = true;
            }
        }
        if let Some(index) = is {
            walk.of.entry(&shape.id).or_insert(index);
        }
        if let Some(list) = group.outer.and_then(|outer| members.get_mut(outer)) {
            list.append(&mut kept);
        }
    }
}
