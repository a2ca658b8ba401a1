//! Statements of policies, with their places.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Text, Value, ValueKind};
use vauban_model::{Diagnostic, FileId, Span};
use vauban_syntax::{Limits, parse_json};

use super::arn::{Names, bare_type, segments};
use super::conditions::{Condition, conditions};
use super::document::{Found, field, find, texts, value_of};
use super::matching::{Choice, Tok, Tri, fits, is_policy_variable, name, pattern};
use super::memo::Texts;

/// Documents in documents and choices in choices are followed this far.
const DEEPEST: usize = 8;

/// A pattern for names of resources.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// As written, in fixed form.
    pub(crate) text: Box<str>,
    toks: Vec<Tok>,
    /// The same with any region: for names whose region nobody knows.
    anywhere: Option<Vec<Tok>>,
    /// Whether it has variables of the policy language.
    variables: bool,
    /// The number of its text, 0 for none.
    number: u32,
}

impl Pattern {
    /// Reads a pattern in fixed form.
    pub(crate) fn new(text: &str) -> Self {
        let parts = segments(text, 6);
        let anywhere = match parts.as_slice() {
            [arn, partition, service, region, account, rest] if !region.is_empty() && *region != "*" => {
                Some(pattern(&format!("{arn}:{partition}:{service}:*:{account}:{rest}")))
            }
            _ => None,
        };
        Pattern { text: text.into(), toks: pattern(text), anywhere, variables: has_variables(text), number: 0 }
    }

    /// Whether it fits a name. `fill` gives the text of a policy variable, or nothing when it is not set.
    pub(crate) fn fits(&self, name: &Name, choice: Choice, fill: &dyn Fn(&str) -> Option<String>) -> Tri {
        if self.variables {
            return match substitute(&self.text, fill) {
                Some(text) => Pattern { variables: false, ..Pattern::new(&text) }.fits(name, choice, fill),
                None => Tri::No,
            };
        }
        let toks = match &self.anywhere {
            Some(anywhere) if name.anywhere || self.text.contains(":${region}:") => anywhere,
            _ => &self.toks,
        };
        fits(toks, &name.toks, choice)
    }

    /// Whether colons before its last part may be taken by wildcards that its parts do not show.
    pub(crate) fn shifts(&self) -> bool {
        self.variables || self.anywhere.is_some()
    }

    /// Gives it the number of its text.
    pub(crate) fn count(&mut self, texts: &mut Texts) {
        self.number = texts.number(&self.text);
    }

    /// The number of its text, where all callers mean the same by it.
    pub(crate) fn number(&self) -> Option<u32> {
        (self.number != 0 && !self.variables).then_some(self.number)
    }

    /// Its parts.
    pub(crate) fn toks(&self) -> &[Tok] {
        &self.toks
    }
}

/// A name that patterns are held against.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    toks: Vec<Tok>,
    /// Whether its region is not known.
    anywhere: bool,
    /// The number of its text, 0 for none.
    number: u32,
}

impl Name {
    /// Reads a name in fixed form.
    pub(crate) fn new(text: &str) -> Self {
        let anywhere = matches!(segments(text, 6).get(3), Some(region) if region.contains("${") || *region == "*");
        Name { toks: name(text), anywhere, number: 0 }
    }

    /// The same with the number of its text.
    pub(crate) fn counted(text: &str, texts: &mut Texts) -> Self {
        Name { number: texts.number(text), ..Name::new(text) }
    }

    /// The number of its text, where it has one.
    pub(crate) fn number(&self) -> Option<u32> {
        (self.number != 0).then_some(self.number)
    }

    /// A pattern whose wildcards the caller fills in.
    pub(crate) fn of(pattern: &Pattern) -> Self {
        Name {
            toks: super::matching::as_name(pattern.toks()),
            anywhere: pattern.anywhere.is_some() && pattern.text.contains(":${region}:"),
            number: 0,
        }
    }
}

/// Whether a text has variables of the policy language.
pub(crate) fn has_variables(text: &str) -> bool {
    text.split("${").skip(1).any(|rest| rest.split_once('}').is_some_and(|(inside, _)| is_policy_variable(inside)))
}

