//! Shapes as the tool keeps them: cells by name, children, and the master that says whatever a shape does not.

use roxmltree::Node;
use rustc_hash::FxHashMap;
use vauban_model::Span;

use crate::xml::{child, children};

/// Cells that say something here. All others are about looks or behaviour.
const CELLS: [&str; 23] = [
    "PinX",
    "PinY",
    "Width",
    "Height",
    "LocPinX",
    "LocPinY",
    "Angle",
    "FlipX",
    "FlipY",
    "BeginX",
    "BeginY",
    "EndX",
    "EndY",
    "BeginArrow",
    "EndArrow",
    "LinePattern",
    "ObjType",
    "Relationships",
    "PageWidth",
    "PageHeight",
    "PageScale",
    "DrawingScale",
    "LayerMember",
];

/// Steps of one outline at most. A freehand line has some hundreds.
const MOST_ROWS: usize = 1_000;

/// Layers of one page at most. Drawings have a handful.
const MOST_LAYERS: usize = 200;

/// A cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// Its name: one of [`CELLS`].
    pub(super) name: &'static str,
    /// Its value.
    pub(super) value: String,
    /// How the value comes about; empty if it is only a value.
    pub(super) formula: String,
}

/// The cells of a sheet.
pub(super) type Cells = Vec<Cell>;

/// A document.
#[derive(Debug)]
pub(super) struct Document {
    /// The title somebody gave it.
    pub(super) title: String,
    /// Styles, for the lines, by their ids.
    pub(super) styles: FxHashMap<String, StyleSheet>,
    /// Masters.
    pub(super) masters: Vec<Master>,
    /// The master of each id.
    pub(super) master_of: FxHashMap<String, usize>,
    /// Pages in the foreground, in order.
    pub(super) pages: Vec<Page>,
    /// Where it stands.
    pub(super) place: Span,
}

/// A style.
#[derive(Debug)]
pub(super) struct StyleSheet {
    /// The style it changes.
    pub(super) parent: Option<String>,
    /// What it says.
    pub(super) cells: Cells,
}

/// A master: what a shape was made from.
#[derive(Debug)]
pub(super) struct Master {
    /// The name in all languages.
    pub(super) name_u: String,
    /// The name shown.
    pub(super) name: String,
    /// Its shapes; the first is the outermost.
    pub(super) sheet: Sheet,
}

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    /// The title.
    pub(super) name: String,
    /// Its size and scale.
    pub(super) cells: Cells,
    /// Its layers: number, name, whether it is shown.
    pub(super) layers: Vec<Layer>,
    /// Its shapes.
    pub(super) sheet: Sheet,
    /// What is glued to what.
    pub(super) connects: Vec<Connect>,
}

/// A layer.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// The number that shapes name it by.
    pub(super) number: String,
    /// Its name.
    pub(super) name: String,
    /// Whether what is on it is shown.
    pub(super) visible: bool,
}

/// An end glued to a shape.
#[derive(Debug)]
pub(super) struct Connect {
    /// The line.
    pub(super) from: String,
    /// Which end: `BeginX`, `EndX`.
    pub(super) cell: String,
    /// The shape.
    pub(super) to: String,
}

/// Shapes of a page or a master, parents before children.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// All of them.
    pub(super) shapes: Vec<RawShape>,
    /// The shape of each id.
    pub(super) of: FxHashMap<String, usize>,
}

/// What kind of shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A drawn shape.
    Shape,
    /// Shapes together.
    Group,
    /// A picture or an object of another program.
    Foreign,
    /// A help line.
    Guide,
}

