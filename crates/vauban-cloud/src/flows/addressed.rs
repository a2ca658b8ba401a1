//! What a configuration addresses: values of environments and settings that name another component's endpoint.
//!
//! A value that only looks like a name is none: `RABBITMQ_USERNAME=rabbitmq` and `POSTGRES_DB=orders` address nobody. A
//! text must have the shape of an address (a URL, `host:port`), or its key must say that it holds one.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::resource::{Resource, Value, ValueKind};

use super::hosts::{Hint, Host, hint, hosts, is_domain};
use super::{End, FlowEvidence, Flows, Grade};
use crate::Estate;

/// A configured value of a workload.
pub(super) struct Setting<'a> {
    pub(super) workload: u32,
    pub(super) key: String,
    pub(super) value: &'a Value,
    pub(super) span: Span,
}

/// Attributes that hold settings: type, path. A map, a list of `name`/`value` pairs, or containers with an environment.
const SETTINGS: &[(&str, &str)] = &[
    ("aws_lambda_function", "environment.variables"),
    ("aws_ecs_task_definition", "container_definitions"),
    ("aws_codebuild_project", "environment.environment_variable"),
    ("aws_elastic_beanstalk_environment", "setting"),
    (
        "aws_apprunner_service",
        "source_configuration.image_repository.image_configuration.runtime_environment_variables",
    ),
    ("aws_apprunner_service", "source_configuration.image_repository.image_configuration.runtime_environment_secrets"),
    (
        "aws_apprunner_service",
        "source_configuration.code_repository.code_configuration.code_configuration_values.runtime_environment_variables",
    ),
    ("aws_amplify_app", "environment_variables"),
    ("aws_glue_job", "default_arguments"),
    ("aws_batch_job_definition", "container_properties"),
    ("aws_instance", "user_data"),
    ("aws_launch_template", "user_data"),
    ("aws_launch_configuration", "user_data"),
    ("aws_spot_instance_request", "user_data"),
    ("aws_elastic_beanstalk_configuration_template", "setting"),
    ("aws_mwaa_environment", "airflow_configuration_options"),
    ("aws_mskconnect_connector", "connector_configuration"),
    ("aws_kinesisanalyticsv2_application", "application_configuration.environment_properties"),
    ("aws_bedrockagentcore_agent_runtime", "environment_variables"),
    ("azurerm_linux_web_app", "app_settings"),
    ("azurerm_linux_web_app", "connection_string"),
    ("azurerm_windows_web_app", "app_settings"),
    ("azurerm_windows_web_app", "connection_string"),
    ("azurerm_linux_function_app", "app_settings"),
    ("azurerm_linux_function_app", "connection_string"),
    ("azurerm_windows_function_app", "app_settings"),
    ("azurerm_windows_function_app", "connection_string"),
    ("azurerm_linux_web_app_slot", "app_settings"),
    ("azurerm_linux_web_app_slot", "connection_string"),
    ("azurerm_windows_web_app_slot", "app_settings"),
    ("azurerm_windows_web_app_slot", "connection_string"),
    ("azurerm_linux_function_app_slot", "app_settings"),
    ("azurerm_linux_function_app_slot", "connection_string"),
    ("azurerm_windows_function_app_slot", "app_settings"),
    ("azurerm_windows_function_app_slot", "connection_string"),
    ("azurerm_app_service", "app_settings"),
    ("azurerm_app_service", "connection_string"),
    ("azurerm_app_service_slot", "app_settings"),
    ("azurerm_app_service_slot", "connection_string"),
    ("azurerm_function_app", "app_settings"),
    ("azurerm_function_app", "connection_string"),
    ("azurerm_function_app_slot", "app_settings"),
    ("azurerm_function_app_slot", "connection_string"),
    ("azurerm_function_app_flex_consumption", "app_settings"),
    ("azurerm_function_app_flex_consumption", "connection_string"),
    ("azurerm_logic_app_standard", "app_settings"),
    ("azurerm_logic_app_standard", "connection_string"),
    ("azurerm_static_web_app", "app_settings"),
    ("azurerm_container_app", "template.container"),
    ("azurerm_container_app_job", "template.container"),
    ("azurerm_linux_virtual_machine", "custom_data"),
    ("azurerm_windows_virtual_machine", "custom_data"),
    ("azurerm_linux_virtual_machine_scale_set", "custom_data"),
    ("azurerm_windows_virtual_machine_scale_set", "custom_data"),
    ("azurerm_orchestrated_virtual_machine_scale_set", "custom_data"),
    ("azurerm_linux_virtual_machine", "user_data"),
    ("azurerm_windows_virtual_machine", "user_data"),
    ("azurerm_linux_virtual_machine_scale_set", "user_data"),
    ("azurerm_windows_virtual_machine_scale_set", "user_data"),
    ("google_compute_region_instance_template", "metadata_startup_script"),
    ("google_compute_region_instance_template", "metadata"),
    ("azurerm_virtual_machine", "os_profile.custom_data"),
    ("azurerm_container_group", "container"),
    ("google_cloud_run_service", "template.spec.containers"),
    ("google_cloud_run_v2_service", "template.containers"),
    ("google_cloud_run_v2_job", "template.template.containers"),
    ("google_app_engine_standard_app_version", "env_variables"),
    ("google_app_engine_flexible_app_version", "env_variables"),
    ("google_compute_instance", "metadata_startup_script"),
    ("google_compute_instance", "metadata"),
    ("google_compute_instance_template", "metadata_startup_script"),
    ("google_compute_instance_template", "metadata"),
    ("google_cloudfunctions_function", "environment_variables"),
    ("google_cloudfunctions2_function", "service_config.environment_variables"),
    ("helm_release", "set"),
    ("helm_release", "values"),
];

