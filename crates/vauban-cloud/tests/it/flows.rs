//! Flows that nobody drew, against what people found by hand in real applications.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vauban_cloud::Estate;
use vauban_cloud::flows::{End, Grade, InferredFlow, infer};
use vauban_cloud::granted::granted;
use vauban_cloud::permissions::Rights;
use vauban_infrastructure::{Options, Output, Tree};
use vauban_model::FileId;

pub(crate) type Pairs = BTreeSet<(String, String)>;

fn corpus(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/iac").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: `{}` is not there", path.display());
    None
}

fn list(root: &Path, at: &Path, out: &mut Vec<String>) {
    for entry in std::fs::read_dir(at).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            list(root, &path, out);
        } else {
            out.push(path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"));
        }
    }
}

/// Reads the files of a folder that fit.
fn read_disk(root: &Path, fits: impl Fn(&str) -> bool) -> Output {
    let mut paths = Vec::new();
    list(root, root, &mut paths);
    paths.retain(|path| fits(path));
    paths.sort();
    let names = paths.clone();
    let mut open = |path: &str| {
        let at = names.binary_search(&path.to_owned()).map_err(|_| "not there".to_owned())?;
        let bytes = std::fs::read(root.join(path)).map_err(|error| error.to_string())?;
        Ok((FileId(u32::try_from(at).unwrap()), Arc::from(String::from_utf8_lossy(&bytes).as_ref())))
    };
    vauban_infrastructure::read(&mut Tree { paths: &paths, open: &mut open }, &Options::default())
}

pub(crate) fn read_texts(files: &[(&str, &str)]) -> Output {
    let mut paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    paths.sort();
    let mut open = |path: &str| {
        let (at, (_, text)) = files.iter().enumerate().find(|(_, (known, _))| *known == path).ok_or("not there")?;
        Ok((FileId(u32::try_from(at).unwrap()), Arc::from(*text)))
    };
    vauban_infrastructure::read(&mut Tree { paths: &paths, open: &mut open }, &Options::default())
}

fn name(output: &Output, end: &End) -> String {
    match end {
        End::Resource(at) => output.inventory.resources[*at as usize].name.to_string(),
        End::Outside(host) => format!("outside:{host}"),
    }
}

/// The pairs of flows that are at least this good.
pub(crate) fn pairs(output: &Output, flows: &[InferredFlow], least: Grade) -> Pairs {
    flows
        .iter()
        .filter(|flow| flow.grade() >= least)
        .map(|flow| (name(output, &flow.from), name(output, &flow.to)))
        .collect()
}

fn expected(file: &str) -> Option<serde_json::Value> {
    let text = std::fs::read_to_string(corpus("expected")?.join(file)).ok()?;
    serde_json::from_str(&text).ok()
}

fn expected_pairs(value: &serde_json::Value) -> Pairs {
    let text = |edge: &serde_json::Value, key: &str| edge[key].as_str().unwrap_or("").to_owned();
    value["edges"].as_array().unwrap().iter().map(|edge| (text(edge, "from"), text(edge, "to"))).collect()
}

