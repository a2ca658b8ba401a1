//! Sentences with holes: `{flow.source} sends {data} in the clear`.

use vauban_model::did_you_mean;
use vauban_model::vocabulary::{Domain, FACTS, FactId, RELATIONS, Relation};

use crate::condition::parse::fact_on;

/// One part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words as they stand.
    Text(Box<str>),
    /// The data at stake.
    Data,
    /// Elements, or the value of a fact, reached from a variable: `None` is the bound element.
    Walk {
        /// The variable of an `exists`, or the bound element.
        variable: Option<Box<str>>,
        /// Relations from there.
        relations: Vec<Relation>,
        /// The fact whose value is shown; the names of the elements without one.
        fact: Option<FactId>,
    },
}

/// A sentence with holes.
pub type Template = Vec<Part>;

/// Parses a sentence. Variables are those of the threat's condition. An error says what is wrong and what to do.
pub fn parse(text: &str, domain: Domain, variables: &[(Box<str>, Domain)]) -> Result<Template, String> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        if open > 0 {
            out.push(Part::Text(rest[..open].into()));
        }
        let Some(close) = rest[open..].find('}') else {
            return Err("a `{` is not closed; close it with `}`".to_owned());
        };
        out.push(hole(rest[open + 1..open + close].trim(), domain, variables)?);
        rest = &rest[open + close + 1..];
    }
    if !rest.is_empty() {
        out.push(Part::Text(rest.into()));
    }
    Ok(out)
}

fn hole(text: &str, domain: Domain, variables: &[(Box<str>, Domain)]) -> Result<Part, String> {
    let mut names = text.split('.');
    let first = names.next().unwrap_or("");
    // `data` is the data at stake; a threat on a data asset means the asset itself by it, which comes to the same.
    if first == "data" && domain != Domain::Data {
        return if names.next().is_none() { Ok(Part::Data) } else { Err("`{data}` stands alone".to_owned()) };
    }
    let (variable, mut at) = if first == domain.as_str() {
        (None, domain)
    } else if let Some((name, kind)) = variables.iter().find(|(name, _)| **name == *first) {
        (Some(name.clone()), *kind)
    } else {
        return Err(format!(
            "`{{{text}}}` names nothing: use `{{{}}}`, `{{data}}` or a variable of the condition",
            domain.as_str()
        ));
    };
    let mut relations = Vec::new();
    let mut fact = None;
    for name in names {
        if fact.is_some() {
            return Err(format!("nothing can follow a fact in `{{{text}}}`"));
        }
        if let Some(relation) = Relation::parse(at, name) {
            relations.push(relation);
            at = relation.definition().to;
        } else if let Some(found) = fact_on(at, name) {
            fact = Some(found);
        } else {
            let known = FACTS.iter().filter(|f| f.on.contains(&at)).map(|f| f.id);
            let relations = RELATIONS.iter().filter(|r| r.on == at).map(|r| r.id);
            let hint = did_you_mean(name, known.chain(relations))
                .map(|w| format!("; did you mean `{w}`?"))
                .unwrap_or_default();
            return Err(format!("a {} has no fact or relation `{name}` in `{{{text}}}`{hint}", at.as_str()));
        }
    }
    Ok(Part::Walk { variable, relations, fact })
}
