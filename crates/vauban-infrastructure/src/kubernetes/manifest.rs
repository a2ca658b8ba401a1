//! Files of manifests: documents, lists, and files that are half a template.

use std::borrow::Cow;

use vauban_model::{Diagnostic, FileId, Severity, Span};
use vauban_syntax::{Limits, parse_json, parse_yaml_documents};

use super::object::{Object, flatten, is_object};
use crate::nodes::text_at;

/// Whether a text may hold objects of Kubernetes; a cheap look.
pub(crate) fn looks_like(text: &str) -> bool {
    if crate::located::body(text).starts_with('{') {
        return text.contains("\"apiVersion\"") && text.contains("\"kind\"");
    }
    let has = |key: &str| {
        text.split('\n').any(|line| {
            let line = line.strip_prefix("- ").unwrap_or(line);
            line.trim_start().strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
        })
    };
    has("apiVersion") && has("kind")
}

/// Objects of a file. `say` is whether to tell about documents that are no objects.
pub(super) fn objects(id: FileId, path: &str, text: &str, say: bool, diagnostics: &mut Vec<Diagnostic>) -> Vec<Object> {
    let limits = Limits::default();
    let mut out = Vec::new();
    let documents = if path.ends_with(".json") {
        parse_json(id, text, &limits, diagnostics).into_iter().collect()
    } else {
        let text = without_templates(id, text, diagnostics);
        parse_yaml_documents(id, &text, &limits, diagnostics)
    };
    for document in documents {
        if document.is_null() {
            continue;
        }
        let mut found = Vec::new();
        if let Some(items) = document.as_sequence() {
            found.extend(items.iter().filter(|item| is_object(item)).cloned());
        } else if is_object(&document) {
            found.push(document.clone());
        }
        if found.is_empty() && say {
            let kind = text_at(&document, &["kind"]).unwrap_or("document");
            diagnostics.push(
                Diagnostic::note(
                    "not-a-cluster-object",
                    document.span,
                    format!("this `{kind}` is no object of a cluster, so nothing is read from it"),
                )
                .help("nothing to do if it configures a tool; else give it an `apiVersion` and a `kind`"),
            );
        }
        for node in found {
            flatten(node, &mut out);
        }
    }
    out
}

/// The text with every document taken out that is a template and cannot be read as it is. Lines keep their numbers.
fn without_templates<'t>(id: FileId, text: &'t str, diagnostics: &mut Vec<Diagnostic>) -> Cow<'t, str> {
    if !text.contains("{{") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut line = 1u32;
    let mut start = 0;
    let mut rest = text;
    let mut changed = false;
    // Documents are cut at lines that start with `---`.
    while start <= text.len() && !rest.is_empty() {
        let mut end = rest.len();
        let mut at = 0;
        for piece in rest.split_inclusive('\n') {
            if at > 0 && piece.starts_with("---") {
                end = at;
                break;
            }
            at += piece.len();
        }
        let (document, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if document.contains("{{") && !readable(id, document) {
            let before = document.split("{{").next().unwrap_or("");
            let offset = u32::try_from(before.matches('\n').count()).unwrap_or(0);
            let column = u32::try_from(before.rsplit('\n').next().unwrap_or("").chars().count()).unwrap_or(0);
            diagnostics.push(
                Diagnostic::warning(
                    "needs-rendering",
                    Span::new(id, line + offset, column + 1, 2),
                    "this document is a template outside of a chart, so it is not read",
                )
                .help("render it with the tool that fills it in, such as `helm template`, and check what comes out"),
            );
            out.extend(document.matches('\n'));
            changed = true;
        } else {
            out.push_str(document);
        }
        line = line.saturating_add(u32::try_from(document.matches('\n').count()).unwrap_or(0));
        start += end;
        rest = after;
    }
    if changed { Cow::Owned(out) } else { Cow::Borrowed(text) }
}

/// Whether a document is YAML although it has `{{` in it, inside quotes say, and no key or plain value is a template.
fn readable(id: FileId, document: &str) -> bool {
    let mut problems = Vec::new();
    let nodes = parse_yaml_documents(id, document, &Limits::default(), &mut problems);
    let broken = problems.iter().any(|problem| problem.severity == Severity::Error);
    !broken && nodes.iter().all(|node| node.is_null() || is_object(node))
}
