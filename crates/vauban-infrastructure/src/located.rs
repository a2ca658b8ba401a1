//! From located JSON to values, for the readers of plans, states and exports: embedded documents, items one by one, keys
//! at the top, references found again by value.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Reference, Resource, Text, Value, ValueKind};
use vauban_model::{Diagnostic, FileId, Span};
use vauban_syntax::{Entry, Kind, Limits, Node, parse_json};

/// Longest text that is looked into for a document, in bytes.
const LONGEST_DOCUMENT: usize = 4 << 20;
/// Documents inside documents, at most.
const DEEPEST_DOCUMENT: usize = 4;

/// The value of a node. Texts that are JSON become documents.
pub(crate) fn value(node: &Node) -> Value {
    value_at(node, None, 0)
}

/// The value of a node, everything in it at one place when that is given.
fn value_at(node: &Node, place: Option<Span>, depth: usize) -> Value {
    let span = place.unwrap_or(node.span);
    let kind = match &node.kind {
        Kind::Sequence(items) => ValueKind::List(items.iter().map(|item| value_at(item, place, depth)).collect()),
        Kind::Mapping(entries) => ValueKind::Map(
            entries.iter().map(|entry| (Text::from(&*entry.key), value_at(&entry.value, place, depth))).collect(),
        ),
        Kind::Scalar(scalar) if scalar.quoted => return text(&scalar.text, span, depth),
        Kind::Scalar(_) if node.is_null() => ValueKind::Null,
        Kind::Scalar(scalar) => match (node.as_bool(), node.as_f64()) {
            (Some(answer), _) => ValueKind::Bool(answer),
            (_, Some(number)) if number.is_finite() => ValueKind::Number(number),
            _ => ValueKind::Text((&*scalar.text).into()),
        },
    };
    Value::new(kind, span)
}

/// A text as a value: a document when it is JSON of an object or a list, plain or percent-encoded.
pub(crate) fn text(text: &str, span: Span, depth: usize) -> Value {
    match embedded(text, span, depth) {
        Some(inner) => Value::new(ValueKind::Document(Box::new(inner)), span),
        None => Value::text(text, span),
    }
}

/// What a text that is JSON of an object or a list holds.
pub(crate) fn embedded(text: &str, span: Span, depth: usize) -> Option<Value> {
    if depth >= DEEPEST_DOCUMENT || text.len() > LONGEST_DOCUMENT {
        return None;
    }
    let decoded;
    let start = text.trim_start();
    let text = if start.starts_with(['{', '[']) {
        text
    } else if start.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%7B") || start.eq_ignore_ascii_case("%5B"))
    {
        decoded = percent_decoded(start)?;
        decoded.as_str()
    } else {
        return None;
    };
    // Nearly every text that is no JSON ends otherwise: this spares reading it.
    if !text.trim_end().ends_with(['}', ']']) {
        return None;
    }
    let mut diagnostics = Vec::new();
    let node = parse_json(span.file, text, &Limits::default(), &mut diagnostics)?;
    if !diagnostics.is_empty() {
        return None;
    }
    Some(value_at(&node, Some(span), depth + 1))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
            bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The entries of a node that should be a mapping; none otherwise.
pub(crate) fn entries(node: Option<&Node>) -> &[Entry] {
    node.and_then(Node::as_mapping).unwrap_or(&[])
}

/// The items of a node that should be a list; none otherwise.
pub(crate) fn items(node: Option<&Node>) -> &[Node] {
    node.and_then(Node::as_sequence).unwrap_or(&[])
}

/// The text of a key, empty when it is not there.
pub(crate) fn text_of<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::as_str).unwrap_or("")
}

/// The first of several spellings of a key.
pub(crate) fn any_of<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    keys.iter().find_map(|key| node.get(key))
}

/// Whether a JSON object has, at its top, keys that satisfy a question. Each key is asked about as it is met, with all
/// before it; reading stops at the first yes. Only a look: strings and brackets are followed, nothing else is checked.
pub(crate) fn top_keys(text: &str, mut enough: impl FnMut(&[&str]) -> bool) -> bool {
    let bytes = text.as_bytes();
    let mut keys: Vec<&str> = Vec::new();
    let mut depth = 0usize;
    let mut at = 0usize;
    let mut expects_key = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                if depth == 0 && *byte == b'[' {
                    return false;
                }
                depth += 1;
                expects_key = depth == 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return false;
                }
            }
            b',' if depth == 1 => expects_key = true,
            b'"' => {
                let start = at + 1;
                at = string_end(bytes, start);
                if depth == 1 && std::mem::take(&mut expects_key) {
                    keys.push(text.get(start..at).unwrap_or(""));
                    if enough(&keys) {
                        return true;
                    }
                    if keys.len() > 256 {
                        return false;
                    }
                }
            }
            _ if depth == 0 && !byte.is_ascii_whitespace() => return false,
            _ => {}
        }
        at += 1;
    }
    false
}

