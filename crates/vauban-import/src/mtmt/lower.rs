//! What a `.tm7` file means in our vocabulary.
//!
//! | tool | here |
//! |---|---|
//! | `StencilEllipse` | component, process |
//! | `StencilParallelLines` | component, data store |
//! | `StencilRectangle` | component, external entity; an annotation (`GE.A`) becomes a note |
//! | `BorderBoundary` | trust boundary with an inside |
//! | `LineBoundary` | trust boundary without one; flows that cross the curve as drawn say so |
//! | `Connector` | data flow; a two-way flow is two connectors |
//! | stencil | technology, or protocol of a flow |
//! | `Out Of Scope` and its reason | out of scope |
//! | threat | recorded threat on the flow and its ends, with state, justification, priority |
//! | other attributes that somebody chose | remarks, by their label |
//!
//! Attributes of the SDL template that say what ours say become facts: `providesConfidentiality`, `Encrypted`,
//! `storesCredentials`, `storesLogData`. Classes decide what a thing is, because templates may rename all else.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::model::{Assumption, Element, ElementRef, Fact, Origin, OutOfScope, Value};
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_model::{Diagnostic, Span};

use super::generate::{Generated, generate};
use super::knowledge_base::{KnowledgeBase, field};
use super::raw::{Instance, NOTHING, Property, Surface, Thing, instances, surfaces};
use crate::draft::{Draft, Space, State, blank_threat, narrow, one_line, slug};
use crate::extras::keep;
use crate::log::{Log, short};
use crate::prose::symbol_said;
use crate::sketch::{BoundaryLine, Connector, Curve, Drawn, End, Page, Role, Shape, Sketch, annotation, settle};
use crate::technologies::Technologies;
use crate::xml::{Xml, child, children};
use crate::{EmbeddedThreat, Format, Imported};

const FORMAT: Format = Format::MicrosoftThreatModelingTool;
/// Longest part of a text of the tool that becomes an id.
const ID_WORDS: usize = 60;
/// How far a loose end may be from what it was meant to touch: the tool's own ports reach about this far.
const REACH: f64 = 12.0;

/// Reads a model.
pub(super) fn lower(xml: &Xml<'_>, mut log: Log) -> Imported {
    let root = xml.root();
    let surfaces = surfaces(root, xml);
    let base = child(root, "KnowledgeBase").map(|node| KnowledgeBase::read(node, xml, &mut log));
    let instances = instances(root, xml);
    let meta = child(root, "MetaInformation");
    let said = |name: &str| meta.map(|meta| field(meta, name)).unwrap_or_default().trim().to_owned();
    let name = said("ThreatModelName");
    let title = if name.is_empty() { surfaces.first().map_or(String::new(), |first| first.name.clone()) } else { name };
    let title = if title.trim().is_empty() { "System".to_owned() } else { one_line(&title) };
    let mut system = Element::new(slug(&title, "system"), title, xml.span(root));
    system.description = said("HighLevelSystemDescription").into();
    system.owner = Some(said("Owner")).filter(|owner| !owner.is_empty()).map(Into::into);
    for (key, value) in [("reviewer", said("Reviewer")), ("contributors", said("Contributors"))] {
        if !value.is_empty() {
            keep(&mut system.extras, FORMAT, key, value);
        }
    }
    if let Some(base) = &base {
        keep(&mut system.extras, FORMAT, "template", format!("{} {}", base.name, base.version).trim());
    }
    let mut draft = Draft::new(FORMAT, system, log);
    let span = meta.map_or_else(|| xml.span(root), |meta| xml.span(meta));
    about(&mut draft, &said("Assumptions"), &said("ExternalDependencies"), span);
    for note in child(root, "Notes").into_iter().flat_map(|notes| children(notes, "Note")) {
        let heading = [field(note, "AddedBy"), field(note, "Date")].join(", ");
        let heading = heading.trim_matches([',', ' ']).to_owned();
        draft.note("note", &heading, field(note, "Message").trim(), xml.span(note));
    }
    complaints(&mut draft, root, xml);
    if surfaces.is_empty() {
        draft.log.push(
            Diagnostic::warning("import-empty", xml.span(root), "the file has no diagram")
                .help("draw one in the tool and save it again"),
        );
    }

    let pages: Vec<Page> = surfaces.iter().map(|surface| page(&mut draft, surface)).collect();
    let known = settle(&mut draft, Sketch { pages });
    let mut elements: FxHashMap<&str, ElementRef> = FxHashMap::default();
    for (surface, page) in surfaces.iter().zip(&known) {
        for thing in surface.borders.iter().chain(&surface.lines) {
            if let Some(element) = page.get(&thing.guid) {
                elements.entry(&thing.guid).or_insert(*element);
                data(&mut draft, *element, thing);
            }
        }
    }
    for instance in &instances {
        record(&mut draft, instance, base.as_ref(), &elements);
    }
    // The tool generates only where this says so; a file whose list was written by hand or by a script, or to which
    // threats were added, says no, or nothing. Who wants the file's own rules run wants them run there as well.
    let generates = field(root, "ThreatGenerationEnabled").trim().eq_ignore_ascii_case("true");
    let mut embedded = match &base {
        Some(base) => run(&mut draft, base, &surfaces, &instances, &elements, generates),
        None => Vec::new(),
    };
    if !generates {
        if !embedded.is_empty() {
            let message =
                "threat generation is switched off in the file; with `--library embedded`, its rules run all the same";
            let span = child(root, "ThreatGenerationEnabled").unwrap_or(root);
            draft.log.push(Diagnostic::note("import-generation-off", xml.span(span), message));
        }
        let listed: FxHashSet<Box<str>> = embedded.iter().map(|one| one.native_key.clone()).collect();
        let others = instances.iter().filter(|instance| !listed.contains(&*instance.key));
        embedded.extend(others.map(|instance| as_recorded(instance, base.as_ref(), &elements)));
    }
    let mut imported = draft.finish();
    imported.embedded = embedded;
    imported.embedded_rules = base.as_ref().map_or(0, |base| base.threats.len());
    imported
}

