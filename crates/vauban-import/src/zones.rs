//! What the names of boundaries say: `Internet`, `DMZ — Untrusted`, `Trust Boundary: External`, `VPC 10.0.0.0/16`; and
//! which drawn things are the internet itself. The same for every format, where its file says nothing else.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Span;
use vauban_model::model::{Boundary, Element, ElementRef, Fact, Model, Origin, Value, symbol_of};
use vauban_model::vocabulary::{Domain, FactId, fact};

use crate::Format;
use crate::draft::narrow;
use crate::log::short;

/// Bytes of a name that are looked at; longer ones are sentences.
const LONGEST: usize = 120;

/// Boundaries around a thing that are looked at.
const DEEPEST: usize = 200;

/// Words that say that something is a boundary, and no more.
#[rustfmt::skip]
const BOUNDARY: &[&str] = &[
    "the", "our", "trust", "boundary", "boundaries", "zone", "zones", "area", "border", "line", "perimeter", "level",
    "vertrauensgrenze", "vertrauenszone", "grenze", "bereich", "frontière", "frontiere", "limite", "confiance", "de", "zona",
    "límite", "confianza", "confine", "fiducia", "di",
];

/// Words for the internet in the languages that teams draw in.
const INTERNET: &[&str] = &["internet", "www", "интернет", "インターネット", "互联网", "因特网", "인터넷"];

/// Words beside it that leave it the internet.
#[rustfmt::skip]
const BESIDE: &[&str] = &[
    "the", "public", "open", "global", "external", "cloud", "untrusted", "network", "das", "öffentliches", "l", "le",
    "público", "publico", "pública", "pubblico", "réseau", "el", "la", "wan",
];

fn words_of(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// Whether a text is a name of the internet: `Internet`, `The public Internet`, `WWW`, `L'Internet`. What faces it,
/// comes from it or is named after it (`Internet gateway`, `Internet-facing`, `Internet users`) is none.
pub(crate) fn is_internet(name: &str) -> bool {
    if name.len() > LONGEST {
        return false;
    }
    let lower = name.to_lowercase();
    let words = words_of(&lower);
    if words.ends_with(&["world", "wide", "web"]) && words.len() <= 4 {
        return true;
    }
    words.iter().any(|word| INTERNET.contains(word))
        && words.iter().all(|word| INTERNET.contains(word) || BESIDE.contains(word))
}

/// The kind of boundary that a name says outright.
pub(crate) fn kind(name: &str) -> Option<&'static str> {
    if name.len() > LONGEST {
        return None;
    }
    let lower = name.to_lowercase();
    let words = words_of(&lower);
    let telling: Vec<&str> = words.iter().copied().filter(|word| !BOUNDARY.contains(word)).collect();
    if is_internet(&telling.join(" ")) || is_public_network(&telling) {
        return Some("internet");
    }
    // Wherever they stand they mean the same.
    const ANYWHERE: [(&str, &str); 12] = [
        ("security group", "security-group"),
        ("subnet", "network-segment"),
        ("subnets", "network-segment"),
        ("vlan", "network-segment"),
        ("dmz", "network-segment"),
        ("vpc", "virtual-network"),
        ("vnet", "virtual-network"),
        ("virtual network", "virtual-network"),
        ("virtual private cloud", "virtual-network"),
        ("namespace", "namespace"),
        ("cloud account", "cloud-account"),
        ("lan", "network"),
    ];
    // Words of more than one meaning: the last word is what it is (`Machine learning` is no machine).
    const LAST: [(&str, &str); 6] = [
        ("cluster", "cluster"),
        ("container", "execution-environment"),
        ("machine", "host"),
        ("host", "host"),
        ("network", "network"),
        ("netzwerk", "network"),
    ];
    let has = |phrase: &str| {
        let wanted: Vec<&str> = phrase.split(' ').collect();
        words.windows(wanted.len()).any(|some| some == wanted)
    };
    if let Some((_, kind)) = ANYWHERE.iter().find(|(phrase, _)| has(phrase)) {
        return Some(kind);
    }
    // Things of other meanings that end in the same word.
    const OTHERS: [&str; 9] = ["state", "neural", "delivery", "blob", "storage", "aurora", "database", "db", "tag"];
    let ends = |phrase: &str| {
        // C4 writes what a thing is in brackets behind it.
        lower.trim_end_matches("[container]").split(['(', ')', '[', ']', ':', '–', '—', '|', '/']).any(|part| {
            let words: Vec<&str> = words_of(part)
                .into_iter()
                .filter(|word| !BOUNDARY.contains(word) && !word.chars().all(|c| c.is_ascii_digit()))
                .collect();
            let other = words.len().checked_sub(2).and_then(|at| words.get(at));
            words.ends_with(&phrase.split(' ').collect::<Vec<_>>()) && other.is_none_or(|word| !OTHERS.contains(word))
        })
    };
    LAST.iter().find(|(phrase, _)| ends(phrase)).map(|(_, kind)| *kind)
}

