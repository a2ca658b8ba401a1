//! Spreadsheets that teams keep, the mapping they correct, and what strangers send.

use std::io::Write as _;

use vauban_import::{Format, Imported, InputFile, import, recognise, recognise_bytes};
use vauban_model::model::ElementRef;
use vauban_model::vocabulary::{Domain, fact};
use vauban_model::{FileId, Severity};

fn csv(text: &str) -> Imported {
    assert_eq!(recognise("systems.csv", text), Some(Format::Spreadsheet));
    import(Format::Spreadsheet, &[InputFile::text(FileId(0), "systems.csv", text)])
}

fn mapped(text: &str, mapping: &str) -> Imported {
    let files = [InputFile::text(FileId(0), "systems.csv", text), InputFile::text(FileId(1), "columns.yaml", mapping)];
    import(Format::Spreadsheet, &files)
}

fn note<'a>(imported: &'a Imported, code: &str) -> &'a str {
    let found = imported.diagnostics.iter().find(|it| it.code == code);
    found.map_or("", |it| it.message.as_str())
}

/// A workbook of these entries, as an archive.
fn workbook(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("an entry");
        zip.write_all(text.as_bytes()).expect("its text");
    }
    zip.finish().expect("an archive").into_inner()
}

const RELATIONS: &str = r#"<Relationships xmlns="r"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Target="worksheets/sheet2.xml"/></Relationships>"#;
const BOOK: &str = r#"<workbook xmlns="m" xmlns:r="x"><sheets><sheet name="Server" r:id="rId1"/><sheet name="Verbindungen" r:id="rId2"/></sheets></workbook>"#;

fn bytes(bytes: &[u8]) -> Imported {
    assert_eq!(recognise_bytes("x.xlsx", bytes), Some(Format::Spreadsheet));
    let file = InputFile { id: FileId(0), name: "x.xlsx", text: "", bytes };
    import(Format::Spreadsheet, &[file])
}

#[test]
fn several_sheets_are_several_tables() {
    let shared = r#"<sst xmlns="m"><si><t>Name</t></si><si><r><t>Web</t></r><r><t> Portal</t></r><rPh><t>x</t></rPh></si><si><t>Quelle</t></si></sst>"#;
    let servers = r#"<worksheet xmlns="m"><sheetData><row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" t="inlineStr"><is><t>Kritikalität</t></is></c></row><row r="3"><c r="A3" t="s"><v>1</v></c><c r="C3" t="str"><f>WEBSERVICE("http://x")</f><v>hoch</v></c></row><row r="4"><c r="A4" t="inlineStr"><is><t>Datenbank</t></is></c></row></sheetData></worksheet>"#;
    let links = r#"<worksheet xmlns="m"><sheetData><row><c t="s"><v>2</v></c><c t="inlineStr"><is><t>Ziel</t></is></c><c t="inlineStr"><is><t>Protokoll</t></is></c></row><row><c t="inlineStr"><is><t>Web Portal</t></is></c><c t="inlineStr"><is><t>Datenbank</t></is></c><c t="inlineStr"><is><t>JDBC over SQL-TLS</t></is></c></row></sheetData></worksheet>"#;
    let imported = bytes(&workbook(&[
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/sharedStrings.xml", shared),
        ("xl/worksheets/sheet1.xml", servers),
        ("xl/worksheets/sheet2.xml", links),
    ]));
    let model = &imported.model;
    let names: Vec<&str> = model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Web Portal", "Datenbank"], "{:?}", imported.diagnostics);
    assert_eq!(model.components[0].element.word(fact::CRITICALITY), Some("high"));
    assert_eq!(model.flows.len(), 1);
    assert_eq!((model.flows[0].source, model.flows[0].target), (0, 1));
}

#[test]
fn what_was_understood_is_told_as_a_mapping_that_gives_the_same_model() {
    let text = "Asset name;Betreiber;Klasse\nShop;Rot;streng vertraulich\nArchiv;Blau;intern\n";
    let first = csv(text);
    let told = note(&first, "import-columns");
    let (_, mapping) = told.split_once('\n').expect("a mapping");
    assert!(mapping.contains("name") && mapping.contains("Asset name"), "{told}");
    let again = mapped(text, mapping);
    assert_eq!(first.model, again.model);
    assert_eq!(note(&again, "import-columns"), "", "what the user said is not told again");
}

#[test]
fn a_mapping_corrects_what_was_guessed() {
    let text = "Liste\nBezeichnung;Wer;Egal\nShop;Rot;x\n";
    let mapping = "columns:\n  table:\n    rows: data\n    header: 2\n    columns:\n      Bezeichnung: name\n      Wer: owner\n      Egal: '-'\n";
    let imported = mapped(text, mapping);
    assert_eq!(imported.model.components.len(), 0);
    assert_eq!(imported.model.data.len(), 1, "{:?}", imported.diagnostics);
    let data = &imported.model.data[0];
    assert_eq!((&*data.name, data.owner.as_deref()), ("Shop", Some("Rot")));
    assert!(data.extras.is_empty());
}

#[test]
fn nothing_of_a_table_is_dropped_in_silence() {
    let text = "Name,Type,Cost centre,Kind of box\nShop,Frobnicator,4711,blue\n";
    let imported = csv(text);
    let shop = &imported.model.components[0].element;
    let kept: Vec<&str> = shop.extras.iter().map(|(_, value)| &**value).collect();
    assert!(kept.contains(&"4711") && kept.contains(&"blue"), "{:?}", shop.extras);
    assert_eq!(shop.words(fact::TECHNOLOGY), [Box::from("frobnicator")], "what is no kind is what it is made of");
}

#[test]
fn decisions_about_findings_are_ours_and_others_are_the_teams() {
    let text = "Threat,Treatment,Reason,Owner,Approver,Until\n\
                unlimited-requests@web,akzeptiert,behind a gateway,Ann,Bob,45351\n\
                T-02,reduce,planned,Ann,,\nT-03,perhaps,,,,\n";
    let imported = csv(text);
    assert_eq!(imported.own_decisions.len(), 1, "{:?}", imported.diagnostics);
    let decision = &imported.own_decisions[0];
    assert_eq!((decision.treatment.as_str(), decision.until.as_deref()), ("accept", Some("2024-02-29")));
    assert_eq!(imported.decisions.len(), 1);
    assert_eq!(&*imported.decisions[0].pattern, "T-02");
    assert!(imported.diagnostics.iter().any(|it| it.message.contains("perhaps")));
}

