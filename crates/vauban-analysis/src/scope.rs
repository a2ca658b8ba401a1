//! How much modeling a change needs: a tier, computed from what the change did to the facts, with the reasons.
//!
//! The tiers and their triggers follow published practice on continuous and risk-based threat modeling; the guide
//! (`docs/guide/decisions-and-reviews.md`) has them as a table. What a diff cannot show, such as a duty by contract, is a
//! person's to add.

use std::collections::BTreeSet;

use vauban_model::model::{Element, ElementRef, Model};
use vauban_model::scale::Level;
use vauban_model::vocabulary::{Domain, FactId, fact};
use vauban_rules::bits::Truth;
use vauban_rules::facts::Facts;

use crate::compare::{Change, compare};
use crate::session::Session;

/// How much modeling a change needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Nothing that the model knows changed.
    None,
    /// Facts changed, no way in or across is new: the automatic check is enough.
    Automatic,
    /// A short look at what changed, by its author and somebody who knows: half an hour.
    Rapid,
    /// The whole model is gone through again, and somebody signs.
    Formal,
}

impl Tier {
    /// All, from least to most.
    pub const ALL: [Tier; 4] = [Tier::None, Tier::Automatic, Tier::Rapid, Tier::Formal];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::None => "none",
            Tier::Automatic => "automatic",
            Tier::Rapid => "rapid",
            Tier::Formal => "formal",
        }
    }

    /// What to do, in a sentence.
    pub fn work(self) -> &'static str {
        match self {
            Tier::None => "Nothing to do.",
            Tier::Automatic => "`vauban check` is enough; answer what it asks.",
            Tier::Rapid => {
                "Look at what changed, at most half an hour, the author and somebody who knows security: what is new, what can go \
                 wrong there, what is done about it, was that enough. Decide every new threat of high risk."
            }
            Tier::Formal => {
                "Go through the whole model again, together; decide, approve what stays, and close a review with a name below it."
            }
        }
    }
}

/// Why a tier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The tier that it asks for.
    pub tier: Tier,
    /// The sentence.
    pub text: String,
}

/// What a change needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scoping {
    /// The highest tier that anything asks for.
    pub tier: Tier,
    /// What asks for it, highest first.
    pub reasons: Vec<Reason>,
    /// Differences in the architecture.
    pub changes: Vec<Change>,
    /// New threats, those of a higher risk included.
    pub new_threats: usize,
    /// Threats that are no longer open.
    pub threats_gone: usize,
    /// New attack paths.
    pub new_paths: usize,
    /// Attack paths that are closed.
    pub paths_closed: usize,
}

/// Kinds of differences that are about what was concluded, not about the architecture.
const CONCLUDED: [&str; 7] =
    ["new-threat", "risk-up", "risk-down", "threat-gone", "new-path", "path-remains", "path-closed"];

/// Facts that say who may do what, and how that is kept up.
const TRUST: [FactId; 8] = [
    fact::AUTHENTICATION,
    fact::AUTHORISATION,
    fact::SESSION,
    fact::SECRETS_FROM,
    fact::MULTI_FACTOR,
    fact::ENCRYPTION_AT_REST,
    fact::ENCRYPTION,
    fact::ACTS_AS,
];

/// Facts of an identity that give it power.
const POWER: [FactId; 3] = [fact::MAY_ADMINISTER, fact::MAY_ASSUME, fact::MAY_WRITE];

/// How many flows and components may change how they trust before it is a redesign.
const REDESIGN: usize = 5;

