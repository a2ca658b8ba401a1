//! The language as it is written: lines without comments, calls of macros, elements, arrows.

/// Lines that one call may run over.
const MOST_LINES: usize = 60;

/// A line that says something, and its number from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) number: u32,
}

/// A diagram: what stands behind `@startuml`, and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Diagram {
    pub(super) name: String,
    pub(super) number: u32,
    pub(super) lines: Vec<Line>,
}

/// A call: `Container(api, "API", $tags="x") {`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) name: String,
    /// Arguments by place.
    pub(super) arguments: Vec<String>,
    /// Arguments by name, without the dollar sign.
    pub(super) named: Vec<(String, String)>,
    /// Whether a block begins behind it.
    pub(super) opens: bool,
}

impl Call {
    /// An argument, by its name or its place.
    pub(super) fn get(&self, name: &str, place: usize) -> &str {
        let named = self.named.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        named.or_else(|| self.arguments.get(place).map(String::as_str)).unwrap_or_default()
    }
}

/// The direction of an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrow {
    Right,
    Left,
    Both,
    None,
}

/// Something an arrow begins or ends at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) name: String,
    /// How it was written: `[`, `(`, `:`, `"`, `i` for an interface, or a space.
    pub(super) form: char,
}

/// An arrow between two things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) from: Reference,
    pub(super) to: Reference,
    pub(super) arrow: Arrow,
    /// Whether it only keeps things apart: `-[hidden]->`.
    pub(super) hidden: bool,
    pub(super) label: String,
}

/// Whether a text has a diagram: it begins one near its top.
pub(crate) fn is_plantuml(text: &str) -> bool {
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).take(200);
    lines.any(|line| line.starts_with("@startuml") || line.starts_with("@startc4"))
        && !text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '<'])
}

/// The diagrams of a text, without comments. What stands outside of them is no diagram.
pub(super) fn diagrams(text: &str) -> Vec<Diagram> {
    let mut found: Vec<Diagram> = Vec::new();
    let mut inside = false;
    let mut in_comment = false;
    let mut open_call: Option<(Line, usize)> = None;
    for (number, line) in (1u32..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let line = without_comment(line, &mut in_comment);
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("@start") {
            let name = rest.split_once(char::is_whitespace).map_or("", |(_, name)| name.trim());
            found.push(Diagram { name: name.trim_matches('"').to_owned(), number, lines: Vec::new() });
            inside = true;
            continue;
        }
        if line.starts_with("@end") {
            inside = false;
            // A call that is never closed is no call; whoever reads it says so.
            if let (Some((call, _)), Some(diagram)) = (open_call.take(), found.last_mut()) {
                diagram.lines.push(call);
            }
            continue;
        }
        let Some(diagram) = found.last_mut().filter(|_| inside && !line.is_empty()) else { continue };
        // A call goes on until its parentheses are closed.
        if let Some((mut call, count)) = open_call.take() {
            call.text.push(' ');
            call.text.push_str(line);
            if is_open(&call.text) && count < MOST_LINES {
                open_call = Some((call, count + 1));
            } else {
                diagram.lines.push(call);
            }
            continue;
        }
        let line = Line { text: line.to_owned(), number };
        if looks_like_call(&line.text) && is_open(&line.text) {
            open_call = Some((line, 1));
        } else {
            diagram.lines.push(line);
        }
    }
    found
}

/// A line without what is commented out.
pub(super) fn without_comment(line: &str, in_comment: &mut bool) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    loop {
        if *in_comment {
            match rest.split_once("'/") {
                Some((_, after)) => {
                    *in_comment = false;
                    rest = after;
                }
                None => return out,
            }
        }
        match rest.split_once("/'") {
            Some((before, after)) => {
                out.push_str(before);
                *in_comment = true;
                rest = after;
            }
            None => {
                out.push_str(rest);
                break;
            }
        }
    }
    if out.trim_start().starts_with('\'') { String::new() } else { out }
}

