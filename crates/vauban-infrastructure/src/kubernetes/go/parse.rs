//! From the text of a template to its parts.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Val;

/// How deep parts of a template may be nested.
const DEEPEST: usize = 100;

/// What went wrong, and at which byte.
pub(in crate::kubernetes) type Problem = (usize, String);

/// A part of a template. Numbers are bytes of the source.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Text(usize, usize),
    Action(Pipeline, usize, usize),
    If(Vec<(Pipeline, Vec<Part>)>, Vec<Part>),
    With(Vec<(Pipeline, Vec<Part>)>, Vec<Part>),
    Range(Pipeline, Vec<Part>, Vec<Part>),
    Template(String, Option<Pipeline>, usize, usize),
    Break,
    Continue,
}

/// Commands joined by `|`, and the variables that get the result.
#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    pub(super) names: Vec<String>,
    /// `:=` makes variables, `=` sets them.
    pub(super) makes: bool,
    pub(super) commands: Vec<Vec<Expr>>,
    pub(super) at: usize,
}

/// An operand.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    Dot,
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`; the root is `$` with an empty name.
    Variable(String, Vec<String>),
    Literal(Val),
    Name(String),
    /// `( … ).a`
    Sub(Box<Pipeline>, Vec<String>),
}

/// A template that was read.
#[derive(Clone, Debug)]
pub(in crate::kubernetes) struct Template {
    pub(super) body: Arc<Vec<Part>>,
    pub(super) source: Arc<str>,
}

/// Reads a template. Templates that it defines go into `defined`; the first of a name does not count, the last does.
pub(in crate::kubernetes) fn parse(
    source: &Arc<str>,
    defined: &mut FxHashMap<String, Template>,
) -> Result<Template, Problem> {
    let mut parser = Parser { source, tokens: tokens(source)?, at: 0, defined };
    let (body, end) = parser.body(0)?;
    match end {
        End::File => Ok(Template { body: Arc::new(body), source: source.clone() }),
        End::Closed(at) | End::Else(_, at) => Err((at, "`end` or `else` without a beginning".to_owned())),
    }
}

/// A stretch of text, or the inside of an action.
enum Token {
    Text(usize, usize),
    /// Inside without braces and marks; the whole with braces.
    Action {
        from: usize,
        to: usize,
        start: usize,
        end: usize,
    },
}

fn tokens(source: &str) -> Result<Vec<Token>, Problem> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut trim = false;
    loop {
        let rest = source.get(at..).unwrap_or("");
        let open = rest.find("{{").map(|found| at + found);
        let mut from = at;
        let mut to = open.unwrap_or(source.len());
        if trim {
            let text = source.get(from..to).unwrap_or("");
            from = to - text.trim_start().len();
        }
        let Some(start) = open else {
            if from < to {
                out.push(Token::Text(from, to));
            }
            return Ok(out);
        };
        let mut inside = start + 2;
        let after = source.get(inside..).unwrap_or("");
        if after.starts_with('-') && after.get(1..2).is_some_and(|next| next.trim().is_empty()) {
            inside += 1;
            let text = source.get(from..to).unwrap_or("");
            to = from + text.trim_end().len();
        }
        if from < to {
            out.push(Token::Text(from, to));
        }
        let close = close(source, inside).ok_or_else(|| (start, "this action is not closed".to_owned()))?;
        let inner = source.get(inside..close).unwrap_or("");
        trim = inner.ends_with('-')
            && inner.len() > 1
            && inner.get(..inner.len() - 1).is_some_and(|rest| rest.ends_with([' ', '\n', '\t', '\r', '/']));
        let end_inside = if trim { close - 1 } else { close };
        out.push(Token::Action { from: inside, to: end_inside, start, end: close + 2 });
        at = close + 2;
    }
}

/// The byte of the `}}` that closes an action; quotes and comments are skipped.
fn close(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut at = from;
    let lead = source.get(from..)?.trim_start();
    if lead.starts_with("/*") {
        let start = source.len() - lead.len();
        let end = source.get(start..)?.find("*/")? + start + 2;
        return source.get(end..)?.find("}}").map(|found| end + found);
    }
    while at < bytes.len() {
        match bytes.get(at)? {
            b'"' => {
                at += 1;
                while *bytes.get(at)? != b'"' {
                    at += if *bytes.get(at)? == b'\\' { 2 } else { 1 };
                }
            }
            b'`' => {
                at += 1;
                while *bytes.get(at)? != b'`' {
                    at += 1;
                }
            }
            b'}' if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

