//! What decides a fact: short rules over the attributes of a resource, three-valued.
//!
//! A rule is a list of cases in order, such as `["kms_key_id -> customer-key", "encrypted = false -> none", "else -> none"]`.
//! The first case that holds decides. Where something is not known, the rule decides only if every way it may turn out
//! leads to the same.

use vauban_model::Span;
use vauban_model::resource::{Mode, Resource, Source, Text, Value, ValueKind, Why};

use crate::Estate;

use super::policy;

/// How deep values, and references to references, are followed.
const DEEPEST: usize = 24;

/// The words for data that is encrypted with a key of one's own, and with one of the provider's.
const OWN_KEY: &str = "customer-key";
const PROVIDERS_KEY: &str = "service-key";

/// What stands in the place of an attribute where a rule asks which tool described the resource: providers' defaults differ
/// from those of Terraform.
const FORMAT: &str = "@format";

/// Attributes that only say which resource is meant.
const IDENTIFYING: [&str; 5] = ["", "arn", "id", "name", "self_link"];

/// A rule: cases in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// The cases; the first that holds decides.
    pub cases: Vec<Case>,
    /// What holds when no case does; nothing is said without one.
    pub otherwise: Option<Box<str>>,
}

/// One case.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// All of these must hold.
    pub all: Vec<Condition>,
    /// The word that is then the answer.
    pub outcome: Box<str>,
}

/// A test of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The attribute path, keys separated by `.`; lists on the way stand for any of their items.
    pub path: Box<str>,
    /// Whether the test must fail.
    pub negated: bool,
    /// The test.
    pub test: Test,
}

/// What is asked of an attribute. Of several values it is enough that one passes.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is there and not false, empty or zero.
    Set,
    /// It is one of these words; case does not matter.
    Is(Vec<Box<str>>),
    /// It contains one of these words; case does not matter.
    Has(Vec<Box<str>>),
    /// It starts with one of these.
    Starts(Vec<Box<str>>),
    /// It is a number above this.
    Above(f64),
    /// It is a number below this.
    Below(f64),
    /// It is a policy or binding that lets anybody take one of these actions; any action where none is named.
    AdmitsAnyone(Vec<Box<str>>),
    /// It is a policy that denies what does not come over TLS.
    DemandsTls,
}

/// Yes, no, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// That cannot be told.
    Unknown,
}

/// What a rule says about a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision<'r> {
    /// This word holds.
    Known {
        /// The word.
        outcome: &'r str,
        /// The attribute that decided, or the resource.
        span: Span,
        /// Whether only absent attributes decided, so that it is the provider's default.
        by_default: bool,
    },
    /// It depends on something not known.
    Unknown {
        /// Where that stands.
        span: Span,
        /// What would settle it.
        name: Text,
    },
    /// The rule has nothing to say.
    Nothing,
}

/// Whether a resource's policy opens one of some actions to anybody; `None` when that is not known of its kind.
pub type OpenTo<'a> = dyn Fn(&[Box<str>]) -> Option<Truth> + 'a;

/// What was seen while conditions were tried.
#[derive(Default)]
struct Seen {
    present: Option<Span>,
    unknown: Option<(Span, Text)>,
}

