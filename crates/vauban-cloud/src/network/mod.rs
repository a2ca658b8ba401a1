//! Ways through the network: who can send traffic to what, on which ports, because of which rules.
//!
//! Each provider's part reads its resources into one `fabric`: zones, filters, ends, gates. The ways follow from
//! that alone, so that what a packet may do is written once.

mod aws;
mod azure;
mod compose;
mod connect;
mod fabric;
mod forward;
mod gcp;
pub mod intervals;
mod kubernetes;
mod read;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::resource::Text;

use crate::Estate;

/// Ports of one protocol, as an interval, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ports {
    /// `tcp`, `udp`, `icmp`; `all` for any protocol.
    pub protocol: Text,
    /// The first port.
    pub first: u16,
    /// The last port.
    pub last: u16,
}

/// One hop of a way: what lets the traffic through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// In words: `security group web admits 0.0.0.0/0 on tcp 443`.
    pub text: Text,
    /// Where it stands.
    pub span: Span,
    /// The resource that says so.
    pub resource: u32,
}

/// Where traffic comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Anywhere on the internet.
    Internet,
    /// A zone of [`Network::zones`].
    Zone(u32),
    /// One resource.
    Resource(u32),
}

/// Things that reach the same and are reached by the same: a network, subnet, security group, namespace, cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The resource it is; several zones may come from one.
    pub resource: Option<u32>,
    /// A stable id: the resource's address, or a name of its own such as `account:aws`.
    pub id: Text,
    /// A name for people.
    pub name: Text,
    /// The vocabulary's `boundary-kind` word: `virtual-network`, `network-segment`, `security-group`, `cluster`, `namespace`.
    pub kind: &'static str,
    /// For a segment, where its routes lead: `public` (to and from the internet), `private` (only out to it),
    /// `isolated` (neither); nothing where that is not known or has no meaning.
    pub class: Option<&'static str>,
    /// The zone around it.
    pub parent: Option<u32>,
    /// Resources directly in it (a resource may be in several security groups).
    pub members: Vec<u32>,
    /// Where it is declared.
    pub span: Span,
}

/// A way: who is at `from` can send traffic to `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// From.
    pub from: Place,
    /// To: a resource that listens.
    pub to: u32,
    /// On which ports.
    pub ports: Vec<Ports>,
    /// Why, hop by hop; never empty.
    pub hops: Vec<Hop>,
    /// What it leans on that nobody said: `var.cg_whitelist admits the attacker`.
    pub assumptions: Vec<Text>,
    /// Whether something on the way is not known, so that it has to be asked.
    pub asks: bool,
}

/// All ways of an inventory, grouped so that their number is linear in the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Zones, outer before inner.
    pub zones: Vec<Zone>,
    /// Ways.
    pub ways: Vec<Way>,
    /// By resource: its innermost network zone, if it is placed in one.
    pub zone_of: Vec<Option<u32>>,
    /// Whether filters have so many rules that not all of them were judged.
    pub cut: bool,
}

/// Works out zones and ways of an inventory in canonical form.
pub fn ways(estate: &Estate<'_>) -> Network {
    weave(estate).fabric.network
}

/// A network together with the rules that it was concluded from, so that single pairs can be asked about.
#[derive(Debug)]
pub struct Woven {
    fabric: fabric::Fabric,
    by_resource: FxHashMap<u32, Vec<usize>>,
}

/// What rules say about traffic from one resource to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// What lets it through for sure: the last rule on the way, if any.
    pub admitted: Option<Hop>,
    /// What it leans on, where it may pass.
    pub maybe: Vec<Text>,
    /// Why it surely does not pass.
    pub refused: Option<Hop>,
}

/// Whether an assumption of a way is that the attacker has one of some addresses that are known.
pub fn is_narrow(assumption: &str) -> bool {
    assumption.starts_with('`') && assumption.ends_with(fabric::ATTACKER)
}

/// Most interfaces of one resource that are tried.
const MOST_ENDS: usize = 8;

impl Woven {
    /// Zones and ways.
    pub fn network(&self) -> &Network {
        &self.fabric.network
    }

    /// Whether both have a place in a network, so that rules could speak of them.
    pub fn knows(&self, from: u32, to: u32) -> bool {
        self.by_resource.contains_key(&from) && self.by_resource.contains_key(&to)
    }

    /// What stands between two resources, of traffic to a port where one is known. Nothing is said of what has no known
    /// place, can be called from the internet, or is in another network: there may be a way that no rule here speaks of.
    pub fn between(&self, from: u32, to: u32, port: Option<u16>) -> Between {
        let mut out = Between::default();
        let (Some(from), Some(to)) = (self.by_resource.get(&from), self.by_resource.get(&to)) else { return out };
        let ends = |list: &[usize]| -> Vec<&fabric::End> {
            list.iter().take(MOST_ENDS).filter_map(|at| self.fabric.ends.get(*at)).collect()
        };
        let sure = from.len() <= MOST_ENDS && to.len() <= MOST_ENDS;
        let (from, to) = (ends(from), ends(to));
        let wanted = match port {
            Some(port) => intervals::PortSet::tcp(port, port).union(&intervals::PortSet::udp(port, port)),
            None => intervals::PortSet::all(),
        };
        let mut closed = sure;
        for target in &to {
            closed &= target.public == fabric::Public::No && target.ask.is_none();
            for source in &from {
                closed &= source.ask.is_none() && source.network.is_some() && source.network == target.network;
                for piece in self.fabric.pair(source, target) {
                    if piece.ports.intersection(&wanted).is_empty() {
                        continue;
                    }
                    closed = false;
                    if piece.asks || !piece.assumptions.is_empty() {
                        piece.assumptions.iter().for_each(|text| fabric::add_text(&mut out.maybe, text));
                    } else if out.admitted.is_none() {
                        out.admitted = piece.hops.last().cloned();
                    }
                }
            }
        }
        if let (true, Some(first), Some(last)) = (closed, from.first(), to.first()) {
            out.refused = self.missing(first, last, &wanted, port);
        }
        out
    }

