//! Builds of other services that a role lets in by the subject of their token: one branch or environment, whatever is
//! pushed to one repository, or every repository of an organisation.
//!
//! What a trust admits is found by trying: a subject that nobody has named, made by the form that the service gives its
//! subjects, is put to the conditions. So a star that stands for itself (`StringEquals`) admits nobody, and `repo:shop/app*`
//! admits more than one repository.

use super::conditions::{Condition, Held};
use super::evaluate::{Aws, Call, Caller};
use super::level::Level;
use super::matching::Tri;
use super::policy::{Stmt, Who};
use super::principals::Applied;
use crate::permissions::tables::Service;
use crate::permissions::{Answer, Request};

/// How many of a service's builds a trust lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breadth {
    /// Those of one branch, environment, workspace or step.
    One,
    /// Whatever anybody pushes to one repository or project.
    Repository,
    /// Those of every repository of an owner, or of all that have a certain name.
    Organisation,
}

/// A part of the names of a service's subjects that nobody has taken.
const NOBODYS: &str = "probe-7f3a";

/// Claims that whoever writes the build chooses, or that say nothing of whose it is.
const FREE: [&str; 7] = ["aud", "azp", "event_name", "ref_type", "runner_environment", "runner", "workflow"];

/// How many pairs of an owner and a project are made of lists of both: more than fit into a trust of AWS.
const MOST: usize = 1024;

/// Who of a service comes: patterns as they are written. Without a project, the owner's part is both: one unknown value
/// says the whole name of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    owner: String,
    project: String,
    rest: String,
}

/// Builds that a statement lets in.
#[derive(Clone, Debug)]
pub(crate) struct Admitted {
    /// The subject, as the service writes it.
    pub(crate) id: String,
    /// In words.
    pub(crate) name: String,
    pub(crate) breadth: Breadth,
    pub(crate) level: Level,
}

