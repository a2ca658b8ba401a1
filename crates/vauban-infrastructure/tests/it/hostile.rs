//! Files that mean harm or are half done: each says what is wrong with it, and the rest is read.

use vauban_infrastructure::{Options, Output};

use crate::support::{addresses, codes, read_folder};

const BUCKET: &str = "resource \"aws_s3_bucket\" \"ok\" {\n  bucket = \"ok\"\n}\n";
const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: ok\nspec:\n  containers:\n  - {name: a, image: nginx}\n";

fn of(files: &[(&str, &str)]) -> Output {
    read_folder(files, &Options::default())
}

/// Something with this code is said of a file and a line, and how to go on.
fn says(output: &Output, code: &str, line: u32) -> String {
    let found = output
        .diagnostics
        .iter()
        .find(|diagnostic| diagnostic.code == code && diagnostic.span.is_some_and(|span| span.line == line));
    let found = found.unwrap_or_else(|| panic!("no {code} in line {line}: {:#?}", output.diagnostics));
    assert!(found.help.as_ref().is_some_and(|help| !help.is_empty()), "{found:?}");
    found.message.clone()
}

#[test]
fn policies_that_take_each_other_over_twice_do_not_double_for_ever() {
    let mut text = String::from(BUCKET);
    for at in 0..40 {
        let next = format!("data.aws_iam_policy_document.p{}.json", at + 1);
        text.push_str(&format!(
            "data \"aws_iam_policy_document\" \"p{at}\" {{\n  source_policy_documents = [{next}, {next}]\n}}\n"
        ));
    }
    text.push_str("data \"aws_iam_policy_document\" \"p40\" {\n  statement {\n    actions = [\"s3:Get*\"]\n  }\n}\n");
    text.push_str("resource \"aws_iam_policy\" \"all\" {\n  policy = data.aws_iam_policy_document.p0.json\n}\n");
    let output = of(&[("main.tf", &text)]);
    assert!(addresses(&output).contains(&"aws_iam_policy.all"));
    assert!(addresses(&output).contains(&"aws_s3_bucket.ok"));
}

#[test]
fn variables_of_pulumi_that_double_are_given_up() {
    let mut text = String::from("name: x\nruntime: yaml\nvariables:\n");
    for at in 0..60 {
        text.push_str(&format!("  d{at}: ${{d{0}}}${{d{0}}}\n", at + 1));
    }
    text.push_str("  d60: xx\nresources:\n  x: {type: 'aws:s3:Bucket', properties: {bucket: '${d0}'}}\n");
    text.push_str("  y: {type: 'aws:sqs:Queue'}\n");
    assert_eq!(addresses(&of(&[("Pulumi.yaml", &text)])), ["x", "y"]);
}

#[test]
fn kustomizations_in_a_circle_say_so_and_lose_no_object() {
    let output = of(&[
        ("a/kustomization.yaml", "resources:\n- ../b\n"),
        ("b/kustomization.yaml", "resources:\n- ../a\n- pod.yaml\n"),
        ("b/pod.yaml", POD),
    ]);
    assert_eq!(addresses(&output), ["k8s:default/Pod/ok"]);
    let said = says(&output, "kustomize-circle", 1);
    assert!(said.contains("`b` is built on `a`") && said.ends_with("`a` on `b` on `a`"), "{said}");
    let output = of(&[("kustomization.yaml", "resources:\n- .\n- pod.yaml\n"), ("pod.yaml", POD)]);
    assert_eq!(addresses(&output), ["k8s:default/Pod/ok"]);
}

#[test]
fn values_that_are_made_of_themselves_are_told_with_all_on_the_way() {
    let text = format!(
        "{BUCKET}locals {{\n  a = \"${{local.b}}-x\"\n  b = upper(local.c)\n  c = local.a\n  fine = \"x\"\n}}\nresource \"aws_sqs_queue\" \"q\" {{\n  name = local.a\n  tags = {{ n = local.fine }}\n}}\n"
    );
    let output = of(&[("main.tf", &text)]);
    let said: Vec<&str> =
        output.diagnostics.iter().filter(|one| one.code == "value-circle").map(|one| &*one.message).collect();
    assert_eq!(said, ["a value is made of itself: `local.a` from `local.b` from `local.c` from `local.a`"]);
    assert!(addresses(&output).contains(&"aws_sqs_queue.q"));
    let output = of(&[(
        "main.tf",
        "locals {\n  a = local.b\n  b = \"x\"\n}\nresource \"aws_sqs_queue\" \"q\" {\n  name = \"${local.a}${local.b}\"\n}\n",
    )]);
    assert!(!codes(&output).contains(&"value-circle"), "{:?}", output.diagnostics);
}

#[test]
fn settings_that_are_mounted_and_cannot_be_read_are_told() {
    let compose = "services:\n  edge: {image: nginx, volumes: ['./nginx.conf:/etc/nginx/nginx.conf']}\n";
    let code = |path: &str, text: &str| codes(&of(&[("compose.yaml", compose), (path, text)])).join(" ");
    assert_eq!(code("nginx.conf/site.conf", "server {}"), "compose-mount-folder");
    assert_eq!(code("nginx.conf", "\0\0\u{1}ELF"), "compose-settings-unreadable");
    // A comment in an old encoding is no reason to leave the rest.
    assert_eq!(code("nginx.conf", "# caf\u{fffd}\nserver { location / { proxy_pass http://web:80; } }\n"), "");
    assert_eq!(code("other.conf", "server {}"), "");
}

