//! The same objects of a cluster, written for each tool that can carry them, are the same model with the same findings.

use std::path::Path;

use vauban_analysis::paths::{From, Query};
use vauban_analysis::project::{Inputs, load_infrastructure};
use vauban_analysis::{Options, Session, embedded, reading};

use crate::laws_support::LIBRARY;

fn session(name: &str, text: &str) -> Session {
    let paths = [name.to_owned()];
    let inputs = Inputs { model: "case".to_owned(), ..Inputs::default() };
    let mut read = |_: &str| Ok(text.as_bytes().to_vec());
    let project = load_infrastructure(&inputs, &paths, &reading::Options::default(), false, &LIBRARY, &mut read)
        .unwrap_or_else(|error| panic!("{}: {}", error.file, error.message));
    Session::new(project, embedded::load(&[]), Options { max_paths: 20, ..Options::default() })
}

/// Elements, flows and findings by names, as addresses are each tool's own.
fn told(session: &Session) -> Vec<String> {
    let model = &session.project.model;
    let mut out = Vec::new();
    for component in &model.components {
        let element = &component.element;
        let around = component.boundary.map_or("-", |at| &*model.boundaries[at as usize].element.name);
        out.push(format!("component {} in {around}", element.name));
    }
    out.extend(model.boundaries.iter().map(|one| format!("boundary {}", one.element.name)));
    out.extend(model.identities.iter().map(|one| format!("identity {}", one.name)));
    out.extend(model.data.iter().map(|one| format!("data {}", one.name)));
    for flow in &model.flows {
        let name = |at: u32| &*model.components[at as usize].element.name;
        out.push(format!("flow {} > {}", name(flow.source), name(flow.target)));
    }
    for finding in &session.analysis.findings {
        let threat = finding.id.split('@').next().unwrap_or_default();
        out.push(format!("finding {threat} at {}", finding.elements.first().map_or("-", |one| model.name(*one))));
    }
    out.sort();
    out
}

/// Documents of a file, each with what leads to it and indented so far.
fn each(text: &str, indent: usize, form: impl Fn(usize, &str, &str) -> String) -> String {
    let documents = text.split("---\n").enumerate().map(|(at, document)| {
        let indented: String = document.lines().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect();
        form(at, document, &indented)
    });
    documents.collect()
}

#[test]
fn every_form_of_an_object_is_the_same_object() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/kubernetes-forms");
    let manifests = std::fs::read_to_string(folder.join("app.yaml")).unwrap();
    let terraform = std::fs::read_to_string(folder.join("main.tf")).unwrap();
    let wanted = told(&session("app.yaml", &manifests));
    assert!(wanted.iter().any(|line| line.starts_with("component nodes of the cluster")), "{wanted:#?}");
    for finding in
        ["finding privileged-container at web", "finding starts-privileged-pods at builder", "flow web > api"]
    {
        assert!(wanted.iter().any(|line| line == finding), "{finding} is not in {wanted:#?}");
    }
    let kubectl = each(&manifests, 0, |at, document, _| {
        format!("resource \"kubectl_manifest\" \"m{at}\" {{\n  yaml_body = <<YAML\n{document}YAML\n}}\n")
    });
    let decoded = each(&manifests, 0, |at, document, _| {
        format!(
            "resource \"kubernetes_manifest\" \"m{at}\" {{\n  manifest = yamldecode(<<YAML\n{document}YAML\n  )\n}}\n"
        )
    });
    let field = |document: &str, key: &str| -> String {
        document.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim().to_owned()
    };
    let pulumi = each(&manifests, 6, |at, document, indented| {
        let (version, kind) = (field(document, "apiVersion:"), field(document, "kind:"));
        let version = if version.contains('/') { version } else { format!("core/{version}") };
        format!("  m{at}:\n    type: kubernetes:{version}:{kind}\n    properties:\n{indented}")
    });
    let pulumi = format!("name: shop\nruntime: yaml\nresources:\n{pulumi}");
    for (form, name, text) in [
        ("terraform", "main.tf", terraform.as_str()),
        ("kubectl_manifest", "main.tf", &kubectl),
        ("kubernetes_manifest", "main.tf", &decoded),
        ("pulumi", "Pulumi.yaml", &pulumi),
    ] {
        let found = told(&session(name, text));
        let missing: Vec<_> = wanted.iter().filter(|line| !found.contains(line)).collect();
        let more: Vec<_> = found.iter().filter(|line| !wanted.contains(line)).collect();
        assert!(missing.is_empty() && more.is_empty(), "{form}: missing {missing:#?}, more {more:#?}");
    }
}

/// Kubernetes Goat: what its scenarios on escapes lead to.
#[test]
fn escapes_of_the_goat_lead_onto_its_nodes() {
    let Some(folder) = crate::infrastructure::corpus("kubernetes-goat/scenarios") else {
        println!("skipped: no corpus");
        return;
    };
    let session = crate::infrastructure::session(&folder);
    let element = |id: &str| session.element(id).unwrap_or_else(|| panic!("no {id}"));
    let leads = |from: &str, to: &str| {
        let query =
            Query { from: Some(From::Element(element(from))), to: vec![element(to)], top: 3, ..Query::default() };
        session.paths(&query).paths.iter().any(|path| path.assumptions.is_empty())
    };
    let nodes = "k8s:Node/*";
    for escape in [
        "k8s:default/Deployment/system-monitor-deployment",
        "k8s:default/Deployment/health-check-deployment",
        "k8s:default/DaemonSet/docker-bench-security",
    ] {
        assert!(leads(escape, nodes), "{escape}");
        // A secret that only another pod may read: by the token that lies on the node.
        assert!(leads(escape, "k8s:big-monolith/Secret/vaultapikey"), "{escape}");
    }
    for kept in
        ["k8s:default/Deployment/poor-registry-deployment", "k8s:big-monolith/Deployment/hunger-check-deployment"]
    {
        assert!(!leads(kept, nodes), "{kept}");
    }
    let query = Query {
        from: Some(From::Element(element("k8s:default/Job/kube-bench-master"))),
        to: session.accounts(),
        control_only: true,
        top: 1,
        ..Query::default()
    };
    assert!(!session.paths(&query).paths.is_empty(), "the check of the control plane has its certificates");
}
