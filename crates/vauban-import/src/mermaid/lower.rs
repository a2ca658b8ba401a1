//! What a Mermaid flowchart means in our vocabulary.
//!
//! | language | here |
//! |---|---|
//! | node | component; a cylinder is a data store |
//! | subgraph | boundary |
//! | link | data flow; `<-->` goes both ways, one without a head is told |
//! | text of a link that is a protocol | protocol |
//! | class, link of a click | tag, remark |
//!
//! C4 diagrams are read as those of PlantUML, whose macros they borrow; `architecture-beta` by [`architecture`].
//!
//! What other forms mean, people decide differently; the form is kept as a remark.

use rustc_hash::FxHashSet;
use vauban_model::model::{Element, Value};
use vauban_model::vocabulary::fact;
use vauban_model::{Diagnostic, Span};

use super::architecture;
use super::raw::{Chart, Form, Link, MOST_ABREAST, Node, chain, node, unescaped};
use crate::canvas::Canvas;
use crate::draft::{Draft, beginning, one_line, slug};
use crate::extras::keep;
use crate::log::{Log, short};
use crate::prose::{state, state_technologies, technologies, word};
use crate::sketch::{Drawn, Page, Role, Sketch, settle};
use crate::technologies::Technologies;
use crate::{Format, Imported, InputFile};

pub(super) const FORMAT: Format = Format::Mermaid;
/// Beginnings of statements that are about looks.
const LOOKS: [&str; 6] = ["classDef", "style", "linkStyle", "direction", "accTitle", "accDescr"];

/// What is read.
const READ: &str = "flowcharts, C4 diagrams and `architecture-beta` are read, in Markdown those in fences";

