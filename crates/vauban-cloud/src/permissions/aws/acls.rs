//! Access control lists of buckets and objects, and what switches public access off.
//!
//! Sources: "Access control list (ACL) overview" (canned lists, and which permission of a list is which action of
//! policies), "Blocking public access to your Amazon S3 storage" and "Controlling ownership of objects" of the provider's
//! user guide.

use vauban_model::resource::{Mode, Resource, Value};

use super::arn::{Names, bare_type};
use super::matching::Tri;
use super::policy::{Statements, Stmt, Who};
use super::resources::Resources;

/// A list that lets everybody in, or everybody with an account.
#[derive(Clone, Debug)]
pub(crate) struct List {
    /// The statement that says the same.
    pub(crate) statement: u32,
    /// The bucket that it is of, or whose object it is of.
    pub(crate) bucket: u32,
    /// Whether the bucket's ownership setting switches lists off; nothing where none is stated.
    pub(crate) off: Option<Tri>,
}

type Find<'f> = &'f dyn Fn(&Value, u32, &str) -> Vec<u32>;

/// What a permission of a list lets do with a bucket.
fn of_bucket(permission: &str) -> &'static [&'static str] {
    match permission {
        "READ" => &["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
        "WRITE" => &["s3:PutObject"],
        "READ_ACP" => &["s3:GetBucketAcl"],
        "WRITE_ACP" => &["s3:PutBucketAcl"],
        "FULL_CONTROL" => &[
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:ListBucketMultipartUploads",
            "s3:PutObject",
            "s3:GetBucketAcl",
            "s3:PutBucketAcl",
        ],
        _ => &[],
    }
}

/// The permissions of a canned list for everybody, as Terraform or CloudFormation writes it.
fn canned(name: &str) -> &'static [&'static str] {
    match name {
        "public-read" | "PublicRead" | "authenticated-read" | "AuthenticatedRead" => &["READ"],
        "public-read-write" | "PublicReadWrite" => &["READ", "WRITE"],
        _ => &[],
    }
}

/// The permissions that a resource's list has for everybody, each with whether it takes an account of the provider;
/// `grants` is where it lists single ones.
fn public(resource: &Resource, grants: &str) -> Vec<(String, Who)> {
    let own = resource.text("acl").unwrap_or_default();
    let signed = matches!(own, "authenticated-read" | "AuthenticatedRead");
    let who = |signed: bool| if signed { Who::Signed } else { Who::Anyone };
    let mut out: Vec<(String, Who)> = canned(own).iter().map(|one| ((*one).to_owned(), who(signed))).collect();
    for grant in resource.at_each(grants).into_iter().flat_map(Value::each) {
        let grantee = grant.get("grantee").and_then(|grantee| grantee.each().first()).unwrap_or(grant);
        let uri = grantee.get("uri").and_then(Value::as_text).unwrap_or_default();
        let signed = uri.ends_with("/global/AuthenticatedUsers");
        if signed || uri.ends_with("/global/AllUsers") {
            let listed = ["permission", "permissions"].iter().filter_map(|key| grant.get(key)).flat_map(Value::each);
            out.extend(listed.filter_map(Value::as_text).map(|one| (one.to_owned(), who(signed))));
        }
    }
    out
}

fn flag(value: Option<&Value>) -> Tri {
    value.map_or(Tri::No, |value| match value.open().as_text() {
        Some("true") => Tri::Yes,
        Some("false") => Tri::No,
        _ => value.as_bool().map_or(Tri::Maybe, Tri::of),
    })
}

impl Resources {
    /// Whether public policies and lists of a bucket count.
    pub(super) fn blocks(&mut self, names: &Names<'_>, find: Find<'_>) {
        let mut add = |bucket: u32, policies: Tri, lists: Tri| {
            let known = self.closed.entry(bucket).or_insert(policies);
            *known = policies.max(*known);
            let known = self.ignored.entry(bucket).or_insert(lists);
            *known = lists.max(*known);
        };
        for at in names.estate.of_type("aws_s3_bucket_public_access_block").iter().copied() {
            let resource = names.estate.resource(at);
            let Some(bucket) = resource.get("bucket") else { continue };
            let policies = flag(resource.get("restrict_public_buckets")).max(flag(resource.get("block_public_policy")));
            let lists = flag(resource.get("ignore_public_acls")).max(flag(resource.get("block_public_acls")));
            for target in find(bucket, at, "aws_s3_bucket") {
                add(target, policies, lists);
            }
        }
        let buckets = names.estate.of_type("aws_s3_bucket");
        // CloudFormation states it in the bucket.
        for bucket in buckets.iter().copied() {
            let resource = names.estate.resource(bucket);
            let within = |key: &str| flag(resource.get(&format!("public_access_block.{key}")));
            if resource.get("public_access_block").is_some() {
                let policies = within("restrict_public_buckets").max(within("block_public_policy"));
                add(bucket, policies, within("ignore_public_acls").max(within("block_public_acls")));
            }
        }
        for at in names.estate.of_type("aws_s3_account_public_access_block").iter().copied() {
            let resource = names.estate.resource(at);
            let account = match resource.get("account_id") {
                Some(value) if !value.is_null() => {
                    names.account_named(&names.render(value, at, 0), &names.scope_of(at))
                }
                _ => names.account_of(at).to_owned(),
            };
            let policies = flag(resource.get("restrict_public_buckets")).max(flag(resource.get("block_public_policy")));
            let lists = flag(resource.get("ignore_public_acls")).max(flag(resource.get("block_public_acls")));
            for bucket in buckets.iter().copied().filter(|at| names.estate.resource(*at).mode == Mode::Managed) {
                match names.same_account(&account, names.account_of(bucket)) {
                    Tri::No => {}
                    same if policies != Tri::No || lists != Tri::No => add(bucket, policies.min(same), lists.min(same)),
                    _ => {}
                }
            }
        }
    }

