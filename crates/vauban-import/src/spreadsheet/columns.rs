//! What a table and its columns are about: by the user's mapping, else by the words of headings, else by content.

use rustc_hash::FxHashSet;
use vauban_model::vocabulary::{Domain, FactId, FactType, fact};

use super::mapping::{Mapping, SheetMapping};
use super::raw::Sheet;
use super::words::{Rows, normal};

/// Rows in which headings are looked for.
pub(super) const HEAD: usize = 25;
/// Rows whose cells are looked at to find out what a column without a known heading holds.
const SAMPLE: usize = 200;

/// Letters that the last part of a joined word has at least: `status` in `Umsetzungsstatus`.
const SHORTEST_PART: usize = 4;

/// A table that was understood.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// What its rows are.
    pub(super) rows: Rows,
    /// Index of the row with the headings.
    pub(super) head: usize,
    /// What each column is headed: the row's cells, and of one above it where headings stand in two lines.
    pub(super) headings: Vec<String>,
    /// Index of the first row of the headings.
    pub(super) first: usize,
    /// What each column is: a field, a fact as `fact.<key>`, `-` for nothing, or nothing known.
    pub(super) fields: Vec<Option<String>>,
    /// Whether the user said so.
    pub(super) said: bool,
    /// Columns that were guessed by what is in them.
    pub(super) by_content: Vec<usize>,
}

/// The kind of element that rows are.
pub(super) fn domain(rows: Rows) -> Option<Domain> {
    match rows {
        Rows::Components => Some(Domain::Component),
        Rows::Flows => Some(Domain::Flow),
        Rows::Boundaries => Some(Domain::Boundary),
        Rows::Data => Some(Domain::Data),
        Rows::Identities => Some(Domain::Identity),
        Rows::Overview => Some(Domain::System),
        _ => None,
    }
}

/// Headings of columns that say of each row whether something is done.
const TICKED: [&str; 10] =
    ["mitigated", "implemented", "resolved", "fixed", "closed", "done", "umgesetzt", "behoben", "erledigt", "traité"];

/// Last words of headings that say that a column holds ids.
const OF_IDS: [&str; 9] = ["id", "ids", "nr", "no", "number", "nummer", "key", "ref", "reference"];
/// Last words of headings that say what a cell holds of what stands before them.
const OF_VALUES: [&str; 6] = ["name", "level", "score", "rating", "value", "title"];
/// Names that mean something alone only: of many headings they are the last word.
const ALONE: [&str; 2] = ["level", "score"];
/// Words of headings whose column is about what is already there, in a table of threats: what is to be done about a
/// threat is something else.
const THERE: [&str; 14] = [
    "existing",
    "current",
    "present",
    "implemented",
    "installed",
    "already",
    "umgesetzte",
    "bestehende",
    "vorhandene",
    "aktuelle",
    "existantes",
    "existentes",
    "actuales",
    "esistenti",
];

/// Words of headings whose column is about what is still to be done.
const TO_DO: [&str; 26] = [
    "recommended",
    "planned",
    "proposed",
    "additional",
    "further",
    "future",
    "required",
    "suggested",
    "needed",
    "new",
    "empfohlene",
    "geplante",
    "zusätzliche",
    "weitere",
    "vorgeschlagene",
    "recommandées",
    "prévues",
    "proposées",
    "complémentaires",
    "supplémentaires",
    "planificadas",
    "propuestas",
    "recomendadas",
    "adicionales",
    "previste",
    "proposte",
];
/// Last words of headings that give a value to what stands before them, and do not name it.
const OF_WORTH: [&str; 17] = [
    "owner",
    "value",
    "criticality",
    "classification",
    "sensitivity",
    "importance",
    "rating",
    "score",
    "level",
    "cost",
    "count",
    "description",
    "details",
    "status",
    "wert",
    "kritikalität",
    "eigentümer",
];
/// Last words of headings that say of a control what it is like, and not what it does.
const OF_CONTROLS: [&str; 12] = [
    "type",
    "typ",
    "category",
    "owner",
    "effectiveness",
    "strength",
    "maturity",
    "rating",
    "score",
    "cost",
    "date",
    "wirksamkeit",
];
/// First words of headings for who owns a thing, who need not be whoever deals with a threat to it.
const OF_THINGS: [&str; 9] =
    ["asset", "system", "component", "application", "service", "process", "data", "business", "product"];

