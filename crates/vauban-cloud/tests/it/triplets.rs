//! The same Google Cloud resources as configuration, as a plan and as an inventory of assets: the same elements, facts and
//! grants. Differences are allowed by kind only, where an input does not hold the information.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use vauban_cloud::Estate;
use vauban_cloud::flows::infer;
use vauban_cloud::lower::{Input, LowerOptions, lower};
use vauban_cloud::network::ways;
use vauban_infrastructure::Options;
use vauban_model::model::{Element, Value};

use crate::catalogue::catalogue;
use crate::world::inventory;

/// What one input says: by type and name of each element its facts; and what its policies say.
#[derive(Debug, Default)]
struct Said {
    elements: BTreeMap<(String, String), BTreeMap<String, String>>,
    grants: BTreeSet<(String, String, String)>,
}

fn value(element: &Element, at: usize) -> String {
    let fact = &element.facts[at];
    match &fact.value {
        Value::References(list) => format!("{} of them", list.len()),
        Value::Bool(yes) => yes.to_string(),
        Value::Symbol(_) => format!("{:?}", element.word(fact.id)),
        Value::Symbols(all) => format!("{all:?}"),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Words(words) => words.join(","),
    }
}

fn said(path: &Path) -> Said {
    let name = if path.extension().is_some_and(|ending| ending == "tf") { "main.tf" } else { "it.json" };
    let text = std::fs::read_to_string(path).unwrap();
    let mut read = inventory(&BTreeMap::from([(name.to_owned(), text)]), &Options::default());
    let catalogue = catalogue();
    catalogue.canonicalise(&mut read);
    let estate = Estate::new(&read);
    let network = ways(&estate);
    let flows = infer(&estate, &[]);
    let credentials = vauban_cloud::secrets::find(&estate);
    let rights = vauban_cloud::permissions::Rights::new(&estate, crate::world::tables());
    let input = Input {
        estate: &estate,
        catalogue: &catalogue,
        credentials: &credentials,
        network: &network,
        flows: &flows,
        runs_as: &[],
        open: &rights,
    };
    let lowered = lower(&input, LowerOptions { unfold: true });
    let mut out = Said::default();
    for (at, resource) in read.resources.iter().enumerate() {
        let ty = resource.ty.to_string();
        if ty == "google_iam_policy" {
            continue;
        }
        if let Some((kind, _)) =
            ty.rsplit_once("_iam_").filter(|(_, form)| matches!(*form, "member" | "binding" | "policy"))
        {
            let bindings: Vec<(String, Vec<String>)> = match resource.get("policy_data") {
                Some(data) => {
                    let looked_up = estate.referred(data).first().and_then(|at| estate.resource(*at).get("binding"));
                    let list =
                        looked_up.or_else(|| data.get("bindings")).map(|list| list.each().to_vec()).unwrap_or_default();
                    list.iter()
                        .map(|one| {
                            (
                                one.get("role").map(|role| estate.render(role)).unwrap_or_default(),
                                one.get("members")
                                    .map(|list| list.each().iter().map(|one| estate.render(one)).collect())
                                    .unwrap_or_default(),
                            )
                        })
                        .collect()
                }
                None => {
                    let members = resource.get("members").or_else(|| resource.get("member"));
                    vec![(
                        resource.get("role").map(|role| estate.render(role)).unwrap_or_default(),
                        members
                            .map(|list| list.each().iter().map(|one| estate.render(one)).collect())
                            .unwrap_or_default(),
                    )]
                }
            };
            for (role, members) in bindings {
                for member in members {
                    out.grants.insert((kind.to_owned(), role.clone(), member));
                }
            }
            continue;
        }
        let Some(element) = lowered.element_of[at] else { continue };
        let Some(of) = lowered.model.get(element) else { continue };
        if *of.id != *resource.address {
            continue;
        }
        let facts = (0..of.facts.len()).map(|at| (of.facts[at].id.definition().id.to_owned(), value(of, at))).collect();
        // A person's name for a folder or project, and what the service is called by in code.
        let keys: &[&str] = match ty.as_str() {
            "google_folder" => &["display_name"],
            "google_service_account" => &["account_id", "email"],
            "google_project" => &["project_id", "name"],
            _ => &["secret_id", "dataset_id", "policy_id", "name"],
        };
        let name = keys.iter().find_map(|key| resource.get(key)).map(|name| estate.render(name));
        let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| resource.name.to_string());
        let name = name.rsplit('/').next().unwrap_or_default();
        let name = name.split('@').next().unwrap_or_default().to_owned();
        out.elements.insert((ty, name), facts);
    }
    out
}

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/corpus/iac/gcp-tfplan-cai-triplets/testdata/rendered");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: `{}` is not there", folder.display());
    None
}

