//! Threats of the library that rest on permissions, for every principal that has them; and what simply follows from
//! accounts, groups, triggers, logins and the network.
//!
//! A grant is evaluated for each principal that is not an administrator of its account anyway. Its variables are bound one
//! after the other; a permission is asked for as soon as everything it speaks of is bound, so that what cannot be is
//! dropped early. Nobody is held against everything: [`Rights::reach`] names the resources that a permission may hold on at
//! all, by what policies say, so that the cost is that of the combinations that come close to being true.

mod bind;
mod claims;
mod clusters;
mod nodes;
mod order;
mod pipelines;
mod structure;
mod walk;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::finding::{Applies, Binding, CloudStep, Evidence};
use vauban_model::library::{Bind, BindCondition, Cloud, Grant, Maturity, Permission, Threat};
use vauban_model::model::{ElementRef, Origin};
use vauban_model::state::{State, Verb};
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, Span};

use crate::Estate;
use crate::flows::InferredFlow;
use crate::lower::Lowered;
use crate::network::Network;
use crate::permissions::{Answer, Deputy, Foreigner, PrincipalKind, Reach, Request, Rights, Settable, Target, Verdict};

use bind::Chosen;
use order::{Order, of_service};
use walk::Walks;

/// Everything the steps are made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a, 'r> {
    /// The inventory.
    pub estate: &'a Estate<'r>,
    /// The model it became.
    pub lowered: &'a Lowered,
    /// Who may do what.
    pub rights: &'a Rights<'r>,
    /// Flows that were inferred.
    pub flows: &'a [InferredFlow],
    /// Ways through the network.
    pub network: &'a Network,
    /// The library's threats.
    pub threats: &'a [Threat],
    /// The element that stands for the internet.
    pub internet: Option<ElementRef>,
}

/// Steps of one grant at one principal at the most, as long as all together are fewer than [`MOST_TOGETHER`]. What is left
/// out is told.
const MOST_STEPS: usize = 20_000;

/// When there are so many steps, a grant gives [`FEWEST_STEPS`] for each further principal at the most: time and memory
/// stay bounded.
const MOST_TOGETHER: usize = 200_000;

/// Steps that a grant may give for any principal, however many there are already.
const FEWEST_STEPS: usize = 500;

/// How many steps one grant may give for the next principal.
fn most_steps(before: usize) -> usize {
    MOST_TOGETHER.saturating_sub(before).clamp(FEWEST_STEPS, MOST_STEPS)
}

/// What was left out, by principal: how many targets were not looked at.
type LeftOut = std::cell::RefCell<BTreeMap<u32, usize>>;

/// All steps, in a fixed order: what follows by itself, then grants by principal and threat; and what there is to say of
/// steps that were not made.
pub fn steps(inputs: &Inputs<'_, '_>) -> (Vec<CloudStep>, Vec<Diagnostic>) {
    let left_out = LeftOut::default();
    let walks = Walks::new(inputs);
    let mut granted_by_resources: FxHashMap<&str, bool> = FxHashMap::default();
    for action in
        inputs.threats.iter().filter_map(|threat| threat.grant.as_ref()).flat_map(|grant| &grant.permissions).flatten()
    {
        let action = bare(action);
        granted_by_resources.entry(action).or_insert_with(|| inputs.rights.in_resource_policies(action));
    }
    let mut out = Vec::new();
    let rulers = structure::accounts(inputs, &mut out);
    let administrators = &rulers.everywhere;
    let rules =
        |at: &u32| administrators.contains(at) || rulers.places.get(at).is_some_and(|places| !places.is_empty());
    let worst: FxHashSet<u32> =
        (0u32..).zip(inputs.rights.principals()).filter(|(at, _)| rules(at)).map(|(_, it)| it.resource).collect();
    structure::outsiders(inputs, &mut out);
    structure::builds(inputs, &mut out);
    structure::default_editors(inputs, &mut out);
    structure::groups(inputs, &mut out);
    structure::directory(inputs, &mut out);
    structure::signed_calls(inputs, administrators, &left_out, &mut out);
    structure::triggers(inputs, &mut out);
    structure::logins(inputs, &mut out);
    structure::network(inputs, &mut out);
    structure::open_stores(inputs, &mut out);
    structure::contents(inputs, &mut out);
    nodes::steps(inputs, &mut out);
    clusters::steps(inputs, &mut out);
    pipelines::steps(inputs, &mut out);
    let orders: Vec<Order> = inputs
        .threats
        .iter()
        .map(|threat| threat.grant.as_ref().map_or_else(Order::default, |it| Order::of(inputs, it)))
        .collect();
    let mut wanted: Vec<Settable> = Vec::new();
    let evaluator_of = |threat, grant, order, principal, element| Evaluator {
        inputs,
        walks: &walks,
        granted_by_resources: &granted_by_resources,
        grant,
        order,
        threat,
        principal,
        element,
        worst: &worst,
        left_out: &left_out,
        ruled: &[],
        elsewhere: false,
        foreigner: None,
    };
    for (at, principal) in (0u32..).zip(inputs.rights.principals()) {
        let Some(element) = inputs.lowered.element(principal.resource) else { continue };
        for ((threat, entry), order) in (0u32..).zip(inputs.threats).zip(&orders) {
            let Some(grant) = entry.grant.as_ref().filter(|_| entry.maturity != Maturity::Deprecated) else { continue };
            // Tags are changed where a condition asks for it; see `settings`.
            let beside = changes_tags(grant)
                || grant.anyone
                || grant.outside
                || grant.builds.is_some()
                || inputs.rights.is_agent(at);
            if grant.cloud != principal.cloud || beside {
                continue;
            }
            // Who controls the account has all this already, unless it is about what lies elsewhere.
            let rules_all = administrators.contains(&at)
                && grant.cloud != Cloud::Azure
                && (!of_access(grant) || inputs.rights.may_everything(at));
            let elsewhere = rules_all && grant.cloud == Cloud::Aws && inputs.rights.several_accounts();
            if rules_all && !elsewhere {
                continue;
            }
            let ruled: &[u32] =
                if rules_account(grant) { &[] } else { rulers.places.get(&at).map_or(&[][..], Vec::as_slice) };
            let evaluator = Evaluator { ruled, elsewhere, ..evaluator_of(threat, grant, order, at, element) };
            evaluator.run(&mut out, &mut wanted);
        }
    }
    for foreigner in inputs.rights.foreigners() {
        let Some(element) = inputs.lowered.outsider_of.get(&foreigner.name).copied() else { continue };
        let mut own = Vec::new();
        for ((threat, entry), order) in (0u32..).zip(inputs.threats).zip(&orders) {
            let Some(grant) = entry.grant.as_ref().filter(|_| entry.maturity != Maturity::Deprecated) else { continue };
            if grant.cloud != Cloud::Aws || changes_tags(grant) || grant.anyone || grant.builds.is_some() {
                continue;
            }
            let evaluator =
                Evaluator { foreigner: Some(&foreigner), ..evaluator_of(threat, grant, order, ANYONE, element) };
            evaluator.run(if grant.outside { &mut out } else { &mut own }, &mut wanted);
        }
        structure::admitted(own, &mut out);
    }
    if let Some(element) = inputs.internet {
        for ((threat, entry), order) in (0u32..).zip(inputs.threats).zip(&orders) {
            let Some(grant) = entry.grant.as_ref().filter(|grant| grant.anyone) else { continue };
            evaluator_of(threat, grant, order, ANYONE, element).run(&mut out, &mut wanted);
        }
    }
    entrusted(inputs, &mut out);
    once_for_groups(inputs, &mut out);
    settings(inputs, administrators, &mut wanted, &mut out);
    clusters::with_content(inputs, &mut out);
    // Whoever changes what an application handles has not changed its code: that takes a right that is about code.
    let altered: FxHashSet<ElementRef> = out
        .iter()
        .filter(|step| step.threat.is_some())
        .flat_map(|step| step.gains.iter().filter(|gain| gain.verb == Verb::Alter).map(|gain| gain.element))
        .collect();
    out.retain(|step| &*step.consequence != structure::CHANGED_CODE || altered.contains(&step.element));
    (out, diagnostics(inputs, &left_out.into_inner()))
}

