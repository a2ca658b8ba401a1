//! Databases, buckets, functions, keys, queues and records of AWS Config.

use vauban_model::resource::{Reference, Value, ValueKind};

use super::network::{GROUP, SUBNET, members};
use super::shapes::{Shape, document, field, flag, list, many, map, word, yes_or_no};

const SUBNET_GROUP: &str = "AWS::RDS::DBSubnetGroup";

/// A database.
pub(super) fn database(shape: &mut Shape<'_>) {
    shape.copy(&["dBInstanceIdentifier", "resourceName"], "identifier");
    shape.copy(&["dBName"], "db_name");
    shape.copy(&["dBClusterIdentifier"], "cluster_identifier");
    if let Some(endpoint) = shape.field("endpoint") {
        for (from, to) in [("address", "address"), ("port", "port")] {
            if let Some(value) = field(endpoint, from) {
                shape.put(to, value.clone());
            }
        }
    }
    databases(shape, "username");
}

/// A cluster of databases.
pub(super) fn database_cluster(shape: &mut Shape<'_>) {
    shape.copy(&["dBClusterIdentifier", "resourceName"], "cluster_identifier");
    shape.copy(&["databaseName"], "database_name");
    databases(shape, "master_username");
}

/// What databases and clusters have alike.
fn databases(shape: &mut Shape<'_>, user: &str) {
    shape.copy(&["masterUsername"], user);
    shape.copy(&["multiAZ"], "multi_az");
    shape.copy(&["iAMDatabaseAuthenticationEnabled"], "iam_database_authentication_enabled");
    if let Some(secret) = shape.field("masterUserSecret") {
        shape.put("manage_master_user_password", flag(true, secret.span));
    }
    if let Some(groups) = shape.field("vpcSecurityGroups") {
        let groups = members(shape, &GROUP, groups, "vpcSecurityGroupId");
        shape.put("vpc_security_group_ids", groups);
    }
    let Some(group) = shape.field("dBSubnetGroup") else { return };
    let named = if group.as_text().is_some() { Some(group) } else { field(group, "dBSubnetGroupName") };
    let subnets = list(group, "subnets");
    let Some(name) = named.and_then(Value::as_text) else { return };
    let known = named.map(|named| shape.refer(&[SUBNET_GROUP], named)).filter(|found| found.as_reference().is_some());
    let place = match known {
        Some(known) => known,
        None if subnets.is_empty() => Value::text(name, group.span),
        // The snapshot has the group only inside of what is in it.
        None => {
            let account = shape.word("awsAccountId").unwrap_or_default();
            let region = shape.word("awsRegion").unwrap_or_default();
            let address = format!("{SUBNET_GROUP}/{account}/{region}/{name}");
            let found = shape.refer_each(&SUBNET, subnets, "subnetIdentifier");
            let entries = vec![("name", Value::text(name, group.span)), ("subnet_ids", found)];
            let reference = Reference { address: address.as_str().into(), attribute: "name".into() };
            shape.part(SUBNET_GROUP, address, name, entries, group.span);
            Value::new(ValueKind::Reference(reference), group.span)
        }
    };
    shape.put("db_subnet_group_name", place);
}

/// A group of subnets.
pub(super) fn subnet_group(shape: &mut Shape<'_>) {
    shape.copy(&["dBSubnetGroupName", "resourceName"], "name");
    shape.copy(&["dBSubnetGroupName", "resourceName"], "id");
    if let Some(subnets) = shape.field("subnets") {
        let subnets = members(shape, &SUBNET, subnets, "subnetIdentifier");
        shape.put("subnet_ids", subnets);
    }
}

const BLOCKS: [(&str, &str); 4] = [
    ("blockPublicAcls", "block_public_acls"),
    ("ignorePublicAcls", "ignore_public_acls"),
    ("blockPublicPolicy", "block_public_policy"),
    ("restrictPublicBuckets", "restrict_public_buckets"),
];

