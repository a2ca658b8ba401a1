//! What the identities of workloads permit them to use: data stores, queues, functions, keys.
//!
//! For each workload and each thing it could use, one question per kind of use is asked, with the action that stands for
//! it. A permission on everything says nothing about what a workload uses: it is told by the threats, and gives no flow.

use rustc_hash::FxHashMap;
use vauban_model::resource::Text;

use crate::Estate;
use crate::flows::Granted;
use crate::permissions::{Answer, Reach, Rights};

/// Types of resource that are used by permission, with the actions that stand for reading, and for changing or calling.
const USES: &[(&str, &[&str], &[&str])] = &[
    (
        "aws_dynamodb_table",
        &["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"],
        &["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
    ),
    ("aws_s3_bucket", &["s3:GetObject"], &["s3:PutObject", "s3:DeleteObject"]),
    ("aws_sqs_queue", &["sqs:ReceiveMessage"], &["sqs:SendMessage"]),
    ("aws_sns_topic", &[], &["sns:Publish"]),
    ("aws_secretsmanager_secret", &["secretsmanager:GetSecretValue"], &["secretsmanager:PutSecretValue"]),
    ("aws_ssm_parameter", &["ssm:GetParameter", "ssm:GetParameters"], &["ssm:PutParameter"]),
    ("aws_kinesis_stream", &["kinesis:GetRecords"], &["kinesis:PutRecord", "kinesis:PutRecords"]),
    ("aws_kinesis_firehose_delivery_stream", &[], &["firehose:PutRecord", "firehose:PutRecordBatch"]),
    ("aws_lambda_function", &[], &["lambda:InvokeFunction"]),
    ("aws_sfn_state_machine", &[], &["states:StartExecution"]),
    ("aws_cloudwatch_event_bus", &[], &["events:PutEvents"]),
    ("aws_bedrockagent_knowledge_base", &["bedrock:Retrieve"], &[]),
    ("aws_bedrockagent_agent", &[], &["bedrock:InvokeAgent"]),
    (
        "aws_cognito_user_pool",
        &["cognito-idp:AdminGetUser"],
        &["cognito-idp:AdminCreateUser", "cognito-idp:AdminUpdateUserAttributes"],
    ),
    ("aws_elasticsearch_domain", &["es:ESHttpGet"], &["es:ESHttpPost", "es:ESHttpPut"]),
    ("aws_opensearch_domain", &["es:ESHttpGet"], &["es:ESHttpPost", "es:ESHttpPut"]),
    ("google_storage_bucket", &["storage.objects.get"], &["storage.objects.create", "storage.objects.delete"]),
    ("google_pubsub_topic", &[], &["pubsub.topics.publish"]),
    ("google_pubsub_subscription", &["pubsub.subscriptions.consume"], &[]),
    ("google_secret_manager_secret", &["secretmanager.versions.access"], &["secretmanager.versions.add"]),
    ("google_bigquery_dataset", &["bigquery.tables.getData"], &["bigquery.tables.updateData"]),
    ("google_bigquery_table", &["bigquery.tables.getData"], &["bigquery.tables.updateData"]),
    ("google_spanner_database", &["spanner.databases.select"], &["spanner.databases.write"]),
    ("google_cloud_run_service", &[], &["run.routes.invoke"]),
    ("google_cloud_run_v2_service", &[], &["run.routes.invoke"]),
    ("google_cloudfunctions_function", &[], &["cloudfunctions.functions.invoke"]),
    ("google_cloud_tasks_queue", &[], &["cloudtasks.tasks.create"]),
    (
        "azurerm_storage_account",
        &[
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
            "Microsoft.Storage/storageAccounts/queueServices/queues/messages/read",
            "Microsoft.Storage/storageAccounts/tableServices/tables/entities/read",
        ],
        &[
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
            "Microsoft.Storage/storageAccounts/queueServices/queues/messages/add/action",
            "Microsoft.Storage/storageAccounts/tableServices/tables/entities/write",
        ],
    ),
    (
        "azurerm_storage_container",
        &["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
        &["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write"],
    ),
    (
        "azurerm_key_vault",
        &["Microsoft.KeyVault/vaults/secrets/getSecret/action"],
        &["Microsoft.KeyVault/vaults/secrets/setSecret/action"],
    ),
    (
        "azurerm_servicebus_namespace",
        &["Microsoft.ServiceBus/namespaces/messages/receive/action"],
        &["Microsoft.ServiceBus/namespaces/messages/send/action"],
    ),
    (
        "azurerm_servicebus_queue",
        &["Microsoft.ServiceBus/namespaces/messages/receive/action"],
        &["Microsoft.ServiceBus/namespaces/messages/send/action"],
    ),
    ("azurerm_servicebus_topic", &[], &["Microsoft.ServiceBus/namespaces/messages/send/action"]),
    (
        "azurerm_eventhub_namespace",
        &["Microsoft.EventHub/namespaces/messages/receive/action"],
        &["Microsoft.EventHub/namespaces/messages/send/action"],
    ),
    (
        "azurerm_eventhub",
        &["Microsoft.EventHub/namespaces/messages/receive/action"],
        &["Microsoft.EventHub/namespaces/messages/send/action"],
    ),
    (
        "azurerm_app_configuration",
        &["Microsoft.AppConfiguration/configurationStores/keyValues/read"],
        &["Microsoft.AppConfiguration/configurationStores/keyValues/write"],
    ),
];

/// The actions that stand for reading something of a type, and for changing or calling it.
pub(crate) fn uses_of(ty: &str) -> (&'static [&'static str], &'static [&'static str]) {
    USES.iter().find(|(known, _, _)| *known == ty).map_or((&[], &[]), |(_, reads, writes)| (reads, writes))
}

