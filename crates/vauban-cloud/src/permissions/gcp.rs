//! Google Cloud: bindings of roles to members.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vauban_model::library::Cloud;
use vauban_model::resource::Value;

use super::aws::matching::Tri;
use super::bindings::{Action, Actions, Bindings, Enforced, Found, Grant, Role, Scope, list};
use super::expressions::{self, Condition};
use super::tables::Tables;
use super::{PrincipalKind, pools};
use crate::Estate;
use crate::catalogue::{default_accounts, people, scoped_accounts};

/// Types that are a service account.
const ACCOUNTS: [&str; 5] = [
    "google_service_account",
    "google_compute_default_service_account",
    "google_app_engine_default_service_account",
    default_accounts::BUILDS,
    "google_storage_project_service_account",
];

/// Makes every service account a principal, and everybody else whom bindings name.
pub(super) fn principals(estate: &Estate<'_>, found: &mut Found) {
    for ty in ACCOUNTS {
        for at in estate.of_type(ty) {
            found.add(*at, Cloud::Gcp, PrincipalKind::Role);
        }
    }
    for at in estate.of_type(scoped_accounts::TYPE) {
        found.add(*at, Cloud::Gcp, PrincipalKind::Role);
    }
    for ty in people::TYPES {
        let kind = match ty {
            people::USER => PrincipalKind::User,
            people::GROUP | people::DOMAIN => PrincipalKind::Group,
            people::FEDERATED => PrincipalKind::Outside,
            _ => PrincipalKind::Role,
        };
        for at in estate.of_type(ty) {
            found.add(*at, Cloud::Gcp, kind);
        }
    }
    for at in estate.of_type(people::OWN_GROUP) {
        found.add(*at, Cloud::Gcp, PrincipalKind::Group);
    }
}

/// Everybody whom a binding or a membership can name, by name.
#[derive(Debug)]
pub(super) struct People {
    by_name: FxHashMap<String, u32>,
}

impl People {
    pub(super) fn new(estate: &Estate<'_>) -> People {
        let mut by_name = FxHashMap::default();
        for at in people::TYPES.iter().flat_map(|ty| estate.of_type(ty)) {
            by_name.entry(people::key(&estate.resource(*at).address)).or_insert(*at);
        }
        for at in estate.of_type(people::OWN_GROUP) {
            let one = estate.resource(*at);
            if let Some(email) = ["group_key.id", "email"].iter().find_map(|key| one.get(key)) {
                by_name.insert(people::key(&format!("group:{}", estate.render(email))), *at);
            }
        }
        People { by_name }
    }

    /// Whom a member of a binding names.
    fn member(&self, estate: &Estate<'_>, value: &Value) -> Vec<u32> {
        let text = estate.render(value);
        if !["user:", "group:", "domain:", "principal"].iter().any(|start| text.starts_with(start)) {
            let known = accounts(estate, value);
            if !known.is_empty() {
                return known;
            }
        }
        if text.starts_with("group:")
            && let Some(own) = estate.referred(value).into_iter().find(|at| people::is_group(&estate.resource(*at).ty))
        {
            return vec![own];
        }
        self.by_name.get(&people::key(&text)).copied().into_iter().collect()
    }

    /// Whom a rule of a deny policy names.
    pub(super) fn denied(&self, estate: &Estate<'_>, value: &Value) -> Vec<u32> {
        let text = estate.render(value);
        let person = text.strip_prefix("principal://goog/subject/").map(|email| format!("user:{email}"));
        let group = || text.strip_prefix("principalSet://goog/group/").map(|email| format!("group:{email}"));
        match person.or_else(group) {
            Some(name) => self.by_name.get(&people::key(&name)).copied().into_iter().collect(),
            // `principal://iam.googleapis.com/projects/-/serviceAccounts/…`
            None if text.contains("/serviceAccounts/") => accounts(estate, value),
            None => self.member(estate, value),
        }
    }

