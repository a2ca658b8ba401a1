//! The policies of REST APIs: who may call them from where.

use vauban_model::resource::{Value, ValueKind};

use super::make;
use crate::plain;

/// The policy of an API: the author's statements, and lists of who may and may not call as statements.
pub(super) fn of(written: &Value) -> Value {
    let span = written.span;
    let statement = |effect: &str, who: Value, condition: Option<(&str, &str, Value)>| {
        let action = make::text("execute-api:Invoke", span);
        let condition = condition.map(|(operator, key, value)| {
            let test = make::map(span, vec![(key, Some(value))]);
            make::map(span, vec![(operator, Some(test))])
        });
        make::map(
            span,
            vec![
                ("Effect", Some(make::text(effect, span))),
                ("Principal", Some(who)),
                ("Action", Some(action)),
                ("Resource", Some(make::text("execute-api:/*", span))),
                ("Condition", condition),
            ],
        )
    };
    let everybody = || make::text("*", span);
    let mut statements: Vec<Value> = make::given(written, "CustomStatements")
        .map(|all| make::items(all).into_iter().cloned().collect())
        .unwrap_or_default();
    let mut open = false;
    for (key, operator, test) in [
        ("IpRangeWhitelist", "NotIpAddress", "aws:SourceIp"),
        ("IpRangeBlacklist", "IpAddress", "aws:SourceIp"),
        ("IntrinsicVpcWhitelist", "StringNotEquals", "aws:SourceVpc"),
        ("IntrinsicVpcBlacklist", "StringEquals", "aws:SourceVpc"),
        ("IntrinsicVpceWhitelist", "StringNotEquals", "aws:SourceVpce"),
        ("IntrinsicVpceBlacklist", "StringEquals", "aws:SourceVpce"),
    ] {
        if let Some(value) = make::given(written, key) {
            open = true;
            statements.push(statement("Deny", everybody(), Some((operator, test, value.clone()))));
        }
    }
    // Networks and endpoints are in one list, told apart by their names.
    for (key, operator) in [("SourceVpcWhitelist", "StringNotEquals"), ("SourceVpcBlacklist", "StringEquals")] {
        let Some(value) = make::given(written, key) else { continue };
        open = true;
        let (points, networks): (Vec<Value>, Vec<Value>) = make::items(value)
            .into_iter()
            .cloned()
            .partition(|one| one.as_text().is_some_and(|one| one.starts_with("vpce-")));
        for (test, list) in [("aws:SourceVpc", networks), ("aws:SourceVpce", points)] {
            if !list.is_empty() {
                let list = plain::list(value.span, list);
                statements.push(statement("Deny", everybody(), Some((operator, test, list))));
            }
        }
    }
    for (key, effect) in [("AwsAccountWhitelist", "Allow"), ("AwsAccountBlacklist", "Deny")] {
        let Some(value) = make::given(written, key) else { continue };
        open |= effect == "Deny";
        let accounts = plain::list(value.span, make::items(value).into_iter().cloned().collect());
        statements.push(statement(effect, plain::map(span, [("AWS", accounts)]), None));
    }
    if open {
        statements.insert(0, statement("Allow", everybody(), None));
    }
    let mut document = make::document(statements, span);
    document.span = span;
    Value::new(ValueKind::Document(Box::new(document)), span)
}
