//! A layer for MITRE's ATT&CK Navigator: the techniques that the open findings use, by risk.

use serde_json::{Value, json};
use vauban_model::report::Report;
use vauban_model::scale::Level;

use crate::digest::Digest;

/// Version of the layer format.
const LAYER: &str = "4.5";
/// Findings that a comment names before "and 4 more".
const NAMED: usize = 8;

/// The layer. Scores run from 1 (low) to 4 (critical); 0 is a technique that controls stop or that only a question names.
pub fn navigator(report: &Report<'_>) -> Value {
    let digest = Digest::new(report);
    let techniques: Vec<Value> = digest
        .techniques()
        .iter()
        .map(|(id, technique)| {
            let mut lines: Vec<String> = technique
                .open
                .iter()
                .take(NAMED)
                .map(|f| format!("{}: {}", f.current.risk.as_str(), f.title))
                .collect();
            if technique.open.len() > NAMED {
                lines.push(format!("and {} more", technique.open.len() - NAMED));
            }
            for (number, what) in [
                (technique.decided, "decided"),
                (technique.stopped, "stopped by controls"),
                (technique.asked, "open questions"),
            ] {
                if number > 0 {
                    lines.push(format!("{number} {what}"));
                }
            }
            let findings: Vec<Value> =
                technique.open.iter().take(NAMED).map(|f| json!({ "name": "finding", "value": f.id })).collect();
            json!({
                "techniqueID": id,
                "score": technique.worst().map_or(0, |risk| risk as u8 + 1),
                "comment": lines.join("\n"),
                "enabled": true,
                "showSubtechniques": id.contains('.'),
                "metadata": findings,
            })
        })
        .collect();
    let version = report.names.attack_version();
    let major: String = version.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    json!({
        "name": format!("{}: threats by risk", report.model.system.name),
        "versions": { "attack": major, "navigator": "5.1.0", "layer": LAYER },
        "domain": "enterprise-attack",
        "description": format!(
            "Techniques of the threats that Vauban {} found on {}; names from ATT&CK {version}.",
            report.version, report.model.system.name
        ),
        "sorting": 3,
        "layout": { "layout": "side", "showID": true, "showName": true },
        "hideDisabled": false,
        "techniques": techniques,
        "gradient": { "colors": ["#eef1f6", "#9cc0fb", "#f3cf7a", "#f08a3c", "#b3261e"], "minValue": 0, "maxValue": 4 },
        "legendItems": [
            { "label": "stopped by controls, or asked", "color": "#eef1f6" },
            { "label": Level::Low.as_str(), "color": "#9cc0fb" },
            { "label": Level::Medium.as_str(), "color": "#f3cf7a" },
            { "label": Level::High.as_str(), "color": "#f08a3c" },
            { "label": Level::Critical.as_str(), "color": "#b3261e" },
        ],
        "metadata": [{ "name": "vauban", "value": report.version }],
    })
}
