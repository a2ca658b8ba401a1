//! Azure and Entra: role assignments, access policies of key vaults, app roles, owners and members.

use std::sync::Arc;

use vauban_model::library::Cloud;
use vauban_model::resource::{Resource, Source, Value};

use super::aws::matching::Tri;
use super::bindings::{Action, Actions, Bindings, Found, Grant, Role, Scope, list};
use super::expressions::{self, Condition};
use super::outsiders::Outsider;
use super::tables::Tables;
use super::{Answer, PrincipalKind, Statement};
use crate::Estate;
use crate::catalogue::{directory, system_identities};
use crate::scopes::Is;

/// The identity that a resource has of its own, if it has one.
fn system_assigned(estate: &Estate<'_>, at: u32) -> Option<u32> {
    let resource = estate.resource(at);
    resource.get("identity").and_then(|_| estate.find(&system_identities::address(&resource.address)))
}

/// The managed identities that a client's id means.
pub(super) fn identities(estate: &Estate<'_>, value: &Value) -> Vec<u32> {
    let all = estate.referred(value).into_iter();
    all.filter(|at| {
        matches!(
            &*estate.resource(*at).ty,
            "azurerm_user_assigned_identity" | "azuread_application" | "azuread_service_principal"
        )
    })
    .collect()
}

/// Whether an identity takes the token of a service account of a cluster: one of its federated credentials names it.
pub(super) fn admits_workload(estate: &Estate<'_>, identity: u32, namespace: &str, name: &str) -> bool {
    if estate.resource(identity).mode == vauban_model::resource::Mode::Data {
        return true;
    }
    let subject = format!("system:serviceaccount:{namespace}:{name}");
    [
        ("azurerm_federated_identity_credential", ["parent_id", "user_assigned_identity_id"]),
        ("azuread_application_federated_identity_credential", ["application_id", "application_object_id"]),
    ]
    .iter()
    .flat_map(|(ty, keys)| estate.of_type(ty).iter().map(move |at| (estate.resource(*at), keys)))
    .any(|(one, keys)| {
        let on = keys.iter().find_map(|key| one.get(key)).map(|value| estate.referred(value)).unwrap_or_default();
        let said = one.get("subject").map(|value| estate.render(value)).unwrap_or_default();
        (on.is_empty() || on.contains(&identity)) && (said == subject || said.contains("${"))
    })
}

/// What gives a managed identity or an application to whom an outside service vouches for, and where it says which.
const FEDERATED: [(&str, [&str; 2]); 3] = [
    ("azurerm_federated_identity_credential", ["parent_id", "user_assigned_identity_id"]),
    ("azuread_application_federated_identity_credential", ["application_id", "application_object_id"]),
    ("azuread_application_flexible_federated_identity_credential", ["application_id", "application_object_id"]),
];

/// How the subjects of service accounts of clusters begin: those are told from the cluster.
const OF_CLUSTERS: &str = "system:serviceaccount:";

/// Whom federated credentials let be an application or a managed identity, in the order of the code. The issuer's word
/// is enough: nothing else has to allow it.
pub(super) fn federated(estate: &Estate<'_>) -> Vec<Outsider> {
    let mut out = Vec::new();
    for (ty, keys) in &FEDERATED {
        for at in estate.of_type(ty).iter().copied() {
            let one = estate.resource(at);
            let said = ["subject", "claims_matching_expression"].into_iter().find_map(|key| one.get(key));
            let (Some(subject), Some(issuer)) = (said, one.get("issuer")) else { continue };
            let text = estate.render(subject);
            let of_cluster = estate.referred(issuer).iter().any(|at| estate.resource(*at).ty.contains("_cluster"));
            if text.starts_with(OF_CLUSTERS) || of_cluster || text.is_empty() {
                continue;
            }
            let issuer = estate.render(issuer);
            let host = issuer.trim_start_matches("https://").trim_end_matches('/');
            let on = keys.iter().find_map(|key| one.get(key)).map(|value| estate.referred(value)).unwrap_or_default();
            // Who signs in as an application is its service principal.
            let roles = on.into_iter().flat_map(|at| {
                let principals = service_principals(estate, at);
                if principals.is_empty() { vec![at] } else { principals }
            });
            out.extend(roles.map(|role| Outsider {
                name: format!("{text} at {host}").into(),
                federated: true,
                account: false,
                role,
                enough: true,
                statement: Statement {
                    allows: true,
                    text: format!("federated credential {}: admits {text}", one.name).into(),
                    span: subject.span,
                    resource: at,
                },
                answer: Answer::Allowed,
            }));
        }
    }
    out
}

