//! OWASP Threat Dragon, version 2: diagrams that open there and can be edited.
//!
//! A model that came from a file of the tool goes back into that file (see [`super::threat_dragon_onto`]). Any other is
//! written anew. What the tool does not know stands under `vauban`, which it leaves alone; our reader takes it from there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use vauban_model::drawing::geometry::{Point, Rect};
use vauban_model::finding::{Finding, Status};
use vauban_model::model::{Element, ElementRef, Model, RecordedThreat};
use vauban_model::recorded::Recorded;
use vauban_model::report::Report;
use vauban_model::scale::{Level, Stride};
use vauban_model::vocabulary::{Domain, fact};

use super::kept::{self, Kept};
use super::places::{Page, pages};
use super::words::uuid;
use super::{Aspect, Exported, Original};

/// Everything: what the tool has no place for is kept beside.
pub(super) const CARRIES: &[Aspect] = &Aspect::ALL;
/// The version of the tool whose files we write.
const VERSION: &str = "2.5.0";
/// The prefix of the tool's own remarks.
const NATIVE: &str = "threat-dragon:";

/// Writes the model.
pub(super) fn export(report: &Report<'_>, original: Option<Original<'_>>) -> Exported {
    if let Some(original) = original.filter(|original| !original.text.trim().is_empty()) {
        return super::threat_dragon_onto::export(report, original.text);
    }
    let model = report.model;
    let mut numbers = Numbers(0);
    let mut told = BTreeSet::new();
    let pages = pages(report);
    let diagrams: Vec<Value> =
        pages.iter().enumerate().map(|(number, page)| diagram(report, page, number, &mut told, &mut numbers)).collect();
    let remark = |key: &str| remark(&model.system, key);
    let contributors: Vec<Value> = remark("contributors")
        .unwrap_or_default()
        .split(", ")
        .filter(|name| !name.is_empty())
        .map(|name| json!({ "name": name }))
        .collect();
    let mut summary = json!({
        "title": model.system.name,
        "owner": model.system.owner.as_deref().unwrap_or_default(),
        "description": model.system.description,
        "id": 0,
    });
    if let Some(fields) = summary.as_object_mut() {
        fields.insert("vauban".to_owned(), about_model(report, &told));
    }
    let document = json!({
        "version": VERSION,
        "summary": summary,
        "detail": {
            "contributors": contributors,
            "diagrams": diagrams,
            "diagramTop": pages.len(),
            "reviewer": remark("reviewer").unwrap_or_default(),
            "threatTop": numbers.0 + 1,
        },
    });
    let mut bytes = serde_json::to_vec_pretty(&document).unwrap_or_default();
    bytes.push(b'\n');
    let remarks = super::filled::told(super::Format::ThreatDragon, report).into_iter().collect();
    Exported { bytes, remarks, ..Exported::default() }
}

/// The numbers of threats.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.saturating_add(1);
        self.0
    }
}

/// What the file says about the model beside the tool's words.
fn about_model(report: &Report<'_>, told: &BTreeSet<usize>) -> Value {
    let model = report.model;
    let mut out = Kept::new();
    out.insert("system".to_owned(), kept::whole(model, &model.system));
    kept::lists(model, &mut out);
    let data: Vec<Value> = model.data.iter().map(|data| kept::whole(model, data)).collect();
    if !data.is_empty() {
        out.insert("data".to_owned(), Value::Array(data));
    }
    // Threats to what is no cell, and the order of all.
    let loose = model.recorded_threats.iter().enumerate().filter(|(index, _)| !told.contains(index));
    let loose: Vec<Value> = loose.map(|(_, threat)| kept::threat(model, threat)).collect();
    if !loose.is_empty() {
        out.insert("threats".to_owned(), Value::Array(loose));
    }
    if !report.decisions.is_empty() {
        out.insert("decisions".to_owned(), Value::Array(kept::decisions(report.decisions)));
    }
    Value::Object(out)
}

