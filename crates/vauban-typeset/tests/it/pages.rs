//! What a PDF of ours must be: the same every time, tagged, with pages that say which they are, and never moved by what
//! a user wrote.

use std::process::Command;

use vauban_model::brand::{Brand, Colour, Logo};
use vauban_model::document::{AS_OF, Block, Column, Document, Inline, Table, text};
use vauban_model::scale::Level;
use vauban_typeset::{Pdf, lacking, pdf};

/// What Typst would read as markup, what ends strings, what deceives, and letters of other scripts.
const EVIL: &str =
    "#import \"x\" *b* _u_ $x$ `c` <label> @ref \\ // c /* c */ [z] = h \"q\" 'a' \u{202E}txt\u{0} Ωμέγα Щит";

fn picture() -> Box<str> {
    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"300\" height=\"100\"><rect width=\"300\" height=\"100\" fill=\"#ddd\"/>\
     <text x=\"10\" y=\"50\" font-family=\"Arial\">shop</text></svg>"
        .into()
}

fn table(rows: usize) -> Block {
    let row = |at: usize| {
        vec![
            vec![Inline::Level(Level::ALL[at % 4])],
            text(format!("row {at}")),
            vec![Inline::Code(format!("id-{at}@x").into())],
        ]
    };
    Block::Table(Table {
        id: "rows".into(),
        caption: "All rows".into(),
        columns: vec![Column::text("Risk", 1), Column::text("Name", 4), Column::text("Identifier", 4)],
        rows: (0..rows).map(row).collect(),
        selection: format!("{rows} rows, complete").into(),
    })
}

fn document(blocks: Vec<Block>) -> Document {
    Document {
        id: "test".into(),
        title: "A test".into(),
        subtitle: "Of everything".into(),
        marking: "Confidential".into(),
        particulars: vec![(AS_OF.into(), "2026-01-15".into()), ("Owner".into(), "nobody".into())],
        blocks,
    }
}

fn heading(words: &str) -> Block {
    Block::Heading { level: 1, text: words.into(), anchor: words.to_lowercase().into() }
}

fn made(document: &Document) -> Pdf {
    pdf(document, &Brand::default(), Vec::new()).expect("a PDF")
}

/// The text of the file, page by page, by `pdftotext`; `None` where the machine has none.
fn pages(pdf: &Pdf, name: &str) -> Option<Vec<String>> {
    let path = std::env::temp_dir().join(format!("vauban-typeset-{}-{name}.pdf", std::process::id()));
    std::fs::write(&path, &pdf.bytes).expect("a file");
    let output = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output();
    std::fs::remove_file(&path).expect("removed");
    match output {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            Some(text.trim_end_matches('\u{c}').split('\u{c}').map(str::to_owned).collect())
        }
        Err(_) => {
            eprintln!("skipped: there is no pdftotext on this machine");
            None
        }
    }
}

fn holds(pdf: &Pdf, words: &str) -> bool {
    pdf.bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let document = document(vec![heading("One"), table(30)]);
    assert_eq!(made(&document), made(&document));
}

#[test]
fn a_document_fulfils_the_standard_for_screen_readers() {
    let figure = Block::Figure { svg: picture(), caption: "A shop".into(), alternative: "One box, shop".into() };
    let list = Block::List { numbered: true, items: vec![text("one"), text("two")] };
    let pdf = made(&document(vec![heading("One"), table(3), figure, list, Block::Note(text("mind"))]));
    assert_eq!(pdf.remarks, Vec::<String>::new());
    assert!(pdf.accessible);
    assert!(holds(&pdf, "pdfuaid:part"), "the metadata says so");
    assert!(holds(&pdf, "2026-01-15"), "the day is the document's");
    assert!(pdf.bytes.starts_with(b"%PDF-1.7"));
}

#[test]
fn what_leads_to_a_picture_across_the_page_stands_on_it() {
    let wide: Box<str> =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1400\" height=\"300\"><text x=\"9\" y=\"50\" font-size=\"13\">shop</text></svg>"
            .into();
    let figure = Block::Figure { svg: wide, caption: "All flows".into(), alternative: "One box".into() };
    let path = |words: &str| [Block::Paragraph(text(words)), figure.clone(), Block::Note(text("It rests on nothing."))];
    let first =
        [heading("Before"), Block::Paragraph(text("Words.")), heading("Paths"), Block::Paragraph(text("The first."))];
    let rest = [&first[..], &path("The second.")[1..], &path("The third.")[..], &[heading("After"), table(3)]].concat();
    let pdf = made(&document(rest));
    assert!(pdf.accessible, "{:?}", pdf.remarks);
    let across = pdf.bytes.windows(9).filter(|window| *window == b"/MediaBox").count();
    // One upright page before, two across, one upright behind.
    assert_eq!((pdf.pages, across), (4, 4));
}

#[test]
fn a_picture_too_large_to_be_read_is_whole_on_one_page_and_legible_on_others() {
    let large: Box<str> = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"2400\" height=\"900\">{}</svg>",
        (0..40)
            .map(|at| format!("<text x=\"{}\" y=\"{}\" font-size=\"10\">box-{at}</text>", 60 * at, 20 + 22 * at))
            .collect::<String>()
    )
    .into();
    let figure = |svg: Box<str>| Block::Figure { svg, caption: "All flows".into(), alternative: "Forty boxes".into() };
    let headings: Vec<Block> = ["One", "Two", "Three", "Four", "Five", "Six"].map(heading).into();
    let small = made(&document([&headings[..], &[figure(picture()), figure(picture())]].concat()));
    let both = made(&document([&headings[..], &[figure(large), figure(picture())]].concat()));
    assert!(both.accessible, "{:?}", both.remarks);
    assert!(both.pages >= small.pages + 4, "{} and {}", both.pages, small.pages);
    let Some(pages) = pages(&both, "parts") else { return };
    let all: String = pages.concat();
    assert!(
        all.contains("Figures") && all.contains("Figure 1, part 1 of") && all.contains("Figure 2: All flows"),
        "{all}"
    );
    assert!((0..40).all(|at| all.contains(&format!("box-{at}"))));
}

