//! IAM Identity Center: who of its directory is assigned which permission set.
//!
//! A permission set becomes a role in each account that it is assigned in; users and groups of the directory take that
//! role on by signing in ("Manage AWS accounts with permission sets" in the provider's guide).

use vauban_model::Span;

use super::Rights;

/// Who of the directory has what: a user or group a permission set, or a user a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The user or group, as a resource.
    pub holder: u32,
    /// The permission set or group, as a resource.
    pub held: u32,
    /// Where it is said.
    pub span: Span,
}

/// Types of the directory.
const DIRECTORY: &[&str] = &["aws_identitystore_user", "aws_identitystore_group"];
const USERS: &[&str] = &["aws_identitystore_user"];
const GROUPS: &[&str] = &["aws_identitystore_group"];

impl Rights<'_> {
    /// The permission sets that users and groups of the directory are assigned, in the order of the inventory.
    pub fn assignments(&self) -> Vec<Assignment> {
        self.pairs("aws_ssoadmin_account_assignment", "principal_id", DIRECTORY, "permission_set_arn", SETS)
    }

    /// The groups that users of the directory belong to.
    pub fn memberships(&self) -> Vec<Assignment> {
        self.pairs("aws_identitystore_group_membership", "member_id", USERS, "group_id", GROUPS)
    }

    /// The permission sets that a user or group of the directory has, by itself or by its groups, as principals.
    pub fn assigned(&self, resource: u32) -> Vec<u32> {
        if !DIRECTORY.contains(&&*self.estate().resource(resource).ty) {
            return Vec::new();
        }
        let mut holders = vec![resource];
        holders.extend(self.memberships().iter().filter(|one| one.holder == resource).map(|one| one.held));
        let mut out: Vec<u32> = Vec::new();
        for one in self.assignments() {
            if let Some(set) = self.principal_of(one.held).filter(|_| holders.contains(&one.holder))
                && !out.contains(&set)
            {
                out.push(set);
            }
        }
        out
    }

    fn pairs(&self, ty: &str, from: &str, holders: &[&str], to: &str, held: &[&str]) -> Vec<Assignment> {
        let estate = self.estate();
        let named = |at: u32, key: &str, types: &[&str]| {
            let value = estate.resource(at).get(key);
            let mut found = value.map(|value| estate.referred(value)).unwrap_or_default();
            found.retain(|at| types.contains(&&*estate.resource(*at).ty));
            found
        };
        let mut out = Vec::new();
        for at in estate.of_type(ty).iter().copied() {
            let sets = named(at, to, held);
            for holder in named(at, from, holders) {
                out.extend(sets.iter().map(|held| Assignment { holder, held: *held, span: estate.resource(at).span }));
            }
        }
        out
    }
}

/// The type of permission sets.
const SETS: &[&str] = &["aws_ssoadmin_permission_set"];
