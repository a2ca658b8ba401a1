//! Images that are built from what is in the same folder: what runs them runs code of our own.

use rustc_hash::FxHashMap;
use vauban_model::Span;
use vauban_model::model::Origin;
use vauban_model::resource::{Mode, Text, ValueKind};
use vauban_model::vocabulary::fact;

use super::builder::{Builder, component_ref, yes_no};
use super::elements::IMAGES;

/// Registries of code's own: what is pulled from there was put there by somebody of ours.
const REGISTRIES: [&str; 3] =
    ["aws_ecr_repository", "google_artifact_registry_repository", "azurerm_container_registry"];

/// An image's name without tag and digest.
fn name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

impl Builder<'_> {
    /// Says of what runs an image that is built here that it is our own code, and what it is built from.
    pub(super) fn images(&mut self) {
        let estate = self.input.estate;
        let mut built: FxHashMap<String, (Span, Option<Text>)> = FxHashMap::default();
        for at in estate.of_type("compose:service") {
            let service = estate.resource(*at);
            let (Some(build), Some(image)) = (service.get("build"), service.get("image")) else { continue };
            let from = estate.referred(build).first().map(|file| estate.resource(*file).address.clone());
            built.entry(name(&estate.render(image)).to_owned()).or_insert((build.span, from));
        }
        let count = u32::try_from(estate.inventory.resources.len()).unwrap_or(u32::MAX);
        for at in 0..count {
            let resource = estate.resource(at);
            let Some(component) = self.component_of(at).filter(|_| &*resource.ty != "compose:service") else {
                continue;
            };
            let mut found: Option<(Span, Option<Text>)> = None;
            for path in IMAGES {
                crate::catalogue::rule::any(&resource.attributes, path, estate, 0, &mut |value| {
                    let known = match &value.open().kind {
                        ValueKind::Text(_) | ValueKind::Template(_) | ValueKind::Reference(_) => {
                            built.get(name(&estate.render(value))).cloned()
                        }
                        _ => None,
                    };
                    let ours = || {
                        let registry = |at: &u32| {
                            let registry = estate.resource(*at);
                            registry.mode == Mode::Managed && REGISTRIES.contains(&&*registry.ty)
                        };
                        estate.referred(value).iter().any(registry).then_some((value.span, None))
                    };
                    found = found.take().or(known).or_else(ours);
                });
            }
            let Some((span, from)) = found else { continue };
            self.with(component_ref(component), |element| {
                if element.fact(fact::CUSTOM_CODE).is_none() {
                    element.set(yes_no(fact::CUSTOM_CODE, true, Origin::Imported, span));
                }
                if let Some(from) = from {
                    let file = from.strip_prefix("dockerfile:").unwrap_or(&from);
                    element.extras.push(("built from".into(), file.into()));
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn an_image_is_the_same_whatever_its_version() {
        for image in ["shop", "shop:1.0", "shop@sha256:00", "shop:1.0@sha256:00"] {
            assert_eq!(name(image), "shop");
        }
        assert_eq!(name("localhost:5000/shop"), "localhost:5000/shop");
        assert_eq!(name("localhost:5000/shop:2"), "localhost:5000/shop");
    }
}