/// Weighs a change.
pub fn scope(before: &Session, after: &Session) -> Scoping {
    let all = compare(before, after);
    let count = |kinds: &[&str]| all.iter().filter(|change| kinds.contains(&change.kind)).count();
    let (new_threats, threats_gone) = (count(&["new-threat", "risk-up"]), count(&["threat-gone"]));
    let (new_paths, paths_closed) = (count(&["new-path"]), count(&["path-closed"]));
    let changes: Vec<Change> = all.iter().filter(|change| !CONCLUDED.contains(&change.kind)).cloned().collect();
    let mut weigh = Weigh { old: &before.project.model, new: &after.project.model, reasons: Vec::new() };
    weigh.boundaries();
    weigh.data();
    weigh.flows(&Facts::new(&after.project.model, &after.library.library));
    weigh.components(
        &Facts::new(&before.project.model, &before.library.library),
        &Facts::new(&after.project.model, &after.library.library),
    );
    weigh.identities();
    weigh.system();
    let mut reasons = weigh.reasons;
    let mut say = |tier: Tier, text: String| reasons.push(Reason { tier, text });
    for change in &all {
        match change.kind {
            "new-entry-point"
            | "wider-exposure"
            | "weaker-encryption"
            | "weaker-authentication"
            | "weaker-authorisation"
            | "control-removed"
            | "control-missing" => say(Tier::Rapid, format!("{}.", change.text)),
            "new-path" => {
                let path = after.analysis.paths.iter().find(|path| *path.id == *change.subject);
                let worst = path.is_some_and(|path| path.score.risk == Level::Critical);
                say(if worst { Tier::Formal } else { Tier::Rapid }, format!("{}.", change.text.trim_end_matches('.')));
            }
            "new-threat" => {
                let found = after.analysis.findings.iter().find(|finding| *finding.id == *change.subject);
                if found.is_some_and(|finding| finding.current.risk >= Level::High) {
                    say(Tier::Rapid, format!("{}.", change.text.trim_end_matches('.')));
                }
            }
            _ => {}
        }
    }
    let most = usize::from(after.project.methodology.review_changes);
    if most > 0 && changes.len() >= most {
        say(
            Tier::Formal,
            format!(
                "{} differences in the architecture; the methodology asks for a review from {most} on.",
                changes.len()
            ),
        );
    }
    if reasons.is_empty() && !changes.is_empty() {
        let what = if changes.len() == 1 { "fact changed" } else { "facts changed" };
        let text = format!("{} {what}, and no way in or across is new.", changes.len());
        reasons.push(Reason { tier: Tier::Automatic, text });
    }
    reasons.sort_by(|a, b| b.tier.cmp(&a.tier).then_with(|| a.text.cmp(&b.text)));
    reasons.dedup();
    let tier = reasons.first().map_or(Tier::None, |reason| reason.tier);
    Scoping { tier, reasons, changes, new_threats, threats_gone, new_paths, paths_closed }
}

/// Looks at the elements of both models.
struct Weigh<'a> {
    old: &'a Model,
    new: &'a Model,
    reasons: Vec<Reason>,
}

