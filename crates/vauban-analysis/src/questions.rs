//! Questions: what nobody said, in a sentence, ranked by how much the answer would change the risk.

use rayon::prelude::*;
use vauban_model::finding::{Instance, Question};
use vauban_model::model::enumeration_of;
use vauban_model::scale::Level;
use vauban_model::vocabulary::{FactType, fact};
use vauban_rules::evaluate::{self, Asked, Outcome};
use vauban_rules::facts::Facts;
use vauban_rules::sentence;

use crate::analyse::is_anybody;

/// A question in a sentence.
pub fn text(asked: Asked, facts: &Facts<'_>) -> String {
    let name = sentence::name(asked.element(), facts);
    let sentence = match asked {
        Asked::Control(_, control) => facts.library.controls[control as usize].question.replace("{element}", &name),
        Asked::Technology(_) => format!("What is {name} made of?"),
        Asked::Fact(_, id) => {
            let definition = id.definition();
            // What a fact means may differ by kind of element: `Component: …. Identity: ….`
            let kind = crate::paths::upper_first(asked.element().domain.as_str());
            if definition.ty == FactType::Bool
                && let Some((_, own)) = definition.doc.split_once(&format!("{kind}: "))
            {
                let own = own.split(". ").next().unwrap_or(own).trim_end_matches('.');
                return upper_article(&format!("About {name}, `{}`: is it so that it {own}?", definition.key));
            }
            let doc = definition.doc.split(". ").next().unwrap_or("").trim_end_matches('.');
            let doc = doc.split(": ").next().unwrap_or(doc);
            match definition.ty {
                FactType::Bool => {
                    let doc = doc.strip_prefix("AI: ").unwrap_or(doc);
                    let doc = lower_first(doc);
                    let doc = doc.strip_prefix("whether ").unwrap_or(&doc);
                    format!("About {name}, `{}`: is it so that {doc}?", definition.key)
                }
                _ => format!("What is `{}` of {name} ({})?", definition.key, lower_first(doc)),
            }
        }
    };
    upper_article(&sentence)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn upper_article(text: &str) -> String {
    // Names keep their spelling; only sentences that begin with "the flow" need it.
    text.strip_prefix("the ").map_or_else(|| text.to_owned(), |rest| format!("The {rest}"))
}

/// The key under which an answer is written: a fact's key, a control's id, or `technology`.
pub fn key(asked: Asked, facts: &Facts<'_>) -> String {
    match asked {
        Asked::Control(_, control) => facts.library.controls[control as usize].id.to_string(),
        Asked::Fact(_, id) => id.definition().key.to_owned(),
        Asked::Technology(_) => "technology".to_owned(),
    }
}

/// One asking threat at one element, with the worst risk its answer could reveal.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Index into the instances.
    pub instance: u32,
    /// The risk if the answer is the bad one.
    pub risk: Level,
    /// Finer rank within the risk: higher matters more.
    pub weight: u32,
}

