//! What every provider's network comes down to: ends with filters before them, segments with gates, and who passes.
//!
//! A packet from one end to another passes if every term of the sender's way out and of the receiver's way in admits
//! it. A term is a list of filters of which one has to admit (several security groups on one interface); a filter is a
//! list of rules that admit, or, when it is ordered, of rules of which the first that fits decides. What no rule
//! decides is refused. Packets are not tried one by one: a piece is a set of addresses and a set of ports together.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::resource::Text;

use super::intervals::{AddressSet, PortSet};
use super::{Hop, Network, Place, Way, Zone};

/// Most pieces that one judgement is split into; what is beyond is answered by "to be asked", and told. One security group
/// of AWS has 1,000 rules at the most, and so have all of one interface together.
const MOST_PIECES: usize = 1_024;

/// With more pieces than this, those that differ in their addresses only are made one.
const MANY_PIECES: usize = 64;

/// Whom a rule speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Addresses that are known.
    pub(crate) addresses: AddressSet,
    /// Everything in these zones.
    pub(crate) zones: Vec<u32>,
    /// These resources.
    pub(crate) hosts: Vec<u32>,
    /// What is not known, by name: it may be any address.
    pub(crate) unknown: Vec<Text>,
    /// Whether the known part is itself one of several choices.
    pub(crate) asks: bool,
    /// In words, for people.
    pub(crate) words: String,
}

/// A rule of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) allow: bool,
    pub(crate) peer: Peer,
    pub(crate) ports: PortSet,
    /// Why the ports are not known, if they are not.
    pub(crate) ports_unknown: Option<Text>,
    /// Something else the rule leans on, that nobody said.
    pub(crate) assumes: Option<Text>,
    pub(crate) hop: Hop,
}

/// Rules together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) rules: Vec<Rule>,
    /// The first rule that fits decides; otherwise any rule that admits.
    pub(crate) ordered: bool,
    /// It stands at the edge of a segment: traffic within the segment does not meet it, and answers need a rule of their own.
    pub(crate) border: bool,
}

impl Filter {
    /// Whether it admits everything, so that it need not be spoken of.
    pub(crate) fn is_open(&self) -> bool {
        let whole = |rule: &Rule| {
            rule.allow && rule.ports.is_all() && rule.ports_unknown.is_none() && rule.peer.addresses.v4.is_all()
        };
        if self.ordered { self.rules.first().is_some_and(whole) } else { self.rules.iter().any(whole) }
    }
}

/// Whether an end can be addressed from the internet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Public {
    /// It can, because of this.
    Yes(Hop),
    /// It cannot.
    No,
    /// Not known; the text says what would have to be true.
    Ask(Hop, Text),
}

/// Something that sends and receives: a network interface of a resource in one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// The resource; nothing for whoever else may be in a segment.
    pub(crate) resource: Option<u32>,
    pub(crate) network: Option<u32>,
    pub(crate) segment: Option<u32>,
    /// Every zone it is in.
    pub(crate) zones: Vec<u32>,
    /// The address it has, or those it may have.
    pub(crate) addresses: AddressSet,
    pub(crate) ingress: Vec<Vec<u32>>,
    pub(crate) egress: Vec<Vec<u32>>,
    /// Ports on which it listens, as far as the kind of resource tells.
    pub(crate) listens: PortSet,
    pub(crate) public: Public,
    /// What is not known about where it is or what stands before it.
    pub(crate) ask: Option<Text>,
}

/// A way out of a segment to the internet and back.
#[derive(Clone, Debug)]
pub(crate) struct Exit {
    pub(crate) addresses: AddressSet,
    pub(crate) hops: Vec<Hop>,
    pub(crate) ask: Option<Text>,
}

/// A way out of a segment to other networks.
#[derive(Clone, Debug)]
pub(crate) struct Road {
    pub(crate) addresses: AddressSet,
    pub(crate) medium: usize,
    pub(crate) hop: Hop,
    pub(crate) ask: Option<Text>,
}

/// What a segment's routes lead to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate {
    pub(crate) exits: Vec<Exit>,
    pub(crate) roads: Vec<Road>,
}

/// What joins networks: a peering, a hub, a tunnel.
#[derive(Clone, Debug)]
pub(crate) struct Medium {
    pub(crate) networks: Vec<u32>,
    pub(crate) hop: Hop,
    pub(crate) ask: Option<Text>,
}

