//! The name of everything in the provider's own form, with `${…}` for what is not known.
//!
//! One unknown is one text wherever it occurs: a reference to an attribute nobody states is `${address.attribute}`,
//! the account is `${account}` (`${account:prod}` for the one behind a provider alias), the region `${region}`.

use std::cell::Cell;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::resource::{Mode, Provider, Resource, Source, Text, Value, ValueKind};

use super::matching::unknown_end;
use crate::Estate;
use crate::permissions::tables::Tables;

/// How deep references to references are followed.
const MOST_HOPS: usize = 12;
/// The longest text that is put together, in bytes.
const LONGEST: usize = 4096;
/// Most parts of one name, over all the texts that it is made of.
const MOST_PARTS: usize = 20_000;

/// Whether a resource is of AWS.
pub(crate) fn is_aws(resource: &Resource) -> bool {
    bare_type(resource).starts_with("aws_") || resource.ty.starts_with("AWS::")
}

/// The type without the word for data sources.
pub(crate) fn bare_type(resource: &Resource) -> &str {
    resource.ty.strip_prefix("data.").unwrap_or(&resource.ty)
}

/// Names of resources.
#[derive(Debug)]
pub(crate) struct Names<'e> {
    pub(crate) estate: &'e Estate<'e>,
    tables: &'e Tables<'e>,
    /// Provider aliases that are accounts of their own.
    aliases: Vec<Text>,
    /// The account's number by scope, where somebody states it.
    own: FxHashMap<Text, String>,
    /// The numbers of accounts that the code says are its own.
    own_numbers: FxHashSet<String>,
    /// By resource: its account as a position in `accounts`.
    places: Vec<u32>,
    /// The text for each account, the default one first and then those of the aliases.
    accounts: Vec<String>,
    /// By resource: its names.
    arns: Vec<Vec<Box<str>>>,
    by_arn: FxHashMap<Box<str>, u32>,
    /// By bucket: the keys of objects that the code puts into it, and whether it writes something made elsewhere into them.
    described: FxHashMap<u32, Vec<(Box<str>, bool)>>,
    /// Parts that the name being made may still take.
    left: Cell<usize>,
}

/// Whether a provider is set up for a resource; of several that with the longest prefix.
fn is_of(resource: &Resource, provider: &Provider) -> bool {
    // Roots that are accounts of their own have a scope of their own after the alias.
    let alias = resource.scope.split('@').next().unwrap_or_default();
    let scope = &*provider.scope;
    resource.address.starts_with(&*provider.prefix)
        && (*resource.scope == *scope || !scope.is_empty() && alias == scope)
}

/// Words of a name such as `prod_account-id`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

fn twelve_digits(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The parts of a text between colons that are not inside `${…}`, at most `most`.
pub(crate) fn segments(text: &str, most: usize) -> Vec<&str> {
    let mut out = Vec::with_capacity(most);
    let (mut from, mut at) = (0, 0);
    while at < text.len() && out.len() + 1 < most {
        let rest = text.get(at..).unwrap_or_default();
        if rest.starts_with("${")
            && let Some(end) = unknown_end(rest)
        {
            at += end;
            continue;
        }
        let Some(c) = rest.chars().next() else { break };
        if c == ':' {
            out.push(text.get(from..at).unwrap_or_default());
            from = at + 1;
        }
        at += c.len_utf8();
    }
    out.push(text.get(from..).unwrap_or_default());
    out
}

/// The attribute that a reference without one means: `Ref` of CloudFormation. Nearly always it is what Terraform has as
/// `id`.
fn referred_to_as(resource: &Resource, ty: &str) -> &'static str {
    if !matches!(resource.source, Source::CloudFormation | Source::Cdk) {
        return "";
    }
    match ty {
        "aws_kinesis_firehose_delivery_stream" | "aws_cloudwatch_event_bus" => "name",
        "aws_sqs_queue" => "url",
        _ => "id",
    }
}

