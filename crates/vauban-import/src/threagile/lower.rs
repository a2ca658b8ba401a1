//! What a Threagile model means here.
//!
//! | Threagile | here |
//! |---|---|
//! | data asset | data; needs by the tables in [`vauban_model::threagile`], the original words kept as remarks where ours differ |
//! | technical asset | component with its kind, technology, machine, encryption at rest; its own needs for confidentiality and integrity; `availability` is its criticality |
//! | `internet: true` | `internet_facing`; a client without a boundary is put into an untrusted boundary `internet` |
//! | `internet: false` | a remark: Threagile says it of load balancers that the internet reaches as well |
//! | communication link | flow, id `source-id>title-in-kebab` as Threagile computes it |
//! | `vpn: true` | encryption `vpn` where the protocol is plain or unknown, else a remark |
//! | `vpn: false` | encryption `none` where Threagile counts the protocol as plain, else a remark |
//! | an empty list of data or formats | a statement: none. A missing one is unknown |
//! | trust boundary | boundary with its kind; no trust, as Threagile states none |
//! | shared runtime, abuse case | the same |
//! | question, requirement, overview, summary comment, picture | note |
//! | risk found by hand | recorded threat, id as Threagile computes it |
//! | risk tracking | decision |
//!
//! Every other `false` is a statement: Threagile makes people write it.

use vauban_model::model::{
    AbuseCase, Boundary, Component, Element, ElementRef, Flow, OutOfScope, RecordedThreat, SharedRuntime,
};
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_model::{Diagnostic, FileId, Severity, Span};

use super::raw;
use crate::draft::{Draft, Space, State, beginning, blank_threat, break_cycles, element, narrow, one_line, slug};
use crate::extras::{Extras, keep, keep_node, keep_text, text_of};
use crate::log::{Log, short};
use crate::raw::{List, Map, Text, entries, items, or_empty, texts};
use crate::{Format, Imported, ImportedDecision};
use vauban_model::threagile::{self as words, Protection, Table, translate};

const FORMAT: Format = Format::Threagile;

/// Builds the model.
pub(super) fn lower(raw: Option<&raw::Model<'_>>, place: Option<Span>, mut log: Log) -> Imported {
    let Some(raw) = raw else {
        if !log.has_errors() {
            log.push(Diagnostic::new(Severity::Error, "import-empty", place, "there is no model in this file"));
        }
        let span = place.unwrap_or(beginning(FileId(0)));
        return Draft::new(FORMAT, Element::new("imported-model", "Imported model", span), log).finish();
    };
    let title = raw.title.and_then(Text::given);
    if title.is_none() {
        log.push(
            Diagnostic::warning("import-missing-title", raw.at.node.span, "the model has no title")
                .help("write `title: …` at the top"),
        );
    }
    let name = title.map_or_else(|| "Imported model".to_owned(), |title| one_line(title.text));
    let system = Element::new(slug(&name, "imported-model"), name, raw.at.node.span);
    let mut draft = Draft::new(FORMAT, system, log);
    overview(&mut draft, raw);
    data_assets(&mut draft, raw.data_assets.as_ref());
    for link in technical_assets(&mut draft, raw.technical_assets.as_ref()) {
        communication_link(&mut draft, link);
    }
    trust_boundaries(&mut draft, raw.trust_boundaries.as_ref());
    internet(&mut draft, raw.technical_assets.as_ref());
    shared_runtimes(&mut draft, raw.shared_runtimes.as_ref());
    stories(&mut draft, raw);
    risk_categories(&mut draft, raw);
    risk_tracking(&mut draft, raw.risk_tracking.as_ref());
    draft.finish()
}

