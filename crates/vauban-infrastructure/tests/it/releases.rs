//! Charts as others install them: with files of values, by Terraform, Argo CD, Flux and kustomize.

use vauban_infrastructure::{Options, Output};
use vauban_model::Severity;
use vauban_model::resource::{Mode, Resource, Value, ValueKind};

use crate::support::{addresses, codes, read_folder};

const CHART: [(&str, &str); 3] = [
    ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
    ("charts/web/values.yaml", "replicas: 1\ndb: {host: none}\ningress: {enabled: false}\n"),
    (
        "charts/web/templates/all.yaml",
        r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers: [{name: main, image: web, env: [{name: DB_HOST, value: {{ .Values.db.host | quote }}}]}]
{{- if .Values.ingress.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: {{ .Release.Name }}}
{{- end }}
"#,
    ),
];

fn with(files: &[(&str, &str)], options: &Options) -> Output {
    let mut all = CHART.to_vec();
    all.extend(files);
    read_folder(&all, options)
}

/// The chart with other values.
fn with_values(values: &str, options: &Options) -> Output {
    let rest = CHART.iter().filter(|(path, _)| !path.ends_with("values.yaml")).copied();
    let all: Vec<(&str, &str)> = rest.chain([("charts/web/values.yaml", values)]).collect();
    read_folder(&all, options)
}

fn read(files: &[(&str, &str)]) -> Output {
    with(files, &Options::default())
}

fn find<'o>(output: &'o Output, address: &str) -> &'o Resource {
    let found = output.inventory.resources.iter().find(|resource| &*resource.address == address);
    found.unwrap_or_else(|| panic!("no {address} among {:?}; said: {:?}", addresses(output), output.diagnostics))
}

fn host<'o>(output: &'o Output, address: &str) -> &'o Value {
    find(output, address).get("spec.template.spec.containers.0.env.0.value").unwrap()
}

#[test]
fn files_of_values_that_are_left_are_told_and_can_be_chosen() {
    let files = [
        ("charts/web/values-prod.yaml", "db: {host: prod-db}\ningress: {enabled: true}\n"),
        ("charts/web/env/stage.yaml", "replicas: 2\n"),
        ("charts/web/notes.yaml", "unrelated: 1\n"),
    ];
    let plain = read(&files);
    assert_eq!(addresses(&plain), ["k8s:default/Deployment/web"]);
    let said = plain.diagnostics.iter().find(|said| said.code == "helm-values-left").unwrap();
    assert!(said.message.contains("values-prod.yaml") && said.message.contains("env/stage.yaml"), "{said:?}");
    assert!(!said.message.contains("notes"), "{said:?}");
    let overlays = vec!["charts/web/values-prod.yaml".to_owned(), "charts/web/env/stage.yaml".to_owned()];
    let chosen = with(&files, &Options { overlays, ..Options::default() });
    assert_eq!(addresses(&chosen), ["k8s:default/Deployment/web", "k8s:default/Ingress/web"]);
    assert_eq!(host(&chosen, "k8s:default/Deployment/web").as_text(), Some("prod-db"));
    assert_eq!(find(&chosen, "k8s:default/Deployment/web").get("spec.replicas").unwrap().as_number(), Some(2.0));
    assert!(codes(&chosen).is_empty(), "{:?}", chosen.diagnostics);
}

#[test]
fn a_variant_or_a_file_of_values_that_is_not_there_is_an_error() {
    let said = |options: &Options| -> Vec<(&'static str, Severity, bool)> {
        let output = with(&[], options);
        let outside = |text: &str| text.contains("outside of");
        output.diagnostics.iter().map(|one| (one.code, one.severity, outside(&one.message))).collect()
    };
    for (path, outside) in [("gone.yaml", false), ("./gone.yaml", false), ("../gone.yaml", true), ("/gone.yaml", true)]
    {
        let variant = Options { overlays: vec![path.into()], ..Options::default() };
        assert_eq!(said(&variant), [("variant-not-here", Severity::Error, outside)], "{path}");
        let values = Options { variable_files: vec![path.into()], ..Options::default() };
        assert_eq!(said(&values), [("values-missing", Severity::Error, outside)], "{path}");
    }
}

