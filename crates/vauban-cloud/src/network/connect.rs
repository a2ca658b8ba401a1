//! From ends to ways: for each receiver, the largest zones all of whose members reach it, and single senders only where
//! no zone says it. Ends that are alike are judged once.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::Text;

use super::fabric::{End, Fabric, Piece, Public, Segment};
use super::intervals::{AddressSet, PortSet};
use super::{Hop, Place};

/// Most kinds of senders with rules of their own that are looked at one by one in a network.
const MOST_SPECIAL: usize = 512;
/// Most ways from single senders to one kind of receiver.
const MOST_SINGLE: usize = 256;

/// Ends that no filter tells apart.
struct Class {
    end: End,
    members: Vec<usize>,
}

/// Network, segment, zones, addresses, ways in and out, what is asked.
type Key = (Option<u32>, Option<u32>, Vec<u32>, AddressSet, Vec<Vec<u32>>, Vec<Vec<u32>>, Option<Text>);

/// Somebody who may send, with what of it arrives.
struct Arrival {
    source: usize,
    pieces: Vec<Piece>,
    certain: PortSet,
    possible: PortSet,
}

struct Sources {
    /// Anybody in a segment, then classes with rules or addresses of their own.
    first: Vec<usize>,
    /// Classes by zone.
    by_zone: FxHashMap<u32, Vec<usize>>,
    /// Classes that are as good as anybody in their segment.
    plain: Vec<usize>,
    /// Zones that have members in other networks too, so that they cannot speak for this one.
    shared: Rc<FxHashSet<u32>>,
    /// Whether some special classes were left out.
    cut: bool,
}

/// Works out every way between ends, and from the internet.
pub(crate) fn connect(fabric: &mut Fabric) {
    let mut classes = gather(fabric);
    let real = classes.len();
    let networks = sources(fabric, &mut classes);
    let order: Vec<u32> = networks.keys().copied().collect();
    for at in 0..real {
        let Some(class) = classes.get(at) else { continue };
        if class.end.resource.is_none() && class.members.is_empty() {
            continue;
        }
        internet(fabric, class);
        let Some(own) = class.end.network else { continue };
        let mut reach = vec![own];
        let gate = fabric.gates.get(&class.end.segment.unwrap_or(own)).or_else(|| fabric.gates.get(&own));
        for road in gate.map_or(&[][..], |gate| gate.roads.as_slice()) {
            reach.extend(fabric.mediums.get(road.medium).iter().flat_map(|medium| medium.networks.iter().copied()));
        }
        reach.sort_unstable();
        reach.dedup();
        for network in reach.into_iter().filter(|network| order.binary_search(network).is_ok()) {
            if let Some(sources) = networks.get(&network) {
                arrive(fabric, &classes, at, network, sources);
            }
        }
    }
}

fn gather(fabric: &Fabric) -> Vec<Class> {
    let mut index: FxHashMap<Key, usize> = FxHashMap::default();
    let hosts = named_hosts(fabric);
    let mut classes: Vec<Class> = Vec::new();
    for (at, end) in fabric.ends.iter().enumerate() {
        let mut zones = end.zones.clone();
        if let Some(resource) = end.resource.filter(|resource| hosts.contains(resource)) {
            // A rule names it: it is a kind of its own.
            zones.push(u32::MAX - resource);
        }
        let key = (
            end.network,
            end.segment,
            zones,
            end.addresses.clone(),
            end.ingress.clone(),
            end.egress.clone(),
            end.ask.clone(),
        );
        let class = *index.entry(key).or_insert_with(|| {
            classes.push(Class { end: end.clone(), members: Vec::new() });
            classes.len() - 1
        });
        if let Some(class) = classes.get_mut(class) {
            class.members.push(at);
        }
    }
    classes
}

fn named_hosts(fabric: &Fabric) -> FxHashSet<u32> {
    fabric.filters.iter().flat_map(|filter| &filter.rules).flat_map(|rule| rule.peer.hosts.iter().copied()).collect()
}

