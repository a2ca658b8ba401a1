//! JSON Schemas of our documents, made from the same tables that the readers use.
//!
//! They serve editors: completion, hover, a red line under a misspelt key. A schema accepts what the reader accepts but
//! for spellings that only the reader forgives (upper case, `_` for `-` within words). YAML tools differ on whether `yes`
//! is a text or a truth value, so both are accepted.

use serde_json::{Map, Value, json};
use vauban_model::finding::Treatment;
use vauban_model::scale::{Level, Likelihood};
use vauban_model::vocabulary::{Domain, EnumId, FactId, FactType, fact};

use crate::body::{UNKNOWN, shorthand};
use crate::config;
use crate::decisions;
use crate::document::{MODEL_SECTIONS, VERSION};
use crate::keys::{COMMON, Shape, Slot, noun, section};
use crate::methodology::{self, CLASSIFICATIONS, IMPORTANCES};
use crate::overlay::OVERLAY_SECTIONS;
use crate::quantification;
use crate::scoring;

/// The documents that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// A model.
    Model,
    /// An overlay.
    Overlay,
    /// Decisions about threats.
    Decisions,
    /// `vauban.yaml`.
    Config,
    /// A methodology.
    Methodology,
}

impl Document {
    /// All of them.
    pub const ALL: [Document; 5] =
        [Document::Model, Document::Overlay, Document::Decisions, Document::Config, Document::Methodology];

    /// Its name, as in `vauban schema NAME`.
    pub fn as_str(self) -> &'static str {
        match self {
            Document::Model => "model",
            Document::Overlay => "overlay",
            Document::Decisions => "decisions",
            Document::Config => "config",
            Document::Methodology => "methodology",
        }
    }

    /// The document with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Document::ALL.into_iter().find(|document| document.as_str() == name)
    }
}

/// The JSON Schema (2020-12) of a document, as text that ends with a line break. The same on every call.
pub fn json_schema(document: Document) -> String {
    let (title, body) = match document {
        Document::Model => ("A Vauban model", model(false)),
        Document::Overlay => ("A Vauban overlay", model(true)),
        Document::Decisions => ("Decisions about threats", decisions_schema()),
        Document::Config => ("Vauban's configuration", config_schema()),
        Document::Methodology => ("A methodology", methodology_schema()),
    };
    let mut schema = Map::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("$id".into(), format!("urn:vauban:{}:{VERSION}", document.as_str()).into());
    schema.insert("title".into(), title.into());
    if let Value::Object(body) = body {
        schema.extend(body);
    }
    if document == Document::Config {
        schema.insert("$defs".into(), json!({"methodology": methodology_schema()}));
    }
    let mut text = serde_json::to_string_pretty(&Value::Object(schema)).unwrap_or_default();
    text.push('\n');
    text
}

