//! `docs/reference/frameworks.md`: the frameworks of the library and everything that is claimed about them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use toml::{Table, Value};

use super::Generated;
use super::reference::{cell, head, tables, word, words};
use crate::workspace;

/// What stands in a row of a catalogue, by column.
type Row = BTreeMap<String, String>;

/// A catalogue: its head and its rows.
struct Catalogue {
    head: Table,
    rows: Vec<Row>,
}

impl Catalogue {
    fn id(&self) -> &str {
        word(&self.head, "id")
    }

    fn row(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.get("id").is_some_and(|known| known == id))
    }

    /// The title of a requirement, in italics where it is a label of ours.
    fn title(&self, id: &str) -> String {
        let Some(row) = self.row(id) else { return String::new() };
        let title = row.get("title").map(String::as_str).unwrap_or_default();
        match row.get("label").map(String::as_str) {
            Some("own") => format!("*{}*", cell(title)),
            _ => cell(title),
        }
    }
}

/// The page.
pub(super) fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let folder = root.join("library/frameworks");
    let mut catalogues = Vec::new();
    for (name, _) in workspace::entries(&folder)? {
        let Some(id) = name.strip_suffix(".csv") else { continue };
        let head = workspace::read_toml(&folder.join(format!("{id}.toml")))?;
        catalogues.push(Catalogue { head, rows: rows(&workspace::read(&folder.join(&name))?, &name)? });
    }
    let claims = tables(&workspace::read_toml(&folder.join("claims.toml"))?, "claim");
    let deviations = tables(&workspace::read_toml(&folder.join("deviations.toml"))?, "deviation");
    let crosswalks = tables(&workspace::read_toml(&folder.join("crosswalks.toml"))?, "crosswalk");
    let mut out = head("the files in `library/frameworks/`");
    introduction(&catalogues, &claims, &mut out);
    for catalogue in &catalogues {
        section(catalogue, &claims, &mut out);
    }
    labels(&catalogues, &deviations, &mut out);
    relations(&crosswalks, &mut out);
    Ok(vec![("docs/reference/frameworks.md".into(), out)])
}

fn rows(text: &str, name: &str) -> Result<Vec<Row>, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(str::to_owned).collect(),
        Err(error) => return Err(format!("{name}: {error}")),
    };
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.map_err(|error| format!("{name}: {error}"))?;
        Ok(names.iter().cloned().zip(record.iter().map(str::to_owned)).collect())
    };
    reader.records().map(row).collect()
}

fn introduction(catalogues: &[Catalogue], claims: &[Table], out: &mut String) {
    let _ = writeln!(
        out,
        "# Frameworks\n\n{} frameworks whose requirements threat models are evidence for. Evidence supports a requirement; whether it \
         is met, an auditor\ndecides. `vauban library show soc2:CC6.1` shows one requirement, `vauban evidence coverage` what there is \
         for it.\nTitles in *italics* are short labels of ours: the framework has none, or its words are not free.\n\n\
         How strongly a threat model bears on a requirement:\n\n\
         | strength | means |\n|---|---|\n\
         | `expressly-requires` | it demands threat modeling by that name |\n\
         | `requires-risk-assessment` | it demands an assessment of risk; a threat model is one, for the systems it covers |\n\
         | `supported` | a threat model is good evidence for a part of it |\n\
         | `mitigated` | a control that the model selects and verifies helps to meet it |\n\n\
         | id | framework | version | also called | rows | claims |\n|---|---|---|---|---|---|",
        catalogues.len()
    );
    for catalogue in catalogues {
        let claimed: usize = of(catalogue, claims).map(|claim| words(claim, "requirements").len()).sum();
        let _ = writeln!(
            out,
            "| [`{}`](../../library/frameworks/{}.csv) | {} | {} | {} | {} | {claimed} |",
            catalogue.id(),
            catalogue.id(),
            cell(word(&catalogue.head, "name")),
            cell(word(&catalogue.head, "version")),
            words(&catalogue.head, "aliases").iter().map(|alias| format!("`{alias}`")).collect::<Vec<_>>().join(", "),
            catalogue.rows.len()
        );
    }
}

