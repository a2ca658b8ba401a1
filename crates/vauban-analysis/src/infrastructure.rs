//! Infrastructure as input: what was read, what it means, and the steps it permits.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Diagnostic;
use vauban_model::finding::{Applies, CloudStep, Evidence};
use vauban_model::library::{Cloud, Threat};
use vauban_model::model::{
    Assumption, Boundary, Component, Element, ElementRef, Fact, Model, Origin, Value, symbol_of,
};
use vauban_model::resource::{Inventory, Text};
use vauban_model::vocabulary::{Domain, fact};

use vauban_cloud::Estate;
use vauban_cloud::catalogue::Catalogue;
use vauban_cloud::flows::FlowEvidence;
use vauban_cloud::lower::{LowerOptions, Lowered};
use vauban_cloud::permissions::{Answer, Breadth, Request, Rights, Tables, Target, Verdict, kubernetes_action};

use crate::Session;
use crate::embedded::LoadedLibrary;

/// What was read of infrastructure, kept to answer questions about it.
#[derive(Debug)]
pub struct Infrastructure {
    /// Everything read, in the catalogue's words.
    pub inventory: Inventory,
    /// By resource: the element it became or was folded into.
    pub element_of: Vec<Option<ElementRef>>,
    /// Names in the providers' own form, such as ARNs, with the elements they name.
    pub native: Vec<(Box<str>, ElementRef)>,
    /// Principals of other accounts that policies name, by ARN or account.
    outside: Vec<(Box<str>, ElementRef)>,
    /// By the id of a flow: everything that speaks for it, best first.
    pub evidence: FxHashMap<Box<str>, Vec<FlowEvidence>>,
}

impl Infrastructure {
    /// The element with an address, or with a native name: an ARN whose account and region may be left out, or stand as
    /// `{account_id}` or `*`. Nothing when several fit.
    pub fn element(&self, name: &str) -> Option<ElementRef> {
        if let Some(at) = self.inventory.resources.iter().position(|resource| &*resource.address == name) {
            return self.element_of.get(at).copied().flatten();
        }
        if let Some(found) = self.of_account(name) {
            return Some(found);
        }
        if !name.starts_with("arn:") {
            return None;
        }
        // The closest form first: the same but for what is left out, then parts that only may be the same.
        [Likeness::Same, Likeness::Fits, Likeness::MayFit].into_iter().find_map(|wanted| {
            let mut found = self.native.iter().filter(|(native, _)| likeness(native, name) == Some(wanted));
            let (_, first) = found.next()?;
            found.all(|(_, other)| other == first).then_some(*first)
        })
    }

    /// Whether a resource of the code has an address, be it an element or not.
    pub fn makes(&self, address: &str) -> bool {
        self.inventory.resources.iter().any(|resource| &*resource.address == address)
    }

    /// The identity of another account that policies name, by the number of the account or an ARN of it: the principal
    /// itself, its account where that is named, and otherwise the only one of the account that is named.
    fn of_account(&self, name: &str) -> Option<ElementRef> {
        let account = if is_account(name) { name } else { account_of_principal(name)? };
        let exact = |wanted: &str| self.outside.iter().find(|(known, _)| **known == *wanted).map(|(_, at)| *at);
        exact(name).or_else(|| exact(account)).or_else(|| {
            let mut own = self.outside.iter().filter(|(known, _)| account_of_principal(known) == Some(account));
            let (_, first) = own.next()?;
            own.next().is_none().then_some(*first)
        })
    }
}

/// The number of the account in which an ARN of a user, a role or an account lies.
fn account_of_principal(arn: &str) -> Option<&str> {
    let mut parts = arn.strip_prefix("arn:")?.split(':');
    let (_, service, _, account) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (matches!(service, "iam" | "sts") && is_account(account)).then_some(account)
}

/// Whether a text is the number of an account of AWS.
fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// How much two ARNs are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    /// The same, but for account and region that one of them leaves open.
    Same,
    /// One is a form of the other.
    Fits,
    /// There is a name that both may stand for.
    MayFit,
}