/// A mapping with these keys and no others.
fn object(properties: Map<String, Value>) -> Value {
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn described(mut schema: Value, doc: &str) -> Value {
    if let Value::Object(fields) = &mut schema {
        let mut first = Map::new();
        first.insert("description".into(), doc.into());
        first.extend(std::mem::take(fields));
        *fields = first;
    }
    schema
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

/// What every model and overlay shares.
fn definitions(overlay: bool) -> Map<String, Value> {
    let mut defs = Map::new();
    let mut define = |name: &str, schema: Value| {
        defs.insert(name.to_owned(), schema);
    };
    define("text", json!({"type": ["string", "number", "boolean"]}));
    define("texts", json!({"anyOf": [reference("text"), {"type": "array", "items": reference("text")}]}));
    define("yes-no", json!({"enum": [true, false, "yes", "no", "on", "off", UNKNOWN]}));
    define("reason", json!({"anyOf": [{"enum": [true, false, "yes", "no"]}, reference("text")]}));
    let pairs = json!({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}});
    define("extra", json!({"anyOf": [pairs, {"type": "array", "items": pairs}]}));
    define(
        "controls",
        json!({"anyOf": [
            reference("texts"),
            {"type": "object", "additionalProperties": {"anyOf": [
                reference("text"),
                object(from_pairs([("present", reference("yes-no")), ("note", reference("text"))])),
            ]}},
        ]}),
    );
    let statement = json!({"anyOf": [
        reference("text"),
        object(from_pairs([("what", reference("text")), ("why", reference("text"))])),
    ]});
    define("scope", json!({"anyOf": [statement, {"type": "array", "items": statement}]}));
    for domain in Domain::ALL {
        define(noun_key(domain), element(domain, overlay));
    }
    define("template", template(overlay));
    define(
        "runtime",
        json!({"anyOf": [
            {"type": "array", "items": reference("text")},
            object(from_pairs([
                ("name", reference("text")),
                ("description", reference("text")),
                ("tags", reference("texts")),
                ("components", reference("texts")),
            ])),
        ]}),
    );
    let place = json!({"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4,
        "description": "Left, top, width, height in pixels."});
    let point = json!({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2});
    let points = json!({"anyOf": [
        {"type": ["array", "null"], "items": point},
        {"type": "object", "properties": {"curve": {"type": ["array", "null"], "items": point}},
         "additionalProperties": false},
    ]});
    define(
        "drawing",
        object(from_pairs([
            ("name", reference("text")),
            ("components", described(by_id(&place), "Boxes of components, by id.")),
            ("boundaries", described(by_id(&place), "Boxes of trust boundaries that have an inside, by id.")),
            ("lines", described(by_id(&points), "Points of trust boundaries drawn as a line, by id.")),
            ("flows", described(by_id(&points), "Bends of flows between their ends, by id.")),
        ])),
    );
    define(
        "third-party",
        open(from_pairs([
            ("name", reference("text")),
            ("provides", described(reference("text"), "What it provides.")),
            ("used_by", described(reference("texts"), "Components that depend on it.")),
            ("data", described(reference("texts"), "Data it gets to see.")),
            ("when_down", described(reference("text"), "What the system loses when it is down.")),
            ("notes", reference("extra")),
        ])),
    );
    define(
        "checkpoint",
        object(from_pairs([
            ("authenticates", described(reference("texts"), "Components whose callers it authenticates.")),
            ("authorises", described(reference("texts"), "Components whose callers it authorises.")),
            ("authorizes", described(reference("texts"), "The same as `authorises`.")),
            ("by", described(reference("text"), "The component that does the check.")),
            ("how", reference("text")),
        ])),
    );
    define(
        "assumption",
        json!({"anyOf": [reference("text"), object(from_pairs([
            ("id", reference("text")),
            ("text", reference("text")),
            ("about", described(reference("texts"), ABOUT)),
            ("owner", described(reference("text"), "Who vouches for it.")),
            ("holds", described(reference("yes-no"), "`no` says that it is not so; otherwise it is taken for granted.")),
        ]))]}),
    );
    define(
        "abuse-case",
        json!({"anyOf": [reference("text"), object(from_pairs([
            ("id", reference("text")),
            ("name", reference("text")),
            ("text", reference("text")),
            ("about", described(reference("texts"), ABOUT)),
        ]))]}),
    );
    define(
        "note",
        json!({"anyOf": [reference("text"), object(from_pairs([
            ("kind", described(reference("text"), "Such as `question` or `security-requirement`.")),
            ("title", reference("text")),
            ("text", reference("text")),
        ]))]}),
    );
    let children = described(reference("texts"), "Ids of steps of this tree.");
    let step = json!({"anyOf": [reference("text"), {"type": "null"}, object(from_pairs([
        ("label", described(reference("text"), "What the attacker does or reaches.")),
        ("any", described(children.clone(), "Steps of which one is enough.")),
        ("all", described(children, "Steps that are all needed.")),
    ]))]});
    define("attack-tree", object(from_pairs([("name", reference("text")), ("steps", by_id(&step))])));
    let weakness = json!({"type": ["integer", "string"]});
    define(
        "threat",
        json!({"anyOf": [reference("text"), open(from_pairs([
            ("title", reference("text")),
            ("description", reference("text")),
            ("categories", reference("texts")),
            ("about", described(reference("texts"), ABOUT)),
            ("severity", reference("text")),
            ("status", reference("text")),
            ("mitigation", reference("text")),
            ("cwe", json!({"anyOf": [weakness, {"type": "array", "items": weakness}]})),
            ("extra", reference("extra")),
        ]))]}),
    );
    defs
}

const ABOUT: &str = "Ids of elements; `flow:ID` and the like where several kinds have the same id.";

fn from_pairs<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A mapping with these keys; any other takes a text.
fn open(properties: Map<String, Value>) -> Value {
    json!({"type": "object", "properties": properties, "additionalProperties": {"type": ["string", "number", "boolean", "null"]}})
}

fn noun_key(domain: Domain) -> &'static str {
    domain.as_str()
}