/// `Name(`.
fn looks_like_call(line: &str) -> bool {
    let name = line.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
    name.len() < line.len() && name.starts_with('(')
}

/// Whether a parenthesis is open at the end.
fn is_open(text: &str) -> bool {
    let (mut depth, mut quoted) = (0usize, false);
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth > 0
}

/// Lines, those of a call that runs over several joined.
pub(super) fn joined(lines: &[(String, u32)]) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let mut over = 0usize;
    for (text, number) in lines {
        match out.last_mut().filter(|last| over < MOST_LINES && looks_like_call(&last.text) && is_open(&last.text)) {
            Some(last) => {
                last.text.push(' ');
                last.text.push_str(text.trim());
                over += 1;
            }
            None => {
                out.push(Line { text: text.trim().to_owned(), number: *number });
                over = 0;
            }
        }
    }
    out.retain(|line| !line.text.is_empty());
    out
}

/// Reads a call.
pub(super) fn call(line: &str) -> Option<Call> {
    if !looks_like_call(line) {
        return None;
    }
    let (name, rest) = line.split_once('(')?;
    let mut call = Call { name: name.trim_start_matches('$').to_owned(), ..Call::default() };
    let (mut depth, mut quoted) = (1usize, false);
    let mut argument = String::new();
    let mut end = None;
    for (at, letter) in rest.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 1 => {
                call.push(&argument);
                argument.clear();
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            end = Some(at);
            break;
        }
        argument.push(letter);
    }
    if !argument.trim().is_empty() || !call.arguments.is_empty() {
        call.push(&argument);
    }
    let behind = rest.get(end? + 1..)?.trim();
    call.opens = behind.ends_with('{');
    Some(call)
}

impl Call {
    fn push(&mut self, argument: &str) {
        let argument = argument.trim();
        let named = argument.strip_prefix('$').and_then(|rest| rest.split_once('='));
        match named.filter(|(name, _)| name.trim().chars().all(|c| c.is_alphanumeric() || c == '_')) {
            Some((name, value)) => self.named.push((name.trim().to_owned(), unquoted(value))),
            None => self.arguments.push(unquoted(argument)),
        }
    }
}

/// A text without quotes, with its line breaks.
pub(super) fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    without_tags(&inner.replace("\\n", "\n").replace("\\t", " ").replace("<br>", "\n").replace("<br/>", "\n"))
}

