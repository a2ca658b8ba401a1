//! What a PlantUML diagram means in our vocabulary.
//!
//! | language | here |
//! |---|---|
//! | `Person`, `actor`, `person` | component, external entity |
//! | `System`, `Container`, `Component`, `component`, `node`, `rectangle`, ... | component |
//! | `..._Ext` | component, external entity; a store or a queue of others, operated by them |
//! | `...Db`, `database`, `storage` | component, data store |
//! | `...Queue`, `queue` | component, a message queue |
//! | `..._Boundary`, `Deployment_Node`, any element with a block | boundary |
//! | `Rel...`, arrows | data flow; `BiRel`, `<-->` go both ways, `Rel_Back`, `<--` go back |
//! | technology | technologies; of a relation: protocol |
//! | tags, links, properties, stereotypes | tags, remarks |
//! | notes, legends | notes |
//! | other macros with a name and a label | component; the macro's name is its technology, and told |
//!
//! Sequence, class, state and activity diagrams say other things; they are told and not read.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::model::{Element, Value};
use vauban_model::vocabulary::fact;
use vauban_model::{Diagnostic, Span};

use super::raw::{Arrow, Diagram, Line, Reference, call, link, reference, unquoted};
use crate::canvas::Canvas;
use crate::draft::{Draft, beginning, one_line, slug};
use crate::extras::{Extras, keep};
use crate::log::{Log, short};
use crate::prose::{state, state_protocol, state_technologies, word};
use crate::sketch::{Drawn, Role, Sketch, annotation, settle};
use crate::technologies::Technologies;
use crate::{Format, Imported, InputFile};

const FORMAT: Format = Format::PlantUml;
/// Elements that are written with a keyword.
const KEYWORDS: [&str; 31] = [
    "actor",
    "agent",
    "artifact",
    "boundary",
    "card",
    "circle",
    "cloud",
    "collections",
    "component",
    "control",
    "database",
    "entity",
    "file",
    "folder",
    "frame",
    "hexagon",
    "interface",
    "label",
    "node",
    "package",
    "person",
    "port",
    "portin",
    "portout",
    "process",
    "queue",
    "rectangle",
    "stack",
    "storage",
    "usecase",
    "action",
];
/// Elements that stay what they are with others inside: these are their parts.
const WHOLES: [&str; 18] = [
    "action",
    "actor",
    "agent",
    "artifact",
    "circle",
    "collections",
    "component",
    "control",
    "database",
    "entity",
    "file",
    "hexagon",
    "interface",
    "person",
    "process",
    "queue",
    "stack",
    "storage",
];
/// Beginnings of lines that are about looks.
const LOOKS: [&str; 24] = [
    "acctitle",
    "accdescr",
    "skinparam",
    "hide",
    "show",
    "left to right",
    "top to bottom",
    "scale",
    "header",
    "footer",
    "caption",
    "sprite",
    "allowmixing",
    "allow_mixing",
    "center",
    "right header",
    "left footer",
    "remove",
    "restore",
    "newpage",
    "mainframe",
    "page",
    "<style>",
    "!theme",
];

