//! The evaluator of AWS against a second one that is as plain as can be.
//!
//! A small universe (two accounts, three principals, three buckets, two keys, two roles) gets random policies. The
//! second evaluator follows the provider's documentation word by word, for one request whose keys are all known, and
//! enumerates every completion of what is not known. Sources, by the titles of pages of the IAM and Organizations user
//! guides: "Policy evaluation logic" and "Policy evaluation for requests within a single account" (the order, and what
//! the implicit deny of a boundary limits), "Cross-account policy evaluation logic", "IAM JSON policy elements:
//! Principal", "… NotPrincipal" (an account in the list spares no user of it), "… Condition operators", "… Variables
//! and tags", "SCP evaluation", and "Key policies" of the key management service.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use vauban_cloud::permissions::Answer;

use crate::world::terraform;

const A: &str = "111111111111";
const B: &str = "222222222222";

/// A principal of the universe: address, account, whether it is a user, name.
struct Caller {
    address: &'static str,
    account: &'static str,
    user: bool,
    name: &'static str,
}

const CALLERS: [Caller; 3] = [
    Caller { address: "aws_iam_user.u", account: A, user: true, name: "u-a" },
    Caller { address: "aws_iam_role.r", account: A, user: false, name: "r-a" },
    Caller { address: "aws_iam_user.v", account: B, user: true, name: "v-b" },
];

impl Caller {
    fn arn(&self) -> String {
        format!("arn:aws:iam::{}:{}/{}", self.account, if self.user { "user" } else { "role" }, self.name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bucket,
    Key,
    Role,
}

/// A target: address, account, name in full, kind.
const TARGETS: [(&str, &str, &str, Kind); 7] = [
    ("aws_s3_bucket.logs", A, "arn:aws:s3:::logs-u-a", Kind::Bucket),
    ("aws_s3_bucket.one", A, "arn:aws:s3:::data-1", Kind::Bucket),
    ("aws_s3_bucket.two", B, "arn:aws:s3:::data-2", Kind::Bucket),
    ("aws_kms_key.a", A, "arn:aws:kms:eu-west-1:111111111111:key/k-a", Kind::Key),
    ("aws_kms_key.b", B, "arn:aws:kms:eu-west-1:222222222222:key/k-b", Kind::Key),
    ("aws_iam_role.ta", A, "arn:aws:iam::111111111111:role/t-a", Kind::Role),
    ("aws_iam_role.tb", B, "arn:aws:iam::222222222222:role/t-b", Kind::Role),
];

fn actions(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Bucket => &["s3:ListBucket", "s3:DeleteBucket"],
        Kind::Key => &["kms:Decrypt"],
        Kind::Role => &["sts:AssumeRole"],
    }
}

/// Whom a statement may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Anyone,
    Account(&'static str),
    Caller(usize),
    /// A session of the role.
    Session,
}

impl Who {
    fn text(self) -> String {
        match self {
            Who::Anyone => "*".to_owned(),
            Who::Account(account) => format!("arn:aws:iam::{account}:root"),
            Who::Caller(at) => CALLERS[at].arn(),
            Who::Session => format!("arn:aws:sts::{A}:assumed-role/r-a/job"),
        }
    }
}

#[derive(Clone, Debug)]
struct Statement {
    allow: bool,
    not_action: bool,
    actions: Vec<&'static str>,
    not_resource: bool,
    /// None in policies of roles and keys, which are about what holds them.
    resources: Option<Vec<&'static str>>,
    not_principal: bool,
    principals: Vec<Who>,
    /// Operator, key, value.
    condition: Option<(&'static str, &'static str, &'static str)>,
}

type Policy = Vec<Statement>;

#[derive(Clone, Debug)]
struct Scp {
    policy: Policy,
    /// Attached to this account; to some unit of the organisation otherwise.
    on: Option<&'static str>,
}

#[derive(Clone, Debug)]
struct Universe {
    identity: Vec<Policy>,
    boundary: Vec<Option<Policy>>,
    /// By target.
    own: Vec<Option<Policy>>,
    scps: Vec<Scp>,
}

/// One way that what is not known could be.
#[derive(Clone, Debug, Default)]
struct Completion {
    vpc: Option<&'static str>,
    vpce: Option<&'static str>,
    /// By organisation policy: whether the provider's own policy that allows all stands beside it.
    full: Vec<bool>,
    /// By organisation policy on a unit: whether an account of ours is under it.
    under: Vec<[bool; 2]>,
}

/// `*` and `?`, by the definition.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), None) => glob(rest, text),
        (Some((b'*', rest)), Some((_, after))) => glob(rest, text) || glob(pattern, after),
        (Some((b'?', rest)), Some((_, after))) => glob(rest, after),
        (Some((a, rest)), Some((b, after))) => a == b && glob(rest, after),
        _ => false,
    }
}