impl<'e> Names<'e> {
    /// The keys of objects that the code puts into a bucket, and whether it writes something made elsewhere into them.
    pub(crate) fn described(&self, bucket: u32) -> &[(Box<str>, bool)] {
        self.described.get(&bucket).map_or(&[], Vec::as_slice)
    }

    /// Names everything in linear time.
    pub(crate) fn new(estate: &'e Estate<'e>, tables: &'e Tables<'e>) -> Self {
        let mut out = Names {
            estate,
            tables,
            aliases: Vec::new(),
            own: FxHashMap::default(),
            own_numbers: FxHashSet::default(),
            places: Vec::new(),
            accounts: Vec::new(),
            arns: Vec::new(),
            left: Cell::new(MOST_PARTS),
            by_arn: FxHashMap::default(),
            described: FxHashMap::default(),
        };
        let objects = ["aws_s3_object", "aws_s3_bucket_object"].iter().flat_map(|ty| estate.of_type(ty));
        for object in objects.map(|at| estate.resource(*at)) {
            let key = object.get("key").map(|value| estate.render(value)).unwrap_or_default();
            let mut filled = false;
            for value in ["content", "content_base64"].iter().filter_map(|key| object.get(key)) {
                value.references(&mut |_, _| filled = true);
            }
            for bucket in object.get("bucket").map(|value| estate.referred(value)).unwrap_or_default() {
                out.described.entry(bucket).or_default().push((key.as_str().into(), filled));
            }
        }
        out.find_accounts();
        let count = estate.inventory.resources.len();
        out.accounts = out.scopes().iter().map(|scope| out.account(scope)).collect();
        let alias: FxHashMap<&str, u32> = (1u32..).zip(&out.aliases).map(|(at, alias)| (&**alias, at)).collect();
        out.places =
            estate.inventory.resources.iter().map(|one| alias.get(&*one.scope).copied().unwrap_or(0)).collect();
        out.arns = vec![Vec::new(); count];
        for at in (0u32..).take(count) {
            let forms = out.forms(at, 0);
            for form in &forms {
                out.by_arn.entry(form.clone()).or_insert(at);
            }
            if let Some(slot) = out.arns.get_mut(at as usize) {
                *slot = forms;
            }
        }
        out
    }

    fn find_accounts(&mut self) {
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        for resource in &self.estate.inventory.resources {
            let terraform =
                matches!(resource.source, Source::Terraform | Source::TerraformPlan | Source::TerraformState);
            if !terraform || !is_aws(resource) || resource.scope.is_empty() || !seen.insert(&resource.scope) {
                continue;
            }
            let regional = words(&resource.scope).any(|word| {
                let lower = word.to_ascii_lowercase();
                let bare = lower.trim_end_matches(|c: char| c.is_ascii_digit());
                self.tables.regional.iter().any(|known| known == &lower || known == bare)
                    || (bare.len() != lower.len()
                        && ["east", "west", "north", "south", "central"].iter().any(|side| bare.ends_with(side)))
            });
            if !regional {
                self.aliases.push(resource.scope.clone());
            }
        }
        for at in (0u32..).take(self.estate.inventory.resources.len()) {
            let resource = self.estate.resource(at);
            if !is_aws(resource) {
                continue;
            }
            let scope = self.scope_of(at);
            if self.own.contains_key(&scope) {
                continue;
            }
            let stated = match bare_type(resource) {
                "aws_caller_identity" => resource.text("account_id"),
                _ if resource.mode == Mode::Managed => {
                    resource.text("arn").and_then(|arn| segments(arn, 6).get(4).copied())
                }
                _ => None,
            };
            if let Some(number) = stated
                && twelve_digits(number)
            {
                self.own.insert(scope, number.to_owned());
            }
        }
        self.accounts_of_providers();
        self.number_own();
    }

