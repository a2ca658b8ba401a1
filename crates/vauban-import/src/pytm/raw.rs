//! pytm's JSON, field by field. An object's further attributes, some sixty yes-or-no questions, stay among its rest:
//! [`super::words`] knows them.

use vauban_syntax::Node;

use crate::raw::{Flag, List, Text, raw};

raw! {
    /// The whole file.
    Document, "a pytm model" {
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// Boundaries.
        boundaries: List<Thing<'a>> = "boundaries",
        /// Data.
        data: List<Data<'a>> = "data",
        /// Everything that flows join.
        elements: List<Thing<'a>> = "elements",
        /// The people among the elements, once more.
        actors: List<Thing<'a>> = "actors",
        /// The others among the elements, once more.
        assets: List<Thing<'a>> = "assets",
        /// Flows.
        flows: List<Thing<'a>> = "flows",
        /// What is assumed of the whole.
        assumptions: List<&'a Node> = "assumptions",
        /// Threats that pytm found.
        findings: List<Finding<'a>> = "findings",
        /// Threats that an assumption excludes.
        excluded: List<Finding<'a>> = "excluded_findings",
    }
}

raw! {
    /// An element, a flow or a boundary.
    Thing, "an element" {
        /// Which class of pytm's.
        class: Text<'a> = "__class__",
        /// Name; also what others refer to.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// Where it lies.
        boundary: Text<'a> = "inBoundary",
        /// Whether it is looked at.
        in_scope: Flag = "inScope",
        /// What is assumed of it.
        assumptions: List<&'a Node> = "assumptions",
        /// Data by name.
        data: &'a Node = "data",
        /// Of a flow: where it starts.
        source: Text<'a> = "source",
        /// Of a flow: where it ends.
        sink: Text<'a> = "sink",
        /// Of a flow: the flow it answers.
        response_to: Text<'a> = "responseTo",
        /// Protocol.
        protocol: Text<'a> = "protocol",
        /// Controls, yes or no or a text.
        controls: &'a Node = "controls",
    }
}

raw! {
    /// Data.
    Data, "data" {
        /// Name.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// How secret.
        classification: Text<'a> = "classification",
        /// Whether it is about people.
        personal: Flag = "isPII",
        /// Whether it opens something.
        credentials: Flag = "isCredentials",
        /// For how long.
        life: Text<'a> = "credentialsLife" | "lifetime",
        /// Elements that process it.
        processed: List<Text<'a>> = "processedBy",
    }
}

raw! {
    /// A threat at an element.
    Finding, "a finding" {
        /// The threat's id.
        threat: Text<'a> = "threat_id",
        /// The element's name.
        target: Text<'a> = "target" | "element",
        /// The threat's name.
        description: Text<'a> = "description",
        /// What it is about.
        details: Text<'a> = "details",
        /// How bad.
        severity: Text<'a> = "severity",
        /// What to do.
        mitigations: Text<'a> = "mitigations",
        /// Links to CAPEC and CWE.
        references: Text<'a> = "references",
        /// What a person answered.
        response: Text<'a> = "response",
    }
}