enum End {
    File,
    Closed(usize),
    /// The inside of an `else`, without the word.
    Else(usize, usize),
}

struct Parser<'s, 'd> {
    source: &'s Arc<str>,
    tokens: Vec<Token>,
    at: usize,
    defined: &'d mut FxHashMap<String, Template>,
}

impl Parser<'_, '_> {
    fn body(&mut self, depth: usize) -> Result<(Vec<Part>, End), Problem> {
        let mut out = Vec::new();
        loop {
            let (from, to, start, end) = match self.tokens.get(self.at) {
                None => return Ok((out, End::File)),
                Some(Token::Text(from, to)) => {
                    out.push(Part::Text(*from, *to));
                    self.at += 1;
                    continue;
                }
                Some(Token::Action { from, to, start, end }) => (*from, *to, *start, *end),
            };
            self.at += 1;
            if depth > DEEPEST {
                return Err((start, "too many parts inside each other".to_owned()));
            }
            let inner = self.source.get(from..to).unwrap_or("");
            let lead = inner.len() - inner.trim_start().len();
            let words = inner.trim_start();
            if words.starts_with("/*") || words.is_empty() {
                continue;
            }
            let word: &str = words.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
            let rest = from + lead + word.len();
            match word {
                "end" => return Ok((out, End::Closed(start))),
                "else" => return Ok((out, End::Else(rest, to))),
                "break" => out.push(Part::Break),
                "continue" => out.push(Part::Continue),
                "if" | "with" => {
                    let mut branches = Vec::new();
                    let mut condition = self.pipeline(rest, to)?;
                    let otherwise = loop {
                        let (body, end) = self.body(depth + 1)?;
                        branches.push((condition, body));
                        match end {
                            End::Closed(_) => break Vec::new(),
                            End::File => return Err((start, format!("`{word}` without `end`"))),
                            End::Else(from, to) => {
                                let inner = self.source.get(from..to).unwrap_or("");
                                let trimmed = inner.trim_start();
                                let lead = inner.len() - trimmed.len();
                                if let Some(rest) =
                                    trimmed.strip_prefix("if ").or_else(|| trimmed.strip_prefix("with "))
                                {
                                    condition = self.pipeline(from + lead + (trimmed.len() - rest.len()), to)?;
                                    continue;
                                }
                                let (body, end) = self.body(depth + 1)?;
                                if !matches!(end, End::Closed(_)) {
                                    return Err((start, format!("`{word}` without `end`")));
                                }
                                break body;
                            }
                        }
                    };
                    out.push(if word == "if" {
                        Part::If(branches, otherwise)
                    } else {
                        Part::With(branches, otherwise)
                    });
                }
                "range" => {
                    let pipeline = self.pipeline(rest, to)?;
                    let (body, end) = self.body(depth + 1)?;
                    let otherwise = match end {
                        End::Closed(_) => Vec::new(),
                        End::Else(..) => self.body(depth + 1)?.0,
                        End::File => return Err((start, "`range` without `end`".to_owned())),
                    };
                    out.push(Part::Range(pipeline, body, otherwise));
                }
                "define" | "block" => {
                    let mut lexer = Lexer { source: self.source, at: rest, end: to };
                    let Some(Lexed::Text(name)) = lexer.next()? else {
                        return Err((start, format!("`{word}` without a name")));
                    };
                    let pipeline = if word == "block" { Some(self.pipeline(lexer.at, to)?) } else { None };
                    let (body, ended) = self.body(depth + 1)?;
                    if !matches!(ended, End::Closed(_)) {
                        return Err((start, format!("`{word}` without `end`")));
                    }
                    let template = Template { body: Arc::new(body), source: self.source.clone() };
                    self.defined.insert(name.clone(), template);
                    if let Some(pipeline) = pipeline {
                        out.push(Part::Template(name, Some(pipeline), start, end));
                    }
                }
                "template" => {
                    let mut lexer = Lexer { source: self.source, at: rest, end: to };
                    let Some(Lexed::Text(name)) = lexer.next()? else {
                        return Err((start, "`template` without a name".to_owned()));
                    };
                    let given = self.source.get(lexer.at..to).unwrap_or("").trim();
                    let pipeline = if given.is_empty() { None } else { Some(self.pipeline(lexer.at, to)?) };
                    out.push(Part::Template(name, pipeline, start, end));
                }
                _ => out.push(Part::Action(self.pipeline(from, to)?, start, end)),
            }
        }
    }

