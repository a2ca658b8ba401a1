//! Manifests, kustomize folders and charts.

use proptest::prelude::*;
use vauban_infrastructure::{Options, Output};
use vauban_model::resource::{Mode, Resource, Value};

use crate::support::{addresses, codes, corpus, read_disk, read_folder};

fn read(files: &[(&str, &str)]) -> Output {
    read_folder(files, &Options::default())
}

fn resource<'o>(output: &'o Output, address: &str) -> &'o Resource {
    output
        .inventory
        .resources
        .iter()
        .find(|resource| &*resource.address == address)
        .unwrap_or_else(|| panic!("no {address} among {:?}; said: {:?}", addresses(output), output.diagnostics))
}

fn text<'o>(output: &'o Output, address: &str, path: &str) -> Option<&'o str> {
    resource(output, address).get(path).and_then(Value::as_text)
}

const APP: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: app, labels: {tier: web}}
spec:
  replicas: 1
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      containers:
        - name: main
          image: shop/app:1
          envFrom: [{configMapRef: {name: conf}}]
          env:
            - {name: A, value: one}
            - {name: B, value: two}
---
apiVersion: v1
kind: Service
metadata: {name: app}
spec: {selector: {app: app}, ports: [{port: 80}]}
";

#[test]
fn documents_lists_json_and_custom_kinds_are_kept_with_their_addresses() {
    let list = r#"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"n"}}]}"#;
    let custom = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: planets.example.test}
spec: {scope: Cluster, names: {kind: Planet}}
---
apiVersion: example.test/v1
kind: Planet
metadata: {name: mars}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
---
apiVersion: batch/v1
kind: Job
metadata: {generateName: once-}
";
    let output = read(&[("a/list.json", list), ("b.yaml", custom)]);
    assert_eq!(
        addresses(&output),
        [
            "k8s:n/Pod/p",
            "k8s:CustomResourceDefinition/planets.example.test",
            "k8s:Planet/mars",
            "k8s:ClusterRole/all",
            "k8s:default/Job/once-*"
        ]
    );
    let planet = resource(&output, "k8s:Planet/mars");
    assert_eq!((&*planet.ty, &*planet.native_type, &*planet.scope), ("k8s:Planet", "example.test/v1/Planet", ""));
    assert_eq!(&*resource(&output, "k8s:n/Pod/p").scope, "n");
    assert!(output.diagnostics.is_empty(), "{:?}", output.diagnostics);
}

#[test]
fn secrets_are_decoded_joined_and_marked() {
    let output = read(&[(
        "s.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  a: aHVudGVyMg==\n  bad: '%%'\nstringData:\n  b: plain\n",
    )]);
    let secret = resource(&output, "k8s:default/Secret/s");
    for (key, value) in [("data.a", "hunter2"), ("data.b", "plain")] {
        let found = secret.get(key).unwrap();
        assert!(found.is_secret());
        assert_eq!(found.as_text(), Some(value));
    }
    assert_eq!(secret.get("data.a").unwrap().span.line, 5);
    assert_eq!(codes(&output), ["secret-not-base64"]);
}

#[test]
fn files_of_tools_are_no_objects_and_templates_outside_charts_are_named() {
    let output = read(&[
        ("skaffold.yaml", "apiVersion: skaffold/v2beta1\nkind: Config\nmetadata: {name: x}\n"),
        (
            "t.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .name }}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: good}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  x: \"{{ kept }}\"\n",
        ),
    ]);
    assert_eq!(addresses(&output), ["k8s:default/Pod/good", "k8s:default/ConfigMap/c"]);
    assert_eq!(codes(&output), ["needs-rendering", "not-a-cluster-object"]);
    let said = output.diagnostics.iter().find(|said| said.code == "needs-rendering").unwrap();
    assert_eq!(said.span.map(|span| span.line), Some(4));
    assert_eq!(resource(&output, "k8s:default/Pod/good").span.line, 6);
}

