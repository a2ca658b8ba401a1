//! Threat detection of the providers, and what sees calls on Azure, Google Cloud and in clusters.
//!
//! Azure keeps a log of every change and Google Cloud one of every administrative call whether code says so or not; only
//! what code adds to that is told: alerts on it, logs of access to data, and rules that look into them.

use vauban_model::finding::{Notice, Sighting};
use vauban_model::model::ElementRef;
use vauban_model::resource::{Resource, Value};

use super::pattern::{Compare, Filter, read};
use super::table::any_fits;
use super::{Act, Eye, Seer, Truth, World};

pub(super) fn eyes<'w>(world: &'w World<'_>, out: &mut Vec<Box<dyn Eye + 'w>>) {
    azure(world, out);
    google(world, out);
    clusters(world, out);
}

/// Whether a switch is on; nobody saying so is on.
fn is_on(resource: &Resource, path: &str) -> bool {
    resource.get(path).and_then(Value::as_bool) != Some(false)
}

/// Whether a block or list has something in it.
fn has(resource: &Resource, path: &str) -> bool {
    resource.get(path).is_some_and(|value| !value.each().is_empty())
}

// --- threat detection ---

/// A detector and what it looks for.
#[derive(Clone)]
pub(super) struct Guard {
    pub(super) ty: String,
    sees: Vec<(Seer, Vec<String>)>,
}

impl Guard {
    fn seen(&self, act: &Act<'_>) -> Option<&Seer> {
        let (seer, _) = self
            .sees
            .iter()
            .find(|(seer, actions)| seer.covers(act) && act.actions.iter().any(|action| any_fits(actions, action)))?;
        Some(seer)
    }
}

impl Eye for Guard {
    fn sees(&self, act: &Act<'_>, _world: &World<'_>) -> Option<Sighting> {
        self.seen(act).map(|seer| seer.says(Notice::Watched))
    }
}

/// What collects or passes on the findings of detectors.
pub(super) struct Collects {
    pub(super) seer: Seer,
    pub(super) of: Vec<Guard>,
}

impl Eye for Collects {
    fn sees(&self, act: &Act<'_>, _world: &World<'_>) -> Option<Sighting> {
        // What it passes on is the detector's judgement: no surer than that.
        self.of.iter().any(|guard| guard.seen(act).is_some()).then(|| self.seer.says(Notice::Watched))
    }
}

/// Detectors that are switched on.
pub(super) fn detectors(world: &World<'_>) -> Vec<Guard> {
    let mut out = Vec::new();
    for detector in &world.table.detectors {
        for &at in world.estate.of_type(&detector.ty) {
            let resource = world.estate.resource(at);
            let so = |(path, value): &(String, String)| {
                resource.get(path).is_some_and(|there| world.estate.render(there).eq_ignore_ascii_case(value))
            };
            if !detector.on.is_empty() && !is_on(resource, &detector.on) || !detector.conditions.iter().all(so) {
                continue;
            }
            let mut sees = Vec::new();
            for one in &detector.sees {
                if !one.feature.is_empty() && !feature(world, at, &one.feature, &one.block, one.default) {
                    continue;
                }
                let mut seer = Seer::new(world, at, &detector.name);
                seer.by = format!("{} ({})", detector.name, one.kind).into();
                sees.push((seer, one.actions.clone()));
            }
            out.push(Guard { ty: detector.ty.clone(), sees });
        }
    }
    out
}

/// Whether a part of a detector is on.
fn feature(world: &World<'_>, detector: u32, name: &str, block: &str, default: bool) -> bool {
    for &at in world.estate.of_type("aws_guardduty_detector_feature") {
        let feature = world.estate.resource(at);
        let of = feature.get("detector_id").map(|id| world.estate.referred(id)).unwrap_or_default();
        if feature.text("name") == Some(name) && (of.is_empty() || of.contains(&detector)) {
            return feature.text("status") != Some("DISABLED");
        }
    }
    world.estate.resource(detector).get(block).and_then(Value::as_bool).unwrap_or(default)
}

// --- the network ---

/// A log of what passes through a network.
pub(super) struct FlowLog {
    seer: Seer,
    /// Resources whose traffic it has.
    of: Vec<u32>,
}

impl FlowLog {
    pub(super) fn new(seer: Seer, of: Vec<u32>) -> Self {
        FlowLog { seer, of }
    }
}

/// How many boundaries lie around each other at most.
const MOST_AROUND: usize = 16;