fn sources(fabric: &Fabric, classes: &mut Vec<Class>) -> BTreeMap<u32, Sources> {
    let hosts = named_hosts(fabric);
    let mut out: BTreeMap<u32, Sources> = BTreeMap::new();
    let mut segment_addresses: FxHashMap<u32, AddressSet> = FxHashMap::default();
    let real = classes.len();
    let mut networks: Vec<u32> = fabric.segments.keys().copied().collect();
    networks.extend(classes.iter().filter_map(|class| class.end.network));
    networks.sort_unstable();
    networks.dedup();
    for network in networks {
        let mut first = Vec::new();
        // Somebody may be in a network of which no segment is known.
        let unknown = Segment {
            zone: network,
            addresses: AddressSet { v6: super::intervals::Intervals::default(), ..AddressSet::private() },
            ingress: Vec::new(),
            egress: Vec::new(),
        };
        for segment in fabric.segments.get(&network).map_or(std::slice::from_ref(&unknown), Vec::as_slice) {
            segment_addresses.insert(segment.zone, segment.addresses.clone());
            let inner = (segment.zone != network).then_some(segment.zone);
            let end = End {
                resource: None,
                network: Some(network),
                segment: inner,
                zones: std::iter::once(network).chain(inner).collect(),
                addresses: segment.addresses.clone(),
                ingress: segment.ingress.clone(),
                egress: segment.egress.clone(),
                listens: PortSet::all(),
                public: Public::No,
                ask: None,
            };
            first.push(classes.len());
            classes.push(Class { end, members: Vec::new() });
        }
        out.insert(
            network,
            Sources { first, by_zone: FxHashMap::default(), plain: Vec::new(), shared: Rc::default(), cut: false },
        );
    }
    let (mut home, mut spread): (FxHashMap<u32, u32>, FxHashSet<u32>) = Default::default();
    for (at, class) in classes.iter().enumerate().take(real) {
        let Some(sources) = class.end.network.and_then(|network| out.get_mut(&network)) else { continue };
        for zone in &class.end.zones {
            sources.by_zone.entry(*zone).or_default().push(at);
        }
        let border = |term: &Vec<u32>| {
            term.iter().all(|at| fabric.filters.get(*at as usize).is_some_and(|filter| filter.border))
        };
        let open = |term: &Vec<u32>| {
            term.iter().any(|at| fabric.filters.get(*at as usize).is_some_and(super::fabric::Filter::is_open))
        };
        let plain = class.end.egress.iter().all(|term| border(term) || open(term))
            && class.end.ask.is_none()
            && class.end.segment.is_some_and(|zone| segment_addresses.get(&zone) == Some(&class.end.addresses))
            && !class.end.resource.is_some_and(|resource| hosts.contains(&resource));
        let network = class.end.network.unwrap_or_default();
        for zone in &class.end.zones {
            let first = home.entry(*zone).or_insert(network);
            if *first != network {
                spread.insert(*zone);
            }
        }
        if plain {
            sources.plain.push(at);
        } else if sources.first.len() < MOST_SPECIAL {
            sources.first.push(at);
        } else {
            sources.cut = true;
        }
    }
    let spread = Rc::new(spread);
    for sources in out.values_mut() {
        sources.shared = Rc::clone(&spread);
    }
    out
}

/// Ways from the internet to every member of a class.
fn internet(fabric: &mut Fabric, class: &Class) {
    let mut everywhere = AddressSet::internet();
    if class.end.addresses.v6.is_empty() {
        everywhere.v6 = super::intervals::Intervals::default();
    }
    let pieces = fabric.admitted_from_internet(&class.end, &everywhere);
    for member in &class.members {
        let Some(end) = fabric.ends.get(*member).cloned() else { continue };
        let Some(resource) = end.resource else { continue };
        let (hop, ask) = match &end.public {
            Public::No => continue,
            Public::Yes(hop) => (hop, None),
            Public::Ask(hop, text) => (hop, Some(text)),
        };
        for piece in &pieces {
            let ports = piece.ports.intersection(&end.listens);
            let hops: Vec<Hop> = std::iter::once(hop.clone()).chain(piece.hops.iter().cloned()).collect();
            let mut assumptions = piece.assumptions.clone();
            assumptions.extend(ask.cloned());
            fabric.way(Place::Internet, resource, &ports, hops, assumptions, piece.asks || ask.is_some());
        }
    }
}

