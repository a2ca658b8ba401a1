//! The names under which the library knows technologies, for readers that meet icons: what the library does not know
//! stays a remark, so that a page of icons is no page of warnings.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::draft::slug;

/// Every name, the technology it means and the kind of component that is, one to a line; made from
/// `library/technologies`.
const NAMES: &str = include_str!("technologies.txt");

/// A technology of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its id.
    pub(crate) id: &'static str,
    /// The kind of component that it is, a word of the vocabulary.
    pub(crate) kind: &'static str,
}

/// All of them, read once.
static ALL: LazyLock<Technologies> = LazyLock::new(Technologies::new);

/// Makers whose names people put before those of products: `AWS SQS`, `Apache Kafka`.
const MAKERS: [&str; 14] = [
    "aws",
    "amazon",
    "azure",
    "microsoft",
    "ms",
    "google",
    "gcp",
    "gcloud",
    "apache",
    "ibm",
    "hashicorp",
    "redhat",
    "vmware",
    "sap",
];

/// What a thing of a product is called: `SNS topic`, `S3 bucket`, `MySQL server`.
const THINGS: [&str; 22] = [
    "topic",
    "topics",
    "queue",
    "queues",
    "bucket",
    "buckets",
    "database",
    "databases",
    "db",
    "cluster",
    "clusters",
    "instance",
    "instances",
    "table",
    "tables",
    "function",
    "functions",
    "service",
    "services",
    "server",
    "container",
    "containers",
];

/// A text about one technology as a name: in lower case, joined by `-`, signs that are letters of a name spelled out.
fn name(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let spelled = lower
        .replace("asp.net", "asp-net")
        .replace(".net", "dotnet")
        .replace("c++", "cpp")
        .replace("c#", "csharp")
        .replace("f#", "fsharp");
    slug(&spelled, "")
}

/// Whether a word is a version or a part of one: `5`, `12c`, `v2`, `x` behind a number, `lts`.
fn is_version(word: &str, behind: bool) -> bool {
    let digits = word.strip_prefix('v').unwrap_or(word);
    let begins = digits.starts_with(|c: char| c.is_ascii_digit());
    let few_letters = digits.chars().filter(char::is_ascii_alphabetic).count() <= 2;
    (begins && few_letters) || matches!(word, "lts" | "latest") || (behind && matches!(word, "x" | "ga" | "beta"))
}

/// The technology that a text about one means, as a name of the library: the whole text, or without the version, the
/// maker and the word for what it is (`MySQL 5.5.x`, `AWS SQS`, `SNS topic`), or its last words where those are two at
/// least (`Elastic Load Balancer`). `None` where the library knows none of it.
fn meant(whole: &str) -> Option<&str> {
    if ALL.known(whole).is_some() {
        return Some(whole);
    }
    let one = |name: &str| -> Option<&'static str> {
        let known = |name: &str| ALL.known.get_key_value(name).map(|(name, _)| *name);
        known(name)
            .or_else(|| known(name.strip_suffix('s')?))
            .or_else(|| known(&format!("{name}s")))
            .or_else(|| known(&name.replace('-', "")))
    };
    let mut words: Vec<&str> = Vec::new();
    let mut behind = false;
    for word in whole.split('-').filter(|word| !word.is_empty()) {
        behind = is_version(word, behind);
        if !behind {
            words.push(word);
        }
    }
    let mut tries: Vec<Vec<&str>> = vec![words.clone()];
    let bare: Vec<&str> = words.iter().copied().skip_while(|word| MAKERS.contains(word)).collect();
    tries.push(bare.clone());
    for mut list in [words, bare.clone()] {
        while list.len() > 1 && list.last().is_some_and(|word| THINGS.contains(word)) {
            list.pop();
            tries.push(list.clone());
        }
    }
    tries.extend((1..bare.len().saturating_sub(1)).filter_map(|from| bare.get(from..)).map(<[&str]>::to_vec));
    tries.iter().filter(|words| !words.is_empty()).find_map(|words| one(&words.join("-")))
}

/// A text about one technology as a name: that of the library where it means one, else the text itself.
pub(crate) fn as_named(text: &str) -> String {
    let whole = name(text);
    match meant(&whole) {
        Some(known) => known.to_owned(),
        None => whole,
    }
}

/// The technology that the name of a macro or an icon in capitals means: `SimpleStorageService`, `AzureCosmosDb`.
pub(crate) fn of_camel_case(text: &str) -> Option<&'static str> {
    let letters: Vec<char> = text.chars().take(80).collect();
    let mut apart = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() && before.is_alphanumeric()
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        if begins {
            // `IdentityandAccessManagement`
            if let Some(stem) = apart.strip_suffix("and").filter(|stem| stem.len() > 3) {
                apart = format!("{stem} and");
            }
            apart.push(' ');
        }
        apart.push(*letter);
    }
    let joined = slug(text, "");
    if let Some(known) = ALL.find(&joined) {
        return Some(known);
    }
    ALL.find(meant(&name(&apart))?)
}

/// Looks names up.
#[derive(Debug)]
pub(crate) struct Technologies {
    known: FxHashMap<&'static str, Known>,
}

impl Technologies {
    /// Those that were read once, for what is read many times over.
    pub(crate) fn all() -> &'static Technologies {
        &ALL
    }

    pub(crate) fn new() -> Self {
        let entry = |line: &'static str| {
            let (name, rest) = line.split_once(' ')?;
            let (id, kind) = rest.split_once(' ')?;
            Some((name, Known { id, kind }))
        };
        Technologies { known: NAMES.lines().filter_map(entry).collect() }
    }

    /// The technology of this name, which is in lower case and joined by `-`.
    pub(crate) fn known(&self, name: &str) -> Option<Known> {
        self.known.get(name).copied()
    }

    /// The id of the technology of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&'static str> {
        self.known(name).map(|known| known.id)
    }

    /// The first of some names that is known.
    pub(crate) fn first<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<&'static str> {
        names.into_iter().find_map(|name| self.find(name))
    }
}

#[cfg(test)]
mod tests {
    use super::{as_named, of_camel_case};

    #[test]
    fn versions_makers_and_things_are_left_out_where_the_whole_is_unknown() {
        for (text, expected) in [
            ("MySQL 5.5.x", "mysql"),
            ("Oracle 12c", "oracle"),
            ("Vue 3", "vue"),
            ("AWS SQS", "sqs"),
            ("SNS Topic", "sns"),
            ("Elastic Load Balancer", "load-balancer"),
            ("Apache Kafka 3.7", "apache-kafka"),
            ("PostgreSQL v16", "postgresql"),
            ("Azure Functions", "azure-functions"),
            ("Frobnicator 2000", "frobnicator-2000"),
            ("C#", "csharp"),
            ("C++", "cpp"),
            (".NET", "dotnet"),
            ("", ""),
        ] {
            assert_eq!(as_named(text), expected, "{text}");
        }
    }

    #[test]
    fn names_of_macros_mean_technologies() {
        for (text, expected) in [
            ("SimpleStorageService", Some("s3")),
            ("AzureCosmosDb", Some("cosmos-db")),
            ("AzureFunction", Some("azure-functions")),
            ("DynamoDB", Some("dynamodb")),
            ("ElasticLoadBalancing", Some("application-load-balancer")),
            ("APIGateway", Some("api-gateway")),
            ("Lambda", Some("lambda")),
            ("Frobnicator", None),
            ("", None),
        ] {
            assert_eq!(of_camel_case(text), expected, "{text}");
        }
    }
}