/// Whether a resource is one of these or lies in the boundary of one.
fn within(world: &World<'_>, at: u32, places: &[u32]) -> bool {
    if places.contains(&at) {
        return true;
    }
    let elements: Vec<ElementRef> = places.iter().filter_map(|place| world.lowered.element(*place)).collect();
    let Some(element) = world.lowered.element(at) else { return false };
    let model = &world.lowered.model;
    let mut boundary = match element.domain {
        vauban_model::vocabulary::Domain::Component => model.components.get(element.at()).and_then(|c| c.boundary),
        _ => None,
    };
    for _ in 0..MOST_AROUND {
        let Some(index) = boundary else { break };
        if elements.iter().any(|e| e.domain == vauban_model::vocabulary::Domain::Boundary && e.index == index) {
            return true;
        }
        boundary = model.boundaries.get(index as usize).and_then(|around| around.parent);
    }
    false
}

impl Eye for FlowLog {
    fn sees(&self, act: &Act<'_>, world: &World<'_>) -> Option<Sighting> {
        let here = act.consequence == "network-path" && act.resources.iter().any(|at| within(world, *at, &self.of));
        here.then(|| self.seer.says(Notice::Recorded))
    }
}

// --- filters on logs, of either cloud ---

/// An alert on what a log says.
struct Alert {
    seer: Seer,
    filter: Filter,
    tells: bool,
    /// Whether calls of this kind are in the log for sure.
    logged: fn(&str) -> bool,
    /// Logs of access to data that code switches on.
    audits: Vec<Audit>,
}

/// The parts of a permission of Google Cloud: service, resource and verb.
fn permission(action: &str) -> Option<(&str, &str, &str)> {
    if action.contains([' ', ':', '/']) {
        return None;
    }
    let (service, rest) = action.split_once('.')?;
    let (resource, verb) = rest.rsplit_once('.')?;
    Some((service, resource, verb))
}

/// Whether the name of a method or operation is that of an action.
fn is_method(world: &World<'_>, method: &str, action: &str) -> bool {
    if method.eq_ignore_ascii_case(action) || super::table::fits(method, action) {
        return true;
    }
    let Some((service, resource, verb)) = permission(action) else { return false };
    let last = method.trim_matches(['*', '"']).rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if last.is_empty() {
        return false;
    }
    if let Some(known) = world.table.events.get(&action.to_ascii_lowercase()) {
        return known.iter().any(|name| name.to_ascii_lowercase() == last);
    }
    let (resource, verb) = (resource.to_ascii_lowercase(), verb.to_ascii_lowercase());
    // Of services with a version in the method's name, the service has to be the same.
    if method.contains(".v") && !method.to_ascii_lowercase().contains(&service.to_ascii_lowercase()) {
        return false;
    }
    last == verb && (verb.len() > 6 || method.to_ascii_lowercase().contains(&resource))
        || last == format!("{verb}{}", resource.trim_end_matches('s'))
}

/// What a comparison says of a call.
fn field(world: &World<'_>, act: &Act<'_>, action: &str, path: &str, compare: Compare, value: &str) -> Truth {
    if compare == Compare::Other || compare == Compare::Exists {
        return Truth::Maybe;
    }
    match path.rsplit('.').next().unwrap_or_default() {
        "methodName" => Truth::from(value.split('|').any(|value| is_method(world, value, action))),
        "serviceName" => match permission(action) {
            Some((service, ..)) => Truth::from(value.contains(&format!("{service}.")) || value == service),
            None => Truth::No,
        },
        "principalEmail" | "principalSubject" => Truth::from(World::names_one(value, &act.by)),
        "resourceName" | "resource_id" | "secret_id" | "bucket_name" => {
            if World::names_one(value, &act.on) {
                Truth::Yes
            } else {
                Truth::Maybe
            }
        }
        "logName" | "log_id" => {
            let lower = value.to_ascii_lowercase();
            if lower.contains("cloudaudit") { Truth::Yes } else { Truth::No }
        }
        // The kind of what is logged follows from the method.
        "type" | "@type" => Truth::Yes,
        "severity" | "code" | "message" => Truth::Maybe,
        _ => Truth::Maybe,
    }
}

/// What a text in a query says of a call: that it, its actor or its target is named.
fn named(world: &World<'_>, act: &Act<'_>, action: &str, text: &str) -> Truth {
    let here = is_method(world, text, action) || World::names_one(text, &act.by) || World::names_one(text, &act.on);
    Truth::from(here)
}

