//! Texts with `${value}` and `%{ if }` / `%{ for }` in them: quoted, in heredocs, and in files.

use vauban_model::Span;
use vauban_model::resource::Text;

use super::cursor::{Cursor, Read};
use super::{Expr, ExprKind, Part};

/// How a template is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Between quotes: ends at the quote, with backslash escapes.
    Quoted,
    /// To an end that is known, without backslash escapes.
    Plain,
    /// The same, and the indentation that lines share is no part of it.
    Indented,
}

enum Token {
    Text(String, Span),
    Value(Expr),
    If(Expr),
    Else,
    EndIf,
    For(Text, Option<Text>, Expr),
    EndFor,
}

/// A token, and whether blanks before and after it are taken away (`~`).
struct Marked {
    token: Token,
    before: bool,
    after: bool,
    at: usize,
}

impl Cursor<'_> {
    /// A text between quotes.
    pub(super) fn quoted(&mut self) -> Read<Expr> {
        let start = self.at;
        self.at += 1;
        let parts = self.template(Form::Quoted, self.text.len())?;
        self.node(simplest(parts), start)
    }

    /// Where the text of a heredoc stands, and whether indentation is taken away; goes past its end.
    pub(super) fn heredoc_range(&mut self) -> Option<(usize, usize, bool)> {
        self.at += 2;
        let indented = self.take("-");
        let marker = self.name()?;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
        if !self.take("\n") {
            return None;
        }
        let start = self.at;
        let mut line_start = start;
        loop {
            let line_end = self.slice(line_start, self.text.len()).find('\n').map(|length| line_start + length);
            if self.slice(line_start, line_end.unwrap_or(self.text.len())).trim() == marker {
                let line = self.slice(line_start, self.text.len());
                self.at = line_start + line.find(marker).unwrap_or(0) + marker.len();
                return Some((start, line_start, indented));
            }
            line_start = line_end? + 1;
        }
    }

    pub(super) fn heredoc(&mut self) -> Read<Expr> {
        let start = self.at;
        let Some((from, to, indented)) = self.heredoc_range() else {
            self.at = start;
            return self.problem("the heredoc has no end: a line with its marker alone is missing");
        };
        let after = self.at;
        self.at = from;
        let parts = self.template(if indented { Form::Indented } else { Form::Plain }, to)?;
        self.at = after;
        let mut expr = self.node(simplest(parts), start)?;
        // The text is what matters, not the marker: it starts where its first line does.
        expr.span = self.places.span(start, start + 2);
        Ok(expr)
    }

    /// Parts up to the end of the form.
    pub(super) fn template(&mut self, form: Form, end: usize) -> Read<Vec<Part>> {
        let mut tokens = self.deeper(|cursor| cursor.tokens(form, end))?;
        strip(&mut tokens);
        if form == Form::Indented {
            unindent(&mut tokens);
        }
        let mut tokens = tokens.into_iter().peekable();
        let parts = self.nest(&mut tokens, 0)?;
        match tokens.next() {
            None => Ok(parts),
            Some(extra) => {
                self.at = extra.at;
                self.problem("the directive closes nothing")
            }
        }
    }

    fn tokens(&mut self, form: Form, end: usize) -> Read<Vec<Marked>> {
        let mut tokens = Vec::new();
        let mut text = String::new();
        let mut text_start = self.at;
        loop {
            let byte = if self.at >= end { None } else { self.peek() };
            let done = match byte {
                None if form == Form::Quoted => return self.problem("the text is not closed: `\"` is missing"),
                None => true,
                Some(b'"') => form == Form::Quoted,
                Some(b'\n') if form == Form::Quoted => {
                    return self.problem("the text is not closed: `\"` is missing at the end of the line");
                }
                Some(_) => false,
            };
            let doubled = self.starts("$${") || self.starts("%%{");
            let special = byte == Some(b'\\') && form == Form::Quoted || doubled;
            let opens = !doubled && (self.starts("${") || self.starts("%{"));
            let line_done = text.ends_with('\n');
            if (done || special || opens || line_done) && !text.is_empty() {
                let span = self.places.span(text_start, self.at);
                let token = Token::Text(std::mem::take(&mut text), span);
                tokens.push(Marked { token, before: false, after: false, at: text_start });
            }
            if done {
                if form == Form::Quoted {
                    self.at += 1;
                }
                return Ok(tokens);
            }
            if text.is_empty() {
                text_start = self.at;
            }
            if doubled {
                self.at += 1;
                text.push_str(self.slice(self.at, self.at + 2));
                self.at += 2;
            } else if special {
                text.push(self.escape()?);
            } else if opens {
                let token = self.with_newlines(false, Self::opened)?;
                if self.at > end {
                    return self.problem("the text ends inside `${ }`");
                }
                tokens.push(token);
            } else {
                // A run of plain text at once.
                let from = self.at;
                self.at += self.slice(from, end).chars().next().map_or(1, char::len_utf8);
                if byte != Some(b'\n') {
                    while self.at < end
                        && self.peek().is_some_and(|byte| !matches!(byte, b'\n' | b'"' | b'\\' | b'$' | b'%'))
                    {
                        self.at += 1;
                    }
                }
                text.push_str(self.slice(from, self.at));
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        self.at += 1;
        let letter = self.peek();
        self.at += 1;
        let digits = match letter {
            Some(b'n') => return Ok('\n'),
            Some(b't') => return Ok('\t'),
            Some(b'r') => return Ok('\r'),
            Some(b'"') => return Ok('"'),
            Some(b'\\') => return Ok('\\'),
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => {
                self.at -= 1;
                return self.problem("a backslash is followed by `n`, `r`, `t`, `u`, `U`, `\"` or another backslash");
            }
        };
        let code = u32::from_str_radix(self.slice(self.at, self.at + digits), 16).ok().and_then(char::from_u32);
        let Some(letter) = code else { return self.problem("this is no character code") };
        self.at += digits;
        Ok(letter)
    }

    /// `${ .. }` or `%{ .. }`.
    fn opened(&mut self) -> Read<Marked> {
        let at = self.at;
        let directive = self.peek() == Some(b'%');
        self.at += 2;
        let before = self.take("~");
        self.space();
        let token = if directive { self.directive()? } else { Token::Value(self.expression()?) };
        self.space();
        let after = self.take("~");
        if !self.take("}") {
            return self.expected("`}`");
        }
        Ok(Marked { token, before, after, at })
    }

    fn directive(&mut self) -> Read<Token> {
        Ok(match self.name() {
            Some("if") => {
                self.space();
                Token::If(self.expression()?)
            }
            Some("else") => Token::Else,
            Some("endif") => Token::EndIf,
            Some("for") => {
                let (first, second, over) = self.for_head()?;
                Token::For(first, second, over)
            }
            Some("endfor") => Token::EndFor,
            _ => return self.problem("a directive is `if`, `else`, `endif`, `for` or `endfor`"),
        })
    }

    /// Puts what stands between directives inside them. Stops before a token that closes something outside.
    fn nest(&mut self, tokens: &mut std::iter::Peekable<std::vec::IntoIter<Marked>>, depth: u16) -> Read<Vec<Part>> {
        if depth > 20 {
            return self.problem("directives are nested too deeply");
        }
        let mut parts = Vec::new();
        loop {
            if matches!(tokens.peek(), None | Some(Marked { token: Token::Else | Token::EndIf | Token::EndFor, .. })) {
                return Ok(parts);
            }
            let Some(marked) = tokens.next() else { return Ok(parts) };
            match marked.token {
                Token::Text(text, span) => {
                    if !text.is_empty() {
                        parts.push(Part::Text(text.into(), span));
                    }
                }
                Token::Value(expr) => parts.push(Part::Value(expr)),
                Token::If(condition) => {
                    let yes = self.nest(tokens, depth + 1)?;
                    let mut no = Vec::new();
                    let mut closing = tokens.next();
                    if matches!(closing, Some(Marked { token: Token::Else, .. })) {
                        no = self.nest(tokens, depth + 1)?;
                        closing = tokens.next();
                    }
                    if !matches!(closing, Some(Marked { token: Token::EndIf, .. })) {
                        self.at = marked.at;
                        return self.problem("`%{ if }` has no `%{ endif }`");
                    }
                    parts.push(Part::If(condition, yes, no));
                }
                Token::For(first, second, over) => {
                    let body = self.nest(tokens, depth + 1)?;
                    if !matches!(tokens.next(), Some(Marked { token: Token::EndFor, .. })) {
                        self.at = marked.at;
                        return self.problem("`%{ for }` has no `%{ endfor }`");
                    }
                    parts.push(Part::For { first, second, over, body });
                }
                Token::Else | Token::EndIf | Token::EndFor => return Ok(parts),
            }
        }
    }
}

/// Takes blanks away where `~` says so: from the stretch beside it alone, which ends with its line.
fn strip(tokens: &mut [Marked]) {
    for index in 0..tokens.len() {
        let (before, after) = tokens.get(index).map_or((false, false), |marked| (marked.before, marked.after));
        if before
            && let Some(Marked { token: Token::Text(text, _), .. }) =
                index.checked_sub(1).and_then(|before| tokens.get_mut(before))
        {
            text.truncate(text.trim_end().len());
        }
        if after && let Some(Marked { token: Token::Text(text, span), .. }) = tokens.get_mut(index + 1) {
            let blanks = text.len() - text.trim_start().len();
            cut(text, span, blanks);
        }
    }
}

/// Takes the indentation common to all lines away (`<<-`). Lines of blanks alone neither count nor change.
fn unindent(tokens: &mut [Marked]) {
    let mut least = usize::MAX;
    let mut first = Vec::new();
    let mut new_line = true;
    for (index, marked) in tokens.iter().enumerate() {
        let was_new = std::mem::replace(&mut new_line, false);
        match &marked.token {
            Token::Text(text, _) => {
                new_line = text.ends_with('\n');
                if was_new && !(new_line && text.trim().is_empty()) {
                    least = least.min(text.len() - text.trim_start_matches([' ', '\t']).len());
                    first.push(index);
                }
            }
            _ if was_new => least = 0,
            _ => {}
        }
    }
    for index in first {
        if let Some(Marked { token: Token::Text(text, span), .. }) = tokens.get_mut(index) {
            cut(text, span, least);
        }
    }
}

/// Takes so many characters, which are blanks, from the start.
fn cut(text: &mut String, span: &mut Span, blanks: usize) {
    let blanks = blanks.min(text.len());
    text.drain(..blanks);
    let blanks = u32::try_from(blanks).unwrap_or(0);
    span.column = span.column.saturating_add(blanks);
    span.length = span.length.saturating_sub(blanks);
}

/// A template of text alone is text, unless it may be a document: then the places of its lines matter.
fn simplest(parts: Vec<Part>) -> ExprKind {
    let mut text = String::new();
    for part in &parts {
        match part {
            Part::Text(stretch, _) => text.push_str(stretch),
            _ => return ExprKind::Template(parts),
        }
    }
    if text.trim_start().starts_with(['{', '[']) {
        return ExprKind::Template(parts);
    }
    ExprKind::Text(text.into())
}
