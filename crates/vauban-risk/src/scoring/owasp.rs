//! OWASP Risk Rating: sixteen factors from 0 to 9, two means, one small matrix.
//!
//! From *OWASP Risk Rating Methodology* (OWASP/www-community, CC BY-SA 4.0; figures only, the words are ours). Its page
//! advises to adapt factors and weights, and points to more mature methods.

use vauban_model::scale::{Impact, Level};
use vauban_model::scoring::{Access, Known, MethodScore, Source};

use super::Method;
use super::inputs::{Inputs, ScoreError, number};

/// The method's id.
pub const ID: &str = "owasp-risk-rating";
const VERSION: &str = "OWASP Risk Rating Methodology";

const THREAT: [&str; 8] = [
    "skill_level",
    "motive",
    "opportunity",
    "size",
    "ease_of_discovery",
    "ease_of_exploit",
    "awareness",
    "intrusion_detection",
];
const TECHNICAL: [&str; 4] = ["confidentiality", "integrity", "availability", "accountability"];
const BUSINESS: [&str; 4] = ["financial", "reputation", "non_compliance", "privacy"];
const TAKES: &str = "a number from 0 to 9";

pub(super) fn method() -> Method {
    let scale = |key: &str| -> &'static str {
        match key {
            "skill_level" => "1 none, 3 some, 5 advanced user, 6 network and programming, 9 penetration tester",
            "motive" => "1 low, 4 possible reward, 9 high reward",
            "opportunity" => "0 full access or expensive, 4 special access, 7 some access, 9 none needed",
            "size" => {
                "2 developers or administrators, 4 intranet, 5 partners, 6 authenticated, 9 anyone on the internet"
            }
            "ease_of_discovery" => "1 practically impossible, 3 difficult, 7 easy, 9 automated tools",
            "ease_of_exploit" => "1 theoretical, 3 difficult, 5 easy, 9 automated tools",
            "awareness" => "1 unknown, 4 hidden, 6 obvious, 9 public knowledge",
            "intrusion_detection" => "1 active detection, 3 logged and reviewed, 8 logged only, 9 not logged",
            "confidentiality" => {
                "0 none, 2 little and not sensitive, 6 little critical or much, 7 much critical, 9 all"
            }
            "integrity" => "0 none, 1 little, 3 little but serious, 5 much, 7 much and serious, 9 all",
            "availability" => {
                "0 none, 1 few secondary services, 5 few primary or many secondary, 7 many primary, 9 all"
            }
            "accountability" => "1 fully traceable, 7 possibly, 9 not at all",
            "financial" => "1 less than the fix, 3 minor, 7 significant, 9 bankruptcy",
            "reputation" => "1 minimal, 4 major accounts, 5 goodwill, 9 brand",
            "non_compliance" => "2 minor, 5 clear, 7 high profile",
            _ => "3 one person, 5 hundreds, 7 thousands, 9 millions",
        }
    };
    let keys = THREAT.iter().chain(&TECHNICAL).chain(&BUSINESS);
    Method {
        id: ID.into(),
        name: "OWASP Risk Rating".into(),
        version: VERSION.into(),
        source: "OWASP/www-community, pages/OWASP_Risk_Rating_Methodology.md".into(),
        inputs: keys.map(|key| ((*key).into(), scale(key).into())).collect(),
    }
}

/// Low below 3, medium below 6, else high.
fn band(mean: f64) -> usize {
    usize::from(mean >= 3.0) + usize::from(mean >= 6.0)
}

const BANDS: [&str; 3] = ["low", "medium", "high"];

/// By impact (row) and likelihood (column).
const SEVERITY: [[&str; 3]; 3] = [["Note", "Low", "Medium"], ["Low", "Medium", "High"], ["Medium", "High", "Critical"]];

fn level(severity: &str) -> Level {
    Level::parse(&severity.to_lowercase()).unwrap_or(Level::Low)
}