/// Whom a pool lets in as an account, by the role that is made for that: a trust, and no way up.
fn entrusted(inputs: &Inputs<'_, '_>, out: &mut [CloudStep]) {
    let outside: FxHashSet<ElementRef> = inputs
        .rights
        .principals()
        .iter()
        .filter(|one| one.kind == PrincipalKind::Outside)
        .filter_map(|one| inputs.lowered.element(one.resource))
        .collect();
    if outside.is_empty() {
        return;
    }
    for step in out.iter_mut().filter(|step| step.threat.is_some() && outside.contains(&step.element)) {
        let by_design = step.evidence.iter().all(|piece| piece.value.starts_with(ADMITTED_BY));
        let acts = step.gains.iter().all(|gain| gain.verb == Verb::ActAs && gain.element.domain == Domain::Identity);
        if by_design && acts && !step.evidence.is_empty() {
            step.threat = None;
            step.consequence = "trusts".into();
        }
    }
}

/// The role by which a service account admits identities of a pool.
const ADMITTED_BY: &str = "roles/iam.workloadIdentityUser by ";

/// What a group may do is told of the group, and not of each of its members again; they have it by being in it.
fn once_for_groups(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    type Key = (Option<u32>, ElementRef, Vec<State>, bool);
    let principals = inputs.rights.principals();
    let element = |at: u32| inputs.lowered.element(principals.get(at as usize)?.resource);
    let mut groups: FxHashMap<ElementRef, Vec<ElementRef>> = FxHashMap::default();
    for at in (0u32..).take(principals.len()) {
        // A member that is denied some of it does not have the rest by being in it: see `structure::groups`.
        let whole = inputs.rights.groups_of(at).iter().filter(|group| !inputs.rights.is_denied_beside(at, **group));
        let of: Vec<ElementRef> = whole.filter_map(|group| element(*group)).collect();
        if let Some(member) = element(at).filter(|_| !of.is_empty()) {
            groups.insert(member, of);
        }
    }
    if groups.is_empty() {
        return;
    }
    let holders: FxHashSet<ElementRef> = groups.values().flatten().copied().collect();
    let key = |step: &CloudStep, of: ElementRef, applies: Applies| -> Key {
        (step.threat, of, step.gains.clone(), applies == Applies::Fires)
    };
    let of_groups: FxHashSet<Key> = out
        .iter()
        .filter(|step| step.threat.is_some() && holders.contains(&step.element))
        .map(|step| key(step, step.element, step.applies))
        .collect();
    out.retain(|step| {
        step.threat.is_none()
            || !groups.get(&step.element).into_iter().flatten().any(|group| {
                of_groups.contains(&key(step, *group, Applies::Fires))
                    || step.applies == Applies::Asks && of_groups.contains(&key(step, *group, Applies::Asks))
            })
    });
}