#[test]
fn a_single_overlay_is_built_in_full() {
    let overlay = "resources: [../base]
namePrefix: prod-
namespace: shop
commonLabels: {env: prod}
images: [{name: shop/app, newName: mirror/app, newTag: '2'}]
replicas: [{name: app, count: 3}]
configMapGenerator:
  - name: conf
    behavior: merge
    literals: [MODE=prod]
patches:
  - target: {kind: Deployment, name: ap.*}
    patch: |-
      - op: add
        path: /spec/template/spec/serviceAccountName
        value: runner
  - path: patch.yaml
";
    let patch = "apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  template:
    spec:
      containers:
        - name: main
          env:
            - {name: A, $patch: delete}
            - {name: C, value: three}
        - {name: side, image: proxy}
";
    let base = "resources: [app.yaml]\nconfigMapGenerator: [{name: conf, literals: [MODE=base, LEVEL=info]}]\n";
    let mut files = vec![
        ("base/kustomization.yaml", base),
        ("base/app.yaml", APP),
        ("prod/kustomization.yaml", overlay),
        ("prod/patch.yaml", patch),
    ];
    let output = read(&files);
    // The replica count names the object as it was before the prefix; kustomize takes either.
    let app = resource(&output, "k8s:shop/Deployment/prod-app");
    assert_eq!(addresses(&output).len(), 3, "{:?}", addresses(&output));
    assert_eq!(app.text("spec.template.spec.serviceAccountName"), Some("runner"));
    let containers = app.get("spec.template.spec.containers").unwrap().each();
    let names: Vec<_> = containers.iter().filter_map(|one| one.get("name")?.as_text()).collect();
    assert_eq!(names, ["main", "side"]);
    assert_eq!(containers[0].get("image").unwrap().as_text(), Some("mirror/app:2"));
    let env: Vec<_> =
        containers[0].get("env").unwrap().each().iter().filter_map(|one| one.get("name")?.as_text()).collect();
    assert_eq!(env, ["B", "C"]);
    assert_eq!(containers[0].at("envFrom.0.configMapRef.name").unwrap().as_text(), Some("prod-conf"));
    assert_eq!(app.text("spec.template.metadata.labels.env"), Some("prod"));
    assert_eq!(text(&output, "k8s:shop/Service/prod-app", "spec.selector.env"), Some("prod"));
    assert_eq!(text(&output, "k8s:shop/ConfigMap/prod-conf", "data.MODE"), Some("prod"));
    assert_eq!(text(&output, "k8s:shop/ConfigMap/prod-conf", "data.LEVEL"), Some("info"));
    assert_eq!(app.get("spec.replicas").unwrap().as_number(), Some(3.0));

    // With a second overlay the base is the model, and each adds only what is new.
    let dev = "resources: [../base, debug.yaml]\nnamespace: dev\nnamePrefix: dev-\n";
    files.push(("dev/kustomization.yaml", dev));
    files.push(("dev/debug.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: debug}\n"));
    let output = read(&files);
    let mut found = addresses(&output);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "k8s:default/ConfigMap/conf",
            "k8s:default/Deployment/app",
            "k8s:default/Service/app",
            "k8s:dev/Pod/dev-debug"
        ]
    );
    assert_eq!(codes(&output), ["kustomize-variant"]);
    // A named one counts instead.
    let named = Options { overlays: vec!["prod/".into()], ..Options::default() };
    let output = read_folder(&files, &named);
    assert!(addresses(&output).contains(&"k8s:shop/Deployment/prod-app"));
    assert!(!addresses(&output).contains(&"k8s:default/Deployment/app"));
}

