//! The library's tables on permissions: read as far as they are asked for.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::Diagnostic;
use vauban_syntax::{Limits, Node, parse_toml};

use crate::LibraryText;

/// A table of blocks of lines, each under a line `=key`, possibly with a second key after a tab.
#[derive(Debug, Default)]
pub(super) struct Blocks<'a> {
    texts: Vec<&'a str>,
    /// By key: the text, and where in it the lines start and end.
    index: OnceLock<FxHashMap<String, (usize, usize, usize)>>,
}

impl<'a> Blocks<'a> {
    /// The lines of a block; keys compare without regard to case.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        let index = self.index.get_or_init(|| self.build());
        let (text, from, to) = index.get(&key.to_ascii_lowercase()).copied()?;
        self.texts.get(text)?.get(from..to)
    }

    /// The first key of a block, which is its name.
    pub(super) fn name(&self, key: &str) -> Option<&'a str> {
        let index = self.index.get_or_init(|| self.build());
        let (text, from, _) = index.get(&key.to_ascii_lowercase()).copied()?;
        let before = self.texts.get(text)?.get(..from)?.trim_end();
        before.rsplit('\n').next()?.strip_prefix('=')?.split('\t').next()
    }

    /// The actions in all blocks, one by one.
    pub(super) fn listed(&self) -> impl Iterator<Item = &'a str> {
        let lines = self.texts.iter().flat_map(|text| text.lines());
        let listed = lines.filter_map(|line| line.strip_prefix(['+', '-']));
        listed.flat_map(|line| line.trim_start_matches('d').split_whitespace())
    }

    fn build(&self) -> FxHashMap<String, (usize, usize, usize)> {
        let mut out = FxHashMap::default();
        for (number, text) in self.texts.iter().enumerate() {
            let mut at = 0;
            while let Some(start) = head(text.get(at..).unwrap_or_default()) {
                at += start + 1;
                let rest = text.get(at..).unwrap_or_default();
                let (keys, body) = rest.split_once('\n').unwrap_or((rest, ""));
                at += (keys.len() + 1).min(rest.len());
                let end = at + head(body).unwrap_or(body.len());
                for key in keys.trim_end().split('\t') {
                    out.entry(key.to_ascii_lowercase()).or_insert((number, at, end));
                }
                at = end;
            }
        }
        out
    }
}

/// Where the next line that begins with `=` starts.
fn head(text: &str) -> Option<usize> {
    if text.starts_with('=') { Some(0) } else { text.find("\n=").map(|at| at + 1) }
}

/// A kind of resource that carries a policy of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct PolicyPlace {
    /// The attribute that says for what; empty when for itself.
    pub(super) of: String,
    /// The attribute with the document.
    pub(super) policy: String,
}

/// Actions on what a resource holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Inside {
    pub(super) ty: String,
    pub(super) actions: Vec<String>,
    pub(super) except: Vec<String>,
    /// What stands after the name of the resource, or the whole form.
    pub(super) name: String,
}

/// What is only open to those who may use the key that it is sealed with.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    pub(super) ty: String,
    /// In lower case.
    pub(super) actions: Vec<String>,
    /// The attribute that names the key.
    pub(super) key: String,
    /// The type that states the key beside it, its attribute that names what is sealed, and that with the key.
    pub(super) beside: Option<(String, String, String)>,
    /// The service that asks the key in the name of the caller.
    pub(super) service: String,
    /// What the caller must be allowed to do with the key.
    pub(super) right: String,
}

/// What a request names besides the target of its action: a denial there denies it.
#[derive(Clone, Debug)]
pub(super) struct Besides {
    pub(super) ty: String,
    /// In lower case.
    pub(super) action: String,
    /// The attribute of the target that names it.
    pub(super) named: String,
}

/// Permissions that change something: to set it and to take it away.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    pub(super) set: Vec<String>,
    pub(super) remove: Vec<String>,
}