/// The action of a permission without the mark before it.
fn bare(permission: &Permission) -> &str {
    permission.action.trim_start_matches(['?', '=', '!', ' '])
}

/// What there is to say of steps that were not made.
fn diagnostics(inputs: &Inputs<'_, '_>, left_out: &BTreeMap<u32, usize>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    if structure::is_cut(inputs) {
        let message = "so many things share one network that not every way between them is followed";
        out.push(
            Diagnostic::warning_without_place("network-too-large", message).help(
                "paths through this network may be missing; check its parts one by one, or put them into subnets",
            ),
        );
    }
    if inputs.network.cut {
        let message = "filters of the network have so many rules that not all of them are judged";
        out.push(
            Diagnostic::warning_without_place("too-many-rules", message)
                .help("what is open may be missing; check its parts one by one, or make the rules fewer"),
        );
    }
    let help = "findings and paths may be missing; check its parts one by one";
    for (principal, count) in left_out.iter().take(MOST_TOLD) {
        let resource =
            inputs.rights.principals().get(*principal as usize).map(|it| inputs.estate.resource(it.resource));
        let name = resource.map_or("anybody".to_owned(), |it| format!("`{}`", it.address));
        let message = format!("{name} may use so much that {count} of it are not looked at");
        out.push(match resource {
            Some(resource) => Diagnostic::warning("too-many-targets", resource.span, message).help(help),
            None => Diagnostic::warning_without_place("too-many-targets", message).help(help),
        });
    }
    if left_out.len() > MOST_TOLD {
        let message =
            format!("{} more principals may use so much that not all of it is looked at", left_out.len() - MOST_TOLD);
        out.push(Diagnostic::warning_without_place("too-many-targets", message).help(help));
    }
    out
}

/// Principals that are named when not all of what they may use is looked at.
const MOST_TOLD: usize = 5;

/// Whether a grant is about access to a project itself: what makes an administrator.
fn of_access(grant: &Grant) -> bool {
    grant.cloud == Cloud::Gcp && grant.permissions.iter().flatten().any(|one| one.on.as_deref() == Some("account"))
}

/// Whether a grant ends in control of an account.
fn rules_account(grant: &Grant) -> bool {
    grant.gains.iter().any(|gain| gain.verb == Verb::Administer && &*gain.on == "account")
}

/// Whether a permission is one over the directory of Azure.
fn is_entra(permission: &Permission) -> bool {
    permission.action.starts_with("entra:")
}

/// Whether a grant only changes labels.
fn changes_tags(grant: &Grant) -> bool {
    !grant.gains.is_empty() && grant.gains.iter().all(|gain| gain.verb == Verb::Tag)
}

/// Actions that write the rights of a principal: what they give counts within its upper bound.
///
/// Source: Service Authorization Reference of AWS Identity and Access Management.
const RIGHTS: [&str; 8] = [
    "iam:PutUserPolicy",
    "iam:PutRolePolicy",
    "iam:PutGroupPolicy",
    "iam:AttachUserPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachGroupPolicy",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
];

/// Users that are looked at as members of a group at the most, for each who may add some.
const MOST_MEMBERS: usize = 1_000;

/// In the place of a principal: anybody.
const ANYONE: u32 = u32::MAX;

/// One grant at one principal.
struct Evaluator<'e, 'i, 'r> {
    inputs: &'e Inputs<'i, 'r>,
    walks: &'e Walks,
    /// By action: whether some resource's own policy grants it.
    granted_by_resources: &'e FxHashMap<&'e str, bool>,
    grant: &'e Grant,
    order: &'e Order,
    threat: u32,
    principal: u32,
    element: ElementRef,
    /// Projects and subscriptions that the principal controls anyway: what is in them is no news.
    ruled: &'e [u32],
    /// Whether the principal controls its account of AWS anyway, so that only what lies in others is news.
    elsewhere: bool,
    /// Resources that stand for administrators: looked at first where not all can be.
    worst: &'e FxHashSet<u32>,
    left_out: &'e LeftOut,
    /// Somebody of another account in the place of a principal.
    foreigner: Option<&'e Foreigner>,
}

/// What is known of a combination so far.
#[derive(Clone, Debug, Default)]
struct So {
    unknown: bool,
    evidence: Vec<Evidence>,
    assumptions: Vec<Box<str>>,
    settable: Vec<Settable>,
    used: Vec<Box<str>>,
}

