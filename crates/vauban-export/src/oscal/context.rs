//! What all three models share: the report with its look-ups, identifiers, the day, and the people named so far.

use std::collections::{BTreeMap, BTreeSet};

use vauban_model::finding::Evidence;
use vauban_model::model::ElementRef;
use vauban_model::report::Report;
use vauban_model::{Span, vocabulary::Domain};

use super::ids::Ids;
use super::shapes::{
    Actor, AssessmentAssets, AssessmentPlatform, BackMatter, ComponentStatus, Link, Metadata, Origin, Party, Property,
    RelevantEvidence, Resource, ResourceLink, ResponsibleRole, Role, Subject, SystemComponent, UsesComponent,
};
use super::{Catalogue, OSCAL_VERSION, words};
use crate::digest::{self, Digest};
use crate::text;

/// The role of those who carry something out or answer for it.
pub(super) const OWNER: &str = "owner";
/// The role of those who approved something.
pub(super) const APPROVER: &str = "approver";
/// The moment that stands where nobody said which day it is: OSCAL wants one.
const NO_DAY: &str = "1970-01-01T00:00:00Z";

pub(super) struct Context<'a> {
    pub(super) report: &'a Report<'a>,
    pub(super) digest: Digest<'a>,
    pub(super) catalogues: &'a [Catalogue],
    pub(super) ids: Ids,
    /// The day of the analysis.
    pub(super) now: String,
    /// Identifiers of people and teams by name.
    parties: BTreeMap<String, String>,
}

impl<'a> Context<'a> {
    pub(super) fn new(report: &'a Report<'a>, catalogues: &'a [Catalogue]) -> Self {
        Context {
            report,
            digest: Digest::new(report),
            catalogues,
            ids: Ids::new(&report.model.system.id),
            now: report.today.and_then(words::moment).unwrap_or_else(|| NO_DAY.to_owned()),
            parties: BTreeMap::new(),
        }
    }

    /// What is said about the document. Asked for last: by then all parties have been named.
    pub(super) fn metadata(&self, title: &str) -> Metadata {
        let report = self.report;
        let props = [
            words::property("system", &report.model.system.id),
            words::property("generator-version", report.version),
            words::property("methodology", &report.methodology.name),
        ];
        let party = |(name, uuid): (&String, &String)| Party {
            uuid: uuid.clone(),
            kind: if name.contains('@') { "person" } else { "organization" },
            name: name.clone(),
            email_addresses: is_address(name).then(|| name.clone()).into_iter().collect(),
        };
        Metadata {
            title: words::line(&format!("{title} {}", report.model.system.name)),
            last_modified: self.now.clone(),
            version: report.today.and_then(words::value).unwrap_or_else(|| "undated".to_owned()),
            oscal_version: OSCAL_VERSION,
            props: props.into_iter().flatten().collect(),
            roles: vec![
                Role { id: OWNER, title: "Carries it out or answers for it" },
                Role { id: APPROVER, title: "Approved it" },
            ],
            parties: self.parties.iter().map(party).collect(),
            links: self.back_matter().resources.into_iter().map(reference).collect(),
            remarks: "Written by Vauban from a threat model. Names of people and teams are as the model and the \
                      decisions give them; whether one is a person or a team is not recorded, so all but mail addresses \
                      are called organizations."
                .to_owned(),
        }
    }

    /// The identifier of a person or team; `None` for an empty name.
    pub(super) fn party(&mut self, name: &str) -> Option<String> {
        let name = words::value(name)?;
        let uuid = self.ids.of("party", &name);
        Some(self.parties.entry(name).or_insert(uuid).clone())
    }

    /// Somebody in a role; nothing for an empty name.
    pub(super) fn role(&mut self, role: &'static str, name: &str) -> Vec<ResponsibleRole> {
        let party = self.party(name);
        party.map(|uuid| ResponsibleRole { role_id: role, party_uuids: vec![uuid] }).into_iter().collect()
    }

    /// That Vauban says so.
    pub(super) fn by_tool(&self) -> Origin {
        Origin { actors: vec![Actor { kind: "tool", actor_uuid: self.ids.of("tool", "vauban"), role_id: None }] }
    }