/// A bucket. What its own description does not have, the supplementary one has.
pub(super) fn bucket(shape: &mut Shape<'_>) {
    shape.copy(&["name", "resourceName", "resourceId"], "bucket");
    let span = shape.span();
    if !shape.is_supplemented() {
        shape.not_understood(span, "the lack of `supplementaryConfiguration`");
    }
    let policy = shape.supplementary("BucketPolicy");
    let text = policy.and_then(|policy| match field(policy, "policyText") {
        Some(text) => Some(text),
        None if policy.as_map().is_none() || field(policy, "Statement").is_some() => Some(policy),
        None => None,
    });
    if let Some(content) = text.and_then(document) {
        let address = format!("{}#policy", shape.item.address);
        let at = content.span;
        let name = shape.item.name.to_string();
        let entries = vec![("bucket", shape.own("bucket")), ("policy", content)];
        shape.part("AWS::S3::BucketPolicy", address, &name, entries, at);
    }
    let block = shape.supplementary("PublicAccessBlockConfiguration");
    let mut entries: Vec<(&str, Value)> = Vec::new();
    for (from, to) in BLOCKS {
        let value = match block.and_then(|block| field(block, from)) {
            Some(value) => yes_or_no(value),
            // Switched off unless it is said, once anything beside the bucket is said at all.
            None if shape.is_supplemented() => flag(false, span),
            None => shape.unknown("PublicAccessBlockConfiguration"),
        };
        entries.push((to, value));
    }
    let at = block.map_or(span, |block| block.span);
    shape.put("public_access_block", map(entries, at));
    encryption(shape);
    for (from, key, to, inner) in [
        ("BucketVersioningConfiguration", "status", "versioning", "status"),
        ("BucketLoggingConfiguration", "destinationBucketName", "logging", "target_bucket"),
    ] {
        let said = shape.supplementary(from);
        let value = match said.and_then(|said| field(said, key)) {
            Some(value) if to == "logging" => shape.refer(&["AWS::S3::Bucket"], value),
            Some(value) => value.clone(),
            None if shape.is_supplemented() => continue,
            None => shape.unknown(from),
        };
        let at = value.span;
        shape.put(to, map(vec![(inner, value)], at));
    }
    if let Some(website) = shape.supplementary("BucketWebsiteConfiguration") {
        shape.put("website", website.clone());
    }
    access_list(shape);
}

fn encryption(shape: &mut Shape<'_>) {
    let Some(said) = shape.supplementary("ServerSideEncryptionConfiguration") else { return };
    let default = list(said, "rules").iter().find_map(|rule| field(rule, "applyServerSideEncryptionByDefault"));
    let Some(default) = default else { return };
    let mut entries: Vec<(&str, Value)> = Vec::new();
    for (from, to) in [("sseAlgorithm", "sse_algorithm"), ("kmsMasterKeyID", "kms_master_key_id")] {
        entries.extend(field(default, from).map(|value| (to, value.clone())));
    }
    let span = said.span;
    let rule = map(vec![("apply_server_side_encryption_by_default", map(entries, span))], span);
    shape.put("server_side_encryption_configuration", map(vec![("rule", rule)], span));
}

/// A list of who may do what: only what is open to groups of the provider matters beside policies.
fn access_list(shape: &mut Shape<'_>) {
    let Some(said) = shape.supplementary("AccessControlList") else { return };
    let mut grants: Vec<Value> = Vec::new();
    for grant in list(said, "grantList").iter().chain(list(said, "grantSet")) {
        let Some(grantee) = field(grant, "grantee") else { continue };
        let group = match grantee.as_text() {
            Some("AllUsers") => "global/AllUsers",
            Some("AuthenticatedUsers") => "global/AuthenticatedUsers",
            Some("LogDelivery") => "s3/LogDelivery",
            Some(_) => {
                shape.not_understood(grant.span, "a grantee of the access control list");
                continue;
            }
            None => match word(grantee, "uri").or_else(|| word(grantee, "identifier")) {
                Some(uri) if uri.ends_with("/global/AllUsers") => "global/AllUsers",
                Some(uri) if uri.ends_with("/global/AuthenticatedUsers") => "global/AuthenticatedUsers",
                // Single accounts, by their canonical id.
                _ => continue,
            },
        };
        let permission = match word(grant, "permission") {
            Some("Read" | "READ") => "READ",
            Some("Write" | "WRITE") => "WRITE",
            Some("ReadAcp" | "READ_ACP") => "READ_ACP",
            Some("WriteAcp" | "WRITE_ACP") => "WRITE_ACP",
            Some("FullControl" | "FULL_CONTROL") => "FULL_CONTROL",
            _ => {
                shape.not_understood(grant.span, "a permission of the access control list");
                continue;
            }
        };
        let span = grant.span;
        let uri = Value::text(format!("http://acs.amazonaws.com/groups/{group}"), span);
        let permissions = many(vec![Value::text(permission, span)], span);
        grants.push(map(vec![("type", Value::text("Group", span)), ("uri", uri), ("permissions", permissions)], span));
    }
    if !grants.is_empty() {
        shape.put("grant", many(grants, said.span));
    }
}

