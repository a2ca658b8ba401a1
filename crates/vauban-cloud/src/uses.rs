//! What is permitted and what is used, held against each other: a flow that nothing lets through, a rule that nobody
//! needs. Said only where it is sure; what leans on something unknown is left to be asked.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::library::Cloud;
use vauban_model::model::{Element, Fact, Origin, Value as FactValue, symbol_of};
use vauban_model::resource::{Mode, Resource, Text, Value};
use vauban_model::vocabulary::{Domain, fact};

use crate::Estate;
use crate::cluster::mesh::{Mesh, Verdict};
use crate::flows::{End, FlowEvidence, Grade, InferredFlow};
use crate::granted;
use crate::lower::Lowered;
use crate::network::{Place, Way, Woven};
use crate::permissions::{Answer, Request, Rights, Target};

/// What is needed to judge.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The resources.
    pub estate: &'a Estate<'a>,
    /// Who may do what.
    pub rights: &'a Rights<'a>,
    /// The network with its rules.
    pub woven: &'a Woven,
    /// Flows that nobody drew.
    pub flows: &'a [InferredFlow],
    /// Which workload acts as which principal: resources.
    pub runs_as: &'a [(u32, u32)],
}

/// Types that run code or steps as an identity, so that what they call is asked of that identity.
const WORKLOADS: &[&str] = &[
    "aws_lambda_function",
    "aws_ecs_task_definition",
    "aws_ecs_service",
    "aws_instance",
    "aws_launch_template",
    "aws_codebuild_project",
    "aws_glue_job",
    "aws_apprunner_service",
    "aws_batch_job_definition",
    "aws_sfn_state_machine",
    "google_cloud_run_service",
    "google_cloud_run_v2_service",
    "google_cloud_run_v2_job",
    "google_cloudfunctions_function",
    "google_cloudfunctions2_function",
    "azurerm_linux_function_app",
    "azurerm_windows_function_app",
    "azurerm_function_app",
    "azurerm_linux_web_app",
    "azurerm_windows_web_app",
    "azurerm_container_app",
    "azurerm_container_app_job",
];

/// Targets that are called with a permission and in no other way, as far as the table of actions in `granted` knows their actions. Pools of
/// users and search domains have other ways in; a parameter may have been read when the code was rolled out.
const BY_PERMISSION: &[&str] = &[
    "aws_dynamodb_table",
    "aws_s3_bucket",
    "aws_sqs_queue",
    "aws_sns_topic",
    "aws_secretsmanager_secret",
    "aws_kinesis_stream",
    "aws_kinesis_firehose_delivery_stream",
    "aws_lambda_function",
    "aws_sfn_state_machine",
    "aws_cloudwatch_event_bus",
    "google_storage_bucket",
    "google_pubsub_topic",
    "google_pubsub_subscription",
    "google_secret_manager_secret",
    "azurerm_key_vault",
];

/// What a function's identity needs to be fed from a source.
const FED: &[(&str, &str)] = &[
    ("aws_sqs_queue", "sqs:ReceiveMessage"),
    ("aws_dynamodb_table", "dynamodb:GetRecords"),
    ("aws_kinesis_stream", "kinesis:GetRecords"),
];

/// Ports on which people administer machines: that nothing in code uses them is as it should be.
const ADMINISTRATION: [u16; 4] = [22, 3389, 5985, 5986];

/// Most components that are listed as having no use for a rule, for each target.
const MOST_IDLE: usize = 32;

/// What one side says of a flow.
#[derive(Default)]
struct Opinion {
    admitted: Option<(Text, Span, Grade)>,
    refused: Option<(Text, Span)>,
    maybe: Vec<Text>,
}