/// The system itself: what is said about all of it.
fn overview(draft: &mut Draft, raw: &raw::Model<'_>) {
    let mut extras = Extras::new();
    keep_text(&mut extras, FORMAT, "threagile_version", raw.threagile_version);
    keep_text(&mut extras, FORMAT, "date", raw.date);
    keep_node(&mut extras, FORMAT, "author", raw.author);
    keep_node(&mut extras, FORMAT, "contributors", raw.contributors);
    keep_node(&mut extras, FORMAT, "includes", raw.includes);
    if let Some(tags) = &raw.tags_available
        && !tags.items.is_empty()
    {
        let tags: Vec<&str> = tags.items.iter().map(|tag| tag.text).collect();
        keep(&mut extras, FORMAT, "tags_available", tags.join(", "));
    }
    for (key, value) in [
        ("diagram_tweak_nodesep", raw.diagram_tweak_nodesep),
        ("diagram_tweak_ranksep", raw.diagram_tweak_ranksep),
        ("diagram_tweak_edge_layout", raw.diagram_tweak_edge_layout),
        ("diagram_tweak_suppress_edge_labels", raw.diagram_tweak_suppress_edge_labels),
        ("diagram_tweak_layout_left_to_right", raw.diagram_tweak_layout_left_to_right),
        ("diagram_tweak_invisible_connections_between_assets", raw.diagram_tweak_invisible_connections),
        ("diagram_tweak_same_rank_assets", raw.diagram_tweak_same_rank_assets),
    ] {
        keep_node(&mut extras, FORMAT, key, value);
    }
    draft.keep_rest(&mut extras, &raw.at);

    let mut system = draft.model.system.clone();
    word(
        draft,
        &mut system,
        &mut extras,
        Words::of("business_criticality", fact::CRITICALITY, words::CRITICALITY),
        raw.business_criticality,
    );
    if let Some(overview) = &raw.application_description {
        system.description = or_empty(overview.description);
        pictures(draft, overview, &mut extras, "application_description.");
    }
    if let Some(overview) = &raw.business_overview {
        draft.model.business_context = or_empty(overview.description);
        pictures(draft, overview, &mut extras, "business_overview.");
    }
    if let Some(overview) = &raw.technical_overview {
        if let Some(text) = overview.description {
            draft.note("technical-overview", "Technical overview", text.text, text.span);
        }
        pictures(draft, overview, &mut extras, "technical_overview.");
    }
    if let Some(text) = raw.management_summary_comment {
        draft.note("management-summary", "Management summary", text.text, text.span);
    }
    system.extras = extras;
    draft.model.system = system;
}

/// The pictures of an overview: each is a mapping of file name to title.
fn pictures(draft: &mut Draft, overview: &raw::Overview<'_>, extras: &mut Extras, part: &str) {
    for image in items(overview.images.as_ref()) {
        match image.as_mapping() {
            Some(entries) => {
                for entry in entries {
                    draft.note("picture", &text_of(&entry.value), &entry.key, entry.key_span);
                }
            }
            None => draft.note("picture", "", &text_of(image), image.span),
        }
    }
    draft.keep_rest_under(extras, part, &overview.at);
}

fn data_assets(draft: &mut Draft, assets: Option<&Map<'_, raw::DataAsset<'_>>>) {
    for (title, asset) in entries(assets) {
        let Some(asset) = asset else {
            empty(draft, *title, "data asset");
            continue;
        };
        let mut data = named(draft, Domain::Data, asset.id, *title, "the data asset");
        let mut extras = Extras::new();
        data.description = or_empty(asset.description);
        data.owner = asset.owner.and_then(Text::given).map(|owner| owner.text.into());
        data.tags = texts(asset.tags.as_ref());
        word(draft, &mut data, &mut extras, Words::of("usage", fact::USAGE, words::USAGE), asset.usage);
        word(draft, &mut data, &mut extras, Words::of("quantity", fact::VOLUME, words::QUANTITY), asset.quantity);
        let confidentiality = Words::of("confidentiality", fact::CLASSIFICATION, words::CONFIDENTIALITY);
        word(draft, &mut data, &mut extras, confidentiality, asset.confidentiality);
        let integrity = Words::of("integrity", fact::INTEGRITY, words::CRITICALITY);
        word(draft, &mut data, &mut extras, integrity, asset.integrity);
        let availability = Words::of("availability", fact::AVAILABILITY, words::CRITICALITY);
        word(draft, &mut data, &mut extras, availability, asset.availability);
        keep_text(&mut extras, FORMAT, "origin", asset.origin);
        keep_text(&mut extras, FORMAT, "justification_cia_rating", asset.justification_cia_rating);
        draft.keep_rest(&mut extras, &asset.at);
        data.extras = extras;
        let index = draft.model.data.len();
        draft.register(Domain::Data, asset.id, &data.id, index);
        draft.model.data.push(data);
    }
}

/// A flow waiting for all components to be known.
struct Link<'r, 'a> {
    source: u32,
    title: Text<'a>,
    link: Option<&'r raw::CommunicationLink<'a>>,
}