impl Evaluator<'_, '_, '_> {
    fn run(&self, out: &mut Vec<CloudStep>, wanted: &mut Vec<Settable>) {
        let rights = self.inputs.rights;
        // Cheap first: whoever could never take one of the actions is out.
        let possible = self.grant.permissions.iter().all(|choices| {
            choices.iter().any(|permission| {
                permission.by.is_some()
                    || permission.action.starts_with(['?', '=', '!'])
                    || rights.could(self.principal, &permission.action)
                    || self.granted_by_resources.get(&*permission.action) == Some(&true)
            })
        });
        if !self.grant.anyone && !possible {
            return;
        }
        let before = out.len();
        if !self.speaks_of_account() {
            self.from(None, out, wanted, before);
            return;
        }
        // Of each project or subscription by itself, and of the resource groups of those that it is not about.
        let mut whole: Vec<u32> = Vec::new();
        for place in rights.accounts(self.grant.cloud) {
            if self.rules(place) || self.owns(place) {
                continue;
            }
            let so_far = out.len();
            self.from(Some(place), out, wanted, before);
            if out.get(so_far..).is_some_and(|new| new.iter().any(|step| step.applies == Applies::Fires)) {
                whole.push(place);
            }
        }
        if self.grant.cloud == Cloud::Azure && self.grant.permissions.iter().flatten().all(|one| !is_entra(one)) {
            for place in rights.places(self.grant.cloud) {
                let account = rights.account_of_place(place);
                let told = account.is_some_and(|account| whole.contains(&account)) || self.rules(place);
                if account != Some(place) && !told {
                    self.from(Some(place), out, wanted, before);
                }
            }
        }
    }

    /// Whether the principal controls a place anyway, or what is around it.
    fn rules(&self, place: u32) -> bool {
        self.ruled.iter().any(|whole| self.inputs.rights.lies_in(place, *whole))
    }

    /// Whether it is about access that the principal has anyway as the owner of a project: what lies around the project is
    /// another matter.
    fn owns(&self, place: u32) -> bool {
        // No role lists this: of the table's roles only Owner, which allows everything, allows it. Editor leaves the last
        // word out, and Security Admin only sets policies. A test holds the table to it.
        const EVERYTHING: &str = "everything.accessViaIAP";
        let of_project = |permission: &Permission| {
            let action = bare(permission);
            action.starts_with("resourcemanager.projects.") || action == "iam.roles.update"
        };
        self.grant.cloud == Cloud::Gcp
            && self.grant.permissions.iter().flatten().all(of_project)
            && self.inputs.rights.can(self.principal, EVERYTHING, Target::Place(place), &Request::default()).answer
                == Answer::Allowed
    }

    /// Whether it speaks of an account of Google Cloud or Azure, of which there may be several.
    fn speaks_of_account(&self) -> bool {
        let states = self.grant.gains.iter().chain(self.grant.needs.iter().flatten());
        matches!(self.grant.cloud, Cloud::Gcp | Cloud::Azure)
            && !self.grant.anyone
            && (states.into_iter().any(|state| &*state.on == "account")
                || self.grant.permissions.iter().flatten().any(|one| one.on.as_deref() == Some("account")))
    }

    fn from(&self, place: Option<u32>, out: &mut Vec<CloudStep>, wanted: &mut Vec<Settable>, before: usize) {
        // What is about nothing in particular is about the own account.
        if self.elsewhere && self.grant.binds.is_empty() {
            return;
        }
        let mut chosen = Chosen::new(self.grant.binds.len(), place);
        if let Some(so) = self.permissions(0, &chosen, So::default()) {
            self.bind(0, &mut chosen, so, out, wanted, before);
        }
    }

    /// Binds the variable at a level, and those after it.
    fn bind(
        &self,
        level: usize,
        chosen: &mut Chosen,
        so: So,
        out: &mut Vec<CloudStep>,
        wanted: &mut Vec<Settable>,
        before: usize,
    ) {
        let Some(bind) = self.grant.binds.get(level) else {
            self.emit(chosen, so, out, wanted);
            return;
        };
        let listed = bind::listed(self.inputs, self.walks, self.principal, bind, self.grant, chosen, || {
            self.within_reach(level + 1, bind)
        });
        let most = most_steps(before);
        let first_the_worst = listed.len() > most && !self.worst.is_empty();
        let ordered: Vec<u32> = if first_the_worst {
            let (worst, rest): (Vec<u32>, Vec<u32>) = listed.iter().partition(|at| self.worst.contains(at));
            worst.into_iter().chain(rest).collect()
        } else {
            Vec::new()
        };
        let listed: &[u32] = if first_the_worst { &ordered } else { &listed };
        for (at, resource) in listed.iter().copied().enumerate() {
            if out.len() - before >= most {
                *self.left_out.borrow_mut().entry(self.principal).or_default() += listed.len() - at;
                return;
            }
            if self.elsewhere && level == 0 && !self.inputs.rights.lies_in_other_account(self.principal, resource) {
                continue;
            }
            if !self.ruled.is_empty() && self.inputs.rights.place_of(resource).is_some_and(|place| self.rules(place)) {
                continue;
            }
            let Some(candidate) = bind::candidate(self.inputs, self.walks, self.principal, bind, resource) else {
                continue;
            };
            let mut next = so.clone();
            if candidate.unknown {
                next.unknown = true;
            }
            next.evidence.extend(candidate.evidence.iter().cloned());
            next.assumptions.extend(candidate.assumptions.iter().cloned());
            if bind.conditions.contains(&BindCondition::WholeOrOnlyPart)
                && !self.stands_for_whole(bind, resource, &mut next)
            {
                continue;
            }
            // A role counts where it is held.
            if let Some(place) = chosen.place().filter(|_| bind.conditions.contains(&BindCondition::HeldByPrincipal)) {
                match self.inputs.rights.holds(self.principal, candidate.resource, place) {
                    Answer::Denied => continue,
                    Answer::Allowed => {}
                    Answer::Unknown | Answer::Settable => next.unknown = true,
                }
            }
            chosen.set(level, candidate.resource);
            if let Some(next) = self.permissions(level + 1, chosen, next) {
                self.bind(level + 1, chosen, next, out, wanted, before);
            }
            chosen.clear(level);
        }
    }

    /// Whether a resource is to stand for what it is a part of: not where the principal has the right over the whole.
    fn stands_for_whole(&self, bind: &Bind, part: u32, so: &mut So) -> bool {
        let lowered = self.inputs.lowered;
        let Some(element) = lowered.element(part) else { return false };
        let whole = lowered.model.get(element).and_then(|entry| self.inputs.estate.find(&entry.id));
        let Some(whole) = whole.filter(|whole| *whole != part) else { return true };
        let over_whole = |permission: &Permission| {
            let answer = |at: u32| {
                let target = Target::Resource(at);
                self.inputs.rights.can(self.principal, bare(permission), target, &Request::default()).answer
            };
            permission.on.as_deref() == Some(&*bind.name) && answer(whole) >= answer(part)
        };
        let granted = |permission: &Permission| {
            let target = Target::Resource(part);
            let verdict = self.inputs.rights.can(self.principal, bare(permission), target, &Request::default());
            verdict.answer != Answer::Denied
        };
        let mut own = self.grant.permissions.iter().flatten().filter(|permission| granted(permission)).peekable();
        // Of the whole it is told only where the page speaks of such wholes.
        let told = bind.types.iter().any(|ty| **ty == *self.inputs.estate.resource(whole).ty);
        if told && own.peek().is_some() && own.all(over_whole) {
            return false;
        }
        if self.walks.parts(self.inputs, &bind.types, element, whole) > 1 {
            so.unknown = true;
            let name = lowered.model.name(element);
            let part = &self.inputs.estate.resource(part).address;
            so.assumptions.push(format!("what is sought in {name} lies in {part}").into());
        }
        true
    }

    /// The resources that every permission on a variable may possibly hold on: whoever is not among them is not even
    /// looked at.
    fn within_reach(&self, level: usize, bind: &Bind) -> Reach {
        if self.grant.anyone {
            return Reach::All;
        }
        let rights = self.inputs.rights;
        let kinds = rights.kinds(&bind.types);
        if let Some(foreigner) = self.foreigner {
            let on = foreigner.on.iter().copied().filter(|at| kinds.members.binary_search(at).is_ok());
            return Reach::of(on.collect());
        }
        let reach = |action: &str| rights.reach(self.principal, action.trim_start_matches(['?', ' ']), &kinds);
        let own = |permission: &Permission| {
            // What comes with a right over the target itself is in no statement that could be looked up.
            !permission.action.starts_with(['=', '!'])
                && permission.on.as_deref() == Some(&*bind.name)
                && matches!(permission.by.as_deref(), None | Some("principal"))
        };
        let mut out = Reach::All;
        if bind.conditions.iter().any(|condition| matches!(condition, BindCondition::AssumableByPrincipal)) {
            out = reach("sts:AssumeRole");
        }
        for choices in self.asked_at(level) {
            let optional = choices.iter().all(|permission| permission.action.starts_with('?'));
            if !optional && choices.iter().all(own) {
                let either = choices.iter().fold(Reach::nothing(), |all, permission| match all {
                    Reach::All => Reach::All,
                    all => all.or(reach(&permission.action)),
                });
                out = out.and(either);
            }
        }
        out
    }

    /// The permissions that are asked for at a level.
    fn asked_at(&self, level: usize) -> impl Iterator<Item = &Vec<Permission>> {
        let levels = self.order.levels.iter();
        self.grant.permissions.iter().zip(levels).filter(move |(_, own)| **own == level).map(|(choices, _)| choices)
    }

    /// Asks for all permissions of a level; `None` when one is denied.
    fn permissions(&self, level: usize, chosen: &Chosen, mut so: So) -> Option<So> {
        for choices in self.asked_at(level) {
            // Who has this already gains nothing by the long way round.
            if choices.iter().all(|permission| permission.action.starts_with('!')) {
                let mut verdicts = choices.iter().filter_map(|permission| self.verdict(permission, chosen));
                if verdicts.any(|verdict| verdict.answer == Answer::Allowed) {
                    return None;
                }
                continue;
            }
            let verdicts: Vec<(&Permission, Verdict)> =
                choices.iter().filter_map(|permission| Some((permission, self.verdict(permission, chosen)?))).collect();
            let optional = choices.iter().all(|permission| permission.action.starts_with('?'));
            // The first of equals, so that pages decide by order.
            let Some(best) = verdicts.iter().map(|(_, verdict)| verdict.answer).max() else {
                if optional {
                    continue;
                }
                return None;
            };
            // What is permitted besides is told as well.
            if best == Answer::Allowed || optional {
                let all = verdicts.iter().filter(|(_, verdict)| verdict.answer == Answer::Allowed);
                for (permission, verdict) in all.take(4) {
                    so.used.push(bare(permission).into());
                    so.evidence.extend(self.evidence(permission, verdict));
                    so.assumptions.extend(verdict.assumptions.iter().map(|text| Box::from(&**text)));
                }
                continue;
            }
            let (permission, verdict) = verdicts.iter().find(|(_, verdict)| verdict.answer == best)?;
            match verdict.answer {
                Answer::Denied => return None,
                Answer::Unknown => so.unknown = true,
                Answer::Settable | Answer::Allowed => {}
            }
            // Also beside what is not known: both have to come true.
            so.settable.extend(verdict.settable.iter().cloned());
            if verdict.answer == Answer::Unknown && verdict.assumptions.is_empty() {
                let name = self.inputs.lowered.model.name(self.element);
                so.assumptions.push(format!("{name} is permitted {}", permission.action).into());
            }
            so.assumptions.extend(verdict.assumptions.iter().map(|text| Box::from(&**text)));
            so.used.push(bare(permission).into());
            so.evidence.extend(self.evidence(permission, verdict));
        }
        Some(so)
    }

    fn verdict(&self, permission: &Permission, chosen: &Chosen) -> Option<Verdict> {
        let rights = self.inputs.rights;
        let action = bare(permission);
        let holder = match permission.by.as_deref() {
            None | Some("principal") => self.principal,
            Some(name) => rights.principal_of(chosen.of(self.grant, name)?)?,
        };
        let bound = permission.on.as_deref().and_then(|name| {
            if name == "principal" {
                rights.principals().get(self.principal as usize).map(|principal| principal.resource)
            } else {
                chosen.of(self.grant, name)
            }
        });
        let target = match (&permission.on, bound) {
            (Some(_), Some(resource)) => Target::Resource(resource),
            (Some(name), None) if name.starts_with("arn:") => Target::Named(name),
            // Rights over the directory are rights over no project or subscription.
            (None, _) if is_entra(permission) => Target::Anything,
            (_, _) if chosen.place().is_some() => chosen.place().map_or(Target::Anything, Target::Place),
            // An account can only be given to what is made in its own project: the provider's default forbids others.
            (None, _) if self.grant.cloud == Cloud::Gcp => {
                let project = chosen.first().and_then(|at| rights.place_of(at));
                project.and_then(|at| rights.account_of_place(at)).map_or(Target::Anything, Target::Place)
            }
            // `account` and the like: on whatever it is.
            (_, _) => Target::Anything,
        };
        if let (true, Some(resource)) = (permission.action.starts_with('='), bound) {
            return Some(rights.once_admitted(holder, action, resource));
        }
        if self.grant.anyone && permission.by.is_none() {
            return Some(rights.anyone(action, target));
        }
        if let Some(foreigner) = self.foreigner.filter(|_| holder == ANYONE) {
            // Nobody of another account hands roles of this one to services, or makes anything in it.
            return Some(match target {
                Target::Resource(_) => rights.foreigner_can(foreigner, action, target),
                _ => rights.nobody(),
            });
        }
        let services = bind::services(self.grant, permission.on.as_deref());
        if services.is_empty() {
            let passed = self.order.passed.as_ref().filter(|(service, ..)| of_service(action, service));
            let passed = passed
                .map(|(_, key, at)| (&**key, *at))
                .and_then(|(key, at)| Some((key, rights.name_of(chosen.at(at)?)?)));
            let request = Request { passed_to: None, context: passed.into_iter().collect() };
            return Some(rights.can(holder, action, target, &request));
        }
        // The role is handed to one of the services that it trusts.
        services
            .iter()
            .map(|service| {
                let request = Request { passed_to: Some(service), context: Vec::new() };
                rights.can(holder, action, target, &request)
            })
            .max_by(|a, b| a.answer.cmp(&b.answer).then(std::cmp::Ordering::Greater))
    }

    fn evidence(&self, permission: &Permission, verdict: &Verdict) -> Vec<Evidence> {
        let statements = verdict.statements.iter().filter(|statement| statement.allows).take(3);
        let mut out: Vec<Evidence> = statements
            .map(|statement| Evidence {
                element: self.inputs.lowered.element(statement.resource).unwrap_or(self.element),
                fact: bare(permission).into(),
                value: Box::from(&*statement.text),
                origin: Origin::Imported,
                span: statement.span,
            })
            .collect();
        if out.is_empty() {
            out.push(Evidence {
                element: self.element,
                fact: bare(permission).into(),
                value: if permission.action.starts_with('=') {
                    "by what is written".into()
                } else {
                    "not known".into()
                },
                origin: Origin::Imported,
                span: self.span(),
            });
        }
        out
    }

    /// Whether the grant takes one of some actions.
    fn writes(&self, actions: &[&str]) -> bool {
        self.grant.permissions.iter().flatten().any(|permission| actions.contains(&bare(permission)))
    }

    /// Whether what is written into the policies of a principal counts beyond its upper bound.
    fn unbound(&self, receiver: u32, so: &mut So) -> Answer {
        let verdict = self.inputs.rights.past_boundary(self.principal, receiver);
        if verdict.answer != Answer::Denied {
            so.unknown |= verdict.answer == Answer::Unknown;
            so.assumptions.extend(verdict.assumptions.iter().map(|text| Box::from(&**text)));
            so.settable.extend(verdict.settable);
        }
        verdict.answer
    }

    /// Whom the attacker acts as in a group that the principal adds a user to, besides itself: only users are members, and
    /// what the group gives counts within their upper bound. Nothing when there is nobody.
    fn member(&self, own: State, so: &mut So) -> Option<Option<Vec<State>>> {
        let rights = self.inputs.rights;
        let itself = rights.principals().get(self.principal as usize)?;
        let bound = match itself.kind {
            PrincipalKind::User => rights.past_boundary(self.principal, self.principal).answer,
            _ => Answer::Denied,
        };
        if bound == Answer::Allowed {
            return Some(None);
        }
        // A user whose upper bound nobody knows may be the one that is added.
        let itself_too = bound != Answer::Denied;
        let makes = |action| rights.can(self.principal, action, Target::Anything, &Request::default()).answer;
        let signs_in = makes("iam:CreateAccessKey").max(makes("iam:CreateLoginProfile"));
        if makes("iam:CreateUser").min(signs_in) == Answer::Allowed {
            return Some(None);
        }
        let users =
            rights.principals().iter().filter(|one| one.kind == PrincipalKind::User && one.cloud == itself.cloud);
        let users = users.filter_map(|user| self.inputs.lowered.element(user.resource));
        let users: Vec<State> = users
            .take(MOST_MEMBERS)
            .map(|element| State { verb: Verb::ActAs, element })
            .filter(|user| *user != own || itself_too)
            .collect();
        if users.is_empty() {
            so.unknown = true;
            let name = &self.inputs.estate.resource(itself.resource).address;
            so.assumptions.push(format!("{name} can sign in as a user that is made elsewhere").into());
            return Some(None);
        }
        let users = self.unbound_of(users, so);
        (!users.is_empty()).then_some(Some(users))
    }

    /// Of principals that rights are written for, those whose upper bound lets them count; if it surely does for some, only
    /// these.
    fn unbound_of(&self, choices: Vec<State>, so: &mut So) -> Vec<State> {
        let (mut sure, mut possible, mut leaning) = (Vec::new(), Vec::new(), So::default());
        for choice in choices {
            let mut own = So::default();
            let receiver = self.walks.principal(choice.element);
            match receiver.map_or(Answer::Allowed, |receiver| self.unbound(receiver, &mut own)) {
                Answer::Denied => {}
                Answer::Allowed if own.assumptions.is_empty() => sure.push(choice),
                _ => {
                    possible.push(choice);
                    leaning = own;
                }
            }
        }
        if !sure.is_empty() || possible.is_empty() {
            return sure;
        }
        so.unknown |= leaning.unknown;
        so.assumptions.extend(leaning.assumptions);
        so.settable.extend(leaning.settable);
        possible
    }

    fn span(&self) -> Span {
        let principal = self.inputs.rights.principals().get(self.principal as usize);
        principal.map_or(self.inputs.lowered.model.system.span, |p| self.inputs.estate.resource(p.resource).span)
    }

    /// Writes the step of a complete combination.
    fn emit(&self, chosen: &Chosen, mut so: So, out: &mut Vec<CloudStep>, wanted: &mut Vec<Settable>) {
        if let (true, Some(foreigner), Some(role)) = (self.grant.outside, self.foreigner, chosen.first()) {
            match self.inputs.rights.deputy(foreigner, role) {
                Deputy::Proven => return,
                Deputy::Confused => so.assumptions.clear(),
                Deputy::Unknown => {
                    so.unknown = true;
                    so.assumptions =
                        vec![format!("account {} acts for others than its owner as well", foreigner.account).into()];
                }
            }
        }
        let states = |list: &[vauban_model::library::GrantState]| -> Vec<State> {
            let mut states = Vec::new();
            for state in list {
                for element in self.walks.elements(self.inputs, self.principal, self.grant, chosen, state) {
                    let state = State { verb: state.verb, element };
                    if state.verb.fits(element.domain) && !states.contains(&state) {
                        states.push(state);
                    }
                }
            }
            states
        };
        let own = State { verb: if self.grant.anyone { Verb::Reach } else { Verb::ActAs }, element: self.element };
        let mut needs = vec![vec![own]];
        let writes = self.writes(&RIGHTS);
        if writes && self.grant.needs.is_empty() && self.unbound(self.principal, &mut so) == Answer::Denied {
            return;
        }
        for need in &self.grant.needs {
            let mut choices = states(need);
            if writes {
                // Whoever may rewrite what it holds itself needs no other holder: that is a page of its own.
                let of_holders = need.iter().any(|state| !state.walk.is_empty());
                let holds = |at: u32| self.inputs.rights.held(self.principal).contains(&at);
                if of_holders
                    && chosen.first().is_some_and(holds)
                    && self.unbound(self.principal, &mut So::default()) != Answer::Denied
                {
                    return;
                }
                choices = self.unbound_of(choices, &mut so);
            }
            if choices.is_empty() {
                return;
            }
            if !choices.contains(&own) {
                needs.push(choices);
            }
        }
        if self.writes(&["iam:AddUserToGroup"]) {
            let Some(member) = self.member(own, &mut so) else { return };
            needs.extend(member);
        }
        for settable in &so.settable {
            let Some(element) = self.inputs.lowered.element(settable.resource) else { continue };
            let state = State { verb: Verb::Tag, element };
            if state.verb.fits(element.domain) {
                needs.push(vec![state]);
                if !wanted.contains(settable) {
                    wanted.push(settable.clone());
                }
            }
        }
        let mut gains: Vec<State> = states(&self.grant.gains);
        // Who rules a resource group rules what is in it, and not the subscription around it.
        if let Some(place) = chosen.place().filter(|place| self.inputs.rights.account_of_place(*place) != Some(*place))
        {
            let account = walk::account_at(self.inputs, place);
            let rules = gains.iter().any(|gain| gain.verb == Verb::Administer && Some(gain.element) == account);
            gains.retain(|gain| gain.element.domain != Domain::Boundary);
            let group = self.inputs.lowered.place_of.get(&place).filter(|_| rules);
            gains.extend(group.map(|group| State { verb: Verb::Administer, element: *group }));
            gains.extend(structure::held(self.inputs, place));
        }
        gains.retain(|gain| *gain != own);
        if gains.is_empty() && !self.grant.gains.is_empty() {
            return;
        }
        let mut bindings: Vec<Binding> = Vec::new();
        for bind in &self.grant.binds {
            let Some(resource) = chosen.of(self.grant, &bind.name) else { continue };
            let held = self.inputs.estate.resource(resource);
            let name = held.get("name").map_or_else(|| held.name.to_string(), |name| self.inputs.estate.render(name));
            let element = self.inputs.lowered.element(resource);
            // What is folded into an account or another element keeps its own name.
            let own = element.filter(|element| self.inputs.lowered.model.id(*element) == &*held.address);
            bindings.push(Binding { variable: bind.name.clone(), element: own, name: name.into() });
        }
        let account = match chosen.place() {
            Some(place) => {
                let own = self.inputs.lowered.place_of.get(&place).copied();
                own.or_else(|| walk::account_at(self.inputs, place))
            }
            None => self.walks.account(self.inputs, self.principal, self.grant.cloud),
        };
        if let Some(account) = account {
            let name = self.inputs.lowered.model.name(account).into();
            bindings.push(Binding { variable: "account".into(), element: Some(account), name });
        }
        let target = gains.first().map_or_else(
            || bindings.iter().find_map(|binding| binding.element).unwrap_or(self.element),
            |gain| gain.element,
        );
        // A principal that only gains itself, by folding or by a variable, gains nothing.
        if target == self.element && gains.iter().all(|gain| gain.element == self.element && gain.verb == Verb::ActAs) {
            return;
        }
        dedup(&mut so.assumptions);
        so.used.dedup();
        let label = match so.used.as_slice() {
            [] => String::new(),
            [one] => one.to_string(),
            [all @ .., last] => format!("{} and {last}", all.join(", ")),
        };
        let mut evidence = so.evidence;
        // One statement may be needed for several things; it is said once.
        let mut said: FxHashSet<(ElementRef, Box<str>, Box<str>, Span)> = FxHashSet::default();
        evidence.retain(|one| said.insert((one.element, one.fact.clone(), one.value.clone(), one.span)));
        if evidence.is_empty() {
            evidence.push(Evidence {
                element: self.element,
                fact: "principal".into(),
                value: "yes".into(),
                origin: Origin::Imported,
                span: self.span(),
            });
        }
        let place = match bindings.first() {
            Some(Binding { element: Some(first), .. }) if self.grant.anyone => *first,
            _ => self.element,
        };
        out.push(CloudStep {
            threat: Some(self.threat),
            consequence: Box::default(),
            element: place,
            target,
            bindings,
            needs,
            gains,
            applies: if so.unknown { Applies::Asks } else { Applies::Fires },
            label: label.into(),
            evidence,
            assumptions: so.assumptions,
            hindered_by: Vec::new(),
            seen_by: Vec::new(),
        });
    }
}

