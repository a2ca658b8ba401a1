//! The Open Threat Model file, field by field.
//!
//! Nearly everything may be null. Version 0.1 calls attributes `properties`.

use vauban_syntax::Node;

use crate::raw::{Flag, List, Map, Number, Text, raw};

raw! {
    /// The whole file.
    Document, "an Open Threat Model" {
        /// The version of the format.
        version: Text<'a> = "otmVersion",
        /// What is modelled.
        project: Project<'a> = "project",
        /// Diagrams and code bases that elements refer to.
        representations: &'a Node = "representations",
        /// Data.
        assets: List<Asset<'a>> = "assets",
        /// Components.
        components: List<Component<'a>> = "components",
        /// Flows.
        dataflows: List<Dataflow<'a>> = "dataflows",
        /// Boundaries.
        trust_zones: List<TrustZone<'a>> = "trustZones",
        /// Threats that elements refer to.
        threats: List<Threat<'a>> = "threats",
        /// Mitigations that threats of elements refer to.
        mitigations: List<Mitigation<'a>> = "mitigations",
    }
}

raw! {
    /// What is modelled.
    Project, "a project" {
        /// Id.
        id: Text<'a> = "id",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// Who owns it.
        owner: Text<'a> = "owner",
        /// How to reach the owner.
        owner_contact: Text<'a> = "ownerContact",
        /// Tags.
        tags: List<Text<'a>> = "tags",
        /// Anything else.
        attributes: Map<'a, &'a Node> = "attributes",
        /// The same in version 0.1.
        properties: Map<'a, &'a Node> = "properties",
    }
}

raw! {
    /// Data.
    Asset, "an asset" {
        /// Id.
        id: Text<'a> = "id",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// Needs, 0 to 100.
        risk: AssetRisk<'a> = "risk",
        /// Anything else.
        attributes: Map<'a, &'a Node> = "attributes",
        /// The same in version 0.1.
        properties: Map<'a, &'a Node> = "properties",
    }
}

raw! {
    /// What data needs, 0 to 100.
    AssetRisk, "an asset's risk" {
        /// Confidentiality.
        confidentiality: Number<'a> = "confidentiality",
        /// Integrity.
        integrity: Number<'a> = "integrity",
        /// Availability.
        availability: Number<'a> = "availability",
        /// Why.
        comment: Text<'a> = "comment",
    }
}

raw! {
    /// A boundary.
    TrustZone, "a trust zone" {
        /// Id.
        id: Text<'a> = "id",
        /// Name.
        name: Text<'a> = "name",
        /// What kind of zone; a word, or the id of one of IriusRisk's zones.
        kind: Text<'a> = "type",
        /// Description.
        description: Text<'a> = "description",
        /// How far it can be trusted.
        risk: ZoneRisk<'a> = "risk",
        /// What is around it.
        parent: Parent<'a> = "parent",
        /// Where it is drawn.
        representations: &'a Node = "representations",
        /// Anything else.
        attributes: Map<'a, &'a Node> = "attributes",
        /// The same in version 0.1.
        properties: Map<'a, &'a Node> = "properties",
    }
}

raw! {
    /// How far a zone can be trusted.
    ZoneRisk, "a trust zone's risk" {
        /// 0 to 100.
        trust_rating: Number<'a> = "trustRating",
    }
}

raw! {
    /// What is around something: a zone or a component.
    Parent, "a parent" {
        /// The zone's id.
        trust_zone: Text<'a> = "trustZone",
        /// The component's id.
        component: Text<'a> = "component",
    }
}

raw! {
    /// A component.
    Component, "a component" {
        /// Id.
        id: Text<'a> = "id",
        /// Name.
        name: Text<'a> = "name",
        /// What it is; a word of IriusRisk's.
        kind: Text<'a> = "type",
        /// Description.
        description: Text<'a> = "description",
        /// What is around it.
        parent: Parent<'a> = "parent",
        /// Where it is drawn, or stands in the code.
        representations: &'a Node = "representations",
        /// Data it has.
        assets: ComponentAssets<'a> = "assets",
        /// Threats to it.
        threats: List<ThreatInstance<'a>> = "threats",
        /// Tags.
        tags: List<Text<'a>> = "tags",
        /// Anything else.
        attributes: Map<'a, &'a Node> = "attributes",
        /// The same in version 0.1.
        properties: Map<'a, &'a Node> = "properties",
    }
}

raw! {
    /// Data of a component.
    ComponentAssets, "a component's assets" {
        /// Data it processes, by id.
        processed: List<Text<'a>> = "processed",
        /// Data it keeps, by id.
        stored: List<Text<'a>> = "stored",
    }
}

raw! {
    /// A flow.
    Dataflow, "a dataflow" {
        /// Id.
        id: Text<'a> = "id",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// Whether either end may start.
        bidirectional: Flag = "bidirectional",
        /// The component it starts at, by id.
        source: Text<'a> = "source",
        /// The component it ends at, by id.
        destination: Text<'a> = "destination",
        /// Data it carries, by id.
        assets: List<Text<'a>> = "assets",
        /// Where it is drawn; not in the schema, but in the official example.
        representations: &'a Node = "representations",
        /// Threats to it.
        threats: List<ThreatInstance<'a>> = "threats",
        /// Tags.
        tags: List<Text<'a>> = "tags",
        /// Anything else.
        attributes: Map<'a, &'a Node> = "attributes",
        /// The same in version 0.1.
        properties: Map<'a, &'a Node> = "properties",
    }
}

raw! {
    /// A threat to one element.
    ThreatInstance, "an element's threat" {
        /// The threat's id.
        threat: Text<'a> = "threat",
        /// Any word.
        state: Text<'a> = "state",
        /// What is done about it.
        mitigations: List<MitigationInstance<'a>> = "mitigations",
    }
}

raw! {
    /// What is done about a threat to one element.
    MitigationInstance, "an element's mitigation" {
        /// The mitigation's id.
        mitigation: Text<'a> = "mitigation",
        /// Any word.
        state: Text<'a> = "state",
    }
}

raw! {
    /// A threat.
    Threat, "a threat" {
        /// Id.
        id: Text<'a> = "id",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// Categories of any method.
        categories: List<Text<'a>> = "categories",
        /// Weaknesses: `CWE-79`.
        cwes: List<Text<'a>> = "cwes",
        /// How likely and how bad.
        risk: ThreatRisk<'a> = "risk",
        /// Tags.
        tags: List<Text<'a>> = "tags",
        /// Anything else.
        attributes: Map<'a, &'a Node> = "attributes",
        /// The same in version 0.1.
        properties: Map<'a, &'a Node> = "properties",
    }
}

raw! {
    /// How likely and how bad, 0 to 100.
    ThreatRisk, "a threat's risk" {
        /// Likelihood.
        likelihood: Number<'a> = "likelihood",
        /// Why.
        likelihood_comment: Text<'a> = "likelihoodComment",
        /// Impact.
        impact: Number<'a> = "impact",
        /// Why.
        impact_comment: Text<'a> = "impactComment",
    }
}

raw! {
    /// A mitigation.
    Mitigation, "a mitigation" {
        /// Id.
        id: Text<'a> = "id",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// By how much it lowers the risk, 0 to 100.
        risk_reduction: &'a Node = "riskReduction",
        /// Anything else.
        attributes: Map<'a, &'a Node> = "attributes",
        /// The same in version 0.1.
        properties: Map<'a, &'a Node> = "properties",
    }
}
