//! Spellings: camel case to snake case and back.

/// `DBInstanceIdentifier` becomes `db_instance_identifier`, `httpTokens` `http_tokens`.
pub(super) fn snake(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        if letter.is_ascii_uppercase() {
            let after_small = before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            // The last capital of a run starts the next word, unless only a plural `s` follows: `DBInstance`, `IDs`.
            let mut ahead = rest.clone();
            let starts_word = ahead.next().is_some_and(|next| next.is_ascii_lowercase())
                && !(rest.peek() == Some(&'s') && ahead.next().is_none_or(|next| !next.is_ascii_lowercase()));
            let after_capital = before.is_some_and(|b| b.is_ascii_uppercase());
            if after_small || (after_capital && starts_word) {
                out.push('_');
            }
            out.push(letter.to_ascii_lowercase());
        } else {
            out.push(letter);
        }
        before = Some(letter);
    }
    out
}

/// `FilesystemId` becomes `filesystemId`.
pub(super) fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_ascii_lowercase().to_string() + letters.as_str(),
        None => String::new(),
    }
}

/// `service_account_name` becomes `serviceAccountName`.
pub(super) fn camel(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut up = false;
    for letter in text.chars() {
        if letter == '_' {
            up = true;
        } else if up {
            out.push(letter.to_ascii_uppercase());
            up = false;
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{camel, snake};

    #[test]
    fn words_are_parted_as_people_read_them() {
        for (from, to) in [
            ("DBInstanceIdentifier", "db_instance_identifier"),
            ("httpTokens", "http_tokens"),
            ("VpcId", "vpc_id"),
            ("SecurityGroupIds", "security_group_ids"),
            ("S3BucketName", "s3_bucket_name"),
            ("KMSMasterKeyID", "kms_master_key_id"),
            ("already_snake", "already_snake"),
            ("EBSOptimized", "ebs_optimized"),
            ("VPCSecurityGroups", "vpc_security_groups"),
            ("SubnetIDs", "subnet_ids"),
        ] {
            assert_eq!(snake(from), to);
        }
        assert_eq!(camel("automount_service_account_token"), "automountServiceAccountToken");
    }
}
