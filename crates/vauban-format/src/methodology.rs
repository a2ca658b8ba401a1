//! The methodology as a document: scales, matrix, tolerance, rules.

use vauban_model::plan::Effort;
use vauban_model::scale::{Impact, Level, Likelihood, Methodology, ScaleStep};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Entry, Kind, Node};

use crate::document::{InputFile, VERSION, check_version, parse, said, top};
use crate::emit::{Out, write_block};
use crate::quantification;
use crate::report::Report;
use crate::scoring;

/// Keys of a methodology, with what they mean.
pub(crate) const KEYS: &[(&str, &str)] = &[
    ("version", "Version of the format."),
    ("name", "Name and version of the methodology."),
    ("owner", "Who owns it."),
    ("impact", "The impact scale, five steps from least to most: a name and what it means."),
    ("likelihood", "The likelihood scale, five steps from rare to certain: a name and what it means."),
    ("probability_per_mille", "Probability of each likelihood, in thousandths, from rare to certain."),
    ("step_days", "Mean days that a step of each likelihood takes where it works, from rare to certain; 0: at once."),
    ("matrix", "Risk by likelihood (rows, rare to certain) and impact (columns, 1 to 5)."),
    ("tolerance", "The highest risk that may stay without a decision."),
    ("classification", "What each classification means here: public, internal, confidential, restricted."),
    ("classification_impact", "Impact of disclosure, 1 to 5, for public, internal, confidential, restricted."),
    ("importance_impact", "Impact of a breach of integrity or availability, 1 to 5, for low, medium, high, critical."),
    (
        "detection_levels",
        "Levels of likelihood, 0 to 4, that a step of a path loses when it is recorded, watched for or alarmed on.",
    ),
    ("scope_rules", "Rules that say what is modelled."),
    ("asset_rules", "How data and other assets are categorised."),
    ("threat_sources", "Attackers considered, by their id in the library; none means all."),
    ("frameworks", "Frameworks used to find threats."),
    ("control_criteria", "Criteria for choosing controls, most important first."),
    ("control_order", "Which kinds of control come first."),
    (
        "effort_cost",
        "Person-days that a control of each effort costs here, whatever its page says: low, medium, high, critical.",
    ),
    ("control_cost", "Person-days that single controls cost, by their id; they win over `effort_cost`."),
    ("when_to_model", "When a formal model is needed."),
    ("review_months", "Months between reviews by criticality: low, medium, high, critical; 0 means no fixed dates."),
    ("review_changes", "Changes of the architecture since the last review from which a new one is due; 0 means never."),
    ("time_box_hours", "Hours a first model and an update may take; 0 means no limit."),
    ("scoring", "How other scores are reckoned: matrices of other sizes, tables of NIST SP 800-30."),
    ("quantification", "How risk is put into money: attempts a year, and what a loss costs."),
];

/// Words of the classification scale.
pub(crate) const CLASSIFICATIONS: [&str; 4] = ["public", "internal", "confidential", "restricted"];
/// Words of the importance scale.
pub(crate) const IMPORTANCES: [&str; 4] = ["low", "medium", "high", "critical"];
/// How a step may be seen.
pub(crate) const NOTICES: [&str; 3] = ["recorded", "watched", "alarmed"];

