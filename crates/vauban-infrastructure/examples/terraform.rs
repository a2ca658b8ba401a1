//! Shows what is read from a folder: addresses, attributes, diagnostics. `cargo run --example terraform -- FOLDER [full]`.
#![expect(clippy::print_stdout, reason = "an example shows something")]

use std::path::Path;
use std::sync::Arc;

use vauban_infrastructure::{Options, Tree, read};
use vauban_model::FileId;
use vauban_model::resource::{Value, ValueKind};

fn list(folder: &Path, base: &Path, paths: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with(".git") {
                list(&path, base, paths);
            }
        } else if let Ok(relative) = path.strip_prefix(base) {
            paths.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
}

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
            let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}={}", show(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        ValueKind::Reference(reference) => format!("<{} . {}>", reference.address, reference.attribute),
        ValueKind::Document(inner) => format!("DOC{}", show(inner)),
        ValueKind::OneOf(items) => format!("ONEOF({})", many(items, " | ")),
        ValueKind::Secret(inner) => format!("SECRET({})", show(inner)),
        ValueKind::Unknown(unknown) => format!("?{:?}:{}", unknown.why, unknown.name),
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else { return };
    let full = arguments.next().is_some();
    let base = Path::new(&folder);
    let mut paths = Vec::new();
    list(base, base, &mut paths);
    paths.sort();
    let mut names: Vec<String> = Vec::new();
    let mut open = |path: &str| {
        let text = std::fs::read(base.join(path)).map_err(|error| error.to_string())?;
        names.push(path.to_owned());
        let id = FileId(u32::try_from(names.len() - 1).unwrap_or(0));
        Ok((id, Arc::from(String::from_utf8_lossy(&text).as_ref())))
    };
    let started = std::time::Instant::now();
    let mut tree = Tree { paths: &paths, open: &mut open };
    let output = read(&mut tree, &Options::default());
    let took = started.elapsed();
    for resource in &output.inventory.resources {
        println!(
            "{} [{:?}{}{}] {}:{}",
            resource.address,
            resource.mode,
            if resource.many { " many" } else { "" },
            if resource.scope.is_empty() { String::new() } else { format!(" @{}", resource.scope) },
            names.get(resource.span.file.0 as usize).map_or("?", String::as_str),
            resource.span.line
        );
        if full && let ValueKind::Map(entries) = &resource.attributes.kind {
            for (key, value) in entries {
                println!("    {key} = {}", show(value));
            }
        }
    }
    for diagnostic in &output.diagnostics {
        let place = diagnostic.span.map_or(String::new(), |span| {
            format!("{}:{}:{}", names.get(span.file.0 as usize).map_or("?", String::as_str), span.line, span.column)
        });
        println!("{:?} {} {place} {}", diagnostic.severity, diagnostic.code, diagnostic.message);
    }
    println!(
        "{} resources, {} unset variables, {took:?}",
        output.inventory.resources.len(),
        output.inventory.variables.len()
    );
}