fn technical_assets<'r, 'a>(
    draft: &mut Draft,
    assets: Option<&'r Map<'a, raw::TechnicalAsset<'a>>>,
) -> Vec<Link<'r, 'a>> {
    let mut links = Vec::new();
    for (title, asset) in entries(assets) {
        let Some(asset) = asset else {
            empty(draft, *title, "technical asset");
            continue;
        };
        let mut component = named(draft, Domain::Component, asset.id, *title, "the technical asset");
        technical_asset(draft, asset, &mut component);
        let index = draft.model.components.len();
        draft.register(Domain::Component, asset.id, &component.id, index);
        draft.model.components.push(Component { element: component, boundary: None, parent: None });
        let source = narrow(index);
        links.extend(entries(asset.communication_links.as_ref()).map(|(title, link)| Link {
            source,
            title: *title,
            link: link.as_ref(),
        }));
    }
    links
}

fn technical_asset(draft: &mut Draft, asset: &raw::TechnicalAsset<'_>, component: &mut Element) {
    let mut extras = Extras::new();
    let by = format!("the technical asset `{}`", short(&component.id));
    component.description = or_empty(asset.description);
    component.owner = asset.owner.and_then(Text::given).map(|owner| owner.text.into());
    component.tags = texts(asset.tags.as_ref());
    match (asset.out_of_scope, asset.justification_out_of_scope.and_then(Text::given)) {
        (Some(out), reason) if out.value => {
            let reason = reason.map_or_else(Box::default, |reason| reason.text.into());
            component.out_of_scope = Some(OutOfScope { reason, span: out.span });
        }
        (_, reason) => keep_text(&mut extras, FORMAT, "justification_out_of_scope", reason),
    }

    word(draft, component, &mut extras, Words::of("type", fact::KIND, words::KIND), asset.kind);
    technologies(draft, asset, component, &mut extras);
    word(draft, component, &mut extras, Words::of("machine", fact::MACHINE, words::MACHINE), asset.machine);
    let encryption = Words::of("encryption", fact::ENCRYPTION_AT_REST, words::ENCRYPTION);
    word(draft, component, &mut extras, encryption, asset.encryption);
    component.state_flag(fact::USED_BY_PEOPLE, asset.used_as_client_by_human);
    component.state_flag(fact::MULTI_TENANT, asset.multi_tenant);
    component.state_flag(fact::REDUNDANT, asset.redundant);
    component.state_flag(fact::CUSTOM_CODE, asset.custom_developed_parts);
    match asset.internet {
        Some(internet) if internet.value => component.state_flag(fact::INTERNET_FACING, Some(internet)),
        Some(_) => keep(&mut extras, FORMAT, "internet", "false"),
        None => {}
    }
    if let Some(list) = &asset.data_assets_processed {
        let found = draft.resolve_all(Domain::Data, list, &by);
        component.state_references(fact::HANDLES, found, list.span);
    }
    if let Some(list) = &asset.data_assets_stored {
        let found = draft.resolve_all(Domain::Data, list, &by);
        component.state_references(fact::STORES, found, list.span);
    }
    if let Some(list) = &asset.data_formats_accepted {
        formats(draft, list, component, &mut extras);
    }
    let criticality = Words::of("availability", fact::CRITICALITY, words::CRITICALITY);
    word(draft, component, &mut extras, criticality, asset.availability);
    let confidentiality = Words::of("confidentiality", fact::CLASSIFICATION, words::CONFIDENTIALITY);
    word(draft, component, &mut extras, confidentiality, asset.confidentiality);
    let integrity = Words::of("integrity", fact::INTEGRITY, words::CRITICALITY);
    word(draft, component, &mut extras, integrity, asset.integrity);
    keep_text(&mut extras, FORMAT, "justification_cia_rating", asset.justification_cia_rating);
    keep_text(&mut extras, FORMAT, "usage", asset.usage);
    keep_text(&mut extras, FORMAT, "size", asset.size);
    keep_node(&mut extras, FORMAT, "diagram_tweak_order", asset.diagram_tweak_order);
    draft.keep_rest(&mut extras, &asset.at);
    component.extras = extras;
}

