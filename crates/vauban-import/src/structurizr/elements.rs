//! What a workspace is made of: elements, relationships, views, and what is said of them.

use vauban_model::Span;

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Person,
    System,
    Container,
    Component,
    /// An element of the user's own kind.
    Custom,
    Group,
    Environment,
    DeploymentNode,
    Infrastructure,
    /// A system or container that runs on a node.
    Instance,
}

impl Kind {
    /// The kind of a keyword in lower case.
    pub(super) fn of(keyword: &str) -> Option<Kind> {
        Some(match keyword {
            "person" => Kind::Person,
            "softwaresystem" => Kind::System,
            "container" => Kind::Container,
            "component" => Kind::Component,
            "element" => Kind::Custom,
            "group" | "enterprise" => Kind::Group,
            "deploymentenvironment" => Kind::Environment,
            "deploymentnode" => Kind::DeploymentNode,
            "infrastructurenode" => Kind::Infrastructure,
            "softwaresysteminstance" | "containerinstance" | "instanceof" => Kind::Instance,
            _ => return None,
        })
    }

    /// What the words behind the name are.
    pub(super) fn fields(self) -> &'static [Field] {
        match self {
            Kind::Person | Kind::System => &[Field::Description, Field::Tags],
            Kind::Container | Kind::Component | Kind::Infrastructure => {
                &[Field::Description, Field::Technology, Field::Tags]
            }
            Kind::Custom => &[Field::Metadata, Field::Description, Field::Tags],
            Kind::DeploymentNode => &[Field::Description, Field::Technology, Field::Tags, Field::Instances],
            Kind::Instance => &[Field::DeploymentGroups, Field::Tags],
            Kind::Group | Kind::Environment => &[],
        }
    }
}

/// What a word behind the name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Description,
    Technology,
    Tags,
    Metadata,
    Instances,
    DeploymentGroups,
}

/// What elements and relationships have in common.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) description: String,
    pub(super) technology: String,
    pub(super) tags: Vec<String>,
    /// Everything else: name and value.
    pub(super) others: Vec<(String, String)>,
}

impl Said {
    pub(super) fn field(&mut self, field: Field, text: &str) {
        if text.is_empty() {
            return;
        }
        match field {
            Field::Description => text.clone_into(&mut self.description),
            Field::Technology => text.clone_into(&mut self.technology),
            Field::Tags => self.tag(text),
            Field::Metadata => self.others.push(("metadata".to_owned(), text.to_owned())),
            Field::Instances => self.others.push(("instances".to_owned(), text.to_owned())),
            Field::DeploymentGroups => self.others.push(("deployment-groups".to_owned(), text.to_owned())),
        }
    }

    pub(super) fn tag(&mut self, text: &str) {
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            if !self.tags.iter().any(|known| known == tag) {
                self.tags.push(tag.to_owned());
            }
        }
    }

    /// Takes over what another says, whatever this says.
    pub(super) fn take(&mut self, other: Said) {
        if !other.description.is_empty() {
            self.description = other.description;
        }
        if !other.technology.is_empty() {
            self.technology = other.technology;
        }
        other.tags.iter().for_each(|tag| self.tag(tag));
        self.others.extend(other.others);
    }

    /// Takes over what another says and this does not.
    pub(super) fn inherit(&mut self, other: &Said) {
        if self.description.is_empty() {
            self.description.clone_from(&other.description);
        }
        if self.technology.is_empty() {
            self.technology.clone_from(&other.technology);
        }
        other.tags.iter().for_each(|tag| self.tag(tag));
        self.others.extend(other.others.iter().cloned());
    }
}

/// An element.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// How the file calls it, in full; empty if it does not.
    pub(super) identifier: String,
    pub(super) parent: Option<usize>,
    pub(super) said: Said,
    pub(super) span: Span,
}

/// A relationship between two elements.
#[derive(Clone, Debug)]
pub(super) struct Relationship {
    pub(super) source: usize,
    pub(super) target: usize,
    pub(super) said: Said,
    pub(super) span: Span,
}

/// A view, as a heading and what stands in it.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) title: String,
    pub(super) text: String,
    pub(super) span: Span,
}
