//! Numbers of workbooks that are something else to people: days, parts of a hundred.

/// A day that a workbook keeps as a number, as `YYYY-MM-DD`; any other text as it is.
pub(super) fn day(text: &str) -> String {
    let number = text.split('.').next().and_then(|whole| whole.parse::<i64>().ok());
    let Some(days) = number.filter(|days| (20_000..80_000).contains(days)) else {
        return text.to_owned();
    };
    // Day 25569 is the first of 1970. The calendar by Howard Hinnant's published arithmetic.
    let z = days - 25_569 + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_have_a_calendar() {
        assert_eq!(
            (day("45292").as_str(), day("45351").as_str(), day("soon").as_str()),
            ("2024-01-01", "2024-02-29", "soon")
        );
    }
}
