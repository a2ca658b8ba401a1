//! Diagrams that begin with `architecture-beta`: groups, services, and edges between sides of services.
//!
//! | language | here |
//! |---|---|
//! | `service db(database)[Orders] in backend` | component; its icon is its technology if the library knows it |
//! | `group backend(cloud)[Backend] in outer` | boundary |
//! | `junction j` | component, told |
//! | `a:R --> L:b`, `<-->`, `--` | data flow; both ways; from the first to the second, told |

use vauban_model::model::Value;
use vauban_model::vocabulary::fact;
use vauban_model::{Diagnostic, Span};

use super::lower::FORMAT;
use super::raw::{Chart, unescaped};
use crate::InputFile;
use crate::canvas::Canvas;
use crate::draft::{Draft, one_line, slug};
use crate::extras::keep;
use crate::log::{Log, short};
use crate::prose::{state, word};
use crate::sketch::{Drawn, Role};
use crate::technologies::Technologies;

/// Something with a name: `db(database)[Orders] in backend`.
struct Thing<'t> {
    id: &'t str,
    icon: &'t str,
    title: &'t str,
    inside: Option<&'t str>,
}

fn thing(text: &str) -> Option<Thing<'_>> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(text.len());
    let (id, mut rest) = text.split_at_checked(end).filter(|(id, _)| !id.is_empty())?;
    let mut part = |open: char, close: char| -> &str {
        let Some((inner, behind)) = rest.trim_start().strip_prefix(open).and_then(|it| it.split_once(close)) else {
            return "";
        };
        rest = behind;
        inner.trim()
    };
    let (icon, title) = (part('(', ')'), part('[', ']').trim_matches('"'));
    let inside = rest.trim().strip_prefix("in ").map(str::trim).filter(|it| !it.is_empty());
    Some(Thing { id, icon, title, inside })
}

/// An edge: its ends, its text, and whether it has a head at the left and at the right.
struct Edge<'t> {
    ends: [&'t str; 2],
    label: &'t str,
    heads: [bool; 2],
}

fn edge<'t>(text: &'t str) -> Option<Edge<'t>> {
    // Names may hold a hyphen; an edge begins with two, or with one and its text.
    let at = text.find("--").into_iter().chain(text.find("-[")).min()?;
    let (left, rest) = text.split_at_checked(at)?;
    let rest = rest.strip_prefix('-')?;
    // `a:R -[text]- L:b`
    let (label, right) = match rest.strip_prefix('[').and_then(|it| it.split_once(']')) {
        Some((label, behind)) => (label.trim_matches('"'), behind.strip_prefix('-')?),
        None => ("", rest.strip_prefix('-')?),
    };
    let (left, right) = (left.trim(), right.trim());
    let heads = [left.ends_with('<'), right.starts_with('>')];
    let (left, right) = (left.trim_end_matches('<'), right.trim_start_matches('>'));
    // `db:R` on the left, `L:db` on the right; `{group}` says that the edge begins at the group around it.
    let plain = |part: Option<&'t str>| part.map(|it| it.trim().trim_end_matches("{group}").trim());
    let ends = [plain(left.split(':').next())?, plain(right.rsplit(':').next())?];
    ends.iter().all(|end| !end.is_empty() && !end.contains(char::is_whitespace)).then_some(Edge { ends, label, heads })
}