/// Reads the diagrams of a file.
pub(super) fn lower(diagrams: &[Diagram], file: InputFile<'_>, log: Log) -> Imported {
    let place = beginning(file.id);
    let stem = file.name.rsplit('/').next().unwrap_or(file.name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let mut pages = Vec::new();
    let mut draft = Draft::new(FORMAT, Element::new("system", "System", place), log);
    for diagram in diagrams {
        let canvas = page(&mut draft, diagram, file);
        let is_tree = crate::gates::take(&mut draft, &canvas.page, &one_line(&canvas.page.name));
        if !canvas.is_empty() && !is_tree {
            pages.push(canvas.page);
        }
    }
    let title =
        pages.first().map(|page| page.name.clone()).filter(|name| !name.is_empty()).unwrap_or_else(|| stem.to_owned());
    if !title.trim().is_empty() {
        let title = one_line(&title);
        draft.model.system.id = slug(&title, "system").into();
        draft.model.system.name = title.into();
    }
    if pages.is_empty() && draft.model.attack_trees.is_empty() {
        draft.log.push(
            Diagnostic::warning("import-empty", place, "there is no diagram with components in the file")
                .help("component and deployment diagrams between `@startuml` and `@enduml` are read"),
        );
    }
    settle(&mut draft, Sketch { pages });
    // Nothing has a place, so nothing can be drawn again as it was.
    draft.model.drawings.clear();
    draft.finish()
}

/// Reads one diagram that is written in the macros of C4, whatever language is around them.
pub(super) fn page(draft: &mut Draft, diagram: &Diagram, file: InputFile<'_>) -> Canvas {
    let mut reader = Reader::new(draft, diagram, file);
    for line in &diagram.lines {
        reader.line(line);
    }
    reader.finish()
}

/// What lines are passed over until this one.
#[derive(Clone, Debug)]
enum Skip {
    Nothing,
    /// Looks, definitions: until a line that begins so.
    Until(&'static [&'static str]),
    /// A block in braces, and how deep it is.
    Braces(usize),
    /// What is written on an element, until the bracket closes.
    Label(usize, String),
    /// A note, until its end; what it says so far.
    Note(String, &'static [&'static str]),
}

pub(super) struct Reader<'d, 'f> {
    pub(super) draft: &'d mut Draft,
    file: InputFile<'f>,
    pub(super) canvas: Canvas,
    constants: FxHashMap<String, String>,
    /// Names of notes: what is drawn to them is no flow.
    notes: FxHashSet<String>,
    /// Properties that belong to the next element.
    pub(super) properties: Extras,
    last: Option<usize>,
    skip: Skip,
    other_kind: bool,
    /// Links without a head.
    undirected: usize,
    pub(super) technologies: &'static Technologies,
}

impl<'d, 'f> Reader<'d, 'f> {
    fn new(draft: &'d mut Draft, diagram: &Diagram, file: InputFile<'f>) -> Self {
        let span = Span::new(file.id, diagram.number, 1, 0);
        Reader {
            draft,
            file,
            canvas: Canvas::new(&diagram.name, span),
            constants: FxHashMap::default(),
            notes: FxHashSet::default(),
            properties: Extras::new(),
            last: None,
            skip: Skip::Nothing,
            other_kind: false,
            undirected: 0,
            technologies: Technologies::all(),
        }
    }

    fn finish(self) -> Canvas {
        if self.canvas.depth() > 0 {
            let depth = self.canvas.depth();
            let message =
                if depth == 1 { "a block is not closed".to_owned() } else { format!("{depth} blocks are not closed") };
            self.draft.log.push(
                Diagnostic::warning("import-broken-block", self.canvas.page.span, message).help("add the missing `}`"),
            );
        }
        if self.undirected > 0 {
            let message = match self.undirected {
                1 => "a link has no head".to_owned(),
                number => format!("{number} links have no head"),
            };
            self.draft.log.push(Diagnostic::note("import-undirected-flow", self.canvas.page.span, message).help(
                "they are read as flows from what is named first to what is named second; draw heads to say more",
            ));
        }
        self.canvas
    }

    fn line(&mut self, line: &Line) {
        let span = Span::new(self.file.id, line.number, 1, 0);
        let text = line.text.as_str();
        if self.other_kind || self.skipped(text, span) {
            return;
        }
        if text.starts_with('!') {
            self.directive(text, span);
        } else if text.starts_with('}') {
            if !self.canvas.close() {
                let message = "`}` closes nothing";
                self.draft.log.group(Diagnostic::warning("import-broken-block", span, message).help("remove it"));
            }
        } else if text == "{" {
            let last = self.last.take();
            let whole = last.and_then(|index| self.canvas.page.shapes.get(index)).is_some_and(|shape| {
                let mut extras = shape.drawn.extras.iter();
                extras.any(|(key, word)| key.ends_with(":element") && WHOLES.contains(&&**word))
            });
            if whole { self.open_whole(last) } else { self.open(last) }
        } else if let Some(call) = call(text) {
            self.call(&call, span);
        } else if !self.about_looks(text, span)
            && !self.heading(text)
            && !self.note(text, span)
            && !self.of_other_kind(text, span)
        {
            self.statement(text, span);
        }
    }

