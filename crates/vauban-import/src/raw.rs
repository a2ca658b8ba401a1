//! How a `raw.rs` mirrors a format: one line per field, every key either known or kept.
//!
//! A raw struct is declared with [`raw!`], which makes both the struct and its reader. The reader ticks keys off with
//! [`Fields`]; whatever nobody took is in [`At::rest`], which the lowering has to keep or report.

use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Entry, Fields, Kind, Node};

use crate::log::{Log, short};

/// A text and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    /// The text; may be empty.
    pub(crate) text: &'a str,
    /// Where it stands.
    pub(crate) span: Span,
}

impl<'a> Text<'a> {
    /// The text without white space around it, unless nothing is left.
    pub(crate) fn given(self) -> Option<Text<'a>> {
        let text = self.text.trim();
        (!text.is_empty()).then_some(Text { text, span: self.span })
    }
}

/// A file's text from its first character on that is neither white space nor a byte-order mark.
pub(crate) fn body(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// The text or nothing, as plain text for a field that need not be there.
pub(crate) fn or_empty(text: Option<Text<'_>>) -> Box<str> {
    text.map_or_else(Box::default, |text| text.text.into())
}

/// A yes or no and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    /// The answer.
    pub(crate) value: bool,
    /// Where it stands.
    pub(crate) span: Span,
}

/// A finite number, where it stands, and how it was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number<'a> {
    /// The number; never infinite, never "not a number".
    pub(crate) value: f64,
    /// As written.
    pub(crate) text: &'a str,
    /// Where it stands.
    pub(crate) span: Span,
}

/// A list and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct List<T> {
    /// Where it stands; the key's place when the list was left empty.
    pub(crate) span: Span,
    /// Its items, empty ones left out.
    pub(crate) items: Vec<T>,
}

/// Keys that people choose, and their values.
#[derive(Clone, Debug)]
pub(crate) struct Map<'a, T> {
    /// Each key with its value, in the order of the file; no value where nothing was written.
    pub(crate) entries: Vec<(Text<'a>, Option<T>)>,
}

/// The items of a list that need not be there.
pub(crate) fn items<T>(list: Option<&List<T>>) -> impl Iterator<Item = &T> {
    list.into_iter().flat_map(|list| &list.items)
}

/// The entries of a map that need not be there.
pub(crate) fn entries<'r, 'a, T>(map: Option<&'r Map<'a, T>>) -> impl Iterator<Item = &'r (Text<'a>, Option<T>)> {
    map.into_iter().flat_map(|map| &map.entries)
}

/// The texts of a list, such as tags.
pub(crate) fn texts(list: Option<&List<Text<'_>>>) -> Vec<Box<str>> {
    items(list).map(|item| item.text.into()).collect()
}

/// What every raw struct knows beside its fields.
#[derive(Clone, Debug)]
pub(crate) struct At<'a> {
    /// The mapping it was read from.
    pub(crate) node: &'a Node,
    /// What it is, with its article: `a data asset`.
    pub(crate) what: &'static str,
    /// The keys that the format knows here.
    pub(crate) known: &'static [&'static str],
    /// The entries nobody took.
    pub(crate) rest: Vec<&'a Entry>,
}

/// The field being read, for messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'p> {
    /// What the field belongs to: `a data asset`.
    pub(crate) what: &'p str,
    /// The field's key.
    pub(crate) key: &'p str,
}

impl Place<'_> {
    /// Reports a value of the wrong type. The value is lost, hence an error.
    fn wrong(self, node: &Node, wanted: &str, log: &mut Log) {
        let message = format!(
            "`{}` of {} must be {wanted}, not {}; it was left out",
            short(self.key),
            self.what,
            node.kind_name()
        );
        log.push(Diagnostic::error("import-wrong-type", node.span, message));
    }
}

/// Something that a node can be read as.
pub(crate) trait Read<'a>: Sized {
    /// Reads a value that is there; reports and returns nothing if it is of the wrong type.
    fn read(node: &'a Node, place: Place<'_>, log: &mut Log) -> Option<Self>;

    /// What a value means that was left empty (`tags:`).
    fn nothing(_node: &'a Node) -> Option<Self> {
        None
    }
}

/// Reads a field under the first of its names that is there.
pub(crate) fn field<'a, T: Read<'a>>(
    fields: &mut Fields<'a>,
    what: &str,
    keys: &[&'static str],
    log: &mut Log,
) -> Option<T> {
    let (key, node) = keys.iter().find_map(|key| fields.take(key).map(|node| (*key, node)))?;
    if node.is_null() { T::nothing(node) } else { T::read(node, Place { what, key }, log) }
}

/// Opens a mapping for its raw struct.
pub(crate) fn open<'a>(node: &'a Node, what: &'static str, log: &mut Log) -> Option<Fields<'a>> {
    let mut diagnostics = Vec::new();
    let fields = Fields::new(node, what, &mut diagnostics);
    diagnostics.into_iter().for_each(|diagnostic| log.push(diagnostic));
    fields
}

impl<'a> Read<'a> for &'a Node {
    fn read(node: &'a Node, _place: Place<'_>, _log: &mut Log) -> Option<Self> {
        Some(node)
    }
}

