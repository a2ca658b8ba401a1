//! What the reader of CloudFormation templates promises.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use vauban_infrastructure::{Options, Output, Tree, read};
use vauban_model::FileId;
use vauban_model::resource::{Mode, Resource, Value, ValueKind, Why};

fn read_files(files: &[(&str, &str)]) -> Output {
    let paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    let mut open = |path: &str| {
        let at = files.iter().position(|(name, _)| *name == path).ok_or("no such file")?;
        Ok((FileId(u32::try_from(at).unwrap()), Arc::from(files[at].1)))
    };
    read(&mut Tree { paths: &paths, open: &mut open }, &Options::default())
}

fn of<'o>(output: &'o Output, address: &str) -> &'o Resource {
    let found = output.inventory.resources.iter().find(|resource| &*resource.address == address);
    found.unwrap_or_else(|| {
        panic!("no `{address}`: {:?}", output.inventory.resources.iter().map(|r| &r.address).collect::<Vec<_>>())
    })
}

fn to(value: Option<&Value>) -> (String, String) {
    let reference = value.and_then(Value::as_reference).unwrap_or_else(|| panic!("no reference: {value:?}"));
    (reference.address.to_string(), reference.attribute.to_string())
}

const ONE: &str = r#"AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Env: {Type: String, Default: dev}
  Zone: {Type: String}
  Password: {Type: String, NoEcho: true}
Mappings:
  Sizes: {dev: {size: small}, prod: {size: large}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  InZone: !Equals [!Ref Zone, a]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "${Env}-jobs"
      Zone: !If [InZone, a, b]
      Size: !FindInMap [Sizes, !Ref Env, size]
      None: !If [IsProd, x, !Ref "AWS::NoValue"]
      List: !Select [1, !Split [",", "a,b,c"]]
      Arn: !Join [":", [arn, !Ref "AWS::Partition", sqs, !Ref "AWS::AccountId"]]
  Policy:
    Type: AWS::SQS::QueuePolicy
    DependsOn: Queue
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument: !Sub '{"Statement": [{"Effect": "Allow", "Resource": "${Queue.Arn}"}]}'
      Secret: !Ref Password
  Gone: {Type: AWS::SQS::Queue, Condition: IsProd}
  Kept: {Type: AWS::SQS::Queue, Condition: InZone}
"#;

#[test]
fn values_are_worked_out_as_far_as_they_are_known() {
    let output = read_files(&[("t.yaml", ONE)]);
    let queue = of(&output, "Queue");
    assert_eq!(queue.text("QueueName"), Some("dev-jobs"));
    assert_eq!(queue.text("Size"), Some("small"));
    assert_eq!(queue.text("List"), Some("b"));
    assert!(queue.attributes.get("None").is_none());
    assert!(matches!(&queue.get("Zone").unwrap().kind, ValueKind::OneOf(ways) if ways.len() == 2));
    let ValueKind::Template(parts) = &queue.get("Arn").unwrap().kind else { panic!() };
    assert_eq!(parts[0].as_text(), Some("arn:aws:sqs:"));
    let policy = of(&output, "Policy");
    assert_eq!(to(policy.get("Queues.0")), ("Queue".into(), String::new()));
    assert_eq!(to(policy.get("PolicyDocument.Statement.0.Resource")), ("Queue".into(), "Arn".into()));
    assert!(policy.get("Secret").unwrap().is_secret());
    assert_eq!(policy.depends_on.iter().map(|d| &**d).collect::<Vec<_>>(), ["Queue"]);
    assert_eq!(policy.span.line, 21);
    assert!(output.inventory.resources.iter().all(|resource| &*resource.address != "Gone"));
    of(&output, "Kept");
    assert_eq!(output.inventory.variables.iter().map(|v| &*v.name).collect::<Vec<_>>(), ["Zone", "Password"]);
}

#[test]
fn templates_find_one_another_by_nesting_exports_and_names() {
    let root = r#"{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {
      "Net": {"Type": "AWS::CloudFormation::Stack", "Properties": {
        "TemplateURL": {"Fn::Sub": "https://s3/${AWS::Region}/nested/net.yaml"}, "Parameters": {"Key": {"Ref": "Cmk"}}}},
      "Cmk": {"Type": "AWS::KMS::Key"},
      "Far": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://s3/none.yaml", "Parameters": {"A": "1"}}},
      "Host": {"Type": "AWS::EC2::Instance", "Properties": {
        "SubnetId": {"Fn::GetAtt": ["Net", "Outputs.Subnet"]},
        "Vpc": {"Fn::ImportValue": "other:Vpc"},
        "Login": "{{resolve:secretsmanager:db/main:SecretString:password}}"}}}}"#;
    let net = "Resources:\n  Subnet: {Type: AWS::EC2::Subnet, Properties: {KmsKeyId: !Ref Key}}\nParameters:\n  Key: {Type: String}\nOutputs:\n  Subnet: {Value: !Ref Subnet}\n";
    let other = "Resources:\n  V: {Type: AWS::EC2::VPC}\n  S: {Type: AWS::SecretsManager::Secret, Properties: {Name: db/main}}\nOutputs:\n  V: {Value: !Ref V, Export: {Name: !Sub '${AWS::StackName}:Vpc'}}\n";
    let output = read_files(&[("nested/net.yaml", net), ("other.yaml", other), ("root.json", root)]);
    let host = of(&output, "root/Host");
    assert_eq!(to(host.get("SubnetId")).0, "root/Net/Subnet");
    assert_eq!(to(host.get("Vpc")).0, "other/V");
    assert_eq!(to(host.get("Login")), ("other/S".into(), "SecretString.password".into()));
    assert_eq!(to(of(&output, "root/Net/Subnet").get("KmsKeyId")).0, "root/Cmk");
    let far = of(&output, "root/Far");
    assert_eq!((far.mode, far.text("A")), (Mode::Opaque, Some("1")));
    assert!(output.inventory.variables.is_empty());
}