#[test]
fn services_that_extend_each_other_say_so_and_are_all_there() {
    let text =
        "services:\n  a:\n    image: nginx\n    extends: b\n  b:\n    extends: {service: a}\n  ok:\n    image: nginx\n";
    let output = of(&[("compose.yaml", text)]);
    for service in ["compose:a", "compose:b", "compose:ok"] {
        assert!(addresses(&output).contains(&service), "{service}");
    }
    assert!(codes(&output).contains(&"compose-circle"), "{:?}", output.diagnostics);
    assert!(!codes(&output).contains(&"compose-not-here"), "{:?}", output.diagnostics);
}

#[test]
fn stacks_that_contain_each_other_say_so() {
    let stack = |other: &str| {
        format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Inner:\n    Type: AWS::CloudFormation::Stack\n    \
             Properties:\n      TemplateURL: {other}\n  Bucket:\n    Type: AWS::S3::Bucket\n"
        )
    };
    let output = of(&[("a.yaml", &stack("b.yaml")), ("b.yaml", &stack("a.yaml"))]);
    assert!(says(&output, "stack-circle", 4).contains("`Inner`"));
    assert!(addresses(&output).iter().any(|address| address.ends_with("Bucket")));
    assert!(addresses(&output).len() < 12, "{:?}", addresses(&output));
}

#[test]
fn statements_of_a_template_language_are_passed_over_and_told() {
    let text = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n{% if x %}\n  A:\n    Type: AWS::S3::Bucket\n\
                {% endif %}\n  B:\n    Type: AWS::SQS::Queue\n";
    let output = of(&[("t.yaml", text)]);
    assert_eq!(addresses(&output), ["A", "B"]);
    assert!(says(&output, "template-not-rendered", 3).contains("`{% if x %}`, and 1 more"));
    let text =
        "services:\n  a:\n    image: nginx\n<% if x %>\n    privileged: true\n<% end %>\n  b:\n    image: nginx\n";
    let output = of(&[("compose.yaml", text)]);
    assert!(addresses(&output).contains(&"compose:b"), "{:?}", addresses(&output));
    says(&output, "template-not-rendered", 4);
}

#[test]
fn what_is_left_of_a_merge_or_a_template_in_terraform_is_named() {
    let merge = format!("<<<<<<< HEAD\nresource \"aws_sqs_queue\" \"a\" {{}}\n=======\n>>>>>>> theirs\n{BUCKET}");
    let output = of(&[("main.tf", &merge)]);
    assert_eq!(addresses(&output), ["aws_sqs_queue.a", "aws_s3_bucket.ok"]);
    assert!(says(&output, "hcl-syntax", 1).contains("`<<<<<<< HEAD` is left from a merge"));
    let erb = format!("<% buckets.each do |b| %>\n{BUCKET}<% end %>\n");
    let output = of(&[("main.tf", &erb)]);
    assert_eq!(addresses(&output), ["aws_s3_bucket.ok"]);
    says(&output, "template-not-rendered", 1);
}

#[test]
fn nothing_outside_of_the_folder_is_opened_and_each_attempt_is_told() {
    let main = "locals {\n  a = file(\"../../etc/passwd\")\n  b = file(\"/etc/passwd\")\n}\nresource \"aws_instance\" \"x\" {\n  \
                user_data = \"${local.a}${local.b}\"\n}\nmodule \"out\" {\n  source = \"../../etc\"\n}\n";
    let compose = "services:\n  a:\n    image: nginx\n    env_file: [../../../etc/environment]\n    extends: {file: \
                   ../../x.yaml, service: a}\n";
    let kustomization = "resources:\n- ../../../etc/passwd\n- pod.yaml\n";
    let output = of(&[
        ("t/main.tf", main),
        ("compose.yaml", compose),
        ("k/kustomization.yaml", kustomization),
        ("k/pod.yaml", POD),
    ]);
    says(&output, "file-outside", 2);
    says(&output, "file-outside", 3);
    says(&output, "compose-not-here", 4);
    says(&output, "compose-not-here", 5);
    says(&output, "kustomize-not-here", 2);
    says(&output, "module-missing", 9);
    for address in ["t:aws_instance.x", "compose:a", "k8s:default/Pod/ok"] {
        assert!(addresses(&output).contains(&address), "{address}: {:?}", addresses(&output));
    }
}

#[test]
fn too_deep_too_many_and_too_much_is_told_and_the_rest_read() {
    let deep = format!("locals {{\n  a = {}1{}\n}}\n", "(".repeat(20_000), ")".repeat(20_000));
    let many = "resource \"aws_instance\" \"x\" {\n  count = 1000000000\n}\n";
    let output = of(&[("deep.tf", &deep), ("many.tf", many), ("ok.tf", BUCKET)]);
    assert!(says(&output, "hcl-syntax", 2).contains("too deeply"));
    says(&output, "too-many-instances", 1);
    assert!(addresses(&output).contains(&"aws_s3_bucket.ok"));
    let json = format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"data\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let output = of(&[("deep.json", &json), ("pod.yaml", POD)]);
    assert!(codes(&output).contains(&"too-deep"), "{:?}", output.diagnostics);
    assert!(addresses(&output).contains(&"k8s:default/Pod/ok"));
    let mut bomb =
        String::from("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\na0: &a0 [x, x, x, x, x, x, x, x]\n");
    for at in 1..20 {
        let items = vec![format!("*a{}", at - 1); 8].join(", ");
        bomb.push_str(&format!("a{at}: &a{at} [{items}]\n"));
    }
    let output = of(&[("bomb.yaml", &bomb), ("pod.yaml", POD)]);
    assert!(codes(&output).contains(&"yaml-alias-bomb"), "{:?}", output.diagnostics);
    assert!(addresses(&output).contains(&"k8s:default/Pod/ok"));
}