/// What the model says about a factor.
fn known_factor(key: &str, known: &Known) -> (Source, u8, String) {
    let by_success = |values: [u8; 5]| values.get(known.success.index()).copied().unwrap_or(0);
    let success = format!("somebody in place succeeds with likelihood {}", known.success.as_str());
    let harm = |at: usize, values: [u8; 5], what: &str| match known.harms.get(at).copied().flatten() {
        Some(impact) => (
            Source::Model,
            values.get(impact.index()).copied().unwrap_or(0),
            format!("loss of {what} has impact {} of 5 here", impact.level()),
        ),
        None => (Source::Model, 0, format!("it does not touch {what}")),
    };
    match key {
        "skill_level" => (Source::Assumed, 6, "nothing says how skilled the attackers are".to_owned()),
        "motive" => {
            let value = if known.impact >= Impact::new(4) {
                9
            } else if known.impact >= Impact::new(3) {
                4
            } else {
                1
            };
            (Source::Model, value, format!("what it leads to is worth impact {} of 5", known.impact.level()))
        }
        "opportunity" => match (known.initiation, known.access) {
            (None, _) => (Source::Model, 0, "no attacker considered gets there".to_owned()),
            (_, Access::Nothing) => (Source::Model, 9, "nothing but a way there is needed".to_owned()),
            (_, Access::Ordinary) => (Source::Model, 7, "an account or code somewhere is needed first".to_owned()),
            (_, Access::Administrative) => (Source::Model, 4, "administrative rights are needed first".to_owned()),
        },
        "size" => match (known.outsiders, known.access, known.initiation) {
            (_, _, None) => (Source::Model, 2, "no attacker considered gets there".to_owned()),
            (true, Access::Nothing, _) => (Source::Model, 9, "anybody outside can begin with it".to_owned()),
            (true, ..) => (Source::Model, 6, "whoever has an account can begin with it".to_owned()),
            (false, ..) => (Source::Model, 4, "only those inside, or who got inside, can do it".to_owned()),
        },
        "ease_of_discovery" => (Source::Model, by_success([1, 3, 3, 7, 9]), success),
        "ease_of_exploit" => (Source::Model, by_success([1, 3, 3, 5, 9]), success),
        "awareness" => (Source::Assumed, 6, "weaknesses of the library are known to the trade".to_owned()),
        "intrusion_detection" => match known.watched {
            Some(true) => (Source::Model, 3, "a control that looks for misuse is there".to_owned()),
            Some(false) => (Source::Model, 9, "nothing looks for misuse there".to_owned()),
            None => (Source::Assumed, 8, "nobody said whether anything looks for misuse there".to_owned()),
        },
        "confidentiality" => harm(0, [2, 2, 6, 7, 9], "confidentiality"),
        "integrity" => harm(1, [1, 3, 5, 7, 9], "integrity"),
        "availability" => harm(2, [1, 1, 5, 7, 9], "availability"),
        _ if known.traceless => (Source::Model, 9, "who did it cannot be told".to_owned()),
        _ => (Source::Assumed, 7, "nothing says how well it can be traced".to_owned()),
    }
}

