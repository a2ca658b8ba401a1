//! What a `.tm7` file holds, member by member.
//!
//! The file is what .NET's data contract serialiser writes. Prefixes are bound anew everywhere, so that only local names
//! and the local part of `i:type` are looked at.

use roxmltree::Node;
use vauban_model::Span;
use vauban_model::drawing::geometry::{Point, Rect};

use super::knowledge_base::field;
use crate::xml::{Xml, child, children, text};

/// The name space of `i:type` and `i:nil`.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// What an end that is attached to nothing names.
pub(super) const NOTHING: &str = "00000000-0000-0000-0000-000000000000";
/// The name of the attribute that puts an element out of scope.
const OUT_OF_SCOPE: &str = "71f3d9aa-b8ef-4e54-8126-607a1d903103";
/// The name of the attribute that says why.
const REASON: &str = "752473b6-52d4-4776-9a24-202153f7d579";

/// One diagram.
#[derive(Debug)]
pub(super) struct Surface {
    /// The name on its tab.
    pub(super) name: String,
    /// Boxes, in the order of the file.
    pub(super) borders: Vec<Thing>,
    /// Lines, in the order of the file.
    pub(super) lines: Vec<Thing>,
    pub(super) span: Span,
}

/// Something drawn.
#[derive(Debug)]
pub(super) struct Thing {
    pub(super) guid: String,
    /// The class: `StencilEllipse`, `Connector`.
    pub(super) class: String,
    /// The stencil.
    pub(super) type_id: String,
    pub(super) generic_type_id: String,
    pub(super) properties: Vec<Property>,
    pub(super) rect: Option<Rect>,
    /// Start, handle and end of a line.
    pub(super) points: [Option<Point>; 3],
    pub(super) source: String,
    pub(super) target: String,
    pub(super) span: Span,
}

/// An attribute of something drawn.
#[derive(Debug)]
pub(super) struct Property {
    /// The class: `ListDisplayAttribute`, `StringDisplayAttribute`, …
    pub(super) class: String,
    /// The label, in the language of the template.
    pub(super) label: String,
    /// The identifier; empty for the element's name and for headings.
    pub(super) name: String,
    /// The value; of a list the chosen one.
    pub(super) value: String,
    /// Whether it is the first of a list, which is what nobody chose.
    pub(super) is_first: bool,
    pub(super) span: Span,
}

/// A threat as it stands in the file.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) key: String,
    pub(super) id: String,
    pub(super) type_id: String,
    pub(super) source: String,
    pub(super) flow: String,
    pub(super) target: String,
    pub(super) state: String,
    pub(super) priority: String,
    pub(super) changed_by: String,
    pub(super) modified: String,
    pub(super) wide: String,
    /// Title, category, description, justification, mitigations, and what a template adds.
    pub(super) values: Vec<(String, String)>,
    pub(super) span: Span,
}

impl Surface {
    pub(super) fn read(node: Node<'_, '_>, xml: &Xml<'_>) -> Self {
        let things = |list: &str| -> Vec<Thing> {
            let list = child(node, list);
            let values = list.into_iter().flat_map(|list| list.children().filter(Node::is_element));
            values.filter_map(|pair| child(pair, "Value")).map(|value| Thing::read(value, xml)).collect()
        };
        let properties = properties(node, xml);
        let header = field(node, "Header");
        let name = name_of(&properties).unwrap_or_default();
        Surface {
            name: if header.trim().is_empty() { name.to_owned() } else { header },
            borders: things("Borders"),
            lines: things("Lines"),
            span: xml.span(node),
        }
    }
}

impl Thing {
    fn read(node: Node<'_, '_>, xml: &Xml<'_>) -> Self {
        let number = |name: &str| -> Option<f64> {
            field(node, name).trim().parse().ok().filter(|number: &f64| number.is_finite())
        };
        let point = |x: &str, y: &str| Some(Point { x: number(x)?, y: number(y)? });
        let rect = || Rect::new(number("Left")?, number("Top")?, number("Width")?, number("Height")?);
        Thing {
            guid: field(node, "Guid"),
            class: class(node),
            type_id: field(node, "TypeId"),
            generic_type_id: field(node, "GenericTypeId"),
            properties: properties(node, xml),
            rect: rect(),
            points: [point("SourceX", "SourceY"), point("HandleX", "HandleY"), point("TargetX", "TargetY")],
            source: field(node, "SourceGuid"),
            target: field(node, "TargetGuid"),
            span: xml.span(node),
        }
    }

