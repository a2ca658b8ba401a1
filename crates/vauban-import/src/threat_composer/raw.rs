//! The file of Threat Composer, field by field: a workspace, a threat pack or a mitigation pack.

use vauban_syntax::Node;

use crate::raw::{At, List, Text, raw};

raw! {
    /// The whole file.
    Document, "a Threat Composer file" {
        /// The version of the schema.
        schema: Text<'a> = "schema",
        /// The workspace it was exported from.
        workspace: &'a Node = "workspace",
        /// What is modelled.
        application: Application<'a> = "applicationInfo",
        /// The picture of the architecture.
        architecture: Picture<'a> = "architecture",
        /// The picture of the flows.
        dataflow: Picture<'a> = "dataflow",
        /// Assumptions.
        assumptions: List<Item<'a>> = "assumptions",
        /// Mitigations.
        mitigations: List<Item<'a>> = "mitigations",
        /// Which assumption is about which threat or mitigation.
        assumption_links: List<AssumptionLink<'a>> = "assumptionLinks",
        /// Which mitigation is against which threat.
        mitigation_links: List<MitigationLink<'a>> = "mitigationLinks",
        /// Threat statements.
        threats: List<Threat<'a>> = "threats",
        /// Ideas that are no statements yet.
        brainstorm: &'a Node = "brainstorm",
        /// Of a pack: whose it is.
        namespace: Text<'a> = "namespace",
        /// Of a pack: `threat-pack` or `mitigation-pack`.
        kind: Text<'a> = "type",
        /// Of a pack: its id.
        id: Text<'a> = "id",
        /// Of a pack: its name.
        name: Text<'a> = "name",
        /// Of a pack: what it is for.
        description: Text<'a> = "description",
    }
}

impl<'a> Document<'a> {
    /// A file that is nothing but statements.
    pub(crate) fn of_threats(node: &'a Node, threats: Option<List<Threat<'a>>>) -> Self {
        Document {
            schema: None,
            workspace: None,
            application: None,
            architecture: None,
            dataflow: None,
            assumptions: None,
            mitigations: None,
            assumption_links: None,
            mitigation_links: None,
            threats,
            brainstorm: None,
            namespace: None,
            kind: None,
            id: None,
            name: None,
            description: None,
            at: At { node, what: "a list of statements", known: &[], rest: Vec::new() },
        }
    }
}

raw! {
    /// What is modelled.
    Application, "the application" {
        /// Name.
        name: Text<'a> = "name",
        /// Description, Markdown.
        description: Text<'a> = "description",
    }
}

raw! {
    /// A picture.
    Picture, "a picture" {
        /// Address, or the picture itself as a `data:` address.
        image: Text<'a> = "image",
        /// Description, Markdown.
        description: Text<'a> = "description",
    }
}

raw! {
    /// An assumption or a mitigation.
    Item, "an assumption or mitigation" {
        /// Id that links use.
        id: Text<'a> = "id",
        /// Number that people use.
        number: Text<'a> = "numericId",
        /// Place in the list; kept with the whole.
        order: &'a Node = "displayOrder",
        /// Tags; kept with the whole.
        tags: &'a Node = "tags",
        /// More about it; kept with the whole.
        metadata: &'a Node = "metadata",
        /// The text.
        content: Text<'a> = "content",
        /// Of a mitigation: how far it is.
        status: Text<'a> = "status",
    }
}

impl Item<'_> {
    /// Whether it says more than its number, its text and its status.
    pub(crate) fn says_more(&self) -> bool {
        self.order.is_some() || self.tags.is_some() || self.metadata.is_some() || !self.at.rest.is_empty()
    }
}

raw! {
    /// A link of an assumption.
    AssumptionLink, "an assumption's link" {
        /// `Threat` or `Mitigation`.
        kind: Text<'a> = "type",
        /// The assumption.
        assumption: Text<'a> = "assumptionId",
        /// The threat or mitigation.
        linked: Text<'a> = "linkedId",
    }
}

raw! {
    /// A link of a mitigation.
    MitigationLink, "a mitigation's link" {
        /// The mitigation.
        mitigation: Text<'a> = "mitigationId",
        /// The threat.
        linked: Text<'a> = "linkedId",
    }
}

raw! {
    /// A threat statement.
    Threat, "a threat statement" {
        /// Id that links use.
        id: Text<'a> = "id",
        /// Number that people use.
        number: Text<'a> = "numericId",
        /// Place in the list.
        order: Text<'a> = "displayOrder",
        /// Tags.
        tags: List<Text<'a>> = "tags",
        /// STRIDE, priority, comments and what people add.
        metadata: List<Metadata<'a>> = "metadata",
        /// Who.
        source: Text<'a> = "threatSource",
        /// With what in hand.
        prerequisites: Text<'a> = "prerequisites",
        /// Can do what.
        action: Text<'a> = "threatAction",
        /// Which leads to what.
        impact: Text<'a> = "threatImpact",
        /// What is reduced: confidentiality, integrity, …
        goals: List<Text<'a>> = "impactedGoal",
        /// Of what.
        assets: List<Text<'a>> = "impactedAssets",
        /// The whole sentence.
        statement: Text<'a> = "statement",
        /// The pattern of the sentence, if it is not the tool's.
        template: Text<'a> = "customTemplate",
        /// The sentence in pieces, as shown.
        displayed: &'a Node = "displayedStatement",
        /// What became of it.
        status: Text<'a> = "status",
    }
}

raw! {
    /// A key and a value.
    Metadata, "metadata" {
        /// The key.
        key: Text<'a> = "key",
        /// Text or a list of texts.
        value: &'a Node = "value",
    }
}
