//! Words that people head columns with, and words they write into cells, in several languages.

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
                "component", "asset inventory", "system", "element", "komponente", "bausteine", "composant", "componente",
                "application", "anwendung", "entities", "process", "store", "technical asset", "inventory", "inventar",
            ],
            Rows::Flows => &[
                "flow", "connection", "interface", "datenfluss", "datenflüsse", "verbindung", "schnittstelle", "flux",
                "flujo", "communication", "link", "interaction",
            ],
            Rows::Boundaries => &["boundar", "zone", "vertrauensgrenze", "frontière", "frontera", "confine"],
            Rows::Data => &["data", "daten", "données", "datos", "dati", "information", "information asset"],
            Rows::Identities => &["identit", "role", "rolle", "user", "benutzer", "actor", "akteur", "usuario"],
            Rows::Threats => &[
                "threat", "risk", "bedrohung", "risiken", "risiko", "menace", "risque", "amenaza", "riesgo", "minaccia",
                "stride", "finding",
            ],
            Rows::Decisions => &["decision", "entscheidung", "décision", "decisión", "treatment", "behandlung", "acceptance"],
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
    pub(super) fn headings(self) -> &'static [(&'static str, &'static [&'static str])] {
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

type Headings = &'static [(&'static str, &'static [&'static str])];

const ID: &[&str] = &["id", "nr", "no", "number", "nummer", "key", "ref", "reference", "kennung", "identifier", "identifiant", "código"];
const DESCRIPTION: &[&str] = &[
    "description", "beschreibung", "descripción", "descrição", "descrizione", "omschrijving", "purpose", "zweck",
    "details", "function", "funktion",
];
const OWNER: &[&str] = &[
    "owner", "besitzer", "eigentümer", "verantwortlich", "verantwortlicher", "responsible", "propriétaire", "responsable",
    "propietario", "responsabile", "eigenaar", "team", "system owner", "asset owner", "risk owner", "action owner",
    "assigned to", "assignee",
];
const TAGS: &[&str] = &["tags", "labels", "schlagworte", "étiquettes", "etiquetas"];
const CONTROLS: &[&str] = &["controls"];
const SCOPE: &[&str] = &["out of scope", "scope", "ausser scope", "außerhalb des scope", "hors périmètre", "fuera de alcance"];
const CLASSIFICATION: &[&str] = &[
    "classification", "confidentiality", "vertraulichkeit", "klassifizierung", "schutzklasse", "confidentialité",
    "clasificación", "confidencialidad", "sensitivity", "sensibilität", "data classification", "riservatezza",
    "classificação", "schutzbedarf", "schutzbedarf vertraulichkeit",
];

const COMPONENTS: Headings = &[
    ("id", ID),
    (
        "name",
        &[
            "name", "component", "komponente", "composant", "componente", "system", "système", "sistema", "asset", "element",
            "application", "anwendung", "service", "dienst", "technical asset", "bezeichnung", "nom", "nombre", "nome", "naam",
            "component name", "asset name", "system name", "system / komponente", "server", "host",
        ],
    ),
    ("fact.kind", &["kind", "type", "typ", "art", "tipo", "element type", "dfd type", "category", "kategorie"]),
    (
        "fact.technology",
        &["technology", "technologie", "tecnología", "tecnologia", "product", "produkt", "software", "platform", "plattform", "stack", "tech stack"],
    ),
    (
        "boundary",
        &["boundary", "zone", "trust zone", "trust boundary", "sicherheitszone", "netzwerkzone", "vertrauenszone", "network", "netzwerk", "network zone", "netz", "zone de confiance", "zona", "environment zone", "segment", "location"],
    ),
    ("part_of", &["part of", "parent", "teil von", "belongs to", "gehört zu"]),
    ("description", DESCRIPTION),
    ("owner", OWNER),
    ("tags", TAGS),
    ("controls", CONTROLS),
    ("out_of_scope", SCOPE),
    ("fact.classification", CLASSIFICATION),
    ("fact.criticality", &["criticality", "kritikalität", "criticité", "criticidad", "availability", "verfügbarkeit", "business criticality"]),
    ("fact.integrity", &["integrity", "integrität", "intégrité", "integridad"]),
    ("fact.stores", &["stores", "data stored", "stored data", "daten", "gespeicherte daten", "données stockées", "data", "datos"]),
    ("fact.handles", &["handles", "processes", "data processed", "processed data", "verarbeitete daten"]),
    ("fact.internet_facing", &["internet facing", "internet-facing", "exposed", "public", "internet", "exponiert", "öffentlich erreichbar", "exposé", "from internet"]),
    ("fact.encryption_at_rest", &["encryption at rest", "encrypted at rest", "verschlüsselung", "encrypted", "verschlüsselt", "encryption", "chiffrement", "cifrado"]),
    ("fact.environment", &["environment", "umgebung", "stage", "environnement", "entorno"]),
    ("fact.custom_code", &["custom code", "in-house", "eigenentwicklung", "custom developed"]),
    ("-", &["open threats", "worst risk"]),
];