/// The byte of the quote that ends a string.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'"' => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// The text from its first bracket on. Comments before it are passed over, as our reader of JSON does.
pub(crate) fn body(text: &str) -> &str {
    let mut rest = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    loop {
        let after = if rest.starts_with("//") {
            rest.split_once('\n').map(|(_, after)| after)
        } else if rest.starts_with("/*") {
            rest.split_once("*/").map(|(_, after)| after)
        } else {
            return rest;
        };
        rest = after.unwrap_or_default().trim_start();
    }
}

/// The first object of a list of objects, or of lines of objects.
pub(crate) fn first_object(text: &str) -> &str {
    let text = body(text);
    let text = text.strip_prefix('[').unwrap_or(text);
    body(text)
}

/// One object of a large file: where it starts and its text.
pub(crate) struct Item<'t> {
    pub(crate) text: &'t str,
    line: u32,
    column: u32,
}

/// The objects of a file one by one: the lines of a file of objects, the items of a list, or the items of the list under
/// a key at the top.
pub(crate) fn objects<'t>(text: &'t str, key: Option<&str>) -> Objects<'t> {
    let mut objects = Objects { text, at: 0, line: 1, column: 1, done: false };
    match key {
        Some(key) => objects.enter(key),
        None if body(text).starts_with('[') => objects.step_to(b'['),
        None => {}
    }
    objects
}

/// See [`objects`].
pub(crate) struct Objects<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    column: u32,
    done: bool,
}

impl<'t> Objects<'t> {
    /// Steps over one byte and counts.
    fn step(&mut self) -> Option<u8> {
        let byte = *self.text.as_bytes().get(self.at)?;
        self.at += 1;
        if byte == b'\n' {
            self.line = self.line.saturating_add(1);
            self.column = 1;
        } else if byte & 0xC0 != 0x80 {
            self.column = self.column.saturating_add(1);
        }
        Some(byte)
    }

    /// Steps over the rest of a string.
    fn skip_string(&mut self) {
        while let Some(byte) = self.step() {
            match byte {
                b'\\' => {
                    self.step();
                }
                b'"' => return,
                _ => {}
            }
        }
    }

    fn step_to(&mut self, wanted: u8) {
        while let Some(byte) = self.step() {
            if byte == wanted {
                return;
            }
        }
        self.done = true;
    }

    /// Steps into the list under a key of the object at the top.
    fn enter(&mut self, key: &str) {
        let mut depth = 0usize;
        while let Some(byte) = self.step() {
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b'"' => {
                    let start = self.at;
                    self.skip_string();
                    let found = self.text.get(start..self.at.saturating_sub(1));
                    let rest = body(self.text.get(self.at..).unwrap_or(""));
                    if depth == 1
                        && found == Some(key)
                        && rest.strip_prefix(':').is_some_and(|rest| body(rest).starts_with('['))
                    {
                        self.step_to(b'[');
                        return;
                    }
                }
                _ => {}
            }
        }
        self.done = true;
    }
}

impl<'t> Iterator for Objects<'t> {
    type Item = Item<'t>;

    fn next(&mut self) -> Option<Item<'t>> {
        let mut depth = 0usize;
        let mut start = (self.at, self.line, self.column);
        while !self.done {
            let before = (self.at, self.line, self.column);
            let Some(byte) = self.step() else {
                self.done = true;
                // A file that is cut off: what there is of the last object.
                let text = self.text.get(start.0..).filter(|_| depth > 0)?;
                return Some(Item { text, line: start.1, column: start.2 });
            };
            match byte {
                b'"' => self.skip_string(),
                b'{' | b'[' => {
                    if depth == 0 {
                        start = before;
                    }
                    depth += 1;
                }
                b'}' | b']' => {
                    let Some(outer) = depth.checked_sub(1) else {
                        self.done = true;
                        return None;
                    };
                    depth = outer;
                    if depth == 0 {
                        let text = self.text.get(start.0..self.at)?;
                        return Some(Item { text, line: start.1, column: start.2 });
                    }
                }
                _ => {}
            }
        }
        None
    }
}

