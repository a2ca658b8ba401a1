//! HCL, Terraform's language: text in, bodies with attributes and blocks out, each with its place.
//!
//! Tolerant on purpose. A key that occurs twice keeps its last value, as the tool does. A broken attribute is a
//! diagnostic and an expression of kind *broken*; a block without its end is closed before the next one. Depth is bounded.

mod body;
mod cursor;
mod expression;
mod json_form;
mod names;
mod places;
mod template;

use vauban_model::resource::Text;
use vauban_model::{Diagnostic, FileId, Span};

use cursor::Cursor;
pub(super) use json_form::{body_of_json, template_text};
pub(super) use names::{conditions, words};
pub(super) use places::Places;

/// How high an expression may be, from its root to its deepest leaf; expressions are walked by recursion.
pub(super) const HIGHEST: u16 = 100;

/// An expression and where it starts.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    pub(super) span: Span,
    /// Levels down to the deepest leaf.
    height: u16,
}

/// Kinds of expressions.
#[derive(Clone, Debug)]
pub(super) enum ExprKind {
    Null,
    Bool(bool),
    Number(f64),
    /// Text without anything to fill in.
    Text(Text),
    /// Text with something to fill in, or text that may be a document.
    Template(Vec<Part>),
    Tuple(Vec<Expr>),
    Object(Vec<(Expr, Expr)>),
    /// A name that starts a traversal: `var`, `aws_iam_role`, a variable of `for`.
    Name(Text),
    /// The item a splat is at.
    Item,
    Attribute(Box<Expr>, Text),
    Index(Box<Expr>, Box<Expr>),
    /// `source[*]` and what follows it, as an expression over [`ExprKind::Item`].
    Splat(Box<Expr>, Box<Expr>),
    /// A function; whether the last argument is spread with `...`.
    Call(Text, Vec<Expr>, bool),
    Not(Box<Expr>),
    Negative(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Conditional(Box<[Expr; 3]>),
    For(Box<For>),
    /// Could not be read; the text, shortened.
    Broken(Text),
}

/// `[for k, v in over : value if only]` and `{for k, v in over : key => value... if only}`.
#[derive(Clone, Debug)]
pub(super) struct For {
    pub(super) first: Text,
    pub(super) second: Option<Text>,
    pub(super) over: Expr,
    /// With a key it makes an object.
    pub(super) key: Option<Expr>,
    pub(super) value: Expr,
    pub(super) only: Option<Expr>,
    /// Values of the same key are gathered in a list.
    pub(super) grouped: bool,
}

/// Operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A stretch of a template.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// Known text; of a text of several lines, each line is a part.
    Text(Text, Span),
    Value(Expr),
    If(Expr, Vec<Part>, Vec<Part>),
    For {
        first: Text,
        second: Option<Text>,
        over: Expr,
        body: Vec<Part>,
    },
}

/// What stands between braces, or in a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    pub(super) items: Vec<Item>,
}

/// One entry of a body.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Attribute(Attribute),
    Block(Block),
}

/// `name = value`.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    pub(super) name: Text,
    pub(super) span: Span,
    pub(super) value: Expr,
}

/// `kind "label" { .. }`.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) kind: Text,
    pub(super) labels: Vec<Text>,
    pub(super) span: Span,
    pub(super) body: Body,
}

impl Body {
    /// The last attribute of that name: a name that occurs twice keeps its last value.
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.items.iter().rev().find_map(|item| match item {
            Item::Attribute(attribute) if &*attribute.name == name => Some(attribute),
            _ => None,
        })
    }

    /// Its blocks of a kind.
    pub(super) fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.items.iter().filter_map(move |item| match item {
            Item::Block(block) if &*block.kind == kind => Some(block),
            _ => None,
        })
    }
}

impl Expr {
    /// An expression with its height.
    pub(super) fn new(kind: ExprKind, span: Span) -> Self {
        let of = |all: &[Expr]| all.iter().map(|one| one.height).max().unwrap_or(0);
        let below = match &kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Name(_)
            | ExprKind::Item
            | ExprKind::Broken(_) => 0,
            ExprKind::Template(parts) => parts_height(parts),
            ExprKind::Tuple(items) | ExprKind::Call(_, items, _) => of(items),
            ExprKind::Object(entries) => {
                entries.iter().map(|(key, value)| key.height.max(value.height)).max().unwrap_or(0)
            }
            ExprKind::Attribute(inner, _) | ExprKind::Not(inner) | ExprKind::Negative(inner) => inner.height,
            ExprKind::Index(a, b) | ExprKind::Splat(a, b) | ExprKind::Binary(_, a, b) => a.height.max(b.height),
            ExprKind::Conditional(three) => of(three.as_slice()),
            ExprKind::For(parts) => [&parts.over, &parts.value]
                .into_iter()
                .chain(parts.key.as_ref())
                .chain(parts.only.as_ref())
                .map(|one| one.height)
                .max()
                .unwrap_or(0),
        };
        Expr { kind, span, height: below.saturating_add(1) }
    }
}

fn parts_height(parts: &[Part]) -> u16 {
    let height = |part: &Part| match part {
        Part::Text(..) => 0,
        Part::Value(expr) => expr.height,
        Part::If(condition, yes, no) => condition.height.max(parts_height(yes)).max(parts_height(no)).saturating_add(1),
        Part::For { over, body, .. } => over.height.max(parts_height(body)).saturating_add(1),
    };
    parts.iter().map(height).max().unwrap_or(0)
}

/// Reads a file.
pub(super) fn read_body(file: FileId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Body {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut cursor = Cursor::new(text, Places::new(file, text));
    let body = cursor.file();
    cursor.report(diagnostics);
    body
}

/// Reads one expression, as on a command line; `None` when it is not one.
pub(super) fn read_expression(text: &str, place: Span) -> Option<Expr> {
    let mut cursor = Cursor::new(text, Places::fixed(text, place));
    cursor.newlines = false;
    let expr = cursor.expression().ok()?;
    cursor.space();
    (cursor.at == text.len()).then_some(expr)
}

/// Reads a text with `${ }` and `%{ }` in it, as the content of a template file.
pub(super) fn read_template(text: &str, places: Places<'_>) -> Result<Expr, Diagnostic> {
    let mut cursor = Cursor::new(text, places);
    let span = cursor.places.span(0, text.len());
    match cursor.template(template::Form::Plain, text.len()) {
        Ok(parts) => Ok(Expr::new(ExprKind::Template(parts), span)),
        Err(problem) => Err(cursor.diagnostic(&problem)),
    }
}