/// Says of each flow whether it is permitted, and of each component whom a rule lets in that has no use for it.
pub fn judge(input: &Input<'_>, lowered: &mut Lowered) {
    let judge = Judge::new(input, lowered);
    judge.flows(lowered);
    judge.certificates(lowered);
    judge.idle(lowered);
    judge.settings(lowered);
    for list in lowered.evidence.values_mut() {
        list.sort_by_key(|evidence| std::cmp::Reverse(evidence.grade));
    }
}

struct Judge<'a> {
    input: &'a Input<'a>,
    /// By component: its resources.
    parts: FxHashMap<u32, Vec<u32>>,
    /// By workload: its principals.
    principals: FxHashMap<u32, Vec<u32>>,
    /// Functions with an address of their own.
    addressed: FxHashSet<u32>,
    served: Served,
    mesh: Mesh<'a>,
}

/// Ports at which managed stores are reached unless code says otherwise, by type and, where there are several, engine:
/// the providers' documentation of each service.
const OWN_PORTS: [(&str, &str, u16); 18] = [
    ("aws_db_instance", "postgres", 5432),
    ("aws_db_instance", "mysql", 3306),
    ("aws_db_instance", "mariadb", 3306),
    ("aws_db_instance", "sqlserver", 1433),
    ("aws_db_instance", "oracle", 1521),
    ("aws_rds_cluster", "aurora-postgresql", 5432),
    ("aws_rds_cluster", "postgres", 5432),
    ("aws_rds_cluster", "aurora-mysql", 3306),
    ("aws_rds_cluster", "mysql", 3306),
    ("aws_redshift_cluster", "", 5439),
    ("aws_docdb_cluster", "", 27017),
    ("aws_neptune_cluster", "", 8182),
    ("aws_elasticache_cluster", "redis", 6379),
    ("aws_elasticache_cluster", "memcached", 11211),
    ("aws_elasticache_replication_group", "", 6379),
    ("aws_elasticsearch_domain", "", 443),
    ("aws_opensearch_domain", "", 443),
    ("azurerm_mssql_server", "", 1433),
];

/// The one port at which a store is reached.
fn own_port(estate: &Estate<'_>, resource: &Resource) -> Option<u16> {
    let mut of_type = OWN_PORTS.iter().filter(|(ty, _, _)| *ty == &*resource.ty).peekable();
    of_type.peek()?;
    if let Some(said) = resource.get("port").filter(|value| !value.is_null()) {
        return estate.render(said).parse().ok();
    }
    let engine = resource.text("engine").unwrap_or_default();
    of_type.find(|(_, name, _)| name.is_empty() || engine.starts_with(name)).map(|(_, _, port)| *port)
}

/// By workload of a cluster: ports of the services before it, and the port each leads to, where it is known.
type Served = FxHashMap<u32, Vec<(Option<u16>, Option<u16>)>>;

/// The ports of services of clusters, by the workloads that they select.
fn served(estate: &Estate<'_>) -> Served {
    let number = |value: Option<&Value>| value.and_then(|value| estate.render(value).parse::<u16>().ok());
    let mut out: Served = FxHashMap::default();
    let selected = crate::flows::selected(estate);
    for service in estate.of_type("k8s:Service") {
        let service = *service;
        let Some(workloads) = selected.get(&service) else { continue };
        let ports = estate.resource(service).get("spec.ports").map_or(&[][..], Value::each);
        let ports: Vec<(Option<u16>, Option<u16>)> = ports
            .iter()
            .map(|port| (number(port.get("port")), number(port.get("targetPort").or_else(|| port.get("port")))))
            .collect();
        for workload in workloads.iter() {
            out.entry(*workload).or_default().extend(&ports);
        }
    }
    out
}

