//! The knowledge base of the tool: stencils and threat types. A model carries its own; a template (`.tb7`) is one.
//!
//! The two are written by different serialisers: `Id` and `ID`, `ParentId` and `ParentElement`, values as `Value` and
//! as `string`. Names are matched without their namespace.

use roxmltree::Node;
use rustc_hash::FxHashMap;
use vauban_model::{Diagnostic, Span};

use super::filter::{self, Filter};
use crate::log::{Log, short};
use crate::xml::{Xml, child, children, text};

/// Ancestors that are looked at; templates have three levels.
const MOST_ANCESTORS: usize = 64;

/// Stencils and threat types.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnowledgeBase {
    /// Its name.
    pub(crate) name: String,
    /// Its id.
    pub(crate) id: String,
    /// Its version.
    pub(crate) version: String,
    /// Stencils by their id.
    pub(crate) types: FxHashMap<String, ElementType>,
    /// Names of the threat categories by their id.
    pub(crate) categories: FxHashMap<String, String>,
    /// Kinds of threat, in the order of the file.
    pub(crate) threats: Vec<ThreatType>,
}

/// A stencil.
#[derive(Clone, Debug, Default)]
pub(crate) struct ElementType {
    /// What it is derived from; `ROOT` for the outermost.
    pub(crate) parent: String,
}

/// A kind of threat.
#[derive(Clone, Debug)]
pub(crate) struct ThreatType {
    /// Its id.
    pub(crate) id: String,
    /// Its title, with `{source.Name}` and the like.
    pub(crate) title: String,
    /// Its description, likewise.
    pub(crate) description: String,
    /// The id of its category.
    pub(crate) category: String,
    /// When it is generated, as written; none when the text cannot be understood.
    pub(crate) include: (String, Option<Filter>),
    /// When it is not, all the same; none when nothing was written.
    pub(crate) exclude: Option<(String, Option<Filter>)>,
    /// Values that each threat of this kind begins with: `Priority`, `PossibleMitigations`, and a template's own.
    pub(crate) values: Vec<(String, String)>,
    /// Where it stands.
    pub(crate) span: Span,
}

impl KnowledgeBase {
    /// Reads a `KnowledgeBase` element.
    pub(crate) fn read(node: Node<'_, '_>, xml: &Xml<'_>, log: &mut Log) -> Self {
        let mut base = KnowledgeBase::default();
        if let Some(manifest) = child(node, "Manifest") {
            let said = |attribute: &str, element: &str| {
                manifest.attribute(attribute).map(str::to_owned).unwrap_or_else(|| field(manifest, element))
            };
            base.name = said("name", "Name");
            base.id = said("id", "Id");
            base.version = said("version", "Version");
        }
        for list in ["GenericElements", "StandardElements"] {
            for stencil in child(node, list).into_iter().flat_map(|list| children(list, "ElementType")) {
                let id = either(stencil, "Id", "ID");
                let parent = either(stencil, "ParentId", "ParentElement");
                base.types.entry(id).or_insert(ElementType { parent });
            }
        }
        for category in child(node, "ThreatCategories").into_iter().flat_map(|list| children(list, "ThreatCategory")) {
            base.categories.entry(field(category, "Id")).or_insert_with(|| field(category, "Name"));
        }
        for kind in child(node, "ThreatTypes").into_iter().flat_map(|list| children(list, "ThreatType")) {
            base.threats.push(threat_type(kind, xml, log));
        }
        base
    }

    /// Whether a stencil is of a type or derived from it. `ROOT`, which everything is derived from, is nobody's type:
    /// the tool puts it into filters that it could not carry over from its version 3, and they never fire.
    pub(crate) fn is_a(&self, stencil: &str, wanted: &str) -> bool {
        if wanted == "ROOT" {
            return false;
        }
        let mut at = stencil;
        for _ in 0..MOST_ANCESTORS {
            if at == wanted {
                return true;
            }
            match self.types.get(at) {
                Some(known) if !known.parent.is_empty() && known.parent != at => at = &known.parent,
                _ => return false,
            }
        }
        false
    }
}

fn threat_type(node: Node<'_, '_>, xml: &Xml<'_>, log: &mut Log) -> ThreatType {
    let id = either(node, "Id", "ID");
    let span = xml.span(node);
    let filters = child(node, "GenerationFilters");
    let written = |name: &str| filters.map(|filters| field(filters, name)).unwrap_or_default().trim().to_owned();
    let mut read = |which: &str, text: String| {
        let filter = match filter::parse(&text) {
            Ok(filter) => Some(filter),
            Err(reason) => {
                let message =
                    format!("the {which} filter of the threat type `{}` is not understood: {reason}", short(&id));
                log.push(
                    Diagnostic::warning("import-broken-filter", span, message)
                        .help("this kind of threat is not generated; mend the filter in the tool's template editor"),
                );
                None
            }
        };
        (text, filter)
    };
    let (include, exclude) = (written("Include"), written("Exclude"));
    // A threat type without a filter is never generated, and is no mistake: people add such by hand.
    let include = if include.is_empty() { (include, None) } else { read("include", include) };
    let exclude = (!exclude.is_empty()).then(|| read("exclude", exclude));
    let mut values = Vec::new();
    for datum in child(node, "PropertiesMetaData").into_iter().flat_map(|list| children(list, "ThreatMetaDatum")) {
        let value =
            child(datum, "Values").and_then(|values| values.first_element_child()).map(text).unwrap_or_default();
        values.push((field(datum, "Name"), value));
    }
    ThreatType {
        title: field(node, "ShortTitle"),
        description: field(node, "Description"),
        category: field(node, "Category"),
        id,
        include,
        exclude,
        values,
        span,
    }
}

/// The text of a child element; empty if there is none.
pub(super) fn field(node: Node<'_, '_>, name: &str) -> String {
    child(node, name).map(text).unwrap_or_default()
}

fn either(node: Node<'_, '_>, name: &str, other: &str) -> String {
    child(node, name).or_else(|| child(node, other)).map(text).unwrap_or_default()
}