/// A shape.
#[derive(Debug)]
pub(super) struct RawShape {
    /// Its id.
    pub(super) id: String,
    /// Its name in all languages.
    pub(super) name_u: String,
    /// What kind.
    pub(super) kind: Kind,
    /// The group it is in.
    pub(super) parent: Option<usize>,
    /// Id of the master it was made from.
    pub(super) master: Option<String>,
    /// Id of the shape in the master of the group around it.
    pub(super) master_shape: Option<String>,
    /// Id of the style of its lines.
    pub(super) line_style: Option<String>,
    /// Its cells.
    pub(super) cells: Cells,
    /// What is written on it; none if it says nothing about that, which is not the same as an empty text.
    pub(super) text: Option<String>,
    /// Shape data: the row's name, the label, the value, and whether the value is just the master's.
    pub(super) data: Vec<Datum>,
    /// User cells: row and value.
    pub(super) user: Vec<(String, String)>,
    /// Addresses of its links.
    pub(super) links: Vec<String>,
    /// Its outlines.
    pub(super) outlines: Vec<Outline>,
}

/// A field of shape data.
#[derive(Debug)]
pub(super) struct Datum {
    /// The row.
    pub(super) row: String,
    /// The label shown; may be empty, or stand only in the master.
    pub(super) label: String,
    /// The value.
    pub(super) value: String,
    /// Whether it was taken over from the master.
    pub(super) inherited: bool,
}

/// An outline.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Number of the section.
    pub(super) number: String,
    /// Not to be drawn.
    pub(super) hidden: bool,
    /// Its rows.
    pub(super) rows: Vec<Row>,
}

/// A step of an outline.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// Number of the row.
    pub(super) number: String,
    /// `MoveTo`, `LineTo`, `ArcTo` and others; empty if only the master says it.
    pub(super) step: String,
    /// Taken out.
    pub(super) deleted: bool,
    /// Where to, across.
    pub(super) x: Option<f64>,
    /// Where to, up.
    pub(super) y: Option<f64>,
    /// The bow of an arc, or a point on the way.
    pub(super) a: Option<f64>,
    /// A point on the way, up.
    pub(super) b: Option<f64>,
}

/// The known cells of a sheet.
pub(super) fn cells(node: Node<'_, '_>) -> Cells {
    children(node, "Cell")
        .filter_map(|cell| {
            let name = cell.attribute("N")?;
            let name = CELLS.into_iter().find(|known| *known == name)?;
            let said = |name: &str| cell.attribute(name).unwrap_or_default().to_owned();
            Some(Cell { name, value: said("V"), formula: said("F") })
        })
        .collect()
}

/// The layers of a page's own sheet.
pub(super) fn layers(node: Node<'_, '_>) -> Vec<Layer> {
    let section = children(node, "Section").find(|section| section.attribute("N") == Some("Layer"));
    let rows = section.into_iter().flat_map(|section| children(section, "Row"));
    rows.take(MOST_LAYERS)
        .map(|row| Layer {
            number: row.attribute("IX").unwrap_or_default().to_owned(),
            name: row_cell(row, "Name").or_else(|| row_cell(row, "NameUniv")).unwrap_or_default().to_owned(),
            visible: row_cell(row, "Visible") != Some("0"),
        })
        .collect()
}

/// What is glued to what on a page.
pub(super) fn connects(root: Node<'_, '_>) -> Vec<Connect> {
    let list = child(root, "Connects");
    list.into_iter()
        .flat_map(|list| children(list, "Connect"))
        .map(|node| {
            let said = |name: &str| node.attribute(name).unwrap_or_default().to_owned();
            Connect { from: said("FromSheet"), cell: said("FromCell"), to: said("ToSheet") }
        })
        .collect()
}

/// All shapes of a page or a master.
pub(super) fn sheet(root: Node<'_, '_>) -> Sheet {
    let mut sheet = Sheet::default();
    collect(root, None, &mut sheet);
    sheet
}

/// Shapes of a list and, behind each, those in it. As deep as the parser of XML lets through.
fn collect(node: Node<'_, '_>, parent: Option<usize>, sheet: &mut Sheet) {
    for shape in child(node, "Shapes").into_iter().flat_map(|list| children(list, "Shape")) {
        let index = sheet.shapes.len();
        let raw = read(shape, parent);
        sheet.of.entry(raw.id.clone()).or_insert(index);
        sheet.shapes.push(raw);
        collect(shape, Some(index), sheet);
    }
}