impl Aws<'_> {
    /// The builds of other services that a role admits, each with the widest that is sure of it.
    pub(crate) fn builds(&self, role: u32) -> Vec<Admitted> {
        let Some(own) = self.resources.own.get(&role) else { return Vec::new() };
        let request = Request::default();
        let call = Call {
            caller: Caller::Anybody,
            action: "sts:assumerolewithwebidentity",
            target: Some(role),
            account: self.account_of(role),
            request: &request,
        };
        let mut out: Vec<Admitted> = Vec::new();
        let denials: Vec<&Stmt> = own
            .statements
            .iter()
            .filter_map(|number| self.store.all.get(*number as usize))
            .filter(|one| !one.allows && Self::speaks(one, call.action) != Tri::No)
            .collect();
        for number in &own.statements {
            let Some((statement, applied)) = self.held(*number).filter(|(one, _)| one.allows) else { continue };
            let fit = Self::speaks(statement, call.action);
            if fit == Tri::No {
                continue;
            }
            for who in statement.principals.iter().flatten() {
                let Who::Federated(provider) = who else { continue };
                let issuer = self.provider(provider);
                let issuer = issuer.rsplit_once("oidc-provider/").map_or(issuer.as_str(), |(_, rest)| rest);
                let issuer = issuer.trim_start_matches("https://").trim_end_matches('/');
                for service in self.services(issuer, statement) {
                    for candidate in candidates(service, issuer, statement) {
                        let found = self.admitted(&call, service, &candidate, (statement, applied, fit), &denials);
                        let Some(found) = found else { continue };
                        match out.iter_mut().find(|known| known.id == found.id) {
                            Some(known) if found.level.answer > known.level.answer => *known = found,
                            Some(_) => {}
                            None => out.push(found),
                        }
                    }
                }
            }
        }
        out
    }

    /// The services whose tokens an issuer may sign: by its name, or by the form of the subjects that are asked for where
    /// the service also runs on its users' own machines.
    fn services<'s>(&'s self, issuer: &str, statement: &Stmt) -> Vec<&'s Service> {
        let known: Vec<&Service> = self.tables.builds.iter().filter(|one| hosted(one, issuer)).collect();
        if !known.is_empty() {
            return known;
        }
        let speaks = |one: &&Service| {
            let prefix = one.subject.split('{').next().unwrap_or_default();
            one.elsewhere && subjects(statement).any(|subject| subject.starts_with(prefix))
        };
        self.tables.builds.iter().filter(speaks).take(1).collect()
    }

    /// The widest that a statement lets in of what a candidate stands for.
    fn admitted(
        &self,
        call: &Call<'_>,
        service: &Service,
        candidate: &Candidate,
        (statement, applied, fit): (&Stmt, Applied, Tri),
        denials: &[&Stmt],
    ) -> Option<Admitted> {
        let made = |text: &str| text.replace('*', NOBODYS).replace('?', "x");
        let (project, rest) = (made(&candidate.project), made(&candidate.rest));
        let any = || service.any.iter().map(|form| form.replace("{any}", NOBODYS));
        let wide = candidate.project.contains(['*', '?']);
        let mut tried: Vec<(Breadth, String, bool)> = Vec::new();
        if wide {
            tried.extend(any().map(|rest| (Breadth::Organisation, rest, false)));
            tried.push((Breadth::Organisation, rest, true));
        } else {
            tried.extend(any().map(|rest| (Breadth::Repository, rest, false)));
            // What is not known at all may be a star.
            if !rest.starts_with("${") {
                tried.push((Breadth::One, rest, true));
            }
        }
        let mut best: Option<(Breadth, Level)> = None;
        for (breadth, rest, as_written) in tried {
            let probe = Candidate { owner: candidate.owner.clone(), project: project.clone(), rest };
            let mut level = Level { parts: vec![applied], ..Level::plain(Answer::Allowed) };
            if fit == Tri::Maybe || !statement.certain {
                let text = format!("`{}` covers it, which depends on a value that is not known", statement.label);
                level.assumptions.push(text.into());
                level = level.capped(Answer::Unknown);
            }
            for condition in &statement.conditions {
                match self.met(call, service, condition, &probe, as_written) {
                    Tri::Yes => {}
                    Tri::No => level = Level::plain(Answer::Denied),
                    Tri::Maybe => {
                        // A branch whose name is not known is one branch all the same.
                        if !as_written && !candidate.rest.starts_with("${") && condition.key.ends_with(":sub") {
                            level = Level::plain(Answer::Denied);
                        } else {
                            let text = format!("the condition that {} does not stand in the way", condition.describe());
                            level.assumptions.push(text.into());
                            level = level.capped(Answer::Unknown);
                        }
                    }
                }
                if level.answer == Answer::Denied {
                    break;
                }
            }
            let denials = if level.answer == Answer::Denied { &[] } else { denials };
            for denial in denials {
                // Whom the number of a repository means nobody knows here.
                let all = denial.conditions.iter().map(|one| match belongs(service, one) {
                    true => Tri::Maybe,
                    false => self.met(call, service, one, &probe, as_written),
                });
                match all.min().unwrap_or(Tri::Yes) {
                    Tri::Yes if denial.certain => level = Level::plain(Answer::Denied),
                    Tri::No => {}
                    _ => {
                        level.assumptions.push(format!("`{}` does not deny it", denial.label).into());
                        level = level.capped(Answer::Unknown);
                    }
                }
            }
            let better = best.as_ref().is_none_or(|(_, known)| level.answer > known.answer);
            if level.answer != Answer::Denied && better {
                best = Some((breadth, level));
            }
        }
        let (breadth, level) = best?;
        let written = |form: &str, rest: &str| filled(form, &candidate.owner, &candidate.project, rest);
        let (who, rest) = match breadth {
            Breadth::One => (&service.one, candidate.rest.as_str()),
            Breadth::Repository => (&service.whole, "*"),
            Breadth::Organisation if candidate.project == "*" => (&service.all, "*"),
            Breadth::Organisation => (&service.alike, "*"),
        };
        let id = written(&service.subject, rest);
        let id = match service.subject.starts_with('{') {
            true => format!("{}/{}:{id}", service.name, candidate.owner),
            false => id,
        };
        Some(Admitted { id, name: written(who, &in_words(rest)), breadth, level })
    }

    /// Whether a build meets a condition. `as_written`: it is one of those that the statement names, so what else it asks
    /// of the build is met.
    fn met(
        &self,
        call: &Call<'_>,
        service: &Service,
        condition: &Condition,
        probe: &Candidate,
        as_written: bool,
    ) -> Tri {
        let key = condition.key.as_str();
        let fill = |key: &str| self.variable(call, key);
        if key.ends_with(":sub") {
            let subject = filled(&service.subject, &probe.owner, &probe.project, &probe.rest);
            return condition.holds(&Held::Known(vec![subject]), &fill);
        }
        let claim = match key.strip_prefix("aws:requesttag/") {
            // Tags of such a session come in the token: whoever signs it vouches for them.
            Some(tag) => Some(tag),
            None => key.rsplit_once(':').filter(|(head, _)| !is_service(head)).map(|(_, claim)| claim),
        };
        if let Some(claim) = claim {
            // What says whose a build is, fits every build of whom it speaks of.
            if FREE.contains(&claim) || belongs(service, condition) {
                return Tri::Yes;
            }
            if let Some((_, form)) = service.claims.iter().find(|(name, _)| name == claim) {
                let value = filled(form, &probe.owner, &probe.project, "");
                return Self::claimed(condition, &Held::Known(vec![value]));
            }
            return if as_written { Tri::Yes } else { Self::claimed(condition, &Held::Other) };
        }
        match key {
            "sts:rolesessionname" | "aws:tagkeys" | "sts:transitivetagkeys" => Tri::Yes,
            // Builds run on machines of whoever likes.
            "aws:sourceip" | "aws:vpcsourceip" | "aws:sourcevpc" | "aws:sourcevpce" => {
                condition.holds(&Held::Unknown, &fill)
            }
            _ => condition.outcome(&self.state(call, key), &fill).now.map_or(Tri::Maybe, Tri::of),
        }
    }
}

