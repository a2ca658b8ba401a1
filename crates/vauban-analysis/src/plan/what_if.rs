//! A model changed in one's hands: controls, flows and permissions added or taken away, and what that does.

use vauban_model::did_you_mean;
use vauban_model::finding::{Applies, CloudStep};
use vauban_model::model::{ControlStatement, Element, ElementRef, Fact, Flow, Model, Origin, Value};
use vauban_model::report::Analysis;
use vauban_model::state::State;
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_rules::facts::Facts;

use super::candidates::takes_over;
use crate::analyse::analyse;
use crate::compare::{Change, Side, compare_sides};
use crate::session::Session;

/// One change, in the words of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Put a control in place: `control@element`.
    Add(String),
    /// Take a control away: `control@element`.
    Remove(String),
    /// Draw a flow: `a -> b`.
    AddFlow(String),
    /// Take a flow away: its id, or `a -> b`.
    RemoveFlow(String),
    /// Take permissions away: `threat@identity` for those that a finding rests on, `identity -> element` for all that an
    /// identity may do there.
    Deny(String),
    /// Give a permission: `identity -> component: read`, `write` or `administer`.
    Allow(String),
}

/// Why a change cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

fn error(message: String, help: impl Into<String>) -> EditError {
    EditError { message, help: help.into() }
}

/// What changes do.
#[derive(Debug)]
pub struct WhatIf {
    /// The changed model.
    pub model: Model,
    /// What is said of it.
    pub analysis: Analysis,
    /// The differences, worse ones first.
    pub changes: Vec<Change>,
}

/// Makes changes to the model of a session, one after the other, and compares.
pub fn what_if(session: &Session, edits: &[Edit]) -> Result<WhatIf, EditError> {
    let mut model = session.project.model.clone();
    let mut steps = session.project.steps.clone();
    for edit in edits {
        apply(session, &mut model, &mut steps, edit)?;
    }
    let library = &session.library.library;
    let analysis = analyse(&model, &steps, library, &session.project.methodology, &session.decisions, &session.options);
    let changes = compare_sides(session.into(), Side { model: &model, library, analysis: &analysis });
    Ok(WhatIf { model, analysis, changes })
}

fn apply(session: &Session, model: &mut Model, steps: &mut Vec<CloudStep>, edit: &Edit) -> Result<(), EditError> {
    match edit {
        Edit::Add(text) => {
            let (control, element) = control_at(session, model, text)?;
            let before = model.clone();
            let facts = Facts::new(&before, &session.library.library);
            put(model, steps, control, element, &facts);
            Ok(())
        }
        Edit::Remove(text) => {
            let (control, element) = control_at(session, model, text)?;
            take_away(session, model, control, element)
        }
        Edit::AddFlow(text) => add_flow(session, model, text),
        Edit::RemoveFlow(text) => remove_flow(model, steps, text),
        Edit::Deny(text) => deny(session, model, steps, text),
        Edit::Allow(text) => allow(session, model, text),
    }
}

/// The control and the place that `control@element` names: a control of the library, by its number, and an element of the
/// model on which it can be stated.
pub fn control_at(session: &Session, model: &Model, text: &str) -> Result<(u32, ElementRef), EditError> {
    let library = &session.library.library;
    let Some((control, place)) = text.split_once('@') else {
        return Err(error(
            format!("`{text}` does not say where"),
            "write `control@element`, such as `mfa@admin-portal`",
        ));
    };
    let Some(control) = library.control(control.trim()) else {
        let known = library.controls.iter().map(|control| &*control.id);
        let help = did_you_mean(control, known)
            .map_or_else(|| "see `vauban library list controls`".to_owned(), |id| format!("did you mean `{id}`?"));
        return Err(error(format!("the library has no control `{control}`"), help));
    };
    let element = element(session, model, place.trim())?;
    let on = library.controls.get(control as usize).map_or(&[][..], |control| &control.on);
    if !on.contains(&element.domain) {
        let kinds: Vec<&str> = on.iter().map(|domain| domain.as_str()).collect();
        let id = library.controls.get(control as usize).map_or("", |control| &*control.id);
        return Err(error(
            format!("the control `{id}` is not stated on a {}", element.domain.as_str()),
            format!("it can be stated on: {}", kinds.join(", ")),
        ));
    }
    Ok((control, element))
}

fn element(session: &Session, model: &Model, name: &str) -> Result<ElementRef, EditError> {
    if name == "system" {
        return Ok(ElementRef::SYSTEM);
    }
    if let Some(flow) = flow(model, name) {
        return Ok(ElementRef::new(Domain::Flow, flow));
    }
    session.element(name).ok_or_else(|| {
        let domains = [Domain::Component, Domain::Identity, Domain::Data, Domain::Boundary, Domain::Flow];
        let ids: Vec<&str> = domains.into_iter().flat_map(|d| model.elements(d)).map(|(_, e)| &*e.id).collect();
        let help = did_you_mean(name, ids.iter().copied())
            .map_or_else(|| "name an element by its id, or `system`".to_owned(), |id| format!("did you mean `{id}`?"));
        error(format!("nothing in the model is called `{name}`"), help)
    })
}

