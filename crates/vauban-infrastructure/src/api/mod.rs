//! Descriptions of interfaces: OpenAPI 3, Swagger 2, AsyncAPI 2 and 3.
//!
//! Addresses: the description is `api:path/of/file`, an operation `api:path/of/file#GET /pets` (AsyncAPI: `#send channel`), a
//! schema `api:path/of/file#/components/schemas/Pet`, a broker `api:broker:kafka://host:9092`. What is said once for
//! all operations (security, servers) is worked out for each. A path that is described in two notations beside each other is read once.

mod asyncapi;
mod documents;
mod openapi;
mod schema;

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Source, Text, Value};

use crate::files::{Files, file_name, folder};
use crate::{InputFile, Output};
use documents::Documents;

/// Which description a file is, by the key at its top that says so.
pub(crate) fn recognise(path: &str, text: &str) -> Option<Source> {
    let name = file_name(path).to_ascii_lowercase();
    if ![".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending)) {
        return None;
    }
    if !["openapi", "swagger", "asyncapi"].iter().any(|word| text.contains(word)) {
        return None;
    }
    let of = |key: &str, value: &str| {
        let digit = value.trim_start().trim_start_matches(['"', '\'']).chars().next();
        match (key, digit) {
            ("openapi", Some('3')) | ("swagger", Some('1' | '2')) => Some(Source::OpenApi),
            ("asyncapi", Some('1'..='3')) => Some(Source::AsyncApi),
            _ => None,
        }
    };
    if crate::plain::is_json(text) {
        return top_json(text, &of);
    }
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        of(key.trim_end().trim_matches(['"', '\'']), value)
    })
}

/// The first key of the outermost object that says what it is.
fn top_json(text: &str, of: &dyn Fn(&str, &str) -> Option<Source>) -> Option<Source> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0usize, 0usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let start = at + 1;
                at = start;
                while let Some(byte) = bytes.get(at) {
                    match byte {
                        b'\\' => at += 1,
                        b'"' => break,
                        _ => {}
                    }
                    at += 1;
                }
                if depth == 1
                    && let (Some(key), Some(rest)) = (text.get(start..at), text.get(at + 1..))
                    && let Some(value) = rest.trim_start().strip_prefix(':')
                    && let Some(found) = of(key, value)
                {
                    return Some(found);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Reads all descriptions of a tree.
pub(crate) fn read(files: &mut Files<'_, '_>, inputs: &[InputFile], output: &mut Output) {
    if inputs.is_empty() {
        return;
    }
    let documents = Documents::load(files, inputs, &mut output.diagnostics);
    let mut brokers = asyncapi::Brokers::default();
    let mut read: FxHashMap<(&str, &str), Vec<&documents::Document>> = FxHashMap::default();
    for (at, document) in documents.iter() {
        let Some(source) = document.source else {
            output.files.push((document.path.as_str().into(), Source::OpenApi));
            continue;
        };
        let beside = read.entry((folder(&document.path), stem(&document.path))).or_default();
        let twin = beside.iter().find(|other| documents::same(&other.root, &document.root));
        if let Some(twin) = twin {
            output.diagnostics.push(
                Diagnostic::note(
                    "same-description",
                    document.root.span,
                    format!("`{}` says the same as `{}` and is read once", document.path, twin.path),
                )
                .help("keep one of them, and make the other from it"),
            );
            continue;
        }
        beside.push(document);
        let Some(root) = documents.root(at) else { continue };
        let mut schemas = schema::Schemas::default();
        let resources = &mut output.inventory.resources;
        if source == Source::AsyncApi {
            asyncapi::read(&documents, root, &mut brokers, &mut schemas, resources, &mut output.diagnostics);
        } else {
            openapi::read(&documents, root, &mut schemas, resources, &mut output.diagnostics);
        }
        schemas.finish(&documents, source, resources);
    }
    once(&mut output.inventory.resources);
}

/// Two descriptions may share a file of schemas: each is there once.
fn once(resources: &mut Vec<Resource>) {
    let mut seen = rustc_hash::FxHashSet::default();
    resources.retain(|resource| &*resource.ty != "api:schema" || seen.insert(resource.address.clone()));
}

/// The file's name without its ending.
fn stem(path: &str) -> &str {
    let name = file_name(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// A description of messages only, as registries of events keep them: it is no interface by itself.
fn without_operations(span: Span) -> Diagnostic {
    Diagnostic::note(
        "description-without-operations",
        span,
        "this description has no operations, only what messages look like",
    )
    .help("nothing is made of it; describe the operations if something is called or sent here")
}

/// A resource of a description.
fn resource(source: Source, ty: &str, address: String, name: &str, attributes: Value, span: Span) -> Resource {
    Resource {
        address: address.into(),
        ty: ty.into(),
        native_type: ty.into(),
        name: Text::from(name),
        source,
        mode: Mode::Managed,
        attributes,
        span,
        calls: Vec::new(),
        scope: "".into(),
        depends_on: Vec::new(),
        many: false,
    }
}
