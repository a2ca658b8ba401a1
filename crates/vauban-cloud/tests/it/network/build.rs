//! A tiny way to write inventories: JSON in which a text `=address|attribute` refers and `?name` is not known.

use serde_json::Value as Json;
use vauban_cloud::Estate;
use vauban_cloud::network::{Network, Place, Way, ways};
use vauban_model::resource::{Inventory, Mode, Reference, Resource, Source, Value, ValueKind, Why};
use vauban_model::{FileId, Span};

pub(super) struct Build {
    inventory: Inventory,
    source: Source,
}

pub(super) struct Built {
    pub(super) inventory: Inventory,
    pub(super) network: Network,
}

impl Build {
    pub(super) fn new() -> Self {
        Build { inventory: Inventory::default(), source: Source::Terraform }
    }

    pub(super) fn of(source: Source) -> Self {
        Build { source, ..Build::new() }
    }

    /// Adds a resource at `type.name`; `data.type.name` is looked up only. Each gets ten lines of its own.
    pub(super) fn add(mut self, address: &str, attributes: Json) -> Self {
        let line = u32::try_from(self.inventory.resources.len()).unwrap() * 10 + 1;
        let span = Span::new(FileId(0), line, 1, 1);
        let mode = if address.starts_with("data.") { Mode::Data } else { Mode::Managed };
        let short = address.strip_prefix("data.").unwrap_or(address);
        let (ty, name) = match self.source {
            Source::Terraform => short.split_once('.').unwrap(),
            _ => short.split_once('|').unwrap(),
        };
        let mut at = line;
        self.inventory.resources.push(Resource {
            address: address.into(),
            ty: ty.into(),
            native_type: ty.into(),
            name: name.split('[').next().unwrap().into(),
            source: self.source,
            mode,
            attributes: value(&attributes, &mut at),
            span,
            calls: Vec::new(),
            scope: "".into(),
            depends_on: Vec::new(),
            many: address.ends_with("[*]"),
        });
        self
    }

    pub(super) fn ways(self) -> Built {
        let network = ways(&Estate::new(&self.inventory));
        let built = Built { inventory: self.inventory, network };
        built.sound();
        built
    }
}

fn value(json: &Json, line: &mut u32) -> Value {
    let span = Span::new(FileId(0), *line, 1, 1);
    let kind = match json {
        Json::Null => ValueKind::Null,
        Json::Bool(yes) => ValueKind::Bool(*yes),
        Json::Number(number) => ValueKind::Number(number.as_f64().unwrap()),
        Json::String(text) => match text.strip_prefix('=') {
            Some(reference) => {
                let (address, attribute) = reference.split_once('|').unwrap_or((reference, "id"));
                ValueKind::Reference(Reference { address: address.into(), attribute: attribute.into() })
            }
            None => match text.strip_prefix('?') {
                Some(name) => return Value::unknown(Why::Variable, name, span),
                None => ValueKind::Text(text.as_str().into()),
            },
        },
        Json::Array(items) => ValueKind::List(items.iter().map(|item| value(item, line)).collect()),
        Json::Object(entries) => {
            *line += 1;
            ValueKind::Map(entries.iter().map(|(key, inner)| (key.as_str().into(), value(inner, line))).collect())
        }
    };
    Value::new(kind, span)
}

impl Built {
    pub(super) fn index(&self, address: &str) -> u32 {
        let at = self.inventory.resources.iter().position(|resource| &*resource.address == address);
        u32::try_from(at.unwrap_or_else(|| panic!("no {address}"))).unwrap()
    }

    pub(super) fn name(&self, place: Place) -> String {
        match place {
            Place::Internet => "internet".into(),
            Place::Zone(zone) => format!("zone {}", self.network.zones[zone as usize].name),
            Place::Resource(at) => self.inventory.resources[at as usize].name.to_string(),
        }
    }

    /// `from -> to: ports`, with `?` at the end when it has to be asked and `(assumptions)`.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut out: Vec<String> = self.network.ways.iter().map(|way| self.line(way)).collect();
        out.sort();
        out.dedup();
        out
    }

    fn line(&self, way: &Way) -> String {
        let ports: Vec<String> = way
            .ports
            .iter()
            .map(|ports| match (ports.first, ports.last) {
                (0, u16::MAX) => ports.protocol.to_string(),
                (first, last) if first == last => format!("{} {first}", ports.protocol),
                (first, last) => format!("{} {first}-{last}", ports.protocol),
            })
            .collect();
        let to = self.name(Place::Resource(way.to));
        let mut line = format!("{} -> {to}: {}", self.name(way.from), ports.join(", "));
        if !way.assumptions.is_empty() {
            let texts: Vec<&str> = way.assumptions.iter().map(|text| &**text).collect();
            line += &format!(" ({})", texts.join("; "));
        }
        if way.asks {
            line += " ?";
        }
        line
    }

    /// Ways from the internet to a resource.
    pub(super) fn exposed(&self, address: &str) -> Vec<String> {
        self.to(address).into_iter().filter(|line| line.starts_with("internet")).collect()
    }

    pub(super) fn to(&self, address: &str) -> Vec<String> {
        let at = self.index(address);
        let mut out: Vec<String> =
            self.network.ways.iter().filter(|way| way.to == at).map(|way| self.line(way)).collect();
        out.sort();
        out.dedup();
        out
    }

    pub(super) fn hops(&self, from: &str, to: &str) -> Vec<String> {
        let at = self.index(to);
        let way = self.network.ways.iter().find(|way| way.to == at && self.name(way.from) == from);
        way.map(|way| way.hops.iter().map(|hop| hop.text.to_string()).collect()).unwrap_or_default()
    }

    pub(super) fn class(&self, name: &str) -> Option<&'static str> {
        self.network.zones.iter().find(|zone| &*zone.name == name).and_then(|zone| zone.class)
    }

    /// What holds of every network.
    pub(super) fn sound(&self) {
        let count = u32::try_from(self.inventory.resources.len()).unwrap();
        assert_eq!(self.network.zone_of.len(), self.inventory.resources.len());
        for (at, zone) in self.network.zones.iter().enumerate() {
            assert!(zone.parent.is_none_or(|parent| (parent as usize) < at), "outer before inner: {zone:?}");
            assert!(zone.members.iter().all(|member| *member < count));
        }
        for way in &self.network.ways {
            assert!(!way.hops.is_empty() && !way.ports.is_empty(), "{way:?}");
            assert!(way.to < count && way.hops.iter().all(|hop| hop.resource < count), "{way:?}");
        }
    }
}
