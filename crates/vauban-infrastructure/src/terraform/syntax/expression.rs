//! Expressions, by recursive descent; operators by precedence.

use vauban_model::resource::Text;

use super::cursor::{Cursor, Read};
use super::{Expr, ExprKind, For, Operator};

impl Cursor<'_> {
    /// An expression: everything there is.
    pub(super) fn expression(&mut self) -> Read<Expr> {
        self.deeper(|cursor| {
            let start = cursor.at;
            let condition = cursor.binary(1)?;
            cursor.space();
            if cursor.peek() != Some(b'?') {
                return Ok(condition);
            }
            cursor.at += 1;
            cursor.space_and_lines();
            let yes = cursor.expression()?;
            cursor.space_and_lines();
            if !cursor.take(":") {
                return cursor.expected("`:` of the condition");
            }
            cursor.space_and_lines();
            let no = cursor.expression()?;
            cursor.node(ExprKind::Conditional(Box::new([condition, yes, no])), start)
        })
    }

    fn binary(&mut self, least: u8) -> Read<Expr> {
        let start = self.at;
        let mut left = self.unary()?;
        loop {
            self.space();
            let Some((operator, width, strength)) = self.operator() else { return Ok(left) };
            if strength < least {
                return Ok(left);
            }
            self.at += width;
            self.space_and_lines();
            let right = self.deeper(|cursor| cursor.binary(strength + 1))?;
            left = self.node(ExprKind::Binary(operator, Box::new(left), Box::new(right)), start)?;
        }
    }

    fn operator(&self) -> Option<(Operator, usize, u8)> {
        let second = self.peek_at(1);
        Some(match (self.peek()?, second) {
            (b'|', Some(b'|')) => (Operator::Or, 2, 1),
            (b'&', Some(b'&')) => (Operator::And, 2, 2),
            (b'=', Some(b'=')) => (Operator::Equal, 2, 3),
            (b'!', Some(b'=')) => (Operator::NotEqual, 2, 3),
            (b'<', Some(b'=')) => (Operator::LessOrEqual, 2, 4),
            (b'>', Some(b'=')) => (Operator::GreaterOrEqual, 2, 4),
            (b'<', next) if next != Some(b'<') => (Operator::Less, 1, 4),
            (b'>', _) => (Operator::Greater, 1, 4),
            (b'+', _) => (Operator::Add, 1, 5),
            (b'-', _) => (Operator::Subtract, 1, 5),
            (b'*', _) => (Operator::Multiply, 1, 6),
            (b'/', _) => (Operator::Divide, 1, 6),
            (b'%', next) if next != Some(b'{') => (Operator::Remainder, 1, 6),
            _ => return None,
        })
    }

    fn unary(&mut self) -> Read<Expr> {
        let start = self.at;
        match self.peek() {
            Some(b'!') if self.peek_at(1) != Some(b'=') => {
                self.at += 1;
                self.space();
                let inner = self.deeper(Self::unary)?;
                self.node(ExprKind::Not(Box::new(inner)), start)
            }
            Some(b'-') => {
                self.at += 1;
                self.space();
                let inner = self.deeper(Self::unary)?;
                match inner.kind {
                    ExprKind::Number(number) => self.node(ExprKind::Number(-number), start),
                    _ => self.node(ExprKind::Negative(Box::new(inner)), start),
                }
            }
            _ => {
                let first = self.primary()?;
                self.postfix(first, start, true)
            }
        }
    }

    /// `.name`, `[index]` and splats after an expression.
    fn postfix(&mut self, first: Expr, start: usize, indices: bool) -> Read<Expr> {
        let mut expr = first;
        loop {
            if !self.newlines {
                self.space();
            }
            match self.peek() {
                Some(b'.') if self.peek_at(1) == Some(b'*') => {
                    self.at += 2;
                    let item = self.node(ExprKind::Item, start)?;
                    let each = self.deeper(|cursor| cursor.postfix(item, start, false))?;
                    expr = self.node(ExprKind::Splat(Box::new(expr), Box::new(each)), start)?;
                }
                Some(b'.') if self.peek_at(1) != Some(b'.') => {
                    self.at += 1;
                    self.space();
                    let digits = self.digits().to_owned();
                    if digits.is_empty() {
                        let Some(name) = self.name() else { return self.expected("a name after `.`") };
                        expr = self.node(ExprKind::Attribute(Box::new(expr), name.into()), start)?;
                    } else {
                        let index = self.node(ExprKind::Number(digits.parse().unwrap_or(0.0)), start)?;
                        expr = self.node(ExprKind::Index(Box::new(expr), Box::new(index)), start)?;
                    }
                }
                Some(b'[') if indices => {
                    self.at += 1;
                    self.space_and_lines();
                    if self.peek() == Some(b'*') && matches!(self.peek_at(1), Some(b']' | b' ')) {
                        self.at += 1;
                        self.space_and_lines();
                        self.close("]")?;
                        let item = self.node(ExprKind::Item, start)?;
                        let each = self.deeper(|cursor| cursor.postfix(item, start, true))?;
                        expr = self.node(ExprKind::Splat(Box::new(expr), Box::new(each)), start)?;
                        continue;
                    }
                    let index = self.with_newlines(false, Self::expression)?;
                    self.space_and_lines();
                    self.close("]")?;
                    expr = self.node(ExprKind::Index(Box::new(expr), Box::new(index)), start)?;
                }
                _ => return Ok(expr),
            }
        }
    }

    fn close(&mut self, what: &str) -> Read<()> {
        if self.take(what) { Ok(()) } else { self.expected(&format!("`{what}`")) }
    }

    fn digits(&mut self) -> &str {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.slice(start, self.at)
    }

    fn primary(&mut self) -> Read<Expr> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'<') if self.peek_at(1) == Some(b'<') => self.heredoc(),
            Some(b'(') => {
                self.at += 1;
                let inner = self.with_newlines(false, |cursor| {
                    cursor.space();
                    let inner = cursor.expression()?;
                    cursor.space();
                    cursor.close(")")?;
                    Ok(inner)
                })?;
                Ok(inner)
            }
            Some(b'[') => self.deeper(Self::tuple),
            Some(b'{') if !self.starts("{{") && !self.starts("{%") => self.deeper(Self::object),
            Some(byte) if byte.is_ascii_digit() => self.number(),
            _ => {
                let Some(name) = self.name() else { return self.expected("a value") };
                let mut function = name.to_owned();
                while self.starts("::") {
                    self.at += 2;
                    let Some(next) = self.name() else { return self.expected("a name after `::`") };
                    function.push_str("::");
                    function.push_str(next);
                }
                let after_name = self.at;
                self.space_in_line();
                if self.peek() == Some(b'(') {
                    self.at += 1;
                    return self.deeper(|cursor| cursor.call(function, start));
                }
                self.at = after_name;
                let kind = match name {
                    "true" => ExprKind::Bool(true),
                    "false" => ExprKind::Bool(false),
                    "null" => ExprKind::Null,
                    _ => ExprKind::Name(name.into()),
                };
                self.node(kind, start)
            }
        }
    }

    fn space_in_line(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Read<Expr> {
        let start = self.at;
        self.digits();
        if self.peek() == Some(b'.') && self.peek_at(1).is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.peek_at(1), Some(b'+' | b'-')));
            if self.peek_at(1 + sign).is_some_and(|byte| byte.is_ascii_digit()) {
                self.at += 1 + sign;
                self.digits();
            }
        }
        match self.slice(start, self.at).parse() {
            Ok(number) => self.node(ExprKind::Number(number), start),
            Err(_) => self.problem("this is no number"),
        }
    }

    fn call(&mut self, function: String, start: usize) -> Read<Expr> {
        let (arguments, spread) = self.with_newlines(false, |cursor| {
            let mut arguments = Vec::new();
            let mut spread = false;
            loop {
                cursor.space();
                if cursor.take(")") {
                    return Ok((arguments, spread));
                }
                arguments.push(cursor.expression()?);
                cursor.space();
                spread = cursor.take("...");
                cursor.space();
                if !cursor.take(",") {
                    cursor.space();
                    cursor.close(")")?;
                    return Ok((arguments, spread));
                }
            }
        })?;
        self.node(ExprKind::Call(function.into(), arguments, spread), start)
    }

    fn tuple(&mut self) -> Read<Expr> {
        let start = self.at;
        self.at += 1;
        self.with_newlines(false, |cursor| {
            cursor.space();
            if cursor.at_for() {
                return cursor.for_expression(start, "]");
            }
            let mut items = Vec::new();
            loop {
                cursor.space();
                if cursor.take("]") {
                    return cursor.node(ExprKind::Tuple(items), start);
                }
                items.push(cursor.expression()?);
                cursor.space();
                if !cursor.take(",") {
                    cursor.close("]")?;
                    return cursor.node(ExprKind::Tuple(items), start);
                }
            }
        })
    }

    fn object(&mut self) -> Read<Expr> {
        let start = self.at;
        self.at += 1;
        self.space_and_lines();
        if self.at_for() {
            return self.with_newlines(false, |cursor| cursor.for_expression(start, "}"));
        }
        self.with_newlines(true, |cursor| {
            let mut entries = Vec::new();
            loop {
                cursor.space_and_lines();
                if cursor.take("}") {
                    return cursor.node(ExprKind::Object(entries), start);
                }
                let key = cursor.key()?;
                cursor.space();
                if !(cursor.take("=") || cursor.take(":")) {
                    return cursor.expected("`=` or `:` after the key");
                }
                cursor.space_and_lines();
                let value = cursor.expression()?;
                entries.push((key, value));
                cursor.space();
                let separated = cursor.take(",") || cursor.peek() == Some(b'\n');
                if !separated {
                    cursor.close("}")?;
                    return cursor.node(ExprKind::Object(entries), start);
                }
            }
        })
    }

    /// The key of an object: a bare name is text.
    fn key(&mut self) -> Read<Expr> {
        let start = self.at;
        if let Some(name) = self.name() {
            let end = self.at;
            self.space();
            if matches!(self.peek(), Some(b'=' | b':')) && !self.starts("==") && !self.starts("::") {
                self.at = end;
                let name: Text = name.into();
                return self.node(ExprKind::Text(name), start);
            }
            self.at = start;
        }
        self.expression()
    }

    fn at_for(&mut self) -> bool {
        let after = self.peek_at(3);
        self.peek_name() == Some("for") && matches!(after, Some(b' ' | b'\t' | b'\n' | b'\r'))
    }

    fn for_expression(&mut self, start: usize, end: &str) -> Read<Expr> {
        self.name();
        let (first, second, over) = self.for_head()?;
        self.space();
        self.close(":")?;
        self.space();
        let mut value = self.expression()?;
        self.space();
        let mut key = None;
        if self.take("=>") {
            self.space();
            key = Some(std::mem::replace(&mut value, self.expression()?));
            self.space();
        }
        let grouped = self.take("...");
        self.space();
        let mut only = None;
        if self.peek_name() == Some("if") {
            self.name();
            self.space();
            only = Some(self.expression()?);
            self.space();
        }
        self.close(end)?;
        self.node(ExprKind::For(Box::new(For { first, second, over, key, value, only, grouped })), start)
    }

    /// `k, v in over`, after the word `for`.
    pub(super) fn for_head(&mut self) -> Read<(Text, Option<Text>, Expr)> {
        self.space();
        let Some(first) = self.name() else { return self.expected("a name after `for`") };
        self.space();
        let mut second = None;
        if self.take(",") {
            self.space();
            let Some(name) = self.name() else { return self.expected("a name after `,`") };
            second = Some(name.into());
            self.space();
        }
        if self.name() != Some("in") {
            return self.expected("`in`");
        }
        self.space();
        let over = self.expression()?;
        Ok((first.into(), second, over))
    }
}
