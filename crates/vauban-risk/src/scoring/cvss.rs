//! CVSS 3.1 and 4.0: how bad a weakness is. Not a risk: it knows neither who attacks nor what is at stake here, unless
//! environmental metrics are given.
//!
//! Scores are reckoned by the `cvss` crate of RustSec after FIRST's specifications (3.1 revision 1; 4.0 document version
//! 1.2), those of 3.1 with temporal or environmental metrics by `cvss31`. What is done here is to choose base metrics by
//! what the model knows.

use cvss::Cvss;
use vauban_model::scale::{Impact, Level, Likelihood};
use vauban_model::scoring::{Access, Known, MethodScore, Place, Source};

use super::inputs::{Inputs, ScoreError};
use super::{Method, cvss31};

/// The id of version 3.1.
pub const V31: &str = "cvss-3.1";
/// The id of version 4.0.
pub const V40: &str = "cvss-4.0";

/// Which version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 3.1.
    V31,
    /// 4.0.
    V40,
}

/// A whole vector in the place of single metrics.
const VECTOR: &str = "vector";

/// Base metrics with the values they take.
const METRICS_31: [(&str, &str); 8] = [
    ("AV", "N, A, L, P"),
    ("AC", "L, H"),
    ("PR", "N, L, H"),
    ("UI", "N, R"),
    ("S", "U, C"),
    ("C", "N, L, H"),
    ("I", "N, L, H"),
    ("A", "N, L, H"),
];
const METRICS_40: [(&str, &str); 11] = [
    ("AV", "N, A, L, P"),
    ("AC", "L, H"),
    ("AT", "N, P"),
    ("PR", "N, L, H"),
    ("UI", "N, P, A"),
    ("VC", "N, L, H"),
    ("VI", "N, L, H"),
    ("VA", "N, L, H"),
    ("SC", "N, L, H"),
    ("SI", "N, L, H"),
    ("SA", "N, L, H"),
];

impl Version {
    fn id(self) -> &'static str {
        match self {
            Version::V31 => V31,
            Version::V40 => V40,
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Version::V31 => "CVSS:3.1",
            Version::V40 => "CVSS:4.0",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Version::V31 => "CVSS 3.1",
            Version::V40 => "CVSS 4.0",
        }
    }

    fn metrics(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Version::V31 => &METRICS_31,
            Version::V40 => &METRICS_40,
        }
    }
}

pub(super) fn method(version: Version) -> Method {
    let whole =
        (VECTOR.into(), format!("a whole vector, {}/AV:…, also with other metric groups", version.prefix()).into());
    let metrics = version.metrics().iter().map(|(key, values)| ((*key).into(), (*values).into()));
    Method {
        id: version.id().into(),
        name: version.text().into(),
        version: version.text().into(),
        source: "FIRST; reckoned by the crate cvss of RustSec".into(),
        inputs: metrics.chain([whole]).collect(),
    }
}

/// What the model says about a metric.
fn known_metric(key: &str, known: &Known) -> (Source, &'static str, String) {
    let harm = |at: usize, what: &str| match known.harms.get(at).copied().flatten() {
        Some(_) if known.control => (Source::Model, "H", format!("it gives full control, {what} with it")),
        Some(impact) => (
            Source::Model,
            if impact >= Impact::new(4) { "H" } else { "L" },
            format!("loss of {what} has impact {} of 5 here", impact.level()),
        ),
        None => (Source::Model, "N", format!("it does not touch {what}")),
    };
    let follows = |at: usize, what: &str| match harm(at, what) {
        (source, "N", why) => (source, "N", why),
        (source, _, _) if known.beyond => {
            (source, "L", format!("it reaches beyond the element it is at, with its {what}"))
        }
        (source, ..) => (source, "N", "it stays at the element it is at".to_owned()),
    };
    match key {
        "AV" => match known.place {
            Place::Network => (Source::Model, "N", "it is done through a network".to_owned()),
            Place::Segment => (Source::Model, "A", "it is done from the same network segment".to_owned()),
            Place::Inside => (Source::Model, "L", "it is done on the thing itself".to_owned()),
            Place::ByHand => (Source::Model, "P", "it is done with the hardware in hand".to_owned()),
        },
        "AC" => (
            Source::Model,
            if known.success >= Likelihood::Likely { "L" } else { "H" },
            format!("somebody in place succeeds with likelihood {}", known.success.as_str()),
        ),
        "AT" => (Source::Assumed, "N", "nothing says that it works under special conditions only".to_owned()),
        "PR" => match known.access {
            Access::Nothing => (Source::Model, "N", "nothing but a way there is needed".to_owned()),
            Access::Ordinary => (Source::Model, "L", "an account or code somewhere is needed first".to_owned()),
            Access::Administrative => (Source::Model, "H", "administrative rights are needed first".to_owned()),
        },
        "UI" => (Source::Assumed, "N", "nothing says that a person has to help".to_owned()),
        "S" if known.beyond => (Source::Model, "C", "it reaches beyond the element it is at".to_owned()),
        "S" => (Source::Model, "U", "it stays at the element it is at".to_owned()),
        "C" | "VC" => harm(0, "confidentiality"),
        "I" | "VI" => harm(1, "integrity"),
        "A" | "VA" => harm(2, "availability"),
        "SC" => follows(0, "confidentiality"),
        "SI" => follows(1, "integrity"),
        _ => follows(2, "availability"),
    }
}