/// Where names lead within one system: services of a namespace or project.
#[derive(Default)]
struct Names {
    /// By host name in lower case: candidates with their home (namespace, project).
    by_host: FxHashMap<String, Vec<(String, u32)>>,
    /// Ends of names that are told inside only: private zones of discovery.
    inside: Vec<String>,
    /// Names that lead to another host, by name in lower case: the home in which they do, and the host.
    leads: FxHashMap<String, Vec<(String, String)>>,
    /// Namespaces of clusters that the code has something in.
    spaces: FxHashSet<String>,
    /// Who is published on a port of the machine, by project.
    published: FxHashMap<(String, u16), u32>,
}

/// How far back names are looked at for one that is there already.
const MOST_ALIKE: usize = 64;

/// The name of the machine itself inside of its containers.
const HOST_OF_CONTAINERS: &str = "host.docker.internal";

impl Names {
    fn add(&mut self, host: &str, home: &str, to: u32) {
        let list = self.by_host.entry(host.to_ascii_lowercase()).or_default();
        // What is added for one name comes in a row, each once.
        let known = list.iter().rev().take(MOST_ALIKE).any(|(known, at)| known == home && *at == to);
        if !known {
            list.push((home.to_owned(), to));
        }
    }

    /// Those that a host names from a home: of the same home, else of the only one there is. A service has as many as it
    /// selects.
    fn find(&self, host: &str, home: &str) -> Vec<u32> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let found = self.exactly(&host, home);
        if !found.is_empty() {
            return found;
        }
        // `mongo-0.mongo`: one of the copies behind a service without an address of its own.
        match host.split_once('.') {
            Some((copy, service)) if is_copy(copy) => self.exactly(service, home),
            _ => Vec::new(),
        }
    }

    /// The host that a name stands for, from a home: of the same home, else where only one has the name and nothing else
    /// answers to it.
    fn leads_to(&self, host: &str, home: &str) -> Option<&str> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let list = self.leads.get(&host)?;
        let own = list.iter().find(|(known, _)| known == home);
        let only = || list.first().filter(|_| list.len() == 1 && !self.by_host.contains_key(&host));
        own.or_else(only).map(|(_, to)| to.as_str())
    }

    /// The service of a namespace that the code holds nothing of, as `name.namespace.svc`.
    fn elsewhere(&self, host: &str, home: &str) -> Option<String> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let mut parts = host.split('.');
        let (name, space, mark) = (parts.next()?, parts.next()?, parts.next()?);
        let plain = !name.is_empty() && !space.is_empty() && mark == "svc";
        (plain && home.starts_with("k8s:") && !self.spaces.contains(space)).then(|| format!("{name}.{space}.svc"))
    }

    fn exactly(&self, host: &str, home: &str) -> Vec<u32> {
        let Some(list) = self.by_host.get(host) else { return Vec::new() };
        // Only a service of a cluster selects several; elsewhere the first that has the name answers.
        let most = if home.starts_with("k8s:") { usize::MAX } else { 1 };
        let own: Vec<u32> = list.iter().filter(|(known, _)| known == home).map(|(_, at)| *at).take(most).collect();
        match list.as_slice() {
            [(_, only)] => vec![*only],
            [(first, _), ..]
                if own.is_empty() && first.starts_with("k8s:") && list.iter().all(|(known, _)| known == first) =>
            {
                list.iter().map(|(_, at)| *at).collect()
            }
            _ => own,
        }
    }

    /// Whether a name is one that only the system itself knows, though nothing in the code has it.
    fn is_inside(&self, host: &str, home: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let told = |zone: &String| host.strip_suffix(zone.as_str()).is_some_and(|rest| rest.ends_with('.'));
        if self.inside.iter().any(told) {
            return true;
        }
        // `mongo.other` in a cluster: a service and a namespace.
        let service = host.split_once('.').filter(|(_, space)| home.starts_with("k8s:") && !space.contains('.'));
        service.is_some_and(|(service, _)| self.by_host.contains_key(service))
    }
}

