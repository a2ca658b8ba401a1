//! The temporal and environmental scores of CVSS 3.1.
//!
//! Formulas and weights: FIRST, CVSS 3.1 specification (revision 1), sections 7.2 to 7.4, and roundup as in appendix A.
//! The crate `cvss` has no temporal score, and its roundup cuts where the specification rounds.

/// A score of a vector of CVSS 3.1 with the groups of metrics that were given beside the base metrics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scored {
    /// The score, from 0 to 10.
    pub(super) figure: f64,
    /// The groups of metrics in it, beside the base metrics; empty where there are none.
    pub(super) groups: &'static str,
}

/// The score of a vector that was read already, so that its metrics and values are known ones. `None` where a base metric
/// is missing.
pub(super) fn scored(vector: &str) -> Option<Scored> {
    let metrics = Metrics(vector.split('/').filter_map(|metric| metric.split_once(':')).collect());
    let temporal = ["E", "RL", "RC"].iter().any(|key| metrics.stated(key).is_some());
    let environmental = ["CR", "IR", "AR", "MAV", "MAC", "MPR", "MUI", "MS", "MC", "MI", "MA"];
    let environmental = environmental.iter().any(|key| metrics.stated(key).is_some());
    let inner = if environmental { modified(&metrics)? } else { base(&metrics)? };
    Some(Scored {
        figure: if temporal { roundup(inner * in_time(&metrics)) } else { inner },
        groups: match (temporal, environmental) {
            (false, false) => "",
            (true, false) => "temporal",
            (false, true) => "environmental",
            (true, true) => "temporal and environmental",
        },
    })
}

struct Metrics<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Metrics<'a> {
    /// A value, unless it is left out or not defined.
    fn stated(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| *value).filter(|value| *value != "X")
    }

    /// The modified value of a base metric, or that of the base metric itself.
    fn modified(&self, key: &str) -> Option<&'a str> {
        self.stated(&format!("M{key}")).or_else(|| self.stated(key))
    }
}

/// Section 7.1.
fn base(metrics: &Metrics<'_>) -> Option<f64> {
    let value = |key: &str| metrics.stated(key);
    let changed = value("S")? == "C";
    let harm = |key: &str| value(key).and_then(harm);
    let iss = 1.0 - (1.0 - harm("C")?) * (1.0 - harm("I")?) * (1.0 - harm("A")?);
    let impact = if changed { 7.52 * (iss - 0.029) - 3.25 * (iss - 0.02).powi(15) } else { 6.42 * iss };
    Some(joined(impact, exploitability(value, changed)?, changed))
}

/// Section 7.3, without the temporal metrics.
fn modified(metrics: &Metrics<'_>) -> Option<f64> {
    let value = |key: &str| metrics.modified(key);
    let changed = value("S")? == "C";
    let harm = |key: &str| Some(value(key).and_then(harm)? * required(metrics.stated(&format!("{key}R"))));
    let miss = (1.0 - (1.0 - harm("C")?) * (1.0 - harm("I")?) * (1.0 - harm("A")?)).min(0.915);
    let impact = if changed { 7.52 * (miss - 0.029) - 3.25 * (miss * 0.9731 - 0.02).powi(13) } else { 6.42 * miss };
    Some(joined(impact, exploitability(value, changed)?, changed))
}

fn joined(impact: f64, exploitability: f64, changed: bool) -> f64 {
    let factor = if changed { 1.08 } else { 1.0 };
    if impact <= 0.0 { 0.0 } else { roundup((factor * (impact + exploitability)).min(10.0)) }
}

fn exploitability<'a>(value: impl Fn(&str) -> Option<&'a str>, changed: bool) -> Option<f64> {
    let way = match value("AV")? {
        "N" => 0.85,
        "A" => 0.62,
        "L" => 0.55,
        _ => 0.2,
    };
    let complexity = if value("AC")? == "L" { 0.77 } else { 0.44 };
    let privileges = match (value("PR")?, changed) {
        ("N", _) => 0.85,
        ("L", false) => 0.62,
        ("L", true) => 0.68,
        (_, false) => 0.27,
        (_, true) => 0.5,
    };
    let interaction = if value("UI")? == "N" { 0.85 } else { 0.62 };
    Some(8.22 * way * complexity * privileges * interaction)
}