#[test]
fn flows_find_their_ends_or_make_them() {
    let text = "From,To,Protocol\nweb shop,ORDERS,https\nweb shop,,https\n,,\n";
    let imported = csv(text);
    let model = &imported.model;
    assert_eq!(model.flows.len(), 2);
    let name = |index| model.name(ElementRef { domain: Domain::Component, index }).to_owned();
    assert_eq!((name(model.flows[0].source), name(model.flows[0].target)), ("web shop".into(), "ORDERS".into()));
    assert!(model.components[2].element.out_of_scope.is_some());
}

#[test]
fn hostile_files_end_in_a_message() {
    let no_book = workbook(&[("xl/workbook.xml", "<a")]);
    assert!(bytes(&no_book).diagnostics.iter().any(|it| it.severity == Severity::Error));
    let bomb = workbook(&[("xl/workbook.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")]);
    assert!(bytes(&bomb).diagnostics.iter().any(|it| it.severity == Severity::Error));
    let book = r#"<workbook xmlns:r="x"><sheets><sheet name="S" r:id="rId1"/></sheets></workbook>"#;
    let far = r#"<worksheet><sheetData><row r="4294967295"><c r="XFD1" t="s"><v>99999999999999999999</v></c></row><row r="1"><c r="ZZZZZZ1"><v>1</v></c><c r="" t="s"><v>-1</v></c></row></sheetData></worksheet>"#;
    bytes(&workbook(&[
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", far),
    ]));
    // A target that climbs out names nothing in the archive.
    let climbing = RELATIONS.replace("worksheets/sheet1.xml", "../../etc/passwd");
    bytes(&workbook(&[("xl/workbook.xml", book), ("xl/_rels/workbook.xml.rels", &climbing)]));
    // A hundred thousand cells that all show one long text.
    let long = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(1 << 20));
    let cells = "<row>".to_owned() + &r#"<c t="s"><v>0</v></c>"#.repeat(900) + "</row>";
    let sheet = format!("<worksheet><sheetData>{cells}</sheetData></worksheet>");
    let imported = bytes(&workbook(&[
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/sharedStrings.xml", &long),
        ("xl/worksheets/sheet1.xml", &sheet),
    ]));
    assert!(note(&imported, "import-dropped").contains("too large"), "{:?}", imported.diagnostics);
    for text in ["\"", "a,b\n\"", "\u{feff}sep=;\nName;x\n", "Name\n", ",,,\n", "Name,Name,Name\na,b,c\n"] {
        import(Format::Spreadsheet, &[InputFile::text(FileId(0), "systems.csv", text)]);
    }
    let wide = format!("Name{}\n", ",x".repeat(100_000));
    import(Format::Spreadsheet, &[InputFile::text(FileId(0), "systems.csv", &wide)]);
}

#[test]
fn a_mapping_that_meets_nothing_is_told() {
    let table = "Asset,Zone\nShop,DMZ\n";
    let said = |mapping: &str| -> Vec<String> {
        let imported = mapped(table, mapping);
        let told = imported.diagnostics.iter().filter(|it| it.severity == Severity::Warning);
        told.map(|it| format!("{}: {}", it.code, it.message)).collect()
    };
    let rows = "columns:\n  table:\n    rows: components\n    columns:\n";
    assert_eq!(said(&format!("{rows}      Assets: name\n")), ["import-unknown-column: there is no column `Assets`"]);
    let word = said(&format!("{rows}      Zone: gibberish\n"));
    assert_eq!(word, ["import-unknown-value: `gibberish` is nothing that a column of components can be"]);
    assert_eq!(said("<xml/>\n"), ["import-no-mapping: `columns.yaml` does not say what any column is"]);
    let two = "columns:\n  one:\n    rows: components\n  two:\n    rows: flows\n";
    assert!(said(two).iter().any(|it| it.contains("there is no sheet `two`")), "{:?}", said(two));
}

#[test]
fn what_an_import_prints_is_a_mapping_without_complaints() {
    let table = "Asset,Zone,Vendor contact\nShop,DMZ,Ann\n";
    let told = note(&csv(table), "import-columns").to_owned();
    let mapping = told.split_once('\n').map_or("", |(_, mapping)| mapping);
    let again = mapped(table, mapping);
    assert!(again.diagnostics.iter().all(|it| it.severity == Severity::Note), "{:?}", again.diagnostics);
}

/// What the message says a column was taken for.
fn taken<'a>(told: &'a str, heading: &str) -> Option<&'a str> {
    let line = told.lines().find(|line| line.trim().trim_matches('"').starts_with(heading))?;
    line.rsplit_once(": ").map(|(_, field)| field.split(' ').next().unwrap_or_default())
}

#[test]
fn a_column_whose_first_meaning_is_taken_has_its_next() {
    let text = "Asset Name,Asset Type,Trust Boundary\nShop,Web service,DMZ\nStore,Database,Internal\n";
    let imported = csv(text);
    assert_eq!(taken(note(&imported, "import-columns"), "Asset Type"), Some("kind"));
    assert_eq!(imported.model.components[1].element.word(fact::KIND), Some("data-store"));
    assert_eq!(imported.model.boundaries.len(), 2);

    let threats = csv("Threat,Asset,STRIDE,Risk,Status\nSQL injection,Shop,T,High,Open\n");
    assert_eq!(&*threats.model.recorded_threats[0].severity, "High");
    let alone = csv("Risk,Asset,STRIDE,Status\nSQL injection,Shop,T,Open\n");
    assert_eq!(&*alone.model.recorded_threats[0].title, "SQL injection");
}