impl Rule {
    /// Reads a rule from its lines. The error says what is wrong, in words for a message.
    pub fn parse<'t>(lines: impl IntoIterator<Item = &'t str>) -> Result<Rule, String> {
        let mut rule = Rule::default();
        for line in lines {
            let (conditions, outcome) = match line.split_once("->") {
                Some((conditions, outcome)) => (conditions.trim(), outcome.trim()),
                None => (line.trim(), "yes"),
            };
            if rule.otherwise.is_some() {
                return Err(format!("`{line}` stands behind `else` and never applies"));
            }
            if conditions == "else" {
                rule.otherwise = Some(outcome.into());
                continue;
            }
            let all = conditions.split(" & ").map(Condition::parse).collect::<Result<Vec<_>, _>>()?;
            rule.cases.push(Case { all, outcome: outcome.into() });
        }
        Ok(rule)
    }

    /// The words the rule may answer with.
    pub fn outcomes(&self) -> impl Iterator<Item = &str> {
        self.cases.iter().map(|case| &*case.outcome).chain(self.otherwise.as_deref())
    }

    /// Decides. What policies and bindings open to anybody is asked of `open`, with the actions.
    pub fn decide<'r>(&'r self, resource: &Resource, estate: &Estate<'_>, open: &OpenTo<'_>) -> Decision<'r> {
        let mut seen = Seen::default();
        let mut possible: Option<&'r str> = None;
        let mut outcome = self.otherwise.as_deref();
        let mut span = None;
        let mut agree = true;
        for case in &self.cases {
            let before = seen.present.take();
            let truth = case.all.iter().fold(Truth::Yes, |so_far, condition| match so_far {
                Truth::No => Truth::No,
                _ => so_far.and(condition.try_on(resource, estate, open, &mut seen)),
            });
            let here = seen.present.take();
            seen.present = before.or(here);
            match truth {
                Truth::Yes => {
                    outcome = Some(&case.outcome);
                    if &*case.outcome == OWN_KEY {
                        match whose_key(case, resource, estate) {
                            Whose::Ours => {}
                            Whose::Providers => outcome = Some(PROVIDERS_KEY),
                            Whose::Unknown(span) => return Decision::Unknown { span, name: "".into() },
                        }
                    }
                    span = here;
                    break;
                }
                Truth::Unknown => {
                    agree &= possible.is_none_or(|possible| possible == &*case.outcome);
                    possible = Some(&case.outcome);
                }
                Truth::No => {}
            }
        }
        if let Some(possible) = possible
            && (!agree || outcome != Some(possible))
        {
            let (span, name) = seen.unknown.unwrap_or((resource.span, "".into()));
            return Decision::Unknown { span, name };
        }
        match outcome {
            Some(outcome) => {
                let place = span.or(seen.present);
                Decision::Known { outcome, span: place.unwrap_or(resource.span), by_default: place.is_none() }
            }
            None => Decision::Nothing,
        }
    }

    /// Every case that holds, for facts that are sets; the second part says whether something is not known.
    pub fn collect<'r>(
        &'r self,
        resource: &Resource,
        estate: &Estate<'_>,
        open: &OpenTo<'_>,
    ) -> (Vec<(&'r str, Span)>, bool) {
        let mut out = Vec::new();
        let mut unsure = false;
        for case in &self.cases {
            let mut seen = Seen::default();
            let truth =
                case.all.iter().fold(Truth::Yes, |so_far, c| so_far.and(c.try_on(resource, estate, open, &mut seen)));
            match truth {
                Truth::Yes => out.push((&*case.outcome, seen.present.unwrap_or(resource.span))),
                Truth::Unknown => unsure = true,
                Truth::No => {}
            }
        }
        if out.is_empty()
            && let Some(otherwise) = &self.otherwise
        {
            out.push((otherwise, resource.span));
        }
        (out, unsure)
    }
}

