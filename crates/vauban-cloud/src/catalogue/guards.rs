//! What stands before routes into a cluster in objects of their own: middlewares of Traefik, plugins of Kong, security
//! policies of the Gateway API's implementations, backend settings of GKE. Each route gets what holds for all of it, as the
//! attribute `guard`: how callers prove who they are, and from which addresses they may come.
//!
//! Fields are those of the projects' references: Traefik ("Middlewares": `basicAuth`, `digestAuth`, `forwardAuth`,
//! `ipAllowList`, formerly `ipWhiteList`, `chain`), Kong (plugins `key-auth`, `basic-auth`, `jwt`, `oauth2`,
//! `openid-connect`, `mtls-auth`, `ip-restriction`), Envoy Gateway (`SecurityPolicy`), GKE (`BackendConfig`,
//! `GCPBackendPolicy`: `iap`), Contour (`HTTPProxy`: `authorization`, `jwtProviders`, `clientValidation`).

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::resource::{Inventory, Resource, Text, Value, ValueKind};

use crate::cluster::space_of;

/// How deep chains of middlewares are followed.
const DEEPEST: usize = 8;

/// Ways of proving who one is, weakest first, in the words of the vocabulary.
const WAYS: [&str; 6] = ["api-key", "credentials", "session", "token", "federated", "client-certificate"];

/// What one thing before a route asks for.
#[derive(Clone, Debug, Default)]
struct Guard {
    /// The strongest way, as a place in `WAYS`.
    way: Option<(usize, Span)>,
    /// Addresses from which requests are let in.
    ranges: Option<Value>,
    limited: Option<Span>,
    /// Whether every request is only sent elsewhere.
    redirects: bool,
    /// Rules of a route that nothing guards while it guards others: the address, and the services behind.
    open: Vec<Value>,
}

impl Guard {
    fn with(&mut self, other: &Guard) {
        self.way = self.way.max(other.way);
        self.ranges = self.ranges.take().or_else(|| other.ranges.clone());
        self.limited = self.limited.or(other.limited);
        self.redirects |= other.redirects;
    }

    fn is_as(&self, other: &Guard) -> bool {
        self.way == other.way
            && self.ranges == other.ranges
            && self.limited == other.limited
            && self.redirects == other.redirects
    }

    fn is_empty(&self) -> bool {
        self.way.is_none() && self.ranges.is_none() && self.limited.is_none() && !self.redirects
    }
}

type Guards = FxHashMap<(Text, Text, Text), Guard>;

/// Gives every route what guards all of it.
pub(super) fn complete(inventory: &mut Inventory) {
    let routes = ["k8s:IngressRoute", "k8s:Ingress", "k8s:HTTPRoute", "k8s:GRPCRoute", "k8s:Gateway", "k8s:HTTPProxy"];
    if !inventory.resources.iter().any(|one| routes.contains(&&*one.ty)) {
        return;
    }
    let guards = guards(inventory);
    let middlewares = inventory.resources.iter().filter(|one| &*one.ty == "k8s:Middleware");
    let all: FxHashSet<(Text, Text)> =
        middlewares.map(|one| (space_of(one).into(), one.text("metadata.name").unwrap_or(&one.name).into())).collect();
    let mut made: Vec<(usize, Guard)> = Vec::new();
    for (at, route) in inventory.resources.iter().enumerate().filter(|(_, one)| routes.contains(&&*one.ty)) {
        let mut guard = named_by(route, &guards, &all);
        // A policy for a route takes the place of those for its gateways (Envoy Gateway, "SecurityPolicy").
        match guards.get(&own_key(route)) {
            Some(own) => guard.with(own),
            None => guard.with(&of_all(&gateways(route), &guards)),
        }
        if !guard.is_empty() {
            made.push((at, guard));
        }
    }
    for (at, guard) in made {
        let Some(route) = inventory.resources.get_mut(at) else { continue };
        let mut entries: Vec<(Text, Value)> = Vec::new();
        if let Some((way, span)) = guard.way {
            entries.push(("authentication".into(), Value::text(WAYS.get(way).copied().unwrap_or_default(), span)));
        }
        if let Some(ranges) = guard.ranges {
            entries.push(("ranges".into(), ranges));
        }
        if let Some(span) = guard.limited {
            entries.push(("limited".into(), Value::new(ValueKind::Bool(true), span)));
        }
        if let Some(first) = guard.open.first().map(|one| one.span) {
            entries.push(("open".into(), Value::new(ValueKind::List(guard.open), first)));
        }
        let span = route.span;
        if let ValueKind::Map(all) = &mut route.attributes.kind {
            all.retain(|(key, _)| &**key != "guard");
            all.push(("guard".into(), Value::new(ValueKind::Map(entries), span)));
        }
    }
}