/// Reads a diagram.
pub(super) fn read(draft: &mut Draft, chart: &Chart, span: Span, file: InputFile<'_>) -> Canvas {
    let mut canvas = Canvas::new(&chart.title, span);
    let known = Technologies::all();
    let mut inside: Vec<(usize, &str, Span)> = Vec::new();
    let mut undirected = 0usize;
    for (text, number) in &chart.statements {
        let span = Span::new(file.id, *number, 1, 0);
        let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let role = if first == "group" { Role::Zone } else { Role::Component };
        match first {
            "" => {}
            "title" => canvas.page.name = one_line(&unescaped(rest)),
            "accTitle:" | "accDescr:" | "accTitle" | "accDescr" => {
                draft.log.left_out(first.trim_end_matches(':'), span, "it is about how charts look");
            }
            "group" | "service" | "junction" => match thing(rest) {
                Some(thing) => {
                    let mut drawn = Drawn::at(span);
                    drawn.name = one_line(&unescaped(if thing.title.is_empty() { thing.id } else { thing.title }));
                    describe(&mut drawn, &thing, first, known);
                    if first == "junction" {
                        let message = format!("the junction `{}` is read as a component", short(thing.id));
                        draft.log.group(
                            Diagnostic::note("import-implied-component", span, message)
                                .help("draw the edges between services to have flows between them"),
                        );
                    }
                    let index = canvas.draw(thing.id, role, drawn);
                    inside.extend(thing.inside.map(|around| (index, around, span)));
                }
                None => not_understood(&mut draft.log, text, span),
            },
            _ => match edge(text) {
                Some(edge) => {
                    undirected += usize::from(edge.heads == [false, false]);
                    connect(&mut canvas, &edge, span);
                }
                None => not_understood(&mut draft.log, text, span),
            },
        }
    }
    for (index, around, span) in inside {
        let found = canvas.find(around).filter(|it| *it != index);
        match (found, canvas.page.shapes.get_mut(index)) {
            (Some(around), Some(shape)) => shape.parent = Some(around),
            _ => {
                let message = format!("`{}` is the name of no group", short(around));
                draft.log.push(Diagnostic::warning("import-missing-reference", span, message).help("name a group"));
            }
        }
    }
    if undirected > 0 {
        let message =
            if undirected == 1 { "an edge has no head".to_owned() } else { format!("{undirected} edges have no head") };
        draft.log.push(
            Diagnostic::note("import-undirected-flow", span, message)
                .help("they are read as flows from the first service to the second; draw heads to say more"),
        );
    }
    canvas
}

fn not_understood(log: &mut Log, text: &str, span: Span) {
    let message = format!("`{}` is not understood", short(text));
    log.group(
        Diagnostic::warning("import-unknown-key", span, message)
            .help("the line was left out; groups, services, junctions and edges are read"),
    );
}

/// What the icon says: `database`, `logos:aws-lambda`.
fn describe(drawn: &mut Drawn, thing: &Thing<'_>, word_of: &str, known: &Technologies) {
    keep(&mut drawn.extras, FORMAT, "element", word_of);
    if thing.icon.is_empty() {
        return;
    }
    keep(&mut drawn.extras, FORMAT, "icon", thing.icon);
    let name = slug(thing.icon.rsplit(':').next().unwrap_or_default(), "");
    if word_of == "group" {
        if name == "internet" {
            word(drawn, fact::BOUNDARY_KIND, "internet");
        }
        return;
    }
    match name.as_str() {
        "database" | "disk" => word(drawn, fact::KIND, "data-store"),
        // Where it stands, not what it is.
        "cloud" | "internet" | "server" => {}
        _ => {
            let names = [name.as_str(), name.trim_start_matches("aws-"), name.trim_start_matches("azure-")];
            if let Some(id) = known.first(names) {
                state(drawn, fact::TECHNOLOGY, Value::Words(vec![id.into()].into()));
            }
        }
    }
}

fn connect(canvas: &mut Canvas, edge: &Edge<'_>, span: Span) {
    for end in edge.ends {
        canvas.named(end, span);
    }
    let mut drawn = Drawn::at(span);
    drawn.name = one_line(&unescaped(edge.label));
    let [from, to] = edge.ends;
    match edge.heads {
        [true, true] => state(&mut drawn, fact::TWO_WAY, Value::Bool(true)),
        [false, false] => keep(&mut drawn.extras, FORMAT, "arrows", "none"),
        _ => {}
    }
    if edge.heads == [true, false] {
        canvas.connect(to, from, drawn);
    } else {
        canvas.connect(from, to, drawn);
    }
}