impl<'a> Judge<'a> {
    fn new(input: &'a Input<'a>, lowered: &Lowered) -> Self {
        let mut parts: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (at, element) in (0u32..).zip(&lowered.element_of) {
            if let Some(element) = element.filter(|element| element.domain == Domain::Component) {
                parts.entry(element.index).or_default().push(at);
            }
        }
        let mut principals: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (workload, principal) in input.runs_as {
            principals.entry(*workload).or_default().extend(input.rights.principal_of(*principal));
        }
        let estate = input.estate;
        // What starts a container for somebody may read its secrets too.
        for at in estate.of_type("aws_ecs_task_definition") {
            let role =
                estate.resource(*at).get("execution_role_arn").map_or_else(Vec::new, |role| estate.referred(role));
            let list = principals.entry(*at).or_default();
            list.extend(role.into_iter().filter_map(|role| input.rights.principal_of(role)));
        }
        let urls =
            estate.of_type("aws_lambda_function_url").iter().filter_map(|at| estate.resource(*at).get("function_name"));
        let addressed = urls.flat_map(|name| estate.referred(name)).collect();
        Judge { input, parts, principals, addressed, served: served(estate), mesh: Mesh::read(estate) }
    }

    fn component(lowered: &Lowered, at: u32) -> Option<u32> {
        lowered.element(at).filter(|element| element.domain == Domain::Component).map(|element| element.index)
    }

    fn flows(&self, lowered: &mut Lowered) {
        let mut by_ends: BTreeMap<(u32, u32), Vec<&InferredFlow>> = BTreeMap::new();
        for flow in self.input.flows.iter().filter(|flow| flow.grade() >= Grade::Granted) {
            let (End::Resource(from), End::Resource(to)) = (&flow.from, &flow.to) else { continue };
            if let (Some(from), Some(to)) = (Self::component(lowered, *from), Self::component(lowered, *to)) {
                by_ends.entry((from, to)).or_default().push(flow);
            }
        }
        let shared = self.shared(&by_ends);
        for at in 0..lowered.model.flows.len() {
            let Some(ends) = lowered.model.flows.get(at).map(|flow| (flow.source, flow.target)) else { continue };
            let Some(inferred) = by_ends.get(&ends) else { continue };
            let used = inferred.iter().any(|flow| flow.grade() >= Grade::Addressed);
            let told = lowered.model.components.get(ends.0 as usize);
            let keys = told.is_some_and(|source| !source.element.references(fact::CONFIGURED_WITH).is_empty());
            let mut opinions = vec![self.network(ends, inferred)];
            if used {
                opinions.push(self.permission(inferred, keys, &shared));
            }
            opinions.push(self.mesh(ends));
            let place = u32::try_from(at).unwrap_or(u32::MAX);
            for (text, span, grade) in opinions.iter().filter_map(|opinion| opinion.admitted.clone()) {
                let evidence = FlowEvidence { grade, text, span, indirect: false };
                let list = lowered.evidence.entry(place).or_default();
                if !list.iter().any(|known| known.grade == evidence.grade && known.span == evidence.span) {
                    list.push(evidence);
                }
            }
            if used && let Some(flow) = lowered.model.flows.get_mut(at) {
                state(&mut flow.element, &opinions);
            }
        }
    }

    /// Says of flows to workloads whose mesh asks for certificates that both ends show one.
    fn certificates(&self, lowered: &mut Lowered) {
        if self.mesh.is_empty() {
            return;
        }
        let estate = self.input.estate;
        let workload = |component: u32| {
            let parts = self.parts.get(&component).map_or(&[][..], Vec::as_slice);
            let mut all = parts.iter().map(|at| estate.resource(*at));
            all.find(|resource| crate::cluster::WORKLOADS.contains(&&*resource.ty))
        };
        for flow in &mut lowered.model.flows {
            let (Some(from), Some(to)) = (workload(flow.source), workload(flow.target)) else { continue };
            if !self.mesh.has_proxy(from) {
                continue;
            }
            let Some(span) = self.mesh.asks_for_certificates(estate, to) else { continue };
            for (id, said) in [(fact::ENCRYPTION, "mutual-tls"), (fact::AUTHENTICATION, "client-certificate")] {
                // What the program leaves in the clear its proxy encrypts.
                let open = flow.element.word(id) == Some("none");
                if (open || flow.element.fact(id).is_none())
                    && let Some(symbol) = symbol_of(id, said)
                {
                    let value = FactValue::Symbol(symbol);
                    flow.element.set(Fact { id, value, origin: Origin::Imported, span });
                }
            }
        }
    }

