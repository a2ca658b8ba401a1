//! `format` and `formatlist`: the verbs of Terraform's own documentation.

use vauban_model::resource::{Value, ValueKind};

use super::value::{Parts, is_known, json, number_text, parse_number, text_of};
use super::{Call, Fail, MOST_ITEMS, Outcome, known_number, known_text, unfit};

/// Widest field.
const WIDEST: usize = 1000;

/// What stands between `%` and the verb.
#[derive(Default)]
struct Field {
    plus: bool,
    space: bool,
    minus: bool,
    zero: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

pub(super) fn format(call: &Call<'_>) -> Outcome {
    let pattern = call.text(0)?;
    fill(call, &pattern, call.args.get(1..).unwrap_or(&[]))
}

/// `formatlist(pattern, …)`: lists are walked together, everything else is repeated.
pub(super) fn formatlist(call: &Call<'_>) -> Outcome {
    let pattern = call.text(0)?;
    let args = call.args.get(1..).unwrap_or(&[]);
    let mut length: Option<usize> = None;
    for arg in args {
        match &arg.kind {
            ValueKind::List(items) => {
                if super::text::is_open(items) {
                    // The pattern still says what each item looks like.
                    return open_list(call, &pattern, args);
                }
                if length.is_some_and(|length| length != items.len()) {
                    return Err(Fail::Refused);
                }
                length = Some(items.len());
            }
            ValueKind::Reference(_) | ValueKind::Unknown(_) => return open_list(call, &pattern, args),
            _ => {}
        }
    }
    let length = length.unwrap_or(1);
    if length > MOST_ITEMS {
        return Err(Fail::TooMuch);
    }
    let mut made = Vec::with_capacity(length);
    for index in 0..length {
        let row: Vec<Value> = args
            .iter()
            .map(|arg| match &arg.kind {
                ValueKind::List(items) => items.get(index).unwrap_or(arg).clone(),
                _ => arg.clone(),
            })
            .collect();
        made.push(fill(call, &pattern, &row)?);
    }
    call.out_list(made)
}

/// One item for each that is there, with the part that stands for several inside.
fn open_list(call: &Call<'_>, pattern: &str, args: &[Value]) -> Outcome {
    let lists = args.iter().filter(|arg| !matches!(arg.kind, ValueKind::Text(_) | ValueKind::Number(_))).count();
    if lists != 1 {
        return Err(Fail::NotKnown);
    }
    let mut made = Vec::new();
    for arg in args {
        for item in super::text::items_or_several(arg).unwrap_or_default() {
            let row: Vec<Value> =
                args.iter().map(|other| if other == arg { item.clone() } else { other.clone() }).collect();
            let text = fill(call, pattern, &row)?;
            made.push(if super::value::is_several(&item) { super::value::maybe(&text) } else { text });
        }
    }
    call.out_list(made)
}

fn fill(call: &Call<'_>, pattern: &str, args: &[Value]) -> Outcome {
    let mut out = Parts::new(call.span);
    let mut rest = pattern;
    let mut next = 0usize;
    let mut named = false;
    let mut highest = 0usize;
    while let Some(at) = rest.find('%') {
        out.push_text(rest.get(..at).unwrap_or(""));
        rest = rest.get(at + 1..).unwrap_or("");
        if let Some(after) = rest.strip_prefix('%') {
            out.push_text("%");
            rest = after;
            continue;
        }
        let mut field = Field::default();
        rest = flags(rest, &mut field);
        (field.width, rest) = digits(rest)?;
        if let Some(after) = rest.strip_prefix('.') {
            let (precision, after) = digits(after)?;
            field.precision = Some(precision.unwrap_or(0));
            rest = after;
        }
        if let Some(after) = rest.strip_prefix('[') {
            let (index, after) = digits(after)?;
            rest = after.strip_prefix(']').ok_or(Fail::Refused)?;
            next = index.and_then(|index| index.checked_sub(1)).ok_or(Fail::Refused)?;
            named = true;
        }
        let verb = rest.chars().next().ok_or(Fail::Refused)?;
        rest = rest.get(verb.len_utf8()..).unwrap_or("");
        let arg = args.get(next).ok_or(Fail::Refused)?;
        next += 1;
        highest = highest.max(next);
        place(&mut out, verb, &field, arg)?;
    }
    out.push_text(rest);
    if highest < args.len() && !named {
        return Err(Fail::Refused);
    }
    out.finish().ok_or(Fail::Refused)
}

fn flags<'t>(mut rest: &'t str, field: &mut Field) -> &'t str {
    loop {
        let flag = match rest.as_bytes().first() {
            Some(b'+') => &mut field.plus,
            Some(b' ') => &mut field.space,
            Some(b'-') => &mut field.minus,
            Some(b'0') => &mut field.zero,
            Some(b'#') => &mut field.sharp,
            _ => return rest,
        };
        *flag = true;
        rest = rest.get(1..).unwrap_or("");
    }
}

fn digits(text: &str) -> Result<(Option<usize>, &str), Fail> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    if end == 0 {
        return Ok((None, text));
    }
    let number: usize = text.get(..end).unwrap_or("").parse().map_err(|_| Fail::Refused)?;
    if number > WIDEST {
        return Err(Fail::Refused);
    }
    Ok((Some(number), text.get(end..).unwrap_or("")))
}

