//! The states of threats that people recorded, in the words of tools and teams.

use crate::model::RecordedThreat;
use crate::scale::Level;
use crate::times::is_time;

/// What became of a threat that people recorded, as far as its state as written tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// Nothing yet, or in a word that nobody knows.
    Open,
    /// Something was done that stops it.
    Mitigated,
    /// It does not apply.
    NotApplicable,
    /// It is settled in another way: accepted, transferred, avoided, closed.
    Settled,
}

impl Recorded {
    /// The state that a text says; one of unknown words is open.
    pub fn of(status: &str) -> Self {
        Recorded::known(status).unwrap_or(Recorded::Open)
    }

    /// The state that a text says, if its words are known.
    pub fn known(status: &str) -> Option<Self> {
        match parts(status) {
            (_, true) => Some(Recorded::Open),
            (word, false) => of_word(&word),
        }
    }
}

impl RecordedThreat {
    /// Whether it is open, by its state as written: one without a state is.
    pub fn is_open(&self) -> bool {
        Recorded::of(&self.status) == Recorded::Open
    }

    /// Its severity as a level, where its word is one.
    pub fn level(&self) -> Option<Level> {
        match &*self.severity.trim().to_lowercase() {
            "critical" | "very high" | "very-high" | "kritisch" | "sehr hoch" | "critique" | "crítico" => {
                Some(Level::Critical)
            }
            "high" | "elevated" | "hoch" | "élevé" | "alto" => Some(Level::High),
            "medium" | "moderate" | "normal" | "mittel" | "moyen" | "medio" => Some(Level::Medium),
            "low" | "very low" | "very-low" | "info" | "informational" | "niedrig" | "gering" | "faible" | "bajo"
            | "basso" => Some(Level::Low),
            _ => None,
        }
    }
}

/// Words that say that something was done, as tools write them, without signs. Threat Dragon, the Microsoft tool, Threat
/// Composer, Threagile, OTM and CycloneDX have one or the other of these words; spreadsheets have them in the language of
/// their team.
const DONE: &[&str] = &[
    "fixed",
    "implemented",
    "mitigated",
    "remediated",
    "resolved",
    "resolvedwithpedigree",
    "behoben",
    "umgesetzt",
    "mitigiert",
    "corrigé",
    "résolu",
    "traité",
    "atténué",
    "mitigado",
    "resuelto",
    "risolto",
    "mitigato",
    "verified",
    "verifiziert",
    "gelöst",
    "vérifié",
    "verificado",
    "corregido",
    "solucionado",
    "implementado",
    "verificato",
    "corretto",
    "implementato",
    "geverifieerd",
    "opgelost",
    "gemitigeerd",
    "corrigido",
    "resolvido",
];

/// Words that say that it is none.
const NONE: &[&str] = &[
    "falsepositive",
    "invalid",
    "na",
    "notaffected",
    "notapplicable",
    "notrelevant",
    "rejected",
    "threatresolvednotuseful",
    "falschpositiv",
    "nichtanwendbar",
    "nichtrelevant",
    "nichtzutreffend",
    "verworfen",
    "entfällt",
    "fauxpositif",
    "nonapplicable",
    "sansobjet",
    "rejeté",
    "falsopositivo",
    "noaplica",
    "nonapplicabile",
    "nãoaplicável",
    "nonpertinent",
    "rechazado",
    "rifiutato",
    "nietvantoepassing",
    "keinrisiko",
];

/// Words that say that it needs nothing more.
const SETTLED: &[&str] = &[
    "accept",
    "accepted",
    "acceptedrisk",
    "acceptrisk",
    "avoided",
    "closed",
    "complete",
    "completed",
    "done",
    "duplicate",
    "eliminated",
    "excluded",
    "finished",
    "riskaccepted",
    "riskacceptance",
    "threatresolved",
    "transferred",
    "wontfix",
    "abgeschlossen",
    "akzeptiert",
    "duplikat",
    "erledigt",
    "fertig",
    "geschlossen",
    "risikoakzeptiert",
    "transferiert",
    "übertragen",
    "vermieden",
    "accepté",
    "clos",
    "clôturé",
    "doublon",
    "évité",
    "fermé",
    "fait",
    "risqueaccepté",
    "terminé",
    "transféré",
    "aceptado",
    "cerrado",
    "completado",
    "riesgoaceptado",
    "accettato",
    "chiuso",
    "completato",
    "rischioaccettato",
    "risktransferred",
    "transferido",
    "trasferito",
    "wirdnichtbehoben",
    "wirdnichtumgesetzt",
    "nichtbeheben",
    "neserapascorrigé",
    "nepascorriger",
    "nosecorregirá",
    "nosesolucionará",
    "nocorregir",
    "nonverràcorretto",
    "nonverràrisolto",
    "nonsaràcorretto",
    "evitado",
    "evitato",
    "fechado",
    "aceito",
    "aceite",
    "geaccepteerd",
    "gesloten",
    "overgedragen",
    "wontdo",
    "willnotfix",
    "willnotaction",
    "risikoübertragen",
    "duplicado",
];