/// Reads the charts of a file.
pub(super) fn lower(charts: &[Chart], file: InputFile<'_>, log: Log) -> Imported {
    let place = beginning(file.id);
    let stem = file.name.rsplit('/').next().unwrap_or(file.name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let mut draft = Draft::new(FORMAT, Element::new("system", "System", place), log);
    let pages = pages(&mut draft, charts, file);
    let titled = pages.iter().map(|page| page.name.as_str()).find(|name| !name.is_empty());
    let title = one_line(titled.filter(|_| pages.len() == 1).unwrap_or(stem));
    if !title.is_empty() {
        draft.model.system.id = slug(&title, "system").into();
        draft.model.system.name = title.into();
    }
    if pages.is_empty() && draft.model.attack_trees.is_empty() {
        draft.log.push(
            Diagnostic::warning("import-empty", place, "there is no flowchart with nodes in the file").help(READ),
        );
    }
    settle(&mut draft, Sketch { pages });
    // Nothing has a place, so nothing can be drawn again as it was.
    draft.model.drawings.clear();
    draft.finish()
}

/// The pages of charts that are read; others are told.
pub(super) fn pages(draft: &mut Draft, charts: &[Chart], file: InputFile<'_>) -> Vec<Page> {
    let mut pages = Vec::new();
    for chart in charts {
        let span = Span::new(file.id, chart.number.max(1), 1, 0);
        if let Some(other) = &chart.other {
            let message = format!("this is a diagram of the kind `{}`, which is not read", short(other));
            draft.log.push(Diagnostic::warning("import-other-diagram", span, message).help(READ));
            continue;
        }
        for number in &chart.stray {
            let message =
                "a quotation mark opens a text that nothing closes; the text was ended with its line or bracket";
            draft.log.group(
                Diagnostic::warning("import-stray-quote", Span::new(file.id, *number, 1, 0), message)
                    .help("close the text, or write `#quot;` for a mark that belongs to it"),
            );
        }
        let canvas = match chart.form {
            Form::Flowchart => read(draft, chart, span, file),
            Form::C4 => crate::plantuml::c4(draft, file, (&chart.title, chart.number), &chart.statements),
            Form::Architecture => architecture::read(draft, chart, span, file),
        };
        let is_tree = chart.form == Form::Flowchart && crate::gates::take(draft, &canvas.page, &one_line(&chart.title));
        if !canvas.is_empty() && !is_tree {
            pages.push(canvas.page);
        }
    }
    pages
}

fn read(draft: &mut Draft, chart: &Chart, span: Span, file: InputFile<'_>) -> Canvas {
    let mut canvas = Canvas::new(&chart.title, span);
    let mut classes: Vec<(String, String)> = Vec::new();
    let mut undirected = 0usize;
    let mut first_undirected = span;
    let mut links: FxHashSet<String> = FxHashSet::default();
    for (statement, number) in &chart.statements {
        let span = Span::new(file.id, *number, 1, 0);
        let text = statement.as_str();
        // `e1@{ animate: true }` is about a link that has this name.
        if text.split_once("@{").is_some_and(|(name, _)| links.contains(name.trim())) {
            draft.log.left_out("@{…} of links", span, "it is about how charts look");
            continue;
        }
        let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match first {
            "end" => {
                if !canvas.close() {
                    let message = "`end` closes nothing";
                    draft.log.group(Diagnostic::warning("import-broken-block", span, message).help("remove it"));
                }
            }
            "subgraph" => {
                let (alias, title) = heading(rest, canvas.page.shapes.len());
                let mut drawn = Drawn::at(span);
                drawn.name = one_line(&title);
                let shape = canvas.draw(&alias, Role::Zone, drawn);
                if !canvas.open(Some(shape)) {
                    let message = "subgraphs lie too deep in each other; the innermost were seen through";
                    draft
                        .log
                        .group(Diagnostic::warning("import-too-deep", span, message).help("no chart nests so deep"));
                }
            }
            "class" => {
                let (names, class) = rest.rsplit_once(char::is_whitespace).unwrap_or((rest, ""));
                classes.extend(names.split(',').map(|name| (name.trim().to_owned(), class.trim().to_owned())));
            }
            "click" => {
                let (name, target) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                let target = target.trim_start_matches("href").trim().split('"').find(|part| !part.trim().is_empty());
                if let Some((index, target)) = canvas.find(name).zip(target)
                    && let Some(shape) = canvas.page.shapes.get_mut(index)
                {
                    keep(&mut shape.drawn.extras, FORMAT, "link", target.trim());
                }
            }
            _ if LOOKS.contains(&first.trim_end_matches(':')) => {
                draft.log.left_out(first.trim_end_matches(':'), span, "it is about how charts look");
            }
            _ => match chain(text) {
                Some((chain, left_out)) => {
                    if left_out > 0 {
                        let message = format!(
                            "more than {MOST_ABREAST} nodes are joined by `&`; {left_out} of the statement were left out"
                        );
                        draft.log.push(
                            Diagnostic::warning("import-dropped", span, message)
                                .help("each end is a flow to each other end; write the links that are meant"),
                        );
                    }
                    let mut before: Option<(Vec<String>, Link)> = None;
                    for (nodes, link) in chain {
                        let names: Vec<String> = nodes.into_iter().map(|node| place(&mut canvas, node, span)).collect();
                        if let Some((sources, link)) = before.take() {
                            let more = connect(&mut canvas, &sources, &names, &link, span);
                            if undirected == 0 && more > 0 {
                                first_undirected = span;
                            }
                            undirected += more;
                        }
                        links.extend(link.as_ref().map(|link| link.id.clone()).filter(|id| !id.is_empty()));
                        before = link.map(|link| (names, link));
                    }
                }
                None => {
                    let message = format!("`{}` is not understood", short(text));
                    draft.log.group(
                        Diagnostic::warning("import-unknown-key", span, message)
                            .help("the statement was left out; nodes, links and subgraphs are read"),
                    );
                }
            },
        }
    }
    if canvas.depth() > 0 {
        let message = "a subgraph is not closed";
        draft.log.push(Diagnostic::warning("import-broken-block", span, message).help("add the missing `end`"));
    }
    for (name, class) in classes {
        if let Some(shape) = canvas.find(&name).and_then(|index| canvas.page.shapes.get_mut(index)) {
            tag(&mut shape.drawn, &class);
        }
    }
    if undirected > 0 {
        let message =
            if undirected == 1 { "a link has no head".to_owned() } else { format!("{undirected} links have no head") };
        draft.log.push(
            Diagnostic::note("import-undirected-flow", first_undirected, message)
                .help("they are read as flows from the first node to the second; draw heads to say more"),
        );
    }
    canvas
}

/// The name and the title of a subgraph.
fn heading(text: &str, number: usize) -> (String, String) {
    // A space may stand between both.
    let joined = match text.split_once('[') {
        Some((alias, title)) => format!("{}[{title}", alias.trim()),
        None => text.trim().to_owned(),
    };
    let text = text.trim();
    if let Some((found, _)) = node(&joined).filter(|(found, rest)| found.text.is_some() && rest.trim().is_empty()) {
        let title = found.text.unwrap_or_default();
        return (found.id, title);
    }
    let title = unescaped(text.trim_matches('"'));
    if title.is_empty() { (format!("subgraph-{number}"), String::new()) } else { (title.clone(), title) }
}

fn tag(drawn: &mut Drawn, class: &str) {
    if !class.is_empty() && !drawn.tags.iter().any(|known| **known == *class) {
        drawn.tags.push(class.into());
    }
}

/// Draws a node, or finds the one that is meant; returns its name.
fn place(canvas: &mut Canvas, node: Node, span: Span) -> String {
    let known = canvas.find(&node.id);
    let zone = known.and_then(|index| canvas.page.shapes.get(index)).is_some_and(|shape| shape.role == Role::Zone);
    if zone {
        return node.id;
    }
    match (known, &node.text) {
        (Some(index), None) => {
            canvas.adopt(index);
            if let Some(shape) = canvas.page.shapes.get_mut(index) {
                tag(&mut shape.drawn, &node.class);
            }
        }
        _ => {
            let mut drawn = Drawn::at(span);
            let text = node.text.as_ref().filter(|text| !text.trim().is_empty()).unwrap_or(&node.id);
            // A name, and below it what else is said.
            let (name, more) = text.split_once('\n').unwrap_or((text, ""));
            drawn.name = one_line(name);
            drawn.description = more.trim().to_owned();
            // `Orders<br/>PostgreSQL`: a second line that is a technology and nothing else says what it is made of.
            let second = more.trim().trim_matches(['[', ']', '(', ')']);
            let made_of = technologies(second);
            let all = Technologies::all();
            let runs = |name: &str| all.known(name).is_some_and(|known| known.kind != "external-entity");
            if !made_of.is_empty() && made_of.iter().all(|name| runs(name)) {
                state_technologies(&mut drawn, second);
            }
            tag(&mut drawn, &node.class);
            if matches!(node.shape.as_str(), "[(" | "cyl" | "cylinder" | "database" | "db" | "lin-cyl" | "disk") {
                word(&mut drawn, fact::KIND, "data-store");
            }
            if !node.shape.is_empty() && node.shape != "[" {
                keep(&mut drawn.extras, FORMAT, "shape", node.shape.as_str());
            }
            canvas.draw(&node.id, Role::Component, drawn);
        }
    }
    node.id
}

/// Links all to all; returns how many of these have no head.
fn connect(canvas: &mut Canvas, sources: &[String], targets: &[String], link: &Link, span: Span) -> usize {
    if link.invisible {
        return 0;
    }
    let mut undirected = 0usize;
    for source in sources {
        for target in targets {
            let mut drawn = Drawn::at(span);
            drawn.name = one_line(&link.label);
            if link.dotted {
                keep(&mut drawn.extras, FORMAT, "line", "dotted");
            }
            match (link.left, link.right) {
                (true, true) => state(&mut drawn, fact::TWO_WAY, Value::Bool(true)),
                (false, false) => {
                    undirected += 1;
                    keep(&mut drawn.extras, FORMAT, "arrows", "none");
                }
                _ => {}
            }
            if link.left && !link.right {
                canvas.connect(target, source, drawn);
            } else {
                canvas.connect(source, target, drawn);
            }
        }
    }
    undirected
}
