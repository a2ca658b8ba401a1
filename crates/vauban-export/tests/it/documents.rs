//! Documents in every format, from a hostile world: what a user wrote stays text, and files read back whole.

use std::io::{Cursor, Read as _};

use vauban_export::documents::content::{FULL, KINDS, Source, document};
use vauban_export::documents::{csv, html, markdown, workbook};
use vauban_model::brand::{Brand, Logo};
use vauban_model::document::{Block, Column, Document, Table, text};
use vauban_model::record::{Event, EventKind, Record};
use vauban_model::{FileId, Span};

use crate::hostile::{EVIL, world};

/// What stands for the hash of the model.
const HASH: &str = "ab12";

fn brand() -> Brand {
    let logo = Some(Logo::Svg("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>".into()));
    Brand { name: EVIL.into(), logo, footer: EVIL.into(), marking: EVIL.into(), colour: None }
}

fn event(number: u64, kind: EventKind) -> Event {
    Event {
        number,
        recorded: "2026-01-10T10:00:00Z".into(),
        effective: "2026-01-02".into(),
        kind,
        who: EVIL.into(),
        role: EVIL.into(),
        subject: "model".into(),
        content: Box::default(),
        details: vec![("outcome".into(), EVIL.into())],
        previous: Box::default(),
        hash: Box::default(),
        span: Span { file: FileId(0), line: 1, column: 1, length: 1 },
    }
}

fn all(record: &Record) -> Vec<Document> {
    let world = world();
    let report = world.report();
    let source = Source { report: &report, record, model_hashes: &[HASH.to_owned()], marking: EVIL };
    KINDS.iter().map(|kind| kind.id).chain([FULL]).filter_map(|id| document(id, &source)).collect()
}

fn part(archive: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).expect("the part").read_to_string(&mut text).expect("text");
    text
}

#[test]
fn every_document_is_made_and_every_row_is_as_wide_as_its_head() {
    let documents = all(&Record::default());
    assert_eq!(documents.len(), KINDS.len() + 1);
    for document in &documents {
        for table in document.tables() {
            assert!(!table.id.is_empty() && !table.columns.is_empty(), "{}", document.id);
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{} {}", document.id, table.id);
        }
        let mut tables: Vec<&str> = document.tables().map(|table| &*table.id).collect();
        let count = tables.len();
        tables.sort_unstable();
        tables.dedup();
        assert_eq!(tables.len(), count, "{}: two tables of one name, of which a folder of CSV keeps one", document.id);
        let anchors: Vec<&str> = document
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Heading { anchor, .. } if !anchor.is_empty() => Some(&**anchor),
                _ => None,
            })
            .collect();
        let mut unique = anchors.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), anchors.len(), "{}: an anchor twice", document.id);
    }
}

#[test]
fn the_record_shows_in_its_document_and_in_who_approved() {
    let approved = Event { effective: "2025-12-30".into(), content: HASH.into(), ..event(3, EventKind::Approved) };
    let on = |day: &str, event: Event| Event { effective: day.into(), ..event };
    let events = vec![
        on("2025-12-28", event(1, EventKind::ReviewStarted)),
        on("2025-12-29", event(2, EventKind::ReviewClosed)),
        approved,
        // After the day that the documents are about: none of them tells it.
        event(4, EventKind::ReviewClosed),
        event(5, EventKind::Implemented),
    ];
    let documents = all(&Record { events, intact: true });
    let record = documents.iter().find(|it| &*it.id == "review-record").expect("the record");
    let rows: Vec<(&str, usize)> = record.tables().map(|table| (&*table.id, table.rows.len())).collect();
    assert_eq!(rows, [("reviews", 2), ("approvals", 1), ("events", 3)]);
    assert_eq!(record.particular("Status"), Some("approved"));
    let metrics = documents.iter().find(|it| &*it.id == "metrics").expect("the metrics");
    let process = metrics.tables().find(|table| &*table.id == "process").expect("the process");
    let value = |name: &str| {
        let row = process.rows.iter().find(|row| vauban_model::document::plain(&row[0]) == name).expect("the measure");
        vauban_model::document::plain(&row[1])
    };
    assert_eq!((&*value("Reviews closed"), &*value("Treatments implemented")), ("1", "0"));
    let empty = all(&Record::default());
    let record = empty.iter().find(|it| &*it.id == "review-record").expect("the record");
    assert_eq!(record.tables().count(), 0);
    assert!(matches!(record.blocks.first(), Some(Block::Note(_))), "an empty record is a gap");
    assert!(record.particular("Status").is_some_and(|it| it.starts_with("draft")));
}