pub(super) fn score(known: &Known, given: &[(String, String)]) -> Result<MethodScore, ScoreError> {
    let keys: Vec<&str> = THREAT.iter().chain(&TECHNICAL).chain(&BUSINESS).copied().collect();
    let mut inputs = Inputs::new(given, &keys)?;
    let mean = |inputs: &mut Inputs<'_>, keys: &[&str]| -> Result<f64, ScoreError> {
        let mut sum = 0.0;
        for key in keys {
            let (source, value, why) = known_factor(key, known);
            sum += inputs.take(key, |text| number(text, 9.0), TAKES, (source, value.to_string(), why))?;
        }
        Ok(sum / keys.len() as f64)
    };
    let likelihood = mean(&mut inputs, &THREAT)?;
    let technical = mean(&mut inputs, &TECHNICAL)?;
    let missing: Vec<String> =
        BUSINESS.iter().filter(|key| inputs.given(key).is_none()).map(|key| (*key).to_owned()).collect();
    let business = match missing.len() {
        4 => None,
        0 => Some(mean(&mut inputs, &BUSINESS)?),
        _ => return Err(ScoreError::Incomplete(missing)),
    };
    let impact = business.unwrap_or(technical);
    let severity = SEVERITY.get(band(impact)).and_then(|row| row.get(band(likelihood))).copied().unwrap_or("Note");
    let word = |mean: f64| BANDS.get(band(mean)).copied().unwrap_or("low");
    let mut steps: Vec<Box<str>> = vec![
        format!("Likelihood is the mean of its eight factors: {likelihood:.3}, {}.", word(likelihood)).into(),
        format!("Technical impact is the mean of its four factors: {technical:.3}, {}.", word(technical)).into(),
    ];
    steps.push(match business {
        Some(business) => format!(
            "Business impact is the mean of its four factors: {business:.3}, {}; it counts in the place of the technical.",
            word(business)
        )
        .into(),
        None => "Nobody gave the business impact, so the technical counts.".into(),
    });
    steps.push(format!("Impact {} and likelihood {} make {severity}.", word(impact), word(likelihood)).into());
    Ok(MethodScore {
        method: ID.into(),
        version: VERSION.into(),
        finding: known.finding.clone(),
        inputs: inputs.inputs,
        steps,
        result: severity.into(),
        figure: None,
        vector: None,
        level: level(severity),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{given, open_upload};
    use super::*;

    /// The example worked through on OWASP's page.
    fn example() -> Vec<(String, String)> {
        let mut all = given(&[
            ("skill_level", "5"),
            ("motive", "2"),
            ("opportunity", "7"),
            ("size", "1"),
            ("ease_of_discovery", "3"),
            ("ease_of_exploit", "6"),
            ("awareness", "9"),
            ("intrusion_detection", "2"),
        ]);
        all.extend(given(&[
            ("confidentiality", "9"),
            ("integrity", "7"),
            ("availability", "5"),
            ("accountability", "8"),
        ]));
        all
    }

    #[test]
    fn owasps_worked_example_comes_out() {
        // Likelihood 4.375 (medium), technical impact 7.25 (high), business impact 2.25 (low): Low overall.
        let technical = score(&open_upload(), &example()).unwrap();
        assert!(technical.steps[0].contains("4.375, medium") && technical.steps[1].contains("7.250, high"));
        assert_eq!((&*technical.result, technical.level), ("High", Level::High));
        let mut all = example();
        all.extend(given(&[("financial", "1"), ("reputation", "2"), ("non_compliance", "1"), ("privacy", "5")]));
        let business = score(&open_upload(), &all).unwrap();
        assert!(business.steps[2].contains("2.250, low"));
        assert_eq!((&*business.result, business.level), ("Low", Level::Low));
    }

    #[test]
    fn business_factors_count_together_or_not_at_all() {
        let some = score(&open_upload(), &given(&[("financial", "7")]));
        let missing = ["reputation", "non_compliance", "privacy"].map(str::to_owned).to_vec();
        assert_eq!(some, Err(ScoreError::Incomplete(missing)));
    }

    #[test]
    fn the_matrix_is_owasps() {
        let cells = |impact: f64| [1.0, 4.0, 8.0].map(|likelihood| SEVERITY[band(impact)][band(likelihood)]);
        assert_eq!(cells(8.0), ["Medium", "High", "Critical"]);
        assert_eq!(cells(4.0), ["Low", "Medium", "High"]);
        assert_eq!(cells(1.0), ["Note", "Low", "Medium"]);
        assert_eq!([2.999, 3.0, 5.999, 6.0].map(band), [0, 1, 1, 2]);
    }
}