impl Eye for Alert {
    fn sees(&self, act: &Act<'_>, world: &World<'_>) -> Option<Sighting> {
        if !self.seer.covers(act) {
            return None;
        }
        let one = |action: &&str| {
            let asked =
                self.filter.ask(&|path, compare, value| field(world, act, action, path, compare, value), &|text| {
                    named(world, act, action, text)
                });
            let logged = (self.logged)(action) || self.audits.iter().any(|audit| audit.has(action, act));
            if logged { asked } else { asked.min(Truth::Maybe) }
        };
        match act.actions.iter().map(one).max().unwrap_or(Truth::No) {
            Truth::Yes if self.tells => Some(self.seer.says(Notice::Alarmed)),
            Truth::Yes | Truth::Maybe => Some(self.seer.says(Notice::Recorded)),
            Truth::No => None,
        }
    }
}

// --- Azure ---

/// An alert on an operation of the activity log, or a query that names operations.
struct Operation {
    seer: Seer,
    /// What has to be named: the operation, or the text of a query.
    text: String,
    whole: bool,
    tells: bool,
}

impl Eye for Operation {
    fn sees(&self, act: &Act<'_>, _world: &World<'_>) -> Option<Sighting> {
        let named = |action: &&str| {
            if self.whole {
                return self.text.eq_ignore_ascii_case(action);
            }
            action.contains('/') && self.text.to_ascii_lowercase().contains(&action.to_ascii_lowercase())
        };
        let here = self.seer.covers(act)
            && (act.actions.iter().any(named)
                || !self.whole
                    && (World::names_one(&self.text, &act.by)
                        || !act.actions.is_empty() && World::names_one(&self.text, &act.on)));
        here.then(|| self.seer.says(if self.tells { Notice::Alarmed } else { Notice::Recorded }))
    }
}

/// A log of what is done with one resource and what lies in it.
struct Diagnostics {
    seer: Seer,
    of: Vec<u32>,
}

impl Eye for Diagnostics {
    fn sees(&self, act: &Act<'_>, world: &World<'_>) -> Option<Sighting> {
        if act.actions.is_empty() {
            return None;
        }
        let here = act.resources.iter().any(|at| {
            self.of.contains(at)
                || world.estate.referred(&world.estate.resource(*at).attributes).iter().any(|to| self.of.contains(to))
        });
        here.then(|| self.seer.says(Notice::Recorded))
    }
}

fn azure<'w>(world: &'w World<'_>, out: &mut Vec<Box<dyn Eye + 'w>>) {
    for &at in world.estate.of_type("azurerm_monitor_activity_log_alert") {
        let resource = world.estate.resource(at);
        let operation = resource.get("criteria").and_then(|criteria| criteria.get("operation_name"));
        if let (Some(operation), true) = (operation, is_on(resource, "enabled")) {
            let seer = Seer::new(world, at, "the activity log alert");
            let text = world.estate.render(operation);
            out.push(Box::new(Operation { seer, text, whole: true, tells: has(resource, "action") }));
        }
    }
    // What a rule finds becomes an incident by itself; a query of Monitor tells whom its action names.
    for (ty, path, action, what) in [
        ("azurerm_sentinel_alert_rule_scheduled", "query", "", "the rule of Sentinel"),
        ("azurerm_sentinel_alert_rule_nrt", "query", "", "the rule of Sentinel"),
        ("azurerm_monitor_scheduled_query_rules_alert_v2", "criteria.query", "action", "the alert on logs"),
        ("azurerm_monitor_scheduled_query_rules_alert", "query", "action", "the alert on logs"),
    ] {
        for &at in world.estate.of_type(ty) {
            let resource = world.estate.resource(at);
            if let (Some(query), true) = (resource.get(path), is_on(resource, "enabled")) {
                let tells = action.is_empty() || has(resource, action);
                let (seer, text) = (Seer::new(world, at, what), world.estate.render(query));
                out.push(Box::new(Operation { seer, text, whole: false, tells }));
            }
        }
    }
    for &at in world.estate.of_type("azurerm_monitor_diagnostic_setting") {
        let resource = world.estate.resource(at);
        let of = resource.get("target_resource_id").map(|target| world.estate.referred(target)).unwrap_or_default();
        let logs = has(resource, "enabled_log") || has(resource, "log");
        // The audit log of a cluster is asked of below.
        if logs && !of.is_empty() {
            out.push(Box::new(Diagnostics { seer: Seer::new(world, at, "the diagnostic setting"), of }));
        }
    }
    for &at in world.estate.of_type("azurerm_network_watcher_flow_log") {
        let resource = world.estate.resource(at);
        if is_on(resource, "enabled") {
            let of = ["target_resource_id", "network_security_group_id"].iter().filter_map(|path| resource.get(path));
            let of = of.flat_map(|target| world.estate.referred(target)).collect();
            out.push(Box::new(FlowLog::new(Seer::new(world, at, "the flow log"), of)));
        }
    }
}

