//! What the icons of the shape libraries stand for.
//!
//! An icon's name is taken apart the same way for all libraries, and its parts are looked up among the names of our
//! technologies, the most telling first: `mxgraph.aws4.lambda_function` asks for `aws-lambda-function`, `lambda-function`,
//! and so on. Only what cannot be found so is in a table.

use super::style::Style;
use crate::draft::slug;
use crate::technologies::Technologies;

/// An icon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Icon {
    /// The vendor or library: `aws`, `azure`, `gcp`, `cisco`, `kubernetes`; others as written.
    pub(crate) library: String,
    /// What it shows, in lower case, joined by `-`.
    pub(crate) name: String,
    /// As written.
    pub(crate) native: String,
}

/// Libraries of plain figures: their shapes are no technologies.
const FIGURES: &[&str] = &[
    "basic",
    "arrows",
    "arrows2",
    "flowchart",
    "dfd",
    "mockup",
    "ios",
    "ios7",
    "android",
    "bootstrap",
    "bpmn",
    "general",
    "infographic",
    "lean-mapping",
    "signs",
    "sitemap",
    "uml",
    "uml25",
    "electrical",
    "eip",
    "er",
    "c4",
    "archimate",
    "archimate3",
    "sysml",
    "threatmodeling",
    "gmdl",
    "atlassian",
    "misc",
    "pid",
    "pid2inst",
    "floorplan",
    "cabinets",
];

/// The icon of a style, unless it is a plain figure or a picture of somebody's own.
pub(crate) fn icon(style: &Style) -> Option<Icon> {
    let shape = style.shape();
    if let Some(path) = style.get("image").or_else(|| style.get("icon")).filter(|path| path.contains("img/lib/")) {
        let inside = path.split("img/lib/").nth(1)?;
        let (library, file) = inside.split_once('/')?;
        let file = file.rsplit('/').next().unwrap_or(file);
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        return Some(named(library, stem, path));
    }
    // Frames and resource icons hold what they show under another key.
    let inner =
        ["resIcon", "prIcon", "icon"].iter().find_map(|key| style.get(key)).filter(|it| it.contains("mxgraph."));
    let native = inner.unwrap_or(shape);
    let path = native.strip_prefix("mxgraph.")?;
    let (library, name) = path.split_once('.')?;
    // One frame for all icons of a library, and the icon beside it.
    let framed = style.get("prIcon").filter(|_| library == "kubernetes" || library.starts_with("cisco"));
    let name = framed.unwrap_or_else(|| name.rsplit('.').next().unwrap_or(name));
    let native_framed = format!("mxgraph.{library}.{name}");
    let library = slug(library, "");
    if FIGURES.contains(&library.as_str()) {
        return None;
    }
    let is_framed = framed.is_some() || library == "kubernetes";
    Some(named(&library, name, if is_framed { &native_framed } else { native }))
}

fn named(library: &str, name: &str, native: &str) -> Icon {
    let library = slug(library, "");
    let vendor = match library.as_str() {
        "aws" | "aws2" | "aws3" | "aws3d" | "aws4" => "aws",
        "azure" | "azure2" | "mscae" => "azure",
        "gcp" | "gcp2" | "gcpicons" => "gcp",
        "kubernetes" | "kubernetes2" => "kubernetes",
        it if it.starts_with("cisco") => "cisco",
        other => other,
    };
    // `simpleDb2`: words in one, told apart by their capitals.
    let mut words = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for c in name.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            words.push('-');
        }
        words.push(c);
        before = c;
    }
    let mut name = slug(&words, "");
    for ending in ["-feature", "-2", "-3", "-4", "-128x128", "-classic", "-alt", "-color"] {
        if let Some(short) = name.strip_suffix(ending).filter(|short| !short.is_empty()) {
            name = short.to_owned();
        }
    }
    Icon { library: vendor.to_owned(), name, native: native.to_owned() }
}

