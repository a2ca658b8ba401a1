//! Machines that containers share: who gets at a machine's credentials gets what all of its containers are run with.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::model::SharedRuntime;
use vauban_model::resource::{Resource, Value};

use super::builder::Builder;
use crate::secrets::decoded;

/// What runs a cluster's containers.
const MACHINES: [&str; 2] = ["aws_instance", "aws_autoscaling_group"];
/// Where machines are described before they run.
const TEMPLATES: [&str; 2] = ["aws_launch_template", "aws_launch_configuration"];
/// How something says which of them it is started from.
const STARTED_FROM: [&str; 4] =
    ["launch_template", "launch_configuration", "mixed_instances_policy.launch_template", "launch_template_id"];
/// The setting of the container agent that joins a machine to a cluster (provider's guide, "Container agent
/// configuration"). Without it a machine joins the cluster called `default`.
const JOINS: &str = "ECS_CLUSTER";
/// Of a cluster with more machines than this, the rest says nothing new.
const MOST_MACHINES: usize = 32;

/// A service of containers and a machine that may run its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hosted {
    /// The service's resource.
    pub service: u32,
    /// The machine's resource.
    pub machine: u32,
    /// Whether a task of it is on the machine for sure, and not perhaps on another one of the cluster.
    pub surely: bool,
    /// Where it is said.
    pub span: Span,
}

