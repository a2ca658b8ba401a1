//! From a variable of a grant to what hangs together with it.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use vauban_model::library::{Cloud, Grant, GrantState};
use vauban_model::model::ElementRef;
use vauban_model::resource::Value;
use vauban_model::vocabulary::{Domain, fact};

use super::Inputs;
use super::bind::Chosen;
use crate::Estate;
use crate::catalogue::people;
use crate::permissions::Answer;

/// Look-ups that are made once.
pub(super) struct Walks {
    /// By resource: what runs or reads what it holds.
    consumers: FxHashMap<u32, Vec<u32>>,
    /// By resource: the principals that hold it (a policy) or belong to it (a group).
    holders: FxHashMap<u32, Vec<u32>>,
    /// By element: the principal it stands for.
    principals: FxHashMap<ElementRef, u32>,
    /// By role as a resource: an instance profile that carries it.
    profiles: FxHashMap<u32, u32>,
    /// By types and services: the identities that one of the services may take on.
    trusting: RefCell<FxHashMap<Trusting, Arc<[u32]>>>,
    /// By types and element: how many resources of the types the element stands for.
    parts: RefCell<FxHashMap<Vec<Box<str>>, Counts>>,
}

/// By element: how many.
type Counts = FxHashMap<ElementRef, u32>;

/// Types, and services.
type Trusting = (Vec<Box<str>>, Vec<Box<str>>);

/// Types that keep what others run. Code refers to much else: a machine is told the address of its database.
const KEEPS_CODE: [&str; 16] = [
    "aws_ecs_task_definition",
    "aws_launch_template",
    "aws_s3_bucket",
    "aws_s3_object",
    "aws_ecr_repository",
    "aws_codecommit_repository",
    "aws_codeartifact_repository",
    "google_storage_bucket",
    "google_storage_bucket_object",
    "google_artifact_registry_repository",
    "google_sourcerepo_repository",
    "azurerm_storage_account",
    "azurerm_storage_container",
    "azurerm_storage_blob",
    "azurerm_container_registry",
    "github_repository",
];

/// Attributes by which code is fetched from somewhere: whoever writes there decides what runs.
const CODE: [&str; 17] = [
    "task_definition",
    "launch_template.id",
    "launch_template.name",
    "s3_bucket",
    "image_uri",
    "image",
    "script_location",
    "source.location",
    "command.script_location",
    "container_definitions.image",
    "user_data",
    "user_data_base64",
    "source_archive_bucket",
    "artifact_identifier",
    "template_url",
    "image_repository",
    "storage_account_name",
];

impl Walks {
    pub(super) fn new(inputs: &Inputs<'_, '_>) -> Self {
        let mut consumers: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (at, resource) in (0u32..).zip(&inputs.estate.inventory.resources) {
            for path in CODE {
                for source in resource.at_each(path).into_iter().flat_map(|value| inputs.estate.referred(value)) {
                    if !KEEPS_CODE.contains(&&*inputs.estate.resource(source).ty) {
                        continue;
                    }
                    let list = consumers.entry(source).or_default();
                    if source != at && !list.contains(&at) {
                        list.push(at);
                    }
                }
            }
        }
        let mut holders: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (at, _) in (0u32..).zip(inputs.rights.principals()) {
            for held in inputs.rights.held(at) {
                holders.entry(held).or_default().push(at);
            }
        }
        let mut principals: FxHashMap<ElementRef, u32> = FxHashMap::default();
        for (at, principal) in (0u32..).zip(inputs.rights.principals()) {
            if let Some(element) = inputs.lowered.element(principal.resource) {
                principals.entry(element).or_insert(at);
            }
        }
        let mut profiles: FxHashMap<u32, u32> = FxHashMap::default();
        for profile in inputs.estate.of_type("aws_iam_instance_profile") {
            for role in inputs.rights.runs_as(*profile) {
                if let Some(role) = inputs.rights.principals().get(role as usize) {
                    profiles.entry(role.resource).or_insert(*profile);
                }
            }
        }
        Walks { consumers, holders, principals, profiles, trusting: RefCell::default(), parts: RefCell::default() }
    }

