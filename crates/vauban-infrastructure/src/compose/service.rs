//! Services, networks, volumes, secrets and configs of a merged project as resources.

use vauban_model::resource::{Mode, Reference, Resource, Source, Text, Unknown, Value, ValueKind, Variable, Why};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Kind, Node, Scalar};

use super::{Reader, Scope, merge, text};
use crate::Output;
use crate::files::join;
use crate::nodes::{AsWritten, Keyed, get_mut, remove, set, text_at, text_node, to_value};

/// Marks a path that is relative to the tree already, while files are merged.
const ANCHORED: &str = "tree:";
/// Largest file of a secret or config that is looked into, in bytes.
const LARGEST: usize = 64 << 10;
/// Most files of one service that are looked into because they are mounted.
const MOST_MOUNTED: usize = 32;

/// Makes the paths of a service relative to the tree: they are written relative to the file's folder.
pub(super) fn anchor_paths(service: &mut Node, at: &str) {
    if let Some(build) = get_mut(service, "build") {
        if let Some(context) = build.as_str().map(ToOwned::to_owned) {
            let span = build.span;
            let mut made = crate::nodes::empty_map(span);
            set(&mut made, "context", text_node(&context, span));
            *build = made;
        }
        if let Some(context) = get_mut(build, "context") {
            anchor(context, at);
        }
    }
    if let Some(files) = get_mut(service, "env_file") {
        match &mut files.kind {
            Kind::Sequence(items) => {
                for item in items {
                    match get_mut(item, "path") {
                        Some(path) => anchor(path, at),
                        None => anchor(item, at),
                    }
                }
            }
            _ => {
                let mut one = files.clone();
                anchor(&mut one, at);
                files.kind = Kind::Sequence(vec![one]);
            }
        }
    }
}

fn anchor(node: &mut Node, at: &str) {
    if let Kind::Scalar(scalar) = &mut node.kind
        && !scalar.text.starts_with(ANCHORED)
        && let Some(path) = join(at, &scalar.text)
    {
        *scalar = Scalar { text: format!("{ANCHORED}{path}").into(), quoted: true };
    }
}

