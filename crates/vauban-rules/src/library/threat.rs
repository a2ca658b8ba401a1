//! Threats: one page each, checked and compiled.

use vauban_model::library::{Maturity, Threat, ThreatControl};
use vauban_model::model::{Model, Value};
use vauban_model::scale::{Level, Likelihood, Stride};
use vauban_model::state::{KindsOfData, StateTemplate, StepTemplate, Verb};
use vauban_model::vocabulary::{Domain, RELATIONS, Relation, fact};
use vauban_model::{Diagnostic, Span, did_you_mean};
use vauban_syntax::{Fields, Limits, parse_toml};

use super::grant::GrantWords;
use super::page::Page;
use super::template::{self, Template};
use super::{Library, LibraryFile, Override};
use crate::condition::ast::Condition;
use crate::condition::parse::{self, ConditionError, Names};

/// A control named by a threat, and where it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlUse {
    /// The control's index.
    pub control: u32,
    /// From the bound element to where the control would be.
    pub walk: Vec<Relation>,
    /// Likelihood levels it takes away; `None`: it stops the threat.
    pub weakens: Option<u8>,
}

/// How one threat is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreatRule {
    /// Where it applies.
    pub when: Condition,
    /// Clauses that raise (or lower) the severity: the last that holds wins.
    pub raise: Vec<(Condition, Level)>,
    /// Controls, most natural first; stopping ones before weakening ones.
    pub controls: Vec<ControlUse>,
    /// The title.
    pub title: Template,
    /// The sentence.
    pub says: Template,
    /// What the attacker does, as a part of a story: `exploits the upload of {component} to run code on it`. Empty for
    /// threats that lead nowhere.
    pub step: Template,
}

/// The file name without folder and ending.
pub(crate) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Turns an error in a condition into a diagnostic at the right line and column of its file.
pub(crate) fn condition_error(error: &ConditionError, text: &str, span: Span, file: &LibraryFile<'_>) -> Diagnostic {
    // TOML gives the place of the opening quote. A condition in ''' … ''' starts on the line below when it begins
    // with a line break, which TOML drops; the text after the quote in the file tells.
    let before = &text[..error.offset.min(text.len())];
    let opening = file.text.lines().nth(span.line.saturating_sub(1) as usize).unwrap_or("");
    let from_quote: String = opening.chars().skip(span.column.saturating_sub(1) as usize).collect();
    let long = from_quote.starts_with("'''") || from_quote.starts_with("\"\"\"");
    let quote = if long { 3 } else { 1 };
    let starts_below = long && from_quote.len() == 3;
    let line_in_text = u32::try_from(before.matches('\n').count()).unwrap_or(0);
    let last_line = before.rsplit('\n').next().unwrap_or("");
    let column_in_text = u32::try_from(last_line.chars().count()).unwrap_or(0);
    let (line, column) = if line_in_text == 0 && !starts_below {
        (span.line, span.column + quote + column_in_text)
    } else {
        (span.line + line_in_text + u32::from(starts_below), column_in_text + 1)
    };
    let length = u32::try_from(error.length.max(1)).unwrap_or(1);
    let mut diagnostic =
        Diagnostic::error("condition", Span::new(span.file, line, column, length), error.message.clone());
    diagnostic.help = error.help.clone();
    diagnostic
}

