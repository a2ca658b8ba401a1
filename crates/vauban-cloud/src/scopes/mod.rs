//! Where things lie in the hierarchies of Google Cloud and Azure: organisation, folder or management group, project or
//! subscription, resource group. A right holds for what lies below the place that it is given on, and for nothing beside
//! it.
//!
//! A place is known by its name, as far as the configuration tells: stated, the setting of the provider, or an unknown with
//! its own name. Two places are the same, different, or perhaps the same: what nobody stated could be anything.

mod azure;
mod gcp;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::library::Cloud;
use vauban_model::resource::{Provider, Resource, Source, Text, Value};

use crate::Estate;
use crate::accounts::Environments;

/// Whether something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Is {
    No,
    Perhaps,
    Yes,
}

/// Levels of the hierarchies, from above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Level {
    /// An organisation; the directory with all its subscriptions.
    Top,
    /// A folder or management group.
    Folder,
    /// A project or subscription.
    Account,
    /// A resource group.
    Group,
}

/// What is around a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Around {
    Nothing,
    Unknown,
    Place(u32),
}

/// A place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) cloud: Cloud,
    pub(crate) level: Level,
    /// Its name, with `${…}` for what is not known; empty for the one that nobody named.
    pub(crate) name: Text,
    /// The alias by which it is spoken of, if it is.
    alias: Text,
    /// The resource that makes it or looks it up.
    pub(crate) resource: Option<u32>,
    /// Whether the configuration makes it.
    made: bool,
    around: Around,
}

/// All places, and where each resource lies.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    nodes: Vec<Node>,
    /// By resource.
    of: Vec<Option<u32>>,
    by_name: FxHashMap<(Cloud, Level, Text), u32>,
    /// By role assignment of Azure, unless it is on a single resource, and by deny policy of Google Cloud: its place.
    granted_on: Vec<Option<u32>>,
    environments: Environments,
    /// By place: the environment of all that is made in it, if it is one.
    environment_of: Vec<Option<u32>>,
    /// Places and environments that make something there.
    housed: FxHashSet<(u32, u32)>,
}

/// How far values and parents are followed.
const MOST_STEPS: usize = 12;

