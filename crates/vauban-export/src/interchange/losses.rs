//! What a format cannot say of a model.

use std::collections::BTreeMap;

use vauban_model::model::{Element, ElementRef, Model, RecordedThreat};
use vauban_model::report::Report;
use vauban_model::vocabulary::{Domain, FactId, fact};

use super::Format;
use crate::diagram::shows_name;

/// Something a model can hold and a format may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// Components.
    Components,
    /// Components that are parts of others.
    Parts,
    /// Data flows.
    Flows,
    /// What people called data flows.
    FlowNames,
    /// That a flow goes both ways.
    TwoWayFlows,
    /// Trust boundaries with an inside.
    Boundaries,
    /// Trust boundaries inside others.
    NestedBoundaries,
    /// Trust boundaries drawn as a line.
    BoundaryLines,
    /// Where things stand on drawings.
    Places,
    /// Data assets.
    Data,
    /// Identities and roles.
    Identities,
    /// Facts of elements; which ones, [`Format::holds_fact`] says.
    Facts,
    /// Controls stated on elements.
    Controls,
    /// Descriptions of elements.
    Descriptions,
    /// Owners of elements.
    Owners,
    /// Tags of elements.
    Tags,
    /// What is out of scope, and why.
    Scope,
    /// Hosts that several components share.
    Runtimes,
    /// Products and services of others.
    ThirdParties,
    /// Where callers are authenticated or authorised.
    Checkpoints,
    /// What is taken for granted.
    Assumptions,
    /// Abuse cases.
    AbuseCases,
    /// Free notes.
    Notes,
    /// Threats that people or other tools wrote down.
    RecordedThreats,
    /// Their states: open, mitigated, accepted.
    ThreatStates,
    /// How bad they are said to be.
    ThreatSeverities,
    /// Their kinds: STRIDE and the like.
    ThreatCategories,
    /// What they are about.
    ThreatTargets,
    /// Whatever else was written down of them: a justification, an owner, numbers of weaknesses.
    ThreatRemarks,
    /// Attack trees that people drew.
    AttackTrees,
    /// Threats that Vauban found.
    Findings,
    /// Decisions about them.
    Decisions,
    /// Attack paths.
    Paths,
    /// Remarks kept from other formats.
    Extras,
}

impl Aspect {
    /// All of them, in the order in which they are told.
    pub const ALL: [Aspect; 34] = [
        Aspect::Components,
        Aspect::Parts,
        Aspect::Flows,
        Aspect::FlowNames,
        Aspect::TwoWayFlows,
        Aspect::Boundaries,
        Aspect::NestedBoundaries,
        Aspect::BoundaryLines,
        Aspect::Places,
        Aspect::Data,
        Aspect::Identities,
        Aspect::Facts,
        Aspect::Controls,
        Aspect::Descriptions,
        Aspect::Owners,
        Aspect::Tags,
        Aspect::Scope,
        Aspect::Runtimes,
        Aspect::ThirdParties,
        Aspect::Checkpoints,
        Aspect::Assumptions,
        Aspect::AbuseCases,
        Aspect::Notes,
        Aspect::RecordedThreats,
        Aspect::ThreatStates,
        Aspect::ThreatSeverities,
        Aspect::ThreatCategories,
        Aspect::ThreatTargets,
        Aspect::ThreatRemarks,
        Aspect::AttackTrees,
        Aspect::Findings,
        Aspect::Decisions,
        Aspect::Paths,
        Aspect::Extras,
    ];

    /// The words for people, in the plural.
    pub fn as_str(self) -> &'static str {
        match self {
            Aspect::Components => "components",
            Aspect::Parts => "components inside components",
            Aspect::Flows => "data flows",
            Aspect::FlowNames => "names of data flows",
            Aspect::TwoWayFlows => "flows that go both ways",
            Aspect::Boundaries => "trust boundaries",
            Aspect::NestedBoundaries => "boundaries inside boundaries",
            Aspect::BoundaryLines => "boundaries drawn as lines",
            Aspect::Places => "places on drawings",
            Aspect::Data => "data assets",
            Aspect::Identities => "identities",
            Aspect::Facts => "facts",
            Aspect::Controls => "controls",
            Aspect::Descriptions => "descriptions",
            Aspect::Owners => "owners",
            Aspect::Tags => "tags",
            Aspect::Scope => "scope",
            Aspect::Runtimes => "shared runtimes",
            Aspect::ThirdParties => "third parties",
            Aspect::Checkpoints => "checkpoints",
            Aspect::Assumptions => "assumptions",
            Aspect::AbuseCases => "abuse cases",
            Aspect::Notes => "notes",
            Aspect::RecordedThreats => "recorded threats",
            Aspect::ThreatStates => "states of recorded threats",
            Aspect::ThreatSeverities => "severities of recorded threats",
            Aspect::ThreatCategories => "categories of recorded threats",
            Aspect::ThreatTargets => "what recorded threats are about",
            Aspect::ThreatRemarks => "remarks on recorded threats",
            Aspect::AttackTrees => "attack trees",
            Aspect::Findings => "findings",
            Aspect::Decisions => "decisions",
            Aspect::Paths => "attack paths",
            Aspect::Extras => "remarks kept from other formats",
        }
    }
}