/// Parses `verb walk`, such as `run-code component.runtime_neighbours`.
pub(crate) fn state_template(text: &str, domain: Domain) -> Result<StateTemplate, String> {
    let Some((verb, walk)) = text.trim().split_once(char::is_whitespace) else {
        return Err(format!(
            "`{text}` is not a state: write a verb and an element, such as `reach {}`",
            domain.as_str()
        ));
    };
    let Some(verb_found) = Verb::parse(verb) else {
        let words = Verb::ALL.map(Verb::as_str);
        let help = did_you_mean(verb, words)
            .map_or_else(|| format!("one of: {}", words.join(", ")), |word| format!("did you mean `{word}`?"));
        return Err(format!("there is no state `{verb}`; {help}"));
    };
    let (walk, kinds) = kinds_of_data(walk)?;
    let mut parts = walk.trim().split('.');
    if parts.next() != Some(domain.as_str()) {
        return Err(format!("the walk in `{text}` must start at `{}`", domain.as_str()));
    }
    let mut relations = Vec::new();
    let mut at = domain;
    for name in parts {
        let Some(relation) = Relation::parse(at, name) else {
            let known = RELATIONS.iter().filter(|relation| relation.on == at).map(|relation| relation.id);
            let help = did_you_mean(name, known).map(|word| format!("; did you mean `{word}`?")).unwrap_or_default();
            return Err(format!("a {} has no relation `{name}`{help}", at.as_str()));
        };
        relations.push(relation);
        at = relation.definition().to;
    }
    if relations.len() > 2 {
        return Err(format!("the walk in `{text}` is too long: two relations at most"));
    }
    if !verb_found.fits(at) {
        return Err(format!("nobody can `{verb}` a {}", at.as_str()));
    }
    if kinds.is_some() && at != Domain::Data {
        return Err(format!("`{text}` ends at a {}, and only data is of a kind", at.as_str()));
    }
    Ok(StateTemplate { verb: verb_found, walk: relations, kinds })
}

/// Parts the walk from what may follow it: `of order, payment-card` or `except credentials`.
fn kinds_of_data(walk: &str) -> Result<(&str, Option<KindsOfData>), String> {
    let walk = walk.trim();
    let Some((walk, rest)) = walk.split_once(char::is_whitespace) else { return Ok((walk, None)) };
    let (left_out, words) = match rest.trim().split_once(char::is_whitespace) {
        Some(("of", words)) => (false, words),
        Some(("except", words)) => (true, words),
        _ => return Err(format!("after `{walk}` only `of` or `except` and kinds of data can follow")),
    };
    let kind = |word: &str| {
        vauban_model::model::symbol_of(fact::DATA_KINDS, word.trim())
            .ok_or_else(|| format!("there is no kind of data `{}`", word.trim()))
    };
    let kinds = words.split(',').map(kind).collect::<Result<Vec<_>, _>>()?;
    Ok((walk, Some(KindsOfData { kinds, left_out })))
}