pub(crate) fn set(all: &[(&str, &str)]) -> Pairs {
    all.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

#[test]
fn online_boutique_has_exactly_its_edges_with_their_ports() {
    let (Some(root), Some(truth)) = (corpus("k8s-online-boutique"), expected("online-boutique.json")) else { return };
    for folder in ["kubernetes-manifests", "helm-chart", "kustomize/base", "release"] {
        let output = read_disk(&root.join(folder), |_| true);
        let estate = Estate::new(&output.inventory);
        let flows = infer(&estate, &[]);
        let addressed: Vec<InferredFlow> = flows
            .iter()
            .filter(|flow| flow.evidence.iter().any(|evidence| evidence.grade == Grade::Addressed))
            .cloned()
            .collect();
        assert_eq!(pairs(&output, &addressed, Grade::Addressed), expected_pairs(&truth), "{folder}");
        for edge in truth["edges"].as_array().unwrap() {
            let flow = addressed
                .iter()
                .find(|flow| name(&output, &flow.from) == edge["from"] && name(&output, &flow.to) == edge["to"]);
            let port = flow.unwrap().port.map(|port| port.to_string());
            assert_eq!(port.as_deref(), edge["port"].as_str(), "{folder}: {edge}");
        }
        // The balancer outside is a component of its own, wired to its workload.
        let wired: Pairs = flows
            .iter()
            .filter(|flow| flow.grade() == Grade::Wired)
            .map(|flow| (name(&output, &flow.from), name(&output, &flow.to)))
            .collect();
        assert!(wired.contains(&("frontend-external".to_owned(), "frontend".to_owned())), "{folder}: {wired:?}");
    }
}

#[test]
fn retail_store_has_exactly_its_edges_from_compose() {
    let (Some(root), Some(truth)) = (corpus("mix-retail-store/src"), expected("retail-store.json")) else { return };
    let output =
        read_disk(&root, |path| path.ends_with("docker-compose.yml") || path.ends_with("compose.override.yaml"));
    let estate = Estate::new(&output.inventory);
    let mut services: Vec<&str> =
        estate.of_type("compose:service").iter().map(|at| &*estate.resource(*at).name).collect();
    services.sort_unstable();
    let wanted: Vec<&str> = truth["services"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(services, wanted);
    let flows = infer(&estate, &[]);
    assert_eq!(pairs(&output, &flows, Grade::Addressed), expected_pairs(&truth));
    for wrong in truth["must_not_be_edges_from_these_values"].as_array().unwrap() {
        let key = wrong["evidence"].as_str().unwrap();
        let found =
            flows.iter().flat_map(|flow| &flow.evidence).any(|evidence| evidence.text.split(" = ").next() == Some(key));
        assert!(!found, "{wrong}");
    }
}

#[test]
fn retail_store_has_the_same_edges_from_its_charts() {
    let Some(root) = corpus("mix-retail-store/src") else { return };
    let output = read_disk(&root, |path| path.contains("/chart/") || path.ends_with("helmfile.yaml"));
    let estate = Estate::new(&output.inventory);
    let found = pairs(&output, &infer(&estate, &[]), Grade::Addressed);
    let inner: Pairs =
        found.into_iter().filter(|(from, to)| !to.starts_with("outside:") && !to.contains("-") && from != to).collect();
    let wanted =
        set(&[("ui", "catalog"), ("ui", "carts"), ("ui", "checkout"), ("ui", "orders"), ("checkout", "orders")]);
    assert_eq!(inner, wanted);
}

#[test]
fn names_that_are_no_addresses_make_no_flow_and_urls_outside_do() {
    let output = read_texts(&[(
        "compose.yaml",
        r#"
services:
  web:
    image: x
    command: ["serve", "--upstream=http://api:8080"]
    environment:
      POSTGRES_DB: orders
      CACHE_PROVIDER: redis
      QUEUE_USERNAME: queue
      DB_HOST: store
      JDBC_URL: jdbc:postgresql://db.internal-name:5432/orders
      STRIPE: https://api.stripe.com/v1
      KAFKA_BROKERS: "kafka-1:9092,kafka-2:9092"
    depends_on: [orders]
  api: { image: x }
  orders: { image: x }
  redis: { image: x }
  queue: { image: x }
  db: { image: x, hostname: db.internal-name }
  sql: { image: x, networks: { default: { aliases: [store] } } }
  kafka-1: { image: x }
  kafka-2: { image: x }
"#,
    )]);
    let estate = Estate::new(&output.inventory);
    let flows = infer(&estate, &[]);
    let wanted = set(&[
        ("web", "api"),
        ("web", "db"),
        ("web", "kafka-1"),
        ("web", "kafka-2"),
        ("web", "outside:api.stripe.com"),
        ("web", "sql"),
    ]);
    assert_eq!(pairs(&output, &flows, Grade::Addressed), wanted);
    assert!(pairs(&output, &flows, Grade::Hinted).contains(&("web".into(), "orders".into())));
}

#[test]
fn names_of_other_namespaces_lead_there_and_routes_are_wired() {
    let output = read_texts(&[(
        "all.yaml",
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: a}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: main
          image: x
          env:
            - {name: PAY_ADDR, value: "pay.b.svc.cluster.local:80"}
            - {name: DB_URL, valueFrom: {secretKeyRef: {name: db, key: url}}}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: a}
stringData: {url: "postgres://u:p@store.b:5432/x"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay-v1, namespace: b}
spec: {template: {metadata: {labels: {app: pay}}, spec: {containers: [{name: main, image: x}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: b}
spec: {selector: {app: pay}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store, namespace: b}
spec: {template: {metadata: {labels: {app: store}}, spec: {containers: [{name: main, image: x}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: store, namespace: b}
spec: {selector: {app: store}, ports: [{port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: a}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front, namespace: a}
spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}}]}
"#,
    )]);
    let estate = Estate::new(&output.inventory);
    let flows = infer(&estate, &[]);
    let found = pairs(&output, &flows, Grade::Addressed);
    for pair in [("web", "pay-v1"), ("web", "store"), ("front", "web")] {
        assert!(found.contains(&(pair.0.into(), pair.1.into())), "{pair:?} in {found:?}");
    }
}

#[test]
fn the_last_word_of_a_key_says_whether_its_value_is_called() {
    let output = read_texts(&[(
        "compose.yaml",
        r#"
services:
  app:
    image: x
    links: ["sql:database"]
    environment:
      DATABASE_HOST: database
      USER_SERVICE_HOST: users
      TOKEN_SERVER: tokens
      SMTP_HOST: smtp.partner.com
      HOST_USER: queue
      ConnectionStrings__LedgerDb: Server=books;Database=x
      WebClient: http://host.docker.internal:9200
      POSTGRES_DB: queue
      VIRTUAL_HOST: shop.example.com
      HOSTNAME: node1.example.com
      KC_HOSTNAME: auth.example.com
      MAIL_FROM_ADDRESS: shop@example.org
      CONFIG_URL: settings.yaml
      SEARCH_URL: http://host.docker.internal:9200
      GRPC_TARGET: dns:///rates:50051
      GO_DSN: "u:p@tcp(ledger:3306)/x"
  sql: { image: x }
  users: { image: x }
  tokens: { image: x }
  queue: { image: x }
  search: { image: x, ports: ["9200:9200"] }
  rates: { image: x }
  ledger: { image: x }
  books: { image: x }
"#,
    )]);
    let estate = Estate::new(&output.inventory);
    let wanted = set(&[
        ("app", "books"),
        ("app", "ledger"),
        ("app", "outside:smtp.partner.com"),
        ("app", "rates"),
        ("app", "search"),
        ("app", "sql"),
        ("app", "tokens"),
        ("app", "users"),
    ]);
    assert_eq!(pairs(&output, &infer(&estate, &[]), Grade::Addressed), wanted);
}

/// A workload with its service.
fn behind_service(kind: &str, name: &str, space: &str, label: &str, env: &str) -> String {
    format!(
        r#"
---
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: {space}}}
spec: {{template: {{metadata: {{labels: {{app: {label}}}, annotations: {{dapr.io/enabled: "true"}}}}, spec: {{volumes: [{{name: c, configMap: {{name: files}}}}], containers: [{{name: main, image: x, env: [{env}]}}]}}}}}}
"#
    )
}

fn service(name: &str, space: &str, label: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {space}}}\n\
         spec: {{selector: {{app: {label}}}, ports: [{{port: 80}}]}}\n"
    )
}

#[test]
fn names_inside_a_cluster_lead_to_all_that_a_service_selects_and_to_nobody_outside() {
    let env = r#"{name: DB_URL, value: "postgres://store-0.store:5432/x"}, {name: PAY_URL, value: "http://pay"}, {name: FAR_URL, value: "http://pay.elsewhere:80"}"#;
    let text = [
        behind_service("Deployment", "web", "a", "web", env),
        behind_service("StatefulSet", "store", "a", "store", ""),
        behind_service("Deployment", "pay-v1", "a", "pay", ""),
        behind_service("Deployment", "pay-v2", "a", "pay", ""),
        behind_service("Deployment", "cache", "a", "cache", ""),
        behind_service("Deployment", "rates", "b", "rates", ""),
        service("store", "a", "store"),
        service("pay", "a", "pay"),
        service("cache", "a", "cache"),
        service("rates", "b", "rates"),
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: files, namespace: b}\n\
         data: {site.conf: 'proxy_pass http://cache.a:80; schema http://www.w3.org/x;'}\n"
            .to_owned(),
        "---\napiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: state, namespace: b}\n\
         spec: {type: state.redis, metadata: [{name: redisHost, value: 'store.a:6379'}]}\n"
            .to_owned(),
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: door, namespace: a}\nspec: {}\n\
         ---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: b}\n\
         spec: {parentRefs: [{name: door, namespace: a}], rules: [{backendRefs: [{name: rates}]}]}\n"
            .to_owned(),
    ]
    .concat();
    let output = read_texts(&[("all.yaml", &text)]);
    let estate = Estate::new(&output.inventory);
    let mut found = pairs(&output, &infer(&estate, &[]), Grade::Addressed);
    found.retain(|(from, to)| from != to && from != "r");
    let wanted = set(&[
        ("door", "rates"),
        ("pay", "pay-v1"),
        ("pay", "pay-v2"),
        ("rates", "cache"),
        ("rates", "store"),
        ("web", "pay-v1"),
        ("web", "pay-v2"),
        ("web", "store"),
    ]);
    assert_eq!(found, wanted);
}

