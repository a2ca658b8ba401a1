//! How AWS weighs policies, case by case.

use vauban_cloud::permissions::{Answer, Breadth, Request, Target};

use crate::world::terraform;
use Answer::{Allowed, Denied, Settable, Unknown};

/// A user `u` with an inline policy of these statements, beside other resources.
fn user(statements: &str, rest: &str) -> String {
    format!(
        r#"
data "aws_caller_identity" "current" {{}}
resource "aws_iam_user" "u" {{ name = "u" }}
resource "aws_iam_user_policy" "p" {{
  name   = "p"
  user   = aws_iam_user.u.name
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{statements}] }})
}}
{rest}
"#
    )
}

const ROLES: &str = r#"
resource "aws_iam_role" "admin" {
  name = "pl-admin"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}
resource "aws_iam_role" "other" {
  name = "other"
  path = "/service/"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = ["ec2.amazonaws.com"] } }] })
}
"#;

#[test]
fn a_role_may_be_passed_by_reference_name_pattern_and_account_and_only_that_one() {
    for resource in [
        "aws_iam_role.admin.arn",
        "\"arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/pl-admin\"",
        "\"arn:aws:iam::*:role/pl-*\"",
        "\"*\"",
    ] {
        let text = user(&format!("{{ Effect = \"Allow\", Action = \"iam:passrole\", Resource = {resource} }}"), ROLES);
        terraform(&text, |world| {
            assert_eq!(world.can("aws_iam_user.u", "iam:PassRole", "aws_iam_role.admin"), Allowed, "{resource}");
            let other = if resource == "\"*\"" { Allowed } else { Denied };
            assert_eq!(world.can("aws_iam_user.u", "iam:PassRole", "aws_iam_role.other"), other, "{resource}");
            assert_eq!(world.can("aws_iam_user.u", "iam:PassRoles", "aws_iam_role.admin"), Denied);
            assert_eq!(world.can("aws_iam_user.u", "iam:PassRole", "*"), Allowed);
        });
    }
}

#[test]
fn a_name_with_a_part_nobody_knows_is_the_same_name_on_both_sides() {
    let text = r#"
variable "suffix" {}
variable "other" {}
resource "aws_iam_user" "u" { name = "u-${var.suffix}" }
resource "aws_iam_role" "a" {
  name = "role-${var.suffix}"
  assume_role_policy = "{}"
}
resource "aws_iam_role" "b" {
  name = "role-${var.other}"
  assume_role_policy = "{}"
}
resource "aws_iam_role" "c" {
  name = "third-${var.other}"
  assume_role_policy = "{}"
}
resource "aws_iam_user_policy" "p" {
  user   = aws_iam_user.u.name
  policy = jsonencode({ Statement = { Effect = "Allow", Action = "iam:PassRole", Resource = "arn:aws:iam::*:role/role-${var.suffix}" } })
}
"#;
    terraform(text, |world| {
        assert_eq!(world.can("aws_iam_user.u", "iam:PassRole", "aws_iam_role.a"), Allowed);
        assert_eq!(world.can("aws_iam_user.u", "iam:PassRole", "aws_iam_role.b"), Unknown);
        assert_eq!(world.can("aws_iam_user.u", "iam:PassRole", "aws_iam_role.c"), Denied);
    });
}

#[test]
fn a_deny_wins_and_a_deny_on_something_else_does_not() {
    let deny = |resource: &str| {
        user(
            &format!(
                r#"{{ Effect = "Allow", Action = "*", Resource = "*" }}, {{ Effect = "Deny", Action = "iam:*", Resource = {resource} }}"#
            ),
            ROLES,
        )
    };
    terraform(&deny("\"*\""), |world| {
        let verdict = world.verdict("aws_iam_user.u", "iam:PassRole", "aws_iam_role.admin");
        assert_eq!(verdict.answer, Denied);
        assert!(verdict.statements.iter().any(|statement| !statement.allows));
        assert_eq!(world.can("aws_iam_user.u", "lambda:CreateFunction", "*"), Allowed);
        assert_eq!(world.admin("aws_iam_user.u"), Denied);
    });
    terraform(&deny("aws_iam_role.other.arn"), |world| {
        assert_eq!(world.can("aws_iam_user.u", "iam:PassRole", "aws_iam_role.admin"), Allowed);
        assert_eq!(world.can("aws_iam_user.u", "iam:PassRole", "aws_iam_role.other"), Denied);
        assert_eq!(world.admin("aws_iam_user.u"), Allowed);
    });
}

#[test]
fn what_is_left_out_of_an_allow_is_not_allowed() {
    let text = user(
        r#"{ Effect = "Allow", NotAction = ["iam:*", "organizations:*"], Resource = "*" },
           { Effect = "Allow", Action = "iam:PassRole", NotResource = "arn:aws:iam::*:role/pl-*" }"#,
        ROLES,
    );
    terraform(&text, |world| {
        assert_eq!(world.can("aws_iam_user.u", "ec2:RunInstances", "*"), Allowed);
        assert_eq!(world.can("aws_iam_user.u", "iam:CreateUser", "*"), Denied);
        assert_eq!(world.can("aws_iam_user.u", "iam:PassRole", "aws_iam_role.admin"), Denied);
        assert_eq!(world.can("aws_iam_user.u", "iam:PassRole", "aws_iam_role.other"), Allowed);
        assert_eq!(world.admin("aws_iam_user.u"), Denied);
    });
}

#[test]
fn what_the_caller_names_itself_must_be_nameable_and_not_denied() {
    let text = user(
        r#"{ Effect = "Allow", Action = "*", Resource = "arn:aws:s3:::logs/*" },
           { Effect = "Allow", Action = "lambda:*", Resource = "arn:aws:lambda:*:*:function:dev-*" },
           { Effect = "Deny", Action = "lambda:CreateFunction", Resource = "arn:aws:lambda:*:*:function:dev-a*" },
           { Effect = "Allow", Action = "glue:*", Resource = "arn:aws:glue:*:*:job/x-*" },
           { Effect = "Deny", Action = "glue:CreateJob", Resource = "arn:aws:glue:*:*:job/*" }"#,
        "",
    );
    terraform(&text, |world| {
        assert_eq!(world.can("aws_iam_user.u", "lambda:CreateFunction", "*"), Allowed);
        assert_eq!(world.can("aws_iam_user.u", "iam:CreateUser", "*"), Denied);
        assert_eq!(world.can("aws_iam_user.u", "glue:CreateJob", "*"), Denied);
        assert_eq!(world.can("aws_iam_user.u", "s3:PutObject", "*"), Allowed);
    });
}

#[test]
fn groups_managed_policies_and_every_way_of_attaching_count() {
    let text = r#"
resource "aws_iam_user" "a" { name = "a" }
resource "aws_iam_user" "b" { name = "b" }
resource "aws_iam_user" "c" { name = "c" }
resource "aws_iam_group" "g" { name = "g" }
resource "aws_iam_group_membership" "m" {
  name  = "m"
  group = aws_iam_group.g.name
  users = [aws_iam_user.a.name]
}
resource "aws_iam_user_group_membership" "n" {
  user   = aws_iam_user.b.name
  groups = ["g"]
}
resource "aws_iam_policy" "reader" {
  name   = "reader"
  policy = data.aws_iam_policy_document.reader.json
}
data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "Read"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["*"]
  }
}
resource "aws_iam_group_policy_attachment" "x" {
  group      = aws_iam_group.g.name
  policy_arn = aws_iam_policy.reader.arn
}
data "aws_iam_policy" "admin" { name = "AdministratorAccess" }
resource "aws_iam_policy_attachment" "y" {
  name       = "y"
  users      = [aws_iam_user.c.name]
  policy_arn = data.aws_iam_policy.admin.arn
}
resource "aws_iam_role" "r" {
  name                = "r"
  assume_role_policy  = "{}"
  managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
  inline_policy {
    name   = "inline"
    policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }] })
  }
}
"#;
    terraform(text, |world| {
        for user in ["aws_iam_user.a", "aws_iam_user.b"] {
            let verdict = world.verdict(user, "secretsmanager:GetSecretValue", "*");
            assert_eq!(verdict.answer, Allowed, "{user}");
            assert_eq!(verdict.statements[0].resource, world.at("aws_iam_policy.reader"));
            assert!(verdict.statements[0].text.contains("reader"));
            assert_eq!(world.can(user, "secretsmanager:PutSecretValue", "*"), Denied);
            let held = world.rights.held(world.principal(user));
            assert!(held.contains(&world.at("aws_iam_policy.reader")) && held.contains(&world.at("aws_iam_group.g")));
        }
        assert_eq!(world.admin("aws_iam_user.c"), Allowed);
        assert_eq!(world.admin("aws_iam_user.a"), Denied);
        assert_eq!(world.can("aws_iam_role.r", "s3:GetObject", "arn:aws:s3:::any/thing"), Allowed);
        assert_eq!(world.can("aws_iam_role.r", "s3:PutObject", "arn:aws:s3:::any/thing"), Denied);
        assert_eq!(world.can("aws_iam_role.r", "sqs:SendMessage", "*"), Allowed);
    });
}

#[test]
fn a_boundary_limits_and_one_nobody_knows_asks() {
    let text = |boundary: &str| {
        format!(
            r#"
variable "boundary" {{}}
resource "aws_iam_policy" "b" {{
  name   = "b"
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = ["s3:*", "iam:Get*"], Resource = "*" }}] }})
}}
resource "aws_iam_user" "u" {{
  name                 = "u"
  permissions_boundary = {boundary}
}}
resource "aws_iam_user_policy_attachment" "a" {{
  user       = aws_iam_user.u.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}}
"#
        )
    };
    terraform(&text("aws_iam_policy.b.arn"), |world| {
        assert_eq!(world.can("aws_iam_user.u", "s3:PutObject", "*"), Allowed);
        assert_eq!(world.can("aws_iam_user.u", "iam:CreateUser", "*"), Denied);
        assert_eq!(world.admin("aws_iam_user.u"), Denied);
    });
    terraform(&text("var.boundary"), |world| {
        assert_eq!(world.can("aws_iam_user.u", "s3:PutObject", "*"), Unknown);
        assert_eq!(world.admin("aws_iam_user.u"), Unknown);
    });
    terraform(&text("null"), |world| assert_eq!(world.admin("aws_iam_user.u"), Allowed));
}

fn trust(statement: &str, identity: &str) -> String {
    user(
        identity,
        &format!(
            r#"
resource "aws_iam_role" "r" {{
  name = "r"
  assume_role_policy = jsonencode({{ Statement = [{statement}] }})
}}
"#
        ),
    )
}

const NOTHING: &str = r#"{ Effect = "Allow", Action = "sts:GetCallerIdentity", Resource = "*" }"#;
const ASSUME: &str = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "*" }"#;

