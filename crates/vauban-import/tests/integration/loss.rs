//! Nothing gets lost: every value of every file of the corpus is either in what was imported or reported.
//!
//! This test knows nothing of how the importers work. It walks the file's own tree and looks for each value in the
//! result: at the place of a fact, in a text, under its key among the remarks, or in a message.

use std::collections::{BTreeMap, BTreeSet};

use vauban_import::{Format, Imported};
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, FileId, Span};
use vauban_syntax::{Kind, Limits, Node, parse_json, parse_yaml};

use crate::corpus::{corpus, models};

/// A value without parts: the keys that lead to it, its text, its place and the places of all that is around it.
struct Leaf {
    path: Vec<String>,
    text: String,
    span: Span,
    around: Vec<Span>,
}

fn leaves(node: &Node, path: &mut Vec<String>, around: &mut Vec<Span>, out: &mut Vec<Leaf>) {
    match &node.kind {
        Kind::Scalar(scalar) => {
            // Nothing written is nothing to lose.
            if !node.is_null() && !scalar.text.trim().is_empty() {
                out.push(Leaf {
                    path: path.clone(),
                    text: scalar.text.trim().to_owned(),
                    span: node.span,
                    around: around.clone(),
                });
            }
        }
        Kind::Sequence(items) => {
            around.push(node.span);
            items.iter().for_each(|item| leaves(item, path, around, out));
            around.pop();
        }
        Kind::Mapping(entries) => {
            around.push(node.span);
            for entry in entries {
                path.push(entry.key.to_string());
                around.push(entry.key_span);
                leaves(&entry.value, path, around, out);
                around.pop();
                path.pop();
            }
            around.pop();
        }
    }
}

/// Everything an import yields, made searchable.
struct Found {
    /// Places of facts, elements, notes, threats, decisions.
    places: BTreeSet<Span>,
    /// Places of messages.
    reported: BTreeSet<Span>,
    /// Texts of all kinds but remarks, white space evened out.
    texts: String,
    /// The same texts, whole.
    whole: BTreeSet<String>,
    /// Remarks: all values of a key, without the format's name.
    remarks: BTreeMap<String, Vec<String>>,
    /// Keys that a message says are not carried over anywhere.
    left_out: BTreeSet<String>,
}

impl Found {
    fn in_import(imported: &Imported) -> Self {
        let mut found = Found {
            places: BTreeSet::new(),
            reported: BTreeSet::new(),
            texts: String::new(),
            whole: BTreeSet::new(),
            remarks: BTreeMap::new(),
            left_out: BTreeSet::new(),
        };
        let model = &imported.model;
        for domain in Domain::ALL {
            for (_, element) in model.elements(domain) {
                for text in
                    [&*element.id, &*element.name, &*element.description, element.owner.as_deref().unwrap_or("")]
                {
                    found.text(text);
                }
                element.tags.iter().for_each(|tag| found.text(tag));
                found.places.extend(element.facts.iter().map(|fact| fact.span));
                if let Some(out) = &element.out_of_scope {
                    found.places.insert(out.span);
                    found.text(&out.reason);
                }
                found.remarks(&element.extras);
            }
        }
        found.text(&model.business_context);
        for runtime in &model.runtimes {
            for text in [&runtime.id, &runtime.name, &runtime.description] {
                found.text(text);
            }
            runtime.tags.iter().for_each(|tag| found.text(tag));
        }
        for case in &model.abuse_cases {
            found.text(&case.name);
            found.text(&case.text);
        }
        for assumption in &model.assumptions {
            found.text(&assumption.text);
        }
        for note in &model.notes {
            found.text(&note.title);
            found.text(&note.text);
        }
        for threat in &model.recorded_threats {
            for text in [&threat.id, &threat.title, &threat.description, &threat.severity, &threat.status] {
                found.text(text);
            }
            found.text(&threat.mitigation);
            threat.categories.iter().for_each(|category| found.text(category));
            threat.cwe.iter().for_each(|number| found.text(&format!("CWE-{number}")));
            threat.cwe.iter().for_each(|number| found.text(&number.to_string()));
            found.remarks(&threat.extras);
        }
        for drawing in &model.drawings {
            found.text(&drawing.name);
            found.text(&drawing.id);
            let rects = drawing.shapes.iter().map(|shape| shape.rect);
            let numbers = rects.flat_map(|rect| [rect.corner.x, rect.corner.y, rect.width, rect.height]);
            let bends = drawing.flows.iter().flat_map(|flow| &flow.bends);
            let points = bends.chain(drawing.lines.iter().flat_map(|line| &line.points));
            let all: Vec<f64> = numbers.chain(points.flat_map(|point| [point.x, point.y])).collect();
            all.iter().for_each(|number| found.text(&number.to_string()));
        }
        for decision in &imported.decisions {
            for text in [&decision.pattern, &decision.status, &decision.reason, &decision.ticket, &decision.date] {
                found.text(text);
            }
            found.text(&decision.by);
        }
        for diagnostic in &imported.diagnostics {
            found.message(diagnostic);
        }
        found
    }

    fn text(&mut self, text: &str) {
        let even = even(text);
        self.texts.push_str(&even);
        self.texts.push('\n');
        self.whole.insert(even);
    }

