//! Values: references, unknowns, where they came from, and how many there are of a block.

use vauban_infrastructure::Options;
use vauban_model::resource::{Mode, Why};

use super::{addresses, codes, read_files, read_text, read_with, resource, show, value_in, value_of};

fn attribute(text: &str, address: &str, name: &str) -> String {
    let output = read_text(text);
    resource(&output, address).attributes.get(name).map_or_else(|| "absent".to_owned(), show)
}

#[test]
fn a_reference_stays_one_even_where_the_value_is_stated() {
    let text = "resource \"a_a\" \"a\" {\n  name = \"n\"\n}\nresource \"x_t\" \"r\" {\n  v = ";
    assert_eq!(value_in(&format!("{text}a_a.a.name\n}}")), "<a_a.a.name>");
    assert_eq!(value_in(&format!("{text}\"${{a_a.a.name}}-x\"\n}}")), "`<a_a.a.name>|\"-x\"`");
    assert_eq!(value_in(&format!("{text}a_a.a\n}}")), "<a_a.a>");
    assert_eq!(value_in(&format!("{text}a_a.a.list[0].name\n}}")), "<a_a.a.list.0.name>");
    assert_eq!(value_in(&format!("{text}resource.a_a.a.id\n}}")), "<a_a.a.id>");
    // Where the text is needed it is looked up.
    assert_eq!(value_in(&format!("{text}upper(a_a.a.name)\n}}")), "\"N\"");
    assert_eq!(value_in(&format!("{text}a_a.a.name == \"n\" ? 1 : 2\n}}")), "1");
}

#[test]
fn a_reference_to_nothing_is_kept_and_told() {
    let output = read_text("resource \"x_t\" \"r\" {\n  v = a_a.gone[0].id\n}");
    assert_eq!(show(&resource(&output, "x_t.r").attributes), "{v = <a_a.gone[0].id>}");
    assert_eq!(codes(&output), ["undeclared-resource"]);
}

#[test]
fn count_and_for_each_make_instances() {
    let text = "
resource \"a_a\" \"a\" {
  count = 2
  name  = \"n${count.index}\"
}
resource \"a_a\" \"b\" {
  for_each = toset([\"y\", \"x\"])
  name     = each.key
}
resource \"a_a\" \"none\" { count = 0 }
resource \"x_t\" \"r\" {
  all   = a_a.a[*].id
  old   = a_a.a.*.id
  one   = a_a.b[\"x\"].id
  map   = { for k, v in a_a.b : k => v.id }
  vals  = values(a_a.b)[*].id
  none  = try(a_a.none[0].id, \"fallback\")
  first = element(a_a.a[*].id, 0)
  count = 1
}";
    let output = read_text(text);
    assert_eq!(addresses(&output), ["a_a.a[0]", "a_a.a[1]", "a_a.b[\"x\"]", "a_a.b[\"y\"]", "x_t.r[0]"]);
    assert_eq!(resource(&output, "a_a.a[1]").text("name"), Some("n1"));
    assert_eq!(
        show(&resource(&output, "x_t.r[0]").attributes),
        "{all = [<a_a.a[0].id>, <a_a.a[1].id>], old = [<a_a.a[0].id>, <a_a.a[1].id>], one = <a_a.b[\"x\"].id>, \
         map = {x = <a_a.b[\"x\"].id>, y = <a_a.b[\"y\"].id>}, vals = [<a_a.b[\"x\"].id>, <a_a.b[\"y\"].id>], \
         none = \"fallback\", first = <a_a.a[0].id>}"
    );
}

#[test]
fn an_unknown_number_of_instances_is_one_that_stands_for_many() {
    let text = "
variable \"n\" {}
variable \"m\" {}
resource \"a_a\" \"a\" { count = var.n }
resource \"a_a\" \"b\" {
  for_each = var.m
  name     = each.value
}
resource \"a_a\" \"c\" { count = var.n ? 1 : 0 }
resource \"a_a\" \"d\" {
  for_each = toset([a_a.a[0].id])
  name     = each.key
}
resource \"x_t\" \"r\" {
  a = a_a.a[0].id
  b = a_a.b[\"k\"].id
  c = a_a.a[*].id
  e = length(a_a.a)
}";
    let output = read_text(text);
    assert_eq!(addresses(&output), ["a_a.a[*]", "a_a.b[*]", "a_a.c[*]", "a_a.d[*]", "x_t.r"]);
    assert!(output.inventory.resources.iter().take(4).all(|one| one.many));
    assert!(!resource(&output, "x_t.r").many);
    assert_eq!(show(&resource(&output, "a_a.b[*]").attributes), "{name = ?var.m[*]}");
    assert_eq!(show(&resource(&output, "a_a.d[*]").attributes), "{name = <a_a.a[*].id>}");
    let shown = show(&resource(&output, "x_t.r").attributes);
    assert!(shown.starts_with("{a = <a_a.a[*].id>, b = <a_a.b[*].id>, c = [<a_a.a[*].id>], e = ?"), "{shown}");
}