fn on(value: Option<&Value>) -> bool {
    value.and_then(Value::as_bool) == Some(true)
}

/// Services that a route names.
fn backends(value: &Value, out: &mut Vec<String>, depth: usize) {
    if depth > 12 {
        return;
    }
    for (name, inner) in value.as_map().unwrap_or_default() {
        match &**name {
            "service" => out.extend(inner.get("name").and_then(Value::as_text).map(str::to_owned)),
            "serviceName" => out.extend(inner.as_text().map(str::to_owned)),
            "backendRefs" => {
                out.extend(inner.each().iter().filter_map(|one| Some(one.get("name")?.as_text()?.to_owned())));
            }
            _ => backends(inner, out, depth + 1),
        }
    }
    for inner in value.as_list().unwrap_or_default() {
        backends(inner, out, depth + 1);
    }
}

fn way(word: &str, span: Span) -> Option<(usize, Span)> {
    WAYS.iter().position(|known| *known == word).map(|at| (at, span))
}

fn key(kind: &str, space: &str, name: &str) -> (Text, Text, Text) {
    (kind.into(), space.into(), name.into())
}

/// What stands before routes, by kind, namespace and name: of middlewares and plugins their own name, of policies what they
/// are for.
fn guards(inventory: &Inventory) -> Guards {
    let mut out: Guards = FxHashMap::default();
    let mut chains: Vec<(&Resource, &Value)> = Vec::new();
    for resource in &inventory.resources {
        let space = space_of(resource);
        let name = resource.text("metadata.name").unwrap_or(&resource.name);
        match &*resource.ty {
            "k8s:Middleware" => {
                let Some(spec) = resource.get("spec") else { continue };
                if let Some(chain) = spec.get("chain") {
                    chains.push((resource, chain));
                    continue;
                }
                let mut guard = Guard::default();
                for (field, word) in
                    [("basicAuth", "credentials"), ("digestAuth", "credentials"), ("forwardAuth", "session")]
                {
                    if let Some(value) = spec.get(field) {
                        guard.way = guard.way.max(way(word, value.span));
                    }
                }
                for field in ["ipAllowList", "ipWhiteList"] {
                    if let Some(ranges) = spec.get(field).and_then(|list| list.get("sourceRange")) {
                        guard.ranges = Some(ranges.clone());
                    }
                }
                guard.limited = spec.get("rateLimit").map(|value| value.span);
                guard.redirects = spec.get("redirectScheme").is_some();
                out.insert(key("Middleware", &space, name), guard);
            }
            "k8s:KongPlugin" | "k8s:KongClusterPlugin" => {
                let mut guard = Guard::default();
                let word = match resource.text("plugin").unwrap_or_default() {
                    "key-auth" | "key-auth-enc" => "api-key",
                    "basic-auth" | "hmac-auth" | "ldap-auth" | "ldap-auth-advanced" => "credentials",
                    "jwt" | "oauth2" | "oauth2-introspection" | "jwt-signer" => "token",
                    "session" => "session",
                    "openid-connect" | "saml" => "federated",
                    "mtls-auth" => "client-certificate",
                    _ => "",
                };
                guard.way = way(word, resource.span);
                match resource.text("plugin") {
                    Some("ip-restriction") => {
                        let allow = ["allow", "whitelist"].iter().find_map(|field| resource.get("config")?.get(field));
                        guard.ranges = allow.cloned();
                    }
                    // Kong's two plugins for limits, the second of which is `…-advanced`.
                    Some(plugin) if plugin.starts_with("rate-limit") => guard.limited = Some(resource.span),
                    _ => {}
                }
                let space = if &*resource.ty == "k8s:KongClusterPlugin" { "" } else { &space };
                out.insert(key("KongPlugin", space, name), guard);
            }
            "k8s:BackendConfig" if on(resource.get("spec.iap.enabled")) => {
                let guard = Guard { way: way("federated", resource.span), ..Guard::default() };
                out.insert(key("BackendConfig", &space, name), guard);
            }
            "k8s:GCPBackendPolicy" if on(resource.get("spec.default.iap.enabled")) => {
                if let Some(service) = resource.text("spec.targetRef.name") {
                    let guard = Guard { way: way("federated", resource.span), ..Guard::default() };
                    out.insert(key("Service", &space, service), guard);
                }
            }
            "k8s:SecurityPolicy" => {
                let Some(spec) = resource.get("spec") else { continue };
                let mut guard = Guard::default();
                for (field, word) in [
                    ("apiKeyAuth", "api-key"),
                    ("basicAuth", "credentials"),
                    ("extAuth", "session"),
                    ("jwt", "token"),
                    ("oidc", "federated"),
                ] {
                    if let Some(value) = spec.get(field) {
                        guard.way = guard.way.max(way(word, value.span));
                    }
                }
                for target in spec.get("targetRefs").map_or(&[][..], Value::each).iter().chain(spec.get("targetRef")) {
                    let field = |name: &str| target.get(name).and_then(Value::as_text);
                    if let (Some(kind), Some(name), None) = (field("kind"), field("name"), target.get("sectionName")) {
                        out.entry(key(kind, &space, name)).or_default().with(&guard);
                    }
                }
            }
            _ => {}
        }
    }
    // Services of GKE name their settings by port, in JSON: those of every port have to ask.
    for service in inventory.resources.iter().filter(|one| &*one.ty == "k8s:Service") {
        let told = service.get("metadata.annotations").and_then(|told| told.get("cloud.google.com/backend-config"));
        let Some(told) = told.and_then(Value::as_text) else { continue };
        let space = space_of(service);
        let named = settings_by_port(told);
        let all = named.iter().any(|(port, _)| *port == "default")
            || service.get("spec.ports").map_or(&[][..], Value::each).iter().all(|port| {
                let number = port.get("port").and_then(Value::as_number).map(|number| number.to_string());
                let words = [number.as_deref(), port.get("name").and_then(Value::as_text)];
                named.iter().any(|(known, _)| words.contains(&Some(*known)))
            });
        let each: Option<Vec<&Guard>> =
            named.iter().map(|(_, name)| out.get(&key("BackendConfig", &space, name))).collect();
        let guard = each.filter(|_| all).and_then(|each| each.first().copied().cloned());
        if let Some(guard) = guard {
            out.insert(key("Service", &space, service.text("metadata.name").unwrap_or(&service.name)), guard);
        }
    }
    for _ in 0..DEEPEST {
        let mut more: Vec<((Text, Text, Text), Guard)> = Vec::new();
        for (resource, chain) in &chains {
            let space = space_of(resource);
            let mut guard = Guard::default();
            for part in chain.get("middlewares").map_or(&[][..], Value::each) {
                if let Some(known) = named(part, &space).and_then(|key| out.get(&key)) {
                    guard.with(known);
                }
            }
            let own = key("Middleware", &space, resource.text("metadata.name").unwrap_or(&resource.name));
            // A chain in a chain may ask for more than what was known of it before.
            let same = out.get(&own).is_some_and(|known| known.is_as(&guard));
            if !guard.is_empty() && !same {
                more.push((own, guard));
            }
        }
        if more.is_empty() {
            break;
        }
        out.extend(more);
    }
    out
}