/// Technologies: known words in ours, words of the user's own as they stand, words that say nothing as remarks.
fn technologies(draft: &mut Draft, asset: &raw::TechnicalAsset<'_>, component: &mut Element, extras: &mut Extras) {
    let several = asset.technologies.iter().flat_map(|list| list.items.iter().copied());
    let stated: Vec<Text<'_>> = asset.technology.into_iter().chain(several).filter_map(Text::given).collect();
    let mut names: Vec<Box<str>> = Vec::new();
    let mut originals: Vec<&str> = Vec::new();
    for technology in &stated {
        let normal = technology.text.to_lowercase().replace(['_', ' '], "-");
        if words::NO_TECHNOLOGY.contains(&&*normal) {
            originals.push(technology.text);
            continue;
        }
        let name = match translate(words::TECHNOLOGY, &normal) {
            Some(ours) => ours,
            None => {
                let message = format!("`{}` is none of Threagile's technologies", short(technology.text));
                draft.log.group(
                    Diagnostic::note("import-unknown-value", technology.span, message)
                        .help("it is taken as the name of a technology of yours"),
                );
                &normal
            }
        };
        if name != technology.text {
            originals.push(technology.text);
        }
        if names.iter().all(|known| &**known != name) {
            names.push(name.into());
        }
    }
    if let Some(first) = stated.first() {
        component.state_technologies(names, first.span);
    }
    if !originals.is_empty() {
        keep(extras, FORMAT, "technology", originals.join(", "));
    }
}

fn formats(draft: &mut Draft, list: &List<Text<'_>>, component: &mut Element, extras: &mut Extras) {
    let mut known = Vec::new();
    let mut others = Vec::new();
    for format in &list.items {
        match translate(words::DATA_FORMAT, format.text) {
            Some(ours) => known.push(ours),
            None => {
                draft.unmapped("data_formats_accepted", *format);
                others.push(format.text);
            }
        }
    }
    component.state_set(fact::ACCEPTS, &known, list.span);
    if !others.is_empty() {
        keep(extras, FORMAT, "data_formats_accepted", others.join(", "));
    }
}

fn communication_link(draft: &mut Draft, Link { source, title, link }: Link<'_, '_>) {
    let Some(link) = link else {
        empty(draft, title, "communication link");
        return;
    };
    let source_id = draft.model.id(element(Domain::Component, source)).to_owned();
    // As Threagile does: everything but ASCII letters and digits becomes a hyphen.
    let ascii: String = title.text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    let id = draft.unique_id(Space::Element(Domain::Flow), &format!("{source_id}>{}", slug(&ascii, "link")));
    let mut flow = Element::new(id, one_line(title.text), title.span);
    let by = format!("the communication link `{}`", short(&flow.id));
    let mut extras = Extras::new();
    if flow.name.is_empty() {
        flow.name = flow.id.clone();
    }
    flow.description = or_empty(link.description);
    flow.tags = texts(link.tags.as_ref());
    let protection = protocol(draft, link, &mut flow, &mut extras);
    if let Some(vpn) = link.vpn {
        let encryption = match (vpn.value, protection) {
            (true, None | Some(Protection::Plain)) => Some("vpn"),
            (false, Some(Protection::Plain)) => Some("none"),
            // The protocol is protected anyway, stays on the machine, or is unknown and not tunnelled.
            _ => None,
        };
        match encryption {
            Some(encryption) => {
                flow.state_word(fact::ENCRYPTION, encryption, vpn.span);
            }
            None => keep(&mut extras, FORMAT, "vpn", if vpn.value { "true" } else { "false" }),
        }
    }
    let authentication = Words::of("authentication", fact::AUTHENTICATION, words::AUTHENTICATION);
    word(draft, &mut flow, &mut extras, authentication, link.authentication);
    let authorisation = Words::of("authorization", fact::AUTHORISATION, words::AUTHORISATION);
    word(draft, &mut flow, &mut extras, authorisation, link.authorization);
    word(draft, &mut flow, &mut extras, Words::of("usage", fact::USAGE, words::USAGE), link.usage);
    flow.state_flag(fact::IP_FILTERED, link.ip_filtered);
    flow.state_flag(fact::READ_ONLY, link.readonly);
    if let Some(list) = &link.data_assets_sent {
        let found = draft.resolve_all(Domain::Data, list, &by);
        flow.state_references(fact::CARRIES, found, list.span);
    }
    if let Some(list) = &link.data_assets_received {
        let found = draft.resolve_all(Domain::Data, list, &by);
        flow.state_references(fact::RETURNS, found, list.span);
    }
    keep_node(&mut extras, FORMAT, "diagram_tweak_weight", link.diagram_tweak_weight);
    keep_node(&mut extras, FORMAT, "diagram_tweak_constraint", link.diagram_tweak_constraint);
    draft.keep_rest(&mut extras, &link.at);
    let target = end_of_link(draft, link, title, &by);
    flow.extras = extras;
    let index = draft.model.flows.len();
    draft.know(Domain::Flow, &flow.id, index);
    draft.model.flows.push(Flow { element: flow, source, target });
}

