//! What a file is that nobody recognised, and what to do about it: people know the tool that they come from, and not
//! what their file has inside.

use crate::raw::body;
use crate::recognise::outermost;

/// Characters at the beginning that tell what a text is.
const WINDOW: usize = 4096;

/// What a file is that has another content than its ending promises, or than anything that is read.
struct Nature {
    /// As the end of `it is …`.
    is: String,
    /// What to do about it. Nothing where saving the file again is all there is.
    help: Option<&'static str>,
}

fn nature(is: impl Into<String>, help: &'static str) -> Option<Nature> {
    Some(Nature { is: is.into(), help: Some(help) })
}

/// See [`crate::why_unknown()`].
pub(crate) fn why_unknown(name: &str, text: &str, bytes: &[u8]) -> Option<(String, String)> {
    let nature = if bytes.is_empty() { of_text(text) } else { of_bytes(bytes) };
    let Some(promise) = promise(name) else {
        let Nature { is, help } = nature.filter(|it| it.is != EMPTY)?;
        return Some((is, help.unwrap_or("export the model again in the format of its tool").to_owned()));
    };
    let Nature { is, help } = nature.unwrap_or_else(|| Nature { is: promise.missed(text), help: None });
    let help = help.map_or_else(
        || format!("save it again in {}, or give the file the ending of what it is", promise.tool),
        str::to_owned,
    );
    Some((format!("not the {} that `.{}` promises: it is {is}", promise.what, promise.ending), help))
}

const EMPTY: &str = "empty";

/// What the bytes of a file that is no text are: those of [`crate::is_binary`].
fn of_bytes(bytes: &[u8]) -> Option<Nature> {
    if bytes.starts_with(b"\x89PNG") {
        return nature(
            "a picture without a drawing in it that can be read",
            "in draw.io: Export as PNG with `Include a copy of my diagram`",
        );
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return nature(
            "an Office file from before 2007, or one with a password",
            "save it again as .vsdx or .xlsx, without a password",
        );
    }
    if bytes.starts_with(b"PK") {
        return match crate::archive::Archive::open(bytes) {
            Err(reason) if reason.contains("entries") => {
                nature(format!("an archive with too much in it: {reason}"), "name a file that a drawing tool wrote")
            }
            Err(_) => {
                nature("an archive that is damaged or cut off", "copy it again from where it comes, or export it again")
            }
            Ok(_) => nature(
                "an archive with neither a Visio drawing nor a workbook in it",
                "unpack it and name the file, or the folder of infrastructure code, that is meant",
            ),
        };
    }
    Some(Nature { is: "no text, and no kind of file that Vauban knows".to_owned(), help: None })
}

const PICTURES: &str = "export the drawing in the format of its tool; pictures of drawings are not read";

/// What a text is.
fn of_text(text: &str) -> Option<Nature> {
    let head = body(text.trim_start_matches('\u{feff}'));
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Some(Nature { is: EMPTY.to_owned(), help: None });
    }
    if head.starts_with("%PDF") {
        return nature("a PDF document", PICTURES);
    }
    if head.starts_with("GIF8") || head.starts_with("\u{fffd}\u{fffd}\u{fffd}\u{fffd}") {
        return nature("a picture or another file without text", PICTURES);
    }
    let window: String = text.chars().take(WINDOW).collect();
    if window.contains('\0') || window.chars().filter(|it| *it == '\u{fffd}').count() > 16 {
        return Some(Nature { is: "no text, and no kind of file that Vauban knows".to_owned(), help: None });
    }
    let key = |key: &str| head.starts_with('{') && window.contains(&format!("\"{key}\""));
    // Before schemas: a bill of materials names its schema, and has properties.
    if key("bomFormat") || key("specFormat") {
        return nature(
            "a bill of materials (CycloneDX) without services and without a threat model",
            "what software is built of says nothing of how it runs; name a file with `services`, or a drawing of the system",
        );
    }
    if (key("$schema") || key("$id")) && text.contains("\"properties\"") {
        return nature("a JSON schema, which describes models and is none", "name a model");
    }
    if key("threatmodel") {
        return nature("threatcl's JSON form, which is not read", "name the `.hcl` file");
    }
    if is_part_of_threagile(text) {
        return nature("at most a part of a Threagile model", "name the file that includes it");
    }
    if head.starts_with('<') && crate::xml::declares(text) {
        return nature(
            "XML with a document type (DTD) of its own, which is refused",
            "no drawing tool writes one; such files can name other files or grow without end. Remove the declaration",
        );
    }
    let mut words = head.split_whitespace();
    let first = words.next().map(|word| if word == "strict" { words.next().unwrap_or(word) } else { word });
    if head.contains('{') && first.is_some_and(|word| ["digraph", "graph"].contains(&word)) {
        return nature(
            "a Graphviz graph, which is written and not read",
            "bring the model from the tool that wrote it, or draw it in draw.io or Mermaid",
        );
    }
    None
}

