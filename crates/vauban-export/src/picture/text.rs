//! How wide text is, roughly, and where to break it.
//!
//! The picture is drawn by whatever font the reader has, so widths are estimated from a table and
//! rounded up: a box a little too wide looks fine, a box too narrow does not.

/// A text style of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Font {
    /// Height of the font in pixels.
    pub(crate) size: i32,
    /// Pixels from one line to the next.
    pub(crate) leading: i32,
    /// Drawn semi-bold, which is wider.
    pub(crate) bold: bool,
}

/// The name of a component.
pub(crate) const LABEL: Font = Font { size: 13, leading: 16, bold: true };
/// The technology under the name, and the kind of a boundary.
pub(crate) const SUBLABEL: Font = Font { size: 11, leading: 14, bold: false };
/// What a flow carries.
pub(crate) const FLOW: Font = Font { size: 11, leading: 13, bold: false };
/// The name of a boundary.
pub(crate) const BOUNDARY: Font = Font { size: 12, leading: 16, bold: true };
/// Badges and markers.
pub(crate) const BADGE: Font = Font { size: 10, leading: 12, bold: true };
/// The title of the picture.
pub(crate) const TITLE: Font = Font { size: 17, leading: 22, bold: true };

/// Longest text that is measured at all; the rest is cut. Keeps hostile labels from costing time.
const LONGEST: usize = 240;

/// Widths of ASCII 32 to 126 in thousandths of the font size: Adobe's published metrics for Helvetica, which
/// Arial, Liberation Sans and most interface fonts follow within a few percent.
const ASCII: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, // space to /
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // 0 to ?
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // @ to O
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // P to _
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // ` to o
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, // p to ~
];

/// Width of one character in thousandths of the font size.
fn advance(character: char) -> i32 {
    let code = u32::from(character);
    if let Some(&width) = code.checked_sub(32).and_then(|index| ASCII.get(usize::try_from(index).ok()?)) {
        return i32::from(width);
    }
    match code {
        // Combining marks and joiners sit on the letter before them.
        0x0300..=0x036F | 0x200B..=0x200D | 0xFE00..=0xFE0F | 0x20D0..=0x20FF => 0,
        // Scripts written in full squares, and pictographs.
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F => 1000,
        0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x20000..=0x3FFFD => 1000,
        0x1F000..=0x1FAFF | 0x2600..=0x27BF => 1300,
        0x2026 => 1000,
        _ => 680,
    }
}

/// Width of `text` in pixels, rounded up.
pub(crate) fn width(text: &str, font: Font) -> i32 {
    let thousandths: i64 = text.chars().map(|character| i64::from(advance(character))).sum();
    // A margin for interface fonts wider than Helvetica (Segoe UI, Noto Sans), more of it for bold.
    let percent = if font.bold { 113 } else { 106 };
    let pixels = (thousandths * i64::from(font.size) * percent + 99_999) / 100_000;
    i32::try_from(pixels).unwrap_or(i32::MAX / 4)
}

/// `text` on one line, without control characters, runs of blanks, or the marks that make text run backwards
/// (a hostile name could use those to show something other than what it is).
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST));
    let mut pending_blank = false;
    let mut count = 0;
    for character in text.chars() {
        if character.is_whitespace() || character.is_control() {
            pending_blank = !out.is_empty();
            continue;
        }
        let hidden = matches!(u32::from(character),
            0x202A..=0x202E | 0x2066..=0x2069 | 0x200E | 0x200F | 0xFEFF | 0xFFF0..=0xFFFB | 0xFFFE | 0xFFFF);
        if hidden {
            continue;
        }
        if count >= LONGEST {
            out.push('…');
            break;
        }
        if pending_blank {
            out.push(' ');
            pending_blank = false;
        }
        out.push(character);
        count += 1;
    }
    out
}