/// Everything of a project.
pub(super) fn resources(reader: &mut Reader<'_, '_, '_>, at: &str, whole: &Node, scope: &Scope, output: &mut Output) {
    let prefix = if at.is_empty() { "compose:".to_owned() } else { format!("compose:{at}/") };
    for entry in whole.get("services").and_then(Node::as_mapping).unwrap_or(&[]) {
        let profiles: Vec<&str> =
            crate::nodes::items(&entry.value, "profiles").iter().filter_map(Node::as_str).collect();
        let wanted = &reader.options.profiles;
        let on = profiles.is_empty() || profiles.iter().any(|profile| wanted.iter().any(|on| on == profile));
        if !on && !wanted.is_empty() {
            reader.diagnostics.push(
                Diagnostic::note(
                    "compose-profile-off",
                    entry.key_span,
                    format!(
                        "`{}` belongs to the profile `{}`, which is not on, so it is left out",
                        entry.key,
                        profiles.join(", ")
                    ),
                )
                .help("switch the profile on to check it too"),
            );
            continue;
        }
        let mut converter = Converter { reader: &mut *reader, scope };
        let mut attributes = converter.service(&entry.value, at);
        if !profiles.is_empty() && !reader.options.profiles.is_empty() {
            attributes.push(("profile_on".into(), Value::new(ValueKind::Bool(on), entry.key_span)));
        }
        let depends_on = dependencies(&entry.value).into_iter().map(|name| format!("{prefix}{name}").into()).collect();
        let many = false;
        push(
            output,
            &prefix,
            "service",
            &entry.key,
            attributes,
            entry.key_span,
            entry.value.span,
            at,
            depends_on,
            many,
        );
    }
    for (key, kind) in [("networks", "network"), ("volumes", "volume"), ("secrets", "secret"), ("configs", "config")] {
        for entry in whole.get(key).and_then(Node::as_mapping).unwrap_or(&[]) {
            let mut converter = Converter { reader: &mut *reader, scope };
            let mut attributes = converter.entries(&entry.value);
            if matches!(kind, "secret" | "config") {
                converter.content(&entry.value, at, kind == "secret", &mut attributes);
            }
            let name = format!("{kind}:{}", entry.key);
            push(
                output,
                &prefix,
                kind,
                &entry.key,
                attributes,
                entry.key_span,
                entry.value.span,
                at,
                Vec::new(),
                false,
            );
            if let Some(resource) = output.inventory.resources.last_mut() {
                resource.address = format!("{prefix}{name}").into();
                if text_at(&entry.value, &["external"]) == Some("true") {
                    resource.mode = Mode::Data;
                }
            }
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one resource")]
fn push(
    output: &mut Output,
    prefix: &str,
    kind: &str,
    name: &str,
    attributes: Vec<(Text, Value)>,
    span: Span,
    value_span: Span,
    at: &str,
    depends_on: Vec<Text>,
    many: bool,
) {
    output.inventory.resources.push(Resource {
        address: format!("{prefix}{name}").into(),
        ty: format!("compose:{kind}").into(),
        native_type: kind.into(),
        name: name.into(),
        source: Source::Compose,
        mode: Mode::Managed,
        attributes: Value::new(ValueKind::Map(attributes), value_span),
        span,
        calls: Vec::new(),
        scope: at.into(),
        depends_on,
        many,
    });
}

/// The services that one waits for or links to, each once.
fn dependencies(service: &Node) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !out.iter().any(|known| known == name) {
            out.push(name.to_owned());
        }
    };
    if let Some(node) = service.get("depends_on") {
        for entry in node.as_mapping().unwrap_or(&[]) {
            add(&entry.key);
        }
        for item in node.as_sequence().unwrap_or(&[]) {
            item.as_str().into_iter().for_each(&mut add);
        }
    }
    for item in crate::nodes::items(service, "links") {
        if let Some(name) = item.as_str().and_then(|text| text.split(':').next()) {
            add(name);
        }
    }
    out
}

struct Converter<'r, 'f, 't, 'a, 's> {
    reader: &'r mut Reader<'f, 't, 'a>,
    scope: &'s Scope,
}