/// `Public network`, `Öffentliches Netz`, `Réseau public`.
fn is_public_network(words: &[&str]) -> bool {
    let network = |word: &str| matches!(word, "network" | "netz" | "netzwerk" | "réseau" | "reseau" | "red" | "rete");
    let public =
        |word: &str| matches!(word, "public" | "öffentliches" | "öffentlich" | "pública" | "publica" | "pubblica");
    matches!(words, [one, other] if public(one) && network(other) || network(one) && public(other))
}

/// How far a name says that what is inside can be trusted; nothing where it says two things, as a line does that is
/// named after both its sides.
pub(crate) fn trust(name: &str) -> Option<&'static str> {
    if name.len() > LONGEST {
        return None;
    }
    let lower = name.to_lowercase();
    let words = words_of(&lower);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| words.get(at)).copied().unwrap_or_default();
        let trust = match *word {
            "untrusted" | "distrusted" | "nontrusted" => "untrusted",
            "semitrusted" => "semi-trusted",
            // Who is trusted, not what is inside.
            "trusted" if words.get(at + 1).is_some_and(|next| next.starts_with("part")) => return None,
            "trusted"
                if at > 1 && words[..at - 1].iter().any(|word| matches!(*word, "not" | "non" | "never" | "zero")) =>
            {
                "untrusted"
            }
            "trusted" => match before {
                "un" | "not" | "non" | "never" | "zero" => "untrusted",
                "semi" | "partially" | "partly" | "less" | "half" => "semi-trusted",
                "highly" | "fully" | "most" => "highly-trusted",
                _ => "trusted",
            },
            "vertrauenswürdig" | "vertrauenswürdige" | "vertrauenswürdiger" | "vertrauenswürdiges" => {
                match before {
                    "nicht" => "untrusted",
                    "teilweise" | "bedingt" => "semi-trusted",
                    "besonders" | "hoch" => "highly-trusted",
                    _ => "trusted",
                }
            }
            _ => continue,
        };
        found.push(trust);
    }
    found.sort_unstable();
    found.dedup();
    if let [one] = found.as_slice() {
        return Some(one);
    }
    if !found.is_empty() {
        return None;
    }
    // A boundary that is called `External` and no more holds what is outside.
    let telling: Vec<&str> = words.iter().copied().filter(|word| !BOUNDARY.contains(word)).collect();
    let outside = matches!(
        telling.as_slice(),
        ["external" | "extern" | "externe" | "externer" | "externo" | "externa" | "esterno" | "esterna" | "outside"]
    ) || matches!(
        telling.as_slice(),
        ["external" | "outside", "network" | "world"] | ["externes", "netz" | "netzwerk"]
    );
    (outside || kind(name) == Some("internet")).then_some("untrusted")
}

fn set(element: &mut Element, id: FactId, word: &str) -> bool {
    let span = element.span;
    let symbol = symbol_of(id, word);
    if let Some(symbol) = symbol {
        element.set(Fact { id, value: Value::Symbol(symbol), origin: Origin::Imported, span });
    }
    symbol.is_some()
}