/// Reads a methodology; a later file wins over an earlier one, and what no file says keeps its default.
pub fn read_methodology(files: &[InputFile<'_>]) -> (Methodology, Vec<Diagnostic>) {
    let mut report = Report::default();
    let mut methodology = Methodology::default();
    for file in files {
        if let Some(root) = parse(file, &mut report) {
            read_into(&mut methodology, &root, &mut report);
        }
    }
    (methodology, report.finish())
}

/// Reads what a node says into a methodology.
pub(crate) fn read_into(methodology: &mut Methodology, node: &Node, report: &mut Report) {
    let mut matrix = None;
    let mut probabilities = None;
    for entry in top(node, "a methodology", report) {
        if entry.value.is_null() {
            continue;
        }
        let (key, node) = (&*entry.key, &entry.value);
        match key {
            "version" => check_version("version", node, report),
            "name" => set_text(&mut methodology.name, key, node, report),
            "owner" => set_text(&mut methodology.owner, key, node, report),
            "impact" => steps(&mut methodology.impact, &["1", "2", "3", "4", "5"], key, node, report),
            "likelihood" => steps(&mut methodology.likelihood, &likelihoods(), key, node, report),
            "classification" => steps(&mut methodology.classification, &CLASSIFICATIONS, key, node, report),
            "probability_per_mille" => {
                probabilities = Some(node.span);
                each(&likelihoods(), key, node, report, |at, value, report| {
                    if let Some(number) = number(key, value, 0, 1000, report)
                        && let (Some(slot), Ok(number)) =
                            (methodology.probability_per_mille.get_mut(at), u16::try_from(number))
                    {
                        *slot = number;
                    }
                });
            }
            "matrix" => {
                matrix = Some(node.span);
                each(&likelihoods(), key, node, report, |at, row, report| {
                    each(&["1", "2", "3", "4", "5"], key, row, report, |column, value, report| {
                        if let Some(level) = level(key, value, report)
                            && let Some(slot) = methodology.matrix.get_mut(at).and_then(|row| row.get_mut(column))
                        {
                            *slot = level;
                        }
                    });
                });
            }
            "step_days" => {
                each(&likelihoods(), key, node, report, |at, value, report| {
                    let days = number(key, value, 0, 10_000, report).and_then(|days| u16::try_from(days).ok());
                    if let (Some(slot), Some(days)) = (methodology.step_days.get_mut(at), days) {
                        *slot = days;
                    }
                });
            }
            "scoring" => scoring::read(&mut methodology.scoring, node, report),
            "quantification" => methodology.quantification = Some(quantification::read(node, report)),
            "tolerance" => {
                if let Some(level) = level(key, node, report) {
                    methodology.tolerance = level;
                }
            }
            "classification_impact" => {
                impacts(&mut methodology.classification_impact, &CLASSIFICATIONS, key, node, report);
            }
            "importance_impact" => impacts(&mut methodology.importance_impact, &IMPORTANCES, key, node, report),
            "detection_levels" => {
                each(&NOTICES, key, node, report, |at, value, report| {
                    let levels = number(key, value, 0, 4, report).and_then(|levels| u8::try_from(levels).ok());
                    if let (Some(slot), Some(levels)) = (methodology.detection_levels.get_mut(at), levels) {
                        *slot = levels;
                    }
                });
            }
            "scope_rules" => methodology.scope_rules = texts(key, node, report),
            "asset_rules" => methodology.asset_rules = texts(key, node, report),
            "threat_sources" => methodology.threat_sources = texts(key, node, report),
            "frameworks" => methodology.frameworks = texts(key, node, report),
            "control_criteria" => methodology.control_criteria = texts(key, node, report),
            "control_order" => methodology.control_order = texts(key, node, report),
            "effort_cost" => each(&Level::ALL.map(Level::as_str), key, node, report, |at, value, report| {
                if let (Some(slot), Some(cost)) = (methodology.effort_cost.get_mut(at), effort(key, value, report)) {
                    *slot = Some(cost);
                }
            }),
            "control_cost" => {
                for entry in top(node, "`control_cost`", report) {
                    if let Some(cost) = effort(key, &entry.value, report) {
                        methodology.control_cost.retain(|(id, _)| **id != *entry.key);
                        methodology.control_cost.push((entry.key.as_ref().into(), cost));
                    }
                }
            }
            "when_to_model" => methodology.when_to_model = texts(key, node, report),
            "review_months" => {
                each(&IMPORTANCES, key, node, report, |at, value, report| {
                    let months = number(key, value, 0, 120, report).and_then(|months| u16::try_from(months).ok());
                    if let (Some(slot), Some(months)) = (methodology.review_months.get_mut(at), months) {
                        *slot = months;
                    }
                });
            }
            "review_changes" => {
                if let Some(changes) = number(key, node, 0, 10_000, report).and_then(|n| u16::try_from(n).ok()) {
                    methodology.review_changes = changes;
                }
            }
            "time_box_hours" => {
                each(&["first", "update"], key, node, report, |at, value, report| {
                    let hours = number(key, value, 0, 10_000, report).and_then(|hours| u16::try_from(hours).ok());
                    if let Some(hours) = hours {
                        *if at == 0 { &mut methodology.time_box_hours.0 } else { &mut methodology.time_box_hours.1 } =
                            hours;
                    }
                });
            }
            key => {
                let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
                report.unknown_key(key, entry.key_span, "a methodology", &known);
            }
        }
    }
    if let Some(span) = matrix {
        check_matrix(methodology, span, report);
    }
    if let Some(span) = probabilities
        && methodology.probability_per_mille.windows(2).any(|two| two[0] > two[1])
    {
        report.push(
            Diagnostic::warning("not-monotone", span, "a higher likelihood has a lower probability")
                .help("let the numbers grow from rare to certain"),
        );
    }
}

fn likelihoods() -> [&'static str; 5] {
    Likelihood::ALL.map(Likelihood::as_str)
}

/// A matrix in which more likelihood or more impact gives less risk is hardly meant.
fn check_matrix(methodology: &Methodology, span: Span, report: &mut Report) {
    for likelihood in Likelihood::ALL {
        for impact in 1..=5u8 {
            let here = methodology.risk(likelihood, Impact::new(impact));
            let more_impact = methodology.risk(likelihood, Impact::new(impact + 1));
            let more_likely = methodology.risk(likelihood.shifted(1), Impact::new(impact));
            let (worse, what) = if more_impact < here {
                (more_impact, "a higher impact")
            } else if more_likely < here {
                (more_likely, "a higher likelihood")
            } else {
                continue;
            };
            let message = format!(
                "the matrix falls: {} with impact {impact} is {}, but {what} makes it {}",
                likelihood.as_str(),
                here.as_str(),
                worse.as_str()
            );
            report.push(
                Diagnostic::warning("not-monotone", span, message)
                    .help("rows run from rare to certain, columns from impact 1 to 5; let risk grow along both"),
            );
            return;
        }
    }
}

/// Goes through the values of a scale: a list in order, or a mapping by the words of the scale.
fn each<'t>(
    words: &[&str],
    key: &str,
    node: &'t Node,
    report: &mut Report,
    mut visit: impl FnMut(usize, &'t Node, &mut Report),
) {
    match &node.kind {
        Kind::Sequence(items) if items.len() == words.len() => {
            for (at, item) in items.iter().enumerate() {
                visit(at, item, report);
            }
        }
        Kind::Mapping(entries) => {
            for Entry { key: word, key_span, value } in entries {
                match words.iter().position(|known| known.eq_ignore_ascii_case(word)) {
                    Some(at) => visit(at, value, report),
                    None => report.unknown_key(word, *key_span, &format!("`{key}`"), words),
                }
            }
        }
        _ => {
            let found = match node.as_sequence() {
                Some(items) => format!("{} values", items.len()),
                None => said(node),
            };
            let message = format!("`{key}` takes {} values, not {found}", words.len());
            report.push(
                Diagnostic::error("expected-list", node.span, message)
                    .help(format!("write a list with one value each for {}", words.join(", "))),
            );
        }
    }
}

fn steps<const N: usize>(scale: &mut [ScaleStep; N], words: &[&str; N], key: &str, node: &Node, report: &mut Report) {
    each(words, key, node, report, |at, value, report| {
        let Some(step) = scale.get_mut(at) else { return };
        if let Some(text) = value.as_str() {
            // By word, a bare text says what the step means; in a list, what it is called.
            if matches!(node.kind, Kind::Mapping(_)) { &mut step.meaning } else { &mut step.name }
                .clone_from(&text.into());
            return;
        }
        for entry in top(value, "a step of a scale", report) {
            match &*entry.key {
                "name" => set_text(&mut step.name, "name", &entry.value, report),
                "meaning" => set_text(&mut step.meaning, "meaning", &entry.value, report),
                other => report.unknown_key(other, entry.key_span, "a step of a scale", &["name", "meaning"]),
            }
        }
    });
}

fn impacts(slots: &mut [Impact; 4], words: &[&str; 4], key: &str, node: &Node, report: &mut Report) {
    each(words, key, node, report, |at, value, report| {
        if let Some(level) = number(key, value, 1, 5, report)
            && let (Some(slot), Ok(level)) = (slots.get_mut(at), u8::try_from(level))
        {
            *slot = Impact::new(level);
        }
    });
}

pub(crate) fn number(key: &str, node: &Node, least: i64, most: i64, report: &mut Report) -> Option<i64> {
    let number = node.as_i64().filter(|number| (least..=most).contains(number));
    if number.is_none() {
        let message = format!("`{key}` takes numbers from {least} to {most}, not {}", said(node));
        report.push(Diagnostic::error("expected-number", node.span, message).help("write a whole number"));
    }
    number
}

/// Person-days.
fn effort(key: &str, node: &Node, report: &mut Report) -> Option<Effort> {
    let whole = node.as_i64().map(|days| days.to_string());
    let text = whole.or_else(|| node.as_f64().map(|days| days.to_string()));
    let effort = text.and_then(|text| Effort::parse(&text));
    if effort.is_none() {
        let message = format!("`{key}` takes person-days, not {}", said(node));
        report.push(
            Diagnostic::error("expected-number", node.span, message)
                .help("write a number with at most two decimals, such as `8` or `0.5`"),
        );
    }
    effort
}

pub(crate) fn level(key: &str, node: &Node, report: &mut Report) -> Option<Level> {
    let level = node.as_str().and_then(|word| Level::parse(&word.to_lowercase()));
    if level.is_none() {
        match node.as_str() {
            Some(word) => report.unknown_word(word, node.span, key, &Level::ALL.map(Level::as_str)),
            None => {
                let message = format!("`{key}` takes a level of risk, not {}", node.kind_name());
                report.push(
                    Diagnostic::error("expected-text", node.span, message)
                        .help("write `low`, `medium`, `high` or `critical`"),
                );
            }
        }
    }
    level
}

pub(crate) fn set_text(slot: &mut Box<str>, key: &str, node: &Node, report: &mut Report) {
    match node.as_str() {
        Some(text) => *slot = text.into(),
        None if node.is_null() => {}
        None => {
            let message = format!("`{key}` takes text, not {}", node.kind_name());
            report.push(
                Diagnostic::error("expected-text", node.span, message).help("write it on one line, or in quotes"),
            );
        }
    }
}

pub(crate) fn texts(key: &str, node: &Node, report: &mut Report) -> Vec<Box<str>> {
    let items = node.as_sequence().unwrap_or(std::slice::from_ref(node));
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        let mut text = Box::default();
        let before = report.diagnostics.len();
        set_text(&mut text, key, item, report);
        if !item.is_null() && report.diagnostics.len() == before {
            found.push(text);
        }
    }
    found
}