    /// Who is directly in which group: members and groups as resources. Everybody of a domain is in it.
    fn memberships(&self, estate: &Estate<'_>) -> Vec<(u32, u32)> {
        let mut out = Vec::new();
        for (ty, group, keys) in people::MEMBERSHIPS {
            for at in estate.of_type(ty) {
                let one = estate.resource(*at);
                let (Some(group), Some(key)) = (one.get(group), keys.iter().find_map(|key| one.get(key))) else {
                    continue;
                };
                let own = estate.referred(group).into_iter().find(|at| people::is_group(&estate.resource(*at).ty));
                let named = || self.by_name.get(&people::key(&format!("group:{}", estate.render(group)))).copied();
                let Some(group) = own.or_else(named) else { continue };
                let text = estate.render(key);
                let of = |kind: &str| self.by_name.get(&people::key(&format!("{kind}:{text}"))).copied();
                let mut members: Vec<u32> = estate
                    .referred(key)
                    .into_iter()
                    .filter(|at| people::is_group(&estate.resource(*at).ty))
                    .chain(of("group"))
                    .chain(of("user"))
                    .collect();
                if members.is_empty() && (text.ends_with(".gserviceaccount.com") || text.contains("${")) {
                    members = accounts(estate, key);
                    members.extend(of("serviceAccount"));
                }
                members.dedup();
                out.extend(members.into_iter().map(|member| (member, group)));
            }
        }
        for at in estate.of_type(people::USER) {
            let (_, domain) = estate.resource(*at).address.rsplit_once('@').unwrap_or_default();
            let whole = self.by_name.get(&people::key(&format!("domain:{domain}"))).copied();
            out.extend(whole.map(|whole| (*at, whole)));
        }
        out
    }
}

/// How the provider ends the names of predefined roles that only read.
const READERS: [&str; 4] = ["viewer", "reader", "reviewer", "browser"];
/// The last words of permissions that such roles hold.
const READS: [&str; 10] =
    ["get", "list", "getiampolicy", "getdata", "export", "read*", "search*", "query*", "download*", "view*"];

/// The service accounts that a member such as `serviceAccount:…` names.
pub(crate) fn accounts(estate: &Estate<'_>, value: &Value) -> Vec<u32> {
    let referred: Vec<u32> =
        estate.referred(value).into_iter().filter(|at| ACCOUNTS.contains(&&*estate.resource(*at).ty)).collect();
    if !referred.is_empty() {
        return referred;
    }
    let text = estate.render(value);
    let bare = text.rsplit(':').next().unwrap_or(&text);
    if let Some(ty) = default_accounts::named(bare) {
        return match estate.of_type(ty) {
            [one] => vec![*one],
            all => {
                let project =
                    estate.referred(value).into_iter().find(|at| &*estate.resource(*at).ty == "google_project");
                let scopes = estate.scopes();
                let own = project.and_then(|at| scopes.account_of(at));
                let name = bare.strip_suffix(default_accounts::OF_APPLICATIONS);
                let is = |at: u32| {
                    let account = scopes.account_of(at);
                    let called = account.and_then(|account| scopes.node(account)).map(|node| &*node.name);
                    own.is_some() && account == own || own.is_none() && name.is_some() && called == name
                };
                all.iter().copied().filter(|at| is(*at)).collect()
            }
        };
    }
    let Some((id, _)) = bare.split_once('@') else { return Vec::new() };
    let all = estate.of_type("google_service_account").iter().copied();
    let named = all.filter(|at| estate.resource(*at).text("account_id") == Some(id));
    let Some(project) = bare.split_once('@').and_then(|(_, host)| host.strip_suffix(".iam.gserviceaccount.com")) else {
        return named.collect();
    };
    // The same name in another project is another account.
    let scopes = estate.scopes();
    named
        .filter(|at| {
            let own = scopes.account_of(*at).and_then(|at| scopes.node(at));
            own.is_none_or(|own| {
                own.name.is_empty() || own.name.contains("${") || project.contains("${") || *own.name == *project
            })
        })
        .collect()
}

/// Whether an account may be acted as by a service account of a cluster: some binding says so, by the name that the
/// cluster's accounts have in the pool of the project. An account made elsewhere may have one there.
pub(super) fn admits_workload(estate: &Estate<'_>, account: u32, namespace: &str, name: &str) -> bool {
    if estate.resource(account).mode == vauban_model::resource::Mode::Data {
        return true;
    }
    let subject = format!(".svc.id.goog[{namespace}/{name}]");
    ["google_service_account_iam_member", "google_service_account_iam_binding", "google_service_account_iam_policy"]
        .iter()
        .flat_map(|ty| estate.of_type(ty))
        .map(|at| estate.resource(*at))
        .any(|one| {
            if one.get("policy_data").is_some() {
                return true;
            }
            let on = one.get("service_account_id").map(|value| estate.referred(value)).unwrap_or_default();
            let role = one.get("role").map(|value| estate.render(value)).unwrap_or_default();
            let members = list(estate, one.get("members").or_else(|| one.get("member")));
            (on.is_empty() || on.contains(&account))
                && matches!(role.as_str(), "roles/iam.workloadIdentityUser" | "roles/iam.serviceAccountTokenCreator")
                && members.iter().any(|member| {
                    member.ends_with(&subject)
                        || member.contains(".svc.id.goog[") && member.contains("${")
                        || member.ends_with(&format!(".svc.id.goog/subject/ns/{namespace}/sa/{name}"))
                        || member.contains(".svc.id.goog/*")
                })
        })
}