#[test]
fn what_depends_on_itself_or_is_missing_is_said_and_not_followed() {
    let text = "Resources:\n  A: {Type: AWS::SQS::Queue, Condition: X, Properties: {N: !Ref Nobody}}\nConditions:\n  X: !Not [!Condition X]\n";
    let output = read_files(&[("t.yaml", text)]);
    let value = of(&output, "A").get("N").unwrap();
    assert!(matches!(&value.kind, ValueKind::Unknown(unknown) if unknown.why == Why::Missing));
    assert!(output.diagnostics.iter().any(|said| said.code == "unknown-reference"));

    let a = "Resources:\n  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b.yaml}}\n";
    let b = "Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}\n";
    let c = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n";
    let output = read_files(&[("a.yaml", a), ("b.yaml", b), ("c.yaml", c)]);
    assert!(output.inventory.resources.len() < 100);
    for name in ["B", "A", "Q"] {
        assert!(output.inventory.resources.iter().any(|resource| &*resource.name == name));
    }
}

#[test]
fn a_template_is_known_by_types_of_any_owner() {
    for (ty, native) in [
        ("Custom::Thing", "Custom::Thing"),
        ("AWS::CloudFormation::CustomResource", "AWS::CloudFormation::CustomResource"),
        ("MyOrg::Service::Thing", "MyOrg::Service::Thing"),
    ] {
        let yaml = format!("Transform: Macro\nResources:\n  T:\n    Type: {ty}\n    Properties: {{A: b}}\n");
        let json = format!("// made by hand\n{{\"Resources\": {{\"T\": {{\"Type\": \"{ty}\"}}}}}}");
        for (path, text) in [("t.yaml", &yaml), ("t.json", &json)] {
            assert_eq!(&*of(&read_files(&[(path, text)]), "T").native_type, native, "{path}");
        }
    }
    // What only looks alike is none.
    for other in ["Resources:\n  T: {ResourceType: 'a::b::c'}\n", "Resources: {T: {Type: 'some::thing'}}\n"] {
        assert!(read_files(&[("t.yaml", other)]).inventory.resources.is_empty(), "{other}");
    }
}

#[test]
fn loops_over_known_values_are_written_out() {
    let text = "Transform: AWS::LanguageExtensions\nParameters:\n  Unset: {Type: CommaDelimitedList}\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    - [One, Two]\n    - Topic${Name}: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Name}}\n  Fn::ForEach::More:\n    - Name\n    - !Ref Unset\n    - More${Name}: {Type: AWS::SNS::Topic}\n";
    let output = read_files(&[("t.yaml", text)]);
    assert_eq!(of(&output, "TopicOne").text("TopicName"), Some("One"));
    assert_eq!(of(&output, "TopicTwo").text("TopicName"), Some("Two"));
    let open = of(&output, "Fn::ForEach::More[*]");
    assert!(open.many && open.mode == Mode::Opaque);
}

fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/iac");
    if root.is_dir() { Some(root) } else { None }
}

fn walk(at: &Path, root: &Path, found: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, root, found);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            found.push((path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"), text));
        }
    }
}

#[test]
fn templates_in_the_wild_are_read_and_addresses_are_unique() {
    let Some(root) = corpus() else {
        println!("skipped: no corpus at ../shared/corpus");
        return;
    };
    for folder in ["cfn-aws-templates", "cfn-refarch-wordpress", "sam-ecommerce", "sam-shopping-cart", "cdk-synth-out"]
    {
        let mut files = Vec::new();
        walk(&root.join(folder), &root.join(folder), &mut files);
        let borrowed: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let output = read_files(&borrowed);
        let mut codes: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for said in &output.diagnostics {
            *codes.entry(said.code).or_default() += 1;
        }
        println!("{folder}: {} files, {} resources, {codes:?}", output.files.len(), output.inventory.resources.len());
        for said in output.diagnostics.iter().filter(|s| !matches!(s.code, "condition-false" | "opaque-module")).take(8)
        {
            println!(
                "   {} {:?} {}",
                said.code,
                said.span.map(|s| (&files[s.file.0 as usize].0, s.line)),
                said.message
            );
        }
        let mut seen = std::collections::BTreeSet::new();
        for resource in &output.inventory.resources {
            assert!(seen.insert(&resource.address), "{folder}: `{}` twice", resource.address);
        }
        assert!(!output.inventory.resources.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn cut_and_mangled_templates_never_panic(cut in 0usize..1400, at in 0usize..1400, byte in "[\\[\\]{}:!$&*\"',\n -]") {
        let end = ONE.char_indices().map(|(i, _)| i).take_while(|i| *i <= cut).last().unwrap_or(0);
        read_files(&[("t.yaml", &ONE[..end])]);
        let at = at.min(ONE.len() - 1);
        let mangled = format!("{}{byte}{}", &ONE[..at], &ONE[at..]);
        read_files(&[("t.yaml", &mangled)]);
    }
}

#[test]
fn deep_nesting_does_not_overflow() {
    let deep = format!(
        "Resources:\n  A: {{Type: AWS::SQS::Queue, Properties: {{N: {}x{}}}}}\n",
        "!If [c, ".repeat(90),
        ", y]".repeat(90)
    );
    read_files(&[("t.yaml", &deep)]);
    let mut chain = String::from("Resources:\n  A: {Type: AWS::SQS::Queue, Condition: C0}\nConditions:\n");
    for index in 0..3000 {
        chain.push_str(&format!("  C{index}: !Not [!Condition C{}]\n", index + 1));
    }
    read_files(&[("t.yaml", &chain)]);
}