/// The block that an account puts in front of all its buckets.
pub(super) fn account_block(shape: &mut Shape<'_>) {
    shape.copy(&["awsAccountId"], "account_id");
    for (from, to) in BLOCKS {
        shape.copy(&[from], to);
    }
}

/// A function, and who may call it.
pub(super) fn function(shape: &mut Shape<'_>) {
    shape.copy(&["functionName", "resourceName"], "function_name");
    if let Some(network) = shape.field("vpcConfig") {
        let mut entries: Vec<(&str, Value)> = Vec::new();
        for (from, types, to) in
            [("subnetIds", &SUBNET[..], "subnet_ids"), ("securityGroupIds", &GROUP[..], "security_group_ids")]
        {
            if let Some(ids) = field(network, from).filter(|ids| !ids.each().is_empty()) {
                entries.push((to, members(shape, types, ids, "id")));
            }
        }
        shape.put("vpc_config", map(entries, network.span));
    }
    let policy = shape.supplementary("Policy").or_else(|| shape.field("policy")).and_then(document);
    let Some(policy) = policy else { return };
    let Some(statements) = field(&policy, "Statement") else {
        shape.not_understood(policy.span, "the policy");
        return;
    };
    for (at, statement) in statements.each().iter().enumerate() {
        permissions(shape, statement, at);
    }
}

/// A statement of a function's policy as the permissions that it is made of.
fn permissions(shape: &mut Shape<'_>, statement: &Value, at: usize) {
    let span = statement.span;
    let mut tests: Vec<(&str, Value)> = Vec::new();
    let mut plain = word(statement, "Effect") == Some("Allow");
    for (operator, test) in field(statement, "Condition").and_then(Value::as_map).unwrap_or_default() {
        let known = ["ArnLike", "ArnEquals", "StringEquals", "StringLike", "Bool"].contains(&&**operator);
        for (key, value) in test.as_map().unwrap_or_default() {
            let to = match key.to_ascii_lowercase().as_str() {
                "aws:sourcearn" => "source_arn",
                "aws:sourceaccount" => "source_account",
                "aws:principalorgid" => "principal_org_id",
                "lambda:functionurlauthtype" => "function_url_auth_type",
                "lambda:invokedviafunctionurl" => "invoked_via_function_url",
                _ => "",
            };
            match value.each() {
                [one] if known && !to.is_empty() => tests.push((to, one.clone())),
                _ => plain = false,
            }
        }
    }
    let principals: Vec<&Value> = match field(statement, "Principal") {
        Some(whole) if whole.as_text().is_some() => vec![whole],
        Some(whole) => whole.as_map().unwrap_or_default().iter().flat_map(|(_, value)| value.each()).collect(),
        None => Vec::new(),
    };
    let actions = list(statement, "Action");
    if !plain || principals.is_empty() || actions.is_empty() {
        shape.not_understood(span, "a statement of the policy");
        return;
    }
    let sid = word(statement, "Sid").map_or_else(|| at.to_string(), str::to_owned);
    let mut number = 0usize;
    for principal in principals {
        for action in actions {
            let address = format!("{}#policy/{at}/{number}", shape.item.address);
            number += 1;
            let mut entries = vec![
                ("function_name", shape.own("function_name")),
                ("principal", principal.clone()),
                ("action", action.clone()),
            ];
            entries.extend(tests.iter().cloned());
            shape.part("AWS::Lambda::Permission", address, &sid, entries, span);
        }
    }
}

/// A policy that stands with the thing itself.
fn own_policy(shape: &mut Shape<'_>, keys: &[&str]) {
    let said = keys.iter().find_map(|key| shape.supplementary(key).or_else(|| shape.field(key)));
    if let Some(policy) = said.and_then(document) {
        shape.put("policy", policy);
    }
}

