//! Configurations of AWS Config, said as the rest of the program understands them.
//!
//! The older types of AWS Config hold what the service's interface answers (`ipPermissions`, `userPolicyList`), not what a
//! template says. What rights, networks and protection hang on is put beside it here, in the words of the catalogue; the
//! rest stays as it is. Newer types have the schema of CloudFormation, which the catalogue knows.
//!
//! Source: AWS Config resource schema (github.com/awslabs/aws-config-resource-schema) and the API references of the
//! services.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Mode, Reference, Resource, Source, Text, Value, ValueKind, Why};
use vauban_model::{Diagnostic, Span};
use vauban_syntax::{Limits, parse_json};

use super::{data, identity, network};
use crate::located;

/// Puts what a snapshot says of one type into the catalogue's words.
type Put = fn(&mut Shape<'_>);

/// Types of AWS Config whose configuration is put into the catalogue's words, and how.
const SHAPES: [(&str, Put); 30] = [
    ("AWS::IAM::User", identity::user),
    ("AWS::IAM::Role", identity::role),
    ("AWS::IAM::Group", identity::group),
    ("AWS::IAM::Policy", identity::policy),
    ("AWS::EC2::Instance", network::instance),
    ("AWS::EC2::SecurityGroup", network::security_group),
    ("AWS::EC2::Subnet", network::subnet),
    ("AWS::EC2::VPC", network::vpc),
    ("AWS::EC2::RouteTable", network::route_table),
    ("AWS::EC2::InternetGateway", network::internet_gateway),
    ("AWS::EC2::NatGateway", network::nat_gateway),
    ("AWS::EC2::NetworkAcl", network::network_acl),
    ("AWS::EC2::NetworkInterface", network::network_interface),
    ("AWS::EC2::EIP", network::elastic_address),
    ("AWS::EC2::VPCPeeringConnection", network::peering),
    ("AWS::EC2::VPCEndpoint", network::endpoint),
    ("AWS::EC2::Volume", network::volume),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", network::load_balancer),
    ("AWS::RDS::DBInstance", data::database),
    ("AWS::RDS::DBCluster", data::database_cluster),
    ("AWS::RDS::DBSubnetGroup", data::subnet_group),
    ("AWS::S3::Bucket", data::bucket),
    ("AWS::S3::AccountPublicAccessBlock", data::account_block),
    ("AWS::Lambda::Function", data::function),
    ("AWS::KMS::Key", data::key),
    ("AWS::SQS::Queue", data::queue),
    ("AWS::SNS::Topic", data::topic),
    ("AWS::DynamoDB::Table", data::table),
    ("AWS::SecretsManager::Secret", data::secret),
    ("AWS::CloudTrail::Trail", data::trail),
];

/// What a snapshot has, to find it by what else says of it.
pub(super) struct Index<'a> {
    /// Addresses by type, and id or name.
    addresses: &'a FxHashMap<(Text, Text), Text>,
    /// Whether volumes are encrypted, and with which key, by id.
    volumes: FxHashMap<Text, (Option<bool>, Option<Text>)>,
}

impl<'a> Index<'a> {
    /// Looks at all items once.
    pub(super) fn new(resources: &[Resource], addresses: &'a FxHashMap<(Text, Text), Text>) -> Self {
        let mut volumes = FxHashMap::default();
        for volume in resources.iter().filter(|one| &*one.native_type == "AWS::EC2::Volume") {
            let id = field(&volume.attributes, "volumeId").or_else(|| field(&volume.attributes, "resourceId"));
            if let Some(id) = id.and_then(Value::as_text) {
                let encrypted = field(&volume.attributes, "encrypted").and_then(Value::as_bool);
                let key = field(&volume.attributes, "kmsKeyId").and_then(Value::as_text).map(Text::from);
                volumes.insert(Text::from(id), (encrypted, key));
            }
        }
        Index { addresses, volumes }
    }

    /// The address of an item.
    pub(super) fn find(&self, ty: &str, name: &str) -> Option<&'a Text> {
        self.addresses.get(&(Text::from(ty), Text::from(name)))
    }

    /// Whether a volume is encrypted, as far as the snapshot says, and with which key.
    pub(super) fn volume(&self, id: &str) -> (Option<bool>, Option<Text>) {
        self.volumes.get(id).cloned().unwrap_or((None, None))
    }
}