#[test]
fn every_page_says_which_it_is_and_how_it_is_marked() {
    let pdf = made(&document(vec![heading("One"), table(150)]));
    let Some(pages) = pages(&pdf, "numbered") else { return };
    assert_eq!(pages.len(), pdf.pages);
    assert!(pages.len() > 2);
    for (number, page) in (1..).zip(&pages) {
        assert!(page.contains(&format!("Page {number} of {}", pages.len())), "{page}");
        assert_eq!(page.matches("CONFIDENTIAL").count(), 2, "above and below: {page}");
        if page.contains("row 1") {
            assert_eq!(page.matches("Identifier").count(), 1, "the head of the table is repeated: {page}");
        }
    }
    let all: String = pages.concat();
    assert!((0..150).all(|row| all.contains(&format!("id-{row}@x"))), "ids can be copied whole");
    assert!(all.contains("Table 1: All rows") && all.contains("150 rows, complete"));
}

#[test]
fn a_register_of_thousands_names_what_it_does_not_set_in_full() {
    let pdf = made(&document(vec![heading("One"), table(1_150)]));
    assert!(pdf.accessible, "{:?}", pdf.remarks);
    let Some(pages) = pages(&pdf, "thousands") else { return };
    let all: String = pages.concat();
    assert!(all.contains("1000 of 1150 rows are set in full above"));
    let words: std::collections::BTreeSet<&str> = all.split(|it: char| it.is_whitespace() || it == ',').collect();
    assert!((0..1_150).all(|row| words.contains(&*format!("id-{row}@x"))), "no row is left out");
}

#[test]
fn a_long_name_stays_in_its_column() {
    let name = "load_balancer_of_the_shop_in_the_first_region_that_answers_everybody";
    let columns = vec![Column::text("Risk", 1), Column::text("Name", 1), Column::text("Other", 6)];
    let rows = vec![vec![text("low"), text(name), text("beside")]];
    let one = Table { id: "long".into(), columns, rows, ..Table::default() };
    let Some(pages) = pages(&made(&document(vec![Block::Table(one)])), "long") else { return };
    let line = pages.iter().flat_map(|page| page.lines()).find(|line| line.contains("beside")).unwrap_or_default();
    assert!(line.contains("load_") && !line.contains("region"), "broken where its parts meet: {line}");
}

#[test]
fn what_a_user_writes_is_text() {
    let mut evil = document(vec![
        Block::Heading { level: 2, text: EVIL.into(), anchor: EVIL.into() },
        Block::Heading { level: 9, text: EVIL.into(), anchor: EVIL.into() },
        Block::Paragraph(vec![
            Inline::Text(EVIL.into()),
            Inline::Strong(EVIL.into()),
            Inline::Code(EVIL.into()),
            Inline::Link { text: EVIL.into(), target: "#nowhere".into() },
            Inline::Link { text: EVIL.into(), target: "javascript:alert(1)".into() },
            Inline::Link { text: "web".into(), target: "https://example.org/".into() },
        ]),
        Block::Table(Table { columns: vec![Column::text(EVIL, 0)], rows: vec![vec![text(EVIL)]], ..Table::default() }),
    ]);
    evil.title = EVIL.into();
    evil.subtitle = EVIL.into();
    evil.marking = EVIL.into();
    evil.particulars.push((EVIL.into(), EVIL.into()));
    let brand =
        Brand { name: EVIL.into(), footer: EVIL.into(), colour: Some(Colour([0, 90, 156])), ..Brand::default() };
    let pdf = pdf(&evil, &brand, Vec::new()).expect("a PDF");
    assert!(!holds(&pdf, "javascript:"), "only the web can be linked");
    let Some(pages) = pages(&pdf, "evil") else { return };
    let all = pages.concat();
    assert!(all.contains("#import \"x\" *b* _u_ $x$"), "{all}");
    assert!(all.contains("Ωμέγα Щит"), "{all}");
}

#[test]
fn an_empty_document_has_a_page() {
    let pdf = made(&Document::default());
    assert_eq!(pdf.pages, 1);
}

#[test]
fn letters_without_a_font_are_named() {
    let document = document(vec![Block::Paragraph(text("Schutz 防 Щит →"))]);
    let lacking: String = lacking(&document, &Brand::default(), &[]).into_iter().collect();
    assert_eq!(lacking, "防");
    assert!(!made(&document).accessible, "a box is no letter");
}

#[test]
fn a_logo_that_is_none_is_an_error_in_words() {
    let brand = Brand { logo: Some(Logo::Svg("<svg".into())), ..Brand::default() };
    let error = pdf(&document(Vec::new()), &brand, Vec::new()).expect_err("no PDF");
    assert!(error.to_string().starts_with("the document cannot be typeset: "), "{error}");
}

#[test]
fn a_logo_stands_on_the_first_page() {
    let brand = Brand { logo: Some(Logo::Svg(picture())), name: "Lamp Ltd".into(), ..Brand::default() };
    let pdf = pdf(&document(vec![heading("One")]), &brand, Vec::new()).expect("a PDF");
    assert!(pdf.accessible, "{:?}", pdf.remarks);
    let Some(pages) = pages(&pdf, "logo") else { return };
    assert!(pages[0].contains("shop") && pages[0].contains("Lamp Ltd"), "{}", pages[0]);
}
