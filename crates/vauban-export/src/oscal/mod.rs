//! OSCAL, the exchange format of NIST for assessments: results, plans of action, component definitions.
//!
//! | model | what we say in it |
//! |---|---|
//! | [assessment results](assessment_results()) | every finding with its evidence, every risk with its score before, now and after |
//! | [plan of action and milestones](plan_of_action()) | every decision with owner and dates, and what is above the tolerance and undecided |
//! | [component definition](component_definition()) | the system's components, and the controls they are said to have |
//!
//! Written against the schemas of release 1.2.1 (public domain, `usnistgov/OSCAL`), with nothing in it that 1.1 does not
//! have. A document is a function of the report alone: identifiers are of version 5, times are the day of the analysis.
//! What OSCAL has no words for is a property in the namespace `https://vauban.example/ns/oscal`.

mod assessment_results;
mod context;
mod definition;
mod elements;
mod ids;
mod milestones;
mod plan;
mod poam;
mod responses;
mod risks;
mod shapes;
mod words;

use serde::Serialize;
use serde_json::Value;
use vauban_model::report::Report;

use context::Context;

/// The release of OSCAL the documents are written for.
const OSCAL_VERSION: &str = "1.2.1";

/// A catalogue of requirements that is published as OSCAL, so that its controls have ids there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// The framework's id in the library, and other names it goes by in control pages.
    pub frameworks: Vec<Box<str>>,
    /// Its title.
    pub title: Box<str>,
    /// Where the OSCAL catalogue is.
    pub href: Box<str>,
}

impl Catalogue {
    /// Whether a reference of a control page is to this catalogue.
    fn is(&self, framework: &str) -> bool {
        self.frameworks.iter().any(|known| **known == *framework)
    }
}

/// The analysis as assessment results.
///
/// The first of the catalogues is the one whose controls are named as reviewed.
pub fn assessment_results(report: &Report<'_>, catalogues: &[Catalogue]) -> Value {
    let mut context = Context::new(report, catalogues);
    let body = assessment_results::body(&mut context);
    sealed("assessment-results", &context, "Threat model of", body)
}

/// What is to be done as a plan of action and milestones.
pub fn plan_of_action(report: &Report<'_>, catalogues: &[Catalogue]) -> Value {
    let mut context = Context::new(report, catalogues);
    let body = poam::body(&mut context);
    sealed("plan-of-action-and-milestones", &context, "Plan of action and milestones of", body)
}

/// The system's components and the controls that they are said to have.
pub fn component_definition(report: &Report<'_>, catalogues: &[Catalogue]) -> Value {
    let mut context = Context::new(report, catalogues);
    let body = definition::body(&mut context);
    sealed("component-definition", &context, "Components of", body)
}

/// A document: its name, what is said about it, its body, and an identifier over all of that.
#[derive(Serialize)]
struct Sealed<B> {
    uuid: String,
    metadata: shapes::Metadata,
    #[serde(flatten)]
    body: B,
}

fn sealed<B: Serialize>(name: &str, context: &Context<'_>, title: &str, body: B) -> Value {
    let mut document = Sealed { uuid: String::new(), metadata: context.metadata(title), body };
    // Nothing in the shapes can fail to be written as JSON: keys are texts, and there are no numbers.
    document.uuid = context.ids.of_content(&serde_json::to_vec(&document).unwrap_or_default());
    let mut out = serde_json::Map::new();
    out.insert(name.to_owned(), serde_json::to_value(&document).unwrap_or_default());
    Value::Object(out)
}