const FLOWS: Headings = &[
    ("id", ID),
    ("name", &["name", "flow", "data flow", "dataflow", "datenfluss", "flux", "flujo", "connection", "verbindung", "interface", "schnittstelle", "bezeichnung", "nom", "nombre", "flow name", "interface name"]),
    ("from", &["from", "source", "quelle", "von", "src", "sender", "absender", "de", "origen", "origine", "client", "initiator", "source system", "quellsystem", "caller", "start"]),
    ("to", &["to", "target", "ziel", "nach", "dst", "destination", "dest", "receiver", "empfänger", "vers", "destino", "destinazione", "server", "target system", "zielsystem", "callee", "end", "à"]),
    ("fact.protocol", &["protocol", "protokoll", "protocole", "protocolo", "protocollo", "transport"]),
    ("fact.encryption", &["encryption", "encrypted", "verschlüsselung", "verschlüsselt", "chiffrement", "chiffré", "cifrado", "tls", "encryption in transit"]),
    ("fact.authentication", &["authentication", "authentifizierung", "authentisierung", "authentification", "autenticación", "auth", "autenticazione"]),
    ("fact.authorisation", &["authorisation", "authorization", "autorisierung", "autorisation", "autorización"]),
    ("fact.carries", &["data", "daten", "carries", "data sent", "payload", "données", "datos", "dati", "information", "inhalt", "data exchanged", "data transferred"]),
    ("fact.returns", &["returns", "data received", "response", "antwort"]),
    ("fact.two_way", &["two way", "bidirectional", "bidirektional", "direction", "richtung"]),
    ("fact.over_internet", &["over internet", "internet", "public network"]),
    ("port", &["port", "ports"]),
    ("description", DESCRIPTION),
    ("owner", OWNER),
    ("tags", TAGS),
    ("controls", CONTROLS),
    ("out_of_scope", SCOPE),
    ("fact.classification", CLASSIFICATION),
    ("-", &["open threats", "worst risk"]),
];

const BOUNDARIES: Headings = &[
    ("id", ID),
    ("name", &["name", "boundary", "zone", "trust zone", "trust boundary", "vertrauenszone", "sicherheitszone", "bezeichnung", "nom", "nombre"]),
    ("inside", &["inside", "parent", "in", "within", "übergeordnet", "part of"]),
    ("fact.kind", &["kind", "type", "typ", "art", "tipo"]),
    ("fact.trust", &["trust", "trust level", "vertrauen", "trust rating", "confiance"]),
    ("description", DESCRIPTION),
    ("owner", OWNER),
    ("tags", TAGS),
    ("controls", CONTROLS),
    ("out_of_scope", SCOPE),
];

const DATA: Headings = &[
    ("id", ID),
    ("name", &["name", "data", "data asset", "data type", "daten", "datenart", "information", "asset", "donnée", "dato", "bezeichnung", "information asset", "nom", "nombre"]),
    ("fact.classification", CLASSIFICATION),
    ("fact.integrity", &["integrity", "integrität", "intégrité", "integridad"]),
    ("fact.availability", &["availability", "verfügbarkeit", "disponibilité", "disponibilidad"]),
    ("fact.kinds", &["kinds", "kind", "category", "kategorie", "type"]),
    ("stored_in", &["stored in", "gespeichert in", "location", "speicherort", "system"]),
    ("description", DESCRIPTION),
    ("owner", OWNER),
    ("tags", TAGS),
    ("controls", CONTROLS),
    ("out_of_scope", SCOPE),
];