// --- Google Cloud ---

/// A log of access to data.
#[derive(Clone)]
struct Audit {
    seer: Seer,
    service: String,
    /// Kinds: `ADMIN_READ`, `DATA_READ`, `DATA_WRITE`.
    kinds: Vec<String>,
    /// Who is left out.
    without: Vec<String>,
}

/// Verbs of calls that Google Cloud logs whether anybody says so or not: they change how something is set up.
fn is_administrative(action: &str) -> bool {
    let Some((service, resource, verb)) = permission(action) else { return false };
    let data =
        matches!((service, resource), ("storage", "objects") | ("bigquery", _) | ("datastore", _) | ("pubsub", _));
    let changes = ["create", "update", "delete", "set", "add", "remove", "enable", "disable", "undelete", "patch"];
    !data && changes.iter().any(|start| verb.starts_with(start))
}

impl Audit {
    fn has(&self, action: &str, act: &Act<'_>) -> bool {
        let Some((service, _, verb)) = permission(action) else { return false };
        let api = match service {
            "resourcemanager" => "cloudresourcemanager",
            service => service,
        };
        let of_service = self.service == "allServices" || self.service.split('.').next() == Some(api);
        let reads = ["get", "list", "access", "read", "sign", "search", "query", "implicit"];
        let wanted: &[&str] = match reads.iter().any(|start| verb.starts_with(start)) {
            true => &["DATA_READ", "ADMIN_READ"],
            false => &["DATA_WRITE"],
        };
        of_service
            && self.kinds.iter().any(|kind| wanted.contains(&&**kind))
            && !self.without.iter().any(|member| World::names_one(member, &act.by))
    }
}

impl Eye for Audit {
    fn sees(&self, act: &Act<'_>, _world: &World<'_>) -> Option<Sighting> {
        let here = self.seer.covers(act) && act.actions.iter().any(|action| self.has(action, act));
        here.then(|| self.seer.says(Notice::Recorded))
    }
}

fn google<'w>(world: &'w World<'_>, out: &mut Vec<Box<dyn Eye + 'w>>) {
    let mut audits: Vec<Audit> = Vec::new();
    for ty in
        ["google_project_iam_audit_config", "google_folder_iam_audit_config", "google_organization_iam_audit_config"]
    {
        for &at in world.estate.of_type(ty) {
            let resource = world.estate.resource(at);
            let mut seer = Seer::new(world, at, "the audit log of");
            let service = resource.get("service").map(|service| world.estate.render(service)).unwrap_or_default();
            let of = if service == "allServices" { "all services" } else { &service };
            seer.by = format!("the audit log of {of}").into();
            if !ty.starts_with("google_project") {
                seer.account = None;
            }
            let logs = resource.get("audit_log_config").map_or(&[][..], Value::each);
            let texts = |path: &str| -> Vec<String> {
                let values = logs.iter().filter_map(|log| log.get(path)).flat_map(Value::each);
                values.map(|value| world.estate.render(value)).collect()
            };
            audits.push(Audit { seer, service, kinds: texts("log_type"), without: texts("exempted_members") });
        }
    }
    // By log metric: whether a policy with a channel looks at it.
    let mut policies: Vec<(u32, String, Vec<u32>)> = Vec::new();
    for &at in world.estate.of_type("google_monitoring_alert_policy") {
        let policy = world.estate.resource(at);
        if !is_on(policy, "enabled") {
            continue;
        }
        let tells = has(policy, "notification_channels");
        let mut filters = String::new();
        let mut metrics = Vec::new();
        for condition in policy.get("conditions").map_or(&[][..], Value::each) {
            for path in
                ["condition_threshold.filter", "condition_absent.filter", "condition_monitoring_query_language.query"]
            {
                if let (Some(filter), true) = (condition.at(path).or_else(|| deep(condition, path)), tells) {
                    filters.push_str(&world.estate.render(filter));
                    filters.push('\n');
                    metrics.extend(world.estate.referred(filter));
                }
            }
            if let Some(filter) = deep(condition, "condition_matched_log.filter") {
                out.push(Box::new(Alert {
                    seer: Seer::new(world, at, "the alert policy"),
                    filter: read(&world.estate.render(filter)),
                    tells,
                    logged: is_administrative,
                    audits: audits.clone(),
                }));
            }
        }
        policies.push((at, filters, metrics));
    }
    for &at in world.estate.of_type("google_logging_metric") {
        let metric = world.estate.resource(at);
        let Some(filter) = metric.get("filter") else { continue };
        let name = metric.get("name").map(|name| world.estate.render(name)).unwrap_or_default();
        let wanted = format!("user/{name}");
        let tells = policies.iter().any(|(_, filters, metrics)| {
            metrics.contains(&at) || !name.is_empty() && World::names_one(filters, &[&wanted])
        });
        let what = if tells { "the alert on the log metric" } else { "the log metric" };
        out.push(Box::new(Alert {
            seer: Seer::new(world, at, what),
            filter: read(&world.estate.render(filter)),
            tells,
            logged: is_administrative,
            audits: audits.clone(),
        }));
    }
    for audit in audits {
        out.push(Box::new(audit));
    }
    for &at in world.estate.of_type("google_compute_subnetwork") {
        if has(world.estate.resource(at), "log_config") {
            out.push(Box::new(FlowLog::new(Seer::new(world, at, "the flow log of"), vec![at])));
        }
    }
}