/// Last words of headings that begin with `threat` and say who it comes from.
const OF_ATTACKERS: [&str; 9] =
    ["agent", "agents", "actor", "actors", "source", "sources", "community", "origin", "vector"];

/// How much a meaning weighs where tables compete, by how sure it is.
fn weight(sure: u32) -> u32 {
    match sure {
        4 | 5 => 3,
        2 | 3 => 2,
        other => other,
    }
}

/// The meaning of a heading whose last word is general: `Risk ID` is the id of a risk, `Asset ID` and `Asset name` are
/// the asset, a `HIPAA Reference` is nothing known. `None` for other headings.
fn by_last_word(rows: Rows, heading: &str) -> Option<Vec<(String, u32)>> {
    let (before, last) = heading.rsplit_once([' ', '-'])?;
    let before = before.trim();
    let (ids, values) = (OF_IDS.contains(&last), OF_VALUES.contains(&last));
    if !ids && !values {
        return None;
    }
    let table = rows.headings();
    let exact = |text: &str| table.iter().find(|(_, names)| names.contains(&text)).map(|(field, _)| *field);
    if exact(heading).is_some() {
        return None;
    }
    let own = rows.names().contains(&before) || matches!(exact(before), Some("title" | "name" | "question" | "text"));
    match exact(before) {
        // Surer than a bare `ID`, which may number the rows.
        _ if own && ids => Some(vec![("id".to_owned(), 5)]),
        _ if own && rows == Rows::Threats && last != "name" && last != "title" => {
            Some(vec![("severity".to_owned(), 3), ("risk".to_owned(), 3)])
        }
        // Surer than a bare `Risk`, which may be its title or its level.
        _ if own && rows == Rows::Threats => Some(vec![("title".to_owned(), 5)]),
        _ if own => None,
        // `Ref ID` is an id as well, less surely than its own word.
        Some("id") if ids => Some(vec![("id".to_owned(), 3)]),
        None if ids => Some(Vec::new()),
        // The number of a control or of a state is neither, and the rating of a control no control.
        Some("mitigation" | "status" | "severity" | "risk" | "category" | "description" | "likelihood" | "impact")
            if ids =>
        {
            Some(Vec::new())
        }
        Some("mitigation") if !matches!(last, "name" | "title") => Some(Vec::new()),
        // What an asset is worth is not what it is called.
        Some("elements") if values && !matches!(last, "name" | "title") => Some(Vec::new()),
        Some(field) if field != "id" => Some(vec![(field.to_owned(), 3)]),
        _ => None,
    }
}

