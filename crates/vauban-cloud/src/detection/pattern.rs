//! Filters on logs, as CloudWatch, Google Cloud and queries write them: parsed once, then asked of each call.

use crate::detection::Truth;

/// How deep parentheses are followed; what lies deeper is not known.
const MOST_DEPTH: usize = 32;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    /// It is, or matches, the value.
    Is,
    /// It contains the value.
    Has,
    /// It is there.
    Exists,
    /// Anything else: an order, an expression.
    Other,
}

/// A filter.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    /// All of these.
    All(Vec<Filter>),
    /// Any of these.
    Any(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// A comparison: the path without `$.`, and the value.
    Field(String, Compare, String),
    /// A text that has to occur somewhere.
    Text(String),
    /// What could not be read.
    Unknown,
}

impl Filter {
    /// Asks the filter; `field` answers comparisons and `text` bare texts.
    pub(super) fn ask(&self, field: &dyn Fn(&str, Compare, &str) -> Truth, text: &dyn Fn(&str) -> Truth) -> Truth {
        match self {
            Filter::All(list) => list.iter().map(|one| one.ask(field, text)).min().unwrap_or(Truth::Maybe),
            Filter::Any(list) => list.iter().map(|one| one.ask(field, text)).max().unwrap_or(Truth::Maybe),
            Filter::Not(one) => one.ask(field, text).not(),
            Filter::Field(path, compare, value) => field(path, *compare, value),
            Filter::Text(value) => text(value),
            Filter::Unknown => Truth::Maybe,
        }
    }

