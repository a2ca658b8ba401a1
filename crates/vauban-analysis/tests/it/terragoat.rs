//! Infrastructure with weaknesses planted by others: which of them are found, as a security engineer who read the code
//! would list them.

use crate::infrastructure::{corpus, session};

/// A weakness: the folder, what is wrong in our words, and the finding that says so.
type Planted = (&'static str, &'static str, &'static str);

/// What has to be found.
const FOUND: &[Planted] = &[
    (
        "aws",
        "an access key in the start script of a host",
        "credential-written-into-code@access-key:AKIAIOSFODNN7EXAMAAA",
    ),
    (
        "aws",
        "a database password as the default of a variable",
        "credential-written-into-code@password:aws_db_instance.default",
    ),
    ("aws", "a database with a public address", "store-with-public-address@aws_db_instance.default"),
    ("aws", "a database without encryption", "unencrypted-store-of-unknown-content@aws_db_instance.default"),
    ("aws", "a volume without encryption", "unencrypted-store-of-unknown-content@aws_ebs_volume.web_host_storage"),
    ("aws", "a graph database without encryption", "unencrypted-store-of-unknown-content@aws_neptune_cluster.default"),
    ("aws", "Aurora without encryption", "unencrypted-store-of-unknown-content@aws_rds_cluster.app1-rds-cluster"),
    (
        "aws",
        "a search domain that everybody may use",
        "data-store-open-to-internet@aws_elasticsearch_domain.monitoring-framework",
    ),
    (
        "aws",
        "a search domain without encryption",
        "unencrypted-store-of-unknown-content@aws_elasticsearch_domain.monitoring-framework",
    ),
    (
        "aws",
        "a cluster whose interface answers the internet",
        "orchestration-api-open-to-the-internet@aws_eks_cluster.eks_cluster",
    ),
    ("aws", "SSH open to the world", "management-port-on-the-internet@aws_instance.web_host"),
    ("aws", "an entrance that speaks HTTP", "front-door-in-the-clear@aws_elb.weblb"),
    ("aws", "a key that is not rotated", "key-kept-for-ever@aws_kms_key.logs_key"),
    ("aws", "image tags that may be overwritten", "image-tags-can-be-moved@aws_ecr_repository.repository"),
    ("azure", "a cluster without roles", "cluster-without-roles@azurerm_kubernetes_cluster.k8s_cluster"),
    ("gcp", "the serial port of a machine", "serial-console-open@google_compute_instance.server"),
    ("gcp", "SSH open to the world", "management-port-on-the-internet@google_compute_instance.server"),
    ("aws", "a runtime without support", "end-of-life-component@aws_lambda_function.analysis_lambda"),
    ("aws", "a user who may do everything with functions", "replaces-code-of-function@aws_iam_user.user"),
    ("aws", "a user who may do everything with machines", "rewrites-start-script-of-instance@aws_iam_user.user"),
    ("aws", "a user who may do everything with buckets", "rewrites-policy-of-bucket@aws_iam_user.user"),
    (
        "aws",
        "a host whose role may do everything with databases",
        "resets-master-password-of-database@aws_iam_role.ec2role",
    ),
    (
        "azure",
        "a password of a database in the code",
        "credential-written-into-code@password:azurerm_sql_server.example",
    ),
    ("azure", "a database server with a public address", "store-with-public-address@azurerm_mysql_server.example"),
    (
        "azure",
        "a cluster whose interface answers the internet",
        "orchestration-api-open-to-the-internet@azurerm_kubernetes_cluster.k8s_cluster",
    ),
    (
        "gcp",
        "a database open to all addresses",
        "data-store-open-to-internet@google_sql_database_instance.master_instance",
    ),
    (
        "gcp",
        "a database without TLS",
        "unencrypted-credential-flow@internet->google_sql_database_instance.master_instance",
    ),
    (
        "gcp",
        "a dataset for everybody with an account",
        "public-store-of-unknown-content@google_bigquery_dataset.dataset",
    ),
    ("gcp", "a bucket for everybody", "public-store-of-unknown-content@google_storage_bucket.terragoat_website"),
    (
        "gcp",
        "a cluster whose interface answers the internet",
        "orchestration-api-open-to-the-internet@google_container_cluster.workload_cluster",
    ),
    ("alicloud", "a database open to all addresses", "data-store-open-to-internet@alicloud_db_instance.seeme"),
    ("alicloud", "a bucket for everybody", "public-store-of-unknown-content@alicloud_oss_bucket.bad_bucket"),
    ("oracle", "a bucket for everybody", "public-store-of-unknown-content@oci_objectstorage_bucket.secretsquirrel"),
];

/// What is planted, too, and not a finding: asked as a question, or not known at all. The part of an id before `@` is
/// what it would be.
const NOT_YET: &[(&str, &str, &str)] = &[
    ("aws", "aws_vpc.web_vpc", "one of the networks has no flow log"),
    ("gcp", "google_compute_instance.server", "anybody's project key signs in"),
];

#[test]
fn weaknesses_that_were_planted_are_found() {
    let Some(root) = corpus("terragoat") else { return };
    let mut missed = Vec::new();
    for folder in ["alicloud", "aws", "azure", "gcp", "oracle"] {
        let session = session(&root.join("terraform").join(folder));
        let report = session.report();
        for (_, what, id) in FOUND.iter().filter(|(of, _, _)| *of == folder) {
            match report.analysis.findings.iter().find(|finding| &*finding.id == *id) {
                Some(finding) => assert!(!finding.evidence.is_empty(), "{id} stands nowhere"),
                None => missed.push(format!("{folder}: {what} ({id})")),
            }
        }
        for (_, element, _) in NOT_YET.iter().filter(|(of, _, _)| *of == folder) {
            assert!(session.element(element).is_some(), "{folder}: {element} is not in the model at all");
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// A folder with one file, read.
fn one_file(name: &str, text: &str) -> vauban_analysis::Session {
    let folder = std::env::temp_dir().join(format!("vauban-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("main.tf"), text).unwrap();
    session(&folder)
}

#[test]
fn names_that_lead_back_to_themselves_or_multiply_end() {
    let text = "resource \"aws_s3_bucket\" \"x\" {\n  bucket = aws_s3_bucket.x.arn\n}\n\
                resource \"aws_s3_bucket\" \"y\" {\n  bucket = \"${aws_s3_bucket.z.arn}\"\n}\n\
                resource \"aws_s3_bucket\" \"z\" {\n  bucket = \"${aws_s3_bucket.y.arn}\"\n}\n";
    assert!(one_file("circle", text).element("aws_s3_bucket.x").is_some());
    let mut text = String::new();
    for at in 0..20 {
        let next = format!("${{aws_iam_role.r{}.name}}", at + 1).repeat(10);
        text.push_str(&format!("resource \"aws_iam_role\" \"r{at}\" {{\n  name = \"{next}\"\n}}\n"));
    }
    text.push_str("resource \"aws_iam_role\" \"r20\" {\n  name = \"\"\n}\n");
    assert!(one_file("chain", &text).element("aws_iam_role.r0").is_some());
}

#[test]
fn thousands_of_machines_in_one_network_are_told_and_not_paired() {
    let text = "resource \"aws_instance\" \"x\" {\n  count = 2000\n  ami   = \"ami-1\"\n}\n";
    let session = one_file("many", text);
    let told = session.diagnostics.iter().any(|diagnostic| diagnostic.code == "network-too-large");
    assert!(told);
}

#[test]
fn nobody_is_asked_about_whoever_is_on_the_internet() {
    let text = "resource \"google_cloud_run_service\" \"s\" {\n  name = \"s\"\n}\n\
                resource \"aws_db_instance\" \"d\" {\n  publicly_accessible = true\n}\n\
                resource \"aws_api_gateway_rest_api\" \"a\" {\n  name = \"a\"\n}\n";
    let session = one_file("anybody", text);
    let asked: Vec<&str> = session.analysis.questions.iter().map(|question| &*question.id).collect();
    assert!(asked.iter().any(|id| id.ends_with("->aws_api_gateway_rest_api.a")), "{asked:?}");
    assert!(!asked.iter().any(|id| id.ends_with("@internet")), "{asked:?}");
}
