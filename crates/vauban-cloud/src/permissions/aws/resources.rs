//! Policies that resources carry themselves, and those of the organisation.

use rustc_hash::FxHashMap;
use vauban_model::resource::{Mode, Text, Value, ValueKind};

use super::acls::List;
use super::arn::{Names, bare_type, is_aws};
use super::conditions::Condition;
use super::matching::Tri;
use super::policy::{Policy, Statements, Stmt, Who};
use crate::permissions::tables::Tables;

/// What a resource's own policies say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    /// Whose they are.
    pub(crate) target: u32,
    pub(crate) statements: Vec<u32>,
    /// What nobody knows of them.
    pub(crate) unknown: Vec<Text>,
    /// Whether anything stated a policy.
    pub(crate) stated: bool,
}

/// A policy of the organisation.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    pub(crate) statements: Vec<u32>,
    /// Whether it limits resources instead of principals.
    pub(crate) on_resources: bool,
    /// The accounts it certainly applies to, as scopes.
    pub(crate) scopes: Vec<Text>,
    /// Whether it is attached to something that other accounts may belong to.
    pub(crate) wider: bool,
    pub(crate) name: Text,
}

/// Policies of resources by the resource they are for.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    pub(crate) own: FxHashMap<u32, Own>,
    /// Kinds of resource whose own policy has to allow, too.
    pub(crate) guards: Vec<Guard>,
    /// Buckets whose public policies are switched off (yes), certainly not (no), or neither.
    pub(crate) closed: FxHashMap<u32, Tri>,
    /// The same of public access control lists.
    pub(crate) ignored: FxHashMap<u32, Tri>,
    /// By bucket or object: its access control lists that let everybody in.
    pub(crate) acls: FxHashMap<u32, Vec<List>>,
    /// By what carries a policy: what the policy is for.
    pub(crate) targets: FxHashMap<u32, Vec<u32>>,
    /// By what is sealed with a key of one's own: the key.
    pub(crate) keys: FxHashMap<u32, u32>,
}

/// Attributes that may name a resource when a policy says whose it is.
const NAMES: [&str; 14] = [
    "arn",
    "id",
    "bucket",
    "url",
    "name",
    "key_id",
    "function_name",
    "domain_name",
    "repository",
    "repository_name",
    "table_name",
    "layer_name",
    "domain",
    "email",
];

impl Resources {
    /// Collects them.
    pub(crate) fn collect(names: &Names<'_>, tables: &Tables<'_>, store: &mut Statements) -> Self {
        let mut out = Resources::default();
        let mut by_text: FxHashMap<(String, String), u32> = FxHashMap::default();
        let targets: Vec<String> = tables
            .resource_policies
            .iter()
            .filter(|(_, place)| !place.of.is_empty())
            .map(|(ty, _)| target_type(ty))
            .chain(["aws_lambda_function".to_owned(), "aws_kms_key".to_owned(), "aws_s3_bucket".to_owned()])
            .collect();
        for ty in &targets {
            for at in names.estate.of_type(ty) {
                for key in NAMES {
                    let text = names.attribute(*at, key, 0);
                    by_text.entry((ty.clone(), text)).or_insert(*at);
                }
            }
        }
        let find = |value: &Value, from: u32, ty: &str| -> Vec<u32> {
            let referred: Vec<u32> = names
                .estate
                .referred(value)
                .into_iter()
                .filter(|at| {
                    is_aws(names.estate.resource(*at)) && bare_type(names.estate.resource(*at)) != "aws_caller_identity"
                })
                .collect();
            if !referred.is_empty() {
                return referred;
            }
            let text = names.canonical(&names.render(value, from, 0), &names.scope_of(from));
            names.find(&text).or_else(|| by_text.get(&(ty.to_owned(), text)).copied()).into_iter().collect()
        };
        for (ty, place) in &tables.resource_policies {
            for at in names.estate.of_type(ty) {
                let resource = names.estate.resource(*at);
                let Some(document) = resource.get(&place.policy) else { continue };
                let targets = match place.of.as_str() {
                    "" => vec![*at],
                    of => resource.get(of).map(|value| find(value, *at, &target_type(ty))).unwrap_or_default(),
                };
                if targets.is_empty() {
                    continue;
                }
                let policy = store.read(names, document, *at, &format!("{} {}", what(ty), resource.name));
                for target in &targets {
                    out.add(*target, &policy);
                }
                out.targets.insert(*at, targets);
            }
        }
        out.permissions(names, store, &find);
        out.blocks(names, &find);
        out.lists(names, store, &find);
        out.sealed(names, tables, &find);
        out.organisation(names, store);
        out
    }

    fn add(&mut self, target: u32, policy: &Policy) {
        let own = self.own.entry(target).or_insert_with(|| Own { target, ..Own::default() });
        own.stated = true;
        own.statements.extend(policy.statements.iter().copied());
        own.unknown.extend(policy.unknown.clone());
    }

