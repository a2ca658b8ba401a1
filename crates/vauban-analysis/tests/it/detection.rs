//! What would see the steps of paths, in small configurations: recorded, watched or alarmed, and what that does to the ranking.

use vauban_analysis::Session;
use vauban_analysis::paths::{From, Query};
use vauban_model::finding::{AttackPath, Notice};

use crate::no_escalation::session;

fn paths(session: &Session, from: &str, to: &str) -> Vec<AttackPath> {
    let find = |name: &str| session.element(name).expect(name);
    let query = Query { from: Some(From::Element(find(from))), to: vec![find(to)], top: 5, ..Query::default() };
    session.paths(&query).paths
}

/// What sees the steps of the first path, strongest first, each once.
fn seen(session: &Session, from: &str, to: &str) -> Vec<(Notice, String)> {
    let paths = paths(session, from, to);
    let first = paths.first().expect("there is a path");
    let mut out: Vec<(Notice, String)> = Vec::new();
    for seen in first.steps.iter().flat_map(|step| &step.seen_by) {
        let one = (seen.how, seen.by.to_string());
        if !out.contains(&one) {
            out.push(one);
        }
    }
    out.sort_by_key(|seen| std::cmp::Reverse(seen.0));
    out
}

fn how(list: &[(Notice, String)], by: &str) -> Option<Notice> {
    list.iter().find(|(_, name)| name.contains(by)).map(|(how, _)| *how)
}

const SECRET: &str = r#"
resource "aws_iam_user" "reader" { name = "reader" }
resource "aws_secretsmanager_secret" "s" { name = "payments" }
resource "aws_iam_user_policy" "p" {
  user = aws_iam_user.reader.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.s.arn }] })
}
"#;

fn secret(more: &str) -> Session {
    session("main.tf", &format!("{SECRET}\n{more}"))
}

fn read_secret(more: &str) -> Vec<(Notice, String)> {
    seen(&secret(more), "aws_iam_user.reader", "aws_secretsmanager_secret.s")
}

const TRAIL: &str = r#"
resource "aws_cloudwatch_log_group" "calls" { name = "calls" }
resource "aws_cloudtrail" "all" {
  name = "all"
  s3_bucket_name = "logs"
  is_multi_region_trail = true
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.calls.arn}:*"
}
"#;

fn filter(pattern: &str, alarm: &str) -> String {
    format!(
        r#"{TRAIL}
resource "aws_cloudwatch_log_metric_filter" "f" {{
  name = "secret reads"
  log_group_name = aws_cloudwatch_log_group.calls.name
  pattern = "{pattern}"
  metric_transformation {{
    name = "SecretReads"
    namespace = "security"
    value = "1"
  }}
}}
{alarm}
"#
    )
}

const ALARM: &str = r#"
resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name = "a"
  metric_name = "SecretReads"
  namespace = "security"
  alarm_actions = ["arn:aws:sns:eu-west-1:1:security"]
}
"#;

#[test]
fn nothing_is_seen_where_nothing_looks() {
    assert!(read_secret("").is_empty());
}

#[test]
fn a_trail_alone_records_and_takes_nothing_away() {
    let bare = secret("");
    let with = secret(TRAIL);
    let ask = |session| paths(session, "aws_iam_user.reader", "aws_secretsmanager_secret.s");
    assert_eq!(how(&read_secret(TRAIL), "the trail `all`"), Some(Notice::Recorded));
    assert_eq!(ask(&bare)[0].probability_per_million, ask(&with)[0].probability_per_million);
    let off = TRAIL.replace("is_multi_region_trail = true", "enable_logging = false");
    assert!(read_secret(&off).is_empty(), "a trail that is off records nothing");
}