#[test]
fn values_of_a_chart_that_are_no_mapping_are_told() {
    for values in ["- a: b\n", "only words\n"] {
        assert!(codes(&with_values(values, &Options::default())).contains(&"helm-values-no-mapping"), "{values}");
        let files = [("list.yaml", values)];
        let chosen = Options { overlays: vec!["list.yaml".into()], ..Options::default() };
        assert!(codes(&with(&files, &chosen)).contains(&"helm-values-no-mapping"), "{values}");
    }
    for values in ["", "# nothing\n", "a: b\n"] {
        assert!(!codes(&with_values(values, &Options::default())).contains(&"helm-values-no-mapping"), "{values}");
    }
}

#[test]
fn terraform_installs_a_chart_of_the_folder_with_its_values() {
    let output = read(&[(
        "infra/main.tf",
        r#"
resource "aws_db_instance" "db" { engine = "postgres" }
variable "on" {}
resource "helm_release" "shop" {
  name      = "shop"
  namespace = "prod"
  chart     = "${path.module}/../charts/web"
  values    = [yamlencode({ replicas = 3 })]
  set {
    name  = "db.host"
    value = aws_db_instance.db.address
  }
  set {
    name  = "ingress.enabled"
    value = var.on
  }
}
"#,
    )]);
    assert_eq!(
        addresses(&output),
        ["infra:aws_db_instance.db", "infra:helm_release.shop", "k8s:prod/Deployment/shop", "k8s:prod/Ingress/shop"],
        "what is on by an unknown value may be on"
    );
    let value = host(&output, "k8s:prod/Deployment/shop");
    let ValueKind::Reference(reference) = &value.kind else { panic!("{value:?}") };
    assert_eq!(&*reference.address, "infra:aws_db_instance.db");
    assert_eq!(find(&output, "k8s:prod/Deployment/shop").get("spec.replicas").unwrap().as_number(), Some(3.0));
    assert_eq!(&*find(&output, "infra:helm_release.shop").ty, "helm:release", "what it makes stands for it");
}

#[test]
fn terraform_with_a_chart_from_elsewhere_stays_as_it_is() {
    let output = read(&[(
        "main.tf",
        "resource \"helm_release\" \"r\" {\n  name = \"r\"\n  repository = \"https://charts.example.test\"\n  chart = \"web\"\n}\n",
    )]);
    assert_eq!(&*find(&output, "helm_release.r").ty, "helm_release");
    assert!(addresses(&output).contains(&"k8s:default/Deployment/web"), "nobody installs the chart of the folder");
}

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: front, namespace: argocd}
spec:
  destination: {namespace: shop}
  source:
    repoURL: https://git.example.test/team/shop.git
    path: deploy/charts/web
    helm:
      valueFiles: [values-prod.yaml]
      valuesObject: {replicas: 4}
      parameters: [{name: db.host, value: argo-db}]
";

#[test]
fn argo_installs_a_chart_of_the_folder_with_its_values() {
    let prod = ("charts/web/values-prod.yaml", "replicas: 2\ningress: {enabled: true}\n");
    let output = read(&[("apps/front.yaml", APPLICATION), prod]);
    assert_eq!(
        addresses(&output),
        ["k8s:argocd/Application/front", "k8s:shop/Deployment/front", "k8s:shop/Ingress/front"]
    );
    assert_eq!(find(&output, "k8s:shop/Deployment/front").get("spec.replicas").unwrap().as_number(), Some(4.0));
    assert_eq!(host(&output, "k8s:shop/Deployment/front").as_text(), Some("argo-db"));
    assert!(codes(&output).is_empty(), "{:?}", output.diagnostics);
}

