//! From values of an inventory to what the network speaks of: who is referred to, which addresses, which ports.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Source, Text, Value, ValueKind};

use super::fabric::{Fabric, Peer, Public, add_text};
use super::intervals::{AddressSet, Intervals};
use super::{Hop, Zone};
use crate::Estate;

/// How deep references to references are followed.
const MOST_HOPS: usize = 16;

/// What a value points at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Target {
    /// A resource, by way of one of its attributes.
    Resource(u32, Text),
    /// Something outside the inventory, by its id or the name of what would tell.
    Named(Text),
}

/// Yes, no, or why not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flag {
    Yes,
    No,
    Unset,
    Unknown(Text),
}

/// Look-ups for one run.
#[derive(Debug)]
pub(crate) struct Reader<'e, 'i> {
    pub(crate) estate: &'e Estate<'i>,
    /// All instances of a resource by its address without an index.
    by_base: FxHashMap<&'i str, Vec<u32>>,
    /// By an id that is stated: in state, plans and exports resources refer to each other so.
    by_id: FxHashMap<&'i str, u32>,
    /// By type and stated name, where resources refer to each other by name.
    by_name: FxHashMap<(&'i str, &'i str), u32>,
    /// Zones by the resource they are.
    pub(crate) zone_of: FxHashMap<u32, u32>,
    /// Zones of things outside, by kind and name.
    named: FxHashMap<(&'static str, Text), u32>,
    /// Zones whose addresses are not known, by the name of what would tell.
    ranges: FxHashMap<Text, Vec<u32>>,
}

fn base(address: &str) -> &str {
    match address.rfind('[') {
        Some(at) if address.ends_with(']') => address.get(..at).unwrap_or(address),
        _ => address,
    }
}

impl<'e, 'i> Reader<'e, 'i> {
    pub(crate) fn new(estate: &'e Estate<'i>) -> Self {
        let (mut by_base, mut by_id): (FxHashMap<&str, Vec<u32>>, FxHashMap<&str, u32>) = Default::default();
        let mut by_name: FxHashMap<(&str, &str), u32> = FxHashMap::default();
        for (at, resource) in (0u32..).zip(&estate.inventory.resources) {
            if let Some(name) = resource.text("name") {
                by_name.entry((&*resource.ty, name)).or_insert(at);
            }
            by_base.entry(base(&resource.address)).or_default().push(at);
            for key in ["id", "arn", "self_link", "self_link_unique"] {
                if let Some(text) = resource.text(key) {
                    by_id.entry(text).or_insert(at);
                }
            }
        }
        Reader {
            estate,
            by_base,
            by_id,
            by_name,
            zone_of: FxHashMap::default(),
            named: FxHashMap::default(),
            ranges: FxHashMap::default(),
        }
    }

    pub(crate) fn resource(&self, at: u32) -> &'i Resource {
        self.estate.resource(at)
    }

    /// All resources of some types, in the order of the types.
    pub(crate) fn each(&self, types: &[&str]) -> Vec<(u32, &'i Resource)> {
        types.iter().flat_map(|ty| self.estate.of_type(ty)).map(|at| (*at, self.resource(*at))).collect()
    }

    /// The resources at an address: itself, all its instances, or the one that stands for an unknown number.
    pub(crate) fn at_address(&self, address: &str) -> Vec<u32> {
        if let Some(at) = self.estate.find(address) {
            return vec![at];
        }
        let all = self.by_base.get(base(address)).map_or(&[][..], Vec::as_slice);
        if base(address) == address {
            return all.to_vec();
        }
        all.iter()
            .copied()
            .filter(|at| self.resource(*at).many || self.resource(*at).address.as_ref() == base(address))
            .collect()
    }

    /// What a value points at, in order, each once. The flag says whether it is only one of these.
    pub(crate) fn targets(&self, value: &Value) -> (Vec<Target>, bool) {
        let (mut out, mut choice) = (Vec::new(), false);
        self.targets_into(value, &mut out, &mut choice, 0);
        (out, choice)
    }

