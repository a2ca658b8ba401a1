//! `vauban evidence push`: a pack into a bucket, once and for all.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::path::Path as Key;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions,
    PutPayload, RetryConfig,
};
use vauban_analysis::evidence::Container;
use vauban_analysis::export::evidence::{self, Signature, sha256};
use vauban_analysis::export::terminal::harmless;

use super::{keys, verify};
use crate::commands::Failure;

/// Arguments of `vauban evidence push`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  vauban evidence push evidence-2026.zip s3://threat-models/evidence --dry-run    say what would be done
  vauban evidence push evidence-2026.zip s3://threat-models/evidence --public-key key.pem

The pack is verified first, and nothing that is there already is ever overwritten. Credentials come from the environment
only: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN;
besides AWS_REGION and, for a store that is not Amazon's, AWS_ENDPOINT. deploy/ has a bucket made for this.

Exit codes: 0 it is there, 1 the pack is altered or not signed by the key, 2 it could not be stored.")]
pub(crate) struct Arguments {
    /// The pack
    #[arg(value_name = "PACK")]
    pack: String,

    /// Where to: s3://BUCKET or s3://BUCKET/PREFIX; the file keeps its name
    #[arg(value_name = "URL")]
    to: String,

    /// Store it only when it is signed with this key
    #[arg(long, value_name = "FILE")]
    public_key: Option<String>,

    /// Encrypt with this KMS key instead of what the bucket is set to
    #[arg(long, value_name = "KEY")]
    kms_key: Option<String>,

    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let target = Target::parse(&arguments.to, &arguments.pack)?;
    let expected = arguments.public_key.as_deref().map(keys::public).transpose()?;
    let bytes = verify::read(&arguments.pack)?;
    // A pack that says itself that its record is broken is evidence too: only one that was altered is not stored.
    let verified = vauban_analysis::evidence::verify(&bytes, expected.as_ref());
    let answer = &verified.answer;
    if !answer.is_good() {
        tell!("{}", verify::text(&arguments.pack, &verified, Container::Made).trim_end());
        tell!("Nothing was stored.");
        return Ok(ExitCode::from(1));
    }
    let hash = sha256(&bytes);
    let encryption = arguments.kms_key.as_ref().map_or_else(
        || "as the bucket is set to (Amazon S3 encrypts in any case)".to_owned(),
        |key| format!("with the KMS key {key}"),
    );
    tell!(
        "Pack       {} ({} bytes, {})\nSHA-256    {hash}\nTo         {}\nEncrypted  {encryption}\nOverwrites nothing: it is \
         stored only where there is no object of this name",
        harmless(&arguments.pack),
        bytes.len(),
        if matches!(answer.signature, Signature::Good(_)) { "signed" } else { "NOT signed" },
        harmless(&target.url()),
    );
    if arguments.dry_run {
        tell!("A dry run: nothing was stored, and nobody was asked.");
        return Ok(ExitCode::SUCCESS);
    }
    let store = store(&target, arguments.kms_key.as_deref())?;
    let there = put(&store, &target.key, bytes, &hash)?;
    tell!("{}", if there { "It was there already, byte for byte: nothing to do." } else { "Stored." });
    println!("{}", target.url());
    Ok(ExitCode::SUCCESS)
}

/// Where a pack goes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    bucket: String,
    key: Key,
}

impl Target {
    fn parse(url: &str, pack: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::new(format!("`{url}` {what}"), "write s3://BUCKET or s3://BUCKET/PREFIX");
        let rest = url.strip_prefix("s3://").ok_or_else(|| wrong("is no address of a bucket"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-".contains(letter);
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(fits) {
            return Err(wrong("names no bucket: 3 to 63 of a-z, 0-9, `.` and `-`"));
        }
        let name = std::path::Path::new(pack).file_name().and_then(|name| name.to_str()).unwrap_or("pack.zip");
        let prefix = prefix.trim_end_matches('/');
        let key = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        let key = Key::parse(&key).map_err(|_| wrong("has a prefix that is no path"))?;
        Ok(Target { bucket: bucket.to_owned(), key })
    }

    fn url(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// Variables of the environment, any group of which is enough to sign requests. The store would also ask the machine it
/// runs on; what a person did not say is not used here.
const CREDENTIALS: [&[&str]; 4] = [
    &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    &["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"],
    &["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
    &["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
];

/// The store that the environment describes.
fn store(target: &Target, kms_key: Option<&str>) -> Result<AmazonS3, Failure> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !CREDENTIALS.iter().any(|group| group.iter().all(is_set)) {
        return Err(Failure::new(
            "there are no credentials in the environment",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN",
        ));
    }
    if !is_set(&"AWS_REGION") && !is_set(&"AWS_DEFAULT_REGION") {
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

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn a_pack_keeps_its_name_below_the_prefix() {
        let url = |to: &str| Target::parse(to, "out/pack.zip").map(|target| target.url());
        assert_eq!(url("s3://evidence").ok().as_deref(), Some("s3://evidence/pack.zip"));
        assert_eq!(url("s3://evidence/2026/soc2/").ok().as_deref(), Some("s3://evidence/2026/soc2/pack.zip"));
        for wrong in ["evidence", "https://evidence", "s3://", "s3://E vidence", "s3:///x", "s3://evidence/../x"] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }
}
