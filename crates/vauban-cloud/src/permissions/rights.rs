//! All providers under one roof.

use std::sync::Mutex;

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;
use vauban_model::library::Cloud;
use vauban_model::resource::Text;

use super::aws::evaluate::Aws;
use super::aws::level::Level as Answered;
use super::aws::matching::Tri;
use super::aws::policy::Stmt;
use super::aws::principals::Class;
use super::bindings::{Bindings, Found};
use super::tables::Tables;
use super::{Answer, Kinds, Principal, PrincipalKind, Reach, Request, Statement, Target, Verdict};
use super::{azure, denials, gcp, kubernetes};
use crate::Estate;
use crate::catalogue::{people, scoped_accounts};
use crate::scopes::Level;

/// Who may do what in an inventory.
#[derive(Debug)]
pub struct Rights<'e> {
    estate: &'e Estate<'e>,
    principals: Vec<Principal>,
    by_resource: FxHashMap<u32, u32>,
    /// By principal: its number within its provider.
    local: Vec<u32>,
    /// By number within AWS: the principal.
    from_aws: Vec<u32>,
    aws: Aws<'e>,
    bindings: Bindings,
    /// By action and statement: what it says of it.
    said: Mutex<FxHashMap<Box<str>, FxHashMap<u32, Text>>>,
    /// Groups of types that were asked about.
    kinds: Mutex<FxHashMap<Vec<Box<str>>, Kinds>>,
}

impl<'e> Rights<'e> {
    /// Reads every policy, binding and assignment of the inventory.
    pub fn new(estate: &'e Estate<'e>, tables: &'e Tables<'e>) -> Self {
        let aws = Aws::new(estate, tables);
        let mut out = Rights {
            estate,
            principals: Vec::new(),
            by_resource: FxHashMap::default(),
            local: Vec::new(),
            from_aws: Vec::new(),
            aws,
            bindings: Bindings::default(),
            said: Mutex::default(),
            kinds: Mutex::default(),
        };
        for (number, principal) in (0u32..).zip(&out.aws.people.all) {
            let kind = match principal.class {
                Class::User => PrincipalKind::User,
                Class::Group => PrincipalKind::Group,
                Class::Role | Class::PermissionSet => PrincipalKind::Role,
            };
            out.from_aws.push(u32::try_from(out.principals.len()).unwrap_or(u32::MAX));
            out.principals.push(Principal { resource: principal.resource, cloud: Cloud::Aws, kind });
            out.local.push(number);
        }
        let count = u32::try_from(estate.inventory.resources.len()).unwrap_or(u32::MAX);
        for at in 0..count {
            if let Some(number) = out.aws.people.by_resource.get(&at)
                && let Some(principal) = out.from_aws.get(*number as usize)
            {
                out.by_resource.insert(at, *principal);
            }
        }
        // The others come after, numbered on.
        let mut found = Found {
            principals: std::mem::take(&mut out.principals),
            by_resource: std::mem::take(&mut out.by_resource),
        };
        gcp::principals(estate, &mut found);
        azure::principals(estate, &mut found);
        kubernetes::principals(estate, &mut found);
        gcp::grants(estate, tables, &found, &mut out.bindings);
        azure::grants(estate, tables, &found, &mut out.bindings);
        kubernetes::grants(estate, tables, &found, &mut out.bindings);
        denials::read(estate, &found, &mut out.bindings);
        out.local.resize(found.principals.len(), 0);
        out.principals = found.principals;
        out.by_resource = found.by_resource;
        out
    }

    /// Every principal of the inventory, in a fixed order.
    pub fn principals(&self) -> &[Principal] {
        &self.principals
    }

    /// The principal that a resource is (or, for a data source, that it looks up).
    pub fn principal_of(&self, resource: u32) -> Option<u32> {
        self.by_resource.get(&resource).copied()
    }