    fn targets_into(&self, value: &Value, out: &mut Vec<Target>, choice: &mut bool, hops: usize) {
        let mut add = |target: Target| {
            if !out.contains(&target) {
                out.push(target);
            }
        };
        match &value.open().kind {
            ValueKind::Null | ValueKind::Bool(_) | ValueKind::Number(_) | ValueKind::Map(_) => {}
            ValueKind::Text(text) => match self.by_id.get(&**text) {
                Some(at) => add(Target::Resource(*at, "id".into())),
                None => add(Target::Named(text.clone())),
            },
            ValueKind::List(items) => items.iter().for_each(|item| self.targets_into(item, out, choice, hops)),
            ValueKind::OneOf(items) => {
                *choice |= items.len() > 1;
                items.iter().for_each(|item| self.targets_into(item, out, choice, hops));
            }
            ValueKind::Document(inner) | ValueKind::Secret(inner) => self.targets_into(inner, out, choice, hops),
            ValueKind::Reference(reference) => {
                let found = self.at_address(&reference.address);
                if found.is_empty() {
                    add(Target::Named(self.estate.render(value).trim_matches(['$', '{', '}']).into()));
                }
                for at in found {
                    let name = reference.attribute.rsplit('.').next().unwrap_or_default();
                    let own = matches!(name, "" | "id" | "arn" | "name" | "self_link" | "ids");
                    match self.resource(at).get(&reference.attribute) {
                        Some(stated) if !own && hops < MOST_HOPS => self.targets_into(stated, out, choice, hops + 1),
                        _ => {
                            let target = Target::Resource(at, reference.attribute.clone());
                            if !out.contains(&target) {
                                out.push(target);
                            }
                        }
                    }
                }
            }
            ValueKind::Template(parts) => {
                let mut inside = false;
                for part in parts {
                    if part.as_reference().is_some() {
                        inside = true;
                        self.targets_into(part, out, choice, hops);
                    }
                }
                if !inside {
                    add_named(out, self.estate.render(value).into());
                }
            }
            ValueKind::Unknown(unknown) => add(Target::Named(unknown.name.clone())),
        }
    }

    /// The first resource of one of some types that a value points at.
    pub(crate) fn one(&self, value: Option<&Value>, types: &[&str]) -> Option<u32> {
        self.all(value, types).first().copied()
    }

    /// The resources of some types that a value points at.
    pub(crate) fn all(&self, value: Option<&Value>, types: &[&str]) -> Vec<u32> {
        let Some(value) = value else { return Vec::new() };
        let mut out = Vec::new();
        for target in self.targets(value).0 {
            let at = match target {
                Target::Resource(at, _) => Some(at),
                Target::Named(name) => {
                    let short = name.rsplit('/').next().unwrap_or_default();
                    types.iter().find_map(|ty| self.by_name.get(&(*ty, short)).copied())
                }
            };
            if let Some(at) = at
                && types.contains(&&*self.resource(at).ty)
                && !out.contains(&at)
            {
                out.push(at);
            }
        }
        out
    }

    /// Whether a yes-or-no attribute is set.
    pub(crate) fn flag(&self, resource: &Resource, path: &str) -> Flag {
        let Some(value) = resource.get(path) else { return Flag::Unset };
        let followed = self.follow(value);
        match followed.as_bool() {
            Some(true) => Flag::Yes,
            Some(false) => Flag::No,
            None => match followed.as_text().map(str::to_ascii_lowercase).as_deref() {
                Some("enabled") => Flag::Yes,
                Some("disabled") => Flag::No,
                _ => Flag::Unknown(self.name_of(value)),
            },
        }
    }