/// Whether a name is that of one of the copies of a stateful workload: it ends in a number.
fn is_copy(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, number)| {
        !number.is_empty() && number.len() < 4 && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Everything addressed.
pub(super) fn infer(estate: &Estate<'_>, titles: &super::named::Titles, out: &mut Flows) {
    let selected = super::kubernetes::selected(estate);
    let mut names = Names::default();
    kubernetes_names(estate, &selected, &mut names);
    knative_names(estate, &mut names);
    for (at, space, name) in super::operated::services(estate) {
        for host in service_hosts(&name, &space) {
            names.add(&host, &format!("k8s:{space}"), at);
        }
    }
    // The cluster's own interface lies in the first, what it is made of in the second.
    names.spaces.extend(["default".to_owned(), "kube-system".to_owned()]);
    for resource in estate.inventory.resources.iter().filter(|one| one.ty.starts_with("k8s:")) {
        if &*resource.ty == "k8s:Namespace" {
            names.spaces.insert(resource.text("metadata.name").unwrap_or(&resource.name).to_ascii_lowercase());
        }
        names.spaces.insert(crate::cluster::space_of(resource).to_ascii_lowercase());
    }
    compose_names(estate, &mut names);
    discovery_names(estate, &mut names);
    release_names(estate, &mut names);
    container_app_names(estate, &mut names);
    for setting in settings(estate) {
        if !titles.address(estate, &setting, out) {
            address(estate, &names, &setting, out);
        }
    }
    for file in mounted(estate) {
        for Host { name, port, scheme, .. } in super::configured::hosts_in(&estate.render(file.value)) {
            let space = home(estate.resource(file.workload));
            let name = names.leads_to(&name, &space).map_or(name.clone(), str::to_owned);
            let mut found = names.find(&name, &space);
            if found.is_empty() {
                found.extend(estate.at_host(&name).into_iter().flat_map(|at| meant(estate, at, 0)));
            }
            for target in found {
                if target == file.workload {
                    continue;
                }
                let evidence = FlowEvidence {
                    grade: Grade::Addressed,
                    text: format!("file {} names {name}", file.key).into(),
                    span: file.span,
                    indirect: false,
                };
                let at = out.add(End::Resource(file.workload), End::Resource(target), evidence);
                out.detail(at, port, scheme.as_deref());
            }
        }
    }
}

/// Files that services of Compose and workloads of Kubernetes get as their settings: what is mounted, and components of Dapr for those that have its
/// sidecar. Of whom a file names only those count that are there: it holds examples and names of schemas as well.
fn mounted<'a>(estate: &'a Estate<'_>) -> Vec<Setting<'a>> {
    let mut out = Vec::new();
    for at in estate.of_type("compose:service") {
        let service = estate.resource(*at);
        for (path, value) in service.get("mounted_files").and_then(Value::as_map).unwrap_or_default() {
            out.push(Setting { workload: *at, key: path.to_string(), value, span: value.span });
        }
        let prefix = service.address.strip_suffix(&*service.name).unwrap_or_default();
        for config in service.get("configs").map_or(&[][..], Value::each) {
            let Some(name) = config.get("source").and_then(Value::as_text) else { continue };
            let found = estate.find(&format!("{prefix}config:{name}")).map(|found| estate.resource(found));
            if let Some(value) = found.and_then(|config| config.get("content")) {
                out.push(Setting { workload: *at, key: name.to_owned(), value, span: value.span });
            }
        }
    }
    for at in crate::cluster::WORKLOADS.iter().flat_map(|ty| estate.of_type(ty)) {
        let resource = estate.resource(*at);
        let Some(spec) = crate::cluster::pod_spec(resource) else { continue };
        let space = crate::cluster::space_of(resource);
        let mut file = |kind: &str, name: &str| {
            let Some(map) = estate.find(&format!("k8s:{space}/{kind}/{name}")).map(|found| estate.resource(found))
            else {
                return;
            };
            for section in ["data", "stringData"] {
                for (key, value) in map.get(section).and_then(Value::as_map).unwrap_or_default() {
                    out.push(Setting { workload: *at, key: key.to_string(), value, span: value.span });
                }
            }
        };
        for volume in spec.get("volumes").map_or(&[][..], Value::each) {
            let projected = volume.at("projected.sources").map_or(&[][..], Value::each);
            for source in projected.iter().chain([volume]) {
                for (path, kind) in
                    [("configMap.name", "ConfigMap"), ("secret.secretName", "Secret"), ("secret.name", "Secret")]
                {
                    if let Some(name) = source.at(path).and_then(Value::as_text) {
                        file(kind, name);
                    }
                }
            }
        }
        let told = resource.get("spec.template.metadata.annotations");
        let dapr =
            |key: &str| told.and_then(|told| told.get(&format!("dapr.io/{key}"))).map(|value| estate.render(value));
        if dapr("enabled").as_deref() != Some("true") {
            continue;
        }
        let id = dapr("app-id").unwrap_or_else(|| resource.name.to_string());
        for component in estate.of_type("k8s:Component") {
            let component = estate.resource(*component);
            let scopes = component.get("scopes").map_or(&[][..], Value::each);
            let meant = scopes.is_empty() || scopes.iter().any(|scope| scope.as_text() == Some(&id));
            if !meant || crate::cluster::space_of(component) != space {
                continue;
            }
            for value in
                component.get("spec.metadata").map_or(&[][..], Value::each).iter().filter_map(|one| one.get("value"))
            {
                out.push(Setting { workload: *at, key: component.name.to_string(), value, span: value.span });
            }
        }
    }
    out
}

/// Whether everything that a workload is told can be read, for each workload that is told anything.
pub(super) fn legible(estate: &Estate<'_>) -> std::collections::BTreeMap<u32, bool> {
    let mut out = std::collections::BTreeMap::new();
    for setting in settings(estate) {
        let unknown = estate.named(setting.value).is_empty() && estate.render(setting.value).contains("${");
        *out.entry(setting.workload).or_insert(true) &= !unknown;
    }
    out
}

/// Everything that workloads are told.
fn settings<'a>(estate: &'a Estate<'_>) -> Vec<Setting<'a>> {
    let mut settings = Vec::new();
    for (ty, path) in SETTINGS {
        for at in estate.of_type(ty) {
            if let Some(value) = estate.resource(*at).get(path) {
                collect(*at, "", value, &mut settings, 0);
            }
        }
    }
    dapr_components(estate, &mut settings);
    for at in estate.of_type("module") {
        told(*at, "", &estate.resource(*at).attributes, &mut settings, 0);
    }
    for ty in crate::cluster::WORKLOADS {
        for at in estate.of_type(ty) {
            workload(estate, *at, &mut settings);
        }
    }
    super::operated::scaled(estate, &mut settings);
    super::operated::secret_stores(estate, &mut settings);
    for at in estate.of_type("compose:service") {
        let service = estate.resource(*at);
        for path in ["environment", "command", "entrypoint"] {
            if let Some(value) = service.get(path) {
                collect(*at, "", value, &mut settings, 0);
            }
        }
    }
    settings
}

/// The home within which a resource's names count.
fn home(resource: &Resource) -> String {
    if resource.ty.starts_with("k8s:") {
        return format!("k8s:{}", crate::cluster::space_of(resource));
    }
    // Whoever describes a release, what it installs is in the release's own namespace.
    if &*resource.ty == "helm_release"
        && let Some(space) = resource.text("namespace").filter(|space| !space.is_empty())
    {
        return format!("k8s:{space}");
    }
    if resource.ty.starts_with("compose:") {
        let folder = resource.address.rsplit_once('/').map_or("", |(folder, _)| folder);
        return folder.to_owned();
    }
    resource.scope.to_string()
}

fn kubernetes_names(estate: &Estate<'_>, selected: &super::kubernetes::Selected, names: &mut Names) {
    let elsewhere = super::kubernetes::elsewhere(estate);
    for at in estate.of_type("k8s:Service") {
        let service = estate.resource(*at);
        let space = home(service);
        let plain = space.trim_start_matches("k8s:").to_owned();
        if let Some(hosts) = elsewhere.get(at) {
            if let Some((to, _)) = hosts.first() {
                for host in service_hosts(&service.name, &plain) {
                    names.leads.entry(host.to_ascii_lowercase()).or_default().push((space.clone(), to.clone()));
                }
            }
            continue;
        }
        let targets: Vec<u32> = match selected.get(at) {
            Some(list) if !list.is_empty() => list.to_vec(),
            _ => vec![*at],
        };
        for target in targets {
            for host in service_hosts(&service.name, &plain) {
                names.add(&host, &space, target);
            }
        }
    }
}

/// Of a text with several addresses, the one with a host.
fn own_part<'t>(text: &'t str, host: &str) -> &'t str {
    if text.matches("://").count() < 2 {
        return text;
    }
    text.split(['"', '\'', ',', ' ', '\n']).find(|part| part.contains("://") && part.contains(host)).unwrap_or(text)
}