#[test]
fn evidence_does_not_show_passwords() {
    let output = read_texts(&[(
        "compose.yaml",
        "services:\n  a: {image: x, environment: {URL: 'postgres://u:Hunter2x@db:5432/x,http://db/y'}}\n  db: {image: x}\n",
    )]);
    let estate = Estate::new(&output.inventory);
    let texts: Vec<String> =
        infer(&estate, &[]).iter().flat_map(|flow| &flow.evidence).map(|one| one.text.to_string()).collect();
    assert_eq!(texts, ["env URL = postgres://u:***@db:5432/x,http://db/y"]);
}

#[test]
fn services_of_a_private_namespace_are_found_by_their_whole_names() {
    let output = read_texts(&[(
        "main.tf",
        r#"
resource "aws_service_discovery_private_dns_namespace" "n" { name = "shop" }
resource "aws_service_discovery_service" "rates" {
  name = "rates"
  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.n.id
  }
}
resource "aws_ecs_service" "rates" {
  name = "rates-service"
  service_registries { registry_arn = aws_service_discovery_service.rates.arn }
}
resource "helm_release" "rates" {
  name  = "rates"
  chart = "rates"
}
resource "aws_lambda_function" "f" {
  environment { variables = { C_URL = "http://rates", A_URL = "http://rates.shop:3000", B_URL = "http://gone.shop:3000" } }
}
"#,
    )]);
    let estate = Estate::new(&output.inventory);
    let found: Vec<(String, String)> = infer(&estate, &[])
        .iter()
        .filter(|flow| flow.grade() == Grade::Addressed)
        .map(|flow| (name(&output, &flow.from), name(&output, &flow.to)))
        .collect();
    assert_eq!(found, [("f".to_owned(), "rates".to_owned())]);
}

/// The wired pairs of one file, in the catalogue's words.
fn wired(file: &str, text: &str) -> Pairs {
    let mut output = read_texts(&[(file, text)]);
    let flows = understood(&mut output);
    pairs(&output, &flows, Grade::Wired)
}

#[test]
fn templates_and_programs_wire_what_code_of_terraform_does() {
    let found = wired(
        "t.yaml",
        r#"
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Stream: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Table: {Type: AWS::DynamoDB::Table, Properties: {KinesisStreamSpecification: {StreamArn: !GetAtt Stream.Arn}}}
  Bucket: {Type: AWS::S3::Bucket}
  Clean: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13}}
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt Stream.Arn}
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt Bucket.Arn
        ProcessingConfiguration: {Processors: [{Type: Lambda, Parameters: [{ParameterName: LambdaArn, ParameterValue: !GetAtt Clean.Arn}]}]}
  Pipe: {Type: AWS::Pipes::Pipe, Properties: {Source: !GetAtt Stream.Arn, Target: !GetAtt Bucket.Arn, Enrichment: !GetAtt Clean.Arn}}
  Machine: {Type: AWS::EC2::Instance, Properties: {ImageId: ami-1}}
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer}
  Group: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Targets: [{Id: !Ref Machine}]}}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Group}]}
"#,
    );
    let wanted = set(&[
        ("Balancer", "Machine"),
        ("Delivery", "Bucket"),
        ("Delivery", "Clean"),
        ("Pipe", "Clean"),
        ("Stream", "Bucket"),
        ("Stream", "Delivery"),
        ("Table", "Stream"),
    ]);
    assert_eq!(found, wanted);
    let found = wired(
        "Pulumi.yaml",
        r#"
name: x
runtime: yaml
resources:
  lb: {type: "aws:lb:LoadBalancer"}
  tg: {type: "aws:lb/targetGroup:TargetGroup"}
  l: {type: "aws:lb:Listener", properties: {loadBalancerArn: "${lb.arn}", defaultActions: [{type: forward, targetGroupArn: "${tg.arn}"}]}}
  fn: {type: "aws:lambda:Function"}
  at: {type: "aws:lb:TargetGroupAttachment", properties: {targetGroupArn: "${tg.arn}", targetId: "${fn.arn}"}}
  b: {type: "aws:s3:BucketV2"}
  n: {type: "aws:s3:BucketNotification", properties: {bucket: "${b.id}", lambdaFunctions: [{lambdaFunctionArn: "${fn.arn}"}]}}
  t: {type: "aws:sns:Topic"}
  s: {type: "aws:sns:TopicSubscription", properties: {topic: "${t.arn}", endpoint: "${fn.arn}"}}
"#,
    );
    assert_eq!(found, set(&[("b", "fn"), ("lb", "fn"), ("t", "fn")]));
}

#[test]
fn gateways_call_what_the_role_of_an_integration_may_act_on() {
    let found = wired(
        "main.tf",
        r#"
resource "aws_iam_role" "r" {}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["dynamodb:PutItem", "events:PutEvents"], Resource = [aws_dynamodb_table.t.arn, aws_cloudwatch_event_bus.b.arn] }] })
}
resource "aws_dynamodb_table" "t" { name = "pets" }
resource "aws_cloudwatch_event_bus" "b" { name = "bus" }
resource "aws_api_gateway_rest_api" "first" { name = "first" }
resource "aws_api_gateway_integration" "i" {
  rest_api_id = aws_api_gateway_rest_api.first.id
  type        = "AWS"
  uri         = "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"
  credentials = aws_iam_role.r.arn
}
resource "aws_apigatewayv2_api" "second" {
  name = "second"
  body = jsonencode({ paths = { "/" = { post = { "x-amazon-apigateway-integration" = { integrationSubtype = "EventBridge-PutEvents", credentials = aws_iam_role.r.arn } } } } })
}
"#,
    );
    assert_eq!(found, set(&[("first", "t"), ("second", "b")]));
}

