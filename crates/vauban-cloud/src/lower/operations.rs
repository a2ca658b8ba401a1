//! Descriptions of interfaces: the component that serves each, what its operations take and give, and who may call them.
//!
//! However many operations there are, they are facts of one component, and what is said of them is said once per group.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Diagnostic;
use vauban_model::Span;
use vauban_model::model::{Element, ElementRef, Fact, Origin, Value as FactValue, symbol_of};
use vauban_model::resource::{Resource, Source, Value};
use vauban_model::vocabulary::{Domain, fact};

use super::builder::{Builder, add_reference, component_ref, word, yes_no};
use super::callers::{self, Admission};
use super::data_words::{self, KINDS, Kinds};
use super::ties::{Reason, inside};

/// Classifications from least to most.
const CLASSES: [&str; 4] = ["public", "internal", "confidential", "restricted"];

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    /// `GET /pets`, `send orders`.
    pub(super) name: Box<str>,
    pub(super) span: Span,
    pub(super) admission: Admission,
    /// Where the admission stands.
    pub(super) admitted: Span,
    pub(super) takes: Kinds,
    pub(super) gives: Kinds,
    /// Whether it changes nothing.
    pub(super) reads: bool,
    /// The brokers of an operation on messages, as resources.
    pub(super) brokers: Vec<u32>,
    /// Whether a message is sent, received, or both.
    pub(super) ways: (bool, bool),
}

/// One description with its operations.
#[derive(Clone, Debug)]
pub(super) struct Interface {
    pub(super) component: u32,
    pub(super) document: u32,
    /// Why the component serves it; nothing when it stands for the description alone.
    pub(super) tied: Option<Reason>,
    pub(super) operations: Vec<Operation>,
    /// By kind of data: its asset.
    pub(super) assets: [Option<u32>; KINDS.len()],
}

/// What the names of one schema say, and where it goes on.
#[derive(Default)]
struct Schema<'a> {
    kinds: Vec<Speaking<'a>>,
    next: Vec<u32>,
    /// The kinds that it speaks of itself or through others.
    reach: Kinds,
}

/// A name that speaks of data.
#[derive(Clone, Copy)]
struct Speaking<'a> {
    kind: usize,
    class: &'static str,
    name: &'a str,
    span: Span,
}

/// The kinds that an interface speaks of: the first name of each, and the highest class.
#[derive(Clone, Default)]
struct Spoken<'a> {
    kinds: [Option<Speaking<'a>>; KINDS.len()],
    /// Schemas that were looked at.
    seen: FxHashSet<u32>,
}

impl<'a> Spoken<'a> {
    fn note(&mut self, one: Speaking<'a>) {
        let Some(slot) = self.kinds.get_mut(one.kind) else { return };
        let rank = |class: &str| CLASSES.iter().position(|known| *known == class);
        match slot {
            Some(known) if rank(known.class) >= rank(one.class) => {}
            Some(known) => known.class = one.class,
            None => *slot = Some(one),
        }
    }
}

