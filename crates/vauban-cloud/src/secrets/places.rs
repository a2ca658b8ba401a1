//! Where credentials lie: one walk over every attribute of every resource, then along references.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Text, Value, ValueKind};

use super::book::{Book, Form, covers};
use super::makers::{file_path, is_glue, names_along};
use super::{Holding, Owner, Place, text};
use crate::Estate;

/// Types that keep content, and the attributes that are it. Everything else of a resource is its configuration.
const CONTENT: [(&str, &[&str]); 30] = [
    ("aws_s3_object", &["content", "content_base64", "source", "source_text"]),
    ("aws_s3_bucket_object", &["content", "content_base64", "source", "source_text"]),
    ("aws_secretsmanager_secret_version", &["secret_string", "secret_binary", "secret_string_wo"]),
    ("aws_secretsmanager_secret", &["secret_string", "generate_secret_string"]),
    ("aws_ssm_parameter", &["value", "insecure_value", "value_wo"]),
    ("aws_dynamodb_table_item", &["item"]),
    ("aws_appconfig_hosted_configuration_version", &["content"]),
    ("aws_codecommit_file", &["content"]),
    ("github_repository_file", &["content"]),
    ("github_actions_secret", &["plaintext_value"]),
    ("gitlab_project_variable", &["value"]),
    ("google_secret_manager_secret_version", &["secret_data", "secret_data_wo"]),
    ("google_storage_bucket_object", &["content", "source"]),
    ("azurerm_key_vault_secret", &["value", "value_wo"]),
    ("azurerm_storage_blob", &["source_content", "source"]),
    ("azurerm_app_configuration_key", &["value"]),
    ("azurerm_automation_variable_string", &["value"]),
    ("azurerm_automation_credential", &["password"]),
    ("vault_generic_secret", &["data_json"]),
    ("vault_kv_secret_v2", &["data_json"]),
    ("consul_keys", &["key"]),
    ("kubernetes_secret", &["data", "string_data", "binary_data"]),
    ("kubernetes_secret_v1", &["data", "string_data", "binary_data"]),
    ("kubernetes_config_map", &["data", "binary_data"]),
    ("kubernetes_config_map_v1", &["data", "binary_data"]),
    ("k8s:Secret", &["data", "stringData"]),
    ("k8s:ConfigMap", &["data", "binaryData"]),
    ("aws_sns_topic_subscription", &[]),
    ("doppler_secret", &["value"]),
    ("aws_imagebuilder_component", &["data"]),
];

/// Resources that are a part of another, and the attribute that names it: what the part keeps, the whole keeps.
const PARTS: [(&str, &str); 6] = [
    ("aws_secretsmanager_secret_version", "secret_id"),
    ("google_secret_manager_secret_version", "secret"),
    ("aws_dynamodb_table_item", ""),
    ("aws_appconfig_hosted_configuration_version", "application_id"),
    ("aws_instance_user_data", "instance_id"),
    ("google_compute_instance_template", ""),
];

/// Clients of data stores that scripts use to write into them.
const STORE_CLIENTS: [&str; 8] =
    ["psql", "mysql", "mongosh", "mongo ", "redis-cli", "sqlcmd", "cqlsh", "clickhouse-client"];

/// Endings of attributes that providers give out and that are credentials of the resource itself.
const GIVEN_OUT: [&str; 14] = [
    "primary_access_key",
    "secondary_access_key",
    "primary_key",
    "secondary_key",
    "primary_shared_key",
    "secondary_shared_key",
    "connection_string",
    "primary_master_key",
    "kube_config_raw",
    "kube_admin_config_raw",
    "kube_config",
    "kube_admin_config",
    "admin_password",
    "site_credential",
];

/// How deep values are walked. Readers build no deeper ones from sensible input.
const MOST_DEPTH: usize = 64;

/// A reference somewhere.
pub(super) struct Link {
    pub(super) resource: u32,
    pub(super) path: Text,
    pub(super) attribute: Text,
    pub(super) span: Span,
}

