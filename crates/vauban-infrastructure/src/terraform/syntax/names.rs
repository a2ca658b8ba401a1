//! Expressions in the input's own words, for names of what is not known.

use super::{Expr, ExprKind};

/// A short text for an expression: whole for names and calls, shortened for what is long.
pub(in super::super) fn words(expr: &Expr) -> String {
    let mut out = String::new();
    write(expr, &mut out, 0);
    if out.chars().count() > 80 {
        out = out.chars().take(77).collect();
        out.push_str("...");
    }
    out
}

fn write(expr: &Expr, out: &mut String, depth: u8) {
    if depth > 12 || out.len() > 200 {
        out.push_str("...");
        return;
    }
    let depth = depth + 1;
    match &expr.kind {
        ExprKind::Null => out.push_str("null"),
        ExprKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        ExprKind::Number(value) => out.push_str(&value.to_string()),
        ExprKind::Text(text) => {
            out.push('"');
            out.push_str(text);
            out.push('"');
        }
        ExprKind::Name(name) => out.push_str(name),
        ExprKind::Item => out.push('*'),
        ExprKind::Attribute(inner, name) => {
            write(inner, out, depth);
            out.push('.');
            out.push_str(name);
        }
        ExprKind::Index(inner, index) => {
            write(inner, out, depth);
            out.push('[');
            write(index, out, depth);
            out.push(']');
        }
        ExprKind::Splat(inner, _) => {
            write(inner, out, depth);
            out.push_str("[*]");
        }
        ExprKind::Call(name, arguments, _) => {
            out.push_str(name);
            out.push('(');
            for (index, argument) in arguments.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write(argument, out, depth);
            }
            out.push(')');
        }
        ExprKind::Not(inner) => {
            out.push('!');
            write(inner, out, depth);
        }
        ExprKind::Negative(inner) => {
            out.push('-');
            write(inner, out, depth);
        }
        ExprKind::Broken(text) => out.push_str(text),
        ExprKind::Template(_) => out.push_str("\"...\""),
        ExprKind::Tuple(_) => out.push_str("[...]"),
        ExprKind::Object(_) => out.push_str("{...}"),
        ExprKind::Binary(..) | ExprKind::Conditional(_) | ExprKind::For(_) => out.push_str("(...)"),
    }
}
