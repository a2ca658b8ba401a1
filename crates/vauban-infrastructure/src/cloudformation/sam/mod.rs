//! SAM: what `AWS::Serverless::…` resources stand for.
//!
//! Each becomes the CloudFormation resource that the transform makes of it, under the author's own id, followed by what the
//! transform adds, under the transform's ids: roles, permissions, rules, subscriptions, mappings, stages. Two things differ,
//! because they say more than a description of an API in one piece: each operation of an API is a method or a route with
//! its integration, and deployments and versions, whose ids are hashes of content, are not made.
//!
//! How the transform behaves was looked up in aws-sam-translator 1.110.0 (Apache License 2.0) by running it.

mod api;
mod connectors;
mod domains;
mod events;
mod function;
mod globals;
mod graphql;
mod make;
mod operations;
mod others;
mod policies;
mod references;
mod resource_policy;
mod table;

use rustc_hash::FxHashMap;

use vauban_model::resource::{Mode, Resource, Text, Value, ValueKind};
use vauban_model::{Diagnostic, Span};

use crate::plain;
use api::Api;
use table::Table;

/// Most parts of values that global sections may add to resources.
const BUDGET: usize = 4_000_000;

/// The resources of one template, evaluated, into those that the transform makes.
///
/// `globals` is the evaluated section of that name, `prefix` stands before the ids of the scope (empty, or ending in
/// `/`), `bodies` are the evaluated API descriptions that resources name as `DefinitionUri`, by address, and `declared` tells
/// whether the template has a resource of an id, also one that is not made.
pub(super) fn expand(
    own: Vec<Resource>,
    globals: Option<&Value>,
    prefix: &str,
    bodies: &FxHashMap<Text, Value>,
    declared: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Resource> {
    if !own.iter().any(|resource| is_serverless(resource) || resource.attributes.get("Connectors").is_some()) {
        return own;
    }
    let mut sam = Sam {
        prefix,
        bodies,
        problems,
        globals,
        budget: BUDGET,
        out: Vec::with_capacity(own.len() * 2),
        places: FxHashMap::default(),
        types: own.iter().map(|resource| (resource.address.clone(), resource.native_type.clone())).collect(),
        apis: FxHashMap::default(),
        implicit: [None, None],
        attached: Vec::new(),
        table: Table::read(),
    };
    let own: Vec<Resource> = own.into_iter().map(|resource| sam.with_globals(resource)).collect();
    for resource in &own {
        sam.learn_api(resource);
    }
    for resource in own {
        sam.resource(resource);
    }
    sam.implicit_apis();
    sam.attach();
    sam.connectors();
    let Sam { mut out, problems, .. } = sam;
    references::settle(&mut out, prefix, declared, problems);
    out
}

/// Whether a resource is one of SAM's.
fn is_serverless(resource: &Resource) -> bool {
    resource.native_type.starts_with("AWS::Serverless::")
}

/// Something that an event adds to a resource of the template.
struct Attached {
    /// Whose.
    address: Text,
    /// Keys that lead to the place.
    path: [&'static str; 2],
    /// The last key; empty: an item of a list.
    key: Text,
    value: Value,
}

/// One template on its way.
struct Sam<'s> {
    prefix: &'s str,
    bodies: &'s FxHashMap<Text, Value>,
    problems: &'s mut Vec<Diagnostic>,
    globals: Option<&'s Value>,
    budget: usize,
    out: Vec<Resource>,
    /// Where an address is in `out`.
    places: FxHashMap<Text, usize>,
    /// Types of the template's own resources, as written, by address.
    types: FxHashMap<Text, Text>,
    apis: FxHashMap<Text, Api>,
    /// The first resource and event that need the implicit REST and HTTP API.
    implicit: [Option<(Resource, Span)>; 2],
    attached: Vec<Attached>,
    table: Table,
}

impl Sam<'_> {
    fn resource(&mut self, mut resource: Resource) {
        if resource.mode == Mode::Opaque {
            self.keep(resource);
            return;
        }
        match &*resource.native_type.clone() {
            "AWS::Serverless::Function" => self.function(resource),
            "AWS::Serverless::Api" => self.rest_api(resource),
            "AWS::Serverless::HttpApi" => self.http_api(resource),
            "AWS::Serverless::SimpleTable" => self.simple_table(resource),
            "AWS::Serverless::StateMachine" => self.state_machine(resource),
            "AWS::Serverless::GraphQLApi" => self.graphql(resource),
            "AWS::Serverless::CapacityProvider" => self.capacity_provider(resource),
            "AWS::Serverless::LayerVersion" => self.layer(resource),
            "AWS::Serverless::Application" => {
                // Its resources stand beside it.
                resource.ty = "AWS::CloudFormation::Stack".into();
                self.keep(resource);
            }
            // Read at the end, when everything has its type.
            "AWS::Serverless::Connector" => self.keep(resource),
            other => {
                if other.starts_with("AWS::Serverless::") {
                    self.problems.push(
                        Diagnostic::warning(
                            "serverless-not-expanded",
                            resource.span,
                            format!("what SAM makes of `{other}` is not known here"),
                        )
                        .help("give the processed template too, as `aws cloudformation get-template` prints it"),
                    );
                }
                self.keep(resource);
            }
        }
    }

    /// Adds a resource of the template.
    fn keep(&mut self, resource: Resource) {
        self.places.insert(resource.address.clone(), self.out.len());
        self.out.push(resource);
    }

    /// Adds a resource that the transform makes because of another one; its address.
    fn add(&mut self, like: &Resource, id: &str, ty: &str, attributes: Value, span: Span) -> Text {
        let address: Text = format!("{}{id}", self.prefix).into();
        if let Some(place) = self.places.get(&address) {
            // Several events may need the same thing.
            if self.out.get(*place).is_some_and(|known| &*known.ty != ty) {
                self.taken(id, span);
            }
            return address;
        }
        if self.types.contains_key(&address) {
            self.taken(id, span);
            return address;
        }
        self.keep(Resource {
            address: address.clone(),
            ty: ty.into(),
            native_type: ty.into(),
            name: id.into(),
            source: like.source,
            mode: Mode::Managed,
            attributes,
            span,
            calls: like.calls.clone(),
            scope: like.scope.clone(),
            depends_on: Vec::new(),
            many: like.many,
        });
        address
    }

    fn taken(&mut self, id: &str, span: Span) {
        self.problems.push(
            Diagnostic::warning(
                "serverless-id-taken",
                span,
                format!("SAM would make a resource `{id}` here, and the template has one of that name"),
            )
            .help("rename the resource of the template"),
        );
    }

    /// The id of an address of this scope.
    fn id<'a>(&self, address: &'a str) -> &'a str {
        address.strip_prefix(self.prefix).unwrap_or(address)
    }

    /// A reference to a resource of this scope.
    fn to(&self, id: &str, attribute: &str, span: Span) -> Value {
        plain::reference(&format!("{}{id}", self.prefix), attribute, span)
    }

    /// Puts in place what events add to resources.
    fn attach(&mut self) {
        for Attached { address, path, key, value } in std::mem::take(&mut self.attached) {
            let Some(resource) = self.places.get(&address).and_then(|place| self.out.get_mut(*place)) else { continue };
            let span = value.span;
            let [first, second] = path;
            let Some(top) = make::entry(&mut resource.attributes, first, || plain::map(span, [])) else { continue };
            if !key.is_empty() {
                plain::set(top, &key, value);
            } else if let Some(list) = make::entry(top, second, || plain::list(span, Vec::new()))
                && let ValueKind::List(items) = &mut list.kind
            {
                items.push(value);
            }
        }
    }
}
