//! Steps that infrastructure permits, told: as findings, as steps of paths, as questions.

use rustc_hash::FxHashMap;
use vauban_model::finding::{Applies, CloudStep, Question};
use vauban_model::model::ElementRef;
use vauban_model::scale::{Level, Likelihood, Methodology};
use vauban_rules::facts::Facts;
use vauban_rules::library::Library;
use vauban_rules::sentence;

/// How likely somebody in place succeeds with a step: as its threat says, less what hinders it and what sees it. Seen once
/// is seen: only the strongest counts.
pub(crate) fn likelihood(step: &CloudStep, library: &Library, methodology: &Methodology) -> Likelihood {
    let own = match step.threat {
        Some(threat) => library.threats.get(threat as usize).map_or(Likelihood::Likely, |threat| threat.likelihood),
        None => Likelihood::Certain,
    };
    let hindered: u8 = step.hindered_by.iter().map(|(levels, _)| *levels).fold(0, u8::saturating_add);
    let asked = u8::from(step.applies == Applies::Asks);
    let seen = step.seen_by.iter().map(|sighting| methodology.detection(sighting.how)).max().unwrap_or(0);
    own.shifted(-i32::from(hindered.saturating_add(seen).saturating_add(asked)))
}

/// Which sentence of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sentence {
    /// The title of a finding.
    Title,
    /// The description of a finding.
    Says,
    /// What the attacker does, in a story.
    Step,
}

/// A sentence of the step's threat with the step's elements in it; for a step without a threat, what it is.
pub(crate) fn sentence(step: &CloudStep, which: Sentence, facts: &Facts<'_>) -> String {
    let name = |element: ElementRef| sentence::name(element, facts);
    let grant = step
        .threat
        .and_then(|threat| facts.library.threats.get(threat as usize))
        .and_then(|threat| threat.grant.as_ref());
    let Some(grant) = grant else {
        return match which {
            Sentence::Title | Sentence::Says => structural(step, facts).0,
            Sentence::Step => structural(step, facts).1,
        };
    };
    let template = match which {
        Sentence::Title => &grant.title,
        Sentence::Says => &grant.says,
        Sentence::Step => &grant.step,
    };
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest: &str = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((word, tail)) = after.split_once('}') else {
            rest = after;
            continue;
        };
        match word.trim() {
            "permissions" => out.push_str(&step.label),
            "principal" => out.push_str(&name(step.element)),
            word => match step.bindings.iter().find(|binding| &*binding.variable == word) {
                Some(binding) => match binding.element {
                    Some(element) => out.push_str(&name(element)),
                    None => out.push_str(&binding.name),
                },
                None => out.push_str(&name(step.target)),
            },
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// A step without a threat as a sentence and as a part of a story.
fn structural(step: &CloudStep, facts: &Facts<'_>) -> (String, String) {
    let (from, to) = (sentence::name(step.element, facts), sentence::name(step.target, facts));
    let label = if step.label.is_empty() { String::new() } else { format!(" ({})", step.label) };
    match &*step.consequence {
        "network-path" => (format!("{from} can send traffic to {to}{label}"), format!("reaches {to}{label}")),
        "member-of" => (format!("{from} is a member of {to}"), format!("has the rights of {to}")),
        "administers-account" => {
            (format!("{from} controls {to} as a whole{label}"), format!("with the rights of {from} controls {to}"))
        }
        "owns-account" => (format!("Whoever controls {from} controls {to}"), format!("takes over {to}")),
        "holds-content" => (format!("{from} holds {to}"), format!("finds {to} in {from}")),
        "holds-editor" => (
            format!("{from} may be Editor of its project by the provider's default"),
            format!("with the default rights of {from} takes over {to}"),
        ),
        "changed-code-runs" => {
            (format!("Changed code of {to} runs when it is called"), format!("has the changed code of {to} run"))
        }
        "calls-signed" => (format!("{from} may call {to}{label}"), format!("calls {to} as {from}{label}")),
        "triggers" => (format!("{from} calls {to}{label}"), format!("makes {from} call {to}")),
        "escapes-to-host" => (format!("{from} gives its host away{label}"), format!("breaks out of {from} onto {to}")),
        "holds-pod" => (format!("Whoever has {from} has {to} on it"), format!("takes over {to} on {from}")),
        "may-hold-keys" => {
            (format!("{from} may hold the keys to {to}{label}"), format!("finds the keys to {to} on {from}"))
        }
        "asks-metadata" => (
            format!("Pods are answered by the metadata service of {from}"),
            format!("asks the metadata service of {to}"),
        ),
        "is-let-in" => (format!("{to} lets {from} in{label}"), format!("enters {to} as {from}{label}")),
        "has-control-plane" => (
            format!("{from} hold the certificates that {to} obeys{label}"),
            format!("takes the certificates of {to} from {from}"),
        ),
        "sets-condition" => {
            (format!("{from} may change the labels of {to}{label}"), format!("changes the labels of {to}{label}"))
        }
        "joins-zone" => (format!("{from} is on the network of {to}"), format!("is now inside {to}")),
        "signs-in" => (format!("{from} signs in to {to}"), format!("signs in to {to}")),
        "admits" => (format!("{to} lets {from} in{label}"), format!("uses {to}{label}")),
        "trusts" => (format!("{to} lets {from} act as it{label}"), format!("takes on {to}")),
        _ => (format!("{from} leads to {to}{label}"), format!("goes on to {to}{label}")),
    }
}

/// What has to be known before a step is sure, as questions: one for each thing nobody said, worst first.
pub(crate) fn questions(asking: &[(&CloudStep, Level, u32)], facts: &Facts<'_>) -> Vec<Question> {
    let mut at: FxHashMap<&str, usize> = FxHashMap::default();
    let mut out: Vec<Question> = Vec::new();
    for (step, risk, weight) in asking {
        for assumption in &step.assumptions {
            let finding = step.threat.and_then(|threat| {
                facts.library.threats.get(threat as usize).map(|t| format!("{}@{}", t.id, facts.model.id(step.element)))
            });
            let span = step.evidence.first().map_or(
                facts.model.get(step.element).map_or(facts.model.system.span, |element| element.span),
                |evidence| evidence.span,
            );
            let place = *at.entry(assumption).or_insert_with(|| {
                out.push(Question {
                    id: format!("assumption@{assumption}").into(),
                    element: step.element,
                    fact: "assumption".into(),
                    text: format!("Is it so that {assumption}?").into(),
                    answers: vec!["yes".into(), "no".into()],
                    threats: Vec::new(),
                    findings: Vec::new(),
                    elements: Vec::new(),
                    risk: *risk,
                    weight: 0,
                    span,
                });
                out.len() - 1
            });
            let question = &mut out[place];
            question.risk = question.risk.max(*risk);
            question.weight = question.weight.saturating_add(*weight);
            if let Some(threat) = step.threat
                && !question.threats.contains(&threat)
            {
                question.threats.push(threat);
            }
            if let Some(finding) = finding
                && question.findings.len() < 50
                && !question.findings.iter().any(|known| **known == *finding)
            {
                question.findings.push(finding.into());
            }
            for element in [step.element, step.target] {
                if question.elements.len() < 50 && !question.elements.contains(&element) {
                    question.elements.push(element);
                }
            }
        }
    }
    out
}