/// Whether two ARNs may name the same thing: parts that stand as `${…}`, `{…}`, `*` or are left out fit everything;
/// service, kind and name must be the same where both are known.
fn likeness(one: &str, other: &str) -> Option<Likeness> {
    let split = |arn: &str| -> Option<[String; 4]> {
        let arn = without_placeholders(arn);
        let mut parts = arn.splitn(6, ':');
        let (_, _) = (parts.next()?, parts.next()?);
        // `function:name` and `function/name` are both written.
        Some([
            parts.next()?.to_owned(),
            parts.next()?.to_owned(),
            parts.next()?.to_owned(),
            parts.next()?.replace(':', "/"),
        ])
    };
    let (a, b) = (split(one)?, split(other)?);
    let loose = |a: &str, b: &str| a.is_empty() || b.is_empty() || may_be_same(a.as_bytes(), b.as_bytes());
    if a[0] != b[0] || !loose(&a[1], &b[1]) || !loose(&a[2], &b[2]) {
        return None;
    }
    let (x, y) = (&a[3], &b[3]);
    if x == y {
        return Some(Likeness::Same);
    }
    if x.matches('/').count() == y.matches('/').count() && (fits(x, y) || fits(y, x)) {
        return Some(Likeness::Fits);
    }
    (x.matches('/').count() == y.matches('/').count() && may_be_same(x.as_bytes(), y.as_bytes()))
        .then_some(Likeness::MayFit)
}

/// Whether some text fits both of two patterns in which `*` stands for anything.
fn may_be_same(a: &[u8], b: &[u8]) -> bool {
    // By row: whether the rest of `a` from here and the rest of `b` from each place have a text in common.
    let mut next: Vec<bool> = vec![false; b.len() + 1];
    for i in (0..=a.len()).rev() {
        let mut row = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            row[j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some(b'*'), _) => next[j] || j < b.len() && row[j + 1],
                (_, Some(b'*')) => row[j + 1] || i < a.len() && next[j],
                (Some(x), Some(y)) => x == y && next[j + 1],
                _ => false,
            };
        }
        next = row;
    }
    next[0]
}

impl Infrastructure {
    /// The resource with a name: an address, its end where that is unique, a native name, or an element's name.
    fn resource(&self, session: &Session, name: &str) -> Option<u32> {
        let at = |at: usize| u32::try_from(at).ok();
        let resources = &self.inventory.resources;
        if let Some(found) = resources.iter().position(|resource| &*resource.address == name) {
            return at(found);
        }
        let mut ends = resources.iter().enumerate().filter(|(_, resource)| {
            resource.address.strip_suffix(name).is_some_and(|before| before.ends_with([':', '.', '/']))
        });
        if let (Some((found, _)), None) = (ends.next(), ends.next()) {
            return at(found);
        }
        let element = session.element(name)?;
        // Parts are folded into their owner: the owner itself is the one whose address is the element's id.
        let id = session.project.model.id(element);
        resources
            .iter()
            .position(|resource| &*resource.address == id)
            .or_else(|| self.element_of.iter().position(|known| *known == Some(element)))
            .and_then(at)
    }
}

/// The text with `*` for each `${…}` and `{…}`.
fn without_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0usize;
    for letter in text.chars() {
        match letter {
            '{' => {
                if depth == 0 {
                    if out.ends_with('$') {
                        out.pop();
                    }
                    out.push('*');
                }
                depth += 1;
            }
            '}' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            letter => out.push(letter),
        }
    }
    out
}

/// Whether a text fits a pattern in which `*` stands for anything, itself included.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = first;
    let mut any = false;
    for part in parts {
        any = true;
        last = part;
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    if any { last.is_empty() || text.ends_with(last) } else { rest.is_empty() }
}

/// Why a question about permissions has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CanError {
    /// The model was not read from infrastructure.
    NotInfrastructure,
    /// Nothing has this name.
    Unknown(String),
    /// It is no principal and runs as none.
    NoPrincipal(String),
    /// No cloud writes an action so.
    NoAction(String),
    /// The cloud has no such action: it, and the one that was probably meant.
    NoSuchAction(String, Option<String>),
    /// A namespace is asked about, and who is asked about is of no cluster.
    NoCluster(String),
    /// A namespace is given beside something that has its place already.
    PlacedAlready(String),
}

