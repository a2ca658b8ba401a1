//! Compose: services that share a network reach each other; published ports are reached from outside the host.

use vauban_model::resource::{Resource, Text, Value};

use super::fabric::{End, Fabric, Filter, Peer, Public, Rule, Segment};
use super::intervals::{AddressSet, Intervals, PortSet};
use super::read::{Reader, hop};
use super::{Hop, Place};

const SERVICE: &str = "compose:service";

struct Published {
    host: Option<String>,
    ports: PortSet,
    hop: Hop,
    ask: Option<Text>,
}

pub(super) fn read(reader: &mut Reader<'_, '_>, fabric: &mut Fabric) {
    let services = reader.each(&[SERVICE]);
    for (at, service) in &services {
        let published = published(reader, *at, service);
        let mode = service.get("network_mode").map(|value| reader.estate.render(value));
        let mut networks = networks(service);
        match mode.as_deref() {
            Some("none") => continue,
            Some("host") => {
                let text = format!("{} shares the network of its host", service.name);
                let assumes = vec!["the host is reachable from the internet".into()];
                let span = super::read::place(service, "network_mode");
                fabric.way(Place::Internet, *at, &PortSet::all(), vec![hop(text, span, *at)], assumes, true);
                continue;
            }
            Some(other) if other.starts_with("service:") => {
                let name = other.trim_start_matches("service:");
                if let Some((_, host)) =
                    services.iter().find(|(_, host)| &*host.name == name && host.scope == service.scope)
                {
                    networks = self::networks(host);
                }
            }
            _ => {}
        }
        let mut listens = published.iter().fold(PortSet::default(), |all, one| all.union(&one.ports));
        for port in service.get("expose").map_or(&[][..], Value::each) {
            listens = listens.union(&container_port(&reader.estate.render(port)).unwrap_or_else(PortSet::all));
        }
        if listens.is_empty() {
            listens = PortSet::all();
        }
        let project = folder(service);
        // A network that is cut off lets nothing in from outside the machine, published or not.
        let prefix = service.address.strip_suffix(&*service.name).unwrap_or_default();
        let cut_off = |name: &Text| {
            let network = reader.estate.find(&format!("{prefix}network:{name}")).map(|at| reader.estate.resource(at));
            network.and_then(|network| network.get("internal")).and_then(Value::as_bool) == Some(true)
        };
        let published =
            if !networks.is_empty() && networks.iter().all(|(name, _)| cut_off(name)) { Vec::new() } else { published };
        for (name, span) in networks {
            let id: Text = if project.is_empty() { name.clone() } else { format!("{project}/{name}").into() };
            let zone = reader.outside(fabric, "virtual-network", &id, span.unwrap_or(service.span), None);
            let placed = fabric.network.zone_of.get(*at as usize).is_some_and(Option::is_some);
            fabric.join(zone, *at, !placed);
            let addresses = AddressSet { v6: Intervals::default(), ..AddressSet::private() };
            fabric.segments.entry(zone).or_insert_with(|| {
                vec![Segment { zone, addresses: addresses.clone(), ingress: Vec::new(), egress: Vec::new() }]
            });
            let rule = Rule {
                allow: true,
                peer: Peer { zones: vec![zone], words: "its members".into(), ..Peer::default() },
                ports: PortSet::all(),
                ports_unknown: None,
                assumes: None,
                hop: hop(
                    format!("{} is in network {name}, whose members reach each other", service.name),
                    span.unwrap_or(service.span),
                    *at,
                ),
            };
            let filter = fabric.filter(Filter { rules: vec![rule], ordered: false, border: false });
            fabric.ends.push(End {
                resource: Some(*at),
                network: Some(zone),
                segment: Some(zone),
                zones: vec![zone],
                addresses,
                ingress: vec![vec![filter]],
                egress: Vec::new(),
                listens: listens.clone(),
                public: Public::No,
                ask: None,
            });
        }
        for one in published {
            let here = one.host.as_deref().is_some_and(|host| {
                host.starts_with("127.") || host == "localhost" || host == "::1" || host == "[::1]"
            });
            if here {
                continue;
            }
            let mut assumes: Vec<Text> = vec!["the host is reachable from the internet".into()];
            assumes.extend(one.ask.clone());
            fabric.way(Place::Internet, *at, &one.ports, vec![one.hop], assumes, one.ask.is_some());
        }
    }
}

/// The folder in a service's address: services of one project share its networks.
fn folder(service: &Resource) -> String {
    let path = service.address.trim_start_matches("compose:");
    path.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned())
}

/// The networks of a service with where that is said; the project's own when nothing is.
fn networks(service: &Resource) -> Vec<(Text, Option<vauban_model::Span>)> {
    let Some(value) = service.get("networks") else { return vec![("default".into(), None)] };
    if let Some(entries) = value.as_map() {
        return entries.iter().map(|(name, value)| (name.clone(), Some(value.span))).collect();
    }
    value.each().iter().filter_map(|item| Some((Text::from(network_name(item)?), Some(item.span)))).collect()
}

fn network_name(item: &Value) -> Option<&str> {
    item.as_text().or_else(|| {
        item.as_reference().map(|reference| reference.address.rsplit([':', '.', '/']).next().unwrap_or_default())
    })
}

/// A port inside the container: `80`, `80/udp`, `80-90`.
fn container_port(text: &str) -> Option<PortSet> {
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let range = Reader::port_range(range).filter(|_| range != "*" && !range.is_empty())?;
    Some(PortSet::of(protocol, range))
}

fn published(reader: &Reader<'_, '_>, at: u32, service: &Resource) -> Vec<Published> {
    let mut out = Vec::new();
    for item in service.get("ports").map_or(&[][..], Value::each) {
        let (host, front, container) = if item.as_map().is_some() {
            let text =
                |key: &str| item.get(key).filter(|value| !value.is_null()).map(|value| reader.estate.render(value));
            let protocol = text("protocol").unwrap_or_else(|| "tcp".into());
            let target = format!("{}/{protocol}", text("target").unwrap_or_default());
            (text("host_ip"), text("published").unwrap_or_default(), target)
        } else {
            short(&reader.estate.render(item))
        };
        let known = container_port(&container);
        let ask = known.is_none().then(|| Text::from(format!("`{container}` holds the port")));
        let front = if front.is_empty() { "a free port".to_owned() } else { format!("port {front}") };
        let text = match &host {
            Some(host) => format!("{} is published at {host}, {front}", service.name),
            None => format!("{} is published on every address of the host, {front}", service.name),
        };
        let ports = known.unwrap_or_else(|| PortSet::tcp(0, u16::MAX));
        out.push(Published { host, ports, hop: hop(text, item.span, at), ask });
    }
    out
}

/// The short form: `[[address:]published:]container[/protocol]`; brackets and `${…}` keep their colons.
fn short(text: &str) -> (Option<String>, String, String) {
    let (mut parts, mut depth, mut last) = (Vec::new(), 0usize, 0usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                parts.push(text.get(last..at).unwrap_or_default().to_owned());
                last = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(last..).unwrap_or_default().to_owned());
    let container = parts.pop().unwrap_or_default();
    let front = parts.pop().unwrap_or_default();
    (parts.pop().filter(|host| host != "0.0.0.0" && host != "[::]" && host != "::"), front, container)
}
