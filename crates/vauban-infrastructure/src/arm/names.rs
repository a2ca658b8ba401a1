//! Names of resources: what an id, a name or a symbolic name stands for in this tree.

use rustc_hash::FxHashMap;

use vauban_model::resource::{Text, Value, ValueKind};

use crate::plain;

/// Longest name of an unknown in messages.
const SHORT: usize = 120;

/// Addresses by whatever expressions name resources with. `None` is a name that two resources have.
#[derive(Default)]
pub(super) struct Index {
    /// By deployment at the top and `type|name`, in lower case.
    by_id: FxHashMap<(usize, String), Text>,
    /// The same for the whole tree, where only one has it.
    everywhere: FxHashMap<String, Option<Text>>,
    /// By deployment at the top and name alone.
    by_name: FxHashMap<(usize, String), Option<Text>>,
    /// By deployment and symbolic name.
    by_symbol: FxHashMap<(usize, String), Text>,
    /// Deployments whose template is at hand, by address.
    pub(super) deployments: FxHashMap<Text, usize>,
    /// Whether a resource is made here, by address.
    made: FxHashMap<Text, bool>,
    /// What an address was made of: deployment at the top, type, whole name.
    origin: FxHashMap<Text, (usize, String, String)>,
    /// How many resources have been given an address already.
    repeated: FxHashMap<String, usize>,
}

/// The key of a resource in an index.
fn key(ty: &str, name: &str) -> String {
    format!("{ty}|{name}").to_ascii_lowercase()
}

impl Index {
    /// Adds a resource. What is made here goes before what is only looked up.
    pub(super) fn add(&mut self, root: usize, ty: &str, name: &str, address: &Text, made: bool) {
        let id = (root, key(ty, name));
        let better = self.by_id.get(&id).is_none_or(|old| made && self.made.get(old) == Some(&false));
        self.made.insert(address.clone(), made);
        self.origin.insert(address.clone(), (root, ty.to_owned(), name.to_owned()));
        if !better {
            return;
        }
        if made && !name.contains("${") {
            self.everywhere
                .entry(id.1.clone())
                .and_modify(|known| {
                    if known.as_ref() != Some(address) {
                        *known = None;
                    }
                })
                .or_insert_with(|| Some(address.clone()));
        }
        let replaced = self.by_id.insert(id, address.clone());
        self.by_name
            .entry((root, name.to_ascii_lowercase()))
            .and_modify(|known| {
                if *known == replaced {
                    *known = Some(address.clone());
                } else if known.as_ref() != Some(address) {
                    *known = None;
                }
            })
            .or_insert_with(|| Some(address.clone()));
    }

    pub(super) fn add_symbol(&mut self, scope: usize, symbol: &str, address: &Text) {
        self.by_symbol.insert((scope, symbol.to_owned()), address.clone());
    }

    /// The resource of a type and name.
    pub(super) fn find(&self, root: usize, ty: &str, name: &str) -> Option<&Text> {
        let key = key(ty, name);
        let everywhere = self.everywhere.get(&key);
        self.by_id.get(&(root, key)).or_else(|| everywhere?.as_ref())
    }

    /// The type and whole name of what has an address.
    pub(super) fn origin(&self, address: &str) -> Option<&(usize, String, String)> {
        self.origin.get(address)
    }

    /// Whether an address has a resource.
    pub(super) fn taken(&self, address: &str) -> bool {
        self.made.contains_key(address)
    }

    /// An address like another one that no resource has.
    pub(super) fn free(&mut self, address: &str) -> String {
        let next = self.repeated.entry(address.to_owned()).or_insert(1);
        *next += 1;
        format!("{address}#{next}")
    }

    pub(super) fn named(&self, root: usize, name: &str) -> Option<&Text> {
        self.by_name.get(&(root, name.to_ascii_lowercase()))?.as_ref()
    }

    pub(super) fn symbol(&self, scope: usize, symbol: &str) -> Option<&Text> {
        self.by_symbol.get(&(scope, symbol.to_owned()))
    }
}

