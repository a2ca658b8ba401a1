//! The language as it is written: charts in a file of their own or in the fences of a Markdown file; statements of
//! nodes and links.

/// Nodes that one statement may name with `&`, on each side.
pub(super) const MOST_ABREAST: usize = 40;

/// The languages of charts that are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    #[default]
    Flowchart,
    /// The macros of C4, each on a line.
    C4,
    /// Groups, services and edges, each on a line.
    Architecture,
}

/// A chart: its title, and its statements with their lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) number: u32,
    pub(super) statements: Vec<(String, u32)>,
    pub(super) form: Form,
    /// Lines with a quotation mark that opens no text.
    pub(super) stray: Vec<u32>,
    /// The first word, if the diagram is of a kind that is not read.
    pub(super) other: Option<String>,
}

/// A node as a statement names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) id: String,
    /// What is written on it; none where it is only named.
    pub(super) text: Option<String>,
    /// The bracket it is written in, or the name of its shape.
    pub(super) shape: String,
    /// Its class.
    pub(super) class: String,
}

/// A link between the nodes before it and those behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) label: String,
    pub(super) left: bool,
    pub(super) right: bool,
    /// Only there to keep things apart.
    pub(super) invisible: bool,
    pub(super) dotted: bool,
    /// What statements about its looks call it: `e1@-->`.
    pub(super) id: String,
}

/// Nodes abreast, and how they are linked to the next.
pub(super) type Chain = Vec<(Vec<Node>, Option<Link>)>;

/// Whether a line begins a flowchart.
fn begins_flowchart(line: &str) -> bool {
    let mut words = line.split([' ', '\t', ';']).filter(|word| !word.is_empty());
    let direction = |word: Option<&str>| matches!(word, Some("TB" | "TD" | "BT" | "RL" | "LR"));
    match words.next() {
        Some("flowchart" | "flowchart-elk") => true,
        Some("graph") => direction(words.next()),
        _ => false,
    }
}

/// The form of a chart that is no flowchart and read all the same.
fn begins_form(line: &str) -> Option<Form> {
    match line.split([' ', '\t', ';']).next()? {
        "C4Context" | "C4Container" | "C4Component" | "C4Dynamic" | "C4Deployment" => Some(Form::C4),
        "architecture-beta" | "architecture" if line.split_whitespace().count() == 1 => Some(Form::Architecture),
        _ => None,
    }
}

/// The kinds of diagram that this language has beside flowcharts.
fn begins_other(line: &str) -> bool {
    const OTHERS: [&str; 22] = [
        "sequenceDiagram",
        "classDiagram",
        "stateDiagram",
        "erDiagram",
        "journey",
        "gantt",
        "pie",
        "quadrantChart",
        "requirementDiagram",
        "gitGraph",
        "mindmap",
        "timeline",
        "C4",
        "sankey",
        "xychart",
        "block",
        "packet",
        "kanban",
        "architecture",
        "zenuml",
        "radar",
        "treemap",
    ];
    let first = line.split([' ', '\t', ';', '-']).next().unwrap_or_default();
    OTHERS.contains(&first) || first.starts_with("C4")
}

/// Whether a text in a file of this language's own is a diagram of any kind, so that those that are not read are told
/// by name.
pub(crate) fn is_any_diagram(name: &str, text: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let own = name.ends_with(".mmd") || name.ends_with(".mermaid");
    own && !charts(text.get(..text.floor_char_boundary(1 << 20)).unwrap_or(text)).is_empty()
}

/// Whether a text is a chart of this language, or Markdown with one in it that is read.
pub(crate) fn is_mermaid(text: &str) -> bool {
    // Words that begin nothing else; the others also begin sentences.
    const SURE: [&str; 7] = [
        "sequenceDiagram",
        "classDiagram",
        "stateDiagram",
        "erDiagram",
        "gitGraph",
        "requirementDiagram",
        "quadrantChart",
    ];
    let fenced = text.lines().any(is_fence);
    charts(text.get(..text.floor_char_boundary(1 << 20)).unwrap_or(text)).iter().any(|chart| match &chart.other {
        None => true,
        // A file of its own that is of another kind is told by name; a page with pictures is no model.
        Some(word) => !fenced && SURE.iter().any(|known| word.split('-').next() == Some(known)),
    })
}