    /// Numbers of accounts that are the code's own: those it works in, and those of its organisation.
    fn number_own(&mut self) {
        let mut out: FxHashSet<String> = self.own.values().cloned().collect();
        let mut add = |value: &Value| out.extend(value.as_text().filter(|text| twelve_digits(text)).map(str::to_owned));
        for at in self.estate.of_type("aws_organizations_account").iter().copied() {
            self.estate.resource(at).get("id").into_iter().for_each(&mut add);
        }
        for ty in ["aws_organizations_organization", "data.aws_organizations_organization"] {
            for at in self.estate.of_type(ty).iter().copied() {
                let resource = self.estate.resource(at);
                for path in ["accounts.id", "master_account_id"] {
                    resource.at_each(path).into_iter().for_each(&mut add);
                }
            }
        }
        for provider in self.estate.inventory.providers.iter().filter(|one| &*one.name == "aws") {
            let allowed = provider.attributes.get("allowed_account_ids").map(Value::each).unwrap_or_default();
            allowed.iter().for_each(&mut add);
        }
        self.own_numbers = out;
    }

    /// Accounts by what their providers are set up for, where all of an account agree.
    fn accounts_of_providers(&mut self) {
        let stated = |provider: &Provider| {
            let settings = &provider.attributes;
            let only = match settings.get("allowed_account_ids").map(Value::each) {
                Some([one]) => Some(self.estate.render(one)),
                _ => None,
            };
            let taken =
                settings.get("assume_role").and_then(|role| role.get("role_arn")).map(|arn| self.estate.render(arn));
            let taken = taken.and_then(|arn| segments(&arn, 6).get(4).map(|account| (*account).to_owned()));
            only.or(taken).filter(|number| twelve_digits(number))
        };
        let set: Vec<(&Provider, Option<String>)> = self
            .estate
            .inventory
            .providers
            .iter()
            .filter(|one| &*one.name == "aws")
            .map(|one| (one, stated(one)))
            .collect();
        if set.iter().all(|(_, number)| number.is_none()) {
            return;
        }
        let mut found: std::collections::BTreeMap<Text, Option<String>> = std::collections::BTreeMap::new();
        for (at, resource) in (0u32..).zip(&self.estate.inventory.resources) {
            if !is_aws(resource) {
                continue;
            }
            let mine =
                set.iter().filter(|(provider, _)| is_of(resource, provider)).max_by_key(|(one, _)| one.prefix.len());
            let number = mine.and_then(|(_, number)| number.clone());
            let known = found.entry(self.scope_of(at)).or_insert_with(|| number.clone());
            if *known != number {
                *known = None;
            }
        }
        for (scope, number) in found {
            if let Some(number) = number {
                self.own.entry(scope).or_insert(number);
            }
        }
    }

    /// The region that a resource is in, where the code says it.
    pub(crate) fn region_of(&self, at: u32) -> Option<String> {
        let resource = self.estate.resource(at);
        let providers =
            self.estate.inventory.providers.iter().filter(|one| &*one.name == "aws" && is_of(resource, one));
        let of_provider = || providers.max_by_key(|one| one.prefix.len()).and_then(|one| one.attributes.get("region"));
        let region = resource.get("region").or_else(of_provider).map(|value| self.estate.render(value))?;
        (!region.is_empty() && !region.contains(['$', '{'])).then_some(region)
    }

    /// The account a resource is in, as the name of its provider alias; empty for the default one.
    pub(crate) fn scope_of(&self, at: u32) -> Text {
        let scope = &self.estate.resource(at).scope;
        if self.aliases.contains(scope) { scope.clone() } else { Text::from("") }
    }

    /// The text for the account of a resource.
    pub(crate) fn account_of(&self, at: u32) -> &str {
        let place = self.places.get(at as usize).copied().unwrap_or(0);
        self.accounts.get(place as usize).map_or("", String::as_str)
    }

    /// Whether more than one account is in sight.
    pub(crate) fn several(&self) -> bool {
        self.accounts.len() > 1
    }