#[test]
fn joined_words_mean_what_their_last_part_means() {
    let text = "Komponente;Elementtyp;Vertrauensgrenze;Außerhalb des Umfangs\nKunde;Externe Entität;Internet;nein\n\
                Kasse;Externer Akteur;DMZ;nein\nBestand;Datenspeicher;DMZ;ja\n";
    let imported = csv(text);
    let kinds: Vec<_> = imported.model.components.iter().map(|it| it.element.word(fact::KIND)).collect();
    assert_eq!(kinds, [Some("external-entity"), Some("external-entity"), Some("data-store")]);
    assert_eq!(imported.model.boundaries.len(), 2, "zones are read from `Vertrauensgrenze`");
    let out: Vec<bool> = imported.model.components.iter().map(|it| it.element.out_of_scope.is_some()).collect();
    assert_eq!(out, [false, false, true]);
    for component in &imported.model.components {
        let extras = &component.element.extras;
        assert!((1..extras.len()).all(|at| !extras[..at].contains(&extras[at])), "twice: {extras:?}");
    }

    let threats = csv("Nr;Bedrohung;Betrifft;Schadenshöhe;Risikowert;Umsetzungsstatus;Zuständig\n\
                       1;Diebstahl;Kasse;hoch;kritisch;umgesetzt;IT\n");
    let threat = &threats.model.recorded_threats[0];
    assert_eq!((&*threat.title, &*threat.severity, &*threat.status), ("Diebstahl", "kritisch", "umgesetzt"));
    assert_eq!(threat.elements, [ElementRef::new(Domain::Component, 0)]);
    for key in ["impact", "owner"] {
        assert!(threat.extras.iter().any(|(known, _)| known.ends_with(key)), "{key}: {:?}", threat.extras);
    }
}

#[test]
fn registers_of_risks_have_their_ids_titles_and_what_is_to_be_done() {
    let one = |text: &str| csv(text).model.recorded_threats.remove(0);
    let short = one("risk_id,risk_title,asset,severity,status\nR1,Ransomware,File server,High,Open\n");
    assert_eq!((&*short.id, &*short.title, &*short.severity), ("R1", "Ransomware", "High"));

    // Neither the number of a control is one, nor that of a state a state; a bare level stays one beside a title.
    let numbered = one(
        "Risk ID,Risk Title,Risk,Control ID,Control Name,Status,Status ID\nR-1,Site is flooded,High,C1,Second site,Open,3\n",
    );
    assert_eq!((&*numbered.title, &*numbered.severity, &*numbered.status), ("Site is flooded", "High", "Open"));
    assert_eq!(&*numbered.mitigation, "Second site");

    let long = one("Risk ID,Asset,Risk Title,Threat Source,Existing Controls,Inherent Rating,Recommended Controls,\
         HIPAA Reference,Target Date,Residual Rating\nR01,A1,Ransomware by a vendor,Criminals,Questionnaire,Critical,\
         Phishing-resistant sign-in,164.308(b)(1),May 2027,Medium\n");
    assert_eq!((&*long.id, &*long.title, &*long.severity), ("R01", "Ransomware by a vendor", "Critical"));
    assert_eq!(&*long.mitigation, "Phishing-resistant sign-in");
    for (key, text) in [
        ("HIPAA Reference", "164.308(b)(1)"),
        ("Threat Source", "Criminals"),
        ("Existing Controls", "Questionnaire"),
        ("Residual Rating", "Medium"),
        ("until", "May 2027"),
    ] {
        let kept = long.extras.iter().find(|(known, _)| known.ends_with(&format!(":{key}")));
        assert_eq!(kept.map(|(_, text)| &**text), Some(text), "{key} in {:?}", long.extras);
    }

    let scored = one("risk_id,title,asset_id,threat,existing_controls,score,level,treatment,actions,owner\n\
         R01,Account takeover,A01,Phishing,Basic filtering,16,Critical,Reduce,Second factor for all,IT\n");
    assert_eq!((&*scored.id, &*scored.severity, &*scored.mitigation), ("R01", "Critical", "Second factor for all"));
    assert!(scored.extras.iter().any(|(_, text)| &**text == "16"), "{:?}", scored.extras);

    let scan = one("ip_address,asset_name,asset_owner,vulnerability,cvss,impact,likelihood,risk_score,description\n\
         192.0.2.1,Old server,Blue,Anonymous FTP,7.5,4,4,16,Anyone may sign in.\n");
    assert_eq!((&*scan.title, &*scan.description), ("Anonymous FTP", "Anyone may sign in."));
    assert_eq!(scan.elements, [ElementRef::new(Domain::Component, 0)]);

    // Nobody gave it a title: the description is one.
    let table = "rank,id,score,severity,stride,location,description,mitigations,prob\n\
                 1,T1,7.60,High,Spoofing|Tampering,Home,Rogue access point,WPA3,0.15\n";
    assert!(vauban_import::recognise("tv.csv", table).is_some());
    let untitled = one(table);
    assert_eq!((&*untitled.id, &*untitled.title, &*untitled.mitigation), ("T1", "Rogue access point", "WPA3"));
    assert_eq!(untitled.categories.len(), 2);
    assert!(untitled.extras.iter().any(|(_, text)| &**text == "7.60"), "{:?}", untitled.extras);
}

#[test]
fn what_is_there_already_is_a_remark_until_it_mitigates() {
    let open = &csv("Threat,Severity,Current Controls\nOutage,High,Second site\n").model.recorded_threats[0];
    assert_eq!(&*open.mitigation, "", "nobody said what is to be done");
    assert_eq!(remark(open, "Current Controls"), Some("Second site"));
    let done = "Threat,Severity,Current Controls,Status\nOutage,High,Second site,Mitigated\n";
    assert_eq!(&*csv(done).model.recorded_threats[0].mitigation, "Second site");
    for heads in [
        "Current Controls,Planned Controls",
        "Controls,Additional Controls",
        "Controls in place,Controls required",
        "Existing mitigations,Mitigations",
        "Implemented controls,Further actions",
        "Bestehende Maßnahmen,Geplante Maßnahmen",
        "Mesures existantes,Mesures complémentaires",
        "Safeguards already there,Proposed safeguards",
    ] {
        let imported = csv(&format!("Threat,Severity,{heads}\nOutage,High,Second site,Third site\n"));
        let threat = &imported.model.recorded_threats[0];
        assert_eq!(&*threat.mitigation, "Third site", "{heads}");
        let first = heads.split(',').next().unwrap_or_default();
        assert_eq!(remark(threat, first), Some("Second site"), "{heads}: {:?}", threat.extras);
        let turned: Vec<&str> = heads.rsplit(',').collect();
        let turned = csv(&format!("Threat,Severity,{}\nOutage,High,Third site,Second site\n", turned.join(",")));
        assert_eq!(&*turned.model.recorded_threats[0].mitigation, "Third site", "{heads}, the other way round");
    }
}