/// A template without a model: its threat types, and nothing drawn.
pub(super) fn lower_template(xml: &Xml<'_>, mut log: Log) -> Imported {
    let base = KnowledgeBase::read(xml.root(), xml, &mut log);
    let name = if base.name.is_empty() { "Template".to_owned() } else { one_line(&base.name) };
    let span = xml.span(xml.root());
    let message = format!(
        "this is a template with {} stencils and {} kinds of threat, not a model",
        base.types.len(),
        base.threats.len()
    );
    log.push(
        Diagnostic::warning("import-template", span, message)
            .help("draw a model with it in the tool and read that file; its threats come along"),
    );
    let mut system = Element::new(slug(&name, "system"), name, span);
    for (key, value) in [("template-id", base.id), ("template-version", base.version)] {
        if !value.is_empty() {
            keep(&mut system.extras, FORMAT, key, value);
        }
    }
    Draft::new(FORMAT, system, log).finish()
}

/// What the tool's own form says beside the name.
fn about(draft: &mut Draft, assumptions: &str, dependencies: &str, span: Span) {
    // One form field; people write a line for each.
    for line in assumptions.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let id = slug(&line.chars().take(ID_WORDS).collect::<String>(), "assumption");
        let taken = draft.model.assumptions.iter().filter(|known| *known.id == *id).count();
        let id = if taken == 0 { id } else { format!("{id}-{}", draft.model.assumptions.len() + 1) };
        let assumption = Assumption { id: id.into(), text: line.into(), about: Vec::new(), owner: None, span };
        draft.model.assumptions.push(assumption);
    }
    if !dependencies.is_empty() {
        draft.note("note", "External dependencies", dependencies, span);
    }
}

/// What the tool itself complains about.
fn complaints(draft: &mut Draft, root: roxmltree::Node<'_, '_>, xml: &Xml<'_>) {
    for validation in child(root, "Validations").into_iter().flat_map(|list| children(list, "Validation")) {
        let message = field(validation, "Message");
        if !message.trim().is_empty() && !field(validation, "Enabled").eq_ignore_ascii_case("false") {
            let message = format!("the tool itself says: {}", one_line(&message));
            draft.log.group(Diagnostic::note("import-tool-says", xml.span(validation), message));
        }
    }
}