/// A remark that the reader of the tool's files left on an element.
pub(super) fn remark<'m>(element: &'m Element, key: &str) -> Option<&'m str> {
    let found = element.extras.iter().find(|(known, _)| known.strip_prefix(NATIVE) == Some(key));
    found.map(|(_, value)| &**value).filter(|value| !value.is_empty())
}

/// The id of an element's cell.
fn cell_id(model: &Model, element: ElementRef) -> String {
    let own = model.get(element).and_then(|it| remark(it, "id")).map(str::to_owned);
    own.unwrap_or_else(|| uuid(&[element.domain.as_str(), model.id(element)]))
}

fn diagram(
    report: &Report<'_>,
    page: &Page,
    number: usize,
    told: &mut BTreeSet<usize>,
    numbers: &mut Numbers,
) -> Value {
    let mut cells = Cells { report, page, known: &BTreeMap::new(), told, numbers, written: Vec::new() }.all();
    // Once: notes belong to no diagram.
    let notes = report.model.notes.iter().filter(|note| number == 0 && &*note.kind == "diagram-text");
    let notes: Vec<Value> = notes.enumerate().map(|(at, note)| text_block(page, at, &note.text)).collect();
    let mut list: Vec<Value> = cells.drain(..).map(|(_, cell)| cell).collect();
    list.extend(notes);
    // What the file it came from said about the diagram.
    let native = remark(&report.model.system, &format!("diagram.{number}"));
    let native = native.and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or_default();
    let native = native.as_object().filter(|it| it.get("title").and_then(Value::as_str) == Some(page.name.as_str()));
    let said =
        |key: &str, usual: &str| native.and_then(|it| it.get(key)).and_then(Value::as_str).unwrap_or(usual).to_owned();
    json!({
        "id": number,
        "title": if page.name.is_empty() { "Diagram" } else { page.name.as_str() },
        "diagramType": said("diagramType", "STRIDE"),
        "description": said("description", ""),
        "placeholder": said("placeholder", "New STRIDE diagram description"),
        "thumbnail": said("thumbnail", "./public/content/images/thumbnail.stride.jpg"),
        "version": VERSION,
        "vauban": { "id": page.id, "name": page.name },
        "cells": list,
    })
}

/// Cells for what is on a page, beside those that are there already.
pub(super) fn cells_of(
    report: &Report<'_>,
    page: &Page,
    known: &BTreeMap<ElementRef, String>,
    numbers: &mut Numbers,
) -> BTreeMap<ElementRef, (Value, bool)> {
    let mut told = BTreeSet::new();
    let cells = Cells { report, page, known, told: &mut told, numbers, written: Vec::new() }.all();
    cells.into_iter().map(|(element, cell)| (element, (cell, !known.contains_key(&element)))).collect()
}

/// The cells of a page on their way.
struct Cells<'a, 'r> {
    report: &'a Report<'r>,
    page: &'a Page,
    /// Cells that are there already.
    known: &'a BTreeMap<ElementRef, String>,
    told: &'a mut BTreeSet<usize>,
    numbers: &'a mut Numbers,
    written: Vec<(ElementRef, Value)>,
}