    /// What the policies of a mesh say.
    fn mesh(&self, ends: (u32, u32)) -> Opinion {
        let mut out = Opinion::default();
        if self.mesh.is_empty() {
            return out;
        }
        let estate = self.input.estate;
        let none = Vec::new();
        for from in self.parts.get(&ends.0).unwrap_or(&none) {
            for to in self.parts.get(&ends.1).unwrap_or(&none) {
                match self.mesh.admits(estate, estate.resource(*from), estate.resource(*to)) {
                    Verdict::Silent => {}
                    Verdict::Admitted(text, span) => out.admitted = Some((text.into(), span, Grade::Permitted)),
                    Verdict::Refused(text, span) => out.refused = Some((text.into(), span)),
                    Verdict::Unsure(text) => out.maybe.push(text.into()),
                }
            }
        }
        out
    }

    /// Places of settings that several workloads are given at once, one of whom may use what they name: the others need
    /// not.
    fn shared(&self, by_ends: &BTreeMap<(u32, u32), Vec<&InferredFlow>>) -> FxHashSet<Span> {
        let mut sources: FxHashMap<Span, FxHashSet<u32>> = FxHashMap::default();
        let flows = || by_ends.iter().flat_map(|(ends, flows)| flows.iter().map(move |flow| (ends.0, *flow)));
        for (from, flow) in flows() {
            for evidence in flow.evidence.iter().filter(|evidence| evidence.grade == Grade::Addressed) {
                sources.entry(evidence.span).or_default().insert(from);
            }
        }
        let mut out = FxHashSet::default();
        for (_, flow) in flows() {
            let (End::Resource(from), End::Resource(to)) = (&flow.from, &flow.to) else { continue };
            let several = |evidence: &&FlowEvidence| sources.get(&evidence.span).is_some_and(|known| known.len() > 1);
            let spans: Vec<Span> = flow.evidence.iter().filter(several).map(|evidence| evidence.span).collect();
            if !spans.is_empty() && self.may(*from, *to, false, flow).refused.is_none() {
                out.extend(spans);
            }
        }
        out
    }

    /// What the rules of the network say.
    fn network(&self, ends: (u32, u32), inferred: &[&InferredFlow]) -> Opinion {
        let mut ports: Vec<u16> = inferred.iter().filter_map(|flow| flow.port).collect();
        ports.sort_unstable();
        ports.dedup();
        // With several ports, or a port that only some evidence names, only "nothing at all passes" is sure.
        let port = match (ports.as_slice(), inferred.iter().all(|flow| flow.port.is_some())) {
            ([port], true) => Some(*port),
            _ => None,
        };
        let (mut out, mut known) = (Opinion::default(), false);
        let none = Vec::new();
        let mut open = false;
        for from in self.parts.get(&ends.0).unwrap_or(&none) {
            for to in self.parts.get(&ends.1).unwrap_or(&none) {
                let listens = if ports.len() > 1 { None } else { self.listens(*to, port) };
                let between = self.input.woven.between(*from, *to, listens);
                if let Some(hop) = between.admitted {
                    out.admitted.get_or_insert((hop.text, hop.span, Grade::Permitted));
                }
                open |= !between.maybe.is_empty();
                out.maybe.extend(between.maybe);
                match between.refused {
                    Some(hop) => {
                        known = true;
                        out.refused.get_or_insert((hop.text, hop.span));
                    }
                    None => open |= self.input.woven.knows(*from, *to),
                }
            }
        }
        if !known || open || out.admitted.is_some() {
            out.refused = None;
        }
        out
    }