/// Something unknown somewhere.
pub(super) struct Gap {
    pub(super) resource: u32,
    pub(super) path: Text,
    pub(super) name: Text,
    pub(super) span: Span,
}

/// Whether a list is a block that occurs once: paths lead through it without a number.
pub(super) fn is_one_block(items: &[Value]) -> bool {
    matches!(items, [one] if one.as_map().is_some())
}

/// Whether an attribute of a type is what it keeps.
pub(super) fn content_of(ty: &str, attribute: &str) -> bool {
    CONTENT
        .iter()
        .any(|(known, attributes)| *known == ty && attributes.iter().any(|content| covers(content, attribute)))
}

/// The resource that keeps what a part of it holds.
pub(super) fn keeper(estate: &Estate<'_>, at: u32) -> u32 {
    let resource = estate.resource(at);
    PARTS
        .iter()
        .find(|(ty, _)| *ty == &*resource.ty)
        .filter(|(_, by)| !by.is_empty())
        .and_then(|(_, by)| resource.get(by))
        .and_then(|value| estate.referred(value).first().copied())
        .unwrap_or(at)
}

/// Addresses and attributes that a name of something unknown mentions, such as
/// `jsondecode(data.aws_secretsmanager_secret_version.x.secret_string)["password"]`.
pub(super) fn addresses_in(estate: &Estate<'_>, name: &str) -> Vec<(Text, Text)> {
    let mut found = Vec::new();
    for word in name.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))) {
        let mut rest = word;
        while let Some((before, _)) = rest.rsplit_once('.') {
            if estate.find(before).is_some() {
                found.push((before.into(), word.get(before.len() + 1..).unwrap_or_default().into()));
                break;
            }
            rest = before;
        }
    }
    found
}

pub(super) struct Walk<'a, 'e> {
    pub(super) estate: &'e Estate<'a>,
    pub(super) book: &'e mut Book,
    pub(super) links: FxHashMap<u32, Vec<Link>>,
    /// What is not known and may come out of a vault.
    pub(super) gaps: Vec<Gap>,
    pub(super) hits: Vec<(u32, u32, Text, Span)>,
    seen: FxHashSet<(u32, u32, Text)>,
}

/// Finds everywhere that the credentials lie.
pub(super) fn collect(estate: &Estate<'_>, book: &mut Book) {
    let mut walk = Walk {
        estate,
        book,
        links: FxHashMap::default(),
        gaps: Vec::new(),
        hits: Vec::new(),
        seen: FxHashSet::default(),
    };
    let mut kept: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
        walk.value(at, resource, &resource.attributes, &mut String::new(), 0);
        if resource.mode == Mode::Data {
            for source in estate.referred(&resource.attributes) {
                kept.entry(source).or_default().push(at);
            }
        }
        walk.secret_references(at, resource);
    }
    let scripts = super::scripts::collect(estate, walk.book);
    walk.uploaded(&scripts.files);
    walk.follow(&kept, 0);
    let known = walk.hits.len();
    walk.resolved();
    walk.follow(&kept, known);
    let hits = std::mem::take(&mut walk.hits);
    let loads = loads(estate);
    for (credential, at, path, span) in hits {
        let resource = estate.resource(at);
        let provisioned = path.starts_with("provisioner");
        // How the operator reaches the machine stays with the operator, and a command that ran once is gone.
        if path.split('.').any(|key| key == "connection") {
            continue;
        }
        // What a script loads into a store lies there too.
        for store in loads.get(&at).into_iter().flatten().filter(|_| provisioned || is_glue(&resource.ty)) {
            if !book.owns(credential, *store) {
                let attribute = path.clone();
                book.hold(credential, Holding { resource: *store, place: Place::Content, attribute, span });
                let (from, to) = (&resource.address, &estate.resource(*store).address);
                book.assume(credential, format!("the script of `{from}` writes it into `{to}`"));
            }
        }
        if (provisioned && !path.ends_with(".content")) || is_glue(&resource.ty) || resource.mode == Mode::Data {
            continue;
        }
        let place = if provisioned || path.ends_with("#run-time") || content_of(&resource.ty, &path) {
            Place::Content
        } else {
            Place::Configuration
        };
        let resource = keeper(estate, at);
        if book.owns(credential, resource) && place == Place::Configuration && !path.contains("user_data") {
            continue;
        }
        book.hold(credential, Holding { resource, place, attribute: path, span });
    }
    for one in scripts.carried {
        let resource = keeper(estate, one.store);
        if resource == one.from || book.owns(one.credential, resource) {
            continue;
        }
        let holding = Holding { resource, place: Place::Content, attribute: one.attribute, span: one.span };
        if book.hold(one.credential, holding) {
            let (from, to) = (&estate.resource(one.from).address, &estate.resource(resource).address);
            book.assume(one.credential, format!("the script of `{from}` writes it into `{to}`"));
        }
    }
}