/// A remark of a threat.
fn remark<'a>(threat: &'a vauban_model::model::RecordedThreat, key: &str) -> Option<&'a str> {
    let key = format!("spreadsheet:{key}");
    threat.extras.iter().find(|(known, _)| **known == *key).map(|(_, text)| &**text)
}

#[test]
fn ids_of_registers_stay_as_they_are_and_numbers_of_rows_are_none() {
    let ids =
        |text: &str| -> Vec<String> { csv(text).model.recorded_threats.iter().map(|it| it.id.to_string()).collect() };
    assert_eq!(ids("Risk ID,Threat,Severity\n1,Outage,High\n2.10,Theft,Low\n007,Flood,Low\n"), ["1", "2.10", "007"]);
    assert_eq!(ids("ID,Risk ID,Threat,Severity\n1,R-7,Outage,High\n"), ["R-7"]);
    assert_eq!(ids("ID,CVE ID,Threat,Severity\n4,CVE-2024-1,Outage,High\n"), ["4"]);
    assert_eq!(ids("Risk #,Threat,Severity\n12,Outage,High\n"), ["12"]);
    assert_eq!(ids("No.,Threat,Severity\n1,Outage,High\n"), ["outage"]);
    assert_eq!(ids("CVE ID,Threat,Severity\nCVE-2024-1,Outage,High\n"), ["outage"]);
}

#[test]
fn numbers_of_a_workbook_keep_the_digits_that_their_format_shows() {
    let styles = r#"<styleSheet xmlns="m"><numFmts><numFmt numFmtId="164" formatCode="000"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="2"/></cellXfs></styleSheet>"#;
    let rows: &[&[&str]] = &[
        &["Risk ID", "Threat", "Severity"],
        &["s=\"1\"|7", "Outage", "High"],
        &["s=\"2\"|2.1", "Theft", "Low"],
        &["s=\"0\"|3", "Flood", "Low"],
    ];
    let imported = sheet(rows, "", styles, "");
    let ids: Vec<&str> = imported.model.recorded_threats.iter().map(|it| &*it.id).collect();
    assert_eq!(ids, ["007", "2.10", "3"]);
}

#[test]
fn a_column_about_a_thing_is_not_taken_for_the_thing() {
    let imported = csv(
        "Risk ID,Threat,Asset Owner,Risk Owner,Asset Value,Asset Criticality,Impact,Impact description,Control type,Status\n\
                        R1,Outage,Ann,Bob,High,Low,4,Sales stop,Preventive,Open\n",
    );
    let threat = &imported.model.recorded_threats[0];
    assert_eq!(imported.model.components.len(), 0, "nobody named a thing: {:?}", imported.diagnostics);
    for (key, text) in [
        ("owner", "Bob"),
        ("Asset Owner", "Ann"),
        ("Asset Value", "High"),
        ("Asset Criticality", "Low"),
        ("impact", "4"),
        ("Impact description", "Sales stop"),
        ("Control type", "Preventive"),
    ] {
        assert_eq!(remark(threat, key), Some(text), "{key} in {:?}", threat.extras);
    }
    assert_eq!((&*threat.description, threat.categories.len()), ("", 0));
    let actor = csv("Threat,Threat actor,Severity\nOutage,Criminals,High\n");
    assert_eq!(remark(&actor.model.recorded_threats[0], "Threat actor"), Some("Criminals"));
}

#[test]
fn a_type_names_what_a_thing_is_made_of() {
    let imported =
        csv("Name,Type,Zone\nOrders,PostgreSQL Database,A\nPortal,Node.js web server,A\nFront,Web server (nginx),A\n\
                        Bus,Kafka queue,A\nBooks,Database,A\n");
    let of = |at: usize| {
        let element = &imported.model.components[at].element;
        (element.word(fact::KIND), element.words(fact::TECHNOLOGY).join(" "))
    };
    assert_eq!(of(0), (Some("data-store"), "postgresql".into()));
    assert_eq!(of(1), (Some("process"), "node-js web-server".into()));
    assert_eq!(of(2), (Some("process"), "web-server nginx".into()));
    assert_eq!(of(3), (Some("data-store"), "kafka".into()));
    assert_eq!(of(4), (Some("data-store"), "database".into()));
}

#[test]
fn legends_and_sums_below_a_register_are_no_threats() {
    let titles = |text: &str| -> (Vec<String>, usize) {
        let imported = csv(text);
        let notes = imported.model.notes.len();
        (imported.model.recorded_threats.iter().map(|it| it.title.to_string()).collect(), notes)
    };
    let head = "Threat,Asset,STRIDE,Likelihood,Impact,Severity\nOutage,Shop,D,4,5,High\nTheft,Shop,I,1,2,Low\n";
    let (found, notes) =
        titles(&format!("{head}Total,,,5,7,\n,,,,,\nLegend:,,,,,\nHigh,above 15,,,,\nLow,below 5,,,,\n"));
    assert_eq!((found, notes), (vec!["Outage".to_owned(), "Theft".to_owned()], 1));
    let (found, _) = titles(&format!("{head}\nHigh = act at once,,,,,\nLow = watch,,,,,\n\nPrepared by: Ann,,,,,\n"));
    assert_eq!(found, ["Outage", "Theft"]);
    // A register that begins with the level goes on below an empty row.
    let leveled =
        "Severity,Threat,Asset,STRIDE,Status\nHigh,Outage,Shop,D,Open\n,,,,\nHigh,Phishing,,,\nLow,Theft,,,\n";
    assert_eq!(titles(leveled).0, ["Outage", "Phishing", "Theft"]);
    // What has as much to say as the others is one of them, whatever it is called; one line alone as well.
    let (found, _) = titles(&format!("{head}Key,Shop,I,1,1,Low\n,,,,,\nHigh - value theft,Shop,,,,\nPhishing,,,,,\n"));
    assert_eq!(found, ["Outage", "Theft", "Key", "High - value theft", "Phishing"]);
}