    /// A value with references to stated attributes followed.
    pub(crate) fn follow<'v>(&self, value: &'v Value) -> &'v Value
    where
        'i: 'v,
    {
        let mut value = value;
        for _ in 0..MOST_HOPS {
            let Some(reference) = value.as_reference() else { return value };
            let Some(at) = self.estate.find(&reference.address) else { return value };
            match self.resource(at).get(&reference.attribute) {
                Some(stated) => value = stated,
                None => return value,
            }
        }
        value
    }

    /// What would tell a value that is not known, in the input's words.
    pub(crate) fn name_of(&self, value: &Value) -> Text {
        fn search(value: &Value) -> Option<Text> {
            match &value.open().kind {
                ValueKind::Unknown(unknown) => Some(unknown.name.clone()),
                ValueKind::Reference(reference) => Some(match &*reference.attribute {
                    "" => reference.address.clone(),
                    attribute => format!("{}.{attribute}", reference.address).into(),
                }),
                ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => {
                    parts.iter().find_map(search)
                }
                ValueKind::Document(inner) => search(inner),
                _ => None,
            }
        }
        search(value).unwrap_or_else(|| self.estate.render(value).into())
    }

    /// Says that the addresses of a zone are what a name would tell.
    pub(crate) fn unknown_range(&mut self, value: &Value, zone: u32) {
        self.ranges.entry(self.name_of(value)).or_default().push(zone);
    }

    /// The addresses of a network or segment; nothing where they are not known.
    pub(crate) fn blocks(&self, values: &[Option<&Value>]) -> AddressSet {
        let mut out = AddressSet::default();
        for value in values.iter().flatten().flat_map(|value| self.follow(value).each()) {
            if let Some(block) = AddressSet::parse(&self.estate.render(value)) {
                out = out.union(&block);
            }
        }
        out
    }

    /// The peer that a value with blocks of addresses speaks of.
    pub(crate) fn peer(&self, value: &Value, peer: &mut Peer) {
        self.peer_into(value, peer, 0);
    }

    /// The input whose default a value is, when that default only holds a place: no packet comes over a network from an
    /// address that means the machine itself, so whoever deploys this sets another one.
    fn placeholder(value: &Value) -> Option<&Text> {
        let alone = |value: &Value| value.as_text().and_then(AddressSet::parse).is_some_and(|set| set.is_loopback());
        let items = value.each();
        if items.is_empty() || !items.iter().all(alone) {
            return None;
        }
        let own = value.via.as_deref();
        let inside = items.first().and_then(|item| item.via.as_deref());
        [own, inside].into_iter().flatten().find_map(|via| {
            let steps = std::iter::successors(Some(via), |via| via.before.as_deref());
            // The first input of the code itself is what people set.
            steps.take(MOST_HOPS).map(|via| &via.name).filter(|name| name.starts_with("var.")).last()
        })
    }

    fn peer_into(&self, value: &Value, peer: &mut Peer, hops: usize) {
        if let Some(input) = Self::placeholder(value) {
            add_text(&mut peer.unknown, input);
            add_word(peer, input);
            return;
        }
        match &value.open().kind {
            ValueKind::Null | ValueKind::Bool(_) | ValueKind::Number(_) => {}
            ValueKind::List(items) => items.iter().for_each(|item| self.peer_into(item, peer, hops)),
            ValueKind::OneOf(items) => {
                peer.asks |= items.len() > 1;
                items.iter().for_each(|item| self.peer_into(item, peer, hops));
            }
            ValueKind::Document(inner) | ValueKind::Secret(inner) => self.peer_into(inner, peer, hops),
            ValueKind::Text(text) => self.words(text, peer),
            ValueKind::Map(entries) => entries.iter().for_each(|(_, value)| self.peer_into(value, peer, hops)),
            ValueKind::Reference(reference) => {
                let found = self.at_address(&reference.address);
                for at in &found {
                    let stated = self.resource(*at).get(&reference.attribute).filter(|_| hops < MOST_HOPS);
                    let ranges = ["cidr", "address_prefix", "address_space"];
                    let zone =
                        self.zone_of.get(at).filter(|_| ranges.iter().any(|word| reference.attribute.contains(word)));
                    match (stated, zone) {
                        (None, Some(zone)) => push_once(&mut peer.zones, *zone),
                        (Some(stated), zone) => {
                            let before = peer.unknown.len();
                            self.peer_into(stated, peer, hops + 1);
                            if let Some(zone) = zone.filter(|_| peer.unknown.len() > before) {
                                peer.unknown.truncate(before);
                                push_once(&mut peer.zones, *zone);
                            }
                        }
                        (None, None)
                            if reference.attribute.contains("ip") && self.resource(*at).mode == Mode::Managed =>
                        {
                            push_once(&mut peer.hosts, *at);
                        }
                        (None, None) => add_text(&mut peer.unknown, &self.name_of(value)),
                    }
                    add_word(peer, &self.name_of(value));
                }
                if found.is_empty() {
                    self.guess(value, peer);
                }
            }
            ValueKind::Template(parts) => {
                let text = self.estate.render(value);
                if let Some(block) = AddressSet::parse(&text) {
                    peer.addresses = peer.addresses.union(&block);
                    add_word(peer, &text);
                } else if parts.first().is_some_and(|part| part.as_reference().is_some()) {
                    parts.iter().take(1).for_each(|part| self.peer_into(part, peer, hops));
                } else {
                    self.guess(value, peer);
                }
            }
            ValueKind::Unknown(_) => self.guess(value, peer),
        }
    }

    fn words(&self, text: &str, peer: &mut Peer) {
        match AddressSet::parse(text) {
            Some(block) => peer.addresses = peer.addresses.union(&block),
            None => add_text(&mut peer.unknown, &text.into()),
        }
        add_word(peer, text);
    }

    fn guess(&self, value: &Value, peer: &mut Peer) {
        let name = self.name_of(value);
        match self.ranges.get(&name) {
            Some(zones) => zones.iter().for_each(|zone| push_once(&mut peer.zones, *zone)),
            None => add_text(&mut peer.unknown, &name),
        }
        add_word(peer, &name);
    }

    /// A port number; `Err` with the name of what would tell.
    pub(crate) fn port(&self, value: Option<&Value>) -> Result<Option<u16>, Text> {
        let Some(value) = value else { return Ok(None) };
        match self.follow(value).as_number() {
            Some(number) if (0.0..=65535.0).contains(&number) =>
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "checked to be a port just above"
                )]
                Ok(Some(number as u16))
            }
            Some(_) => Ok(None),
            None => Err(self.name_of(value)),
        }
    }

    /// Ports in text: `443`, `80-90`, `*`.
    pub(crate) fn port_range(text: &str) -> Option<Intervals<u16>> {
        match text.trim() {
            "*" | "" => Some(Intervals::all()),
            text => match text.split_once('-') {
                Some((first, last)) => Some(Intervals::range(first.trim().parse().ok()?, last.trim().parse().ok()?)),
                None => text.parse().ok().map(|port| Intervals::range(port, port)),
            },
        }
    }

    /// The zone for something outside the inventory, made when it is first spoken of.
    pub(crate) fn outside(
        &mut self,
        fabric: &mut Fabric,
        kind: &'static str,
        name: &Text,
        span: Span,
        parent: Option<u32>,
    ) -> u32 {
        if let Some(zone) = self.named.get(&(kind, name.clone())) {
            return *zone;
        }
        let id = format!("{kind}:{name}").into();
        let zone =
            Zone { resource: None, id, name: name.clone(), kind, class: None, parent, members: Vec::new(), span };
        let zone = fabric.zone(zone);
        self.named.insert((kind, name.clone()), zone);
        zone
    }
}

