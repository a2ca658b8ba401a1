//! Credentials: data assets that unlock identities, and the logins they belong to.

use rustc_hash::{FxHashMap, FxHashSet};
use vauban_model::model::{Element, ElementRef, Fact, Origin, Value as FactValue, symbol_of};
use vauban_model::resource::Source;
use vauban_model::vocabulary::{Domain, fact};

use super::builder::{Builder, add_reference, component_ref, word};
use crate::secrets::{Owner, Place};

impl Builder<'_> {
    pub(super) fn credentials(&mut self) {
        for credential in self.input.credentials {
            let made = self
                .input
                .estate
                .find(&credential.id)
                .and_then(|at| self.element_of(at))
                .filter(|element| element.domain == Domain::Data);
            let asset = made.unwrap_or_else(|| {
                let element = Element::new(&*credential.id, &*credential.name, credential.span);
                let index = self.out.model.data.len();
                self.out.model.data.push(element);
                let element = ElementRef::new(Domain::Data, index);
                if let Some(at) = self.input.estate.find(&credential.id)
                    && self.element_of(at).is_none()
                {
                    self.set_element(at, element);
                }
                element
            });
            self.out.credentials.push(asset);
            let mut owners = Vec::new();
            for owner in &credential.owners {
                match *owner {
                    Owner::Principal(at) => {
                        owners.extend(self.element_of(at).filter(|e| e.domain == Domain::Identity).map(|e| e.index));
                    }
                    Owner::Login(at) => owners.extend(self.login(at).map(|e| e.index)),
                }
            }
            let span = credential.span;
            // A state and a plan hold the values of everything; only in code somebody wrote it down.
            let place = credential.holdings.first().map(|holding| holding.resource);
            let place = place.or_else(|| {
                credential.owners.first().map(|owner| match *owner {
                    Owner::Principal(at) | Owner::Login(at) => at,
                })
            });
            let in_code = credential.written
                && place.is_some_and(|at| {
                    let source = self.input.estate.resource(at).source;
                    !matches!(source, Source::TerraformPlan | Source::TerraformState | Source::AwsConfig)
                });
            self.with(asset, |element| {
                if let Some(symbol) = symbol_of(fact::DATA_KINDS, "credentials")
                    && element.fact(fact::DATA_KINDS).is_none()
                {
                    let value = FactValue::Symbols([symbol].into());
                    element.set(Fact { id: fact::DATA_KINDS, value, origin: Origin::Imported, span });
                }
                if element.fact(fact::CLASSIFICATION).is_none()
                    && let Some(fact) = word(fact::CLASSIFICATION, "restricted", Origin::Default, span)
                {
                    element.set(fact);
                }
                if in_code
                    && element.fact(fact::LIFETIME).is_none()
                    && let Some(fact) = word(fact::LIFETIME, "hardcoded", Origin::Imported, span)
                {
                    element.set(fact);
                }
                for owner in &owners {
                    add_reference(element, fact::UNLOCKS, *owner, span);
                }
                for assumption in &credential.assumptions {
                    element.extras.push(("assumed".into(), assumption.to_string().into()));
                }
            });
            for holding in &credential.holdings {
                let own = self.element_of(holding.resource).filter(|own| own.domain == Domain::Data && *own != asset);
                self.out.contents.extend(own.map(|own| (own, asset, holding.span)));
                let Some(component) = self.component_of(holding.resource) else { continue };
                // What a store is run with is not among the data that its users ask it for.
                let keeps = self.out.model.components.get(component as usize);
                let keeps = keeps.is_some_and(|it| it.element.word(fact::KIND) == Some("data-store"));
                let id = match holding.place {
                    Place::Configuration => fact::CONFIGURED_WITH,
                    Place::Content if keeps && holding.attribute.ends_with("#run-time") => fact::CONFIGURED_WITH,
                    Place::Content => fact::STORES,
                };
                let from = secret_place(&holding.attribute).filter(|_| id == fact::CONFIGURED_WITH && !keeps);
                self.with(component_ref(component), |element| {
                    add_reference(element, id, asset.index, holding.span);
                    if let Some(from) = from
                        && element.fact(fact::SECRETS_FROM).is_none()
                        && let Some(fact) = word(fact::SECRETS_FROM, from, Origin::Imported, holding.span)
                    {
                        element.set(fact);
                    }
                });
            }
        }
    }

    /// Whoever is set up with the password of a store and talks to it shows that password there.
    pub(super) fn with_logins(&mut self) {
        let mut opens: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        let mut logins: Vec<(u32, u32)> = self.out.login_of.iter().map(|(at, login)| (*at, login.index)).collect();
        logins.sort_unstable();
        for (at, login) in logins {
            opens.entry(login).or_default().extend(self.component_of(at));
        }
        let model = &self.out.model;
        let mut shown: FxHashSet<(u32, u32)> = FxHashSet::default();
        for (source, component) in (0u32..).zip(&model.components) {
            let given = component.element.references(fact::CONFIGURED_WITH).iter();
            let logins = given
                .filter_map(|asset| model.data.get(*asset as usize))
                .flat_map(|asset| asset.references(fact::UNLOCKS));
            shown.extend(logins.filter_map(|login| opens.get(login)).flatten().map(|target| (source, *target)));
        }
        for flow in &mut self.out.model.flows {
            if shown.contains(&(flow.source, flow.target))
                && flow.element.fact(fact::AUTHENTICATION).is_none()
                && let Some(fact) = word(fact::AUTHENTICATION, "credentials", Origin::Imported, flow.element.span)
            {
                flow.element.set(fact);
            }
        }
    }

    /// The identity that stands for the logins of a data store, machine or application.
    fn login(&mut self, at: u32) -> Option<ElementRef> {
        if let Some(known) = self.out.login_of.get(&at) {
            return Some(*known);
        }
        let component = self.component_of(at)?;
        let this = self.out.model.components.get(component as usize)?;
        let keeps = this.element.word(fact::KIND) == Some("data-store");
        let mut element = Element::new(
            format!("login:{}", self.input.estate.resource(at).address),
            format!("login to {}", this.element.name),
            this.element.span,
        );
        let span = element.span;
        if let Some(fact) = word(fact::IDENTITY_KIND, "service", Origin::Imported, span) {
            element.set(fact);
        }
        let rights: &[_] = if keeps { &[fact::MAY_READ, fact::MAY_WRITE] } else { &[fact::MAY_ADMINISTER] };
        for right in rights {
            add_reference(&mut element, *right, component, span);
        }
        let index = self.out.model.identities.len();
        self.out.model.identities.push(element);
        let element = ElementRef::new(Domain::Identity, index);
        self.out.login_of.insert(at, element);
        Some(element)
    }
}

/// Where code finds a secret that stands in an attribute of what runs it, in the vocabulary's words.
fn secret_place(attribute: &str) -> Option<&'static str> {
    // What is only named there is fetched at run time.
    if attribute.ends_with("#run-time") {
        return None;
    }
    let has = |words: &[&str]| attribute.split('.').any(|part| words.iter().any(|word| part.contains(word)));
    if has(&["env", "app_settings", "appSettings", "connection_string"]) {
        Some("environment")
    } else if has(&["user_data", "custom_data", "startup", "start_script"]) {
        Some("configuration-file")
    } else {
        None
    }
}
