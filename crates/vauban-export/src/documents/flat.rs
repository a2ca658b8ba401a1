//! A table for programs: one value in each column, where a page puts two into a cell to save room.

use vauban_model::document::{Cell, Column, Holds, Inline, Table};

use crate::text::capital;

/// What stands between two values of a cell, and what is shown where there is none.
const BETWEEN: [char; 4] = [',', ' ', '→', ':'];

/// How one column becomes several.
enum Split {
    /// It stays.
    Whole,
    /// A name and an id behind it.
    NameAndId,
    /// As many values as its heading has names.
    Parts(usize),
}

/// The same table with a column for each value: a name and its id, an owner and a day, what is and what will be.
pub(super) fn flat(table: &Table) -> Table {
    let mut columns: Vec<Column> = Vec::new();
    let mut splits: Vec<Split> = Vec::new();
    for column in &table.columns {
        let one = |title: &str| Column { title: capital(title).into(), holds: Holds::One, ..column.clone() };
        match column.holds {
            Holds::Parts => {
                let names: Vec<&str> = column.title.split(", ").collect();
                columns.extend(names.iter().map(|name| one(name)));
                splits.push(Split::Parts(names.len()));
            }
            Holds::NameAndId => {
                columns.push(one(&column.title));
                columns.push(one(&format!("{} id", column.title)));
                splits.push(Split::NameAndId);
            }
            Holds::One => {
                columns.push(column.clone());
                splits.push(Split::Whole);
            }
        }
    }
    let nothing = Cell::new();
    let row = |row: &Vec<Cell>| {
        let mut out: Vec<Cell> = Vec::with_capacity(columns.len());
        for (at, split) in splits.iter().enumerate() {
            let cell = row.get(at).unwrap_or(&nothing);
            match split {
                Split::Whole => out.push(cell.clone()),
                Split::NameAndId => match cell.split_last() {
                    Some((Inline::Code(id), name)) if !name.is_empty() => {
                        out.push(trimmed(name));
                        out.push(vec![Inline::Code(id.clone())]);
                    }
                    _ => out.extend([cell.clone(), Cell::new()]),
                },
                Split::Parts(parts) => {
                    let mut values = trimmed(cell).into_iter();
                    for part in 1..=*parts {
                        // What is left over belongs to the last.
                        let rest = if part == *parts { usize::MAX } else { 1 };
                        out.push(values.by_ref().take(rest).collect());
                    }
                }
            }
        }
        out
    };
    Table {
        columns: columns.clone(),
        rows: table.rows.iter().map(row).collect(),
        id: table.id.clone(),
        caption: table.caption.clone(),
        selection: table.selection.clone(),
    }
}

/// The values of a cell without what stands between them.
fn trimmed(cell: &[Inline]) -> Cell {
    let strip = |text: &str| text.trim_start_matches(BETWEEN).trim_end().to_owned();
    cell.iter()
        .filter_map(|inline| match inline {
            Inline::Text(text) => {
                Some(strip(text)).filter(|text| !text.is_empty()).map(|text| Inline::Text(text.into()))
            }
            other => Some(other.clone()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vauban_model::document::plain;
    use vauban_model::scale::Level;

    #[test]
    fn a_list_for_programs_has_one_value_in_a_column() {
        let text = |text: &str| Inline::Text(text.into());
        let table = Table {
            columns: vec![
                Column::text("Threat", 5).named(),
                Column::text("Owner, until", 3).parts(),
                Column::text("Risk now, risk then", 3).parts(),
                Column::text("Severity, as rated", 2),
            ],
            rows: vec![
                vec![
                    vec![text("No limit, ever "), Inline::Code("unlimited-requests@web".into())],
                    vec![text("Doe, Jane"), text(", 2027-01-31")],
                    vec![Inline::Level(Level::High), text(" → "), Inline::Level(Level::Low)],
                    vec![text("high, they say")],
                ],
                vec![vec![text("A note")], vec![text("–")], vec![text("–")], vec![text("–")]],
            ],
            ..Table::default()
        };
        let flat = flat(&table);
        let titles: Vec<&str> = flat.columns.iter().map(|column| &*column.title).collect();
        assert_eq!(titles, ["Threat", "Threat id", "Owner", "Until", "Risk now", "Risk then", "Severity, as rated"]);
        let rows: Vec<Vec<String>> = flat.rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
        let first =
            ["No limit, ever", "unlimited-requests@web", "Doe, Jane", "2027-01-31", "high", "low", "high, they say"];
        assert_eq!(rows[0], first);
        assert_eq!(rows[1], ["A note", "", "–", "", "–", "", "–"]);
        // Which columns there are says the kind of list, not what is in it.
        let empty = super::flat(&Table { rows: Vec::new(), ..table });
        assert_eq!(empty.columns, flat.columns);
    }
}