/// Whether what an attribute is when it is left out is the tool's own word, not the provider's interface.
pub(crate) fn from_terraform(resource: &Resource) -> bool {
    matches!(resource.source, Source::Terraform | Source::TerraformPlan | Source::TerraformState)
}

/// A yes-or-no attribute as a public address.
pub(crate) fn public_if(flag: &Flag, yes: Hop, unset: Public) -> Public {
    match flag {
        Flag::Yes => Public::Yes(yes),
        Flag::No => Public::No,
        Flag::Unset => unset,
        Flag::Unknown(name) => Public::Ask(yes, format!("`{name}` makes it public").into()),
    }
}

fn add_named(out: &mut Vec<Target>, name: Text) {
    let target = Target::Named(name);
    if !out.contains(&target) {
        out.push(target);
    }
}

/// Adds a number that is not there yet.
pub(crate) fn push_once(numbers: &mut Vec<u32>, number: u32) {
    if !numbers.contains(&number) {
        numbers.push(number);
    }
}

/// Adds to the words of a peer, as long as they are few.
pub(crate) fn add_word(peer: &mut Peer, word: &str) {
    if peer.words.len() > 120 {
        if !peer.words.ends_with('…') {
            peer.words.push('…');
        }
        return;
    }
    if !peer.words.is_empty() {
        peer.words.push_str(", ");
    }
    peer.words.push_str(word);
}

/// A hop.
pub(crate) fn hop(text: impl Into<Text>, span: Span, resource: u32) -> Hop {
    Hop { text: text.into(), span, resource }
}

/// Where an attribute stands, or the resource if it is not set.
pub(crate) fn place(resource: &Resource, path: &str) -> Span {
    resource.get(path).map_or(resource.span, |value| value.span)
}
