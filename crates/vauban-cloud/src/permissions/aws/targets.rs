//! Which resources a principal may possibly take an action on: asked first, so that nobody is held against everything.
//!
//! A resource can only be in reach because a statement of the principal names it by a pattern, or because the resource's
//! own policy names the principal. Both are looked up in indexes that are made once for each group of types. What is
//! given here is never too little; the order of evaluation ([`Aws::can`]) has the last word on each.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::evaluate::Aws;
use super::index::{NameIndex, Reach};
use super::matching::{Tri, name};
use super::memo::one_principal;
use super::policy::{Stmt, Who};
use super::principals::Class;
use crate::permissions::Kinds;

/// Indexes that were made so far.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    /// By types, and the form that names take for an action.
    names: FxHashMap<(u32, Box<[usize]>), Arc<NameIndex>>,
    /// By types and action.
    callers: FxHashMap<(u32, Box<str>), Arc<CallerIndex>>,
    /// By types, account and action: what is not closed to the account.
    open: FxHashMap<OpenTo, Arc<[u32]>>,
}

/// Types, account and action.
type OpenTo = (u32, Box<str>, Box<str>);

/// Resources by whom their own policies name.
#[derive(Debug, Default)]
pub(crate) struct CallerIndex {
    /// Those that may name anybody.
    anybody: Vec<u32>,
    /// By the name of the principal: places in `lists`.
    by_name: NameIndex,
    /// The resources of each name that occurs.
    lists: Vec<Vec<u32>>,
    /// By the address of a principal that is named by an attribute nobody states.
    by_address: FxHashMap<Box<str>, Vec<u32>>,
}

/// The addresses that a text such as `${aws_iam_role.app.arn}` may be an attribute of.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    let inside = text.strip_prefix("${").unwrap_or_default();
    inside.char_indices().filter(|(_, c)| *c == '.').filter_map(|(end, _)| inside.get(..end))
}

