//! All that is known of one element, for `vauban explain ELEMENT`: its facts, and for a flow that nobody drew everything
//! that speaks for it.

use vauban_model::Span;
use vauban_model::model::ElementRef;
use vauban_model::vocabulary::Domain;
use vauban_rules::library::threat::value_text;

use crate::Session;

/// What is known of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `component`, `flow`, …
    pub kind: &'static str,
    /// Where it is declared.
    pub span: Span,
    /// Everything stated of it.
    pub facts: Vec<Known>,
    /// For flows read from code or state: everything that speaks for them, best first.
    pub evidence: Vec<Reason>,
    /// What else was noted: what it was read from, what is not known of it.
    pub notes: Vec<(String, String)>,
    /// Ids of the findings and questions about it.
    pub findings: Vec<String>,
}

/// A fact of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its word in models.
    pub fact: &'static str,
    /// Its value in the words of models.
    pub value: String,
    /// Who said so: `stated`, `imported`, `answered`, …
    pub origin: &'static str,
    /// Where it stands.
    pub span: Span,
}

/// Something that speaks for a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// How good it is: `wired`, `addressed`, `granted`, `permitted`, `hinted`.
    pub grade: &'static str,
    /// In words.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Everything that is known of the element with an id; `a -> b` is a flow.
pub(crate) fn about(session: &Session, id: &str) -> Option<About> {
    let plain: String = id.split("->").map(str::trim).collect::<Vec<_>>().join("->");
    let element = session.element(id).or_else(|| session.element(&plain))?;
    let model = &session.project.model;
    let entry = model.get(element)?;
    let facts = entry
        .facts
        .iter()
        .map(|fact| Known {
            fact: fact.id.definition().key,
            value: value_text(model, fact.id, &fact.value),
            origin: fact.origin.as_str(),
            span: fact.span,
        })
        .collect();
    let evidence = match (element.domain, &session.project.infrastructure) {
        (Domain::Flow, Some(infrastructure)) => infrastructure
            .evidence
            .get(&entry.id)
            .into_iter()
            .flatten()
            .map(|one| Reason {
                grade: vauban_cloud::uses::grade_word(one.grade),
                text: one.text.to_string(),
                span: one.span,
            })
            .collect(),
        _ => Vec::new(),
    };
    let noted = |key: &str| element.domain == Domain::Flow && key.starts_with("evidence (");
    Some(About {
        id: entry.id.to_string(),
        name: model.name(element).to_owned(),
        kind: element.domain.as_str(),
        span: entry.span,
        facts,
        notes: entry
            .extras
            .iter()
            .filter(|(key, _)| evidence.is_empty() || !noted(key))
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect(),
        evidence,
        findings: findings(session, element),
    })
}

fn findings(session: &Session, element: ElementRef) -> Vec<String> {
    let analysis = &session.analysis;
    let own = analysis
        .findings
        .iter()
        .filter(|finding| finding.elements.first() == Some(&element))
        .map(|finding| &finding.id);
    let asked = analysis.questions.iter().filter(|question| question.element == element).map(|question| &question.id);
    own.chain(asked).map(ToString::to_string).collect()
}
