//! From text to a checked condition, with messages that point at the character and say what was probably meant.

use vauban_model::did_you_mean;
use vauban_model::model::enumeration_of;
use vauban_model::vocabulary::{Domain, FACTS, FactId, FactType, RELATIONS, Relation};

use super::ast::{Comparison, Condition, Test};

/// Nested deeper than this, a condition is refused: nobody could read it, and the parser is recursive.
const MAX_DEPTH: usize = 40;

/// What is wrong with a condition, and where: a byte offset into its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// Byte offset of the first character concerned.
    pub offset: usize,
    /// How many bytes are concerned.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Names that a condition may use beside the vocabulary. The library implements it.
pub trait Names {
    /// The index of a technology by id or alias.
    fn technology(&self, name: &str) -> Option<u32>;
    /// The index of a control by id or alias.
    fn control(&self, name: &str) -> Option<u32>;
    /// All technology ids, for suggestions.
    fn technologies(&self) -> Vec<&str>;
    /// All control ids, for suggestions.
    fn controls(&self) -> Vec<&str>;
}

/// Parses and checks a condition on a kind of element.
pub fn parse(text: &str, domain: Domain, names: &dyn Names) -> Result<Condition, ConditionError> {
    let tokens = tokens(text)?;
    let mut parser =
        Parser { tokens, at: 0, scopes: vec![(domain.as_str().into(), domain)], names, end: text.len(), depth: 0 };
    let condition = parser.or()?;
    if let Some(token) = parser.peek() {
        let (offset, length) = (token.offset, token.length);
        return Err(error(offset, length, "nothing more was expected here", Some("join conditions with `&&` or `||`")));
    }
    Ok(condition)
}

fn error(offset: usize, length: usize, message: impl Into<String>, help: Option<&str>) -> ConditionError {
    ConditionError { offset, length, message: message.into(), help: help.map(str::to_owned) }
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Word(Box<str>),
    Text(Box<str>),
    Number(i64),
    Mark(&'static str),
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    offset: usize,
    length: usize,
}

fn tokens(text: &str) -> Result<Vec<Token>, ConditionError> {
    const MARKS: [&str; 17] =
        ["&&", "||", "==", "!=", ">=", "<=", ">", "<", "!", "(", ")", "[", "]", ",", ".", "&", "|"];
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let c = bytes[at];
        if c.is_ascii_whitespace() {
            at += 1;
        } else if c == b'/' && bytes.get(at + 1) == Some(&b'/') {
            while at < bytes.len() && bytes[at] != b'\n' {
                at += 1;
            }
        } else if c.is_ascii_alphabetic() || c == b'_' {
            let start = at;
            while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                at += 1;
            }
            out.push(Token { kind: Kind::Word(text[start..at].into()), offset: start, length: at - start });
        } else if c.is_ascii_digit() {
            let start = at;
            while at < bytes.len() && bytes[at].is_ascii_digit() {
                at += 1;
            }
            let number =
                text[start..at].parse().map_err(|_| error(start, at - start, "this number is too large", None))?;
            out.push(Token { kind: Kind::Number(number), offset: start, length: at - start });
        } else if c == b'"' || c == b'\'' {
            let start = at;
            at += 1;
            while at < bytes.len() && bytes[at] != c && bytes[at] != b'\n' {
                at += 1;
            }
            if bytes.get(at) != Some(&c) {
                return Err(error(
                    start,
                    at - start,
                    "this text has no closing quote",
                    Some("close it on the same line"),
                ));
            }
            out.push(Token { kind: Kind::Text(text[start + 1..at].into()), offset: start, length: at + 1 - start });
            at += 1;
        } else if let Some(mark) = MARKS.iter().find(|mark| text[at..].starts_with(**mark)) {
            if *mark == "&" || *mark == "|" {
                return Err(error(at, 1, format!("`{mark}` is not an operator"), Some("write `&&` or `||`")));
            }
            out.push(Token { kind: Kind::Mark(mark), offset: at, length: mark.len() });
            at += mark.len();
        } else {
            let c = text[at..].chars().next().unwrap_or(' ');
            let help = (c == '=').then_some("compare with `==`");
            return Err(error(at, c.len_utf8(), format!("`{c}` has no meaning here"), help));
        }
    }
    Ok(out)
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    /// The variables in sight; only the last may be used, so that every inner condition is a column of its own.
    scopes: Vec<(Box<str>, Domain)>,
    names: &'a dyn Names,
    end: usize,
    depth: usize,
}

