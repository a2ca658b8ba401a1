//! Roles that take on accounts of a cluster by the tokens that the cluster signs, whether or not the account names the role.
//!
//! Source: AWS documentation, "IAM roles for service accounts": the issuer's tokens say
//! `system:serviceaccount:<namespace>:<account>` as their subject, and their audience has to be one that the identity
//! provider lists. An account that is annotated with any role gets a token for `sts.amazonaws.com` into its pods.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Text, Value};

use super::conditions::Held;
use super::evaluate::Aws;
use super::matching::Tri;
use super::policy::{Stmt, Who};
use crate::permissions::{Answer, Request, Rights, Statement, Target, kubernetes};

/// What the provider of AWS asks of tokens, unless its list of clients says otherwise.
const STS: &str = "sts.amazonaws.com";

/// The audience of tokens that nobody asks another of, and how other spellings of it begin.
const OF_CLUSTER: &str = "https://kubernetes.default.svc";

/// A role that an account of a cluster may take on by its own token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vouched {
    /// The account, as a resource.
    pub(crate) account: u32,
    /// The role, as a resource.
    pub(crate) role: u32,
    /// The statement that admits it.
    pub(crate) statement: Statement,
    /// What it leans on that nobody said.
    pub(crate) assumptions: Vec<Text>,
}

/// A statement of a role's trust that admits tokens of a cluster.
struct Trust<'a> {
    role: u32,
    statement: &'a Stmt,
    provider: String,
    /// Whether the issuer is surely a cluster.
    sure: bool,
    /// The audiences that the provider takes; nothing where it is not of the inventory.
    clients: Option<Vec<String>>,
    /// Statements of the same trust that deny.
    denials: Vec<&'a Stmt>,
}

impl Aws<'_> {
    /// The statements of trust that admit tokens of clusters, in the order of the roles.
    fn cluster_trusts(&self) -> Vec<Trust<'_>> {
        let mut roles: Vec<u32> = self.resources.own.keys().copied().collect();
        roles.sort_unstable();
        let mut out = Vec::new();
        for role in roles {
            let Some(own) = self.resources.own.get(&role) else { continue };
            let spoken = |number: &u32| {
                let statement = self.store.all.get(*number as usize)?;
                (Self::speaks(statement, "sts:assumerolewithwebidentity") != Tri::No).then_some(statement)
            };
            let statements: Vec<&Stmt> = own.statements.iter().filter_map(spoken).collect();
            for statement in statements.iter().copied().filter(|one| one.allows && !one.not_principals) {
                for who in statement.principals.iter().flatten() {
                    let Who::Federated(text) = who else { continue };
                    let Some(sure) = self.is_of_cluster(text, statement) else { continue };
                    out.push(Trust {
                        role,
                        statement,
                        provider: self.provider(text),
                        sure,
                        clients: self.clients(text),
                        denials: statements.iter().copied().filter(|one| !one.allows && concerns(one, text)).collect(),
                    });
                }
            }
        }
        out
    }

    /// Whether an identity provider speaks for a cluster: by what it refers to, by its host, by the subjects that the
    /// statement asks for. Nothing where it does not look like one; not sure where its name alone does.
    fn is_of_cluster(&self, text: &str, statement: &Stmt) -> Option<bool> {
        let estate = self.names.estate;
        let refers = self.names.find(text).and_then(|at| estate.resource(at).get("url")).is_some_and(|url| {
            estate.referred(url).into_iter().any(|at| &*estate.resource(at).ty == "aws_eks_cluster")
        });
        let asks = statement
            .conditions
            .iter()
            .filter(|condition| condition.key.ends_with(":sub"))
            .any(|condition| condition.values().any(|value| value.starts_with("system:serviceaccount:")));
        let provider = self.provider(text);
        if refers || asks || provider.contains("oidc.eks.") || provider.contains("aws_eks_cluster") {
            return Some(true);
        }
        (provider.contains("${") && provider.contains("eks")).then_some(false)
    }

    /// The audiences that an identity provider of the inventory takes, where all of them are written.
    fn clients(&self, text: &str) -> Option<Vec<String>> {
        let estate = self.names.estate;
        let list = estate.resource(self.names.find(text)?).get("client_id_list")?.open().as_list()?;
        list.iter().map(|one| one.as_text().map(ToOwned::to_owned)).collect()
    }
}

/// Whether a statement speaks of whom a provider vouches for.
fn concerns(statement: &Stmt, provider: &str) -> bool {
    let named = |who: &Who| match who {
        Who::Anyone | Who::Signed => true,
        Who::Federated(text) => text == provider,
        _ => false,
    };
    let names = statement.principals.iter().flatten().any(named);
    names != statement.not_principals
}

