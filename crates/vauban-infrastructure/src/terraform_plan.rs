//! `terraform show -json` of a plan: what will be there, with what is not known yet told by the configuration.
//!
//! Values come from `planned_values`, what is unknown or sensitive from `resource_changes`. For an unknown value the
//! plan's configuration lists what its expression refers to, but not the expression: one reference is taken for the
//! value itself, except where the attribute holds a text that is put together (a policy, a script); several are a list
//! where the attribute's name is a plural, else alternatives.

mod configuration;

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Mode, Provider, Reference, Resource, Source, Text, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Kind, Limits, Node, parse_json};

use crate::join::Telling;
use crate::located::{entries, file_prefix, items, scoped, text_of, top_keys, value};
use crate::{InputFile, Output};
use configuration::{Configuration, Found, Place};

/// Whether a text looks like a plan in JSON.
pub(crate) fn recognise(_path: &str, text: &str) -> bool {
    let Some((start, _)) = json_part(text) else { return false };
    top_keys(text.get(start..).unwrap_or(""), |keys| {
        let has = |key: &str| keys.contains(&key);
        has("format_version") && (has("planned_values") || has("resource_changes") || has("configuration"))
            || has("planned_values") && has("terraform_version")
    })
}

/// Where the JSON starts and ends. A wrapper that runs Terraform in a pipeline may print lines before and after it.
fn json_part(text: &str) -> Option<(usize, usize)> {
    let trimmed = crate::located::body(text);
    let start = text.len() - trimmed.len();
    if trimmed.starts_with('{') {
        return Some((start, text.len()));
    }
    let first = trimmed.find("\n{")?;
    // A few lines, not a file of another kind that has an object somewhere.
    if first > 4096 || !trimmed.get(first..)?.contains("\"format_version\"") {
        return None;
    }
    let end = text.rfind('}').map_or(text.len(), |at| at + 1);
    Some((start + first + 1, end))
}

/// Reads plans, and says what each told.
pub(crate) fn read(files: &[InputFile], output: &mut Output) -> Vec<Telling> {
    let mut tellings = Vec::new();
    for file in files {
        let prefix = file_prefix(&file.path, files.len());
        let Some((start, end)) = json_part(&file.text) else { continue };
        // What stands before is blanked, so that places stay.
        let blanked;
        let text = if crate::located::body(&file.text).starts_with('{') {
            &*file.text
        } else {
            let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
            let before: String = file.text.get(..start).unwrap_or("").chars().map(blank).collect();
            blanked = format!("{before}{}", file.text.get(start..end).unwrap_or(""));
            blanked.as_str()
        };
        if let Some(root) = parse_json(file.id, text, &Limits::default(), &mut output.diagnostics) {
            let first = output.inventory.resources.len();
            read_plan(&root, &prefix, output);
            let range = (first, output.inventory.resources.len());
            let whole = root.get("planned_values").is_some();
            tellings.push(Telling { path: file.path.clone(), prefix, range, whole });
        }
    }
    tellings
}

struct Plan<'a> {
    prefix: &'a str,
    changes: FxHashMap<&'a str, &'a Node>,
    configuration: Configuration<'a>,
}