fn value_of(key: &str, caller: &Caller, way: &Completion) -> Option<String> {
    match key {
        "aws:username" => caller.user.then(|| caller.name.to_owned()),
        "aws:PrincipalArn" => Some(caller.arn()),
        "aws:PrincipalAccount" => Some(caller.account.to_owned()),
        "aws:SecureTransport" => Some("true".to_owned()),
        "aws:SourceVpc" => way.vpc.map(str::to_owned),
        "aws:SourceVpce" => way.vpce.map(str::to_owned),
        _ => panic!("no such key {key}"),
    }
}

fn holds((operator, key, wanted): (&str, &str, &str), caller: &Caller, way: &Completion) -> bool {
    let held = value_of(key, caller, way);
    if operator == "Null" {
        return held.is_none() == (wanted == "true");
    }
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(bare) => (bare, true),
        None => (operator, false),
    };
    let Some(held) = held else { return if_exists || operator.contains("Not") };
    match operator {
        "StringEquals" | "Bool" => held == wanted,
        "StringNotEquals" => held != wanted,
        "StringLike" | "ArnLike" => glob(wanted.as_bytes(), held.as_bytes()),
        "StringNotLike" => !glob(wanted.as_bytes(), held.as_bytes()),
        "StringEqualsIgnoreCase" => held.eq_ignore_ascii_case(wanted),
        _ => panic!("no such operator {operator}"),
    }
}

/// Whether a statement is about a request, its principals aside.
fn about(one: &Statement, caller: &Caller, action: &str, arn: &str, way: &Completion) -> bool {
    let lower = action.to_ascii_lowercase();
    let action = one.actions.iter().any(|text| glob(text.to_ascii_lowercase().as_bytes(), lower.as_bytes()));
    if action == one.not_action {
        return false;
    }
    if let Some(list) = &one.resources {
        let listed = list.iter().any(|text| {
            let filled = match (text.contains("${aws:username}"), caller.user) {
                (true, false) => return false,
                (true, true) => text.replace("${aws:username}", caller.name),
                (false, _) => (*text).to_owned(),
            };
            glob(filled.as_bytes(), arn.as_bytes())
        });
        if listed == one.not_resource {
            return false;
        }
    }
    one.condition.is_none_or(|condition| holds(condition, caller, way))
}

/// How a policy of a resource allows.
#[derive(Clone, Copy, Debug, Default)]
struct Given {
    denied: bool,
    /// To the user by name, a session of the role, or everybody.
    itself: bool,
    /// To the role by name.
    role: bool,
    /// To the caller's account.
    account: bool,
}

fn given(policy: &Policy, at: usize, action: &str, arn: &str, way: &Completion) -> Given {
    let caller = &CALLERS[at];
    let mut out = Given::default();
    for one in policy.iter().filter(|one| about(one, caller, action, arn, way)) {
        let names = |who: &Who| match who {
            Who::Anyone => true,
            Who::Account(_) => false,
            Who::Caller(other) => *other == at,
            Who::Session => !caller.user,
        };
        let account = one.principals.contains(&Who::Account(caller.account));
        if one.not_principal {
            // Only for denials: whoever is not named itself, along with its account.
            out.denied |= !(one.principals.iter().any(names) && account);
        } else if !one.allow {
            out.denied |= account || one.principals.iter().any(names);
        } else {
            out.account |= account;
            for who in one.principals.iter().filter(|who| names(who)) {
                match who {
                    Who::Caller(_) if !caller.user => out.role = true,
                    // Everybody includes the role, whose boundary limits as ever.
                    Who::Anyone if !caller.user => out.role = true,
                    _ => out.itself = true,
                }
            }
        }
    }
    out
}

