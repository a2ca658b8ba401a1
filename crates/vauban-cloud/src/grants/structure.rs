//! What follows without any attack: from the control of an account, membership in groups, triggers, logins and the ways
//! through the network.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::finding::{Applies, Binding, CloudStep, Evidence};
use vauban_model::library::{Builds, Cloud, Maturity};
use vauban_model::model::{ElementRef, Origin, symbol_of};
use vauban_model::resource::{Resource, Value};
use vauban_model::state::{State, Verb};
use vauban_model::vocabulary::{Domain, fact};

use super::walk::{account_at, account_of};
use super::{Inputs, LeftOut, most_steps};
use crate::catalogue::default_accounts;
use crate::flows::{End, Grade};
use crate::granted::uses_of;
use crate::network::{Place, Ports, Way};
use crate::permissions::{Answer, Breadth, PrincipalKind, Reach, Request, Target, Verdict};

pub(super) fn step(
    consequence: &str,
    element: ElementRef,
    target: ElementRef,
    needs: Vec<Vec<State>>,
    gains: Vec<State>,
    evidence: Evidence,
) -> CloudStep {
    CloudStep {
        threat: None,
        consequence: consequence.into(),
        element,
        target,
        bindings: Vec::new(),
        needs,
        gains,
        applies: Applies::Fires,
        label: Box::default(),
        evidence: vec![evidence],
        assumptions: Vec::new(),
        hindered_by: Vec::new(),
        seen_by: Vec::new(),
    }
}

pub(super) fn evidence(element: ElementRef, fact: &str, value: impl Into<Box<str>>, span: Span) -> Evidence {
    Evidence { element, fact: fact.into(), value: value.into(), origin: Origin::Imported, span }
}

pub(super) fn state(verb: Verb, element: ElementRef) -> State {
    State { verb, element }
}

/// The cloud whose account a type of resource lives in.
fn cloud_of(ty: &str) -> Option<Cloud> {
    match ty.split(['_', ':']).next()? {
        "aws" | "awscc" => Some(Cloud::Aws),
        "azurerm" | "azuread" | "azapi" => Some(Cloud::Azure),
        // Groups of people are of the organisation, not of a project.
        "google" if ty.starts_with("google_cloud_identity") => None,
        "google" => Some(Cloud::Gcp),
        "k8s" | "kubernetes" => Some(Cloud::Kubernetes),
        _ => None,
    }
}

/// The step from a principal to the account it rules.
fn administers(
    inputs: &Inputs<'_, '_>,
    resource: u32,
    element: ElementRef,
    account: ElementRef,
    verdict: &Verdict,
) -> CloudStep {
    let mut list: Vec<Evidence> = verdict
        .statements
        .iter()
        .filter(|statement| statement.allows)
        .take(3)
        .map(|statement| {
            let holder = inputs.lowered.element(statement.resource).unwrap_or(element);
            evidence(holder, "administration of the account", &*statement.text, statement.span)
        })
        .collect();
    if list.is_empty() {
        let span = inputs.estate.resource(resource).span;
        list.push(evidence(element, "administration of the account", "yes", span));
    }
    let first = list.remove(0);
    let needs = vec![vec![state(Verb::ActAs, element)]];
    let mut one = step("administers-account", element, account, needs, vec![state(Verb::Administer, account)], first);
    one.evidence.extend(list);
    one.applies = if verdict.answer == Answer::Allowed { Applies::Fires } else { Applies::Asks };
    one.assumptions = verdict.assumptions.iter().map(|text| Box::from(&**text)).collect();
    one
}

/// What whoever rules a resource has of it.
fn of_resource(inputs: &Inputs<'_, '_>, element: ElementRef, gains: &mut Vec<State>) {
    let verbs: &[Verb] = match element.domain {
        Domain::Identity => &[Verb::ActAs],
        Domain::Data => &[Verb::Read, Verb::Alter, Verb::Deny],
        Domain::Component => &[Verb::Administer],
        _ => &[],
    };
    gains.extend(verbs.iter().map(|verb| state(*verb, element)));
    // What a component keeps and is configured with is its administrator's as well.
    if let (Domain::Component, Some(entry)) = (element.domain, inputs.lowered.model.get(element)) {
        for index in entry.references(fact::CONFIGURED_WITH) {
            gains.push(state(Verb::Read, ElementRef { domain: Domain::Data, index: *index }));
        }
    }
}

/// What whoever rules a resource group has: everything in it for sure.
pub(super) fn held(inputs: &Inputs<'_, '_>, place: u32) -> Vec<State> {
    let mut gains = Vec::new();
    for (at, _) in (0u32..).zip(&inputs.estate.inventory.resources) {
        let Some(element) = inputs.lowered.element(at) else { continue };
        if inputs.rights.place_of(at).is_some_and(|own| inputs.rights.lies_in(own, place)) {
            of_resource(inputs, element, &mut gains);
        }
    }
    gains.sort_unstable();
    gains.dedup();
    gains
}