#[test]
fn a_sheet_that_explains_a_scale_lists_no_threats() {
    let cell = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row = |cells: &[&str]| format!("<row>{}</row>", cells.iter().map(|text| cell(text)).collect::<String>());
    let sheet = |rows: &[&[&str]]| {
        let rows: String = rows.iter().map(|cells| row(cells)).collect();
        format!("<worksheet xmlns=\"m\"><sheetData>{rows}</sheetData></worksheet>")
    };
    let book = r#"<workbook xmlns="m" xmlns:r="x"><sheets><sheet name="Register" r:id="rId1"/><sheet name="Levels" r:id="rId2"/></sheets></workbook>"#;
    let imported = bytes(&workbook(&[
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", &sheet(&[&["Threat", "Severity"], &["Outage", "High"], &["Theft", "Low"]])),
        (
            "xl/worksheets/sheet2.xml",
            &sheet(&[
                &["Level", "Likelihood", "Impact", "Description"],
                &["1", "Rare", "Minor", "Once in ten years"],
                &["2", "Possible", "Major", "Once a year"],
                &["3", "Likely", "Severe", "Every month"],
            ]),
        ),
    ]));
    let titles: Vec<&str> = imported.model.recorded_threats.iter().map(|it| &*it.title).collect();
    assert_eq!(titles, ["Outage", "Theft"]);
    assert!(note(&imported, "import-legend").contains("`Levels`"), "{:?}", imported.diagnostics);
    assert!(imported.model.notes.iter().any(|note| note.text.contains("Every month")));
}

#[test]
fn technologies_are_known_with_version_and_maker() {
    let imported = csv("Component,Technology\nStore,MySQL 5.5.x\nQueue,AWS SQS\nShop,C#/.NET\n");
    let of = |at: usize| imported.model.components[at].element.words(fact::TECHNOLOGY).join(" ");
    assert_eq!([of(0), of(1), of(2)], ["mysql", "aws-sqs", "csharp dotnet"].map(|it| it.replace("aws-", "")));
    assert!(imported.model.components[0].element.extras.iter().any(|(_, text)| &**text == "MySQL 5.5.x"));
}

#[test]
fn names_that_differ_in_brackets_only_are_different_things() {
    let text = "Name,Zone\nCards (full),Zone (prod)\nCards (masked),Zone (test)\nWeb,Zone\n";
    let model = csv(text).model;
    let zones: Vec<&str> = model.boundaries.iter().map(|it| &*it.element.name).collect();
    assert_eq!(zones, ["Zone (prod)", "Zone (test)", "Zone"]);
    assert_eq!(model.components.iter().map(|it| it.boundary).collect::<Vec<_>>(), [Some(0), Some(1), Some(2)]);
    let text = "From,To,Data\nWorker (blue),Orders,Cards (full)\nWorker (green),(unattached end of x),Cards (masked)\n";
    let model = csv(text).model;
    let names: Vec<&str> = model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Worker (blue)", "Orders", "Worker (green)", "(unattached end of x)"]);
    assert_eq!(model.data.len(), 2);
    assert_eq!(model.flows[1].element.references(fact::CARRIES), [1]);
}

#[test]
fn a_cell_without_the_brackets_means_the_one_row_that_has_them() {
    let servers = "<sheetData><row><c t=\"inlineStr\"><is><t>Name</t></is></c><c t=\"inlineStr\"><is><t>Owner</t></is></c></row>\
        <row><c t=\"inlineStr\"><is><t>Orders (PostgreSQL)</t></is></c></row>\
        <row><c t=\"inlineStr\"><is><t>Worker (blue)</t></is></c></row>\
        <row><c t=\"inlineStr\"><is><t>Worker (green)</t></is></c></row></sheetData>";
    let links = "<sheetData><row><c t=\"inlineStr\"><is><t>From</t></is></c><c t=\"inlineStr\"><is><t>To</t></is></c></row>\
        <row><c t=\"inlineStr\"><is><t>worker (Green)</t></is></c><c t=\"inlineStr\"><is><t>orders</t></is></c></row>\
        <row><c t=\"inlineStr\"><is><t>Worker</t></is></c><c t=\"inlineStr\"><is><t>Orders (PostgreSQL)</t></is></c></row></sheetData>";
    let sheet = |rows: &str| format!("<worksheet xmlns=\"m\">{rows}</worksheet>");
    let model = bytes(&workbook(&[
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", &sheet(servers)),
        ("xl/worksheets/sheet2.xml", &sheet(links)),
    ]))
    .model;
    let ends: Vec<(u32, u32)> = model.flows.iter().map(|it| (it.source, it.target)).collect();
    assert_eq!(ends, [(2, 0), (3, 0)], "a worker that is neither is a third");
}

#[test]
fn a_register_alone_says_what_there_is() {
    let imported = csv("Asset,Threat,Severity\nShop,XSS,High\nArchive,Theft,Low\nShop / Archive,Flood,Low\n");
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Shop", "Archive"]);
    assert_eq!(imported.model.recorded_threats[2].elements.len(), 2, "both are meant");
    assert!(note(&imported, "import-inferred").contains("`Shop`"));
}