    fn pipeline(&self, from: usize, to: usize) -> Result<Pipeline, Problem> {
        let mut lexer = Lexer { source: self.source, at: from, end: to };
        let pipeline = pipeline(&mut lexer, 0, false)?;
        Ok(pipeline)
    }
}

/// A word of an action.
#[derive(Clone, Debug, PartialEq)]
enum Lexed {
    Dot,
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Text(String),
    Number(Val),
    Name(String),
    Open,
    Close(Vec<String>),
    Pipe,
    Declare,
    Assign,
    Comma,
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    end: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..self.end).unwrap_or("")
    }

    fn word(&mut self) -> String {
        let word: String = self.rest().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        self.at += word.len();
        word
    }

    /// `.a.b` from here.
    fn fields(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        while self.rest().starts_with('.') && self.rest().chars().nth(1).is_some_and(|c| c.is_alphabetic() || c == '_')
        {
            self.at += 1;
            out.push(self.word());
        }
        out
    }

    fn next(&mut self) -> Result<Option<Lexed>, Problem> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(None) };
        let here = self.at;
        Ok(Some(match first {
            '.' => {
                let fields = self.fields();
                if fields.is_empty() {
                    self.at += 1;
                    Lexed::Dot
                } else {
                    Lexed::Field(fields)
                }
            }
            '$' => {
                self.at += 1;
                let name = self.word();
                Lexed::Variable(name, self.fields())
            }
            '"' => {
                let mut out = String::new();
                let mut escaped = false;
                let mut used = 1;
                let mut closed = false;
                for c in rest.chars().skip(1) {
                    used += c.len_utf8();
                    if escaped {
                        out.push(match c {
                            'n' => '\n',
                            't' => '\t',
                            'r' => '\r',
                            other => other,
                        });
                        escaped = false;
                    } else if c == '\\' {
                        escaped = true;
                    } else if c == '"' {
                        closed = true;
                        break;
                    } else {
                        out.push(c);
                    }
                }
                if !closed {
                    return Err((here, "this text is not closed".to_owned()));
                }
                self.at += used;
                Lexed::Text(out)
            }
            '`' => {
                let inner = rest.get(1..).unwrap_or("");
                let Some(end) = inner.find('`') else { return Err((here, "this text is not closed".to_owned())) };
                let text = inner.get(..end).unwrap_or("").to_owned();
                self.at += end + 2;
                Lexed::Text(text)
            }
            '\'' => {
                let inner: String = rest.chars().skip(1).take_while(|c| *c != '\'').collect();
                self.at += inner.len() + 2;
                Lexed::Number(Val::Int(inner.chars().next().map_or(0, |c| i64::from(u32::from(c)))))
            }
            '(' => {
                self.at += 1;
                Lexed::Open
            }
            ')' => {
                self.at += 1;
                Lexed::Close(self.fields())
            }
            '|' => {
                self.at += 1;
                Lexed::Pipe
            }
            ',' => {
                self.at += 1;
                Lexed::Comma
            }
            ':' if rest.starts_with(":=") => {
                self.at += 2;
                Lexed::Declare
            }
            '=' => {
                self.at += 1;
                Lexed::Assign
            }
            _ if first.is_ascii_digit() || ((first == '-' || first == '+') && rest.len() > 1) => {
                let text: String = rest
                    .chars()
                    .enumerate()
                    .take_while(|(at, c)| *at == 0 || c.is_ascii_alphanumeric() || *c == '.' || *c == '_')
                    .map(|(_, c)| c)
                    .collect();
                self.at += text.len();
                Lexed::Number(number(&text).ok_or_else(|| (here, format!("`{text}` is no number")))?)
            }
            _ if first.is_alphabetic() || first == '_' => Lexed::Name(self.word()),
            other => return Err((here, format!("`{other}` is not expected here"))),
        }))
    }
}

