//! Principals that the trust of roles names and the code does not make: users of other accounts, whole accounts, people
//! who exist already.

use rustc_hash::FxHashMap;
use vauban_model::resource::Text;

use super::aws::builds::Breadth;
use super::aws::foreign::{Foreign, Proof};
use super::aws::policy::Who;
use super::azure;
use super::{Answer, Rights, Statement, Target, Verdict};

/// Somebody outside the inventory whom a role admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outsider {
    /// The name in the provider's own form: an ARN, or an account's text.
    pub name: Text,
    /// Whether it is whatever an outside service says it is: a pipeline of a repository, a workload elsewhere.
    pub federated: bool,
    /// Whether it is a whole account, which decides itself who of it comes.
    pub account: bool,
    /// The role, as a resource.
    pub role: u32,
    /// Whether naming it is enough (the same account), or its own account must permit it as well.
    pub enough: bool,
    /// The statement.
    pub statement: Statement,
    /// Whether the statement holds without more.
    pub answer: Answer,
}

/// Somebody of an account that is none of the code's, whom policies of the code name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreigner {
    pub(super) who: Foreign,
    /// The ARN, or the account's number.
    pub name: Text,
    /// The account's number.
    pub account: Text,
    /// Whether it is a whole account.
    pub whole: bool,
    /// The first statement that names it.
    pub statement: Statement,
    /// The resources whose own policies name it, in the order of the inventory.
    pub on: Vec<u32>,
}

/// Builds of another service that a role admits by the subject of their tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// The subject, as the service writes it: `repo:shop/app:*`.
    pub id: Text,
    /// Who it is, in words.
    pub name: Text,
    /// How many of the service's builds it stands for.
    pub breadth: Breadth,
    /// The role, as a resource.
    pub role: u32,
    /// The statement.
    pub statement: Statement,
    /// Whether it surely admits them.
    pub answer: Answer,
    /// What it leans on.
    pub assumptions: Vec<Text>,
}

/// Whether a role that admits somebody of another account knows for whom they act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deputy {
    /// It asks for an external id, or for a member of its own organisation.
    Proven,
    /// It does not, and the other account acts for many customers.
    Confused,
    /// It does not; nobody says whose the other account is.
    Unknown,
}