    /// Opens the block of a shape that is a boundary then.
    pub(super) fn open(&mut self, shape: Option<usize>) {
        if let Some(shape) = shape.and_then(|index| self.canvas.page.shapes.get_mut(index)) {
            shape.role = Role::Zone;
            // What is around others is no process and no store.
            shape.drawn.facts.clear();
        }
        self.open_whole(shape);
    }

    /// Opens the block of a shape that stays what it is.
    fn open_whole(&mut self, shape: Option<usize>) {
        if !self.canvas.open(shape) {
            let span = self.canvas.page.span;
            let message = "blocks lie too deep in each other; the innermost were seen through";
            self.draft
                .log
                .group(Diagnostic::warning("import-too-deep", span, message).help("no drawing nests so deep"));
        }
    }

    /// Lines inside of what is not read.
    fn skipped(&mut self, text: &str, span: Span) -> bool {
        let lower = text.to_lowercase();
        match std::mem::replace(&mut self.skip, Skip::Nothing) {
            Skip::Nothing => return false,
            Skip::Until(ends) => {
                if !ends.iter().any(|end| lower.starts_with(end)) {
                    self.skip = Skip::Until(ends);
                }
            }
            Skip::Braces(depth) => {
                let depth = (depth + text.matches('{').count()).saturating_sub(text.matches('}').count());
                if depth > 0 {
                    self.skip = Skip::Braces(depth);
                }
            }
            Skip::Label(index, mut said) => {
                let (piece, ended) = match text.split_once(']') {
                    Some((piece, _)) => (piece, true),
                    None => (text, false),
                };
                if said.len() < 1 << 16 {
                    said.push_str(piece);
                    said.push(' ');
                }
                if !ended {
                    self.skip = Skip::Label(index, said);
                } else if let Some(shape) = self.canvas.page.shapes.get_mut(index).filter(|_| !said.trim().is_empty()) {
                    shape.drawn.name = one_line(&unquoted(&said));
                }
            }
            Skip::Note(mut said, ends) => {
                if ends.iter().any(|end| lower.starts_with(end)) {
                    let title = one_line(&self.canvas.page.name);
                    annotation(self.draft, &title, &said, span);
                } else {
                    if said.len() < 1 << 16 {
                        said.push_str(text);
                        said.push('\n');
                    }
                    self.skip = Skip::Note(said, ends);
                }
            }
        }
        true
    }

    fn directive(&mut self, text: &str, span: Span) {
        let lower = text.to_lowercase();
        let begins = |words: &[&str]| words.iter().any(|word| lower.starts_with(word));
        if begins(&["!include", "!import"]) {
            let path = text.split_once(char::is_whitespace).map_or("", |(_, path)| path.trim());
            // What everybody includes has only macros, which are known here.
            // The first part of a path may stand for the address of a library.
            let first = path.split('/').next().unwrap_or_default();
            let address = self.constants.get(first.trim_start_matches('$')).is_some_and(|it| it.contains("://"));
            let library = address || super::include::is_library(path);
            if library {
                self.draft.log.left_out(
                    &format!("!include {}", short(path)),
                    span,
                    "macros that are known are understood without it",
                );
            } else {
                let message = format!("`{}` was not read", short(path));
                self.draft.log.push(
                    Diagnostic::warning("import-missing-include", span, message)
                        .help("what it draws is not in the model; put it beside this file, or into it"),
                );
            }
        } else if begins(&["!procedure", "!unquoted procedure", "!function", "!unquoted function"]) {
            let message = format!("`{}` defines a macro, which is not run", short(text));
            self.draft.log.push(
                Diagnostic::warning("import-dropped", span, message)
                    .help("calls with a name and a label are read as components; write out what is more"),
            );
            if !lower.contains("!return") {
                self.skip = Skip::Until(&["!endprocedure", "!endfunction", "end procedure", "end function"]);
            }
        } else if begins(&["!theme"]) {
            self.draft.log.left_out("!theme", span, "it is about how diagrams look");
        } else if let Some((name, value)) = constant(text) {
            self.constants.insert(name, value);
        }
    }