/// A path through blocks that may be lists of one.
fn deep<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, key| value.get(key)).filter(|value| !value.is_null())
}

// --- clusters ---

/// The audit log of a cluster, or a program on its machines.
struct ClusterLog {
    seer: Seer,
    /// Consequences that are seen, besides calls.
    consequences: Vec<String>,
    /// Calls that are seen; none named: all of them.
    actions: Vec<String>,
    how: Notice,
}

impl Eye for ClusterLog {
    fn sees(&self, act: &Act<'_>, _world: &World<'_>) -> Option<Sighting> {
        let call = |action: &&str| {
            let is_call = action.contains(' ') && !action.contains(['.', ':']);
            is_call && (self.actions.is_empty() || any_fits(&self.actions, action))
        };
        let here =
            act.actions.iter().any(call) || self.consequences.iter().any(|consequence| consequence == act.consequence);
        here.then(|| self.seer.says(self.how))
    }
}

fn clusters<'w>(world: &'w World<'_>, out: &mut Vec<Box<dyn Eye + 'w>>) {
    // Calls do not say which of several clusters they are of; of one alone it is certain.
    let mut audited = Vec::new();
    let mut all = 0;
    for &at in world.estate.of_type("aws_eks_cluster") {
        all += 1;
        let logs = world.estate.resource(at).get("enabled_cluster_log_types").map_or(&[][..], Value::each);
        if logs.iter().any(|log| log.as_text() == Some("audit")) {
            audited.push(at);
        }
    }
    all += world.estate.of_type("azurerm_kubernetes_cluster").len();
    for &at in world.estate.of_type("azurerm_monitor_diagnostic_setting") {
        let setting = world.estate.resource(at);
        let of = setting.get("target_resource_id").map(|target| world.estate.referred(target)).unwrap_or_default();
        let cluster = of.iter().any(|of| &*world.estate.resource(*of).ty == "azurerm_kubernetes_cluster");
        let logs = ["enabled_log", "log"].iter().filter_map(|path| setting.get(path)).flat_map(|list| list.each());
        let audit = logs.filter_map(|log| log.get("category").and_then(Value::as_text));
        if cluster && audit.into_iter().any(|category| category.starts_with("kube-audit")) {
            audited.push(at);
        }
    }
    // A policy of the interface's own audit log, as control planes that people run themselves have it.
    let own = world.estate.of_type("k8s:Policy").iter().copied().filter(|at| {
        world.estate.resource(*at).text("apiVersion").is_some_and(|version| version.starts_with("audit.k8s.io"))
    });
    let own: Vec<u32> = own.collect();
    all += own.len();
    audited.extend(own);
    if all == 1
        && let Some(&at) = audited.first()
    {
        let mut seer = Seer::new(world, at, "the audit log of the cluster");
        seer.account = None;
        let (consequences, actions) = (Vec::new(), Vec::new());
        out.push(Box::new(ClusterLog { seer, consequences, actions, how: Notice::Recorded }));
    }
    for ty in ["k8s:DaemonSet", "helm_release"] {
        for &at in world.estate.of_type(ty) {
            let resource = world.estate.resource(at);
            let texts = ["metadata.name", "name", "chart"].iter().filter_map(|path| resource.text(path));
            let named = |text: &str| {
                text.split(|letter: char| !letter.is_ascii_alphanumeric())
                    .any(|word| world.table.sensors.iter().any(|sensor| sensor.eq_ignore_ascii_case(word)))
            };
            if texts.into_iter().any(named) {
                let mut seer = Seer::new(world, at, "the sensor");
                seer.account = None;
                out.push(Box::new(ClusterLog {
                    seer,
                    consequences: world.table.sensor_consequences.clone(),
                    actions: world.table.sensor_actions.clone(),
                    how: Notice::Watched,
                }));
            }
        }
    }
}
