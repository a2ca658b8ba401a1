//! Objects that operators turn into databases, brokers and the like: the host names that they get in their cluster, what
//! scales by them, who watches whom, and where secrets come from.
//!
//! Names are those of the operators' own documentation: CloudNativePG ("Service management"), Zalando's and Crunchy's
//! Postgres operators, Strimzi ("Kafka bootstrap service"), RabbitMQ cluster operator, redis-operator and Spotahome's,
//! MongoDB community operator, Percona, ECK, MariaDB operator, Oracle's MySQL operator, Altinity's ClickHouse operator,
//! K8ssandra, Scylla, CockroachDB, TiDB, MinIO, Dragonfly, Keycloak, Grafana, Jaeger, OpenTelemetry, Prometheus.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::resource::{Resource, Value};

use super::addressed::Setting;
use super::kubernetes::Selected;
use super::{End, FlowEvidence, Flows, Grade};
use crate::Estate;
use crate::cluster::space_of;

/// Kinds, and the services that stand for one object of them: `{}` is its name.
const SERVICES: &[(&str, &[&str])] = &[
    ("k8s:CloudNativePG", &["{}-rw", "{}-ro", "{}-r"]),
    ("k8s:Pooler", &["{}"]),
    ("k8s:postgresql", &["{}", "{}-repl", "{}-pooler", "{}-pooler-repl"]),
    ("k8s:PostgresCluster", &["{}-primary", "{}-replicas", "{}-pgbouncer", "{}-ha", "{}-pods"]),
    ("k8s:PerconaPGCluster", &["{}-primary", "{}-replicas", "{}-pgbouncer", "{}-ha"]),
    ("k8s:PerconaXtraDBCluster", &["{}-haproxy", "{}-haproxy-replicas", "{}-proxysql", "{}-pxc"]),
    ("k8s:PerconaServerMongoDB", &["{}-rs0", "{}-mongos", "{}-cfg"]),
    ("k8s:MariaDB", &["{}", "{}-primary", "{}-secondary", "{}-internal"]),
    ("k8s:InnoDBCluster", &["{}", "{}-instances", "{}-primary"]),
    ("k8s:MongoDBCommunity", &["{}-svc"]),
    ("k8s:MongoDB", &["{}-svc"]),
    ("k8s:Kafka", &["{}-kafka-bootstrap", "{}-kafka-brokers", "{}-zookeeper-client"]),
    ("k8s:KafkaConnect", &["{}-connect-api"]),
    ("k8s:KafkaBridge", &["{}-bridge-service"]),
    ("k8s:Redpanda", &["{}"]),
    ("k8s:RabbitmqCluster", &["{}", "{}-nodes"]),
    ("k8s:Redis", &["{}", "{}-headless", "{}-additional"]),
    ("k8s:RedisReplication", &["{}", "{}-headless", "{}-master", "{}-replica"]),
    ("k8s:RedisCluster", &["{}-leader", "{}-follower", "{}-master", "{}-leader-headless"]),
    ("k8s:RedisSentinel", &["{}-sentinel", "{}-sentinel-headless"]),
    ("k8s:RedisFailover", &["rfs-{}", "rfr-{}", "rfrm-{}", "rfrs-{}"]),
    ("k8s:Dragonfly", &["{}"]),
    ("k8s:Elasticsearch", &["{}-es-http", "{}-es-internal-http", "{}-es-transport"]),
    ("k8s:Kibana", &["{}-kb-http"]),
    ("k8s:ApmServer", &["{}-apm-http"]),
    ("k8s:Logstash", &["{}-ls-api"]),
    ("k8s:OpenSearchCluster", &["{}", "{}-nodes"]),
    ("k8s:ClickHouseInstallation", &["clickhouse-{}"]),
    ("k8s:CassandraDatacenter", &["{}-service", "{}-all-pods-service"]),
    ("k8s:ScyllaCluster", &["{}-client"]),
    ("k8s:CrdbCluster", &["{}-public", "{}"]),
    ("k8s:TidbCluster", &["{}-tidb", "{}-pd"]),
    ("k8s:EtcdCluster", &["{}-client", "{}"]),
    ("k8s:Tenant", &["minio", "{}-hl", "{}-console"]),
    ("k8s:Keycloak", &["{}-service"]),
    ("k8s:Grafana", &["{}-service"]),
    ("k8s:Prometheus", &["prometheus-operated"]),
    ("k8s:Alertmanager", &["alertmanager-operated"]),
    ("k8s:Jaeger", &["{}-collector", "{}-query", "{}-agent"]),
    ("k8s:OpenTelemetryCollector", &["{}-collector", "{}-collector-headless"]),
];

