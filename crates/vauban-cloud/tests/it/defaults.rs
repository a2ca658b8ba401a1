//! What the library says of defaults that documentation settled, and of who answers for what.

use vauban_model::resource::{Inventory, Source};
use vauban_model::vocabulary::{FactId, fact};

use crate::catalogue::{catalogue, resource, text};
use crate::lower::{component, known, lowered, lowered_file, terraform};

fn word(text: &str, id: &str, fact: FactId) -> Option<&'static str> {
    known(component(&terraform(text), id), fact).map(|(word, _)| word)
}

#[test]
fn every_process_and_store_says_who_answers_for_what() {
    let catalogue = catalogue();
    let silent: Vec<&str> = catalogue
        .entries()
        .iter()
        .filter(|entry| matches!(entry.kind.as_str(), "process" | "data-store") && entry.responsibility.is_none())
        .map(|entry| &*entry.ty)
        .collect();
    assert_eq!(silent, Vec::<&str>::new());
}

#[test]
fn the_line_of_responsibility_is_noted_on_the_component() {
    let lowered = terraform("resource \"aws_efs_file_system\" \"files\" {}");
    let notes: Vec<&str> =
        component(&lowered, "aws_efs_file_system.files").extras.iter().map(|(key, _)| &**key).collect();
    assert!(notes.contains(&"the provider answers for") && notes.contains(&"we answer for"), "{notes:?}");
}

#[test]
fn runtimes_that_ended_are_told_from_those_that_live_and_those_not_known() {
    let of = |runtime: &str| {
        let text = format!("resource \"aws_lambda_function\" \"f\" {{ runtime = \"{runtime}\" }}");
        word(&text, "aws_lambda_function.f", fact::END_OF_LIFE)
    };
    assert_eq!(of("nodejs18.x"), Some("yes"));
    assert_eq!(of("python3.9"), Some("yes"));
    assert_eq!(of("python3.13"), Some("no"));
    assert_eq!(of("java17"), None);
    assert_eq!(of("nodejs99.x"), None);
}

#[test]
fn a_file_server_in_a_network_faces_the_internet_with_elastic_addresses_only() {
    let of = |details: &str| {
        let text = format!(
            "resource \"aws_transfer_server\" \"s\" {{\n  endpoint_type = \"VPC\"\n  endpoint_details {{\n    \
             subnet_ids = [\"subnet-1\"]\n{details}  }}\n}}"
        );
        word(&text, "aws_transfer_server.s", fact::INTERNET_FACING)
    };
    assert_eq!(of("    address_allocation_ids = [\"eipalloc-1\"]\n"), Some("yes"));
    assert_eq!(of(""), Some("no"));
    assert_eq!(
        word("resource \"aws_transfer_server\" \"s\" {}", "aws_transfer_server.s", fact::INTERNET_FACING),
        Some("yes")
    );
}

#[test]
fn pods_reach_the_metadata_of_older_node_images_only() {
    let of = |image: &str| {
        let text = format!("resource \"aws_eks_node_group\" \"n\" {{\n  node_group_name = \"n\"\n{image}}}");
        word(&text, "aws_eks_node_group.n", fact::PODS_REACH_METADATA)
    };
    assert_eq!(of("  ami_type = \"AL2_x86_64\"\n"), Some("yes"));
    assert_eq!(of("  ami_type = \"AL2023_x86_64_STANDARD\"\n"), Some("no"));
    assert_eq!(of(""), None);
}

#[test]
fn a_word_for_the_providers_key_is_not_a_key_of_ours() {
    let of = |key: &str| {
        let text = format!(
            "resource \"aws_securitylake_data_lake\" \"l\" {{\n  configuration {{\n    encryption_configuration {{\n      \
             kms_key_id = \"{key}\"\n    }}\n  }}\n}}"
        );
        word(&text, "aws_securitylake_data_lake.l", fact::ENCRYPTION_AT_REST)
    };
    assert_eq!(of("S3_MANAGED_KEY"), Some("service-key"));
    assert_eq!(of("1234abcd-12ab-34cd-56ef-1234567890ab"), Some("customer-key"));
}

#[test]
fn what_a_switch_without_a_stated_default_means_is_not_guessed() {
    let database = |text: &str| {
        let text = format!("resource \"aws_lightsail_database\" \"d\" {{\n{text}}}");
        word(&text, "aws_lightsail_database.d", fact::PUBLIC_ADDRESS)
    };
    assert_eq!(database(""), None);
    assert_eq!(database("  publicly_accessible = true\n"), Some("yes"));
    assert_eq!(database("  publicly_accessible = false\n"), Some("no"));
}