#[test]
fn balancers_of_google_and_azure_lead_to_what_is_behind_them() {
    let found = wired(
        "main.tf",
        r#"
resource "google_cloud_run_v2_service" "run" { name = "run" }
resource "google_compute_region_network_endpoint_group" "neg" {
  cloud_run { service = google_cloud_run_v2_service.run.name }
}
resource "google_compute_backend_service" "backend" {
  backend { group = google_compute_region_network_endpoint_group.neg.id }
}
resource "google_compute_url_map" "map" { default_service = google_compute_backend_service.backend.id }
resource "google_compute_target_https_proxy" "proxy" { url_map = google_compute_url_map.map.id }
resource "google_compute_global_forwarding_rule" "front" { target = google_compute_target_https_proxy.proxy.id }
"#,
    );
    assert_eq!(found, set(&[("backend", "run"), ("front", "backend")]));
    let found = wired(
        "main.tf",
        r#"
resource "azurerm_application_gateway" "g" { backend_address_pool { name = "pool" } }
resource "azurerm_linux_virtual_machine_scale_set" "set" {
  network_interface {
    ip_configuration {
      application_gateway_backend_address_pool_ids = [for p in azurerm_application_gateway.g.backend_address_pool : p.id]
    }
  }
}
resource "azurerm_network_interface" "n" {}
resource "azurerm_network_interface_application_gateway_backend_address_pool_association" "a" {
  network_interface_id    = azurerm_network_interface.n.id
  backend_address_pool_id = tolist(azurerm_application_gateway.g.backend_address_pool).0.id
}
"#,
    );
    assert_eq!(found, set(&[("g", "n"), ("g", "set")]));
    let found = wired(
        "main.tf",
        r#"
resource "azurerm_storage_account" "files" {}
resource "azurerm_storage_account" "queue" {}
resource "azurerm_eventgrid_system_topic" "topic" { source_arm_resource_id = azurerm_storage_account.files.id }
resource "azurerm_eventgrid_system_topic_event_subscription" "e" {
  system_topic = azurerm_eventgrid_system_topic.topic.name
  storage_queue_endpoint { storage_account_id = azurerm_storage_account.queue.id }
}
"#,
    );
    assert_eq!(found, set(&[("files", "topic"), ("topic", "queue")]));
}

#[test]
fn addresses_of_others_that_the_platform_calls_are_outside() {
    let found = wired(
        "main.tf",
        r#"
resource "aws_sns_topic" "t" {}
resource "aws_sns_topic_subscription" "s" {
  topic_arn = aws_sns_topic.t.arn
  protocol  = "https"
  endpoint  = "https://partner.example.com/hook"
}
resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.t.arn
  protocol  = "email"
  endpoint  = "ops@example.com"
}
resource "aws_cloudwatch_event_rule" "r" {}
resource "aws_cloudwatch_event_target" "t" {
  rule = aws_cloudwatch_event_rule.r.name
  arn  = aws_cloudwatch_event_api_destination.d.arn
}
resource "aws_cloudwatch_event_api_destination" "d" { invocation_endpoint = "https://hooks.example.org/x" }
resource "aws_api_gateway_rest_api" "api" {}
resource "aws_api_gateway_integration" "i" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  type        = "HTTP_PROXY"
  uri         = "http://legacy.example.com/pets"
}
resource "aws_cloudfront_distribution" "cf" {
  origin { domain_name = "origin.example.com" }
}
resource "azurerm_storage_account" "st" {}
resource "azurerm_eventgrid_event_subscription" "w" {
  scope = azurerm_storage_account.st.id
  webhook_endpoint { url = "https://events.example.com/hook" }
}
"#,
    );
    let wanted = set(&[
        ("api", "outside:legacy.example.com"),
        ("cf", "outside:origin.example.com"),
        ("r", "outside:hooks.example.org"),
        ("st", "outside:events.example.com"),
        ("t", "outside:partner.example.com"),
    ]);
    let found: Pairs = found.into_iter().filter(|(_, to)| to.starts_with("outside:")).collect();
    assert_eq!(found, wanted);
}

/// The word before `_service` in the address of an end inside a module for a service.
fn service_module(output: &Output, end: &End) -> Option<String> {
    let End::Resource(at) = end else { return None };
    let address = &output.inventory.resources[*at as usize].address;
    address
        .split('.')
        .find_map(|part| part.strip_suffix("_service"))
        .filter(|word| !word.starts_with("aws_"))
        .map(ToOwned::to_owned)
}

#[test]
fn retail_store_has_the_same_edges_from_its_container_services() {
    let Some(root) = corpus("mix-retail-store/terraform") else { return };
    let output = read_disk(&root, |_| true);
    let estate = Estate::new(&output.inventory);
    let found: Pairs = infer(&estate, &[])
        .iter()
        .filter(|flow| flow.grade() >= Grade::Addressed)
        .filter_map(|flow| Some((service_module(&output, &flow.from)?, service_module(&output, &flow.to)?)))
        .filter(|(from, to)| from != to)
        .collect();
    let wanted =
        set(&[("ui", "catalog"), ("ui", "carts"), ("ui", "checkout"), ("ui", "orders"), ("checkout", "orders")]);
    assert_eq!(found, wanted);
}

/// Flows in the catalogue's words, with what identities permit.
pub(crate) fn understood(output: &mut Output) -> Vec<InferredFlow> {
    crate::catalogue::catalogue().canonicalise(&mut output.inventory);
    let estate = Estate::new(&output.inventory);
    let rights = Rights::new(&estate, crate::world::tables());
    let count = u32::try_from(estate.inventory.resources.len()).unwrap();
    let runs_as: Vec<(u32, u32)> = (0..count)
        .flat_map(|at| rights.runs_as(at).into_iter().map(move |principal| (at, principal)))
        .map(|(at, principal)| (at, rights.principals()[principal as usize].resource))
        .collect();
    let granted = granted(&estate, &rights, &runs_as);
    infer(&estate, &granted)
}

