//! The functions of the template language, over values that may be partly known.

use vauban_model::resource::{Text, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Kind, Node};

use super::evaluate::{Evaluator, Truth};
use super::template::Argument;
use crate::plain;

/// Most values of a mapping that are offered when its key is not known.
const WAYS: usize = 16;
/// Longest list that a function makes.
const ITEMS: usize = 4096;
/// Longest text that a function makes, in bytes.
const TEXT: usize = 1 << 20;

impl<'n> Evaluator<'n> {
    /// Calls a function by its short name.
    #[inline(never)]
    pub(super) fn function(&mut self, scope: usize, name: &str, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        match name {
            "Ref" => match argument.node.as_str() {
                Some(name) => self.named(scope, name, span),
                None => Value::unknown(Why::Unsupported, "Ref", span),
            },
            "GetAtt" => self.get_att(scope, argument),
            "Sub" => self.sub(scope, argument),
            "Join" => self.join(scope, argument),
            "Select" => self.select(scope, argument),
            "Split" => self.split(scope, argument),
            "If" => self.choose(scope, argument),
            "FindInMap" => self.find_in_map(scope, argument),
            "ImportValue" => self.import(scope, argument),
            // What is encoded matters, not the encoding.
            "Base64" => self.argument(scope, argument),
            "GetAZs" => {
                let region = self.argument(scope, argument);
                let region = plain::text_of(&region).filter(|region| !region.is_empty());
                Value::unknown(
                    Why::Lookup,
                    format!("availability zones of {}", region.as_deref().unwrap_or("the region")),
                    span,
                )
            }
            "Cidr" => self.cidr(scope, argument),
            "ToJsonString" => {
                let value = self.argument(scope, argument);
                Value::new(ValueKind::Document(Box::new(value)), span)
            }
            "Length" => {
                let value = self.argument(scope, argument);
                match value.as_list() {
                    #[expect(clippy::cast_precision_loss, reason = "lists are far shorter than where that begins")]
                    Some(items) => Value::new(ValueKind::Number(items.len() as f64), span),
                    None => Value::unknown(Why::Unsupported, "Fn::Length", span),
                }
            }
            "Equals" | "And" | "Or" | "Not" | "Condition" => self.truth_value(scope, name, argument),
            "Transform" => self.transform(scope, argument),
            _ if argument.tagged && !known_tag(name) => {
                // A tag of some other tool: the value below it still says something.
                self.diagnostics.push(
                    Diagnostic::warning("unsupported-function", span, format!("`!{name}` is not known"))
                        .help("the value is read as if the tag were not there"),
                );
                self.argument(scope, argument)
            }
            _ => {
                self.diagnostics.push(
                    Diagnostic::warning(
                        "unsupported-function",
                        span,
                        format!("`Fn::{name}` cannot be worked out here"),
                    )
                    .help("what uses its value is taken as not known"),
                );
                Value::unknown(Why::Unsupported, format!("Fn::{name}"), span)
            }
        }
    }

    fn truth_value(&mut self, scope: usize, name: &str, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        let truth = match name {
            "Condition" => argument.node.as_str().map_or(Truth::Maybe, |name| self.condition(scope, name)),
            // The node with its function is needed; a tagged one is that node.
            _ if argument.tagged => self.truth(scope, argument.node),
            _ => Truth::Maybe,
        };
        match truth {
            Truth::Yes => Value::new(ValueKind::Bool(true), span),
            Truth::No => Value::new(ValueKind::Bool(false), span),
            Truth::Maybe => Value::unknown(Why::Unsupported, format!("Fn::{name}"), span),
        }
    }

    fn get_att(&mut self, scope: usize, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        match &argument.node.kind {
            Kind::Sequence(parts) => {
                let mut words: Vec<String> = Vec::new();
                for part in parts {
                    let value = self.eval(scope, part);
                    words.push(plain::render(&value));
                }
                let Some((name, rest)) = words.split_first() else {
                    return Value::unknown(Why::Unsupported, "Fn::GetAtt", span);
                };
                // `[Name.Outputs, X]` is written too.
                let all = if rest.is_empty() { name.clone() } else { format!("{name}.{}", rest.join(".")) };
                self.dotted(scope, &all, span)
            }
            _ => match argument.node.as_str() {
                Some(text) => self.dotted(scope, text, span),
                None => Value::unknown(Why::Unsupported, "Fn::GetAtt", span),
            },
        }
    }

