//! Containers that are data stores: what runs the image of a database keeps data, and some of those images let everybody
//! in unless they are told otherwise.

use vauban_model::Span;
use vauban_model::model::Origin;
use vauban_model::resource::{Resource, Value};
use vauban_model::vocabulary::fact;

use super::builder::{Builder, component_ref, word, yes_no};
use crate::Estate;
use crate::cluster::pod_spec;

/// Technologies that keep data, by their ids in the library.
const STORES: [&str; 26] = [
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "redis",
    "valkey",
    "memcached",
    "elasticsearch",
    "opensearch",
    "cassandra",
    "scylladb",
    "couchdb",
    "couchbase",
    "cockroachdb",
    "clickhouse",
    "influxdb",
    "neo4j",
    "sql-server",
    "solr",
    "minio",
    "dynamodb",
    "etcd",
    "milvus",
    "qdrant",
    "weaviate",
    "chroma",
];

/// Words in names of images that stand beside a store and are none: `redis-exporter`, `mongo-express`.
const HELPERS: [&str; 33] = [
    "exporter",
    "express",
    "admin",
    "backup",
    "pgbouncer",
    "proxy",
    "operator",
    "init",
    "migrate",
    "migration",
    "migrations",
    "client",
    "commander",
    "insight",
    "ui",
    "dashboard",
    "cli",
    "sentinel",
    "sidecar",
    "controller",
    "agent",
    "metrics",
    // Sidecars.
    "envoy",
    "proxyv2",
    "pilot",
    "fluent",
    "fluentd",
    "collector",
    "opentelemetry",
    "daprd",
    "linkerd",
    "telegraf",
    "statsd",
];

/// Commands that use a store, in an image that has the server as well.
const CLIENTS: [&str; 14] = [
    "psql",
    "pg_dump",
    "pg_restore",
    "pg_isready",
    "mysql",
    "mysqldump",
    "mysqladmin",
    "redis-cli",
    "mongosh",
    "mongo",
    "mongoimport",
    "mongorestore",
    "mongodump",
    "mc",
];

/// Kinds that run their pods for good: a job with such an image is a client of the store.
const LASTING: [&str; 7] = [
    "k8s:Deployment",
    "k8s:StatefulSet",
    "k8s:DaemonSet",
    "k8s:Pod",
    "k8s:ReplicaSet",
    "k8s:ReplicationController",
    "k8s:Rollout",
];

/// Container services of clouds that run what they are given for good, and where the list of their containers is. Jobs and
/// functions are clients of a store.
const SERVICES: [(&str, &str); 5] = [
    ("aws_ecs_task_definition", "container_definitions"),
    ("google_cloud_run_v2_service", "template.containers"),
    ("google_cloud_run_service", "template.spec.containers"),
    ("azurerm_container_app", "template.container"),
    ("azurerm_container_group", "container"),
];

/// Variables with which images make the first login: name of the user, what it is called when nothing is said, name of the
/// password. Sources: the pages of the images.
const FIRST_LOGINS: [(&str, &str, &str); 13] = [
    ("POSTGRES_USER", "postgres", "POSTGRES_PASSWORD"),
    ("POSTGRESQL_USERNAME", "postgres", "POSTGRESQL_PASSWORD"),
    ("", "root", "MYSQL_ROOT_PASSWORD"),
    ("", "root", "MARIADB_ROOT_PASSWORD"),
    ("MONGO_INITDB_ROOT_USERNAME", "", "MONGO_INITDB_ROOT_PASSWORD"),
    ("RABBITMQ_DEFAULT_USER", "guest", "RABBITMQ_DEFAULT_PASS"),
    ("MINIO_ROOT_USER", "minioadmin", "MINIO_ROOT_PASSWORD"),
    ("MINIO_ACCESS_KEY", "minioadmin", "MINIO_SECRET_KEY"),
    ("GF_SECURITY_ADMIN_USER", "admin", "GF_SECURITY_ADMIN_PASSWORD"),
    ("KEYCLOAK_ADMIN", "admin", "KEYCLOAK_ADMIN_PASSWORD"),
    ("KC_BOOTSTRAP_ADMIN_USERNAME", "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD"),
    ("", "elastic", "ELASTIC_PASSWORD"),
    ("DOCKER_INFLUXDB_INIT_USERNAME", "", "DOCKER_INFLUXDB_INIT_PASSWORD"),
];

