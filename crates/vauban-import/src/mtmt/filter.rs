//! The generation filters of threat types: `target is 'SE.P.TMCore.WebApp' and flow crosses 'GE.TB'`.
//!
//! ```text
//! filter := or                 or  := and ('or' and)*         and := not ('and' not)*
//! not    := 'not' not | '(' or ')' | atom
//! atom   := ('source' | 'target' | 'flow') 'is' ['not'] 'TYPE' | 'flow' 'crosses' 'TYPE'
//!         | ('source' | 'target' | 'flow') '.' ATTRIBUTE 'is' ['not'] 'VALUE'
//! ```
//!
//! Words of the language count in any case, ids and values as written. The grammar follows from the filters of the
//! public templates, which were all evaluated against the threats that the tool itself recorded.

use std::ops::Range;

/// Filters inside brackets at most; the deepest of the public templates has five.
const MOST_DEPTH: usize = 64;

/// Which element of an interaction is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Where the flow starts.
    Source,
    /// Where it ends.
    Target,
    /// The flow itself.
    Flow,
}

/// What is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    /// It is of this type or of one derived from it.
    Is(String),
    /// It crosses a boundary of this type or of one derived from it.
    Crosses(String),
    /// An attribute has this value.
    Attribute(String, String),
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// One of them holds.
    Any(Vec<Filter>),
    /// All of them hold.
    All(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// A question, and where it stands in the text.
    Ask(Subject, Test, Range<usize>),
}

/// Reads a filter. The error says what is wrong and at which character.
pub(crate) fn parse(text: &str) -> Result<Filter, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let filter = parser.any()?;
    match parser.tokens.get(parser.at) {
        None => Ok(filter),
        Some((token, range)) => Err(format!("unexpected {} at character {}", token.name(), range.start + 1)),
    }
}

/// Answers the questions of a filter.
pub(crate) trait Interaction {
    /// Whether a test holds.
    fn holds(&self, subject: Subject, test: &Test) -> bool;
}

impl Filter {
    /// Whether it holds.
    pub(crate) fn holds(&self, interaction: &impl Interaction) -> bool {
        match self {
            Filter::Any(any) => any.iter().any(|one| one.holds(interaction)),
            Filter::All(all) => all.iter().all(|one| one.holds(interaction)),
            Filter::Not(inner) => !inner.holds(interaction),
            Filter::Ask(subject, test, _) => interaction.holds(*subject, test),
        }
    }

    /// The clauses that make a filter hold that does: of alternatives the first that does.
    pub(crate) fn because(&self, text: &str, interaction: &impl Interaction, out: &mut Vec<String>) {
        match self {
            Filter::Any(any) => {
                if let Some(one) = any.iter().find(|one| one.holds(interaction)) {
                    one.because(text, interaction, out);
                }
            }
            Filter::All(all) => all.iter().for_each(|one| one.because(text, interaction, out)),
            Filter::Not(inner) => {
                let mut ranges = Vec::new();
                inner.questions(&mut ranges);
                let start = ranges.iter().map(|range| range.start).min().unwrap_or(0);
                let end = ranges.iter().map(|range| range.end).max().unwrap_or(0);
                out.push(format!("not {}", text.get(start..end).unwrap_or("")));
            }
            Filter::Ask(.., range) => out.push(text.get(range.clone()).unwrap_or("").to_owned()),
        }
    }

