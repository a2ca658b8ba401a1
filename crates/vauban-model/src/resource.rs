//! What infrastructure code and cloud state say, in one form for every tool: resources with attributes.
//!
//! Readers (`vauban-infrastructure`) make an [`Inventory`]; `vauban-cloud` says what it means. A value is not only a
//! text or a number: it may be a reference to another resource, one of several, secret, or unknown with a reason.
//! Nothing here is ever dropped because it could not be worked out.

use std::sync::Arc;

use crate::span::Span;

/// Shared text: addresses, types and keys occur again and again.
pub type Text = Arc<str>;

/// The tool whose form a resource was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Terraform or OpenTofu configuration.
    Terraform,
    /// `terraform show -json` of a plan.
    TerraformPlan,
    /// Terraform state, raw or `terraform show -json`.
    TerraformState,
    /// AWS CloudFormation or SAM template.
    CloudFormation,
    /// AWS CDK cloud assembly.
    Cdk,
    /// Kubernetes manifest, kustomize overlay or rendered Helm chart.
    Kubernetes,
    /// Docker Compose file.
    Compose,
    /// Azure Resource Manager template, also compiled Bicep.
    AzureResourceManager,
    /// Pulumi YAML, preview or stack export.
    Pulumi,
    /// GCP Cloud Asset Inventory export.
    CloudAssetInventory,
    /// AWS Config snapshot.
    AwsConfig,
    /// OpenAPI description.
    OpenApi,
    /// AsyncAPI description.
    AsyncApi,
    /// A Dockerfile.
    Dockerfile,
}

impl Source {
    /// All, in a fixed order.
    pub const ALL: [Source; 14] = [
        Source::Terraform,
        Source::TerraformPlan,
        Source::TerraformState,
        Source::CloudFormation,
        Source::Cdk,
        Source::Kubernetes,
        Source::Compose,
        Source::AzureResourceManager,
        Source::Pulumi,
        Source::CloudAssetInventory,
        Source::AwsConfig,
        Source::OpenApi,
        Source::AsyncApi,
        Source::Dockerfile,
    ];

    /// The word for messages and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Terraform => "terraform",
            Source::TerraformPlan => "terraform-plan",
            Source::TerraformState => "terraform-state",
            Source::CloudFormation => "cloudformation",
            Source::Cdk => "cdk",
            Source::Kubernetes => "kubernetes",
            Source::Compose => "compose",
            Source::AzureResourceManager => "arm",
            Source::Pulumi => "pulumi",
            Source::CloudAssetInventory => "gcp-assets",
            Source::AwsConfig => "aws-config",
            Source::OpenApi => "openapi",
            Source::AsyncApi => "asyncapi",
            Source::Dockerfile => "dockerfile",
        }
    }
}

/// What a resource is to the tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// The tool creates it.
    Managed,
    /// It is only looked up: it exists outside.
    Data,
    /// A module, nested stack or chart whose content is not at hand; the attributes are its inputs.
    Opaque,
}

/// Where a value came from before it got where it is used: the use of a local, the default of a variable, a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// The place one step back.
    pub span: Span,
    /// What stood there, such as `var.image` or `local.tags`.
    pub name: Text,
    /// The step before.
    pub before: Option<Arc<Via>>,
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it is used.
    pub span: Span,
    /// Where it came from, nearest first, when it was not written where it is used.
    pub via: Option<Arc<Via>>,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueKind {
    /// Nothing: not set, or set to null.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text, fully known.
    Text(Text),
    /// Text with parts that are not (all) text: references and unknowns between known stretches, which are `Text`.
    Template(Vec<Value>),
    /// A list, tuple or set.
    List(Vec<Value>),
    /// Keys and values in the order written; a key occurs once.
    Map(Vec<(Text, Value)>),
    /// An attribute of another resource, not known yet but known whose.
    Reference(Reference),
    /// Text that is the JSON (or YAML) of this value: a policy, a container definition.
    Document(Box<Value>),
    /// One of these, depending on something not known.
    OneOf(Vec<Value>),
    /// Marked as secret by the input.
    Secret(Box<Value>),
    /// Not known.
    Unknown(Unknown),
}

/// A reference to an attribute of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Address of the resource, as [`Resource::address`]. It may be of one that the inventory does not have.
    pub address: Text,
    /// The attribute path, such as `arn`, `secret` or `endpoint.0.address`; empty for the resource itself.
    pub attribute: Text,
}

/// As it stands in texts in the place of what is not known: `${aws_iam_role.app.arn}`.
impl std::fmt::Display for Reference {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dot = if self.attribute.is_empty() { "" } else { "." };
        write!(out, "${{{}{dot}{}}}", self.address, self.attribute)
    }
}

/// Why a value is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unknown {
    /// The kind of reason.
    pub why: Why,
    /// What would settle it, in the input's own words: `var.cg_whitelist`, `data.http.me.body`, `uuid()`.
    pub name: Text,
}

/// As it stands in texts in the place of what is not known: `${var.region}`.
impl std::fmt::Display for Unknown {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "${{{}}}", self.name)
    }
}

