//! Words for a time, as people write it behind the state of a threat: `Fixed by March 2027`, `Done by the end of Q3`.

/// Names of months and of weekdays, and words for a time that is to come, in small letters.
#[rustfmt::skip]
const TIMES: &[&str] = &[
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
    "januar", "februar", "märz", "mai", "juni", "juli", "oktober", "dezember",
    "janvier", "février", "mars", "avril", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
    "gennaio", "febbraio", "aprile", "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre",
    "januari", "februari", "maart", "mei", "augustus",
    "janeiro", "fevereiro", "março", "maio", "junho", "julho", "setembro", "outubro", "novembro", "dezembro",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "montag", "dienstag", "mittwoch", "donnerstag", "freitag",
    "eoy", "eom", "eoq", "tomorrow", "morgen", "demain",
];

/// Words for a part of a time. Alone they say much else: `end user`, `mid tier`, `fine-grained`.
const EDGES: [&str; 5] = ["end", "mid", "fin", "fine", "ende"];

/// What comes again and again, so that `next` before it is a time: `next release`; `next generation` is none.
const PERIODS: [&str; 11] =
    ["release", "sprint", "week", "month", "quarter", "year", "version", "iteration", "spring", "summer", "winter"];

/// Whether what stands behind `by`, in small letters, names a time and not a means: `march 2027`, `the next release`, `q3`,
/// `31.12.2027`; `2fa` and `802.1x team` are means.
pub(crate) fn is_time(text: &str) -> bool {
    let tokens = || {
        text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')'))
            .filter(|word| !word.is_empty() && !matches!(*word, "the" | "our" | "der" | "la" | "le" | "el" | "il"))
    };
    // The last point belongs to a day without a year, and would be taken off below.
    if tokens().next().is_some_and(is_day_of_month) {
        return true;
    }
    let words: Vec<&str> =
        tokens().map(|word| word.trim_end_matches(['.', ':', '!'])).filter(|word| !word.is_empty()).collect();
    begins_with_time(&words)
}

fn begins_with_time(words: &[&str]) -> bool {
    match words {
        ["next", what, ..] => PERIODS.contains(what) || is_time_word(what),
        [edge, "of", ..] if EDGES.contains(edge) => true,
        [edge, "de" | "di", what, ..] | [edge, what, ..] if EDGES.contains(edge) => {
            is_time_word(what) || *what == "next"
        }
        // `12 March`, `3rd of June`: a day before the name of its month.
        [day, "of", month, ..] | [day, month, ..] if is_day(day) => is_time_word(month) || is_time_word(day),
        [word, ..] => is_time_word(word),
        [] => false,
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that a text of one or two digits is.
fn small(text: &str) -> Option<u8> {
    if digits(text) && text.len() <= 2 { text.parse().ok() } else { None }
}

/// `12`, `3rd`.
fn is_day(word: &str) -> bool {
    small(word.trim_end_matches(char::is_alphabetic)).is_some()
}

/// `31.12.`: a day of a month whose year goes without saying.
fn is_day_of_month(word: &str) -> bool {
    let Some((day, month)) = word.strip_suffix('.').and_then(|word| word.split_once('.')) else { return false };
    small(day).is_some_and(|day| (1..=31).contains(&day)) && small(month).is_some_and(|month| (1..=12).contains(&month))
}

/// Whether a word is a year of our time.
pub(crate) fn is_year(word: &str) -> bool {
    word.len() == 4 && digits(word) && (word.starts_with("19") || word.starts_with("20"))
}

/// Whether a word, in small letters, is a date: two or three parts of digits with a year among them (`2027-03`, `3/2027`,
/// `q3-2027`), or a day, a month and a year of two digits (`31.12.27`). `4.2.1` is a version.
pub(crate) fn is_date(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['-', '.', '/']).collect();
    let is_part = |part: &&str| digits(part) || part.strip_prefix('q').is_some_and(digits);
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(is_part) {
        return false;
    }
    if parts.iter().any(|part| is_year(part)) {
        return true;
    }
    let [one, other, year] = parts.as_slice() else { return false };
    // Some write the month first.
    let (Some(one), Some(other)) = (small(one), small(other)) else { return false };
    let is_pair = |day: u8, month: u8| (1..=31).contains(&day) && (1..=12).contains(&month);
    year.len() == 2 && (is_pair(one, other) || is_pair(other, one))
}

fn is_time_word(word: &str) -> bool {
    let quarter = word.strip_prefix('q').and_then(|rest| rest.split(['/', '-']).next());
    if is_year(word)
        || is_date(word)
        || TIMES.contains(&word)
        || quarter.is_some_and(|number| matches!(number, "1" | "2" | "3" | "4"))
    {
        return true;
    }
    let Some((head, tail)) = word.split_once('-') else { return false };
    // `jun-2027`, `mid-2027`, `mid-june`; `end-to-end` goes on with something else.
    let is_edge = EDGES.contains(&head);
    TIMES.contains(&head) && tail.starts_with(|c: char| c.is_ascii_digit())
        || is_edge && (is_year(tail) || is_date(tail) || TIMES.contains(&tail))
        || is_edge && tail.strip_prefix("of-").is_some_and(|tail| PERIODS.contains(&tail) || TIMES.contains(&tail))
}

#[cfg(test)]
mod tests {
    use super::{is_date, is_time};

    #[test]
    fn what_names_a_time_is_told_from_what_names_a_means() {
        for time in [
            "march 2027",
            "the next release",
            "next sprint",
            "the end of 2027",
            "end of year",
            "end-of-year",
            "ende märz",
            "fin de marzo",
            "mid june",
            "mid-2027",
            "jun-2027",
            "q3",
            "q3/2027",
            "2027-03",
            "31.12.",
            "31.12.27",
            "12/31/2027",
            "12 march",
            "3rd of june",
            "may",
        ] {
            assert!(is_time(time), "{time}");
        }
        for means in [
            "end-to-end encryption",
            "end users",
            "end-user training",
            "fine-grained access control",
            "fine tuning",
            "mid-tier firewall",
            "mid tier",
            "may-fly",
            "4.2.1",
            "release 4.2.1",
            "sprint team",
            "next generation firewall",
            "2fa",
            "802.1x team",
            "3rd party",
            "",
        ] {
            assert!(!is_time(means), "{means}");
        }
        assert!(!is_date("10.0.0.2020") && !is_date("31.31.27") && !is_date("2027"));
    }
}