#[test]
fn components_delete_and_unused_ones_are_named() {
    let output = read(&[
        ("base/kustomization.yaml", "resources: [app.yaml]\ncomponents: [../off]\n"),
        ("base/app.yaml", APP),
        (
            "off/kustomization.yaml",
            "kind: Component\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: app}\n    $patch: delete\n",
        ),
        ("idle/kustomization.yaml", "kind: Component\nresources: [x.yaml]\n"),
        ("idle/x.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: idle}\n"),
    ]);
    assert_eq!(addresses(&output), ["k8s:default/Deployment/app"]);
    assert_eq!(codes(&output), ["kustomize-component-unused"]);
}

const CHART: &[(&str, &str)] = &[
    (
        "shop/Chart.yaml",
        "apiVersion: v2\nname: shop\nversion: 0.1.0\nappVersion: \"1.10\"\ndependencies:\n  - {name: db, condition: db.enabled}\n  - {name: gone, version: 1.0.0, repository: https://charts.example.test}\n",
    ),
    (
        "shop/values.yaml",
        "image: {repository: shop/web, tag: \"\"}\nhosts: [a, b]\nextra: {B: 2, A: one}\ndb: {enabled: true, size: 5}\noff: false\n",
    ),
    (
        "shop/templates/_helpers.tpl",
        "{{- define \"shop.name\" -}}\n{{- printf \"%s-web\" .Release.Name | trunc 63 | trimSuffix \"-\" -}}\n{{- end -}}\n{{- define \"shop.labels\" -}}\napp: {{ include \"shop.name\" . }}\nchart: {{ .Chart.Name }}\n{{- end }}\n",
    ),
    (
        "shop/templates/web.yaml",
        r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.name" . }}
  labels:
    {{- include "shop.labels" . | nindent 4 }}
spec:
  template:
    spec:
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          env:
          {{- range $key, $value := .Values.extra }}
            - name: {{ $key }}
              value: {{ $value | quote }}
          {{- end }}
          {{- range $index, $host := .Values.hosts }}
            {{- if eq $index 1 }}
            - name: SECOND
              value: {{ $host }}.{{ $.Release.Namespace }}
            {{- end }}
          {{- end }}
          {{- with .Values.absent }}
          resources: {{ toYaml . | nindent 12 }}
          {{- end }}
{{- if and .Values.off (not .Values.extra) }}
---
apiVersion: v1
kind: Service
metadata: {name: never}
{{- end }}
"#,
    ),
    ("shop/templates/odd.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ unheardOf .Values }}\n"),
    (
        "shop/templates/tests/t.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: t\n  annotations: {\"helm.sh/hook\": test}\n",
    ),
    ("shop/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"),
    ("shop/charts/db/values.yaml", "size: 1\nport: 5432\n"),
    (
        "shop/charts/db/templates/db.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}-{{ .Chart.Name }}\nspec:\n  ports:\n    - port: {{ .Values.port }}\n  size: {{ int .Values.size | add 1 }}\n",
    ),
];

#[test]
fn a_chart_is_rendered_with_its_values_and_what_cannot_be_is_opaque() {
    let output = read(CHART);
    let mut found = addresses(&output);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "helm:shop/gone",
            "helm:shop/templates/odd.yaml",
            "k8s:default/Deployment/shop-web",
            "k8s:default/Service/shop-db"
        ]
    );
    let web = resource(&output, "k8s:default/Deployment/shop-web");
    assert_eq!(web.text("metadata.labels.chart"), Some("shop"));
    let container = web.get("spec.template.spec.containers.0").unwrap();
    assert_eq!(container.get("image").unwrap().as_text(), Some("shop/web:1.10"));
    let env: Vec<_> = container
        .get("env")
        .unwrap()
        .each()
        .iter()
        .map(|one| (one.get("name").unwrap().as_text().unwrap(), one.get("value").unwrap().as_text().unwrap()))
        .collect();
    assert_eq!(env, [("A", "one"), ("B", "2"), ("SECOND", "b.default")]);
    // The place is the template's, the value's own place one step back.
    let image = container.get("image").unwrap();
    assert_eq!((image.span.file.0, image.span.line), (3, 12));
    let via = image.via.as_ref().unwrap();
    assert_eq!((via.span.file.0, via.span.line, &*via.name), (1, 1, ".Values.image.repository"));
    let size = resource(&output, "k8s:default/Service/shop-db").get("spec.size").unwrap();
    assert_eq!(size.as_number(), Some(6.0), "the chart above sets the value");
    assert_eq!(resource(&output, "helm:shop/templates/odd.yaml").mode, Mode::Opaque);
    let said = output.diagnostics.iter().find(|said| said.code == "needs-rendering").unwrap();
    assert!(
        said.message.contains("unheardOf") && said.help.as_deref().unwrap().contains("helm template shop"),
        "{said:?}"
    );
    assert_eq!(said.span.map(|span| (span.file.0, span.line)), Some((4, 4)));
    assert_eq!(codes(&output), ["chart-not-here", "needs-rendering"]);
}

