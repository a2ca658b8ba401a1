//! Drawings of draw.io (diagrams.net): plain and compressed files, and pictures that carry one along.

mod container;
mod icons;
mod label;
mod lower;
mod marks;
mod plan;
mod raw;
mod stated;
mod style;
mod tree;

use roxmltree::Node;
use vauban_model::{Diagnostic, FileId, Severity, Span};

use self::raw::RawPage;
use crate::draft::beginning;
use crate::log::{Log, short};
use crate::xml::{Xml, children, text};
use crate::{Imported, InputFile};

/// Pages of one file at most.
const MOST_PAGES: usize = 1000;
/// Bytes of all pages of a file together at most, unpacked.
const MOST_UNPACKED: usize = 128 << 20;
/// Cells of all pages together at most.
const MOST_CELLS: usize = 400_000;

/// The drawing in a picture, for whoever has to know whether there is one.
pub(crate) fn is_in_picture(bytes: &[u8]) -> bool {
    container::in_png(bytes).is_some()
}

/// See [`crate::import`].
pub(crate) fn import(files: &[InputFile<'_>]) -> Imported {
    let mut log = Log::new();
    for file in files.iter().skip(1) {
        let message = format!("`{}` was not read: this format is one file", short(file.name));
        log.push(Diagnostic::new(Severity::Warning, "import-dropped", Some(beginning(file.id)), message));
    }
    let file = files.first().copied().unwrap_or_else(|| InputFile::text(FileId(0), "", ""));
    let mut pages = Vec::new();
    let mut left = MOST_UNPACKED;
    if file.bytes.is_empty() {
        document(file.text, None, file.id, &mut left, &mut pages, &mut log);
    } else {
        let place = beginning(file.id);
        match container::in_png(file.bytes) {
            Some(inner) => document(&inner, Some(place), file.id, &mut left, &mut pages, &mut log),
            None => log.push(
                Diagnostic::error("import-no-drawing", place, "the picture carries no drawing")
                    .help("export it with `Include a copy of my diagram` ticked, or save it as .drawio"),
            ),
        }
    }
    lower::lower(file, &pages, log)
}

/// Reads a document of any of the three kinds. `place` is set for one inside another file.
fn document(
    text_of: &str,
    place: Option<Span>,
    file: FileId,
    left: &mut usize,
    pages: &mut Vec<RawPage>,
    log: &mut Log,
) {
    let parsed = match place {
        Some(place) => Xml::parse_inner(text_of, place),
        None => Xml::parse(text_of, file),
    };
    let xml = match parsed {
        Ok(xml) => xml,
        Err(diagnostic) => return log.push(diagnostic),
    };
    let root = xml.root();
    match root.tag_name().name() {
        "mxfile" => {
            let count = children(root, "diagram").count();
            if count > MOST_PAGES {
                let message = format!("the file has {count} pages; the first {MOST_PAGES} are read");
                log.push(Diagnostic::warning("import-too-large", xml.span(root), message).help("split the file"));
            }
            for diagram in children(root, "diagram").take(MOST_PAGES) {
                page(&xml, diagram, left, pages, log);
            }
        }
        "mxGraphModel" => pages.push(raw::page(&xml, root, "", "")),
        "svg" if place.is_none() => match root.attribute("content") {
            Some(content) => {
                let inner = container::from_percent(content);
                document(&inner, Some(xml.span(root)), file, left, pages, log);
            }
            None => log.push(
                Diagnostic::error("import-no-drawing", xml.span(root), "the picture carries no drawing")
                    .help("export it with `Include a copy of my diagram` ticked, or save it as .drawio"),
            ),
        },
        "mxlibrary" => log.push(
            Diagnostic::error("import-template", xml.span(root), "this is a library of shapes, not a drawing")
                .help("draw something with its shapes, and import that drawing"),
        ),
        other => {
            let message = format!("`{}` is no drawing of draw.io", short(other));
            log.push(
                Diagnostic::error("import-no-drawing", xml.span(root), message)
                    .help("a drawing has `mxfile` or `mxGraphModel` at its top"),
            );
        }
    }
    let mut cells = 0usize;
    for page in pages.iter_mut() {
        let room = MOST_CELLS.saturating_sub(cells);
        if page.cells.len() > room {
            let message = format!("the file has too many shapes; the first {MOST_CELLS} are read");
            log.group(Diagnostic::warning("import-too-large", page.span, message).help("split the file"));
            page.cells.truncate(room);
        }
        cells += page.cells.len();
    }
}

fn page(xml: &Xml<'_>, diagram: Node<'_, '_>, left: &mut usize, pages: &mut Vec<RawPage>, log: &mut Log) {
    let (id, name) = (diagram.attribute("id").unwrap_or_default(), diagram.attribute("name").unwrap_or_default());
    let span = xml.span(diagram);
    if let Some(model) = children(diagram, "mxGraphModel").next() {
        let mut page = raw::page(xml, model, id, name);
        page.span = span;
        pages.push(page);
        return;
    }
    let packed = text(diagram);
    if packed.trim().is_empty() {
        pages.push(RawPage { id: id.to_owned(), name: name.to_owned(), cells: Vec::new(), foreign: Vec::new(), span });
        return;
    }
    let refused = |reason: String| {
        let message = format!("the page `{}` cannot be unpacked: {reason}", short(name));
        Diagnostic::error("import-broken-archive", span, message)
            .help("save it again in draw.io, with `Compressed` switched off under File, Properties")
    };
    match container::inflate(&packed, left) {
        Ok(inner) => match Xml::parse_inner(&inner, span) {
            Ok(inner) => pages.push(raw::page(&inner, inner.root(), id, name)),
            Err(diagnostic) => log.push(diagnostic),
        },
        Err(reason) => log.push(refused(reason)),
    }
}