fn read(node: Node<'_, '_>, parent: Option<usize>) -> RawShape {
    let said = |name: &str| node.attribute(name).map(str::to_owned);
    let kind = match node.attribute("Type") {
        Some("Group") => Kind::Group,
        Some("Foreign") => Kind::Foreign,
        Some("Guide") => Kind::Guide,
        _ => Kind::Shape,
    };
    let mut shape = RawShape {
        id: said("ID").unwrap_or_default(),
        name_u: said("NameU").or_else(|| said("Name")).unwrap_or_default(),
        kind,
        parent,
        master: said("Master"),
        master_shape: said("MasterShape"),
        line_style: said("LineStyle"),
        cells: cells(node),
        text: child(node, "Text").map(|text| {
            // Formatting stands between the pieces; fields hold what they last came to.
            let pieces = text.descendants().filter(|piece| piece.is_text()).filter_map(|piece| piece.text());
            pieces.collect::<String>()
        }),
        data: Vec::new(),
        user: Vec::new(),
        links: Vec::new(),
        outlines: Vec::new(),
    };
    for section in children(node, "Section") {
        match section.attribute("N") {
            Some("Property") => shape.data = children(section, "Row").map(datum).collect(),
            Some("User") => {
                shape.user = children(section, "Row")
                    .filter_map(|row| Some((row.attribute("N")?.to_owned(), row_cell(row, "Value")?.to_owned())))
                    .collect();
            }
            Some("Hyperlink") => {
                let addresses = children(section, "Row").filter_map(|row| row_cell(row, "Address"));
                shape.links = addresses.filter(|it| !it.is_empty()).map(str::to_owned).collect();
            }
            Some("Geometry") => shape.outlines.push(outline(section)),
            _ => {}
        }
    }
    shape
}

fn row_cell<'a>(row: Node<'a, '_>, name: &str) -> Option<&'a str> {
    children(row, "Cell").find(|cell| cell.attribute("N") == Some(name))?.attribute("V")
}

fn datum(row: Node<'_, '_>) -> Datum {
    let cell = |name: &str| row_cell(row, name).unwrap_or_default().to_owned();
    let value = children(row, "Cell").find(|cell| cell.attribute("N") == Some("Value"));
    Datum {
        row: row.attribute("N").unwrap_or_default().to_owned(),
        label: cell("Label"),
        value: cell("Value"),
        inherited: value.is_none_or(|cell| cell.attribute("F") == Some("Inh")),
    }
}

fn outline(section: Node<'_, '_>) -> Outline {
    let cell = |name: &str| children(section, "Cell").find(|cell| cell.attribute("N") == Some(name));
    let rows = children(section, "Row").take(MOST_ROWS).map(|row| {
        let number = |name: &str| row_cell(row, name).and_then(|value| value.trim().parse().ok());
        Row {
            number: row.attribute("IX").unwrap_or_default().to_owned(),
            step: row.attribute("T").unwrap_or_default().to_owned(),
            deleted: matches!(row.attribute("Del"), Some("1" | "true")),
            x: number("X"),
            y: number("Y"),
            a: number("A"),
            b: number("B"),
        }
    });
    Outline {
        number: section.attribute("IX").unwrap_or_default().to_owned(),
        hidden: cell("NoShow").and_then(|cell| cell.attribute("V")) == Some("1"),
        rows: rows.collect(),
    }
}

/// A shape with the one of the master that says what it does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'d> {
    /// The document.
    pub(super) document: &'d Document,
    /// The shape.
    pub(super) own: &'d RawShape,
    /// Its like in the master.
    pub(super) base: Option<&'d RawShape>,
    /// The master of the shape itself or of the group around it.
    pub(super) master: Option<&'d Master>,
}