/// The role Editor that Google Cloud gives the default accounts of a project by itself, unless the organisation or the
/// configuration keeps it from doing so: one question, not one for each right.
///
/// Source: Google Cloud documentation, "Service accounts", default service accounts; since May 2024 new organisations
/// start with the constraint `iam.automaticIamGrantsForDefaultServiceAccounts`.
pub(super) fn default_editors(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    const CONSTRAINT: &str = "iam.automaticIamGrantsForDefaultServiceAccounts";
    let is_off = |value: &Value| {
        value.as_bool() == Some(false) || value.as_text().is_some_and(|it| it.eq_ignore_ascii_case("false"))
    };
    let mut switched_off: Vec<&Resource> = Vec::new();
    for one in inputs.estate.inventory.resources.iter().filter(|one| one.ty.starts_with("google_")) {
        let policy = one.ty.ends_with("organization_policy") || &*one.ty == "google_org_policy_policy";
        let names = ["constraint", "name"].iter().filter_map(|key| one.get(key));
        let of_it = || names.map(|value| inputs.estate.render(value)).any(|name| name.ends_with(CONSTRAINT));
        let lifted =
            ["spec.rules.enforce", "boolean_policy.enforced"].iter().flat_map(|path| one.at_each(path)).any(is_off);
        if &*one.ty == "google_project_default_service_accounts" {
            switched_off.push(one);
        } else if policy && !lifted && of_it() {
            // One project's own policy is about that project.
            if &*one.ty != "google_project_organization_policy" {
                return;
            }
            switched_off.push(one);
        }
    }
    // By project: what lies in it. The role reads no secrets and uses no keys.
    let mut inside: FxHashMap<u32, Vec<(u32, ElementRef)>> = FxHashMap::default();
    let mut scoped: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (within, whole) in inputs.rights.scoped_accounts() {
        scoped.entry(whole).or_default().push(within);
    }
    for (at, resource) in (0u32..).zip(&inputs.estate.inventory.resources) {
        let kept = !resource.ty.starts_with("google_secret_manager") && !resource.ty.starts_with("google_kms");
        let place = inputs.rights.place_of(at).and_then(|place| inputs.rights.account_of_place(place));
        if let (true, Some(place), Some(element)) = (kept, place, inputs.lowered.element(at)) {
            inside.entry(place).or_default().push((at, element));
        }
    }
    for account in [default_accounts::MACHINES, default_accounts::APPLICATIONS]
        .iter()
        .flat_map(|ty| inputs.estate.of_type(ty))
        .copied()
    {
        let (Some(element), Some(principal)) = (inputs.lowered.element(account), inputs.rights.principal_of(account))
        else {
            continue;
        };
        let Some(place) = inputs.rights.place_of(account).and_then(|at| inputs.rights.account_of_place(at)) else {
            continue;
        };
        let acts = inputs.rights.can(principal, "iam.serviceAccounts.actAs", Target::Place(place), &Request::default());
        if acts.answer == Answer::Allowed {
            continue;
        }
        let project = |one: &Resource| one.get("project").map(|value| inputs.estate.render(value));
        let own = project(inputs.estate.resource(account));
        if switched_off.iter().any(|one| project(one).zip(own.as_ref()).is_none_or(|(other, own)| other == *own)) {
            continue;
        }
        let inside = inside.get(&place).map_or(&[][..], Vec::as_slice);
        let name = inputs.lowered.model.name(element);
        let mut holds = |holder: ElementRef, mut gains: Vec<State>, said: &str, span: Span| {
            gains.retain(|gain| gain.element != holder);
            gains.sort_unstable();
            gains.dedup();
            let Some(first) = gains.first().copied() else { return };
            let proof = evidence(holder, "default account", said, span);
            let target = account_at(inputs, place).unwrap_or(first.element);
            let needs = vec![vec![state(Verb::ActAs, holder)]];
            let mut one = step("holds-editor", holder, target, needs, gains, proof);
            one.applies = Applies::Asks;
            one.assumptions.push(
                format!("{name} still has the role Editor that Google Cloud gives it by itself in its project").into(),
            );
            out.push(one);
        };
        let mut gains = Vec::new();
        for (_, held) in inside.iter().filter(|(_, held)| *held != element) {
            of_resource(inputs, *held, &mut gains);
        }
        holds(element, gains, "made by the provider", inputs.estate.resource(account).span);
        for within in scoped.get(&account).into_iter().flatten() {
            let Some(holder) = inputs.lowered.element(*within) else { continue };
            let gains = within_scopes(inputs, *within, element, inside);
            let said = "made by the provider, within the access scopes of the machine";
            holds(holder, gains, said, inputs.estate.resource(*within).span);
        }
    }
}