fn read_plan(root: &Node, prefix: &str, output: &mut Output) {
    let mut changes: FxHashMap<&str, &Node> = FxHashMap::default();
    for change in items(root.get("resource_changes")) {
        // A change of a deposed object is about what is to be cleaned up.
        if change.get("deposed").is_none() {
            changes.insert(text_of(change, "address"), change);
        }
        if let Some(before) = change.get("previous_address").and_then(Node::as_str) {
            output.inventory.moved.push((scoped(prefix, before), scoped(prefix, text_of(change, "address"))));
        }
    }
    let mut planned: Vec<Shown<'_>> = Vec::new();
    resources_of(root.get("planned_values").and_then(|values| values.get("root_module")), &mut planned);
    let mut known: FxHashSet<Cow<'_, str>> = planned.iter().map(|shown| shown.address.clone()).collect();
    // What was looked up while planning, and what the plan does not touch, stands in the state before.
    let mut prior: Vec<Shown<'_>> = Vec::new();
    let state = root.get("prior_state").and_then(|state| state.get("values"));
    resources_of(state.and_then(|values| values.get("root_module")), &mut prior);
    let deleted = |address: &str| {
        changes.get(address).and_then(|change| change.get("change")).is_some_and(|change| {
            let actions = items(change.get("actions"));
            !actions.is_empty() && actions.iter().all(|action| action.as_str() == Some("delete"))
        })
    };
    planned.extend(prior.into_iter().filter(|shown| !deleted(&shown.address) && known.insert(shown.address.clone())));
    let configuration = Configuration::new(root, &planned);
    // A plan cut down to its changes still says what comes after.
    let changed = items(root.get("resource_changes")).iter().filter(|change| change.get("deposed").is_none());
    let only_changed: Vec<Shown<'_>> = changed
        .map(|node| Shown { address: Cow::Borrowed(text_of(node, "address")), node })
        .filter(|shown| !deleted(&shown.address) && known.insert(shown.address.clone()))
        .collect();
    let gone = changes.keys().filter(|address| deleted(address)).count();
    if gone > 0 {
        let place = root.get("resource_changes").map_or(root.span, |node| node.span);
        output.diagnostics.push(
            Diagnostic::note("plan-deletes", place, format!("{gone} resources are to be destroyed and are left out"))
                .help("read the state instead to see them"),
        );
    }
    let plan = Plan { prefix, changes, configuration };
    let configured = root.get("configuration").and_then(|configuration| configuration.get("provider_config"));
    for entry in entries(configured) {
        output.inventory.providers.push(provider(&entry.key, &entry.value, root, prefix));
    }
    for shown in planned.iter().chain(&only_changed) {
        if let Some(resource) = plan.resource(&shown.address, shown.node) {
            output.inventory.resources.push(resource);
        }
    }
}

/// How a provider is set up: settings that are written, and those that are a variable of the plan.
fn provider(key: &str, node: &Node, root: &Node, prefix: &str) -> Provider {
    let mut map: Vec<(Text, Value)> = Vec::new();
    for entry in entries(node.get("expressions")) {
        let span = entry.value.span;
        let name = items(entry.value.get("references")).first().and_then(Node::as_str);
        let given = name.and_then(|name| root.get("variables")?.get(name.strip_prefix("var.")?)?.get("value"));
        let setting = match (entry.value.get("constant_value").or(given), name) {
            (Some(node), _) => value(node),
            (None, Some(name)) => Value::unknown(Why::Variable, name, span),
            (None, None) => continue,
        };
        map.push(((&*entry.key).into(), setting));
    }
    let module = text_of(node, "module_address");
    let within = if module.is_empty() { String::new() } else { format!("{module}.") };
    Provider {
        name: key.rsplit(':').next().unwrap_or(key).split('.').next().unwrap_or_default().into(),
        scope: text_of(node, "alias").into(),
        prefix: scoped(prefix, &within),
        attributes: Value::new(ValueKind::Map(map), node.span),
        span: node.span,
    }
}

/// A resource of a plan or a state that was shown, and its whole address.
pub(crate) struct Shown<'a> {
    pub(crate) address: Cow<'a, str>,
    pub(crate) node: &'a Node,
}

/// The resources of a module and the modules in it, in order.
pub(crate) fn resources_of<'a>(module: Option<&'a Node>, found: &mut Vec<Shown<'a>>) {
    let Some(module) = module else { return };
    let within = text_of(module, "address");
    for node in items(module.get("resources")) {
        let address = text_of(node, "address");
        if !address.is_empty() {
            found.push(Shown { address: whole(within, address, node.get("index")), node });
        }
    }
    for child in items(module.get("child_modules")) {
        resources_of(Some(child), found);
    }
}

