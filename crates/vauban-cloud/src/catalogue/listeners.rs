//! Listeners of Kafka clusters that Strimzi runs: which of them it opens to outside of the cluster.
//!
//! Fields are those of Strimzi's reference ("GenericKafkaListener"): `type` is `internal`, `cluster-ip`, `loadbalancer`,
//! `nodeport`, `ingress` or `route`; clients of the last two always speak TLS; without `authentication` nobody is asked.

use vauban_model::Span;
use vauban_model::resource::{Inventory, Text, Value, ValueKind};

/// Kinds that lead out of the cluster.
const OUTSIDE: [&str; 4] = ["loadbalancer", "nodeport", "ingress", "route"];

/// Ways of signing in, in the words of the vocabulary, weakest first.
const WAYS: [(&str, &str); 6] = [
    ("", "none"),
    ("plain", "credentials"),
    ("scram-sha-256", "credentials"),
    ("scram-sha-512", "credentials"),
    ("oauth", "token"),
    ("tls", "client-certificate"),
];

/// Gives every cluster the listeners that are opened to outside, those that ask for least first, as the attribute
/// `outside`.
pub(super) fn complete(inventory: &mut Inventory) {
    for resource in inventory.resources.iter_mut().filter(|one| &*one.ty == "k8s:Kafka") {
        let Some(listeners) = resource.get("spec.kafka.listeners") else { continue };
        let span = listeners.span;
        let mut found: Vec<(usize, Value)> = match listeners.as_map() {
            // Up to version 0.22 the listeners were named by keys.
            Some(named) => named.iter().filter_map(|(name, value)| outside(name, value)).collect(),
            None => listeners
                .each()
                .iter()
                .filter_map(|one| outside(one.get("name").and_then(Value::as_text).unwrap_or_default(), one))
                .collect(),
        };
        if found.is_empty() {
            continue;
        }
        found.sort_by_key(|(rank, _)| *rank);
        let list = found.into_iter().map(|(_, value)| value).collect();
        if let ValueKind::Map(all) = &mut resource.attributes.kind {
            all.retain(|(key, _)| &**key != "outside");
            all.push(("outside".into(), Value::new(ValueKind::List(list), span)));
        }
    }
}

/// What one listener says, if it is opened to outside; with its place among those that ask for more and less.
fn outside(name: &str, listener: &Value) -> Option<(usize, Value)> {
    let kind = listener.get("type")?.as_text()?;
    if !OUTSIDE.contains(&kind) {
        return None;
    }
    let span = listener.span;
    let peers = listener.get("networkPolicyPeers").map_or(&[][..], Value::each);
    let blocks: Vec<&Value> = peers.iter().filter_map(|peer| peer.get("ipBlock")).collect();
    // Only pods may come: nobody from outside does, unless through the pods of an ingress or a router.
    if !peers.is_empty() && blocks.is_empty() && matches!(kind, "loadbalancer" | "nodeport") {
        return None;
    }
    let text = |value: &str, span: Span| Value::text(value, span);
    let mut entries: Vec<(Text, Value)> = vec![("name".into(), text(name, span)), ("type".into(), text(kind, span))];
    let always = matches!(kind, "ingress" | "route");
    let tls = match listener.get("tls") {
        _ if always => Some((true, span)),
        Some(value) => value.as_bool().map(|on| (on, value.span)),
        // In the old form, TLS was on unless told otherwise; in the new one it has to be said.
        None => Some((listener.get("name").is_none(), span)),
    };
    if let Some((on, span)) = tls {
        entries.push(("tls".into(), text(if on { "yes" } else { "no" }, span)));
    }
    let login = listener.get("authentication");
    let said = login.map_or(Some(""), |value| value.get("type").and_then(Value::as_text));
    let rank = said.and_then(|said| WAYS.iter().position(|(known, _)| *known == said));
    if let Some((_, word)) = rank.and_then(|at| WAYS.get(at)) {
        entries.push(("authentication".into(), text(word, login.map_or(span, |value| value.span))));
    }
    let settings = listener.get("configuration").or_else(|| listener.get("overrides"));
    for (key, path) in [("annotations", "bootstrap.annotations"), ("ranges", "loadBalancerSourceRanges")] {
        if let Some(value) = settings.and_then(|settings| settings.at(path)) {
            entries.push((key.into(), value.clone()));
        }
    }
    if !blocks.is_empty() {
        // Each with what it leaves out, which another one may let in.
        entries.push(("blocks".into(), Value::new(ValueKind::List(blocks.into_iter().cloned().collect()), span)));
    }
    if let Some(port) = listener.get("port") {
        entries.push(("port".into(), port.clone()));
    }
    Some((rank.unwrap_or(WAYS.len()), Value::new(ValueKind::Map(entries), span)))
}
