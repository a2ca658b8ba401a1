//! CycloneDX, field by field, as far as it says something about a system. Version 2.0 is a preview and large: what is
//! not listed here stays among the rest, and is kept without a word.

use vauban_syntax::Node;

use crate::raw::{Flag, List, Number, Text, raw};

raw! {
    /// The whole file.
    Document, "a bill of materials" {
        /// `CycloneDX`, as 2.0 has it.
        spec_format: Text<'a> = "specFormat",
        /// `CycloneDX`, as 1.x has it.
        bom_format: Text<'a> = "bomFormat",
        /// The version of the format.
        version: Text<'a> = "specVersion",
        /// About the file.
        metadata: Metadata<'a> = "metadata",
        /// Components.
        components: List<Component<'a>> = "components",
        /// Services.
        services: List<Service<'a>> = "services",
        /// What depends on what.
        dependencies: List<Dependency<'a>> = "dependencies",
        /// Models.
        blueprints: List<Blueprint<'a>> = "blueprints",
        /// Threats and what belongs to them.
        threats: Threats<'a> = "threats",
        /// Risks and what belongs to them.
        risks: Risks<'a> = "risks",
        /// Controls; kept whole.
        controls: List<&'a Node> = "controls",
    }
}

raw! {
    /// About the file.
    Metadata, "the metadata" {
        /// What it is about.
        component: Component<'a> = "component",
    }
}

raw! {
    /// A component.
    Component, "a component" {
        /// Id.
        id: Text<'a> = "bom-ref",
        /// What it is.
        kind: Text<'a> = "type",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// Its parts.
        components: List<Component<'a>> = "components",
        /// What tools add.
        properties: List<Property<'a>> = "properties",
    }
}

raw! {
    /// A name and a value.
    Property, "a property" {
        /// The name.
        name: Text<'a> = "name",
        /// The value.
        value: Text<'a> = "value",
    }
}

raw! {
    /// A service.
    Service, "a service" {
        /// Id.
        id: Text<'a> = "bom-ref",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// Addresses.
        endpoints: List<Text<'a>> = "endpoints",
        /// Whether callers have to prove who they are.
        authenticated: Flag = "authenticated",
        /// The zone it is in.
        zone: Text<'a> = "trustZone",
        /// Data that goes in and out.
        data: List<ServiceData<'a>> = "data",
        /// Its parts.
        services: List<Service<'a>> = "services",
        /// Tags.
        tags: List<Text<'a>> = "tags",
    }
}

raw! {
    /// Data of a service.
    ServiceData, "data of a service" {
        /// In which direction.
        flow: Text<'a> = "flow",
        /// How secret; a word of its own in 2.0 is an object.
        classification: &'a Node = "classification",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// Where it comes from.
        source: List<Text<'a>> = "source",
        /// Where it goes to.
        destination: List<Text<'a>> = "destination",
    }
}

raw! {
    /// What something depends on.
    Dependency, "a dependency" {
        /// Who depends.
        id: Text<'a> = "ref",
        /// On what.
        on: List<Text<'a>> = "dependsOn",
    }
}

raw! {
    /// A model of 2.0.
    Blueprint, "a blueprint" {
        /// Id.
        id: Text<'a> = "bom-ref",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// Components.
        assets: List<Asset<'a>> = "assets",
        /// Data stores.
        stores: List<Store<'a>> = "dataStores",
        /// Data sets.
        sets: List<DataSet<'a>> = "dataSets",
        /// Zones.
        zones: List<Zone<'a>> = "zones",
        /// What is asked between zones.
        boundaries: List<Boundary<'a>> = "boundaries",
        /// Flows.
        flows: List<Flow<'a>> = "flows",
        /// Who acts.
        actors: List<Actor<'a>> = "actors",
        /// Assumptions.
        assumptions: List<Assumption<'a>> = "assumptions",
    }
}

raw! {
    /// A component of a model.
    Asset, "an asset" {
        /// Id.
        id: Text<'a> = "bom-ref",
        /// What it is.
        kind: &'a Node = "type",
        /// Name; may be that of the component it stands for.
        name: Text<'a> = "name",
        /// The component it stands for.
        component: Text<'a> = "componentRef",
        /// Description.
        description: Text<'a> = "description",
        /// Where it lies.
        zone: Text<'a> = "zone",
        /// How critical and how secret.
        classification: Classification<'a> = "classification",
        /// Tags.
        tags: List<Text<'a>> = "tags",
    }
}