#[test]
fn sam_orders_has_exactly_its_edges() {
    let (Some(root), Some(truth)) = (corpus("sam-ecommerce"), expected("sam-orders-proto.json")) else { return };
    let mut output = read_disk(&root, |path| path.starts_with("orders/") || path.starts_with("shared/templates/"));
    let flows = understood(&mut output);
    // The truth was found by hand-made code that names evidence its own way. `iam` is what a role permits; `event:…` is
    // what the platform carries; an event source that nobody declares, `ext:<type>:<event>`, is the rule that listens for
    // it, which SAM names after function and event.
    let wanted: BTreeSet<(String, String, Grade)> = truth
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|edge| {
            let to = edge["to"].as_str().unwrap();
            let from = edge["from"].as_str().unwrap();
            let from = match from.strip_prefix("ext:").and_then(|from| from.split_once(':')) {
                Some((_, event)) => format!("{to}{event}"),
                None => from.to_owned(),
            };
            edge["evidence"].as_array().unwrap().iter().map(move |evidence| {
                let grade = if evidence == "iam" { Grade::Granted } else { Grade::Wired };
                (from.clone(), to.to_owned(), grade)
            })
        })
        // What it did not look at: where failed calls go, and the permission to send there that comes with it.
        .chain([
            ("TableUpdateFunction".to_owned(), "DeadLetterQueue".to_owned(), Grade::Wired),
            ("OnEventsFunction".to_owned(), "DeadLetterQueue".to_owned(), Grade::Wired),
            ("OnEventsFunction".to_owned(), "DeadLetterQueue".to_owned(), Grade::Granted),
        ])
        .collect();
    let found: BTreeSet<(String, String, Grade)> = flows
        .iter()
        .flat_map(|flow| {
            let ends = (name(&output, &flow.from), name(&output, &flow.to));
            flow.evidence.iter().map(move |evidence| (ends.0.clone(), ends.1.clone(), evidence.grade))
        })
        .filter(|(_, _, grade)| *grade >= Grade::Granted && *grade != Grade::Addressed)
        .collect();
    assert_eq!(found, wanted);
    // `Globals` tells every function the table's name; one of them may not use it, and that is no more than an address.
    let told: Pairs = flows
        .iter()
        .filter(|flow| flow.evidence.iter().all(|evidence| evidence.grade == Grade::Addressed))
        .map(|flow| (name(&output, &flow.from), name(&output, &flow.to)))
        .collect();
    assert_eq!(told, set(&[("TableUpdateFunction", "Table")]));
    // Names that are the same in other templates lead nowhere: `source: [ecommerce.delivery]` is a word of events.
    assert!(flows.iter().all(|flow| matches!(flow.from, End::Resource(_))));
}

/// Pairs with a piece of evidence of a grade.
fn pairs_by(output: &Output, flows: &[InferredFlow], grade: Grade) -> Pairs {
    flows
        .iter()
        .filter(|flow| flow.evidence.iter().any(|evidence| evidence.grade == grade))
        .map(|flow| (name(output, &flow.from), name(output, &flow.to)))
        .collect()
}

#[test]
fn policy_templates_and_connectors_permit_what_they_name_and_nothing_else() {
    let mut output = read_texts(&[(
        "template.yaml",
        r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::DynamoDB::Table}
  Users: {Type: AWS::Serverless::SimpleTable}
  Uploads: {Type: AWS::S3::Bucket}
  Jobs: {Type: AWS::SQS::Queue}
  News: {Type: AWS::SNS::Topic}
  Login: {Type: AWS::SecretsManager::Secret}
  Clicks: {Type: AWS::Kinesis::Stream}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  Flow: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {StartAt: A}}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - DynamoDBCrudPolicy: {TableName: !Ref Orders}
        - S3ReadPolicy: {BucketName: !Ref Uploads}
        - SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}
        - SNSPublishMessagePolicy: {TopicName: !GetAtt News.TopicName}
        - AWSSecretsManagerGetSecretValuePolicy: {SecretArn: !Ref Login}
        - KinesisCrudPolicy: {StreamName: !Ref Clicks}
        - EventBridgePutEventsPolicy: {EventBusName: !Ref Bus}
        - StepFunctionsExecutionPolicy: {StateMachineName: !GetAtt Flow.Name}
        - LambdaInvokePolicy: {FunctionName: !Ref Other}
  Other: {Type: AWS::Serverless::Function}
  Link:
    Type: AWS::Serverless::Connector
    Properties: {Source: {Id: Other}, Destination: {Id: Users}, Permissions: [Read]}
"#,
    )]);
    let flows = understood(&mut output);
    let wanted = set(&[
        ("Worker", "Orders"),
        ("Worker", "Uploads"),
        ("Worker", "Jobs"),
        ("Worker", "News"),
        ("Worker", "Login"),
        ("Worker", "Clicks"),
        ("Worker", "Bus"),
        ("Worker", "Flow"),
        ("Worker", "Other"),
        ("Other", "Users"),
    ]);
    assert_eq!(pairs_by(&output, &flows, Grade::Granted), wanted);
    let read_only = |from: &str, to: &str| {
        flows.iter().find(|flow| name(&output, &flow.from) == from && name(&output, &flow.to) == to).unwrap().read_only
    };
    assert_eq!(read_only("Other", "Users"), Some(true));
    assert_eq!(read_only("Worker", "Uploads"), Some(true));
    assert_eq!(read_only("Worker", "Orders"), Some(false));
}

#[test]
fn what_cloudformation_keeps_inside_of_a_resource_is_wired_and_what_is_beside_it_is_not() {
    let mut output = read_texts(&[(
        "template.yaml",
        r#"
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        LambdaConfigurations: [{Event: "s3:ObjectCreated:*", Function: !GetAtt Thumb.Arn}]
        QueueConfigurations: [{Event: "s3:ObjectRemoved:*", Queue: !GetAtt Removed.Arn}]
  Removed: {Type: AWS::SQS::Queue}
  News:
    Type: AWS::SNS::Topic
    Properties: {Subscription: [{Protocol: lambda, Endpoint: !GetAtt Thumb.Arn}, {Protocol: sqs, Endpoint: !GetAtt Removed.Arn}]}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      Targets:
        - {Id: a, Arn: !GetAtt Thumb.Arn, DeadLetterConfig: {Arn: !GetAtt Lost.Arn}}
        - {Id: b, Arn: !Ref News, RoleArn: !GetAtt Role.Arn}
  Lost: {Type: AWS::SQS::Queue}
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}
  Thumb: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        paths:
          /a:
            get:
              x-amazon-apigateway-integration:
                uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Thumb.Arn}/invocations"
                credentials: !GetAtt Role.Arn
  Things:
    Type: AWS::IoT::TopicRule
    Properties:
      TopicRulePayload:
        Sql: "SELECT * FROM 'a'"
        Actions: [{Lambda: {FunctionArn: !GetAtt Thumb.Arn}}, {Sqs: {QueueUrl: !Ref Removed, RoleArn: !GetAtt Role.Arn}}]
"#,
    )]);
    let flows = understood(&mut output);
    let wanted = set(&[
        ("Uploads", "Thumb"),
        ("Uploads", "Removed"),
        ("News", "Thumb"),
        ("News", "Removed"),
        ("Bus", "Rule"),
        ("Rule", "Thumb"),
        ("Rule", "News"),
        ("Rule", "Lost"),
        ("Api", "Thumb"),
        ("Things", "Thumb"),
        ("Things", "Removed"),
    ]);
    assert_eq!(pairs_by(&output, &flows, Grade::Wired), wanted);
}