impl<'a> Builder<'a> {
    pub(super) fn operations(&mut self) {
        let estate = self.input.estate;
        // A description of messages alone stands for nothing that runs.
        let called: FxHashSet<&str> = estate
            .of_type("api:operation")
            .iter()
            .filter_map(|at| Some(&*estate.resource(*at).get("document")?.as_reference()?.address))
            .collect();
        let is_interface = |at: &u32| {
            let resource = estate.resource(*at);
            called.contains(&*resource.address) || resource.get("outbound").is_some()
        };
        let documents: Vec<u32> = estate.of_type("api:document").iter().copied().filter(is_interface).collect();
        self.brokers();
        if documents.is_empty() {
            return;
        }
        let mut ties = self.ties(&documents);
        let mut place: FxHashMap<&str, usize> = FxHashMap::default();
        for at in documents {
            let resource = estate.resource(at);
            let found = ties.remove(&at).unwrap_or_default().settle();
            let (component, tied) = match found {
                Ok(Some(tie)) => {
                    self.with(component_ref(tie.component), |element| {
                        let path = resource.text("path").unwrap_or_default();
                        let line = tie.span.line;
                        element
                            .extras
                            .push(("described in".into(), format!("{path}: {} (line {line})", tie.evidence).into()));
                        // A service that nobody knows more of is at least known to serve this.
                        if resource.source == Source::OpenApi && element.fact(fact::TECHNOLOGY).is_none() {
                            element.set(rest(tie.span));
                        }
                    });
                    (tie.component, Some(tie.reason))
                }
                Ok(None) => (self.described(resource, at), None),
                Err(several) => {
                    self.several(resource, &several);
                    (self.described(resource, at), None)
                }
            };
            self.set_element(at, component_ref(component));
            place.insert(&*resource.address, self.interfaces.len());
            self.interfaces.push(Interface {
                component,
                document: at,
                tied,
                operations: Vec::new(),
                assets: [None; KINDS.len()],
            });
        }
        let schemas = self.schemas();
        let mut spoken: Vec<Spoken<'a>> = vec![Spoken::default(); self.interfaces.len()];
        for at in estate.of_type("api:operation") {
            let resource = estate.resource(*at);
            let document = resource.get("document").and_then(Value::as_reference);
            let Some(index) = document.and_then(|document| place.get(&*document.address).copied()) else { continue };
            let mut words = |path: &str| -> Kinds {
                let Some(parts) = resource.get(path) else { return 0 };
                let Some(spoken) = spoken.get_mut(index) else { return 0 };
                self.closure(parts, &schemas, spoken)
            };
            let (takes, gives) = (words("takes"), words("gives"));
            let (mut admission, admitted) = callers::admission(resource, estate);
            let body = self.interfaces.get(index).is_some_and(|interface| interface.tied == Some(Reason::Body));
            if body && matches!(admission, Admission::Needs(_)) && !callers::enforced(resource) {
                // A gateway does not ask for what only the description asks for; perhaps what stands behind does.
                admission = Admission::Silent;
            }
            let reply = resource.get("reply").is_some();
            let action = resource.text("action");
            let operation = Operation {
                name: resource.name.to_string().into(),
                span: resource.span,
                admission,
                admitted,
                takes,
                gives,
                reads: matches!(resource.text("method"), Some("GET" | "HEAD" | "OPTIONS" | "TRACE")),
                brokers: resource.get("brokers").map(|value| estate.referred(value)).unwrap_or_default(),
                ways: (action == Some("send") || reply, action == Some("receive") || reply),
            };
            let Some(interface) = self.interfaces.get_mut(index) else { continue };
            let component = component_ref(interface.component);
            interface.operations.push(operation);
            self.set_element(*at, component);
            self.operation(resource, admission, component);
        }
        for (index, spoken) in spoken.iter_mut().enumerate() {
            self.sent(index, &schemas, spoken);
            self.assets(index, spoken);
            self.outbound(index, &schemas);
            self.admits(index);
        }
    }

    /// The component of a description that nothing else serves.
    fn described(&mut self, resource: &Resource, at: u32) -> u32 {
        let mut element = Element::new(&*resource.address, &*resource.name, resource.span);
        self.describe(at, &mut element);
        // Two of the same name are told apart by their files.
        element.extras.retain(|(key, _)| &**key != "is");
        if let Some(fact) = word(fact::KIND, "process", Origin::Imported, resource.span) {
            element.set(fact);
        }
        // An application that exchanges messages may be written in anything.
        if resource.source == Source::OpenApi {
            element.set(rest(resource.span));
        }
        let home = self.home_of_described(resource.span);
        self.add_component(element, Some(home))
    }

    /// The boundary around what is known from its description alone: somebody runs it, and callers are outside of that.
    fn home_of_described(&mut self, span: Span) -> u32 {
        let known = self.out.model.boundaries.iter().position(|boundary| &*boundary.element.id == "described");
        match known.and_then(|at| u32::try_from(at).ok()) {
            Some(known) => known,
            None => self.add_boundary(Element::new("described", "described systems", span), "organisation", None),
        }
    }

