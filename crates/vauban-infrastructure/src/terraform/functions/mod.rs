//! Terraform's pure functions over values that need not be known.
//!
//! Known arguments give what Terraform gives. With arguments that are not known, a function gives the most precise value
//! that is still true: a template that keeps the references, a list or a map with the unknown items inside, one of several
//! values, or else *unknown*. A call that Terraform would refuse is unknown with the reason *unsupported*.
//!
//! Four conventions, all in [`value`]:
//!
//! - **Several.** An item of a list that stands for a number of items that is not known ends in `[*]` (an unknown, an
//!   address) or `.*` (an attribute), as a splat would be written. A map with an entry of that kind may have more keys.
//! - **Derived.** A text worked out of something not known is one of: that something, or unknown. The reference stays
//!   visible, and nobody takes it for the text itself.
//! - **What would settle it.** Where one unknown stands behind a result, the result carries that unknown's name.
//! - **Secrets.** A result worked out of a secret is secret; functions that only move items leave the mark on the item.

mod collection;
mod encoding;
mod hash;
mod maps;
mod network;
mod numeric;
mod provider;
mod sets;
mod text;
mod text_format;
mod time;
mod value;

pub(super) use sets::weight;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::Cell;

use vauban_model::Span;
use vauban_model::resource::{Text, Value, ValueKind, Why};

use value::{derived, derived_list, describe, is_known, one_of, plain_unknown, text_of};
pub(super) use value::{is_several, maybe, several};

/// Most alternatives a result has; what goes beyond is unknown.
const MOST_ALTERNATIVES: usize = 8;
/// Longest text a function makes, in bytes.
const LONGEST_TEXT: usize = 1 << 20;
/// Most items in a list or map a function makes.
const MOST_ITEMS: usize = 1 << 16;
/// Most parts of the items of a list that a function makes of several.
const MOST_PARTS: usize = 1 << 18;

/// Why a function has no exact result.
enum Fail {
    /// It depends on something not known.
    NotKnown,
    /// Terraform would refuse the call, or it is outside what is worked out here.
    Refused,
    /// The result is larger than what is worked out here.
    TooMuch,
}

type Outcome = Result<Value, Fail>;

/// What a function's result is when it is not known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gives {
    /// A number, yes or no: nothing of the arguments is in it.
    Plain,
    /// Text, or anything else that may carry what the arguments carry.
    Text,
    /// A list of texts.
    List,
}

/// One call.
struct Call<'a> {
    /// The function's name, for unknowns.
    name: &'a str,
    /// The arguments without marks of secrecy.
    args: &'a [Value],
    /// Where the call stands.
    span: Span,
}

/// Works out a call of a function. `None` when no function of that name is worked out here.
pub(super) fn call(name: &str, args: &[Value], span: Span) -> Option<Value> {
    call_telling(name, args, span, &Cell::new(false))
}

/// The same; tells whether the result would have been larger than what is worked out here.
pub(super) fn call_telling(name: &str, args: &[Value], span: Span, too_much: &Cell<bool>) -> Option<Value> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    let (function, gives, moves) = lookup(name)?;
    let secret = if moves {
        args.iter().any(|arg| matches!(arg.kind, ValueKind::Secret(_)))
    } else {
        args.iter().any(Value::is_secret)
    };
    // Functions that work out a new value see no marks at all; those that move items see them on the items.
    let args: Cow<'_, [Value]> = match (secret, moves) {
        (false, _) => Cow::Borrowed(args),
        (true, true) => args.iter().map(|arg| arg.open().clone()).collect(),
        (true, false) => args.iter().map(value::unmarked).collect(),
    };
    let result = spread(&Call { name, args: &args, span }, function, gives, too_much);
    Some(if secret && !matches!(result.kind, ValueKind::Secret(_)) {
        Value::new(ValueKind::Secret(Box::new(result)), span)
    } else {
        result
    })
}