/// Whether the part of a key before its last colon is a service of the provider, and no issuer.
fn is_service(head: &str) -> bool {
    head.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether a condition asks for a claim that says whose a build is, in another way than its subject does: by a number, say.
fn belongs(service: &Service, condition: &Condition) -> bool {
    !condition.is_negated() && !wants_none(condition) && whose(service, condition).is_some()
}

/// Whether a condition asks that its key is not there.
fn wants_none(condition: &Condition) -> bool {
    !condition.holds_without() && condition.holds(&Held::Absent, &|_| None) == Tri::Yes
}

/// Whether a condition names somebody in particular: it lets in some value of its key, and not one that nobody has taken.
fn names_somebody(condition: &Condition) -> bool {
    let nobodys = Held::Known(vec![NOBODYS.to_owned()]);
    !condition.is_negated() && !wants_none(condition) && condition.holds(&nobodys, &|_| None) != Tri::Yes
}

/// The claim of a condition that says whose a build is: its place in the service's list, its name, and of what it is: the
/// `project`, the `owner`, or neither in particular.
fn whose<'s>(service: &'s Service, condition: &Condition) -> Option<(usize, &'s str, &'s str)> {
    let (head, claim) = condition.key.rsplit_once([':', '/'])?;
    if head != "aws:requesttag" && is_service(head) {
        return None;
    }
    let at = service.belongs.iter().position(|(name, _)| name == claim)?;
    let (name, of) = service.belongs.get(at)?;
    Some((at, name.as_str(), of.as_str()))
}

/// Whether an issuer is a service's own.
fn hosted(service: &Service, issuer: &str) -> bool {
    let host = service.issuer.split('/').next().unwrap_or_default();
    let own = issuer.split('/').next().unwrap_or_default();
    !host.is_empty() && own == host
}

