//! Controls: what each does, and how it is recognised when nobody states it.

use vauban_model::library::{Cloud, Control, ControlKind, ControlProof, ProofKind, RequirementRef};
use vauban_model::scale::Level;
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Fields, Limits, parse_toml};

use super::page::Page;
use super::{Library, LibraryFile};
use crate::condition::ast::Condition;
use crate::condition::parse;

/// How a control is recognised from facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControlRule {
    /// Conditions that show the control is there, by kind of element.
    pub present_when: Vec<(Domain, Condition)>,
    /// Conditions that show it is missing, by kind of element.
    pub missing_when: Vec<(Domain, Condition)>,
    /// The facts among its evidence: conditions that are true where it is in place, in the order of the page. Unlike
    /// `present_when` they decide nothing by themselves.
    pub proven_when: Vec<(Domain, Condition)>,
}

/// Conditions as written, until all names are known: kind of element, text, place.
#[derive(Clone, Debug, Default)]
pub struct RawRule {
    present_when: Vec<(Domain, Box<str>, Span)>,
    missing_when: Vec<(Domain, Box<str>, Span)>,
    /// Facts among the evidence. What kind of element they are about shows when names are known.
    proven_when: Vec<(Box<str>, Span)>,
}

/// The keys of a control's page.
const KEYS: [&str; 13] = [
    "on",
    "kind",
    "effort",
    "question",
    "cost_days",
    "d3fend",
    "attack_mitigations",
    "requirements",
    "services",
    "evidence",
    "aliases",
    "present_when",
    "missing_when",
];

/// Reads one control page.
pub fn read<'a>(
    file: &LibraryFile<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Control, RawRule, LibraryFile<'a>)> {
    let page = Page::read(file, diagnostics)?;
    let root = parse_toml(file.id, page.front, page.front_offset, &Limits::default(), diagnostics)?;
    let mut fields = Fields::new(&root, "a control", diagnostics)?;
    let id = super::threat::stem(file.path);
    let on: Vec<Domain> = fields
        .strings("on", diagnostics)
        .into_iter()
        .filter_map(|(word, span)| {
            let domain = Domain::parse(word);
            if domain.is_none() {
                diagnostics.push(Diagnostic::error(
                    "unknown-word",
                    span,
                    format!("there is no kind of element `{word}`"),
                ));
            }
            domain
        })
        .collect();
    let kinds = [ControlKind::Preventive, ControlKind::Detective, ControlKind::Corrective];
    let kind = fields.string("kind", diagnostics);
    let kind = kind.and_then(|found| super::one_of(found, "kind", &kinds.map(ControlKind::as_str), diagnostics));
    let kind = kind.map_or(ControlKind::Preventive, |at| kinds[at]);
    let effort = fields.string("effort", diagnostics);
    let effort = effort.and_then(|found| super::one_of(found, "effort", &Level::ALL.map(Level::as_str), diagnostics));
    let effort = effort.map_or(Level::Medium, |at| Level::ALL[at]);
    let question = fields.string("question", diagnostics).map_or_else(
        || format!("Is {} in place for {{element}}?", page.title.to_lowercase()),
        |(text, _)| text.to_owned(),
    );
    let boxed = |list: Vec<(&str, Span)>| list.into_iter().map(|(text, _)| Box::from(text)).collect::<Vec<Box<str>>>();
    let d3fend = boxed(fields.strings("d3fend", diagnostics));
    let aliases = boxed(fields.strings("aliases", diagnostics));
    let mut raw = RawRule::default();
    for (key, list) in [("present_when", &mut raw.present_when), ("missing_when", &mut raw.missing_when)] {
        for entry in fields.mapping(key, diagnostics).unwrap_or_default() {
            match (Domain::parse(&entry.key), entry.value.as_str()) {
                (Some(domain), Some(text)) => list.push((domain, text.into(), entry.value.span)),
                _ => diagnostics.push(
                    Diagnostic::error(
                        "library-page",
                        entry.key_span,
                        format!("`{key}` takes a condition by kind of element"),
                    )
                    .help(format!("write `{key} = {{ component = '…' }}`")),
                ),
            }
        }
    }
    let cost_days = fields.integer("cost_days", diagnostics).and_then(|found| days(found, diagnostics));
    let attack_mitigations = boxed(fields.strings("attack_mitigations", diagnostics));
    let requirements = requirements(&mut fields, diagnostics);
    let services = services(&mut fields, diagnostics);
    let evidence = proofs(&mut fields, &mut raw.proven_when, diagnostics);
    fields.finish(&KEYS, diagnostics);
    let control = Control {
        id: id.into(),
        name: page.title.into(),
        summary: page.summary.into(),
        kind,
        on,
        effort,
        question: question.into(),
        cost_days,
        d3fend,
        attack_mitigations,
        requirements,
        evidence,
        services,
        aliases,
        how: page.section("How").into(),
        file: format!("library/{}", file.path).into(),
    };
    Some((control, raw, *file))
}