#[test]
fn laws_and_standards_are_told_where_they_are_stated() {
    use vauban_model::model::{Fact, Origin, Value};
    use vauban_model::vocabulary::fact;
    let register_and_pasta = |laws: &[&str]| {
        let mut world = world();
        let stated = laws.iter().map(|it| (*it).into()).collect::<Vec<Box<str>>>();
        let value = Value::Words(stated.into());
        let span = Span { file: FileId(0), line: 1, column: 1, length: 1 };
        world.model.system.set(Fact { id: fact::REGULATED_BY, value, origin: Origin::Stated, span });
        let report = world.report();
        let source = Source { report: &report, record: &Record::default(), model_hashes: &[], marking: "" };
        let of = |id| words(&document(id, &source).expect("a document"));
        (of("risk-register"), of("pasta"))
    };
    let (register, pasta) = register_and_pasta(&["gdpr", "hipaa"]);
    assert!(pasta.contains("GDPR, HIPAA") && !pasta.contains("no law or standard"), "{pasta}");
    assert!(register.contains("Regulated by GDPR, HIPAA."), "{register}");
}

/// The text of a document.
fn words(document: &Document) -> String {
    markdown(document, &Brand::default(), None).text
}

#[test]
fn an_approval_holds_for_the_model_as_it_is_and_for_nothing_else() {
    let status = |change: &dyn Fn(&mut Record)| {
        let approved = Event { effective: "2025-12-30".into(), content: HASH.into(), ..event(1, EventKind::Approved) };
        let mut record = Record { events: vec![approved], intact: true };
        change(&mut record);
        let documents = all(&record);
        let register = documents.iter().find(|it| &*it.id == "risk-register").expect("the register");
        register.particular("Status").expect("a status").to_owned()
    };
    assert_eq!(status(&|_| ()), "approved");
    assert!(status(&|record| record.intact = false).contains("not what was written"));
    assert!(status(&|record| record.events[0].content = "cd34".into()).contains("another state"));
    assert!(status(&|record| record.events[0].content = "".into()).contains("bound to no content"));
    assert!(status(&|record| record.events[0].effective = "2026-01-02".into()).contains("2026-01-02"));
    assert!(
        status(&|record| record.events[0].details = vec![("system".into(), "another".into())])
            .contains("no approval of this model is recorded")
    );
    assert!(status(&|record| record.events[0].role = "Author".into()).contains("by an author of the model"));
    let changed = |record: &mut Record| {
        let change = Event { effective: "2025-12-29".into(), ..event(2, EventKind::ModelChanged) };
        record.events.push(change);
    };
    assert!(status(&changed).contains("by an author of the model"), "who changed it approved it");
    assert!(status(&|record| record.events.push(event_after(EventKind::Withdrawn))).contains("withdrawn"));
}

/// An event about the model that takes effect after the approval of the test above.
fn event_after(kind: EventKind) -> Event {
    Event { effective: "2025-12-31".into(), ..event(2, kind) }
}