/// States what the names of boundaries say, where nothing else is stated; returns what was read, to be told.
pub(crate) fn boundaries(model: &mut Model, whole: &FxHashSet<ElementRef>) -> Vec<(String, Span)> {
    let mut read = Vec::new();
    // A box of that name around one's own stores and programs says how they are reached, not whose they are.
    let store = symbol_of(fact::KIND, "data-store");
    let own: FxHashSet<u32> = model
        .components
        .iter()
        .filter(|it| it.element.symbol(fact::KIND).is_some_and(|kind| Some(kind) == store))
        .filter_map(|it| it.boundary)
        .collect();
    for (index, boundary) in model.boundaries.iter_mut().enumerate() {
        let element = &mut boundary.element;
        if whole.contains(&ElementRef::new(Domain::Boundary, index)) {
            continue;
        }
        let (has_kind, has_trust) = (element.fact(fact::BOUNDARY_KIND).is_some(), element.fact(fact::TRUST).is_some());
        let mut said = Vec::new();
        let name = element.name.clone();
        // A rating that was given is not overruled by a name.
        let around_own = own.contains(&narrow(index));
        let fits = |kind: &&str| !(has_kind || (has_trust || around_own) && *kind == "internet");
        if let Some(kind) = kind(&name).filter(fits)
            && set(element, fact::BOUNDARY_KIND, kind)
        {
            said.push(kind);
        }
        let kind = element.word(fact::BOUNDARY_KIND);
        // The internet is untrusted without being told. A part of somebody's own network whose drawing calls it
        // untrusted is not the internet, which is what the word means here.
        let has_trust = has_trust || kind == Some("internet");
        let own = kind.is_some_and(|kind| kind != "network");
        if let Some(trust) = trust(&name).filter(|trust| !(has_trust || (own || around_own) && *trust == "untrusted"))
            && set(element, fact::TRUST, trust)
        {
            said.push(trust);
        }
        if !said.is_empty() {
            read.push((format!("`{}` is `{}`", short(&name), said.join("`, `")), element.span));
        }
    }
    read
}

/// Takes what is called `Internet` for it: an external entity from which anybody comes. Returns what was read, to be
/// told. What somebody said to be a process or a store stays that; the round form of a drawing tool says nothing.
pub(crate) fn internet(model: &mut Model, format: Format, whole: &FxHashSet<ElementRef>) -> Vec<(String, Span)> {
    let mut read = Vec::new();
    let forms = matches!(format, Format::DrawIo | Format::Visio | Format::Lucidchart);
    let mut zones = Zones::default();
    let wholes: FxHashSet<u32> = model.components.iter().filter_map(|part| part.parent).collect();
    for index in 0..model.components.len() {
        let Some(component) = model.components.get_mut(index) else { continue };
        let element = &mut component.element;
        let kind = element.word(fact::KIND);
        let said = match kind {
            None | Some("external-entity") => false,
            Some("process") => !forms,
            Some(_) => true,
        };
        let said = said || element.fact(fact::TECHNOLOGY).is_some();
        // What we wrote ourselves says all there is, but for the zone, which no drawing has a shape of.
        let is_whole = whole.contains(&ElementRef::new(Domain::Component, index)) && kind != Some("external-entity");
        if said || is_whole || !is_internet(&element.name) || wholes.contains(&narrow(index)) {
            continue;
        }
        let is_new = kind != Some("external-entity");
        if is_new {
            set(element, fact::KIND, "external-entity");
        }
        let (name, span) = (element.name.clone(), element.span);
        if let Some(around) = component.boundary.filter(|around| !is_outside(model, *around)) {
            let zone = zones.inside(model, around, span);
            if let Some(component) = model.components.get_mut(index) {
                component.boundary = Some(zone);
            }
            read.push((format!("`{}` is the internet, whatever it is drawn in", short(&name)), span));
        } else if is_new {
            read.push((format!("`{}` is the internet", short(&name)), span));
        }
    }
    read
}

