//! Connectors: policies that let one resource use another.

use rustc_hash::FxHashSet;

use vauban_model::resource::{Resource, Text, Value};
use vauban_model::{Diagnostic, Span};

use super::table::{Connector, Statement, Table};
use super::{Sam, make};
use crate::plain;

/// One end of a connector.
#[derive(Clone)]
struct End {
    /// The resource, if it is one of the template.
    place: Option<usize>,
    ty: Text,
    arn: Option<Value>,
    name: Option<Value>,
    role: Option<Value>,
    /// What else is said of it: queue's address, API's id, stage.
    written: Value,
}

/// A connector as it is written.
struct Wish {
    id: String,
    of: Resource,
    source: End,
    destinations: Vec<End>,
    access: Vec<Text>,
    span: Span,
}

impl Sam<'_> {
    /// Makes what connectors stand for. One that says more than is known here stays visible.
    pub(super) fn connectors(&mut self) {
        let mut wishes = Vec::new();
        for place in 0..self.out.len() {
            let Some(resource) = self.out.get(place) else { break };
            if &*resource.native_type == "AWS::Serverless::Connector" {
                let source = self.end(resource.attributes.get("Source"), None);
                let id = self.id(&resource.address).to_owned();
                wishes.extend(self.wish(id, resource, source, &resource.attributes));
            }
            let inner = resource.attributes.get("Connectors").map(make::entries).unwrap_or_default();
            for (name, connector) in inner {
                let properties = connector.get("Properties").unwrap_or(connector);
                let source = self.end(properties.get("SourceReference"), Some(place));
                let id = format!("{}{name}", self.id(&resource.address));
                wishes.extend(self.wish(id, resource, source, properties));
            }
        }
        let table = std::mem::take(&mut self.table);
        let mut done: FxHashSet<Text> = FxHashSet::default();
        for wish in wishes {
            if self.connect(&table, &wish) {
                done.insert(wish.of.address.clone());
            }
        }
        self.table = table;
        self.places.clear();
        self.out.retain(|one| &*one.native_type != "AWS::Serverless::Connector" || !done.contains(&one.address));
    }

    fn wish(&self, id: String, of: &Resource, source: End, properties: &Value) -> Option<Wish> {
        let destinations = make::items(properties.get("Destination")?);
        let access = make::items(properties.get("Permissions")?);
        Some(Wish {
            id,
            of: Resource { attributes: Value::null(of.span), ..of.clone() },
            source,
            destinations: destinations.into_iter().map(|end| self.end(Some(end), None)).collect(),
            access: access.into_iter().filter_map(|one| one.as_text().map(Text::from)).collect(),
            span: properties.span,
        })
    }

    fn end(&self, written: Option<&Value>, itself: Option<usize>) -> End {
        let none =
            Value::null(self.out.first().map_or_else(|| Span::new(vauban_model::FileId(0), 1, 1, 0), |r| r.span));
        let written = written.cloned().unwrap_or(none);
        let span = written.span;
        let named = written.get("Id").and_then(Value::as_text);
        let place = named.map_or(itself, |id| self.places.get(format!("{}{id}", self.prefix).as_str()).copied());
        let given = |key: &str| make::given(&written, key).cloned();
        let Some(resource) = place.and_then(|place| self.out.get(place)) else {
            let ty = written.get("Type").and_then(Value::as_text).unwrap_or("").into();
            return End { place: None, ty, arn: given("Arn"), name: given("Name"), role: given("RoleName"), written };
        };
        // The reference to topics and state machines is their ARN.
        let attribute =
            if matches!(&*resource.ty, "AWS::SNS::Topic" | "AWS::StepFunctions::StateMachine") { "" } else { "Arn" };
        let role = ["Role", "RoleArn"]
            .iter()
            .find_map(|key| resource.attributes.get(key)?.as_reference())
            .map(|to| plain::reference(&to.address, "", span));
        End {
            place,
            ty: resource.ty.clone(),
            arn: given("Arn").or_else(|| Some(plain::reference(&resource.address, attribute, span))),
            name: given("Name").or_else(|| Some(plain::reference(&resource.address, "", span))),
            role: given("RoleName").or(role),
            written,
        }
    }

    /// Makes what a connector stands for; whether all of it is made.
    fn connect(&mut self, table: &Table, wish: &Wish) -> bool {
        let mut all = !wish.destinations.is_empty();
        let many = wish.destinations.len() > 1;
        for (number, destination) in wish.destinations.iter().enumerate() {
            let id = if many { format!("{}Destination{number}", wish.id) } else { wish.id.clone() };
            let connector = table.connectors.get(&(&*wish.source.ty, &*destination.ty));
            let made = connector.is_some_and(|connector| self.connected(connector, wish, destination, &id));
            all &= made;
            if !made {
                self.problems.push(
                    Diagnostic::warning(
                        "connector-not-expanded",
                        wish.span,
                        format!(
                            "what the connector `{}` allows from `{}` to `{}` is not known",
                            wish.id, wish.source.ty, destination.ty
                        ),
                    )
                    .help("name both ends by `Id`, or give `Type`, `Arn` and `RoleName`"),
                );
            }
        }
        all
    }

    fn connected(&mut self, connector: &Connector, wish: &Wish, destination: &End, id: &str) -> bool {
        let span = wish.span;
        let chosen: Vec<(&str, &Statement)> = connector
            .access
            .iter()
            .filter(|(access, _)| wish.access.iter().any(|one| **one == **access))
            .flat_map(|(access, statements)| statements.iter().map(|statement| (*access, statement)))
            .collect();
        if chosen.is_empty() {
            return false;
        }
        let mut give = |key: &str| fact(key, &wish.source, destination, span);
        let side = if connector.side == "destination" { destination } else { &wish.source };
        if connector.place == "function" {
            for (access, statement) in chosen {
                let made = make::map(
                    span,
                    vec![
                        ("Action", statement.actions.first().map(|action| make::text(action, span))),
                        ("FunctionName", destination.arn.clone()),
                        ("Principal", Some(make::text(statement.service, span))),
                        (
                            "SourceArn",
                            (!statement.from.is_empty()).then(|| make::fill(statement.from, span, &mut give)),
                        ),
                    ],
                );
                self.add(&wish.of, &format!("{id}{access}LambdaPermission"), "AWS::Lambda::Permission", made, span);
            }
            return true;
        }
        let statements = chosen.into_iter().map(|(_, statement)| statement.value(span, &mut give)).collect();
        let document = make::document(statements, span);
        let (suffix, native, key, owner) = match connector.place {
            "role" => ("Policy", "AWS::IAM::ManagedPolicy", "Roles", side.role.clone()),
            "queue" => {
                let url = make::given(&destination.written, "QueueUrl").cloned();
                ("QueuePolicy", "AWS::SQS::QueuePolicy", "Queues", url.or_else(|| destination.name.clone()))
            }
            _ => ("TopicPolicy", "AWS::SNS::TopicPolicy", "Topics", destination.arn.clone()),
        };
        let Some(owner) = owner else { return false };
        let made = plain::map(span, [("PolicyDocument", document), (key, plain::list(span, vec![owner]))]);
        self.add(&wish.of, &format!("{id}{suffix}"), native, made, span);
        true
    }
}

/// What stands for a name in the table.
fn fact(key: &str, source: &End, destination: &End, span: Span) -> Option<Value> {
    let (side, what) = key.split_once('.')?;
    let end = if side == "Source" { source } else { destination };
    match what {
        "Arn" => end.arn.clone(),
        "Name" => end.name.clone(),
        "ResourceId" => make::given(&end.written, "ResourceId").cloned().or_else(|| end.place.and(end.name.clone())),
        "Qualifier" => Some(make::given(&end.written, "Qualifier").cloned().unwrap_or_else(|| make::text("*", span))),
        _ => None,
    }
}
