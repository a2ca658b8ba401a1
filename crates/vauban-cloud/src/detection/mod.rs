//! Detection on the way: what would record, watch for or raise an alarm on each step.
//!
//! Three strengths ([`Notice`]). A record (a trail, an audit log, a flow log) says afterwards what was done. Threat
//! detection of a provider looks for misuse of some kinds of call and may take one for ordinary use. An alarm tells somebody:
//! a filter on a log that matches the call, with an alarm that has an action; a rule on the event, with a target; a honey
//! token, whose use has no other meaning. What each takes from the likelihood of a step is the methodology's to say
//! (`detection_levels`), not decided here.
//!
//! What is not sure is never more than a record: a filter on an address that is not known, a rule on calls where no trail is
//! in sight. Each thing sees what happens in its own account, a trail of an organisation everything.

mod aws;
mod clouds;
mod honey;
mod pattern;
mod table;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::finding::{CloudStep, Notice, Sighting};
use vauban_model::model::ElementRef;

use crate::Estate;
use crate::lower::Lowered;

pub use table::Table;

/// Whether something is so; in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    No,
    Maybe,
    Yes,
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Truth::No => Truth::Yes,
            Truth::Maybe => Truth::Maybe,
            Truth::Yes => Truth::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(yes: bool) -> Self {
        if yes { Truth::Yes } else { Truth::No }
    }
}

/// What is asked of everything that could see a step.
pub(super) struct Act<'s> {
    /// The permissions that are used.
    actions: Vec<&'s str>,
    /// The name of the consequence, for what is no call.
    consequence: &'s str,
    /// Names of who takes the step.
    by: Vec<&'s str>,
    /// Names of what it is taken on.
    on: Vec<&'s str>,
    /// The account of who takes it and of what it is taken on.
    accounts: [Option<ElementRef>; 2],
    /// The resources of who takes it, what it leads to and what it goes through.
    resources: Vec<u32>,
}

/// Where to look things up.
pub(super) struct World<'a> {
    pub(super) estate: &'a Estate<'a>,
    pub(super) lowered: &'a Lowered,
    pub(super) table: &'a Table,
    /// By resource: the names it goes by.
    names: FxHashMap<u32, Vec<String>>,
    /// By element: the resource that it is.
    resource_of: FxHashMap<ElementRef, u32>,
}

/// Something that sees steps.
pub(super) trait Eye {
    /// How it sees an act; nothing when it does not.
    fn sees(&self, act: &Act<'_>, world: &World<'_>) -> Option<Sighting>;
}

/// A thing that sees, as it is told.
#[derive(Clone, Debug)]
pub(super) struct Seer {
    pub(super) by: Arc<str>,
    pub(super) span: Span,
    /// The account it sees; nothing for every one.
    pub(super) account: Option<ElementRef>,
}

impl Seer {
    pub(super) fn new(world: &World<'_>, at: u32, what: &str) -> Self {
        let resource = world.estate.resource(at);
        let by = format!("{what} `{}`", world.name(at)).into();
        Seer { by, span: resource.span, account: world.account(at) }
    }

    pub(super) fn says(&self, how: Notice) -> Sighting {
        Sighting { by: Arc::clone(&self.by), how, span: self.span }
    }

    /// Whether the act happens where this looks.
    pub(super) fn covers(&self, act: &Act<'_>) -> bool {
        self.account.is_none() || act.accounts.contains(&self.account)
    }
}

impl<'a> World<'a> {
    fn new(estate: &'a Estate<'a>, lowered: &'a Lowered, table: &'a Table) -> Self {
        let mut names: FxHashMap<u32, Vec<String>> = FxHashMap::default();
        let mut resource_of = FxHashMap::default();
        for (at, element) in (0u32..).zip(&lowered.element_of) {
            let Some(element) = *element else { continue };
            let resource = estate.resource(at);
            let mut own = vec![resource.address.to_string()];
            for path in ["name", "function_name", "bucket", "account_id", "metadata.name"] {
                if let Some(name) = resource.get(path) {
                    let name = estate.render(name);
                    // Short names occur in every text.
                    if name.len() > 3 && !name.starts_with("${") && !own.contains(&name) {
                        own.push(name);
                    }
                }
            }
            names.insert(at, own);
            // What is folded into another element is not that element.
            if lowered.model.id(element) == &*resource.address {
                resource_of.insert(element, at);
            }
        }
        World { estate, lowered, table, names, resource_of }
    }