/// The audiences of the tokens that workloads have mounted, by account.
fn mounted(rights: &Rights<'_>) -> FxHashMap<u32, Vec<String>> {
    let estate = rights.estate();
    let mut out: FxHashMap<u32, Vec<String>> = FxHashMap::default();
    for (at, _) in (0u32..).zip(&estate.inventory.resources) {
        let Some(account) = kubernetes::account(estate, at) else { continue };
        let mut found = kubernetes::audiences(estate, at);
        if kubernetes::has_token(estate, at, account) {
            found.push(OF_CLUSTER.to_owned());
        }
        let known = out.entry(account).or_default();
        for one in found {
            if !known.contains(&one) {
                known.push(one);
            }
        }
    }
    out
}

impl Rights<'_> {
    /// The roles of AWS that accounts of a cluster may take on because a trust admits them, in the order of the accounts.
    pub(crate) fn vouched(&self) -> Vec<Vouched> {
        let estate = self.estate();
        let trusts = self.aws().cluster_trusts();
        let accounts = estate.of_type("k8s:ServiceAccount");
        let mut out: Vec<Vouched> = Vec::new();
        if trusts.is_empty() || accounts.is_empty() {
            return out;
        }
        let several = trusts.iter().any(|one| trusts.first().is_some_and(|first| first.provider != one.provider));
        let mounted = mounted(self);
        for account in accounts.iter().copied() {
            let Some((namespace, name)) = kubernetes::named_account(estate, account) else { continue };
            let subject = format!("system:serviceaccount:{namespace}:{name}");
            let mut audiences = mounted.get(&account).cloned().unwrap_or_default();
            audiences.extend(self.asked_for(account));
            for trust in &trusts {
                let fit = audiences.iter().map(|audience| trust.admits(&subject, audience)).max().unwrap_or(Tri::No);
                if fit == Tri::No || out.iter().rev().any(|one| one.account == account && one.role == trust.role) {
                    continue;
                }
                let mut assumptions: Vec<Text> = Vec::new();
                if fit == Tri::Maybe {
                    assumptions.push(format!("the conditions of the trust hold for {subject}").into());
                }
                if several || !trust.sure {
                    assumptions.push(format!("{} speaks for the cluster of {subject}", trust.provider).into());
                }
                let statement = trust.statement;
                out.push(Vouched {
                    account,
                    role: trust.role,
                    statement: Statement {
                        allows: true,
                        text: format!("{}: admits {subject}", statement.label).into(),
                        span: statement.span.unwrap_or(estate.resource(trust.role).span),
                        resource: statement.holder.unwrap_or(trust.role),
                    },
                    assumptions,
                });
            }
        }
        out
    }

    /// The principals that a service account, or that of a workload, may take on because their trust admits it, with what
    /// that leans on; named in an annotation or not.
    pub fn vouched_roles(&self, resource: u32) -> Vec<(u32, Vec<Text>)> {
        let account = kubernetes::account(self.estate(), resource).unwrap_or(resource);
        let of_account = self.vouched().into_iter().filter(|one| one.account == account);
        of_account.filter_map(|one| Some((self.principal_of(one.role)?, one.assumptions))).collect()
    }

    /// The audience of the token that an account's annotation asks for, or that it may ask for itself: whoever may create
    /// tokens of an account names their audience.
    fn asked_for(&self, account: u32) -> Option<String> {
        let annotations = self.estate().resource(account).get("metadata.annotations");
        let said = |key: &str| annotations.and_then(|all| all.get(key));
        if said("eks.amazonaws.com/role-arn").is_some() {
            let other = said("eks.amazonaws.com/audience").and_then(Value::as_text);
            return Some(other.unwrap_or(STS).to_owned());
        }
        let principal = self.principal_of(account)?;
        let action = "create serviceaccounts/token";
        let verdict = self.can(principal, action, Target::Resource(account), &Request::default());
        (verdict.answer == Answer::Allowed).then(|| STS.to_owned())
    }
}

impl Trust<'_> {
    /// Whether a token with a subject and an audience gets the role.
    fn admits(&self, subject: &str, audience: &str) -> Tri {
        let alike = |client: &str| client == audience || audience == OF_CLUSTER && client.starts_with(OF_CLUSTER);
        // A provider of elsewhere is taken to ask for what the documentation has it ask for.
        let taken = self.clients.as_ref().map_or(audience == STS, |clients| clients.iter().any(|one| alike(one)));
        if !taken {
            return Tri::No;
        }
        let holds = |statement: &Stmt| {
            let conditions = statement.conditions.iter().map(|condition| {
                let held = if condition.key.ends_with(":sub") {
                    Held::Known(vec![subject.to_owned()])
                } else if condition.key.ends_with(":aud") {
                    Held::Known(vec![audience.to_owned()])
                } else {
                    Held::Unknown
                };
                condition.holds(&held, &|_| None)
            });
            let sure = if statement.certain { Tri::Yes } else { Tri::Maybe };
            let said = Aws::speaks(statement, "sts:assumerolewithwebidentity").min(sure);
            conditions.min().map_or(said, |least| least.min(said))
        };
        let denied = self.denials.iter().map(|one| holds(one)).max().unwrap_or(Tri::No);
        holds(self.statement).min(denied.not())
    }
}
