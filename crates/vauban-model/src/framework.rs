//! Frameworks and their requirements as facts: ids, titles, versions, where they come from, and how strongly a threat
//! model bears on each.

/// A catalogue of requirements, in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framework {
    /// The id with its version, such as `soc2-2017` or `nist-800-53-r5`.
    pub id: Box<str>,
    /// Other words that name it, such as `soc2`; a word may lead to the newest version only.
    pub aliases: Vec<Box<str>>,
    /// The full name.
    pub name: Box<str>,
    /// The version, as its publisher calls it.
    pub version: Box<str>,
    /// Who publishes it.
    pub publisher: Box<str>,
    /// Where ids and titles were taken from.
    pub source: Box<str>,
    /// The licence of that source, and what it means for the titles here.
    pub licence: Box<str>,
    /// How the rows were checked, and what is left out.
    pub checked: Box<str>,
    /// The kind of row whose applicability is stated one by one, where the framework asks for a statement of
    /// applicability; empty elsewhere.
    pub statement: Box<str>,
    /// The requirements, in the framework's own order.
    pub requirements: Vec<Requirement>,
}

/// One requirement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirement {
    /// The framework's own id: `CC3.2`, `8.2`, `ID.RA-03`, `164.308(a)(1)(ii)(A)`.
    pub id: Box<str>,
    /// The title. Where the framework has none, or its words are not free, a label of our own.
    pub title: Box<str>,
    /// Whether the title is a label of our own.
    pub own_label: bool,
    /// The id it belongs to; empty at the top.
    pub parent: Box<str>,
    /// The framework's own word for this level: `criterion`, `clause`, `control`, `subcategory`.
    pub kind: Box<str>,
    /// Whether it can be fulfilled, or only groups others.
    pub group: bool,
    /// Baselines, levels or profiles that contain it: `moderate`, `fedramp-high`, `level-2`, `required`.
    pub baselines: Vec<Box<str>>,
    /// Ids it was moved to, where it was withdrawn.
    pub withdrawn_to: Vec<Box<str>>,
    /// Whether it was withdrawn.
    pub withdrawn: bool,
}

/// How strongly a threat model bears on a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// A control that a threat model chooses and verifies helps to meet it.
    Mitigated,
    /// A threat model is good evidence for a part of it.
    Supported,
    /// It demands an assessment of risk; a threat model is one, for the systems it covers.
    RequiresRiskAssessment,
    /// It demands threat modeling by that name.
    ExpresslyRequires,
}

impl Strength {
    /// All, weakest first.
    pub const ALL: [Strength; 4] =
        [Strength::Mitigated, Strength::Supported, Strength::RequiresRiskAssessment, Strength::ExpresslyRequires];

    /// The word in data files.
    pub fn as_str(self) -> &'static str {
        match self {
            Strength::Mitigated => "mitigated",
            Strength::Supported => "supported",
            Strength::RequiresRiskAssessment => "requires-risk-assessment",
            Strength::ExpresslyRequires => "expressly-requires",
        }
    }

    /// The strength with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Strength::ALL.into_iter().find(|strength| strength.as_str() == word)
    }

    /// What it means, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Strength::Mitigated => "is mitigated by controls that the model selects and verifies",
            Strength::Supported => "is supported by a threat model",
            Strength::RequiresRiskAssessment => "requires a risk assessment",
            Strength::ExpresslyRequires => "expressly requires threat modeling",
        }
    }
}

/// That a threat model bears on a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The framework's id.
    pub framework: Box<str>,
    /// The requirement's id.
    pub requirement: Box<str>,
    /// How strongly.
    pub strength: Strength,
    /// What answers it: ids of artefacts, such as `risk-register`, `methodology`, `treatment-plan`.
    pub artefacts: Vec<Box<str>>,
    /// Who says so: the document and place where the strength can be checked.
    pub source: Box<str>,
    /// What it does not cover, where that is easily mistaken; may be empty.
    pub limit: Box<str>,
    /// What of its subject must be there before an artefact says anything about it.
    pub needs: Option<Subject>,
    /// Requirements of another framework that overlap with it, where no control names it itself: the framework's id and
    /// the requirements' ids. Our reading, unlike a crosswalk.
    pub overlaps: Option<(Box<str>, Vec<Box<str>>)>,
}