/// What access scopes leave of the role Editor on what lies in a project: `whole` is the account that they limit.
fn within_scopes(inputs: &Inputs<'_, '_>, scoped: u32, whole: ElementRef, inside: &[(u32, ElementRef)]) -> Vec<State> {
    // Whom a new machine acts as, and within which scopes, is for whoever makes it to say.
    const MAKES_MACHINES: &str = "compute.instances.create";
    // Who changes a database server gives itself a login there.
    const RULES_DATABASES: (&str, &str) = ("google_sql_database_instance", "cloudsql.users.create");
    let takes_in = |action: &&str| inputs.rights.scopes_take_in(scoped, action);
    let mut out = Vec::new();
    if takes_in(&MAKES_MACHINES) {
        out.push(state(Verb::ActAs, whole));
    }
    let mut known: FxHashMap<&str, (bool, bool)> = FxHashMap::default();
    for (at, element) in inside {
        let ty = match &*inputs.estate.resource(*at).ty {
            "google_storage_bucket_object" => "google_storage_bucket",
            ty => ty,
        };
        if ty == RULES_DATABASES.0 && takes_in(&RULES_DATABASES.1) {
            of_resource(inputs, *element, &mut out);
            continue;
        }
        let (reads, writes) = *known.entry(ty).or_insert_with(|| {
            let (reads, writes) = uses_of(ty);
            (reads.iter().any(takes_in), writes.iter().any(takes_in))
        });
        let verbs = [(reads, Verb::Read), (writes, Verb::Alter)];
        let verbs = verbs.into_iter().filter(|(may, verb)| *may && verb.fits(element.domain));
        out.extend(verbs.map(|(_, verb)| state(verb, *element)));
    }
    out
}

/// Actions of Azure that only the Owner of a scope has together.
const OWNS: [&str; 2] = ["Microsoft.Authorization/roleAssignments/write", "Microsoft.Compute/virtualMachines/write"];

/// Principals that control accounts for sure.
#[derive(Default)]
pub(super) struct Rulers {
    /// Those that control all there are.
    pub(super) everywhere: FxHashSet<u32>,
    /// By principal: the projects and subscriptions that it controls.
    pub(super) places: FxHashMap<u32, Vec<u32>>,
}

/// Administrators control their account, and whoever controls an account has all that is in it. Gives the principals
/// that control theirs for sure.
pub(super) fn accounts(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) -> Rulers {
    let mut sure = Rulers::default();
    let mut groups: BTreeMap<u32, ElementRef> = BTreeMap::new();
    for (at, principal) in (0u32..).zip(inputs.rights.principals()) {
        let Some(element) = inputs.lowered.element(principal.resource) else { continue };
        let mut ruled = 0;
        for (place, verdict) in inputs.rights.administers(at) {
            let account = match place {
                Some(place) => account_at(inputs, place),
                None => account_of(inputs, principal.cloud, principal.resource),
            };
            let (Some(account), true) = (account, verdict.answer != Answer::Denied) else { continue };
            if verdict.answer == Answer::Settable {
                continue;
            }
            if verdict.answer == Answer::Allowed {
                ruled += 1;
                sure.places.entry(at).or_default().extend(place);
            }
            out.push(administers(inputs, principal.resource, element, account, &verdict));
        }
        for place in inputs.rights.granted_places(at) {
            let (Some(verdict), Some(group)) =
                (inputs.rights.rules_place(at, place), inputs.lowered.place_of.get(&place).copied())
            else {
                continue;
            };
            out.push(administers(inputs, principal.resource, element, group, &verdict));
            groups.insert(place, group);
        }
        // Whoever changes everything in a resource group and says who else may rules it.
        if principal.cloud == Cloud::Azure {
            let may = |action: &str, place: u32| {
                inputs.rights.can(at, action, Target::Place(place), &Request::default()).answer == Answer::Allowed
            };
            let mut places = inputs.rights.granted_places(at);
            places.retain(|place| OWNS.iter().all(|action| may(action, *place)));
            if !places.is_empty() {
                sure.places.entry(at).or_default().extend(places);
            }
        }
        // Who rules one project of several is still asked about the others.
        let several = inputs.rights.accounts(principal.cloud).len().max(1);
        if ruled >= several {
            sure.everywhere.insert(at);
        }
    }
    // One step for all that an account holds: its size is linear in the account.
    let mut holds: Vec<(ElementRef, Vec<State>)> = Vec::new();
    let mut slot_of: FxHashMap<ElementRef, usize> = FxHashMap::default();
    let count = u32::try_from(inputs.estate.inventory.resources.len()).unwrap_or(u32::MAX);
    for at in 0..count {
        let resource = inputs.estate.resource(at);
        let Some(element) = inputs.lowered.element(at) else { continue };
        let Some(account) = cloud_of(&resource.ty).and_then(|cloud| account_of(inputs, cloud, at)) else { continue };
        let slot = *slot_of.entry(account).or_insert_with(|| {
            holds.push((account, Vec::new()));
            holds.len() - 1
        });
        of_resource(inputs, element, &mut holds[slot].1);
    }
    // Whoever controls a subscription controls its resource groups, and whoever controls those what is in them.
    for (place, group) in groups {
        let around = account_at(inputs, place).and_then(|account| slot_of.get(&account).copied());
        if let Some((_, gains)) = around.and_then(|at| holds.get_mut(at)) {
            gains.push(state(Verb::Administer, group));
        }
        holds.push((group, held(inputs, place)));
    }
    for (account, mut gains) in holds {
        gains.sort_unstable();
        gains.dedup();
        let span = inputs.lowered.model.get(account).map_or(inputs.lowered.model.system.span, |element| element.span);
        let proof = evidence(account, "holds", "everything in it", span);
        out.push(step("owns-account", account, account, vec![vec![state(Verb::Administer, account)]], gains, proof));
    }
    sure
}