/// Whether a text has keys of Threagile on its outermost level, and none but those: other tools have a `metadata` or
/// `trust_boundaries` as well.
fn is_part_of_threagile(text: &str) -> bool {
    let mut found = false;
    for line in text.lines().take(2000) {
        if !line.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"') {
            continue;
        }
        if THREAGILE.iter().any(|key| after(line, key)) {
            found = true;
        } else if !THREAGILE_TOO.iter().any(|key| after(line, key)) && !line.starts_with("diagram_tweak_") {
            return false;
        }
    }
    found
}

/// Keys that Threagile has as others may; the list is that of its schema, `support/schema.json` in Threagile/threagile.
const THREAGILE_TOO: [&str; 16] = [
    "abuse_cases",
    "application_description",
    "author",
    "business_criticality",
    "business_overview",
    "contributors",
    "custom_risk_categories",
    "date",
    "includes",
    "management_summary_comment",
    "questions",
    "tags_available",
    "technical_assets",
    "technical_overview",
    "threagile_version",
    "title",
];

/// Keys that are Threagile's, where no others stand beside them.
const THREAGILE: [&str; 8] = [
    "meta",
    "risk_tracking",
    "data_assets",
    "trust_boundaries",
    "shared_runtimes",
    "risk_categories",
    "individual_risk_categories",
    "security_requirements",
];

fn after(line: &str, key: &str) -> bool {
    line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))
}

/// What the ending of a name makes people expect.
#[derive(Clone, Copy)]
struct Promise {
    ending: &'static str,
    /// What the file should be.
    what: &'static str,
    /// The tool to save it again in.
    tool: &'static str,
    /// What it should be made of.
    made_of: &'static str,
}

/// Endings that belong to one tool; longer ones first.
const PROMISES: [Promise; 19] = {
    const fn promise(ending: &'static str, what: &'static str, tool: &'static str, made_of: &'static str) -> Promise {
        Promise { ending, what, tool, made_of }
    }
    const MICROSOFT: &str = "the Microsoft Threat Modeling Tool";
    [
        promise(
            "drawio.svg",
            "draw.io drawing",
            "draw.io as SVG with a copy of the diagram",
            "SVG with a drawing in it",
        ),
        promise("td.json", "Threat Dragon model", "Threat Dragon", "JSON with `summary` and `detail`"),
        promise("tc.json", "Threat Composer workspace", "Threat Composer", "JSON with `threats`"),
        promise("cdx.json", "CycloneDX document", "the tool that wrote it", "JSON with `bomFormat`"),
        promise("tmbom.json", "threat model of the OWASP library", "the tool that wrote it", "JSON with `scope`"),
        promise(
            "tm7",
            "model of the Microsoft Threat Modeling Tool",
            MICROSOFT,
            "a `ThreatModel` with the namespaces of that tool",
        ),
        promise("tb7", "template of the Microsoft Threat Modeling Tool", MICROSOFT, "XML with a `KnowledgeBase`"),
        promise("drawio", "draw.io drawing", "draw.io", "XML with an `mxfile` or `mxGraphModel`"),
        promise("vsdx", "Visio drawing", "Visio", "an archive with `visio/document.xml` in it"),
        promise("vsdm", "Visio drawing", "Visio", "an archive with `visio/document.xml` in it"),
        promise("xlsx", "workbook", "Excel or LibreOffice", "an archive with `xl/workbook.xml` in it"),
        promise("otm", "Open Threat Model", "the tool that wrote it", "JSON or YAML with `otmVersion`"),
        promise("dsl", "Structurizr workspace", "its editor", "text with `workspace { … }`"),
        promise("puml", "PlantUML diagram", "its editor", "text with `@startuml`"),
        promise("plantuml", "PlantUML diagram", "its editor", "text with `@startuml`"),
        promise("mmd", "Mermaid flowchart", "its editor", "text that begins with `flowchart`"),
        promise("mermaid", "Mermaid flowchart", "its editor", "text that begins with `flowchart`"),
        promise("hcl", "threatcl model", "its editor", "text with `threatmodel \"…\" { … }`"),
        promise("csv", "table", "the tool that wrote it", "lines with separators, the first of them headings"),
    ]
};

