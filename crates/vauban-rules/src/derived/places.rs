//! Where outsiders, people and the programs in their hands are: on the internet, within the house, or nobody said.
//!
//! A boundary that states its trust says it. Otherwise the names of the boundaries around somebody say it where they can
//! (`External users`, `Head office`), and a program that runs at its user's is where its users are.

use vauban_model::vocabulary::{Domain, fact, relation};

use super::symbol;
use crate::bits::{Bits, Column, Truth};
use crate::facts::Facts;

/// What a person uses.
const CLIENT: &[&str] = &["client"];
/// Programs that run on a machine of their user's choice, wherever they are delivered from. A workstation, a terminal or a
/// command-line tool of ours stands where it is drawn.
const PROGRAMS: &[&str] = &["browser", "single-page-application", "mobile-app", "desktop-app", "browser-extension"];
/// People themselves.
const PERSON: &[&str] = &["person"];

/// Bytes of a name that are looked at; longer ones are sentences.
const LONGEST: usize = 120;

/// Words for places and people of the house.
#[rustfmt::skip]
const INSIDE: &[&str] = &[
    "office", "offices", "backoffice", "corporate", "corp", "company", "enterprise", "intranet", "internal", "inhouse",
    "employee", "employees", "staff", "workforce", "vpn", "lan", "headquarters", "hq", "workplace", "premises", "onprem",
    "private", "intern", "interne", "internes", "interner", "interno", "interna", "internos", "büro", "mitarbeiter",
    "firmennetz", "unternehmensnetz", "bureau", "bureaux", "employés", "oficina", "empleados", "ufficio", "dipendenti",
];

/// Words for what is outside.
#[rustfmt::skip]
const OUTSIDE: &[&str] = &[
    "external", "extern", "externe", "externer", "externes", "externo", "externa", "externos", "esterno", "esterna",
    "esterni", "outside", "untrusted", "anonymous", "öffentlich",
];

/// Words for what is outside as well, where they speak of a place or its people: `Internet banking` and `Public sector` are
/// something else.
const OPEN: &[&str] = &["internet", "public"];
#[rustfmt::skip]
const PEOPLE_AND_PLACES: &[&str] = &[
    "user", "users", "client", "clients", "customer", "customers", "visitor", "visitors", "people", "browser", "browsers",
    "zone", "area", "boundary", "network", "side", "internet",
];

/// Words for people and houses that are not ours, who may come from the internet or along a line of their own.
#[rustfmt::skip]
const STRANGERS: &[&str] = &[
    "client", "clients", "customer", "customers", "consumer", "consumers", "guest", "guests", "visitor", "visitors",
    "shopper", "shoppers", "patient", "patients", "citizen", "citizens", "partner", "partners", "supplier", "suppliers",
    "vendor", "vendors", "third", "remote", "home", "kunde", "kunden", "cliente", "clientes", "clienti",
];

/// What a name says of a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Name {
    Inside,
    Outside,
    /// It says both: `Corporate customers`, `External VPN users`.
    Both,
    Strangers,
    Nothing,
}

fn by_name(name: &str) -> Name {
    if name.len() > LONGEST {
        return Name::Nothing;
    }
    let lower = name.to_lowercase();
    let (mut inside, mut outside, mut strangers) = (false, false, false);
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        inside |= INSIDE.contains(&word);
        outside |= OUTSIDE.contains(&word);
        outside |= OPEN.contains(&word) && words.peek().is_none_or(|next| PEOPLE_AND_PLACES.contains(next));
        strangers |= STRANGERS.contains(&word);
    }
    match (inside, outside, strangers) {
        (true, false, false) => Name::Inside,
        (true, ..) => Name::Both,
        (false, true, _) => Name::Outside,
        (false, false, true) => Name::Strangers,
        (false, false, false) => Name::Nothing,
    }
}

/// Where everybody is who may come from outside.
pub(super) struct Places {
    /// Whether a component is on the internet; unknown where only somebody who knows the drawing can tell.
    outside: Column,
    /// Components whose place nobody stated: it follows from names, or from who uses them.
    concluded: Bits,
    /// People, and what people use.
    users: Bits,
    /// People themselves, for sure.
    people: Bits,
    /// Programs at their users'.
    programs: Bits,
    /// Machines that a person holds or sits at.
    devices: Bits,
}

