//! `vauban.yaml`: what a flag can say, said once for everybody.

use vauban_model::scale::{Level, Methodology};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Kind, Node};

use crate::brand::{self, BrandSettings};
use crate::document::{InputFile, check_version, parse, said, top};
use crate::methodology::read_into;
use crate::report::Report;

/// A value and where it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// What the gate does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// It never says no.
    Never,
    /// It says no to open findings of this risk or higher.
    AtLeast(Level),
}

/// How many findings are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Those that matter most.
    Default,
    /// All.
    All,
}

/// Where the methodology comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MethodologySource {
    /// From a file; the path is relative to the configuration.
    File(Box<str>),
    /// Written into the configuration itself.
    Inline(Box<Methodology>),
}

/// Where it stands what the columns of a spreadsheet are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnsSource {
    /// In a file; the path is relative to the configuration.
    File(Box<str>),
    /// In the configuration itself.
    Inline,
}

/// Where it stands how documents look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrandSource {
    /// In a file; the path is relative to the configuration.
    File(Box<str>),
    /// In the configuration itself.
    Inline(Box<BrandSettings>),
}

/// The configuration. What is absent was not set; paths are as written, relative to the configuration's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Model files to analyse.
    pub model: Vec<Setting<Box<str>>>,
    /// Overlays, laid over the model in this order.
    pub overlay: Vec<Setting<Box<str>>>,
    /// Files with decisions.
    pub decisions: Vec<Setting<Box<str>>>,
    /// The record of decisions, approvals and reviews.
    pub record: Option<Setting<Box<str>>>,
    /// Findings that are known and do not fail the gate.
    pub baseline: Option<Setting<Box<str>>>,
    /// A revision to compare with.
    pub against: Option<Setting<Box<str>>>,
    /// Folders with threats, controls and technologies of one's own.
    pub library: Vec<Setting<Box<str>>>,
    /// The methodology.
    pub methodology: Option<Setting<MethodologySource>>,
    /// When the gate says no.
    pub fail_on: Option<Setting<FailOn>>,
    /// Output format, as the command line names it.
    pub format: Option<Setting<Box<str>>>,
    /// File to write to.
    pub output: Option<Setting<Box<str>>>,
    /// What is shown.
    pub show: Option<Setting<Show>>,
    /// Attackers considered, by id in the library.
    pub attackers: Vec<Setting<Box<str>>>,
    /// How many attack paths are shown.
    pub top: Option<Setting<u32>>,
    /// Whether open questions are shown.
    pub questions: Option<Setting<bool>>,
    /// What the columns of a spreadsheet are.
    pub columns: Option<Setting<ColumnsSource>>,
    /// How documents look.
    pub brand: Option<Setting<BrandSource>>,
}

/// Keys of a configuration, with what they mean.
pub(crate) const KEYS: &[(&str, &str)] = &[
    ("version", "Version of the format."),
    ("model", "Model files to analyse: one path or a list."),
    ("overlay", "Overlays, laid over the model in this order."),
    ("decisions", "Files with decisions about threats."),
    ("record", "The record of decisions, approvals and reviews; `vauban.record.jsonl` beside it when not said."),
    ("baseline", "File with findings that are known and do not fail the gate."),
    ("against", "Git revision to compare with."),
    ("library", "Folders with threats, controls and technologies of your own."),
    ("methodology", "File with the methodology, or the methodology itself."),
    ("fail_on", "Risk from which `vauban check` fails: low, medium, high, critical, or never."),
    ("format", "Output format."),
    ("output", "File to write to."),
    ("show", "Findings shown: default or all."),
    ("attackers", "Attackers considered, by their id in the library."),
    ("top", "How many attack paths are shown."),
    ("questions", "Whether open questions are shown."),
    ("columns", "What the columns of a spreadsheet are: by sheet, or a file that says so."),
    ("brand", "How documents look: name, logo, colour, footer, marking; or a file that says so."),
];

/// Words for `fail_on`.
pub(crate) const FAIL_ON: &[&str] = &["low", "medium", "high", "critical", "never"];
/// Words for `show`.
pub(crate) const SHOW: &[&str] = &["default", "all"];

/// Most attack paths anybody may ask for: each costs time and space.
const MOST_PATHS: u32 = 10_000;

