//! The language itself, and what happens to files that are broken.

use proptest::prelude::*;

use super::{addresses, codes, read_files, read_text, resource, show, value_in, value_of};

#[test]
fn operators_bind_as_the_tool_has_them() {
    assert_eq!(value_of("1 + 2 * 3 - 4 / 2"), "5");
    assert_eq!(value_of("!false && 2 >= 2 || false"), "true");
    assert_eq!(value_of("-3 % 2 == -1 ? \"odd\" : \"even\""), "\"odd\"");
    assert_eq!(value_of("(1 + 2) * 3"), "9");
    assert_eq!(value_of("true ? false ? 1 : 2 : 3"), "2");
}

#[test]
fn collections_take_both_separators_and_comments() {
    assert_eq!(value_of("{ a = 1, b : 2 }"), "{a = 1, b = 2}");
    assert_eq!(
        value_of("{\n  a = 1 # one\n  \"b c\" = [1, 2,] // two\n  /* three */ (\"k${1}\") = null\n}"),
        "{a = 1, b c = [1, 2], k1 = null}"
    );
    assert_eq!(value_of("[\n  1,\n  2\n]"), "[1, 2]");
}

#[test]
fn a_key_that_occurs_twice_keeps_its_last_value() {
    let output = read_text("resource \"x_t\" \"r\" {\n  v = { a = 1, b = 2, a = 3 }\n}\nresource \"x_t\" \"s\" {}\n");
    assert_eq!(show(&resource(&output, "x_t.r").attributes), "{v = {a = 3, b = 2}}");
    assert_eq!(addresses(&output), ["x_t.r", "x_t.s"]);
    assert!(output.diagnostics.is_empty());
}

#[test]
fn what_is_declared_twice_is_two_things_and_told() {
    let output = read_text(
        "resource \"x_t\" \"r\" {\n  v = 1\n}\nresource \"x_t\" \"r\" {\n  v = 2\n}\ndata \"x_t\" \"r\" {}\nresource \"x_t\" \"s\" {\n  v = x_t.r.v\n}\n",
    );
    assert_eq!(addresses(&output), ["x_t.r", "x_t.r~2", "data.x_t.r", "x_t.s"]);
    assert_eq!(show(&resource(&output, "x_t.r").attributes), "{v = 1}");
    assert_eq!(show(&resource(&output, "x_t.r~2").attributes), "{v = 2}");
    assert_eq!(codes(&output), ["declared-twice"]);
    assert_eq!(output.diagnostics[0].span.map(|span| span.line), Some(4));
    let names = ["x~2", "x", "x", "x"].map(|name| format!("resource \"x_t\" \"{name}\" {{}}\n"));
    assert_eq!(addresses(&read_text(&names.concat())), ["x_t.x~2", "x_t.x", "x_t.x~3", "x_t.x~4"]);
}

#[test]
fn heredocs_lose_the_indentation_they_share() {
    assert_eq!(value_of("<<-EOT\n    a\n      b\n    EOT"), "\"a\\n  b\\n\"");
    assert_eq!(value_of("<<EOT\n  a ${1 + 1} $${x}\nEOT"), "\"  a 2 ${x}\\n\"");
    assert_eq!(value_of("join(\"\", [<<A\nx\nA\n, \"y\"])"), "\"x\\ny\"");
}

#[test]
fn templates_have_directives_and_strip_blanks() {
    assert_eq!(value_of("\"%{ if 1 == 1 }yes%{ else }no%{ endif }\""), "\"yes\"");
    assert_eq!(value_of("\"%{ for x in [1, 2] ~}  ${x},%{ endfor }\""), "\"1,2,\"");
    assert_eq!(value_of("\"a  ${~ \"b\" ~}  c\""), "\"abc\"");
    assert_eq!(value_of("\"q\\\"\\u00e9\\n\""), "\"q\\\"é\\n\"");
}

#[test]
fn for_expressions_filter_group_and_go_through_keys_in_order() {
    assert_eq!(value_of("[for k, v in { b = 1, a = 2 } : \"${k}${v}\"]"), "[\"a2\", \"b1\"]");
    assert_eq!(value_of("{ for x in [\"a\", \"b\", \"c\"] : x => upper(x) if x != \"b\" }"), "{a = \"A\", c = \"C\"}");
    assert_eq!(value_of("{ for x in [\"ab\", \"ac\"] : substr(x, 0, 1) => x... }"), "{a = [\"ab\", \"ac\"]}");
    assert_eq!(value_of("[for i, x in [\"a\"] : i]"), "[0]");
    assert_eq!(value_of("[for k, v in toset([\"a\"]) : k]"), "[\"a\"]");
}

