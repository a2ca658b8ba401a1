//! What the schema of 2.0 forbids and people write all the same: old words, missing names, one thing beside another that
//! excludes it. Everything is read as far as it goes; these messages say what another tool will refuse.

use vauban_model::{Diagnostic, Span};
use vauban_syntax::Node;

use super::words::{AUTHENTICATION, AUTHORISATION, CLOSED, named};
use crate::draft::Draft;
use crate::listed::text_at;
use crate::log::short;

/// Kinds of picture that the schema knows.
const PICTURES: [&str; 22] = [
    "activity",
    "architecture",
    "attack-tree",
    "block",
    "class",
    "code",
    "communication",
    "component",
    "container",
    "context",
    "data-flow",
    "deployment",
    "entity",
    "flowchart",
    "matrix",
    "mind-map",
    "network",
    "process",
    "sequence",
    "state",
    "timing",
    "use-case",
];

/// Looks through a file of version 2.0.
pub(super) fn check(draft: &mut Draft, root: &Node) {
    for blueprint in list(root, "blueprints") {
        for key in ["assets", "flows", "boundaries", "dataStores", "dataSets"] {
            for thing in list(blueprint, key) {
                let asked = thing.get("crossingRequirements").unwrap_or(thing);
                methods(draft, asked, "authentication", AUTHENTICATION);
                methods(draft, asked, "authorization", AUTHORISATION);
            }
        }
        for relationship in list(blueprint, "relationships") {
            for entry in relationship.as_mapping().unwrap_or_default() {
                if !closed("relationship").contains(&&*entry.key) {
                    wrong(draft, entry.key_span, format!("`{}` is no kind of relationship", short(&entry.key)));
                }
            }
        }
        for picture in list(blueprint, "visualizations") {
            for key in ["format", "content"] {
                if let Some(node) = picture.get(key) {
                    wrong(draft, node.span, format!("`{key}` of a visualization moved into its `attachment`"));
                }
            }
            let kind = picture.get("type").and_then(|kind| kind.get("type"));
            if let Some(kind) = kind.filter(|kind| kind.as_str().is_some_and(|word| !PICTURES.contains(&word))) {
                wrong(draft, kind.span, format!("`{}` is no type of visualization", short(named(kind))));
            }
        }
        for graph in blueprint.get("behaviors").map(|behaviors| list(behaviors, "graphs")).unwrap_or_default() {
            for node in list(graph, "nodes") {
                if node.get("behavior").is_some() && node.get("graph").is_some() {
                    wrong(
                        draft,
                        node.span,
                        "a node of a behavior graph is either a `behavior` or a `graph`".to_owned(),
                    );
                }
            }
        }
    }
    for control in list(root, "controls") {
        wanted(draft, control, "a control", &["bom-ref", "name"]);
        if let Some(status) =
            control.get("status").and_then(Node::as_str).filter(|it| !closed("control-status").contains(it))
        {
            wrong(draft, control.span, format!("`{}` is no status of a control", short(status)));
        }
    }
    if let Some(threats) = root.get("threats") {
        for (key, what) in [("threats", "a threat"), ("scenarios", "a scenario"), ("abuseCases", "an abuse case")] {
            for thing in list(threats, key) {
                wanted(draft, thing, what, &["bom-ref", "name"]);
            }
        }
        for category in list(threats, "threats").iter().flat_map(|threat| list(threat, "categories")) {
            let word = text_at(category, "category");
            if text_at(category, "taxonomy") == "STRIDE" && !closed("STRIDE").contains(&word) {
                wrong(draft, category.span, format!("`{}` is no category of STRIDE", short(word)));
            }
        }
    }
    for risk in root.get("risks").map(|risks| list(risks, "risks")).unwrap_or_default() {
        wanted(draft, risk, "a risk", &["bom-ref", "name", "statement"]);
        for key in ["inherentRisk", "residualRisk", "targetRisk"] {
            let level = risk.get(key).and_then(|rating| rating.get("likelihood")).and_then(|it| it.get("level"));
            if let Some(level) =
                level.filter(|level| level.as_str().is_none_or(|it| !closed("likelihood").contains(&it)))
            {
                wrong(draft, level.span, format!("`{}` is no level of likelihood", short(named(level))));
            }
        }
        for response in list(risk, "responses") {
            wanted(draft, response, "a response to a risk", &["bom-ref", "strategy"]);
        }
    }
}

fn list<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::as_sequence).unwrap_or_default()
}

fn closed(of: &str) -> &'static [&'static str] {
    CLOSED.iter().find(|(name, _)| *name == of).map_or(&[], |(_, words)| *words)
}

fn methods(draft: &mut Draft, node: &Node, key: &str, table: &[(&str, &'static str)]) {
    for method in list(node, key) {
        if let Some(word) = method.as_str().filter(|word| table.iter().all(|(known, _)| known != word)) {
            wrong(draft, method.span, format!("`{}` is no word of the schema for `{key}`", short(word)));
        }
    }
}

fn wanted(draft: &mut Draft, node: &Node, what: &str, keys: &[&str]) {
    for key in keys {
        if node.as_mapping().is_some() && text_at(node, key).is_empty() {
            wrong(draft, node.span, format!("{what} has no `{key}`"));
        }
    }
}

fn wrong(draft: &mut Draft, span: Span, message: String) {
    draft.log.push(
        Diagnostic::error("import-invalid", span, message)
            .help("the schema of CycloneDX 2.0 forbids it; it was read as far as it can be understood"),
    );
}
