//! The part of a page that says what a principal must be permitted, on what, and what that gives.
//!
//! ```toml
//! on          = "identity"
//! cloud       = "aws"
//! permissions = ["iam:PassRole on role", "lambda:CreateFunction", "lambda:InvokeFunction | lambda:AddPermission"]
//! gains       = ["act-as role"]
//!
//! [[bind]]
//! name   = "role"
//! type   = ["aws_iam_role"]
//! trusts = ["lambda.amazonaws.com"]
//! ```
//!
//! `action on variable by other` is a permission that the other must hold, not the principal.

use vauban_model::library::{Bind, BindCondition, Builds, Cloud, Grant, GrantState, Permission};
use vauban_model::state::Verb;
use vauban_model::vocabulary::Domain;
use vauban_model::{Diagnostic, Span, did_you_mean};
use vauban_syntax::{Fields, Node};

/// The fields of a page that make a grant, as read.
pub(crate) struct GrantWords<'a> {
    pub(crate) cloud: (&'a str, Span),
    pub(crate) anyone: bool,
    pub(crate) outside: bool,
    pub(crate) builds: Option<(&'a str, Span)>,
    pub(crate) permissions: &'a [(&'a str, Span)],
    pub(crate) binds: &'a [Node],
    pub(crate) needs: &'a [(&'a str, Span)],
    pub(crate) gains: &'a [(&'a str, Span)],
    pub(crate) title: Option<(&'a str, Span)>,
    pub(crate) says: Option<(&'a str, Span)>,
    pub(crate) step: Option<(&'a str, Span)>,
}

/// Walks that a state of a grant may take from its variable.
const WALKS: [&str; 10] = [
    "runs_as",
    "federated",
    "secrets",
    "stores",
    "consumers",
    "principals",
    "claimed_roles",
    "targets",
    "holds",
    "members",
];

/// Reads a grant; `None` when it has an error, which is then among the diagnostics.
pub(crate) fn read(words: &GrantWords<'_>, on: Domain, page: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<Grant> {
    let before = diagnostics.len();
    let mut wrong = |span: Span, message: String, help: String| {
        diagnostics.push(Diagnostic::error("library-grant", span, message).help(help));
    };
    if on != Domain::Identity {
        wrong(page, "a threat with `cloud` binds the principal".to_owned(), "write `on = \"identity\"`".to_owned());
    }
    let cloud = Cloud::parse(words.cloud.0);
    if cloud.is_none() {
        let known = Cloud::ALL.map(Cloud::as_str);
        let help = did_you_mean(words.cloud.0, known)
            .map_or_else(|| format!("one of: {}", known.join(", ")), |word| format!("did you mean `{word}`?"));
        wrong(words.cloud.1, format!("there is no cloud `{}`", words.cloud.0), help);
    }
    let builds = words.builds.and_then(|(word, span)| {
        let found = Builds::parse(word);
        if found.is_none() {
            let known = Builds::ALL.map(Builds::as_str);
            wrong(span, format!("a page cannot be about builds of `{word}`"), format!("one of: {}", known.join(", ")));
        }
        found
    });
    let mut binds: Vec<Bind> = Vec::new();
    for node in words.binds {
        binds.extend(bind(node, &binds, diagnostics));
    }
    let known = |name: &str| matches!(name, "principal" | "account") || binds.iter().any(|bind| &*bind.name == name);
    let names = || {
        let mut names = vec!["principal", "account"];
        names.extend(binds.iter().map(|bind| &*bind.name));
        names.join(", ")
    };
    let mut wrong = |span: Span, message: String, help: String| {
        diagnostics.push(Diagnostic::error("library-grant", span, message).help(help));
    };
    let mut permissions = Vec::new();
    for (text, span) in words.permissions {
        let mut choices = Vec::new();
        for choice in text.split('|') {
            let (choice, by) = match choice.trim().split_once(" by ") {
                Some((choice, by)) => (choice, Some(by.trim())),
                None => (choice, None),
            };
            let (action, variable) = match choice.trim().split_once(" on ") {
                Some((action, variable)) => (action.trim(), Some(variable.trim())),
                None => (choice.trim(), None),
            };
            if action.is_empty() {
                wrong(*span, format!("`{text}` names no permission"), "write `action on variable`".to_owned());
                continue;
            }
            if let Some(name) = [variable, by].into_iter().flatten().find(|name| !known(name) && !is_literal(name)) {
                wrong(*span, format!("`{name}` is no variable of this page"), format!("one of: {}", names()));
                continue;
            }
            choices.push(Permission { action: action.into(), on: variable.map(Into::into), by: by.map(Into::into) });
        }
        permissions.push(choices);
    }
    let mut state = |text: &str, span: Span| -> Option<GrantState> {
        let Some((verb, place)) = text.trim().split_once(char::is_whitespace) else {
            wrong(
                span,
                format!("`{text}` is not a state"),
                "write a verb and a variable, such as `act-as role`".to_owned(),
            );
            return None;
        };
        let Some(verb) = Verb::parse(verb) else {
            wrong(
                span,
                format!("there is no state `{verb}`"),
                format!("one of: {}", Verb::ALL.map(Verb::as_str).join(", ")),
            );
            return None;
        };
        let (on, walk) = place.trim().split_once('.').unwrap_or((place.trim(), ""));
        if !known(on) {
            wrong(span, format!("`{on}` is no variable of this page"), format!("one of: {}", names()));
            return None;
        }
        if !walk.is_empty() && !WALKS.contains(&walk) {
            wrong(span, format!("nothing leads from a resource by `{walk}`"), format!("one of: {}", WALKS.join(", ")));
            return None;
        }
        Some(GrantState { verb, on: on.into(), walk: walk.into() })
    };
    let mut needs = Vec::new();
    for (text, span) in words.needs {
        needs.push(text.split('|').filter_map(|choice| state(choice, *span)).collect());
    }
    let gains: Vec<GrantState> = words.gains.iter().filter_map(|(text, span)| state(text, *span)).collect();
    if permissions.is_empty() && needs.is_empty() {
        wrong(
            page,
            "the threat has no `permissions`".to_owned(),
            "name what the principal must be permitted".to_owned(),
        );
    }
    let sentence = |found: Option<(&str, Span)>| -> Box<str> { found.map_or("", |(text, _)| text.trim()).into() };
    for (key, found) in [("title", words.title), ("says", words.says), ("step", words.step)] {
        let Some((text, span)) = found else {
            diagnostics.push(
                Diagnostic::error("missing-key", page, format!("the threat has no `{key}`"))
                    .help("write a sentence that names `{principal}` and the other variables"),
            );
            continue;
        };
        for name in placeholders(text) {
            if name != "permissions" && !known(name) {
                diagnostics.push(
                    Diagnostic::error("library-sentence", span, format!("`{{{name}}}` is no variable of this page"))
                        .help(format!("one of: permissions, {}", names())),
                );
            }
        }
    }
    if diagnostics[before..].iter().any(|d| d.severity == vauban_model::Severity::Error) {
        return None;
    }
    Some(Grant {
        cloud: cloud?,
        anyone: words.anyone,
        outside: words.outside,
        builds,
        binds,
        permissions,
        needs,
        gains,
        title: sentence(words.title),
        says: sentence(words.says),
        step: sentence(words.step),
    })
}

/// Whether it is the name of something that every account has, in the provider's own form, and no variable.
fn is_literal(name: &str) -> bool {
    name.starts_with("arn:")
}

/// The names in braces.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name.trim()))
}

fn bind(node: &Node, earlier: &[Bind], diagnostics: &mut Vec<Diagnostic>) -> Option<Bind> {
    let mut fields = Fields::new(node, "a `bind`", diagnostics)?;
    let name = fields.string("name", diagnostics);
    let types = fields.strings("type", diagnostics);
    let trusts = fields.strings("trusts", diagnostics);
    let of = fields.string("of", diagnostics);
    let not_of = fields.string("not_of", diagnostics);
    let is = fields.strings("is", diagnostics);
    let attributes = fields.strings("where", diagnostics);
    fields.finish(&["name", "type", "trusts", "of", "not_of", "is", "where"], diagnostics);
    let mut conditions = Vec::new();
    if !trusts.is_empty() {
        conditions.push(BindCondition::Trusts(trusts.iter().map(|(text, _)| Box::from(*text)).collect()));
    }
    let walks = [(of, BindCondition::Of as fn(_, _) -> _), (not_of, BindCondition::NotOf)];
    for (text, span, condition) in
        walks.into_iter().filter_map(|(said, make)| said.map(|(text, span)| (text, span, make)))
    {
        match text.split_once('.') {
            Some((from, walk))
                if (from == "principal" || earlier.iter().any(|bind| &*bind.name == from)) && WALKS.contains(&walk) =>
            {
                conditions.push(condition(from.into(), walk.into()));
            }
            _ => diagnostics.push(
                Diagnostic::error("library-grant", span, format!("`{text}` does not lead from an earlier variable"))
                    .help(format!("write `variable.walk`; walks: {}", WALKS.join(", "))),
            ),
        }
    }
    for (text, span) in is {
        conditions.push(match text {
            "principal" => BindCondition::IsPrincipal,
            "not-principal" => BindCondition::NotPrincipal,
            "held" => BindCondition::HeldByPrincipal,
            "assumable" => BindCondition::AssumableByPrincipal,
            "running-as-someone" => BindCondition::RunsAsSomeone,
            "made-here" => BindCondition::MadeHere,
            "whole-or-only-part" => BindCondition::WholeOrOnlyPart,
            "in-instance-profile" => BindCondition::InInstanceProfile,
            "managed" => BindCondition::Managed,
            _ => {
                diagnostics.push(
                    Diagnostic::error("library-grant", span, format!("a variable cannot be `{text}`"))
                        .help("one of: principal, not-principal, held, assumable, running-as-someone, made-here, whole-or-only-part, in-instance-profile, managed"),
                );
                continue;
            }
        });
    }
    for (text, _) in attributes {
        let (path, negated, values) = match text.split_once("!=") {
            Some((path, values)) => (path, true, values),
            None => match text.split_once('=') {
                Some((path, values)) => (path, false, values),
                None => (text, false, "*"),
            },
        };
        let values = values
            .split('|')
            .map(|value| if negated { format!("!{}", value.trim()).into() } else { Box::from(value.trim()) })
            .collect();
        conditions.push(BindCondition::Attribute(path.trim().into(), values));
    }
    let Some((name, span)) = name else {
        diagnostics.push(
            Diagnostic::error("missing-key", node.span, "a `bind` has no `name`").help("such as `name = \"role\"`"),
        );
        return None;
    };
    if types.is_empty() && !conditions.iter().any(|c| matches!(c, BindCondition::Of(..) | BindCondition::IsPrincipal)) {
        diagnostics.push(
            Diagnostic::error("library-grant", span, format!("`{name}` has no `type`"))
                .help("name the types of resource that can stand for it"),
        );
    }
    Some(Bind { name: name.into(), types: types.into_iter().map(|(text, _)| Box::from(text)).collect(), conditions })
}