impl<'d> View<'d> {
    /// A shape of a page.
    pub(super) fn new(document: &'d Document, sheet: &'d Sheet, index: usize) -> Option<Self> {
        let own = sheet.shapes.get(index)?;
        let mut at = Some(own);
        let mut master = None;
        // Parents stand before their children, so this ends.
        while let Some(shape) = at {
            if let Some(id) = &shape.master {
                master = document.master_of.get(id).and_then(|index| document.masters.get(*index));
                break;
            }
            at = shape.parent.and_then(|parent| sheet.shapes.get(parent));
        }
        let base = master.and_then(|master| match (&own.master, &own.master_shape) {
            (Some(_), _) => master.sheet.shapes.first(),
            (None, Some(id)) => master.sheet.shapes.get(*master.sheet.of.get(id)?),
            (None, None) => None,
        });
        Some(View { document, own, base, master })
    }

    /// A cell of the shape itself.
    pub(super) fn own_cell(&self, name: &str) -> Option<&'d Cell> {
        self.own.cells.iter().find(|cell| cell.name == name)
    }

    /// The layers that the shape is on, as the page numbers them.
    pub(super) fn layers(&self) -> impl Iterator<Item = &'d str> + use<'d> {
        let said = |shape: &'d RawShape| shape.cells.iter().find(|cell| cell.name == "LayerMember");
        let cell = said(self.own).or_else(|| self.base.and_then(said));
        cell.into_iter().flat_map(|cell| cell.value.split(';')).map(str::trim).filter(|number| !number.is_empty())
    }

    /// A number, from the shape or its master. What is no number is as if it were not there.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        let parse = |cell: &Cell| cell.value.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let base = || self.base?.cells.iter().find(|cell| cell.name == name).and_then(parse);
        self.own_cell(name).and_then(parse).or_else(base)
    }

    /// A number that styles may say too.
    pub(super) fn styled(&self, name: &str) -> Option<f64> {
        self.number(name).or_else(|| {
            let mut style = self.own.line_style.as_ref().or_else(|| self.base?.line_style.as_ref());
            // Styles may name each other in a circle.
            for _ in 0..32 {
                let sheet = self.document.styles.get(style?)?;
                if let Some(cell) = sheet.cells.iter().find(|cell| cell.name == name) {
                    return cell.value.trim().parse().ok();
                }
                style = sheet.parent.as_ref();
            }
            None
        })
    }

    /// What is written on it: its own text, even an empty one, or else the master's.
    pub(super) fn text(&self) -> &'d str {
        let base = || self.base?.text.as_deref();
        self.own.text.as_deref().or_else(base).unwrap_or_default().trim()
    }

    /// Whether it is a line with a beginning and an end.
    pub(super) fn is_line(&self) -> bool {
        self.number("BeginX").is_some() && self.number("EndX").is_some()
    }

    /// A user cell.
    pub(super) fn user(&self, row: &str) -> Option<&'d str> {
        let find = |shape: &'d RawShape| shape.user.iter().find(|(name, _)| name == row).map(|(_, value)| &**value);
        find(self.own).or_else(|| self.base.and_then(find))
    }

    /// The steps of its first visible outline, each with what the master says of it.
    pub(super) fn outline(&self) -> Vec<Row> {
        let empty = Outline::default();
        let base: Vec<&Outline> = self.base.map(|base| base.outlines.iter().collect()).unwrap_or_default();
        let of = |number: &str| base.iter().find(|outline| outline.number == number).copied();
        let own = self.own.outlines.iter().find(|outline| !outline.hidden);
        let (own, base) = match own {
            Some(own) => (own, of(&own.number).unwrap_or(&empty)),
            None => (&empty, base.iter().find(|outline| !outline.hidden).copied().unwrap_or(&empty)),
        };
        let mut rows: Vec<Row> = base.rows.clone();
        for row in &own.rows {
            match rows.iter_mut().find(|known| known.number == row.number) {
                Some(known) => {
                    if !row.step.is_empty() {
                        known.step.clone_from(&row.step);
                    }
                    known.deleted = row.deleted;
                    known.x = row.x.or(known.x);
                    known.y = row.y.or(known.y);
                    known.a = row.a.or(known.a);
                    known.b = row.b.or(known.b);
                }
                None => rows.push(row.clone()),
            }
        }
        rows.retain(|row| !row.deleted);
        rows
    }
}