/// A text with its policy variables filled in; nothing when one has no value and no default.
pub(crate) fn substitute(text: &str, fill: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(rest.get(..at)?);
        rest = rest.get(at..)?;
        let Some((inside, after)) = rest.get(2..).and_then(|rest| rest.split_once('}')) else { break };
        if is_policy_variable(inside) && !matches!(inside, "*" | "?" | "$") {
            let (key, default) = match inside.split_once(',') {
                Some((key, default)) => (key, Some(default.trim().trim_matches('\''))),
                None => (inside, None),
            };
            match fill(&key.trim().to_ascii_lowercase()) {
                Some(value) => out.push_str(&value),
                None => out.push_str(default?),
            }
        } else {
            out.push_str(rest.get(..inside.len() + 3)?);
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// The name of an action within its service, and its pattern where it has a star.
type Named = (Box<str>, Option<Vec<Tok>>);

/// The actions of a statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actions {
    by_service: FxHashMap<Box<str>, Vec<Named>>,
    general: Vec<(Box<str>, Vec<Tok>)>,
}

impl Actions {
    /// Adds a pattern such as `iam:Pass*`.
    pub(crate) fn add(&mut self, text: &str) {
        let lower = text.trim().to_ascii_lowercase();
        let wild = |text: &str| text.contains(['*', '?', '$']);
        match lower.split_once(':') {
            Some((service, action)) if !wild(service) => {
                let toks = wild(action).then(|| pattern(action));
                self.by_service.entry(service.into()).or_default().push((action.into(), toks));
            }
            _ => {
                let toks = pattern(if wild(text) { text } else { &lower });
                // Unknown parts keep their case: they are names of the input, not of the provider.
                let toks = toks
                    .into_iter()
                    .map(|tok| if let Tok::Char(c) = tok { Tok::Char(c.to_ascii_lowercase()) } else { tok })
                    .collect();
                self.general.push((lower.into(), toks));
            }
        }
    }

    /// Whether an action in lower case is among them.
    pub(crate) fn fit(&self, action: &str) -> Tri {
        let mut best = Tri::No;
        if let Some((service, rest)) = action.split_once(':')
            && let Some(patterns) = self.by_service.get(service)
        {
            let mut held: Option<Vec<Tok>> = None;
            for (text, toks) in patterns {
                best = best.max(match toks {
                    None => Tri::of(**text == *rest),
                    Some(toks) => fits(toks, held.get_or_insert_with(|| name(rest)), Choice::Some),
                });
                if best == Tri::Yes {
                    return best;
                }
            }
        }
        if !self.general.is_empty() {
            let held = name(action);
            for (_, toks) in &self.general {
                best = best.max(fits(toks, &held, Choice::Some));
            }
        }
        best
    }

    /// Whether an action in lower case is among them, and the pattern that says so.
    pub(crate) fn fits(&self, action: &str) -> (Tri, Option<String>) {
        let mut best = (Tri::No, None);
        if let Some((service, rest)) = action.split_once(':')
            && let Some(patterns) = self.by_service.get(service)
        {
            for (text, toks) in patterns {
                let fit = match toks {
                    None => Tri::of(**text == *rest),
                    Some(toks) => fits(toks, &name(rest), Choice::Some),
                };
                if fit > best.0 {
                    best = (fit, Some(format!("{service}:{text}")));
                }
                if fit == Tri::Yes {
                    return best;
                }
            }
        }
        for (text, toks) in &self.general {
            let fit = fits(toks, &name(action), Choice::Some);
            if fit > best.0 {
                best = (fit, Some(text.to_string()));
            }
        }
        best
    }

    /// Whether nothing is stated.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_service.is_empty() && self.general.is_empty()
    }
}

/// Whom a statement of a resource's policy speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody.
    Anyone,
    /// Everybody with an account of the provider.
    Signed,
    /// An account, by its text: whoever its own policies let.
    Account(String),
    /// One principal by its name.
    Arn(String),
    /// A session of a role, by the name of the role.
    Session(String),
    /// A service of the provider.
    Service(String),
    /// An identity provider.
    Federated(String),
    /// Somebody who cannot be told.
    Unknown(String),
}

/// A statement.
#[derive(Clone, Debug)]
pub(crate) struct Stmt {
    pub(crate) allows: bool,
    pub(crate) not_actions: bool,
    pub(crate) actions: Actions,
    pub(crate) not_resources: bool,
    /// Nothing where the statement names none: the resource that holds it.
    pub(crate) resources: Option<Vec<Pattern>>,
    pub(crate) not_principals: bool,
    pub(crate) principals: Option<Vec<Who>>,
    pub(crate) conditions: Vec<Condition>,
    /// Whether it certainly stands like that.
    pub(crate) certain: bool,
    /// Where it stands; nothing for the provider's own policies.
    pub(crate) span: Option<Span>,
    /// The resource that holds it.
    pub(crate) holder: Option<u32>,
    /// The policy's name and the statement's id.
    pub(crate) label: Text,
}