    /// What is written on it.
    pub(super) fn name(&self) -> &str {
        name_of(&self.properties).unwrap_or_default()
    }

    /// The stencil's name: the heading above the attributes.
    pub(super) fn stencil(&self) -> &str {
        let heading = self.properties.iter().find(|property| property.class == "HeaderDisplayAttribute");
        heading.map_or("", |heading| heading.label.trim())
    }

    /// The value of an attribute.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|property| property.name == name).map(|property| &*property.value)
    }

    /// Why it is out of scope, if it is.
    pub(super) fn out_of_scope(&self) -> Option<&str> {
        let out = self.value(OUT_OF_SCOPE).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        out.then(|| self.value(REASON).unwrap_or_default())
    }

    /// Attributes that somebody chose a value for, without the name and the scope.
    pub(super) fn chosen(&self) -> impl Iterator<Item = &Property> {
        self.properties.iter().filter(|property| {
            let usual = property.name.is_empty() && property.class != "CustomStringDisplayAttribute";
            let scope = property.name == OUT_OF_SCOPE || property.name == REASON;
            let unchosen = property.class == "ListDisplayAttribute" && property.is_first;
            !usual && !scope && !unchosen && !property.value.trim().is_empty()
        })
    }
}

/// The text whose attribute has no identifier. Its label is the word for "name" in the language of the tool.
fn name_of(properties: &[Property]) -> Option<&str> {
    let name =
        properties.iter().find(|property| property.class == "StringDisplayAttribute" && property.name.is_empty());
    name.map(|name| &*name.value)
}

fn properties(node: Node<'_, '_>, xml: &Xml<'_>) -> Vec<Property> {
    let list = child(node, "Properties");
    let all = list.into_iter().flat_map(|list| list.children().filter(Node::is_element));
    let read = |node: Node<'_, '_>| {
        let value = child(node, "Value");
        let items: Vec<Node<'_, '_>> =
            value.into_iter().flat_map(|value| value.children().filter(Node::is_element)).collect();
        let selected = field(node, "SelectedIndex").trim().parse::<i64>().ok();
        let value = match (items.is_empty(), selected) {
            (true, _) => value.map(text).unwrap_or_default(),
            (false, selected) => {
                let at = usize::try_from(selected.unwrap_or(0)).ok();
                at.and_then(|at| items.get(at)).map(|item| text(*item)).unwrap_or_default()
            }
        };
        Property {
            class: class(node),
            label: field(node, "DisplayName"),
            name: field(node, "Name"),
            value,
            is_first: selected.is_none_or(|selected| selected <= 0),
            span: xml.span(node),
        }
    };
    all.map(read).collect()
}

/// The local part of `i:type`.
fn class(node: Node<'_, '_>) -> String {
    let full = node.attribute((INSTANCE, "type")).unwrap_or_default();
    full.rsplit(':').next().unwrap_or_default().to_owned()
}

impl Instance {
    pub(super) fn read(pair: Node<'_, '_>, xml: &Xml<'_>) -> Option<Self> {
        let node = child(pair, "Value")?;
        let mut values = Vec::new();
        for value in child(node, "Properties").into_iter().flat_map(|list| list.children().filter(Node::is_element)) {
            values.push((field(value, "Key"), field(value, "Value")));
        }
        Some(Instance {
            key: field(pair, "Key"),
            id: field(node, "Id"),
            type_id: field(node, "TypeId"),
            source: field(node, "SourceGuid"),
            flow: field(node, "FlowGuid"),
            target: field(node, "TargetGuid"),
            state: field(node, "State"),
            priority: field(node, "Priority"),
            changed_by: field(node, "ChangedBy"),
            modified: field(node, "ModifiedAt"),
            wide: field(node, "Wide"),
            values,
            span: xml.span(pair),
        })
    }

    /// A value of the threat; empty if it is not given.
    pub(super) fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// Threats of a file.
pub(super) fn instances(root: Node<'_, '_>, xml: &Xml<'_>) -> Vec<Instance> {
    let list = child(root, "ThreatInstances");
    let pairs = list.into_iter().flat_map(|list| list.children().filter(Node::is_element));
    pairs.filter_map(|pair| Instance::read(pair, xml)).collect()
}

/// Diagrams of a file.
pub(super) fn surfaces(root: Node<'_, '_>, xml: &Xml<'_>) -> Vec<Surface> {
    let list = child(root, "DrawingSurfaceList");
    list.into_iter()
        .flat_map(|list| children(list, "DrawingSurfaceModel"))
        .map(|surface| Surface::read(surface, xml))
        .collect()
}
