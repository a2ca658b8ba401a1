//! The parts of a word-processor file around its text.

use std::fmt::Write as _;

use vauban_model::brand::Brand;
use vauban_model::document::Document;

use super::Picture;
use crate::text::html as escaped;

/// The first line of every part.
pub(super) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// Which part is of which kind.
pub(super) const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/><Override PartName="/word/numbering.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"/><Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/><Override PartName="/word/header1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/><Override PartName="/docProps/app.xml" ContentType="application/vnd.openxmlformats-officedocument.extended-properties+xml"/></Types>"#;

/// Where the text and the properties are.
pub(super) const ROOT_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/extended-properties" Target="docProps/app.xml"/></Relationships>"#;

/// What made the file.
pub(super) const APPLICATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>Vauban</Application></Properties>"#;

/// How the file is treated: as one of Word 2013 or later.
pub(super) const SETTINGS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:settings xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>"#;

/// Title, author and day.
pub(super) fn core(document: &Document, brand: &Brand) -> String {
    let author = if brand.name.is_empty() { "Vauban" } else { &brand.name };
    let day = document.day().map(|(year, month, day)| {
        let time = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
        format!(
            "<dcterms:created xsi:type=\"dcterms:W3CDTF\">{time}</dcterms:created><dcterms:modified xsi:type=\"dcterms:W3CDTF\">{time}</dcterms:modified>"
        )
    });
    format!(
        "{DECLARATION}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title><dc:subject>{}</dc:subject>\
         <dc:creator>{}</dc:creator><dc:language>en</dc:language>{}</cp:coreProperties>",
        escaped(&document.title),
        escaped(&document.subtitle),
        escaped(author),
        day.unwrap_or_default()
    )
}

