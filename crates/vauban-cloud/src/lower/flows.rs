//! Flows that were inferred, and the entrances from the internet.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::model::{Element, Fact, Flow, Origin, Value as FactValue};
use vauban_model::resource::Text;
use vauban_model::vocabulary::fact;

use super::builder::{Builder, component_ref, word, yes_no};
use crate::flows::{End, FlowEvidence, Grade, InferredFlow};
use crate::network::{Place, Ports};
use crate::uses::grade_word;

/// Providers whose services answer to permissions, by how their types begin.
const PROVIDERS: [&str; 4] = ["aws_", "google_", "azurerm_", "github_"];

/// Most assumptions that are named of one entrance.
const MOST_LEANING: usize = 3;

impl Builder<'_> {
    /// Flows between components. Several between the same two are one, with all their evidence.
    pub(super) fn flows(&mut self) {
        let mut known: FxHashMap<(u32, u32), usize> = FxHashMap::default();
        let mut outside: FxHashMap<Box<str>, u32> = FxHashMap::default();
        for inferred in self.input.flows {
            if inferred.grade() == Grade::Hinted && !self.options.unfold {
                continue;
            }
            let Some(first) = inferred.evidence.iter().max_by_key(|evidence| evidence.grade) else { continue };
            let span = first.span;
            let mut end = |end: &End| match end {
                End::Resource(at) => self.component_of(*at),
                End::Outside(name) => Some(self.outside(name, span, &mut outside)),
            };
            let (Some(from), Some(to)) = (end(&inferred.from), end(&inferred.to)) else { continue };
            // A service is no caller: where it was folded into one of those it selects, the others are no targets of that.
            if self.is_folded_service(&inferred.from) {
                continue;
            }
            if from == to || (inferred.grade() == Grade::Permitted && self.same_place(from, to)) {
                continue;
            }
            let at = *known.entry((from, to)).or_insert_with(|| self.push_flow(from, to, span));
            self.evidence(at, inferred);
            if let Some(span) = inferred.default_login {
                self.with(component_ref(to), |element| {
                    if element.fact(fact::DEFAULT_CREDENTIALS).is_none()
                        && element.word(fact::KIND) != Some("external-entity")
                    {
                        element.set(yes_no(fact::DEFAULT_CREDENTIALS, true, Origin::Imported, span));
                    }
                });
            }
        }
    }

    /// Whether an end is a service of Kubernetes that has no component of its own.
    fn is_folded_service(&self, end: &End) -> bool {
        let End::Resource(at) = end else { return false };
        let resource = self.input.estate.resource(*at);
        let component = self.component_of(*at).and_then(|index| self.out.model.components.get(index as usize));
        &*resource.ty == "k8s:Service" && component.is_some_and(|known| *known.element.id != *resource.address)
    }

    fn same_place(&self, a: u32, b: u32) -> bool {
        let place = |at: u32| self.out.model.components.get(at as usize).and_then(|component| component.boundary);
        place(a) == place(b)
    }

    fn outside(&mut self, name: &str, span: Span, known: &mut FxHashMap<Box<str>, u32>) -> u32 {
        if name.eq_ignore_ascii_case("internet") {
            return self.the_internet(span);
        }
        if let Some(index) = known.get(name) {
            return *index;
        }
        let mut element = Element::new(format!("outside:{name}"), name, span);
        if let Some(fact) = word(fact::KIND, "external-entity", Origin::Imported, span) {
            element.set(fact);
        }
        let index = self.add_component(element, None);
        known.insert(name.into(), index);
        index
    }

    /// Adds a flow; gives its place.
    pub(super) fn push_flow(&mut self, source: u32, target: u32, span: Span) -> usize {
        let name = |at: u32, model: &vauban_model::model::Model| -> (Box<str>, Box<str>) {
            model
                .components
                .get(at as usize)
                .map_or_else(Default::default, |c| (c.element.id.clone(), c.element.name.clone()))
        };
        let (from, from_name) = name(source, &self.out.model);
        let (to, to_name) = name(target, &self.out.model);
        let element = Element::new(format!("{from}->{to}"), format!("{from_name} to {to_name}"), span);
        self.out.model.flows.push(Flow { element, source, target });
        self.out.model.flows.len() - 1
    }

    fn evidence(&mut self, at: usize, inferred: &InferredFlow) {
        let Some(flow) = self.out.model.flows.get_mut(at) else { return };
        let element = &mut flow.element;
        let before = element.symbol(fact::FLOW_EVIDENCE);
        let all = self.out.evidence.entry(u32::try_from(at).unwrap_or(u32::MAX)).or_default();
        let told: FxHashSet<FlowEvidence> = all.iter().cloned().collect();
        for evidence in &inferred.evidence {
            if !told.contains(evidence) {
                all.push(evidence.clone());
            }
            element
                .extras
                .push((format!("evidence ({})", grade_word(evidence.grade)).into(), evidence.text.to_string().into()));
            if let Some(grade) = word(fact::FLOW_EVIDENCE, grade_word(evidence.grade), Origin::Imported, evidence.span)
            {
                let better = match (&grade.value, element.symbol(fact::FLOW_EVIDENCE)) {
                    (vauban_model::model::Value::Symbol(new), Some(old)) => *new > old,
                    _ => true,
                };
                if better {
                    element.set(grade);
                }
            }
        }
        let span = element.fact(fact::FLOW_EVIDENCE).map_or(element.span, |fact| fact.span);
        let better = before.is_none_or(|before| element.symbol(fact::FLOW_EVIDENCE).is_some_and(|now| now > before));
        if let Some(protocol) = &inferred.protocol
            && (better || element.fact(fact::PROTOCOL).is_none())
            && let Some(fact) = word(fact::PROTOCOL, protocol, Origin::Imported, span)
        {
            element.set(fact);
        }
        if let Some(port) = inferred.port {
            element.extras.push(("port".into(), port.to_string().into()));
        }
        match (inferred.read_only, element.bool(fact::READ_ONLY)) {
            // One writing use makes the whole flow one that writes.
            (Some(false), _) => element.set(yes_no(fact::READ_ONLY, false, Origin::Imported, span)),
            (Some(true), None) if before.is_none() => {
                element.set(yes_no(fact::READ_ONLY, true, Origin::Imported, span));
            }
            (None, Some(true)) => element.facts.retain(|known| known.id != fact::READ_ONLY),
            _ => {}
        }
    }

    /// The component that stands for everybody on the internet.
    pub(super) fn the_internet(&mut self, span: Span) -> u32 {
        if let Some(index) = self.internet {
            return index;
        }
        let mut element = Element::new("internet", "internet", span);
        element.description = "Anybody on the internet.".into();
        if let Some(fact) = word(fact::KIND, "external-entity", Origin::Imported, span) {
            element.set(fact);
        }
        let index = self.add_component(element, None);
        self.internet = Some(index);
        index
    }

    /// Flows from the internet to what the network lets it reach and to what faces it by its kind.
    pub(super) fn internet(&mut self) {
        let count = self.out.model.components.len();
        let mut reached: Vec<Option<(Span, String)>> = vec![None; count];
        // Where rules for everybody let through ports on which machines are administered.
        let mut managed: Vec<Option<Span>> = vec![None; count];
        // The one protocol of all that they let through, if it is one of those; none as soon as there is another.
        let mut spoken: Vec<Option<Option<&str>>> = vec![None; count];
        // The same of what may let somebody through.
        let mut perhaps_spoken = spoken.clone();
        // What only gets requests that something else passes on to it; and what may get them so.
        let (mut behind, mut maybe_behind): (Vec<Option<Span>>, Vec<bool>) = (vec![None; count], vec![false; count]);
        // What ways lean on that may be there, and where they end.
        let mut open: Vec<Option<(Span, String, Vec<Text>)>> = vec![None; count];
        let ways = &self.input.network.ways;
        let entered: FxHashSet<u32> = ways.iter().filter(|way| way.from == Place::Internet).map(|way| way.to).collect();
        let served: FxHashSet<(u32, u32)> =
            self.out.model.flows.iter().map(|flow| (flow.source, flow.target)).collect();
        for way in ways {
            if way.from != Place::Internet {
                continue;
            }
            let Some(component) = self.component_of(way.to) else { continue };
            // What passes the requests on has flows of its own: to it, and from it.
            let managed_port = way.ports.iter().any(|ports| administered_by(ports).is_some());
            let passed = way.hops.iter().any(|hop| {
                entered.contains(&hop.resource)
                    // What only passes connections on leaves the login to what is behind it.
                    && !(managed_port && self.passes_connections(hop.resource))
                    && self
                        .component_of(hop.resource)
                        .is_some_and(|between| between != component && served.contains(&(between, component)))
            });
            // Rules for some known addresses are for whoever has them: that is not anybody on the internet.
            let (narrow, leaning): (Vec<&Text>, Vec<&Text>) =
                way.assumptions.iter().partition(|text| crate::network::is_narrow(text));
            let text: Vec<&str> = way.hops.iter().map(|hop| &*hop.text).collect();
            let span = way.hops.last().map_or_else(|| self.input.estate.resource(way.to).span, |hop| hop.span);
            if way.asks || !leaning.is_empty() {
                let name = |at: u32| self.input.estate.resource(at).name.to_string();
                let any = [Text::from(format!("the network lets anybody through to {}", name(way.to)))];
                let leaning: Vec<&Text> = if leaning.is_empty() { any.iter().collect() } else { leaning };
                if passed {
                    if let Some(slot) = maybe_behind.get_mut(component as usize) {
                        *slot = true;
                    }
                    continue;
                }
                speak(&mut perhaps_spoken, component, &way.ports);
                if let Some(slot) = open.get_mut(component as usize) {
                    let (_, _, all) = slot.get_or_insert_with(|| (span, text.join("; "), Vec::new()));
                    for text in leaning {
                        if !all.contains(text) {
                            all.push(text.clone());
                        }
                    }
                }
                continue;
            }
            if !narrow.is_empty() {
                continue;
            }
            if passed {
                if let Some(slot) = behind.get_mut(component as usize) {
                    slot.get_or_insert(span);
                }
                continue;
            }
            speak(&mut spoken, component, &way.ports);
            if way.ports.iter().any(manages)
                && let Some(slot) = managed.get_mut(component as usize)
            {
                slot.get_or_insert(span);
            }
            if let Some(slot) = reached.get_mut(component as usize)
                && slot.is_none()
            {
                *slot = Some((span, text.join("; ")));
            }
        }
        let unsure_ways: Vec<bool> = open.iter().map(Option::is_some).collect();
        let admitted: Vec<Option<Span>> = reached.iter().map(|way| way.as_ref().map(|(span, _)| *span)).collect();
        let placed = self.placed(count);
        let by_permission = self.by_permission(count);
        let mut entrances = std::mem::take(&mut self.entrances);
        entrances.sort_by_key(|(component, _)| *component);
        self.entrances = entrances;
        self.drawn = self
            .out
            .model
            .flows
            .iter()
            .filter(|flow| Some(flow.source) == self.internet)
            .map(|flow| flow.target)
            .collect();
        for at in 0..count {
            let index = u32::try_from(at).unwrap_or(u32::MAX);
            if Some(index) == self.internet {
                continue;
            }
            let way = reached.get(at).cloned().flatten();
            let maybe = open.get_mut(at).and_then(Option::take);
            let unsure = maybe.is_some() || maybe_behind.get(at).copied().unwrap_or(false);
            let known = self.out.model.components.get(at).and_then(|c| c.element.bool(fact::INTERNET_FACING));
            match (way, known) {
                (Some((span, text)), _) => {
                    self.with(component_ref(index), |element| {
                        element.set(yes_no(fact::INTERNET_FACING, true, Origin::Imported, span));
                    });
                    self.entrance(index, span, &text);
                }
                (None, None) if maybe.is_none() && behind.get(at).is_some_and(Option::is_some) => {
                    let span = behind.get(at).copied().flatten();
                    self.with(component_ref(index), |element| {
                        let span = span.unwrap_or(element.span);
                        element.set(yes_no(fact::INTERNET_FACING, true, Origin::Imported, span));
                    });
                }
                (None, Some(true)) => {
                    let span = self
                        .out
                        .model
                        .components
                        .get(at)
                        .and_then(|c| c.element.fact(fact::INTERNET_FACING))
                        .map(|fact| fact.span);
                    if let Some(span) = span {
                        self.entrance(index, span, "faces the internet by its kind");
                    }
                }
                (None, None) if !unsure && placed.get(at).copied().unwrap_or(false) => {
                    self.with(component_ref(index), |element| {
                        let span = element.span;
                        element.set(yes_no(fact::INTERNET_FACING, false, Origin::Imported, span));
                    });
                }
                (None, None) if !unsure && by_permission.get(at).copied().unwrap_or(false) => {
                    self.with(component_ref(index), |element| {
                        let span = element.span;
                        element.set(yes_no(fact::INTERNET_FACING, false, Origin::Default, span));
                    });
                }
                (None, None) if unsure => {
                    let Some((span, text, mut leaning)) = maybe else { continue };
                    leaning.truncate(MOST_LEANING);
                    let before = self.out.model.flows.len();
                    self.entrance(index, span, &format!("{text}, if {}", leaning.join(" and ")));
                    // Whoever is let in where machines are administered talks to no application.
                    let machine = self.out.model.components.get(at).and_then(|it| it.element.word(fact::MACHINE));
                    let protocol = perhaps_spoken
                        .get(at)
                        .copied()
                        .flatten()
                        .flatten()
                        .filter(|_| matches!(machine, Some("virtual" | "physical")))
                        .and_then(|protocol| word(fact::PROTOCOL, protocol, Origin::Imported, span));
                    // A gateway whose routes differ has two.
                    for flow in self.out.model.flows.iter_mut().skip(before) {
                        if let Some(protocol) = protocol.clone().filter(|_| flow.element.fact(fact::PROTOCOL).is_none())
                        {
                            flow.element.set(protocol);
                        }
                        let words = leaning.iter().map(|text| Box::from(&**text)).collect();
                        flow.element.set(Fact {
                            id: fact::REFUSED_BY,
                            value: FactValue::Words(words),
                            origin: Origin::Imported,
                            span,
                        });
                    }
                }
                _ => {}
            }
        }
        // Rights that nobody has to sign in for are somebody's: whoever finds the interface of the cluster.
        if let Some((_, span)) = crate::permissions::bound_to_anybody(self.input.estate).next() {
            self.the_internet(span);
        }
        let spoken: Vec<Option<&str>> =
            spoken.into_iter().zip(unsure_ways).map(|(word, unsure)| word.flatten().filter(|_| !unsure)).collect();
        self.for_everybody(&admitted, &managed, &spoken);
    }

    /// Whether a balancer passes on connections as they are, and looks at no request in them.
    fn passes_connections(&self, at: u32) -> bool {
        let resource = self.input.estate.resource(at);
        match &*resource.ty {
            "aws_lb" => matches!(resource.text("load_balancer_type"), Some("network" | "gateway")),
            "azurerm_lb" | "google_compute_forwarding_rule" | "k8s:Service" => true,
            _ => false,
        }
    }

    /// What rules that hold for everybody say about the flows from the internet that they let through.
    fn for_everybody(&mut self, admitted: &[Option<Span>], managed: &[Option<Span>], spoken: &[Option<&str>]) {
        let internet = self.internet;
        let model = &mut self.out.model;
        for flow in model.flows.iter_mut().filter(|flow| Some(flow.source) == internet) {
            let target = flow.target as usize;
            let Some(span) = admitted.get(target).copied().flatten() else { continue };
            if flow.element.fact(fact::IP_FILTERED).is_none() {
                flow.element.set(yes_no(fact::IP_FILTERED, false, Origin::Imported, span));
            }
            // Only a machine of one's own has somebody who signs in on such a port.
            let machine = model.components.get(target).and_then(|component| component.element.word(fact::MACHINE));
            if let Some(span) = managed.get(target).copied().flatten()
                && matches!(machine, Some("virtual" | "physical"))
            {
                flow.element.set(yes_no(fact::ADMITS_MANAGEMENT, true, Origin::Imported, span));
                if let Some(protocol) = spoken.get(target).copied().flatten()
                    && flow.element.fact(fact::PROTOCOL).is_none()
                    && let Some(fact) = word(fact::PROTOCOL, protocol, Origin::Imported, span)
                {
                    flow.element.set(fact);
                }
            }
        }
    }

    /// By component: whether callers get there only through the provider's own interface, with a permission, so that
    /// nobody on the internet can just send it traffic. What has a rule of its own says otherwise itself; what can be put
    /// into a network may be reached there.
    fn by_permission(&self, count: usize) -> Vec<bool> {
        let mut out = vec![false; count];
        for (at, resource) in (0u32..).zip(&self.input.estate.inventory.resources) {
            let Some(component) = self.component_of(at) else { continue };
            let own =
                self.out.model.components.get(component as usize).is_some_and(|c| *c.element.id == *resource.address);
            let Some(entry) = self.entry(at).filter(|_| own) else { continue };
            if entry.inside.is_empty()
                && PROVIDERS.iter().any(|prefix| entry.ty.starts_with(prefix))
                && !entry.facts.iter().any(|(id, _)| *id == fact::INTERNET_FACING)
                && let Some(slot) = out.get_mut(component as usize)
            {
                *slot = true;
            }
        }
        out
    }

    /// By component: whether the network knows where it is, so that no way from the internet means that there is none.
    fn placed(&self, count: usize) -> Vec<bool> {
        let mut out = vec![false; count];
        for (at, zone) in (0u32..).zip(&self.input.network.zone_of) {
            if zone.is_some()
                && let Some(component) = self.component_of(at)
                && let Some(slot) = out.get_mut(component as usize)
            {
                *slot = true;
            }
        }
        out
    }

    fn entrance(&mut self, to: u32, span: Span, because: &str) {
        let internet = self.the_internet(span);
        // It may have been inferred already, with better evidence.
        if !self.drawn.insert(to) {
            return;
        }
        // Routes of a gateway that ask nobody to sign in, while others of it do.
        let (mut open, mut guarded): (Vec<(String, Span)>, Vec<Fact>) = (Vec::new(), Vec::new());
        let facts: Vec<Fact> = {
            let mut all: Vec<Fact> = Vec::new();
            let first = self.entrances.partition_point(|(component, _)| *component < to);
            let of_it = self.entrances.iter().skip(first).take_while(|(component, _)| *component == to);
            for (_, at) in of_it {
                let Some(entry) = self.entry(*at) else { continue };
                for fact in self.entry_facts(*at, entry) {
                    if fact.id == fact::AUTHENTICATION
                        && let Some(route) = super::fronts::route(self.input.estate, *at)
                    {
                        if fact_is_none(&fact) {
                            open.push((route, fact.span));
                        } else {
                            guarded.push(fact.clone());
                        }
                    }
                    match all.iter_mut().find(|known| known.id == fact.id) {
                        Some(known) if weaker(&fact, known) => *known = fact,
                        Some(_) => {}
                        None => all.push(fact),
                    }
                }
            }
            all
        };
        self.push_flow(internet, to, span);
        let Some(flow) = self.out.model.flows.last_mut() else { return };
        let element = &mut flow.element;
        element.set(yes_no(fact::OVER_INTERNET, true, Origin::Imported, span));
        if let Some(grade) = word(fact::FLOW_EVIDENCE, "permitted", Origin::Imported, span) {
            element.set(grade);
        }
        element.extras.push(("evidence (permitted)".into(), because.into()));
        let at = u32::try_from(self.out.model.flows.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let evidence = FlowEvidence { grade: Grade::Permitted, text: because.into(), span, indirect: false };
        self.out.evidence.entry(at).or_default().push(evidence);
        let Some(flow) = self.out.model.flows.last_mut() else { return };
        let element = &mut flow.element;
        for fact in facts {
            element.set(fact);
        }
        let weakest = guarded.into_iter().reduce(|known, fact| if weaker(&fact, &known) { fact } else { known });
        if let (Some(weakest), Some((_, first))) = (weakest, open.first()) {
            let (flow, span) = (self.out.model.flows.len().saturating_sub(1), *first);
            let none = self.out.model.flows.get(flow).and_then(|flow| flow.element.fact(fact::AUTHENTICATION)).cloned();
            // Only what routes say is told by route: a wall before all of them holds for each.
            if let Some(none) = none.filter(fact_is_none) {
                let names: Vec<&str> = open.iter().map(|(name, _)| name.as_str()).collect();
                // Open to everybody while others ask: what changes something is not so on purpose, how one signs in is.
                let changes = names.iter().any(|name| super::callers::changes(name));
                self.with(component_ref(to), |element| {
                    element.facts.retain(|known| known.id != fact::ANONYMOUS_ACCESS);
                    if !changes {
                        element.set(yes_no(fact::ANONYMOUS_ACCESS, true, Origin::Imported, span));
                    }
                });
                let second = self.twin(flow, &super::fronts::shown(&names), span);
                self.change_flow(second, |element| element.set(none));
                self.change_flow(flow, |element| element.set(weakest));
            }
        }
    }
}