const POOL: &str = "azurerm_kubernetes_cluster_node_pool";

/// The identity that the agents of a pool's nodes have, and with them whoever asks the metadata service there.
#[derive(PartialEq, Eq)]
enum Kubelet {
    /// No pool, or not the one that stands for all of its cluster.
    None,
    /// One that comes with the cluster: the first pool stands for it.
    Own,
    /// One that another pool stands for, or that is given.
    Of(Vec<u32>),
}

fn kubelet(estate: &Estate<'_>, at: u32) -> Kubelet {
    let resource = estate.resource(at);
    if &*resource.ty != POOL {
        return Kubelet::None;
    }
    let cluster = resource.get("kubernetes_cluster_id").map(|value| estate.referred(value)).unwrap_or_default();
    let Some(cluster) = cluster.first().copied() else { return Kubelet::None };
    let key = "kubelet_identity.user_assigned_identity_id";
    if let Some(given) = estate.resource(cluster).get(key) {
        return Kubelet::Of(estate.referred(given));
    }
    match first_pool(estate, cluster) {
        Some(first) if first == at => Kubelet::Own,
        Some(first) => Kubelet::Of(vec![first]),
        None => Kubelet::None,
    }
}

/// The pool written inside a cluster.
fn first_pool(estate: &Estate<'_>, cluster: u32) -> Option<u32> {
    estate.find(&format!("{}.default_node_pool", estate.resource(cluster).address))
}

/// Makes users, groups, applications and managed identities principals.
pub(super) fn principals(estate: &Estate<'_>, found: &mut Found) {
    for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
        let kind = match &*resource.ty {
            "azuread_user" | directory::USER => PrincipalKind::User,
            "azuread_group" | directory::GROUP => PrincipalKind::Group,
            "azuread_service_principal"
            | directory::APPLICATION
            | "azuread_application"
            | "azuread_application_registration"
            | "azurerm_user_assigned_identity"
            | system_identities::TYPE => PrincipalKind::Role,
            // The nodes have an identity beside that of their cluster, which comes with it.
            POOL if kubelet(estate, at) == Kubelet::Own => PrincipalKind::Role,
            _ => continue,
        };
        found.add(at, Cloud::Azure, kind);
    }
}

fn principal(estate: &Estate<'_>, found: &Found, value: Option<&Value>) -> Vec<u32> {
    let Some(value) = value else { return Vec::new() };
    let nodes = value.as_reference().is_some_and(|reference| reference.attribute.starts_with("kubelet_identity"));
    let referred = estate.referred(value).into_iter();
    let own = referred.map(|at| {
        let other = if nodes { first_pool(estate, at) } else { system_assigned(estate, at) };
        other.unwrap_or(at)
    });
    let own: Vec<u32> = own.filter_map(|at| found.by_resource.get(&at).copied()).collect();
    if !own.is_empty() {
        return own;
    }
    // Somebody whom the code does not make.
    let other = directory::address(value).and_then(|address| estate.find(&address));
    other.and_then(|at| found.by_resource.get(&at).copied()).into_iter().collect()
}

/// A role over resources: all that is in a subscription takes in nothing of the directory, whatever its patterns say.
fn over_resources() -> Role {
    Role { except: std::iter::once(Action::new("entra:*")).collect(), ..Role::default() }
}