type Function = fn(&Call<'_>) -> Outcome;

/// Calls a function once for each combination of alternatives in its arguments, up to a bound.
fn spread(call: &Call<'_>, function: Function, gives: Gives, too_much: &Cell<bool>) -> Value {
    let Call { name, args, span } = *call;
    let combinations = args.iter().try_fold(1usize, |all, arg| match &arg.kind {
        ValueKind::OneOf(items) => all.checked_mul(items.len().max(1)).filter(|all| *all <= MOST_ALTERNATIVES),
        _ => Some(all),
    });
    let Some(combinations @ 2..) = combinations.filter(|_| !matches!(name, "coalesce" | "coalescelist")) else {
        return settle(call, function, gives, too_much);
    };
    let mut results = Vec::with_capacity(combinations);
    for combination in 0..combinations {
        let mut rest = combination;
        let chosen: Vec<Value> = args
            .iter()
            .map(|arg| match &arg.kind {
                ValueKind::OneOf(items) if !items.is_empty() => {
                    let item = items.get(rest % items.len()).unwrap_or(arg).open().clone();
                    rest /= items.len();
                    item
                }
                _ => arg.clone(),
            })
            .collect();
        results.push(settle(&Call { name, args: &chosen, span }, function, gives, too_much));
    }
    one_of(results, span)
}

/// Calls a function and gives its failures their value.
fn settle(call: &Call<'_>, function: Function, gives: Gives, too_much: &Cell<bool>) -> Value {
    match function(call) {
        Ok(result) => result,
        Err(Fail::Refused) => Value::unknown(Why::Unsupported, call.described(), call.span),
        Err(Fail::TooMuch) => {
            too_much.set(true);
            Value::unknown(Why::Unsupported, call.described(), call.span)
        }
        Err(Fail::NotKnown) => match gives {
            Gives::Plain => plain_unknown(call.args, call.described(), call.span),
            Gives::Text => derived(call.args, call.described(), call.span),
            Gives::List => derived_list(call.args, call.described(), call.span),
        },
    }
}

/// The function of a name, what it gives when not known, and whether it only moves items of its arguments.
fn lookup(name: &str) -> Option<(Function, Gives, bool)> {
    use Gives::{List, Plain, Text};
    let (function, gives, moves): (Function, Gives, bool) = match name {
        "abs" => (numeric::abs, Plain, false),
        "ceil" => (numeric::ceil, Plain, false),
        "floor" => (numeric::floor, Plain, false),
        "log" => (numeric::log, Plain, false),
        "max" => (numeric::max, Plain, false),
        "min" => (numeric::min, Plain, false),
        "parseint" => (numeric::parseint, Plain, false),
        "pow" => (numeric::pow, Plain, false),
        "signum" => (numeric::signum, Plain, false),
        "sum" => (numeric::sum, Plain, false),

        "basename" => (text::basename, Text, false),
        "chomp" => (text::chomp, Text, false),
        "dirname" => (text::dirname, Text, false),
        "endswith" => (text::endswith, Plain, false),
        "format" => (text_format::format, Text, false),
        "formatlist" => (text_format::formatlist, List, false),
        "indent" => (text::indent, Text, false),
        "join" => (text::join, Text, false),
        "lower" => (text::lower, Text, false),
        "regex" => (text::regex, Text, false),
        "regexall" => (text::regexall, List, false),
        "replace" => (text::replace, Text, false),
        "split" => (text::split, List, false),
        "startswith" => (text::startswith, Plain, false),
        "strcontains" => (text::strcontains, Plain, false),
        "strrev" => (text::strrev, Text, false),
        "substr" => (text::substr, Text, false),
        "title" => (text::title, Text, false),
        "trim" => (text::trim, Text, false),
        "trimprefix" => (text::trimprefix, Text, false),
        "trimspace" => (text::trimspace, Text, false),
        "trimsuffix" => (text::trimsuffix, Text, false),
        "upper" => (text::upper, Text, false),

        "alltrue" => (collection::alltrue, Plain, false),
        "anytrue" => (collection::anytrue, Plain, false),
        "chunklist" => (collection::chunklist, List, true),
        "coalesce" => (collection::coalesce, Text, true),
        "coalescelist" => (collection::coalescelist, Text, true),
        "compact" => (collection::compact, List, true),
        "concat" => (collection::concat, List, true),
        "contains" => (collection::contains, Plain, false),
        "distinct" => (collection::distinct, List, true),
        "element" => (collection::element, Text, true),
        "flatten" => (collection::flatten, List, true),
        "index" => (collection::index, Plain, false),
        "length" => (collection::length, Plain, true),
        "one" => (collection::one, Text, true),
        "range" => (collection::range, List, false),
        "reverse" => (collection::reverse, List, true),
        "slice" => (collection::slice, List, true),
        "sort" => (collection::sort, List, true),

        "keys" => (maps::keys, List, true),
        "lookup" => (maps::lookup, Text, true),
        "matchkeys" => (maps::matchkeys, List, true),
        "merge" => (maps::merge, Text, true),
        "transpose" => (maps::transpose, Text, false),
        "values" => (maps::values, List, true),
        "zipmap" => (maps::zipmap, Text, true),

        "setintersection" => (sets::setintersection, List, true),
        "setproduct" => (sets::setproduct, List, true),
        "setsubtract" => (sets::setsubtract, List, true),
        "setunion" => (sets::setunion, List, true),
        "tobool" => (sets::tobool, Text, true),
        "tolist" => (sets::tolist, Text, true),
        "tomap" => (sets::tomap, Text, true),
        "tonumber" => (sets::tonumber, Text, true),
        "toset" => (sets::toset, Text, true),
        "tostring" => (sets::tostring, Text, true),
        "type" => (refused, Plain, false),

        "base64decode" => (encoding::base64decode, Text, false),
        "base64encode" => (encoding::base64encode, Text, false),
        "base64gzip" => (not_known, Text, false),
        "csvdecode" => (encoding::csvdecode, List, false),
        "jsondecode" => (encoding::jsondecode, Text, true),
        "jsonencode" => (encoding::jsonencode, Text, true),
        "textdecodebase64" => (encoding::textdecodebase64, Text, false),
        "textencodebase64" => (encoding::textencodebase64, Text, false),
        "urldecode" => (encoding::urldecode, Text, false),
        "urlencode" => (encoding::urlencode, Text, false),
        "yamldecode" => (encoding::yamldecode, Text, true),
        "yamlencode" => (encoding::jsonencode, Text, true),

        "base64sha256" => (hash::base64sha256, Text, false),
        "base64sha512" => (hash::base64sha512, Text, false),
        "bcrypt" => (not_known, Text, false),
        "md5" => (hash::md5, Text, false),
        "rsadecrypt" => (not_known, Text, false),
        "sha1" => (hash::sha1, Text, false),
        "sha256" => (hash::sha256, Text, false),
        "sha512" => (hash::sha512, Text, false),
        "uuid" => (not_known, Text, false),
        "uuidv5" => (hash::uuidv5, Text, false),

        "formatdate" => (time::formatdate, Text, false),
        "plantimestamp" | "timestamp" => (not_known, Text, false),
        "timeadd" => (time::timeadd, Text, false),
        "timecmp" => (time::timecmp, Plain, false),

        "cidrcontains" => (network::cidrcontains, Plain, false),
        "cidrhost" => (network::cidrhost, Text, false),
        "cidrnetmask" => (network::cidrnetmask, Text, false),
        "cidrsubnet" => (network::cidrsubnet, Text, false),
        "cidrsubnets" => (network::cidrsubnets, List, false),

        "provider::aws::arn_build" => (provider::arn_build, Text, false),
        "provider::aws::arn_parse" => (provider::arn_parse, Text, false),
        "provider::aws::trim_iam_role_path" => (provider::trim_iam_role_path, Text, false),
        other if other.starts_with("provider::") => (not_known, Text, false),
        _ => return None,
    };
    Some((function, gives, moves))
}

fn not_known(_: &Call<'_>) -> Outcome {
    Err(Fail::NotKnown)
}

fn refused(_: &Call<'_>) -> Outcome {
    Err(Fail::Refused)
}

impl<'a> Call<'a> {
    /// The call in the input's words, shortened.
    fn described(&self) -> String {
        describe(self.name, self.args)
    }

    /// The argument at a place; refused when it is not given.
    fn arg(&self, index: usize) -> Result<&'a Value, Fail> {
        self.args.get(index).ok_or(Fail::Refused)
    }

    /// Refuses a call with too few or too many arguments.
    fn count(&self, least: usize, most: usize) -> Result<(), Fail> {
        if (least..=most).contains(&self.args.len()) { Ok(()) } else { Err(Fail::Refused) }
    }

    /// An argument as known text; numbers and yes/no are converted.
    fn text(&self, index: usize) -> Result<Cow<'a, str>, Fail> {
        known_text(self.arg(index)?)
    }

    /// An argument as a known number.
    fn number(&self, index: usize) -> Result<f64, Fail> {
        known_number(self.arg(index)?)
    }

    /// An argument as a known whole number.
    fn whole(&self, index: usize) -> Result<i64, Fail> {
        known_whole(self.arg(index)?)
    }

    /// An argument as a list, its items known or not.
    fn list(&self, index: usize) -> Result<&'a [Value], Fail> {
        items_of(self.arg(index)?)
    }

    fn out_text(&self, text: impl Into<Text>) -> Outcome {
        let text: Text = text.into();
        if text.len() > LONGEST_TEXT {
            return Err(Fail::TooMuch);
        }
        Ok(Value::text(text, self.span))
    }

    fn out_number(&self, number: f64) -> Outcome {
        if number.is_finite() { Ok(Value::new(ValueKind::Number(number), self.span)) } else { Err(Fail::Refused) }
    }

    #[expect(clippy::unnecessary_wraps, reason = "every function ends in an outcome")]
    fn out_bool(&self, answer: bool) -> Outcome {
        Ok(Value::new(ValueKind::Bool(answer), self.span))
    }

    fn out_list(&self, items: Vec<Value>) -> Outcome {
        if items.len() > MOST_ITEMS {
            return Err(Fail::TooMuch);
        }
        Ok(Value::new(ValueKind::List(items), self.span))
    }

    fn out_map(&self, entries: Vec<(Text, Value)>) -> Outcome {
        if entries.len() > MOST_ITEMS {
            return Err(Fail::TooMuch);
        }
        Ok(Value::new(ValueKind::Map(entries), self.span))
    }
}