impl Walk<'_, '_> {
    fn value(&mut self, at: u32, resource: &Resource, value: &Value, path: &mut String, depth: usize) {
        if depth > MOST_DEPTH {
            return;
        }
        match &value.kind {
            ValueKind::Secret(inner) | ValueKind::Document(inner) => self.value(at, resource, inner, path, depth + 1),
            ValueKind::OneOf(parts) => {
                for part in parts {
                    self.value(at, resource, part, path, depth + 1);
                }
            }
            ValueKind::Template(parts) => {
                for part in parts {
                    self.value(at, resource, part, path, depth + 1);
                }
                // A login may be put together from several parts.
                self.strings(at, path, &self.estate.render(value), value.span);
            }
            ValueKind::List(items) => {
                if let ([one], true) = (items.as_slice(), is_one_block(items)) {
                    return self.value(at, resource, one, path, depth + 1);
                }
                let words: Vec<&str> = items.iter().filter_map(Value::as_text).collect();
                self.options(at, path, &words.join(" "), value.span);
                for (index, item) in items.iter().enumerate() {
                    self.below(at, resource, &index.to_string(), item, path, depth);
                }
            }
            ValueKind::Map(entries) => {
                self.setting(at, resource, value, path);
                for (key, item) in entries {
                    self.below(at, resource, key, item, path, depth);
                }
            }
            ValueKind::Reference(reference) => {
                let found: Vec<u32> = self.book.of_attribute(&reference.address, &reference.attribute).collect();
                let Some(target) = self.estate.find(&reference.address) else {
                    for credential in found {
                        self.hit(credential, at, path, value.span);
                    }
                    return;
                };
                if target == at {
                    return;
                }
                for credential in found {
                    self.hit(credential, at, path, value.span);
                }
                self.given_out(at, target, &reference.attribute, path, value.span);
                self.links.entry(target).or_default().push(Link {
                    resource: at,
                    path: path.as_str().into(),
                    attribute: reference.attribute.clone(),
                    span: value.span,
                });
            }
            ValueKind::Unknown(unknown) => {
                self.named(at, path, value);
                if super::resolved::may_be_kept(&unknown.name) {
                    let (path, name) = (path.as_str().into(), unknown.name.clone());
                    self.gaps.push(Gap { resource: at, path, name, span: value.span });
                }
            }
            ValueKind::Text(text) => {
                self.named(at, path, value);
                // Words of a list were read as one line already.
                if path.rsplit('.').next().is_none_or(|part| part.parse::<usize>().is_err()) {
                    self.options(at, path, text, value.span);
                }
                if let Some(credential) = self.book.of(&Form::Text(text.clone())) {
                    self.hit(credential, at, path, value.span);
                } else {
                    self.strings(at, path, text, value.span);
                    self.kept(at, resource, path, text, value.span);
                }
            }
            ValueKind::Null | ValueKind::Bool(_) | ValueKind::Number(_) => {}
        }
    }