/// What a requirement is about where its artefacts may be there without a word about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A supplier or partner that stands in the model.
    ThirdParty,
    /// A change of the model that is on record, with what it was.
    Change,
    /// A review by people who did not make what they reviewed.
    IndependentReview,
    /// More than one closed review: once is not periodically.
    RepeatedReview,
    /// Something learned about attacks that is on record.
    Intelligence,
}

impl Subject {
    /// All, in order.
    pub const ALL: [Subject; 5] = [
        Subject::ThirdParty,
        Subject::Change,
        Subject::IndependentReview,
        Subject::RepeatedReview,
        Subject::Intelligence,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Subject::ThirdParty => "third-party",
            Subject::Change => "change",
            Subject::IndependentReview => "independent-review",
            Subject::RepeatedReview => "repeated-review",
            Subject::Intelligence => "intelligence",
        }
    }

    /// What is missing where there is none.
    pub fn lacking(self) -> &'static str {
        match self {
            Subject::ThirdParty => "the model names no third party, so nothing here is about suppliers or partners",
            Subject::Change => "no change of the model is on record with what it was, so nothing here is about changes",
            Subject::IndependentReview => {
                "no closed review is on record as independent (`vauban review close --independent`)"
            }
            Subject::RepeatedReview => "fewer than two closed reviews are on record, so nothing here is periodic",
            Subject::Intelligence => {
                "no intelligence about attacks is on record (`vauban evidence record add intelligence`)"
            }
        }
    }

    /// The subject with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Subject::ALL.into_iter().find(|subject| subject.as_str() == word)
    }
}

/// A label that people use for a requirement and that the framework does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The framework's id.
    pub framework: Box<str>,
    /// The id as people write it.
    pub id: Box<str>,
    /// What they call it.
    pub label: Box<str>,
    /// Ids that mean what they meant.
    pub instead: Vec<Box<str>>,
    /// Why, in a sentence.
    pub reason: Box<str>,
}

/// How requirements of one framework relate to those of another, by one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crosswalk {
    /// The framework on the left.
    pub from: Box<str>,
    /// The framework on the right.
    pub to: Box<str>,
    /// Who says so, with version.
    pub source: Box<str>,
    /// The licence of the source.
    pub licence: Box<str>,
    /// Whether it was derived through a third framework, and is weaker for it.
    pub derived: bool,
    /// Pairs: id, id and the relation (`equal`, `subset`, `superset`, `intersects`).
    pub rows: Vec<(Box<str>, Box<str>, Box<str>)>,
}

/// An activity of a maturity model, and what of it records can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The model, with its version: `OWASP SAMM 2.1`.
    pub model: Box<str>,
    /// The model's own id.
    pub id: Box<str>,
    /// The model's own title.
    pub title: Box<str>,
    /// The part of the model that it is in.
    pub stream: Box<str>,
    /// The level that it belongs to.
    pub level: u8,
    /// Ids of artefacts that show it, all of them up to date; empty where no record can.
    pub shows: Vec<Box<str>>,
    /// What it is about, where its artefacts may be there without a word about it.
    pub needs: Option<Subject>,
    /// What of it no record shows; may be empty. Where something is, records show it in part at the most.
    pub beyond: Box<str>,
    /// The licence of the model.
    pub licence: Box<str>,
}

/// All frameworks that a library knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frameworks {
    /// The frameworks, by id.
    pub frameworks: Vec<Framework>,
    /// What threat models bear on.
    pub claims: Vec<Claim>,
    /// Labels that are not the framework's.
    pub deviations: Vec<Deviation>,
    /// Relations between frameworks.
    pub crosswalks: Vec<Crosswalk>,
    /// Activities of maturity models.
    pub activities: Vec<Activity>,
}