impl Truth {
    fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, Truth::Yes) => Truth::Yes,
            _ => Truth::Unknown,
        }
    }

    fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::Yes, _) | (_, Truth::Yes) => Truth::Yes,
            (Truth::No, Truth::No) => Truth::No,
            _ => Truth::Unknown,
        }
    }

    fn not(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::Yes } else { Truth::No }
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Condition, String> {
        let text = text.trim();
        let (negated, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (path, rest) = text.split_once(' ').unwrap_or((text, ""));
        let rest = rest.trim();
        if path.is_empty() {
            return Err("a condition names an attribute".to_owned());
        }
        let (operator, operand) = rest.split_once(' ').unwrap_or((rest, ""));
        let words = || -> Vec<Box<str>> { operand.split(" | ").map(|word| word.trim().into()).collect() };
        let number = || operand.trim().parse::<f64>().map_err(|_| format!("`{operand}` is not a number"));
        let (flip, test) = match operator {
            "" => (false, Test::Set),
            "=" => (false, Test::Is(words())),
            "!=" => (true, Test::Is(words())),
            "has" => (false, Test::Has(words())),
            "starts" => (false, Test::Starts(words())),
            ">" => (false, Test::Above(number()?)),
            "<" => (false, Test::Below(number()?)),
            "admits-anyone" if operand.is_empty() => (false, Test::AdmitsAnyone(Vec::new())),
            "admits-anyone" => (false, Test::AdmitsAnyone(words())),
            "demands-tls" => (false, Test::DemandsTls),
            other => return Err(format!("`{other}` is not a test of an attribute")),
        };
        Ok(Condition { path: path.into(), negated: negated != flip, test })
    }

    fn try_on(&self, resource: &Resource, estate: &Estate<'_>, open: &OpenTo<'_>, seen: &mut Seen) -> Truth {
        let truth = match &self.test {
            Test::AdmitsAnyone(actions) => {
                let found = first(&resource.attributes, &self.path);
                note(found, seen);
                found.map_or(Truth::No, |value| {
                    open(actions).unwrap_or_else(|| policy::admits_anyone(value, actions, estate))
                })
            }
            Test::DemandsTls => {
                let found = first(&resource.attributes, &self.path);
                note(found, seen);
                found.map_or(Truth::No, |value| policy::demands_tls(value, estate))
            }
            // No attribute was seen: what follows from the tool alone is its default.
            Test::Is(words) if &*self.path == FORMAT => words.iter().any(|word| **word == *format_of(resource)).into(),
            test => {
                let mut truth = Truth::No;
                any(&resource.attributes, &self.path, estate, 0, &mut |value| {
                    // What nobody wrote is what the provider makes of it: as in the configuration itself.
                    if matches!(&value.open().kind, ValueKind::Unknown(unknown) if unknown.why == Why::Unstated) {
                        return;
                    }
                    let this = test.on(value);
                    if let ValueKind::Unknown(unknown) = &value.open().kind {
                        seen.unknown.get_or_insert_with(|| (value.span, unknown.name.clone()));
                    } else if seen.present.is_none() || (this == Truth::Yes && truth != Truth::Yes) {
                        seen.present = Some(value.span);
                    }
                    truth = truth.or(this);
                });
                truth
            }
        };
        if truth == Truth::Unknown && seen.unknown.is_none() {
            seen.unknown = Some((seen.present.unwrap_or(resource.span), "".into()));
        }
        if self.negated { truth.not() } else { truth }
    }
}

/// The word for whose defaults hold for a resource: Terraform's provider, or the interface of the cloud itself.
fn format_of(resource: &Resource) -> &'static str {
    match resource.source {
        Source::CloudFormation | Source::Cdk => "cloudformation",
        Source::AzureResourceManager => "arm",
        Source::AwsConfig | Source::CloudAssetInventory => "export",
        // Providers that Pulumi makes of the interfaces themselves.
        Source::Pulumi if resource.native_type.starts_with("aws-native:") => "cloudformation",
        Source::Pulumi if resource.native_type.starts_with("azure-native:") => "arm",
        Source::Kubernetes | Source::Compose | Source::OpenApi | Source::AsyncApi | Source::Dockerfile => "other",
        Source::Pulumi | Source::Terraform | Source::TerraformPlan | Source::TerraformState => "terraform",
    }
}

/// Whose a key is.
enum Whose {
    Ours,
    Providers,
    /// Told nowhere; the place of its name.
    Unknown(Span),
}