impl Cells<'_, '_> {
    fn all(mut self) -> Vec<(ElementRef, Value)> {
        let model = self.report.model;
        let mut seen: BTreeSet<String> = self.known.values().cloned().collect();
        let mut on_page: BTreeMap<ElementRef, String> = self.known.clone();
        let mut id_of = |element: ElementRef| {
            let id = cell_id(model, element);
            if seen.insert(id.clone()) { id } else { uuid(&[&id, element.domain.as_str(), model.id(element)]) }
        };
        // Boundaries lie at the back, outer ones behind inner ones.
        let mut boxes: Vec<&(ElementRef, Rect)> =
            self.page.shapes.iter().filter(|(element, _)| element.domain == Domain::Boundary).collect();
        boxes.sort_by(|(a, left), (b, right)| left.area().total_cmp(&right.area()).then(b.cmp(a)));
        let depth: BTreeMap<ElementRef, i64> =
            (1i64..).zip(&boxes).map(|(back, (element, _))| (*element, -back)).collect();
        let mut shapes: Vec<&(ElementRef, Rect)> = self.page.shapes.iter().collect();
        shapes.sort_by_key(|(element, _)| *element);
        for (element, rect) in shapes {
            if on_page.contains_key(element) {
                continue;
            }
            let id = id_of(*element);
            on_page.insert(*element, id.clone());
            let z = depth.get(element).copied().unwrap_or_else(|| self.next());
            let cell = self.node(*element, *rect, &id, z);
            self.written.push((*element, cell));
        }
        for (boundary, points) in &self.page.lines {
            let element = ElementRef { domain: Domain::Boundary, index: *boundary };
            if on_page.contains_key(&element) {
                continue;
            }
            let id = id_of(element);
            on_page.insert(element, id.clone());
            let cell = self.curve(element, points, &id);
            self.written.push((element, cell));
        }
        let mut flows: Vec<_> = self.page.flows.iter().collect();
        flows.sort_by_key(|(index, ..)| *index);
        for (index, bends, curved) in flows {
            let element = ElementRef { domain: Domain::Flow, index: *index };
            let Some(flow) = model.flows.get(element.at()) else { continue };
            let end = |index: u32| on_page.get(&ElementRef { domain: Domain::Component, index }).cloned();
            // The tool refuses a file with a flow to a cell that is not there.
            let (Some(source), Some(target)) = (end(flow.source), end(flow.target)) else { continue };
            let id = id_of(element);
            let z = self.next();
            let cell = self.edge(element, (bends, *curved), (&id, &source, &target), z);
            self.written.push((element, cell));
        }
        // The order of the model, so that it comes back in it.
        let rank = |element: &ElementRef| match element.domain {
            Domain::Boundary => 0,
            Domain::Component => 1,
            _ => 2,
        };
        self.written.sort_by_key(|(element, _)| (rank(element), element.index));
        self.written
    }

    fn next(&self) -> i64 {
        i64::try_from(self.written.len()).unwrap_or(0) + 1
    }

    fn node(&mut self, element: ElementRef, rect: Rect, id: &str, z: i64) -> Value {
        let is_box = element.domain == Domain::Boundary;
        let (shape, kind) = if is_box { ("trust-boundary-box", "tm.BoundaryBox") } else { kind(self.report, element) };
        let data = self.data(element, kind);
        let open = data.get("hasOpenThreats").and_then(Value::as_bool) == Some(true);
        let out = data.get("outOfScope").and_then(Value::as_bool) == Some(true);
        let line = json!({
            "stroke": if open { "red" } else { "#333333" },
            "strokeWidth": if open { 2.5 } else { 1.0 },
            "strokeDasharray": if out { "4 3" } else { "" },
        });
        let name = self.report.model.name(element);
        let attrs = match shape {
            "trust-boundary-box" => json!({ "headerText": { "text": name }, "label": { "text": name } }),
            "store" => json!({ "text": { "text": name }, "topLine": line, "bottomLine": line }),
            _ => json!({ "text": { "text": name }, "body": line }),
        };
        let mut cell = json!({
            "position": { "x": rect.corner.x, "y": rect.corner.y },
            "size": { "width": rect.width, "height": rect.height },
            "attrs": attrs,
            "visible": true,
            "shape": shape,
            "id": id,
            "zIndex": z,
            "data": data,
        });
        if let Some(fields) = cell.as_object_mut().filter(|_| !is_box) {
            fields.insert("ports".to_owned(), hidden_ports(id));
        }
        cell
    }