/// What a heading may mean in a table of these rows, most likely first, and how surely: 5 where it can mean nothing else, 4
/// for its very words, 3 for its last word, 2 for words in it, 1 for the last part of a word, as German joins them.
fn meanings(rows: Rows, heading: &str) -> Vec<(String, u32)> {
    // `Risk #` is the number of a risk.
    let numbered = heading.trim_end().strip_suffix(['#', '№']).filter(|rest| !rest.trim().is_empty());
    let heading = numbered.map_or_else(|| normal(heading), |rest| format!("{} number", normal(rest)));
    if heading.is_empty() {
        return Vec::new();
    }
    // Whose threat it is, is no threat.
    if rows == Rows::Threats
        && let Some((_, last)) = heading.rsplit_once([' ', '-'])
        && heading.starts_with("threat")
        && OF_ATTACKERS.contains(&last)
    {
        return Vec::new();
    }
    if let Some(found) = by_last_word(rows, &heading) {
        return found;
    }
    let table = rows.headings();
    let mut out: Vec<(String, u32)> = table
        .iter()
        .filter(|(_, names)| names.contains(&heading.as_str()))
        // A box that is ticked once it is done says less than a column for the state.
        .map(|(field, _)| {
            ((*field).to_owned(), if *field == "status" && TICKED.contains(&heading.as_str()) { 3 } else { 4 })
        })
        .collect();
    // The names of our facts are headings as well.
    let key = heading.replace([' ', '-'], "_");
    if out.is_empty()
        && let Some(id) = domain(rows).and_then(|domain| FactId::of_key(domain, &key))
    {
        out.push((format!("fact.{}", id.definition().key), 4));
    }
    let words: Vec<&str> = heading.split([' ', '/', '-']).filter(|word| !word.is_empty()).collect();
    // What a heading is about stands last (`asset type`), but first where a word joins what follows (`type of asset`).
    let joined = words.iter().any(|word| matches!(*word, "of" | "de" | "du" | "des" | "del" | "di" | "der" | "van"));
    let (mut inside, mut parts_of) = (Vec::new(), Vec::new());
    for (field, names) in table {
        for name in *names {
            let parts: Vec<&str> = name.split(' ').collect();
            let found = words.windows(parts.len()).position(|window| window == parts.as_slice());
            if let Some(at) = found.filter(|_| name.len() > 2 && !ALONE.contains(name)) {
                let head = if joined { at == 0 } else { at + parts.len() == words.len() };
                inside.push((!head, std::cmp::Reverse(name.len()), *field));
            }
            let is_part = |word: &&str| word.len() > name.len() && word.ends_with(name);
            if (name.len() >= SHORTEST_PART || *name == "typ") && words.last().is_some_and(is_part) {
                parts_of.push((false, std::cmp::Reverse(name.len()), *field));
            }
        }
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let there = has(&THERE) || words.windows(2).any(|two| two == ["in", "place"]);
    for (mut found, sure) in [(inside, 3), (parts_of, 1)] {
        // Stable: of equals the one that the list names first.
        found.sort_by_key(|(other, length, _)| (*other, *length));
        for (other, _, field) in found {
            if out.iter().all(|(known, _)| known != field) {
                out.push((field.to_owned(), sure - u32::from(sure == 3 && other)));
            }
        }
    }
    if rows == Rows::Threats { of_threats(&words, there, has(&TO_DO), out) } else { out }
}

/// What the meanings of a heading in a table of threats come to, by its other words.
fn of_threats(words: &[&str], there: bool, to_do: bool, found: Vec<(String, u32)>) -> Vec<(String, u32)> {
    let last = words.last().copied().unwrap_or_default();
    let names = |wanted: &str| found.iter().any(|(field, _)| field == wanted);
    let beside = ["elements", "mitigation", "impact", "likelihood"].into_iter().any(names);
    let of_a_thing = words.len() > 1 && words.first().is_some_and(|first| OF_THINGS.contains(first));
    let mut out: Vec<(String, u32)> = Vec::new();
    for (field, sure) in found {
        let (field, sure) = match field.as_str() {
            "mitigation" if there => ("existing_controls", sure),
            // What is planned is the mitigation, whatever else is headed `Controls`.
            "mitigation" if to_do && sure >= 3 => ("mitigation", 5),
            "mitigation" if matches!(words, ["mitigation" | "mitigations"]) => ("mitigation", 5),
            "owner" if of_a_thing => ("owner", 1),
            "mitigation" if words.len() > 1 && OF_CONTROLS.contains(&last) => continue,
            // How critical an asset is, is not how bad the threat is; `Business severity` is, where nothing else says so.
            "severity" if of_a_thing && OF_WORTH.contains(&last) => continue,
            "severity" if of_a_thing => ("severity", 1),
            "elements" if words.len() > 1 && OF_WORTH.contains(&last) => continue,
            // The kind of an asset or of a control is none of the threat, and a text on its impact does not describe it.
            "category" | "description" if beside && words.len() > 1 => continue,
            field => (field, sure),
        };
        if out.iter().all(|(known, _)| known != field) {
            out.push((field.to_owned(), sure));
        }
    }
    out
}

/// The fields of a row of headings, each field once, and how well they fit.
fn fields(rows: Rows, cells: &[String]) -> (Vec<Option<String>>, u32) {
    let all: Vec<Vec<(String, u32)>> = cells.iter().map(|cell| meanings(rows, cell)).collect();
    let mut found: Vec<Option<String>> = vec![None; cells.len()];
    let mut taken: FxHashSet<&str> = FxHashSet::default();
    let mut score = 0;
    // A field goes to the column that names it best; of several to one that can mean nothing else, else to the first.
    for sure in [5, 4, 3, 2, 1] {
        let meant = |column: usize| {
            let list = all.get(column).map_or(&[][..], Vec::as_slice);
            list.iter().filter(move |(_, score)| *score == sure).map(|(field, _)| field.as_str())
        };
        let mut order: Vec<usize> = (0..cells.len()).collect();
        order.sort_by_key(|column| meant(*column).count());
        for column in order {
            let Some(slot) = found.get_mut(column).filter(|slot| slot.is_none()) else { continue };
            if let Some(field) = meant(column).find(|field| *field == "-" || !taken.contains(field)) {
                taken.insert(field);
                score += if field == "-" { 0 } else { weight(sure) };
                *slot = Some(field.to_owned());
            }
        }
    }
    if rows == Rows::Threats {
        stand_in_for_title(cells, &mut found);
        severity_beside_likelihood(cells, &mut found);
    }
    (found, score)
}

/// How bad it would be is the impact where a likelihood and a risk stand beside it: `Gravité`, `Vraisemblance`, `Niveau de
/// risque`. The risk is what both come to.
fn severity_beside_likelihood(cells: &[String], found: &mut [Option<String>]) {
    const SEVERITY: [&str; 7] = ["severity", "schweregrad", "sévérité", "gravité", "severidad", "gravedad", "gravità"];
    let has = |field: &str| found.iter().flatten().any(|known| known == field);
    if !has("likelihood") || !has("risk") || has("impact") {
        return;
    }
    let severity = found.iter().position(|field| field.as_deref() == Some("severity"));
    let named = |column: &usize| cells.get(*column).is_some_and(|cell| SEVERITY.contains(&normal(cell).as_str()));
    if let Some(slot) = severity.filter(named).and_then(|column| found.get_mut(column)) {
        *slot = Some("impact".to_owned());
    }
}

/// Fields that tell a table of threats from any other list with descriptions.
const OF_THREATS: [&str; 6] = ["category", "severity", "risk", "likelihood", "impact", "mitigation"];

/// A table of threats without titles: what is wrong, else the description, stands for them.
fn stand_in_for_title(cells: &[String], found: &mut [Option<String>]) {
    const WEAKNESS: [&str; 8] = [
        "vulnerability",
        "weakness",
        "schwachstelle",
        "vulnérabilité",
        "vulnerabilidad",
        "vulnerabilità",
        "vulnerability name",
        "issue",
    ];
    let has = |found: &[Option<String>], field: &str| found.iter().flatten().any(|known| known == field);
    let telling = OF_THREATS.iter().filter(|field| has(found, field)).count();
    if has(found, "title") || telling < 2 {
        return;
    }
    let weakness = cells.iter().position(|cell| WEAKNESS.contains(&normal(cell).as_str()));
    let description = found.iter().position(|field| field.as_deref() == Some("description"));
    if let Some(slot) = weakness.or(description).and_then(|column| found.get_mut(column)) {
        *slot = Some("title".to_owned());
    }
}

/// The headings in a row, and the first row that they are of. Headings stand in two lines where the row above heads some
/// columns and this one the rest: all of above, as far as it is a field, must still be there, and something more.
fn headings(rows: Rows, sheet: &Sheet, head: usize) -> (Vec<String>, usize) {
    let own = sheet.rows.get(head).map(super::raw::Row::once).unwrap_or_default();
    let Some(above) = head.checked_sub(1).and_then(|above| sheet.rows.get(above)).map(super::raw::Row::once) else {
        return (own, head);
    };
    let filled = |cells: &[String]| cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    if filled(&above) < 2 || filled(&own) == 0 {
        return (own, head);
    }
    let both: Vec<String> = (0..own.len().max(above.len()))
        .map(|at| {
            let cell = |row: &[String]| row.get(at).filter(|cell| !cell.trim().is_empty()).cloned();
            cell(&own).or_else(|| cell(&above)).unwrap_or_default()
        })
        .collect();
    let (first, joined) = (fields(rows, &above).0, fields(rows, &both).0);
    let field = |list: &[Option<String>], at: usize| list.get(at).cloned().flatten();
    let kept = (0..first.len()).all(|at| field(&first, at).is_none_or(|known| field(&joined, at) == Some(known)));
    let mut more = 0;
    for (at, _) in own.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()) {
        more += usize::from(field(&joined, at).is_some());
    }
    if kept && more * 2 >= filled(&own) && joined.iter().flatten().count() > first.iter().flatten().count() {
        (both, head - 1)
    } else {
        (own, head)
    }
}