/// Principals outside the code whom roles admit. `of` gives the element of each by its name.
pub(super) fn outsiders(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    for outsider in inputs.rights.outsiders() {
        let Some(element) = inputs.lowered.outsider_of.get(&outsider.name).copied() else { continue };
        let Some(role) = inputs.lowered.element(outsider.role).filter(|role| role.domain == Domain::Identity) else {
            continue;
        };
        let right = if outsider.federated { "federated credential" } else { "sts:AssumeRole" };
        let proof = evidence(role, right, &*outsider.statement.text, outsider.statement.span);
        let needs = vec![vec![state(Verb::ActAs, element)]];
        let mut one = step("trusts", element, role, needs, vec![state(Verb::ActAs, role)], proof);
        if !outsider.enough {
            one.assumptions.push(format!("{} permits its principals to assume the role", outsider.name).into());
        }
        if outsider.answer != Answer::Allowed {
            one.assumptions.push(format!("the conditions of the trust hold for {}", outsider.name).into());
        }
        if !one.assumptions.is_empty() {
            one.applies = Applies::Asks;
        }
        out.push(one);
    }
}

/// Builds of other services that roles admit. That one branch may act as a role is what its writer meant: its page
/// tells a step of paths. That a whole repository or organisation may is a finding.
pub(super) fn builds(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    let page = |wanted: Builds| {
        (0u32..).zip(inputs.threats).find_map(|(at, threat)| {
            let grant = threat.grant.as_ref().filter(|_| threat.maturity != Maturity::Deprecated)?;
            let role = grant.binds.first()?;
            (grant.builds == Some(wanted)).then(|| (at, role.name.clone()))
        })
    };
    let one_build = page(Builds::One);
    let (repository, organisation) = (page(Builds::Repository), page(Builds::Organisation));
    for build in inputs.rights.builds() {
        let Some(element) = inputs.lowered.outsider_of.get(&build.id).copied() else { continue };
        let Some(role) = inputs.lowered.element(build.role).filter(|role| role.domain == Domain::Identity) else {
            continue;
        };
        let proof = evidence(role, "sts:AssumeRoleWithWebIdentity", &*build.statement.text, build.statement.span);
        let needs = vec![vec![state(Verb::ActAs, element)]];
        let mut one = step("trusts", element, role, needs, vec![state(Verb::ActAs, role)], proof);
        let page = match build.breadth {
            Breadth::One => &one_build,
            Breadth::Repository => &repository,
            Breadth::Organisation => &organisation,
        };
        if let Some((threat, variable)) = page {
            one.threat = Some(*threat);
            one.consequence = Box::default();
            one.label = "sts:AssumeRoleWithWebIdentity".into();
            let name = inputs.lowered.model.name(role).into();
            one.bindings.push(Binding { variable: variable.clone(), element: Some(role), name });
        }
        one.assumptions = build.assumptions.iter().map(|text| Box::from(&**text)).collect();
        if build.answer != Answer::Allowed {
            one.applies = Applies::Asks;
        }
        out.push(one);
    }
}

/// What policies let somebody of another account do, from the steps that pages make of it: one step for each target, and no
/// finding for each right. That a policy names them is what its writer meant.
pub(super) fn admitted(steps: Vec<CloudStep>, out: &mut Vec<CloudStep>) {
    let mut place: FxHashMap<(ElementRef, Vec<Vec<State>>), usize> = FxHashMap::default();
    for mut one in steps {
        one.threat = None;
        let identity = one.target.domain == Domain::Identity;
        one.consequence = if identity { "trusts".into() } else { "admits".into() };
        if !one.assumptions.is_empty() {
            one.applies = Applies::Asks;
        }
        one.bindings.clear();
        let slot = *place.entry((one.target, one.needs.clone())).or_insert(out.len());
        let Some(known) = out.get_mut(slot) else {
            if identity {
                one.label = Box::default();
            }
            out.push(one);
            continue;
        };
        for gain in one.gains {
            if !known.gains.contains(&gain) {
                known.gains.push(gain);
            }
        }
        for text in one.assumptions {
            if !known.assumptions.contains(&text) {
                known.assumptions.push(text);
            }
        }
        for piece in one.evidence {
            if known.evidence.len() < MOST_EVIDENCE && !known.evidence.contains(&piece) {
                known.evidence.push(piece);
            }
        }
        if !identity && known.label.len() < MOST_LABEL && !known.label.contains(&*one.label) {
            known.label = format!("{}, {}", known.label, one.label).into();
        }
    }
}