/// A statement that decided, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanStatement {
    /// Whether it allows or denies.
    pub allows: bool,
    /// What it says.
    pub text: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// Whether one principal may do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanAnswer {
    /// The principal's address.
    pub who: String,
    /// The action.
    pub action: String,
    /// On what.
    pub what: Option<String>,
    /// `allowed`, `denied`, `unknown`, or `settable`: once something is changed that somebody may change.
    pub answer: &'static str,
    /// The statements that decided.
    pub statements: Vec<CanStatement>,
    /// What it leans on that nobody said.
    pub assumptions: Vec<String>,
    /// What has to be changed first.
    pub changes: Vec<String>,
    /// The action that was probably meant, where ours is not listed and the lists of its cloud are not complete.
    pub meant: Option<String>,
}

/// Whether an action is written as its cloud writes them: `service:Action`, `Provider/type/verb` (or `entra:…` for the
/// directory), `service.resource.verb`, `verb resources`. A misspelt one would be denied, and that is no answer.
fn is_action(cloud: Cloud, action: &str) -> bool {
    match cloud {
        Cloud::Aws => action == "*" || action.split_once(':').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty()),
        Cloud::Azure => action.contains('/') || action.starts_with("entra:"),
        Cloud::Gcp => action.split('.').filter(|part| !part.is_empty()).count() > 2,
        Cloud::Kubernetes => action.split_ascii_whitespace().count() == 2,
    }
}

/// How people name everybody without an account.
const ANYBODY: [&str; 4] = ["internet", "anybody", "anyone", "*"];

/// Answers whether somebody may do something.
pub(crate) fn can(
    session: &Session,
    who: &str,
    action: &str,
    what: Option<&str>,
    namespace: Option<&str>,
) -> Result<Vec<CanAnswer>, CanError> {
    let infrastructure = session.project.infrastructure.as_ref().ok_or(CanError::NotInfrastructure)?;
    let files = session.library.infrastructure_files();
    let (tables, _) = Tables::read(&files);
    let estate = Estate::new(&infrastructure.inventory);
    let rights = Rights::new(&estate, &tables);
    let known = infrastructure.resource(session, who);
    if let (None, Some(outside)) = (known, rights.foreign(who)) {
        if namespace.is_some() {
            return Err(CanError::NoCluster(who.to_owned()));
        }
        if !is_action(Cloud::Aws, action) {
            return Err(CanError::NoAction(action.to_owned()));
        }
        if let Some(none) = tables.no_such_action(Cloud::Aws, action) {
            return Err(CanError::NoSuchAction(action.to_owned(), none.meant));
        }
        let target = target_of(session, infrastructure, what)?;
        let verdict = outside(action, target);
        return Ok(vec![answered(session, &estate, (who, action, what), target, verdict)]);
    }
    let suits = |principal: &u32| {
        rights.principals().get(*principal as usize).is_some_and(|principal| is_action(principal.cloud, action))
    };
    // What a workload or an account of a cluster is in a cloud, with what that leans on.
    let mut tied: Vec<(u32, Vec<Text>)> = Vec::new();
    if let Some(resource) = known.filter(|at| estate.resource(*at).ty.starts_with("k8s:")) {
        tied.extend(rights.runs_as(resource).into_iter().map(|principal| (principal, Vec::new())));
        for one in rights.vouched_roles(resource) {
            if !tied.iter().any(|(principal, _)| *principal == one.0) {
                tied.push(one);
            }
        }
        tied.retain(|(principal, _)| suits(principal));
    }
    let principals: Vec<Option<u32>> = match known {
        Some(resource) => match rights.principal_of(resource) {
            // An account of a cluster answers for what it is in a cloud where the action is the cloud's.
            Some(principal) if suits(&principal) || tied.is_empty() => vec![Some(principal)],
            _ if !tied.is_empty() => tied.iter().map(|(principal, _)| Some(*principal)).collect(),
            // Who of a directory is assigned rights has those; a workload has those of what it runs as.
            _ => rights.assigned(resource).into_iter().chain(rights.runs_as(resource)).map(Some).collect(),
        },
        None if ANYBODY.contains(&who) => vec![None],
        None => return Err(CanError::Unknown(who.to_owned())),
    };
    let Some(first) = principals.first() else { return Err(CanError::NoPrincipal(who.to_owned())) };
    let cloud = first.and_then(|at| rights.principals().get(at as usize)).map(|principal| principal.cloud);
    if namespace.is_some() && cloud != Some(Cloud::Kubernetes) {
        return Err(CanError::NoCluster(who.to_owned()));
    }
    let clouds = [Cloud::Aws, Cloud::Azure, Cloud::Gcp, Cloud::Kubernetes];
    if !clouds.iter().any(|one| cloud.is_none_or(|cloud| cloud == *one) && is_action(*one, action)) {
        return Err(CanError::NoAction(action.to_owned()));
    }
    // The command line of clusters has further words for the same.
    let spelt = (cloud == Some(Cloud::Kubernetes)).then(|| kubernetes_action(action));
    let asked = spelt.as_deref().unwrap_or(action);
    let of: Vec<Cloud> =
        clouds.into_iter().filter(|one| cloud.is_none_or(|cloud| cloud == *one) && is_action(*one, action)).collect();
    let none = match of.as_slice() {
        [only] => tables.no_such_action(*only, asked),
        _ => None,
    };
    let meant = match none {
        Some(none) if none.certain => return Err(CanError::NoSuchAction(action.to_owned(), none.meant)),
        none => none.and_then(|none| none.meant),
    };
    let named = what.is_some_and(|what| infrastructure.resource(session, what).is_some());
    let of_cluster = cloud == Some(Cloud::Kubernetes) && (namespace.is_some() || !named);
    let object = of_cluster.then(|| object(&estate, what, namespace)).flatten();
    if let (Some(placed), Some(_), None) = (what, namespace, &object)
        && (named || placed.contains([':', '/']))
    {
        return Err(CanError::PlacedAlready(placed.to_owned()));
    }
    let what = object.as_deref().or(what);
    let target = target_of(session, infrastructure, what)?;
    let mut out = Vec::new();
    for principal in principals {
        let verdict = match principal {
            Some(principal) => rights.can_and_why(principal, asked, target, &Request::default()),
            None => rights.anyone(action, target),
        };
        let mut verdict = verdict;
        if principal.is_none() && rights.wants_an_account(action, target) {
            verdict.assumptions.push("whoever asks has some account of the provider; any will do".into());
        }
        let leans = tied.iter().find(|(tied, _)| Some(*tied) == principal);
        verdict.assumptions.extend(leans.into_iter().flat_map(|(_, assumptions)| assumptions).cloned());
        let address = principal
            .and_then(|principal| rights.principals().get(principal as usize))
            .map_or(who, |principal| &*estate.resource(principal.resource).address);
        let answer = answered(session, &estate, (address, action, what), target, verdict);
        out.push(CanAnswer { meant: meant.clone(), ..answer });
    }
    Ok(out)
}