/// A dotted walk that has been read so far.
struct Walk {
    domain: Domain,
    relations: Vec<Relation>,
    offset: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn is_mark(&self, mark: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: Kind::Mark(m), .. }) if *m == mark)
    }

    fn eat(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        if found {
            self.at += 1;
        }
        found
    }

    fn here(&self) -> (usize, usize) {
        self.peek().map_or((self.end, 0), |token| (token.offset, token.length))
    }

    fn expect(&mut self, mark: &'static str) -> Result<(), ConditionError> {
        if self.eat(mark) {
            return Ok(());
        }
        let (offset, length) = self.here();
        Err(error(offset, length, format!("`{mark}` is missing here"), None))
    }

    fn or(&mut self) -> Result<Condition, ConditionError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let (offset, length) = self.here();
            return Err(error(
                offset,
                length,
                "this is nested too deep",
                Some("split the threat or add a derived fact"),
            ));
        }
        let mut parts = vec![self.and()?];
        while self.eat("||") {
            parts.push(self.and()?);
        }
        self.depth -= 1;
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Or(parts) })
    }

    fn and(&mut self) -> Result<Condition, ConditionError> {
        let mut parts = vec![self.unary()?];
        while self.eat("&&") {
            parts.push(self.unary()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::And(parts) })
    }

    fn unary(&mut self) -> Result<Condition, ConditionError> {
        let mut negations = 0;
        while self.eat("!") {
            negations += 1;
        }
        let inner = self.primary()?;
        Ok(if negations % 2 == 1 { Condition::Not(Box::new(inner)) } else { inner })
    }

    fn primary(&mut self) -> Result<Condition, ConditionError> {
        let Some(token) = self.next() else {
            return Err(error(
                self.end,
                0,
                "the condition ends too early",
                Some("a fact, such as `flow.encrypted`, is expected"),
            ));
        };
        match &token.kind {
            Kind::Mark("(") => {
                let inner = self.or()?;
                self.expect(")")?;
                Ok(inner)
            }
            Kind::Text(text) => {
                // `"x" in walk.fact`
                let is_in = matches!(self.peek(), Some(Token { kind: Kind::Word(w), .. }) if &**w == "in");
                if !is_in {
                    let help =
                        "write `\"word\" in component.accepts`, or the fact first: `component.kind == \"process\"`";
                    return Err(error(token.offset, token.length, "a text alone says nothing", Some(help)));
                }
                self.at += 1;
                let walk = self.walk()?;
                self.membership(text, &token, walk)
            }
            Kind::Word(word) => match &**word {
                "true" => Ok(Condition::Constant(true)),
                "false" => Ok(Condition::Constant(false)),
                "surely" | "possibly" | "known" => {
                    self.expect("(")?;
                    let inner = if &**word == "known" { self.known()? } else { self.or()? };
                    self.expect(")")?;
                    Ok(match &**word {
                        "surely" => Condition::Surely(Box::new(inner)),
                        "possibly" => Condition::Possibly(Box::new(inner)),
                        _ => inner,
                    })
                }
                _ => {
                    self.at -= 1;
                    self.term()
                }
            },
            _ => {
                Err(error(token.offset, token.length, "a fact is expected here", Some("for instance `flow.encrypted`")))
            }
        }
    }

    /// Inside `known( … )`: a fact of any type, or a condition.
    fn known(&mut self) -> Result<Condition, ConditionError> {
        let start = self.at;
        if let Ok(walk) = self.walk()
            && self.eat(".")
            && let Some(Token { kind: Kind::Word(word), .. }) = self.next()
            && self.is_mark(")")
            && let Some(fact) = fact_on(walk.domain, &word)
        {
            return Ok(Condition::Fact(walk.relations, fact, Test::Known));
        }
        self.at = start;
        Ok(Condition::Known(Box::new(self.or()?)))
    }

    /// Reads the variable and all relations to one element. Stops before the `.` of the last part.
    fn walk(&mut self) -> Result<Walk, ConditionError> {
        let Some(token) = self.next() else {
            return Err(error(self.end, 0, "the condition ends too early", None));
        };
        let Kind::Word(word) = &token.kind else {
            return Err(error(token.offset, token.length, "a fact is expected here", None));
        };
        let Some((variable, domain)) = self.scopes.last().cloned() else {
            return Err(error(token.offset, token.length, "no element is in sight", None));
        };
        if *word != variable {
            let outer = self.scopes.iter().any(|(name, _)| name == word);
            let (message, help) = if outer {
                let message = format!("`{word}` cannot be used inside `exists` or `all`");
                (message, format!("inside, only `{variable}` is visible; move this part outside"))
            } else if fact_on(domain, word).is_some() || Relation::parse(domain, word).is_some() {
                (format!("`{word}` belongs to an element"), format!("write `{variable}.{word}`"))
            } else {
                (format!("there is no element `{word}` here"), format!("the element is called `{variable}`"))
            };
            return Err(ConditionError { offset: token.offset, length: token.length, message, help: Some(help) });
        }
        let mut walk = Walk { domain, relations: Vec::new(), offset: token.offset };
        loop {
            // Look ahead: `.name` where name is a relation to one element, followed by another `.`.
            let name = match (self.tokens.get(self.at), self.tokens.get(self.at + 1), self.tokens.get(self.at + 2)) {
                (
                    Some(Token { kind: Kind::Mark("."), .. }),
                    Some(Token { kind: Kind::Word(name), .. }),
                    Some(Token { kind: Kind::Mark("."), .. }),
                ) => name.clone(),
                _ => return Ok(walk),
            };
            let Some(relation) = Relation::parse(walk.domain, &name) else { return Ok(walk) };
            if relation.definition().many {
                return Ok(walk);
            }
            self.at += 2;
            walk.domain = relation.definition().to;
            walk.relations.push(relation);
        }
    }

    fn term(&mut self) -> Result<Condition, ConditionError> {
        let walk = self.walk()?;
        if !self.eat(".") {
            let variable = self.scopes.last().map(|(name, _)| name.clone()).unwrap_or_default();
            let help = format!("name a fact, such as `{variable}.in_scope`");
            return Err(error(walk.offset, variable.len(), "an element alone is neither true nor false", Some(&help)));
        }
        let Some(token) = self.next() else {
            return Err(error(self.end, 0, "a fact is missing after the dot", None));
        };
        let Kind::Word(name) = token.kind.clone() else {
            return Err(error(token.offset, token.length, "a fact is expected after the dot", None));
        };
        if self.is_mark("(") {
            return self.call(&name, &token, walk);
        }
        if let Some(relation) = Relation::parse(walk.domain, &name)
            && self.is_mark(".")
        {
            self.at += 1;
            return self.quantifier(relation, &token, walk);
        }
        let Some(fact) = fact_on(walk.domain, &name) else {
            return Err(no_such(walk.domain, &name, &token));
        };
        self.fact_test(walk, fact, &name, &token)
    }

    fn call(&mut self, name: &str, token: &Token, walk: Walk) -> Result<Condition, ConditionError> {
        if matches!(name, "exists" | "all" | "size") {
            let help =
                format!("only a relation to many has `.{name}(…)`; what leads to one element is simply walked on");
            return Err(error(token.offset, token.length, format!("`.{name}` does not apply here"), Some(&help)));
        }
        self.expect("(")?;
        let mut arguments = Vec::new();
        if !self.is_mark(")") {
            loop {
                let (offset, length) = self.here();
                match self.next() {
                    Some(Token { kind: Kind::Text(text), offset, length }) => arguments.push((text, offset, length)),
                    _ => return Err(error(offset, length, "a text in quotes is expected here", None)),
                }
                if !self.eat(",") {
                    break;
                }
            }
        }
        self.expect(")")?;
        if arguments.is_empty() {
            return Err(error(token.offset, token.length, format!("`{name}` needs a name in quotes"), None));
        }
        match name {
            "is" if walk.domain == Domain::Component => {
                let mut technologies = Vec::new();
                for (text, offset, length) in &arguments {
                    match self.names.technology(text) {
                        Some(index) => technologies.push(index),
                        None => {
                            return Err(unknown_name("technology", text, *offset, *length, self.names.technologies()));
                        }
                    }
                }
                Ok(Condition::Is(walk.relations, technologies))
            }
            "has" => {
                let mut parts = Vec::new();
                for (text, offset, length) in &arguments {
                    match self.names.control(text) {
                        Some(index) => parts.push(Condition::Has(walk.relations.clone(), index)),
                        None => return Err(unknown_name("control", text, *offset, *length, self.names.controls())),
                    }
                }
                Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Or(parts) })
            }
            "tagged" => {
                let mut parts: Vec<Condition> = arguments
                    .into_iter()
                    .map(|(text, _, _)| Condition::Tagged(walk.relations.clone(), text.to_lowercase().into()))
                    .collect();
                Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Or(parts) })
            }
            "is" => Err(error(token.offset, token.length, "only components have a technology", None)),
            _ => {
                let help = "known: is, has, tagged, and exists, all, size on relations to many";
                Err(error(token.offset, token.length, format!("there is no function `{name}` here"), Some(help)))
            }
        }
    }

    fn quantifier(&mut self, relation: Relation, at: &Token, walk: Walk) -> Result<Condition, ConditionError> {
        let definition = relation.definition();
        let Some(token) = self.next() else {
            return Err(error(self.end, 0, "the condition ends too early", None));
        };
        let Kind::Word(name) = &token.kind else {
            return Err(error(token.offset, token.length, "`exists`, `all` or `size` is expected here", None));
        };
        match &**name {
            "exists" | "all" => {
                self.expect("(")?;
                let (offset, length) = self.here();
                let Some(Token { kind: Kind::Word(variable), .. }) = self.next() else {
                    let help = format!("write `.{name}(x, …)`");
                    return Err(error(offset, length, "a name for the element is expected here", Some(&help)));
                };
                if self.scopes.iter().any(|(known, _)| *known == variable) {
                    return Err(error(
                        offset,
                        length,
                        format!("`{variable}` is already in use"),
                        Some("take another letter"),
                    ));
                }
                self.expect(",")?;
                self.scopes.push((variable.clone(), definition.to));
                let inner = self.or()?;
                self.scopes.pop();
                self.expect(")")?;
                let inner = Box::new(inner);
                Ok(if &**name == "exists" {
                    Condition::Exists(walk.relations, relation, variable, inner)
                } else {
                    Condition::All(walk.relations, relation, variable, inner)
                })
            }
            "size" => {
                self.expect("(")?;
                self.expect(")")?;
                let (comparison, negated) = self.comparison()?;
                let (offset, length) = self.here();
                let Some(Token { kind: Kind::Number(number), .. }) = self.next() else {
                    return Err(error(offset, length, "a number is expected here", None));
                };
                let size = Condition::Size(walk.relations, relation, comparison, number);
                Ok(if negated { Condition::Not(Box::new(size)) } else { size })
            }
            other => {
                let help = if definition.many {
                    format!("`{}` leads to many: use `.exists(x, …)`, `.all(x, …)` or `.size()`", definition.id)
                } else {
                    format!("`{}` leads to {}", definition.id, article(definition.to.as_str()))
                };
                if definition.many || fact_on(definition.to, other).is_some() {
                    Err(error(
                        at.offset,
                        token.offset + token.length - at.offset,
                        format!("`.{other}` does not apply here"),
                        Some(&help),
                    ))
                } else {
                    Err(no_such(definition.to, other, &token))
                }
            }
        }
    }

    fn comparison(&mut self) -> Result<(Comparison, bool), ConditionError> {
        let (offset, length) = self.here();
        let token = self.next();
        Ok(match token.map(|token| token.kind) {
            Some(Kind::Mark("==")) => (Comparison::Equal, false),
            Some(Kind::Mark("!=")) => (Comparison::Equal, true),
            Some(Kind::Mark("<")) => (Comparison::Less, false),
            Some(Kind::Mark("<=")) => (Comparison::LessOrEqual, false),
            Some(Kind::Mark(">")) => (Comparison::Greater, false),
            Some(Kind::Mark(">=")) => (Comparison::GreaterOrEqual, false),
            _ => return Err(error(offset, length, "a comparison is expected here", Some("one of == != < <= > >="))),
        })
    }

    fn fact_test(&mut self, walk: Walk, fact: FactId, name: &str, token: &Token) -> Result<Condition, ConditionError> {
        let ty = fact.definition().ty;
        let has_operator =
            matches!(self.peek(), Some(Token { kind: Kind::Mark("==" | "!=" | "<" | "<=" | ">" | ">="), .. }));
        let is_in = matches!(self.peek(), Some(Token { kind: Kind::Word(w), .. }) if &**w == "in");
        let wrap = |negated: bool, condition: Condition| {
            if negated { Condition::Not(Box::new(condition)) } else { condition }
        };
        match ty {
            FactType::Bool => {
                if !has_operator {
                    return Ok(Condition::Fact(walk.relations, fact, Test::Yes));
                }
                let (comparison, negated) = self.comparison()?;
                let (offset, length) = self.here();
                match self.next().map(|token| token.kind) {
                    Some(Kind::Word(word))
                        if comparison == Comparison::Equal && (&*word == "true" || &*word == "false") =>
                    {
                        let condition = Condition::Fact(walk.relations, fact, Test::Yes);
                        Ok(wrap(negated != (&*word == "false"), condition))
                    }
                    _ => {
                        let help = format!("write `{name}` or `!…{name}`");
                        Err(error(offset, length, format!("`{name}` is yes or no"), Some(&help)))
                    }
                }
            }
            FactType::Number => {
                let (comparison, negated) = self.comparison()?;
                let (offset, length) = self.here();
                let Some(Token { kind: Kind::Number(number), .. }) = self.next() else {
                    return Err(error(offset, length, "a number is expected here", None));
                };
                Ok(wrap(negated, Condition::Fact(walk.relations, fact, Test::Number(comparison, number))))
            }
            FactType::Enum(_) if is_in => {
                self.at += 1;
                self.expect("[")?;
                let mut values = Vec::new();
                while !self.is_mark("]") {
                    values.push(self.word_of(fact)?);
                    if !self.eat(",") {
                        break;
                    }
                }
                self.expect("]")?;
                Ok(Condition::Fact(walk.relations, fact, Test::OneOf(values)))
            }
            FactType::Enum(enumeration) => {
                if !has_operator {
                    let help = format!("compare it: `{name} == \"{}\"`", enumeration.word(0));
                    return Err(error(token.offset, token.length, format!("`{name}` is not yes or no"), Some(&help)));
                }
                let (offset, length) = self.here();
                let (comparison, negated) = self.comparison()?;
                if comparison != Comparison::Equal && !enumeration.definition().ordered {
                    return Err(error(
                        offset,
                        length,
                        format!("the values of `{name}` have no order"),
                        Some("use == or in […]"),
                    ));
                }
                let value = self.word_of(fact)?;
                let test = if comparison == Comparison::Equal {
                    Test::OneOf(vec![value])
                } else {
                    Test::Symbol(comparison, value)
                };
                Ok(wrap(negated, Condition::Fact(walk.relations, fact, test)))
            }
            FactType::Set(_) | FactType::Words => {
                let help = format!("write `\"word\" in …{name}`");
                Err(error(token.offset, token.length, format!("`{name}` is a set"), Some(&help)))
            }
            FactType::Technologies => Err(error(
                token.offset,
                token.length,
                "a technology is asked for with `.is(…)`",
                Some("write `component.is(\"database\")`"),
            )),
            FactType::References(_) => {
                let help = format!("use it as a relation: `.{name}.exists(x, …)`");
                Err(error(token.offset, token.length, format!("`{name}` leads to other elements"), Some(&help)))
            }
            FactType::Text => {
                Err(error(token.offset, token.length, "free text cannot be compared", Some("use `known(…)`")))
            }
        }
    }

    fn word_of(&mut self, fact: FactId) -> Result<u16, ConditionError> {
        let (offset, length) = self.here();
        let Some(Token { kind: Kind::Text(text), .. }) = self.next() else {
            return Err(error(offset, length, "a word in quotes is expected here", None));
        };
        symbol(fact, &text, offset, length)
    }

    fn membership(&mut self, text: &str, token: &Token, walk: Walk) -> Result<Condition, ConditionError> {
        self.expect(".")?;
        let Some(name_token) = self.next() else {
            return Err(error(self.end, 0, "a fact is missing after the dot", None));
        };
        let Kind::Word(name) = name_token.kind.clone() else {
            return Err(error(name_token.offset, name_token.length, "a fact is expected after the dot", None));
        };
        let Some(fact) = fact_on(walk.domain, &name) else {
            return Err(no_such(walk.domain, &name, &name_token));
        };
        match fact.definition().ty {
            FactType::Set(_) => {
                let value = symbol(fact, text, token.offset, token.length)?;
                Ok(Condition::Fact(walk.relations, fact, Test::Contains(value)))
            }
            FactType::Words => {
                Ok(Condition::Fact(walk.relations, fact, Test::ContainsWord(text.to_lowercase().into())))
            }
            FactType::Technologies => {
                Err(error(name_token.offset, name_token.length, "a technology is asked for with `.is(…)`", None))
            }
            _ => Err(error(
                name_token.offset,
                name_token.length,
                format!("`{name}` is not a set"),
                Some("compare it with =="),
            )),
        }
    }
}

