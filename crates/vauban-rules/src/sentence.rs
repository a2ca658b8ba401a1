//! Sentences about one finding: templates filled with the names of real elements.

use vauban_model::model::ElementRef;
use vauban_model::vocabulary::{Domain, fact, relation};

use crate::condition::witness::Witness;
use crate::facts::Facts;
use crate::library::template::{Part, Template};

/// Names shown in one list before "and 3 more".
const MAX_NAMES: usize = 3;

/// Fills a sentence for a bound element.
pub fn fill(template: &Template, element: ElementRef, witness: &Witness, data: &[u32], facts: &Facts<'_>) -> String {
    let mut out = String::new();
    for part in template {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Data => out.push_str(&data_names(data, facts)),
            Part::Walk { variable, relations, fact } => {
                let starts = match variable {
                    None => vec![element],
                    Some(variable) => witness
                        .bindings
                        .iter()
                        .find(|(name, _)| name == variable)
                        .map(|(_, elements)| elements.clone())
                        .unwrap_or_default(),
                };
                let mut ends = ends_of(&starts, relations, facts);
                if ends.is_empty() && relations.as_slice() == [relation::IDENTITY_MAY_ADMINISTER] {
                    // A sentence about the power of an account is as true of lesser rights where it has no greater ones.
                    let lesser =
                        [relation::IDENTITY_MAY_WRITE, relation::IDENTITY_MAY_READ, relation::IDENTITY_MAY_USE];
                    let found =
                        lesser.into_iter().map(|right| ends_of(&starts, &[right], facts)).find(|e| !e.is_empty());
                    ends = found.unwrap_or_default();
                }
                let names: Vec<String> = match fact {
                    None => ends.iter().map(|end| name(*end, facts)).collect(),
                    Some(id) => {
                        let mut values: Vec<String> = Vec::new();
                        for end in &ends {
                            let value = facts.text(*end, *id).unwrap_or_else(|| "an unknown value".to_owned());
                            if !values.contains(&value) {
                                values.push(value);
                            }
                        }
                        values
                    }
                };
                if names.is_empty() {
                    out.push_str(match relations.last().map(|r| r.definition().to) {
                        Some(Domain::Boundary) => "no boundary",
                        Some(Domain::Identity) => "its account",
                        Some(Domain::Data) => "its data",
                        Some(Domain::Flow) => "its flows",
                        _ if relations.last().is_some_and(|r| r.definition().id == "runtime_neighbours") => {
                            "whatever else runs there"
                        }
                        _ => "others",
                    });
                } else {
                    let names = list(&names);
                    // "the over-privileged {identity}" brings its own article.
                    let bare = if article_before(&out) {
                        ["the ", "an ", "a "].iter().find_map(|article| names.strip_prefix(article))
                    } else {
                        None
                    };
                    out.push_str(bare.unwrap_or(&names));
                }
            }
        }
    }
    sentence_case(&out)
}

fn ends_of(
    starts: &[ElementRef],
    relations: &[vauban_model::vocabulary::Relation],
    facts: &Facts<'_>,
) -> Vec<ElementRef> {
    let mut ends = Vec::new();
    for start in starts {
        for end in facts.index.walk(*start, relations) {
            if !ends.contains(&end) {
                ends.push(end);
            }
        }
    }
    ends
}

/// The name of an element in a sentence; a flow that has none of its own is told by its ends.
pub fn name(element: ElementRef, facts: &Facts<'_>) -> String {
    let entry_name = facts.model.name(element);
    if element.domain == Domain::Flow
        && let Some(flow) = facts.model.flows.get(element.at())
    {
        let end =
            |component| with_article(facts.model.name(ElementRef { domain: Domain::Component, index: component }));
        let own = |component: u32| facts.model.components.get(component as usize).map(|c| &*c.element.name);
        // A name that only joins those of the two ends says nothing that the ends do not.
        let joined = own(flow.source)
            .zip(own(flow.target))
            .and_then(|(from, to)| flow.element.name.strip_prefix(from)?.strip_prefix(" to ").map(|rest| rest == to))
            .unwrap_or(false);
        if joined || !flow.element.has_name() || entry_name.contains("->") {
            return format!("the flow from {} to {}", end(flow.source), end(flow.target));
        }
        return format!("{entry_name} ({} to {})", end(flow.source), end(flow.target));
    }
    if element.domain == Domain::Data { entry_name.to_owned() } else { with_article(entry_name) }
}

