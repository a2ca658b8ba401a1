//! The archive: which part holds what. Parts name each other by relationships; only those inside the archive count.

use rustc_hash::FxHashMap;
use vauban_model::{Diagnostic, Span};

use super::raw::{Cells, Document, Layer, Master, Page, Sheet, StyleSheet, cells, layers, sheet};
use crate::archive::Archive;
use crate::log::{Log, short};
use crate::xml::{Xml, child, children, text};

/// Pages of one document at most.
const MOST_PAGES: usize = 500;
/// Masters of one document at most.
const MOST_MASTERS: usize = 5_000;

/// Opens the archive and reads everything that is needed from it.
pub(super) fn open(bytes: &[u8], place: Span, log: &mut Log) -> Result<Document, Box<Diagnostic>> {
    let broken = |message: String| {
        Box::new(
            Diagnostic::error("import-broken-archive", place, message)
                .help("save the drawing again as `.vsdx` in the tool it comes from"),
        )
    };
    let mut archive = Archive::open(bytes).map_err(broken)?;
    let types = archive.read_text("[Content_Types].xml").unwrap_or_default();
    if types.contains("ms-visio.stencil") {
        return Err(Box::new(
            Diagnostic::error("import-stencil", place, "this is a stencil: shapes to draw with, and no drawing")
                .help("draw something with it in Visio, save it as `.vsdx`, and read that file"),
        ));
    }
    if types.contains("ms-visio.drawing.macroEnabled") || types.contains("ms-visio.template.macroEnabled") {
        log.push(Diagnostic::note("import-dropped", place, "the file's macros are neither read nor run"));
    }
    let mut reader = Reader { archive, place };
    let mut document = Document {
        title: String::new(),
        styles: FxHashMap::default(),
        masters: Vec::new(),
        master_of: FxHashMap::default(),
        pages: Vec::new(),
        place,
    };
    if reader.archive.has("visio/document.xml") {
        match reader.xml("visio/document.xml", styles) {
            Ok(styles) => document.styles = styles,
            Err(diagnostic) => log.push(*diagnostic),
        }
    }
    if let Ok(title) = reader.xml("docProps/core.xml", |xml| child(xml.root(), "title").map(text)) {
        document.title = title.unwrap_or_default();
    }
    let masters = reader.related("visio/document.xml", "masters").unwrap_or("visio/masters/masters.xml".to_owned());
    if reader.archive.has(&masters) {
        read_masters(&mut reader, &masters, &mut document, log);
    }
    let pages = reader.related("visio/document.xml", "pages").unwrap_or("visio/pages/pages.xml".to_owned());
    if !reader.archive.has(&pages) {
        return Err(broken(format!("the archive has no list of pages (`{}`)", short(&pages))));
    }
    read_pages(&mut reader, &pages, &mut document, log)?;
    Ok(document)
}

struct Reader<'a> {
    archive: Archive<'a>,
    place: Span,
}

/// A relationship of a part.
struct Related {
    id: String,
    kind: String,
    target: Option<String>,
}

impl Reader<'_> {
    /// Reads a part and hands it over.
    fn xml<T>(&mut self, name: &str, take: impl FnOnce(&Xml<'_>) -> T) -> Result<T, Box<Diagnostic>> {
        let text = self.archive.read_text(name).map_err(|message| {
            Box::new(
                Diagnostic::error("import-broken-archive", self.place, message)
                    .help("save the drawing again in the tool it comes from"),
            )
        })?;
        let xml = Xml::parse_inner(&text, self.place).map_err(|mut diagnostic| {
            diagnostic.message = format!("`{}`: {}", short(name), diagnostic.message);
            Box::new(diagnostic)
        })?;
        Ok(take(&xml))
    }

    /// What a part relates to. A target outside the archive, or one that climbs out of it, is none.
    fn relations(&mut self, part: &str) -> Vec<Related> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let name = format!("{folder}/_rels/{file}.rels");
        if !self.archive.has(&name) {
            return Vec::new();
        }
        let read = |xml: &Xml<'_>| {
            children(xml.root(), "Relationship")
                .map(|node| {
                    let said = |name: &str| node.attribute(name).unwrap_or_default();
                    let external = said("TargetMode").eq_ignore_ascii_case("external");
                    let target = if external { None } else { inside(folder, said("Target")) };
                    let kind = said("Type").rsplit('/').next().unwrap_or_default().to_owned();
                    Related { id: said("Id").to_owned(), kind, target }
                })
                .collect()
        };
        self.xml(&name, read).unwrap_or_default()
    }

    /// The one part of a kind that a part relates to.
    fn related(&mut self, part: &str, kind: &str) -> Option<String> {
        let target = self.relations(part).into_iter().find(|related| related.kind == kind)?.target?;
        self.archive.has(&target).then_some(target)
    }
}

