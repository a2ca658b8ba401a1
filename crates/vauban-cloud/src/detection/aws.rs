//! AWS: trails, filters with alarms on what they write, rules on events, GuardDuty and what collects its findings, flow logs.
//!
//! After the public reference: a trail records management events unless its selectors say otherwise, and data events only of
//! the types they name; a rule of EventBridge sees calls only where a trail records them, and calls that only read only when
//! its state says so; a filter counts events, and only an alarm on its metric with an action tells somebody.

use rustc_hash::FxHashSet;
use vauban_model::finding::{Notice, Sighting};
use vauban_model::resource::{Resource, Value};

use super::pattern::{Compare, Filter, read};
use super::table::{any_fits, fits};
use super::{Act, Eye, Seer, Truth, World};

/// Detail types of events that are calls.
const CALLS: [&str; 2] = ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"];
/// State of a rule that sees reading calls, too.
const ALL_EVENTS: &str = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

pub(super) fn eyes<'w>(world: &'w World<'_>, out: &mut Vec<Box<dyn Eye + 'w>>) {
    let found = world.estate.of_type("aws_cloudtrail").iter().filter_map(|at| trail(world, *at));
    let trails: Vec<TrailOf> = found.map(std::rc::Rc::new).collect();
    for filter in filters(world, &trails) {
        out.push(Box::new(filter));
    }
    for rule in rules(world, &trails) {
        out.push(Box::new(rule));
    }
    guards(world, out);
    for trail in trails {
        out.push(Box::new(Records(trail)));
    }
    for &at in world.estate.of_type("aws_flow_log") {
        let resource = world.estate.resource(at);
        let of: Vec<u32> = ["vpc_id", "subnet_id", "eni_id"]
            .iter()
            .filter_map(|path| resource.get(path))
            .flat_map(|value| world.estate.referred(value))
            .collect();
        out.push(Box::new(super::clouds::FlowLog::new(Seer::new(world, at, "the flow log"), of)));
    }
}

/// The service of an action and its name.
fn parts(action: &str) -> Option<(&str, &str)> {
    // Actions of Kubernetes have blanks, those of directories no capital after the colon.
    action.split_once(':').filter(|(service, name)| !service.contains([' ', '/', '.']) && !name.contains(' '))
}

