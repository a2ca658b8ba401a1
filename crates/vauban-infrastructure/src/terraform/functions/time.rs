//! Functions of times, which are texts of RFC 3339. What depends on now is not known.

use super::{Call, Fail, Outcome};

/// A moment with the offset it was written in.
#[derive(Clone, Copy)]
struct Moment {
    /// Seconds since 1970-01-01, UTC.
    seconds: i64,
    nanoseconds: i64,
    /// Seconds that local time is ahead of UTC.
    offset: i64,
    /// Written with `Z`.
    utc: bool,
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar. Years are counted from 1 March, so
/// that leap days stand at the end.
fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Moment {
    fn parse(text: &str) -> Result<Self, Fail> {
        Self::parse_shape(text).ok_or(Fail::Refused)
    }

    fn parse_shape(text: &str) -> Option<Self> {
        let digits = |from: usize, to: usize| -> Option<i64> {
            let part = text.get(from..to)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
        };
        let is = |at: usize, wanted: u8| text.as_bytes().get(at) == Some(&wanted);
        if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
            return None;
        }
        let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
        let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
        let valid = (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !valid {
            return None;
        }
        let mut rest = text.get(19..)?;
        let mut nanoseconds = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let end = fraction.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(fraction.len());
            let known = fraction.get(..end.min(9))?;
            if known.is_empty() {
                return None;
            }
            nanoseconds = format!("{known:0<9}").parse().ok()?;
            rest = fraction.get(end..)?;
        }
        let (offset, utc) = match rest.as_bytes() {
            b"Z" => (0, true),
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let hours: i64 = rest.get(1..3)?.parse().ok()?;
                let minutes: i64 = rest.get(4..6)?.parse().ok()?;
                if !(0..24).contains(&hours) || !(0..60).contains(&minutes) {
                    return None;
                }
                let size = hours * 3600 + minutes * 60;
                (if *sign == b'-' { -size } else { size }, false)
            }
            _ => return None,
        };
        let seconds = days_of(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
        Some(Moment { seconds, nanoseconds, offset, utc })
    }

    /// Days since 1970-01-01 and the second of the day, in the written offset.
    fn local(self) -> (i64, i64) {
        let local = self.seconds + self.offset;
        (local.div_euclid(86_400), local.rem_euclid(86_400))
    }

    fn zone(self, colon: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let size = self.offset.abs();
        format!("{sign}{:02}{colon}{:02}", size / 3600, size / 60 % 60)
    }
}

/// A duration as Go writes it: `1h30m`, `-10m`, `1.5h`. In nanoseconds.
fn duration(text: &str) -> Result<i128, Fail> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(Fail::Refused);
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).ok_or(Fail::Refused)?;
        let number = rest.get(..end).unwrap_or("");
        let after = rest.get(end..).unwrap_or("");
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let unit: i128 = match after.get(..unit_end).unwrap_or("") {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(Fail::Refused),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() > 12 || fraction.len() > 12 || (whole.is_empty() && fraction.is_empty()) {
            return Err(Fail::Refused);
        }
        let parse =
            |digits: &str| if digits.is_empty() { Ok(0i128) } else { digits.parse().map_err(|_| Fail::Refused) };
        let scale = 10i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
        total += parse(whole)? * unit + parse(fraction)? * unit / scale;
        rest = after.get(unit_end..).unwrap_or("");
    }
    Ok(if negative { -total } else { total })
}

/// `timeadd(time, duration)`; fractions of a second are cut off, as Terraform does.
pub(super) fn timeadd(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let moment = Moment::parse(&call.text(0)?)?;
    let added = duration(&call.text(1)?)?;
    let total = i128::from(moment.seconds) * 1_000_000_000 + i128::from(moment.nanoseconds) + added;
    let seconds = i64::try_from(total.div_euclid(1_000_000_000)).map_err(|_| Fail::Refused)?;
    let moment = Moment { seconds, nanoseconds: 0, ..moment };
    let (days, second) = moment.local();
    let (year, month, day) = date_of(days);
    if !(0..=9999).contains(&year) {
        return Err(Fail::Refused);
    }
    let zone = if moment.utc || moment.offset == 0 { "Z".to_owned() } else { moment.zone(":") };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    call.out_text(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"))
}

pub(super) fn timecmp(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let (a, b) = (Moment::parse(&call.text(0)?)?, Moment::parse(&call.text(1)?)?);
    call.out_number(match (a.seconds, a.nanoseconds).cmp(&(b.seconds, b.nanoseconds)) {
        std::cmp::Ordering::Less => -1.0,
        std::cmp::Ordering::Equal => 0.0,
        std::cmp::Ordering::Greater => 1.0,
    })
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

/// `formatdate(pattern, time)`: runs of one letter are fields, the rest stands for itself, `'…'` is quoted.
pub(super) fn formatdate(call: &Call<'_>) -> Outcome {
    call.count(2, 2)?;
    let pattern = call.text(0)?;
    let moment = Moment::parse(&call.text(1)?)?;
    let mut out = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\'' {
            // Two quotes in a row inside are one quote.
            let mut closed = false;
            while let Some(inner) = rest.next() {
                if inner != '\'' {
                    out.push(inner);
                } else if rest.next_if_eq(&'\'').is_some() {
                    out.push('\'');
                } else {
                    closed = true;
                    break;
                }
            }
            if !closed {
                return Err(Fail::Refused);
            }
            continue;
        }
        if !c.is_ascii_alphabetic() {
            out.push(c);
            continue;
        }
        let mut run = 1usize;
        while rest.next_if_eq(&c).is_some() {
            run += 1;
        }
        out.push_str(&field(c, run, moment).ok_or(Fail::Refused)?);
    }
    call.out_text(out)
}

fn field(letter: char, run: usize, moment: Moment) -> Option<String> {
    let (days, second) = moment.local();
    let (year, month, day) = date_of(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let name = |names: &[&'static str], at: i64| names.get(usize::try_from(at).unwrap_or(0)).copied();
    let number = |number: i64, run: usize| match run {
        1 => Some(number.to_string()),
        2 => Some(format!("{number:02}")),
        _ => None,
    };
    match (letter, run) {
        ('Y', 2) => Some(format!("{:02}", year.rem_euclid(100))),
        ('Y', 4) => Some(format!("{year:04}")),
        ('M', 3) => name(&MONTHS, month - 1)?.get(..3).map(str::to_owned),
        ('M', 4) => name(&MONTHS, month - 1).map(str::to_owned),
        ('M', _) => number(month, run),
        ('D', _) => number(day, run),
        ('E', 3) => name(&DAYS, days.rem_euclid(7))?.get(..3).map(str::to_owned),
        ('E', 4) => name(&DAYS, days.rem_euclid(7)).map(str::to_owned),
        ('h', _) => number(hour, run),
        ('H', _) => number(twelve, run),
        ('A', 2) => Some(if hour < 12 { "AM" } else { "PM" }.to_owned()),
        ('a', 2) => Some(if hour < 12 { "am" } else { "pm" }.to_owned()),
        ('m', _) => number(minute, run),
        ('s', _) => number(second, run),
        ('Z', 1) if moment.offset == 0 => Some("Z".to_owned()),
        ('Z', 3) if moment.offset == 0 => Some("UTC".to_owned()),
        ('Z', 1 | 5) => Some(moment.zone(":")),
        ('Z', 3 | 4) => Some(moment.zone("")),
        _ => None,
    }
}