/// The whole address: Terraform 0.12 leaves out the module and the key in states.
fn whole<'a>(module: &str, address: &'a str, key: Option<&Node>) -> Cow<'a, str> {
    let lies_in = module.is_empty() || address.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'));
    let key = key.filter(|key| !key.is_null() && !address.ends_with(']'));
    if lies_in && key.is_none() {
        return Cow::Borrowed(address);
    }
    let before = if lies_in { String::new() } else { format!("{module}.") };
    let key = key.map_or_else(String::new, instance_key);
    Cow::Owned(format!("{before}{address}{key}"))
}

/// The key of an instance as an address has it: `[0]`, `["a"]`.
pub(crate) fn instance_key(key: &Node) -> String {
    match (key.as_i64(), key.as_str()) {
        (Some(index), _) => format!("[{index}]"),
        (None, Some(text)) => format!("[\"{}\"]", text.replace('\\', "\\\\").replace('"', "\\\"")),
        (None, None) => String::new(),
    }
}

/// What of a value is unknown, sensitive, and how it is expressed.
#[derive(Clone, Copy, Default)]
struct Marks<'a> {
    unknown: Option<&'a Node>,
    sensitive: [Option<&'a Node>; 2],
    expression: Option<&'a Node>,
}

impl<'a> Marks<'a> {
    fn within(self, key: &str) -> Self {
        let within = |node: Option<&'a Node>| node.and_then(|node| node.get(key));
        Marks {
            unknown: within(self.unknown),
            sensitive: self.sensitive.map(within),
            expression: self.expression.and_then(|node| match &node.kind {
                // A block that occurs once may be written without its list.
                Kind::Sequence(items) => items.first().and_then(|item| item.get(key)),
                _ => node.get(key),
            }),
        }
    }

    fn item(self, index: usize) -> Self {
        let item = |node: Option<&'a Node>| node.and_then(Node::as_sequence).and_then(|items| items.get(index));
        Marks {
            unknown: item(self.unknown),
            sensitive: self.sensitive.map(item),
            // A dynamic block is written once for all its blocks; a plain expression is for the whole list.
            expression: self.expression.and_then(|node| match &node.kind {
                Kind::Sequence(items) => items.get(index).or(items.first()),
                _ => Some(node),
            }),
        }
    }
}

fn is_true(node: Option<&Node>) -> bool {
    node.and_then(Node::as_bool) == Some(true)
}

impl Plan<'_> {
    fn resource(&self, address: &str, node: &Node) -> Option<Resource> {
        let ty: Text = text_of(node, "type").into();
        if ty.is_empty() {
            return None;
        }
        let change = self.changes.get(address).and_then(|change| change.get("change"));
        let values = node.get("values").or_else(|| change.and_then(|change| change.get("after")));
        let place = Place::of(address, text_of(node, "mode") == "data", &ty, text_of(node, "name"));
        let written = self.configuration.resource(&place);
        let marks = Marks {
            unknown: change.and_then(|change| change.get("after_unknown")),
            sensitive: [node.get("sensitive_values"), change.and_then(|change| change.get("after_sensitive"))],
            expression: written.and_then(|written| written.get("expressions")),
        };
        let mut depends_on: Vec<Text> = Vec::new();
        let mut seen: FxHashSet<Text> = FxHashSet::default();
        let mut filler = Filler {
            plan: self,
            place: &place,
            written: written.is_some(),
            depends_on: &mut depends_on,
            seen: &mut seen,
        };
        let span = node.span;
        let mut attributes = filler.fill(values, marks, "", span);
        if !matches!(attributes.open().kind, ValueKind::Map(_)) {
            attributes = Value::new(ValueKind::Map(Vec::new()), span);
        }
        if let ValueKind::Secret(inner) = attributes.kind {
            attributes = *inner;
        }
        let stated = items(written.and_then(|written| written.get("depends_on")))
            .iter()
            .chain(items(node.get("depends_on")))
            .filter_map(Node::as_str);
        for name in stated {
            for found in self.configuration.resolve(name, &place) {
                let Found::Attribute(reference) = found else { continue };
                filler.depend(&reference.address);
            }
        }
        let provider = written.map_or("", |written| text_of(written, "provider_config_key"));
        let provider = provider.rsplit(':').next().unwrap_or(provider);
        Some(Resource {
            address: scoped(self.prefix, address),
            ty: ty.clone(),
            native_type: ty,
            name: text_of(node, "name").into(),
            source: Source::TerraformPlan,
            mode: if text_of(node, "mode") == "managed" { Mode::Managed } else { Mode::Data },
            attributes,
            span,
            calls: self.configuration.calls(&place),
            scope: provider.split_once('.').map_or("", |(_, alias)| alias).into(),
            depends_on,
            many: false,
        })
    }
}