impl<'a> Read<'a> for Text<'a> {
    fn read(node: &'a Node, place: Place<'_>, log: &mut Log) -> Option<Self> {
        match node.as_str() {
            Some(text) => Some(Text { text, span: node.span }),
            None => {
                place.wrong(node, "text", log);
                None
            }
        }
    }
}

impl<'a> Read<'a> for Flag {
    fn read(node: &'a Node, place: Place<'_>, log: &mut Log) -> Option<Self> {
        // Tools that write by hand sometimes quote their booleans; what is meant is plain.
        let quoted = || match node.as_str()? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        match node.as_bool().or_else(quoted) {
            Some(value) => Some(Flag { value, span: node.span }),
            None => {
                place.wrong(node, "true or false", log);
                None
            }
        }
    }
}

impl<'a> Read<'a> for Number<'a> {
    fn read(node: &'a Node, place: Place<'_>, log: &mut Log) -> Option<Self> {
        let number = node.as_f64().or_else(|| node.as_str()?.trim().parse().ok()).filter(|number| number.is_finite());
        match number.zip(node.as_str()) {
            Some((value, text)) => Some(Number { value, text, span: node.span }),
            None => {
                place.wrong(node, "a finite number", log);
                None
            }
        }
    }
}

impl<'a, T: Read<'a>> Read<'a> for List<T> {
    fn read(node: &'a Node, place: Place<'_>, log: &mut Log) -> Option<Self> {
        let items = match &node.kind {
            Kind::Sequence(items) => items.as_slice(),
            // A list of one, written without its dash.
            Kind::Scalar(_) => std::slice::from_ref(node),
            Kind::Mapping(_) => {
                place.wrong(node, "a list", log);
                return None;
            }
        };
        let items = items.iter().filter(|item| !item.is_null()).filter_map(|item| T::read(item, place, log)).collect();
        Some(List { span: node.span, items })
    }

    fn nothing(node: &'a Node) -> Option<Self> {
        Some(List { span: node.span, items: Vec::new() })
    }
}

impl<'a, T: Read<'a>> Read<'a> for Map<'a, T> {
    fn read(node: &'a Node, place: Place<'_>, log: &mut Log) -> Option<Self> {
        let Some(entries) = node.as_mapping() else {
            place.wrong(node, "a mapping", log);
            return None;
        };
        let entries = entries
            .iter()
            .map(|entry| {
                let key = Text { text: &entry.key, span: entry.key_span };
                let place = Place { what: place.what, key: &entry.key };
                let value =
                    if entry.value.is_null() { T::nothing(&entry.value) } else { T::read(&entry.value, place, log) };
                (key, value)
            })
            .collect();
        Some(Map { entries })
    }
}

impl<'a, T: Read<'a>> Read<'a> for Box<T> {
    fn read(node: &'a Node, place: Place<'_>, log: &mut Log) -> Option<Self> {
        T::read(node, place, log).map(Box::new)
    }
}

/// Declares a raw struct and its reader.
///
/// ```ignore
/// raw! {
///     /// A contributor.
///     Contributor, "a contributor" {
///         /// The name.
///         name: Text<'a> = "name",
///         /// Where to write to.
///         contact: Text<'a> = "contact" | "mail",
///     }
/// }
/// ```
///
/// Every field is optional and named with its keys. `flat properties: Properties,` as the last line reads another raw
/// struct from the same mapping, for formats that moved fields around.
macro_rules! raw {
    (
        $(#[doc = $doc:literal])+
        $name:ident, $what:literal {
            $( $(#[doc = $field_doc:literal])+ $field:ident: $type:ty = $($key:literal)|+, )*
            $( flat $flat:ident: $flat_type:ident, )?
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug)]
        pub(crate) struct $name<'a> {
            $( $(#[doc = $field_doc])+ pub(crate) $field: Option<$type>, )*
            $(
                /// What the mapping itself says beside.
                pub(crate) $flat: $flat_type<'a>,
            )?
            /// Where it stands, and what else the file says there.
            pub(crate) at: $crate::raw::At<'a>,
        }

        impl<'a> $name<'a> {
            fn take(
                node: &'a vauban_syntax::Node,
                fields: &mut vauban_syntax::Fields<'a>,
                log: &mut $crate::log::Log,
            ) -> Self {
                $( let $field = $crate::raw::field(fields, $what, &[$($key),+], log); )*
                $( let $flat = $flat_type::take(node, fields, log); )?
                let rest = fields.rest().collect();
                let at = $crate::raw::At { node, what: $what, known: &[$($($key,)+)*], rest };
                $name { $($field,)* $($flat,)? at }
            }
        }

        impl<'a> $crate::raw::Read<'a> for $name<'a> {
            fn read(
                node: &'a vauban_syntax::Node,
                _place: $crate::raw::Place<'_>,
                log: &mut $crate::log::Log,
            ) -> Option<Self> {
                let mut fields = $crate::raw::open(node, $what, log)?;
                Some(Self::take(node, &mut fields, log))
            }
        }
    };
}

pub(crate) use raw;
