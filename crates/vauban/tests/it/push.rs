//! Storing packs, against a small server of our own that plays S3.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::support::{Folder, Run, run_with};

/// What a client asked.
#[derive(Clone, Debug, Default)]
struct Request {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// A bucket in memory behind a port: PUT with `If-None-Match: *`, and GET.
struct Bucket {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Bucket {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let bucket = Bucket { port, requests: Arc::default(), objects: Arc::default() };
        let (requests, objects) = (Arc::clone(&bucket.requests), Arc::clone(&bucket.objects));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (requests, objects) = (Arc::clone(&requests), Arc::clone(&objects));
                std::thread::spawn(move || serve(stream, &requests, &objects));
            }
        });
        bucket
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no panic").clone()
    }

    fn push(&self, folder: &Folder, more: &[&str]) -> Run {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        let mut arguments = vec!["evidence", "push", "pack.zip", "s3://threat-models/evidence/2026"];
        arguments.extend(more);
        run_with(
            folder.path(),
            &arguments,
            &[
                ("AWS_ENDPOINT", &endpoint),
                ("AWS_ALLOW_HTTP", "true"),
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "not a secret: this bucket lives in a test"),
                ("NO_PROXY", "127.0.0.1"),
            ],
        )
    }
}

fn serve(mut stream: TcpStream, requests: &Mutex<Vec<Request>>, objects: &Mutex<BTreeMap<String, Vec<u8>>>) {
    let Some(request) = read(&mut stream) else { return };
    let answer = answer(&request, objects);
    requests.lock().expect("no panic").push(request);
    let _ = stream.write_all(&answer);
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0u8; 65_536];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break end;
        }
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend(&buffer[..count]);
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        body.extend(&buffer[..count]);
    }
    Some(Request { method, path, headers, body })
}

fn answer(request: &Request, objects: &Mutex<BTreeMap<String, Vec<u8>>>) -> Vec<u8> {
    let mut objects = objects.lock().expect("no panic");
    let say = |status: &str, body: &[u8]| {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"0\"\r\nLast-Modified: Fri, 03 Jul 2026 08:00:00 GMT\r\n\
             Connection: close\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    };
    match request.method.as_str() {
        "PUT" if request.headers.get("if-none-match").map(String::as_str) == Some("*") => {
            if objects.contains_key(&request.path) {
                return say("412 Precondition Failed", b"<Error><Code>PreconditionFailed</Code></Error>");
            }
            objects.insert(request.path.clone(), request.body.clone());
            say("200 OK", b"")
        }
        "PUT" => say("400 Bad Request", b"<Error><Code>ThisWouldOverwrite</Code></Error>"),
        "GET" => match objects.get(&request.path) {
            Some(bytes) => say("200 OK", bytes),
            None => say("404 Not Found", b"<Error><Code>NoSuchKey</Code></Error>"),
        },
        _ => say("403 Forbidden", b"<Error><Code>AccessDenied</Code></Error>"),
    }
}

fn prepared() -> Folder {
    let folder = Folder::new();
    folder.write("model.yaml", crate::support::SMALL);
    folder.run(&["evidence", "key", "--new", "key.pem"]).exits(0);
    pack(&folder, "pack.zip", "1");
    folder
}

fn pack(folder: &Folder, name: &str, seed: &str) {
    let made = "2026-07-03T08:00:00Z";
    folder
        .run(&[
            "evidence",
            "pack",
            "--from",
            "2026-01-01",
            "--to",
            "2026-06-30",
            "--made",
            made,
            "--seed",
            seed,
            "--key",
            "key.pem",
            "-o",
            name,
            "model.yaml",
        ])
        .exits(0);
}

#[test]
fn a_pack_is_stored_once_signed_and_with_a_checksum() {
    let (folder, bucket) = (prepared(), Bucket::new());
    let run =
        bucket.push(&folder, &["--kms-key", "arn:aws:kms:eu-central-1:1:key/2", "--public-key", "key.pem"]).exits(0);
    assert_eq!(run.out, "s3://threat-models/evidence/2026/pack.zip\n");
    let run = run.says("Stored.").says("with the KMS key arn:aws:kms:eu-central-1:1:key/2");
    assert!(run.err.contains("SHA-256"), "{}", run.err);
    let requests = bucket.requests();
    let [put] = requests.as_slice() else { panic!("one request: {requests:#?}") };
    let header = |name: &str| put.headers.get(name).map(String::as_str).unwrap_or_default();
    assert_eq!((put.method.as_str(), put.path.as_str()), ("PUT", "/threat-models/evidence/2026/pack.zip"));
    assert!(put.body == std::fs::read(folder.path().join("pack.zip")).expect("there"), "byte for byte");
    let authorisation = header("authorization");
    assert!(authorisation.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorisation}");
    assert!(authorisation.contains("/eu-central-1/s3/aws4_request"), "{authorisation}");
    for signed in ["host", "x-amz-content-sha256", "x-amz-date", "x-amz-server-side-encryption"] {
        assert!(authorisation.contains(signed), "{signed} is not signed: {authorisation}");
    }
    assert_eq!(header("if-none-match"), "*", "nothing is overwritten");
    assert_eq!(header("x-amz-server-side-encryption"), "aws:kms");
    assert_eq!(header("x-amz-server-side-encryption-aws-kms-key-id"), "arn:aws:kms:eu-central-1:1:key/2");
    assert!(!header("x-amz-checksum-sha256").is_empty(), "a bucket with object lock wants a checksum");
    assert_eq!(header("content-type"), "application/zip");
    assert!(!run.err.contains("not a secret") && !run.out.contains("not a secret"));
}

#[test]
fn what_is_there_is_not_overwritten() {
    let (folder, bucket) = (prepared(), Bucket::new());
    bucket.push(&folder, &[]).exits(0).says("Stored.").says("as the bucket is set to");
    bucket.push(&folder, &[]).exits(0).says("byte for byte");
    std::fs::remove_file(folder.path().join("pack.zip")).expect("there");
    pack(&folder, "pack.zip", "2");
    bucket.push(&folder, &[]).exits(2).says("with other content").says("never overwritten");
    assert_eq!(bucket.objects.lock().expect("no panic").len(), 1);
}

#[test]
fn nothing_leaves_that_should_not() {
    let (folder, bucket) = (prepared(), Bucket::new());
    bucket.push(&folder, &["--dry-run"]).exits(0).says("nothing was stored").prints("");
    folder.run(&["evidence", "key", "--new", "other.pem"]).exits(0);
    bucket.push(&folder, &["--public-key", "other.pem"]).exits(1).says("ANOTHER KEY").says("Nothing was stored");
    let mut bytes = std::fs::read(folder.path().join("pack.zip")).expect("there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(folder.path().join("pack.zip"), bytes).expect("written");
    bucket.push(&folder, &[]).exits(1).says("ALTERED").says("Nothing was stored");
    assert!(bucket.requests().is_empty(), "{:#?}", bucket.requests());
}

#[test]
fn credentials_come_from_the_environment_only() {
    let folder = prepared();
    let push = |variables: &[(&str, &str)]| {
        let mut all = vec![("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_REGION", "")];
        all.extend(
            ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_DEFAULT_REGION"]
                .map(|name| (name, "")),
        );
        all.extend(variables);
        run_with(folder.path(), &["evidence", "push", "pack.zip", "s3://threat-models"], &all)
    };
    push(&[]).exits(2).says("no credentials in the environment");
    push(&[("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y")]).exits(2).says("names no region");
    folder.run(&["evidence", "push", "pack.zip", "https://threat-models"]).exits(2).says("is no address of a bucket");
}
