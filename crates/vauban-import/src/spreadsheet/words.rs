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

/// Words for nothing, or for what nobody has found out yet, without spaces.
const NOBODY: &[&str] = &[
    "",
    "-",
    "--",
    "---",
    "–",
    "—",
    "/",
    "n/a",
    "none",
    "nil",
    "null",
    "tbd",
    "tba",
    "tbc",
    "todo",
    "tobedefined",
    "tobedetermined",
    "tobeconfirmed",
    "unknown",
    "notapplicable",
    "notknown",
    "unspecified",
    "various",
    "several",
    "multiple",
    "keine",
    "keiner",
    "unbekannt",
    "diverse",
    "nochoffen",
    "entfällt",
    "aucun",
    "aucune",
    "inconnu",
    "àdéfinir",
    "ninguno",
    "ninguna",
    "desconocido",
    "pordefinir",
    "nessuno",
    "sconosciuto",
    "dadefinire",
];

/// Whether a cell that refers to something says that there is nothing, or that it is not known.
pub(super) fn is_nobody(text: &str) -> bool {
    let word: String = folded(text).chars().filter(|c| *c != ' ').collect();
    // `NA` in capitals is North America, or somebody's short name.
    let written = text.trim().trim_end_matches('.');
    NOBODY.contains(&word.as_str()) || word == "na" && (written == "na" || written.contains('.'))
}

/// Whether a cell that says what something is about means everything there is: as [`is_every`], and `System` alone.
pub(super) fn is_everything(text: &str) -> bool {
    matches!(folded(text).as_str(), "system" | "gesamtsystem" | "système" | "sistema") || is_every(text)
}

/// Whether a cell that names one thing means everything there is: `all`, `All services`, `alle Systeme`. `System` is what
/// one thing may be called.
pub(super) fn is_every(text: &str) -> bool {
    const EVERY: &[&str] = &[
        "all",
        "every",
        "any",
        "whole",
        "entire",
        "alle",
        "alles",
        "gesamtes",
        "tous",
        "toutes",
        "todos",
        "todas",
        "tutti",
        "tutte",
        "everything",
    ];
    const ARTICLES: &[&str] =
        &["the", "of", "our", "die", "der", "les", "los", "las", "i", "gli", "le", "other", "internal"];
    const THINGS: &[&str] = &[
        "service",
        "services",
        "component",
        "components",
        "system",
        "systems",
        "application",
        "applications",
        "app",
        "apps",
        "asset",
        "assets",
        "server",
        "servers",
        "host",
        "hosts",
        "element",
        "elements",
        "microservices",
        "flows",
        "interfaces",
        "apis",
        "stores",
        "databases",
        "above",
        "komponenten",
        "systeme",
        "dienste",
        "anwendungen",
        "gesamtsystem",
        "elemente",
        "composants",
        "systèmes",
        "applications",
        "éléments",
        "actifs",
        "componentes",
        "sistemas",
        "servicios",
        "aplicaciones",
        "activos",
        "componenti",
        "sistemi",
        "servizi",
        "applicazioni",
        "data",
        "processes",
    ];
    let text = folded(text);
    let mut words = text.split([' ', '-']).filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return false };
    EVERY.contains(&first) && words.all(|word| ARTICLES.contains(&word) || THINGS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::{is_every, is_everything, is_nobody};

    #[test]
    fn cells_may_name_nothing_or_everything() {
        for text in ["System", "Gesamtsystem", "Système", "Sistema"] {
            assert!(is_everything(text) && !is_every(text), "{text}");
        }
        for text in ["NA", "Na", "Other", "Misc"] {
            assert!(!is_nobody(text), "{text}");
        }
        for text in
            ["TBD", "T.B.D.", "N/A", "n.a.", "N.A.", "na", "-", "—", "?", "Unknown", "à définir", "to be defined"]
        {
            assert!(is_nobody(text), "{text}");
        }
        for text in ["All", "All services", "all of the systems", "alle Systeme", "toutes les applications", "*All*"] {
            assert!(is_everything(text), "{text}");
        }
        for text in ["All Saints portal", "Every Day Bank", "Shop", "NA-gateway", "Services", "Allocator"] {
            assert!(!is_nobody(text) && !is_everything(text), "{text}");
        }
    }
}
