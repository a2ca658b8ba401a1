//! Arguments that are not known.

use vauban_model::resource::{Reference, Value, ValueKind, Why};

use super::{from_json, here, of, to_json};
use crate::terraform::functions::MOST_ALTERNATIVES;
use crate::terraform::functions::call;

fn reference(address: &str, attribute: &str) -> Value {
    Value::new(ValueKind::Reference(Reference { address: address.into(), attribute: attribute.into() }), here())
}

fn text(text: &str) -> Value {
    Value::text(text, here())
}

fn list(items: Vec<Value>) -> Value {
    Value::new(ValueKind::List(items), here())
}

fn map(entries: Vec<(&str, Value)>) -> Value {
    Value::new(ValueKind::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect()), here())
}

fn variable(name: &str) -> Value {
    Value::unknown(Why::Variable, name, here())
}

fn one_of(items: Vec<Value>) -> Value {
    Value::new(ValueKind::OneOf(items), here())
}

/// A value as it would be written, references by address.
fn shown(value: &Value) -> String {
    match &value.kind {
        ValueKind::Reference(reference) => format!("{}.{}", reference.address, reference.attribute),
        ValueKind::Unknown(unknown) => format!("?{}", unknown.name),
        ValueKind::Template(parts) => {
            let part = |part: &Value| match part.as_text() {
                Some(text) => text.to_owned(),
                None => format!("${{{}}}", shown(part)),
            };
            format!("\"{}\"", parts.iter().map(part).collect::<String>())
        }
        ValueKind::OneOf(items) => items.iter().map(shown).collect::<Vec<_>>().join(" | "),
        ValueKind::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        ValueKind::Map(entries) => {
            let entry = |(key, value): &(vauban_model::resource::Text, Value)| format!("{key}: {}", shown(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        ValueKind::Secret(inner) => format!("secret({})", shown(inner)),
        ValueKind::Document(inner) => format!("document({})", shown(inner)),
        _ => to_json(value).unwrap(),
    }
}

#[test]
fn texts_put_together_keep_references_as_parts() {
    let arn = || reference("aws_s3_bucket.b", "arn");
    assert_eq!(shown(&of("format", &[text("%s/*"), arn()])), "\"${aws_s3_bucket.b.arn}/*\"");
    assert_eq!(shown(&of("format", &[text("%s"), arn()])), "aws_s3_bucket.b.arn");
    assert_eq!(
        shown(&of("join", &[text(","), list(vec![text("a"), arn(), variable("var.x")])])),
        "\"a,${aws_s3_bucket.b.arn},${?var.x}\""
    );
    assert_eq!(
        shown(&of("replace", &[text("x-NAME-y"), text("NAME"), reference("aws_vpc.v", "id")])),
        "\"x-${aws_vpc.v.id}-y\""
    );
    assert_eq!(
        shown(&of(
            "provider::aws::arn_build",
            &[text("aws"), text("iam"), text(""), reference("data.aws_caller_identity.me", "account_id"), text("root")]
        )),
        "\"arn:aws:iam::${data.aws_caller_identity.me.account_id}:root\""
    );
    let arns = of("formatlist", &[text("%s/*"), list(vec![arn(), text("arn:x")])]);
    assert_eq!(shown(&arns), "[\"${aws_s3_bucket.b.arn}/*\", \"arn:x/*\"]");
}

#[test]
fn a_text_worked_out_of_a_reference_is_that_or_unknown_and_keeps_it() {
    let url = || reference("aws_iam_openid_connect_provider.p", "url");
    assert_eq!(
        shown(&of("replace", &[url(), text("https://"), text("")])),
        "aws_iam_openid_connect_provider.p.url | ?replace(aws_iam_openid_connect_provider.p.url, \"https://\", \"\")"
    );
    assert_eq!(
        shown(&of("element", &[of("split", &[text(":"), url()]), Value::new(ValueKind::Number(1.0), here())])),
        "aws_iam_openid_connect_provider.p.url | ?split(\":\", aws_iam_openid_connect_provider.p.url)[*]"
    );
    // A single unknown behind a result names what would settle it.
    assert_eq!(shown(&of("lower", &[variable("var.name")])), "?var.name");
    assert_eq!(shown(&of("length", &[variable("var.names")])), "?var.names");
}

#[test]
fn prefixes_of_templates_decide_where_they_are_known() {
    let arn = Value::new(ValueKind::Template(vec![text("arn:aws:s3:::"), reference("aws_s3_bucket.b", "id")]), here());
    assert_eq!(shown(&of("startswith", &[arn.clone(), text("arn:aws")])), "true");
    assert_eq!(shown(&of("startswith", &[arn.clone(), text("https://")])), "false");
    assert!(matches!(of("startswith", &[arn.clone(), text("arn:aws:s3:::x")]).kind, ValueKind::Unknown(_)));
    assert_eq!(shown(&of("trimprefix", &[arn.clone(), text("arn:aws:s3:::")])), "aws_s3_bucket.b.id");
    assert_eq!(shown(&of("contains", &[list(vec![arn.clone()]), text("https://x")])), "false");
    assert!(matches!(of("contains", &[list(vec![arn]), text("arn:aws:s3:::x")]).kind, ValueKind::Unknown(_)));
}

#[test]
fn lists_and_maps_keep_unknown_items_inside() {
    let known = || map(vec![("Name", text("web"))]);
    let merged = of("merge", &[variable("var.tags"), known()]);
    assert_eq!(shown(&merged), "{${var.tags}: ?var.tags[*], Name: \"web\"}");
    assert_eq!(shown(&of("lookup", &[merged.clone(), text("Name"), text("-")])), "\"web\"");
    assert_eq!(shown(&of("lookup", &[merged.clone(), text("team"), text("-")])), "\"-\" | ?var.tags");
    assert_eq!(shown(&of("length", &[merged])), "?var.tags");
    assert_eq!(
        shown(&of("merge", &[known(), variable("var.tags")])),
        "{Name: \"web\" | ?var.tags, ${var.tags}: ?var.tags[*]}"
    );
    let ids = reference("data.aws_subnets.s", "ids");
    let all = of("concat", &[list(vec![text("subnet-1")]), ids.clone()]);
    assert_eq!(shown(&all), "[\"subnet-1\", data.aws_subnets.s.ids.*]");
    assert!(matches!(of("length", std::slice::from_ref(&all)).kind, ValueKind::Unknown(_)));
    assert_eq!(shown(&of("contains", &[all.clone(), text("subnet-1")])), "true");
    assert!(matches!(of("contains", &[all, text("subnet-2")]).kind, ValueKind::Unknown(_)));
    assert_eq!(shown(&of("element", &[ids, Value::new(ValueKind::Number(2.0), here())])), "data.aws_subnets.s.ids.2");
    let nested = list(vec![list(vec![reference("aws_a.b", "id")]), list(vec![text("x")]), variable("var.more")]);
    assert_eq!(shown(&of("flatten", &[nested])), "[aws_a.b.id, \"x\", ?var.more[*]]");
    let zipped = of("zipmap", &[list(vec![text("a"), text("b")]), list(vec![reference("aws_a.b", "id"), text("x")])]);
    assert_eq!(shown(&zipped), "{a: aws_a.b.id, b: \"x\"}");
    assert_eq!(shown(&of("keys", &[zipped])), "[\"a\", \"b\"]");
}

#[test]
fn what_may_be_null_stays_an_alternative() {
    assert_eq!(shown(&of("coalesce", &[variable("var.x"), text("d")])), "\"d\" | ?var.x");
    assert_eq!(shown(&of("coalesce", &[text("d"), variable("var.x")])), "\"d\"");
    assert_eq!(shown(&of("coalesce", &[reference("aws_a.b", "id"), text("d")])), "aws_a.b.id | \"d\"");
    assert_eq!(shown(&of("coalesce", &[one_of(vec![Value::null(here()), text("a")]), text("d")])), "\"a\" | \"d\"");
    assert_eq!(shown(&of("coalescelist", &[variable("var.x"), list(vec![text("d")])])), "[\"d\"] | ?var.x");
}

#[test]
fn alternatives_are_worked_out_one_by_one_up_to_a_bound() {
    let either = one_of(vec![text("A"), text("B")]);
    assert_eq!(shown(&of("lower", std::slice::from_ref(&either))), "\"a\" | \"b\"");
    assert_eq!(
        shown(&of("merge", &[one_of(vec![map(vec![]), map(vec![("a", text("1"))])]), map(vec![("b", text("2"))])])),
        "{b: \"2\"} | {a: \"1\", b: \"2\"}"
    );
    let lists = one_of(vec![list(vec![]), list(vec![text("x")])]);
    assert_eq!(shown(&of("flatten", &[list(vec![lists, list(vec![text("y")])])])), "[\"x\" | ?[*], \"y\"]");
    // More combinations than the bound: nothing is claimed, nothing explodes.
    let result = of("format", &[text("%s%s%s%s"), either.clone(), either.clone(), either.clone(), either]);
    match &result.kind {
        ValueKind::OneOf(items) => assert!(items.len() <= MOST_ALTERNATIVES),
        ValueKind::Template(parts) => assert_eq!(parts.len(), 4),
        other => panic!("{other:?}"),
    }
}

#[test]
fn secrets_stay_secret_and_marks_move_with_items() {
    let secret = || Value::new(ValueKind::Secret(Box::new(text("pw"))), here());
    assert_eq!(shown(&of("upper", &[secret()])), "secret(\"PW\")");
    assert_eq!(shown(&of("join", &[text("-"), list(vec![text("a"), secret()])])), "secret(\"a-pw\")");
    assert_eq!(shown(&of("concat", &[list(vec![secret()]), list(vec![text("a")])])), "[secret(\"pw\"), \"a\"]");
    let settings = of("merge", &[map(vec![("user", text("u"))]), map(vec![("password", secret())])]);
    assert_eq!(shown(&settings), "{user: \"u\", password: secret(\"pw\")}");
    assert_eq!(shown(&of("lookup", &[settings.clone(), text("user"), text("")])), "\"u\"");
    assert_eq!(shown(&of("length", std::slice::from_ref(&settings))), "2");
    assert!(of("jsonencode", &[settings]).is_secret());
    assert!(of("sha256", &[secret()]).is_secret());
}

#[test]
fn documents_are_texts_and_are_opened_again() {
    let document = of("jsonencode", &[map(vec![("arn", reference("aws_a.b", "arn"))])]);
    assert_eq!(shown(&of("jsondecode", std::slice::from_ref(&document))), "{arn: aws_a.b.arn}");
    let known = of("jsonencode", &[from_json("{\"b\":1,\"a\":[]}")]);
    assert_eq!(shown(&of("base64encode", std::slice::from_ref(&known))), "\"eyJhIjpbXSwiYiI6MX0=\"");
    // Its spelling is not kept, so its digest is not claimed.
    assert!(matches!(of("md5", &[known]).kind, ValueKind::Unknown(_)));
    assert!(shown(&of("base64encode", &[document])).contains("aws_a.b.arn"));
}

#[test]
fn what_depends_on_the_moment_is_unknown_and_strangers_are_left_to_the_caller() {
    for name in ["timestamp", "plantimestamp", "uuid"] {
        assert_eq!(shown(&of(name, &[])), format!("?{name}()"));
    }
    assert!(call("file", &[text("x")], here()).is_none());
    assert!(call("no_such_function", &[], here()).is_none());
    assert_eq!(
        shown(&of("provider::time::duration_parse", &[reference("aws_a.b", "age")])),
        "aws_a.b.age | ?provider::time::duration_parse(aws_a.b.age)"
    );
}

#[test]
fn results_stay_within_bounds() {
    let long = text(&"a".repeat(1 << 15));
    let squared = of("replace", &[long.clone(), text("a"), long]);
    assert!(matches!(squared.kind, ValueKind::Unknown(_)));
    let many = list((0..100).map(|n| text(&n.to_string())).collect());
    let product = of("setproduct", &[many.clone(), many.clone(), many.clone()]);
    assert!(matches!(product.kind, ValueKind::Unknown(_)));
    let pairs = of("setproduct", &[many.clone(), many]);
    assert_eq!(pairs.as_list().map(<[_]>::len), Some(10_000));
    assert!(matches!(of("format", &[text("%9999999999d"), text("1")]).kind, ValueKind::Unknown(_)));
}