/// Types for which a state of Terraform holds no key where the provider's own is used, so that one it holds is a key of ours:
/// they keep what was set (`PutBucketEncryption` of S3, `KmsMasterKeyId` of SQS and SNS, `KmsKeyId` of Secrets Manager), or
/// Terraform's provider takes the provider's own away again. AWS Config records what the services themselves show.
///
/// Source: terraform-provider-aws, `clearSSEDefaultKey` of `internal/service/dynamodb/table.go`; the API references of the
/// others.
const SHOW_OWN_KEYS_ONLY: [&str; 5] = ["aws_s3_", "aws_sqs_", "aws_sns_", "aws_dynamodb_", "aws_secretsmanager_"];

/// Whose the key is that an attribute names. The provider's own has a known alias. A state or an export holds the key of
/// everything that is encrypted: the ARN of a key that nothing in them describes may be either's.
fn whose_key(case: &Case, resource: &Resource, estate: &Estate<'_>) -> Whose {
    let mut of_provider = false;
    let mut of_ours = false;
    let mut of_nobody: Option<Span> = None;
    for condition in case.all.iter().filter(|one| one.test == Test::Set && !one.negated && one.path.contains("key")) {
        any(&resource.attributes, &condition.path, estate, 0, &mut |value| {
            let Some(text) = value.as_text() else {
                let named = value.as_reference().and_then(|to| estate.find(&to.address));
                let looked_up = named.map(|at| estate.resource(at)).is_some_and(|key| {
                    ["name", "key_id"].iter().any(|by| key.text(by).is_some_and(|text| text.contains("alias/aws/")))
                });
                if looked_up {
                    of_provider = true;
                } else {
                    of_ours = true;
                }
                return;
            };
            let known = || estate.named(value).iter().any(|at| estate.resource(*at).ty.starts_with("aws_kms_"));
            let filled_in = match resource.source {
                Source::TerraformState => !SHOW_OWN_KEYS_ONLY.iter().any(|start| resource.ty.starts_with(start)),
                Source::AwsConfig => true,
                _ => false,
            };
            if text.contains("alias/aws/") {
                of_provider = true;
            } else if filled_in && text.starts_with("arn:aws") && !known() {
                of_nobody = Some(value.span);
            } else {
                of_ours = true;
            }
        });
    }
    match of_nobody {
        _ if of_ours => Whose::Ours,
        Some(span) => Whose::Unknown(span),
        None if of_provider => Whose::Providers,
        None => Whose::Ours,
    }
}

fn note(found: Option<&Value>, seen: &mut Seen) {
    if let Some(value) = found
        && seen.present.is_none()
    {
        seen.present = Some(value.span);
    }
}

impl Test {
    fn on(&self, value: &Value) -> Truth {
        let value = value.open();
        if let ValueKind::OneOf(choices) = &value.kind {
            // Depends on something not known: sure only where all agree.
            let mut all = choices.iter().map(|choice| self.on(choice));
            let Some(first) = all.next() else { return Truth::Unknown };
            return if all.all(|other| other == first) { first } else { Truth::Unknown };
        }
        if matches!(value.kind, ValueKind::Unknown(_)) {
            return Truth::Unknown;
        }
        // What only identifies another resource is none of the words that a provider knows.
        if let (Test::Is(_) | Test::Starts(_), ValueKind::Reference(reference)) = (self, &value.kind)
            && matches!(&*reference.attribute, "arn" | "id" | "self_link" | "key_id")
            // What is only looked up may be the provider's own.
            && !reference.address.split('.').any(|part| part == "data")
        {
            return Truth::No;
        }
        match self {
            Test::Set => match &value.kind {
                ValueKind::Null => Truth::No,
                ValueKind::Bool(value) => (*value).into(),
                ValueKind::Number(value) => (*value != 0.0).into(),
                ValueKind::Text(text) => (!text.is_empty() && !text.eq_ignore_ascii_case("false")).into(),
                ValueKind::List(items) => (!items.is_empty()).into(),
                _ => Truth::Yes,
            },
            Test::Is(words) => compare(value, |text| words.iter().any(|word| word.eq_ignore_ascii_case(text))),
            Test::Has(words) => compare(value, |text| {
                let text = text.to_ascii_lowercase();
                words.iter().any(|word| text.contains(&word.to_ascii_lowercase()))
            }),
            Test::Starts(words) => compare(value, |text| words.iter().any(|word| text.starts_with(&**word))),
            Test::Above(limit) => value.as_number().map_or(Truth::Unknown, |number| (number > *limit).into()),
            Test::Below(limit) => value.as_number().map_or(Truth::Unknown, |number| (number < *limit).into()),
            Test::AdmitsAnyone(_) | Test::DemandsTls => Truth::Unknown,
        }
    }
}