/// The library's tables on permissions.
#[derive(Debug, Default)]
pub struct Tables<'a> {
    pub(super) managed: Blocks<'a>,
    /// AWS: by service, in lower case, the names of all its actions, parted by blanks.
    pub(super) aws_actions: FxHashMap<&'a str, &'a str>,
    /// The services, in the order of the table.
    pub(super) aws_services: Vec<&'a str>,
    pub(super) azure: Blocks<'a>,
    /// Azure: patterns of the actions on data.
    pub(super) azure_data: Vec<&'a str>,
    /// Azure: directory roles and rights of applications by id.
    directory: FxHashMap<&'a str, &'a str>,
    pub(super) gcp: Blocks<'a>,
    pub(super) kubernetes: Blocks<'a>,
    /// By type: the forms of its name.
    pub(super) arns: FxHashMap<String, Vec<String>>,
    /// By `type.attribute`: the attribute that says the same.
    pub(super) same: FxHashMap<String, String>,
    pub(super) resource_policies: Vec<(String, PolicyPlace)>,
    pub(super) services: FxHashMap<String, Vec<String>>,
    pub(super) creates: FxHashMap<String, String>,
    pub(super) inside: Vec<Inside>,
    pub(super) sealed: Vec<Sealed>,
    pub(super) besides: Vec<Besides>,
    /// By the service of an action: the key that names the role which the request passes, and the service that gets it.
    pub(super) passes: FxHashMap<String, (String, String)>,
    pub(super) regional: Vec<String>,
    pub(super) foreign: Vec<String>,
    /// Words in the name of a provider's policy that only reads.
    pub(super) reading: Vec<String>,
    /// How actions begin that such a policy never allows; in lower case.
    pub(super) never_reading: Vec<String>,
    pub(super) chosen: Vec<String>,
    /// Of the services in it, the only actions whose requests carry tags; in lower case.
    pub(super) tags_sent: Vec<String>,
    pub(super) holds: Vec<String>,
    pub(super) absent: Vec<String>,
    /// Actions that answer requests of nobody in particular; in lower case.
    pub(super) unsigned: Vec<String>,
    /// Keys that come with requests to every service; in lower case.
    pub(super) everywhere: Vec<String>,
    /// By key, in lower case and without what stands after its name: the only actions whose requests have it.
    pub(super) carried: FxHashMap<String, Vec<String>>,
    pub(super) tags: FxHashMap<String, Changes>,
    pub(super) public_providers: Vec<String>,
    /// Services that run builds and sign who comes.
    pub(super) builds: Vec<Service>,
    /// Accounts that services of the provider act from.
    pub(super) provider_accounts: FxHashSet<String>,
    /// Accounts that vendors act from for all of their customers.
    pub(super) vendor_accounts: FxHashSet<String>,
    pub(super) open_subjects: Vec<String>,
    /// By type: the attributes that say what it acts as.
    pub(super) runs_as: FxHashMap<String, Vec<String>>,
}

/// A service that runs builds: how it names them in the subject of the tokens that it signs.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    /// Its name.
    pub(super) name: String,
    /// The host that signs, with `{owner}` where each owner has an issuer of its own.
    pub(super) issuer: String,
    /// Whether it also runs on machines of its users, under any name.
    pub(super) elsewhere: bool,
    /// The form of its subjects, with `{owner}`, `{project}` and `{rest}`.
    pub(super) subject: String,
    /// What stands for `{rest}` in builds that anybody starts who may push or open a pull request; `{any}` is a name of
    /// their choice.
    pub(super) any: Vec<String>,
    /// By claim: its form.
    pub(super) claims: Vec<(String, String)>,
    /// Claims that say whose a build is without a part of the subject, as its number: of the `project`, of the `owner`, or
    /// of neither in particular. They fit every build of whom they speak of.
    pub(super) belongs: Vec<(String, String)>,
    /// Names for sentences: one build, those of a project, those of projects of alike names, all of an owner.
    pub(super) one: String,
    pub(super) whole: String,
    pub(super) alike: String,
    pub(super) all: String,
}

fn strings(node: Option<&Node>) -> Vec<String> {
    node.and_then(Node::as_sequence)
        .unwrap_or_default()
        .iter()
        .filter_map(|item| item.as_str().map(ToOwned::to_owned))
        .collect()
}

fn string(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned()
}