    /// What could not be read of policies.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.aws.store.notes
    }

    fn local(&self, principal: u32) -> Option<(Cloud, u32)> {
        let at = principal as usize;
        Some((self.principals.get(at)?.cloud, *self.local.get(at)?))
    }

    /// Whether anything at all may let a principal take an action somewhere by its own policies: a cheap no before
    /// asking for every target. A target's own policy may still allow it.
    pub fn could(&self, principal: u32, action: &str) -> bool {
        match self.local(principal) {
            Some((Cloud::Aws, number)) => self.aws.could(number, action),
            _ => self.bindings.could(principal, action),
        }
    }

    /// Whether any grant of Google Cloud, Azure or Kubernetes is known that names a principal.
    pub fn is_bound(&self, principal: u32) -> bool {
        self.bindings.of.get(&principal).is_some_and(|grants| !grants.is_empty())
    }

    /// The resources of some types (any of these).
    pub fn kinds(&self, types: &[Box<str>]) -> Kinds {
        let mut kinds = self.kinds.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = kinds.get(types) {
            return known.clone();
        }
        let mut members: Vec<u32> = types.iter().flat_map(|ty| self.estate.of_type(ty).iter().copied()).collect();
        members.sort_unstable();
        let id = u32::try_from(kinds.len()).unwrap_or(u32::MAX);
        let made = Kinds { id, members: members.into() };
        kinds.insert(types.to_vec(), made.clone());
        made
    }

    /// The resources of some types that a principal may possibly take an action on. Whoever is to be held against all
    /// resources asks this first: [`Rights::can`] denies what is not among these, and decides on each that is.
    pub fn reach(&self, principal: u32, action: &str, kinds: &Kinds) -> Reach {
        match self.local(principal) {
            Some((Cloud::Aws, number)) => self.aws.reach(number, action, kinds),
            Some(_) => self.bindings.reach(self.estate, principal, action, kinds),
            None => Reach::nothing(),
        }
    }

    /// Whether a principal may take an action on a target.
    pub fn can(&self, principal: u32, action: &str, target: Target<'_>, request: &Request<'_>) -> Verdict {
        match self.local(principal) {
            Some((Cloud::Aws, number)) => self.verdict(self.aws.can(number, action, target, request), action),
            _ => self.bindings.can(self.estate, principal, action, target),
        }
    }

    /// Like [`Rights::can`], for somebody who wants to know why not: a refusal names the statements that deny, or what is
    /// allowed and held back by the principal's upper bound.
    pub fn can_and_why(&self, principal: u32, action: &str, target: Target<'_>, request: &Request<'_>) -> Verdict {
        let mut verdict = self.can(principal, action, target, request);
        let Some((Cloud::Aws, number)) = self.local(principal) else { return verdict };
        if verdict.answer != Answer::Denied || !verdict.statements.is_empty() {
            return verdict;
        }
        let (parts, held_back) = self.aws.why_not(number, action, target);
        verdict.statements = self.verdict(Answered { parts, ..Answered::plain(Answer::Denied) }, action).statements;
        let bounded = self.principals.get(principal as usize).filter(|_| held_back && !verdict.statements.is_empty());
        if let Some(bounded) = bounded {
            let resource = self.estate.resource(bounded.resource);
            let value = resource.get("permissions_boundary");
            let policy = value.and_then(|value| self.estate.referred(value).first().copied());
            let name = match (policy, value) {
                (Some(policy), _) => self.estate.resource(policy).address.to_string(),
                (None, Some(value)) => self.estate.render(value),
                // It is set elsewhere, as that of a permission set is.
                (None, None) => resource.address.to_string(),
            };
            verdict.statements.push(Statement {
                allows: false,
                text: format!("{name}, the permissions boundary: does not allow {action}").into(),
                span: value.map_or(resource.span, |value| value.span),
                resource: bounded.resource,
            });
        }
        verdict
    }

    /// The statement that lets a principal take an action on a target for sure, and that speaks of the target and not of
    /// everything: what covers a whole account says nothing about what is used.
    pub fn names(&self, principal: u32, action: &str, target: u32) -> Option<Statement> {
        let verdict = match self.local(principal) {
            Some((Cloud::Aws, _)) => self.can(principal, action, Target::Resource(target), &Request::default()),
            _ => self.bindings.can_by_its_own(self.estate, principal, action, target),
        };
        let statement = verdict.statements.into_iter().find(|statement| statement.allows)?;
        (verdict.answer == Answer::Allowed && !statement.text.ends_with(" on *")).then_some(statement)
    }

    /// Whether a principal may take an action once the target's own policy names it: only denials are in the way. The
    /// principal's own statements that allow it already stand behind the answer.
    pub fn once_admitted(&self, principal: u32, action: &str, target: u32) -> Verdict {
        match self.local(principal) {
            Some((Cloud::Aws, number)) => self.verdict(self.aws.once_admitted(number, action, target), action),
            _ => self.bindings.can(self.estate, principal, action, Target::Resource(target)),
        }
    }

    /// The places that grants of a principal outside of AWS name, each once.
    pub fn granted_places(&self, principal: u32) -> Vec<u32> {
        self.bindings.places_of(principal)
    }

    /// Whether the policy or binding that a resource carries lets anybody take one of some actions; `None` when it is of
    /// a kind that carries none, or no action is named.
    pub fn opened_by(&self, resource: u32, actions: &[Box<str>]) -> Option<Answer> {
        if self.estate.resource(resource).ty.starts_with("google_") {
            return self.bindings.opened_by(resource, actions);
        }
        let targets = self.aws.resources.targets.get(&resource)?;
        let answers = targets
            .iter()
            .flat_map(|target| actions.iter().map(|action| self.aws.anyone(action, Target::Resource(*target)).answer));
        answers.max()
    }

    /// No, and nothing speaks of it.
    pub(crate) fn nobody(&self) -> Verdict {
        denied()
    }

    /// Whether somebody of another account may take an action on a target.
    pub(super) fn foreign_verdict(
        &self,
        who: &super::aws::foreign::Foreign,
        action: &str,
        target: Target<'_>,
    ) -> Verdict {
        self.verdict(self.aws.foreign(who, action, target), action)
    }

    /// Whether anybody at all may take an action on a target, without credentials of the account.
    pub fn anyone(&self, action: &str, target: Target<'_>) -> Verdict {
        let bound = self.bindings.anybody(self.estate, action, target);
        if bound.answer != Answer::Denied {
            return bound;
        }
        self.verdict(self.aws.anyone(action, target), action)
    }

    /// Whether what [`Rights::anyone`] may do wants an account of the provider: any will do, but nobody does it without.
    pub fn wants_an_account(&self, action: &str, target: Target<'_>) -> bool {
        let bound = self.bindings.anybody(self.estate, action, target).answer;
        if bound != Answer::Denied {
            return self.bindings.anonymous(self.estate, action, target).answer < bound;
        }
        let best = self.aws.anyone(action, target).answer;
        best != Answer::Denied && self.aws.anonymous(action, target).answer < best
    }

    /// Whether a principal rules an account: it has rights over identities of any name.
    pub fn administers_account(&self, principal: u32) -> Verdict {
        let mut best = denied();
        for (_, verdict) in self.administers(principal) {
            if verdict.answer > best.answer {
                best = verdict;
            }
        }
        best
    }

    /// The projects and subscriptions that a principal may rule, by their places; the account or cluster it belongs to has
    /// no place.
    pub fn administers(&self, principal: u32) -> Vec<(Option<u32>, Verdict)> {
        match self.local(principal) {
            Some((Cloud::Aws, number)) => {
                vec![(None, self.verdict(self.aws.administers(number), "iam:AttachRolePolicy"))]
            }
            Some((cloud @ Cloud::Gcp, _)) => self.rules(
                principal,
                cloud,
                &[
                    "resourcemanager.projects.setIamPolicy",
                    "resourcemanager.folders.setIamPolicy",
                    "resourcemanager.organizations.setIamPolicy",
                ],
            ),
            Some((cloud @ Cloud::Azure, _)) => self.rules(
                principal,
                cloud,
                &["Microsoft.Authorization/roleAssignments/write", "entra:Global Administrator"],
            ),
            Some((Cloud::Kubernetes, _)) => {
                vec![(None, self.bindings.everywhere(self.estate, principal, "any-verb any-resource"))]
            }
            None => Vec::new(),
        }
    }

    /// The best of several rights over each project or subscription.
    fn rules(&self, principal: u32, cloud: Cloud, actions: &[&str]) -> Vec<(Option<u32>, Verdict)> {
        let actions: Vec<&str> = actions.iter().copied().filter(|action| self.could(principal, action)).collect();
        if actions.is_empty() {
            return Vec::new();
        }
        let mut out = Vec::new();
        for place in self.accounts(cloud) {
            let mut best = denied();
            for action in &actions {
                let verdict = self.bindings.can(self.estate, principal, action, Target::Place(place));
                if verdict.answer > best.answer {
                    best = verdict;
                }
            }
            if best.answer != Answer::Denied {
                out.push((Some(place), best));
            }
        }
        out
    }

    /// Whether a principal holds a role that the configuration defines (see [`Rights::held`]) on a place.
    pub fn holds(&self, principal: u32, role: u32, place: u32) -> Answer {
        match self.bindings.holds(self.estate, principal, role, place) {
            Tri::No => Answer::Denied,
            Tri::Maybe => Answer::Unknown,
            Tri::Yes => Answer::Allowed,
        }
    }

    /// Whether a principal may do whatever there is, not only what some role lists.
    pub fn may_everything(&self, principal: u32) -> bool {
        self.bindings.of.get(&principal).into_iter().flatten().any(|grant| grant.role.everything())
    }

    /// The projects of Google Cloud or subscriptions of Azure in sight, as places for [`Target::Place`].
    pub fn accounts(&self, cloud: Cloud) -> Vec<u32> {
        let scopes = self.estate.scopes();
        let of_level = |at: &u32| scopes.node(*at).is_some_and(|node| node.level == Level::Account);
        scopes.places(cloud, Level::Account).into_iter().filter(of_level).collect()
    }

    /// Whether more than one account of AWS is in sight.
    pub fn several_accounts(&self) -> bool {
        self.aws.several_accounts()
    }

    /// Whether a resource of AWS is for sure in another account than a principal of AWS.
    pub fn lies_in_other_account(&self, principal: u32, resource: u32) -> bool {
        matches!(self.local(principal), Some((Cloud::Aws, number)) if self.aws.lies_in_other_account(number, resource))
    }

    /// Like [`Rights::accounts`], and the resource groups in them.
    pub fn places(&self, cloud: Cloud) -> Vec<u32> {
        self.estate.scopes().places(cloud, Level::Account)
    }

    /// Whether a principal may say who has which rights in a place that is no project or subscription: a resource group, a
    /// folder or management group, an organisation. Nothing for what it is not granted anything on by itself.
    pub fn rules_place(&self, principal: u32, place: u32) -> Option<Verdict> {
        let level = self.estate.scopes().node(place)?.level;
        let (cloud, _) = self.local(principal)?;
        let action = match (cloud, level) {
            (_, Level::Account) => return None,
            (Cloud::Azure, _) => "Microsoft.Authorization/roleAssignments/write",
            (Cloud::Gcp, Level::Folder) => "resourcemanager.folders.setIamPolicy",
            (Cloud::Gcp, Level::Top) => "resourcemanager.organizations.setIamPolicy",
            _ => return None,
        };
        let verdict = self.bindings.can(self.estate, principal, action, Target::Place(place));
        (verdict.answer != Answer::Denied).then_some(verdict)
    }

    /// The places that some principal rules for sure by what it is granted there, other than projects and subscriptions, each once
    /// and in the order in which they were found, with what makes or looks it up and what it is called.
    pub fn ruled_places(&self) -> Vec<(u32, Option<u32>, String)> {
        let principals = (0u32..).take(self.principals.len());
        let mut places: Vec<u32> = principals
            .flat_map(|principal| {
                let places = self.granted_places(principal).into_iter();
                let rules = move |place: &u32| {
                    self.rules_place(principal, *place).is_some_and(|verdict| verdict.answer == Answer::Allowed)
                };
                places.filter(rules)
            })
            .collect();
        places.sort_unstable();
        places.dedup();
        let scopes = self.estate.scopes();
        // What nobody named can be asked for by nobody.
        places.retain(|place| scopes.node(*place).is_some_and(|node| node.resource.is_some() || !node.name.is_empty()));
        let told = |place: u32| (place, scopes.node(place).and_then(|node| node.resource), scopes.title(place));
        places.into_iter().map(told).collect()
    }

    /// The project or subscription that a place is or lies in.
    pub fn account_of_place(&self, place: u32) -> Option<u32> {
        self.estate.scopes().account(place)
    }

    /// The place that a resource of Google Cloud or Azure lies in, as closely as it is known.
    pub fn place_of(&self, resource: u32) -> Option<u32> {
        self.estate.scopes().of(resource)
    }

    /// Whether a place is another or lies in it, for sure.
    pub fn lies_in(&self, place: u32, whole: u32) -> bool {
        self.estate.scopes().within(place, whole) == crate::scopes::Is::Yes
    }

    /// Whether a principal may change its own rights without ruling the account already.
    pub fn rewrites_itself(&self, principal: u32) -> Verdict {
        match self.local(principal) {
            Some((Cloud::Aws, number)) => self.verdict(self.aws.rewrites_itself(number), "iam:PutUserPolicy"),
            _ => denied(),
        }
    }

    /// Whether what one principal writes into the policies of another counts whatever it says: the receiver's upper bound,
    /// if it has one, does not hold it back.
    pub fn past_boundary(&self, writer: u32, receiver: u32) -> Verdict {
        match (self.local(writer), self.local(receiver)) {
            (Some((Cloud::Aws, writer)), Some((Cloud::Aws, receiver))) => {
                self.verdict(self.aws.past_boundary(writer, receiver), "iam:DeleteRolePermissionsBoundary")
            }
            _ => Verdict { answer: Answer::Allowed, ..denied() },
        }
    }

    /// The principals that a resource acts as, each once.
    pub fn runs_as(&self, resource: u32) -> Vec<u32> {
        let mut out = Vec::new();
        let mut add = |principal: Option<u32>| {
            if let Some(principal) = principal
                && !out.contains(&principal)
            {
                out.push(principal);
            }
        };
        for number in self.aws.runs_as(resource) {
            add(self.from_aws.get(number as usize).copied());
        }
        for at in gcp::runs_as(self.estate, resource).into_iter().chain(azure::runs_as(self.estate, resource)) {
            add(self.principal_of(at));
        }
        let account = kubernetes::account(self.estate, resource);
        if account.is_some_and(|account| kubernetes::has_token(self.estate, resource, account)) {
            add(account.and_then(|at| self.principal_of(at)));
        }
        for value in kubernetes::role_of_nodes(self.estate, resource) {
            for number in self.aws.people.find(&self.aws.names, value, resource, Class::Role) {
                add(self.from_aws.get(number as usize).copied());
            }
        }
        let named = kubernetes::named_account(self.estate, resource);
        if let Some((namespace, name)) = &named {
            for value in kubernetes::associated(self.estate, namespace, name) {
                for number in self.aws.people.find(&self.aws.names, value, resource, Class::Role) {
                    let role = self.aws.people.all.get(number as usize);
                    // A role of elsewhere is taken at the word of the association.
                    if role.is_some_and(|role| self.aws.trusts_workload(role.resource, namespace, name) != Tri::No) {
                        add(self.from_aws.get(number as usize).copied());
                    }
                }
            }
        }
        let account = account.unwrap_or(resource);
        if let Some((value, namespace, name)) = kubernetes::annotated(self.estate, account) {
            let mut roles = self.aws.people.find(&self.aws.names, value, account, Class::Role);
            if roles.is_empty() {
                // Manifests hold the account's number, code that makes the role seldom does.
                roles = self.aws.people.written(&self.aws.names, &self.estate.render(value));
            }
            for number in roles {
                let admitted = self
                    .aws
                    .people
                    .all
                    .get(number as usize)
                    .map_or(Tri::No, |role| self.aws.trusts_workload(role.resource, &namespace, &name));
                if admitted != Tri::No {
                    add(self.from_aws.get(number as usize).copied());
                }
            }
            let google = gcp::accounts(self.estate, value)
                .into_iter()
                .filter(|at| gcp::admits_workload(self.estate, *at, &namespace, &name));
            let azure = azure::identities(self.estate, value)
                .into_iter()
                .filter(|at| azure::admits_workload(self.estate, *at, &namespace, &name));
            for at in google.chain(azure) {
                let other = self
                    .principal_of(at)
                    .filter(|one| self.principals.get(*one as usize).is_some_and(|one| one.cloud != Cloud::Aws));
                add(other);
            }
        }
        out
    }

    /// Policies of the inventory that are attached to a principal or a group of it, and its groups; outside of AWS the
    /// roles that the configuration defines and it holds.
    pub fn held(&self, principal: u32) -> Vec<u32> {
        match self.local(principal) {
            Some((Cloud::Aws, number)) => {
                self.aws.people.all.get(number as usize).map(|one| one.held.clone()).unwrap_or_default()
            }
            Some(_) => self.bindings.roles_of(principal),
            None => Vec::new(),
        }
    }

    /// The groups that a principal outside of AWS is in, directly or by other groups, as principals.
    pub fn groups_of(&self, principal: u32) -> &[u32] {
        self.bindings.groups.get(&principal).map_or(&[], Vec::as_slice)
    }

    /// Whether something is denied to a member of a group that is not denied to the group.
    pub fn is_denied_beside(&self, member: u32, group: u32) -> bool {
        match (self.local(member), self.local(group)) {
            (Some((Cloud::Aws, member)), Some((Cloud::Aws, group))) => {
                let statements = |number: u32| {
                    self.aws.people.all.get(number as usize).map(|one| one.statements.as_slice()).unwrap_or_default()
                };
                let of_group = statements(group);
                statements(member).iter().any(|one| {
                    self.aws.statement(one).is_some_and(|said| !said.allows)
                        && !of_group.iter().any(|other| other.statement == one.statement)
                })
            }
            (Some((Cloud::Gcp, _)), Some((Cloud::Gcp, _))) => {
                self.bindings.denials.iter().any(|denial| denial.is_beside(member, group))
            }
            _ => false,
        }
    }

    /// Whether the code says which account of AWS is its own, or lets it be seen.
    pub fn knows_own_account(&self) -> bool {
        self.aws.names.knows_own() || !self.aws.probable.is_empty()
    }

    /// Whether a policy of the organisation keeps a machine of Google Cloud from letting anybody in by keys in metadata.
    pub fn requires_os_login(&self, resource: u32) -> bool {
        self.bindings.with_os_login.at(self.estate, self.estate.scopes().of(resource))
    }

    /// The accounts of Google Cloud that machines have within their access scopes, as resources: each with the account as
    /// a whole.
    pub fn scoped_accounts(&self) -> Vec<(u32, u32)> {
        let all = self.estate.of_type(scoped_accounts::TYPE).iter().copied();
        all.flat_map(|at| gcp::of_scoped(self.estate, at).into_iter().map(move |whole| (at, whole))).collect()
    }

    /// Whether the access scopes of such an account take an action in for sure.
    pub fn scopes_take_in(&self, scoped: u32, action: &str) -> bool {
        gcp::takes_in(self.estate, scoped, action)
    }

    /// Whether only a service of the provider acts as a principal.
    pub fn is_agent(&self, principal: u32) -> bool {
        let resource = self.principals.get(principal as usize).map(|one| self.estate.resource(one.resource));
        resource.is_some_and(|one| &*one.ty == people::AGENT)
    }

    /// Whether the provider's service (`lambda.amazonaws.com`) may take on a principal.
    pub fn trusts_service(&self, principal: u32, service: &str) -> Verdict {
        match self.local(principal) {
            Some((Cloud::Aws, number)) => {
                let level = match self.aws.people.all.get(number as usize) {
                    Some(one) if one.class == Class::Role => self.aws.trusts_service(one.resource, service),
                    _ => Answered::plain(Answer::Denied),
                };
                self.verdict(level, "sts:AssumeRole")
            }
            _ => denied(),
        }
    }

    /// The account, project, subscription or cluster a resource is in, by the name of its scope; empty for the default.
    pub fn account_of(&self, resource: u32) -> Text {
        self.aws.names.scope_of(resource)
    }

    /// The name of a resource in the provider's own form, with `${…}` for what is not known.
    pub fn name_of(&self, resource: u32) -> Option<&str> {
        self.aws.names.of(resource).first().map(AsRef::as_ref)
    }

    /// The key of conditions that holds the role which requests of a service's actions pass, and who takes the role on.
    pub fn passes(&self, action: &str) -> Option<(&str, &str)> {
        let service = action.split(':').next().unwrap_or_default();
        self.aws.tables.passes.get(service).map(|(key, to)| (key.as_str(), to.as_str()))
    }

    fn verdict(&self, level: Answered, action: &str) -> Verdict {
        let mut statements: Vec<Statement> = Vec::with_capacity(level.parts.len());
        for part in &level.parts {
            let Some(statement) = self.aws.statement(part) else { continue };
            statements.push(Statement {
                allows: statement.allows,
                text: self.said(part.statement, statement, action),
                span: statement.span.unwrap_or(part.span),
                resource: statement.holder.unwrap_or(part.via),
            });
        }
        Verdict {
            answer: level.answer,
            statements,
            assumptions: level.assumptions,
            settable: if matches!(level.answer, Answer::Settable | Answer::Unknown) {
                level.settable
            } else {
                Vec::new()
            },
        }
    }

    /// What a statement says of an action, in words.
    fn said(&self, number: u32, statement: &Stmt, action: &str) -> Text {
        let mut said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = said.get(action).and_then(|of| of.get(&number)) {
            return known.clone();
        }
        let on = match &statement.resources {
            Some(list) if !list.is_empty() => {
                let shown: Vec<&str> = list.iter().take(3).map(|one| &*one.text).collect();
                let more = if list.len() > 3 { ", …" } else { "" };
                let but = if statement.not_resources { "everything but " } else { "" };
                format!(" on {but}{}{more}", shown.join(", "))
            }
            _ => String::new(),
        };
        let verb = if statement.allows { "allows" } else { "denies" };
        let what = match statement.actions.fits(&action.to_ascii_lowercase()).1 {
            Some(pattern) if !statement.not_actions => shown(&pattern, action),
            _ => "all actions but some".to_owned(),
        };
        let text = Text::from(format!("{}: {verb} {what}{on}", statement.label));
        said.entry(action.into()).or_default().insert(number, text.clone());
        text
    }

    /// What is known of AWS.
    pub(super) fn aws(&self) -> &Aws<'e> {
        &self.aws
    }

    /// The inventory.
    pub fn estate(&self) -> &'e Estate<'e> {
        self.estate
    }
}

/// An action's pattern with the capitals of the action asked about where they are the same word.
fn shown(pattern: &str, action: &str) -> String {
    if pattern.eq_ignore_ascii_case(action) { action.to_owned() } else { pattern.to_owned() }
}

/// No, and nothing speaks of it.
pub(super) fn denied() -> Verdict {
    Verdict { answer: Answer::Denied, statements: Vec::new(), assumptions: Vec::new(), settable: Vec::new() }
}