/// One diagram as a sketch.
fn page(draft: &mut Draft, surface: &Surface) -> Page {
    let mut page = Page {
        id: String::new(),
        name: surface.name.clone(),
        shapes: Vec::new(),
        lines: Vec::new(),
        connectors: Vec::new(),
        reach: REACH,
        span: surface.span,
    };
    for thing in &surface.borders {
        let kind = match &*thing.class {
            "StencilEllipse" => Some("process"),
            "StencilParallelLines" => Some("data-store"),
            "StencilRectangle" if thing.generic_type_id == "GE.A" => None,
            "StencilRectangle" => Some("external-entity"),
            "BorderBoundary" => {
                let mut drawn = drawn(thing);
                boundary_kind(&mut drawn, thing);
                page.shapes.push(Shape { drawn, role: Role::Zone, rect: thing.rect, parent: None });
                continue;
            }
            "StencilAnnotation" => None,
            class => {
                let message = format!("`{}` is no class that the tool draws; it is read as a component", short(class));
                draft.log.group(Diagnostic::warning("import-unknown-value", thing.span, message));
                page.shapes.push(Shape { drawn: drawn(thing), role: Role::Component, rect: thing.rect, parent: None });
                continue;
            }
        };
        let Some(kind) = kind else {
            annotation(draft, &surface.name, thing.name(), thing.span);
            continue;
        };
        let mut drawn = drawn(thing);
        word(&mut drawn, fact::KIND, kind, thing.span);
        technology(&mut drawn, thing);
        component_facts(&mut drawn, thing);
        page.shapes.push(Shape { drawn, role: Role::Component, rect: thing.rect, parent: None });
    }
    for thing in &surface.lines {
        let [from, handle, to] = thing.points;
        match &*thing.class {
            "LineBoundary" => {
                let mut drawn = drawn(thing);
                boundary_kind(&mut drawn, thing);
                let points = thing.points.iter().flatten().copied().collect();
                page.lines.push(BoundaryLine { drawn, points, curve: Curve::Handle });
            }
            class => {
                if class != "Connector" {
                    let message = format!("`{}` is no line that the tool draws; it is read as a flow", short(class));
                    draft.log.group(Diagnostic::warning("import-unknown-value", thing.span, message));
                }
                let mut drawn = drawn(thing);
                flow_facts(&mut drawn, thing);
                let end = |guid: &str, point| End {
                    on: Some(guid.to_owned()).filter(|it| it != NOTHING && !it.is_empty()),
                    point,
                };
                page.connectors.push(Connector {
                    drawn,
                    source: end(&thing.source, from),
                    target: end(&thing.target, to),
                    bends: handle.into_iter().collect(),
                    curve: Curve::Handle,
                });
            }
        }
    }
    page
}

/// What all drawn things have in common.
fn drawn(thing: &Thing) -> Drawn {
    let mut drawn = Drawn::at(thing.span);
    drawn.native.clone_from(&thing.guid);
    thing.name().clone_into(&mut drawn.name);
    drawn.out_of_scope = thing.out_of_scope().map(|reason| OutOfScope { reason: reason.into(), span: thing.span });
    keep(&mut drawn.extras, FORMAT, "type", &*thing.type_id);
    for property in thing.chosen() {
        let label = if property.label.trim().is_empty() { &property.name } else { &property.label };
        keep(&mut drawn.extras, FORMAT, &one_line(label), &*property.value);
    }
    drawn
}

fn word(drawn: &mut Drawn, id: FactId, word: &str, span: Span) {
    if let Some(symbol) = symbol_said(id, word) {
        drawn.facts.push(Fact { id, value: Value::Symbol(symbol), origin: Origin::Imported, span });
    }
}