    /// A name for people.
    pub(super) fn name(&self, at: u32) -> String {
        let resource = self.estate.resource(at);
        let named = ["name", "display_name", "metadata.name"].iter().find_map(|path| resource.get(path));
        let named = named.map(|name| self.estate.render(name)).filter(|name| !name.is_empty() && !name.contains("${"));
        named.unwrap_or_else(|| resource.name.to_string())
    }

    /// The account, project or subscription that a resource lies in.
    pub(super) fn account(&self, at: u32) -> Option<ElementRef> {
        if let Some(place) = self.estate.scopes().account_of(at) {
            return self.lowered.place_of.get(&place).copied();
        }
        let resource = self.estate.resource(at);
        let cloud = crate::lower::cloud_of(&resource.ty)?;
        let scope = resource.scope.rsplit('.').next().unwrap_or_default();
        let accounts = &self.lowered.account_of;
        let named = format!("{cloud}:{scope}");
        accounts.get(&*named).or_else(|| accounts.get(cloud)).copied()
    }

    /// Whether a value names one of these: a reference to it that is not stated, or its name as a whole word.
    pub(super) fn names_one(value: &str, names: &[&str]) -> bool {
        names.iter().any(|name| {
            // Searching costs more than all else here, and most names are longer than what queries hold.
            let fits = name.len() < value.len();
            value == *name
                || fits
                    && value.match_indices(name).any(|(at, _)| {
                        let part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
                        let before = value.get(..at).unwrap_or_default();
                        let after = value.get(at + name.len()..).unwrap_or_default();
                        !before.ends_with(part) && !after.starts_with(part)
                    })
        })
    }

    fn act<'s>(&'s self, step: &'s CloudStep) -> Act<'s> {
        let mut actions: Vec<&str> = Vec::new();
        if step.threat.is_some() || &*step.consequence == "sets-condition" {
            let label = step.label.split(": ").next().unwrap_or_default();
            let label = if step.label.contains(": ") { label } else { &step.label };
            actions.extend(label.split(", ").flat_map(|part| part.split(" and ")).filter(|action| !action.is_empty()));
        }
        let principal = self.resource_of.get(&step.element).copied();
        let mut others: Vec<u32> = Vec::new();
        let elements = step.bindings.iter().filter_map(|binding| binding.element);
        for element in elements.chain([step.target]).chain(step.gains.iter().map(|gain| gain.element)) {
            if let Some(at) = self.resource_of.get(&element)
                && Some(*at) != principal
                && !others.contains(at)
                && others.len() < 16
            {
                others.push(*at);
            }
        }
        if &*step.consequence == "trusts" {
            let target = others.first().copied().unwrap_or_default();
            if self.estate.inventory.resources.get(target as usize).is_some_and(|role| role.ty.starts_with("aws_")) {
                actions.push("sts:AssumeRole");
            }
        }
        let names = |at: &u32| self.names.get(at).into_iter().flatten().map(String::as_str);
        let account = |at: Option<u32>| at.and_then(|at| self.account(at));
        Act {
            actions,
            consequence: &step.consequence,
            by: principal.iter().flat_map(names).collect(),
            on: others.iter().flat_map(names).collect(),
            accounts: [account(principal), account(others.first().copied())],
            resources: principal.into_iter().chain(others).collect(),
        }
    }
}

/// Most things that are told to see one step.
const MOST_TOLD: usize = 6;

/// Says on each step what would see it.
pub fn watch(estate: &Estate<'_>, lowered: &Lowered, table: &Table, steps: &mut [CloudStep]) {
    let world = World::new(estate, lowered, table);
    let mut eyes: Vec<Box<dyn Eye + '_>> = Vec::new();
    aws::eyes(&world, &mut eyes);
    clouds::eyes(&world, &mut eyes);
    honey::eyes(&world, &mut eyes);
    if eyes.is_empty() {
        return;
    }
    for step in steps.iter_mut() {
        // What simply follows is no act of its own that anybody could see.
        let seen = step.threat.is_some()
            || matches!(&*step.consequence, "network-path" | "trusts" | "sets-condition" | "escapes-to-host");
        if !seen {
            continue;
        }
        let mut list: Vec<Sighting> = {
            let act = world.act(step);
            eyes.iter().filter_map(|eye| eye.sees(&act, &world)).collect()
        };
        list.sort_by_key(|seen| std::cmp::Reverse(seen.how));
        list.truncate(MOST_TOLD);
        step.seen_by = list;
    }
}
