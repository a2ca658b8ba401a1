//! Data flows that nobody drew, with the evidence for each.

mod addressed;
mod configured;
mod hosts;
mod kubernetes;
mod messages;
mod named;
mod operated;
mod outside;
mod services;
mod steps;
mod tls;
pub(crate) mod traefik;
mod wired;

pub(crate) use hosts::is_public;
pub(crate) use kubernetes::{Selected, gateways_of, labels, selected};

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::resource::Text;

use crate::Estate;

/// How good the evidence for a flow is, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Only hinted at: a dependency, a name.
    Hinted,
    /// A network rule permits it.
    Permitted,
    /// The source's identity may act on the target.
    Granted,
    /// The source's configuration holds the target's address.
    Addressed,
    /// The platform itself carries it: a target group, a trigger, a subscription, a route.
    Wired,
    /// It was seen: logs, traces.
    Observed,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlowEvidence {
    /// How good it is.
    pub grade: Grade,
    /// In words: `env CART_SERVICE_ADDR = cartservice:7070`, `dynamodb:PutItem`, `target group`.
    pub text: Text,
    /// Where it stands.
    pub span: Span,
    /// Whether it is only by way of something else that the source is told of: what a secret or parameter holds.
    pub indirect: bool,
}

/// An end of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// A resource of the inventory.
    Resource(u32),
    /// Somebody outside: the internet, a third party's host name, an event source that nobody declares.
    Outside(Text),
}

/// A flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InferredFlow {
    /// Who starts the exchange.
    pub from: End,
    /// Who is called.
    pub to: End,
    /// All evidence, best first; never empty.
    pub evidence: Vec<FlowEvidence>,
    /// The protocol in the vocabulary's word, if known.
    pub protocol: Option<Text>,
    /// The port, if known.
    pub port: Option<u16>,
    /// Whether the source is told to encrypt, or told not to; nothing when it is told neither.
    pub encrypted: Option<bool>,
    /// Where the source is told to sign in with a name and a password as somebody's software is delivered with them.
    pub default_login: Option<Span>,
    /// Whether the target only hands out data (`Some(true)`), or also takes it.
    pub read_only: Option<bool>,
}

impl InferredFlow {
    /// The best evidence's grade.
    pub fn grade(&self) -> Grade {
        self.evidence.iter().map(|evidence| evidence.grade).max().unwrap_or(Grade::Hinted)
    }
}

/// What an identity permits a workload to do with something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The workload, as a resource.
    pub workload: u32,
    /// What it may act on.
    pub target: u32,
    /// The actions, in the provider's words.
    pub actions: Vec<Text>,
    /// Whether all of them only read.
    pub read_only: bool,
    /// The statement.
    pub span: Span,
}

/// Permissions with which a platform fetches on behalf of what it feeds.
const FEEDS: [&str; 2] = ["sqs:ReceiveMessage", "kinesis:GetRecords"];

/// All flows of an inventory with all their evidence, in the order in which the pairs were met.
pub fn infer(estate: &Estate<'_>, granted: &[Granted]) -> Vec<InferredFlow> {
    let mut flows = Flows::default();
    let titles = named::Titles::new(estate);
    wired::infer(estate, &titles, &mut flows);
    kubernetes::infer(estate, &mut flows);
    addressed::infer(estate, &titles, &mut flows);
    messages::infer(estate, &mut flows);
    for grant in granted {
        let shown: Vec<&str> = grant.actions.iter().take(3).map(|action| &**action).collect();
        let more = if grant.actions.len() > 3 { ", …" } else { "" };
        let evidence = FlowEvidence {
            grade: Grade::Granted,
            text: format!("{}{more}", shown.join(", ")).into(),
            span: grant.span,
            indirect: false,
        };
        let (from, to) = (End::Resource(grant.workload), End::Resource(grant.target));
        if grant.actions.iter().all(|action| FEEDS.contains(&&**action))
            && let Some(fed) = flows.by_ends.get(&(to.clone(), from.clone())).copied()
        {
            // What the platform fetches for it is the same exchange.
            if let Some(flow) = flows.list.get_mut(fed) {
                flow.evidence.push(evidence);
            }
            continue;
        }
        let at = flows.add(from, to, evidence);
        if let Some(flow) = flows.list.get_mut(at) {
            flow.read_only = Some(flow.read_only.unwrap_or(true) && grant.read_only);
        }
    }
    hinted(estate, &mut flows);
    for flow in &mut flows.list {
        flow.evidence.sort_by_key(|evidence| std::cmp::Reverse(evidence.grade));
    }
    flows.list
}

