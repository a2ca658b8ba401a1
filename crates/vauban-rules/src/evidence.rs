//! From deciding facts to evidence: value, origin and place of each, down to what somebody wrote.

use vauban_model::finding::Evidence;
use vauban_model::model::{ElementRef, Origin};
use vauban_model::vocabulary::{Domain, FactId, fact, relation};

use crate::bits::Truth;
use crate::condition::witness::Atom;
use crate::facts::Facts;
use crate::library::threat::value_text;

/// The evidence for a list of deciding facts, each statement once. Never empty: the element itself stands in when
/// nothing else is known.
pub fn evidence(facts: &Facts<'_>, element: ElementRef, atoms: &[Atom]) -> Vec<Evidence> {
    let mut out: Vec<Evidence> = Vec::new();
    for atom in atoms {
        for item in of_atom(facts, atom) {
            if !out.contains(&item) {
                out.push(item);
            }
        }
    }
    if out.is_empty() {
        out.extend(structure(facts, element));
    }
    out
}

fn of_atom(facts: &Facts<'_>, atom: &Atom) -> Vec<Evidence> {
    match atom {
        Atom::Fact(element, id) => of_fact(facts, *element, *id),
        Atom::Technology(element) => {
            let stated = of_fact(facts, *element, fact::TECHNOLOGY);
            if stated.is_empty() { structure(facts, *element).into_iter().collect() } else { stated }
        }
        Atom::Control(element, control) => vec![of_control(facts, *element, *control)],
        Atom::Tag(element, tag) => {
            let value = if crate::condition::column::tagged(facts, element.domain, element.at(), tag) {
                &**tag
            } else {
                "absent"
            };
            let fact: Box<str> = format!("{}.tag", element.domain.as_str()).into();
            structure(facts, *element).map(|like| Evidence { fact, value: value.into(), ..like }).into_iter().collect()
        }
        Atom::Structure(element) => structure(facts, *element).into_iter().collect(),
    }
}

/// The element itself as evidence.
pub fn structure(facts: &Facts<'_>, element: ElementRef) -> Option<Evidence> {
    let entry = facts.model.get(element)?;
    let value = match element.domain {
        Domain::Flow => {
            let flow = &facts.model.flows[element.at()];
            let name = |component| facts.model.name(ElementRef { domain: Domain::Component, index: component });
            format!("{} -> {}", name(flow.source), name(flow.target))
        }
        _ => entry.name.to_string(),
    };
    let (fact, origin) = (element.domain.as_str().into(), Origin::Stated);
    Some(Evidence { element, fact, value: value.into(), origin, span: entry.span })
}

/// What is known about a control on an element.
pub fn of_control(facts: &Facts<'_>, element: ElementRef, control: u32) -> Evidence {
    let name = &facts.library.controls[control as usize].id;
    let value = match facts.has(element.domain, control, element.at()) {
        Truth::True => "yes",
        Truth::False => "no",
        Truth::Unknown => "unknown",
    };
    let label = format!("control {name}");
    match facts.control_source(element.domain, control, element.at()) {
        Some(source) => Evidence {
            element: source.element,
            fact: label.into(),
            value: value.into(),
            origin: source.origin,
            span: source.span,
        },
        None => {
            let span = facts.model.get(element).unwrap_or(&facts.model.system).span;
            Evidence { element, fact: label.into(), value: value.into(), origin: Origin::Derived, span }
        }
    }
}

/// The statements behind a fact: itself where somebody stated it, what it was derived from otherwise.
pub fn of_fact(facts: &Facts<'_>, element: ElementRef, id: FactId) -> Vec<Evidence> {
    let Some(entry) = facts.model.get(element) else { return Vec::new() };
    let definition = id.definition();
    let label = |id: FactId| format!("{}.{}", element.domain.as_str(), id.definition().key);
    if let Some(stated) = entry.fact(id) {
        let value = value_text(facts.model, id, &stated.value);
        return vec![Evidence {
            element,
            fact: label(id).into(),
            value: value.into(),
            origin: stated.origin,
            span: stated.span,
        }];
    }
    if element.domain == Domain::Component
        && let Some((default, technology)) = facts.default_of(element.index, id)
    {
        let value = value_text(facts.model, id, &default.value);
        let technology = &facts.library.technologies[*technology as usize].name;
        let value = format!("{value} ({technology})");
        return vec![Evidence {
            element,
            fact: label(id).into(),
            value: value.into(),
            origin: Origin::Default,
            span: default.span,
        }];
    }
    if !definition.derived {
        if facts.text(element, id).is_none() {
            let fact = label(id).into();
            return vec![Evidence {
                element,
                fact,
                value: "unknown".into(),
                origin: Origin::Derived,
                span: entry.span,
            }];
        }
        // Trust of the internet is known without being stated: its kind says it.
        let other = if id == fact::TRUST { of_fact(facts, element, fact::BOUNDARY_KIND) } else { Vec::new() };
        return if other.is_empty() { structure(facts, element).into_iter().collect() } else { other };
    }
    let value = facts.text(element, id).unwrap_or_else(|| "unknown".to_owned());
    let value = match id {
        id if id == fact::CROSSES_BOUNDARY || id == fact::CROSSES_NETWORK => {
            let crossed = facts.row(relation::FLOW_CROSSED, element.at()).iter();
            let names: Vec<&str> =
                crossed.map(|b| facts.model.name(ElementRef { domain: Domain::Boundary, index: *b })).collect();
            if names.is_empty() { value } else { format!("{value}: {}", names.join(", ")) }
        }
        _ => value,
    };
    let mut out = vec![Evidence {
        element,
        fact: label(id).into(),
        value: value.into(),
        origin: Origin::Derived,
        span: place_of(facts, element, id).unwrap_or(entry.span),
    }];
    for (other, id) in behind(facts, element, id) {
        let known = facts.model.get(other).is_some_and(|e| e.fact(id).is_some());
        if known {
            out.extend(of_fact(facts, other, id));
        }
    }
    out
}

