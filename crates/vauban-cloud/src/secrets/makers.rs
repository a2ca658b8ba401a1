//! What makes credentials, and whose they are.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Mode, Reference, Resource, Text, Value, ValueKind, Via};

use super::book::{Book, Form};
use super::{Holding, Owner, Place, text};
use crate::Estate;

/// What makes a credential of a principal: type, the attributes that are the credential, the attribute that names the
/// principal, a name for people.
const OF_PRINCIPALS: [(&str, &[&str], &str, &str); 11] = [
    ("aws_iam_access_key", &["secret", "ses_smtp_password_v4", "encrypted_secret"], "user", "access key"),
    ("aws_iam_service_specific_credential", &["service_password"], "user_name", "service password"),
    ("aws_iam_user_login_profile", &["password", "encrypted_password"], "user", "console password"),
    ("google_service_account_key", &["private_key", "private_key_data"], "service_account_id", "key"),
    ("azuread_application_password", &["value"], "application_id|application_object_id", "client secret"),
    ("azuread_service_principal_password", &["value"], "service_principal_id", "client secret"),
    ("azuread_application_federated_identity_credential", &[], "application_id", "federated credential"),
    ("azuread_user", &["password"], "", "password"),
    ("google_storage_hmac_key", &["secret"], "service_account_email", "storage key"),
    ("kubernetes_token_request", &["token"], "metadata.name", "token"),
    ("kubernetes_service_account", &["default_secret_name"], "", "token"),
];

/// Attributes that set the password of a login of the resource they are on.
pub(super) const PASSWORDS: [&str; 16] = [
    "password",
    "password_wo",
    "master_password",
    "master_user_password",
    "master_password_wo",
    "administrator_login_password",
    "administrator_password",
    "admin_password",
    "root_password",
    "auth_token",
    "passwords",
    "db_password",
    "admin_pass",
    "login_password",
    "redis_password",
    "primary_user_password",
];

/// Words in the name of a type that uses or keeps passwords of something else.
const CLIENTS: [&str; 14] = [
    "endpoint",
    "connection",
    "connector",
    "linked_service",
    "parameter",
    "secret",
    "integration",
    "webhook",
    "data_source",
    "datasource",
    "credential",
    "helm_release",
    "_item",
    "profile",
];

/// Environment that sets the first password of a server in its container: the variable, a word of the image's name.
const SERVERS: [(&str, &str); 22] = [
    ("POSTGRES_PASSWORD", "postgres"),
    ("POSTGRES_PASSWORD", "postgis"),
    ("POSTGRES_PASSWORD", "timescale"),
    ("POSTGRESQL_PASSWORD", "postgresql"),
    ("MYSQL_ROOT_PASSWORD", "mysql"),
    ("MYSQL_PASSWORD", "mysql"),
    ("MYSQL_ROOT_PASSWORD", "mariadb"),
    ("MYSQL_PASSWORD", "mariadb"),
    ("MARIADB_ROOT_PASSWORD", "mariadb"),
    ("MARIADB_PASSWORD", "mariadb"),
    ("MONGO_INITDB_ROOT_PASSWORD", "mongo"),
    ("REDIS_PASSWORD", "redis"),
    ("RABBITMQ_DEFAULT_PASS", "rabbitmq"),
    ("SA_PASSWORD", "mssql"),
    ("MSSQL_SA_PASSWORD", "mssql"),
    ("SA_PASSWORD", "azure-sql-edge"),
    ("MSSQL_SA_PASSWORD", "azure-sql-edge"),
    ("ELASTIC_PASSWORD", "elasticsearch"),
    ("KEYCLOAK_ADMIN_PASSWORD", "keycloak"),
    ("MINIO_ROOT_PASSWORD", "minio"),
    ("NEO4J_AUTH", "neo4j"),
    ("GF_SECURITY_ADMIN_PASSWORD", "grafana"),
];

/// Attributes with a script that runs when a machine starts.
const START_SCRIPTS: [&str; 7] = [
    "user_data",
    "user_data_base64",
    "custom_data",
    "metadata_startup_script",
    "metadata.startup-script",
    "metadata.user-data",
    "metadata.windows-startup-script-ps1",
];

/// Attributes by which a machine says which key pair opens it.
const NAME_A_PAIR: [&str; 6] =
    ["key_name", "key_pair", "ssh_key", "ssh_keys", "key_pair_name", "remote_access.ec2_ssh_key"];