impl Scopes {
    /// Finds the places of an inventory and what lies where.
    pub(crate) fn new(estate: &Estate<'_>) -> Scopes {
        let mut finder = Finder {
            estate,
            out: Scopes {
                of: vec![None; estate.inventory.resources.len()],
                granted_on: vec![None; estate.inventory.resources.len()],
                environments: Environments::new(estate.inventory),
                ..Scopes::default()
            },
            unstated: FxHashMap::default(),
        };
        finder.projects();
        finder.groups();
        for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
            finder.locate(at, resource, 0);
        }
        finder.assignments();
        finder.denials();
        finder.around_projects();
        finder.around_subscriptions();
        finder.settle();
        finder.out.in_environments(estate);
        finder.out
    }

    /// Finds the environments of places.
    fn in_environments(&mut self, estate: &Estate<'_>) {
        let mut found: Vec<Option<Option<u32>>> = vec![None; self.nodes.len()];
        for (at, place) in (0u32..).zip(&self.of) {
            // Access can be given in anybody's project: it says nothing of whose that is.
            if is_access(estate.resource(at)) {
                continue;
            }
            self.housed.extend(place.zip(self.environments.of(at)));
            let Some(slot) = place.and_then(|place| found.get_mut(place as usize)) else { continue };
            let own = self.environments.of(at);
            *slot = Some(slot.map_or(own, |known| known.filter(|known| Some(*known) == own)));
        }
        self.environment_of = found.into_iter().map(Option::flatten).collect();
    }

    /// Whether a resource certainly does not lie in a place for which a grant is, as far as environments tell: its
    /// environment is another than the grant's, and the place is one of the grant's own.
    pub(crate) fn apart(&self, grant: u32, whole: u32, at: u32) -> bool {
        self.is_own(grant, whole) && self.environments.apart(self.environments.of(grant), self.environments.of(at))
    }

    /// Whether a place belongs to the environment of a resource: nobody stated which it is, or something is made there.
    fn is_own(&self, resource: u32, place: u32) -> bool {
        let unnamed = self.node(place).is_some_and(|node| node.name.is_empty() || node.name.contains("${"));
        unnamed || self.environments.of(resource).is_some_and(|own| self.housed.contains(&(place, own)))
    }

    /// The environment that a resource lies in, if its folder clashes with others.
    pub(crate) fn environment(&self, resource: u32) -> Option<u32> {
        self.environments.of(resource)
    }

    /// The same of a place.
    pub(crate) fn place_apart(&self, grant: u32, whole: u32, place: u32) -> bool {
        let inside = self.environment_of.get(place as usize).copied().flatten();
        self.is_own(grant, whole) && self.environments.apart(inside, self.environments.of(grant))
    }

    /// A place.
    pub(crate) fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(at as usize)
    }

    /// Where a resource lies, as closely as it is known.
    pub(crate) fn of(&self, resource: u32) -> Option<u32> {
        self.of.get(resource as usize).copied().flatten()
    }

    /// The place that a role assignment of Azure is on, unless it is on a single resource, or a deny policy.
    pub(crate) fn granted_on(&self, assignment: u32) -> Option<u32> {
        self.granted_on.get(assignment as usize).copied().flatten()
    }

    /// The project or subscription around a place, or the place itself.
    pub(crate) fn account(&self, place: u32) -> Option<u32> {
        let mut at = place;
        for _ in 0..MOST_STEPS {
            let node = self.node(at)?;
            match (node.level, node.around) {
                (Level::Account, _) => return Some(at),
                (Level::Group, Around::Place(around)) => at = around,
                _ => return None,
            }
        }
        None
    }

    /// The project or subscription that a resource lies in.
    pub(crate) fn account_of(&self, resource: u32) -> Option<u32> {
        self.account(self.of(resource)?)
    }

    /// All places of a cloud on some levels, in the order in which they were found.
    pub(crate) fn places(&self, cloud: Cloud, from: Level) -> Vec<u32> {
        (0u32..)
            .zip(&self.nodes)
            .filter(|(at, node)| node.cloud == cloud && node.level >= from && !self.replaced(*at, node))
            .map(|(at, _)| at)
            .collect()
    }

    /// Whether another node stands for it.
    fn replaced(&self, at: u32, node: &Node) -> bool {
        self.by_name.get(&(node.cloud, node.level, node.name.clone())).is_some_and(|known| *known != at)
            && node.name.is_empty()
    }

    /// A short name for ids of the model; empty for the only one of its cloud and for the one nobody named.
    pub(crate) fn label(&self, place: u32) -> Text {
        let Some(node) = self.node(place) else { return "".into() };
        if self.places(node.cloud, Level::Account).iter().filter(|at| self.is_account(**at)).count() <= 1 {
            return "".into();
        }
        if !node.alias.is_empty() {
            return node.alias.clone();
        }
        node.name.replace("${", "").replace('}', "").into()
    }

    fn is_account(&self, place: u32) -> bool {
        self.node(place).is_some_and(|node| node.level == Level::Account)
    }

    /// What a place is called in sentences.
    pub(crate) fn title(&self, place: u32) -> String {
        let Some(node) = self.node(place) else { return "a place".to_owned() };
        let what = match (node.cloud, node.level) {
            (Cloud::Azure, Level::Top) => "directory",
            (_, Level::Top) => "organisation",
            (Cloud::Azure, Level::Folder) => "management group",
            (_, Level::Folder) => "folder",
            (Cloud::Azure, Level::Account) => "subscription",
            (_, Level::Account) => "project",
            (_, Level::Group) => "resource group",
        };
        if node.name.is_empty() { format!("the provider's {what}") } else { format!("{what} `{}`", node.name) }
    }

    /// Whether two places of one level are the same.
    pub(crate) fn same(&self, a: u32, b: u32) -> Is {
        if a == b {
            return Is::Yes;
        }
        let (Some(one), Some(other)) = (self.node(a), self.node(b)) else { return Is::No };
        if one.cloud != other.cloud || one.level != other.level || (one.made && other.made) {
            return Is::No;
        }
        if one.level == Level::Group
            && let (Around::Place(around), Around::Place(beside)) = (one.around, other.around)
            && self.same(around, beside) == Is::No
        {
            return Is::No;
        }
        let digits = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        let numbered = digits(&one.name) != digits(&other.name);
        if one.name.is_empty() || other.name.is_empty() || numbered || alike(&one.name, &other.name) {
            // Two names that are wholly known and the same are one node, but for groups whose subscriptions differ.
            let of = |place: u32| self.environment_of.get(place as usize).copied().flatten();
            return if self.environments.apart(of(a), of(b)) { Is::No } else { Is::Perhaps };
        }
        Is::No
    }

    /// Whether a place is another or lies below it.
    pub(crate) fn within(&self, place: u32, whole: u32) -> Is {
        let Some(wanted) = self.node(whole) else { return Is::No };
        let mut best = Is::No;
        let mut at = place;
        for _ in 0..MOST_STEPS {
            let Some(node) = self.node(at) else { return best };
            if node.cloud != wanted.cloud || node.level < wanted.level {
                return best;
            }
            if node.level == Level::Folder && wanted.level == Level::Folder || node.level == wanted.level {
                best = best.max(self.same(at, whole));
                if best == Is::Yes {
                    return best;
                }
            }
            at = match node.around {
                Around::Place(around) => around,
                Around::Nothing => return best,
                // A configuration speaks of one organisation, unless it names several.
                Around::Unknown if wanted.level == Level::Top && self.tops(wanted.cloud) == 1 => return Is::Yes,
                Around::Unknown if wanted.level < node.level => return Is::Perhaps,
                Around::Unknown if wanted.level == Level::Folder => return best.max(Is::Perhaps),
                Around::Unknown => return best,
            };
        }
        best
    }

    fn tops(&self, cloud: Cloud) -> usize {
        self.nodes.iter().filter(|node| node.cloud == cloud && node.level == Level::Top).count()
    }

    /// The folder of Google Cloud that a text such as `folders/123` names.
    pub(crate) fn named_folder(&self, name: &str) -> Option<u32> {
        self.by_name.get(&(Cloud::Gcp, Level::Folder, name.trim_start_matches("folders/").into())).copied()
    }

    /// The place that a name in the provider's own form lies in: `projects/shop/…`, `/subscriptions/…`.
    pub(crate) fn named(&self, name: &str) -> Option<u32> {
        if let Some((_, rest)) = name.split_once("projects/") {
            let project = rest.split('/').next()?;
            return self.by_name.get(&(Cloud::Gcp, Level::Account, project.into())).copied();
        }
        let (subscription, group) = azure::parts(name)?;
        let around = self.by_name.get(&(Cloud::Azure, Level::Account, subscription.into())).copied();
        let group =
            group.and_then(|group| self.by_name.get(&(Cloud::Azure, Level::Group, group_key(around, group))).copied());
        group.or(around)
    }
}