    fn several(&mut self, resource: &Resource, components: &[u32]) {
        let names: Vec<String> = components
            .iter()
            .filter_map(|at| self.out.model.components.get(*at as usize))
            .take(4)
            .map(|component| format!("`{}`", component.element.id))
            .collect();
        let message = format!("`{}` may be served by {}, so it stands for itself", resource.name, names.join(" or "));
        self.out.diagnostics.push(
            Diagnostic::note("description-of-several", resource.span, message)
                .help("give the description the service's host name as a server, or put it into the service's folder"),
        );
    }

    /// Brokers: the service that has the host name, or a component of its own.
    fn brokers(&mut self) {
        let names = self.host_names();
        for at in self.input.estate.of_type("api:broker") {
            let resource = self.input.estate.resource(*at);
            let host = resource.text("host").unwrap_or_default();
            let known = inside(host).and_then(|label| names.get(&label)).and_then(|list| match list.as_slice() {
                [one] => Some(*one),
                _ => None,
            });
            if let Some(component) = known {
                self.set_element(*at, component_ref(component));
                continue;
            }
            let protocol = resource.text("protocol").unwrap_or_default();
            let (technology, kind) = callers::broker(protocol);
            let mut element = Element::new(&*resource.address, host, resource.span);
            self.describe(*at, &mut element);
            if let Some(fact) = word(fact::KIND, kind, Origin::Imported, resource.span) {
                element.set(fact);
            }
            if let Some(technology) = technology {
                let value = FactValue::Words([Box::from(technology)].into());
                element.set(Fact { id: fact::TECHNOLOGY, value, origin: Origin::Imported, span: resource.span });
            }
            if callers::is_public(host) {
                element.set(yes_no(fact::PUBLIC_ADDRESS, true, Origin::Imported, resource.span));
            }
            // What has a public name may be somebody else's; anything else runs beside the application.
            let home = (!callers::is_public(host)).then(|| self.home_of_described(resource.span));
            let index = self.add_component(element, home);
            self.set_element(*at, component_ref(index));
        }
    }

