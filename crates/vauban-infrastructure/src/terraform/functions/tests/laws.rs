//! Laws, and no panic on anything.

use std::net::Ipv4Addr;

use proptest::prelude::*;
use vauban_model::resource::{Reference, Value, ValueKind, Why};

use super::{here, of, to_json};
use crate::terraform::functions::call;

fn number(number: f64) -> Value {
    Value::new(ValueKind::Number(number), here())
}

fn texts(items: &[String]) -> Value {
    Value::new(ValueKind::List(items.iter().map(|item| Value::text(item.as_str(), here())).collect()), here())
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(ValueKind::Null),
        any::<bool>().prop_map(ValueKind::Bool),
        prop_oneof![(-300i32..300).prop_map(f64::from), any::<f64>()].prop_map(ValueKind::Number),
        prop_oneof![
            "[a-z/:.%$ ]{0,8}",
            "\\PC{0,6}",
            Just("10.0.0.0/16".to_owned()),
            Just("2020-01-01T00:00:00Z".to_owned()),
            Just("arn:aws:iam::1:role/a/b".to_owned()),
            Just("/(a+)/".to_owned()),
            Just("{\"a\":[1]}".to_owned())
        ]
        .prop_map(|text| ValueKind::Text(text.into())),
        Just(ValueKind::Reference(Reference { address: "a.b".into(), attribute: "id".into() })),
        Just(ValueKind::Unknown(vauban_model::resource::Unknown { why: Why::Variable, name: "var.x".into() })),
    ]
    .prop_map(|kind| Value::new(kind, here()));
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(ValueKind::List),
            prop::collection::vec(inner.clone(), 0..4).prop_map(ValueKind::OneOf),
            prop::collection::vec(inner.clone(), 0..4).prop_map(ValueKind::Template),
            prop::collection::vec(("[a-c]", inner.clone()), 0..3).prop_map(|entries| {
                let mut seen = Vec::new();
                let mut kept = Vec::new();
                for (key, value) in entries {
                    if !seen.contains(&key) {
                        seen.push(key.clone());
                        kept.push((key.as_str().into(), value));
                    }
                }
                ValueKind::Map(kept)
            }),
            inner.clone().prop_map(|inner| ValueKind::Document(Box::new(inner))),
            inner.prop_map(|inner| ValueKind::Secret(Box::new(inner))),
        ]
        .prop_map(|kind| Value::new(kind, here()))
    })
}

const NAMES: &str = "abs ceil floor log max min parseint pow signum sum basename chomp dirname endswith format formatlist indent join lower \
    regex regexall replace split startswith strcontains strrev substr title trim trimprefix trimspace trimsuffix upper \
    alltrue anytrue chunklist coalesce coalescelist compact concat contains distinct element flatten index length one \
    range reverse slice sort keys lookup matchkeys merge transpose values zipmap setintersection setproduct setsubtract \
    setunion tobool tolist tomap tonumber toset tostring type base64decode base64encode base64gzip csvdecode jsondecode \
    jsonencode textdecodebase64 textencodebase64 urldecode urlencode yamldecode yamlencode base64sha256 base64sha512 \
    bcrypt md5 sha1 sha256 sha512 uuid uuidv5 formatdate plantimestamp timestamp timeadd timecmp cidrcontains cidrhost \
    cidrnetmask cidrsubnet cidrsubnets provider::aws::arn_build provider::aws::arn_parse \
    provider::aws::trim_iam_role_path";

