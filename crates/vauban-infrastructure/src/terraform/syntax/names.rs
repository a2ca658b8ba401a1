//! Expressions in the input's own words, for names of what is not known and of conditions.

use super::{Expr, ExprKind, Operator};

/// Longest condition that is told apart from others, in bytes.
const LONGEST: usize = 2_000;

/// What has to hold for a count of one or none to be one, each part on its own: `a` and `b` for `a && b ? 1 : 0`. The same
/// text for the same condition. Nothing for what is too long, or of a kind that is not compared.
pub(in super::super) fn conditions(count: &Expr) -> Option<Vec<String>> {
    let mut out = Vec::new();
    let is = |expr: &Expr, wanted: &str| matches!(&expr.kind, ExprKind::Number(number) if number.to_string() == wanted);
    match &count.kind {
        ExprKind::Conditional(three) => {
            let [condition, yes, no] = &**three;
            if is(yes, "1") && is(no, "0") {
                parts(condition, true, &mut out)?;
            } else if is(yes, "0") && is(no, "1") {
                parts(condition, false, &mut out)?;
            } else {
                out.push(whole(count)?);
            }
        }
        _ => out.push(whole(count)?),
    }
    Some(out)
}

/// The parts of a condition that all have to hold, or all have to fail.
fn parts(expr: &Expr, holds: bool, out: &mut Vec<String>) -> Option<()> {
    match &expr.kind {
        ExprKind::Not(inner) => parts(inner, !holds, out),
        ExprKind::Binary(Operator::And, first, second) if holds => {
            parts(first, holds, out)?;
            parts(second, holds, out)
        }
        ExprKind::Binary(Operator::Or, first, second) if !holds => {
            parts(first, holds, out)?;
            parts(second, holds, out)
        }
        ExprKind::Binary(operator @ (Operator::Equal | Operator::NotEqual), first, second) => {
            let equal = holds == (*operator == Operator::Equal);
            out.push(format!("{}{} == {}", if equal { "" } else { "!" }, whole(first)?, whole(second)?));
            Some(())
        }
        _ => {
            out.push(format!("{}{}", if holds { "" } else { "!" }, whole(expr)?));
            Some(())
        }
    }
}

fn whole(expr: &Expr) -> Option<String> {
    let mut out = String::new();
    exact(expr, &mut out).then_some(out)
}

/// Writes an expression so that different ones differ; whether that was possible.
fn exact(expr: &Expr, out: &mut String) -> bool {
    if out.len() > LONGEST {
        return false;
    }
    let list = |items: &[Expr], out: &mut String| {
        items.iter().all(|item| {
            let good = exact(item, out);
            out.push(',');
            good
        })
    };
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Item => {
            write(expr, out, 0);
            true
        }
        ExprKind::Text(text) => {
            out.push_str(&format!("{text:?}"));
            true
        }
        ExprKind::Attribute(inner, name) => {
            let good = exact(inner, out);
            out.push('.');
            out.push_str(name);
            good
        }
        ExprKind::Index(inner, index) => {
            let good = exact(inner, out);
            out.push('[');
            let known = exact(index, out);
            out.push(']');
            good && known
        }
        ExprKind::Splat(inner, rest) => {
            let good = exact(inner, out);
            out.push_str("[*](");
            let known = exact(rest, out);
            out.push(')');
            good && known
        }
        ExprKind::Call(name, arguments, spread) => {
            out.push_str(name);
            out.push('(');
            let good = list(arguments, out);
            out.push_str(if *spread { "...)" } else { ")" });
            good
        }
        ExprKind::Tuple(items) => {
            out.push('[');
            let good = list(items, out);
            out.push(']');
            good
        }
        ExprKind::Not(inner) => {
            out.push('!');
            exact(inner, out)
        }
        ExprKind::Negative(inner) => {
            out.push('-');
            exact(inner, out)
        }
        ExprKind::Binary(operator, first, second) => {
            out.push('(');
            let good = exact(first, out);
            out.push_str(&format!(" {operator:?} "));
            let known = exact(second, out);
            out.push(')');
            good && known
        }
        ExprKind::Conditional(three) => {
            out.push_str("if(");
            let good = list(three.as_slice(), out);
            out.push(')');
            good
        }
        ExprKind::Template(_) | ExprKind::Object(_) | ExprKind::For(_) | ExprKind::Broken(_) => false,
    }
}

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