    /// The port at which a resource gets what is sent to a port, or what is sent at all; nothing where that is not sure.
    fn listens(&self, to: u32, port: Option<u16>) -> Option<u16> {
        let resource = self.input.estate.resource(to);
        if resource.ty.starts_with("k8s:") {
            // Services of a cluster listen elsewhere than their pods.
            let mut own =
                self.served.get(&to)?.iter().filter(|(front, _)| port.is_none_or(|port| *front == Some(port)));
            let (_, first) = own.next()?;
            return first.filter(|_| own.all(|(_, other)| other == first));
        }
        port.or_else(|| own_port(self.input.estate, resource))
    }

    /// What permissions say of the identities that the caller acts as.
    fn permission(&self, inferred: &[&InferredFlow], keys: bool, shared: &FxHashSet<Span>) -> Opinion {
        let mut out = Opinion::default();
        let mut refused: Option<(Text, Span)> = None;
        for flow in inferred.iter().filter(|flow| flow.grade() >= Grade::Addressed) {
            let (End::Resource(from), End::Resource(to)) = (&flow.from, &flow.to) else { continue };
            let fed = flow.evidence.iter().any(|evidence| &*evidence.text == "event source mapping");
            let (who, whom) = if fed { (*to, *from) } else { (*from, *to) };
            let answer = self.may(who, whom, fed, flow);
            out.maybe.extend(answer.maybe);
            match (answer.admitted, answer.refused) {
                (Some(admitted), _) => out.admitted = out.admitted.or(Some(admitted)),
                (None, Some(why)) => refused = refused.or(Some(why)),
                // Of this one nothing is known, so of the whole nothing is sure.
                (None, None) => return out,
            }
        }
        if refused.as_ref().is_some_and(|(_, span)| shared.contains(span)) {
            refused = None;
        }
        // A key in the configuration may be another identity's.
        if out.admitted.is_none() && out.maybe.is_empty() && !keys {
            out.refused = refused;
        }
        out
    }

    fn may(&self, who: u32, whom: u32, fed: bool, flow: &InferredFlow) -> Opinion {
        let mut out = Opinion::default();
        let estate = self.input.estate;
        let (source, target) = (estate.resource(who), estate.resource(whom));
        // Who is only told of something that names the target may leave calling it to others.
        let direct = flow.evidence.iter().any(|evidence| evidence.grade >= Grade::Addressed && !evidence.indirect);
        let workload = direct && (WORKLOADS.contains(&&*source.ty) || source.ty.starts_with("k8s:"));
        if !workload || !BY_PERMISSION.contains(&&*target.ty) || target.mode != Mode::Managed {
            return out;
        }
        if self.addressed.contains(&whom) {
            return out;
        }
        let cloud = match target.ty.split('_').next() {
            Some("google") => Cloud::Gcp,
            Some("azurerm") => Cloud::Azure,
            _ => Cloud::Aws,
        };
        let all = self.input.rights.principals();
        let fits = |principal: &&u32| all.get(**principal as usize).is_some_and(|one| one.cloud == cloud);
        let principals: Vec<u32> = self.principals.get(&who).into_iter().flatten().filter(fits).copied().collect();
        // Where an account's rights are bound apart from it, other code may bind more: only of one that this code makes
        // and gives rights to is it known what it lacks.
        let bound_here = |principal: &u32| {
            let made = all.get(*principal as usize).map(|one| estate.resource(one.resource).mode);
            made == Some(Mode::Managed) && self.input.rights.is_bound(*principal)
        };
        if cloud != Cloud::Aws && !principals.iter().all(bound_here) {
            return out;
        }
        let Some(first) = principals.first() else { return out };
        let actions: Vec<&str> = match FED.iter().find(|(ty, _)| fed && *ty == &*target.ty) {
            Some((_, action)) => vec![action],
            None => granted::actions(&target.ty),
        };
        for action in &actions {
            let target = Target::Resource(whom);
            if self.input.rights.anyone(action, target).answer != Answer::Denied {
                return Opinion::default();
            }
            for principal in &principals {
                let verdict = self.input.rights.can(*principal, action, target, &Request::default());
                match verdict.answer {
                    Answer::Allowed => {
                        let span = verdict.statements.iter().find(|one| one.allows).map(|one| one.span);
                        out.admitted.get_or_insert(((*action).into(), span.unwrap_or(source.span), Grade::Granted));
                    }
                    Answer::Denied => {}
                    _ => out.maybe.extend(verdict.assumptions),
                }
            }
            if out.admitted.is_some() {
                break;
            }
        }
        if out.admitted.is_none() && out.maybe.is_empty() && !actions.is_empty() {
            let name = self
                .input
                .rights
                .principals()
                .get(*first as usize)
                .map_or("its identity", |one| &*estate.resource(one.resource).name);
            let list = match actions.as_slice() {
                [one] => (*one).to_owned(),
                [first, second] => format!("{first} or {second}"),
                [first, second, ..] => format!("{first}, {second} or the like"),
                [] => String::new(),
            };
            let span = flow.evidence.first().map_or(source.span, |evidence| evidence.span);
            out.refused = Some((format!("{name} lacks {list} on {}", target.name).into(), span));
        }
        out
    }

