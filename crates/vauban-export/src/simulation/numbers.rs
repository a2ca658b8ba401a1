//! Figures in words that do not promise more than was sampled.

use vauban_model::simulation::Share;

/// A share of one as per cent: `12.3 %`; what is neither nothing nor everything never looks like it.
pub(super) fn percent(value: f64) -> String {
    let text = format!("{:.1} %", value * 100.0);
    match &*text {
        "0.0 %" if value > 0.0 => "< 0.1 %".to_owned(),
        "100.0 %" if value < 1.0 => "> 99.9 %".to_owned(),
        _ => text,
    }
}

/// An interval of shares: `11.2 to 13.4 %`.
pub(super) fn interval(share: &Share) -> String {
    format!("{:.1} to {:.1} %", share.low * 100.0, share.high * 100.0)
}

/// A change of probability in points, with its sign: `-12.3`. No change has no sign.
pub(super) fn points(value: f64) -> String {
    let text = format!("{:+.1}", value * 100.0);
    if text == "+0.0" || text == "-0.0" { "0.0".to_owned() } else { text }
}

/// Days for people: `3 h`, `4.2 d`, `210 d`; `never`.
pub(super) fn days(days: Option<f64>) -> String {
    match days {
        None => "never".to_owned(),
        Some(days) if days < 1.0 => format!("{:.0} h", days * 24.0),
        Some(days) if days < 10.0 => format!("{days:.1} d"),
        Some(days) => format!("{days:.0} d"),
    }
}

/// An amount of money with three digits that count: `1.24 M`, `35.0 k`, `900`. Sampled losses have no more.
pub(super) fn amount(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let size = value.abs();
    for (unit, name) in [(1e9, " G"), (1e6, " M"), (1e3, " k")] {
        // What rounds up to a thousand belongs to the next unit.
        if size >= unit * 0.9995 {
            return format!("{sign}{}{name}", three(size / unit));
        }
    }
    let text = format!("{size:.0}");
    if text == "0" { text } else { format!("{sign}{text}") }
}

fn three(size: f64) -> String {
    match size {
        _ if size < 9.995 => format!("{size:.2}"),
        _ if size < 99.95 => format!("{size:.1}"),
        _ => format!("{size:.0}"),
    }
}

/// Rounded for documents: a hundredth.
pub(super) fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}

/// Rounded for documents: a millionth, for shares.
pub(super) fn millionth(value: f64) -> f64 {
    (value * 1e6).round() / 1e6 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_promise_no_more_than_they_know() {
        assert_eq!(
            [0.0, 0.0002, 0.123_45, 0.9999, 1.0].map(percent),
            ["0.0 %", "< 0.1 %", "12.3 %", "> 99.9 %", "100.0 %"]
        );
        assert_eq!([Some(0.25), Some(4.24), Some(210.4), None].map(days), ["6 h", "4.2 d", "210 d", "never"]);
        assert_eq!(
            [0.0, 912.4, 999.6, 35_040.0, 999_600.0, 1_239_000.0, -2_500.0].map(amount),
            ["0", "912", "1.00 k", "35.0 k", "1.00 M", "1.24 M", "-2.50 k"]
        );
        assert_eq!([0.000_4, -0.000_4, -0.123].map(points), ["0.0", "0.0", "-12.3"]);
    }
}