/// Whether a boundary, or one around it, says how far it is trusted, and that is not at all.
fn is_outside(model: &Model, boundary: u32) -> bool {
    let mut at = Some(boundary);
    for _ in 0..DEEPEST {
        let Some(boundary) = at.and_then(|at| model.boundaries.get(at as usize)) else { return false };
        if boundary.element.word(fact::BOUNDARY_KIND) == Some("internet") {
            return true;
        }
        if let Some(trust) = boundary.element.word(fact::TRUST) {
            return trust == "untrusted";
        }
        at = boundary.parent;
    }
    false
}

/// Zones for the internet in boundaries that it is drawn in and that say nothing of it, one for each.
#[derive(Default)]
struct Zones {
    of: FxHashMap<u32, u32>,
    taken: FxHashSet<Box<str>>,
    number: usize,
}

impl Zones {
    fn inside(&mut self, model: &mut Model, around: u32, span: Span) -> u32 {
        if let Some(known) = self.of.get(&around) {
            return *known;
        }
        if self.number == 0 {
            self.taken = model.boundaries.iter().map(|zone| zone.element.id.clone()).collect();
        }
        let id = loop {
            self.number += 1;
            let id: Box<str> =
                if self.number == 1 { "internet".into() } else { format!("internet-{}", self.number).into() };
            if self.taken.insert(id.clone()) {
                break id;
            }
        };
        let mut element = Element::new(id, "Internet", span);
        set(&mut element, fact::BOUNDARY_KIND, "internet");
        let zone = narrow(model.boundaries.len());
        model.boundaries.push(Boundary { element, parent: Some(around) });
        self.of.insert(around, zone);
        zone
    }
}

#[cfg(test)]
mod tests {
    use super::{is_internet, kind, trust};

    #[test]
    fn the_internet_is_known_by_its_names() {
        for name in [
            "Internet",
            "The public Internet",
            "WWW",
            "World Wide Web",
            "Internet (public)",
            "L'Internet",
            "Öffentliches Internet",
        ] {
            assert!(is_internet(name), "{name}");
        }
        for name in
            ["Internet users", "Internet gateway", "Internet-facing", "Public", "Cloud", "Web", "Internet Explorer", ""]
        {
            assert!(!is_internet(name), "{name}");
        }
    }

    #[test]
    fn names_of_boundaries_say_what_they_are() {
        for (name, expected) in [
            ("Internet", Some("internet")),
            ("Internet zone", Some("internet")),
            ("Trust boundary: Internet", Some("internet")),
            ("Internet Boundary", Some("internet")),
            ("Öffentliches Netz", Some("internet")),
            ("Internet-facing subnet", Some("network-segment")),
            ("Internet gateway", None),
            ("Internet-facing", None),
            ("DMZ — Untrusted", Some("network-segment")),
            ("VPC 10.0.0.0/16", Some("virtual-network")),
            ("Corporate Network", Some("network")),
            ("Private network (on site)", Some("network")),
            ("Machine learning", None),
            ("Container registry", None),
            ("Docker container", Some("execution-environment")),
            ("Kubernetes cluster", Some("cluster")),
            ("Host boundary", Some("host")),
            ("Application tier", None),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
    }

    #[test]
    fn names_of_boundaries_say_how_far_they_are_trusted() {
        for (name, expected) in [
            ("DMZ — Untrusted", Some("untrusted")),
            ("Untrusted zone", Some("untrusted")),
            ("Trust Boundary: External", Some("untrusted")),
            ("Application Tier — Semi-Trusted", Some("semi-trusted")),
            ("Data Tier — Trusted", Some("trusted")),
            ("Not trusted", Some("untrusted")),
            ("Nicht vertrauenswürdig", Some("untrusted")),
            ("Internet", Some("untrusted")),
            ("Untrusted / trusted", None),
            ("Trust boundary", None),
            ("Zero trust", None),
            ("External systems", None),
            ("DMZ", None),
        ] {
            assert_eq!(trust(name), expected, "{name}");
        }
    }
}