    /// Lists that let everybody in.
    pub(super) fn lists(&mut self, names: &Names<'_>, store: &mut Statements, find: Find<'_>) {
        let enforced = |value: &Value| match value.as_text() {
            Some(text) if !text.contains("${") => Tri::of(text == "BucketOwnerEnforced"),
            _ => Tri::Maybe,
        };
        let mut off: Vec<(u32, Tri)> = Vec::new();
        for at in names.estate.of_type("aws_s3_bucket").iter().copied() {
            let stated = names.estate.resource(at).at_each("OwnershipControls.Rules.ObjectOwnership");
            off.extend(stated.first().map(|value| (at, enforced(value))));
        }
        for at in names.estate.of_type("aws_s3_bucket_ownership_controls").iter().copied() {
            let resource = names.estate.resource(at);
            let Some(bucket) = resource.get("bucket") else { continue };
            let stated = resource.at_each("rule.object_ownership").into_iter().next();
            let enforced = stated.map_or(Tri::Maybe, enforced);
            off.extend(find(bucket, at, "aws_s3_bucket").into_iter().map(|bucket| (bucket, enforced)));
        }
        let mut made: Vec<(u32, u32, u32, Vec<&'static str>, Who)> = Vec::new();
        for (ty, grants) in [("aws_s3_bucket", "grant"), ("aws_s3_bucket_acl", "access_control_policy.grant")] {
            for at in names.estate.of_type(ty).iter().copied() {
                let resource = names.estate.resource(at);
                let listed = public(resource, grants);
                let of = |wanted: Who| -> Vec<&'static str> {
                    let own = listed.iter().filter(|(_, who)| *who == wanted);
                    own.flat_map(|(permission, _)| of_bucket(permission)).copied().collect()
                };
                let (everybody, signed) = (of(Who::Anyone), of(Who::Signed));
                let buckets = match resource.get("bucket") {
                    Some(bucket) if ty == "aws_s3_bucket_acl" => find(bucket, at, "aws_s3_bucket"),
                    _ => vec![at],
                };
                for bucket in buckets {
                    made.push((bucket, bucket, at, everybody.clone(), Who::Anyone));
                    if !signed.is_empty() {
                        made.push((bucket, bucket, at, signed.clone(), Who::Signed));
                    }
                }
            }
        }
        for at in ["aws_s3_object", "aws_s3_bucket_object"].iter().flat_map(|ty| names.estate.of_type(ty)).copied() {
            let resource = names.estate.resource(at);
            let read = public(resource, "").into_iter().find(|(one, _)| one == "READ");
            let (Some(bucket), Some((_, who))) = (resource.get("bucket"), read) else { continue };
            for bucket in find(bucket, at, "aws_s3_bucket") {
                made.push((at, bucket, at, vec!["s3:GetObject", "s3:GetObjectVersion"], who.clone()));
            }
        }
        for (target, bucket, at, actions, who) in made {
            // What the resource says is asked of the bucket as a whole.
            self.targets.entry(at).or_insert_with(|| vec![target]);
            if actions.is_empty() || bare_type(names.estate.resource(bucket)) != "aws_s3_bucket" {
                continue;
            }
            let resource = names.estate.resource(at);
            let label = format!("access control list {}", resource.name);
            let statement = u32::try_from(store.all.len()).unwrap_or(u32::MAX);
            store.all.push(Stmt::admits((at, resource.span), label, actions, who, Vec::new()));
            let off = off.iter().find(|(owned, _)| *owned == bucket).map(|(_, off)| *off);
            self.acls.entry(target).or_default().push(List { statement, bucket, off });
        }
    }
}
