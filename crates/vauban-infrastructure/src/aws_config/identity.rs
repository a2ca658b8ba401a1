//! Users, groups, roles and policies of AWS Config.

use vauban_model::resource::{Value, ValueKind, Why};

use super::shapes::{Shape, document, field, many, map, word};

/// Types of policies.
const POLICY: [&str; 2] = ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"];

/// A user: policies of its own, attached ones, groups.
pub(super) fn user(shape: &mut Shape<'_>) {
    shape.copy(&["userName", "resourceName"], "name");
    rights(shape, "userPolicyList");
    let mut groups = Vec::new();
    let mut missing: Vec<Value> = Vec::new();
    for group in shape.list("groupList") {
        let named = if group.as_text().is_some() { Some(group) } else { field(group, "groupName") };
        let Some(name) = named else {
            shape.not_understood(group.span, "a group");
            continue;
        };
        let found = shape.refer(&["AWS::IAM::Group"], name);
        if found.as_reference().is_none() {
            let text = name.as_text().unwrap_or("?");
            let unknown = Value::unknown(Why::Missing, format!("AWS::IAM::Group/{text}"), group.span);
            missing.push(map(vec![("name", name.clone()), ("policy", unknown)], group.span));
        }
        groups.push(found);
    }
    if !groups.is_empty() {
        let span = shape.field("groupList").map_or(shape.span(), |value| value.span);
        shape.put("groups", many(groups, span));
    }
    // What a group gives that is not in the snapshot is not known: never that it gives nothing.
    inline(shape, missing);
    shape.rights_but(&["userPolicyList", "attachedManagedPolicies", "groupList", "permissionsBoundary", "groups"]);
}

/// A role: who may take it on, what it may do, the instance profiles that hand it out.
pub(super) fn role(shape: &mut Shape<'_>) {
    shape.copy(&["roleName", "resourceName"], "name");
    if let Some(trust) = shape.field("assumeRolePolicyDocument").and_then(document) {
        shape.put("assume_role_policy", trust);
    }
    rights(shape, "rolePolicyList");
    for profile in shape.list("instanceProfileList") {
        let (arn, name) = (word(profile, "arn"), word(profile, "instanceProfileName"));
        let Some(address) = arn.map(str::to_owned).or_else(|| Some(format!("AWS::IAM::InstanceProfile/{}", name?)))
        else {
            shape.not_understood(profile.span, "an instance profile");
            continue;
        };
        let name = name.or_else(|| arn?.rsplit('/').next()).unwrap_or(&address).to_owned();
        let mut entries = vec![("name", Value::text(name.as_str(), profile.span)), ("role", shape.own("name"))];
        entries.extend(["arn", "path"].into_iter().filter_map(|key| Some((key, field(profile, key)?.clone()))));
        shape.part("AWS::IAM::InstanceProfile", address, &name, entries, profile.span);
    }
    shape.rights_but(&[
        "rolePolicyList",
        "attachedManagedPolicies",
        "permissionsBoundary",
        "assumeRolePolicyDocument",
        "roleName",
        "roleId",
        "roleLastUsed",
    ]);
}

/// A group.
pub(super) fn group(shape: &mut Shape<'_>) {
    shape.copy(&["groupName", "resourceName"], "name");
    rights(shape, "groupPolicyList");
    shape.rights_but(&["groupPolicyList", "attachedManagedPolicies", "groupName", "groupId"]);
}

/// A policy of the account: the version in force.
pub(super) fn policy(shape: &mut Shape<'_>) {
    shape.copy(&["policyName", "resourceName"], "name");
    let versions = shape.list("policyVersionList");
    let in_force = shape.word("defaultVersionId");
    let chosen = versions
        .iter()
        .find(|version| field(version, "isDefaultVersion").and_then(Value::as_bool) == Some(true))
        .or_else(|| versions.iter().find(|version| in_force.is_some() && word(version, "versionId") == in_force))
        .or_else(|| versions.first().filter(|_| versions.len() == 1));
    let text = chosen
        .and_then(|version| field(version, "document").or_else(|| field(version, "policyDocument")))
        .or_else(|| shape.field("policyDocument"))
        .and_then(document);
    match text {
        Some(text) => shape.put("policy", text),
        None => {
            shape.not_understood(shape.span(), "the version in force");
            let unknown = shape.unknown("policyVersionList");
            shape.put("policy", unknown);
        }
    }
}

/// What users, roles and groups have alike.
fn rights(shape: &mut Shape<'_>, own: &str) {
    let mut blocks = Vec::new();
    for entry in shape.list(own) {
        let name = field(entry, "policyName").cloned().unwrap_or_else(|| Value::text("policy", entry.span));
        let content = match field(entry, "policyDocument").and_then(document) {
            Some(content) => content,
            None => {
                shape.not_understood(entry.span, "a policy without a document");
                shape.unknown(own)
            }
        };
        blocks.push(map(vec![("name", name), ("policy", content)], entry.span));
    }
    inline(shape, blocks);
    let mut attached = Vec::new();
    for entry in shape.list("attachedManagedPolicies") {
        let named = if entry.as_text().is_some() { Some(entry) } else { field(entry, "policyArn") };
        match named.or_else(|| field(entry, "policyName")) {
            // Policies are found by their ARN when references are.
            Some(named) => attached.push(by_name(shape, named)),
            None => shape.not_understood(entry.span, "an attached policy"),
        }
    }
    if !attached.is_empty() {
        let span = shape.field("attachedManagedPolicies").map_or(shape.span(), |value| value.span);
        shape.put("managed_policy_arns", many(attached, span));
    }
    if let Some(boundary) = shape.field("permissionsBoundary") {
        let arn = if boundary.as_text().is_some() { Some(boundary) } else { field(boundary, "permissionsBoundaryArn") };
        match arn {
            Some(arn) => shape.put("permissions_boundary", arn.clone()),
            None => {
                shape.not_understood(boundary.span, "the permissions boundary");
                let unknown = shape.unknown("permissionsBoundary");
                shape.put("permissions_boundary", unknown);
            }
        }
    }
}

/// A policy by its bare name, where the snapshot has one of that name; else as it is written.
fn by_name(shape: &Shape<'_>, named: &Value) -> Value {
    match named.as_text() {
        Some(text) if !text.starts_with("arn:") => shape.refer(&POLICY, named),
        _ => named.clone(),
    }
}

/// Adds policies to those that belong to the item alone.
fn inline(shape: &mut Shape<'_>, blocks: Vec<Value>) {
    if blocks.is_empty() {
        return;
    }
    let known = shape.attributes.iter_mut().find(|(key, _)| &**key == "inline_policy");
    match known {
        Some((_, Value { kind: ValueKind::List(items), .. })) => items.extend(blocks),
        _ => {
            let span = shape.span();
            shape.put("inline_policy", many(blocks, span));
        }
    }
}