/// Headings that only lists of people have.
const OF_PEOPLE: &[&str] = &[
    "email",
    "e-mail",
    "mail",
    "phone",
    "telephone",
    "mobile",
    "telefon",
    "first name",
    "last name",
    "surname",
    "vorname",
    "nachname",
    "prénom",
    "apellido",
    "job title",
    "birthday",
    "salary",
    "manager email",
];
/// Headings that only inventories of machines and systems have, whether we know what to do with them or not.
const OF_INVENTORIES: &[&str] = &[
    "ip",
    "ip address",
    "ip adresse",
    "ip-adresse",
    "adresse ip",
    "dirección ip",
    "indirizzo ip",
    "fqdn",
    "hostname",
    "host name",
    "mac address",
    "os",
    "operating system",
    "betriebssystem",
    "système d'exploitation",
    "sistema operativo",
    "os version",
    "serial number",
    "asset tag",
    "ci class",
    "ci type",
    "ci id",
    "sys class name",
    "sys id",
    "configuration item",
    "cpu count",
    "ram",
    "install status",
    "operational status",
    "vcpu",
];

/// Whether a row heads an export of an inventory, of whose many columns only few are known: a name, and what only
/// components have.
fn is_wide(rows: Rows, cells: &[String], fields: &[Option<String>], sheet: &Sheet, head: usize) -> bool {
    let filled: Vec<String> = cells.iter().map(|cell| normal(cell)).filter(|cell| !cell.is_empty()).collect();
    let has = |wanted: &str| fields.iter().flatten().any(|field| field == wanted);
    let of = |list: &[&str]| filled.iter().any(|cell| list.contains(&cell.as_str()));
    let below = sheet.rows.iter().skip(head + 1).take(SAMPLE);
    let wide = sheet.rows.get(head).map_or(0, |row| row.cells.len());
    // Prose and titles are no rows of short cells with as many below.
    if filled.len() < 6
        || filled.iter().any(|cell| cell.chars().count() > 60)
        || !below.clone().any(|row| row.cells.iter().filter(|cell| !cell.trim().is_empty()).count() * 3 >= wide)
    {
        return false;
    }
    match rows {
        Rows::Components => {
            let telling =
                ["fact.kind", "fact.technology", "fact.environment", "fact.criticality", "fact.internet_facing"];
            let of_components = of(OF_INVENTORIES) || telling.iter().filter(|field| has(field)).count() > 1;
            has("name") && of_components && !of(OF_PEOPLE)
        }
        // A name alone is that of anything: a heading must speak of threats.
        Rows::Threats => {
            let words = rows.names().iter().chain(&["vulnerab", "cve", "weakness", "schwachstelle"]);
            let speaks = words.into_iter().any(|word| filled.iter().any(|cell| cell.contains(word)));
            speaks && has("title") && has("elements") && ["severity", "status"].into_iter().any(has)
        }
        _ => false,
    }
}