    fn edge(
        &mut self,
        element: ElementRef,
        (bends, curved): (&[Point], bool),
        (id, source, target): (&str, &str, &str),
        z: i64,
    ) -> Value {
        let data = self.data(element, "tm.Flow");
        let open = data.get("hasOpenThreats").and_then(Value::as_bool) == Some(true);
        let out = data.get("outOfScope").and_then(Value::as_bool) == Some(true);
        let both = data.get("isBidirectional").and_then(Value::as_bool) == Some(true);
        let mut cell = json!({
            "shape": "flow",
            "attrs": { "line": {
                "stroke": if open { "red" } else { "#333333" },
                "strokeWidth": if open { 2.5 } else { 1.0 },
                "sourceMarker": { "name": if both { "block" } else { "" } },
                "targetMarker": { "name": "block" },
                "strokeDasharray": if out { "4 3" } else { "" },
            } },
            "width": 200,
            "height": 100,
            "zIndex": z,
            "labels": label(self.report.model.name(element)),
            "data": data,
            "id": id,
            "source": { "cell": source },
            "target": { "cell": target },
            "vertices": bends.iter().map(at).collect::<Vec<_>>(),
        });
        // The tool's own way is smooth; one that somebody drew straight stays so.
        let laid_out = self.page.id.is_empty();
        if let Some(fields) = cell.as_object_mut() {
            fields.insert(
                "connector".to_owned(),
                json!(if curved || laid_out && bends.is_empty() { "smooth" } else { "normal" }),
            );
        }
        cell
    }

    fn curve(&mut self, element: ElementRef, points: &[Point], id: &str) -> Value {
        let nowhere = Point { x: 0.0, y: 0.0 };
        let source = points.first().copied().unwrap_or(nowhere);
        let target = points.last().copied().unwrap_or(nowhere);
        let inner = points.get(1..points.len().saturating_sub(1)).unwrap_or_default();
        json!({
            "shape": "trust-boundary-curve",
            "attrs": { "line": {
                "stroke": "#333333",
                "strokeWidth": 3,
                "strokeDasharray": "10 5",
                "sourceMarker": { "name": "" },
                "targetMarker": { "name": "" },
            } },
            "width": 200,
            "height": 100,
            "zIndex": -1,
            "labels": label(self.report.model.name(element)),
            "connector": "smooth",
            "data": self.data(element, "tm.Boundary"),
            "id": id,
            "source": at(&source),
            "target": at(&target),
            "vertices": inner.iter().map(at).collect::<Vec<_>>(),
        })
    }

    /// What a cell means.
    fn data(&mut self, element: ElementRef, kind: &str) -> Value {
        let model = self.report.model;
        let Some(entry) = model.get(element) else { return json!({}) };
        let threats = self.threats(element);
        let open = threats.iter().any(|threat| threat.get("status").and_then(Value::as_str) == Some("Open"));
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
        put("type", json!(kind));
        put("name", json!(entry.name));
        put("description", json!(entry.description));
        put("outOfScope", json!(entry.out_of_scope.is_some()));
        put("reasonOutOfScope", json!(entry.out_of_scope.as_ref().map_or("", |scope| &scope.reason)));
        put("isTrustBoundary", json!(element.domain == Domain::Boundary));
        put("hasOpenThreats", json!(open));
        let ticked = |key: &str| json!(remark(entry, key) == Some("true"));
        let holds = |id, kind: &str| {
            let data = entry.references(id).iter().filter_map(|index| model.data.get(*index as usize));
            let symbol = vauban_model::model::symbol_of(fact::DATA_KINDS, kind);
            json!(
                data.into_iter()
                    .any(|data| symbol.is_some_and(|symbol| data.symbols(fact::DATA_KINDS).contains(&symbol)))
            )
        };
        let resting = entry.word(fact::ENCRYPTION_AT_REST).is_some_and(|word| word != "none");
        let yes = |id| json!(entry.bool(id) == Some(true));
        match kind {
            "tm.Actor" => {
                put("providesAuthentication", ticked("providesAuthentication"));
            }
            "tm.Process" => {
                put("handlesCardPayment", holds(fact::HANDLES, "payment-card"));
                put("handlesGoodsOrServices", ticked("handlesGoodsOrServices"));
                let web = entry.words(fact::TECHNOLOGY).iter().any(|name| &**name == "web-application");
                put("isWebApplication", json!(web));
                put("privilegeLevel", json!(remark(entry, "privilegeLevel").unwrap_or_default()));
            }
            "tm.Store" => {
                put("isALog", holds(fact::STORES, "audit-log"));
                put("isEncrypted", json!(resting));
                put("isSigned", ticked("isSigned"));
                put("storesCredentials", holds(fact::STORES, "credentials"));
                put("storesInventory", ticked("storesInventory"));
            }
            "tm.Flow" => {
                let encrypted = self.report.analysis.encrypted.get(element.at()).copied().flatten();
                put("isBidirectional", yes(fact::TWO_WAY));
                put("isEncrypted", json!(encrypted == Some(true)));
                put("isPublicNetwork", yes(fact::OVER_INTERNET));
                let protocol = remark(entry, "protocol").or(entry.word(fact::PROTOCOL)).unwrap_or_default();
                put("protocol", json!(protocol));
            }
            _ => {}
        }
        put("threats", Value::Array(threats));
        put("vauban", self.beside(element, entry));
        Value::Object(out)
    }

