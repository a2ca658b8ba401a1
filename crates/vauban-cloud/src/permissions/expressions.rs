//! Conditions on grants of Google Cloud and Azure: what of them can be told from the configuration.
//!
//! Google Cloud writes them in the Common Expression Language. Names, types and services of resources are compared; a
//! moment counts as past when it was before this rule was written, as there is no clock here. Azure's condition language
//! is looked through for the roles that may be assigned. Whatever else a condition says, it may hold.

use vauban_model::resource::Text;

use super::aws::matching::{Choice, Tri, fits, name, pattern};
use super::{Target, bindings};
use crate::Estate;

/// A condition on a grant.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    /// Its text; empty when it is not known.
    pub(super) text: Text,
    /// Whether a role that it names can be given to rule the account: what a limit on roles to be granted comes to.
    pub(super) rules: bool,
}

/// Moments before this one are past.
pub(super) const WRITTEN: &str = "2026-01-01";
/// How deep expressions are nested.
const DEEPEST: usize = 24;

/// The clauses of a condition of Azure, of which each has to hold.
fn clauses(text: &str, depth: usize) -> Vec<&str> {
    let text = text.trim();
    if let Some(inside) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'))
        && balanced(inside)
        && depth < DEEPEST
    {
        return clauses(inside, depth + 1);
    }
    let parts = split(text, " and ");
    let whole = parts.len() < 2 || depth >= DEEPEST || split(text, " or ").len() > 1;
    if whole { vec![text] } else { parts.into_iter().flat_map(|part| clauses(part, depth + 1)).collect() }
}

/// Whether a clause, in lower case, leaves an action alone: `!(ActionMatches{'…'}) OR …` is about the actions it names.
fn is_about_others(clause: &str, action: &str) -> bool {
    let mut named = clause.split("actionmatches").skip(1).peekable();
    let bare: String = clause.split_whitespace().collect();
    let negated = bare.matches("actionmatches{").count() == bare.matches("!(actionmatches{").count();
    named.peek().is_some()
        && negated
        && split(clause, " or ").len() > 1
        && named.all(|rest| {
            let inside = rest.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(inside, _)| inside);
            let mut patterns = inside.unwrap_or("*").split(',').map(|one| one.trim().trim_matches(['\'', '"']));
            patterns.all(|one| fits(&pattern(one), &name(action), Choice::Some) == Tri::No)
        })
}

/// What a condition is asked about.
pub(super) struct Asked<'a> {
    pub(super) action: &'a str,
    /// Names that the target may have; none when nobody knows.
    pub(super) name: Option<String>,
}

impl Condition {
    /// Whether it holds.
    pub(super) fn holds(&self, asked: &Asked<'_>) -> Tri {
        let lower = self.text.to_ascii_lowercase();
        if lower.contains("actionmatches") {
            let flat = lower.split_whitespace().collect::<Vec<&str>>().join(" ");
            if clauses(&flat, 0).iter().all(|clause| is_about_others(clause, asked.action)) {
                return Tri::Yes;
            }
        }
        if lower.contains("roleassignments:roledefinitionid") {
            let assigns = asked.action.contains("roleassignments/write");
            return if assigns && !self.rules { Tri::No } else { Tri::Maybe };
        }
        if lower.contains("@resource[") || lower.contains("actionmatches") || self.text.is_empty() {
            return Tri::Maybe;
        }
        self.either(&self.text, asked, 0)
    }

    fn either(&self, text: &str, asked: &Asked<'_>, depth: usize) -> Tri {
        if depth > DEEPEST {
            return Tri::Maybe;
        }
        let parts = split(text, "||");
        if parts.len() > 1 {
            return parts.iter().map(|part| self.either(part, asked, depth + 1)).max().unwrap_or(Tri::Maybe);
        }
        let parts = split(text, "&&");
        if parts.len() > 1 {
            return parts.iter().map(|part| self.either(part, asked, depth + 1)).min().unwrap_or(Tri::Maybe);
        }
        let text = text.trim();
        if let Some(rest) = text.strip_prefix('!').filter(|rest| !rest.starts_with('=')) {
            return self.either(rest, asked, depth + 1).not();
        }
        if let Some(inside) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'))
            && balanced(inside)
        {
            return self.either(inside, asked, depth + 1);
        }
        self.atom(text, asked)
    }