fn symbol(fact: FactId, text: &str, offset: usize, length: usize) -> Result<u16, ConditionError> {
    let Some(enumeration) = enumeration_of(fact) else {
        return Err(error(offset, length, "this fact has no words", None));
    };
    let values = enumeration.definition().values;
    // Aliases are for models; a condition says the word itself, so that a search for it finds all that use it.
    values.iter().position(|value| *value == text).and_then(|at| u16::try_from(at).ok()).ok_or_else(|| {
        let help = did_you_mean(text, values.iter().copied())
            .map_or_else(|| format!("one of: {}", values.join(", ")), |word| format!("did you mean `{word}`?"));
        error(offset, length, format!("`{}` has no value `{text}`", fact.definition().id), Some(&help))
    })
}

/// The fact with a name in conditions, if a kind of element has it.
pub fn fact_on(domain: Domain, name: &str) -> Option<FactId> {
    FactId::parse(name).filter(|fact| fact.definition().on.contains(&domain))
}

fn no_such(domain: Domain, name: &str, token: &Token) -> ConditionError {
    if let Some(relation) = Relation::parse(domain, name) {
        let to = relation.definition().to.as_str();
        let help = if relation.definition().many {
            format!("use `.{name}.exists(x, …)`, `.{name}.all(x, …)` or `.{name}.size()`")
        } else {
            format!("name a fact of that {to}: `.{name}.…`")
        };
        return error(
            token.offset,
            token.length,
            format!("`{name}` leads to {}, it is no fact", article(to)),
            Some(&help),
        );
    }
    let facts = FACTS.iter().filter(|fact| fact.on.contains(&domain)).map(|fact| fact.id);
    let relations = RELATIONS.iter().filter(|relation| relation.on == domain).map(|relation| relation.id);
    // The key of a model file may be shorter than the name in conditions, which is unique: `kind` of an identity.
    let by_key = FACTS.iter().find(|fact| fact.on.contains(&domain) && fact.key == name).map(|fact| fact.id);
    let help = by_key.or_else(|| did_you_mean(name, facts.chain(relations))).map_or_else(
        || format!("`vauban library list facts` names all facts of {}", article(domain.as_str())),
        |word| format!("did you mean `{word}`?"),
    );
    error(token.offset, token.length, format!("{} has no fact `{name}`", article(domain.as_str())), Some(&help))
}

/// `a flow`, `an identity`.
fn article(word: &str) -> String {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { format!("an {word}") } else { format!("a {word}") }
}

fn unknown_name(what: &str, name: &str, offset: usize, length: usize, known: Vec<&str>) -> ConditionError {
    let help = did_you_mean(name, known)
        .map_or_else(|| format!("`vauban library list` names every {what}"), |word| format!("did you mean `{word}`?"));
    error(offset, length, format!("there is no {what} `{name}`"), Some(&help))
}