/// `text` cut to `max` pixels, with an ellipsis where something was cut.
pub(crate) fn fit(text: &str, font: Font, max: i32) -> String {
    if width(text, font) <= max {
        return text.to_owned();
    }
    let mut out = String::new();
    let room = max - width("…", font);
    for character in text.chars() {
        let before = out.len();
        out.push(character);
        if width(&out, font) > room {
            out.truncate(before);
            break;
        }
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// The end of `text` in `max` pixels, with an ellipsis before it.
fn fit_end(text: &str, font: Font, max: i32) -> String {
    let room = max - width("…", font);
    let mut used = String::new();
    let mut start = text.len();
    for (at, character) in text.char_indices().rev() {
        used.push(character);
        if width(&used, font) > room {
            break;
        }
        start = at;
    }
    format!("…{}", text.get(start..).unwrap_or_default())
}

/// One unbreakable piece of text, and whether a blank stood before it.
struct Piece<'t> {
    text: &'t str,
    blank_before: bool,
}

/// Letters of scripts that are written in squares, without blanks between words.
fn is_square(character: char) -> bool {
    matches!(u32::from(character), 0x2E80..=0xA4CF | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x20000..=0x3FFFD)
}

/// What may stand at the beginning of a line: no closing mark and no small kana.
fn is_letter(character: char) -> bool {
    !matches!(
        character,
        '、' | '。'
            | '，'
            | '．'
            | '）'
            | '」'
            | '』'
            | '】'
            | 'ー'
            | 'ッ'
            | 'ャ'
            | 'ュ'
            | 'ョ'
            | 'ァ'
            | 'ィ'
            | 'ゥ'
            | 'ェ'
            | 'ォ'
            | 'っ'
            | 'ゃ'
            | 'ゅ'
            | 'ょ'
            | '！'
            | '？'
    )
}

/// Splits at blanks and after the punctuation that joins the parts of identifiers, paths and addresses.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut start = 0;
        let mut blank_before = true;
        let mut run = 0;
        for (at, character) in word.char_indices() {
            run += 1;
            let end = at + character.len_utf8();
            // Scripts without blanks between words may be broken between any two letters.
            if is_square(character) && word.get(end..).and_then(|rest| rest.chars().next()).is_some_and(is_letter) {
                out.push(Piece { text: &word[start..end], blank_before });
                (start, blank_before, run) = (end, false, 0);
                continue;
            }
            let joins = matches!(character, '-' | '/' | '_' | '.' | ':' | ',' | ';' | '|' | '@' | '&' | '=' | '+');
            // Two characters at least, so that "a.b" and "//" stay whole.
            if joins && run > 2 && end < word.len() {
                out.push(Piece { text: &word[start..end], blank_before });
                (start, blank_before, run) = (end, false, 0);
            }
        }
        out.push(Piece { text: &word[start..], blank_before });
    }
    out
}