/// Words that say that something is still to be done.
const OPEN: &[&str] = &[
    "open",
    "opened",
    "reopened",
    "new",
    "active",
    "identified",
    "threatidentified",
    "unmitigated",
    "notmitigated",
    "notfixed",
    "notresolved",
    "nichtbehoben",
    "partiallymitigated",
    "partlymitigated",
    "notstarted",
    "notimplemented",
    "partiallyimplemented",
    "needsinvestigation",
    "needsreview",
    "underreview",
    "inreview",
    "inprogress",
    "indiscussion",
    "todo",
    "tobedone",
    "pending",
    "planned",
    "deferred",
    "backlog",
    "blocked",
    "draft",
    "proposed",
    "tbd",
    "unchecked",
    "autogenerated",
    // What somebody means to do is not done.
    "avoid",
    "mitigate",
    "transfer",
    "mitigating",
    "offen",
    "neu",
    "geplant",
    "inarbeit",
    "inbearbeitung",
    "inumsetzung",
    "nichtumgesetzt",
    "teilweiseumgesetzt",
    "teilweise",
    "zurückgestellt",
    "ouvert",
    "nouveau",
    "encours",
    "planifié",
    "nontraité",
    "partiellementtraité",
    "àfaire",
    "àtraiter",
    "abierto",
    "nuevo",
    "pendiente",
    "enprogreso",
    "encurso",
    "aperto",
    "nuovo",
    "incorso",
    "dafare",
    "ongoing",
    "started",
    "underway",
    "laufend",
    "inprüfung",
    "gestartet",
    "begonnen",
    "encoursdetraitement",
    "enattente",
    "entraitement",
    "enproceso",
    "entratamiento",
    "enrevisión",
    "inlavorazione",
    "inattesa",
    "emandamento",
    "inbehandeling",
    "inuitvoering",
    "nietopgelost",
    "nonmitigato",
    "nomitigado",
    "nonverificato",
    "noverificado",
    "nichtverifiziert",
    "notverified",
    "unverified",
    "nonvérifié",
    "nonrésolu",
];

/// Words with which people take back behind a state what it says.
const TAKEN_BACK: [&str; 8] = ["partial", "partly", "reopened", "pending", "planned", "progress", "teil", "offen"];

fn of_word(word: &str) -> Option<Recorded> {
    // States agree with what they are of in gender and number: `traitée`, `acceptés`, `cerradas`, `chiusi`.
    let stems = [word, word.strip_suffix('e').unwrap_or(word), word.strip_suffix("es").unwrap_or(word)];
    let stem = ["os", "as", "a", "i", "e"].iter().find_map(|end| word.strip_suffix(end)).filter(|stem| stem.len() > 4);
    let agreed = stem.map(|stem| format!("{stem}o"));
    let has = |list: &[&str]| {
        stems.iter().any(|stem| list.contains(stem)) || agreed.as_deref().is_some_and(|word| list.contains(&word))
    };
    match () {
        // A word as it stands counts before what it might be a form of: `mitigate` is not Italian.
        () if OPEN.contains(&word) => Some(Recorded::Open),
        () if has(DONE) => Some(Recorded::Mitigated),
        () if has(NONE) => Some(Recorded::NotApplicable),
        () if has(SETTLED) => Some(Recorded::Settled),
        () if has(OPEN) => Some(Recorded::Open),
        () => None,
    }
}

/// A state as one word, and whether what stands behind it takes it back: `Mitigated (see T1)` and `Closed - fixed in 4.2`
/// say no more than their first word, and `Mitigated (partially)` less.
fn parts(status: &str) -> (String, bool) {
    let joined = |text: &str| text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let whole: String = joined(status);
    let cuts = [
        "(",
        "[",
        " - ",
        " – ",
        " — ",
        ":",
        ",",
        ";",
        "\n",
        " by ",
        " with ",
        " via ",
        " until ",
        " through ",
        " durch ",
        " mit ",
        " par ",
        " por ",
        " da ",
    ];
    let first = cuts.iter().filter_map(|cut| status.find(cut)).min();
    let Some((state, more)) = first.and_then(|at| status.split_at_checked(at)) else { return (whole, false) };
    if of_word(&whole).is_some() || joined(state).is_empty() {
        return (whole, false);
    }
    let more = more.to_lowercase();
    // `fixed by 2027` and `done by Q3` name a day that is to come.
    let joins = [" by ", " via ", " por ", " par ", " da "].iter().find_map(|word| more.strip_prefix(word));
    if joins.is_some_and(is_time) {
        return (joined(state), true);
    }
    let state: String = joined(state);
    // What is done until some day is not done; what is accepted until then is accepted.
    let is_done = of_word(&state) == Some(Recorded::Mitigated);
    let mut words = more.split(|c: char| !c.is_alphanumeric());
    // `not` only as a word: a note and a notice take nothing back.
    let back = words.any(|word| {
        matches!(word, "not" | "nicht")
            || is_done && word == "until"
            || TAKEN_BACK.iter().any(|back| word.starts_with(back))
    });
    (state, back)
}