/// The object of a cluster that is asked about, as the inventory writes objects: `shop/secrets/login`, `secrets/login` with a
/// namespace beside it, or all that a namespace has, by its name. Nothing for what is written so already.
fn object(estate: &Estate<'_>, what: Option<&str>, namespace: Option<&str>) -> Option<String> {
    let whole = |namespace: &str| format!("k8s:{namespace}/*/*");
    let Some(what) = what else { return namespace.map(whole) };
    if what.contains(':') {
        return None;
    }
    let parts: Vec<&str> = what.split('/').filter(|part| !part.is_empty()).collect();
    match (parts.as_slice(), namespace) {
        ([space, kind, name], None) => Some(format!("k8s:{space}/{kind}/{name}")),
        ([kind, name], space) => Some(format!("k8s:{}/{kind}/{name}", space.unwrap_or("default"))),
        ([space], None) => {
            let count = u32::try_from(estate.inventory.resources.len()).unwrap_or(u32::MAX);
            let known = (0..count).any(|at| estate.namespaced(at).is_some_and(|(own, _)| own.as_str() == *space));
            known.then(|| whole(space))
        }
        _ => None,
    }
}

/// What a question is about.
fn target_of<'n>(
    session: &Session,
    infrastructure: &Infrastructure,
    what: Option<&'n str>,
) -> Result<Target<'n>, CanError> {
    Ok(match what {
        None => Target::Anything,
        Some(name) => match infrastructure.resource(session, name) {
            Some(at) => Target::Resource(at),
            None if name.contains(':') || name.contains('/') => Target::Named(name),
            None => return Err(CanError::Unknown(name.to_owned())),
        },
    })
}

