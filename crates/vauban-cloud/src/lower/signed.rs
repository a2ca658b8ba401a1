//! Services of clouds that take no request without a permission: whoever calls them has signed in, unless they are open to
//! everybody.

use vauban_model::model::Origin;
use vauban_model::vocabulary::fact;

use super::builder::{Builder, word};

/// Types, and how their callers prove who they are: by a signature with a key, or by a token. Providers' documentation of
/// each service: requests are signed (AWS, keys of Azure), or bear a token (Google Cloud, Key Vault).
const SIGNED: [(&str, &str); 38] = [
    ("aws_s3_bucket", "signature"),
    ("aws_sqs_queue", "signature"),
    ("aws_sns_topic", "signature"),
    ("aws_dynamodb_table", "signature"),
    ("aws_kinesis_stream", "signature"),
    ("aws_kinesis_firehose_delivery_stream", "signature"),
    ("aws_cloudwatch_event_bus", "signature"),
    ("aws_cloudwatch_log_group", "signature"),
    ("aws_secretsmanager_secret", "signature"),
    ("aws_ssm_parameter", "signature"),
    ("aws_kms_key", "signature"),
    ("aws_sfn_state_machine", "signature"),
    ("aws_lambda_function", "signature"),
    ("aws_ecr_repository", "signature"),
    ("aws_athena_workgroup", "signature"),
    ("aws_glue_catalog_database", "signature"),
    ("aws_backup_vault", "signature"),
    ("google_storage_bucket", "token"),
    ("google_pubsub_topic", "token"),
    ("google_pubsub_subscription", "token"),
    ("google_bigquery_dataset", "token"),
    ("google_bigquery_table", "token"),
    ("google_firestore_database", "token"),
    ("google_spanner_instance", "token"),
    ("google_spanner_database", "token"),
    ("google_bigtable_instance", "token"),
    ("google_secret_manager_secret", "token"),
    ("google_kms_crypto_key", "token"),
    ("google_cloud_tasks_queue", "token"),
    ("google_artifact_registry_repository", "token"),
    ("azurerm_key_vault", "token"),
    ("azurerm_storage_account", "token"),
    ("azurerm_servicebus_namespace", "token"),
    ("azurerm_eventhub_namespace", "token"),
    ("azurerm_eventgrid_topic", "token"),
    ("azurerm_cosmosdb_account", "token"),
    ("azurerm_log_analytics_workspace", "token"),
    ("azurerm_app_configuration", "token"),
];

/// Services of these whose clients speak AMQP as well as HTTPS.
const BROKERS: [&str; 2] = ["azurerm_servicebus_namespace", "azurerm_eventhub_namespace"];

impl Builder<'_> {
    /// Says of flows to such services how their callers prove who they are, where nothing else is known, and that they talk
    /// HTTPS: what every client of theirs does unless it is told otherwise.
    pub(super) fn signed(&mut self) {
        let estate = self.input.estate;
        let mut how: Vec<Option<(&str, bool)>> = vec![None; self.out.model.components.len()];
        for (ty, by) in SIGNED {
            for at in estate.of_type(ty) {
                // The site of an account is for everybody, whatever its containers are.
                if estate.resource(*at).get("static_website").is_some_and(|site| !site.each().is_empty()) {
                    continue;
                }
                let Some(component) = self.component_of(*at) else { continue };
                let Some(known) = self.out.model.components.get(component as usize) else { continue };
                let element = &known.element;
                let own = *element.id == *estate.resource(*at).address;
                let open = [fact::PUBLIC_READ, fact::PUBLIC_WRITE, fact::ANONYMOUS_ACCESS]
                    .iter()
                    .any(|id| element.bool(*id) == Some(true));
                let unsure = element.extras.iter().any(|(key, what)| {
                    &**key == "not known"
                        && ["public_read", "public_write", "anonymous_access"].iter().any(|id| what.starts_with(id))
                });
                if own
                    && !open
                    && !unsure
                    && let Some(slot) = how.get_mut(component as usize)
                {
                    *slot = Some((by, !BROKERS.contains(&ty)));
                }
            }
        }
        for flow in &mut self.out.model.flows {
            let Some((by, over_https)) = how.get(flow.target as usize).copied().flatten() else { continue };
            let protocol = over_https.then_some("https");
            for (id, said) in [(fact::AUTHENTICATION, Some(by)), (fact::PROTOCOL, protocol)] {
                if flow.element.fact(id).is_none()
                    && let Some(fact) = said.and_then(|said| word(id, said, Origin::Default, flow.element.span))
                {
                    flow.element.set(fact);
                }
            }
        }
    }
}