impl Aws<'_> {
    /// The resources of a group of types that a principal may possibly take an action on.
    pub(crate) fn reach(&self, number: u32, action: &str, kinds: &Kinds) -> Reach {
        let Some(principal) = self.people.all.get(number as usize) else { return Reach::nothing() };
        let reach = self.reach_anywhere(number, action, kinds);
        if !self.names.several() || !principal.unknown.is_empty() {
            return reach;
        }
        let (account, lower) = (self.names.account(&principal.scope), action.to_ascii_lowercase());
        let open = |at: &u32| !self.is_closed_to(&account, *at, &lower);
        match reach {
            Reach::Only(list) => Reach::Only(list.iter().copied().filter(|at| open(at)).collect()),
            Reach::All => Reach::Only(self.open_to(&account, &lower, kinds)),
        }
    }

    /// The resources of a group of types that are not closed to an account; the same for all of its principals.
    fn open_to(&self, account: &str, action: &str, kinds: &Kinds) -> Arc<[u32]> {
        let key = (kinds.id, Box::from(account), Box::from(action));
        let known = {
            let indexes = self.indexes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            indexes.open.get(&key).cloned()
        };
        known.unwrap_or_else(|| {
            let members = kinds.members.iter().copied();
            let made: Arc<[u32]> = members.filter(|at| !self.is_closed_to(account, *at, action)).collect();
            let mut indexes = self.indexes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            indexes.open.entry(key).or_insert(made).clone()
        })
    }

    fn reach_anywhere(&self, number: u32, action: &str, kinds: &Kinds) -> Reach {
        let Some(principal) = self.people.all.get(number as usize) else { return Reach::nothing() };
        if !principal.unknown.is_empty() {
            return Reach::All;
        }
        let lower = action.to_ascii_lowercase();
        let matched = self.matched(number, action);
        let mut out: Vec<u32> = Vec::new();
        let mut names: Option<Arc<NameIndex>> = None;
        for applied in matched.allowing() {
            let Some(statement) = self.statement(applied) else { continue };
            let patterns = match &statement.resources {
                Some(patterns) if !statement.not_resources => patterns,
                _ => return Reach::All,
            };
            for one in patterns {
                let names = names.get_or_insert_with(|| self.name_index(&lower, kinds));
                match names.find(one.toks(), one.shifts()) {
                    Reach::All => return Reach::All,
                    Reach::Only(list) => out.extend_from_slice(&list),
                }
            }
        }
        let callers = self.caller_index(&lower, kinds);
        out.extend_from_slice(&callers.anybody);
        let forms = [Some(principal.arn.as_str()), (principal.class == Class::Role).then_some(principal.bare.as_str())];
        for form in forms.into_iter().flatten() {
            match callers.by_name.find(&name(form), false) {
                Reach::All => out.extend(callers.lists.iter().flatten()),
                Reach::Only(found) => {
                    out.extend(found.iter().filter_map(|at| callers.lists.get(*at as usize)).flatten());
                }
            }
        }
        let address = &self.names.estate.resource(principal.resource).address;
        out.extend(callers.by_address.get(&**address).into_iter().flatten());
        Reach::of(out)
    }

    fn name_index(&self, action: &str, kinds: &Kinds) -> Arc<NameIndex> {
        let key = (kinds.id, self.inside_forms(action));
        let mut indexes = self.indexes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let known = indexes.names.entry(key).or_insert_with(|| {
            let names = kinds.members.iter().flat_map(|at| {
                let forms = self.target_names(*at, action);
                // What has no name of its own may be meant by every pattern.
                let nameless = forms.is_empty().then(|| (*at, Vec::new()));
                forms.into_iter().map(move |form| (*at, name(&form))).chain(nameless).collect::<Vec<_>>()
            });
            Arc::new(NameIndex::new(names))
        });
        known.clone()
    }

    fn caller_index(&self, action: &str, kinds: &Kinds) -> Arc<CallerIndex> {
        let key = (kinds.id, Box::from(action));
        let mut indexes = self.indexes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        indexes.callers.entry(key).or_insert_with(|| Arc::new(self.make_caller_index(action, &kinds.members))).clone()
    }

    fn make_caller_index(&self, action: &str, members: &[u32]) -> CallerIndex {
        let mut out = CallerIndex::default();
        let mut place: FxHashMap<&str, usize> = FxHashMap::default();
        let mut texts: Vec<&str> = Vec::new();
        for at in members.iter().copied() {
            let Some((_, own)) = self.policy_of(at) else { continue };
            if !own.unknown.is_empty() {
                out.anybody.push(at);
                continue;
            }
            let statements = own.statements.iter().filter_map(|number| self.store.all.get(*number as usize));
            for statement in statements.filter(|one| one.allows && Self::speaks(one, action) != Tri::No) {
                if self.anybody_named(statement) {
                    out.anybody.push(at);
                    continue;
                }
                for who in statement.principals.iter().flatten() {
                    match who {
                        Who::Arn(text) | Who::Session(text) => {
                            let slot = *place.entry(text.as_str()).or_insert_with(|| {
                                texts.push(text);
                                out.lists.push(Vec::new());
                                texts.len() - 1
                            });
                            if let Some(list) = out.lists.get_mut(slot)
                                && list.last() != Some(&at)
                            {
                                list.push(at);
                            }
                        }
                        Who::Unknown(text) => {
                            for address in addresses(text) {
                                out.by_address.entry(address.into()).or_default().push(at);
                            }
                        }
                        // An account leaves it to what its principals may by their own policies; services and federated
                        // identities are no principals of the code.
                        Who::Anyone | Who::Signed | Who::Account(_) | Who::Service(_) | Who::Federated(_) => {}
                    }
                }
            }
        }
        out.by_name = NameIndex::new((0u32..).zip(&texts).map(|(slot, text)| (slot, one_principal(text))));
        out
    }

    /// Whether a statement may name principals that it does not list.
    fn anybody_named(&self, statement: &Stmt) -> bool {
        statement.not_principals
            || statement.principals.iter().flatten().any(|who| match who {
                Who::Anyone => true,
                Who::Unknown(text) => !text.starts_with("${aws_iam_") && text.contains("${"),
                _ => false,
            })
    }

    /// The forms of names that an action has of its own, such as that of objects in a bucket.
    fn inside_forms(&self, action: &str) -> Box<[usize]> {
        let places = self.tables.inside.iter().enumerate();
        places.filter(|(_, inside)| Self::inside_speaks(inside, action)).map(|(at, _)| at).collect()
    }
}