    /// Whether some comparison is on a path that ends so.
    pub(super) fn speaks_of(&self, end: &str) -> bool {
        match self {
            Filter::All(list) | Filter::Any(list) => list.iter().any(|one| one.speaks_of(end)),
            Filter::Not(one) => one.speaks_of(end),
            Filter::Field(path, ..) => path.split('.').any(|part| part == end),
            Filter::Text(_) | Filter::Unknown => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Sign(&'static str),
    Word(String, bool),
}

/// Longer signs first.
const SIGNS: &[&str] = &["!=", "!~", ">=", "<=", "=~", "==", "=", ":", ">", "<"];

fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let tail = rest.get(letter.len_utf8()..).unwrap_or_default();
        if letter.is_whitespace() || letter == ',' {
            rest = tail;
        } else if letter == '(' {
            out.push(Token::Open);
            rest = tail;
        } else if letter == ')' {
            out.push(Token::Close);
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix("&&") {
            out.push(Token::And);
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix("||") {
            out.push(Token::Or);
            rest = tail;
        } else if letter == '"' || letter == '\'' {
            let mut word = String::new();
            let mut letters = tail.char_indices();
            let mut end = tail.len();
            while let Some((at, inner)) = letters.next() {
                if inner == letter {
                    end = at + 1;
                    break;
                }
                if inner == '\\' {
                    word.extend(letters.next().map(|(_, escaped)| escaped));
                } else {
                    word.push(inner);
                }
            }
            out.push(Token::Word(word, true));
            rest = tail.get(end..).unwrap_or_default();
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            out.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or_default();
        } else if letter == '!' {
            out.push(Token::Not);
            rest = tail;
        } else {
            // A name that is not known stands as `${…}` and belongs to the word around it.
            let mut depth = 0usize;
            let end = rest
                .char_indices()
                .find(|(at, inner)| {
                    match inner {
                        '{' => depth += 1,
                        '}' if depth > 0 => {
                            depth -= 1;
                            return false;
                        }
                        _ => {}
                    }
                    depth == 0
                        && (inner.is_whitespace()
                            || matches!(inner, '(' | ')' | '"' | ',' | '=' | '<' | '>' | '!' | '}')
                            || *inner == ':' && *at > 0
                            || rest.get(*at..).is_some_and(|rest| rest.starts_with("&&") || rest.starts_with("||")))
                })
                .map_or(rest.len(), |(at, _)| at);
            let end = end.max(letter.len_utf8());
            let word = rest.get(..end).unwrap_or_default();
            match word {
                "AND" => out.push(Token::And),
                "OR" => out.push(Token::Or),
                "NOT" => out.push(Token::Not),
                "}" => {}
                word => out.push(Token::Word(word.to_owned(), false)),
            }
            rest = rest.get(end..).unwrap_or_default();
        }
    }
    out
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    /// Whether OR binds tighter than AND, as in the query language of Google's logs; with CloudWatch it is the other way.
    or_first: bool,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn any(&mut self, depth: usize) -> Filter {
        if self.or_first {
            return self.all_of_any(depth);
        }
        let mut list = vec![self.all(depth)];
        while self.peek() == Some(&Token::Or) {
            self.at += 1;
            list.push(self.all(depth));
        }
        one_or(list, Filter::Any)
    }

    /// What stands side by side or with AND between, each of it perhaps several with OR between.
    fn all_of_any(&mut self, depth: usize) -> Filter {
        let mut list = Vec::new();
        loop {
            match self.peek() {
                None | Some(Token::Close) => break,
                Some(Token::And | Token::Or) => self.at += 1,
                Some(_) => {
                    let mut either = vec![self.one(depth)];
                    while self.peek() == Some(&Token::Or) {
                        self.at += 1;
                        if self.peek().is_some_and(|next| *next != Token::Close) {
                            either.push(self.one(depth));
                        }
                    }
                    list.push(one_or(either, Filter::Any));
                }
            }
        }
        one_or(list, Filter::All)
    }

    fn all(&mut self, depth: usize) -> Filter {
        let mut list = Vec::new();
        loop {
            match self.peek() {
                None | Some(Token::Close | Token::Or) => break,
                Some(Token::And) => self.at += 1,
                Some(_) => list.push(self.one(depth)),
            }
        }
        one_or(list, Filter::All)
    }

    fn one(&mut self, depth: usize) -> Filter {
        match self.take() {
            Some(Token::Not) if depth < MOST_DEPTH => Filter::Not(Box::new(self.one(depth + 1))),
            Some(Token::Open) if depth < MOST_DEPTH => {
                let inner = self.any(depth + 1);
                if self.peek() == Some(&Token::Close) {
                    self.at += 1;
                }
                inner
            }
            Some(Token::Word(word, quoted)) => self.comparison(word, quoted),
            _ => Filter::Unknown,
        }
    }

    fn comparison(&mut self, word: String, quoted: bool) -> Filter {
        let path = word.trim_start_matches("$.").to_owned();
        let sign = match self.peek() {
            Some(Token::Sign(sign)) => *sign,
            // `$.field NOT EXISTS`, `$.field IS TRUE`.
            Some(Token::Not) if !quoted && word.starts_with("$.") => {
                self.at += 2;
                return Filter::Not(Box::new(Filter::Field(path, Compare::Exists, String::new())));
            }
            Some(Token::Word(next, false)) if word.starts_with("$.") && next == "EXISTS" => {
                self.at += 1;
                return Filter::Field(path, Compare::Exists, String::new());
            }
            Some(Token::Word(next, false)) if word.starts_with("$.") && next == "IS" => {
                self.at += 1;
                let value = match self.take() {
                    Some(Token::Word(value, _)) => value,
                    _ => String::new(),
                };
                return Filter::Field(path, Compare::Other, value);
            }
            _ => return Filter::Text(word),
        };
        self.at += 1;
        let (compare, negated) = match sign {
            "=" | "==" => (Compare::Is, false),
            "!=" => (Compare::Is, true),
            ":" | "=~" => (Compare::Has, false),
            "!~" => (Compare::Has, true),
            _ => (Compare::Other, false),
        };
        let field = match self.take() {
            Some(Token::Word(value, _)) => Filter::Field(path, compare, value),
            // `field = ("a" OR "b")`.
            Some(Token::Open) => {
                let mut list = Vec::new();
                while let Some(token) = self.take() {
                    match token {
                        Token::Close => break,
                        Token::Word(value, _) => list.push(Filter::Field(path.clone(), compare, value)),
                        _ => {}
                    }
                }
                Filter::Any(list)
            }
            _ => Filter::Unknown,
        };
        if negated { Filter::Not(Box::new(field)) } else { field }
    }
}

fn one_or(mut list: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match (list.len(), list.pop()) {
        (1, Some(one)) => one,
        (_, Some(last)) => {
            list.push(last);
            many(list)
        }
        (_, None) => Filter::Unknown,
    }
}

/// Reads a filter. Braces around it, as CloudWatch has them, are left out; words without an operator have to occur.
pub(super) fn read(text: &str) -> Filter {
    let trimmed = text.trim();
    let braced = trimmed.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let mut reader = Reader { tokens: tokens(braced.unwrap_or(trimmed)), at: 0, or_first: braced.is_none() };
    let mut list = Vec::new();
    while reader.at < reader.tokens.len() {
        let before = reader.at;
        list.push(reader.any(0));
        // A parenthesis that closes nothing.
        if reader.at == before || reader.peek() == Some(&Token::Close) {
            reader.at += 1;
        }
    }
    one_or(list, Filter::All)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, name: &str) -> Truth {
        read(text).ask(
            &|path, compare, value| match (path, compare) {
                ("eventName", Compare::Is) => Truth::from(value == name),
                ("errorCode", Compare::Exists) => Truth::No,
                _ => Truth::Maybe,
            },
            &|text| Truth::from(name.contains(text)),
        )
    }

    #[test]
    fn filters_of_cloudwatch_are_read_with_their_logic() {
        let text = r#"{ ($.eventName = "A" || $.eventName = B) && $.errorCode NOT EXISTS }"#;
        assert_eq!(asked(text, "A"), Truth::Yes);
        assert_eq!(asked(text, "B"), Truth::Yes);
        assert_eq!(asked(text, "C"), Truth::No);
        assert_eq!(asked("{ $.eventName != A }", "A"), Truth::No);
        assert_eq!(asked("{ $.eventName = A && $.sourceIPAddress != 1.2.3.4 }", "A"), Truth::Maybe);
        assert_eq!(asked("\"Attach\"", "AttachUserPolicy"), Truth::Yes);
    }

    #[test]
    fn filters_of_google_cloud_are_read_with_their_logic() {
        let text = "resource.type=x OR eventName=(\"A\" OR \"B\")\nNOT eventName=\"B\"";
        assert_eq!(asked(text, "A"), Truth::Yes);
        assert_eq!(asked(text, "B"), Truth::No);
    }

    #[test]
    fn broken_filters_are_not_known_and_end() {
        for text in
            ["", "{", "}", "((((", "))))", "$.a =", "= =", "\"", "{ $.a NOT }", &"(".repeat(5000), &"NOT ".repeat(5000)]
        {
            let _ = asked(text, "A");
        }
    }
}