/// The names in a setting of a service by port, `{"default": "a"}` or `{"ports": {"80": "a", "https": "b"}}`: each with the
/// port it is for.
fn settings_by_port(told: &str) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    let mut port = "";
    let mut parts = told.split('"').skip(1);
    while let Some(word) = parts.next() {
        let is_key = parts.next().is_some_and(|after| after.trim_start().starts_with(':'));
        if is_key {
            port = word;
        } else if !word.is_empty() {
            out.push((port, word));
        }
    }
    out
}

/// Whether every route of a proxy of Contour demands a token: by the provider that is the default, or by its own word.
fn demands_tokens(proxy: &Resource) -> bool {
    let providers = proxy.get("spec.virtualhost.jwtProviders").map_or(&[][..], Value::each);
    let by_default = providers.iter().any(|one| on(one.get("default")));
    let routes = proxy.get("spec.routes").map_or(&[][..], Value::each);
    let demands = |route: &Value| {
        let policy = route.get("jwtVerificationPolicy");
        let said = |key: &str| policy.and_then(|policy| policy.get(key));
        !on(said("disabled")) && (by_default || said("require").is_some())
    };
    (by_default || !routes.is_empty()) && routes.iter().all(demands)
}

/// The middleware that an item of a route or a chain names.
fn named(item: &Value, space: &str) -> Option<(Text, Text, Text)> {
    let name = item.get("name")?.as_text()?;
    let space = item.get("namespace").and_then(Value::as_text).unwrap_or(space);
    Some(key("Middleware", space, name.split('@').next().unwrap_or(name)))
}

/// Whether the middleware that an item names is in the code.
fn is_here(item: &Value, space: &str, all: &FxHashSet<(Text, Text)>) -> bool {
    named(item, space).is_some_and(|(_, space, name)| all.contains(&(space, name)))
}

