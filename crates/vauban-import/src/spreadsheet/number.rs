//! Numbers of workbooks that are something else to people: days, times, parts of a hundred, words.

/// Digits that a format asks for at most, on one side of the point: a spreadsheet shows fifteen.
const MOST_DIGITS: usize = 15;

/// What a cell's format makes of its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The number.
    Number,
    /// The number with as many digits before and after its point at least: `007`, `2.10`.
    Digits {
        /// Before the point.
        before: usize,
        /// After it.
        after: usize,
    },
    /// A day, and whether with a time.
    Day {
        /// Whether the time is shown as well.
        time: bool,
    },
    /// A time of day.
    Time,
    /// A part of a hundred.
    Percent,
    /// Words for positive numbers, negative ones and zero: `"yes";"yes";"no"`.
    Words([String; 3]),
}

/// What a number format of the standard shows, by its number. Those that mean days in East Asian versions are among them.
/// Source: ECMA-376, part 1, 18.8.30.
pub(super) fn built_in(id: u32) -> Shown {
    match id {
        2 => Shown::Digits { before: 1, after: 2 },
        9 | 10 => Shown::Percent,
        14..=17 | 27..=31 | 36 | 50..=58 => Shown::Day { time: false },
        22 => Shown::Day { time: true },
        18..=21 | 32..=35 | 45..=47 => Shown::Time,
        _ => Shown::Number,
    }
}

/// What a format of the file shows: `dd/mm/yyyy`, `[$-407]0.0%`.
pub(super) fn of_code(code: &str) -> Shown {
    let sections = sections(code);
    let Some(first) = sections.first() else { return Shown::Number };
    let letters = first.letters.to_ascii_lowercase();
    if letters.contains("general") {
        return Shown::Number;
    }
    let has = |wanted: [char; 2]| letters.contains(wanted);
    // A month is written like a minute; alone it is a month, beside hours or seconds a minute.
    let (day, time) = (has(['y', 'd']), has(['h', 's']));
    if day || time || letters.contains('m') {
        return if day || !time { Shown::Day { time } } else { Shown::Time };
    }
    if letters.contains('%') {
        return Shown::Percent;
    }
    let is_word = |section: &Section| !section.letters.contains(['0', '#', '?', '@', '.']);
    if !first.words.trim().is_empty() && sections.iter().take(3).all(is_word) {
        let word = |at: usize| sections.get(at).unwrap_or(first).words.trim().to_owned();
        return Shown::Words([word(0), word(1), word(2)]);
    }
    let (before, after) = letters.split_once('.').unwrap_or((&letters, ""));
    let zeros = |text: &str| text.bytes().filter(|byte| *byte == b'0').count().min(MOST_DIGITS);
    let plain = first.words.is_empty() && letters.bytes().all(|byte| matches!(byte, b'0' | b'#' | b'.' | b'?'));
    match (zeros(before), zeros(after)) {
        (before, after) if plain && (before > 1 || after > 0) => Shown::Digits { before, after },
        _ => Shown::Number,
    }
}

/// Whether a cell holds a number and nothing else but signs of it: `12`, `7,5`, `25 %`.
pub(super) fn is_number(text: &str) -> bool {
    let text = text.trim().trim_end_matches('%').trim_end();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits > 0 && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b'\''))
}

/// A number with at least so many digits before and after its point. None is taken off: what is rounded for the eye only
/// stays as it is.
fn padded(text: &str, before: usize, after: usize) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let point = if after > 0 || !rest.is_empty() { "." } else { "" };
    format!("{sign}{whole:0>before$}{point}{rest:0<after$}")
}

/// A part of a format: what stands in quotation marks, and everything else.
#[derive(Default)]
struct Section {
    letters: String,
    words: String,
}

/// The parts of a format: for positive numbers, negative ones, zero and texts.
fn sections(code: &str) -> Vec<Section> {
    let mut out = vec![Section::default()];
    let mut letters = code.chars().take(1_000);
    while let Some(letter) = letters.next() {
        let Some(section) = out.last_mut() else { break };
        match letter {
            '"' => section.words.extend(letters.by_ref().take_while(|it| *it != '"')),
            // Colours, conditions and languages; hours that go on beyond a day stand in brackets as well.
            '[' => {
                let inner: String = letters.by_ref().take_while(|it| *it != ']').collect();
                if matches!(inner.to_ascii_lowercase().as_str(), "h" | "hh" | "m" | "mm" | "s" | "ss") {
                    section.letters.push('h');
                }
            }
            '\\' => section.words.extend(letters.next()),
            // As wide as a letter, or filled with one.
            '_' | '*' => {
                letters.next();
            }
            ';' => out.push(Section::default()),
            letter => section.letters.push(letter),
        }
    }
    out
}

/// A number as its format shows it; any text that is no number as it is. `early` says that the file counts days from 1904, not
/// from 1900.
pub(super) fn shown(text: &str, how: &Shown, early: bool) -> String {
    let Some(number) = text.trim().parse::<f64>().ok().filter(|it| it.is_finite()) else { return text.to_owned() };
    match how {
        Shown::Number => plain(text, number),
        // A whole number is one, however many zeros are shown behind the point.
        Shown::Digits { before, after } => {
            padded(&plain(text, number), *before, if number.fract() == 0.0 { 0 } else { *after })
        }
        Shown::Percent => format!("{}%", plain("", number * 100.0)),
        Shown::Words([positive, negative, zero]) => if number > 0.0 {
            positive
        } else if number < 0.0 {
            negative
        } else {
            zero
        }
        .clone(),
        Shown::Day { time } => {
            let Some(day) = day_of(number, early) else { return plain(text, number) };
            let clock = clock(number);
            if *time && clock != "00:00" { format!("{day} {clock}") } else { day }
        }
        Shown::Time if (0.0..1.0).contains(&number) => clock(number),
        // A time with a day is one that somebody wrote with its day.
        Shown::Time => match day_of(number, early).filter(|_| number >= 20_000.0) {
            Some(day) => format!("{day} {}", clock(number)),
            None => plain(text, number),
        },
    }
}

