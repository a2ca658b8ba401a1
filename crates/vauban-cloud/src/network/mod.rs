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
}

/// Works out zones and ways of an inventory in canonical form.
pub fn ways(estate: &Estate<'_>) -> Network {
    let mut fabric = fabric::Fabric::default();
    fabric.network.zone_of = vec![None; estate.inventory.resources.len()];
    let mut reader = read::Reader::new(estate);
    let forwards = aws::read(&mut reader, &mut fabric);
    let mut forwards = forwards;
    forwards.extend(azure::read(&mut reader, &mut fabric));
    forwards.extend(gcp::read(&mut reader, &mut fabric));
    kubernetes::read(&mut reader, &mut fabric);
    compose::read(&mut reader, &mut fabric);
    connect::connect(&mut fabric);
    forward::forward(&mut fabric, &forwards);
    fabric.network
}