pub(super) fn score(version: Version, known: &Known, given: &[(String, String)]) -> Result<MethodScore, ScoreError> {
    let keys: Vec<&str> = version.metrics().iter().map(|(key, _)| *key).chain([VECTOR]).collect();
    let mut inputs = Inputs::new(given, &keys)?;
    let vector = match inputs.given(VECTOR) {
        Some(text) => {
            complete(version, text, given)?;
            let takes = format!("a vector of {}", version.text());
            let otherwise = (Source::Given, text.to_owned(), String::new());
            inputs.take(
                VECTOR,
                |text| text.starts_with(version.prefix()).then(|| text.to_owned()),
                &takes,
                otherwise,
            )?
        }
        None => {
            let mut vector = version.prefix().to_owned();
            for (key, takes) in version.metrics() {
                let (source, value, why) = known_metric(key, known);
                let parse = |text: &str| takes.split(", ").find(|known| known.eq_ignore_ascii_case(text));
                let value = inputs.take(key, parse, takes, (source, value.to_owned(), why))?;
                vector.push('/');
                vector.push_str(key);
                vector.push(':');
                vector.push_str(value);
            }
            vector
        }
    };
    let parsed: Cvss = vector.parse().map_err(|error: cvss::Error| ScoreError::BadValue {
        key: VECTOR.to_owned(),
        value: vector.clone(),
        takes: format!("a vector of {} ({error})", version.text()),
    })?;
    let (figure, kind) = match &parsed {
        Cvss::CvssV40(four) => (four.score().value(), four.nomenclature().to_string()),
        other => match cvss31::scored(&vector) {
            Some(scored) if !scored.groups.is_empty() => {
                (scored.figure, format!("{}, {}", version.text(), scored.groups))
            }
            _ => (other.score(), version.text().to_owned()),
        },
    };
    let (word, level) = severity(figure);
    Ok(MethodScore {
        method: version.id().into(),
        version: version.text().into(),
        finding: known.finding.clone(),
        inputs: inputs.inputs,
        steps: vec![
            format!("The metrics make the vector {vector}.").into(),
            format!("Its score is {figure:.1}, {}, as {kind}.", word.to_lowercase()).into(),
            "That is how bad the weakness is, not how large the risk: who attacks and what is at stake is not in it."
                .into(),
        ],
        result: format!("{figure:.1} {word} ({kind})").into(),
        figure: Some(figure),
        vector: Some(vector.into()),
        level,
    })
}