    /// What is uploaded from files that commands of the tool wrote credentials into.
    fn uploaded(&mut self, files: &std::collections::BTreeMap<Text, Vec<(u32, u32)>>) {
        if files.is_empty() {
            return;
        }
        for (at, resource) in (0u32..).zip(&self.estate.inventory.resources) {
            let attributes = CONTENT.iter().find(|(ty, _)| *ty == &*resource.ty).map_or(&[][..], |(_, list)| *list);
            for attribute in attributes {
                let Some(value) = resource.get(attribute) else { continue };
                let mut names = Vec::new();
                names_along(value, &mut names, 0);
                let read = names.iter().filter_map(|name| name.strip_prefix("file(")?.strip_suffix(')'));
                let read = read.map(|name| name.trim_matches('"')).chain(value.as_text());
                let found: Vec<(u32, u32)> =
                    read.filter_map(|name| files.get(&file_path(name))).flatten().copied().collect();
                for (credential, from) in found {
                    self.hit(credential, at, attribute, value.span);
                    let (from, to) = (&self.estate.resource(from).address, &resource.address);
                    let what = format!("the command of `{from}` writes it into the file that `{to}` uploads");
                    self.book.assume(credential, what);
                }
            }
        }
    }

    fn below(&mut self, at: u32, resource: &Resource, key: &str, item: &Value, path: &mut String, depth: usize) {
        let before = path.len();
        if before > 0 {
            path.push('.');
        }
        path.push_str(key);
        self.value(at, resource, item, path, depth + 1);
        path.truncate(before);
    }

    /// What is not known, and files: by name.
    fn named(&mut self, at: u32, path: &str, value: &Value) {
        let mut names = Vec::new();
        match &value.kind {
            ValueKind::Unknown(unknown) => names.push(unknown.name.clone()),
            ValueKind::Text(text) => {
                if let Some(credential) = self.book.of(&Form::File(file_path(text))) {
                    self.hit(credential, at, path, value.span);
                }
                if value.via.is_none() {
                    return;
                }
            }
            _ => return,
        }
        names_along(value, &mut names, 0);
        for name in names {
            let is_text = matches!(value.kind, ValueKind::Text(_));
            if (!is_text || name.contains("private"))
                && let Some(credential) = self.book.of(&Form::Unknown(name.clone()))
            {
                self.hit(credential, at, path, value.span);
            }
            if let Some(inner) = name.strip_prefix("file(") {
                let file = inner.trim_end_matches(')').trim_matches('"');
                if let Some(credential) = self.book.of(&Form::File(file_path(file))) {
                    self.hit(credential, at, path, value.span);
                }
            }
            if !is_text {
                for (address, attribute) in addresses_in(self.estate, &name) {
                    let found: Vec<u32> = self.book.of_attribute(&address, &attribute).collect();
                    for credential in found {
                        self.hit(credential, at, path, value.span);
                    }
                }
            }
        }
    }