/// A container that may be a store.
struct Container {
    /// The image as it is written, in lower case.
    image: String,
    /// What it is started with.
    command: String,
    /// Variables whose values are known; others with an empty text.
    variables: Vec<(String, String)>,
    /// Whether it may be told more than is known: variables from elsewhere, files of settings.
    told_more: bool,
    span: Span,
}

impl Container {
    /// The image's name without registry, path, tag and digest.
    fn name(&self) -> &str {
        let path = self.image.split('@').next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        last.split(':').next().unwrap_or_default()
    }

    /// The first number of the tag.
    fn version(&self) -> Option<u32> {
        let tag = self.image.split('@').next()?.rsplit_once(':')?.1;
        tag.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
    }

    fn is_helper(&self) -> bool {
        helps(self.name())
    }

    fn uses_a_store(&self) -> bool {
        let mut words = self.command.split(|letter: char| letter.is_whitespace() || matches!(letter, ';' | '&' | '|'));
        words.any(|word| CLIENTS.contains(&word.rsplit('/').next().unwrap_or(word)))
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether it is set up with a login that everybody knows.
    fn is_as_delivered(&self) -> bool {
        let written = FIRST_LOGINS.iter().any(|(user, usual, password)| {
            // Nothing, or what is not known, is no password that anybody has read somewhere.
            let known = |word: &&str| !word.is_empty() && !word.contains("${");
            let Some(password) = self.variable(password).filter(known) else { return false };
            let user = self.variable(user).filter(|_| !user.is_empty()).unwrap_or(usual);
            crate::flows::DELIVERED.iter().any(|(name, word)| user.eq_ignore_ascii_case(name) && password == *word)
        });
        let neo4j = self.variable("NEO4J_AUTH").is_some_and(|login| login == "neo4j/neo4j");
        written || neo4j
    }

    fn says(&self, name: &str, words: &[&str]) -> bool {
        self.variable(name).is_some_and(|value| words.iter().any(|word| value.eq_ignore_ascii_case(word)))
    }

    fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.variable(name).is_some())
    }

    fn started_with(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.command.contains(word))
    }

    /// The store that an image of our own is built on, by the variables that only the image of that store reads.
    fn built_on(&self) -> Option<&'static str> {
        let called = self.name().split(['-', '_', '.']).any(|word| word.ends_with("db") || word.ends_with("database"));
        let reads = |prefix: &str| self.variables.iter().any(|(name, _)| name.starts_with(prefix));
        [("POSTGRES_", "postgresql"), ("MYSQL_", "mysql"), ("MARIADB_", "mariadb"), ("MONGO_INITDB_", "mongodb")]
            .into_iter()
            .find_map(|(prefix, technology)| (called && reads(prefix)).then_some(technology))
    }

    /// Whether the store takes clients without a credential, and whether somebody said so. What the images do is what
    /// their documentation says: the ones of MongoDB, Redis, Valkey and Memcached check nobody unless they are told to;
    /// Elasticsearch does since version 8.
    fn is_open(&self, technology: &str) -> Option<Origin> {
        const YES: [&str; 3] = ["yes", "true", "1"];
        let stated = self.says("ALLOW_EMPTY_PASSWORD", &YES)
            || match technology {
                "postgresql" => self.says("POSTGRES_HOST_AUTH_METHOD", &["trust"]),
                "mysql" | "mariadb" => {
                    ["MYSQL_ALLOW_EMPTY_PASSWORD", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "MARIADB_ALLOW_EMPTY_PASSWORD"]
                        .iter()
                        .any(|name| self.says(name, &YES))
                }
                "elasticsearch" => self.says("xpack.security.enabled", &["false"]),
                "opensearch" => {
                    self.says("DISABLE_SECURITY_PLUGIN", &YES) || self.says("plugins.security.disabled", &YES)
                }
                _ => false,
            };
        if stated {
            return Some(Origin::Imported);
        }
        if self.told_more || self.started_with(&[".conf", ".yml", ".yaml", "${"]) {
            return None;
        }
        let by_default = match (technology, self.name()) {
            ("mongodb", "mongo") => {
                !self.has_any(&["MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_USERNAME_FILE"])
                    && !self.started_with(&["--auth", "--keyFile", "--config", " -f ", "--clusterAuthMode"])
            }
            ("redis" | "valkey", "redis" | "valkey" | "redis-stack" | "redis-stack-server") => {
                !self.started_with(&["requirepass", "aclfile", "--user "])
                    && !self.has_any(&["REDIS_PASSWORD", "REDIS_ARGS", "VALKEY_PASSWORD", "VALKEY_EXTRA_FLAGS"])
            }
            ("memcached", "memcached") => !self.started_with(&["-S", "sasl", "-Y", "--auth-file"]),
            ("elasticsearch", "elasticsearch") => {
                self.version().is_some_and(|version| version < 8)
                    && !self.has_any(&["xpack.security.enabled", "ELASTIC_PASSWORD"])
            }
            _ => false,
        };
        by_default.then_some(Origin::Default)
    }
}

