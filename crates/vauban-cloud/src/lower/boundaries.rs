//! Trust boundaries: accounts, networks and their segments, clusters and namespaces; and who lies where.

use vauban_model::Span;
use vauban_model::model::{Boundary, Element, ElementRef, Origin};
use vauban_model::resource::{Resource, Source, Text, Value};
use vauban_model::vocabulary::{Domain, fact};

use super::builder::{Builder, Role, word};
use super::names;
use crate::catalogue::Kind;

/// How many steps are followed from a resource to the boundary it is in.
const MOST_STEPS: usize = 6;

/// Attributes by which helpers of a network say where they are.
const LEADS: &[&str] = &[
    "subnet_ids",
    "subnet_id",
    "subnets",
    "vpc_zone_identifier",
    "subnetwork",
    "vpc_id",
    "network",
    "virtual_network_name",
    "ip_configuration.subnet_id",
    "resource_group_name",
];

/// The cloud a type belongs to.
pub(crate) fn cloud(ty: &str) -> Option<&'static str> {
    let lower = ty.to_ascii_lowercase();
    match lower.split([':', '_', '.', '/']).next()? {
        "aws" | "awscc" => Some("aws"),
        "azurerm" | "azuread" | "azapi" | "microsoft" | "azure" => Some("azure"),
        "google" | "gcp" => Some("gcp"),
        "k8s" | "kubernetes" => Some("kubernetes"),
        _ if lower.contains(".googleapis.com/") => Some("gcp"),
        _ => None,
    }
}

/// What an account is called, for people.
fn account_name(cloud: &str) -> (&'static str, &'static str) {
    match cloud {
        "aws" => ("AWS account", "cloud-account"),
        "azure" => ("Azure subscription", "cloud-account"),
        "gcp" => ("Google Cloud project", "cloud-account"),
        _ => ("Kubernetes cluster", "cluster"),
    }
}

/// Whether a scope only names a region, so that it is the same account.
pub(crate) fn is_region(scope: &str) -> bool {
    let scope = scope.to_ascii_lowercase().replace('_', "-");
    let last = scope.rsplit('.').next().unwrap_or(&scope);
    const AREAS: &[&str] = &[
        "us-",
        "eu-",
        "ap-",
        "ca-",
        "sa-",
        "af-",
        "me-",
        "il-",
        "cn-",
        "us-gov-",
        "mx-",
        "virginia",
        "ohio",
        "oregon",
        "ireland",
        "frankfurt",
        "london",
        "sydney",
        "tokyo",
        "singapore",
    ];
    let region = AREAS.iter().any(|area| last.starts_with(area));
    let tail = last.chars().last().is_some_and(|c| c.is_ascii_digit()) || !last.contains('-');
    (region && tail)
        || matches!(
            last,
            "useast1" | "uswest2" | "us" | "cloudfront" | "acm" | "global" | "primary" | "secondary" | "replica"
        )
}