#[test]
fn threats_that_people_recorded_are_told_and_no_verdict_is_good_while_one_is_open() {
    let mut world = world();
    world.analysis.findings.clear();
    world.analysis.mitigated.clear();
    world.analysis.questions.clear();
    world.analysis.questions_total = 0;
    let first = world.model.recorded_threats.first().cloned().expect("a recorded threat");
    let recorded = |title: &str, severity: &str, status: &str| {
        let (title, severity, status) = (title.into(), severity.into(), status.into());
        vauban_model::model::RecordedThreat { id: title, title: "x".into(), severity, status, ..first.clone() }
    };
    world.model.recorded_threats = vec![recorded("a", "Low", "Mitigated"), recorded("b", "High", "Open")];
    let record = Record::default();
    let told = |world: &crate::hostile::World| -> Vec<String> {
        let report = world.report();
        let source = Source { report: &report, record: &record, model_hashes: &[HASH.to_owned()], marking: "" };
        let ids = ["executive-summary", "risk-register", "threat-catalogue", "stride"];
        let mut out: Vec<String> = ids.iter().filter_map(|id| document(id, &source)).map(|it| words(&it)).collect();
        out.push(vauban_export::html::html(&report, true));
        out
    };
    for text in told(&world) {
        assert!(text.contains("not judged here"), "{text}");
        assert!(!text.contains("class=\"verdict good\""));
    }
    let check = vauban_export::terminal::check(&world.report(), vauban_export::terminal::Style::default());
    assert!(check.contains("1 of 2 threats that people recorded in the model is open, 1 high"), "{check}");
    assert!(told(&world)[0].contains("1 of 2 threats that people recorded in the model is open, 1 high"));
    // Teams write states in their own language.
    world.model.recorded_threats.push(recorded("c", "Hoch", "Erledigt"));
    world.model.recorded_threats.push(recorded("d", "Kritisch", "offen"));
    let check = vauban_export::terminal::check(&world.report(), vauban_export::terminal::Style::default());
    assert!(check.contains("2 of 4 threats that people recorded in the model are open, 1 critical"), "{check}");
    world.model.recorded_threats.truncate(2);
    // Once it is settled, and nothing else is open, nothing speaks against the system.
    world.model.recorded_threats[1].status = "Not Applicable".into();
    let page = told(&world).pop().expect("the page");
    assert!(page.contains("class=\"verdict good\"") && page.contains("None of the 2 threats"));
}

#[test]
fn silence_where_questions_are_open_is_no_good_news_in_any_output() {
    let mut world = world();
    world.analysis.findings.clear();
    world.model.recorded_threats.clear();
    world.analysis.questions_total = 7;
    let report = world.report();
    let record = Record::default();
    let source = Source { report: &report, record: &record, model_hashes: &[HASH.to_owned()], marking: "" };
    let summary = words(&document("executive-summary", &source).expect("the summary"));
    let page = vauban_export::html::html(&report, true);
    let check = vauban_export::terminal::check(&report, vauban_export::terminal::Style::default());
    for text in [&summary, &page, &check] {
        assert!(text.contains("No open threats so far: 2 threats were considered, and 7 open questions"), "{text}");
    }
    assert!(!page.contains("class=\"verdict good\""));
}

#[test]
fn the_treatment_plan_tells_what_is_late_first_and_who_answers_for_it() {
    use vauban_model::finding::Treatment;
    use vauban_model::treatment::Stage;
    let mut world = world();
    let accepted = world.treatments[0].clone();
    let mut late = accepted.clone();
    late.finding = "first@web".into();
    late.title = "Late work".into();
    late.owner = "Ada".into();
    late.treatment = Treatment::Mitigate;
    late.stage = Stage::InProgress;
    late.due = Some("2025-12-20".into());
    late.until = None;
    late.overdue = true;
    let mut ends = accepted.clone();
    ends.title = "Ends soon".into();
    ends.owner = "Bob".into();
    ends.until = Some("2026-01-11".into());
    world.treatments = vec![ends, late];
    let report = world.report();
    let record = Record::default();
    let source = Source { report: &report, record: &record, model_hashes: &[HASH.to_owned()], marking: "" };
    let plan = document("treatment-plan", &source).expect("the plan");
    let rows: Vec<(&str, usize)> = plan.tables().map(|table| (&*table.id, table.rows.len())).collect();
    assert!(rows.starts_with(&[("planned", 1), ("exceptions", 1)]), "{rows:?}");
    let text = words(&plan);
    let gap = text
        .find("overdue: Late work (due 2025-12-20, 12 days overdue; Ada)")
        .unwrap_or_else(|| panic!("no gap in {text}"));
    assert!(gap < text.find("## 1 Planned").expect("the plan"), "what is late comes first");
    let summary = words(&document("executive-summary", &source).expect("the summary"));
    assert!(summary.contains("Ada: Late work, due 2025-12-20, 12 days overdue"), "{summary}");
    assert!(summary.contains("Bob: Ends soon (accept), until 2026-01-11, in 10 days"), "{summary}");
}

