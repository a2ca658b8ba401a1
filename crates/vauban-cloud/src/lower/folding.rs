//! Parts: whose they are, and what they say about it.

use vauban_model::model::{Element, ElementRef, Origin};
use vauban_model::resource::{Resource, Value};
use vauban_model::vocabulary::{Domain, fact};

use rustc_hash::FxHashMap;
use vauban_model::Diagnostic;

use super::builder::{Builder, Role, component_ref, word, yes_no};
use super::names;
use crate::catalogue::{Entry, Kind};

/// A namespace, and labels that are wanted in it.
type Selector = (String, Vec<(String, String)>);

/// How many steps lead from a part of a part to the whole.
const MOST_STEPS: usize = 8;

impl Builder<'_> {
    /// The resource that an attribute of the entry says this is a part of, or is kept by.
    pub(super) fn owner(&self, at: u32, entry: &Entry) -> Option<u32> {
        let resource = self.input.estate.resource(at);
        entry.part_of.iter().filter_map(|path| resource.get(path)).find_map(|value| self.owner_behind(at, value))
    }

    fn owner_behind(&self, at: u32, value: &Value) -> Option<u32> {
        let referred = self.input.estate.referred(value);
        if let Some(found) = referred.into_iter().find(|found| *found != at) {
            return Some(found);
        }
        // A name in clear text is the name of what the code declares elsewhere.
        let text = value.as_text().map_or_else(|| self.input.estate.render(value), str::to_owned);
        let name = text.rsplit(['/', ':']).next().unwrap_or(&text);
        let same = |name: &str| self.by_name.get(name).and_then(|all| all.iter().copied().find(|found| *found != at));
        same(&text).or_else(|| same(name))
    }

    /// Resources of the types that absorb this one and refer to it.
    fn absorbers(&self, at: u32) -> Vec<u32> {
        let Some(entry) = self.entry(at) else { return Vec::new() };
        if entry.folds_into.is_empty() {
            return Vec::new();
        }
        let referrers = self.referrers.get(at as usize).map_or(&[][..], Vec::as_slice);
        let fits = |referrer: u32| {
            let ty = &self.input.estate.resource(referrer).ty;
            self.role(referrer) != Role::Unused && entry.folds_into.iter().any(|wanted| **wanted == **ty)
        };
        referrers.iter().copied().filter(|referrer| fits(*referrer)).collect()
    }

    /// Whether a component is only the recipe of another: a task definition that a service runs.
    pub(super) fn is_absorbed(&self, at: u32) -> bool {
        !self.options.unfold && !self.absorbers(at).is_empty()
    }

    /// Puts what parts say on their wholes.
    pub(super) fn fold(&mut self) {
        let selected = crate::flows::selected(self.input.estate);
        let most = |cut: Option<(usize, u32)>| cut.map_or(usize::MAX, |(most, _)| most);
        let services = self.services(most(selected.cut), most(selected.cut_all));
        let told = [
            (selected.cut, "that all select the same workloads"),
            (selected.cut_all, "that select very many workloads"),
        ];
        for (cut, which) in told {
            let Some((most, service)) = cut else { continue };
            let resource = self.input.estate.resource(service);
            let first = if most == 1 { "first workload".to_owned() } else { format!("first {most} workloads") };
            self.out.diagnostics.push(
                Diagnostic::warning(
                    "services-select-too-much",
                    resource.get("spec.selector").map_or(resource.span, |selector| selector.span),
                    format!("services {which}, such as `{}`, are followed to the {first} each", resource.name),
                )
                .help("give each workload a label of its own and let its service select that"),
            );
        }
        let mut parts: Vec<(i64, u32, Vec<u32>)> = Vec::new();
        for (at, _) in (0u32..).zip(self.resources()) {
            let Some(entry) = self.entry(at) else { continue };
            let absorbed = self.absorbers(at);
            let part = self.role(at) == Role::Is(Kind::Part);
            if !part && (absorbed.is_empty() || self.element_of(at).is_some()) {
                continue;
            }
            let owners = if !absorbed.is_empty() {
                absorbed
            } else if let Some(list) = services.get(&at) {
                list.clone()
            } else {
                self.owner(at, entry).into_iter().collect()
            };
            parts.push((entry.priority, at, owners));
        }
        parts.sort_by_key(|(priority, at, _)| (*priority, *at));
        let direct: FxHashMap<u32, u32> =
            parts.iter().filter_map(|(_, at, owners)| owners.first().map(|owner| (*at, *owner))).collect();
        for (_, at, owners) in &parts {
            let mut first = None;
            for owner in owners {
                let mut whole = *owner;
                for _ in 0..MOST_STEPS {
                    if self.element_of(whole).is_some() && !direct.contains_key(&whole) {
                        break;
                    }
                    match direct.get(&whole) {
                        Some(next) => whole = *next,
                        None => break,
                    }
                }
                let Some(element) = self.element_of(whole) else { continue };
                first.get_or_insert(element);
                self.apply(*at, element, true);
            }
            if self.element_of(*at).is_some() {
                continue;
            }
            match first {
                Some(whole) if self.options.unfold && whole.domain == Domain::Component => self.unfolded(*at, whole),
                Some(whole) => self.set_element(*at, whole),
                // Nobody's part, but worth something by itself: credentials lie in it, or it gives machines an identity.
                None if self.stands_alone(*at) => {
                    if let Some(entry) = self.entry(*at) {
                        let resource = self.input.estate.resource(*at);
                        let mut element = Element::new(&*resource.address, names::of(resource, entry), resource.span);
                        element.set(yes_no(fact::CUSTOM_CODE, false, Origin::Imported, resource.span));
                        if let Some(fact) = word(fact::KIND, "process", Origin::Imported, resource.span) {
                            element.set(fact);
                        }
                        self.describe(*at, &mut element);
                        let boundary = self.account(*at);
                        let index = self.add_component(element, boundary);
                        self.set_element(*at, component_ref(index));
                        self.apply(*at, component_ref(index), true);
                    }
                }
                // Whose it is cannot be told: the account's, or the whole system's where there is none.
                None => {
                    let whole = self.account(*at).map(|index| ElementRef { domain: Domain::Boundary, index });
                    self.set_element(*at, whole.unwrap_or(ElementRef::SYSTEM));
                }
            }
        }
    }

    fn stands_alone(&self, at: u32) -> bool {
        self.input.credentials.iter().flat_map(|credential| &credential.holdings).any(|holding| holding.resource == at)
            || self.input.runs_as.iter().any(|(workload, _)| *workload == at)
    }

    /// A part as a component of its own, inside its whole.
    fn unfolded(&mut self, at: u32, whole: ElementRef) {
        let Some(entry) = self.entry(at) else { return };
        let resource = self.input.estate.resource(at);
        let mut element = Element::new(&*resource.address, names::of(resource, entry), resource.span);
        if let Some(fact) = word(fact::KIND, "process", Origin::Imported, resource.span) {
            element.set(fact);
        }
        self.describe(at, &mut element);
        let boundary = self.out.model.components.get(whole.at()).and_then(|component| component.boundary);
        let index = self.add_component(element, boundary);
        if let Some(component) = self.component(index) {
            component.parent = Some(whole.index);
        }
        self.set_element(at, component_ref(index));
    }

    /// Kubernetes services, to the workloads that their selectors choose, to the first ones only where there are very many:
    /// so many for each service that shares its selector with others, so many for any.
    fn services(&self, most_of_shared: usize, most: usize) -> FxHashMap<u32, Vec<u32>> {
        let services = self.input.estate.of_type("k8s:Service");
        let mut out = FxHashMap::default();
        if services.is_empty() {
            return out;
        }
        let mut by_label: FxHashMap<(String, String, String), Vec<u32>> = FxHashMap::default();
        for (at, resource) in (0u32..).zip(self.resources()) {
            if !resource.ty.starts_with("k8s:") {
                continue;
            }
            let labels =
                ["spec.template.metadata.labels", "spec.jobTemplate.spec.template.metadata.labels", "metadata.labels"]
                    .iter()
                    .find_map(|path| resource.get(path));
            if !matches!(self.role(at), Role::Is(kind) if kind.is_component()) {
                continue;
            }
            for (key, value) in labels.and_then(Value::as_map).unwrap_or_default() {
                if let Some(value) = value.as_text() {
                    by_label.entry((namespace_of(resource), key.to_string(), value.to_owned())).or_default().push(at);
                }
            }
        }
        let mut selectors: Vec<(u32, Selector)> = Vec::new();
        let mut counts: FxHashMap<Selector, usize> = FxHashMap::default();
        for &service in services {
            let resource = self.input.estate.resource(service);
            let Some(selector) = resource.get("spec.selector").and_then(Value::as_map) else { continue };
            let mut wanted: Vec<(String, String)> = selector
                .iter()
                .map(|(key, value)| (key.to_string(), value.as_text().unwrap_or_default().to_owned()))
                .collect();
            wanted.sort_unstable();
            let selector = (namespace_of(resource), wanted);
            *counts.entry(selector.clone()).or_default() += 1;
            selectors.push((service, selector));
        }
        let mut groups: FxHashMap<Selector, Vec<u32>> = FxHashMap::default();
        for (service, selector) in selectors {
            let shared = counts.get(&selector).is_some_and(|count| *count > 1);
            let chosen = groups.entry(selector).or_insert_with_key(|(space, wanted)| {
                let mut chosen: Option<Vec<u32>> = None;
                for (key, value) in wanted {
                    let with =
                        by_label.get(&(space.clone(), key.clone(), value.clone())).map_or(&[][..], Vec::as_slice);
                    chosen = Some(match chosen {
                        None => with.to_vec(),
                        Some(so_far) => so_far.into_iter().filter(|at| with.binary_search(at).is_ok()).collect(),
                    });
                }
                let mut chosen = chosen.unwrap_or_default();
                chosen.truncate(if shared { most_of_shared.min(most) } else { most });
                chosen
            });
            if !chosen.is_empty() {
                out.insert(service, chosen.clone());
            }
        }
        out
    }
}

/// The namespace of a Kubernetes object.
fn namespace_of(resource: &Resource) -> String {
    resource.text("metadata.namespace").unwrap_or("default").to_owned()
}