/// Pieces of evidence of one step at the most, and about how long its label gets.
const MOST_EVIDENCE: usize = 8;
const MOST_LABEL: usize = 120;

/// Whoever reads an object has what is written in it.
pub(super) fn contents(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    for (object, credential, span) in &inputs.lowered.contents {
        let proof = evidence(*object, "content", "holds it", *span);
        let needs = vec![vec![state(Verb::Read, *object)]];
        out.push(step("holds-content", *object, *credential, needs, vec![state(Verb::Read, *credential)], proof));
    }
}

/// Members have the rights of their groups.
pub(super) fn groups(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    for (at, principal) in (0u32..).zip(inputs.rights.principals()) {
        let Some(member) = inputs.lowered.element(principal.resource) else { continue };
        let all = inputs.rights.principals();
        let groups = inputs.rights.groups_of(at).iter().filter_map(|group| all.get(*group as usize));
        for held in inputs.rights.held(at).into_iter().chain(groups.map(|group| group.resource)) {
            let Some(group) = inputs.rights.principal_of(held) else { continue };
            let is_group = inputs
                .rights
                .principals()
                .get(group as usize)
                .is_some_and(|principal| principal.kind == PrincipalKind::Group);
            let Some(element) = inputs.lowered.element(held).filter(|element| *element != member && is_group) else {
                continue;
            };
            // What the group gives counts within the member's own upper bound, and is among the member's rights already.
            let bound = inputs.rights.past_boundary(at, at);
            let beside = inputs.rights.is_denied_beside(at, group);
            // Outside of AWS nothing but its rights comes with a group, and what is left of them is the member's already.
            if bound.answer == Answer::Denied || beside && principal.cloud != Cloud::Aws {
                continue;
            }
            let proof = evidence(member, "member of", "yes", inputs.estate.resource(principal.resource).span);
            let needs = vec![vec![state(Verb::ActAs, member)]];
            let mut one = step("member-of", member, element, needs, vec![state(Verb::ActAs, element)], proof);
            let name = |element: ElementRef| inputs.lowered.model.name(element);
            if bound.answer != Answer::Allowed {
                one.applies = Applies::Asks;
                one.assumptions.extend(bound.assumptions.iter().map(|text| Box::from(&**text)));
                if one.assumptions.is_empty() {
                    let text = format!("the upper bound of {} takes in what {} gives", name(member), name(element));
                    one.assumptions.push(text.into());
                }
            }
            if beside {
                one.applies = Applies::Asks;
                let text = format!("what is denied to {} is not needed of {}", name(member), name(element));
                one.assumptions.push(text.into());
            }
            out.push(one);
        }
    }
}

/// Users and groups of the directory of IAM Identity Center have the permission sets that they are assigned.
pub(super) fn directory(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    let memberships = inputs.rights.memberships().into_iter().map(|one| ("member-of", "member of", one));
    let assignments = inputs.rights.assignments().into_iter().map(|one| ("trusts", "assigned", one));
    for (consequence, said, one) in memberships.chain(assignments) {
        let (Some(holder), Some(held)) = (inputs.lowered.element(one.holder), inputs.lowered.element(one.held)) else {
            continue;
        };
        if holder == held || [holder, held].iter().any(|element| element.domain != Domain::Identity) {
            continue;
        }
        let proof = evidence(holder, said, inputs.lowered.model.name(held), one.span);
        let needs = vec![vec![state(Verb::ActAs, holder)]];
        out.push(step(consequence, holder, held, needs, vec![state(Verb::ActAs, held)], proof));
    }
}

/// The step from changed code to code that runs.
pub(super) const CHANGED_CODE: &str = "changed-code-runs";

/// Types that only start others, by the clock or by an event of the platform: nobody has to call them.
const STARTS_BY_ITSELF: [&str; 6] = [
    "aws_cloudwatch_event_rule",
    "aws_scheduler_schedule",
    "aws_autoscaling_group",
    "google_cloud_scheduler_job",
    "azurerm_automation_schedule",
    "aws_glue_trigger",
];

/// Components that take nothing from the internet but what a principal of the account signed.
fn signed(inputs: &Inputs<'_, '_>) -> FxHashSet<ElementRef> {
    let model = &inputs.lowered.model;
    let mut signed: FxHashMap<ElementRef, bool> = FxHashMap::default();
    for flow in &model.flows {
        let of = |index: u32| ElementRef { domain: Domain::Component, index };
        if Some(of(flow.source)) == inputs.internet {
            let own = flow.element.word(fact::AUTHENTICATION) == Some("signature");
            signed.entry(of(flow.target)).and_modify(|all| *all &= own).or_insert(own);
        }
    }
    signed.into_iter().filter(|(_, all)| *all).map(|(element, _)| element).collect()
}