    /// Rules made for somebody who has no use for them.
    fn idle(&self, lowered: &mut Lowered) {
        let network = self.input.woven.network();
        let called: FxHashSet<(u32, u32)> = lowered.model.flows.iter().map(|flow| (flow.source, flow.target)).collect();
        struct Rule {
            span: Span,
            pairs: Vec<(u32, u32)>,
            used: bool,
        }
        let mut rules: BTreeMap<(u32, u32, u32, u32), Rule> = BTreeMap::new();
        for way in network.ways.iter().filter(|way| !way.asks && way.assumptions.is_empty() && !administrative(way)) {
            let Some(hop) = way.hops.last() else { continue };
            let senders: Vec<u32> = match way.from {
                Place::Zone(zone) => match network.zones.get(zone as usize) {
                    Some(zone) if zone.kind == "security-group" && !zone.members.contains(&way.to) => {
                        zone.members.clone()
                    }
                    _ => continue,
                },
                // A policy of a cluster that selects pods speaks of each of them.
                Place::Resource(from) if self.input.estate.resource(from).ty.starts_with("k8s:") => vec![from],
                _ => continue,
            };
            let Some(to) = Self::component(lowered, way.to) else { continue };
            let key = (hop.resource, hop.span.file.0, hop.span.line, hop.span.column);
            let rule = rules.entry(key).or_insert(Rule { span: hop.span, pairs: Vec::new(), used: false });
            for from in senders {
                let Some(from) = Self::component(lowered, from).filter(|from| *from != to) else { continue };
                rule.used |= called.contains(&(from, to));
                if !rule.used && !rule.pairs.contains(&(from, to)) && rule.pairs.len() < MOST_IDLE {
                    rule.pairs.push((from, to));
                }
            }
        }
        for rule in rules.into_values().filter(|rule| !rule.used) {
            for (from, to) in rule.pairs {
                let Some(component) = lowered.model.components.get_mut(to as usize) else { continue };
                let mut all = component.element.references(fact::IDLE_SOURCES).to_vec();
                if !all.contains(&from) {
                    all.push(from);
                    let value = FactValue::References(all.into());
                    component.element.set(Fact {
                        id: fact::IDLE_SOURCES,
                        value,
                        origin: Origin::Imported,
                        span: rule.span,
                    });
                }
            }
        }
    }