/// The documented order for one request whose keys are all known.
fn allowed(all: &Universe, at: usize, action: &str, target: usize, way: &Completion) -> bool {
    let caller = &CALLERS[at];
    let (_, account, arn, kind) = TARGETS[target];
    let some = |policy: &Policy, allow: bool| {
        policy.iter().any(|one| one.allow == allow && about(one, caller, action, arn, way))
    };
    // Organisation policies bind the caller's account; each level has to allow.
    for (number, scp) in all.scps.iter().enumerate() {
        let under = match scp.on {
            Some(on) => on == caller.account,
            None => way.under[number][usize::from(caller.account == B)],
        };
        if !under {
            continue;
        }
        if some(&scp.policy, false) {
            return false;
        }
        let lists = scp.policy.iter().any(|one| one.allow);
        if lists && !way.full[number] && !some(&scp.policy, true) {
            return false;
        }
    }
    if some(&all.identity[at], false) || all.boundary[at].as_ref().is_some_and(|policy| some(policy, false)) {
        return false;
    }
    let by_resource = all.own[target].as_ref().map(|policy| given(policy, at, action, arn, way)).unwrap_or_default();
    if by_resource.denied {
        return false;
    }
    let bound = all.boundary[at].as_ref().is_none_or(|policy| some(policy, true));
    let identity = some(&all.identity[at], true) && bound;
    let named = by_resource.itself || by_resource.role && bound;
    // A key without a policy of its own has the one that leaves it to the account.
    let to_account = by_resource.account || kind == Kind::Key && all.own[target].is_none() && caller.account == account;
    if caller.account != account {
        return (by_resource.itself || by_resource.role || to_account) && identity;
    }
    match kind {
        Kind::Bucket => identity || named,
        Kind::Key | Kind::Role => named || to_account && identity,
    }
}

/// The pieces that are not known, each once.
fn completions(all: &Universe) -> (Vec<Completion>, usize) {
    let mut ways = vec![Completion {
        full: vec![true; all.scps.len()],
        under: vec![[true; 2]; all.scps.len()],
        ..Completion::default()
    }];
    let mut unknown = 0;
    let statements = || {
        let policies = all.identity.iter().chain(all.boundary.iter().flatten()).chain(all.own.iter().flatten());
        policies.chain(all.scps.iter().map(|scp| &scp.policy)).flatten()
    };
    for key in ["aws:SourceVpc", "aws:SourceVpce"] {
        let uses = statements().filter(|one| one.condition.is_some_and(|(_, used, _)| used == key)).count();
        unknown += uses;
        if uses > 0 {
            ways = ways
                .iter()
                .flat_map(|way| {
                    [None, Some("x-1"), Some("y")].map(|value| match key {
                        "aws:SourceVpc" => Completion { vpc: value, ..way.clone() },
                        _ => Completion { vpce: value, ..way.clone() },
                    })
                })
                .collect();
        }
    }
    for (number, scp) in all.scps.iter().enumerate() {
        if scp.policy.iter().any(|one| one.allow) {
            unknown += 1;
            ways = both(&ways, |way, value| way.full[number] = value);
        }
        if scp.on.is_none() {
            unknown += 1;
            ways = both(&ways, |way, value| way.under[number] = [value; 2]);
        }
    }
    (ways, unknown)
}

fn both(ways: &[Completion], set: impl Fn(&mut Completion, bool)) -> Vec<Completion> {
    let mut out = Vec::new();
    for way in ways {
        for value in [false, true] {
            let mut way = way.clone();
            set(&mut way, value);
            out.push(way);
        }
    }
    out
}

fn quoted(list: impl IntoIterator<Item = String>) -> String {
    let all: Vec<String> = list.into_iter().map(|text| format!("\"{}\"", text.replace("${", "$${"))).collect();
    // The accounts are known to nobody: they stand as variables.
    format!("[{}]", all.join(", ")).replace(A, "${var.dev_account_id}").replace(B, "${var.prod_account_id}")
}

