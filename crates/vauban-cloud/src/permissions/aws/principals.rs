//! Users, groups, roles and permission sets, with every policy that applies to each.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Text, Value};

use super::arn::{Names, bare_type};
use super::document::field;
use super::policy::{Policy, Statements};
use crate::permissions::tables::Tables;

/// Kinds of principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    User,
    Group,
    Role,
    PermissionSet,
}

/// A statement and what brings it to a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) statement: u32,
    /// The resource that attaches it.
    pub(crate) via: u32,
    pub(crate) span: Span,
}

/// A principal.
#[derive(Clone, Debug)]
pub(crate) struct AwsPrincipal {
    pub(crate) resource: u32,
    pub(crate) class: Class,
    pub(crate) name: String,
    pub(crate) arn: String,
    /// The same without the path, as sessions of a role write it.
    pub(crate) bare: String,
    pub(crate) scope: Text,
    pub(crate) statements: Vec<Applied>,
    /// Policies that nobody knows the content of.
    pub(crate) unknown: Vec<Text>,
    pub(crate) groups: Vec<u32>,
    /// The boundary's statements, if there is one; what is unknown of it.
    pub(crate) boundary: Option<(Vec<Applied>, Option<Text>)>,
    /// The policy of the inventory that is the boundary.
    pub(crate) bound_by: Option<u32>,
    /// Policies of the inventory that are attached, and groups: as resources.
    pub(crate) held: Vec<u32>,
}

/// Everybody, with look-ups.
#[derive(Debug, Default)]
pub(crate) struct Everybody {
    pub(crate) all: Vec<AwsPrincipal>,
    pub(crate) by_resource: FxHashMap<u32, u32>,
    by_name: FxHashMap<(Class, String), Vec<u32>>,
    by_arn: FxHashMap<String, u32>,
    policies: FxHashMap<u32, Policy>,
    managed: FxHashMap<String, Policy>,
}

fn class_of(resource: &Resource) -> Option<Class> {
    match bare_type(resource) {
        "aws_iam_user" => Some(Class::User),
        "aws_iam_group" => Some(Class::Group),
        "aws_iam_role" | "aws_iam_service_linked_role" => Some(Class::Role),
        "aws_ssoadmin_permission_set" => Some(Class::PermissionSet),
        _ => None,
    }
}

/// The name a policy is shown by.
fn label(names: &Names<'_>, at: u32) -> String {
    let resource = names.estate.resource(at);
    match resource.get("name") {
        Some(value) => names.render(value, at, 0),
        None => resource.name.to_string(),
    }
}

/// Attributes that say whose a policy is.
const OWNERS: [(&str, Class); 9] = [
    ("user", Class::User),
    ("users", Class::User),
    ("user_name", Class::User),
    ("role", Class::Role),
    ("roles", Class::Role),
    ("role_name", Class::Role),
    ("group", Class::Group),
    ("groups", Class::Group),
    ("group_name", Class::Group),
];

impl Everybody {
    /// Collects everybody and what applies to them.
    pub(crate) fn collect(names: &Names<'_>, tables: &Tables<'_>, store: &mut Statements) -> Self {
        let mut out = Everybody::default();
        let count = u32::try_from(names.estate.inventory.resources.len()).unwrap_or(u32::MAX);
        for data in [false, true] {
            for at in 0..count {
                let resource = names.estate.resource(at);
                if (resource.mode == Mode::Data) == data
                    && let Some(class) = class_of(resource)
                {
                    out.add(names, at, class);
                }
            }
        }
        for at in 0..count {
            out.apply(names, tables, store, at);
        }
        out.join_groups();
        out
    }