/// The service that a resource of the store's code is for, by the words in its address: its module, release or own name.
fn store_service(output: &Output, end: &End) -> Option<String> {
    let End::Resource(at) = end else { return None };
    let resource = &output.inventory.resources[*at as usize];
    let words = resource.address.rsplit(['.', '/', ':']).map(|part| part.trim_start_matches("app_runner_"));
    words
        .map(|word| word.strip_suffix("_service").unwrap_or(word))
        .find(|word| ["ui", "catalog", "carts", "cart", "checkout", "orders"].contains(word))
        .map(|word| if word == "cart" { "carts".to_owned() } else { word.to_owned() })
}

#[test]
fn retail_store_has_the_same_edges_from_every_format() {
    let Some(root) = corpus("mix-retail-store") else { return };
    type Fits = fn(&str) -> bool;
    let formats: [(&str, Fits); 5] = [
        ("compose", |path| path.ends_with("docker-compose.yml") || path.ends_with("compose.override.yaml")),
        ("charts", |path| path.contains("/chart/") || path.ends_with("helmfile.yaml")),
        ("ECS", |path| path.starts_with("terraform/ecs/") || path.starts_with("terraform/lib/")),
        ("App Runner", |path| path.starts_with("terraform/apprunner/") || path.starts_with("terraform/lib/")),
        ("EKS", |path| path.starts_with("terraform/eks/default/") || path.starts_with("terraform/lib/")),
    ];
    let wanted =
        set(&[("ui", "catalog"), ("ui", "carts"), ("ui", "checkout"), ("ui", "orders"), ("checkout", "orders")]);
    let mut wrong = Vec::new();
    for (name, fits) in formats {
        let output = read_disk(&root, fits);
        let estate = Estate::new(&output.inventory);
        let found: Pairs = infer(&estate, &[])
            .iter()
            .filter(|flow| flow.grade() >= Grade::Addressed)
            .filter_map(|flow| Some((store_service(&output, &flow.from)?, store_service(&output, &flow.to)?)))
            .filter(|(from, to)| from != to)
            .collect();
        if found != wanted {
            wrong.push((name, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What each configuration connects, by the names of the resources.
const CONNECTED: &[(&str, &str, &str)] = &[
    (
        r#"
resource "azurerm_mssql_server" "db" { name = "db" }
resource "azurerm_linux_web_app" "shop" {
  connection_string {
    name  = "Main"
    type  = "SQLAzure"
    value = "Server=tcp:${azurerm_mssql_server.db.fully_qualified_domain_name},1433"
  }
}"#,
        "shop",
        "db",
    ),
    (
        r#"
resource "azurerm_cosmosdb_account" "db" { name = "db" }
resource "azurerm_function_app" "orders" { app_settings = { COSMOS = azurerm_cosmosdb_account.db.endpoint } }"#,
        "orders",
        "db",
    ),
    (
        r#"
resource "azurerm_storage_account" "state" { name = "state" }
resource "azurerm_linux_function_app" "orders" { storage_account_name = azurerm_storage_account.state.name }"#,
        "orders",
        "state",
    ),
    (
        r#"
resource "azurerm_data_factory" "factory" { name = "factory" }
resource "azurerm_storage_account" "lake" { name = "lake" }
resource "azurerm_data_factory_linked_service_azure_blob_storage" "link" {
  data_factory_id   = azurerm_data_factory.factory.id
  connection_string = azurerm_storage_account.lake.primary_connection_string
}"#,
        "factory",
        "lake",
    ),
    (
        r#"
resource "azurerm_api_management" "gate" { name = "gate" }
resource "azurerm_linux_web_app" "shop" { name = "shop" }
resource "azurerm_api_management_api" "shop" {
  api_management_name = azurerm_api_management.gate.name
  service_url         = "https://${azurerm_linux_web_app.shop.default_hostname}"
}"#,
        "gate",
        "shop",
    ),
    (
        r#"
resource "google_sql_database_instance" "db" { name = "db" }
resource "google_cloud_run_service" "shop" {
  template {
    metadata {
      annotations = { "run.googleapis.com/cloudsql-instances" = google_sql_database_instance.db.connection_name }
    }
  }
}"#,
        "shop",
        "db",
    ),
    (
        r#"
resource "google_pubsub_topic" "orders" { name = "orders" }
resource "google_cloudfunctions2_function" "mail" { event_trigger { pubsub_topic = google_pubsub_topic.orders.id } }"#,
        "orders",
        "mail",
    ),
    (
        r#"
resource "google_sql_database_instance" "db" { name = "db" }
resource "google_compute_instance" "web" {
  metadata_startup_script = "DB_HOST=${google_sql_database_instance.db.private_ip_address} ./start"
}"#,
        "web",
        "db",
    ),
    (
        r#"
resource "aws_dynamodb_table" "orders" { name = "orders" }
resource "aws_kinesis_stream" "changes" { name = "changes" }
resource "aws_dynamodb_kinesis_streaming_destination" "d" {
  table_name = aws_dynamodb_table.orders.name
  stream_arn = aws_kinesis_stream.changes.arn
}"#,
        "orders",
        "changes",
    ),
    (
        r#"
resource "aws_apigatewayv2_api" "api" { name = "api" }
resource "aws_sqs_queue" "orders" { name = "orders" }
resource "aws_apigatewayv2_integration" "i" {
  api_id              = aws_apigatewayv2_api.api.id
  integration_type    = "AWS_PROXY"
  integration_subtype = "SQS-SendMessage"
  request_parameters  = { QueueUrl = aws_sqs_queue.orders.url }
}"#,
        "api",
        "orders",
    ),
];

#[test]
fn what_services_of_the_clouds_connect_is_a_flow() {
    for (text, from, to) in CONNECTED {
        let mut output = read_texts(&[("main.tf", text)]);
        let flows = understood(&mut output);
        let found = pairs(&output, &flows, Grade::Addressed);
        assert!(found.contains(&((*from).into(), (*to).into())), "{from} to {to}: {found:?}");
        assert_eq!(found.len(), 1, "{from} to {to}: {found:?}");
    }
}

#[test]
fn services_of_knative_and_rollouts_are_workloads() {
    let object = |version: &str, kind: &str| {
        format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: web, namespace: a}}\nspec: {{template: {{spec: {{containers: [{{name: m, image: x, \
             env: [{{name: API, value: 'http://api:80'}}]}}]}}}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: api, namespace: a}}\n\
             spec: {{selector: {{app: api}}, ports: [{{port: 80}}]}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: pay, \
             namespace: a}}\nspec: {{template: {{metadata: {{labels: {{app: api}}}}, spec: {{containers: [{{name: m, image: x}}]}}}}}}\n"
        )
    };
    // Who calls a service of Knative by the name of its host, beside a service of the same name.
    let called = format!(
        "{}---\napiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: a}}\nspec: {{selector: {{app: none}}}}\n---\napiVersion: apps/v1\nkind: \
         Deployment\nmetadata: {{name: caller, namespace: a}}\nspec: {{template: {{spec: {{containers: [{{name: m, image: x, env: [{{name: WEB, \
         value: 'http://web.a.svc.cluster.local'}}]}}]}}}}}}\n",
        object("serving.knative.dev/v1", "Service")
    );
    let mut output = read_texts(&[("all.yaml", &called)]);
    let flows = understood(&mut output);
    assert!(pairs(&output, &flows, Grade::Addressed).contains(&("caller".into(), "web".into())));
    for (version, kind) in [("serving.knative.dev/v1", "Service"), ("argoproj.io/v1alpha1", "Rollout")] {
        let mut output = read_texts(&[("all.yaml", &object(version, kind))]);
        let flows = understood(&mut output);
        let found = pairs(&output, &flows, Grade::Addressed);
        assert!(found.contains(&("web".into(), "pay".into())), "{kind}: {found:?}");
    }
}

/// A Terraform state of one function with some variables, and of other resources: type, name, attributes.
fn state_with(variables: &str, others: &[(&str, &str, &str)]) -> Output {
    let function = format!(r#"{{"function_name":"fn","environment":[{{"variables":{variables}}}]}}"#);
    let mut resources: Vec<String> = Vec::new();
    for (ty, name, attributes) in [("aws_lambda_function", "fn", function.as_str())].iter().chain(others) {
        resources.push(format!(
            r#"{{"mode":"managed","type":"{ty}","name":"{name}","instances":[{{"attributes":{attributes}}}]}}"#
        ));
    }
    let text = format!(r#"{{"version":4,"serial":1,"lineage":"x","resources":[{}]}}"#, resources.join(","));
    read_texts(&[("terraform.tfstate", &text)])
}

#[test]
fn hosts_that_a_state_holds_are_those_of_its_own_resources() {
    let output = state_with(
        r#"{"DB_HOST":"db.c9.eu-west-1.rds.amazonaws.com","BROKERS":"b-1.m.kafka.amazonaws.com:9094,b-2.m.kafka.amazonaws.com:9094",
            "API_URL":"http://internal-api-1.eu-west-1.elb.amazonaws.com/x","GW":"https://abc123.execute-api.eu-west-1.amazonaws.com/prod",
            "REDIS_HOST":"10.1.2.3","CACHE_HOST":"red.0001.use1.cache.amazonaws.com","OTHER_HOST":"db.someone.rds.amazonaws.com"}"#,
        &[
            (
                "aws_db_instance",
                "db",
                r#"{"address":"db.c9.eu-west-1.rds.amazonaws.com","endpoint":"db.c9.eu-west-1.rds.amazonaws.com:5432"}"#,
            ),
            (
                "aws_msk_cluster",
                "m",
                r#"{"bootstrap_brokers_tls":"b-1.m.kafka.amazonaws.com:9094,b-2.m.kafka.amazonaws.com:9094"}"#,
            ),
            ("aws_lb", "api", r#"{"dns_name":"internal-api-1.eu-west-1.elb.amazonaws.com"}"#),
            ("aws_api_gateway_rest_api", "gw", r#"{"id":"abc123"}"#),
            ("google_redis_instance", "redis", r#"{"host":"10.1.2.3"}"#),
            (
                "aws_elasticache_cluster",
                "cache",
                r#"{"cache_nodes":[{"address":"red.0001.use1.cache.amazonaws.com"}]}"#,
            ),
            ("aws_sns_topic_subscription", "sub", r#"{"endpoint":"https://db.someone.rds.amazonaws.com"}"#),
        ],
    );
    let flows = pairs(&output, &infer(&Estate::new(&output.inventory), &[]), Grade::Addressed);
    let expected = [
        ("fn", "db"),
        ("fn", "m"),
        ("fn", "api"),
        ("fn", "gw"),
        ("fn", "redis"),
        ("fn", "cache"),
        ("fn", "outside:db.someone.rds.amazonaws.com"),
    ];
    assert_eq!(flows, set(&expected));
}

#[test]
fn an_address_that_two_have_is_nobody_s() {
    let output = state_with(
        r#"{"REDIS_HOST":"10.1.2.3"}"#,
        &[
            ("google_redis_instance", "a", r#"{"host":"10.1.2.3"}"#),
            ("google_redis_instance", "b", r#"{"host":"10.1.2.3"}"#),
        ],
    );
    assert_eq!(pairs(&output, &infer(&Estate::new(&output.inventory), &[]), Grade::Addressed), set(&[]));
}

#[test]
fn arns_in_the_documents_of_a_state_name_what_has_them() {
    let task = r#"{"arn":"arn:aws:ecs:eu-west-1:1:task-definition/t:1","container_definitions":"[{\"name\":\"a\",\"secrets\":[{\"name\":\"PW\",\"valueFrom\":\"arn:aws:secretsmanager:eu-west-1:1:secret:pw-AbCdEf:password::\"}]}]"}"#;
    let output = state_with(
        r#"{"FN":"other-fn"}"#,
        &[
            (
                "aws_sqs_queue",
                "jobs",
                r#"{"arn":"arn:aws:sqs:eu-west-1:1:jobs","redrive_policy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-1:1:dlq\"}"}"#,
            ),
            ("aws_sqs_queue", "dlq", r#"{"arn":"arn:aws:sqs:eu-west-1:1:dlq"}"#),
            ("aws_ecs_task_definition", "t", task),
            ("aws_secretsmanager_secret", "pw", r#"{"arn":"arn:aws:secretsmanager:eu-west-1:1:secret:pw-AbCdEf"}"#),
            ("aws_secretsmanager_secret", "pw2", r#"{"arn":"arn:aws:secretsmanager:eu-west-1:1:secret:p"}"#),
            ("aws_lambda_function", "other", r#"{"function_name":"other-fn"}"#),
        ],
    );
    let flows = pairs(&output, &infer(&Estate::new(&output.inventory), &[]), Grade::Addressed);
    assert_eq!(flows, set(&[("jobs", "dlq"), ("t", "pw"), ("fn", "other")]));
}

#[test]
fn hosts_that_a_provider_makes_of_a_name_are_those_of_what_has_it() {
    let output = read_texts(&[(
        "main.tf",
        r#"
        resource "azurerm_key_vault" "kv" { name = "kvx" }
        resource "azurerm_storage_account" "sa" { name = "stdocs" }
        resource "azurerm_cosmosdb_account" "c" { name = "cosx" }
        resource "azurerm_mssql_server" "s" { name = "sqls" }
        resource "azurerm_mssql_managed_instance" "mi" { name = "mix" }
        resource "aws_s3_bucket" "b" { bucket = "docs.example" }
        resource "azurerm_linux_web_app" "web" {
          name         = "webx"
          app_settings = { SQL_HOST = "${azurerm_mssql_server.s.name}.database.windows.net", SELF = "https://webx.azurewebsites.net" }
        }
        resource "azurerm_linux_function_app" "fn" {
          name         = "fnx"
          app_settings = {
            SECRET  = "@Microsoft.KeyVault(VaultName=kvx;SecretName=dbpw)"
            BLOB    = "https://stdocs.z6.web.core.windows.net"
            COSMOS  = "https://cosx.documents.azure.com:443/"
            API     = "https://webx.azurewebsites.net/api"
            MI      = "Server=tcp:mix.public.0123.database.windows.net,3342"
            BUCKET  = "https://docs.example.s3.eu-west-1.amazonaws.com/x"
            FOREIGN = "https://kvx2.vault.azure.net"
          }
        }
        "#,
    )]);
    let flows = pairs(&output, &infer(&Estate::new(&output.inventory), &[]), Grade::Addressed);
    let expected = [
        ("web", "s"),
        ("fn", "kv"),
        ("fn", "sa"),
        ("fn", "c"),
        ("fn", "web"),
        ("fn", "mi"),
        ("fn", "b"),
        ("fn", "outside:kvx2.vault.azure.net"),
    ];
    assert_eq!(flows, set(&expected));
}

#[test]
fn connection_strings_of_every_driver_name_their_hosts() {
    let output = read_texts(&[(
        "compose.yaml",
        r#"
services:
  a:
    image: x/a
    environment:
      ConnectionStrings__A: "Server=tcp:sql,1433;Initial Catalog=x;User Id=sa"
      ConnectionStrings__B: "Data Source=sql2\\SQLEXPRESS;Initial Catalog=x"
      ConnectionStrings__C: "Host=pg;Port=5432;Database=x;Username=u"
      ConnectionStrings__D: "Server=sqlext.example.com;Database=x;User Id=sa"
      ConnectionStrings__E: "Host=pgext.example.com;Database=x;Username=u"
      SPRING_DATASOURCE_URL: "jdbc:oracle:thin:@//ora:1521/X"
      JDBC_URL: "jdbc:oracle:thin:@ora2:1521:XE"
      CASSANDRA_CONTACT_POINTS: "cass1,cass2"
      ALLOWED: "Name=b.example.com;Label=x"
  sql: {image: x}
  sql2: {image: x}
  pg: {image: x}
  ora: {image: x}
  ora2: {image: x}
  cass1: {image: x}
  cass2: {image: x}
"#,
    )]);
    let flows = pairs(&output, &infer(&Estate::new(&output.inventory), &[]), Grade::Addressed);
    let targets = [
        "sql",
        "sql2",
        "pg",
        "ora",
        "ora2",
        "cass1",
        "cass2",
        "outside:sqlext.example.com",
        "outside:pgext.example.com",
    ];
    assert_eq!(flows, set(&targets.map(|target| ("a", target))));
}

#[test]
fn an_address_put_together_in_code_keeps_its_scheme_and_what_it_says_of_encryption() {
    let output = read_texts(&[(
        "main.tf",
        r#"
        resource "aws_lambda_function" "fn" {
          function_name = "fn"
          environment {
            variables = {
              OS    = "https://${aws_opensearch_domain.os.endpoint}"
              PG    = "postgres://u:${aws_secretsmanager_secret.pw.arn}@${aws_rds_cluster.pg.endpoint}/d?sslmode=disable"
              MONGO = "mongodb://u@${aws_docdb_cluster.mongo.endpoint}:27017/?tls=true"
            }
          }
        }
        resource "aws_opensearch_domain" "os" { domain_name = "os" }
        resource "aws_rds_cluster" "pg" { engine = "aurora-postgresql" }
        resource "aws_docdb_cluster" "mongo" { cluster_identifier = "mongo" }
        resource "aws_secretsmanager_secret" "pw" { name = "pw" }
        "#,
    )]);
    let flows = infer(&Estate::new(&output.inventory), &[]);
    let told = |target: &str| {
        let flow = flows.iter().find(|flow| name(&output, &flow.to) == target).unwrap();
        (flow.protocol.as_deref(), flow.encrypted)
    };
    assert_eq!(told("os"), (Some("https"), None));
    assert_eq!(told("pg"), (Some("postgres"), Some(false)));
    assert_eq!(told("mongo"), (Some("mongodb"), Some(true)));
    assert_eq!(told("pw"), (None, None));
}
