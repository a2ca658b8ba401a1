//! Modules, roots and providers.

use vauban_model::resource::Mode;

use super::{addresses, codes, read_files, resource, show};

#[test]
fn modules_pass_values_in_and_out_at_any_depth() {
    let files = [
        (
            "main.tf",
            "module \"outer\" {\n  source = \"./outer\"\n  name = a_a.top.id\n}\nresource \"a_a\" \"top\" {}\nresource \"x_t\" \"r\" {\n  v = module.outer.id\n}",
        ),
        (
            "outer/main.tf",
            "variable \"name\" {}\nmodule \"inner\" {\n  source = \"../inner\"\n  for_each = toset([\"k\"])\n  name = var.name\n}\noutput \"id\" { value = module.inner[\"k\"].id }",
        ),
        (
            "inner/main.tf",
            "variable \"name\" {}\nvariable \"unset\" {}\nresource \"b_b\" \"b\" {\n  name = var.name\n  u = var.unset\n}\noutput \"id\" { value = b_b.b.id }",
        ),
    ];
    let output = read_files(&files);
    assert_eq!(addresses(&output), ["module.outer.module.inner[\"k\"].b_b.b", "a_a.top", "x_t.r"]);
    let inner = resource(&output, "module.outer.module.inner[\"k\"].b_b.b");
    assert_eq!(show(&inner.attributes), "{name = <a_a.top.id>, u = ?module.outer.module.inner[\"k\"].var.unset}");
    assert_eq!(inner.calls.iter().map(|span| (span.file.0, span.line)).collect::<Vec<_>>(), [(0, 1), (1, 2)]);
    let value = resource(&output, "x_t.r").attributes.get("v").cloned();
    assert_eq!(value.as_ref().map(show).as_deref(), Some("<module.outer.module.inner[\"k\"].b_b.b.id>"));
    assert_eq!(output.inventory.variables.len(), 1);
    assert!(output.diagnostics.is_empty(), "{:?}", output.diagnostics);
}

#[test]
fn a_module_is_called_as_often_as_it_is_counted() {
    let files = [
        (
            "main.tf",
            "variable \"n\" {}\nmodule \"m\" {\n  source = \"./m\"\n  count = 2\n  i = count.index\n}\nmodule \"u\" {\n  source = \"./m\"\n  count = var.n\n  i = 9\n}\nmodule \"z\" {\n  source = \"./m\"\n  count = 0\n  i = 0\n}\nresource \"x_t\" \"r\" {\n  v = module.m[*].id\n  w = module.u[0].id\n}",
        ),
        (
            "m/main.tf",
            "variable \"i\" {}\nresource \"b_b\" \"b\" {\n  i = var.i\n}\noutput \"id\" { value = b_b.b.id }",
        ),
    ];
    let output = read_files(&files);
    assert_eq!(addresses(&output), ["module.m[0].b_b.b", "module.m[1].b_b.b", "module.u[*].b_b.b", "x_t.r"]);
    assert!(resource(&output, "module.u[*].b_b.b").many);
    assert_eq!(
        show(&resource(&output, "x_t.r").attributes),
        "{v = [<module.m[0].b_b.b.id>, <module.m[1].b_b.b.id>], w = <module.u[*].b_b.b.id>}"
    );
}

#[test]
fn providers_are_seen_from_the_root() {
    let files = [
        (
            "main.tf",
            "provider \"aws\" {\n  alias = \"prod\"\n}\nmodule \"m\" {\n  source = \"./m\"\n  providers = {\n    aws       = aws.prod\n    aws.other = aws\n  }\n}\nresource \"aws_b\" \"here\" {}\nresource \"aws_b\" \"there\" {\n  provider = aws.prod\n}",
        ),
        (
            "m/main.tf",
            "module \"n\" {\n  source = \"../n\"\n}\nresource \"aws_b\" \"b\" {}\nresource \"aws_b\" \"o\" {\n  provider = aws.other\n}",
        ),
        ("n/main.tf", "resource \"aws_b\" \"b\" {}\nresource \"tls_k\" \"k\" {}"),
    ];
    let output = read_files(&files);
    let scope = |address: &str| resource(&output, address).scope.to_string();
    assert_eq!(scope("module.m.aws_b.b"), "prod");
    assert_eq!(scope("module.m.aws_b.o"), "");
    assert_eq!(scope("module.m.module.n.aws_b.b"), "prod");
    assert_eq!(scope("module.m.module.n.tls_k.k"), "");
    assert_eq!(scope("aws_b.here"), "");
    assert_eq!(scope("aws_b.there"), "prod");
}

