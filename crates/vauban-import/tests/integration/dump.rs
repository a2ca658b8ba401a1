//! A model as text that people can read and a test can compare. Replaced by our own format's writer once that stands.

use std::fmt::Write as _;

use vauban_import::Imported;
use vauban_model::model::{Element, ElementRef, Model, Value};
use vauban_model::vocabulary::{Domain, FactType};
use vauban_model::{Diagnostic, Span};

/// Everything an import yields.
pub(crate) fn dump(imported: &Imported) -> String {
    let model = &imported.model;
    let mut out = String::new();
    let to = &mut out;
    element(to, model, "system", &model.system, "");
    line(to, 1, "business context", &model.business_context);
    for component in &model.components {
        let mut place = String::new();
        if let Some(boundary) = component.boundary {
            let _ = write!(place, " in {}", model.id(ElementRef { domain: Domain::Boundary, index: boundary }));
        }
        if let Some(parent) = component.parent {
            let _ = write!(place, " part of {}", model.id(ElementRef { domain: Domain::Component, index: parent }));
        }
        element(to, model, "component", &component.element, &place);
    }
    for flow in &model.flows {
        let end = |index| model.id(ElementRef { domain: Domain::Component, index });
        element(to, model, "flow", &flow.element, &format!(" from {} to {}", end(flow.source), end(flow.target)));
    }
    for boundary in &model.boundaries {
        let place = boundary.parent.map_or_else(String::new, |parent| {
            format!(" in {}", model.id(ElementRef { domain: Domain::Boundary, index: parent }))
        });
        element(to, model, "boundary", &boundary.element, &place);
    }
    for data in &model.data {
        element(to, model, "data", data, "");
    }
    for identity in &model.identities {
        element(to, model, "identity", identity, "");
    }
    for runtime in &model.runtimes {
        let _ = writeln!(out, "runtime {} \"{}\" {}", runtime.id, runtime.name, at(runtime.span));
        line(&mut out, 1, "description", &runtime.description);
        line(&mut out, 1, "tags", &runtime.tags.join(", "));
        line(&mut out, 1, "runs", &ids(model, Domain::Component, &runtime.components));
    }
    for abuse in &model.abuse_cases {
        let _ = writeln!(out, "abuse case {} \"{}\" {}", abuse.id, abuse.name, at(abuse.span));
        line(&mut out, 1, "text", &abuse.text);
    }
    for third in &model.third_parties {
        let _ = writeln!(out, "third party {} \"{}\" {}", third.id, third.name, at(third.span));
        line(&mut out, 1, "provides", &third.provides);
        line(&mut out, 1, "when down", &third.when_down);
        extras(&mut out, &third.notes);
    }
    for scope in &model.out_of_scope {
        let _ = writeln!(out, "out of scope: {} {}", one_line(&scope.what), at(scope.span));
    }
    for assumption in &model.assumptions {
        let about: Vec<&str> = assumption.about.iter().map(|element| model.id(*element)).collect();
        let _ = writeln!(out, "assumption {} {}", assumption.id, at(assumption.span));
        line(&mut out, 1, "text", &assumption.text);
        line(&mut out, 1, "about", &about.join(", "));
    }
    for note in &model.notes {
        let _ = writeln!(out, "note {} \"{}\" {}", note.kind, one_line(&note.title), at(note.span));
        line(&mut out, 1, "text", &note.text);
    }
    for threat in &model.recorded_threats {
        let _ = writeln!(out, "threat {} \"{}\" {}", threat.id, threat.title, at(threat.span));
        let about: Vec<&str> = threat.elements.iter().map(|element| model.id(*element)).collect();
        let cwe: Vec<String> = threat.cwe.iter().map(|number| number.to_string()).collect();
        line(&mut out, 1, "about", &about.join(", "));
        line(&mut out, 1, "description", &threat.description);
        line(&mut out, 1, "categories", &threat.categories.join(", "));
        line(&mut out, 1, "cwe", &cwe.join(", "));
        line(&mut out, 1, "severity", &threat.severity);
        line(&mut out, 1, "status", &threat.status);
        line(&mut out, 1, "mitigation", &threat.mitigation);
        extras(&mut out, &threat.extras);
    }
    for tree in &model.attack_trees {
        let _ = writeln!(out, "attack tree {} {:?} {}", tree.id, tree.name, at(tree.span));
        for line in tree.lines() {
            let node = &tree.nodes[line.node as usize];
            let above = if line.shown_above { " (see above)" } else { "" };
            let _ = writeln!(
                out,
                "{}{} {:?}: {}{above}",
                "  ".repeat(line.depth + 1),
                node.id,
                node.label,
                node.gate.as_str()
            );
        }
    }
    for drawing in &model.drawings {
        let _ = writeln!(
            out,
            "drawing {} {:?}: {} boxes, {} flows, {} lines",
            drawing.id,
            drawing.name,
            drawing.shapes.len(),
            drawing.flows.len(),
            drawing.lines.len()
        );
    }
    for threat in &imported.embedded {
        let flow = threat.flow.map_or("?", |flow| model.id(flow));
        let _ =
            writeln!(out, "embedded {}@{flow} {:?} {} {:?}", threat.kind, threat.title, threat.priority, threat.state);
        let _ = writeln!(out, "  because {}", threat.because.join("; "));
    }
    for decision in &imported.decisions {
        let _ = writeln!(out, "decision {} {}", decision.pattern, at(decision.span));
        line(&mut out, 1, "rule", &decision.foreign_rule);
        line(&mut out, 1, "elements", &decision.elements.join(", "));
        line(&mut out, 1, "status", &decision.status);
        line(&mut out, 1, "reason", &decision.reason);
        line(&mut out, 1, "ticket", &decision.ticket);
        line(&mut out, 1, "date", &decision.date);
        line(&mut out, 1, "by", &decision.by);
    }
    out.push_str("---\n");
    for diagnostic in &imported.diagnostics {
        out.push_str(&said(diagnostic));
    }
    out
}