fn fact_is_none(fact: &Fact) -> bool {
    let FactValue::Symbol(symbol) = fact.value else { return false };
    Some(symbol) == vauban_model::model::symbol_of(fact.id, "none")
}

/// Ports on which machines are administered over TCP: SSH, Telnet, RDP, VNC, WinRM.
const MANAGEMENT: [u16; 6] = [22, 23, 3389, 5900, 5985, 5986];

/// Notes by component which protocol of administration is the one for all of the ports that are let through to it.
fn speak(spoken: &mut [Option<Option<&'static str>>], component: u32, ports: &[Ports]) {
    let Some(slot) = spoken.get_mut(component as usize) else { return };
    for ports in ports {
        let one = administered_by(ports);
        *slot = Some(one.filter(|_| slot.is_none_or(|known| known == one)));
    }
}

/// The protocol that a single port for the administration of machines stands for.
pub(crate) fn administered_by(ports: &Ports) -> Option<&'static str> {
    match (&*ports.protocol, ports.first, ports.last) {
        ("tcp", 22, 22) => Some("ssh"),
        ("tcp", 23, 23) => Some("telnet"),
        ("tcp", 3389, 3389) => Some("rdp"),
        ("tcp", 5900, 5900) => Some("vnc"),
        _ => None,
    }
}

/// Whether one of the ports is for the administration of machines.
fn manages(ports: &Ports) -> bool {
    matches!(&*ports.protocol, "tcp" | "all") && MANAGEMENT.iter().any(|port| (ports.first..=ports.last).contains(port))
}

/// Whether a fact of one entrance is worse than that of another: the weakest decides.
fn weaker(new: &Fact, known: &Fact) -> bool {
    let rank = |fact: &Fact| match (&fact.value, fact.id) {
        (vauban_model::model::Value::Symbol(symbol), id) => {
            let vauban_model::vocabulary::FactType::Enum(enumeration) = id.definition().ty else { return 9 };
            match enumeration.word(*symbol) {
                "none" => 0,
                "http" | "tcp" | "ftp" | "ws" => 1,
                "network-location" => 2,
                "api-key" => 3,
                _ => 5,
            }
        }
        _ => 9,
    };
    rank(new) < rank(known)
}