/// The stencil as a technology. The generic ones say nothing; a name that the library lacks is only a remark.
fn technology(drawn: &mut Drawn, thing: &Thing) {
    let stencil = one_line(thing.stencil());
    let generic = thing.type_id == thing.generic_type_id || stencil.is_empty();
    if generic {
        return;
    }
    keep(&mut drawn.extras, FORMAT, "stencil", &*stencil);
    // A template calls its stencils as it likes; a name that means nothing here is a remark and no technology.
    let name = slug(&stencil, "");
    if Technologies::all().known(&name).is_none() {
        return;
    }
    let words: Box<[Box<str>]> = [name.into()].into();
    let (origin, span) = (Origin::Imported, thing.span);
    drawn.facts.push(Fact { id: fact::TECHNOLOGY, value: Value::Words(words), origin, span });
}

/// A yes or no that somebody chose. The values are words of the template, so only these two are understood.
fn answer(thing: &Thing, name: &str) -> Option<(bool, Span)> {
    let property: &Property = thing.properties.iter().find(|property| property.name == name)?;
    match property.value.trim() {
        "Yes" => Some((true, property.span)),
        "No" => Some((false, property.span)),
        _ => None,
    }
}

fn component_facts(drawn: &mut Drawn, thing: &Thing) {
    if let Some((yes, span)) = answer(thing, "Encrypted") {
        word(drawn, fact::ENCRYPTION_AT_REST, if yes { "service-key" } else { "none" }, span);
    }
}

fn flow_facts(drawn: &mut Drawn, thing: &Thing) {
    // `SE.DF.TMCore.HTTPS`: the last part of the stencil's id is the protocol.
    let last = thing.type_id.rsplit('.').next().unwrap_or_default().to_lowercase();
    let protocol = match &*last {
        "namedpipe" | "alpc" | "ioctl" => "inter-process",
        other => other,
    };
    if thing.type_id.starts_with("SE.DF.") {
        word(drawn, fact::PROTOCOL, protocol, thing.span);
    }
    if let Some((yes, span)) = answer(thing, "providesConfidentiality") {
        // Static attributes repeat what the protocol says; a tick says only that there is encryption.
        word(drawn, fact::ENCRYPTION, if yes { "tls" } else { "none" }, span);
    }
}

/// What kind of boundary a stencil of the public templates stands for.
fn boundary_kind(drawn: &mut Drawn, thing: &Thing) {
    let id = thing.type_id.to_lowercase();
    let last = id.rsplit('.').next().unwrap_or_default();
    let kind = match last {
        "internet" => "internet",
        "corpnet" => "network",
        "machine" => "host",
        "kernel" | "appcontainer" | "sandbox" | "ieb" | "nonieb" => "execution-environment",
        "azuretrustboundary" => "cloud-account",
        "azureiaasvmtrustboundary" => "host",
        _ => return,
    };
    word(drawn, fact::BOUNDARY_KIND, kind, thing.span);
}

/// Data assets that a ticked attribute of a store stands for.
fn data(draft: &mut Draft, target: ElementRef, thing: &Thing) {
    if target.domain != Domain::Component {
        return;
    }
    for (attribute, kind, name) in
        [("storesCredentials", "credentials", "Credentials in"), ("storesLogData", "audit-log", "Log in")]
    {
        let Some((true, span)) = answer(thing, attribute) else { continue };
        let holder = draft.model.name(target).to_owned();
        let id = draft
            .unique_id(Space::Element(Domain::Data), &format!("{}-{}", slug(name, "data"), draft.model.id(target)));
        let mut data = Element::new(id, format!("{name} {holder}"), span);
        data.state_set(fact::DATA_KINDS, &[kind], span);
        let index = narrow(draft.model.data.len());
        draft.model.data.push(data);
        if let Some(element) = draft.model.get_mut(target) {
            let mut references = element.references(fact::STORES).to_vec();
            references.push(index);
            element.state_references(fact::STORES, references, span);
        }
    }
}