    fn add(&mut self, names: &Names<'_>, at: u32, class: Class) {
        let name = names.attribute(at, "name", 0);
        let scope = names.scope_of(at);
        let known = self.by_name.get(&(class, name.clone())).and_then(|list| {
            list.iter().copied().find(|one| self.all.get(*one as usize).is_some_and(|one| one.scope == scope))
        });
        if names.estate.resource(at).mode == Mode::Data
            && let Some(known) = known
        {
            self.by_resource.insert(at, known);
            return;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let arn = names.of(at).first().map(ToString::to_string).unwrap_or_default();
        self.by_resource.insert(at, number);
        self.by_name.entry((class, name.clone())).or_default().push(number);
        self.by_arn.entry(arn.clone()).or_insert(number);
        let bare = format!("arn:aws:iam::{}:role/{name}", names.account(&scope));
        self.all.push(AwsPrincipal {
            resource: at,
            class,
            name,
            arn,
            bare,
            scope,
            statements: Vec::new(),
            unknown: Vec::new(),
            groups: Vec::new(),
            boundary: None,
            bound_by: None,
            held: Vec::new(),
        });
    }

    /// The principal with a name in the provider's form.
    pub(crate) fn named(&self, arn: &str) -> Option<u32> {
        self.by_arn.get(arn).copied()
    }

    /// The principals a value names.
    pub(crate) fn find(&self, names: &Names<'_>, value: &Value, from: u32, class: Class) -> Vec<u32> {
        let mut out = Vec::new();
        for item in value.each() {
            let mut seen = false;
            for at in names.estate.referred(item) {
                if let Some(number) = self.by_resource.get(&at)
                    && self.all.get(*number as usize).is_some_and(|one| one.class == class)
                {
                    seen = true;
                    if !out.contains(number) {
                        out.push(*number);
                    }
                }
            }
            if seen {
                continue;
            }
            let text = names.render(item, from, 0);
            let scope = names.scope_of(from);
            if let Some(number) = self.named(&names.canonical(&text, &scope)) {
                if !out.contains(&number) {
                    out.push(number);
                }
                continue;
            }
            let Some(list) = self.by_name.get(&(class, text)) else { continue };
            let own =
                list.iter().copied().find(|one| self.all.get(*one as usize).is_some_and(|one| one.scope == scope));
            for number in own.map_or_else(|| list.clone(), |one| vec![one]) {
                if !out.contains(&number) {
                    out.push(number);
                }
            }
        }
        out
    }

    /// The roles that an ARN written elsewhere may mean: those of its name whose own account nobody said.
    pub(crate) fn written(&self, names: &Names<'_>, arn: &str) -> Vec<u32> {
        let Some((_, path)) = arn.strip_prefix("arn:").and_then(|rest| rest.split_once(":role/")) else {
            return Vec::new();
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        let list = self.by_name.get(&(Class::Role, name.to_owned())).map_or(&[][..], Vec::as_slice);
        let open = |one: &&u32| {
            let scope = self.all.get(**one as usize).map(|one| one.scope.clone());
            scope.is_some_and(|scope| names.account(&scope).contains('{'))
        };
        let found: Vec<u32> = list.iter().filter(open).copied().collect();
        if found.len() == 1 { found } else { Vec::new() }
    }

    /// Reads what a resource attaches to whom.
    fn apply(&mut self, names: &Names<'_>, tables: &Tables<'_>, store: &mut Statements, at: u32) {
        let resource = names.estate.resource(at);
        let ty = bare_type(resource);
        match ty {
            "aws_iam_user" | "aws_iam_role" | "aws_iam_group" => self.own(names, tables, store, at),
            "aws_iam_user_policy" | "aws_iam_role_policy" | "aws_iam_group_policy" => {
                let Some(document) = resource.get("policy").or_else(|| resource.get("policy_document")) else { return };
                let owners = self.owners(names, at);
                if owners.is_empty() {
                    return;
                }
                let policy = store.read(names, document, at, &label(names, at));
                for owner in owners {
                    self.give(owner, &policy, at, document.span);
                }
            }
            "aws_iam_policy" => {
                // CloudFormation attaches from the policy's side.
                for owner in self.owners(names, at) {
                    let policy = self.content(names, store, at);
                    self.give(owner, &policy, at, resource.span);
                    self.hold(owner, at);
                }
            }
            "aws_iam_user_policy_attachment"
            | "aws_iam_role_policy_attachment"
            | "aws_iam_group_policy_attachment"
            | "aws_iam_policy_attachment"
            | "aws_iam_user_policy_attachments_exclusive"
            | "aws_iam_role_policy_attachments_exclusive"
            | "aws_iam_group_policy_attachments_exclusive" => {
                let owners = self.owners(names, at);
                for value in ["policy_arn", "policy_arns"].iter().filter_map(|key| resource.get(key)) {
                    for item in value.each() {
                        for owner in &owners {
                            self.attach(names, tables, store, *owner, item, at);
                        }
                    }
                }
            }
            "aws_iam_group_membership" | "aws_iam_user_group_membership" => {
                let of = |key: &str, class| {
                    resource.get(key).map(|value| self.find(names, value, at, class)).unwrap_or_default()
                };
                let users = [of("users", Class::User), of("user", Class::User), of("user_name", Class::User)].concat();
                let groups =
                    [of("groups", Class::Group), of("group", Class::Group), of("group_name", Class::Group)].concat();
                for user in users {
                    self.join(user, &groups);
                }
            }
            // CloudFormation says in the set what Terraform attaches to it.
            "aws_ssoadmin_permission_set" => {
                let Some(number) = self.by_resource.get(&at).copied() else { return };
                for path in ["managed_policies", "customer_managed_policy_references.name"] {
                    for item in resource.at_each(path).into_iter().flat_map(Value::each) {
                        self.attach(names, tables, store, number, item, at);
                    }
                }
                if let Some(document) = resource.get("inline_policy") {
                    let policy = store.read(names, document, at, &label(names, at));
                    self.give(number, &policy, at, document.span);
                }
                self.bound(names, tables, store, &[number], at, "permissions_boundary");
            }
            "aws_ssoadmin_permissions_boundary_attachment" => {
                let Some(set) = resource.get("permission_set_arn") else { return };
                let owners = self.find(names, set, at, Class::PermissionSet);
                self.bound(names, tables, store, &owners, at, "permissions_boundary");
            }
            "aws_ssoadmin_managed_policy_attachment"
            | "aws_ssoadmin_customer_managed_policy_attachment"
            | "aws_ssoadmin_permission_set_inline_policy" => {
                let Some(set) = resource.get("permission_set_arn") else { return };
                for owner in self.find(names, set, at, Class::PermissionSet) {
                    if let Some(value) = resource.get("managed_policy_arn") {
                        self.attach(names, tables, store, owner, value, at);
                    }
                    if let Some(value) = resource.get("customer_managed_policy_reference.name") {
                        self.attach(names, tables, store, owner, value, at);
                    }
                    if let Some(document) = resource.get("inline_policy") {
                        let policy = store.read(names, document, at, &label(names, at));
                        self.give(owner, &policy, at, document.span);
                    }
                }
            }
            _ => {}
        }
    }

    fn owners(&self, names: &Names<'_>, at: u32) -> Vec<u32> {
        let resource = names.estate.resource(at);
        let mut out = Vec::new();
        for (key, class) in OWNERS {
            if let Some(value) = resource.get(key) {
                for owner in self.find(names, value, at, class) {
                    if !out.contains(&owner) {
                        out.push(owner);
                    }
                }
            }
        }
        out
    }

    /// What the principal's own attributes give it.
    fn own(&mut self, names: &Names<'_>, tables: &Tables<'_>, store: &mut Statements, at: u32) {
        let Some(number) = self.by_resource.get(&at).copied() else { return };
        let resource = names.estate.resource(at);
        for key in ["inline_policy", "policies"] {
            for block in resource.get(key).map(Value::each).unwrap_or_default() {
                let document = field(block, &["policy", "policydocument"]);
                if let Some(document) = document {
                    let name = field(block, &["name", "policyname"]).map(|value| names.render(value, at, 0));
                    let policy = store.read(names, document, at, &name.unwrap_or_else(|| label(names, at)));
                    self.give(number, &policy, at, document.span);
                }
            }
        }
        for item in resource.get("managed_policy_arns").map(Value::each).unwrap_or_default() {
            self.attach(names, tables, store, number, item, at);
        }
        if let Some(groups) = resource.get("groups") {
            let groups = self.find(names, groups, at, Class::Group);
            self.join(number, &groups);
        }
        if let Some(value) = resource.get("permissions_boundary") {
            let (policy, bound_by, _) = self.policy(names, tables, store, value, at);
            let applied = applied(&policy, at, value.span);
            if let Some(principal) = self.all.get_mut(number as usize) {
                principal.boundary = Some((applied, policy.unknown));
                principal.bound_by = bound_by;
            }
        }
    }

    /// The boundary of permission sets, which a block names as one of the provider's policies or of the account's.
    fn bound(
        &mut self,
        names: &Names<'_>,
        tables: &Tables<'_>,
        store: &mut Statements,
        owners: &[u32],
        at: u32,
        block: &str,
    ) {
        let resource = names.estate.resource(at);
        let paths =
            ["managed_policy_arn", "customer_managed_policy_reference.name"].map(|key| format!("{block}.{key}"));
        let Some(value) = paths.iter().find_map(|path| resource.at_each(path).into_iter().next()) else { return };
        let (policy, _, _) = self.policy(names, tables, store, value, at);
        let limits = applied(&policy, at, value.span);
        for owner in owners {
            if let Some(owner) = self.all.get_mut(*owner as usize) {
                owner.boundary = Some((limits.clone(), policy.unknown.clone()));
            }
        }
    }

    fn join(&mut self, user: u32, groups: &[u32]) {
        for group in groups {
            let resource = self.all.get(*group as usize).map(|group| group.resource);
            if let Some(user) = self.all.get_mut(user as usize)
                && !user.groups.contains(group)
            {
                user.groups.push(*group);
                user.held.extend(resource);
            }
        }
    }

    fn hold(&mut self, owner: u32, policy: u32) {
        if let Some(owner) = self.all.get_mut(owner as usize)
            && !owner.held.contains(&policy)
        {
            owner.held.push(policy);
        }
    }

    fn give(&mut self, owner: u32, policy: &Policy, via: u32, span: Span) {
        let Some(owner) = self.all.get_mut(owner as usize) else { return };
        owner.statements.extend(applied(policy, via, span));
        owner.unknown.extend(policy.unknown.clone());
    }

    fn attach(
        &mut self,
        names: &Names<'_>,
        tables: &Tables<'_>,
        store: &mut Statements,
        owner: u32,
        value: &Value,
        at: u32,
    ) {
        let (policy, resource, via) = self.policy(names, tables, store, value, at);
        if let Some(resource) = resource {
            self.hold(owner, resource);
        }
        self.give(owner, &policy, via, value.span);
    }

    /// The content of a policy of the inventory.
    fn content(&mut self, names: &Names<'_>, store: &mut Statements, at: u32) -> Policy {
        if let Some(policy) = self.policies.get(&at) {
            return policy.clone();
        }
        let resource = names.estate.resource(at);
        let document = resource.get("policy").or_else(|| resource.get("policy_document"));
        let policy = match document {
            Some(document) => store.read(names, document, at, &label(names, at)),
            None => Policy { statements: Vec::new(), unknown: Some(resource.address.clone()) },
        };
        self.policies.insert(at, policy.clone());
        policy
    }

    /// The policy a value names: its content, the resource it is if it is one of the inventory, and what brings it.
    fn policy(
        &mut self,
        names: &Names<'_>,
        tables: &Tables<'_>,
        store: &mut Statements,
        value: &Value,
        at: u32,
    ) -> (Policy, Option<u32>, u32) {
        let referred = names
            .estate
            .referred(value)
            .into_iter()
            .find(|at| bare_type(names.estate.resource(*at)) == "aws_iam_policy");
        let text = match referred {
            Some(policy) if names.estate.resource(policy).mode != Mode::Data => {
                return (self.content(names, store, policy), Some(policy), at);
            }
            Some(policy) => {
                let resource = names.estate.resource(policy);
                let key = if resource.get("arn").is_some() { "arn" } else { "name" };
                names.attribute(policy, key, 0)
            }
            None => names.render(value, at, 0),
        };
        let scope = names.scope_of(at);
        let canonical = names.canonical(&text, &scope);
        if let Some(found) = names.find(&canonical)
            && bare_type(names.estate.resource(found)) == "aws_iam_policy"
            && names.estate.resource(found).mode != Mode::Data
        {
            return (self.content(names, store, found), Some(found), at);
        }
        // A bare name is looked for among the inventory's policies first, then among the provider's.
        let own = format!("arn:aws:iam::{}:policy/{text}", names.account(&scope));
        if let Some(found) = names.find(&own)
            && names.estate.resource(found).mode != Mode::Data
        {
            return (self.content(names, store, found), Some(found), at);
        }
        let key = match canonical.split_once(":iam::aws:policy/") {
            Some((_, path)) => path.to_owned(),
            None if canonical.starts_with("arn:") => String::new(),
            None => text.clone(),
        };
        if let Some(policy) = self.managed.get(&key) {
            return (policy.clone(), None, at);
        }
        let short = key.rsplit('/').next().unwrap_or(&key);
        let lines = tables.managed.get(&key).or_else(|| {
            let paths = ["", "service-role/", "job-function/"];
            paths.iter().find_map(|path| tables.managed.get(&format!("{path}{short}")))
        });
        let policy = match lines {
            Some(lines) => store.managed(short, lines),
            None => Policy { statements: Vec::new(), unknown: Some(text.into()) },
        };
        if !key.is_empty() {
            self.managed.insert(key, policy.clone());
        }
        (policy, None, at)
    }

    /// The policy a value names, for others than identities.
    pub(crate) fn join_groups(&mut self) {
        let groups = self
            .all
            .iter()
            .enumerate()
            .filter(|(_, user)| !user.groups.is_empty())
            .map(|(at, user)| {
                let groups = || user.groups.iter().filter_map(|group| self.all.get(*group as usize));
                (
                    at,
                    groups().flat_map(|group| group.statements.iter().copied()).collect::<Vec<_>>(),
                    groups().flat_map(|group| group.unknown.iter().cloned()).collect::<Vec<_>>(),
                    groups().flat_map(|group| group.held.iter().copied()).collect::<Vec<_>>(),
                )
            })
            .collect::<Vec<_>>();
        for (at, statements, unknown, held) in groups {
            if let Some(user) = self.all.get_mut(at) {
                user.statements.extend(statements);
                user.unknown.extend(unknown);
                for one in held {
                    if !user.held.contains(&one) {
                        user.held.push(one);
                    }
                }
            }
        }
    }
}

fn applied(policy: &Policy, via: u32, span: Span) -> Vec<Applied> {
    policy.statements.iter().map(|statement| Applied { statement: *statement, via, span }).collect()
}