    /// Literals inside a longer text, and credentials that are known by their form.
    fn strings(&mut self, at: u32, path: &str, text: &str, span: Span) {
        let mut found = Vec::new();
        self.book.inside(text, &mut |credential| found.push(credential));
        for credential in &found {
            self.hit(*credential, at, path, span);
        }
        let known = !found.is_empty();
        let resource = self.estate.resource(at);
        let ours = resource.mode == Mode::Managed && !is_glue(&resource.ty) && !path.starts_with("provisioner");
        for (password, host) in text::connection_strings(text) {
            let mut met = known;
            for (credential, owner) in self.book.plain_ones(password).to_vec() {
                let owner = self.estate.resource(owner);
                if host == &*owner.name || host.contains(&*owner.address) {
                    self.hit(credential, at, path, span);
                    met = true;
                }
            }
            // Of a text that goes on with a reference, the whole is looked at as well.
            if ours && !met && !host.is_empty() && text::is_password(password) {
                let opened = addresses_in(self.estate, host).into_iter().find_map(|(at, _)| self.estate.find(&at));
                let host = host.trim_matches(|c: char| !c.is_ascii_alphanumeric());
                let host = opened.map_or(host, |at| &*self.estate.resource(at).name);
                let name = format!("password for {host}");
                match opened {
                    Some(target) => {
                        let credential = self.literal(at, path, &name, password, span);
                        self.book.own(credential, Owner::Login(target));
                    }
                    None => self.unowned(at, path, &name, password, span),
                }
            }
        }
        for (name, secret) in text::secret_addresses(text) {
            if ours {
                self.unowned(at, path, name, secret, span);
            }
        }
        if ours && !known {
            for (name, said) in text::passwords_of_settings(text) {
                self.unowned(at, path, name.trim(), said.trim(), span);
            }
        }
        for id in text::access_key_ids(text) {
            let form = Form::Text(id.into());
            let credential = self.book.add(&[form], &format!("access-key:{id}"), &format!("access key {id}"), span);
            self.book.assume(credential, format!("whose the access key `{id}` is, is not said"));
            self.hit(credential, at, path, span);
        }
        if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
            let address = &self.estate.resource(at).address;
            let id = format!("private-key:{address}");
            let form = Form::Attribute(address.clone(), format!("{path}#private-key").into());
            let credential = self.book.add(&[form], &id, &format!("private key in {address}"), span);
            self.hit(credential, at, path, span);
        }
    }

    /// Keys and connection strings that a resource gives out are credentials of its own.
    fn given_out(&mut self, at: u32, target: u32, attribute: &str, path: &str, span: Span) {
        let owner = self.estate.resource(target);
        let last = attribute.rsplit('.').find(|key| key.parse::<usize>().is_err()).unwrap_or(attribute);
        let first = attribute.split('.').next().unwrap_or(attribute);
        let given = GIVEN_OUT.iter().any(|end| last.ends_with(end) || first.ends_with(end));
        if !given || is_glue(&owner.ty) || owner.get(attribute).is_some() {
            return;
        }
        let form = Form::Attribute(owner.address.clone(), "#given-out".into());
        let id = format!("password:{}", owner.address);
        let credential = self.book.add(&[form], &id, &format!("access key of {}", owner.name), owner.span);
        self.book.own(credential, Owner::Login(target));
        self.hit(credential, at, path, span);
    }

    pub(super) fn hit(&mut self, credential: u32, at: u32, path: &str, span: Span) {
        if self.seen.insert((credential, at, path.into())) {
            self.hits.push((credential, at, path.into(), span));
        }
    }

    /// Containers that are given a secret at run time: code sees it, readers of the configuration do not.
    fn secret_references(&mut self, at: u32, resource: &Resource) {
        let mut links: Vec<(u32, Span)> = Vec::new();
        for container in resource.get("container_definitions").map(Value::each).unwrap_or_default() {
            for secret in container.get("secrets").map(Value::each).unwrap_or_default() {
                if let Some(value) = secret.get("valueFrom") {
                    links.extend(self.estate.referred(value).into_iter().map(|target| (target, value.span)));
                }
            }
        }
        if resource.ty.starts_with("k8s:") || resource.ty.starts_with("kubernetes_") {
            let namespace = resource.text("metadata.namespace").unwrap_or("default");
            kubernetes_references(&resource.attributes, 0, &mut |kind, name, span| {
                let address = format!("k8s:{namespace}/{kind}/{name}");
                links.extend(self.estate.find(&address).map(|target| (target, span)));
            });
        }
        for (target, span) in links {
            self.links.entry(target).or_default().push(Link {
                resource: at,
                path: "secrets#run-time".into(),
                attribute: "#content".into(),
                span,
            });
        }
    }

    /// Follows references on: whoever refers to an attribute that holds a credential holds it too.
    fn follow(&mut self, kept: &FxHashMap<u32, Vec<u32>>, first: usize) {
        let mut next = first;
        while let Some((credential, at, path, _)) = self.hits.get(next).cloned() {
            next += 1;
            let resource = self.estate.resource(at);
            let glue = is_glue(&resource.ty);
            let content = content_of(&resource.ty, &path);
            let whole = keeper(self.estate, at);
            let mut found = Vec::new();
            for link in self.links.get(&at).into_iter().flatten() {
                let through = if glue || resource.mode == Mode::Data {
                    &*link.attribute != "id" && !link.attribute.is_empty()
                } else {
                    covers(&path, &link.attribute) || (covers(&link.attribute, &path) && !link.attribute.is_empty())
                };
                if through || (content && &*link.attribute == "#content") {
                    found.push((link.resource, link.path.clone(), link.span));
                }
            }
            if content {
                // Given to containers by the name of the whole.
                for link in self.links.get(&whole).into_iter().flatten().filter(|_| whole != at) {
                    if &*link.attribute == "#content" {
                        found.push((link.resource, link.path.clone(), link.span));
                    }
                }
                // Read back by a data source.
                for source in kept.get(&whole).into_iter().chain(kept.get(&at)).flatten() {
                    found.push((*source, path.clone(), self.estate.resource(*source).span));
                }
            }
            for (at, path, span) in found {
                self.hit(credential, at, &path, span);
            }
        }
    }
}