/// A target as the name of an entry. `..` may go up inside the archive and never out of it.
fn inside(folder: &str, target: &str) -> Option<String> {
    if target.contains(':') || target.contains('\\') {
        return None;
    }
    let (mut parts, rest) = match target.strip_prefix('/') {
        Some(rest) => (Vec::new(), rest),
        None => (folder.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>(), target),
    };
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn styles(xml: &Xml<'_>) -> FxHashMap<String, StyleSheet> {
    let list = child(xml.root(), "StyleSheets");
    list.into_iter()
        .flat_map(|list| children(list, "StyleSheet"))
        .take(MOST_MASTERS)
        .map(|node| {
            let sheet = StyleSheet { parent: node.attribute("LineStyle").map(str::to_owned), cells: cells(node) };
            (node.attribute("ID").unwrap_or_default().to_owned(), sheet)
        })
        .collect()
}

/// What the list of masters or of pages says of one entry.
struct Listed {
    id: String,
    name_u: String,
    name: String,
    background: bool,
    relation: String,
    cells: Cells,
    layers: Vec<Layer>,
}

/// The entries of a list, in order.
fn listed(xml: &Xml<'_>, what: &str) -> Vec<Listed> {
    children(xml.root(), what)
        .map(|node| {
            let said = |name: &str| node.attribute(name).unwrap_or_default().to_owned();
            let relation = child(node, "Rel").and_then(|rel| {
                rel.attributes().find(|attribute| attribute.name() == "id").map(|id| id.value().to_owned())
            });
            Listed {
                id: said("ID"),
                name_u: said("NameU"),
                name: said("Name"),
                background: matches!(node.attribute("Background"), Some("1" | "true")),
                relation: relation.unwrap_or_default(),
                cells: child(node, "PageSheet").map(cells).unwrap_or_default(),
                layers: child(node, "PageSheet").map(layers).unwrap_or_default(),
            }
        })
        .collect()
}

/// The part of each entry: by its relationship, or else by the tool's habit of counting them.
fn part_of(
    reader: &Reader<'_>,
    relations: &FxHashMap<String, Option<String>>,
    entry: &Listed,
    habit: &str,
) -> Option<String> {
    let target = match relations.get(&entry.relation) {
        Some(target) => target.clone(),
        None if relations.is_empty() => Some(habit.to_owned()),
        None => None,
    };
    target.filter(|target| reader.archive.has(target))
}

fn by_id(relations: Vec<Related>) -> FxHashMap<String, Option<String>> {
    relations.into_iter().map(|related| (related.id, related.target)).collect()
}

fn read_masters(reader: &mut Reader<'_>, list: &str, document: &mut Document, log: &mut Log) {
    let entries = match reader.xml(list, |xml| listed(xml, "Master")) {
        Ok(entries) => entries,
        Err(diagnostic) => return log.push(*diagnostic),
    };
    let relations = by_id(reader.relations(list));
    for (number, entry) in entries.into_iter().take(MOST_MASTERS).enumerate() {
        let habit = format!("visio/masters/master{}.xml", number + 1);
        let mut shapes = Sheet::default();
        match part_of(reader, &relations, &entry, &habit) {
            Some(part) => match reader.xml(&part, |xml| sheet(xml.root())) {
                Ok(read) => shapes = read,
                Err(diagnostic) => log.push(*diagnostic),
            },
            None => {
                let message = format!(
                    "the master `{}` is not in the file; its shapes have only what they say",
                    short(&entry.name_u)
                );
                log.group(Diagnostic::warning("import-missing-part", reader.place, message));
            }
        }
        let index = document.masters.len();
        document.master_of.entry(entry.id).or_insert(index);
        document.masters.push(Master { name_u: entry.name_u, name: entry.name, sheet: shapes });
    }
}

fn read_pages(
    reader: &mut Reader<'_>,
    list: &str,
    document: &mut Document,
    log: &mut Log,
) -> Result<(), Box<Diagnostic>> {
    let entries = reader.xml(list, |xml| listed(xml, "Page"))?;
    let relations = by_id(reader.relations(list));
    let too_many = entries.len().saturating_sub(MOST_PAGES);
    if too_many > 0 {
        let message = format!("{too_many} pages more than {MOST_PAGES} were not read");
        log.push(Diagnostic::warning("import-too-large", reader.place, message).help("split the drawing"));
    }
    for (number, entry) in entries.into_iter().take(MOST_PAGES).enumerate() {
        let name = if entry.name.is_empty() { entry.name_u.clone() } else { entry.name.clone() };
        if entry.background {
            let message = format!("the background `{}` was left out: it is no page of its own", short(&name));
            log.push(Diagnostic::note("import-dropped", reader.place, message));
            continue;
        }
        let habit = format!("visio/pages/page{}.xml", number + 1);
        let Some(part) = part_of(reader, &relations, &entry, &habit) else {
            let message = format!("the page `{}` is listed, but not in the file", short(&name));
            log.push(
                Diagnostic::warning("import-missing-part", reader.place, message)
                    .help("save the drawing again in the tool it comes from"),
            );
            continue;
        };
        match reader.xml(&part, |xml| (sheet(xml.root()), super::raw::connects(xml.root()))) {
            Ok((sheet, connects)) => {
                document.pages.push(Page { name, cells: entry.cells, layers: entry.layers, sheet, connects });
            }
            Err(diagnostic) => log.push(*diagnostic),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn targets_stay_inside_the_archive() {
        assert_eq!(inside("visio/pages", "../masters/master1.xml").as_deref(), Some("visio/masters/master1.xml"));
        assert_eq!(inside("visio/pages", "page1.xml").as_deref(), Some("visio/pages/page1.xml"));
        assert_eq!(inside("visio/pages", "/visio/x.xml").as_deref(), Some("visio/x.xml"));
        assert_eq!(inside("visio", "./a//b").as_deref(), Some("visio/a/b"));
        for outside in ["../../../etc/passwd", "http://example.org/x", "file:///etc/passwd", "..\\x", "C:/x"] {
            assert_eq!(inside("visio/pages", outside), None, "{outside}");
        }
    }
}
