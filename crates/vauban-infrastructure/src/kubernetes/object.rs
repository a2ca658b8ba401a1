//! One object of the Kubernetes API, from a tree to a resource.

use rustc_hash::FxHashSet;
use vauban_model::resource::{Mode, Resource, Source, Text, Value, ValueKind};
use vauban_model::{Diagnostic, FileId, Span};
use vauban_syntax::{Kind, Node};

use crate::nodes::{Keyed, Places, text_at, to_value};

/// An object as it was written, or as an overlay made it.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// Its tree.
    pub(crate) node: Node,
    /// What tells it from every other, whatever an overlay renames.
    pub(crate) origin: Origin,
    /// What led to it, outermost first.
    pub(crate) calls: Vec<Span>,
}

/// Where an object first stood: a document of a file, or a generator by its folder, kind and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    /// A document.
    Document(FileId, u32, u32),
    /// A generated map.
    Generated(Text),
}

impl Object {
    pub(crate) fn new(node: Node) -> Self {
        let origin = Origin::Document(node.span.file, node.span.line, node.span.column);
        Object { node, origin, calls: Vec::new() }
    }

    pub(crate) fn kind(&self) -> &str {
        text_at(&self.node, &["kind"]).unwrap_or("")
    }

    pub(crate) fn name(&self) -> &str {
        text_at(&self.node, &["metadata", "name"]).unwrap_or("")
    }

    pub(crate) fn namespace(&self) -> &str {
        text_at(&self.node, &["metadata", "namespace"]).unwrap_or("")
    }
}

/// Kinds of Kubernetes itself and of wide-spread extensions that belong to no namespace.
const CLUSTER_WIDE: [&str; 38] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "CiliumClusterwideNetworkPolicy",
    "ClusterIssuer",
    "ClusterPolicy",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterSecretStore",
    "ClusterTrustBundle",
    "ComponentStatus",
    "ConstraintTemplate",
    "CustomResourceDefinition",
    "DeviceClass",
    "EC2NodeClass",
    "FlowSchema",
    "GatewayClass",
    "GlobalNetworkPolicy",
    "IngressClass",
    "IngressClassParams",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "NodeClass",
    "NodePool",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
];

/// Groups of the API that have no dot in their name. Every other group is a domain name.
const SHORT_GROUPS: [&str; 5] = ["apps", "autoscaling", "batch", "extensions", "policy"];

/// Groups with a domain name whose kinds are files for a program, not objects of a cluster.
const FILES_OF_PROGRAMS: [&str; 10] = [
    "apiserver.config.k8s.io",
    "audit.k8s.io",
    "backstage.io",
    "client.authentication.k8s.io",
    "eksctl.io",
    "k3d.io",
    "kind.x-k8s.io",
    "kubeadm.k8s.io",
    "kubelet.config.k8s.io",
    "kustomize.config.k8s.io",
];

/// Whether a tree is an object (or a list of them) of some cluster's API.
pub(crate) fn is_object(node: &Node) -> bool {
    let (Some(version), Some(kind)) = (text_at(node, &["apiVersion"]), text_at(node, &["kind"])) else { return false };
    let group = match version.rsplit_once('/') {
        Some((group, _)) => group,
        None => return version.starts_with('v') && kind != "Config",
    };
    SHORT_GROUPS.contains(&group) || (group.contains('.') && !FILES_OF_PROGRAMS.contains(&group))
}

/// The objects of a document: itself, or the items of a list.
pub(crate) fn flatten(node: Node, out: &mut Vec<Object>) {
    let is_list = text_at(&node, &["kind"]).is_some_and(|kind| kind.ends_with("List")) && node.get("items").is_some();
    if !is_list {
        out.push(Object::new(node));
        return;
    }
    let Kind::Mapping(entries) = node.kind else { return };
    for entry in entries {
        if &*entry.key == "items"
            && let Kind::Sequence(items) = entry.value.kind
        {
            for item in items {
                flatten(item, out);
            }
        }
    }
}