fn json(policy: &Policy) -> String {
    let statements: Vec<String> = policy
        .iter()
        .map(|one| {
            let mut parts = vec![format!("Effect = \"{}\"", if one.allow { "Allow" } else { "Deny" })];
            let action = if one.not_action { "NotAction" } else { "Action" };
            parts.push(format!("{action} = {}", quoted(one.actions.iter().map(|text| (*text).to_owned()))));
            if let Some(list) = &one.resources {
                let resource = if one.not_resource { "NotResource" } else { "Resource" };
                parts.push(format!("{resource} = {}", quoted(list.iter().map(|text| (*text).to_owned()))));
            }
            if !one.principals.is_empty() {
                let principal = if one.not_principal { "NotPrincipal" } else { "Principal" };
                let list = quoted(one.principals.iter().map(|who| who.text()));
                parts.push(format!("{principal} = {{ AWS = {list} }}"));
            }
            if let Some((operator, key, value)) = one.condition {
                let value = quoted([value.to_owned()]);
                parts.push(format!("Condition = {{ {operator} = {{ \"{key}\" = {value} }} }}"));
            }
            format!("{{ {} }}", parts.join(", "))
        })
        .collect();
    format!("jsonencode({{ Version = \"2012-10-17\", Statement = [{}] }})", statements.join(",\n    "))
}

fn text(all: &Universe) -> String {
    let mut out = String::from(
        "variable \"dev_account_id\" {}\nvariable \"prod_account_id\" {}\nvariable \"ou\" {}\n\
         provider \"aws\" { alias = \"dev\" }\nprovider \"aws\" { alias = \"prod\" }\n",
    );
    let alias = |account: &str| if account == A { "dev" } else { "prod" };
    let mut add = |ty: &str, name: &str, account: &str, body: &str| {
        out.push_str(&format!("resource \"{ty}\" \"{name}\" {{\n  provider = aws.{}\n{body}}}\n", alias(account)));
    };
    for (at, caller) in CALLERS.iter().enumerate() {
        let ty = if caller.user { "user" } else { "role" };
        let short = caller.address.rsplit('.').next().unwrap();
        let mut body = format!("  name = \"{}\"\n", caller.name);
        if !caller.user {
            body.push_str("  assume_role_policy = jsonencode({ Statement = [] })\n");
        }
        if let Some(policy) = &all.boundary[at] {
            body.push_str(&format!("  permissions_boundary = aws_iam_policy.bound_{short}.arn\n"));
            let bound = format!("  name = \"bound-{short}\"\n  policy = {}\n", json(policy));
            add("aws_iam_policy", &format!("bound_{short}"), caller.account, &bound);
        }
        add(&format!("aws_iam_{ty}"), short, caller.account, &body);
        if !all.identity[at].is_empty() {
            let body =
                format!("  name = \"p\"\n  {ty} = {}.name\n  policy = {}\n", caller.address, json(&all.identity[at]));
            add(&format!("aws_iam_{ty}_policy"), &format!("p_{short}"), caller.account, &body);
        }
    }
    for (target, (address, account, arn, kind)) in TARGETS.iter().enumerate() {
        let (ty, short) = address.split_once('.').unwrap();
        let own = all.own[target].as_ref().map(json);
        match kind {
            Kind::Bucket => {
                add(ty, short, account, &format!("  bucket = \"{}\"\n", arn.rsplit(':').next().unwrap()));
                if let Some(own) = own {
                    add(
                        "aws_s3_bucket_policy",
                        short,
                        account,
                        &format!("  bucket = {address}.id\n  policy = {own}\n"),
                    );
                }
            }
            Kind::Key => {
                add(ty, short, account, &own.map(|own| format!("  policy = {own}\n")).unwrap_or_default());
            }
            Kind::Role => {
                let name = arn.rsplit('/').next().unwrap();
                let own = own.unwrap_or_else(|| "jsonencode({ Statement = [] })".to_owned());
                add(ty, short, account, &format!("  name = \"{name}\"\n  assume_role_policy = {own}\n"));
            }
        }
    }
    for (number, scp) in all.scps.iter().enumerate() {
        let on = match scp.on {
            Some(A) => "var.dev_account_id",
            Some(_) => "var.prod_account_id",
            None => "var.ou",
        };
        out.push_str(&format!(
            "resource \"aws_organizations_policy\" \"s{number}\" {{\n  name = \"s{number}\"\n  content = {}\n}}\n\
             resource \"aws_organizations_policy_attachment\" \"s{number}\" {{\n  policy_id = \
             aws_organizations_policy.s{number}.id\n  target_id = {on}\n}}\n",
            json(&scp.policy)
        ));
    }
    out
}