    fn dotted(&mut self, scope: usize, text: &str, span: Span) -> Value {
        match text.split_once('.') {
            Some((name, attribute)) => self.attribute(scope, name, attribute, span),
            None => self.named(scope, text, span),
        }
    }

    fn sub(&mut self, scope: usize, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        let (text, own) = match &argument.node.kind {
            Kind::Sequence(parts) => (parts.first(), parts.get(1)),
            _ => (Some(argument.node), None),
        };
        let Some((text, span)) = text.and_then(|node| Some((node.as_str()?, node.span))) else {
            return Value::unknown(Why::Unsupported, "Fn::Sub", span);
        };
        let own = own.and_then(Node::as_mapping).unwrap_or(&[]);
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            parts.push(Value::text(before, span));
            if parts.len() > ITEMS {
                return Value::unknown(Why::Unsupported, "Fn::Sub of very many parts", span);
            }
            let Some((name, tail)) = after.split_once('}') else {
                parts.push(Value::text("${", span));
                rest = after;
                continue;
            };
            rest = tail;
            let name = name.trim();
            if let Some(literal) = name.strip_prefix('!') {
                parts.push(Value::text(format!("${{{literal}}}"), span));
            } else if let Some(entry) = own.iter().find(|entry| &*entry.key == name) {
                let value = self.eval(scope, &entry.value);
                parts.push(value);
            } else {
                let value = if name.starts_with("AWS::") {
                    self.named(scope, name, span)
                } else {
                    self.dotted(scope, name, span)
                };
                parts.push(value);
            }
        }
        parts.push(Value::text(rest, span));
        let joined = bounded(plain::join(parts, span));
        self.dynamic(joined)
    }

    fn join(&mut self, scope: usize, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        let Some([delimiter, items]) = argument.node.as_sequence() else {
            return Value::unknown(Why::Unsupported, "Fn::Join", span);
        };
        let delimiter = match &delimiter.kind {
            Kind::Scalar(scalar) => Text::from(&*scalar.text),
            _ => Text::from(""),
        };
        let items = self.eval(scope, items);
        let Some(list) = items.as_list() else { return items };
        let mut parts = Vec::with_capacity(list.len().saturating_mul(2));
        for (index, item) in list.iter().enumerate() {
            if index > 0 && !delimiter.is_empty() {
                parts.push(Value::text(delimiter.clone(), span));
            }
            parts.push(item.clone());
        }
        if parts.len() > 4 * ITEMS {
            return Value::unknown(Why::Unsupported, "Fn::Join of very many parts", span);
        }
        let joined = bounded(plain::join(parts, span));
        self.dynamic(joined)
    }

    fn select(&mut self, scope: usize, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        let Some([index, list]) = argument.node.as_sequence() else {
            return Value::unknown(Why::Unsupported, "Fn::Select", span);
        };
        let index = self.eval(scope, index);
        let list = self.eval(scope, list);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be a small whole number"
        )]
        let at = index.as_number().filter(|at| (0.0..1e6).contains(at) && at.fract() == 0.0).map(|at| at as usize);
        match (&list.kind, at) {
            (ValueKind::List(items), Some(at)) => match items.get(at) {
                Some(item) => item.clone(),
                None => Value::unknown(Why::Unsupported, format!("item {at} of a list of {}", items.len()), span),
            },
            (ValueKind::List(items), None) => {
                Value::new(ValueKind::OneOf(items.iter().take(WAYS).cloned().collect()), span)
            }
            (ValueKind::Reference(to), Some(at)) => {
                let attribute = if to.attribute.is_empty() { at.to_string() } else { format!("{}.{at}", to.attribute) };
                plain::reference(&to.address, &attribute, span)
            }
            (ValueKind::Unknown(unknown), Some(at)) => Value {
                kind: ValueKind::Unknown(vauban_model::resource::Unknown {
                    why: unknown.why,
                    name: format!("{}[{at}]", unknown.name).into(),
                }),
                ..list
            },
            _ => list,
        }
    }

    fn split(&mut self, scope: usize, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        let Some([delimiter, text]) = argument.node.as_sequence() else {
            return Value::unknown(Why::Unsupported, "Fn::Split", span);
        };
        let delimiter = self.eval(scope, delimiter);
        let text = self.eval(scope, text);
        match delimiter.as_text().filter(|delimiter| !delimiter.is_empty()) {
            Some(delimiter) => split(&text, delimiter),
            None => text,
        }
    }

    fn choose(&mut self, scope: usize, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        let Some([condition, yes, no]) = argument.node.as_sequence() else {
            return Value::unknown(Why::Unsupported, "Fn::If", span);
        };
        let truth = match condition.as_str().filter(|_| condition.tag.is_none()) {
            Some(name) => self.condition(scope, name),
            None => self.truth(scope, condition),
        };
        match truth {
            Truth::Yes => self.eval(scope, yes),
            Truth::No => self.eval(scope, no),
            Truth::Maybe => {
                let ways = vec![self.eval(scope, yes), self.eval(scope, no)];
                Value::new(ValueKind::OneOf(ways), span)
            }
        }
    }

    fn find_in_map(&mut self, scope: usize, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        let parts = argument.node.as_sequence().unwrap_or(&[]);
        let (Some(name), Some(first), Some(second)) = (parts.first(), parts.get(1), parts.get(2)) else {
            return Value::unknown(Why::Unsupported, "Fn::FindInMap", span);
        };
        let otherwise = parts.get(3).and_then(|node| node.get("DefaultValue"));
        let name = self.eval(scope, name);
        let first = self.eval(scope, first);
        let second = self.eval(scope, second);
        let template = self.template(scope);
        let Some(mapping) = name.as_text().and_then(|name| template?.mappings.get(name).copied()) else {
            return Value::unknown(Why::Unsupported, format!("Fn::FindInMap {}", plain::render(&name)), span);
        };
        let mut found: Vec<&'n Node> = Vec::new();
        for row in keyed(&mapping.value, &first) {
            found.extend(keyed(row, &second));
            if found.len() > WAYS {
                let name = format!("mapping {} of {}", mapping.key, plain::render(&first));
                return Value::unknown(Why::Lookup, name, span);
            }
        }
        let name = format!("mapping {}", mapping.key);
        let mut ways: Vec<Value> = Vec::new();
        for node in found {
            let value = self.eval(scope, node);
            let value = plain::used(value, &name, span);
            if !ways.iter().any(|way| way.kind == value.kind) {
                ways.push(value);
            }
        }
        match (ways.len(), otherwise) {
            (0, Some(node)) => self.eval(scope, node),
            (0, None) => Value::unknown(Why::Missing, name, span),
            (1, _) => ways.pop().unwrap_or_else(|| Value::null(span)),
            _ => Value::new(ValueKind::OneOf(ways), span),
        }
    }

    fn import(&mut self, scope: usize, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        let name = self.argument(scope, argument);
        match self.index.exports.find(&name, span) {
            Some(value) => value,
            None => Value::unknown(Why::Lookup, format!("export {}", plain::render(&name)), span),
        }
    }

    fn cidr(&mut self, scope: usize, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        let value = self.argument(scope, argument);
        let items = value.as_list().unwrap_or(&[]);
        let block = items.first().and_then(Value::as_text);
        let count = items.get(1).and_then(Value::as_number);
        let bits = items.get(2).map_or(Some(8.0), Value::as_number);
        let blocks = block.and_then(|block| blocks(block, count?, bits?));
        match blocks {
            Some(blocks) => plain::list(span, blocks.into_iter().map(|block| Value::text(block, span)).collect()),
            None => Value::unknown(Why::Computed, "Fn::Cidr", span),
        }
    }

    fn transform(&mut self, scope: usize, argument: Argument<'n>) -> Value {
        let span = argument.node.span;
        let name = argument.node.get("Name").and_then(Node::as_str).unwrap_or("");
        let location = argument.node.get("Parameters").and_then(|node| node.get("Location"));
        if name == "AWS::Include"
            && let Some(location) = location
        {
            let written = self.eval(scope, location);
            if let Some(node) = self.included(scope, &plain::render(&written)) {
                return self.eval(scope, node);
            }
        }
        self.diagnostics.push(
            Diagnostic::warning("unsupported-macro", span, format!("what the transform `{name}` gives is not at hand"))
                .help("put the included file into the folder, or check the template that the stack really has"),
        );
        Value::unknown(Why::Missing, format!("Fn::Transform {name}"), span)
    }

    /// The content of a file that a template names.
    pub(super) fn included(&self, scope: usize, written: &str) -> Option<&'n Node> {
        let folder = plain::folder(&self.template(scope)?.parsed.path);
        let exact = plain::resolve(folder, written).and_then(|path| self.includes.get(&path));
        exact.or_else(|| self.includes.get(&format!("{folder}\n{written}")))
    }
}