/// Kinds of reason why a value is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// An input without a default that nobody set.
    Variable,
    /// Looked up outside, when applied.
    Lookup,
    /// Known only after it is made.
    Computed,
    /// Not written in the configuration: the provider fills it in when it is made.
    Unstated,
    /// A function or construct that cannot be worked out here.
    Unsupported,
    /// It depends on itself.
    Cycle,
    /// The module that gives it is not at hand.
    Missing,
}

/// One resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its native address, unique in the inventory: `module.net.aws_subnet.private["a"]`, `k8s:shop/Deployment/cart`.
    pub address: Text,
    /// The type in the catalogue's word; readers leave the native type here, the catalogue replaces it.
    pub ty: Text,
    /// The type as the source writes it.
    pub native_type: Text,
    /// A short name for people: the last label, the logical id, `metadata.name`.
    pub name: Text,
    /// The tool.
    pub source: Source,
    /// What it is to the tool.
    pub mode: Mode,
    /// Its attributes: always a `Map`. Blocks that may repeat are lists of maps.
    pub attributes: Value,
    /// Where it starts.
    pub span: Span,
    /// Calls of modules or nested stacks that lead to it, outermost first.
    pub calls: Vec<Span>,
    /// Where it is deployed as far as the input tells: provider alias, stack, cluster, namespace; empty for the default.
    pub scope: Text,
    /// Addresses it is said to depend on, beyond its references.
    pub depends_on: Vec<Text>,
    /// Whether it stands for a number of instances that is not known (unknown `count` or `for_each`).
    pub many: bool,
}

/// An input that somebody has to set, and nobody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name in the input's words: `var.cg_whitelist`, `module.x.var.y`.
    pub name: Text,
    /// What it is for, in the input's words.
    pub description: Text,
    /// Where it is declared.
    pub span: Span,
}

/// How a provider is set up somewhere: what its resources take where they say nothing themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Its name: `google`, `azurerm`.
    pub name: Text,
    /// Its alias as [`Resource::scope`] has it; empty for the default one.
    pub scope: Text,
    /// What the addresses of the resources that it is for start with: a root module, a module; empty for all.
    pub prefix: Text,
    /// Its settings: always a `Map`.
    pub attributes: Value,
    /// Where it stands.
    pub span: Span,
}

/// Everything read from one directory or file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// Resources in the order of files and places.
    pub resources: Vec<Resource>,
    /// Inputs without a value.
    pub variables: Vec<Variable>,
    /// Set-ups of providers, in the order of files and places.
    pub providers: Vec<Provider>,
    /// Renamed addresses: from, to (`moved` blocks).
    pub moved: Vec<(Text, Text)>,
    /// Resources that are only there on a condition that the input does not settle, one entry for each condition, outer
    /// ones first.
    pub only_if: Vec<OnlyIf>,
}

/// A condition that the input does not settle, on which a resource is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnlyIf {
    /// The address of the resource.
    pub address: Text,
    /// The condition itself: equal for resources that are there under the same one. No text for people.
    pub condition: Text,
    /// What has to hold, in words that follow "if": ``the condition `IsOpen` holds``.
    pub text: Text,
}

impl Value {
    /// A value written where it is used.
    pub fn new(kind: ValueKind, span: Span) -> Self {
        Value { kind, span, via: None }
    }

    /// Known text.
    pub fn text(text: impl Into<Text>, span: Span) -> Self {
        Value::new(ValueKind::Text(text.into()), span)
    }

    /// Nothing.
    pub fn null(span: Span) -> Self {
        Value::new(ValueKind::Null, span)
    }

    /// Not known, with the reason.
    pub fn unknown(why: Why, name: impl Into<Text>, span: Span) -> Self {
        Value::new(ValueKind::Unknown(Unknown { why, name: name.into() }), span)
    }

    /// The value without marks of secrecy.
    pub fn open(&self) -> &Value {
        match &self.kind {
            ValueKind::Secret(inner) => inner.open(),
            _ => self,
        }
    }

    /// Whether it is marked secret, itself or a part of it.
    pub fn is_secret(&self) -> bool {
        match &self.kind {
            ValueKind::Secret(_) => true,
            ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => {
                parts.iter().any(Value::is_secret)
            }
            ValueKind::Map(entries) => entries.iter().any(|(_, value)| value.is_secret()),
            ValueKind::Document(inner) => inner.is_secret(),
            _ => false,
        }
    }

    /// Whether it is not set.
    pub fn is_null(&self) -> bool {
        matches!(self.open().kind, ValueKind::Null)
    }