/// A rule that nothing guards: the address that it answers, and the services behind it.
fn open_rule(rule: &Value) -> Value {
    let written = rule.get("match");
    let span = written.map_or(rule.span, |value| value.span);
    let address = written.and_then(Value::as_text).map_or_else(|| "every address".to_owned(), address);
    let services = rule.get("services").map_or(&[][..], Value::each);
    let services = services.iter().filter_map(|one| one.get("name").cloned()).collect();
    let entries = vec![
        ("address".into(), Value::text(address, span)),
        ("services".into(), Value::new(ValueKind::List(services), rule.span)),
    ];
    Value::new(ValueKind::Map(entries), span)
}

/// The address that a rule of Traefik is for, `shop.example.com/api`, where it names one host and one path; what is said
/// with more words stands as it is written.
fn address(rule: &str) -> String {
    let of = |words: [&str; 2]| -> Vec<&str> {
        let mut out = Vec::new();
        for word in words {
            for (at, _) in rule.match_indices(word) {
                // `HostRegexp(`, `PathPrefix(`: a longer word that only ends alike is another one.
                if rule.get(..at).is_some_and(|before| before.ends_with(|letter: char| letter.is_alphanumeric())) {
                    continue;
                }
                let rest = rule.get(at + word.len()..).unwrap_or_default();
                let inside = rest.split(')').next().unwrap_or_default();
                out.push(inside.trim().trim_matches(['`', '"', '\'']));
            }
        }
        out
    };
    let (hosts, paths) = (of(["Host(", "HostSNI("]), of(["PathPrefix(", "Path("]));
    let plain = !rule.contains("||") && !rule.contains('!');
    let parts = rule.matches("&&").count() + 1;
    match (hosts.as_slice(), paths.as_slice()) {
        ([host], [path]) if plain && parts == 2 => format!("{host}{path}"),
        ([host], []) if plain && parts == 1 => (*host).to_owned(),
        ([], [path]) if plain && parts == 1 => (*path).to_owned(),
        _ => rule.trim().to_owned(),
    }
}

/// Whether a route of Traefik answers plain http alone: without TLS, on the entry points that are called after http.
fn only_plain(route: &Resource) -> bool {
    let points = route.get("spec.entryPoints").map_or(&[][..], Value::each);
    let plain = |point: &Value| point.as_text().is_some_and(|name| matches!(name, "web" | "http"));
    route.get("spec.tls").is_none() && !points.is_empty() && points.iter().all(plain)
}

/// Whether nothing is behind a rule of Traefik: it is there for its middlewares alone (Traefik, "noop@internal").
fn leads_nowhere(rule: &Value) -> bool {
    let services = rule.get("services").map_or(&[][..], Value::each);
    let nothing = |one: &Value| one.get("name").and_then(Value::as_text) == Some("noop@internal");
    !services.is_empty() && services.iter().all(nothing)
}