/// Addresses and ports that pass, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) addresses: AddressSet,
    pub(crate) ports: PortSet,
    pub(crate) hops: Vec<Hop>,
    pub(crate) assumptions: Vec<Text>,
    pub(crate) asks: bool,
}

impl Piece {
    fn certain(&self) -> bool {
        !self.asks && self.assumptions.is_empty()
    }
}

/// Who is at the other side of a filter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'e> {
    pub(crate) addresses: &'e AddressSet,
    pub(crate) zones: &'e [u32],
    pub(crate) resource: Option<u32>,
    pub(crate) internet: bool,
}

impl End {
    pub(crate) fn side(&self) -> Side<'_> {
        Side { addresses: &self.addresses, zones: &self.zones, resource: self.resource, internet: false }
    }
}

/// What makes two ways the same: ends, hops, ports.
type Seen = (Place, u32, Vec<(Text, Span)>, Vec<super::Ports>);

/// Everything that is put together, provider by provider.
#[derive(Debug, Default)]
pub(crate) struct Fabric {
    pub(crate) network: Network,
    pub(crate) filters: Vec<Filter>,
    pub(crate) ends: Vec<End>,
    /// By segment, or by network for ends whose segment is not known.
    pub(crate) gates: FxHashMap<u32, Gate>,
    pub(crate) mediums: Vec<Medium>,
    /// Segments of each network, with their addresses and the filters at their edge.
    pub(crate) segments: FxHashMap<u32, Vec<Segment>>,
    seen: FxHashSet<Seen>,
    /// Whether something had more pieces than are judged.
    pub(crate) cut: std::cell::Cell<bool>,
}

/// A segment as a place somebody may be.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) zone: u32,
    pub(crate) addresses: AddressSet,
    pub(crate) ingress: Vec<Vec<u32>>,
    pub(crate) egress: Vec<Vec<u32>>,
}

/// Adds what is not there yet.
pub(crate) fn add_text(texts: &mut Vec<Text>, text: &Text) {
    if !texts.contains(text) {
        texts.push(text.clone());
    }
}

impl Fabric {
    /// Adds a zone and returns its number.
    pub(crate) fn zone(&mut self, zone: Zone) -> u32 {
        let at = u32::try_from(self.network.zones.len()).unwrap_or(u32::MAX);
        self.network.zones.push(zone);
        at
    }

    /// Puts a resource into a zone; `place` makes it the resource's innermost zone.
    pub(crate) fn join(&mut self, zone: u32, resource: u32, place: bool) {
        if let Some(zone) = self.network.zones.get_mut(zone as usize)
            && !zone.members.contains(&resource)
        {
            zone.members.push(resource);
        }
        if place && let Some(slot) = self.network.zone_of.get_mut(resource as usize) {
            *slot = Some(zone);
        }
    }

    /// The name of a zone.
    pub(crate) fn zone_name(&self, zone: u32) -> &str {
        self.network.zones.get(zone as usize).map_or("?", |zone| &zone.name)
    }

    /// Adds a filter and returns its number.
    pub(crate) fn filter(&mut self, filter: Filter) -> u32 {
        let at = u32::try_from(self.filters.len()).unwrap_or(u32::MAX);
        self.filters.push(filter);
        at
    }

    /// Adds a way, unless it is there already or leads nowhere.
    pub(crate) fn way(
        &mut self,
        from: Place,
        to: u32,
        ports: &PortSet,
        mut hops: Vec<Hop>,
        mut assumes: Vec<Text>,
        asks: bool,
    ) {
        if ports.is_empty() || hops.is_empty() {
            return;
        }
        for hop in hops.iter_mut().filter(|hop| hop.resource as usize >= self.network.zone_of.len()) {
            // Said by nobody: what comes with an account is told at the place that relies on it.
            hop.resource = to;
        }
        let mut known = FxHashSet::default();
        assumes.retain(|text| known.insert(text.clone()));
        let ports = ports.list();
        let key = (from, to, hops.iter().map(|hop| (hop.text.clone(), hop.span)).collect(), ports.clone());
        if self.seen.insert(key) {
            self.network.ways.push(Way { from, to, ports, hops, assumptions: assumes, asks });
        }
    }

    fn filter_at(&self, at: u32) -> Option<&Filter> {
        self.filters.get(at as usize)
    }

