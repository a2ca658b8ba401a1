//! Scores: likelihood from attack paths, impact from what they reach, risk by the methodology's matrix, and the reasons.

use vauban_model::finding::Score;
use vauban_model::scale::{Impact, Level, Likelihood, Methodology};

/// How a threat stands among the attack paths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Whether the library says what an attacker needs for it at all.
    pub has_needs: bool,
    /// Probability that some attacker gets to it and succeeds; `None` when nobody we know of gets there.
    pub reached: Option<f64>,
    /// For impacts from least to most: the probability of the best path through it to a goal of at least that impact.
    pub through: Vec<(Impact, f64)>,
}

/// The impact of a threat at its own element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Local {
    /// The impact.
    pub impact: Impact,
    /// Where nobody said what is at stake there: the threat's own severity, which the impact then stands for.
    pub assumed: Option<Level>,
}

impl From<Impact> for Local {
    fn from(impact: Impact) -> Self {
        Local { impact, assumed: None }
    }
}

impl Local {
    /// The impact that a threat of a severity is taken to have where nobody said what is at stake: 2 for low to 5 for
    /// critical.
    pub fn assumed(severity: Level) -> Self {
        let impact = match severity {
            Level::Low => 2,
            Level::Medium => 3,
            Level::High => 4,
            Level::Critical => 5,
        };
        Local { impact: Impact::new(impact), assumed: Some(severity) }
    }
}

/// How a threat comes to its likelihood before paths through it are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Way {
    /// Somebody gets to where it starts.
    Reached,
    /// Nobody we know of does.
    OutOfReach,
    /// It needs nothing.
    ByItself,
}

/// A score before it is put into sentences: small, and the same for every threat that stands the same way, so that the
/// sentences of many threats need writing once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reckoning {
    /// Likelihood.
    pub likelihood: Likelihood,
    /// Impact.
    pub impact: Impact,
    /// Risk by the methodology's matrix.
    pub risk: Level,
    own: Likelihood,
    local: Local,
    way: Way,
    /// The likelihood with getting there included, before paths through it.
    there: Likelihood,
    on_path: bool,
}

/// Scores a threat. `own` is its likelihood for somebody in place, `local` the impact at the element itself.
///
/// - On paths to goals: the worst of (likelihood of the path, impact of the goal).
/// - Reached, but leading nowhere further: likelihood of getting there and succeeding, impact at the element.
/// - Needs something that no attacker we know of has: two levels below its own likelihood, which is also the least for
///   what is reached.
/// - Needs nothing: its own likelihood.
pub fn reckon(methodology: &Methodology, own: Likelihood, local: Local, standing: &Standing) -> Reckoning {
    let (way, there) = match standing.reached {
        Some(probability) if standing.has_needs => {
            // Never less than if nobody got there: closing the way must not make what lies behind it look worse.
            (Way::Reached, methodology.likelihood_of(probability).max(own.shifted(-2)))
        }
        None if standing.has_needs => (Way::OutOfReach, own.shifted(-2)),
        _ => (Way::ByItself, own),
    };
    let (mut likelihood, mut impact) = (there, local.impact);
    let mut risk = methodology.risk(likelihood, impact);
    for (goal, probability) in &standing.through {
        let path = methodology.likelihood_of(*probability);
        let path_risk = methodology.risk(path, *goal);
        // On equal risk the higher impact tells more.
        if path_risk > risk || path_risk == risk && *goal > impact && path >= likelihood {
            likelihood = path;
            impact = *goal;
            risk = path_risk;
        }
    }
    let on_path = impact != local.impact
        || standing.through.iter().any(|(goal, p)| *goal == impact && methodology.likelihood_of(*p) == likelihood);
    Reckoning { likelihood, impact, risk, own, local, way, there, on_path }
}

/// How the sentence begins that nobody gets to a threat, as long as nothing is assumed.
const NOBODY: &str = "No attacker considered gets to where it starts";

/// Says of a score that somebody would get to the threat if something were so that nobody said. Nothing is changed where the
/// score does not say that nobody gets there.
pub fn only_if(score: &mut Score, assumptions: &[Box<str>]) {
    let Some(rest) = score.because.first().and_then(|first| first.strip_prefix(NOBODY)) else { return };
    let what = match assumptions {
        [] => "open questions are answered for the worse".to_owned(),
        all => format!("this is so: {}", all.join("; ")),
    };
    let first = format!("An attacker gets to where it starts only if {what}. Nobody said so{rest}");
    let others = score.because.iter().skip(1).cloned();
    score.because = std::iter::once(first).chain(others).collect::<Vec<String>>().into();
}

impl Reckoning {
    /// Whether it needs something that no attacker has, as long as nothing is assumed.
    pub fn is_out_of_reach(&self) -> bool {
        self.way == Way::OutOfReach
    }