/// A key.
pub(super) fn key(shape: &mut Shape<'_>) {
    shape.copy(&["keyId", "resourceId"], "key_id");
    own_policy(shape, &["Policy", "keyPolicy"]);
    let rotation = shape.supplementary("KeyRotationStatus").or_else(|| shape.field("enableKeyRotation"));
    let rotation = match rotation {
        Some(rotation) => yes_or_no(rotation),
        None => shape.unknown("KeyRotationStatus"),
    };
    shape.put("enable_key_rotation", rotation);
}

/// The last part of an ARN as a name.
fn named_by_arn(shape: &mut Shape<'_>, to: &str) {
    let name = shape.word("arn").and_then(|arn| arn.rsplit(':').next()).map(str::to_owned);
    if let Some(name) = name {
        shape.put(to, Value::text(name, shape.span()));
    } else {
        shape.copy(&["resourceName"], to);
    }
}

/// A queue.
pub(super) fn queue(shape: &mut Shape<'_>) {
    named_by_arn(shape, "name");
    shape.copy(&["queueUrl", "resourceId"], "url");
    own_policy(shape, &["Policy"]);
    truths(shape, &[("sqsManagedSseEnabled", "sqs_managed_sse_enabled")]);
}

/// A topic.
pub(super) fn topic(shape: &mut Shape<'_>) {
    named_by_arn(shape, "name");
    own_policy(shape, &["Policy"]);
}

/// Answers that may be written as texts.
fn truths(shape: &mut Shape<'_>, keys: &[(&str, &str)]) {
    for (from, to) in keys {
        if let Some(value) = shape.field(from) {
            let value = yes_or_no(value);
            shape.put(to, value);
        }
    }
}

/// A table.
pub(super) fn table(shape: &mut Shape<'_>) {
    shape.copy(&["tableName", "resourceName"], "name");
    let encryption = shape.field("sSEDescription").or_else(|| shape.field("sSESpecification"));
    if let Some(said) = encryption {
        let on = word(said, "status").is_some_and(|status| status.eq_ignore_ascii_case("ENABLED"))
            || field(said, "sSEEnabled").and_then(Value::as_bool) == Some(true);
        let mut entries = vec![("enabled", flag(on, said.span))];
        let key = field(said, "kMSMasterKeyArn").or_else(|| field(said, "kMSMasterKeyId"));
        entries.extend(key.map(|key| ("kms_key_arn", key.clone())));
        shape.put("server_side_encryption", map(entries, said.span));
    }
    let backups =
        shape.supplementary("ContinuousBackupsDescription").or_else(|| shape.supplementary("ContinuousBackups"));
    let recovery = backups.and_then(|said| field(said, "pointInTimeRecoveryDescription"));
    let span = shape.span();
    let enabled = match recovery.and_then(|said| word(said, "pointInTimeRecoveryStatus")) {
        Some(status) => flag(status.eq_ignore_ascii_case("ENABLED"), span),
        None => shape.unknown("ContinuousBackupsDescription"),
    };
    shape.put("point_in_time_recovery", map(vec![("enabled", enabled)], span));
}

/// A secret.
pub(super) fn secret(shape: &mut Shape<'_>) {
    shape.copy(&["name", "resourceName"], "name");
    own_policy(shape, &["ResourcePolicy", "Policy"]);
    if let Some(on) = shape.field("rotationEnabled").filter(|value| value.as_bool() == Some(true)) {
        shape.put("rotation_rules", flag(true, on.span));
    }
}

/// A trail.
pub(super) fn trail(shape: &mut Shape<'_>) {
    shape.copy(&["name", "trailName", "resourceName"], "name");
    truths(
        shape,
        &[
            ("logFileValidationEnabled", "enable_log_file_validation"),
            ("enableLogFileValidation", "enable_log_file_validation"),
            ("isMultiRegionTrail", "is_multi_region_trail"),
            ("isOrganizationTrail", "is_organization_trail"),
        ],
    );
    if let Some(bucket) = shape.field("s3BucketName") {
        let bucket = shape.refer(&["AWS::S3::Bucket"], bucket);
        shape.put("s3_bucket_name", bucket);
    }
    let logging = shape.supplementary("TrailStatus").and_then(|status| field(status, "isLogging"));
    let logging = logging.or_else(|| shape.field("isLogging"));
    if let Some(answer) = logging.and_then(Value::as_bool) {
        shape.put("enable_logging", flag(answer, shape.span()));
    }
}