/// Icons whose name says something else than our library does, or that mean no technology by themselves.
const ALSO: &[(&str, &str, &str)] = &[
    ("aws", "elasticsearch-service", "amazon-opensearch"),
    ("aws", "elastic-load-balancing", "load-balancer"),
    ("aws", "elastic-load-balancer", "load-balancer"),
    ("aws", "lambda-function", "lambda"),
    ("aws", "instance", "ec2"),
    ("aws", "instances", "ec2"),
    ("aws", "bucket", "s3"),
    ("aws", "table", "dynamodb"),
    ("aws", "queue", "sqs"),
    ("aws", "topic", "sns"),
    ("aws", "internet-gateway", "aws-internet-gateway"),
    ("aws", "management-console", "browser"),
    ("aws", "mobile-client", "mobile-app"),
    ("aws", "rds-master", "rds"),
    ("aws", "rds-slave", "rds"),
    ("aws", "certificate-manager", "acm"),
    ("aws", "application-server", "application-server"),
    ("aws", "identity-and-access-management", "aws-iam"),
    ("azure", "computer", "desktop"),
    ("azure", "website", "azure-app-service"),
    ("azure", "app-services", "azure-app-service"),
    ("azure", "sql-database", "azure-sql-database"),
    ("azure", "function-apps", "azure-functions"),
    ("azure", "key-vaults", "key-vault"),
    ("azure", "storage-accounts", "azure-blob-storage"),
    ("azure", "storage", "azure-blob-storage"),
    ("azure", "virtual-machine", "azure-virtual-machine"),
    ("azure", "virtual-machines", "azure-virtual-machine"),
    ("azure", "kubernetes-services", "aks"),
    ("azure", "load-balancers", "azure-load-balancer"),
    ("azure", "application-gateways", "azure-application-gateway"),
    ("azure", "front-doors", "azure-front-door"),
    ("azure", "firewalls", "azure-firewall"),
    ("azure", "api-management-services", "azure-api-management"),
    ("azure", "container-registries", "acr"),
    ("azure", "azure-active-directory", "entra-id"),
    ("azure", "azure-ad-domain-services", "entra-domain-services"),
    ("azure", "web-application-firewall-policies-waf", "azure-waf"),
    ("azure", "static-apps", "azure-static-web-apps"),
    ("azure", "cache-redis", "azure-cache-for-redis"),
    ("azure", "mysql-database", "azure-database-for-mysql"),
    ("kubernetes", "pod", "container"),
    ("kubernetes", "deploy", "container"),
    ("kubernetes", "sts", "container"),
    ("kubernetes", "ds", "container"),
    ("kubernetes", "rs", "container"),
    ("kubernetes", "job", "container"),
    ("kubernetes", "cronjob", "container"),
    ("kubernetes", "pvc", "block-storage"),
    ("kubernetes", "pv", "block-storage"),
    ("kubernetes", "vol", "block-storage"),
    ("kubernetes", "ing", "ingress-controller"),
    ("kubernetes", "api", "kubernetes"),
    ("kubernetes", "node", "kubernetes"),
    ("cisco", "pc", "desktop"),
    ("cisco", "laptop", "desktop"),
    ("cisco", "workstation", "desktop"),
    ("cisco", "wireless-router", "router"),
    ("cisco", "layer-3-switch", "switch"),
    ("cisco", "workgroup-switch", "switch"),
    ("cisco", "asa-5500", "firewall"),
    ("cisco", "file-server", "file-server"),
    ("clip-art", "database", "database"),
    ("networks", "pc", "desktop"),
];

/// What other software runs in or on.
pub(super) const HOSTS: [&str; 8] = [
    "container",
    "ec2",
    "virtual-machine",
    "azure-virtual-machine",
    "azure-virtual-machines",
    "compute-engine",
    "google-compute-engine",
    "server",
];

impl Icon {
    /// Whether it stands for a secret or a configuration that is kept in a cluster.
    pub(super) fn holds_secrets(&self) -> bool {
        self.library == "kubernetes" && matches!(self.name.as_str(), "secret" | "cm")
    }

