//! Which actions there are, to tell a misspelt one from one that is not allowed.
//!
//! Of AWS all are listed. Of Google Cloud and Azure only those that roles name one by one are; but actions are made of the
//! same words over and over, so that a word which stands nowhere and is close to one that does is probably a slip. It may be
//! a new word too, so that such an action is answered for. So it is for clusters, to which anybody adds kinds.

use rustc_hash::FxHashSet;
use vauban_model::did_you_mean;
use vauban_model::library::Cloud;

use super::kubernetes;
use super::tables::Tables;

/// Why an action is none, or is none that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchAction {
    /// Whether all actions of its cloud are listed, so that there is none. Where they are not, it may be one all the same.
    pub certain: bool,
    /// The one that was probably meant.
    pub meant: Option<String>,
}

/// Verbs of the interface of clusters and of its rules.
///
/// Source: Kubernetes documentation, "Authorization overview", request verbs, and "Using RBAC Authorization".
const VERBS: [&str; 15] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "approve",
    "sign",
    "attest",
];

impl Tables<'_> {
    /// Whether no action of a cloud has a name, or none that is listed while one is close to it. With wildcards or parts that
    /// are not known, nothing is told.
    pub fn no_such_action(&self, cloud: Cloud, action: &str) -> Option<NoSuchAction> {
        if action.contains(['*', '?', '$']) || action.starts_with("entra:") {
            return None;
        }
        match cloud {
            Cloud::Aws => self.no_action_of_aws(action),
            Cloud::Gcp => misspelt(action, '.', self.gcp.listed()),
            Cloud::Azure => misspelt(action, '/', self.azure.listed().chain(self.azure_data.iter().copied())),
            Cloud::Kubernetes => {
                let (verb, kind) = action.split_once(' ')?;
                if VERBS.contains(&verb) {
                    let whole = kind.split(['/', '.']).next().unwrap_or(kind);
                    let known = kubernetes::is_kind(whole) || whole.is_empty();
                    let meant = did_you_mean(whole, kubernetes::kinds()).filter(|_| !known)?;
                    let rest = kind.get(whole.len()..).unwrap_or_default();
                    return Some(NoSuchAction { certain: false, meant: Some(format!("{verb} {meant}{rest}")) });
                }
                let meant = did_you_mean(verb, VERBS)?;
                Some(NoSuchAction { certain: false, meant: Some(format!("{meant} {kind}")) })
            }
        }
    }

    fn no_action_of_aws(&self, action: &str) -> Option<NoSuchAction> {
        let (service, name) = action.split_once(':')?;
        if self.aws_actions.is_empty() {
            return None;
        }
        let of = |service: &str| self.aws_actions.get(service.to_ascii_lowercase().as_str()).copied();
        let has = |actions: &str, name: &str| actions.split(' ').any(|one| one.eq_ignore_ascii_case(name));
        if of(service).is_some_and(|actions| has(actions, name)) {
            return None;
        }
        // The same action of a service that is called nearly so, else one of the same service, else one that is called so.
        let near = did_you_mean(service, self.aws_services.iter().copied().filter(|one| *one != service));
        let elsewhere = || {
            let mut found = self.aws_services.iter().filter(|one| of(one).is_some_and(|actions| has(actions, name)));
            let first = found.next()?;
            found.next().is_none().then(|| format!("{first}:{name}"))
        };
        let within = |service: &str| {
            let meant = did_you_mean(name, of(service)?.split(' '))?;
            Some(format!("{service}:{meant}"))
        };
        let meant = match of(service) {
            Some(_) => within(service).or_else(elsewhere),
            None => near.and_then(within).or_else(elsewhere),
        };
        Some(NoSuchAction { certain: true, meant })
    }
}

/// Whether a word of an action stands nowhere in those that are known, at its place or at any, and is close to one that
/// does.
fn misspelt<'t>(action: &str, between: char, known: impl Iterator<Item = &'t str>) -> Option<NoSuchAction> {
    let words: Vec<&str> = action.split(between).collect();
    let mut all: FxHashSet<String> = FxHashSet::default();
    let mut exact = false;
    let mut beside: Vec<&'t str> = Vec::new();
    for one in known {
        exact |= one.eq_ignore_ascii_case(action);
        for word in one.split(between).filter(|word| !word.contains('*')) {
            all.insert(word.to_ascii_lowercase());
            beside.push(word);
        }
    }
    if exact || all.is_empty() {
        return None;
    }
    beside.sort_unstable();
    beside.dedup();
    let mut meant: Vec<&str> = Vec::with_capacity(words.len());
    let mut slipped = false;
    for word in words {
        if all.contains(&word.to_ascii_lowercase()) || word.is_empty() {
            meant.push(word);
            continue;
        }
        // One that nobody knows and that is like nothing may be new.
        meant.push(did_you_mean(word, beside.iter().copied())?);
        slipped = true;
    }
    slipped.then(|| NoSuchAction { certain: false, meant: Some(meant.join(&between.to_string())) })
}