fn said(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.span.map_or_else(|| "-".to_owned(), at);
    let mut out = format!("{} [{}] {place} {}\n", diagnostic.severity.as_str(), diagnostic.code, diagnostic.message);
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "  help: {help}");
    }
    for (span, remark) in &diagnostic.related {
        let _ = writeln!(out, "  {} {remark}", at(*span));
    }
    out
}

fn element(out: &mut String, model: &Model, kind: &str, element: &Element, place: &str) {
    let _ = writeln!(out, "{kind} {} \"{}\"{place} {}", element.id, element.name, at(element.span));
    line(out, 1, "description", &element.description);
    line(out, 1, "owner", element.owner.as_deref().unwrap_or_default());
    line(out, 1, "tags", &element.tags.join(", "));
    if let Some(scope) = &element.out_of_scope {
        let _ = writeln!(out, "  out of scope: {} {}", one_line(&scope.reason), at(scope.span));
    }
    for fact in &element.facts {
        let definition = fact.id.definition();
        let value = match &fact.value {
            Value::Bool(value) => value.to_string(),
            Value::Symbol(symbol) => match definition.ty {
                FactType::Enum(words) => words.word(*symbol).to_owned(),
                _ => "?".to_owned(),
            },
            Value::Symbols(symbols) => match definition.ty {
                FactType::Set(words) => {
                    format!("[{}]", symbols.iter().map(|symbol| words.word(*symbol)).collect::<Vec<_>>().join(", "))
                }
                _ => "?".to_owned(),
            },
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.to_string(),
            Value::Words(words) => format!("[{}]", words.join(", ")),
            Value::References(references) => match definition.ty {
                FactType::References(domain) => format!("[{}]", ids(model, domain, references)),
                _ => "?".to_owned(),
            },
        };
        let _ = writeln!(out, "  {}: {value} {}", definition.id, at(fact.span));
    }
    for control in &element.controls {
        let _ = writeln!(out, "  control {}: {} {}", control.control, control.present, at(control.span));
    }
    extras(out, &element.extras);
}

fn extras(out: &mut String, extras: &[(Box<str>, Box<str>)]) {
    for (key, value) in extras {
        let _ = writeln!(out, "  {key} = {}", one_line(value));
    }
}

fn ids(model: &Model, domain: Domain, indices: &[u32]) -> String {
    indices.iter().map(|index| model.id(ElementRef { domain, index: *index })).collect::<Vec<_>>().join(", ")
}

fn line(out: &mut String, depth: usize, key: &str, value: &str) {
    if !value.is_empty() {
        let _ = writeln!(out, "{}{key}: {}", "  ".repeat(depth), one_line(value));
    }
}

fn one_line(text: &str) -> String {
    text.trim_end().replace('\n', "\\n")
}

fn at(span: Span) -> String {
    format!("@{}:{}:{}", span.file.0, span.line, span.column)
}