/// How many layers of references or choices are followed to where a password comes from.
const MOST_LAYERS: usize = 8;

/// Finds everything that makes a credential.
pub(super) fn collect(estate: &Estate<'_>, book: &mut Book) {
    let names = Names::new(estate);
    for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
        if resource.mode == Mode::Opaque {
            continue;
        }
        if resource.mode == Mode::Managed {
            of_principal(estate, at, resource, &names, book);
            api_key(estate, at, resource, book);
            passwords(estate, at, resource, book);
            service_account_token(estate, at, resource, book);
        }
        start_script(estate, at, resource, book);
    }
    key_pairs(estate, &names, book);
}

/// Principals and key pairs by the names that others call them by.
struct Names<'a> {
    users: FxHashMap<&'a str, u32>,
}

impl<'a> Names<'a> {
    fn new(estate: &Estate<'a>) -> Self {
        let mut users = FxHashMap::default();
        for ty in ["aws_iam_user", "google_service_account", "azuread_user"] {
            for &at in estate.of_type(ty) {
                let resource = estate.resource(at);
                for key in ["name", "account_id", "email", "user_principal_name"] {
                    if let Some(name) = resource.text(key) {
                        users.entry(name).or_insert(at);
                    }
                }
            }
        }
        Names { users }
    }

    /// The principal that a value names by a text.
    fn named(&self, estate: &Estate<'_>, value: &Value) -> Option<u32> {
        self.users.get(estate.render(value).as_str()).copied()
    }
}

fn of_principal(estate: &Estate<'_>, at: u32, resource: &Resource, names: &Names<'_>, book: &mut Book) {
    let Some((_, attributes, by, what)) = OF_PRINCIPALS.iter().find(|(ty, ..)| *ty == &*resource.ty) else { return };
    let owner = if by.is_empty() {
        Some(at)
    } else {
        by.split('|')
            .find_map(|path| resource.get(path))
            .and_then(|value| estate.referred(value).first().copied().or_else(|| names.named(estate, value)))
    };
    let owner = owner.map(|owner| service_principal_of(estate, owner));
    if attributes.is_empty() || (by.is_empty() && resource.get("password").is_none()) {
        return;
    }
    let forms: Vec<Form> =
        attributes.iter().map(|attribute| Form::Attribute(resource.address.clone(), Text::from(*attribute))).collect();
    let whose = owner.map_or(&*resource.name, |owner| &*estate.resource(owner).name);
    let credential = book.add(&forms, &resource.address, &format!("{what} of {whose}"), resource.span);
    match owner {
        Some(owner) => book.own(credential, Owner::Principal(owner)),
        None => book.assume(credential, format!("whose the {what} `{}` is, is not said", resource.address)),
    }
    if let Some(value) = resource.get("password") {
        forms_of(estate, value, 0, &mut |form| {
            book.add(&[forms.first().cloned().unwrap_or(form.clone()), form], &resource.address, what, resource.span);
        });
    }
}

/// The service principal of an application registration, where it is declared.
fn service_principal_of(estate: &Estate<'_>, owner: u32) -> u32 {
    if &*estate.resource(owner).ty != "azuread_application" {
        return owner;
    }
    let of = |at: &&u32| {
        let resource = estate.resource(**at);
        ["client_id", "application_id"]
            .iter()
            .filter_map(|key| resource.get(key))
            .any(|value| estate.referred(value).contains(&owner))
    };
    estate.of_type("azuread_service_principal").iter().find(of).copied().unwrap_or(owner)
}

/// A key for an interface: whoever has it is a caller of the interface.
fn api_key(estate: &Estate<'_>, at: u32, resource: &Resource, book: &mut Book) {
    let owners: Vec<u32> = match &*resource.ty {
        "aws_appsync_api_key" => resource.get("api_id").map(|value| estate.referred(value)).unwrap_or_default(),
        "aws_api_gateway_api_key" => {
            let plans = estate.of_type("aws_api_gateway_usage_plan_key").iter().filter_map(|key| {
                let key = estate.resource(*key);
                estate.referred(key.get("key_id")?).contains(&at).then(|| key.get("usage_plan_id"))?
            });
            let plans: Vec<u32> = plans.flat_map(|plan| estate.referred(plan)).collect();
            let mut apis = Vec::new();
            for plan in plans {
                for stage in estate.resource(plan).get("api_stages").map(Value::each).unwrap_or_default() {
                    apis.extend(stage.get("api_id").map(|value| estate.referred(value)).unwrap_or_default());
                }
            }
            apis
        }
        _ => return,
    };
    let mut forms: Vec<Form> = ["value", "key"].map(|key| Form::Attribute(resource.address.clone(), key.into())).into();
    if let Some(value) = resource.get("value") {
        forms_of(estate, value, 0, &mut |form| forms.push(form));
    }
    let credential = book.add(&forms, &resource.address, &format!("API key {}", resource.name), resource.span);
    if owners.is_empty() {
        book.own(credential, Owner::Login(at));
    }
    for owner in owners {
        book.own(credential, Owner::Login(owner));
    }
}