fn compare(value: &Value, test: impl Fn(&str) -> bool) -> Truth {
    match &value.kind {
        ValueKind::Text(text) => test(text).into(),
        ValueKind::Bool(true) => test("true").into(),
        ValueKind::Bool(false) => test("false").into(),
        ValueKind::Number(number) => test(&number.to_string()).into(),
        // A known stretch may settle that a word is inside, never that it is not.
        ValueKind::Template(parts) => {
            let known = parts.iter().filter_map(Value::as_text).any(test);
            if known { Truth::Yes } else { Truth::Unknown }
        }
        ValueKind::Reference(_) => Truth::Unknown,
        _ => Truth::No,
    }
}

/// The first value at a path, lists on the way looked into.
pub fn first<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    match value.at(path) {
        Some(found) if !found.is_null() => Some(found),
        _ => None,
    }
}

/// Calls a function with every value at a path; lists on the way and at its end stand for their items, a reference to a
/// stated attribute for what is stated there, a reference to a resource on the way for its attributes.
pub fn any<'v>(value: &'v Value, path: &str, estate: &Estate<'v>, depth: usize, found: &mut dyn FnMut(&'v Value)) {
    if depth > DEEPEST {
        return;
    }
    match &value.open().kind {
        ValueKind::Null => {}
        ValueKind::List(items) => {
            for item in items {
                any(item, path, estate, depth + 1, found);
            }
        }
        ValueKind::Document(inner) => any(inner, path, estate, depth + 1, found),
        ValueKind::OneOf(choices) if !path.is_empty() => {
            for choice in choices {
                any(choice, path, estate, depth + 1, found);
            }
        }
        ValueKind::Reference(reference) => {
            let named = estate.find(&reference.address).map(|at| estate.resource(at));
            match named.and_then(|named| named.get(&reference.attribute)) {
                Some(stated) if !reference.attribute.is_empty() => any(stated, path, estate, depth + 1, found),
                // The document that Google's data source makes says what the data source says.
                _ if !path.is_empty() && named.is_some_and(|named| &*named.ty == "google_iam_policy") => {
                    if let Some(named) = named {
                        any(&named.attributes, path, estate, depth + 1, found);
                    }
                }
                // What only identifies a resource has nothing inside: the path goes on in the resource.
                _ => match named.filter(|named| named.mode == Mode::Managed) {
                    Some(named) if !path.is_empty() && IDENTIFYING.contains(&&*reference.attribute) => {
                        any(&named.attributes, path, estate, depth + 1, found);
                    }
                    _ => found(value),
                },
            }
        }
        ValueKind::Map(_) if !path.is_empty() => {
            let (key, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Some(inner) = value.get(path) {
                // A key may hold dots itself: annotations and labels do.
                any(inner, "", estate, depth + 1, found);
            } else if key == "*" {
                for (_, inner) in value.as_map().unwrap_or_default() {
                    any(inner, rest, estate, depth + 1, found);
                }
            } else if let Some(inner) = value.get(key) {
                any(inner, rest, estate, depth + 1, found);
            }
        }
        ValueKind::Unknown(_) => found(value),
        _ if path.is_empty() => found(value),
        _ => {}
    }
}