/// Fills lines up to `max` pixels.
fn fill(pieces: &[Piece<'_>], font: Font, max: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for piece in pieces {
        let before = line.len();
        if piece.blank_before && !line.is_empty() {
            line.push(' ');
        }
        line.push_str(piece.text);
        if width(&line, font) <= max {
            continue;
        }
        line.truncate(before);
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        // A piece longer than a line is cut, at a change from small to capital letters where there is one.
        let mut previous = ' ';
        let mut hump = 0;
        for character in piece.text.chars() {
            if character.is_uppercase() && previous.is_lowercase() {
                hump = line.len();
            }
            line.push(character);
            previous = character;
            if width(&line, font) > max && line.chars().nth(1).is_some() {
                let cut = if hump > 0 { hump } else { line.len() - character.len_utf8() };
                let rest = line.split_off(cut);
                lines.push(std::mem::replace(&mut line, rest));
                hump = 0;
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Breaks `text` (already cleaned) into at most `max_lines` lines of at most `max` pixels, of even length;
/// what does not fit is cut with an ellipsis.
pub(crate) fn wrap(text: &str, font: Font, max: i32, max_lines: usize) -> Vec<String> {
    let pieces = pieces(text);
    let mut lines = fill(&pieces, font, max);
    if lines.len() > max_lines {
        let solid = !text.contains(' ');
        let rest = lines.split_off(max_lines.saturating_sub(1)).join(if solid { "" } else { " " });
        // Names differ at their end (`private["a"]`, `private["b"]`), words and sentences say most at their beginning.
        let is_word = rest.chars().all(char::is_alphabetic);
        lines.push(if solid && !is_word { fit_end(&rest, font, max) } else { fit(&format!("{rest}…"), font, max) });
        return lines;
    }
    // The narrowest box with as many lines: "Order | processing service" reads worse than
    // "Order processing | service".
    let (mut low, mut high) = (1, max);
    while low < high {
        let middle = (low + high) / 2;
        let widest = pieces.iter().map(|piece| width(piece.text, font)).max().unwrap_or(0);
        // Below the widest piece words would be cut that fit whole.
        if middle >= widest.min(max) && fill(&pieces, font, middle).len() <= lines.len() {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    lines = fill(&pieces, font, high);
    lines
}

/// The widest of `lines`, in pixels.
pub(crate) fn widest(lines: &[String], font: Font) -> i32 {
    lines.iter().map(|line| width(line, font)).max().unwrap_or(0)
}

/// The height of that many lines, in pixels.
pub(crate) fn height(lines: usize, font: Font) -> i32 {
    i32::try_from(lines).unwrap_or(0) * font.leading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_evenly_and_cuts_what_does_not_fit() {
        assert_eq!(wrap("Order processing service", LABEL, 120, 3), ["Order processing", "service"]);
        assert_eq!(wrap("one", LABEL, 120, 3), ["one"]);
        assert!(wrap("", LABEL, 120, 3).is_empty());
        let long = wrap("module.net.aws_subnet.private_subnet", LABEL, 120, 3);
        assert!(long.iter().all(|line| width(line, LABEL) <= 120), "{long:?}");
        assert_eq!(long.concat(), "module.net.aws_subnet.private_subnet");
        let end_kept = wrap("module.net.aws_subnet.private_for_everything[\"b\"]", LABEL, 120, 2);
        assert!(
            end_kept.len() == 2 && end_kept[1].starts_with('…') && end_kept[1].ends_with("[\"b\"]"),
            "{end_kept:?}"
        );
        let cut = wrap(&"word ".repeat(60), LABEL, 120, 2);
        assert_eq!(cut.len(), 2);
        assert!(cut[1].ends_with('…') && width(&cut[1], LABEL) <= 120, "{cut:?}");
        let word = wrap("Internationalisation", LABEL, 60, 1);
        assert!(word.len() == 1 && word[0].starts_with("Inter") && word[0].ends_with('…'), "{word:?}");
        let solid = wrap(&"W".repeat(200), LABEL, 120, 3);
        assert!(solid.iter().all(|line| width(line, LABEL) <= 120), "{solid:?}");
        assert_eq!(wrap("顧客情報管理システム", LABEL, 100, 3), ["顧客情報管", "理システム"]);
        assert_eq!(wrap("CustomerNotification", LABEL, 130, 3), ["Customer", "Notification"]);
    }

    #[test]
    fn cleaning_keeps_text_on_one_line_and_readable() {
        assert_eq!(clean("  a\n\tb \u{0} c\u{202E}d "), "a b cd");
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), LONGEST + 1);
        assert_eq!(clean("\u{0}\u{1}"), "");
    }

    #[test]
    fn no_width_or_limit_panics() {
        for max in [-5, 0, 1, 7] {
            for text in ["", "a", "WWWW iiii", "日本語のラベル", "e\u{301}\u{301}"] {
                let _ = wrap(text, LABEL, max, 0);
                let _ = wrap(text, LABEL, max, 3);
                let _ = fit(text, LABEL, max);
            }
        }
    }
}
