//! What passes traffic on: load balancers, gateways, services. Who reaches the forwarder reaches what is behind it.

use rustc_hash::FxHashMap;
use vauban_model::resource::Text;

use super::fabric::{End, Fabric, Piece, Side, add_text};
use super::intervals::{AddressSet, PortSet};
use super::{Hop, Place, Way};

/// Most rounds of forwarders behind forwarders.
const MOST_ROUNDS: usize = 8;

/// Traffic to one resource that is passed on to another.
#[derive(Clone, Debug)]
pub(crate) struct Forward {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Ports at which it arrives at the forwarder.
    pub(crate) listens: PortSet,
    /// Ports at the target.
    pub(crate) ports: PortSet,
    pub(crate) hops: Vec<Hop>,
    /// What is not known about it.
    pub(crate) ask: Option<Text>,
    /// The target sees the first sender's address, not the forwarder's.
    pub(crate) keeps_sender: bool,
}

/// Adds the ways from forwarders to their targets, and through them.
pub(crate) fn forward(fabric: &mut Fabric, forwards: &[Forward]) {
    let mut ends: FxHashMap<u32, Vec<End>> = FxHashMap::default();
    for end in &fabric.ends {
        if let Some(resource) = end.resource {
            ends.entry(resource).or_default().push(end.clone());
        }
    }
    let none = Vec::new();
    let mut passes: Vec<(&Forward, Vec<Piece>)> = Vec::new();
    for forward in forwards {
        let (from, to) = (ends.get(&forward.from).unwrap_or(&none), ends.get(&forward.to).unwrap_or(&none));
        let mut pieces = Vec::new();
        for to in to {
            for from in from {
                pieces.extend(fabric.pair(from, to));
            }
            if forward.keeps_sender {
                let internet = AddressSet { v6: super::intervals::Intervals::default(), ..AddressSet::internet() };
                let side = Side { addresses: &internet, zones: &[], resource: None, internet: true };
                pieces.extend(fabric.judge(&to.ingress, side, Fabric::start(side), true));
            }
        }
        if to.is_empty() || (from.is_empty() && !forward.keeps_sender) {
            // Nothing stands between the two that code could show.
            pieces = vec![Piece {
                addresses: AddressSet::default(),
                ports: PortSet::all(),
                hops: Vec::new(),
                assumptions: Vec::new(),
                asks: false,
            }];
        }
        pieces.retain_mut(|piece| {
            piece.ports = piece.ports.intersection(&forward.ports);
            !piece.ports.is_empty()
        });
        // One reason is enough for a forward: the best.
        pieces.sort_by_key(|piece| (piece.asks, piece.assumptions.len()));
        pieces.truncate(1);
        for piece in &mut pieces {
            if let Some(ask) = &forward.ask {
                add_text(&mut piece.assumptions, ask);
                piece.asks = true;
            }
            let mut hops = forward.hops.clone();
            hops.append(&mut piece.hops);
            piece.hops = hops;
            let from = Place::Resource(forward.from);
            fabric.way(from, forward.to, &piece.ports, piece.hops.clone(), piece.assumptions.clone(), piece.asks);
        }
        passes.push((forward, pieces));
    }
    through(fabric, &passes);
}

fn through(fabric: &mut Fabric, passes: &[(&Forward, Vec<Piece>)]) {
    let mut by_from: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for (at, (forward, _)) in passes.iter().enumerate() {
        by_from.entry(forward.from).or_default().push(at);
    }
    let mut from = 0;
    for _ in 0..MOST_ROUNDS {
        let fresh: Vec<Way> = fabric.network.ways.get(from..).map_or_else(Vec::new, <[Way]>::to_vec);
        from = fabric.network.ways.len();
        for way in &fresh {
            for (forward, pieces) in by_from.get(&way.to).into_iter().flatten().filter_map(|at| passes.get(*at)) {
                let cycle = way.from == Place::Resource(forward.to) || forward.to == way.to;
                if cycle || way.hops.len() > 32 || !heard(way, &forward.listens) {
                    continue;
                }
                for piece in pieces {
                    let mut hops = way.hops.clone();
                    hops.extend(piece.hops.iter().filter(|hop| !way.hops.contains(hop)).cloned());
                    let mut assumptions = way.assumptions.clone();
                    piece.assumptions.iter().for_each(|text| add_text(&mut assumptions, text));
                    fabric.way(way.from, forward.to, &piece.ports, hops, assumptions, way.asks || piece.asks);
                }
            }
        }
        if fresh.is_empty() {
            break;
        }
    }
}

fn heard(way: &Way, listens: &PortSet) -> bool {
    way.ports.iter().any(|ports| {
        let range = super::intervals::Intervals::range(ports.first, ports.last);
        !PortSet::of(&ports.protocol, range).intersection(listens).is_empty()
    })
}
