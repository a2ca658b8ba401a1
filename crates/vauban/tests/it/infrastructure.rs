//! A folder of infrastructure code as the model: what a person types and sees.

use crate::support::{Folder, list, open, root, run, text};

const EXAMPLE: &str = "examples/terraform";

/// The example, with one text replaced; it has to be there.
fn changed(from: &str, to: &str) -> Folder {
    let main = std::fs::read_to_string(root().join(EXAMPLE).join("main.tf")).expect("the example is there");
    assert!(main.contains(from), "the example has no `{from}`");
    let folder = Folder::new();
    folder.write("main.tf", &main.replace(from, to));
    folder
}

#[test]
fn a_build_robot_that_can_take_the_account_is_the_worst_path_without_asking_for_it() {
    let check = run(&["check", EXAMPLE, "--format", "json"]).exits(0).json();
    let worst = &list(&check, "paths")[0];
    assert_eq!(text(worst, "to"), "account:aws");
    assert_eq!(text(worst, "from"), "aws_iam_user.deployer");
    let steps: Vec<&str> = list(worst, "steps").iter().filter_map(|step| step["finding"].as_str()).collect();
    assert_eq!(steps, ["passes-role-to-new-function@aws_iam_user.deployer"]);
    assert!(open(&check).iter().all(|id| !id.ends_with("@internet")), "nobody on the internet has a part in this");
}

#[test]
fn a_role_that_only_services_take_on_is_nobody_s_to_begin_with() {
    let folder = changed(
        r#"["lambda:CreateFunction", "lambda:InvokeFunction", "lambda:UpdateFunctionCode"]"#,
        r#"["s3:List*"]"#,
    );
    let check = folder.run(&["check", ".", "--format", "json"]).exits(0).json();
    assert!(list(&check, "paths").is_empty(), "{:#?}", check["paths"]);
}

#[test]
fn admin_is_control_of_the_account_and_nothing_less() {
    let whole = ["paths", ".", "--from", "aws_iam_user.deployer", "--to", "admin"];
    let folder = changed(
        "Action   = \"iam:PassRole\"\n        Resource = \"*\"",
        "Action   = \"iam:PassRole\"\n        Resource = aws_iam_role.scaler.arn",
    );
    folder.run(&whole).exits(0).prints("No attack path.").prints("administer AWS account");
    let same = changed("deployer", "deployer");
    same.run(&whole)
        .exits(0)
        .prints("gives bootstrap to a new function")
        .prints("iam:PassRole = deploy: allows iam:PassRole on *");
    same.run(&["paths", ".", "--from", "arn:aws:iam:::user/deployer", "--to", "bootstrap"]).exits(0).prints("main.tf:");
}

#[test]
fn can_answers_with_the_statement_and_refuses_what_is_no_question() {
    let can = |arguments: &[&str]| run(&[&["can"], arguments, &["--in", EXAMPLE]].concat());
    can(&["aws_iam_user.deployer", "iam:PassRole", "aws_iam_role.bootstrap"])
        .exits(0)
        .prints("Yes: aws_iam_user.deployer may iam:PassRole on aws_iam_role.bootstrap.")
        .prints("main.tf:");
    can(&["aws_iam_role.scaler", "s3:DeleteObject", "aws_s3_bucket.pictures"])
        .exits(1)
        .prints("No statement speaks of it; what is not allowed is denied.");
    can(&["scaler", "s3:GetObject"]).exits(2).says("the name of 2 elements").says("`aws_iam_role.scaler`");
    can(&["deployer", "PassRole"]).exits(2).says("`PassRole` is not how a cloud writes an action").says("iam:PassRole");
    can(&["nobody", "s3:GetObject"]).exits(2).says("nothing in the model is called `nobody`");
    can(&["aws_s3_bucket.pictures", "s3:GetObject"]).exits(2).says("is no principal");
}

#[test]
fn a_folder_that_gives_nothing_says_why() {
    let folder = Folder::new();
    folder.write("main.tf", "");
    folder
        .run(&["check", "."])
        .exits(2)
        .says("there is no resource in the infrastructure code of `.`, `main.tf` first");
    folder.write("main.tf", "\u{fffd}\u{1}\u{2}{{{{");
    folder.run(&["check", "."]).exits(2).says("nothing could be read in `.`").says("`main.tf`");
}

#[test]
fn what_is_broken_is_told_and_the_rest_is_read() {
    let folder = Folder::new();
    folder.write("a.tf", "resource \"aws_s3_bucket\" \"pictures\" {\n  bucket = \"x\n}\n");
    folder.write("b.tf", "resource \"aws_sqs_queue\" \"orders\" {}\n");
    let check = folder.run(&["check", "."]).says("a.tf:2:14").says("mend it as `terraform validate` asks");
    assert!(check.out.contains("2 components"), "{}", check.out);
}

#[test]
fn what_a_person_adds_lies_beside_the_code_and_an_orphan_is_told() {
    let folder = changed("deployer", "deployer");
    folder.write(
        "vauban.overlay.yaml",
        "components:\n  aws_s3_bucket.pictures: {name: The pictures}\n  aws_s3_bucket.gone: {name: Gone}\n",
    );
    let list = folder.run(&["check", ".", "--format", "json"]);
    assert!(list.err.contains("aws_s3_bucket.gone") || list.out.contains("aws_s3_bucket.gone"), "{}", list.err);
    folder.run(&["can", "aws_iam_role.scaler", "s3:GetObject", "The pictures"]).exits(0);
}