/// The place of the statement that a derived fact chiefly rests on.
fn place_of(facts: &Facts<'_>, element: ElementRef, id: FactId) -> Option<vauban_model::Span> {
    behind(facts, element, id)
        .into_iter()
        .find_map(|(other, id)| facts.model.get(other).and_then(|e| e.fact(id)).map(|fact| fact.span))
}

/// The facts that a derived fact rests on, most telling first.
fn behind(facts: &Facts<'_>, element: ElementRef, id: FactId) -> Vec<(ElementRef, FactId)> {
    let at = element.at();
    let component = |index: u32| ElementRef { domain: Domain::Component, index };
    let data = |relation, of: FactId, wanted: FactId| -> Vec<(ElementRef, FactId)> {
        let top = facts.symbol(element.domain, wanted, at);
        facts
            .row(relation, at)
            .iter()
            .map(|index| ElementRef { domain: Domain::Data, index: *index })
            .filter(|data| facts.symbol(Domain::Data, of, data.at()) == top)
            .map(|data| (data, of))
            .take(2)
            .collect()
    };
    match id {
        id if id == fact::ENCRYPTED => vec![(element, fact::ENCRYPTION), (element, fact::PROTOCOL)],
        id if id == fact::AUTHENTICATED => vec![(element, fact::AUTHENTICATION)],
        id if id == fact::AUTHORISED => vec![(element, fact::AUTHORISATION)],
        id if id == fact::STAYS_LOCAL => vec![(element, fact::PROTOCOL)],
        id if id == fact::FROM_INTERNET || id == fact::PASSES_INTERNET || id == fact::RISES_IN_TRUST => {
            let source = facts.model.flows[at].source;
            let mut list = vec![(element, fact::OVER_INTERNET)];
            for boundary in facts.around(source as usize).iter().take(3) {
                let boundary = ElementRef { domain: Domain::Boundary, index: *boundary };
                list.extend([(boundary, fact::TRUST), (boundary, fact::BOUNDARY_KIND)]);
            }
            list.extend([(component(source), fact::KIND), (component(source), fact::TECHNOLOGY)]);
            list
        }
        id if id == fact::FROM_PERSON => {
            let source = component(facts.model.flows[at].source);
            vec![(source, fact::USED_BY_PEOPLE), (source, fact::TECHNOLOGY)]
        }
        id if id == fact::EXPOSED_TO_INTERNET => {
            let mut list = vec![(element, fact::INTERNET_FACING)];
            let inbound = |wanted: Truth| {
                let mut flows = facts.row(relation::COMPONENT_INBOUND, at).iter();
                flows.find(|flow| facts.truth(Domain::Flow, fact::FROM_INTERNET, **flow as usize) == wanted)
            };
            let flow = inbound(Truth::True).or_else(|| inbound(Truth::Unknown));
            if let Some(flow) = flow {
                let flow = ElementRef { domain: Domain::Flow, index: *flow };
                list.push((flow, fact::PROTOCOL));
                list.extend(behind(facts, flow, fact::FROM_INTERNET));
            }
            list
        }
        id if id == fact::HIGHEST_CLASSIFICATION => match element.domain {
            Domain::Flow => data(relation::FLOW_DATA, fact::CLASSIFICATION, id),
            Domain::Component => {
                let mut list = vec![(element, fact::CLASSIFICATION)];
                list.extend(data(relation::COMPONENT_DATA, fact::CLASSIFICATION, id));
                list
            }
            _ => Vec::new(),
        },
        id if id == fact::HIGHEST_INTEGRITY => match element.domain {
            Domain::Flow => data(relation::FLOW_DATA, fact::INTEGRITY, id),
            _ => data(relation::COMPONENT_DATA, fact::INTEGRITY, id),
        },
        id if id == fact::HIGHEST_AVAILABILITY => {
            let mut list = vec![(element, fact::CRITICALITY)];
            if element.domain == Domain::Component {
                list.extend(data(relation::COMPONENT_DATA, fact::AVAILABILITY, id));
            }
            list
        }
        id if id == fact::SINGLE_POINT_OF_FAILURE => {
            let mut list = vec![(element, fact::REDUNDANT)];
            list.extend(behind(facts, element, fact::HIGHEST_AVAILABILITY));
            list
        }
        id if id == fact::ZONE_TRUST => {
            let around = facts.around(at).iter();
            around.map(|b| (ElementRef { domain: Domain::Boundary, index: *b }, fact::TRUST)).collect()
        }
        id if id == fact::EXCESS_PRIVILEGE => {
            [fact::NEEDS_ONLY, fact::MAY_ADMINISTER, fact::MAY_WRITE, fact::MAY_READ, fact::MAY_USE]
                .map(|f| (element, f))
                .to_vec()
        }
        _ => Vec::new(),
    }
}
