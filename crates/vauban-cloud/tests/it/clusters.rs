//! Nodes: what pods get of them, which pods are where, and what follows.

use std::collections::BTreeMap;

use vauban_cloud::Estate;
use vauban_cloud::cluster::{Clusters, host_access, pod_spec};
use vauban_infrastructure::Options;
use vauban_model::resource::Inventory;

use crate::catalogue::catalogue;
use crate::world::inventory;

fn read(name: &str, text: &str) -> Inventory {
    let files = BTreeMap::from([(name.to_owned(), text.to_owned())]);
    let mut out = inventory(&files, &Options::default());
    catalogue().canonicalise(&mut out);
    out
}

/// What a pod with this description gets of its machine.
fn words(spec: &str) -> Vec<&'static str> {
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n{spec}");
    let inventory = read("p.yaml", &text);
    pod_spec(&inventory.resources[0]).map(|pod| host_access(pod).words()).unwrap_or_default()
}

#[test]
fn what_of_the_machine_a_pod_gets_is_what_is_mounted_and_how() {
    let mount = |path: &str, more: &str| {
        words(&format!(
            "  containers: [{{name: a, image: a, volumeMounts: [{{name: v, mountPath: /v{more}}}]}}]\n  volumes: [{{name: v, hostPath: {{path: {path}}}}}]\n"
        ))
    };
    assert_eq!(mount("/", ", readOnly: true"), ["host-paths"], "all of it can be read");
    assert_eq!(mount("/etc/kubernetes/", ", readOnly: true"), ["host-paths"]);
    assert_eq!(mount("/usr/share", ", readOnly: true"), ["none"]);
    assert_eq!(mount("/usr/share", ""), ["host-paths"], "what the machine runs can be written");
    assert_eq!(mount("/var/lib/kubelet/device-plugins", ""), ["none"]);
    assert_eq!(mount("/run/containerd/containerd.sock", ", readOnly: true"), ["runtime-socket"]);
    assert_eq!(mount("/", ", readOnly: true, subPath: data/shop"), ["none"], "only a folder below");
    // A volume that nobody mounts is not there.
    assert_eq!(words("  containers: [{name: a, image: a}]\n  volumes: [{name: v, hostPath: {path: /}}]\n"), ["none"]);
    let adds = |name: &str, more: &str| {
        words(&format!(
            "{more}  containers: [{{name: a, image: a, securityContext: {{capabilities: {{add: [{name}]}}}}}}]\n"
        ))
    };
    assert_eq!(adds("SYS_ADMIN", ""), ["capabilities"]);
    assert_eq!(adds("NET_ADMIN", ""), ["none"], "its own network only");
    assert_eq!(adds("SYS_PTRACE", ""), ["none"], "its own processes only");
    assert_eq!(adds("SYS_PTRACE", "  hostPID: true\n"), ["host-processes", "capabilities"]);
    let first = "  initContainers: [{name: i, image: i, securityContext: {privileged: true}}]\n  containers: [{name: a, image: a}]\n";
    assert_eq!(words(first), ["privileged"]);
}

/// By workload: the pools it may run on, by name.
fn places(text: &str) -> BTreeMap<String, Vec<String>> {
    let inventory = read("main.tf", text);
    let estate = Estate::new(&inventory);
    let clusters = Clusters::read(&estate);
    let name = |at: u32| estate.resource(at).address.rsplit('.').next().unwrap_or_default().to_owned();
    clusters
        .pods
        .iter()
        .map(|pod| (name(pod.at), pod.pools.iter().map(|at| name(clusters.pools[*at].at)).collect()))
        .collect()
}