/// The name that a resource group is found by.
fn group_key(subscription: Option<u32>, name: &str) -> Text {
    format!("{}/{}", subscription.map_or_else(String::new, |at| at.to_string()), name.to_ascii_lowercase()).into()
}

/// Whether a resource only says who may do what.
fn is_access(resource: &Resource) -> bool {
    resource.ty.contains("_iam_") || resource.ty.ends_with("_role_assignment")
}

/// Whether two names with unknown parts could be the same: what is known at both ends fits.
fn alike(a: &str, b: &str) -> bool {
    let ends = |text: &str| -> Option<(usize, usize)> { Some((text.find("${")?, text.rfind('}')? + 1)) };
    let fits = |short: &str, long: &str| long.starts_with(short) || short.starts_with(long);
    let tails = |short: &str, long: &str| long.ends_with(short) || short.ends_with(long);
    match (ends(a), ends(b)) {
        (None, None) => a.eq_ignore_ascii_case(b),
        (Some((head, tail)), None) | (None, Some((head, tail))) => {
            let (open, known) = if a.contains("${") { (a, b) } else { (b, a) };
            let (start, end) = (open.get(..head).unwrap_or(""), open.get(tail..).unwrap_or(""));
            known.len() >= start.len() + end.len() && known.starts_with(start) && known.ends_with(end)
        }
        (Some((a_head, a_tail)), Some((b_head, b_tail))) => {
            fits(a.get(..a_head).unwrap_or(""), b.get(..b_head).unwrap_or(""))
                && tails(a.get(a_tail..).unwrap_or(""), b.get(b_tail..).unwrap_or(""))
        }
    }
}

/// Finds places.
struct Finder<'e> {
    estate: &'e Estate<'e>,
    out: Scopes,
    /// By cloud: the project or subscription that nobody named.
    unstated: FxHashMap<Cloud, u32>,
}

impl<'e> Finder<'e> {
    fn add(&mut self, cloud: Cloud, level: Level, name: Text, resource: Option<u32>, around: Around) -> u32 {
        let made = resource.is_some_and(|at| self.estate.resource(at).mode == vauban_model::resource::Mode::Managed);
        let number = u32::try_from(self.out.nodes.len()).unwrap_or(u32::MAX);
        self.out.nodes.push(Node { cloud, level, name, alias: "".into(), resource, made, around });
        number
    }

    /// The place with a name, made where it is spoken of first.
    fn place(&mut self, cloud: Cloud, level: Level, name: &str) -> u32 {
        let key = (cloud, level, Text::from(name));
        if let Some(known) = self.out.by_name.get(&key) {
            return *known;
        }
        let around = if level == Level::Top { Around::Nothing } else { Around::Unknown };
        let made = self.add(cloud, level, name.into(), None, around);
        self.out.by_name.insert(key, made);
        made
    }