impl Places {
    /// Finds everybody's place, in time linear in the model.
    pub(super) fn new(facts: &Facts<'_>) -> Self {
        let count = facts.count(Domain::Component);
        let known =
            |names: &[&str]| -> Vec<u32> { names.iter().filter_map(|name| facts.library.technology(name)).collect() };
        let (client, programs, person) = (known(CLIENT), known(PROGRAMS), known(PERSON));
        let external = symbol(fact::KIND, "external-entity");
        let is_external = |component: usize| facts.symbol(Domain::Component, fact::KIND, component) == Some(external);
        let used_by_people =
            |component: usize| facts.truth(Domain::Component, fact::USED_BY_PEOPLE, component) == Truth::True;
        // Whoever draws a client, and says no more of it, means what calls.
        let is_any_client = |component: usize| facts.technologies(component).iter().any(|own| client.contains(own));
        let is_program = |component: usize| {
            !is_external(component) && (facts.is(component, &programs) == Truth::True || is_any_client(component))
        };
        // An outsider of whom nobody said what it is may be a person.
        let users = Bits::of(count, |component| {
            used_by_people(component) || is_external(component) && facts.is(component, &person) != Truth::False
        });
        let boundaries = Boundaries::new(facts);

        let mut concluded = Bits::none(count);
        let mut places: Vec<Option<Truth>> = Vec::with_capacity(count);
        for component in 0..count {
            let (external, program) = (is_external(component), is_program(component));
            let place = match stated(facts, component) {
                Some(place) => Some(place),
                None if external => {
                    let place = boundaries.outsider(facts, component);
                    if !facts.around(component).is_empty() && place != Truth::False {
                        concluded.set(component);
                    }
                    Some(place)
                }
                None if program => {
                    let place = boundaries.program(facts, component, &users);
                    if place != Some(Truth::False) {
                        concluded.set(component);
                    }
                    place
                }
                None => Some(Truth::False),
            };
            places.push(place);
        }
        // A program is where its users are; one of them outside is enough, and one of whom nobody knows leaves it open.
        for value in [Truth::True, Truth::Unknown, Truth::False] {
            let mut queue: Vec<usize> = (0..count)
                .filter(|component| users.get(*component) && places.get(*component) == Some(&Some(value)))
                .collect();
            while let Some(component) = queue.pop() {
                for flow in facts.row(relation::COMPONENT_OUTBOUND, component) {
                    let ends = &facts.model.flows[*flow as usize];
                    for end in [ends.source as usize, ends.target as usize] {
                        if let Some(place) = places.get_mut(end)
                            && place.is_none()
                        {
                            *place = Some(value);
                            queue.push(end);
                        }
                    }
                }
            }
        }
        // What is left are programs that only call each other.
        let outside = Column::of(count, |at| places.get(at).copied().flatten().unwrap_or(Truth::Unknown));
        // A program that is served from a known place of ours is reached there, like any server.
        let at_users = Bits::of(count, |at| is_program(at) && outside.get(at) != Truth::False);
        let devices = Bits::of(count, |at| !is_external(at) && !is_program(at) && facts.is(at, &client) == Truth::True);
        let people = Bits::of(count, |at| facts.is(at, &person) == Truth::True);
        Places { outside, concluded, users, people, programs: at_users, devices }
    }

    /// Whether a component is on the internet.
    pub(super) fn outside(&self, component: usize) -> Truth {
        self.outside.get(component)
    }

    /// Whether a component is a program that runs at its users', wherever these are.
    pub(super) fn at_users(&self, component: usize) -> bool {
        self.programs.get(component)
    }

    /// Whether a caller sits at what it calls, or holds it in hand: no traffic of a network reaches it that way.
    pub(super) fn by_hand(&self, facts: &Facts<'_>, flow: usize, caller: usize, called: usize) -> bool {
        if self.programs.get(called) {
            return self.users.get(caller);
        }
        let protocol = facts.symbol(Domain::Flow, fact::PROTOCOL, flow);
        self.devices.get(called) && self.people.get(caller) && (protocol.is_none() || is_near(facts, flow))
    }

    /// Whether a flow never leaves the neighbourhood of an end whose place follows from names and users: wherever that is,
    /// nobody on the internet comes along it.
    pub(super) fn beside(&self, facts: &Facts<'_>, flow: usize, end: usize) -> bool {
        self.concluded.get(end) && is_near(facts, flow)
    }
}

/// Whether a flow stays on the machine, or goes by a cable, by the radio of a few metres, or by hand.
fn is_near(facts: &Facts<'_>, flow: usize) -> bool {
    const NEAR: [&str; 11] = [
        "in-process",
        "inter-process",
        "file-system",
        "container-spawning",
        "bluetooth",
        "zigbee",
        "nfc",
        "usb",
        "serial",
        "can",
        "manual",
    ];
    facts
        .symbol(Domain::Flow, fact::PROTOCOL, flow)
        .is_some_and(|protocol| NEAR.iter().any(|word| symbol(fact::PROTOCOL, word) == protocol))
}

/// The place that somebody stated: by the trust of a boundary around, or by `internet_facing` of who is out there.
fn stated(facts: &Facts<'_>, component: usize) -> Option<Truth> {
    let untrusted = symbol(fact::TRUST, "untrusted");
    if let Some(trust) = facts.symbol(Domain::Component, fact::ZONE_TRUST, component) {
        return Some(Truth::of(Some(trust == untrusted)));
    }
    let external = symbol(fact::KIND, "external-entity");
    let external = facts.symbol(Domain::Component, fact::KIND, component) == Some(external);
    let person = facts.truth(Domain::Component, fact::USED_BY_PEOPLE, component) == Truth::True;
    match facts.truth(Domain::Component, fact::INTERNET_FACING, component) {
        Truth::True if person || external && !facts.model.from_code => Some(Truth::True),
        Truth::False if person || external => Some(Truth::False),
        _ => None,
    }
}