/// Services of Knative answer under the names of services, by themselves.
fn knative_names(estate: &Estate<'_>, names: &mut Names) {
    for at in estate.of_type("k8s:KnativeService") {
        let service = estate.resource(*at);
        let space = home(service);
        let plain = space.trim_start_matches("k8s:").to_owned();
        for host in service_hosts(&service.name, &plain) {
            names.add(&host, &space, *at);
        }
    }
}

/// The host names of a service in its cluster.
fn service_hosts(name: &str, space: &str) -> [String; 4] {
    [
        name.to_owned(),
        format!("{name}.{space}"),
        format!("{name}.{space}.svc"),
        format!("{name}.{space}.svc.cluster.local"),
    ]
}

fn compose_names(estate: &Estate<'_>, names: &mut Names) {
    let mut by_container: FxHashMap<String, u32> = FxHashMap::default();
    for at in estate.of_type("compose:service") {
        if let Some(name) = estate.resource(*at).get("container_name") {
            by_container.entry(estate.render(name)).or_insert(*at);
        }
    }
    for at in estate.of_type("compose:service") {
        let service = estate.resource(*at);
        let project = home(service);
        names.add(&service.name, &project, *at);
        for path in ["hostname", "container_name"] {
            if let Some(text) = service.text(path) {
                names.add(text, &project, *at);
            }
        }
        for port in service.get("ports").map_or(&[][..], Value::each) {
            let number = port.get("published").and_then(|published| estate.render(published).parse().ok());
            if let Some(number) = number {
                names.published.entry((project.clone(), number)).or_insert(*at);
            }
        }
        let extra = service.get("extra_hosts");
        let pairs = extra.and_then(Value::as_map).unwrap_or_default().iter();
        let pairs = pairs.map(|(name, to)| format!("{name}={}", estate.render(to)));
        let listed = extra.and_then(Value::as_list).unwrap_or_default().iter().map(|entry| estate.render(entry));
        for text in pairs.chain(listed) {
            // `name:address`, `name=address`; an address of version 6 may stand in brackets.
            let Some((name, to)) = text.split_once(['=', ':']) else { continue };
            let to = to.trim_matches(['[', ']', ' ']);
            let to = if to == "host-gateway" { HOST_OF_CONTAINERS } else { to };
            let list = names.leads.entry(name.trim().to_ascii_lowercase()).or_default();
            if !to.is_empty() && !to.contains("${") && !list.iter().any(|(known, _)| *known == project) {
                list.push((project.clone(), to.to_owned()));
            }
        }
        for link in service.get("external_links").map_or(&[][..], Value::each) {
            let text = estate.render(link);
            let (container, alias) = text.split_once(':').unwrap_or((&text, &text));
            if let Some(other) = by_container.get(container) {
                names.add(alias, &project, *other);
            }
        }
        let prefix = service.address.strip_suffix(&*service.name).unwrap_or_default();
        for link in service.get("links").map_or(&[][..], Value::each) {
            let pair = link.as_text().and_then(|text| text.split_once(':'));
            if let Some((other, alias)) = pair
                && let Some(other) = estate.find(&format!("{prefix}{other}"))
            {
                names.add(alias, &project, other);
            }
        }
        if let Some(networks) = service.get("networks").and_then(Value::as_map) {
            for alias in networks.iter().filter_map(|(_, network)| network.get("aliases")).flat_map(Value::each) {
                if let Some(text) = alias.as_text() {
                    names.add(text, &project, *at);
                }
            }
        }
    }
}

