//! What masters stand for, by their names: the tool's own data-flow and threat-modeling stencils, shapes for notes,
//! and everything else, whose name is a technology.

/// What a shape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// A process of a data-flow diagram.
    Process,
    /// A store of one.
    Store,
    /// An external entity of one.
    External,
    /// A trust boundary.
    Boundary,
    /// A frame, a lane, a container.
    Container,
    /// Text for people: a note, a legend, a title block.
    Note,
    /// A bow that separates what is on its two sides.
    Bow,
    /// A mere form, or no master at all.
    Form,
    /// A thing of its own, such as the icon of a cloud service.
    Thing,
}

/// The name of a shape, as people would write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// The words.
    pub(crate) words: String,
    /// Whose icons it is from, if the name says so.
    pub(crate) vendor: Option<&'static str>,
    /// Drawn with Lucidchart.
    pub(crate) lucid: bool,
}

/// How Lucidchart names what it exports.
pub(super) const LUCID: &str = "com.lucidchart.";
/// Words that Lucidchart puts behind names of icons for their colour.
const COLOURS: [&str; 8] = ["purple", "orange", "red", "green", "blue", "grey", "gray", "black"];

/// Cleans the name of a master.
pub(super) fn name(raw: &str) -> Name {
    let raw = raw.trim();
    if let Some(own) = raw.strip_prefix(LUCID) {
        let own = own.split('.').next().unwrap_or(own);
        let (stem, vendor) = edition(own);
        let stem = stem.strip_suffix("Block").filter(|stem| !stem.is_empty()).unwrap_or(stem);
        let mut words = spaced(stem);
        if let Some((rest, last)) = words.rsplit_once(' ')
            && COLOURS.contains(&last.to_lowercase().as_str())
        {
            words = rest.to_owned();
        }
        return Name { words, vendor, lucid: true };
    }
    // The tool numbers the second master of a name: `Data store.20`.
    let words = match raw.rsplit_once('.') {
        Some((stem, number)) if !stem.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => stem,
        _ => raw,
    };
    Name { words: words.split_whitespace().collect::<Vec<_>>().join(" "), vendor: None, lucid: false }
}

/// The name of a shape in Lucidchart, with the library that it is from.
pub(crate) fn lucid(raw: &str, library: &str) -> Name {
    let mut name = name(&format!("{LUCID}{}", raw.replace('.', " ")));
    let known = [("AWS", "AWS"), ("Azure", "Azure"), ("GCP", "Google Cloud"), ("Google Cloud", "Google Cloud")];
    name.vendor = name.vendor.or(known.into_iter().find(|(word, _)| library.contains(word)).map(|(_, vendor)| vendor));
    name
}

/// Takes the edition of a set of icons off the end: `AmazonEC2AWS2021`, `ClientAWS19_v2`, `Thing2017`.
fn edition(name: &str) -> (&str, Option<&'static str>) {
    let mut stem = name;
    if let Some((before, version)) = stem.rsplit_once("_v")
        && version.bytes().all(|byte| byte.is_ascii_digit())
    {
        stem = before;
    }
    let year = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = stem.len() - year.len();
    let known = [("AWS", "AWS"), ("Azure", "Azure"), ("GCP", "Google Cloud")];
    let vendor = known.into_iter().find(|(suffix, _)| year.len() > suffix.len() && year.ends_with(suffix));
    match vendor {
        Some((suffix, vendor)) if digits >= 2 => (&year[..year.len() - suffix.len()], Some(vendor)),
        _ if digits == 4 && !year.is_empty() => (year, None),
        _ => (stem, None),
    }
}

/// `AmazonSimpleStorageServiceS3` as words.
fn spaced(name: &str) -> String {
    let letters: Vec<char> = name.chars().take(200).collect();
    let mut out = String::with_capacity(letters.len() + 8);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let starts = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        if *letter == '_' {
            out.push(' ');
            continue;
        }
        if starts && !out.ends_with(' ') {
            out.push(' ');
        }
        out.push(*letter);
    }
    let mut out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in ONE_WORD {
        let parted = word.chars().fold(String::new(), |mut parted, letter| {
            if letter.is_uppercase() && parted.ends_with(|c: char| c.is_lowercase()) {
                parted.push(' ');
            }
            parted.push(letter);
            parted
        });
        if out.contains(&parted) {
            out = out.replace(&parted, word);
        }
    }
    out
}

