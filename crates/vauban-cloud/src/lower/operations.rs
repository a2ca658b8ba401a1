//! Operations of interface descriptions, put on the component that serves them.

use rustc_hash::FxHashMap;
use vauban_model::model::{Element, ElementRef, Fact, Origin, Value as FactValue, symbol_of};
use vauban_model::resource::{Resource, Value, ValueKind};
use vauban_model::vocabulary::{Domain, fact};

use super::builder::{Builder, Role, add_reference, component_ref, word, yes_no};

/// Words in names of properties, the data kind they speak of, and its classification.
const WORDS: &[(&str, &str, &str)] = &[
    ("password", "credentials", "restricted"),
    ("passwd", "credentials", "restricted"),
    ("secret", "secret", "restricted"),
    ("token", "session", "restricted"),
    ("apikey", "credentials", "restricted"),
    ("cardnumber", "payment-card", "restricted"),
    ("creditcard", "payment-card", "restricted"),
    ("cvv", "payment-card", "restricted"),
    ("cvc", "payment-card", "restricted"),
    ("iban", "financial", "confidential"),
    ("accountnumber", "financial", "confidential"),
    ("ssn", "personal", "restricted"),
    ("socialsecurity", "personal", "restricted"),
    ("passport", "personal", "restricted"),
    ("email", "personal", "confidential"),
    ("phone", "personal", "confidential"),
    ("firstname", "personal", "confidential"),
    ("lastname", "personal", "confidential"),
    ("fullname", "personal", "confidential"),
    ("birth", "personal", "confidential"),
    ("address", "personal", "confidential"),
    ("latitude", "location", "confidential"),
    ("longitude", "location", "confidential"),
    ("diagnosis", "health", "restricted"),
    ("patient", "health", "restricted"),
    ("medical", "health", "restricted"),
    ("fingerprint", "biometric", "restricted"),
    ("order", "order", "internal"),
];

/// How deep schemas are walked.
const DEEPEST: usize = 24;

