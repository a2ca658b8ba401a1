//! Questions: what nobody said, in a sentence, ranked by how much the answer would change the risk.

use rustc_hash::FxHashMap;
use vauban_model::finding::{Instance, Question};
use vauban_model::model::enumeration_of;
use vauban_model::scale::Level;
use vauban_model::vocabulary::FactType;
use vauban_rules::evaluate::{self, Asked};
use vauban_rules::facts::Facts;
use vauban_rules::sentence;

/// A question in a sentence.
pub fn text(asked: Asked, facts: &Facts<'_>) -> String {
    let name = sentence::name(asked.element(), facts);
    let sentence = match asked {
        Asked::Control(_, control) => facts.library.controls[control as usize].question.replace("{element}", &name),
        Asked::Technology(_) => format!("What is {name} made of?"),
        Asked::Fact(_, id) => {
            let definition = id.definition();
            let doc = definition.doc.split(". ").next().unwrap_or("").trim_end_matches('.');
            let doc = doc.split(": ").next().unwrap_or(doc);
            match definition.ty {
                FactType::Bool => {
                    let doc = doc.strip_prefix("AI: ").unwrap_or(doc);
                    let doc = doc.strip_prefix("Whether it ").or_else(|| doc.strip_prefix("Whether ")).unwrap_or(doc);
                    format!("About {name}, `{}`: is it so that it {}?", definition.key, lower_first(doc))
                }
                _ => format!("About {name}, `{}`: {}?", definition.key, lower_first(doc)),
            }
        }
    };
    upper_first(&sentence)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn upper_first(text: &str) -> String {
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
/// them and how many there are in all.
pub fn rank(facts: &Facts<'_>, instances: &[Instance], asking: &[Asking], limit: usize) -> (Vec<Question>, usize) {
    let mut by_thing: FxHashMap<Asked, (Vec<u32>, Level, u64)> = FxHashMap::default();
    for ask in asking {
        let Some(instance) = instances.get(ask.instance as usize) else { continue };
        let asked = evaluate::questions(instance.threat, instance.element, facts);
        let parts = u64::try_from(asked.len().max(1)).unwrap_or(1);
        for thing in asked {
            let entry = by_thing.entry(thing).or_insert((Vec::new(), Level::Low, 0));
            entry.0.push(ask.instance);
            entry.1 = entry.1.max(ask.risk);
            // A question that settles several threats is worth more than one of several that settle one.
            entry.2 += u64::from(ask.weight) / parts;
        }
    }
    let total = by_thing.len();
    let mut list: Vec<(Asked, (Vec<u32>, Level, u64))> = by_thing.into_iter().collect();
    list.sort_by(|a, b| b.1.1.cmp(&a.1.1).then(b.1.2.cmp(&a.1.2)).then_with(|| a.0.cmp(&b.0)));
    list.truncate(limit);
    let questions = list
        .into_iter()
        .map(|(asked, (instances_of, risk, weight))| question(asked, &instances_of, risk, weight, facts, instances))
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
