//! Kubernetes objects that Terraform's own provider writes in its way, as manifests would have them.

use vauban_model::resource::{Text, Value, ValueKind};

use super::words::camel;

/// How deep attributes are walked.
const DEEPEST: usize = 128;

/// Blocks that manifests have as lists, in Terraform's singular.
const LISTS: &[(&str, &str)] = &[
    ("container", "containers"),
    ("init_container", "initContainers"),
    ("port", "ports"),
    ("volume", "volumes"),
    ("volume_mount", "volumeMounts"),
    ("rule", "rules"),
    ("subject", "subjects"),
    ("path", "paths"),
    ("image_pull_secrets", "imagePullSecrets"),
    ("env", "env"),
    ("env_from", "envFrom"),
    ("toleration", "tolerations"),
    ("ip_block", "ipBlock"),
    ("secret", "secrets"),
    ("from", "from"),
    ("to", "to"),
    ("ports", "ports"),
    ("tls", "tls"),
    ("ingress", "ingress"),
    ("egress", "egress"),
];

/// The kind of a manifest for a type of Terraform's provider.
pub(super) fn canonical_type(native: &str) -> Option<Text> {
    let name = native.strip_prefix("kubernetes_")?;
    let name = ["_v1beta1", "_v2beta2", "_v2", "_v1"].iter().find_map(|tail| name.strip_suffix(tail)).unwrap_or(name);
    let kind = match name {
        "manifest" | "labels" | "annotations" | "env" | "config_map_v1_data" | "config_map_data" | "secret_data" => {
            return None;
        }
        "config_map" => "ConfigMap".to_owned(),
        "api_service" => "APIService".to_owned(),
        other => {
            let camel = camel(other);
            let mut letters = camel.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
        }
    };
    Some(format!("k8s:{kind}").as_str().into())
}

/// Keys whose capitals camel case does not give.
const CAPITALS: &[(&str, &str)] = &[
    ("host_pid", "hostPID"),
    ("host_ipc", "hostIPC"),
    ("host_ip", "hostIP"),
    ("cluster_ip", "clusterIP"),
    ("cluster_ips", "clusterIPs"),
    ("external_ips", "externalIPs"),
    ("load_balancer_ip", "loadBalancerIP"),
    ("non_resource_urls", "nonResourceURLs"),
    ("node_selector_term", "nodeSelectorTerms"),
];

/// Respells the attributes: blocks that stand once are maps, keys are in camel case.
pub(super) fn respell(attributes: &mut Value) {
    let span = attributes.span;
    let value = std::mem::replace(attributes, Value::new(ValueKind::Null, span));
    *attributes = walk(value, "", 0);
}

fn walk(value: Value, above: &str, depth: usize) -> Value {
    if depth > DEEPEST {
        return value;
    }
    let Value { kind, span, via } = value;
    let kind = match kind {
        ValueKind::Map(entries) => ValueKind::Map(
            entries
                .into_iter()
                .map(|(key, value)| {
                    if matches!(
                        &*key,
                        "labels"
                            | "annotations"
                            | "match_labels"
                            | "data"
                            | "string_data"
                            | "binary_data"
                            | "limits"
                            | "requests"
                            | "node_selector"
                    ) || (&*key == "selector" && as_plain_map(&value))
                    {
                        return (Text::from(camel(&key).as_str()), value);
                    }
                    // A number or name of the same word is no block, nor is what another block has only one of.
                    let one_only =
                        matches!((above, &*key), ("service", "port")) || &*key == "secret" && !above.is_empty();
                    let list =
                        LISTS.iter().find(|(singular, _)| *singular == &*key).filter(|_| !one_only && is_block(&value));
                    let capitals =
                        || CAPITALS.iter().find(|(spelt, _)| *spelt == &*key).map(|(_, name)| (*name).to_owned());
                    let name = match list {
                        Some((_, plural)) => (*plural).to_owned(),
                        None => capitals().unwrap_or_else(|| camel(&key)),
                    };
                    let value = walk(value, &key, depth + 1);
                    let value = if list.is_some() { value } else { single(value) };
                    (Text::from(name.as_str()), value)
                })
                .collect(),
        ),
        ValueKind::List(items) => ValueKind::List(items.into_iter().map(|item| walk(item, above, depth + 1)).collect()),
        ValueKind::OneOf(items) => {
            ValueKind::OneOf(items.into_iter().map(|item| walk(item, above, depth + 1)).collect())
        }
        other => other,
    };
    Value { kind, span, via }
}

/// Whether it is a map of people's own words: every value is text-like.
fn as_plain_map(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Map(_))
}

/// Whether it is a block, or blocks; what is not known may be.
fn is_block(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Map(_) => true,
        ValueKind::List(items) => {
            items.iter().all(|item| !matches!(item.kind, ValueKind::Text(_) | ValueKind::Number(_)))
        }
        ValueKind::Text(_)
        | ValueKind::Number(_)
        | ValueKind::Bool(_)
        | ValueKind::Template(_)
        | ValueKind::Reference(_) => false,
        _ => true,
    }
}

/// A block that stands once.
fn single(value: Value) -> Value {
    let Value { kind, span, via } = value;
    let ValueKind::List(mut items) = kind else { return Value { kind, span, via } };
    if items.len() == 1 && matches!(items.first().map(|item| &item.kind), Some(ValueKind::Map(_))) {
        return items.swap_remove(0);
    }
    Value { kind: ValueKind::List(items), span, via }
}