    /// What of some pieces passes every term. `crossing`: the traffic leaves its segment.
    pub(crate) fn judge(&self, terms: &[Vec<u32>], side: Side<'_>, start: Vec<Piece>, crossing: bool) -> Vec<Piece> {
        let mut pieces = start;
        for term in terms {
            let mut out = Vec::new();
            for filter in term.iter().filter_map(|at| self.filter_at(*at)) {
                if filter.border && !crossing {
                    out.extend(pieces.iter().cloned());
                } else if filter.ordered {
                    for piece in &pieces {
                        if in_order(filter, side, piece, &mut out) {
                            self.cut.set(true);
                        }
                    }
                } else {
                    pieces.iter().for_each(|piece| any_of(filter, side, piece, &mut out));
                }
            }
            self.bounded(&mut out, side);
            pieces = out;
        }
        pieces
    }

    /// Few enough pieces: the widest first, those of the same ports together; what is then still too many is not judged.
    fn bounded(&self, pieces: &mut Vec<Piece>, side: Side<'_>) {
        if pieces.len() <= MANY_PIECES {
            return;
        }
        pieces.sort_by_key(|piece| (!piece.certain(), !whole(&piece.addresses, side.addresses)));
        let mut at_ports: FxHashMap<Vec<super::Ports>, usize> = FxHashMap::default();
        let mut kept: Vec<Piece> = Vec::with_capacity(pieces.len());
        for piece in pieces.drain(..) {
            if piece.certain() {
                let ports = piece.ports.list();
                if let Some(same) = at_ports.get(&ports).and_then(|at| kept.get_mut(*at)) {
                    same.addresses = same.addresses.union(&piece.addresses);
                    continue;
                }
                at_ports.insert(ports, kept.len());
            }
            kept.push(piece);
        }
        if kept.len() > MOST_PIECES {
            kept.truncate(MOST_PIECES);
            kept.iter_mut().for_each(|piece| piece.asks = true);
            self.cut.set(true);
        }
        *pieces = kept;
    }

    /// Everything a side may send, before anything was asked.
    pub(crate) fn start(side: Side<'_>) -> Vec<Piece> {
        vec![Piece {
            addresses: side.addresses.clone(),
            ports: PortSet::all(),
            hops: Vec::new(),
            assumptions: Vec::new(),
            asks: false,
        }]
    }

    /// Ports to which answers come through the filters of one end that do not remember connections. What passes both ends
    /// on a port makes its whole protocol possible: the sender chooses the port.
    pub(crate) fn answers(&self, terms: &[Vec<u32>], side: Side<'_>, crossing: bool) -> PortSet {
        if !crossing {
            return PortSet::all();
        }
        let mut back = PortSet::all();
        for term in terms {
            let border =
                term.iter().any(|at| self.filter_at(*at).is_some_and(|filter| filter.border && filter.ordered));
            if border {
                let passed = self.judge(std::slice::from_ref(term), side, Self::start(side), true);
                let ports = passed.iter().fold(PortSet::default(), |all, piece| all.union(&piece.ports));
                back = back.intersection(&ports);
            }
        }
        back
    }

    /// What one end can send to another, with hops; empty if nothing.
    pub(crate) fn pair(&self, from: &End, to: &End) -> Vec<Piece> {
        let crossing = from.segment.is_none() || from.segment != to.segment;
        let Some((mut road, road_ask)) = self.road(from, to) else { return Vec::new() };
        let mut back = self.answers(&to.egress, from.side(), crossing);
        back = back.intersection(&self.answers(&from.ingress, to.side(), crossing)).whole_protocols();
        if back.is_empty() {
            return Vec::new();
        }
        let mut out = self.judge(&from.egress, to.side(), Self::start(to.side()), crossing);
        if let Some(whole) = out.iter().position(|piece| piece.ports.is_all() && piece.certain()) {
            out = vec![out.swap_remove(whole)];
            if self.quiet(&from.egress) {
                out.iter_mut().for_each(|piece| piece.hops.clear());
            }
        }
        let into = self.judge(&to.ingress, from.side(), Self::start(from.side()), crossing);
        let mut pieces = Vec::new();
        for sent in &out {
            for taken in &into {
                let ports = sent.ports.intersection(&taken.ports).intersection(&back);
                if ports.is_empty() {
                    continue;
                }
                if pieces.len() >= MOST_PIECES {
                    self.cut.set(true);
                    continue;
                }
                let mut piece = Piece { ports, ..taken.clone() };
                piece.hops = sent.hops.clone();
                piece.hops.append(&mut road.clone());
                piece.hops.extend(taken.hops.iter().cloned());
                sent.assumptions.iter().for_each(|text| add_text(&mut piece.assumptions, text));
                piece.asks |=
                    sent.asks || !whole(&taken.addresses, &from.addresses) || !whole(&sent.addresses, &to.addresses);
                for ask in [&road_ask, &from.ask, &to.ask].into_iter().flatten() {
                    add_text(&mut piece.assumptions, ask);
                    piece.asks = true;
                }
                if piece.hops.is_empty() {
                    piece.hops.extend(self.inside(to));
                }
                pieces.push(piece);
            }
        }
        road.clear();
        pieces
    }