/// Passwords that a resource is given: attributes, and the environment of servers in containers.
fn passwords(estate: &Estate<'_>, at: u32, resource: &Resource, book: &mut Book) {
    if OF_PRINCIPALS.iter().any(|(ty, ..)| *ty == &*resource.ty) {
        return;
    }
    let mut found: Vec<(String, &Value)> = Vec::new();
    let mut of_root: Vec<String> = Vec::new();
    if !is_client(&resource.ty) && !is_glue(&resource.ty) {
        set_here(&resource.attributes, "", 0, &mut found);
    }
    for (path, variable, value) in servers(estate, resource) {
        // A server's first administrator and its first user have a password each.
        if variable.contains("ROOT") {
            of_root.push(path.clone());
        }
        found.push((path, value));
    }
    let owner = owner_of_login(estate, at, resource);
    for (path, value) in found {
        let mut forms = vec![Form::Attribute(resource.address.clone(), path.as_str().into())];
        forms_of(estate, value, 0, &mut |form| forms.push(form));
        let id = generator(estate, &forms).unwrap_or_else(|| format!("password:{}", estate.resource(owner).address));
        let what = if of_root.contains(&path) { "root password" } else { "password" };
        let credential = book.add(&forms, &id, &format!("{what} of {}", estate.resource(owner).name), value.span);
        book.own(credential, Owner::Login(owner));
        if let Some(text) = value.as_text().filter(|text| !text::looks_secret(text)) {
            book.plain(text, credential, owner);
        }
        kept_where_it_comes_from(estate, value, credential, book, 0);
    }
}

/// The attributes of a resource that set a password, at the top or in a block.
fn set_here<'v>(value: &'v Value, path: &str, depth: usize, found: &mut Vec<(String, &'v Value)>) {
    if depth > 4 {
        return;
    }
    let join = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match &value.open().kind {
        ValueKind::Map(entries) => {
            for (key, value) in entries {
                if matches!(&**key, "provisioner" | "connection" | "tags" | "environment" | "metadata" | "triggers") {
                    continue;
                }
                if PASSWORDS.contains(&&**key) {
                    if !value.is_null() && value.as_bool().is_none() {
                        found.push((join(key), value));
                    }
                } else {
                    set_here(value, &join(key), depth + 1, found);
                }
            }
        }
        ValueKind::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let below = if super::places::is_one_block(items) { path.to_owned() } else { join(&index.to_string()) };
                set_here(item, &below, depth + 1, found);
            }
        }
        _ => {}
    }
}

/// The variables that set the password of a server, in the containers whose image is such a server: where each stands, its
/// name and its value.
fn servers<'v>(estate: &Estate<'_>, resource: &'v Resource) -> Vec<(String, &'v str, &'v Value)> {
    let mut containers: Vec<(String, &Value)> = Vec::new();
    for path in [
        "container_definitions",
        "spec.template.spec.containers",
        "spec.containers",
        "spec.template.spec.container",
        "template.containers",
    ] {
        if let Some(value) = resource.get(path) {
            containers.extend(
                value.each().iter().enumerate().map(|(index, container)| (format!("{path}.{index}"), container)),
            );
        }
    }
    if resource.ty.starts_with("compose:") || resource.get("image").is_some() {
        containers.push((String::new(), &resource.attributes));
    }
    let mut found = Vec::new();
    for (path, container) in containers {
        let Some(image) = container.get("image").map(|image| estate.render(image).to_ascii_lowercase()) else {
            continue;
        };
        if !SERVERS.iter().any(|(_, word)| image.contains(word)) {
            continue;
        }
        for list in ["environment", "env"] {
            let Some(environment) = container.get(list) else { continue };
            let base = if path.is_empty() { list.to_owned() } else { format!("{path}.{list}") };
            let is_server = |name: &str| SERVERS.iter().any(|(key, word)| *key == name && image.contains(word));
            if let Some(entries) = environment.as_map() {
                for (name, value) in entries.iter().filter(|(name, _)| is_server(name)) {
                    found.push((format!("{base}.{name}"), &**name, value));
                }
            } else {
                for (index, entry) in environment.each().iter().enumerate() {
                    let name = entry.get("name").and_then(Value::as_text).filter(|name| is_server(name));
                    if let (Some(name), Some(value)) = (name, entry.get("value").filter(|value| !value.is_null())) {
                        found.push((format!("{base}.{index}.value"), name, value));
                    }
                }
            }
        }
    }
    found
}