/// A name such as `admin portal` is what a thing is called, not its proper name, and reads with an article; ids,
/// `Admin portal` and `our bank` stay as they are.
fn with_article(name: &str) -> String {
    const DETERMINERS: [&str; 16] = [
        "the", "a", "an", "our", "their", "its", "my", "your", "all", "any", "each", "every", "no", "some", "other",
        "another",
    ];
    let described = name.split_once(' ').is_some_and(|(first, rest)| {
        first.starts_with(char::is_lowercase)
            && first.chars().all(|c| c.is_alphabetic() || c == '-')
            && rest.starts_with(char::is_lowercase)
            && !DETERMINERS.contains(&first)
    });
    if described { format!("the {name}") } else { name.to_owned() }
}

/// Whether a text ends with an article, or an article and one word more.
fn article_before(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace().rev();
    let mut is_article =
        || words.next().is_some_and(|word| matches!(word.to_ascii_lowercase().as_str(), "the" | "a" | "an" | "its"));
    text.ends_with(' ') && (is_article() || is_article())
}

/// `a, b and c`, or `a, b, c and 4 more`.
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        _ if names.len() > MAX_NAMES + 1 => {
            format!("{} and {} more", names[..MAX_NAMES].join(", "), names.len() - MAX_NAMES)
        }
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn data_names(data: &[u32], facts: &Facts<'_>) -> String {
    let names: Vec<String> =
        data.iter().map(|d| facts.model.name(ElementRef { domain: Domain::Data, index: *d }).to_owned()).collect();
    if names.is_empty() { "its data".to_owned() } else { list(&names) }
}

fn sentence_case(text: &str) -> String {
    let mut chars = text.trim().chars();
    match chars.next() {
        // An id such as `orders-db` keeps its spelling; a sentence that starts with one still reads well.
        Some('t') if text.starts_with("the ") => format!("T{}", chars.as_str()),
        Some(first) => format!("{first}{}", chars.as_str()),
        None => String::new(),
    }
}

/// The data at stake at an element, most sensitive first, at most 64.
pub fn data_at_stake(element: ElementRef, facts: &Facts<'_>) -> Vec<u32> {
    let mut list: Vec<u32> = match element.domain {
        Domain::Component => facts.row(relation::COMPONENT_DATA, element.at()).to_vec(),
        Domain::Flow => facts.row(relation::FLOW_DATA, element.at()).to_vec(),
        Domain::Data => vec![element.index],
        Domain::Boundary => {
            let members = facts.row(relation::BOUNDARY_MEMBERS, element.at()).iter().take(64);
            members.flat_map(|c| facts.row(relation::COMPONENT_DATA, *c as usize).iter().copied()).collect()
        }
        Domain::Identity => [
            relation::IDENTITY_MAY_ADMINISTER,
            relation::IDENTITY_MAY_WRITE,
            relation::IDENTITY_MAY_READ,
            relation::IDENTITY_MAY_USE,
        ]
        .iter()
        .flat_map(|relation| facts.row(*relation, element.at()).iter().take(64))
        .flat_map(|c| facts.row(relation::COMPONENT_DATA, *c as usize).iter().copied())
        .collect(),
        Domain::System => (0..u32::try_from(facts.count(Domain::Data)).unwrap_or(u32::MAX)).collect(),
    };
    let class = |data: u32| facts.symbol(Domain::Data, fact::CLASSIFICATION, data as usize).unwrap_or(0);
    list.sort_by_key(|data| (std::cmp::Reverse(class(*data)), *data));
    list.dedup();
    list.truncate(64);
    list
}