/// Secrets and maps of configuration that a pod's description takes in, by kind and name.
fn kubernetes_references(value: &Value, depth: usize, found: &mut dyn FnMut(&str, &str, Span)) {
    if depth > MOST_DEPTH {
        return;
    }
    if let Some(entries) = value.as_map() {
        for (key, item) in entries {
            let (kind, by) = match &**key {
                "secretKeyRef" | "secretRef" => ("Secret", "name"),
                "configMapKeyRef" | "configMapRef" | "configMap" => ("ConfigMap", "name"),
                "secret" => ("Secret", "secretName"),
                _ => ("", ""),
            };
            if let Some(name) =
                Some(by).filter(|by| !by.is_empty()).and_then(|by| item.get(by)).and_then(Value::as_text)
            {
                found(kind, name, item.span);
            }
            kubernetes_references(item, depth + 1, found);
        }
    } else {
        for item in value.as_list().unwrap_or_default() {
            kubernetes_references(item, depth + 1, found);
        }
    }
}

/// The stores into which the scripts of each resource load something: a client of a store is called with a reference to
/// it in the same text.
fn loads(estate: &Estate<'_>) -> FxHashMap<u32, Vec<u32>> {
    let mut out: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
        for key in ["provisioner", "user_data", "custom_data", "metadata_startup_script"] {
            let Some(value) = resource.get(key) else { continue };
            let mut stores = Vec::new();
            scripts(value, 0, &mut |script| {
                let calls = match &script.kind {
                    ValueKind::Template(parts) => parts.iter().any(|part| {
                        part.as_text().is_some_and(|text| STORE_CLIENTS.iter().any(|client| text.contains(client)))
                    }),
                    _ => false,
                };
                if calls {
                    stores.extend(estate.referred(script));
                }
            });
            stores.retain(|store| is_store(&estate.resource(*store).ty));
            let known = out.entry(at).or_default();
            for store in stores {
                if !known.contains(&store) {
                    known.push(store);
                }
            }
        }
    }
    out
}

/// Whether a type is a database or the like: something that clients write into.
fn is_store(ty: &str) -> bool {
    [
        "_db_",
        "rds_",
        "redshift",
        "sql",
        "mongo",
        "docdb",
        "elasticache",
        "redis",
        "memorydb",
        "neptune",
        "cassandra",
        "clickhouse",
    ]
    .iter()
    .any(|word| ty.contains(word))
        && !ty.contains("subnet_group")
        && !ty.contains("parameter_group")
}

fn scripts<'v>(value: &'v Value, depth: usize, found: &mut dyn FnMut(&'v Value)) {
    if depth > MOST_DEPTH {
        return;
    }
    match &value.kind {
        ValueKind::Template(_) => found(value),
        ValueKind::List(items) | ValueKind::OneOf(items) => {
            items.iter().for_each(|item| scripts(item, depth + 1, found))
        }
        ValueKind::Map(entries) => entries.iter().for_each(|(_, item)| scripts(item, depth + 1, found)),
        ValueKind::Secret(inner) | ValueKind::Document(inner) => scripts(inner, depth + 1, found),
        _ => {}
    }
}