    /// The principal that an element stands for.
    pub(super) fn principal(&self, element: ElementRef) -> Option<u32> {
        self.principals.get(&element).copied()
    }

    /// An instance profile that carries a role.
    pub(super) fn profile_of(&self, role: u32) -> Option<u32> {
        self.profiles.get(&role).copied()
    }

    /// The resources of some types that one of some services may take on, as far as anybody knows: the same for everybody.
    pub(super) fn trusting(&self, inputs: &Inputs<'_, '_>, types: &[Box<str>], services: &[Box<str>]) -> Arc<[u32]> {
        let mut known = self.trusting.borrow_mut();
        let make = || {
            let all = inputs.rights.kinds(types).members;
            let admits = |at: &u32| {
                let role = inputs.rights.principal_of(*at)?;
                let mut services = services.iter();
                services
                    .any(|service| inputs.rights.trusts_service(role, service).answer != Answer::Denied)
                    .then_some(())
            };
            all.iter().filter(|at| admits(at).is_some()).copied().collect()
        };
        known.entry((types.to_vec(), services.to_vec())).or_insert_with(make).clone()
    }

    /// How many parts of some types a whole has, that stands for them as an element.
    pub(super) fn parts(&self, inputs: &Inputs<'_, '_>, types: &[Box<str>], element: ElementRef, whole: u32) -> u32 {
        let mut known = self.parts.borrow_mut();
        if !known.contains_key(types) {
            let mut counts = Counts::default();
            for at in inputs.rights.kinds(types).members.iter() {
                if let Some(element) = inputs.lowered.element(*at) {
                    *counts.entry(element).or_default() += 1;
                }
            }
            known.insert(types.to_vec(), counts);
        }
        let all = known.get(types).and_then(|counts| counts.get(&element)).copied().unwrap_or_default();
        all - u32::from(all > 0 && types.iter().any(|ty| **ty == *inputs.estate.resource(whole).ty))
    }

    /// The resources that a walk leads to.
    pub(super) fn resources(&self, inputs: &Inputs<'_, '_>, from: u32, walk: &str) -> Vec<u32> {
        let principals = |list: Vec<u32>| -> Vec<u32> {
            list.into_iter()
                .filter_map(|at| inputs.rights.principals().get(at as usize).map(|principal| principal.resource))
                .collect()
        };
        match walk {
            "runs_as" => principals(inputs.rights.runs_as(from)),
            "consumers" => self.consumers.get(&from).cloned().unwrap_or_default(),
            "targets" => targets(inputs.estate, from),
            "holds" => inputs.rights.principal_of(from).map(|at| inputs.rights.held(at)).unwrap_or_default(),
            "federated" => inputs.rights.trusting_provider(from),
            "members" => people::of_pool(inputs.estate, from),
            "claimed_roles" => super::claims::roles(inputs.estate, from),
            "principals" => principals(self.holders.get(&from).cloned().unwrap_or_default()),
            _ => Vec::new(),
        }
    }

    /// The boundary of the account that a principal belongs to.
    pub(super) fn account(&self, inputs: &Inputs<'_, '_>, principal: u32, cloud: Cloud) -> Option<ElementRef> {
        if principal == super::ANYONE && cloud == Cloud::Kubernetes {
            let binding = crate::permissions::bound_to_anybody(inputs.estate).next()?;
            return account_of(inputs, cloud, binding.0);
        }
        let principal = inputs.rights.principals().get(principal as usize)?;
        account_of(inputs, principal.cloud, principal.resource)
    }