/// What is known of kinds in this tree beyond the fixed list: custom kinds that say they are cluster-wide.
#[derive(Debug, Default)]
pub(crate) struct Kinds {
    wide: FxHashSet<String>,
    narrow: FxHashSet<String>,
}

impl Kinds {
    /// Learns from a definition of a custom kind.
    pub(crate) fn learn(&mut self, object: &Object) {
        if object.kind() != "CustomResourceDefinition" {
            return;
        }
        if let (Some(kind), Some(scope)) =
            (text_at(&object.node, &["spec", "names", "kind"]), text_at(&object.node, &["spec", "scope"]))
        {
            let set = if scope == "Cluster" { &mut self.wide } else { &mut self.narrow };
            set.insert(kind.to_owned());
        }
    }

    /// Whether objects of a kind belong to no namespace.
    pub(crate) fn cluster_wide(&self, kind: &str) -> bool {
        !self.narrow.contains(kind) && (self.wide.contains(kind) || CLUSTER_WIDE.contains(&kind))
    }
}

/// The address of an object.
pub(crate) fn address(object: &Object, kinds: &Kinds) -> String {
    let ty = type_of(text_at(&object.node, &["apiVersion"]).unwrap_or(""), object.kind());
    // The group that tells a general word from others is no part of an address.
    let kind = ty.trim_start_matches("k8s:").split('.').next().unwrap_or_default();
    let metadata = object.node.get("metadata");
    let name = match (object.name(), metadata.and_then(|metadata| text_at(metadata, &["generateName"]))) {
        ("", Some(prefix)) => format!("{prefix}*"),
        (name, _) => name.to_owned(),
    };
    if kinds.cluster_wide(kind) {
        format!("k8s:{kind}/{name}")
    } else {
        let namespace = object.namespace();
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        format!("k8s:{namespace}/{kind}/{name}")
    }
}

/// The type of an object: its kind, but for what shares its kind with something else of Kubernetes itself or of a
/// widespread extension.
pub(super) fn type_of(version: &str, kind: &str) -> String {
    if kind == "Service" && version.starts_with("serving.knative.dev/") {
        return "k8s:KnativeService".to_owned();
    }
    if kind == "Cluster" && version.starts_with("postgresql.cnpg.io/") {
        return "k8s:CloudNativePG".to_owned();
    }
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    match GENERAL_WORDS.iter().find(|(word, _)| *word == kind) {
        Some((_, groups)) if !group.is_empty() && !groups.iter().any(|known| is_group(known, group)) => {
            format!("k8s:{kind}.{group}")
        }
        _ => format!("k8s:{kind}"),
    }
}

/// Whether a group is the one that is meant, or one of those whose names end as it says.
fn is_group(known: &str, group: &str) -> bool {
    known == group || known.starts_with('.') && group.ends_with(known)
}

/// Groups of Kubernetes itself; the first of all has no name.
const OWN_GROUPS: &[&str] = &[".k8s.io", "apps", "batch"];

/// Groups of access rules: OpenShift once had its own, with the same content.
const GROUPS_OF_ACCESS: &[&str] = &[".k8s.io", "authorization.openshift.io"];