impl Converter<'_, '_, '_, '_, '_> {
    fn value(&mut self, node: &Node) -> Value {
        match &node.kind {
            Kind::Sequence(items) => {
                Value::new(ValueKind::List(items.iter().map(|item| self.value(item)).collect()), node.span)
            }
            Kind::Mapping(_) => Value::new(ValueKind::Map(self.entries(node)), node.span),
            Kind::Scalar(scalar) if scalar.text.contains('$') => self.text(&scalar.text, node.span),
            Kind::Scalar(_) => to_value(node, false, &AsWritten),
        }
    }

    fn entries(&mut self, node: &Node) -> Vec<(Text, Value)> {
        node.as_mapping()
            .unwrap_or(&[])
            .iter()
            .map(|entry| (Text::from(&*entry.key), self.value(&entry.value)))
            .collect()
    }

    fn text(&mut self, written: &str, span: Span) -> Value {
        let reader = &mut *self.reader;
        text::value(written, span, self.scope, &mut |name, span| missing(reader, name, span))
    }

    fn service(&mut self, service: &Node, at: &str) -> Vec<(Text, Value)> {
        let mut out = Vec::new();
        let mut service = service.clone();
        for key in ["labels", "annotations"] {
            if let Some(node) = get_mut(&mut service, key) {
                merge::as_map(node, '=');
            }
        }
        for key in ["networks", "depends_on"] {
            if let Some(node) = get_mut(&mut service, key) {
                merge::as_map(node, '\0');
            }
        }
        let mounted = self.mounted(&service, at);
        let environment = remove(&mut service, "environment");
        let files = remove(&mut service, "env_file");
        for entry in service.as_mapping().unwrap_or(&[]) {
            let value = match &*entry.key {
                "ports" => self.list(&entry.value, Self::port),
                "volumes" => self.list(&entry.value, Self::mount),
                "secrets" | "configs" => self.list(&entry.value, Self::grant),
                "build" => self.build(&entry.value, at),
                _ => self.value(&entry.value),
            };
            out.push((Text::from(&*entry.key), value));
        }
        if !mounted.is_empty() {
            out.push(("mounted_files".into(), Value::new(ValueKind::Map(mounted), service.span)));
        }
        if environment.is_some() || files.is_some() {
            let span = environment.as_ref().or(files.as_ref()).map_or(service.span, |node| node.span);
            let variables = self.environment(environment, files.as_ref());
            out.push(("environment".into(), Value::new(ValueKind::Map(variables), span)));
        }
        out
    }

    /// Settings that a service gets as files of the tree, by path: its configuration says whom it talks to.
    fn mounted(&mut self, service: &Node, at: &str) -> Vec<(Text, Value)> {
        let mut out: Vec<(Text, Value)> = Vec::new();
        for item in crate::nodes::items(service, "volumes") {
            let (written, target) = match item.as_str() {
                Some(text) => {
                    let mut parts = split_outside(text).into_iter();
                    (parts.next(), parts.next())
                }
                None => {
                    let field = |key: &str| text_at(item, &[key]).map(ToOwned::to_owned);
                    (field("source"), field("target"))
                }
            };
            let Some(written) = written.filter(|path| path.starts_with('.')) else { continue };
            let Some(path) = join(at, &text::plain(&written, self.scope).0) else { continue };
            let file_wanted = target.as_deref().is_some_and(is_settings);
            if file_wanted && !self.reader.files.has(&path) && !self.reader.files.below(&path).is_empty() {
                self.reader.diagnostics.push(
                    Diagnostic::warning(
                        "compose-mount-folder",
                        item.span,
                        format!("`{path}` is a folder where the service expects a file of settings, so none are known"),
                    )
                    .help("mount the file itself; Docker makes a folder of a path that is not there"),
                );
                continue;
            }
            let all: Vec<String> = if self.reader.files.has(&path) {
                vec![path]
            } else {
                // A folder with the project itself holds much that is no setting of the service. One that the service is
                // built from may hold its settings: `./nginx`, with its Dockerfile and `nginx.conf`.
                if holds(&path, at) || !target.is_some_and(|target| is_settings_folder(&target)) {
                    continue;
                }
                let start = path.len() + 1;
                let shown = |file: &&String| {
                    let inside = file.get(start..).unwrap_or_default();
                    is_settings(file) && !inside.split('/').any(|part| part.starts_with('.'))
                };
                self.reader.files.below(&path).iter().filter(shown).take(MOST_MOUNTED).cloned().collect()
            };
            for path in all {
                if out.len() >= MOST_MOUNTED || !is_settings(&path) {
                    continue;
                }
                let opened = self.reader.files.open(&path);
                // A comment in an old encoding is no reason to leave the rest.
                let legible = |text: &str| {
                    let strange = text.chars().filter(|c| *c == '\u{fffd}').count();
                    text.len() <= LARGEST && !text.contains('\0') && strange.saturating_mul(20) <= text.len()
                };
                let Some((id, text)) = opened.filter(|(_, text)| legible(text)) else {
                    self.reader.diagnostics.push(
                        Diagnostic::warning(
                            "compose-settings-unreadable",
                            item.span,
                            format!("the settings in `{path}` are no text that can be read, so nothing of them is known"),
                        )
                        .help("mend the file if it is damaged or cut off; what is no text, too large or encrypted is left"),
                    );
                    continue;
                };
                // A description that is shown somewhere is not what that one is set up with, nor is what a tool rolls out.
                if crate::api::recognise(&path, &text).is_some()
                    || super::looks_like(&path, &text)
                    || crate::kubernetes::looks_like(&text)
                {
                    continue;
                }
                self.reader.opened.push(path.as_str().into());
                out.push((path.as_str().into(), Value::text(&*text, Span::new(id, 1, 1, 0))));
            }
        }
        out
    }

    fn environment(&mut self, environment: Option<Node>, files: Option<&Node>) -> Vec<(Text, Value)> {
        let mut out = Keyed::default();
        let mut add = |key: &str, value: Value| out.put(key.into(), value);
        for item in files.and_then(Node::as_sequence).unwrap_or(&[]) {
            let Some(path) = item.as_str().or_else(|| text_at(item, &["path"])) else { continue };
            let (path, _) = text::plain(path, self.scope);
            let path = path.strip_prefix(ANCHORED).unwrap_or(&path).to_owned();
            let Some((id, content)) = self.reader.files.open(&path) else {
                if text_at(item, &["required"]) != Some("false") {
                    self.reader.diagnostics.push(
                        Diagnostic::note(
                            "compose-not-here",
                            item.span,
                            format!("`{path}` is not in this folder, so the variables in it are not known"),
                        )
                        .help("files with secrets are often kept out of the repository; add an example of it"),
                    );
                }
                continue;
            };
            self.reader.opened.push(path.into());
            for (key, value, span) in crate::env_file::entries(id, &content) {
                let value = match value {
                    Some(value) => self.text(value, span),
                    None => self.surrounding(key, span),
                };
                add(key, value);
            }
        }
        if let Some(mut node) = environment {
            merge::as_map(&mut node, '=');
            for entry in node.as_mapping().unwrap_or(&[]) {
                let (key, _) = text::plain(&entry.key, self.scope);
                let value = match entry.value.as_str() {
                    Some(text) => self.text(text, entry.value.span),
                    // Quoted nothing is an empty text; nothing at all comes from the surroundings.
                    None => self.surrounding(&entry.key, entry.value.span),
                };
                add(&key, value);
            }
        }
        out.into_list()
    }

    fn surrounding(&mut self, key: &str, span: Span) -> Value {
        match self.scope.values.get(key) {
            Some((value, _)) => Value::text(value.clone(), span),
            None => {
                missing(self.reader, key, span);
                Value::new(ValueKind::Unknown(Unknown { why: Why::Variable, name: key.into() }), span)
            }
        }
    }

    fn list(&mut self, node: &Node, one: fn(&mut Self, &Node) -> Value) -> Value {
        let items = node.as_sequence().unwrap_or(&[]);
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            out.push(one(self, item));
        }
        Value::new(ValueKind::List(out), node.span)
    }

    /// `[[address:]published:]target[/protocol]`, or the long form.
    fn port(&mut self, node: &Node) -> Value {
        let Some(written) = node.as_str() else { return self.value(node) };
        let span = node.span;
        let (body, protocol) = match written.rsplit_once('/') {
            Some((body, protocol)) if !protocol.contains(['}', ':']) => (body, protocol),
            _ => (written, "tcp"),
        };
        let mut parts = split_outside(body);
        let number = |this: &mut Self, text: &str| {
            let value = this.text(text, span);
            match value.as_text().and_then(|text| text.parse::<u16>().ok()) {
                Some(number) => Value { kind: ValueKind::Number(f64::from(number)), ..value },
                None => value,
            }
        };
        let target = parts.pop().unwrap_or_default();
        let mut out: Vec<(Text, Value)> = vec![("target".into(), number(self, &target))];
        if let Some(published) = parts.pop().filter(|published| !published.is_empty()) {
            out.push(("published".into(), number(self, &published)));
        }
        if !parts.is_empty() {
            let host = parts.join(":");
            let host = host.trim_start_matches('[').trim_end_matches(']');
            // An address for all is as good as none.
            if !matches!(host, "" | "0.0.0.0" | "::") {
                out.push(("host_ip".into(), self.text(host, span)));
            }
        }
        out.push(("protocol".into(), Value::text(protocol, span)));
        Value::new(ValueKind::Map(out), span)
    }

    /// `[source:]target[:mode]`, or the long form.
    fn mount(&mut self, node: &Node) -> Value {
        let Some(written) = node.as_str() else { return self.value(node) };
        let span = node.span;
        let parts = split_outside(written);
        let mut parts = parts.iter().map(String::as_str);
        let (first, second, mode) = (parts.next().unwrap_or(""), parts.next(), parts.next().unwrap_or(""));
        let mut out: Vec<(Text, Value)> = Vec::new();
        match second {
            Some(target) => {
                let bind = first.starts_with(['.', '/', '~', '$']);
                out.push(("type".into(), Value::text(if bind { "bind" } else { "volume" }, span)));
                out.push(("source".into(), self.text(first, span)));
                out.push(("target".into(), self.text(target, span)));
            }
            None => {
                out.push(("type".into(), Value::text("volume", span)));
                out.push(("target".into(), self.text(first, span)));
            }
        }
        let read_only = mode.split(',').any(|word| word == "ro");
        out.push(("read_only".into(), Value::new(ValueKind::Bool(read_only), span)));
        Value::new(ValueKind::Map(out), span)
    }

    /// A secret or config that a service gets.
    fn grant(&mut self, node: &Node) -> Value {
        match node.as_str() {
            Some(name) => {
                let source = self.text(name, node.span);
                Value::new(ValueKind::Map(vec![("source".into(), source)]), node.span)
            }
            None => self.value(node),
        }
    }

    /// The build, with the Dockerfile's resource where it is at hand.
    fn build(&mut self, node: &Node, at: &str) -> Value {
        let mut node = node.clone();
        if let Some(arguments) = get_mut(&mut node, "args") {
            merge::as_map(arguments, '=');
        }
        let context = match text_at(&node, &["context"]) {
            Some(text) => {
                let (text, _) = text::plain(text, self.scope);
                text.strip_prefix(ANCHORED).unwrap_or(&text).to_owned()
            }
            None => at.to_owned(),
        };
        let span = node.span;
        let context_span = node.get("context").map_or(span, |node| node.span);
        set(&mut node, "context", text_node(&context.replace('$', "$$"), context_span));
        let file = text_at(&node, &["dockerfile"]).unwrap_or("Dockerfile").to_owned();
        let mut entries = self.entries(&node);
        if let Some(path) = join(&context, &file).filter(|path| self.reader.files.has(path)) {
            let reference = Reference { address: format!("dockerfile:{path}").into(), attribute: "".into() };
            entries.push(("resource".into(), Value::new(ValueKind::Reference(reference), span)));
        }
        Value::new(ValueKind::Map(entries), span)
    }

    /// What a secret or config holds: in place, or in a file of the tree.
    fn content(&mut self, node: &Node, at: &str, secret: bool, out: &mut Vec<(Text, Value)>) {
        let mut held = out.iter().position(|(key, _)| &**key == "content").map(|index| out.remove(index).1);
        if let Some(path) = text_at(node, &["file"]).and_then(|file| join(at, &text::plain(file, self.scope).0))
            && let Some((id, text)) = self.reader.files.open(&path)
            && text.len() <= LARGEST
        {
            self.reader.opened.push(path.into());
            held = Some(Value::text(text.trim_end(), Span::new(id, 1, 1, 0)));
        }
        if let Some(value) = held {
            let span = value.span;
            let value = if secret { Value::new(ValueKind::Secret(Box::new(value)), span) } else { value };
            out.push(("content".into(), value));
        }
    }
}

