//! Components, identities and data assets.

use vauban_model::model::{Element, ElementRef, Fact, Origin, Value as FactValue};
use vauban_model::resource::Source;
use vauban_model::vocabulary::{Domain, fact};

use super::builder::{Builder, Role, add_reference, component_ref, word};
use super::{generic, names};
use crate::catalogue::Kind;

/// Where workloads of all kinds say which images they run.
pub(super) const IMAGES: &[&str] = &[
    "image",
    "spec.template.spec.containers.image",
    "spec.containers.image",
    "spec.jobTemplate.spec.template.spec.containers.image",
    "container_definitions.image",
    "template.container.image",
    "template.containers.image",
    "container.image",
    // A chart that is not at hand is called after what it installs.
    "chart",
];

impl Builder<'_> {
    /// Every resource that is an element of its own.
    pub(super) fn elements(&mut self) {
        let count = u32::try_from(self.resources().len()).unwrap_or(u32::MAX);
        for at in 0..count {
            let role = self.role(at);
            match role {
                Role::Is(kind) if kind.is_component() && !self.is_absorbed(at) => self.component_from(at, kind),
                Role::Generic => self.generic(at),
                Role::Opaque => self.opaque(at),
                Role::Is(Kind::Identity) => self.identity(at),
                _ => {}
            }
        }
        // What is kept comes after what keeps it.
        for at in 0..count {
            if self.role(at) == Role::Is(Kind::Data) {
                self.data(at);
            }
        }
    }

    fn component_from(&mut self, at: u32, kind: Kind) {
        let Some(entry) = self.entry(at) else { return };
        let resource = self.input.estate.resource(at);
        let mut element = Element::new(&*resource.address, names::of(resource, entry), resource.span);
        if let Some(fact) = word(fact::KIND, kind.as_str(), Origin::Imported, resource.span) {
            element.set(fact);
        }
        let mut technologies: Vec<Box<str>> = entry.technology.clone();
        for (technology, _) in
            entry.also.collect(resource, self.input.estate, &super::facts::open_of(self.input.open, at)).0
        {
            technologies.push(technology.into());
        }
        self.image_technologies(at, &mut technologies);
        technologies.dedup();
        if !technologies.is_empty() {
            element.set(Fact {
                id: fact::TECHNOLOGY,
                value: FactValue::Words(technologies.into()),
                origin: Origin::Imported,
                span: resource.span,
            });
        }
        self.describe(at, &mut element);
        let boundary = if kind == Kind::ExternalEntity { None } else { self.place(at) };
        let index = self.add_component(element, boundary);
        self.set_element(at, component_ref(index));
        self.apply(at, component_ref(index), false);
    }

    /// Technologies by the images that a workload runs.
    fn image_technologies(&self, at: u32, technologies: &mut Vec<Box<str>>) {
        let resource = self.input.estate.resource(at);
        for path in IMAGES {
            let mut images: Vec<String> = Vec::new();
            crate::catalogue::rule::any(&resource.attributes, path, self.input.estate, 0, &mut |value| {
                images.push(match &value.open().kind {
                    vauban_model::resource::ValueKind::Template(_) => self.input.estate.render(value),
                    _ => value.as_text().unwrap_or_default().to_owned(),
                });
            });
            // What runs beside the thing itself says nothing about what it is.
            if images.len() > 1 && images.iter().any(|image| !super::stores::is_helper(image)) {
                images.retain(|image| !super::stores::is_helper(image));
                images.truncate(1);
            }
            for image in images {
                if let Some(technology) = self.input.catalogue.image_technology(&image)
                    && !technologies.iter().any(|known| &**known == technology)
                {
                    technologies.push(technology.into());
                }
            }
        }
    }

    /// What a component, boundary or identity is, for people: its description and where the line of responsibility is.
    pub(super) fn describe(&self, at: u32, element: &mut Element) {
        let resource = self.input.estate.resource(at);
        element.extras.push(("type".into(), resource.ty.to_string().into()));
        element.extras.push(("source".into(), resource.source.as_str().into()));
        // People call a service by its key, and the running container by the name that it is given.
        if let Some(name) = resource.text("container_name").filter(|name| *name != &*resource.name) {
            element.extras.push((super::ALSO_CALLED.into(), name.into()));
        }
        if let Some(condition) = self.input.estate.only_if(at) {
            element.extras.push(("there only if".into(), condition.to_string().into()));
        }
        if resource.many {
            element.extras.push(("instances".into(), "a number that is not known".into()));
        }
        // What a CDK assembly says besides: the path of the construct, its line, and the code it runs.
        for (path, key) in [
            ("construct", "construct"),
            ("construct_line", "made at"),
            ("template_line", "template"),
            ("code_folder", "code"),
        ] {
            if resource.source == Source::Cdk
                && let Some(text) = resource.text(path)
            {
                element.extras.push((key.into(), text.into()));
            }
        }
        for call in &resource.calls {
            element.extras.push(("called at line".into(), call.line.to_string().into()));
        }
        let Some(entry) = self.entry(at) else { return };
        element.extras.push(("is".into(), entry.title.clone()));
        if let Some(line) = &entry.responsibility {
            element.extras.push(("the provider answers for".into(), line.provider.clone()));
            element.extras.push(("we answer for".into(), line.ours.clone()));
        }
    }

    /// A component of a type that nobody described.
    fn generic(&mut self, at: u32) {
        let resource = self.input.estate.resource(at);
        let mut element = Element::new(&*resource.address, names::label(resource), resource.span);
        self.describe(at, &mut element);
        element.extras.push(("is".into(), generic::title(&resource.ty).into()));
        element.extras.push(("service".into(), generic::service(&resource.ty).into()));
        let kind = generic::kind(&resource.ty);
        if let Some(fact) = word(fact::KIND, kind, Origin::Imported, resource.span) {
            element.set(fact);
        }
        if let Some(technology) = generic::technology(&resource.ty) {
            element.set(Fact {
                id: fact::TECHNOLOGY,
                value: FactValue::Words([Box::from(technology)].into()),
                origin: Origin::Imported,
                span: resource.span,
            });
        }
        generic::facts(resource, self.input.estate, &mut element);
        let boundary = self.place(at);
        let index = self.add_component(element, boundary);
        self.set_element(at, component_ref(index));
    }

    /// A module whose content is not at hand.
    fn opaque(&mut self, at: u32) {
        let resource = self.input.estate.resource(at);
        let mut element = Element::new(&*resource.address, names::label(resource), resource.span);
        self.describe(at, &mut element);
        element.extras.push(("is".into(), "module".into()));
        element.description = "A module whose content was not at hand: what is inside is not known.".into();
        if let Some(fact) = word(fact::KIND, "process", Origin::Imported, resource.span) {
            element.set(fact);
        }
        let boundary = self.place(at);
        let index = self.add_component(element, boundary);
        self.set_element(at, component_ref(index));
    }

    fn identity(&mut self, at: u32) {
        let Some(entry) = self.entry(at) else { return };
        let resource = self.input.estate.resource(at);
        let mut element = Element::new(&*resource.address, names::of(resource, entry), resource.span);
        if let Some(kind) = entry.identity
            && let Some(fact) = word(fact::IDENTITY_KIND, kind, Origin::Imported, resource.span)
        {
            element.set(fact);
        }
        self.describe(at, &mut element);
        let index = self.out.model.identities.len();
        self.out.model.identities.push(element);
        let element = ElementRef::new(Domain::Identity, index);
        self.set_element(at, element);
        self.apply(at, element, false);
    }

    fn data(&mut self, at: u32) {
        let Some(entry) = self.entry(at) else { return };
        let resource = self.input.estate.resource(at);
        let mut element = Element::new(&*resource.address, names::of(resource, entry), resource.span);
        self.describe(at, &mut element);
        let index = self.out.model.data.len();
        self.out.model.data.push(element);
        let element = ElementRef::new(Domain::Data, index);
        self.set_element(at, element);
        self.apply(at, element, false);
        if let Some(owner) = self.owner(at, entry)
            && let Some(keeper) = self.component_of(owner)
        {
            let span = resource.span;
            self.with(component_ref(keeper), |component| {
                add_reference(component, fact::STORES, element.index, span);
            });
        }
    }
}