#[test]
fn what_is_not_known_goes_through_loops() {
    let text = "locals {\n  m = { for k, v in data.a_b.c.all : k => v.id }\n  l = [for s in a_a.b.list : s.id]\n}\n\
                data \"a_b\" \"c\" {}\nresource \"a_a\" \"b\" {}\nresource \"x_t\" \"r\" {\n  v = ";
    assert_eq!(value_in(&format!("{text}local.m[\"k\"]\n}}")), "<data.a_b.c.all.*.id>");
    assert_eq!(value_in(&format!("{text}local.l\n}}")), "[<a_a.b.list.*.id>]");
    assert_eq!(value_in(&format!("{text}length(local.l) > 5 ? 1 : 2\n}}")), "one of 1 | 2");
}

#[test]
fn a_condition_that_is_not_known_gives_both() {
    let text = "variable \"q\" {}\nresource \"x_t\" \"r\" {\n  v = var.q == \"a\" ? \"yes\" : \"no\"\n}";
    assert_eq!(value_in(text), "one of \"yes\" | \"no\"");
    let text = "variable \"q\" {}\nresource \"x_t\" \"r\" {\n  v = var.q && false ? \"yes\" : \"no\"\n}";
    assert_eq!(value_in(text), "\"no\"");
    // What another resource gives is there, whatever it is.
    assert_eq!(value_of("x_y.z.arn != null && x_y.z.arn != \"\" ? 1 : 2"), "1");
}

#[test]
fn variables_take_the_value_that_counts_most() {
    let main = "variable \"a\" { default = 1 }\nvariable \"b\" {}\nvariable \"c\" { default = 1 }\nvariable \"d\" {\n  description = \" What for \"\n}\n\
                variable \"e\" { type = list(string) }\n\
                resource \"x_t\" \"r\" {\n  v = [var.a, var.b, var.c, var.d, var.e]\n}";
    let files = [
        ("main.tf", main),
        ("terraform.tfvars", "a = 2\nb = 2\n"),
        ("x.auto.tfvars", "b = 3\n"),
        ("env/prod.tfvars", "c = 4\n"),
    ];
    let options = Options {
        variables: vec![("e".to_owned(), "[\"x\"]".to_owned()), ("nobody".to_owned(), "1".to_owned())],
        variable_files: vec!["env/prod.tfvars".to_owned()],
        ..Options::default()
    };
    let output = read_with(&files, &options);
    assert_eq!(show(&resource(&output, "x_t.r").attributes), "{v = [2, 3, 4, ?var.d, [\"x\"]]}");
    let unset: Vec<_> = output.inventory.variables.iter().map(|it| (&*it.name, &*it.description)).collect();
    assert_eq!(unset, [("var.d", "What for")]);
    assert_eq!(codes(&output), ["value-for-no-variable"]);
}