    /// The text, if fully known. Numbers and yes/no are not text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.open().kind {
            ValueKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Yes or no, if known; the texts `true` and `false` count, in any case: templates of CloudFormation have `'True'`.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.open().kind {
            ValueKind::Bool(value) => Some(*value),
            ValueKind::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            ValueKind::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// The number, if known; a text that is a number counts.
    pub fn as_number(&self) -> Option<f64> {
        match &self.open().kind {
            ValueKind::Number(value) => Some(*value),
            ValueKind::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The items of a list; a document is looked into.
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.open().kind {
            ValueKind::List(items) => Some(items),
            ValueKind::Document(inner) => inner.as_list(),
            _ => None,
        }
    }

    /// The entries of a map; a document is looked into.
    pub fn as_map(&self) -> Option<&[(Text, Value)]> {
        match &self.open().kind {
            ValueKind::Map(entries) => Some(entries),
            ValueKind::Document(inner) => inner.as_map(),
            _ => None,
        }
    }

    /// The reference, if it is one.
    pub fn as_reference(&self) -> Option<&Reference> {
        match &self.open().kind {
            ValueKind::Reference(reference) => Some(reference),
            _ => None,
        }
    }

    /// The value of a key. A list of exactly one map (a block) is looked into.
    pub fn get(&self, key: &str) -> Option<&Value> {
        if let Some(entries) = self.as_map() {
            return entries.iter().find(|(name, _)| &**name == key).map(|(_, value)| value);
        }
        match self.as_list() {
            Some([one]) => one.as_map().and_then(|_| one.get(key)),
            _ => None,
        }
    }

    /// Follows keys separated by `.`; a number is an index into a list.
    pub fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(self, |value, key| match (key.parse::<usize>(), value.as_list()) {
            (Ok(index), Some(items)) => items.get(index),
            _ => value.get(key),
        })
    }

    /// The items of a list, or the value itself when it is one thing; nothing when it is not set.
    pub fn each(&self) -> &[Value] {
        match self.as_list() {
            Some(items) => items,
            None if self.is_null() => &[],
            None => std::slice::from_ref(self),
        }
    }

    /// Calls a function with every reference inside, in order.
    pub fn references<'a>(&'a self, found: &mut dyn FnMut(&'a Reference, &'a Value)) {
        match &self.kind {
            ValueKind::Reference(reference) => found(reference, self),
            ValueKind::Template(parts) | ValueKind::List(parts) | ValueKind::OneOf(parts) => {
                for part in parts {
                    part.references(found);
                }
            }
            ValueKind::Map(entries) => {
                for (_, value) in entries {
                    value.references(found);
                }
            }
            ValueKind::Document(inner) | ValueKind::Secret(inner) => inner.references(found),
            _ => {}
        }
    }
}

impl Resource {
    /// The value of an attribute path such as `metadata_options.http_tokens`; nothing when it is absent or null.
    pub fn get(&self, path: &str) -> Option<&Value> {
        self.attributes.at(path).filter(|value| !value.is_null())
    }

    /// Every value that a path leads to, through the items of lists on the way.
    pub fn at_each(&self, path: &str) -> Vec<&Value> {
        let mut all = vec![&self.attributes];
        for key in path.split('.') {
            all = all
                .into_iter()
                .flat_map(|value| match value.as_list() {
                    Some(items) => items.iter().filter_map(|item| item.get(key)).collect::<Vec<_>>(),
                    None => value.get(key).into_iter().collect(),
                })
                .collect();
        }
        all.into_iter().flat_map(Value::each).collect()
    }

    /// The text of an attribute, if fully known.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::FileId;

    fn here() -> Span {
        Span::new(FileId(0), 1, 1, 0)
    }

    fn map(entries: Vec<(&str, Value)>) -> Value {
        Value::new(ValueKind::Map(entries.into_iter().map(|(k, v)| (k.into(), v)).collect()), here())
    }

    #[test]
    fn paths_lead_through_single_blocks_documents_and_indices() {
        let inner = map(vec![("http_tokens", Value::text("required", here()))]);
        let block = Value::new(ValueKind::List(vec![inner]), here());
        let policy =
            Value::new(ValueKind::Document(Box::new(map(vec![("Version", Value::text("2012", here()))]))), here());
        let all = map(vec![("metadata_options", block), ("policy", policy)]);
        assert_eq!(all.at("metadata_options.http_tokens").and_then(Value::as_text), Some("required"));
        assert_eq!(all.at("metadata_options.0.http_tokens").and_then(Value::as_text), Some("required"));
        assert_eq!(all.at("policy.Version").and_then(Value::as_text), Some("2012"));
        assert_eq!(all.at("policy.Nothing"), None);
    }

    #[test]
    fn yes_and_no_are_read_in_any_case() {
        for (text, answer) in [("true", Some(true)), ("True", Some(true)), ("FALSE", Some(false)), ("yes", None)] {
            assert_eq!(Value::text(text, here()).as_bool(), answer, "{text}");
        }
    }

    #[test]
    fn references_are_found_inside_everything_and_secrets_seen() {
        let reference = Reference { address: "aws_iam_access_key.x".into(), attribute: "secret".into() };
        let secret =
            Value::new(ValueKind::Secret(Box::new(Value::new(ValueKind::Reference(reference), here()))), here());
        let template = Value::new(ValueKind::Template(vec![Value::text("key=", here()), secret]), here());
        let all = map(vec![("user_data", Value::new(ValueKind::List(vec![template]), here()))]);
        let mut seen = Vec::new();
        all.references(&mut |reference, _| seen.push(reference.attribute.to_string()));
        assert_eq!(seen, ["secret"]);
        assert!(all.is_secret());
    }
}