#[test]
fn a_trust_that_names_the_principal_is_enough_and_one_that_names_the_account_is_not() {
    let named = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = aws_iam_user.u.arn } }"#;
    let account = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" } }"#;
    let id = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = data.aws_caller_identity.current.account_id } }"#;
    let service = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }"#;
    let star = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = "*" }"#;
    for (statement, identity, expected) in [
        (named, NOTHING, Allowed),
        (account, NOTHING, Denied),
        (account, ASSUME, Allowed),
        (id, ASSUME, Allowed),
        (id, NOTHING, Denied),
        (service, ASSUME, Denied),
        (star, NOTHING, Allowed),
    ] {
        terraform(&trust(statement, identity), |world| {
            assert_eq!(world.can("aws_iam_user.u", "sts:AssumeRole", "aws_iam_role.r"), expected, "{statement}");
            let anybody = if statement == star { Allowed } else { Denied };
            assert_eq!(world.anyone("sts:AssumeRole", "aws_iam_role.r"), anybody, "{statement}");
        });
    }
}

#[test]
fn a_trust_with_an_external_id_says_what_it_leans_on_and_a_second_factor_can_be_enrolled() {
    let external = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = aws_iam_user.u.arn }, Condition = { StringEquals = { "sts:ExternalId" = "x" } } }"#;
    terraform(&trust(external, NOTHING), |world| {
        let verdict = world.verdict("aws_iam_user.u", "sts:AssumeRole", "aws_iam_role.r");
        assert_eq!(verdict.answer, Allowed);
        assert!(verdict.assumptions.iter().any(|text| text.contains("external id")));
    });
    let factor = |operator: &str| {
        format!(
            r#"{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ AWS = aws_iam_user.u.arn }}, Condition = {{ {operator} = {{ "aws:MultiFactorAuthPresent" = "true" }} }} }}"#
        )
    };
    terraform(&trust(&factor("Bool"), NOTHING), |world| {
        let verdict = world.verdict("aws_iam_user.u", "sts:AssumeRole", "aws_iam_role.r");
        assert_eq!(verdict.answer, Settable);
        assert_eq!(&*verdict.settable[0].what, "second factor");
        assert_eq!(verdict.settable[0].resource, world.at("aws_iam_user.u"));
        assert!(verdict.settable[0].by[0].iter().any(|one| &**one == "iam:EnableMFADevice"));
    });
    // With long-lived keys the key is absent, and `IfExists` lets that pass.
    terraform(&trust(&factor("BoolIfExists"), NOTHING), |world| {
        assert_eq!(world.can("aws_iam_user.u", "sts:AssumeRole", "aws_iam_role.r"), Allowed);
    });
}

#[test]
fn services_are_trusted_as_written() {
    terraform(&user(NOTHING, ROLES), |world| {
        let role = world.principal("aws_iam_role.admin");
        assert_eq!(world.rights.trusts_service(role, "lambda.amazonaws.com").answer, Allowed);
        assert_eq!(world.rights.trusts_service(role, "ec2.amazonaws.com").answer, Denied);
    });
    let own = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "glue.amazonaws.com" }, Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } } }"#;
    let other = r#"{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "glue.amazonaws.com" }, Condition = { StringEquals = { "aws:SourceAccount" = "aws_other" } } }"#;
    for (statement, expected) in [(own, Allowed), (other, Denied)] {
        terraform(&trust(statement, NOTHING), |world| {
            let role = world.principal("aws_iam_role.r");
            let answer = world.rights.trusts_service(role, "glue.amazonaws.com").answer;
            // The own account's number is not known, so another text may still be it.
            assert!(answer == expected || expected == Denied && answer == Unknown, "{statement}: {answer:?}");
        });
    }
}

#[test]
fn federated_trust_is_open_only_where_no_one_in_particular_is_named() {
    let with = |condition: &str| {
        format!(
            r#"
resource "aws_iam_openid_connect_provider" "github" {{
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}}
resource "aws_iam_role" "r" {{
  name = "r"
  assume_role_policy = jsonencode({{ Statement = [{{
    Effect    = "Allow"
    Action    = "sts:AssumeRoleWithWebIdentity"
    Principal = {{ Federated = aws_iam_openid_connect_provider.github.arn }}
    Condition = {condition}
  }}] }})
}}
"#
        )
    };
    let aud = r#"{ StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" } }"#;
    let open = r#"{ StringLike = { "token.actions.githubusercontent.com:sub" = "repo:*" } }"#;
    let ours = r#"{ StringLike = { "token.actions.githubusercontent.com:sub" = "repo:acme/*" } }"#;
    for (condition, expected) in [(aud, Allowed), (open, Allowed), (ours, Denied)] {
        terraform(&with(condition), |world| {
            assert_eq!(world.anyone("sts:AssumeRoleWithWebIdentity", "aws_iam_role.r"), expected, "{condition}");
            assert_eq!(world.anyone("sts:AssumeRole", "aws_iam_role.r"), Denied);
        });
    }
}

/// What of a build service a trust admits, by the provider's URL and the conditions: the subject and how wide it is.
fn admitted(issuer: &str, conditions: &str) -> Vec<(String, Breadth, Answer)> {
    let text = format!(
        r#"
variable "unset" {{ type = string }}
resource "aws_iam_openid_connect_provider" "p" {{
  url            = "https://{issuer}"
  client_id_list = ["sts.amazonaws.com"]
}}
resource "aws_iam_role" "r" {{
  name = "r"
  assume_role_policy = jsonencode({{ Statement = [{{
    Effect    = "Allow"
    Action    = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    Principal = {{ Federated = aws_iam_openid_connect_provider.p.arn }}
    Condition = {{ {conditions} }}
  }}] }})
}}
"#
    );
    let mut out = Vec::new();
    terraform(&text, |world| {
        let anyone = world.anyone("sts:AssumeRoleWithWebIdentity", "aws_iam_role.r");
        out = world.rights.builds().into_iter().map(|one| (one.id.to_string(), one.breadth, one.answer)).collect();
        assert!(out.is_empty() || anyone == Denied, "{conditions}: told twice");
    });
    out
}

