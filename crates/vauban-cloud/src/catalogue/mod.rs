//! The catalogue: what each type of resource is, as data.
//!
//! The files are `library/resources/*.toml`; `library/resources/README.md` describes their form. Types are Terraform's for
//! the clouds, `k8s:<Kind>` for Kubernetes and `compose:service` for Compose. [`Catalogue::canonicalise`] gives resources
//! of other tools these types and attribute names.

mod arm;
mod canonical;
pub(crate) mod default_accounts;
pub(crate) mod directory;
mod guards;
mod kubernetes;
mod listeners;
mod lookups;
mod objects;
pub(crate) mod people;
mod policy;
mod pulumi;
mod read;
pub mod rule;
pub(crate) mod scoped_accounts;
pub(crate) mod system_identities;
mod words;

pub(crate) use read::ASK;

use rustc_hash::FxHashMap;
use vauban_model::resource::Text;
use vauban_model::vocabulary::FactId;
use vauban_model::{Diagnostic, Span};

use crate::LibraryText;
use rule::Rule;

/// What becomes of a resource of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A component that computes or forwards.
    Process,
    /// A component that keeps data.
    DataStore,
    /// A component outside of what is ours.
    ExternalEntity,
    /// A trust boundary and nothing else.
    Boundary,
    /// An identity.
    Identity,
    /// A data asset.
    Data,
    /// A part of another resource: its facts are that one's.
    Part,
    /// Nothing in a model: rules, attachments and helpers that other parts of this crate read.
    Glue,
}

impl Kind {
    /// All, in a fixed order.
    pub const ALL: [Kind; 8] = [
        Kind::Process,
        Kind::DataStore,
        Kind::ExternalEntity,
        Kind::Boundary,
        Kind::Identity,
        Kind::Data,
        Kind::Part,
        Kind::Glue,
    ];

    /// The word in the files.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Process => "process",
            Kind::DataStore => "data-store",
            Kind::ExternalEntity => "external-entity",
            Kind::Boundary => "boundary",
            Kind::Identity => "identity",
            Kind::Data => "data",
            Kind::Part => "part",
            Kind::Glue => "glue",
        }
    }

    /// Whether it is a component.
    pub fn is_component(self) -> bool {
        matches!(self, Kind::Process | Kind::DataStore | Kind::ExternalEntity)
    }
}

/// What the catalogue says about a type.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The type in canonical form.
    pub ty: Text,
    /// What it is called, for people: `S3 bucket`.
    pub title: Box<str>,
    /// What becomes of it.
    pub kind: Kind,
    /// The `boundary-kind` word, for boundaries and for components that are one as well, such as a managed cluster.
    pub boundary: Option<&'static str>,
    /// The `identity-kind` word, for identities.
    pub identity: Option<&'static str>,
    /// Technologies of the library.
    pub technology: Vec<Box<str>>,
    /// Further technologies, by attribute.
    pub also: Rule,
    /// Attributes that place it inside a boundary, best first.
    pub inside: Vec<Box<str>>,
    /// Attributes that say whose part it is, best first; for data: where it is kept.
    pub part_of: Vec<Box<str>>,
    /// Types that absorb it where they refer to it: a service takes on its task definition.
    pub folds_into: Vec<Box<str>>,
    /// Attributes that hold a name for people, best first.
    pub named: Vec<Box<str>>,
    /// Facts of the element, or, for a part, of what it is a part of.
    pub facts: Vec<(FactId, Rule)>,
    /// Controls that are there (`yes`) or not (`no`).
    pub controls: Vec<(Box<str>, Rule)>,
    /// Facts of the flow from the internet, where it faces the internet.
    pub entry: Vec<(FactId, Rule)>,
    /// Among parts of the same, the one with the higher priority has the last word.
    pub priority: i64,
    /// Native attribute paths that are called otherwise, by path.
    pub rename: FxHashMap<Box<str>, Box<str>>,
    /// What the provider answers for, and what we do.
    pub responsibility: Option<Responsibility>,
    /// Where the defaults were checked; `unchecked` when they were not.
    pub checked: Box<str>,
    /// Where the entry stands.
    pub span: Span,
}

/// The line of shared responsibility for a managed service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Responsibility {
    /// What the provider answers for.
    pub provider: Box<str>,
    /// What we answer for.
    pub ours: Box<str>,
}

/// All entries.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    entries: Vec<Entry>,
    by_type: FxHashMap<Text, u32>,
    /// Native types, in lower case, to entries.
    by_alias: FxHashMap<Box<str>, u32>,
    /// Names of container images to technologies.
    images: FxHashMap<Box<str>, Box<str>>,
}

impl Catalogue {
    /// Reads the files of `library/resources/`. What cannot be read is left out and told.
    pub fn read(files: &[LibraryText<'_>]) -> (Catalogue, Vec<Diagnostic>) {
        read::read(files)
    }

    /// The entry of a canonical type.
    pub fn get(&self, ty: &str) -> Option<&Entry> {
        self.by_type.get(ty).and_then(|at| self.entries.get(*at as usize))
    }

    /// The entry of a native type of another tool; case does not matter.
    pub fn by_alias(&self, native: &str) -> Option<&Entry> {
        let at = self.by_alias.get(native.to_ascii_lowercase().as_str())?;
        self.entries.get(*at as usize)
    }

    /// The entries with a native type that begins and ends like this, in lower case, in the order of the files.
    fn aliased<'c>(&'c self, start: &str, end: &str) -> Vec<&'c Entry> {
        let fitting = self.by_alias.iter().filter(|(alias, _)| alias.starts_with(start) && alias.ends_with(end));
        let mut found: Vec<u32> = fitting.map(|(_, at)| *at).collect();
        found.sort_unstable();
        found.into_iter().filter_map(|at| self.entries.get(at as usize)).collect()
    }

    /// The entry whose type is this when nothing parts its words.
    fn by_compact(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| {
            entry.ty.len() >= name.len() && entry.ty.chars().filter(|letter| *letter != '_').eq(name.chars())
        })
    }

    /// Every entry, in the order of the files.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The technology of a container image such as `docker.io/library/postgres:16`, if it is a known one.
    pub fn image_technology(&self, image: &str) -> Option<&str> {
        let path = image.split('@').next()?;
        let last = path.rsplit('/').next()?;
        let name = last.split(':').next()?.to_ascii_lowercase();
        if let Some(found) = self.images.get(name.as_str()) {
            return Some(found);
        }
        // `bitnami/postgresql-repmgr`, `redis-stack-server`: the name up to a hyphen is the product's.
        name.match_indices('-').rev().find_map(|(at, _)| self.images.get(name.get(..at)?)).map(|found| &**found)
    }

    /// Names of all images and their technologies, sorted.
    pub fn images(&self) -> Vec<(&str, &str)> {
        let mut all: Vec<(&str, &str)> =
            self.images.iter().map(|(name, technology)| (&**name, &**technology)).collect();
        all.sort_unstable();
        all
    }
}
