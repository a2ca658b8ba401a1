//! Traefik in the same code as its routes: which proxy answers which route, and where it serves its own interface.
//!
//! Sources: Traefik's reference of its static configuration (`providers.kubernetesCRD.ingressClass`, `.namespaces`,
//! `entryPoints` with their `http.middlewares`, `api.insecure`) and of `IngressRoute` (`entryPoints`, the annotation
//! `kubernetes.io/ingress.class`).

use vauban_model::Span;
use vauban_model::resource::{Resource, Value};

use super::{End, FlowEvidence, Flows, Grade};
use crate::Estate;
use crate::cluster::{WORKLOADS, pod_spec, space_of};

/// Kinds of Traefik's routes.
pub(crate) const ROUTES: [&str; 3] = ["k8s:IngressRoute", "k8s:IngressRouteTCP", "k8s:IngressRouteUDP"];

/// The port of Traefik's own interface where no entry point is called `traefik`.
const OWN_PORT: u16 = 8080;

/// A Traefik that runs here.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    /// What runs it: a workload, a service of Compose, or a chart.
    pub(crate) at: u32,
    /// The class of routes that it answers, where it is told one.
    class: Option<String>,
    /// The only namespaces that it looks into, where it is told any.
    spaces: Vec<String>,
    /// The names of its entry points; none where its command line does not say them all.
    entry_points: Vec<String>,
    /// Those of them through whose middlewares every request goes, in lower case.
    filtered: Vec<String>,
    /// Where it serves its interface without a login: the port, and where that is said.
    pub(crate) insecure: Option<(u16, Span)>,
}

impl Proxy {
    /// Whether requests for a route come through middlewares of an entry point; of one that names none, of any.
    pub(crate) fn filters(&self, estate: &Estate<'_>, route: &Resource) -> bool {
        let named = route.get("spec.entryPoints").map_or(&[][..], Value::each);
        let fits = |point: &Value| self.filters_point(&estate.render(point));
        if named.is_empty() { !self.filtered.is_empty() } else { named.iter().any(fits) }
    }