fn ends(text: &str) -> Option<(&str, &str)> {
    let (from, to) = text.split_once("->")?;
    Some((from.trim(), to.trim()))
}

fn component(model: &Model, name: &str) -> Option<u32> {
    let named = |entry: &Element| &*entry.id == name || &*entry.name == name;
    let at = model.components.iter().position(|component| named(&component.element))?;
    u32::try_from(at).ok()
}

/// A flow by its id, or by its ends where only one flow joins them.
fn flow(model: &Model, text: &str) -> Option<usize> {
    if let Some(at) = model.flows.iter().position(|flow| &*flow.element.id == text) {
        return Some(at);
    }
    let (from, to) = ends(text)?;
    let (from, to) = (component(model, from)?, component(model, to)?);
    let mut found = model.flows.iter().enumerate().filter(|(_, flow)| flow.source == from && flow.target == to);
    let (at, _) = found.next()?;
    found.next().is_none().then_some(at)
}

/// States a control on an element, and takes back whatever says that it lacks there or inside. Permissions that the control
/// stops (least privilege on an identity) are stopped.
pub(crate) fn put(model: &mut Model, steps: &mut [CloudStep], control: u32, element: ElementRef, facts: &Facts<'_>) {
    let Some(id) = facts.library.controls.get(control as usize).map(|control| control.id.clone()) else { return };
    let same = |statement: &ControlStatement| facts.library.control(&statement.control) == Some(control);
    for domain in Domain::ALL {
        for at in 0..model.count(domain) {
            let place = ElementRef::new(domain, at);
            if takes_over(place, element, facts)
                && let Some(entry) = model.get_mut(place)
            {
                entry.controls.retain(|statement| statement.present || !same(statement));
            }
        }
    }
    if let Some(entry) = model.get_mut(element) {
        let span = entry.span;
        entry.controls.retain(|statement| !same(statement));
        entry.controls.push(ControlStatement { control: id, present: true, origin: Origin::Stated, span, note: None });
    }
    for step in steps {
        let uses = step.threat.and_then(|threat| facts.library.rules.get(threat as usize));
        let reached = takes_over(step.element, element, facts);
        for used in uses.map_or(&[][..], |rule| &rule.controls).iter().filter(|used| used.control == control) {
            if reached && used.walk.is_empty() {
                match used.weakens {
                    None => step.applies = Applies::Stopped,
                    Some(levels) => step.hindered_by.push((levels, "a control of the plan".into())),
                }
            }
        }
    }
}

fn take_away(session: &Session, model: &mut Model, control: u32, element: ElementRef) -> Result<(), EditError> {
    let library = &session.library.library;
    let before = model.clone();
    let facts = Facts::new(&before, library);
    let id = library.controls.get(control as usize).map_or_else(Box::default, |control| control.id.clone());
    if facts.has(element.domain, control, element.at()) != vauban_rules::bits::Truth::True {
        let help = "nothing to take away; `vauban explain` says which controls are there";
        return Err(error(format!("`{}` does not have the control `{id}`", model.id(element)), help));
    }
    if let Some(entry) = model.get_mut(element) {
        let span = entry.span;
        entry.controls.retain(|statement| library.control(&statement.control) != Some(control));
        entry.controls.push(ControlStatement { control: id, present: false, origin: Origin::Stated, span, note: None });
    }
    Ok(())
}

fn add_flow(session: &Session, model: &mut Model, text: &str) -> Result<(), EditError> {
    let Some((from, to)) = ends(text) else {
        return Err(error(format!("`{text}` is no flow"), "write `source -> target`"));
    };
    let find = |name: &str| match element(session, model, name)? {
        ElementRef { domain: Domain::Component, index } => Ok(index),
        _ => Err(error(format!("`{name}` is no component"), "a flow runs from a component to a component")),
    };
    let (source, target) = (find(from)?, find(to)?);
    let span = model.system.span;
    let mut id = format!("{from}->{to}");
    while model.flows.iter().any(|flow| *flow.element.id == *id) {
        id.push('\'');
    }
    model.flows.push(Flow { element: Element::new(id, text, span), source, target });
    Ok(())
}