impl Rights<'_> {
    /// Everybody of other accounts whom policies name, in the order of the resources that do.
    pub fn foreigners(&self) -> Vec<Foreigner> {
        let aws = self.aws();
        let mut holders: Vec<u32> = aws.resources.own.keys().copied().collect();
        holders.sort_unstable();
        let mut out: Vec<Foreigner> = Vec::new();
        let mut place: FxHashMap<Foreign, usize> = FxHashMap::default();
        let mut by_account: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        for at in holders {
            let Some(own) = aws.resources.own.get(&at) else { continue };
            for number in &own.statements {
                let Some(statement) = aws.store.all.get(*number as usize).filter(|one| one.allows) else { continue };
                for who in statement.principals.iter().flatten().filter_map(|who| aws.foreign_in(who)) {
                    let naming = by_account.entry(who.account.clone()).or_default();
                    if naming.last() != Some(&at) {
                        naming.push(at);
                    }
                    if place.contains_key(&who) {
                        continue;
                    }
                    place.insert(who.clone(), out.len());
                    out.push(Foreigner {
                        name: who.name().into(),
                        account: who.account.as_str().into(),
                        whole: who.arn.is_none(),
                        statement: Statement {
                            allows: true,
                            text: format!("{}: admits {}", statement.label, who.name()).into(),
                            span: statement.span.unwrap_or(self.estate().resource(at).span),
                            resource: statement.holder.unwrap_or(at),
                        },
                        on: Vec::new(),
                        who,
                    });
                }
            }
        }
        for one in &mut out {
            one.on = by_account.get(&*one.account).cloned().unwrap_or_default();
        }
        out
    }

    /// Somebody of another account by the number of the account or an ARN; nothing for what is neither, and for accounts
    /// that are the code's own.
    pub fn foreign(&self, text: &str) -> Option<impl Fn(&str, Target<'_>) -> Verdict + '_> {
        let who = Foreign::read(text).filter(|who| !self.aws().is_own(&who.account))?;
        Some(move |action: &str, target: Target<'_>| self.foreign_verdict(&who, action, target))
    }

    /// Whether somebody of another account may take an action on a target.
    pub fn foreigner_can(&self, foreigner: &Foreigner, action: &str, target: Target<'_>) -> Verdict {
        self.foreign_verdict(&foreigner.who, action, target)
    }

    /// Whether a role that admits somebody of another account makes sure for whom they act.
    pub fn deputy(&self, foreigner: &Foreigner, role: u32) -> Deputy {
        let aws = self.aws();
        match aws.proof(&foreigner.who, role) {
            Proof::Demanded => Deputy::Proven,
            Proof::Anything => Deputy::Confused,
            Proof::None => {
                let asked = || foreigner.on.iter().any(|at| *at != role && aws.asks_id_of(&foreigner.who, *at));
                let vendor = aws.tables.vendor_accounts.contains(&foreigner.who.account);
                if vendor || asked() { Deputy::Confused } else { Deputy::Unknown }
            }
        }
    }

    /// The builds of other services that roles admit, in the order of the roles.
    pub fn builds(&self) -> Vec<Build> {
        let aws = self.aws();
        let mut roles: Vec<u32> = aws.resources.own.keys().copied().collect();
        roles.sort_unstable();
        let mut out = Vec::new();
        for role in roles.into_iter().filter(|role| self.principal_of(*role).is_some()) {
            for one in aws.builds(role) {
                let Some(part) = one.level.parts.first() else { continue };
                let label = aws.statement(part).map(|statement| statement.label.clone()).unwrap_or_else(|| "".into());
                out.push(Build {
                    statement: Statement {
                        allows: true,
                        text: format!("{label}: admits {}", one.id).into(),
                        span: part.span,
                        resource: part.via,
                    },
                    id: one.id.into(),
                    name: one.name.into(),
                    breadth: one.breadth,
                    role,
                    answer: one.level.answer,
                    assumptions: one.level.assumptions,
                });
            }
        }
        out
    }

    /// The roles whose trust lets people of an identity provider in, as resources.
    pub fn trusting_provider(&self, provider: u32) -> Vec<u32> {
        let aws = self.aws();
        let mut out: Vec<u32> = Vec::new();
        for principal in self.principals() {
            let Some(own) = aws.resources.own.get(&principal.resource) else { continue };
            let statements = own.statements.iter().filter_map(|number| aws.store.all.get(*number as usize));
            let trusts = statements
                .filter(|one| one.allows)
                .flat_map(|one| one.principals.iter().flatten())
                .any(|who| matches!(who, Who::Federated(text) if aws.names.find(text) == Some(provider)));
            if trusts {
                out.push(principal.resource);
            }
        }
        out
    }

    /// Whether some resource's own policy speaks of an action to principals, so that one may have it without a policy of
    /// its own.
    pub fn in_resource_policies(&self, action: &str) -> bool {
        let aws = self.aws();
        let action = action.to_ascii_lowercase();
        // Only whether there is one is asked, so the order does not matter.
        aws.resources.own.values().flat_map(|own| &own.statements).any(|number| {
            aws.store.all.get(*number as usize).is_some_and(|statement| {
                statement.allows
                    && super::aws::evaluate::Aws::speaks(statement, &action) != super::aws::matching::Tri::No
                    && (statement.not_principals
                        || statement.principals.iter().flatten().any(|who| {
                            matches!(
                                who,
                                Who::Anyone | Who::Account(_) | Who::Arn(_) | Who::Session(_) | Who::Unknown(_)
                            )
                        }))
            })
        })
    }

    /// Everybody outside whom roles admit, in the order of the roles.
    pub fn outsiders(&self) -> Vec<Outsider> {
        let aws = self.aws();
        let mut roles: Vec<u32> = aws.resources.own.keys().copied().collect();
        roles.sort_unstable();
        let mut out: Vec<Outsider> = Vec::new();
        for role in roles {
            if self.principal_of(role).is_none() {
                continue;
            }
            let Some(own) = aws.resources.own.get(&role) else { continue };
            let home = aws.account_of(role);
            for number in &own.statements {
                let Some(statement) = aws.store.all.get(*number as usize).filter(|one| one.allows) else { continue };
                if !["sts:assumerole", "sts:assumerolewithsaml"]
                    .iter()
                    .any(|action| super::aws::evaluate::Aws::speaks(statement, action) != super::aws::matching::Tri::No)
                {
                    continue;
                }
                for who in statement.principals.iter().flatten() {
                    let (name, account) = match who {
                        Who::Arn(arn) | Who::Session(arn) if aws.people.named(arn).is_none() => (arn.as_str(), false),
                        Who::Account(text) if *text != home => (text.as_str(), true),
                        _ => continue,
                    };
                    // See `foreigners`.
                    if aws.foreign_in(who).is_some() {
                        continue;
                    }
                    let conditioned = !statement.conditions.is_empty() || !statement.certain;
                    let enough = !account && name.split(':').nth(4).is_some_and(|text| text == home);
                    out.push(Outsider {
                        name: name.into(),
                        federated: false,
                        account,
                        role,
                        enough,
                        statement: Statement {
                            allows: true,
                            text: format!("{}: admits {name}", statement.label).into(),
                            span: statement.span.unwrap_or(self.estate().resource(role).span),
                            resource: statement.holder.unwrap_or(role),
                        },
                        answer: if conditioned { Answer::Unknown } else { Answer::Allowed },
                    });
                }
            }
        }
        out.extend(azure::federated(self.estate()).into_iter().filter(|one| self.principal_of(one.role).is_some()));
        out
    }
}