const IDENTITIES: Headings = &[
    ("id", ID),
    ("name", &["name", "identity", "role", "rolle", "user", "benutzer", "actor", "akteur", "rôle", "rol", "identität"]),
    ("fact.kind", &["kind", "type", "typ", "art"]),
    ("description", DESCRIPTION),
    ("owner", OWNER),
    ("tags", TAGS),
    ("controls", CONTROLS),
    ("out_of_scope", SCOPE),
];

const THREATS: Headings = &[
    ("id", ID),
    ("title", &["threat", "title", "bedrohung", "risk", "risiko", "menace", "risque", "amenaza", "riesgo", "minaccia", "threat name", "threat title", "titel", "titre", "finding", "gefährdung", "threat scenario", "szenario", "scenario", "name"]),
    ("elements", &["elements", "element", "component", "komponente", "asset", "affected", "affected component", "affected asset", "target", "ziel", "system", "composant", "componente", "betroffenes element", "betroffen", "interaction"]),
    ("category", &["category", "stride", "kategorie", "stride category", "catégorie", "categoría", "threat category", "type", "typ"]),
    ("risk", &["risk level", "risk rating", "risikostufe", "overall risk", "risk"]),
    ("severity", &["severity", "schweregrad", "priority", "priorität", "sévérité", "gravité", "severidad", "gravedad", "rating", "criticality"]),
    ("likelihood", &["likelihood", "wahrscheinlichkeit", "eintrittswahrscheinlichkeit", "probability", "vraisemblance", "probabilité", "probabilidad"]),
    ("impact", &["impact", "auswirkung", "schadensausmaß", "impacto", "damage", "schaden"]),
    ("status", &["status", "state", "zustand", "statut", "état", "estado", "stato"]),
    ("owner", OWNER),
    ("reason", &["decision", "justification", "begründung", "entscheidung", "rationale", "reason", "comment on decision"]),
    ("treatment", &["treatment", "response", "risk treatment", "behandlung", "risikobehandlung", "traitement", "tratamiento", "strategy"]),
    ("approver", &["approver", "approved by", "genehmigt von", "genehmiger", "approuvé par"]),
    ("until", &["until", "due", "due date", "gültig bis", "valid until", "review date", "frist", "échéance", "fecha límite", "expiry"]),
    ("ticket", &["ticket", "issue", "jira", "work item", "vorgang"]),
    ("decided", &["decided", "decision date", "entschieden am"]),
    ("description", DESCRIPTION),
    ("mitigation", &["mitigation", "massnahme", "maßnahme", "maßnahmen", "countermeasure", "gegenmaßnahme", "control", "controls", "mesure", "mitigación", "remediation", "recommendation", "empfehlung", "mitigations", "contromisura"]),
    ("cwe", &["cwe"]),
    ("found_by", &["found by"]),
];

const DECISIONS: Headings = &[
    ("threat", &["threat", "finding", "risk", "bedrohung", "threat id", "finding id", "risk id", "id", "risiko"]),
    ("treatment", &["treatment", "decision", "entscheidung", "behandlung", "status", "response", "traitement", "décision", "decisión"]),
    ("reason", &["reason", "begründung", "justification", "rationale", "comment", "kommentar", "raison", "motivo"]),
    ("owner", OWNER),
    ("approver", &["approver", "approved by", "genehmigt von", "genehmiger", "approuvé par", "aprobado por"]),
    ("until", &["until", "expiry", "gültig bis", "valid until", "review date", "due date", "frist", "échéance"]),
    ("ticket", &["ticket", "issue", "jira", "work item", "vorgang"]),
    ("decided", &["decided", "date", "datum", "decision date", "fecha", "entschieden am"]),
];

const QUESTIONS: Headings = &[
    ("id", ID),
    ("question", &["question", "frage", "pregunta", "domanda"]),
    ("answer", &["answer", "antwort", "réponse", "respuesta", "risposta"]),
    ("-", &["element", "possible answers", "risk"]),
];

const ASSUMPTIONS: Headings = &[
    ("id", ID),
    ("text", &["assumption", "annahme", "hypothèse", "supuesto", "text", "description"]),
    ("about", &["about", "element", "component", "betrifft"]),
    ("owner", OWNER),
];

