//! Principals that the trust of roles names and the code does not make: users of other accounts, whole accounts, people
//! who exist already.

use vauban_model::resource::Text;

use super::aws::policy::Who;
use super::{Answer, Rights, Statement};

/// Somebody outside the inventory whom a role admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outsider {
    /// The name in the provider's own form: an ARN, or an account's text.
    pub name: Text,
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

impl Rights<'_> {
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
                    let conditioned = !statement.conditions.is_empty() || !statement.certain;
                    let enough = !account && name.split(':').nth(4).is_some_and(|text| text == home);
                    out.push(Outsider {
                        name: name.into(),
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
        out
    }
}