#[test]
fn splats_and_spread_arguments() {
    assert_eq!(value_of("[{ a = { b = 1 } }, { a = { b = 2 } }][*].a.b"), "[1, 2]");
    assert_eq!(value_of("[{ a = 1 }, { a = 2 }].*.a"), "[1, 2]");
    assert_eq!(value_of("max([1, 5, 2]...)"), "5");
}

#[test]
fn a_broken_argument_is_not_known_and_the_rest_is_read() {
    let text = "resource \"x_t\" \"r\" {\n  a = [1, = 2]\n  b = 2\n}\nresource \"x_t\" \"s\" {\n  c = 3\n}\n";
    let output = read_text(text);
    assert_eq!(codes(&output), ["hcl-syntax"]);
    assert_eq!(output.diagnostics[0].span.map(|span| (span.line, span.column)), Some((2, 11)));
    assert_eq!(show(&resource(&output, "x_t.r").attributes), "{a = ?a = [1, = 2], b = 2}");
    assert_eq!(show(&resource(&output, "x_t.s").attributes), "{c = 3}");
}

#[test]
fn a_block_without_its_end_does_not_swallow_the_next() {
    let output =
        read_text("resource \"x_t\" \"r\" {\n  a = 1\n  n {\n    b = 2\n\nresource \"x_t\" \"s\" {\n  c = 3\n}\n");
    assert_eq!(addresses(&output), ["x_t.r", "x_t.s"]);
    assert!(codes(&output).iter().all(|code| *code == "hcl-syntax"));
    assert_eq!(show(&resource(&output, "x_t.r").attributes), "{a = 1, n = [{b = 2}]}");
}

#[test]
fn a_text_that_is_not_closed_costs_its_argument_only() {
    let output = read_text("resource \"x_t\" \"r\" {\n  a = \"oh\n  b = 2\n}\n");
    assert_eq!(codes(&output), ["hcl-syntax"]);
    assert_eq!(resource(&output, "x_t.r").attributes.get("b").map(show).as_deref(), Some("2"));
}

#[test]
fn a_template_that_was_not_rendered_is_named_as_that() {
    let text = "{{ if .x }}\nresource \"x_t\" \"r\" {\n  a = {{ .name }}\n  b = \"{{ fine }}\"\n}\n{{ end }}\n";
    let output = read_text(text);
    assert!(!output.diagnostics.is_empty());
    assert!(codes(&output).iter().all(|code| *code == "template-not-rendered"), "{:?}", output.diagnostics);
    assert_eq!(show(&resource(&output, "x_t.r").attributes), "{a = ?a = {{ .name }}, b = \"{{ fine }}\"}");
}

#[test]
fn places_are_those_of_the_values() {
    let output = read_text("# first\nresource \"x_t\" \"r\" {\n  v = [\"a\", \"éb\", c.d.e]\n}\n");
    let found = resource(&output, "x_t.r");
    assert_eq!((found.span.line, found.span.column, found.span.length), (2, 1, 18));
    let items = found.attributes.get("v").and_then(|v| v.as_list()).unwrap_or_default();
    let places: Vec<_> = items.iter().map(|item| (item.span.line, item.span.column, item.span.length)).collect();
    assert_eq!(places, [(3, 8, 3), (3, 13, 4), (3, 19, 5)]);
}

#[test]
fn json_form_says_the_same() {
    let text = r#"{"resource": {"x_t": {"r": {"v": "${local.a}-b", "n": [{"k": 1}], "depends_on": ["x_t.s"]}, "s": {}}},
        "locals": {"a": "x"}, "variable": {"q": {}}}"#;
    let output = read_files(&[("main.tf.json", text)]);
    let found = resource(&output, "x_t.r");
    assert_eq!(show(&found.attributes), "{v = \"x-b\", n = [{k = 1}]}");
    assert_eq!(found.depends_on.iter().map(|it| &**it).collect::<Vec<_>>(), ["x_t.s"]);
    assert_eq!(output.inventory.variables.len(), 1);
}

#[test]
fn deep_nesting_is_refused_without_harm() {
    for open in ["[", "(", "{a=", "!", "-", "f(", "\"${", "a[", "1+(", "true?", "[for x in "] {
        let text = format!("resource \"x_t\" \"r\" {{\n  v = {}\n  w = 1\n}}\n", open.repeat(5000));
        read_text(&text);
    }
    read_text(&"b {\n".repeat(5000));
    read_text(&format!("resource \"x_t\" \"r\" {{\n  v = a{}\n}}\n", ".b".repeat(5000)));
    read_text(&format!("resource \"x_t\" \"r\" {{\n  v = 1{}\n}}\n", " + 1".repeat(5000)));
    read_text(&format!("resource \"x_t\" \"r\" {{\n  v = a{}\n}}\n", "[*].b".repeat(500)));
    read_text(&format!("resource \"x_t\" \"r\" {{\n  v = <<E\n{}\nE\n}}\n", "%{ if true }".repeat(5000)));
    read_text(&format!("resource \"x_t\" \"r\" {{\n  v = <<E\n{}\nE\n}}\n", "[".repeat(5000)));
}

