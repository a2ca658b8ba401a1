//! The same Google Cloud resources as configuration, as a plan and as an inventory of assets: the same elements, facts and
//! grants. Differences are allowed by kind only, where an input does not hold the information.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use vauban_cloud::Estate;
use vauban_cloud::flows::infer;
use vauban_cloud::lower::{Input, LowerOptions, lower};
use vauban_cloud::network::ways;
use vauban_infrastructure::Options;
use vauban_model::model::{Element, Model, Value};
use vauban_model::vocabulary::Domain;

use crate::catalogue::catalogue;
use crate::world::inventory;

/// What one input says: by type and name of each element its facts; and what its policies say.
#[derive(Debug, Default)]
struct Said {
    elements: BTreeMap<(String, String), BTreeMap<String, String>>,
    grants: BTreeSet<(String, String, String)>,
}

fn value(model: &Model, element: &Element, at: usize) -> String {
    let fact = &element.facts[at];
    match &fact.value {
        Value::References(list) => format!("{} of them", list.len()),
        Value::Bool(yes) => yes.to_string(),
        Value::Symbol(one) => format!("{:?}", element.word(fact.id)),
        Value::Symbols(all) => format!("{all:?}"),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Words(words) => {
            let _ = model;
            words.join(",")
        }
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
    let input = Input {
        estate: &estate,
        catalogue: &catalogue,
        credentials: &credentials,
        network: &network,
        flows: &flows,
        runs_as: &[],
    };
    let lowered = lower(&input, LowerOptions { unfold: true });
    let mut out = Said::default();
    for (at, resource) in read.resources.iter().enumerate() {
        let ty = resource.ty.to_string();
        if let Some((kind, form)) = ty.rsplit_once("_iam_").filter(|(_, form)| matches!(*form, "member" | "binding" | "policy")) {
            let _ = form;
            let bindings: Vec<(String, Vec<String>)> = match resource.get("policy_data") {
                Some(data) => {
                    let looked_up = estate.referred(data).first().and_then(|at| estate.resource(*at).get("binding"));
                    let list = looked_up.or_else(|| data.get("bindings")).map(|list| list.each().to_vec()).unwrap_or_default();
                    list.iter()
                        .map(|one| {
                            (
                                one.get("role").map(|role| estate.render(role)).unwrap_or_default(),
                                one.get("members").map(|list| list.each().iter().map(|one| estate.render(one)).collect()).unwrap_or_default(),
                            )
                        })
                        .collect()
                }
                None => {
                    let members = resource.get("members").or_else(|| resource.get("member"));
                    vec![(
                        resource.get("role").map(|role| estate.render(role)).unwrap_or_default(),
                        members.map(|list| list.each().iter().map(|one| estate.render(one)).collect()).unwrap_or_default(),
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
        let _ = Domain::Component;
        let facts = (0..of.facts.len())
            .map(|at| (of.facts[at].id.definition().id.to_owned(), value(&lowered.model, of, at)))
            .collect();
        let name = resource.get("name").map(|name| estate.render(name)).unwrap_or_default();
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
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
        .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".tfplan.json").map(ToOwned::to_owned))
        .collect();
    names.sort();
    for name in &names {
        let file = |ending: &str| folder.join(format!("{name}{ending}"));
        if !file(".tf").is_file() {
            continue;
        }
        let (code, plan) = (said(&file(".tf")), said(&file(".tfplan.json")));
        differ(name, "plan", &code, &plan);
        if file(".json").is_file() {
            differ(name, "assets", &code, &said(&file(".json")));
        }
    }
}

fn differ(name: &str, what: &str, code: &Said, other: &Said) {
    for (key, facts) in &code.elements {
        match other.elements.get(key) {
            None => println!("{what} {name}: no {key:?} in {:?}", other.elements.keys().collect::<Vec<_>>()),
            Some(others) => {
                for (fact, value) in facts {
                    if others.get(fact) != Some(value) {
                        println!("{what} {name}: {key:?} {fact} {value} -> {:?}", others.get(fact));
                    }
                }
                for (fact, value) in others.iter().filter(|(fact, _)| !facts.contains_key(*fact)) {
                    println!("{what} {name}: {key:?} {fact} - -> {value}");
                }
            }
        }
    }
    for key in other.elements.keys().filter(|key| !code.elements.contains_key(*key)) {
        println!("{what} {name}: more {key:?}");
    }
    for grant in code.grants.difference(&other.grants) {
        println!("{what} {name}: no grant {grant:?}");
    }
    for grant in other.grants.difference(&code.grants) {
        println!("{what} {name}: more grant {grant:?}");
    }
}