/// What a route names as standing before it. Of a route with several rules only what all have counts.
fn named_by(route: &Resource, guards: &Guards, all: &FxHashSet<(Text, Text)>) -> Guard {
    let space = space_of(route);
    let mut guard = Guard::default();
    if &*route.ty == "k8s:IngressRoute" {
        let rules = route.get("spec.routes").map_or(&[][..], Value::each);
        let plain = only_plain(route);
        let mut unsure = false;
        let mut open: Vec<Value> = Vec::new();
        let mut each: Vec<Guard> = Vec::new();
        for rule in rules {
            let mut own = Guard::default();
            let mut foreign = false;
            for item in rule.get("middlewares").map_or(&[][..], Value::each) {
                match named(item, &space).and_then(|key| guards.get(&key)) {
                    Some(known) => own.with(known),
                    // One that asks for nothing is not among the guards, and one that is not here may ask for anything.
                    None => foreign |= !is_here(item, &space, all),
                }
            }
            // Who is only sent to another address gets there by another rule. Requests that come over https already are not
            // sent on: they get through to the service.
            if own.redirects && own.way.is_none() && (plain || leads_nowhere(rule)) {
                continue;
            }
            if own.way.is_none() && !foreign {
                open.push(open_rule(rule));
            }
            unsure |= foreign && own.way.is_none();
            each.push(own);
        }
        let guarded: Vec<&Guard> = each.iter().filter(|own| own.way.is_some()).collect();
        if !guarded.is_empty() && !unsure {
            guard.way = guarded.iter().filter_map(|own| own.way).min();
            guard.open = open;
        }
        // Different lists of addresses would have to be joined: only one that is every rule's says what holds for all.
        if let Some((first, rest)) = each.split_first()
            && rest.iter().all(|own| own.ranges == first.ranges)
        {
            guard.ranges = first.ranges.clone();
        }
        if each.iter().all(|own| own.limited.is_some()) {
            guard.limited = each.first().and_then(|own| own.limited);
        }
        return guard;
    }
    if &*route.ty == "k8s:HTTPProxy" {
        for (path, word) in [
            ("spec.virtualhost.authorization.extensionRef", "session"),
            ("spec.virtualhost.jwtProviders", "token"),
            ("spec.virtualhost.tls.clientValidation.caSecret", "client-certificate"),
        ] {
            let asks = match word {
                "token" => demands_tokens(route),
                "client-certificate" => {
                    let said =
                        |key: &str| on(route.get("spec.virtualhost.tls.clientValidation").and_then(|it| it.get(key)));
                    !said("optionalClientCertificate") && !said("skipClientCertValidation")
                }
                _ => true,
            };
            if let Some(value) = route.get(path).filter(|_| asks) {
                guard.way = guard.way.max(way(word, value.span));
            }
        }
        return guard;
    }
    let told = route.get("metadata.annotations");
    let list = |name: &str| {
        let value = told.and_then(|told| told.get(name)).and_then(Value::as_text).unwrap_or_default();
        value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    for middleware in list("traefik.ingress.kubernetes.io/router.middlewares") {
        // `namespace-name@kubernetescrd`: neither part says where it ends, so every way to cut it is tried.
        let whole = middleware.split('@').next().unwrap_or_default().to_owned();
        let cut = whole
            .match_indices('-')
            .find_map(|(at, _)| guards.get(&key("Middleware", whole.get(..at)?, whole.get(at + 1..)?)));
        if let Some(known) = cut {
            guard.with(known);
        }
    }
    let mut behind = Vec::new();
    route.get("spec").into_iter().for_each(|spec| backends(spec, &mut behind, 0));
    let each: Vec<Option<(usize, Span)>> =
        behind.iter().map(|service| guards.get(&key("Service", &space, service)).and_then(|guard| guard.way)).collect();
    if each.iter().all(Option::is_some) {
        guard.way = guard.way.max(each.into_iter().flatten().min());
    }
    for plugin in list("konghq.com/plugins") {
        for space in [&*space, ""] {
            if let Some(known) = guards.get(&key("KongPlugin", space, &plugin)) {
                guard.with(known);
            }
        }
    }
    guard
}

/// What policies for the route itself are for.
fn own_key(route: &Resource) -> (Text, Text, Text) {
    let kind = route.ty.trim_start_matches("k8s:");
    key(kind, &space_of(route), route.text("metadata.name").unwrap_or(&route.name))
}

/// What policies for the gateways that a route hangs on are for.
fn gateways(route: &Resource) -> Vec<(Text, Text, Text)> {
    let space = space_of(route);
    let mut out = Vec::new();
    for parent in route.get("spec.parentRefs").map_or(&[][..], Value::each) {
        let field = |name: &str| parent.get(name).and_then(Value::as_text);
        if let Some(name) = field("name") {
            out.push(key("Gateway", field("namespace").unwrap_or(&space), name));
        }
    }
    out
}

/// What all of some gateways ask for: callers take the one that asks for least.
fn of_all(gateways: &[(Text, Text, Text)], guards: &Guards) -> Guard {
    let each: Option<Vec<&Guard>> = gateways.iter().map(|key| guards.get(key)).collect();
    let each = each.unwrap_or_default();
    let Some(first) = each.first() else { return Guard::default() };
    let mut out = Guard::default();
    if each.iter().all(|one| one.way.is_some()) {
        out.way = each.iter().filter_map(|one| one.way).min();
    }
    if each.iter().all(|one| one.ranges == first.ranges) {
        out.ranges = first.ranges.clone();
    }
    if each.iter().all(|one| one.limited.is_some()) {
        out.limited = first.limited;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_rule_is_told_by_its_host_and_path() {
        assert_eq!(address("Host(`a.example`) && PathPrefix(`/x`)"), "a.example/x");
        assert_eq!(address("PathPrefix(`/x`) && Host(\"a.example\")"), "a.example/x");
        assert_eq!(address("Host(`a.example`)"), "a.example");
        for whole in ["Host(`a`) || Host(`b`)", "Host(`a`) && !PathPrefix(`/x`)", "Host(`a`) && Method(`GET`)", "a"] {
            assert_eq!(address(whole), whole);
        }
    }
}