fn some_actions() -> impl Strategy<Value = Vec<&'static str>> {
    let all = vec![
        "*",
        "s3:*",
        "S3:list*",
        "s3:ListBucket",
        "s3:??????Bucket",
        "s3:ListBuckets",
        "kms:Decrypt",
        "KMS:*crypt",
        "sts:AssumeRole",
        "STS:assumerole",
        "sts:Assume*",
        "s*:*",
    ];
    subsequence(all, 1..=3)
}

fn some_resources(variables: bool) -> impl Strategy<Value = Vec<&'static str>> {
    let mut all = vec![
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::logs-u-a",
        "arn:aws:s3:::data-?",
        "arn:aws:s3:::*-1",
        "arn:aws:s3:::DATA-1",
        "arn:aws:kms:*:111111111111:key/*",
        "arn:aws:kms:*:222222222222:key/*",
        "arn:aws:iam::111111111111:role/*",
        "arn:aws:iam::222222222222:role/t-b",
        "arn:aws:iam::*:role/t-?",
    ];
    if variables {
        all.extend(["arn:aws:s3:::logs-${aws:username}", "arn:aws:s3:::*${aws:username}"]);
    }
    subsequence(all, 1..=3)
}

fn some_condition() -> impl Strategy<Value = Option<(&'static str, &'static str, &'static str)>> {
    let known = select(vec![
        ("StringEquals", "aws:username", "u-a"),
        ("StringNotEquals", "aws:username", "u-a"),
        ("StringEqualsIfExists", "aws:username", "v-b"),
        ("StringNotLike", "aws:username", "?-b"),
        ("StringEqualsIgnoreCase", "aws:username", "U-A"),
        ("Null", "aws:username", "true"),
        ("Null", "aws:username", "false"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*"),
        ("StringEquals", "aws:PrincipalAccount", A),
        ("StringNotEquals", "aws:PrincipalAccount", A),
        ("Bool", "aws:SecureTransport", "true"),
        ("Bool", "aws:SecureTransport", "false"),
    ]);
    let unknown = select(vec![
        ("StringEquals", "aws:SourceVpc", "x-1"),
        ("StringNotEquals", "aws:SourceVpc", "x-1"),
        ("StringLikeIfExists", "aws:SourceVpce", "x-?"),
        ("StringEquals", "aws:SourceVpce", "x-1"),
        ("Null", "aws:SourceVpc", "true"),
    ]);
    prop_oneof![8 => Just(None), 3 => known.prop_map(Some), 1 => unknown.prop_map(Some)]
}

fn statement() -> impl Strategy<Value = Statement> {
    let resources = prop_oneof![
        3 => some_resources(true).prop_map(|list| (false, list)),
        1 => some_resources(false).prop_map(|list| (true, list)),
    ];
    (prop::bool::weighted(0.75), prop::bool::weighted(0.2), some_actions(), resources, some_condition()).prop_map(
        |(allow, not_action, actions, (not_resource, resources), condition)| Statement {
            allow,
            not_action,
            actions,
            not_resource,
            resources: Some(resources),
            not_principal: false,
            principals: Vec::new(),
            condition,
        },
    )
}

fn own_statement(kind: Kind) -> impl Strategy<Value = Statement> {
    let whos = vec![
        Who::Anyone,
        Who::Account(A),
        Who::Account(B),
        Who::Caller(0),
        Who::Caller(1),
        Who::Caller(2),
        Who::Session,
    ];
    // Whoever is spared is to be listed with its account, a role with its session.
    let spared = select(vec![
        vec![Who::Caller(0), Who::Account(A)],
        vec![Who::Caller(1), Who::Session, Who::Account(A)],
        vec![Who::Caller(2), Who::Account(B)],
        vec![Who::Account(A)],
        vec![Who::Account(A), Who::Account(B), Who::Caller(0), Who::Caller(2)],
    ]);
    (statement(), subsequence(whos, 1..=2), prop::option::weighted(0.15, spared)).prop_map(
        move |(mut one, principals, spared)| {
            if let Some(spared) = spared {
                (one.not_principal, one.allow, one.principals) = (true, false, spared);
            } else {
                one.principals = principals;
            }
            if !one.allow && !one.not_principal {
                // A session that is denied is left for another: who starts it picks its name. That is not asked here.
                one.principals.iter_mut().filter(|who| **who == Who::Session).for_each(|who| *who = Who::Caller(1));
            }
            if kind != Kind::Bucket {
                (one.resources, one.not_resource) = (None, false);
            }
            if kind == Kind::Key {
                one.resources = Some(vec!["*"]);
            }
            one
        },
    )
}

fn universe() -> impl Strategy<Value = Universe> {
    let policy = |most: usize| prop::collection::vec(statement(), 0..=most);
    let scp = (prop::collection::vec(statement(), 1..=2), select(vec![Some(A), Some(B), None])).prop_map(
        |(mut policy, on)| {
            for one in &mut policy {
                // What an organisation lists it lists for everything.
                if one.allow {
                    (one.resources, one.not_resource, one.condition) = (Some(vec!["*"]), false, None);
                }
            }
            Scp { policy, on }
        },
    );
    let own: Vec<_> = TARGETS
        .iter()
        .map(|(_, _, _, kind)| prop::option::of(prop::collection::vec(own_statement(*kind), 1..=3)))
        .collect();
    (
        prop::collection::vec(policy(3), 3),
        prop::collection::vec(prop::option::weighted(0.3, policy(2)), 3),
        own,
        prop_oneof![3 => Just(Vec::new()), 2 => prop::collection::vec(scp, 1..=2)],
    )
        .prop_map(|(identity, boundary, own, mut scps)| {
            // One policy for each place: which of two at one place lists something is a matter of its own.
            scps.dedup_by_key(|scp| scp.on);
            Universe { identity, boundary, own, scps }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_the_documented_one(all in universe()) {
        let (ways, unknown) = completions(&all);
        let text = text(&all);
        let mut wrong = Vec::new();
        terraform(&text, |world| {
            for (at, caller) in CALLERS.iter().enumerate() {
                for (target, (address, _, _, kind)) in TARGETS.iter().enumerate() {
                    // Whether the boundary of a user limits what everybody is given is not documented.
                    let everybody = all.own[target]
                        .iter()
                        .flatten()
                        .any(|one| one.allow && one.principals.contains(&Who::Anyone));
                    if everybody && caller.user && all.boundary[at].is_some() {
                        continue;
                    }
                    for action in actions(*kind) {
                        let (mut yes, mut no) = (false, false);
                        for way in &ways {
                            if allowed(&all, at, action, target, way) { yes = true } else { no = true }
                            if yes && no { break }
                        }
                        let found = world.can(caller.address, action, address);
                        let right = match (yes, no) {
                            // With several unknowns one may cancel the other, which nobody has to see.
                            (true, false) => found == Answer::Allowed || unknown > 1 && found == Answer::Unknown,
                            (false, _) => found == Answer::Denied || unknown > 1 && found == Answer::Unknown,
                            (true, true) => found == Answer::Unknown,
                        };
                        if !right {
                            wrong.push(format!(
                                "{} {action} {address}: {found:?}, some way {yes}, some way not {no}",
                                caller.address
                            ));
                        }
                    }
                }
            }
        });
        prop_assert!(wrong.is_empty(), "{wrong:#?}\n{text}");
    }
}