impl Stmt {
    /// A statement that no policy spells: a permission, a key's grant, an access control list of a resource.
    pub(super) fn admits<'a>(
        holder: (u32, Span),
        label: String,
        actions: impl IntoIterator<Item = &'a str>,
        who: Who,
        conditions: Vec<Condition>,
    ) -> Self {
        let mut listed = Actions::default();
        actions.into_iter().for_each(|action| listed.add(action));
        Stmt {
            allows: true,
            not_actions: false,
            actions: listed,
            not_resources: false,
            resources: None,
            not_principals: false,
            principals: Some(vec![who]),
            conditions,
            certain: true,
            span: Some(holder.1),
            holder: Some(holder.0),
            label: label.into(),
        }
    }
}

/// All statements and what could not be read.
#[derive(Debug, Default)]
pub(crate) struct Statements {
    pub(crate) all: Vec<Stmt>,
    pub(crate) notes: Vec<Diagnostic>,
    /// Whether the document being read is of the language's first version, which has no variables.
    literal: bool,
}

/// A text of the language's first version: what looks like a variable stands for itself.
pub(crate) fn literally(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split("${").enumerate() {
        if at > 0 {
            let variable = part.split_once('}').is_some_and(|(inside, _)| is_policy_variable(inside));
            out.push_str(if variable { "${$}{" } else { "${" });
        }
        out.push_str(part);
    }
    out
}

/// The statements of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) statements: Vec<u32>,
    /// What could not be read of it.
    pub(crate) unknown: Option<Text>,
}