/// The resource whose login a password is of: the resource itself, or the server that a user of it is declared for.
fn owner_of_login(estate: &Estate<'_>, at: u32, resource: &Resource) -> u32 {
    if !(resource.ty.ends_with("_user") || resource.ty.ends_with("_role") || resource.ty.ends_with("_login")) {
        return at;
    }
    ["instance", "instance_name", "cluster", "cluster_id", "cluster_name", "server_id", "server_name", "user_pool_id"]
        .iter()
        .filter_map(|key| resource.get(key))
        .find_map(|value| estate.referred(value).first().copied())
        .unwrap_or(at)
}

/// The resource that generates a password and does nothing else, as its id.
fn generator(estate: &Estate<'_>, forms: &[Form]) -> Option<String> {
    forms.iter().find_map(|form| match form {
        Form::Attribute(address, _) => {
            let at = estate.find(address)?;
            estate.resource(at).ty.starts_with("random_").then(|| address.to_string())
        }
        _ => None,
    })
}

/// Every form that a value can occur in elsewhere: what it refers to, what that is stated to be, names, text.
pub(super) fn forms_of(estate: &Estate<'_>, value: &Value, layer: usize, found: &mut dyn FnMut(Form)) {
    if layer > MOST_LAYERS {
        return;
    }
    match &value.kind {
        ValueKind::Secret(inner) => forms_of(estate, inner, layer + 1, found),
        ValueKind::Reference(reference) => {
            // A whole resource is not a password.
            if reference.attribute.is_empty() {
                return;
            }
            found(Form::Attribute(reference.address.clone(), reference.attribute.clone()));
            if let Some(stated) = stated(estate, reference) {
                forms_of(estate, stated, layer + 1, found);
            }
        }
        ValueKind::Unknown(unknown) => {
            found(Form::Unknown(unknown.name.clone()));
        }
        ValueKind::Text(text) if text::looks_secret(text) => found(Form::Text(text.clone())),
        ValueKind::OneOf(choices) => {
            for choice in choices {
                forms_of(estate, choice, layer + 1, found);
            }
        }
        ValueKind::List(items) => {
            for item in items {
                forms_of(estate, item, layer + 1, found);
            }
        }
        ValueKind::Template(parts) => {
            let mut open = parts.iter().filter(|part| !matches!(part.kind, ValueKind::Text(_)));
            if let (Some(only), None) = (open.next(), open.next()) {
                forms_of(estate, only, layer + 1, found);
            }
        }
        _ => {}
    }
}

fn stated<'a>(estate: &Estate<'a>, reference: &Reference) -> Option<&'a Value> {
    estate.find(&reference.address).and_then(|at| estate.resource(at).get(&reference.attribute))
}

/// A password that is read out of a secret or parameter lies there.
fn kept_where_it_comes_from(estate: &Estate<'_>, value: &Value, credential: u32, book: &mut Book, layer: usize) {
    let mut addresses: Vec<(Text, Text)> = Vec::new();
    value.references(&mut |reference, _| addresses.push((reference.address.clone(), reference.attribute.clone())));
    if let ValueKind::Unknown(unknown) = &value.open().kind {
        addresses.extend(super::places::addresses_in(estate, &unknown.name));
    }
    for (address, attribute) in addresses {
        let Some(at) = estate.find(&address) else { continue };
        let resource = estate.resource(at);
        if super::places::content_of(&resource.ty, &attribute) {
            book.hold(
                credential,
                Holding {
                    resource: super::places::keeper(estate, at),
                    place: Place::Content,
                    attribute: attribute.clone(),
                    span: resource.span,
                },
            );
        } else if layer < MOST_LAYERS
            && let Some(stated) = resource.get(&attribute)
        {
            kept_where_it_comes_from(estate, stated, credential, book, layer + 1);
        }
    }
}