fn harm(value: &str) -> Option<f64> {
    match value {
        "H" => Some(0.56),
        "L" => Some(0.22),
        "N" => Some(0.0),
        _ => None,
    }
}

fn required(value: Option<&str>) -> f64 {
    match value {
        Some("H") => 1.5,
        Some("L") => 0.5,
        _ => 1.0,
    }
}

/// Section 7.2: what the score is multiplied with.
fn in_time(metrics: &Metrics<'_>) -> f64 {
    let maturity = match metrics.stated("E") {
        Some("F") => 0.97,
        Some("P") => 0.94,
        Some("U") => 0.91,
        _ => 1.0,
    };
    let remedy = match metrics.stated("RL") {
        Some("W") => 0.97,
        Some("T") => 0.96,
        Some("O") => 0.95,
        _ => 1.0,
    };
    let confidence = match metrics.stated("RC") {
        Some("R") => 0.96,
        Some("U") => 0.92,
        _ => 1.0,
    };
    maturity * remedy * confidence
}

/// Appendix A: up to the next tenth, without being misled by how machines hold fractions.
fn roundup(figure: f64) -> f64 {
    let whole = (figure * 100_000.0).round();
    if whole % 10_000.0 == 0.0 { whole / 100_000.0 } else { ((whole / 10_000.0).floor() + 1.0) / 10.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_scores_are_those_of_the_crate() {
        let mut seen = 0;
        for way in ["N", "A", "L", "P"] {
            for rest in (0..648_usize).map(|at| {
                let of = |values: &[&'static str], by: usize| values[at / by % values.len()];
                let (harm, may) = (["N", "L", "H"], ["N", "L", "H"]);
                format!(
                    "AC:{}/PR:{}/UI:{}/S:{}/C:{}/I:{}/A:{}",
                    of(&["L", "H"], 1),
                    of(&may, 2),
                    of(&["N", "R"], 6),
                    of(&["U", "C"], 12),
                    of(&harm, 24),
                    of(&harm, 72),
                    of(&harm, 216)
                )
            }) {
                let vector = format!("CVSS:3.1/AV:{way}/{rest}");
                let theirs = vector.parse::<::cvss::Cvss>().unwrap().score();
                let ours = scored(&vector).unwrap();
                assert!((ours.figure - theirs).abs() < 1e-9 && ours.groups.is_empty(), "{vector}: {ours:?} {theirs}");
                // Metrics that say nothing change nothing.
                assert_eq!(scored(&format!("{vector}/E:X/RL:X/RC:X/CR:X/MAV:X/MS:X/MC:X")), Some(ours), "{vector}");
                seen += 1;
            }
        }
        assert_eq!(seen, 2_592);
    }

    #[test]
    fn roundup_is_that_of_the_specification() {
        // The examples of appendix A, and one that is cut where it should be rounded.
        for (figure, up) in [(4.02, 4.1), (4.0, 4.0), (8.6 + 1e-12, 8.6), (4.000_007, 4.1), (4.000_004, 4.0)] {
            assert!((roundup(figure) - up).abs() < 1e-9, "{figure}: {}", roundup(figure));
        }
    }

    #[test]
    fn time_and_environment_change_the_score() {
        for (vector, figure, groups) in [
            ("AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H/E:P/RL:O/RC:C", 8.9, "temporal"),
            ("AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L/CR:H/IR:H/AR:H/MS:C/MC:H", 8.3, "environmental"),
            // Nothing of what may be harmed is left.
            ("AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/MC:N/E:U", 0.0, "temporal and environmental"),
            // A step at a time: 9.8, times 0.91, up.
            ("AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U", 9.0, "temporal"),
            // Somebody has to touch it here.
            ("AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/MAV:P", 6.8, "environmental"),
        ] {
            let found = scored(&format!("CVSS:3.1/{vector}")).unwrap();
            assert!((found.figure - figure).abs() < 1e-9 && found.groups == groups, "{vector}: {found:?}");
        }
    }
}