fn ports_of(pieces: &[Piece], certain: bool) -> PortSet {
    let chosen = pieces.iter().filter(|piece| !certain || (!piece.asks && piece.assumptions.is_empty()));
    chosen.fold(PortSet::default(), |all, piece| all.union(&piece.ports))
}

fn arrive(fabric: &mut Fabric, classes: &[Class], target: usize, network: u32, sources: &Sources) {
    let Some(class) = classes.get(target) else { return };
    let named: Vec<u32> = {
        let filters = class.end.ingress.iter().flatten().filter_map(|at| fabric.filters.get(*at as usize));
        let mut zones: Vec<u32> =
            filters.flat_map(|filter| &filter.rules).flat_map(|rule| rule.peer.zones.iter().copied()).collect();
        zones.sort_unstable();
        zones.dedup();
        zones
    };
    let mut list = sources.first.clone();
    for zone in &named {
        list.extend(sources.by_zone.get(zone).into_iter().flatten().copied());
    }
    list.sort_unstable();
    list.dedup();
    let mut arrivals: FxHashMap<usize, Arrival> = FxHashMap::default();
    for source in &list {
        if let Some(from) = classes.get(*source) {
            let pieces = fabric.pair(&from.end, &class.end);
            let (certain, possible) = (ports_of(&pieces, true), ports_of(&pieces, false));
            arrivals.insert(*source, Arrival { source: *source, pieces, certain, possible });
        }
    }
    // Zones from the outside in, with whoever is in them.
    let mut zones: Vec<(u32, Vec<usize>, bool)> = Vec::new();
    zones.push((network, sources.first.clone(), !sources.cut));
    for segment in fabric.segments.get(&network).map_or(&[][..], Vec::as_slice) {
        let inside = |at: &&usize| classes.get(**at).is_some_and(|class| class.end.segment == Some(segment.zone));
        if segment.zone != network {
            zones.push((segment.zone, sources.first.iter().filter(inside).copied().collect(), !sources.cut));
        }
    }
    for zone in &named {
        let known = zones.iter().any(|(at, _, _)| at == zone);
        if let Some(members) = sources.by_zone.get(zone).filter(|_| !known && !sources.shared.contains(zone)) {
            zones.push((*zone, members.clone(), true));
        }
    }
    let mut covered: FxHashMap<u32, (PortSet, PortSet)> = FxHashMap::default();
    for (zone, members, sure) in zones {
        let group = named.contains(&zone) && zone != network;
        let outer = if group { None } else { covered.get(&network).cloned() };
        let all: Vec<&Arrival> = members.iter().filter_map(|at| arrivals.get(at)).collect();
        if all.is_empty() {
            continue;
        }
        let common = |pick: fn(&Arrival) -> &PortSet| {
            all.iter().fold(PortSet::all(), |ports, arrival| ports.intersection(pick(arrival)))
        };
        let mut certain = if sure { common(|arrival| &arrival.certain) } else { PortSet::default() };
        let mut possible = common(|arrival| &arrival.possible).subtract(&certain);
        covered.insert(zone, (certain.clone(), certain.union(&possible)));
        if let Some((sure, maybe)) = outer {
            certain = certain.subtract(&sure);
            possible = possible.subtract(&maybe);
        }
        emit(fabric, class, Place::Zone(zone), &all, &certain, &possible);
    }
    single(fabric, classes, class, sources, &list, &mut arrivals, &covered);
}

/// Ways from one place to every member of a class.
fn emit(fabric: &mut Fabric, class: &Class, from: Place, all: &[&Arrival], certain: &PortSet, possible: &PortSet) {
    let Some(first) = all.first() else { return };
    let mut found: Vec<(PortSet, &Piece, bool)> = Vec::new();
    for piece in first.pieces.iter().filter(|piece| !piece.asks && piece.assumptions.is_empty()) {
        found.push((piece.ports.intersection(certain), piece, false));
    }
    let mut left = possible.clone();
    for arrival in all {
        for piece in arrival.pieces.iter().filter(|piece| piece.asks || !piece.assumptions.is_empty()) {
            let ports = piece.ports.intersection(&left);
            left = left.subtract(&ports);
            found.push((ports, piece, piece.asks));
        }
    }
    for piece in &first.pieces {
        // Sure for this one and only possible, for another reason, for another.
        found.push((piece.ports.intersection(&left), piece, true));
    }
    for member in &class.members {
        let Some((Some(resource), listens)) = fabric.ends.get(*member).map(|end| (end.resource, end.listens.clone()))
        else {
            continue;
        };
        if from == Place::Resource(resource) {
            continue;
        }
        for (ports, piece, asks) in &found {
            let ports = ports.intersection(&listens);
            fabric.way(from, resource, &ports, piece.hops.clone(), piece.assumptions.clone(), *asks);
        }
    }
}