struct Filler<'p, 'a> {
    plan: &'p Plan<'a>,
    place: &'p Place,
    /// Whether the plan has the resource's configuration, so that what is not in it was not written.
    written: bool,
    depends_on: &'p mut Vec<Text>,
    seen: &'p mut FxHashSet<Text>,
}

impl Filler<'_, '_> {
    fn depend(&mut self, address: &str) {
        let address = scoped(self.plan.prefix, address);
        if self.seen.insert(address.clone()) {
            self.depends_on.push(address);
        }
    }

    fn fill(&mut self, node: Option<&Node>, marks: Marks<'_>, path: &str, span: Span) -> Value {
        let span = node.map_or(span, |node| node.span);
        if marks.sensitive.iter().any(|mark| is_true(*mark)) {
            let open = Marks { sensitive: [None, None], ..marks };
            let inner = self.fill(node, open, path, span);
            return Value::new(ValueKind::Secret(Box::new(inner)), span);
        }
        if is_true(marks.unknown) {
            return self.unknown(marks.expression, path, span);
        }
        let within = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        match node.map(|node| &node.kind) {
            Some(Kind::Mapping(known)) => {
                let mut filled: Vec<(Text, Value)> = Vec::with_capacity(known.len());
                for entry in known {
                    let value = self.fill(Some(&entry.value), marks.within(&entry.key), &within(&entry.key), span);
                    filled.push(((&*entry.key).into(), value));
                }
                let has: FxHashSet<&str> = known.iter().map(|entry| &*entry.key).collect();
                for entry in entries(marks.unknown).iter().filter(|entry| !has.contains(&*entry.key)) {
                    let marks = marks.within(&entry.key);
                    if is_true(marks.unknown) || marks.unknown.is_some_and(holds_true) {
                        let value = self.fill(None, marks, &within(&entry.key), entry.key_span);
                        filled.push(((&*entry.key).into(), value));
                    }
                }
                Value::new(ValueKind::Map(filled), span)
            }
            Some(Kind::Sequence(known)) => {
                let more = items(marks.unknown).len();
                let count = known.len().max(more);
                let all = (0..count)
                    .map(|index| self.fill(known.get(index), marks.item(index), &within(&index.to_string()), span));
                Value::new(ValueKind::List(all.collect()), span)
            }
            // Nothing there, and what is inside is unknown.
            _ if node.is_none_or(Node::is_null) && marks.unknown.is_some_and(holds_true) => {
                match marks.unknown.map(|unknown| &unknown.kind) {
                    Some(Kind::Mapping(unknown)) => {
                        let all = unknown.iter().map(|entry| {
                            let value = self.fill(None, marks.within(&entry.key), &within(&entry.key), entry.key_span);
                            ((&*entry.key).into(), value)
                        });
                        Value::new(ValueKind::Map(all.collect()), span)
                    }
                    Some(Kind::Sequence(unknown)) => {
                        let all = (0..unknown.len())
                            .map(|index| self.fill(None, marks.item(index), &within(&index.to_string()), span));
                        Value::new(ValueKind::List(all.collect()), span)
                    }
                    _ => Value::null(span),
                }
            }
            Some(Kind::Scalar(scalar)) if scalar.quoted => self.known(node, &scalar.text, marks.expression, span),
            Some(Kind::Scalar(_)) => node.map_or_else(|| Value::null(span), value),
            None => Value::null(span),
        }
    }

