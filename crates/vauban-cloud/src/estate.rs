//! The inventory with its look-ups: by address, by type, by what a value refers to.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Inventory, Mode, OnlyIf, Resource, Source, Text, Value, ValueKind};

use crate::cluster;
use crate::endpoints::Endpoints;
use crate::scopes::Scopes;

/// An inventory that can be asked.
#[derive(Debug)]
pub struct Estate<'a> {
    /// The resources.
    pub inventory: &'a Inventory,
    by_address: FxHashMap<Text, u32>,
    by_type: FxHashMap<Text, Vec<u32>>,
    /// By the ARN that is stated of them.
    by_arn: FxHashMap<&'a str, u32>,
    /// Of resources that may not be there: what has to hold for that.
    only_if: FxHashMap<u32, Vec<&'a OnlyIf>>,
    scopes: std::sync::OnceLock<Scopes>,
    endpoints: std::sync::OnceLock<Endpoints>,
}

/// How deep references to references are followed when a text is put together.
const MOST_HOPS: usize = 16;
/// How deep values are looked into for ARNs.
const DEEPEST: usize = 64;
/// Most parts of one rendered text, over all the texts that it is made of.
const MOST_PARTS: usize = 10_000;

impl<'a> Estate<'a> {
    /// Builds the look-ups in linear time.
    pub fn new(inventory: &'a Inventory) -> Self {
        let mut by_address = FxHashMap::default();
        let mut by_type: FxHashMap<Text, Vec<u32>> = FxHashMap::default();
        for (at, resource) in (0u32..).zip(&inventory.resources) {
            by_address.entry(resource.address.clone()).or_insert(at);
            by_type.entry(resource.ty.clone()).or_default().push(at);
        }
        // Objects of a cluster that another tool wrote are found by the name they have in the cluster, too.
        for (at, resource) in (0u32..).zip(&inventory.resources) {
            if resource.source != Source::Kubernetes
                && let Some(kind) = resource.ty.strip_prefix("k8s:")
            {
                let name = resource.text("metadata.name").unwrap_or(&resource.name);
                let space = cluster::space_of(resource);
                for address in [format!("k8s:{space}/{kind}/{name}"), format!("k8s:{kind}/{name}")] {
                    by_address.entry(address.as_str().into()).or_insert(at);
                }
            }
        }
        let mut by_arn: FxHashMap<&'a str, u32> = FxHashMap::default();
        // What is looked up only is another telling of what may be there as well.
        for mode in [Mode::Managed, Mode::Data] {
            for (at, resource) in (0u32..).zip(&inventory.resources).filter(|(_, resource)| resource.mode == mode) {
                if let Some(arn) = resource.text("arn").filter(|text| text.starts_with("arn:")) {
                    by_arn.entry(arn).or_insert(at);
                }
            }
        }
        let mut only_if: FxHashMap<u32, Vec<&'a OnlyIf>> = FxHashMap::default();
        for one in &inventory.only_if {
            if let Some(at) = by_address.get(&one.address) {
                only_if.entry(*at).or_default().push(one);
            }
        }
        let (scopes, endpoints) = (std::sync::OnceLock::new(), std::sync::OnceLock::new());
        Estate { inventory, by_address, by_type, by_arn, only_if, scopes, endpoints }
    }