/// Joins asking threats to questions: one per element and thing asked, most important first, at most `limit`. Returns
/// them and how many there are in all. `outcomes` tell where only a control is unknown, which is the common case.
pub fn rank(
    facts: &Facts<'_>,
    outcomes: &[Outcome],
    instances: &[Instance],
    asking: &[Asking],
    limit: usize,
) -> (Vec<Question>, usize) {
    // One entry per threat and thing; sorting brings those of one thing together without a list for each.
    let mut entries: Vec<(Asked, u32, Level, u32)> = asking
        .par_iter()
        .flat_map_iter(|ask| {
            let instance = instances.get(ask.instance as usize).copied();
            let mut out: [Option<(Asked, u32, Level, u32)>; 3] = [None; 3];
            if let Some(instance) = instance {
                let only_control =
                    outcomes.get(instance.threat as usize).is_some_and(|o| o.asks_control.get(instance.element.at()));
                let quick = only_control
                    .then(|| evaluate::control_question(instance.threat, instance.element, facts))
                    .flatten();
                match quick {
                    Some(asked) if is_anybody(facts, asked.element()) => {}
                    Some(asked) => out[0] = Some((asked, ask.instance, ask.risk, ask.weight)),
                    None => {
                        let mut asked = evaluate::questions(instance.threat, instance.element, facts);
                        // What nobody can state is no question, however unknown it is.
                        asked.retain(|thing| {
                            !matches!(thing, Asked::Fact(_, id) if id.definition().derived)
                                && !is_anybody(facts, thing.element())
                        });
                        // A question that settles a threat alone is worth more than one of several that settle it.
                        let parts = u32::try_from(asked.len().max(1)).unwrap_or(1);
                        for (slot, thing) in out.iter_mut().zip(asked) {
                            // What the internet can't reach need not be asked about any further.
                            let whole = matches!(thing, Asked::Fact(_, id) if id == fact::INTERNET_FACING);
                            let weight = if whole { ask.weight } else { ask.weight / parts };
                            *slot = Some((thing, ask.instance, ask.risk, weight));
                        }
                    }
                }
            }
            out.into_iter().flatten()
        })
        .collect();
    entries.par_sort_unstable();
    // Where each thing's entries begin, with its worst risk and its weight.
    let mut things: Vec<(Level, u64, Asked, usize, usize)> = Vec::new();
    for (at, (asked, _, risk, weight)) in entries.iter().enumerate() {
        match things.last_mut() {
            Some(last) if last.2 == *asked => {
                last.0 = last.0.max(*risk);
                last.1 += u64::from(*weight);
                last.4 = at + 1;
            }
            _ => things.push((*risk, u64::from(*weight), *asked, at, at + 1)),
        }
    }
    let total = things.len();
    things.sort_unstable_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then_with(|| a.2.cmp(&b.2)));
    things.truncate(limit);
    let questions = things
        .into_iter()
        .map(|(risk, weight, asked, from, to)| {
            let of: Vec<u32> = entries[from..to].iter().map(|entry| entry.1).collect();
            question(asked, &of, risk, weight, facts, instances)
        })
        .collect();
    (questions, total)
}

fn question(asked: Asked, of: &[u32], risk: Level, weight: u64, facts: &Facts<'_>, instances: &[Instance]) -> Question {
    let element = asked.element();
    let fact = match asked {
        Asked::Control(..) => format!("control {}", key(asked, facts)),
        _ => format!("{}.{}", element.domain.as_str(), key(asked, facts)),
    };
    let answers: Vec<Box<str>> = match asked {
        Asked::Control(..) => vec!["no".into(), "yes".into()],
        Asked::Technology(_) => Vec::new(),
        Asked::Fact(_, id) => match enumeration_of(id) {
            Some(words) => words.definition().values.iter().map(|word| Box::from(*word)).collect(),
            None if id.definition().ty == FactType::Bool => vec!["no".into(), "yes".into()],
            None => Vec::new(),
        },
    };
    let mut threats = Vec::new();
    let mut findings: Vec<Box<str>> = Vec::new();
    let mut elements = vec![element];
    for at in of {
        let Some(instance) = instances.get(*at as usize) else { continue };
        if !threats.contains(&instance.threat) {
            threats.push(instance.threat);
        }
        let id = crate::analyse::finding_id(facts, instance.threat, instance.element);
        if findings.len() < 100 && !findings.contains(&id) {
            findings.push(id);
        }
        for element in crate::analyse::elements_of(facts, instance.element) {
            if elements.len() < 100 && !elements.contains(&element) {
                elements.push(element);
            }
        }
    }
    let id = format!("{}@{}", key(asked, facts), facts.model.id(element));
    let span = facts.model.get(element).unwrap_or(&facts.model.system).span;
    Question {
        id: id.into(),
        element,
        fact: fact.into(),
        text: text(asked, facts).into(),
        answers,
        threats,
        findings,
        elements,
        risk,
        weight: u32::try_from(weight).unwrap_or(u32::MAX),
        span,
    }
}