    /// What each schema says by itself, by resource.
    fn schemas(&self) -> FxHashMap<u32, Schema<'a>> {
        let estate = self.input.estate;
        let mut out: FxHashMap<u32, Schema<'a>> = FxHashMap::default();
        for at in estate.of_type("api:schema") {
            let mut schema = Schema::default();
            for part in estate.resource(*at).get("parts").map(Value::each).unwrap_or_default() {
                if let Some(reference) = part.as_reference() {
                    schema.next.extend(estate.find(&reference.address));
                } else {
                    schema.kinds.extend(speaking(part));
                }
            }
            schema.next.sort_unstable();
            schema.next.dedup();
            out.insert(*at, schema);
        }
        // Each kind goes back from the schemas that speak of it to all that lead there: once over all references.
        let mut before: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        let mut waiting: Vec<(u32, Kinds)> = Vec::new();
        for at in estate.of_type("api:schema") {
            let Some(schema) = out.get(at) else { continue };
            for next in &schema.next {
                before.entry(*next).or_default().push(*at);
            }
            waiting.extend(schema.kinds.iter().map(|one| (*at, 1 << one.kind)));
        }
        while let Some((at, kinds)) = waiting.pop() {
            let Some(schema) = out.get_mut(&at) else { continue };
            let new = kinds & !schema.reach;
            if new != 0 {
                schema.reach |= new;
                waiting.extend(before.get(&at).into_iter().flatten().map(|earlier| (*earlier, new)));
            }
        }
        out
    }

    /// The kinds of data that parts speak of, through all schemas that they lead to. What is met for the first time is
    /// noted for the whole interface.
    fn closure(&self, parts: &'a Value, schemas: &FxHashMap<u32, Schema<'a>>, spoken: &mut Spoken<'a>) -> Kinds {
        let mut kinds: Kinds = 0;
        let mut waiting: Vec<u32> = Vec::new();
        for part in parts.each() {
            if let Some(reference) = part.as_reference() {
                let Some(at) = self.input.estate.find(&reference.address) else { continue };
                kinds |= schemas.get(&at).map_or(0, |schema| schema.reach);
                waiting.push(at);
            } else if let Some(one) = speaking(part) {
                kinds |= 1 << one.kind;
                spoken.note(one);
            }
        }
        while let Some(at) = waiting.pop() {
            let Some(schema) = schemas.get(&at).filter(|_| spoken.seen.insert(at)) else { continue };
            schema.kinds.iter().for_each(|one| spoken.note(*one));
            waiting.extend(schema.next.iter().filter(|next| !spoken.seen.contains(next)));
        }
        kinds
    }

    /// What one operation says of its component.
    fn operation(&mut self, resource: &Resource, admission: Admission, component: ElementRef) {
        let span = resource.span;
        let mut formats: Vec<u16> = resource
            .get("consumes")
            .map(Value::each)
            .unwrap_or_default()
            .iter()
            .filter_map(|media| callers::format(media.as_text()?))
            .filter_map(|word| symbol_of(fact::ACCEPTS, word))
            .collect();
        let upload = resource.get("upload");
        if upload.is_some() {
            formats.extend(symbol_of(fact::ACCEPTS, "file"));
        }
        let at = upload.or_else(|| resource.get("consumes")).map_or(span, |value| value.span);
        let administrative =
            resource.text("path").is_some_and(|path| path.split('/').any(|part| part.eq_ignore_ascii_case("admin")));
        self.with(component, |element| {
            element.extras.push(("operation".into(), format!("{}{}", resource.name, admission.words()).into()));
            if !formats.is_empty() {
                if let Some(Fact { value: FactValue::Symbols(known), .. }) = element.fact(fact::ACCEPTS) {
                    formats.extend_from_slice(known);
                }
                formats.sort_unstable();
                formats.dedup();
                let value = FactValue::Symbols(formats.into());
                element.set(Fact { id: fact::ACCEPTS, value, origin: Origin::Imported, span: at });
            }
            if administrative && element.fact(fact::ADMINISTRATIVE_INTERFACE).is_none() {
                element.set(yes_no(fact::ADMINISTRATIVE_INTERFACE, true, Origin::Imported, span));
            }
        });
    }

    /// Data assets for the kinds an interface speaks of.
    fn assets(&mut self, index: usize, spoken: &Spoken<'a>) {
        let Some(interface) = self.interfaces.get(index) else { return };
        let (component, document) = (interface.component, interface.document);
        let resource = self.input.estate.resource(document);
        let path = resource.text("path").unwrap_or_default();
        let mut assets = [None; KINDS.len()];
        for ((slot, one), kind) in assets.iter_mut().zip(&spoken.kinds).zip(KINDS) {
            let Some(one) = one else { continue };
            let name = format!("{} data of {}", kind.replace('-', " "), resource.name);
            let mut element = Element::new(format!("data:{path}:{kind}"), name, one.span);
            element.extras.push(("property".into(), one.name.into()));
            element.extras.push(("evidence (hinted)".into(), format!("a property is called `{}`", one.name).into()));
            if let Some(symbol) = symbol_of(fact::DATA_KINDS, kind) {
                let value = FactValue::Symbols([symbol].into());
                element.set(Fact { id: fact::DATA_KINDS, value, origin: Origin::Imported, span: one.span });
            }
            // The class is a first guess from the name; people correct it.
            if let Some(fact) = word(fact::CLASSIFICATION, one.class, Origin::Default, one.span) {
                element.set(fact);
            }
            let asset = ElementRef::new(Domain::Data, self.out.model.data.len()).index;
            self.out.model.data.push(element);
            *slot = Some(asset);
            self.with(component_ref(component), |element| add_reference(element, fact::HANDLES, asset, one.span));
        }
        if let Some(interface) = self.interfaces.get_mut(index) {
            interface.assets = assets;
        }
    }

    /// Notes what requests that the interface itself sends speak of.
    fn sent(&self, index: usize, schemas: &FxHashMap<u32, Schema<'a>>, spoken: &mut Spoken<'a>) {
        let document = self.interfaces.get(index).map(|interface| self.input.estate.resource(interface.document));
        for parts in document.and_then(|document| document.get("outbound")).map(Value::each).unwrap_or_default() {
            if let Some(parts) = parts.get("takes") {
                self.closure(parts, schemas, spoken);
            }
        }
    }

    /// Requests that the interface sends to addresses that others give.
    fn outbound(&mut self, index: usize, schemas: &FxHashMap<u32, Schema<'a>>) {
        let Some(interface) = self.interfaces.get(index) else { return };
        let (component, document, assets) = (interface.component, interface.document, interface.assets);
        let resource = self.input.estate.resource(document);
        let Some(outbound) = resource.get("outbound") else { return };
        let mut kinds: Kinds = 0;
        let mut names: Vec<String> = Vec::new();
        let mut given: Option<Span> = None;
        let mut nothing: Spoken<'a> = Spoken::default();
        for one in outbound.each() {
            if let Some(parts) = one.get("takes") {
                kinds |= self.closure(parts, schemas, &mut nothing);
            }
            let word = |key: &str| one.get(key).and_then(Value::as_text).unwrap_or_default();
            names.push(format!("{} {}", word("kind"), word("name")));
            if word("url").contains("{$") {
                given = given.or(Some(one.span));
            }
        }
        if let Some(span) = given {
            self.with(component_ref(component), |element| {
                element.set(yes_no(fact::FETCHES_URLS, true, Origin::Imported, span));
            });
        }
        let span = outbound.each().first().map_or(outbound.span, |first| first.span);
        let path = resource.text("path").unwrap_or_default();
        let name = format!("subscribers of {}", resource.name);
        let mut element = Element::new(format!("subscribers:{path}"), name, span);
        element.description = "Whoever asked to be called back.".into();
        if let Some(fact) = word(fact::KIND, "external-entity", Origin::Imported, span) {
            element.set(fact);
        }
        let to = self.add_component(element, None);
        let flow = self.push_flow(component, to, span);
        self.declared(flow, "addressed", &names.join(", "), span);
        if let Some(fact) = word(fact::PROTOCOL, "webhook", Origin::Imported, span) {
            self.change_flow(flow, |element| element.set(fact));
        }
        self.carry(flow, fact::CARRIES, kinds, &assets, span);
    }

    /// Whether a component serves callers that did not sign in, where the description settles it.
    fn admits(&mut self, index: usize) {
        let Some(interface) = self.interfaces.get(index) else { return };
        let operations = &interface.operations;
        // A gateway enforces what its own resources say.
        if interface.tied == Some(Reason::Body) || operations.iter().any(|operation| !operation.brokers.is_empty()) {
            return;
        }
        let Some(first) = operations.first() else { return };
        let value = if operations.iter().all(|operation| matches!(operation.admission, Admission::Needs(_))) {
            false
        } else if operations.iter().all(callers::on_purpose) {
            true
        } else {
            return;
        };
        let (component, span) = (component_ref(interface.component), first.admitted);
        self.with(component, |element| {
            if element.fact(fact::ANONYMOUS_ACCESS).is_none() {
                element.set(yes_no(fact::ANONYMOUS_ACCESS, value, Origin::Imported, span));
            }
        });
    }
}

/// What serves operations.
fn rest(span: Span) -> Fact {
    let value = FactValue::Words([Box::from("rest-api")].into());
    Fact { id: fact::TECHNOLOGY, value, origin: Origin::Imported, span }
}

/// What a name says.
fn speaking(part: &Value) -> Option<Speaking<'_>> {
    let name = part.as_text()?;
    data_words::kind(name).map(|(kind, class)| Speaking { kind, class, name, span: part.span })
}