    /// Whether requests to an entry point go through middlewares.
    pub(crate) fn filters_point(&self, name: &str) -> bool {
        self.filtered.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// The words that a program is started with.
fn words(estate: &Estate<'_>, value: Option<&Value>, out: &mut Vec<(String, Span)>) {
    for word in value.map_or(&[][..], Value::each) {
        let text = estate.render(word);
        // Compose splits a text into words.
        out.extend(text.split_whitespace().map(|part| (part.to_owned(), word.span)));
    }
}

/// The last part of an image's name, without tag and digest.
fn product(image: &str) -> String {
    let path = image.split('@').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    last.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

fn proxy(at: u32, words: &[(String, Span)], variables: &[(String, String, Span)], spelt_out: bool) -> Proxy {
    let mut out =
        Proxy { at, class: None, spaces: Vec::new(), entry_points: Vec::new(), filtered: Vec::new(), insecure: None };
    let mut insecure: Option<Span> = None;
    let mut port = OWN_PORT;
    let mut set = |name: &str, value: &str, span: Span| {
        // Names are the same in any case, and variables part them by another sign.
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "api.insecure" => insecure = matches!(value, "" | "true" | "1").then_some(span),
            "providers.kubernetescrd.ingressclass" => out.class = Some(value.to_owned()),
            "providers.kubernetescrd.namespaces" => {
                out.spaces.extend(value.split(',').map(|space| space.trim().to_owned()));
            }
            _ => {
                let Some(of_point) = name.strip_prefix("entrypoints.") else { return };
                if let Some(point) = of_point.strip_suffix(".http.middlewares") {
                    out.filtered.extend((!value.is_empty()).then(|| point.to_owned()));
                }
                let Some(point) = of_point.strip_suffix(".address") else { return };
                if point == "traefik" {
                    let number = value.rsplit(':').next().and_then(|port| port.split('/').next()?.parse().ok());
                    port = number.unwrap_or(port);
                }
                out.entry_points.push(point.to_owned());
            }
        }
    };
    for (word, span) in words {
        let Some(option) = word.strip_prefix("--") else { continue };
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        set(name, value, *span);
    }
    for (name, value, span) in variables {
        if let Some(name) = name.strip_prefix("TRAEFIK_") {
            set(&name.replace('_', "."), value, *span);
        }
    }
    if !spelt_out {
        out.entry_points.clear();
    }
    out.insecure = insecure.map(|span| (port, span));
    out
}

/// Every Traefik of the code.
pub(crate) fn proxies(estate: &Estate<'_>) -> Vec<Proxy> {
    let mut out = Vec::new();
    for at in WORKLOADS.iter().flat_map(|ty| estate.of_type(ty)) {
        let resource = estate.resource(*at);
        let containers = pod_spec(resource).and_then(|spec| spec.get("containers")).map_or(&[][..], Value::each);
        let image = |one: &&Value| one.get("image").is_some_and(|image| product(&estate.render(image)) == "traefik");
        let Some(container) = containers.iter().find(image) else { continue };
        let mut said = Vec::new();
        words(estate, container.get("command"), &mut said);
        words(estate, container.get("args"), &mut said);
        let variables: Vec<(String, String, Span)> = container
            .get("env")
            .map_or(&[][..], Value::each)
            .iter()
            .filter_map(|one| {
                let value = one.get("value")?;
                Some((one.get("name")?.as_text()?.to_owned(), estate.render(value), value.span))
            })
            .collect();
        out.push(proxy(*at, &said, &variables, true));
    }
    for at in estate.of_type("compose:service") {
        let service = estate.resource(*at);
        if service.get("image").is_none_or(|image| product(&estate.render(image)) != "traefik") {
            continue;
        }
        let mut said = Vec::new();
        words(estate, service.get("entrypoint"), &mut said);
        words(estate, service.get("command"), &mut said);
        let variables: Vec<(String, String, Span)> = service
            .get("environment")
            .and_then(Value::as_map)
            .unwrap_or_default()
            .iter()
            .map(|(name, value)| (name.to_string(), estate.render(value), value.span))
            .collect();
        out.push(proxy(*at, &said, &variables, true));
    }
    // A chart that is not at hand: what it is told goes by names of its own, and it has entry points that nobody wrote.
    for at in estate.of_type("helm_release") {
        let chart = estate.resource(*at).get("chart").map(|chart| estate.render(chart)).unwrap_or_default();
        if product(&chart) == "traefik" {
            out.push(proxy(*at, &[], &[], false));
        }
    }
    out
}

/// Those of some proxies that answer a route.
pub(crate) fn of_route<'p>(estate: &Estate<'_>, proxies: &'p [Proxy], route: &Resource) -> Vec<&'p Proxy> {
    let told = route.get("metadata.annotations").and_then(|told| told.get("kubernetes.io/ingress.class"));
    let class = told.map(|value| estate.render(value));
    let space = space_of(route);
    let named: Vec<String> =
        route.get("spec.entryPoints").map_or(&[][..], Value::each).iter().map(|one| estate.render(one)).collect();
    proxies
        .iter()
        .filter(|proxy| {
            let in_cluster = &*estate.resource(proxy.at).ty != "compose:service";
            let looked_into = proxy.spaces.is_empty() || proxy.spaces.contains(&space);
            // One that is told no class looks at all routes.
            let of_class = proxy.class.is_none() || proxy.class == class;
            let known = &proxy.entry_points;
            let enters = known.is_empty()
                || named.is_empty()
                || named.iter().any(|name| known.iter().any(|one| one.eq_ignore_ascii_case(name)));
            in_cluster && looked_into && of_class && enters
        })
        .collect()
}

/// Traefik to its routes.
pub(super) fn infer(estate: &Estate<'_>, out: &mut Flows) {
    let routes: Vec<u32> = ROUTES.iter().flat_map(|ty| estate.of_type(ty)).copied().collect();
    if routes.is_empty() {
        return;
    }
    let proxies = proxies(estate);
    for at in routes {
        let route = estate.resource(at);
        for proxy in of_route(estate, &proxies, route) {
            let text = format!("route {} is one of its routes", route.name);
            let evidence = FlowEvidence { grade: Grade::Wired, text: text.into(), span: route.span, indirect: false };
            out.add(End::Resource(proxy.at), End::Resource(at), evidence);
        }
    }
}