/// The actions of a predefined role, those it leaves out; `None` when the table does not have it.
fn predefined(tables: &Tables<'_>, name: &str) -> Option<Role> {
    let lines = tables.gcp.get(name.strip_prefix("roles/")?)?;
    let mut out = Role::default();
    for line in lines.lines() {
        let (sign, listed) = line.split_at_checked(1).unwrap_or((line, ""));
        let actions = listed.split_whitespace().map(Action::new);
        if sign == "-" { out.except.extend(actions) } else { out.actions.extend(actions) }
    }
    Some(out)
}

fn custom(estate: &Estate<'_>, at: u32) -> Role {
    let value = estate.resource(at).get("permissions");
    let actions = list(estate, value);
    // A list that nobody knows, or that has parts nobody knows, may hold more.
    let unknown = value.is_none_or(|value| value.as_list().is_none()) || actions.iter().any(|one| one.contains("${"));
    Role { actions: actions.iter().map(|one| Action::new(one)).collect(), unknown, ..Role::default() }
}

fn role(estate: &Estate<'_>, tables: &Tables<'_>, value: &Value) -> (Role, Option<u32>) {
    let defined = estate.referred(value).into_iter().find(|at| estate.resource(*at).ty.ends_with("_iam_custom_role"));
    if let Some(at) = defined {
        return (custom(estate, at), Some(at));
    }
    let text = estate.render(value);
    // `projects/shop/roles/builder`: a custom role by its name.
    if !text.starts_with("roles/")
        && let Some((_, id)) = text.split_once("/roles/")
    {
        for ty in ["google_project_iam_custom_role", "google_organization_iam_custom_role"] {
            let found = estate.of_type(ty).iter().copied().find(|at| estate.resource(*at).text("role_id") == Some(id));
            if let Some(at) = found {
                return (custom(estate, at), Some(at));
            }
        }
    }
    if let Some(known) = predefined(tables, &text) {
        return (known, None);
    }
    let mut out = Role::default();
    // A role that the table does not have: nothing is known beyond its service.
    let service = text.trim_start_matches("roles/").split('.').next().unwrap_or_default();
    let inside = text.replace(['{', '}', '$'], "");
    let reader = !text.contains("${") && READERS.iter().any(|end| text.to_ascii_lowercase().ends_with(end));
    if text.starts_with("roles/") && !service.is_empty() && reader {
        // What it reads is not known, but it is nothing that changes anything.
        let reads = READS.iter().map(|verb| Action::new(&format!("{service}.${{{inside}}}.{verb}")));
        out.actions.extend(reads);
    } else if text.starts_with("roles/") && text.contains('.') && !service.contains("${") {
        out.actions.push(Action::new(&format!("{service}.${{{inside}}}")));
    } else {
        out.unknown = true;
    }
    (out, None)
}

/// What a binding is on: a place, a resource of the configuration, or one of a type that nobody can tell.
fn scope(estate: &Estate<'_>, at: u32, kind: &str) -> Scope {
    let resource = estate.resource(at);
    if matches!(kind, "google_project" | "google_folder" | "google_organization") {
        return estate.scopes().of(at).map_or(Scope::Unknown, Scope::Place);
    }
    let skipped = |key: &str| {
        matches!(
            key,
            "member" | "members" | "role" | "policy_data" | "project" | "location" | "region" | "condition" | "zone"
        )
    };
    let entries = resource.attributes.as_map().unwrap_or_default();
    let on: Vec<&Value> = entries.iter().filter(|(key, _)| !skipped(key)).map(|(_, value)| value).collect();
    // Of several (`dataset_id` and `table_id`) the one of the binding's own kind is meant.
    let referred: Vec<u32> = on.iter().flat_map(|value| estate.referred(value)).collect();
    let own = referred
        .iter()
        .copied()
        .find(|at| kind.starts_with(&*estate.resource(*at).ty) || *estate.resource(*at).ty == *kind);
    if let Some(at) = own.or(referred.first().copied()) {
        return Scope::Resource(at);
    }
    for value in on {
        let text = estate.render(value);
        let last = text.rsplit('/').next().unwrap_or(&text);
        let bare = last.split('@').next().unwrap_or(last);
        let found = estate.of_type(kind).iter().copied().find(|at| {
            let one = estate.resource(*at);
            ["name", "account_id", "secret_id", "dataset_id"]
                .iter()
                .any(|key| one.text(key).is_some_and(|own| own == last || own == bare))
        });
        if let Some(found) = found {
            return Scope::Resource(found);
        }
    }
    Scope::OfType(kind.into())
}