    /// Every account in sight, as a scope; the default one first.
    pub(crate) fn scopes(&self) -> Vec<Text> {
        std::iter::once(Text::from("")).chain(self.aliases.iter().cloned()).collect()
    }

    /// The text for the account of a scope.
    pub(crate) fn account(&self, scope: &str) -> String {
        match self.own.get(scope) {
            Some(number) => number.clone(),
            None if scope.is_empty() => "${account}".to_owned(),
            None => format!("${{account:{scope}}}"),
        }
    }

    /// Whether an account is one of the code's own, by its number.
    pub(crate) fn is_own(&self, account: &str) -> bool {
        self.own_numbers.contains(account)
    }

    /// Whether the code says the number of an account of its own.
    pub(crate) fn knows_own(&self) -> bool {
        !self.own_numbers.is_empty()
    }

    /// The names of a resource, the usual one first; empty for what has none.
    pub(crate) fn of(&self, at: u32) -> &[Box<str>] {
        self.arns.get(at as usize).map_or(&[], Vec::as_slice)
    }

    /// The resource with a name.
    pub(crate) fn find(&self, arn: &str) -> Option<u32> {
        self.by_arn.get(arn).copied()
    }

    fn forms(&self, at: u32, hops: usize) -> Vec<Box<str>> {
        let resource = self.estate.resource(at);
        if !is_aws(resource) {
            return Vec::new();
        }
        let scope = self.scope_of(at);
        if let Some(stated) = resource.get("arn")
            && !matches!(bare_type(resource), "aws_sns_topic_policy" | "aws_iam_policy_attachment")
            && (resource.mode == Mode::Data || stated.as_text().is_some())
        {
            return vec![self.canonical(&self.render(stated, at, hops), &scope).into()];
        }
        if let Some(forms) = self.tables.arns.get(bare_type(resource)) {
            return forms.iter().map(|form| self.fill(form, at, &scope, hops).into()).collect();
        }
        // A type without an entry: the second word of its name is the service.
        let ty = bare_type(resource).trim_start_matches("aws_");
        let Some((service, _)) = ty.split_once('_') else { return Vec::new() };
        let name = ["name", "id"].iter().find_map(|key| resource.get(key));
        let name = name.map_or_else(|| format!("${{{}.id}}", resource.address), |value| self.render(value, at, hops));
        vec![format!("arn:aws:{service}:${{region}}:{}:{ty}/{name}", self.account(&scope)).into()]
    }

    /// A form of names, filled with the attributes of a resource.
    pub(crate) fn filled(&self, form: &str, at: u32) -> String {
        self.fill(form, at, &self.scope_of(at), 0)
    }