    /// What the tool has no place for.
    fn beside(&self, element: ElementRef, entry: &Element) -> Value {
        let model = self.report.model;
        let mut out = Kept::new();
        out.insert("id".to_owned(), json!(entry.id));
        kept::owner(entry, &mut out);
        kept::tags(entry, &mut out);
        let stated = |id| entry.fact(id).is_some_and(kept::is_stated);
        let unsaid: &[_] = match element.domain {
            Domain::Component => &[fact::KIND, fact::TECHNOLOGY, fact::ENCRYPTION_AT_REST, fact::MOVES_MONEY],
            Domain::Flow => &[fact::PROTOCOL, fact::ENCRYPTION, fact::OVER_INTERNET, fact::TWO_WAY, fact::CROSSES],
            _ => &[],
        };
        // Ticks that only follow from other facts, which are no statements of their own.
        let unsaid: Vec<&str> = unsaid.iter().filter(|id| !stated(**id)).map(|id| id.definition().key).collect();
        if !unsaid.is_empty() {
            out.insert("unsaid".to_owned(), json!(unsaid));
        }
        kept::facts(model, entry, |_| false, &mut out);
        kept::extras(&entry.extras, |key| key == "threat-dragon:id", &mut out);
        // What the drawing shows needs no words, so that what people move there is believed.
        let boundary =
            |index: Option<u32>| index.map_or("", |index| model.id(ElementRef { domain: Domain::Boundary, index }));
        match element.domain {
            Domain::Component => {
                let component = model.components.get(element.at());
                let around = component.and_then(|it| it.boundary);
                if self.drawn_in(element) != around {
                    out.insert("boundary".to_owned(), json!(boundary(around)));
                }
                if let Some(index) = component.and_then(|it| it.parent) {
                    let parent = ElementRef { domain: Domain::Component, index };
                    out.insert("parent".to_owned(), json!(model.id(parent)));
                }
            }
            Domain::Boundary => {
                let around = model.boundaries.get(element.at()).and_then(|it| it.parent);
                if self.drawn_in(element) != around {
                    out.insert("parent".to_owned(), json!(boundary(around)));
                }
            }
            _ => {}
        }
        Value::Object(out)
    }

    /// The box that something lies in on the page, as our reader sees it.
    fn drawn_in(&self, element: ElementRef) -> Option<u32> {
        let (_, rect) = self.page.shapes.iter().find(|(known, _)| *known == element)?;
        let mut around: Option<(f64, u32)> = None;
        for (outer, place) in self.page.shapes.iter().filter(|(outer, _)| outer.domain == Domain::Boundary) {
            let holds = match element.domain {
                Domain::Component => place.holds(rect.centre()),
                _ => *outer != element && place.area() > rect.area() && place.encloses(rect),
            };
            if holds && around.is_none_or(|(area, _)| place.area() < area) {
                around = Some((place.area(), outer.index));
            }
        }
        around.map(|(_, index)| index)
    }

    /// The threats of a cell: those people recorded, then ours.
    fn threats(&mut self, element: ElementRef) -> Vec<Value> {
        let mut out = Vec::new();
        for (index, threat) in self.report.model.recorded_threats.iter().enumerate() {
            // A threat about several elements stands at the first of them and is kept whole beside the model.
            if threat.elements == [element] && self.told.insert(index) {
                out.push(recorded(self.report.model, threat, self.numbers));
            }
        }
        for finding in &self.report.analysis.findings {
            if home(finding) == Some(element) {
                out.extend(found(self.report, finding, self.numbers));
            }
        }
        out
    }
}