#[test]
fn names_that_meet_nothing_are_told_where_tables_say_what_there_is() {
    let cell = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row = |cells: &[&str]| format!("<row>{}</row>", cells.iter().map(|text| cell(text)).collect::<String>());
    let sheet = |rows: &[&[&str]]| {
        let rows: String = rows.iter().map(|cells| row(cells)).collect();
        format!("<worksheet xmlns=\"m\"><sheetData>{rows}</sheetData></worksheet>")
    };
    let book = r#"<workbook xmlns="m" xmlns:r="x"><sheets><sheet name="Components" r:id="rId1"/><sheet name="Threats" state="hidden" r:id="rId2"/></sheets></workbook>"#;
    let imported = bytes(&workbook(&[
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", &sheet(&[&["ID", "Name"], &["A1", "Shop"], &["A2", "Archive"]])),
        (
            "xl/worksheets/sheet2.xml",
            &sheet(&[&["Asset", "Threat", "Severity"], &["A1/A2", "Flood", "Low"], &["Shpo", "XSS", "High"]]),
        ),
    ]));
    assert_eq!(imported.model.components.len(), 2, "{:?}", imported.diagnostics);
    assert_eq!(imported.model.recorded_threats[0].elements.len(), 2);
    assert!(note(&imported, "import-missing-reference").contains("`Shpo`"), "{:?}", imported.diagnostics);
    assert!(note(&imported, "import-hidden-sheet").contains("`Threats`"), "{:?}", imported.diagnostics);
}

#[test]
fn an_element_a_row_and_a_kind_a_column_is_a_matrix_of_threats() {
    let text = "Element,Zone,Spoofing,Tampering,Repudiation,Information Disclosure\n\
                Web App,DMZ,Stolen session,x,-,\nUser,,Phishing,,no,High\n";
    let imported = csv(text);
    let told: Vec<(&str, &str, &str)> = imported
        .model
        .recorded_threats
        .iter()
        .map(|it| (&*it.title, &*it.categories[0], imported.model.name(it.elements[0])))
        .collect();
    assert_eq!(
        told,
        [
            ("Stolen session", "Spoofing", "Web App"),
            ("Tampering: Web App", "Tampering", "Web App"),
            ("Phishing", "Spoofing", "User"),
            ("Information disclosure: User", "Information disclosure", "User"),
        ]
    );
    assert_eq!(&*imported.model.recorded_threats[3].severity, "High");
    assert!(imported.model.identities.is_empty());
    // A list of threats with ticks for their kinds stays a list.
    let list = csv("Threat,Component,Spoofing,Tampering,Repudiation\nStolen session,Web,x,,\n");
    assert_eq!(&*list.model.recorded_threats[0].title, "Stolen session");
}

#[test]
fn states_of_threats_are_told_if_unknown_and_taken_from_ticks_and_decisions() {
    let states = |text: &str| -> (Vec<String>, String) {
        let imported = csv(text);
        let states = imported.model.recorded_threats.iter().map(|it| it.status.to_string()).collect();
        (states, note(&imported, "import-unknown-value").to_owned())
    };
    let (_, told) = states("Threat,Component,Status\na,App,Completed\nb,App,Risiko akzeptiert\n");
    assert_eq!(told, "");
    let (_, told) = states("Threat,Component,Status\na,App,Frobnicated\n");
    assert!(told.contains("`Frobnicated`"), "{told}");
    let (ticks, told) = states("Threat,Component,Severity,Mitigated?\na,App,High,Yes\nb,App,High,No\n");
    assert_eq!((ticks, told.as_str()), (vec!["Mitigated".to_owned(), "not mitigated".to_owned()], ""));
    let (decided, _) = states("ID,Threat,Asset,Treatment\n1,a,App,Accept\n2,b,App,Transfer\n3,c,App,Mitigate\n");
    assert_eq!(decided, ["accepted", "transferred", ""]);
}

#[test]
fn usual_headings_of_registers_are_known() {
    for text in [
        "Schutzobjekt;Gefährdung;Risiko;Status\nWeb;SQL-Injection;hoch;offen\n",
        "Asset;Gefahr;Risiko;Status\nWeb;SQL-Injection;hoch;offen\n",
        "Zielobjekt;Gefährdung;Risikokategorie;Umsetzungsstatus\nWeb;SQL-Injection;hoch;offen\n",
        "Actif;Menace;Niveau de risque;Statut\nWeb;SQL-Injection;hoch;offen\n",
    ] {
        let imported = csv(text);
        let threat = imported.model.recorded_threats.first().expect(text);
        assert_eq!((&*threat.title, &*threat.severity, &*threat.status), ("SQL-Injection", "hoch", "offen"), "{text}");
        assert_eq!(threat.elements.len(), 1, "{text}");
    }
    let imported = csv("ID,Component,Threat Description,Threat Agent,Safeguards\nT1,Web,XSS,Outsider,CSP\n");
    let threat = &imported.model.recorded_threats[0];
    assert_eq!((&*threat.title, &*threat.mitigation), ("XSS", "CSP"));
}

#[test]
fn how_bad_it_is_is_no_risk_beside_one() {
    let imported = csv("Réf;Actif;Menace;Vraisemblance;Gravité;Niveau de risque\nM1;Web;Fuite;Forte;Critique;Moyen\n");
    let threat = &imported.model.recorded_threats[0];
    assert_eq!((&*threat.id, &*threat.severity), ("M1", "Moyen"));
    assert!(threat.extras.iter().any(|(key, text)| &**key == "spreadsheet:impact" && &**text == "Critique"));
    let two = csv(",,,Inherent risk,,Residual risk,\nID,Asset,Threat,Likelihood,Impact,Likelihood,Impact\n\
                   T1,Web,Theft,4,5,1,2\n");
    let extras = &two.model.recorded_threats[0].extras;
    assert!(
        extras.iter().any(|(key, text)| &**key == "spreadsheet:Residual risk: Likelihood" && &**text == "1"),
        "{extras:?}"
    );
}

#[test]
fn protection_beside_a_protocol_is_read() {
    let text = "From,To,Protocol,Encrypted?\nA,B,JDBC/TLS,\nA,C,HTTPS (mTLS),\nA,D,HTTPS?,\nA,E,TCP,Y\n";
    let imported = csv(text);
    let said: Vec<_> = imported
        .model
        .flows
        .iter()
        .map(|it| (it.element.word(fact::PROTOCOL), it.element.word(fact::ENCRYPTION)))
        .collect();
    assert_eq!(
        said,
        [(Some("sql"), Some("tls")), (Some("https"), Some("mutual-tls")), (None, None), (Some("tcp"), Some("tls")),]
    );
}