/// The keys of a kind of element and their values.
fn properties(domain: Domain, overlay: bool) -> Map<String, Value> {
    let mut properties = Map::new();
    for common in COMMON.iter().filter(|common| common.on.contains(&domain) && (overlay || !common.overlay)) {
        properties.insert(common.key.into(), described(shape(common.shape), common.doc));
    }
    for id in FactId::stated_on(domain) {
        let definition = id.definition();
        let schema = described(value(id), definition.doc);
        for key in std::iter::once(&definition.key).chain(definition.aliases) {
            properties.insert((*key).into(), schema.clone());
        }
    }
    properties
}

fn shape(shape: Shape) -> Value {
    match shape {
        Shape::Text => reference("text"),
        Shape::Texts => reference("texts"),
        Shape::YesNo => reference("yes-no"),
        Shape::Reason => reference("reason"),
        Shape::Controls => reference("controls"),
        Shape::Extra => reference("extra"),
        Shape::Boundaries => by_id(&reference("boundary")),
        Shape::Scope => reference("scope"),
    }
}

fn by_id(entry: &Value) -> Value {
    json!({"type": ["object", "null"], "additionalProperties": entry})
}

/// An element: its mapping, its short form, or nothing.
fn element(domain: Domain, overlay: bool) -> Value {
    let full = object(properties(domain, overlay));
    let mut forms = vec![full, json!({"type": "null"})];
    match shorthand(domain) {
        Some(fact) => forms.push(described(value(fact), &format!("Short for `{}`.", fact.definition().key))),
        None => forms.push(described(reference("text"), "Short for `name`.")),
    }
    json!({"anyOf": forms})
}

/// A template may say what any kind of element may say, but for what only one element can have.
fn template(overlay: bool) -> Value {
    let mut union: Map<String, Value> = Map::new();
    let without = [Slot::From, Slot::To, Slot::Boundaries, Slot::Add, Slot::Drop, Slot::Id];
    let barred: Vec<&str> =
        COMMON.iter().filter(|common| without.contains(&common.slot)).map(|common| common.key).collect();
    for domain in Domain::ALL.into_iter().filter(|domain| *domain != Domain::System) {
        for (key, schema) in properties(domain, overlay) {
            if barred.contains(&key.as_str()) {
                continue;
            }
            match union.get_mut(&key) {
                None => {
                    union.insert(key, schema);
                }
                Some(known) if *known == schema => {}
                Some(Value::Object(known)) if known.len() == 1 && known.contains_key("anyOf") => {
                    if let Some(Value::Array(forms)) = known.get_mut("anyOf") {
                        forms.push(schema);
                    }
                }
                Some(known) => *known = json!({"anyOf": [known.clone(), schema]}),
            }
        }
    }
    object(union)
}

/// The values of a fact.
fn value(id: FactId) -> Value {
    match id.definition().ty {
        FactType::Bool => reference("yes-no"),
        // Unlisted protocols are kept and count as unknown.
        FactType::Enum(enumeration) if id == fact::PROTOCOL => {
            json!({"anyOf": [{"enum": words(enumeration)}, {"type": "string"}]})
        }
        FactType::Enum(enumeration) => {
            let mut words = words(enumeration);
            words.push(UNKNOWN.into());
            json!({"enum": words})
        }
        FactType::Set(enumeration) => {
            let word = json!({"enum": words(enumeration)});
            json!({"anyOf": [word, {"type": "array", "items": word}, {"const": UNKNOWN}]})
        }
        FactType::Number => json!({"anyOf": [{"type": "integer"}, {"const": UNKNOWN}]}),
        FactType::Text => reference("text"),
        FactType::Words | FactType::Technologies => {
            json!({"anyOf": [{"type": ["string", "number"]}, {"type": "array", "items": reference("text")}]})
        }
        FactType::References(domain) => {
            described(reference("texts"), &format!("Ids of elements under `{}`.", section(domain)))
        }
    }
}