fn place(out: &mut Parts, verb: char, field: &Field, arg: &Value) -> Result<(), Fail> {
    let plain = field.width.is_none() && field.precision.is_none() && !field.plus && !field.space && !field.sharp;
    let opaque = matches!(
        arg.kind,
        ValueKind::Reference(_) | ValueKind::Template(_) | ValueKind::Unknown(_) | ValueKind::OneOf(_)
    ) || matches!(arg.kind, ValueKind::Document(_)) && text_of(arg).is_none();
    if opaque {
        if plain && matches!(verb, 's' | 'v' | 'd' | 't') && out.push(arg) {
            return Ok(());
        }
        return Err(Fail::NotKnown);
    }
    let text = match verb {
        'v' if field.sharp => encoded(arg)?,
        'v' => match &arg.kind {
            ValueKind::Number(number) => signed(number_text(*number), field),
            ValueKind::Null => "null".to_owned(),
            _ => match text_of(arg) {
                Some(text) => cut(&text, field),
                None => encoded(arg)?,
            },
        },
        's' => cut(&known_text(arg)?, field),
        'q' => {
            let text = known_text(arg)?.into_owned();
            encoded(&Value::text(cut(&text, field), arg.span))?
        }
        't' => match arg.as_bool() {
            Some(answer) => answer.to_string(),
            None => return Err(unfit(arg)),
        },
        'd' | 'b' | 'o' | 'x' | 'X' => whole(verb, field, arg)?,
        'f' | 'F' | 'e' | 'E' | 'g' | 'G' => signed(real(verb, field, known_number(arg)?), field),
        _ => return Err(Fail::Refused),
    };
    out.push_text(&padded(&text, verb, field));
    Ok(())
}

fn encoded(value: &Value) -> Result<String, Fail> {
    let mut text = String::new();
    if json(value, &mut text) { Ok(text) } else { Err(if is_known(value) { Fail::Refused } else { Fail::NotKnown }) }
}

fn cut(text: &str, field: &Field) -> String {
    match field.precision {
        Some(most) => text.chars().take(most).collect(),
        None => text.to_owned(),
    }
}

fn signed(text: String, field: &Field) -> String {
    if text.starts_with('-') {
        text
    } else if field.plus {
        format!("+{text}")
    } else if field.space {
        format!(" {text}")
    } else {
        text
    }
}

/// Whole numbers. `%x` of a text is the hexadecimal form of its bytes only in Go; Terraform converts to a number first.
fn whole(verb: char, field: &Field, arg: &Value) -> Result<String, Fail> {
    let number = known_number(arg)?;
    if number.fract() != 0.0 || number.abs() > 9.0e18 {
        return Err(Fail::Refused);
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 64 bits, checked above")]
    let number = number as i64;
    let size = number.unsigned_abs();
    let digits = match verb {
        'b' => format!("{size:b}"),
        'o' => format!("{size:o}"),
        'x' => format!("{size:x}"),
        'X' => format!("{size:X}"),
        _ => size.to_string(),
    };
    let digits = match field.precision {
        Some(least) if digits.len() < least => format!("{}{digits}", "0".repeat(least - digits.len())),
        _ => digits,
    };
    let mark = match verb {
        'b' if field.sharp => "0b",
        'o' if field.sharp => "0",
        'x' if field.sharp => "0x",
        'X' if field.sharp => "0X",
        _ => "",
    };
    let digits = format!("{mark}{digits}");
    Ok(if number < 0 { format!("-{digits}") } else { signed(digits, field) })
}

fn real(verb: char, field: &Field, number: f64) -> String {
    let precision = field.precision;
    match verb {
        'f' | 'F' => format!("{number:.*}", precision.unwrap_or(6)),
        'e' | 'E' => exponent(&format!("{number:.*e}", precision.unwrap_or(6)), verb),
        _ => general(number, precision, if verb == 'G' { 'E' } else { 'e' }),
    }
}

/// Writes the exponent as Go does: with a sign and at least two digits.
fn exponent(text: &str, letter: char) -> String {
    let Some((mantissa, power)) = text.split_once('e') else { return text.to_owned() };
    let (sign, digits) = match power.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', power),
    };
    format!("{mantissa}{letter}{sign}{digits:0>2}")
}

/// `%g`: plain or with an exponent, whichever suits the size; the shortest digits unless a precision is given.
fn general(number: f64, precision: Option<usize>, letter: char) -> String {
    let shortest = match precision {
        Some(digits) => format!("{number:.*e}", digits.max(1) - 1),
        None => format!("{number:e}"),
    };
    let Some((mantissa, power)) = shortest.split_once('e') else { return shortest };
    let power: i32 = power.parse().unwrap_or(0);
    let limit = match precision {
        Some(digits) => i32::try_from(digits.max(1)).unwrap_or(i32::MAX),
        None => 21,
    };
    let trimmed = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    if power < -4 || power >= limit {
        return exponent(&format!("{trimmed}e{power}"), letter);
    }
    // Through the rounded digits, so that the precision holds.
    match parse_number(&format!("{trimmed}e{power}")) {
        Some(rounded) => number_text(rounded),
        None => number_text(number),
    }
}

fn padded(text: &str, verb: char, field: &Field) -> String {
    let length = text.chars().count();
    let Some(missing) = field.width.and_then(|width| width.checked_sub(length)).filter(|missing| *missing > 0) else {
        return text.to_owned();
    };
    if field.minus {
        return format!("{text}{}", " ".repeat(missing));
    }
    if field.zero {
        let numeric = !matches!(verb, 's' | 'v' | 'q' | 't');
        let (sign, digits) = match text.strip_prefix(['-', '+', ' ']) {
            Some(digits) if numeric => (text.get(..1).unwrap_or(""), digits),
            _ => ("", text),
        };
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    format!("{}{text}", " ".repeat(missing))
}