#[test]
fn what_argo_installs_from_elsewhere_is_one_component_with_its_values() {
    let output = read(&[(
        "apps.yaml",
        "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: cache, namespace: argocd}
spec:
  destination: {namespace: shop}
  source: {repoURL: https://charts.example.test, chart: redis, helm: {valuesObject: {auth: {enabled: false}}}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: other, namespace: argocd}
spec:
  destination: {namespace: shop}
  source: {repoURL: https://git.example.test/other.git, path: elsewhere/app}
",
    )]);
    let cache = find(&output, "k8s:argocd/Application/cache");
    assert_eq!((&*cache.ty, cache.mode), ("helm_release", Mode::Managed));
    assert_eq!(cache.text("chart"), Some("redis"));
    assert_eq!(cache.get("values.auth.enabled").and_then(Value::as_bool), Some(false));
    assert_eq!(find(&output, "k8s:argocd/Application/other").mode, Mode::Opaque);
    assert_eq!(output.diagnostics.iter().filter(|said| said.code == "chart-not-here").count(), 2);
}

#[test]
fn a_chart_of_applications_installs_other_charts() {
    let output = read(&[
        ("apps/Chart.yaml", "apiVersion: v2\nname: apps\nversion: 1.0.0\n"),
        (
            "apps/templates/front.yaml",
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: front}\nspec:\n  destination: {namespace: shop}\n  source: {path: charts/web, repoURL: x, helm: {values: \"replicas: 7\"}}\n",
        ),
    ]);
    assert!(addresses(&output).contains(&"k8s:shop/Deployment/front"), "{:?}", addresses(&output));
    assert!(!addresses(&output).contains(&"k8s:default/Deployment/web"), "{:?}", addresses(&output));
}

#[test]
fn flux_installs_charts_with_values_from_the_object_and_from_settings() {
    let output = read(&[(
        "flux.yaml",
        "apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: front, namespace: shop}
spec:
  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: shop}}}
  valuesFrom: [{kind: ConfigMap, name: more}]
  values: {db: {host: flux-db}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: more, namespace: shop}
data: {values.yaml: \"replicas: 5\\ndb: {host: lost}\"}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: db, namespace: shop}
spec:
  chart: {spec: {chart: postgresql, sourceRef: {kind: HelmRepository, name: bitnami}}}
  values: {auth: {username: web}}
",
    )]);
    assert_eq!(find(&output, "k8s:shop/Deployment/front").get("spec.replicas").unwrap().as_number(), Some(5.0));
    assert_eq!(host(&output, "k8s:shop/Deployment/front").as_text(), Some("flux-db"));
    let db = find(&output, "k8s:shop/HelmRelease/db");
    assert_eq!((db.text("chart"), db.text("values.auth.username")), (Some("postgresql"), Some("web")));
}

#[test]
fn kustomizations_install_charts_from_their_folder_and_from_elsewhere() {
    let output = read_folder(
        &[
            (
                "k/kustomization.yaml",
                "namespace: shop\nhelmCharts:\n  - {name: web, releaseName: front, valuesFile: v.yaml, valuesInline: {db: {host: inline}}}\n  - {name: redis, repo: https://charts.example.test, releaseName: cache, valuesInline: {a: 1}}\n",
            ),
            ("k/v.yaml", "replicas: 6\ndb: {host: file}\n"),
            ("k/charts/web/Chart.yaml", CHART[0].1),
            ("k/charts/web/values.yaml", CHART[1].1),
            ("k/charts/web/templates/all.yaml", CHART[2].1),
        ],
        &Options::default(),
    );
    assert_eq!(host(&output, "k8s:shop/Deployment/front").as_text(), Some("inline"));
    let cache = find(&output, "helm:k/kustomization#cache");
    assert_eq!((cache.text("chart"), cache.text("namespace")), (Some("redis"), Some("shop")));
}

#[test]
fn a_helmfile_with_a_chart_from_elsewhere_gives_a_component() {
    let output = read(&[(
        "helmfile.yaml",
        "releases:\n  - {name: cache, namespace: shop, chart: bitnami/redis, values: [{a: 1}]}\n  - {name: front, chart: ./charts/web, set: [{name: replicas, value: 9}]}\n",
    )]);
    assert_eq!(find(&output, "helm:helmfile.yaml#cache").text("chart"), Some("bitnami/redis"));
    assert_eq!(find(&output, "k8s:default/Deployment/front").get("spec.replicas").unwrap().as_number(), Some(9.0));
}

#[test]
fn the_only_variant_that_is_installed_is_the_one_that_counts() {
    let base = [
        ("base/kustomization.yaml", "resources: [d.yaml]\n"),
        ("base/d.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: 1}\n"),
        ("over/prod/kustomization.yaml", "resources: [../../base]\nreplicas: [{name: d, count: 5}]\n"),
        ("over/dev/kustomization.yaml", "resources: [../../base]\n"),
    ];
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: shop, namespace: flux-system}\nspec: {path: ./deploy/over/prod, targetNamespace: shop}\n";
    let mut files = base.to_vec();
    files.push(("flux/shop.yaml", flux));
    let output = read_folder(&files, &Options::default());
    assert_eq!(find(&output, "k8s:shop/Deployment/d").get("spec.replicas").unwrap().as_number(), Some(5.0));
    // Two that are installed say nothing about which one is meant.
    let dev = flux.replace("over/prod", "over/dev").replace("name: shop,", "name: dev,");
    files.push(("flux/dev.yaml", &dev));
    let output = read_folder(&files, &Options::default());
    assert_eq!(find(&output, "k8s:default/Deployment/d").get("spec.replicas").unwrap().as_number(), Some(1.0));
}