/// Something that a written file does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// What, in words: `facts: encrypted_at_rest`.
    pub what: String,
    /// How often.
    pub count: usize,
    /// Ids of the first few.
    pub examples: Vec<Box<str>>,
}

/// Examples named with a loss.
const EXAMPLES: usize = 3;

/// What a format cannot say of this model, most important first: an empty list means that nothing is lost.
///
/// What is computed again from the model, such as findings and paths, counts as no loss.
pub fn losses(format: Format, report: &Report<'_>) -> Vec<Loss> {
    let model = report.model;
    let carries = format.carries();
    let mut out = Vec::new();
    for aspect in Aspect::ALL {
        if carries.contains(&aspect) && !only_partly(format, aspect) {
            if aspect == Aspect::Facts {
                facts(model, |id| !format.holds_fact(id), &mut out);
            }
            continue;
        }
        match aspect {
            Aspect::Facts => facts(model, |_| true, &mut out),
            // They are made from the model, and are made again.
            Aspect::Findings | Aspect::Paths => {}
            aspect if aspect == Aspect::FlowNames && !carries.contains(&Aspect::Flows) => {}
            // Of a threat that is not written, nothing is: told once.
            aspect if of_threats(aspect) && !carries.contains(&Aspect::RecordedThreats) => {}
            aspect => push(aspect.as_str().to_owned(), ids(aspect, format, report), &mut out),
        }
    }
    out
}

/// Whether an aspect is about recorded threats.
fn of_threats(aspect: Aspect) -> bool {
    use Aspect::{ThreatCategories, ThreatRemarks, ThreatSeverities, ThreatStates, ThreatTargets};
    matches!(aspect, ThreatStates | ThreatSeverities | ThreatCategories | ThreatTargets | ThreatRemarks)
}

/// Whether a format holds an aspect of some things, and not of all that may have it.
fn only_partly(format: Format, aspect: Aspect) -> bool {
    matches!((format, aspect), (Format::Threagile, Aspect::Scope | Aspect::ThreatCategories))
}

/// Whether the elements of a kind have a place for an aspect, though not all elements have.
fn has_place(format: Format, aspect: Aspect, domain: Domain) -> bool {
    match (format, aspect) {
        (Format::Threagile, Aspect::Scope) => domain == Domain::Component,
        (Format::Threagile, Aspect::Owners) => {
            matches!(domain, Domain::System | Domain::Component | Domain::Data)
        }
        (Format::Threatcl, Aspect::Descriptions) => matches!(domain, Domain::System | Domain::Data),
        (Format::Threatcl, Aspect::Owners) => domain == Domain::System,
        _ => false,
    }
}

/// The recorded threats of which something is so.
fn threats(model: &Model, has: impl Fn(&RecordedThreat) -> bool) -> Vec<Box<str>> {
    model.recorded_threats.iter().filter(|it| has(it)).map(|it| it.id.clone()).collect()
}

/// Whether a threat was read from a format: what it was read with goes back where it came from.
fn is_from(format: Format, threat: &RecordedThreat) -> bool {
    threat.extras.iter().any(|(key, _)| key.strip_prefix(format.as_str()).is_some_and(|rest| rest.starts_with(':')))
}

fn push(what: String, ids: Vec<Box<str>>, out: &mut Vec<Loss>) {
    if !ids.is_empty() {
        let count = ids.len();
        out.push(Loss { what, count, examples: ids.into_iter().take(EXAMPLES).collect() });
    }
}