#[cfg(test)]
mod tests {
    use super::Recorded;

    #[test]
    fn states_are_known_in_the_words_of_teams() {
        use Recorded::{Mitigated, NotApplicable, Open, Settled};
        for (text, expected) in [
            ("Completed", Some(Settled)),
            ("Remediated", Some(Mitigated)),
            ("Accepted risk", Some(Settled)),
            ("Risiko akzeptiert", Some(Settled)),
            ("Terminé", Some(Settled)),
            ("Traitée", Some(Mitigated)),
            ("Sans objet", Some(NotApplicable)),
            ("Rejected", Some(NotApplicable)),
            ("verworfen", Some(NotApplicable)),
            ("Duplicate", Some(Settled)),
            ("Won't fix", Some(Settled)),
            ("N/A", Some(NotApplicable)),
            ("Closed - fixed in 4.2", Some(Settled)),
            ("Accepted - CISO 2026-03", Some(Settled)),
            ("Mitigated (see T1)", Some(Mitigated)),
            ("Mitigated (see notes)", Some(Mitigated)),
            ("Mitigated (not tested)", Some(Open)),
            ("Mitigated (partially)", Some(Open)),
            ("Mitigated - pending test", Some(Open)),
            ("Partially mitigated", Some(Open)),
            ("Not mitigated", Some(Open)),
            ("nicht umgesetzt", Some(Open)),
            ("Non traité", Some(Open)),
            ("In progress", Some(Open)),
            ("Verified", Some(Mitigated)),
            ("Not verified", Some(Open)),
            ("mitigated by WAF", Some(Mitigated)),
            ("behoben durch Umbau", Some(Mitigated)),
            ("Fixed by Q3", Some(Open)),
            ("Mitigated by 2027-03", Some(Open)),
            ("mitigated by a filter, rollout pending", Some(Open)),
            ("Fixed by March 2027", Some(Open)),
            ("Fixed by next release", Some(Open)),
            ("Fixed by the end of 2027", Some(Open)),
            ("Done by June", Some(Open)),
            ("Behoben durch 2FA", Some(Mitigated)),
            ("Fixed by 31.12.2027", Some(Open)),
            ("Mitigated by 2FA", Some(Mitigated)),
            ("Fixed by 802.1X team", Some(Mitigated)),
            ("Fixed by 31.12.", Some(Open)),
            ("Fixed by 4.2.1", Some(Mitigated)),
            ("Fixed by release 4.2.1", Some(Mitigated)),
            ("Mitigated by end-to-end encryption", Some(Mitigated)),
            ("Mitigated by fine-grained access control", Some(Mitigated)),
            ("Mitigated by mid-tier firewall", Some(Mitigated)),
            ("Fixed by end-user training", Some(Mitigated)),
            ("Accepted until 2027-06-30", Some(Settled)),
            ("Accepted by CISO until 2027-06-30", Some(Settled)),
            ("Mitigated until 2027-06-30", Some(Open)),
            ("Avoid", Some(Open)),
            ("Transfer", Some(Open)),
            ("Mitigate", Some(Open)),
            ("Avoided", Some(Settled)),
            ("Transferred", Some(Settled)),
            ("verifiziert", Some(Mitigated)),
            ("Vérifiée", Some(Mitigated)),
            ("Verificada", Some(Mitigated)),
            ("Geschlossen", Some(Settled)),
            ("Cerrada", Some(Settled)),
            ("Chiusi", Some(Settled)),
            ("Aceptadas", Some(Settled)),
            ("Übertragen", Some(Settled)),
            ("Transférées", Some(Settled)),
            ("Transferida", Some(Settled)),
            ("Trasferito", Some(Settled)),
            ("Wird nicht behoben", Some(Settled)),
            ("Ne sera pas corrigé", Some(Settled)),
            ("No se corregirá", Some(Settled)),
            ("Non verrà corretto", Some(Settled)),
            ("In Bearbeitung", Some(Open)),
            ("En cours", Some(Open)),
            ("En curso", Some(Open)),
            ("In corso", Some(Open)),
            ("Data", None),
            ("100%", None),
            ("✓", None),
            ("", None),
        ] {
            assert_eq!(Recorded::known(text), expected, "{text}");
            assert_eq!(Recorded::of(text), expected.unwrap_or(Open), "{text}");
        }
    }
}
