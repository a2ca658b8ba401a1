//! What tables are by the words of their names, and how words are compared.

use super::headings::{
    ASSUMPTIONS, BOUNDARIES, COMPONENTS, DATA, DECISIONS, FLOWS, Headings, IDENTITIES, QUESTIONS, THREATS,
};

/// What a table's rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rows {
    /// What is known of the system, key and value.
    Overview,
    Components,
    Flows,
    Boundaries,
    Data,
    Identities,
    Threats,
    Decisions,
    Questions,
    Assumptions,
}

impl Rows {
    pub(super) const ALL: [Rows; 10] = [
        Rows::Overview,
        Rows::Components,
        Rows::Flows,
        Rows::Boundaries,
        Rows::Data,
        Rows::Identities,
        Rows::Threats,
        Rows::Decisions,
        Rows::Questions,
        Rows::Assumptions,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Rows::Overview => "overview",
            Rows::Components => "components",
            Rows::Flows => "flows",
            Rows::Boundaries => "boundaries",
            Rows::Data => "data",
            Rows::Identities => "identities",
            Rows::Threats => "threats",
            Rows::Decisions => "decisions",
            Rows::Questions => "questions",
            Rows::Assumptions => "assumptions",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Rows::ALL.into_iter().find(|rows| rows.as_str() == word)
    }

    /// Words in a sheet's name that say so.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Rows::Overview => &["overview", "summary", "übersicht", "aperçu", "resumen", "system"],
            Rows::Components => &[
                "component",
                "asset inventory",
                "system",
                "element",
                "komponente",
                "bausteine",
                "composant",
                "componente",
                "application",
                "anwendung",
                "entities",
                "process",
                "store",
                "technical asset",
                "inventory",
                "inventar",
            ],
            Rows::Flows => &[
                "flow",
                "connection",
                "interface",
                "datenfluss",
                "datenflüsse",
                "verbindung",
                "schnittstelle",
                "flux",
                "flujo",
                "communication",
                "link",
                "interaction",
            ],
            Rows::Boundaries => &["boundar", "zone", "vertrauensgrenze", "frontière", "frontera", "confine"],
            Rows::Data => &["data", "daten", "données", "datos", "dati", "information", "information asset"],
            Rows::Identities => &["identit", "role", "rolle", "user", "benutzer", "actor", "akteur", "usuario"],
            Rows::Threats => &[
                "threat",
                "risk",
                "bedrohung",
                "risiken",
                "risiko",
                "menace",
                "risque",
                "amenaza",
                "riesgo",
                "minaccia",
                "stride",
                "finding",
            ],
            Rows::Decisions => {
                &["decision", "entscheidung", "décision", "decisión", "treatment", "behandlung", "acceptance"]
            }
            Rows::Questions => &["question", "frage", "pregunta"],
            Rows::Assumptions => &["assumption", "annahme", "hypothèse", "supuesto"],
        }
    }

    /// Fields of which a table of these rows must have one.
    pub(super) fn needs(self) -> &'static [&'static str] {
        match self {
            Rows::Flows => &["from", "to"],
            Rows::Decisions => &["threat", "treatment"],
            Rows::Threats => &["title"],
            Rows::Questions => &["question"],
            Rows::Assumptions => &["text"],
            Rows::Overview => &["what"],
            _ => &["name"],
        }
    }

    /// Headings that mean a field, most telling first.
    pub(super) fn headings(self) -> Headings {
        match self {
            Rows::Overview => &[("what", &["what"]), ("value", &["value"])],
            Rows::Components => COMPONENTS,
            Rows::Flows => FLOWS,
            Rows::Boundaries => BOUNDARIES,
            Rows::Data => DATA,
            Rows::Identities => IDENTITIES,
            Rows::Threats => THREATS,
            Rows::Decisions => DECISIONS,
            Rows::Questions => QUESTIONS,
            Rows::Assumptions => ASSUMPTIONS,
        }
    }
}

/// A heading or a word as it is compared: lower case, without signs around it and what stands in brackets. No name of a
/// thing is compared so: see [`folded`].
pub(super) fn normal(text: &str) -> String {
    let text = text.split(['(', '[']).next().unwrap_or_default();
    folded(&text.chars().take(100).collect::<String>())
}

/// A name as it is compared: all of it, lower case, signs between words as spaces.
pub(super) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_whitespace() || matches!(c, '_' | ':' | '*' | '#' | '?' | '.') { ' ' } else { c };
        if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        out.extend(c.to_lowercase());
    }
    out.trim().to_owned()
}
