//! The file of the Threat Model Library, field by field. Drafts have some names in the singular.

use vauban_syntax::Node;

use crate::raw::{Flag, List, Number, Text, raw};

raw! {
    /// The whole file.
    Document, "a threat model" {
        /// The schema.
        schema: Text<'a> = "$schema",
        /// The model's own version.
        version: Text<'a> = "version",
        /// What is modelled.
        scope: Scope<'a> = "scope",
        /// Description.
        description: Text<'a> = "description",
        /// Whether it is finished.
        frozen: Text<'a> = "frozen",
        /// When it was published.
        released_at: Text<'a> = "released_at",
        /// When the product was.
        product_release_date: Text<'a> = "product_release_date",
        /// Where it is documented.
        release_docs_link: Text<'a> = "release_docs_link",
        /// When somebody looked last.
        reviewed_at: Text<'a> = "reviewed_at",
        /// Where the code is.
        repo_link: Text<'a> = "repo_link",
        /// Drawings as text; kept whole.
        diagrams: List<&'a Node> = "diagrams",
        /// Zones.
        zones: List<Zone<'a>> = "trust_zones",
        /// What is asked between two zones.
        boundaries: List<Boundary<'a>> = "trust_boundaries",
        /// Actors.
        actors: List<Actor<'a>> = "actors",
        /// Components.
        components: List<Component<'a>> = "components",
        /// Data stores.
        stores: List<Store<'a>> = "data_stores",
        /// Data sets.
        sets: List<DataSet<'a>> = "data_sets",
        /// Flows.
        flows: List<Flow<'a>> = "data_flows",
        /// Assumptions.
        assumptions: List<Assumption<'a>> = "assumptions",
        /// Attackers; kept whole.
        personas: List<&'a Node> = "threat_personas",
        /// Threats.
        threats: List<Threat<'a>> = "threats",
        /// Controls; kept whole.
        controls: List<&'a Node> = "controls" | "mitigations",
        /// Risks; kept whole.
        risks: List<&'a Node> = "risks",
        /// What tools add.
        extensions: &'a Node = "extensions",
    }
}

raw! {
    /// What is modelled.
    Scope, "the scope" {
        /// Name.
        title: Text<'a> = "title",
        /// Description.
        description: Text<'a> = "description",
        /// How much the business depends on it.
        criticality: Text<'a> = "business_criticality",
        /// Kinds of data.
        sensitivity: List<Text<'a>> = "data_sensitivity",
        /// `internal` or `external`.
        exposure: Text<'a> = "exposure",
        /// How important it is.
        tier: Text<'a> = "tier",
    }
}

raw! {
    /// A zone.
    Zone, "a trust zone" {
        /// Id.
        id: Text<'a> = "symbolic_name",
        /// Name.
        title: Text<'a> = "title",
        /// Description.
        description: Text<'a> = "description",
    }
}

raw! {
    /// What is asked between two zones. Sessions and tokens are kept with the whole.
    Boundary, "a trust boundary" {
        /// One side.
        a: Text<'a> = "trust_zone_a",
        /// The other.
        b: Text<'a> = "trust_zone_b",
        /// How rights are decided.
        access: List<Text<'a>> = "access_control_methods" | "access_control_method",
        /// How callers prove who they are.
        authentication: List<Text<'a>> = "authentication_methods" | "authentication_method",
    }
}

raw! {
    /// An actor.
    Actor, "an actor" {
        /// Id.
        id: Text<'a> = "symbolic_name",
        /// Name.
        title: Text<'a> = "title",
        /// Description.
        description: Text<'a> = "description",
        /// Who.
        kind: Text<'a> = "type",
        /// What it may do.
        permissions: Text<'a> = "permissions",
        /// Where.
        zone: Text<'a> = "trust_zone",
    }
}

raw! {
    /// A component.
    Component, "a component" {
        /// Id.
        id: Text<'a> = "symbolic_name",
        /// Name.
        title: Text<'a> = "title",
        /// Description.
        description: Text<'a> = "description",
        /// What it is part of.
        parent: Text<'a> = "parent_component",
        /// Where.
        zone: Text<'a> = "trust_zone",
        /// Where its code is.
        repo_link: Text<'a> = "repo_link",
    }
}

raw! {
    /// A data store.
    Store, "a data store" {
        /// Id.
        id: Text<'a> = "symbolic_name",
        /// Name.
        title: Text<'a> = "title",
        /// Description.
        description: Text<'a> = "description",
        /// What kind.
        kind: Text<'a> = "type",
        /// Whose product.
        vendor: Text<'a> = "vendor",
        /// Which product.
        product: Text<'a> = "product",
        /// Where.
        zone: Text<'a> = "trust_zone",
    }
}

raw! {
    /// A data set.
    DataSet, "a data set" {
        /// Id.
        id: Text<'a> = "symbolic_name",
        /// Name.
        title: Text<'a> = "title",
        /// Description.
        description: Text<'a> = "description",
        /// Where it is kept.
        placements: List<Placement<'a>> = "placements",
        /// Kinds of data.
        sensitivity: List<Text<'a>> = "data_sensitivity",
        /// How rights to it are decided.
        access: List<Text<'a>> = "access_control_methods" | "access_control_method",
        /// How many records.
        records: Number<'a> = "record_count",
    }
}

raw! {
    /// Where a data set is kept.
    Placement, "a placement" {
        /// The data store.
        store: Text<'a> = "data_store",
        /// Whether it is encrypted there.
        encrypted: Flag = "encrypted",
    }
}

raw! {
    /// A flow.
    Flow, "a data flow" {
        /// Id.
        id: Text<'a> = "symbolic_name",
        /// Name.
        title: Text<'a> = "title",
        /// Description.
        description: Text<'a> = "description",
        /// Where it starts.
        source: End<'a> = "source",
        /// Where it ends.
        destination: End<'a> = "destination",
        /// Whether what it carries is sensitive.
        sensitive: Flag = "has_sensitive_data",
        /// Whether it is encrypted.
        encrypted: Flag = "encrypted",
    }
}

raw! {
    /// An end of a flow.
    End, "an end of a data flow" {
        /// `actor`, `component` or `data_store`.
        kind: Text<'a> = "type",
        /// Its id.
        object: Text<'a> = "object",
    }
}

raw! {
    /// An assumption.
    Assumption, "an assumption" {
        /// What is assumed.
        description: Text<'a> = "description",
        /// What it is about.
        topics: List<Text<'a>> = "topics",
        /// Whether it was checked.
        validity: Text<'a> = "validity",
    }
}

raw! {
    /// A threat.
    Threat, "a threat" {
        /// Id.
        id: Text<'a> = "symbolic_name",
        /// Name.
        title: Text<'a> = "title",
        /// Description.
        description: Text<'a> = "description",
        /// What it hits.
        affected: List<Text<'a>> = "components_affected",
        /// Who.
        persona: Text<'a> = "threat_persona",
        /// What happens.
        event: Text<'a> = "event",
        /// Where it comes from.
        sources: List<Text<'a>> = "sources",
        /// CAPEC patterns.
        mechanisms: &'a Node = "attack_mechanisms" | "attack_mechanism",
        /// CWE weaknesses.
        weaknesses: List<Weakness<'a>> = "weaknesses" | "weakness",
    }
}

raw! {
    /// A weakness.
    Weakness, "a weakness" {
        /// Its number.
        number: Text<'a> = "cwe_id",
        /// Its name.
        title: Text<'a> = "cwe_title",
    }
}
