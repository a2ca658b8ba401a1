//! Reading the files of the catalogue, strictly.

use rustc_hash::FxHashMap;
use vauban_model::resource::Text;
use vauban_model::vocabulary::{Domain, EnumId, FACTS, FactId, FactType, fact};
use vauban_model::{Diagnostic, Span, did_you_mean};
use vauban_syntax::{Fields, Kind as NodeKind, Limits, Node, parse_toml};

use super::rule::Rule;
use super::{Catalogue, Entry, Kind, Responsibility};
use crate::LibraryText;

const KEYS: &[&str] = &[
    "type",
    "title",
    "kind",
    "boundary",
    "identity",
    "technology",
    "also",
    "aliases",
    "inside",
    "part_of",
    "folds_into",
    "named",
    "facts",
    "controls",
    "entry",
    "priority",
    "rename",
    "responsibility",
    "checked",
];

pub(super) fn read(files: &[LibraryText<'_>]) -> (Catalogue, Vec<Diagnostic>) {
    let mut catalogue = Catalogue::default();
    let mut diagnostics = Vec::new();
    for file in files {
        let Some(root) = parse_toml(file.id, file.text, 0, &Limits::default(), &mut diagnostics) else { continue };
        let Some(mut fields) = Fields::new(&root, "a file of resources", &mut diagnostics) else { continue };
        for node in fields.sequence("resource", &mut diagnostics).unwrap_or_default() {
            resource(node, &mut catalogue, &mut diagnostics);
        }
        for node in fields.sequence("image", &mut diagnostics).unwrap_or_default() {
            image(node, &mut catalogue, &mut diagnostics);
        }
        fields.finish(&["resource", "image"], &mut diagnostics);
    }
    (catalogue, diagnostics)
}

fn image(node: &Node, catalogue: &mut Catalogue, diagnostics: &mut Vec<Diagnostic>) {
    let Some(mut fields) = Fields::new(node, "an image", diagnostics) else { return };
    let technology = fields.string("technology", diagnostics);
    for (name, span) in fields.strings("names", diagnostics) {
        let Some((technology, _)) = technology else { continue };
        if catalogue.images.insert(name.to_ascii_lowercase().into(), technology.into()).is_some() {
            diagnostics.push(
                Diagnostic::error("duplicate-image", span, format!("the image `{name}` is listed already"))
                    .help("list each name once"),
            );
        }
    }
    if technology.is_none() {
        diagnostics.push(
            Diagnostic::error("missing-key", fields.span(), "an image needs a `technology`")
                .help("name one of the library's technologies"),
        );
    }
    fields.finish(&["names", "technology"], diagnostics);
}

fn resource(node: &Node, catalogue: &mut Catalogue, diagnostics: &mut Vec<Diagnostic>) {
    let Some(mut fields) = Fields::new(node, "a resource type", diagnostics) else { return };
    let Some((ty, ty_span)) = fields.string("type", diagnostics) else {
        diagnostics.push(
            Diagnostic::error("missing-key", fields.span(), "a resource type needs its `type`")
                .help("write the type in Terraform's word, or `k8s:Kind`"),
        );
        return;
    };
    let kind = fields.string("kind", diagnostics);
    let Some(kind) = kind.and_then(|(word, span)| {
        let found = Kind::ALL.into_iter().find(|kind| kind.as_str() == word);
        if found.is_none() {
            diagnostics.push(unknown("kind", word, span, Kind::ALL.iter().map(|kind| kind.as_str())));
        }
        found
    }) else {
        if kind.is_none() {
            diagnostics.push(
                Diagnostic::error("missing-key", ty_span, format!("`{ty}` needs a `kind`"))
                    .help("say what becomes of it: `process`, `data-store`, `part`, `glue`, …"),
            );
        }
        return;
    };
    let boundary = word_of(&mut fields, "boundary", fact::BOUNDARY_KIND, diagnostics);
    let identity = word_of(&mut fields, "identity", fact::IDENTITY_KIND, diagnostics);
    let texts = |fields: &mut Fields<'_>, key: &str, diagnostics: &mut Vec<Diagnostic>| -> Vec<Box<str>> {
        fields.strings(key, diagnostics).into_iter().map(|(text, _)| text.into()).collect()
    };
    let also = rule_at(fields.take("also"), diagnostics);
    let entry = Entry {
        ty: ty.into(),
        title: fields.string("title", diagnostics).map_or_else(|| ty.into(), |(title, _)| title.into()),
        kind,
        boundary,
        identity,
        technology: texts(&mut fields, "technology", diagnostics),
        also,
        inside: texts(&mut fields, "inside", diagnostics),
        part_of: texts(&mut fields, "part_of", diagnostics),
        folds_into: texts(&mut fields, "folds_into", diagnostics),
        named: texts(&mut fields, "named", diagnostics),
        facts: facts(&mut fields, "facts", domains(kind), diagnostics),
        controls: controls(&mut fields, diagnostics),
        entry: facts(&mut fields, "entry", &[Domain::Flow], diagnostics),
        priority: fields.integer("priority", diagnostics).map_or(0, |(priority, _)| priority),
        rename: rename(&mut fields, diagnostics),
        responsibility: responsibility(&mut fields, diagnostics),
        checked: fields.string("checked", diagnostics).map_or_else(|| "unchecked".into(), |(text, _)| text.into()),
        span: ty_span,
    };
    let at = u32::try_from(catalogue.entries.len()).unwrap_or(u32::MAX);
    for (alias, span) in fields.strings("aliases", diagnostics) {
        if catalogue.by_alias.insert(alias.to_ascii_lowercase().into(), at).is_some() {
            diagnostics.push(
                Diagnostic::error("duplicate-alias", span, format!("the alias `{alias}` belongs to another type"))
                    .help("give each native type to one entry"),
            );
        }
    }
    fields.finish(KEYS, diagnostics);
    if catalogue.by_type.insert(Text::from(ty), at).is_some() {
        diagnostics.push(
            Diagnostic::error("duplicate-type", ty_span, format!("`{ty}` is described already"))
                .help("join the two entries"),
        );
    }
    catalogue.entries.push(entry);
}