    fn atom(&self, text: &str, asked: &Asked<'_>) -> Tri {
        match text {
            "true" => return Tri::Yes,
            "false" => return Tri::No,
            _ => {}
        }
        let Some(literal) = literal(text) else { return Tri::Maybe };
        if text.contains("modifiedGrantsByRole") && text.contains("hasOnly") {
            let grants = asked.action.ends_with("setiampolicy");
            return Tri::of(!grants || self.rules);
        }
        let service = service_of(asked.action);
        if let Some(rest) = text.strip_prefix("resource.name") {
            let of = rest.trim_start();
            let wanted = if of.starts_with(".startsWith") {
                format!("{literal}*")
            } else if of.starts_with(".endsWith") {
                format!("*{literal}")
            } else if of.starts_with("==") || of.starts_with("!=") {
                literal.to_owned()
            } else {
                return Tri::Maybe;
            };
            let fit = match &asked.name {
                Some(own) => fits(&pattern(&wanted), &name(own), Choice::Some),
                None => Tri::of(possible(literal, service)).min(Tri::Maybe),
            };
            return if of.starts_with("!=") { fit.not() } else { fit };
        }
        if let Some(rest) = text.strip_prefix("resource.service") {
            let same = Tri::of(literal.split('.').next() == Some(service));
            return if rest.trim_start().starts_with("!=") { same.not() } else { same };
        }
        if let Some(rest) = text.strip_prefix("resource.type") {
            let same = Tri::of(literal.split('.').next() == Some(service)).min(kind(literal, asked.action));
            return if rest.trim_start().starts_with("!=") { same.not() } else { same };
        }
        if let Some(rest) = text.strip_prefix("request.time") {
            let past = literal.get(..10).is_some_and(|day| day < WRITTEN);
            return match (past, rest.trim_start().chars().next()) {
                (true, Some('<')) => Tri::No,
                (true, Some('>')) => Tri::Yes,
                _ => Tri::Maybe,
            };
        }
        Tri::Maybe
    }
}