fn promise(name: &str) -> Option<Promise> {
    let name = name.to_ascii_lowercase();
    PROMISES.into_iter().find(|it| name.strip_suffix(it.ending).is_some_and(|rest| rest.ends_with('.')))
}

impl Promise {
    /// What is there instead, for a text that is nothing else we know.
    fn missed(self, text: &str) -> String {
        let text = text.trim_start_matches('\u{feff}');
        let found = match outermost(text) {
            Some((root, _)) if !root.is_empty() => {
                format!("XML whose outermost element is `{}`", crate::log::short(root))
            }
            _ => "other text".to_owned(),
        };
        format!("{found}, and should be {}", self.made_of)
    }
}

#[cfg(test)]
mod tests {
    use super::why_unknown;

    fn told(name: &str, text: &str, bytes: &[u8]) -> String {
        why_unknown(name, text, bytes).map_or_else(String::new, |(is, help)| format!("{is}; {help}"))
    }

    #[test]
    fn a_file_that_breaks_its_promise_is_told_what_it_is_and_what_to_do() {
        for (name, text, bytes, is, help) in [
            ("a.vsdx", "", &b"PK\x03\x04 cut"[..], "not the Visio drawing that `.vsdx` promises", "copy it again"),
            ("a.xlsx", "a,b", b"", "workbook that `.xlsx` promises: it is other text", "Excel"),
            ("a.tm7", "garbage", b"", "other text, and should be a `ThreatModel`", "the Microsoft Threat"),
            ("a.tm7", "<html><body/></html>", b"", "outermost element is `html`", "the Microsoft Threat"),
            ("a.tm7", "", b"PK\x03\x04", "damaged or cut off", "copy it again"),
            ("a.tm7", "<!DOCTYPE a [<!ENTITY b 'c'>]><ThreatModel/>", b"", "DTD", "Remove the declaration"),
            ("a.drawio", " \n", b"", "not the draw.io drawing that `.drawio` promises: it is empty", "in draw.io"),
            ("A.TD.JSON", "{}", b"", "the Threat Dragon model that `.td.json` promises", "in Threat Dragon"),
            ("a.puml", "digraph { a -> b }", b"", "a Graphviz graph", "draw.io or Mermaid"),
        ] {
            let told = told(name, text, bytes);
            assert!(told.contains(is) && told.contains(help), "{name}: {told}");
        }
    }

    #[test]
    fn files_without_a_promise_are_named_for_what_they_are() {
        assert!(told("g.dot", "strict digraph x {\n}", b"").starts_with("a Graphviz graph"));
        assert!(told("s.json", r#"{"$id": "x", "properties": {}}"#, b"").starts_with("a JSON schema"));
        let bill = r#"{"$schema": "x", "bomFormat": "CycloneDX", "components": [{"properties": []}]}"#;
        assert!(told("bom.json", bill, b"").starts_with("a bill of materials"));
        assert!(told("part.yaml", "data_assets:\n  Orders:\n    id: orders\n", b"").contains("Threagile"));
        let other = "model:\n  version: 1\ntrust_boundaries:\n  - id: a\n";
        assert_eq!(told("other.yaml", other, b""), "");
        assert!(told("x", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}", b"").starts_with("a picture"));
        assert_eq!(told("notes.txt", "graph of our sales\n", b""), "");
        assert_eq!(told("notes.txt", "", b""), "");
    }
}