/// Whether a type uses or keeps passwords of something else.
pub(super) fn is_client(ty: &str) -> bool {
    CLIENTS.iter().any(|word| ty.contains(word))
}

/// Whether a type only serves the tool: it makes text, files or numbers, and nothing that runs or keeps anything.
pub(super) fn is_glue(ty: &str) -> bool {
    const GLUE: [&str; 11] = [
        "local_",
        "null_resource",
        "null_data_source",
        "terraform_data",
        "template_",
        "cloudinit_config",
        "archive_file",
        "random_",
        "tls_",
        "time_",
        "external",
    ];
    GLUE.iter().any(|start| ty.starts_with(start))
}

/// The token that a cluster writes into a secret of this kind.
fn service_account_token(estate: &Estate<'_>, at: u32, resource: &Resource, book: &mut Book) {
    let is_token = resource.text("type").is_some_and(|ty| ty == "kubernetes.io/service-account-token");
    if !is_token || !matches!(&*resource.ty, "k8s:Secret" | "kubernetes_secret" | "kubernetes_secret_v1") {
        return;
    }
    let annotations = resource.get("metadata.annotations").and_then(Value::as_map).unwrap_or_default();
    let account = annotations.iter().find(|(key, _)| &**key == "kubernetes.io/service-account.name");
    let Some((_, account)) = account else { return };
    let name = estate.render(account);
    let namespace = resource.text("metadata.namespace").unwrap_or("default");
    let owner = estate.referred(account).first().copied().or_else(|| {
        ["k8s:ServiceAccount", "kubernetes_service_account", "kubernetes_service_account_v1"]
            .iter()
            .flat_map(|ty| estate.of_type(ty))
            .copied()
            .find(|at| {
                let resource = estate.resource(*at);
                resource.text("metadata.name") == Some(name.as_str())
                    && resource.text("metadata.namespace").unwrap_or("default") == namespace
            })
    });
    let form = Form::Attribute(resource.address.clone(), "data.token".into());
    let credential = book.add(&[form], &resource.address, &format!("token of {name}"), resource.span);
    if let Some(owner) = owner {
        book.own(credential, Owner::Principal(owner));
    }
    let holding = Holding { resource: at, place: Place::Content, attribute: "data.token".into(), span: resource.span };
    book.hold(credential, holding);
}

/// Passwords of the operating system that a start script sets.
fn start_script(estate: &Estate<'_>, at: u32, resource: &Resource, book: &mut Book) {
    for path in START_SCRIPTS {
        let Some(value) = resource.get(path) else { continue };
        let script = estate.render(value);
        let (set, open) = text::passwords_set(&script);
        for set in set {
            let mut forms = vec![Form::Attribute(resource.address.clone(), format!("{path}#{}", set.user).into())];
            if let Some(name) = set.password.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
                match name.rsplit_once('.').filter(|(address, _)| estate.find(address).is_some()) {
                    Some((address, attribute)) => forms.push(Form::Attribute(address.into(), attribute.into())),
                    None => forms.push(Form::Unknown(name.into())),
                }
            } else if text::looks_secret(&set.password) {
                forms.push(Form::Text(set.password.as_str().into()));
            }
            let id = format!("password:{}", resource.address);
            let name = format!("password of {} on {}", set.user, resource.name);
            let credential = book.add(&forms, &id, &name, value.span);
            book.own(credential, Owner::Login(at));
            let holding =
                Holding { resource: at, place: Place::Configuration, attribute: path.into(), span: value.span };
            book.hold(credential, holding);
            if !open {
                book.assume(credential, format!("`{}` lets people sign in with a password", resource.address));
            }
        }
    }
}

