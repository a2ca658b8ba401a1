//! Which resources grants with a scope take in: Google Cloud, Azure and Kubernetes. Asked first, so that nobody is held
//! against everything; what is given is never too little.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::bindings::{Grant, MOST_LEVELS, PARENTS, Scope};
use super::{Kinds, Reach};
use crate::Estate;
use crate::scopes::Is;

/// Resources of some types by what takes them in.
#[derive(Debug, Default)]
pub(super) struct ScopeIndex {
    /// By a resource: it and what is part of it.
    by_whole: FxHashMap<u32, Vec<u32>>,
    /// By the name that they give for what they are part of.
    by_name: FxHashMap<Box<str>, Vec<u32>>,
    /// By namespace.
    by_namespace: FxHashMap<Box<str>, Vec<u32>>,
    /// By their own name in whatever namespace.
    by_own_name: FxHashMap<Box<str>, Vec<u32>>,
    /// By project, subscription or the like that they lie in; `None` where that is not known.
    by_place: BTreeMap<Option<u32>, Vec<u32>>,
    /// By place, and environment of the grant: what may lie in it. Filled when asked for.
    in_place: FxHashMap<(u32, Option<u32>), Arc<[u32]>>,
}

impl ScopeIndex {
    /// Looks at every resource of the types, and up from there.
    pub(super) fn new(estate: &Estate<'_>, kinds: &Kinds) -> Self {
        let mut out = ScopeIndex::default();
        for at in kinds.members.iter().copied() {
            let mut seen: FxHashSet<u32> = std::iter::once(at).collect();
            let mut now = vec![at];
            out.by_whole.entry(at).or_default().push(at);
            out.by_place.entry(estate.scopes().of(at)).or_default().push(at);
            for _ in 0..=MOST_LEVELS {
                let mut next = Vec::new();
                for value in now.iter().flat_map(|one| PARENTS.iter().filter_map(|key| estate.resource(*one).get(key)))
                {
                    if let Some(text) = value.as_text() {
                        out.by_name.entry(text.into()).or_default().push(at);
                    }
                    for up in estate.referred(value).into_iter().filter(|up| seen.insert(*up)) {
                        out.by_whole.entry(up).or_default().push(at);
                        next.push(up);
                    }
                }
                now = next;
            }
            if let Some((namespace, name)) = estate.namespaced(at) {
                out.by_namespace.entry(namespace.into()).or_default().push(at);
                out.by_own_name.entry(name.into()).or_default().push(at);
            }
        }
        out
    }

    /// What a grant takes in.
    pub(super) fn reach(&mut self, estate: &Estate<'_>, grant: &Grant) -> Reach {
        let named = |names: &[String]| -> Vec<u32> {
            names.iter().filter_map(|name| self.by_own_name.get(name.as_str())).flatten().copied().collect()
        };
        match &grant.scope {
            Scope::Everything if !grant.role.only.is_empty() => Reach::of(named(&grant.role.only)),
            // What is of a type may be said in many ways: each is asked.
            Scope::Unknown | Scope::Everything | Scope::Namespace(None, _) | Scope::OfType(_) => Reach::All,
            Scope::Place(whole) => self.in_place(estate, *whole, grant.resource),
            Scope::Resource(whole) => {
                let parts = self.by_whole.get(whole).into_iter().flatten();
                let name = estate.resource(*whole).text("name");
                let said = name.and_then(|name| self.by_name.get(name)).into_iter().flatten();
                Reach::of(parts.chain(said).copied().collect())
            }
            Scope::Namespace(Some(namespace), names) if names.is_empty() => {
                Reach::of(self.by_namespace.get(namespace.as_str()).cloned().unwrap_or_default())
            }
            Scope::Namespace(Some(_), names) => Reach::of(named(names)),
        }
    }

    /// What may lie in a place, for a grant that a resource gives.
    fn in_place(&mut self, estate: &Estate<'_>, whole: u32, grant: u32) -> Reach {
        let scopes = estate.scopes();
        let key = (whole, scopes.environment(grant));
        if let Some(known) = self.in_place.get(&key) {
            return Reach::Only(known.clone());
        }
        let mut found: Vec<u32> = Vec::new();
        for (place, members) in &self.by_place {
            match place.map_or(Is::Perhaps, |place| scopes.within(place, whole)) {
                Is::No => {}
                Is::Yes => found.extend(members),
                Is::Perhaps if place.is_none() => found.extend(members),
                Is::Perhaps => found.extend(members.iter().filter(|at| !scopes.apart(grant, whole, **at))),
            }
        }
        found.sort_unstable();
        let found: Arc<[u32]> = found.into();
        self.in_place.insert(key, found.clone());
        Reach::Only(found)
    }
}