impl Item<'_> {
    /// Reads the object, with places in the whole file.
    pub(crate) fn read(&self, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
        let before = diagnostics.len();
        let mut node = parse_json(file, self.text, &Limits::default(), diagnostics);
        if let Some(node) = &mut node {
            self.shift(node);
        }
        for diagnostic in diagnostics.iter_mut().skip(before) {
            if let Some(span) = &mut diagnostic.span {
                self.shift_span(span);
            }
        }
        node
    }

    fn shift(&self, node: &mut Node) {
        self.shift_span(&mut node.span);
        match &mut node.kind {
            Kind::Scalar(_) => {}
            Kind::Sequence(items) => items.iter_mut().for_each(|item| self.shift(item)),
            Kind::Mapping(entries) => {
                for entry in entries {
                    self.shift_span(&mut entry.key_span);
                    self.shift(&mut entry.value);
                }
            }
        }
    }

    fn shift_span(&self, span: &mut Span) {
        if span.line == 1 {
            span.column = span.column.saturating_add(self.column - 1);
        }
        span.line = span.line.saturating_add(self.line - 1);
    }
}

/// Resources known by texts that identify them, to find references again where only values are left.
#[derive(Default)]
pub(crate) struct Identities {
    /// By identifying text: address of the resource and the attribute that holds it. An empty address: several have it.
    by_text: FxHashMap<Text, Vec<Reference>>,
    /// Types by address, for ids that say nothing of what they are of: `api_id = "a1b2"` is that of an API.
    types: FxHashMap<Text, Text>,
}

impl Identities {
    /// A resource may be known by this text.
    pub(crate) fn add(&mut self, text: &str, address: &Text, attribute: &str) {
        if text.is_empty() {
            return;
        }
        let known = self.by_text.entry(text.into()).or_default();
        // Of several attributes with the same text the first named counts; more than a few owners identify nothing.
        if known.len() < 8 && !known.iter().any(|reference| reference.address == *address) {
            known.push(Reference { address: address.clone(), attribute: attribute.into() });
        }
    }

    /// A resource is of this type, and keys of others may say so: `api_id`, `role`, `functionName`.
    pub(crate) fn typed(&mut self, address: &Text, ty: &Text) {
        // Objects of clusters are found by their names, which are no ids.
        if !ty.starts_with("kubernetes_") {
            self.types.insert(address.clone(), ty.clone());
        }
    }

    /// Puts references in the place of texts that identify another resource: one that the resource is said to depend on,
    /// one of the kind that the key names, or, where the text alone is unmistakable, any. Texts inside documents and tags
    /// stay as they are.
    pub(crate) fn link(&self, resource: &mut Resource, depends_on: &FxHashSet<&str>) {
        let own = resource.address.clone();
        if let ValueKind::Map(entries) = &mut resource.attributes.kind {
            for (key, value) in entries {
                if !matches!(&**key, "id" | "arn" | "self_link" | "selfLink" | "name" | "tags" | "tags_all" | "tagsAll")
                {
                    self.link_value(value, &own, depends_on, key);
                }
            }
        }
    }

    fn link_value(&self, value: &mut Value, own: &Text, depends_on: &FxHashSet<&str>, key: &str) {
        match &mut value.kind {
            ValueKind::Text(text) => {
                if let Some(reference) = self.find(text, own, depends_on, key) {
                    value.kind = ValueKind::Reference(reference);
                } else if let Some(id) = text.strip_prefix(INTEGRATION)
                    && let Some(reference) = self.find(id, own, depends_on, "integration_id")
                {
                    let whom = Value::new(ValueKind::Reference(reference), value.span);
                    value.kind = ValueKind::Template(vec![Value::text(INTEGRATION, value.span), whom]);
                }
            }
            ValueKind::List(items) | ValueKind::OneOf(items) => {
                items.iter_mut().for_each(|item| self.link_value(item, own, depends_on, key));
            }
            ValueKind::Map(entries) => {
                for (key, value) in entries {
                    self.link_value(value, own, depends_on, key);
                }
            }
            ValueKind::Secret(inner) => self.link_value(inner, own, depends_on, key),
            _ => {}
        }
    }

