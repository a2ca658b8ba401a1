//! Honey tokens: a user, key, secret or store that is there only so that its use gives somebody away.

use vauban_model::finding::{Notice, Sighting};
use vauban_model::resource::Value;

use super::{Act, Eye, Seer, World};

struct Honey {
    seer: Seer,
    at: u32,
}

impl Eye for Honey {
    fn sees(&self, act: &Act<'_>, _world: &World<'_>) -> Option<Sighting> {
        // Its owner made it to be told of its use, whichever way that is; the code need not say how.
        act.resources.contains(&self.at).then(|| self.seer.says(Notice::Alarmed))
    }
}

/// The words of a name.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    lower.split(|letter: char| !letter.is_ascii_alphanumeric()).map(ToOwned::to_owned).collect()
}

/// Whether one of the words is in a name, also when it is parted: `honey-token`.
fn has(words: &[String], wanted: &[String]) -> bool {
    words.iter().any(|word| wanted.contains(word)) || words.windows(2).any(|pair| wanted.contains(&pair.concat()))
}

pub(super) fn eyes<'w>(world: &'w World<'_>, out: &mut Vec<Box<dyn Eye + 'w>>) {
    let table = world.table;
    let referred = referred(world);
    for ty in &table.honey_types {
        for &at in world.estate.of_type(ty) {
            let resource = world.estate.resource(at);
            let mut texts = vec![resource.name.to_string()];
            for path in ["name", "bucket", "account_id", "display_name", "metadata.name"] {
                texts.extend(resource.get(path).map(|value| world.estate.render(value)));
            }
            for path in ["tags", "labels", "metadata.labels"] {
                for (key, value) in resource.get(path).and_then(Value::as_map).unwrap_or_default() {
                    if value.as_bool() != Some(false) {
                        texts.push(format!("{key} {}", world.estate.render(value)));
                    }
                }
            }
            let words: Vec<Vec<String>> = texts.iter().map(|text| words(text)).collect();
            let sure = words.iter().any(|words| has(words, &table.honey));
            let weak = || {
                words.iter().any(|words| has(words, &table.weak_honey))
                    && !referred.get(at as usize).copied().unwrap_or(false)
            };
            if sure || weak() {
                let mut seer = Seer::new(world, at, "the honey token");
                seer.account = None;
                out.push(Box::new(Honey { seer, at }));
            }
        }
    }
}

/// By resource: whether something that does more than belong to it refers to it.
fn referred(world: &World<'_>) -> Vec<bool> {
    let resources = &world.estate.inventory.resources;
    let mut out = vec![false; resources.len()];
    for (at, resource) in (0u32..).zip(resources) {
        let belongs = ["_access_key", "_version", "_alarm", "_metric_filter", "_event_rule", "_key", "_notification"];
        if belongs.iter().any(|end| resource.ty.ends_with(end)) {
            continue;
        }
        for target in world.estate.referred(&resource.attributes) {
            if target != at
                && let Some(slot) = out.get_mut(target as usize)
            {
                *slot = true;
            }
        }
    }
    out
}