/// The charts of a text.
pub(super) fn charts(text: &str) -> Vec<Chart> {
    let text = text.trim_start_matches('\u{feff}');
    let fenced = text.lines().any(is_fence);
    let lines = (1u32..).zip(text.lines());
    if !fenced {
        return chart(lines, String::new()).into_iter().collect();
    }
    let mut found = Vec::new();
    let mut heading = String::new();
    let mut inside: Option<Vec<(u32, &str)>> = None;
    for (number, line) in lines {
        match &mut inside {
            Some(block) => {
                if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
                    found.extend(chart(inside.take().unwrap_or_default().into_iter(), heading.clone()));
                } else {
                    block.push((number, line));
                }
            }
            None if is_fence(line) => inside = Some(Vec::new()),
            None => {
                if let Some(title) = line.strip_prefix('#') {
                    title.trim_start_matches('#').trim().clone_into(&mut heading);
                }
            }
        }
    }
    // A fence that is never closed.
    found.extend(inside.and_then(|block| chart(block.into_iter(), heading)));
    found
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    let rest = line.strip_prefix("```").or_else(|| line.strip_prefix("~~~")).or_else(|| line.strip_prefix(":::"));
    rest.is_some_and(|rest| rest.trim_start_matches(['`', '~', ' ', '{']).starts_with("mermaid"))
}

/// Lines that one text in quotes, or one description, may run over.
const MOST_LINES: usize = 40;

/// Whether the first quotation mark of a line closes a text that an earlier line opened: nothing opens right before it, and
/// what stands behind it may follow a text.
fn closes_text(line: &str) -> bool {
    let Some((before, behind)) = line.split_once('"') else { return false };
    let opens = before.trim_end().ends_with(['[', '(', '{', '|', '/', '\\', '"']);
    let behind = behind.trim_start();
    let follows = [']', ')', '}', '|', ',', '/', '\\', '-', '=', '<', ';', '~', '&', ':'];
    (!opens || before.trim().is_empty()) && (behind.is_empty() || behind.starts_with(follows))
}

/// The lines of a chart, where a text in quotes or a description in braces runs over several those as one. Also the lines
/// with a mark that opens no text.
fn joined<'t>(lines: impl Iterator<Item = (u32, &'t str)>) -> (Vec<(u32, String)>, Vec<u32>) {
    let lines: Vec<(u32, &str)> = lines.collect();
    let mut out: Vec<(u32, String)> = Vec::new();
    let mut stray: Vec<u32> = Vec::new();
    let mut at = 0usize;
    while let Some((number, line)) = lines.get(at).copied() {
        let trimmed = line.trim();
        let description = trimmed.starts_with("accDescr") && trimmed.contains('{') && !trimmed.contains('}');
        let odd = |line: &str| !line.trim_start().starts_with("%%") && line.matches('"').count() % 2 == 1;
        let ends = |line: &str| if description { line.contains('}') } else { line.matches('"').count() % 2 == 1 };
        // A mark that nothing closes is a letter of its line.
        let open = description || odd(line);
        let last = lines.iter().skip(at + 1).take(MOST_LINES).position(|(_, line)| ends(line)).filter(|_| open);
        // A text has no quotation marks inside, and ends where something may follow it. Else the mark is a letter of its
        // line, and the lines below are what they are.
        let last = last.filter(|more| {
            let between = lines.get(at + 1..at + 1 + more).unwrap_or_default();
            let end = lines.get(at + 1 + more).map_or("", |(_, line)| *line);
            description || closes_text(end) && between.iter().all(|(_, line)| !line.contains('"'))
        });
        if open && !description && last.is_none() {
            stray.push(number);
        }
        let end = at + last.map_or(0, |more| more + 1);
        let whole: Vec<&str> = lines.get(at..=end).unwrap_or_default().iter().map(|(_, line)| line.trim()).collect();
        out.push((number, whole.join("\n")));
        at = end + 1;
    }
    (out, stray)
}

/// One chart: front matter, its first line, its statements.
fn chart<'t>(lines: impl Iterator<Item = (u32, &'t str)>, title: String) -> Option<Chart> {
    let (lines, stray) = joined(lines);
    let mut chart = Chart { title, stray, ..Chart::default() };
    let (mut in_front, mut begun) = (false, false);
    for (number, line) in lines {
        let line = line.trim();
        if !begun {
            if line == "---" {
                in_front = !in_front;
            } else if in_front {
                if let Some(title) = line.strip_prefix("title:") {
                    chart.title = unescaped(title.trim().trim_matches(['"', '\'']));
                }
            } else if begins_flowchart(line) {
                begun = true;
                chart.number = number;
                // Statements may follow on the same line.
                if let Some((_, rest)) = line.split_once(';') {
                    chart.split(rest, number);
                }
            } else if let Some(form) = begins_form(line) {
                begun = true;
                chart.number = number;
                chart.form = form;
            } else if begins_other(line) {
                chart.number = number;
                chart.other = line.split_whitespace().next().map(str::to_owned);
                return Some(chart);
            } else if !line.is_empty() && !line.starts_with("%%") {
                return None;
            }
            continue;
        }
        if line.starts_with("%%") {
            continue;
        }
        match chart.form {
            // A description holds any signs.
            Form::Flowchart if line.starts_with("accDescr") || line.starts_with("accTitle") => {
                chart.statements.push((line.to_owned(), number));
            }
            Form::Flowchart => chart.split(line, number),
            Form::C4 | Form::Architecture => chart.statements.push((line.to_owned(), number)),
        }
    }
    begun.then_some(chart)
}