fn known_tag(name: &str) -> bool {
    matches!(name, "Contains" | "EachMemberEquals" | "EachMemberIn" | "RefAll" | "ValueOf" | "ValueOfAll" | "ForEach")
}

/// The entries that a key may mean: the one of that name, or all of them when it is not known.
fn keyed<'n>(node: &'n Node, key: &Value) -> Vec<&'n Node> {
    let entries = node.as_mapping().unwrap_or(&[]);
    if let Some(key) = plain::text_of(key) {
        return entries.iter().find(|entry| *entry.key == *key).map(|entry| &entry.value).into_iter().collect();
    }
    if let ValueKind::OneOf(ways) = &key.open().kind {
        let known: Vec<Text> = ways.iter().filter_map(plain::text_of).collect();
        if known.len() == ways.len() {
            return entries
                .iter()
                .filter(|entry| known.iter().any(|key| **key == *entry.key))
                .map(|entry| &entry.value)
                .collect();
        }
    }
    entries.iter().take(WAYS + 1).map(|entry| &entry.value).collect()
}

/// A text cut at a delimiter. Where a part is not known it stays in the piece where it stands.
pub(super) fn split(value: &Value, delimiter: &str) -> Value {
    let span = value.span;
    let parts = match &value.open().kind {
        ValueKind::Text(_) | ValueKind::Number(_) => std::slice::from_ref(value.open()),
        ValueKind::Template(parts) => parts.as_slice(),
        // A text that is wholly inside another resource: any piece of it comes from there.
        _ => return value.clone(),
    };
    let mut pieces: Vec<Vec<Value>> = vec![Vec::new()];
    for part in parts {
        let Some(text) = plain::text_of(part) else {
            if let Some(last) = pieces.last_mut() {
                last.push(part.clone());
            }
            continue;
        };
        for (index, piece) in text.split(delimiter).enumerate() {
            if index > 0 {
                if pieces.len() > ITEMS {
                    return value.clone();
                }
                pieces.push(Vec::new());
            }
            if let Some(last) = pieces.last_mut() {
                // Blanks around the items of a list parameter count for nothing.
                let piece = if delimiter == "," { piece.trim() } else { piece };
                last.push(Value::text(piece, part.span));
            }
        }
    }
    let items = pieces.into_iter().map(|piece| plain::join(piece, span)).collect();
    let list = Value { kind: ValueKind::List(items), span, via: value.via.clone() };
    if matches!(value.kind, ValueKind::Secret(_)) {
        return Value::new(ValueKind::Secret(Box::new(list)), span);
    }
    list
}

