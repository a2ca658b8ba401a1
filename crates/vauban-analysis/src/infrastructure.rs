//! Infrastructure as input: what was read, what it means, and the steps it permits.

use vauban_model::Diagnostic;
use vauban_model::finding::CloudStep;
use vauban_model::model::{Element, ElementRef, Model};
use vauban_model::resource::Inventory;
use vauban_model::{FileId, Span};

use crate::embedded::LoadedLibrary;

/// What was read of infrastructure, kept to answer questions about it.
#[derive(Debug)]
pub struct Infrastructure {
    /// Everything read, in the catalogue's words.
    pub inventory: Inventory,
    /// By resource: the element it became or was folded into.
    pub element_of: Vec<Option<ElementRef>>,
    /// Names in the providers' own form, such as ARNs, with the elements they name.
    pub native: Vec<(Box<str>, ElementRef)>,
}

impl Infrastructure {
    /// The element with an address, or with a native name: an ARN whose account and region may be left out, or stand as
    /// `{account_id}` or `*`. Nothing when several fit.
    pub fn element(&self, name: &str) -> Option<ElementRef> {
        if let Some(at) = self.inventory.resources.iter().position(|resource| &*resource.address == name) {
            return self.element_of.get(at).copied().flatten();
        }
        if !name.starts_with("arn:") {
            return None;
        }
        let mut found: Option<ElementRef> = None;
        for (native, element) in &self.native {
            if same_arn(native, name) {
                match found {
                    Some(known) if known != *element => return None,
                    _ => found = Some(*element),
                }
            }
        }
        found
    }
}

/// Whether two ARNs may name the same thing: parts that stand as `${…}`, `{…}`, `*` or are left out fit everything;
/// service, kind and name must be the same where both are known.
fn same_arn(one: &str, other: &str) -> bool {
    let split = |arn: &str| -> Option<(String, String, String, String)> {
        let arn = without_placeholders(arn);
        let mut parts = arn.splitn(6, ':');
        let _ = parts.next()?;
        let _partition = parts.next()?;
        Some((parts.next()?.to_owned(), parts.next()?.to_owned(), parts.next()?.to_owned(), parts.next()?.to_owned()))
    };
    let (Some(a), Some(b)) = (split(one), split(other)) else { return false };
    let loose = |a: &str, b: &str| a.is_empty() || b.is_empty() || a == b || fits(a, b) || fits(b, a);
    // `function:name` and `function/name` are both written.
    let plain = |text: &str| text.replace(':', "/");
    let (x, y) = (plain(&a.3), plain(&b.3));
    a.0 == b.0 && loose(&a.1, &b.1) && loose(&a.2, &b.2) && (x == y || fits(&x, &y) || fits(&y, &x))
}

/// The text with `*` for each `${…}` and `{…}`.
fn without_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0usize;
    for letter in text.chars() {
        match letter {
            '{' => {
                if depth == 0 {
                    if out.ends_with('$') {
                        out.pop();
                    }
                    out.push('*');
                }
                depth += 1;
            }
            '}' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            letter => out.push(letter),
        }
    }
    out
}

/// Whether a text fits a pattern in which `*` stands for anything, itself included.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = first;
    let mut any = false;
    for part in parts {
        any = true;
        last = part;
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    if any { last.is_empty() || text.ends_with(last) } else { rest.is_empty() }
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Meaning {
    pub(crate) model: Model,
    pub(crate) steps: Vec<CloudStep>,
    pub(crate) infrastructure: Infrastructure,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Says what an inventory means.
pub(crate) fn understand(
    output: vauban_infrastructure::Output,
    folder: &str,
    unfold: bool,
    library: &LoadedLibrary,
) -> Meaning {
    let name = folder.rsplit('/').next().filter(|name| !name.is_empty() && *name != ".").unwrap_or("system");
    let model = Model::new(Element::new(name, name, Span::new(FileId(0), 1, 1, 0)));
    let _ = (unfold, library);
    Meaning {
        model,
        steps: Vec::new(),
        infrastructure: Infrastructure { inventory: output.inventory, element_of: Vec::new(), native: Vec::new() },
        diagnostics: output.diagnostics,
    }
}