/// Names under which services are found by discovery: ECS Service Connect and Cloud Map.
fn discovery_names(estate: &Estate<'_>, names: &mut Names) {
    for at in estate.of_type("aws_ecs_service") {
        let service = estate.resource(*at);
        let space = home(service);
        let connect = service.at_each("service_connect_configuration.service");
        for entry in connect {
            for path in ["discovery_name", "port_name"] {
                if let Some(text) = entry.get(path).and_then(Value::as_text) {
                    names.add(text, &space, *at);
                }
            }
            for alias in entry.get("client_alias").map_or(&[][..], Value::each) {
                if let Some(text) = alias.get("dns_name").and_then(Value::as_text) {
                    names.add(text, &space, *at);
                }
            }
        }
        for registry in service.get("service_registries").map_or(&[][..], Value::each) {
            let Some(arn) = registry.get("registry_arn") else { continue };
            for found in estate.named(arn) {
                let registry = estate.resource(found);
                let Some(name) = registry.text("name") else { continue };
                names.add(name, &space, *at);
                for zone in spaces_of(estate, registry) {
                    names.add(&format!("{name}.{zone}"), &space, *at);
                }
            }
        }
        // With Service Connect, a service has its name in the namespace as well.
        let connected = service.get("service_connect_configuration.namespace");
        for zone in connected.into_iter().flat_map(|value| zones_in(estate, value)) {
            for path in ["discovery_name", "port_name"] {
                for entry in service.at_each("service_connect_configuration.service") {
                    if let Some(text) = entry.get(path).and_then(Value::as_text) {
                        names.add(&format!("{text}.{zone}"), &space, *at);
                    }
                }
            }
        }
    }
    for ty in ["aws_service_discovery_private_dns_namespace", "aws_service_discovery_http_namespace"] {
        for at in estate.of_type(ty) {
            if let Some(zone) = estate.resource(*at).text("name") {
                names.inside.push(zone.to_ascii_lowercase());
            }
        }
    }
}

/// The names of the namespaces in which a service of discovery is told.
fn spaces_of(estate: &Estate<'_>, registry: &Resource) -> Vec<String> {
    ["dns_config.namespace_id", "namespace_id"]
        .iter()
        .filter_map(|path| registry.get(path))
        .flat_map(|value| zones_in(estate, value))
        .collect()
}

/// The names of the namespaces that a value refers to.
fn zones_in(estate: &Estate<'_>, value: &Value) -> Vec<String> {
    let referred = estate.named(value).into_iter();
    referred.filter_map(|at| estate.resource(at).text("name")).map(str::to_owned).collect()
}

/// Names under which the services of charts are found in their cluster: by custom that of the release.
fn release_names(estate: &Estate<'_>, names: &mut Names) {
    for at in estate.of_type("helm_release") {
        let release = estate.resource(*at);
        let text = |key: &str| release.get(key).map(|value| estate.render(value)).filter(|text| !text.contains("${"));
        let Some(name) = text("name") else { continue };
        let namespace = text("namespace").unwrap_or_else(|| "default".to_owned());
        let space = home(release);
        // By custom, a release that is not called like its chart has the chart's name behind its own, and services for parts
        // of it have a word behind that.
        let chart = text("chart").unwrap_or_default();
        let chart = chart.rsplit('/').next().unwrap_or_default();
        let full = if chart.is_empty() || name.contains(chart) { name.clone() } else { format!("{name}-{chart}") };
        let mut called = vec![name];
        called.push(full.clone());
        called.extend(PARTS_OF_CHARTS.iter().map(|part| format!("{full}-{part}")));
        for host in called.iter().flat_map(|name| service_hosts(name, &namespace)) {
            names.add(&host, &space, *at);
        }
    }
}

/// Container apps of one environment call each other by name (Microsoft Learn, "Connect applications in Azure Container
/// Apps").
fn container_app_names(estate: &Estate<'_>, names: &mut Names) {
    for at in estate.of_type("azurerm_container_app") {
        let app = estate.resource(*at);
        let Some(name) = app.get("name").map(|value| estate.render(value)).filter(|text| !text.contains("${")) else {
            continue;
        };
        if app.get("ingress").or_else(|| app.get("configuration.ingress")).is_some() {
            names.add(&name, &home(app), *at);
        }
    }
}

/// The name of a container app in the host that its environment gives it: `api.internal.<environment>.azurecontainerapps.io`.
fn container_app_host(host: &str) -> Option<&str> {
    let (name, domain) = host.split_once('.')?;
    let ours = domain.ends_with("azurecontainerapps.io") || domain.contains("${") && domain.starts_with("internal.");
    ours.then_some(name)
}

