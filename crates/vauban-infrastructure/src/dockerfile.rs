//! Dockerfiles, lightly: what the last stage starts from, as whom it runs, what it listens on and what its environment
//! says. An earlier stage leaves nothing but files in the image, so its instructions do not count.

use vauban_model::resource::{Mode, Resource, Source, Text, Value, ValueKind};
use vauban_model::{FileId, Span};

use crate::files::file_name;
use crate::{InputFile, Output};

/// Whether a file is a Dockerfile, by its name.
pub(crate) fn is_dockerfile(path: &str) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    name == "dockerfile"
        || name == "containerfile"
        || (name.starts_with("dockerfile.") && !name.ends_with(".dockerignore"))
        || name.ends_with(".dockerfile")
}

/// One stage.
#[derive(Default)]
struct Stage {
    name: String,
    from: Option<Value>,
    user: Option<Value>,
    ports: Vec<Value>,
    environment: Vec<(Text, Value)>,
    others: Vec<(Text, Value)>,
}

/// Reads every Dockerfile.
pub(crate) fn read(inputs: &[InputFile], output: &mut Output) {
    for input in inputs {
        if let Some(resource) = one(input) {
            output.inventory.resources.push(resource);
        }
    }
}

/// A line with its continuations: the number of the first, the keyword, the rest.
fn instructions(text: &str) -> Vec<(u32, String, String)> {
    let mut out = Vec::new();
    let mut whole = String::new();
    let mut first = 0;
    for (number, line) in (1u32..).zip(text.lines()) {
        let trimmed = line.trim();
        if trimmed.starts_with('#') || (trimmed.is_empty() && whole.is_empty()) {
            continue;
        }
        if whole.is_empty() {
            first = number;
        }
        match trimmed.strip_suffix('\\') {
            Some(part) => {
                whole.push_str(part);
                whole.push(' ');
            }
            None => {
                whole.push_str(trimmed);
                let taken = std::mem::take(&mut whole);
                if let Some((word, rest)) = taken.split_once(char::is_whitespace) {
                    out.push((first, word.to_ascii_uppercase(), rest.trim().to_owned()));
                }
            }
        }
    }
    out
}

fn one(input: &InputFile) -> Option<Resource> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut arguments: Vec<(String, String)> = Vec::new();
    let at = |line: u32| Span::new(input.id, line, 1, 0);
    for (line, word, rest) in instructions(&input.text) {
        let span = at(line);
        if word == "ARG" && stages.is_empty() {
            if let Some((name, value)) = rest.split_once('=') {
                arguments.push((name.trim().to_owned(), value.trim_matches('"').to_owned()));
            }
            continue;
        }
        if word == "FROM" {
            let mut words = rest.split_whitespace().filter(|word| !word.starts_with("--"));
            let image = fill(words.next().unwrap_or(""), &arguments);
            let name = words.nth(1).unwrap_or("").to_owned();
            // A stage that goes on from another has what that one set.
            let mut stage = Stage { name, ..Stage::default() };
            match stages.iter().find(|known| !known.name.is_empty() && known.name.eq_ignore_ascii_case(&image)) {
                Some(base) => {
                    stage.from.clone_from(&base.from);
                    stage.user.clone_from(&base.user);
                    stage.ports.clone_from(&base.ports);
                    stage.environment.clone_from(&base.environment);
                    stage.others.clone_from(&base.others);
                }
                None => stage.from = Some(Value::text(image, span)),
            }
            stages.push(stage);
            continue;
        }
        let Some(stage) = stages.last_mut() else { continue };
        match word.as_str() {
            "USER" => stage.user = Some(Value::text(rest, span)),
            "EXPOSE" => stage.ports.extend(rest.split_whitespace().map(|port| Value::text(port, span))),
            "ENV" => {
                for (key, value) in pairs(&rest) {
                    stage.environment.retain(|(known, _)| **known != *key);
                    stage.environment.push((key.into(), Value::text(value, span)));
                }
            }
            "CMD" | "ENTRYPOINT" | "WORKDIR" | "HEALTHCHECK" => {
                let key: Text = word.to_ascii_lowercase().into();
                stage.others.retain(|(known, _)| *known != key);
                stage.others.push((key, Value::text(rest, span)));
            }
            _ => {}
        }
    }
    let last = stages.pop()?;
    Some(resource(input, last))
}

fn resource(input: &InputFile, last: Stage) -> Resource {
    let span = Span::new(input.id, last.from.as_ref().map_or(1, |from| from.span.line), 1, 0);
    let mut attributes: Vec<(Text, Value)> = Vec::new();
    attributes.extend(last.from.map(|from| ("from".into(), from)));
    attributes.extend(last.user.map(|user| ("user".into(), user)));
    if !last.ports.is_empty() {
        attributes.push(("expose".into(), Value::new(ValueKind::List(last.ports), span)));
    }
    if !last.environment.is_empty() {
        attributes.push(("environment".into(), Value::new(ValueKind::Map(last.environment), span)));
    }
    attributes.extend(last.others);
    let name = input.path.rsplit('/').nth(1).unwrap_or("image");
    Resource {
        address: format!("dockerfile:{}", input.path).into(),
        ty: "dockerfile".into(),
        native_type: "dockerfile".into(),
        name: name.into(),
        source: Source::Dockerfile,
        mode: Mode::Managed,
        attributes: Value::new(ValueKind::Map(attributes), span),
        span: Span { file: FileId(input.id.0), ..span },
        calls: Vec::new(),
        scope: "".into(),
        depends_on: Vec::new(),
        many: false,
    }
}

/// Fills in build arguments of the head of the file.
fn fill(text: &str, arguments: &[(String, String)]) -> String {
    let mut out = text.to_owned();
    for (name, value) in arguments {
        out = out.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
    }
    out
}

/// `A=1 B="x y"`, or the old form `A the rest`.
fn pairs(rest: &str) -> Vec<(String, String)> {
    let first = rest.split_whitespace().next().unwrap_or("");
    if !first.contains('=') {
        return rest
            .split_once(char::is_whitespace)
            .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
            .into_iter()
            .collect();
    }
    let mut out = Vec::new();
    let mut quote: Option<char> = None;
    let mut word = String::new();
    for c in rest.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if c.is_whitespace() => {
                if let Some((key, value)) = word.split_once('=') {
                    out.push((key.to_owned(), value.to_owned()));
                }
                word.clear();
            }
            (_, c) => word.push(c),
        }
    }
    out
}
