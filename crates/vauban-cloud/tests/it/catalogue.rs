//! The catalogue's files, and what canonical names promise.

use std::path::{Path, PathBuf};

use vauban_cloud::LibraryText;
use vauban_cloud::catalogue::Catalogue;
use vauban_model::resource::{Inventory, Mode, Reference, Resource, Source, Value, ValueKind};
use vauban_model::{FileId, Span};

pub(crate) fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../library")
}

/// The library's own catalogue; it reads without a word.
pub(crate) fn catalogue() -> Catalogue {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(library().join("resources"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    paths.sort();
    let texts: Vec<(String, String)> =
        paths.iter().map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap())).collect();
    let files: Vec<LibraryText<'_>> =
        (0..).zip(&texts).map(|(id, (path, text))| LibraryText { id: FileId(id), path, text }).collect();
    let (catalogue, diagnostics) = Catalogue::read(&files);
    for diagnostic in &diagnostics {
        let file = diagnostic.span.map_or("?", |span| &*texts[span.file.0 as usize].0);
        eprintln!("{file}:{}: {} {:?}", diagnostic.span.map_or(0, |s| s.line), diagnostic.message, diagnostic.help);
    }
    assert!(diagnostics.is_empty(), "{} diagnostics", diagnostics.len());
    catalogue
}

pub(crate) fn here(line: u32) -> Span {
    Span::new(FileId(0), line, 1, 1)
}

pub(crate) fn text(value: &str) -> Value {
    Value::text(value, here(1))
}

pub(crate) fn map(entries: Vec<(&str, Value)>) -> Value {
    Value::new(ValueKind::Map(entries.into_iter().map(|(k, v)| (k.into(), v)).collect()), here(1))
}

pub(crate) fn list(items: Vec<Value>) -> Value {
    Value::new(ValueKind::List(items), here(1))
}

pub(crate) fn yes(value: bool) -> Value {
    Value::new(ValueKind::Bool(value), here(1))
}

pub(crate) fn reference(address: &str, attribute: &str) -> Value {
    let reference = Reference { address: address.into(), attribute: attribute.into() };
    Value::new(ValueKind::Reference(reference), here(1))
}

pub(crate) fn resource(source: Source, ty: &str, address: &str, attributes: Vec<(&str, Value)>) -> Resource {
    Resource {
        address: address.into(),
        ty: ty.into(),
        native_type: ty.into(),
        name: address.rsplit(['.', '/']).next().unwrap_or(address).into(),
        source,
        mode: Mode::Managed,
        attributes: map(attributes),
        span: here(1),
        calls: Vec::new(),
        scope: "".into(),
        depends_on: Vec::new(),
        many: false,
    }
}

fn ids(folder: &str) -> Vec<String> {
    std::fs::read_dir(library().join(folder))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".md").map(str::to_owned))
        .collect()
}

fn technologies() -> Vec<String> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(library().join("technologies")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        out.extend(text.lines().filter_map(|line| Some(line.strip_prefix("id = \"")?.strip_suffix('"')?.to_owned())));
    }
    out
}