/// A threat of the file, as it stands there.
fn record(
    draft: &mut Draft,
    instance: &Instance,
    base: Option<&KnowledgeBase>,
    elements: &FxHashMap<&str, ElementRef>,
) {
    let mut threat = blank_threat(instance.span);
    threat.title = one_line(instance.value("Title")).into();
    let mut about = Vec::new();
    for guid in [&instance.flow, &instance.source, &instance.target] {
        if let Some(element) = elements.get(&**guid).filter(|element| !about.contains(*element)) {
            about.push(*element);
        }
    }
    let on = about.first().map(|element| draft.model.id(*element).to_owned());
    let wanted = match &on {
        Some(on) => format!("{}@{on}", instance.type_id),
        None => instance.type_id.clone(),
    };
    threat.id = draft.unique_id(Space::Threat, if wanted.is_empty() { "threat" } else { &wanted });
    threat.description = instance.value("UserThreatDescription").trim().into();
    let category = category(instance, base);
    threat.categories = Some(category).filter(|it| !it.is_empty()).map(Into::into).into_iter().collect();
    threat.elements = about;
    let priority = instance.value("Priority").trim();
    threat.severity = if priority.is_empty() { instance.priority.trim() } else { priority }.into();
    threat.status = instance.state.as_str().into();
    threat.mitigation = without_tags(instance.value("PossibleMitigations")).into();
    let taken = [
        "Title",
        "UserThreatDescription",
        "UserThreatCategory",
        "Priority",
        "PossibleMitigations",
        "InteractionString",
    ];
    for (key, value) in &instance.values {
        let key = if key == "StateInformation" { "justification" } else { key };
        if !taken.contains(&key) && !value.trim().is_empty() {
            keep(&mut threat.extras, FORMAT, key, value.trim());
        }
    }
    for (key, value) in [
        ("id", &instance.id),
        ("key", &instance.key),
        ("changed-by", &instance.changed_by),
        ("changed", &instance.modified),
    ] {
        if !value.trim().is_empty() {
            keep(&mut threat.extras, FORMAT, key, value.trim());
        }
    }
    if instance.wide.eq_ignore_ascii_case("true") {
        keep(&mut threat.extras, FORMAT, "wide", "true");
    }
    draft.model.recorded_threats.push(threat);
}

/// Runs the file's own knowledge base, and says which recorded threats it would not list any more.
fn run(
    draft: &mut Draft,
    base: &KnowledgeBase,
    surfaces: &[Surface],
    instances: &[Instance],
    elements: &FxHashMap<&str, ElementRef>,
    generates: bool,
) -> Vec<EmbeddedThreat> {
    let (generated, complete) = generate(base, surfaces);
    if !complete {
        let message = "the template has too many threat types for so many flows; the rest of its threats is left out";
        draft.log.push(Diagnostic::new(vauban_model::Severity::Warning, "import-too-large", None, message.to_owned()));
    }
    let recorded: FxHashMap<&str, &Instance> = instances.iter().map(|instance| (&*instance.key, instance)).collect();
    let keys: FxHashSet<String> = generated.iter().map(Generated::key).collect();
    let kinds: FxHashSet<&str> = base.threats.iter().map(|kind| &*kind.id).collect();
    for instance in instances.iter().filter(|instance| generates && complete && !keys.contains(&instance.key)) {
        let by_hand = !kinds.contains(&*instance.type_id);
        if by_hand {
            continue;
        }
        let title = one_line(instance.value("Title"));
        let message = format!(
            "the threat {} `{}` is stale: the template does not list it for the diagram as it is now",
            instance.id,
            short(&title)
        );
        draft.log.push(
            Diagnostic::note("import-stale-threat", instance.span, message)
                .help("it was kept; drop it in the tool if the flow or its ends were changed on purpose"),
        );
    }
    generated.into_iter().map(|one| embedded(one, base, &recorded, elements)).collect()
}

/// A threat of a file whose list the tool does not generate.
fn as_recorded(
    instance: &Instance,
    base: Option<&KnowledgeBase>,
    elements: &FxHashMap<&str, ElementRef>,
) -> EmbeddedThreat {
    let find = |guid: &str| elements.get(guid).copied();
    let said = |name: &str| instance.value(name).trim();
    EmbeddedThreat {
        kind: instance.type_id.as_str().into(),
        title: one_line(said("Title")).into(),
        description: said("UserThreatDescription").into(),
        category: category(instance, base).into(),
        category_id: base
            .and_then(|base| base.threats.iter().find(|kind| kind.id == instance.type_id))
            .map_or_else(Box::default, |kind| kind.category.as_str().into()),
        flow: find(&instance.flow),
        source: find(&instance.source),
        target: find(&instance.target),
        priority: if said("Priority").is_empty() { instance.priority.trim() } else { said("Priority") }.into(),
        state: instance.state.as_str().into(),
        justification: said("StateInformation").into(),
        mitigation: without_tags(said("PossibleMitigations")).into(),
        because: Vec::new(),
        filter: Box::default(),
        span: instance.span,
        kind_span: instance.span,
        native_key: instance.key.as_str().into(),
    }
}

