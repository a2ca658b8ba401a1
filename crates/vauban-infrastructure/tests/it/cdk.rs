//! Assemblies of the CDK.

use proptest::prelude::*;
use vauban_infrastructure::{Options, Output};
use vauban_model::resource::{Resource, Source};

use crate::support::{addresses, codes, corpus, read_disk, read_folder};

fn read(files: &[(&str, &str)]) -> Output {
    read_folder(files, &Options::default())
}

fn resource<'o>(output: &'o Output, address: &str) -> &'o Resource {
    let found = output.inventory.resources.iter().find(|resource| &*resource.address == address);
    found.unwrap_or_else(|| panic!("no {address} among {:?}; said: {:?}", addresses(output), output.diagnostics))
}

const MANIFEST: &str = r#"{"version": "40.0.0", "artifacts": {
  "A.assets": {"type": "cdk:asset-manifest", "properties": {"file": "A.assets.json"}},
  "A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "A.template.json"},
    "metadata": {"/A/Fn/Resource": [{"type": "aws:cdk:logicalId", "data": "Fn9270", "trace": [
      "new Function (/home/me/shop/node_modules/aws-cdk-lib/lambda.js:1:1)", "new A (/home/me/shop/lib/a.ts:12:5)"]}]}},
  "B": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "B.template.json"}},
  "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}}}"#;
const A: &str = r#"{"Resources": {"Fn9270": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Bucket": "x", "S3Key": "abc.zip"}},
  "Metadata": {"aws:cdk:path": "A/Fn/Resource", "aws:asset:path": "asset.abc"}}},
  "Outputs": {"Out": {"Value": {"Fn::GetAtt": ["Fn9270", "Arn"]}, "Export": {"Name": "A:Fn"}}}}"#;
const B: &str = r#"{"Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": {"Targets": [{"Id": "x", "Arn": {"Fn::ImportValue": "A:Fn"}}]},
  "Metadata": {"aws:cdk:path": "B/Rule/Resource"}}}}"#;
const ASSETS: &str =
    r#"{"version": "40.0.0", "files": {"abc": {"source": {"path": "asset.abc", "packaging": "zip"}}}}"#;

fn assembly<'f>(more: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let mut files = vec![
        ("cdk.json", r#"{"app": "npx ts-node bin/shop.ts"}"#),
        ("cdk.out/manifest.json", MANIFEST),
        ("cdk.out/A.template.json", A),
        ("cdk.out/B.template.json", B),
        ("cdk.out/A.assets.json", ASSETS),
        ("cdk.out/tree.json", "{}"),
    ];
    files.extend_from_slice(more);
    files
}

#[test]
fn a_resource_stands_where_the_program_makes_it_and_keeps_its_logical_id() {
    let output = read(&assembly(&[("lib/a.ts", "// the stack\n"), ("other/a.ts", "//\n")]));
    assert!(output.diagnostics.is_empty(), "{:?}", output.diagnostics);
    let function = resource(&output, "cdk.out/A/Fn9270");
    assert_eq!(function.source, Source::Cdk);
    assert_eq!(function.text("construct"), Some("A/Fn/Resource"));
    assert_eq!(function.text("construct_line"), Some("lib/a.ts:12"));
    assert_eq!((function.span.file.0, function.span.line), (6, 12), "the line of the program");
    assert_eq!(function.text("template_line"), Some("cdk.out/A.template.json:1"));
    assert_eq!(function.text("code_folder"), Some("cdk.out/asset.abc"));
}

#[test]
fn without_the_program_the_template_is_the_place_and_the_line_is_told() {
    let output = read(&assembly(&[]));
    let function = resource(&output, "cdk.out/A/Fn9270");
    assert_eq!(function.text("construct_line"), Some("/home/me/shop/lib/a.ts:12"));
    assert_eq!(function.span.file.0, 2);
}

#[test]
fn stacks_refer_to_each_other_by_exports() {
    let output = read(&assembly(&[]));
    let rule = resource(&output, "cdk.out/B/Rule");
    let mut found = Vec::new();
    rule.attributes.references(&mut |reference, _| found.push(reference.address.to_string()));
    assert_eq!(found, ["cdk.out/A/Fn9270"]);
}

#[test]
fn a_program_without_its_output_is_named_with_what_to_do() {
    let output = read(&[
        ("infra/cdk.json", r#"{"app": "python app.py"}"#),
        ("main.tf", "resource \"aws_s3_bucket\" \"b\" {}\n"),
    ]);
    assert_eq!(codes(&output), ["format-not-read"]);
    assert!(output.diagnostics[0].help.as_deref().unwrap().contains("cdk synth"));
    let missing = read(&[("cdk.out/manifest.json", MANIFEST), ("cdk.out/A.template.json", A)]);
    assert!(codes(&missing).contains(&"template-missing"), "{:?}", missing.diagnostics);
}

#[test]
fn every_assembly_of_the_corpus_knows_its_constructs() {
    let Some(path) = corpus("iac/cdk-synth-out") else { return };
    let output = read_disk(&path, &Options::default());
    let all: Vec<_> = output.inventory.resources.iter().filter(|one| one.source == Source::Cdk).collect();
    assert!(all.len() > 80, "{}", all.len());
    let known = all.iter().filter(|one| one.text("construct").is_some()).count();
    let lines = all.iter().filter(|one| one.text("construct_line").is_some()).count();
    assert!(known * 10 >= all.len() * 9 && lines * 2 > all.len(), "{known} and {lines} of {}", all.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_assembly_makes_the_reader_fail(cut in 0usize..1200, junk in "[\\[\\]{}:,\"a-z0-9/ .()]{0,10}") {
        let mangle = |text: &str| {
            let at = text.char_indices().map(|(at, _)| at).nth(cut % text.chars().count()).unwrap_or(0);
            format!("{}{junk}{}", &text[..at], &text[at..])
        };
        let (manifest, a, assets) = (mangle(MANIFEST), mangle(A), mangle(ASSETS));
        let _ = read(&[("manifest.json", &manifest), ("A.template.json", &a), ("A.assets.json", &assets), ("lib/a.ts", "")]);
    }
}