/// The condition of a binding.
fn condition(estate: &Estate<'_>, tables: &Tables<'_>, value: Option<&Value>) -> Option<Condition> {
    let value = value.filter(|value| !value.each().is_empty())?;
    let text = value.get("expression").map(|value| estate.render(value)).unwrap_or_default();
    let rules = expressions::rules(&text, &|name| {
        let role = predefined(tables, name)?;
        let sets = |list: &Actions| list.fit("resourcemanager.projects.setiampolicy") == Tri::Yes;
        Some(sets(&role.actions) && !sets(&role.except))
    });
    Some(Condition { text: text.into(), rules })
}

/// Constraints that keep everybody from making keys of service accounts. Source of this and the next: Google Cloud
/// documentation, "Organization policy constraints".
const NO_KEYS: [&str; 2] = ["iam.disableServiceAccountKeyCreation", "iam.managed.disableServiceAccountKeyCreation"];

/// The constraint that keeps buckets from being opened to everybody.
const NOT_PUBLIC: [&str; 1] = ["storage.publicAccessPrevention"];

/// The constraint that keeps machines from letting anybody in by keys in their metadata.
const OS_LOGIN: [&str; 2] = ["compute.requireOsLogin", "compute.managed.requireOsLogin"];

/// Where policies of the organisation enforce one of some constraints: places, and `None` for all of it.
fn enforced(estate: &Estate<'_>, constraints: &[&str]) -> Enforced {
    let mut out = Enforced::default();
    for (at, one) in (0u32..).zip(&estate.inventory.resources) {
        if !one.ty.ends_with("organization_policy") && &*one.ty != "google_org_policy_policy" {
            continue;
        }
        let mut names = ["constraint", "name"].iter().filter_map(|key| one.get(key)).map(|value| estate.render(value));
        let of_it = names.any(|name| constraints.iter().any(|constraint| name.ends_with(constraint)));
        if !of_it {
            continue;
        }
        let is = |value: &Value, word: &str| estate.render(value).eq_ignore_ascii_case(word);
        let said: Vec<&Value> =
            ["spec.rules.enforce", "boolean_policy.enforced"].iter().flat_map(|path| one.at_each(path)).collect();
        // A rule with a condition holds for some of it only.
        let conditional = one.at_each("spec.rules.condition").iter().any(|value| !value.is_null());
        let on = said.iter().any(|value| is(value, "true"));
        let off = said.iter().any(|value| is(value, "false"));
        let (parent, folder) = (one.get("parent"), one.get("folder"));
        let text = parent.map(|value| estate.render(value)).unwrap_or_default();
        let of_folder = || {
            let value = folder.or(parent)?;
            let own = estate.referred(value).into_iter().find(|at| &*estate.resource(*at).ty == "google_folder");
            own.and_then(|at| estate.scopes().of(at)).or_else(|| estate.scopes().named_folder(&estate.render(value)))
        };
        let place = if &*one.ty == "google_organization_policy" || text.starts_with("organizations/") {
            None
        } else if &*one.ty == "google_project_organization_policy" || text.starts_with("projects/") {
            let Some(place) = estate.scopes().named(&text).or_else(|| estate.scopes().of(at)) else { continue };
            Some(place)
        } else {
            let Some(place) = of_folder() else { continue };
            Some(place)
        };
        if on && !off && !conditional {
            out.on.push(place);
        } else if let Some(place) = place.filter(|_| off || conditional) {
            out.off.push(place);
        }
    }
    out
}

