//! Detection on the way: what is recorded, watched and alarmed on makes a step worth less to an attacker.
//!
//! Three strengths. Threat detection of the provider that is switched on (GuardDuty, Defender, Security Command Center)
//! looks for the usual misuse of credentials: one level. An alarm on a log filter that names an element of the step:
//! two levels, since somebody is told as soon as it is used. A record without an alarm (a trail) takes no level away; it
//! only says that the step leaves a trace, and is not listed.

use vauban_model::finding::CloudStep;
use vauban_model::model::ElementRef;

use crate::Estate;
use crate::lower::Lowered;

/// Types that are a provider's own threat detection, with the attribute that switches it on (absent: on).
const DETECTORS: [(&str, &str, &str); 4] = [
    ("aws_guardduty_detector", "enable", "GuardDuty"),
    ("azurerm_security_center_subscription_pricing", "", "Defender for Cloud"),
    ("google_scc_source", "", "Security Command Center"),
    ("aws_securityhub_account", "", "Security Hub"),
];

/// An alarm on what logs say, with the text it looks for.
struct Watch {
    name: String,
    pattern: String,
}

/// Says on each step what would notice it.
pub fn watch(estate: &Estate<'_>, lowered: &Lowered, steps: &mut [CloudStep]) {
    let detectors: Vec<&str> = DETECTORS
        .iter()
        .filter(|(ty, switch, _)| {
            estate.of_type(ty).iter().any(|at| {
                switch.is_empty() || estate.resource(*at).get(switch).is_none_or(|value| value.as_bool() != Some(false))
            })
        })
        .map(|(_, _, name)| *name)
        .collect();
    let watches = watches(estate);
    if detectors.is_empty() && watches.is_empty() {
        return;
    }
    // Names by element, so that a filter that names a user or role is tied to it.
    let mut watched: Vec<(ElementRef, &Watch)> = Vec::new();
    for (at, element) in lowered.element_of.iter().enumerate() {
        let (Some(element), Some(resource)) = (*element, estate.inventory.resources.get(at)) else { continue };
        // Lowering folds parts into owners: only what names itself is looked for.
        let Some(name) = resource.get("name").or_else(|| resource.get("function_name")) else { continue };
        let name = estate.render(name);
        // Short names occur in every text.
        if name.len() < 4 {
            continue;
        }
        for watch in &watches {
            if watch.pattern.contains(&name) || watch.pattern.contains(&*resource.address) {
                watched.push((element, watch));
            }
        }
    }
    for step in steps.iter_mut() {
        // What simply follows is no act of its own that anybody could notice.
        if step.threat.is_none() && !matches!(&*step.consequence, "network-path" | "trusts") {
            continue;
        }
        let mut reasons: Vec<(u8, Box<str>)> = Vec::new();
        for (element, watch) in &watched {
            if step.element == *element || step.target == *element {
                let reason: Box<str> = format!("{} raises an alarm on it", watch.name).into();
                if !reasons.iter().any(|(_, known)| *known == reason) {
                    reasons.push((2, reason));
                }
            }
        }
        if step.threat.is_some() && !detectors.is_empty() {
            reasons.push((1, format!("{} watches the account", detectors.join(" and ")).into()));
        }
        // Noticed once is noticed: the strongest counts, the others are told.
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.0));
        for (place, (levels, reason)) in reasons.into_iter().enumerate() {
            step.hindered_by.push((if place == 0 { levels } else { 0 }, reason));
        }
    }
}

/// Log filters with an alarm on their metric.
fn watches(estate: &Estate<'_>) -> Vec<Watch> {
    let mut alarmed: Vec<String> = Vec::new();
    for at in estate.of_type("aws_cloudwatch_metric_alarm") {
        let alarm = estate.resource(*at);
        if let Some(metric) = alarm.get("metric_name") {
            alarmed.push(estate.render(metric));
        }
        for query in alarm.get("metric_query").map_or(&[][..], |queries| queries.each()) {
            if let Some(metric) = query.at("metric.metric_name") {
                alarmed.push(estate.render(metric));
            }
        }
    }
    let mut out = Vec::new();
    for at in estate.of_type("aws_cloudwatch_log_metric_filter") {
        let filter = estate.resource(*at);
        let Some(pattern) = filter.get("pattern") else { continue };
        let metrics = filter.get("metric_transformation").map_or(&[][..], |metrics| metrics.each());
        let has_alarm = metrics
            .iter()
            .filter_map(|metric| metric.get("name"))
            .any(|metric| alarmed.contains(&estate.render(metric)));
        if has_alarm {
            let name = filter.get("name").map_or_else(|| filter.name.to_string(), |name| estate.render(name));
            out.push(Watch { name: format!("the log filter `{name}`"), pattern: estate.render(pattern) });
        }
    }
    out
}