/// A verdict for people.
fn answered(
    session: &Session,
    estate: &Estate<'_>,
    (who, action, what): (&str, &str, Option<&str>),
    target: Target<'_>,
    verdict: Verdict,
) -> CanAnswer {
    let shown = match target {
        Target::Resource(at) => Some(estate.resource(at).address.to_string()),
        _ => what.map(str::to_owned),
    };
    CanAnswer {
        who: who.to_owned(),
        action: action.to_owned(),
        what: shown,
        answer: match verdict.answer {
            Answer::Allowed => "allowed",
            Answer::Denied => "denied",
            Answer::Unknown => "unknown",
            Answer::Settable => "settable",
        },
        statements: verdict
            .statements
            .iter()
            .map(|statement| CanStatement {
                allows: statement.allows,
                text: statement.text.to_string(),
                file: session.project.sources.name(statement.span.file).to_owned(),
                line: statement.span.line,
                column: statement.span.column,
            })
            .collect(),
        assumptions: verdict.assumptions.iter().map(ToString::to_string).collect(),
        changes: verdict
            .settable
            .iter()
            .map(|one| format!("{} of {}", one.what, estate.resource(one.resource).address))
            .collect(),
        meant: None,
    }
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Meaning {
    pub(crate) model: Model,
    pub(crate) steps: Vec<CloudStep>,
    pub(crate) infrastructure: Infrastructure,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// What the library knows of infrastructure, read once.
#[derive(Debug)]
pub(crate) struct Knowledge<'a> {
    catalogue: Catalogue,
    tables: Tables<'a>,
    detection: vauban_cloud::detection::Table,
    threats: &'a [Threat],
    /// What is wrong with it.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'a> Knowledge<'a> {
    /// Reads the catalogue of resources and the tables of permissions.
    pub(crate) fn new(library: &'a LoadedLibrary) -> Self {
        let files = library.infrastructure_files();
        let shelves: Vec<_> = files.iter().filter(|file| file.path.starts_with("resources/")).copied().collect();
        let (catalogue, mut diagnostics) = Catalogue::read(&shelves);
        let (tables, more) = Tables::read(&files);
        diagnostics.extend(more);
        let (detection, more) = vauban_cloud::detection::Table::read(&files);
        diagnostics.extend(more);
        Knowledge { catalogue, tables, detection, threats: &library.library.threats, diagnostics }
    }
}

/// Says what an inventory means.
pub(crate) fn understand(
    output: vauban_infrastructure::Output,
    folder: &str,
    unfold: bool,
    knowledge: &Knowledge<'_>,
) -> Meaning {
    let name = folder.rsplit('/').next().filter(|name| !name.is_empty() && *name != ".").unwrap_or("system");
    let Knowledge { catalogue, tables, detection, threats, .. } = knowledge;
    let mut inventory = output.inventory;
    let mut diagnostics = output.diagnostics;
    diagnostics.extend(catalogue.canonicalise(&mut inventory));
    diagnostics.extend(vauban_cloud::tell_apart(&mut inventory));
    let estate = Estate::new(&inventory);
    let rights = Rights::new(&estate, tables);
    diagnostics.extend(rights.diagnostics().iter().cloned());
    let woven = vauban_cloud::network::weave(&estate);
    let network = woven.network();
    let credentials = vauban_cloud::secrets::find(&estate);
    let runs_as = workloads(&estate, &rights);
    let granted = vauban_cloud::granted::granted(&estate, &rights, &runs_as);
    let flows = vauban_cloud::flows::infer(&estate, &granted);
    let input = vauban_cloud::lower::Input {
        estate: &estate,
        catalogue,
        credentials: &credentials,
        network,
        flows: &flows,
        runs_as: &runs_as,
        open: &rights,
    };
    let mut lowered = vauban_cloud::lower::lower(&input, LowerOptions { unfold });
    let uses =
        vauban_cloud::uses::Input { estate: &estate, rights: &rights, woven: &woven, flows: &flows, runs_as: &runs_as };
    vauban_cloud::uses::judge(&uses, &mut lowered);
    lowered.model.system.id = name.into();
    lowered.model.system.name = name.into();
    diagnostics.append(&mut lowered.diagnostics);
    let drawn = lowered.model.components.len();
    let internet = internet(&mut lowered.model);
    outsiders(&rights, &mut lowered);
    builds(&rights, &mut lowered);
    ruled_places(&estate, &rights, &mut lowered);
    let inputs = vauban_cloud::grants::Inputs {
        estate: &estate,
        lowered: &lowered,
        rights: &rights,
        flows: &flows,
        network,
        threats,
        internet: Some(internet),
    };
    let (mut steps, left_out) = vauban_cloud::grants::steps(&inputs);
    alike(&mut steps);
    diagnostics.extend(left_out);
    vauban_cloud::detection::watch(&estate, &lowered, detection, &mut steps);
    administrators(&mut lowered.model, &steps);
    if drawn < lowered.model.components.len() && !steps.iter().any(|step| speaks_of(step, internet)) {
        // Nobody out there can do anything: an entity that talks to nobody would only be in the way.
        lowered.model.components.truncate(drawn);
    }
    let mut native = native(&rights, &lowered.element_of);
    let mut others: Vec<_> = lowered.outsider_of.iter().map(|(name, element)| (Box::from(&**name), *element)).collect();
    others.sort_unstable();
    let foreigners = rights.foreigners();
    others.retain(|(name, _)| !foreigners.iter().any(|one| *one.name == **name));
    native.extend(others);
    let outside: Vec<(Box<str>, ElementRef)> = foreigners
        .iter()
        .filter_map(|one| Some((Box::from(&*one.name), *lowered.outsider_of.get(&one.name)?)))
        .collect();
    let element_of = lowered.element_of;
    let model = lowered.model;
    let of_flow = |(at, list): (u32, Vec<FlowEvidence>)| Some((model.flows.get(at as usize)?.element.id.clone(), list));
    let evidence = lowered.evidence.into_iter().filter_map(of_flow).collect();
    drop(rights);
    Meaning {
        model,
        steps,
        infrastructure: Infrastructure { inventory, element_of, native, outside, evidence },
        diagnostics,
    }
}

/// Takes in what people answered about what the steps assume: a step whose assumption is not so is none, and one of which
/// nothing is left to assume is sure.
pub(crate) fn settle(steps: &mut Vec<CloudStep>, model: &Model) {
    if model.assumptions.is_empty() && model.refuted.is_empty() {
        return;
    }
    let refuted: FxHashSet<&str> = model.refuted.iter().map(|it| &*it.text).collect();
    steps.retain(|step| !step.assumptions.iter().any(|text| refuted.contains(&**text)));
    let granted: FxHashMap<&str, &Assumption> = model.assumptions.iter().map(|it| (&*it.text, it)).collect();
    for step in steps {
        let before = step.assumptions.len();
        let mut said = Vec::new();
        step.assumptions.retain(|text| match granted.get(&**text) {
            Some(assumption) => {
                said.push(*assumption);
                false
            }
            None => true,
        });
        if before > 0 && step.assumptions.is_empty() && step.applies == Applies::Asks {
            step.applies = Applies::Fires;
        }
        step.evidence.extend(said.into_iter().map(|assumption| Evidence {
            element: step.element,
            fact: "assumption".into(),
            value: assumption.text.clone(),
            origin: Origin::Answered,
            span: assumption.span,
        }));
    }
}

/// Takes out steps that are the same for several instances that one element stands for.
fn alike(steps: &mut Vec<CloudStep>) {
    type Key = (Option<u32>, Box<str>, ElementRef, ElementRef, Box<str>);
    let mut first: FxHashMap<Key, Vec<usize>> = FxHashMap::default();
    let mut kept: Vec<CloudStep> = Vec::with_capacity(steps.len());
    for step in steps.drain(..) {
        let key = (step.threat, step.consequence.clone(), step.element, step.target, step.label.clone());
        let same = first.entry(key).or_default();
        let known = same.iter().take(8).any(|at| {
            let other: &CloudStep = &kept[*at];
            other.applies == step.applies
                && other.needs == step.needs
                && other.gains == step.gains
                && other.bindings == step.bindings
                && other.hindered_by == step.hindered_by
                && other.assumptions == step.assumptions
        });
        if !known {
            same.push(kept.len());
            kept.push(step);
        }
    }
    *steps = kept;
}

/// The providers' own names of elements. Where a part is named like its owner, such as a key like its user, the identity
/// has the name; otherwise the first.
fn native(rights: &Rights<'_>, element_of: &[Option<ElementRef>]) -> Vec<(Box<str>, ElementRef)> {
    let mut out: Vec<(Box<str>, ElementRef)> = Vec::new();
    let mut known: FxHashMap<Box<str>, usize> = FxHashMap::default();
    for (at, element) in (0u32..).zip(element_of) {
        let (Some(name), Some(element)) = (rights.name_of(at), *element) else { continue };
        match known.get(name) {
            Some(place) => {
                if element.domain == Domain::Identity && out[*place].1.domain != Domain::Identity {
                    out[*place].1 = element;
                }
            }
            None => {
                known.insert(name.into(), out.len());
                out.push((name.into(), element));
            }
        }
    }
    out
}

/// An identity for each principal outside the code whom a role admits, or a policy of anything where it is of another
/// account.
fn outsiders(rights: &Rights<'_>, lowered: &mut Lowered) {
    for outsider in rights.outsiders() {
        if lowered.outsider_of.contains_key(&outsider.name) {
            continue;
        }
        let span = outsider.statement.span;
        let last = outsider.name.rsplit(['/', ':']).next().unwrap_or(&outsider.name);
        let name = match outsider.account {
            true => format!("account {}", outsider.name),
            false if outsider.federated => outsider.name.to_string(),
            false => last.to_owned(),
        };
        let mut element = Element::new(&*outsider.name, name, span);
        let kind = if outsider.name.contains(":user/") { "person" } else { "service" };
        let mut set = |id, value| element.set(Fact { id, value, origin: Origin::Imported, span });
        set(fact::IDENTITY_KIND, Value::Symbol(symbol_of(fact::IDENTITY_KIND, kind).unwrap_or(0)));
        if !outsider.enough || outsider.federated {
            set(fact::EXTERNAL, Value::Bool(true));
        }
        lowered.model.identities.push(element);
        let at = ElementRef::new(Domain::Identity, lowered.model.identities.len() - 1);
        lowered.outsider_of.insert(outsider.name.clone(), at);
    }
    for foreigner in rights.foreigners() {
        let span = foreigner.statement.span;
        let last = foreigner.name.rsplit(['/', ':']).next().unwrap_or(&foreigner.name);
        let name = if foreigner.whole {
            format!("AWS account {}", foreigner.account)
        } else {
            format!("{last} of AWS account {}", foreigner.account)
        };
        let mut element = Element::new(&*foreigner.name, name, span);
        let kind = if foreigner.name.contains(":user/") { "person" } else { "service" };
        let mut set = |id, value| element.set(Fact { id, value, origin: Origin::Imported, span });
        set(fact::IDENTITY_KIND, Value::Symbol(symbol_of(fact::IDENTITY_KIND, kind).unwrap_or(0)));
        // Where the code does not say its own account, the account that is named may be it.
        if rights.knows_own_account() {
            set(fact::EXTERNAL, Value::Bool(true));
        }
        lowered.model.identities.push(element);
        let at = ElementRef::new(Domain::Identity, lowered.model.identities.len() - 1);
        lowered.outsider_of.insert(foreigner.name.clone(), at);
    }
}

/// An identity for each build of another service, or all who can push to what it builds, that a role admits.
fn builds(rights: &Rights<'_>, lowered: &mut Lowered) {
    for build in rights.builds() {
        if lowered.outsider_of.contains_key(&build.id) {
            continue;
        }
        let mut element = Element::new(&*build.id, &*build.name, build.statement.span);
        let kind = if build.breadth == Breadth::One { "pipeline" } else { "group" };
        element.set(Fact {
            id: fact::IDENTITY_KIND,
            value: Value::Symbol(symbol_of(fact::IDENTITY_KIND, kind).unwrap_or(0)),
            origin: Origin::Imported,
            span: build.statement.span,
        });
        lowered.model.identities.push(element);
        let at = ElementRef::new(Domain::Identity, lowered.model.identities.len() - 1);
        lowered.outsider_of.insert(build.id.clone(), at);
    }
}

/// A boundary for each resource group, folder, management group and organisation that somebody rules by itself: it can be
/// asked for, and whoever rules it is told as its owner. Nothing else is drawn inside: what lies in it lies in its
/// subscription as before.
fn ruled_places(estate: &Estate<'_>, rights: &Rights<'_>, lowered: &mut Lowered) {
    for (place, resource, title) in rights.ruled_places() {
        if lowered.place_of.contains_key(&place) {
            continue;
        }
        let address = resource.map(|at| estate.resource(at));
        let own = resource.and_then(|at| lowered.element(at)).filter(|element| {
            element.domain == Domain::Boundary && address.is_some_and(|one| *one.address == *lowered.model.id(*element))
        });
        if let Some(own) = own {
            lowered.place_of.insert(place, own);
            continue;
        }
        let span = address.map_or(lowered.model.system.span, |one| one.span);
        let title = title.replace('`', "");
        let (level, name) = title.rsplit_once(' ').unwrap_or(("", &title));
        let id = address.map_or_else(|| format!("{}:{name}", level.replace(' ', "-")), |one| one.address.to_string());
        let mut element = Element::new(id, title.as_str(), span);
        let kind = Value::Symbol(symbol_of(fact::BOUNDARY_KIND, "organisation").unwrap_or(0));
        element.set(Fact { id: fact::BOUNDARY_KIND, value: kind, origin: Origin::Imported, span });
        let around = rights.account_of_place(place).and_then(|account| lowered.place_of.get(&account));
        let parent = around.map(|around| around.index);
        lowered.model.boundaries.push(Boundary { element, parent });
        let at = ElementRef::new(Domain::Boundary, lowered.model.boundaries.len() - 1);
        lowered.place_of.insert(place, at);
        if let Some(slot) = resource.and_then(|at| lowered.element_of.get_mut(at as usize)) {
            *slot = Some(at);
        }
    }
}

/// Says of an identity that controls an account for sure that it has administrative rights.
fn administrators(model: &mut Model, steps: &[CloudStep]) {
    for step in steps {
        if &*step.consequence != "administers-account" || step.applies != Applies::Fires {
            continue;
        }
        let (Domain::Identity, Some(reason)) = (step.element.domain, step.evidence.first()) else { continue };
        if let Some(identity) = model.identities.get_mut(step.element.at()) {
            identity.set(Fact {
                id: fact::PRIVILEGED,
                value: Value::Bool(true),
                origin: Origin::Imported,
                span: reason.span,
            });
        }
    }
}

/// Whether a step begins, happens or ends at an element.
fn speaks_of(step: &CloudStep, element: ElementRef) -> bool {
    step.element == element
        || step.target == element
        || step.gains.iter().chain(step.needs.iter().flatten()).any(|state| state.element == element)
}

/// The element that stands for everybody on the internet.
fn internet(model: &mut Model) -> ElementRef {
    let span = model.system.span;
    let at = model.components.iter().position(|component| &*component.element.id == "internet").unwrap_or_else(|| {
        let mut element = Element::new("internet", "the internet", span);
        element.set(Fact {
            id: fact::KIND,
            value: Value::Symbol(symbol_of(fact::KIND, "external-entity").unwrap_or(0)),
            origin: Origin::Imported,
            span,
        });
        model.components.push(Component { element, boundary: None, parent: None });
        model.components.len() - 1
    });
    model.components[at].element.set(Fact {
        id: fact::INTERNET_FACING,
        value: Value::Bool(true),
        origin: Origin::Imported,
        span,
    });
    ElementRef::new(Domain::Component, at)
}

/// Which workload acts as which principal, both as resources.
fn workloads(estate: &Estate<'_>, rights: &Rights<'_>) -> Vec<(u32, u32)> {
    let count = u32::try_from(estate.inventory.resources.len()).unwrap_or(u32::MAX);
    let mut out = Vec::new();
    for at in 0..count {
        for principal in rights.runs_as(at) {
            if let Some(principal) = rights.principals().get(principal as usize) {
                out.push((at, principal.resource));
            }
        }
    }
    out
}