#[test]
fn a_path_of_a_setting_may_be_deep_or_odd_without_harm() {
    let deep = "a.".repeat(100_000);
    let terraform = format!(
        "resource \"helm_release\" \"r\" {{\n  name = \"r\"\n  chart = \"./charts/web\"\n  set {{\n    name = \"{deep}\"\n    value = 1\n  }}\n  set {{\n    name = \"x[999999999].y\"\n    value = 1\n  }}\n  set {{\n    name = \"db\\\\.host\"\n    value = 1\n  }}\n}}\n"
    );
    let output = read(&[("main.tf", &terraform)]);
    assert_eq!(host(&output, "k8s:default/Deployment/r").as_text(), Some("none"));
}

#[test]
fn charts_that_install_themselves_come_to_an_end() {
    let own = |at: usize| {
        format!(
            "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: '{{{{ .Release.Name }}}}-{at}'}}\nspec:\n  destination: {{namespace: shop}}\n  source: {{path: apps, repoURL: x}}\n"
        )
    };
    let template: String = (0..12).map(own).collect();
    let first = own(99).replace("{{ .Release.Name }}", "a");
    let output = read_folder(
        &[
            ("apps/Chart.yaml", "apiVersion: v2\nname: apps\nversion: 1.0.0\n"),
            ("apps/templates/all.yaml", &template),
            ("first.yaml", &first),
        ],
        &Options::default(),
    );
    assert!(codes(&output).contains(&"too-many-releases"), "{:?}", codes(&output));
    assert!(output.inventory.resources.len() < 30_000);
}

#[test]
fn a_secret_of_a_chart_holds_what_the_release_refers_to() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {coded: {{ .Values.password | b64enc }}}\nstringData: {plain: {{ .Values.password }}}\n";
    let output = read(&[
        ("charts/web/templates/secret.yaml", secret),
        (
            "main.tf",
            "resource \"random_password\" \"p\" { length = 20 }\nresource \"helm_release\" \"r\" {\n  name = \"r\"\n  chart = \"./charts/web\"\n  set_sensitive {\n    name = \"password\"\n    value = random_password.p.result\n  }\n}\n",
        ),
    ]);
    for key in ["coded", "plain"] {
        let held = find(&output, "k8s:default/Secret/s").get("data").and_then(|data| data.get(key)).unwrap();
        let mut addresses = Vec::new();
        held.references(&mut |reference, _| addresses.push(reference.address.to_string()));
        assert_eq!(addresses, ["random_password.p"], "{key}: {held:?}");
    }
}

#[test]
fn values_of_set_may_be_lists_and_hold_commas() {
    let output = read(&[
        (
            "charts/web/templates/map.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {hosts: {{ join \"-\" .Values.hosts | quote }}, text: {{ .Values.text | quote }}}\n",
        ),
        (
            "main.tf",
            "resource \"helm_release\" \"r\" {\n  name = \"r\"\n  chart = \"./charts/web\"\n  set {\n    name = \"hosts\"\n    value = \"{a,b}\"\n  }\n  set {\n    name = \"text\"\n    value = \"x\\\\,y\"\n  }\n}\n",
        ),
    ]);
    let map = find(&output, "k8s:default/ConfigMap/m");
    assert_eq!((map.text("data.hosts"), map.text("data.text")), (Some("a-b"), Some("x,y")));
}

