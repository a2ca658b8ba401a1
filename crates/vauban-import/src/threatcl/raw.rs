//! threatcl's blocks, field by field. A block's label is under `@label`.

use vauban_syntax::Node;

use crate::raw::{List, Text, raw};

raw! {
    /// The whole file.
    Document, "a threatcl file" {
        /// The version of the language.
        version: Text<'a> = "spec_version",
        /// Models; the one that is read is chosen elsewhere.
        models: &'a Node = "threatmodel",
        /// Texts for several places; looked up before.
        variables: &'a Node = "variable",
        /// Controls for several places.
        components: List<&'a Node> = "component",
    }
}

raw! {
    /// A model.
    Model, "a threatmodel" {
        /// Name.
        name: Text<'a> = "@label",
        /// Who wrote it.
        author: Text<'a> = "author",
        /// Description.
        description: Text<'a> = "description",
        /// Where to read more.
        link: Text<'a> = "link",
        /// Where a picture is.
        diagram_link: Text<'a> = "diagram_link",
        /// Where the code is.
        repository: List<Text<'a>> = "repository",
        /// When it was made.
        created: Text<'a> = "created_at",
        /// When it was changed.
        updated: Text<'a> = "updated_at",
        /// The model it includes, once that is done.
        including: Text<'a> = "including_done",
        /// Files it imports controls from.
        imports: List<Text<'a>> = "imports",
        /// What it is.
        attributes: List<Attributes<'a>> = "attributes",
        /// More of that.
        additional: List<Named<'a>> = "additional_attribute",
        /// Data.
        assets: List<Asset<'a>> = "information_asset",
        /// What it is for.
        use_cases: List<Described<'a>> = "usecase",
        /// What is left out.
        exclusions: List<Described<'a>> = "exclusion",
        /// Products of others.
        third_parties: List<ThirdParty<'a>> = "third_party_dependency",
        /// Threats.
        threats: List<Threat<'a>> = "threat",
        /// Diagrams.
        diagrams: List<Diagram<'a>> = "data_flow_diagram_v2",
        /// Diagrams of older versions.
        old_diagrams: List<Diagram<'a>> = "data_flow_diagram",
        /// Drawings as text.
        mermaid: List<&'a Node> = "mermaid",
    }
}

raw! {
    /// What the system is.
    Attributes, "attributes" {
        /// Whether it is new.
        new: Text<'a> = "new_initiative",
        /// Whether it faces the internet.
        internet: Text<'a> = "internet_facing",
        /// How large it is.
        size: Text<'a> = "initiative_size",
    }
}

raw! {
    /// A name and a value.
    Named, "an attribute" {
        /// The name.
        name: Text<'a> = "@label",
        /// The value.
        value: Text<'a> = "value",
    }
}

raw! {
    /// Data.
    Asset, "an information asset" {
        /// Name.
        name: Text<'a> = "@label",
        /// Description.
        description: Text<'a> = "description",
        /// How secret it is.
        classification: Text<'a> = "information_classification",
        /// Where it was read from.
        source: Text<'a> = "source",
    }
}

raw! {
    /// Something with a description only.
    Described, "a use case or exclusion" {
        /// Description.
        description: Text<'a> = "description",
    }
}

raw! {
    /// A product of others.
    ThirdParty, "a third-party dependency" {
        /// Name.
        name: Text<'a> = "@label",
        /// What it is used for.
        description: Text<'a> = "description",
        /// Whether it is a service.
        saas: Text<'a> = "saas",
        /// Whether it is paid for.
        paying: Text<'a> = "paying_customer",
        /// Whether its source is open.
        open: Text<'a> = "open_source",
        /// Whether it is infrastructure.
        infrastructure: Text<'a> = "infrastructure",
        /// What happens without it.
        uptime: Text<'a> = "uptime_dependency",
        /// More about that.
        uptime_notes: Text<'a> = "uptime_notes",
    }
}

raw! {
    /// A threat.
    Threat, "a threat" {
        /// Name; older files have none.
        name: Text<'a> = "@label",
        /// Description.
        description: Text<'a> = "description",
        /// Confidentiality, integrity, availability.
        impacts: List<Text<'a>> = "impacts",
        /// STRIDE.
        stride: List<Text<'a>> = "stride",
        /// Data it is about.
        assets: List<Text<'a>> = "information_asset_refs",
        /// How likely and how bad.
        risk: List<&'a Node> = "risk",
        /// Controls; a text in older files.
        controls: &'a Node = "control" | "expanded_control",
        /// Controls that somebody thought of.
        proposed: List<&'a Node> = "proposed_control",
        /// Names of controls that were looked up.
        imported: List<Text<'a>> = "control_imports",
    }
}

raw! {
    /// A diagram.
    Diagram, "a data flow diagram" {
        /// Name.
        name: Text<'a> = "@label",
        /// Processes.
        processes: List<Drawn<'a>> = "process",
        /// External elements.
        externals: List<Drawn<'a>> = "external_element",
        /// Data stores.
        stores: List<Drawn<'a>> = "data_store",
        /// Flows.
        flows: List<Flow<'a>> = "flow",
        /// Zones.
        zones: List<Zone<'a>> = "trust_zone",
        /// Another file it is taken from.
        import: Text<'a> = "import",
    }
}

raw! {
    /// A zone.
    Zone, "a trust zone" {
        /// Name.
        name: Text<'a> = "@label",
        /// Processes.
        processes: List<Drawn<'a>> = "process",
        /// External elements.
        externals: List<Drawn<'a>> = "external_element",
        /// Data stores.
        stores: List<Drawn<'a>> = "data_store",
    }
}

raw! {
    /// A process, an external element or a data store.
    Drawn, "an element of a diagram" {
        /// Name.
        name: Text<'a> = "@label",
        /// Where it lies.
        zone: Text<'a> = "trust_zone",
        /// Of a store: the data in it.
        asset: Text<'a> = "information_asset",
    }
}

raw! {
    /// A flow.
    Flow, "a flow" {
        /// Name.
        name: Text<'a> = "@label",
        /// Where it starts.
        from: Text<'a> = "from",
        /// Where it ends.
        to: Text<'a> = "to",
        /// Protocol.
        protocol: Text<'a> = "protocol",
    }
}