#[test]
fn configuration_plan_and_assets_say_the_same() {
    let Some(folder) = corpus() else { return };
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| {
            entry.unwrap().file_name().into_string().unwrap().strip_suffix(".tfplan.json").map(ToOwned::to_owned)
        })
        .collect();
    names.sort();
    assert!(names.len() > 80);
    let (mut wrong, mut allowed) = (Vec::new(), BTreeMap::<&str, usize>::new());
    for name in &names {
        let file = |ending: &str| folder.join(format!("{name}{ending}"));
        if !file(".tf").is_file() {
            continue;
        }
        let (code, plan) = (said(&file(".tf")), said(&file(".tfplan.json")));
        let mut differences = differences(&code, &plan);
        if file(".json").is_file() {
            differences.extend(self::differences(&code, &said(&file(".json"))));
        }
        for (kind, text) in differences {
            match kind {
                Some(kind) => *allowed.entry(kind).or_default() += 1,
                None => wrong.push(format!("{name}: {text}")),
            }
        }
    }
    println!("{} triplets, allowed: {allowed:#?}", names.len());
    assert!(wrong.is_empty(), "{} differences: {wrong:#?}", wrong.len());
    assert!(allowed.keys().all(|kind| ALLOWED.iter().any(|(known, _)| known == kind)));
}

/// Kinds of differences that are none of ours, and why.
const ALLOWED: [(&str, &str); 6] = [
    ("nodes", "the export leaves out how many nodes a pool has and whether the default pool is taken away"),
    ("made up", "a name that is only known once it is made: the export stands for it with a placeholder or number"),
    ("put together", "a plan lists what an expression refers to, and not the text around it"),
    ("policy alone", "the export has the policy of a resource without the resource"),
    ("inside of it", "the export leaves out what lies in something that has no name yet"),
    ("bearer of a policy", "the export names the project, folder or organisation that a policy is set on"),
];

/// All differences; with the kind if it is one that is allowed.
fn differences(code: &Said, other: &Said) -> Vec<(Option<&'static str>, String)> {
    let mut out = Vec::new();
    let made_up = |name: &str| {
        name.contains("${")
            || name.starts_with("placeholder")
            || (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let stands_in = |side: &Said, ty: &str| side.elements.keys().any(|(known, name)| known == ty && made_up(name));
    for (key, facts) in &code.elements {
        let (ty, name) = key;
        let Some(others) = other.elements.get(key) else {
            let kind = if made_up(name) || stands_in(other, ty) {
                Some("made up")
            } else if other.grants.iter().any(|(of, ..)| of == ty) {
                Some("policy alone")
            } else if other.elements.keys().any(|(_, name)| made_up(name))
                && !other.elements.keys().any(|(known, _)| known == ty)
            {
                Some("inside of it")
            } else {
                None
            };
            out.push((kind, format!("no {key:?} in {:?}", other.elements.keys().collect::<Vec<_>>())));
            continue;
        };
        let all: BTreeSet<&String> = facts.keys().chain(others.keys()).collect();
        for fact in all.into_iter().filter(|fact| facts.get(*fact) != others.get(*fact)) {
            // The number of nodes says whether one may fail.
            let nodes = key.0 == "google_container_node_pool" && fact == "redundant" && !others.contains_key(fact);
            out.push((
                nodes.then_some("nodes"),
                format!("{key:?} {fact}: {:?} and {:?}", facts.get(fact), others.get(fact)),
            ));
        }
    }
    for (ty, name) in other.elements.keys().filter(|key| !code.elements.contains_key(*key)) {
        let kind = if made_up(name) || stands_in(code, ty) {
            Some("made up")
        } else if matches!(ty.as_str(), "google_project" | "google_folder" | "google_organization") {
            Some("bearer of a policy")
        } else if ty == "google_container_node_pool" && name == "default-pool" {
            Some("nodes")
        } else {
            None
        };
        out.push((kind, format!("more: {ty} {name}")));
    }
    for (ty, role, member) in code.grants.symmetric_difference(&other.grants) {
        let kind = member.contains("${").then_some("put together");
        out.push((kind, format!("granted by one only: {role} on {ty} to {member}")));
    }
    out
}