fn permissions(estate: &Estate<'_>, resource: &Resource) -> Role {
    let mut out = over_resources();
    for block in resource.get("permissions").map(Value::each).unwrap_or_default() {
        for (key, except) in
            [("actions", false), ("data_actions", false), ("not_actions", true), ("not_data_actions", true)]
        {
            let stated = block.get(key);
            let named = list(estate, stated);
            // A list that nobody knows may hold more.
            out.unknown |= !except && stated.is_some_and(|value| value.as_list().is_none());
            let actions = named.iter().map(|one| Action::new(one));
            match (key.contains("data"), except) {
                (false, false) => out.actions.extend(actions),
                (false, true) => out.except.extend(actions),
                (true, false) => out.data.extend(actions),
                (true, true) => out.except_data.extend(actions),
            }
        }
    }
    out
}

/// A built-in role by its name or id.
fn built_in(tables: &Tables<'_>, name: &str) -> Option<Role> {
    let key = name.rsplit('/').next().unwrap_or(name);
    let lines = tables.azure.get(name).or_else(|| tables.azure.get(key))?;
    let mut out = over_resources();
    for line in lines.lines() {
        let Some((sign, listed)) = line.split_once('\t') else { continue };
        let actions = listed.split(' ').map(Action::new);
        match sign {
            "+" => out.actions.extend(actions),
            "-" => out.except.extend(actions),
            "+d" => out.data.extend(actions),
            "-d" => out.except_data.extend(actions),
            _ => {}
        }
    }
    Some(out)
}

fn role(estate: &Estate<'_>, tables: &Tables<'_>, resource: &Resource) -> (Role, String, Option<u32>) {
    let id = resource.get("role_definition_id");
    let referred = id.map(|value| estate.referred(value)).unwrap_or_default();
    // `${subscription.id}${role.id}`: the role is meant.
    let definition = referred.iter().find(|at| &*estate.resource(**at).ty == "azurerm_role_definition");
    let defined = definition.or(referred.first()).copied();
    if let Some(at) = defined.filter(|at| estate.resource(*at).get("permissions").is_some()) {
        let one = estate.resource(at);
        return (permissions(estate, one), one.text("name").unwrap_or(&one.name).to_owned(), Some(at));
    }
    let defined = defined.map(|at| estate.resource(at));
    let name = resource.get("role_definition_name").or_else(|| defined.and_then(|one| one.get("name")));
    let name = name.or_else(|| defined.and_then(|one| one.get("role_definition_id")));
    let name = name.or(id).map(|value| estate.render(value)).unwrap_or_default();
    let custom = estate.of_type("azurerm_role_definition").iter().copied().find(|at| {
        estate.resource(*at).text("name") == Some(&name) && estate.resource(*at).get("permissions").is_some()
    });
    if let Some(at) = custom {
        return (permissions(estate, estate.resource(at)), name, Some(at));
    }
    match built_in(tables, &name) {
        Some(role) => {
            // By number only: people know it by its name.
            let known = tables.azure.name(name.rsplit('/').next().unwrap_or(&name)).map(str::to_owned);
            (role, known.unwrap_or(name), None)
        }
        None => (Role { unknown: true, ..over_resources() }, name, None),
    }
}

/// The assignment of one of the roles that a database has of its own.
const COSMOS_ROLE_ASSIGNMENT: &str = "azurerm_cosmosdb_sql_role_assignment";

/// Actions on data of Cosmos DB, and the ends of the ids of its two built-in roles.
///
/// Source: Azure documentation, "Data plane security reference" of Azure Cosmos DB for NoSQL.
const COSMOS_ROLES: [(&str, &str, &[&str]); 2] = [
    (
        "0001",
        "Cosmos DB Built-in Data Reader",
        &[
            "Microsoft.DocumentDB/databaseAccounts/readMetadata",
            "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read",
            "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/executeQuery",
            "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/readChangeFeed",
        ],
    ),
    (
        "0002",
        "Cosmos DB Built-in Data Contributor",
        &[
            "Microsoft.DocumentDB/databaseAccounts/readMetadata",
            "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/*",
        ],
    ),
];