raw! {
    /// How critical and how secret something is.
    Classification, "a classification" {
        /// How critical.
        criticality: Text<'a> = "criticality",
        /// How secret.
        classification: &'a Node = "classification",
    }
}

raw! {
    /// A data store.
    Store, "a data store" {
        /// Id.
        id: Text<'a> = "bom-ref",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// What kind.
        kind: &'a Node = "type",
        /// Which product.
        product: Text<'a> = "product",
        /// What it is made of.
        technologies: List<Text<'a>> = "technologies",
        /// Where it lies.
        zone: Text<'a> = "zone",
        /// Data in it.
        sets: List<Text<'a>> = "dataSets",
    }
}

raw! {
    /// A data set.
    DataSet, "a data set" {
        /// Id.
        id: Text<'a> = "bom-ref",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// How many records.
        records: Number<'a> = "recordCount",
        /// What it is; the first classification counts.
        profiles: List<&'a Node> = "dataProfiles",
        /// Where it is kept.
        placements: List<Placement<'a>> = "placements",
    }
}

raw! {
    /// Where a data set is kept.
    Placement, "a placement" {
        /// The store.
        store: Text<'a> = "dataStore",
        /// Whether it is encrypted there.
        encrypted: Flag = "encrypted",
    }
}

raw! {
    /// A zone.
    Zone, "a zone" {
        /// Id.
        id: Text<'a> = "bom-ref",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// What kind.
        kind: &'a Node = "type",
        /// The zone around it.
        parent: Text<'a> = "parent",
        /// What is true inside.
        characteristics: List<Text<'a>> = "characteristics",
    }
}

raw! {
    /// What is asked between zones.
    Boundary, "a boundary" {
        /// The zones it joins.
        zones: List<Text<'a>> = "zones",
        /// What is asked.
        crossing: Crossing<'a> = "crossingRequirements",
    }
}

raw! {
    /// What is asked of those who cross.
    Crossing, "crossing requirements" {
        /// How callers prove who they are.
        authentication: List<&'a Node> = "authentication",
        /// How rights are decided.
        authorization: List<&'a Node> = "authorization",
    }
}

raw! {
    /// A flow.
    Flow, "a flow" {
        /// Id.
        id: Text<'a> = "bom-ref",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// What flows.
        kind: &'a Node = "type",
        /// Where it starts.
        source: Text<'a> = "source",
        /// Where it ends.
        destination: Text<'a> = "destination",
        /// Whether it goes both ways.
        both: Flag = "bidirectional",
        /// Whether the source waits.
        synchronous: Flag = "synchronous",
        /// Whether it is encrypted.
        encrypted: Flag = "encrypted",
        /// Protocols.
        protocols: List<Text<'a>> = "protocols",
        /// Data it carries.
        objects: List<&'a Node> = "dataObjects",
        /// How callers prove who they are.
        authentication: List<&'a Node> = "authentication",
        /// How rights are decided.
        authorization: List<&'a Node> = "authorization",
    }
}

raw! {
    /// Who acts.
    Actor, "an actor" {
        /// Id.
        id: Text<'a> = "bom-ref",
        /// Who, as an object or a reference.
        party: &'a Node = "party",
        /// Description.
        description: Text<'a> = "description",
        /// Where.
        zone: Text<'a> = "zone",
    }
}

raw! {
    /// An assumption.
    Assumption, "an assumption" {
        /// Id.
        id: Text<'a> = "bom-ref",
        /// What is assumed.
        description: Text<'a> = "description",
        /// What it is about.
        related: List<Text<'a>> = "relatedAssets",
    }
}

raw! {
    /// Threats and what belongs to them.
    Threats, "the threats" {
        /// Threats.
        threats: List<Threat<'a>> = "threats",
        /// Who would do what; kept whole.
        scenarios: List<&'a Node> = "scenarios",
        /// What could be misused; kept whole.
        abuse_cases: List<&'a Node> = "abuseCases",
    }
}

raw! {
    /// A threat.
    Threat, "a threat" {
        /// Id.
        id: Text<'a> = "bom-ref",
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// By taxonomy.
        categories: List<&'a Node> = "categories",
        /// CWE weaknesses, or others.
        weaknesses: List<&'a Node> = "weaknesses",
        /// What it hits.
        affected: List<Text<'a>> = "affectedAssets",
        /// What helps.
        mitigations: List<Text<'a>> = "mitigations",
    }
}

raw! {
    /// Risks and what belongs to them.
    Risks, "the risks" {
        /// Risks; kept whole.
        risks: List<&'a Node> = "risks",
    }
}