/// Whether a function that is asked for text keeps every reference of its arguments in sight.
fn references(value: &Value) -> usize {
    let mut count = 0;
    value.references(&mut |_, _| count += 1);
    count
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_secrets_do_not_leak(args in prop::collection::vec(any_value(), 0..4)) {
        for name in NAMES.split_whitespace() {
            let result = call(name, &args, here()).unwrap();
            let again = call(name, &args, here()).unwrap();
            prop_assert_eq!(format!("{result:?}"), format!("{again:?}"));
        }
        if args.iter().any(Value::is_secret) {
            for name in ["upper", "format", "join", "base64encode", "sha256", "replace", "substr"] {
                prop_assert!(call(name, &args, here()).unwrap().is_secret());
            }
        }
    }

    #[test]
    fn texts_made_of_references_keep_them(parts in prop::collection::vec("[a-z]{0,3}", 1..5), at in 0usize..5) {
        let at = at.min(parts.len() - 1);
        let mut items: Vec<Value> = parts.iter().map(|part| Value::text(part.as_str(), here())).collect();
        items[at] = Value::new(
            ValueKind::Reference(Reference { address: "a.b".into(), attribute: "id".into() }),
            here(),
        );
        let list = Value::new(ValueKind::List(items), here());
        let joined = of("join", &[Value::text("-", here()), list.clone()]);
        for name in ["upper", "sha256", "base64encode", "trimspace", "strrev", "tostring", "jsonencode"] {
            prop_assert!(references(&of(name, std::slice::from_ref(&joined))) > 0, "{}", name);
        }
        for name in ["sort", "reverse", "distinct", "toset", "compact", "flatten", "setunion", "jsonencode"] {
            prop_assert!(references(&of(name, std::slice::from_ref(&list))) > 0, "{}", name);
        }
    }

    #[test]
    fn subnets_are_the_parts_of_a_block_in_order(base in any::<u32>(), prefix in 8u32..24, more in 0u32..7, at in any::<u32>()) {
        let count = 1u32 << more;
        let at = at % count;
        let block = format!("{}/{prefix}", Ipv4Addr::from(base));
        let made = of("cidrsubnet", &[Value::text(block.as_str(), here()), number(f64::from(more)), number(f64::from(at))]);
        // By counting addresses from the start of the block.
        let mask = u32::MAX << (32 - prefix);
        let size = 1u64 << (32 - prefix - more);
        let start = u64::from(base & mask) + u64::from(at) * size;
        let expected = format!("{}/{}", Ipv4Addr::from(u32::try_from(start).unwrap()), prefix + more);
        prop_assert_eq!(made.as_text(), Some(expected.as_str()));
        let host = of("cidrhost", &[Value::text(expected.as_str(), here()), number(-1.0)]);
        let last = Ipv4Addr::from(u32::try_from(start + size - 1).unwrap()).to_string();
        prop_assert_eq!(host.as_text(), Some(last.as_str()));
        let inside = of("cidrcontains", &[Value::text(block, here()), host]);
        prop_assert_eq!(inside.as_bool(), Some(true));
    }

    #[test]
    fn blocks_cut_off_one_after_another_lie_apart_and_inside(bits in prop::collection::vec(1u32..8, 1..12)) {
        let mut args = vec![Value::text("10.32.0.0/12", here())];
        args.extend(bits.iter().map(|bits| number(f64::from(*bits))));
        let made = of("cidrsubnets", &args);
        let Some(blocks) = made.as_list() else { return Ok(()) };
        let mut end = 10u64 << 24 | 32 << 16;
        for (block, bits) in blocks.iter().zip(&bits) {
            let (address, prefix) = block.as_text().unwrap().split_once('/').unwrap();
            let start = u64::from(u32::from(address.parse::<Ipv4Addr>().unwrap()));
            prop_assert_eq!(prefix.parse::<u32>().unwrap(), 12 + bits);
            prop_assert!(start >= end);
            prop_assert_eq!(start % (1 << (20 - bits)), 0);
            end = start + (1 << (20 - bits));
        }
        prop_assert!(end <= (10u64 << 24 | 48 << 16));
    }

    #[test]
    fn sorting_and_taking_each_once_keep_their_laws(items in prop::collection::vec("[a-c]{0,2}", 0..12)) {
        let list = texts(&items);
        let sorted = of("sort", std::slice::from_ref(&list));
        let mut expected = items.clone();
        expected.sort();
        prop_assert_eq!(to_json(&sorted), to_json(&texts(&expected)));
        let once = of("distinct", std::slice::from_ref(&list));
        prop_assert_eq!(to_json(&of("distinct", std::slice::from_ref(&once))), to_json(&once));
        expected.dedup();
        prop_assert_eq!(to_json(&of("toset", std::slice::from_ref(&list))), to_json(&texts(&expected)));
        prop_assert_eq!(to_json(&of("sort", &[once])), to_json(&texts(&expected)));
        let twice = of("reverse", &[of("reverse", std::slice::from_ref(&list))]);
        prop_assert_eq!(to_json(&twice), to_json(&list));
    }

    #[test]
    fn encodings_come_back(text in "\\PC{0,20}") {
        let value = Value::text(text.as_str(), here());
        for (there, back) in [("base64encode", "base64decode"), ("urlencode", "urldecode"), ("jsonencode", "jsondecode")] {
            let result = of(back, &[of(there, std::slice::from_ref(&value))]);
            prop_assert_eq!(result.as_text(), Some(text.as_str()));
        }
        let split = of("split", &[Value::text("a", here()), value]);
        let joined = of("join", &[Value::text("a", here()), split]);
        prop_assert_eq!(joined.as_text(), Some(text.as_str()));
    }

    #[test]
    fn adding_time_and_taking_it_away_is_nothing(hours in -20_000i32..20_000, minutes in 0i32..60) {
        let start = "2024-02-29T12:30:45Z";
        let there = of("timeadd", &[Value::text(start, here()), Value::text(format!("{hours}h{minutes}m"), here())]);
        let back = if hours < 0 { format!("{}h{minutes}m", -hours) } else { format!("-{hours}h{minutes}m") };
        let again = of("timeadd", &[there, Value::text(back, here())]);
        prop_assert_eq!(again.as_text(), Some(start));
    }
}