/// Finds out what a sheet is; nothing for one without a table that we understand.
pub(super) fn table(sheet: &Sheet, mapping: &Mapping) -> Option<Table> {
    if let Some(said) = mapping.of(&sheet.name) {
        return by_mapping(sheet, said);
    }
    let name = normal(&sheet.name);
    let mut best: Option<(u32, Table)> = None;
    for rows in Rows::ALL {
        // The whole name of one of our own sheets says it all; a word in another's name is a hint.
        let own = name == rows.as_str();
        let hinted = !name.is_empty() && rows.names().iter().any(|word| name.contains(word));
        for head in (0..sheet.rows.len()).take(HEAD) {
            // Headings that reach down end in the row below.
            if sheet.reaches_down(head) {
                continue;
            }
            let (cells, first) = headings(rows, sheet, head);
            let (fields, mut score) = fields(rows, &cells);
            let has = |wanted: &str| fields.iter().flatten().any(|field| field == wanted);
            if !rows.needs().iter().all(|wanted| has(wanted)) {
                continue;
            }
            if rows == Rows::Overview && !own {
                continue;
            }
            // What only one kind of table has weighs more than what many have.
            let register = || {
                let threats = self::fields(Rows::Threats, &cells).0;
                threats.iter().flatten().any(|field| field == "elements" || field == "mitigation")
            };
            score += 4 * u32::from(rows == Rows::Flows || rows == Rows::Decisions && !register())
                + 5 * u32::from(hinted)
                + 30 * u32::from(own);
            let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
            let known = fields.iter().flatten().count();
            // A line of prose or a title is no heading.
            if known * 3 < filled && !is_wide(rows, &cells, &fields, sheet, head)
                || (filled < 2 && sheet.rows.iter().any(|row| row.cells.len() > 1))
            {
                continue;
            }
            if best.as_ref().is_none_or(|(other, _)| score > *other) {
                best = Some((
                    score,
                    Table { rows, head, headings: cells, first, fields, said: false, by_content: Vec::new() },
                ));
            }
        }
    }
    let (_, mut table) = best?;
    by_content(sheet, &mut table);
    Some(table)
}