    fn fill(&self, form: &str, at: u32, scope: &str, hops: usize) -> String {
        let mut out = String::with_capacity(form.len() + 32);
        let mut rest = form;
        while let Some(open) = rest.find('{') {
            out.push_str(rest.get(..open).unwrap_or_default());
            rest = rest.get(open + 1..).unwrap_or_default();
            let Some((inside, after)) = rest.split_once('}') else { break };
            rest = after;
            match inside {
                "account" => out.push_str(&self.account(scope)),
                "region" => out.push_str("${region}"),
                "path" => match self.estate.resource(at).get("path") {
                    Some(path) => out.push_str(&self.render(path, at, hops)),
                    None => out.push('/'),
                },
                _ if inside.ends_with('?') => {
                    let count: usize = inside.trim_end_matches('?').parse().unwrap_or(0);
                    for index in 0..count.min(40) {
                        out.push_str(&format!("${{?{}#{index}}}", self.estate.resource(at).address));
                    }
                }
                _ if inside.starts_with('/') => {
                    let text = self.attribute(at, inside.trim_start_matches('/'), hops);
                    out.push_str(text.trim_start_matches('/'));
                }
                _ => {
                    let resource = self.estate.resource(at);
                    let stated = inside.split('|').find(|key| resource.get(key).is_some());
                    let key = stated.or_else(|| inside.split('|').next()).unwrap_or("id");
                    let text = self.attribute(at, key, hops);
                    // A name may be handed over as the whole ARN of what it names.
                    let short = if text.starts_with("arn:") {
                        segments(&text, 6)
                            .last()
                            .copied()
                            .map(|last| last.rsplit('/').next().unwrap_or(last).to_owned())
                    } else {
                        None
                    };
                    let text = short.unwrap_or(text);
                    out.push_str(text.strip_prefix("https://").unwrap_or(&text));
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// The text of an attribute of a resource, or what stands for it.
    pub(crate) fn attribute(&self, at: u32, key: &str, hops: usize) -> String {
        if hops == 0 {
            self.left.set(MOST_PARTS);
        }
        let resource = self.estate.resource(at);
        let ty = bare_type(resource);
        let key = if key.is_empty() { referred_to_as(resource, ty) } else { key };
        match ty {
            "aws_caller_identity" if matches!(key, "account_id" | "id") && resource.get(key).is_none() => {
                return self.account(&self.scope_of(at));
            }
            "aws_partition" if key == "partition" => return "aws".to_owned(),
            "aws_partition" if key == "dns_suffix" => return "amazonaws.com".to_owned(),
            "aws_region" if resource.get(key).is_none() => return "${region}".to_owned(),
            _ => {}
        }
        if hops > MOST_HOPS {
            return format!("${{{}.{key}}}", resource.address);
        }
        if let Some(value) = resource.get(key) {
            return self.render(value, at, hops + 1);
        }
        if let Some(prefix) = resource.get(&format!("{key}_prefix")) {
            return format!("{}${{{}.{key}}}", self.render(prefix, at, hops + 1), resource.address);
        }
        if !self.tables.same.is_empty()
            && let Some(other) = self.tables.same.get(&format!("{ty}.{key}"))
        {
            return self.attribute(at, other, hops + 1);
        }
        if matches!(key, "arn" | "qualified_arn") && is_aws(resource) {
            if let Some(first) = self.of(at).first() {
                return first.to_string();
            }
            // Names are still being made: this one first, unless it leads back to itself.
            if hops < 6
                && let Some(first) = self.forms(at, hops + 1).into_iter().next()
            {
                return first.into();
            }
        }
        if key.is_empty() {
            return format!("${{{}}}", resource.address);
        }
        format!("${{{}.{key}}}", resource.address)
    }

    /// The text of a value as seen from a resource.
    pub(crate) fn render(&self, value: &Value, from: u32, hops: usize) -> String {
        if hops == 0 {
            self.left.set(MOST_PARTS);
        }
        let mut out = String::new();
        self.render_into(value, from, &mut out, hops);
        out
    }

    fn render_into(&self, value: &Value, from: u32, out: &mut String, hops: usize) {
        // Texts that use each other several times over multiply at every hop.
        let left = self.left.get();
        if out.len() > LONGEST || left == 0 {
            return;
        }
        self.left.set(left - 1);
        match &value.open().kind {
            ValueKind::Null => {}
            ValueKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            ValueKind::Number(value) => out.push_str(&value.to_string()),
            ValueKind::Text(text) => out.push_str(text),
            ValueKind::Template(parts) => {
                for part in parts {
                    self.render_into(part, from, out, hops);
                }
            }
            ValueKind::Reference(reference) => match self.estate.find(&reference.address) {
                Some(at) => out.push_str(&self.attribute(at, &reference.attribute, hops)),
                None => {
                    let name = if reference.attribute.is_empty() {
                        reference.address.to_string()
                    } else {
                        format!("{}.{}", reference.address, reference.attribute)
                    };
                    self.unknown(&name, from, out);
                }
            },
            ValueKind::Unknown(unknown) => self.unknown(&unknown.name, from, out),
            ValueKind::OneOf(choices) => match choices.as_slice() {
                [one] => self.render_into(one, from, out, hops),
                _ => self.unknown("one of several", from, out),
            },
            ValueKind::List(items) if items.len() == 1 => {
                if let Some(one) = items.first() {
                    self.render_into(one, from, out, hops + 1);
                }
            }
            ValueKind::List(_) | ValueKind::Map(_) | ValueKind::Document(_) | ValueKind::Secret(_) => {
                out.push_str("${…}");
            }
        }
    }

    /// What is looked up about the caller has a fixed text, however the tool names it.
    fn unknown(&self, name: &str, from: u32, out: &mut String) {
        let plain = name.trim_start_matches("${").trim_end_matches('}');
        if plain.contains("aws_caller_identity") && plain.ends_with("account_id") || plain == "AWS::AccountId" {
            let scope = self.mentioned(plain).unwrap_or_else(|| self.scope_of(from));
            out.push_str(&self.account(&scope));
        } else if plain.contains("aws_partition.") && plain.ends_with("partition") || plain == "AWS::Partition" {
            out.push_str("aws");
        } else if plain.contains("aws_region.") || plain == "AWS::Region" {
            out.push_str("${region}");
        } else if plain == "AWS::URLSuffix" || plain.contains("aws_partition.") && plain.ends_with("dns_suffix") {
            out.push_str("amazonaws.com");
        } else {
            out.push_str("${");
            out.push_str(plain);
            out.push('}');
        }
    }

    /// The alias a name speaks of.
    fn mentioned(&self, name: &str) -> Option<Text> {
        self.aliases
            .iter()
            .find(|alias| {
                let mut wanted = words(alias).peekable();
                wanted.peek().is_some()
                    && words(alias).all(|word| words(name).any(|other| other.eq_ignore_ascii_case(word)))
            })
            .cloned()
    }

    /// The text for an account that is named in some way, as seen from a scope.
    pub(crate) fn account_named(&self, text: &str, scope: &str) -> String {
        let Some(inside) = text.strip_prefix("${").and_then(|text| text.strip_suffix('}')) else {
            return text.to_owned();
        };
        if inside == "account" || inside.starts_with("account:") || inside.contains("${") {
            return text.to_owned();
        }
        if let Some(alias) = self.mentioned(inside) {
            return self.account(&alias);
        }
        let foreign =
            words(inside).any(|word| self.tables.foreign.iter().any(|known| word.eq_ignore_ascii_case(known)));
        if foreign { text.to_owned() } else { self.account(scope) }
    }

    /// A name with its partition, region and account in their fixed forms; other text stays as it is.
    pub(crate) fn canonical(&self, text: &str, scope: &str) -> String {
        let parts = segments(text, 6);
        let [arn, partition, service, region, account, name] = parts.as_slice() else { return text.to_owned() };
        if *arn != "arn" {
            return text.to_owned();
        }
        let partition = if partition.starts_with("aws-") || partition.starts_with("${") { "aws" } else { *partition };
        let region = if region.starts_with("${") { "${region}" } else { *region };
        let account = if account.starts_with("${") || (account.is_empty() && *service == "iam") {
            if account.is_empty() { "*".to_owned() } else { self.account_named(account, scope) }
        } else {
            (*account).to_owned()
        };
        format!("arn:{partition}:{service}:{region}:{account}:{name}")
    }

    /// Whether two texts for accounts speak of the same one.
    pub(crate) fn same_account(&self, a: &str, b: &str) -> super::matching::Tri {
        use super::matching::Tri;
        if a == b {
            return Tri::Yes;
        }
        let is_alias = |text: &str| text == "${account}" || text.starts_with("${account:");
        if twelve_digits(a) && twelve_digits(b) || is_alias(a) && is_alias(b) {
            return Tri::No;
        }
        Tri::Maybe
    }
}
