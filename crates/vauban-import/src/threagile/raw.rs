//! The Threagile model file, field by field. Where versions spell a key differently, both spellings stand here.

use vauban_syntax::Node;

use crate::log::Log;
use crate::raw::{Flag, List, Map, Number, Place, Read, Text, raw};

raw! {
    /// The whole file, includes merged in.
    Model, "a Threagile model" {
        /// The version the file is written for.
        threagile_version: Text<'a> = "threagile_version",
        /// Further files; merged in before.
        includes: &'a Node = "includes",
        /// The name of what is modelled.
        title: Text<'a> = "title",
        /// When it was written.
        date: Text<'a> = "date",
        /// Who wrote it.
        author: &'a Node = "author",
        /// Who else did.
        contributors: &'a Node = "contributors",
        /// A remark for the report's summary.
        management_summary_comment: Text<'a> = "management_summary_comment",
        /// How much the business depends on it.
        business_criticality: Text<'a> = "business_criticality",
        /// What it is.
        application_description: Overview<'a> = "application_description",
        /// What the business uses it for.
        business_overview: Overview<'a> = "business_overview",
        /// How it is built.
        technical_overview: Overview<'a> = "technical_overview",
        /// Questions and their answers, empty while open.
        questions: Map<'a, Text<'a>> = "questions",
        /// What attackers would like to do.
        abuse_cases: Map<'a, Text<'a>> = "abuse_cases",
        /// What must be met.
        security_requirements: Map<'a, Text<'a>> = "security_requirements",
        /// The tags that may be used.
        tags_available: List<Text<'a>> = "tags_available",
        /// Data, by title.
        data_assets: Map<'a, DataAsset<'a>> = "data_assets",
        /// Components, by title.
        technical_assets: Map<'a, TechnicalAsset<'a>> = "technical_assets",
        /// Boundaries, by title.
        trust_boundaries: Map<'a, TrustBoundary<'a>> = "trust_boundaries",
        /// Shared runtimes, by title.
        shared_runtimes: Map<'a, SharedRuntime<'a>> = "shared_runtimes",
        /// Risks found by hand, by the title of their category: what the schema, 0.9 and most files say.
        individual_risk_categories: RiskCategories<'a> = "individual_risk_categories",
        /// The same as a list: what version 1.0 reads.
        custom_risk_categories: RiskCategories<'a> = "custom_risk_categories",
        /// Decisions, by the id of the risks they are about.
        risk_tracking: Map<'a, RiskTracking<'a>> = "risk_tracking",
        /// Layout.
        diagram_tweak_nodesep: &'a Node = "diagram_tweak_nodesep",
        /// Layout.
        diagram_tweak_ranksep: &'a Node = "diagram_tweak_ranksep",
        /// Layout.
        diagram_tweak_edge_layout: &'a Node = "diagram_tweak_edge_layout",
        /// Layout.
        diagram_tweak_suppress_edge_labels: &'a Node = "diagram_tweak_suppress_edge_labels",
        /// Layout.
        diagram_tweak_layout_left_to_right: &'a Node = "diagram_tweak_layout_left_to_right",
        /// Layout.
        diagram_tweak_invisible_connections: &'a Node = "diagram_tweak_invisible_connections_between_assets",
        /// Layout.
        diagram_tweak_same_rank_assets: &'a Node = "diagram_tweak_same_rank_assets",
    }
}

raw! {
    /// A text with pictures.
    Overview, "an overview" {
        /// The text.
        description: Text<'a> = "description",
        /// Pictures: each a mapping of file name to title.
        images: List<&'a Node> = "images",
    }
}

raw! {
    /// Data.
    DataAsset, "a data asset" {
        /// Id.
        id: Text<'a> = "id",
        /// Description.
        description: Text<'a> = "description",
        /// Business or devops.
        usage: Text<'a> = "usage",
        /// Tags.
        tags: List<Text<'a>> = "tags",
        /// Where it comes from.
        origin: Text<'a> = "origin",
        /// Who owns it.
        owner: Text<'a> = "owner",
        /// How many records.
        quantity: Text<'a> = "quantity",
        /// Need of confidentiality.
        confidentiality: Text<'a> = "confidentiality",
        /// Need of integrity.
        integrity: Text<'a> = "integrity",
        /// Need of availability.
        availability: Text<'a> = "availability",
        /// Why these needs.
        justification_cia_rating: Text<'a> = "justification_cia_rating",
    }
}