#[test]
fn types_fill_in_optional_attributes_and_convert() {
    let text = "variable \"a\" {\n  type = list(object({ n = string, p = optional(number, 80), q = optional(bool) }))\n  \
                default = [{ n = 5 }, { n = \"b\", p = \"81\" }]\n}\nresource \"x_t\" \"r\" {\n  v = var.a\n}";
    assert_eq!(value_in(text), "[{n = \"5\", p = 80, q = null}, {n = \"b\", p = 81, q = null}]");
    let text = "variable \"a\" {\n  default = 7\n  nullable = false\n}\nresource \"x_t\" \"r\" {\n  v = var.a\n}";
    assert_eq!(value_in(text), "7");
}

#[test]
fn secrets_stay_secret_on_their_way() {
    let text = "variable \"p\" {\n  default = \"hunter2\"\n  sensitive = true\n}\nresource \"x_t\" \"r\" {\n  v = ";
    assert_eq!(value_in(&format!("{text}\"pw=${{var.p}}\"\n}}")), "secret \"pw=hunter2\"");
    assert_eq!(value_in(&format!("{text}upper(var.p)\n}}")), "secret \"HUNTER2\"");
    assert_eq!(value_in(&format!("{text}nonsensitive(var.p)\n}}")), "\"hunter2\"");
    assert_eq!(value_in(&format!("{text}\"${{x_y.z.id}}:${{var.p}}\"\n}}")), "`<x_y.z.id>|\":\"|secret \"hunter2\"`");
    assert_eq!(value_in(&format!("{text}jsonencode({{ a = var.p }})\n}}")), "document {a = secret \"hunter2\"}");
}

#[test]
fn provenance_leads_back_through_locals_and_variables() {
    let text =
        "variable \"a\" {\n  default = \"x\"\n}\nlocals {\n  b = var.a\n}\nresource \"x_t\" \"r\" {\n  v = local.b\n}";
    let output = read_text(text);
    let value = resource(&output, "x_t.r").attributes.get("v").cloned();
    let mut steps = Vec::new();
    let mut via = value.as_ref().and_then(|value| value.via.clone());
    while let Some(step) = via {
        steps.push((step.name.to_string(), step.span.line));
        via = step.before.clone();
    }
    assert_eq!(value.map(|value| value.span.line), Some(8));
    assert_eq!(steps, [("local.b".to_owned(), 5), ("var.a".to_owned(), 2)]);
}

#[test]
fn dynamic_blocks_are_blocks() {
    let text = "variable \"u\" {}\nlocals {\n  ports = { web = 80, tls = 443 }\n}\nresource \"x_t\" \"r\" {\n  ingress {\n    port = 22\n  }\n  \
                dynamic \"ingress\" {\n    for_each = local.ports\n    iterator = p\n    content {\n      port = p.value\n      name = p.key\n    }\n  }\n  \
                dynamic \"tag\" {\n    for_each = var.u\n    content {\n      key = tag.value.k\n    }\n  }\n  \
                dynamic \"set\" {\n    for_each = toset([\"s\"])\n    content {\n      k = set.key\n    }\n  }\n}";
    assert_eq!(
        attribute(text, "x_t.r", "ingress"),
        "[{port = 22}, {port = 443, name = \"tls\"}, {port = 80, name = \"web\"}]"
    );
    // Not known is not none.
    assert_eq!(attribute(text, "x_t.r", "tag"), "[{key = ?var.u[*]}]");
    assert_eq!(attribute(text, "x_t.r", "set"), "[{k = \"s\"}]");
}

