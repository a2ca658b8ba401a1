//! 12: numbers with their definitions, on the day.

use vauban_export::evidence::List;
use vauban_model::metric::{Metric, Value};

use super::scene::{Scene, quoted};
use crate::metrics::{Portfolio, metrics};
use crate::session::Session;

/// The metrics.
pub(super) fn lists(scene: &Scene<'_>) -> Vec<List> {
    let columns = ["id", "class", "name", "value", "counted", "definition", "not_computable_because"];
    let mut list = scene.state("12-metrics/metrics", "Metrics of threat modeling, with definitions", &columns);
    let sessions: Vec<&Session> = scene.systems.iter().map(|system| system.session).collect();
    let portfolio = Portfolio { today: scene.request.as_of.clone(), ..Portfolio::default() };
    for metric in metrics(&sessions, &portfolio) {
        list.rows.push(cells(&metric));
    }
    // One answer over all models.
    let models: Vec<String> = scene.systems.iter().map(|system| quoted(system.path)).collect();
    list.query = match scene.request.revision.as_str() {
        "" => format!("vauban metrics {} --today {} --explain --format csv", models.join(" "), scene.request.as_of),
        _ => scene.request.command.clone(),
    };
    list.selection = "Every metric that Vauban defines, over all models of this pack and their records.".to_owned();
    list.complete =
        "What cannot be computed says why. How many systems there are that have no model is not known here.".to_owned();
    vec![list]
}

fn cells(metric: &Metric) -> Vec<String> {
    let counted = match &metric.value {
        Value::Share(of, all) => format!("{of} of {all}"),
        Value::Mean(sum, count, _) => format!("{sum} over {count}"),
        Value::Median(_, count, _) => {
            vauban_model::words::count(usize::try_from(*count).unwrap_or(usize::MAX), "value")
        }
        Value::Count(_) | Value::Series(_) | Value::Unknown(_) => String::new(),
    };
    let because = if let Value::Unknown(because) = &metric.value { because.clone() } else { String::new() };
    vec![
        metric.id.to_owned(),
        metric.class.as_str().to_owned(),
        metric.name.to_owned(),
        metric.value.text(),
        counted,
        metric.definition.to_owned(),
        because,
    ]
}