    fn find(&self, text: &str, own: &Text, depends_on: &FxHashSet<&str>, key: &str) -> Option<Reference> {
        let known = self.by_text.get(text)?;
        let mut others = known.iter().filter(|reference| reference.address != *own);
        let among = |reference: &&Reference| {
            depends_on.contains(&*reference.address) || depends_on.contains(without_index(&reference.address))
        };
        let from = self.types.get(own).map(|ty| provider_of(ty));
        let spoken = |reference: &&Reference| {
            self.types.get(&reference.address).is_some_and(|ty| {
                // A name is one among the things of its own provider: `bucket = "shop"` of a bucket of Google is none of AWS.
                let near = from.as_deref().is_some_and(|from| from == provider_of(ty)) || unmistakable(text);
                near && speaks_of(key, ty)
            })
        };
        let mut needed = others.clone().filter(among);
        match (needed.next(), needed.next()) {
            (Some(only), None) => return Some(only.clone()),
            // Of several, the key may say which.
            (Some(_), Some(_)) => return the_one(others.filter(among).filter(spoken)),
            _ => {}
        }
        if let Some(found) = the_one(others.clone().filter(spoken)) {
            return Some(found);
        }
        let only = others.next().filter(|_| others.next().is_none())?;
        (unmistakable(text) && known.len() == 1).then(|| only.clone())
    }
}

/// What stands before the id of an integration in the target of a route.
const INTEGRATION: &str = "integrations/";

/// The reference, where there is exactly one.
fn the_one<'r>(mut found: impl Iterator<Item = &'r Reference>) -> Option<Reference> {
    let first = found.next()?;
    found.next().is_none().then(|| first.clone())
}

/// The provider that a type belongs to: `aws` of `aws_s3_bucket`, `aws:s3/bucket:Bucket` and `AWS::S3::Bucket`. Two that
/// differ only in how they reach the same cloud are one.
fn provider_of(ty: &str) -> String {
    let first = ty.split(['_', ':', '/', '.', '-']).next().unwrap_or(ty).to_ascii_lowercase();
    match first.as_str() {
        "awscc" => "aws".to_owned(),
        "gcp" => "google".to_owned(),
        "azapi" | "azure" | "azuread" => "azurerm".to_owned(),
        _ => first,
    }
}

/// Whether a key such as `api_id`, `restApiId` or `role` names something of a type: `aws_apigatewayv2_api`,
/// `aws:apigateway/restApi:RestApi`, `AWS::IAM::Role`.
fn speaks_of(key: &str, ty: &str) -> bool {
    const ENDS: [&str; 16] = [
        "_id",
        "_ids",
        "_arn",
        "_arns",
        "_name",
        "_names",
        "_url",
        "_identifier",
        "Id",
        "Ids",
        "Arn",
        "Arns",
        "Name",
        "Names",
        "Url",
        "Identifier",
    ];
    // Places are read as texts, by their names.
    const PLACES: [&str; 8] =
        ["account", "project", "subscription", "tenant", "organization", "region", "namespace", "location"];
    let stem = ENDS.iter().find_map(|end| key.strip_suffix(end)).unwrap_or(key);
    if stem.len() < 3 || PLACES.contains(&stem) {
        return false;
    }
    match ty.rsplit_once(':') {
        Some((_, last)) => last.strip_suffix("V2").unwrap_or(last).eq_ignore_ascii_case(&stem.replace('_', "")),
        None => ty.strip_suffix(stem).is_some_and(|before| before.ends_with('_')),
    }
}

/// An address without the key of its last instance.
pub(crate) fn without_index(address: &str) -> &str {
    match address.strip_suffix(']').and_then(|rest| rest.rfind('[')) {
        Some(at) => address.get(..at).unwrap_or(address),
        None => address,
    }
}

/// Whether a text names one thing in the world of its provider: an ARN, a resource path, an id that was given out.
fn unmistakable(text: &str) -> bool {
    let given_out = || {
        text.rsplit_once('-').is_some_and(|(kind, digits)| {
            digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && !kind.is_empty()
        })
    };
    text.starts_with("arn:")
        || text.starts_with("/subscriptions/")
        || text.starts_with("//")
        || text.starts_with("https://www.googleapis.com/")
        || (text.starts_with("projects/") && text.matches('/').count() >= 3)
        || given_out()
}

/// An address with the file in front when there is more than one file of its kind.
pub(crate) fn scoped(prefix: &str, address: &str) -> Text {
    if prefix.is_empty() { address.into() } else { format!("{prefix}:{address}").into() }
}

/// What stands in front of the addresses of a file: nothing when it is the only one of its kind.
pub(crate) fn file_prefix(path: &str, files: usize) -> String {
    if files < 2 {
        return String::new();
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.find('.').map_or(0, |at| name.len() - at);
    path.get(..path.len() - ending).unwrap_or(path).to_owned()
}
