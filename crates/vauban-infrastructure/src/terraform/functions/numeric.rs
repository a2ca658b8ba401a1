//! Functions of numbers.

use super::{Call, Fail, Outcome, known_number, value::is_several};

pub(super) fn abs(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_number(call.number(0)?.abs())
}

pub(super) fn ceil(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_number(call.number(0)?.ceil())
}

pub(super) fn floor(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    call.out_number(call.number(0)?.floor())
}

pub(super) fn signum(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let number = call.number(0)?;
    call.out_number(if number == 0.0 { 0.0 } else { number.signum() })
}

/// `log(number, base)`.
pub(super) fn log(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    call.out_number(libm::log(call.number(0)?) / libm::log(call.number(1)?))
}

pub(super) fn pow(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    call.out_number(libm::pow(call.number(0)?, call.number(1)?))
}

pub(super) fn max(call: &Call<'_>) -> Outcome {
    extreme(call, f64::max)
}

pub(super) fn min(call: &Call<'_>) -> Outcome {
    extreme(call, f64::min)
}

fn extreme(call: &Call<'_>, choose: fn(f64, f64) -> f64) -> Outcome {
    let mut best = call.number(0)?;
    for arg in call.args.iter().skip(1) {
        best = choose(best, known_number(arg)?);
    }
    call.out_number(best)
}

pub(super) fn sum(call: &Call<'_>) -> Outcome {
    call.count(1, 1)?;
    let items = call.list(0)?;
    if items.iter().any(is_several) {
        return Err(Fail::NotKnown);
    }
    if items.is_empty() {
        return Err(Fail::Refused);
    }
    let mut total = 0.0;
    for item in items {
        total += known_number(item)?;
    }
    call.out_number(total)
}

/// `parseint(text, base)`: a whole number in a base from 2 to 62. Up to base 36 the case of letters does not matter; above,
/// small letters come before capital ones.
pub(super) fn parseint(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let text = call.text(0)?;
    let base = call.whole(1)?;
    if !(2..=62).contains(&base) {
        return Err(Fail::Refused);
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    if digits.is_empty() {
        return Err(Fail::Refused);
    }
    let mut number = 0.0;
    for byte in digits.bytes() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => byte - b'A' + 10,
            b'A'..=b'Z' => byte - b'A' + 36,
            _ => return Err(Fail::Refused),
        };
        if i64::from(digit) >= base {
            return Err(Fail::Refused);
        }
        #[expect(clippy::cast_precision_loss, reason = "the base is at most 62")]
        {
            number = number * base as f64 + f64::from(digit);
        }
    }
    call.out_number(if negative { -number } else { number })
}