    /// That these people say so, or Vauban where there are none.
    pub(super) fn by_people(&mut self, people: &[(&'static str, &str)]) -> Origin {
        let mut actors = Vec::new();
        for (role, name) in people {
            let party = self.party(name);
            actors.extend(party.map(|uuid| Actor { kind: "party", actor_uuid: uuid, role_id: Some(role) }));
        }
        if actors.is_empty() { self.by_tool() } else { Origin { actors } }
    }

    /// Vauban itself, as the tool of the assessment.
    pub(super) fn assets(&self) -> AssessmentAssets {
        let uuid = self.ids.of("tool", "vauban");
        let tool = SystemComponent {
            uuid: uuid.clone(),
            kind: "software",
            title: "Vauban".to_owned(),
            description: "Reads a model of the system and finds threats and attack paths by rules that can be read."
                .to_owned(),
            props: vec![words::standard("version", self.report.version)],
            links: Vec::new(),
            status: ComponentStatus { state: "operational", remarks: None },
            responsible_roles: Vec::new(),
        };
        let platform = AssessmentPlatform {
            uuid: self.ids.of("platform", "vauban"),
            title: "Vauban".to_owned(),
            uses_components: vec![UsesComponent { component_uuid: uuid }],
        };
        AssessmentAssets { components: vec![tool], assessment_platforms: vec![platform] }
    }

    /// The identifier of an element.
    pub(super) fn element(&self, element: ElementRef) -> String {
        self.ids.of(element.domain.as_str(), self.report.model.id(element))
    }

    /// An element as the subject of something; none for one that the model does not have.
    pub(super) fn subject(&self, element: ElementRef) -> Option<Subject> {
        self.report.model.get(element)?;
        Some(Subject {
            subject_uuid: self.element(element),
            kind: "component",
            title: words::line(&digest::name(self.report.model, element)),
        })
    }

    /// Elements as subjects, each once.
    pub(super) fn subjects(&self, elements: impl IntoIterator<Item = ElementRef>) -> Vec<Subject> {
        let mut seen: Vec<ElementRef> = Vec::new();
        let mut out = Vec::new();
        for element in elements {
            if !seen.contains(&element) {
                seen.push(element);
                out.extend(self.subject(element));
            }
        }
        out
    }

    /// A place in a file that was read: `shop.yaml#L12`; none for one in no file.
    pub(super) fn href(&self, span: Span) -> Option<String> {
        let file = self.report.sources.get(span.file)?;
        Some(format!("{}#L{}", text::file_uri(&file.name), span.line.max(1)))
    }

    /// A place as people write it; none for one in no file.
    pub(super) fn place(&self, span: Span) -> Option<String> {
        self.report.sources.get(span.file)?;
        words::value(&text::place(span, self.report.sources))
    }

    /// A fact with the place where it stands.
    pub(super) fn evidence(&self, item: &Evidence) -> RelevantEvidence {
        let props = [
            words::property("fact", &item.fact),
            words::property("value", &item.value),
            words::property("origin", item.origin.as_str()),
            self.place(item.span).and_then(|place| words::property("place", &place)),
        ];
        RelevantEvidence {
            href: self.href(item.span),
            description: words::line(&self.fact(item)),
            props: props.into_iter().flatten().collect(),
        }
    }

    /// A fact in a few words, with who says so.
    pub(super) fn fact(&self, item: &Evidence) -> String {
        let name = digest::name(self.report.model, item.element);
        let origin = item.origin.as_str();
        let place = self.place(item.span).map(|place| format!(", {place}")).unwrap_or_default();
        format!("{} of {name} is {} ({origin}{place})", item.fact, item.value)
    }

    /// A link to a place, for where something is said.
    pub(super) fn said_at(&self, span: Span) -> Vec<Link> {
        let text = self.place(span).map(|place| words::line(&place));
        self.href(span).map(|href| Link { href, rel: "reference", text }).into_iter().collect()
    }

    /// The place as a property.
    pub(super) fn place_property(&self, span: Span) -> Option<Property> {
        self.place(span).and_then(|place| words::property("place", &place))
    }

    /// What lies behind the document: the methodology and the files that were read.
    pub(super) fn back_matter(&self) -> BackMatter {
        let methodology = self.report.methodology;
        let mut resources = vec![Resource {
            uuid: self.ids.of("resource", "methodology"),
            title: words::line(&format!("Methodology: {}", methodology.name)),
            description: words::sentences([
                "How the system was analysed and risk was judged; `vauban methodology` prints it",
                &format!("The highest risk that may stay without a decision is {}", methodology.tolerance.as_str()),
            ]),
            rlinks: Vec::new(),
        }];
        let names: BTreeSet<&str> = self.report.sources.iter().map(|(_, file)| file.name.as_str()).collect();
        resources.extend(names.into_iter().map(|name| Resource {
            uuid: self.ids.of("resource", &format!("file:{name}")),
            title: words::line(name),
            description: "A file that the model was read from.".to_owned(),
            rlinks: vec![ResourceLink { href: text::file_uri(name) }],
        }));
        BackMatter { resources }
    }

    /// Every element of the model, by kind.
    pub(super) fn every_element(&self) -> Vec<ElementRef> {
        let model = self.report.model;
        let all = Domain::ALL.into_iter();
        all.flat_map(|domain| (0..model.count(domain)).map(move |at| ElementRef::new(domain, at))).collect()
    }
}

/// A link to what lies behind the document.
fn reference(resource: Resource) -> Link {
    Link { href: format!("#{}", resource.uuid), rel: "reference", text: Some(resource.title) }
}

/// Whether a name is a mail address as OSCAL's pattern has it.
fn is_address(name: &str) -> bool {
    name.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty() && !name.contains(' '))
}