/// A text without the tags that say how it looks: `<b>`, `</color>`, `<size:10>`.
fn without_tags(text: &str) -> String {
    const TAGS: [&str; 12] = ["b", "i", "u", "s", "w", "color", "size", "back", "font", "img", "plain", "text"];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let tag = after.split_once('>').filter(|(tag, _)| {
            let name = tag.trim_start_matches('/').split([':', ' ', '=']).next().unwrap_or_default();
            tag.starts_with(['&', '$']) || TAGS.contains(&name.to_lowercase().as_str())
        });
        match tag {
            Some((_, behind)) => rest = behind,
            None => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Reads a reference at the beginning of a text; returns what is behind it too.
pub(super) fn reference(text: &str) -> Option<(Reference, &str)> {
    let text = text.trim_start();
    let until = |open: char, close: char| {
        let inner = text.strip_prefix(open)?;
        let (name, rest) = inner.split_once(close)?;
        Some((Reference { name: unquoted(name), form: open }, rest))
    };
    match text.chars().next()? {
        '[' => until('[', ']'),
        '"' => until('"', '"'),
        ':' => until(':', ':'),
        '(' if text.starts_with("()") => {
            let (inner, rest) = reference(text.get(2..)?)?;
            Some((Reference { form: 'i', ..inner }, rest))
        }
        '(' => until('(', ')'),
        _ => {
            let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '@' | '$');
            let end = text.find(|c| !part(c)).unwrap_or(text.len());
            // Dots at the end belong to the arrow: `a..>b`.
            let name = text.get(..end)?.trim_end_matches('.');
            let rest = text.get(name.len()..)?;
            (!name.is_empty()).then(|| (Reference { name: name.to_owned(), form: ' ' }, rest))
        }
    }
}

/// Reads an arrow between two things: `a -left-> b : label`.
pub(super) fn link(line: &str) -> Option<Link> {
    let (from, rest) = reference(line)?;
    let rest = without_quoted(rest);
    let strokes = rest.trim_start();
    let (arrow, rest) = arrow(strokes)?;
    let hidden = strokes.get(..strokes.len() - rest.len()).is_some_and(|strokes| strokes.contains("hidden"));
    let rest = without_quoted(rest);
    let (to, rest) = reference(rest)?;
    // `#line:red;line.bold : label`: how the arrow looks.
    let rest = rest.trim_start();
    let rest = if rest.starts_with('#') { rest.find(char::is_whitespace).map_or("", |at| &rest[at..]) } else { rest };
    let label = rest.split_once(':').map_or("", |(_, label)| label).trim();
    Some(Link { from, to, arrow, hidden, label: unquoted(label) })
}

/// Steps over a number that stands at the end of a line, such as `"1"`. Names stand in quotes too, so it only is one
/// if an arrow or a name follows.
fn without_quoted(text: &str) -> &str {
    let trimmed = text.trim_start();
    let stepped = trimmed.strip_prefix('"').and_then(|inner| inner.split_once('"')).map(|(_, rest)| rest);
    match stepped {
        Some(rest)
            if !rest.trim().is_empty() && !rest.trim_start().starts_with([':', '<'])
                || stepped.is_some_and(|rest| arrow(rest.trim_start()).is_some()) =>
        {
            stepped.unwrap_or(trimmed)
        }
        _ => trimmed,
    }
}

/// Reads an arrow: heads, dashes or dots, directions and styles between them, heads.
fn arrow(text: &str) -> Option<(Arrow, &str)> {
    let body = |c: char| matches!(c, '-' | '.' | '=' | '~');
    let letters: Vec<(usize, char)> = text.char_indices().take(200).collect();
    let at = |index: usize| letters.get(index).map(|(_, letter)| *letter);
    let mut index = 0usize;
    let (mut left, mut right, mut strokes) = (false, false, 0usize);
    while let Some(letter) = at(index) {
        let beginning = matches!(letter, 'o' | 'x' | '0' | '(' | ')') && at(index + 1).is_some_and(body);
        if !matches!(letter, '<' | '|' | '*' | '#' | '}' | '{' | '+' | '^') && !beginning {
            break;
        }
        left |= letter == '<';
        index += 1;
    }
    while let Some(letter) = at(index) {
        if body(letter) {
            strokes += 1;
            index += 1;
        } else if letter == '[' && strokes > 0 {
            while at(index).is_some_and(|letter| letter != ']') {
                index += 1;
            }
            index += 1;
        } else if letter.is_ascii_alphabetic() && strokes > 0 {
            let start = index;
            let mut end = index;
            while at(end).is_some_and(|letter| letter.is_ascii_alphabetic()) {
                end += 1;
            }
            let word: String = letters.get(start..end).unwrap_or_default().iter().map(|(_, letter)| *letter).collect();
            let directions = ["left", "right", "up", "down", "le", "ri", "do", "l", "r", "u", "d", "hidden"];
            if !directions.contains(&word.as_str()) || !at(end).is_some_and(|letter| body(letter) || letter == '[') {
                break;
            }
            index = end;
        } else {
            break;
        }
    }
    if strokes == 0 {
        return None;
    }
    while let Some(letter) = at(index) {
        let ending = matches!(letter, 'o' | 'x' | '0' | '(' | ')')
            && at(index + 1).is_none_or(|next| next.is_whitespace() || next == ')');
        if !matches!(letter, '>' | '|' | '*' | '#' | '{' | '}' | '+' | '^' | '\\' | '/') && !ending {
            break;
        }
        right |= letter == '>';
        index += 1;
    }
    let rest = letters.get(index).map_or("", |(at, _)| text.get(*at..).unwrap_or_default());
    let arrow = match (left, right) {
        (true, true) => Arrow::Both,
        (true, false) => Arrow::Left,
        (false, true) => Arrow::Right,
        (false, false) => Arrow::None,
    };
    Some((arrow, rest))
}

#[cfg(test)]
mod tests {
    use super::{Arrow, call, diagrams, link};

    #[test]
    fn calls_are_read_with_named_arguments() {
        let call =
            call("Container(api, \"A, \\\"b\\\" (c)\", $techn=\"Rust\", \"Does\\nit\", $tags=\"x+y\") {").unwrap();
        assert_eq!(call.name, "Container");
        assert_eq!(call.arguments.len(), 3, "{call:?}");
        assert_eq!(call.get("techn", 2), "Rust");
        assert_eq!(call.get("tags", 9), "x+y");
        assert!(call.opens);
        assert_eq!(super::call("LAYOUT_WITH_LEGEND()").unwrap().arguments.len(), 0);
        assert!(super::call("a --> b : f(x)").is_none());
        assert!(super::call("Rel(a, b").is_none());
    }

    #[test]
    fn arrows_of_all_makes_are_read() {
        let read = |line: &str| link(line).map(|link| (link.from.name, link.arrow, link.to.name, link.label));
        let of = |from: &str, arrow: Arrow, to: &str, label: &str| {
            Some((from.to_owned(), arrow, to.to_owned(), label.to_owned()))
        };
        assert_eq!(read("a --> b : uses"), of("a", Arrow::Right, "b", "uses"));
        assert_eq!(read("a->b"), of("a", Arrow::Right, "b", ""));
        assert_eq!(read("a..>b:x"), of("a", Arrow::Right, "b", "x"));
        assert_eq!(read("[Web shop] <-left- (Buy) : a:b"), of("Web shop", Arrow::Left, "Buy", "a:b"));
        assert_eq!(read(":Buyer: -[#red,dashed]-> [Shop]"), of("Buyer", Arrow::Right, "Shop", ""));
        assert_eq!(read("a \"1\" <--> \"n\" b"), of("a", Arrow::Both, "b", ""));
        assert_eq!(read("\"A b\" -- c"), of("A b", Arrow::None, "c", ""));
        assert_eq!(read("a -(0- b"), None);
        assert_eq!(read("a --o b"), of("a", Arrow::None, "b", ""));
        assert_eq!(read("[A] --> [C] #line:red;line.bold;text:red : styled"), of("A", Arrow::Right, "C", "styled"));
        assert_eq!(read("a --> b #red"), of("a", Arrow::Right, "b", ""));
        assert_eq!(read("a --> b : <b>x</b> <color:red>y</color> <z>"), of("a", Arrow::Right, "b", "x y <z>"));
        assert!(link("a -[hidden]-> b").is_some_and(|link| link.hidden));
        assert!(link("a -[#red]-> b : hidden").is_some_and(|link| !link.hidden));
        assert_eq!(read("component a"), None);
        assert_eq!(read("title a-b -> c"), None);
    }

    #[test]
    fn comments_and_long_calls_are_put_right() {
        let text = "x\n@startuml n\n' no\na /' no\nno '/ b\nRel(a,\n  b, \"c\")\n@enduml\ny\n@startuml\n@enduml\n";
        let found = diagrams(text);
        assert_eq!(found.len(), 2);
        let lines: Vec<(&str, u32)> = found[0].lines.iter().map(|line| (line.text.as_str(), line.number)).collect();
        assert_eq!(lines, [("a", 4), ("b", 5), ("Rel(a, b, \"c\")", 6)]);
        assert_eq!((found[0].name.as_str(), found[0].number), ("n", 2));
    }
}