/// Whether an image, by its name, stands beside something and is not the thing itself.
fn helps(name: &str) -> bool {
    name.split(['-', '_']).any(|word| HELPERS.contains(&word))
}

/// Whether an image as it is written stands beside something and is not the thing itself.
pub(super) fn is_helper(image: &str) -> bool {
    let path = image.split('@').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    helps(&last.split(':').next().unwrap_or_default().to_ascii_lowercase())
}

impl Builder<'_> {
    /// Says of components that are set up with a login that their images' pages show that it works.
    pub(super) fn first_logins(&mut self) {
        let estate = self.input.estate;
        for at in LASTING.iter().chain(&["compose:service"]).flat_map(|ty| estate.of_type(ty)) {
            let found = containers(estate, estate.resource(*at)).into_iter().find(|one| {
                // Who is told the same variables to sign in with is a client, unless it runs the server's image.
                !one.is_helper() && !one.uses_a_store() && one.is_as_delivered() && self.runs_server(one)
            });
            if let (Some(container), Some(component)) = (found, self.component_of(*at)) {
                self.with(component_ref(component), |element| {
                    if element.fact(fact::DEFAULT_CREDENTIALS).is_none() {
                        element.set(yes_no(fact::DEFAULT_CREDENTIALS, true, Origin::Imported, container.span));
                    }
                });
            }
        }
    }

    fn runs_server(&self, container: &Container) -> bool {
        self.input.catalogue.image_technology(&container.image).is_some() || container.built_on().is_some()
    }

    /// Says of components that run the image of a store that they are one, and which let everybody in.
    pub(super) fn stores(&mut self) {
        let estate = self.input.estate;
        let services = SERVICES.iter().map(|(ty, _)| ty);
        let types = LASTING.iter().chain(&["compose:service", "helm_release"]).chain(services);
        for at in types.flat_map(|ty| estate.of_type(ty)) {
            let resource = estate.resource(*at);
            let containers = containers(estate, resource);
            let mut main = containers.iter().filter(|container| !container.is_helper());
            let (Some(container), None) = (main.next(), main.next()) else { continue };
            let known = self.input.catalogue.image_technology(&container.image);
            let Some(technology) = known.or_else(|| container.built_on()) else { continue };
            let Some(component) = self.component_of(*at) else { continue };
            // What only runs the containers of a description is what they are.
            let runs = |element: &vauban_model::model::Element| {
                let of = estate.find(&element.id).map(|at| &*estate.resource(at).ty);
                &*resource.ty == "aws_ecs_task_definition" && of == Some("aws_ecs_service")
            };
            let whole = self.out.model.components.get(component as usize);
            let own = whole.is_some_and(|c| *c.element.id == *resource.address || runs(&c.element));
            if !STORES.contains(&technology) || container.uses_a_store() || !own {
                continue;
            }
            let (technology, span) = (technology.to_owned(), container.span);
            let open = container.is_open(&technology);
            self.with(component_ref(component), |element| {
                element.facts.retain(|known| known.id != fact::KIND);
                if let Some(fact) = word(fact::KIND, "data-store", Origin::Imported, span) {
                    element.set(fact);
                }
                if known.is_none() {
                    let mut all: Vec<Box<str>> = element.words(fact::TECHNOLOGY).to_vec();
                    all.push(technology.into());
                    element.set(vauban_model::model::Fact {
                        id: fact::TECHNOLOGY,
                        value: vauban_model::model::Value::Words(all.into()),
                        origin: Origin::Imported,
                        span,
                    });
                }
                if let Some(origin) = open
                    && element.fact(fact::ANONYMOUS_ACCESS).is_none()
                {
                    element.set(yes_no(fact::ANONYMOUS_ACCESS, true, origin, span));
                }
            });
            if let Some(origin) = open {
                self.open_stores.push((component, origin));
            }
        }
    }

    /// Says of flows to stores that let everybody in that nobody is asked who calls.
    pub(super) fn open_stores(&mut self) {
        for (component, origin) in std::mem::take(&mut self.open_stores) {
            let flows = &mut self.out.model.flows;
            // Who is given a login was given it for something: then the settings of the store are elsewhere.
            let login = |text: &str| text.split_once("://").is_some_and(|(_, rest)| rest.contains('@'));
            let given = |element: &vauban_model::model::Element| element.extras.iter().any(|(_, text)| login(text));
            if origin == Origin::Default && flows.iter().any(|flow| flow.target == component && given(&flow.element)) {
                self.with(component_ref(component), |element| {
                    element.facts.retain(|known| known.id != fact::ANONYMOUS_ACCESS || known.origin != Origin::Default);
                });
                continue;
            }
            for flow in flows.iter_mut().filter(|flow| flow.target == component) {
                if flow.element.fact(fact::AUTHENTICATION).is_none()
                    && let Some(fact) = word(fact::AUTHENTICATION, "none", origin, flow.element.span)
                {
                    flow.element.set(fact);
                }
            }
        }
    }
}