/// Words in cells for a fact's words, by the fact's key; compared in lower case.
pub(super) const CELLS: &[(&str, &[(&str, &str)])] = &[
    (
        "kind",
        &[
            ("database", "data-store"), ("datenbank", "data-store"), ("data store", "data-store"), ("datastore", "data-store"),
            ("store", "data-store"), ("storage", "data-store"), ("speicher", "data-store"), ("base de données", "data-store"),
            ("base de datos", "data-store"), ("file share", "data-store"), ("bucket", "data-store"), ("cache", "data-store"),
            ("queue", "data-store"), ("user", "external-entity"), ("benutzer", "external-entity"),
            ("actor", "external-entity"), ("akteur", "external-entity"), ("external", "external-entity"),
            ("extern", "external-entity"), ("external system", "external-entity"), ("third party", "external-entity"),
            ("person", "external-entity"), ("browser", "external-entity"), ("client", "external-entity"),
            ("external interactor", "external-entity"), ("interactor", "external-entity"), ("externe", "external-entity"),
            ("service", "process"), ("dienst", "process"), ("application", "process"), ("anwendung", "process"),
            ("server", "process"), ("web server", "process"), ("api", "process"), ("prozess", "process"),
            ("processus", "process"), ("proceso", "process"), ("web application", "process"), ("web app", "process"),
            ("microservice", "process"), ("function", "process"), ("app", "process"), ("component", "process"),
        ],
    ),
    (
        "classification",
        &[
            ("öffentlich", "public"), ("publique", "public"), ("público", "public"), ("open", "public"), ("pubblico", "public"),
            ("intern", "internal"), ("interne", "internal"), ("interno", "internal"), ("internal use only", "internal"),
            ("private", "internal"), ("normal", "internal"), ("low", "internal"), ("niedrig", "internal"),
            ("vertraulich", "confidential"), ("confidentiel", "confidential"), ("confidencial", "confidential"),
            ("sensitive", "confidential"), ("hoch", "confidential"), ("high", "confidential"), ("medium", "internal"),
            ("mittel", "internal"), ("streng vertraulich", "restricted"), ("strictly confidential", "restricted"),
            ("secret", "restricted"), ("geheim", "restricted"), ("highly confidential", "restricted"),
            ("sehr hoch", "restricted"), ("critical", "restricted"), ("restringido", "restricted"), ("top secret", "restricted"),
            ("strictly-confidential", "restricted"), ("highly restricted", "restricted"),
        ],
    ),
    ("integrity", LEVELS),
    ("availability", LEVELS),
    ("criticality", LEVELS),
    (
        "trust",
        &[
            ("low", "untrusted"), ("none", "untrusted"), ("niedrig", "untrusted"), ("medium", "semi-trusted"),
            ("mittel", "semi-trusted"), ("high", "trusted"), ("hoch", "trusted"), ("very high", "highly-trusted"),
            ("external", "untrusted"), ("internal", "trusted"),
        ],
    ),
    (
        "encryption",
        &[
            ("yes", "tls"), ("ja", "tls"), ("true", "tls"), ("oui", "tls"), ("si", "tls"), ("sí", "tls"), ("x", "tls"),
            ("no", "none"), ("nein", "none"), ("false", "none"), ("non", "none"), ("https", "tls"), ("ssl", "tls"),
            ("ssl/tls", "tls"), ("tls 1.2", "tls"), ("tls 1.3", "tls"), ("tls1.2", "tls"), ("tls1.3", "tls"),
            ("mtls", "mutual-tls"), ("mutual tls", "mutual-tls"), ("unencrypted", "none"), ("unverschlüsselt", "none"),
            ("plaintext", "none"), ("keine", "none"),
        ],
    ),
    (
        "encryption_at_rest",
        &[
            ("ja", "service-key"), ("oui", "service-key"), ("si", "service-key"), ("sí", "service-key"), ("nein", "none"),
            ("non", "none"), ("x", "service-key"), ("aes", "service-key"), ("aes-256", "service-key"), ("tde", "disk"),
            ("disk encryption", "disk"), ("kms", "service-key"), ("cmk", "customer-key"), ("byok", "customer-key"),
        ],
    ),
    (
        "authentication",
        &[
            ("password", "credentials"), ("passwort", "credentials"), ("username/password", "credentials"),
            ("user/password", "credentials"), ("basic", "credentials"), ("basic auth", "credentials"),
            ("oauth", "token"), ("oauth2", "token"), ("oauth 2.0", "token"), ("jwt", "token"), ("bearer", "token"),
            ("oidc", "federated"), ("saml", "federated"), ("sso", "federated"), ("mfa", "multi-factor"), ("2fa", "multi-factor"),
            ("mtls", "client-certificate"), ("certificate", "client-certificate"), ("zertifikat", "client-certificate"),
            ("cookie", "session"), ("api key", "api-key"), ("no", "none"), ("nein", "none"), ("keine", "none"),
            ("anonymous", "none"), ("ip", "network-location"), ("hmac", "signature"), ("iam", "signature"),
        ],
    ),
    (
        "two_way",
        &[
            ("both", "yes"), ("bidirectional", "yes"), ("bidirektional", "yes"), ("<->", "yes"), ("two-way", "yes"),
            ("beide", "yes"), ("->", "no"), ("one-way", "no"), ("unidirectional", "no"), ("in/out", "yes"),
        ],
    ),
    (
        "environment",
        &[("prod", "production"), ("produktion", "production"), ("live", "production"), ("dev", "development"), ("qa", "test"), ("uat", "staging")],
    ),
];

