//! draw.io: an editable file with our attributes on its shapes, or the file a model came from, written back into.
//!
//! A new file is not compressed. Zones are containers, flows are attached, and what no shape shows stands beside it as the
//! shape's data, so that our importer gives the same model again. Data, identities, recorded threats and notes get a page
//! of their own, and so does every attack tree.

mod attributes;
mod back;
mod page;
mod places;

use vauban_model::report::Report;

use super::{Aspect, Exported, Original};

/// What a drawing with our attributes can hold.
pub(super) const CARRIES: &[Aspect] = &[
    Aspect::Components,
    Aspect::Parts,
    Aspect::Flows,
    Aspect::FlowNames,
    Aspect::TwoWayFlows,
    Aspect::Boundaries,
    Aspect::NestedBoundaries,
    Aspect::BoundaryLines,
    Aspect::Places,
    Aspect::Data,
    Aspect::Identities,
    Aspect::Facts,
    Aspect::Controls,
    Aspect::Descriptions,
    Aspect::Owners,
    Aspect::Tags,
    Aspect::Scope,
    Aspect::Notes,
    Aspect::RecordedThreats,
    Aspect::ThreatStates,
    Aspect::ThreatCategories,
    Aspect::ThreatSeverities,
    Aspect::ThreatTargets,
    Aspect::ThreatRemarks,
    Aspect::Findings,
    Aspect::AttackTrees,
    Aspect::Extras,
];

/// Writes the model anew, or into the drawing it was read from.
pub(super) fn export(report: &Report<'_>, original: Option<Original<'_>>) -> Exported {
    let mut remarks = Vec::new();
    if let Some(original) = original {
        match back::export(report, original) {
            Ok(exported) => return exported,
            Err(reason) => remarks.push(format!("{reason}; the drawing is written anew")),
        }
    }
    let model = report.model;
    let found = page::findings(report);
    let mut out = format!(
        "<mxfile host=\"vauban\" agent=\"vauban {}\" compressed=\"false\">\n",
        super::words::xml(report.version)
    );
    let system = page::system(model);
    for (number, places) in places::pages(model).iter().enumerate() {
        let root = if number == 0 { system.as_str() } else { "<mxCell id=\"0\"/>" };
        out.push_str(&page::drawing(report, places, root, &found));
    }
    out.push_str(&page::rest(model, true).unwrap_or_default());
    model.attack_trees.iter().for_each(|tree| out.push_str(&page::tree(tree)));
    out.push_str("</mxfile>\n");
    Exported { bytes: out.into_bytes(), remarks, ..Exported::default() }
}