/// Key pairs: whoever has the private half may sign in where the public half is installed, or is the user it is set for.
fn key_pairs(estate: &Estate<'_>, names: &Names<'_>, book: &mut Book) {
    let mut users: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    let mut by_name: FxHashMap<String, Vec<u32>> = FxHashMap::default();
    let mut installed: Vec<(u32, &Value)> = Vec::new();
    for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
        // A pair names itself by the same attribute; it is no user of itself.
        let keys = if is_key_pair(&resource.ty) { &[][..] } else { &NAME_A_PAIR[..] };
        for key in keys {
            let Some(value) = resource.get(key) else { continue };
            let referred = estate.referred(value);
            if referred.is_empty() {
                by_name.entry(estate.render(value)).or_default().push(at);
            }
            for pair in referred {
                users.entry(pair).or_default().push(at);
            }
        }
        if let Some(value) = resource.get("metadata.ssh-keys").or_else(|| resource.get("metadata.sshKeys")) {
            installed.push((at, value));
        }
        for block in resource.get("admin_ssh_key").map(Value::each).unwrap_or_default() {
            installed.extend(block.get("public_key").map(|value| (at, value)));
        }
        if is_key_pair(&resource.ty)
            && let Some(value) = resource.get("public_key")
        {
            installed.push((at, value));
        }
    }
    for (at, value) in installed {
        let resource = estate.resource(at);
        let owners = if is_key_pair(&resource.ty) {
            let mut owners = users.get(&at).cloned().unwrap_or_default();
            if let Some(name) = resource.get("key_name").or_else(|| resource.get("name")) {
                owners.extend(by_name.get(&estate.render(name)).into_iter().flatten());
            }
            owners
        } else {
            vec![at]
        };
        let mut forms = Vec::new();
        let mut id = resource.address.clone();
        value.references(&mut |reference, _| {
            if let Some(maker) = estate.find(&reference.address)
                && &*estate.resource(maker).ty == "tls_private_key"
            {
                id = reference.address.clone();
                for attribute in ["private_key_pem", "private_key_openssh", "private_key_pem_pkcs8"] {
                    forms.push(Form::Attribute(reference.address.clone(), attribute.into()));
                }
            }
        });
        let mut along = Vec::new();
        names_along(value, &mut along, 0);
        for name in along {
            private_halves(&name, &mut forms);
        }
        if forms.is_empty() {
            // Nobody can be found to have it; it still exists, with its owner as the only one who knows.
            continue;
        }
        let credential = book.add(&forms, &id, &format!("private key of {}", resource.name), value.span);
        // Repositories of CodeCommit know a user by this key.
        if &*resource.ty == "aws_iam_user_ssh_key"
            && let Some(user) = resource.get("username")
        {
            let user = estate.referred(user).first().copied().or_else(|| names.named(estate, user));
            if let Some(user) = user {
                book.own(credential, Owner::Principal(user));
            }
        }
        for owner in owners {
            book.own(credential, Owner::Login(owner));
        }
    }
}

pub(super) fn is_key_pair(ty: &str) -> bool {
    ty.ends_with("_key_pair") || ty.ends_with("_ssh_key") || ty.ends_with("_ssh_public_key") || ty.ends_with("_keypair")
}

/// The names and texts that a value came from: of what is not known, of inputs, of files.
pub(super) fn names_along(value: &Value, found: &mut Vec<Text>, depth: usize) {
    if depth > MOST_LAYERS {
        return;
    }
    let mut via: Option<&Via> = value.via.as_deref();
    for _ in 0..MOST_LAYERS {
        let Some(step) = via else { break };
        found.push(step.name.clone());
        via = step.before.as_deref();
    }
    match &value.kind {
        ValueKind::Secret(inner) => names_along(inner, found, depth + 1),
        ValueKind::Unknown(unknown) => found.push(unknown.name.clone()),
        ValueKind::Template(parts) | ValueKind::OneOf(parts) | ValueKind::List(parts) => {
            for part in parts {
                names_along(part, found, depth + 1);
            }
        }
        _ => {}
    }
}

/// The private halves that belong to a public half by the names that people give to both: `x.pub` and `x`,
/// `ssh_public_key` and `ssh_private_key`.
fn private_halves(name: &str, forms: &mut Vec<Form>) {
    for word in name.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '(' | ')' | ',')) {
        if let Some(stem) = word.strip_suffix(".pub") {
            forms.push(Form::File(file_path(stem)));
        }
        if word.contains("public") {
            let private = word.replace("public", "private");
            forms.push(Form::Unknown(private.as_str().into()));
            forms.push(Form::Unknown(format!("file({private})").into()));
        }
    }
}

/// A path without what only says where one stands.
pub(super) fn file_path(path: &str) -> Text {
    let mut path = path.trim();
    while let Some(rest) = ["./", "${path.module}/", "${path.root}/", "${path.cwd}/"]
        .into_iter()
        .find_map(|start| path.strip_prefix(start))
    {
        path = rest;
    }
    path.into()
}
