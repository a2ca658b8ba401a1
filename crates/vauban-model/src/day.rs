//! Days and times of the proleptic Gregorian calendar, as texts that sort as they follow one another.
//!
//! The conversions are Howard Hinnant's "chrono-compatible low-level date algorithms".

/// The number of a day written as `YYYY-MM-DD`, counted from 1970-01-01; `None` where it is no day of the calendar.
pub fn number(day: &str) -> Option<i64> {
    let (year, month, date) = parts(day)?;
    let shifted = year - i64::from(month <= 2);
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let shifted_month = i64::from((month + 9) % 12);
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(date) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The day with a number, as `YYYY-MM-DD`. Years before 0 and after 9999 are brought to the nearer end.
pub fn text(number: i64) -> String {
    let days = number.clamp(FIRST, LAST) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let date = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{date:02}")
}

/// 0001-01-01.
const FIRST: i64 = -719_162;
/// 9999-12-31.
const LAST: i64 = 2_932_896;

/// Whether a text is a day of the calendar, as `YYYY-MM-DD`.
pub fn is_day(text: &str) -> bool {
    parts(text).is_some()
}

/// How many days lie between two days; negative when the second is the earlier one.
pub fn between(from: &str, to: &str) -> Option<i64> {
    Some(number(to)? - number(from)?)
}

/// The day so many days later.
pub fn plus_days(day: &str, days: i64) -> Option<String> {
    Some(text(number(day)?.saturating_add(days)))
}

/// The same date so many months later; where that month is shorter, its last day.
pub fn plus_months(day: &str, months: u32) -> Option<String> {
    let (year, month, date) = parts(day)?;
    let months = year * 12 + i64::from(month) - 1 + i64::from(months);
    let (year, month) = (months.div_euclid(12), u32::try_from(months.rem_euclid(12) + 1).unwrap_or(1));
    let date = date.min(length(year, month));
    (year <= 9999).then(|| format!("{year:04}-{month:02}-{date:02}"))
}

/// Whether a text is a moment in UTC, as `YYYY-MM-DDTHH:MM:SSZ`. A leap second is one.
pub fn is_moment(text: &str) -> bool {
    let Some((day, time)) = text.split_once('T') else { return false };
    let Some(time) = time.strip_suffix('Z') else { return false };
    let shaped = time.len() == 8
        && time
            .bytes()
            .enumerate()
            .all(|(at, byte)| (at % 3 == 2) == (byte == b':') && (byte == b':' || byte.is_ascii_digit()));
    let within = |from: usize, most: u32| {
        time.get(from..from + 2).and_then(|digits| digits.parse::<u32>().ok()).is_some_and(|number| number <= most)
    };
    is_day(day) && shaped && within(0, 23) && within(3, 59) && within(6, 60)
}

/// The moment so many seconds after 1970-01-01T00:00:00Z.
pub fn moment(seconds: i64) -> String {
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    format!("{}T{:02}:{:02}:{:02}Z", text(day), second / 3_600, second / 60 % 60, second % 60)
}

fn parts(text: &str) -> Option<(i64, u32, u32)> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
    if !shaped {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u32>().ok());
    let (year, month, date) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (year, known) = (i64::from(year), year > 0 && (1..=12).contains(&month));
    (known && (1..=length(year, month)).contains(&date)).then_some((year, month, date))
}

/// Days in a month.
fn length(year: i64, month: u32) -> u32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_has_its_number_and_back() {
        let mut expected = number("1900-01-01").unwrap();
        assert_eq!(number("1970-01-01"), Some(0));
        for year in 1900..2300 {
            for month in 1..=12 {
                for date in 1..=length(year, month) {
                    let day = format!("{year:04}-{month:02}-{date:02}");
                    assert_eq!(number(&day), Some(expected), "{day}");
                    assert_eq!(text(expected), day);
                    expected += 1;
                }
            }
        }
        assert_eq!(text(i64::MAX), "9999-12-31");
        assert_eq!(text(i64::MIN), "0001-01-01");
    }

    #[test]
    fn months_end_where_they_end() {
        assert_eq!(plus_months("2026-01-31", 1).as_deref(), Some("2026-02-28"));
        assert_eq!(plus_months("2027-11-30", 3).as_deref(), Some("2028-02-29"));
        assert_eq!(plus_months("2026-10-15", 3).as_deref(), Some("2027-01-15"));
        assert_eq!(plus_months("9999-12-01", 1), None);
        assert_eq!(plus_days("2028-02-28", 2).as_deref(), Some("2028-03-01"));
        assert_eq!(between("2026-01-01", "2025-12-31"), Some(-1));
    }

    #[test]
    fn moments_are_those_of_the_clock() {
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
        assert_eq!(moment(86_399), "1970-01-01T23:59:59Z");
        assert!(is_moment(&moment(1_795_782_094)));
        for no in [
            "2026-01-01",
            "2026-01-01T24:00:00Z",
            "2026-01-01T1:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00-00-00Z",
            "T",
        ] {
            assert!(!is_moment(no), "{no}");
        }
    }
}
