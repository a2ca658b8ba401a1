//! After which of its variables each permission of a grant is asked for.

use vauban_model::library::{Bind, BindCondition, Cloud, Grant, Permission};

use super::{Inputs, bare};

/// Whether an action is one of a service.
pub(super) fn of_service(action: &str, service: &str) -> bool {
    action.split(':').next().is_some_and(|own| own == service)
}

/// When the permissions of a grant can be asked for: the same for every principal.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// By choice of permissions: after which variable.
    pub(super) levels: Vec<usize>,
    /// Where requests name the role that they pass: the service of the actions, the key of conditions that holds the role,
    /// and the variable that it is.
    pub(super) passed: Option<(Box<str>, Box<str>, usize)>,
}

impl Order {
    pub(super) fn of(inputs: &Inputs<'_, '_>, grant: &Grant) -> Order {
        let passed = grant.permissions.iter().flatten().find_map(|permission| {
            let action = bare(permission);
            let (key, to) = inputs.rights.passes(action)?;
            let trusts = |bind: &Bind| {
                let to_it = |one: &BindCondition| matches!(one, BindCondition::Trusts(all) if all.iter().any(|one| **one == *to));
                bind.conditions.iter().any(to_it)
            };
            let at = grant.binds.iter().position(trusts)?;
            Some((action.split(':').next()?.into(), key.into(), at))
        });
        let mut out = Order { levels: Vec::new(), passed };
        out.levels = grant.permissions.iter().map(|choices| out.level(grant, choices)).collect();
        out
    }

    /// The level at which a permission can be asked for: after its last variable is bound.
    fn level(&self, grant: &Grant, choices: &[Permission]) -> usize {
        // What is made in a project is made where the first variable lies.
        if grant.cloud == Cloud::Gcp && choices.iter().all(|choice| choice.on.is_none()) {
            return usize::from(!grant.binds.is_empty());
        }
        let level = |name: &Option<Box<str>>| {
            let name = name.as_deref()?;
            grant.binds.iter().position(|bind| &*bind.name == name).map(|at| at + 1)
        };
        let own = choices.iter().flat_map(|choice| [level(&choice.on), level(&choice.by)]).flatten();
        let passed =
            self.passed.iter().filter(|(service, ..)| choices.iter().any(|one| of_service(bare(one), service)));
        own.chain(passed.map(|(.., at)| at + 1)).max().unwrap_or(0)
    }
}