#[test]
fn a_filter_with_an_alarm_that_acts_raises_an_alarm_on_the_calls_it_matches() {
    let matching = "{ $.eventName = GetSecretValue && $.errorCode NOT EXISTS }";
    assert_eq!(how(&read_secret(&filter(matching, ALARM)), "log filter"), Some(Notice::Alarmed));
    // Without an alarm, or with one that does nothing, nobody is told.
    assert_eq!(how(&read_secret(&filter(matching, "")), "log filter"), Some(Notice::Recorded));
    let idle = ALARM.replace("alarm_actions = [\"arn:aws:sns:eu-west-1:1:security\"]", "");
    assert_eq!(how(&read_secret(&filter(matching, &idle)), "log filter"), Some(Notice::Recorded));
    let muted = ALARM.replace("namespace", "actions_enabled = false\n  namespace");
    assert_eq!(how(&read_secret(&filter(matching, &muted)), "log filter"), Some(Notice::Recorded));
    // Other calls, other people, calls that fail.
    for other in [
        "{ $.eventName = CreateUser }",
        "{ $.userIdentity.userName = writer }",
        "{ $.errorCode = *AccessDenied* }",
        "{ $.eventSource = iam.amazonaws.com }",
    ] {
        assert_eq!(how(&read_secret(&filter(other, ALARM)), "log filter"), None, "{other}");
    }
    assert_eq!(
        how(&read_secret(&filter("{ $.userIdentity.userName = reader }", ALARM)), "log filter"),
        Some(Notice::Alarmed)
    );
    // Where from is not known: shown, and no alarm for sure.
    let place = "{ $.eventName = GetSecretValue && $.sourceIPAddress != 10.0.0.1 }";
    assert_eq!(how(&read_secret(&filter(place, ALARM)), "log filter"), Some(Notice::Recorded));
}

#[test]
fn a_filter_on_another_log_than_the_trails_sees_no_calls() {
    let text = filter("{ $.eventName = GetSecretValue }", ALARM)
        .replace("aws_cloudwatch_log_group.calls.name\n", "\"application\"\n");
    assert_eq!(how(&read_secret(&text), "log filter"), None);
}

#[test]
fn a_rule_on_an_event_tells_its_target_of_calls_that_write() {
    let rule = |names: &str, more: &str| {
        format!(
            r#"{TRAIL}
resource "aws_iam_user" "climber" {{ name = "climber" }}
resource "aws_iam_user" "admin" {{ name = "admin" }}
resource "aws_iam_user_policy_attachment" "a" {{
  user = aws_iam_user.admin.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}}
resource "aws_iam_user_policy" "c" {{
  user = aws_iam_user.climber.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "iam:CreateAccessKey", Resource = aws_iam_user.admin.arn }}] }})
}}
resource "aws_cloudwatch_event_rule" "keys" {{
  name = "keys"
  {more}
  event_pattern = jsonencode({{
    source = ["aws.iam"]
    detail-type = ["AWS API Call via CloudTrail"]
    detail = {{ eventSource = ["iam.amazonaws.com"], eventName = {names} }}
  }})
}}
"#
        )
    };
    let target = r#"
resource "aws_cloudwatch_event_target" "t" {
  rule = aws_cloudwatch_event_rule.keys.name
  arn = "arn:aws:sns:eu-west-1:1:security"
}
"#;
    let ask = |text: &str| how(&seen(&secret(text), "aws_iam_user.climber", "aws_iam_user.admin"), "event rule");
    let all = rule("[\"CreateAccessKey\"]", "");
    assert_eq!(ask(&format!("{all}{target}")), Some(Notice::Alarmed));
    assert_eq!(ask(&all), None, "a rule without a target tells nobody");
    assert_eq!(ask(&format!("{}{target}", rule("[\"CreateAccessKey\"]", "state = \"DISABLED\""))), None);
    assert_eq!(ask(&format!("{}{target}", rule("[{ prefix = \"Create\" }]", ""))), Some(Notice::Alarmed));
    assert_eq!(ask(&format!("{}{target}", rule("[\"DeleteUser\"]", ""))), None);
}

#[test]
fn data_events_are_recorded_only_where_a_selector_names_them() {
    let bucket = |selector: &str| {
        let text = format!(
            r#"
resource "aws_iam_user" "reader" {{ name = "reader" }}
resource "aws_s3_bucket" "b" {{ bucket = "ledgers" }}
resource "aws_s3_bucket" "other" {{ bucket = "others" }}
resource "aws_iam_user_policy" "p" {{
  user = aws_iam_user.reader.name
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "s3:GetObject", Resource = "${{aws_s3_bucket.b.arn}}/*" }}] }})
}}
resource "aws_cloudtrail" "t" {{
  name = "t"
  s3_bucket_name = "logs"
  {selector}
}}
"#
        );
        how(&seen(&session("main.tf", &text), "aws_iam_user.reader", "aws_s3_bucket.b"), "trail")
    };
    let one = |value: &str| {
        format!("event_selector {{\n data_resource {{\n type = \"AWS::S3::Object\"\n values = [{value}]\n }}\n }}")
    };
    assert_eq!(bucket(""), None);
    assert_eq!(bucket(&one("\"arn:aws:s3\"")), Some(Notice::Recorded));
    assert_eq!(bucket(&one("\"${aws_s3_bucket.b.arn}/\"")), Some(Notice::Recorded));
    assert_eq!(bucket(&one("\"${aws_s3_bucket.other.arn}/\"")), None);
    assert_eq!(
        bucket(
            &one("\"arn:aws:s3\"").replace("event_selector {", "event_selector {\n read_write_type = \"WriteOnly\"")
        ),
        None
    );
    let advanced = "advanced_event_selector {\n field_selector {\n field = \"eventCategory\"\n equals = [\"Data\"]\n }\n field_selector {\n field = \"resources.type\"\n equals = [\"AWS::S3::Object\"]\n }\n }";
    assert_eq!(bucket(advanced), Some(Notice::Recorded));
}