#[test]
fn texts_of_blocks_that_run_things_are_there() {
    let text = "resource \"x_t\" \"r\" {\n  depends_on = [a_a.b, module.m]\n  provisioner \"remote-exec\" {\n    inline = [\"echo ${self.id}\"]\n  }\n  \
                connection {\n    private_key = \"key\"\n  }\n  lifecycle {\n    ignore_changes = [tags, a[0].b]\n    prevent_destroy = true\n  }\n}\nresource \"a_a\" \"b\" {}\nmodule \"m\" {\n  source = \"./m\"\n}";
    let output = read_text(text);
    let found = resource(&output, "x_t.r");
    assert_eq!(
        show(&found.attributes),
        "{provisioner = [{label = \"remote-exec\", inline = [`\"echo \"|<x_t.r.id>`]}], connection = [{private_key = \"key\"}], \
         lifecycle = [{ignore_changes = [\"tags\", \"a[0].b\"], prevent_destroy = true}]}"
    );
    assert_eq!(found.depends_on.iter().map(|it| &**it).collect::<Vec<_>>(), ["a_a.b", "module.m"]);
}

#[test]
fn files_are_opened_inside_the_tree_only() {
    let main = "resource \"x_t\" \"r\" {\n  a = file(\"${path.module}/a.txt\")\n  b = file(\"../../secret\")\n  c = file(\"/etc/passwd\")\n  \
                d = file(\"../shared.txt\")\n  e = fileexists(\"gone\")\n  f = fileset(path.module, \"t/**/*.{sh,py}\")\n  \
                g = templatefile(\"t/x/u.sh\", { name = a_a.a.id, on = true })\n  h = try(file(\"gone\"), \"none\")\n}";
    let files = [
        ("live/main.tf", main),
        ("live/a.txt", "hello"),
        ("shared.txt", "shared"),
        ("live/t/x/u.sh", "%{ if on ~}\nrun ${name}\n%{ endif ~}\n"),
        ("live/t/v.py", ""),
    ];
    let output = read_files(&files);
    let found = &resource(&output, "live:x_t.r").attributes;
    assert_eq!(
        show(found),
        "{a = \"hello\", b = ?file(\"../../secret\"), c = ?file(\"/etc/passwd\"), d = \"shared\", e = false, \
         f = [\"t/v.py\", \"t/x/u.sh\"], g = `\"run \"|<live:a_a.a.id>|\"\\n\"`, h = \"none\"}"
    );
    assert_eq!(codes(&output).iter().filter(|code| **code == "file-outside").count(), 2);
    let via = found.get("a").and_then(|value| value.via.clone());
    assert_eq!(via.map(|via| via.span.file.0), Some(1));
}

#[test]
fn data_sources_are_looked_up_things() {
    let output = read_text(
        "data \"a_b\" \"c\" {\n  q = 1\n}\nresource \"x_t\" \"r\" {\n  v = data.a_b.c.id\n}\ncheck \"k\" {\n  data \"a_b\" \"d\" {}\n}",
    );
    assert_eq!(resource(&output, "data.a_b.c").mode, Mode::Data);
    assert_eq!(resource(&output, "data.a_b.d").mode, Mode::Data);
    assert_eq!(show(&resource(&output, "x_t.r").attributes), "{v = <data.a_b.c.id>}");
}

#[test]
fn what_cannot_be_worked_out_says_why() {
    let output = read_text("resource \"x_t\" \"r\" {\n  a = timestamp()\n  b = nosuch(1)\n  c = var.gone\n}");
    let why = |name: &str| match resource(&output, "x_t.r").attributes.get(name).map(|value| &value.kind) {
        Some(vauban_model::resource::ValueKind::Unknown(unknown)) => Some(unknown.why),
        _ => None,
    };
    assert_eq!(why("a"), Some(Why::Computed));
    assert_eq!(why("b"), Some(Why::Unsupported));
    assert_eq!(why("c"), Some(Why::Missing));
    assert_eq!(codes(&output), ["unknown-function", "undeclared-name"]);
}

#[test]
fn expansion_is_bounded() {
    let output = read_text("resource \"x_t\" \"r\" {\n  count = 1e9\n}");
    assert_eq!(output.inventory.resources.len(), 10_000);
    assert_eq!(codes(&output), ["too-many-instances"]);
}