/// The owner that an issuer stands for, where each owner has its own.
pub(super) fn owner_of<'i>(service: &Service, issuer: &'i str) -> Option<&'i str> {
    let path = issuer.split_once('/')?.1;
    match service.issuer.split_once("{owner}") {
        Some((before, _)) => {
            let before = before.split_once('/').map_or("", |(_, path)| path);
            path.strip_prefix(before)?.split('/').next()
        }
        None => path.split('/').next(),
    }
}

/// Subjects that a statement asks for.
fn subjects(statement: &Stmt) -> impl Iterator<Item = &str> {
    statement.conditions.iter().filter(|one| one.key.ends_with(":sub") && !one.is_negated()).flat_map(Condition::values)
}

fn filled(form: &str, owner: &str, project: &str, rest: &str) -> String {
    // In one go: what is filled in may hold braces itself.
    let mut out = String::with_capacity(form.len() + owner.len() + project.len() + rest.len());
    let mut left = form;
    while let Some((before, after)) = left.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            left = after;
            continue;
        };
        match name {
            "owner" => out.push_str(owner),
            "project" if project.is_empty() && out.ends_with('/') => {
                out.pop();
            }
            "project" => out.push_str(project),
            "rest" => out.push_str(rest),
            other => out.push_str(other),
        }
        left = tail;
    }
    out.push_str(left);
    out
}

/// What says which build of a repository it is, for sentences.
fn in_words(rest: &str) -> String {
    for (form, word) in [
        ("ref:refs/heads/", "branch "),
        ("ref_type:branch:ref:", "branch "),
        ("ref:refs/tags/", "tag "),
        ("ref_type:tag:ref:", "tag "),
        ("environment:", "environment "),
        ("workspace:", "workspace "),
    ] {
        if let Some(name) = rest.strip_prefix(form) {
            let end = if word == "workspace " || rest.contains(":commit:") { ':' } else { '\u{0}' };
            return format!("{word}{}", name.split(end).next().unwrap_or(name));
        }
    }
    rest.to_owned()
}

/// Whom the conditions of a statement speak of.
fn candidates(service: &Service, issuer: &str, statement: &Stmt) -> Vec<Candidate> {
    let own = owner_of(service, issuer);
    let mut out: Vec<Candidate> = Vec::new();
    let mut add = |mut one: Candidate| {
        let nobody = one.owner.is_empty() || one.owner.contains(['*', '?']);
        if let Some(own) = own.filter(|_| nobody || service.issuer.contains("{owner}")) {
            one.owner = own.to_owned();
        }
        // Whose it is nobody says: that is told of everybody with an account there.
        if !one.owner.is_empty() && !one.owner.contains(['*', '?']) && !out.contains(&one) {
            out.push(one);
        }
    };
    let mut said = false;
    for subject in subjects(statement) {
        said = true;
        if let Some(one) = named_as_a_whole(&service.subject, subject).or_else(|| parsed(&service.subject, subject)) {
            add(one);
        }
    }
    if said {
        return out;
    }
    let claim = |condition: &Condition| -> Option<String> {
        let name = condition.key.rsplit_once([':', '/']).map(|(_, name)| name)?;
        service.claims.iter().find(|(known, _)| known == name).map(|(_, form)| form.clone())
    };
    let (mut owners, mut projects): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    // Owner and project together.
    let mut pairs: Vec<(String, String)> = Vec::new();
    // By a claim that says it in another way.
    let mut otherwise: Vec<(usize, &str, String)> = Vec::new();
    for condition in statement.conditions.iter().filter(|one| names_somebody(one)) {
        if let Some((at, name, of)) = whose(service, condition) {
            otherwise.extend(condition.values().map(|value| (at, of, format!("{name}={value}"))));
            continue;
        }
        let Some(form) = claim(condition) else { continue };
        for value in condition.values() {
            match form.as_str() {
                "{owner}" => owners.push(value.to_owned()),
                "{project}" => projects.push(value.to_owned()),
                _ => {
                    if value.starts_with("${") && value.ends_with('}') {
                        pairs.push((value.to_owned(), String::new()));
                    } else if let Some((first, rest)) = value.split_once('/') {
                        pairs.push((first.to_owned(), rest.to_owned()));
                    }
                }
            }
        }
    }
    if pairs.is_empty() {
        // Where several say it, the first of the service's list does.
        let said_of = |whom: &str| -> Vec<String> {
            let first = otherwise.iter().filter(|(_, of, _)| *of == whom).map(|(at, _, _)| *at).min();
            let those = otherwise.iter().filter(|(at, of, _)| *of == whom && Some(*at) == first);
            those.map(|(_, _, name)| name.clone()).collect()
        };
        if owners.is_empty() && projects.is_empty() && own.is_none() && !said_of("project").is_empty() {
            // What they are called, and whose they are, nobody says.
            pairs.extend(said_of("project").into_iter().map(|project| (project, String::new())));
        } else {
            if projects.is_empty() {
                projects = said_of("project");
            }
            if projects.is_empty() {
                projects.push("*".to_owned());
            }
            if owners.is_empty() {
                owners = said_of("owner");
            }
            if owners.is_empty() {
                owners.push(String::new());
            }
            let each = owners.iter().flat_map(|owner| {
                let pair = move |project: &String| (owner.clone(), project.clone());
                projects.iter().map(pair)
            });
            pairs.extend(each.take(MOST));
        }
    }
    for (owner, project) in pairs {
        add(Candidate { owner, project, rest: "*".to_owned() });
    }
    out
}