/// A number without what only its storage adds: fifteen digits are what a spreadsheet shows.
fn plain(text: &str, number: f64) -> String {
    if text.len() <= 15 && !text.is_empty() && !text.contains(['e', 'E']) {
        return text.to_owned();
    }
    let digits = if number == 0.0 { 0.0 } else { number.abs().log10().floor() };
    let after = (14.0 - digits).clamp(0.0, 15.0);
    // Within 0 and 15.
    let written = format!("{number:.*}", after as usize);
    if written.contains('.') { written.trim_end_matches('0').trim_end_matches('.').to_owned() } else { written }
}

/// The time of day of a number, to the minute.
fn clock(number: f64) -> String {
    let minutes = (number.rem_euclid(1.0) * 1440.0).round().clamp(0.0, 1439.0) as u32;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The day of a number, as `YYYY-MM-DD`; nothing for one before the first or after the year 9999.
fn day_of(number: f64, early: bool) -> Option<String> {
    if !(0.0..2_958_466.0).contains(&number) {
        return None;
    }
    let days = number.floor() as i64;
    let days = match (early, days) {
        (true, days) => days + 1_462,
        // The calendar of the first spreadsheets has a 29 February 1900.
        (false, 1..60) => days + 1,
        (false, 0) => return None,
        (false, days) => days,
    };
    Some(calendar(days))
}

/// A day that a workbook keeps as a number, as `YYYY-MM-DD`, and one with a time without it; any other text as it is.
pub(super) fn day(text: &str) -> String {
    let number = text.split('.').next().and_then(|whole| whole.parse::<i64>().ok());
    if let Some(days) = number.filter(|days| (20_000..80_000).contains(days)) {
        return calendar(days);
    }
    let shape =
        |text: &str| text.char_indices().all(|(at, c)| if matches!(at, 4 | 7) { c == '-' } else { c.is_ascii_digit() });
    match text.split_once([' ', 'T']) {
        Some((day, time)) if day.len() == 10 && shape(day) && time.starts_with(|c: char| c.is_ascii_digit()) => {
            day.to_owned()
        }
        _ => text.to_owned(),
    }
}

/// A day as ISO writes it; 25569 is the first of 1970. The calendar by Howard Hinnant's published arithmetic.
fn calendar(days: i64) -> String {
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
    use super::{Shown, built_in, day, of_code, shown};

    #[test]
    fn days_have_a_calendar() {
        assert_eq!(
            (day("45292").as_str(), day("45351").as_str(), day("soon").as_str()),
            ("2024-01-01", "2024-02-29", "soon")
        );
        assert_eq!(
            (day("2024-02-29 12:30").as_str(), day("2024-02-29T00:00:00").as_str()),
            ("2024-02-29", "2024-02-29")
        );
    }

    #[test]
    fn formats_say_what_a_number_is() {
        let day = Shown::Day { time: false };
        for (code, expected) in [
            ("dd/mm/yyyy", day.clone()),
            ("[$-407]d\\. mmmm yyyy;@", day.clone()),
            ("mmm", day.clone()),
            ("yyyy\\-mm\\-dd hh:mm", Shown::Day { time: true }),
            ("[h]:mm", Shown::Time),
            ("0.0%", Shown::Percent),
            ("[Red]0.00;\"days\"", Shown::Digits { before: 1, after: 2 }),
            ("000", Shown::Digits { before: 3, after: 0 }),
            ("#,##0.00", Shown::Number),
            ("General", Shown::Number),
            ("#,##0 \"days\"", Shown::Number),
            ("0.00E+00", Shown::Number),
            ("\"yes\";\"yes\";\"no\"", Shown::Words(["yes", "yes", "no"].map(str::to_owned))),
        ] {
            assert_eq!(of_code(code), expected, "{code}");
        }
        assert_eq!(
            (built_in(14), built_in(10), built_in(2)),
            (day, Shown::Percent, Shown::Digits { before: 1, after: 2 })
        );
    }

    #[test]
    fn numbers_are_shown_as_their_format_says() {
        let day = Shown::Day { time: false };
        assert_eq!(shown("45351", &day, false), "2024-02-29");
        assert_eq!(shown("43889", &day, true), "2024-02-29");
        assert_eq!((shown("1", &day, false), shown("61", &day, false)), ("1900-01-01".into(), "1900-03-01".into()));
        assert_eq!(shown("45351.5", &Shown::Day { time: true }, false), "2024-02-29 12:00");
        assert_eq!(shown("0.25", &Shown::Time, false), "06:00");
        assert_eq!(shown("0.07", &Shown::Percent, false), "7%");
        assert_eq!(shown("0.30000000000000004", &Shown::Number, false), "0.3");
        assert_eq!(shown("443", &Shown::Number, false), "443");
        let digits = |before, after| Shown::Digits { before, after };
        assert_eq!(shown("2.1", &digits(1, 2), false), "2.10");
        assert_eq!(shown("7", &digits(3, 0), false), "007");
        assert_eq!(shown("-7.125", &digits(3, 2), false), "-007.125", "no digit is taken away");
        assert_eq!(shown("0", &of_code("\"yes\";;\"no\""), false), "no");
        assert_eq!(shown("soon", &day, false), "soon");
        assert_eq!(shown("-5", &day, false), "-5");
    }
}