/// Which of a model's things an aspect is about.
fn ids(aspect: Aspect, format: Format, report: &Report<'_>) -> Vec<Box<str>> {
    let model = report.model;
    let elements = |filter: &dyn Fn(&Element) -> bool| -> Vec<Box<str>> {
        let all = Domain::ALL.into_iter().flat_map(|domain| model.elements(domain));
        all.filter(|(at, element)| filter(element) && !has_place(format, aspect, at.domain))
            .map(|(_, element)| element.id.clone())
            .collect()
    };
    let of = |domain| model.elements(domain).map(|(_, element)| element.id.clone()).collect();
    let lines = || model.drawings.iter().flat_map(|drawing| &drawing.lines).map(|line| line.boundary);
    match aspect {
        Aspect::Components => of(Domain::Component),
        Aspect::Flows => of(Domain::Flow),
        Aspect::Data => of(Domain::Data),
        Aspect::Identities => of(Domain::Identity),
        Aspect::Boundaries => of(Domain::Boundary),
        Aspect::Parts => {
            model.components.iter().filter(|it| it.parent.is_some()).map(|it| it.element.id.clone()).collect()
        }
        // Where a flow has one text, what it carries goes before its name.
        Aspect::FlowNames => {
            model.flows.iter().filter(|it| !shows_name(model, it)).map(|it| it.element.id.clone()).collect()
        }
        Aspect::TwoWayFlows => {
            let both = |it: &&vauban_model::model::Flow| it.element.bool(fact::TWO_WAY) == Some(true);
            model.flows.iter().filter(both).map(|it| it.element.id.clone()).collect()
        }
        Aspect::NestedBoundaries => {
            model.boundaries.iter().filter(|it| it.parent.is_some()).map(|it| it.element.id.clone()).collect()
        }
        Aspect::BoundaryLines => {
            let mut known: Vec<u32> = lines().collect();
            known.sort_unstable();
            known.dedup();
            let id = |index| model.id(ElementRef { domain: Domain::Boundary, index }).into();
            known.into_iter().map(id).collect()
        }
        Aspect::Places => model.drawings.iter().map(|it| it.id.clone()).collect(),
        Aspect::Controls => elements(&|it| !it.controls.is_empty()),
        Aspect::Descriptions => elements(&|it| !it.description.is_empty()),
        Aspect::Owners => elements(&|it| it.owner.is_some()),
        Aspect::Tags => elements(&|it| !it.tags.is_empty()),
        Aspect::Scope => {
            let mut out = elements(&|it| it.out_of_scope.is_some());
            // threatcl has exclusions, with their reason in the text.
            let excluded = model.out_of_scope.iter().filter(|_| format != Format::Threatcl);
            out.extend(model.in_scope.iter().chain(excluded).map(|it| it.what.clone()));
            out
        }
        Aspect::Runtimes => model.runtimes.iter().map(|it| it.id.clone()).collect(),
        Aspect::ThirdParties => model.third_parties.iter().map(|it| it.id.clone()).collect(),
        Aspect::Checkpoints => model.checkpoints.iter().map(|it| it.id.clone()).collect(),
        Aspect::Assumptions => model.assumptions.iter().map(|it| it.id.clone()).collect(),
        Aspect::AbuseCases => model.abuse_cases.iter().map(|it| it.id.clone()).collect(),
        Aspect::Notes => model.notes.iter().map(|it| it.title.clone()).collect(),
        Aspect::RecordedThreats => model.recorded_threats.iter().map(|it| it.id.clone()).collect(),
        Aspect::ThreatStates => threats(model, |it| !it.status.is_empty()),
        Aspect::ThreatSeverities => threats(model, |it| {
            // Threagile has five words, and no other.
            const WORDS: [&str; 5] = ["low", "medium", "elevated", "high", "critical"];
            let has = format == Format::Threagile && WORDS.contains(&it.severity.to_lowercase().as_str());
            let kept = matches!(format, Format::ThreatModelLibrary | Format::Threatcl) && is_from(format, it);
            !it.severity.is_empty() && !has && !kept
        }),
        // Threagile has one category for each threat.
        Aspect::ThreatCategories => {
            let most = usize::from(format == Format::Threagile);
            threats(model, |it| it.categories.len() > most)
        }
        Aspect::ThreatTargets => threats(model, |it| {
            // threatcl names the data that a threat is about, and nothing else.
            !is_from(format, it) && it.elements.iter().any(|at| format != Format::Threatcl || at.domain != Domain::Data)
        }),
        Aspect::ThreatRemarks => threats(model, |it| {
            let weaknesses = matches!(format, Format::Threagile | Format::ThreatModelLibrary | Format::CycloneDx);
            !is_from(format, it) && (!it.extras.is_empty() || !it.cwe.is_empty() && !weaknesses)
        }),
        Aspect::AttackTrees => model.attack_trees.iter().map(|it| it.id.clone()).collect(),
        Aspect::Decisions => report.decisions.iter().map(|it| it.threat.clone()).collect(),
        Aspect::Extras => elements(&|it| !it.extras.is_empty()),
        Aspect::Facts | Aspect::Findings | Aspect::Paths => Vec::new(),
    }
}

/// Facts without a place, by their key.
fn facts(model: &Model, lost: impl Fn(FactId) -> bool, out: &mut Vec<Loss>) {
    let mut by_key: BTreeMap<&'static str, Vec<Box<str>>> = BTreeMap::new();
    for domain in Domain::ALL {
        for (_, element) in model.elements(domain) {
            for stated in element.facts.iter().filter(|stated| stated.id != fact::TWO_WAY && lost(stated.id)) {
                by_key.entry(stated.id.definition().key).or_default().push(element.id.clone());
            }
        }
    }
    for (key, ids) in by_key {
        push(format!("facts: {key}"), ids, out);
    }
}