/// Why a value is not what a function needs: not known, or known and of the wrong kind.
fn unfit(value: &Value) -> Fail {
    if is_known(value) { Fail::Refused } else { Fail::NotKnown }
}

fn known_text(value: &Value) -> Result<Cow<'_, str>, Fail> {
    text_of(value).ok_or_else(|| unfit(value))
}

fn known_number(value: &Value) -> Result<f64, Fail> {
    match &value.open().kind {
        ValueKind::Number(number) => Ok(*number),
        ValueKind::Text(text) => value::parse_number(text).ok_or(Fail::Refused),
        _ => Err(unfit(value)),
    }
}

fn known_whole(value: &Value) -> Result<i64, Fail> {
    let number = known_number(value)?;
    if number.fract() != 0.0 || number.abs() > 9.0e15 {
        return Err(Fail::Refused);
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked above")]
    let whole = number as i64;
    Ok(whole)
}

fn items_of(value: &Value) -> Result<&[Value], Fail> {
    match &value.open().kind {
        ValueKind::List(items) => Ok(items),
        _ => Err(unfit(value)),
    }
}

fn entries_of(value: &Value) -> Result<&[(Text, Value)], Fail> {
    match &value.open().kind {
        ValueKind::Map(entries) => Ok(entries),
        _ => Err(unfit(value)),
    }
}