/// A workbook of one sheet of these rows, with what stands beside them in the sheet and in the book.
fn sheet(rows: &[&[&str]], after: &str, styles: &str, book: &str) -> Imported {
    let cell = |text: &str| match text.split_once('|') {
        Some((kind, value)) => format!("<c {kind}><v>{value}</v></c>"),
        None if text.is_empty() => "<c/>".to_owned(),
        None => format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>"),
    };
    let rows: String = rows
        .iter()
        .map(|cells| format!("<row>{}</row>", cells.iter().map(|text| cell(text)).collect::<String>()))
        .collect();
    let sheet = format!("<worksheet xmlns=\"m\"><sheetData>{rows}</sheetData>{after}</worksheet>");
    let book = format!(
        r#"<workbook xmlns="m" xmlns:r="x">{book}<sheets><sheet name="Table" r:id="rId1"/></sheets></workbook>"#
    );
    bytes(&workbook(&[
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/styles.xml", styles),
        ("xl/worksheets/sheet1.xml", &sheet),
    ]))
}

const STYLES: &str = r#"<styleSheet xmlns="m"><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="9"/></cellXfs></styleSheet>"#;

#[test]
fn merged_cells_give_their_text_to_every_row_and_line() {
    // A title over all, headings over two lines, a component over two rows, a line between groups. Two of the areas name
    // their corners the other way round.
    let imported = sheet(
        &[
            &["Risks of the shop", "", "", "", ""],
            &["Asset", "Threat", "Inherent", "", "Status"],
            &["", "", "Likelihood", "Impact", ""],
            &["Shop", "XSS", "4", "5", "Open"],
            &["", "Theft", "2", "3", "Closed"],
            &["Back office", "", "", "", ""],
            &["Archive", "Flood", "1", "1", "Open"],
        ],
        r#"<mergeCells><mergeCell ref="A1:E1"/><mergeCell ref="A2:A3"/><mergeCell ref="B2:B3"/><mergeCell ref="D2:C2"/><mergeCell ref="E2:E3"/><mergeCell ref="A5:A4"/><mergeCell ref="A6:E6"/></mergeCells>"#,
        STYLES,
        "",
    );
    let told: Vec<(&str, &str, &str)> = imported
        .model
        .recorded_threats
        .iter()
        .map(|it| (&*it.title, &*it.status, it.elements.first().map_or("", |it| imported.model.name(*it))))
        .collect();
    assert_eq!(
        told,
        [("XSS", "Open", "Shop"), ("Theft", "Closed", "Shop"), ("Flood", "Open", "Archive")],
        "{:?}",
        imported.diagnostics
    );
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Shop", "Archive"]);
    let extras = &imported.model.recorded_threats[0].extras;
    let has = |key: &str, text: &str| extras.iter().any(|(known, value)| known.ends_with(key) && &**value == text);
    assert!(has("likelihood", "4") && has("impact", "5"), "{extras:?}");
    assert!(note(&imported, "import-group-title").contains("title of a group"));
}

#[test]
fn headings_may_stand_in_two_lines() {
    let imported = csv("Name,Owner,Protection goals,,\n,,Confidentiality,Integrity,Availability\n\
                        Shop,Ann,confidential,high,low\nArchive,Bob,public,low,low\n");
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Shop", "Archive"], "{:?}", imported.diagnostics);
    let shop = &imported.model.components[0].element;
    assert_eq!((shop.owner.as_deref(), shop.word(fact::CLASSIFICATION)), (Some("Ann"), Some("confidential")));
    let told = note(&imported, "import-columns").to_owned();
    let (_, mapping) = told.split_once('\n').expect("a mapping");
    let text = "Name,Owner,Protection goals,,\n,,Confidentiality,Integrity,Availability\n\
                        Shop,Ann,confidential,high,low\nArchive,Bob,public,low,low\n";
    assert_eq!(mapped(text, mapping).model, imported.model);
    // The first row of data is none of them, whatever words it holds.
    let flows = csv("Source component,Target component,Protocol\nclient,server,\nclient,store,https\n");
    assert_eq!(flows.model.flows.len(), 2);
}

#[test]
fn numbers_are_what_their_format_makes_of_them() {
    let rows: &[&[&str]] = &[
        &["Name", "Bought on", "Share", "Exposed", "Owner"],
        &["Shop", "s=\"1\"|45351", "s=\"2\"|0.25", "t=\"b\"|1", "t=\"e\"|#REF!"],
    ];
    let of = |book: &str| sheet(rows, "", STYLES, book);
    let imported = of("");
    let shop = &imported.model.components[0].element;
    let remark = |element: &vauban_model::model::Element, key: &str| {
        element.extras.iter().find(|(known, _)| known.ends_with(key)).map(|(_, text)| text.to_string())
    };
    assert_eq!(remark(shop, "Bought on").as_deref(), Some("2024-02-29"));
    assert_eq!(remark(shop, "Share").as_deref(), Some("25%"));
    assert_eq!(shop.bool(fact::INTERNET_FACING), Some(true));
    assert_eq!(shop.owner, None);
    assert!(note(&imported, "import-cell-error").contains("`#REF!`"), "{:?}", imported.diagnostics);
    let early = of("<workbookPr date1904=\"1\"/>");
    assert_eq!(remark(&early.model.components[0].element, "Bought on").as_deref(), Some("2028-03-01"));
}

#[test]
fn formulas_without_a_value_are_told() {
    let text = "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>Name</t></is></c><c t=\"inlineStr\"><is><t>Owner</t></is></c></row>\
        <row><c t=\"inlineStr\"><is><t>Shop</t></is></c><c><f>A1</f></c></row></sheetData></worksheet>";
    let imported = bytes(&workbook(&[
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", text),
    ]));
    assert!(note(&imported, "import-no-value").contains("formulas"), "{:?}", imported.diagnostics);
}