raw! {
    /// A component.
    TechnicalAsset, "a technical asset" {
        /// Id.
        id: Text<'a> = "id",
        /// Description.
        description: Text<'a> = "description",
        /// External entity, process or datastore.
        kind: Text<'a> = "type",
        /// Business or devops.
        usage: Text<'a> = "usage",
        /// Whether a person sits at it.
        used_as_client_by_human: Flag = "used_as_client_by_human",
        /// Whether it is left out.
        out_of_scope: Flag = "out_of_scope",
        /// Why.
        justification_out_of_scope: Text<'a> = "justification_out_of_scope",
        /// System, service, application or component.
        size: Text<'a> = "size",
        /// What it is made of: 0.9 and 1.0.
        technology: Text<'a> = "technology",
        /// The same, several: 1.0.
        technologies: List<Text<'a>> = "technologies",
        /// Tags.
        tags: List<Text<'a>> = "tags",
        /// Whether it is on the internet.
        internet: Flag = "internet",
        /// What it runs on.
        machine: Text<'a> = "machine",
        /// How what it stores is encrypted.
        encryption: Text<'a> = "encryption",
        /// Who owns it.
        owner: Text<'a> = "owner",
        /// Its own need of confidentiality.
        confidentiality: Text<'a> = "confidentiality",
        /// Its own need of integrity.
        integrity: Text<'a> = "integrity",
        /// Its own need of availability.
        availability: Text<'a> = "availability",
        /// Why these needs.
        justification_cia_rating: Text<'a> = "justification_cia_rating",
        /// Whether several customers share it.
        multi_tenant: Flag = "multi_tenant",
        /// Whether a second instance takes over.
        redundant: Flag = "redundant",
        /// Whether parts of it are written for this system.
        custom_developed_parts: Flag = "custom_developed_parts",
        /// Data it processes, by id.
        data_assets_processed: List<Text<'a>> = "data_assets_processed",
        /// Data it keeps, by id.
        data_assets_stored: List<Text<'a>> = "data_assets_stored",
        /// Formats it accepts.
        data_formats_accepted: List<Text<'a>> = "data_formats_accepted",
        /// Layout.
        diagram_tweak_order: &'a Node = "diagram_tweak_order",
        /// Flows that start at it, by title.
        communication_links: Map<'a, CommunicationLink<'a>> = "communication_links",
    }
}

raw! {
    /// A flow.
    CommunicationLink, "a communication link" {
        /// The component it ends at, by id.
        target: Text<'a> = "target",
        /// Description.
        description: Text<'a> = "description",
        /// Protocol.
        protocol: Text<'a> = "protocol",
        /// How the source proves who it is.
        authentication: Text<'a> = "authentication",
        /// On whose rights the target decides.
        authorization: Text<'a> = "authorization",
        /// Tags.
        tags: List<Text<'a>> = "tags",
        /// Whether it goes through a private tunnel.
        vpn: Flag = "vpn",
        /// Whether only known addresses may use it.
        ip_filtered: Flag = "ip_filtered",
        /// Whether the target changes nothing because of it.
        readonly: Flag = "readonly",
        /// Business or devops.
        usage: Text<'a> = "usage",
        /// Data from source to target, by id.
        data_assets_sent: List<Text<'a>> = "data_assets_sent",
        /// Data from target to source, by id.
        data_assets_received: List<Text<'a>> = "data_assets_received",
        /// Layout.
        diagram_tweak_weight: &'a Node = "diagram_tweak_weight",
        /// Layout.
        diagram_tweak_constraint: &'a Node = "diagram_tweak_constraint",
    }
}

raw! {
    /// A boundary.
    TrustBoundary, "a trust boundary" {
        /// Id.
        id: Text<'a> = "id",
        /// Description.
        description: Text<'a> = "description",
        /// What kind of line it is.
        kind: Text<'a> = "type",
        /// Tags.
        tags: List<Text<'a>> = "tags",
        /// Components directly inside, by id.
        technical_assets_inside: List<Text<'a>> = "technical_assets_inside",
        /// Boundaries directly inside, by id.
        trust_boundaries_nested: List<Text<'a>> = "trust_boundaries_nested",
    }
}