/// Components of Dapr in an environment of container apps: what they name is called by the apps that have the sidecar.
fn dapr_components<'a>(estate: &'a Estate<'_>, out: &mut Vec<Setting<'a>>) {
    let environment = |at: u32, key: &str| -> Vec<u32> {
        estate.resource(at).get(key).map(|value| estate.named(value)).unwrap_or_default()
    };
    let mut apps: FxHashMap<u32, Vec<(u32, String)>> = FxHashMap::default();
    for at in estate.of_type("azurerm_container_app") {
        let app = estate.resource(*at);
        let sidecar = app.get("dapr").or_else(|| app.get("configuration.dapr"));
        let Some(sidecar) = sidecar.filter(|sidecar| sidecar.get("enabled").and_then(Value::as_bool) != Some(false))
        else {
            continue;
        };
        let id =
            sidecar.each().first().and_then(|one| one.get("app_id")).map_or_else(String::new, |id| estate.render(id));
        for home in environment(*at, "container_app_environment_id") {
            apps.entry(home).or_default().push((*at, id.clone()));
        }
    }
    for at in estate.of_type("azurerm_container_app_environment_dapr_component") {
        let component = estate.resource(*at);
        let scopes = component.get("scopes").map_or(&[][..], Value::each);
        let fitting = |id: &str| scopes.is_empty() || scopes.iter().any(|scope| estate.render(scope) == id);
        for (app, id) in
            environment(*at, "container_app_environment_id").into_iter().filter_map(|home| apps.get(&home)).flatten()
        {
            if !fitting(id) {
                continue;
            }
            for value in
                component.get("metadata").map_or(&[][..], Value::each).iter().filter_map(|one| one.get("value"))
            {
                out.push(Setting { workload: *app, key: component.name.to_string(), value, span: value.span });
            }
        }
    }
}

/// Words behind the name of a release in the names of its services.
const PARTS_OF_CHARTS: [&str; 8] = ["headless", "hl", "master", "primary", "read", "replicas", "controller", "server"];

/// What the inputs of a module that is not at hand tell the workload it makes: maps that are called an environment.
fn told<'a>(module: u32, key: &str, value: &'a Value, out: &mut Vec<Setting<'a>>, depth: usize) {
    const WORDS: [&str; 6] =
        ["environment_variables", "environment_secrets", "app_settings", "env_vars", "env", "environment"];
    if depth > DEEPEST {
        return;
    }
    let word = WORDS.iter().any(|word| key == *word || (word.len() > 3 && key.ends_with(word)));
    if word && (value.as_map().is_some() || value.as_list().is_some()) {
        collect(module, "", value, out, depth);
        return;
    }
    for (name, inner) in value.as_map().unwrap_or_default() {
        told(module, name, inner, out, depth + 1);
    }
    for inner in value.as_list().unwrap_or_default() {
        told(module, "", inner, out, depth + 1);
    }
}

/// Types that only stand before something, with the attributes that name it.
const FRONTS: &[(&str, &[&str])] = &[
    ("aws_apprunner_vpc_ingress_connection", &["service_arn"]),
    ("aws_apprunner_custom_domain_association", &["service_arn"]),
    ("aws_lambda_function_url", &["function_name"]),
    ("aws_lambda_alias", &["function_name"]),
    ("aws_route53_record", &["alias.name", "records"]),
    ("aws_db_instance_role_association", &["db_instance_identifier"]),
    ("aws_rds_cluster_endpoint", &["cluster_identifier"]),
    ("aws_api_gateway_stage", &["rest_api_id"]),
    ("aws_apigatewayv2_stage", &["api_id"]),
    ("aws_api_gateway_deployment", &["rest_api_id"]),
    ("google_dns_record_set", &["rrdatas"]),
    ("azurerm_dns_a_record", &["target_resource_id", "records"]),
    ("azurerm_dns_cname_record", &["target_resource_id", "record"]),
];

/// What is really meant by naming a resource: what it stands before, where it only stands before something.
fn meant(estate: &Estate<'_>, at: u32, depth: usize) -> Vec<u32> {
    let resource = estate.resource(at);
    let Some((_, keys)) = FRONTS.iter().find(|(ty, _)| *ty == &*resource.ty).filter(|_| depth < 4) else {
        return vec![at];
    };
    let behind: Vec<u32> =
        keys.iter().filter_map(|key| resource.get(key)).flat_map(|value| estate.named(value)).collect();
    if behind.is_empty() {
        return vec![at];
    }
    behind.into_iter().flat_map(|at| meant(estate, at, depth + 1)).collect()
}

/// The environment, arguments and mounted settings of a Kubernetes workload.
fn workload<'a>(estate: &'a Estate<'_>, at: u32, out: &mut Vec<Setting<'a>>) {
    let resource = estate.resource(at);
    let Some(spec) = crate::cluster::pod_spec(resource) else { return };
    let namespace = home(resource);
    let config = |kind: &str, name: &str| {
        let space = namespace.trim_start_matches("k8s:");
        estate.find(&format!("k8s:{space}/{kind}/{name}")).map(|found| estate.resource(found))
    };
    for list in ["containers", "initContainers"] {
        for container in spec.get(list).map_or(&[][..], Value::each) {
            for variable in container.get("env").map_or(&[][..], Value::each) {
                let Some(key) = variable.get("name").and_then(Value::as_text) else { continue };
                if let Some(value) = variable.get("value") {
                    out.push(Setting { workload: at, key: key.to_owned(), value, span: value.span });
                }
                for (source, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
                    let Some(from) = variable.at(&format!("valueFrom.{source}")) else { continue };
                    let (Some(name), Some(entry)) =
                        (from.get("name").and_then(Value::as_text), from.get("key").and_then(Value::as_text))
                    else {
                        continue;
                    };
                    if let Some(value) = config(kind, name).and_then(|map| data_of(map, entry)) {
                        out.push(Setting { workload: at, key: key.to_owned(), value, span: from.span });
                    }
                }
            }
            for from in container.get("envFrom").map_or(&[][..], Value::each) {
                for (source, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
                    let Some(name) = from.at(&format!("{source}.name")).and_then(Value::as_text) else { continue };
                    for section in ["data", "stringData"] {
                        let map = config(kind, name).and_then(|map| map.get(section)).and_then(Value::as_map);
                        for (key, value) in map.unwrap_or_default() {
                            out.push(Setting { workload: at, key: key.to_string(), value, span: value.span });
                        }
                    }
                }
            }
            for path in ["args", "command"] {
                if let Some(value) = container.get(path) {
                    collect(at, "", value, out, 0);
                }
            }
        }
    }
}