fn hidden_ports(id: &str) -> Value {
    let mut groups = Map::new();
    let mut items = Vec::new();
    for side in ["top", "right", "bottom", "left"] {
        let circle = json!({ "r": 4, "magnet": true, "stroke": "#5F95FF", "strokeWidth": 1, "fill": "#fff",
            "style": { "visibility": "hidden" } });
        groups.insert(side.to_owned(), json!({ "position": side, "attrs": { "circle": circle } }));
        items.push(json!({ "group": side, "id": uuid(&[id, side]) }));
    }
    json!({ "groups": groups, "items": items })
}

/// The shape and the type of a component's cell.
fn kind(report: &Report<'_>, element: ElementRef) -> (&'static str, &'static str) {
    let stated = report.model.get(element).and_then(|it| it.symbol(fact::KIND));
    let symbol = stated.or_else(|| report.analysis.kinds.get(element.at()).copied().flatten());
    let word = symbol.and_then(|symbol| Some(vauban_model::model::enumeration_of(fact::KIND)?.word(symbol)));
    let stores = report.model.get(element).is_some_and(|it| !it.references(fact::STORES).is_empty());
    match word {
        Some("data-store") => ("store", "tm.Store"),
        Some("external-entity") => ("actor", "tm.Actor"),
        None if stores => ("store", "tm.Store"),
        _ => ("process", "tm.Process"),
    }
}

fn label(text: &str) -> Value {
    json!([{
        "markup": [
            { "tagName": "ellipse", "selector": "labelBody" },
            { "tagName": "text", "selector": "labelText" },
        ],
        "attrs": {
            "labelText": { "text": text, "textAnchor": "middle", "textVerticalAnchor": "middle" },
            "labelBody": { "ref": "labelText", "refRx": "50%", "refRy": "60%", "fill": "#fff", "strokeWidth": 0 },
        },
        "position": 0.5,
    }])
}

fn at(point: &Point) -> Value {
    json!({ "x": point.x, "y": point.y })
}

fn text_block(page: &Page, number: usize, text: &str) -> Value {
    let below = page.shapes.iter().map(|(_, rect)| rect.corner.y + rect.height).fold(0.0f64, f64::max);
    let down = u32::try_from(number).map_or(0.0, f64::from);
    json!({
        "position": { "x": 40, "y": below + 40.0 + down * 90.0 },
        "size": { "width": 310, "height": 70 },
        "attrs": { "text": { "text": text } },
        "visible": true,
        "shape": "td-text-block",
        "zIndex": 1,
        "id": uuid(&["text", text, &number.to_string()]),
        "data": { "type": "tm.Text", "name": text, "hasOpenThreats": false, "vauban": {} },
    })
}

/// The element at which a finding is shown: the first that has a cell.
pub(super) fn home(finding: &Finding) -> Option<ElementRef> {
    let has_cell = |it: &&ElementRef| matches!(it.domain, Domain::Component | Domain::Flow | Domain::Boundary);
    finding.elements.iter().find(has_cell).copied()
}

fn recorded(model: &Model, threat: &RecordedThreat, numbers: &mut Numbers) -> Value {
    let said = |key: &str| {
        let found = threat.extras.iter().find(|(known, _)| known.strip_prefix(NATIVE) == Some(key));
        found.map(|(_, value)| value.to_string())
    };
    let number = said("number").and_then(|number| number.parse::<u64>().ok());
    let number = match number {
        Some(number) => {
            numbers.0 = numbers.0.max(number);
            number
        }
        None => numbers.next(),
    };
    // Where nobody wrote anything, the tool's own invitation stays.
    let written = |key: &str, text: &str| if text.is_empty() { said(key).unwrap_or_default() } else { text.to_owned() };
    let category = threat.categories.first().map_or("", |category| &**category);
    let category = Stride::parse(category).map_or(category, |letter| letter.name());
    let mut ours = kept::threat(model, threat);
    if let Some(fields) = ours.as_object_mut() {
        for key in ["description", "mitigation", "elements"] {
            fields.remove(key);
        }
        // Words that the tool writes itself change there.
        if severity(&threat.severity) == &*threat.severity {
            fields.remove("severity");
        }
        if status(&threat.status) == &*threat.status {
            fields.remove("status");
        }
        if *threat.categories == [category.into()] {
            fields.remove("categories");
        }
    }
    json!({
        "id": said("id").unwrap_or_else(|| uuid(&["threat", &threat.id])),
        "title": threat.title,
        "status": status(&threat.status),
        "severity": severity(&threat.severity),
        "type": if category.is_empty() { "Tampering" } else { category },
        "description": written("description", &threat.description),
        "mitigation": written("mitigation", &threat.mitigation),
        "modelType": said("modelType").unwrap_or_else(|| "STRIDE".to_owned()),
        "new": false,
        "number": number,
        "score": said("score").unwrap_or_default(),
        "vauban": ours,
    })
}