#[test]
fn a_chart_that_is_not_known_is_not_the_one_of_the_folder() {
    let output = read(&[
        ("Chart.yaml", "apiVersion: v2\nname: top\nversion: 1.0.0\n"),
        (
            "main.tf",
            "variable \"chart\" {}\nresource \"helm_release\" \"r\" {\n  name = \"r\"\n  chart = var.chart\n}\n",
        ),
    ]);
    assert_eq!(&*find(&output, "helm_release.r").ty, "helm_release");
}

#[test]
fn an_application_of_several_charts_from_elsewhere_is_several_components() {
    let output = read(&[(
        "apps.yaml",
        "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: stack, namespace: argocd}
spec:
  destination: {namespace: shop}
  sources:
    - {repoURL: https://charts.example.test, chart: redis, helm: {releaseName: cache}}
    - {repoURL: https://charts.example.test, chart: postgresql}
",
    )]);
    let cache = find(&output, "k8s:argocd/Application/stack");
    assert_eq!((cache.text("chart"), cache.text("name")), (Some("redis"), Some("cache")), "services go by the release");
    let store = find(&output, "k8s:argocd/Application/stack#2.postgresql");
    assert_eq!((store.text("chart"), store.text("name")), (Some("postgresql"), Some("stack")));
}

#[test]
fn a_release_that_is_switched_off_is_none() {
    let output = read(&[(
        "helmfile.yaml",
        "releases:\n  - {name: cache, chart: bitnami/redis, installed: false}\n  - {name: db, chart: bitnami/mysql}\n",
    )]);
    assert!(!addresses(&output).contains(&"helm:helmfile.yaml#cache"), "{:?}", addresses(&output));
    assert_eq!(find(&output, "helm:helmfile.yaml#db").text("chart"), Some("bitnami/mysql"));
}

#[test]
fn variants_install_a_chart_once() {
    let of = |replicas: u8| {
        format!("helmCharts:\n  - {{name: redis, releaseName: cache, valuesInline: {{replicas: {replicas}}}}}\n")
    };
    let (dev, prod) = (of(1), of(3));
    let files = [("over/dev/kustomization.yaml", dev.as_str()), ("over/prod/kustomization.yaml", prod.as_str())];
    let output = read_folder(&files, &Options::default());
    assert_eq!(addresses(&output), ["helm:over/dev/kustomization#cache"]);
    let output = read_folder(&files, &Options { overlays: vec!["over/prod".to_owned()], ..Options::default() });
    assert_eq!(addresses(&output), ["helm:over/prod/kustomization#cache"]);
}

#[test]
fn releases_of_one_name_in_namespaces_of_their_own_are_no_variants() {
    let one = "helmCharts:\n  - {name: redis, releaseName: cache, namespace: a}\n  - {name: redis, releaseName: cache, namespace: b}\n";
    let output = read_folder(&[("k/kustomization.yaml", one)], &Options::default());
    let spaces = |output: &Output| {
        let mut all: Vec<String> =
            output.inventory.resources.iter().filter_map(|one| one.text("namespace").map(str::to_owned)).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(spaces(&output), ["a", "b"], "{:?}", addresses(&output));
    let app = |space: &str| format!("namespace: {space}\nhelmCharts:\n  - {{name: redis, releaseName: cache}}\n");
    let (a, b) = (app("a"), app("b"));
    let files = [("apps/a/kustomization.yaml", a.as_str()), ("apps/b/kustomization.yaml", b.as_str())];
    let output = read_folder(&files, &Options::default());
    assert_eq!(spaces(&output), ["a", "b"], "{:?}", addresses(&output));
}

#[test]
fn folders_belong_to_applications_of_their_repository_and_to_the_innermost() {
    let application = |name: &str, repository: &str, path: &str, space: &str| {
        format!(
            "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  destination: {{namespace: {space}}}\n  source: {{repoURL: '{repository}', path: {path}}}\n"
        )
    };
    let applications = [
        application("all", "https://git.example.test/team/shop.git", "deploy", "argocd"),
        application("a", "git@git.example.test:team/shop", "deploy/a", "shop"),
        application("other", "https://git.example.test/team/other.git", "deploy/a", "wrong"),
    ];
    let object = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n";
    let output =
        read_folder(&[("apps.yaml", &applications.concat()), ("deploy/a/d.yaml", object)], &Options::default());
    assert!(addresses(&output).contains(&"k8s:shop/Deployment/d"), "{:?}", addresses(&output));
}