/// The words of an enumeration, then its aliases; a truth value where one of them is a yes or no.
fn words(enumeration: EnumId) -> Vec<Value> {
    let definition = enumeration.definition();
    let mut words: Vec<Value> = definition.values.iter().map(|word| Value::from(*word)).collect();
    words.extend(definition.aliases.iter().map(|(alias, _)| Value::from(*alias)));
    for (alias, truth) in [("no", false), ("yes", true)] {
        if words.iter().any(|word| word == alias) {
            words.push(truth.into());
        }
    }
    words
}

fn version(key: &str) -> Value {
    described(json!({"const": VERSION}), &format!("Version of the format: `{key}: {VERSION}`."))
}

fn model(overlay: bool) -> Value {
    let mut properties = Map::new();
    for name in if overlay { OVERLAY_SECTIONS } else { MODEL_SECTIONS } {
        let schema = match *name {
            "vauban" | "overlay" => version(name),
            "system" => described(reference("system"), "The system as a whole."),
            "include" => described(reference("texts"), "Further files of the model, relative to this one."),
            "templates" => {
                described(by_id(&reference("template")), "Values that several elements share, used with `like`.")
            }
            "runtimes" => described(by_id(&reference("runtime")), "Hosts and platforms that several components share."),
            "third_parties" => described(by_id(&reference("third-party")), "Products and services of others."),
            "checkpoints" => {
                described(by_id(&reference("checkpoint")), "Where callers are authenticated or authorised.")
            }
            "assumptions" => described(list_or_map("assumption"), "What is taken for granted."),
            "abuse_cases" => described(list_or_map("abuse-case"), "What somebody with bad intent would like to do."),
            "notes" => described(list_or_map("note"), "Free notes: questions and answers, requirements."),
            "threats" => described(by_id(&reference("threat")), "Threats written down by people or other tools."),
            "attack_trees" => {
                described(by_id(&reference("attack-tree")), "How an attacker reaches a goal, step by step.")
            }
            "drawings" => {
                described(by_id(&reference("drawing")), "Where things stand on diagrams, one entry for each.")
            }
            other => {
                let domain =
                    Domain::ALL.into_iter().find(|domain| section(*domain) == other).unwrap_or(Domain::Component);
                let doc = match domain {
                    Domain::Flow => "Data flows, by `from -> to`.".to_owned(),
                    domain => format!("Every {}, by id.", noun(domain)),
                };
                described(by_id(&reference(noun_key(domain))), &doc)
            }
        };
        properties.insert((*name).to_owned(), schema);
    }
    let mut schema = object(properties);
    if let Value::Object(fields) = &mut schema {
        fields.insert("$defs".into(), Value::Object(definitions(overlay)));
    }
    schema
}

fn list_or_map(name: &str) -> Value {
    json!({"anyOf": [
        {"type": "array", "items": reference(name)},
        {"type": ["object", "null"], "additionalProperties": reference(name)},
    ]})
}

fn text() -> Value {
    json!({"type": ["string", "number"]})
}

fn texts() -> Value {
    json!({"anyOf": [text(), {"type": "array", "items": text()}]})
}

fn decisions_schema() -> Value {
    let day = json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"});
    let docs: [(&str, Value, &str); 9] = [
        ("threat", text(), "Id of the finding, or a pattern with `*`."),
        ("decision", json!({"enum": Treatment::ALL.map(Treatment::as_str)}), "What is done about it."),
        ("reason", text(), "Why."),
        ("owner", text(), "Who carries it out or answers for it."),
        ("approver", text(), "Who approved it."),
        ("until", day.clone(), "The day on which the decision lapses."),
        ("ticket", text(), "Ticket."),
        ("decided", day, "The day on which it was decided."),
        (
            "state",
            json!({"enum": decisions::STATES}),
            "Without it the decision holds; what is proposed, rejected or withdrawn has no effect.",
        ),
    ];
    let known = docs.into_iter().filter(|(key, ..)| decisions::DECISION.contains(key));
    let properties: Map<String, Value> =
        known.map(|(key, schema, doc)| (key.to_owned(), described(schema, doc))).collect();
    let mut decision = object(properties);
    if let Value::Object(fields) = &mut decision {
        fields.insert("required".into(), json!(["threat", "decision", "reason", "owner"]));
        let needs = |treatments: &[Treatment], keys: &[&str]| {
            let words: Vec<&str> = treatments.iter().map(|treatment| treatment.as_str()).collect();
            // What is only proposed, turned down or taken back has nobody who approved it.
            let holds = json!({"decision": {"enum": words}, "state": {"const": "decided"}});
            json!({"if": {"properties": holds, "required": ["decision"]}, "then": {"required": keys}})
        };
        let conditions = [
            needs(&[Treatment::Accept, Treatment::Transfer], &["approver", "until"]),
            needs(&[Treatment::FalsePositive], &["until"]),
        ];
        fields.insert("allOf".into(), json!(conditions));
    }
    object(from_pairs([
        ("version", version("version")),
        ("decisions", json!({"type": ["array", "null"], "items": decision})),
    ]))
}

