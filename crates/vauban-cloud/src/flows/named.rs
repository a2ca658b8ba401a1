//! Names of queues, tables, buckets and the like in configured texts, where code writes the name twice instead of
//! referring to what has it.

use rustc_hash::FxHashMap;
use vauban_model::resource::Source;

use super::addressed::Setting;
use super::{End, FlowEvidence, Flows, Grade};
use crate::Estate;

/// Types that are found by a name: type, attribute, the service in their ARNs, words in keys that say so.
const NAMED: &[(&str, &str, &str, &[&str])] = &[
    ("aws_dynamodb_table", "name", "dynamodb", &["table", "dynamo"]),
    ("aws_s3_bucket", "bucket", "s3", &["bucket", "s3"]),
    ("aws_sqs_queue", "name", "sqs", &["queue", "sqs"]),
    ("aws_sns_topic", "name", "sns", &["topic", "sns"]),
    ("aws_kinesis_stream", "name", "kinesis", &["stream", "kinesis"]),
    ("aws_kinesis_firehose_delivery_stream", "name", "firehose", &["stream", "firehose"]),
    ("aws_secretsmanager_secret", "name", "secretsmanager", &["secret"]),
    ("aws_lambda_function", "function_name", "lambda", &["function", "lambda", "fn"]),
    ("aws_sfn_state_machine", "name", "states", &["machine", "workflow"]),
    ("aws_cloudwatch_event_bus", "name", "events", &["bus"]),
    ("google_storage_bucket", "name", "", &["bucket"]),
    ("google_pubsub_topic", "name", "", &["topic"]),
    ("google_pubsub_subscription", "name", "", &["subscription"]),
    ("azurerm_storage_account", "name", "", &["storage", "account"]),
    ("azurerm_servicebus_queue", "name", "", &["queue"]),
    ("azurerm_servicebus_topic", "name", "", &["topic"]),
];

/// Shortest name that is taken for one.
const SHORTEST: usize = 4;

/// Resources by the names that code gives them.
pub(super) struct Titles {
    by_name: FxHashMap<String, Vec<(usize, u32)>>,
}

impl Titles {
    /// The names that code states.
    pub(super) fn new(estate: &Estate<'_>) -> Self {
        let mut by_name: FxHashMap<String, Vec<(usize, u32)>> = FxHashMap::default();
        for (kind, (ty, attribute, _, _)) in NAMED.iter().enumerate() {
            for at in estate.of_type(ty) {
                let resource = estate.resource(*at);
                // Snapshots know the name of everything, whatever the service calls it.
                let told = matches!(resource.source, Source::AwsConfig | Source::CloudAssetInventory);
                let name = match resource.get(attribute) {
                    Some(name) => estate.render(name),
                    None if told => resource.name.to_string(),
                    None => continue,
                };
                if name.len() >= SHORTEST {
                    by_name.entry(name).or_default().push((kind, *at));
                }
            }
        }
        Titles { by_name }
    }

    /// Whom a setting names: its key says that it holds such a name, or its value is an ARN or the address of a queue.
    /// Whether it names anybody.
    pub(super) fn address(&self, estate: &Estate<'_>, setting: &Setting<'_>, out: &mut Flows) -> bool {
        if self.by_name.is_empty() || !estate.named(setting.value).is_empty() {
            return false;
        }
        let text = estate.render(setting.value);
        let text = text.strip_prefix(&format!("{}=", setting.key)).unwrap_or(&text);
        let Some(one) = self.find(setting.key.as_str(), text, setting.workload) else { return false };
        let shown: String = text.chars().take(80).collect();
        let evidence = FlowEvidence {
            grade: Grade::Addressed,
            text: format!("env {} = {shown}", setting.key).into(),
            span: setting.span,
            indirect: false,
        };
        out.add(End::Resource(setting.workload), End::Resource(one), evidence);
        true
    }

    /// The one resource that a text under a key names, other than the one that says it.
    pub(super) fn find(&self, key: &str, text: &str, own: u32) -> Option<u32> {
        if text.len() < SHORTEST || text.len() > 512 || text.contains(char::is_whitespace) {
            return None;
        }
        let last = text.rsplit([':', '/']).next().unwrap_or(text);
        let service = text.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(1));
        let queue = text.starts_with("https://sqs.") || text.contains(".queue.amazonaws.com/");
        let key = key.to_ascii_lowercase();
        let mut found: Vec<u32> = Vec::new();
        for (kind, at) in self.by_name.get(last).into_iter().flatten() {
            let Some((_, _, named, words)) = NAMED.get(*kind) else { continue };
            let meant = match service {
                Some(service) => service == *named,
                None if queue => *named == "sqs",
                None => text == last && words.iter().any(|word| key.contains(word)),
            };
            if meant && *at != own {
                found.push(*at);
            }
        }
        // The same name twice says nothing about which one is meant.
        match found.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }
}