/// The actions that stand for using something of a type.
pub(crate) fn actions(ty: &str) -> Vec<&'static str> {
    let (reads, writes) = uses_of(ty);
    reads.iter().chain(writes).copied().collect()
}

/// Whether another resource of the same name is meant: the one nearest to the workload in the code. Code that is rolled
/// out several times gives the same name several times.
fn twin(
    estate: &Estate<'_>,
    rights: &Rights<'_>,
    twins: &FxHashMap<&str, Vec<u32>>,
    workload: u32,
    target: u32,
) -> bool {
    let Some(same) = rights.name_of(target).and_then(|name| twins.get(name)).filter(|same| same.len() > 1) else {
        return false;
    };
    let home = &estate.resource(workload).address;
    let near = |at: u32| {
        let parts = |address: &'_ str| address.split([':', '.']).map(str::to_owned).collect::<Vec<_>>();
        let (own, other) = (parts(home), parts(&estate.resource(at).address));
        own.iter().zip(&other).take_while(|(a, b)| a == b).count()
    };
    let own = near(target);
    same.iter().any(|other| near(*other) > own)
}

/// The uses that the identities of workloads permit. `runs_as` pairs a workload with a principal, both as resources.
pub fn granted(estate: &Estate<'_>, rights: &Rights<'_>, runs_as: &[(u32, u32)]) -> Vec<Granted> {
    let mut out = Vec::new();
    let mut twins: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
    for (ty, _, _) in USES {
        for at in estate.of_type(ty) {
            if let Some(name) = rights.name_of(*at) {
                twins.entry(name).or_default().push(*at);
            }
        }
    }
    for (workload, principal) in runs_as {
        let Some(principal) = rights.principal_of(*principal) else { continue };
        if rights.administers_account(principal).answer == Answer::Allowed {
            continue;
        }
        for (ty, reads, writes) in USES {
            if estate.of_type(ty).is_empty() {
                continue;
            }
            let actions: Vec<(&str, bool)> = reads
                .iter()
                .map(|action| (*action, true))
                .chain(writes.iter().map(|action| (*action, false)))
                .filter(|(action, _)| rights.could(principal, action))
                .collect();
            if actions.is_empty() {
                continue;
            }
            let kinds = rights.kinds(&[Box::from(*ty)]);
            let reach = actions
                .iter()
                .fold(Reach::nothing(), |all, (action, _)| all.or(rights.reach(principal, action, &kinds)));
            let targets = match reach {
                Reach::All => kinds.members,
                Reach::Only(list) => list,
            };
            for target in targets.iter().filter(|target| *target != workload) {
                if twin(estate, rights, &twins, *workload, *target) {
                    continue;
                }
                let mut used: Vec<Text> = Vec::new();
                let mut read_only = true;
                let mut span = None;
                for (action, reads) in &actions {
                    let Some(statement) = rights.names(principal, action, *target) else { continue };
                    used.push(Text::from(*action));
                    read_only &= *reads;
                    span = span.or(Some(statement.span));
                }
                if let Some(span) = span {
                    out.push(Granted { workload: *workload, target: *target, actions: used, read_only, span });
                }
            }
        }
    }
    out
}
