//! Routes of Traefik of which some ask callers to sign in and some do not, and the interface of Traefik itself.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::model::Origin;
use vauban_model::resource::{Text, Value};
use vauban_model::vocabulary::fact;

use super::builder::{Builder, component_ref, word, yes_no};
use crate::Estate;
use crate::cluster::space_of;
use crate::flows::Selected;
use crate::network::Place;

/// Most addresses that a flow names.
const NAMED: usize = 4;

/// Most parts of a path that are followed.
const DEEPEST: usize = 24;

/// What stands for Traefik's own interface where a route names the service behind it.
const OWN: [&str; 2] = ["api@internal", "dashboard@internal"];

/// The rules of a route that nothing guards.
struct Open {
    addresses: Vec<Text>,
    services: BTreeSet<String>,
    span: Span,
}

impl Open {
    fn name(&self) -> String {
        let all: Vec<&str> = self.addresses.iter().map(|one| &**one).collect();
        shown(&all)
    }
}

/// Some addresses in one name.
pub(super) fn shown(addresses: &[&str]) -> String {
    let first: Vec<&str> = addresses.iter().take(NAMED).copied().collect();
    let more = addresses.len().saturating_sub(NAMED);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{rest}", first.join(", "))
}

/// What a route of a gateway is called: `GET /orders`. Nothing for what is no route.
pub(super) fn route(estate: &Estate<'_>, at: u32) -> Option<String> {
    let resource = estate.resource(at);
    match &*resource.ty {
        "aws_apigatewayv2_route" => resource.get("route_key").map(|key| estate.render(key)),
        "aws_api_gateway_method" => {
            let method = resource.get("http_method").map(|method| estate.render(method)).unwrap_or_default();
            let mut parts: Vec<String> = Vec::new();
            // One of an interface that is described elsewhere says no path: the description does.
            let mut next = Some(resource.get("resource_id")?);
            // Each part of a path names the one that it is below.
            while let Some(part) = next.and_then(|value| estate.referred(value).first().copied()) {
                let part = estate.resource(part);
                let Some(own) = part.get("path_part").filter(|_| parts.len() < DEEPEST) else { break };
                parts.push(estate.render(own));
                next = part.get("parent_id");
            }
            parts.reverse();
            Some(format!("{method} /{}", parts.join("/")))
        }
        _ => None,
    }
}