/// Types that may take signed requests, and the permissions of which a caller needs one (Service Authorization Reference).
/// Functions have pages of their own.
const CALLS: [(&str, &[&str]); 5] = [
    ("aws_api_gateway_rest_api", &["execute-api:Invoke"]),
    ("aws_apigatewayv2_api", &["execute-api:Invoke"]),
    ("aws_appsync_graphql_api", &["appsync:GraphQL"]),
    ("aws_opensearch_domain", &["es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut"]),
    ("aws_elasticsearch_domain", &["es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut"]),
];

/// Principals call what takes nothing but signed requests, as far as they may. Who controls the account, has it anyway.
pub(super) fn signed_calls(
    inputs: &Inputs<'_, '_>,
    administrators: &FxHashSet<u32>,
    left_out: &LeftOut,
    out: &mut Vec<CloudStep>,
) {
    let signed = signed(inputs);
    for (ty, actions) in CALLS {
        let kinds = inputs.rights.kinds(&[Box::from(ty)]);
        let closed = |at: &u32| inputs.lowered.element(*at).filter(|element| signed.contains(element));
        if !kinds.members.iter().any(|at| closed(at).is_some()) {
            continue;
        }
        let by_resources = actions.iter().any(|action| inputs.rights.in_resource_policies(action));
        for (at, principal) in (0u32..).zip(inputs.rights.principals()) {
            if administrators.contains(&at) {
                continue;
            }
            let Some(element) = inputs.lowered.element(principal.resource) else { continue };
            let actions: Vec<&str> =
                actions.iter().copied().filter(|action| by_resources || inputs.rights.could(at, action)).collect();
            let reach = actions.iter().fold(Reach::nothing(), |all, action| match all {
                Reach::All => Reach::All,
                all => all.or(inputs.rights.reach(at, action, &kinds)),
            });
            let list = match reach {
                Reach::Only(list) => list,
                Reach::All => kinds.members.clone(),
            };
            let list: Vec<(u32, ElementRef)> = list.iter().filter_map(|at| Some((*at, closed(at)?))).collect();
            let (before, most) = (out.len(), most_steps(out.len()));
            for (looked_at, (resource, target)) in list.iter().copied().enumerate() {
                if out.len() - before >= most {
                    *left_out.borrow_mut().entry(at).or_default() += list.len() - looked_at;
                    break;
                }
                let answers = actions.iter().map(|action| {
                    (*action, inputs.rights.can(at, action, Target::Resource(resource), &Request::default()))
                });
                let Some((action, verdict)) = answers.max_by_key(|(_, verdict)| verdict.answer) else { continue };
                if matches!(verdict.answer, Answer::Denied | Answer::Settable) {
                    continue;
                }
                let proof = match verdict.statements.iter().find(|statement| statement.allows) {
                    Some(statement) => evidence(element, action, &*statement.text, statement.span),
                    None => evidence(element, action, "not known", inputs.estate.resource(principal.resource).span),
                };
                let needs = vec![vec![state(Verb::ActAs, element)]];
                let gains = vec![state(Verb::Reach, target), state(Verb::ActAs, target)];
                let mut one = step("calls-signed", element, target, needs, gains, proof);
                one.label = action.into();
                one.assumptions = verdict.assumptions.iter().map(|text| Box::from(&**text)).collect();
                if verdict.answer == Answer::Unknown {
                    one.applies = Applies::Asks;
                }
                out.push(one);
            }
        }
    }
}

/// What calls what by itself; and code that runs, once changed, when it is called.
pub(super) fn triggers(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    let process = symbol_of(fact::KIND, "process");
    let mut by_itself: FxHashSet<ElementRef> = FxHashSet::default();
    let signed = signed(inputs);
    for flow in inputs.flows.iter().filter(|flow| flow.grade() >= Grade::Wired) {
        let (End::Resource(from), End::Resource(to)) = (&flow.from, &flow.to) else { continue };
        let (Some(source), Some(target)) = (inputs.lowered.element(*from), inputs.lowered.element(*to)) else {
            continue;
        };
        if source == target || target.domain != Domain::Component {
            continue;
        }
        if STARTS_BY_ITSELF.contains(&&*inputs.estate.resource(*from).ty) {
            by_itself.insert(target);
        }
        // What is signed for is started by those who may; whoever only sends it something is turned away.
        let starts = if signed.contains(&source) { Verb::ActAs } else { Verb::Reach };
        let choices: Vec<State> = [starts, Verb::Alter]
            .into_iter()
            .filter(|verb| verb.fits(source.domain))
            .map(|verb| state(verb, source))
            .collect();
        let Some(first) = flow.evidence.iter().max_by_key(|piece| piece.grade) else { continue };
        if choices.is_empty() {
            continue;
        }
        let proof = evidence(source, "calls", &*first.text, first.span);
        let mut one = step("triggers", source, target, vec![choices], vec![state(Verb::Reach, target)], proof);
        one.label = Box::from(&*first.text);
        out.push(one);
    }
    let called: FxHashSet<ElementRef> = inputs
        .lowered
        .model
        .flows
        .iter()
        .filter(|flow| flow.source != flow.target)
        .map(|flow| ElementRef { domain: Domain::Component, index: flow.target })
        .collect();
    for (at, component) in inputs.lowered.model.components.iter().enumerate() {
        let element = ElementRef::new(Domain::Component, at);
        // What acts as nobody and keeps nothing gains nothing by running other code; it is left out to keep the graph small.
        if process.is_none() || component.element.symbol(fact::KIND) != process {
            continue;
        }
        let proof = || evidence(element, "runs its code when called", "yes", component.element.span);
        let altered = vec![state(Verb::Alter, element)];
        let gains = vec![state(Verb::RunCode, element)];
        // Whoever changed the code only waits where others call it.
        if by_itself.contains(&element) || called.contains(&element) {
            out.push(step(CHANGED_CODE, element, element, vec![altered], gains, proof()));
            continue;
        }
        let needs = vec![altered.clone(), vec![state(Verb::Reach, element)]];
        out.push(step(CHANGED_CODE, element, element, needs, gains.clone(), proof()));
        let mut waits = step(CHANGED_CODE, element, element, vec![altered], gains, proof());
        waits.applies = Applies::Asks;
        let name = inputs.lowered.model.name(element);
        waits.assumptions.push(format!("somebody or something that the code does not show calls {name}").into());
        out.push(waits);
    }
}