/// What a role is called in sentences: its name, or what a role of one's own is called.
fn spoken(estate: &Estate<'_>, role: &Value, defined: Option<u32>) -> String {
    let own = defined.map(|at| estate.resource(at));
    let name = own.and_then(|own| own.text("title").or_else(|| own.text("role_id")));
    name.map_or_else(|| estate.render(role), |name| format!("role {name}"))
}

/// Reads members, bindings and policies of every kind of resource.
pub(super) fn grants(estate: &Estate<'_>, tables: &Tables<'_>, found: &Found, out: &mut Bindings) {
    out.without_keys = enforced(estate, &NO_KEYS);
    out.with_os_login = enforced(estate, &OS_LOGIN);
    let private = enforced(estate, &NOT_PUBLIC);
    for at in estate.of_type("google_storage_bucket").iter().copied() {
        let place = estate.scopes().of(at);
        let forbidden = private.at(estate, place);
        if forbidden || estate.resource(at).text("public_access_prevention") == Some("enforced") {
            out.closed.insert(at);
        }
    }
    for at in estate.of_type("google_storage_bucket_object").iter().copied() {
        let buckets = estate.resource(at).get("bucket").map(|value| estate.referred(value)).unwrap_or_default();
        if buckets.iter().any(|bucket| out.closed.contains(bucket)) {
            out.closed.insert(at);
        }
    }
    for at in estate.of_type("google_service_account").iter().copied() {
        if estate.resource(at).get("disabled").and_then(Value::as_bool) == Some(true) {
            out.disabled.insert(at);
        }
    }
    let people = People::new(estate);
    let mut known: FxHashMap<Box<str>, Arc<Role>> = FxHashMap::default();
    for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
        if !resource.ty.starts_with("google_") {
            continue;
        }
        let Some((kind, form)) = resource.ty.rsplit_once("_iam_") else { continue };
        if !matches!(form, "member" | "binding" | "policy") {
            continue;
        }
        let scope = scope(estate, at, kind);
        let bindings: Vec<(&Value, &[Value], Option<&Value>)> = match form {
            "policy" => {
                let data = resource.get("policy_data").map(|value| estate.referred(value)).unwrap_or_default();
                let looked_up = data.first().and_then(|at| estate.resource(*at).get("binding"));
                // Or the document itself.
                let written = looked_up.or_else(|| resource.get("policy_data").and_then(|value| value.get("bindings")));
                written
                    .map(Value::each)
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|one| Some((one.get("role")?, one.get("members")?.each(), one.get("condition"))))
                    .collect()
            }
            _ => {
                let members =
                    resource.get("members").or_else(|| resource.get("member")).map(Value::each).unwrap_or_default();
                resource.get("role").map(|role| (role, members, resource.get("condition"))).into_iter().collect()
            }
        };
        for (named, members, conditioned) in bindings {
            let (role, defined) = match named.as_text().filter(|name| name.starts_with("roles/")) {
                // The same few roles are bound over and over.
                Some(name) => {
                    let make = || Arc::new(role(estate, tables, named).0);
                    (known.entry(name.into()).or_insert_with(make).clone(), None)
                }
                None => {
                    let (role, defined) = role(estate, tables, named);
                    (Arc::new(role), defined)
                }
            };
            let grant = Grant {
                role,
                label: format!("{} by {}", spoken(estate, named, defined), resource.name).into(),
                scope: scope.clone(),
                condition: condition(estate, tables, conditioned),
                within: None,
                vault_policy: false,
                leans: None,
                defined,
                span: named.span,
                resource: at,
            };
            for member in members {
                if matches!(member.as_text(), Some("allUsers" | "allAuthenticatedUsers")) {
                    if member.as_text() == Some("allAuthenticatedUsers") {
                        out.signed_in.insert(out.anyone.len());
                    }
                    out.anyone.push(grant.clone());
                }
                match pools::admits_anybody(estate, tables, member) {
                    Tri::No => {}
                    Tri::Yes => out.anyone.push(grant.clone()),
                    Tri::Maybe => out
                        .anyone
                        .push(Grant { condition: Some(Condition { text: "".into(), rules: false }), ..grant.clone() }),
                }
                for account in people.member(estate, member) {
                    // What is switched off acts as nobody.
                    if out.disabled.contains(&account) {
                        continue;
                    }
                    if let Some(principal) = found.by_resource.get(&account) {
                        out.give(*principal, grant.clone());
                    }
                }
            }
        }
    }
    let principal = |at: u32| found.by_resource.get(&at).copied();
    let memberships: Vec<(u32, u32)> = people
        .memberships(estate)
        .into_iter()
        // What is switched off acts as nobody, in a group as well.
        .filter(|(member, _)| !out.disabled.contains(member))
        .filter_map(|(member, group)| Some((principal(member)?, principal(group)?)))
        .collect();
    out.join(found, estate, &memberships);
    within_scopes(estate, found, out);
}