fn data_of<'a>(map: &'a Resource, key: &str) -> Option<&'a Value> {
    ["data", "stringData"].iter().find_map(|section| map.get(section)?.get(key))
}

/// How deep settings are looked for.
const DEEPEST: usize = 8;

/// The settings in a value: of maps the entries, of pairs the pair, of containers their environment.
fn collect<'a>(workload: u32, key: &str, value: &'a Value, out: &mut Vec<Setting<'a>>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    let text = |name: &str| value.get(name).and_then(Value::as_text);
    match &value.open().kind {
        ValueKind::Document(inner) => collect(workload, key, inner, out, depth + 1),
        ValueKind::List(items) => {
            for item in items {
                collect(workload, key, item, out, depth + 1);
            }
        }
        ValueKind::OneOf(items) => {
            for item in items {
                collect(workload, key, item, out, depth + 1);
            }
        }
        ValueKind::Map(entries) => {
            // A pair of name and value.
            if let Some(name) = text("name").or_else(|| text("key")) {
                let held = ["value", "valueFrom", "value_from"].iter().find_map(|held| value.get(held));
                if let Some(held) = held.filter(|held| held.as_map().is_none()) {
                    out.push(Setting { workload, key: name.to_owned(), value: held, span: held.span });
                    return;
                }
            }
            for (name, inner) in entries {
                // What a container is, not what it is told.
                if matches!(&**name, "image" | "logConfiguration" | "portMappings" | "healthCheck" | "name") {
                    continue;
                }
                collect(workload, name, inner, out, depth + 1);
            }
        }
        ValueKind::Text(line) => {
            // `KEY=value` of lists.
            match line.split_once('=').filter(|(name, _)| key.is_empty() && is_key(name)) {
                Some((name, _)) => out.push(Setting { workload, key: name.to_owned(), value, span: value.span }),
                None => out.push(Setting { workload, key: key.to_owned(), value, span: value.span }),
            }
        }
        _ => out.push(Setting { workload, key: key.to_owned(), value, span: value.span }),
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-'))
}

/// Whom a setting addresses.
fn address(estate: &Estate<'_>, names: &Names, setting: &Setting<'_>, out: &mut Flows) {
    let from = End::Resource(setting.workload);
    let label = |shown: &str, indirect: bool| {
        let key = if setting.key.is_empty() { "setting".to_owned() } else { format!("env {}", setting.key) };
        let text: String = crate::secrets::without_passwords(shown).chars().take(80).collect();
        FlowEvidence { grade: Grade::Addressed, text: format!("{key} = {text}").into(), span: setting.span, indirect }
    };
    let mut seen: Vec<u32> = Vec::new();
    let (scheme, called) = in_url(estate, setting.value);
    let written = estate.render(setting.value);
    let told: Vec<u32> = estate.named(setting.value).into_iter().flat_map(|at| meant(estate, at, 0)).collect();
    for target in behind(estate, setting.value, 0) {
        if target != setting.workload && !seen.contains(&target) {
            seen.push(target);
            let reached = estate.resource(target);
            let at = out.add(
                from.clone(),
                End::Resource(target),
                label(&format!("{} {}", reached.ty, reached.name), !told.contains(&target)),
            );
            if called.contains(&target) {
                out.detail(at, None, scheme.as_deref());
                out.encrypts(at, super::tls::told(&written, scheme.as_deref()));
            }
        }
    }
    let mut text = written;
    if let Some((key, value)) = text.split_once('=')
        && key == setting.key
    {
        text = value.to_owned();
    }
    let space = home(estate.resource(setting.workload));
    let hint = hint(&setting.key);
    if let Some(vault) = vault_named(&text).and_then(|name| estate.at_host(&format!("{name}.vault.azure.net")))
        && vault != setting.workload
    {
        out.add(from.clone(), End::Resource(vault), label(&text, false));
    }
    // The domain of an environment of container apps is not known before it is there.
    for authority in
        text.split("://").skip(1).filter_map(|rest| rest.split(['/', '?', '"', '\'', ',', ';', ' ']).next())
    {
        let apps = container_app_host(authority).map_or_else(Vec::new, |app| names.find(app, &space));
        for app in apps {
            if app != setting.workload && &*estate.resource(app).ty == "azurerm_container_app" {
                out.add(from.clone(), End::Resource(app), label(&text, false));
            }
        }
    }
    for Host { name, port, scheme, shaped, mail } in
        hosts(&text, hint > Hint::None || !text.contains(char::is_whitespace))
    {
        // Without a word in the key, a bare word is an address only where one's own resource answers under it.
        let bare = !shaped && hint == Hint::None;
        if bare && !name.contains('.') {
            continue;
        }
        let lead = names.leads_to(&name, &space).filter(|_| !bare).map(str::to_owned);
        let (led, name) = (lead.is_some(), lead.unwrap_or(name));
        if led && is_itself(&name) {
            continue;
        }
        let mut found = if bare { Vec::new() } else { names.find(&name, &space) };
        if found.is_empty()
            && let Some(app) = container_app_host(&name)
        {
            found = names.find(app, &space);
            found.retain(|at| &*estate.resource(*at).ty == "azurerm_container_app");
        }
        if found.is_empty() {
            found.extend(estate.at_host(&name).into_iter().flat_map(|at| meant(estate, at, 0)));
        }
        // Whom it knows as its clients, it does not call.
        let client = setting.key.to_ascii_lowercase().ends_with("client");
        if let (true, Some(port)) = (name == HOST_OF_CONTAINERS && !client, port) {
            found.extend(names.published.get(&(space.clone(), port)));
        }
        for target in &found {
            if *target != setting.workload {
                let at = out.add(from.clone(), End::Resource(*target), label(&text, false));
                out.detail(at, port, scheme.as_deref());
                out.encrypts(at, super::tls::told(own_part(&text, &name), scheme.as_deref()));
                out.signs_in(at, own_part(&text, &name), setting.span);
            }
        }
        let called = hint == Hint::Called && !mail && is_domain(&name);
        let beyond = names.elsewhere(&name, &space).filter(|_| shaped || hint == Hint::Called).or_else(|| {
            // Where a service of the cluster leads is a host, whatever it looks like.
            (led && !name.ends_with(".local") && name != HOST_OF_CONTAINERS).then(|| name.clone())
        });
        if let Some(host) = beyond.filter(|_| found.is_empty()) {
            let at = out.add(from.clone(), End::Outside(host.as_str().into()), label(&text, false));
            out.detail(at, port, scheme.as_deref());
            out.encrypts(at, super::tls::told(own_part(&text, &name), scheme.as_deref()));
            continue;
        }
        if found.is_empty()
            && (shaped && super::hosts::is_public(&name) || called)
            && name.contains('.')
            && !name.contains("${")
            && name != HOST_OF_CONTAINERS
            && !names.is_inside(&name, &space)
        {
            let at = out.add(from.clone(), End::Outside(name.as_str().into()), label(&text, false));
            out.detail(at, port, scheme.as_deref());
            out.encrypts(at, super::tls::told(own_part(&text, &name), scheme.as_deref()));
        }
    }
}

