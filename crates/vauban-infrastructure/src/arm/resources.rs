//! Functions about resources and deployments: ids, references, keys, and what only Azure knows.

use vauban_model::Span;
use vauban_model::resource::{Text, Value, ValueKind, Why};

use super::calls::written;
use super::evaluate::Evaluator;
use super::names::{self, said};
use crate::plain;

/// The public cloud, which templates are written for: `environment()` by Microsoft's documentation.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("name", "AzureCloud"),
    ("resourceManager", "https://management.azure.com/"),
    ("portal", "https://portal.azure.com"),
    ("graph", "https://graph.windows.net/"),
    ("gallery", "https://gallery.azure.com/"),
    ("authentication.loginEndpoint", "https://login.microsoftonline.com/"),
];
/// Its endings of names.
const SUFFIXES: [(&str, &str); 6] = [
    ("acrLoginServer", ".azurecr.io"),
    ("keyvaultDns", ".vault.azure.net"),
    ("sqlServerHostname", ".database.windows.net"),
    ("storage", "core.windows.net"),
    ("azureDatalakeStoreFileSystem", "azuredatalakestore.net"),
    ("azureFrontDoorEndpointSuffix", "azurefd.net"),
];

impl Evaluator<'_> {
    /// Calls a function about resources; `None` when it is none of them. The name is in lower case.
    #[inline(never)]
    pub(super) fn about_resources(&mut self, scope: usize, name: &str, values: &[Value], span: Span) -> Option<Value> {
        let lookup = |name: &str| Value::unknown(Why::Lookup, name, span);
        Some(match name {
            "resourcegroup" => lookup("resourceGroup()"),
            "subscription" => lookup("subscription()"),
            "tenant" => lookup("tenant()"),
            "managementgroup" => lookup("managementGroup()"),
            "deployment" => lookup("deployment()"),
            "deployer" => lookup("deployer()"),
            "environment" => environment(span),
            "resourceid" => self.resource_id(scope, values, span),
            "subscriptionresourceid" => {
                let subscription = [Value::text("/subscriptions/", span), lookup("subscription().subscriptionId")];
                self.id_below(scope, &subscription, values, span)
            }
            "tenantresourceid" => self.id_below(scope, &[], values, span),
            "managementgroupresourceid" => {
                let group = "/providers/Microsoft.Management/managementGroups/";
                self.id_below(scope, &[Value::text(group, span), lookup("managementGroup().name")], values, span)
            }
            "extensionresourceid" => {
                let (base, rest) = values.split_first()?;
                self.id_below(scope, std::slice::from_ref(base), rest, span)
            }
            "reference" => {
                let of = values.first()?;
                match self.target(scope, of) {
                    Some(address) => plain::reference(&address, "", span),
                    None => lookup(&written("reference", values.get(..1)?)),
                }
            }
            "resourceinfo" => {
                let symbol = values.first().map(plain::render)?;
                match self.index.symbol(scope, &symbol).cloned() {
                    Some(address) => plain::reference(&address, "", span),
                    None => lookup(&written("resourceInfo", values)),
                }
            }
            "references" => {
                let symbol = values.first().map(plain::render)?;
                let all: Vec<Value> = (0..super::evaluate::TURNS)
                    .map_while(|at| self.index.symbol(scope, &format!("{symbol}[{at}]")))
                    .map(|address| plain::reference(address, "", span))
                    .collect();
                if all.is_empty() { lookup(&written("references", values)) } else { plain::list(span, all) }
            }
            // Whose key it is matters; the key itself is a secret that only Azure has.
            _ if name.starts_with("list") => {
                let target = values.first().and_then(|of| self.target(scope, of).or_else(|| self.above(scope, of)));
                let short = canonical_list(name);
                let inner = match target {
                    Some(address) => plain::reference(&address, short, span),
                    None => lookup(&written(short, values.get(..1).unwrap_or(&[]))),
                };
                Value::new(ValueKind::Secret(Box::new(inner)), span)
            }
            "uniquestring" => Value::unknown(Why::Computed, written("uniqueString", values), span),
            "guid" => Value::unknown(Why::Computed, written("guid", values), span),
            "newguid" => Value::unknown(Why::Computed, "newGuid()", span),
            "utcnow" => Value::unknown(Why::Computed, "utcNow()", span),
            "datetimeadd" | "datetimefromepoch" | "datetimetoepoch" => {
                Value::unknown(Why::Computed, written(name, values), span)
            }
            "pickzones" | "providers" | "tologicalzone" | "tophysicalzone" | "tologicalzones" | "tophysicalzones"
            | "getsecret" => lookup(&written(name, values)),
            "fail" => Value::unknown(Why::Unsupported, "fail()", span),
            _ => return None,
        })
    }

    /// `resourceId([subscription], [group], type, name, …)`.
    fn resource_id(&mut self, scope: usize, values: &[Value], span: Span) -> Value {
        let is_type = |value: &Value| value.as_text().is_some_and(|text| text.contains('/') && !text.starts_with('/'));
        let Some(at) = values.iter().position(is_type) else {
            return Value::unknown(Why::Lookup, written("resourceId", values), span);
        };
        let (outside, rest) = values.split_at_checked(at).unwrap_or((&[], values));
        let subscription = outside.len().checked_sub(2).and_then(|at| outside.get(at));
        let unknown = |name: &str| Value::unknown(Why::Lookup, name, span);
        let base = [
            Value::text("/subscriptions/", span),
            subscription.cloned().unwrap_or_else(|| unknown("subscription().subscriptionId")),
            Value::text("/resourceGroups/", span),
            outside.last().cloned().unwrap_or_else(|| unknown("resourceGroup().name")),
        ];
        self.id_below(scope, &base, rest, span)
    }

    /// The id of a type and names: a reference where the resource is in this tree.
    fn id_below(&mut self, scope: usize, base: &[Value], values: &[Value], span: Span) -> Value {
        let is_type = |value: &Value| value.as_text().is_some_and(|text| text.contains('/'));
        let at = values.iter().position(is_type).unwrap_or(0);
        let rest = values.get(at..).unwrap_or(&[]);
        let Some((ty, given)) = rest.split_first() else {
            return Value::unknown(Why::Lookup, written("resourceId", values), span);
        };
        let ty = plain::render(ty);
        let name = given.iter().map(plain::render).collect::<Vec<_>>().join("/");
        if let Some(found) = self.known(scope, &ty, &name) {
            return plain::reference(&found.0, &found.1, span);
        }
        let mut parts = base.to_vec();
        let mut words = ty.split('/');
        parts.push(Value::text(format!("/providers/{}", words.next().unwrap_or("")), span));
        let mut names = given.iter();
        for word in words {
            parts.push(Value::text(format!("/{word}"), span));
            if let Some(name) = names.next() {
                parts.push(Value::text("/", span));
                parts.push(name.clone());
            }
        }
        for name in names {
            parts.push(Value::text("/", span));
            parts.push(name.clone());
        }
        plain::join(parts, span)
    }

    /// The resource of a type and name: its address and `id`. What is written inside of another resource, such as a
    /// subnet in its network, is an attribute of that.
    fn known(&self, scope: usize, ty: &str, name: &str) -> Option<(Text, String)> {
        let root = self.scopes.get(scope)?.root;
        if let Some(address) = self.index.find(root, ty, name) {
            return Some((address.clone(), "id".to_owned()));
        }
        let (parent_type, child) = ty.rsplit_once('/').filter(|(parent, _)| parent.contains('/'))?;
        let names = names::parts(name);
        let (last, above) = names.split_last()?;
        let address = self.index.find(root, parent_type, &above.join("/"))?;
        Some((address.clone(), format!("{child}.{last}.id")))
    }

    /// An id that was put together from another one: `concat(networkId, '/subnets/web')`.
    pub(super) fn lengthened(&self, value: Value) -> Value {
        let ValueKind::Template(parts) = &value.kind else { return value };
        let Some((first, rest)) = parts.split_first() else { return value };
        let Some(base) = first.as_reference().filter(|to| &*to.attribute == "id") else { return value };
        let rest: String = rest.iter().map(plain::render).collect();
        let pieces = names::parts(&rest);
        let (Some(""), Some((_, ty, name))) = (pieces.first().copied(), self.index.origin(&base.address)) else {
            return value;
        };
        let [_, kind, own] = pieces.as_slice() else { return value };
        let scope = self.index.origin(&base.address).map_or(0, |(root, ..)| *root);
        match self.known(scope, &format!("{ty}/{kind}"), &format!("{name}/{own}")) {
            Some((address, attribute)) => plain::reference(&address, &attribute, value.span),
            None => value,
        }
    }

    /// The resource that an id, a name or a symbolic name means.
    pub(super) fn target(&self, scope: usize, value: &Value) -> Option<Text> {
        if let Some(to) = value.as_reference() {
            let whole = to.attribute.is_empty() || matches!(&*to.attribute, "id" | "name");
            return whole.then(|| to.address.clone());
        }
        let text = plain::render(value);
        let root = self.scopes.get(scope)?.root;
        if let Some(address) = self.index.symbol(scope, &text) {
            return Some(address.clone());
        }
        match names::of_id(&text) {
            Some((ty, name)) => self.index.find(root, &ty, &name).cloned(),
            None => self.index.named(root, &text).cloned(),
        }
    }

    /// The nearest resource above that has what is meant: the namespace of an access rule that it has by itself.
    fn above(&self, scope: usize, value: &Value) -> Option<Text> {
        if let Some(to) = value.as_reference() {
            return Some(to.address.clone());
        }
        let root = self.scopes.get(scope)?.root;
        let (mut ty, mut name) = names::of_id(&plain::render(value))?;
        for _ in 0..4 {
            let (above_type, _) = ty.rsplit_once('/')?;
            let all = names::parts(&name);
            let (_, above_name) = all.split_last()?;
            let above_name = above_name.join("/");
            if let Some(address) = self.index.find(root, above_type, &above_name) {
                return Some(address.clone());
            }
            ty = above_type.to_owned();
            name = above_name;
        }
        None
    }

    /// The value of an output of a deployment of this tree that a reference leads to.
    pub(super) fn referred_output(&mut self, address: &str, attribute: &str, span: Span) -> Option<Value> {
        let inner = *self.index.deployments.get(address)?;
        let name = attribute.strip_prefix("outputs.")?.strip_suffix(".value")?;
        let value = self.output(inner, name, span);
        Some(value.unwrap_or_else(|| Value::unknown(Why::Missing, format!("{address}.{attribute}"), span)))
    }

    /// The address that an id stands for, with what it is when the resource is elsewhere.
    pub(super) fn scope_of(&self, scope: usize, value: &Value) -> Value {
        match self.target(scope, value) {
            Some(address) => plain::reference(&address, "id", value.span),
            None => value.clone(),
        }
    }
}