/// What is read from boundaries, once for each.
struct Boundaries {
    /// Whether what is inside is on the internet, as far as kind and name tell.
    says: Vec<Option<Truth>>,
    /// Parts of somebody's own infrastructure.
    infrastructure: Bits,
}

impl Boundaries {
    fn new(facts: &Facts<'_>) -> Self {
        let kinds =
            |words: &[&str]| -> Vec<u16> { words.iter().map(|word| symbol(fact::BOUNDARY_KIND, word)).collect() };
        let infrastructure =
            kinds(&["network-segment", "cloud-account", "virtual-network", "security-group", "cluster", "namespace"]);
        let houses = kinds(&["organisation", "site"]);
        let count = facts.count(Domain::Boundary);
        let is_one_of = |boundary: usize, kinds: &[u16]| {
            facts.symbol(Domain::Boundary, fact::BOUNDARY_KIND, boundary).is_some_and(|kind| kinds.contains(&kind))
        };
        let infrastructure = Bits::of(count, |boundary| is_one_of(boundary, &infrastructure));
        let says = facts
            .model
            .boundaries
            .iter()
            .enumerate()
            .map(|(at, boundary)| {
                let name = by_name(&boundary.element.name);
                // A house that is not a stranger's is ours.
                let ours = infrastructure.get(at) || name == Name::Nothing && is_one_of(at, &houses);
                if ours {
                    return Some(Truth::False);
                }
                match name {
                    Name::Inside => Some(Truth::False),
                    Name::Outside => Some(Truth::True),
                    Name::Both => Some(Truth::Unknown),
                    Name::Strangers | Name::Nothing => None,
                }
            })
            .collect();
        Boundaries { says, infrastructure }
    }

    /// What the nearest boundary around says that says anything.
    fn nearest(&self, facts: &Facts<'_>, component: usize) -> Option<Truth> {
        facts.around(component).iter().find_map(|boundary| self.says.get(*boundary as usize).copied().flatten())
    }

    /// An outsider's place: outside of every boundary it is a stranger; inside one that says nothing, nobody knows.
    fn outsider(&self, facts: &Facts<'_>, component: usize) -> Truth {
        if facts.around(component).is_empty() {
            return Truth::True;
        }
        // Code places things exactly: what it puts into a boundary is in it.
        if facts.model.from_code {
            return Truth::False;
        }
        let nearest = self.nearest(facts, component);
        let name = facts.model.components.get(component).map_or(Name::Nothing, |it| by_name(&it.element.name));
        match (nearest, name) {
            (Some(known), _) if known != Truth::Unknown => known,
            (_, Name::Inside) => Truth::False,
            (_, Name::Outside) => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// A program's place; `None` where it is where its users are. A boundary around a program tells whose it is more often
    /// than where it runs, unless it is a part of a network.
    fn program(&self, facts: &Facts<'_>, component: usize, users: &Bits) -> Option<Truth> {
        let in_network = facts.around(component).iter().any(|boundary| self.infrastructure.get(*boundary as usize));
        if in_network || facts.model.from_code {
            return Some(Truth::False);
        }
        let nearest = self.nearest(facts, component);
        if nearest == Some(Truth::True) {
            return nearest;
        }
        let identities = facts.row(relation::COMPONENT_USED_BY, component);
        if !identities.is_empty() {
            let external = |at: &u32| facts.truth(Domain::Identity, fact::EXTERNAL, *at as usize);
            return Some(identities.iter().map(external).fold(Truth::False, Truth::or));
        }
        let is_used = facts.row(relation::COMPONENT_INBOUND, component).iter().any(|flow| {
            let ends = &facts.model.flows[*flow as usize];
            let caller = if ends.target as usize == component { ends.source } else { ends.target } as usize;
            caller != component && users.get(caller)
        });
        if is_used {
            return None;
        }
        let name = facts.model.components.get(component).map_or(Name::Nothing, |it| by_name(&it.element.name));
        Some(nearest.unwrap_or(match name {
            Name::Inside => Truth::False,
            Name::Outside => Truth::True,
            Name::Both | Name::Strangers | Name::Nothing => Truth::Unknown,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Name, by_name};

    #[test]
    fn names_of_places_say_where_they_are_or_nothing() {
        for (name, expected) in [
            ("Trust Boundary 1: External Users", Name::Outside),
            ("Public zone", Name::Outside),
            ("Internet users", Name::Outside),
            ("Internet Banking System", Name::Nothing),
            ("Head office", Name::Inside),
            ("Corporate Network", Name::Inside),
            ("VPN users", Name::Inside),
            ("Internal users", Name::Inside),
            ("Corporate customers", Name::Both),
            ("Remote employees", Name::Both),
            ("Clients", Name::Strangers),
            ("Web Shop", Name::Nothing),
            ("", Name::Nothing),
        ] {
            assert_eq!(by_name(name), expected, "{name}");
        }
    }
}
