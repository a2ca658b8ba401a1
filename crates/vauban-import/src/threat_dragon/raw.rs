//! The Threat Dragon model, field by field, both versions in one: version 1 is JointJS with everything on the cell,
//! version 2 is X6 with most of it in `data`.

use vauban_syntax::Node;

use crate::log::Log;
use crate::raw::{At, Flag, List, Place, Read, Text, raw};

raw! {
    /// The whole file.
    Document, "a Threat Dragon model" {
        /// The version of the tool that wrote it; from version 2 on.
        version: Text<'a> = "version",
        /// The version of the model, given by its authors.
        release_version: Text<'a> = "release_version",
        /// When the authors released it.
        released_at: Text<'a> = "released_at",
        /// What is modelled.
        summary: Summary<'a> = "summary",
        /// Everything else.
        detail: Detail<'a> = "detail",
        /// Where it is stored; version 1, not in its schema.
        location: &'a Node = "location",
        /// What a template says about itself.
        template: &'a Node = "templateMetadata",
        /// The model in a template.
        model: Box<Document<'a>> = "model",
    }
}

raw! {
    /// What is modelled.
    Summary, "a summary" {
        /// What we wrote beside.
        vauban: &'a Node = "vauban",
        /// Title.
        title: Text<'a> = "title",
        /// Who owns it.
        owner: Text<'a> = "owner",
        /// Description.
        description: Text<'a> = "description",
        /// Id.
        id: Text<'a> = "id",
    }
}

raw! {
    /// The diagrams and who made them.
    Detail, "a detail" {
        /// Who made it.
        contributors: List<Named<'a>> = "contributors",
        /// Who reviewed it.
        reviewer: Text<'a> = "reviewer",
        /// The number the next diagram gets.
        diagram_top: Text<'a> = "diagramTop",
        /// The number the next threat gets.
        threat_top: Text<'a> = "threatTop",
        /// Diagrams.
        diagrams: List<Diagram<'a>> = "diagrams",
    }
}

raw! {
    /// Somebody who made it.
    Contributor, "a contributor" {
        /// Name.
        name: Text<'a> = "name",
        /// Left behind by the first version's user interface.
        hash_key: &'a Node = "$$hashKey",
    }
}

raw! {
    /// A diagram.
    Diagram, "a diagram" {
        /// What we wrote beside.
        vauban: &'a Node = "vauban",
        /// Number.
        id: Text<'a> = "id",
        /// Title.
        title: Text<'a> = "title",
        /// Methodology.
        diagram_type: Text<'a> = "diagramType",
        /// Shown while there is no description.
        placeholder: Text<'a> = "placeholder",
        /// Description.
        description: Text<'a> = "description",
        /// A stock picture of the methodology.
        thumbnail: Text<'a> = "thumbnail",
        /// The version of the tool that made it.
        version: Text<'a> = "version",
        /// What is drawn; version 2.
        cells: List<Cell<'a>> = "cells",
        /// What is drawn; version 1.
        json: DiagramJson<'a> = "diagramJson",
        /// The size of the canvas; version 1.
        size: &'a Node = "size",
        /// Left behind by the first version's user interface.
        hash_key: &'a Node = "$$hashKey",
    }
}

raw! {
    /// What is drawn; version 1.
    DiagramJson, "a diagram's JSON" {
        /// What is drawn.
        cells: List<Cell<'a>> = "cells",
    }
}

raw! {
    /// One thing drawn.
    Cell, "a cell" {
        /// Id.
        id: Text<'a> = "id",
        /// What it looks like; version 2.
        shape: Text<'a> = "shape",
        /// Where it is.
        position: &'a Node = "position",
        /// How large it is.
        size: &'a Node = "size",
        /// Where a line starts.
        source: Attached<'a> = "source",
        /// Where a line ends.
        target: Attached<'a> = "target",
        /// Points a line passes.
        vertices: &'a Node = "vertices",
        /// Texts along a line: texts, or drawings with a text in them.
        labels: &'a Node = "labels",
        /// How it is drawn; holds the name in some versions.
        attrs: &'a Node = "attrs",
        /// What it means; version 2.
        data: Properties<'a> = "data",
        /// How it is drawn.
        z_index: &'a Node = "zIndex",
        /// How it is drawn; version 1.
        z: &'a Node = "z",
        /// How it is drawn.
        angle: &'a Node = "angle",
        /// How it is drawn.
        visible: &'a Node = "visible",
        /// How it is drawn.
        ports: &'a Node = "ports",
        /// How it is drawn.
        connector: &'a Node = "connector",
        /// How it is drawn.
        smooth: &'a Node = "smooth",
        /// How it is drawn.
        width: &'a Node = "width",
        /// How it is drawn.
        height: &'a Node = "height",
        /// How it is drawn.
        tools: &'a Node = "tools",
        flat own: Properties,
    }
}