    fn remarks(&mut self, extras: &[(Box<str>, Box<str>)]) {
        for (key, value) in extras {
            let key = key.split_once(':').map_or(&**key, |(_, key)| key);
            if key == "id" {
                // What refers to it is the reference that it became.
                self.whole.insert(value.to_string());
            }
            self.remarks.entry(key.to_owned()).or_default().push(value.to_string());
        }
    }

    fn message(&mut self, diagnostic: &Diagnostic) {
        self.reported.extend(diagnostic.span);
        let Some(keys) = diagnostic.message.strip_prefix("not carried over: ") else { return };
        let keys = keys.split_once(';').map_or(keys, |(keys, _)| keys);
        self.left_out.extend(keys.split(", ").map(|key| key.trim_matches('`').to_owned()));
    }

    fn has(&self, leaf: &Leaf) -> bool {
        let even = even(&leaf.text);
        self.places.contains(&leaf.span)
            || self.reported.contains(&leaf.span)
            || leaf.around.iter().any(|span| self.reported.contains(span) && !self.is_root(*span))
            || self.whole.contains(&even)
            || self.says(&even)
            // A list that became one fact stands at its own place.
            || leaf.around.last().is_some_and(|list| self.places.contains(list))
            || leaf.path.iter().any(|key| self.left_out.contains(key))
            || self.left_out.contains(&leaf.text)
            || self.remarked(leaf)
    }

    /// Whether a text holds another, short ones only as words of their own.
    fn says(&self, text: &str) -> bool {
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        self.texts.match_indices(text).any(|(at, _)| {
            text.len() >= 6
                || !(inside(self.texts[..at].chars().next_back())
                    || inside(self.texts[at + text.len()..].chars().next()))
        })
    }

    /// A message about the whole file excuses nothing in it.
    fn is_root(&self, span: Span) -> bool {
        span.line <= 2
    }

    /// Whether a remark under one of the leaf's keys holds its text.
    fn remarked(&self, leaf: &Leaf) -> bool {
        let escaped = leaf.text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        self.remarks.iter().any(|(key, values)| {
            let named = key.split('.').any(|part| leaf.path.iter().any(|step| step == part || step.starts_with(part)));
            // Objects in a list carry their own name in the key: `mitigation.<id>`, `diagram.<number>`.
            // Whole objects stand under a key that names their kind.
            const WHOLE: [&str; 10] = [
                "mitigation.",
                "assumption.",
                "boundary.",
                "control.",
                "risk.",
                "persona.",
                "diagram.",
                "scenario.",
                "abuse.",
                "answer",
            ];
            let numbered = WHOLE.iter().any(|part| key.starts_with(part));
            (named || numbered) && values.iter().any(|value| value.contains(&leaf.text) || value.contains(&escaped))
        })
    }
}

fn even(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a model shows without saying it: what kind of element something is, by the list it is in; that it is in scope,
/// by nothing that says otherwise.
fn is_shown(format: Format, leaf: &Leaf) -> bool {
    let last = leaf.path.last().map_or("", |key| key);
    match format {
        Format::ThreatDragon => {
            (last == "type" && leaf.text.starts_with("tm.")) || (last == "shape" && !leaf.text.contains(' '))
        }
        // What these hold are categories and severity.
        Format::ThreatComposer => {
            (last == "key" && matches!(leaf.text.as_str(), "Priority" | "STRIDE"))
                || (last == "type" && leaf.path.iter().any(|key| key == "assumptionLinks"))
        }
        Format::CycloneDx => last == "type" && leaf.text == "threat-model",
        // The end that is meant is the one in the list of that type.
        Format::ThreatModelLibrary => {
            last == "type" && leaf.path.iter().any(|key| matches!(key.as_str(), "source" | "destination"))
        }
        Format::Threagile => last == "out_of_scope" && leaf.text == "false",
        _ => false,
    }
}

#[test]
fn every_value_of_every_model_is_kept_or_reported() {
    let Some(corpus) = corpus() else { return };
    let mut checked = 0;
    let mut lost = Vec::new();
    // threatcl's language is none that this test could read by itself.
    for (name, read) in models(&corpus).into_iter().filter(|(_, read)| read.format != Format::Threatcl) {
        let found = Found::in_import(&read.import());
        for (number, (_, text)) in (0u32..).zip(&read.files) {
            let parse = if text.trim_start().starts_with('{') { parse_json } else { parse_yaml };
            // A file of comments only has no tree.
            let Some(root) = parse(FileId(number), text, &Limits::default(), &mut Vec::new()) else { continue };
            let mut all = Vec::new();
            leaves(&root, &mut Vec::new(), &mut Vec::new(), &mut all);
            for leaf in all {
                checked += 1;
                if !is_shown(read.format, &leaf) && !found.has(&leaf) {
                    lost.push(format!("{name}:{}: {} = {}", leaf.span.line, leaf.path.join("."), leaf.text));
                }
            }
        }
    }
    assert!(
        lost.is_empty(),
        "{} of {checked} values lost, such as\n{}",
        lost.len(),
        lost[..lost.len().min(40)].join("\n")
    );
    assert!(checked > 15_000, "only {checked} values seen");
}