/// Whether a folder is another one or has it inside.
fn holds(folder: &str, other: &str) -> bool {
    folder.is_empty() || other.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether programs look for their settings at a path of a container.
fn is_settings_folder(target: &str) -> bool {
    let target = target.to_ascii_lowercase();
    // `/etc/nginx`, `/fluentd/etc`, `/opt/bitnami/nginx/conf`, `/usr/share/logstash/pipeline`.
    target.split('/').any(|part| matches!(part, "etc" | "pipeline") || part.starts_with("conf"))
}

/// Whether a file is the configuration of some server, by its name.
fn is_settings(path: &str) -> bool {
    let name = crate::files::file_name(path).to_ascii_lowercase();
    let ends = [".conf", ".cfg", ".template", ".yml", ".yaml", ".toml", ".json", ".ini", ".properties"];
    name.starts_with("caddyfile") || ends.iter().any(|end| name.ends_with(end))
}

fn missing(reader: &mut Reader<'_, '_, '_>, name: &str, span: Span) {
    if reader.asked.insert(name.to_owned()) {
        reader.missing.push(Variable { name: name.into(), description: "".into(), span });
    }
}

/// Splits at colons outside of brackets and braces.
fn split_outside(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut open = 0usize;
    for c in text.chars() {
        match c {
            '[' | '{' => open += 1,
            ']' | '}' => open = open.saturating_sub(1),
            ':' if open == 0 => {
                out.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out
}