fn number(text: &str) -> Option<Val> {
    let plain = text.replace('_', "");
    if let Some(hex) = plain.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().map(Val::Int);
    }
    if plain.len() > 1 && plain.starts_with('0') && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return i64::from_str_radix(&plain, 8).ok().map(Val::Int);
    }
    plain.parse::<i64>().ok().map(Val::Int).or_else(|| plain.parse::<f64>().ok().map(Val::Float))
}

/// Reads up to the end, or to the closing bracket when inside of one.
fn pipeline(lexer: &mut Lexer<'_>, depth: usize, inside: bool) -> Result<Pipeline, Problem> {
    if depth > DEEPEST {
        return Err((lexer.at, "too many brackets inside each other".to_owned()));
    }
    let mut out = Pipeline { names: Vec::new(), makes: false, commands: Vec::new(), at: lexer.at };
    let start = lexer.at;
    // Variables first: `$x :=`, `$k, $v :=`, `$x =`.
    let mut names = Vec::new();
    loop {
        match lexer.next()? {
            Some(Lexed::Variable(name, fields)) if fields.is_empty() => names.push(name),
            Some(Lexed::Comma) if !names.is_empty() => {}
            Some(Lexed::Declare) if !names.is_empty() => {
                out.names = names;
                out.makes = true;
                break;
            }
            Some(Lexed::Assign) if !names.is_empty() => {
                out.names = names;
                break;
            }
            _ => {
                lexer.at = start;
                break;
            }
        }
    }
    let mut command: Vec<Expr> = Vec::new();
    loop {
        let here = lexer.at;
        let expr = match lexer.next()? {
            None if inside => return Err((here, "a bracket is not closed".to_owned())),
            None => break,
            Some(Lexed::Close(fields)) => {
                if !inside {
                    return Err((here, "a bracket is closed that is not open".to_owned()));
                }
                // The fields belong to what the bracket makes; the caller reads them again.
                lexer.at -= fields.iter().map(|field| field.len() + 1).sum::<usize>();
                break;
            }
            Some(Lexed::Pipe) => {
                out.commands.push(std::mem::take(&mut command));
                continue;
            }
            Some(Lexed::Open) => {
                let inner = pipeline(lexer, depth + 1, true)?;
                let fields = lexer.fields();
                Expr::Sub(Box::new(inner), fields)
            }
            Some(Lexed::Dot) => Expr::Dot,
            Some(Lexed::Field(fields)) => Expr::Field(fields),
            Some(Lexed::Variable(name, fields)) => Expr::Variable(name, fields),
            Some(Lexed::Text(text)) => Expr::Literal(Val::text(text)),
            Some(Lexed::Number(value)) => Expr::Literal(value),
            Some(Lexed::Name(name)) => match name.as_str() {
                "true" => Expr::Literal(Val::Bool(true)),
                "false" => Expr::Literal(Val::Bool(false)),
                "nil" => Expr::Literal(Val::Nil),
                _ => Expr::Name(name),
            },
            Some(Lexed::Declare | Lexed::Assign | Lexed::Comma) => {
                return Err((here, "`=` and `,` are not expected here".to_owned()));
            }
        };
        command.push(expr);
    }
    out.commands.push(command);
    if out.commands.iter().any(Vec::is_empty) {
        return Err((start, "a command is missing".to_owned()));
    }
    Ok(out)
}