/// Whether an address is that of whoever asks for it.
fn is_itself(host: &str) -> bool {
    matches!(host, "localhost" | "0.0.0.0" | "::" | "::1") || host.starts_with("127.")
}

/// The scheme of an address that a template puts together, and whom it refers to where its host stands.
fn in_url(estate: &Estate<'_>, value: &Value) -> (Option<String>, Vec<u32>) {
    let (mut scheme, mut hosts): (Option<String>, Vec<u32>) = (None, Vec::new());
    let ValueKind::Template(parts) = &value.open().kind else { return (scheme, hosts) };
    for part in parts {
        let Some(mut text) = part.as_text() else {
            if scheme.is_some() {
                hosts.extend(estate.named(part).into_iter().flat_map(|at| meant(estate, at, 0)));
            }
            continue;
        };
        if scheme.is_none() {
            let Some((before, after)) = text.split_once("://") else { continue };
            let word = before.rsplit(|letter: char| !letter.is_ascii_alphanumeric() && letter != '+').next();
            scheme = word.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase);
            text = after;
        }
        // What stood before was the name and the password of somebody.
        let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            hosts.clear();
        }
        if authority.len() < text.len() {
            break;
        }
    }
    (scheme, hosts)
}

/// The vault of a setting that App Service takes out of one: `@Microsoft.KeyVault(VaultName=kv;SecretName=password)`.
fn vault_named(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("@Microsoft.KeyVault(")?.trim_end_matches(')');
    inner.split(';').find_map(|part| part.trim().strip_prefix("VaultName="))
}

/// What keeps texts, of which a value takes only the content: it was read when the code was rolled out, by whoever rolled
/// it out, and nobody asks for it at run time.
fn copied(estate: &Estate<'_>, value: &Value) -> Vec<u32> {
    let (mut copied, mut named): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    value.references(&mut |reference, _| {
        let Some(at) = estate.find(&reference.address) else { return };
        let content = crate::secrets::is_kept_text(&estate.resource(at).ty, &reference.attribute);
        if content { &mut copied } else { &mut named }.push(at);
    });
    copied.retain(|at| !named.contains(at));
    copied
}

/// Resources that a value refers to, and those that the content of a secret or parameter among them refers to.
fn behind(estate: &Estate<'_>, value: &Value, depth: usize) -> Vec<u32> {
    let mut out: Vec<u32> = Vec::new();
    let copied = copied(estate, value);
    for at in estate.named(value).into_iter().filter(|at| !copied.contains(at)).flat_map(|at| meant(estate, at, 0)) {
        if !out.contains(&at) {
            out.push(at);
        }
    }
    if depth > 2 {
        return out;
    }
    for at in out.iter().chain(&copied).copied().collect::<Vec<u32>>() {
        for version in content_of(estate, at) {
            for target in behind(estate, version, depth + 1) {
                if !out.contains(&target) {
                    out.push(target);
                }
            }
        }
    }
    out
}

/// What a secret or parameter holds, where the code says.
fn content_of<'a>(estate: &Estate<'a>, at: u32) -> Vec<&'a Value> {
    let resource = estate.resource(at);
    match &*resource.ty {
        "aws_ssm_parameter" => resource.get("value").into_iter().collect(),
        "aws_secretsmanager_secret_version" => resource.get("secret_string").into_iter().collect(),
        "aws_secretsmanager_secret" => estate
            .of_type("aws_secretsmanager_secret_version")
            .iter()
            .map(|version| estate.resource(*version))
            .filter(|version| version.get("secret_id").is_some_and(|id| estate.named(id).contains(&at)))
            .filter_map(|version| version.get("secret_string"))
            .collect(),
        _ => Vec::new(),
    }
}