/// The role that a database has of its own, its name, and what defines it.
fn cosmos_role(estate: &Estate<'_>, assignment: &Resource) -> (Role, String, Option<u32>) {
    let Some(value) = assignment.get("role_definition_id") else {
        return (Role { unknown: true, ..over_resources() }, String::new(), None);
    };
    let definition = estate.referred(value).into_iter().find(|at| {
        &*estate.resource(*at).ty == "azurerm_cosmosdb_sql_role_definition"
            && estate.resource(*at).get("permissions").is_some()
    });
    if let Some(at) = definition {
        let one = estate.resource(at);
        return (permissions(estate, one), one.text("name").unwrap_or(&one.name).to_owned(), Some(at));
    }
    let id = estate.render(value);
    let last = id.rsplit('/').next().unwrap_or(&id);
    let built_in = last.strip_prefix("00000000-0000-0000-0000-00000000");
    match COSMOS_ROLES.iter().find(|(end, ..)| built_in == Some(end)) {
        Some((_, name, actions)) => {
            let data = actions.iter().map(|one| Action::new(one)).collect();
            (Role { data, ..over_resources() }, (*name).to_owned(), None)
        }
        // What nobody knows of the role is about data all the same.
        None => (Role { unknown: true, ..over_resources() }, id, None),
    }
}

fn scope(estate: &Estate<'_>, at: u32, value: Option<&Value>) -> Scope {
    if let Some(place) = estate.scopes().granted_on(at) {
        return Scope::Place(place);
    }
    let Some(value) = value else {
        // In a template it is the group or subscription that the template goes to: all that is in it.
        let template = estate.resource(at).source == Source::AzureResourceManager;
        return if template { Scope::Everything } else { Scope::Unknown };
    };
    // `${azurerm_storage_account.x.id}/blobServices/default/containers/y`: the last one that is named.
    if let Some(at) = estate.referred(value).into_iter().rev().find(|at| estate.resource(*at).ty.starts_with("azure")) {
        return Scope::Resource(at);
    }
    let text = estate.render(value);
    if matches!(&*text, "${resourceGroup().id}" | "${subscription().id}" | "${managementGroup().id}") {
        return Scope::Everything;
    }
    if text.contains("${") || !text.starts_with('/') {
        return Scope::Unknown;
    }
    let mut words = text.rsplit('/');
    let (Some(last), Some(_)) = (words.next(), words.next()) else { return Scope::Unknown };
    let place = estate.scopes().named(&text);
    let named = (0u32..).zip(&estate.inventory.resources).find(|(at, one)| {
        let near = match (place, estate.scopes().of(*at)) {
            (Some(place), Some(of)) => estate.scopes().within(of, place) != Is::No,
            _ => true,
        };
        one.ty.starts_with("azurerm_") && one.text("name") == Some(last) && near
    });
    // Something that the configuration does not have.
    named.map_or_else(|| Scope::OfType("".into()), |(at, _)| Scope::Resource(at))
}

/// The action behind a permission of a key vault's access policy.
fn vault_action(kind: &str, permission: &str) -> String {
    let lower = permission.to_ascii_lowercase();
    match (kind, lower.as_str()) {
        ("secrets", "get") => "Microsoft.KeyVault/vaults/secrets/getSecret/action".to_owned(),
        ("secrets", "list") => "Microsoft.KeyVault/vaults/secrets/readMetadata/action".to_owned(),
        ("secrets", "set") => "Microsoft.KeyVault/vaults/secrets/setSecret/action".to_owned(),
        (_, "get" | "list") => format!("Microsoft.KeyVault/vaults/{kind}/read"),
        (_, "all" | "*") => format!("Microsoft.KeyVault/vaults/{kind}/*"),
        _ => format!("Microsoft.KeyVault/vaults/{kind}/{lower}/action"),
    }
}