/// An item while it is put into the catalogue's words.
pub(super) struct Shape<'s> {
    /// The item.
    pub(super) item: &'s Resource,
    /// What else there is.
    pub(super) index: &'s Index<'s>,
    /// Attributes to be added.
    pub(super) attributes: Vec<(Text, Value)>,
    /// Parts that the catalogue has as resources of their own.
    pub(super) parts: Vec<Resource>,
    /// What could not be understood.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Puts an item into the catalogue's words; nothing for a type that is not known here.
pub(super) fn shape<'s>(item: &'s Resource, index: &'s Index<'s>) -> Option<Shape<'s>> {
    let (_, write) = SHAPES.iter().find(|(ty, _)| *ty == &*item.native_type)?;
    let mut shape = Shape { item, index, attributes: Vec::new(), parts: Vec::new(), diagnostics: Vec::new() };
    write(&mut shape);
    Some(shape)
}

/// Whether a configuration has the keys of CloudFormation's schema (`BucketName`) and not those of an interface.
pub(super) fn is_schema(item: &Resource) -> bool {
    let keys = item.attributes.as_map().unwrap_or_default();
    let ours = ["ARN", "resourceId", "resourceName", "awsAccountId", "awsRegion", "availabilityZone", "arn", "tags"];
    let own: Vec<&str> = keys
        .iter()
        .map(|(key, _)| &**key)
        .filter(|key| !ours.contains(key) && !matches!(*key, "relationships" | "supplementaryConfiguration"))
        .collect();
    own.iter().all(|key| key.starts_with(|first: char| first.is_ascii_uppercase()))
}

/// The value of a key, letter case aside: `dBInstanceIdentifier`, `DBInstanceIdentifier`. Nothing where it is null.
pub(super) fn field<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    let entries = value.as_map()?;
    let exact = entries.iter().find(|(name, _)| &**name == key);
    let found = exact.or_else(|| entries.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)));
    found.map(|(_, value)| value).filter(|value| !value.is_null())
}

/// The text of a key, letter case aside.
pub(super) fn word<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    field(value, key).and_then(Value::as_text).filter(|text| !text.is_empty())
}

/// The items of a key's list.
pub(super) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    field(value, key).map(Value::each).unwrap_or_default()
}

/// Yes or no where it is that, however it is written; else the value as it is.
pub(super) fn yes_or_no(value: &Value) -> Value {
    value.as_bool().map_or_else(|| value.clone(), |answer| flag(answer, value.span))
}

/// A map of attributes.
pub(super) fn map(entries: Vec<(&str, Value)>, span: Span) -> Value {
    Value::new(ValueKind::Map(entries.into_iter().map(|(key, value)| (Text::from(key), value)).collect()), span)
}

/// A list.
pub(super) fn many(items: Vec<Value>, span: Span) -> Value {
    Value::new(ValueKind::List(items), span)
}

/// Yes or no as a value.
pub(super) fn flag(answer: bool, span: Span) -> Value {
    Value::new(ValueKind::Bool(answer), span)
}

/// A policy: a document, also where its text is text of JSON once more. Nothing where there is none.
pub(super) fn document(value: &Value) -> Option<Value> {
    let text = match &value.open().kind {
        ValueKind::Null => return None,
        ValueKind::Text(text) => text.trim(),
        _ => return Some(value.clone()),
    };
    if text.is_empty() || text == "null" {
        return None;
    }
    if !text.starts_with('"') {
        return Some(value.clone());
    }
    let mut diagnostics = Vec::new();
    let inner = parse_json(value.span.file, text, &Limits::default(), &mut diagnostics);
    match inner.as_ref().and_then(|inner| inner.as_str()).filter(|_| diagnostics.is_empty()) {
        Some("" | "null") => None,
        Some(inner) => Some(located::text(inner, value.span, 0)),
        None => Some(value.clone()),
    }
}

impl<'s> Shape<'s> {
    /// Where the item stands.
    pub(super) fn span(&self) -> Span {
        self.item.span
    }