/// Kinds whose names are words that anybody may use for something of their own, with the groups in which they are what the
/// catalogue takes them for. Operators for clouds have kinds that are called as those of Kubernetes itself are: `Secret` of
/// `secretsmanager.aws.upbound.io`, `Role` of `iam.services.k8s.aws`.
const GENERAL_WORDS: [(&str, &[&str]); 29] = [
    ("Alert", &["notification.toolkit.fluxcd.io"]),
    ("Application", &["app.k8s.io", "argoproj.io"]),
    ("Backup", &["longhorn.io", "postgresql.cnpg.io", "velero.io"]),
    ("Certificate", &["cert-manager.io", "certmanager.k8s.io"]),
    ("Challenge", &["acme.cert-manager.io"]),
    ("ConfigMap", OWN_GROUPS),
    ("Database", &["postgresql.cnpg.io"]),
    ("Event", OWN_GROUPS),
    ("Group", &["user.openshift.io"]),
    ("Host", &["getambassador.io"]),
    ("Job", OWN_GROUPS),
    ("Listener", &["getambassador.io"]),
    ("Mapping", &["getambassador.io"]),
    ("Namespace", OWN_GROUPS),
    ("Node", OWN_GROUPS),
    ("Order", &["acme.cert-manager.io"]),
    ("Pod", OWN_GROUPS),
    ("Probe", &["monitoring.coreos.com"]),
    ("Provider", &["notification.toolkit.fluxcd.io", "pkg.crossplane.io"]),
    ("Publication", &["postgresql.cnpg.io"]),
    ("Receiver", &["notification.toolkit.fluxcd.io"]),
    ("Role", GROUPS_OF_ACCESS),
    ("RoleBinding", GROUPS_OF_ACCESS),
    ("Route", &["route.openshift.io"]),
    ("Secret", OWN_GROUPS),
    ("Service", OWN_GROUPS),
    (
        "Subscription",
        &["apps.open-cluster-management.io", "messaging.knative.dev", "operators.coreos.com", "postgresql.cnpg.io"],
    ),
    ("Tenant", &["minio.min.io"]),
    ("User", &["user.openshift.io"]),
];

/// An object as a resource.
pub(crate) fn resource(
    object: Object,
    kinds: &Kinds,
    places: &dyn Places,
    diagnostics: &mut Vec<Diagnostic>,
) -> Resource {
    let address = address(&object, kinds);
    let kind = object.kind().to_owned();
    let version = text_at(&object.node, &["apiVersion"]).unwrap_or("");
    let native_type = format!("{version}/{kind}");
    let name = if object.name().is_empty() {
        address.rsplit('/').next().unwrap_or("").to_owned()
    } else {
        object.name().to_owned()
    };
    let scope = if kinds.cluster_wide(&kind) {
        ""
    } else if object.namespace().is_empty() {
        "default"
    } else {
        object.namespace()
    };
    let scope = Text::from(scope);
    let mut attributes = to_value(&object.node, true, places);
    let span = attributes.span;
    if kind == "Secret" && version == "v1" {
        mark_secret(&mut attributes, &address, diagnostics);
    }
    Resource {
        address: address.into(),
        ty: type_of(version, &kind).into(),
        native_type: native_type.into(),
        name: name.into(),
        source: Source::Kubernetes,
        mode: Mode::Managed,
        attributes,
        span,
        calls: object.calls,
        scope,
        depends_on: Vec::new(),
        many: false,
    }
}

/// Decodes `data` of a secret, adds `stringData` to it as the API server does, and marks every value secret.
pub(crate) fn mark_secret(attributes: &mut Value, address: &str, diagnostics: &mut Vec<Diagnostic>) {
    let ValueKind::Map(entries) = &mut attributes.kind else { return };
    let mut plain: Vec<(Text, Value)> = Vec::new();
    let mut place = None;
    entries.retain_mut(|(key, value)| {
        if &**key == "stringData" {
            place = Some(value.span);
            if let ValueKind::Map(entries) = &mut value.kind {
                plain.append(entries);
            }
            return false;
        }
        true
    });
    if let Some(span) = place
        && !entries.iter().any(|(key, value)| &**key == "data" && value.as_map().is_some())
    {
        entries.retain(|(key, _)| &**key != "data");
        entries.push(("data".into(), Value::new(ValueKind::Map(Vec::new()), span)));
    }
    for (key, value) in entries.iter_mut() {
        let ValueKind::Map(data) = &mut value.kind else { continue };
        if &**key != "data" {
            continue;
        }
        for (name, value) in data.iter_mut() {
            if let Some(text) = value.as_text() {
                match decode_base64(text).map(String::from_utf8) {
                    Some(Ok(decoded)) => value.kind = ValueKind::Text(decoded.into()),
                    // Bytes that are no text (a key store, a picture) stay in their base64 form.
                    Some(Err(_)) => {}
                    None => diagnostics.push(
                        Diagnostic::warning(
                            "secret-not-base64",
                            value.span,
                            format!("`{name}` in `data` of `{address}` is not base64"),
                        )
                        .help("write it under `stringData`, or encode it"),
                    ),
                }
            }
        }
        let mut all = Keyed::default();
        for (name, value) in data.drain(..).chain(plain.drain(..)) {
            all.put(name, value);
        }
        *data = all.into_list();
        for (_, value) in data.iter_mut() {
            if !value.is_secret() && !value.is_null() {
                let inner = std::mem::replace(&mut value.kind, ValueKind::Null);
                let inner = Value { kind: inner, span: value.span, via: value.via.clone() };
                value.kind = ValueKind::Secret(Box::new(inner));
            }
        }
    }
}