/// Refuses what would be scored as something nobody said: metrics beside a vector, which would have no effect, and a vector
/// without some base metric, which the crate takes for one of no impact.
fn complete(version: Version, vector: &str, given: &[(String, String)]) -> Result<(), ScoreError> {
    if let Some((key, value)) = given.iter().find(|(key, _)| key != VECTOR) {
        let takes = "nothing beside `vector`: put the metric into the vector, or leave the vector out".to_owned();
        return Err(ScoreError::BadValue { key: key.clone(), value: value.clone(), takes });
    }
    let Some(metrics) = vector.strip_prefix(version.prefix()) else { return Ok(()) };
    let has =
        |key: &str| metrics.split('/').any(|metric| metric.split_once(':').is_some_and(|(known, _)| known == key));
    let missing: Vec<&str> = version.metrics().iter().map(|(key, _)| *key).filter(|key| !has(key)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(ScoreError::BadValue {
        key: VECTOR.to_owned(),
        value: vector.to_owned(),
        takes: format!("all base metrics of {}; missing: {}", version.text(), missing.join(", ")),
    })
}

/// The rating of both specifications; none is the least of ours.
fn severity(figure: f64) -> (&'static str, Level) {
    match figure {
        _ if figure >= 9.0 => ("Critical", Level::Critical),
        _ if figure >= 7.0 => ("High", Level::High),
        _ if figure >= 4.0 => ("Medium", Level::Medium),
        _ if figure > 0.0 => ("Low", Level::Low),
        _ => ("None", Level::Low),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{given, open_upload};
    use super::*;

    fn of(version: Version, vector: &str) -> f64 {
        score(version, &open_upload(), &given(&[(VECTOR, vector)])).unwrap().figure.unwrap()
    }

    #[test]
    fn firsts_examples_come_out() {
        // From FIRST's documents of examples for 3.1 and 4.0; no impact at all is 0 by both specifications.
        for (vector, figure) in [
            ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4), // CVE-2013-0375
            ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1), // CVE-2014-3566
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5), // CVE-2014-0160
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8), // CVE-2014-6271
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1), // CVE-2013-1937
        ] {
            assert!((of(Version::V31, vector) - figure).abs() < 1e-9, "{vector}");
        }
        for (vector, figure) in [
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N", 8.7),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0),
            ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0),
        ] {
            assert!((of(Version::V40, vector) - figure).abs() < 1e-9, "{vector}: {}", of(Version::V40, vector));
        }
    }

    #[test]
    fn metrics_of_other_groups_count_and_are_named() {
        for (rest, result) in [
            ("E:P/RL:O/RC:C", "8.9 High (CVSS 3.1, temporal)"),
            ("MAV:P", "7.5 High (CVSS 3.1, environmental)"),
            ("E:X/CR:X", "9.9 Critical (CVSS 3.1)"),
        ] {
            let vector = format!("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H/{rest}");
            let found = score(Version::V31, &open_upload(), &given(&[(VECTOR, &vector)])).unwrap();
            assert_eq!(&*found.result, result);
        }
    }

    #[test]
    fn metrics_follow_what_is_known() {
        let found = score(Version::V31, &open_upload(), &[]).unwrap();
        assert_eq!(found.vector.as_deref(), Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N"));
        assert_eq!(&*found.result, "9.1 Critical (CVSS 3.1)");
        let found = score(Version::V31, &open_upload(), &given(&[("UI", "r"), ("S", "C")])).unwrap();
        assert_eq!(found.vector.as_deref(), Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:N"));
        let inside = Known { access: Access::Administrative, place: Place::Inside, beyond: true, ..open_upload() };
        let found = score(Version::V40, &inside, &[]).unwrap();
        let vector = "CVSS:4.0/AV:L/AC:L/AT:N/PR:H/UI:N/VC:H/VI:H/VA:N/SC:L/SI:L/SA:N";
        assert_eq!(found.vector.as_deref(), Some(vector));
    }

    #[test]
    fn a_vector_without_some_base_metric_is_refused_and_the_metric_named() {
        for (version, vector, named) in [
            (Version::V31, "CVSS:3.1/AV:N", "AC, PR, UI, S, C, I, A"),
            (Version::V31, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/E:P", "missing: A"),
            (Version::V40, "CVSS:4.0/AV:N/AC:L/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N", "missing: AT"),
        ] {
            match score(version, &open_upload(), &given(&[(VECTOR, vector)])) {
                Err(ScoreError::BadValue { key, takes, .. }) => {
                    assert!(key == VECTOR && takes.ends_with(named), "{takes}");
                }
                other => panic!("{vector}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_metric_beside_a_vector_is_refused() {
        let whole = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
        let both = score(Version::V31, &open_upload(), &given(&[("AV", "L"), (VECTOR, whole)]));
        assert!(matches!(both, Err(ScoreError::BadValue { key, .. }) if key == "AV"));
    }

    #[test]
    fn a_vector_of_another_version_is_refused() {
        for vector in ["CVSS:4.0/AV:N", "CVSS:3.1/AV:X", "nonsense"] {
            let wrong = score(Version::V31, &open_upload(), &given(&[(VECTOR, vector)]));
            assert!(matches!(wrong, Err(ScoreError::BadValue { .. })), "{vector}");
        }
    }
}