/// Whoever has a login of something and reaches it signs in.
pub(super) fn logins(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    let store = symbol_of(fact::KIND, "data-store");
    let mut resources: Vec<u32> = inputs.lowered.login_of.keys().copied().collect();
    resources.sort_unstable();
    for at in resources {
        let Some(login) = inputs.lowered.login_of.get(&at).copied() else { continue };
        let Some(target) = inputs.lowered.element(at).filter(|element| element.domain == Domain::Component) else {
            continue;
        };
        let kind = inputs.lowered.model.get(target).and_then(|element| element.symbol(fact::KIND));
        let gains: Vec<State> = if kind.is_some() && kind == store {
            [Verb::ActAs, Verb::Read, Verb::Alter].map(|verb| state(verb, target)).to_vec()
        } else if MACHINES.contains(&&*inputs.estate.resource(at).ty) {
            vec![state(Verb::RunCode, target)]
        } else {
            vec![state(Verb::ActAs, target)]
        };
        let needs = vec![vec![state(Verb::ActAs, login)], vec![state(Verb::Reach, target)]];
        let proof = evidence(login, "signs in to", "yes", inputs.estate.resource(at).span);
        out.push(step("signs-in", login, target, needs, gains, proof));
    }
}

/// Object stores: the provider serves them on the internet, and who is admitted is a matter of permission alone.
const OPEN_STORES: [&str; 3] = ["aws_s3_bucket", "google_bigquery_dataset", "google_storage_bucket"];

/// Whoever is on the internet gets to a store that admits everybody.
pub(super) fn open_stores(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    let Some(internet) = inputs.internet else { return };
    for at in OPEN_STORES.iter().flat_map(|ty| inputs.estate.of_type(ty)) {
        let Some(target) = inputs.lowered.element(*at).filter(|element| element.domain == Domain::Component) else {
            continue;
        };
        let Some(entry) = inputs.lowered.model.get(target) else { continue };
        let open = [fact::PUBLIC_READ, fact::PUBLIC_WRITE].into_iter().find(|id| entry.bool(*id) == Some(true));
        let Some(open) = open.and_then(|id| entry.fact(id)) else { continue };
        let proof = evidence(target, "admits", "everybody", open.span);
        let needs = vec![vec![state(Verb::Reach, internet)]];
        let mut one = step("network-path", internet, target, needs, vec![state(Verb::Reach, target)], proof);
        one.label = "tcp 443".into();
        out.push(one);
    }
}

/// Types on which a login is a shell.
const MACHINES: [&str; 10] = [
    "aws_instance",
    "aws_launch_template",
    "aws_autoscaling_group",
    "aws_lightsail_instance",
    "azurerm_linux_virtual_machine",
    "azurerm_windows_virtual_machine",
    "azurerm_virtual_machine",
    "google_compute_instance",
    "aws_spot_instance_request",
    "aws_glue_dev_endpoint",
];

/// Most steps from one member of a network that is no element, such as the one an account comes with, to another. Every
/// member reaches every other there: a hundred thousand are some three hundred members, all alike.
const MOST_PAIRS: usize = 100_000;

/// Whether more members of such networks reach one another than steps are made for.
pub(super) fn is_cut(inputs: &Inputs<'_, '_>) -> bool {
    let mut pairs = 0usize;
    for way in &inputs.network.ways {
        if let Place::Zone(zone) = way.from
            && let Some(zone) = inputs.network.zones.get(zone as usize)
            && zone.resource.is_none_or(|at| inputs.lowered.element(at).is_none_or(|e| e.domain != Domain::Boundary))
        {
            pairs = pairs.saturating_add(zone.members.len());
        }
    }
    pairs > MOST_PAIRS
}