/// Reads and compiles one threat page. What is broken is reported; `None` when nothing usable is left. A page that
/// `replaces` one of ours must say why, with `reason`; until it does, ours stands.
pub fn read(
    file: &LibraryFile<'_>,
    library: &Library,
    replaces: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Threat, ThreatRule)> {
    let before = diagnostics.len();
    let page = Page::read(file, diagnostics)?;
    let root = parse_toml(file.id, page.front, page.front_offset, &Limits::default(), diagnostics)?;
    let mut fields = Fields::new(&root, "a threat", diagnostics)?;
    let missing = |key: &str, help: &str, diagnostics: &mut Vec<Diagnostic>| {
        let span = Span::new(file.id, 1, 1, 0);
        diagnostics
            .push(Diagnostic::error("missing-key", span, format!("the threat has no `{key}`")).help(help.to_owned()));
    };

    let on = match fields.string("on", diagnostics) {
        Some((word, span)) => Domain::parse(word).or_else(|| {
            let words = Domain::ALL.map(Domain::as_str).join(", ");
            diagnostics.push(
                Diagnostic::error("unknown-word", span, format!("there is no kind of element `{word}`"))
                    .help(format!("one of: {words}")),
            );
            None
        }),
        None => {
            missing("on", "add `on = \"component\"` or another kind of element", diagnostics);
            None
        }
    };
    let word = |found: Option<(&str, Span)>, key: &str, words: &[&str], diagnostics: &mut Vec<Diagnostic>| -> usize {
        match found {
            Some((text, span)) => words.iter().position(|word| *word == text).unwrap_or_else(|| {
                let help = did_you_mean(text, words.iter().copied())
                    .map_or_else(|| format!("one of: {}", words.join(", ")), |word| format!("did you mean `{word}`?"));
                diagnostics
                    .push(Diagnostic::error("unknown-word", span, format!("`{key}` cannot be `{text}`")).help(help));
                1
            }),
            None => {
                let span = Span::new(file.id, 1, 1, 0);
                diagnostics.push(
                    Diagnostic::error("missing-key", span, format!("the threat has no `{key}`"))
                        .help(format!("one of: {}", words.join(", "))),
                );
                1
            }
        }
    };
    let found = fields.string("severity", diagnostics);
    let severity = Level::ALL[word(found, "severity", &Level::ALL.map(Level::as_str), diagnostics)];
    let found = fields.string("likelihood", diagnostics);
    let likelihood = Likelihood::ALL[word(found, "likelihood", &Likelihood::ALL.map(Likelihood::as_str), diagnostics)];
    let stages = [Maturity::Experimental, Maturity::Stable, Maturity::Deprecated];
    let status = fields.string("status", diagnostics);
    let words = ["experimental", "stable", "deprecated"];
    let status = status.and_then(|found| super::one_of(found, "status", &words, diagnostics));
    let maturity = status.map_or(Maturity::Stable, |at| stages[at]);
    let mut stride = Vec::new();
    for (letter, span) in fields.strings("stride", diagnostics) {
        match Stride::parse(letter) {
            Some(letter) => stride.push(letter),
            None => diagnostics.push(
                Diagnostic::error("unknown-word", span, format!("`{letter}` is no letter of STRIDE"))
                    .help("one of: S T R I D E"),
            ),
        }
    }
    stride.sort_unstable();
    stride.dedup();
    let boxed = |list: Vec<(&str, Span)>| list.into_iter().map(|(text, _)| Box::from(text)).collect::<Vec<Box<str>>>();
    let attack = boxed(fields.strings("attack", diagnostics));
    let cwe = boxed(fields.strings("cwe", diagnostics));
    let capec = boxed(fields.strings("capec", diagnostics));
    let aliases = boxed(fields.strings("aliases", diagnostics));
    let detect = boxed(fields.strings("detect", diagnostics));
    let about_model = fields.bool("about_model", diagnostics).is_some_and(|(value, _)| value);
    let hypothesis = fields.bool("hypothesis", diagnostics).is_some_and(|(value, _)| value);
    let only_in_paths = fields.bool("only_in_paths", diagnostics).is_some_and(|(value, _)| value);
    let supposes = fields.string("supposes", diagnostics).map_or("", |(text, _)| text.trim());
    let when_text = fields.string("when", diagnostics);
    let needs_text = fields.strings("needs", diagnostics);
    let gains_text = fields.strings("gains", diagnostics);
    let stopped_by = fields.strings("stopped_by", diagnostics);
    let weakened_by = fields.strings("weakened_by", diagnostics);
    let title_text = fields.string("title", diagnostics);
    let says_text = fields.string("says", diagnostics);
    let step_text = fields.string("step", diagnostics);
    let cloud = fields.string("cloud", diagnostics);
    let permissions_text = fields.strings("permissions", diagnostics);
    let anyone = fields.bool("anyone", diagnostics).is_some_and(|(value, _)| value);
    let outside = fields.bool("outside", diagnostics).is_some_and(|(value, _)| value);
    let builds = fields.string("builds", diagnostics);
    let bind_nodes = fields.sequence("bind", diagnostics).unwrap_or_default();
    let reason = fields.string("reason", diagnostics).map_or("", |(text, _)| text.trim());
    if replaces && reason.is_empty() {
        let id = stem(file.path);
        diagnostics.push(
            Diagnostic::error(
                "missing-key",
                Span::new(file.id, 1, 1, 0),
                format!("the page replaces our threat `{id}` and gives no `reason`"),
            )
            .help("add `reason = \"…\"`; until then ours stays in force"),
        );
        return None;
    }
    let raise_nodes = fields.sequence("raise", diagnostics).unwrap_or_default();
    let known = [
        "on",
        "severity",
        "likelihood",
        "status",
        "stride",
        "attack",
        "cwe",
        "capec",
        "aliases",
        "detect",
        "when",
        "needs",
        "gains",
        "stopped_by",
        "weakened_by",
        "title",
        "says",
        "raise",
        "about_model",
        "hypothesis",
        "only_in_paths",
        "supposes",
        "step",
        "reason",
        "cloud",
        "permissions",
        "anyone",
        "outside",
        "builds",
        "bind",
    ];
    fields.finish(&known, diagnostics);
    if stride.is_empty() {
        missing("stride", "add the letters it stands for, such as `stride = [\"T\"]`", diagnostics);
    }
    let on = on?;
    // A threat that rests on permissions says in its own words what it needs and gains; it has no condition over facts.
    let grant = cloud.map(|cloud| {
        let words = GrantWords {
            cloud,
            anyone,
            outside,
            builds,
            permissions: &permissions_text,
            binds: bind_nodes,
            needs: &needs_text,
            gains: &gains_text,
            title: title_text,
            says: says_text,
            step: step_text,
        };
        super::grant::read(&words, on, Span::new(file.id, 1, 1, 0), diagnostics)
    });
    let is_grant = grant.is_some();

    let compile = |text: &str, span: Span, diagnostics: &mut Vec<Diagnostic>| match parse::parse(text, on, library) {
        Ok(condition) => condition,
        Err(error) => {
            diagnostics.push(condition_error(&error, text, span, file));
            super::never()
        }
    };
    let when = match when_text {
        Some((text, span)) => compile(text, span, diagnostics),
        None if is_grant => super::never(),
        None => {
            missing("when", "add the condition that says where it applies", diagnostics);
            super::never()
        }
    };
    let mut raise = Vec::new();
    for node in raise_nodes {
        let Some(mut fields) = Fields::new(node, "a `raise`", diagnostics) else { continue };
        let when = fields.string("when", diagnostics);
        let to = fields.string("to", diagnostics);
        fields.finish(&["when", "to"], diagnostics);
        let known = to.is_some();
        let level = to.and_then(|to| super::one_of(to, "to", &Level::ALL.map(Level::as_str), diagnostics));
        match (when, level) {
            (Some((text, span)), Some(at)) => raise.push((compile(text, span, diagnostics), Level::ALL[at])),
            (Some(_), None) if known => {}
            _ => diagnostics.push(
                Diagnostic::error("missing-key", node.span, "a `raise` needs `when` and `to`")
                    .help("for instance [[raise]] when = '…' to = \"high\""),
            ),
        }
    }

    let mut step = StepTemplate::default();
    for (text, span) in needs_text.into_iter().filter(|_| !is_grant) {
        let mut choices = Vec::new();
        for choice in text.split('|') {
            match state_template(choice, on) {
                Ok(state) => choices.push(state),
                Err(message) => diagnostics.push(Diagnostic::error("library-state", span, message)),
            }
        }
        step.needs.push(choices);
    }
    for (text, span) in gains_text.into_iter().filter(|_| !is_grant) {
        match state_template(text, on) {
            Ok(state) => step.gains.push(state),
            Err(message) => diagnostics.push(Diagnostic::error("library-state", span, message)),
        }
    }

    let mut controls = Vec::new();
    let mut uses = Vec::new();
    let listed =
        stopped_by.into_iter().map(|item| (item, false)).chain(weakened_by.into_iter().map(|item| (item, true)));
    for ((text, span), weakening) in listed {
        match control_use(text, weakening, on, library) {
            Ok(found) => {
                let control = &library.controls[found.control as usize];
                controls.push(ThreatControl { control: control.id.clone(), weakens: found.weakens });
                uses.push(found);
            }
            Err((message, help)) => diagnostics.push(Diagnostic::error("unknown-control", span, message).help(help)),
        }
    }

    let mut variables = Vec::new();
    when.variables(&mut variables);
    let sentence = |found: Option<(&str, Span)>, key: &str, diagnostics: &mut Vec<Diagnostic>| match found {
        Some(_) if is_grant => Vec::new(),
        Some((text, span)) => template::parse(text, on, &variables).unwrap_or_else(|message| {
            diagnostics.push(Diagnostic::error("library-sentence", span, message));
            Vec::new()
        }),
        None => {
            let span = Span::new(file.id, 1, 1, 0);
            diagnostics.push(
                Diagnostic::error("missing-key", span, format!("the threat has no `{key}`"))
                    .help(format!("write a sentence that names the elements: `{key} = \"… {{{}}} …\"`", on.as_str())),
            );
            Vec::new()
        }
    };
    let title = sentence(title_text, "title", diagnostics);
    let says = sentence(says_text, "says", diagnostics);
    // Told in the third person, after "an attacker … "; only threats that lead on need one.
    let step_sentence = if step_text.is_some() { sentence(step_text, "step", diagnostics) } else { Vec::new() };

    // A threat with an error in it must not say anything; it is still known by name.
    let broken = diagnostics[before..].iter().any(|d| d.severity == vauban_model::Severity::Error);
    let family = file.path.split('/').rev().nth(1).unwrap_or("");
    let threat = Threat {
        id: stem(file.path).into(),
        family: family.into(),
        title: page.title.into(),
        summary: page.summary.into(),
        on,
        maturity,
        stride,
        attack,
        cwe,
        capec,
        severity,
        likelihood,
        step,
        controls,
        aliases,
        detect,
        why: page.section("Why it matters").into(),
        remedy: page.section("What to do").into(),
        acceptable: page.section("When it is acceptable").into(),
        file: if file.built_in { format!("library/{}", file.path).into() } else { file.path.into() },
        condition: when_text.map_or("", |(text, _)| text.trim()).into(),
        about_model,
        hypothesis,
        only_in_paths,
        supposes: supposes.into(),
        grant: grant.flatten(),
    };
    let rule = ThreatRule {
        when: if broken { super::never() } else { when },
        raise,
        controls: uses,
        title,
        says,
        step: step_sentence,
    };
    Some((threat, rule))
}