/// The protocol; returns how it is protected, if that is known.
fn protocol(
    draft: &mut Draft,
    link: &raw::CommunicationLink<'_>,
    flow: &mut Element,
    extras: &mut Extras,
) -> Option<Protection> {
    let stated = link.protocol.and_then(Text::given)?;
    let normal = stated.text.to_lowercase().replace('_', "-");
    let Some((_, ours, protection)) = words::PROTOCOL.iter().find(|(theirs, ..)| *theirs == normal) else {
        if normal != "unknown-protocol" {
            draft.unmapped("protocol", stated);
        }
        keep(extras, FORMAT, "protocol", stated.text);
        return None;
    };
    flow.state_word(fact::PROTOCOL, ours, stated.span);
    let likes = words::PROTOCOL.iter().filter(|(_, other, _)| other == ours).count();
    if stated.text != *ours && likes > 1 {
        keep(extras, FORMAT, "protocol", stated.text);
    }
    if *protection == Protection::Tls {
        flow.state_word(fact::ENCRYPTION, "tls", stated.span);
    }
    Some(*protection)
}

/// The component a link ends at; a stand-in where the file has none, so that the link is not lost.
fn end_of_link(draft: &mut Draft, link: &raw::CommunicationLink<'_>, title: Text<'_>, by: &str) -> u32 {
    match link.target.and_then(Text::given) {
        Some(target) => {
            if let Some(found) = draft.resolve(Domain::Component, target, by) {
                return found;
            }
            let made =
                draft.placeholder(target.text, target.text, target.span, "named as a target, but not in the model");
            draft.know(Domain::Component, target.text, made as usize);
            made
        }
        None => {
            draft.log.push(
                Diagnostic::warning("import-unattached-flow", title.span, format!("{by} has no `target`"))
                    .help("write `target: …` with the id of a technical asset"),
            );
            let name = format!("(unattached end of {})", one_line(title.text));
            draft.placeholder(&slug(&name, "unattached-end"), &name, title.span, "the link names no target")
        }
    }
}