/// What the text refers to.
pub(super) fn relations(pictures: &[Picture], links: &[String]) -> String {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut out =
        format!("{DECLARATION}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
    for (id, kind, target) in [
        ("rIdStyles", "styles", "styles.xml"),
        ("rIdNumbering", "numbering", "numbering.xml"),
        ("rIdSettings", "settings", "settings.xml"),
        ("rIdHeader", "header", "header1.xml"),
        ("rIdFooter", "footer", "footer1.xml"),
    ] {
        let _ = write!(out, "<Relationship Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>");
    }
    for (number, picture) in (1..).zip(pictures) {
        let target = escaped(&picture.name);
        let _ =
            write!(out, "<Relationship Id=\"rIdPicture{number}\" Type=\"{OFFICE}/image\" Target=\"media/{target}\"/>");
    }
    for (number, link) in (1..).zip(links) {
        let _ = write!(
            out,
            "<Relationship Id=\"rIdLink{number}\" Type=\"{OFFICE}/hyperlink\" Target=\"{}\" TargetMode=\"External\"/>",
            escaped(link)
        );
    }
    out.push_str("</Relationships>");
    out
}

const WORDS: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

/// How each kind of paragraph looks.
pub(super) fn styles(brand: &Brand) -> String {
    let ink = brand.ink().hex();
    let mut out = format!(
        "{DECLARATION}<w:styles {WORDS}><w:docDefaults><w:rPrDefault><w:rPr>\
         <w:rFonts w:ascii=\"Arial\" w:hAnsi=\"Arial\" w:cs=\"Arial\" w:eastAsia=\"Arial\"/><w:sz w:val=\"20\"/><w:szCs w:val=\"20\"/><w:lang w:val=\"en-GB\"/>\
         </w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after=\"120\" w:line=\"264\" w:lineRule=\"auto\"/></w:pPr></w:pPrDefault></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/><w:qFormat/></w:style>"
    );
    let mut style = |id: &str, name: &str, paragraph: &str, run: &str| {
        let _ = write!(
            out,
            "<w:style w:type=\"paragraph\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/><w:basedOn w:val=\"Normal\"/><w:next w:val=\"Normal\"/><w:qFormat/>\
             <w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
        );
    };
    let coloured = |size: u32| format!("<w:b/><w:color w:val=\"{ink}\"/><w:sz w:val=\"{size}\"/>");
    style("Title", "Title", "<w:spacing w:after=\"80\"/>", &coloured(44));
    style("Subtitle", "Subtitle", "<w:spacing w:after=\"240\"/>", "<w:color w:val=\"595959\"/><w:sz w:val=\"24\"/>");
    for (level, size) in [(1u32, 30), (2, 25), (3, 22), (4, 20)] {
        let paragraph = format!(
            "<w:keepNext/><w:keepLines/><w:spacing w:before=\"{}\" w:after=\"120\"/><w:outlineLvl w:val=\"{}\"/>",
            400 - 50 * level,
            level - 1
        );
        style(&format!("Heading{level}"), &format!("heading {level}"), &paragraph, &coloured(size));
    }
    style("ContentsHeading", "Contents Heading", "<w:spacing w:before=\"240\" w:after=\"120\"/>", &coloured(25));
    style("TOC1", "toc 1", "<w:spacing w:before=\"80\" w:after=\"20\"/>", "<w:b/>");
    style("TOC2", "toc 2", "<w:spacing w:after=\"20\"/><w:ind w:left=\"300\"/>", "");
    style("Caption", "caption", "<w:spacing w:before=\"200\" w:after=\"100\"/>", "<w:sz w:val=\"18\"/>");
    style(
        "Cell",
        "Cell",
        "<w:spacing w:before=\"30\" w:after=\"30\" w:line=\"240\" w:lineRule=\"auto\"/>",
        "<w:sz w:val=\"16\"/>",
    );
    style(
        "CellNumber",
        "Cell Number",
        "<w:spacing w:before=\"30\" w:after=\"30\" w:line=\"240\" w:lineRule=\"auto\"/><w:jc w:val=\"right\"/>",
        "<w:sz w:val=\"16\"/>",
    );
    style(
        "Quiet",
        "Quiet",
        "<w:spacing w:before=\"30\" w:after=\"30\" w:line=\"240\" w:lineRule=\"auto\"/>",
        "<w:color w:val=\"595959\"/><w:sz w:val=\"16\"/>",
    );
    style(
        "Selection",
        "Selection",
        "<w:spacing w:before=\"80\" w:after=\"240\"/>",
        "<w:color w:val=\"595959\"/><w:sz w:val=\"15\"/>",
    );
    style("Picture", "Picture", "<w:keepNext/><w:spacing w:before=\"160\" w:after=\"60\"/>", "");
    style("ListParagraph", "List Paragraph", "<w:spacing w:after=\"60\"/><w:ind w:left=\"425\"/>", "");
    style(
        "Header",
        "header",
        "<w:tabs><w:tab w:val=\"right\" w:pos=\"9638\"/></w:tabs>",
        "<w:color w:val=\"595959\"/><w:sz w:val=\"15\"/>",
    );
    style(
        "Footer",
        "footer",
        "<w:tabs><w:tab w:val=\"right\" w:pos=\"9638\"/></w:tabs>",
        "<w:color w:val=\"595959\"/><w:sz w:val=\"15\"/>",
    );
    let note = format!(
        "<w:pBdr><w:left w:val=\"single\" w:sz=\"24\" w:space=\"8\" w:color=\"{ink}\"/></w:pBdr><w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"F3F4F6\"/>\
         <w:spacing w:before=\"120\" w:after=\"160\"/><w:ind w:left=\"200\"/>"
    );
    style("Note", "Note", &note, "");
    let _ = write!(
        out,
        "<w:style w:type=\"character\" w:styleId=\"Code\"><w:name w:val=\"Code\"/><w:rPr><w:rFonts w:ascii=\"Consolas\" w:hAnsi=\"Consolas\" w:cs=\"Consolas\"/><w:noProof/></w:rPr></w:style>\
         <w:style w:type=\"character\" w:styleId=\"Hyperlink\"><w:name w:val=\"Hyperlink\"/><w:rPr><w:color w:val=\"{ink}\"/><w:u w:val=\"single\"/></w:rPr></w:style>\
         <w:style w:type=\"table\" w:styleId=\"Plain\"><w:name w:val=\"Plain\"/><w:tblPr><w:tblBorders>\
         <w:bottom w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"C8CBD1\"/><w:insideH w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"C8CBD1\"/></w:tblBorders>\
         <w:tblCellMar><w:left w:w=\"80\" w:type=\"dxa\"/><w:right w:w=\"80\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr></w:style></w:styles>"
    );
    out
}

/// Lists: one with dots, and one that counts for each numbered list of the document.
pub(super) fn numbering(numbered: usize) -> String {
    let level = |format: &str, text: &str| {
        format!(
            "<w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/><w:lvlText w:val=\"{text}\"/><w:lvlJc w:val=\"left\"/>\
             <w:pPr><w:ind w:left=\"425\" w:hanging=\"283\"/></w:pPr></w:lvl>"
        )
    };
    let mut out = format!(
        "{DECLARATION}<w:numbering {WORDS}><w:abstractNum w:abstractNumId=\"0\">{}</w:abstractNum><w:abstractNum w:abstractNumId=\"1\">{}</w:abstractNum>\
         <w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num>",
        level("bullet", "•"),
        level("decimal", "%1.")
    );
    for number in 0..numbered {
        let _ = write!(
            out,
            "<w:num w:numId=\"{}\"><w:abstractNumId w:val=\"1\"/><w:lvlOverride w:ilvl=\"0\"><w:startOverride w:val=\"1\"/></w:lvlOverride></w:num>",
            number + 2
        );
    }
    out.push_str("</w:numbering>");
    out
}

/// The line above every page.
pub(super) fn header(document: &Document, marking: &str) -> String {
    let words = [escaped(&document.title), escaped(&marking.to_uppercase())];
    format!(
        "{DECLARATION}<w:hdr {WORDS}><w:p><w:pPr><w:pStyle w:val=\"Header\"/></w:pPr><w:r><w:t xml:space=\"preserve\">{}</w:t></w:r>\
         <w:r><w:rPr><w:b/></w:rPr><w:tab/><w:t xml:space=\"preserve\">{}</w:t></w:r></w:p></w:hdr>",
        words[0], words[1]
    )
}

/// The line below every page: whose it is, and which page of how many.
pub(super) fn footer(brand: &Brand, marking: &str) -> String {
    let left = if brand.footer.is_empty() { &brand.name } else { &brand.footer };
    let marking = if marking.is_empty() { String::new() } else { format!("   {}", marking.to_uppercase()) };
    let field = |name: &str| format!("<w:fldSimple w:instr=\" {name} \"><w:r><w:t>1</w:t></w:r></w:fldSimple>");
    format!(
        "{DECLARATION}<w:ftr {WORDS}><w:p><w:pPr><w:pStyle w:val=\"Footer\"/></w:pPr><w:r><w:t xml:space=\"preserve\">{}{}</w:t></w:r>\
         <w:r><w:tab/><w:t xml:space=\"preserve\">Page </w:t></w:r>{}<w:r><w:t xml:space=\"preserve\"> of </w:t></w:r>{}</w:p></w:ftr>",
        escaped(left),
        escaped(&marking),
        field("PAGE"),
        field("NUMPAGES")
    )
}