fn remove_flow(model: &mut Model, steps: &mut Vec<CloudStep>, text: &str) -> Result<(), EditError> {
    let Some(at) = flow(model, text) else {
        let ids = model.flows.iter().map(|flow| &*flow.element.id);
        let help = did_you_mean(text, ids).map_or_else(
            || "name a flow by its id, or by `source -> target` where only one joins them".to_owned(),
            |id| format!("did you mean `{id}`?"),
        );
        return Err(error(format!("there is no flow `{text}`"), help));
    };
    let gone = model.flows.remove(at);
    // The numbers of the flows behind it move up.
    let at = u32::try_from(at).unwrap_or(u32::MAX);
    let lost = |element: ElementRef| element.domain == Domain::Flow && element.index == at;
    let moved = |element: ElementRef| match element {
        ElementRef { domain: Domain::Flow, index } if index > at => {
            ElementRef { domain: Domain::Flow, index: index - 1 }
        }
        other => other,
    };
    let (from, to) = (
        ElementRef { domain: Domain::Component, index: gone.source },
        ElementRef { domain: Domain::Component, index: gone.target },
    );
    steps.retain(|step| {
        let states = || step.needs.iter().flatten().chain(&step.gains);
        let network = &*step.consequence == "network-path" && step.element == from && step.target == to;
        !network && !lost(step.element) && !lost(step.target) && !states().any(|state| lost(state.element))
    });
    for step in steps {
        step.element = moved(step.element);
        step.target = moved(step.target);
        for binding in &mut step.bindings {
            binding.element = binding.element.filter(|element| !lost(*element)).map(moved);
        }
        let state = |state: &mut State| state.element = moved(state.element);
        step.needs.iter_mut().flatten().chain(&mut step.gains).for_each(state);
        step.evidence.retain(|evidence| !lost(evidence.element));
        step.evidence.iter_mut().for_each(|evidence| evidence.element = moved(evidence.element));
    }
    model.drawings.clear();
    Ok(())
}

fn deny(session: &Session, model: &mut Model, steps: &mut Vec<CloudStep>, text: &str) -> Result<(), EditError> {
    let before = steps.len();
    let mut rights = 0;
    if let Some((from, to)) = ends(text) {
        let (who, what) = (element(session, model, from)?, element(session, model, to)?);
        if who.domain != Domain::Identity {
            return Err(error(format!("`{from}` is no identity"), "permissions are those of identities"));
        }
        steps.retain(|step| step.element != who || step.target != what);
        if let Some(entry) = model.get_mut(who) {
            for right in [fact::MAY_READ, fact::MAY_WRITE, fact::MAY_ADMINISTER] {
                for fact in entry.facts.iter_mut().filter(|fact| fact.id == right) {
                    if let Value::References(list) = &mut fact.value
                        && what.domain == Domain::Component
                        && list.contains(&what.index)
                    {
                        rights += 1;
                        *list = list.iter().copied().filter(|index| *index != what.index).collect();
                    }
                }
            }
        }
    } else if let Some((threat, who)) = text.split_once('@') {
        let who = element(session, model, who)?;
        let threats = &session.library.library.threats;
        steps.retain(|step| {
            let own = step.threat.and_then(|at| threats.get(at as usize));
            step.element != who || own.is_none_or(|own| *own.id != *threat)
        });
    } else {
        let help = "write `threat@identity` as a finding does, or `identity -> element`";
        return Err(error(format!("`{text}` does not say which permission"), help));
    }
    if steps.len() == before && rights == 0 {
        return Err(error(
            format!("no permission is what `{text}` says"),
            "`vauban paths` and `vauban can` show who may do what",
        ));
    }
    Ok(())
}

/// The permissions that can be given, by their words.
const RIGHTS: [(&str, FactId); 3] =
    [("read", fact::MAY_READ), ("write", fact::MAY_WRITE), ("administer", fact::MAY_ADMINISTER)];

fn allow(session: &Session, model: &mut Model, text: &str) -> Result<(), EditError> {
    let help = "write `identity -> component: read`, `write` or `administer`";
    let wrong = || error(format!("`{text}` does not say who may do what"), help);
    let (way, word) = text.rsplit_once(':').ok_or_else(wrong)?;
    let (from, to) = ends(way).ok_or_else(wrong)?;
    let word = word.trim();
    let Some((_, right)) = RIGHTS.into_iter().find(|(known, _)| *known == word) else {
        let meant = did_you_mean(word, RIGHTS.iter().map(|(known, _)| *known));
        let help = meant.map_or_else(|| help.to_owned(), |word| format!("did you mean `{word}`?"));
        return Err(error(format!("`{word}` is no permission that can be given here"), help));
    };
    let (who, what) = (element(session, model, from)?, element(session, model, to)?);
    if who.domain != Domain::Identity {
        return Err(error(format!("`{from}` is no identity"), "permissions are those of identities"));
    }
    if what.domain != Domain::Component {
        return Err(error(format!("`{to}` is no component"), "a permission is about a component"));
    }
    let Some(entry) = model.get_mut(who) else { return Err(wrong()) };
    let span = entry.span;
    let mut list: Vec<u32> = match entry.fact(right).map(|fact| &fact.value) {
        Some(Value::References(list)) => list.to_vec(),
        _ => Vec::new(),
    };
    if list.contains(&what.index) {
        return Err(error(format!("`{from}` may {word} `{to}` already"), "there is nothing to add"));
    }
    list.push(what.index);
    entry.set(Fact { id: right, value: Value::References(list.into()), origin: Origin::Stated, span });
    Ok(())
}