    /// Whether every filter admits everything, so that its rules need no hop.
    fn quiet(&self, terms: &[Vec<u32>]) -> bool {
        terms.iter().all(|term| term.iter().filter_map(|at| self.filter_at(*at)).any(Filter::is_open))
    }

    /// The hop that says two ends are in one network, where no rule stands between them.
    fn inside(&self, to: &End) -> Option<Hop> {
        let zone = to.segment.or(to.network)?;
        let found = self.network.zones.get(zone as usize)?;
        let text = format!("nothing filters traffic inside {}", found.name);
        Some(Hop { text: text.into(), span: found.span, resource: found.resource.or(to.resource)? })
    }

    /// How two ends are joined: by being in one network, or over something that joins their networks.
    fn road(&self, from: &End, to: &End) -> Option<(Vec<Hop>, Option<Text>)> {
        let (a, b) = (from.network?, to.network?);
        if a == b {
            return Some((Vec::new(), None));
        }
        let there = self.gates.get(&from.segment.unwrap_or(a)).or_else(|| self.gates.get(&a))?;
        let back = self.gates.get(&to.segment.unwrap_or(b)).or_else(|| self.gates.get(&b))?;
        let mut best: Option<(Vec<Hop>, Option<Text>)> = None;
        for out in there.roads.iter().filter(|road| !road.addresses.intersection(&to.addresses).is_empty()) {
            let Some(medium) = self.mediums.get(out.medium) else { continue };
            if !medium.networks.contains(&a) || !medium.networks.contains(&b) {
                continue;
            }
            let Some(home) = back
                .roads
                .iter()
                .find(|road| road.medium == out.medium && !road.addresses.intersection(&from.addresses).is_empty())
            else {
                continue;
            };
            let covered = whole(&out.addresses, &to.addresses) && whole(&home.addresses, &from.addresses);
            let part = (!covered).then(|| Text::from("the routes between the networks cover both addresses"));
            let ask = medium.ask.clone().or_else(|| out.ask.clone()).or_else(|| home.ask.clone()).or(part);
            let mut hops = Vec::new();
            for hop in [&out.hop, &medium.hop, &home.hop] {
                if !hops.contains(hop) {
                    hops.push(hop.clone());
                }
            }
            if ask.is_none() {
                return Some((hops, None));
            }
            best.get_or_insert((hops, ask));
        }
        best
    }

    /// What of the internet reaches an end as far as routes and filters go; addresses that are not public stay out.
    pub(crate) fn admitted_from_internet(&self, to: &End, internet: &AddressSet) -> Vec<Piece> {
        let side = Side { addresses: internet, zones: &[], resource: None, internet: true };
        let gate = to.segment.and_then(|zone| self.gates.get(&zone)).or_else(|| self.gates.get(&to.network?));
        let mut pieces = Vec::new();
        for exit in gate.map_or(&[][..], |gate| gate.exits.as_slice()) {
            let addresses = internet.intersection(&exit.addresses);
            if addresses.is_empty() {
                continue;
            }
            let start = Piece {
                addresses,
                ports: self.answers(&to.egress, side, true).whole_protocols(),
                hops: exit.hops.clone(),
                assumptions: exit.ask.iter().chain(&to.ask).cloned().collect(),
                asks: exit.ask.is_some() || to.ask.is_some(),
            };
            pieces.extend(self.judge(&to.ingress, side, vec![start], true));
        }
        // Answers have to get back to the addresses that were let in, not to just any.
        for piece in &mut pieces {
            let back = self.answers(&to.egress, Side { addresses: &piece.addresses, ..side }, true).whole_protocols();
            piece.ports = piece.ports.intersection(&back);
        }
        pieces.retain(|piece| !piece.ports.is_empty() && !piece.addresses.is_empty());
        for piece in &mut pieces {
            let known = !piece.assumptions.iter().any(|text| text.ends_with(ATTACKER));
            if known && !piece.addresses.is_large() {
                let words = piece.hops.last().map_or("the rule", |hop| &hop.text);
                let text = format!("`{words}` {ATTACKER}");
                piece.assumptions.push(text.into());
            }
        }
        pieces
    }
}