fn dedup(list: &mut Vec<Box<str>>) {
    let mut seen: Vec<Box<str>> = Vec::with_capacity(list.len());
    list.retain(|text| {
        let new = !seen.contains(text);
        if new {
            seen.push(text.clone());
        }
        new
    });
}

/// Who may change what a condition looks at: one step for each principal that may, with the page that names the permission
/// where the library has one.
fn settings(
    inputs: &Inputs<'_, '_>,
    administrators: &FxHashSet<u32>,
    wanted: &mut [Settable],
    out: &mut Vec<CloudStep>,
) {
    wanted.sort();
    let mut last: Option<&Settable> = None;
    for settable in wanted.iter() {
        if last == Some(settable) {
            continue;
        }
        last = Some(settable);
        let Some(target) = inputs.lowered.element(settable.resource) else { continue };
        let gain = State { verb: Verb::Tag, element: target };
        if !gain.verb.fits(target.domain) {
            continue;
        }
        for (at, principal) in (0u32..).zip(inputs.rights.principals()) {
            if administrators.contains(&at) {
                continue;
            }
            let Some(element) = inputs.lowered.element(principal.resource) else { continue };
            let way = settable.by.iter().find_map(|needed| {
                let mut answer = Answer::Allowed;
                let mut evidence = Vec::new();
                let mut assumptions: Vec<Box<str>> = Vec::new();
                for action in needed {
                    let verdict =
                        inputs.rights.can(at, action, Target::Resource(settable.resource), &Request::default());
                    // What itself needs a change first would go round in circles.
                    if matches!(verdict.answer, Answer::Denied | Answer::Settable) {
                        return None;
                    }
                    answer = answer.min(verdict.answer);
                    assumptions.extend(verdict.assumptions.iter().map(|text| Box::from(&**text)));
                    for statement in verdict.statements.iter().filter(|statement| statement.allows).take(2) {
                        evidence.push(Evidence {
                            element,
                            fact: Box::from(&**action),
                            value: Box::from(&*statement.text),
                            origin: Origin::Imported,
                            span: statement.span,
                        });
                    }
                }
                (!evidence.is_empty()).then_some((answer, evidence, assumptions, needed))
            });
            let Some((answer, evidence, assumptions, needed)) = way else { continue };
            let threat = (0u32..).zip(inputs.threats).find_map(|(at, threat)| {
                let grant = threat.grant.as_ref().filter(|grant| changes_tags(grant))?;
                let names = grant.permissions.iter().flatten();
                names.into_iter().any(|name| needed.iter().any(|action| **action == *name.action)).then_some(at)
            });
            out.push(CloudStep {
                threat,
                consequence: if threat.is_some() { Box::default() } else { "sets-condition".into() },
                element,
                target,
                bindings: vec![Binding {
                    variable: "target".into(),
                    element: Some(target),
                    name: inputs.lowered.model.name(target).into(),
                }],
                needs: vec![vec![State { verb: Verb::ActAs, element }]],
                gains: vec![gain],
                applies: if answer == Answer::Allowed { Applies::Fires } else { Applies::Asks },
                label: format!("{}: {}", needed.join(" and "), settable.what).into(),
                evidence,
                assumptions,
                hindered_by: Vec::new(),
                seen_by: Vec::new(),
            });
        }
    }
}