#[test]
fn guardduty_watches_the_kinds_of_call_it_has_findings_for() {
    let on = "resource \"aws_guardduty_detector\" \"d\" { enable = true }";
    assert_eq!(how(&read_secret(on), "GuardDuty"), Some(Notice::Watched));
    assert!(read_secret(&on.replace("true", "false")).is_empty());
    let hub = format!("{on}\nresource \"aws_securityhub_account\" \"h\" {{}}");
    assert_eq!(how(&read_secret(&hub), "Security Hub"), Some(Notice::Watched));
    assert!(read_secret("resource \"aws_securityhub_account\" \"h\" {}").is_empty(), "it sees nothing by itself");
}

#[test]
fn the_use_of_a_honey_token_is_noticed() {
    for (tag, expected) in [
        ("tags = { purpose = \"honeytoken\" }", Some(Notice::Alarmed)),
        ("tags = { purpose = \"honey-token\" }", Some(Notice::Alarmed)),
        ("tags = { honeytoken = \"false\" }", None),
        ("tags = { purpose = \"payments\" }", None),
    ] {
        let text = SECRET.replace("name = \"payments\" }", &format!("name = \"payments\"\n {tag} }}"));
        let session = session("main.tf", &text);
        let list = seen(&session, "aws_iam_user.reader", "aws_secretsmanager_secret.s");
        assert_eq!(how(&list, "honey token"), expected, "{tag}");
    }
    // What is called a canary and in use is a first try of something, no trap.
    let canary = SECRET.replace("\"payments\"", "\"canary\"");
    let list = seen(&session("main.tf", &canary), "aws_iam_user.reader", "aws_secretsmanager_secret.s");
    assert_eq!(how(&list, "honey token"), None);
}

#[test]
fn of_two_equal_ways_the_watched_one_comes_second() {
    let twins = r#"
resource "aws_iam_user" "u" { name = "start" }
resource "aws_iam_role" "left" {
  name = "left-role"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = aws_iam_user.u.arn } }] })
}
resource "aws_iam_role" "right" {
  name = "right-role"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = aws_iam_user.u.arn } }] })
}
resource "aws_secretsmanager_secret" "s" { name = "payments" }
resource "aws_iam_role_policy" "l" {
  role = aws_iam_role.left.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.s.arn }] })
}
resource "aws_iam_role_policy" "r" {
  role = aws_iam_role.right.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.s.arn }] })
}
"#;
    for (watched, free) in [("left", "right"), ("right", "left")] {
        let alarm =
            filter(&format!("{{ $.requestParameters.roleArn = *{watched}-role* && $.eventName = AssumeRole }}"), ALARM);
        let session = session("main.tf", &format!("{twins}{alarm}"));
        let paths = paths(&session, "aws_iam_user.u", "aws_secretsmanager_secret.s");
        let through = |path: &AttackPath, role: &str| {
            let role = session.element(&format!("aws_iam_role.{role}"));
            path.steps.iter().any(|step| Some(step.to) == role || step.from == role)
        };
        assert_eq!(paths.len(), 2, "{watched}");
        assert!(through(&paths[0], free) && through(&paths[1], watched), "{watched} is watched");
        assert!(paths[0].probability_per_million > paths[1].probability_per_million);
        assert!(paths[1].score.because.iter().any(|text| text.contains("noticed")));
    }
}