    /// A known text. Where its expression refers to an attribute that has this very text, it is that reference.
    fn known(&mut self, node: Option<&Node>, text: &str, expression: Option<&Node>, span: Span) -> Value {
        let mut same: Option<Reference> = None;
        for found in self.expressed(expression) {
            if let Found::Attribute(reference) = found {
                self.depend(&reference.address);
                if same.is_none() && self.plan.configuration.planned_text(&reference) == Some(text) {
                    same = Some(self.scoped(&reference));
                }
            }
        }
        match same {
            Some(reference) => Value::new(ValueKind::Reference(reference), span),
            None => node.map_or_else(|| Value::text(text, span), value),
        }
    }

    fn scoped(&self, reference: &Reference) -> Reference {
        Reference { address: scoped(self.plan.prefix, &reference.address), attribute: reference.attribute.clone() }
    }

    /// What an expression refers to, followed to resources.
    fn expressed(&self, expression: Option<&Node>) -> Vec<Found> {
        let names = expression.and_then(|node| node.get("references"));
        self.plan.configuration.resolve_all(items(names), self.place)
    }

    fn unknown(&mut self, expression: Option<&Node>, path: &str, span: Span) -> Value {
        let name = format!("{}.{path}", self.place.address);
        let why = if self.written && expression.is_none() { Why::Unstated } else { Why::Computed };
        let computed = || Value::unknown(why, name.as_str(), span);
        let mut possible: Vec<Value> = Vec::new();
        let mut sure = true;
        for found in self.expressed(expression) {
            match found {
                Found::Attribute(reference) => {
                    self.depend(&reference.address);
                    let value = Value::new(ValueKind::Reference(self.scoped(&reference)), span);
                    if !possible.contains(&value) && possible.len() < 32 {
                        possible.push(value);
                    }
                }
                Found::Open => sure = false,
            }
        }
        let key = path.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or(path);
        match possible.len() {
            0 => computed(),
            1 if sure && !put_together(key, possible.first()) => possible.pop().unwrap_or_else(computed),
            _ if sure && plural(key) && !put_together(key, None) => Value::new(ValueKind::List(possible), span),
            _ => {
                possible.push(computed());
                Value::new(ValueKind::OneOf(possible), span)
            }
        }
    }
}

fn holds_true(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(_) => node.as_bool() == Some(true),
        Kind::Sequence(items) => items.iter().any(holds_true),
        Kind::Mapping(entries) => entries.iter().any(|entry| holds_true(&entry.value)),
    }
}

/// Whether an attribute holds several things of one kind.
fn plural(key: &str) -> bool {
    key.ends_with('s') && !key.ends_with("ss") && !key.ends_with("us")
}

/// Whether an attribute usually holds a text put together from others. A reference to another such text is a plain one.
fn put_together(key: &str, only: Option<&Value>) -> bool {
    const TEXTS: [&str; 13] = [
        "policy",
        "json",
        "definition",
        "definitions",
        "user_data",
        "user_data_base64",
        "custom_data",
        "body",
        "template",
        "content",
        "script",
        "statement",
        "document",
    ];
    let holds = |name: &str| TEXTS.iter().any(|text| name == *text || name.ends_with(&format!("_{text}")));
    let from = only.and_then(Value::as_reference).map(|reference| {
        let attribute = &*reference.attribute;
        attribute.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or("").to_owned()
    });
    holds(key) && !from.is_some_and(|from| holds(&from) || matches!(from.as_str(), "rendered" | "minified_json"))
}