/// The bytes of a base64 text (RFC 4648, padding optional, white space ignored); `None` when it is none.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut bits: u32 = 0;
    let mut held = 0u32;
    let mut ended = false;
    for byte in text.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                ended = true;
                continue;
            }
            b' ' | b'\n' | b'\r' | b'\t' => continue,
            _ => return None,
        };
        if ended {
            return None;
        }
        bits = (bits << 6) | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xFF).unwrap_or(0));
        }
    }
    Some(out)
}

/// Text in base64.
pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for digit in 0..4usize {
            if digit <= chunk.len() {
                let index = (bits >> (18 - 6 * digit)) & 63;
                out.push(char::from(DIGITS.get(index as usize).copied().unwrap_or(b'A')));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{decode_base64, encode_base64, type_of};

    #[test]
    fn a_general_word_is_what_the_catalogue_knows_in_its_own_group_only() {
        assert_eq!(type_of("minio.min.io/v2", "Tenant"), "k8s:Tenant");
        assert_eq!(type_of("capsule.clastix.io/v1beta2", "Tenant"), "k8s:Tenant.capsule.clastix.io");
        assert_eq!(type_of("platform.acme.io/v1", "Database"), "k8s:Database.platform.acme.io");
        assert_eq!(type_of("apps/v1", "Deployment"), "k8s:Deployment");
    }

    #[test]
    fn a_kind_of_kubernetes_itself_is_one_in_its_own_groups_only() {
        for (version, kind) in [
            ("v1", "Secret"),
            ("v1", "Service"),
            ("v1", "Node"),
            ("batch/v1", "Job"),
            ("events.k8s.io/v1", "Event"),
            ("rbac.authorization.k8s.io/v1", "Role"),
            ("rbac.authorization.k8s.io/v1", "RoleBinding"),
            ("cert-manager.io/v1", "Certificate"),
            ("route.openshift.io/v1", "Route"),
        ] {
            assert_eq!(type_of(version, kind), format!("k8s:{kind}"), "{version}");
        }
        for (group, kind) in [
            ("secretsmanager.aws.upbound.io", "Secret"),
            ("iam.services.k8s.aws", "Role"),
            ("serving.knative.dev", "Route"),
            ("longhorn.io", "Node"),
            ("acm.services.k8s.aws", "Certificate"),
        ] {
            assert_eq!(type_of(&format!("{group}/v1"), kind), format!("k8s:{kind}.{group}"));
        }
        assert_eq!(type_of("serving.knative.dev/v1", "Service"), "k8s:KnativeService");
    }

    #[test]
    fn base64_there_and_back() {
        for text in ["", "f", "fo", "foo", "foob", "fooba", "foobar"] {
            assert_eq!(decode_base64(&encode_base64(text.as_bytes())).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(decode_base64("a$b"), None);
        assert_eq!(decode_base64("Zm9v\nYmFy").as_deref(), Some(&b"foobar"[..]));
    }
}