/// The containers of a cloud's container service.
fn of_service(estate: &Estate<'_>, resource: &Resource, path: &str) -> Vec<Container> {
    // Documents keep the spelling of the service's own interface, attributes that of the tool.
    let field = |value: &'_ Value, names: [&str; 2]| names.iter().find_map(|name| value.get(name)).cloned();
    let text = |value: Option<Value>| -> String {
        let words: Vec<String> =
            value.as_ref().map_or(&[][..], Value::each).iter().map(|word| estate.render(word)).collect();
        words.join(" ")
    };
    let mut out = Vec::new();
    for container in resource.get(path).map_or(&[][..], Value::each) {
        let Some(image) = field(container, ["image", "Image"]) else { continue };
        let mut variables = Vec::new();
        for key in ["environment", "Environment", "env", "secrets", "Secrets"] {
            for one in container.get(key).map_or(&[][..], Value::each) {
                let Some(name) = field(one, ["name", "Name"]).as_ref().and_then(Value::as_text).map(str::to_owned)
                else {
                    continue;
                };
                let value = field(one, ["value", "Value"]).map(|value| estate.render(&value)).unwrap_or_default();
                variables.push((name, value));
            }
        }
        for key in ["environment_variables", "secure_environment_variables"] {
            let all = container.get(key).and_then(Value::as_map).unwrap_or_default();
            variables.extend(all.iter().map(|(name, value)| (name.to_string(), estate.render(value))));
        }
        let command = [["entryPoint", "EntryPoint"], ["command", "Command"], ["commands", "args"], ["args", "Args"]]
            .map(|names| text(field(container, names)));
        let mounted = ["mountPoints", "MountPoints", "volume_mounts", "volume"].iter().any(|key| {
            let value = container.get(key).map(|value| told(estate, value, 0)).unwrap_or_default();
            settings_in(&value)
        });
        out.push(Container {
            image: estate.render(&image).to_lowercase(),
            command: command.join(" "),
            variables,
            told_more: mounted || container.get("environmentFiles").is_some(),
            span: image.span,
        });
    }
    out
}