#[test]
fn pods_are_where_selectors_affinity_and_taints_let_them_be() {
    let pool = |name: &str, more: &str| {
        format!(
            "resource \"google_container_node_pool\" \"{name}\" {{\n  name = \"{name}\"\n  cluster = google_container_cluster.c.name\n  node_config {{\n{more}\n  }}\n}}\n"
        )
    };
    let pod = |name: &str, more: &str| {
        format!(
            "resource \"kubernetes_deployment_v1\" \"{name}\" {{\n  metadata {{ name = \"{name}\" }}\n  spec {{\n    selector {{ match_labels = {{ app = \"{name}\" }} }}\n    template {{\n      metadata {{ labels = {{ app = \"{name}\" }} }}\n      spec {{\n{more}\n        container {{\n          name = \"a\"\n          image = \"a:1\"\n        }}\n      }}\n    }}\n  }}\n}}\n"
        )
    };
    let text = [
        "resource \"google_container_cluster\" \"c\" {\n  name = \"c\"\n  remove_default_node_pool = true\n}\n".to_owned(),
        pool("plain", ""),
        pool("gpu", "    labels = { kind = \"gpu\" }\n    taint {\n      key = \"gpu\"\n      value = \"yes\"\n      effect = \"NO_SCHEDULE\"\n    }"),
        pool("soft", "    taint {\n      key = \"soft\"\n      value = \"yes\"\n      effect = \"PREFER_NO_SCHEDULE\"\n    }"),
        pod("anywhere", ""),
        pod("named", "        node_selector = { \"cloud.google.com/gke-nodepool\" = \"plain\" }"),
        pod("tolerant", "        toleration {\n          operator = \"Exists\"\n        }"),
        pod("keyed", "        node_selector = { kind = \"gpu\" }\n        toleration {\n          key = \"gpu\"\n          operator = \"Equal\"\n          value = \"yes\"\n        }"),
        pod("without", "        node_selector = { kind = \"gpu\" }"),
        pod("avoids", "        affinity {\n          node_affinity {\n            required_during_scheduling_ignored_during_execution {\n              node_selector_term {\n                match_expressions {\n                  key = \"kind\"\n                  operator = \"DoesNotExist\"\n                }\n              }\n            }\n          }\n        }\n        toleration {\n          key = \"gpu\"\n          operator = \"Exists\"\n        }"),
        pod("linux", "        node_selector = { \"kubernetes.io/os\" = \"linux\" }"),
    ]
    .concat();
    let places = places(&text);
    let at = |name: &str| places[name].clone();
    assert_eq!(at("anywhere"), ["plain", "soft"], "a taint that only prefers keeps nobody away");
    assert_eq!(at("named"), ["plain"]);
    assert_eq!(at("tolerant"), ["plain", "gpu", "soft"]);
    assert_eq!(at("keyed"), ["gpu"]);
    assert!(at("without").is_empty(), "nothing takes it");
    assert_eq!(at("avoids"), ["plain", "soft"]);
    assert_eq!(at("linux"), ["plain", "soft"], "every machine has such a label");
}

#[test]
fn nodes_are_there_only_where_something_gets_onto_them() {
    let nodes = |text: &str| -> Vec<String> {
        let inventory = read("p.yaml", text);
        let all = inventory.resources.iter().filter(|one| &*one.ty == "k8s:Node");
        all.map(|one| one.address.to_string()).collect()
    };
    let pod = |more: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n{more}  containers: [{{name: a, image: a}}]\n"
        )
    };
    assert!(nodes(&pod("")).is_empty());
    assert!(nodes(&pod("  hostNetwork: true\n")).is_empty(), "the network alone is no way onto the machine");
    assert_eq!(nodes(&pod("  hostPID: true\n")), ["k8s:Node/*"]);
    let beside = "  hostPID: true\n  nodeSelector: {node-role.kubernetes.io/control-plane: ''}\n";
    assert_eq!(nodes(&pod(beside)), ["k8s:Node/*", "k8s:Node/control-plane"]);
}

#[test]
fn pools_inside_a_cluster_are_pools() {
    let inventory = read(
        "main.tf",
        r#"
resource "azurerm_kubernetes_cluster" "c" {
  name = "c"
  default_node_pool {
    name        = "system"
    node_labels = { kind = "system" }
  }
}
resource "google_container_cluster" "g" { name = "g" }
resource "google_container_cluster" "a" {
  name             = "a"
  enable_autopilot = true
}
resource "google_container_cluster" "r" {
  name                     = "r"
  remove_default_node_pool = true
}
"#,
    );
    let estate = Estate::new(&inventory);
    let clusters = Clusters::read(&estate);
    let found: Vec<&str> = clusters.pools.iter().map(|pool| &*estate.resource(pool.at).address).collect();
    assert_eq!(found, ["azurerm_kubernetes_cluster.c.default_node_pool", "google_container_cluster.g.node_pool"]);
    assert!(clusters.several, "nobody said on which of the two objects run");
}

#[test]
fn accounts_that_only_bindings_name_are_there() {
    let inventory = read(
        "b.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: view}\nsubjects:\n  - {kind: ServiceAccount, name: default, namespace: shop}\n",
    );
    assert!(inventory.resources.iter().any(|one| &*one.address == "k8s:shop/ServiceAccount/default"));
}

#[test]
fn pods_that_their_namespace_refuses_get_nothing_of_a_machine() {
    let read_all = |level: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{level}}}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: shop}}\nspec:\n  containers: [{{name: a, image: a, securityContext: {{privileged: true}}}}]\n"
        );
        let inventory = read("p.yaml", &text);
        let estate = Estate::new(&inventory);
        let clusters = Clusters::read(&estate);
        let pod = clusters.pods.iter().find(|pod| &*estate.resource(pod.at).name == "p").expect("the pod is there");
        (pod.access.words(), pod.refused.is_some())
    };
    for level in ["baseline", "restricted"] {
        assert_eq!(read_all(&format!("pod-security.kubernetes.io/enforce: {level}")), (vec!["none"], true));
    }
    // Warnings and other levels refuse nothing.
    for level in ["enforce: privileged", "warn: restricted", "audit: baseline"] {
        assert_eq!(read_all(&format!("pod-security.kubernetes.io/{level}")), (vec!["privileged"], false), "{level}");
    }
}