/// The category's name: the threat's own, or that of its kind.
fn category(instance: &Instance, base: Option<&KnowledgeBase>) -> String {
    match instance.value("UserThreatCategory").trim() {
        "" => base
            .and_then(|base| base.threats.iter().find(|kind| kind.id == instance.type_id).map(|kind| (base, kind)))
            .and_then(|(base, kind)| base.categories.get(&kind.category).cloned())
            .unwrap_or_default(),
        said => said.to_owned(),
    }
}

fn embedded(
    one: Generated<'_>,
    base: &KnowledgeBase,
    recorded: &FxHashMap<&str, &Instance>,
    elements: &FxHashMap<&str, ElementRef>,
) -> EmbeddedThreat {
    let key = one.key();
    let instance = recorded.get(&*key);
    let preset = |name: &str| {
        one.kind.values.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim()).filter(|it| !it.is_empty())
    };
    let said = |name: &str| instance.map(|instance| instance.value(name).trim()).filter(|it| !it.is_empty());
    let find = |thing: &Thing| elements.get(&*thing.guid).copied();
    EmbeddedThreat {
        kind: one.kind.id.as_str().into(),
        title: one_line(&one.filled(&one.kind.title)).into(),
        description: one.filled(&one.kind.description).trim().into(),
        category: base
            .categories
            .get(&one.kind.category)
            .map_or_else(|| one.kind.category.as_str().into(), |name| name.as_str().into()),
        category_id: one.kind.category.as_str().into(),
        flow: find(one.flow),
        source: find(one.source),
        target: find(one.target),
        // What somebody set on the threat counts first; the tool's own default is for templates that say nothing. The
        // tool writes that default into every threat: where nobody touched one, it is no word of anybody.
        priority: said("Priority")
            .or(instance
                .filter(|instance| {
                    !instance.state.eq_ignore_ascii_case("AutoGenerated") || instance.priority.trim() != "High"
                })
                .map(|instance| instance.priority.trim())
                .filter(|it| !it.is_empty()))
            .or(preset("Priority"))
            .unwrap_or("High")
            .into(),
        state: instance.map_or_else(Box::default, |instance| instance.state.as_str().into()),
        justification: said("StateInformation").unwrap_or_default().into(),
        mitigation: without_tags(said("PossibleMitigations").or(preset("PossibleMitigations")).unwrap_or_default())
            .into(),
        because: one.because.into_iter().map(Into::into).collect(),
        filter: one.kind.include.0.as_str().into(),
        span: one.flow.span,
        kind_span: one.kind.span,
        native_key: key.into(),
    }
}

/// A text of the templates without its markup: they hold links as HTML, escaped once or several times.
fn without_tags(text: &str) -> String {
    let mut plain = text.to_owned();
    for _ in 0..4 {
        let next = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        if next == plain {
            break;
        }
        plain = next;
    }
    let mut out = String::with_capacity(plain.len());
    let mut rest = plain.as_str();
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        out.push_str(before);
        let is_tag = tag.get(1..).is_some_and(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/'));
        match tag.find('>').filter(|_| is_tag) {
            Some(end) => rest = tag.get(end + 1..).unwrap_or_default(),
            None => {
                out.push('<');
                rest = tag.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    one_line(&out)
}

#[cfg(test)]
mod tests {
    use super::without_tags;

    #[test]
    fn links_of_templates_become_plain_text() {
        let text = "Use it. Refer: &lt;a href=&quot;https://x.example&quot;&gt;https://x.example&lt;/a&gt; now";
        assert_eq!(without_tags(text), "Use it. Refer: https://x.example now");
        assert_eq!(without_tags("a < b and c > d"), "a < b and c > d");
    }
}
