//! A parser's complaint in the words of the person who wrote the file.

use granit_parser::ErrorKind;

/// What is wrong and what to do about it.
pub(crate) struct Plain {
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

/// Whether this is about a tab where only spaces may stand.
pub(crate) fn is_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
    )
}

/// The words for an error. `line` is the text of the line it was noticed on.
pub(crate) fn plain(kind: &ErrorKind, line: &str, in_brackets: bool) -> Plain {
    let (message, help): (&str, &'static str) = match kind {
        kind if is_tab(kind) => (
            "a tab is used for indentation",
            "YAML allows only spaces there; replace each tab by the spaces the lines around it use",
        ),
        ErrorKind::UnexpectedEofFlowSequence => ("a `[` is never closed", "add the missing `]`"),
        ErrorKind::UnexpectedEofFlowMapping | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            ("a `{` is never closed", "add the missing `}`")
        }
        ErrorKind::UnclosedFlowCollection { open: '[' } => ("a `[` is never closed", "add the missing `]`"),
        ErrorKind::UnclosedFlowCollection { .. } => ("a `{` is never closed", "add the missing `}`"),
        ErrorKind::UnexpectedEof | ErrorKind::UnexpectedEofBlockSequence | ErrorKind::UnexpectedEofBlockMapping => {
            ("the file ends in the middle of something", "check whether the end of the file is missing")
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return Plain {
                message: format!("a `{open}` is closed by `{close}`"),
                help: "close every `[` with `]` and every `{` with `}`",
            };
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            ("a closing bracket without an opening one", "remove it, or put the text in quotes")
        }
        ErrorKind::ExpectedFlowMappingSeparator => (
            "expected `,` or `}` here",
            "separate the entries of `{...}` by commas and close it; put text that contains `: ` in quotes",
        ),
        ErrorKind::ExpectedFlowSequenceSeparator => (
            "expected `,` or `]` here",
            "separate the items of `[...]` by commas and close it; put text that contains `: ` in quotes",
        ),
        ErrorKind::UnclosedQuotedScalar => ("a quote is opened here and never closed", "add the closing quote"),
        ErrorKind::DocumentIndicatorInQuotedScalar => {
            ("a quoted text runs into the next document", "add the closing quote")
        }
        ErrorKind::InvalidQuotedScalarIndent => {
            ("this line of a quoted text is not indented enough", "indent it deeper than the key it belongs to")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "text goes on after the closing quote",
            "put all of it inside the quotes; inside '...' a quote is written '', inside \"...\" it is written \\\"",
        ),
        ErrorKind::UnknownQuotedScalarEscape => (
            "`\\` is followed by a letter that has no meaning there",
            "write `\\\\` for a backslash, or use single quotes, where `\\` is an ordinary character",
        ),
        ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => (
            "this escape names no character",
            "write `\\x` with two, `\\u` with four or `\\U` with eight hexadecimal digits",
        ),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement if in_brackets => (
            "expected `,` or a closing bracket here",
            "close the bracket before the next key, and put text that contains `: ` in quotes",
        ),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            // Two mistakes end here: a second `: ` in a text, and a key below a value.
            if line.matches(": ").count() + usize::from(line.trim_end().ends_with(':')) > 1 {
                ("a second `: ` on this line", "put the text that contains `: ` in quotes")
            } else {
                (
                    "a key is not expected here",
                    "check the indentation: keys of one mapping start in the same column, \
                     and a key that has a text has no keys below it",
                )
            }
        }
        ErrorKind::InvalidMappingValueWhitespace => ("a `:` needs a space after it", "write `key: value`"),
        ErrorKind::FlowMappingValueAdjacentCollection => ("a `:` needs a space after it", "write `{key: [value]}`"),
        ErrorKind::MappingKeyNotAllowed => {
            ("a key is not expected here", "check the indentation, or put a text that starts with `? ` in quotes")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey | ErrorKind::ExpectedBlockMappingKey
            if unspaced_dash(line) =>
        {
            ("a `-` needs a space after it", "write `- item`")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey | ErrorKind::ExpectedBlockMappingKey
            if unspaced_colon(line) =>
        {
            ("a `:` needs a space after it", "write `key: value`")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey | ErrorKind::ExpectedBlockMappingKey => {
            ("expected `key: value` here", "add the `:` after the key, and indent the line like the keys around it")
        }
        ErrorKind::ExpectedBlockSequenceEntry => (
            "expected a list item here",
            "start every item with `- ` in the same column, or move this line out of the list",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => (
            "a list item cannot start here",
            "start the list on a line of its own; put a text that starts with `- ` in quotes",
        ),
        ErrorKind::InvalidBlockEntryWhitespace => ("a `-` needs a space after it", "write `- item`"),
        ErrorKind::InvalidIndentation => (
            "the indentation fits nothing above",
            "indent the line like its neighbours: entries of one mapping or list start in the same column",
        ),
        ErrorKind::InvalidFlowScalarIndent => {
            ("this line is not indented enough", "lines inside brackets are indented deeper than their key")
        }
        ErrorKind::InvalidBlockScalarIndent => (
            "this line of a block text is not indented like its first line",
            "indent every line of the text at least as deep as the first one",
        ),
        ErrorKind::ZeroBlockScalarIndent | ErrorKind::InvalidBlockScalarHeader => (
            "`|` and `>` start a block text; only `+`, `-` and a digit from 1 to 9 may follow on the line",
            "start the text on the next line, indented, or put a text that starts with `|` or `>` in quotes",
        ),
        ErrorKind::CommentInterceptedScalar => {
            ("a comment stands in the middle of a text", "move the comment before or after the text")
        }
        ErrorKind::CommentNotSeparated => ("a `#` needs a space before it to start a comment", "add the space"),
        ErrorKind::ExpectedNodeContent => {
            ("a value is missing here", "write a value, or remove the comma or bracket that stands alone")
        }
        ErrorKind::UnexpectedCharacter { character } => match character {
            '@' => ("a text cannot start with `@`", "put the text in quotes"),
            '%' => ("a text cannot start with `%`", "put the text in quotes"),
            '`' => ("a text cannot start with a back-tick", "put the text in quotes"),
            _ if character.is_control() => {
                return Plain {
                    message: format!("the control character {} is not allowed here", character.escape_unicode()),
                    help: "remove it, or write it as an escape such as `\\x07` inside double quotes",
                };
            }
            _ => {
                return Plain {
                    message: format!("`{character}` is not expected here"),
                    help: "put the text in quotes",
                };
            }
        },
        ErrorKind::PlainScalarStartsWithDashFlowIndicator => {
            ("a `-` cannot stand alone inside brackets", "put it in quotes")
        }
        ErrorKind::BomInsideDocument => {
            ("a byte order mark stands in the middle of the file", "remove it; files joined together often leave one")
        }
        ErrorKind::MissingAnchorOrAliasName => {
            ("`&` and `*` are followed by a name in YAML", "put a text that starts with `&` or `*` in quotes")
        }
        ErrorKind::UndeclaredTagHandle => (
            "this tag uses a handle that no %TAG line declares",
            "write the tag with one `!`, or put a text that starts with `!` in quotes",
        ),
        ErrorKind::ExpectedTagBang
        | ErrorKind::InvalidTagTerminator
        | ErrorKind::MissingTagUri
        | ErrorKind::UnclosedVerbatimTag
        | ErrorKind::InvalidGlobalTagCharacter
        | ErrorKind::InvalidTagEscape
        | ErrorKind::InvalidTagUtf8LeadingByte
        | ErrorKind::InvalidTagUtf8TrailingByte
        | ErrorKind::InvalidTagUtf8 => ("this is no valid tag", "put a text that starts with `!` in quotes"),
        ErrorKind::ExpectedDocumentStart | ErrorKind::InvalidDocumentEnd => (
            "the document has ended before this line",
            "check the indentation; a second document starts with a line `---`",
        ),
        other => {
            return Plain { message: other.to_string(), help: "check the line against the YAML around it" };
        }
    };
    Plain { message: message.to_owned(), help }
}

/// Whether a line starts with a dash that was meant to start a list item: `-item`.
fn unspaced_dash(line: &str) -> bool {
    line.trim_start().strip_prefix('-').is_some_and(|rest| !rest.starts_with([' ', '-']) && !rest.is_empty())
}

/// Whether a line has a colon that was meant to end a key: `key:value`.
pub(crate) fn unspaced_colon(line: &str) -> bool {
    !line.contains(": ") && line.split_once(':').is_some_and(|(_, rest)| !rest.is_empty() && !rest.starts_with("//"))
}