/// The condition of an assignment.
fn condition(estate: &Estate<'_>, tables: &Tables<'_>, value: &Value) -> Condition {
    let text = estate.render(value);
    let rules = expressions::rules(&text, &|id| {
        let role = built_in(tables, id)?;
        let assigns = |list: &Actions| list.fit("microsoft.authorization/roleassignments/write") == Tri::Yes;
        Some(assigns(&role.actions) && !assigns(&role.except))
    });
    Condition { text: text.into(), rules }
}

fn vault_role(estate: &Estate<'_>, block: &Value) -> Role {
    let mut out = Role::default();
    for (key, kind) in [
        ("secret_permissions", "secrets"),
        ("key_permissions", "keys"),
        ("certificate_permissions", "certificates"),
        ("storage_permissions", "storage"),
    ] {
        for permission in list(estate, block.get(key)) {
            out.actions.push(Action::new(&vault_action(kind, &permission)));
        }
    }
    out
}

/// Reads assignments.
pub(super) fn grants(estate: &Estate<'_>, tables: &Tables<'_>, found: &Found, out: &mut Bindings) {
    out.data_actions = tables.azure_data.iter().map(|one| Action::new(one)).collect();
    let mut members: Vec<(u32, u32)> = Vec::new();
    let mut eligibles: Vec<(u32, u32)> = Vec::new();
    for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
        let grant = |role: Role, label: String, scope: Scope| Grant {
            role: Arc::new(role),
            label: label.into(),
            scope,
            condition: resource.get("condition").map(|value| condition(estate, tables, value)),
            within: None,
            vault_policy: matches!(&*resource.ty, "azurerm_key_vault" | "azurerm_key_vault_access_policy"),
            leans: None,
            defined: None,
            span: resource.span,
            resource: at,
        };
        let entra = |name: &str| Role {
            actions: std::iter::once(Action::new(&format!("entra:{name}"))).collect(),
            ..Role::default()
        };
        let named = |key: &str| -> String {
            let Some(value) = resource.get(key) else { return String::new() };
            let of = estate
                .referred(value)
                .first()
                .and_then(|at| estate.resource(*at).text("display_name").map(ToOwned::to_owned));
            of.unwrap_or_else(|| estate.render(value))
        };
        match &*resource.ty {
            "azurerm_role_assignment"
            | "azurerm_pim_active_role_assignment"
            | "azurerm_pim_eligible_role_assignment" => {
                let eligible = &*resource.ty == "azurerm_pim_eligible_role_assignment";
                if eligible && wants_approval(estate, resource) {
                    continue;
                }
                let (role, name, defined) = role(estate, tables, resource);
                let scope = scope(estate, at, resource.get("scope"));
                let leans = eligible.then(|| activation(&name));
                let label = format!("{}role {name} by {}", if eligible { "eligible " } else { "" }, resource.name);
                let one = Grant { defined, leans, ..grant(role, label, scope) };
                for principal in principal(estate, found, resource.get("principal_id")) {
                    out.give(principal, one.clone());
                }
            }
            "azurerm_key_vault_access_policy" => {
                let one = grant(
                    vault_role(estate, &resource.attributes),
                    format!("access policy {}", resource.name),
                    scope(estate, at, resource.get("key_vault_id")),
                );
                for principal in principal(estate, found, resource.get("object_id")) {
                    out.give(principal, one.clone());
                }
            }
            "azurerm_key_vault" => {
                for block in resource.get("access_policy").map(Value::each).unwrap_or_default() {
                    let one = grant(
                        vault_role(estate, block),
                        format!("access policy of {}", resource.name),
                        Scope::Resource(at),
                    );
                    for principal in principal(estate, found, block.get("object_id")) {
                        out.give(principal, one.clone());
                    }
                }
            }
            COSMOS_ROLE_ASSIGNMENT => {
                let (role, name, defined) = cosmos_role(estate, resource);
                let account = resource.get("account_name").or_else(|| resource.get("parent"));
                let of = ["scope"].iter().filter_map(|key| resource.get(key)).chain(account);
                let on = of
                    .flat_map(|value| estate.referred(value))
                    .find(|at| estate.resource(*at).ty.starts_with("azurerm_cosmosdb"));
                let named = || account.map(|value| estate.named(value)).unwrap_or_default().first().copied();
                let Some(on) = on.or_else(named) else { continue };
                // A part of the account, named after it: `…/dbs/shop/colls/orders`.
                let scope = resource.get("scope").map(|value| estate.render(value)).unwrap_or_default();
                let part = scope.split_once("/dbs/").map(|(_, part)| format!("what is sought lies in {part}").into());
                let one = Grant {
                    defined,
                    leans: part,
                    ..grant(role, format!("role {name} of the database"), Scope::Resource(on))
                };
                for principal in principal(estate, found, resource.get("principal_id")) {
                    out.give(principal, one.clone());
                }
            }
            "azurerm_management_lock" if resource.text("lock_level") == Some("ReadOnly") => {
                let label = format!("read-only lock {}", resource.text("name").unwrap_or(&resource.name));
                let lock = grant(Role::default(), label, scope(estate, at, resource.get("scope")));
                out.locks.push(lock);
            }
            "azuread_directory_role_assignment"
            | "azuread_directory_role_member"
            | "azuread_directory_role_eligibility_schedule_request" => {
                let keys = ["role_id", "role_object_id", "role_definition_id"];
                let key = keys.into_iter().find(|key| resource.get(key).is_some()).unwrap_or("role_id");
                let name = named(key);
                let name = tables.directory(&name).map_or(name, ToOwned::to_owned);
                let eligible = key == "role_definition_id";
                let label = format!("{}directory role {name}", if eligible { "eligible " } else { "" });
                let leans = eligible.then(|| activation(&name));
                let one = Grant { leans, ..grant(entra(&name), label, Scope::Everything) };
                let keys = ["principal_object_id", "member_object_id", "principal_id"];
                let holder = keys.into_iter().find_map(|key| resource.get(key));
                for principal in principal(estate, found, holder) {
                    out.give(principal, one.clone());
                }
            }
            "azuread_app_role_assignment" => {
                let name = match resource.get("app_role_id").and_then(Value::as_reference) {
                    // `…app_role_ids["User.Read.All"]`
                    Some(reference) => reference
                        .attribute
                        .trim_start_matches("app_role_ids")
                        .trim_start_matches(['[', '"', '.'])
                        .trim_end_matches(['"', ']'])
                        .to_owned(),
                    None => named("app_role_id"),
                };
                let name = tables.directory(&name).map_or(name, ToOwned::to_owned);
                let one = grant(entra(&name), format!("app role {name}"), Scope::Everything);
                for principal in principal(estate, found, resource.get("principal_object_id")) {
                    out.give(principal, one.clone());
                }
            }
            "azuread_group_member" => {
                for group in principal(estate, found, resource.get("group_object_id")) {
                    members.extend(
                        principal(estate, found, resource.get("member_object_id")).into_iter().map(|one| (one, group)),
                    );
                }
            }
            "azuread_application_owner" => {
                let owned = resource.get("application_id").map(|value| estate.referred(value)).unwrap_or_default();
                let owned = owned.into_iter().filter(|at| found.by_resource.contains_key(at));
                let all: Vec<u32> =
                    owned.flat_map(|at| std::iter::once(at).chain(service_principals(estate, at))).collect();
                for owned in all {
                    let name = &estate.resource(owned).name;
                    let one = grant(entra("owner"), format!("owner of {name}"), Scope::Resource(owned));
                    for principal in principal(estate, found, resource.get("owner_object_id")) {
                        out.give(principal, one.clone());
                    }
                }
            }
            "azuread_privileged_access_group_assignment_schedule"
            | "azuread_privileged_access_group_eligibility_schedule" => {
                if resource.text("assignment_type") == Some("owner") {
                    continue;
                }
                let eligible = resource.ty.ends_with("eligibility_schedule");
                let list = if eligible { &mut eligibles } else { &mut members };
                for group in principal(estate, found, resource.get("group_id")) {
                    let all = principal(estate, found, resource.get("principal_id"));
                    list.extend(all.into_iter().map(|one| (one, group)));
                }
            }
            "azuread_group" | "azuread_application" | "azuread_service_principal" => {
                // A secret that is added to an application signs in its service principal.
                let mut owned = vec![at];
                owned.extend(service_principals(estate, at));
                for owned in owned {
                    let one = grant(entra("owner"), format!("owner of {}", resource.name), Scope::Resource(owned));
                    for owner in resource.get("owners").map(Value::each).unwrap_or_default() {
                        for principal in principal(estate, found, Some(owner)) {
                            out.give(principal, one.clone());
                        }
                    }
                }
                if let Some(group) = found.by_resource.get(&at) {
                    for member in resource.get("members").map(Value::each).unwrap_or_default() {
                        members.extend(principal(estate, found, Some(member)).into_iter().map(|one| (one, *group)));
                    }
                }
            }
            _ => {}
        }
    }
    // Whoever may join a group for a while has what it holds once it did so.
    for (member, group) in eligibles {
        let name = found.principals.get(group as usize).map(|one| &*estate.resource(one.resource).name);
        for grant in out.of.get(&group).cloned().unwrap_or_default() {
            let leans = format!("the eligible membership in {} is activated", name.unwrap_or_default());
            out.give(member, Grant { leans: Some(leans.into()), ..grant });
        }
    }
    out.join(found, estate, &members);
}