fn by_mapping(sheet: &Sheet, said: &SheetMapping) -> Option<Table> {
    let rows = said.rows?;
    let wanted = |cell: &str| said.columns.iter().find(|(heading, _)| normal(heading) == normal(cell));
    let best = |sheet: &Sheet| {
        let matches = |row: &super::raw::Row| row.cells.iter().filter(|cell| wanted(cell).is_some()).count();
        let rows = sheet.rows.iter().enumerate().take(HEAD).map(|(at, row)| (matches(row), at));
        rows.max_by_key(|(count, at)| (*count, usize::MAX - *at)).map(|(_, at)| at)
    };
    let line = |number: u32| sheet.rows.iter().position(|row| row.span.line == number);
    let head = said.header.and_then(line).or_else(|| best(sheet))?;
    let (cells, first) = headings(rows, sheet, head);
    let guessed = fields(rows, &cells).0;
    let mut out: Vec<Option<String>> = cells.iter().map(|cell| wanted(cell).map(|(_, field)| field.clone())).collect();
    // What the mapping leaves open is guessed as ever, unless it is taken.
    for (slot, guess) in guessed.into_iter().enumerate() {
        let taken = guess.as_ref().is_some_and(|guess| out.iter().flatten().any(|field| field == guess));
        if let Some(entry) = out.get_mut(slot).filter(|entry| entry.is_none() && !taken) {
            *entry = guess;
        }
    }
    Some(Table { rows, head, headings: cells, first, fields: out, said: true, by_content: Vec::new() })
}

/// Columns without a known heading, by what is in them.
fn by_content(sheet: &Sheet, table: &mut Table) {
    let Some(domain) = domain(table.rows).filter(|domain| *domain != Domain::System) else { return };
    let facts: &[FactId] = match domain {
        Domain::Flow => &[fact::PROTOCOL, fact::ENCRYPTION, fact::AUTHENTICATION],
        Domain::Component => &[fact::KIND, fact::CLASSIFICATION],
        Domain::Data => &[fact::CLASSIFICATION],
        _ => &[],
    };
    for column in 0..table.fields.len() {
        if table.fields.get(column).is_none_or(Option::is_some) {
            continue;
        }
        let cells: Vec<&str> = sheet
            .rows
            .iter()
            .skip(table.head + 1)
            .take(SAMPLE)
            .map(|row| row.cell(column))
            .filter(|cell| !cell.is_empty())
            .collect();
        if cells.len() < 2 {
            continue;
        }
        let fits = |id: &FactId| {
            let known = cells.iter().filter(|cell| super::lower::symbol(*id, cell).is_some()).count();
            matches!(id.definition().ty, FactType::Enum(_)) && known * 5 >= cells.len() * 4
        };
        let name = |id: FactId| format!("fact.{}", id.definition().key);
        let free = |id: &&FactId| table.fields.iter().flatten().all(|field| *field != name(**id));
        // One word everywhere tells little, unless only this fact knows it.
        if let Some(id) = facts.iter().filter(free).find(|id| fits(id)) {
            let said = name(*id);
            if let Some(field) = table.fields.get_mut(column) {
                *field = Some(said);
                table.by_content.push(column);
            }
        }
    }
}