/// A cost in person-days: whole, one at least.
fn days((number, span): (i64, Span), diagnostics: &mut Vec<Diagnostic>) -> Option<u32> {
    let days = u32::try_from(number).ok().filter(|days| *days > 0);
    if days.is_none() {
        let message = format!("`cost_days` cannot be `{number}`");
        diagnostics.push(Diagnostic::error("library-page", span, message).help("write whole person-days, 1 or more"));
    }
    days
}

/// The requirements that a control helps to meet. Whether they exist is the linter's business.
fn requirements(fields: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<RequirementRef> {
    let mut out = Vec::new();
    for (text, span) in fields.strings("requirements", diagnostics) {
        match RequirementRef::parse(text) {
            Some(reference) => out.push(reference),
            None => diagnostics.push(
                Diagnostic::error("library-page", span, format!("`{text}` names no framework"))
                    .help("write `framework:requirement`, such as `nist-800-53-r5:AC-2`"),
            ),
        }
    }
    out
}

/// The provider's own services for a control, by cloud.
fn services(fields: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Cloud, Box<str>)> {
    let mut out: Vec<(Cloud, Box<str>)> = Vec::new();
    for entry in fields.mapping("services", diagnostics).unwrap_or_default() {
        match (Cloud::parse(&entry.key), entry.value.as_str()) {
            (Some(cloud), Some(text)) => out.push((cloud, text.into())),
            _ => diagnostics.push(
                Diagnostic::error("library-page", entry.key_span, "`services` takes the name of a service by cloud")
                    .help("write `services = { aws = \"…\" }`; the clouds are aws, azure, gcp and kubernetes"),
            ),
        }
    }
    out.sort_by_key(|(cloud, _)| Cloud::ALL.iter().position(|known| known == cloud));
    out
}

/// The ways to see that a control is in place. The facts among them go to `facts` as well, to be compiled later.
fn proofs(
    fields: &mut Fields<'_>,
    facts: &mut Vec<(Box<str>, Span)>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<ControlProof> {
    let mut out = Vec::new();
    for node in fields.sequence("evidence", diagnostics).unwrap_or_default() {
        let Some(mut fields) = Fields::new(node, "evidence of a control", diagnostics) else { continue };
        let kind = fields.string("kind", diagnostics);
        let text = fields.string("text", diagnostics);
        fields.finish(&["kind", "text"], diagnostics);
        let (Some(kind), Some((text, span))) = (kind, text) else {
            let message = "evidence of a control needs `kind` and `text`";
            let help = "write `evidence = [{ kind = \"command\", text = \"…\" }]`";
            diagnostics.push(Diagnostic::error("missing-key", node.span, message).help(help));
            continue;
        };
        let kind = super::one_of(kind, "kind", &ProofKind::ALL.map(ProofKind::as_str), diagnostics);
        if let Some(kind) = kind.and_then(|at| ProofKind::ALL.get(at)) {
            if *kind == ProofKind::Fact {
                facts.push((text.into(), span));
            }
            out.push(ControlProof { kind: *kind, text: text.into() });
        }
    }
    out
}

/// Compiles the conditions of a control once all names are known.
pub fn compile(
    raw: &RawRule,
    file: &LibraryFile<'_>,
    library: &Library,
    diagnostics: &mut Vec<Diagnostic>,
) -> ControlRule {
    let mut compile = |list: &[(Domain, Box<str>, Span)]| {
        let mut out = Vec::new();
        for (domain, text, span) in list {
            match parse::parse(text, *domain, library) {
                Ok(condition) => out.push((*domain, condition)),
                Err(error) => {
                    diagnostics.push(super::threat::condition_error(&error, text, *span, file));
                }
            }
        }
        out
    };
    let (present_when, missing_when) = (compile(&raw.present_when), compile(&raw.missing_when));
    let proven_when: Vec<(Domain, Box<str>, Span)> =
        raw.proven_when.iter().map(|(text, span)| (subject(text), text.clone(), *span)).collect();
    ControlRule { present_when, missing_when, proven_when: compile(&proven_when) }
}

/// The kind of element that a condition is about: the first variable in it that names one. A condition without any is
/// taken to be about components, and the parser says what is wrong with it.
fn subject(text: &str) -> Domain {
    text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')
        .filter_map(|word| Domain::parse(word.split('.').next().unwrap_or("")))
        .next()
        .unwrap_or(Domain::Component)
}