impl Chart {
    /// Takes a line apart where semicolons stand outside of texts.
    fn split(&mut self, line: &str, number: u32) {
        let (mut depth, mut quoted, mut start) = (0usize, false, 0usize);
        let mut push = |text: &str| {
            if !text.trim().is_empty() {
                self.statements.push((text.trim().to_owned(), number));
            }
        };
        for (at, letter) in line.char_indices() {
            match letter {
                '"' => quoted = !quoted,
                '[' | '(' | '{' if !quoted => depth += 1,
                ']' | ')' | '}' if !quoted => depth = depth.saturating_sub(1),
                ';' if !quoted && depth == 0 => {
                    push(line.get(start..at).unwrap_or_default());
                    start = at + 1;
                }
                _ => {}
            }
        }
        push(line.get(start..).unwrap_or_default());
    }
}

/// A text as it is shown: entities, line breaks, the asterisks of bold words.
pub(super) fn unescaped(text: &str) -> String {
    let text = text.replace("<br/>", "\n").replace("<br>", "\n").replace("<br />", "\n").replace("\\n", "\n");
    let text = text.trim();
    // Only texts in back-ticks are Markdown.
    let text = if text.starts_with('`') { text.trim_matches('`').replace("**", "") } else { text.to_owned() };
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('#') {
        out.push_str(before);
        let entity =
            after.split_once(';').filter(|(name, _)| name.len() <= 8 && !name.is_empty()).and_then(|(name, rest)| {
                let letter = match name {
                    "quot" => Some('"'),
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    number => number.parse().ok().and_then(char::from_u32),
                };
                Some((letter?, rest))
            });
        match entity {
            Some((letter, after)) => {
                out.push(letter);
                rest = after;
            }
            None => {
                out.push('#');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Reads a statement of nodes and links, and how many nodes were too many abreast; none if it is something else.
pub(super) fn chain(statement: &str) -> Option<(Chain, usize)> {
    let mut chain: Chain = Vec::new();
    let mut left_out = 0usize;
    let mut rest = statement.trim();
    loop {
        let mut abreast = Vec::new();
        loop {
            let (node, after) = node(rest)?;
            if abreast.len() < MOST_ABREAST {
                abreast.push(node);
            } else {
                left_out += 1;
            }
            rest = after.trim_start();
            match rest.strip_prefix('&') {
                Some(after) => rest = after.trim_start(),
                None => break,
            }
        }
        if rest.is_empty() {
            chain.push((abreast, None));
            return Some((chain, left_out));
        }
        let (link, after) = link(rest)?;
        chain.push((abreast, Some(link)));
        rest = after.trim_start();
    }
}

/// Brackets and what closes them, the longest first.
const BRACKETS: [(&str, &[&str]); 12] = [
    ("(((", &[")))"]),
    ("([", &["])"]),
    ("((", &["))"]),
    ("[(", &[")]"]),
    ("[[", &["]]"]),
    ("[/", &["/]", "\\]"]),
    ("[\\", &["\\]", "/]"]),
    ("{{", &["}}"]),
    ("[", &["]"]),
    ("(", &[")"]),
    ("{", &["}"]),
    (">", &["]"]),
];

/// Reads a node at the beginning of a text: `api[("Orders")]:::store`.
pub(super) fn node(text: &str) -> Option<(Node, &str)> {
    let letters: Vec<(usize, char)> = text.char_indices().take(300).collect();
    let at = |index: usize| letters.get(index).map(|(_, letter)| *letter);
    let mut end = 0usize;
    while let Some(letter) = at(end) {
        let joins = matches!(letter, '-' | '.')
            && end > 0
            && at(end + 1).is_some_and(char::is_alphanumeric)
            && at(end - 1).is_some_and(|before| before != '-');
        if !letter.is_alphanumeric() && !matches!(letter, '_' | '/' | '$') && !joins {
            break;
        }
        end += 1;
    }
    let stop = letters.get(end).map_or(text.len(), |(at, _)| *at);
    let id = text.get(..stop)?;
    if id.is_empty() {
        return None;
    }
    let mut node = Node { id: id.to_owned(), ..Node::default() };
    let mut rest = text.get(stop..)?;
    if let Some(inner) = rest.strip_prefix("@{") {
        let (fields, after) = inner.split_once('}')?;
        let mut label = None;
        for field in fields.split(',') {
            let Some((key, value)) = field.split_once(':') else { continue };
            let value = unescaped(value.trim().trim_matches('"'));
            match key.trim() {
                "shape" => node.shape = value,
                "label" => label = Some(value),
                _ => {}
            }
        }
        node.text = label.or(Some(node.id.clone()));
        rest = after;
    } else if let Some((open, closes)) = BRACKETS.iter().find(|(open, _)| rest.starts_with(open)) {
        let inner = rest.get(open.len()..)?;
        let trimmed = inner.trim_start();
        // In quotes, brackets are only letters.
        let quoted = trimmed.strip_prefix('"').and_then(|quoted| quoted.split_once('"')).and_then(|(text, after)| {
            let after = after.trim_start();
            Some((text, closes.iter().find_map(|close| after.strip_prefix(close))?))
        });
        let (text, after) = match quoted {
            Some(quoted) => quoted,
            None => {
                let (at, close) = closes.iter().filter_map(|close| Some((inner.find(close)?, *close))).min()?;
                // A mark that opens no text is no part of it.
                let text = inner.get(..at)?.trim();
                (text.strip_prefix('"').unwrap_or(text), inner.get(at + close.len()..)?)
            }
        };
        node.text = Some(unescaped(text));
        node.shape = (*open).to_owned();
        rest = after;
    }
    if let Some(after) = rest.strip_prefix(":::") {
        let end = after.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(after.len());
        after.get(..end)?.clone_into(&mut node.class);
        rest = after.get(end..)?;
    }
    Some((node, rest))
}

/// Reads a link at the beginning of a text: `-->`, `-- text -->`, `-.->|text|`, `<==>`.
fn link(text: &str) -> Option<(Link, &str)> {
    let (id, text) = named_link(text);
    let (mut link, run, rest) = strokes(text)?;
    id.clone_into(&mut link.id);
    let opening = !link.right && matches!(run, "--" | "==" | "-.");
    let mut rest = rest;
    if opening {
        // The text stands between the two halves.
        let mut from = behind_quotes(rest);
        let closing = loop {
            let at = from + rest.get(from..)?.find(['-', '=', '.'])?;
            let (closing, run, after) = strokes(rest.get(at..)?)?;
            if run.len() >= 2 {
                break (at, closing, after);
            }
            from = at + run.len();
        };
        let (at, closing, after) = closing;
        link.label = unescaped(rest.get(..at)?.trim().trim_matches('"'));
        link.right = closing.right;
        rest = after;
    }
    if let Some(inner) = rest.trim_start().strip_prefix('|') {
        let from = behind_quotes(inner);
        let at = from + inner.get(from..)?.find('|')?;
        link.label = unescaped(inner.get(..at)?.trim().trim_matches('"'));
        rest = inner.get(at + 1..)?;
    }
    Some((link, rest))
}

/// Where a text in quotes at the beginning ends; 0 if there is none. Signs of the language mean nothing inside.
fn behind_quotes(text: &str) -> usize {
    let start = text.len() - text.trim_start().len();
    let inner = text.trim_start().strip_prefix('"');
    inner.and_then(|inner| inner.find('"')).map_or(0, |end| start + end + 2)
}

/// The name of a link, and what is behind it: `e1@-->`.
fn named_link(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-')).unwrap_or(0);
    let behind = text.get(end..).and_then(|rest| rest.strip_prefix('@'));
    let named = text.starts_with(char::is_alphanumeric);
    let behind = behind.filter(|_| named);
    behind.map_or(("", text), |behind| (text.get(..end).unwrap_or_default(), behind))
}

/// The strokes of a link with their heads.
fn strokes(text: &str) -> Option<(Link, &str, &str)> {
    let head = |c: char| matches!(c, 'o' | 'x');
    let stroke = |c: char| matches!(c, '-' | '=' | '.' | '~');
    let mut link = Link::default();
    let mut rest = text;
    if let Some(after) = rest.strip_prefix('<') {
        link.left = true;
        rest = after;
    } else if let Some(after) = rest
        .strip_prefix(head)
        .filter(|after| after.starts_with("--") || after.starts_with("==") || after.starts_with("-."))
    {
        // A dot or a cross is a head of its own.
        link.left = true;
        rest = after;
    }
    let end = rest.find(|c| !stroke(c)).unwrap_or(rest.len());
    let run = rest.get(..end)?;
    if run.is_empty() {
        return None;
    }
    link.invisible = run.starts_with('~');
    link.dotted = run.contains('.');
    rest = rest.get(end..)?;
    if let Some(after) = rest.strip_prefix('>') {
        link.right = true;
        rest = after;
    } else if run.len() >= 2
        && let Some(after) = rest.strip_prefix(head).filter(|after| after.is_empty() || after.starts_with([' ', '|']))
    {
        link.right = true;
        rest = after;
    }
    (run.len() >= 2 || link.right || link.left || run == "-").then_some((link, run, rest))
}

#[cfg(test)]
mod tests {
    use super::{chain, charts, is_mermaid, unescaped};

    fn read(text: &str) -> String {
        let Some((chain, _)) = chain(text) else { return "none".to_owned() };
        let mut out = String::new();
        for (nodes, link) in chain {
            let names: Vec<String> = nodes
                .iter()
                .map(|node| format!("{}{}{}", node.id, node.shape, node.text.clone().unwrap_or_default()))
                .collect();
            out.push_str(&names.join("&"));
            if let Some(link) = link {
                let arrow = match (link.left, link.right, link.invisible) {
                    (_, _, true) => "~",
                    (true, true, _) => "<>",
                    (true, false, _) => "<",
                    (false, true, _) => ">",
                    (false, false, _) => "-",
                };
                out.push_str(&format!(" {arrow}{} ", link.label));
            }
        }
        out
    }

    #[test]
    fn chains_are_read() {
        assert_eq!(read("A --> B"), "A > B");
        assert_eq!(read("A-->|x y|B"), "A >x y B");
        assert_eq!(read("a-b -- is (so) --> c[\"(d] e\"]"), "a-b >is (so) c[(d] e");
        assert_eq!(read("A & B ==> C{x} -.-> D[(db)]:::k"), "A&B > C{x > D[(db");
        assert_eq!(read("A <--> B"), "A <> B");
        assert_eq!(read("A --- B"), "A - B");
        assert_eq!(read("A ~~~ B"), "A ~ B");
        assert_eq!(read("A --o B"), "A > B");
        assert_eq!(read("A x--x B"), "A <> B");
        assert_eq!(read("A o== both ==o B"), "A <>both B");
        assert_eq!(read("A o--o B x-.-x C"), "A <> B <> C");
        assert_eq!(read("A -. maybe .-> B"), "A >maybe B");
        assert_eq!(read("A == text ==> B"), "A >text B");
        assert_eq!(read("A -->|\"a | b\"| B"), "A >a | b B");
        assert_eq!(read("A -- \"pre --> post\" --> B"), "A >pre --> post B");
        assert_eq!(read("A[\"`**bold** text`\"]"), "A[bold text");
        assert_eq!(read("A e1@--> B"), "A > B");
        assert_eq!(read("A@{ shape: cyl, label: \"Db\" } --> B([x])"), "AcylDb > B([x");
        assert_eq!(read("A[/in/]"), "A[/in");
        assert_eq!(read("A --"), "none");
        assert_eq!(read("-->"), "none");
    }

    #[test]
    fn charts_are_found_in_files_and_fences() {
        assert!(is_mermaid("---\ntitle: T\n---\n%% c\nflowchart LR\n A-->B\n"));
        assert!(is_mermaid("# H\ntext\n```mermaid\ngraph TD;\nA-->B;\n```\n"));
        for text in [
            "",
            "graph G {\n a -> b\n}",
            "flowcharts are nice",
            "# H\n```mermaid\nsequenceDiagram\nA->>B: x\n```\n",
            "title: graph TD",
        ] {
            assert!(!is_mermaid(text), "{text}");
        }
        let found = charts("# One\n```mermaid\ngraph TD;A-->B;\nC;\n```\n## Two\n``` mermaid\npie\n```\n");
        assert_eq!((found[0].title.as_str(), found[0].statements.len(), found[0].number), ("One", 2, 3));
        assert_eq!((found[1].title.as_str(), found[1].other.as_deref()), ("Two", Some("pie")));
    }

    #[test]
    fn entities_are_letters() {
        assert_eq!(unescaped("a #34;b#quot;<br/>#60; # ;"), "a \"b\"\n< # ;");
    }
}