impl Builder<'_> {
    /// The boundary of the account a resource belongs to, made where it is needed first.
    pub(super) fn account(&mut self, at: u32) -> Option<u32> {
        let resource = self.input.estate.resource(at);
        let cloud = cloud(&resource.ty)?;
        if let Some(place) = self.input.estate.scopes().account_of(at) {
            return Some(self.account_at(cloud, place, resource.span));
        }
        let by_alias = matches!(resource.source, Source::Terraform | Source::TerraformPlan | Source::TerraformState);
        let scope = if by_alias && cloud != "kubernetes" {
            let scope = resource.scope.rsplit('.').next().unwrap_or_default();
            if is_region(scope) || scope == cloud { "" } else { scope }
        } else {
            ""
        };
        Some(self.account_named(cloud, scope, resource.span))
    }

    /// The boundary of a project or subscription: the resource that makes it, or one of its own.
    fn account_at(&mut self, cloud: &str, place: u32, span: Span) -> u32 {
        if let Some(known) = self.out.place_of.get(&place) {
            return known.index;
        }
        let own = self.input.estate.scopes().node(place).and_then(|node| node.resource);
        let own = own
            .and_then(|at| Some((at, self.entry(at)?)))
            .filter(|(at, entry)| entry.boundary.is_some() && matches!(self.role(*at), Role::Is(_)));
        let index = match own {
            Some((at, entry)) => {
                let resource = self.input.estate.resource(at);
                let mut element = Element::new(&*resource.address, names::of(resource, entry), resource.span);
                self.describe(at, &mut element);
                let index = self.add_boundary(element, entry.boundary.unwrap_or("cloud-account"), None);
                self.boundary_of.insert(at, index);
                index
            }
            None => {
                let label = self.input.estate.scopes().label(place);
                self.account_named(cloud, &label, span)
            }
        };
        self.out.place_of.insert(place, ElementRef { domain: Domain::Boundary, index });
        index
    }

    fn account_named(&mut self, cloud: &str, scope: &str, span: Span) -> u32 {
        let key: Text = if scope.is_empty() { cloud.into() } else { format!("{cloud}:{scope}").as_str().into() };
        if let Some(known) = self.out.account_of.get(&key) {
            return known.index;
        }
        let (name, kind) = account_name(cloud);
        let (id, name) = if scope.is_empty() {
            (format!("account:{cloud}"), name.to_owned())
        } else {
            (format!("account:{scope}"), format!("{name} {scope}"))
        };
        let index = self.add_boundary(Element::new(id, name, span), kind, None);
        self.out.account_of.insert(key, ElementRef { domain: Domain::Boundary, index });
        index
    }

    pub(super) fn add_boundary(&mut self, mut element: Element, kind: &str, parent: Option<u32>) -> u32 {
        let span = element.span;
        if let Some(fact) = word(fact::BOUNDARY_KIND, kind, Origin::Imported, span) {
            element.set(fact);
        }
        let index = u32::try_from(self.out.model.boundaries.len()).unwrap_or(u32::MAX);
        self.out.model.boundaries.push(Boundary { element, parent });
        index
    }

    /// All boundaries, outer before inner where the network says so.
    pub(super) fn boundaries(&mut self) {
        let network = self.input.network;
        for (at, zone) in network.zones.iter().enumerate() {
            let account = zone.kind == "cloud-account" || zone.id.starts_with("account:");
            let first = zone.resource.or_else(|| zone.members.first().copied());
            if account {
                if let Some(first) = first
                    && let Some(index) = self.account(first)
                    && let Some(slot) = self.boundary_of_zone.get_mut(at)
                {
                    *slot = Some(index);
                }
                continue;
            }
            // Manifests are of one cluster unless they say which; it is what the rights of Kubernetes are rights over.
            if zone.kind == "cluster" && zone.resource.is_none() && &*zone.id == "cluster:" {
                let index = self.account_named("kubernetes", "", zone.span);
                if let Some(slot) = self.boundary_of_zone.get_mut(at) {
                    *slot = Some(index);
                }
                continue;
            }
            // Security groups overlap; they decide who talks to whom and are no places.
            if zone.kind == "security-group" {
                continue;
            }
            let known = zone.resource.and_then(|resource| self.boundary_of.get(&resource).copied());
            let index = match known {
                Some(index) => index,
                None => {
                    let around = zone
                        .parent
                        .and_then(|parent| self.boundary_of_zone.get(parent as usize).copied().flatten())
                        .or_else(|| first.and_then(|first| self.account(first)));
                    let mut element = Element::new(&*zone.id, &*zone.name, zone.span);
                    if let Some(resource) = zone.resource {
                        self.describe(resource, &mut element);
                    }
                    self.add_boundary(element, zone.kind, around)
                }
            };
            if let Some(resource) = zone.resource {
                self.boundary_of.insert(resource, index);
            }
            if zone.kind == "namespace" {
                self.namespaces.entry(zone.name.clone()).or_insert(index);
            }
            if let Some(slot) = self.boundary_of_zone.get_mut(at) {
                *slot = Some(index);
            }
        }
        // Boundaries that only the catalogue knows; what is around them follows once all are there.
        let mut own = Vec::new();
        for (at, resource) in (0u32..).zip(self.resources()) {
            let Some(entry) = self.entry(at) else { continue };
            let (Some(kind), Role::Is(_)) = (entry.boundary, self.role(at)) else { continue };
            if !self.boundary_of.contains_key(&at) {
                let mut element = Element::new(&*resource.address, names::of(resource, entry), resource.span);
                self.describe(at, &mut element);
                let index = self.add_boundary(element, kind, None);
                self.boundary_of.insert(at, index);
                if kind == "namespace" {
                    let name = resource.text("metadata.name").unwrap_or(&resource.name);
                    self.namespaces.entry(name.into()).or_insert(index);
                }
                own.push((at, index));
            }
            if entry.kind == Kind::Boundary
                && let Some(index) = self.boundary_of.get(&at).copied()
            {
                self.set_element(at, ElementRef { domain: Domain::Boundary, index });
            }
        }
        for (at, index) in own {
            let around = self.place_by_catalogue(at).filter(|around| *around != index).or_else(|| self.account(at));
            let cyclic = self.is_inside(around, index);
            if let Some(boundary) = self.out.model.boundaries.get_mut(index as usize)
                && !cyclic
            {
                boundary.parent = around;
            }
        }
    }

    /// Whether a boundary is another or lies in it.
    fn is_inside(&self, inner: Option<u32>, outer: u32) -> bool {
        let mut at = inner;
        for _ in 0..=self.out.model.boundaries.len() {
            match at {
                Some(index) if index == outer => return true,
                Some(index) => at = self.out.model.boundaries.get(index as usize).and_then(|b| b.parent),
                None => return false,
            }
        }
        true
    }

    /// Where a resource lies: by the network, else by its catalogue entry, else in its account.
    pub(super) fn place(&mut self, at: u32) -> Option<u32> {
        let zone = self.input.network.zone_of.get(at as usize).copied().flatten();
        zone.and_then(|zone| self.boundary_of_zone.get(zone as usize).copied().flatten())
            .or_else(|| self.place_by_catalogue(at))
            .or_else(|| self.account(at))
    }

    fn place_by_catalogue(&mut self, at: u32) -> Option<u32> {
        let resource = self.input.estate.resource(at);
        if let Some(entry) = self.entry(at) {
            for path in &entry.inside {
                if let Some(value) = resource.get(path)
                    && let Some(found) = self.boundary_behind(value, 0)
                {
                    return Some(found);
                }
            }
        }
        if resource.ty.starts_with("k8s:") {
            return self.namespace(at, resource);
        }
        None
    }

    /// The namespace of a Kubernetes object, made where no manifest declares it.
    fn namespace(&mut self, at: u32, resource: &Resource) -> Option<u32> {
        if generic_cluster_scope(&resource.ty) {
            return None;
        }
        let stated = resource.text("metadata.namespace").map(str::to_owned).or_else(|| {
            let rest = resource.address.strip_prefix("k8s:")?;
            let mut parts = rest.split('/');
            let first = parts.next()?;
            (parts.count() == 2 && !first.is_empty()).then(|| first.to_owned())
        });
        let name = stated.unwrap_or_else(|| "default".to_owned());
        if let Some(known) = self.namespaces.get(name.as_str()) {
            return Some(*known);
        }
        let cluster = self.account(at);
        let index = self.add_boundary(
            Element::new(format!("namespace:{name}"), name.as_str(), resource.span),
            "namespace",
            cluster,
        );
        self.namespaces.insert(name.as_str().into(), index);
        Some(index)
    }

    /// The boundary a value leads to: the first resource it refers to that is one, or that says where it is.
    fn boundary_behind(&self, value: &Value, steps: usize) -> Option<u32> {
        if steps > MOST_STEPS {
            return None;
        }
        let referred = self.input.estate.referred(value);
        let named: &[u32] = match value.as_text() {
            Some(text) => self.by_name.get(text).map_or(&[], Vec::as_slice),
            None => &[],
        };
        for target in referred.iter().chain(named) {
            if let Some(index) = self.boundary_of.get(target) {
                return Some(*index);
            }
        }
        for target in referred {
            let resource = self.input.estate.resource(target);
            for lead in LEADS {
                if let Some(value) = resource.get(lead)
                    && let Some(found) = self.boundary_behind(value, steps + 1)
                {
                    return Some(found);
                }
            }
        }
        None
    }
}

/// Kinds that belong to a whole cluster.
fn generic_cluster_scope(ty: &str) -> bool {
    matches!(
        ty,
        "k8s:Namespace"
            | "k8s:ClusterRole"
            | "k8s:ClusterRoleBinding"
            | "k8s:PersistentVolume"
            | "k8s:StorageClass"
            | "k8s:CustomResourceDefinition"
            | "k8s:Node"
            | "k8s:NodePool"
            | "k8s:Group"
            | "k8s:User"
            | "k8s:MutatingWebhookConfiguration"
            | "k8s:ValidatingWebhookConfiguration"
            | "k8s:IngressClass"
            | "k8s:PriorityClass"
            | "k8s:ClusterPolicy"
            | "k8s:ClusterIssuer"
    )
}