#[test]
fn what_the_cloud_grants_an_identity_stands_with_its_rights() {
    let mut world = world();
    let mut certain = world.permitted[0].clone();
    certain.label = "iam:PassRole and lambda:CreateFunction".into();
    certain.applies = vauban_model::finding::Applies::Fires;
    world.permitted.push(certain);
    let told = |world: &crate::hostile::World, id: &str| {
        let (report, record) = (world.report(), Record::default());
        let source = Source { report: &report, record: &record, model_hashes: &[HASH.to_owned()], marking: "" };
        words(&document(id, &source).expect("the document"))
    };
    for id in ["inventory", "pasta"] {
        let text = told(&world, id);
        assert!(text.contains("iam:PassRole and lambda:CreateFunction: "), "{id}: {text}");
        assert!(text.contains("(not certain)"), "{id}");
    }
    world.permitted.clear();
    assert!(!told(&world, "pasta").contains("Granted by the cloud"));
}

#[test]
fn a_page_runs_nothing_and_loads_nothing() {
    for document in all(&Record::default()) {
        let page = html(&document, &brand());
        assert!(!page.contains("<script") && !page.contains("javascript:alert(2)\""), "{}", document.id);
        assert_eq!(page.matches("<style>").count(), 1, "{}", document.id);
        assert!(!page.contains(" src=\"http"), "{}", document.id);
        assert_eq!(page, html(&document, &brand()));
        for (open, close) in [("<ol>", "</ol>"), ("<li>", "</li>"), ("<table>", "</table>"), ("<tr>", "</tr>")] {
            assert_eq!(page.matches(open).count(), page.matches(close).count(), "{}: {open}", document.id);
        }
    }
}

#[test]
fn markdown_names_its_pictures_and_keeps_its_tables() {
    for document in all(&Record::default()) {
        let made = markdown(&document, &Brand::default(), Some("doc"));
        let figures = document.blocks.iter().filter(|it| matches!(it, Block::Figure { .. })).count();
        assert_eq!(made.figures.len(), figures);
        assert!(made.figures.iter().all(|(name, svg)| made.text.contains(&**name) && svg.contains("<svg")));
        // Between double back-ticks, the fence of a code span that holds one, nothing is markup.
        assert!(made.text.split("``").step_by(2).all(|part| !part.contains("<script>")), "{}", document.id);
        assert!(markdown(&document, &Brand::default(), None).figures.is_empty());
    }
}