/// The parts of an expression between an operator that stands outside of brackets and texts.
fn split<'t>(text: &'t str, operator: &str) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let (mut depth, mut quote, mut start, mut skip) = (0usize, None, 0, 0);
    for (at, c) in text.char_indices() {
        if at < skip {
            continue;
        }
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && text.get(at..).is_some_and(|rest| rest.starts_with(operator)) => {
                parts.push(text.get(start..at).unwrap_or_default());
                skip = at + operator.len();
                start = skip;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// Whether no bracket closes before it opens.
fn balanced(text: &str) -> bool {
    let mut depth = 0i32;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// The first text in quotes.
fn literal(text: &str) -> Option<&str> {
    let start = text.find(['"', '\''])?;
    let quote = text.get(start..=start)?;
    let rest = text.get(start + 1..)?;
    rest.split(quote).next()
}

/// The service of a permission, as names of services begin.
fn service_of(action: &str) -> &str {
    match action.split('.').next().unwrap_or_default() {
        "resourcemanager" => "cloudresourcemanager",
        "container" => "container",
        other => other,
    }
}

/// Whether a name that begins so can be of a service.
fn possible(literal: &str, service: &str) -> bool {
    const COLLECTIONS: [(&str, &str); 7] = [
        ("/buckets/", "storage"),
        ("/secrets/", "secretmanager"),
        ("/keyRings/", "cloudkms"),
        ("/datasets/", "bigquery"),
        ("/topics/", "pubsub"),
        ("/zones/", "compute"),
        ("/serviceAccounts/", "iam"),
    ];
    COLLECTIONS.iter().all(|(part, of)| !literal.contains(part) || *of == service)
}

/// Whether a permission is about a type such as `storage.googleapis.com/Bucket`.
fn kind(ty: &str, action: &str) -> Tri {
    let (Some(kind), Some(collection)) = (ty.rsplit('/').next(), action.split('.').nth(1)) else { return Tri::Maybe };
    let one = kind.to_ascii_lowercase();
    let singular = |text: &str| text.trim_end_matches('s').to_owned();
    if singular(&one) == singular(collection) { Tri::Yes } else { Tri::Maybe }
}

/// The name of a target as conditions of Google Cloud see it.
pub(super) fn name_of(estate: &Estate<'_>, target: Target<'_>) -> Option<String> {
    let Target::Resource(at) = target else { return None };
    let resource = estate.resource(at);
    let text = |key: &str| resource.get(key).map(|value| estate.render(value));
    let project = || {
        let node = estate.scopes().account_of(at).and_then(|at| estate.scopes().node(at));
        let name = node.map(|node| node.name.to_string()).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| "${project}".to_owned())
    };
    let own = || text("name").unwrap_or_else(|| format!("${{{}.name}}", resource.address));
    match &*resource.ty {
        "google_storage_bucket" => Some(format!("projects/_/buckets/{}*", own())),
        "google_storage_bucket_object" => {
            let bucket = text("bucket").unwrap_or_else(|| "${bucket}".to_owned());
            Some(format!("projects/_/buckets/{bucket}/objects/{}", own()))
        }
        "google_secret_manager_secret" => {
            Some(format!("projects/${{number}}/secrets/{}*", text("secret_id").unwrap_or_else(own)))
        }
        "google_compute_instance" => {
            let zone = text("zone").unwrap_or_else(|| "${zone}".to_owned());
            Some(format!("projects/{}/zones/{zone}/instances/{}", project(), own()))
        }
        "google_sql_database_instance" => Some(format!("projects/{}/instances/{}", project(), own())),
        _ => None,
    }
}

/// Whether a role of Azure that a condition lets somebody assign can assign roles itself; and whether roles of Google
/// Cloud that may be granted can. `allows` answers for a name or id of a role; `None` when it is not known.
pub(super) fn rules(text: &str, allows: &dyn Fn(&str) -> Option<bool>) -> bool {
    let lower = text.to_ascii_lowercase();
    if lower.contains("guidnotequals") {
        // All roles but those that are listed: wide unless each that assigns roles is among them.
        return bindings::ASSIGNING.iter().any(|id| !lower.contains(id));
    }
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.' | '_')));
    let named = words.filter(|word| word.starts_with("roles/") || guid(word));
    let mut any = false;
    for word in named {
        any = true;
        if allows(word) != Some(false) {
            return true;
        }
    }
    !any && !lower.contains("hasonly([])")
}

fn guid(word: &str) -> bool {
    word.len() == 36 && word.bytes().filter(|byte| *byte == b'-').count() == 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(text: &str, action: &str, name: Option<&str>) -> Tri {
        let condition = Condition { text: text.into(), rules: false };
        condition.holds(&Asked { action, name: name.map(ToOwned::to_owned) })
    }

    #[test]
    fn names_types_services_and_past_moments_are_compared() {
        let bucket = Some("projects/_/buckets/logs*");
        let read = "storage.objects.get";
        assert_eq!(ask("resource.name.startsWith(\"projects/_/buckets/logs\")", read, bucket), Tri::Yes);
        assert_eq!(ask("resource.name.startsWith('projects/_/buckets/pay')", read, bucket), Tri::No);
        assert_eq!(ask("!resource.name.startsWith('projects/_/buckets/pay')", read, bucket), Tri::Yes);
        assert_eq!(ask("resource.service == 'compute.googleapis.com'", read, bucket), Tri::No);
        assert_eq!(ask("resource.type == 'storage.googleapis.com/Object'", read, bucket), Tri::Yes);
        assert_eq!(ask("request.time < timestamp('2021-05-01T00:00:00Z')", read, bucket), Tri::No);
        assert_eq!(ask("request.time < timestamp('2035-05-01T00:00:00Z')", read, bucket), Tri::Maybe);
        assert_eq!(ask("(resource.service == 'compute.googleapis.com' || true) && (true)", read, bucket), Tri::Yes);
        assert_eq!(
            ask("resource.name.startsWith('projects/_/buckets/logs')", "iam.serviceAccounts.actAs", None),
            Tri::No
        );
        assert_eq!(ask("resource.matchTag('1/env', 'dev')", read, bucket), Tri::Maybe);
    }

    #[test]
    fn broken_expressions_may_hold() {
        for text in
            ["", "(((", "'", "&&", "resource.name", "resource.name.startsWith(", "!", "request.time < timestamp('é')"]
        {
            assert_ne!(ask(text, "storage.objects.get", None), Tri::Yes, "{text}");
        }
        assert_eq!(ask(&"(".repeat(5000), "a.b", None), Tri::Maybe);
    }
}