    /// Where resources lie that do not say it: in what their provider is set up for.
    fn default(&mut self, cloud: Cloud, resource: &Resource, depth: usize) -> u32 {
        let names: &[&str] = if cloud == Cloud::Gcp { &["google", "google-beta"] } else { &["azurerm", "azapi"] };
        let key = if cloud == Cloud::Gcp { "project" } else { "subscription_id" };
        let terraform = matches!(resource.source, Source::Terraform | Source::TerraformPlan | Source::TerraformState);
        let scope = if terraform { &*resource.scope } else { "" };
        let estate = self.estate;
        let set_up = |scope: &str| -> Option<&'e Provider> {
            let mut best: Option<&Provider> = None;
            for provider in &estate.inventory.providers {
                let fits = names.contains(&&*provider.name)
                    && *provider.scope == *scope
                    && resource.address.starts_with(&*provider.prefix);
                let better = best.is_none_or(|best| {
                    (provider.attributes.get(key).is_some(), provider.prefix.len())
                        > (best.attributes.get(key).is_some(), best.prefix.len())
                });
                if fits && better {
                    best = Some(provider);
                }
            }
            best
        };
        let provider = set_up(scope);
        if let Some(value) = provider.and_then(|provider| provider.attributes.get(key))
            && !value.is_null()
            && depth < MOST_STEPS
        {
            let at = match cloud {
                Cloud::Gcp => self.project(value, resource, depth + 1),
                _ => self.subscription(value, resource, depth + 1),
            };
            if !scope.is_empty()
                && let Some(node) = self.out.nodes.get_mut(at as usize)
                && node.alias.is_empty()
                && node.name.contains("${")
            {
                node.alias = scope.into();
            }
            return at;
        }
        if provider.is_none()
            && !scope.is_empty()
            && !estate.inventory.providers.iter().any(|one| names.contains(&&*one.name))
        {
            // An alias of which nothing more is known.
            let at = self.place(cloud, Level::Account, &format!("${{provider:{scope}}}"));
            if let Some(node) = self.out.nodes.get_mut(at as usize) {
                node.alias = scope.into();
            }
            return at;
        }
        let label = if terraform { self.out.environments.label(&resource.address) } else { String::new() };
        if !label.is_empty() {
            let at = self.place(cloud, Level::Account, &format!("${{provider:{label}}}"));
            if let Some(node) = self.out.nodes.get_mut(at as usize) {
                node.alias = label.as_str().into();
            }
            return at;
        }
        if let Some(known) = self.unstated.get(&cloud) {
            return *known;
        }
        let at = self.place(cloud, Level::Account, "");
        self.unstated.insert(cloud, at);
        at
    }

    /// Where a resource lies.
    fn locate(&mut self, at: u32, resource: &Resource, depth: usize) -> Option<u32> {
        if let Some(known) = self.out.of(at) {
            return Some(known);
        }
        if depth > MOST_STEPS {
            return None;
        }
        let found = if resource.ty.starts_with("google_") {
            self.locate_google(at, resource, depth)
        } else if resource.ty.starts_with("azurerm_") || resource.ty.starts_with("azapi_") {
            self.locate_azure(at, resource, depth)
        } else if resource.ty.starts_with("azuread_") {
            self.default(Cloud::Azure, resource, depth)
        } else {
            return None;
        };
        if let Some(slot) = self.out.of.get_mut(at as usize) {
            *slot = Some(found);
        }
        Some(found)
    }

    fn grant_on(&mut self, at: u32, place: u32) {
        if let Some(slot) = self.out.granted_on.get_mut(at as usize) {
            *slot = Some(place);
        }
    }

    /// The resource that a value refers to first, and the attribute.
    fn referred(&self, value: &Value) -> Option<(u32, Text)> {
        let mut found = None;
        value.references(&mut |reference, _| {
            if found.is_none()
                && let Some(at) = self.estate.find(&reference.address)
            {
                found = Some((at, reference.attribute.clone()));
            }
        });
        found
    }

    /// Nobody names the project or subscription of the provider, and exactly one is named at all that exists already: it
    /// is that one.
    fn settle(&mut self) {
        for cloud in [Cloud::Gcp, Cloud::Azure] {
            let Some(unstated) = self.unstated.get(&cloud).copied() else { continue };
            let mut named = (0u32..).zip(&self.out.nodes).filter(|(at, node)| {
                node.cloud == cloud && node.level == Level::Account && *at != unstated && node.alias.is_empty()
            });
            let (Some((only, node)), None) = (named.next(), named.next()) else { continue };
            if node.made {
                continue;
            }
            for slot in &mut self.out.of {
                if *slot == Some(unstated) {
                    *slot = Some(only);
                }
            }
            for place in &mut self.out.granted_on {
                if *place == Some(unstated) {
                    *place = Some(only);
                }
            }
            for node in &mut self.out.nodes {
                if node.around == Around::Place(unstated) {
                    node.around = Around::Place(only);
                }
            }
            self.out.by_name.insert((cloud, Level::Account, "".into()), only);
        }
    }
}