/// The parts of a path, where `${…}` is one piece whatever is inside.
pub(super) fn parts(path: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut open) = (0, 0usize);
    for (at, mark) in path.char_indices() {
        match mark {
            '{' => open += 1,
            '}' => open = open.saturating_sub(1),
            '/' if open == 0 => {
                out.push(path.get(start..at).unwrap_or(""));
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(path.get(start..).unwrap_or(""));
    out
}

/// The type and the name that an id stands for: `…/providers/Microsoft.Sql/servers/s/databases/d` is
/// `Microsoft.Sql/servers/databases` and `s/d`. Ids may be relative.
pub(super) fn of_id(id: &str) -> Option<(String, String)> {
    let all = parts(id.trim_matches('/'));
    let from = all.iter().rposition(|part| part.eq_ignore_ascii_case("providers")).map_or(0, |at| at + 1);
    let mut rest = all.get(from..)?.iter();
    let mut ty = (*rest.next()?).to_owned();
    if !ty.contains('.') || ty.contains('$') {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    while let (Some(word), Some(name)) = (rest.next(), rest.next()) {
        ty = format!("{ty}/{word}");
        names.push(name);
    }
    (!names.is_empty()).then(|| (ty, names.join("/")))
}

/// The id of a resource within its group: `Microsoft.Sql/servers/s/databases/d`.
pub(super) fn id(ty: &str, name: &str) -> String {
    let mut words = ty.split('/');
    let mut out = words.next().unwrap_or("").to_owned();
    let mut names = parts(name).into_iter();
    for word in words {
        out = format!("{out}/{word}");
        if let Some(name) = names.next() {
            out = format!("{out}/{name}");
        }
    }
    for name in names {
        out = format!("{out}/{name}");
    }
    out
}

/// A name for addresses: what is not known stands in it without its arguments, `store${uniqueString()}`.
pub(super) fn brief(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let (mut open, mut round) = (0usize, 0usize);
    for mark in name.chars() {
        match mark {
            '{' if round == 0 => open += 1,
            '}' if round == 0 => open = open.saturating_sub(1),
            ')' if open > 0 && round > 0 => round -= 1,
            _ => {}
        }
        if round == 0 {
            out.push(mark);
        }
        if mark == '(' && open > 0 {
            round += 1;
        }
    }
    out
}

/// A short name for people: what is known of the last part of the name, or what it waits for.
pub(super) fn label(ty: &str, name: &Value) -> String {
    let rendered = plain::render(name);
    let all = parts(&rendered);
    let last = all.last().copied().unwrap_or("");
    if !last.contains("${") && !last.is_empty() {
        // A generated name says nothing to people.
        let generated = last.len() == 36 && last.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
        return if generated { ty.rsplit('/').next().unwrap_or(ty).to_owned() } else { last.to_owned() };
    }
    let (mut known, mut unknown, mut rest) = (String::new(), String::new(), last);
    while let Some((before, after)) = rest.split_once("${") {
        known.push_str(before);
        let (mut open, mut end) = (1usize, after.len());
        for (at, mark) in after.char_indices() {
            match mark {
                '{' => open += 1,
                '}' => open -= 1,
                _ => {}
            }
            if open == 0 {
                end = at;
                break;
            }
        }
        if unknown.is_empty() {
            unknown = after.get(..end).unwrap_or("").to_owned();
        }
        rest = after.get(end..).unwrap_or("").trim_start_matches('}');
    }
    known.push_str(rest);
    let known = known.trim_matches(['-', '_', '.', ' ']);
    if known.chars().filter(|c| c.is_alphabetic()).count() >= 3 {
        return known.to_owned();
    }
    if !unknown.is_empty() && unknown.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
        return unknown;
    }
    ty.rsplit('/').next().unwrap_or(ty).to_owned()
}

/// A text that is not too long for a message.
pub(super) fn short(text: &str) -> String {
    if text.chars().count() <= SHORT {
        return text.to_owned();
    }
    let cut: String = text.chars().take(SHORT).collect();
    format!("{cut}…")
}

/// A value as it stands in the name of an unknown.
pub(super) fn said(value: &Value) -> String {
    let text = match &value.open().kind {
        ValueKind::Unknown(unknown) => unknown.name.to_string(),
        ValueKind::Text(text) => format!("'{text}'"),
        ValueKind::Reference(to) if to.attribute.is_empty() => to.address.to_string(),
        ValueKind::Reference(to) => format!("{}.{}", to.address, to.attribute),
        ValueKind::List(_) => "[…]".to_owned(),
        ValueKind::Map(_) | ValueKind::Document(_) => "{…}".to_owned(),
        ValueKind::Null => "null".to_owned(),
        ValueKind::OneOf(_) => "?".to_owned(),
        ValueKind::Template(_) => format!("'{}'", plain::render(value)),
        _ => plain::render(value),
    };
    short(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_leave_out_what_an_unknown_is_made_of() {
        assert_eq!(brief("store${uniqueString(resourceGroup().id, 'x')}(1)"), "store${uniqueString()}(1)");
        assert_eq!(brief("plain(1)"), "plain(1)");
        assert_eq!(brief("${guid('a}', f(g()))}-x"), "${guid()}-x");
    }

    #[test]
    fn ids_and_names_lead_to_one_another() {
        let (ty, name) = ("Microsoft.Sql/servers/databases", "s/d");
        assert_eq!(id(ty, name), "Microsoft.Sql/servers/s/databases/d");
        for written in [
            "Microsoft.Sql/servers/s/databases/d",
            "/subscriptions/0/resourceGroups/g/providers/Microsoft.Sql/servers/s/databases/d",
        ] {
            assert_eq!(of_id(written), Some((ty.to_owned(), name.to_owned())));
        }
        assert_eq!(of_id("just-a-name"), None);
        assert_eq!(of_id("A.B/c/${f('x/y')}"), Some(("A.B/c".to_owned(), "${f('x/y')}".to_owned())));
    }
}