#[test]
fn long_chains_of_locals_end() {
    let mut text = "resource \"x_t\" \"r\" {\n  v = local.a0\n}\nlocals {\n".to_owned();
    for index in 0..2000 {
        text.push_str(&format!("  a{index} = [for x in [local.a{}] : \"${{x}}\"][0]\n", index + 1));
    }
    text.push_str("  a2000 = 1\n}\n");
    let output = read_text(&text);
    assert!(codes(&output).contains(&"evaluation-too-deep"));
}

#[test]
fn values_that_grow_without_end_are_given_up() {
    let chain = |of: &str| {
        let mut text = "resource \"x_t\" \"r\" {\n  v = local.a0\n}\nlocals {\n  a60 = \"x\"\n".to_owned();
        for index in 0..60 {
            let next = format!("local.a{}", index + 1);
            text.push_str(&format!("  a{index} = {}\n", of.replace('@', &next)));
        }
        text + "}\n"
    };
    for of in ["[@, @]", "\"${@}${@}\"", "{ a = @, b = @ }", "concat([@], [@])", "format(\"%s%s\", @, @)"] {
        let output = read_text(&chain(of));
        assert_eq!(addresses(&output), ["x_t.r"]);
        assert!(show(&resource(&output, "x_t.r").attributes).contains('?'), "{of}");
    }
    let loops = "[for a in range(999) : [for b in range(999) : [for c in range(999) : c]]]";
    let output = read_text(&format!("resource \"x_t\" \"r\" {{\n  v = length({loops})\n}}\n"));
    assert!(codes(&output).contains(&"evaluation-too-long"));
    // So is a result that is larger than what is worked out, but not one that a folder may well have.
    let pairs = |most: usize| {
        format!("resource \"x_t\" \"r\" {{\n  v = length(setproduct(range({most}), range({most})))\n}}\n")
    };
    assert_eq!(codes(&read_text(&pairs(100))), Vec::<&str>::new());
    assert_eq!(codes(&read_text(&pairs(1000))), ["evaluation-too-long"]);
}

#[test]
fn a_cycle_is_not_known() {
    assert!(
        value_in("locals {\n  a = local.b\n  b = [local.a]\n}\nresource \"x_t\" \"r\" {\n  v = local.a\n}\n")
            .contains('?')
    );
    let output = read_text("resource \"x_t\" \"r\" {\n  count = length(x_t.r)\n}\n");
    assert_eq!(addresses(&output), ["x_t.r[*]"]);
}

const SAMPLE: &str = r#"
variable "names" {
  type    = list(object({ name = string, size = optional(number, 3) }))
  default = [{ name = "a" }, { name = "b", size = 1 }]
}
locals { all = { for n in var.names : n.name => merge(n, { tag = "${n.name}-%{ if n.size > 2 }big%{ else }small%{ endif }" }) } }
data "aws_iam_policy_document" "d" {
  dynamic "statement" {
    for_each = local.all
    content {
      actions   = ["s3:*"]
      resources = ["${aws_s3_bucket.b[statement.key].arn}/&{aws:username}"]
    }
  }
}
resource "aws_s3_bucket" "b" {
  for_each = local.all
  bucket   = each.value.tag
  policy   = <<-EOT
    { "Statement": [{"Effect": "Allow", "Resource": "${each.key}/*"}] }
  EOT
}
resource "aws_iam_policy" "p" { policy = data.aws_iam_policy_document.d.json }
output "o" { value = aws_s3_bucket.b["a"].arn }
"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn mutated_text_is_read_to_the_end(
        cuts in prop::collection::vec((0usize..900, 0usize..40, "[ -~\n\u{e9}]{0,8}|[\\[\\](){}\"$%<\n]{0,6}"), 1..6)
    ) {
        let mut text: Vec<char> = SAMPLE.chars().collect();
        for (at, length, with) in cuts {
            let from = at.min(text.len());
            let to = (from + length).min(text.len());
            text.splice(from..to, with.chars());
        }
        let text: String = text.into_iter().collect();
        let first = read_text(&text);
        let second = read_text(&text);
        prop_assert_eq!(first.inventory, second.inventory);
        prop_assert_eq!(first.diagnostics, second.diagnostics);
    }

    #[test]
    fn any_text_is_read_to_the_end(text in "\\PC{0,200}") {
        read_text(&text);
        read_files(&[("main.tf.json", &text)]);
        read_files(&[("main.tf", "variable \"a\" {}"), ("terraform.tfvars", &text)]);
    }
}