fn config_schema() -> Value {
    let mut properties = Map::new();
    for (key, doc) in config::KEYS {
        let schema = match *key {
            "version" => version("version"),
            "model" | "overlay" | "decisions" | "library" | "attackers" => texts(),
            "methodology" => json!({"anyOf": [text(), reference("methodology")]}),
            "fail_on" => {
                let mut words: Vec<Value> = config::FAIL_ON.iter().map(|word| Value::from(*word)).collect();
                words.push(false.into());
                json!({"enum": words})
            }
            "show" => json!({"enum": config::SHOW}),
            "top" => json!({"type": "integer", "minimum": 1}),
            "columns" => json!({"type": ["string", "object"]}),
            "brand" => brand_schema(),
            "questions" => json!({"enum": [true, false, "yes", "no"]}),
            _ => text(),
        };
        properties.insert((*key).to_owned(), described(schema, doc));
    }
    object(properties)
}

fn methodology_schema() -> Value {
    let levels = json!({"enum": Level::ALL.map(Level::as_str)});
    let likelihoods = Likelihood::ALL.map(Likelihood::as_str);
    let impacts = ["1", "2", "3", "4", "5"];
    let step = json!({"anyOf": [text(), object(from_pairs([("name", text()), ("meaning", text())]))]});
    let impact = json!({"type": "integer", "minimum": 1, "maximum": 5});
    let mut properties = Map::new();
    for (key, doc) in methodology::KEYS {
        let schema = match *key {
            "version" => version("version"),
            "name" | "owner" => text(),
            "impact" => scale(&impacts, &step),
            "likelihood" => scale(&likelihoods, &step),
            "probability_per_mille" => scale(&likelihoods, &json!({"type": "integer", "minimum": 0, "maximum": 1000})),
            "step_days" => scale(&likelihoods, &json!({"type": "integer", "minimum": 0, "maximum": 10000})),
            "quantification" => quantification::schema(),
            "scoring" => scoring::schema(),
            "matrix" => scale(&likelihoods, &scale(&impacts, &levels)),
            "tolerance" => levels.clone(),
            "classification" => scale(&CLASSIFICATIONS, &step),
            "classification_impact" => scale(&CLASSIFICATIONS, &impact),
            "importance_impact" => scale(&IMPORTANCES, &impact),
            "detection_levels" => scale(&methodology::NOTICES, &json!({"type": "integer", "minimum": 0, "maximum": 4})),
            "review_months" => scale(&IMPORTANCES, &json!({"type": "integer", "minimum": 0, "maximum": 120})),
            "review_changes" => json!({"type": "integer", "minimum": 0, "maximum": 10000}),
            "effort_cost" => scale(&Level::ALL.map(Level::as_str), &json!({"type": "number", "minimum": 0})),
            "control_cost" => json!({"type": "object", "additionalProperties": {"type": "number", "minimum": 0}}),
            "time_box_hours" => {
                scale(&["first", "update"], &json!({"type": "integer", "minimum": 0, "maximum": 10000}))
            }
            _ => texts(),
        };
        properties.insert((*key).to_owned(), described(schema, doc));
    }
    object(properties)
}

/// A list with a value for every word, or a mapping by word.
fn scale(words: &[&str], value: &Value) -> Value {
    let properties: Map<String, Value> = words.iter().map(|word| ((*word).to_owned(), value.clone())).collect();
    json!({"anyOf": [
        {"type": "array", "items": value, "minItems": words.len(), "maxItems": words.len()},
        object(properties),
    ]})
}

fn brand_schema() -> Value {
    let keys = crate::brand::KEYS.iter().map(|(key, doc)| ((*key).to_owned(), described(text(), doc)));
    json!({"anyOf": [text(), object(keys.collect())]})
}