/// The services that operators make: who answers, its namespace, the service's name.
pub(super) fn services(estate: &Estate<'_>) -> Vec<(u32, String, String)> {
    let mut out = Vec::new();
    for (ty, patterns) in SERVICES {
        for at in estate.of_type(ty) {
            let resource = estate.resource(*at);
            let name = resource.text("metadata.name").unwrap_or(&resource.name);
            let space = space_of(resource);
            out.extend(patterns.iter().map(|pattern| (*at, space.clone(), pattern.replace("{}", name))));
            // Two say themselves what their service is called.
            let said = ["spec.general.serviceName", "spec.clusterName"].iter().find_map(|path| resource.text(path));
            if let Some(said) = said {
                let own =
                    if *ty == "k8s:CassandraDatacenter" { format!("{said}-{name}-service") } else { said.to_owned() };
                out.push((*at, space.clone(), own));
            }
        }
    }
    // Stateful workloads whose service is not in the code have its name all the same.
    for at in estate.of_type("k8s:StatefulSet") {
        let resource = estate.resource(*at);
        let space = space_of(resource);
        if let Some(service) = resource.text("spec.serviceName")
            && estate.find(&format!("k8s:{space}/Service/{service}")).is_none()
        {
            out.push((*at, space, service.to_owned()));
        }
    }
    out
}

/// Keys of triggers of KEDA that hold the address of what the workload takes its work from. Source: "Scalers" of its
/// documentation.
const SOURCES: [&str; 8] = [
    "host",
    "bootstrapServers",
    "queueURL",
    "address",
    "addresses",
    "queueUrl",
    "brokerUrl",
    "natsServerMonitoringEndpoint",
];

/// What workloads scale by is what they work through.
pub(super) fn scaled<'a>(estate: &'a Estate<'_>, out: &mut Vec<Setting<'a>>) {
    for ty in ["k8s:ScaledObject", "k8s:ScaledJob"] {
        for at in estate.of_type(ty) {
            let scaler = estate.resource(*at);
            let kind = scaler.text("spec.scaleTargetRef.kind").unwrap_or("Deployment");
            let Some(name) = scaler.text("spec.scaleTargetRef.name") else { continue };
            let Some(workload) = estate.find(&format!("k8s:{}/{kind}/{name}", space_of(scaler))) else { continue };
            for trigger in scaler.get("spec.triggers").map_or(&[][..], Value::each) {
                // What is only measured elsewhere is no source of work.
                if matches!(
                    trigger.get("type").and_then(Value::as_text),
                    Some("prometheus" | "cpu" | "memory" | "cron")
                ) {
                    continue;
                }
                for (key, value) in trigger.get("metadata").and_then(Value::as_map).unwrap_or_default() {
                    if SOURCES.contains(&&**key) {
                        out.push(Setting { workload, key: format!("trigger {key}"), value, span: value.span });
                    }
                }
            }
        }
    }
}

/// Where stores of secrets of the External Secrets operator get them from, by address.
pub(super) fn secret_stores<'a>(estate: &'a Estate<'_>, out: &mut Vec<Setting<'a>>) {
    for at in ["k8s:SecretStore", "k8s:ClusterSecretStore"].iter().flat_map(|ty| estate.of_type(ty)) {
        let store = estate.resource(*at);
        for (provider, value) in store.get("spec.provider").and_then(Value::as_map).unwrap_or_default() {
            for key in ["server", "vaultUrl", "url", "host", "connectHost", "apiUrl"] {
                if let Some(value) = value.get(key) {
                    out.push(Setting { workload: *at, key: format!("{provider} url"), value, span: value.span });
                }
            }
        }
    }
}

/// The secrets of a cloud that stores fetch for the cluster, and who watches whom.
pub(super) fn infer(estate: &Estate<'_>, selected: &Selected, out: &mut Flows) {
    fetched(estate, out);
    watched(estate, selected, out);
}

/// Types of secrets and parameters that stores fetch, with the attributes that name them.
const SECRETS: [(&str, &[&str]); 4] = [
    ("aws_secretsmanager_secret", &["name"]),
    ("aws_ssm_parameter", &["name"]),
    ("google_secret_manager_secret", &["secret_id"]),
    ("azurerm_key_vault_secret", &["name"]),
];