/// Reads a configuration.
pub fn read_config(file: &InputFile<'_>) -> (Config, Vec<Diagnostic>) {
    let mut report = Report::default();
    let mut config = Config::default();
    if let Some(root) = parse(file, &mut report) {
        for entry in top(&root, "a configuration", &mut report) {
            let (key, node) = (&*entry.key, &entry.value);
            if !KEYS.iter().any(|(known, _)| *known == key) {
                let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
                report.unknown_key(key, entry.key_span, "a configuration", &known);
            } else if key == "version" {
                check_version("version", node, &mut report);
            } else if !node.is_null() {
                set(&mut config, key, node, &mut report);
            }
        }
    }
    (config, report.finish())
}

fn set(config: &mut Config, key: &str, node: &Node, report: &mut Report) {
    match key {
        "model" => config.model = texts(key, node, report),
        "overlay" => config.overlay = texts(key, node, report),
        "decisions" => config.decisions = texts(key, node, report),
        "library" => config.library = texts(key, node, report),
        "attackers" => config.attackers = texts(key, node, report),
        "record" => config.record = text(key, node, report),
        "baseline" => config.baseline = text(key, node, report),
        "against" => config.against = text(key, node, report),
        "format" => config.format = text(key, node, report),
        "output" => config.output = text(key, node, report),
        "methodology" => {
            let value = if matches!(node.kind, Kind::Mapping(_)) {
                let mut methodology = Box::<Methodology>::default();
                read_into(&mut methodology, node, report);
                Some(MethodologySource::Inline(methodology))
            } else {
                text(key, node, report).map(|path| MethodologySource::File(path.value))
            };
            config.methodology = value.map(|value| Setting { value, span: node.span });
        }
        "fail_on" => {
            // `no` is what many write for "never".
            let never = node.as_bool() == Some(false);
            config.fail_on = word(key, node, FAIL_ON, report, |word| match word {
                "never" => Some(FailOn::Never),
                _ if never => Some(FailOn::Never),
                word => Level::parse(word).map(FailOn::AtLeast),
            });
        }
        "show" => {
            config.show = word(key, node, SHOW, report, |word| match word {
                "default" => Some(Show::Default),
                "all" => Some(Show::All),
                _ => None,
            });
        }
        "top" => {
            let number = node.as_i64().and_then(|n| u32::try_from(n).ok()).filter(|n| (1..=MOST_PATHS).contains(n));
            if number.is_none() {
                let message = format!("`top` takes a number from 1 to {MOST_PATHS}, not {}", said(node));
                report.push(Diagnostic::error("expected-number", node.span, message).help("write `top: 10`"));
            }
            config.top = number.map(|value| Setting { value, span: node.span });
        }
        "columns" => {
            // What stands there is read together with the spreadsheet.
            let value = if matches!(node.kind, Kind::Mapping(_)) {
                Some(ColumnsSource::Inline)
            } else {
                text(key, node, report).map(|path| ColumnsSource::File(path.value))
            };
            config.columns = value.map(|value| Setting { value, span: node.span });
        }
        "brand" => {
            let value = if matches!(node.kind, Kind::Mapping(_)) {
                Some(BrandSource::Inline(Box::new(brand::read_into(node, report))))
            } else {
                text(key, node, report).map(|path| BrandSource::File(path.value))
            };
            config.brand = value.map(|value| Setting { value, span: node.span });
        }
        "questions" => {
            let answer = node.as_bool();
            if answer.is_none() {
                let message = format!("`questions` takes yes or no, not {}", said(node));
                report.push(Diagnostic::error("expected-yes-no", node.span, message).help("write `yes` or `no`"));
            }
            config.questions = answer.map(|value| Setting { value, span: node.span });
        }
        _ => {}
    }
}

pub(crate) fn text(key: &str, node: &Node, report: &mut Report) -> Option<Setting<Box<str>>> {
    let text = node.as_str();
    if text.is_none() {
        let message = format!("`{key}` takes text, not {}", node.kind_name());
        report.push(Diagnostic::error("expected-text", node.span, message).help("write one value"));
    }
    text.map(|text| Setting { value: text.into(), span: node.span })
}

fn texts(key: &str, node: &Node, report: &mut Report) -> Vec<Setting<Box<str>>> {
    let items = node.as_sequence().unwrap_or(std::slice::from_ref(node));
    items.iter().filter(|item| !item.is_null()).filter_map(|item| text(key, item, report)).collect()
}

fn word<T>(
    key: &str,
    node: &Node,
    words: &[&str],
    report: &mut Report,
    parse: impl Fn(&str) -> Option<T>,
) -> Option<Setting<T>> {
    let given = text(key, node, report)?;
    let value = parse(&given.value.to_lowercase());
    if value.is_none() {
        report.unknown_word(&given.value, node.span, key, words);
    }
    value.map(|value| Setting { value, span: node.span })
}