/// A subject in which one unknown value stands for the owner and the project together: `repo:${var.repository}:*`.
fn named_as_a_whole(form: &str, subject: &str) -> Option<Candidate> {
    let (before, after) = form.split_once("{owner}/{project}")?;
    let until = after.split('{').next().filter(|until| !until.is_empty())?;
    let left = subject.strip_prefix(before).filter(|left| left.starts_with("${"))?;
    let (value, rest) = left.split_at(left.find('}')? + 1);
    let rest = rest.strip_prefix(until)?;
    Some(Candidate { owner: value.to_owned(), project: String::new(), rest: rest.to_owned() })
}

/// The parts of a subject by the form of its service; a star may stand for several of them.
fn parsed(form: &str, subject: &str) -> Option<Candidate> {
    let mut values: Vec<(&str, String)> = Vec::new();
    let mut form = form;
    let mut left = subject;
    while let Some((before, after)) = form.split_once('{') {
        left = left.strip_prefix(before)?;
        let (name, tail) = after.split_once('}')?;
        let until = tail.split('{').next().unwrap_or_default();
        form = tail;
        let (value, swallowed) = match (until.is_empty(), left.find(until)) {
            (true, _) => (left, false),
            (false, Some(at)) => {
                let (value, rest) = left.split_at(at);
                left = rest;
                (value, false)
            }
            (false, None) => {
                let before = left.get(..left.find(['*', '?'])?).unwrap_or_default();
                let cut = (1..=until.len()).rev().filter_map(|end| until.get(..end)).find(|end| before.ends_with(end));
                let value = match cut {
                    Some(cut) => before.strip_suffix(cut).unwrap_or(before),
                    // An identifier in braces is whole.
                    None if before.ends_with('}') => before,
                    None => left,
                };
                (value, true)
            }
        };
        values.push((name, value.to_owned()));
        if swallowed {
            break;
        }
    }
    let of = |name: &str, default: &str| {
        values.iter().find(|(known, _)| *known == name).map_or_else(|| default.to_owned(), |(_, value)| value.clone())
    };
    Some(Candidate { owner: of("owner", ""), project: of("project", "*"), rest: of("rest", "*") })
}