#[test]
fn a_module_that_is_not_at_hand_is_one_thing_with_its_inputs() {
    let output = read_files(&[(
        "main.tf",
        "module \"vpc\" {\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"5.0\"\n  cidr = \"10.0.0.0/16\"\n}\nresource \"x_t\" \"r\" {\n  v = module.vpc.subnets[0]\n}",
    )]);
    let module = resource(&output, "module.vpc");
    assert_eq!((module.mode, &*module.ty, &*module.name), (Mode::Opaque, "module", "vpc"));
    assert_eq!(module.text("cidr"), Some("10.0.0.0/16"));
    assert_eq!(show(&resource(&output, "x_t.r").attributes), "{v = <module.vpc.subnets.0>}");
    assert_eq!(codes(&output), ["module-missing"]);
}

#[test]
fn fetched_modules_are_found_through_the_tool_s_list() {
    let files = [
        ("main.tf", "module \"vpc\" {\n  source = \"terraform-aws-modules/vpc/aws\"\n  cidr = \"c\"\n}"),
        (
            ".terraform/modules/modules.json",
            r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"vpc","Source":"x","Dir":".terraform/modules/vpc"},{"Key":"vpc.sub","Source":"git::y","Dir":".terraform/modules/vpc.sub"}]}"#,
        ),
        (
            ".terraform/modules/vpc/main.tf",
            "variable \"cidr\" {}\nresource \"b_b\" \"b\" {\n  c = var.cidr\n}\nmodule \"sub\" {\n  source = \"git::y\"\n}",
        ),
        (".terraform/modules/vpc.sub/main.tf", "resource \"b_b\" \"s\" {}"),
        (".terraform/modules/unused/main.tf", "resource \"b_b\" \"u\" {}"),
    ];
    let output = read_files(&files);
    assert_eq!(addresses(&output), ["module.vpc.b_b.b", "module.vpc.module.sub.b_b.s"]);
    assert!(output.diagnostics.is_empty());
}

#[test]
fn every_folder_that_nobody_calls_is_a_root() {
    let files = [
        ("live/a/main.tf", "module \"m\" {\n  source = \"../../m\"\n}\nresource \"x_t\" \"r\" {\n  v = module.m.id\n}"),
        ("live/b/main.tf", "module \"m\" {\n  source = \"../../m\"\n}"),
        ("m/main.tf", "resource \"b_b\" \"b\" {}\noutput \"id\" { value = b_b.b.id }"),
        ("never-called/main.tf", "variable \"x\" {}\nresource \"c_c\" \"c\" {\n  x = var.x\n}"),
    ];
    let output = read_files(&files);
    assert_eq!(
        addresses(&output),
        ["live/a:module.m.b_b.b", "live/a:x_t.r", "live/b:module.m.b_b.b", "never-called:c_c.c"]
    );
    assert_eq!(show(&resource(&output, "live/a:x_t.r").attributes), "{v = <live/a:module.m.b_b.b.id>}");
    assert_eq!(show(&resource(&output, "never-called:c_c.c").attributes), "{x = ?never-called:var.x}");
}

#[test]
fn modules_that_call_each_other_end() {
    let files = [
        ("a/main.tf", "module \"b\" {\n  source = \"../b\"\n}\nresource \"x_t\" \"a\" {}"),
        ("b/main.tf", "module \"a\" {\n  source = \"../a\"\n}\nresource \"x_t\" \"b\" {}"),
    ];
    let output = read_files(&files);
    assert_eq!(addresses(&output), ["a:module.b.module.a", "a:module.b.x_t.b", "a:x_t.a"]);
    assert_eq!(codes(&output), ["module-cycle"]);
}

#[test]
fn moved_blocks_and_others_survive() {
    let output = read_files(&[(
        "main.tf",
        "moved {\n  from = x_t.a[0]\n  to   = module.m.x_t.b\n}\nimport {\n  to = x_t.r\n  id = \"1\"\n}\nremoved {\n  from = x_t.gone\n}\nephemeral \"e_e\" \"e\" {}\nresource \"x_t\" \"r\" {}",
    )]);
    assert_eq!(output.inventory.moved, [("x_t.a[0]".into(), "module.m.x_t.b".into())]);
    assert_eq!(addresses(&output), ["ephemeral.e_e.e", "x_t.r"]);
    assert!(output.diagnostics.is_empty());
}

#[test]
fn override_files_replace_arguments() {
    let files = [
        ("main.tf", "resource \"x_t\" \"r\" {\n  a = 1\n  b = 2\n}"),
        ("x_override.tf", "resource \"x_t\" \"r\" {\n  b = 3\n}"),
    ];
    let output = read_files(&files);
    assert_eq!(show(&resource(&output, "x_t.r").attributes), "{a = 1, b = 3}");
}