/// Whether a call only reads, by its name, as events say of themselves.
fn reads(name: &str) -> bool {
    ["Get", "List", "Describe", "BatchGet", "Lookup", "Search", "Scan", "Query", "Head", "View", "AssumeRole", "Select"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// The names that a call has in events.
fn events(world: &World<'_>, action: &str) -> Vec<String> {
    if let Some(known) = world.table.events.get(&action.to_ascii_lowercase()) {
        return known.clone();
    }
    parts(action).map(|(_, name)| vec![name.to_owned()]).unwrap_or_default()
}

/// Whether an event that is written with a version at its end is this one: `CreateFunction20150331v2`.
fn is_event(pattern: &str, event: &str) -> bool {
    if fits(pattern, event) {
        return true;
    }
    let bare = pattern.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == 'v' || letter == '_');
    bare.len() > 3 && pattern.len() >= bare.len() + 8 && bare.eq_ignore_ascii_case(event)
}

// --- trails ---

/// What one selector of a trail takes.
#[derive(Clone, Debug, Default)]
struct Selector {
    management: bool,
    /// Only reading or only writing calls.
    reading: Option<bool>,
    /// Types of data with the resources named; none named: all.
    data: Vec<(String, Vec<Value>)>,
    /// Services left out.
    without: Vec<String>,
    /// It narrows by something else.
    narrowed: bool,
}

struct Trail {
    seer: Seer,
    at: u32,
    selectors: Vec<Selector>,
    /// Sees other accounts of the organisation.
    everywhere: bool,
}

fn trail(world: &World<'_>, at: u32) -> Option<Trail> {
    let resource = world.estate.resource(at);
    if resource.get("enable_logging").and_then(Value::as_bool) == Some(false) {
        return None;
    }
    let yes = |path: &str| resource.get(path).and_then(Value::as_bool) == Some(true);
    let what = match yes("is_multi_region_trail") {
        true => "the trail",
        false => "the trail (of one region)",
    };
    let mut seer = Seer::new(world, at, what);
    let everywhere = yes("is_organization_trail");
    if everywhere {
        seer.account = None;
    }
    let mut selectors: Vec<Selector> = Vec::new();
    for block in resource.get("event_selector").map_or(&[][..], Value::each) {
        let text = |path: &str| block.get(path).and_then(Value::as_text).unwrap_or("All").to_owned();
        let mut selector = Selector {
            management: block.get("include_management_events").and_then(Value::as_bool) != Some(false),
            reading: match &*text("read_write_type") {
                "ReadOnly" => Some(true),
                "WriteOnly" => Some(false),
                _ => None,
            },
            ..Selector::default()
        };
        for source in block.get("exclude_management_event_sources").map_or(&[][..], Value::each) {
            selector.without.extend(source.as_text().map(ToOwned::to_owned));
        }
        for data in block.get("data_resource").map_or(&[][..], Value::each) {
            let ty = data.get("type").and_then(Value::as_text).unwrap_or_default().to_owned();
            selector.data.push((ty, data.get("values").map_or(&[][..], Value::each).to_vec()));
        }
        selectors.push(selector);
    }
    for block in resource.get("advanced_event_selector").map_or(&[][..], Value::each) {
        selectors.push(advanced(block));
    }
    if selectors.is_empty() {
        selectors.push(Selector { management: true, ..Selector::default() });
    }
    Some(Trail { seer, at, selectors, everywhere })
}

fn advanced(block: &Value) -> Selector {
    let mut out = Selector::default();
    let mut types: Vec<String> = Vec::new();
    let mut named: Vec<Value> = Vec::new();
    for field in block.get("field_selector").map_or(&[][..], Value::each) {
        let values = |path: &str| field.get(path).map_or(&[][..], Value::each);
        let texts = |path: &str| values(path).iter().filter_map(|value| value.as_text().map(ToOwned::to_owned));
        match field.get("field").and_then(Value::as_text).unwrap_or_default() {
            "eventCategory" => out.management = texts("equals").any(|text| text == "Management"),
            "readOnly" => out.reading = texts("equals").next().map(|text| text == "true"),
            "resources.type" => types.extend(texts("equals")),
            "resources.ARN" => {
                named.extend(values("equals").iter().chain(values("starts_with")).cloned());
                out.narrowed |= !values("not_equals").is_empty() || !values("not_starts_with").is_empty();
            }
            "eventSource" => {
                out.without.extend(texts("not_equals"));
                out.narrowed |= !values("equals").is_empty();
            }
            _ => out.narrowed = true,
        }
    }
    out.data = types.into_iter().map(|ty| (ty, named.clone())).collect();
    out
}

impl Trail {
    /// Whether a call is recorded.
    fn records(&self, action: &str, act: &Act<'_>, world: &World<'_>) -> Truth {
        let Some((service, name)) = parts(action) else { return Truth::No };
        if any_fits(&world.table.no_event, action) {
            return Truth::No;
        }
        let data = world.table.data_events.iter().find(|event| any_fits(&event.actions, action));
        let mut best = Truth::No;
        for selector in &self.selectors {
            if selector.reading.is_some_and(|reading| reading != reads(name))
                || selector.without.iter().any(|source| source.split('.').next() == Some(service))
            {
                continue;
            }
            let sees = match data {
                None => Truth::from(selector.management),
                Some(event) => selector
                    .data
                    .iter()
                    .filter(|(ty, _)| ty.eq_ignore_ascii_case(&event.ty))
                    .map(|(_, values)| covers(world, values, act))
                    .max()
                    .unwrap_or(Truth::No),
            };
            best = best.max(if selector.narrowed { sees.min(Truth::Maybe) } else { sees });
        }
        best
    }
}

/// Whether names of resources, or the starts of names, cover what an act is on.
fn covers(world: &World<'_>, values: &[Value], act: &Act<'_>) -> Truth {
    if values.is_empty() {
        return Truth::Yes;
    }
    let mut best = Truth::No;
    for value in values {
        let text = world.estate.render(value);
        // `arn:aws:s3` and `arn:aws:lambda` stand for all.
        let rest = text.trim_end_matches(['*', '/', ':']);
        if rest.split(':').filter(|part| !part.is_empty()).count() <= 3 && !rest.contains("${") {
            return Truth::Yes;
        }
        let known = world.estate.referred(value);
        if known.iter().any(|at| act.resources.contains(at)) || World::names_one(&text, &act.on) {
            return Truth::Yes;
        }
        // What an object lies in is named by what the object refers to.
        let within = act.resources.iter().any(|at| {
            let held = world.estate.referred(&world.estate.resource(*at).attributes);
            held.iter().any(|at| known.contains(at))
        });
        if within {
            return Truth::Yes;
        }
        if known.is_empty() && text.contains("${") {
            best = Truth::Maybe;
        }
    }
    best
}

/// A trail as what sees.
struct Records(TrailOf);

impl Eye for Records {
    fn sees(&self, act: &Act<'_>, world: &World<'_>) -> Option<Sighting> {
        let trail = &self.0;
        let records =
            trail.seer.covers(act) && act.actions.iter().any(|action| trail.records(action, act, world) == Truth::Yes);
        records.then(|| trail.seer.says(Notice::Recorded))
    }
}

/// Whether some trail records a call: where none is in sight, one that another team has may.
fn recorded(trails: &[TrailOf], action: &str, act: &Act<'_>, world: &World<'_>) -> Truth {
    trails.iter().map(|trail| trail.records(action, act, world)).max().unwrap_or(Truth::Maybe)
}

/// A trail that others ask.
type TrailOf = std::rc::Rc<Trail>;

// --- what a call looks like ---

/// What a comparison of a field of an event says of a call.
fn field(world: &World<'_>, act: &Act<'_>, action: &str, path: &str, compare: Compare, value: &str) -> Truth {
    let (service, name) = parts(action).unwrap_or_default();
    let path = path.strip_prefix("detail.").unwrap_or(path);
    let mut split = path.split('.');
    let first = split.next().unwrap_or_default();
    let last = path.rsplit('.').next().unwrap_or_default();
    // A call that succeeds has no error.
    if matches!(first, "errorCode" | "errorMessage") {
        return Truth::No;
    }
    if compare == Compare::Other {
        return Truth::Maybe;
    }
    match (first, last) {
        ("eventName", _) if compare != Compare::Exists => {
            Truth::from(events(world, action).iter().any(|event| is_event(value, event)))
        }
        ("eventSource", _) if compare != Compare::Exists => {
            let source = world.table.sources.get(service).map_or(service, String::as_str);
            Truth::from(fits(value, &format!("{source}.amazonaws.com")))
        }
        ("eventName" | "eventSource" | "userIdentity", "eventName" | "eventSource" | "userIdentity") => Truth::Yes,
        ("readOnly", _) => Truth::from(value.eq_ignore_ascii_case(if reads(name) { "true" } else { "false" })),
        ("eventType", _) => Truth::from(fits(value, "AwsApiCall")),
        ("userIdentity", "invokedBy") => Truth::No,
        ("userIdentity", "mfaAuthenticated" | "accountId" | "creationDate") => Truth::Maybe,
        ("userIdentity", "type") => {
            let user = act.by.iter().any(|name| name.contains("aws_iam_user."));
            match value {
                "IAMUser" => Truth::from(user),
                "AssumedRole" => Truth::from(act.by.iter().any(|name| name.contains("aws_iam_role."))),
                "Root" => Truth::No,
                _ => Truth::Maybe,
            }
        }
        ("userIdentity", _) => {
            if value.chars().all(|letter| letter == '*') || World::names_one(value, &act.by) {
                Truth::Yes
            } else if value.contains("${") && !value.contains("${aws_iam_") {
                Truth::Maybe
            } else {
                Truth::No
            }
        }
        ("requestParameters" | "resources" | "responseElements", _) => {
            if World::names_one(value, &act.on) {
                Truth::Yes
            } else {
                Truth::Maybe
            }
        }
        _ => Truth::Maybe,
    }
}

/// Whether a text stands in the event of a call.
fn text(world: &World<'_>, act: &Act<'_>, action: &str, wanted: &str) -> Truth {
    // `?a ?b` is either, `-a` is not: not known is enough.
    let plain = wanted.trim_start_matches('?');
    let here =
        events(world, action).iter().any(|event| is_event(plain, event) || plain.len() > 3 && event.contains(plain))
            || World::names_one(plain, &act.by)
            || World::names_one(plain, &act.on);
    if here { Truth::Yes } else { Truth::No }
}

// --- filters with alarms ---

struct Watch {
    seer: Seer,
    filter: Filter,
    trails: Vec<TrailOf>,
    /// Whether somebody is told.
    tells: bool,
}

impl Eye for Watch {
    fn sees(&self, act: &Act<'_>, world: &World<'_>) -> Option<Sighting> {
        if !self.seer.covers(act) {
            return None;
        }
        let matched = |action: &&&str| {
            let asked =
                self.filter.ask(&|path, compare, value| field(world, act, action, path, compare, value), &|wanted| {
                    text(world, act, action, wanted)
                });
            asked.min(recorded(&self.trails, action, act, world))
        };
        let how = act.actions.iter().map(|action| matched(&action)).max().unwrap_or(Truth::No);
        match how {
            Truth::Yes if self.tells => Some(self.seer.says(Notice::Alarmed)),
            Truth::Yes | Truth::Maybe => Some(self.seer.says(Notice::Recorded)),
            Truth::No => None,
        }
    }
}

/// Metrics with an alarm that does something, by name and by the filter that makes them.
fn alarmed(world: &World<'_>) -> (FxHashSet<String>, FxHashSet<u32>) {
    let (mut names, mut filters) = (FxHashSet::default(), FxHashSet::default());
    for at in world.estate.of_type("aws_cloudwatch_metric_alarm") {
        let alarm = world.estate.resource(*at);
        let acts = alarm.get("alarm_actions").is_some_and(|actions| !actions.each().is_empty())
            && alarm.get("actions_enabled").and_then(Value::as_bool) != Some(false);
        if !acts {
            continue;
        }
        let queries = alarm.get("metric_query").map_or(&[][..], Value::each);
        let metrics = queries.iter().filter_map(|query| query.at("metric.metric_name"));
        for metric in alarm.get("metric_name").into_iter().chain(metrics) {
            names.insert(world.estate.render(metric));
            filters.extend(world.estate.referred(metric));
        }
    }
    (names, filters)
}

fn filters(world: &World<'_>, trails: &[TrailOf]) -> Vec<Watch> {
    let (names, by_filter) = alarmed(world);
    let mut out = Vec::new();
    for &at in world.estate.of_type("aws_cloudwatch_log_metric_filter") {
        let resource = world.estate.resource(at);
        let Some(pattern) = resource.get("pattern") else { continue };
        let filter = read(&world.estate.render(pattern));
        let metrics = resource.get("metric_transformation").map_or(&[][..], Value::each);
        let tells = by_filter.contains(&at)
            || metrics
                .iter()
                .filter_map(|metric| metric.get("name"))
                .any(|metric| names.contains(&world.estate.render(metric)));
        let writing: Vec<TrailOf> =
            trails.iter().filter(|trail| writes_to(world, trail.at, resource)).cloned().collect();
        // Filters on what applications log are not on calls.
        let on_calls = ["eventName", "eventSource", "userIdentity"].iter().any(|path| filter.speaks_of(path));
        if writing.is_empty() && (!trails.is_empty() || !on_calls) {
            continue;
        }
        let what = if tells { "the alarm on the log filter" } else { "the log filter" };
        let mut seer = Seer::new(world, at, what);
        if trails.iter().any(|trail| trail.everywhere && writes_to(world, trail.at, resource)) {
            seer.account = None;
        }
        out.push(Watch { seer, filter, trails: writing, tells });
    }
    out
}

/// Whether a trail writes to the log group of a filter.
fn writes_to(world: &World<'_>, trail: u32, filter: &Resource) -> bool {
    let trail = world.estate.resource(trail);
    let (Some(to), Some(of)) = (trail.get("cloud_watch_logs_group_arn"), filter.get("log_group_name")) else {
        return false;
    };
    let (groups, own) = (world.estate.referred(to), world.estate.referred(of));
    if groups.iter().any(|group| own.contains(group)) {
        return true;
    }
    let (to, of) = (world.estate.render(to), world.estate.render(of));
    to.trim_end_matches(":*").rsplit(':').next() == Some(&of) || to == of
}

// --- rules on events ---

struct Rule {
    seer: Seer,
    pattern: Value,
    trails: Vec<TrailOf>,
    reads: bool,
}

impl Eye for Rule {
    fn sees(&self, act: &Act<'_>, world: &World<'_>) -> Option<Sighting> {
        if !self.seer.covers(act) {
            return None;
        }
        let matched = |action: &str| {
            let Some((_, name)) = parts(action) else { return Truth::No };
            let data = world.table.data_events.iter().any(|event| any_fits(&event.actions, action));
            if reads(name) && !data && !self.reads {
                return Truth::No;
            }
            let fits = self.pattern.get("detail").map_or(Truth::Yes, |detail| {
                each_field(detail, &mut String::new(), &|path, compare, value| {
                    field(world, act, action, path, compare, value)
                })
            });
            let source = self.pattern.get("source").map_or(Truth::Yes, |list| {
                let (service, _) = parts(action).unwrap_or_default();
                let source = world.table.sources.get(service).map_or(service, String::as_str);
                let source = format!("aws.{source}");
                Truth::from(list.each().iter().any(|item| item.as_text() == Some(&source)))
            });
            fits.min(source).min(recorded(&self.trails, action, act, world))
        };
        match act.actions.iter().map(|action| matched(action)).max().unwrap_or(Truth::No) {
            Truth::Yes => Some(self.seer.says(Notice::Alarmed)),
            Truth::Maybe => Some(self.seer.says(Notice::Recorded)),
            Truth::No => None,
        }
    }
}

/// How deep patterns of events are followed.
const MOST_DEPTH: usize = 8;

/// Asks every field of a pattern: all must fit, of the values of each any one.
fn each_field(value: &Value, path: &mut String, ask: &dyn Fn(&str, Compare, &str) -> Truth) -> Truth {
    if path.matches('.').count() > MOST_DEPTH {
        return Truth::Maybe;
    }
    let mut all = Truth::Yes;
    for (key, inner) in value.as_map().unwrap_or_default() {
        if key.starts_with('$') {
            all = all.min(Truth::Maybe);
            continue;
        }
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
        let here = if inner.as_map().is_some() {
            each_field(inner, path, ask)
        } else {
            let one = |item: &Value| match (item.as_text(), item.as_map()) {
                (Some(text), _) => ask(path, Compare::Is, text),
                (None, Some([(how, what)])) => {
                    let text = what.as_text().unwrap_or_default();
                    match &**how {
                        "prefix" => ask(path, Compare::Is, &format!("{text}*")),
                        "suffix" => ask(path, Compare::Is, &format!("*{text}")),
                        "wildcard" | "equals-ignore-case" => ask(path, Compare::Is, text),
                        "anything-but" if what.as_map().is_none() => what
                            .each()
                            .iter()
                            .filter_map(Value::as_text)
                            .map(|text| ask(path, Compare::Is, text).not())
                            .min()
                            .unwrap_or(Truth::Maybe),
                        "exists" => {
                            let there = ask(path, Compare::Exists, "");
                            if what.as_bool() == Some(false) { there.not() } else { there }
                        }
                        _ => Truth::Maybe,
                    }
                }
                _ => Truth::Maybe,
            };
            inner.each().iter().map(one).max().unwrap_or(Truth::Maybe)
        };
        all = all.min(here);
        path.truncate(length);
    }
    all
}

fn rules(world: &World<'_>, trails: &[TrailOf]) -> Vec<Rule> {
    let mut out = Vec::new();
    for (at, state) in with_targets(world) {
        let resource = world.estate.resource(at);
        let Some(pattern) = resource.get("event_pattern") else { continue };
        let calls = pattern
            .get("detail-type")
            .is_some_and(|list| list.each().iter().filter_map(Value::as_text).any(|text| CALLS.contains(&text)));
        if !calls {
            continue;
        }
        let seer = Seer::new(world, at, "the event rule");
        let near = trails.iter().filter(|trail| trail.everywhere || trail.seer.account == seer.account);
        let trails = near.cloned().collect();
        out.push(Rule { seer, pattern: pattern.clone(), trails, reads: state == ALL_EVENTS });
    }
    out
}

/// Rules that are on and tell something, with their state.
fn with_targets(world: &World<'_>) -> Vec<(u32, String)> {
    let mut aimed: FxHashSet<u32> = FxHashSet::default();
    let mut named: FxHashSet<String> = FxHashSet::default();
    for target in world.estate.of_type("aws_cloudwatch_event_target") {
        if let Some(rule) = world.estate.resource(*target).get("rule") {
            aimed.extend(world.estate.referred(rule));
            named.insert(world.estate.render(rule));
        }
    }
    let mut out = Vec::new();
    for &at in world.estate.of_type("aws_cloudwatch_event_rule") {
        let rule = world.estate.resource(at);
        let state = rule.get("state").and_then(Value::as_text).unwrap_or("ENABLED").to_owned();
        let on = state != "DISABLED" && rule.get("is_enabled").and_then(Value::as_bool) != Some(false);
        // Templates of CloudFormation have the targets in the rule.
        let tells = aimed.contains(&at)
            || rule.get("name").is_some_and(|name| named.contains(&world.estate.render(name)))
            || rule.get("targets").or_else(|| rule.get("target")).is_some_and(|list| !list.each().is_empty());
        if on && tells {
            out.push((at, state));
        }
    }
    out
}

// --- GuardDuty and others of its kind ---

fn guards<'w>(world: &'w World<'_>, out: &mut Vec<Box<dyn Eye + 'w>>) {
    let mut told: Option<u32> = None;
    for (at, _) in with_targets(world) {
        let findings = world.estate.resource(at).get("event_pattern").and_then(|pattern| pattern.get("source"));
        if findings.is_some_and(|list| list.each().iter().any(|item| item.as_text() == Some("aws.guardduty"))) {
            told.get_or_insert(at);
        }
    }
    let all = super::clouds::detectors(world);
    let of = |ty: &str| all.iter().filter(|guard| guard.ty == ty).cloned().collect::<Vec<_>>();
    let guards = of("aws_guardduty_detector");
    if let Some(rule) = told.filter(|_| !guards.is_empty()) {
        let seer = Seer::new(world, rule, "the event rule on findings of GuardDuty");
        out.push(Box::new(super::clouds::Collects { seer, of: guards }));
    }
    for collector in &world.table.collectors {
        let guards = of(&collector.of);
        if let Some(&at) = world.estate.of_type(&collector.ty).first()
            && !guards.is_empty()
        {
            let mut seer = Seer::new(world, at, &collector.name);
            seer.by = collector.name.as_str().into();
            out.push(Box::new(super::clouds::Collects { seer, of: guards }));
        }
    }
    for guard in all {
        out.push(Box::new(guard));
    }
}