fn of<'a>(catalogue: &'a Catalogue, list: &'a [Table]) -> impl Iterator<Item = &'a Table> {
    list.iter().filter(|entry| word(entry, "framework") == catalogue.id())
}

fn section(catalogue: &Catalogue, claims: &[Table], out: &mut String) {
    let _ = writeln!(out, "\n## {}\n", catalogue.id());
    for key in ["source", "licence", "checked"] {
        let text = word(&catalogue.head, key).split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(out, "- {key}: {text}");
    }
    out.push_str("\n| requirement | title | strength | answered by | source and limit |\n|---|---|---|---|---|\n");
    for claim in of(catalogue, claims) {
        let artefacts: Vec<String> = words(claim, "artefacts").iter().map(|id| format!("`{id}`")).collect();
        let limit = word(claim, "limit");
        let limit = if limit.is_empty() { String::new() } else { format!(" **Limit:** {}", cell(limit)) };
        for requirement in words(claim, "requirements") {
            let _ = writeln!(
                out,
                "| `{requirement}` | {} | `{}` | {} | {}.{limit} |",
                catalogue.title(&requirement),
                word(claim, "strength"),
                artefacts.join(", "),
                cell(word(claim, "source"))
            );
        }
    }
}

fn labels(catalogues: &[Catalogue], deviations: &[Table], out: &mut String) {
    out.push_str(
        "\n## Labels that are not the framework's\n\nPeople use these ids for something else. They are accepted, and shown beside what \
         they are.\n\n| framework | id | is called | is | meant is | why |\n|---|---|---|---|---|---|\n",
    );
    for deviation in deviations {
        let id = word(deviation, "id");
        let catalogue = catalogues.iter().find(|catalogue| catalogue.id() == word(deviation, "framework"));
        let title = catalogue.map(|catalogue| catalogue.title(id)).filter(|title| !title.is_empty());
        let instead: Vec<String> = words(deviation, "instead").iter().map(|id| format!("`{id}`")).collect();
        let _ = writeln!(
            out,
            "| `{}` | `{id}` | {} | {} | {} | {} |",
            word(deviation, "framework"),
            cell(word(deviation, "label")),
            title.unwrap_or_else(|| "no id of its own".to_owned()),
            instead.join(", "),
            cell(word(deviation, "reason"))
        );
    }
}

fn relations(crosswalks: &[Table], out: &mut String) {
    out.push_str(
        "\n## Crosswalks\n\nTaken as their publishers made them. A *derived* one went through a third framework and is weaker for \
         it.\n\n| from | to | | source | licence |\n|---|---|---|---|---|\n",
    );
    for crosswalk in crosswalks {
        let (from, to) = (word(crosswalk, "from"), word(crosswalk, "to"));
        let derived = crosswalk.get("derived").and_then(Value::as_bool).unwrap_or(false);
        let _ = writeln!(
            out,
            "| `{from}` | [`{to}`](../../library/frameworks/crosswalks/{from}--{to}.csv) | {} | {} | {} |",
            if derived { "derived" } else { "" },
            cell(word(crosswalk, "source")),
            cell(word(crosswalk, "licence"))
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, rows};

    #[test]
    fn own_labels_stand_in_italics() {
        let rows = rows("id,kind,title,label\nCC1.1,criterion,\"A, b\",own\nA.1,control,Plain,\n", "x.csv").unwrap();
        let catalogue = Catalogue { head: toml::Table::new(), rows };
        assert_eq!(catalogue.title("CC1.1"), "*A, b*");
        assert_eq!(catalogue.title("A.1"), "Plain");
        assert_eq!(catalogue.title("none"), "");
    }
}
