//! Metrics with their definitions, and why some cannot be computed.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};
use vauban_model::metric::{Class, Metric, Value};

use super::Table;
use crate::terminal::Style;
use crate::text::{capital, count};

/// What was counted, and of how much.
fn counted(value: &Value) -> (String, String) {
    match value {
        Value::Share(of, all) => (of.to_string(), all.to_string()),
        Value::Count(all) => (all.to_string(), String::new()),
        Value::Mean(sum, all, _) => (sum.to_string(), all.to_string()),
        Value::Median(_, all, _) => (String::new(), all.to_string()),
        Value::Series(_) | Value::Unknown(_) => (String::new(), String::new()),
    }
}

fn why(value: &Value) -> &str {
    match value {
        Value::Unknown(why) => why,
        _ => "",
    }
}

/// Metrics for people at a terminal.
pub fn metrics_text(list: &[Metric], style: Style) -> String {
    style.fitted(metrics_text_lines(list, style))
}

fn metrics_text_lines(list: &[Metric], style: Style) -> String {
    let mut out = String::new();
    let mut class: Option<Class> = None;
    for it in list {
        if class != Some(it.class) {
            class = Some(it.class);
            if !out.is_empty() {
                out.push('\n');
            }
            let _ = writeln!(out, "{}", style.bold(&capital(it.class.as_str())));
        }
        let more = match &it.value {
            Value::Share(of, all) => format!(" ({of} of {all})"),
            Value::Mean(sum, all, _) => format!(" ({sum} over {all})"),
            Value::Median(_, all, _) => format!(" (of {all})"),
            Value::Unknown(why) => format!(": {why}"),
            Value::Count(_) | Value::Series(_) => String::new(),
        };
        let _ = writeln!(out, "  {}: {}{more}", it.name, it.value.text());
        if style.all {
            let _ = writeln!(out, "      {}", style.dim(it.definition));
        }
    }
    let unknown = list.iter().filter(|it| matches!(it.value, Value::Unknown(_))).count();
    let _ = writeln!(out, "\n{}, {unknown} of them not computable.", count(list.len(), "metric"));
    out
}

fn table(list: &[Metric]) -> Table {
    let headings =
        vec!["class", "id", "metric", "value", "numerator", "denominator", "not computable because", "definition"];
    let row = |it: &Metric| {
        let (of, all) = counted(&it.value);
        vec![
            it.class.as_str().to_owned(),
            it.id.to_owned(),
            it.name.to_owned(),
            it.value.text(),
            of,
            all,
            why(&it.value).to_owned(),
            it.definition.to_owned(),
        ]
    };
    Table { headings, rows: list.iter().map(row).collect() }
}

/// Metrics as CSV.
pub fn metrics_csv(list: &[Metric]) -> String {
    table(list).csv()
}

/// Metrics as a Markdown table.
pub fn metrics_markdown(list: &[Metric]) -> String {
    table(list).markdown()
}

/// Metrics for machines.
pub fn metrics_json(list: &[Metric], systems: &[&str], today: &str) -> Json {
    json!({
        "schema": "https://vauban.example/schema/metrics/1",
        "version": 1,
        "as_of": today,
        "systems": systems,
        "metrics": list.iter().map(one).collect::<Vec<_>>(),
    })
}

fn one(it: &Metric) -> Json {
    let mut out = Map::new();
    let mut put = |name: &str, value: Json| {
        out.insert(name.to_owned(), value);
    };
    put("id", json!(it.id));
    put("class", json!(it.class.as_str()));
    put("name", json!(it.name));
    put("definition", json!(it.definition));
    put("text", json!(it.value.text()));
    match &it.value {
        Value::Share(of, all) => {
            put("numerator", json!(of));
            put("denominator", json!(all));
        }
        Value::Count(all) => put("value", json!(all)),
        Value::Mean(sum, all, unit) => {
            put("numerator", json!(sum));
            put("denominator", json!(all));
            put("unit", json!(unit));
        }
        Value::Median(twice, all, unit) => {
            let half = twice / 2;
            put(
                "value",
                if twice % 2 == 0 {
                    json!(half)
                } else {
                    json!(f64::from(u32::try_from(half).unwrap_or(u32::MAX)) + 0.5)
                },
            );
            put("denominator", json!(all));
            put("unit", json!(unit));
        }
        Value::Series(all) => {
            put(
                "series",
                json!(all.iter().map(|(name, count)| json!({"name": name, "count": count})).collect::<Vec<_>>()),
            );
        }
        Value::Unknown(why) => put("not_computable", json!(why)),
    }
    Json::Object(out)
}