    /// Whether all that a workload is told can be seen: it is configured by what the code shows, and all of that is known.
    fn settings(&self, lowered: &mut Lowered) {
        let legible = crate::flows::legible(self.input.estate);
        let mut told: FxHashMap<u32, (bool, bool)> = FxHashMap::default();
        for (at, known) in &legible {
            if let Some(component) = Self::component(lowered, *at) {
                told.entry(component).or_insert((true, false)).0 &= *known;
            }
        }
        for flow in self.input.flows {
            let addressed = flow.evidence.iter().any(|evidence| evidence.grade == Grade::Addressed);
            if let (true, End::Resource(from)) = (addressed, &flow.from)
                && let Some(component) = Self::component(lowered, *from)
                && let Some(entry) = told.get_mut(&component)
            {
                entry.1 = true;
            }
        }
        let granted = symbol_of(fact::FLOW_EVIDENCE, "granted");
        let asked: FxHashSet<u32> = lowered
            .model
            .flows
            .iter()
            .filter(|flow| flow.element.symbol(fact::FLOW_EVIDENCE) == granted)
            .map(|flow| flow.source)
            .chain(lowered.model.components.iter().flat_map(|c| c.element.references(fact::IDLE_SOURCES)).copied())
            .collect();
        for (at, component) in (0u32..).zip(&mut lowered.model.components).filter(|(at, _)| asked.contains(at)) {
            // What is no workload is told what it uses by being wired to it.
            let workload = self.parts.get(&at).into_iter().flatten().any(|part| {
                let ty = &*self.input.estate.resource(*part).ty;
                WORKLOADS.contains(&ty) || ty.starts_with("k8s:") || legible.contains_key(part)
            });
            let elsewhere = match told.get(&at) {
                Some((true, true)) => false,
                _ if !workload => true,
                _ => continue,
            };
            if component.element.fact(fact::SETTINGS_ELSEWHERE).is_none() {
                let span = component.element.span;
                let value = FactValue::Bool(elsewhere);
                component.element.set(Fact { id: fact::SETTINGS_ELSEWHERE, value, origin: Origin::Default, span });
            }
        }
    }
}

/// Whether a way is only for people who administer.
fn administrative(way: &Way) -> bool {
    way.ports.iter().all(|ports| ports.first == ports.last && ADMINISTRATION.contains(&ports.first))
}

/// States what was found.
fn state(element: &mut Element, opinions: &[Opinion]) {
    let refused: Vec<&(Text, Span)> = opinions.iter().filter_map(|opinion| opinion.refused.as_ref()).collect();
    let words = |texts: Vec<&Text>| FactValue::Words(texts.into_iter().map(|text| Box::from(&**text)).collect());
    let set = |element: &mut Element, id, value, span| element.set(Fact { id, value, origin: Origin::Imported, span });
    if let Some((_, span)) = refused.first() {
        let span = *span;
        set(element, fact::PERMITTED, FactValue::Bool(false), span);
        set(element, fact::REFUSED_BY, words(refused.iter().map(|(text, _)| text).collect()), span);
        return;
    }
    let open = opinions.iter().filter(|opinion| opinion.admitted.is_none());
    let mut maybe: Vec<&Text> = open.flat_map(|opinion| &opinion.maybe).collect();
    maybe.sort_unstable();
    maybe.dedup();
    maybe.truncate(2);
    let span = element.span;
    if !maybe.is_empty() {
        set(element, fact::REFUSED_BY, words(maybe), span);
    } else if let Some((_, span, _)) = opinions.iter().find_map(|opinion| opinion.admitted.as_ref()) {
        set(element, fact::PERMITTED, FactValue::Bool(true), *span);
    }
}

/// The word of a grade in the vocabulary.
pub fn grade_word(grade: Grade) -> &'static str {
    let word = match grade {
        Grade::Hinted => "hinted",
        Grade::Permitted => "permitted",
        Grade::Granted => "granted",
        Grade::Addressed => "addressed",
        Grade::Wired => "wired",
        Grade::Observed => "observed",
    };
    debug_assert!(symbol_of(fact::FLOW_EVIDENCE, word).is_some(), "the vocabulary has it");
    word
}