    /// The technology that it stands for, if our library knows it.
    pub(crate) fn technology(&self, known: &Technologies) -> Option<&'static str> {
        let mut names: Vec<String> = Vec::new();
        let bare = ["amazon-", "aws-", "azure-", "google-cloud-", "google-", "cloud-"]
            .iter()
            .find_map(|vendor| self.name.strip_prefix(vendor))
            .unwrap_or(&self.name);
        if let Some((_, _, ours)) =
            ALSO.iter().find(|(library, name, _)| *library == self.library && (*name == self.name || *name == bare))
        {
            names.push((*ours).to_owned());
        }
        let vendors: &[&str] = match self.library.as_str() {
            "aws" => &["aws-", "amazon-"],
            "azure" | "office" | "active-directory" => &["azure-", "microsoft-"],
            "gcp" => &["google-cloud-", "google-", "cloud-"],
            _ => &[],
        };
        for name in [self.name.as_str(), bare] {
            let singular = name.strip_suffix("ies").map(|stem| format!("{stem}y"));
            let singular = singular.or_else(|| name.strip_suffix('s').map(str::to_owned));
            for name in [Some(name.to_owned()), singular].into_iter().flatten() {
                names.extend(vendors.iter().map(|vendor| format!("{vendor}{name}")));
                names.push(name);
            }
        }
        // `ec2-instances`, `rds-mysql-db-instance`: the beginning is the service. Only for clouds, whose names are brands.
        if !vendors.is_empty() {
            let parts: Vec<&str> = bare.split('-').collect();
            for length in (1..parts.len()).rev() {
                let name = parts.get(..length).unwrap_or_default().join("-");
                if name.len() < 3 && !matches!(name.as_str(), "s3") {
                    continue;
                }
                names.extend(vendors.iter().map(|vendor| format!("{vendor}{name}")));
            }
            if self.library == "aws" && bare.ends_with("-instance") {
                names.push("ec2".to_owned());
            }
        }
        // `dynamo_db`: brands that a library writes apart.
        names.push(bare.replace('-', ""));
        // The cloud as such is no component.
        known
            .first(names.iter().map(String::as_str))
            .filter(|found| !matches!(*found, "aws" | "azure" | "google-cloud"))
    }

    /// Whether it shows somebody or something outside: a person, a client.
    pub(crate) fn is_person(&self) -> bool {
        let words = [
            "user",
            "users",
            "person",
            "people",
            "client",
            "clients",
            "customer",
            "actor",
            "administrator",
            "man",
            "woman",
        ];
        self.name.split('-').any(|word| words.contains(&word))
    }

    /// Whether it draws a part of a line, not a thing.
    pub(crate) fn is_ornament(&self) -> bool {
        let name = self.name.as_str();
        name.starts_with("arrow")
            || name.contains("edge") && !name.contains("lambda")
            || name == "secure-connection"
            || name == "lock"
    }

    /// Its name for people.
    pub(crate) fn title(&self) -> String {
        let text = self.name.replace('-', " ");
        let mut chars = text.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
    }
}

/// The kind of boundary that a group of a cloud's library stands for, and its name where none is written.
pub(crate) fn group(style: &Style) -> Option<(Option<&'static str>, &'static str)> {
    let shape = style.shape();
    let icon = style.get("grIcon").unwrap_or_default();
    let is_group = style.get("grIcon").is_some()
        || shape.starts_with("mxgraph.aws") && shape.rsplit('.').next().is_some_and(|it| it.starts_with("group"));
    if !is_group {
        return None;
    }
    let name = icon.rsplit('.').next().unwrap_or_default().trim_start_matches("group_").to_lowercase();
    let table: &[(&str, Option<&str>, &str)] = &[
        ("aws_cloud", None, "AWS Cloud"),
        ("account", Some("cloud-account"), "AWS account"),
        ("region", None, "Region"),
        ("availability_zone", Some("site"), "Availability zone"),
        ("vpc", Some("virtual-network"), "VPC"),
        ("subnet", Some("network-segment"), "Subnet"),
        ("security_group", Some("security-group"), "Security group"),
        ("auto_scaling", None, "Auto-scaling group"),
        ("elastic_load", None, "Load-balancing group"),
        ("corporate_data_center", Some("site"), "Corporate data center"),
        ("on_premise", Some("site"), "On premises"),
        ("ec2_instance", Some("host"), "EC2 instance"),
        ("spot_fleet", None, "Spot fleet"),
        ("beanstalk", None, "Elastic Beanstalk"),
        ("step_functions", None, "Step Functions"),
        ("iot_greengrass", Some("execution-environment"), "Greengrass"),
    ];
    // The tool's own `Public subnet` and `Private subnet` have the lock of a security group, and no frame around it.
    if name == "security_group" && style.is("grStroke", "0") {
        return Some((Some("network-segment"), "Subnet"));
    }
    let found = table.iter().find(|(part, _, _)| name.contains(part));
    Some(found.map_or((None, "Group"), |(_, kind, title)| (*kind, *title)))
}
