//! Terraform: what is written comes out, with its place, whether it can be known or not.
#![expect(clippy::panic, reason = "a helper that finds nothing fails its test")]

mod corpus;
mod language;
mod modules;
mod policies;
mod values;

use std::sync::Arc;

use vauban_infrastructure::{Options, Output, Tree, read};
use vauban_model::FileId;
use vauban_model::resource::{Resource, Value, ValueKind};

/// Reads a folder made of paths and texts; the number of a file is its place in the list.
fn read_with(files: &[(&str, &str)], options: &Options) -> Output {
    let mut paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    paths.sort();
    let mut open = |path: &str| {
        let at = files.iter().position(|(name, _)| *name == path).ok_or("not there")?;
        let (_, text) = files.get(at).ok_or("not there")?;
        Ok((FileId(u32::try_from(at).unwrap_or(0)), Arc::from(*text)))
    };
    read(&mut Tree { paths: &paths, open: &mut open }, options)
}

fn read_files(files: &[(&str, &str)]) -> Output {
    read_with(files, &Options::default())
}

fn read_text(text: &str) -> Output {
    read_files(&[("main.tf", text)])
}

fn addresses(output: &Output) -> Vec<&str> {
    output.inventory.resources.iter().map(|resource| &*resource.address).collect()
}

fn codes(output: &Output) -> Vec<&str> {
    output.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[track_caller]
fn resource<'a>(output: &'a Output, address: &str) -> &'a Resource {
    match output.inventory.resources.iter().find(|resource| &*resource.address == address) {
        Some(resource) => resource,
        None => panic!("no `{address}` among {:?}; {:?}", addresses(output), output.diagnostics),
    }
}

/// The value of `v` of `x_t.r` in a text that declares one.
#[track_caller]
fn value_in(text: &str) -> String {
    let output = read_text(text);
    show(resource(&output, "x_t.r").attributes.get("v").unwrap_or_else(|| panic!("no `v`: {:?}", output.diagnostics)))
}

/// The value of an expression that needs nothing else.
#[track_caller]
fn value_of(expression: &str) -> String {
    value_in(&format!("resource \"x_t\" \"r\" {{\n  v = {expression}\n}}\n"))
}

/// A value in a short form: `<address.attribute>` for references, `` `a|b` `` for templates, `?name` for unknowns.
fn show(value: &Value) -> String {
    let many = |items: &[Value], between: &str| items.iter().map(show).collect::<Vec<_>>().join(between);
    match &value.kind {
        ValueKind::Null => "null".to_owned(),
        ValueKind::Bool(flag) => flag.to_string(),
        ValueKind::Number(number) => number.to_string(),
        ValueKind::Text(text) => format!("{text:?}"),
        ValueKind::Template(parts) => format!("`{}`", many(parts, "|")),
        ValueKind::List(items) => format!("[{}]", many(items, ", ")),
        ValueKind::Map(entries) => {
            let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key} = {}", show(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        ValueKind::Reference(reference) if reference.attribute.is_empty() => format!("<{}>", reference.address),
        ValueKind::Reference(reference) => format!("<{}.{}>", reference.address, reference.attribute),
        ValueKind::Document(inner) => format!("document {}", show(inner)),
        ValueKind::OneOf(items) => format!("one of {}", many(items, " | ")),
        ValueKind::Secret(inner) => format!("secret {}", show(inner)),
        ValueKind::Unknown(unknown) => format!("?{}", unknown.name),
    }
}