/// For each workload that is told anything by its configuration: whether all of it can be read.
pub fn legible(estate: &Estate<'_>) -> std::collections::BTreeMap<u32, bool> {
    addressed::legible(estate)
}

/// Dependencies that somebody declared: the order of starting, and seldom more.
fn hinted(estate: &Estate<'_>, out: &mut Flows) {
    for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
        for other in &resource.depends_on {
            if let Some(target) = estate.find(other).filter(|target| *target != at) {
                let evidence = FlowEvidence {
                    grade: Grade::Hinted,
                    text: "depends on".into(),
                    span: resource.span,
                    indirect: false,
                };
                out.add(End::Resource(at), End::Resource(target), evidence);
            }
        }
    }
}

/// Flows by their ends.
#[derive(Debug, Default)]
struct Flows {
    list: Vec<InferredFlow>,
    by_ends: FxHashMap<(End, End), usize>,
    /// Evidence that is there already, by flow: thousands of settings may name the same thing.
    told: FxHashSet<(usize, FlowEvidence)>,
}

impl Flows {
    /// Adds a piece of evidence; gives the place of the flow.
    fn add(&mut self, from: End, to: End, evidence: FlowEvidence) -> usize {
        let list = &mut self.list;
        let at = *self.by_ends.entry((from.clone(), to.clone())).or_insert_with(|| {
            list.push(InferredFlow {
                from,
                to,
                evidence: Vec::new(),
                protocol: None,
                port: None,
                encrypted: None,
                default_login: None,
                read_only: None,
            });
            list.len() - 1
        });
        if self.told.insert((at, evidence.clone()))
            && let Some(flow) = self.list.get_mut(at)
        {
            flow.evidence.push(evidence);
        }
        at
    }

    /// What the source is told about encryption; one that is told not to decides.
    fn encrypts(&mut self, at: usize, told: Option<bool>) {
        if let (Some(flow), Some(told)) = (self.list.get_mut(at), told) {
            flow.encrypted = Some(flow.encrypted.unwrap_or(true) && told);
        }
    }

    /// Whether the address has a login in it that the target was delivered with.
    fn signs_in(&mut self, at: usize, text: &str, span: Span) {
        if let Some(flow) = self.list.get_mut(at).filter(|_| delivered(text)) {
            flow.default_login.get_or_insert(span);
        }
    }

    /// What is known besides; the first that says it wins.
    fn detail(&mut self, at: usize, port: Option<u16>, scheme: Option<&str>) {
        let Some(flow) = self.list.get_mut(at) else { return };
        flow.port = flow.port.or(port);
        if flow.protocol.is_none() {
            flow.protocol = scheme.map(Text::from);
        }
    }
}

/// Names and passwords with which servers are delivered, or which their images' documentation shows. Sources: the
/// documentation of RabbitMQ, MinIO, Elasticsearch, Neo4j, Cassandra, ActiveMQ and of the official images.
pub(crate) const DELIVERED: [(&str, &str); 14] = [
    ("guest", "guest"),
    ("admin", "admin"),
    ("admin", "password"),
    ("admin", "changeme"),
    ("root", "root"),
    ("root", "example"),
    ("postgres", "postgres"),
    ("minioadmin", "minioadmin"),
    ("elastic", "changeme"),
    ("neo4j", "neo4j"),
    ("cassandra", "cassandra"),
    ("artemis", "artemis"),
    ("sa", ""),
    ("administrator", "password"),
];

/// Whether an address has one of those before its host.
fn delivered(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
        let login = authority.rsplit_once('@').and_then(|(login, _)| login.split_once(':'));
        login.is_some_and(|(user, password)| {
            DELIVERED.iter().any(|(name, word)| user.eq_ignore_ascii_case(name) && password == *word)
        })
    })
}