    /// The score with its reasons in sentences.
    pub fn score(&self, methodology: &Methodology) -> Score {
        let word = |l: Likelihood| &methodology.likelihood[l.index()].name;
        let Reckoning { likelihood, impact, risk, own, local, way, there, on_path } = *self;
        let mut because = Vec::with_capacity(4);
        because.push(match way {
            Way::Reached => format!(
                "Once in place an attacker succeeds with likelihood {}; getting there included it is {}.",
                word(own),
                word(there)
            ),
            Way::OutOfReach => format!("{NOBODY}, so its likelihood drops from {} to {}.", word(own), word(there)),
            Way::ByItself => format!("Its likelihood is {} by itself.", word(own)),
        });
        because.push(match local.assumed {
            None => format!("At the element itself the impact is {} of 5.", local.impact.level()),
            Some(severity) => format!(
                "Nobody said what is at stake there, so the threat's own severity, {}, stands for it: impact {} of 5.",
                severity.as_str(),
                local.impact.level()
            ),
        });
        if on_path {
            because.push(format!(
                "An attack path through it reaches something of impact {} of 5 with likelihood {}.",
                impact.level(),
                word(likelihood)
            ));
        }
        because.push(format!(
            "The matrix of {} makes {} and impact {} a {} risk.",
            methodology.name,
            word(likelihood),
            impact.level(),
            risk.as_str()
        ));
        Score { likelihood, impact, risk, because: because.into() }
    }
}

/// [`reckon`], in sentences.
pub fn score(methodology: &Methodology, own: Likelihood, local: Local, standing: &Standing) -> Score {
    reckon(methodology, own, local, standing).score(methodology)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reached_on_an_assumption_says_only_if() {
        let score = |first: &str| Score {
            likelihood: Likelihood::Rare,
            impact: Impact::LEAST,
            risk: Level::Low,
            because: vec![first.to_owned(), "More.".to_owned()].into(),
        };
        let mut leans =
            score("No attacker considered gets to where it starts, so its likelihood drops from likely to rare.");
        only_if(&mut leans, &["the portal lacks a second factor".into()]);
        let told = "An attacker gets to where it starts only if this is so: the portal lacks a second factor. Nobody said so, so \
                    its likelihood drops from likely to rare.";
        assert_eq!(leans.because.to_vec(), [told, "More."]);
        let mut other = score("Its likelihood is likely by itself.");
        only_if(&mut other, &[]);
        assert_eq!(other, score("Its likelihood is likely by itself."));
    }

    #[test]
    fn a_path_to_something_worse_raises_the_risk() {
        let methodology = Methodology::default();
        let alone = Standing { has_needs: true, reached: Some(0.6), through: Vec::new() };
        let low = score(&methodology, Likelihood::Likely, Impact::new(1).into(), &alone);
        let on_path = Standing { through: vec![(Impact::new(5), 0.5)], ..alone };
        let high = score(&methodology, Likelihood::Likely, Impact::new(1).into(), &on_path);
        assert_eq!(low.risk, Level::Low);
        assert_eq!((high.risk, high.impact), (Level::Critical, Impact::new(5)));
        assert!(high.because.iter().any(|reason| reason.contains("attack path")));
    }

    #[test]
    fn a_way_that_is_closed_never_raises_a_risk() {
        let methodology = Methodology::default();
        let out_of_reach = Standing { has_needs: true, reached: None, through: Vec::new() };
        let hardly = Standing { reached: Some(0.001), ..out_of_reach.clone() };
        for own in Likelihood::ALL {
            let of = |standing| score(&methodology, own, Impact::new(5).into(), standing);
            assert!(of(&out_of_reach).risk <= of(&hardly).risk);
        }
    }

    #[test]
    fn out_of_reach_is_two_levels_less_likely() {
        let methodology = Methodology::default();
        let standing = Standing { has_needs: true, reached: None, through: Vec::new() };
        let result = score(&methodology, Likelihood::Likely, Impact::new(4).into(), &standing);
        assert_eq!(result.likelihood, Likelihood::Unlikely);
    }

    #[test]
    fn an_assumed_impact_is_said_to_be_assumed() {
        let methodology = Methodology::default();
        let alone = Standing { has_needs: false, reached: None, through: Vec::new() };
        let said = score(&methodology, Likelihood::Likely, Impact::new(3).into(), &alone);
        let assumed = Local { impact: Impact::new(3), assumed: Some(Level::Medium) };
        let assumed = score(&methodology, Likelihood::Likely, assumed, &alone);
        assert_eq!(said.risk, assumed.risk);
        let tells = |score: &Score| score.because.iter().any(|reason| reason.contains("Nobody said what is at stake"));
        assert!(tells(&assumed) && !tells(&said));
    }
}