/// Blocks of addresses inside of a block, `bits` bits left for the host each. IPv4 only.
fn blocks(block: &str, count: f64, bits: f64) -> Option<Vec<String>> {
    let (address, length) = block.split_once('/')?;
    let address: core::net::Ipv4Addr = address.parse().ok()?;
    let length: u32 = length.parse().ok().filter(|length| *length <= 32)?;
    if !(1.0..=256.0).contains(&count) || !(1.0..=31.0).contains(&bits) || bits.fract() != 0.0 || count.fract() != 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be small whole numbers")]
    let (count, bits) = (count as u64, bits as u32);
    let room = 32u32.checked_sub(length)?;
    if bits > room || count > 1u64 << (room - bits).min(32) {
        return None;
    }
    let base = u64::from(u32::from(address)) >> room << room;
    (0..count)
        .map(|index| {
            let start = u32::try_from(base + (index << bits)).ok()?;
            Some(format!("{}/{}", core::net::Ipv4Addr::from(start), 32 - bits))
        })
        .collect()
}

/// A joined text that is not too long.
fn bounded(value: Value) -> Value {
    let length = match &value.kind {
        ValueKind::Text(text) => text.len(),
        ValueKind::Template(parts) => parts.iter().map(|part| part.as_text().map_or(16, str::len)).sum(),
        _ => 0,
    };
    if length > TEXT { Value::unknown(Why::Unsupported, "a text of more than a megabyte", value.span) } else { value }
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn blocks_of_addresses_follow_one_another() {
        assert_eq!(blocks("10.0.0.0/16", 2.0, 8.0).unwrap(), ["10.0.0.0/24", "10.0.1.0/24"]);
        assert_eq!(blocks("10.0.0.0/24", 3.0, 7.0), None);
        assert_eq!(blocks("fd00::/8", 1.0, 8.0), None);
        assert_eq!(blocks("10.0.0.0/0", 2.0, 31.0).unwrap(), ["0.0.0.0/1", "128.0.0.0/1"]);
    }
}