impl<'a> Tables<'a> {
    /// The name of a directory role or a right of an application by its id.
    pub(super) fn directory(&self, id: &str) -> Option<&'a str> {
        self.directory.get(id).copied()
    }

    /// Reads the files of `permissions/`; others are passed over. Large tables are only looked into when something in
    /// them is asked for.
    pub fn read(files: &[LibraryText<'a>]) -> (Tables<'a>, Vec<Diagnostic>) {
        let mut out = Tables::default();
        let mut diagnostics = Vec::new();
        for file in files {
            let Some(at) = file.path.find("permissions/") else { continue };
            let name = file.path.get(at + "permissions/".len()..).unwrap_or_default();
            if name.ends_with(".txt") {
                if name.starts_with("aws-managed") {
                    out.managed.texts.push(file.text);
                } else if name == "aws-actions.txt" {
                    let lines = file.text.lines().filter(|line| !line.starts_with('#'));
                    for (service, actions) in lines.filter_map(|line| line.split_once('\t')) {
                        out.aws_services.push(service);
                        out.aws_actions.insert(service, actions);
                    }
                } else if name.starts_with("azure-roles") {
                    out.azure.texts.push(file.text);
                } else if name.starts_with("azure-data-actions") {
                    out.azure_data.extend(file.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')));
                } else if name.starts_with("azure-directory") {
                    let lines = file.text.lines().filter(|line| !line.starts_with('#'));
                    out.directory.extend(lines.filter_map(|line| line.split_once('\t')));
                } else if name.starts_with("gcp-roles") {
                    out.gcp.texts.push(file.text);
                } else if name.starts_with("kubernetes-roles") {
                    out.kubernetes.texts.push(file.text);
                }
            } else if name == "aws.toml"
                && let Some(root) = parse_toml(file.id, file.text, 0, &Limits::default(), &mut diagnostics)
            {
                out.aws(&root);
            }
        }
        (out, diagnostics)
    }

    fn aws(&mut self, root: &Node) {
        let entries = |key: &str| root.get(key).and_then(Node::as_mapping).unwrap_or_default();
        for entry in entries("arn") {
            let forms = entry.value.as_str().unwrap_or_default().split(' ').map(ToOwned::to_owned).collect();
            self.arns.insert(entry.key.to_string(), forms);
        }
        for entry in entries("same") {
            self.same.insert(entry.key.to_string(), entry.value.as_str().unwrap_or_default().to_owned());
        }
        for entry in entries("services") {
            self.services.insert(entry.key.to_string(), strings(Some(&entry.value)));
        }
        for entry in entries("creates") {
            let form = entry.value.as_str().unwrap_or_default().to_owned();
            self.creates.insert(entry.key.to_ascii_lowercase(), form);
        }
        for entry in entries("tags") {
            let changes = Changes { set: strings(entry.value.get("set")), remove: strings(entry.value.get("remove")) };
            self.tags.insert(entry.key.to_string(), changes);
        }
        for item in root.get("resource_policy").and_then(Node::as_sequence).unwrap_or_default() {
            let place = PolicyPlace { of: string(item, "of"), policy: string(item, "policy") };
            self.resource_policies.push((string(item, "type"), place));
        }
        for item in root.get("inside").and_then(Node::as_sequence).unwrap_or_default() {
            let lower = |key: &str| strings(item.get(key)).iter().map(|text| text.to_ascii_lowercase()).collect();
            self.inside.push(Inside {
                ty: string(item, "type"),
                actions: lower("actions"),
                except: lower("except"),
                name: string(item, "name"),
            });
        }
        for item in root.get("sealed").and_then(Node::as_sequence).unwrap_or_default() {
            let beside =
                item.get("beside").map(|_| (string(item, "beside"), string(item, "of"), string(item, "its_key")));
            self.sealed.push(Sealed {
                ty: string(item, "type"),
                actions: strings(item.get("actions")).iter().map(|text| text.to_ascii_lowercase()).collect(),
                key: string(item, "key"),
                beside,
                service: string(item, "service"),
                right: string(item, "right"),
            });
        }
        for item in root.get("besides").and_then(Node::as_sequence).unwrap_or_default() {
            self.besides.push(Besides {
                ty: string(item, "type"),
                action: string(item, "action").to_ascii_lowercase(),
                named: string(item, "named"),
            });
        }
        for entry in entries("passes") {
            let passes = (string(&entry.value, "key"), string(&entry.value, "to"));
            self.passes.insert(entry.key.to_string(), passes);
        }
        for entry in entries("runs_as") {
            self.runs_as.insert(entry.key.to_string(), strings(Some(&entry.value)));
        }
        if let Some(federation) = root.get("federation") {
            self.public_providers = strings(federation.get("public"));
            self.open_subjects = strings(federation.get("open_subjects"));
            for item in federation.get("builds").and_then(Node::as_sequence).unwrap_or_default() {
                let pairs = |key: &str| -> Vec<(String, String)> {
                    let entries = item.get(key).and_then(Node::as_mapping).unwrap_or_default().iter();
                    let text = |value: &Node| value.as_str().unwrap_or_default().to_owned();
                    entries.map(|entry| (entry.key.to_string(), text(&entry.value))).collect()
                };
                self.builds.push(Service {
                    name: string(item, "name"),
                    issuer: string(item, "issuer"),
                    elsewhere: item.get("elsewhere").is_some(),
                    subject: string(item, "subject"),
                    any: strings(item.get("any")),
                    claims: pairs("claims"),
                    belongs: pairs("belongs"),
                    one: string(item, "one"),
                    whole: string(item, "whole"),
                    alike: string(item, "alike"),
                    all: string(item, "all"),
                });
            }
        }
        if let Some(aliases) = root.get("aliases") {
            self.regional = strings(aliases.get("regional"));
            self.foreign = strings(aliases.get("foreign"));
            self.provider_accounts = strings(aliases.get("of_provider")).into_iter().collect();
            self.vendor_accounts = strings(aliases.get("of_vendors")).into_iter().collect();
        }
        if let Some(managed) = root.get("managed") {
            self.reading = strings(managed.get("reading"));
            self.never_reading = strings(managed.get("never")).iter().map(|text| text.to_ascii_lowercase()).collect();
        }
        if let Some(conditions) = root.get("conditions") {
            self.chosen = strings(conditions.get("chosen"));
            self.holds = strings(conditions.get("holds"));
            self.tags_sent =
                strings(conditions.get("tags_sent")).iter().map(|text| text.to_ascii_lowercase()).collect();
            self.absent = strings(conditions.get("absent"));
            self.unsigned = strings(conditions.get("unsigned")).iter().map(|text| text.to_ascii_lowercase()).collect();
            self.everywhere = strings(conditions.get("everywhere"));
            for entry in conditions.get("carried").and_then(Node::as_mapping).unwrap_or_default() {
                let actions = strings(Some(&entry.value)).iter().map(|text| text.to_ascii_lowercase()).collect();
                self.carried.insert(entry.key.to_ascii_lowercase(), actions);
            }
        }
    }
}