#[test]
fn every_control_and_technology_it_names_exists() {
    let catalogue = catalogue();
    let controls = ids("controls");
    let technologies = technologies();
    let mut wrong = Vec::new();
    for entry in catalogue.entries() {
        for (control, _) in &entry.controls {
            if !controls.iter().any(|known| **known == **control) {
                wrong.push(format!("{}: control {control}", entry.ty));
            }
        }
        let also = entry.also.outcomes().map(Box::from);
        for technology in entry.technology.iter().cloned().chain(also) {
            if !technologies.iter().any(|known| **known == *technology) {
                wrong.push(format!("{}: technology {technology}", entry.ty));
            }
        }
    }
    for (image, technology) in catalogue.images() {
        if !technologies.iter().any(|known| known == technology) {
            wrong.push(format!("image {image}: technology {technology}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn an_error_in_a_file_says_what_was_meant() {
    let text = "[[resource]]\ntype = \"x\"\nkind = \"proces\"\n\n[[resource]]\ntype = \"y\"\nkind = \"process\"\n\
                facts.encryption_at_rst = [\"else -> none\"]\nfacts.privileged = [\"a is b\"]\n";
    let (catalogue, diagnostics) = Catalogue::read(&[LibraryText { id: FileId(0), path: "resources/x.toml", text }]);
    assert!(catalogue.get("x").is_none());
    assert!(catalogue.get("y").is_some());
    let told: Vec<(&str, u32, Option<&str>)> =
        diagnostics.iter().map(|d| (d.code, d.span.unwrap().line, d.help.as_deref())).collect();
    assert_eq!(told[0], ("unknown-word", 3, Some("did you mean `process`?")));
    assert_eq!(told[1], ("unknown-word", 8, Some("did you mean `encryption_at_rest`?")));
    assert_eq!((told[2].0, told[2].1), ("bad-rule", 9));
}

#[test]
fn a_role_of_a_template_becomes_terraforms() {
    let policy =
        map(vec![("Version", text("2012-10-17")), ("Statement", list(vec![map(vec![("Effect", text("Allow"))])]))]);
    let mut inventory = Inventory {
        resources: vec![
            resource(
                Source::CloudFormation,
                "AWS::IAM::Role",
                "Role",
                vec![
                    ("AssumeRolePolicyDocument", policy.clone()),
                    ("Policies", list(vec![map(vec![("PolicyName", text("inline")), ("PolicyDocument", policy)])])),
                    ("Tags", list(vec![map(vec![("Key", text("Team")), ("Value", text("Shop"))])])),
                ],
            ),
            resource(
                Source::CloudFormation,
                "AWS::Lambda::Function",
                "Fn",
                vec![
                    ("Role", reference("Role", "Arn")),
                    ("Environment", map(vec![("Variables", map(vec![("TABLE_NAME", text("t"))]))])),
                    ("VpcConfig", map(vec![("SubnetIds", list(vec![text("s")]))])),
                ],
            ),
            resource(Source::CloudFormation, "AWS::Nobody::Knows", "X", vec![("SomeKey", text("v"))]),
        ],
        ..Inventory::default()
    };
    assert!(catalogue().canonicalise(&mut inventory).is_empty());
    let [role, function, unknown] = inventory.resources.as_slice() else { panic!() };
    assert_eq!(&*role.ty, "aws_iam_role");
    assert!(matches!(role.get("assume_role_policy").unwrap().kind, ValueKind::Document(_)));
    assert_eq!(role.text("inline_policy.name"), Some("inline"));
    assert_eq!(role.get("inline_policy.policy.Statement.Effect").and_then(Value::as_text), Some("Allow"));
    assert_eq!(role.text("tags.Team"), Some("Shop"));
    assert_eq!(&*function.ty, "aws_lambda_function");
    assert_eq!(function.get("role").and_then(Value::as_reference).map(|r| &*r.attribute), Some("arn"));
    assert_eq!(function.text("environment.variables.TABLE_NAME"), Some("t"));
    assert!(function.get("vpc_config.subnet_ids").is_some());
    assert_eq!(&*unknown.ty, "AWS::Nobody::Knows");
    assert_eq!(unknown.text("SomeKey"), Some("v"));
}

#[test]
fn kubernetes_objects_of_terraform_are_manifests() {
    let container = map(vec![
        ("name", text("c")),
        ("image", text("postgres:16")),
        ("security_context", list(vec![map(vec![("run_as_user", text("0"))])])),
    ]);
    let pod = map(vec![("service_account_name", text("sa")), ("container", list(vec![container]))]);
    let template = map(vec![("spec", list(vec![pod]))]);
    let mut inventory = Inventory {
        resources: vec![resource(
            Source::Terraform,
            "kubernetes_deployment_v1",
            "kubernetes_deployment_v1.app",
            vec![
                (
                    "metadata",
                    list(vec![map(vec![("name", text("app")), ("labels", map(vec![("my_key", text("v"))]))])]),
                ),
                ("spec", list(vec![map(vec![("template", list(vec![template]))])])),
            ],
        )],
        ..Inventory::default()
    };
    catalogue().canonicalise(&mut inventory);
    let deployment = &inventory.resources[0];
    assert_eq!(&*deployment.ty, "k8s:Deployment");
    assert_eq!(deployment.text("metadata.labels.my_key"), Some("v"));
    assert_eq!(deployment.text("spec.template.spec.serviceAccountName"), Some("sa"));
    assert_eq!(deployment.text("spec.template.spec.containers.securityContext.runAsUser"), Some("0"));
}

#[test]
fn images_are_known_by_their_product() {
    let catalogue = catalogue();
    for (image, technology) in [
        ("postgres:16", Some("postgresql")),
        ("docker.io/bitnami/postgresql@sha256:0", Some("postgresql")),
        ("registry.example.com:5000/redis-stack-server:7", Some("redis")),
        ("acme/shop", None),
    ] {
        assert_eq!(catalogue.image_technology(image), technology, "{image}");
    }
}

#[test]
fn types_of_pulumi_are_terraforms_in_their_long_and_short_forms() {
    let types = [
        ("aws:rds:Instance", "aws_db_instance"),
        ("aws:rds/instance:Instance", "aws_db_instance"),
        ("aws:lb:LoadBalancer", "aws_lb"),
        ("aws:apigateway:RestApi", "aws_api_gateway_rest_api"),
        ("aws:ec2:Instance", "aws_instance"),
        ("aws:connect/instance:Instance", "aws:connect/instance:Instance"),
        ("gcp:cloudrunv2:Service", "google_cloud_run_v2_service"),
        ("gcp:cloudrun/iamMember:IamMember", "google_cloud_run_service_iam_member"),
        ("gcp:cloudfunctionsv2/function:Function", "google_cloudfunctions2_function"),
        ("gcp:secretmanager:Secret", "google_secret_manager_secret"),
        ("gcp:serviceaccount:Account", "google_service_account"),
        ("gcp:projects/iAMMember:IAMMember", "google_project_iam_member"),
        ("azure-native:web:WebApp", "azurerm_windows_web_app"),
        ("azure-native:cache:Redis", "azurerm_redis_cache"),
    ];
    let resources = types.iter().map(|(native, _)| resource(Source::Pulumi, native, native, Vec::new())).collect();
    let mut inventory = Inventory { resources, ..Inventory::default() };
    catalogue().canonicalise(&mut inventory);
    for (resource, (native, wanted)) in inventory.resources.iter().zip(types) {
        assert_eq!(&*resource.ty, wanted, "{native}");
    }
}