fn trust_boundaries(draft: &mut Draft, boundaries: Option<&Map<'_, raw::TrustBoundary<'_>>>) {
    let mut read: Vec<(&raw::TrustBoundary<'_>, u32)> = Vec::new();
    for (title, boundary) in entries(boundaries) {
        let Some(boundary) = boundary else {
            empty(draft, *title, "trust boundary");
            continue;
        };
        let mut line = named(draft, Domain::Boundary, boundary.id, *title, "the trust boundary");
        let mut extras = Extras::new();
        line.description = or_empty(boundary.description);
        line.tags = texts(boundary.tags.as_ref());
        word(draft, &mut line, &mut extras, Words::of("type", fact::BOUNDARY_KIND, words::BOUNDARY), boundary.kind);
        draft.keep_rest(&mut extras, &boundary.at);
        line.extras = extras;
        let index = draft.model.boundaries.len();
        draft.register(Domain::Boundary, boundary.id, &line.id, index);
        draft.model.boundaries.push(Boundary { element: line, parent: None });
        read.push((boundary, narrow(index)));
    }
    let mut nesting: Vec<Option<(u32, Text<'_>)>> = vec![None; draft.model.boundaries.len()];
    for (boundary, index) in &read {
        let by = format!("the trust boundary `{}`", short(draft.model.id(element(Domain::Boundary, *index))));
        for inner in items(boundary.trust_boundaries_nested.as_ref()) {
            let Some(child) = draft.resolve(Domain::Boundary, *inner, &by) else { continue };
            match nesting.get_mut(child as usize) {
                Some(around @ None) => *around = Some((*index, *inner)),
                Some(Some((other, _))) if other != index => {
                    let other = short(draft.model.id(element(Domain::Boundary, *other)));
                    let message = format!("{by} holds `{}`, which lies in `{other}` already", short(inner.text));
                    draft.log.push(
                        Diagnostic::warning("import-conflict", inner.span, message)
                            .help("the boundary read first is used; nest it in one only"),
                    );
                }
                _ => {}
            }
        }
        for member in items(boundary.technical_assets_inside.as_ref()) {
            if let Some(component) = draft.resolve(Domain::Component, *member, &by) {
                place(draft, *index, component, *member, &by);
            }
        }
    }
    let mut parents: Vec<Option<u32>> = nesting.iter().map(|around| around.map(|(outer, _)| outer)).collect();
    // Of a circle, the nesting that stands last in the file gives way.
    let said_at = |inner: u32| nesting.get(inner as usize).copied().flatten().map(|(_, said)| said.span);
    for inner in break_cycles(&mut parents, said_at) {
        if let Some((_, said)) = nesting.get(inner as usize).copied().flatten() {
            let message = format!("nesting `{}` here would put it into itself", short(said.text));
            draft.log.push(
                Diagnostic::warning("import-cycle", said.span, message)
                    .help("this nesting was left out; a boundary cannot lie in itself"),
            );
        }
    }
    for (boundary, parent) in draft.model.boundaries.iter_mut().zip(parents) {
        boundary.parent = parent;
    }
}

/// Puts a component into a boundary, unless it is in one already.
fn place(draft: &mut Draft, boundary: u32, component: u32, said: Text<'_>, by: &str) {
    let Some(target) = draft.model.components.get_mut(component as usize) else { return };
    match target.boundary {
        None => target.boundary = Some(boundary),
        Some(other) if other == boundary => {}
        Some(other) => {
            let other = short(draft.model.id(element(Domain::Boundary, other)));
            let message = format!("{by} holds `{}`, which lies in `{other}` already", short(said.text));
            draft.log.push(
                Diagnostic::warning("import-conflict", said.span, message)
                    .help("the boundary read first is used; list it in the innermost one only"),
            );
        }
    }
}

/// Puts clients that sit on the internet, and in no boundary, into one of their own.
fn internet(draft: &mut Draft, assets: Option<&Map<'_, raw::TechnicalAsset<'_>>>) {
    let external = "external-entity";
    let mut outside: Option<u32> = None;
    let read: Vec<&raw::TechnicalAsset<'_>> = entries(assets).filter_map(|(_, asset)| asset.as_ref()).collect();
    // Components stand in the order of the assets that were read; stand-ins for missing targets come behind them.
    for (index, asset) in read.into_iter().enumerate() {
        let Some(flag) = asset.internet.filter(|internet| internet.value) else { continue };
        let Some(component) = draft.model.components.get(index) else { continue };
        let client = component.element.bool(fact::USED_BY_PEOPLE) == Some(true)
            || component.element.word(fact::KIND) == Some(external);
        if component.boundary.is_some() || !client {
            continue;
        }
        let boundary = match outside {
            Some(boundary) => boundary,
            None => {
                let boundary = internet_boundary(draft, flag.span);
                outside = Some(boundary);
                boundary
            }
        };
        if let Some(component) = draft.model.components.get_mut(index) {
            component.boundary = Some(boundary);
        }
    }
}

fn internet_boundary(draft: &mut Draft, span: Span) -> u32 {
    let id = draft.unique_id(Space::Element(Domain::Boundary), "internet");
    let mut line = Element::new(id, "Internet", span);
    line.state_word(fact::BOUNDARY_KIND, "internet", span);
    line.state_word(fact::TRUST, "untrusted", span);
    draft.log.push(Diagnostic::note(
        "import-inferred",
        span,
        format!("a boundary `{}` was added for clients on the internet that lie in no boundary", line.id),
    ));
    let index = draft.model.boundaries.len();
    draft.model.boundaries.push(Boundary { element: line, parent: None });
    narrow(index)
}

fn shared_runtimes(draft: &mut Draft, runtimes: Option<&Map<'_, raw::SharedRuntime<'_>>>) {
    for (title, runtime) in entries(runtimes) {
        let Some(runtime) = runtime else {
            empty(draft, *title, "shared runtime");
            continue;
        };
        let wanted =
            runtime.id.and_then(Text::given).map_or_else(|| slug(title.text, "runtime"), |id| id.text.to_owned());
        let id = draft.unique_id(Space::Runtime, &wanted);
        if *id != *wanted {
            let span = runtime.id.map_or(title.span, |id| id.span);
            let message = format!("the id `{}` is used twice; this one is read as `{id}`", short(&wanted));
            draft.log.push(Diagnostic::warning("import-duplicate-id", span, message));
        }
        let by = format!("the shared runtime `{}`", short(&id));
        let components = runtime
            .technical_assets_running
            .as_ref()
            .map(|list| draft.resolve_all(Domain::Component, list, &by))
            .unwrap_or_default();
        draft.drop_rest(&runtime.at);
        draft.model.runtimes.push(SharedRuntime {
            id,
            name: one_line(title.text).into(),
            description: or_empty(runtime.description),
            tags: texts(runtime.tags.as_ref()),
            components,
            span: title.span,
        });
    }
}

/// Abuse cases, requirements, questions.
fn stories(draft: &mut Draft, raw: &raw::Model<'_>) {
    for (name, text) in entries(raw.abuse_cases.as_ref()) {
        let id = draft.unique_id(Space::AbuseCase, &slug(name.text, "abuse-case"));
        draft.model.abuse_cases.push(AbuseCase {
            id,
            name: name.text.into(),
            text: or_empty(*text),
            about: Vec::new(),
            span: name.span,
        });
    }
    for (title, text) in entries(raw.security_requirements.as_ref()) {
        draft.note("security-requirement", title.text, text.map_or("", |text| text.text), title.span);
    }
    for (question, answer) in entries(raw.questions.as_ref()) {
        draft.note("question", question.text, answer.map_or("", |answer| answer.text), question.span);
    }
}

fn risk_categories(draft: &mut Draft, raw: &raw::Model<'_>) {
    let all = [&raw.individual_risk_categories, &raw.custom_risk_categories];
    for (title, category) in all.into_iter().flatten().flat_map(|categories| &categories.entries) {
        match (title, category) {
            (_, Some(category)) => risk_category(draft, category, *title),
            (Some(title), None) => empty(draft, *title, "risk category"),
            (None, None) => {}
        }
    }
}

fn risk_category(draft: &mut Draft, category: &raw::RiskCategory<'_>, key: Option<Text<'_>>) {
    let span = key.map_or(category.at.node.span, |key| key.span);
    let title = key.or(category.title);
    let id = match category.id.and_then(Text::given) {
        Some(id) => id.text.to_owned(),
        None => slug(title.map_or("", |title| title.text), "risk-category"),
    };
    let mut extras = Extras::new();
    keep_text(&mut extras, FORMAT, "category.title", title);
    if key.is_some() {
        // A title beside the key that is one already.
        keep_text(&mut extras, FORMAT, "title", category.title);
    }
    for (name, text) in [
        ("impact", category.impact),
        ("asvs", category.asvs),
        ("cheat_sheet", category.cheat_sheet),
        ("action", category.action),
        ("check", category.check),
        ("function", category.function),
        ("detection_logic", category.detection_logic),
        ("risk_assessment", category.risk_assessment),
        ("false_positives", category.false_positives),
        ("model_failure_possible_reason", category.model_failure_possible_reason),
    ] {
        keep_text(&mut extras, FORMAT, name, text);
    }
    let cwe = category.cwe.and_then(|number| number.text.trim().parse::<u32>().ok());
    if let Some(number) = category.cwe.filter(|_| cwe.is_none()) {
        draft.unmapped("cwe", Text { text: number.text, span: number.span });
        keep(&mut extras, FORMAT, "cwe", number.text);
    }
    draft.keep_rest(&mut extras, &category.at);
    let base = RecordedThreat {
        title: or_empty(title),
        description: or_empty(category.description),
        categories: category.stride.and_then(Text::given).map(|stride| stride.text.into()).into_iter().collect(),
        mitigation: or_empty(category.mitigation),
        // Threagile writes 0 for "none".
        cwe: cwe.into_iter().filter(|number| *number > 0).collect(),
        extras,
        ..blank_threat(span)
    };
    let mut found_anywhere = false;
    for (title, risk) in entries(category.risks_identified.as_ref()) {
        found_anywhere = true;
        let mut threat = draft.repeat(&base, title.span);
        threat.title = title.text.into();
        match risk {
            Some(risk) => identified_risk(draft, &id, risk, &mut threat),
            None => threat.id = draft.unique_id(Space::Threat, &id),
        }
        draft.model.recorded_threats.push(threat);
    }
    if !found_anywhere {
        // A category that was found nowhere is still something people wrote down.
        let id = draft.unique_id(Space::Threat, &id);
        draft.model.recorded_threats.push(RecordedThreat { id, ..base });
    }
}

fn identified_risk(draft: &mut Draft, category: &str, risk: &raw::RiskIdentified<'_>, threat: &mut RecordedThreat) {
    let by = format!("the identified risk `{}`", short(&threat.title));
    threat.severity = or_empty(risk.severity);
    for (name, text) in [
        ("exploitation_likelihood", risk.exploitation_likelihood),
        ("exploitation_impact", risk.exploitation_impact),
        ("data_breach_probability", risk.data_breach_probability),
        ("most_relevant_shared_runtime", risk.most_relevant_shared_runtime),
    ] {
        keep_text(&mut threat.extras, FORMAT, name, text);
    }
    if let Some(list) = &risk.data_breach_technical_assets
        && !list.items.is_empty()
    {
        let ids: Vec<&str> = list.items.iter().map(|item| item.text).collect();
        keep(&mut threat.extras, FORMAT, "data_breach_technical_assets", ids.join(", "));
    }
    // Threagile computes the id of a risk from the most relevant elements, in this order.
    let mut id = category.to_owned();
    for (domain, said) in [
        (Some(Domain::Component), risk.most_relevant_technical_asset),
        (Some(Domain::Flow), risk.most_relevant_communication_link),
        (Some(Domain::Boundary), risk.most_relevant_trust_boundary),
        (None, risk.most_relevant_shared_runtime),
        (Some(Domain::Data), risk.most_relevant_data_asset),
    ] {
        let Some(said) = said.and_then(Text::given) else { continue };
        id.push('@');
        id.push_str(said.text);
        if let Some(index) = domain.and_then(|domain| draft.resolve(domain, said, &by)) {
            threat.elements.extend(domain.map(|domain| ElementRef { domain, index }));
        }
    }
    draft.keep_rest(&mut threat.extras, &risk.at);
    threat.id = draft.unique_id(Space::Threat, &id);
}

fn risk_tracking(draft: &mut Draft, tracking: Option<&Map<'_, raw::RiskTracking<'_>>>) {
    for (pattern, entry) in entries(tracking) {
        let mut parts = pattern.text.split('@');
        let foreign_rule = parts.next().unwrap_or_default().into();
        let mut decision = ImportedDecision {
            pattern: pattern.text.into(),
            foreign_rule,
            elements: parts.map(Box::from).collect(),
            status: Box::default(),
            reason: Box::default(),
            ticket: Box::default(),
            date: Box::default(),
            by: Box::default(),
            span: pattern.span,
        };
        if let Some(entry) = entry {
            decision.status = or_empty(entry.status);
            decision.reason = or_empty(entry.justification);
            decision.ticket = or_empty(entry.ticket);
            decision.date = or_empty(entry.date);
            decision.by = or_empty(entry.checked_by);
            draft.drop_rest(&entry.at);
        }
        // Of a risk that people found, it is the state.
        let recorded = draft.model.recorded_threats.iter_mut().find(|threat| threat.id == decision.pattern);
        if let Some(threat) = recorded.filter(|threat| threat.status.is_empty() && !decision.status.is_empty()) {
            threat.status = decision.status.clone();
            for (key, text) in [
                ("tracking.justification", &decision.reason),
                ("tracking.ticket", &decision.ticket),
                ("tracking.date", &decision.date),
                ("tracking.checked_by", &decision.by),
            ] {
                if !text.is_empty() {
                    keep(&mut threat.extras, FORMAT, key, &**text);
                }
            }
        }
        draft.decisions.push(decision);
    }
}

// --- small helpers ------------------------------------------------------------------------------------------------

/// An element with the id and name of a Threagile entry.
fn named(draft: &mut Draft, domain: Domain, id: Option<Text<'_>>, title: Text<'_>, what: &str) -> Element {
    let id = draft.native_id(domain, id, title, what);
    let mut element = Element::new(id, one_line(title.text), title.span);
    if element.name.is_empty() {
        element.name = element.id.clone();
    }
    element
}

/// Reports an entry without content.
fn empty(draft: &mut Draft, title: Text<'_>, what: &str) {
    let message = format!("the {what} `{}` says nothing; it was left out", short(title.text));
    draft.log.push(Diagnostic::warning("import-empty-entry", title.span, message).help("fill it in or remove it"));
}

/// A field that holds a word: its key, the fact it states, and the words it may hold.
#[derive(Clone, Copy)]
struct Words {
    key: &'static str,
    fact: FactId,
    table: Table,
}

impl Words {
    fn of(key: &'static str, fact: FactId, table: Table) -> Self {
        Words { key, fact, table }
    }
}

/// States the word of ours for a word of Threagile's; keeps theirs as a remark where ours does not tell it.
fn word(draft: &mut Draft, element: &mut Element, extras: &mut Extras, words: Words, said: Option<Text<'_>>) {
    let Some(said) = said.and_then(Text::given) else { return };
    match translate(words.table, said.text) {
        Some(ours) => {
            element.state_word(words.fact, ours, said.span);
            if ours != said.text && !words::tells(words.table, ours) {
                keep(extras, FORMAT, words.key, said.text);
            }
        }
        None => {
            draft.unmapped(words.key, said);
            keep(extras, FORMAT, words.key, said.text);
        }
    }
}