/// Ways from senders that no zone speaks for.
fn single(
    fabric: &mut Fabric,
    classes: &[Class],
    class: &Class,
    sources: &Sources,
    list: &[usize],
    arrivals: &mut FxHashMap<usize, Arrival>,
    covered: &FxHashMap<u32, (PortSet, PortSet)>,
) {
    // Plain classes matter only where their segment as a whole was not spoken for though anybody in it arrives.
    let mut open: FxHashSet<u32> = FxHashSet::default();
    for source in &sources.first {
        let (Some(arrival), Some(from)) = (arrivals.get(source), classes.get(*source)) else { continue };
        if let Some(segment) = from.end.segment.filter(|_| from.end.resource.is_none()) {
            let mut rest = arrival.possible.clone();
            for zone in &from.end.zones {
                if let Some((_, possible)) = covered.get(zone) {
                    rest = rest.subtract(possible);
                }
            }
            if !rest.is_empty() || arrival_unsure(arrival, &from.end, covered) {
                open.insert(segment);
            }
        }
    }
    let mut todo: Vec<usize> = list.to_vec();
    if !open.is_empty() {
        todo.extend(sources.plain.iter().copied().filter(|at| {
            classes.get(*at).and_then(|class| class.end.segment).is_some_and(|segment| open.contains(&segment))
        }));
        todo.sort_unstable();
        todo.dedup();
    }
    let mut budget = MOST_SINGLE;
    for source in todo {
        let Some(from) = classes.get(source).filter(|from| !from.members.is_empty()) else { continue };
        let arrival = arrivals.entry(source).or_insert_with(|| {
            let pieces = fabric.pair(&from.end, &class.end);
            let (certain, possible) = (ports_of(&pieces, true), ports_of(&pieces, false));
            Arrival { source, pieces, certain, possible }
        });
        let (mut certain, mut possible) = (arrival.certain.clone(), arrival.possible.clone());
        for zone in &from.end.zones {
            if let Some((sure, maybe)) = covered.get(zone) {
                certain = certain.subtract(sure);
                possible = possible.subtract(maybe);
            }
        }
        possible = possible.subtract(&certain);
        if certain.is_empty() && possible.is_empty() {
            continue;
        }
        let arrival: &Arrival = arrival;
        for member in &from.members {
            let Some(resource) = fabric.ends.get(*member).and_then(|end| end.resource) else { continue };
            if budget == 0 {
                crowd(fabric, classes, class, arrival);
                return;
            }
            budget -= 1;
            emit(fabric, class, Place::Resource(resource), &[arrival], &certain, &possible);
        }
    }
}

fn arrival_unsure(arrival: &Arrival, end: &End, covered: &FxHashMap<u32, (PortSet, PortSet)>) -> bool {
    let mut rest = arrival.certain.clone();
    for zone in &end.zones {
        if let Some((certain, _)) = covered.get(zone) {
            rest = rest.subtract(certain);
        }
    }
    !rest.is_empty()
}

/// Too many single senders to list: their zone is named, and that it has to be asked who of it.
fn crowd(fabric: &mut Fabric, classes: &[Class], class: &Class, arrival: &Arrival) {
    let Some(from) = classes.get(arrival.source) else { return };
    let Some(zone) = from.end.segment.or(from.end.network) else { return };
    let text: Text = format!("the sender in {} is one that its own rules let out", fabric.zone_name(zone)).into();
    let mut pieces = arrival.pieces.clone();
    for piece in &mut pieces {
        piece.assumptions.push(text.clone());
        piece.asks = true;
    }
    let possible = ports_of(&pieces, false);
    let all = Arrival { source: arrival.source, pieces, certain: PortSet::default(), possible: possible.clone() };
    emit(fabric, class, Place::Zone(zone), &[&all], &PortSet::default(), &possible);
}