#[test]
fn azure_alerts_on_operations_and_defender_are_told() {
    let machine = r#"
resource "azurerm_resource_group" "g" {
  name     = "g"
  location = "westeurope"
}
resource "azurerm_user_assigned_identity" "low" {
  name                = "low"
  resource_group_name = azurerm_resource_group.g.name
  location            = "westeurope"
}
resource "azurerm_linux_virtual_machine" "vm" {
  name                = "worker"
  resource_group_name = azurerm_resource_group.g.name
  location            = "westeurope"
}
resource "azurerm_role_assignment" "a" {
  scope                = azurerm_linux_virtual_machine.vm.id
  role_definition_name = "Virtual Machine Contributor"
  principal_id         = azurerm_user_assigned_identity.low.principal_id
}
"#;
    let ask = |more: &str| {
        let session = session("main.tf", &format!("{machine}{more}"));
        let paths = paths(&session, "azurerm_user_assigned_identity.low", "azurerm_linux_virtual_machine.vm");
        assert!(!paths.is_empty(), "no way to the machine");
        let steps = paths.into_iter().flat_map(|path| path.steps);
        steps.flat_map(|step| step.seen_by).map(|seen| (seen.how, seen.by.to_string())).collect::<Vec<_>>()
    };
    let alert = |operation: &str, action: &str| {
        format!(
            "resource \"azurerm_monitor_activity_log_alert\" \"x\" {{\n name = \"x\"\n scopes = []\n criteria {{\n category = \"Administrative\"\n operation_name = \"{operation}\"\n }}\n {action}\n}}"
        )
    };
    let action = "action {\n action_group_id = \"g\"\n }";
    assert_eq!(how(&ask(""), ""), None);
    let runs = "Microsoft.Compute/virtualMachines/runCommand/action";
    assert_eq!(how(&ask(&alert(runs, action)), "activity log"), Some(Notice::Alarmed));
    assert_eq!(how(&ask(&alert(runs, "")), "activity log"), Some(Notice::Recorded));
    assert_eq!(how(&ask(&alert("Microsoft.Compute/disks/write", action)), "activity log"), None);
    let defender = |tier: &str| {
        format!(
            "resource \"azurerm_security_center_subscription_pricing\" \"p\" {{\n tier = \"{tier}\"\n resource_type = \"VirtualMachines\"\n}}"
        )
    };
    assert_eq!(how(&ask(&defender("Standard")), "Defender"), Some(Notice::Watched));
    assert_eq!(how(&ask(&defender("Free")), "Defender"), None);
    let rule = format!(
        "resource \"azurerm_sentinel_alert_rule_scheduled\" \"r\" {{\n name = \"r\"\n query = \"AzureActivity | where OperationNameValue =~ '{runs}'\"\n}}"
    );
    assert_eq!(how(&ask(&rule), "Sentinel"), Some(Notice::Alarmed));
}

#[test]
fn google_logs_of_data_access_and_alerts_on_log_metrics_are_told() {
    let secret = r#"
resource "google_service_account" "low" { account_id = "low-reader" }
resource "google_secret_manager_secret" "s" { secret_id = "payments" }
resource "google_secret_manager_secret_iam_member" "m" {
  secret_id = google_secret_manager_secret.s.id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.low.email}"
}
"#;
    let ask = |more: &str| {
        let session = session("main.tf", &format!("{secret}{more}"));
        seen(&session, "google_service_account.low", "google_secret_manager_secret.s")
    };
    let audit = |service: &str, kind: &str| {
        format!(
            "resource \"google_project_iam_audit_config\" \"a\" {{\n project = \"p\"\n service = \"{service}\"\n audit_log_config {{\n log_type = \"{kind}\"\n }}\n}}\n"
        )
    };
    assert!(ask("").is_empty());
    assert_eq!(how(&ask(&audit("allServices", "DATA_READ")), "audit log"), Some(Notice::Recorded));
    assert_eq!(how(&ask(&audit("secretmanager.googleapis.com", "DATA_READ")), "audit log"), Some(Notice::Recorded));
    assert_eq!(how(&ask(&audit("storage.googleapis.com", "DATA_READ")), "audit log"), None);
    assert_eq!(how(&ask(&audit("allServices", "DATA_WRITE")), "audit log"), None);
    let metric = r#"
resource "google_logging_metric" "m" {
  name   = "secret-reads"
  filter = "protoPayload.serviceName=\"secretmanager.googleapis.com\" AND protoPayload.methodName:\"AccessSecretVersion\""
}
resource "google_monitoring_alert_policy" "p" {
  display_name          = "p"
  combiner              = "OR"
  notification_channels = ["c"]
  conditions {
    display_name = "c"
    condition_threshold {
      filter     = "metric.type=\"logging.googleapis.com/user/${google_logging_metric.m.name}\" AND resource.type=\"audited_resource\""
      comparison = "COMPARISON_GT"
      duration   = "0s"
    }
  }
}
"#;
    let logged = audit("allServices", "DATA_READ");
    assert_eq!(how(&ask(&format!("{logged}{metric}")), "log metric"), Some(Notice::Alarmed));
    // Nobody logs reads: the metric counts nothing for sure.
    assert_eq!(how(&ask(metric), "log metric"), Some(Notice::Recorded));
    let silent = metric.replace("notification_channels = [\"c\"]", "");
    assert_eq!(how(&ask(&format!("{logged}{silent}")), "log metric"), Some(Notice::Recorded));
    let other = metric.replace("AccessSecretVersion", "DestroySecretVersion");
    assert_eq!(how(&ask(&format!("{logged}{other}")), "log metric"), None);
}