impl Weigh<'_> {
    fn say(&mut self, tier: Tier, text: String) {
        self.reasons.push(Reason { tier, text });
    }

    /// Elements of a kind that are there now, each with what it was.
    fn pairs(&self, domain: Domain) -> Vec<(ElementRef, Option<ElementRef>)> {
        let (old, new) = (self.old, self.new);
        let find = |id: &str| old.elements(domain).find(|(_, it)| *it.id == *id).map(|(at, _)| at);
        new.elements(domain).map(|(at, it)| (at, find(&it.id))).collect()
    }

    fn boundaries(&mut self) {
        for (at, was) in self.pairs(Domain::Boundary) {
            if was.is_none() {
                self.say(Tier::Formal, format!("The trust boundary {} is new.", self.new.name(at)));
            }
        }
        let gone: Vec<String> = self
            .old
            .elements(Domain::Boundary)
            .filter(|(_, it)| !self.new.elements(Domain::Boundary).any(|(_, now)| now.id == it.id))
            .map(|(_, it)| format!("The trust boundary {} is gone.", it.name))
            .collect();
        for text in gone {
            self.say(Tier::Formal, text);
        }
    }

    fn data(&mut self) {
        let sensitive = |it: &Element| it.symbol(fact::CLASSIFICATION).is_some_and(|level| level >= 2);
        let stored: BTreeSet<&str> = self.stored(self.old);
        let now: BTreeSet<&str> = self.stored(self.new);
        let mut said = Vec::new();
        for (_, it) in self.new.elements(Domain::Data) {
            let was = self.old.elements(Domain::Data).find(|(_, old)| old.id == it.id).map(|(_, old)| old);
            let word = it.word(fact::CLASSIFICATION).unwrap_or("not classified");
            match was {
                None if sensitive(it) => said.push((Tier::Formal, format!("The data {} is new, and {word}.", it.name))),
                None => said.push((Tier::Rapid, format!("The data {} is new.", it.name))),
                Some(was) if sensitive(it) && !sensitive(was) => {
                    said.push((Tier::Formal, format!("The data {} is now {word}.", it.name)));
                }
                Some(_) if sensitive(it) && now.contains(&*it.id) && !stored.contains(&*it.id) => {
                    said.push((Tier::Formal, format!("The data {}, {word}, is stored for the first time.", it.name)));
                }
                Some(_) => {}
            }
        }
        for (tier, text) in said {
            self.say(tier, text);
        }
    }

    fn stored<'m>(&self, model: &'m Model) -> BTreeSet<&'m str> {
        let all = model.elements(Domain::Component).flat_map(|(_, it)| it.references(fact::STORES));
        all.map(|index| model.id(ElementRef { domain: Domain::Data, index: *index })).collect()
    }

    fn flows(&mut self, facts: &Facts<'_>) {
        for (at, was) in self.pairs(Domain::Flow) {
            if was.is_none() && facts.truth(Domain::Flow, fact::CROSSES_BOUNDARY, at.at()) == Truth::True {
                let name = vauban_rules::sentence::name(at, facts);
                self.say(Tier::Rapid, format!("A new flow crosses a trust boundary: {name}."));
            }
        }
    }

    fn components(&mut self, before: &Facts<'_>, after: &Facts<'_>) {
        let mut trust = 0;
        for domain in [Domain::Component, Domain::Flow, Domain::Identity] {
            for (at, was) in self.pairs(domain) {
                let (Some(now), Some(was)) = (self.new.get(at), was.and_then(|was| self.old.get(was))) else {
                    continue;
                };
                let changed = |id: &FactId| was.fact(*id).map(|it| &it.value) != now.fact(*id).map(|it| &it.value);
                // References are numbers in their own model.
                let changed: Vec<&FactId> = TRUST.iter().filter(|id| **id != fact::ACTS_AS && changed(id)).collect();
                if let Some(first) = changed.first() {
                    trust += 1;
                    let key = first.definition().key;
                    let name = if domain == Domain::Flow {
                        vauban_rules::sentence::name(at, after)
                    } else {
                        now.name.to_string()
                    };
                    self.say(Tier::Rapid, format!("How {name} is protected changed: `{key}`."));
                }
            }
        }
        if trust >= REDESIGN {
            self.say(
                Tier::Formal,
                format!("Authentication, authorisation or cryptography changed at {trust} places: a redesign."),
            );
        }
        for (at, was) in self.pairs(Domain::Component) {
            self.component(at, was, before, after);
        }
    }

    fn component(&mut self, at: ElementRef, was: Option<ElementRef>, before: &Facts<'_>, after: &Facts<'_>) {
        let name = self.new.name(at).to_owned();
        let now_is = |id| after.truth(Domain::Component, id, at.at()) == Truth::True;
        let was_so = |id| was.is_some_and(|was| before.truth(Domain::Component, id, was.at()) == Truth::True);
        let newly = |id| now_is(id) && !was_so(id);
        let exposed = [fact::EXPOSED_TO_INTERNET].into_iter().any(now_is);
        let newly_exposed = exposed && !was_so(fact::EXPOSED_TO_INTERNET);
        for (id, what) in [
            (fact::ADMINISTRATIVE_INTERFACE, "is an administrative interface that the internet reaches"),
            (fact::MOVES_MONEY, "moves money and can be reached from the internet"),
        ] {
            if now_is(id) && exposed && (newly_exposed || newly(id)) {
                self.say(Tier::Formal, format!("{name} {what}."));
            }
        }
        for (id, what) in
            [(fact::CALLS_TOOLS, "is a model that calls tools"), (fact::SAFETY_RELEVANT, "bears on people's safety")]
        {
            if newly(id) {
                self.say(Tier::Formal, format!("{name} {what}."));
            }
        }
        if was.is_some() && (now_is(fact::MULTI_TENANT) != was_so(fact::MULTI_TENANT)) {
            self.say(Tier::Formal, format!("How {name} keeps tenants apart changed."));
        }
        for (id, what) in [
            (fact::EXECUTES_UNTRUSTED_CODE, "runs code of others"),
            (fact::PRIVILEGED, "runs with high privilege"),
            (fact::PUBLIC_READ, "can be read by everybody"),
            (fact::PUBLIC_WRITE, "can be written by everybody"),
        ] {
            if newly(id) {
                self.say(Tier::Rapid, format!("{name} {what}."));
            }
        }
        let operated =
            |model: &Model, at: ElementRef| model.get(at).and_then(|it| it.word(fact::OPERATED_BY)).map(str::to_owned);
        let by = operated(self.new, at);
        if by.is_some() && by != was.and_then(|was| operated(self.old, was)) && by.as_deref() != Some("us") {
            self.say(Tier::Rapid, format!("{name} is operated by somebody else: {}.", by.unwrap_or_default()));
        }
    }

    fn identities(&mut self) {
        for (at, was) in self.pairs(Domain::Identity) {
            let Some(now) = self.new.get(at) else { continue };
            let named = |model: &Model, it: &Element, id: FactId| -> BTreeSet<String> {
                let domain = if id == fact::MAY_ASSUME { Domain::Identity } else { Domain::Component };
                it.references(id)
                    .iter()
                    .map(|index| model.id(ElementRef { domain, index: *index }).to_owned())
                    .collect()
            };
            let old = was.and_then(|was| self.old.get(was));
            for id in POWER {
                let has = named(self.new, now, id);
                let had = old.map(|old| named(self.old, old, id)).unwrap_or_default();
                let more: Vec<String> = has.difference(&had).cloned().collect();
                if more.is_empty() || old.is_none() && id == fact::MAY_WRITE {
                    continue;
                }
                let external = id == fact::MAY_ASSUME && now.bool(fact::EXTERNAL) == Some(true);
                let key = id.definition().key;
                let text = format!("{} has more power: `{key}` {}.", now.name, more.join(", "));
                self.say(if external { Tier::Formal } else { Tier::Rapid }, text);
            }
        }
    }

    fn system(&mut self) {
        let parties = |model: &Model| model.third_parties.iter().map(|it| it.id.to_string()).collect::<BTreeSet<_>>();
        let (old, new) = (parties(self.old), parties(self.new));
        for id in new.difference(&old) {
            self.say(Tier::Rapid, format!("The third party {id} is new."));
        }
        let (was, now) = (&self.old.system, &self.new.system);
        if was.symbol(fact::CRITICALITY) < now.symbol(fact::CRITICALITY) && was.symbol(fact::CRITICALITY).is_some() {
            self.say(Tier::Formal, "The system is more critical than it was.".to_owned());
        }
        if now.bool(fact::SAFETY_RELEVANT) == Some(true) && was.bool(fact::SAFETY_RELEVANT) != Some(true) {
            self.say(Tier::Formal, "The system bears on people's safety.".to_owned());
        }
        let by = |it: &Element| it.fact(fact::REGULATED_BY).map(|it| it.value.clone());
        if by(now).is_some() && by(now) != by(was) {
            self.say(Tier::Formal, "What the system is regulated by changed.".to_owned());
        }
    }
}