#[test]
fn a_database_keeps_backups_for_a_day_where_cloudformation_says_nothing_and_none_in_terraform() {
    let backups = |lowered: &vauban_cloud::lower::Lowered, id: &str| {
        component(lowered, id).control("backups").map(|control| control.present)
    };
    let template = |retention: &str| {
        let text = format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Db: {{Type: AWS::RDS::DBInstance, Properties: {{Engine: \
             postgres{retention}}}}}\n"
        );
        let lowered = lowered_file("t.yaml", &text);
        let id = lowered.model.components.iter().find(|one| one.element.id.ends_with("Db")).expect("the database");
        backups(&lowered, &id.element.id.clone())
    };
    assert_eq!(template(""), Some(true));
    assert_eq!(template(", BackupRetentionPeriod: 0"), Some(false));
    assert_eq!(template(", BackupRetentionPeriod: 7"), Some(true));
    let code = terraform("resource \"aws_db_instance\" \"db\" { engine = \"postgres\" }");
    assert_eq!(backups(&code, "aws_db_instance.db"), Some(false));
}

#[test]
fn a_key_of_the_provider_is_not_a_key_of_ours() {
    let of = |key: &str| {
        let text = format!(
            "resource \"aws_kms_key\" \"k\" {{}}\ndata \"aws_kms_alias\" \"rds\" {{ name = \"alias/aws/rds\" }}\n\
             resource \"aws_db_instance\" \"d\" {{\n  storage_encrypted = true\n  \
             kms_key_id = {key}\n}}"
        );
        word(&text, "aws_db_instance.d", fact::ENCRYPTION_AT_REST)
    };
    assert_eq!(of("\"arn:aws:kms:eu-west-1:111122223333:alias/aws/rds\""), Some("service-key"));
    assert_eq!(of("data.aws_kms_alias.rds.target_key_arn"), Some("service-key"));
    assert_eq!(of("aws_kms_key.k.arn"), Some("customer-key"));
    assert_eq!(of("\"arn:aws:kms:eu-west-1:111122223333:key/1234abcd\""), Some("customer-key"));
}

#[test]
fn the_key_that_a_state_holds_is_ours_only_where_the_state_describes_it() {
    let of = |others: &str| {
        let text = format!(
            r#"{{"version": 4, "terraform_version": "1.9.0", "resources": [{others}
            {{"mode": "managed", "type": "aws_db_instance", "name": "d", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
              "instances": [{{"attributes": {{"identifier": "d", "storage_encrypted": true, "kms_key_id": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"}}}}]}}]}}"#
        );
        let lowered = lowered_file("terraform.tfstate", &text);
        let database = lowered.model.components.iter().find(|one| one.element.id.ends_with("aws_db_instance.d"));
        known(&database.expect("the database").element, fact::ENCRYPTION_AT_REST).map(|(word, _)| word)
    };
    assert_eq!(of(""), None, "it may be the provider's or ours: nothing says so");
    let key = r#"{"mode": "managed", "type": "aws_kms_key", "name": "k", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "instances": [{"attributes": {"arn": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd", "key_id": "1234abcd"}}]},"#;
    assert_eq!(of(key), Some("customer-key"));
}

#[test]
fn a_queue_holds_a_key_in_a_state_only_where_one_was_set_and_an_export_may_show_any() {
    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
    let state = format!(
        r#"{{"version": 4, "terraform_version": "1.9.0", "resources": [{{"mode": "managed", "type": "aws_sqs_queue", "name": "q",
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{{"attributes": {{"name": "q", "kms_master_key_id": "{KEY}"}}}}]}}]}}"#
    );
    let of_state = lowered_file("terraform.tfstate", &state);
    let queue = of_state.model.components.iter().find(|one| one.element.id.ends_with("aws_sqs_queue.q"));
    assert_eq!(
        known(&queue.expect("the queue").element, fact::ENCRYPTION_AT_REST).map(|it| it.0),
        Some("customer-key")
    );
    let of = |source: Source| {
        let queue = resource(source, "AWS::SQS::Queue", "Q", vec![("KmsMasterKeyId", text(KEY))]);
        let mut inventory = Inventory { resources: vec![queue], ..Inventory::default() };
        known(component(&lowered(&mut inventory, false), "Q"), fact::ENCRYPTION_AT_REST).map(|(word, _)| word)
    };
    assert_eq!(of(Source::CloudFormation), Some("customer-key"));
    assert_eq!(of(Source::AwsConfig), None, "it may be the provider's own");
}

#[test]
fn a_bus_to_which_every_account_may_send_is_open() {
    let of = |rest: &str| {
        let text = format!(
            "resource \"aws_cloudwatch_event_bus\" \"b\" {{ name = \"b\" }}\nresource \"aws_cloudwatch_event_permission\" \"p\" {{\n  \
             event_bus_name = aws_cloudwatch_event_bus.b.name\n  statement_id = \"x\"\n{rest}}}"
        );
        word(&text, "aws_cloudwatch_event_bus.b", fact::PUBLIC_WRITE)
    };
    assert_eq!(of("  principal = \"*\"\n"), Some("yes"));
    assert_eq!(of("  principal = \"111122223333\"\n"), None);
    assert_eq!(
        of(
            "  principal = \"*\"\n  condition {\n    key = \"aws:PrincipalOrgID\"\n    type = \"StringEquals\"\n    value = \"o-1\"\n  }\n"
        ),
        None
    );
}