#[test]
fn the_audit_log_of_a_cluster_records_calls_of_its_interface() {
    let objects = r#"
resource "aws_eks_cluster" "c" {
  name = "c"
  role_arn = "arn:aws:iam::1:role/c"
  LOGS
}
resource "kubernetes_service_account" "low" {
  metadata {
    name = "low"
    namespace = "shop"
  }
}
resource "kubernetes_secret" "s" {
  metadata {
    name = "payments"
    namespace = "shop"
  }
}
resource "kubernetes_role" "r" {
  metadata {
    name = "reader"
    namespace = "shop"
  }
  rule {
    api_groups = [""]
    resources = ["secrets"]
    verbs = ["get"]
  }
}
resource "kubernetes_role_binding" "b" {
  metadata {
    name = "b"
    namespace = "shop"
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind = "Role"
    name = "reader"
  }
  subject {
    kind = "ServiceAccount"
    name = "low"
    namespace = "shop"
  }
}
"#;
    let ask = |logs: &str| {
        let session = session("main.tf", &objects.replace("LOGS", logs));
        how(&seen(&session, "kubernetes_service_account.low", "kubernetes_secret.s"), "audit log")
    };
    assert_eq!(ask(""), None);
    assert_eq!(ask("enabled_cluster_log_types = [\"api\"]"), None);
    assert_eq!(ask("enabled_cluster_log_types = [\"api\", \"audit\"]"), Some(Notice::Recorded));
}

#[test]
fn a_diagnostic_setting_records_what_is_done_with_its_own_vault() {
    let ask = |vault: &str, logs: &str| {
        let text = format!(
            r#"
resource "azurerm_user_assigned_identity" "low" {{
  name                = "low"
  resource_group_name = "g"
  location            = "westeurope"
}}
resource "azurerm_key_vault" "keys" {{
  name                       = "keys"
  resource_group_name        = "g"
  location                   = "westeurope"
  rbac_authorization_enabled = true
}}
resource "azurerm_key_vault" "other" {{
  name                       = "other"
  resource_group_name        = "g"
  location                   = "westeurope"
  rbac_authorization_enabled = true
}}
resource "azurerm_key_vault_secret" "s" {{
  name         = "payments"
  value        = "x"
  key_vault_id = azurerm_key_vault.keys.id
}}
resource "azurerm_role_assignment" "a" {{
  scope                = azurerm_key_vault.keys.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.low.principal_id
}}
resource "azurerm_monitor_diagnostic_setting" "d" {{
  name               = "d"
  target_resource_id = azurerm_key_vault.{vault}.id
  {logs}
}}
"#
        );
        seen(&session("main.tf", &text), "azurerm_user_assigned_identity.low", "azurerm_key_vault.keys")
    };
    let logs = "enabled_log { category = \"AuditEvent\" }";
    assert_eq!(how(&ask("keys", logs), "diagnostic setting"), Some(Notice::Recorded));
    assert_eq!(how(&ask("other", logs), "diagnostic setting"), None);
    assert_eq!(how(&ask("keys", "enabled_metric { category = \"AllMetrics\" }"), "diagnostic setting"), None);
}

#[test]
fn a_trail_of_another_account_sees_only_if_it_is_the_organisations() {
    let trail = |organisation: bool| {
        format!(
            "resource \"aws_cloudtrail\" \"all\" {{\n provider = aws.audit\n name = \"all\"\n s3_bucket_name = \"logs\"\n is_multi_region_trail = true\n is_organization_trail = {organisation}\n}}\nprovider \"aws\" {{\n alias = \"audit\"\n assume_role {{ role_arn = \"arn:aws:iam::222233334444:role/x\" }}\n}}\nprovider \"aws\" {{\n assume_role {{ role_arn = \"arn:aws:iam::111122223333:role/x\" }}\n}}\n"
        )
    };
    assert_eq!(how(&read_secret(&trail(true)), "trail"), Some(Notice::Recorded));
    assert_eq!(how(&read_secret(&trail(false)), "trail"), None);
}