/// The containers that a workload runs for good.
fn containers(estate: &Estate<'_>, resource: &Resource) -> Vec<Container> {
    let text = |value: Option<&Value>| -> String {
        let words: Vec<String> = value.map_or(&[][..], Value::each).iter().map(|word| estate.render(word)).collect();
        words.join(" ")
    };
    if &*resource.ty == "compose:service" {
        let image = resource.get("image").or_else(|| resource.get("build").map(|_| &resource.attributes));
        let Some(span) = image.map(|image| image.span) else { return Vec::new() };
        let environment = resource.get("environment").and_then(Value::as_map).unwrap_or_default();
        let mounted = resource.get("volumes").map(|value| told(estate, value, 0)).unwrap_or_default();
        return vec![Container {
            // What is built here is called like the service.
            image: resource
                .get("image")
                .map_or_else(|| resource.name.to_lowercase(), |image| estate.render(image).to_lowercase()),
            command: format!("{} {}", text(resource.get("entrypoint")), text(resource.get("command"))),
            variables: environment.iter().map(|(name, value)| (name.to_string(), estate.render(value))).collect(),
            told_more: settings_in(&mounted) || resource.get("configs").is_some() || resource.get("build").is_some(),
            span,
        }];
    }
    if &*resource.ty == "helm_release" {
        // A chart that is not at hand, called after what it installs. It has defaults of its own, so it is told more.
        let Some(chart) = resource.get("chart") else { return Vec::new() };
        return vec![Container {
            image: estate.render(chart).to_lowercase(),
            command: String::new(),
            variables: Vec::new(),
            told_more: true,
            span: chart.span,
        }];
    }
    if let Some((_, path)) = SERVICES.iter().find(|(ty, _)| *ty == &*resource.ty) {
        return of_service(estate, resource, path);
    }
    let Some(spec) = pod_spec(resource) else { return Vec::new() };
    let space = crate::cluster::space_of(resource);
    let found = |kind: &str, name: Option<&Value>| {
        let name = name.and_then(Value::as_text)?;
        estate.find(&format!("k8s:{space}/{kind}/{name}")).map(|at| estate.resource(at))
    };
    let mut out = Vec::new();
    for container in spec.get("containers").map_or(&[][..], Value::each) {
        let Some(image) = container.get("image") else { continue };
        let mut variables = Vec::new();
        let mut told_more = false;
        for from in container.get("envFrom").map_or(&[][..], Value::each) {
            let map =
                found("ConfigMap", from.at("configMapRef.name")).or_else(|| found("Secret", from.at("secretRef.name")));
            told_more |= map.is_none();
            for section in ["data", "stringData"] {
                let entries = map.and_then(|map| map.get(section)).and_then(Value::as_map).unwrap_or_default();
                variables.extend(entries.iter().map(|(name, value)| (name.to_string(), estate.render(value))));
            }
        }
        for variable in container.get("env").map_or(&[][..], Value::each) {
            let Some(name) = variable.get("name").and_then(Value::as_text) else { continue };
            let from = |path: &str, kind: &str| {
                let map = found(kind, variable.at(&format!("valueFrom.{path}.name")))?;
                let key = variable.at(&format!("valueFrom.{path}.key"))?.as_text()?;
                ["data", "stringData"].iter().find_map(|section| map.get(section)?.get(key))
            };
            let held = variable.get("value").or_else(|| from("secretKeyRef", "Secret"));
            let value = held.or_else(|| from("configMapKeyRef", "ConfigMap"));
            let value = value.map(|value| estate.render(value)).unwrap_or_default();
            variables.push((name.to_owned(), value));
        }
        let mounts: Vec<String> = container
            .get("volumeMounts")
            .map_or(&[][..], Value::each)
            .iter()
            .filter_map(|mount| mount.get("mountPath"))
            .map(|path| estate.render(path))
            .collect();
        out.push(Container {
            image: estate.render(image).to_lowercase(),
            command: format!("{} {}", text(container.get("command")), text(container.get("args"))),
            variables,
            told_more: told_more || settings_in(&mounts.join(" ")),
            span: image.span,
        });
    }
    out
}

/// Whether paths hold settings of a server.
fn settings_in(paths: &str) -> bool {
    let paths = paths.replace("/etc/localtime", "").replace("/etc/timezone", "");
    ["conf", "/etc/", ".acl", ".yml", ".yaml"].iter().any(|word| paths.contains(word))
}

/// All texts in a value.
fn told(estate: &Estate<'_>, value: &Value, depth: usize) -> String {
    if depth > 4 {
        return String::new();
    }
    if let Some(entries) = value.as_map() {
        return entries.iter().map(|(_, inner)| told(estate, inner, depth + 1)).collect::<Vec<_>>().join(" ");
    }
    match value.as_list() {
        Some(items) => items.iter().map(|inner| told(estate, inner, depth + 1)).collect::<Vec<_>>().join(" "),
        None => estate.render(value),
    }
}