/// The ways through the network.
pub(super) fn network(inputs: &Inputs<'_, '_>, out: &mut Vec<CloudStep>) {
    let zone_of = |zone: u32| {
        let resource = inputs.network.zones.get(zone as usize)?.resource?;
        inputs.lowered.element(resource).filter(|element| element.domain == Domain::Boundary)
    };
    // Whoever runs code on a member is in its zone, and whoever is in a zone is in the one around it.
    for (at, zone) in (0u32..).zip(&inputs.network.zones) {
        let Some(inside) = zone_of(at) else { continue };
        let proof = |element| evidence(element, "network", &*zone.name, zone.span);
        for member in &zone.members {
            let Some(member) = inputs.lowered.element(*member).filter(|e| e.domain == Domain::Component) else {
                continue;
            };
            let needs = vec![vec![state(Verb::RunCode, member)]];
            let gains = vec![state(Verb::Reach, inside)];
            out.push(step("joins-zone", member, inside, needs, gains, proof(member)));
        }
        if let Some(around) = zone.parent.and_then(zone_of).filter(|around| *around != inside) {
            let needs = vec![vec![state(Verb::Reach, inside)]];
            out.push(step("joins-zone", inside, around, needs, vec![state(Verb::Reach, around)], proof(inside)));
        }
    }
    let mut pairs = MOST_PAIRS;
    let signed = signed(inputs);
    // Of ways that are alike the first is told: one that an application may answer on.
    let manages = |way: &Way| way.ports.iter().all(|ports| crate::lower::administered_by(ports).is_some());
    let (last, first): (Vec<&Way>, Vec<&Way>) = inputs.network.ways.iter().partition(|way| manages(way));
    for way in first.into_iter().chain(last) {
        let Some(target) = inputs.lowered.element(way.to).filter(|e| e.domain == Domain::Component) else { continue };
        match way.from {
            Place::Internet => {
                if let Some(internet) = inputs.internet.filter(|_| !signed.contains(&target)) {
                    out.push(one_way(inputs, way, internet, state(Verb::Reach, internet), target));
                }
            }
            Place::Resource(from) => {
                if let Some(from) = inputs.lowered.element(from).filter(|from| *from != target)
                    && from.domain == Domain::Component
                {
                    out.push(one_way(inputs, way, from, state(Verb::RunCode, from), target));
                }
            }
            Place::Zone(zone) => match zone_of(zone) {
                Some(from) => out.push(one_way(inputs, way, from, state(Verb::Reach, from), target)),
                None => {
                    let members = inputs.network.zones.get(zone as usize).map_or(&[][..], |zone| &zone.members);
                    for member in members {
                        if let Some(from) = inputs.lowered.element(*member).filter(|from| *from != target)
                            && from.domain == Domain::Component
                            && let Some(less) = pairs.checked_sub(1)
                        {
                            pairs = less;
                            out.push(one_way(inputs, way, from, state(Verb::RunCode, from), target));
                        }
                    }
                }
            },
        }
    }
}

fn one_way(inputs: &Inputs<'_, '_>, way: &Way, from: ElementRef, need: State, target: ElementRef) -> CloudStep {
    let mut hops: Vec<Evidence> = way
        .hops
        .iter()
        .map(|hop| {
            let element = inputs.lowered.element(hop.resource).unwrap_or(target);
            evidence(element, "network", &*hop.text, hop.span)
        })
        .collect();
    let first = if hops.is_empty() {
        let span = inputs.estate.resource(way.to).span;
        evidence(target, "network", "listens", span)
    } else {
        hops.remove(0)
    };
    let mut one = step("network-path", from, target, vec![vec![need]], vec![state(Verb::Reach, target)], first);
    one.evidence.extend(hops);
    one.label = ports(&way.ports).into();
    one.assumptions = way.assumptions.iter().map(|text| Box::from(&**text)).collect();
    if way.asks && one.assumptions.is_empty() {
        one.assumptions.push(
            format!(
                "the network lets {} through to {}",
                inputs.lowered.model.name(from),
                inputs.lowered.model.name(target)
            )
            .into(),
        );
    }
    if !one.assumptions.is_empty() {
        one.applies = Applies::Asks;
    }
    one
}

/// Ports in words: `tcp 443, 8000–8100`.
fn ports(list: &[Ports]) -> String {
    let mut out: Vec<String> = Vec::new();
    for ports in list.iter().take(4) {
        let range = match (ports.first, ports.last) {
            (0, u16::MAX) => String::new(),
            (first, last) if first == last => format!(" {first}"),
            (first, last) => format!(" {first}–{last}"),
        };
        out.push(format!("{}{range}", ports.protocol));
    }
    if list.len() > 4 {
        out.push("…".to_owned());
    }
    out.join(", ")
}