    /// The rule that is missing, in words: into the receiver, or out of the sender.
    fn missing(
        &self,
        from: &fabric::End,
        to: &fabric::End,
        wanted: &intervals::PortSet,
        port: Option<u16>,
    ) -> Option<Hop> {
        let crossing = from.segment.is_none() || from.segment != to.segment;
        let sent = self.fabric.judge(&from.egress, to.side(), fabric::Fabric::start(to.side()), crossing);
        let leaves = sent.iter().any(|piece| !piece.ports.intersection(wanted).is_empty());
        let (end, verb, other) = if leaves { (to, "admits", from) } else { (from, "lets out traffic to", to) };
        let zone = |end: &fabric::End| {
            let zones = end.zones.iter().filter_map(|at| self.fabric.network.zones.get(*at as usize));
            zones.max_by_key(|zone| zone.kind == "security-group").cloned()
        };
        // A group that comes with the network is often only assumed to be the one.
        let place = zone(end).filter(|zone| zone.kind != "security-group" || zone.resource.is_some())?;
        let name = zone(other).map_or_else(|| "it".to_owned(), |zone| format!("what is in {}", zone.name));
        let on = port.map_or_else(String::new, |port| format!(" on port {port}"));
        let resource = place.resource.or(end.resource)?;
        let text = if place.kind == "namespace" {
            // Policies of a cluster are about pods, not about the namespace that they are in.
            let verb = if leaves { "admits it" } else { "lets it out" };
            format!("no network policy in {} {verb}{on}", place.name)
        } else {
            format!("no rule of {} {verb} {name}{on}", place.name)
        };
        Some(Hop { text: text.into(), span: place.span, resource })
    }
}

/// Works out the network and keeps its rules.
pub fn weave(estate: &Estate<'_>) -> Woven {
    let mut fabric = fabric::Fabric::default();
    fabric.network.zone_of = vec![None; estate.inventory.resources.len()];
    let mut reader = read::Reader::new(estate);
    let forwards = aws::read(&mut reader, &mut fabric);
    let mut forwards = forwards;
    forwards.extend(azure::read(&mut reader, &mut fabric));
    forwards.extend(gcp::read(&mut reader, &mut fabric));
    kubernetes::read(&mut reader, &mut fabric);
    compose::read(&mut reader, &mut fabric);
    let leaning = lean(estate, &mut fabric);
    connect::connect(&mut fabric);
    forward::forward(&mut fabric, &forwards);
    // Of those that a rule is for, some may be there only where it is as well.
    for way in fabric.network.ways.iter_mut().filter(|_| !leaning.is_empty()) {
        let held = estate.hangs_on(way.to);
        way.assumptions.retain(|text| {
            let needed = leaning.get(text);
            needed.is_none_or(|needed| needed.iter().any(|one| held.iter().all(|other| other.condition != *one)))
        });
    }
    let mut by_resource: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for (at, end) in fabric.ends.iter().enumerate() {
        if let Some(resource) = end.resource {
            by_resource.entry(resource).or_default().push(at);
        }
    }
    fabric.network.cut = fabric.cut.get();
    Woven { fabric, by_resource }
}

/// What a rule lets through that may not be there leans on that, unless all that it is for is there only on the same
/// condition. The assumptions that were made, each with the conditions it stands for.
fn lean(estate: &Estate<'_>, fabric: &mut fabric::Fabric) -> FxHashMap<Text, Vec<Text>> {
    let mut leaning: FxHashMap<Text, Vec<Text>> = FxHashMap::default();
    let unsettled = |rule: &fabric::Rule| rule.assumes.is_none() && !estate.hangs_on(rule.hop.resource).is_empty();
    let filters = (0u32..).zip(&fabric.filters);
    let open: FxHashSet<u32> =
        filters.filter(|(_, filter)| filter.rules.iter().any(unsettled)).map(|(at, _)| at).collect();
    if open.is_empty() {
        return leaning;
    }
    // By filter: the conditions that hang over everything it is for.
    let mut common: FxHashMap<u32, Vec<Text>> = FxHashMap::default();
    for end in &fabric.ends {
        let held = end.resource.map_or(&[][..], |resource| estate.hangs_on(resource));
        for filter in end.ingress.iter().chain(&end.egress).flatten().filter(|filter| open.contains(*filter)) {
            match common.get_mut(filter) {
                Some(known) => known.retain(|one| held.iter().any(|other| other.condition == *one)),
                None => {
                    common.insert(*filter, held.iter().map(|one| one.condition.clone()).collect());
                }
            }
        }
    }
    for (at, filter) in (0u32..).zip(&mut fabric.filters).filter(|(at, _)| open.contains(at)) {
        let common = common.get(&at).map_or(&[][..], Vec::as_slice);
        for rule in filter.rules.iter_mut().filter(|rule| unsettled(rule)) {
            let besides = |one: &&&vauban_model::resource::OnlyIf| !common.contains(&one.condition);
            let missing: Vec<_> = estate.hangs_on(rule.hop.resource).iter().filter(besides).copied().collect();
            let Some(first) = missing.first() else { continue };
            rule.assumes = Some(first.text.clone());
            let needed: &mut Vec<Text> = leaning.entry(first.text.clone()).or_default();
            needed.extend(missing.iter().map(|one| one.condition.clone()));
        }
    }
    leaning
}