#[test]
fn templates_that_would_never_end_are_given_up() {
    let chart = |template: &'static str| {
        read(&[("c/Chart.yaml", "name: c\nversion: 1.0.0\n"), ("c/templates/x.yaml", template)])
    };
    for template in [
        "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
        "{{ $x := \"ab\" }}{{ range until 9999 }}{{ $x = printf \"%s%s\" $x $x }}{{ end }}{{ $x }}",
        "{{ range until 9999 }}{{ range until 9999 }}x{{ end }}{{ end }}",
        "{{ range until 9999 }}{{ range until 9999 }}{{ end }}{{ end }}",
        "{{ $x := list 1 }}{{ range until 40 }}{{ $x = concat $x $x }}{{ end }}{{ $x }}",
        "{{ $x := list 1 }}{{ range until 40 }}{{ $x = append $x $x }}{{ end }}{{ printf \"%v\" $x }}",
        "{{ $x := dict \"a\" 1 }}{{ range until 40 }}{{ $x = dict \"a\" $x \"b\" $x }}{{ end }}{{ toYaml $x }}",
        "{{ $x := list 1 }}{{ range until 9999 }}{{ $x = list $x }}{{ end }}{{ $x }}",
        "{{ repeat 999999999 \"x\" }}",
    ] {
        assert_eq!(codes(&chart(template)), ["needs-rendering"], "{template}");
    }
}

#[test]
fn online_boutique_is_the_same_whichever_way_it_is_written() {
    let Some(root) = corpus("iac/k8s-online-boutique") else { return };
    let of = |folder: &str, kind: &str| -> Vec<String> {
        let output = read_disk(&root.join(folder), &Options::default());
        let mut names: Vec<String> = output
            .inventory
            .resources
            .iter()
            .filter(|resource| *resource.ty == *format!("k8s:{kind}"))
            .map(|resource| resource.address.to_string())
            .collect();
        names.sort_unstable();
        names
    };
    for kind in ["Deployment", "Service"] {
        let plain = of("kubernetes-manifests", kind);
        assert_eq!(plain.len(), 12);
        assert_eq!(plain, of("helm-chart", kind));
        assert_eq!(plain, of("kustomize/base", kind));
        assert_eq!(plain, of("release", kind));
    }
}