/// Names with a capital inside, which are one word all the same.
const ONE_WORD: [&str; 40] = [
    "CloudWatch",
    "CloudTrail",
    "CloudFront",
    "CloudFormation",
    "CloudHSM",
    "CloudSearch",
    "DynamoDB",
    "DocumentDB",
    "MemoryDB",
    "ElastiCache",
    "EventBridge",
    "GuardDuty",
    "QuickSight",
    "SageMaker",
    "OpenSearch",
    "WorkSpaces",
    "AppSync",
    "AppStream",
    "CodeBuild",
    "CodePipeline",
    "CodeCommit",
    "CodeDeploy",
    "CodeStar",
    "DataSync",
    "PrivateLink",
    "BigQuery",
    "BigTable",
    "GitHub",
    "GitLab",
    "PostgreSQL",
    "MySQL",
    "MongoDB",
    "MariaDB",
    "NoSQL",
    "JavaScript",
    "RabbitMQ",
    "ActiveMQ",
    "OpenID",
    "WordPress",
    "PowerBI",
];

/// The technology that a name stands for.
pub(crate) fn technology(name: &Name) -> String {
    let words: Vec<&str> = name.words.split(' ').collect();
    // `Amazon Simple Storage Service S3`: the short name is the one that people know.
    if name.lucid
        && let [maker @ ("Amazon" | "AWS"), _, _, .., last] = words.as_slice()
        && last.len() >= 2
        && last.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    {
        return format!("{maker} {last}");
    }
    match name.vendor {
        Some(vendor) if vendor != "AWS" && !name.words.starts_with(vendor) => format!("{vendor} {}", name.words),
        _ => name.words.clone(),
    }
}

/// Whole words of a text, one after the other.
fn has(words: &[&str], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    words.windows(phrase.len()).any(|window| window == phrase.as_slice())
}

/// Words for how a frame looks.
const FORMS: [&str; 8] = ["rectangle", "rounded", "square", "circle", "ellipse", "oval", "pill", "diamond"];

/// What a master of this name stands for.
pub(crate) fn class(name: &Name) -> Class {
    let lower = name.words.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is = |phrases: &[&str]| phrases.iter().any(|phrase| words == phrase.split(' ').collect::<Vec<_>>());
    let any = |phrases: &[&str]| phrases.iter().any(|phrase| has(&words, phrase));
    if words.is_empty() {
        Class::Form
    } else if any(&["trust zone", "trust boundary", "boundary", "boundaries", "trust border", "vertrauensgrenze"]) {
        Class::Boundary
    } else if any(&["curved panel", "curved wall"])
        || is(&["arc", "curve", "bow", "left parenthesis", "right parenthesis"])
    {
        Class::Bow
    } else if any(&["swimlane", "swim lane", "swimlanes"])
        || is(&["pool", "lane", "phase", "container", "pool lane", "horizontal pool", "vertical pool", "belt"])
        || words.last() == Some(&"container") && words.iter().any(|word| FORMS.contains(word))
    {
        Class::Container
    } else if any(&[
        "legend",
        "title",
        "title block",
        "callout",
        "drawn by",
        "revised",
        "revision",
        "revisions",
        "footer",
    ]) || is(&[
        "note",
        "sticky note",
        "annotation",
        "comment",
        "text",
        "text box",
        "minimal text",
        "text annotation",
        "date",
        "scale",
        "block top label",
        "block side label",
        "list box",
        "list box item",
        "section header",
        "heading",
    ]) {
        Class::Note
    } else if is(&[
        "process",
        "multiple process",
        "multi process",
        "multiprocess",
        "complex process",
        "data process",
        "subprocess",
        "generic process",
        "center process",
        "prozess",
        "processus",
        "proceso",
        "processo",
        "proces",
    ]) {
        Class::Process
    } else if is(&[
        "data store",
        "datastore",
        "generic data store",
        "database",
        "stored data",
        "direct data",
        "disk",
        "data storage",
        "disk storage",
        "datenbank",
        "datenspeicher",
        "base de données",
        "base de datos",
        "banco de dados",
        "gegevensopslag",
    ]) {
        Class::Store
    } else if any(&["external interactor", "external entity", "interactor", "generic external interactor"])
        || is(&[
            "entity",
            "entity 1",
            "entity 2",
            "actor",
            "user",
            "users",
            "person",
            "people",
            "human",
            "end user",
            "customer",
            "benutzer",
            "nutzer",
            "akteur",
            "kunde",
            "externe entität",
            "utilisateur",
            "acteur",
            "personne",
            "entité externe",
            "usuario",
            "persona",
            "entidad externa",
            "usuário",
            "pessoa",
            "utente",
            "gebruiker",
        ])
    {
        Class::External
    } else if is(&[
        "rectangle",
        "default square",
        "square",
        "circle",
        "ellipse",
        "oval",
        "triangle",
        "rounded rectangle",
        "rounded square",
        "diamond",
        "hexagon",
        "pentagon",
        "octagon",
        "parallelogram",
        "trapezoid",
        "cross",
        "box",
        "cloud",
        "block",
        "shape",
        "sheet",
        "decision",
        "terminator",
        "start end",
        "3 d box",
        "cube",
    ]) {
        Class::Form
    } else {
        Class::Thing
    }
}