impl Frameworks {
    /// What `framework:requirement` leads to, the framework by id or alias, the requirement in any usual spelling.
    pub fn locate(&self, framework: &str, requirement: &str) -> Option<(&Framework, &Requirement)> {
        let framework = self.find(framework)?;
        Some((framework, framework.spelt(requirement)?))
    }

    /// The claim about a requirement.
    pub fn claim(&self, framework: &str, requirement: &str) -> Option<&Claim> {
        self.claims.iter().find(|claim| *claim.framework == *framework && *claim.requirement == *requirement)
    }

    /// What people call an id of this framework that is something else, in any usual spelling of the id.
    pub fn deviation(&self, framework: &str, id: &str) -> Option<&Deviation> {
        let of = |deviation: &&Deviation| *deviation.framework == *framework;
        let exact = self.deviations.iter().filter(of).find(|deviation| *deviation.id == *id);
        let wanted = normal(id);
        exact.or_else(|| self.deviations.iter().filter(of).find(|deviation| normal(&deviation.id) == wanted))
    }

    /// The framework with this id or alias.
    pub fn find(&self, word: &str) -> Option<&Framework> {
        let is =
            |framework: &&Framework| *framework.id == *word || framework.aliases.iter().any(|alias| **alias == *word);
        self.frameworks.iter().find(is)
    }
}

impl Framework {
    /// The requirement with this id.
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| *requirement.id == *id)
    }

    /// The requirement that somebody spells their way: `AC-02(01)`, `ac-2.1`, `AC-2 (1)` and `ac_2_1` are all `AC-2(1)`.
    /// One that is in force goes before one that was withdrawn.
    pub fn spelt(&self, word: &str) -> Option<&Requirement> {
        self.requirement(word).or_else(|| {
            let wanted = normal(word);
            let alike = || self.requirements.iter().filter(|requirement| normal(&requirement.id) == wanted);
            alike().find(|requirement| !requirement.withdrawn).or_else(|| alike().next())
        })
    }

    /// The requirements that can be fulfilled: neither groups nor withdrawn.
    pub fn active(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter().filter(|requirement| !requirement.group && !requirement.withdrawn)
    }

    /// Every baseline, level or profile of it, in the order in which they first appear.
    pub fn baselines(&self) -> Vec<&str> {
        let mut out: Vec<&str> = Vec::new();
        for baseline in self.requirements.iter().flat_map(|requirement| &requirement.baselines) {
            if !out.contains(&&**baseline) {
                out.push(baseline);
            }
        }
        out
    }
}

/// An id without what its spellings differ in: case, leading zeros, and which signs part its pieces.
fn normal(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    let mut zeros = String::new();
    for sign in id.chars() {
        let after_digit = out.ends_with(|last: char| last.is_ascii_digit());
        if sign == '0' && !after_digit {
            zeros.push(sign);
            continue;
        }
        // A number that is nothing but zeros stays one zero.
        if !zeros.is_empty() && !sign.is_ascii_digit() {
            out.push('0');
        }
        zeros.clear();
        if sign.is_alphanumeric() {
            out.extend(sign.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('.') {
            out.push('.');
        }
    }
    if !zeros.is_empty() {
        out.push('0');
    }
    out.truncate(out.trim_end_matches('.').len());
    out
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn spellings_of_one_id_are_the_same() {
        for word in ["AC-2(1)", "AC-02(01)", "ac-2.1", "AC-2 (1)", "ac_2_1"] {
            assert_eq!(normal(word), "ac.2.1", "{word}");
        }
        assert_eq!(normal("ID.RA-01"), normal("id.ra-1"));
        assert_eq!(normal("03.11.01"), "3.11.1");
        assert_eq!(normal("164.308(a)(1)(ii)(A)"), "164.308.a.1.ii.a");
    }

    #[test]
    fn ids_that_differ_stay_apart() {
        assert_ne!(normal("A.8.2"), normal("8.2"));
        assert_ne!(normal("AC-1"), normal("AC-10"));
        assert_ne!(normal("164.308"), normal("164.38"));
        assert_eq!(normal("1.0"), "1.0");
    }
}
