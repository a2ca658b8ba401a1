//! Labels, which are HTML as often as not, as plain text. Nothing in them is ever fetched or run.

/// Characters of one label that are looked at; whole web pages were pasted into drawings.
const MOST: usize = 200_000;

/// The text of a label: paragraphs and rows on lines of their own, cells of a table with a tab between them.
pub(crate) fn plain(label: &str) -> String {
    let label: String = label.chars().take(MOST).collect();
    let mut out = String::with_capacity(label.len());
    let mut rest = label.as_str();
    let mut hidden: Option<&str> = None;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, marked) = rest.split_at(at);
        if hidden.is_none() {
            out.push_str(before);
        }
        if let Some((text, length)) = entity(marked) {
            if hidden.is_none() {
                out.push_str(&text);
            }
            rest = marked.get(length..).unwrap_or_default();
            continue;
        }
        let is_tag = marked
            .strip_prefix('<')
            .is_some_and(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!'));
        let end = if is_tag { marked.find('>') } else { None };
        let Some(end) = end else {
            if hidden.is_none() {
                out.push_str(marked.get(..1).unwrap_or_default());
            }
            rest = marked.get(1..).unwrap_or_default();
            continue;
        };
        let tag = marked.get(1..end).unwrap_or_default().to_ascii_lowercase();
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let closes = tag.starts_with('/');
        match hidden {
            Some(open) => {
                if closes && name == open {
                    hidden = None;
                }
            }
            None => match name.as_str() {
                "script" | "style" if !closes => hidden = Some(if name == "script" { "script" } else { "style" }),
                "td" | "th" if closes => out.push('\t'),
                "br" | "p" | "div" | "tr" | "li" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hr" | "table" | "ul"
                | "ol" | "pre" => out.push('\n'),
                _ => {}
            },
        }
        rest = marked.get(end + 1..).unwrap_or_default();
    }
    if hidden.is_none() {
        out.push_str(rest);
    }
    let lines = out.lines().map(|line| {
        let cells = line.split('\t').map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" "));
        cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("\t")
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A character written by name or number at the beginning of a text, and how long that is.
fn entity(text: &str) -> Option<(String, usize)> {
    let body = text.strip_prefix('&')?;
    let end = body.find(';').filter(|end| *end <= 10)?;
    let name = body.get(..end)?;
    let found = match name {
        "amp" => "&".to_owned(),
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        "nbsp" => " ".to_owned(),
        "ndash" => "–".to_owned(),
        "mdash" => "—".to_owned(),
        "bull" => "•".to_owned(),
        "hellip" => "…".to_owned(),
        "laquo" => "«".to_owned(),
        "raquo" => "»".to_owned(),
        "rarr" => "→".to_owned(),
        "larr" => "←".to_owned(),
        "copy" => "©".to_owned(),
        "reg" => "®".to_owned(),
        "trade" => "™".to_owned(),
        "zwj" | "zwnj" | "shy" => String::new(),
        numbered => {
            let digits = numbered.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            let c = char::from_u32(number)?;
            if c == '\u{a0}' { " ".to_owned() } else { c.to_string() }
        }
    };
    Some((found, end + 2))
}

/// Puts the values of a cell's own data in for `%key%`.
pub(crate) fn filled(label: &str, data: &[(String, String)]) -> String {
    let mut out = String::with_capacity(label.len());
    let mut rest = label;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let found = after
            .split_once('%')
            .and_then(|(key, behind)| data.iter().find(|(known, _)| known == key).map(|(_, value)| (value, behind)));
        match found {
            Some((value, behind)) if out.len() < MOST => {
                out.push_str(value);
                rest = behind;
            }
            _ => {
                out.push('%');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{filled, plain};

    #[test]
    fn html_becomes_lines_and_cells() {
        assert_eq!(plain("<b>Web</b>&nbsp;app<br>v&amp;2"), "Web app\nv&2");
        assert_eq!(
            plain("<table><tr><th>ID</th><th>What</th></tr><tr><td>A01</td><td>Cards</td></tr></table>"),
            "ID\tWhat\nA01\tCards"
        );
        assert_eq!(plain("a < b &bogus; &#x41;&#66;<script>alert(1)</script>x"), "a < b &bogus; ABx");
        assert_eq!(plain("<style>p{}</style><img src='http://x'>ok <unclosed"), "ok <unclosed");
    }

    #[test]
    fn placeholders_are_filled_once() {
        let data = [("a".to_owned(), "%a%".to_owned()), ("b".to_owned(), "B".to_owned())];
        assert_eq!(filled("%a% %b% %c% 5%", &data), "%a% B %c% 5%");
    }
}