#[test]
fn no_manifest_or_chart_of_the_corpus_is_lost() {
    for folder in
        ["iac/k8s-online-boutique", "iac/mix-retail-store/src", "kubernetes-goat", "iac/tf-govuk-infrastructure"]
    {
        let Some(root) = corpus(folder) else { return };
        let output = read_disk(&root, &Options::default());
        let lost: Vec<_> = output
            .diagnostics
            .iter()
            .filter(|said| {
                matches!(said.code, "chart-output-broken")
                    || (said.code == "needs-rendering" && said.message.contains("cannot be rendered here"))
            })
            .collect();
        assert!(lost.is_empty(), "{folder}: {lost:?}");
        let mut all = addresses(&output);
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "{folder}: each address once");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_template_makes_the_reader_fail(body in "(\\{\\{-? ?|-?\\}\\}|end|if|range|\\$x|:=|\\.Values\\.a|\\||\\(|\\)|\"|`|include|define|printf|nindent 2|%s|[a-z :\n-]){0,40}") {
        let files = [("c/Chart.yaml", "name: c\nversion: 1.0.0\n"), ("c/values.yaml", "a: {b: [1, x]}\n"), ("c/templates/x.yaml", body.as_str())];
        let _ = read(&files);
        let _ = read(&[("k.yaml", &format!("apiVersion: v1\nkind: {body}")), ("compose.yaml", &format!("services:\n  a: {{image: x}}\n{body}"))]);
    }
}

#[test]
fn kinds_without_a_reader_are_told_once_each() {
    let files = [
        ("azure/main.bicep", "param name string\n"),
        ("azure/more.bicep", "param name string\n"),
        ("host/aspire-manifest.json", "{\"resources\": {}}"),
        ("main.tf", "resource \"aws_s3_bucket\" \"b\" {}\n"),
        ("notes.yaml", "about: an openapi description\n"),
    ];
    let output = read_folder(&files, &Options::default());
    let said: Vec<_> =
        output.diagnostics.iter().filter(|said| said.code == "format-not-read").map(|said| &*said.message).collect();
    let aspire = "`host/aspire-manifest.json` is not read: Aspire manifest (`aspire publish` writes Compose files, Bicep or charts)";
    assert_eq!(said, [aspire, "2 files are not read: Bicep, `azure/main.bicep` first"]);
    assert_eq!(output.inventory.resources.len(), 1);
}

#[test]
fn an_object_that_another_tool_carries_is_an_object() {
    let output = read(&[(
        "main.tf",
        r#"
resource "aws_iam_role" "ops" { name = "ops" }
resource "kubectl_manifest" "account" {
  yaml_body = <<YAML
apiVersion: v1
kind: ServiceAccount
metadata:
  name: ops
  namespace: shop
  annotations:
    eks.amazonaws.com/role-arn: ${aws_iam_role.ops.arn}
YAML
}
resource "kubernetes_manifest" "secret" {
  manifest = {
    apiVersion = "v1"
    kind       = "Secret"
    metadata   = { name = "db", namespace = "shop" }
    data       = { password = base64encode("hunter2") }
  }
}
resource "kubectl_manifest" "unknown" {
  yaml_body = data.http.manifest.response_body
}
"#,
    )]);
    let account = resource(&output, "kubectl_manifest.account");
    assert_eq!((&*account.ty, &*account.name), ("k8s:ServiceAccount", "ops"));
    let role = account.get("metadata.annotations").and_then(|all| all.get("eks.amazonaws.com/role-arn")).unwrap();
    let mut referred = Vec::new();
    role.references(&mut |reference, _| referred.push(reference.address.to_string()));
    assert_eq!(referred, ["aws_iam_role.ops"], "that it names the role is not lost in the text");
    let secret = resource(&output, "kubernetes_manifest.secret");
    assert_eq!(&*secret.ty, "k8s:Secret");
    assert!(secret.get("data.password").is_some_and(Value::is_secret));
    assert_eq!(&*resource(&output, "kubectl_manifest.unknown").ty, "kubectl_manifest", "shown as it is");
    assert!(codes(&output).contains(&"manifest-not-known"));

    let output = read(&[(
        "template.json",
        r#"{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"App": {"Type": "Custom::AWSCDK-EKS-KubernetesResource", "Properties": {
  "Manifest": "[{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"shop\"}},{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\"},\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"a:1\"}]}}]"}}}}"#,
    )]);
    assert_eq!(&*resource(&output, "App#Pod/web").ty, "k8s:Pod");
    assert_eq!(text(&output, "App#Namespace/shop", "metadata.name"), Some("shop"));
}