#[test]
fn a_sheet_of_a_million_cells_is_told_to_be_too_large() {
    let row = format!("<row>{}</row>", "<c><v>1</v></c>".repeat(100));
    let large = format!("<worksheet><sheetData>{}</sheetData></worksheet>", row.repeat(10_000));
    let imported = bytes(&workbook(&[
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/worksheets/sheet1.xml", &large),
    ]));
    let told = imported.diagnostics.iter().find(|it| it.code == "import-too-large").expect("a message");
    assert_eq!(told.severity, Severity::Error);
    assert!(told.message.contains("`Server`") && told.help.as_deref().is_some_and(|help| help.contains("delete rows")));
    assert!(imported.diagnostics.iter().all(|it| it.code != "import-broken-xml"));
}

#[test]
fn an_export_of_an_inventory_is_read_for_the_columns_that_are_known() {
    let text = "name,sys_class_name,asset_tag,serial_number,ip_address,os,os_version,cpu_count,ram,install_status,\
                environment,assigned_to,discovery_source,first_discovered\n\
                shop01,Linux Server,A1,S1,10.0.0.1,RHEL,9,4,16,Installed,prod,Ann,ServiceNow,2024-01-01\n\
                db01,Linux Server,A2,S2,10.0.0.2,RHEL,9,8,64,Installed,prod,Bob,ServiceNow,2024-01-01\n";
    let imported = csv(text);
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["shop01", "db01"], "{:?}", imported.diagnostics);
    let shop = &imported.model.components[0].element;
    assert_eq!(shop.word(fact::ENVIRONMENT), Some("production"));
    assert!(shop.extras.iter().any(|(_, text)| &**text == "10.0.0.1"), "{:?}", shop.extras);
    assert!(note(&imported, "import-columns").contains("environment: environment"));
    // People are no components, however many columns they have.
    let people = "name,email,phone,department,location,manager,start_date,grade\nAnn,a@b.c,1,IT,Bern,Bob,2020,4\n";
    assert_eq!(recognise("people.csv", people), None);
}

#[test]
fn what_names_nothing_or_everything_is_no_component() {
    let imported = csv(
        "Asset,Threat,Severity\nShop,XSS,High\nAll services,Outage,Low\nTBD,Theft,Low\nN/A,Flood,Low\n-,Fire,Low\n",
    );
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Shop"]);
    let about: Vec<usize> = imported.model.recorded_threats.iter().map(|it| it.elements.len()).collect();
    assert_eq!(about, [1, 1, 0, 0, 0]);
    assert_eq!(imported.model.recorded_threats[1].elements, [ElementRef::SYSTEM]);
    let zones =
        csv("Name,Owner,Zone\nShop,Ann,DMZ\nArchive,Bob,TBD\nDesk,Eve,n/a\nLog,Ann,All\nMail,Bob,All systems\n");
    assert_eq!(zones.model.boundaries.len(), 1);
    let flows = csv("From,To,Protocol\nShop,Archive,https\nAll services,Archive,https\nShop,TBD,https\n");
    let ends: Vec<&str> = flows.model.components.iter().map(|it| &*it.element.name).collect();
    assert!(ends.iter().all(|name| !matches!(*name, "All services" | "TBD")), "{ends:?}");
    assert_eq!(flows.model.flows.len(), 3);
}

#[test]
fn a_row_of_a_matrix_may_be_about_several_and_its_cells_say_states() {
    let text = "Element,Spoofing,Tampering,Repudiation,Denial of service\nAPI,,,,\nWorker,High: forged jobs,,,\n\
                API / Worker,mitigated by mTLS,,Yes (see JIRA-1),\n\"API, Worker\",,,,accepted\nAll components,,x,,\n";
    let imported = csv(text);
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["API", "Worker"], "{:?}", imported.diagnostics);
    let told: Vec<(&str, &str, &str, &str, &str, usize)> = imported
        .model
        .recorded_threats
        .iter()
        .map(|it| (&*it.title, &*it.severity, &*it.status, &*it.mitigation, &*it.description, it.elements.len()))
        .collect();
    assert_eq!(
        told,
        [
            ("forged jobs", "High", "", "", "", 1),
            ("Spoofing: API / Worker", "", "mitigated", "mTLS", "", 2),
            ("Repudiation: API / Worker", "", "", "", "see JIRA-1", 2),
            ("Denial of service: API, Worker", "", "accepted", "", "", 2),
            ("Tampering: All components", "", "", "", "", 1),
        ]
    );
}

#[test]
fn a_stray_quotation_mark_swallows_its_own_row_at_most() {
    let imported = csv("Name,Owner,Note\nShop,Ann,\"screen of 5\" wide\nArchive,Bob,\"the old\nDesk,Eve,fine\n\
                        Portal,Kim,\"two\nlines, here\"\nGate,Max,\"well\"\n");
    let names: Vec<&str> = imported.model.components.iter().map(|it| &*it.element.name).collect();
    assert_eq!(names, ["Shop", "Archive", "Desk", "Portal", "Gate"], "{:?}", imported.diagnostics);
    let stray = imported.diagnostics.iter().find(|it| it.code == "import-stray-quote").expect("told");
    assert_eq!(stray.span.map(|span| span.line), Some(3));
    let portal = &imported.model.components[3].element;
    assert!(portal.extras.iter().any(|(_, text)| &**text == "two\nlines, here"), "{:?}", portal.extras);
    assert_eq!(portal.span.line, 5);
    // At the end of the file as well.
    let last = csv("Name,Owner,Note\nShop,\"Ann,x\nArchive,Bob,y\n");
    assert_eq!(last.model.components.len(), 2);
    // And a text of several lines that is closed stays one.
    let whole = csv("Name,Owner,Note\nShop,Ann,\"one\r\ntwo \"\"three\"\"\"\r\n\r\nArchive,Bob,y\r\n");
    assert_eq!(whole.model.components.len(), 2);
    assert!(whole.diagnostics.iter().all(|it| it.code != "import-stray-quote"));
}