const LEVELS: &[(&str, &str)] = &[
    ("niedrig", "low"), ("faible", "low"), ("bajo", "low"), ("basso", "low"), ("normal", "medium"), ("mittel", "medium"),
    ("moyen", "medium"), ("medio", "medium"), ("moderate", "medium"), ("hoch", "high"), ("élevé", "high"), ("alto", "high"),
    ("sehr hoch", "critical"), ("very high", "critical"), ("kritisch", "critical"), ("critique", "critical"),
    ("crítico", "critical"), ("mission critical", "critical"), ("business critical", "high"), ("important", "medium"),
    ("operational", "low"), ("1", "low"), ("2", "medium"), ("3", "high"), ("4", "critical"),
];

/// Words for what is done about a threat.
pub(super) const TREATMENTS: &[(&str, &str)] = &[
    ("mitigate", "mitigate"), ("mitigated", "mitigate"), ("mitigating", "mitigate"), ("in progress", "mitigate"), ("in-progress", "mitigate"),
    ("reduce", "mitigate"), ("reduced", "mitigate"), ("reduzieren", "mitigate"), ("mindern", "mitigate"), ("planned", "mitigate"),
    ("geplant", "mitigate"), ("in bearbeitung", "mitigate"), ("réduire", "mitigate"), ("mitigar", "mitigate"), ("fix", "mitigate"),
    ("treat", "mitigate"), ("accept", "accept"), ("accepted", "accept"), ("akzeptieren", "accept"), ("akzeptiert", "accept"),
    ("accepter", "accept"), ("accepté", "accept"), ("aceptar", "accept"), ("aceptado", "accept"), ("risk accepted", "accept"),
    ("tolerate", "accept"), ("transfer", "transfer"), ("transferred", "transfer"), ("übertragen", "transfer"),
    ("transférer", "transfer"), ("transferir", "transfer"), ("share", "transfer"), ("avoid", "avoid"), ("avoided", "avoid"),
    ("vermeiden", "avoid"), ("éviter", "avoid"), ("evitar", "avoid"), ("eliminated", "avoid"), ("terminate", "avoid"),
    ("false positive", "false-positive"), ("false-positive", "false-positive"), ("not applicable", "false-positive"),
    ("n/a", "false-positive"), ("nicht relevant", "false-positive"), ("nicht zutreffend", "false-positive"),
    ("falsch positiv", "false-positive"),
];

/// A heading or a word as it is compared: lower case, without signs around it and what stands in brackets.
pub(super) fn normal(text: &str) -> String {
    let text = text.split(['(', '[']).next().unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(100) {
        let c = if matches!(c, '_' | '\n' | '\r' | '\t' | ':' | '*' | '#' | '?' | '.') { ' ' } else { c };
        if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        out.extend(c.to_lowercase());
    }
    out.trim().to_owned()
}