impl Statements {
    /// Reads a document.
    pub(crate) fn read<'e>(&mut self, names: &Names<'e>, value: &'e Value, holder: u32, label: &str) -> Policy {
        let mut policy = Policy::default();
        self.read_into(names, value, (holder, holder), label, true, &mut policy, 0);
        policy
    }

    #[expect(clippy::too_many_arguments, reason = "one recursive step over documents that hold documents")]
    fn read_into<'e>(
        &mut self,
        names: &Names<'e>,
        value: &'e Value,
        (holder, from): (u32, u32),
        label: &str,
        certain: bool,
        policy: &mut Policy,
        depth: usize,
    ) {
        if depth > DEEPEST {
            policy.unknown = Some("a policy that holds itself".into());
            return;
        }
        match find(names, value, from) {
            Found::Nothing => {}
            Found::Document(document, from) => {
                for key in ["sourcepolicydocuments", "overridepolicydocuments", "sourcejson", "overridejson"] {
                    for more in field(document, &[key]).map(Value::each).unwrap_or_default() {
                        self.read_into(names, more, (holder, from), label, certain, policy, depth + 1);
                    }
                }
                self.statements(names, document, (holder, from), label, certain, policy);
            }
            Found::Parsed(document, from) => self.statements(names, &document, (holder, from), label, certain, policy),
            Found::Several(choices, from) => {
                let only = choices.len() == 1;
                for choice in choices {
                    self.read_into(names, choice, (holder, from), label, certain && only, policy, depth + 1);
                }
            }
            Found::Unknown => {
                let text = names.render(value, from, 0);
                let text = if text.len() > 80 || text.is_empty() { "a policy".to_owned() } else { text };
                self.notes.push(
                    Diagnostic::warning(
                        "policy-not-known",
                        value.span,
                        format!("what the policy `{label}` says is not known here"),
                    )
                    .help("give the value it is made from, or a plan of the same configuration"),
                );
                policy.unknown = Some(text.into());
            }
        }
    }

    fn statements(
        &mut self,
        names: &Names<'_>,
        document: &Value,
        (holder, from): (u32, u32),
        label: &str,
        certain: bool,
        policy: &mut Policy,
    ) {
        let Some(list) = field(document, &["statement", "statements"]) else {
            // A document of blocks that only joins others has none of its own.
            if field(document, &["sourcepolicydocuments", "overridepolicydocuments", "sourcejson", "overridejson"])
                .is_none()
            {
                self.malformed(document.span, label, "it has no statement");
            }
            return;
        };
        // Documents made of blocks are of the second version unless they say otherwise.
        let blocks = bare_type(names.estate.resource(from)) == "aws_iam_policy_document";
        self.literal = match field(document, &["version"]).map(|value| names.render(value, from, 0)) {
            Some(version) => version.starts_with("2008"),
            None => !blocks,
        };
        for item in list.each() {
            match &item.open().kind {
                ValueKind::Null => {}
                ValueKind::OneOf(choices) => {
                    for choice in choices.iter().flat_map(Value::each) {
                        if choice.as_map().is_some() {
                            self.statement(names, choice, (holder, from), label, false, policy);
                        }
                    }
                }
                ValueKind::Map(_) | ValueKind::Document(_) => {
                    self.statement(names, item, (holder, from), label, certain, policy);
                }
                ValueKind::List(items) => {
                    for item in items.iter().filter(|item| item.as_map().is_some()) {
                        self.statement(names, item, (holder, from), label, certain, policy);
                    }
                }
                _ => {
                    self.malformed(item.span, label, "a statement is not known");
                    policy.unknown = Some(names.render(item, from, 0).into());
                }
            }
        }
    }

    fn malformed(&mut self, span: Span, label: &str, what: &str) {
        self.notes.push(
            Diagnostic::warning("policy-statement-odd", span, format!("in the policy `{label}`: {what}"))
                .help("it counts as not known; write it as the provider's policy language has it"),
        );
    }

    fn statement(
        &mut self,
        names: &Names<'_>,
        item: &Value,
        (holder, from): (u32, u32),
        label: &str,
        certain: bool,
        policy: &mut Policy,
    ) {
        let mut certain = certain;
        let scope = names.scope_of(holder);
        let effect = field(item, &["effect"]).map(|value| names.render(value, from, 0));
        let allows = match effect.as_deref() {
            // Blocks of `aws_iam_policy_document` allow unless they say otherwise.
            Some("Allow") | None => true,
            Some("Deny") => false,
            Some(other) => {
                self.malformed(item.span, label, &format!("the effect `{other}` is neither Allow nor Deny"));
                certain = false;
                !other.eq_ignore_ascii_case("deny")
            }
        };
        let mut actions = Actions::default();
        let (positive, negative) = (field(item, &["action", "actions"]), field(item, &["notaction", "notactions"]));
        let not_actions = positive.is_none_or(|value| value.each().is_empty()) && negative.is_some();
        let stated = if not_actions { negative } else { positive };
        if let Some(value) = stated {
            let (list, sure) = texts(names, value, from);
            certain &= sure;
            for (text, span) in list {
                if text != "*" && !text.contains(':') && !text.contains("${") && !text.contains('*') {
                    self.malformed(span, label, &format!("the action `{text}` has no service before it"));
                }
                actions.add(&text);
            }
        }
        if actions.is_empty() {
            self.malformed(item.span, label, "a statement names no action");
            return;
        }
        let (positive, negative) =
            (field(item, &["resource", "resources"]), field(item, &["notresource", "notresources"]));
        let not_resources = positive.is_none_or(|value| value.each().is_empty()) && negative.is_some();
        let resources = (if not_resources { negative } else { positive }).map(|value| {
            let (list, sure) = texts(names, value, from);
            certain &= sure;
            let read = |text: &str| match self.literal {
                true => Pattern::new(&names.canonical(&literally(text), &scope)),
                false => Pattern::new(&names.canonical(text, &scope)),
            };
            list.iter().map(|(text, _)| read(text)).collect::<Vec<_>>()
        });
        let (positive, negative) =
            (field(item, &["principal", "principals"]), field(item, &["notprincipal", "notprincipals"]));
        let not_principals = positive.is_none() && negative.is_some();
        let principals = positive.or(negative).map(|value| {
            let mut out = Vec::new();
            certain &= principals(names, value, from, &scope, &mut out);
            out
        });
        let conditions = field(item, &["condition", "conditions"])
            .map(|value| conditions(names, value, from, &mut certain))
            .unwrap_or_default();
        let conditions = match self.literal {
            true => conditions.into_iter().map(Condition::literal).collect(),
            false => conditions,
        };
        let sid = field(item, &["sid"]).map(|value| names.render(value, from, 0)).filter(|sid| !sid.is_empty());
        let label = match sid {
            Some(sid) => format!("{label} ({sid})"),
            None => label.to_owned(),
        };
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(Stmt {
            allows,
            not_actions,
            actions,
            not_resources,
            resources,
            not_principals,
            principals,
            conditions,
            certain,
            span: Some(item.span),
            holder: Some(holder),
            label: label.into(),
        });
        policy.statements.push(number);
    }

    /// Reads one of the provider's own policies from its lines in the library's table.
    pub(crate) fn managed(&mut self, name: &str, lines: &str) -> Policy {
        let mut policy = Policy::default();
        let nowhere = Span::new(FileId(u32::MAX), 1, 1, 0);
        for line in lines.lines() {
            let mut columns = line.split('\t');
            let (Some(effect), Some(listed)) = (columns.next(), columns.next()) else { continue };
            let (resources, tests) = (columns.next().unwrap_or_default(), columns.next().unwrap_or_default());
            let mut actions = Actions::default();
            for group in listed.split(' ') {
                match group.split_once(':') {
                    Some((service, list)) => list.split(',').for_each(|one| actions.add(&format!("{service}:{one}"))),
                    None => actions.add(group),
                }
            }
            let not_resources = resources.starts_with('!');
            let resources = if resources.is_empty() { "*" } else { resources.trim_start_matches("! ") };
            let mut conditions_read = Vec::new();
            if !tests.is_empty() {
                let mut ignored = Vec::new();
                if let Some(node) = parse_json(nowhere.file, tests, &Limits::default(), &mut ignored) {
                    conditions_read = super::conditions::known(&value_of(&node, nowhere, 0));
                }
            }
            let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
            self.all.push(Stmt {
                allows: effect.starts_with('+'),
                not_actions: effect.ends_with('!'),
                actions,
                not_resources,
                resources: Some(resources.split(' ').map(Pattern::new).collect()),
                not_principals: false,
                principals: None,
                conditions: conditions_read,
                certain: true,
                span: None,
                holder: None,
                label: name.into(),
            });
            policy.statements.push(number);
        }
        policy
    }
}