/// A state in the tool's words.
fn status(word: &str) -> &'static str {
    match word.to_lowercase().replace(['/', ' ', '-', '_'], "").as_str() {
        "mitigated" | "mitigationimplemented" | "resolved" | "threatresolved" | "closed" => "Mitigated",
        "notapplicable" | "na" | "falsepositive" | "threatresolvednotuseful" => "NotApplicable",
        "accepted" => "Accepted",
        "transferred" => "Transferred",
        "avoided" => "Avoided",
        "eliminated" => "Eliminated",
        // Words of other tools and languages.
        _ => match Recorded::of(word) {
            Recorded::Mitigated => "Mitigated",
            Recorded::NotApplicable => "NotApplicable",
            Recorded::Settled => settled(&word.to_lowercase()),
            Recorded::Open => "Open",
        },
    }
}

/// How a threat is settled in the tool's words, by the beginning that most languages share; whoever leaves it as it is
/// accepts it.
fn settled(word: &str) -> &'static str {
    let says = |beginnings: &[&str]| beginnings.iter().any(|beginning| word.contains(beginning));
    if says(&["transf", "trasf", "übertrag", "shared"]) {
        "Transferred"
    } else if says(&["avoid", "vermied", "évit", "evit"]) {
        "Avoided"
    } else {
        "Accepted"
    }
}

/// A severity in the tool's words.
fn severity(word: &str) -> &'static str {
    match word.to_lowercase().as_str() {
        "low" | "info" | "informational" | "very low" => "Low",
        "medium" | "moderate" | "elevated" => "Medium",
        "high" => "High",
        "critical" | "very high" => "Critical",
        _ => "TBD",
    }
}

/// A finding of ours as a threat; nothing for one that a control stops.
pub(super) fn found(report: &Report<'_>, finding: &Finding, numbers: &mut Numbers) -> Option<Value> {
    let threat = report.threats.get(finding.threat as usize).filter(|threat| &*threat.family != "embedded")?;
    let status = match finding.status {
        Status::Open | Status::Mitigating => "Open",
        Status::Mitigated => "Mitigated",
        Status::Accepted => "Accepted",
        Status::Transferred => "Transferred",
        Status::Avoided => "Avoided",
        Status::FalsePositive => "NotApplicable",
    };
    let severity = match finding.current.risk {
        Level::Low => "Low",
        Level::Medium => "Medium",
        Level::High => "High",
        Level::Critical => "Critical",
    };
    let decision = finding.decision.and_then(|index| report.decisions.get(index as usize));
    let mitigation = match decision.filter(|decision| !decision.reason.is_empty()) {
        Some(decision) => format!("{}\n\n{}", decision.reason, threat.remedy),
        None => threat.remedy.to_string(),
    };
    Some(json!({
        "id": uuid(&["finding", &finding.id]),
        "title": finding.title,
        "status": status,
        "severity": severity,
        "type": finding.stride.first().map_or("Tampering", |letter| letter.name()),
        "description": finding.description,
        "mitigation": mitigation.trim_end(),
        "modelType": "STRIDE",
        "new": false,
        "number": numbers.next(),
        "score": "",
        "vauban": { "finding": finding.id },
    }))
}