/// Writes a methodology completely, so that reading it again gives the same.
pub fn write_methodology(methodology: &Methodology) -> String {
    let scale = |steps: &[ScaleStep]| {
        let step = |step: &ScaleStep| {
            Out::Map(vec![("name".to_owned(), Out::text(&step.name)), ("meaning".to_owned(), Out::text(&step.meaning))])
        };
        Out::List(steps.iter().map(step).collect())
    };
    let bare = |value: &dyn std::fmt::Display| Out::Bare(value.to_string());
    let impacts = |words: &[&str; 4], values: &[Impact; 4]| {
        Out::Map(words.iter().zip(values).map(|(word, value)| ((*word).to_owned(), bare(&value.level()))).collect())
    };
    let texts = |values: &[Box<str>]| Out::texts(values);
    let rows = Likelihood::ALL.iter().zip(&methodology.matrix);
    let matrix = rows
        .map(|(likelihood, row)| {
            (likelihood.as_str().to_owned(), Out::List(row.iter().map(|level| Out::text(level.as_str())).collect()))
        })
        .collect();
    let probabilities = Likelihood::ALL.iter().zip(methodology.probability_per_mille);
    let entries: Vec<(&str, Out)> = vec![
        ("version", bare(&VERSION)),
        ("name", Out::text(&methodology.name)),
        ("owner", Out::text(&methodology.owner)),
        ("impact", scale(&methodology.impact)),
        ("likelihood", scale(&methodology.likelihood)),
        (
            "probability_per_mille",
            Out::Map(probabilities.map(|(word, value)| (word.as_str().to_owned(), bare(&value))).collect()),
        ),
        (
            "step_days",
            Out::Map(
                Likelihood::ALL
                    .iter()
                    .zip(methodology.step_days)
                    .map(|(word, days)| (word.as_str().to_owned(), bare(&days)))
                    .collect(),
            ),
        ),
        ("matrix", Out::Block(matrix)),
        ("tolerance", Out::text(methodology.tolerance.as_str())),
        ("classification", scale(&methodology.classification)),
        ("classification_impact", impacts(&CLASSIFICATIONS, &methodology.classification_impact)),
        ("importance_impact", impacts(&IMPORTANCES, &methodology.importance_impact)),
        (
            "detection_levels",
            Out::Map(
                NOTICES
                    .iter()
                    .zip(methodology.detection_levels)
                    .map(|(word, levels)| ((*word).to_owned(), bare(&levels)))
                    .collect(),
            ),
        ),
        ("scope_rules", texts(&methodology.scope_rules)),
        ("asset_rules", texts(&methodology.asset_rules)),
        ("threat_sources", texts(&methodology.threat_sources)),
        ("frameworks", texts(&methodology.frameworks)),
        ("control_criteria", texts(&methodology.control_criteria)),
        ("control_order", texts(&methodology.control_order)),
        (
            "effort_cost",
            Out::Map(
                Level::ALL
                    .iter()
                    .zip(methodology.effort_cost)
                    .filter_map(|(level, cost)| Some((level.as_str().to_owned(), bare(&cost?))))
                    .collect(),
            ),
        ),
        (
            "control_cost",
            Out::Map(methodology.control_cost.iter().map(|(id, cost)| (id.to_string(), bare(cost))).collect()),
        ),
        ("when_to_model", texts(&methodology.when_to_model)),
        (
            "review_months",
            Out::Map(
                IMPORTANCES
                    .iter()
                    .zip(methodology.review_months)
                    .map(|(word, months)| ((*word).to_owned(), bare(&months)))
                    .collect(),
            ),
        ),
        ("review_changes", bare(&methodology.review_changes)),
        (
            "time_box_hours",
            Out::Map(vec![
                ("first".to_owned(), bare(&methodology.time_box_hours.0)),
                ("update".to_owned(), bare(&methodology.time_box_hours.1)),
            ]),
        ),
    ];
    let mut text =
        String::from("# How we analyse and judge risk. Matrix: rows by likelihood, columns by impact 1 to 5.\n");
    let mut entries: Vec<(String, Out)> = entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    if let Some(found) = &methodology.quantification {
        entries.push(("quantification".to_owned(), quantification::write(found)));
    }
    entries.extend(scoring::write(&methodology.scoring).map(|found| ("scoring".to_owned(), found)));
    write_block(&entries, 0, &mut text);
    text
}
