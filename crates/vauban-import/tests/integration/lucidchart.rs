//! Lucidchart's CSV: rows counted by what their columns say.

use vauban_import::{Format, Imported, InputFile, import, recognise};
use vauban_model::FileId;

fn read(text: &str) -> Imported {
    import(Format::Lucidchart, &[InputFile::text(FileId(0), "x.csv", text)])
}

#[test]
fn every_table_of_the_corpus_is_read_whole() {
    let path = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/lucidchart");
    if !path.is_dir() {
        println!("skipped: {} is not there", path.display());
        return;
    }
    // Counted with Python's reader of CSV: rows with a library that are no loose text, lines, texts.
    for (name, expected) in [("lucid-class-diagram.csv", [4, 3, 0]), ("lucid-erd.csv", [6, 5, 3])] {
        let text = std::fs::read_to_string(path.join(name)).unwrap();
        assert_eq!(recognise(name, &text), Some(Format::Lucidchart), "{name}");
        let imported = read(&text);
        let model = &imported.model;
        assert_eq!([model.components.len(), model.flows.len(), model.notes.len()], expected, "{name}");
        assert!(imported.diagnostics.iter().all(|it| it.severity != vauban_model::Severity::Error), "{name}");
    }
}

#[test]
fn other_tables_are_left_alone() {
    for text in [
        "id,name,kind,owner,zone,data,protocol,source,target,risk,note\n1,Web,process,me,dmz,,,,,,\n2,Db,store,me,lan,,,,,,\n",
        "Id,Name,Shape Library,Page ID,Contained By,Group,Line Source,Line Destination,Source Arrow,Destination Arrow,Text Area 1\n",
        "Date;Open;High;Low;Close;Volume;A;B;C;D;E\n2020;1;2;3;4;5;6;7;8;9;10\n",
    ] {
        assert_ne!(recognise("x.csv", text), Some(Format::Lucidchart), "{text}");
    }
}

#[test]
fn harm_is_survived() {
    let header = "Id,Name,Shape Library,Page ID,Contained By,Group,Line Source,Line Destination,Source Arrow,Destination Arrow,Text Area 1\n1,Page,,,,,,,,,P\n";
    // One quote takes the rest of the file; a ring of containers; a column of containers.
    let _ = read(&format!("{header}2,\"Block{}", "x".repeat(1 << 20)));
    let mut ring = header.to_owned();
    for number in 2..10_002 {
        let next = if number == 10_001 { 2 } else { number + 1 };
        ring.push_str(&format!("{number},Block,Standard,1,{next},,,,,,B\n"));
    }
    let imported = read(&ring);
    assert_eq!(imported.model.boundaries.iter().filter(|zone| zone.parent.is_none()).count(), 1);
    let _ = read(&format!("{header}2,Block,Standard,1,{},,,,,,B\n", "3|".repeat(100_000)));
    let _ = read(&format!("{header}2,Block,Standard,1,,,,,,,{}\n", ",".repeat(1 << 20)));
}