/// What an account that a machine has within access scopes may use of its rights.
fn ceiling(estate: &Estate<'_>, scoped: u32) -> Option<Actions> {
    Some(scoped_accounts::ceiling(estate.resource(scoped))?.into_iter().map(Action::new).collect())
}

/// The accounts as a whole of which a machine has one within access scopes.
pub(super) fn of_scoped(estate: &Estate<'_>, scoped: u32) -> Vec<u32> {
    let holder = estate.resource(scoped).address.strip_suffix("#account").and_then(|of| estate.find(of));
    holder.map_or_else(Vec::new, |holder| whole_accounts(estate, holder))
}

/// Whether access scopes take an action in for sure.
pub(super) fn takes_in(estate: &Estate<'_>, scoped: u32, action: &str) -> bool {
    ceiling(estate, scoped).is_some_and(|within| within.fit(&action.to_ascii_lowercase()) == Tri::Yes)
}

/// Gives the accounts that machines have within access scopes what their accounts have, as far as the scopes go.
fn within_scopes(estate: &Estate<'_>, found: &Found, out: &mut Bindings) {
    for at in estate.of_type(scoped_accounts::TYPE).iter().copied() {
        let (Some(principal), Some(within)) = (found.by_resource.get(&at), ceiling(estate, at)) else { continue };
        let within = Arc::new(within);
        let whole = of_scoped(estate, at);
        let whole = whole.iter().filter_map(|account| found.by_resource.get(account));
        let grants: Vec<Grant> = whole.filter_map(|one| out.of.get(one)).flatten().cloned().collect();
        for grant in grants {
            out.give(*principal, Grant { within: Some(within.clone()), ..grant });
        }
    }
}

/// Attributes that hold the service account something runs as.
const RUNS_AS: [&str; 14] = [
    "service_account.email",
    "service_account_email",
    "service_config.service_account_email",
    "service_account",
    "template.service_account",
    "template.spec.service_account_name",
    "node_config.service_account",
    "cluster_autoscaling.auto_provisioning_defaults.service_account",
    "service_account_id",
    "config.node_config.service_account",
    "cluster_config.gce_cluster_config.service_account",
    "gce_setup.service_accounts.email",
    "http_target.oauth_token.service_account_email",
    "http_target.oidc_token.service_account_email",
];

/// The service accounts something runs as: within the access scopes of a machine, where those limit them.
pub(super) fn runs_as(estate: &Estate<'_>, at: u32) -> Vec<u32> {
    let scoped = estate.find(&scoped_accounts::address(&estate.resource(at).address));
    scoped.map_or_else(|| whole_accounts(estate, at), |scoped| vec![scoped])
}

/// The service accounts something runs as, with all they have.
fn whole_accounts(estate: &Estate<'_>, at: u32) -> Vec<u32> {
    let resource = estate.resource(at);
    if !resource.ty.starts_with("google_")
        || resource.ty.contains("_iam_")
        || resource.ty.starts_with("google_service_account")
        || &*resource.ty == scoped_accounts::TYPE
    {
        return Vec::new();
    }
    // What a cluster says of nodes is said again by the pools it has.
    let of_pools = &*resource.ty == "google_container_cluster";
    let keys = RUNS_AS.iter().filter(|key| !(of_pools && key.starts_with("node_config")));
    let given: Vec<u32> = keys.filter_map(|key| resource.get(key)).flat_map(|value| accounts(estate, value)).collect();
    // Where the code gives rights to the account of builds, builds that name none run as it.
    let of_builds = &*resource.ty == "google_cloudbuild_trigger";
    let default = default_accounts::of(resource).or(of_builds.then_some(default_accounts::BUILDS));
    match default.filter(|_| given.is_empty()).map(|ty| estate.of_type(ty)) {
        Some([one]) => vec![*one],
        Some(all) => {
            let scopes = estate.scopes();
            let own = scopes.account_of(at);
            all.iter().copied().filter(|account| scopes.account_of(*account) == own).collect()
        }
        None => given,
    }
}