/// Parses `control`, `control:levels` and `control@flow.target`.
fn control_use(text: &str, weakening: bool, on: Domain, library: &Library) -> Result<ControlUse, (String, String)> {
    let (text, place) = text.split_once('@').map_or((text, None), |(name, walk)| (name, Some(walk)));
    let (place, levels_behind) = match place.and_then(|place| place.split_once(':')) {
        Some((walk, levels)) => (Some(walk), Some(levels)),
        None => (place, None),
    };
    let (name, levels) = text.split_once(':').map_or((text, levels_behind), |(name, levels)| (name, Some(levels)));
    let name = name.trim();
    let Some(control) = library.control(name) else {
        let help = did_you_mean(name, Names::controls(library)).map_or_else(
            || "`vauban library list controls` names all".to_owned(),
            |id| format!("did you mean `{id}`?"),
        );
        return Err((format!("there is no control `{name}`"), help));
    };
    let weakens = match (weakening, levels) {
        (true, Some(levels)) => match levels.trim().parse::<u8>() {
            Ok(levels @ 1..=4) => Some(levels),
            _ => return Err((format!("`{levels}` is no number of likelihood levels"), "write 1 to 4".to_owned())),
        },
        (true, None) => Some(1),
        (false, _) => None,
    };
    let mut walk = Vec::new();
    let mut at = on;
    if let Some(place) = place {
        let mut parts = place.trim().split('.');
        if parts.next() != Some(on.as_str()) {
            let help = format!("write `{name}@{}.…`, or `{name}` alone for the element itself", on.as_str());
            return Err((format!("the place of `{name}` must start at `{}`", on.as_str()), help));
        }
        for part in parts {
            let Some(relation) = Relation::parse(at, part) else {
                let known = RELATIONS.iter().filter(|relation| relation.on == at).map(|relation| relation.id);
                let help = did_you_mean(part, known.clone()).map_or_else(
                    || format!("one of: {}", known.collect::<Vec<_>>().join(", ")),
                    |word| format!("did you mean `{word}`?"),
                );
                return Err((format!("a {} has no relation `{part}`", at.as_str()), help));
            };
            walk.push(relation);
            at = relation.definition().to;
        }
    }
    let stated_on = &library.controls[control as usize].on;
    // A control on a boundary or on the system holds for the components and flows inside.
    let fits = stated_on.contains(&at)
        || matches!(at, Domain::Component | Domain::Flow | Domain::Boundary)
            && stated_on.iter().any(|d| matches!(d, Domain::System | Domain::Boundary))
        || stated_on.contains(&Domain::System);
    if !fits {
        let places = stated_on.iter().map(|d| d.as_str()).collect::<Vec<_>>().join(", ");
        return Err((
            format!("the control `{name}` is not stated on a {}", at.as_str()),
            format!("it is stated on: {places}; say where to look, such as `{name}@flow.target`"),
        ));
    }
    Ok(ControlUse { control, walk, weakens })
}