#[test]
fn builds_are_graded_by_what_their_subject_leaves_open() {
    use Breadth::{One, Organisation, Repository};
    let github = "token.actions.githubusercontent.com";
    let like = |value: &str| format!(r#"StringLike = {{ "{github}:sub" = "{value}" }}"#);
    let equals = |value: &str| format!(r#"StringEquals = {{ "{github}:sub" = "{value}" }}"#);
    let circle = "oidc.circleci.com/org/1f2e";
    let bucket = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
    type Expected<'e> = Option<(&'e str, Breadth, Answer)>;
    let cases: Vec<(&str, String, Expected<'_>)> = vec![
        (github, like("repo:acme/shop:*"), Some(("repo:acme/shop:*", Repository, Allowed))),
        (github, like("repo:acme/shop:ref:refs/heads/*"), Some(("repo:acme/shop:*", Repository, Allowed))),
        (github, equals("repo:acme/shop:pull_request"), Some(("repo:acme/shop:*", Repository, Allowed))),
        (github, like("repo:acme/*"), Some(("repo:acme/*:*", Organisation, Allowed))),
        (github, like("repo:acme/*:ref:refs/heads/main"), Some(("repo:acme/*:*", Organisation, Allowed))),
        (github, like("repo:acme/shop*"), Some(("repo:acme/shop*:*", Organisation, Allowed))),
        (
            github,
            like("repo:acme/shop:ref:refs/heads/main"),
            Some(("repo:acme/shop:ref:refs/heads/main", One, Allowed)),
        ),
        (github, equals("repo:acme/shop:environment:prod"), Some(("repo:acme/shop:environment:prod", One, Allowed))),
        // A star is a star.
        (github, equals("repo:acme/shop:*"), None),
        (github, equals("repo:acme/*"), None),
        // Anybody's: told as such.
        (github, like("repo:*"), None),
        (github, format!(r#"StringEquals = {{ "{github}:aud" = "sts.amazonaws.com" }}"#), None),
        // Whatever the quantifier, the token has one subject.
        (
            github,
            format!(r#""ForAllValues:StringLike" = {{ "{github}:sub" = ["repo:acme/shop:*"] }}"#),
            Some(("repo:acme/shop:*", Repository, Allowed)),
        ),
        // One value for owner and repository, whatever they are called.
        (github, like("repo:${var.unset}:*"), Some(("repo:${var.unset}:*", Repository, Allowed))),
        (
            github,
            equals("repo:${var.unset}:environment:prod"),
            Some(("repo:${var.unset}:environment:prod", One, Allowed)),
        ),
        (github, like("repo:acme/shop:${var.unset}"), Some(("repo:acme/shop:*", Repository, Unknown))),
        (
            github,
            like("repo:acme/shop:ref:refs/heads/${var.unset}"),
            Some(("repo:acme/shop:ref:refs/heads/${var.unset}", One, Allowed)),
        ),
        (
            github,
            format!(r#"StringEquals = {{ "{github}:repository_owner" = "acme" }}"#),
            Some(("repo:acme/*:*", Organisation, Allowed)),
        ),
        // Whose a build is says nothing of its branch, by its number neither.
        (
            github,
            format!(r#"{}, StringEquals = {{ "{github}:repository_id" = "123456" }}"#, like("repo:acme/shop:*")),
            Some(("repo:acme/shop:*", Repository, Allowed)),
        ),
        (
            github,
            format!(
                r#"{}, StringEquals = {{ "{github}:repository_owner_id" = "9", "{github}:repository_visibility" = "private" }}"#,
                like("repo:acme/*")
            ),
            Some(("repo:acme/*:*", Organisation, Allowed)),
        ),
        (
            github,
            format!(
                r#"{}, StringEquals = {{ "{github}:repository_id" = "123456" }}"#,
                like("repo:acme/shop:ref:refs/heads/main")
            ),
            Some(("repo:acme/shop:ref:refs/heads/main", One, Allowed)),
        ),
        (
            github,
            format!(r#"StringEquals = {{ "{github}:repository_id" = "123456" }}"#),
            Some(("repo:repository_id=123456:*", Repository, Allowed)),
        ),
        (
            github,
            format!(r#"StringEquals = {{ "{github}:repository_owner_id" = "9", "{github}:enterprise_id" = "7" }}"#),
            Some(("repo:repository_owner_id=9/*:*", Organisation, Allowed)),
        ),
        (
            github,
            format!(r#"StringEquals = {{ "{github}:repository_owner" = "acme", "{github}:repository_id" = "123456" }}"#),
            Some(("repo:acme/repository_id=123456:*", Repository, Allowed)),
        ),
        (github, format!(r#"StringEquals = {{ "{github}:repository_visibility" = "private" }}"#), None),
        // That a claim is there names nobody.
        (github, format!(r#"Null = {{ "{github}:repository_id" = "false" }}"#), None),
        (
            github,
            format!(r#"{}, Null = {{ "{github}:repository_id" = "false" }}"#, like("repo:acme/shop:*")),
            Some(("repo:acme/shop:*", Repository, Allowed)),
        ),
        (
            "gitlab.com",
            r#"StringLike = { "gitlab.com:sub" = "project_path:acme/shop:*" }, StringEquals = { "gitlab.com:project_id" = "5", "gitlab.com:namespace_id" = "6" }"#
                .into(),
            Some(("project_path:acme/shop:*", Repository, Allowed)),
        ),
        (
            "agent.buildkite.com",
            r#"StringLike = { "agent.buildkite.com:sub" = "organization:acme:pipeline:shop:*" }, StringEquals = { "aws:RequestTag/organization_id" = "0184990a" }"#
                .into(),
            Some(("organization:acme:pipeline:shop:*", Repository, Allowed)),
        ),
        (
            "gitlab.com",
            r#"StringLike = { "gitlab.com:sub" = "project_path:acme/shop:ref_type:branch:ref:*" }"#.into(),
            Some(("project_path:acme/shop:*", Repository, Allowed)),
        ),
        (
            "gitlab.com",
            r#"StringLike = { "gitlab.com:sub" = "project_path:acme/*:ref_type:branch:ref:main" }"#.into(),
            Some(("project_path:acme/*:*", Organisation, Allowed)),
        ),
        (
            "git.acme.example",
            r#"StringLike = { "git.acme.example:sub" = "project_path:acme/shop:*" }"#.into(),
            Some(("project_path:acme/shop:*", Repository, Allowed)),
        ),
        (
            "app.terraform.io",
            r#"StringLike = { "app.terraform.io:sub" = "organization:acme:project:*:workspace:*:run_phase:*" }"#.into(),
            Some(("organization:acme:project:*:*", Organisation, Allowed)),
        ),
        (
            "app.terraform.io",
            r#"StringLike = { "app.terraform.io:sub" = "organization:acme:project:p:workspace:w:run_phase:*" }"#.into(),
            Some(("organization:acme:project:p:workspace:w:run_phase:*", One, Allowed)),
        ),
        (
            "app.terraform.io",
            r#"StringLike = { "app.terraform.io:sub" = "organization:acme:*" }"#.into(),
            Some(("organization:acme:project:*:*", Organisation, Allowed)),
        ),
        (
            "agent.buildkite.com",
            r#"StringLike = { "agent.buildkite.com:sub" = "organization:acme:pipeline:shop:*" }"#.into(),
            Some(("organization:acme:pipeline:shop:*", Repository, Allowed)),
        ),
        (
            "agent.buildkite.com",
            r#"StringLike = { "agent.buildkite.com:sub" = "organization:acme:pipeline:shop:ref:refs/heads/main:*" }"#
                .into(),
            Some(("organization:acme:pipeline:shop:ref:refs/heads/main:*", One, Allowed)),
        ),
        (
            "agent.buildkite.com",
            r#"StringEquals = { "aws:RequestTag/organization_slug" = "acme" }"#.into(),
            Some(("organization:acme:pipeline:*:*", Organisation, Allowed)),
        ),
        // Each organisation has an issuer of its own: only its builds come.
        (
            circle,
            format!(r#"StringEquals = {{ "{circle}:aud" = "1f2e" }}"#),
            Some(("org/1f2e/project/*/*", Organisation, Allowed)),
        ),
        (
            circle,
            format!(r#"StringLike = {{ "{circle}:sub" = "org/1f2e/project/77/user/*" }}"#),
            Some(("org/1f2e/project/77/*", Repository, Allowed)),
        ),
        (
            bucket,
            format!(r#"StringEquals = {{ "{bucket}:aud" = "ari:cloud:bitbucket::workspace/w" }}"#),
            Some(("Bitbucket/acme:*:*", Organisation, Allowed)),
        ),
        (
            bucket,
            format!(r#"StringLike = {{ "{bucket}:sub" = "{{8e6e}}*" }}"#),
            Some(("Bitbucket/acme:{8e6e}:*", Repository, Allowed)),
        ),
        (
            bucket,
            format!(r#"StringLike = {{ "{bucket}:sub" = "{{8e6e}}:{{77aa}}:*" }}"#),
            Some(("Bitbucket/acme:{8e6e}:{77aa}:*", One, Allowed)),
        ),
        // An enterprise has an issuer of its own, and several organisations.
        (
            "token.actions.githubusercontent.com/acme",
            r#"StringLike = { "token.actions.githubusercontent.com/acme:sub" = "repo:shops/web:*" }"#.into(),
            Some(("repo:shops/web:*", Repository, Allowed)),
        ),
        (
            "token.actions.githubusercontent.com/acme",
            r#"StringLike = { "token.actions.githubusercontent.com/acme:sub" = "repo:*" }"#.into(),
            Some(("repo:acme/*:*", Organisation, Allowed)),
        ),
        // Accounts of a cluster are no builds.
        (
            "oidc.eks.eu-west-1.amazonaws.com/id/AB",
            r#"StringEquals = { "oidc.eks.eu-west-1.amazonaws.com/id/AB:sub" = "system:serviceaccount:a:b" }"#.into(),
            None,
        ),
    ];
    for (issuer, conditions, expected) in cases {
        let expected: Vec<_> =
            expected.into_iter().map(|(id, breadth, answer)| (id.to_owned(), breadth, answer)).collect();
        assert_eq!(admitted(issuer, &conditions), expected, "{conditions}");
    }
}

#[test]
fn builds_are_told_of_every_owner_and_repository_that_a_trust_names() {
    let github = "token.actions.githubusercontent.com";
    let ids = |conditions: &str| {
        let mut ids: Vec<String> = admitted(github, conditions).into_iter().map(|(id, _, _)| id).collect();
        ids.sort_unstable();
        ids
    };
    let of = |claim: &str, values: &str| format!(r#"StringEquals = {{ "{github}:{claim}" = [{values}] }}"#);
    let repositories = of("repository", r#""shop/app", "acme/tool""#);
    assert_eq!(ids(&repositories), ["repo:acme/tool:*", "repo:shop/app:*"]);
    assert_eq!(ids(&of("repository_owner", r#""shop", "acme""#)), ["repo:acme/*:*", "repo:shop/*:*"]);
    assert_eq!(ids(&of("repository_id", r#""1", "2""#)), ["repo:repository_id=1:*", "repo:repository_id=2:*"]);
}

#[test]
fn what_ended_is_closed_and_what_began_is_open() {
    let cases = [
        (r#"DateLessThan = { "aws:CurrentTime" = "2021-07-01T00:00:00Z" }"#, Denied),
        (r#"DateLessThanEquals = { "aws:EpochTime" = "1600000000" }"#, Denied),
        (r#"DateGreaterThan = { "aws:CurrentTime" = "2021-07-01T00:00:00Z" }"#, Allowed),
        (r#"DateLessThan = { "aws:CurrentTime" = "2099-07-01T00:00:00Z" }"#, Unknown),
        (r#"DateGreaterThan = { "aws:CurrentTime" = "2099-07-01T00:00:00Z" }"#, Unknown),
        (
            r#"DateGreaterThan = { "aws:CurrentTime" = "2020-07-01T00:00:00Z" }, DateLessThan = { "aws:CurrentTime" = "2021-07-01T00:00:00Z" }"#,
            Denied,
        ),
        // Keys of a user were issued at no time.
        (r#"DateGreaterThan = { "aws:TokenIssueTime" = "2021-07-01T00:00:00Z" }"#, Denied),
        // A service may call on its behalf; this is a call of its own.
        (r#"Bool = { "aws:ViaAWSService" = "true" }"#, Denied),
        (r#""ForAnyValue:StringEquals" = { "aws:CalledVia" = "cloudformation.amazonaws.com" }"#, Denied),
    ];
    for (condition, expected) in cases {
        let text = user(
            &format!(
                r#"{{ Effect = "Allow", Action = "s3:PutObject", Resource = "*", Condition = {{ {condition} }} }}"#
            ),
            "resource \"aws_s3_bucket\" \"b\" { bucket = \"b\" }\n",
        );
        terraform(&text, |world| {
            assert_eq!(world.can("aws_iam_user.u", "s3:PutObject", "aws_s3_bucket.b"), expected, "{condition}");
        });
    }
}

#[test]
fn a_session_limited_to_documents_runs_what_they_run() {
    let check = r#", Condition = { BoolIfExists = { "ssm:SessionDocumentAccessCheck" = "true" } }"#;
    let cases = [
        ("AWS-StartPortForwardingSession", check, Denied),
        ("SSM-SessionManagerRunShell", check, Allowed),
        ("*", check, Allowed),
        ("tunnel", check, Denied),
        ("shell", check, Allowed),
        ("made-elsewhere", check, Unknown),
        // Nobody checks the document of a shell unless that is asked for.
        ("AWS-StartPortForwardingSession", "", Allowed),
    ];
    let documents = r#"
resource "aws_instance" "i" { ami = "x" }
resource "aws_ssm_document" "tunnel" {
  name          = "tunnel"
  document_type = "Session"
  content       = jsonencode({ schemaVersion = "1.0", sessionType = "Port" })
}
resource "aws_ssm_document" "shell" {
  name          = "shell"
  document_type = "Session"
  content       = jsonencode({ schemaVersion = "1.0", sessionType = "InteractiveCommands" })
}
"#;
    for (document, condition, expected) in cases {
        let text = user(
            &format!(
                r#"{{ Effect = "Allow", Action = "ssm:StartSession", Resource = ["arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:*:*:document/{document}"]{condition} }}"#
            ),
            documents,
        );
        terraform(&text, |world| {
            let answer = world.can("aws_iam_user.u", "ssm:StartSession", "aws_instance.i");
            assert_eq!(answer, expected, "{document} {condition}");
        });
    }
}

#[test]
fn whoever_says_who_uses_a_key_uses_it() {
    let cases = [
        ("kms:DescribeKey", "", Denied),
        ("kms:PutKeyPolicy", "", Allowed),
        ("kms:CreateGrant", "", Allowed),
        ("kms:CreateGrant", r#", Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }"#, Denied),
    ];
    for (action, condition, expected) in cases {
        let text = user(
            r#"{ Effect = "Allow", Action = "ssm:GetParameter", Resource = "*" }"#,
            &format!(
                r#"
resource "aws_kms_key" "k" {{
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "{action}", Principal = {{ AWS = aws_iam_user.u.arn }}, Resource = "*"{condition} }}] }})
}}
resource "aws_ssm_parameter" "p" {{
  name   = "p"
  type   = "SecureString"
  key_id = aws_kms_key.k.arn
  value  = "x"
}}
"#
            ),
        );
        terraform(&text, |world| {
            let answer = world.can("aws_iam_user.u", "ssm:GetParameter", "aws_ssm_parameter.p");
            assert_eq!(answer, expected, "{action} {condition}");
        });
    }
}

#[test]
fn a_condition_on_a_tag_holds_fails_or_can_be_set() {
    let text = |tags: &str| {
        user(
            r#"{ Effect = "Allow", Action = "ssm:StartSession", Resource = "*", Condition = { StringEquals = { "ssm:resourceTag/StartSession" = "true" } } }"#,
            &format!("resource \"aws_instance\" \"i\" {{\n  ami = \"x\"\n  tags = {tags}\n}}\n"),
        )
    };
    terraform(&text("{ StartSession = \"true\" }"), |world| {
        assert_eq!(world.can("aws_iam_user.u", "ssm:StartSession", "aws_instance.i"), Allowed);
    });
    terraform(&text("{ StartSession = \"false\" }"), |world| {
        let verdict = world.verdict("aws_iam_user.u", "ssm:StartSession", "aws_instance.i");
        assert_eq!(verdict.answer, Settable);
        assert_eq!(&*verdict.settable[0].what, "tag StartSession=true");
        assert_eq!(verdict.settable[0].by, vec![vec!["ec2:CreateTags".into()]]);
        assert_eq!(verdict.settable[0].resource, world.at("aws_instance.i"));
    });
}

#[test]
fn a_deny_on_a_tag_falls_with_the_tag() {
    let text = user(
        r#"{ Effect = "Allow", Action = "ec2:*", Resource = "*" },
           { Effect = "Deny", Action = "ec2:StopInstances", Resource = "*", Condition = { StringEquals = { "aws:ResourceTag/Locked" = "yes" } } }"#,
        r#"
resource "aws_instance" "locked" {
  ami  = "x"
  tags = { Locked = "yes" }
}
resource "aws_instance" "free" { ami = "x" }
"#,
    );
    terraform(&text, |world| {
        assert_eq!(world.can("aws_iam_user.u", "ec2:StopInstances", "aws_instance.free"), Allowed);
        let verdict = world.verdict("aws_iam_user.u", "ec2:StopInstances", "aws_instance.locked");
        assert_eq!(verdict.answer, Settable);
        assert!(verdict.settable[0].by.contains(&vec!["ec2:DeleteTags".into()]));
    });
}

#[test]
fn a_role_is_passed_to_the_service_that_the_condition_names() {
    let text = user(
        r#"{ Effect = "Allow", Action = "iam:PassRole", Resource = "*", Condition = { StringEquals = { "iam:PassedToService" = ["lambda.amazonaws.com"] } } }"#,
        ROLES,
    );
    terraform(&text, |world| {
        for (service, expected) in [("lambda.amazonaws.com", Allowed), ("ec2.amazonaws.com", Denied)] {
            let request = Request { passed_to: Some(service), context: Vec::new() };
            let verdict = world.asking("aws_iam_user.u", "iam:PassRole", "aws_iam_role.admin", &request);
            assert_eq!(verdict.answer, expected, "{service}");
        }
    });
}

#[test]
fn a_users_own_name_stands_for_its_variable() {
    let text = user(
        r#"{ Effect = "Allow", Action = "iam:CreateAccessKey", Resource = "arn:aws:iam::*:user/&{aws:username}" }"#,
        "resource \"aws_iam_user\" \"v\" { name = \"v\" }",
    )
    .replace("&{", "$${");
    terraform(&text, |world| {
        assert_eq!(world.can("aws_iam_user.u", "iam:CreateAccessKey", "aws_iam_user.u"), Allowed);
        assert_eq!(world.can("aws_iam_user.u", "iam:CreateAccessKey", "aws_iam_user.v"), Denied);
    });
}

#[test]
fn a_buckets_policy_allows_denies_and_shuts_out() {
    let bucket = |policy: &str| {
        format!(
            r#"
resource "aws_s3_bucket" "b" {{ bucket = "data" }}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Statement = [{policy}] }})
}}
resource "aws_s3_object" "o" {{
  bucket = aws_s3_bucket.b.id
  key    = "flag"
}}
resource "aws_iam_role" "r" {{
  name               = "r"
  assume_role_policy = "{{}}"
}}
"#
        )
    };
    let read = r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::data/*" }"#;
    let grant = r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*", Principal = { AWS = aws_iam_user.u.arn } }"#;
    terraform(&user(NOTHING, &bucket(grant)), |world| {
        assert_eq!(world.can("aws_iam_user.u", "s3:GetObject", "aws_s3_object.o"), Allowed);
        assert_eq!(world.can("aws_iam_user.u", "s3:GetObject", "aws_s3_bucket.b"), Allowed);
        assert_eq!(world.can("aws_iam_user.u", "s3:PutObject", "aws_s3_object.o"), Denied);
        assert_eq!(world.can("aws_iam_role.r", "s3:GetObject", "aws_s3_object.o"), Denied);
        assert_eq!(world.anyone("s3:GetObject", "aws_s3_object.o"), Denied);
    });
    // Only the role may, whatever identities allow.
    let exclusive = r#"{ Effect = "Deny", Action = "s3:*", Resource = ["arn:aws:s3:::data", "arn:aws:s3:::data/*"], Principal = "*", Condition = { StringNotEquals = { "aws:PrincipalArn" = aws_iam_role.r.arn } } }, { Effect = "Allow", Action = "s3:*", Resource = "arn:aws:s3:::data/*", Principal = { AWS = aws_iam_role.r.arn } }"#;
    terraform(&user(read, &bucket(exclusive)), |world| {
        assert_eq!(world.can("aws_iam_user.u", "s3:GetObject", "aws_s3_object.o"), Denied);
        assert_eq!(world.can("aws_iam_role.r", "s3:GetObject", "aws_s3_object.o"), Allowed);
    });
    let not = r#"{ Effect = "Deny", Action = "s3:*", Resource = "arn:aws:s3:::data/*", NotPrincipal = { AWS = aws_iam_role.r.arn } }"#;
    terraform(&user(read, &bucket(not)), |world| {
        assert_eq!(world.can("aws_iam_user.u", "s3:GetObject", "aws_s3_object.o"), Denied);
    });
    let public =
        r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::data/public/*", Principal = "*" }"#;
    terraform(&user(NOTHING, &bucket(public)), |world| {
        assert_eq!(world.anyone("s3:GetObject", "aws_s3_bucket.b"), Allowed);
        assert_eq!(world.anyone("s3:GetObject", "aws_s3_object.o"), Denied);
    });
    let closed = format!(
        "{}\nresource \"aws_s3_bucket_public_access_block\" \"b\" {{\n  bucket = aws_s3_bucket.b.id\n  restrict_public_buckets = true\n}}\n",
        bucket(public)
    );
    terraform(&user(NOTHING, &closed), |world| assert_eq!(world.anyone("s3:GetObject", "aws_s3_bucket.b"), Denied));
}

#[test]
fn a_key_is_used_as_its_own_policy_has_it() {
    let key = |policy: &str| format!("resource \"aws_kms_key\" \"k\" {{\n{policy}\n}}\n");
    let decrypt = r#"{ Effect = "Allow", Action = "kms:Decrypt", Resource = "*" }"#;
    let root = r#"policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" } }] })"#;
    let other = r#"policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/x" } }] })"#;
    for (policy, expected) in [("", Allowed), (root, Allowed), (other, Denied)] {
        terraform(&user(decrypt, &key(policy)), |world| {
            assert_eq!(world.can("aws_iam_user.u", "kms:Decrypt", "aws_kms_key.k"), expected, "{policy}");
        });
    }
}

#[test]
fn a_key_that_its_account_rules_beside_a_role_of_it_tells_the_account() {
    let key = |role_of: &str| {
        let rules = |who: &str| {
            format!(r#"{{ Effect = "Allow", Action = "kms:*", Resource = "*", Principal = {{ AWS = "{who}" }} }}"#)
        };
        let whole = rules("arn:aws:iam::111122223333:root");
        let role = rules(&format!("arn:aws:iam::{role_of}:role/keeper"));
        format!("resource \"aws_kms_key\" \"k\" {{\npolicy = jsonencode({{ Statement = [{whole}, {role}] }})\n}}\n")
    };
    terraform(&key("111122223333"), |world| assert!(world.rights.foreign("111122223333").is_none()));
    // Two accounts rule it: nobody can tell which is its own.
    terraform(&key("444455556666"), |world| assert!(world.rights.foreign("111122223333").is_some()));
}

#[test]
fn across_accounts_both_sides_have_to_allow() {
    let text = |identity: &str, trusted: &str| {
        format!(
            r#"
variable "dev_account_id" {{}}
variable "prod_account_id" {{}}
provider "aws" {{ alias = "dev" }}
provider "aws" {{ alias = "prod" }}
resource "aws_iam_user" "u" {{
  provider = aws.dev
  name     = "u"
}}
resource "aws_iam_user_policy" "p" {{
  provider = aws.dev
  user     = aws_iam_user.u.name
  policy   = jsonencode({{ Statement = [{identity}] }})
}}
resource "aws_iam_role" "r" {{
  provider           = aws.prod
  name               = "r"
  assume_role_policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ AWS = "{trusted}" }} }}] }})
}}
"#
        )
    };
    let named =
        r#"{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "arn:aws:iam::${var.prod_account_id}:role/r" }"#;
    let wrong =
        r#"{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "arn:aws:iam::${var.dev_account_id}:role/r" }"#;
    let root = "arn:aws:iam::${var.dev_account_id}:root";
    let own = "arn:aws:iam::${var.prod_account_id}:root";
    for (identity, trusted, expected) in [
        (named, root, Allowed),
        (wrong, root, Denied),
        (named, own, Denied),
        (NOTHING, "arn:aws:iam::${var.dev_account_id}:user/u", Denied),
        (named, "arn:aws:iam::${var.dev_account_id}:user/u", Allowed),
    ] {
        terraform(&text(identity, trusted), |world| {
            assert_eq!(
                world.can("aws_iam_user.u", "sts:AssumeRole", "aws_iam_role.r"),
                expected,
                "{identity} {trusted}"
            );
            assert_eq!(&*world.rights.account_of(world.at("aws_iam_role.r")), "prod");
        });
    }
}

#[test]
fn machines_functions_and_tasks_act_as_their_roles() {
    let text = r#"
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = "{}"
}
resource "aws_iam_role" "execution" {
  name               = "execution"
  assume_role_policy = "{}"
}
resource "aws_iam_instance_profile" "p" {
  name = "p"
  role = aws_iam_role.r.name
}
resource "aws_instance" "i" {
  ami                  = "x"
  iam_instance_profile = aws_iam_instance_profile.p.name
}
resource "aws_launch_template" "t" {
  iam_instance_profile { arn = aws_iam_instance_profile.p.arn }
}
resource "aws_autoscaling_group" "g" {
  launch_template { id = aws_launch_template.t.id }
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.r.arn
}
resource "aws_ecs_task_definition" "d" {
  family             = "d"
  task_role_arn      = aws_iam_role.r.arn
  execution_role_arn = aws_iam_role.execution.arn
}
resource "aws_ecs_service" "s" {
  name            = "s"
  task_definition = aws_ecs_task_definition.d.arn
}
resource "aws_lambda_function" "bare" {
  function_name = "bare"
  role          = "arn:aws:iam::123456789012:role/else"
}
"#;
    terraform(text, |world| {
        let role = world.principal("aws_iam_role.r");
        for address in [
            "aws_instance.i",
            "aws_launch_template.t",
            "aws_autoscaling_group.g",
            "aws_lambda_function.f",
            "aws_ecs_task_definition.d",
            "aws_ecs_service.s",
        ] {
            assert_eq!(world.rights.runs_as(world.at(address)), [role], "{address}");
        }
        assert!(world.rights.runs_as(world.at("aws_lambda_function.bare")).is_empty());
    });
}

#[test]
fn functions_answer_whom_their_permissions_name() {
    let text = user(
        NOTHING,
        r#"
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = "x"
}
resource "aws_lambda_permission" "events" {
  function_name = aws_lambda_function.f.function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
}
resource "aws_lambda_function" "public" {
  function_name = "public"
  role          = "x"
}
resource "aws_lambda_function_url" "public" {
  function_name      = aws_lambda_function.public.function_name
  authorization_type = "NONE"
}
resource "aws_lambda_permission" "user" {
  function_name = aws_lambda_function.public.arn
  action        = "lambda:InvokeFunction"
  principal     = aws_iam_user.u.arn
}
"#,
    );
    terraform(&text, |world| {
        assert_eq!(world.anyone("lambda:InvokeFunction", "aws_lambda_function.f"), Denied);
        assert_eq!(world.can("aws_iam_user.u", "lambda:InvokeFunction", "aws_lambda_function.f"), Denied);
        assert_eq!(world.anyone("lambda:InvokeFunctionUrl", "aws_lambda_function.public"), Allowed);
        assert_eq!(world.can("aws_iam_user.u", "lambda:InvokeFunction", "aws_lambda_function.public"), Allowed);
    });
}

#[test]
fn what_an_attached_policy_says_that_nobody_has_asks() {
    let text = r#"
variable "policy" {}
resource "aws_iam_user" "u" { name = "u" }
resource "aws_iam_user_policy_attachment" "a" {
  user       = aws_iam_user.u.name
  policy_arn = var.policy
}
"#;
    terraform(text, |world| {
        let verdict = world.verdict("aws_iam_user.u", "s3:GetObject", "*");
        assert_eq!(verdict.answer, Unknown);
        assert!(verdict.assumptions[0].contains("var.policy"));
    });
}

#[test]
fn an_organisations_policy_denies_in_the_account_it_is_attached_to() {
    let text = |target: &str| {
        user(
            r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#,
            &format!(
                r#"
resource "aws_organizations_policy" "scp" {{
  name    = "scp"
  content = jsonencode({{ Statement = [{{ Effect = "Deny", Action = "iam:*", Resource = "*" }}] }})
}}
resource "aws_organizations_policy_attachment" "a" {{
  policy_id = aws_organizations_policy.scp.id
  target_id = {target}
}}
variable "ou" {{}}
"#
            ),
        )
    };
    terraform(&text("data.aws_caller_identity.current.account_id"), |world| {
        assert_eq!(world.can("aws_iam_user.u", "iam:CreateUser", "*"), Denied);
        assert_eq!(world.can("aws_iam_user.u", "s3:GetObject", "*"), Allowed);
    });
    terraform(&text("var.ou"), |world| assert_eq!(world.can("aws_iam_user.u", "iam:CreateUser", "*"), Unknown));
}

#[test]
fn changing_ones_own_rights_is_told_from_ruling() {
    let text = user(
        r#"{ Effect = "Allow", Action = "iam:PutUserPolicy", Resource = aws_iam_user.u.arn }"#,
        "resource \"aws_iam_user\" \"v\" { name = \"v\" }",
    );
    terraform(&text, |world| {
        assert_eq!(world.admin("aws_iam_user.u"), Denied);
        assert_eq!(world.rights.rewrites_itself(world.principal("aws_iam_user.u")).answer, Allowed);
        assert_eq!(world.rights.rewrites_itself(world.principal("aws_iam_user.v")).answer, Denied);
    });
    terraform(&user(r#"{ Effect = "Allow", Action = "iam:*", Resource = "*" }"#, ""), |world| {
        assert_eq!(world.admin("aws_iam_user.u"), Allowed);
    });
}

#[test]
fn a_policy_of_the_provider_that_only_reads_by_its_name_is_asked_about_for_reading_alone() {
    let attached = |policy: &str| {
        format!(
            r#"
resource "aws_iam_user" "u" {{ name = "u" }}
resource "aws_iam_user_policy_attachment" "u" {{
  user       = aws_iam_user.u.name
  policy_arn = "arn:aws:iam::aws:policy/{policy}"
}}
resource "aws_s3_bucket" "b" {{ bucket = "b" }}
{ROLES}
"#
        )
    };
    for (policy, write) in [("NewServiceReadOnlyAccess", Denied), ("NewServiceAccess", Unknown)] {
        terraform(&attached(policy), |world| {
            assert_eq!(world.can("aws_iam_user.u", "s3:GetObject", "aws_s3_bucket.b"), Unknown, "{policy}");
            assert_eq!(world.can("aws_iam_user.u", "iam:AttachRolePolicy", "aws_iam_role.admin"), write, "{policy}");
            assert_eq!(world.can("aws_iam_user.u", "lambda:CreateFunction", "*"), write, "{policy}");
        });
    }
}

#[test]
fn a_right_to_one_object_of_the_code_is_none_to_its_bucket() {
    let text = user(
        r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = ["${aws_s3_bucket.one.arn}/flag", "${aws_s3_bucket.two.arn}/logs/*", "${aws_s3_bucket.three.arn}/state"] }"#,
        r#"
resource "aws_s3_bucket" "one" { bucket = "one" }
resource "aws_s3_bucket" "two" { bucket = "two" }
resource "aws_s3_bucket" "three" { bucket = "three" }
resource "aws_s3_object" "flag" {
  bucket = aws_s3_bucket.one.id
  key    = "flag"
}
resource "aws_s3_object" "secret" {
  bucket = aws_s3_bucket.one.id
  key    = "secret"
}
"#,
    );
    terraform(&text, |world| {
        let can = |target| world.can("aws_iam_user.u", "s3:GetObject", target);
        assert_eq!(can("aws_s3_object.flag"), Allowed);
        assert_eq!(can("aws_s3_object.secret"), Denied);
        assert_eq!(can("aws_s3_bucket.one"), Denied);
        assert_eq!(can("aws_s3_bucket.two"), Allowed);
        // What the code does not have may be anything the bucket is for.
        assert_eq!(can("aws_s3_bucket.three"), Allowed);
    });
}

#[test]
fn policies_of_the_provider_that_read_by_name_change_nothing() {
    let folder = crate::world::root().join("library/permissions");
    let rules: String = std::fs::read_to_string(folder.join("aws.toml")).unwrap();
    let list = |key: &str| -> Vec<String> {
        let from = rules.split_once("[managed]\n").unwrap().1;
        let line = from.lines().find(|line| line.starts_with(&format!("{key} ="))).unwrap();
        line.split('"').skip(1).step_by(2).map(str::to_ascii_lowercase).collect()
    };
    let (reading, never, except) = (list("reading"), list("never"), list("except"));
    let mut policies = 0;
    for file in ["aws-managed-1.txt", "aws-managed-2.txt"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap().to_ascii_lowercase();
        let mut name = "";
        for line in text.lines() {
            if let Some(found) = line.strip_prefix('=') {
                name = found;
                policies += usize::from(reading.iter().any(|word| name.contains(word.as_str())));
            } else if let Some(rest) = line.strip_prefix('+')
                && reading.iter().any(|word| name.contains(word.as_str()))
            {
                assert!(!rest.starts_with('!'), "{name}");
                for group in rest.split('\t').nth(1).unwrap().split(' ') {
                    let (service, actions) = group.split_once(':').unwrap();
                    for action in actions.split(',').filter(|_| !except.iter().any(|one| one == service)) {
                        assert!(!never.iter().any(|start| action.starts_with(start.as_str())), "{name}: {action}");
                    }
                }
            }
        }
    }
    assert!(policies > 100, "{policies}");
}

#[test]
fn the_policy_of_a_bucket_speaks_of_objects_that_nobody_wrote_down() {
    let text = user(
        r#"{ Effect = "Allow", Action = "s3:*", Resource = "*" }"#,
        r#"
resource "aws_s3_bucket" "open" { bucket = "open-to-u" }
resource "aws_s3_bucket" "shut" { bucket = "shut" }
resource "aws_iam_user" "v" { name = "v" }
resource "aws_s3_bucket_policy" "open" {
  bucket = aws_s3_bucket.open.id
  policy = jsonencode({ Statement = [
    { Effect = "Allow", Action = "s3:GetObject", Principal = { AWS = aws_iam_user.v.arn }, Resource = "${aws_s3_bucket.open.arn}/in/*" },
  ] })
}
resource "aws_s3_bucket_policy" "shut" {
  bucket = aws_s3_bucket.shut.id
  policy = jsonencode({ Statement = [
    { Effect = "Deny", Action = "s3:*", Principal = "*", Resource = "${aws_s3_bucket.shut.arn}/*" },
  ] })
}
"#,
    );
    terraform(&text, |world| {
        let get = |who, what| world.can(who, "s3:GetObject", what);
        assert_eq!(get("aws_iam_user.v", "arn:aws:s3:::open-to-u/in/a/b"), Allowed);
        assert_eq!(get("aws_iam_user.v", "arn:aws:s3:::open-to-u/out"), Denied);
        assert_eq!(get("aws_iam_user.v", "arn:aws:s3:::open-to-you/in/a"), Denied);
        assert_eq!(get("aws_iam_user.u", "arn:aws:s3:::shut/a"), Denied);
        assert_eq!(get("aws_iam_user.u", "arn:aws:s3:::open-to-u/a"), Allowed);
    });
}

#[test]
fn a_boundary_that_a_condition_asks_for_is_that_of_whom_the_action_changes() {
    let text = user(
        r#"{ Effect = "Allow", Action = ["iam:PutRolePolicy", "iam:CreateRole"], Resource = "*", Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.edge.arn } } }"#,
        r#"
resource "aws_iam_policy" "edge" {
  name   = "edge"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}
resource "aws_iam_role" "bound" {
  name                 = "bound"
  permissions_boundary = aws_iam_policy.edge.arn
  assume_role_policy   = jsonencode({ Statement = [] })
}
resource "aws_iam_role" "other" {
  name                 = "other"
  permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  assume_role_policy   = jsonencode({ Statement = [] })
}
resource "aws_iam_role" "free" {
  name               = "free"
  assume_role_policy = jsonencode({ Statement = [] })
}
data "aws_iam_role" "found" { name = "found" }
"#,
    );
    terraform(&text, |world| {
        let put = |role| world.can("aws_iam_user.u", "iam:PutRolePolicy", role);
        assert_eq!(put("aws_iam_role.bound"), Allowed);
        assert_eq!(put("aws_iam_role.other"), Denied);
        assert_eq!(put("aws_iam_role.free"), Denied);
        assert_eq!(put("data.aws_iam_role.found"), Unknown);
        assert_eq!(put("*"), Denied);
        // Whoever makes a role says which boundary it gets.
        assert_eq!(world.can("aws_iam_user.u", "iam:CreateRole", "*"), Allowed);
        assert_eq!(world.admin("aws_iam_user.u"), Denied);
    });
}

#[test]
fn a_pool_without_guests_gives_nobody_the_role_of_guests() {
    let text = |admits: &str| {
        format!(
            r#"
resource "aws_cognito_identity_pool" "app" {{
  identity_pool_name = "app"
  {admits}
}}
variable "guests" {{ type = bool }}
resource "aws_iam_role" "guest" {{
  name = "guest"
  assume_role_policy = jsonencode({{ Statement = [{{
    Effect    = "Allow"
    Action    = "sts:AssumeRoleWithWebIdentity"
    Principal = {{ Federated = "cognito-identity.amazonaws.com" }}
    Condition = {{
      StringEquals             = {{ "cognito-identity.amazonaws.com:aud" = aws_cognito_identity_pool.app.id }}
      "ForAnyValue:StringLike" = {{ "cognito-identity.amazonaws.com:amr" = "unauthenticated" }}
    }}
  }}] }})
}}
"#
        )
    };
    let classic = "\n  allow_classic_flow = true";
    // In the enhanced flow guests get the role that is attached, and of it what the provider leaves them.
    let attached = "\n}\nresource \"aws_cognito_identity_pool_roles_attachment\" \"a\" {\n  identity_pool_id = \
                    aws_cognito_identity_pool.app.id\n  roles = { unauthenticated = aws_iam_role.guest.arn }";
    for (admits, answer) in [
        (format!("allow_unauthenticated_identities = true{classic}"), Allowed),
        (format!("allow_unauthenticated_identities = false{classic}"), Denied),
        (format!("allow_unauthenticated_identities = var.guests{classic}"), Unknown),
        (classic.to_owned(), Denied),
        ("allow_unauthenticated_identities = true".to_owned(), Denied),
        (format!("allow_unauthenticated_identities = true{attached}"), Unknown),
    ] {
        let admits = &*admits;
        terraform(&text(admits), |world| {
            assert_eq!(world.anyone("sts:AssumeRoleWithWebIdentity", "aws_iam_role.guest"), answer, "{admits}");
        });
    }
}

#[test]
fn what_a_key_of_ones_own_seals_is_read_by_whoever_may_decrypt() {
    let text = user(
        r#"{ Effect = "Allow", Action = ["secretsmanager:GetSecretValue", "ssm:GetParameter"], Resource = "*" }"#,
        r#"
resource "aws_kms_key" "shut" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "kms:*", Principal = { AWS = aws_iam_user.v.arn }, Resource = "*" }] })
}
resource "aws_kms_key" "served" {
  policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = "kms:Decrypt", Principal = { AWS = "*" }, Resource = "*"
    Condition = { StringLike = { "kms:ViaService" = "secretsmanager.*.amazonaws.com" } }
  }] })
}
resource "aws_kms_alias" "shut" {
  name          = "alias/shut"
  target_key_id = aws_kms_key.shut.key_id
}
resource "aws_iam_user" "v" { name = "v" }
resource "aws_iam_user_policy" "v" {
  user   = aws_iam_user.v.name
  policy = aws_iam_user_policy.p.policy
}
resource "aws_secretsmanager_secret" "plain" { name = "plain" }
resource "aws_secretsmanager_secret" "shut" {
  name       = "shut"
  kms_key_id = aws_kms_key.shut.arn
}
resource "aws_secretsmanager_secret" "served" {
  name       = "served"
  kms_key_id = aws_kms_key.served.key_id
}
resource "aws_ssm_parameter" "plain" {
  name   = "plain"
  type   = "SecureString"
  value  = "x"
  key_id = "alias/aws/ssm"
}
resource "aws_ssm_parameter" "shut" {
  name   = "shut"
  type   = "SecureString"
  value  = "x"
  key_id = aws_kms_alias.shut.name
}
resource "aws_ssm_parameter" "served" {
  name   = "served"
  type   = "SecureString"
  value  = "x"
  key_id = aws_kms_key.served.arn
}
"#,
    );
    terraform(&text, |world| {
        let secret = |who, what: &str| {
            world.can(who, "secretsmanager:GetSecretValue", &format!("aws_secretsmanager_secret.{what}"))
        };
        let parameter = |who, what: &str| world.can(who, "ssm:GetParameter", &format!("aws_ssm_parameter.{what}"));
        for (what, u, v) in [("plain", Allowed, Allowed), ("shut", Denied, Allowed), ("served", Allowed, Allowed)] {
            assert_eq!(secret("aws_iam_user.u", what), u, "secret {what}");
            assert_eq!(secret("aws_iam_user.v", what), v, "secret {what}");
        }
        // The key serves secrets only.
        for (what, u, v) in [("plain", Allowed, Allowed), ("shut", Denied, Allowed), ("served", Denied, Denied)] {
            assert_eq!(parameter("aws_iam_user.u", what), u, "parameter {what}");
            assert_eq!(parameter("aws_iam_user.v", what), v, "parameter {what}");
        }
    });
}

#[test]
fn a_key_of_a_service_comes_only_with_the_actions_that_have_it() {
    let ask = |statement: &str, action: &str, target: &str, expected: Answer| {
        terraform(
            &user(statement, &format!("{ROLES}\nresource \"aws_s3_bucket\" \"b\" {{ bucket = \"bb\" }}")),
            |world| {
                assert_eq!(world.can("aws_iam_user.u", action, target), expected, "{action} by {statement}");
            },
        );
    };
    let allow = |action: &str, operator: &str, key: &str, value: &str| {
        format!(
            r#"{{ Effect = "Allow", Action = "{action}", Resource = "*", Condition = {{ "{operator}" = {{ "{key}" = "{value}" }} }} }}"#
        )
    };
    let passed = |operator: &str| allow("iam:*", operator, "iam:PassedToService", "ecs-tasks.amazonaws.com");
    ask(&passed("StringEquals"), "iam:PassRole", "aws_iam_role.admin", Allowed);
    ask(&passed("StringEquals"), "iam:PutRolePolicy", "aws_iam_role.admin", Denied);
    ask(&passed("ForAnyValue:StringLike"), "iam:AttachRolePolicy", "aws_iam_role.admin", Denied);
    // Absence meets these.
    for operator in ["StringEqualsIfExists", "StringNotEquals", "ForAllValues:StringEquals"] {
        ask(&passed(operator), "iam:PutRolePolicy", "aws_iam_role.admin", Allowed);
    }
    let arn = "arn:aws:iam::aws:policy/AdministratorAccess";
    ask(&allow("iam:*", "ArnEquals", "iam:PolicyARN", arn), "iam:UpdateAssumeRolePolicy", "aws_iam_role.admin", Denied);
    ask(&allow("iam:*", "ArnEquals", "iam:PolicyARN", arn), "iam:AttachRolePolicy", "aws_iam_role.admin", Allowed);
    ask(&allow("s3:*", "StringLike", "s3:prefix", "home/*"), "s3:ListBucket", "aws_s3_bucket.b", Allowed);
    ask(&allow("s3:*", "StringLike", "s3:prefix", "home/*"), "s3:GetObject", "aws_s3_bucket.b", Denied);
    ask(&allow("s3:*", "StringEquals", "s3:x-amz-acl", "private"), "s3:PutObject", "aws_s3_bucket.b", Allowed);
    ask(&allow("s3:*", "StringEquals", "s3:x-amz-acl", "private"), "s3:DeleteObject", "aws_s3_bucket.b", Denied);
    ask(
        &allow("s3:*", "StringEquals", "ec2:InstanceType", "t3.micro"),
        "s3:PutBucketPolicy",
        "aws_s3_bucket.b",
        Denied,
    );
    // Keys that say where the credentials are come with everything.
    let from = allow("s3:*", "ArnLike", "ec2:SourceInstanceARN", "arn:aws:ec2:*:*:instance/*");
    ask(&from, "s3:PutBucketPolicy", "aws_s3_bucket.b", Unknown);
    // A denial that asks for the key denies what comes without it.
    let both = |key: &str| {
        format!(
            "{}, {}",
            r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#,
            allow("iam:*", "StringNotEquals", key, "lambda.amazonaws.com").replace("Allow", "Deny")
        )
    };
    ask(&both("iam:PassedToService"), "iam:PutRolePolicy", "aws_iam_role.admin", Denied);
    ask(&both("iam:PassedToService"), "iam:PassRole", "aws_iam_role.admin", Allowed);
}

const OPEN: &str = r#"
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = false
  ignore_public_acls      = false
  block_public_policy     = false
  restrict_public_buckets = false
}
"#;

/// What anybody may do with a bucket `b` and a policy of this statement.
fn open_bucket(statement: &str, rest: &str, check: impl FnOnce(&crate::world::World<'_>)) {
    let text = format!(
        r#"
resource "aws_s3_bucket" "b" {{ bucket = "bb" }}
resource "aws_s3_bucket_policy" "b" {{
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{statement}] }})
}}
{rest}"#
    );
    terraform(&text, check);
}

#[test]
fn the_accounts_block_of_public_access_holds_for_its_buckets() {
    let public = r#"{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::bb/*" }"#;
    let account = |flag: &str, rest: &str| {
        format!("resource \"aws_s3_account_public_access_block\" \"a\" {{\n{flag} = true\n{rest}\n}}")
    };
    let caller = "data \"aws_caller_identity\" \"me\" {}";
    let own = "account_id = data.aws_caller_identity.me.account_id";
    for (rest, expected) in [
        (OPEN.to_owned(), Allowed),
        (account("restrict_public_buckets", ""), Denied),
        (format!("{}{OPEN}", account("restrict_public_buckets", "")), Denied),
        (format!("{}{caller}", account("block_public_policy", own)), Denied),
        (account("ignore_public_acls", ""), Allowed),
        (account("restrict_public_buckets", "account_id = \"111122223333\""), Unknown),
        (account("restrict_public_buckets", "provider = aws.other"), Allowed),
    ] {
        open_bucket(public, &rest, |world| {
            assert_eq!(world.anyone("s3:GetObject", "aws_s3_bucket.b"), expected, "{rest}");
        });
    }
}

#[test]
fn a_public_access_control_list_opens_a_bucket_unless_lists_are_off() {
    let list = |acl: &str| {
        format!("resource \"aws_s3_bucket_acl\" \"b\" {{\nbucket = aws_s3_bucket.b.id\nacl = \"{acl}\"\n}}\n")
    };
    let owner = |setting: &str| {
        format!(
            "resource \"aws_s3_bucket_ownership_controls\" \"b\" {{\nbucket = aws_s3_bucket.b.id\nrule {{ object_ownership = \"{setting}\" }}\n}}\n"
        )
    };
    let ask = |rest: &str, expected: [Answer; 3]| {
        let text = format!("resource \"aws_s3_bucket\" \"b\" {{ bucket = \"bb\" }}\n{rest}");
        terraform(&text, |world| {
            let actions = ["s3:ListBucket", "s3:PutObject", "s3:GetObject"];
            assert_eq!(actions.map(|action| world.anyone(action, "aws_s3_bucket.b")), expected, "{rest}");
        });
    };
    let open = format!("{OPEN}{}", owner("ObjectWriter"));
    ask(&format!("{open}{}", list("public-read-write")), [Allowed, Allowed, Denied]);
    ask(&format!("{open}{}", list("authenticated-read")), [Allowed, Denied, Denied]);
    ask(&format!("{open}{}", list("private")), [Denied, Denied, Denied]);
    ask(&format!("{OPEN}{}{}", owner("BucketOwnerEnforced"), list("public-read-write")), [Denied, Denied, Denied]);
    ask(&format!("{OPEN}variable \"o\" {{}}\n{}{}", owner("${var.o}"), list("public-read")), [Unknown, Denied, Denied]);
    let ignored = open.replace("ignore_public_acls      = false", "ignore_public_acls = true");
    ask(&format!("{ignored}{}", list("public-read-write")), [Denied, Denied, Denied]);
    let single = r#"
resource "aws_s3_bucket_acl" "b" {
  bucket = aws_s3_bucket.b.id
  access_control_policy {
    grant {
      permission = "WRITE"
      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/global/AllUsers"
      }
    }
    grant {
      permission = "READ"
      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/s3/LogDelivery"
      }
    }
  }
}
"#;
    ask(&format!("{open}{single}"), [Denied, Allowed, Denied]);
    // The bucket's policy may still deny it.
    let denied = r#"{ Effect = "Deny", Principal = "*", Action = "s3:PutObject", Resource = "arn:aws:s3:::bb/*" }"#;
    open_bucket(denied, &format!("{open}{}", list("public-read-write")), |world| {
        assert_eq!(world.anyone("s3:PutObject", "aws_s3_bucket.b"), Denied);
        assert_eq!(world.anyone("s3:ListBucket", "aws_s3_bucket.b"), Allowed);
    });
}

#[test]
fn who_has_no_account_lacks_the_keys_of_one_and_who_has_one_of_their_own_names_it_as_they_like() {
    let ask = |condition: &str, expected: Answer| {
        let statement = format!(
            r#"{{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "arn:aws:s3:::bb/*", Condition = {condition} }}"#
        );
        open_bucket(&statement, OPEN, |world| {
            assert_eq!(world.anyone("s3:GetObject", "aws_s3_bucket.b"), expected, "{condition}");
        });
    };
    ask(r#"{ StringEquals = { "aws:PrincipalOrgID" = "o-abc" } }"#, Denied);
    ask(r#"{ StringEqualsIfExists = { "aws:PrincipalOrgID" = "o-abc" } }"#, Allowed);
    ask(r#"{ "ForAllValues:StringLike" = { "aws:PrincipalOrgPaths" = ["o-abc/*"] } }"#, Allowed);
    ask(r#"{ "ForAnyValue:StringLike" = { "aws:PrincipalOrgPaths" = ["o-abc/*"] } }"#, Denied);
    ask(r#"{ StringNotEquals = { "aws:PrincipalOrgID" = "o-abc" } }"#, Allowed);
    ask(r#"{ StringEqualsIfExists = { "aws:PrincipalAccount" = "111122223333" } }"#, Allowed);
    ask(r#"{ StringEquals = { "aws:PrincipalAccount" = "111122223333" } }"#, Denied);
    ask(r#"{ StringLike = { "aws:PrincipalArn" = "arn:aws:iam::*:role/app" } }"#, Allowed);
    ask(r#"{ ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::????????????:user/*" } }"#, Allowed);
    ask(r#"{ StringLike = { "aws:PrincipalArn" = "arn:aws:iam::111122223333:role/*" } }"#, Denied);
    ask(r#"{ StringLike = { "aws:PrincipalArn" = "arn:aws:sns:*:role/*" } }"#, Denied);
    ask(r#"{ StringEquals = { "aws:PrincipalTag/team" = "red" } }"#, Allowed);
    ask(r#"{ Bool = { "aws:MultiFactorAuthPresent" = "true" } }"#, Allowed);
    ask(r#"{ IpAddress = { "aws:SourceIp" = ["128.0.0.0/1", "0.0.0.0/1"] } }"#, Allowed);
    ask(r#"{ IpAddress = { "aws:SourceIp" = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2"] } }"#, Denied);
    ask(r#"{ NotIpAddress = { "aws:SourceIp" = ["128.0.0.0/1", "0.0.0.0/1"] } }"#, Denied);
    ask(r#"{ IpAddress = { "aws:SourceIp" = ["::/1", "8000::/1"] } }"#, Allowed);
}

#[test]
fn a_trust_in_any_role_of_a_name_is_met_by_a_role_of_a_strangers_account() {
    let trust = |account: &str| {
        format!(
            r#"
resource "aws_iam_role" "r" {{
  name = "r"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{
    Effect = "Allow", Principal = {{ AWS = "*" }}, Action = "sts:AssumeRole"
    Condition = {{ StringLike = {{ "aws:PrincipalArn" = "arn:aws:iam::{account}:role/app" }} }}
  }}] }})
}}
"#
        )
    };
    for (account, expected) in [("*", Allowed), ("111122223333", Denied)] {
        terraform(&trust(account), |world| {
            assert_eq!(world.anyone("sts:AssumeRole", "aws_iam_role.r"), expected, "{account}");
            let role = vauban_cloud::permissions::Target::Resource(world.at("aws_iam_role.r"));
            assert_eq!(world.rights.wants_an_account("sts:AssumeRole", role), expected == Allowed);
        });
    }
}

#[test]
fn the_first_version_of_the_policy_language_has_no_variables() {
    let ask = |version: &str, resource: &str, expected: Answer| {
        let text = format!(
            r#"
resource "aws_iam_user" "u" {{ name = "u" }}
resource "aws_iam_user_policy" "p" {{
  user   = aws_iam_user.u.name
  policy = jsonencode({{ {version} Statement = [{{ Effect = "Allow", Action = "iam:CreateAccessKey", Resource = "{resource}" }}] }})
}}
"#
        );
        terraform(&text, |world| {
            assert_eq!(world.can("aws_iam_user.u", "iam:CreateAccessKey", "aws_iam_user.u"), expected, "{version}");
        });
    };
    let own = "arn:aws:iam::*:user/$${aws:username}";
    ask("Version = \"2012-10-17\",", own, Allowed);
    ask("", own, Denied);
    ask("Version = \"2008-10-17\",", own, Denied);
    ask("", "arn:aws:iam::*:user/*", Allowed);
    let blocks = r#"
resource "aws_iam_user" "u" { name = "u" }
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["iam:CreateAccessKey"]
    resources = ["arn:aws:iam::*:user/&{aws:username}"]
  }
}
resource "aws_iam_user_policy" "p" {
  user   = aws_iam_user.u.name
  policy = data.aws_iam_policy_document.d.json
}
"#;
    for (text, expected) in [
        (blocks.replace('&', "$$"), Allowed),
        (blocks.replace("  statement {", "  version = \"2008-10-17\"\n  statement {").replace('&', "$$"), Denied),
    ] {
        terraform(&text, |world| {
            assert_eq!(world.can("aws_iam_user.u", "iam:CreateAccessKey", "aws_iam_user.u"), expected, "{text}");
        });
    }
}

#[test]
fn the_region_of_a_request_is_that_of_what_is_there() {
    let rest = r#"
provider "aws" { region = "eu-west-1" }
resource "aws_secretsmanager_secret" "s" { name = "s" }
resource "aws_secretsmanager_secret" "everywhere" {
  name = "e"
  replica { region = "us-east-1" }
}
resource "aws_s3_bucket" "b" { bucket = "bb" }
resource "aws_sqs_queue" "there" {
  name   = "q"
  region = "us-east-1"
}
"#;
    let statement = |effect: &str, action: &str, operator: &str, region: &str| {
        format!(
            r#"{{ Effect = "{effect}", Action = "{action}", Resource = "*", Condition = {{ {operator} = {{ "aws:RequestedRegion" = "{region}" }} }} }}"#
        )
    };
    let ask = |statements: &str, checks: &[(&str, &str, Answer)]| {
        terraform(&user(statements, &format!("{ROLES}{rest}")), |world| {
            for (action, target, expected) in checks {
                assert_eq!(world.can("aws_iam_user.u", action, target), *expected, "{action} {target}: {statements}");
            }
        });
    };
    let read = "secretsmanager:GetSecretValue";
    ask(
        &statement("Allow", "*", "StringEquals", "us-east-1"),
        &[
            (read, "aws_secretsmanager_secret.s", Denied),
            (read, "aws_secretsmanager_secret.everywhere", Allowed),
            ("s3:GetObject", "aws_s3_bucket.b", Denied),
            ("sqs:SendMessage", "aws_sqs_queue.there", Allowed),
            ("iam:PutRolePolicy", "aws_iam_role.admin", Allowed),
            ("lambda:CreateFunction", "*", Allowed),
        ],
    );
    ask(
        &statement("Allow", "*", "StringEquals", "eu-west-1"),
        &[
            (read, "aws_secretsmanager_secret.s", Allowed),
            ("iam:PutRolePolicy", "aws_iam_role.admin", Denied),
            ("iam:PassRole", "aws_iam_role.admin", Allowed),
        ],
    );
    let all = r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#;
    ask(
        &format!("{all}, {}", statement("Deny", "*", "StringNotEquals", "us-east-1")),
        &[(read, "aws_secretsmanager_secret.s", Denied), ("sqs:SendMessage", "aws_sqs_queue.there", Allowed)],
    );
}

#[test]
fn a_providers_account_is_the_account_of_what_it_makes() {
    let ask = |provider: &str, expected: Answer| {
        let text = format!(
            r#"
provider "aws" {{
  {provider}
}}
resource "aws_s3_bucket" "d" {{ bucket = "d-bucket" }}
resource "aws_s3_bucket_policy" "d" {{
  bucket = aws_s3_bucket.d.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{
    Effect = "Allow", Principal = {{ AWS = "arn:aws:iam::111122223333:role/r1" }}, Action = "s3:GetObject", Resource = "arn:aws:s3:::d-bucket/*"
  }}] }})
}}
resource "aws_iam_role" "r1" {{
  name = "r1"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}] }})
}}
"#
        );
        terraform(&text, |world| {
            assert_eq!(world.can("aws_iam_role.r1", "s3:GetObject", "aws_s3_bucket.d"), expected, "{provider}");
        });
    };
    ask("region = \"eu-west-1\"", Unknown);
    ask("allowed_account_ids = [\"111122223333\"]", Allowed);
    ask("allowed_account_ids = [\"444455556666\"]", Denied);
    ask("allowed_account_ids = [\"111122223333\", \"444455556666\"]", Unknown);
    ask("assume_role {\n role_arn = \"arn:aws:iam::111122223333:role/deploy\"\n}", Allowed);
    ask("assume_role {\n role_arn = \"arn:aws:iam::444455556666:role/deploy\"\n}", Denied);
}

/// What somebody of another account may do.
fn foreign(world: &crate::world::World<'_>, who: &str, action: &str, target: &str) -> Answer {
    let ask = world.rights.foreign(who).unwrap_or_else(|| panic!("{who} is of no other account"));
    ask(action, vauban_cloud::permissions::Target::Resource(world.at(target))).answer
}

const SHARED: &str = r#"
resource "aws_s3_bucket" "b" { bucket = "bb" }
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Statement = [
    { Effect = "Allow", Action = "s3:GetObject", Principal = { AWS = "arn:aws:iam::999999999999:root" }, Resource = "arn:aws:s3:::bb/*" },
    { Effect = "Allow", Action = "s3:PutObject", Principal = { AWS = "arn:aws:iam::999999999999:role/writer" }, Resource = "arn:aws:s3:::bb/*",
      Condition = { StringEquals = { "aws:PrincipalAccount" = "999999999999" } } },
    { Effect = "Allow", Action = "s3:DeleteObject", Principal = { AWS = "999999999999" }, Resource = "arn:aws:s3:::bb/*",
      Condition = { StringEquals = { "aws:PrincipalAccount" = "888888888888" } } },
  ] })
}
"#;

#[test]
fn somebody_of_another_account_may_what_a_policy_names_them_for() {
    terraform(SHARED, |world| {
        let ask = |who, action| foreign(world, who, action, "aws_s3_bucket.b");
        assert_eq!(ask("999999999999", "s3:GetObject"), Allowed);
        assert_eq!(ask("arn:aws:iam::999999999999:user/x", "s3:GetObject"), Allowed);
        assert_eq!(ask("999999999999", "s3:PutObject"), Allowed, "its owner has the role");
        assert_eq!(ask("arn:aws:iam::999999999999:role/writer", "s3:PutObject"), Allowed);
        assert_eq!(ask("arn:aws:sts::999999999999:assumed-role/writer/s", "s3:PutObject"), Allowed);
        assert_eq!(ask("arn:aws:iam::999999999999:role/other", "s3:PutObject"), Denied);
        assert_eq!(ask("999999999999", "s3:DeleteObject"), Denied, "the condition is about another account");
        assert_eq!(ask("888888888888", "s3:GetObject"), Denied);
        assert_eq!(world.anyone("s3:GetObject", "aws_s3_bucket.b"), Denied);
        let names: Vec<String> = world.rights.foreigners().iter().map(|one| one.name.to_string()).collect();
        assert_eq!(names, ["999999999999", "arn:aws:iam::999999999999:role/writer"]);
    });
}

#[test]
fn an_account_of_the_code_is_not_somebody_elses() {
    for own in [
        "provider \"aws\" {\n allowed_account_ids = [\"999999999999\"]\n}\n",
        "resource \"aws_kms_key\" \"k\" {\n policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"kms:*\", Principal = { AWS = \"arn:aws:iam::999999999999:root\" }, Resource = \"*\" }] })\n}\n",
    ] {
        terraform(&format!("{own}{SHARED}"), |world| {
            assert!(world.rights.foreigners().is_empty(), "{own}");
            assert!(world.rights.foreign("999999999999").is_none(), "{own}");
        });
    }
    let shared_key = r#"
data "aws_caller_identity" "me" {}
resource "aws_kms_key" "k" {
  policy = jsonencode({ Statement = [
    { Effect = "Allow", Action = "kms:*", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }, Resource = "*" },
    { Effect = "Allow", Action = "kms:*", Principal = { AWS = "arn:aws:iam::999999999999:root" }, Resource = "*" },
  ] })
}
"#;
    terraform(shared_key, |world| {
        assert_eq!(
            foreign(world, "999999999999", "kms:Decrypt", "aws_kms_key.k"),
            Allowed,
            "it is named beside the own"
        );
    });
}

#[test]
fn a_list_for_everybody_with_an_account_lets_nobody_in_without_one() {
    let list = |acl: &str| {
        format!(
            "resource \"aws_s3_bucket\" \"b\" {{ bucket = \"bb\" }}\n{OPEN}resource \"aws_s3_bucket_acl\" \"b\" {{\nbucket = aws_s3_bucket.b.id\nacl = \"{acl}\"\n}}\n"
        )
    };
    for (acl, wants) in [("authenticated-read", true), ("public-read", false)] {
        terraform(&list(acl), |world| {
            let target = vauban_cloud::permissions::Target::Resource(world.at("aws_s3_bucket.b"));
            assert_eq!(world.rights.wants_an_account("s3:ListBucket", target), wants, "{acl}");
            assert_ne!(world.anyone("s3:ListBucket", "aws_s3_bucket.b"), Denied, "{acl}");
            // One account in particular is among them.
            assert_eq!(foreign(world, "999999999999", "s3:ListBucket", "aws_s3_bucket.b"), Allowed, "{acl}");
            assert_eq!(foreign(world, "999999999999", "s3:PutObject", "aws_s3_bucket.b"), Denied, "{acl}");
        });
    }
}

#[test]
fn people_of_the_directory_have_the_permission_sets_that_they_or_their_groups_are_assigned() {
    let text = r#"
data "aws_ssoadmin_instances" "i" {}
resource "aws_ssoadmin_permission_set" "admin" {
  name         = "admin"
  instance_arn = tolist(data.aws_ssoadmin_instances.i.arns)[0]
}
resource "aws_ssoadmin_managed_policy_attachment" "admin" {
  instance_arn       = tolist(data.aws_ssoadmin_instances.i.arns)[0]
  managed_policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
  permission_set_arn = aws_ssoadmin_permission_set.admin.arn
}
resource "aws_ssoadmin_permission_set" "bounded" {
  name         = "bounded"
  instance_arn = tolist(data.aws_ssoadmin_instances.i.arns)[0]
}
resource "aws_ssoadmin_managed_policy_attachment" "bounded" {
  instance_arn       = tolist(data.aws_ssoadmin_instances.i.arns)[0]
  managed_policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
  permission_set_arn = aws_ssoadmin_permission_set.bounded.arn
}
resource "aws_ssoadmin_permissions_boundary_attachment" "bounded" {
  instance_arn       = tolist(data.aws_ssoadmin_instances.i.arns)[0]
  permission_set_arn = aws_ssoadmin_permission_set.bounded.arn
  permissions_boundary {
    managed_policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  }
}
resource "aws_identitystore_user" "ann" {
  display_name      = "Ann"
  user_name         = "ann"
  identity_store_id = tolist(data.aws_ssoadmin_instances.i.identity_store_ids)[0]
}
resource "aws_identitystore_user" "ben" {
  display_name      = "Ben"
  user_name         = "ben"
  identity_store_id = tolist(data.aws_ssoadmin_instances.i.identity_store_ids)[0]
}
resource "aws_identitystore_group" "ops" {
  display_name      = "ops"
  identity_store_id = tolist(data.aws_ssoadmin_instances.i.identity_store_ids)[0]
}
resource "aws_identitystore_group_membership" "ann" {
  identity_store_id = tolist(data.aws_ssoadmin_instances.i.identity_store_ids)[0]
  group_id          = aws_identitystore_group.ops.group_id
  member_id         = aws_identitystore_user.ann.user_id
}
resource "aws_ssoadmin_account_assignment" "ops" {
  instance_arn       = tolist(data.aws_ssoadmin_instances.i.arns)[0]
  permission_set_arn = aws_ssoadmin_permission_set.admin.arn
  principal_id       = aws_identitystore_group.ops.group_id
  principal_type     = "GROUP"
  target_id          = "111122223333"
  target_type        = "AWS_ACCOUNT"
}
"#;
    terraform(text, |world| {
        let admin = world.principal("aws_ssoadmin_permission_set.admin");
        let assigned = |who: &str| world.rights.assigned(world.at(who));
        assert_eq!(assigned("aws_identitystore_user.ann"), [admin]);
        assert_eq!(assigned("aws_identitystore_group.ops"), [admin]);
        assert!(assigned("aws_identitystore_user.ben").is_empty());
        assert_eq!(world.admin("aws_ssoadmin_permission_set.admin"), Allowed);
        assert_eq!(world.admin("aws_ssoadmin_permission_set.bounded"), Denied);
    });
}

#[test]
fn a_refusal_names_the_denial_or_the_boundary_that_holds_an_allowance_back() {
    let why = |world: &crate::world::World<'_>, action: &str| {
        let at = world.principal("aws_iam_user.u");
        let verdict = world.rights.can_and_why(at, action, Target::Anything, &Request::default());
        assert_eq!(verdict.answer, Denied, "{action}");
        verdict.statements.iter().map(|one| (one.allows, one.text.to_string())).collect::<Vec<_>>()
    };
    terraform(&user(r#"{ Effect = "Deny", Action = "iam:*", Resource = "*" }"#, ""), |world| {
        let said = why(world, "iam:CreateUser");
        assert!(matches!(said.as_slice(), [(false, text)] if text.contains("denies")), "{said:?}");
        assert!(why(world, "s3:GetObject").is_empty());
    });
    let bounded = r#"
resource "aws_iam_policy" "bound" {
  name   = "bound"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}
resource "aws_iam_user" "u" {
  name                 = "u"
  permissions_boundary = aws_iam_policy.bound.arn
}
resource "aws_iam_user_policy" "p" {
  user   = aws_iam_user.u.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "iam:*", Resource = "*" }] })
}
"#;
    terraform(bounded, |world| {
        let said = why(world, "iam:CreateUser");
        assert!(matches!(said.as_slice(), [(true, _), (false, text)] if text.contains("boundary")), "{said:?}");
    });
}

#[test]
fn what_is_written_counts_past_a_boundary_only_for_whoever_can_lift_or_rewrite_it() {
    let text = |bound: &str, writer: &str| {
        format!(
            r#"
resource "aws_iam_policy" "bound" {{
  name   = "bound"
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = [{bound}], Resource = "*" }}] }})
}}
resource "aws_iam_role" "r" {{
  name                 = "r"
  permissions_boundary = aws_iam_policy.bound.arn
  assume_role_policy   = jsonencode({{ Statement = [] }})
}}
resource "aws_iam_user" "w" {{ name = "w" }}
resource "aws_iam_user_policy" "p" {{
  user   = aws_iam_user.w.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = [{writer}], Resource = "*" }}] }})
}}
"#
        )
    };
    for (bound, writer, wanted) in [
        (r#""s3:*""#, r#""iam:PutRolePolicy""#, Denied),
        (r#""*""#, r#""iam:PutRolePolicy""#, Allowed),
        (r#""s3:*", "iam:DeleteRolePermissionsBoundary""#, r#""iam:PutRolePolicy""#, Allowed),
        (r#""s3:*""#, r#""iam:DeleteRolePermissionsBoundary""#, Allowed),
        (r#""s3:*""#, r#""iam:CreatePolicyVersion""#, Allowed),
    ] {
        terraform(&text(bound, writer), |world| {
            let (writer_at, role) = (world.principal("aws_iam_user.w"), world.principal("aws_iam_role.r"));
            assert_eq!(world.rights.past_boundary(writer_at, role).answer, wanted, "{bound} {writer}");
        });
    }
}

#[test]
fn what_only_services_act_as_never_has_a_second_factor() {
    let role = |principal: &str, condition: &str| {
        format!(
            r#"
resource "aws_s3_bucket" "b" {{ bucket = "bb" }}
resource "aws_iam_user" "u" {{ name = "u" }}
resource "aws_iam_role" "r" {{
  name = "r"
  assume_role_policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {principal} }}] }})
}}
resource "aws_iam_role_policy" "r" {{
  role   = aws_iam_role.r.name
  policy = jsonencode({{ Statement = [
    {{ Effect = "Allow", Action = "s3:*", Resource = "*", Condition = {{ {condition} = {{ "aws:MultiFactorAuthPresent" = "true" }} }} }},
  ] }})
}}
"#
        )
    };
    let service = r#"{ Service = ["ec2.amazonaws.com", "lambda.amazonaws.com"] }"#;
    for (principal, condition, wanted) in [
        (service, "Bool", Denied),
        (service, "BoolIfExists", Allowed),
        ("{ AWS = aws_iam_user.u.arn }", "Bool", Unknown),
        (r#"{ Service = "ec2.amazonaws.com", AWS = aws_iam_user.u.arn }"#, "Bool", Unknown),
        ("var.who", "Bool", Unknown),
    ] {
        terraform(&role(principal, condition), |world| {
            let answer = world.can("aws_iam_role.r", "s3:DeleteBucket", "aws_s3_bucket.b");
            assert_eq!(answer, wanted, "{principal} {condition}");
        });
    }
}