/// The end of the assumption that a range which is not the whole internet has the attacker in it.
pub(crate) const ATTACKER: &str = "admits the attacker";

/// Whether a set holds every address of one version that an end has.
fn whole(set: &AddressSet, of: &AddressSet) -> bool {
    (!of.v4.is_empty() && set.v4.covers(&of.v4)) || (!of.v6.is_empty() && set.v6.covers(&of.v6))
}

/// The part of a piece that a rule speaks of, the part it does not, and whether the first is only possible.
fn split(rule: &Rule, side: Side<'_>, piece: &Piece) -> (Option<Piece>, Vec<Piece>) {
    let ports = piece.ports.intersection(&rule.ports);
    let member = rule.peer.zones.iter().any(|zone| side.zones.contains(zone))
        || side.resource.is_some_and(|resource| rule.peer.hosts.contains(&resource));
    let known = if member { piece.addresses.clone() } else { piece.addresses.intersection(&rule.peer.addresses) };
    let guess = known.is_empty() && side.internet && !rule.peer.unknown.is_empty();
    let addresses = if guess { piece.addresses.clone() } else { known };
    if ports.is_empty() || addresses.is_empty() {
        return (None, vec![piece.clone()]);
    }
    let mut rest = Vec::new();
    let elsewhere = piece.addresses.subtract(&addresses);
    if !elsewhere.is_empty() {
        rest.push(Piece { addresses: elsewhere, ..piece.clone() });
    }
    let others = piece.ports.subtract(&rule.ports);
    if !others.is_empty() {
        rest.push(Piece { addresses: addresses.clone(), ports: others, ..piece.clone() });
    }
    let mut fits = Piece { addresses, ports, ..piece.clone() };
    if guess {
        for name in &rule.peer.unknown {
            add_text(&mut fits.assumptions, &format!("{name} {ATTACKER}").into());
        }
    }
    if let Some(why) = &rule.ports_unknown {
        add_text(&mut fits.assumptions, why);
        fits.asks = true;
    }
    if let Some(why) = &rule.assumes {
        add_text(&mut fits.assumptions, why);
    }
    fits.asks |= rule.peer.asks;
    (Some(fits), rest)
}

/// Whether a rule's fit is only possible, so that the next rules have to be looked at too.
fn doubtful(rule: &Rule, fits: &Piece, before: &Piece) -> bool {
    rule.peer.asks || fits.asks != before.asks || fits.assumptions.len() != before.assumptions.len()
}

fn any_of(filter: &Filter, side: Side<'_>, piece: &Piece, out: &mut Vec<Piece>) {
    for rule in filter.rules.iter().filter(|rule| rule.allow) {
        if let (Some(mut fits), _) = split(rule, side, piece) {
            fits.hops.push(rule.hop.clone());
            out.push(fits);
        }
    }
}

/// The rules of a filter one after the other; gives whether something was left out.
fn in_order(filter: &Filter, side: Side<'_>, piece: &Piece, out: &mut Vec<Piece>) -> bool {
    let mut cut = false;
    let mut open = vec![piece.clone()];
    for rule in &filter.rules {
        let mut next = Vec::new();
        for piece in open {
            let (fits, rest) = split(rule, side, &piece);
            next.extend(rest);
            let Some(mut fits) = fits else { continue };
            if doubtful(rule, &fits, &piece) {
                // It may also not fit: then a later rule decides, which has to be asked when this one would refuse.
                let mut missed =
                    Piece { addresses: fits.addresses.clone(), ports: fits.ports.clone(), ..piece.clone() };
                missed.asks |= !rule.allow;
                next.push(missed);
            }
            if rule.allow {
                fits.hops.push(rule.hop.clone());
                out.push(fits);
            }
        }
        if next.len() > MOST_PIECES {
            next.truncate(MOST_PIECES);
            next.iter_mut().for_each(|piece| piece.asks = true);
            cut = true;
        }
        open = next;
    }
    cut
}