/// What kind of boundary the name of a shape speaks of.
pub(crate) fn boundary_kind(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let table: [(&[&str], &str); 11] = [
        (&["security group"], "security-group"),
        (&["subnet", "private subnet", "public subnet"], "network-segment"),
        (
            &[
                "vpc",
                "vnet",
                "virtual network",
                "virtual private cloud",
                "virtualprivatecloud",
                "virtualprivate cloud",
                "virtualprivatecloud vpc",
            ],
            "virtual-network",
        ),
        (&["aws cloud", "aws account", "cloud account", "azure subscription", "subscription"], "cloud-account"),
        (&["kubernetes cluster", "cluster"], "cluster"),
        (&["namespace"], "namespace"),
        (&["internet boundary", "internet trust boundary"], "internet"),
        (&["corporate network", "network boundary", "corporate network trust boundary"], "network"),
        (&["machine boundary", "machine trust boundary", "server contents", "host boundary"], "host"),
        (&["process boundary"], "process"),
        (&["corporate data center", "data center", "datacenter"], "site"),
    ];
    let found = table.into_iter().find(|(phrases, _)| phrases.iter().any(|phrase| has(&words, phrase)));
    found.map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::{Class, class, name};

    #[test]
    fn names_of_lucidchart_lose_what_is_no_name() {
        for (raw, words, vendor) in [
            ("com.lucidchart.AmazonEC2AWS2021.7", "Amazon EC2", Some("AWS")),
            ("com.lucidchart.AmazonAPIGateway_purpleAWS19.15", "Amazon API Gateway", Some("AWS")),
            ("com.lucidchart.VirtualprivatecloudVPCAWS19_v2.113", "Virtualprivatecloud VPC", Some("AWS")),
            ("com.lucidchart.SQLDatabaseAzure2021.45", "SQL Database", Some("Azure")),
            ("com.lucidchart.DatabaseBlock.51", "Database", None),
            ("com.lucidchart.AWSCloudAWS2021.1", "AWS Cloud", Some("AWS")),
            ("com.lucidchart.AmazonSimpleStorageServiceS3AWS19", "Amazon Simple Storage Service S3", Some("AWS")),
            ("com.lucidchart.Block", "Block", None),
            ("com.lucidchart.AmazonDynamoDBAWS19", "Amazon DynamoDB", Some("AWS")),
        ] {
            let name = name(raw);
            assert_eq!((name.words.as_str(), name.vendor), (words, vendor), "{raw}");
        }
    }

    #[test]
    fn masters_are_known_by_whole_words() {
        for (raw, expected) in [
            ("Data store.23", Class::Store),
            ("Multiple process.21", Class::Process),
            ("External interactor", Class::External),
            ("Machine Boundary", Class::Boundary),
            ("Rectangle.48", Class::Form),
            ("Amazon EC2", Class::Thing),
            ("Container Instances", Class::Thing),
            ("AWS Deep Learning Containers", Class::Thing),
            ("Note", Class::Note),
            ("Amazon Cognito user pool", Class::Thing),
            ("Rounded Rectangle Container", Class::Container),
            ("Start/End", Class::Form),
            ("Curved panel.64", Class::Bow),
            ("Userland service", Class::Thing),
        ] {
            assert_eq!(class(&name(raw)), expected, "{raw}");
        }
    }
}