    /// A value of the configuration.
    pub(super) fn field(&self, key: &str) -> Option<&'s Value> {
        field(&self.item.attributes, key)
    }

    /// A text of the configuration.
    pub(super) fn word(&self, key: &str) -> Option<&'s str> {
        word(&self.item.attributes, key)
    }

    /// The items of a list of the configuration.
    pub(super) fn list(&self, key: &str) -> &'s [Value] {
        list(&self.item.attributes, key)
    }

    /// What stands in the supplementary configuration.
    pub(super) fn supplementary(&self, key: &str) -> Option<&'s Value> {
        field(self.item.attributes.get("supplementaryConfiguration")?, key)
    }

    /// Whether there is any supplementary configuration: then what is not in it is not there.
    pub(super) fn is_supplemented(&self) -> bool {
        let known = self.item.attributes.get("supplementaryConfiguration").and_then(Value::as_map);
        known.is_some_and(|entries| !entries.is_empty())
    }

    /// States an attribute.
    pub(super) fn put(&mut self, key: &str, value: Value) {
        self.attributes.push((key.into(), value));
    }

    /// States an attribute by the first of some keys of the configuration that is there.
    pub(super) fn copy(&mut self, from: &[&str], to: &str) {
        if let Some(value) = from.iter().find_map(|key| self.field(key)) {
            self.put(to, value.clone());
        }
    }

    /// States that an attribute is not known.
    pub(super) fn unknown(&self, what: &str) -> Value {
        Value::unknown(Why::Lookup, format!("{}.{what}", self.item.address), self.span())
    }

    /// A reference to an item of the snapshot; the text as it is where the snapshot does not have it.
    pub(super) fn refer(&self, types: &[&str], value: &Value) -> Value {
        let Some(text) = value.as_text() else { return value.clone() };
        match types.iter().find_map(|ty| self.index.find(ty, text)) {
            Some(address) if *address != self.item.address => {
                let reference = Reference { address: address.clone(), attribute: "id".into() };
                Value::new(ValueKind::Reference(reference), value.span)
            }
            _ => value.clone(),
        }
    }

    /// References to the items that a key of each item of a list names.
    pub(super) fn refer_each(&self, types: &[&str], items: &[Value], key: &str) -> Value {
        let span = items.first().map_or(self.span(), |item| item.span);
        let each = items.iter().filter_map(|item| if item.as_text().is_some() { Some(item) } else { field(item, key) });
        many(each.map(|value| self.refer(types, value)).collect(), span)
    }

    /// States a reference to what a key of the configuration names.
    pub(super) fn point(&mut self, from: &str, types: &[&str], to: &str) {
        if let Some(value) = self.field(from) {
            let value = self.refer(types, value);
            self.put(to, value);
        }
    }

    /// A reference to the item itself.
    pub(super) fn own(&self, attribute: &str) -> Value {
        let reference = Reference { address: self.item.address.clone(), attribute: attribute.into() };
        Value::new(ValueKind::Reference(reference), self.span())
    }

    /// Adds a part that the catalogue has as a resource of its own.
    pub(super) fn part(&mut self, ty: &str, address: String, name: &str, entries: Vec<(&str, Value)>, span: Span) {
        self.parts.push(Resource {
            address: address.into(),
            ty: ty.into(),
            native_type: ty.into(),
            name: name.into(),
            source: Source::AwsConfig,
            mode: Mode::Managed,
            attributes: map(entries, span),
            span,
            calls: Vec::new(),
            scope: self.item.scope.clone(),
            depends_on: Vec::new(),
            many: false,
        });
    }

    /// Says that something of the configuration is not understood.
    pub(super) fn not_understood(&mut self, span: Span, what: &str) {
        self.diagnostics.push(
            Diagnostic::warning(
                "config-not-understood",
                span,
                format!("{what} of `{}` is not understood, and nothing is concluded from it", self.item.address),
            )
            .help("answers about this item may lack something; tell us the form, or describe it in code beside the snapshot"),
        );
    }

    /// Says which keys of the configuration that speak of rights are not known to be read. `known`: all that are.
    pub(super) fn rights_but(&mut self, known: &[&str]) {
        const SPEAKING: [&str; 9] =
            ["polic", "permission", "grant", "principal", "trust", "boundary", "group", "role", "access"];
        let item = self.item;
        for (key, value) in item.attributes.as_map().unwrap_or_default() {
            let lower = key.to_ascii_lowercase();
            let empty = value.is_null() || value.each().is_empty() || value.as_map().is_some_and(<[_]>::is_empty);
            if !empty
                && !known.iter().any(|one| one.eq_ignore_ascii_case(key))
                && SPEAKING.iter().any(|word| lower.contains(word))
                && !matches!(&**key, "relationships" | "supplementaryConfiguration" | "resourceId" | "resourceName")
            {
                self.not_understood(value.span, &format!("`{key}`"));
            }
        }
    }
}