raw! {
    /// Something several components run on.
    SharedRuntime, "a shared runtime" {
        /// Id.
        id: Text<'a> = "id",
        /// Description.
        description: Text<'a> = "description",
        /// Tags.
        tags: List<Text<'a>> = "tags",
        /// Components it runs, by id.
        technical_assets_running: List<Text<'a>> = "technical_assets_running",
    }
}

raw! {
    /// A kind of risk found by hand, with the places where it was found.
    RiskCategory, "a risk category" {
        /// Id.
        id: Text<'a> = "id",
        /// Title, where categories are a list.
        title: Text<'a> = "title",
        /// Description.
        description: Text<'a> = "description",
        /// What it leads to.
        impact: Text<'a> = "impact",
        /// Chapter of the verification standard.
        asvs: Text<'a> = "asvs",
        /// Where to read on.
        cheat_sheet: Text<'a> = "cheat_sheet",
        /// What to do, in short.
        action: Text<'a> = "action",
        /// What to do.
        mitigation: Text<'a> = "mitigation",
        /// What to check.
        check: Text<'a> = "check",
        /// Who has to act.
        function: Text<'a> = "function",
        /// STRIDE category.
        stride: Text<'a> = "stride",
        /// How it is detected.
        detection_logic: Text<'a> = "detection_logic",
        /// How it is rated.
        risk_assessment: Text<'a> = "risk_assessment",
        /// When it is no risk.
        false_positives: Text<'a> = "false_positives",
        /// Whether the model may be at fault.
        model_failure_possible_reason: Text<'a> = "model_failure_possible_reason",
        /// Weakness number.
        cwe: Number<'a> = "cwe",
        /// Where it was found, by title.
        risks_identified: Map<'a, RiskIdentified<'a>> = "risks_identified",
    }
}

/// Risk categories under either key, as a map of titles or as a list; people mix the two.
#[derive(Clone, Debug)]
pub(crate) struct RiskCategories<'a> {
    /// Each category, with the key it has in a map.
    pub(crate) entries: Vec<(Option<Text<'a>>, Option<RiskCategory<'a>>)>,
}

impl<'a> Read<'a> for RiskCategories<'a> {
    fn read(node: &'a Node, place: Place<'_>, log: &mut Log) -> Option<Self> {
        let entries = if node.as_mapping().is_some() {
            let map = Map::<RiskCategory<'a>>::read(node, place, log)?;
            map.entries.into_iter().map(|(key, category)| (Some(key), category)).collect()
        } else {
            let list = List::<RiskCategory<'a>>::read(node, place, log)?;
            list.items.into_iter().map(|category| (None, Some(category))).collect()
        };
        Some(RiskCategories { entries })
    }
}

raw! {
    /// One place where a risk was found.
    RiskIdentified, "an identified risk" {
        /// Severity.
        severity: Text<'a> = "severity",
        /// Likelihood.
        exploitation_likelihood: Text<'a> = "exploitation_likelihood",
        /// Impact.
        exploitation_impact: Text<'a> = "exploitation_impact",
        /// Whether data would be exposed.
        data_breach_probability: Text<'a> = "data_breach_probability",
        /// Whose data, by component id.
        data_breach_technical_assets: List<Text<'a>> = "data_breach_technical_assets",
        /// Data asset it is about, by id.
        most_relevant_data_asset: Text<'a> = "most_relevant_data_asset",
        /// Component it is about, by id.
        most_relevant_technical_asset: Text<'a> = "most_relevant_technical_asset",
        /// Flow it is about, by id.
        most_relevant_communication_link: Text<'a> = "most_relevant_communication_link",
        /// Boundary it is about, by id.
        most_relevant_trust_boundary: Text<'a> = "most_relevant_trust_boundary",
        /// Shared runtime it is about, by id.
        most_relevant_shared_runtime: Text<'a> = "most_relevant_shared_runtime",
    }
}

raw! {
    /// A decision.
    RiskTracking, "a risk tracking entry" {
        /// Status.
        status: Text<'a> = "status",
        /// Why.
        justification: Text<'a> = "justification",
        /// Ticket.
        ticket: Text<'a> = "ticket",
        /// Date.
        date: Text<'a> = "date",
        /// Who checked.
        checked_by: Text<'a> = "checked_by",
    }
}