raw! {
    /// An end of a line: on a cell, or loose.
    End, "an end of a line" {
        /// The cell it is on.
        cell: Text<'a> = "cell" | "id",
        /// The spot of the cell it is on.
        port: &'a Node = "port",
        /// Where a loose end is.
        x: &'a Node = "x",
        /// Where a loose end is.
        y: &'a Node = "y",
    }
}

/// An end of a line, also where nothing but the id of a cell is written, as programs do that write models themselves.
#[derive(Clone, Debug)]
pub(crate) struct Attached<'a>(pub(crate) End<'a>);

impl<'a> Read<'a> for Attached<'a> {
    fn read(node: &'a Node, place: Place<'_>, log: &mut Log) -> Option<Self> {
        let Some(text) = node.as_str() else { return End::read(node, place, log).map(Attached) };
        let at = At { node, what: "an end of a line", known: &[], rest: Vec::new() };
        let cell = Some(Text { text, span: node.span });
        Some(Attached(End { cell, port: None, x: None, y: None, at }))
    }
}

/// Somebody who made it, also where only the name is written.
#[derive(Clone, Debug)]
pub(crate) struct Named<'a>(pub(crate) Contributor<'a>);

impl<'a> Read<'a> for Named<'a> {
    fn read(node: &'a Node, place: Place<'_>, log: &mut Log) -> Option<Self> {
        let Some(text) = node.as_str() else { return Contributor::read(node, place, log).map(Named) };
        let at = At { node, what: "a contributor", known: &[], rest: Vec::new() };
        Some(Named(Contributor { name: Some(Text { text, span: node.span }), hash_key: None, at }))
    }
}

raw! {
    /// What a cell means.
    Properties, "a cell's data" {
        /// What we wrote beside.
        vauban: &'a Node = "vauban",
        /// What it is.
        kind: Text<'a> = "type",
        /// Name; version 2.
        name: Text<'a> = "name",
        /// Description.
        description: Text<'a> = "description",
        /// Whether it is left out.
        out_of_scope: Flag = "outOfScope",
        /// Why.
        reason_out_of_scope: Text<'a> = "reasonOutOfScope",
        /// Computed.
        is_trust_boundary: &'a Node = "isTrustBoundary",
        /// Computed.
        has_open_threats: &'a Node = "hasOpenThreats",
        /// Computed.
        threat_frequency: &'a Node = "threatFrequency",
        /// Threats to it. The schema of version 2 has them on the cell, real files in its data.
        threats: List<Threat<'a>> = "threats",
        /// Actor: proves who it is.
        provides_authentication: Flag = "providesAuthentication",
        /// Process: handles card payments.
        handles_card_payment: Flag = "handlesCardPayment",
        /// Process: sells goods or services.
        handles_goods_or_services: Flag = "handlesGoodsOrServices",
        /// Process: is a web application.
        is_web_application: Flag = "isWebApplication",
        /// Process: on whose rights it runs.
        privilege_level: Text<'a> = "privilegeLevel",
        /// Store: holds logs.
        is_a_log: Flag = "isALog",
        /// Store: encrypted at rest. Flow: encrypted on its way.
        is_encrypted: Flag = "isEncrypted",
        /// Store: signed.
        is_signed: Flag = "isSigned",
        /// Store: holds credentials.
        stores_credentials: Flag = "storesCredentials",
        /// Store: holds an inventory.
        stores_inventory: Flag = "storesInventory",
        /// Flow: goes both ways.
        is_bidirectional: Flag = "isBidirectional",
        /// Flow: passes a public network.
        is_public_network: Flag = "isPublicNetwork",
        /// Flow: protocol.
        protocol: Text<'a> = "protocol",
        /// Flow: boundaries it crosses; computed from 2.6 on.
        trust_boundary_ids: List<Text<'a>> = "trustBoundaryIds",
        /// Boundary: flows that cross it; computed from 2.6 on.
        crossing_flows: List<Text<'a>> = "crossingFlows",
        /// Boundary: cells in it; computed from 2.6 on.
        contained_elements: List<Text<'a>> = "containedElements",
    }
}

raw! {
    /// A threat.
    Threat, "a threat" {
        /// What we wrote beside.
        vauban: &'a Node = "vauban",
        /// Id; version 2.
        id: Text<'a> = "id",
        /// Id; version 1.
        threat_id: Text<'a> = "threatId",
        /// Title.
        title: Text<'a> = "title",
        /// Status.
        status: Text<'a> = "status",
        /// Severity.
        severity: Text<'a> = "severity",
        /// Category, in the language of whoever chose it.
        kind: Text<'a> = "type",
        /// Description.
        description: Text<'a> = "description",
        /// What is done about it.
        mitigation: Text<'a> = "mitigation",
        /// Methodology.
        model_type: Text<'a> = "modelType",
        /// Number.
        number: Text<'a> = "number",
        /// Score; any text.
        score: Text<'a> = "score",
        /// Whether nobody edited it yet.
        new: &'a Node = "new",
        /// The rule it came from; version 1.
        rule_id: Text<'a> = "ruleId",
        /// Left behind by the first version's user interface.
        hash_key: &'a Node = "$$hashKey",
    }
}
