//! The client for S3: what stores a pack, once and for all.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::path::Path as Key;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions,
    PutPayload, RetryConfig,
};
use vauban_analysis::export::evidence::sha256;

use super::{Target, credentials};
use crate::commands::Failure;

/// Stores a pack where there is nothing yet. True when the same bytes were there already.
pub(super) fn send(target: &Target, kms_key: Option<&str>, bytes: Vec<u8>, hash: &str) -> Result<bool, Failure> {
    let key = Key::parse(&target.key)
        .map_err(|_| Failure::new(format!("`{}` is no name of an object", target.key), "name another prefix"))?;
    put(&store(target, kms_key)?, &key, bytes, hash)
}

/// The store that the environment describes.
fn store(target: &Target, kms_key: Option<&str>) -> Result<AmazonS3, Failure> {
    if !credentials() {
        return Err(Failure::new(
            "there are no credentials in the environment",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN",
        ));
    }
    if !super::is_set("AWS_REGION") && !super::is_set("AWS_DEFAULT_REGION") {
        return Err(Failure::new("the environment names no region", "set AWS_REGION to the bucket's region"));
    }
    // The one provider of cryptography that is built in; a second call finds it set.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let retry = RetryConfig {
        backoff: BackoffConfig { max_backoff: Duration::from_secs(5), ..BackoffConfig::default() },
        max_retries: 4,
        retry_timeout: Duration::from_secs(60),
    };
    let client = ClientOptions::new()
        .with_allow_http(allows_http())
        .with_connect_timeout(Duration::from_secs(10))
        .with_timeout(Duration::from_secs(600));
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(&target.bucket)
        .with_client_options(client)
        .with_retry(retry)
        // A bucket with object lock takes nothing without a checksum.
        .with_checksum_algorithm(Checksum::SHA256);
    if let Some(key) = kms_key {
        builder = builder.with_sse_kms_encryption(key);
    }
    builder.build().map_err(|error| Failure::new(sentence(&error), "mend the variables of the environment"))
}

/// Whether the environment allows a store without TLS: for one on this machine only.
fn allows_http() -> bool {
    std::env::var("AWS_ALLOW_HTTP").is_ok_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Stores the pack where there is nothing yet. True when the same bytes were there already.
fn put(store: &AmazonS3, key: &Key, bytes: Vec<u8>, hash: &str) -> Result<bool, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("the network cannot be used: {error}"), ""))?;
    let attributes = Attributes::from_iter([
        (Attribute::ContentType, "application/zip".to_owned()),
        (Attribute::Metadata("sha256".into()), hash.to_owned()),
    ]);
    let options = PutOptions { mode: PutMode::Create, attributes, ..PutOptions::default() };
    let store: Arc<dyn ObjectStore> = Arc::new(store.clone());
    let payload = PutPayload::from(bytes);
    runtime.block_on(async {
        match store.put_opts(key, payload, options).await {
            Ok(_) => Ok(false),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let there = async { store.get(key).await?.bytes().await };
                match there.await {
                    Ok(known) if sha256(&known) == hash => Ok(true),
                    Ok(_) => Err(Failure::new(
                        format!("`{key}` is there already, with other content"),
                        "evidence is never overwritten: give the pack another name",
                    )),
                    Err(error) => Err(Failure::new(
                        format!("`{key}` is there already and cannot be read to compare: {}", sentence(&error)),
                        "give the pack another name",
                    )),
                }
            }
            Err(error) => Err(Failure::new(
                format!("`{key}` was not stored: {}", sentence(&error)),
                "see whether bucket, region and credentials fit, and whether the policy allows s3:PutObject",
            )),
        }
    })
}

/// An error and its causes on one line.
fn sentence(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !out.contains(&text) {
            out.push_str(": ");
            out.push_str(&text);
        }
        cause = inner.source();
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}