/// Reads an organisation's `overrides.toml`: `[[override]] threat, disabled, severity, likelihood, reason`.
pub fn read_overrides(file: &LibraryFile<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Override> {
    let Some(root) = parse_toml(file.id, file.text, 0, &Limits::default(), diagnostics) else { return Vec::new() };
    let Some(mut fields) = Fields::new(&root, "the overrides", diagnostics) else { return Vec::new() };
    let mut out = Vec::new();
    for node in fields.sequence("override", diagnostics).unwrap_or_default() {
        let Some(mut fields) = Fields::new(node, "an override", diagnostics) else { continue };
        let threat = fields.string("threat", diagnostics);
        let disabled = fields.bool("disabled", diagnostics).is_some_and(|(value, _)| value);
        let severity = fields.string("severity", diagnostics);
        let words = Level::ALL.map(Level::as_str);
        let severity = severity.and_then(|found| super::one_of(found, "severity", &words, diagnostics));
        let likelihood = fields.string("likelihood", diagnostics);
        let words = Likelihood::ALL.map(Likelihood::as_str);
        let likelihood = likelihood.and_then(|found| super::one_of(found, "likelihood", &words, diagnostics));
        let (severity, likelihood) = (severity.map(|at| Level::ALL[at]), likelihood.map(|at| Likelihood::ALL[at]));
        let reason = fields.string("reason", diagnostics).map_or("", |(text, _)| text.trim());
        fields.finish(&["threat", "disabled", "severity", "likelihood", "reason"], diagnostics);
        let Some((threat, _)) = threat else {
            diagnostics.push(Diagnostic::error("missing-key", node.span, "an override names no `threat`"));
            continue;
        };
        if reason.is_empty() {
            diagnostics.push(
                Diagnostic::error("missing-key", node.span, format!("the override of `{threat}` gives no `reason`"))
                    .help("say why; the override is left out until then"),
            );
            continue;
        }
        out.push(Override { threat: threat.into(), disabled, severity, likelihood, reason: reason.into() });
    }
    fields.finish(&["override"], diagnostics);
    out
}

/// The value of a fact in the words of the model, for sentences and evidence.
pub fn value_text(model: &Model, id: vauban_model::vocabulary::FactId, value: &Value) -> String {
    use vauban_model::vocabulary::FactType;
    let words = match id.definition().ty {
        FactType::Enum(words) | FactType::Set(words) => Some(words),
        _ => None,
    };
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Symbol(symbol) => words.map_or("?", |words| words.word(*symbol)).to_owned(),
        Value::Symbols(symbols) => {
            symbols.iter().map(|symbol| words.map_or("?", |words| words.word(*symbol))).collect::<Vec<_>>().join(", ")
        }
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Words(list) => list.iter().map(|word| &**word).collect::<Vec<_>>().join(", "),
        Value::References(list) if list.is_empty() => "nothing".to_owned(),
        Value::References(list) => {
            let FactType::References(domain) = id.definition().ty else { return String::new() };
            let names = list
                .iter()
                .map(|index| model.name(vauban_model::model::ElementRef { domain, index: *index }).to_owned());
            names.collect::<Vec<_>>().join(", ")
        }
    }
}