#[test]
fn no_cell_of_csv_is_a_formula() {
    let documents = all(&Record::default());
    for table in documents.iter().flat_map(Document::tables) {
        let bytes = csv(table);
        let text = std::str::from_utf8(&bytes).expect("UTF-8").trim_start_matches('\u{feff}');
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let rows: Vec<::csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows of one width");
        assert_eq!(rows.len(), table.rows.len() + 1, "{}", table.id);
        assert!(rows.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{}", table.id);
    }
}

#[test]
fn a_workbook_has_a_sheet_for_every_table_and_no_formula() {
    let documents = all(&Record::default());
    let bytes = workbook(&documents, &brand()).expect("a workbook");
    assert_eq!(bytes, workbook(&documents, &brand()).expect("a workbook"), "the same bytes");
    let sheets = part(&bytes, "xl/workbook.xml").matches("<sheet ").count();
    let tables: usize = documents.iter().map(|it| it.tables().count()).sum();
    assert_eq!(sheets, tables + 1);
    for number in 1..=sheets {
        let sheet = part(&bytes, &format!("xl/worksheets/sheet{number}.xml"));
        assert!(!sheet.contains("<f>"), "sheet {number} has a formula");
        if number > 1 {
            assert!(sheet.contains("<autoFilter") && sheet.contains("state=\"frozen\""), "sheet {number}");
        }
    }
}

#[test]
fn rows_of_a_workbook_are_as_tall_as_their_text() {
    let cells = |words: usize| vec![text("short"), text("word ".repeat(words).trim().to_owned())];
    let table = Table {
        id: "rows".into(),
        columns: vec![Column::text("First", 1), Column::text("Second", 1)],
        rows: vec![cells(2), cells(30), cells(20_000 / 5)],
        ..Table::default()
    };
    let document = Document { id: "one".into(), blocks: vec![Block::Table(table)], ..Document::default() };
    let sheet = part(&workbook(&[document], &brand()).expect("a workbook"), "xl/worksheets/sheet2.xml");
    let row = |number: usize| {
        let begin = sheet.find(&format!("<row r=\"{number}\"")).expect("a row");
        sheet[begin..].split('>').next().unwrap_or_default().to_owned()
    };
    assert!(!row(2).contains("ht="), "{}", row(2));
    assert!(row(3).contains("ht=\"45\""), "150 letters in 60 columns: {}", row(3));
    assert!(row(4).contains("ht=\"405\""), "as tall as may be: {}", row(4));
}

#[cfg(feature = "png")]
#[test]
fn a_word_processor_s_file_is_whole() {
    for document in all(&Record::default()) {
        let bytes = vauban_export::documents::word(&document, &brand(), &[]).expect("a file");
        let body = part(&bytes, "word/document.xml");
        let tree = roxmltree::Document::parse(&body).expect("well-formed");
        let named = |name: &str| tree.descendants().filter(|node| node.tag_name().name() == name).count();
        let tables = document.tables().count();
        assert_eq!(named("tblHeader"), tables, "{}: every table repeats its head", document.id);
        assert_eq!(named("tbl"), tables + 1, "{}: and the particulars", document.id);
        let relations = part(&bytes, "word/_rels/document.xml.rels");
        for link in tree.descendants().filter_map(|node| {
            let id = node.attributes().find(|it| it.name() == "id" || it.name() == "embed")?;
            id.value().starts_with("rId").then(|| id.value().to_owned())
        }) {
            assert!(relations.contains(&format!("Id=\"{link}\"")), "{}: {link} leads nowhere", document.id);
        }
        for name in
            ["word/styles.xml", "word/numbering.xml", "word/header1.xml", "word/footer1.xml", "docProps/core.xml"]
        {
            let text = part(&bytes, name);
            roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

#[test]
fn people_are_drawn_as_people() {
    use vauban_model::model::{Fact, Origin, Value, symbol_of};
    use vauban_model::vocabulary::fact;
    let mut world = world();
    let element = &mut world.model.components[0].element;
    let value = Value::Words(vec!["person".into()].into());
    element.set(Fact { id: fact::TECHNOLOGY, value, origin: Origin::Stated, span: element.span });
    world.analysis.kinds[0] = symbol_of(fact::KIND, "external-entity");
    let diagram = vauban_export::diagram::diagram(&world.report());
    assert_eq!(diagram.nodes[0].shape, vauban_export::picture::NodeShape::Person);
}

/// What a team means to do about an open threat is not done, whatever the heading of the column.
#[test]
fn what_is_written_against_a_recorded_threat_is_a_proposal_while_it_is_open() {
    let mut world = world();
    let first = world.model.recorded_threats.first().cloned().expect("a recorded threat");
    let recorded = |id: &str, status: &str, mitigation: &str| {
        let (id, status, mitigation) = (id.into(), status.into(), mitigation.into());
        vauban_model::model::RecordedThreat { id, status, mitigation, ..first.clone() }
    };
    world.model.recorded_threats =
        vec![recorded("a", "Open", "Add a filter"), recorded("b", "Mitigated", "Locked doors"), recorded("c", "", "")];
    let report = world.report();
    let record = Record::default();
    let source = Source { report: &report, record: &record, model_hashes: &[HASH.to_owned()], marking: "" };
    let text = words(&document("threat-catalogue", &source).expect("the catalogue"));
    assert!(text.contains("Proposed: Add a filter") && text.contains("Locked doors"), "{text}");
    assert!(!text.contains("Proposed: Locked doors"), "{text}");
}