/// Reads whom a statement speaks of; whether all of it could be read.
fn principals(names: &Names<'_>, value: &Value, from: u32, scope: &str, out: &mut Vec<Who>) -> bool {
    let mut certain = true;
    // Blocks: `principals { type, identifiers }`, any number of them.
    let blocks: Vec<&Value> = value.each().iter().filter(|item| field(item, &["identifiers"]).is_some()).collect();
    if !blocks.is_empty() {
        for block in blocks {
            let kind = field(block, &["type"]).map(|value| names.render(value, from, 0)).unwrap_or_default();
            if let Some(identifiers) = field(block, &["identifiers"]) {
                certain &= named(names, &kind, identifiers, from, scope, out);
            }
        }
        return certain;
    }
    match value.as_map().or_else(|| match value.as_list() {
        Some([one]) => one.as_map(),
        _ => None,
    }) {
        Some(entries) => {
            for (kind, identifiers) in entries {
                certain &= named(names, kind, identifiers, from, scope, out);
            }
        }
        None => certain &= named(names, "AWS", value, from, scope, out),
    }
    certain
}

fn named(names: &Names<'_>, kind: &str, value: &Value, from: u32, scope: &str, out: &mut Vec<Who>) -> bool {
    let (list, certain) = texts(names, value, from);
    for (text, _) in list {
        let kind = kind.to_ascii_lowercase();
        out.push(match kind.as_str() {
            "*" => Who::Anyone,
            "service" => Who::Service(text.to_ascii_lowercase()),
            "federated" => Who::Federated(names.canonical(&text, scope)),
            "canonicaluser" | "canonical_user" => Who::Unknown(text),
            "aws" => aws_principal(names, &text, scope),
            _ => Who::Unknown(text),
        });
    }
    certain
}

/// An `AWS` principal: everybody, an account, or one user, role or session.
fn aws_principal(names: &Names<'_>, text: &str, scope: &str) -> Who {
    if text == "*" {
        return Who::Anyone;
    }
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Who::Account(text.to_owned());
    }
    let canonical = names.canonical(text, scope);
    let parts = segments(&canonical, 6);
    if let [_, _, service, _, account, name] = parts.as_slice() {
        if *name == "root" {
            return Who::Account((*account).to_owned());
        }
        // A session of a role is that role for our purposes: whoever has the role can start one.
        if *service == "sts"
            && let Some(rest) = name.strip_prefix("assumed-role/")
        {
            let role = rest.split('/').next().unwrap_or(rest);
            return Who::Session(format!("arn:aws:iam::{account}:role/{role}"));
        }
        return Who::Arn(canonical);
    }
    if let Some(inside) = text.strip_prefix("${").and_then(|text| text.strip_suffix('}')) {
        if inside == "account" || inside.starts_with("account:") {
            return Who::Account(text.to_owned());
        }
        if inside.contains("account") && !inside.contains("arn") {
            return Who::Account(names.account_named(text, scope));
        }
    }
    Who::Unknown(text.to_owned())
}

/// A principal that stands alone: a service by its host name, or as under `AWS`.
pub(crate) fn principal_text(names: &Names<'_>, text: &str, scope: &str) -> Who {
    if text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn") {
        return Who::Service(text.to_ascii_lowercase());
    }
    aws_principal(names, text, scope)
}
