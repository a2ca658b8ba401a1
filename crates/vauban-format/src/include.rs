//! `include:`: which further files a file asks for, and which of those may be opened.

use vauban_model::{Diagnostic, Span};

use crate::document::{InputFile, parse};
use crate::report::{Report, shown};

/// The files that a file includes, as written, each with its place. The caller resolves them ([`join_include`]), opens
/// them, asks each for its own includes, and reports files that are missing, included in a circle or too deep.
///
/// Only what is wrong with `include` itself is reported; the rest of the file is [`crate::read_model`]'s business.
pub fn includes(file: &InputFile<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Box<str>, Span)> {
    // Most files include nothing, and parsing a large one twice would be felt.
    if !file.text.contains("include") {
        return Vec::new();
    }
    let Some(root) = parse(file, &mut Report::default()) else { return Vec::new() };
    let Some(node) = root.get("include") else { return Vec::new() };
    let items = node.as_sequence().unwrap_or(std::slice::from_ref(node));
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        match item.as_str() {
            Some(path) => found.push((Box::from(path), item.span)),
            None if item.is_null() => {}
            None => diagnostics.push(
                Diagnostic::error(
                    "expected-text",
                    item.span,
                    format!("`include` takes paths of files, not {}", item.kind_name()),
                )
                .help("write `include: [common/identities.yaml]`"),
            ),
        }
    }
    found
}

/// The path that `path`, included by the file `from`, leads to; both are relative to the same root and use forward
/// slashes. `Err` says in words why it may not be followed: it is absolute, leaves the root, or is no usable path.
pub fn join_include(from: &str, path: &str) -> Result<String, String> {
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with('/') || path.starts_with('~') || drive || path.contains("://") {
        return Err(format!("`{}` is not a relative path", shown(path)));
    }
    if path.is_empty() || path.contains('\\') || path.chars().any(char::is_control) {
        return Err(format!("`{}` is no path of a file; write it with forward slashes", shown(path)));
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err(format!("`{}` leads out of the folder of the model", shown(path)));
                }
            }
            name => parts.push(name),
        }
    }
    if parts.is_empty() { Err(format!("`{}` is no file", shown(path))) } else { Ok(parts.join("/")) }
}

#[cfg(test)]
mod tests {
    use super::join_include;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(join_include("shop.yaml", "common/ids.yaml").as_deref(), Ok("common/ids.yaml"));
        assert_eq!(join_include("a/b/shop.yaml", "../ids.yaml").as_deref(), Ok("a/ids.yaml"));
        assert_eq!(join_include("a/shop.yaml", "./x//y.yaml").as_deref(), Ok("a/x/y.yaml"));
        for path in
            ["../x.yaml", "a/../../x.yaml", "/etc/passwd", "C:/x", "..\\x", "~/x", "", "a/..", "http://x/y", "a\0b"]
        {
            assert!(join_include("shop.yaml", path).is_err(), "{path}");
        }
    }
}
