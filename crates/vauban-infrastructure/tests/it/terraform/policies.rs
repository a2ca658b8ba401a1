//! Documents: policies in every way they are written.

use super::{read_files, read_text, resource, show, value_in, value_of};

#[test]
fn encoded_values_are_documents() {
    assert_eq!(
        value_of("jsonencode({ Action = \"s3:*\", Resource = [a_a.b.arn, \"${a_a.b.arn}/*\"] })"),
        "document {Action = \"s3:*\", Resource = [<a_a.b.arn>, `<a_a.b.arn>|\"/*\"`]}"
    );
    assert_eq!(value_of("jsondecode(jsonencode({ a = [1] })).a[0]"), "1");
    assert_eq!(value_of("jsondecode(\"{\\\"a\\\": [1, true, null]}\")"), "{a = [1, true, null]}");
    assert_eq!(value_of("yamldecode(\"a: [1, yes-no]\\nb: true\\n\")"), "{a = [1, \"yes-no\"], b = true}");
}

#[test]
fn text_that_is_json_is_a_document_with_its_places() {
    let text = "resource \"x_t\" \"r\" {\n  v = <<-EOF\n    {\n      \"Effect\": \"Allow\",\n      \"Resource\": \"${a_a.b.arn}/*\",\n      \"Port\": ${8000 + 80},\n      \"List\": ${jsonencode([\"x\"])}\n    }\n  EOF\n}";
    assert_eq!(
        value_in(text),
        "document {Effect = \"Allow\", Resource = `<a_a.b.arn>|\"/*\"`, Port = 8080, List = [\"x\"]}"
    );
    let output = read_text(text);
    let value = resource(&output, "x_t.r").attributes.get("v").cloned();
    let place =
        |key: &str| value.as_ref().and_then(|v| v.get(key)).map(|v| (v.span.line, v.span.column, v.span.length));
    assert_eq!(place("Effect"), Some((4, 18, 5)));
    assert_eq!(place("Resource").map(|(line, column, _)| (line, column)), Some((5, 20)));
}

#[test]
fn text_that_is_no_json_stays_text() {
    assert_eq!(value_of("\"[section]\\nkey=1\""), "\"[section]\\nkey=1\"");
    assert_eq!(value_of("\"{not json}\""), "\"{not json}\"");
    assert_eq!(value_of("\"{\\\"a\\\":1\""), "\"{\\\"a\\\":1\"");
}

#[test]
fn functions_of_text_give_documents_again() {
    let text = "{\"Resource\": \"__ARN__\"}";
    let files = [
        (
            "main.tf",
            "resource \"x_t\" \"r\" {\n  v = replace(file(\"p.json\"), \"__ARN__\", \"arn:x\")\n  w = file(\"p.json\")\n}",
        ),
        ("p.json", text),
    ];
    let output = read_files(&files);
    assert_eq!(
        show(&resource(&output, "x_t.r").attributes),
        "{v = document {Resource = \"arn:x\"}, w = document {Resource = \"__ARN__\"}}"
    );
    let place =
        resource(&output, "x_t.r").attributes.at("w.Resource").map(|it| (it.span.file.0, it.span.line, it.span.column));
    assert_eq!(place, Some((1, 1, 15)));
}

#[test]
fn template_files_are_rendered() {
    let files = [
        (
            "main.tf",
            "data \"template_file\" \"t\" {\n  template = file(\"p.tpl\")\n  vars = {\n    arn = a_a.b.arn\n  }\n}\nresource \"x_t\" \"r\" {\n  v = data.template_file.t.rendered\n  w = templatefile(\"p.tpl\", { arn = \"q\" })\n}",
        ),
        ("p.tpl", "{\n  \"R\": \"${arn}\"\n}\n"),
    ];
    let output = read_files(&files);
    assert_eq!(
        show(&resource(&output, "x_t.r").attributes),
        "{v = document {R = <a_a.b.arn>}, w = document {R = \"q\"}}"
    );
    let place = resource(&output, "x_t.r").attributes.at("w.R").map(|it| (it.span.file.0, it.span.line));
    assert_eq!(place, Some((1, 2)));
}