/// What has to be so that an eligible role counts.
fn activation(role: &str) -> vauban_model::resource::Text {
    format!("the eligible role {role} is activated").into()
}

/// Whether somebody else has to approve before an eligible role is active: a policy for the role at the same scope says
/// so.
fn wants_approval(estate: &Estate<'_>, assignment: &Resource) -> bool {
    let said = |one: &Resource, key: &str| one.get(key).map(|value| estate.render(value));
    estate.of_type("azurerm_role_management_policy").iter().map(|at| estate.resource(*at)).any(|policy| {
        policy.get("activation_rules.require_approval").and_then(Value::as_bool) == Some(true)
            && ["scope", "role_definition_id"].iter().all(|key| {
                let (own, other) = (said(policy, key), said(assignment, key));
                own.is_some() && own == other
            })
    })
}

/// The service principals of an application.
fn service_principals(estate: &Estate<'_>, application: u32) -> Vec<u32> {
    if &*estate.resource(application).ty != "azuread_application" {
        return Vec::new();
    }
    let of_it = |at: &u32| {
        let keys = ["client_id", "application_id"];
        let values = keys.iter().filter_map(|key| estate.resource(*at).get(key));
        values.flat_map(|value| estate.referred(value)).any(|other| other == application)
    };
    estate.of_type("azuread_service_principal").iter().copied().filter(of_it).collect()
}

/// The managed identities something acts as: itself when it has one of its own, and those it is given.
pub(super) fn runs_as(estate: &Estate<'_>, at: u32) -> Vec<u32> {
    let resource = estate.resource(at);
    if !resource.ty.starts_with("azurerm_") {
        return Vec::new();
    }
    let mut out = Vec::new();
    out.extend(system_assigned(estate, at));
    match kubelet(estate, at) {
        Kubelet::None => {}
        Kubelet::Own => out.push(at),
        Kubelet::Of(given) => out.extend(given),
    }
    for key in ["identity.identity_ids", "kubelet_identity.user_assigned_identity_id"] {
        let given = resource.get(key).map(|value| estate.referred(value)).unwrap_or_default();
        out.extend(given.into_iter().filter(|one| &*estate.resource(*one).ty == "azurerm_user_assigned_identity"));
    }
    out
}