impl Builder<'_> {
    pub(super) fn operations(&mut self) {
        let mut servers: FxHashMap<String, u32> = FxHashMap::default();
        let mut assets: FxHashMap<(u32, &'static str), u32> = FxHashMap::default();
        let count = u32::try_from(self.resources().len()).unwrap_or(u32::MAX);
        for at in 0..count {
            if self.role(at) != Role::Operation {
                continue;
            }
            let resource = self.input.estate.resource(at);
            let description = description_of(&resource.address);
            let component = match servers.get(&description) {
                Some(known) => *known,
                None => {
                    let found = self.server(resource, &description);
                    servers.insert(description.clone(), found);
                    found
                }
            };
            self.set_element(at, component_ref(component));
            self.operation(at, component, &description, &mut assets);
        }
    }

    /// The component that serves a description: the one its operations integrate with, the one in the same folder, or one
    /// of its own.
    fn server(&mut self, resource: &Resource, description: &str) -> u32 {
        // What the description itself names: a gateway whose body it is, or a target of its integrations.
        let mut named = None;
        resource.attributes.references(&mut |reference, _| {
            named = named.or_else(|| self.input.estate.find(&reference.address));
        });
        if let Some(component) = named.and_then(|at| self.component_of(at)) {
            return component;
        }
        let folder = description.rsplit_once('/').map_or("", |(folder, _)| folder);
        let host = host_of(resource);
        for (at, other) in (0u32..).zip(self.resources()) {
            let Some(component) = self.element_of(at).filter(|e| e.domain == Domain::Component) else { continue };
            let serves = other.text("build.context").or_else(|| other.text("build")).is_some_and(|context| {
                let context = context.trim_start_matches("./").trim_end_matches('/');
                !context.is_empty() && (folder == context || folder.starts_with(&format!("{context}/")))
            });
            let called = host.as_deref().is_some_and(|host| *other.name == *host);
            if serves || called {
                return component.index;
            }
        }
        let name = description.rsplit('/').next().unwrap_or(description);
        let mut element = Element::new(format!("api:{description}"), name, resource.span);
        element.extras.push(("is".into(), "API".into()));
        if let Some(fact) = word(fact::KIND, "process", Origin::Imported, resource.span) {
            element.set(fact);
        }
        element.set(Fact {
            id: fact::TECHNOLOGY,
            value: FactValue::Words([Box::from("rest-api")].into()),
            origin: Origin::Imported,
            span: resource.span,
        });
        self.add_component(element, None)
    }

    fn operation(
        &mut self,
        at: u32,
        component: u32,
        description: &str,
        assets: &mut FxHashMap<(u32, &'static str), u32>,
    ) {
        let resource = self.input.estate.resource(at);
        let operation = resource.address.rsplit('#').next().unwrap_or(&resource.name).to_owned();
        let open = match resource.get("security") {
            Some(security) => security
                .as_list()
                .map(|list| list.is_empty() || list.iter().any(|one| one.as_map().is_some_and(<[_]>::is_empty))),
            None => Some(true),
        };
        let span = resource.get("security").map_or(resource.span, |value| value.span);
        let mut kinds: Vec<(&'static str, &'static str, &'static str, String)> = Vec::new();
        properties(&resource.attributes, 0, &mut |name| {
            if let Some((_, kind, class)) = WORDS.iter().find(|(part, _, _)| plain(name).contains(part))
                && !kinds.iter().any(|(known, ..)| known == kind)
            {
                kinds.push((kind, class, kind, name.to_owned()));
            }
        });
        self.with(component_ref(component), |element| {
            let how = match open {
                Some(true) => " (open to anybody)",
                Some(false) => "",
                None => " (who may call it is not known)",
            };
            element.extras.push(("operation".into(), format!("{operation}{how}").into()));
            if open == Some(true) {
                element.set(yes_no(fact::ANONYMOUS_ACCESS, true, Origin::Imported, span));
            }
        });
        for (kind, class, _, property) in kinds {
            let asset = match assets.get(&(component, kind)) {
                Some(known) => *known,
                None => {
                    let mut element = Element::new(
                        format!("data:{description}:{kind}"),
                        format!("{} data", kind.replace('-', " ")),
                        resource.span,
                    );
                    element.extras.push(("property".into(), property.into()));
                    if let Some(symbol) = symbol_of(fact::DATA_KINDS, kind) {
                        let value = FactValue::Symbols([symbol].into());
                        element.set(Fact {
                            id: fact::DATA_KINDS,
                            value,
                            origin: Origin::Imported,
                            span: resource.span,
                        });
                    }
                    // The class is a first guess from the name; people correct it.
                    if let Some(fact) = word(fact::CLASSIFICATION, class, Origin::Default, resource.span) {
                        element.set(fact);
                    }
                    let index = ElementRef::new(Domain::Data, self.out.model.data.len()).index;
                    self.out.model.data.push(element);
                    assets.insert((component, kind), index);
                    index
                }
            };
            let span = resource.span;
            self.with(component_ref(component), |element| add_reference(element, fact::HANDLES, asset, span));
        }
    }
}

/// The description an operation stands in: `api:path/of/file#GET /pets` is of `path/of/file`.
fn description_of(address: &str) -> String {
    let rest = address.strip_prefix("api:").unwrap_or(address);
    rest.split('#').next().unwrap_or(rest).to_owned()
}

/// The host name of the first server, without its domain.
fn host_of(resource: &Resource) -> Option<String> {
    let servers = resource.get("servers")?;
    let url = servers.each().first().map(|server| server.get("url").unwrap_or(server))?.as_text()?;
    let rest = url.split("://").nth(1)?;
    let host = rest.split(['/', ':']).next()?;
    let label = host.split('.').next()?;
    (!matches!(label, "" | "www" | "api" | "localhost")).then(|| label.to_owned())
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Names of properties in schemas and of parameters.
fn properties<'v>(value: &'v Value, depth: usize, found: &mut dyn FnMut(&'v str)) {
    if depth > DEEPEST {
        return;
    }
    match &value.kind {
        ValueKind::Map(entries) => {
            for (key, inner) in entries {
                if &**key == "properties" {
                    for (name, _) in inner.as_map().unwrap_or_default() {
                        found(name);
                    }
                }
                if &**key == "parameters" {
                    for parameter in inner.each() {
                        if let Some(name) = parameter.get("name").and_then(Value::as_text) {
                            found(name);
                        }
                    }
                }
                // A reader may have collected the names already.
                if &**key == "data" || &**key == "property_names" {
                    for name in inner.each() {
                        if let Some(name) = name.as_text() {
                            found(name);
                        }
                    }
                }
                properties(inner, depth + 1, found);
            }
        }
        ValueKind::List(items) | ValueKind::OneOf(items) => {
            for item in items {
                properties(item, depth + 1, found);
            }
        }
        ValueKind::Document(inner) => properties(inner, depth + 1, found),
        _ => {}
    }
}