impl Builder<'_> {
    /// Says of routes whose rules differ which addresses anybody may call: a flow of their own, beside the one for the
    /// rules that ask callers to sign in.
    pub(super) fn fronts(&mut self) {
        let estate = self.input.estate;
        let routes = estate.of_type("k8s:IngressRoute");
        let mixed = |at: &&u32| estate.resource(**at).get("guard.open").is_some();
        // Looked up once for all routes, and only where there is such a route.
        let (mut selected, mut from) = (Selected::default(), FxHashMap::<u32, Vec<usize>>::default());
        if routes.iter().any(|at| mixed(&at)) {
            selected = crate::flows::selected(estate);
            for (at, flow) in self.out.model.flows.iter().enumerate() {
                from.entry(flow.source).or_default().push(at);
            }
        }
        for at in routes.iter().filter(mixed) {
            let route = estate.resource(*at);
            let Some(component) = self.component_of(*at) else { continue };
            let rules = route.get("spec.routes").map_or(&[][..], Value::each);
            let Some(open) = route.get("guard.open").and_then(open) else { continue };
            // Services that guarded rules lead to as well keep the flow that they have.
            let others: BTreeSet<String> = rules
                .iter()
                .filter(|rule| rule.get("match").is_none_or(|value| !open.1.contains(&value.span)))
                .flat_map(|rule| rule.get("services").map_or(&[][..], Value::each))
                .filter_map(|service| Some(service.get("name")?.as_text()?.to_owned()))
                .collect();
            let open = open.0;
            let reached = self.behind(*at, &open.services, &selected);
            let also_guarded = self.behind(*at, &others, &selected);
            let name = open.name();
            let from_route = from.get(&component).cloned().unwrap_or_default();
            for flow in from_route {
                let Some(target) = self.out.model.flows.get(flow).map(|flow| flow.target) else { continue };
                if !reached.contains(&target) {
                    continue;
                }
                if also_guarded.contains(&target) {
                    self.twin(flow, &name, open.span);
                } else {
                    self.change_flow(flow, |element| element.name = name.as_str().into());
                }
            }
            let internet = self.internet;
            let entrance =
                self.out.model.flows.iter().position(|flow| Some(flow.source) == internet && flow.target == component);
            if let Some(entrance) = entrance {
                self.twin(entrance, &name, open.span);
            }
        }
        self.own_interfaces();
    }

    /// A second flow beside one, for what is called without signing in.
    pub(super) fn twin(&mut self, flow: usize, name: &str, span: Span) -> usize {
        let Some(first) = self.out.model.flows.get(flow) else { return flow };
        let mut second = first.clone();
        second.element.id = format!("{}#open", first.element.id).into();
        second.element.name = name.into();
        second.element.span = span;
        second.element.facts.retain(|known| known.id != fact::AUTHENTICATION);
        self.out.model.flows.push(second);
        let at = self.out.model.flows.len() - 1;
        let key = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        if let Some(evidence) = self.out.evidence.get(&key(flow)).cloned() {
            self.out.evidence.insert(key(at), evidence);
        }
        at
    }

    /// The components behind services of a route.
    fn behind(&self, route: u32, services: &BTreeSet<String>, selected: &Selected) -> FxHashSet<u32> {
        let estate = self.input.estate;
        let space = space_of(estate.resource(route));
        let mut out = FxHashSet::default();
        for name in services {
            let Some(service) = estate.find(&format!("k8s:{space}/Service/{name}")) else { continue };
            out.extend(self.component_of(service));
            let workloads = selected.get(&service).into_iter().flat_map(|list| list.iter());
            out.extend(workloads.filter_map(|workload| self.component_of(*workload)));
        }
        out
    }

    /// Traefik's own interface, where it is served without a login: on a port of its own, or by a route.
    fn own_interfaces(&mut self) {
        let estate = self.input.estate;
        // The last part: whether nobody is asked to sign in for sure.
        let mut served: Vec<(u32, String, Span, bool)> = Vec::new();
        let mut open_ports: FxHashMap<u32, (u16, Span, bool)> = FxHashMap::default();
        let proxies = crate::flows::traefik::proxies(estate);
        for proxy in &proxies {
            let (Some(insecure), Some(component)) = (proxy.insecure, self.component_of(proxy.at)) else { continue };
            open_ports.insert(proxy.at, (insecure.0, insecure.1, !proxy.filters_point("traefik")));
            self.with(component_ref(component), |element| {
                if element.fact(fact::ADMINISTRATIVE_INTERFACE).is_none() {
                    element.set(yes_no(fact::ADMINISTRATIVE_INTERFACE, true, Origin::Imported, insecure.1));
                }
                let text = format!("on port {}, without a login (api.insecure)", insecure.0);
                element.extras.push(("own interface".into(), text.into()));
            });
        }
        let admitted = self.input.network.ways.iter().filter(|way| {
            let sure = !way.asks && way.assumptions.is_empty();
            sure && way.from == Place::Internet
        });
        for way in admitted {
            let Some((port, span, sure)) = open_ports.get(&way.to) else { continue };
            let on_it = way
                .ports
                .iter()
                .any(|ports| matches!(&*ports.protocol, "tcp" | "all") && (ports.first..=ports.last).contains(port));
            if on_it && let Some(component) = self.component_of(way.to) {
                served.push((component, format!("dashboard on port {port}"), *span, *sure));
            }
        }
        for at in estate.of_type("k8s:IngressRoute") {
            let route = estate.resource(*at);
            let guard = |key: &str| route.get("guard").and_then(|guard| guard.get(key)).is_some();
            // What stands before an entry point stands before all of its routes, and may ask for anything.
            let answering = crate::flows::traefik::of_route(estate, &proxies, route);
            let sure = !answering.iter().any(|proxy| proxy.filters(estate, route));
            // A rule without middlewares of its own asks nobody, whatever the others of its route ask for.
            for rule in route.get("spec.routes").map_or(&[][..], Value::each) {
                let own = rule.get("services").map_or(&[][..], Value::each).iter().find(|service| {
                    service.get("name").and_then(Value::as_text).is_some_and(|name| OWN.contains(&name))
                });
                let bare = rule.get("middlewares").is_none_or(|list| list.each().is_empty());
                if let (Some(own), true, false, Some(component)) = (own, bare, guard("ranges"), self.component_of(*at))
                {
                    served.push((component, "Traefik's dashboard".to_owned(), own.span, sure));
                }
            }
        }
        let mut done: FxHashSet<u32> = FxHashSet::default();
        for (component, name, span, sure) in served {
            let internet = self.internet;
            let entrance =
                self.out.model.flows.iter().position(|flow| Some(flow.source) == internet && flow.target == component);
            let Some(entrance) = entrance.filter(|_| done.insert(component)) else { continue };
            let flow = self.twin(entrance, &name, span);
            self.change_flow(flow, |element| {
                element.id = format!("{}#dashboard", element.id.trim_end_matches("#open")).into();
                let said = [(fact::USAGE, "administration"), (fact::AUTHENTICATION, "none")];
                for (id, value) in said.into_iter().take(if sure { 2 } else { 1 }) {
                    if let Some(fact) = word(id, value, Origin::Imported, span) {
                        element.set(fact);
                    }
                }
            });
        }
    }
}

/// What the rules of a route say that nothing guards, and where they stand.
fn open(rules: &Value) -> Option<(Open, FxHashSet<Span>)> {
    let span = rules.each().first()?.span;
    let mut out = Open { addresses: Vec::new(), services: BTreeSet::new(), span };
    let mut places = FxHashSet::default();
    for rule in rules.each() {
        if let Some(address) = rule.get("address") {
            out.addresses.extend(address.as_text().map(Text::from));
            places.insert(address.span);
        }
        let names = rule.get("services").map_or(&[][..], Value::each).iter();
        out.services.extend(names.filter_map(|name| name.as_text().map(str::to_owned)));
    }
    Some((out, places))
}