/// The kinds of element whose facts an entry may state. A part may belong to anything.
fn domains(kind: Kind) -> &'static [Domain] {
    match kind {
        Kind::Process | Kind::DataStore | Kind::ExternalEntity => &[Domain::Component],
        Kind::Boundary => &[Domain::Boundary],
        Kind::Identity => &[Domain::Identity],
        Kind::Data => &[Domain::Data],
        Kind::Part | Kind::Glue => &[Domain::Component, Domain::Boundary, Domain::Identity, Domain::Data],
    }
}

fn word_of(
    fields: &mut Fields<'_>,
    key: &str,
    fact: FactId,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'static str> {
    let (word, span) = fields.string(key, diagnostics)?;
    let FactType::Enum(enumeration) = fact.definition().ty else { return None };
    let position = enumeration.parse(word);
    if position.is_none() {
        diagnostics.push(unknown(key, word, span, enumeration.definition().values.iter().copied()));
    }
    position.map(|position| enumeration.word(position))
}

fn unknown<'a>(what: &str, word: &str, span: Span, known: impl Iterator<Item = &'a str> + Clone) -> Diagnostic {
    let help = did_you_mean(word, known.clone()).map_or_else(
        || format!("known words: {}", known.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
        |meant| format!("did you mean `{meant}`?"),
    );
    Diagnostic::error("unknown-word", span, format!("`{word}` is not a {what}")).help(help)
}

fn rule_at(node: Option<&Node>, diagnostics: &mut Vec<Diagnostic>) -> Rule {
    let Some(node) = node else { return Rule::default() };
    let items = match &node.kind {
        NodeKind::Sequence(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    match Rule::parse(items.iter().filter_map(Node::as_str)) {
        Ok(rule) => rule,
        Err(error) => {
            diagnostics.push(
                Diagnostic::error("bad-rule", node.span, error)
                    .help("write `attribute -> word`, `attribute = word | word -> word`, and `else -> word` last"),
            );
            Rule::default()
        }
    }
}

fn facts(fields: &mut Fields<'_>, key: &str, on: &[Domain], diagnostics: &mut Vec<Diagnostic>) -> Vec<(FactId, Rule)> {
    let mut out = Vec::new();
    for entry in fields.mapping(key, diagnostics).unwrap_or_default() {
        let fitting = || {
            (0u16..)
                .map(FactId)
                .zip(FACTS)
                .filter(|(_, definition)| !definition.derived && definition.on.iter().any(|domain| on.contains(domain)))
        };
        let Some((id, definition)) = fitting().find(|(_, definition)| definition.id == &*entry.key) else {
            diagnostics.push(unknown("fact here", &entry.key, entry.key_span, fitting().map(|(_, d)| d.id)));
            continue;
        };
        let rule = rule_at(Some(&entry.value), diagnostics);
        for outcome in rule.outcomes() {
            check_outcome(outcome, definition.ty, entry.value.span, diagnostics);
        }
        out.push((id, rule));
    }
    out
}

fn check_outcome(outcome: &str, ty: FactType, span: Span, diagnostics: &mut Vec<Diagnostic>) {
    let fits = |enumeration: EnumId| enumeration.parse(outcome).is_some();
    match ty {
        FactType::Bool if !matches!(outcome, "yes" | "no") => {
            diagnostics.push(unknown("answer", outcome, span, ["yes", "no"].into_iter()));
        }
        FactType::Enum(enumeration) if !fits(enumeration) => {
            diagnostics.push(unknown(
                "word of the fact",
                outcome,
                span,
                enumeration.definition().values.iter().copied(),
            ));
        }
        // `none` is the empty set.
        FactType::Set(enumeration) if outcome != "none" && !fits(enumeration) => {
            diagnostics.push(unknown(
                "word of the fact",
                outcome,
                span,
                enumeration.definition().values.iter().copied(),
            ));
        }
        _ => {}
    }
}

/// The word of a rule that what was a control by default only may be none here.
pub(crate) const ASK: &str = "ask";

fn controls(fields: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Box<str>, Rule)> {
    let mut out = Vec::new();
    for entry in fields.mapping("controls", diagnostics).unwrap_or_default() {
        let rule = rule_at(Some(&entry.value), diagnostics);
        for outcome in rule.outcomes().filter(|outcome| *outcome != ASK) {
            check_outcome(outcome, FactType::Bool, entry.value.span, diagnostics);
        }
        out.push((entry.key.clone(), rule));
    }
    out
}

fn rename(fields: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> FxHashMap<Box<str>, Box<str>> {
    let mut out = FxHashMap::default();
    for entry in fields.mapping("rename", diagnostics).unwrap_or_default() {
        match entry.value.as_str() {
            Some(to) => {
                out.insert(entry.key.clone(), to.into());
            }
            None => diagnostics.push(
                Diagnostic::error("expected-text", entry.value.span, format!("`{}` is renamed to a path", entry.key))
                    .help("write the attribute's canonical path"),
            ),
        }
    }
    out
}

fn responsibility(fields: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Responsibility> {
    let node = fields.take("responsibility")?;
    let mut fields = Fields::new(node, "a line of responsibility", diagnostics)?;
    let provider = fields.string("provider", diagnostics).map(|(text, _)| text.into());
    let ours = fields.string("ours", diagnostics).map(|(text, _)| text.into());
    fields.finish(&["provider", "ours"], diagnostics);
    match (provider, ours) {
        (Some(provider), Some(ours)) => Some(Responsibility { provider, ours }),
        _ => {
            diagnostics.push(
                Diagnostic::error("missing-key", node.span, "a line of responsibility has two sides")
                    .help("say `provider` and `ours`"),
            );
            None
        }
    }
}