    /// The resource at an index.
    pub fn resource(&self, at: u32) -> &'a Resource {
        &self.inventory.resources[at as usize]
    }

    /// What has to hold for a resource to be there at all, in words that follow "if", where the input leaves that open.
    pub fn only_if(&self, at: u32) -> Option<&'a Text> {
        self.hangs_on(at).first().copied().map(|one| &one.text)
    }

    /// Every condition on which a resource is there and that the input leaves open.
    pub(crate) fn hangs_on(&self, at: u32) -> &[&'a OnlyIf] {
        self.only_if.get(&at).map_or(&[], Vec::as_slice)
    }

    /// What has to hold for a resource to be there, besides what has to hold for another one that it says something of.
    pub(crate) fn only_if_besides(&self, at: u32, whole: Option<u32>) -> Option<&'a Text> {
        let known = whole.map_or(&[][..], |whole| self.hangs_on(whole));
        let besides = |one: &&&OnlyIf| !known.iter().any(|other| other.condition == one.condition);
        self.hangs_on(at).iter().find(besides).copied().map(|one| &one.text)
    }

    /// The index of an address.
    pub fn find(&self, address: &str) -> Option<u32> {
        self.by_address.get(address).copied()
    }

    /// The namespace and name of an object of a cluster; nothing for what is no object, or in no namespace.
    pub fn namespaced(&self, at: u32) -> Option<(String, String)> {
        let resource = self.resource(at);
        if !resource.ty.starts_with("k8s:") {
            return None;
        }
        let mut parts = resource.address.strip_prefix("k8s:").unwrap_or_default().split('/');
        if let (Some(space), Some(_), Some(name)) = (parts.next(), parts.next(), parts.next()) {
            return Some((space.to_owned(), name.to_owned()));
        }
        if resource.source == Source::Kubernetes {
            return None;
        }
        let name = resource.text("metadata.name").unwrap_or(&resource.name).to_owned();
        Some((cluster::space_of(resource), name))
    }

    /// Where resources lie: projects, subscriptions and what is around and below them.
    pub(crate) fn scopes(&self) -> &Scopes {
        self.scopes.get_or_init(|| Scopes::new(self))
    }

    /// The resource of one's own that answers under a host.
    pub(crate) fn at_host(&self, host: &str) -> Option<u32> {
        self.endpoints.get_or_init(|| Endpoints::new(self)).find(host)
    }

    /// The resource that an ARN names, or one with what names a part, version or key behind it.
    fn at_arn(&self, text: &str) -> Option<u32> {
        // `arn:aws:apigateway:…:path/2015-03-31/functions/arn:aws:lambda:…/invocations`
        let text = text
            .rsplit_once("functions/arn:")
            .map_or(text, |(before, _)| text.get(before.len() + "functions/".len()..).unwrap_or(text));
        if self.by_arn.is_empty() || !text.starts_with("arn:") {
            return None;
        }
        let mut text = text.trim_end_matches("/invocations").trim_end_matches(['*', ':', '/']);
        loop {
            if let Some(at) = self.by_arn.get(text) {
                return Some(*at);
            }
            // No further than to the last part of the ARN itself.
            let (before, _) = text.rsplit_once(':').filter(|(before, _)| before.matches(':').count() > 5)?;
            text = before;
        }
    }

    /// The resources that a value names: those it refers to, and those whose ARN it holds as a text. State and exports have
    /// no references inside of documents, and code may write an ARN twice.
    pub(crate) fn named(&self, value: &Value) -> Vec<u32> {
        let mut out = self.referred(value);
        if !self.by_arn.is_empty() {
            self.arns_in(value, 0, &mut out);
        }
        out
    }

    fn arns_in(&self, value: &Value, depth: usize, out: &mut Vec<u32>) {
        if depth > DEEPEST {
            return;
        }
        match &value.open().kind {
            ValueKind::Text(text) => out.extend(self.at_arn(text).filter(|at| !out.contains(at))),
            ValueKind::List(items) | ValueKind::OneOf(items) => {
                items.iter().for_each(|item| self.arns_in(item, depth + 1, out));
            }
            ValueKind::Map(entries) => entries.iter().for_each(|(_, inner)| self.arns_in(inner, depth + 1, out)),
            ValueKind::Document(inner) => self.arns_in(inner, depth + 1, out),
            _ => {}
        }
    }

    /// All resources of a type, in order.
    pub fn of_type(&self, ty: &str) -> &[u32] {
        self.by_type.get(ty).map_or(&[], Vec::as_slice)
    }

    /// The resources that a value refers to, in order, each once.
    pub fn referred(&self, value: &Value) -> Vec<u32> {
        let mut out = Vec::new();
        value.references(&mut |reference, _| {
            if let Some(at) = self.find(&reference.address)
                && !out.contains(&at)
            {
                out.push(at);
            }
        });
        out
    }

    /// The text of a value with every reference to a stated attribute filled in. What is not known stands as
    /// `${name}`, so that the same unknown is the same text everywhere.
    pub fn render(&self, value: &Value) -> String {
        let (mut out, mut left) = (String::new(), MOST_PARTS);
        self.render_into(value, &mut out, 0, &mut left);
        out
    }

    fn render_into(&self, value: &Value, out: &mut String, hops: usize, left: &mut usize) {
        // Texts that use each other several times over double at every hop.
        let Some(less) = left.checked_sub(1) else { return };
        *left = less;
        match &value.open().kind {
            ValueKind::Null => {}
            ValueKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            ValueKind::Number(value) => out.push_str(&value.to_string()),
            ValueKind::Text(text) => out.push_str(text),
            ValueKind::Template(parts) => {
                for part in parts {
                    self.render_into(part, out, hops, left);
                }
            }
            ValueKind::Reference(reference) => {
                let stated = (hops < MOST_HOPS)
                    .then(|| self.find(&reference.address))
                    .flatten()
                    .and_then(|at| self.resource(at).get(&reference.attribute));
                match stated {
                    Some(value) => self.render_into(value, out, hops + 1, left),
                    None => out.push_str(&reference.to_string()),
                }
            }
            ValueKind::Unknown(unknown) => out.push_str(&unknown.to_string()),
            ValueKind::OneOf(choices) => match choices.first() {
                Some(first) => self.render_into(first, out, hops, left),
                None => out.push_str("${}"),
            },
            ValueKind::List(_) | ValueKind::Map(_) | ValueKind::Document(_) | ValueKind::Secret(_) => {
                out.push_str("${…}");
            }
        }
    }
}