fn fetched(estate: &Estate<'_>, out: &mut Flows) {
    if estate.of_type("k8s:ExternalSecret").is_empty() {
        return;
    }
    let mut by_name: FxHashMap<String, Vec<u32>> = FxHashMap::default();
    for (ty, keys) in SECRETS {
        for at in estate.of_type(ty) {
            let named = keys.iter().find_map(|key| estate.resource(*at).get(key)).map(|value| estate.render(value));
            if let Some(name) = named.filter(|name| !name.contains("${")) {
                by_name.entry(name).or_default().push(*at);
            }
        }
    }
    for at in estate.of_type("k8s:ExternalSecret") {
        let secret = estate.resource(*at);
        let Some(name) = secret.text("spec.secretStoreRef.name") else { continue };
        let kind = secret.text("spec.secretStoreRef.kind").unwrap_or("SecretStore");
        let address = if kind == "ClusterSecretStore" {
            format!("k8s:{kind}/{name}")
        } else {
            format!("k8s:{}/{kind}/{name}", space_of(secret))
        };
        let Some(store) = estate.find(&address) else { continue };
        let keys = secret.at_each("spec.data").into_iter().filter_map(|one| one.at("remoteRef.key"));
        let whole = secret.at_each("spec.dataFrom").into_iter().filter_map(|one| one.at("extract.key"));
        for key in keys.chain(whole) {
            let written = estate.render(key);
            let mut targets = by_name.get(&written).cloned().unwrap_or_default();
            targets.extend(estate.named(key));
            for target in targets {
                let text = format!("external secret {} fetches {written}", secret.name);
                out.add(End::Resource(store), End::Resource(target), wired(&text, key.span));
            }
        }
    }
}

fn wired(text: &str, span: Span) -> FlowEvidence {
    FlowEvidence { grade: Grade::Wired, text: text.into(), span, indirect: false }
}

/// Who collects measurements: Prometheus by its operator, or by a chart that is not at hand.
fn collectors(estate: &Estate<'_>) -> Vec<u32> {
    let charts = estate.of_type("helm_release").iter().copied().filter(|at| {
        let chart = estate.resource(*at).get("chart").map(|value| estate.render(value)).unwrap_or_default();
        chart.rsplit('/').next().is_some_and(|name| name.contains("prometheus") && !name.contains("exporter"))
    });
    estate.of_type("k8s:Prometheus").iter().copied().chain(charts).collect()
}

fn watched(estate: &Estate<'_>, selected: &Selected, out: &mut Flows) {
    let collectors = collectors(estate);
    if collectors.is_empty() {
        return;
    }
    let mut by_label: FxHashMap<(String, String), Vec<u32>> = FxHashMap::default();
    for at in estate.of_type("k8s:Service") {
        let service = estate.resource(*at);
        for (key, value) in service.get("metadata.labels").and_then(Value::as_map).unwrap_or_default() {
            let label = format!("{key}={}", estate.render(value));
            by_label.entry((space_of(service), label)).or_default().push(*at);
        }
    }
    for at in estate.of_type("k8s:ServiceMonitor") {
        let monitor = estate.resource(*at);
        let labels = monitor.get("spec.selector.matchLabels").and_then(Value::as_map).unwrap_or_default();
        let wanted: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={}", estate.render(value))).collect();
        let Some((first, rest)) = wanted.split_first() else { continue };
        let named = monitor.get("spec.namespaceSelector.matchNames").map_or(&[][..], Value::each);
        let mut spaces: Vec<String> = named.iter().map(|value| estate.render(value)).collect();
        if spaces.is_empty() {
            spaces.push(space_of(monitor));
        }
        for space in spaces {
            for service in by_label.get(&(space, first.clone())).into_iter().flatten() {
                let own: FxHashSet<String> = labels_of(estate, estate.resource(*service));
                if !rest.iter().all(|label| own.contains(label)) {
                    continue;
                }
                let targets = selected.get(service).filter(|list| !list.is_empty());
                for target in targets.map_or(&[*service][..], |list| &list[..]) {
                    for collector in collectors.iter().filter(|collector| *collector != target) {
                        let text = format!("service monitor {}", monitor.name);
                        out.add(End::Resource(*collector), End::Resource(*target), wired(&text, monitor.span));
                    }
                }
            }
        }
    }
}

fn labels_of(estate: &Estate<'_>, resource: &Resource) -> FxHashSet<String> {
    let labels = resource.get("metadata.labels").and_then(Value::as_map).unwrap_or_default();
    labels.iter().map(|(key, value)| format!("{key}={}", estate.render(value))).collect()
}