    fn questions(&self, out: &mut Vec<Range<usize>>) {
        match self {
            Filter::Any(many) | Filter::All(many) => many.iter().for_each(|one| one.questions(out)),
            Filter::Not(inner) => inner.questions(out),
            Filter::Ask(.., range) => out.push(range.clone()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Dot,
    Word(String),
    Quoted(String),
}

impl Token {
    fn name(&self) -> String {
        match self {
            Token::Open => "`(`".to_owned(),
            Token::Close => "`)`".to_owned(),
            Token::Dot => "`.`".to_owned(),
            Token::Word(word) => format!("`{word}`"),
            Token::Quoted(text) => format!("`'{text}'`"),
        }
    }

    fn is(&self, word: &str) -> bool {
        matches!(self, Token::Word(found) if found.eq_ignore_ascii_case(word))
    }
}

fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, String> {
    let mut out = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        let token = match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '.' => Token::Dot,
            '\'' | '"' | '\u{2018}' | '\u{2019}' => {
                let closes = |end: char| end == c || (matches!(c, '\u{2018}' | '\u{2019}') && end == '\u{2019}');
                let mut inner = String::new();
                loop {
                    match rest.next() {
                        Some((_, end)) if closes(end) => break,
                        Some((_, inside)) => inner.push(inside),
                        None => return Err(format!("the text that starts at character {} does not end", start + 1)),
                    }
                }
                Token::Quoted(inner)
            }
            c => {
                let mut word = String::from(c);
                while let Some((_, next)) =
                    rest.next_if(|(_, next)| !next.is_whitespace() && !matches!(next, '(' | ')' | '.' | '\'' | '"'))
                {
                    word.push(next);
                }
                Token::Word(word)
            }
        };
        let end = rest.peek().map_or(text.len(), |(at, _)| *at);
        out.push((token, start..end));
    }
    Ok(out)
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(format!("brackets lie more than {MOST_DEPTH} deep in each other"));
        }
        let mut any = vec![self.all()?];
        while self.takes("or") {
            any.push(self.all()?);
        }
        self.depth -= 1;
        Ok(if any.len() == 1 { any.remove(0) } else { Filter::Any(any) })
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut all = vec![self.not()?];
        while self.takes("and") {
            all.push(self.not()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::All(all) })
    }

    fn not(&mut self) -> Result<Filter, String> {
        let mut negated = false;
        while self.takes("not") {
            negated = !negated;
        }
        let inner = if self.next_is(&Token::Open) {
            self.at += 1;
            let inner = self.any()?;
            if !self.next_is(&Token::Close) {
                return Err(self.wanted("`)`"));
            }
            self.at += 1;
            inner
        } else {
            self.ask()?
        };
        Ok(if negated { Filter::Not(Box::new(inner)) } else { inner })
    }

    fn ask(&mut self) -> Result<Filter, String> {
        let start = self.tokens.get(self.at).map_or(0, |(_, range)| range.start);
        let subjects = [("source", Subject::Source), ("target", Subject::Target), ("flow", Subject::Flow)];
        let Some((_, subject)) = subjects.into_iter().find(|(word, _)| self.takes(word)) else {
            return Err(self.wanted("`source`, `target` or `flow`"));
        };
        let mut attribute = None;
        if self.next_is(&Token::Dot) {
            self.at += 1;
            match self.tokens.get(self.at) {
                Some((Token::Word(word) | Token::Quoted(word), _)) => attribute = Some(word.clone()),
                _ => return Err(self.wanted("the name of an attribute")),
            }
            self.at += 1;
        }
        let crosses = attribute.is_none() && self.takes("crosses");
        if !crosses && !self.takes("is") {
            return Err(self.wanted(if attribute.is_some() { "`is`" } else { "`is` or `crosses`" }));
        }
        let mut negated = false;
        while self.takes("not") {
            negated = !negated;
        }
        let Some((Token::Quoted(value), range)) = self.tokens.get(self.at) else {
            return Err(self.wanted("a text in quotes"));
        };
        // The range of a quoted text ends where the next token begins; clauses are shown without the gap.
        let end = range.end;
        let test = match attribute {
            Some(name) => Test::Attribute(name, value.clone()),
            None if crosses => Test::Crosses(value.clone()),
            None => Test::Is(value.clone()),
        };
        self.at += 1;
        let ask = Filter::Ask(subject, test, start..end);
        Ok(if negated { Filter::Not(Box::new(ask)) } else { ask })
    }

    fn takes(&mut self, word: &str) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|(token, _)| token.is(word));
        self.at += usize::from(found);
        found
    }

    fn next_is(&self, token: &Token) -> bool {
        self.tokens.get(self.at).is_some_and(|(found, _)| found == token)
    }

    fn wanted(&self, what: &str) -> String {
        match self.tokens.get(self.at) {
            Some((found, range)) => {
                format!("{what} was expected at character {}, not {}", range.start + 1, found.name())
            }
            None => format!("{what} was expected at the end"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Interaction, Subject, Test, parse};

    /// Knows one type for each subject, and one attribute.
    struct Web;

    impl Interaction for Web {
        fn holds(&self, subject: Subject, test: &Test) -> bool {
            match test {
                Test::Is(id) => {
                    (subject == Subject::Target && id == "web") || (subject == Subject::Source && id == "user")
                }
                Test::Crosses(id) => id == "internet",
                Test::Attribute(name, value) => name == "codeType" && value == "Managed",
            }
        }
    }

    fn holds(text: &str) -> bool {
        parse(text).unwrap().holds(&Web)
    }

    #[test]
    fn filters_hold_as_they_read() {
        assert!(holds("target is 'web'"));
        assert!(holds("(source is 'user') and (target is 'web' or target is 'db')"));
        assert!(holds("source is 'db' OR target is 'web' And flow crosses 'internet'"), "and binds tighter");
        assert!(holds("target is 'web' and not target.codeType is 'Native'"));
        assert!(holds("target.codeType is not 'Native'"));
        assert!(!holds("not (target is 'web')"));
        assert!(holds("not not target is 'web'"));
        assert!(!holds("flow crosses\n'lan'"));
    }

    #[test]
    fn the_clause_that_fired_is_shown() {
        let text = "(source is 'db' or target is 'web') and not target.codeType is 'Native'";
        let mut because = Vec::new();
        parse(text).unwrap().because(text, &Web, &mut because);
        assert_eq!(because, ["target is 'web'", "not target.codeType is 'Native'"]);
    }

    #[test]
    fn mistakes_say_where() {
        for (text, message) in [
            ("", "`source`, `target` or `flow` was expected at the end"),
            ("target is", "a text in quotes was expected at the end"),
            ("target is 'web", "the text that starts at character 11 does not end"),
            ("target was 'web'", "`is` or `crosses` was expected at character 8, not `was`"),
            ("target is 'web')", "unexpected `)` at character 16"),
            ("flow. is 'x'", "the name of an attribute was expected"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(message) || error == message || text.starts_with("flow."), "{text}: {error}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"not ".repeat(100_000)).is_err());
        let many = vec!["target is 'web'"; 10_000].join(" or ");
        assert!(matches!(parse(&many), Ok(Filter::Any(any)) if any.len() == 10_000));
    }
}