    /// A text with its constants filled in, if it is one.
    pub(super) fn fill(&self, text: &str) -> String {
        self.constants
            .get(text.trim_start_matches('$'))
            .filter(|_| text.len() < 100)
            .cloned()
            .unwrap_or_else(|| text.to_owned())
    }

    fn about_looks(&mut self, text: &str, span: Span) -> bool {
        // The old way to write it, without parentheses.
        if ["LAYOUT_", "SHOW_", "HIDE_"].iter().any(|word| text.starts_with(word))
            && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        {
            self.draft.log.left_out(text, span, "it is about how diagrams look");
            return true;
        }
        let lower = text.to_lowercase();
        let Some(word) = LOOKS.iter().find(|word| {
            lower
                .strip_prefix(**word)
                .is_some_and(|rest| rest.is_empty() || !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        }) else {
            return false;
        };
        // An arrow may begin with something that is called so.
        if link(text).is_some() {
            return false;
        }
        self.draft.log.left_out(word, span, "it is about how diagrams look");
        if *word == "<style>" {
            self.skip = Skip::Until(&["</style>"]);
        } else if text.ends_with('{') && !text.starts_with("together") {
            self.skip = Skip::Braces(1);
        } else if matches!(*word, "header" | "footer") && lower == *word {
            self.skip = Skip::Until(&["endheader", "endfooter", "end header", "end footer"]);
        }
        true
    }

    /// Titles, and brackets that only keep things close.
    fn heading(&mut self, text: &str) -> bool {
        if let Some(title) = text.strip_prefix("title ") {
            self.canvas.page.name = one_line(&unquoted(title));
            return true;
        }
        if text == "title" {
            self.skip = Skip::Until(&["end title", "endtitle"]);
            return true;
        }
        if text.starts_with("together") && text.ends_with('{') {
            self.open(None);
            return true;
        }
        false
    }

    fn note(&mut self, text: &str, span: Span) -> bool {
        let lower = text.to_lowercase();
        if lower == "legend" || lower.starts_with("legend ") {
            self.skip = Skip::Note(String::new(), &["endlegend", "end legend"]);
            return true;
        }
        if !lower.starts_with("note ") && !lower.starts_with("floating note") {
            return false;
        }
        // An alias stands behind the text in quotes, or behind `note` alone; in what a note says, `as` is a word.
        let alias = text.rsplit_once(" as ").filter(|(before, _)| {
            let before = before.trim_end();
            before.ends_with('"') || matches!(&*before.to_lowercase(), "note" | "floating note")
        });
        self.notes.extend(alias.and_then(|(_, alias)| alias.split_whitespace().next()).map(str::to_owned));
        let title = one_line(&self.canvas.page.name);
        let quoted = text.split('"').nth(1).filter(|_| alias.is_some());
        if let Some(said) = quoted {
            annotation(self.draft, &title, &unquoted(said), span);
        } else if let Some((_, said)) = text.split_once(" : ").or_else(|| text.split_once(": ")) {
            annotation(self.draft, &title, &unquoted(said), span);
        } else {
            self.skip = Skip::Note(String::new(), &["end note", "endnote"]);
        }
        true
    }

    /// Diagrams that say something else. The first line that only they have ends the reading.
    fn of_other_kind(&mut self, text: &str, span: Span) -> bool {
        let first = text.split_whitespace().next().unwrap_or_default();
        let kind = match first {
            "participant" | "autonumber" | "activate" | "deactivate" | "alt" | "loop" => "sequence",
            "class" | "enum" | "abstract" => "class",
            "state" => "state",
            "start" | "stop" | "if" | "partition" | "fork" | "repeat" => "activity",
            _ => return false,
        };
        if text.contains("->") || text.contains("--") || link(text).is_some() {
            return false;
        }
        let message = format!("this looks like a {kind} diagram, which is not read");
        self.draft.log.push(
            Diagnostic::warning("import-other-diagram", span, message)
                .help("component and deployment diagrams and the macros of C4-PlantUML are read"),
        );
        self.other_kind = true;
        true
    }

    /// An element or an arrow.
    fn statement(&mut self, text: &str, span: Span) {
        if let Some(found) = link(text) {
            if [&found.from, &found.to].iter().any(|end| self.notes.contains(&end.name)) {
                self.draft.log.left_out("arrows to notes", span, "it is about how diagrams look");
                return;
            }
            if found.hidden {
                self.draft.log.left_out("[hidden]", span, "it is about how diagrams look");
                return;
            }
            for end in [&found.from, &found.to] {
                self.implied(end, span);
            }
            let mut drawn = Drawn::at(span);
            drawn.name = one_line(&found.label);
            let label = drawn.name.clone();
            state_protocol_of_label(&mut drawn, &label);
            let (mut from, mut to) = (found.from.name, found.to.name);
            match found.arrow {
                Arrow::Right => {}
                Arrow::Left => std::mem::swap(&mut from, &mut to),
                Arrow::Both => state(&mut drawn, fact::TWO_WAY, Value::Bool(true)),
                Arrow::None => {
                    self.undirected += 1;
                    keep(&mut drawn.extras, self.draft.format, "arrows", "none");
                }
            }
            self.canvas.connect(&from, &to, drawn);
            return;
        }
        // `database "Orders" as db { }`: a block with nothing in it.
        let empty = text.strip_suffix('}').map(str::trim_end).and_then(|text| text.strip_suffix('{')).map(str::trim);
        let opens = text.ends_with('{') && empty.is_none();
        let body = empty.unwrap_or_else(|| text.trim_end_matches('{').trim());
        let (keyword, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
        // `actor/` is an actor of a business.
        let keyword = keyword.trim_end_matches('/').to_lowercase();
        let is_keyword = KEYWORDS.contains(&keyword.as_str());
        let rest = &without_stereotypes(rest);
        let named = if is_keyword && opens && rest.trim_matches(|c: char| c.is_whitespace() || c == '"').is_empty() {
            // A boundary that nobody named is one all the same.
            Some((format!("{keyword} in line {}", span.line), keyword.clone(), ' '))
        } else if is_keyword {
            declared(rest)
        } else {
            declared(&without_stereotypes(body)).filter(|(_, _, form)| *form != ' ')
        };
        let Some((alias, name, form)) = named else {
            let message = format!("`{}` is not understood", short(text));
            self.draft.log.group(
                Diagnostic::warning("import-unknown-key", span, message)
                    .help("the line was left out; elements, arrows, notes and the macros of C4-PlantUML are"),
            );
            if opens {
                self.open(None);
            }
            return;
        };
        let mut drawn = Drawn::at(span);
        drawn.name = one_line(&name);
        let stereotypes =
            body.split("<<").skip(1).filter_map(|part| part.split_once(">>")).map(|(inner, _)| inner.trim());
        // What a stereotype names that the library knows is what the element is made of.
        let word_of = if is_keyword { keyword.as_str() } else { of_form(form) };
        let whole = opens && WHOLES.contains(&word_of);
        let zone = opens && !whole;
        let (mut made_of, mut others) = (Vec::<Box<str>>::new(), Vec::new());
        for stereotype in stereotypes {
            match self.technologies.find(&slug(stereotype, "")) {
                // A boundary is made of nothing.
                Some(known) if !zone => made_of.push(known.into()),
                _ => others.push(stereotype),
            }
        }
        if !others.is_empty() {
            keep(&mut drawn.extras, self.draft.format, "stereotype", others.join(", "));
        }
        if !made_of.is_empty() {
            state(&mut drawn, fact::TECHNOLOGY, Value::Words(made_of.into()));
        }
        if word_of.starts_with("port") {
            let message = format!("the port `{}` is read as a component", short(&drawn.name));
            self.draft.log.group(
                Diagnostic::note("import-implied-component", span, message)
                    .help("draw the arrows to what is behind the port to have flows to that"),
            );
        }
        keep(&mut drawn.extras, self.draft.format, "element", word_of);
        kind_of(&mut drawn, word_of);
        let index = self.draw(&alias, if zone { Role::Zone } else { Role::Component }, drawn);
        if whole {
            self.open_whole(Some(index));
        } else if opens {
            self.open(Some(index));
        }
        // `component a [` starts a description of several lines.
        if body.ends_with('[') {
            self.skip = Skip::Label(index, String::new());
        }
    }

    pub(super) fn draw(&mut self, alias: &str, role: Role, mut drawn: Drawn) -> usize {
        drawn.extras.append(&mut self.properties);
        let index = self.canvas.draw(alias, role, drawn);
        self.last = Some(index);
        index
    }

    /// Something that an arrow names for the first time.
    fn implied(&mut self, end: &Reference, span: Span) {
        if self.canvas.find(&end.name).is_none() {
            let mut drawn = Drawn::at(span);
            drawn.name = one_line(&end.name);
            kind_of(&mut drawn, of_form(end.form));
            self.canvas.draw(&end.name, Role::Component, drawn);
        }
    }
}

/// `!$name = "value"`, `!define NAME value`.
fn constant(text: &str) -> Option<(String, String)> {
    if let Some(rest) = text.strip_prefix("!define ").or_else(|| text.strip_prefix("!global ")) {
        let rest = rest.trim();
        let (name, value) = rest.split_once([' ', '='])?;
        return Some((name.trim_start_matches('$').to_owned(), unquoted(value.trim_start_matches(['=', ' ']))));
    }
    let (name, value) = text.strip_prefix("!$")?.split_once('=')?;
    Some((name.trim().to_owned(), unquoted(value)))
}

/// A name and what is written on it: `"Web shop" as shop`, `shop as "Web shop"`, `[Web shop] as shop`, `shop`.
fn declared(text: &str) -> Option<(String, String, char)> {
    let (first, rest) = reference(text)?;
    let rest = rest.trim_start();
    let alias = rest.split_at_checked(3).filter(|(word, _)| word.eq_ignore_ascii_case("as ")).map(|(_, second)| second);
    if let Some(second) = alias {
        let (second, _) = reference(second)?;
        // Whichever is no plain word is what is written on it.
        return Some(match (first.form, second.form) {
            (' ', ' ') => (second.name, first.name, ' '),
            (' ', form) => (first.name, second.name, form),
            (form, _) => (second.name, first.name, form),
        });
    }
    let mut name = first.name.clone();
    // `component shop [ Web shop ]`
    if let Some((inner, _)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        name = unquoted(inner);
    }
    Some((first.name, name, first.form))
}

/// A text without what stands in `<<` and `>>`.
fn without_stereotypes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<<") {
        let Some((_, behind)) = after.split_once(">>") else { break };
        out.push_str(before);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The keyword that a way of writing stands for.
fn of_form(form: char) -> &'static str {
    match form {
        '[' => "component",
        '(' => "usecase",
        'i' => "interface",
        ':' => "actor",
        _ => "element",
    }
}

fn kind_of(drawn: &mut Drawn, keyword: &str) {
    match keyword {
        "actor" | "person" => word(drawn, fact::KIND, "external-entity"),
        "database" | "storage" => word(drawn, fact::KIND, "data-store"),
        "queue" => state_technologies(drawn, "message-queue"),
        _ => {}
    }
}

/// The protocol that a label has in brackets, as C4 draws it.
fn state_protocol_of_label(drawn: &mut Drawn, label: &str) {
    if let Some((inner, _)) = label.split_once('[').and_then(|(_, inner)| inner.split_once(']')) {
        state_protocol(drawn, inner);
    }
}