    /// Policies in the form of single permissions: functions, layers, keys, public addresses of functions.
    fn permissions(&mut self, names: &Names<'_>, store: &mut Statements, find: &dyn Fn(&Value, u32, &str) -> Vec<u32>) {
        let single = |at: u32, actions: &[String], who: Who, conditions: Vec<Condition>| {
            let resource = names.estate.resource(at);
            let label = format!("permission {}", resource.name);
            Stmt::admits((at, resource.span), label, actions.iter().map(String::as_str), who, conditions)
        };
        let mut made: Vec<(u32, Stmt)> = Vec::new();
        for ty in ["aws_lambda_permission", "aws_lambda_layer_version_permission"] {
            for at in names.estate.of_type(ty).iter().copied() {
                let resource = names.estate.resource(at);
                let Some(of) = resource.get("function_name").or_else(|| resource.get("layer_name")) else { continue };
                let text = |key: &str| resource.get(key).map(|value| names.render(value, at, 0));
                let Some(principal) = text("principal") else { continue };
                let scope = names.scope_of(at);
                let mut tests = Vec::new();
                let mut test = |key: &str, operator: &str, name: &str| {
                    if let Some(value) = text(key) {
                        tests.push(Condition::new(operator, name, vec![names.canonical(&value, &scope)]));
                    }
                };
                test("source_arn", "ArnLike", "aws:SourceArn");
                test("source_account", "StringEquals", "aws:SourceAccount");
                test("principal_org_id", "StringEquals", "aws:PrincipalOrgID");
                test("function_url_auth_type", "StringEquals", "lambda:FunctionUrlAuthType");
                test("invoked_via_function_url", "Bool", "lambda:InvokedViaFunctionUrl");
                let who = super::policy::principal_text(names, &principal, &scope);
                let action = text("action").unwrap_or_else(|| "lambda:GetLayerVersion".to_owned());
                for target in find(of, at, "aws_lambda_function") {
                    let target = function_of(names, target);
                    made.push((target, single(at, std::slice::from_ref(&action), who.clone(), tests.clone())));
                }
            }
        }
        for at in names.estate.of_type("aws_lambda_function_url").iter().copied() {
            let resource = names.estate.resource(at);
            let Some(of) = resource.get("function_name") else { continue };
            if resource.text("authorization_type") == Some("NONE") {
                for target in find(of, at, "aws_lambda_function") {
                    let target = function_of(names, target);
                    made.push((target, single(at, &["lambda:InvokeFunctionUrl".to_owned()], Who::Anyone, Vec::new())));
                }
            }
        }
        for at in names.estate.of_type("aws_kms_grant").iter().copied() {
            let resource = names.estate.resource(at);
            let (Some(key), Some(grantee)) = (resource.get("key_id"), resource.get("grantee_principal")) else {
                continue;
            };
            let scope = names.scope_of(at);
            let who = super::policy::principal_text(names, &names.render(grantee, at, 0), &scope);
            let operations: Vec<String> = resource
                .get("operations")
                .map(Value::each)
                .unwrap_or_default()
                .iter()
                .map(|value| format!("kms:{}", names.render(value, at, 0)))
                .collect();
            for target in find(key, at, "aws_kms_key") {
                made.push((target, single(at, &operations, who.clone(), Vec::new())));
            }
        }
        for (target, statement) in made {
            let number = u32::try_from(store.all.len()).unwrap_or(u32::MAX);
            store.all.push(statement);
            let grants_only = bare_type(names.estate.resource(target)) == "aws_kms_key";
            let own = self.own.entry(target).or_insert_with(|| Own { target, ..Own::default() });
            // A grant beside a key does not say that the key has a policy of its own.
            own.stated |= !grants_only;
            own.statements.push(number);
        }
    }

    fn organisation(&mut self, names: &Names<'_>, store: &mut Statements) {
        for at in names.estate.of_type("aws_organizations_policy").iter().copied() {
            let resource = names.estate.resource(at);
            let on_resources = match resource.text("type") {
                None | Some("SERVICE_CONTROL_POLICY") => false,
                Some("RESOURCE_CONTROL_POLICY") => true,
                Some(_) => continue,
            };
            let Some(document) = resource.get("content") else { continue };
            let mut guard = Guard {
                statements: Vec::new(),
                on_resources,
                scopes: Vec::new(),
                wider: false,
                name: resource.name.clone(),
            };
            for attachment in names.estate.of_type("aws_organizations_policy_attachment").iter().copied() {
                let attached = names.estate.resource(attachment);
                let ours = attached.get("policy_id").is_some_and(|value| names.estate.referred(value).contains(&at));
                let Some(target) = attached.get("target_id").filter(|_| ours) else { continue };
                let mut text = names.render(target, attachment, 0);
                if text.contains("account") {
                    text = names.account_named(&text, &names.scope_of(attachment));
                }
                let account = names.scopes().into_iter().find(|scope| names.account(scope) == text);
                match account {
                    Some(scope) => guard.scopes.push(scope),
                    None => guard.wider |= !matches!(target.open().kind, ValueKind::Null),
                }
            }
            if resource.mode == Mode::Managed && (guard.wider || !guard.scopes.is_empty()) {
                guard.statements =
                    store.read(names, document, at, &format!("organisation policy {}", resource.name)).statements;
                self.guards.push(guard);
            }
        }
    }
}

/// What a type of policy is called.
fn what(ty: &str) -> &'static str {
    if ty == "aws_iam_role" { "trust of" } else { "policy of" }
}

/// The type of resource that a type of policy is for.
fn target_type(ty: &str) -> String {
    match ty {
        "aws_s3control_access_point_policy" => "aws_s3_access_point".to_owned(),
        "aws_dynamodb_resource_policy" => "aws_dynamodb_table".to_owned(),
        "aws_kinesis_resource_policy" => "aws_kinesis_stream".to_owned(),
        "aws_codebuild_resource_policy" => "aws_codebuild_project".to_owned(),
        "aws_ses_identity_policy" | "aws_sesv2_email_identity_policy" => "aws_ses_email_identity".to_owned(),
        _ => ty.strip_suffix("_policy").unwrap_or(ty).to_owned(),
    }
}

/// The function behind an alias.
fn function_of(names: &Names<'_>, at: u32) -> u32 {
    let resource = names.estate.resource(at);
    if bare_type(resource) != "aws_lambda_alias" {
        return at;
    }
    let referred = resource.get("function_name").map(|value| names.estate.referred(value)).unwrap_or_default();
    referred.first().copied().unwrap_or(at)
}