impl Builder<'_> {
    /// Containers of ECS that do not run on the provider's machines run beside each other on those of their cluster.
    pub(super) fn hosts(&mut self) {
        let estate = self.input.estate;
        let clusters = estate.of_type("aws_ecs_cluster");
        let by_name: FxHashMap<&str, u32> =
            clusters.iter().filter_map(|at| Some((estate.resource(*at).text("name")?, *at))).collect();
        let cluster_of = |resource: &Resource, key: &str| -> Option<u32> {
            let value = resource.get(key)?;
            let referred = estate.referred(value).into_iter().find(|at| &*estate.resource(*at).ty == "aws_ecs_cluster");
            referred.or_else(|| by_name.get(value.as_text()?).copied())
        };
        let mut services: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for at in estate.of_type("aws_ecs_service") {
            let service = estate.resource(*at);
            if let Some(cluster) = cluster_of(service, "cluster")
                && !self.on_providers_machines(service)
            {
                services.entry(cluster).or_default().push(*at);
            }
        }
        let mut providers: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for at in estate.of_type("aws_ecs_cluster_capacity_providers") {
            if let Some(cluster) = cluster_of(estate.resource(*at), "cluster_name") {
                providers.entry(cluster).or_default().push(*at);
            }
        }
        let joining = self.joining();
        for cluster in clusters.iter().copied() {
            let Some(services) = services.remove(&cluster) else { continue };
            let named = estate.resource(cluster).text("name").and_then(|name| joining.get(name));
            let named = named.map_or(&[][..], Vec::as_slice);
            let machines = self.machines_of(cluster, providers.get(&cluster).map_or(&[], Vec::as_slice), named);
            if machines.is_empty() {
                continue;
            }
            self.share(cluster, &machines, &services);
        }
    }

    /// Joins the services of a cluster with the machines that may run them.
    fn share(&mut self, cluster: u32, machines: &[u32], services: &[u32]) {
        let places: Vec<Option<Vec<u32>>> = services.iter().map(|service| self.pinned(*service)).collect();
        let alone = machines.len() == 1 && machines.iter().all(|machine| self.is_single(*machine));
        if alone && places.iter().flatten().flatten().all(|place| machines.contains(place)) {
            // All of them are on the one machine.
            self.share_machine(cluster, None, machines.iter().chain(services).copied());
        } else {
            // Which of several machines a task is on nobody knows: two tasks are not beside each other for sure, and two
            // machines never are.
            for (service, place) in services.iter().zip(&places) {
                for machine in possible(machines, place.as_deref()) {
                    self.share_machine(cluster, Some(*service), [machine, *service].into_iter());
                }
            }
        }
        for (service, place) in services.iter().zip(places) {
            let constraint = self.input.estate.resource(*service);
            let everywhere = constraint.text("scheduling_strategy") == Some("DAEMON");
            let only = match &place {
                Some(place) => place.len() == 1,
                None => machines.len() == 1,
            };
            for machine in possible(machines, place.as_deref()) {
                let surely = everywhere || only && self.is_single(machine);
                self.out.hosted.push(Hosted { service: *service, machine, surely, span: constraint.span });
            }
        }
    }

    /// Says that some resources share a machine; of a service alone with it, which one.
    fn share_machine(&mut self, cluster: u32, service: Option<u32>, resources: impl Iterator<Item = u32>) {
        let mut components: Vec<u32> = Vec::new();
        for at in resources {
            if let Some(component) = self.component_of(at).filter(|component| !components.contains(component)) {
                components.push(component);
            }
        }
        let [first, ..] = components.as_slice() else { return };
        if components.len() < 2 {
            return;
        }
        let estate = self.input.estate;
        let resource = estate.resource(cluster);
        let (id, name) = match service {
            None => (format!("machines:{}", resource.address), format!("machines of {}", resource.name)),
            Some(service) => {
                let machine = self.out.model.components.get(*first as usize).map_or("", |one| &*one.element.id);
                let service = estate.resource(service);
                (
                    format!("machines:{}:{}:{machine}", resource.address, service.address),
                    format!("machines of {} that run {}", resource.name, service.name),
                )
            }
        };
        self.out.model.runtimes.push(SharedRuntime {
            id: id.into(),
            name: name.into(),
            description: Box::default(),
            tags: Vec::new(),
            components,
            span: resource.span,
        });
    }

    /// The machines that the constraints of a service name as the only ones for its tasks (the provider's guide, "Cluster
    /// query language"); `None` where they name none, or say it in a way that leaves more open.
    fn pinned(&self, service: u32) -> Option<Vec<u32>> {
        let estate = self.input.estate;
        let service = estate.resource(service);
        let task = service.get("task_definition").map(|value| estate.referred(value)).unwrap_or_default();
        let said = std::iter::once(service).chain(task.into_iter().map(|at| estate.resource(at)));
        let constraints = said.filter_map(|resource| resource.get("placement_constraints")).flat_map(Value::each);
        for constraint in constraints {
            let Some(expression) = constraint.get("expression") else { continue };
            let text = estate.render(expression);
            let Some(rest) = text.trim_start().strip_prefix("ec2InstanceId") else { continue };
            let rest = rest.trim_start();
            let names = rest.starts_with("==") || rest.starts_with("equals") || rest.starts_with("in ");
            if !names || rest.contains("||") || rest.contains(" or ") {
                continue;
            }
            let mut machines = estate.referred(expression);
            machines.retain(|at| MACHINES.contains(&&*estate.resource(*at).ty));
            if !machines.is_empty() {
                return Some(machines);
            }
        }
        None
    }

    /// Whether a resource is one machine and no group of them.
    fn is_single(&self, machine: u32) -> bool {
        let resource = self.input.estate.resource(machine);
        match &*resource.ty {
            _ if resource.many => false,
            "aws_instance" => resource.get("count").and_then(Value::as_number).is_none_or(|count| count <= 1.0),
            _ => resource.get("max_size").and_then(Value::as_number) == Some(1.0),
        }
    }

    /// By the name of a cluster: what is told to join it by that name at its start.
    fn joining(&self) -> FxHashMap<String, Vec<u32>> {
        let estate = self.input.estate;
        let mut out: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        for at in MACHINES.iter().chain(&TEMPLATES).flat_map(|ty| estate.of_type(ty)).copied() {
            let keys = ["user_data", "user_data_base64"];
            let Some(value) = keys.iter().find_map(|key| estate.resource(at).get(key)) else { continue };
            let text = estate.render(value);
            let text = decoded(&text).unwrap_or(text);
            let Some((_, after)) = text.split_once(JOINS).and_then(|(_, rest)| rest.split_once('=')) else { continue };
            let after = after.trim_start_matches(['"', '\'']);
            let name = after.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '>')).next();
            if let Some(name) = name.filter(|name| !name.is_empty() && !name.contains("${")) {
                out.entry(name.to_owned()).or_default().push(at);
            }
        }
        out
    }

    /// Machines that belong to a cluster: by a provider of capacity, or by what they are told at their start.
    fn machines_of(&self, cluster: u32, providers: &[u32], named: &[u32]) -> Vec<u32> {
        let estate = self.input.estate;
        let mut out: Vec<u32> = Vec::new();
        let mut add = |at: u32| {
            if MACHINES.contains(&&*estate.resource(at).ty) && !out.contains(&at) {
                out.push(at);
            }
        };
        for at in providers.iter().chain([&cluster]) {
            let resource = estate.resource(*at);
            for provider in resource.get("capacity_providers").map(|value| estate.referred(value)).unwrap_or_default() {
                let group = estate.resource(provider).get("auto_scaling_group_provider.auto_scaling_group_arn");
                group.map(|value| estate.referred(value)).unwrap_or_default().into_iter().for_each(&mut add);
            }
        }
        // Only what refers to the cluster can be told of it: linear in the references.
        let referring = self.referrers_of(cluster);
        for (at, told) in referring.into_iter().map(|at| (at, false)).chain(named.iter().map(|at| (*at, true))) {
            let resource = estate.resource(at);
            if !told && !self.joins(resource, cluster) {
                continue;
            }
            if TEMPLATES.contains(&&*resource.ty) {
                for user in self.referrers_of(at) {
                    let started = STARTED_FROM.iter().filter_map(|path| estate.resource(user).get(path));
                    if started.flat_map(|value| estate.referred(value)).any(|from| from == at) {
                        add(user);
                    }
                }
            } else {
                add(at);
            }
        }
        out
    }

    fn joins(&self, resource: &Resource, cluster: u32) -> bool {
        ["user_data", "user_data_base64"].iter().filter_map(|key| resource.get(key)).any(|value| {
            let mut refers = false;
            value.references(&mut |reference, _| {
                refers |= self.input.estate.find(&reference.address) == Some(cluster);
            });
            refers && (self.input.estate.render(value).contains(JOINS) || value.as_text().is_none())
        })
    }

    /// Whether a service certainly runs on Fargate.
    fn on_providers_machines(&self, service: &Resource) -> bool {
        let fargate = |value: Option<&Value>| {
            let items = value.map(Value::each).unwrap_or_default();
            !items.is_empty() && items.iter().all(|item| item.as_text().is_some_and(|text| text.starts_with("FARGATE")))
        };
        let strategy = service.get("capacity_provider_strategy").map(Value::each).unwrap_or_default();
        let task = service.get("task_definition").map(|value| self.input.estate.referred(value)).unwrap_or_default();
        fargate(service.get("launch_type"))
            || !strategy.is_empty() && strategy.iter().all(|one| fargate(one.get("capacity_provider")))
            || task.iter().any(|task| fargate(self.input.estate.resource(*task).get("requires_compatibilities")))
    }
}

/// The machines of a cluster that a service may be on, by the places that it is held to: the first of them.
fn possible<'m>(machines: &'m [u32], place: Option<&'m [u32]>) -> impl Iterator<Item = u32> + 'm {
    let fits = move |machine: &u32| place.is_none_or(|place| place.contains(machine));
    machines.iter().copied().filter(fits).take(MOST_MACHINES)
}