fn environment(span: Span) -> Value {
    let suffixes = SUFFIXES.map(|(key, text)| (key, Value::text(text, span)));
    let mut out = plain::map(span, [("suffixes", plain::map(span, suffixes))]);
    for (key, text) in ENVIRONMENT {
        match key.split_once('.') {
            Some((outer, inner)) => {
                plain::set(&mut out, outer, plain::map(span, [(inner, Value::text(text, span))]));
            }
            None => plain::set(&mut out, key, Value::text(text, span)),
        }
    }
    out
}

/// The usual spelling of a function that lists keys.
fn canonical_list(lower: &str) -> &'static str {
    match lower {
        "listkeys" => "listKeys",
        "listadminkeys" => "listAdminKeys",
        "listquerykeys" => "listQueryKeys",
        "listsecrets" => "listSecrets",
        "listcredentials" => "listCredentials",
        "listconnectionstrings" => "listConnectionStrings",
        "listaccountsas" => "listAccountSas",
        "listservicesas" => "listServiceSas",
        "listcallbackurl" => "listCallbackUrl",
        "listclusteradmincredential" => "listClusterAdminCredential",
        "listclusterusercredential" => "listClusterUserCredential",
        _ => "list",
    }
}

/// Whether a value says nothing of its own: an empty text, nothing.
pub(super) fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_text().is_some_and(str::is_empty) || said(value).is_empty()
}