#[test]
fn policy_documents_are_put_together() {
    let text = r#"
data "aws_iam_policy_document" "p" {
  statement {
    sid       = "Read"
    actions   = ["s3:Get*", "s3:List*"]
    resources = ["${aws_s3_bucket.b.arn}/home/&{aws:username}/*"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.r.arn]
    }
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::1:root"]
    }
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceVpc"
      values   = ["vpc-1"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/x"
      values   = [var.tag]
    }
  }
  statement {
    effect      = "Deny"
    not_actions = ["iam:*"]
    resources   = ["*"]
    not_principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
variable "tag" {}
resource "x_t" "r" { v = data.aws_iam_policy_document.p.json }
"#;
    let output = read_text(text);
    let found = resource(&output, "x_t.r");
    let statement = |index: usize| found.attributes.at(&format!("v.Statement.{index}")).map(show).unwrap_or_default();
    assert_eq!(
        statement(0),
        "{Sid = \"Read\", Effect = \"Allow\", Action = [\"s3:Get*\", \"s3:List*\"], \
         Resource = [`<aws_s3_bucket.b.arn>|\"/home/${aws:username}/*\"`], \
         Principal = {AWS = [<aws_iam_role.r.arn>, \"arn:aws:iam::1:root\"], Service = [\"ec2.amazonaws.com\"]}, \
         Condition = {StringEquals = {aws:SourceVpc = [\"vpc-1\"], aws:PrincipalTag/x = [?var.tag]}}}"
    );
    assert_eq!(statement(1), "{Effect = \"Deny\", NotAction = [\"iam:*\"], Resource = [\"*\"], NotPrincipal = \"*\"}");
    assert_eq!(found.attributes.at("v.Version").map(show).as_deref(), Some("\"2012-10-17\""));
    let lines: Vec<_> =
        found.attributes.at("v.Statement").into_iter().flat_map(|all| all.each()).map(|it| it.span.line).collect();
    assert_eq!(lines, [3, 30]);
}

#[test]
fn policy_documents_take_others_in() {
    let text = r#"
data "aws_iam_policy_document" "a" {
  statement {
    sid     = "One"
    actions = ["a:A"]
  }
  statement { actions = ["a:B"] }
}
data "aws_iam_policy_document" "o" {
  statement {
    sid     = "Two"
    actions = ["o:O"]
  }
}
data "aws_iam_policy_document" "p" {
  source_policy_documents   = [data.aws_iam_policy_document.a.json, x_y.z.policy]
  override_policy_documents = [data.aws_iam_policy_document.o.json]
  statement {
    sid     = "One"
    actions = ["p:One"]
  }
  statement {
    sid     = "Two"
    actions = ["p:Two"]
  }
}
resource "x_t" "r" { v = data.aws_iam_policy_document.p.json }
"#;
    let output = read_text(text);
    let statements =
        resource(&output, "x_t.r").attributes.at("v.Statement").map(|all| all.each().to_vec()).unwrap_or_default();
    let actions: Vec<String> = statements.iter().map(|it| it.get("Action").map_or_else(|| show(it), show)).collect();
    assert_eq!(actions, ["[\"p:One\"]", "[\"a:B\"]", "<x_y.z.policy>", "[\"o:O\"]"]);
}

#[test]
fn dynamic_statements_and_counted_documents() {
    let text = r#"
locals { buckets = { a = "arn:a", b = "arn:b" } }
data "aws_iam_policy_document" "p" {
  for_each = local.buckets
  dynamic "statement" {
    for_each = each.key == "a" ? [1, 2] : []
    content {
      actions   = ["s3:${statement.value}"]
      resources = [each.value]
    }
  }
}
resource "x_t" "r" {
  for_each = local.buckets
  v        = data.aws_iam_policy_document.p[each.key].json
}
"#;
    let output = read_text(text);
    assert_eq!(
        resource(&output, "x_t.r[\"a\"]").attributes.at("v.Statement").map(show).as_deref(),
        Some(
            "[{Effect = \"Allow\", Action = [\"s3:1\"], Resource = [\"arn:a\"]}, {Effect = \"Allow\", Action = [\"s3:2\"], Resource = [\"arn:a\"]}]"
        )
    );
    assert_eq!(resource(&output, "x_t.r[\"b\"]").attributes.at("v.Statement").map(show).as_deref(), Some("[]"));
}