    /// The elements that a state of a grant speaks of.
    pub(super) fn elements(
        &self,
        inputs: &Inputs<'_, '_>,
        principal: u32,
        grant: &Grant,
        chosen: &Chosen,
        state: &GrantState,
    ) -> Vec<ElementRef> {
        let own = || inputs.rights.principals().get(principal as usize).map(|principal| principal.resource);
        let resource = match &*state.on {
            "account" => {
                let account = match chosen.place() {
                    Some(place) => account_at(inputs, place),
                    None => self.account(inputs, principal, grant.cloud),
                };
                return account.into_iter().collect();
            }
            "principal" => own(),
            name => chosen.of(grant, name),
        };
        let Some(resource) = resource else { return Vec::new() };
        // A policy is no element of its own, and yet its holders are.
        if !matches!(&*state.walk, "" | "secrets" | "stores") {
            let reached = self.resources(inputs, resource, &state.walk);
            return reached.into_iter().filter_map(|at| inputs.lowered.element(at)).collect();
        }
        let Some(element) = inputs.lowered.element(resource) else { return Vec::new() };
        let data = |id| -> Vec<ElementRef> {
            let list = inputs.lowered.model.get(element).map_or(&[][..], |element| element.references(id));
            list.iter().map(|index| ElementRef { domain: Domain::Data, index: *index }).collect()
        };
        match &*state.walk {
            "" => vec![element],
            "secrets" => data(fact::CONFIGURED_WITH),
            _ => data(fact::STORES),
        }
    }
}

/// The machines that a deployment group of CodeDeploy puts revisions on: groups of machines by name, machines by their tags.
fn targets(estate: &Estate<'_>, group: u32) -> Vec<u32> {
    let group = estate.resource(group);
    // Hybrid workers carry out the jobs of the one account that their group belongs to.
    if &*group.ty == "azurerm_automation_hybrid_runbook_worker_group" {
        let account = group.get("automation_account_name").or_else(|| group.get("parent"));
        return account.map(|value| estate.named(value)).unwrap_or_default();
    }
    let mut out = group.get("autoscaling_groups").map(|value| estate.referred(value)).unwrap_or_default();
    let fits = |at: u32, filter: &Value| {
        let text = |key: &str| filter.get(key).and_then(Value::as_text);
        let tags = estate.resource(at).get("tags");
        let held = |key: &str| tags.and_then(|tags| tags.get(key));
        match text("type") {
            Some("KEY_ONLY") => text("key").is_some_and(|key| held(key).is_some()),
            Some("VALUE_ONLY") => {
                let values = tags.and_then(Value::as_map).unwrap_or_default().iter();
                text("value").is_some_and(|wanted| values.clone().any(|(_, value)| value.as_text() == Some(wanted)))
            }
            _ => text("key").and_then(held).and_then(Value::as_text).is_some_and(|value| text("value") == Some(value)),
        }
    };
    let any = |at: u32, filters: Option<&Value>| {
        filters.map(Value::each).unwrap_or_default().iter().any(|filter| fits(at, filter))
    };
    let sets = group.get("ec2_tag_set").map(Value::each).unwrap_or_default();
    for at in estate.of_type("aws_instance").iter().copied() {
        // Filters are alternatives; of several sets each must hold.
        let by_sets = !sets.is_empty() && sets.iter().all(|set| any(at, set.get("ec2_tag_filter")));
        if by_sets || any(at, group.get("ec2_tag_filter")) {
            out.push(at);
        }
    }
    out
}

/// The boundary of the project or subscription that a place is or lies in.
pub(super) fn account_at(inputs: &Inputs<'_, '_>, place: u32) -> Option<ElementRef> {
    inputs.lowered.place_of.get(&inputs.rights.account_of_place(place)?).copied()
}

/// The boundary of the account that a resource of a cloud is in.
pub(super) fn account_of(inputs: &Inputs<'_, '_>, cloud: Cloud, resource: u32) -> Option<ElementRef> {
    if matches!(cloud, Cloud::Gcp | Cloud::Azure)
        && let Some(place) = inputs.rights.place_of(resource)
    {
        return account_at(inputs, place);
    }
    let scope = inputs.rights.account_of(resource);
    let named = format!("{}:{scope}", cloud.as_str());
    let accounts = &inputs.lowered.account_of;
    accounts.get(&*named).or_else(|| accounts.get(cloud.as_str())).copied()
}
